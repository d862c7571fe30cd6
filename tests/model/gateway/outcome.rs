//! How payments end: the customer, the lender, time (`docs/PROTOCOL.md` §1, §4.1; `docs/concepts/what-decides.md`).

use crate::gateway::rules::{Facts, Then};
use crate::gateway::state::{
    Account, Asks, BindingState, Gateway, Key, Mode, Outcome, Owner, Stage, Token, catalog, limit_of, usual,
};

/// What is due.
#[derive(Clone, Copy, Debug)]
enum Due {
    Settle(Key),
    Customer(Key),
    ReviewEnds(Key),
    Refund(Key),
    Expires(Key),
    BindingExpires(Key),
    Notice(Key),
}

/// Why a customer's action is not possible.
#[derive(Debug, PartialEq)]
pub(crate) enum No {
    Stage,
    BadValue,
}

impl Gateway {
    pub(crate) fn account(&self, i_mid: &str, phone: &str) -> Option<Account> {
        let own = self.accounts.get(&(i_mid.to_owned(), phone.to_owned())).cloned();
        own.or_else(|| catalog().into_iter().find(|account| account.phone == phone))
    }

    pub(crate) fn change_account(&mut self, i_mid: &str, phone: &str, change: impl FnOnce(&mut Account)) {
        if let Some(mut account) = self.account(i_mid, phone) {
            change(&mut account);
            self.accounts.insert((i_mid.to_owned(), phone.to_owned()), account);
        }
    }

    pub(crate) fn facts(&self, key: Key) -> Facts {
        let order = &self.orders[&key];
        let (mode, owner) = match &order.mode {
            Mode::Normal => ("normal", None),
            Mode::Tokenize { .. } => ("tokenize", None),
            Mode::Seamless { token: Some(token), asks: Asks::Nothing | Asks::Otp, .. } => {
                ("seamless", Some(self.tokens[token].phone.clone()))
            }
            Mode::Seamless { .. } => ("seamless", None),
        };
        Facts {
            i_mid: order.i_mid.clone(),
            reference_no: order.reference_no.clone(),
            amt: Some(order.amt),
            partner: order.partner.clone(),
            mode,
            phone: order.phone.clone().or(owner),
            operation: None,
        }
    }

    /// Whether the account can pay this much in so many months.
    fn covers(account: &Account, months: u64, amt: u64) -> bool {
        let range = match (account.partner, months) {
            ("IDNA", 1) => 10_000..=2_000_000,
            ("IDNA", 3) => 300_000..=50_000_000,
            ("IDNA", 6) => 500_000..=50_000_000,
            ("IDNA", _) => 1_000_000..=50_000_000,
            _ => 0..=u64::MAX,
        };
        let free = limit_of(account.partner, months).saturating_sub(account.owes);
        account.months.contains(&months) && range.contains(&amt) && amt <= free
    }

