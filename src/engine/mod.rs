//! The engine: every change goes through it. A command is checked and decided, the transition is made, and its events
//! and consequences are written, all in memory, while the transaction or binding is locked.

mod binding;
mod customer;
mod due_work;
#[cfg(test)]
mod invariants;
mod next_work;
mod notifications;
mod payments;
mod records;
mod rules;
mod timeline;
mod tokens;
mod transition;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, RwLock};

pub use binding::{BindAccount, BindingAction, BindingError};
pub use customer::{
    BuyerAction, BuyerCommand, BuyerError, OtpResult, PageFlowError, PlanChoice, ResendResult, SignInResult,
};
pub use due_work::Due;
pub use next_work::{NextWork, WorkKind};
pub use notifications::{AttemptStart, DeliverNowError, ManualNotificationError, ResendError, SendError};
pub use payments::{
    AfterResponse, Cancel, CancelError, ConfirmReceiptError, OpenedPayment, PartnerAction, PartnerChoiceError,
    PartnerDecisionError, Register, Registered, RegistrationError, TokenUse,
};
pub use records::{BrowserSubject, CallbackSent, Refused};
pub use rules::{AddRuleError, AddedRule, Fault, Rules, facts_of_call};
pub use tokens::TokenError;

use self::payments::LIVE_CANCEL_BUSY;
use crate::clock::{Clock, SignedDuration, Timestamp};
use crate::domain::{
    EventKind, IMid, KeyMask, MaskKeys, Merchant, MerchantKey, Notification, NotificationId, NotificationKind, Phone,
    Profile, ResourceLimits, RuleHits, Shopper, TXidSource, TokenFixture, Transaction,
};
use crate::entropy::Entropy;
pub use crate::scenarios::{AnswerFault, Breakage, Facts, Rule, Scenario};
use crate::scenarios::{LenderCatalog, Library, RuleConfig, ScenarioError, UnmatchedRules};
pub use crate::store::{Headers, MemoryReport, PutMerchantError, RecordedExchange, Subject, Ticket};
use crate::store::{RecentTransactions, Store, StoreReader};

/// The rule where the lender's account decides.
const ACCOUNT: &str = "partner/account";
/// The rule where the customer leaves.
const GIVES_UP: &str = "customer/gives-up";
/// The rule where the control API plays the customer.
const BUYER: &str = "control/buyer";
/// The rule where the control API plays the lender.
const PARTNER: &str = "control/partner";

/// The parts of an engine.
#[derive(Debug)]
pub struct EngineSetup {
    /// The clock.
    pub clock: Clock,
    /// The source of random values.
    pub entropy: Entropy,
    /// The scenarios that can be loaded by name.
    pub library: Library,
    /// The scenario that is active at the start.
    pub scenario: Scenario,
    /// What merchants are notified about.
    pub notify_on: Vec<NotificationKind>,
    /// The default retries of a notification: how many, and the interval.
    pub retries: (u32, SignedDuration),
    /// Whether a cancel right after the payment is refused, where the scenario does not say.
    pub profile: Profile,
    /// The merchants at the start.
    pub merchants: Vec<Merchant>,
    /// The user tokens at the start and after a reset.
    pub tokens: Vec<TokenFixture>,
    /// How much is kept.
    pub limits: ResourceLimits,
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    clock: Arc<Clock>,
    entropy: Entropy,
    catalog: LenderCatalog,
    rules: Rules,
    explanations: RecentTransactions<UnmatchedRules>,
    /// The errors of the current scenario files.
    problems: RwLock<Vec<ScenarioError>>,
    notify_on: Vec<NotificationKind>,
    /// How long after the payment a cancel is refused, where the scenario does not say.
    cancel_busy: SignedDuration,
    fixtures: Vec<TokenFixture>,
    t_xids: TXidSource,
    store: Store,
}

impl Engine {
    /// An engine with merchants and tokens only.
    pub fn new(setup: EngineSetup) -> Self {
        let EngineSetup { clock, entropy, library, scenario, notify_on, retries, profile, merchants, tokens, limits } =
            setup;
        let cancel_busy = match profile {
            Profile::Lenient => SignedDuration::ZERO,
            Profile::Strict => LIVE_CANCEL_BUSY,
        };
        let rules = Rules::new(library, Arc::new(scenario), retries);
        let problems = RwLock::default();
        let (clock, catalog) = (Arc::new(clock), LenderCatalog::built_in());
        let shoppers = catalog.shoppers().iter().map(|shopper| (shopper.phone.clone(), shopper.clone()));
        let store = Store::new(limits, merchants, shoppers);
        let explanations = RecentTransactions::new(
            rules::decision::MAX_EXPLANATIONS,
            Arc::clone(&store.memory),
            UnmatchedRules::memory_size,
        );
        let t_xids = TXidSource::starting_at(u16::from_le_bytes(entropy.bytes(&["tXid"])));
        let fixtures = tokens;
        let engine = Self {
            clock,
            entropy,
            catalog,
            rules,
            explanations,
            problems,
            notify_on,
            cancel_busy,
            fixtures,
            t_xids,
            store,
        };
        engine.log_scenario();
        engine.restore_fixtures(None);
        engine
    }

