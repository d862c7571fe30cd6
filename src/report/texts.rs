//! The fields of bodies as texts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The fields of a request: a JSON object, or else a form. `null` is an empty text.
pub(super) fn texts_of_body(body: &str) -> BTreeMap<String, String> {
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(body) else { return texts_of_form(body) };
    let text = |value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// The fields of a form.
pub(super) fn texts_of_form(body: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}
