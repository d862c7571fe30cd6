//! Work that is due.

use super::Engine;
use super::payments::CreditCheck;
use crate::clock::Timestamp;
use crate::domain::{Delivery, EventKind, Notification, NotificationId, Stage, TXid};
use crate::store::{Subject, Ticket, Work};

/// What is left to do of work that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Done,
    /// A notification is to be sent.
    Send(NotificationId),
    /// A notification is to be sent again, by a manual request.
    Resend(NotificationId),
}

impl Engine {
    /// Takes the next work that is due at `now` and does it, except for sending notifications.
    pub fn take_due(&self, now: Timestamp) -> Option<(Due, Ticket)> {
        let (work, ticket) = self.store.schedule.take(now)?;
        let due = self.perform(work);
        self.make_room(0);
        Some((due, ticket))
    }

    /// When the next work is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.store.schedule.next_at()
    }

    /// When something happens next: the time of work that still does something. The expiry of a paid order does not.
    pub fn next_needed(&self) -> Option<Timestamp> {
        self.store.schedule.next_needed(|work| self.is_needed(work)).map(|(at, _)| at)
    }

    /// Whether work that is planned will do something.
    pub(in crate::engine) fn is_needed(&self, work: &Work) -> bool {
        let stage = |t_xid: &TXid, test: fn(&Stage) -> bool| {
            self.store.transactions.read(t_xid.as_str(), |transaction| test(transaction.stage())).unwrap_or(false)
        };
        match work {
            Work::Settle(id) | Work::PlayCustomer(id) => stage(id, |stage| matches!(stage, Stage::Registered)),
            Work::EndReview(id) => stage(id, |stage| matches!(stage, Stage::UnderReview { ends_in: Some(_), .. })),
            Work::Expire(id) => stage(id, Stage::is_payable),
            Work::Refund(id) => stage(id, |stage| matches!(stage, Stage::Approved { .. })),
            Work::ExpireBinding(id) => self.store.bindings.read(*id, |b| b.stage.is_open()).unwrap_or(false),
            Work::Send(id, plan) => {
                let is_scheduled =
                    |n: &Notification| n.plan == *plan && matches!(n.delivery, Delivery::Scheduled { .. });
                self.store.notifications.read(*id, is_scheduled).unwrap_or(false)
            }
            Work::Resend(id) => self.store.notifications.read(*id, |_| ()).is_some(),
        }
    }

    /// Completes when [`Engine::next_due`] has become earlier, or the clock was changed.
    pub async fn schedule_changed(&self) {
        self.store.schedule.changed().await;
    }

    /// Completes when all work that was taken is finished.
    pub async fn idle(&self) {
        self.store.schedule.idle().await;
    }

    /// Records that the clock was moved, and wakes the loop that waits for the next work.
    pub fn record_clock(&self, from: Timestamp, to: Timestamp) {
        self.store.log.append(to, Subject::none(), EventKind::ClockMoved { from, to });
        self.store.schedule.wake();
    }

    /// Wakes the loop that waits for the next work: the clock was stopped or started.
    pub fn wake_schedule(&self) {
        self.store.schedule.wake();
    }

    fn perform(&self, work: Work) -> Due {
        let transactions = &self.store.transactions;
        match work {
            Work::Settle(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| {
                    self.expire_if_due(transaction);
                    if matches!(transaction.stage(), Stage::Registered) {
                        self.settle(transaction);
                    }
                });
            }
            Work::PlayCustomer(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| {
                    self.expire_if_due(transaction);
                    if matches!(transaction.stage(), Stage::Registered) {
                        self.play_buyer_by_rule(transaction);
                    }
                });
            }
            Work::Refund(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| self.refund_by_rule(transaction));
            }
            Work::EndReview(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| {
                    if let Stage::UnderReview { ends_in: Some(outcome), .. } = transaction.stage() {
                        let outcome = *outcome;
                        self.end_review(transaction, outcome, CreditCheck::Enforced);
                    }
                });
            }
            Work::Expire(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| self.expire_if_due(transaction));
            }
            Work::ExpireBinding(id) => {
                self.binding(id);
            }
            Work::Send(id, _) if self.is_needed(&work) => return Due::Send(id),
            Work::Send(..) => {}
            Work::Resend(id) => return Due::Resend(id),
        }
        Due::Done
    }
}
