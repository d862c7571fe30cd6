//! A merchant registers an order.

use std::sync::Arc;

use super::Engine;
use super::tokens::TokenError;
use crate::clock::{DAY, Timestamp, later};
use crate::domain::{
    Amount, Channel, ClientUserKey, EventKind, Grant, IMid, NotificationId, NotificationKind, Order, ReferenceNo,
    RuleHits, SeamlessChallenge, SendMoment, TXid, TokenRecord, Tokenize, Transaction,
};
use crate::scenarios::{Decision, Facts, Mode, RuleCounters, RuleSet, TokenOverride, UnmatchedRules, UnusableToken};
use crate::store::{InsertError, Schedule, Subject, Work};

/// The command.
#[derive(Debug)]
pub struct Register<'a> {
    /// Who.
    pub i_mid: IMid,
    /// Under which number.
    pub reference_no: ReferenceNo,
    /// How much.
    pub amount: Amount,
    /// What.
    pub order: Box<Order>,
    /// Which way it came.
    pub channel: Channel,
    /// The browser's way back, where a Checkout says it now.
    pub callback_url: Option<&'a str>,
    /// With what use of tokens.
    pub tokens: TokenUse<'a>,
    /// Until when it can be paid, where the merchant says.
    pub pay_valid: Option<Timestamp>,
    /// Whether a second use of the number is refused.
    pub duplicates_refused: bool,
}

/// What a registration wants of user tokens.
#[derive(Debug)]
pub enum TokenUse<'a> {
    /// Nothing.
    No,
    /// A new one.
    Issue(ClientUserKey),
    /// To pay with one.
    Pay {
        /// As sent.
        user_token: &'a str,
        /// The customer who is said to own it; anybody where none.
        owner: Option<ClientUserKey>,
        /// Whether a token of somebody else is refused, or only remarked on.
        owner_must_fit: bool,
    },
}

/// An order that was taken.
#[derive(Debug)]
pub struct Registered {
    /// Its number.
    pub t_xid: TXid,
    /// The second in that number.
    pub at: Timestamp,
    /// The rule in force.
    pub rule: Arc<str>,
    /// What is wrong with the token that was sent, where it was taken all the same.
    pub fault: Option<TokenError>,
    /// To be dropped when the answer is written: nothing of a transaction is sent before.
    pub release: Option<Release>,
    /// What a rule has the merchant told before the answer: to be waited for ([`Engine::tried`]).
    pub told_first: Vec<NotificationId>,
}

/// Lets an order go on once the merchant has its tXid.
#[derive(Debug)]
#[must_use = "the order goes on after this is dropped"]
pub struct Release {
    schedule: Schedule,
    at: Timestamp,
    work: Option<Work>,
}

impl Drop for Release {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            self.schedule.plan(self.at, work);
        }
    }
}

/// Why an order was not taken. Nothing has changed then but what a rule has become of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationError {
    /// The number was used for that transaction.
    Duplicate(TXid),
    /// There is no room.
    Full,
    /// The token cannot pay, which may be as a rule has it.
    Token(TokenError, Option<Arc<str>>),
}

/// How far the schedule may outgrow what it is about before dead entries are swept out.
const SLACK: usize = 10_000;

