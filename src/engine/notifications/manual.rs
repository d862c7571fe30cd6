//! Manual notifications: a test sends one, at once, true or forged.

use std::sync::Arc;

use super::scheduling::Timing;
use crate::clock::Timestamp;
use crate::domain::{
    Delivery, EventKind, FormEdit, Notification, NotificationId, NotificationKind, NotificationPlan,
    NotificationSubject, RulePlan, SENT_BY_HAND, SendMoment, SkipReason, Stage, Transaction, Trigger,
};
use crate::engine::Engine;
use crate::store::{Subject, Work};

/// The rule of manual notifications.
const RULE: &str = "control/notify";

/// Why no notification was sent. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManualNotificationError {
    /// There is no such transaction.
    #[error("there is no such transaction")]
    NotFound,
    /// There is no true notification in this stage.
    #[error("there is nothing to notify of a transaction that is {0}")]
    NothingToNotify(&'static str),
    /// There was no notification before the one of this stage.
    #[error("there is no earlier notification of a transaction that is {0}")]
    NothingBefore(&'static str),
    /// Every notification was sent already.
    #[error("every notification was sent already")]
    NothingToWithdraw,
    /// The memory budget has no room for so many.
    #[error("{0} notifications of this payment need more memory than is free (--max-memory)")]
    NoMemory(u32),
}

/// How often one notification can be sent again by hand: each attempt is kept.
const MAX_RESENDS: u32 = 100;

/// Why a notification is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResendError {
    /// There is no such notification.
    #[error("there is no such notification")]
    NotFound,
    /// It was requested too often.
    #[error("this notification was resent {0} times, which is the maximum; `notify` sends a new one")]
    TooMany(u32),
}

/// Why an edited notification is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no such notification.
    #[error("there is no such notification")]
    NotFound,
    /// It is about a payment or a binding that is gone.
    #[error("its payment or binding was removed to make room (--max-transactions)")]
    NoSubject,
    /// The memory budget has no room.
    #[error("a notification of this size needs more memory than is free (--max-memory)")]
    NoMemory,
}

impl Engine {
    /// Plans to send a notification again.
    ///
    /// # Errors
    /// [`ResendError`]
    pub fn resend(&self, id: NotificationId) -> Result<(), ResendError> {
        let planned = self.store.notifications.update(id, |notification| {
            if notification.resends >= MAX_RESENDS {
                return Err(ResendError::TooMany(MAX_RESENDS));
            }
            notification.resends += 1;
            Ok(())
        });
        planned.unwrap_or(Err(ResendError::NotFound))?;
        self.store.schedule.plan(self.now(), Work::Resend(id));
        Ok(())
    }

    /// Sends a copy of a notification with this form, to its own address or to another one, once. Returns the copy.
    ///
    /// # Errors
    /// [`SendError`]
    pub fn send_edited(&self, id: NotificationId, url: Option<&str>, body: &str) -> Result<NotificationId, SendError> {
        let original = self.store.notifications.read(id, Notification::without_attempts).ok_or(SendError::NotFound)?;
        let plan = NotificationPlan::plain();
        let copy = Notification {
            url: url.map_or(original.url, Arc::from),
            body: Some(Arc::from(body)),
            rule_plan: Some(Arc::new(RulePlan { plan, rule: SENT_BY_HAND.into() })),
            trigger: Trigger::Manual,
            resends: 0,
            ..original
        };
        if !self.make_room(copy.memory_size()) {
            return Err(SendError::NoMemory);
        }
        let delivery = Delivery::Scheduled { at: self.now() };
        let planned = match copy.subject.clone() {
            NotificationSubject::Payment { t_xid, .. } => {
                self.store.transactions.update(t_xid.as_str(), |transaction| {
                    let planned = self.plan_notification(&Subject::from(&*transaction), copy, delivery);
                    transaction.notifications.push(planned);
                    planned
                })
            }
            NotificationSubject::Binding(binding) => self.store.bindings.update(binding, |binding| {
                let planned = self.plan_notification(&Subject::from(&*binding), copy, delivery);
                binding.notifications.push(planned);
                planned
            }),
        };
        planned.ok_or(SendError::NoSubject)
    }

