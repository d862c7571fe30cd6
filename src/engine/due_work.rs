//! What falls due by itself.

use super::Engine;
use super::outcome::LimitRule;
use crate::clock::Timestamp;
use crate::domain::{EventKind, NotificationId, Stage};
use crate::store::{Subject, Ticket, Work};

/// What became of a thing that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It is done.
    Done,
    /// A notification is to be sent: that is not the engine's.
    Send(NotificationId),
    /// The same, once more, because somebody asked.
    Resend(NotificationId),
}

impl Engine {
    /// Takes the next thing that is due at `now`, and does it as far as that is the engine's.
    pub fn take_due(&self, now: Timestamp) -> Option<(Due, Ticket)> {
        let (work, ticket) = self.store.schedule.take(now)?;
        Some((self.perform(work), ticket))
    }

    /// When the next thing is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.store.schedule.next_at()
    }

    /// Completes when the schedule has to be looked at again.
    pub async fn schedule_changed(&self) {
        self.store.schedule.changed().await;
    }

    /// Completes when nothing that was taken is still running.
    pub async fn idle(&self) {
        self.store.schedule.idle().await;
    }

    /// Records that the clock was moved, and wakes what waits for its time.
    pub fn record_clock(&self, from: Timestamp, to: Timestamp) {
        self.store.log.append(to, Subject::nobody(), EventKind::ClockMoved { from, to });
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
            Work::Play(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| {
                    self.expire_if_due(transaction);
                    if matches!(transaction.stage(), Stage::Registered) {
                        self.play_by_rule(transaction);
                    }
                });
            }
            Work::Refund(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| self.refund_by_rule(transaction));
            }
            Work::Decide(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| {
                    if let Stage::UnderReview { ends_in: Some(verdict), .. } = transaction.stage() {
                        let verdict = *verdict;
                        self.end_review(transaction, verdict, LimitRule::Obeyed);
                    }
                });
            }
            Work::Expire(t_xid) => {
                transactions.update(t_xid.as_str(), |transaction| self.expire_if_due(transaction));
            }
            Work::ExpireBinding(id) => {
                self.binding(id);
            }
            Work::Send(id) => return Due::Send(id),
            Work::Resend(id) => return Due::Resend(id),
        }
        Due::Done
    }

    /// Has a notification sent once more; answers whether there is such a one.
    pub fn resend(&self, id: NotificationId) -> bool {
        let known = self.store.notifications.read(id, |_| ()).is_some();
        if known {
            self.store.schedule.plan(self.now(), Work::Resend(id));
        }
        known
    }
}
