//! Poisoned locks.

use std::sync::{LockResult, PoisonError};

/// Uses a lock although another thread panicked while it held it. Every panic is reported where it happens, and one
/// failed request must not stop the simulator.
pub trait IgnorePoison {
    /// The guard.
    type Guard;

    /// The guard, whether the lock is poisoned or not.
    fn ignore_poison(self) -> Self::Guard;
}

impl<G> IgnorePoison for LockResult<G> {
    type Guard = G;

    fn ignore_poison(self) -> G {
        self.unwrap_or_else(PoisonError::into_inner)
    }
}
