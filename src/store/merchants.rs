//! The merchants, found by their iMid, and how many of their requests NICEPAY would have refused.

use std::sync::Arc;

use super::Map;
use crate::domain::{IMid, Merchant};

/// The merchants.
#[derive(Debug, Default)]
pub struct Merchants {
    by_i_mid: Map<IMid, Arc<Merchant>>,
    refused_live: Map<IMid, u64>,
}

impl Merchants {
    /// These merchants.
    pub fn new(merchants: impl IntoIterator<Item = Merchant>) -> Self {
        let by_i_mid = merchants.into_iter().map(|merchant| (merchant.i_mid.clone(), Arc::new(merchant))).collect();
        Self { by_i_mid, refused_live: Map::default() }
    }

    /// The merchant with this iMid. The text may be no valid iMid.
    pub fn get(&self, i_mid: &str) -> Option<Arc<Merchant>> {
        self.by_i_mid.get(i_mid).map(|merchant| Arc::clone(&merchant))
    }

    /// Creates or changes one: `change` maps the present merchant to the new one while it is locked. Also returns
    /// whether it is new.
    ///
    /// # Errors
    /// Those of `change`; nothing has changed then.
    pub fn put<E>(
        &self,
        i_mid: &IMid,
        change: impl FnOnce(Option<&Merchant>) -> Result<Merchant, E>,
    ) -> Result<(Arc<Merchant>, bool), E> {
        match self.by_i_mid.entry(i_mid.clone()) {
            dashmap::Entry::Occupied(mut entry) => {
                let merchant = Arc::new(change(Some(entry.get()))?);
                entry.insert(Arc::clone(&merchant));
                Ok((merchant, false))
            }
            dashmap::Entry::Vacant(entry) => {
                let merchant = Arc::new(change(None)?);
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
        self.by_i_mid.remove(i_mid).is_some()
    }

    /// All, sorted by iMid.
    pub fn all(&self) -> Vec<Arc<Merchant>> {
        let mut all: Vec<_> = self.by_i_mid.iter().map(|merchant| Arc::clone(&merchant)).collect();
        all.sort_by(|a, b| a.i_mid.cmp(&b.i_mid));
        all
    }

    /// Visits each, in no order.
    pub fn for_each(&self, mut visit: impl FnMut(&Merchant)) {
        self.by_i_mid.iter().for_each(|merchant| visit(&merchant));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MerchantKey;

    #[test]
    fn concurrent_changes_are_both_kept() {
        let i_mid = IMid::new("SHOP").unwrap();
        let merchants = Merchants::new([Merchant::new(i_mid.clone(), MerchantKey::new("key").unwrap())]);
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
}
