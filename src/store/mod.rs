//! What we remember. Entries are reached through closures, so that no lock leaves this room; whatever changes an entry
//! appends its event to the one log while the entry is still locked, so that nobody sees a change without its event.
//!
//! Locks are taken in one order: an index, then a transaction or a binding, then the tokens, then an account, then the rest.
//! Nothing here waits or does I/O.

mod accounts;
mod bindings;
mod log;
mod merchants;
mod notifications;
mod ring;
mod rule_counters;
mod schedule;
mod tokens;
mod transactions;

use std::borrow::Cow;

use dashmap::DashMap;
use foldhash::fast::RandomState;

pub use accounts::Accounts;
pub use bindings::Bindings;
pub use log::{Filter, Headers, Log, Part, Recorded, Subject};
pub use merchants::Merchants;
pub use notifications::Notifications;
pub use rule_counters::{Counts, Newest};
pub use schedule::{Schedule, Ticket, Work};
pub use tokens::{Draw, Draws, Tokens};
pub use transactions::{InsertError, Transactions};

use crate::domain::{IMid, Limits, Merchant, Phone, Shopper};

/// A map that many reach at once. Its keys come from the machine's own tests: nobody needs to be kept from making them
/// collide, and every registration is hashed five times.
type Map<K, V> = DashMap<K, V, RandomState>;

/// Everything the simulator remembers.
#[derive(Debug)]
pub struct Store {
    /// The namespaces.
    pub merchants: Merchants,
    /// The orders.
    pub transactions: Transactions,
    /// The accounts that are being bound.
    pub bindings: Bindings,
    /// The lenders' accounts.
    pub accounts: Accounts,
    /// The user tokens.
    pub tokens: Tokens,
    /// What merchants are told.
    pub notifications: Notifications,
    /// What is still to happen.
    pub schedule: Schedule,
    /// What happened.
    pub log: Log,
}

impl Store {
    /// An empty memory that knows `merchants` and the lenders' `shoppers`.
    pub fn new(
        limits: Limits,
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
            schedule: Schedule::default(),
            log: Log::new(limits.events, limits.event_bytes),
        }
    }

    /// A text without any merchant's key.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut shown = Cow::Borrowed(text);
        self.merchants.each(|merchant| {
            if let Some(masked) = merchant.key.mask(&shown) {
                shown = Cow::Owned(masked);
            }
        });
        shown
    }

    /// Forgets one merchant's things, or everything but merchants and keys. The log keeps its numbers: it hides what
    /// came before.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.transactions.forget(i_mid);
        self.bindings.forget(i_mid);
        self.notifications.forget(i_mid);
        self.accounts.forget(i_mid);
        self.tokens.forget(i_mid);
        self.log.hide(i_mid);
    }
}
