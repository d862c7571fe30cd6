//! A merchant registers an order.

use std::sync::Arc;

use crate::clock::{SignedDuration, Timestamp, later};
use crate::domain::{
    Amount, Channel, ClientUserKey, DecidedBy, EventKind, IMid, NotificationId, NotificationKind, Order, Partner,
    ReferenceNo, RuleHits, SeamlessChallenge, SendMoment, TXid, TokenGrant, TokenRecord, Tokenize, Transaction,
};
use crate::engine::Engine;
use crate::engine::tokens::TokenError;
use crate::scenarios::{Decision, Facts, Mode, RuleCounters, RuleSet, TokenOverride, UnmatchedRules, UnusableToken};
use crate::store::{InsertError, Schedule, Subject, Work};

/// The command to register an order.
#[derive(Debug)]
pub struct Register<'a> {
    /// The merchant.
    pub i_mid: IMid,
    /// The merchant's order number.
    pub reference_no: ReferenceNo,
    /// The amount.
    pub amount: Amount,
    /// The rest of the order.
    pub order: Box<Order>,
    /// How it is registered.
    pub channel: Channel,
    /// Where the browser returns to, which only a Checkout sends now.
    pub callback_url: Option<&'a str>,
    /// How it uses user tokens.
    pub tokens: TokenUse<'a>,
    /// Until when it can be paid, where the merchant sends it.
    pub pay_valid: Option<Timestamp>,
    /// Whether a second use of the order number is refused.
    pub duplicates_refused: bool,
}

/// How a registration uses user tokens.
#[derive(Debug)]
pub enum TokenUse<'a> {
    /// Not at all.
    No,
    /// Issues one.
    Issue(ClientUserKey),
    /// Pays with one.
    Pay {
        /// The token as sent.
        user_token: &'a str,
        /// The customer who is named as its owner; none allows any.
        owner: Option<ClientUserKey>,
        /// Whether the token of another customer is refused; otherwise it is only reported.
        owner_must_match: bool,
    },
}

/// An order that was registered.
#[derive(Debug)]
pub struct Registered {
    /// Its tXid.
    pub t_xid: TXid,
    /// The second in the tXid.
    pub at: Timestamp,
    /// The rule that will decide it.
    pub rule: Arc<str>,
    /// What is wrong with the token that was sent, where the order was registered all the same.
    pub token_error: Option<TokenError>,
    /// To be dropped when the response is written: nothing more happens to the transaction before that.
    pub after_response: Option<AfterResponse>,
    /// Notifications that a rule sends before the response, which has to wait for them
    /// ([`Engine::wait_until_attempted`]).
    pub notified_before_response: Vec<NotificationId>,
}

/// The next work of a payment. It is scheduled when this is dropped, which is when the response with the tXid is
/// written.
#[derive(Debug)]
#[must_use = "the payment continues when this is dropped"]
pub struct AfterResponse {
    schedule: Schedule,
    at: Timestamp,
    work: Option<Work>,
}

impl Drop for AfterResponse {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.schedule.plan(self.at, work);
        }
    }
}

/// Why an order was not registered. Nothing has changed then, except for a token that a rule ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// The order number was used before, for this transaction.
    #[error("the order number was used before, for {0}")]
    Duplicate(TXid),
    /// The limit of transactions is reached.
    #[error("the limit of transactions is reached, and all are open (--max-transactions)")]
    Full,
    /// The memory budget is used up.
    #[error("the memory for orders is used up, and nothing is finished that could be removed (--max-memory)")]
    NoMemory,
    /// The token cannot pay; the rule that asks for it, where one does.
    #[error("{0}")]
    Token(TokenError, Option<Arc<str>>),
}

/// How many outdated entries the schedule may have before they are removed.
const MAX_OUTDATED: usize = 10_000;

impl From<InsertError> for RegistrationError {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::Duplicate(existing) => Self::Duplicate(existing),
            InsertError::Full => Self::Full,
        }
    }
}

