//! What is due next, for people: its kind and its order.

use schemars::JsonSchema;
use serde::Serialize;

use super::Engine;
use crate::clock::Timestamp;
use crate::domain::{BindingId, MaskKeys, Notification, NotificationId, TXid, Trigger};
use crate::store::{Subject, Work};

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkKind {
    /// A seamless payment is decided.
    Settlement,
    /// A rule plays the customer.
    Customer,
    /// The back office refunds, as a rule asks.
    Refund,
    /// The lender ends a review.
    ReviewDecision,
    /// An unpaid order expires.
    Expiry,
    /// An unfinished account binding expires.
    BindingExpiry,
    /// The first attempt of a notification.
    FirstNotification,
    /// A later attempt of a notification.
    Retry,
    /// A notification that a tester asked for.
    ManualNotification,
}

/// What is due next.
#[derive(Clone, Debug)]
pub struct NextWork {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: WorkKind,
    /// The order or account binding that it is about.
    pub subject: Subject,
}

impl Engine {
    /// What happens next: see [`Engine::next_needed`]. With merchantKeys masked.
    pub fn next_work(&self) -> Option<NextWork> {
        let (at, work) = self.store.schedule.next_needed(|work| self.is_needed(work))?;
        let (kind, mut subject) = match work {
            Work::Settle(id) => (WorkKind::Settlement, self.subject_of(&id)),
            Work::PlayCustomer(id) => (WorkKind::Customer, self.subject_of(&id)),
            Work::Refund(id) => (WorkKind::Refund, self.subject_of(&id)),
            Work::EndReview(id) => (WorkKind::ReviewDecision, self.subject_of(&id)),
            Work::Expire(id) => (WorkKind::Expiry, self.subject_of(&id)),
            Work::ExpireBinding(id) => (WorkKind::BindingExpiry, self.subject_of_binding(id)),
            Work::Send(id, ..) => self.due_notification(id, |notification| match notification.trigger {
                Trigger::Manual => WorkKind::ManualNotification,
                Trigger::Scheduled if notification.attempts.is_empty() => WorkKind::FirstNotification,
                Trigger::Scheduled => WorkKind::Retry,
            }),
            Work::Resend(id) => self.due_notification(id, |_| WorkKind::ManualNotification),
        };
        subject.reference_no.mask_keys(&self.key_mask());
        Some(NextWork { at, kind, subject })
    }

    fn subject_of(&self, t_xid: &TXid) -> Subject {
        self.store.transactions.read(t_xid.as_str(), |transaction| transaction.into()).unwrap_or_default()
    }

    fn subject_of_binding(&self, id: BindingId) -> Subject {
        self.store.bindings.read(id, |binding| binding.into()).unwrap_or_default()
    }

    fn due_notification(
        &self,
        id: NotificationId,
        kind: impl FnOnce(&Notification) -> WorkKind,
    ) -> (WorkKind, Subject) {
        let known = self.store.notifications.read(id, |notification| {
            let subject = Subject {
                i_mid: Some(notification.i_mid.clone()),
                t_xid: notification.t_xid().cloned(),
                reference_no: Some(notification.reference_no.clone()),
            };
            (kind(notification), subject)
        });
        known.unwrap_or_else(|| (WorkKind::FirstNotification, Subject::none()))
    }
}
