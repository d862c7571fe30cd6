//! Notifications to merchants.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::attempt::{Attempt, AttemptResult, Trigger};
use super::plan::{NotificationPlan, SendMoment, Variant};
use super::retry::RetryPolicy;
use crate::domain::accounts::{BindingId, ClientUserKey, IMid, NotificationId, ReferenceNo, TXid, UserToken};
use crate::domain::unknown_name::UnknownNameError;
use crate::domain::wire_enum::wire_enum;

wire_enum! {
    /// What a notification reports.
    #[derive(Hash, Deserialize)]
    pub enum NotificationKind {
        /// The payment is approved.
        Approve = "approve",
        /// The payment is under review.
        Pending = "pending",
        /// The payment is declined.
        Reject = "reject",
        /// An account was bound (`docs/PROTOCOL.md` §2.3.1).
        Binding = "binding",
    }
}

impl NotificationKind {
    /// Every kind that reports about a payment.
    pub const OF_PAYMENTS: [Self; 3] = [Self::Approve, Self::Pending, Self::Reject];
}

impl std::str::FromStr for NotificationKind {
    type Err = UnknownNameError;

    fn from_str(text: &str) -> Result<Self, UnknownNameError> {
        let known = Self::OF_PAYMENTS.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| UnknownNameError::new(text, "`approve`, `pending` nor `reject`"))
    }
}

/// What a notification is about.
#[derive(Clone, Debug)]
pub enum NotificationSubject {
    /// A payment.
    Payment {
        /// The transaction.
        t_xid: TXid,
        /// `instmntMon` at that time.
        months: u8,
        /// `tokenizeUser`, and the customer where one is known.
        customer: Option<(u8, Option<ClientUserKey>)>,
    },
    /// A bound account.
    Binding(BindingId),
}

/// An unusual way to send a notification, and the rule that asks for it.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// How it is sent.
    pub plan: NotificationPlan,
    /// The rule.
    pub rule: Arc<str>,
}

/// One notification.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Its number in this simulator.
    pub id: NotificationId,
    /// What it is about.
    pub subject: NotificationSubject,
    /// The merchant it goes to.
    pub i_mid: IMid,
    /// The merchant's order number.
    pub reference_no: ReferenceNo,
    /// What it reports.
    pub kind: NotificationKind,
    /// When that became true: `transDt`, `transTm`.
    pub decided_at: Timestamp,
    /// The token, from approval on.
    pub user_token: Option<UserToken>,
    /// Where it is sent.
    pub url: Arc<str>,
    /// How it is sent; none for the usual way.
    pub rule_plan: Option<Arc<RulePlan>>,
    /// What caused it: the schedule or a manual request.
    pub trigger: Trigger,
    /// When it is retried.
    pub retries: Arc<RetryPolicy>,
    /// The form: made at the first attempt, repeated byte for byte by the others.
    pub body: Option<Arc<str>>,
    /// The state of its delivery.
    pub delivery: Delivery,
    /// Every attempt. Shared, because copies of a notification are read often.
    pub attempts: Vec<Arc<Attempt>>,
    /// How often it was requested again by hand.
    pub resends: u32,
    /// The number of the plan in force. A request to deliver it now makes a new one, and the old one sends nothing.
    pub plan: u32,
}

/// The rule of a notification that somebody has edited, or sent to another address.
pub const SENT_BY_HAND: &str = "control/send";

/// About what the store needs to find a notification, and to send it.
const INDEX_BYTES: usize = 256;

impl Notification {
    /// About how many bytes it takes in memory, with its place in the store.
    pub fn memory_size(&self) -> usize {
        let token = self.user_token.as_ref().map_or(0, |token| token.as_str().len());
        let customer = match &self.subject {
            NotificationSubject::Payment { customer: Some((_, Some(key))), .. } => key.as_str().len(),
            NotificationSubject::Payment { .. } | NotificationSubject::Binding(_) => 0,
        };
        size_of::<Self>()
            + INDEX_BYTES
            + self.url.len()
            + self.body.as_ref().map_or(0, |body| body.len())
            + token
            + customer
            + self.attempts.iter().map(|attempt| attempt.memory_size()).sum::<usize>()
    }

    /// Whether nothing more happens to it, except by a manual request.
    pub fn is_over(&self) -> bool {
        match self.delivery {
            Delivery::Scheduled { .. } | Delivery::Held { .. } => false,
            Delivery::Delivered | Delivery::Exhausted | Delivery::Skipped => true,
        }
    }

