//! The user tokens, found by their text and by their customer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ledger::{ClientUserKey, Grant, IMid, Phone, TokenRecord, UserToken};

/// The tokens. One lock for all: whoever acts on a token does so while nothing can happen to any, and does not ask for
/// another meanwhile.
#[derive(Debug)]
pub struct Tokens {
    state: Mutex<State>,
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Two merchants can have the same text.
    by_text: HashMap<UserToken, Vec<TokenRecord>>,
    by_customer: HashMap<Customer, Granted>,
    count: usize,
    /// The number of the newest.
    last: u64,
    /// Those that no longer pay, in the order in which they ended: the first to go when room is needed.
    ended: VecDeque<Key>,
    /// All, in the order in which they were issued; some of them may be gone.
    issued: VecDeque<Key>,
}

type Customer = (IMid, ClientUserKey, Phone);
type Key = (IMid, UserToken);

/// What one customer of a merchant was granted.
#[derive(Debug, Default)]
struct Granted {
    /// The tokens that pay, the newest last.
    living: Vec<UserToken>,
    /// How many are remembered.
    remembered: usize,
    /// How many there ever were: new texts are drawn by that number.
    ever: u64,
}

fn customer_of(grant: &Grant) -> Customer {
    (grant.i_mid.clone(), grant.client_user_key.clone(), grant.phone.clone())
}

impl State {
    fn get(&self, i_mid: &IMid, text: &UserToken) -> Option<&TokenRecord> {
        self.by_text.get(text)?.iter().find(|token| token.grant.i_mid == *i_mid)
    }

    fn get_mut(&mut self, i_mid: &IMid, text: &UserToken) -> Option<&mut TokenRecord> {
        self.by_text.get_mut(text)?.iter_mut().find(|token| token.grant.i_mid == *i_mid)
    }

    fn put(&mut self, grant: Grant, text: UserToken) -> TokenRecord {
        let granted = self.by_customer.entry(customer_of(&grant)).or_default();
        granted.living.push(text.clone());
        granted.remembered += 1;
        granted.ever += 1;
        self.issued.push_back((grant.i_mid.clone(), text.clone()));
        self.count += 1;
        self.last += 1;
        let token = TokenRecord { number: self.last, user_token: text.clone(), grant, active: true };
        self.by_text.entry(text).or_default().push(token.clone());
        token
    }

    /// The first of `texts` that the merchant has not.
    fn put_first_free(&mut self, grant: Grant, texts: impl Fn(u64) -> UserToken) -> TokenRecord {
        let mut draw = self.by_customer.get(&customer_of(&grant)).map_or(0, |granted| granted.ever);
        loop {
            let text = texts(draw);
            if self.get(&grant.i_mid, &text).is_none() {
                return self.put(grant, text);
            }
            draw += 1;
        }
    }

    /// Makes the oldest go that no longer pays, or, when all pay, the oldest.
    fn make_room(&mut self, most: usize) {
        while self.count > most {
            let Some((i_mid, text)) = self.ended.pop_front().or_else(|| self.issued.pop_front()) else { return };
            self.remove(&i_mid, &text);
        }
        // Those that ended went by the other way, and stand here still.
        if self.issued.len() > 2 * most {
            let by_text = &self.by_text;
            self.issued.retain(|(i_mid, text)| {
                by_text.get(text).is_some_and(|tokens| tokens.iter().any(|token| token.grant.i_mid == *i_mid))
            });
        }
    }