    /// The simulator's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A handle to the clock.
    pub fn shared_clock(&self) -> Arc<Clock> {
        Arc::clone(&self.clock)
    }

    /// The seed of all random values.
    pub fn seed(&self) -> u64 {
        self.entropy.seed()
    }

    /// The lenders' products and shoppers.
    pub fn catalog(&self) -> &LenderCatalog {
        &self.catalog
    }

    /// The active rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Adds a rule at run time; `source` is the rule as the caller wrote it.
    ///
    /// # Errors
    /// [`AddRuleError`]
    pub fn add_rule(&self, config: &RuleConfig, source: serde_json::Value) -> Result<AddedRule, AddRuleError> {
        self.rules.add(config, source)
    }

    /// Replaces an added rule, which keeps its id and its place and is counted from 0. None where there is no such rule.
    ///
    /// # Errors
    /// A sentence that says why the new rule is not valid.
    pub fn replace_rule(
        &self,
        id: &str,
        config: &RuleConfig,
        source: serde_json::Value,
    ) -> Result<Option<AddedRule>, String> {
        self.rules.replace(id, config, source)
    }

    /// Removes the added rules that are used up, those that name a merchant, or all; returns how many. A rule stays while
    /// an order that it was counted for is open: it may still decide it.
    pub fn remove_used_rules(&self, i_mid: Option<&IMid>) -> usize {
        let mut needed: HashSet<Arc<str>> = HashSet::new();
        let mut need = |hits: &RuleHits| needed.extend(hits.iter().map(|(rule, _)| Arc::clone(rule)));
        self.store.transactions.for_each(|transaction| {
            if !transaction.stage().is_final() {
                need(&transaction.rule_hits);
            }
        });
        for id in self.store.bindings.list(|binding| binding.stage.is_open()) {
            self.store.bindings.read(id, |binding| need(&binding.rule_hits));
        }
        self.rules.remove_used(i_mid, |rule| needed.contains(rule))
    }

    /// Removes an added rule; returns whether it existed.
    pub fn remove_rule(&self, id: &str) -> bool {
        self.rules.remove(id)
    }

    /// Removes the added rules that name a merchant, or all; returns how many.
    pub fn remove_rules(&self, i_mid: Option<&IMid>) -> usize {
        self.rules.remove_all(i_mid)
    }

    /// What merchants are notified about.
    pub fn notify_on(&self) -> &[NotificationKind] {
        &self.notify_on
    }

