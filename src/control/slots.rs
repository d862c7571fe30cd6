//! A limited number of places, for requests that stay: who finds none is told so, and whoever runs the simulator once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::{Kind, Problem};

/// Slots, and how many of them are free.
#[derive(Clone, Debug)]
pub struct Slots {
    free: Arc<Semaphore>,
    most: usize,
    warned: Arc<AtomicBool>,
    /// What kind of problem it is when none is free, and why there is one.
    kind: Kind,
    why: &'static str,
}

/// A slot, given back when it is dropped.
pub type Slot = OwnedSemaphorePermit;

impl Slots {
    /// For calls of `events/wait`.
    pub fn of_waiters(most: usize) -> Self {
        Self::new(most, Kind::WAITERS, "as many requests wait for events as may (--max-waiters)")
    }

    /// For streams of events.
    pub fn of_streams(most: usize) -> Self {
        Self::new(most, Kind::STREAMS, "as many streams of events are open as may (--max-streams)")
    }

    fn new(most: usize, kind: Kind, why: &'static str) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(most)), most, warned: Arc::default(), kind, why }
    }

    /// A slot, if one is free.
    pub(super) fn take(&self) -> Result<Slot, Problem> {
        self.try_take().ok_or_else(|| Problem::new(self.kind, self.why))
    }

    /// A slot, if one is free; whoever runs the simulator is told once that none is.
    pub fn try_take(&self) -> Option<Slot> {
        let slot = Arc::clone(&self.free).try_acquire_owned().ok();
        if slot.is_none() && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!("{}; more are refused", self.why);
        }
        slot
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        self.most - self.free.available_permits()
    }

    /// Completes when nobody has one.
    pub async fn all_free(&self) {
        let all = u32::try_from(self.most).unwrap_or(u32::MAX);
        // An error would mean that the places are closed, which they never are.
        let _ = self.free.acquire_many(all).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_is_free_again_when_it_is_given_back() {
        let places = Slots::of_streams(2);
        let (one, two) = (places.take().unwrap(), places.take().unwrap());
        assert_eq!(places.take().unwrap_err().to_string(), format!("streams: {}", places.why));
        drop(one);
        assert_eq!((places.taken(), places.take().is_ok()), (1, true));
        drop(two);
        places.all_free().await;
        assert_eq!(Slots::of_waiters(usize::MAX).taken(), 0, "a limit may be as high as one likes");
    }
}
