//! How the notifications stand.

use super::words::{arrived, capitalized, failures, is_delivered, is_notified, result_text, times};
use super::{Builder, MAX_TEXT};
use crate::clock::Timestamp;
use crate::dashboard::parts::{Failure, Retry, Time, held_until, is_forged, not_sent, variant};
use crate::diagram::single_line;
use crate::domain::{Delivery, Notification, Stage, Trigger, Variant};

impl Builder {
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.sentence.say(text);
    }

    /// A sentence with a time in it.
    pub(super) fn say_time(&mut self, before: impl Into<String>, time: Time, after: impl Into<String>) {
        self.say(before);
        self.sentence.say_time(time);
        self.say(after);
    }

    fn say_due(&mut self, before: impl Into<String>, at: Timestamp, after: impl Into<String>) {
        self.say_time(before, self.clock.until(at, self.lang), after);
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
                let held = held_until(notification.moment(), lang);
                self.say(lang.t(format!(" The notification is {held}."), format!(" Notifikasi {held}.")));
            }
            Delivery::Skipped => {
                let not_sent = single_line(&not_sent(notification.skip_reason().as_ref(), lang), MAX_TEXT);
                self.say(lang.t(format!(" The notification is {not_sent}."), format!(" Notifikasi {not_sent}.")));
            }
            Delivery::Scheduled { at } if at <= self.clock.now => {
                self.say(lang.t(" The notification is being sent.", " Notifikasi sedang dikirim."));
            }
            Delivery::Scheduled { at } => match (Retry::next(notification), Failure::last(notification)) {
                (Some(retry), _) => {
                    let why = retry.last.long(lang);
                    self.say_due(format!(" {} ", capitalized(&retry.text(lang))), at, format!(": {why}."));
                }
                (None, Some(by_hand)) => {
                    let next = lang.t(" The next attempt is due ", " Percobaan berikutnya dijadwalkan ");
                    self.say_due(next, at, format!(": {}.", by_hand.long(lang)));
                }
                (None, None) => self.say_due(lang.t(" The notification is due ", " Notifikasi dijadwalkan "), at, "."),
            },
        }
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
        match all.iter().filter_map(|one| one.delivery.due()).min() {
            Some(at) if at <= self.clock.now => {
                self.say(lang.t(format!("{begin}; the next is being sent."), format!("{begin}; satu sedang dikirim.")));
            }
            Some(at) => {
                self.say_due(lang.t(format!("{begin}; the next is due "), format!("{begin}; berikutnya ")), at, ".");
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
            Delivery::Scheduled { at } if at > self.clock.now => self.say_due(begin, at, "."),
            Delivery::Scheduled { .. } => {
                self.say(format!("{begin}{}.", lang.t("it is being sent", "sedang dikirim")));
            }
            _ => self.say(format!("{begin}{}.", held_until(notification.moment(), lang))),
        }
    }

    fn by_hand(&mut self, all: &[&Notification]) {
        let lang = self.lang;
        self.results(
            all,
            |_, result| {
                lang.t(format!(" One that was sent by hand {result}."), format!(" Satu notifikasi manual {result}."))
            },
            |accepted, n| {
                lang.t(
                    format!(" {accepted} of {n} that were sent by hand arrived."),
                    format!(" {accepted} dari {n} notifikasi manual tiba."),
                )
            },
        );
    }

    fn forged(&mut self, all: &[&Notification]) {
        let lang = self.lang;
        self.results(
            all,
            |one, result| {
                let variant = variant(one).as_str();
                lang.t(
                    format!(" A forged notification ({variant}) {result}."),
                    format!(" Satu notifikasi palsu ({variant}) {result}."),
                )
            },
            |accepted, n| {
                lang.t(
                    format!(" {accepted} of {n} forged notifications were answered with 200."),
                    format!(" {accepted} dari {n} notifikasi palsu dijawab 200."),
                )
            },
        );
    }

    /// What became of the only one, or how many of several were accepted.
    fn results(
        &mut self,
        all: &[&Notification],
        one: impl FnOnce(&Notification, &str) -> String,
        many: impl FnOnce(usize, usize) -> String,
    ) {
        match all {
            [] => {}
            [only] => self.say(one(only, &result_text(only, self.clock, self.lang))),
            all => self.say(many(all.iter().filter(|one| is_delivered(one)).count(), all.len())),
        }
    }
}
