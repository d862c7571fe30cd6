//! Account binding: a user token without a purchase (`docs/PROTOCOL.md` §1.5, §2.9). What the customer does on the
//! lender's pages is in `customer/`.

use std::sync::Arc;

use super::tokens::token_issued;
use super::{ACCOUNT, BUYER, Engine};
use crate::clock::{DAY, later};
use crate::domain::{
    AccountState, Binding, BindingFailure, BindingId, BindingRequest, BindingStage, ClientUserKey, DecidedBy,
    EventKind, IMid, LoginFailure, Partner, Phone, Reason, RuleHits, UserToken,
};
use crate::scenarios::{Decision, Outcome};
use crate::store::{DrawStart, Work};

/// The command to bind an account.
#[derive(Debug)]
pub struct BindAccount {
    /// The merchant.
    pub i_mid: IMid,
    /// What it asks for.
    pub request: Box<BindingRequest>,
}

/// What the control API makes the customer of a binding do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingAction {
    /// Signs in and enters the OTP; the active rules decide.
    Bind,
    /// Is refused by the lender.
    Reject,
    /// Leaves.
    Abandon,
}

/// Why a command about a binding changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// There is no such binding.
    #[error("there is no such binding")]
    NotFound,
    /// It is over; this is its stage.
    #[error("the binding is over: {0}")]
    Over(&'static str),
    /// The lender has no customer with this phone.
    #[error("no customer of the lender has the phone {0}")]
    NoSuchPhone(Phone),
}

impl Engine {
    /// Registers an account binding. Its link leads to the lender's login page.
    pub fn bind(&self, command: BindAccount) -> Binding {
        let BindAccount { i_mid, request } = command;
        let (id, now) = (self.store.bindings.next_id(), self.now());
        let number = id.to_string();
        let purpose = [i_mid.as_str(), request.reference_no.as_str(), number.as_str(), "binding/link"];
        let link = self.entropy.hex(&purpose).into();
        let mut binding = Binding {
            id,
            i_mid,
            request,
            stage: BindingStage::SignIn,
            rule: "".into(),
            registered_at: now,
            expires_at: later(now, DAY),
            link,
            notifications: Vec::new(),
            rule_hits: RuleHits::new(),
        };
        let phone = binding.request.phone.clone();
        binding.rule = self.decide_binding(&mut binding, &phone).rule;
        if let Some(lifetime) = self.lifetime(&mut binding) {
            binding.expires_at = later(now, lifetime);
        }
        let expires_at = binding.expires_at;
        self.store.bindings.insert(binding.clone(), |binding| {
            let rule = Arc::clone(&binding.rule);
            self.log(binding, EventKind::BindingRegistered { binding_id: id, rule });
        });
        self.plan_expiry(expires_at, Work::ExpireBinding(id));
        binding
    }

    /// A binding as it is now.
    pub fn binding(&self, id: BindingId) -> Option<Binding> {
        self.store.bindings.update(id, |binding| {
            self.expire_binding_if_due(binding);
            binding.clone()
        })
    }

    /// The binding behind a link, as it is now.
    pub fn binding_by_link(&self, link: &str) -> Option<Binding> {
        self.binding(self.store.bindings.find_by_link(link)?)
    }

    pub(super) fn expire_binding_if_due(&self, binding: &mut Binding) {
        let now = self.now();
        if binding.stage.is_open() && now >= binding.expires_at {
            binding.stage = BindingStage::Expired { at: now };
            self.log_binding_failure(binding, BindingFailure::Expired);
        }
    }

    fn log_binding_failure(&self, binding: &Binding, reason: BindingFailure) {
        let rule = Arc::clone(&binding.rule);
        self.log(binding, EventKind::BindingFailed { binding_id: binding.id, reason, rule });
    }

    /// Plays the customer. Returns the binding, and why the lender refused the login, where it did.
    ///
    /// # Errors
    /// [`BindingError`]; nothing has changed then.
    pub fn play_binding_buyer(
        &self,
        id: BindingId,
        action: BindingAction,
        phone: Option<&Phone>,
    ) -> Result<(Binding, Option<LoginFailure>), BindingError> {
        let played = self.store.bindings.update(id, |binding| {
            self.expire_binding_if_due(binding);
            if !binding.stage.is_open() {
                return Err(BindingError::Over(binding.stage.as_str()));
            }
            let phone = self.binding_payer(binding, phone)?;
            let login_failure = self.play_binding_locked(binding, action, &phone);
            Ok((binding.clone(), login_failure))
        });
        played.unwrap_or(Err(BindingError::NotFound))
    }

