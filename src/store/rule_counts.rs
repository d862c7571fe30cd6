//! How often counting rules matched.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Map;
use crate::domain::IMid;

/// How many draws are counted, so that equal calls get different draws.
const MAX_DRAWS: usize = 100_000;

/// How often counting rules matched.
#[derive(Debug, Default)]
pub struct RuleCounts {
    /// By merchant; none for the counts that all share.
    owners: Map<Option<IMid>, Counts>,
    draws: AtomicUsize,
}

#[derive(Debug, Default)]
struct Counts {
    matches: HashMap<Arc<str>, u32>,
    /// By rule and order.
    draws: HashMap<Arc<str>, HashMap<Box<str>, u32>>,
}

impl RuleCounts {
    /// Counts one more; returns its number.
    pub fn increment(&self, i_mid: Option<IMid>, rule: &Arc<str>) -> u32 {
        let mut counts = self.owners.entry(i_mid).or_default();
        let count = counts.matches.entry(Arc::clone(rule)).or_insert(0);
        *count = count.saturating_add(1);
        *count
    }

    /// Takes a count back if it is still the last one. Otherwise its number stays unused, so that no two orders share
    /// one.
    pub fn undo(&self, i_mid: Option<&IMid>, rule: &Arc<str>, number: u32) {
        if let Some(mut counts) = self.owners.get_mut(&i_mid.cloned())
            && let Some(count) = counts.matches.get_mut(rule)
        {
            *count -= u32::from(*count == number);
        }
    }

    /// How often a rule matched for a merchant, or among the counts that all share.
    pub fn count(&self, i_mid: Option<&IMid>, rule: &str) -> u32 {
        self.owners.get(&i_mid.cloned()).and_then(|counts| counts.matches.get(rule).copied()).unwrap_or(0)
    }

    /// How often a rule matched, summed over all.
    pub fn sum(&self, rule: &str) -> u32 {
        self.owners.iter().filter_map(|counts| counts.matches.get(rule).copied()).sum()
    }

    /// The number of the next random draw for one order.
    pub fn next_draw(&self, i_mid: Option<IMid>, rule: &Arc<str>, reference_no: &str) -> u32 {
        if self.draws.load(Ordering::Relaxed) > MAX_DRAWS {
            self.draws.store(0, Ordering::Relaxed);
            self.owners.iter_mut().for_each(|mut counts| counts.draws.clear());
        }
        let mut counts = self.owners.entry(i_mid).or_default();
        let of_rule = counts.draws.entry(Arc::clone(rule)).or_default();
        let number = of_rule.entry(reference_no.into()).or_insert_with(|| {
            self.draws.fetch_add(1, Ordering::Relaxed);
            0
        });
        *number += 1;
        *number
    }

    /// Removes the counts of one rule: those of this merchant, or all.
    pub fn remove_rule(&self, i_mid: Option<&IMid>, rule: &str) {
        let remove = |counts: &mut Counts| {
            counts.matches.remove(rule);
            self.forget_draws(counts.draws.remove(rule));
        };
        match i_mid {
            Some(i_mid) => {
                self.owners.get_mut(&Some(i_mid.clone())).iter_mut().for_each(|counts| remove(counts));
            }
            None => self.owners.iter_mut().for_each(|mut counts| remove(&mut counts)),
        }
    }

    /// Removes the counts of one merchant's rules that `is_removed` accepts.
    pub fn remove_of(&self, i_mid: &IMid, is_removed: impl Fn(&str) -> bool) {
        if let Some(mut counts) = self.owners.get_mut(&Some(i_mid.clone())) {
            self.retain(&mut counts, |rule| !is_removed(rule));
        }
    }

    /// Removes the counts of the merchants that `is_concerned` accepts, of the rules that `is_removed` accepts.
    pub fn remove(&self, is_concerned: impl Fn(&IMid) -> bool, is_removed: impl Fn(&str) -> bool) {
        for mut entry in self.owners.iter_mut() {
            if entry.key().as_ref().is_some_and(&is_concerned) {
                self.retain(&mut entry, |rule| !is_removed(rule));
            }
        }
    }

    fn retain(&self, counts: &mut Counts, is_kept: impl Fn(&str) -> bool) {
        counts.matches.retain(|rule, _| is_kept(rule));
        counts.draws.retain(|rule, draws| {
            let is_kept = is_kept(rule);
            if !is_kept {
                self.forget_draws(Some(std::mem::take(draws)));
            }
            is_kept
        });
    }

    fn forget_draws(&self, draws: Option<HashMap<Box<str>, u32>>) {
        let count = draws.map_or(0, |draws| draws.len());
        // Another thread may have forgotten all of them meanwhile.
        let _ = self.draws.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |all| Some(all.saturating_sub(count)));
    }

    /// Removes everything of one merchant, or of all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        if let Some(i_mid) = i_mid {
            let removed = self.owners.remove(&Some(i_mid.clone()));
            self.forget_draws(removed.map(|(_, counts)| counts.draws.into_values().flatten().collect()));
        } else {
            self.owners.clear();
            self.draws.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_undone_only_while_it_is_the_last() {
        let (counts, rule) = (RuleCounts::default(), Arc::from("rule-1"));
        let increment = || counts.increment(None, &rule);
        assert_eq!((increment(), increment()), (1, 2));
        counts.undo(None, &rule, 2);
        assert_eq!(increment(), 2);
        counts.undo(None, &rule, 1);
        assert_eq!(increment(), 3);
    }

    #[test]
    fn counts_belong_to_a_merchant_or_to_all() {
        let (counts, rule, other) = (RuleCounts::default(), Arc::from("rule-1"), Arc::from("rule-2"));
        let [shop, mall] = ["SHOP", "MALL"].map(|i_mid| IMid::new(i_mid).unwrap());
        for (owner, rule) in [(None, &rule), (Some(&shop), &rule), (Some(&mall), &rule), (Some(&shop), &other)] {
            counts.increment(owner.cloned(), rule);
        }
        let count = |owner: Option<&IMid>, rule: &str| counts.count(owner, rule);
        assert_eq!((counts.sum("rule-1"), count(Some(&shop), "rule-1"), count(None, "rule-1")), (3, 1, 1));
        counts.remove_rule(Some(&shop), "rule-1");
        assert_eq!((counts.sum("rule-1"), counts.sum("rule-2")), (2, 1));
        counts.remove(|owner| *owner == shop, |rule| rule == "rule-2");
        assert_eq!((counts.sum("rule-1"), counts.sum("rule-2")), (2, 0));
        counts.reset(Some(&mall));
        assert_eq!(counts.sum("rule-1"), 1, "what all share stays");
        counts.remove_rule(None, "rule-1");
        assert_eq!(counts.sum("rule-1"), 0);
    }

    #[test]
    fn each_call_about_an_order_has_its_own_draw() {
        let (counts, rule) = (RuleCounts::default(), Arc::from("rule-1"));
        let shop = IMid::new("SHOP").unwrap();
        let draw = |order: &str| counts.next_draw(Some(shop.clone()), &rule, order);
        assert_eq!((draw("a"), draw("a"), draw("b")), (1, 2, 1));
        counts.reset(Some(&shop));
        assert_eq!((draw("a"), counts.draws.load(Ordering::Relaxed)), (1, 1));
        for order in 0..=MAX_DRAWS {
            draw(&order.to_string());
        }
        assert!(counts.draws.load(Ordering::Relaxed) < 10, "they start again");
    }
}
