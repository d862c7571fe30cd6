//! A limited number of slots for long requests: those that wait for events, and event streams.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::{Problem, ProblemKind};

/// Slots for one kind of long requests.
#[derive(Clone, Debug)]
pub struct Slots {
    free: Arc<Semaphore>,
    max: usize,
    has_warned: Arc<AtomicBool>,
    problem_kind: ProblemKind,
    detail: &'static str,
}

/// A slot; it is free again when this is dropped.
pub type Slot = OwnedSemaphorePermit;

impl Slots {
    /// Slots for `GET /events/wait`.
    pub fn for_waiters(max: usize) -> Self {
        Self::new(max, ProblemKind::WAITERS, "too many requests wait for events (--max-waiters)")
    }

    /// Slots for event streams.
    pub fn for_streams(max: usize) -> Self {
        Self::new(max, ProblemKind::STREAMS, "too many event streams are open (--max-streams)")
    }

    fn new(max: usize, problem_kind: ProblemKind, detail: &'static str) -> Self {
        let max = max.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(max)), max, has_warned: Arc::default(), problem_kind, detail }
    }

    /// A slot, or the problem that none is free.
    pub(crate) fn take(&self) -> Result<Slot, Problem> {
        self.try_take().ok_or_else(|| Problem::new(self.problem_kind, self.detail))
    }

    /// A slot, if one is free. The first time that none is free, a warning is logged.
    pub fn try_take(&self) -> Option<Slot> {
        let slot = Arc::clone(&self.free).try_acquire_owned().ok();
        if slot.is_none() && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!("{}; further ones are refused", self.detail);
        }
        slot
    }

    /// The number of slots in use.
    pub(crate) fn in_use(&self) -> usize {
        self.max - self.free.available_permits()
    }

    /// Completes when all slots are free.
    pub async fn all_free(&self) {
        let all = u32::try_from(self.max).unwrap_or(u32::MAX);
        // It fails only for a closed semaphore, and this one is never closed.
        let _ = self.free.acquire_many(all).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slot_is_free_again_when_it_is_dropped() {
        let slots = Slots::for_streams(2);
        let (one, two) = (slots.take().unwrap(), slots.take().unwrap());
        assert_eq!(slots.take().unwrap_err().to_string(), format!("streams: {}", slots.detail));
        drop(one);
        assert_eq!((slots.in_use(), slots.take().is_ok()), (1, true));
        drop(two);
        slots.all_free().await;
        assert_eq!(Slots::for_waiters(usize::MAX).in_use(), 0, "any limit is allowed");
    }
}
