//! The user tokens, found by their text and by their customer.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use super::memory::{Memory, MemoryUse};
use crate::domain::{ClientUserKey, IMid, Phone, TokenGrant, TokenRecord, UserToken};
use crate::locks::IgnorePoison;

/// The tokens, under one lock: no token changes while a closure acts on one, and the closure must not use this store.
/// Lock order: after a transaction or binding, before an account.
#[derive(Debug)]
pub struct Tokens {
    state: Mutex<State>,
    max: usize,
    memory: Arc<Memory>,
}

#[derive(Debug, Default)]
struct State {
    /// By number, in the order of issue.
    tokens: BTreeMap<u64, TokenRecord>,
    /// Several merchants can have the same text.
    by_text: HashMap<UserToken, Vec<u64>>,
    by_customer: HashMap<Customer, Granted>,
    /// The number of the newest.
    last: u64,
    bytes: usize,
    /// The inactive ones, in the order in which they ended: removed first when room is needed.
    ended: VecDeque<u64>,
    /// How many were removed to make room.
    evicted: u64,
    /// Whether the removal of active tokens was logged.
    has_warned: bool,
}

type Customer = (IMid, ClientUserKey, Phone);

/// The tokens of one customer of a merchant.
#[derive(Debug, Default)]
struct Granted {
    /// The active ones, the newest last.
    active: Vec<u64>,
    /// How many are stored.
    stored: usize,
    /// How many were issued while at least one was stored.
    issued: u64,
}

/// Where the draws for a new token's text begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawStart {
    /// With the first: the purpose of the token is seldom used twice.
    First,
    /// After as many as the customer has tokens: each used one.
    AfterIssued,
}

/// One draw for a new token's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Its number; the texts of lower numbers are taken.
    pub number: u64,
    /// How many tokens were removed to make room before. Their texts are unknown, and must not be drawn again.
    pub evicted: u64,
}

fn customer_of(grant: &TokenGrant) -> Customer {
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

    fn insert(&mut self, grant: TokenGrant, user_token: UserToken) -> TokenRecord {
        self.last += 1;
        let granted = self.by_customer.entry(customer_of(&grant)).or_default();
        granted.active.push(self.last);
        granted.stored += 1;
        granted.issued += 1;
        self.by_text.entry(user_token.clone()).or_default().push(self.last);
        let token = TokenRecord { number: self.last, user_token, grant, is_active: true };
        self.bytes += token.memory_size();
        self.tokens.insert(self.last, token.clone());
        token
    }

    /// A token with a text that the merchant does not have yet.
    fn insert_new(&mut self, grant: TokenGrant, start: DrawStart, texts: impl Fn(Draw) -> UserToken) -> TokenRecord {
        let issued = || self.by_customer.get(&customer_of(&grant)).map_or(0, |granted| granted.issued);
        let mut draw = Draw { number: 0, evicted: self.evicted };
        if start == DrawStart::AfterIssued {
            draw.number = issued();
        }
        loop {
            let text = texts(draw);
            if self.number_of(&grant.i_mid, &text).is_none() {
                return self.insert(grant, text);
            }
            draw.number += 1;
        }
    }

    /// Removes the token that became inactive first, or, when all are active, the oldest.
    fn make_room(&mut self, max: usize, max_bytes: usize) {
        while self.tokens.len() > max || (self.bytes > max_bytes && self.tokens.len() > 1) {
            let ended = self.ended.pop_front();
            if ended.is_none() && !self.has_warned {
                self.has_warned = true;
                tracing::warn!(
                    "the limit of user tokens is reached and all are active: the oldest are removed (--max-transactions, --max-memory)"
                );
            }
            let Some(number) = ended.or_else(|| self.tokens.keys().next().copied()) else { return };
            self.remove(number);
            self.evicted += 1;
        }
    }

    fn remove(&mut self, number: u64) {
        let Some(gone) = self.tokens.remove(&number) else { return };
        self.bytes -= gone.memory_size();
        if let Some(numbers) = self.by_text.get_mut(&gone.user_token) {
            numbers.retain(|known| *known != number);
            if numbers.is_empty() {
                self.by_text.remove(&gone.user_token);
            }
        }
        let customer = customer_of(&gone.grant);
        if let Some(granted) = self.by_customer.get_mut(&customer) {
            granted.active.retain(|known| *known != number);
            granted.stored -= 1;
            if granted.stored == 0 {
                self.by_customer.remove(&customer);
            }
        }
    }
}

