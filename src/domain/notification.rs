//! A notification to a merchant, from being planned to being delivered.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, Trigger};
use super::ids::{BindingId, ClientUserKey, IMid, NotificationId, ReferenceNo, TXid, UserToken};
use super::notification_plan::{NotificationPlan, SendMoment, Variant};
use super::retry::RetryPolicy;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationKind {
    /// It is paid.
    Approve,
    /// The partner is looking at it.
    Pending,
    /// The partner said no.
    Reject,
    /// An account was bound (`docs/PROTOCOL.md` §2.3.1).
    Binding,
}

impl NotificationKind {
    /// Every kind that speaks of a payment.
    pub const OF_PAYMENTS: [Self; 3] = [Self::Approve, Self::Pending, Self::Reject];

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Pending => "pending",
            Self::Reject => "reject",
            Self::Binding => "binding",
        }
    }
}

impl std::str::FromStr for NotificationKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::OF_PAYMENTS.into_iter().find(|kind| kind.word() == text);
        known.ok_or_else(|| format!("{text:?} is neither `approve`, `pending` nor `reject`"))
    }
}

/// What a notification speaks of.
#[derive(Clone, Debug)]
pub enum NotificationSubject {
    /// A payment.
    Payment {
        /// Which.
        t_xid: TXid,
        /// `instmntMon` at that time.
        months: u8,
        /// `tokenizeUser`, and the customer where one is known.
        customer: Option<(u8, Option<ClientUserKey>)>,
    },
    /// A bound account.
    Binding(BindingId),
}

/// An unusual way to send, and who wants it.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// The way.
    pub plan: NotificationPlan,
    /// The rule.
    pub rule: Arc<str>,
}

/// One notification.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Its number.
    pub id: NotificationId,
    /// What it speaks of.
    pub about: NotificationSubject,
    /// The merchant it goes to.
    pub i_mid: IMid,
    /// The merchant's order.
    pub reference_no: ReferenceNo,
    /// What it says.
    pub kind: NotificationKind,
    /// When that was decided: `transDt`, `transTm`.
    pub decided_at: Timestamp,
    /// The token, from approval on.
    pub user_token: Option<UserToken>,
    /// Where it goes.
    pub url: Arc<str>,
    /// How it is sent, where that is not as usual.
    pub rule_plan: Option<Arc<RulePlan>>,
    /// Who has it sent: the schedule, or somebody by hand.
    pub trigger: Trigger,
    /// When it is sent again.
    pub retries: Arc<RetryPolicy>,
    /// The form that was sent, made at the first attempt and repeated byte for byte.
    pub body: Option<Arc<str>>,
    /// How far it has come.
    pub delivery: Delivery,
    /// Every attempt.
    pub attempts: Vec<Attempt>,
}

impl Notification {
    /// The transaction it speaks of, where it is one.
    pub fn t_xid(&self) -> Option<&TXid> {
        match &self.about {
            NotificationSubject::Payment { t_xid, .. } => Some(t_xid),
            NotificationSubject::Binding(_) => None,
        }
    }

    /// The moment that makes it go out.
    pub fn moment(&self) -> SendMoment {
        self.rule_plan.as_ref().map_or(SendMoment::Due, |rule_plan| rule_plan.plan.moment)
    }

    /// What is unusual about it, and the rule.
    pub fn by(&self) -> Option<(Variant, Arc<str>)> {
        self.rule_plan.as_ref().map(|rule_plan| (rule_plan.plan.variant, Arc::clone(&rule_plan.rule)))
    }
}

/// Why a notification that a rule has lost is not sent.
pub fn lost_by(rule: &str) -> Box<str> {
    format!("{rule}{LOST}").into()
}

/// Whether that is why a notification was not sent.
pub fn is_lost(reason: &str) -> bool {
    reason.ends_with(LOST)
}

const LOST: &str = " has it lost";

/// How far a notification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The next attempt is due then.
    Scheduled {
        /// When.
        at: Timestamp,
    },
    /// It waits for something else than the time: the browser's return, or the next notification.
    Held {
        /// How long it then takes until it goes out.
        then: SignedDuration,
    },
    /// The merchant answered 200.
    Delivered,
    /// The schedule has no more attempts.
    Exhausted,
    /// A rule forbids to send it there.
    Skipped,
}

impl Delivery {
    /// `scheduled`, `held`, `delivered`, `exhausted` or `skipped`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "scheduled",
            Self::Held { .. } => "held",
            Self::Delivered => "delivered",
            Self::Exhausted => "exhausted",
            Self::Skipped => "skipped",
        }
    }
}
