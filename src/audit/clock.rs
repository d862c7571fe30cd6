//! The clock during an audit: it stands still, and goes from one due work to the next.

use crate::background::{Background, ClockGuard};
use crate::clock::Timestamp;
use crate::engine::Engine;

/// The clock, stopped. It runs while notifications are in flight, so that it is known how long the merchant takes.
pub(super) struct StoppedClock<'a> {
    guard: ClockGuard<'a>,
    was_stopped: bool,
}

impl<'a> StoppedClock<'a> {
    /// Stops the clock until this is dropped; none where another call moves it.
    pub(super) fn new(engine: &Engine, background: &'a Background) -> Option<Self> {
        let (guard, was_stopped) = (background.try_lock_clock()?, engine.clock().is_manual());
        guard.set_stopped(true);
        Some(Self { guard, was_stopped })
    }

    /// Moves the clock, and does all work that is due until then.
    pub(super) async fn move_to(&self, target: Timestamp) {
        self.guard.set_stopped(self.was_stopped);
        self.guard.move_to(target, std::future::pending()).await;
        self.guard.set_stopped(true);
    }
}

impl Drop for StoppedClock<'_> {
    fn drop(&mut self) {
        self.guard.set_stopped(self.was_stopped);
    }
}
