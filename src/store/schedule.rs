//! What is still to happen, as data: it can be looked at, run by a loop, or drained by a test.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::domain::{BindingId, NotificationId, TXid};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A seamless payment settles.
    Settle(TXid),
    /// The customer of an order comes, if nobody has come before, as a rule has it.
    Play(TXid),
    /// The back office gives something back, as a rule has it.
    Refund(TXid),
    /// The partner ends a review.
    Decide(TXid),
    /// Time is up for an unpaid order.
    Expire(TXid),
    /// Time is up for an account that nobody bound.
    ExpireBinding(BindingId),
    /// A notification is to be sent.
    Send(NotificationId),
    /// A notification is to be sent once more, as somebody asked.
    Resend(NotificationId),
}

#[derive(Debug, PartialEq, Eq)]
struct Item {
    at: Timestamp,
    /// Keeps things due at one instant in the order they were planned.
    place: u64,
    work: Work,
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.place).cmp(&(other.at, other.place))
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
    /// Taken and not finished yet.
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

/// A piece of work that was taken; dropping it says that it is finished.
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
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Schedule {
    /// Plans `work` for `at` and answers how much is planned. Whoever runs the schedule is woken only if it has to
    /// change its mind about when to get up.
    pub fn plan(&self, at: Timestamp, work: Work) -> usize {
        let mut items = self.shared.items();
        let sooner = items.heap.peek().is_none_or(|Reverse(first)| at < first.at);
        items.planned += 1;
        let place = items.planned;
        items.heap.push(Reverse(Item { at, place, work }));
        let planned = items.heap.len();
        drop(items);
        if sooner {
            self.shared.planned.notify_one();
        }
        planned
    }

    /// Takes the first thing that is due at `now`.
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

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.shared.items().heap.peek().map(|Reverse(first)| first.at)
    }

    /// Completes when something was planned sooner than all that was planned before.
    pub async fn changed(&self) {
        self.shared.planned.notified().await;
    }

    /// Wakes whoever waits in [`Schedule::changed`]: the clock was moved.
    pub fn wake(&self) {
        self.shared.planned.notify_one();
    }

    /// Completes when nothing that was taken is still running.
    pub async fn idle(&self) {
        loop {
            let finished = self.shared.finished.notified();
            if self.shared.items().running == 0 {
                return;
            }
            finished.await;
        }
    }

    /// Drops what `keep` does not want, such as the expiry of orders that are paid.
    pub fn retain(&self, mut keep: impl FnMut(&Work) -> bool) {
        // Taken out first: `keep` looks at transactions, whose lock may be held by somebody who plans.
        let all = {
            let mut items = self.shared.items();
            items.running += 1;
            std::mem::take(&mut items.heap)
        };
        let _whoever_drains_waits = Ticket { shared: Arc::clone(&self.shared) };
        let kept: Vec<_> = all.into_iter().filter(|Reverse(item)| keep(&item.work)).collect();
        self.shared.items().heap.extend(kept);
        self.shared.planned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_out_what_is_due_in_the_order_it_was_planned() {
        let schedule = Schedule::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for (second, id) in [(5, 1), (3, 2), (3, 3), (9, 4)] {
            schedule.plan(at(second), Work::Send(NotificationId(id)));
        }
        let due = || schedule.take(at(5)).map(|(work, _ticket)| work);
        assert_eq!(due(), Some(Work::Send(NotificationId(2))));
        assert_eq!(due(), Some(Work::Send(NotificationId(3))));
        assert_eq!(due(), Some(Work::Send(NotificationId(1))));
        assert_eq!(due(), None);
        assert_eq!(schedule.next_at(), Some(at(9)));
    }
}
