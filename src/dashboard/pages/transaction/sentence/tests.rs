//! The sentences of all stages and of all states of delivery, in both languages.

use super::*;
use crate::dashboard::parts::samples::{approve, by_rule, failed, held, notification, status};
use crate::domain::{
    Amount, AttemptResult, Delivery, InstalmentPlan, NotificationKind, PartnerStep, Phone, Product, ResponseClass,
    ReviewOutcome, SendMoment, SkipReason, Trigger, Variant,
};

fn at(seconds: i64) -> Timestamp {
    // 12:00:00 WIB.
    Timestamp::from_second(1_767_243_600 + seconds).unwrap()
}

fn by_hand(notification: Notification) -> Notification {
    Notification { trigger: Trigger::Manual, ..notification }
}

fn refused() -> AttemptResult {
    failed(ResponseClass::Unreachable, "tcp connect error: Connection refused (os error 111)")
}

fn approved(refunded: u64) -> Stage {
    let refunded = Amount::from_rupiah(refunded);
    Stage::Approved { plan: plan(), phone: phone(), at: at(0), user_token: None, refunded }
}

fn declined(reason: Reason) -> Stage {
    Stage::Declined { reason, at: at(0), phone: phone(), months: 1 }
}

fn review(ends_in: Option<ReviewOutcome>) -> Stage {
    Stage::UnderReview { plan: plan(), phone: phone(), since: at(0), ends_in }
}

fn cancelled(kind: CancelKind) -> Stage {
    Stage::Cancelled { plan: plan(), phone: phone(), paid_at: at(0), at: at(0), kind, user_token: None }
}

fn plan() -> InstalmentPlan {
    Product::free(1).plan(Amount::from_rupiah(25_145))
}

fn phone() -> Phone {
    Phone::new("081291891818").unwrap()
}

/// The sentence ten seconds after noon, at Kredivo.
fn of(stage: &Stage, decided_by: DecidedBy, told: &[Notification], is_stopped: bool, lang: Lang) -> String {
    let payment = Payment {
        stage,
        lender: Some("Kredivo"),
        expires_at: at(7_500),
        decided_by,
        rule: "next-\u{202e}reject",
        is_seamless: false,
    };
    sentence(&payment, told, PageClock { now: at(10), is_stopped }, lang).text()
}

#[test]
fn the_first_sentence_says_where_the_payment_stands() {
    use DecidedBy::{Account, AddedRule, Command, Default, OneShotRule};
    for (stage, decided_by, en, id) in [
        (
            Stage::Registered,
            Default,
            "Waiting for the customer to open the payment page until 14:05:00 WIB.",
            "Menunggu pelanggan membuka halaman pembayaran sampai 14:05:00 WIB.",
        ),
        (
            Stage::AtPartner(PartnerStep::SignIn),
            Default,
            "Waiting for the customer at Kredivo until 14:05:00 WIB.",
            "Menunggu pelanggan di Kredivo sampai 14:05:00 WIB.",
        ),
        (
            Stage::Abandoned { at: at(0) },
            Default,
            "The customer left. Payable until 14:05:00 WIB.",
            "Pelanggan pergi tanpa membayar. Masih dapat dibayar sampai 14:05:00 WIB.",
        ),
        (
            Stage::Expired { at: at(0) },
            Default,
            "Expired: not paid in time.",
            "Kedaluwarsa: tidak dibayar tepat waktu.",
        ),
        (
            review(None),
            Default,
            "Under review at Kredivo until somebody decides it. No notification is sent.",
            "Sedang ditinjau Kredivo sampai ada yang memutuskan. Tidak ada notifikasi yang dikirim.",
        ),
        (
            review(Some(ReviewOutcome::Approve)),
            Default,
            "Under review at Kredivo. No notification is sent.",
            "Sedang ditinjau Kredivo. Tidak ada notifikasi yang dikirim.",
        ),
        (
            declined(Reason::Forced),
            OneShotRule,
            r"Declined by rule next-\u{202e}reject. No notification is sent.",
            r"Ditolak oleh aturan next-\u{202e}reject. Tidak ada notifikasi yang dikirim.",
        ),
        (
            declined(Reason::Limit),
            Account,
            "Declined by Kredivo: the limit is too low. No notification is sent.",
            "Ditolak Kredivo: limit tidak cukup. Tidak ada notifikasi yang dikirim.",
        ),
        (
            declined(Reason::Inactive),
            Account,
            "Declined by Kredivo: the account is not active. No notification is sent.",
            "Ditolak Kredivo: akun tidak aktif. Tidak ada notifikasi yang dikirim.",
        ),
        (
            declined(Reason::Risk),
            Default,
            "Declined by Kredivo after its risk check. No notification is sent.",
            "Ditolak Kredivo setelah penilaian risiko. Tidak ada notifikasi yang dikirim.",
        ),
        (
            declined(Reason::Forced),
            Command,
            "Declined through the control API. No notification is sent.",
            "Ditolak lewat control API. Tidak ada notifikasi yang dikirim.",
        ),
        (
            approved(145),
            AddedRule,
            "Paid, Rp 145 refunded. No notification is sent.",
            "Lunas, Rp 145 dikembalikan. Tidak ada notifikasi yang dikirim.",
        ),
        (
            cancelled(CancelKind::Void),
            Default,
            "Paid and voided. No notification is sent.",
            "Lunas lalu dibatalkan. Tidak ada notifikasi yang dikirim.",
        ),
        (
            cancelled(CancelKind::Refund),
            Default,
            "Paid and refunded in full. No notification is sent.",
            "Lunas lalu dikembalikan seluruhnya. Tidak ada notifikasi yang dikirim.",
        ),
    ] {
        assert_eq!(of(&stage, decided_by, &[], false, Lang::En), en);
        assert_eq!(of(&stage, decided_by, &[], false, Lang::Id), id);
    }
}

