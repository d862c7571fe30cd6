//! A notification with every attempt.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::domain::{
    self, AttemptResult, Delivery, IMid, NotificationId, NotificationKind, ReferenceNo, SkipReason, TXid, Trigger,
    Variant,
};
use crate::protocol::{FORM, USER_AGENT};

/// What a merchant is told, and what it answered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Notification {
    /// Its number.
    id: NotificationId,
    /// The merchant it goes to.
    i_mid: IMid,
    /// The transaction it speaks of; null where it speaks of a binding.
    #[serde(rename = "tXid")]
    t_xid: Option<TXid>,
    /// The merchant's number of the order or binding.
    reference_no: ReferenceNo,
    /// What it tells.
    kind: NotificationKind,
    /// Where it goes.
    url: Arc<str>,
    /// How far it has come.
    #[schemars(extend("enum" = ["scheduled", "held", "delivered", "exhausted", "skipped"]))]
    state: &'static str,
    /// What is unusual about it; null where nothing is.
    variant: Option<Variant>,
    /// The rule that has it so, or `control/notify`; null where nothing is unusual.
    rule: Option<Arc<str>>,
    /// When it is sent next; null when it is not.
    next_attempt_at: Option<Timestamp>,
    /// What is sent, every time the same; null before the first attempt.
    request: Option<Sent>,
    /// Every attempt, the first one first.
    attempts: Vec<Attempt>,
}

/// The request of a notification.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NotificationRequest")]
struct Sent {
    /// Always `POST`.
    method: &'static str,
    /// The headers that matter.
    headers: Headers,
    /// The form, byte for byte.
    body: Arc<str>,
    /// The form's fields by name.
    #[schemars(with = "BTreeMap<String, String>")]
    fields: Map<String, Value>,
}

/// Headers of a notification.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "NotificationHeaders")]
struct Headers {
    /// `application/x-www-form-urlencoded`, but with `wrong-content-type`.
    #[serde(rename = "Content-Type")]
    content_type: Box<str>,
    /// NICEPAY's.
    #[serde(rename = "User-Agent")]
    user_agent: &'static str,
    /// Always `*/*`.
    accept: &'static str,
    /// Bytes of the body.
    #[serde(rename = "Content-Length")]
    content_length: String,
}

/// One try at delivering a notification.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    /// 1, 2, …
    number: u32,
    /// When it was made.
    at: Timestamp,
    /// What caused it.
    trigger: Trigger,
    /// The HTTP status of the merchant's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    /// At most 2 KiB of the answer's headers: a line `name: value` each, names in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_headers: Option<Box<str>>,
    /// At most 8 KiB of the answer's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Box<str>>,
    /// Why no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Box<str>>,
    /// Why it was not sent: the rule, and the flag that changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<SkipReason>,
}

impl Notification {
    pub(in super::super) fn example() -> Value {
        json!({
            "id": "1",
            "iMid": "PAYLOANTES",
            "tXid": "PAYLOANTES06202601010000000001",
            "referenceNo": "order-1",
            "kind": "approve",
            "url": "http://127.0.0.1:9000/notify",
            "state": "delivered",
            "variant": null,
            "rule": null,
            "nextAttemptAt": null,
            "request": {
                "method": "POST",
                "headers": {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "User-Agent": USER_AGENT,
                    "Accept": "*/*",
                    "Content-Length": "29",
                },
                "body": "referenceNo=order-1&amt=25145",
                "fields": { "referenceNo": "order-1", "amt": "25145" },
            },
            "attempts": [
                {
                    "number": 1,
                    "at": "2025-12-31T17:00:02Z",
                    "trigger": "scheduled",
                    "httpStatus": 200,
                    "answerHeaders": "content-length: 2\n",
                    "answer": "OK",
                },
            ],
        })
    }

    pub(in super::super) fn of(notification: &domain::Notification) -> Self {
        let next_attempt_at = match notification.delivery {
            Delivery::Scheduled { at } => Some(at),
            _ => None,
        };
        let (variant, rule) = notification.variant_and_rule().unzip();
        Self {
            id: notification.id,
            i_mid: notification.i_mid.clone(),
            t_xid: notification.t_xid().cloned(),
            reference_no: notification.reference_no.clone(),
            kind: notification.kind,
            url: Arc::clone(&notification.url),
            state: notification.delivery.as_str(),
            variant,
            rule,
            next_attempt_at,
            request: notification.body.as_ref().map(|body| Sent::of(notification, body)),
            attempts: notification.attempts.iter().map(Attempt::of).collect(),
        }
    }
}

impl Sent {
    fn of(notification: &domain::Notification, body: &Arc<str>) -> Self {
        let content_type = notification.rule_plan.as_ref().and_then(|rule_plan| rule_plan.plan.content_type.as_deref());
        let fields = url::form_urlencoded::parse(body.as_bytes());
        Self {
            method: "POST",
            headers: Headers {
                content_type: content_type.unwrap_or(FORM).into(),
                user_agent: USER_AGENT,
                accept: "*/*",
                content_length: body.len().to_string(),
            },
            body: Arc::clone(body),
            fields: fields.map(|(name, value)| (name.into_owned(), Value::from(value))).collect(),
        }
    }
}

impl Attempt {
    fn of(attempt: &domain::Attempt) -> Self {
        let (mut http_status, mut answer_headers, mut answer) = (None, None, None);
        let (mut error, mut skipped) = (None, None);
        match attempt.result.clone() {
            AttemptResult::Responded { status, headers, body } => {
                (http_status, answer_headers, answer) = (Some(status), Some(headers), Some(body));
            }
            AttemptResult::Failed { error: reason, .. } => error = Some(reason),
            AttemptResult::Skipped { reason } => skipped = Some(reason),
        }
        let (number, at, trigger) = (attempt.number, attempt.at, attempt.trigger);
        Self { number, at, trigger, http_status, answer_headers, answer, error, skipped }
    }
}
