//! Plays the customer of a payment without a browser.

use super::lender_session::LenderSession;
use super::sign_in::{SignInResult, WRONG_PIN};
use crate::domain::{
    Actor, Channel, DecidedBy, EventKind, LoginFailure, OtpFailure, Partner, Phone, Reason, SeamlessChallenge, Shopper,
    Stage, Tokenize, Transaction,
};
use crate::engine::payments::CreditCheck;
use crate::engine::transition::advance;
use crate::engine::{BUYER, Engine};
use crate::scenarios::{CustomerAction, Decision, OtpOverride, Outcome, PinOverride};

/// What the customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuyerAction {
    /// Goes through the pages; the active rules decide.
    Pay,
    /// Is approved, whatever the limits.
    Approve,
    /// Is reviewed, until the control API decides.
    Review,
    /// Is declined.
    Reject(Reason),
    /// Leaves.
    Abandon,
}

/// The command to play the customer.
#[derive(Clone, Debug)]
pub struct BuyerCommand {
    /// What the customer does.
    pub action: BuyerAction,
    /// The customer; by default the token's owner or the lender's default shopper.
    pub phone: Option<Phone>,
    /// The tenor; by default as registered.
    pub months: Option<u8>,
}

/// Why a command to play the customer changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuyerError {
    /// There is no such transaction.
    #[error("there is no such transaction")]
    NotFound,
    /// Its stage does not allow it.
    #[error("the transaction is {0}")]
    Stage(&'static str),
    /// The lender has no customer with this phone.
    #[error("no customer of the lender has the phone {0}")]
    NoSuchPhone(Phone),
    /// The order pays with the token of another account: this one.
    #[error("the token belongs to {0}")]
    NotOwner(Phone),
    /// The lender does not offer this tenor to this customer.
    #[error("the lender does not offer {0} months to this customer")]
    NotOffered(u8),
}

/// Who plays the customer: it decides forced outcomes.
struct Player<'a> {
    decided_by: DecidedBy,
    rule: &'a str,
}