    /// The phone in the command, or the one that the merchant sent where the lender knows it, or the default shopper.
    fn binding_payer(&self, binding: &Binding, phone: Option<&Phone>) -> Result<Phone, BindingError> {
        let is_known = |phone: &&Phone| {
            self.store.accounts.read(&binding.i_mid, phone, |shopper| shopper.partner) == Some(Partner::Kredivo)
        };
        match phone {
            Some(phone) if is_known(&phone) => Ok(phone.clone()),
            Some(phone) => Err(BindingError::NoSuchPhone(phone.clone())),
            None => {
                let sent = Some(&binding.request.phone).filter(is_known);
                sent.or_else(|| self.catalog.default_phone(Partner::Kredivo)).cloned().ok_or(BindingError::NotFound)
            }
        }
    }

    fn play_binding_locked(&self, binding: &mut Binding, action: BindingAction, phone: &Phone) -> Option<LoginFailure> {
        let outcome = match action {
            BindingAction::Bind => return self.bind_on_lender_pages(binding, phone),
            BindingAction::Reject => Outcome::Reject(Reason::Forced),
            BindingAction::Abandon => Outcome::Abandon,
        };
        self.apply_binding_decision(binding, phone, Decision::new(DecidedBy::Command, BUYER.into(), outcome));
        None
    }

    /// Signs in and enters the OTP, as a person would. Returns why the lender refused the login, where it did.
    fn bind_on_lender_pages(&self, binding: &mut Binding, phone: &Phone) -> Option<LoginFailure> {
        match self.log_in(binding, Partner::Kredivo, phone) {
            Ok(otp_override) => {
                self.pass_otp(binding, phone, otp_override);
                self.complete_binding_login(binding, phone);
                None
            }
            Err(failure) => Some(failure),
        }
    }

    /// Decides a binding after the right OTP: by the account, then by the active rules.
    pub(super) fn complete_binding_login(&self, binding: &mut Binding, phone: &Phone) {
        let state = self.store.accounts.read(&binding.i_mid, phone, |shopper| shopper.state);
        let decision = if state == Some(AccountState::Active) {
            self.decide_binding(binding, phone)
        } else {
            Decision::new(DecidedBy::Account, ACCOUNT.into(), Outcome::Reject(Reason::Inactive))
        };
        self.apply_binding_decision(binding, phone, decision);
    }

    fn apply_binding_decision(&self, binding: &mut Binding, phone: &Phone, decision: Decision) {
        let Decision { rule, outcome, .. } = decision;
        if rule != binding.rule {
            binding.rule = Arc::clone(&rule);
            self.log(&*binding, EventKind::RuleHit { rule, not_matched: Box::default() });
        }
        match outcome {
            Outcome::Approve => self.complete_binding(binding, phone),
            Outcome::Abandon => self.abandon_binding(binding),
            Outcome::Reject(reason) => self.refuse_binding(binding, reason),
            // Neither scenarios nor commands can ask for it.
            Outcome::Review { .. } => self.refuse_binding(binding, Reason::Forced),
        }
    }

    fn refuse_binding(&self, binding: &mut Binding, reason: Reason) {
        binding.stage = BindingStage::Failed { reason, at: self.now() };
        self.log_binding_failure(binding, reason.into());
    }

    pub(super) fn abandon_binding(&self, binding: &mut Binding) {
        binding.stage = BindingStage::Abandoned { at: self.now() };
        self.log_binding_failure(binding, BindingFailure::Abandoned);
    }

    /// Gives the merchant the customer's active token, or a new one (`docs/PROTOCOL.md` A-10).
    fn complete_binding(&self, binding: &mut Binding, phone: &Phone) {
        let customer = binding.client_user_key();
        let grant = self.grant(&binding.i_mid, &customer, phone, &binding.request.billing_phone);
        let i_mid = binding.i_mid.clone();
        let purpose = [i_mid.as_str(), customer.as_str(), phone.as_str(), "binding/token"];
        let texts = self.token_texts(&purpose);
        self.store.tokens.with_active_or_new(grant, DrawStart::AfterIssued, texts, |user_token, is_new| {
            if is_new {
                self.log(&*binding, token_issued(user_token, &customer, phone));
            }
            self.mark_bound(binding, phone, &customer, user_token);
        });
    }

    fn mark_bound(&self, binding: &mut Binding, phone: &Phone, customer: &ClientUserKey, user_token: &UserToken) {
        let at = self.now();
        binding.stage = BindingStage::Bound { phone: phone.clone(), user_token: user_token.clone(), at };
        let kind = EventKind::BindingCompleted {
            binding_id: binding.id,
            user_token: user_token.clone(),
            client_user_key: customer.clone(),
            phone: phone.clone(),
            rule: Arc::clone(&binding.rule),
        };
        self.log(&*binding, kind);
        self.schedule_binding_notifications(binding, user_token.clone());
    }
}
