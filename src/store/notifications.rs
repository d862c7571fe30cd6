//! What merchants are told, and every attempt at it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Map;
use crate::domain::{IMid, Notification, NotificationId};

/// The notifications.
#[derive(Debug)]
pub struct Notifications {
    by_id: Map<NotificationId, Notification>,
    next: AtomicU64,
    in_order: Mutex<VecDeque<NotificationId>>,
    most: usize,
}

impl Notifications {
    /// Remembers at most `most` notifications.
    pub fn new(most: usize) -> Self {
        Self { by_id: Map::default(), next: AtomicU64::new(1), in_order: Mutex::default(), most }
    }

    /// A number nobody has had.
    pub fn next_id(&self) -> NotificationId {
        NotificationId(self.next.fetch_add(1, Ordering::AcqRel))
    }

    /// Remembers a notification.
    pub fn insert(&self, notification: Notification) {
        let id = notification.id;
        self.by_id.insert(id, notification);
        let mut in_order = self.in_order.lock().unwrap_or_else(PoisonError::into_inner);
        in_order.push_back(id);
        let oldest = if in_order.len() > self.most { in_order.pop_front() } else { None };
        drop(in_order);
        if let Some(oldest) = oldest {
            self.by_id.remove(&oldest);
        }
    }

    /// Looks at one.
    pub fn read<R>(&self, id: NotificationId, look: impl FnOnce(&Notification) -> R) -> Option<R> {
        self.by_id.get(&id).map(|notification| look(&notification))
    }

    /// Changes one.
    pub fn update<R>(&self, id: NotificationId, change: impl FnOnce(&mut Notification) -> R) -> Option<R> {
        self.by_id.get_mut(&id).map(|mut notification| change(&mut notification))
    }

    /// The matching ones, oldest first.
    pub fn list(&self, takes: impl Fn(&Notification) -> bool) -> Vec<Notification> {
        let mut found: Vec<_> =
            self.by_id.iter().filter(|entry| takes(entry.value())).map(|entry| entry.value().clone()).collect();
        found.sort_by_key(|notification| notification.id);
        found
    }

    /// Forgets one merchant's notifications, or all.
    pub fn forget(&self, i_mid: Option<&IMid>) {
        self.by_id.retain(|_, notification| i_mid.is_some_and(|i_mid| notification.i_mid != *i_mid));
        let mut in_order = self.in_order.lock().unwrap_or_else(PoisonError::into_inner);
        in_order.retain(|id| self.by_id.contains_key(id));
    }
}
