//! How the notification of a payment stands, in a few words. Pure: computed from its notifications and the time.

#[cfg(test)]
pub(in crate::dashboard) mod samples;
mod words;

use std::sync::Arc;

pub(in crate::dashboard) use self::words::{
    Failure, Retry, accepted_attempt, held_until, is_forged, not_sent, variant,
};
use super::sentence::Sentence;
use super::time::Time;
use crate::clock::Timestamp;
use crate::domain::{Delivery, Notification, SendMoment, SkipReason, Trigger, Variant};
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

/// How the notification of a payment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct DeliverySummary {
    pub(in crate::dashboard) state: DeliveryState,
    /// What is unusual on purpose, in the order of the notifications.
    pub(in crate::dashboard) unusual: Vec<Unusual>,
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
    First {
        at: Timestamp,
    },
    Retry {
        retry: Retry,
        at: Timestamp,
    },
    GaveUp {
        attempts: usize,
        last: Failure,
    },
    Held {
        moment: SendMoment,
        rule: Arc<str>,
    },
    Skipped(Option<SkipReason>),
}

impl DeliverySummary {
    /// Sums up the notifications of a payment, in their order.
    ///
    /// The newest report that is true counts, because the merchant waits for that: of a review and its result, the result.
    /// One that somebody sent by hand counts only where there is no other, and a forged one only where there is nothing else.
    pub(in crate::dashboard) fn new(notifications: &[Notification], now: Timestamp) -> Self {
        let class = |notification: &Notification| (is_forged(notification), notification.trigger == Trigger::Manual);
        let about = |notification: &Notification| (notification.kind, class(notification));
        let newest = notifications.iter().rev().min_by_key(|notification| class(notification)).map(about);
        let same: Vec<_> = notifications.iter().filter(|other| newest == Some(about(other))).collect();
        // Where it was sent several times, the best result counts: one copy that arrived is enough.
        let rank = |notification: &&&Notification| match DeliveryState::of(notification.delivery) {
            DeliveryState::Delivered => (0, None),
            DeliveryState::Pending => (1, notification.delivery.due()),
            DeliveryState::Held => (2, None),
            DeliveryState::Failed => (3, None),
            DeliveryState::Skipped | DeliveryState::None => (4, None),
        };
        let unusual = unusual(notifications);
        let Some(told) = same.iter().min_by_key(rank) else {
            return Self { state: DeliveryState::None, unusual, now, facts: Facts::Nothing };
        };
        let state = DeliveryState::of(told.delivery);
        let delivered = same.iter().filter(|copy| copy.delivery == Delivery::Delivered).count();
        Self { state, unusual, now, facts: facts(told, delivered, same.len()) }
    }

    pub(in crate::dashboard) fn sentence(&self, lang: Lang) -> Sentence {
        let due = |at| Time::until(at, self.now, lang);
        match &self.facts {
            Facts::Nothing => Sentence::of(lang.t("no notification", "belum ada notifikasi")),
            Facts::Delivered { delivered, all, .. } if *all > 1 => Sentence::of(
                lang.t(format!("delivered {delivered} of {all}"), format!("terkirim {delivered} dari {all}")),
            ),
            Facts::Delivered { attempt: 1, .. } => Sentence::of(lang.t("delivered", "terkirim")),
            Facts::Delivered { attempt, .. } => Sentence::of(
                lang.t(format!("delivered at attempt {attempt}"), format!("terkirim pada percobaan ke-{attempt}")),
            ),
            Facts::First { at } => Sentence::with_time(lang.t("first attempt ", "percobaan pertama "), due(*at), ""),
            Facts::Retry { retry, at } => {
                let why = retry.last.short(lang);
                Sentence::with_time(format!("{} ", retry.text(lang)), due(*at), format!(" ({why})"))
            }
            Facts::GaveUp { attempts, last } => {
                let (last, attempt) = (last.short(lang), if *attempts == 1 { "attempt" } else { "attempts" });
                Sentence::of(lang.t(
                    format!("gave up after {attempts} {attempt} ({last})"),
                    format!("berhenti setelah {attempts} percobaan ({last})"),
                ))
            }
            Facts::Held { moment, rule } => {
                let held = held_until(*moment, lang);
                Sentence::of(lang.t(format!("{held} (rule {rule})"), format!("{held} (aturan {rule})")))
            }
            Facts::Skipped(reason) => Sentence::of(not_sent(reason.as_ref(), lang)),
        }
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
        Delivery::Delivered => Facts::Delivered { attempt: accepted_attempt(notification), delivered, all },
        Delivery::Scheduled { at } => match Retry::next(notification) {
            Some(retry) => Facts::Retry { retry, at },
            None => Facts::First { at },
        },
        Delivery::Exhausted => Facts::GaveUp {
            attempts: notification.attempts.len(),
            last: Failure::last(notification).unwrap_or(Failure::NotSent),
        },
        Delivery::Held { .. } => {
            let rule = notification.rule_plan.as_ref().map_or_else(|| Arc::from(""), |plan| Arc::clone(&plan.rule));
            Facts::Held { moment: notification.moment(), rule }
        }
        Delivery::Skipped => Facts::Skipped(notification.skip_reason()),
    }
}

#[cfg(test)]
mod tests;
