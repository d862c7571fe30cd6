//! The fields of a JSON object as a list of names and values.

use serde_json::Value;

/// A name and its value, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

/// The fields of an object that are not null, except those in `omitted`.
pub(super) fn fields(object: &Value, omitted: &[&str]) -> Vec<Field> {
    let fields = object.as_object().into_iter().flatten();
    let listed = fields.filter(|(name, value)| !omitted.contains(&name.as_str()) && !value.is_null());
    listed.map(|(name, value)| Field { name: name.clone(), value: text(value) }).collect()
}

/// A value as text: strings without quotes, lists of simple values with commas.
pub(super) fn text(value: &Value) -> String {
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
    fn what_says_nothing_is_left_out() {
        let listed = fields(&json!({ "a": "x", "b": null, "c": ["1", 2], "d": 3, "e": "no" }), &["e"]);
        let listed: Vec<_> = listed.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
        assert_eq!(listed, [("a", "x"), ("c", "1, 2"), ("d", "3")]);
    }
}
