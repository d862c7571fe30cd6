//! The notifications of a transaction or a binding, with every attempt.

use super::frame::instant;
use crate::control::Control;
use crate::domain::{Attempt, AttemptResult, Delivery, Notification, NotificationId, Trigger, Variant};

pub(super) struct NotificationView {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    /// When the next attempt is due.
    pub(super) due: Option<String>,
    pub(super) variant: Option<&'static str>,
    pub(super) rule: Option<String>,
    pub(super) url: String,
    pub(super) attempts: Vec<AttemptView>,
}

pub(super) struct AttemptView {
    pub(super) number: u32,
    pub(super) at: String,
    pub(super) is_manual: bool,
    pub(super) is_delivered: bool,
    pub(super) result: String,
}

pub(super) fn notifications(control: &Control, ids: &[NotificationId]) -> Vec<NotificationView> {
    let store = &control.engine.store().notifications;
    ids.iter().filter_map(|id| store.read(*id, notification)).collect()
}

fn notification(notification: &Notification) -> NotificationView {
    let due = match notification.delivery {
        Delivery::Scheduled { at } => Some(instant(at)),
        _ => None,
    };
    let (variant, rule) = notification.variant_and_rule().unzip();
    NotificationView {
        id: notification.id.to_string(),
        kind: notification.kind.as_str(),
        state: notification.delivery.as_str(),
        due,
        variant: variant.map(Variant::as_str),
        rule: rule.map(|rule| rule.to_string()),
        url: notification.url.to_string(),
        attempts: notification.attempts.iter().map(attempt).collect(),
    }
}

fn attempt(attempt: &Attempt) -> AttemptView {
    let result = match &attempt.result {
        AttemptResult::Responded { status, .. } => format!("HTTP {status}"),
        AttemptResult::Failed { error, .. } => error.to_string(),
        AttemptResult::Skipped { reason } => reason.to_string(),
    };
    AttemptView {
        number: attempt.number,
        at: instant(attempt.at),
        is_manual: attempt.trigger == Trigger::Manual,
        is_delivered: attempt.result.is_delivered(),
        result,
    }
}
