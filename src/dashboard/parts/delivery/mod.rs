//! How the notification of a payment stands, in a few words. Pure: computed from its notifications and the time.

use std::sync::Arc;

use super::span::span;
use crate::clock::Timestamp;
use crate::domain::{
    AttemptResult, Delivery, Notification, NotificationKind, ResponseClass, SendMoment, SkipReason, Trigger, Variant,
};
use crate::page::Lang;

/// How the delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum DeliveryState {
    /// The merchant accepted it.
    Delivered,
    /// An attempt is scheduled.
    Pending,
    /// No further attempt will be made.
    Failed,
    /// It waits for another event, because of a rule.
    Held,
    /// It is not sent.
    Skipped,
    /// There is no notification.
    None,
}

impl DeliveryState {
    /// Every state.
    pub(in crate::dashboard) const ALL: [Self; 6] =
        [Self::Delivered, Self::Pending, Self::Failed, Self::Held, Self::Skipped, Self::None];

    /// Its name in addresses and in `data-delivery`.
    pub(in crate::dashboard) const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Skipped => "skipped",
            Self::None => "none",
        }
    }

    /// Its name in a selection.
    pub(in crate::dashboard) const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Delivered => ("delivered", "terkirim"),
            Self::Pending => ("pending", "menunggu dikirim"),
            Self::Failed => ("gave up", "gagal terkirim"),
            Self::Held => ("held", "ditahan"),
            Self::Skipped => ("not sent", "tidak dikirim"),
            Self::None => ("no notification", "tanpa notifikasi"),
        }
    }

    fn of(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Delivered => Self::Delivered,
            Delivery::Scheduled { .. } => Self::Pending,
            Delivery::Exhausted => Self::Failed,
            Delivery::Held { .. } => Self::Held,
            Delivery::Skipped => Self::Skipped,
        }
    }
}

/// Notifications of a payment that are forged, repeated or sent unusually on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Unusual {
    pub(in crate::dashboard) variant: Variant,
    /// The rule that asks for it.
    pub(in crate::dashboard) rule: Arc<str>,
    /// How many notifications are sent so.
    pub(in crate::dashboard) count: usize,
}

/// A text that can have a countdown in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dashboard) struct Sentence {
    pub(in crate::dashboard) before: String,
    /// How long it takes until the next attempt.
    pub(in crate::dashboard) wait: String,
    pub(in crate::dashboard) after: String,
}

/// How the notification of a payment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct DeliverySummary {
    pub(in crate::dashboard) state: DeliveryState,
    /// What is unusual on purpose, in the order of the notifications.
    pub(in crate::dashboard) unusual: Vec<Unusual>,
    /// When the next attempt is due.
    pub(in crate::dashboard) due: Option<Timestamp>,
    now: Timestamp,
    facts: Facts,
}

/// What the sentence says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Facts {
    Nothing,
    /// Which attempt was accepted, how many notifications about the same were, and how many there are.
    Delivered {
        attempt: u32,
        delivered: usize,
        all: usize,
    },
    First,
    Retry {
        retry: usize,
        of: usize,
        last: Last,
    },
    GaveUp {
        attempts: usize,
        last: Last,
    },
    Held {
        moment: SendMoment,
        rule: Arc<str>,
    },
    Skipped(Option<SkipReason>),
}

/// The result of the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Status(u16),
    Timeout,
    Unreachable,
    Broken,
    NotSent,
}

