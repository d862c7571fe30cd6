//! The memory budget (`--max-memory`): how many bytes the store uses, and for what.
//!
//! The sizes are estimates that are rather too large than too small. They count what a client can make long: texts,
//! bodies and the number of entries. The event log has a fixed part and counts for itself.

use std::sync::atomic::{AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::Serialize;

/// What memory is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryUse {
    /// Transactions, bindings and user tokens.
    Orders,
    /// Notifications with their attempts.
    Notifications,
    /// Why rules did not decide a transaction.
    Explanations,
}

/// How the memory budget is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoryReport {
    /// Bytes of transactions, bindings and user tokens.
    pub orders: usize,
    /// Bytes of notifications with their attempts.
    pub notifications: usize,
    /// Bytes of explanations: why rules did not decide a transaction.
    pub explanations: usize,
    /// Bytes of the event log.
    pub events: usize,
    /// The sum.
    pub used: usize,
    /// The budget: `--max-memory`.
    pub max: usize,
}

/// The budget for everything but the event log.
#[derive(Debug)]
pub struct Memory {
    used: [AtomicUsize; 3],
    /// The whole budget.
    total: usize,
}

/// The event log gets at most one part in so many.
const LOG_PART: usize = 4;
/// What the allocator needs beside the bytes that it gives: one part in so many.
const ALLOCATOR_PART: usize = 8;
/// Bindings get at most one part in so many.
const BINDINGS_PART: usize = 8;
/// User tokens get at most one part in so many.
const TOKENS_PART: usize = 8;
/// Explanations get at most one part in so many: they are a help, and the first to go.
const EXPLANATIONS_PART: usize = 16;

impl Memory {
    /// A budget of `total` bytes, of which the event log gets a part.
    pub fn new(total: usize) -> Self {
        Self { used: Default::default(), total }
    }

    /// What the event log may use.
    pub fn for_log(&self) -> usize {
        self.total / LOG_PART
    }

    /// What explanations may use.
    pub fn for_explanations(&self) -> usize {
        self.total / EXPLANATIONS_PART
    }

    /// What bindings may use.
    pub fn for_bindings(&self) -> usize {
        self.total / BINDINGS_PART
    }

    /// What user tokens may use.
    pub fn for_tokens(&self) -> usize {
        self.total / TOKENS_PART
    }

    /// Counts an entry whose size has changed; a new one had no bytes, and one that is removed will have none.
    pub fn resize(&self, what: MemoryUse, before: usize, after: usize) {
        let [before, after] = [before, after].map(|bytes| bytes + bytes / ALLOCATOR_PART);
        // Wraps where it becomes smaller, as the addition does.
        self.used[what as usize].fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
    }

    /// How many bytes are used for this.
    pub fn used(&self, what: MemoryUse) -> usize {
        self.used[what as usize].load(Ordering::Relaxed)
    }

    /// Whether `more` bytes would exceed the budget.
    pub fn is_exceeded_with(&self, more: usize) -> bool {
        let used: usize = self.used.iter().map(|used| used.load(Ordering::Relaxed)).sum();
        used.saturating_add(more) > self.beside_log()
    }

    fn beside_log(&self) -> usize {
        self.total - self.for_log()
    }

    /// What notifications may use before those that are still to be sent go.
    pub fn for_notifications(&self) -> usize {
        self.beside_log() / 2
    }

    /// How the budget is used, where the event log has `events` bytes.
    pub fn report(&self, events: usize) -> MemoryReport {
        let [orders, notifications, explanations] =
            [MemoryUse::Orders, MemoryUse::Notifications, MemoryUse::Explanations].map(|what| self.used(what));
        let used = orders + notifications + explanations + events;
        MemoryReport { orders, notifications, explanations, events, used, max: self.total }
    }
}
