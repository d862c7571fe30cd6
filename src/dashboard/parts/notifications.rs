//! The notifications of a transaction or a binding, with every attempt.

use super::delivery::is_forged;
use super::query;
use super::time::Time;
use crate::diagram::{until, untrue};
use crate::domain::{Attempt, AttemptResult, Entry, EventKind, Notification, Trigger, Variant};
use crate::page::Lang;

pub(in crate::dashboard) struct NotificationView {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) kind: &'static str,
    pub(in crate::dashboard) state: &'static str,
    /// When the next attempt is due.
    pub(in crate::dashboard) due: Option<Time>,
    /// Why it is not sent.
    pub(in crate::dashboard) skipped: Option<String>,
    pub(in crate::dashboard) variant: Option<&'static str>,
    pub(in crate::dashboard) is_forged: bool,
    /// What is untrue in it.
    pub(in crate::dashboard) untrue: Vec<String>,
    pub(in crate::dashboard) rule: Option<String>,
    pub(in crate::dashboard) url: String,
    pub(in crate::dashboard) attempts: Vec<AttemptView>,
}

pub(in crate::dashboard) struct AttemptView {
    pub(in crate::dashboard) number: u32,
    /// The address of its message; none where the log no longer has it, or nothing was sent.
    pub(in crate::dashboard) href: Option<String>,
    pub(in crate::dashboard) at: Time,
    pub(in crate::dashboard) is_manual: bool,
    pub(in crate::dashboard) is_delivered: bool,
    pub(in crate::dashboard) result: String,
}

/// The notifications, with masked keys. `path` is the page with the diagram of `entries`.
pub(in crate::dashboard) fn notification_views(
    notifications: &[Notification],
    entries: &[Entry],
    path: &str,
    lang: Lang,
) -> Vec<NotificationView> {
    let view = |notification: &Notification| {
        let (variant, rule) = notification.variant_and_rule().unzip();
        let variant = variant.filter(|variant| *variant != Variant::Plain);
        let events: Vec<_> = notification.attempts.iter().map(|made| event_of(entries, notification, made)).collect();
        // What was true when its last attempt was sent.
        let before = events.last().copied().flatten().map_or(entries, |(_, sent_after)| until(entries, sent_after));
        NotificationView {
            id: notification.id.to_string(),
            kind: notification.kind.as_str(),
            state: notification.delivery.as_str(),
            due: notification.delivery.due().map(Time::full),
            skipped: notification.skip_reason().map(|reason| reason.to_string()),
            variant: variant.map(Variant::as_str),
            is_forged: is_forged(notification),
            untrue: untrue(notification, before, lang),
            // One that was sent by hand has no rule of a scenario behind it.
            rule: rule.filter(|_| notification.trigger != Trigger::Manual).map(|rule| rule.to_string()),
            url: notification.url.to_string(),
            attempts: notification
                .attempts
                .iter()
                .zip(&events)
                .map(|(made, event)| attempt(made, event.map(|(id, _)| id), path))
                .collect(),
        }
    };
    notifications.iter().map(view).collect()
}

/// The event of an attempt, and the last one before it was sent.
fn event_of(entries: &[Entry], of: &Notification, made: &Attempt) -> Option<(u64, u64)> {
    entries.iter().find_map(|entry| match &entry.event.kind {
        EventKind::NotificationAttempted { notification, attempt, sent_after, .. }
            if (*notification, *attempt) == (of.id, made.number) =>
        {
            Some((entry.event.id, *sent_after))
        }
        _ => None,
    })
}

fn attempt(attempt: &Attempt, event: Option<u64>, path: &str) -> AttemptView {
    let result = match &attempt.result {
        AttemptResult::Responded { status, .. } => format!("HTTP {status}"),
        AttemptResult::Failed { error, .. } => error.to_string(),
        AttemptResult::Skipped { reason } => reason.to_string(),
    };
    AttemptView {
        number: attempt.number,
        href: event.map(|event| query::arrow(path, event)),
        at: Time::full(attempt.at),
        is_manual: attempt.trigger == Trigger::Manual,
        is_delivered: attempt.result.is_delivered(),
        result,
    }
}
