//! The store for reading. Everything outside the engine gets only this: changes go through the engine.

use std::sync::Arc;

use super::{Accounts, Bindings, Filter, Inbox, Log, LogPart, NewEvents, Notifications, Store, Tokens, Transactions};
use crate::domain::{
    Binding, BindingId, Entry, Event, IMid, InboxMessage, Notification, NotificationId, Phone, ReferenceNo, Shopper,
    TXid, TokenRecord, Transaction, UserToken,
};

/// The store for reading.
#[derive(Clone, Copy, Debug)]
pub struct StoreReader<'a> {
    /// The transactions.
    pub transactions: Reader<'a, Transactions>,
    /// The bindings.
    pub bindings: Reader<'a, Bindings>,
    /// The lenders' accounts.
    pub accounts: Reader<'a, Accounts>,
    /// The user tokens.
    pub tokens: Reader<'a, Tokens>,
    /// The notifications.
    pub notifications: Reader<'a, Notifications>,
    /// What the built-in inbox has received.
    pub inbox: Reader<'a, Inbox>,
    /// The event log.
    pub log: LogReader<'a>,
}

/// One part of the store for reading.
#[derive(Debug)]
pub struct Reader<'a, T>(&'a T);

/// The event log for reading.
pub type LogReader<'a> = Reader<'a, Log>;

impl<T> Clone for Reader<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Reader<'_, T> {}

impl<'a> StoreReader<'a> {
    /// Reads `store`.
    pub fn new(store: &'a Store) -> Self {
        Self {
            transactions: Reader(&store.transactions),
            bindings: Reader(&store.bindings),
            accounts: Reader(&store.accounts),
            tokens: Reader(&store.tokens),
            notifications: Reader(&store.notifications),
            inbox: Reader(&store.inbox),
            log: Reader(&store.log),
        }
    }
}

impl Reader<'_, Transactions> {
    /// [`Transactions::read`]
    pub fn read<R>(self, t_xid: &str, look: impl FnOnce(&Transaction) -> R) -> Option<R> {
        self.0.read(t_xid, look)
    }

    /// [`Transactions::find_by_reference`]
    pub fn find_by_reference(self, i_mid: &IMid, reference_no: &ReferenceNo) -> Option<TXid> {
        self.0.find_by_reference(i_mid, reference_no)
    }

    /// [`Transactions::for_each`]
    pub fn for_each(self, visit: impl FnMut(&Transaction)) {
        self.0.for_each(visit);
    }

    /// [`Transactions::len`]
    pub fn len(self) -> usize {
        self.0.len()
    }
}

impl Reader<'_, Bindings> {
    /// [`Bindings::read`]
    pub fn read<R>(self, id: BindingId, look: impl FnOnce(&Binding) -> R) -> Option<R> {
        self.0.read(id, look)
    }

    /// [`Bindings::list`]
    pub fn list(self, matches: impl Fn(&Binding) -> bool) -> Vec<BindingId> {
        self.0.list(matches)
    }
}

impl Reader<'_, Accounts> {
    /// [`Accounts::find`]
    pub fn find(self, i_mid: Option<&IMid>, phone: &Phone) -> Option<Shopper> {
        self.0.find(i_mid, phone)
    }

    /// [`Accounts::list`]
    pub fn list(self, i_mid: Option<&IMid>) -> Vec<Shopper> {
        self.0.list(i_mid)
    }
}

impl Reader<'_, Tokens> {
    /// [`Tokens::get`]
    pub fn get(self, i_mid: &IMid, text: &UserToken) -> Option<TokenRecord> {
        self.0.get(i_mid, text)
    }

    /// [`Tokens::find_by_text`]
    pub fn find_by_text(self, text: &UserToken) -> Vec<TokenRecord> {
        self.0.find_by_text(text)
    }

    /// [`Tokens::list`]
    pub fn list(self, max: usize, matches: impl Fn(&TokenRecord) -> bool) -> Vec<TokenRecord> {
        self.0.list(max, matches)
    }

    /// [`Tokens::newest`]
    pub fn newest(self, max: usize) -> (Vec<TokenRecord>, usize) {
        self.0.newest(max)
    }
}

impl Reader<'_, Notifications> {
    /// [`Notifications::read`]
    pub fn read<R>(self, id: NotificationId, look: impl FnOnce(&Notification) -> R) -> Option<R> {
        self.0.read(id, look)
    }

    /// [`Notifications::ids`]
    pub fn ids(self, matches: impl Fn(&Notification) -> bool) -> Vec<NotificationId> {
        self.0.ids(matches)
    }
}

impl Reader<'_, Inbox> {
    /// [`Inbox::list`]
    pub fn list(self, matches: impl Fn(&InboxMessage) -> bool) -> Vec<(u64, Arc<InboxMessage>)> {
        self.0.list(matches)
    }
}

impl LogReader<'_> {
    /// [`Log::last`]
    pub fn last(self) -> u64 {
        self.0.last()
    }

    /// [`Log::read`]
    pub fn read(self, filter: &Filter, max: usize) -> Vec<Entry> {
        self.0.read(filter, max)
    }

    /// [`Log::part`]
    pub fn part(self, filter: &Filter, max: usize) -> LogPart {
        self.0.part(filter, max)
    }

    /// [`Log::visit`]
    pub fn visit(self, after: u64, max: usize, visit: impl FnMut(&Event)) -> u64 {
        self.0.visit(after, max, visit)
    }

    /// [`Log::visit_new`]
    pub fn visit_new(self, after: u64, max: usize, visit: impl FnMut(&Event)) -> NewEvents {
        self.0.visit_new(after, max, visit)
    }

    /// [`Log::newest`]
    pub fn newest(
        self,
        filter: &Filter,
        before: u64,
        depth: usize,
        max: usize,
        matches: impl FnMut(&Event) -> bool,
    ) -> Vec<Entry> {
        self.0.newest(filter, before, depth, max, matches)
    }

    /// [`Log::refused`]
    pub fn refused(self) -> usize {
        self.0.refused()
    }

    /// [`Log::visit_refused`]
    pub fn visit_refused(self, before: u64, visit: impl FnMut(&Event) -> bool) {
        self.0.visit_refused(before, visit);
    }

    /// [`Log::extent`]
    pub fn extent(self) -> Option<(u64, u64)> {
        self.0.extent()
    }

    /// [`Log::hidden_upto`]
    pub fn hidden_upto(self, i_mid: &IMid) -> u64 {
        self.0.hidden_upto(i_mid)
    }

    /// [`Log::resets`]
    pub fn resets(self) -> u64 {
        self.0.resets()
    }

    /// [`Log::version`]
    pub fn version(self) -> u64 {
        self.0.version()
    }

    /// [`Log::grown_since`]
    pub async fn grown_since(self, seen: u64) {
        self.0.grown_since(seen).await;
    }

    /// [`Log::changed_since`]
    pub async fn changed_since(self, version: u64) {
        self.0.changed_since(version).await;
    }
}