impl Engine {
    /// Registers an order.
    ///
    /// # Errors
    /// [`RegistrationError`]
    pub fn register(&self, command: Register<'_>) -> Result<Registered, RegistrationError> {
        if self.make_room(0) { self.register_in_room(command) } else { Err(RegistrationError::NoMemory) }
    }

    fn register_in_room(&self, command: Register<'_>) -> Result<Registered, RegistrationError> {
        let Register {
            i_mid,
            reference_no,
            amount,
            order,
            channel,
            callback_url,
            tokens,
            pay_valid,
            duplicates_refused,
        } = command;
        let active_rules = self.active_rules(&i_mid);
        let mut rule_hits = RuleHits::new();
        let facts = Facts {
            i_mid: Some(i_mid.as_str()),
            reference_no: Some(reference_no.as_str()),
            amount: Some(amount),
            pay_method: Some(channel.pay_method()),
            partner: order.partner,
            ..Facts::default()
        };
        let mut counters = self.counters_for(&i_mid, reference_no.as_str(), &mut rule_hits);
        let decided =
            self.decide_registration(&i_mid, &active_rules.rule_set, facts, tokens, order.instmnt_mon, &mut counters);
        let RegistrationDecision {
            tokenize,
            token_error,
            refusing_rule,
            decided_by,
            rule,
            unmatched,
            settles_without_customer,
        } = decided.inspect_err(|refused| {
            // The refusing rule stays counted. The others are counted for the next order instead.
            if let RegistrationError::Token(_, refusing) = refused {
                rule_hits.retain(|(rule, _)| Some(rule) != refusing.as_ref());
                self.rules.undo_hits(&i_mid, &rule_hits);
            }
        })?;
        let now = self.now();
        let (t_xid, registered_at) = self.t_xids.next(&i_mid, channel.pay_method(), now);
        // As the lender has it, unless the merchant sends another time (`docs/PROTOCOL.md` §3.2).
        let expires_at = pay_valid.unwrap_or_else(|| later(now, self.usual_lifetime(channel, order.partner)));
        let mut transaction = Box::new(Transaction::new(
            t_xid.clone(),
            i_mid,
            reference_no,
            amount,
            order,
            channel,
            tokenize,
            decided_by,
            Arc::clone(&rule),
            registered_at,
            expires_at,
        ));
        transaction.callback_url = callback_url.map(Into::into);
        transaction.rule_hits = rule_hits;
        // Without rules, which is the usual case, there is nothing to ask.
        let has_rules = !active_rules.rule_set.rules().is_empty();
        if has_rules
            && pay_valid.is_none()
            && let Some(lifetime) = self.lifetime(&mut *transaction)
        {
            transaction.expires_at = later(now, lifetime);
        }
        let expires_at = transaction.expires_at;
        let mut seamless_after = None;
        let mut customer = None;
        let before_visible = |transaction: &mut Transaction| {
            self.keep_explanation(&transaction.t_xid, unmatched);
            let rule = Arc::clone(&transaction.rule);
            transaction.sequence = self.log(&*transaction, EventKind::Registered { amt: amount, rule });
            if settles_without_customer {
                let default = active_rules.rule_set.scenario.pace.seamless;
                seamless_after = Some(if has_rules { self.seamless_delay(transaction) } else { default });
            } else if has_rules && !transaction.is_seamless() {
                customer = self.customer_by_rules(transaction);
            }
        };
        let inserted = self.store.transactions.insert(transaction, duplicates_refused, before_visible);
        if let Err((error, mut transaction)) = inserted {
            transaction.rule_hits.retain(|(rule, _)| Some(rule) != refusing_rule.as_ref());
            self.rules.undo_hits(&transaction.i_mid, &transaction.rule_hits);
            return Err(error.into());
        }
        self.plan_expiry(expires_at, Work::Expire(t_xid.clone()));
        let settled = seamless_after.filter(|_| has_rules).and_then(|_| self.settle_before_response(&t_xid));
        let next = match (seamless_after.filter(|_| settled.is_none()), customer) {
            (Some(after), _) => Some((later(now, after), Work::Settle(t_xid.clone()))),
            (None, Some((_, customer))) => Some((later(now, customer.after), Work::PlayCustomer(t_xid.clone()))),
            (None, None) => None,
        };
        let after_response =
            next.map(|(at, work)| AfterResponse { schedule: self.store.schedule.clone(), at, work: Some(work) });
        Ok(Registered {
            t_xid,
            at: registered_at,
            rule,
            token_error,
            after_response,
            notified_before_response: settled.unwrap_or_default(),
        })
    }

