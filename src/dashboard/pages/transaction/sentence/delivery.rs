//! How the notifications stand.

use super::words::{
    arrived, failure, failures, is_delivered, is_forged, is_notified, last_result, result_text, times, variant,
};
use super::{MAX_TEXT, Piece, Sentence};
use crate::clock::Timestamp;
use crate::dashboard::parts::held_until;
use crate::diagram::single_line;
use crate::domain::{Delivery, Notification, SkipReason, Stage, Trigger, Variant};

impl Sentence {
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece { text: text.into(), countdown: None });
    }

    /// A sentence with a time in it.
    fn say_due(&mut self, before: &str, at: Timestamp, after: &str) {
        let until = self.clock.until(at, self.lang);
        self.say(before);
        self.pieces.push(Piece { text: until, countdown: self.clock.countdown(at) });
        self.say(after);
    }

    /// How its notifications stand: the one of the last event first, then what is unusual.
    pub(super) fn delivery(&mut self, stage: &Stage, all: &[Notification]) {
        let (forged, rest): (Vec<_>, Vec<_>) = all.iter().partition(|notification| is_forged(notification));
        let (by_hand, usual): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|notification| notification.trigger == Trigger::Manual);
        // The order of the list is that of the events, except for those that come out of order.
        let last = usual.iter().rev().find(|one| variant(one) != Variant::OutOfOrder).or(usual.last());
        if let Some(last) = last {
            let same: Vec<_> = usual.iter().copied().filter(|one| one.kind == last.kind).collect();
            match same.as_slice() {
                [one] => self.one(one),
                many => self.many(many),
            }
            let kind = last.kind;
            if let Some(earlier) = usual.iter().find(|one| one.kind != kind && !one.is_over()) {
                self.earlier(earlier);
            }
        } else if forged.is_empty() && by_hand.is_empty() && is_notified(stage) {
            self.say(self.lang.t(" No notification is sent.", " Tidak ada notifikasi yang dikirim."));
        }
        self.by_hand(&by_hand);
        self.forged(&forged);
    }

    fn one(&mut self, notification: &Notification) {
        let lang = self.lang;
        match notification.delivery {
            Delivery::Delivered => self.say(arrived(notification, lang)),
            Delivery::Exhausted => {
                let failures = failures(notification, lang);
                self.say(lang.t(
                    format!(" {failures}; no further attempt will be made."),
                    format!(" {failures}; tidak akan dicoba lagi."),
                ));
            }
            Delivery::Held { .. } => {
                let held = held_until(notification, lang);
                self.say(lang.t(format!(" The notification is {held}."), format!(" Notifikasi {held}.")));
            }
            Delivery::Skipped => self.skipped(notification.skip_reason()),
            Delivery::Scheduled { at } if at <= self.clock.now => {
                self.say(lang.t(" The notification is being sent.", " Notifikasi sedang dikirim."));
            }
            Delivery::Scheduled { at } => match last_result(notification) {
                None => self.say_due(lang.t(" The notification is due ", " Notifikasi dijadwalkan "), at, "."),
                Some(result) => {
                    let attempts = notification.attempts.iter();
                    let retry = attempts.filter(|attempt| attempt.trigger == Trigger::Scheduled).count();
                    let why = failure(result, 1, lang);
                    let after = format!(": {why}.");
                    if retry == 0 {
                        let next = lang.t(" The next attempt is due ", " Percobaan berikutnya dijadwalkan ");
                        self.say_due(next, at, &after);
                        return;
                    }
                    let of = notification.retries.retries_after(result).max(retry);
                    let before =
                        lang.t(format!(" Retry {retry} of {of} "), format!(" Percobaan ulang {retry} dari {of} "));
                    self.say_due(&before, at, &after);
                }
            },
        }
    }

    fn skipped(&mut self, reason: Option<SkipReason>) {
        let lang = self.lang;
        let text = match reason {
            Some(SkipReason::DroppedByRule(rule)) => {
                let rule = single_line(&rule, MAX_TEXT);
                lang.t(
                    format!(" The notification is not sent: dropped by {rule}."),
                    format!(" Notifikasi tidak dikirim: dibatalkan oleh {rule}."),
                )
            }
            Some(reason) => {
                let reason = single_line(&reason.to_string(), MAX_TEXT);
                lang.t(
                    format!(" The notification was not sent: {reason}."),
                    format!(" Notifikasi tidak dikirim: {reason}."),
                )
            }
            None => lang.t(" The notification is not sent.", " Notifikasi tidak dikirim.").to_owned(),
        };
        self.say(text);
    }

    /// The same notification several times.
    fn many(&mut self, all: &[&Notification]) {
        let (lang, n) = (self.lang, all.len());
        let arrived = all.iter().filter(|one| one.delivery == Delivery::Delivered).count();
        if arrived == n {
            let times = times(n, lang);
            self.say(lang.t(
                format!(" The notification arrived {times}, repeated on purpose."),
                format!(" Notifikasi tiba {times}, sengaja diulang."),
            ));
            return;
        }
        let begin = lang.t(
            format!(" {arrived} of {n} repeated notifications arrived"),
            format!(" {arrived} dari {n} notifikasi berulang tiba"),
        );
        let next = all.iter().filter_map(|one| match one.delivery {
            Delivery::Scheduled { at } => Some(at),
            _ => None,
        });
        match next.min() {
            Some(at) if at <= self.clock.now => {
                self.say(lang.t(format!("{begin}; the next is being sent."), format!("{begin}; satu sedang dikirim.")));
            }
            Some(at) => {
                self.say_due(&lang.t(format!("{begin}; the next is due "), format!("{begin}; berikutnya ")), at, ".");
            }
            None if all.iter().any(|one| !one.is_over()) => {
                self.say(lang.t(format!("{begin}; the others are held."), format!("{begin}; sisanya ditahan.")));
            }
            None => {
                self.say(lang.t(
                    format!("{begin}; no further attempt will be made."),
                    format!("{begin}; tidak akan dicoba lagi."),
                ));
            }
        }
    }

    /// A notification of an earlier event that is still to come.
    fn earlier(&mut self, notification: &Notification) {
        let (lang, kind) = (self.lang, notification.kind.as_str());
        let begin = lang.t(
            format!(" The earlier notification ({kind}) is still to come: "),
            format!(" Notifikasi sebelumnya ({kind}) belum tiba: "),
        );
        match notification.delivery {
            Delivery::Scheduled { at } if at > self.clock.now => self.say_due(&begin, at, "."),
            Delivery::Scheduled { .. } => {
                self.say(format!("{begin}{}.", lang.t("it is being sent", "sedang dikirim")));
            }
            _ => self.say(format!("{begin}{}.", held_until(notification, lang))),
        }
    }

    fn by_hand(&mut self, all: &[&Notification]) {
        let lang = self.lang;
        match all {
            [] => {}
            [one] => {
                let result = result_text(one, self.clock, lang);
                self.say(
                    lang.t(
                        format!(" One that was sent by hand {result}."),
                        format!(" Satu notifikasi manual {result}."),
                    ),
                );
            }
            many => {
                let (n, arrived) = (many.len(), many.iter().filter(|one| is_delivered(one)).count());
                self.say(lang.t(
                    format!(" {arrived} of {n} that were sent by hand arrived."),
                    format!(" {arrived} dari {n} notifikasi manual tiba."),
                ));
            }
        }
    }

    fn forged(&mut self, all: &[&Notification]) {
        let lang = self.lang;
        match all {
            [] => {}
            [one] => {
                let (variant, result) = (variant(one).as_str(), result_text(one, self.clock, lang));
                self.say(lang.t(
                    format!(" A forged notification ({variant}) {result}."),
                    format!(" Satu notifikasi palsu ({variant}) {result}."),
                ));
            }
            many => {
                let (n, accepted) = (many.len(), many.iter().filter(|one| is_delivered(one)).count());
                self.say(lang.t(
                    format!(" {accepted} of {n} forged notifications were answered with 200."),
                    format!(" {accepted} dari {n} notifikasi palsu dijawab 200."),
                ));
            }
        }
    }
}
