//! How often counting rules matched, and values kept for recent transactions.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::Map;
use crate::domain::{IMid, TXid};
use crate::locks::IgnorePoison;

/// How many draws are counted, so that equal calls get different draws.
const MAX_DRAWS: usize = 100_000;

/// The merchant (none for a count that all share) and the rule.
type Key = (Option<IMid>, Arc<str>);

/// How often counting rules matched.
#[derive(Debug, Default)]
pub struct RuleCounts {
    matches: Map<Key, u32>,
    draws: Map<(Key, Box<str>), u32>,
}

impl RuleCounts {
    /// Counts one more; returns its number.
    pub fn increment(&self, i_mid: Option<IMid>, rule: &Arc<str>) -> u32 {
        let mut count = self.matches.entry((i_mid, Arc::clone(rule))).or_insert(0);
        *count = count.saturating_add(1);
        *count
    }

    /// Takes a count back if it is still the last one. Otherwise its number stays unused, so that no two orders share
    /// one.
    pub fn undo(&self, i_mid: Option<IMid>, rule: &Arc<str>, number: u32) {
        if let Some(mut count) = self.matches.get_mut(&(i_mid, Arc::clone(rule))) {
            *count -= u32::from(*count == number);
        }
    }

    /// How often a rule matched, summed over the merchants that `includes` accepts.
    pub fn count(&self, rule: &str, includes: impl Fn(Option<&IMid>) -> bool) -> u32 {
        let entries = self.matches.iter().filter(|entry| *entry.key().1 == *rule && includes(entry.key().0.as_ref()));
        entries.map(|entry| *entry.value()).sum()
    }

    /// The number of the next random draw for one order.
    pub fn next_draw(&self, i_mid: Option<IMid>, rule: &Arc<str>, reference_no: &str) -> u32 {
        if self.draws.len() > MAX_DRAWS {
            self.draws.clear();
        }
        let mut number = self.draws.entry(((i_mid, Arc::clone(rule)), reference_no.into())).or_insert(0);
        *number += 1;
        *number
    }

    /// Removes the counts that `is_removed` accepts.
    pub fn remove(&self, is_removed: impl Fn(Option<&IMid>, &str) -> bool) {
        self.matches.retain(|(i_mid, rule), _| !is_removed(i_mid.as_ref(), rule));
        self.draws.retain(|((i_mid, rule), _), _| !is_removed(i_mid.as_ref(), rule));
    }
}

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
    use crate::domain::TXidSource;

    #[test]
    fn a_count_is_undone_only_while_it_is_the_last() {
        let (counts, rule) = (RuleCounts::default(), Arc::from("rule-1"));
        let increment = || counts.increment(None, &rule);
        assert_eq!((increment(), increment()), (1, 2));
        counts.undo(None, &rule, 2);
        assert_eq!(increment(), 2);
        counts.undo(None, &rule, 1);
        assert_eq!(increment(), 3);
        let shop = IMid::new("SHOP").unwrap();
        assert_eq!(counts.increment(Some(shop.clone()), &rule), 1);
        assert_eq!(counts.count("rule-1", |_| true), 4);
        counts.remove(|i_mid, _| i_mid == Some(&shop));
        assert_eq!(counts.count("rule-1", |_| true), 3);
    }

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
