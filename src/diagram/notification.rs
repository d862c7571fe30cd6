//! The messages of an attempt to send a notification.

use super::arrow::{Lane, Mark};
use super::message::{Message, notification};
use crate::domain::{Entry, EventKind, NotificationId, NotificationKind, Trigger, Variant};
use crate::language::Lang;

/// The notification and the merchant's response. `true_notifications` are the true notifications so far.
pub(super) fn attempt_messages(
    entries: &[Entry],
    event: &EventKind,
    true_notifications: &mut Vec<NotificationKind>,
    lang: Lang,
) -> Vec<Message> {
    let EventKind::NotificationAttempted { notification: id, kind, attempt, trigger, http_status, error, .. } = event
    else {
        return Vec::new();
    };
    let variant = variant_of(entries, *id);
    let is_forged = variant.is_some_and(Variant::is_forged);
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
    vec![
        Message::new(Lane::Nicepay, Lane::Merchant, label)
            .with_mark(Mark::Resent, is_resent)
            .with_mark(Mark::Forged, is_forged)
            .with_mark(Mark::Faulted, variant.is_some_and(Variant::is_faulted)),
        Message::new(Lane::Merchant, Lane::Nicepay, response).with_mark(Mark::Refused, *http_status != Some(200)),
    ]
}

/// The variant of a notification, from the event that scheduled it.
fn variant_of(entries: &[Entry], id: NotificationId) -> Option<Variant> {
    entries.iter().find_map(|entry| match &entry.event.kind {
        EventKind::NotificationScheduled { notification, variant, .. }
        | EventKind::NotificationHeld { notification, variant, .. }
            if *notification == id =>
        {
            *variant
        }
        _ => None,
    })
}
