//! An event of the log, as a test reads it.

use std::fmt;

use serde_json::Value;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event(Value);

impl Event {
    pub(super) fn new(json: Value) -> Self {
        Self(json)
    }

    /// The number in the log: 1, 2, … without gaps.
    pub fn id(&self) -> u64 {
        self.0["id"].as_u64().unwrap_or(0)
    }

    /// The type: `transaction.approved`, …
    pub fn event_type(&self) -> &str {
        self.0["type"].as_str().unwrap_or_default()
    }

    /// A field as text, also when it is a number; empty when the event lacks the field.
    pub fn field(&self, name: &str) -> String {
        match &self.0[name] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The whole event.
    pub fn json(&self) -> &Value {
        &self.0
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
