//! The user tokens, found by their text and by their customer.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{ClientUserKey, Grant, IMid, Phone, TokenRecord, UserToken};

/// The tokens. One lock for all: whoever acts on a token does so while nothing can happen to any, and does not ask for
/// another meanwhile. It is taken after a transaction's or a binding's, and before an account's.
#[derive(Debug)]
pub struct Tokens {
    state: Mutex<State>,
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    /// By number, which is the order in which they were issued.
    tokens: BTreeMap<u64, TokenRecord>,
    /// Two merchants can have the same text.
    by_text: HashMap<UserToken, Vec<u64>>,
    by_customer: HashMap<Customer, Granted>,
    /// The number of the newest.
    last: u64,
    /// Those that no longer pay, in the order in which they ended: the first to go when room is needed.
    ended: VecDeque<u64>,
    /// How many went for want of room.
    forgotten: u64,
    /// Whether somebody was told that tokens went that could pay.
    warned: bool,
}

type Customer = (IMid, ClientUserKey, Phone);

/// What one customer of a merchant was granted.
#[derive(Debug, Default)]
struct Granted {
    /// The tokens that pay, the newest last.
    living: Vec<u64>,
    /// How many are remembered.
    remembered: usize,
    /// How many there were since the first that is remembered.
    had: u64,
}

/// Where the draws for a new text begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draws {
    /// With the first: what they are for is seldom the same twice.
    FromTheFirst,
    /// After as many as the customer has had: each took one.
    AfterTheCustomers,
}

/// One draw for a new text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Its number; those before it are taken.
    pub number: u64,
    /// How many tokens went for want of room before. Nobody knows their texts any more, and none comes back.
    pub forgotten: u64,
}

fn customer_of(grant: &Grant) -> Customer {
    (grant.i_mid.clone(), grant.client_user_key.clone(), grant.phone.clone())
}

impl State {
    fn number_of(&self, i_mid: &IMid, text: &UserToken) -> Option<u64> {
        let numbers = self.by_text.get(text)?.iter().copied();
        numbers.into_iter().find(|number| self.tokens.get(number).is_some_and(|token| token.grant.i_mid == *i_mid))
    }

    fn get(&self, i_mid: &IMid, text: &UserToken) -> Option<&TokenRecord> {
        self.tokens.get(&self.number_of(i_mid, text)?)
    }

    fn put(&mut self, grant: Grant, user_token: UserToken) -> TokenRecord {
        self.last += 1;
        let granted = self.by_customer.entry(customer_of(&grant)).or_default();
        granted.living.push(self.last);
        granted.remembered += 1;
        granted.had += 1;
        self.by_text.entry(user_token.clone()).or_default().push(self.last);
        let token = TokenRecord { number: self.last, user_token, grant, active: true };
        self.tokens.insert(self.last, token.clone());
        token
    }

    /// A token of which the merchant has none like it.
    fn put_new(&mut self, grant: Grant, draws: Draws, texts: impl Fn(Draw) -> UserToken) -> TokenRecord {
        let had = || self.by_customer.get(&customer_of(&grant)).map_or(0, |granted| granted.had);
        let mut draw = Draw { number: 0, forgotten: self.forgotten };
        if draws == Draws::AfterTheCustomers {
            draw.number = had();
        }
        loop {
            let text = texts(draw);
            if self.number_of(&grant.i_mid, &text).is_none() {
                return self.put(grant, text);
            }
            draw.number += 1;
        }
    }

