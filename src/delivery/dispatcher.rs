//! The order of sending: a limited number of attempts at once, merchants in turn, and the first attempts of one
//! transaction one after another.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use super::sender::{Sender, SenderSetup};
pub use crate::domain::Trigger;
use crate::domain::{IMid, NotificationId, TXid};
use crate::engine::Ticket;
use crate::locks::IgnorePoison;

/// How many receivers are named at once.
const MAX_NAMED: usize = 5;

/// One attempt to make.
#[derive(Debug)]
struct Job {
    id: NotificationId,
    trigger: Trigger,
    i_mid: IMid,
    /// The transaction, where this is a first attempt: it waits for the first attempts before it.
    first_of: Option<TXid>,
    /// Dropped when the work is finished.
    ticket: Ticket,
}

#[derive(Debug, Default)]
struct Queue {
    /// How many attempts were started so far, which numbers them, and those in flight by their numbers. None
    /// is left where the response has come, and is not recorded yet.
    started: u64,
    in_flight: BTreeMap<u64, Option<NotificationId>>,
    /// A queue for each merchant, and the order in which they take turns.
    by_merchant: HashMap<IMid, VecDeque<Job>>,
    turns: VecDeque<IMid>,
    /// Transactions whose first attempt is in flight or queued, with the first attempts that wait behind it.
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
        self.enqueue(job);
    }

    fn enqueue(&mut self, job: Job) {
        let jobs = self.by_merchant.entry(job.i_mid.clone()).or_default();
        if jobs.is_empty() {
            self.turns.push_back(job.i_mid.clone());
        }
        jobs.push_back(job);
    }

    /// The next job, of the merchant whose turn it is, with its number.
    fn next(&mut self, max: usize) -> Option<(u64, Job)> {
        if self.in_flight.len() >= max {
            return None;
        }
        let i_mid = self.turns.pop_front()?;
        let jobs = self.by_merchant.get_mut(&i_mid)?;
        let job = jobs.pop_front()?;
        if jobs.is_empty() {
            self.by_merchant.remove(&i_mid);
        } else {
            self.turns.push_back(i_mid);
        }
        self.started += 1;
        self.in_flight.insert(self.started, Some(job.id));
        Some((self.started, job))
    }

    fn finish(&mut self, number: u64, first_of: Option<&TXid>) {
        self.in_flight.remove(&number);
        let Some(t_xid) = first_of else { return };
        let following = self.first_attempts.get_mut(t_xid).and_then(VecDeque::pop_front);
        match following {
            Some(job) => self.enqueue(job),
            None => {
                self.first_attempts.remove(t_xid);
            }
        }
    }
}

/// Sends notifications.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sender: Sender,
    queue: Mutex<Queue>,
    ended: Notify,
    max: usize,
}

impl Dispatcher {
    /// Sends at most `max` at once.
    pub fn new(setup: SenderSetup, max: usize) -> Self {
        let shared =
            Shared { sender: Sender::new(setup), queue: Mutex::default(), ended: Notify::new(), max: max.max(1) };
        Self { shared: Arc::new(shared) }
    }

    /// Sends a notification that is due, or requested again. One that no longer exists is ignored.
    pub fn send(&self, id: NotificationId, trigger: Trigger, ticket: Ticket) {
        let known = self.shared.sender.read(id, |notification| {
            let first = trigger == Trigger::Scheduled && notification.attempts.is_empty();
            (notification.i_mid.clone(), notification.t_xid().filter(|_| first).cloned())
        });
        let Some((i_mid, first_of)) = known else { return };
        self.shared.queue().add(Job { id, trigger, i_mid, first_of, ticket });
        Shared::start(&self.shared);
    }

    /// Logs whose answers are awaited.
    pub fn log_in_flight(&self) {
        let in_flight: Vec<_> = self.shared.queue().in_flight.values().copied().flatten().collect();
        for id in in_flight.iter().take(MAX_NAMED) {
            self.shared.sender.log_in_flight(*id);
        }
        if let Some(more) = in_flight.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
            tracing::warn!("… and for {more} more answers to notifications");
        }
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().ignore_poison()
    }

    /// Starts as many attempts as are allowed at once.
    fn start(this: &Arc<Self>) {
        // When the runtime ends, nothing is started.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        loop {
            let Some((number, job)) = this.queue().next(this.max) else { return };
            let shared = Arc::clone(this);
            // Here, in the order of the queue, and not when the runtime first polls the task.
            let start = this.sender.start();
            runtime.spawn(async move {
                // Dropped last, also when the attempt panics: a drain must not wait for ever.
                let Job { id, trigger, first_of, ticket, .. } = job;
                let in_flight = InFlight { shared, number, first_of };
                let sender = &in_flight.shared.sender;
                if let Some(result) = sender.attempt(id, trigger).await {
                    if sender.is_clock_stopped() {
                        in_flight.wait_for_earlier().await;
                    }
                    sender.record(id, trigger, start, result);
                }
                drop(in_flight);
                drop(ticket);
            });
        }
    }
}

/// An attempt in flight; dropping it starts the next one.
struct InFlight {
    shared: Arc<Shared>,
    number: u64,
    first_of: Option<TXid>,
}

impl InFlight {
    /// Completes when all earlier attempts have ended. With a stopped clock results are recorded in the order of the
    /// starts, whichever merchant responds first: equal calls then give equal logs.
    async fn wait_for_earlier(&self) {
        self.shared.queue().in_flight.insert(self.number, None);
        loop {
            let ended = self.shared.ended.notified();
            if self.shared.queue().in_flight.first_key_value().is_none_or(|(first, _)| *first >= self.number) {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.shared.queue().finish(self.number, self.first_of.as_ref());
        self.shared.ended.notify_waiters();
        Shared::start(&self.shared);
    }
}