    /// The store for reading. Changes go through the engine.
    pub fn store(&self) -> StoreReader<'_> {
        StoreReader::new(&self.store)
    }

    /// The merchant with this iMid. The text may be no valid iMid.
    pub fn merchant(&self, i_mid: &str) -> Option<Arc<Merchant>> {
        self.store.merchants.get(i_mid)
    }

    /// The name that customers see: the merchant's, or its iMid. Merchant keys are masked.
    pub fn shown_name(&self, i_mid: &IMid) -> String {
        let name = self.merchant(i_mid.as_str()).and_then(|merchant| merchant.name.clone());
        name.map_or_else(|| i_mid.to_string(), |name| self.shown(name).to_string())
    }

    /// Every merchant, sorted by iMid.
    pub fn merchants(&self) -> Vec<Arc<Merchant>> {
        self.store.merchants.all()
    }

    /// The keys of all merchants but those with this one, in no order.
    pub fn other_keys(&self, key: &MerchantKey) -> Vec<MerchantKey> {
        let mut keys = self.store.merchants.keys();
        keys.retain(|other| other != key);
        keys
    }

    /// The maximum number of merchants, if it is reached.
    pub fn max_merchants_reached(&self) -> Option<usize> {
        self.store.merchants.full()
    }

    /// The first iMids of all, sorted.
    pub fn first_merchants(&self, max: usize) -> Vec<IMid> {
        self.store.merchants.first(max)
    }

    /// A shopper, as one merchant sees them.
    pub fn shopper(&self, i_mid: &IMid, phone: &Phone) -> Option<Shopper> {
        self.store.accounts.read(i_mid, phone, Shopper::clone)
    }

    /// Creates or changes a shopper for one merchant, or, without one, for all merchants for which it was not set.
    ///
    /// # Errors
    /// Those of `change`; nothing has changed then.
    pub fn put_shopper<E>(
        &self,
        i_mid: Option<&IMid>,
        phone: &Phone,
        change: impl Fn(Option<Shopper>) -> Result<Shopper, E>,
    ) -> Result<Shopper, E> {
        self.store.accounts.put(i_mid, phone, change)
    }

    /// Masks merchant keys in a text: a key that a merchant sent by mistake must not appear in a log or response.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.key_mask().masked(text)
    }

    /// Masks merchant keys in many texts.
    pub fn key_mask(&self) -> KeyMask {
        self.store.key_mask()
    }

    /// A copy of what is stored, with merchant keys masked, so that it can be shown.
    pub fn shown<T: MaskKeys>(&self, mut value: T) -> T {
        value.mask_keys(&self.key_mask());
        value
    }

    /// Creates or changes a merchant: `change` maps the present one to the new one. Also returns whether it is new.
    ///
    /// # Errors
    /// [`PutMerchantError`]
    pub fn put_merchant<E>(
        &self,
        i_mid: &IMid,
        change: impl FnOnce(Option<&Merchant>) -> Result<Merchant, E>,
    ) -> Result<(Arc<Merchant>, bool), PutMerchantError<E>> {
        let put = self.store.merchants.put(i_mid, change)?;
        if put.1 {
            self.restore_fixtures(Some(i_mid));
        }
        Ok(put)
    }

    /// How many accepted requests of a merchant the live gateway would refuse.
    pub fn refused_live(&self, i_mid: &IMid) -> u64 {
        self.store.merchants.refused_live(i_mid)
    }

    /// Removes a merchant and everything of it; returns whether it existed.
    pub fn remove_merchant(&self, i_mid: &IMid) -> bool {
        let existed = self.store.merchants.remove(i_mid);
        if existed {
            self.remove_all_of(Some(i_mid));
        }
        existed
    }

    /// Removes everything of one merchant, or of all; the merchants stay.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.remove_all_of(i_mid);
        self.restore_fixtures(i_mid);
    }

    /// How the memory budget is used.
    pub fn memory(&self) -> MemoryReport {
        self.store.memory.report(self.store.log.memory_size())
    }

    /// Makes room for `bytes` more, as [`Store::make_room`] does, and logs the notifications that are lost.
    pub(in crate::engine) fn make_room(&self, bytes: usize) -> bool {
        self.store.make_room(bytes, |gone| self.log_removal(gone))
    }

    fn remove_all_of(&self, i_mid: Option<&IMid>) {
        self.rules.reset(i_mid);
        self.store.reset(i_mid);
        self.remove_outdated_work();
        self.explanations.retain(|t_xid| self.store.transactions.read(t_xid.as_str(), |_| ()).is_some());
    }

    /// The notifications with these numbers that are still stored.
    pub fn notifications(&self, ids: &[NotificationId]) -> Vec<Notification> {
        ids.iter().filter_map(|id| self.store.notifications.read(*id, Notification::clone)).collect()
    }

    /// A transaction as it is now.
    pub fn transaction(&self, t_xid: &str) -> Option<Transaction> {
        // It is expired before it is read, whether or not the scheduled work was done yet.
        let due = self.store.transactions.read(t_xid, |t| t.stage().is_payable() && self.now() >= t.expires_at)?;
        if due {
            self.store.transactions.update(t_xid, |t| self.expire_if_due(t));
        }
        self.store.transactions.read(t_xid, Transaction::clone)
    }

    /// Expires a transaction whose time is up.
    fn expire_if_due(&self, transaction: &mut Transaction) {
        let now = self.now();
        if transaction.stage().is_payable() && now >= transaction.expires_at {
            self.expire(transaction, now);
        }
    }

    fn expire(&self, transaction: &mut Transaction, at: Timestamp) {
        if transition::advance(transaction, |stage| stage.expire(at)) {
            self.log(&*transaction, EventKind::Expired {});
        }
    }

    /// Appends an event. Events about a transaction or binding are appended while that is locked.
    fn log(&self, subject: impl Into<Subject>, kind: EventKind) -> u64 {
        self.store.log.append(self.now(), subject.into(), kind)
    }
}
