//! The accounts that are being bound, found by number and by the partner's link.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Map;
use crate::domain::{Binding, BindingId, IMid};

/// The bindings.
#[derive(Debug)]
pub struct Bindings {
    by_id: Map<BindingId, Binding>,
    by_link: Map<Arc<str>, BindingId>,
    next: AtomicU64,
    /// In the order of their registration: the first to go when room is needed.
    in_order: Mutex<VecDeque<BindingId>>,
    most: usize,
}

impl Bindings {
    /// Remembers at most `most` bindings; beyond it the oldest go, whether they are over or not.
    pub fn new(most: usize) -> Self {
        Self {
            by_id: Map::default(),
            by_link: Map::default(),
            next: AtomicU64::new(1),
            in_order: Mutex::default(),
            most,
        }
    }

    /// A number nobody has had.
    pub fn next_id(&self) -> BindingId {
        BindingId(self.next.fetch_add(1, Ordering::AcqRel))
    }

    /// Remembers a binding; `stored` runs while it is locked, before anybody can see it.
    pub fn insert(&self, binding: Binding, stored: impl FnOnce(&Binding)) {
        let id = binding.id;
        self.by_link.insert(Arc::clone(&binding.link), id);
        let entry = self.by_id.entry(id);
        stored(&binding);
        drop(entry.insert(binding));
        let mut in_order = self.in_order.lock().unwrap_or_else(PoisonError::into_inner);
        in_order.push_back(id);
        let oldest = if in_order.len() > self.most { in_order.pop_front() } else { None };
        drop(in_order);
        if let Some(oldest) = oldest {
            self.remove(oldest);
        }
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.in_order.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn remove(&self, id: BindingId) {
        if let Some((_, gone)) = self.by_id.remove(&id) {
            self.by_link.remove(&gone.link);
        }
    }

    /// Looks at one.
    pub fn read<R>(&self, id: BindingId, look: impl FnOnce(&Binding) -> R) -> Option<R> {
        self.by_id.get(&id).map(|binding| look(&binding))
    }

    /// Changes one.
    pub fn update<R>(&self, id: BindingId, change: impl FnOnce(&mut Binding) -> R) -> Option<R> {
        self.by_id.get_mut(&id).map(|mut binding| change(&mut binding))
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
        let mut in_order = self.in_order.lock().unwrap_or_else(PoisonError::into_inner);
        in_order.retain(|id| self.by_id.contains_key(id));
    }
}
