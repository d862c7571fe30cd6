//! The orders, found by NICEPAY's number, by the merchant's, and by the partner's link.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::mapref::entry::Entry;

use super::Map;
use crate::domain::{IMid, ReferenceNo, TXid, Transaction};

/// Why an order is not remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsertError {
    /// The merchant used this `referenceNo` before, for that transaction.
    Duplicate(TXid),
    /// The limit is reached, and every transaction is still open.
    Full,
}

/// The orders.
#[derive(Debug)]
pub struct Transactions {
    /// Boxed: a map that grows moves pointers, not transactions.
    by_id: Map<TXid, Box<Transaction>>,
    by_reference: Map<(IMid, ReferenceNo), TXid>,
    by_link: Map<Arc<str>, TXid>,
    count: AtomicUsize,
    /// In the order in which they ended: the first to go when room is needed.
    finished: Mutex<VecDeque<TXid>>,
    most: usize,
}

impl Transactions {
    /// Remembers at most `most` orders.
    pub fn new(most: usize) -> Self {
        Self {
            by_id: Map::default(),
            by_reference: Map::default(),
            by_link: Map::default(),
            count: AtomicUsize::new(0),
            finished: Mutex::default(),
            most,
        }
    }

    /// Remembers an order; `stored` runs while it is locked, before anybody can see it.
    ///
    /// # Errors
    /// [`InsertError`], and the order; then nothing has changed.
    pub fn insert(
        &self,
        mut transaction: Box<Transaction>,
        duplicates_refused: bool,
        stored: impl FnOnce(&mut Transaction),
    ) -> Result<(), (InsertError, Box<Transaction>)> {
        let key = (transaction.i_mid.clone(), transaction.reference_no.clone());
        // Room is made before any lock is held: an order that goes may share a shard with the one that comes. And nobody
        // goes for one that does not stay.
        if self.count.fetch_add(1, Ordering::AcqRel) >= self.most {
            let taken = self.by_reference.get(&key).filter(|_| duplicates_refused).map(|taken| taken.clone());
            let refused = taken.map(InsertError::Duplicate);
            if let Some(refused) = refused.or_else(|| (!self.forget_oldest_finished()).then_some(InsertError::Full)) {
                self.count.fetch_sub(1, Ordering::AcqRel);
                return Err((refused, transaction));
            }
        }
        match self.by_reference.entry(key) {
            Entry::Occupied(taken) if duplicates_refused => {
                let existing = taken.get().clone();
                drop(taken);
                self.count.fetch_sub(1, Ordering::AcqRel);
                Err((InsertError::Duplicate(existing), transaction))
            }
            place => {
                let id = transaction.t_xid.clone();
                let mut _reference = place.insert(id.clone());
                let entry = self.by_id.entry(id);
                stored(&mut transaction);
                entry.insert(transaction);
                Ok(())
            }
        }
    }

    /// Looks at one.
    pub fn read<R>(&self, t_xid: &str, look: impl FnOnce(&Transaction) -> R) -> Option<R> {
        self.by_id.get(t_xid).map(|transaction| look(&transaction))
    }

    /// Changes one.
    pub fn update<R>(&self, t_xid: &str, change: impl FnOnce(&mut Transaction) -> R) -> Option<R> {
        let (result, ended) = {
            let mut transaction = self.by_id.get_mut(t_xid)?;
            let was_final = transaction.stage().is_final();
            let result = change(&mut transaction);
            (result, (!was_final && transaction.stage().is_final()).then(|| transaction.t_xid.clone()))
        };
        if let Some(ended) = ended {
            self.finished.lock().unwrap_or_else(PoisonError::into_inner).push_back(ended);
        }
        Some(result)
    }

    /// The transaction behind a partner's link.
    pub fn of_link(&self, link: &str) -> Option<TXid> {
        self.by_link.get(link).map(|id| id.clone())
    }

    /// Makes a link lead to a transaction.
    pub fn link(&self, link: Arc<str>, t_xid: TXid) {
        self.by_link.insert(link, t_xid);
    }

    /// Goes through all of them, in no order.
    pub fn each(&self, mut look: impl FnMut(&Transaction)) {
        for entry in &self.by_id {
            look(entry.value());
        }
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    fn forget_oldest_finished(&self) -> bool {
        loop {
            let Some(id) = self.finished.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else {
                return false;
            };
            // One that a reset removed first does not make room.
            if let Some((_, gone)) = self.by_id.remove(&id) {
                self.unlink(&gone);
                return true;
            }
        }
    }

    fn unlink(&self, gone: &Transaction) {
        self.count.fetch_sub(1, Ordering::AcqRel);
        let key = (gone.i_mid.clone(), gone.reference_no.clone());
        self.by_reference.remove_if(&key, |_, id| *id == gone.t_xid);
        if let Some(link) = &gone.link {
            self.by_link.remove(link);
        }
    }

    /// Forgets one merchant's orders, or all.
    pub fn forget(&self, i_mid: Option<&IMid>) {
        let mut going = Vec::new();
        self.each(|transaction| {
            if i_mid.is_none_or(|i_mid| transaction.i_mid == *i_mid) {
                going.push(transaction.t_xid.clone());
            }
        });
        for id in &going {
            if let Some((_, gone)) = self.by_id.remove(id) {
                self.unlink(&gone);
            }
        }
        let gone: std::collections::HashSet<_> = going.into_iter().collect();
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).retain(|id| !gone.contains(id));
    }
}
