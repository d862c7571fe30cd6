//! Plays the customer without a browser.

use super::browser::{SignedIn, WRONG};
use super::outcome::LimitRule;
use super::{BUYER, Engine};
use crate::domain::{
    Channel, EventKind, IMid, Partner, Phone, Reason, SeamlessChallenge, Shopper, Stage, Tokenize, Transaction,
};
use crate::scenarios::{CustomerAction, Decision, OtpOverride, Outcome, PinOverride};
use crate::store::Subject;

/// What the customer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Goes through the pages; the scenario decides.
    Pay,
    /// Pays, limits or not.
    Approve,
    /// Is looked at, until somebody decides.
    Review,
    /// Is refused.
    Reject(Reason),
    /// Goes away.
    Abandon,
}

/// The command.
#[derive(Clone, Debug)]
pub struct Played {
    /// What.
    pub act: Act,
    /// Who; by default the token's owner or the lender's usual shopper.
    pub phone: Option<Phone>,
    /// Which tenor; by default as registered.
    pub months: Option<u8>,
}

/// Why it did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuyerError {
    /// No such transaction.
    NotFound,
    /// Its stage does not allow it.
    Stage(&'static str),
    /// Nobody has this phone, or another lender's customer.
    NoSuchPhone(Phone),
    /// The order pays with the token of another account.
    NotOwner(Phone),
    /// The lender does not offer this tenor to this customer.
    NotOffered(u8),
}

