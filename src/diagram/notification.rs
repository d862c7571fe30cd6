//! The messages of an attempt to send a notification.

use std::sync::Arc;

use super::arrow::{Lane, Mark};
use super::message::{Message, notification};
use super::untrue::{until, untrue};
use crate::domain::{Entry, EventKind, Notification, NotificationId, NotificationKind, Trigger, Variant};
use crate::language::Lang;

/// The notification and the merchant's response. `true_notifications` are the true notifications so far.
pub(super) fn attempt_messages(
    entries: &[Entry],
    notifications: &[Notification],
    event: &EventKind,
    true_notifications: &mut Vec<NotificationKind>,
    lang: Lang,
) -> Vec<Message> {
    let EventKind::NotificationAttempted {
        notification: id,
        kind,
        attempt,
        trigger,
        sent_after,
        http_status,
        error,
        ..
    } = event
    else {
        return Vec::new();
    };
    let (variant, rule) = variant_and_rule(entries, *id);
    let sent = notifications.iter().find(|notification| notification.id == *id);
    let remarks = sent.map_or_else(Vec::new, |sent| untrue(sent, until(entries, *sent_after), lang));
    let is_forged = variant.is_some_and(Variant::is_forged) || !remarks.is_empty();
    let is_resent = *attempt > 1 || (!is_forged && true_notifications.contains(kind));
    if !is_forged {
        true_notifications.push(*kind);
    }
    let mut label = notification(*kind, lang);
    if let Some(variant) = variant.filter(|variant| *variant != Variant::Plain) {
        label = format!("{label}, {}", variant.as_str());
    }
    if *attempt > 1 {
        label = lang.t(format!("{label} (attempt {attempt})"), format!("{label} (percobaan {attempt})"));
    }
    if *trigger == Trigger::Manual {
        label.push_str(", manual");
    }
    let response = match (http_status, error) {
        (Some(200), _) => "200 OK".to_owned(),
        (Some(status), _) => format!("HTTP {status}"),
        (None, Some(error)) => lang.t(format!("no answer: {error}"), format!("tidak ada jawaban: {error}")),
        (None, None) => lang.t("no answer", "tidak ada jawaban").to_owned(),
    };
    // One that was sent by hand has no rule of a scenario behind it.
    let rule = rule.filter(|_| *trigger != Trigger::Manual).map(ToString::to_string);
    vec![
        Message::new(Lane::Nicepay, Lane::Merchant, label)
            .with_mark(Mark::Resent, is_resent)
            .with_mark(Mark::Forged, is_forged)
            .with_mark(Mark::Faulted, variant.is_some_and(Variant::is_faulted))
            .with_remarks(remarks)
            .with_rule(rule),
        Message::new(Lane::Merchant, Lane::Nicepay, response).with_mark(Mark::Failed, *http_status != Some(200)),
    ]
}

/// The variant of a notification and the rule behind it, from the event that planned it.
fn variant_and_rule(entries: &[Entry], id: NotificationId) -> (Option<Variant>, Option<&Arc<str>>) {
    let planned = entries.iter().find_map(|entry| match &entry.event.kind {
        EventKind::NotificationScheduled { notification, variant, rule, .. }
        | EventKind::NotificationHeld { notification, variant, rule, .. }
            if *notification == id =>
        {
            Some((*variant, rule.as_ref()))
        }
        _ => None,
    });
    planned.unwrap_or_default()
}
