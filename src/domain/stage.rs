//! Where a transaction stands. Each variant carries what exists only then; a transition consumes the stage and returns
//! the next one, and a move that is not allowed names both ends.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::amount::Amount;
use super::ids::{Phone, UserToken};
use super::plan::Plan;
use super::reason::Reason;

/// The life of a transaction (`docs/PROTOCOL.md` §4.1 has the state machine).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The order is stored; nobody has opened the payment.
    Registered,
    /// The customer's browser is, or was, on the partner's pages.
    AtPartner(Step),
    /// The partner is still looking at it.
    UnderReview {
        /// What the customer agreed to.
        plan: Plan,
        /// Who pays.
        phone: Phone,
        /// When the partner said so.
        since: Timestamp,
        /// How it will end by itself; none where somebody has to decide.
        ends_in: Option<ReviewOutcome>,
    },
    /// Paid.
    Approved {
        /// What the customer agreed to.
        plan: Plan,
        /// Who pays.
        phone: Phone,
        /// When it was paid.
        at: Timestamp,
        /// The token that was issued with it (`tokenizeUser` 1) or paid with (2).
        user_token: Option<UserToken>,
        /// What the merchant gave back of it; less than everything.
        refunded: Amount,
    },
    /// The merchant gave everything back.
    Cancelled {
        /// What the customer had agreed to.
        plan: Plan,
        /// Who had paid.
        phone: Phone,
        /// When it was paid.
        paid_at: Timestamp,
        /// When the last of it was given back.
        at: Timestamp,
        /// Whether the payment was undone before it was settled, or given back after.
        kind: CancelKind,
        /// The token that it was paid with or that was issued with it: it lives on.
        user_token: Option<UserToken>,
    },
    /// The partner said no.
    Declined {
        /// Why.
        reason: Reason,
        /// When.
        at: Timestamp,
    },
    /// The customer went away. Payable again until it expires.
    Abandoned {
        /// When.
        at: Timestamp,
    },
    /// Nobody paid in time.
    Expired {
        /// When.
        at: Timestamp,
    },
}

/// Where the customer is on the partner's pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Phone and PIN are asked for.
    SignIn,
    /// Signed in; a plan is to be chosen.
    Plan {
        /// Who signed in.
        phone: Phone,
        /// The browser that did.
        session: Arc<str>,
    },
    /// A one-time password is asked for.
    Otp {
        /// What it would confirm.
        plan: Plan,
        /// The password.
        otp: Box<Otp>,
    },
}

/// How money goes back to the customer (`docs/PROTOCOL.md` §2.6, A-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CancelKind {
    /// Before the settlement: status 1.
    Void,
    /// After it: status 2.
    Refund,
}

/// One customer's one-time password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otp {
    /// To whom it was sent.
    pub phone: Phone,
    /// The browser that signed in; none where nobody had to (a seamless payment that asks for an OTP).
    pub session: Option<Arc<str>>,
    /// The password itself.
    pub code: Box<str>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it stops being valid.
    pub expires_at: Timestamp,
    /// Wrong entries so far.
    pub tries: u8,
    /// Times it was sent again.
    pub resends: u8,
}

/// How an entered OTP compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpCheck {
    /// It is the one.
    Passed,
    /// It is not; this many tries are left.
    Wrong {
        /// Tries left.
        left: u8,
    },
    /// Right or wrong, it is too late for it.
    Expired,
    /// Three wrong ones were entered: another must be sent.
    UsedUp,
}

impl Otp {
    /// How long one is valid *(assumed, Kredivo publishes none: `docs/PROTOCOL.md` §8.2)*.
    pub const LIFE: SignedDuration = SignedDuration::from_mins(2);
    /// Wrong entries that one takes *(assumed)*.
    pub const TRIES: u8 = 3;
    /// How long until it may be sent again *(assumed)*.
    pub const RESEND_AFTER: SignedDuration = SignedDuration::from_secs(30);
    /// How often it may be sent again *(assumed)*.
    pub const RESENDS: u8 = 3;

