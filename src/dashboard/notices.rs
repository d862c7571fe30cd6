//! The notifications of a transaction or a binding, and what became of them.

use super::frame::instant;
use crate::control::Control;
use crate::domain::{Attempt, AttemptResult, Delivery, Notification, NotificationId, Trigger, Variant};

/// A notification, and every attempt.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) next: Option<String>,
    pub(super) variant: Option<&'static str>,
    pub(super) rule: Option<String>,
    pub(super) url: String,
    pub(super) attempts: Vec<Tried>,
}

/// One attempt at notifying.
pub(super) struct Tried {
    pub(super) number: u32,
    pub(super) at: String,
    pub(super) by_hand: bool,
    pub(super) good: bool,
    pub(super) result: String,
}

/// Notifications by their numbers.
pub(super) fn told(control: &Control, ids: &[NotificationId]) -> Vec<Told> {
    let notices = &control.engine.store().notifications;
    ids.iter().filter_map(|id| notices.read(*id, one)).collect()
}

fn one(notice: &Notification) -> Told {
    let next = match notice.delivery {
        Delivery::Scheduled { at } => Some(instant(at)),
        _ => None,
    };
    let (variant, rule) = notice.variant_and_rule().unzip();
    Told {
        id: notice.id.to_string(),
        kind: notice.kind.as_str(),
        state: notice.delivery.as_str(),
        next,
        variant: variant.map(Variant::as_str),
        rule: rule.map(|rule| rule.to_string()),
        url: notice.url.to_string(),
        attempts: notice.attempts.iter().map(tried).collect(),
    }
}

fn tried(attempt: &Attempt) -> Tried {
    let result = match &attempt.result {
        AttemptResult::Responded { status, .. } => format!("HTTP {status}"),
        AttemptResult::Failed { error, .. } => error.to_string(),
        AttemptResult::Skipped { reason } => reason.to_string(),
    };
    Tried {
        number: attempt.number,
        at: instant(attempt.at),
        by_hand: attempt.trigger == Trigger::Manual,
        good: attempt.result.is_delivered(),
        result,
    }
}
