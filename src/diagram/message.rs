//! The messages of single events.

use super::arrow::{Lane, Mark};
use crate::domain::{Actor, BindingFailure, EventKind, NotificationKind, SkipReason};
use crate::language::Lang;
use crate::protocol::clock_time;

/// One message of an event, before its place in the diagram is known.
pub(super) struct Message {
    pub(super) from: Lane,
    pub(super) to: Lane,
    pub(super) label: String,
    pub(super) marks: Vec<Mark>,
    pub(super) remarks: Vec<String>,
    pub(super) rule: Option<String>,
}

impl Message {
    pub(super) fn new(from: Lane, to: Lane, label: impl Into<String>) -> Self {
        Self { from, to, label: label.into(), marks: Vec::new(), remarks: Vec::new(), rule: None }
    }

    /// A note on one lane.
    pub(super) fn note(lane: Lane, label: impl Into<String>) -> Self {
        Self::new(lane, lane, label)
    }

    pub(super) fn with_mark(mut self, mark: Mark, is_marked: bool) -> Self {
        self.marks.extend(is_marked.then_some(mark));
        self
    }

    pub(super) fn with_remarks(self, remarks: Vec<String>) -> Self {
        Self { remarks, ..self }
    }

    pub(super) fn with_rule(self, rule: Option<String>) -> Self {
        Self { rule, ..self }
    }

    pub(super) fn failed(self) -> Self {
        self.with_mark(Mark::Failed, true)
    }
}

/// The message of an event that needs no context; none where another event shows it, or where nothing is sent.
pub(super) fn message_of(kind: &EventKind, lang: Lang) -> Option<Message> {
    let message = match kind {
        EventKind::Login { .. }
        | EventKind::LoginFailed { .. }
        | EventKind::Locked { .. }
        | EventKind::PlanChosen { .. }
        | EventKind::OtpSent { .. }
        | EventKind::OtpFailed { .. }
        | EventKind::OtpPassed {}
        | EventKind::PinConfirmed {} => sign_in_message(kind, lang)?,
        EventKind::Approved { .. }
        | EventKind::UnderReview { .. }
        | EventKind::Declined { .. }
        | EventKind::Abandoned { .. }
        | EventKind::BindingCompleted { .. }
        | EventKind::BindingFailed { .. } => outcome_message(kind, lang)?,
        EventKind::Expired {}
        | EventKind::Cancelled { .. }
        | EventKind::TokenIssued { .. }
        | EventKind::TokenUsed { .. }
        | EventKind::TokenRemoved { .. }
        | EventKind::TokenRevoked { .. }
        | EventKind::NotificationExhausted { .. }
        | EventKind::NotificationSkipped { .. }
        | EventKind::MerchantProbed { .. } => note_of(kind, lang)?,
        // The diagram's builder makes the messages of these.
        EventKind::Exchanged(_)
        | EventKind::NotificationAttempted { .. }
        | EventKind::Registered { .. }
        | EventKind::BindingRegistered { .. }
        | EventKind::CallbackSent { .. }
        | EventKind::PaymentOpened { .. }
        // Their exchange shows them.
        | EventKind::Refused { .. }
        | EventKind::ReceiptConfirmed {}
        | EventKind::InquiryAnswered { .. }
        // Their attempts show them.
        | EventKind::NotificationScheduled { .. }
        | EventKind::NotificationHeld { .. }
        | EventKind::NotificationDelivered { .. }
        // Nothing is sent.
        | EventKind::RuleHit { .. }
        | EventKind::ClockMoved { .. }
        | EventKind::ScenarioLoaded { .. }
        | EventKind::ScenarioRefused { .. } => return None,
    };
    Some(message)
}

