//! What happens by itself: one function that does what is due, called by a loop, or by whoever drains or moves the
//! clock.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{SignedDuration, Timestamp, later};
use crate::engine::Engine;
use crate::notify::{Dispatcher, Trigger};

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
    pub(super) fn new(engine: Arc<Engine>, dispatcher: Dispatcher) -> Self {
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
    pub(super) async fn run(self, stopping: CancellationToken) {
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

    /// Moves the clock ahead, stopping wherever something is due until it is done.
    pub async fn advance(&self, by: SignedDuration) {
        let _one_at_a_time = self.moving.lock().await;
        let from = self.engine.now();
        let target = later(from, by);
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
    }

    fn set(&self, instant: Timestamp) {
        if instant > self.engine.now() {
            self.engine.clock().set(instant);
        }
    }
}
