//! The lenders' accounts, as each merchant's namespace sees them.
//!
//! What is common to all namespaces is locked before what is one's own, never after it.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::Map;
use crate::domain::{IMid, Phone, Shopper};

/// The shoppers. What they owe and their locks are kept per (iMid, phone).
#[derive(Debug)]
pub struct Accounts {
    /// As every namespace starts.
    initial: BTreeMap<Phone, Shopper>,
    /// Changed for all namespaces through the control API.
    changed: RwLock<BTreeMap<Phone, Shopper>>,
    /// As one namespace has them.
    own: Map<(IMid, Phone), Own>,
}

/// An account as one namespace has it.
#[derive(Debug)]
struct Own {
    shopper: Shopper,
    /// Whether somebody set it for this namespace. Otherwise it is here for what it owes and for its locks, and whatever
    /// is changed for all namespaces is changed here, too.
    set: bool,
}

impl Accounts {
    /// Knows `shoppers`.
    pub fn new(shoppers: impl IntoIterator<Item = (Phone, Shopper)>) -> Self {
        let initial: BTreeMap<_, _> = shoppers.into_iter().collect();
        Self { changed: RwLock::new(initial.clone()), initial, own: Map::default() }
    }

    fn common(&self) -> RwLockReadGuard<'_, BTreeMap<Phone, Shopper>> {
        self.changed.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a shopper as a merchant's namespace has them.
    pub fn read<R>(&self, i_mid: &IMid, phone: &Phone, look: impl FnOnce(&Shopper) -> R) -> Option<R> {
        if let Some(own) = self.own.get(&(i_mid.clone(), phone.clone())) {
            return Some(look(&own.shopper));
        }
        self.common().get(phone).map(look)
    }

    /// Changes a shopper in one merchant's namespace.
    pub fn update<R>(&self, i_mid: &IMid, phone: &Phone, change: impl FnOnce(&mut Shopper) -> R) -> Option<R> {
        let key = (i_mid.clone(), phone.clone());
        if let Some(mut own) = self.own.get_mut(&key) {
            return Some(change(&mut own.shopper));
        }
        let common = self.common();
        let shopper = common.get(phone)?.clone();
        Some(change(&mut self.own.entry(key).or_insert(Own { shopper, set: false }).shopper))
    }

    /// Makes or changes a shopper in one namespace, or, without one, in all for which nobody has set them: `change` gets
    /// what is known, and says what shall be. Nothing happens to the shopper meanwhile.
    ///
    /// # Errors
    /// Those of `change`; then nothing has changed.
    pub fn put<E>(
        &self,
        i_mid: Option<&IMid>,
        phone: &Phone,
        change: impl Fn(Option<Shopper>) -> Result<Shopper, E>,
    ) -> Result<Shopper, E> {
        let Some(i_mid) = i_mid else { return self.put_for_all(phone, change) };
        let common = self.common();
        let place = self.own.entry((i_mid.clone(), phone.clone()));
        let known = match &place {
            dashmap::Entry::Occupied(own) => Some(own.get().shopper.clone()),
            dashmap::Entry::Vacant(_) => common.get(phone).cloned(),
        };
        let shopper = change(known)?;
        drop(place.insert(Own { shopper: shopper.clone(), set: true }));
        Ok(shopper)
    }

    fn put_for_all<E>(
        &self,
        phone: &Phone,
        change: impl Fn(Option<Shopper>) -> Result<Shopper, E>,
    ) -> Result<Shopper, E> {
        let mut common = self.changed.write().unwrap_or_else(PoisonError::into_inner);
        let shopper = change(common.get(phone).cloned())?;
        common.insert(phone.clone(), shopper.clone());
        for mut own in self.own.iter_mut().filter(|own| own.key().1 == *phone && !own.set) {
            // What fits the one fits the other: they differ in what is owed and in locks.
            if let Ok(changed) = change(Some(own.shopper.clone())) {
                own.shopper = changed;
            }
        }
        Ok(shopper)
    }

    /// A shopper as one namespace has them, or, without one, as those have them for which nobody has set them.
    pub fn find(&self, i_mid: Option<&IMid>, phone: &Phone) -> Option<Shopper> {
        match i_mid {
            Some(i_mid) => self.read(i_mid, phone, Shopper::clone),
            None => self.common().get(phone).cloned(),
        }
    }

    /// All shoppers, by phone, as a namespace has them.
    pub fn list(&self, i_mid: Option<&IMid>) -> Vec<Shopper> {
        let mut all = self.common().clone();
        if let Some(i_mid) = i_mid {
            for entry in &self.own {
                if entry.key().0 == *i_mid {
                    all.insert(entry.key().1.clone(), entry.shopper.clone());
                }
            }
        }
        all.into_values().collect()
    }

    /// Forgets what happened to the accounts in one namespace, or in all.
    pub fn forget(&self, i_mid: Option<&IMid>) {
        // Held over both steps: an account copied between them would outlive the reset.
        let common = i_mid.is_none().then(|| self.changed.write().unwrap_or_else(PoisonError::into_inner));
        self.own.retain(|(owner, _), _| i_mid.is_some_and(|i_mid| owner != i_mid));
        if let Some(mut common) = common {
            common.clone_from(&self.initial);
        }
    }
}
