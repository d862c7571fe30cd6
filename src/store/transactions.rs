//! The transactions, found by tXid, by the merchant's order number, and by the link to the lender's pages.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dashmap::mapref::entry::Entry;

use super::Map;
use super::memory::{Memory, MemoryUse};
use crate::domain::{IMid, ReferenceNo, TXid, Transaction};
use crate::locks::IgnorePoison;

/// Why a transaction was not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// The merchant used this `referenceNo` before, for this transaction.
    #[error("the referenceNo was used before, for {0}")]
    Duplicate(TXid),
    /// The limit is reached, and every transaction is open.
    #[error("the limit of transactions is reached, and all are open (--max-transactions)")]
    Full,
}

/// The transactions.
#[derive(Debug)]
pub struct Transactions {
    /// Boxed: a growing map moves pointers, not transactions.
    by_id: Map<TXid, Box<Transaction>>,
    by_reference: Map<(IMid, ReferenceNo), TXid>,
    by_link: Map<Arc<str>, TXid>,
    count: AtomicUsize,
    /// In the order in which they ended: the first is removed when room is needed.
    finished: Mutex<VecDeque<TXid>>,
    max: usize,
    memory: Arc<Memory>,
}

impl Transactions {
    /// Keeps at most `max` transactions.
    pub fn new(max: usize, memory: Arc<Memory>) -> Self {
        Self {
            by_id: Map::default(),
            by_reference: Map::default(),
            by_link: Map::default(),
            count: AtomicUsize::new(0),
            finished: Mutex::default(),
            max,
            memory,
        }
    }

    /// Adds a transaction. `before_visible` runs while it is locked, before others can see it.
    ///
    /// # Errors
    /// [`InsertError`], and the transaction; nothing has changed then.
    pub fn insert(
        &self,
        mut transaction: Box<Transaction>,
        duplicates_refused: bool,
        before_visible: impl FnOnce(&mut Transaction),
    ) -> Result<(), (InsertError, Box<Transaction>)> {
        let key = (transaction.i_mid.clone(), transaction.reference_no.clone());
        // Make room before taking a lock: the old transaction may share a shard with the new one. And remove none for a
        // transaction that is refused.
        if self.count.fetch_add(1, Ordering::AcqRel) >= self.max {
            let existing = self.by_reference.get(&key).filter(|_| duplicates_refused).map(|existing| existing.clone());
            let error = existing.map(InsertError::Duplicate);
            if let Some(error) = error.or_else(|| (!self.remove_oldest_finished()).then_some(InsertError::Full)) {
                self.count.fetch_sub(1, Ordering::AcqRel);
                return Err((error, transaction));
            }
        }
        match self.by_reference.entry(key) {
            Entry::Occupied(taken) if duplicates_refused => {
                let existing = taken.get().clone();
                drop(taken);
                self.count.fetch_sub(1, Ordering::AcqRel);
                Err((InsertError::Duplicate(existing), transaction))
            }
            entry => {
                let id = transaction.t_xid.clone();
                // Held until the end, so that the number and the transaction appear together.
                let mut _reference = entry.insert(id.clone());
                let entry = self.by_id.entry(id);
                before_visible(&mut transaction);
                self.memory.resize(MemoryUse::Orders, 0, transaction.memory_size());
                entry.insert(transaction);
                Ok(())
            }
        }
    }

    /// Reads one.
    pub fn read<R>(&self, t_xid: &str, look: impl FnOnce(&Transaction) -> R) -> Option<R> {
        self.by_id.get(t_xid).map(|transaction| look(&transaction))
    }

    /// Changes one.
    pub fn update<R>(&self, t_xid: &str, change: impl FnOnce(&mut Transaction) -> R) -> Option<R> {
        let (result, ended) = {
            let mut transaction = self.by_id.get_mut(t_xid)?;
            let (was_final, size) = (transaction.stage().is_final(), transaction.memory_size());
            let result = change(&mut transaction);
            self.memory.resize(MemoryUse::Orders, size, transaction.memory_size());
            (result, (!was_final && transaction.stage().is_final()).then(|| transaction.t_xid.clone()))
        };
        if let Some(ended) = ended {
            self.finished.lock().ignore_poison().push_back(ended);
        }
        Some(result)
    }

    /// The transaction with this order number of a merchant; the newest where it was used twice.
    pub fn find_by_reference(&self, i_mid: &IMid, reference_no: &ReferenceNo) -> Option<TXid> {
        self.by_reference.get(&(i_mid.clone(), reference_no.clone())).map(|id| id.clone())
    }

    /// The transaction with this link.
    pub fn find_by_link(&self, link: &str) -> Option<TXid> {
        self.by_link.get(link).map(|id| id.clone())
    }

    /// Adds the link of a transaction.
    pub fn add_link(&self, link: Arc<str>, t_xid: TXid) {
        self.by_link.insert(link, t_xid);
    }

    /// Visits each, in no order.
    pub fn for_each(&self, mut visit: impl FnMut(&Transaction)) {
        for entry in &self.by_id {
            visit(entry.value());
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Removes the transaction that ended first; returns whether there was one. No transaction may be locked.
    pub fn remove_oldest_finished(&self) -> bool {
        loop {
            let Some(id) = self.finished.lock().ignore_poison().pop_front() else {
                return false;
            };
            // One that a reset has removed already does not make room.
            if let Some((_, gone)) = self.by_id.remove(&id) {
                self.unlink(&gone);
                return true;
            }
        }
    }

    fn unlink(&self, gone: &Transaction) {
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.memory.resize(MemoryUse::Orders, gone.memory_size(), 0);
        let key = (gone.i_mid.clone(), gone.reference_no.clone());
        self.by_reference.remove_if(&key, |_, id| *id == gone.t_xid);
        if let Some(link) = &gone.link {
            self.by_link.remove(link);
        }
    }

    /// Removes the transactions of one merchant, or all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        let mut links = Vec::new();
        self.by_id.retain(|_, transaction| {
            let is_kept = i_mid.is_some_and(|i_mid| transaction.i_mid != *i_mid);
            if !is_kept {
                self.count.fetch_sub(1, Ordering::AcqRel);
                self.memory.resize(MemoryUse::Orders, transaction.memory_size(), 0);
                links.extend(transaction.link.take());
            }
            is_kept
        });
        for link in &links {
            self.by_link.remove(link);
        }
        self.by_reference
            .retain(|(owner, _), id| i_mid.is_some_and(|i_mid| owner != i_mid) || self.by_id.contains_key(id));
        self.finished.lock().ignore_poison().retain(|id| self.by_id.contains_key(id));
        self.by_id.shrink_to_fit();
        self.by_reference.shrink_to_fit();
        self.by_link.shrink_to_fit();
    }
}
