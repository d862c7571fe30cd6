//! An event of the log.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use crate::control::api::mask_texts;
use crate::domain::{self, Entry, KeyMask};

/// An event of the log. `exchange.recorded` also has the bytes of the request and the response.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Event(Value);

impl Event {
    pub(crate) fn example() -> Value {
        json!({
            "id": 2,
            "at": "2025-12-31T17:00:02Z",
            "iMid": "PAYLOANTES",
            "tXid": "PAYLOANTES06202601010000000001",
            "referenceNo": "order-1",
            "type": "transaction.approved",
            "instmntMon": 6,
            "phone": "081291891818",
            "rule": "approve/default",
        })
    }

    pub(crate) fn from_entry(entry: &Entry) -> Self {
        Self(json!(entry))
    }

    /// The same with merchantKeys masked, as it is shown.
    pub(crate) fn masked(mut self, mask: &KeyMask) -> Self {
        mask_texts(&mut self.0, mask);
        self
    }

    /// The value of a field; null if it is absent.
    pub(crate) fn get(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// The number of the event.
    pub(crate) fn id(&self) -> u64 {
        self.get("id").as_u64().unwrap_or(0)
    }

    #[cfg(any(test, feature = "fuzz"))]
    pub(crate) fn from_value(value: Value) -> Self {
        Self(value)
    }
}

/// One line of JSON.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The schema of the domain's event, and of the bytes that the log adds to an exchange.
impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = domain::Event::json_schema(generator);
        let mut types = Vec::new();
        for kind in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = kind["properties"]["type"]["const"].clone();
            if name == "exchange.recorded" {
                describe_bytes(&mut kind["properties"]);
            }
            kind["title"] = name.clone();
            types.push(name);
        }
        let description = "What happened. Each type has its own fields.";
        let all = json!({ "type": "string", "enum": types, "description": description });
        if let Some(properties) = schema.get_mut("properties") {
            properties["type"] = all;
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.push("type".into());
        }
        schema
    }
}

fn describe_bytes(properties: &mut Value) {
    for (name, description) in [
        ("method", "The HTTP method."),
        ("target", "Path and query as sent."),
        (
            "requestHeaders",
            "The request headers: one line `name: value` each, sorted by name, names in lower case; at most 16 KiB.",
        ),
        ("request", "The request body as text; at most 16 KiB."),
        (
            "responseHeaders",
            "The response headers in the same form, without `content-length`, `date` and `connection`; empty if there \
             was no response.",
        ),
        ("response", "The response body, or the target of a redirect; at most 16 KiB."),
    ] {
        properties[name] = json!({ "type": "string", "description": description });
    }
}