    /// Makes the oldest go that no longer pays, or, when all pay, the oldest.
    fn make_room(&mut self, most: usize) {
        while self.tokens.len() > most {
            let ended = self.ended.pop_front();
            if ended.is_none() && !self.warned {
                self.warned = true;
                tracing::warn!(
                    "as many user tokens are remembered as may be, and all can pay; the oldest go (--max-transactions)"
                );
            }
            let Some(number) = ended.or_else(|| self.tokens.keys().next().copied()) else { return };
            self.remove(number);
            self.forgotten += 1;
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(gone) = self.tokens.remove(&number) else { return };
        if let Some(numbers) = self.by_text.get_mut(&gone.user_token) {
            numbers.retain(|known| *known != number);
            if numbers.is_empty() {
                self.by_text.remove(&gone.user_token);
            }
        }
        let customer = customer_of(&gone.grant);
        if let Some(granted) = self.by_customer.get_mut(&customer) {
            granted.living.retain(|known| *known != number);
            granted.remembered -= 1;
            if granted.remembered == 0 {
                self.by_customer.remove(&customer);
            }
        }
    }
}

impl Tokens {
    /// Remembers at most `most`. Beyond it those go that no longer pay; when all pay, the oldest.
    pub fn new(most: usize) -> Self {
        Self { state: Mutex::default(), most }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that very token, unless the merchant has it already. `issued` runs before anybody can see it.
    pub fn issue(&self, grant: Grant, text: UserToken, issued: impl FnOnce(&TokenRecord)) -> Option<TokenRecord> {
        let mut state = self.state();
        if state.number_of(&grant.i_mid, &text).is_some() {
            return None;
        }
        let token = state.put(grant, text);
        state.make_room(self.most);
        issued(&token);
        Some(token)
    }

    /// Remembers a token with the first of `texts` that the merchant has not. `issued` runs before anybody can see it.
    pub fn issue_new(
        &self,
        grant: Grant,
        draws: Draws,
        texts: impl Fn(Draw) -> UserToken,
        issued: impl FnOnce(&TokenRecord),
    ) -> TokenRecord {
        let mut state = self.state();
        let token = state.put_new(grant, draws, texts);
        state.make_room(self.most);
        issued(&token);
        token
    }

    /// Acts on the newest living token of a customer (`docs/PROTOCOL.md` A-10), or on a new one as
    /// [`Tokens::issue_new`] makes it, and says which. Meanwhile it cannot end; of many that come at once, one issues.
    pub fn with_living_or_new<R>(
        &self,
        grant: Grant,
        draws: Draws,
        texts: impl Fn(Draw) -> UserToken,
        act: impl FnOnce(&UserToken, bool) -> R,
    ) -> R {
        let mut state = self.state();
        let living = state.by_customer.get(&customer_of(&grant)).and_then(|granted| granted.living.last());
        if let Some(living) = living.and_then(|number| state.tokens.get(number)) {
            return act(&living.user_token, false);
        }
        let token = state.put_new(grant, draws, texts);
        state.make_room(self.most);
        act(&token.user_token, true)
    }

    /// A token of one merchant.
    pub fn get(&self, i_mid: &IMid, text: &UserToken) -> Option<TokenRecord> {
        self.state().get(i_mid, text).cloned()
    }

    /// The tokens of that text: no two of one merchant's.
    pub fn of_text(&self, text: &UserToken) -> Vec<TokenRecord> {
        let state = self.state();
        let numbers = state.by_text.get(text).into_iter().flatten();
        numbers.filter_map(|number| state.tokens.get(number)).cloned().collect()
    }

    /// Looks at a token and acts while it cannot end; none where it has ended, or never was.
    pub fn while_active<R>(&self, i_mid: &IMid, text: &UserToken, act: impl FnOnce(&TokenRecord) -> R) -> Option<R> {
        let state = self.state();
        state.get(i_mid, text).filter(|token| token.active).map(act)
    }

    /// Makes a token unusable; answers whether it was usable. If it was, `done` runs before anybody can see it.
    pub fn deactivate(&self, i_mid: &IMid, text: &UserToken, done: impl FnOnce()) -> Option<bool> {
        let mut state = self.state();
        let number = state.number_of(i_mid, text)?;
        let token = state.tokens.get_mut(&number)?;
        if !std::mem::replace(&mut token.active, false) {
            return Some(false);
        }
        let customer = customer_of(&token.grant);
        if let Some(granted) = state.by_customer.get_mut(&customer) {
            granted.living.retain(|living| *living != number);
        }
        state.ended.push_back(number);
        done();
        Some(true)
    }

    /// The first `most` that match, in the order they were issued.
    pub fn list(&self, most: usize, takes: impl Fn(&TokenRecord) -> bool) -> Vec<TokenRecord> {
        self.state().tokens.values().filter(|token| takes(token)).take(most).cloned().collect()
    }

    /// The newest `most`, the newest first, and how many there are.
    pub fn newest(&self, most: usize) -> (Vec<TokenRecord>, usize) {
        let state = self.state();
        (state.tokens.values().rev().take(most).cloned().collect(), state.tokens.len())
    }

    /// Forgets one merchant's tokens, or all.
    pub fn forget(&self, i_mid: Option<&IMid>) {
        let mut state = self.state();
        let Some(i_mid) = i_mid else {
            *state = State { last: state.last, ..State::default() };
            return;
        };
        let own = state.tokens.values().filter(|token| token.grant.i_mid == *i_mid);
        let own: Vec<_> = own.map(|token| token.number).collect();
        for number in &own {
            state.remove(*number);
        }
        let State { tokens, ended, .. } = &mut *state;
        ended.retain(|number| tokens.contains_key(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Phone;

    fn grant(i_mid: &str, who: &str) -> Grant {
        Grant {
            i_mid: IMid::new(i_mid).unwrap(),
            client_user_key: ClientUserKey::new(who).unwrap(),
            phone: Phone::new("081291891818").unwrap(),
            billing_phone: "".into(),
            issued_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn text(text: &str) -> UserToken {
        UserToken::new(text).unwrap()
    }

    fn issue(tokens: &Tokens, i_mid: &str, who: &str) -> String {
        let texts = |draw: Draw| text(&format!("{who}-{}-{}", draw.number, draw.forgotten));
        tokens.issue_new(grant(i_mid, who), Draws::AfterTheCustomers, texts, |_| ()).user_token.to_string()
    }

    fn end(tokens: &Tokens, token: &str) {
        assert_eq!(tokens.deactivate(&IMid::new("SHOP").unwrap(), &text(token), || ()), Some(true));
    }

    fn all(tokens: &Tokens) -> Vec<String> {
        tokens.list(usize::MAX, |_| true).iter().map(|token| token.user_token.to_string()).collect()
    }

    #[test]
    fn one_customer_can_have_any_number_of_tokens_and_none_twice() {
        let tokens = Tokens::new(1_000);
        let had: std::collections::HashSet<_> = (0..300)
            .map(|_| {
                let issued = issue(&tokens, "SHOP", "siti");
                end(&tokens, &issued);
                issued
            })
            .collect();
        assert_eq!(had.len(), 300);
        assert_eq!(all(&tokens).len(), 300);
    }

    #[test]
    fn draws_begin_with_the_first_or_after_the_customers() {
        let tokens = Tokens::new(10);
        let numbers = |draws| {
            let seen = std::cell::RefCell::new(Vec::new());
            let texts = |draw: Draw| {
                seen.borrow_mut().push(draw.number);
                text(&format!("token-{}", draw.number))
            };
            tokens.issue_new(grant("SHOP", "siti"), draws, texts, |_| ());
            seen.into_inner()
        };
        assert_eq!(numbers(Draws::AfterTheCustomers), [0]);
        assert_eq!(numbers(Draws::AfterTheCustomers), [1]);
        assert_eq!(numbers(Draws::FromTheFirst), [0, 1, 2]);
    }

    #[test]
    fn the_newest_that_lives_is_used_again_whatever_its_text() {
        let tokens = Tokens::new(10);
        let shop = IMid::new("SHOP").unwrap();
        for name in ["m", "a", "z", "b"] {
            tokens.issue(grant("SHOP", "siti"), text(name), |_| ()).unwrap();
        }
        assert!(tokens.issue(grant("SHOP", "siti"), text("a"), |_| ()).is_none(), "the merchant has it");
        assert!(tokens.issue(grant("OTHER", "siti"), text("a"), |_| ()).is_some(), "another has not");
        let newest = || {
            let texts = |draw: Draw| text(&format!("new-{}", draw.number));
            let act = |token: &UserToken, new: bool| (token.to_string(), new);
            tokens.with_living_or_new(grant("SHOP", "siti"), Draws::AfterTheCustomers, texts, act)
        };
        for expected in ["b", "z", "a", "m"] {
            assert_eq!(newest(), (expected.to_owned(), false));
            end(&tokens, expected);
            assert_eq!(tokens.deactivate(&shop, &text(expected), || ()), Some(false));
        }
        assert_eq!(newest(), ("new-4".to_owned(), true));
        assert_eq!(all(&tokens), ["m", "a", "z", "b", "a", "new-4"]);
        let (two, count) = tokens.newest(2);
        assert_eq!((two[0].user_token.as_str(), two[1].grant.i_mid.as_str(), count), ("new-4", "OTHER", 6));
    }

    #[test]
    fn those_that_no_longer_pay_go_first_and_then_the_oldest() {
        let tokens = Tokens::new(3);
        let [first, second, _] = ["ali", "budi", "cici"].map(|who| issue(&tokens, "SHOP", who));
        end(&tokens, &second);
        issue(&tokens, "SHOP", "dodi");
        assert_eq!(all(&tokens), [first.as_str(), "cici-0-0", "dodi-0-0"]);
        for _ in 0..3 {
            issue(&tokens, "SHOP", "eka");
        }
        assert_eq!(all(&tokens), ["eka-0-1", "eka-1-2", "eka-2-3"]);
        assert_eq!(tokens.state().by_customer.len(), 1);
    }

    #[test]
    fn what_is_forgotten_does_not_come_back_by_chance_and_can_be_issued_again_on_purpose() {
        let tokens = Tokens::new(3);
        let removed = issue(&tokens, "SHOP", "siti");
        end(&tokens, &removed);
        for who in ["ali", "budi", "cici"] {
            issue(&tokens, "SHOP", who);
        }
        assert!(!all(&tokens).contains(&removed), "it made room");
        assert_ne!(issue(&tokens, "SHOP", "siti"), removed, "though nobody knows of it any more");
        assert!(tokens.issue(grant("SHOP", "siti"), text(&removed), |_| ()).is_some());
        assert!(tokens.get(&IMid::new("SHOP").unwrap(), &text(&removed)).is_some_and(|token| token.active));
    }

    #[test]
    fn one_merchants_tokens_are_forgotten_and_no_others() {
        let tokens = Tokens::new(10);
        for shop in ["SHOP", "OTHER"] {
            tokens.issue(grant(shop, "siti"), text("same"), |_| ()).unwrap();
        }
        end(&tokens, "same");
        tokens.forget(Some(&IMid::new("SHOP").unwrap()));
        let left = tokens.of_text(&text("same"));
        assert_eq!(left.iter().map(|token| token.grant.i_mid.as_str()).collect::<Vec<_>>(), ["OTHER"]);
        assert!(tokens.state().ended.is_empty());
        tokens.forget(None);
        assert!(all(&tokens).is_empty());
    }
}