    /// How long an order can be paid. Where the customer of a Checkout chooses the lender, it is the same for all of them,
    /// also for one that is chosen in advance.
    fn usual_lifetime(&self, channel: Channel, partner: Option<Partner>) -> SignedDuration {
        let chosen = partner.filter(|_| channel != Channel::Checkout { any_lender: true });
        self.catalog.terms(chosen).expiry
    }

    /// Settles a seamless payment at once, where a rule sends its notification before the response to the registration.
    /// Returns those notifications.
    fn settle_before_response(&self, t_xid: &TXid) -> Option<Vec<NotificationId>> {
        let settled = self.store.transactions.update(t_xid.as_str(), |transaction| {
            // Asking counts the order, so only rules with such a notification are a reason to ask this early.
            if !self.active_rules(&transaction.i_mid).rule_set.notifies_before_answer() {
                return None;
            }
            let (_, plans) = self.notification_plans(transaction, NotificationKind::Approve)?;
            let comes_first = plans.iter().any(|plan| plan.moment == SendMoment::BeforeAnswer);
            comes_first.then(|| {
                self.settle(transaction);
                self.pending_before(SendMoment::BeforeAnswer, &transaction.notifications)
            })
        });
        settled.flatten()
    }

    /// Plans an expiry. Sometimes removes the planned work of transactions and bindings that are over: most are paid
    /// long before they would expire.
    pub(in crate::engine) fn plan_expiry(&self, at: Timestamp, work: Work) {
        let planned = self.store.schedule.plan(at, work);
        let max = 2 * self.store.transactions.len() + MAX_OUTDATED;
        // Bindings are few, and counting them needs a lock.
        if planned > max && planned > max + self.store.bindings.len() {
            self.remove_outdated_work();
        }
    }

    pub(in crate::engine) fn remove_outdated_work(&self) {
        self.store.schedule.retain(|work| self.is_needed(work));
    }

