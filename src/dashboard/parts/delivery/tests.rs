use std::sync::Arc;

use super::samples::{approve, by_rule, failed, held, notification, status};
use super::*;
use crate::clock::SignedDuration;
use crate::domain::{Attempt, AttemptResult, NotificationKind, ResponseClass, Trigger};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Delivery {
    Delivery::Scheduled { at: NOW + SignedDuration::from_secs(seconds) }
}

#[track_caller]
fn says(notifications: &[Notification], state: DeliveryState, en: &str, id: &str) -> DeliverySummary {
    let summary = DeliverySummary::new(notifications, NOW);
    assert_eq!(
        (summary.state, &*summary.sentence(Lang::En).text(), &*summary.sentence(Lang::Id).text()),
        (state, en, id)
    );
    summary
}

#[test]
fn each_state_has_a_sentence_in_both_languages() {
    use DeliveryState::{Delivered, Failed, Held, None, Pending, Skipped};
    says(&[], None, "no notification", "belum ada notifikasi");
    says(&[approve(at(5), &[])], Pending, "first attempt in 5 s", "percobaan pertama dalam 5 detik");
    says(&[approve(at(0), &[])], Pending, "first attempt now", "percobaan pertama sekarang");
    let twice = [status(502), failed(ResponseClass::Timeout, "a long text")];
    says(
        &[approve(at(38), &twice)],
        Pending,
        "retry 2 of 4 in 38 s (no answer in time)",
        "percobaan ulang 2 dari 4 dalam 38 detik (tidak dijawab tepat waktu)",
    );
    says(
        &[approve(at(0), &twice[..1])],
        Pending,
        "retry 1 of 4 now (HTTP 502)",
        "percobaan ulang 1 dari 4 sekarang (HTTP 502)",
    );
    says(
        &[approve(Delivery::Exhausted, &[status(502), status(502)])],
        Failed,
        "gave up after 2 attempts (HTTP 502)",
        "berhenti setelah 2 percobaan (HTTP 502)",
    );
    says(
        &[approve(Delivery::Exhausted, &[failed(ResponseClass::Unreachable, "a long text")])],
        Failed,
        "gave up after 1 attempt (no connection)",
        "berhenti setelah 1 percobaan (tidak tersambung)",
    );
    says(&[approve(Delivery::Delivered, &[status(200)])], Delivered, "delivered", "terkirim");
    says(
        &[approve(Delivery::Delivered, &[failed(ResponseClass::Broken, "a long text"), status(200)])],
        Delivered,
        "delivered at attempt 2",
        "terkirim pada percobaan ke-2",
    );
    says(
        &[by_rule(Variant::AfterReturn, SendMoment::AfterReturn, approve(held(), &[]))],
        Held,
        "held until the browser returns (rule my-rule)",
        "ditahan sampai browser kembali (aturan my-rule)",
    );
    says(
        &[by_rule(Variant::OutOfOrder, SendMoment::AfterNext, approve(held(), &[]))],
        Held,
        "held until the next notification (rule my-rule)",
        "ditahan sampai notifikasi berikutnya (aturan my-rule)",
    );
    says(
        &[by_rule(Variant::Lost, SendMoment::Never, approve(Delivery::Skipped, &[]))],
        Skipped,
        "not sent: dropped by rule my-rule",
        "tidak dikirim karena aturan my-rule",
    );
    says(&[approve(Delivery::Skipped, &[])], Skipped, "not sent", "tidak dikirim");
    for (reason, en, id) in [
        (
            SkipReason::AddressNotAllowed("a long text".into()),
            "not sent: its address is not called (--allow-egress)",
            "tidak dikirim: alamatnya tidak dipanggil (--allow-egress)",
        ),
        (
            SkipReason::SubjectRemoved,
            "not sent: removed to save memory",
            "tidak dikirim: dihapus untuk menghemat memori",
        ),
    ] {
        says(&[approve(Delivery::Skipped, &[AttemptResult::Skipped { reason }])], Skipped, en, id);
    }
    for state in DeliveryState::ALL {
        let (en, id) = state.label();
        assert!(!en.is_empty() && en != id, "{state:?}");
    }
}

