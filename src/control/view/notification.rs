//! A notification with all its attempts.

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

/// A notification to a merchant, with all its attempts.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notification {
    /// The number of the notification.
    id: NotificationId,
    /// The merchant that gets it.
    i_mid: IMid,
    /// The transaction; null for an account binding.
    #[serde(rename = "tXid")]
    t_xid: Option<TXid>,
    /// The merchant's number of the order or the account binding.
    reference_no: ReferenceNo,
    /// The result that it reports.
    kind: NotificationKind,
    /// The address, `dbProcessUrl`.
    url: Arc<str>,
    /// The state of the delivery.
    #[schemars(extend("enum" = ["scheduled", "held", "delivered", "exhausted", "skipped"]))]
    state: &'static str,
    /// The variant; null for a normal notification.
    variant: Option<Variant>,
    /// The rule that set the variant, or `control/notify`; null for a normal notification.
    rule: Option<Arc<str>>,
    /// Why it is not sent; null in every other state than `skipped`.
    skipped: Option<SkipReason>,
    /// When the next attempt is due; null if none is planned.
    next_attempt_at: Option<Timestamp>,
    /// The request, the same in every attempt; null before the first attempt.
    request: Option<NotificationRequest>,
    /// All attempts, the first one first.
    attempts: Vec<Attempt>,
}

/// The request of a notification.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotificationRequest {
    /// Always `POST`.
    method: &'static str,
    /// The most important headers.
    headers: NotificationHeaders,
    /// The form, byte for byte.
    body: Arc<str>,
    /// The form's fields by name.
    #[schemars(with = "BTreeMap<String, String>")]
    fields: Map<String, Value>,
}

/// Headers of a notification.
#[derive(Serialize, JsonSchema)]
struct NotificationHeaders {
    /// `application/x-www-form-urlencoded`; different in the variant `wrong-content-type`.
    #[serde(rename = "Content-Type")]
    content_type: Box<str>,
    /// NICEPAY's user agent.
    #[serde(rename = "User-Agent")]
    user_agent: &'static str,
    /// The length of the body in bytes.
    #[serde(rename = "Content-Length")]
    content_length: String,
}

/// An attempt to deliver a notification.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    /// The number of the attempt: 1, 2, …
    number: u32,
    /// When it was sent.
    at: Timestamp,
    /// What caused it.
    trigger: Trigger,
    /// The HTTP status of the merchant's response.
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    /// The headers of the response, at most 2 KiB: one line `name: value` each, names in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_headers: Option<Box<str>>,
    /// The body of the response, at most 8 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Box<str>>,
    /// Why there was no response.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Box<str>>,
    /// Why it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<SkipReason>,
}

impl Notification {
    pub(crate) fn example() -> Value {
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
            "skipped": null,
            "nextAttemptAt": null,
            "request": {
                "method": "POST",
                "headers": {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "User-Agent": USER_AGENT,
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

    pub(crate) fn new(notification: &domain::Notification) -> Self {
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
            skipped: notification.skip_reason(),
            next_attempt_at,
            request: notification.body.as_ref().map(|body| NotificationRequest::new(notification, body)),
            attempts: notification.attempts.iter().map(|attempt| Attempt::new(attempt)).collect(),
        }
    }
}

impl NotificationRequest {
    fn new(notification: &domain::Notification, body: &Arc<str>) -> Self {
        let content_type = notification.rule_plan.as_ref().and_then(|rule_plan| rule_plan.plan.content_type.as_deref());
        let fields = url::form_urlencoded::parse(body.as_bytes());
        Self {
            method: "POST",
            headers: NotificationHeaders {
                content_type: content_type.unwrap_or(FORM).into(),
                user_agent: USER_AGENT,
                content_length: body.len().to_string(),
            },
            body: Arc::clone(body),
            fields: fields.map(|(name, value)| (name.into_owned(), Value::from(value))).collect(),
        }
    }
}

impl Attempt {
    fn new(attempt: &domain::Attempt) -> Self {
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
