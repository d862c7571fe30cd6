//! What happens by itself: one function that does what is due, called by a loop, or by whoever drains or moves the
//! clock.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{SignedDuration, Timestamp, later};
use crate::delivery::{Dispatcher, Trigger};
use crate::engine::Engine;

/// Does what is due.
#[derive(Clone, Debug)]
pub struct Background {
    engine: Arc<Engine>,
    dispatcher: Dispatcher,
    /// One move of the clock at a time.
    moving: Arc<tokio::sync::Mutex<()>>,
}

/// The longest sleep: a machine that was suspended, or whose clock was set, is noticed after that.
const NAP: Duration = Duration::from_secs(60);
/// Things done before others on the same thread get a turn.
const BATCH: usize = 64;

impl Background {
    /// What `engine` has due, with `dispatcher` for its notifications.
    pub fn new(engine: Arc<Engine>, dispatcher: Dispatcher) -> Self {
        Self { engine, dispatcher, moving: Arc::default() }
    }

    /// Does up to a batch of what is due now; answers whether there may be more.
    fn step(&self) -> bool {
        use crate::engine::Due;
        let now = self.engine.now();
        for _ in 0..BATCH {
            let Some((due, ticket)) = self.engine.take_due(now) else { return false };
            match due {
                Due::Send(id) => self.dispatcher.send(id, Trigger::Scheduled, ticket),
                Due::Resend(id) => self.dispatcher.send(id, Trigger::Manual, ticket),
                Due::Done => drop(ticket),
            }
        }
        true
    }

    /// The loop: does what is due when it is due.
    pub async fn run(self, stopping: CancellationToken) {
        loop {
            while self.step() {
                tokio::task::yield_now().await;
            }
            let nap = self.until_next();
            tokio::select! {
                () = stopping.cancelled() => return,
                () = self.engine.schedule_changed() => {}
                () = tokio::time::sleep(nap) => {}
            }
        }
    }

    /// How long nothing will be due. A clock that stands still wakes the loop when it moves.
    fn until_next(&self) -> Duration {
        let Some(next) = self.engine.next_due().filter(|_| !self.engine.clock().is_manual()) else { return NAP };
        Duration::try_from(next.duration_since(self.engine.now())).unwrap_or(Duration::ZERO).min(NAP)
    }

    /// Does all that is due now, and waits until it is done, answers of merchants included.
    pub async fn drain(&self) {
        loop {
            while self.step() {}
            self.engine.idle().await;
            let now = self.engine.now();
            if self.engine.next_due().is_none_or(|next| next > now) {
                return;
            }
        }
    }

    /// Moves the clock ahead, stopping wherever something is due until it is done. Waits while somebody else moves it.
    pub async fn advance(&self, by: SignedDuration) {
        let _one_at_a_time = self.moving.lock().await;
        self.move_to(later(self.engine.now(), by)).await;
    }

    /// Takes the clock, so that nobody else moves it; none while somebody does. Who advances the clock may be waiting
    /// for the caller's own answer, so waiting here could be for ever.
    pub fn take_clock(&self) -> Option<ClockTaken<'_>> {
        Some(ClockTaken { background: self, _one_at_a_time: self.moving.try_lock().ok()? })
    }

    async fn move_to(&self, target: Timestamp) -> Moved {
        let (from, after) = (self.engine.now(), self.engine.store().log.last());
        loop {
            self.drain().await;
            match self.engine.next_due() {
                Some(next) if next <= target => self.set(next),
                _ => break,
            }
        }
        self.set(target);
        self.drain().await;
        self.engine.record_clock(from, target);
        Moved { from, to: target, after }
    }

    fn set(&self, instant: Timestamp) {
        if instant > self.engine.now() {
            self.engine.clock().set(instant);
        }
    }
}

/// A move of the clock that is over.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// When it was before.
    pub from: Timestamp,
    /// When it is now.
    pub to: Timestamp,
    /// The last event before the move.
    pub after: u64,
}

/// The right to change the clock. See [`Background::take_clock`].
#[derive(Debug)]
pub struct ClockTaken<'a> {
    background: &'a Background,
    _one_at_a_time: tokio::sync::MutexGuard<'a, ()>,
}

impl ClockTaken<'_> {
    /// Moves the clock to `target`, with all that is due until then. A target that has passed is now.
    pub async fn move_to(&self, target: Timestamp) -> Moved {
        self.background.move_to(target.max(self.background.engine.now())).await
    }

    /// Stops the clock where it is, or lets it go on from there.
    pub fn stand(&self, stands: bool) {
        self.background.engine.clock().stand(stands);
        // Whoever sleeps until the next thing is due has to think again.
        self.background.engine.store().schedule.wake();
    }
}