impl Engine {
    /// Takes an order.
    ///
    /// # Errors
    /// [`RegistrationError`]
    pub fn register(&self, command: Register<'_>) -> Result<Registered, RegistrationError> {
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
        let in_force = self.in_force(&i_mid);
        let mut counted = RuleHits::new();
        let facts = Facts {
            i_mid: Some(i_mid.as_str()),
            reference_no: Some(reference_no.as_str()),
            amount: Some(amount),
            pay_method: Some(channel.pay_method()),
            partner: order.partner,
            ..Facts::default()
        };
        let mut counters = self.counters_for(&i_mid, reference_no.as_str(), &mut counted);
        let begun = self.begin(&i_mid, &in_force.rule_set, facts, tokens, order.instmnt_mon, &mut counters);
        let Begun { tokenize, fault, refuses, rule, considered, settles_alone } = begun.inspect_err(|refused| {
            // The rule that refuses has done what it is for: only the others wait for the next order.
            if let RegistrationError::Token(_, decided_by) = refused {
                counted.retain(|(rule, _)| Some(rule) != decided_by.as_ref());
                self.rules.give_back(&i_mid, &counted);
            }
        })?;
        let now = self.now();
        let (t_xid, registered_at) = self.t_xids.next(&i_mid, channel.pay_method(), now);
        // 24 hours unless the merchant says otherwise (`docs/PROTOCOL.md` §3.2).
        let expires_at = pay_valid.unwrap_or_else(|| later(now, DAY));
        let mut transaction = Box::new(Transaction::registered(
            t_xid.clone(),
            i_mid,
            reference_no,
            amount,
            order,
            channel,
            tokenize,
            Arc::clone(&rule),
            registered_at,
            expires_at,
        ));
        transaction.callback_url = callback_url.map(Into::into);
        transaction.counted = counted;
        // Without rules, which is how most simulators run, nothing has to be asked.
        let rules = !in_force.rule_set.rules().is_empty();
        if rules
            && pay_valid.is_none()
            && let Some(life) = self.life(&mut transaction)
        {
            transaction.expires_at = later(now, life);
        }
        let expires_at = transaction.expires_at;
        let mut seamless_after = None;
        let mut customer = None;
        let remember = |transaction: &mut Transaction| {
            self.keep_explanation(&transaction.t_xid, considered);
            let rule = Arc::clone(&transaction.rule);
            transaction.sequence = self.log(&*transaction, EventKind::Registered { amt: amount, rule });
            if settles_alone {
                let usual = in_force.rule_set.scenario.pace.seamless;
                seamless_after = Some(if rules { self.seamless_delay(transaction) } else { usual });
            } else if rules && !transaction.is_seamless() {
                customer = self.customer_of(transaction);
            }
        };
        match self.store.transactions.insert(transaction, duplicates_refused, remember) {
            Ok(()) => {}
            Err((refused, mut transaction)) => {
                transaction.counted.retain(|(rule, _)| Some(rule) != refuses.as_ref());
                self.rules.give_back(&transaction.i_mid, &transaction.counted);
                return Err(match refused {
                    InsertError::Duplicate(existing) => RegistrationError::Duplicate(existing),
                    InsertError::Full => RegistrationError::Full,
                });
            }
        }
        self.plan_expiry(expires_at, Work::Expire(t_xid.clone()));
        let settled = seamless_after.filter(|_| rules).and_then(|_| self.settle_before_the_answer(&t_xid));
        let follows = match (seamless_after.filter(|_| settled.is_none()), customer) {
            (Some(after), _) => Some((later(now, after), Work::Settle(t_xid.clone()))),
            (None, Some((_, customer))) => Some((later(now, customer.after), Work::Play(t_xid.clone()))),
            (None, None) => None,
        };
        let release = follows.map(|(at, work)| Release { schedule: self.store.schedule.clone(), at, work: Some(work) });
        Ok(Registered { t_xid, at: registered_at, rule, fault, release, told_first: settled.unwrap_or_default() })
    }

    /// Settles a seamless payment at once, where a rule has the merchant told of it before the registration is answered;
    /// answers with what is told.
    fn settle_before_the_answer(&self, t_xid: &TXid) -> Option<Vec<NotificationId>> {
        let settled = self.store.transactions.update(t_xid.as_str(), |transaction| {
            let (_, plans) = self.plans(transaction, NotificationKind::Approve)?;
            let ordered = plans.iter().any(|plan| plan.moment == SendMoment::BeforeAnswer);
            ordered.then(|| {
                self.settle(transaction);
                self.pending_before(SendMoment::BeforeAnswer, &transaction.notifications)
            })
        });
        settled.flatten()
    }

    /// Plans the end of something, and sometimes sweeps away the plans for what is over or forgotten: most orders are
    /// paid long before they would expire.
    pub(super) fn plan_expiry(&self, at: Timestamp, work: Work) {
        let planned = self.store.schedule.plan(at, work);
        let most = 2 * self.store.transactions.len() + SLACK;
        // Bindings are few, and counting them takes a lock.
        if planned > most && planned > most + self.store.bindings.len() {
            self.sweep();
        }
    }

    fn sweep(&self) {
        self.store.schedule.retain(|work| match work {
            Work::Settle(id) | Work::Play(id) | Work::Decide(id) | Work::Expire(id) => {
                self.store.transactions.read(id.as_str(), |t| !t.stage().is_final()).unwrap_or(false)
            }
            Work::Refund(id) => self.store.transactions.read(id.as_str(), |_| ()).is_some(),
            Work::ExpireBinding(id) => self.store.bindings.read(*id, |b| b.stage.is_open()).unwrap_or(false),
            Work::Send(_) | Work::Resend(_) => true,
        });
    }

