//! Every merchantKey that is known, also those that were replaced or whose merchants were removed: their texts may still
//! be stored.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use crate::domain::{KeyFinder, KeyMask, MerchantKey};
use crate::locks::IgnorePoison;

/// How many times as many keys each level has as the next one.
const LEVEL_FACTOR: usize = 4;

/// The keys.
#[derive(Debug)]
pub(super) struct KnownKeys {
    state: Mutex<State>,
    mask: RwLock<KeyMask>,
    /// Whether there are keys that the mask does not have yet.
    has_new: AtomicBool,
    /// How many keys are remembered that no merchant has.
    max_retired: usize,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<MerchantKey, Use>,
    /// The keys that no merchant has, oldest first, with the numbers of their retirements.
    retired: VecDeque<(MerchantKey, u64)>,
    retirements: u64,
    /// In no level yet.
    new: Vec<MerchantKey>,
    /// Each has several times as many keys as the next one. So merchants that are added one by one do not build everything
    /// again each time, and a text is still searched a few times only.
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Use {
    merchants: usize,
    /// The last time that no merchant had it any more.
    retirement: u64,
}

#[derive(Debug)]
struct Level {
    /// How many keys it has.
    count: usize,
    finder: Arc<KeyFinder>,
}

impl KnownKeys {
    /// No keys; remembers this many that no merchant has any more.
    pub(super) fn new(max_retired: usize) -> Self {
        Self { state: Mutex::default(), mask: RwLock::default(), has_new: AtomicBool::new(false), max_retired }
    }

    /// A merchant has this key from now on.
    pub(super) fn add(&self, key: &MerchantKey) {
        let mut state = self.state.lock().ignore_poison();
        if let Some(known) = state.known.get_mut(key) {
            known.merchants += 1;
            return;
        }
        state.known.insert(key.clone(), Use { merchants: 1, retirement: 0 });
        state.new.push(key.clone());
        if state.new.len() > 2 * state.known.len() {
            // No text was masked while merchants came and went.
            state.forget_new();
        }
        self.has_new.store(true, Ordering::Release);
    }

    /// A merchant has this key no longer. It stays masked, until many others were retired after it.
    pub(super) fn retire(&self, key: &MerchantKey) {
        let mut state = self.state.lock().ignore_poison();
        let state = &mut *state;
        let Some(known) = state.known.get_mut(key) else { return };
        known.merchants -= 1;
        if known.merchants > 0 {
            return;
        }
        state.retirements += 1;
        known.retirement = state.retirements;
        state.retired.push_back((key.clone(), state.retirements));
        while state.retired.len() > self.max_retired {
            let Some((oldest, retirement)) = state.retired.pop_front() else { break };
            let is_in_use = |known: &Use| known.merchants > 0 || known.retirement != retirement;
            if !state.known.get(&oldest).is_some_and(is_in_use) {
                state.known.remove(&oldest);
            }
        }
    }

    /// The keys that merchants have now, each once, in no order.
    pub(super) fn in_use(&self) -> Vec<MerchantKey> {
        let state = self.state.lock().ignore_poison();
        state.known.iter().filter(|(_, known)| known.merchants > 0).map(|(key, _)| key.clone()).collect()
    }

    /// Masks all of them.
    pub(super) fn mask(&self) -> KeyMask {
        if self.has_new.load(Ordering::Acquire) {
            let mut state = self.state.lock().ignore_poison();
            // Another thread may have built it meanwhile.
            if self.has_new.load(Ordering::Acquire) {
                let mask = state.build();
                *self.mask.write().ignore_poison() = mask;
                self.has_new.store(false, Ordering::Release);
            }
        }
        self.mask.read().ignore_poison().clone()
    }
}

impl State {
    /// Removes what is forgotten already from the new keys.
    fn forget_new(&mut self) {
        let known = &self.known;
        self.new.retain(|key| known.contains_key(key));
    }

    /// Adds a level of the new keys, together with the levels that are too small beside it.
    fn build(&mut self) -> KeyMask {
        self.forget_new();
        let new = std::mem::take(&mut self.new);
        let stored: usize = self.levels.iter().map(|level| level.count).sum();
        let level = if stored + new.len() > 2 * self.known.len() {
            // Many were forgotten.
            self.levels.clear();
            Level { count: self.known.len(), finder: Arc::new(KeyFinder::new(self.known.keys())) }
        } else {
            let (mut count, mut small) = (new.len(), Vec::new());
            while let Some(level) = self.levels.pop_if(|level| level.count < LEVEL_FACTOR * count) {
                count += level.count;
                small.push(level.finder);
            }
            Level { count, finder: Arc::new(KeyFinder::with_all(&new, small)) }
        };
        self.levels.push(level);
        KeyMask::new(self.levels.iter().map(|level| Arc::clone(&level.finder)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> MerchantKey {
        MerchantKey::new(&format!("{number:05}-key-of-a-merchant")).unwrap()
    }

    fn is_masked(keys: &KnownKeys, number: usize) -> bool {
        keys.mask().masked(key(number).expose()) == "***"
    }

    #[test]
    fn a_replaced_key_stays_masked_until_many_more_were_replaced() {
        let keys = KnownKeys::new(2);
        keys.add(&key(0));
        keys.add(&key(0));
        keys.retire(&key(0));
        for number in 1..=4 {
            keys.add(&key(number));
            assert!(is_masked(&keys, number));
            keys.retire(&key(number));
        }
        keys.add(&key(3));
        keys.add(&key(5));
        let masked: Vec<_> = [0, 3, 4, 5, 6].into_iter().filter(|number| is_masked(&keys, *number)).collect();
        assert_eq!(masked, [0, 3, 4, 5], "in use, used again, retired last, new");
        for number in 6..20 {
            keys.add(&key(number));
            assert!(is_masked(&keys, number));
            keys.retire(&key(number));
        }
        assert!(is_masked(&keys, 0) && is_masked(&keys, 3) && is_masked(&keys, 19) && !is_masked(&keys, 4));
        let state = keys.state.lock().unwrap();
        let stored: usize = state.levels.iter().map(|level| level.count).sum();
        assert!(state.known.len() <= 5 && stored <= 2 * (state.known.len() + 1), "{stored} of {}", state.known.len());
    }

    #[test]
    fn keys_that_are_added_one_by_one_are_found_in_a_few_searches() {
        let keys = KnownKeys::new(1);
        let mut built = 0;
        for number in 0..400 {
            keys.add(&key(number));
            assert!(is_masked(&keys, number));
            built += keys.state.lock().unwrap().levels.last().map_or(0, |level| level.count);
        }
        assert!((0..400).all(|number| is_masked(&keys, number)));
        let state = keys.state.lock().unwrap();
        assert!(state.levels.len() <= 5, "{}", state.levels.len());
        assert!(built < 400 * 30, "no key is built into a level very often: {built}");
    }
}