    /// Plans to notify a merchant about a transaction, whatever was sent before. A plan that drops notifications
    /// withdraws those that were not sent yet. Returns the notifications.
    ///
    /// # Errors
    /// [`ManualNotificationError`]
    pub fn send_manual_notification(
        &self,
        t_xid: &str,
        plan: NotificationPlan,
    ) -> Result<Vec<NotificationId>, ManualNotificationError> {
        let size = self.store.transactions.read(t_xid, Transaction::memory_size).unwrap_or(0);
        if !self.make_room(size.saturating_mul(usize::try_from(plan.times).unwrap_or(usize::MAX))) {
            return Err(ManualNotificationError::NoMemory(plan.times));
        }
        let notified = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            if plan.moment == SendMoment::Never {
                self.withdraw(transaction)
            } else {
                self.send_manual_plan(transaction, plan)
            }
        });
        notified.unwrap_or(Err(ManualNotificationError::NotFound))
    }

    fn send_manual_plan(
        &self,
        transaction: &mut Transaction,
        mut plan: NotificationPlan,
    ) -> Result<Vec<NotificationId>, ManualNotificationError> {
        let (kind, decided_at) = self.manual_notification_kind(transaction, &mut plan)?;
        let notification =
            Notification { decided_at, trigger: Trigger::Manual, ..self.notification(transaction, kind) };
        let timing = Timing { has_returned: transaction.has_returned, ..Timing::default() };
        let plans = Some((Arc::from(RULE), vec![plan]));
        let planned = self.plan_notifications(&Subject::from(&*transaction), &notification, timing, plans);
        transaction.notifications.extend(&planned);
        Ok(planned)
    }

    /// What to report, and when that became true. In a stage without a notification only a forged one is possible.
    fn manual_notification_kind(
        &self,
        transaction: &Transaction,
        plan: &mut NotificationPlan,
    ) -> Result<(NotificationKind, Timestamp), ManualNotificationError> {
        let stage = transaction.stage();
        let reported = match stage {
            Stage::Approved { at, .. } | Stage::Cancelled { paid_at: at, .. } => (NotificationKind::Approve, *at),
            Stage::Declined { at, .. } => (NotificationKind::Reject, *at),
            Stage::UnderReview { since, .. } => (NotificationKind::Pending, *since),
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } | Stage::Expired { .. } => {
                (forged(plan).ok_or(ManualNotificationError::NothingToNotify(stage.as_str()))?, self.now())
            }
        };
        match (plan.moment, reported.0) {
            (SendMoment::AfterNext, NotificationKind::Approve | NotificationKind::Reject) if stage.is_final() => {
                Ok((NotificationKind::Pending, self.reviewed_at(transaction)))
            }
            (SendMoment::AfterNext, _) => Err(ManualNotificationError::NothingBefore(stage.as_str())),
            _ => Ok(reported),
        }
    }

    /// When the review of a decided transaction began, by its notifications; the registration where there was no
    /// review.
    fn reviewed_at(&self, transaction: &Transaction) -> Timestamp {
        let pending = |notification: &Notification| {
            (notification.kind == NotificationKind::Pending).then_some(notification.decided_at)
        };
        let pending_since =
            transaction.notifications.iter().find_map(|id| self.store.notifications.read(*id, pending).flatten());
        pending_since.unwrap_or(transaction.registered_at)
    }

    /// Withdraws the notifications that were not sent yet.
    fn withdraw(&self, transaction: &Transaction) -> Result<Vec<NotificationId>, ManualNotificationError> {
        let withdrawn: Vec<_> =
            transaction.notifications.iter().copied().filter(|id| self.withdraw_one(transaction, *id)).collect();
        if withdrawn.is_empty() { Err(ManualNotificationError::NothingToWithdraw) } else { Ok(withdrawn) }
    }

    fn withdraw_one(&self, transaction: &Transaction, id: NotificationId) -> bool {
        let kind = self.store.notifications.update(id, |notification| {
            let is_waiting = matches!(notification.delivery, Delivery::Scheduled { .. } | Delivery::Held { .. });
            (is_waiting && notification.attempts.is_empty()).then(|| {
                notification.delivery = Delivery::Skipped;
                notification.kind
            })
        });
        let Some(kind) = kind.flatten() else { return false };
        let reason = SkipReason::DroppedByRule(RULE.into());
        self.log(transaction, EventKind::NotificationSkipped { notification: id, kind, reason });
        true
    }
}

/// The kind of a forged notification about an open transaction: that of its status, or approval, as a forger would
/// claim, where it has no status. None where nothing is forged.
fn forged(plan: &mut NotificationPlan) -> Option<NotificationKind> {
    let mut status = None;
    let mut is_forged = false;
    for edit in &mut plan.edits {
        match edit {
            FormEdit::ChangeStatus => *edit = FormEdit::Set("status".into(), "0".into()),
            FormEdit::UnknownTXid | FormEdit::WrongToken => is_forged = true,
            FormEdit::Set(..) | FormEdit::Remove(_) => {}
        }
        if let FormEdit::Set(name, value) = edit
            && **name == *"status"
        {
            status = Some(value.clone());
        }
    }
    match status.as_deref() {
        None if !is_forged => None,
        Some("3") => Some(NotificationKind::Pending),
        Some("8") => Some(NotificationKind::Reject),
        None | Some(_) => Some(NotificationKind::Approve),
    }
}
