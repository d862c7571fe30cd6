//! An account is bound: a user token without a purchase (`docs/PROTOCOL.md` §1.5, §2.9).

use std::sync::Arc;

use super::browser::{OtpEntered, PageFlowError, Resent, SignedIn, WRONG};
use super::tokens::token_issued;
use super::{ACCOUNT, BUYER, Engine, GIVES_UP, Subject};
use crate::clock::{DAY, later};
use crate::domain::{
    AccountState, Binding, BindingId, BindingRequest, BindingStage, ClientUserKey, EventKind, IMid, Partner, Phone,
    Reason, RuleHits, UserToken,
};
use crate::scenarios::{Decision, Outcome, PinOverride};
use crate::store::{Draws, Work};

/// The command.
#[derive(Debug)]
pub struct Bind {
    /// Who.
    pub i_mid: IMid,
    /// What.
    pub request: Box<BindingRequest>,
}

/// What the customer of a binding does, played without a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingAction {
    /// Signs in and enters the OTP; the scenario decides.
    Bind,
    /// Is refused.
    Reject,
    /// Goes away.
    Abandon,
}

/// Why it did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingError {
    /// No such binding.
    NotFound,
    /// It is over; this is its state.
    Over(&'static str),
    /// Nobody at the lender has this phone.
    NoSuchPhone(Phone),
}

impl Engine {
    /// Begins to bind an account, and answers with the binding: its link leads to the lender's login page.
    pub fn bind(&self, command: Bind) -> Binding {
        let Bind { i_mid, request } = command;
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
            counted: RuleHits::new(),
        };
        let phone = binding.request.phone.clone();
        binding.rule = self.decide_binding(&mut binding, &phone).rule;
        if let Some(life) = self.life_of_binding(&mut binding, &phone) {
            binding.expires_at = later(now, life);
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
    pub fn visit_binding(&self, link: &str) -> Option<Binding> {
        self.binding(self.store.bindings.of_link(link)?)
    }

    fn expire_binding_if_due(&self, binding: &mut Binding) {
        let now = self.now();
        if binding.stage.is_open() && now >= binding.expires_at {
            binding.stage = BindingStage::Expired { at: now };
            self.binding_failed(binding, "expired");
        }
    }

    fn binding_failed(&self, binding: &Binding, reason: &'static str) {
        let rule = Arc::clone(&binding.rule);
        self.log(binding, EventKind::BindingFailed { binding_id: binding.id, reason, rule });
    }

    /// Changes an open binding, after ending it if its time is up.
    fn at_binding<R>(
        &self,
        id: BindingId,
        act: impl FnOnce(&mut Binding) -> Result<R, PageFlowError>,
    ) -> Result<R, PageFlowError> {
        let acted = self.store.bindings.update(id, |binding| {
            self.expire_binding_if_due(binding);
            if binding.stage.is_open() { act(binding) } else { Err(PageFlowError::OtherStep) }
        });
        acted.unwrap_or(Err(PageFlowError::UnknownLink))
    }

    pub(super) fn sign_in_to_bind(&self, id: BindingId, phone: &Phone, pin: &str) -> Result<SignedIn, PageFlowError> {
        self.at_binding(id, |binding| {
            let subject = Subject::from(&*binding);
            let (fate, ordered) = self.binding_at_partner(binding, phone);
            let pin = if fate == Some(PinOverride::Wrong) { WRONG } else { pin };
            let login = match self.check_login(&subject, &binding.i_mid, Partner::Kredivo, phone, pin) {
                Ok(login) => login,
                Err(refused) => return Ok(refused),
            };
            let session = self.session(&binding.link, login);
            let otp = self.send_otp(subject, &binding.i_mid, phone.clone(), Some(Arc::clone(&session)), 0, ordered);
            binding.stage = BindingStage::Otp(Box::new(otp));
            Ok(SignedIn::Welcome(session))
        })
    }

    pub(super) fn enter_otp_to_bind(
        &self,
        id: BindingId,
        session: Option<&str>,
        entered: &str,
    ) -> Result<OtpEntered, PageFlowError> {
        self.at_binding(id, |binding| {
            let subject = Subject::from(&*binding);
            let BindingStage::Otp(otp) = &mut binding.stage else { return Err(PageFlowError::OtherStep) };
            let phone = otp.phone.clone();
            let answer = self.check_otp(subject, otp, session, entered)?;
            match answer {
                OtpEntered::Concluded => self.complete_binding_login(binding, &phone),
                OtpEntered::StartOver { .. } => binding.stage = BindingStage::SignIn,
                OtpEntered::Wrong { .. } | OtpEntered::Expired | OtpEntered::UsedUp => {}
            }
            Ok(answer)
        })
    }

    pub(super) fn resend_otp_to_bind(&self, id: BindingId, session: Option<&str>) -> Result<Resent, PageFlowError> {
        self.at_binding(id, |binding| {
            let (subject, i_mid) = (Subject::from(&*binding), binding.i_mid.clone());
            let BindingStage::Otp(otp) = &mut binding.stage else { return Err(PageFlowError::OtherStep) };
            self.send_again(subject, &i_mid, otp, session)
        })
    }

    pub(super) fn give_up_binding(&self, id: BindingId, session: Option<&str>) -> Result<(), PageFlowError> {
        self.at_binding(id, |binding| {
            if let BindingStage::Otp(otp) = &binding.stage
                && otp.session.as_deref() != session
            {
                return Err(PageFlowError::OtherSession);
            }
            binding.rule = GIVES_UP.into();
            self.abandon_binding(binding);
            Ok(())
        })
    }

    /// Plays the customer. Answers with the binding, and with why the lender did not let them in, where it did not.
    ///
    /// # Errors
    /// [`BindingError`]; then nothing has changed.
    pub fn play_binding(
        &self,
        id: BindingId,
        act: BindingAction,
        phone: Option<&Phone>,
    ) -> Result<(Binding, Option<&'static str>), BindingError> {
        let played = self.store.bindings.update(id, |binding| {
            self.expire_binding_if_due(binding);
            if !binding.stage.is_open() {
                return Err(BindingError::Over(binding.stage.word()));
            }
            let phone = self.who_binds(binding, phone)?;
            let shut_out = self.play_binding_locked(binding, act, &phone);
            Ok((binding.clone(), shut_out))
        });
        played.unwrap_or(Err(BindingError::NotFound))
    }

    /// The phone that was said, or the one the merchant sent where the lender knows it, or the usual shopper.
    fn who_binds(&self, binding: &Binding, said: Option<&Phone>) -> Result<Phone, BindingError> {
        let known = |phone: &&Phone| {
            self.store.accounts.read(&binding.i_mid, phone, |shopper| shopper.partner) == Some(Partner::Kredivo)
        };
        match said {
            Some(phone) if known(&phone) => Ok(phone.clone()),
            Some(phone) => Err(BindingError::NoSuchPhone(phone.clone())),
            None => {
                let sent = Some(&binding.request.phone).filter(known);
                sent.or_else(|| self.catalog.default_phone(Partner::Kredivo)).cloned().ok_or(BindingError::NotFound)
            }
        }
    }

    fn play_binding_locked(&self, binding: &mut Binding, act: BindingAction, phone: &Phone) -> Option<&'static str> {
        let outcome = match act {
            BindingAction::Bind => {
                let now = self.now();
                let barred = self.store.accounts.read(&binding.i_mid, phone, |shopper| shopper.barred(now));
                if let Some(reason) = barred.flatten() {
                    self.log(&*binding, EventKind::LoginFailed { phone: phone.clone(), reason });
                    return Some(reason);
                }
                let (fate, ordered) = self.binding_at_partner(binding, phone);
                if fate == Some(PinOverride::Wrong) {
                    return Some(self.lock_out(&Subject::from(&*binding), &binding.i_mid, Partner::Kredivo, phone));
                }
                self.log(&*binding, EventKind::Login { phone: phone.clone() });
                self.pass_otp(&Subject::from(&*binding), &binding.i_mid, phone, ordered);
                self.complete_binding_login(binding, phone);
                return None;
            }
            BindingAction::Reject => Outcome::Reject(Reason::Ordered),
            BindingAction::Abandon => Outcome::Abandon,
        };
        self.apply_binding_decision(binding, phone, Decision::new(BUYER.into(), outcome));
        None
    }

