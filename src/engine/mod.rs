//! The one door: every change to a transaction goes through here. A command is decided on, the transition is made, its
//! events and what follows from it are written, all while the transaction is locked and in memory only.

mod binding;
mod browser;
mod buyer;
mod cancel;
mod checkout;
mod decision;
mod due_work;
#[cfg(test)]
mod invariants;
mod manual_notification;
mod notifications;
mod outcome;
mod partner_decision;
mod payment;
mod receipt;
mod records;
mod registration;
mod rules;
mod scenarios;
mod timeline;
mod tokens;

use std::borrow::Cow;
use std::sync::{Arc, RwLock};

pub use binding::{Bind, BindingAction, BindingError};
pub use browser::{OtpEntered, PageFlowError, PlanChosen, Resent, SignedIn};
pub use buyer::{Act, BuyerError, Played};
pub use cancel::{Cancel, CancelError};
pub use checkout::PartnerChoiceError;
pub use decision::{Fault, facts_of_call};
pub use due_work::Due;
pub use manual_notification::ManualNotificationError;
pub use partner_decision::{PartnerAction, PartnerDecisionError};
pub use payment::Opened;
pub use receipt::ReceiptError;
pub use records::{BrowserOf, CallbackSent, Refused};
pub use registration::{Register, Registered, RegistrationError, Release, TokenUse};
pub use rules::{AddRuleError, Added, Rules};
pub use tokens::TokenError;

use crate::clock::{Clock, SignedDuration, Timestamp};
use crate::domain::{
    EventKind, IMid, Limits, Merchant, NotificationKind, Phone, Shopper, TXidSource, TokenFixture, Transaction,
};
use crate::entropy::Entropy;
pub use crate::scenarios::{AnswerFault, Breakage, Facts, Operation};
use crate::scenarios::{LenderCatalog, Library, Mode, RuleConfig, Scenario, ScenarioError, UnmatchedRules};
pub use crate::store::{Headers, Recorded, Subject};
use crate::store::{Newest, Store};

/// Who decided where no rule did: the lender's account of the customer.
const ACCOUNT: &str = "partner/account";
/// The customer, who went away.
const GIVES_UP: &str = "customer/gives-up";
/// Whoever plays the customer over the control API.
const BUYER: &str = "control/buyer";

/// What an engine is made of.
#[derive(Debug)]
pub struct EngineSetup {
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// Every scenario that has a name.
    pub library: Library,
    /// What shall happen.
    pub scenario: Scenario,
    /// Of what merchants are notified.
    pub notify_on: Vec<NotificationKind>,
    /// How often, and how long after the attempt before, they are notified again where no scenario has it otherwise.
    pub retries: (u32, SignedDuration),
    /// The namespaces to begin with.
    pub merchants: Vec<Merchant>,
    /// Tokens that exist from the start and after a reset.
    pub tokens: Vec<TokenFixture>,
    /// How much is remembered.
    pub limits: Limits,
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    clock: Arc<Clock>,
    entropy: Entropy,
    catalog: LenderCatalog,
    rules: Rules,
    explanations: Newest<UnmatchedRules>,
    /// What is wrong with the scenario files as they are now.
    problems: RwLock<Vec<ScenarioError>>,
    notify_on: Vec<NotificationKind>,
    fixtures: Vec<TokenFixture>,
    t_xids: TXidSource,
    store: Arc<Store>,
}

impl Engine {
    /// An engine that remembers nothing but its merchants and tokens.
    pub fn set_up(setup: EngineSetup) -> Self {
        let EngineSetup { clock, entropy, library, scenario, notify_on, retries, merchants, tokens, limits } = setup;
        let rules = Rules::new(library, Arc::new(scenario), retries);
        let (explanations, problems) = (Newest::new(decision::MOST_EXPLAINED), RwLock::default());
        let (clock, catalog) = (Arc::new(clock), LenderCatalog::built_in());
        let shoppers = catalog.shoppers().iter().map(|shopper| (shopper.phone.clone(), shopper.clone()));
        let store = Arc::new(Store::new(limits, merchants, shoppers));
        let t_xids = TXidSource::starting_at(u16::from_le_bytes(entropy.bytes(&["tXid"])));
        let fixtures = tokens;
        let engine =
            Self { clock, entropy, catalog, rules, explanations, problems, notify_on, fixtures, t_xids, store };
        engine.log_scenario();
        engine.restore_fixtures(None);
        engine
    }

    /// The simulator's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock itself.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A handle to the clock.
    pub fn shared_clock(&self) -> Arc<Clock> {
        Arc::clone(&self.clock)
    }

    /// The number that chance is drawn from.
    pub fn seed(&self) -> u64 {
        self.entropy.seed()
    }