    /// What a registration begins: by its use of tokens, and by the rules.
    fn begin(
        &self,
        i_mid: &IMid,
        rule_set: &Arc<RuleSet>,
        facts: Facts<'_>,
        tokens: TokenUse<'_>,
        months: u8,
        counters: &mut impl RuleCounters,
    ) -> Result<Begun, RegistrationError> {
        let (user_token, owner, owner_must_fit) = match tokens {
            TokenUse::No => {
                let decided = rule_set.decide(&Facts { mode: Some(Mode::Normal), ..facts }, &self.catalog, counters);
                return Ok(Begun::of(Tokenize::No, decided));
            }
            TokenUse::Issue(client_user_key) => {
                let customer = Some(client_user_key.as_str());
                let decided =
                    rule_set.decide(&Facts { mode: Some(Mode::Tokenize), customer, ..facts }, &self.catalog, counters);
                return Ok(Begun::of(Tokenize::Issue { client_user_key }, decided));
            }
            TokenUse::Pay { user_token, owner, owner_must_fit } => (user_token, owner, owner_must_fit),
        };
        let facts = Facts { mode: Some(Mode::Seamless), ..facts };
        let unusable = |fault, rule: Option<Arc<str>>, owner: Option<ClientUserKey>, counters: &mut _| {
            if rule_set.scenario.unusable_token == UnusableToken::Refuse {
                return Err(RegistrationError::Token(fault, rule));
            }
            // As Kredivo does: the token is no good, and the customer logs in.
            let decided = rule_set.decide(&facts, &self.catalog, counters);
            let tokenize = Tokenize::LogIn { user_token: None, client_user_key: owner };
            Ok(Begun { fault: Some(fault), refuses: rule, ..Begun::of(tokenize, decided) })
        };
        let token = match self.usable_token(i_mid, user_token) {
            Ok(token) => token,
            Err(fault) => return unusable(fault, None, owner, counters),
        };
        let other_owner = owner.as_ref().is_some_and(|owner| *owner != token.grant.client_user_key);
        if other_owner && owner_must_fit {
            return unusable(TokenError::OtherCustomer, None, owner, counters);
        }
        let customer = Some(token.grant.client_user_key.as_str());
        let known = Facts { phone: Some(&token.grant.phone), months: Some(months), customer, ..facts };
        let (decision, considered) = rule_set.decide(&known, &self.catalog, counters);
        if let Some(fate) = decision.token {
            let reference_no = facts.reference_no.and_then(|text| ReferenceNo::new(text).ok());
            let subject = Subject { reference_no, ..Subject::merchant(i_mid) };
            let kind = EventKind::RuleHit { rule: Arc::clone(&decision.rule), not_matched: Box::default() };
            self.log(subject, kind);
            return unusable(self.meets(fate, i_mid, &token), Some(decision.rule), owner, counters);
        }
        let asks = decision.asks.unwrap_or_else(|| self.account_asks(i_mid, &token.grant.phone));
        let TokenRecord { user_token, grant: Grant { phone, client_user_key, .. }, .. } = token;
        let tokenize = match asks {
            SeamlessChallenge::Login => {
                Tokenize::LogIn { user_token: Some(user_token), client_user_key: Some(client_user_key) }
            }
            SeamlessChallenge::Nothing | SeamlessChallenge::Otp => Tokenize::Pay { user_token, phone, client_user_key },
        };
        let fault = other_owner.then_some(TokenError::OtherCustomer);
        // An account that asks for something waits for the browser.
        Ok(Begun {
            fault,
            settles_alone: asks == SeamlessChallenge::Nothing,
            ..Begun::of(tokenize, (decision, considered))
        })
    }

    /// What a rule has become of a token; it is no good any more.
    fn meets(&self, fate: TokenOverride, i_mid: &IMid, token: &TokenRecord) -> TokenError {
        match fate {
            TokenOverride::Unknown => TokenError::Unknown,
            TokenOverride::OtherMerchant => TokenError::OtherMerchant,
            TokenOverride::OtherCustomer => TokenError::OtherCustomer,
            TokenOverride::Removed => {
                // Whether it was removed before is all the same.
                let _ = self.remove_token(i_mid, token.user_token.as_str());
                TokenError::Inactive
            }
            TokenOverride::Revoked => {
                self.revoke_token(i_mid, &token.user_token);
                TokenError::Inactive
            }
        }
    }
}

/// What a registration begins.
struct Begun {
    tokenize: Tokenize,
    fault: Option<TokenError>,
    /// The rule that has the token refused: it has done what it is for, whatever becomes of the order.
    refuses: Option<Arc<str>>,
    rule: Arc<str>,
    considered: UnmatchedRules,
    /// Whether it is paid without the customer.
    settles_alone: bool,
}

impl Begun {
    fn of(tokenize: Tokenize, (decision, considered): (Decision, UnmatchedRules)) -> Self {
        Self { tokenize, fault: None, refuses: None, rule: decision.rule, considered, settles_alone: false }
    }
}