    /// A copy of all but the attempts.
    pub fn without_attempts(&self) -> Self {
        let Self { id, subject, i_mid, reference_no, kind, decided_at, user_token, url, .. } = self;
        Self {
            id: *id,
            subject: subject.clone(),
            i_mid: i_mid.clone(),
            reference_no: reference_no.clone(),
            kind: *kind,
            decided_at: *decided_at,
            user_token: user_token.clone(),
            url: Arc::clone(url),
            rule_plan: self.rule_plan.clone(),
            trigger: self.trigger,
            retries: Arc::clone(&self.retries),
            body: self.body.clone(),
            delivery: self.delivery,
            attempts: Vec::new(),
            resends: self.resends,
            plan: self.plan,
        }
    }

    /// The transaction that it is about; none where it is about a binding.
    pub fn t_xid(&self) -> Option<&TXid> {
        match &self.subject {
            NotificationSubject::Payment { t_xid, .. } => Some(t_xid),
            NotificationSubject::Binding(_) => None,
        }
    }

    /// What it waits for.
    pub fn moment(&self) -> SendMoment {
        self.rule_plan.as_ref().map_or(SendMoment::Due, |rule_plan| rule_plan.plan.moment)
    }

    /// Why it is not sent; none where it is.
    pub fn skip_reason(&self) -> Option<SkipReason> {
        if self.delivery != Delivery::Skipped {
            return None;
        }
        let of_attempt = self.attempts.iter().rev().find_map(|attempt| match &attempt.result {
            AttemptResult::Skipped { reason } => Some(reason.clone()),
            AttemptResult::Responded { .. } | AttemptResult::Failed { .. } => None,
        });
        let of_rule =
            || self.rule_plan.as_ref().map(|rule_plan| SkipReason::DroppedByRule(Arc::clone(&rule_plan.rule)));
        of_attempt.or_else(of_rule)
    }

    /// Whether somebody has edited it, or sent it to another address: its content may be anything.
    pub fn is_sent_by_hand(&self) -> bool {
        self.rule_plan.as_ref().is_some_and(|rule_plan| &*rule_plan.rule == SENT_BY_HAND)
    }

    /// Its variant, and the rule that asks for it.
    pub fn variant_and_rule(&self) -> Option<(Variant, Arc<str>)> {
        self.rule_plan.as_ref().map(|rule_plan| (rule_plan.plan.variant, Arc::clone(&rule_plan.rule)))
    }
}

/// Why a notification is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// A rule or a manual request drops it: this one.
    #[error("dropped by {0}")]
    DroppedByRule(Arc<str>),
    /// Its address must not be called; the text says why, and which flag allows it.
    #[error("{0}")]
    AddressNotAllowed(Box<str>),
    /// Its payment or binding is no longer stored, so its form cannot be made.
    #[error("its payment or binding was removed to make room (--max-transactions)")]
    SubjectRemoved,
    /// The memory budget was used up.
    #[error("it was removed to make room (--max-memory)")]
    RemovedForMemory,
}

impl SkipReason {
    /// The bytes of its text on the heap.
    pub fn heap_size(&self) -> usize {
        match self {
            Self::AddressNotAllowed(text) => text.len(),
            Self::DroppedByRule(_) | Self::SubjectRemoved | Self::RemovedForMemory => 0,
        }
    }
}

/// The text, for people.
impl Serialize for SkipReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for SkipReason {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SkipReason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// The state of a notification's delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The next attempt is due then.
    Scheduled {
        /// When.
        at: Timestamp,
    },
    /// It waits for an event: the browser's return, or the next notification.
    Held {
        /// How long after that it is sent.
        delay: SignedDuration,
    },
    /// The merchant accepted it with status 200.
    Delivered,
    /// There are no more retries.
    Exhausted,
    /// It is not sent at all.
    Skipped,
}

impl Delivery {
    /// `scheduled`, `held`, `delivered`, `exhausted` or `skipped`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "scheduled",
            Self::Held { .. } => "held",
            Self::Delivered => "delivered",
            Self::Exhausted => "exhausted",
            Self::Skipped => "skipped",
        }
    }

    /// When the next attempt is due.
    pub const fn due(self) -> Option<Timestamp> {
        match self {
            Self::Scheduled { at } => Some(at),
            _ => None,
        }
    }
}
