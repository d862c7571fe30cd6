//! How often counting rules matched.

use std::sync::Arc;

use super::Map;
use crate::domain::IMid;

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
        let shop = IMid::new("SHOP").unwrap();
        assert_eq!(counts.increment(Some(shop.clone()), &rule), 1);
        assert_eq!(counts.count("rule-1", |_| true), 4);
        counts.remove(|i_mid, _| i_mid == Some(&shop));
        assert_eq!(counts.count("rule-1", |_| true), 3);
    }
}
