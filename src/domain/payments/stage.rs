//! The stages of a transaction. Each variant carries what exists only then. A transition consumes a stage and returns
//! the next one; the error of one that is not allowed names both.

use std::sync::Arc;

use jiff::Timestamp;

use super::amount::Amount;
use super::otp::Otp;
use super::plan::InstalmentPlan;
use crate::domain::accounts::{Phone, UserToken};
use crate::domain::reason::Reason;
use crate::domain::wire_enum::wire_enum;

/// The stages of a transaction (`docs/PROTOCOL.md` §4.1 has the state machine).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The order is registered; the payment page was not opened yet.
    Registered,
    /// The customer's browser is, or was, on the lender's pages.
    AtPartner(PartnerStep),
    /// The lender reviews it.
    UnderReview {
        /// The plan that the customer chose.
        plan: InstalmentPlan,
        /// Who pays.
        phone: Phone,
        /// When the review began.
        since: Timestamp,
        /// How it ends when its time is up; none where it waits for the control API.
        ends_in: Option<ReviewOutcome>,
    },
    /// Paid.
    Approved {
        /// The plan that the customer chose.
        plan: InstalmentPlan,
        /// Who pays.
        phone: Phone,
        /// When it was paid.
        at: Timestamp,
        /// The token that was issued with it (`tokenizeUser` 1) or paid with (2).
        user_token: Option<UserToken>,
        /// What was refunded; less than everything.
        refunded: Amount,
    },
    /// Everything was refunded.
    Cancelled {
        /// The plan that the customer chose.
        plan: InstalmentPlan,
        /// Who had paid.
        phone: Phone,
        /// When it was paid.
        paid_at: Timestamp,
        /// When the last part was refunded.
        at: Timestamp,
        /// Whether it was voided before the settlement or refunded after it.
        kind: CancelKind,
        /// The token that paid or was issued; it stays valid.
        user_token: Option<UserToken>,
    },
    /// The lender declined.
    Declined {
        /// Why.
        reason: Reason,
        /// When.
        at: Timestamp,
        /// Who wanted to pay.
        phone: Phone,
        /// The tenor that the customer chose, in months.
        months: u8,
    },
    /// The customer left. It can be paid until it expires.
    Abandoned {
        /// When.
        at: Timestamp,
    },
    /// It was not paid in time.
    Expired {
        /// When.
        at: Timestamp,
    },
}

/// Where the customer is on the lender's pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnerStep {
    /// The login page: phone and PIN.
    SignIn,
    /// The plan page.
    Plan {
        /// Who signed in.
        phone: Phone,
        /// The session of the browser that signed in.
        session: Arc<str>,
    },
    /// The OTP page.
    Otp {
        /// The plan that the OTP confirms; none where the customer chooses it later.
        plan: Option<InstalmentPlan>,
        /// The one-time password.
        otp: Box<Otp>,
    },
    /// The page that asks for the PIN once more.
    Pin {
        /// The plan that the PIN confirms.
        plan: InstalmentPlan,
        /// Who signed in.
        phone: Phone,
        /// The session of the browser that signed in.
        session: Arc<str>,
    },
}

wire_enum! {
    /// How money is refunded (`docs/PROTOCOL.md` §2.6, A-23).
    pub enum CancelKind {
        /// Before the settlement: status 1.
        Void = "void",
        /// After it: status 2.
        Refund = "refund",
    }
}

/// How a review ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewOutcome {
    /// Approved.
    Approve,
    /// Declined.
    Reject(Reason),
}

/// A transition that is not allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transaction that is {} cannot become {to}", .from.as_str())]
pub struct TransitionError {
    /// The stage, unchanged.
    pub from: Box<Stage>,
    /// The stage that was asked for.
    pub to: &'static str,
}

impl Stage {
    /// `registered`, `at-partner`, `under-review`, `approved`, `declined`, `abandoned`, `expired` or `cancelled`.
    pub const fn as_str(&self) -> &'static str {
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