    /// What the lenders sell and whom they know.
    pub fn catalog(&self) -> &LenderCatalog {
        &self.catalog
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Adds a rule at run time; `written` is what is shown of it.
    ///
    /// # Errors
    /// [`AddRuleError`]
    pub fn add_rule(&self, words: &RuleConfig, written: serde_json::Value) -> Result<Added, AddRuleError> {
        self.rules.add(words, written)
    }

    /// Removes a rule that was added; answers whether there was one.
    pub fn remove_rule(&self, id: &str) -> bool {
        self.rules.remove(id)
    }

    /// Removes the added rules that name a merchant, or all; answers how many there were.
    pub fn remove_rules(&self, i_mid: Option<&IMid>) -> usize {
        self.rules.remove_all(i_mid)
    }

    /// Of what merchants are notified.
    pub fn notify_on(&self) -> &[NotificationKind] {
        &self.notify_on
    }

    /// The memory, for reading. Changes go through the engine.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// A merchant, by a text that may be no iMid at all.
    pub fn merchant(&self, i_mid: &str) -> Option<Arc<Merchant>> {
        self.store.merchants.get(i_mid)
    }

    /// Every merchant, by iMid.
    pub fn merchants(&self) -> Vec<Arc<Merchant>> {
        self.store.merchants.all()
    }

    /// A shopper, as a merchant's namespace has them.
    pub fn shopper(&self, i_mid: &IMid, phone: &Phone) -> Option<Shopper> {
        self.store.accounts.read(i_mid, phone, Shopper::clone)
    }

    /// Makes or changes a shopper, in one namespace, or in all for which nobody has set them.
    ///
    /// # Errors
    /// Those of `change`; then nothing has changed.
    pub fn put_shopper<E>(
        &self,
        i_mid: Option<&IMid>,
        phone: &Phone,
        change: impl Fn(Option<Shopper>) -> Result<Shopper, E>,
    ) -> Result<Shopper, E> {
        self.store.accounts.put(i_mid, phone, change)
    }

    /// A text as it may be shown: a merchant that sends its key by error must not find it in a log or an answer.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.store.masked(text)
    }

    /// Makes or changes a namespace: `change` gets what is known, and says what shall be. Answers also whether it is new.
    ///
    /// # Errors
    /// Those of `change`; then nothing has changed.
    pub fn put_merchant<E>(
        &self,
        i_mid: &IMid,
        change: impl FnOnce(Option<&Merchant>) -> Result<Merchant, E>,
    ) -> Result<(Arc<Merchant>, bool), E> {
        let put = self.store.merchants.put(i_mid, change)?;
        if put.1 {
            self.restore_fixtures(Some(i_mid));
        }
        Ok(put)
    }

    /// Removes a namespace and everything in it; answers whether there was one.
    pub fn remove_merchant(&self, i_mid: &IMid) -> bool {
        let existed = self.store.merchants.remove(i_mid);
        if existed {
            self.forget(Some(i_mid));
        }
        existed
    }

    /// Forgets everything, or one merchant's things; merchants and keys stay.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.forget(i_mid);
        self.restore_fixtures(i_mid);
    }

    fn forget(&self, i_mid: Option<&IMid>) {
        self.rules.reset(i_mid);
        self.store.reset(i_mid);
        self.explanations.retain(|t_xid| self.store.transactions.read(t_xid.as_str(), |_| ()).is_some());
    }

    /// A transaction as it is now.
    pub fn transaction(&self, t_xid: &str) -> Option<Transaction> {
        // An order whose time is up is expired before anybody sees it, whether or not the schedule got there yet.
        let due = self.store.transactions.read(t_xid, |t| t.stage().is_payable() && self.now() >= t.expires_at)?;
        if due {
            self.store.transactions.update(t_xid, |t| self.expire_if_due(t));
        }
        self.store.transactions.read(t_xid, Transaction::clone)
    }

    /// Ends an order whose time is up.
    fn expire_if_due(&self, transaction: &mut Transaction) {
        let now = self.now();
        if transaction.stage().is_payable() && now >= transaction.expires_at {
            self.expire(transaction, now);
        }
    }

    fn expire(&self, transaction: &mut Transaction, at: Timestamp) {
        if transaction.advance(|stage| stage.expire(at)).is_ok() {
            self.log(&*transaction, EventKind::Expired {});
        }
    }

    /// Appends an event about a transaction or a binding. Called while that is locked.
    fn log(&self, about: impl Into<Subject>, kind: EventKind) -> u64 {
        self.store.log.append(self.now(), about.into(), kind)
    }
}

/// How a transaction is paid.
fn mode(transaction: &Transaction) -> Mode {
    use crate::domain::Tokenize;
    match transaction.tokenize {
        Tokenize::No => Mode::Normal,
        Tokenize::Issue { .. } => Mode::Tokenize,
        Tokenize::Pay { .. } | Tokenize::LogIn { .. } => Mode::Seamless,
    }
}
