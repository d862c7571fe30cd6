//! The merchants, found by their iMid, and how many of their requests NICEPAY would have refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Map;
use super::known_keys::KnownKeys;
use crate::domain::{IMid, KeyMask, Merchant, MerchantKey};

/// The merchants.
#[derive(Debug)]
pub struct Merchants {
    by_i_mid: Map<IMid, Arc<Merchant>>,
    /// How many there are: the map cannot be counted while an entry of it is locked.
    count: AtomicUsize,
    max: usize,
    keys: Arc<KnownKeys>,
    refused_live: Map<IMid, u64>,
}

/// Why a merchant was not created or changed. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutMerchantError<E> {
    /// The maximum number of merchants is reached.
    #[error("there are {0} merchants, which is the maximum (--max-merchants)")]
    Full(usize),
    /// The change was refused.
    #[error("{0}")]
    Refused(E),
}

impl Merchants {
    /// These merchants; at most `max` can be added to them, together.
    pub(super) fn new(merchants: impl IntoIterator<Item = Merchant>, max: usize, keys: Arc<KnownKeys>) -> Self {
        let by_i_mid: Map<_, _> =
            merchants.into_iter().map(|merchant| (merchant.i_mid.clone(), Arc::new(merchant))).collect();
        by_i_mid.iter().for_each(|merchant| keys.add(&merchant.key));
        Self { count: by_i_mid.len().into(), by_i_mid, max, keys, refused_live: Map::default() }
    }

    /// The merchant with this iMid. The text may be no valid iMid.
    pub fn get(&self, i_mid: &str) -> Option<Arc<Merchant>> {
        self.by_i_mid.get(i_mid).map(|merchant| Arc::clone(&merchant))
    }

    /// Masks every key that a merchant has or had.
    pub fn key_mask(&self) -> KeyMask {
        self.keys.mask()
    }

    /// Creates or changes one: `change` maps the present merchant to the new one while it is locked. Also returns
    /// whether it is new.
    ///
    /// # Errors
    /// [`PutMerchantError`]
    pub fn put<E>(
        &self,
        i_mid: &IMid,
        change: impl FnOnce(Option<&Merchant>) -> Result<Merchant, E>,
    ) -> Result<(Arc<Merchant>, bool), PutMerchantError<E>> {
        match self.by_i_mid.entry(i_mid.clone()) {
            dashmap::Entry::Occupied(mut entry) => {
                let merchant = Arc::new(change(Some(entry.get())).map_err(PutMerchantError::Refused)?);
                // The new key is known before a text can contain it.
                self.keys.add(&merchant.key);
                let old = entry.insert(Arc::clone(&merchant));
                self.keys.retire(&old.key);
                Ok((merchant, false))
            }
            dashmap::Entry::Vacant(entry) => {
                let merchant = Arc::new(change(None).map_err(PutMerchantError::Refused)?);
                let one_more = |count| (count < self.max).then_some(count + 1);
                if self.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_err() {
                    return Err(PutMerchantError::Full(self.max));
                }
                self.keys.add(&merchant.key);
                drop(entry.insert(Arc::clone(&merchant)));
                Ok((merchant, true))
            }
        }
    }

    /// Counts an accepted request that the live gateway would refuse.
    pub fn count_refused_live(&self, i_mid: &IMid) {
        *self.refused_live.entry(i_mid.clone()).or_default() += 1;
    }

    /// How many accepted requests of a merchant the live gateway would refuse.
    pub fn refused_live(&self, i_mid: &IMid) -> u64 {
        self.refused_live.get(i_mid).map_or(0, |count| *count)
    }

    /// Forgets the counts of one merchant, or of all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.refused_live.retain(|counted, _| i_mid.is_some_and(|i_mid| i_mid != counted));
    }

    /// Removes one; returns whether it existed.
    pub fn remove(&self, i_mid: &IMid) -> bool {
        let Some((_, removed)) = self.by_i_mid.remove(i_mid) else { return false };
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.keys.retire(&removed.key);
        true
    }

    /// The maximum number of merchants, if it is reached.
    pub fn full(&self) -> Option<usize> {
        (self.count.load(Ordering::Acquire) >= self.max).then_some(self.max)
    }

    /// The keys that merchants have, each once, in no order.
    pub fn keys(&self) -> Vec<MerchantKey> {
        self.keys.in_use()
    }

    /// The first `max` iMids, sorted.
    pub fn first(&self, max: usize) -> Vec<IMid> {
        let mut all: Vec<_> = self.by_i_mid.iter().map(|merchant| merchant.key().clone()).collect();
        if max < all.len() {
            all.select_nth_unstable(max);
            all.truncate(max);
        }
        all.sort_unstable();
        all
    }

    /// All, sorted by iMid.
    pub fn all(&self) -> Vec<Arc<Merchant>> {
        let mut all: Vec<_> = self.by_i_mid.iter().map(|merchant| Arc::clone(&merchant)).collect();
        all.sort_by(|a, b| a.i_mid.cmp(&b.i_mid));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_room_for_two(merchant: Merchant) -> Merchants {
        Merchants::new([merchant], 2, Arc::new(KnownKeys::new(2)))
    }

    #[test]
    fn concurrent_changes_are_both_kept() {
        let i_mid = IMid::new("SHOP").unwrap();
        let merchants = with_room_for_two(Merchant::new(i_mid.clone(), MerchantKey::new("key-of-shop").unwrap()));
        let change = |change: &(dyn Fn(&mut Merchant) + Sync)| {
            let changed = merchants.put(&i_mid, |known| {
                let mut merchant = known.cloned().ok_or(())?;
                change(&mut merchant);
                Ok::<_, ()>(merchant)
            });
            assert!(!changed.unwrap().1, "it existed");
        };
        std::thread::scope(|scope| {
            change(&|merchant| {
                let second = scope.spawn(|| change(&|merchant| merchant.partners.clear()));
                // It waits until this change is made; otherwise it would finish long before.
                for _ in 0..10_000 {
                    assert!(!second.is_finished());
                    std::thread::yield_now();
                }
                merchant.duplicate_check = false;
            });
        });
        let merchant = merchants.get("SHOP").unwrap();
        assert!(!merchant.duplicate_check && merchant.partners.is_empty());
        assert!(merchants.put(&IMid::new("NEW").unwrap(), |known| known.cloned().ok_or(())).is_err());
        assert!(merchants.get("NEW").is_none(), "a change that fails creates no merchant");
    }

    #[test]
    fn merchants_are_limited_and_a_removed_one_makes_room() {
        let i_mid = |number: u8| IMid::new(&format!("SHOP{number}")).unwrap();
        let merchant = |number| Merchant::new(i_mid(number), MerchantKey::new("key-of-shop").unwrap());
        let merchants = with_room_for_two(merchant(0));
        assert_eq!(merchants.first(5), [i_mid(0)]);
        let put =
            |number: u8| merchants.put(&i_mid(number), |_| Ok::<_, ()>(merchant(number))).map(|(_, is_new)| is_new);
        assert_eq!((put(1), put(1), put(2)), (Ok(true), Ok(false), Err(PutMerchantError::Full(2))));
        assert_eq!((merchants.first(1), merchants.keys().len()), (vec![i_mid(0)], 1));
        assert!(merchants.remove(&i_mid(0)) && !merchants.remove(&i_mid(0)));
        assert_eq!((put(2), put(3)), (Ok(true), Err(PutMerchantError::Full(2))));
    }
}
