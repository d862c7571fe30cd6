//! Half sentences: how attempts ended, and how often.

use crate::dashboard::parts::{PageClock, held_until};
use crate::domain::{AttemptResult, Delivery, Notification, ResponseClass, Stage, Variant};
use crate::page::Lang;

/// What became of a notification that is told in half a sentence.
pub(super) fn result_text(notification: &Notification, clock: PageClock, lang: Lang) -> String {
    match notification.delivery {
        Delivery::Delivered => lang.t("was answered with 200", "dijawab 200").to_owned(),
        Delivery::Scheduled { at } if at > clock.now => {
            let at = clock.time_of(at);
            lang.t(format!("is due at {at}"), format!("dijadwalkan pukul {at}"))
        }
        Delivery::Scheduled { .. } => lang.t("is being sent", "sedang dikirim").to_owned(),
        Delivery::Held { .. } => {
            let held = held_until(notification, lang);
            lang.t(format!("is {held}"), held.to_owned())
        }
        Delivery::Skipped => lang.t("is not sent", "tidak dikirim").to_owned(),
        Delivery::Exhausted => match last_result(notification) {
            Some(AttemptResult::Responded { status, .. }) => {
                lang.t(format!("was answered with {status}"), format!("dijawab {status}"))
            }
            _ => lang.t("got no answer", "tidak dijawab").to_owned(),
        },
    }
}

pub(super) fn arrived(notification: &Notification, lang: Lang) -> String {
    let position = notification.attempts.iter().position(|attempt| attempt.result.is_delivered()).unwrap_or(0);
    if position == 0 {
        return lang.t(" The notification arrived (200).", " Notifikasi tiba (200).").to_owned();
    }
    let number = position + 1;
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
    let results: Vec<_> = notification.attempts.iter().map(|attempt| &attempt.result).collect();
    let Some(last) = last_result(notification) else {
        return lang.t("Every attempt failed", "Semua percobaan gagal").to_owned();
    };
    let n = results.len();
    if results.iter().all(|result| is_alike(result, last)) {
        return capitalized(&failure(last, n, lang));
    }
    let why = failure(last, 1, lang);
    lang.t(format!("{n} attempts failed, at last {why}"), format!("{n} percobaan gagal, yang terakhir {why}"))
}

/// How an attempt failed, in half a sentence. Where it did so several times, with their number.
pub(super) fn failure(result: &AttemptResult, n: usize, lang: Lang) -> String {
    let n = if n == 1 { String::new() } else { format!(" {}", times(n, lang)) };
    match result {
        AttemptResult::Responded { status, .. } => {
            lang.t(format!("your server answered {status}{n}"), format!("server Anda menjawab {status}{n}"))
        }
        AttemptResult::Failed { class: ResponseClass::Timeout, .. } => lang
            .t(format!("your server did not answer in time{n}"), format!("server Anda tidak menjawab tepat waktu{n}")),
        AttemptResult::Failed { class: ResponseClass::Unreachable, error } if error.contains("refused") => {
            lang.t(format!("the connection was refused{n}"), format!("koneksi ditolak{n}"))
        }
        AttemptResult::Failed { class: ResponseClass::Unreachable, .. } => {
            lang.t(format!("your server could not be reached{n}"), format!("server Anda tidak dapat dihubungi{n}"))
        }
        AttemptResult::Failed { .. } => lang.t(format!("the connection broke{n}"), format!("koneksi terputus{n}")),
        AttemptResult::Skipped { .. } => lang.t("it was not sent", "tidak dikirim").to_owned(),
    }
}

/// Whether two attempts failed in the same way.
fn is_alike(one: &AttemptResult, other: &AttemptResult) -> bool {
    match (one, other) {
        (AttemptResult::Responded { status: one, .. }, AttemptResult::Responded { status: other, .. }) => one == other,
        (AttemptResult::Failed { class: one, .. }, AttemptResult::Failed { class: other, .. }) => one == other,
        _ => false,
    }
}

pub(super) fn last_result(notification: &Notification) -> Option<&AttemptResult> {
    notification.attempts.last().map(|attempt| &attempt.result)
}

pub(super) fn is_delivered(notification: &Notification) -> bool {
    notification.delivery == Delivery::Delivered
}

pub(super) fn variant(notification: &Notification) -> Variant {
    notification.rule_plan.as_ref().map_or(Variant::Plain, |rule_plan| rule_plan.plan.variant)
}

/// By its variant, or because fields were changed.
pub(super) fn is_forged(notification: &Notification) -> bool {
    variant(notification).is_forged()
        || notification.rule_plan.as_ref().is_some_and(|rule_plan| !rule_plan.plan.edits.is_empty())
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

fn ordinal(n: usize) -> Option<&'static str> {
    ["first", "second", "third", "fourth", "fifth", "sixth"].get(n.checked_sub(1)?).copied()
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
