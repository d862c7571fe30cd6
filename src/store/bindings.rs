//! The bindings, found by number and by the link to the lender's pages.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::Map;
use super::memory::{Memory, MemoryUse};
use crate::domain::{Binding, BindingId, IMid};
use crate::locks::IgnorePoison;

/// The bindings.
#[derive(Debug)]
pub struct Bindings {
    by_id: Map<BindingId, Binding>,
    by_link: Map<Arc<str>, BindingId>,
    next: AtomicU64,
    /// In the order of registration: the first is removed when room is needed.
    in_order: Mutex<VecDeque<BindingId>>,
    bytes: AtomicUsize,
    max: usize,
    memory: Arc<Memory>,
}

impl Bindings {
    /// Keeps at most `max` bindings and their share of the memory; beyond that the oldest are removed, whether they are
    /// open or not.
    pub fn new(max: usize, memory: Arc<Memory>) -> Self {
        Self {
            by_id: Map::default(),
            by_link: Map::default(),
            next: AtomicU64::new(1),
            in_order: Mutex::default(),
            bytes: AtomicUsize::new(0),
            max,
            memory,
        }
    }

    /// A new number.
    pub fn next_id(&self) -> BindingId {
        BindingId(self.next.fetch_add(1, Ordering::AcqRel))
    }

    /// Adds a binding. `before_visible` runs while it is locked, before others can see it.
    pub fn insert(&self, binding: Binding, before_visible: impl FnOnce(&Binding)) {
        let id = binding.id;
        self.by_link.insert(Arc::clone(&binding.link), id);
        let entry = self.by_id.entry(id);
        before_visible(&binding);
        self.resize(0, binding.memory_size());
        drop(entry.insert(binding));
        let mut in_order = self.in_order.lock().ignore_poison();
        in_order.push_back(id);
        let is_full = in_order.len() > self.max || self.bytes.load(Ordering::Relaxed) > self.memory.for_bindings();
        let oldest = if is_full { in_order.pop_front() } else { None };
        drop(in_order);
        if let Some(oldest) = oldest {
            self.remove(oldest);
        }
    }

    fn resize(&self, before: usize, after: usize) {
        // Wraps where it becomes smaller, as the addition does.
        self.bytes.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
        self.memory.resize(MemoryUse::Orders, before, after);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.in_order.lock().ignore_poison().len()
    }

    fn remove(&self, id: BindingId) {
        if let Some((_, gone)) = self.by_id.remove(&id) {
            self.resize(gone.memory_size(), 0);
            self.by_link.remove(&gone.link);
        }
    }

    /// Reads one.
    pub fn read<R>(&self, id: BindingId, look: impl FnOnce(&Binding) -> R) -> Option<R> {
        self.by_id.get(&id).map(|binding| look(&binding))
    }

    /// Changes one.
    pub fn update<R>(&self, id: BindingId, change: impl FnOnce(&mut Binding) -> R) -> Option<R> {
        let mut binding = self.by_id.get_mut(&id)?;
        let size = binding.memory_size();
        let result = change(&mut binding);
        self.resize(size, binding.memory_size());
        Some(result)
    }

    /// The binding with this link.
    pub fn find_by_link(&self, link: &str) -> Option<BindingId> {
        self.by_link.get(link).map(|id| *id)
    }

    /// The numbers of the matching ones, oldest first.
    pub fn list(&self, matches: impl Fn(&Binding) -> bool) -> Vec<BindingId> {
        let mut found: Vec<_> =
            self.by_id.iter().filter(|entry| matches(entry.value())).map(|entry| *entry.key()).collect();
        found.sort_unstable();
        found
    }

    /// Removes the bindings of one merchant, or all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        for id in self.list(|binding| i_mid.is_none_or(|i_mid| binding.i_mid == *i_mid)) {
            self.remove(id);
        }
        let mut in_order = self.in_order.lock().ignore_poison();
        in_order.retain(|id| self.by_id.contains_key(id));
    }
}
