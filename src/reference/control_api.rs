//! `docs/reference/control-api.md`

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::markdown::{block, cell, head, with_sections};
use super::scenario_format;
use super::schema::{Schemas, meaning};
use crate::docs::heading_id;

const INTRO: &str = "Every call of the control API, with its parameters, its body and its answer. Tests, scripts and the \
dashboard use it to look into the simulator and to decide what happens.";

const EXAMPLE: &str = "curl -sS http://127.0.0.1:8606/__sim/api/clock; echo";
const OUTPUT: &str = r#"{"now":"2026-11-24T10:45:48.67Z","mode":"system", … }"#;

/// The maximum length of an example that is shown at its call; a longer one is shown at its type.
const MAX_INLINE_EXAMPLE: usize = 240;

/// The OpenAPI document.
pub(super) fn document() -> Value {
    serde_json::from_str(&crate::control::openapi()).unwrap_or_default()
}

pub(super) fn page() -> String {
    let document = document();
    let Some(types) = document["components"]["schemas"].as_object() else { return String::new() };
    let listed = types_with_sections(&document, types);
    let schemas = linked_schemas(&document, types, "");

    let mut page = head("Control API", INTRO);
    // The first sentence repeats the intro.
    let introduction = description(&document["info"]);
    let rules = introduction.split_once(". ").map_or(introduction.as_str(), |(_, rules)| rules);
    let _ = write!(page, "\nThe calls lie below `/__sim/api`. {rules}\n");
    let _ = write!(page, "\n{}\n{}", block("bash", EXAMPLE), block("json", OUTPUT));
    page.push_str("\n`GET /__sim/openapi.json` is this page for programs ([openapi.json](../openapi.json)). `GET /__sim/livez` and `GET /__sim/readyz` are for supervisors.\n");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(page, "\n## {}\n\n{}\n", capitalized(name), description(tag));
        for (path, method, call) in calls(&document).filter(|(_, _, call)| call["tags"][0] == name) {
            write_call(&schemas, path, method, call, &mut page);
        }
    }
    write_problems(&document, &mut page);
    page.push_str("\n## Types\n");
    for (name, schema) in types.iter().filter(|(name, _)| listed.contains(name.as_str())) {
        let _ = write!(page, "\n### {name}\n\n{}", schemas.section(schema));
        if let Some(example) = example_of(&document, name) {
            let _ = write!(page, "\n{}", block("json", &format!("{example:#}")));
        }
    }
    // A call without an example leaves an extra empty line.
    page.replace("\n\n\n", "\n\n")
}

/// The types, with the links to their sections. `page` is the path of this page, for links from another page.
pub(super) fn linked_schemas<'t>(document: &Value, types: &'t Map<String, Value>, page: &str) -> Schemas<'t> {
    let mut schemas = Schemas::new(types, true);
    for name in types_with_sections(document, types) {
        schemas.link(name, format!("{page}#{}", heading_id(name)));
    }
    schemas.link("Event", "events.md".to_owned());
    link_scenario_format(&mut schemas, types);
    schemas
}

/// Every call: its path, its HTTP method, and its description.
fn calls(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, call)| (path.as_str(), method.as_str(), call))
    })
}

fn write_call(schemas: &Schemas<'_>, path: &str, method: &str, call: &Value, page: &mut String) {
    let _ = write!(
        page,
        "\n### {} {path}\n\n{}. {}\n",
        method.to_uppercase(),
        call["summary"].as_str().unwrap_or_default(),
        description(call)
    );
    let parameters = call["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        page.push_str("\n| Parameter | In | Meaning |\n|---|---|---|\n");
    }
    for one in parameters {
        let (name, location) = (one["name"].as_str().unwrap_or_default(), one["in"].as_str().unwrap_or_default());
        let _ = writeln!(page, "| `{name}` | {location} | {}{} |", meaning(one), default_and_maximum(&one["schema"]));
    }
    let body = &call["requestBody"]["content"]["application/json"];
    if !body.is_null() {
        let schema = schemas.named(&body["schema"]).map_or(&body["schema"], |(_, schema)| schema);
        let _ = write!(
            page,
            "\nBody, for example:\n\n{}\n{}",
            block("json", &body["example"].to_string()),
            schemas.table(schema)
        );
    }
    let responses = call["responses"].as_object().into_iter().flatten();
    let responses: Vec<_> = responses.filter(|(status, _)| status.starts_with('2')).collect();
    page.push('\n');
    for (status, response) in &responses {
        let _ = writeln!(page, "{}\n", success_text(schemas, status, response));
    }
    let mut examples: Vec<_> = responses.iter().filter_map(|(_, response)| short_example(response)).collect();
    examples.dedup();
    for example in examples {
        let _ = writeln!(page, "{}", block("json", &example.to_string()));
    }
    let own: Vec<_> = own_problems(method, call).map(|slug| format!("[`{slug}`](#problems)")).collect();
    if !own.is_empty() {
        let _ = writeln!(page, "Problems: {}.", own.join(", "));
    }
}

