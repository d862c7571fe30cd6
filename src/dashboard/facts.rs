//! Names and values of what the API shows, for people who want to see everything.

use serde_json::Value;

/// A name and its value, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) value: String,
}

/// The fields of an object that say something, but for `without`.
pub(super) fn facts(object: &Value, without: &[&str]) -> Vec<Fact> {
    let fields = object.as_object().into_iter().flatten();
    let said = fields.filter(|(name, value)| !without.contains(&name.as_str()) && !value.is_null());
    said.map(|(name, value)| Fact { name: name.clone(), value: text(value) }).collect()
}

/// A value as people write it.
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
        let shown = facts(&json!({ "a": "x", "b": null, "c": ["1", 2], "d": 3, "e": "no" }), &["e"]);
        let shown: Vec<_> = shown.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
        assert_eq!(shown, [("a", "x"), ("c", "1, 2"), ("d", "3")]);
    }
}
