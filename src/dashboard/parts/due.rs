//! What is still to come: when, in words that a script keeps up to date, and the notifications that are due.

use super::Frame;
use crate::clock::Timestamp;
use crate::diagram::duration_text;
use crate::domain::{Delivery, Notification, SendMoment, Variant, WIB};
use crate::page::Lang;
use crate::protocol::clock_time;

/// How many of them a diagram shows. A rule may ask for a thousand.
const MAX_SHOWN: usize = 5;

/// The clock of a page.
#[derive(Clone, Copy, Debug)]
pub(in crate::dashboard) struct PageClock {
    pub(in crate::dashboard) now: Timestamp,
    pub(in crate::dashboard) is_stopped: bool,
}

impl PageClock {
    pub(in crate::dashboard) fn of(frame: &Frame, now: Timestamp) -> Self {
        Self { now, is_stopped: frame.is_clock_stopped }
    }

    /// The time of day in WIB, with the date where it is another day.
    pub(in crate::dashboard) fn time_of(self, at: Timestamp) -> String {
        let (day, today) = (WIB.to_datetime(at).date(), WIB.to_datetime(self.now).date());
        if day == today { format!("{} WIB", clock_time(at)) } else { format!("{day} {} WIB", clock_time(at)) }
    }

    /// For the script that counts down; none while the clock is stopped.
    pub(in crate::dashboard) fn countdown(self, at: Timestamp) -> Option<i64> {
        (!self.is_stopped).then(|| at.as_millisecond())
    }

    /// `in 38 s`, or the time where the clock is stopped.
    pub(in crate::dashboard) fn until(self, at: Timestamp, lang: Lang) -> String {
        if self.is_stopped {
            return self.stopped_at(at, lang);
        }
        // A second that has begun counts, as in the script.
        let left = at.duration_since(self.now) + jiff::SignedDuration::from_millis(999);
        let left = duration_text(left, lang);
        lang.t(format!("in {left}"), format!("dalam {left}"))
    }

    fn stopped_at(self, at: Timestamp, lang: Lang) -> String {
        let at = self.time_of(at);
        lang.t(format!("at {at} (clock stopped)"), format!("pukul {at} (jam berhenti)"))
    }
}

/// A notification that is still to come.
pub(in crate::dashboard) struct DueView {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) label: String,
    /// When, or what it waits for.
    pub(in crate::dashboard) when: String,
    /// The time in milliseconds since 1970, for the script that counts down.
    pub(in crate::dashboard) countdown: Option<i64>,
    /// Whether it can be delivered now: it is not being sent already.
    pub(in crate::dashboard) can_deliver: bool,
}

/// The notifications that are still to come, the next first, and how many more there are.
pub(in crate::dashboard) fn due(notifications: &[Notification], clock: PageClock, lang: Lang) -> (Vec<DueView>, usize) {
    let mut due: Vec<_> = notifications.iter().filter(|notification| !notification.is_over()).collect();
    let time = |notification: &Notification| match notification.delivery {
        Delivery::Scheduled { at } => at,
        _ => Timestamp::MAX,
    };
    due.sort_by_key(|notification| (time(notification), notification.id));
    let more = due.len().saturating_sub(MAX_SHOWN);
    (due.into_iter().take(MAX_SHOWN).map(|notification| view(notification, clock, lang)).collect(), more)
}

fn view(notification: &Notification, clock: PageClock, lang: Lang) -> DueView {
    let (when, countdown, can_deliver) = match notification.delivery {
        Delivery::Scheduled { at } if at <= clock.now => (lang.t("being sent", "sedang dikirim").into(), None, false),
        Delivery::Scheduled { at } if clock.is_stopped => {
            let when = clock.stopped_at(at, lang);
            (lang.t(format!("due {when}"), format!("dijadwalkan {when}")), None, true)
        }
        Delivery::Scheduled { at } => {
            let when = clock.time_of(at);
            (lang.t(format!("due at {when}"), format!("dijadwalkan pukul {when}")), clock.countdown(at), true)
        }
        _ => (held_until(notification, lang).to_owned(), None, true),
    };
    DueView { id: notification.id.to_string(), label: label(notification, lang), when, countdown, can_deliver }
}

/// What a held notification waits for.
pub(in crate::dashboard) fn held_until(notification: &Notification, lang: Lang) -> &'static str {
    match notification.moment() {
        SendMoment::AfterReturn => lang.t("held until the browser returns", "ditahan sampai browser kembali"),
        _ => lang.t("held until the next notification", "ditahan sampai notifikasi berikutnya"),
    }
}

fn label(notification: &Notification, lang: Lang) -> String {
    let kind = notification.kind.as_str();
    let mut label = lang.t(format!("notification {kind}"), format!("notifikasi {kind}"));
    let variant = notification.variant_and_rule().map(|(variant, _)| variant);
    if let Some(variant) = variant.filter(|variant| *variant != Variant::Plain) {
        label = format!("{label}, {}", variant.as_str());
    }
    if !notification.attempts.is_empty() {
        let attempt = notification.attempts.len() + 1;
        label = lang.t(format!("{label} (attempt {attempt})"), format!("{label} (percobaan {attempt})"));
    }
    label
}
