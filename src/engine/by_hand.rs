//! Somebody has a merchant notified by hand: once, at once, true or forged.

use std::sync::Arc;

use super::Engine;
use super::telling::Timing;
use crate::clock::Timestamp;
use crate::ledger::{
    Delivery, Edit, EventKind, Moment, Notice, NoticeId, NoticeKind, Sending, Stage, Transaction, Trigger, lost_by,
};
use crate::store::Subject;

/// The rule of what is sent, or withdrawn, by hand.
const RULE: &str = "control/notify";

/// Why nothing is sent. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTold {
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
    /// [`NotTold`]
    pub fn notify_by_hand(&self, t_xid: &str, sending: Sending) -> Result<Vec<NoticeId>, NotTold> {
        let told = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            if sending.moment == Moment::Never {
                self.withdraw(transaction)
            } else {
                self.send_by_hand(transaction, sending)
            }
        });
        told.unwrap_or(Err(NotTold::NotFound))
    }

    fn send_by_hand(&self, transaction: &mut Transaction, mut sending: Sending) -> Result<Vec<NoticeId>, NotTold> {
        let (kind, decided_at) = self.told_by_hand(transaction, &mut sending)?;
        let notice = Notice { decided_at, trigger: Trigger::Manual, ..self.notice(transaction, kind) };
        let timing = Timing { returned: transaction.returned, ..Timing::default() };
        let orders = Some((Arc::from(RULE), vec![sending]));
        let planned = self.plan_notices(&Subject::from(&*transaction), &notice, timing, orders);
        transaction.notices.extend(&planned);
        Ok(planned)
    }

    /// What is told, and when that was decided: what is true of the stage; of a stage in which nothing is, a lie.
    fn told_by_hand(
        &self,
        transaction: &Transaction,
        sending: &mut Sending,
    ) -> Result<(NoticeKind, Timestamp), NotTold> {
        let stage = transaction.stage();
        let told = match stage {
            Stage::Approved { at, .. } | Stage::Cancelled { paid_at: at, .. } => (NoticeKind::Approve, *at),
            Stage::Declined { at, .. } => (NoticeKind::Reject, *at),
            Stage::UnderReview { since, .. } => (NoticeKind::Pending, *since),
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } | Stage::Expired { .. } => {
                (forged(sending).ok_or(NotTold::NothingToTell(stage.word()))?, self.now())
            }
        };
        match (sending.moment, told.0) {
            (Moment::AfterTheNext, NoticeKind::Approve | NoticeKind::Reject) if stage.is_final() => {
                Ok((NoticeKind::Pending, self.reviewed_at(transaction)))
            }
            (Moment::AfterTheNext, _) => Err(NotTold::NothingBefore(stage.word())),
            _ => Ok(told),
        }
    }

    /// When an order that is decided was under review, as its merchant was told; one that never was, was registered then.
    fn reviewed_at(&self, transaction: &Transaction) -> Timestamp {
        let pending = |notice: &Notice| (notice.kind == NoticeKind::Pending).then_some(notice.decided_at);
        let told = transaction.notices.iter().find_map(|id| self.store.notices.read(*id, pending).flatten());
        told.unwrap_or(transaction.registered_at)
    }

    /// Takes back what is still to be sent for the first time.
    fn withdraw(&self, transaction: &Transaction) -> Result<Vec<NoticeId>, NotTold> {
        let withdrawn: Vec<_> =
            transaction.notices.iter().copied().filter(|id| self.withdraw_one(transaction, *id)).collect();
        if withdrawn.is_empty() { Err(NotTold::NothingToWithdraw) } else { Ok(withdrawn) }
    }

    fn withdraw_one(&self, transaction: &Transaction, id: NoticeId) -> bool {
        let kind = self.store.notices.update(id, |notice| {
            let waits = matches!(notice.delivery, Delivery::Scheduled { .. } | Delivery::Held { .. });
            (waits && notice.attempts.is_empty()).then(|| {
                notice.delivery = Delivery::Skipped;
                notice.kind
            })
        });
        let Some(kind) = kind.flatten() else { return false };
        let reason = lost_by(RULE);
        self.log(transaction, EventKind::NoticeSkipped { notification: id, kind, reason });
        true
    }
}

/// The kind whose form a lie about an open order has: that of the status it says; none where it would be no lie. What
/// names no status says that it is paid, as a forger would.
fn forged(sending: &mut Sending) -> Option<NoticeKind> {
    let mut status = None;
    let mut lies = false;
    for edit in &mut sending.edits {
        match edit {
            Edit::OtherStatus => *edit = Edit::Set("status".into(), "0".into()),
            Edit::OtherTXid | Edit::OtherToken => lies = true,
            Edit::Set(..) | Edit::Remove(_) => {}
        }
        if let Edit::Set(name, value) = edit
            && **name == *"status"
        {
            status = Some(value.clone());
        }
    }
    match status.as_deref() {
        None if !lies => None,
        Some("3") => Some(NoticeKind::Pending),
        Some("8") => Some(NoticeKind::Reject),
        None | Some(_) => Some(NoticeKind::Approve),
    }
}