    /// The customer goes through the lender's pages, as the control API's `pay` does.
    pub(crate) fn pay(
        &mut self,
        key: Key,
        phone: Option<&str>,
        months: Option<u64>,
    ) -> Result<Option<&'static str>, No> {
        let order = self.orders[&key].clone();
        if !order.stage.is_open() {
            return Err(No::Stage);
        }
        let account = self.payer(key, phone)?;
        let phone = account.phone.to_owned();
        if months.is_some_and(|months| !account.months.contains(&months)) {
            return Err(No::BadValue);
        }
        self.open(key, account.partner);
        self.challenge(key);
        let order = self.orders[&key].clone();
        let no_login = matches!(order.mode, Mode::Seamless { asks: Asks::Nothing | Asks::Otp, .. });
        if account.state != "active" && !no_login {
            return Ok(Some(account.state));
        }
        let preset = months.unwrap_or(order.months);
        let other = account.months.iter().copied().find(|months| Self::covers(&account, *months, order.amt));
        let binding = account.months.contains(&preset) || no_login;
        let months = if binding { preset } else { other.unwrap_or(preset) };
        self.decide(key, &phone, months);
        Ok(None)
    }

    /// Who pays: the one that was named, the owner of the token, or the lender's usual shopper.
    pub(crate) fn payer(&self, key: Key, phone: Option<&str>) -> Result<Account, No> {
        let order = &self.orders[&key];
        let owner = match &order.mode {
            Mode::Seamless { token: Some(token), .. } => Some(self.tokens[token].phone.clone()),
            _ => None,
        };
        if let (Some(phone), Some(owner), Mode::Seamless { asks: Asks::Nothing | Asks::Otp, .. }) =
            (phone, &owner, &order.mode)
            && phone != owner
        {
            return Err(No::BadValue);
        }
        // At Checkout the customer may choose, and choose again.
        let mut offered = self.merchants[&order.i_mid].partners.clone();
        offered.retain(|partner| order.mode == Mode::Normal || partner == "KDVI");
        if order.pay_method == "06" {
            offered.clone_from(&order.partner.iter().cloned().collect());
        }
        let first = order.partner.clone().or(offered.first().cloned()).unwrap_or_else(|| "KDVI".to_owned());
        let phone = phone.map(str::to_owned).or(owner).unwrap_or_else(|| usual(&first).to_owned());
        let account = self.account(&order.i_mid, &phone).ok_or(No::BadValue)?;
        let known = order.partner.as_deref() == Some(account.partner) || offered.iter().any(|p| p == account.partner);
        if known { Ok(account) } else { Err(No::BadValue) }
    }

    /// The lender's pages are open.
    pub(crate) fn open(&mut self, key: Key, partner: &str) {
        let order = self.orders.get_mut(&key).unwrap();
        order.partner = Some(partner.to_owned());
        order.stage = Stage::AtPartner;
    }

    /// The lender decides on a payment of this shopper.
    fn decide(&mut self, key: Key, phone: &str, months: u64) {
        let order = self.orders.get_mut(&key).unwrap();
        (order.phone, order.chosen) = (Some(phone.to_owned()), Some(months));
        let (i_mid, amt) = (order.i_mid.clone(), order.amt);
        if self.token_has_ended(key) {
            return self.decline(key, "inactive", "partner/account");
        }
        let account = self.account(&i_mid, phone).unwrap();
        if account.state != "active" {
            return self.decline(key, "inactive", "partner/account");
        }
        if !Self::covers(&account, months, amt) {
            return self.decline(key, "limit", "partner/account");
        }
        let facts = self.facts(key);
        let by_rule = self.rule_for(&facts, Owner::Order(key), Then::payment);
        let (rule, outcome) = match by_rule {
            Some((rule, payment)) => (rule.id.clone(), payment.outcome.unwrap_or(Outcome::Approve)),
            None if account.outcome != Outcome::Approve => (format!("shopper/{phone}"), account.outcome),
            None => (format!("{}/default", self.scenario_of(&i_mid).name), Outcome::Approve),
        };
        self.end_as(key, outcome, phone, months, &rule);
    }

    pub(crate) fn token_has_ended(&self, key: Key) -> bool {
        match &self.orders[&key].mode {
            Mode::Seamless { token: Some(token), asks: Asks::Nothing | Asks::Otp, .. } => !self.tokens[token].active,
            _ => false,
        }
    }

    pub(crate) fn end_as(&mut self, key: Key, outcome: Outcome, phone: &str, months: u64, rule: &str) {
        let now = self.now;
        let by_hand = self.scenario_of(&self.orders[&key].i_mid).by_hand;
        let order = self.orders.get_mut(&key).unwrap();
        rule.clone_into(&mut order.rule);
        match outcome {
            Outcome::Approve => self.approve(key, phone, months),
            Outcome::Reject(reason) => {
                (order.phone, order.chosen) = (Some(phone.to_owned()), Some(months));
                self.decline(key, reason, rule);
            }
            Outcome::Abandon => order.stage = Stage::Abandoned { at: now },
            Outcome::Review(ends) => {
                let ends = ends.filter(|_| !by_hand).map(|(after, approve)| (now + after, approve));
                order.stage = Stage::UnderReview { since: now, ends };
                (order.phone, order.chosen) = (Some(phone.to_owned()), Some(months));
                self.announce(Owner::Order(key), "pending");
            }
        }
    }

    pub(crate) fn approve(&mut self, key: Key, phone: &str, months: u64) {
        let now = self.now;
        let order = self.orders.get_mut(&key).unwrap();
        order.stage = Stage::Approved { at: now };
        (order.phone, order.chosen) = (Some(phone.to_owned()), Some(months));
        let (i_mid, amt, billing_phone) = (order.i_mid.clone(), order.amt, order.billing_phone.clone());
        self.change_account(&i_mid, phone, |account| account.owes += amt);
        let token = match self.orders[&key].mode.clone() {
            Mode::Normal => None,
            Mode::Tokenize { client_user_key } => Some(self.issue(&i_mid, &client_user_key, phone, &billing_phone)),
            // After a login: only when it is usable, and its owner has signed in.
            Mode::Seamless { token, .. } => token.filter(|token| {
                let token = &self.tokens[token];
                token.active && token.phone == phone
            }),
        };
        self.orders.get_mut(&key).unwrap().token = token;
        let facts = self.facts(key);
        self.announce(Owner::Order(key), "approve");
        if let Some((_, (_, after))) = self.rule_for(&facts, Owner::Order(key), |then| then.refund) {
            self.orders.get_mut(&key).unwrap().refund_at = Some(now + after);
        }
    }

    pub(crate) fn decline(&mut self, key: Key, reason: &'static str, rule: &str) {
        let order = self.orders.get_mut(&key).unwrap();
        order.stage = Stage::Declined { at: self.now, reason };
        rule.clone_into(&mut order.rule);
        self.announce(Owner::Order(key), "reject");
    }

    /// A token for this customer and account: the newest that is active, or a new one. Its text comes later, from
    /// what the simulator shows.
    pub(crate) fn issue(&mut self, i_mid: &str, client_user_key: &str, phone: &str, billing_phone: &str) -> Key {
        let same = self.tokens.iter().rev().find(|(_, token)| {
            token.active && token.i_mid == i_mid && token.client_user_key == client_user_key && token.phone == phone
        });
        if let Some((key, _)) = same {
            return *key;
        }
        let key = self.next_key;
        self.next_key += 1;
        let token = Token {
            text: String::new(),
            i_mid: i_mid.to_owned(),
            client_user_key: client_user_key.to_owned(),
            phone: phone.to_owned(),
            active: true,
            issued_at: self.now,
            billing_phone: billing_phone.to_owned(),
        };
        self.tokens.insert(key, token);
        key
    }

    /// The clock moves, and what is due happens at its time.
    pub(crate) fn advance(&mut self, by: i64) {
        let target = self.now + by;
        while let Some((at, due)) = self.next_due().filter(|(at, _)| *at <= target) {
            self.now = self.now.max(at);
            self.happen(due);
        }
        self.now = target;
    }

    pub(crate) fn next_due_at(&self) -> Option<i64> {
        self.next_due().map(|(at, _)| at)
    }

    fn next_due(&self) -> Option<(i64, Due)> {
        let mut all: Vec<(i64, Due)> = Vec::new();
        for (key, order) in &self.orders {
            match &order.stage {
                stage if stage.is_open() => {
                    if *stage == Stage::Registered {
                        all.extend(order.settles_at.map(|at| (at, Due::Settle(*key))));
                        all.extend(order.customer_at.map(|at| (at, Due::Customer(*key))));
                    }
                    all.push((order.expires_at, Due::Expires(*key)));
                }
                Stage::UnderReview { ends: Some((at, _)), .. } => all.push((*at, Due::ReviewEnds(*key))),
                _ => {}
            }
            let paid = matches!(order.stage, Stage::Approved { .. });
            all.extend(order.refund_at.filter(|_| paid).map(|at| (at, Due::Refund(*key))));
        }
        for (key, binding) in self.bindings.iter().filter(|(_, binding)| binding.state.is_open()) {
            all.push((binding.expires_at, Due::BindingExpires(*key)));
        }
        for (key, notice) in &self.notices {
            all.extend(notice.next.map(|at| (at, Due::Notice(*key))));
        }
        all.into_iter().min_by_key(|(at, _)| *at)
    }

    fn happen(&mut self, due: Due) {
        let now = self.now;
        match due {
            Due::Settle(key) => self.settle(key),
            Due::Customer(key) => {
                self.orders.get_mut(&key).unwrap().customer_at = None;
                // Nobody comes when a browser is there already; the rules are asked again.
                let unopened = self.orders[&key].stage == Stage::Registered;
                let asked = self.rule_for(&self.facts(key), Owner::Order(key), |then| then.customer);
                let Some((rule, (pays, _))) = asked.filter(|_| unopened) else { return };
                if pays {
                    let _ = self.pay(key, None, None);
                } else if let Ok(account) = self.payer(key, None) {
                    // The customer leaves on the lender's pages.
                    self.open(key, account.partner);
                    let order = self.orders.get_mut(&key).unwrap();
                    order.stage = Stage::Abandoned { at: now };
                    order.rule.clone_from(&rule.id);
                }
            }
            Due::ReviewEnds(key) => self.end_review(key),
            Due::Refund(key) => {
                self.orders.get_mut(&key).unwrap().refund_at = None;
                // The rules are asked again.
                let facts = self.facts(key);
                if let Some((_, (percent, _))) = self.rule_for(&facts, Owner::Order(key), |then| then.refund) {
                    self.give_back(key, self.orders[&key].amt * percent / 100);
                }
            }
            Due::Expires(key) => self.orders.get_mut(&key).unwrap().stage = Stage::Expired { at: now },
            Due::BindingExpires(key) => self.bindings.get_mut(&key).unwrap().state = BindingState::Expired,
            Due::Notice(key) => self.attempt(key, false),
        }
    }

    /// What the lender asks of a customer whose token pays, by the rules of this moment.
    pub(crate) fn challenge(&mut self, key: Key) {
        let order = &self.orders[&key];
        let Mode::Seamless { token: Some(token), asks: Asks::Nothing | Asks::Otp, .. } = order.mode else { return };
        let (facts, i_mid, at_otp) = (self.facts(key), order.i_mid.clone(), order.at_otp);
        let phone = self.tokens[&token].phone.clone();
        let ordered = self.rule_for(&facts, Owner::Order(key), Then::payment).and_then(|(_, payment)| payment.asks);
        let usual = self.account(&i_mid, &phone).map_or(Asks::Nothing, |account| account.asks);
        let asked = ordered.unwrap_or(usual);
        if let Mode::Seamless { asks, .. } = &mut self.orders.get_mut(&key).unwrap().mode
            && !(asked == Asks::Login && at_otp)
        {
            *asks = asked;
        }
    }

    /// A seamless payment settles, once.
    pub(crate) fn settle(&mut self, key: Key) {
        let order = self.orders.get_mut(&key).unwrap();
        order.settles_at = None;
        let Mode::Seamless { token: Some(token), asks: Asks::Nothing, .. } = order.mode else { return };
        let months = order.months;
        let phone = self.tokens[&token].phone.clone();
        self.decide(key, &phone, months);
    }

    fn end_review(&mut self, key: Key) {
        let order = &self.orders[&key];
        let Stage::UnderReview { ends: Some((_, approve)), .. } = order.stage else { return };
        let (phone, months, rule) = (order.phone.clone().unwrap(), order.chosen.unwrap(), order.rule.clone());
        let account = self.account(&order.i_mid, &phone).unwrap();
        let (amt, ended) = (order.amt, self.token_has_ended(key));
        if !approve {
            self.decline(key, "risk", &rule);
        } else if ended || account.state != "active" {
            self.decline(key, "inactive", "partner/account");
        } else if Self::covers(&account, months, amt) {
            self.approve(key, &phone, months);
        } else {
            self.decline(key, "limit", "partner/account");
        }
    }

    /// The back office gives back what can still be given back.
    fn give_back(&mut self, key: Key, amt: u64) {
        let order = &self.orders[&key];
        if matches!(order.stage, Stage::Approved { .. }) {
            let amt = amt.min(order.amt - order.cancelled);
            if amt > 0 {
                self.take_back(key, amt);
            }
        }
    }
}
