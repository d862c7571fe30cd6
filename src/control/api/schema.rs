//! Simplifies JSON schemas: many tools do not know all forms that `schemars` writes.

use serde_json::{Value, json};

/// Removes null from the type of optional fields: a response leaves such a field out and never sets it to null.
pub(super) fn remove_null_from_optional(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(remove_null_from_optional),
        Value::Object(fields) => {
            fields.values_mut().for_each(remove_null_from_optional);
            let required = fields.get("required").cloned().unwrap_or_default();
            let is_required =
                |name: &str| required.as_array().is_some_and(|names| names.iter().any(|other| other == name));
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                properties
                    .iter_mut()
                    .filter(|(name, _)| !is_required(name))
                    .for_each(|(_, schema)| remove_null(schema));
            }
        }
        _ => {}
    }
}

/// Removes null from a type: from a list of types, or from `anyOf`.
fn remove_null(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    if let Some(Value::Array(types)) = fields.get("type") {
        let rest: Vec<_> = types.iter().filter(|one| **one != "null").cloned().collect();
        if let [one] = rest.as_slice() {
            fields.insert("type".to_owned(), one.clone());
        }
    }
    if let Some(Value::Array(choice)) = fields.get("anyOf")
        && let [Value::Object(one), null] = choice.as_slice()
        && *null == json!({ "type": "null" })
    {
        let one = one.clone();
        fields.remove("anyOf");
        for (name, value) in one {
            fields.entry(name).or_insert(value);
        }
    }
}

/// Makes each paragraph of a description one line. Replaces a `oneOf` of words, each with its own description, by a
/// plain `enum`: many tools know only that form.
pub(super) fn simplify(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(simplify),
        Value::Object(fields) => {
            fields.values_mut().for_each(simplify);
            if let Some(Value::String(text)) = fields.get_mut("description") {
                let paragraphs: Vec<_> = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
                *text = paragraphs.join("\n\n");
            }
            if let Some((words, meanings)) = fields.get("oneOf").and_then(words_with_meanings) {
                let description = fields.get("description").and_then(Value::as_str).unwrap_or_default();
                let description = format!("{description}\n\n{meanings}").trim().to_owned();
                fields.remove("oneOf");
                fields.insert("type".to_owned(), "string".into());
                fields.insert("enum".to_owned(), words);
                fields.insert("description".to_owned(), description.into());
            }
        }
        _ => {}
    }
}

/// The words of a `oneOf` that has only words, and a list of what each means.
fn words_with_meanings(one_of: &Value) -> Option<(Value, String)> {
    let (mut words, mut meanings) = (Vec::new(), Vec::new());
    for one in one_of.as_array()? {
        if let Some(word) = one.get("const").and_then(Value::as_str) {
            let meaning = one.get("description").and_then(Value::as_str).unwrap_or_default();
            meanings.push(format!("- `{word}`: {meaning}"));
            words.push(Value::from(word));
        } else {
            words.extend(one.get("enum")?.as_array()?.iter().cloned());
        }
    }
    Some((words.into(), meanings.join("\n")))
}
