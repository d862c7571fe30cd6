//! Values that are kept for recent transactions only.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::Map;
use crate::domain::TXid;
use crate::locks::IgnorePoison;

/// A value for each of the most recent transactions.
#[derive(Debug)]
pub struct RecentTransactions<V> {
    by_id: Map<TXid, V>,
    in_order: Mutex<VecDeque<TXid>>,
    max: usize,
}

impl<V> RecentTransactions<V> {
    /// Keeps values of at most `max` transactions.
    pub fn new(max: usize) -> Self {
        Self { by_id: Map::default(), in_order: Mutex::default(), max }
    }

    /// Whether a transaction has a value.
    pub fn contains(&self, t_xid: &TXid) -> bool {
        self.by_id.contains_key(t_xid)
    }

    /// Sets the value of a transaction.
    pub fn insert(&self, t_xid: &TXid, value: V) {
        if self.by_id.insert(t_xid.clone(), value).is_some() {
            return;
        }
        let mut in_order = self.in_order.lock().ignore_poison();
        in_order.push_back(t_xid.clone());
        let oldest = if in_order.len() > self.max { in_order.pop_front() } else { None };
        drop(in_order);
        if let Some(oldest) = oldest {
            self.by_id.remove(&oldest);
        }
    }

    /// Removes the values of transactions that `is_kept` rejects.
    pub fn retain(&self, is_kept: impl Fn(&TXid) -> bool) {
        // Copied first: `is_kept` locks transactions, and a thread that holds such a lock may insert a value here.
        let known: Vec<_> = self.by_id.iter().map(|entry| entry.key().clone()).collect();
        for gone in known.iter().filter(|t_xid| !is_kept(t_xid)) {
            self.by_id.remove(gone);
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
        let recent = RecentTransactions::new(2);
        let (source, shop) = (TXidSource::starting_at(0), IMid::new("SHOP").unwrap());
        let ids = [(); 3].map(|()| source.next(&shop, "06", jiff::Timestamp::UNIX_EPOCH).0);
        for n in [0, 1, 1, 2] {
            recent.insert(&ids[n], n);
        }
        assert_eq!([0, 1, 2].map(|n| recent.read(&ids[n], |n| *n)), [None, Some(1), Some(2)]);
    }
}