/// Between the customer and the lender.
fn sign_in_message(kind: &EventKind, lang: Lang) -> Option<Message> {
    use Lane::{Customer, Partner};
    let message = match kind {
        EventKind::Login { phone } => {
            Message::new(Customer, Partner, lang.t(format!("signs in as {phone}"), format!("masuk sebagai {phone}")))
        }
        EventKind::LoginFailed { phone, reason } => {
            let reason = failure(reason.as_str(), lang);
            let (id, en) = (format!("masuk sebagai {phone}: {reason}"), format!("signs in as {phone}: {reason}"));
            Message::new(Customer, Partner, lang.t(en, id)).failed()
        }
        EventKind::Locked { phone, until } => {
            let until = clock_time(*until);
            let (id, en) = (format!("{phone} dikunci sampai {until}"), format!("{phone} is locked until {until}"));
            Message::note(Partner, lang.t(en, id)).failed()
        }
        EventKind::PlanChosen { instmnt_mon, monthly, .. } => {
            let (months, monthly) = (months(*instmnt_mon, lang), monthly.formatted());
            let (id, en) =
                (format!("memilih {months}, {monthly} per bulan"), format!("chooses {months}, {monthly} a month"));
            Message::new(Customer, Partner, lang.t(en, id))
        }
        EventKind::OtpSent { otp, .. } => {
            let (id, en) = (format!("OTP {otp} lewat SMS (simulasi)"), format!("OTP {otp} by SMS (simulated)"));
            Message::new(Partner, Customer, lang.t(en, id))
        }
        EventKind::OtpFailed { reason } => {
            let reason = failure(reason.as_str(), lang);
            let (id, en) = (format!("memasukkan OTP: {reason}"), format!("enters an OTP: {reason}"));
            Message::new(Customer, Partner, lang.t(en, id)).failed()
        }
        EventKind::OtpPassed {} => {
            Message::new(Customer, Partner, lang.t("enters the right OTP", "memasukkan OTP yang benar"))
        }
        EventKind::PinConfirmed {} => {
            Message::new(Customer, Partner, lang.t("confirms with the PIN", "konfirmasi dengan PIN"))
        }
        _ => return None,
    };
    Some(message)
}

/// From the lender to NICEPAY.
fn outcome_message(kind: &EventKind, lang: Lang) -> Option<Message> {
    use Lane::{Nicepay, Partner};
    let message = match kind {
        EventKind::Approved { instmnt_mon, .. } => {
            let months = months(*instmnt_mon, lang);
            Message::new(Partner, Nicepay, lang.t(format!("approved, {months}"), format!("disetujui, {months}")))
        }
        EventKind::UnderReview { instmnt_mon, .. } => {
            let months = months(*instmnt_mon, lang);
            let (id, en) = (format!("sedang ditinjau, {months}"), format!("under review, {months}"));
            Message::new(Partner, Nicepay, lang.t(en, id))
        }
        EventKind::Declined { reason, .. } => {
            let reason = failure(reason.as_str(), lang);
            let (id, en) = (format!("ditolak: {reason}"), format!("declined: {reason}"));
            Message::new(Partner, Nicepay, lang.t(en, id)).failed()
        }
        EventKind::Abandoned { .. } => Message::new(Partner, Nicepay, abandoned(lang)).failed(),
        EventKind::BindingCompleted { .. } => Message::new(Partner, Nicepay, lang.t("account bound", "akun terhubung")),
        EventKind::BindingFailed { reason: BindingFailure::Expired, .. } => {
            let label = lang
                .t("expired: the customer did not finish in time", "kedaluwarsa: pelanggan tidak selesai tepat waktu");
            Message::note(Nicepay, label).failed()
        }
        EventKind::BindingFailed { reason, .. } => {
            let reason = failure(reason.as_str(), lang);
            let (id, en) = (format!("tidak terhubung: {reason}"), format!("not bound: {reason}"));
            Message::new(Partner, Nicepay, lang.t(en, id)).failed()
        }
        _ => return None,
    };
    Some(message)
}