fn success_text(schemas: &Schemas<'_>, status: &str, response: &Value) -> String {
    let contents: Vec<_> = response["content"].as_object().into_iter().flatten().collect();
    let types = contents.iter().map(|(media, content)| match media.as_str() {
        "application/json" => schemas.type_text(&content["schema"]),
        media => format!("`{media}`"),
    });
    let types = types.collect::<Vec<_>>().join(" or ");
    let types = if types.is_empty() { types } else { format!(" ({types})") };
    format!("Answers {status}{types}: {}", meaning(response))
}

/// The example of a response, if it is short enough to be shown at the call.
fn short_example(response: &Value) -> Option<&Value> {
    Some(&response["content"]["application/json"]["example"]).filter(|example| is_inline(example))
}

fn is_inline(example: &Value) -> bool {
    !example.is_null() && example.to_string().len() <= MAX_INLINE_EXAMPLE
}

/// The problems of this call only, without those of every write and every body.
fn own_problems<'c>(method: &str, call: &'c Value) -> impl Iterator<Item = &'c str> {
    const EVERYWHERE: [&str; 7] =
        ["bad-json", "broken", "too-slow", "too-large", "parameter", "origin", "content-type"];
    let responses = call["responses"].as_object().into_iter().flatten();
    let examples =
        responses.filter_map(|(_, response)| response["content"]["application/problem+json"]["examples"].as_object());
    let is_write = method != "get";
    examples.flat_map(Map::keys).map(String::as_str).filter(move |slug| !is_write || !EVERYWHERE.contains(slug))
}

fn write_problems(document: &Value, page: &mut String) {
    page.push_str("\n## Problems\n\nAn error is a problem document (RFC 9457). Its `type` is `urn:nicepay-sim:problem:` and one of these names. `detail` explains it to people.\n\n| Name | HTTP status | Meaning |\n|---|---|---|\n");
    for (name, example) in document["components"]["examples"].as_object().into_iter().flatten() {
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} |",
            example["value"]["status"],
            cell(&capitalized(example["summary"].as_str().unwrap_or_default()))
        );
    }
}

/// The allowed words, the default and the maximum of a parameter.
fn default_and_maximum(schema: &Value) -> String {
    let mut text = String::new();
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        let _ = write!(text, " One of {}.", words.join(", "));
    }
    match (&schema["default"], &schema["maximum"]) {
        (Value::Null, _) => {}
        (Value::String(default), _) => drop(write!(text, " Default `{default}`.")),
        (default, Value::Null) => drop(write!(text, " Default {default}.")),
        (default, maximum) => drop(write!(text, " Default {default}, at most {maximum}.")),
    }
    text
}

/// The names of the types that have a section: those that responses and other types mention. The type of a request body is
/// described at its call.
fn types_with_sections<'t>(document: &Value, types: &'t Map<String, Value>) -> BTreeSet<&'t str> {
    let mut responses = document["paths"].clone();
    for (_, methods) in responses.as_object_mut().into_iter().flatten() {
        for (_, call) in methods.as_object_mut().into_iter().flatten() {
            call["requestBody"] = Value::Null;
        }
    }
    let mentioned = format!("{responses}{}", document["components"]["schemas"]);
    let scenario_format = crate::scenarios::schema().to_value();
    let other_types = scenario_format["$defs"].as_object();
    let is_listed = |name: &str, schema: &Value| {
        name != "Event"
            && other_types.is_none_or(|types| !types.contains_key(name))
            && Schemas::has_section(schema)
            && mentioned.contains(&format!("/{name}\""))
    };
    types.iter().filter(|(name, schema)| is_listed(name, schema)).map(|(name, _)| name.as_str()).collect()
}

/// Links the types of a rule to their sections on the page of the scenario format.
fn link_scenario_format<'t>(schemas: &mut Schemas<'t>, types: &'t Map<String, Value>) {
    let root = crate::scenarios::schema().to_value();
    let Some(defined) = root["$defs"].as_object() else { return };
    for section in scenario_format::sections(&root, &Schemas::new(defined, false)) {
        if let Some((name, _)) = types.get_key_value(section.name) {
            schemas.link(name, format!("scenario-format.md#{}", section.anchor()));
        }
    }
}

/// The longer example of a call that returns this type.
fn example_of<'d>(document: &'d Value, name: &str) -> Option<&'d Value> {
    let target = format!("#/components/schemas/{name}");
    calls(document).find_map(|(_, _, call)| {
        let responses = call["responses"].as_object()?;
        responses.values().find_map(|response| {
            let content = &response["content"]["application/json"];
            let returns_type = content["schema"]["$ref"] == target.as_str();
            (returns_type && !is_inline(&content["example"])).then_some(&content["example"])
        })
    })
}

fn description(value: &Value) -> String {
    with_sections(value["description"].as_str().unwrap_or_default())
}

/// The text with a capital first letter.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