/// What the sentence says after "Paid." when these were told.
#[track_caller]
fn says(told: &[Notification], en: &str, id: &str) {
    for (lang, paid, expected) in [(Lang::En, "Paid. ", en), (Lang::Id, "Lunas. ", id)] {
        let sentence = of(&approved(0), DecidedBy::Default, told, false, lang);
        assert_eq!(sentence.strip_prefix(paid), Some(expected), "{sentence}");
    }
}

#[test]
fn one_notification() {
    use Delivery::{Delivered, Exhausted, Scheduled, Skipped};
    let due = || Scheduled { at: at(48) };
    let timeout = || failed(ResponseClass::Timeout, "no response in time");
    for (told, en, id) in [
        (approve(Delivered, &[status(200)]), "The notification arrived (200).", "Notifikasi tiba (200)."),
        (
            approve(Delivered, &[status(500), status(200), status(500)]),
            "The notification arrived (200) at the second attempt.",
            "Notifikasi tiba (200) pada percobaan ke-2.",
        ),
        (
            approve(Delivered, &[&vec![status(500); 8][..], &[status(200)][..]].concat()),
            "The notification arrived (200) at attempt 9.",
            "Notifikasi tiba (200) pada percobaan ke-9.",
        ),
        (
            approve(Exhausted, &vec![status(502); 5]),
            "Your server answered 502 five times; no further attempt will be made.",
            "Server Anda menjawab 502 5 kali; tidak akan dicoba lagi.",
        ),
        (
            approve(Exhausted, &[refused()]),
            "The connection was refused; no further attempt will be made.",
            "Koneksi ditolak; tidak akan dicoba lagi.",
        ),
        (
            approve(Exhausted, &[status(502), timeout()]),
            "2 attempts failed, at last your server did not answer in time; no further attempt will be made.",
            "2 percobaan gagal, yang terakhir server Anda tidak menjawab tepat waktu; tidak akan dicoba lagi.",
        ),
        (approve(due(), &[]), "The notification is due in 38 s.", "Notifikasi dijadwalkan dalam 38 detik."),
        (approve(Scheduled { at: at(10) }, &[]), "The notification is being sent.", "Notifikasi sedang dikirim."),
        (
            approve(due(), &[refused(), refused()]),
            "Retry 2 of 4 in 38 s: the connection was refused.",
            "Percobaan ulang 2 dari 4 dalam 38 detik: koneksi ditolak.",
        ),
        (
            approve(due(), &[failed(ResponseClass::Unreachable, "no such host")]),
            "Retry 1 of 4 in 38 s: your server could not be reached.",
            "Percobaan ulang 1 dari 4 dalam 38 detik: server Anda tidak dapat dihubungi.",
        ),
        (
            approve(due(), &[failed(ResponseClass::Broken, "reset")]),
            "Retry 1 of 4 in 38 s: the connection broke.",
            "Percobaan ulang 1 dari 4 dalam 38 detik: koneksi terputus.",
        ),
        (
            by_rule(Variant::AfterReturn, SendMoment::AfterReturn, approve(held(), &[])),
            "The notification is held until the browser returns.",
            "Notifikasi ditahan sampai browser kembali.",
        ),
        (
            by_rule(Variant::OutOfOrder, SendMoment::AfterNext, approve(held(), &[])),
            "The notification is held until the next notification.",
            "Notifikasi ditahan sampai notifikasi berikutnya.",
        ),
        (
            by_rule(Variant::Lost, SendMoment::Never, approve(Skipped, &[])),
            "The notification is not sent: dropped by rule my-rule.",
            "Notifikasi tidak dikirim karena aturan my-rule.",
        ),
        (
            approve(Skipped, &[AttemptResult::Skipped { reason: SkipReason::SubjectRemoved }]),
            "The notification is not sent: removed to save memory.",
            "Notifikasi tidak dikirim: dihapus untuk menghemat memori.",
        ),
    ] {
        says(&[told], en, id);
    }
    let stopped = |told, lang| of(&approved(0), DecidedBy::Default, &[told], true, lang);
    let retry = || approve(due(), &[status(503)]);
    assert_eq!(
        stopped(retry(), Lang::En),
        "Paid. Retry 1 of 4 at 12:00:48 WIB (clock stopped): your server answered 503."
    );
    assert_eq!(
        stopped(retry(), Lang::Id),
        "Lunas. Percobaan ulang 1 dari 4 pukul 12:00:48 WIB (jam berhenti): server Anda menjawab 503."
    );
}

