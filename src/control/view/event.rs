//! An event of the log.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::{self, Entry};

/// An event with its bytes, where it is an exchange.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(in super::super) struct Event(Value);

impl Event {
    pub(in super::super) fn example() -> Value {
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

    pub(in super::super) fn of(entry: &Entry) -> Self {
        Self(json!(entry))
    }

    /// The value of a field; null where there is none.
    pub(in super::super) fn get(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// Its number.
    pub(in super::super) fn id(&self) -> u64 {
        self.get("id").as_u64().unwrap_or(0)
    }

    #[cfg(test)]
    pub(in super::super) fn made_of(value: Value) -> Self {
        Self(value)
    }
}

/// One line of JSON.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The event as the ledger describes it, plus what the log hands out beside an exchange.
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
        let description = "What happened; each type has fields of its own.";
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
        ("target", "Path and query, as sent."),
        (
            "requestHeaders",
            "The headers that came: a line `name: value` each, by name, names in lower case; at most 16 KiB of them.",
        ),
        ("request", "The body that came, as text; at most 16 KiB of it."),
        (
            "responseHeaders",
            "The headers that went, in the same form, without what the HTTP library adds as it sends (`content-length`, \
             `date`, `connection`); empty where no answer was given.",
        ),
        ("response", "The body that went, or where a redirect leads; at most 16 KiB of it."),
    ] {
        properties[name] = json!({ "type": "string", "description": description });
    }
}
