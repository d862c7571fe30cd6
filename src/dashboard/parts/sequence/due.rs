//! The notifications that are still to come: when, in words that a script keeps up to date.

use crate::clock::Timestamp;
use crate::dashboard::parts::delivery::{held_until, variant};
use crate::dashboard::parts::sentence::Sentence;
use crate::dashboard::parts::time::PageClock;
use crate::domain::{Delivery, Notification, Variant};
use crate::page::Lang;

/// How many of them a diagram shows. A rule may ask for a thousand.
const MAX_SHOWN: usize = 5;

/// A notification that is still to come.
pub(in crate::dashboard) struct DueView {
    pub(in crate::dashboard) id: String,
    /// The number of the next attempt.
    pub(in crate::dashboard) attempt: usize,
    pub(in crate::dashboard) label: String,
    /// When, or what it waits for.
    pub(in crate::dashboard) when: Sentence,
    /// Whether it can be delivered now: it is not being sent already.
    pub(in crate::dashboard) can_deliver: bool,
}

/// The notifications that are still to come, the next first, and how many more there are.
pub(in crate::dashboard) fn due(notifications: &[Notification], clock: PageClock, lang: Lang) -> (Vec<DueView>, usize) {
    let mut due: Vec<_> = notifications.iter().filter(|notification| !notification.is_over()).collect();
    let time = |notification: &Notification| notification.delivery.due().unwrap_or(Timestamp::MAX);
    due.sort_by_key(|notification| (time(notification), notification.id));
    let more = due.len().saturating_sub(MAX_SHOWN);
    (due.into_iter().take(MAX_SHOWN).map(|notification| view(notification, clock, lang)).collect(), more)
}

fn view(notification: &Notification, clock: PageClock, lang: Lang) -> DueView {
    let (when, can_deliver) = match notification.delivery {
        Delivery::Scheduled { at } if at <= clock.now => (Sentence::of(lang.t("being sent", "sedang dikirim")), false),
        Delivery::Scheduled { at } => {
            (Sentence::with_time(lang.t("due ", "dijadwalkan "), clock.until(at, lang), ""), true)
        }
        _ => (Sentence::of(held_until(notification.moment(), lang)), true),
    };
    let attempt = notification.attempts.len() + 1;
    DueView { id: notification.id.to_string(), attempt, label: label(notification, attempt, lang), when, can_deliver }
}

fn label(notification: &Notification, attempt: usize, lang: Lang) -> String {
    let kind = notification.kind.as_str();
    let mut label = lang.t(format!("notification {kind}"), format!("notifikasi {kind}"));
    let variant = variant(notification);
    if variant != Variant::Plain {
        label = format!("{label}, {}", variant.as_str());
    }
    if attempt > 1 {
        label = lang.t(format!("{label} (attempt {attempt})"), format!("{label} (percobaan {attempt})"));
    }
    label
}