impl DeliverySummary {
    /// Sums up the notifications of a payment, in their order.
    ///
    /// The newest report that is true counts, because the merchant waits for that: of a review and its result, the result.
    /// A forged one counts only where there is no other.
    pub(in crate::dashboard) fn new(notifications: &[Notification], now: Timestamp) -> Self {
        let newest = notifications.iter().rev().find(|notification| !is_forged(notification));
        let about: Option<(NotificationKind, bool)> =
            newest.or(notifications.last()).map(|newest| (newest.kind, is_forged(newest)));
        let same: Vec<_> = notifications.iter().filter(|other| about == Some((other.kind, is_forged(other)))).collect();
        // Where it was sent several times, the best result counts: one copy that arrived is enough.
        let rank = |notification: &&&Notification| match DeliveryState::of(notification.delivery) {
            DeliveryState::Delivered => (0, None),
            DeliveryState::Pending => (1, due(notification)),
            DeliveryState::Held => (2, None),
            DeliveryState::Failed => (3, None),
            DeliveryState::Skipped | DeliveryState::None => (4, None),
        };
        let unusual = unusual(notifications);
        let Some(told) = same.iter().min_by_key(rank) else {
            return Self { state: DeliveryState::None, unusual, due: None, now, facts: Facts::Nothing };
        };
        let state = DeliveryState::of(told.delivery);
        let delivered = same.iter().filter(|copy| copy.delivery == Delivery::Delivered).count();
        Self { state, unusual, due: due(told), now, facts: facts(told, delivered, same.len()) }
    }

    /// The sentence in two parts, with the time until the next attempt between them.
    pub(in crate::dashboard) fn sentence(&self, lang: Lang) -> Sentence {
        let is_due = self.due.is_none_or(|due| due <= self.now);
        let wait = self.due.filter(|_| !is_due).map(|due| span(self.now, due, lang)).unwrap_or_default();
        let whole = |text: String| Sentence { before: text, ..Sentence::default() };
        match &self.facts {
            Facts::Nothing => whole(lang.t("no notification", "belum ada notifikasi").to_owned()),
            Facts::Delivered { delivered, all, .. } if *all > 1 => {
                whole(lang.t(format!("delivered {delivered} of {all}"), format!("terkirim {delivered} dari {all}")))
            }
            Facts::Delivered { attempt: 0 | 1, .. } => whole(lang.t("delivered", "terkirim").to_owned()),
            Facts::Delivered { attempt, .. } => whole(
                lang.t(format!("delivered at attempt {attempt}"), format!("terkirim pada percobaan ke-{attempt}")),
            ),
            Facts::First if is_due => {
                whole(lang.t("first attempt is due now", "percobaan pertama jatuh tempo sekarang").to_owned())
            }
            Facts::First => Sentence {
                before: lang.t("first attempt in ", "percobaan pertama dalam ").to_owned(),
                wait,
                after: String::new(),
            },
            Facts::Retry { retry, of, last } => {
                let retry = lang.t(format!("retry {retry} of {of}"), format!("percobaan ulang {retry} dari {of}"));
                let after = format!(" ({})", last.text(lang));
                if is_due {
                    return whole(format!("{retry} {}{after}", lang.t("is due now", "jatuh tempo sekarang")));
                }
                Sentence { before: format!("{retry} {} ", lang.t("in", "dalam")), wait, after }
            }
            Facts::GaveUp { attempts, last } => {
                let (last, attempt) = (last.text(lang), if *attempts == 1 { "attempt" } else { "attempts" });
                whole(lang.t(
                    format!("gave up after {attempts} {attempt} ({last})"),
                    format!("berhenti setelah {attempts} percobaan ({last})"),
                ))
            }
            Facts::Held { moment, rule } => whole(held(*moment, rule, lang)),
            Facts::Skipped(reason) => whole(skipped(reason.as_ref(), lang)),
        }
    }

    /// The sentence as one text.
    #[cfg(test)]
    pub(in crate::dashboard) fn text(&self, lang: Lang) -> String {
        let Sentence { before, wait, after } = self.sentence(lang);
        format!("{before}{wait}{after}")
    }
}

impl Unusual {
    /// `forged: changed-status`, `repeated 3 times`, `on purpose: late`.
    pub(in crate::dashboard) fn text(&self, lang: Lang) -> String {
        let (name, count) = (self.variant.as_str(), self.count);
        if self.variant == Variant::Duplicate {
            return lang.t(format!("sent {count} times on purpose"), format!("sengaja dikirim {count} kali"));
        }
        let times = if count > 1 { format!(" ×{count}") } else { String::new() };
        if self.variant.is_forged() {
            return lang.t(format!("forged: {name}{times}"), format!("palsu: {name}{times}"));
        }
        lang.t(format!("on purpose: {name}{times}"), format!("disengaja: {name}{times}"))
    }
}

