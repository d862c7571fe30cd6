use std::sync::Arc;

use super::*;
use crate::clock::SignedDuration;
use crate::domain::{
    Attempt, BindingId, IMid, NotificationId, NotificationPlan, NotificationSubject, ReferenceNo, RetryPolicy, RulePlan,
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Delivery {
    Delivery::Scheduled { at: NOW + SignedDuration::from_secs(seconds) }
}

fn notification(kind: NotificationKind, delivery: Delivery) -> Notification {
    Notification {
        id: NotificationId(1),
        subject: NotificationSubject::Binding(BindingId(1)),
        i_mid: IMid::new("SHOP").unwrap(),
        reference_no: ReferenceNo::new("order-7").unwrap(),
        kind,
        decided_at: NOW,
        user_token: None,
        url: Arc::from("http://127.0.0.1:9/"),
        rule_plan: None,
        trigger: Trigger::Scheduled,
        retries: Arc::new(RetryPolicy { max_retries: 4, ..RetryPolicy::default() }),
        body: None,
        delivery,
        attempts: Vec::new(),
        resends: 0,
        plan: 0,
    }
}

fn approve(delivery: Delivery) -> Notification {
    notification(NotificationKind::Approve, delivery)
}

fn attempted(mut notification: Notification, results: &[AttemptResult]) -> Notification {
    for (number, result) in (1..).zip(results) {
        let attempt = Attempt { number, at: NOW, trigger: Trigger::Scheduled, result: result.clone() };
        notification.attempts.push(Arc::new(attempt));
    }
    notification
}

fn status(status: u16) -> AttemptResult {
    AttemptResult::Responded { status, headers: "".into(), body: "".into() }
}

fn failed(class: ResponseClass) -> AttemptResult {
    AttemptResult::Failed { class, error: "a long text".into() }
}

fn by_rule(mut notification: Notification, variant: Variant, moment: SendMoment) -> Notification {
    let plan = NotificationPlan { variant, moment, ..NotificationPlan::plain() };
    notification.rule_plan = Some(Arc::new(RulePlan { plan, rule: "my-rule".into() }));
    notification
}

#[track_caller]
fn says(notifications: &[Notification], state: DeliveryState, en: &str, id: &str) -> DeliverySummary {
    let summary = DeliverySummary::new(notifications, NOW);
    assert_eq!((summary.state, summary.text(Lang::En).as_str(), summary.text(Lang::Id).as_str()), (state, en, id));
    summary
}

#[test]
fn each_state_has_a_sentence_in_both_languages() {
    use DeliveryState::{Delivered, Failed, Held, None, Pending, Skipped};
    says(&[], None, "no notification", "belum ada notifikasi");
    says(&[approve(at(5))], Pending, "first attempt in 5 s", "percobaan pertama dalam 5 detik");
    says(&[approve(at(0))], Pending, "first attempt is due now", "percobaan pertama jatuh tempo sekarang");
    let twice = [status(502), failed(ResponseClass::Timeout)];
    says(
        &[attempted(approve(at(38)), &twice)],
        Pending,
        "retry 2 of 4 in 38 s (no answer in time)",
        "percobaan ulang 2 dari 4 dalam 38 detik (tidak dijawab tepat waktu)",
    );
    says(
        &[attempted(approve(at(0)), &twice[..1])],
        Pending,
        "retry 1 of 4 is due now (HTTP 502)",
        "percobaan ulang 1 dari 4 jatuh tempo sekarang (HTTP 502)",
    );
    says(
        &[attempted(approve(Delivery::Exhausted), &[status(502), status(502)])],
        Failed,
        "gave up after 2 attempts (HTTP 502)",
        "berhenti setelah 2 percobaan (HTTP 502)",
    );
    says(
        &[attempted(approve(Delivery::Exhausted), &[failed(ResponseClass::Unreachable)])],
        Failed,
        "gave up after 1 attempt (no connection)",
        "berhenti setelah 1 percobaan (tidak tersambung)",
    );
    says(&[attempted(approve(Delivery::Delivered), &[status(200)])], Delivered, "delivered", "terkirim");
    says(
        &[attempted(approve(Delivery::Delivered), &[failed(ResponseClass::Broken), status(200)])],
        Delivered,
        "delivered at attempt 2",
        "terkirim pada percobaan ke-2",
    );
    let held = Delivery::Held { delay: SignedDuration::ZERO };
    says(
        &[by_rule(approve(held), Variant::AfterReturn, SendMoment::AfterReturn)],
        Held,
        "held by rule my-rule until the customer returns",
        "ditahan oleh aturan my-rule sampai pelanggan kembali",
    );
    says(
        &[by_rule(approve(held), Variant::OutOfOrder, SendMoment::AfterNext)],
        Held,
        "held by rule my-rule until the next one",
        "ditahan oleh aturan my-rule sampai notifikasi berikutnya",
    );
    says(
        &[by_rule(approve(Delivery::Skipped), Variant::Lost, SendMoment::Never)],
        Skipped,
        "not sent: dropped by rule my-rule",
        "tidak dikirim: dibuang oleh aturan my-rule",
    );
    says(&[approve(Delivery::Skipped)], Skipped, "not sent", "tidak dikirim");
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
        says(&[attempted(approve(Delivery::Skipped), &[AttemptResult::Skipped { reason }])], Skipped, en, id);
    }
    for state in DeliveryState::ALL {
        let (en, id) = state.label();
        assert!(!en.is_empty() && en != id, "{state:?}");
    }
}

