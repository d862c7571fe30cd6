//! The lenders' accounts, as each merchant's namespace sees them, and the user tokens.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock};

use super::Map;
use crate::ledger::{ClientUserKey, IMid, Phone, Shopper, TokenRecord, UserToken};

/// Shoppers and tokens. Limits, locks and tokens are kept per (iMid, phone).
#[derive(Debug)]
pub struct Accounts {
    /// As every namespace starts.
    initial: BTreeMap<Phone, Shopper>,
    /// Changed for all namespaces through the control API.
    changed: RwLock<BTreeMap<Phone, Shopper>>,
    /// As one namespace has them.
    own: Map<(IMid, Phone), Shopper>,
    tokens: Map<(IMid, UserToken), TokenRecord>,
    of_customer: Map<(IMid, ClientUserKey, Phone), UserToken>,
    /// Held while it is looked whether a customer has a token, and one is issued.
    issuing: Mutex<()>,
}

impl Accounts {
    /// Knows `shoppers`, and no token.
    pub fn new(shoppers: impl IntoIterator<Item = (Phone, Shopper)>) -> Self {
        let initial: BTreeMap<_, _> = shoppers.into_iter().collect();
        Self {
            changed: RwLock::new(initial.clone()),
            initial,
            own: Map::default(),
            tokens: Map::default(),
            of_customer: Map::default(),
            issuing: Mutex::default(),
        }
    }

    fn common(&self, phone: &Phone) -> Option<Shopper> {
        self.changed.read().unwrap_or_else(PoisonError::into_inner).get(phone).cloned()
    }

    /// Looks at a shopper as a merchant's namespace has them.
    pub fn read<R>(&self, i_mid: &IMid, phone: &Phone, look: impl FnOnce(&Shopper) -> R) -> Option<R> {
        if let Some(own) = self.own.get(&(i_mid.clone(), phone.clone())) {
            return Some(look(&own));
        }
        self.common(phone).map(|shopper| look(&shopper))
    }

    /// Changes a shopper in one merchant's namespace.
    pub fn update<R>(&self, i_mid: &IMid, phone: &Phone, change: impl FnOnce(&mut Shopper) -> R) -> Option<R> {
        let key = (i_mid.clone(), phone.clone());
        if let Some(mut own) = self.own.get_mut(&key) {
            return Some(change(&mut own));
        }
        let common = self.common(phone)?;
        Some(change(&mut self.own.entry(key).or_insert(common)))
    }

    /// Makes or changes a shopper in one namespace, or, without one, in all that have not their own: `change` gets what
    /// is known, and says what shall be. Nothing happens to the shopper meanwhile.
    ///
    /// # Errors
    /// Those of `change`; then nothing has changed.
    pub fn put<E>(
        &self,
        i_mid: Option<&IMid>,
        phone: &Phone,
        change: impl FnOnce(Option<Shopper>) -> Result<Shopper, E>,
    ) -> Result<Shopper, E> {
        let shopper = if let Some(i_mid) = i_mid {
            match self.own.entry((i_mid.clone(), phone.clone())) {
                dashmap::Entry::Occupied(mut own) => {
                    let shopper = change(Some(own.get().clone()))?;
                    own.insert(shopper.clone());
                    shopper
                }
                dashmap::Entry::Vacant(free) => {
                    let shopper = change(self.common(phone))?;
                    drop(free.insert(shopper.clone()));
                    shopper
                }
            }
        } else {
            let mut changed = self.changed.write().unwrap_or_else(PoisonError::into_inner);
            let shopper = change(changed.get(phone).cloned())?;
            changed.insert(phone.clone(), shopper.clone());
            shopper
        };
        Ok(shopper)
    }

    /// All shoppers, by phone, as a namespace has them.
    pub fn list(&self, i_mid: Option<&IMid>) -> Vec<Shopper> {
        let mut all = self.changed.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(i_mid) = i_mid {
            for entry in &self.own {
                if entry.key().0 == *i_mid {
                    all.insert(entry.key().1.clone(), entry.value().clone());
                }
            }
        }
        all.into_values().collect()
    }

