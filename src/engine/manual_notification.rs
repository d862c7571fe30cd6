//! Somebody has a merchant notified by hand: once, at once, true or forged.

use std::sync::Arc;

use super::Engine;
use super::notifications::Timing;
use crate::clock::Timestamp;
use crate::domain::{
    Delivery, EventKind, FormEdit, Notification, NotificationId, NotificationKind, NotificationPlan, SendMoment, Stage,
    Transaction, Trigger, lost_by,
};
use crate::store::Subject;

/// The rule of what is sent, or withdrawn, by hand.
const RULE: &str = "control/notify";

/// Why nothing is sent. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManualNotificationError {
    /// There is no such transaction.
    NotFound,
    /// In this stage there is nothing true to tell.
    NothingToTell(&'static str),
    /// In this stage there was nothing to tell before.
    NothingBefore(&'static str),
    /// Everything was tried already.
    NothingToWithdraw,
}

impl Engine {
    /// Has a merchant notified of a transaction, whatever it was told before; what is lost is withdrawn instead. Answers
    /// with the notifications.
    ///
    /// # Errors
    /// [`ManualNotificationError`]
    pub fn send_manual_notification(
        &self,
        t_xid: &str,
        plan: NotificationPlan,
    ) -> Result<Vec<NotificationId>, ManualNotificationError> {
        let told = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            if plan.moment == SendMoment::Never {
                self.withdraw(transaction)
            } else {
                self.send_manual_plan(transaction, plan)
            }
        });
        told.unwrap_or(Err(ManualNotificationError::NotFound))
    }

    fn send_manual_plan(
        &self,
        transaction: &mut Transaction,
        mut plan: NotificationPlan,
    ) -> Result<Vec<NotificationId>, ManualNotificationError> {
        let (kind, decided_at) = self.manual_notification_kind(transaction, &mut plan)?;
        let notification =
            Notification { decided_at, trigger: Trigger::Manual, ..self.notification(transaction, kind) };
        let timing = Timing { returned: transaction.returned, ..Timing::default() };
        let orders = Some((Arc::from(RULE), vec![plan]));
        let planned = self.plan_notifications(&Subject::from(&*transaction), &notification, timing, orders);
        transaction.notifications.extend(&planned);
        Ok(planned)
    }

    /// What is told, and when that was decided: what is true of the stage; of a stage in which nothing is, a lie.
    fn manual_notification_kind(
        &self,
        transaction: &Transaction,
        plan: &mut NotificationPlan,
    ) -> Result<(NotificationKind, Timestamp), ManualNotificationError> {
        let stage = transaction.stage();
        let told = match stage {
            Stage::Approved { at, .. } | Stage::Cancelled { paid_at: at, .. } => (NotificationKind::Approve, *at),
            Stage::Declined { at, .. } => (NotificationKind::Reject, *at),
            Stage::UnderReview { since, .. } => (NotificationKind::Pending, *since),
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } | Stage::Expired { .. } => {
                (forged(plan).ok_or(ManualNotificationError::NothingToTell(stage.word()))?, self.now())
            }
        };
        match (plan.moment, told.0) {
            (SendMoment::AfterTheNext, NotificationKind::Approve | NotificationKind::Reject) if stage.is_final() => {
                Ok((NotificationKind::Pending, self.reviewed_at(transaction)))
            }
            (SendMoment::AfterTheNext, _) => Err(ManualNotificationError::NothingBefore(stage.word())),
            _ => Ok(told),
        }
    }

    /// When an order that is decided was under review, as its merchant was told; one that never was, was registered then.
    fn reviewed_at(&self, transaction: &Transaction) -> Timestamp {
        let pending = |notification: &Notification| {
            (notification.kind == NotificationKind::Pending).then_some(notification.decided_at)
        };
        let told =
            transaction.notifications.iter().find_map(|id| self.store.notifications.read(*id, pending).flatten());
        told.unwrap_or(transaction.registered_at)
    }

    /// Takes back what is still to be sent for the first time.
    fn withdraw(&self, transaction: &Transaction) -> Result<Vec<NotificationId>, ManualNotificationError> {
        let withdrawn: Vec<_> =
            transaction.notifications.iter().copied().filter(|id| self.withdraw_one(transaction, *id)).collect();
        if withdrawn.is_empty() { Err(ManualNotificationError::NothingToWithdraw) } else { Ok(withdrawn) }
    }

    fn withdraw_one(&self, transaction: &Transaction, id: NotificationId) -> bool {
        let kind = self.store.notifications.update(id, |notification| {
            let waits = matches!(notification.delivery, Delivery::Scheduled { .. } | Delivery::Held { .. });
            (waits && notification.attempts.is_empty()).then(|| {
                notification.delivery = Delivery::Skipped;
                notification.kind
            })
        });
        let Some(kind) = kind.flatten() else { return false };
        let reason = lost_by(RULE);
        self.log(transaction, EventKind::NotificationSkipped { notification: id, kind, reason });
        true
    }
}

/// The kind whose form a lie about an open order has: that of the status it says; none where it would be no lie. What
/// names no status says that it is paid, as a forger would.
fn forged(plan: &mut NotificationPlan) -> Option<NotificationKind> {
    let mut status = None;
    let mut lies = false;
    for edit in &mut plan.edits {
        match edit {
            FormEdit::OtherStatus => *edit = FormEdit::Set("status".into(), "0".into()),
            FormEdit::OtherTXid | FormEdit::OtherToken => lies = true,
            FormEdit::Set(..) | FormEdit::Remove(_) => {}
        }
        if let FormEdit::Set(name, value) = edit
            && **name == *"status"
        {
            status = Some(value.clone());
        }
    }
    match status.as_deref() {
        None if !lies => None,
        Some("3") => Some(NotificationKind::Pending),
        Some("8") => Some(NotificationKind::Reject),
        None | Some(_) => Some(NotificationKind::Approve),
    }
}