    /// Whether it is decided. An approved one can still be refunded.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Approved { .. } | Self::Declined { .. } | Self::Expired { .. } | Self::Cancelled { .. })
    }

    fn not_allowed(self, to: &'static str) -> Result<Self, TransitionError> {
        Err(TransitionError { from: Box::new(self), to })
    }

    /// The browser arrives at the lender; one that is there already stays where it is.
    pub fn open(self) -> Result<Self, TransitionError> {
        match self {
            Self::Registered | Self::Abandoned { .. } => Ok(Self::AtPartner(PartnerStep::SignIn)),
            Self::AtPartner(step) => Ok(Self::AtPartner(step)),
            other => other.not_allowed("at-partner"),
        }
    }

    /// The customer moves to another of the lender's pages.
    pub fn move_to(self, step: PartnerStep) -> Result<Self, TransitionError> {
        match self {
            Self::AtPartner(_) => Ok(Self::AtPartner(step)),
            other => other.not_allowed("at-partner"),
        }
    }

    /// The lender begins a review.
    pub fn review(
        self,
        plan: InstalmentPlan,
        phone: Phone,
        since: Timestamp,
        ends_in: Option<ReviewOutcome>,
    ) -> Result<Self, TransitionError> {
        if self.is_payable() {
            Ok(Self::UnderReview { plan, phone, since, ends_in })
        } else {
            self.not_allowed("under-review")
        }
    }

    /// The lender approves.
    pub fn approve(
        self,
        plan: InstalmentPlan,
        phone: Phone,
        at: Timestamp,
        user_token: Option<UserToken>,
    ) -> Result<Self, TransitionError> {
        if self.is_payable() || matches!(self, Self::UnderReview { .. }) {
            Ok(Self::Approved { plan, phone, at, user_token, refunded: Amount::ZERO })
        } else {
            self.not_allowed("approved")
        }
    }

    /// The lender declines.
    pub fn decline(self, reason: Reason, at: Timestamp, phone: Phone, months: u8) -> Result<Self, TransitionError> {
        if self.is_payable() || matches!(self, Self::UnderReview { .. }) {
            Ok(Self::Declined { reason, at, phone, months })
        } else {
            self.not_allowed("declined")
        }
    }

    /// The customer leaves.
    pub fn abandon(self, at: Timestamp) -> Result<Self, TransitionError> {
        if self.is_payable() { Ok(Self::Abandoned { at }) } else { self.not_allowed("abandoned") }
    }

    /// Refunds `amount`. Not allowed where it is not paid, or less than that is left.
    pub fn refund(self, amount: Amount, at: Timestamp, kind: CancelKind) -> Result<Self, TransitionError> {
        match self {
            Self::Approved { plan, phone, at: paid_at, user_token, refunded }
                if refunded.saturating_add(amount) == plan.principal =>
            {
                Ok(Self::Cancelled { plan, phone, paid_at, at, kind, user_token })
            }
            Self::Approved { plan, phone, at: paid_at, user_token, refunded }
                if refunded.saturating_add(amount) < plan.principal =>
            {
                Ok(Self::Approved { plan, phone, at: paid_at, user_token, refunded: refunded.saturating_add(amount) })
            }
            other => other.not_allowed("cancelled"),
        }
    }

    /// What was refunded.
    pub const fn refunded(&self) -> Amount {
        match self {
            Self::Approved { refunded, .. } => *refunded,
            Self::Cancelled { plan, .. } => plan.principal,
            _ => Amount::ZERO,
        }
    }

    /// The time is up. A review does not expire on its own; the control API can end it like this.
    pub fn expire(self, at: Timestamp) -> Result<Self, TransitionError> {
        if self.is_final() { self.not_allowed("expired") } else { Ok(Self::Expired { at }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Product;

    #[test]
    fn refunds_never_exceed_what_was_paid() {
        let now = Timestamp::UNIX_EPOCH;
        let plan = Product::free(1).plan(Amount::from_rupiah(100));
        let paid = || Stage::Registered.approve(plan, Phone::new("081291891818").unwrap(), now, None).unwrap();
        let back = |stage: Stage, rupiah| stage.refund(Amount::from_rupiah(rupiah), now, CancelKind::Refund);
        let part = back(paid(), 40).unwrap();
        assert_eq!((part.as_str(), part.refunded()), ("approved", Amount::from_rupiah(40)));
        assert!(back(part.clone(), 61).is_err());
        let all = back(part, 60).unwrap();
        assert_eq!((all.as_str(), all.refunded()), ("cancelled", Amount::from_rupiah(100)));
        assert!(back(all, 1).is_err() && back(Stage::Registered, 1).is_err());
    }

    #[test]
    fn a_refused_transition_names_both_stages_and_returns_the_first() {
        let phone = Phone::new("081291891818").unwrap();
        let declined = Stage::Declined { reason: Reason::Risk, at: Timestamp::UNIX_EPOCH, phone, months: 3 };
        let refused = declined.clone().abandon(Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(refused.to_string(), "a transaction that is declined cannot become abandoned");
        assert_eq!(*refused.from, declined);
    }
}