/// What happens inside NICEPAY or at the lender.
fn note_of(kind: &EventKind, lang: Lang) -> Option<Message> {
    use Lane::{Nicepay, Partner};
    let message = match kind {
        EventKind::Expired {} => {
            let label = lang.t("expired: not paid in time", "kedaluwarsa: tidak dibayar tepat waktu");
            Message::note(Nicepay, label).failed()
        }
        // The exchange shows it.
        EventKind::Cancelled { by: Actor::Merchant, .. } => return None,
        EventKind::Cancelled { amt, full, by, .. } => {
            let amt = amt.formatted();
            let label = if *full {
                lang.t(format!("refunded in full: {amt} ({by})"), format!("dana dikembalikan penuh: {amt} ({by})"))
            } else {
                lang.t(format!("refunded in part: {amt} ({by})"), format!("dana dikembalikan sebagian: {amt} ({by})"))
            };
            Message::note(Nicepay, label)
        }
        EventKind::TokenIssued { client_user_key, .. } => {
            let (id, en) = (format!("userToken untuk {client_user_key}"), format!("userToken for {client_user_key}"));
            Message::note(Nicepay, lang.t(en, id))
        }
        EventKind::TokenUsed { .. } => {
            Message::note(Nicepay, lang.t("paid with the userToken", "dibayar dengan userToken"))
        }
        EventKind::TokenRemoved { .. } => {
            Message::note(Nicepay, lang.t("the userToken is removed", "userToken dihapus"))
        }
        EventKind::TokenRevoked { .. } => {
            Message::note(Partner, lang.t("the customer revokes the userToken", "pelanggan mencabut userToken"))
        }
        EventKind::NotificationExhausted { kind, attempts, .. } => {
            let (notification, times) =
                (notification(*kind, lang), if *attempts == 1 { "attempt" } else { "attempts" });
            let id = format!("{notification} gagal setelah {attempts} kali percobaan");
            let en = format!("gives up on the {notification} after {attempts} {times}");
            Message::note(Nicepay, lang.t(en, id)).failed()
        }
        EventKind::NotificationSkipped { kind, reason, .. } => {
            let notification = notification(*kind, lang);
            let (id, en) =
                (format!("{notification} tidak dikirim: {reason}"), format!("{notification} is not sent: {reason}"));
            // A notification that a rule drops has not failed.
            let is_dropped = matches!(reason, SkipReason::DroppedByRule(_));
            Message::note(Nicepay, lang.t(en, id))
                .with_mark(Mark::Failed, !is_dropped)
                .with_mark(Mark::Faulted, is_dropped)
        }
        EventKind::MerchantProbed { paid, fulfilled } => {
            let paid = match paid {
                Some(true) => lang.t("paid", "lunas"),
                Some(false) => lang.t("not paid", "belum lunas"),
                None => lang.t("unknown", "tidak diketahui"),
            };
            let times = |times| lang.t(format!(", fulfilled {times}×"), format!(", dipenuhi {times}×"));
            let fulfilled = fulfilled.map_or_else(String::new, times);
            let label = lang.t("the order in the shop", "pesanan di toko");
            Message::note(Lane::Merchant, format!("{label}: {paid}{fulfilled}"))
        }
        _ => return None,
    };
    Some(message)
}

pub(super) fn abandoned(lang: Lang) -> &'static str {
    lang.t("abandoned", "ditinggalkan pelanggan")
}

pub(super) fn notification(kind: NotificationKind, lang: Lang) -> String {
    let kind = kind.as_str();
    lang.t(format!("notification {kind}"), format!("notifikasi {kind}"))
}

/// Why something failed or was declined.
fn failure(reason: &str, lang: Lang) -> String {
    let en = reason.replace('-', " ").replace("pin", "PIN");
    let id = match reason {
        "wrong-pin" => "PIN salah",
        "unknown-phone" => "nomor tidak dikenal",
        "inactive" => "akun tidak aktif",
        "locked" => "akun terkunci",
        "limit" => "limit tidak cukup",
        "risk" => "penilaian risiko",
        "ordered" => "diminta oleh aturan atau API kontrol",
        "wrong" => "salah",
        "expired" => "kedaluwarsa",
        "used-up" => "percobaan habis",
        "abandoned" => "ditinggalkan pelanggan",
        _ => &en,
    };
    lang.t(&*en, id).to_owned()
}

fn months(months: u8, lang: Lang) -> String {
    let en = if months == 1 { "1 month".to_owned() } else { format!("{months} months") };
    lang.t(en, format!("{months} bulan"))
}
