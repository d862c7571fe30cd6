//! The notifications and their attempts.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Map;
use crate::domain::{IMid, Notification, NotificationId};
use crate::locks::IgnorePoison;

/// The notifications.
#[derive(Debug)]
pub struct Notifications {
    by_id: Map<NotificationId, Notification>,
    next: AtomicU64,
    in_order: Mutex<VecDeque<NotificationId>>,
    max: usize,
}

impl Notifications {
    /// Keeps at most `max` notifications; beyond that the oldest are removed.
    pub fn new(max: usize) -> Self {
        Self { by_id: Map::default(), next: AtomicU64::new(1), in_order: Mutex::default(), max }
    }

    /// A new number.
    pub fn next_id(&self) -> NotificationId {
        NotificationId(self.next.fetch_add(1, Ordering::AcqRel))
    }

    /// Adds a notification.
    pub fn insert(&self, notification: Notification) {
        let id = notification.id;
        self.by_id.insert(id, notification);
        let mut in_order = self.in_order.lock().ignore_poison();
        in_order.push_back(id);
        let oldest = if in_order.len() > self.max { in_order.pop_front() } else { None };
        drop(in_order);
        if let Some(oldest) = oldest {
            self.by_id.remove(&oldest);
        }
    }

    /// Reads one.
    pub fn read<R>(&self, id: NotificationId, look: impl FnOnce(&Notification) -> R) -> Option<R> {
        self.by_id.get(&id).map(|notification| look(&notification))
    }

    /// Changes one.
    pub fn update<R>(&self, id: NotificationId, change: impl FnOnce(&mut Notification) -> R) -> Option<R> {
        self.by_id.get_mut(&id).map(|mut notification| change(&mut notification))
    }

    /// The matching ones, oldest first.
    pub fn list(&self, matches: impl Fn(&Notification) -> bool) -> Vec<Notification> {
        let mut found: Vec<_> =
            self.by_id.iter().filter(|entry| matches(entry.value())).map(|entry| entry.value().clone()).collect();
        found.sort_by_key(|notification| notification.id);
        found
    }

    /// Removes the notifications of one merchant, or all.
    pub fn reset(&self, i_mid: Option<&IMid>) {
        self.by_id.retain(|_, notification| i_mid.is_some_and(|i_mid| notification.i_mid != *i_mid));
        let mut in_order = self.in_order.lock().ignore_poison();
        in_order.retain(|id| self.by_id.contains_key(id));
    }
}