    /// Compares `entered`, counting wrong entries.
    pub fn check(&mut self, entered: &str, now: Timestamp) -> OtpCheck {
        if self.tries >= Self::TRIES {
            OtpCheck::UsedUp
        } else if now >= self.expires_at {
            OtpCheck::Expired
        } else if entered == &*self.code {
            OtpCheck::Passed
        } else {
            self.tries += 1;
            match Self::TRIES - self.tries {
                0 => OtpCheck::UsedUp,
                left => OtpCheck::Wrong { left },
            }
        }
    }

    /// When another may be asked for.
    pub fn resend_at(&self) -> Timestamp {
        self.sent_at.checked_add(Self::RESEND_AFTER).unwrap_or(Timestamp::MAX)
    }
}

/// What the partner decides, once it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewOutcome {
    /// The money is lent.
    Approve,
    /// It is not.
    Reject(Reason),
}

/// A transition that is not part of a transaction's life.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transaction that is {} cannot become {to}", .from.word())]
pub struct TransitionError {
    /// The stage it is in, handed back unchanged.
    pub from: Box<Stage>,
    /// What was asked for.
    pub to: &'static str,
}

impl Stage {
    /// `registered`, `at-partner`, `under-review`, `approved`, `declined`, `abandoned`, `expired` or `cancelled`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::AtPartner(_) => "at-partner",
            Self::UnderReview { .. } => "under-review",
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
            Self::Abandoned { .. } => "abandoned",
            Self::Expired { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Whether the customer can still pay.
    pub const fn is_payable(&self) -> bool {
        matches!(self, Self::Registered | Self::AtPartner(_) | Self::Abandoned { .. })
    }

    /// Whether it is decided. A paid one can still be cancelled.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Approved { .. } | Self::Declined { .. } | Self::Expired { .. } | Self::Cancelled { .. })
    }

    fn refuse(self, to: &'static str) -> Result<Self, TransitionError> {
        Err(TransitionError { from: Box::new(self), to })
    }

    /// The browser arrives at the partner; one that is there already stays where it is.
    pub fn open(self) -> Result<Self, TransitionError> {
        match self {
            Self::Registered | Self::Abandoned { .. } => Ok(Self::AtPartner(Step::SignIn)),
            Self::AtPartner(step) => Ok(Self::AtPartner(step)),
            other => other.refuse("at-partner"),
        }
    }

    /// The customer moves to another of the partner's pages.
    pub fn step(self, step: Step) -> Result<Self, TransitionError> {
        match self {
            Self::AtPartner(_) => Ok(Self::AtPartner(step)),
            other => other.refuse("at-partner"),
        }
    }

    /// The partner wants to look closer.
    pub fn review(
        self,
        plan: Plan,
        phone: Phone,
        since: Timestamp,
        ends_in: Option<ReviewOutcome>,
    ) -> Result<Self, TransitionError> {
        if self.is_payable() {
            Ok(Self::UnderReview { plan, phone, since, ends_in })
        } else {
            self.refuse("under-review")
        }
    }

    /// The partner pays.
    pub fn approve(
        self,
        plan: Plan,
        phone: Phone,
        at: Timestamp,
        user_token: Option<UserToken>,
    ) -> Result<Self, TransitionError> {
        if self.is_payable() || matches!(self, Self::UnderReview { .. }) {
            Ok(Self::Approved { plan, phone, at, user_token, refunded: Amount::ZERO })
        } else {
            self.refuse("approved")
        }
    }

    /// The partner says no.
    pub fn decline(self, reason: Reason, at: Timestamp) -> Result<Self, TransitionError> {
        if self.is_payable() || matches!(self, Self::UnderReview { .. }) {
            Ok(Self::Declined { reason, at })
        } else {
            self.refuse("declined")
        }
    }

