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
mod known_keys;
mod log;
mod memory;
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

use std::sync::Arc;

use dashmap::DashMap;
use foldhash::fast::RandomState;

pub use accounts::Accounts;
pub use bindings::Bindings;
pub use filter::Filter;
pub use inbox::Inbox;
pub use log::{Headers, Log, LogPart, MAX_PART_BYTES, NewEvents, RecordedExchange};
pub use memory::{Memory, MemoryReport, MemoryUse};
pub use merchants::{Merchants, PutMerchantError};
pub use notifications::Notifications;
pub use reader::{LogReader, StoreReader};
pub use recent_transactions::RecentTransactions;
pub use rule_counts::RuleCounts;
pub use schedule::{Schedule, Ticket, Work};
pub use subject::Subject;
pub use tokens::{Draw, DrawStart, Tokens};
pub use transactions::{InsertError, Transactions};

use self::known_keys::KnownKeys;
use crate::domain::{IMid, KeyMask, Merchant, Notification, Phone, ResourceLimits, Shopper};

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
    /// The memory budget.
    pub memory: Arc<Memory>,
}

impl Store {
    /// A store with these merchants and shoppers only.
    pub fn new(
        limits: ResourceLimits,
        merchants: impl IntoIterator<Item = Merchant>,
        shoppers: impl IntoIterator<Item = (Phone, Shopper)>,
    ) -> Self {
        let (keys, memory) = (Arc::new(KnownKeys::new(limits.merchants)), Arc::new(Memory::new(limits.memory_bytes)));
        Self {
            merchants: Merchants::new(merchants, limits.merchants, Arc::clone(&keys)),
            transactions: Transactions::new(limits.transactions, Arc::clone(&memory)),
            bindings: Bindings::new(limits.transactions, Arc::clone(&memory)),
            accounts: Accounts::new(shoppers),
            tokens: Tokens::new(limits.transactions, Arc::clone(&memory)),
            notifications: Notifications::new(limits.notifications, Arc::clone(&memory)),
            inbox: Inbox::new(limits.inbox),
            schedule: Schedule::default(),
            log: Log::new(limits.events, limits.event_bytes.min(memory.for_log()), keys),
            memory,
        }
    }

    /// Whether the memory budget has room for `bytes` more. If not, removes what ended first until it has. A notification
    /// that is still to be sent goes only where notifications take more than their part; `removed` gets it. No entry may
    /// be locked.
    pub fn make_room(&self, bytes: usize, mut removed: impl FnMut(&Notification)) -> bool {
        while self.memory.is_exceeded_with(bytes) {
            let has_removed = if self.memory.used(MemoryUse::Notifications) > self.memory.for_notifications() {
                let gone = self.notifications.remove_oldest_over().or_else(|| self.notifications.remove_oldest());
                gone.inspect(&mut removed).is_some()
            } else {
                self.transactions.remove_oldest_finished()
                    || self.notifications.remove_oldest_over().is_some()
                    || self.tokens.remove_oldest_inactive()
            };
            if !has_removed {
                return false;
            }
        }
        true
    }

    /// Masks every merchantKey that is known, or was.
    pub fn key_mask(&self) -> KeyMask {
        self.merchants.key_mask()
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