#[test]
fn the_newest_true_report_counts_and_one_copy_is_enough() {
    use DeliveryState::{Delivered, Failed, Pending};
    let review = attempted(notification(NotificationKind::Pending, Delivery::Delivered), &[status(200)]);
    says(&[review.clone(), approve(at(5))], Pending, "first attempt in 5 s", "percobaan pertama dalam 5 detik");

    let sent = attempted(approve(Delivery::Delivered), &[status(200)]);
    let copies: Vec<_> =
        [sent, approve(at(1)), approve(at(2))].map(|copy| by_rule(copy, Variant::Duplicate, SendMoment::Due)).into();
    let summary = says(&copies, Delivered, "delivered 1 of 3", "terkirim 1 dari 3");
    let said: Vec<_> = summary.unusual.iter().map(|unusual| (unusual.text(Lang::En), &*unusual.rule)).collect();
    assert_eq!(said, [("sent 3 times on purpose".to_owned(), "my-rule")]);

    // The next of several copies is told.
    let copies = [approve(at(60)), approve(at(20))];
    says(&copies, Pending, "first attempt in 20 s", "percobaan pertama dalam 20 detik");

    // A forged one says nothing about the true one.
    let gave_up = attempted(approve(Delivery::Exhausted), &[status(500)]);
    let forged = attempted(approve(Delivery::Delivered), &[status(200)]);
    let forged = by_rule(forged, Variant::ChangedAmount, SendMoment::Due);
    let both = [gave_up, forged.clone(), forged.clone()];
    let summary = says(&both, Failed, "gave up after 1 attempt (HTTP 500)", "berhenti setelah 1 percobaan (HTTP 500)");
    let unusual = summary.unusual.first().unwrap();
    assert_eq!(unusual.text(Lang::En), "forged: changed-amount ×2");
    assert_eq!(unusual.text(Lang::Id), "palsu: changed-amount ×2");
    says(&[forged], Delivered, "delivered", "terkirim");
}

#[test]
fn what_is_sent_by_hand_is_no_retry() {
    let mut notification = attempted(approve(at(30)), &[status(500), status(500)]);
    let by_hand = Attempt { trigger: Trigger::Manual, ..(*notification.attempts[1]).clone() };
    notification.attempts[1] = Arc::new(by_hand);
    says(
        &[notification],
        DeliveryState::Pending,
        "retry 1 of 4 in 30 s (HTTP 500)",
        "percobaan ulang 1 dari 4 dalam 30 detik (HTTP 500)",
    );
    let late = by_rule(approve(at(30)), Variant::Late, SendMoment::Due);
    let summary = DeliverySummary::new(&[by_rule(approve(at(1)), Variant::Plain, SendMoment::Due), late], NOW);
    assert_eq!(summary.unusual.len(), 1, "a plain one is not unusual");
    assert_eq!(summary.unusual[0].text(Lang::En), "on purpose: late");
    assert_eq!(summary.due, Some(NOW + SignedDuration::from_secs(1)));
}
