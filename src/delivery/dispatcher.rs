//! The order of sending: a limited number of attempts at once, those of a merchant to a host in turn with the others, and
//! the first attempts of one transaction one after another.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use super::lanes::{LaneId, Lanes};
use super::sender::{Sender, SenderSetup};
pub use crate::domain::Trigger;
use crate::domain::{NotificationId, TXid};
use crate::engine::Ticket;
use crate::locks::IgnorePoison;

/// How many receivers are named at once.
const MAX_NAMED: usize = 5;

/// One attempt to make.
#[derive(Debug)]
struct Job {
    id: NotificationId,
    trigger: Trigger,
    lane: LaneId,
    /// The transaction, where this is a first attempt: it waits for the first attempts before it.
    first_of: Option<TXid>,
    /// Dropped when the work is finished.
    ticket: Ticket,
}

#[derive(Debug)]
struct Queue {
    /// How many attempts were started so far, which numbers them, and those in flight by their numbers. None
    /// is left where the response has come, and is not recorded yet.
    started: u64,
    in_flight: BTreeMap<u64, Option<NotificationId>>,
    lanes: Lanes<Job>,
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
        self.lanes.add(job.lane.clone(), job);
    }

    /// The next job that may start, with its number.
    fn next(&mut self) -> Option<(u64, Job)> {
        let (_, job) = self.lanes.next()?;
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
}

impl Dispatcher {
    /// Sends at most `max` at once.
    pub fn new(setup: SenderSetup, max: usize) -> Self {
        let queue =
            Queue { started: 0, in_flight: BTreeMap::new(), lanes: Lanes::new(max), first_attempts: HashMap::new() };
        let shared = Shared { sender: Sender::new(setup), queue: Mutex::new(queue), ended: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Sends a notification that is due, or requested again. One that no longer exists is ignored.
    pub fn send(&self, id: NotificationId, trigger: Trigger, ticket: Ticket) {
        let known = self.shared.sender.read(id, |notification| {
            let first = trigger == Trigger::Scheduled && notification.attempts.is_empty();
            let lane = LaneId::new(&notification.i_mid, &notification.url);
            (lane, notification.t_xid().filter(|_| first).cloned())
        });
        let Some((lane, first_of)) = known else { return };
        self.shared.queue().add(Job { id, trigger, lane, first_of, ticket });
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
            let Some((number, job)) = this.queue().next() else { return };
            let shared = Arc::clone(this);
            // Here, in the order of the queue, and not when the runtime first polls the task.
            let start = this.sender.start();
            runtime.spawn(async move {
                // Dropped last, also when the attempt panics: a drain must not wait for ever.
                let Job { id, trigger, lane, first_of, ticket } = job;
                let mut in_flight = InFlight { shared, number, lane: Some(lane), first_of };
                if let Some(result) = in_flight.shared.sender.attempt(id, trigger).await {
                    if in_flight.shared.sender.is_clock_stopped() {
                        in_flight.wait_for_earlier().await;
                    }
                    in_flight.shared.sender.record(id, trigger, start, result);
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
    /// Until the response has come.
    lane: Option<LaneId>,
    first_of: Option<TXid>,
}

impl InFlight {
    /// The response has come: another attempt may start.
    fn leave_lane(&mut self) {
        if let Some(lane) = self.lane.take() {
            self.shared.queue().lanes.finish(&lane);
        }
    }

    /// Completes when all earlier attempts have ended. With a stopped clock results are recorded in the order of the
    /// starts, whichever merchant responds first: equal calls then give equal logs.
    async fn wait_for_earlier(&mut self) {
        self.leave_lane();
        Shared::start(&self.shared);
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
        self.leave_lane();
        self.shared.queue().finish(self.number, self.first_of.as_ref());
        self.shared.ended.notify_waiters();
        Shared::start(&self.shared);
    }
}