    /// Decides how a payment begins: by its use of tokens, and by the active rules.
    fn decide_registration(
        &self,
        i_mid: &IMid,
        rule_set: &Arc<RuleSet>,
        facts: Facts<'_>,
        tokens: TokenUse<'_>,
        months: u8,
        counters: &mut impl RuleCounters,
    ) -> Result<RegistrationDecision, RegistrationError> {
        let (user_token, owner, owner_must_match) = match tokens {
            TokenUse::No => {
                let decided = rule_set.decide(&Facts { mode: Some(Mode::Normal), ..facts }, &self.catalog, counters);
                return Ok(RegistrationDecision::new(Tokenize::No, decided));
            }
            TokenUse::Issue(client_user_key) => {
                let customer = Some(client_user_key.as_str());
                let decided =
                    rule_set.decide(&Facts { mode: Some(Mode::Tokenize), customer, ..facts }, &self.catalog, counters);
                return Ok(RegistrationDecision::new(Tokenize::Issue { client_user_key }, decided));
            }
            TokenUse::Pay { user_token, owner, owner_must_match } => (user_token, owner, owner_must_match),
        };
        let facts = Facts { mode: Some(Mode::Seamless), ..facts };
        let unusable = |error, rule: Option<Arc<str>>, owner: Option<ClientUserKey>, counters: &mut _| {
            if rule_set.scenario.unusable_token == UnusableToken::Refuse {
                return Err(RegistrationError::Token(error, rule));
            }
            // As at Kredivo: the customer has to log in (`docs/PROTOCOL.md` A-11).
            let decided = rule_set.decide(&facts, &self.catalog, counters);
            let tokenize = Tokenize::LogIn { user_token: None, client_user_key: owner };
            Ok(RegistrationDecision {
                token_error: Some(error),
                refusing_rule: rule,
                ..RegistrationDecision::new(tokenize, decided)
            })
        };
        let token = match self.usable_token(i_mid, user_token) {
            Ok(token) => token,
            Err(error) => return unusable(error, None, owner, counters),
        };
        let is_other_owner = owner.as_ref().is_some_and(|owner| *owner != token.grant.client_user_key);
        if is_other_owner && owner_must_match {
            return unusable(TokenError::OtherCustomer, None, owner, counters);
        }
        let customer = Some(token.grant.client_user_key.as_str());
        let known = Facts { phone: Some(&token.grant.phone), months: Some(months), customer, ..facts };
        let (decision, unmatched) = rule_set.decide(&known, &self.catalog, counters);
        if let Some(token_override) = decision.token {
            let reference_no = facts.reference_no.and_then(|text| ReferenceNo::new(text).ok());
            let subject = Subject { reference_no, ..Subject::merchant(i_mid) };
            let kind = EventKind::RuleHit { rule: Arc::clone(&decision.rule), not_matched: Box::default() };
            self.log(subject, kind);
            return unusable(
                self.apply_token_override(token_override, i_mid, &token),
                Some(decision.rule),
                owner,
                counters,
            );
        }
        let challenge = decision.asks.unwrap_or_else(|| self.account_challenge(i_mid, &token.grant.phone));
        let TokenRecord { user_token, grant: TokenGrant { phone, client_user_key, .. }, .. } = token;
        let tokenize = match challenge {
            SeamlessChallenge::Login => {
                Tokenize::LogIn { user_token: Some(user_token), client_user_key: Some(client_user_key) }
            }
            SeamlessChallenge::Nothing | SeamlessChallenge::Otp => Tokenize::Pay { user_token, phone, client_user_key },
        };
        let token_error = is_other_owner.then_some(TokenError::OtherCustomer);
        // A payment with a challenge waits for the browser.
        Ok(RegistrationDecision {
            token_error,
            settles_without_customer: challenge == SeamlessChallenge::Nothing,
            ..RegistrationDecision::new(tokenize, (decision, unmatched))
        })
    }

    /// Applies what a rule does to a token; returns why it cannot pay.
    fn apply_token_override(&self, token_override: TokenOverride, i_mid: &IMid, token: &TokenRecord) -> TokenError {
        match token_override {
            TokenOverride::Unknown => TokenError::Unknown,
            TokenOverride::OtherMerchant => TokenError::OtherMerchant,
            TokenOverride::OtherCustomer => TokenError::OtherCustomer,
            TokenOverride::Removed => {
                self.deactivate(
                    i_mid,
                    &token.user_token,
                    EventKind::TokenRemoved { user_token: token.user_token.clone() },
                );
                TokenError::Inactive
            }
            TokenOverride::Revoked => {
                self.revoke_token(i_mid, &token.user_token);
                TokenError::Inactive
            }
        }
    }
}

/// How a payment begins.
struct RegistrationDecision {
    tokenize: Tokenize,
    token_error: Option<TokenError>,
    /// The rule that makes the token unusable. It stays counted, whether or not the order is registered.
    refusing_rule: Option<Arc<str>>,
    decided_by: DecidedBy,
    rule: Arc<str>,
    unmatched: UnmatchedRules,
    /// Whether it settles without the customer.
    settles_without_customer: bool,
}

impl RegistrationDecision {
    fn new(tokenize: Tokenize, (decision, unmatched): (Decision, UnmatchedRules)) -> Self {
        let Decision { decided_by, rule, .. } = decision;
        Self {
            tokenize,
            token_error: None,
            refusing_rule: None,
            decided_by,
            rule,
            unmatched,
            settles_without_customer: false,
        }
    }
}
