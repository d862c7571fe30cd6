//! The lenders' accounts, as each merchant sees them.
//!
//! Lock order: the accounts of all merchants before those of one.

use std::collections::BTreeMap;
use std::sync::{RwLock, RwLockReadGuard};

use super::Map;
use crate::domain::{IMid, Phone, Shopper};
use crate::locks::IgnorePoison;

/// The shoppers. What they owe and their locks are kept per merchant and phone.
#[derive(Debug)]
pub struct Accounts {
    /// As every merchant starts.
    initial: BTreeMap<Phone, Shopper>,
    /// As changed for all merchants through the control API.
    common: RwLock<BTreeMap<Phone, Shopper>>,
    /// As one merchant has them.
    own: Map<(IMid, Phone), Own>,
}

/// An account as one merchant has it.
#[derive(Debug)]
struct Own {
    shopper: Shopper,
    /// Whether it was set for this merchant. Otherwise it only differs in what it owes and in locks, and changes for
    /// all merchants apply to it, too.
    is_set: bool,
}

impl Accounts {
    /// The accounts of these shoppers.
    pub fn new(shoppers: impl IntoIterator<Item = (Phone, Shopper)>) -> Self {
        let initial: BTreeMap<_, _> = shoppers.into_iter().collect();
        Self { common: RwLock::new(initial.clone()), initial, own: Map::default() }
    }

    fn common(&self) -> RwLockReadGuard<'_, BTreeMap<Phone, Shopper>> {
        self.common.read().ignore_poison()
    }

    /// Reads a shopper, as one merchant sees them.
    pub fn read<R>(&self, i_mid: &IMid, phone: &Phone, look: impl FnOnce(&Shopper) -> R) -> Option<R> {
        if let Some(own) = self.own.get(&(i_mid.clone(), phone.clone())) {
            return Some(look(&own.shopper));
        }
        self.common().get(phone).map(look)
    }

    /// Changes a shopper for one merchant.
    pub fn update<R>(&self, i_mid: &IMid, phone: &Phone, change: impl FnOnce(&mut Shopper) -> R) -> Option<R> {
        let key = (i_mid.clone(), phone.clone());
        if let Some(mut own) = self.own.get_mut(&key) {
            return Some(change(&mut own.shopper));
        }
        let common = self.common();
        let shopper = common.get(phone)?.clone();
        Some(change(&mut self.own.entry(key).or_insert(Own { shopper, is_set: false }).shopper))
    }

    /// Creates or changes a shopper for one merchant, or, without one, for all merchants for which it was not set.
    /// `change` maps the present shopper to the new one while it is locked.
    ///
    /// # Errors
    /// Those of `change`; nothing has changed then.
    pub fn put<E>(
        &self,
        i_mid: Option<&IMid>,
        phone: &Phone,
        change: impl Fn(Option<Shopper>) -> Result<Shopper, E>,
    ) -> Result<Shopper, E> {
        let Some(i_mid) = i_mid else { return self.put_for_all(phone, change) };
        let common = self.common();
        let entry = self.own.entry((i_mid.clone(), phone.clone()));
        let known = match &entry {
            dashmap::Entry::Occupied(own) => Some(own.get().shopper.clone()),
            dashmap::Entry::Vacant(_) => common.get(phone).cloned(),
        };
        let shopper = change(known)?;
        drop(entry.insert(Own { shopper: shopper.clone(), is_set: true }));
        Ok(shopper)
    }

    fn put_for_all<E>(
        &self,
        phone: &Phone,
        change: impl Fn(Option<Shopper>) -> Result<Shopper, E>,
    ) -> Result<Shopper, E> {
        let mut common = self.common.write().ignore_poison();
        let shopper = change(common.get(phone).cloned())?;
        common.insert(phone.clone(), shopper.clone());
        for mut own in self.own.iter_mut().filter(|own| own.key().1 == *phone && !own.is_set) {
            // A change that fits one fits the other: they only differ in what is owed and in locks.
            if let Ok(changed) = change(Some(own.shopper.clone())) {
                own.shopper = changed;
            }
        }
        Ok(shopper)
    }

    /// A shopper, as one merchant sees them, or, without one, as all merchants do for which it was not set.
    pub fn find(&self, i_mid: Option<&IMid>, phone: &Phone) -> Option<Shopper> {
        match i_mid {
            Some(i_mid) => self.read(i_mid, phone, Shopper::clone),
            None => self.common().get(phone).cloned(),
        }
    }

    /// All shoppers in the order of their phones, as one merchant sees them.
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

    /// Resets the accounts of one merchant, or of all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        // Locked over both steps: an account copied between them would survive the reset.
        let common = i_mid.is_none().then(|| self.common.write().ignore_poison());
        self.own.retain(|(owner, _), _| i_mid.is_some_and(|i_mid| owner != i_mid));
        if let Some(mut common) = common {
            common.clone_from(&self.initial);
        }
    }
}
