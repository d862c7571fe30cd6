//! The sentence with which the page begins: where the payment stands, and how its notifications stand.

use crate::clock::Timestamp;
use crate::dashboard::parts::{PageClock, held_until};
use crate::diagram::single_line;
use crate::domain::{
    AttemptResult, CancelKind, DecidedBy, Delivery, Notification, Partner, Reason, ResponseClass,
    SkipReason, Stage, Tokenize, Transaction, Trigger, Variant,
};
use crate::page::Lang;

/// Characters of a rule or of a reason.
const MAX_TEXT: usize = 120;

/// A part of the sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Where it says in how long something is due: when, in milliseconds since 1970.
    pub(super) countdown: Option<i64>,
}

/// Builds the sentence.
pub(super) struct Sentence {
    clock: PageClock,
    lang: Lang,
    pieces: Vec<Piece>,
}

/// What the sentence says of a payment.
pub(super) struct Payment<'a> {
    stage: &'a Stage,
    lender: Option<&'a str>,
    expires_at: Timestamp,
    decided_by: DecidedBy,
    rule: &'a str,
    is_seamless: bool,
}

impl<'a> From<&'a Transaction> for Payment<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        Self {
            stage: transaction.stage(),
            lender: transaction.order.partner.map(Partner::name),
            expires_at: transaction.expires_at,
            decided_by: transaction.decided_by,
            rule: &transaction.rule,
            is_seamless: matches!(transaction.tokenize, Tokenize::Pay { .. }),
        }
    }
}

/// The sentence about a payment. `notifications` are all of its notifications, the oldest first.
pub(super) fn sentence(
    payment: &Payment<'_>,
    notifications: &[Notification],
    clock: PageClock,
    lang: Lang,
) -> Vec<Piece> {
    let mut sentence = Sentence { clock, lang, pieces: Vec::new() };
    sentence.say(payment_text(payment, clock, lang));
    sentence.delivery(payment.stage, notifications);
    sentence.pieces
}

/// Where the payment stands.
fn payment_text(payment: &Payment<'_>, clock: PageClock, lang: Lang) -> String {
    let lender = payment.lender.unwrap_or(lang.t("the lender", "penyedia cicilan"));
    let until = clock.time_of(payment.expires_at);
    let rule = single_line(payment.rule, MAX_TEXT);
    match payment.stage {
        Stage::Registered if payment.is_seamless => {
            lang.t("Registered. The token is about to pay.", "Terdaftar. Token segera membayar.").to_owned()
        }
        Stage::Registered => lang.t(
            format!("Waiting for the customer to open the payment page until {until}."),
            format!("Menunggu pelanggan membuka halaman pembayaran sampai {until}."),
        ),
        Stage::AtPartner(_) => lang.t(
            format!("Waiting for the customer at {lender} until {until}."),
            format!("Menunggu pelanggan di {lender} sampai {until}."),
        ),
        Stage::Abandoned { .. } => lang.t(
            format!("The customer left. Payable until {until}."),
            format!("Pelanggan pergi tanpa membayar. Masih dapat dibayar sampai {until}."),
        ),
        Stage::UnderReview { ends_in: None, .. } => lang.t(
            format!("Under review at {lender} until somebody decides it."),
            format!("Sedang ditinjau {lender} sampai ada yang memutuskan."),
        ),
        Stage::UnderReview { .. } => {
            lang.t(format!("Under review at {lender}."), format!("Sedang ditinjau {lender}."))
        }
        Stage::Approved { refunded, .. } if refunded.as_rupiah() > 0 => {
            let refunded = refunded.formatted();
            lang.t(format!("Paid, {refunded} refunded."), format!("Lunas, {refunded} dikembalikan."))
        }
        Stage::Approved { .. } => lang.t("Paid.", "Lunas.").to_owned(),
        Stage::Cancelled { kind: CancelKind::Void, .. } => {
            lang.t("Paid and voided.", "Lunas lalu dibatalkan.").to_owned()
        }
        Stage::Cancelled { kind: CancelKind::Refund, .. } => {
            lang.t("Paid and refunded in full.", "Lunas lalu dikembalikan seluruhnya.").to_owned()
        }
        Stage::Declined { reason, .. } => match (payment.decided_by, reason) {
            (DecidedBy::Command, _) => {
                lang.t("Declined through the control API.", "Ditolak lewat control API.").to_owned()
            }
            (
                DecidedBy::TransactionRule | DecidedBy::OneShotRule | DecidedBy::AddedRule | DecidedBy::ScenarioRule,
                _,
            ) => lang.t(format!("Declined by rule {rule}."), format!("Ditolak oleh aturan {rule}.")),
            (_, Reason::Limit) => lang.t(
                format!("Declined by {lender}: the limit is too low."),
                format!("Ditolak {lender}: limit tidak cukup."),
            ),
            (_, Reason::Inactive) => lang.t(
                format!("Declined by {lender}: the account is not active."),
                format!("Ditolak {lender}: akun tidak aktif."),
            ),
            (_, Reason::Risk | Reason::Forced) => lang.t(
                format!("Declined by {lender} after its risk check."),
                format!("Ditolak {lender} setelah penilaian risiko."),
            ),
        },
        Stage::Expired { .. } => {
            lang.t("Expired: not paid in time.", "Kedaluwarsa: tidak dibayar tepat waktu.").to_owned()
        }
    }
}