impl Engine {
    /// Plays the customer, from any open stage. Opens the payment where that was not done. Returns the transaction, and
    /// why the lender refused the login, where it did.
    pub fn play_buyer(
        &self,
        t_xid: &str,
        command: &BuyerCommand,
    ) -> Result<(Transaction, Option<LoginFailure>), BuyerError> {
        let played = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let player = Player { decided_by: DecidedBy::Command, rule: BUYER };
            let login_failure = self.play_locked(transaction, command, &player)?;
            Ok((transaction.clone(), login_failure))
        });
        played.unwrap_or(Err(BuyerError::NotFound))
    }

    /// Plays the customer of an unopened payment, where a rule asks for it.
    pub(in crate::engine) fn play_buyer_by_rule(&self, transaction: &mut Transaction) {
        let Some((rule, customer)) = self.customer_by_rules(transaction) else { return };
        let action = match customer.action {
            CustomerAction::Pay => BuyerAction::Pay,
            CustomerAction::Abandon => BuyerAction::Abandon,
        };
        let command = BuyerCommand { action, phone: customer.phone, months: customer.months };
        let decided_by = self.active_rules(&transaction.i_mid).rule_set.decided_by(&rule);
        let player = Player { decided_by, rule: &rule };
        // The transaction then stays open, as if the customer had not come yet.
        if let Err(error) = self.play_locked(transaction, &command, &player) {
            tracing::warn!(%rule, %error, "the rule could not play the customer");
        }
    }

    fn play_locked(
        &self,
        transaction: &mut Transaction,
        command: &BuyerCommand,
        player: &Player<'_>,
    ) -> Result<Option<LoginFailure>, BuyerError> {
        let under_review = match transaction.stage() {
            Stage::UnderReview { phone, plan, .. } => Some((phone.clone(), plan.months)),
            _ => None,
        };
        let allowed = match (&under_review, command.action) {
            (Some(_), BuyerAction::Approve | BuyerAction::Reject(_)) => true,
            (Some(_), _) => false,
            (None, _) => transaction.stage().is_payable(),
        };
        if !allowed {
            return Err(BuyerError::Stage(transaction.stage().as_str()));
        }
        let (phone, months) = match under_review {
            Some(known) => known,
            None => (self.payer_for(transaction, command)?, command.months.unwrap_or(transaction.order.instmnt_mon)),
        };
        // Checked before anything changes: a refused command changes nothing.
        if command.action == BuyerAction::Pay
            && let Some(months) = command.months
            && self.store.accounts.read(&transaction.i_mid, &phone, |s| s.remaining(months)).flatten().is_none()
        {
            return Err(BuyerError::NotOffered(months));
        }
        if let Some(partner) = self.partner_of(transaction, &phone) {
            Self::set_partner(transaction, partner);
        }
        if matches!(transaction.stage(), Stage::Registered | Stage::Abandoned { .. }) {
            self.log(&*transaction, EventKind::PaymentOpened { by: Actor::Control });
            advance(transaction, Stage::open);
        }
        let outcome = match command.action {
            BuyerAction::Pay => return self.pay_on_lender_pages(transaction, &phone, command.months),
            BuyerAction::Approve => Outcome::Approve,
            BuyerAction::Review => Outcome::Review { end: None },
            BuyerAction::Reject(reason) => Outcome::Reject(reason),
            BuyerAction::Abandon => Outcome::Abandon,
        };
        let plan = self.plan_for(transaction, months);
        let decision = Decision::new(player.decided_by, player.rule.into(), outcome);
        self.apply_decision(transaction, &phone, plan, decision, CreditCheck::Ignored);
        Ok(None)
    }

    fn payer_for(&self, transaction: &Transaction, command: &BuyerCommand) -> Result<Phone, BuyerError> {
        if let (Some(requested), Tokenize::Pay { phone, .. }) = (&command.phone, &transaction.tokenize)
            && requested != phone
        {
            return Err(BuyerError::NotOwner(phone.clone()));
        }
        let owner = match &transaction.tokenize {
            Tokenize::Pay { phone, .. } => Some(phone.clone()),
            Tokenize::LogIn { user_token: Some(token), .. } => {
                self.store.tokens.get(&transaction.i_mid, token).map(|token| token.grant.phone)
            }
            Tokenize::No | Tokenize::Issue { .. } | Tokenize::LogIn { user_token: None, .. } => None,
        };
        let default = || {
            // At a Checkout without a choice: the first lender on the page.
            let first = || self.offered_partners(transaction).first().copied().unwrap_or(Partner::Kredivo);
            self.catalog.default_phone(transaction.order.partner.unwrap_or_else(first)).cloned()
        };
        let phone = command.phone.clone().or(owner).or_else(default).ok_or(BuyerError::NotFound)?;
        match self.partner_of(transaction, &phone) {
            Some(_) => Ok(phone),
            None => Err(BuyerError::NoSuchPhone(phone)),
        }
    }

    /// The lender at which this customer can pay an order; none where that is not possible.
    fn partner_of(&self, transaction: &Transaction, phone: &Phone) -> Option<Partner> {
        let partner = self.store.accounts.read(&transaction.i_mid, phone, |shopper| shopper.partner)?;
        let is_named = transaction.order.partner == Some(partner);
        // At Checkout the customer may choose, and choose again.
        let can_choose =
            || transaction.channel != Channel::Direct && self.offered_partners(transaction).contains(&partner);
        (is_named || can_choose()).then_some(partner)
    }

    /// Enters the OTP, and asks for another where the first has expired, as a person would.
    pub(in crate::engine) fn pass_otp(
        &self,
        session: &dyn LenderSession,
        phone: &Phone,
        otp_override: Option<OtpOverride>,
    ) {
        let otp = self.send_otp(session, phone.clone(), None, 0, otp_override);
        if otp.expires_at <= self.now() {
            self.log(session.subject(), EventKind::OtpFailed { reason: OtpFailure::Expired });
            self.send_otp(session, phone.clone(), None, 1, None);
        }
        self.log(session.subject(), EventKind::OtpPassed {});
    }

    /// Logs in, as a person would: somebody whose PINs are all refused enters them until the account is locked.
    ///
    /// # Errors
    /// Why the lender refuses.
    pub(in crate::engine) fn log_in(
        &self,
        session: &mut dyn LenderSession,
        partner: Partner,
        phone: &Phone,
    ) -> Result<Option<OtpOverride>, LoginFailure> {
        let now = self.now();
        let refusal = self.store.accounts.read(session.i_mid(), phone, |shopper| shopper.login_refusal(now));
        if let Some(reason) = refusal.flatten() {
            self.log(session.subject(), EventKind::LoginFailed { phone: phone.clone(), reason });
            return Err(reason);
        }
        let (pin_override, otp_override) = self.login_overrides(session, Some(phone), None);
        if pin_override == Some(PinOverride::Wrong) {
            let login = || EventKind::Login { phone: phone.clone() };
            while let Err(SignInResult::WrongPin { .. }) = self.check_pin(session, partner, phone, WRONG_PIN, login()) {
            }
            return Err(LoginFailure::Locked);
        }
        self.log(session.subject(), EventKind::Login { phone: phone.clone() });
        Ok(otp_override)
    }

    /// Signs in, chooses a plan and confirms it, as a person would. Returns why the lender refused the login,
    /// where it did.
    fn pay_on_lender_pages(
        &self,
        transaction: &mut Transaction,
        phone: &Phone,
        months: Option<u8>,
    ) -> Result<Option<LoginFailure>, BuyerError> {
        let amount = transaction.amount;
        let account = self.store.accounts.read(&transaction.i_mid, phone, Shopper::clone);
        let Some(account) = account else { return Err(BuyerError::NoSuchPhone(phone.clone())) };
        let needs_no_otp = self.seamless_challenge(transaction) == Some(SeamlessChallenge::Nothing);
        let mut first_otp = None;
        if !transaction.is_seamless() {
            match self.log_in(transaction, account.partner, phone) {
                Ok(otp_override) => first_otp = otp_override,
                Err(failure) => return Ok(Some(failure)),
            }
        }
        // The registered tenor is not binding (`docs/PROTOCOL.md` A-29): a person takes one that is offered.
        let months = months.unwrap_or_else(|| {
            let registered = transaction.order.instmnt_mon;
            let covering = || account.limits.iter().find(|limit| account.can_pay(limit.months, amount));
            match account.remaining(registered) {
                Some(_) => registered,
                None if transaction.is_seamless() => registered,
                None => covering().map_or(registered, |limit| limit.months),
            }
        });
        let plan = self.plan_for(transaction, months);
        if account.can_pay(months, amount) {
            if self.is_pin_last(transaction) {
                self.pass_otp(transaction, phone, first_otp);
                self.log_plan(transaction, plan);
                self.log(&*transaction, EventKind::PinConfirmed {});
            } else {
                self.log_plan(transaction, plan);
                if !needs_no_otp {
                    let (_, otp_override) = self.login_overrides(transaction, Some(phone), Some(months));
                    self.pass_otp(transaction, phone, otp_override);
                }
            }
        }
        self.complete_payment(transaction, phone, plan);
        Ok(None)
    }
}