fn is_forged(notification: &Notification) -> bool {
    notification.rule_plan.as_ref().is_some_and(|rule_plan| rule_plan.plan.variant.is_forged())
}

fn due(notification: &Notification) -> Option<Timestamp> {
    match notification.delivery {
        Delivery::Scheduled { at } => Some(at),
        _ => None,
    }
}

fn unusual(notifications: &[Notification]) -> Vec<Unusual> {
    let mut all: Vec<Unusual> = Vec::new();
    for (variant, rule) in notifications.iter().filter_map(Notification::variant_and_rule) {
        if variant == Variant::Plain {
            continue;
        }
        match all.iter_mut().find(|known| known.variant == variant && known.rule == rule) {
            Some(known) => known.count += 1,
            None => all.push(Unusual { variant, rule, count: 1 }),
        }
    }
    all
}

fn facts(notification: &Notification, delivered: usize, all: usize) -> Facts {
    match notification.delivery {
        Delivery::Delivered => {
            let accepted = notification.attempts.iter().find(|attempt| attempt.result.is_delivered());
            Facts::Delivered { attempt: accepted.map_or(0, |attempt| attempt.number), delivered, all }
        }
        Delivery::Scheduled { .. } => {
            // What was sent by hand in between is no retry.
            let attempts = notification.attempts.iter();
            let mut by_schedule = attempts.filter(|attempt| attempt.trigger == Trigger::Scheduled);
            match (by_schedule.clone().count(), by_schedule.next_back()) {
                (retry, Some(last)) => {
                    let of = notification.retries.retries_after(&last.result).max(retry);
                    Facts::Retry { retry, of, last: Last::of(&last.result) }
                }
                _ => Facts::First,
            }
        }
        Delivery::Exhausted => {
            let last = notification.attempts.last().map_or(Last::NotSent, |last| Last::of(&last.result));
            Facts::GaveUp { attempts: notification.attempts.len(), last }
        }
        Delivery::Held { .. } => {
            let rule = notification.rule_plan.as_ref().map_or_else(|| Arc::from(""), |plan| Arc::clone(&plan.rule));
            Facts::Held { moment: notification.moment(), rule }
        }
        Delivery::Skipped => Facts::Skipped(notification.skip_reason()),
    }
}

impl Last {
    fn of(result: &AttemptResult) -> Self {
        match result {
            AttemptResult::Responded { status, .. } => Self::Status(*status),
            AttemptResult::Failed { class: ResponseClass::Timeout, .. } => Self::Timeout,
            AttemptResult::Failed { class: ResponseClass::Unreachable, .. } => Self::Unreachable,
            AttemptResult::Failed { .. } => Self::Broken,
            AttemptResult::Skipped { .. } => Self::NotSent,
        }
    }

    fn text(self, lang: Lang) -> String {
        let (en, id) = match self {
            Self::Status(status) => return format!("HTTP {status}"),
            Self::Timeout => ("no answer in time", "tidak dijawab tepat waktu"),
            Self::Unreachable => ("no connection", "tidak tersambung"),
            Self::Broken => ("connection broken", "koneksi terputus"),
            Self::NotSent => ("not sent", "tidak dikirim"),
        };
        lang.t(en, id).to_owned()
    }
}

fn held(moment: SendMoment, rule: &str, lang: Lang) -> String {
    let until = match moment {
        SendMoment::AfterNext => lang.t(" until the next one", " sampai notifikasi berikutnya"),
        SendMoment::AfterReturn => lang.t(" until the customer returns", " sampai pelanggan kembali"),
        _ => "",
    };
    lang.t(format!("held by rule {rule}{until}"), format!("ditahan oleh aturan {rule}{until}"))
}

fn skipped(reason: Option<&SkipReason>, lang: Lang) -> String {
    match reason {
        None => lang.t("not sent", "tidak dikirim").to_owned(),
        Some(SkipReason::DroppedByRule(rule)) => {
            lang.t(format!("not sent: dropped by rule {rule}"), format!("tidak dikirim: dibuang oleh aturan {rule}"))
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

#[cfg(test)]
mod tests;
