//! A notification in the built-in inbox.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::control::api::mask_texts;
use crate::domain::{self, IMid, KeyMask, MaskKeys as _};

/// What the check of a merchantToken says.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TokenVerdict {
    /// It is right for `iMid`, `tXid` and `amt`.
    Right,
    /// It is wrong, or missing; `diagnosis` says why.
    Wrong,
}

/// A notification that a built-in inbox has received.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InboxMessage {
    /// The number of the notification: 1, 2, … in the order of arrival.
    id: u64,
    /// The name of the inbox; `default` for `/__sim/inbox`.
    inbox: Box<str>,
    /// When it came.
    at: Timestamp,
    /// The merchant; null for a `tXid` or an `iMid` of no merchant here.
    i_mid: Option<IMid>,
    /// Whether its merchantToken is right.
    merchant_token: TokenVerdict,
    /// Why the merchantToken is wrong: a slug, a colon and a sentence; null if it is right.
    diagnosis: Option<Box<str>>,
    /// The header `Content-Type`; empty without one.
    content_type: Box<str>,
    /// The body, byte for byte.
    body: Box<str>,
    /// The form's fields by name.
    #[schemars(with = "BTreeMap<String, String>")]
    fields: Value,
}

impl InboxMessage {
    pub(crate) fn example() -> Value {
        json!({
            "id": 1,
            "inbox": "default",
            "at": "2025-12-31T17:00:02Z",
            "iMid": "PAYLOANTES",
            "merchantToken": "right",
            "diagnosis": null,
            "contentType": "application/x-www-form-urlencoded",
            "body": "referenceNo=order-1&amt=25145",
            "fields": { "referenceNo": "order-1", "amt": "25145" },
        })
    }

    /// With merchantKeys masked.
    pub(crate) fn new(id: u64, message: &domain::InboxMessage, mask: &KeyMask) -> Self {
        let fields = url::form_urlencoded::parse(message.body.as_bytes());
        // Any letter can be percent-encoded: the fields are masked after they were decoded.
        let mut fields = fields.map(|(name, value)| (name.into_owned(), Value::from(value))).collect();
        mask_texts(&mut fields, mask);
        let mut message = message.clone();
        message.mask_keys(mask);
        Self {
            id,
            inbox: message.inbox,
            at: message.at,
            i_mid: message.i_mid,
            merchant_token: if message.diagnosis.is_none() { TokenVerdict::Right } else { TokenVerdict::Wrong },
            diagnosis: message.diagnosis,
            content_type: message.content_type,
            body: message.body,
            fields,
        }
    }

    /// The merchant, or a field that says what it is about.
    pub(crate) fn subject(&self, name: &str) -> Option<&str> {
        match name {
            "iMid" => self.i_mid.as_ref().map(IMid::as_str),
            _ => self.fields.get(name)?.as_str(),
        }
    }
}
