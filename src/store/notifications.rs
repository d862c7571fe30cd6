//! The notifications and their attempts.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::Map;
use super::memory::{Memory, MemoryUse};
use crate::domain::{IMid, Notification, NotificationId};
use crate::locks::IgnorePoison;

/// How many numbers of removed notifications a queue may have, beside as many as there are notifications.
const MAX_OUTDATED: usize = 1_000;

/// The notifications.
#[derive(Debug)]
pub struct Notifications {
    by_id: Map<NotificationId, Notification>,
    next: AtomicU64,
    count: AtomicUsize,
    in_order: Mutex<VecDeque<NotificationId>>,
    /// In the order in which they ended: the first is removed when memory is needed.
    over: Mutex<VecDeque<NotificationId>>,
    max: usize,
    memory: Arc<Memory>,
}

impl Notifications {
    /// Keeps at most `max` notifications; beyond that the oldest are removed.
    pub fn new(max: usize, memory: Arc<Memory>) -> Self {
        Self {
            by_id: Map::default(),
            next: AtomicU64::new(1),
            count: AtomicUsize::new(0),
            in_order: Mutex::default(),
            over: Mutex::default(),
            max,
            memory,
        }
    }

    /// A new number.
    pub fn next_id(&self) -> NotificationId {
        NotificationId(self.next.fetch_add(1, Ordering::AcqRel))
    }

    /// Adds a notification.
    pub fn insert(&self, notification: Notification) {
        let (id, is_over) = (notification.id, notification.is_over());
        self.memory.resize(MemoryUse::Notifications, 0, notification.memory_size());
        self.by_id.insert(id, notification);
        let count = self.count.fetch_add(1, Ordering::AcqRel) + 1;
        if is_over {
            self.append(&self.over, id);
        }
        self.append(&self.in_order, id);
        if count > self.max {
            self.remove_oldest();
        }
    }

    /// Appends a number to a queue. Numbers of notifications that were removed stay in it until there are too many.
    fn append(&self, queue: &Mutex<VecDeque<NotificationId>>, id: NotificationId) {
        let mut queue = queue.lock().ignore_poison();
        queue.push_back(id);
        if queue.len() > 2 * self.count.load(Ordering::Acquire) + MAX_OUTDATED {
            queue.retain(|id| self.by_id.contains_key(id));
        }
    }

    fn remove(&self, id: NotificationId) -> Option<Notification> {
        let (_, gone) = self.by_id.remove(&id)?;
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.memory.resize(MemoryUse::Notifications, gone.memory_size(), 0);
        Some(gone)
    }

    fn remove_first(&self, queue: &Mutex<VecDeque<NotificationId>>) -> Option<Notification> {
        loop {
            let id = queue.lock().ignore_poison().pop_front()?;
            if let Some(gone) = self.remove(id) {
                return Some(gone);
            }
        }
    }

    /// Removes the notification that ended first. No notification may be locked.
    pub fn remove_oldest_over(&self) -> Option<Notification> {
        self.remove_first(&self.over)
    }

    /// Removes the oldest notification, even one that is still to be sent. No notification may be locked.
    pub fn remove_oldest(&self) -> Option<Notification> {
        self.remove_first(&self.in_order)
    }

    /// Reads one.
    pub fn read<R>(&self, id: NotificationId, look: impl FnOnce(&Notification) -> R) -> Option<R> {
        self.by_id.get(&id).map(|notification| look(&notification))
    }

    /// Changes one.
    pub fn update<R>(&self, id: NotificationId, change: impl FnOnce(&mut Notification) -> R) -> Option<R> {
        let (result, is_over_now) = {
            let mut notification = self.by_id.get_mut(&id)?;
            let (was_over, size) = (notification.is_over(), notification.memory_size());
            let result = change(&mut notification);
            self.memory.resize(MemoryUse::Notifications, size, notification.memory_size());
            (result, !was_over && notification.is_over())
        };
        if is_over_now {
            self.append(&self.over, id);
        }
        Some(result)
    }

    /// The ids of the matching ones, oldest first.
    pub fn ids(&self, matches: impl Fn(&Notification) -> bool) -> Vec<NotificationId> {
        let mut found: Vec<_> =
            self.by_id.iter().filter(|entry| matches(entry.value())).map(|entry| *entry.key()).collect();
        found.sort_unstable();
        found
    }

    /// Removes the notifications of one merchant, or all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.by_id.retain(|_, notification| {
            let is_kept = i_mid.is_some_and(|i_mid| notification.i_mid != *i_mid);
            if !is_kept {
                self.count.fetch_sub(1, Ordering::AcqRel);
                self.memory.resize(MemoryUse::Notifications, notification.memory_size(), 0);
            }
            is_kept
        });
        for ids in [&self.in_order, &self.over] {
            let mut ids = ids.lock().ignore_poison();
            ids.retain(|id| self.by_id.contains_key(id));
            ids.shrink_to_fit();
        }
    }
}
