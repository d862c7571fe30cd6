//! `docs/reference/scenario-format.md`

use std::fmt::Write as _;

use serde_json::Value;

use super::markdown::{block, head};
use super::schema::{Schemas, fields};
use crate::docs::heading_id;

const INTRO: &str = "Every table and key of a scenario file. A scenario file is TOML; only `title` is required. The guide \
to writing one is [Scenarios](../guides/scenarios.md).";

const EXAMPLE: &str = r#"title = "Large payments are reviewed"

[[rule]]
when = { amt = { from = 1000000 } }
then = { outcome = "review", review = { after = "30s", verdict = "approve" } }

[[example]]
given = { amt = 1000000 }
expect = { outcome = "review" }
"#;

const AFTER: &str = "`nicepay-sim check FILE` reads a file and tries its examples. `nicepay-sim schema` prints this \
format as [JSON Schema](../scenario.schema.json), with which editors complete and check. Durations are written `30s`, \
`2h 30m`, `1d` or `PT30S`. A key that is not listed here is refused.";

/// A named type, and the first key that uses it.
pub(super) struct TypeSection<'s> {
    pub(super) name: &'s str,
    pub(super) schema: &'s Value,
    pub(super) key: String,
}

impl TypeSection<'_> {
    /// The anchor of its section on the page.
    pub(super) fn anchor(&self) -> String {
        heading_id(&self.key)
    }
}

/// The types that have a section, in the order of the keys that use them.
pub(super) fn sections<'s>(root: &'s Value, schemas: &Schemas<'s>) -> Vec<TypeSection<'s>> {
    let mut found = Vec::new();
    visit("", root, schemas, &mut found);
    found
}

fn visit<'s>(key: &str, schema: &'s Value, schemas: &Schemas<'s>, found: &mut Vec<TypeSection<'s>>) {
    if let Some((name, target)) = schemas.named(schema) {
        if Schemas::has_section(target) && found.iter().all(|known| known.name != name) {
            found.push(TypeSection { name, schema: target, key: key.to_owned() });
            visit(key, target, schemas, found);
        }
        return;
    }
    for inside in ["items", "anyOf", "oneOf"] {
        match &schema[inside] {
            Value::Array(all) => all.iter().for_each(|one| visit(key, one, schemas, found)),
            Value::Null => {}
            one => visit(key, one, schemas, found),
        }
    }
    for (name, field) in fields(schema) {
        let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
        visit(&key, field, schemas, found);
    }
}

pub(super) fn page() -> String {
    let root = crate::scenarios::schema().to_value();
    let Some(types) = root["$defs"].as_object() else { return String::new() };
    let mut schemas = Schemas::new(types, false);
    let sections = sections(&root, &schemas);
    for section in &sections {
        schemas.link(section.name, format!("#{}", section.anchor()));
    }
    let mut page = head("Scenario format", INTRO);
    let _ = write!(page, "\n{}\n{AFTER}\n\n## The file\n\n{}", block("toml", EXAMPLE), schemas.table(&root));
    let mut key = "";
    for section in &sections {
        // Two types of one key, such as a word and a table, share the heading.
        if section.key != key {
            key = &section.key;
            let _ = write!(page, "\n## `{key}`\n");
        }
        let _ = write!(page, "\n{}", schemas.section(section.schema));
    }
    page
}