impl Sentence {
    fn say(&mut self, text: impl Into<String>) {
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
    fn delivery(&mut self, stage: &Stage, all: &[Notification]) {
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
            Delivery::Scheduled { at } => match last_failure(notification) {
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
            Some(at) => self.say_due(&lang.t(format!("{begin}; the next is due "), format!("{begin}; berikutnya ")), at, "."),
            None if all.iter().any(|one| !one.is_over()) => {
                self.say(lang.t(format!("{begin}; the others are held."), format!("{begin}; sisanya ditahan.")));
            }
            None => self.say(lang.t(
                format!("{begin}; no further attempt will be made."),
                format!("{begin}; tidak akan dicoba lagi."),
            )),
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
                self.say(lang.t(
                    format!(" One that was sent by hand {result}."),
                    format!(" Satu notifikasi manual {result}."),
                ));
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

/// What became of a notification that is told in half a sentence.
fn result_text(notification: &Notification, clock: PageClock, lang: Lang) -> String {
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
        Delivery::Exhausted => match last_failure(notification) {
            Some(AttemptResult::Responded { status, .. }) => {
                lang.t(format!("was answered with {status}"), format!("dijawab {status}"))
            }
            _ => lang.t("got no answer", "tidak dijawab").to_owned(),
        },
    }
}

fn arrived(notification: &Notification, lang: Lang) -> String {
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
fn failures(notification: &Notification, lang: Lang) -> String {
    let results: Vec<_> = notification.attempts.iter().map(|attempt| &attempt.result).collect();
    let Some(last) = last_failure(notification) else {
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
fn failure(result: &AttemptResult, n: usize, lang: Lang) -> String {
    let n = if n == 1 { String::new() } else { format!(" {}", times(n, lang)) };
    match result {
        AttemptResult::Responded { status, .. } => {
            lang.t(format!("your server answered {status}{n}"), format!("server Anda menjawab {status}{n}"))
        }
        AttemptResult::Failed { class: ResponseClass::Timeout, .. } => lang.t(
            format!("your server did not answer in time{n}"),
            format!("server Anda tidak menjawab tepat waktu{n}"),
        ),
        AttemptResult::Failed { class: ResponseClass::Unreachable, error } if error.contains("refused") => {
            lang.t(format!("the connection was refused{n}"), format!("koneksi ditolak{n}"))
        }
        AttemptResult::Failed { class: ResponseClass::Unreachable, .. } => lang.t(
            format!("your server could not be reached{n}"),
            format!("server Anda tidak dapat dihubungi{n}"),
        ),
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

fn last_failure(notification: &Notification) -> Option<&AttemptResult> {
    notification.attempts.last().map(|attempt| &attempt.result)
}

fn is_delivered(notification: &Notification) -> bool {
    notification.delivery == Delivery::Delivered
}

fn variant(notification: &Notification) -> Variant {
    notification.rule_plan.as_ref().map_or(Variant::Plain, |rule_plan| rule_plan.plan.variant)
}

/// By its variant, or because fields were changed.
fn is_forged(notification: &Notification) -> bool {
    variant(notification).is_forged()
        || notification.rule_plan.as_ref().is_some_and(|rule_plan| !rule_plan.plan.edits.is_empty())
}

/// Whether there is a notification about this stage.
fn is_notified(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Approved { .. } | Stage::Cancelled { .. } | Stage::Declined { .. } | Stage::UnderReview { .. }
    )
}

fn times(n: usize, lang: Lang) -> String {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SignedDuration;
    use crate::domain::{
        Amount, Attempt, FormEdit, IMid, InstalmentPlan, NotificationId, NotificationKind, NotificationPlan,
        NotificationSubject, PartnerStep, Phone, ReferenceNo, RetryPolicy, ReviewOutcome, RulePlan, SendMoment, TXid,
    };

    fn at(seconds: i64) -> Timestamp {
        // 12:00:00 WIB.
        Timestamp::from_second(1_767_243_600 + seconds).unwrap()
    }

    fn told(kind: NotificationKind, delivery: Delivery, attempts: Vec<AttemptResult>) -> Notification {
        let attempts = attempts.into_iter().zip(1..).map(|(result, number)| {
            Arc::new(Attempt { number, at: at(0), trigger: Trigger::Scheduled, result })
        });
        Notification {
            id: NotificationId(1),
            subject: NotificationSubject::Payment {
                t_xid: TXid::new("IONPAYTEST06202601011200001234").unwrap(),
                months: 1,
                customer: None,
            },
            i_mid: IMid::new("IONPAYTEST").unwrap(),
            reference_no: ReferenceNo::new("order").unwrap(),
            kind,
            decided_at: at(0),
            user_token: None,
            url: "http://shop.test/".into(),
            rule_plan: None,
            trigger: Trigger::Scheduled,
            retries: Arc::new(RetryPolicy {
                rules: Vec::new(),
                max_retries: 4,
                interval: SignedDuration::from_secs(60),
            }),
            body: None,
            delivery,
            attempts: attempts.collect(),
            resends: 0,
            plan: 0,
        }
    }

    fn approve(delivery: Delivery, attempts: Vec<AttemptResult>) -> Notification {
        told(NotificationKind::Approve, delivery, attempts)
    }

    fn by_rule(variant: Variant, moment: SendMoment, notification: Notification) -> Notification {
        let edits = if variant.is_forged() { vec![FormEdit::ChangeStatus] } else { Vec::new() };
        let plan = NotificationPlan { variant, moment, edits, ..NotificationPlan::plain() };
        Notification { rule_plan: Some(Arc::new(RulePlan { plan, rule: "mine".into() })), ..notification }
    }

    fn by_hand(notification: Notification) -> Notification {
        Notification { trigger: Trigger::Manual, ..notification }
    }

    fn answered(status: u16) -> AttemptResult {
        AttemptResult::Responded { status, headers: "".into(), body: "".into() }
    }

    fn failed(class: ResponseClass, error: &str) -> AttemptResult {
        AttemptResult::Failed { class, error: error.into() }
    }

    fn refused() -> AttemptResult {
        failed(ResponseClass::Unreachable, "tcp connect error: Connection refused (os error 111)")
    }

    fn plan() -> InstalmentPlan {
        InstalmentPlan::new(Amount::from_rupiah(25_145), 1, 0).unwrap()
    }
}
