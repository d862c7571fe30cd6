//! Describes JSON schemas in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::markdown::{cell, codes, with_sections};

/// The named types of a document, and the links to their descriptions.
pub(super) struct Schemas<'s> {
    types: &'s Map<String, Value>,
    /// The link to each type that has a section of its own.
    links: BTreeMap<&'s str, String>,
    /// Whether the page shows the names of types.
    shows_names: bool,
}

static NO_FIELDS: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
/// The maximum number of words that a table lists; more words get a section.
const MAX_INLINE_WORDS: usize = 4;

impl<'s> Schemas<'s> {
    pub(super) fn new(types: &'s Map<String, Value>, shows_names: bool) -> Self {
        Self { types, links: BTreeMap::new(), shows_names }
    }

    /// Adds the link to the description of a type.
    pub(super) fn link(&mut self, name: &'s str, to: String) {
        self.links.insert(name, to);
    }

    /// The type that a reference names, with its name.
    pub(super) fn named(&self, schema: &Value) -> Option<(&'s str, &'s Value)> {
        let name = schema["$ref"].as_str()?.rsplit('/').next()?;
        self.types.iter().find(|(known, _)| *known == name).map(|(name, schema)| (name.as_str(), schema))
    }

    /// Whether a type gets a section: it has fields, words or alternatives.
    pub(super) fn has_section(schema: &Value) -> bool {
        !fields(schema).is_empty() || words(schema).is_some() || alternatives(schema).is_some()
    }

    /// The text of a type in a table.
    pub(super) fn type_text(&self, schema: &Value) -> String {
        if let Some((name, target)) = self.named(schema) {
            return match self.links.get(name) {
                Some(to) => format!("[{}]({to})", self.link_text(name, target)),
                // A string of a certain form, such as a duration.
                None if target["examples"].is_array() => name.to_lowercase(),
                None => self.type_text(target),
            };
        }
        if let Some(all) = alternatives(schema) {
            return self.one_of(all);
        }
        if let Some(words) = words(schema) {
            return codes(words.iter().map(|(word, _)| *word));
        }
        let types = match &schema["type"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).filter(|one| *one != "null").collect(),
            one => one.as_str().into_iter().collect::<Vec<_>>(),
        };
        types.iter().map(|one| self.simple_type_text(one, schema)).collect::<Vec<_>>().join(" or ")
    }

    /// The text of the link to a type.
    fn link_text(&self, name: &str, target: &Value) -> String {
        match words(target) {
            Some(words) if words.len() <= MAX_INLINE_WORDS => codes(words.iter().map(|(word, _)| *word)),
            _ if self.shows_names => format!("`{name}`"),
            Some(_) => "word".to_owned(),
            None if fields(target).is_empty() => "value".to_owned(),
            None => "table".to_owned(),
        }
    }

    fn one_of(&self, all: &[Value]) -> String {
        let mut texts: Vec<_> = all.iter().filter(|one| !is_null(one)).map(|one| self.type_text(one)).collect();
        texts.dedup();
        match texts.split_last() {
            // One value, or a list of such values.
            Some((list, others)) if !others.is_empty() && *list == format!("list of {}", others.join(" or ")) => {
                format!("{}, or a list", others.join(" or "))
            }
            _ => texts.join(" or "),
        }
    }

    fn simple_type_text(&self, name: &str, schema: &Value) -> String {
        match name {
            "array" => match self.type_text(&schema["items"]) {
                items if items.is_empty() => "list".to_owned(),
                items => format!("list of {items}"),
            },
            "object" if fields(schema).is_empty() => "object".to_owned(),
            "object" => format!("{{{}}}", codes(fields(schema).keys().map(String::as_str))),
            "integer" => "whole number".to_owned(),
            "string" if schema["format"] == "date-time" => "instant".to_owned(),
            "string" if schema["pattern"] == "^[0-9]+$" => "string of digits".to_owned(),
            other => other.to_owned(),
        }
    }

    /// The fields of a type as a table; empty if it has none.
    pub(super) fn table(&self, schema: &Value) -> String {
        let fields = fields(schema);
        if fields.is_empty() {
            return String::new();
        }
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut table = "| Field | Type | Meaning |\n|---|---|---|\n".to_owned();
        for (name, field) in fields {
            let needed = if required.iter().any(|one| one == name) { ", required" } else { "" };
            let _ = writeln!(table, "| `{name}` | {}{needed} | {} |", cell(&self.type_text(field)), meaning(field));
        }
        table
    }

    /// The section of a type: its description, and its words, alternatives or fields.
    pub(super) fn section(&self, schema: &Value) -> String {
        let mut text = format!("{}\n\n", with_sections(&description(schema)));
        if let Some(words) = words(schema) {
            text.push_str("| Word | Meaning |\n|---|---|\n");
            for (word, meaning) in words {
                let _ = writeln!(text, "| `{word}` | {} |", cell(&with_sections(meaning)));
            }
        } else if let Some(all) = alternatives(schema) {
            for one in all {
                let _ = writeln!(text, "- {}: {}", self.type_text(one), meaning(one));
            }
        } else {
            text.push_str(&self.table(schema));
        }
        text
    }
}

/// The description of a field for a table, without the list of words.
pub(super) fn meaning(schema: &Value) -> String {
    cell(&with_sections(&description(schema)))
}

fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let own = text.split("\n\n").filter(|part| !part.starts_with("- `"));
    own.collect::<Vec<_>>().join("\n\n")
}

/// The fields of a table.
pub(super) fn fields(schema: &Value) -> &Map<String, Value> {
    schema["properties"].as_object().unwrap_or(&NO_FIELDS)
}

/// The alternatives of a type.
fn alternatives(schema: &Value) -> Option<&[Value]> {
    let one_of = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    if words(schema).is_some() { None } else { Some(one_of) }
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
}

/// The words of a choice, each with its meaning.
pub(super) fn words(schema: &Value) -> Option<Vec<(&str, &str)>> {
    if let Some(all) = schema["oneOf"].as_array() {
        return all.iter().map(|one| Some((one["const"].as_str()?, one["description"].as_str()?))).collect();
    }
    let all = schema["enum"].as_array()?;
    let lines = schema["description"].as_str().unwrap_or_default().lines();
    let meanings: BTreeMap<_, _> = lines.filter_map(|line| line.strip_prefix("- `")?.split_once("`: ")).collect();
    all.iter().map(|word| word.as_str().map(|word| (word, meanings.get(word).copied().unwrap_or_default()))).collect()
}
