//! A notification with every attempt.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::ledger::{self, AttemptResult, Delivery, IMid, NoticeId, NoticeKind, ReferenceNo, TXid, Trigger};
use crate::protocol::USER_AGENT;

/// What a merchant is told, and what it answered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Notification {
    /// Its number.
    id: NoticeId,
    /// The merchant it goes to.
    i_mid: IMid,
    /// The transaction it speaks of; null where it speaks of a binding.
    #[serde(rename = "tXid")]
    t_xid: Option<TXid>,
    /// The merchant's number of the order or binding.
    reference_no: ReferenceNo,
    /// What it tells.
    kind: NoticeKind,
    /// Where it goes.
    url: Arc<str>,
    /// How far it has come.
    #[schemars(extend("enum" = ["scheduled", "delivered", "exhausted", "skipped"]))]
    state: &'static str,
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
    /// Always `application/x-www-form-urlencoded`.
    #[serde(rename = "Content-Type")]
    content_type: &'static str,
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
    /// At most 8 KiB of the answer's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Box<str>>,
    /// Why no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Box<str>>,
    /// Why it was not sent: the rule, and the flag that changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<Box<str>>,
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
                { "number": 1, "at": "2025-12-31T17:00:02Z", "trigger": "scheduled", "httpStatus": 200, "answer": "OK" },
            ],
        })
    }

    pub(in super::super) fn of(notice: &ledger::Notice) -> Self {
        let next_attempt_at = match notice.delivery {
            Delivery::Scheduled { at } => Some(at),
            _ => None,
        };
        Self {
            id: notice.id,
            i_mid: notice.i_mid.clone(),
            t_xid: notice.t_xid().cloned(),
            reference_no: notice.reference_no.clone(),
            kind: notice.kind,
            url: Arc::clone(&notice.url),
            state: notice.delivery.word(),
            next_attempt_at,
            request: notice.body.as_ref().map(Sent::of),
            attempts: notice.attempts.iter().map(Attempt::of).collect(),
        }
    }
}

impl Sent {
    fn of(body: &Arc<str>) -> Self {
        let fields = url::form_urlencoded::parse(body.as_bytes());
        Self {
            method: "POST",
            headers: Headers {
                content_type: "application/x-www-form-urlencoded",
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
    fn of(attempt: &ledger::Attempt) -> Self {
        let (mut http_status, mut answer, mut error, mut skipped) = (None, None, None, None);
        match attempt.result.clone() {
            AttemptResult::Answered { status, body } => (http_status, answer) = (Some(status), Some(body)),
            AttemptResult::Failed { error: reason, .. } => error = Some(reason),
            AttemptResult::Skipped { reason } => skipped = Some(reason),
        }
        Self { number: attempt.number, at: attempt.at, trigger: attempt.trigger, http_status, answer, error, skipped }
    }
}