    /// The customer goes away.
    pub fn abandon(self, at: Timestamp) -> Result<Self, TransitionError> {
        if self.is_payable() { Ok(Self::Abandoned { at }) } else { self.refuse("abandoned") }
    }

    /// The merchant gives `amount` back. What is not paid, or has not that much left, stays as it is.
    pub fn give_back(self, amount: Amount, at: Timestamp, kind: CancelKind) -> Result<Self, TransitionError> {
        match self {
            Self::Approved { plan, phone, at: paid_at, user_token, refunded }
                if refunded.plus(amount) == plan.principal =>
            {
                Ok(Self::Cancelled { plan, phone, paid_at, at, kind, user_token })
            }
            Self::Approved { plan, phone, at: paid_at, user_token, refunded }
                if refunded.plus(amount) < plan.principal =>
            {
                Ok(Self::Approved { plan, phone, at: paid_at, user_token, refunded: refunded.plus(amount) })
            }
            other => other.refuse("cancelled"),
        }
    }

    /// What the merchant gave back.
    pub const fn refunded(&self) -> Amount {
        match self {
            Self::Approved { refunded, .. } => *refunded,
            Self::Cancelled { plan, .. } => plan.principal,
            _ => Amount::ZERO,
        }
    }

    /// The time is up. A review does not expire by itself, but can be ended so by hand.
    pub fn expire(self, at: Timestamp) -> Result<Self, TransitionError> {
        if self.is_final() { self.refuse("expired") } else { Ok(Self::Expired { at }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Product;

    fn otp() -> Otp {
        let now = Timestamp::UNIX_EPOCH;
        let phone = Phone::new("081291891818").unwrap();
        Otp {
            phone,
            session: None,
            code: "4567".into(),
            sent_at: now,
            expires_at: now + Otp::LIFE,
            tries: 0,
            resends: 0,
        }
    }

    #[test]
    fn an_otp_takes_three_tries_and_two_minutes() {
        let now = Timestamp::UNIX_EPOCH;
        let mut once = otp();
        assert_eq!(once.check("0000", now), OtpCheck::Wrong { left: 2 });
        assert_eq!(once.check("0000", now), OtpCheck::Wrong { left: 1 });
        assert_eq!(once.check("0000", now), OtpCheck::UsedUp);
        assert_eq!(once.check("4567", now), OtpCheck::UsedUp, "the right one comes too late");
        assert_eq!(otp().check("4567", now + Otp::LIFE), OtpCheck::Expired);
        assert_eq!(otp().check("4567", now), OtpCheck::Passed);
    }

    #[test]
    fn money_goes_back_once_and_never_more_than_was_paid() {
        let now = Timestamp::UNIX_EPOCH;
        let plan = Product::free(1).plan(Amount::rupiah(100));
        let paid = || Stage::Registered.approve(plan, Phone::new("081291891818").unwrap(), now, None).unwrap();
        let back = |stage: Stage, rupiah| stage.give_back(Amount::rupiah(rupiah), now, CancelKind::Refund);
        let part = back(paid(), 40).unwrap();
        assert_eq!((part.word(), part.refunded()), ("approved", Amount::rupiah(40)));
        assert!(back(part.clone(), 61).is_err());
        let all = back(part, 60).unwrap();
        assert_eq!((all.word(), all.refunded()), ("cancelled", Amount::rupiah(100)));
        assert!(back(all, 1).is_err() && back(Stage::Registered, 1).is_err());
    }

    #[test]
    fn an_illegal_move_names_both_ends_and_hands_the_stage_back() {
        let declined = Stage::Declined { reason: Reason::Risk, at: Timestamp::UNIX_EPOCH };
        let refused = declined.clone().abandon(Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(refused.to_string(), "a transaction that is declined cannot become abandoned");
        assert_eq!(*refused.from, declined);
    }
}
