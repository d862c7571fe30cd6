//! The attempts to send notifications, as `delivery` reports them.

use std::sync::Arc;

use crate::clock::{Timestamp, later};
use crate::domain::{Attempt, AttemptResult, Delivery, EventKind, Notification, NotificationId, SkipReason, Trigger};
use crate::engine::Engine;
use crate::store::{Subject, Work};

/// When an attempt began.
#[derive(Clone, Copy, Debug)]
pub struct AttemptStart {
    at: Timestamp,
    /// The newest event then.
    after: u64,
}

impl Engine {
    /// Begins an attempt.
    pub fn start_attempt(&self) -> AttemptStart {
        AttemptStart { at: self.now(), after: self.store.log.last() }
    }

    /// Keeps the form of a notification, so that every attempt sends the same bytes. Returns whether the notification
    /// still exists.
    pub fn keep_notification_body(&self, id: NotificationId, body: &Arc<str>) -> bool {
        self.store.notifications.update(id, |notification| notification.body = Some(Arc::clone(body))).is_some()
    }

    /// Records the result of an attempt, and schedules the next one where there is one. `requested` is what caused the
    /// attempt: the schedule, or a manual request to send it again.
    pub fn record_attempt(&self, id: NotificationId, requested: Trigger, start: AttemptStart, result: AttemptResult) {
        self.store.notifications.update(id, |notification| {
            let trigger = if requested == Trigger::Scheduled { notification.trigger } else { requested };
            let number = u32::try_from(notification.attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
            let attempt = Attempt { number, at: start.at, trigger, result };
            self.log_attempt(notification, start, &attempt);
            notification.attempts.push(Arc::new(attempt));
            self.set_delivery_after_attempt(notification, requested);
        });
        self.make_room(0);
    }

    /// Logs that a notification was removed to make room, where it was still to be sent.
    pub(in crate::engine) fn log_removal(&self, gone: &Notification) {
        if !gone.is_over() {
            let event = EventKind::NotificationSkipped {
                notification: gone.id,
                kind: gone.kind,
                reason: SkipReason::RemovedForMemory,
            };
            self.log(subject_of(gone), event);
        }
    }

    /// Logs to the terminal what was not delivered.
    fn log_attempt(&self, notification: &Notification, start: AttemptStart, attempt: &Attempt) {
        let (http_status, error) = match &attempt.result {
            AttemptResult::Skipped { reason } => {
                let (id, kind, reason) = (notification.id, notification.kind, reason.clone());
                let event = EventKind::NotificationSkipped { notification: id, kind, reason };
                self.log(subject_of(notification), event);
                return;
            }
            AttemptResult::Responded { status, .. } => (Some(*status), None),
            AttemptResult::Failed { error, .. } => (None, Some(error.clone())),
        };
        let event = EventKind::NotificationAttempted {
            notification: notification.id,
            kind: notification.kind,
            attempt: attempt.number,
            trigger: attempt.trigger,
            sent_at: start.at,
            sent_after: start.after,
            http_status,
            error,
        };
        self.log(subject_of(notification), event);
    }

    fn set_delivery_after_attempt(&self, notification: &mut Notification, requested: Trigger) {
        let Some(last) = notification.attempts.last().map(Arc::clone) else { return };
        let Attempt { number, trigger, result, .. } = &*last;
        let (id, kind, number) = (notification.id, notification.kind, *number);
        if result.is_delivered() {
            notification.delivery = Delivery::Delivered;
            let event = EventKind::NotificationDelivered { notification: id, kind, attempt: number };
            self.log(subject_of(notification), event);
            return;
        }
        // A manual attempt changes no schedule; and what was delivered or withdrawn has none.
        if requested == Trigger::Manual || !matches!(notification.delivery, Delivery::Scheduled { .. }) {
            return;
        }
        if matches!(result, AttemptResult::Skipped { .. }) {
            notification.delivery = Delivery::Skipped;
            return;
        }
        // A manual notification has no retries.
        let scheduled = notification.attempts.iter().filter(|attempt| attempt.trigger == Trigger::Scheduled).count();
        let delay = match trigger {
            Trigger::Scheduled => notification.retries.delay_after(scheduled, result),
            Trigger::Manual => None,
        };
        if let Some(delay) = delay {
            let at = later(self.now(), delay);
            notification.delivery = Delivery::Scheduled { at };
            self.store.schedule.plan(at, Work::Send(id, notification.plan));
        } else {
            notification.delivery = Delivery::Exhausted;
            let event = EventKind::NotificationExhausted { notification: id, kind, attempts: number };
            self.log(subject_of(notification), event);
        }
    }
}

pub(super) fn subject_of(notification: &Notification) -> Subject {
    Subject {
        i_mid: Some(notification.i_mid.clone()),
        t_xid: notification.t_xid().cloned(),
        reference_no: Some(notification.reference_no.clone()),
    }
}
