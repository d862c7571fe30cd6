//! What the list and the page of a transaction both say of a notification.

use crate::domain::{AttemptResult, Notification, ResponseClass, SendMoment, SkipReason, Trigger, Variant};
use crate::page::Lang;

/// How an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum Failure {
    Status(u16),
    Timeout,
    Refused,
    Unreachable,
    Broken,
    NotSent,
}

impl Failure {
    fn of(result: &AttemptResult) -> Self {
        match result {
            AttemptResult::Responded { status, .. } => Self::Status(*status),
            AttemptResult::Failed { class: ResponseClass::Timeout, .. } => Self::Timeout,
            AttemptResult::Failed { class: ResponseClass::Unreachable, error } if error.contains("refused") => {
                Self::Refused
            }
            AttemptResult::Failed { class: ResponseClass::Unreachable, .. } => Self::Unreachable,
            AttemptResult::Failed { .. } => Self::Broken,
            AttemptResult::Skipped { .. } => Self::NotSent,
        }
    }

    /// How all attempts ended, the oldest first.
    pub(in crate::dashboard) fn all(notification: &Notification) -> Vec<Self> {
        notification.attempts.iter().map(|attempt| Self::of(&attempt.result)).collect()
    }

    /// How the last attempt ended.
    pub(in crate::dashboard) fn last(notification: &Notification) -> Option<Self> {
        notification.attempts.last().map(|attempt| Self::of(&attempt.result))
    }

    /// In brackets.
    pub(in crate::dashboard) fn short(self, lang: Lang) -> String {
        let (en, id) = match self {
            Self::Status(status) => return format!("HTTP {status}"),
            Self::Timeout => ("no answer in time", "tidak dijawab tepat waktu"),
            Self::Refused => ("connection refused", "koneksi ditolak"),
            Self::Unreachable => ("no connection", "tidak tersambung"),
            Self::Broken => ("connection broken", "koneksi terputus"),
            Self::NotSent => ("not sent", "tidak dikirim"),
        };
        lang.t(en, id).to_owned()
    }

    /// In half a sentence.
    pub(in crate::dashboard) fn long(self, lang: Lang) -> String {
        let (en, id) = match self {
            Self::Status(status) => {
                return lang.t(format!("your server answered {status}"), format!("server Anda menjawab {status}"));
            }
            Self::Timeout => ("your server did not answer in time", "server Anda tidak menjawab tepat waktu"),
            Self::Refused => ("the connection was refused", "koneksi ditolak"),
            Self::Unreachable => ("your server could not be reached", "server Anda tidak dapat dihubungi"),
            Self::Broken => ("the connection broke", "koneksi terputus"),
            Self::NotSent => ("it was not sent", "tidak dikirim"),
        };
        lang.t(en, id).to_owned()
    }
}

/// The retry that is due next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Retry {
    number: usize,
    of: usize,
    /// Why the last attempt failed.
    pub(in crate::dashboard) last: Failure,
}

impl Retry {
    /// None where the first attempt is still to come. What was sent by hand in between is no retry.
    pub(in crate::dashboard) fn next(notification: &Notification) -> Option<Self> {
        let attempts = notification.attempts.iter();
        let by_schedule: Vec<_> = attempts.filter(|attempt| attempt.trigger == Trigger::Scheduled).collect();
        let (number, last) = (by_schedule.len(), &by_schedule.last()?.result);
        Some(Self { number, of: notification.retries.retries_after(last).max(number), last: Failure::of(last) })
    }

    /// `retry 2 of 4`
    pub(in crate::dashboard) fn text(self, lang: Lang) -> String {
        let Self { number, of, .. } = self;
        lang.t(format!("retry {number} of {of}"), format!("percobaan ulang {number} dari {of}"))
    }
}

/// The number of the attempt that the merchant accepted.
pub(in crate::dashboard) fn accepted_attempt(notification: &Notification) -> u32 {
    let accepted = notification.attempts.iter().find(|attempt| attempt.result.is_delivered());
    accepted.map_or(1, |attempt| attempt.number)
}

pub(in crate::dashboard) fn variant(notification: &Notification) -> Variant {
    notification.rule_plan.as_ref().map_or(Variant::Plain, |rule_plan| rule_plan.plan.variant)
}

/// By its variant, or because fields were changed.
pub(in crate::dashboard) fn is_forged(notification: &Notification) -> bool {
    variant(notification).is_forged()
        || notification.rule_plan.as_ref().is_some_and(|rule_plan| !rule_plan.plan.edits.is_empty())
}

/// What a held notification waits for.
pub(in crate::dashboard) fn held_until(moment: SendMoment, lang: Lang) -> &'static str {
    match moment {
        SendMoment::AfterReturn => lang.t("held until the browser returns", "ditahan sampai browser kembali"),
        _ => lang.t("held until the next notification", "ditahan sampai notifikasi berikutnya"),
    }
}

/// Why a notification is not sent.
pub(in crate::dashboard) fn not_sent(reason: Option<&SkipReason>, lang: Lang) -> String {
    match reason {
        None => lang.t("not sent", "tidak dikirim").to_owned(),
        Some(SkipReason::DroppedByRule(rule)) => {
            lang.t(format!("not sent: dropped by rule {rule}"), format!("tidak dikirim karena aturan {rule}"))
        }
        Some(SkipReason::AddressNotAllowed(_)) => lang
            .t(
                "not sent: its address is not called (--allow-egress)",
                "tidak dikirim: alamatnya tidak dipanggil (--allow-egress)",
            )
            .to_owned(),
        Some(SkipReason::SubjectRemoved | SkipReason::RemovedForMemory) => {
            lang.t("not sent: removed to save memory", "tidak dikirim: dihapus untuk menghemat memori").to_owned()
        }
    }
}
