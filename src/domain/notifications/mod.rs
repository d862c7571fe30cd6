//! The types of a notification.

mod address;
mod attempt;
mod egress;
mod inbox_message;
mod notification;
mod plan;
mod retry;

pub use attempt::{Attempt, AttemptResult, ResponseClass, Trigger};
pub use egress::{Egress, EgressError, EgressRuleError, NO_HTTPS, loopback_or_special};
pub use inbox_message::InboxMessage;
pub use notification::{
    Delivery, Notification, NotificationKind, NotificationSubject, RulePlan, SENT_BY_HAND, SkipReason,
};
pub use plan::{ConnectionBreak, FormEdit, NotificationPlan, SendMoment, Variant};
pub use retry::{RetryPolicy, RetryRule};
