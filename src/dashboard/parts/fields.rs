//! The fields of an object as a list of names and values, with the names that they have in the API.

use serde::Serialize;
use serde_json::Value;

/// A name and its value, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Field {
    pub(in crate::dashboard) name: String,
    pub(in crate::dashboard) value: String,
}

/// Whether people copy this field into other tools.
pub(in crate::dashboard) fn is_copied(name: &str) -> bool {
    const COPIED: &[&str] = &[
        "tXid",
        "userToken",
        "referenceNo",
        "dbProcessUrl",
        "callBackUrl",
        "callbackUrl",
        "paymentURL",
        "partnerUrl",
        "merchantToken",
        "clientUserKey",
        "url",
    ];
    COPIED.contains(&name)
}

/// Whether the search finds the payments of this field's value.
pub(in crate::dashboard) fn is_searched(name: &str, value: &str) -> bool {
    const SEARCHED: &[&str] = &["userToken", "clientUserKey"];
    SEARCHED.contains(&name) && !value.is_empty()
}

impl Field {
    /// Whether its value is a link to the payments that the search finds.
    pub(in crate::dashboard) fn is_searched(&self) -> bool {
        is_searched(&self.name, &self.value)
    }

    /// Whether it has a button to copy it.
    pub(in crate::dashboard) fn is_copied(&self) -> bool {
        is_copied(&self.name) && !self.value.is_empty()
    }
}

/// The fields of an object that are not null, except those in `omitted`.
pub(in crate::dashboard) fn fields(object: &impl Serialize, omitted: &[&str]) -> Vec<Field> {
    let object = serde_json::to_value(object).inspect_err(|error| tracing::error!(%error, "an object has no fields"));
    let Ok(Value::Object(fields)) = object else { return Vec::new() };
    let listed = fields.iter().filter(|(name, value)| !omitted.contains(&name.as_str()) && !value.is_null());
    listed.map(|(name, value)| Field { name: name.clone(), value: text(value) }).collect()
}

/// A value as text: strings without quotes, lists of simple values with commas.
pub(in crate::dashboard) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) if list.iter().all(|item| !item.is_object() && !item.is_array()) => {
            list.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Object(_) | Value::Array(_) => format!("{value:#}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_and_omitted_fields_are_left_out() {
        let listed = fields(&json!({ "a": "x", "b": null, "c": ["1", 2], "d": 3, "e": "no" }), &["e"]);
        let listed: Vec<_> = listed.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
        assert_eq!(listed, [("a", "x"), ("c", "1, 2"), ("d", "3")]);
    }
}