    /// Concludes a binding as the scenario and the account have it.
    fn complete_binding_login(&self, binding: &mut Binding, phone: &Phone) {
        let active = self.store.accounts.read(&binding.i_mid, phone, |s| s.state == AccountState::Active);
        let decision = if active == Some(true) {
            self.decide_binding(binding, phone)
        } else {
            Decision::new(ACCOUNT.into(), Outcome::Reject(Reason::Inactive))
        };
        self.apply_binding_decision(binding, phone, decision);
    }

    fn apply_binding_decision(&self, binding: &mut Binding, phone: &Phone, decision: Decision) {
        let Decision { rule, outcome, .. } = decision;
        if rule != binding.rule {
            binding.rule = Arc::clone(&rule);
            self.log(&*binding, EventKind::RuleHit { rule, not_matched: Vec::new().into() });
        }
        match outcome {
            Outcome::Approve => self.complete_binding(binding, phone),
            Outcome::Abandon => self.abandon_binding(binding),
            Outcome::Reject(reason) => self.refuse_binding(binding, reason),
            // A scenario cannot order it, and nobody else does.
            Outcome::Review { .. } => self.refuse_binding(binding, Reason::Ordered),
        }
    }

    fn refuse_binding(&self, binding: &mut Binding, reason: Reason) {
        binding.stage = BindingStage::Failed { reason, at: self.now() };
        self.binding_failed(binding, reason.word());
    }

    fn abandon_binding(&self, binding: &mut Binding) {
        binding.stage = BindingStage::Abandoned { at: self.now() };
        self.binding_failed(binding, "abandoned");
    }

    /// The customer's living token, or a new one (`docs/PROTOCOL.md` A-10), is the merchant's.
    fn complete_binding(&self, binding: &mut Binding, phone: &Phone) {
        let customer = binding.customer();
        let grant = self.grant(&binding.i_mid, &customer, phone, &binding.request.billing_phone);
        let i_mid = binding.i_mid.clone();
        let purpose = [i_mid.as_str(), customer.as_str(), phone.as_str(), "binding/token"];
        let texts = self.token_texts(&purpose);
        self.store.tokens.with_living_or_new(grant, Draws::AfterTheCustomers, texts, |user_token, is_new| {
            if is_new {
                self.log(&*binding, token_issued(user_token, &customer, phone));
            }
            self.bound(binding, phone, &customer, user_token);
        });
    }

    fn bound(&self, binding: &mut Binding, phone: &Phone, customer: &ClientUserKey, user_token: &UserToken) {
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
        self.schedule_binding_notifications(binding, phone, user_token.clone());
    }
}