    /// Remembers a token, unless the namespace has that very one already.
    pub fn issue(&self, token: TokenRecord) -> bool {
        let customer = (token.i_mid.clone(), token.client_user_key.clone(), token.phone.clone());
        let key = (token.i_mid.clone(), token.user_token.clone());
        let user_token = token.user_token.clone();
        match self.tokens.entry(key) {
            dashmap::Entry::Occupied(_) => return false,
            dashmap::Entry::Vacant(free) => drop(free.insert(token)),
        }
        self.of_customer.insert(customer, user_token);
        true
    }

    /// A token of one merchant.
    pub fn token(&self, i_mid: &IMid, user_token: &UserToken) -> Option<TokenRecord> {
        self.tokens.get(&(i_mid.clone(), user_token.clone())).map(|token| token.clone())
    }

    /// The living token of a customer, the newest where there are several (`docs/PROTOCOL.md` A-10); otherwise what
    /// `issue` makes. Of many that come at once, one issues. Answers also whether it is new.
    pub fn living_or_new_token(
        &self,
        i_mid: &IMid,
        who: &ClientUserKey,
        phone: &Phone,
        issue: impl FnOnce() -> Option<UserToken>,
    ) -> Option<(UserToken, bool)> {
        let _one_at_a_time = self.issuing.lock().unwrap_or_else(PoisonError::into_inner);
        match self.living_token(i_mid, who, phone) {
            Some(living) => Some((living, false)),
            None => issue().map(|token| (token, true)),
        }
    }

    fn living_token(&self, i_mid: &IMid, who: &ClientUserKey, phone: &Phone) -> Option<UserToken> {
        let newest = self.of_customer.get(&(i_mid.clone(), who.clone(), phone.clone()))?.clone();
        if self.token(i_mid, &newest).is_some_and(|token| token.active) {
            return Some(newest);
        }
        // The newest is gone; an older one may live.
        let mut living = self.tokens(|token| {
            token.active && token.i_mid == *i_mid && token.client_user_key == *who && token.phone == *phone
        });
        living.pop().map(|token| token.user_token)
    }

    /// Looks at a token and acts while it cannot end; none where it has ended, or never was.
    pub fn while_active<R>(
        &self,
        i_mid: &IMid,
        user_token: &UserToken,
        act: impl FnOnce(&TokenRecord) -> R,
    ) -> Option<R> {
        let token = self.tokens.get(&(i_mid.clone(), user_token.clone()))?;
        token.active.then(|| act(&token))
    }

    /// Makes a token unusable; answers whether it was usable. If it was, `done` runs while it is locked.
    pub fn deactivate(&self, i_mid: &IMid, user_token: &UserToken, done: impl FnOnce()) -> Option<bool> {
        let mut token = self.tokens.get_mut(&(i_mid.clone(), user_token.clone()))?;
        let was_active = std::mem::replace(&mut token.active, false);
        if was_active {
            done();
        }
        Some(was_active)
    }

    /// The matching tokens, in the order they were issued.
    pub fn tokens(&self, takes: impl Fn(&TokenRecord) -> bool) -> Vec<TokenRecord> {
        let mut found: Vec<_> =
            self.tokens.iter().filter(|entry| takes(entry.value())).map(|entry| entry.value().clone()).collect();
        found.sort_by(|a, b| (a.issued_at, &a.i_mid, &a.user_token).cmp(&(b.issued_at, &b.i_mid, &b.user_token)));
        found
    }

    /// Forgets what happened to the accounts in one namespace, or in all.
    pub fn forget(&self, i_mid: Option<&IMid>) {
        let other = |owner: &IMid| i_mid.is_some_and(|i_mid| owner != i_mid);
        self.own.retain(|(owner, _), _| other(owner));
        self.tokens.retain(|(owner, _), _| other(owner));
        self.of_customer.retain(|(owner, ..), _| other(owner));
        if i_mid.is_none() {
            self.changed.write().unwrap_or_else(PoisonError::into_inner).clone_from(&self.initial);
        }
    }
}
