//! How often rules that count were reached, and which explanations are still known.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::Map;
use crate::domain::{IMid, TXid};

/// Draws that are remembered, so that equal calls have luck of their own.
const MOST_DRAWS: usize = 100_000;

/// Whose a count is (a merchant's, or everybody's), and of which rule.
type Key = (Option<IMid>, Arc<str>);

/// Counts of rules.
#[derive(Debug, Default)]
pub struct Counts {
    reached: Map<Key, u32>,
    draws: Map<(Key, Box<str>), u32>,
}

impl Counts {
    /// Counts one more, and answers with its number.
    pub fn reach(&self, i_mid: Option<IMid>, rule: &Arc<str>) -> u32 {
        let mut count = self.reached.entry((i_mid, Arc::clone(rule))).or_insert(0);
        *count = count.saturating_add(1);
        *count
    }

    /// Takes a count back, if nobody was counted since: else its number is lost, and nobody has it twice.
    pub fn give_back(&self, i_mid: Option<IMid>, rule: &Arc<str>, number: u32) {
        if let Some(mut count) = self.reached.get_mut(&(i_mid, Arc::clone(rule))) {
            *count -= u32::from(*count == number);
        }
    }

    /// How often a rule was reached: by one merchant's orders, by those of no merchant, or by all.
    pub fn reached(&self, rule: &str, of: impl Fn(Option<&IMid>) -> bool) -> u32 {
        let entries = self.reached.iter().filter(|entry| *entry.key().1 == *rule && of(entry.key().0.as_ref()));
        entries.map(|entry| *entry.value()).sum()
    }

    /// A number for each call about one order that chance has to decide of.
    pub fn next_draw(&self, i_mid: Option<IMid>, rule: &Arc<str>, reference_no: &str) -> u32 {
        if self.draws.len() > MOST_DRAWS {
            self.draws.clear();
        }
        let mut number = self.draws.entry(((i_mid, Arc::clone(rule)), reference_no.into())).or_insert(0);
        *number += 1;
        *number
    }

    /// Forgets what was counted for whoever `goes`.
    pub fn forget(&self, goes: impl Fn(Option<&IMid>, &str) -> bool) {
        self.reached.retain(|(i_mid, rule), _| !goes(i_mid.as_ref(), rule));
        self.draws.retain(|((i_mid, rule), _), _| !goes(i_mid.as_ref(), rule));
    }
}

/// Something of the newest transactions only.
#[derive(Debug)]
pub struct Newest<V> {
    by_id: Map<TXid, V>,
    in_order: Mutex<VecDeque<TXid>>,
    most: usize,
}

impl<V> Newest<V> {
    /// Of at most `most` transactions.
    pub fn new(most: usize) -> Self {
        Self { by_id: Map::default(), in_order: Mutex::default(), most }
    }

    /// Whether there is something of a transaction.
    pub fn has(&self, t_xid: &TXid) -> bool {
        self.by_id.contains_key(t_xid)
    }

    /// Keeps something, in the place of what was kept before.
    pub fn keep(&self, t_xid: &TXid, value: V) {
        if self.by_id.insert(t_xid.clone(), value).is_some() {
            return;
        }
        let mut in_order = self.in_order.lock().unwrap_or_else(PoisonError::into_inner);
        in_order.push_back(t_xid.clone());
        let oldest = if in_order.len() > self.most { in_order.pop_front() } else { None };
        drop(in_order);
        if let Some(oldest) = oldest {
            self.by_id.remove(&oldest);
        }
    }

    /// Keeps nothing of transactions that are not to stay.
    pub fn retain(&self, stays: impl Fn(&TXid) -> bool) {
        // Taken out first: `stays` looks at transactions, whose lock may be held by somebody who keeps something here.
        let known: Vec<_> = self.by_id.iter().map(|entry| entry.key().clone()).collect();
        for gone in known.iter().filter(|t_xid| !stays(t_xid)) {
            self.by_id.remove(gone);
        }
        self.in_order.lock().unwrap_or_else(PoisonError::into_inner).retain(|t_xid| self.by_id.contains_key(t_xid));
    }

    /// Looks at it.
    pub fn read<R>(&self, t_xid: &TXid, look: impl FnOnce(&V) -> R) -> Option<R> {
        self.by_id.get(t_xid).map(|value| look(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TXidSource;

    #[test]
    fn a_number_is_given_back_only_while_it_is_the_last() {
        let (counts, rule) = (Counts::default(), Arc::from("rule-1"));
        let reach = || counts.reach(None, &rule);
        assert_eq!((reach(), reach()), (1, 2));
        counts.give_back(None, &rule, 2);
        assert_eq!(reach(), 2);
        counts.give_back(None, &rule, 1);
        assert_eq!(reach(), 3);
        let shop = IMid::new("SHOP").unwrap();
        assert_eq!(counts.reach(Some(shop.clone()), &rule), 1);
        assert_eq!(counts.reached("rule-1", |_| true), 4);
        counts.forget(|i_mid, _| i_mid == Some(&shop));
        assert_eq!(counts.reached("rule-1", |_| true), 3);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let newest = Newest::new(2);
        let (source, shop) = (TXidSource::starting_at(0), IMid::new("SHOP").unwrap());
        let ids = [(); 3].map(|()| source.next(&shop, "06", jiff::Timestamp::UNIX_EPOCH).0);
        for n in [0, 1, 1, 2] {
            newest.keep(&ids[n], n);
        }
        assert_eq!([0, 1, 2].map(|n| newest.read(&ids[n], |n| *n)), [None, Some(1), Some(2)]);
    }
}
