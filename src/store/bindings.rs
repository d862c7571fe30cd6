//! The accounts that are being bound, found by number and by the partner's link.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;

use crate::ledger::{Binding, BindingId, IMid};

/// The bindings.
#[derive(Debug)]
pub struct Bindings {
    by_id: DashMap<BindingId, Binding>,
    by_link: DashMap<Arc<str>, BindingId>,
    next: AtomicU64,
    count: AtomicUsize,
    /// In the order in which they ended: the first to go when room is needed.
    finished: Mutex<VecDeque<BindingId>>,
    most: usize,
}

impl Bindings {
    /// Remembers at most `most` bindings.
    pub fn new(most: usize) -> Self {
        Self {
            by_id: DashMap::new(),
            by_link: DashMap::new(),
            next: AtomicU64::new(1),
            count: AtomicUsize::new(0),
            finished: Mutex::default(),
            most,
        }
    }

    /// A number nobody has had.
    pub fn next_id(&self) -> BindingId {
        BindingId(self.next.fetch_add(1, Ordering::AcqRel))
    }

    /// Remembers a binding; `stored` runs while it is locked, before anybody can see it. Answers whether there was room:
    /// bindings that are over go for it, open ones do not.
    #[must_use]
    pub fn insert(&self, binding: Binding, stored: impl FnOnce(&Binding)) -> bool {
        if self.count.fetch_add(1, Ordering::AcqRel) >= self.most && !self.forget_oldest_finished() {
            self.count.fetch_sub(1, Ordering::AcqRel);
            return false;
        }
        self.by_link.insert(Arc::clone(&binding.link), binding.id);
        let entry = self.by_id.entry(binding.id);
        stored(&binding);
        entry.insert(binding);
        true
    }

    fn forget_oldest_finished(&self) -> bool {
        loop {
            let Some(id) = self.finished.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else {
                return false;
            };
            // One that a reset removed first does not make room.
            if self.remove(id) {
                return true;
            }
        }
    }

    /// Answers whether it was there.
    fn remove(&self, id: BindingId) -> bool {
        let Some((_, gone)) = self.by_id.remove(&id) else { return false };
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.by_link.remove(&gone.link);
        true
    }

    /// Looks at one.
    pub fn read<R>(&self, id: BindingId, look: impl FnOnce(&Binding) -> R) -> Option<R> {
        self.by_id.get(&id).map(|binding| look(&binding))
    }

    /// Changes one.
    pub fn update<R>(&self, id: BindingId, change: impl FnOnce(&mut Binding) -> R) -> Option<R> {
        let (result, ended) = {
            let mut binding = self.by_id.get_mut(&id)?;
            let was_open = binding.stage.is_open();
            let result = change(&mut binding);
            (result, was_open && !binding.stage.is_open())
        };
        if ended {
            self.finished.lock().unwrap_or_else(PoisonError::into_inner).push_back(id);
        }
        Some(result)
    }

    /// The binding behind a partner's link.
    pub fn of_link(&self, link: &str) -> Option<BindingId> {
        self.by_link.get(link).map(|id| *id)
    }

    /// The numbers of the matching ones, oldest first.
    pub fn list(&self, takes: impl Fn(&Binding) -> bool) -> Vec<BindingId> {
        let mut found: Vec<_> =
            self.by_id.iter().filter(|entry| takes(entry.value())).map(|entry| *entry.key()).collect();
        found.sort_unstable();
        found
    }

    /// Forgets one merchant's bindings, or all.
    pub fn forget(&self, i_mid: Option<&IMid>) {
        for id in self.list(|binding| i_mid.is_none_or(|i_mid| binding.i_mid == *i_mid)) {
            self.remove(id);
        }
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).retain(|id| self.by_id.contains_key(id));
    }
}
