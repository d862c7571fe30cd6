//! Values that are kept for recent transactions only.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::Map;
use super::memory::{Memory, MemoryUse};
use crate::domain::TXid;
use crate::locks::IgnorePoison;

/// About what it takes to find a value.
const ENTRY_BYTES: usize = 128;

/// A value for each of the most recent transactions.
#[derive(Debug)]
pub struct RecentTransactions<V> {
    by_id: Map<TXid, V>,
    in_order: Mutex<VecDeque<TXid>>,
    max: usize,
    memory: Arc<Memory>,
    /// How many bytes a value takes.
    size: fn(&V) -> usize,
}

impl<V> RecentTransactions<V> {
    /// Keeps values of at most `max` transactions, within the share of explanations in the memory.
    pub fn new(max: usize, memory: Arc<Memory>, size: fn(&V) -> usize) -> Self {
        Self { by_id: Map::default(), in_order: Mutex::default(), max, memory, size }
    }

    /// Whether a transaction has a value.
    pub fn contains(&self, t_xid: &TXid) -> bool {
        self.by_id.contains_key(t_xid)
    }

    fn size(&self, value: &V) -> usize {
        ENTRY_BYTES + (self.size)(value)
    }

    fn remove(&self, t_xid: &TXid) {
        if let Some((_, gone)) = self.by_id.remove(t_xid) {
            self.memory.resize(MemoryUse::Explanations, self.size(&gone), 0);
        }
    }

    /// Sets the value of a transaction.
    pub fn insert(&self, t_xid: &TXid, value: V) {
        let size = self.size(&value);
        let before = self.by_id.insert(t_xid.clone(), value);
        self.memory.resize(MemoryUse::Explanations, before.as_ref().map_or(0, |gone| self.size(gone)), size);
        let mut in_order = self.in_order.lock().ignore_poison();
        if before.is_none() {
            in_order.push_back(t_xid.clone());
        }
        let mut oldest = Vec::new();
        let mut used = self.memory.used(MemoryUse::Explanations);
        while in_order.len() > self.max || used > self.memory.for_explanations() {
            let Some(first) = in_order.pop_front() else { break };
            used = used.saturating_sub(self.by_id.get(&first).map_or(0, |value| self.size(&value)));
            oldest.push(first);
        }
        drop(in_order);
        for oldest in &oldest {
            self.remove(oldest);
        }
    }

    /// Removes the values of transactions that `is_kept` rejects.
    pub fn retain(&self, is_kept: impl Fn(&TXid) -> bool) {
        // Copied first: `is_kept` locks transactions, and a thread that holds such a lock may insert a value here.
        let known: Vec<_> = self.by_id.iter().map(|entry| entry.key().clone()).collect();
        for gone in known.iter().filter(|t_xid| !is_kept(t_xid)) {
            self.remove(gone);
        }
        self.in_order.lock().ignore_poison().retain(|t_xid| self.by_id.contains_key(t_xid));
    }

    /// Reads the value of a transaction.
    pub fn read<R>(&self, t_xid: &TXid, look: impl FnOnce(&V) -> R) -> Option<R> {
        self.by_id.get(t_xid).map(|value| look(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{IMid, TXidSource};

    #[test]
    fn only_the_most_recent_are_kept() {
        let recent = RecentTransactions::new(2, Arc::new(Memory::new(usize::MAX)), size_of_val);
        let (source, shop) = (TXidSource::starting_at(0), IMid::new("SHOP").unwrap());
        let ids = [(); 3].map(|()| source.next(&shop, "06", jiff::Timestamp::UNIX_EPOCH).0);
        for n in [0, 1, 1, 2] {
            recent.insert(&ids[n], n);
        }
        assert_eq!([0, 1, 2].map(|n| recent.read(&ids[n], |n| *n)), [None, Some(1), Some(2)]);
    }
}
