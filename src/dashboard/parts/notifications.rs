//! The notifications of a transaction or a binding, with every attempt.

use super::frame::instant;
use crate::control::Control;
use crate::domain::{Attempt, AttemptResult, Delivery, Notification, NotificationId, Trigger, Variant};

pub(in crate::dashboard) struct NotificationView {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) kind: &'static str,
    pub(in crate::dashboard) state: &'static str,
    /// When the next attempt is due.
    pub(in crate::dashboard) due: Option<String>,
    /// Why it is not sent.
    pub(in crate::dashboard) skipped: Option<String>,
    pub(in crate::dashboard) variant: Option<&'static str>,
    pub(in crate::dashboard) rule: Option<String>,
    pub(in crate::dashboard) url: String,
    pub(in crate::dashboard) attempts: Vec<AttemptView>,
}

pub(in crate::dashboard) struct AttemptView {
    pub(in crate::dashboard) number: u32,
    pub(in crate::dashboard) at: String,
    pub(in crate::dashboard) is_manual: bool,
    pub(in crate::dashboard) is_delivered: bool,
    pub(in crate::dashboard) result: String,
}

pub(in crate::dashboard) fn notifications(control: &Control, ids: &[NotificationId]) -> Vec<NotificationView> {
    let store = &control.engine.store().notifications;
    let found = ids.iter().filter_map(|id| store.read(*id, Notification::clone)).collect::<Vec<_>>();
    control.engine.shown(found).iter().map(notification).collect()
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
        skipped: notification.skip_reason().map(|reason| reason.to_string()),
        variant: variant.map(Variant::as_str),
        rule: rule.map(|rule| rule.to_string()),
        url: notification.url.to_string(),
        attempts: notification.attempts.iter().map(|made| attempt(made)).collect(),
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
