//! Half sentences: how attempts ended, and how often.

use crate::dashboard::parts::{Failure, PageClock, accepted_attempt, held_until};
use crate::domain::{Delivery, Notification, Stage};
use crate::page::Lang;

/// What became of a notification that is told in half a sentence.
pub(super) fn result_text(notification: &Notification, clock: PageClock, lang: Lang) -> String {
    match notification.delivery {
        Delivery::Delivered => lang.t("was answered with 200", "dijawab 200").to_owned(),
        Delivery::Scheduled { at } if at > clock.now => {
            let at = clock.time_of(at).text();
            lang.t(format!("is due at {at}"), format!("dijadwalkan pukul {at}"))
        }
        Delivery::Scheduled { .. } => lang.t("is being sent", "sedang dikirim").to_owned(),
        Delivery::Held { .. } => {
            let held = held_until(notification.moment(), lang);
            lang.t(format!("is {held}"), held.to_owned())
        }
        Delivery::Skipped => lang.t("is not sent", "tidak dikirim").to_owned(),
        Delivery::Exhausted => match Failure::last(notification) {
            Some(Failure::Status(status)) => lang.t(format!("was answered with {status}"), format!("dijawab {status}")),
            _ => lang.t("got no answer", "tidak dijawab").to_owned(),
        },
    }
}

pub(super) fn arrived(notification: &Notification, lang: Lang) -> String {
    let number = accepted_attempt(notification);
    if number == 1 {
        return lang.t(" The notification arrived (200).", " Notifikasi tiba (200).").to_owned();
    }
    let attempt = match ordinal(number) {
        Some(ordinal) => format!("the {ordinal} attempt"),
        None => format!("attempt {number}"),
    };
    lang.t(
        format!(" The notification arrived (200) at {attempt}."),
        format!(" Notifikasi tiba (200) pada percobaan ke-{number}."),
    )
}

/// What the failed attempts have in common, or how the last one failed.
pub(super) fn failures(notification: &Notification, lang: Lang) -> String {
    let all = Failure::all(notification);
    let Some(last) = all.last() else {
        return lang.t("Every attempt failed", "Semua percobaan gagal").to_owned();
    };
    let (n, why) = (all.len(), last.long(lang));
    if n == 1 {
        return capitalized(&why);
    }
    if all.iter().all(|failure| failure == last) {
        return capitalized(&format!("{why} {}", times(n, lang)));
    }
    lang.t(format!("{n} attempts failed, at last {why}"), format!("{n} percobaan gagal, yang terakhir {why}"))
}

pub(super) fn is_delivered(notification: &Notification) -> bool {
    notification.delivery == Delivery::Delivered
}

/// Whether there is a notification about this stage.
pub(super) fn is_notified(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Approved { .. } | Stage::Cancelled { .. } | Stage::Declined { .. } | Stage::UnderReview { .. }
    )
}

pub(super) fn times(n: usize, lang: Lang) -> String {
    let en = match n {
        1 => "once",
        2 => "twice",
        3 => "three times",
        4 => "four times",
        5 => "five times",
        6 => "six times",
        _ => "",
    };
    let en = if en.is_empty() { format!("{n} times") } else { en.to_owned() };
    lang.t(en, format!("{n} kali"))
}

fn ordinal(n: u32) -> Option<&'static str> {
    ["first", "second", "third", "fourth", "fifth", "sixth"].get(usize::try_from(n).ok()?.checked_sub(1)?).copied()
}

pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