#[test]
fn several_notifications() {
    use Delivery::{Delivered, Exhausted, Scheduled};
    let ok = || approve(Delivered, &[status(200)]);
    let pending = |delivery, results: &[_]| notification(NotificationKind::Pending, delivery, results);
    let twice = |one| by_rule(Variant::Duplicate, SendMoment::Due, one);
    let forged = |one| by_rule(Variant::ChangedStatus, SendMoment::Due, one);
    for (told, en, id) in [
        (
            vec![twice(ok()), twice(ok()), twice(ok())],
            "The notification arrived three times, repeated on purpose.",
            "Notifikasi tiba 3 kali, sengaja diulang.",
        ),
        (
            vec![twice(ok()), twice(approve(Scheduled { at: at(12) }, &[]))],
            "1 of 2 repeated notifications arrived; the next is due in 2 s.",
            "1 dari 2 notifikasi berulang tiba; berikutnya dalam 2 detik.",
        ),
        (
            vec![twice(ok()), twice(approve(Exhausted, &[status(500)]))],
            "1 of 2 repeated notifications arrived; no further attempt will be made.",
            "1 dari 2 notifikasi berulang tiba; tidak akan dicoba lagi.",
        ),
        (vec![pending(Delivered, &[status(200)]), ok()], "The notification arrived (200).", "Notifikasi tiba (200)."),
        (
            vec![pending(Scheduled { at: at(12) }, &[status(500)]), ok()],
            "The notification arrived (200). The earlier notification (pending) is still to come: in 2 s.",
            "Notifikasi tiba (200). Notifikasi sebelumnya (pending) belum tiba: dalam 2 detik.",
        ),
        (
            vec![by_rule(Variant::OutOfOrder, SendMoment::AfterNext, pending(held(), &[])), ok()],
            "The notification arrived (200). The earlier notification (pending) is still to come: held until the \
             next notification.",
            "Notifikasi tiba (200). Notifikasi sebelumnya (pending) belum tiba: ditahan sampai notifikasi \
             berikutnya.",
        ),
        (
            vec![ok(), by_hand(ok())],
            "The notification arrived (200). One that was sent by hand was answered with 200.",
            "Notifikasi tiba (200). Satu notifikasi manual dijawab 200.",
        ),
        (
            vec![ok(), by_hand(forged(approve(Exhausted, &[status(403)])))],
            "The notification arrived (200). A forged notification (changed-status) was answered with 403.",
            "Notifikasi tiba (200). Satu notifikasi palsu (changed-status) dijawab 403.",
        ),
        (
            vec![forged(ok()), forged(approve(Exhausted, &[status(403)]))],
            "1 of 2 forged notifications were answered with 200.",
            "1 dari 2 notifikasi palsu dijawab 200.",
        ),
        (
            vec![forged(approve(Scheduled { at: at(20) }, &[]))],
            "A forged notification (changed-status) is due at 12:00:20 WIB.",
            "Satu notifikasi palsu (changed-status) dijadwalkan pukul 12:00:20 WIB.",
        ),
    ] {
        says(&told, en, id);
    }
    let open = of(&Stage::Registered, DecidedBy::Default, &[by_hand(forged(ok()))], false, Lang::En);
    assert!(open.ends_with("WIB. A forged notification (changed-status) was answered with 200."), "{open}");
}