impl Engine {
    /// Plays the customer, from any open stage. Opens the payment when nobody did. Answers with the transaction, and
    /// with why the lender did not let the customer in, where it did not.
    pub fn play(&self, t_xid: &str, command: &Played) -> Result<(Transaction, Option<&'static str>), BuyerError> {
        let played = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let shut_out = self.play_locked(transaction, command, BUYER)?;
            Ok((transaction.clone(), shut_out))
        });
        played.unwrap_or(Err(BuyerError::NotFound))
    }

    /// Plays the customer as a rule has it, of an order to which nobody has come.
    pub(super) fn play_by_rule(&self, transaction: &mut Transaction) {
        let Some((rule, customer)) = self.customer_of(transaction) else { return };
        let act = match customer.action {
            CustomerAction::Pay => Act::Pay,
            CustomerAction::Abandon => Act::Abandon,
        };
        let command = Played { act, phone: customer.phone, months: customer.months };
        // Whoever cannot be played does not come: the order waits, as it would for a customer.
        if let Err(reason) = self.play_locked(transaction, &command, &rule) {
            tracing::warn!(%rule, ?reason, "the customer of a rule did not come");
        }
    }

    fn play_locked(
        &self,
        transaction: &mut Transaction,
        command: &Played,
        rule: &str,
    ) -> Result<Option<&'static str>, BuyerError> {
        let under_review = match transaction.stage() {
            Stage::UnderReview { phone, plan, .. } => Some((phone.clone(), plan.months)),
            _ => None,
        };
        let allowed = match (&under_review, command.act) {
            (Some(_), Act::Approve | Act::Reject(_)) => true,
            (Some(_), _) => false,
            (None, _) => transaction.stage().is_payable(),
        };
        if !allowed {
            return Err(BuyerError::Stage(transaction.stage().word()));
        }
        let (phone, months) = match under_review {
            Some(known) => known,
            None => (self.payer(transaction, command)?, command.months.unwrap_or(transaction.order.instmnt_mon)),
        };
        // Looked at first: a refused command changes nothing.
        if command.act == Act::Pay
            && let Some(months) = command.months
            && self.store.accounts.read(&transaction.i_mid, &phone, |s| s.remaining(months)).flatten().is_none()
        {
            return Err(BuyerError::NotOffered(months));
        }
        if let Some(partner) = self.partner_of(transaction, &phone) {
            Self::go_to(transaction, partner);
        }
        if matches!(transaction.stage(), Stage::Registered | Stage::Abandoned { .. }) {
            self.log(&*transaction, EventKind::PaymentOpened { by: "control" });
            // Payable was checked above. A seamless payment has no pages to be on.
            let _ = transaction.advance(Stage::open);
        }
        let outcome = match command.act {
            Act::Pay => return self.walk_the_pages(transaction, &phone, command.months),
            Act::Approve => Outcome::Approve,
            Act::Review => Outcome::Review { end: None },
            Act::Reject(reason) => Outcome::Reject(reason),
            Act::Abandon => Outcome::Abandon,
        };
        let plan = self.plan_for(transaction, months);
        let decision = Decision::new(rule.into(), outcome);
        self.apply_decision(transaction, &phone, plan, decision, LimitRule::Ignored);
        Ok(None)
    }

    fn payer(&self, transaction: &Transaction, command: &Played) -> Result<Phone, BuyerError> {
        if let (Some(said), Tokenize::Pay { phone, .. }) = (&command.phone, &transaction.tokenize)
            && said != phone
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
        let usual = || {
            // At a Checkout at which nobody has chosen: the first on the page.
            let first = || self.offered(transaction).first().copied().unwrap_or(Partner::Kredivo);
            self.catalog.default_phone(transaction.order.partner.unwrap_or_else(first)).cloned()
        };
        let phone = command.phone.clone().or(owner).or_else(usual).ok_or(BuyerError::NotFound)?;
        match self.partner_of(transaction, &phone) {
            Some(_) => Ok(phone),
            None => Err(BuyerError::NoSuchPhone(phone)),
        }
    }

    /// The lender at which a phone's owner pays an order; none where that cannot be.
    fn partner_of(&self, transaction: &Transaction, phone: &Phone) -> Option<Partner> {
        let partner = self.store.accounts.read(&transaction.i_mid, phone, |shopper| shopper.partner)?;
        let named = transaction.order.partner == Some(partner);
        // At Checkout the customer may choose, and choose again.
        let chosen = || transaction.channel != Channel::Direct && self.offered(transaction).contains(&partner);
        (named || chosen()).then_some(partner)
    }

    /// As a person would: enters the OTP, and asks for another where the first is stale.
    pub(super) fn pass_otp(&self, subject: &Subject, i_mid: &IMid, phone: &Phone, ordered: Option<OtpOverride>) {
        let otp = self.send_otp(subject.clone(), i_mid, phone.clone(), None, 0, ordered);
        if otp.expires_at <= self.now() {
            self.log(subject.clone(), EventKind::OtpFailed { reason: "expired" });
            self.send_otp(subject.clone(), i_mid, phone.clone(), None, 1, None);
        }
        self.log(subject.clone(), EventKind::OtpPassed {});
    }

    /// As a person would, to whom every PIN is said to be wrong: tries until the account is locked.
    pub(super) fn lock_out(&self, subject: &Subject, i_mid: &IMid, partner: Partner, phone: &Phone) -> &'static str {
        while let Err(SignedIn::WrongPin { .. }) = self.check_login(subject, i_mid, partner, phone, WRONG) {}
        "locked"
    }

    /// As a person would: sign in, choose, enter the OTP. Whoever the lender does not let in stays outside.
    fn walk_the_pages(
        &self,
        transaction: &mut Transaction,
        phone: &Phone,
        wanted: Option<u8>,
    ) -> Result<Option<&'static str>, BuyerError> {
        let (amount, now) = (transaction.amount, self.now());
        let account = self.store.accounts.read(&transaction.i_mid, phone, Shopper::clone);
        let Some(account) = account else { return Err(BuyerError::NoSuchPhone(phone.clone())) };
        let silent = self.asks(transaction) == Some(SeamlessChallenge::Nothing);
        if !transaction.is_seamless() {
            if let Some(reason) = account.barred(now) {
                self.log(&*transaction, EventKind::LoginFailed { phone: phone.clone(), reason });
                return Ok(Some(reason));
            }
            if self.at_partner(transaction, Some(phone), None).0 == Some(PinOverride::Wrong) {
                let (subject, i_mid) = (Subject::from(&*transaction), transaction.i_mid.clone());
                return Ok(Some(self.lock_out(&subject, &i_mid, account.partner, phone)));
            }
            self.log(&*transaction, EventKind::Login { phone: phone.clone() });
        }
        // The registered tenor binds nobody (`docs/PROTOCOL.md` A-29): a person takes one that is on offer.
        let months = wanted.unwrap_or_else(|| {
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
            self.log_plan(transaction, plan);
            if !silent {
                let (_, ordered) = self.at_partner(transaction, Some(phone), Some(months));
                self.pass_otp(&Subject::from(&*transaction), &transaction.i_mid, phone, ordered);
            }
        }
        self.complete_payment(transaction, phone, plan);
        Ok(None)
    }
}
