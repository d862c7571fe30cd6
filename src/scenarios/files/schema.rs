//! The JSON Schema of scenario files. Editors use it to complete and check a file.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, json_schema};
use serde_json::Value;

use super::scenario_config::ScenarioConfig;

/// The JSON Schema (2020-12) of a scenario file.
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12().with_transform(WithoutNull);
    let mut schema = settings.into_generator().into_root_schema_for::<ScenarioConfig>();
    add_mode_alias(&mut schema);
    // Title and description come first, for readers.
    let mut named = json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of nicepay-sim",
        "description": "Rules that decide how payments and bindings end, and how fast. Check a file with `nicepay-sim check FILE`.",
    });
    for (key, value) in schema.as_object().into_iter().flatten() {
        if !named.as_object().is_some_and(|named| named.contains_key(key)) {
            named.insert(key.clone(), value.clone());
        }
    }
    named
}

/// Removes null from the schema: TOML has no null.
#[derive(Clone, Debug)]
struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut Schema) {
        let is_null = |value: &Value| value == "null" || value["type"] == "null";
        for (word, alone) in [("type", true), ("anyOf", false)] {
            let Some(Value::Array(all)) = schema.get_mut(word) else { continue };
            all.retain(|one| !is_null(one));
            if let [one] = &all[..] {
                let one = one.clone();
                if alone {
                    schema.insert(word.into(), one);
                } else if let Value::Object(one) = one {
                    schema.remove(word);
                    one.into_iter().for_each(|(word, value)| drop(schema.insert(word, value)));
                }
            }
        }
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
        transform_subschemas(self, schema);
    }
}

/// Adds `mode`, the alias of `modes`.
fn add_mode_alias(schema: &mut Schema) {
    let Some(Value::Object(when)) = schema.pointer_mut("/$defs/WhenConfig/properties") else { return };
    if let Some(mut mode) = when.get("modes").cloned() {
        mode["description"] = "An alias of `modes`.".into();
        when.insert("mode".into(), mode);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every property of every table, with its name.
    fn properties<'s>(schema: &'s Value, found: &mut Vec<(&'s str, &'s Value)>) {
        if let Value::Object(all) = &schema["properties"] {
            found.extend(all.iter().map(|(name, property)| (name.as_str(), property)));
        }
        match schema {
            Value::Object(all) => all.values().for_each(|one| properties(one, found)),
            Value::Array(all) => all.iter().for_each(|one| properties(one, found)),
            _ => {}
        }
    }

    #[test]
    fn every_property_is_described_and_none_may_be_null() {
        let schema = schema().to_value();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let mut found = Vec::new();
        properties(&schema, &mut found);
        assert!(found.len() > 50, "{}", found.len());
        for (name, property) in found {
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 2), "{name} has no description");
        }
        assert!(!schema["$defs"]["WhenConfig"]["properties"]["mode"].is_null());
    }
}