#[test]
fn the_newest_true_report_counts_and_one_copy_is_enough() {
    use DeliveryState::{Delivered, Failed, Pending};
    let review = notification(NotificationKind::Pending, Delivery::Delivered, &[status(200)]);
    says(&[review.clone(), approve(at(5), &[])], Pending, "first attempt in 5 s", "percobaan pertama dalam 5 detik");

    let sent = approve(Delivery::Delivered, &[status(200)]);
    let copies: Vec<_> = [sent, approve(at(1), &[]), approve(at(2), &[])]
        .map(|copy| by_rule(Variant::Duplicate, SendMoment::Due, copy))
        .into();
    let summary = says(&copies, Delivered, "delivered 1 of 3", "terkirim 1 dari 3");
    let said: Vec<_> = summary.unusual.iter().map(|unusual| (unusual.text(Lang::En), &*unusual.rule)).collect();
    assert_eq!(said, [("sent 3 times on purpose".to_owned(), "my-rule")]);

    // The next of several copies is told.
    let copies = [approve(at(60), &[]), approve(at(20), &[])];
    says(&copies, Pending, "first attempt in 20 s", "percobaan pertama dalam 20 detik");

    // A forged one says nothing about the true one.
    let gave_up = approve(Delivery::Exhausted, &[status(500)]);
    let forged = approve(Delivery::Delivered, &[status(200)]);
    let forged = by_rule(Variant::ChangedAmount, SendMoment::Due, forged);
    let both = [gave_up, forged.clone(), forged.clone()];
    let summary = says(&both, Failed, "gave up after 1 attempt (HTTP 500)", "berhenti setelah 1 percobaan (HTTP 500)");
    let unusual = summary.unusual.first().unwrap();
    assert_eq!(unusual.text(Lang::En), "forged: changed-amount ×2");
    assert_eq!(unusual.text(Lang::Id), "palsu: changed-amount ×2");
    says(&[forged], Delivered, "delivered", "terkirim");
}

#[test]
fn a_copy_that_is_sent_by_hand_is_not_the_notification() {
    let gave_up = approve(Delivery::Exhausted, &[status(500)]);
    let copy = Notification { trigger: Trigger::Manual, ..approve(Delivery::Delivered, &[status(200)]) };
    let both = [gave_up, copy.clone()];
    let (en, id) = ("gave up after 1 attempt (HTTP 500)", "berhenti setelah 1 percobaan (HTTP 500)");
    says(&both, DeliveryState::Failed, en, id);
    says(&[copy], DeliveryState::Delivered, "delivered", "terkirim");
}

#[test]
fn what_is_sent_by_hand_is_no_retry() {
    let mut notification = approve(at(30), &[status(500), status(500)]);
    let by_hand = Attempt { trigger: Trigger::Manual, ..(*notification.attempts[1]).clone() };
    notification.attempts[1] = Arc::new(by_hand);
    says(
        &[notification],
        DeliveryState::Pending,
        "retry 1 of 4 in 30 s (HTTP 500)",
        "percobaan ulang 1 dari 4 dalam 30 detik (HTTP 500)",
    );
    let late = by_rule(Variant::Late, SendMoment::Due, approve(at(30), &[]));
    let summary = DeliverySummary::new(&[by_rule(Variant::Plain, SendMoment::Due, approve(at(1), &[])), late], NOW);
    assert_eq!(summary.unusual.len(), 1, "a plain one is not unusual");
    assert_eq!(summary.unusual[0].text(Lang::En), "on purpose: late");
    assert_eq!(summary.sentence(Lang::En).text(), "first attempt in 1 s");
}
