//! Notifications for tests.

use std::sync::Arc;

use crate::clock::{SignedDuration, Timestamp};
use crate::domain::{
    Attempt, AttemptResult, BindingId, Delivery, FormEdit, IMid, Notification, NotificationId, NotificationKind,
    NotificationPlan, NotificationSubject, ReferenceNo, ResponseClass, RetryPolicy, RulePlan, SendMoment, Trigger,
    Variant,
};

/// A notification with four retries, and the results of its attempts.
pub(in crate::dashboard) fn notification(
    kind: NotificationKind,
    delivery: Delivery,
    results: &[AttemptResult],
) -> Notification {
    let at = Timestamp::UNIX_EPOCH;
    let attempts = (1..).zip(results.iter().cloned());
    let attempts =
        attempts.map(|(number, result)| Arc::new(Attempt { number, at, trigger: Trigger::Scheduled, result }));
    Notification {
        id: NotificationId(1),
        subject: NotificationSubject::Binding(BindingId(1)),
        i_mid: IMid::new("SHOP").unwrap(),
        reference_no: ReferenceNo::new("order-7").unwrap(),
        kind,
        decided_at: at,
        user_token: None,
        url: Arc::from("http://127.0.0.1:9/"),
        rule_plan: None,
        trigger: Trigger::Scheduled,
        retries: Arc::new(RetryPolicy { max_retries: 4, ..RetryPolicy::default() }),
        body: None,
        delivery,
        attempts: attempts.collect(),
        resends: 0,
        plan: 0,
    }
}

pub(in crate::dashboard) fn approve(delivery: Delivery, results: &[AttemptResult]) -> Notification {
    notification(NotificationKind::Approve, delivery, results)
}

/// As the rule `my-rule` asks for it.
pub(in crate::dashboard) fn by_rule(variant: Variant, moment: SendMoment, notification: Notification) -> Notification {
    let edits = if variant.is_forged() { vec![FormEdit::ChangeStatus] } else { Vec::new() };
    let plan = NotificationPlan { variant, moment, edits, ..NotificationPlan::plain() };
    Notification { rule_plan: Some(Arc::new(RulePlan { plan, rule: "my-rule".into() })), ..notification }
}

pub(in crate::dashboard) fn held() -> Delivery {
    Delivery::Held { delay: SignedDuration::ZERO }
}

pub(in crate::dashboard) fn status(status: u16) -> AttemptResult {
    AttemptResult::Responded { status, headers: "".into(), body: "".into() }
}

pub(in crate::dashboard) fn failed(class: ResponseClass, error: &str) -> AttemptResult {
    AttemptResult::Failed { class, error: error.into() }
}