    fn remove(&mut self, i_mid: &IMid, text: &UserToken) {
        let Some(tokens) = self.by_text.get_mut(text) else { return };
        let Some(at) = tokens.iter().position(|token| token.grant.i_mid == *i_mid) else { return };
        let gone = tokens.swap_remove(at);
        if tokens.is_empty() {
            self.by_text.remove(text);
        }
        self.count -= 1;
        let customer = customer_of(&gone.grant);
        if let Some(granted) = self.by_customer.get_mut(&customer) {
            granted.living.retain(|living| living != text);
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
        if state.get(&grant.i_mid, &text).is_some() {
            return None;
        }
        let token = state.put(grant, text);
        state.make_room(self.most);
        issued(&token);
        Some(token)
    }

    /// Remembers a token of which the merchant has none like it: the first such of `texts`, which are numbered from how
    /// many the customer has had. `issued` runs before anybody can see it.
    pub fn issue_new(
        &self,
        grant: Grant,
        texts: impl Fn(u64) -> UserToken,
        issued: impl FnOnce(&TokenRecord),
    ) -> TokenRecord {
        let mut state = self.state();
        let token = state.put_first_free(grant, texts);
        state.make_room(self.most);
        issued(&token);
        token
    }

    /// Acts on the newest living token of a customer (`docs/PROTOCOL.md` A-10), or on a new one as
    /// [`Tokens::issue_new`] makes it, and says which. Meanwhile it cannot end; of many that come at once, one issues.
    pub fn with_living_or_new<R>(
        &self,
        grant: Grant,
        texts: impl Fn(u64) -> UserToken,
        act: impl FnOnce(&UserToken, bool) -> R,
    ) -> R {
        let mut state = self.state();
        let living = state.by_customer.get(&customer_of(&grant)).and_then(|granted| granted.living.last());
        if let Some(living) = living {
            return act(living, false);
        }
        let token = state.put_first_free(grant, texts);
        state.make_room(self.most);
        act(&token.user_token, true)
    }

    /// A token of one merchant.
    pub fn get(&self, i_mid: &IMid, text: &UserToken) -> Option<TokenRecord> {
        self.state().get(i_mid, text).cloned()
    }

    /// The tokens of that text: no two of one merchant's.
    pub fn of_text(&self, text: &UserToken) -> Vec<TokenRecord> {
        self.state().by_text.get(text).cloned().unwrap_or_default()
    }

    /// Looks at a token and acts while it cannot end; none where it has ended, or never was.
    pub fn while_active<R>(&self, i_mid: &IMid, text: &UserToken, act: impl FnOnce(&TokenRecord) -> R) -> Option<R> {
        let state = self.state();
        state.get(i_mid, text).filter(|token| token.active).map(act)
    }

    /// Makes a token unusable; answers whether it was usable. If it was, `done` runs before anybody can see it.
    pub fn deactivate(&self, i_mid: &IMid, text: &UserToken, done: impl FnOnce()) -> Option<bool> {
        let mut state = self.state();
        let token = state.get_mut(i_mid, text)?;
        if !std::mem::replace(&mut token.active, false) {
            return Some(false);
        }
        let customer = customer_of(&token.grant);
        if let Some(granted) = state.by_customer.get_mut(&customer) {
            granted.living.retain(|living| living != text);
        }
        state.ended.push_back((i_mid.clone(), text.clone()));
        done();
        Some(true)
    }

    /// The matching tokens, in the order they were issued.
    pub fn list(&self, takes: impl Fn(&TokenRecord) -> bool) -> Vec<TokenRecord> {
        let mut found: Vec<_> = self.state().by_text.values().flatten().filter(|token| takes(token)).cloned().collect();
        found.sort_by_key(|token| token.number);
        found
    }

    /// Forgets one merchant's tokens, or all.
    pub fn forget(&self, i_mid: Option<&IMid>) {
        let mut state = self.state();
        let Some(i_mid) = i_mid else {
            *state = State { last: state.last, ..State::default() };
            return;
        };
        let texts: Vec<_> =
            state.by_text.values().flatten().filter(|token| token.grant.i_mid == *i_mid).cloned().collect();
        for token in texts {
            state.remove(i_mid, &token.user_token);
        }
        state.by_customer.retain(|(owner, ..), _| owner != i_mid);
        state.ended.retain(|(owner, _)| owner != i_mid);
        state.issued.retain(|(owner, _)| owner != i_mid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Phone;

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
        let texts = |draw: u64| text(&format!("{who}-{draw}"));
        tokens.issue_new(grant(i_mid, who), texts, |_| ()).user_token.to_string()
    }

    fn all(tokens: &Tokens) -> Vec<String> {
        tokens.list(|_| true).iter().map(|token| token.user_token.to_string()).collect()
    }

    #[test]
    fn one_customer_can_have_any_number_of_tokens_and_none_twice() {
        let tokens = Tokens::new(1_000);
        let shop = IMid::new("SHOP").unwrap();
        let had: std::collections::HashSet<_> = (0..300)
            .map(|_| {
                let issued = issue(&tokens, "SHOP", "siti");
                tokens.deactivate(&shop, &text(&issued), || ());
                issued
            })
            .collect();
        assert_eq!(had.len(), 300);
        assert_eq!(all(&tokens).len(), 300);
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
            let new = |draw| text(&format!("new-{draw}"));
            tokens.with_living_or_new(grant("SHOP", "siti"), new, |token, new| (token.to_string(), new))
        };
        for expected in ["b", "z", "a", "m"] {
            assert_eq!(newest(), (expected.to_owned(), false));
            assert_eq!(tokens.deactivate(&shop, &text(expected), || ()), Some(true));
            assert_eq!(tokens.deactivate(&shop, &text(expected), || ()), Some(false));
        }
        assert_eq!(newest(), ("new-4".to_owned(), true));
        assert_eq!(all(&tokens), ["m", "a", "z", "b", "a", "new-4"]);
    }

    #[test]
    fn those_that_no_longer_pay_go_first_and_then_the_oldest() {
        let tokens = Tokens::new(3);
        let [first, second, ..] = ["ali", "budi", "cici"].map(|who| issue(&tokens, "SHOP", who));
        tokens.deactivate(&IMid::new("SHOP").unwrap(), &text(&second), || ());
        issue(&tokens, "SHOP", "dodi");
        assert_eq!(all(&tokens), [first.as_str(), "cici-0", "dodi-0"]);
        for _ in 0..20 {
            issue(&tokens, "SHOP", "eka");
        }
        assert_eq!(all(&tokens), ["eka-17", "eka-18", "eka-19"]);
        assert!(tokens.state().issued.len() <= 7, "what is gone is not kept in mind for ever");
        assert_eq!(tokens.state().by_customer.len(), 1);
    }

    #[test]
    fn one_merchants_tokens_are_forgotten_and_no_others() {
        let tokens = Tokens::new(10);
        for shop in ["SHOP", "OTHER"] {
            tokens.issue(grant(shop, "siti"), text("same"), |_| ()).unwrap();
        }
        tokens.forget(Some(&IMid::new("SHOP").unwrap()));
        let left = tokens.of_text(&text("same"));
        assert_eq!(left.iter().map(|token| token.grant.i_mid.as_str()).collect::<Vec<_>>(), ["OTHER"]);
        tokens.forget(None);
        assert!(all(&tokens).is_empty());
    }
}
