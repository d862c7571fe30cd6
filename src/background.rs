//! Doing the work that is due: in a loop, or step by step when the clock is moved or a test drains the work.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Jump, SignedDuration, Timestamp, later};
use crate::delivery::{Dispatcher, Trigger};
use crate::engine::Engine;
use crate::locks::IgnorePoison;

/// Does the work that is due.
#[derive(Clone, Debug)]
pub struct Background {
    engine: Arc<Engine>,
    dispatcher: Dispatcher,
    /// Held while work is taken and given to the dispatcher. The loop and a move of the clock do that at the same time,
    /// and notifications that are due at one instant have to keep their order.
    step_lock: Arc<Mutex<()>>,
    /// Held while the clock is moved.
    clock_lock: Arc<tokio::sync::Mutex<()>>,
}

/// The longest sleep. After it the loop notices that the machine was suspended, or its clock was set.
const MAX_SLEEP: Duration = Duration::from_secs(10);
/// How long receivers are waited for before the log names them.
const PATIENCE: Duration = Duration::from_secs(1);
/// How much work is done before other tasks on the same thread get a turn.
const BATCH_SIZE: usize = 64;

impl Background {
    /// Does the work of `engine`, and sends its notifications with `dispatcher`.
    pub fn new(engine: Arc<Engine>, dispatcher: Dispatcher) -> Self {
        Self { engine, dispatcher, step_lock: Arc::default(), clock_lock: Arc::default() }
    }

    /// Does up to a batch of the work that is due now; returns whether there may be more.
    fn step(&self) -> bool {
        use crate::engine::Due;
        let _one_at_a_time = self.step_lock.lock().ignore_poison();
        let now = self.engine.now();
        for _ in 0..BATCH_SIZE {
            let Some((due, ticket)) = self.engine.take_due(now) else { return false };
            match due {
                Due::Send(id) => self.dispatcher.send(id, Trigger::Scheduled, ticket),
                Due::Resend(id) => self.dispatcher.send(id, Trigger::Manual, ticket),
                Due::Done => drop(ticket),
            }
        }
        true
    }

    /// The loop: does work when it is due.
    pub async fn run(self, stopping: CancellationToken) {
        loop {
            while self.step() {
                tokio::task::yield_now().await;
            }
            let sleep = self.time_until_next();
            tokio::select! {
                () = stopping.cancelled() => return,
                () = self.engine.schedule_changed() => {}
                () = tokio::time::sleep(sleep) => {}
            }
            self.follow_machine();
        }
    }

    /// Notices a jump of the machine's time, and says so.
    fn follow_machine(&self) {
        let clock = self.engine.clock();
        let jump = clock.follow_machine().filter(|_| !clock.is_manual());
        match jump {
            Some(Jump::Ahead(by)) => {
                tracing::warn!("the machine's clock jumped ahead by {by:#}: what was due meanwhile is done now");
            }
            Some(Jump::Back(by)) => {
                tracing::warn!(
                    "the machine's clock was set back by {by:#}: the simulator's clock goes on, ahead of it"
                );
            }
            None => {}
        }
    }

    /// How long to sleep until the next work is due. Moving a stopped clock wakes the loop.
    fn time_until_next(&self) -> Duration {
        let Some(next) = self.engine.next_due().filter(|_| !self.engine.clock().is_manual()) else { return MAX_SLEEP };
        Duration::try_from(next.duration_since(self.engine.now())).unwrap_or(Duration::ZERO).min(MAX_SLEEP)
    }

    /// Does all work that is due now, and waits until it is finished, with the responses of merchants.
    pub async fn drain(&self) {
        loop {
            while self.step() {}
            self.finish_started().await;
            let now = self.engine.now();
            if self.engine.next_due().is_none_or(|next| next > now) {
                return;
            }
        }
    }

    /// Waits for the work that was started. When that takes long, the log says for whom.
    async fn finish_started(&self) {
        let idle = self.engine.idle();
        tokio::pin!(idle);
        tokio::select! {
            () = &mut idle => return,
            () = tokio::time::sleep(PATIENCE) => self.dispatcher.log_in_flight(),
        }
        idle.await;
    }

    /// Moves the clock ahead. It stops at each instant at which work is due until that is finished. Waits while another
    /// call moves the clock.
    pub async fn advance(&self, by: SignedDuration) {
        let _one_at_a_time = self.clock_lock.lock().await;
        self.move_to(later(self.engine.now(), by), std::future::pending()).await;
    }

    /// Locks the clock against other moves; none while another call moves it. Waiting here could last for ever: the
    /// other call may wait for the response to the caller's own request.
    pub fn try_lock_clock(&self) -> Option<ClockGuard<'_>> {
        Some(ClockGuard { background: self, _one_at_a_time: self.clock_lock.try_lock().ok()? })
    }

    async fn move_to(&self, target: Timestamp, given_up: impl Future<Output = ()>) -> ClockMove {
        let (from, after) = (self.engine.now(), self.engine.store().log.last());
        let to = tokio::select! {
            biased;
            () = self.go_through(target) => target,
            // What is being sent goes on. The clock stays where it has come to.
            () = given_up => self.engine.now(),
        };
        self.engine.record_clock(from, to);
        ClockMove { from, to, after }
    }

    /// Moves the clock to each instant at which work is due, and then to `target`.
    async fn go_through(&self, target: Timestamp) {
        loop {
            self.drain().await;
            match self.engine.next_due() {
                Some(next) if next <= target => self.set(next),
                _ => break,
            }
        }
        self.set(target);
        self.drain().await;
    }

    fn set(&self, instant: Timestamp) {
        if instant > self.engine.now() {
            self.engine.clock().set(instant);
        }
    }
}

/// A move of the clock.
#[derive(Clone, Copy, Debug)]
pub struct ClockMove {
    /// The time before.
    pub from: Timestamp,
    /// The time after.
    pub to: Timestamp,
    /// The last event before the move.
    pub after: u64,
}

/// The exclusive right to change the clock. See [`Background::try_lock_clock`].
#[derive(Debug)]
pub struct ClockGuard<'a> {
    background: &'a Background,
    _one_at_a_time: tokio::sync::MutexGuard<'a, ()>,
}

impl ClockGuard<'_> {
    /// Moves the clock to `target`, and does all work that is due until then. A target in the past moves nothing. When
    /// `given_up` completes, the clock stays where it is then.
    pub async fn move_to(&self, target: Timestamp, given_up: impl Future<Output = ()>) -> ClockMove {
        self.background.move_to(target.max(self.background.engine.now()), given_up).await
    }

    /// Stops the clock, or lets it run on.
    pub fn set_stopped(&self, is_stopped: bool) {
        self.background.engine.clock().set_stopped(is_stopped);
        // The loop has to compute its sleep again.
        self.background.engine.wake_schedule();
    }
}
