//! The work that is due later, as data: a loop runs it, a test drains it.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::domain::{BindingId, NotificationId, TXid};
use crate::locks::IgnorePoison;

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A seamless payment settles.
    Settle(TXid),
    /// A rule plays the customer, if the payment was not opened before.
    PlayCustomer(TXid),
    /// The back office refunds something, as a rule asks.
    Refund(TXid),
    /// The lender ends a review.
    EndReview(TXid),
    /// An unpaid transaction expires.
    Expire(TXid),
    /// An unfinished binding expires.
    ExpireBinding(BindingId),
    /// A notification is to be sent, if this is still its plan: see [`Notification::plan`](crate::domain::Notification).
    Send(NotificationId, u32),
    /// A notification is to be sent again, by a manual request.
    Resend(NotificationId),
}

#[derive(Debug, PartialEq, Eq)]
struct Item {
    at: Timestamp,
    /// Keeps work that is due at the same instant in the order of planning.
    number: u64,
    work: Work,
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Default)]
struct Items {
    heap: BinaryHeap<Reverse<Item>>,
    planned: u64,
    /// How many were taken and are not finished.
    running: usize,
}

/// The schedule. Cloning it copies a handle.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    items: Mutex<Items>,
    planned: Notify,
    finished: Notify,
}

/// A piece of work that was taken. It counts as finished when this is dropped.
#[derive(Debug)]
#[must_use = "the work counts as finished when this is dropped"]
pub struct Ticket {
    shared: Arc<Shared>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.shared.items().running -= 1;
        self.shared.finished.notify_waiters();
    }
}

impl Shared {
    fn items(&self) -> MutexGuard<'_, Items> {
        self.items.lock().ignore_poison()
    }
}

impl Schedule {
    /// Plans `work` for `at`; returns how much is planned. Wakes the loop only where this work is due before all other.
    pub fn plan(&self, at: Timestamp, work: Work) -> usize {
        let mut items = self.shared.items();
        let sooner = items.heap.peek().is_none_or(|Reverse(first)| at < first.at);
        items.planned += 1;
        let number = items.planned;
        items.heap.push(Reverse(Item { at, number, work }));
        let planned = items.heap.len();
        drop(items);
        if sooner {
            self.shared.planned.notify_one();
        }
        planned
    }

    /// Takes the first work that is due at `now`.
    pub fn take(&self, now: Timestamp) -> Option<(Work, Ticket)> {
        let mut items = self.shared.items();
        if items.heap.peek().is_none_or(|Reverse(first)| first.at > now) {
            return None;
        }
        let Reverse(item) = items.heap.pop()?;
        items.running += 1;
        drop(items);
        Some((item.work, Ticket { shared: Arc::clone(&self.shared) }))
    }

    /// When the next work is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.shared.items().heap.peek().map(|Reverse(first)| first.at)
    }

    /// The next work that `is_needed` accepts, and when it is due. The work before it is removed.
    pub fn next_needed(&self, is_needed: impl Fn(&Work) -> bool) -> Option<(Timestamp, Work)> {
        loop {
            let (at, number, work) = {
                let items = self.shared.items();
                let Reverse(first) = items.heap.peek()?;
                (first.at, first.number, first.work.clone())
            };
            // Asked without the lock: it reads transactions, and a thread that holds one may plan work.
            if is_needed(&work) {
                return Some((at, work));
            }
            let mut items = self.shared.items();
            if items.heap.peek().is_some_and(|Reverse(first)| first.number == number) {
                items.heap.pop();
            }
        }
    }

    /// Completes when work was planned that is due before all other.
    pub async fn changed(&self) {
        self.shared.planned.notified().await;
    }

    /// Wakes what waits in [`Schedule::changed`], because the clock was changed.
    pub fn wake(&self) {
        self.shared.planned.notify_one();
    }

    /// Completes when all work that was taken is finished.
    pub async fn idle(&self) {
        loop {
            let finished = self.shared.finished.notified();
            if self.shared.items().running == 0 {
                return;
            }
            finished.await;
        }
    }

    /// Removes the work that `is_kept` rejects, such as the expiry of paid transactions.
    pub fn retain(&self, mut is_kept: impl FnMut(&Work) -> bool) {
        // Taken out first: `is_kept` locks transactions, and a thread that holds such a lock may plan work.
        let all = {
            let mut items = self.shared.items();
            items.running += 1;
            std::mem::take(&mut items.heap)
        };
        // A drain waits for this.
        let _ticket = Ticket { shared: Arc::clone(&self.shared) };
        let kept: Vec<_> = all.into_iter().filter(|Reverse(item)| is_kept(&item.work)).collect();
        self.shared.items().heap.extend(kept);
        self.shared.planned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_taken_in_the_order_of_its_time_and_planning() {
        let schedule = Schedule::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for (second, id) in [(5, 1), (3, 2), (3, 3), (9, 4)] {
            schedule.plan(at(second), Work::Send(NotificationId(id), 0));
        }
        let due = || schedule.take(at(5)).map(|(work, _ticket)| work);
        assert_eq!(due(), Some(Work::Send(NotificationId(2), 0)));
        assert_eq!(due(), Some(Work::Send(NotificationId(3), 0)));
        assert_eq!(due(), Some(Work::Send(NotificationId(1), 0)));
        assert_eq!(due(), None);
        assert_eq!(schedule.next_at(), Some(at(9)));
    }
}