impl Tokens {
    /// Keeps at most `max` tokens and their share of the memory. Beyond that inactive ones are removed, or, when all are
    /// active, the oldest.
    pub fn new(max: usize, memory: Arc<Memory>) -> Self {
        Self { state: Mutex::default(), max, memory }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }

    /// Changes which tokens there are, and counts their memory.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state();
        let before = state.bytes;
        let result = change(&mut state);
        self.memory.resize(MemoryUse::Orders, before, state.bytes);
        result
    }

    /// Removes the token that became inactive first; returns whether there was one.
    pub fn remove_oldest_inactive(&self) -> bool {
        self.change(|state| {
            let Some(number) = state.ended.pop_front() else { return false };
            state.remove(number);
            state.evicted += 1;
            true
        })
    }

    /// Issues a token with this text, unless the merchant has it already. `before_visible` runs before others can see
    /// it.
    pub fn issue(
        &self,
        grant: TokenGrant,
        text: UserToken,
        before_visible: impl FnOnce(&TokenRecord),
    ) -> Option<TokenRecord> {
        self.change(|state| {
            if state.number_of(&grant.i_mid, &text).is_some() {
                return None;
            }
            let token = state.insert(grant, text);
            state.make_room(self.max, self.memory.for_tokens());
            before_visible(&token);
            Some(token)
        })
    }

    /// Issues a token with the first of `texts` that the merchant does not have. `before_visible` runs before others
    /// can see it.
    pub fn issue_new(
        &self,
        grant: TokenGrant,
        start: DrawStart,
        texts: impl Fn(Draw) -> UserToken,
        before_visible: impl FnOnce(&TokenRecord),
    ) -> TokenRecord {
        self.change(|state| {
            let token = state.insert_new(grant, start, texts);
            state.make_room(self.max, self.memory.for_tokens());
            before_visible(&token);
            token
        })
    }

    /// Acts on the newest active token of a customer (`docs/PROTOCOL.md` A-10), or on a new one as from
    /// [`Tokens::issue_new`]; `act` gets whether it is new. The token cannot end meanwhile, and of concurrent calls
    /// only one issues a token.
    pub fn with_active_or_new<R>(
        &self,
        grant: TokenGrant,
        start: DrawStart,
        texts: impl Fn(Draw) -> UserToken,
        act: impl FnOnce(&UserToken, bool) -> R,
    ) -> R {
        self.change(|state| {
            let active = state.by_customer.get(&customer_of(&grant)).and_then(|granted| granted.active.last());
            if let Some(active) = active.and_then(|number| state.tokens.get(number)) {
                return act(&active.user_token, false);
            }
            let token = state.insert_new(grant, start, texts);
            state.make_room(self.max, self.memory.for_tokens());
            act(&token.user_token, true)
        })
    }

    /// A token of one merchant.
    pub fn get(&self, i_mid: &IMid, text: &UserToken) -> Option<TokenRecord> {
        self.state().get(i_mid, text).cloned()
    }

    /// The tokens with this text, at most one for each merchant.
    pub fn find_by_text(&self, text: &UserToken) -> Vec<TokenRecord> {
        let state = self.state();
        let numbers = state.by_text.get(text).into_iter().flatten();
        numbers.filter_map(|number| state.tokens.get(number)).cloned().collect()
    }

    /// Acts on an active token, which cannot end meanwhile; none where it is not active or unknown.
    pub fn while_active<R>(&self, i_mid: &IMid, text: &UserToken, act: impl FnOnce(&TokenRecord) -> R) -> Option<R> {
        let state = self.state();
        state.get(i_mid, text).filter(|token| token.is_active).map(act)
    }

    /// Deactivates a token; returns whether it was active. If it was, `before_visible` runs before others can see it.
    pub fn deactivate(&self, i_mid: &IMid, text: &UserToken, before_visible: impl FnOnce()) -> Option<bool> {
        let mut state = self.state();
        let number = state.number_of(i_mid, text)?;
        let token = state.tokens.get_mut(&number)?;
        if !std::mem::replace(&mut token.is_active, false) {
            return Some(false);
        }
        let customer = customer_of(&token.grant);
        if let Some(granted) = state.by_customer.get_mut(&customer) {
            granted.active.retain(|active| *active != number);
        }
        state.ended.push_back(number);
        before_visible();
        Some(true)
    }

    /// The first `max` that match, in the order of issue.
    pub fn list(&self, max: usize, matches: impl Fn(&TokenRecord) -> bool) -> Vec<TokenRecord> {
        self.state().tokens.values().filter(|token| matches(token)).take(max).cloned().collect()
    }

    /// The newest `max`, the newest first, and how many there are in all.
    pub fn newest(&self, max: usize) -> (Vec<TokenRecord>, usize) {
        let state = self.state();
        (state.tokens.values().rev().take(max).cloned().collect(), state.tokens.len())
    }

    /// Removes the tokens of one merchant, or all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.change(|state| {
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
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Phone;

    fn tokens(max: usize) -> Tokens {
        Tokens::new(max, Arc::new(Memory::new(usize::MAX)))
    }

    fn grant(i_mid: &str, who: &str) -> TokenGrant {
        TokenGrant {
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
        let texts = |draw: Draw| text(&format!("{who}-{}-{}", draw.number, draw.evicted));
        tokens.issue_new(grant(i_mid, who), DrawStart::AfterIssued, texts, |_| ()).user_token.to_string()
    }

    fn end(tokens: &Tokens, token: &str) {
        assert_eq!(tokens.deactivate(&IMid::new("SHOP").unwrap(), &text(token), || ()), Some(true));
    }

    fn all(tokens: &Tokens) -> Vec<String> {
        tokens.list(usize::MAX, |_| true).iter().map(|token| token.user_token.to_string()).collect()
    }

    #[test]
    fn a_customer_never_gets_the_same_token_twice() {
        let tokens = tokens(1_000);
        let issued: std::collections::HashSet<_> = (0..300)
            .map(|_| {
                let issued = issue(&tokens, "SHOP", "siti");
                end(&tokens, &issued);
                issued
            })
            .collect();
        assert_eq!(issued.len(), 300);
        assert_eq!(all(&tokens).len(), 300);
    }

    #[test]
    fn draws_begin_with_the_first_or_after_the_issued_ones() {
        let tokens = tokens(10);
        let numbers = |start| {
            let seen = std::cell::RefCell::new(Vec::new());
            let texts = |draw: Draw| {
                seen.borrow_mut().push(draw.number);
                text(&format!("token-{}", draw.number))
            };
            tokens.issue_new(grant("SHOP", "siti"), start, texts, |_| ());
            seen.into_inner()
        };
        assert_eq!(numbers(DrawStart::AfterIssued), [0]);
        assert_eq!(numbers(DrawStart::AfterIssued), [1]);
        assert_eq!(numbers(DrawStart::First), [0, 1, 2]);
    }

    #[test]
    fn the_newest_active_token_is_used_again() {
        let tokens = tokens(10);
        let shop = IMid::new("SHOP").unwrap();
        for name in ["m", "a", "z", "b"] {
            tokens.issue(grant("SHOP", "siti"), text(name), |_| ()).unwrap();
        }
        assert!(tokens.issue(grant("SHOP", "siti"), text("a"), |_| ()).is_none(), "the merchant has it");
        assert!(tokens.issue(grant("OTHER", "siti"), text("a"), |_| ()).is_some(), "another does not");
        let newest = || {
            let texts = |draw: Draw| text(&format!("new-{}", draw.number));
            let act = |token: &UserToken, new: bool| (token.to_string(), new);
            tokens.with_active_or_new(grant("SHOP", "siti"), DrawStart::AfterIssued, texts, act)
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
    fn inactive_tokens_are_removed_first_and_then_the_oldest() {
        let tokens = tokens(3);
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
    fn a_removed_text_is_not_drawn_again_but_can_be_issued_on_request() {
        let tokens = tokens(3);
        let removed = issue(&tokens, "SHOP", "siti");
        end(&tokens, &removed);
        for who in ["ali", "budi", "cici"] {
            issue(&tokens, "SHOP", who);
        }
        assert!(!all(&tokens).contains(&removed), "it was removed to make room");
        assert_ne!(issue(&tokens, "SHOP", "siti"), removed, "though its text is no longer stored");
        assert!(tokens.issue(grant("SHOP", "siti"), text(&removed), |_| ()).is_some());
        assert!(tokens.get(&IMid::new("SHOP").unwrap(), &text(&removed)).is_some_and(|token| token.is_active));
    }

    #[test]
    fn a_reset_removes_the_tokens_of_one_merchant_only() {
        let tokens = tokens(10);
        for shop in ["SHOP", "OTHER"] {
            tokens.issue(grant(shop, "siti"), text("same"), |_| ()).unwrap();
        }
        end(&tokens, "same");
        tokens.reset(Some(&IMid::new("SHOP").unwrap()));
        let left = tokens.find_by_text(&text("same"));
        assert_eq!(left.iter().map(|token| token.grant.i_mid.as_str()).collect::<Vec<_>>(), ["OTHER"]);
        assert!(tokens.state().ended.is_empty());
        tokens.reset(None);
        assert!(all(&tokens).is_empty());
    }
}
