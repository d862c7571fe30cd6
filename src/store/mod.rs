//! The state of the simulator, in memory. Entries are read and changed inside closures, so that no lock leaves this
//! module. A change appends its event to the log while the entry is still locked: no reader sees a change without its
//! event.
//!
//! Lock order: an index, then a transaction or a binding, then the tokens, then an account, then the rest. Nothing here
//! waits or does I/O.

mod accounts;
mod bindings;
mod filter;
mod inbox;
mod log;
mod merchants;
mod notifications;
mod reader;
mod recent_transactions;
mod ring;
mod rule_counts;
mod schedule;
mod subject;
mod tokens;
mod transactions;

use std::borrow::Cow;

use dashmap::DashMap;
use foldhash::fast::RandomState;

pub use accounts::Accounts;
pub use bindings::Bindings;
pub use filter::Filter;
pub use inbox::Inbox;
pub use log::{Headers, Log, LogPart, NewEvents, RecordedExchange};
pub use merchants::Merchants;
pub use notifications::Notifications;
pub use reader::{LogReader, StoreReader};
pub use recent_transactions::RecentTransactions;
pub use rule_counts::RuleCounts;
pub use schedule::{Schedule, Ticket, Work};
pub use subject::Subject;
pub use tokens::{Draw, DrawStart, Tokens};
pub use transactions::{InsertError, Transactions};

use crate::domain::{IMid, Merchant, Phone, ResourceLimits, Shopper};

/// A concurrent map. Its keys come from tests on the same machine, so the hash need not resist collision attacks; it is
/// fast, because every registration is hashed five times.
type Map<K, V> = DashMap<K, V, RandomState>;

/// The state of the simulator.
#[derive(Debug)]
pub struct Store {
    /// The merchants.
    pub merchants: Merchants,
    /// The transactions.
    pub transactions: Transactions,
    /// The bindings.
    pub bindings: Bindings,
    /// The lenders' accounts.
    pub accounts: Accounts,
    /// The user tokens.
    pub tokens: Tokens,
    /// The notifications.
    pub notifications: Notifications,
    /// What the built-in inbox has received.
    pub inbox: Inbox,
    /// The work that is due later.
    pub schedule: Schedule,
    /// The event log.
    pub log: Log,
}

impl Store {
    /// A store with these merchants and shoppers only.
    pub fn new(
        limits: ResourceLimits,
        merchants: impl IntoIterator<Item = Merchant>,
        shoppers: impl IntoIterator<Item = (Phone, Shopper)>,
    ) -> Self {
        Self {
            merchants: Merchants::new(merchants),
            transactions: Transactions::new(limits.transactions),
            bindings: Bindings::new(limits.transactions),
            accounts: Accounts::new(shoppers),
            tokens: Tokens::new(limits.transactions),
            notifications: Notifications::new(limits.notifications),
            inbox: Inbox::new(limits.inbox),
            schedule: Schedule::default(),
            log: Log::new(limits.events, limits.event_bytes),
        }
    }

    /// Masks the keys of all merchants in a text.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked_text = Cow::Borrowed(text);
        self.merchants.for_each(|merchant| {
            if let Some(masked) = merchant.key.mask(&masked_text) {
                masked_text = Cow::Owned(masked);
            }
        });
        masked_text
    }

    /// Removes everything of one merchant, or everything but the merchants. The log only hides earlier events, so that
    /// their numbers go on.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.merchants.reset(i_mid);
        self.transactions.reset(i_mid);
        self.bindings.reset(i_mid);
        self.notifications.reset(i_mid);
        self.inbox.reset(i_mid);
        self.accounts.reset(i_mid);
        self.tokens.reset(i_mid);
        self.log.hide(i_mid);
    }
}
