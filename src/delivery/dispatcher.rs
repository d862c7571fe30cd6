//! Which notification goes next: a bounded number at once, merchants in turn, and the first attempts of one transaction
//! one after another.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::sender::{Sender, SenderSetup};
pub use crate::domain::Trigger;
use crate::domain::{IMid, NotificationId, TXid};
use crate::store::Ticket;

/// One attempt to make.
#[derive(Debug)]
struct Job {
    id: NotificationId,
    trigger: Trigger,
    i_mid: IMid,
    /// The transaction, where this is a first attempt, which waits for the one before it.
    first_of: Option<TXid>,
    /// Says that the work is done when it is dropped.
    ticket: Ticket,
}

#[derive(Debug, Default)]
struct Queue {
    in_flight: usize,
    /// How many were started so far, and the numbers of those under way.
    started: u64,
    under_way: BTreeSet<u64>,
    /// A queue per merchant, and whose turn it is.
    lanes: HashMap<IMid, VecDeque<Job>>,
    turns: VecDeque<IMid>,
    /// Transactions whose first attempt is under way or in a lane, with those that wait behind it.
    first_attempts: HashMap<TXid, VecDeque<Job>>,
}

impl Queue {
    fn add(&mut self, job: Job) {
        if let Some(t_xid) = &job.first_of {
            if let Some(waiting) = self.first_attempts.get_mut(t_xid) {
                waiting.push_back(job);
                return;
            }
            self.first_attempts.insert(t_xid.clone(), VecDeque::new());
        }
        self.line_up(job);
    }

    fn line_up(&mut self, job: Job) {
        let lane = self.lanes.entry(job.i_mid.clone()).or_default();
        if lane.is_empty() {
            self.turns.push_back(job.i_mid.clone());
        }
        lane.push_back(job);
    }

    /// The next to go, from the merchant whose turn it is, with its number.
    fn next(&mut self, most: usize) -> Option<(u64, Job)> {
        if self.in_flight >= most {
            return None;
        }
        let i_mid = self.turns.pop_front()?;
        let lane = self.lanes.get_mut(&i_mid)?;
        let job = lane.pop_front()?;
        if lane.is_empty() {
            self.lanes.remove(&i_mid);
        } else {
            self.turns.push_back(i_mid);
        }
        self.in_flight += 1;
        self.started += 1;
        self.under_way.insert(self.started);
        Some((self.started, job))
    }

    fn done(&mut self, number: u64, first_of: Option<&TXid>) {
        self.in_flight -= 1;
        self.under_way.remove(&number);
        let Some(t_xid) = first_of else { return };
        let following = self.first_attempts.get_mut(t_xid).and_then(VecDeque::pop_front);
        match following {
            Some(job) => self.line_up(job),
            None => {
                self.first_attempts.remove(t_xid);
            }
        }
    }
}

/// Sends what is handed to it.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sender: Sender,
    queue: Mutex<Queue>,
    ended: Notify,
    most: usize,
}

impl Dispatcher {
    /// Sends at most `most` at once.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(setup: SenderSetup, most: usize) -> Result<Self, reqwest::Error> {
        let shared =
            Shared { sender: Sender::new(setup)?, queue: Mutex::default(), ended: Notify::new(), most: most.max(1) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Takes a notification that is due, or that somebody wants once more; one that is forgotten is let go.
    pub fn send(&self, id: NotificationId, trigger: Trigger, ticket: Ticket) {
        let known = self.shared.sender.look(id, |notification| {
            let first = trigger == Trigger::Scheduled && notification.attempts.is_empty();
            (notification.i_mid.clone(), notification.t_xid().filter(|_| first).cloned())
        });
        let Some((i_mid, first_of)) = known else { return };
        self.shared.queue().add(Job { id, trigger, i_mid, first_of, ticket });
        Shared::start(&self.shared);
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts as many attempts as may be under way.
    fn start(this: &Arc<Self>) {
        // At the end of the runtime nothing is started any more.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        loop {
            let Some((number, job)) = this.queue().next(this.most) else { return };
            let shared = Arc::clone(this);
            // Here, where one is started after the other, and not when its task gets its turn.
            let began = this.sender.begin();
            runtime.spawn(async move {
                // Dropped last, also when the attempt panics: whoever drains must not wait for ever.
                let Job { id, trigger, first_of, ticket, .. } = job;
                let place = Place { shared, number, first_of };
                let sender = &place.shared.sender;
                if let Some(result) = sender.attempt(id, trigger).await {
                    if sender.time_stands() {
                        place.turn().await;
                    }
                    sender.record(id, trigger, began, result);
                }
                drop(place);
                drop(ticket);
            });
        }
    }
}

/// A place among those under way; dropping it lets the next one go.
struct Place {
    shared: Arc<Shared>,
    number: u64,
    first_of: Option<TXid>,
}

impl Place {
    /// Completes when whatever was started before has ended. While time stands still results are recorded in the order of
    /// their start, whoever answers first: the same calls then lead to the same log.
    async fn turn(&self) {
        loop {
            let ended = self.shared.ended.notified();
            if self.shared.queue().under_way.first().is_none_or(|first| *first >= self.number) {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.queue().done(self.number, self.first_of.as_ref());
        self.shared.ended.notify_waiters();
        Shared::start(&self.shared);
    }
}
