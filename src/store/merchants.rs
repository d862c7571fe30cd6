//! The namespaces, found by their iMid.

use std::sync::Arc;

use super::Map;
use crate::domain::{IMid, Merchant};

/// The merchants.
#[derive(Debug, Default)]
pub struct Merchants {
    by_i_mid: Map<IMid, Arc<Merchant>>,
}

impl Merchants {
    /// Knows `merchants`.
    pub fn new(merchants: impl IntoIterator<Item = Merchant>) -> Self {
        let by_i_mid = merchants.into_iter().map(|merchant| (merchant.i_mid.clone(), Arc::new(merchant))).collect();
        Self { by_i_mid }
    }

    /// One, by a text that may be no iMid at all.
    pub fn get(&self, i_mid: &str) -> Option<Arc<Merchant>> {
        self.by_i_mid.get(i_mid).map(|merchant| Arc::clone(&merchant))
    }

    /// Makes or changes one: `change` gets what is known, and says what shall be. Nothing happens to it meanwhile. Answers
    /// also whether it is new.
    ///
    /// # Errors
    /// Those of `change`; then nothing has changed.
    pub fn put<E>(
        &self,
        i_mid: &IMid,
        change: impl FnOnce(Option<&Merchant>) -> Result<Merchant, E>,
    ) -> Result<(Arc<Merchant>, bool), E> {
        match self.by_i_mid.entry(i_mid.clone()) {
            dashmap::Entry::Occupied(mut known) => {
                let merchant = Arc::new(change(Some(known.get()))?);
                known.insert(Arc::clone(&merchant));
                Ok((merchant, false))
            }
            dashmap::Entry::Vacant(free) => {
                let merchant = Arc::new(change(None)?);
                drop(free.insert(Arc::clone(&merchant)));
                Ok((merchant, true))
            }
        }
    }

    /// Forgets one; answers whether there was one.
    pub fn remove(&self, i_mid: &IMid) -> bool {
        self.by_i_mid.remove(i_mid).is_some()
    }

    /// All, by iMid.
    pub fn all(&self) -> Vec<Arc<Merchant>> {
        let mut all: Vec<_> = self.by_i_mid.iter().map(|merchant| Arc::clone(&merchant)).collect();
        all.sort_by(|a, b| a.i_mid.cmp(&b.i_mid));
        all
    }

    /// Looks at each, in no order.
    pub fn each(&self, mut look: impl FnMut(&Merchant)) {
        self.by_i_mid.iter().for_each(|merchant| look(&merchant));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MerchantKey;

    #[test]
    fn of_two_changes_at_once_none_is_lost() {
        let i_mid = IMid::new("SHOP").unwrap();
        let merchants = Merchants::new([Merchant::new(i_mid.clone(), MerchantKey::new("key").unwrap())]);
        let change = |change: &(dyn Fn(&mut Merchant) + Sync)| {
            let changed = merchants.put(&i_mid, |known| {
                let mut merchant = known.cloned().ok_or(())?;
                change(&mut merchant);
                Ok::<_, ()>(merchant)
            });
            assert!(!changed.unwrap().1, "it was there");
        };
        std::thread::scope(|scope| {
            change(&|merchant| {
                let second = scope.spawn(|| change(&|merchant| merchant.partners.clear()));
                // It waits until this change is made. If it did not, it would be over long before this is.
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
        assert!(merchants.get("NEW").is_none(), "a change that is refused makes nobody");
    }
}
