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

/// An answer that is shorter stands at its call, and not at its type.
const SHORT: usize = 240;

/// The OpenAPI document.
pub(super) fn document() -> Value {
    serde_json::from_str(&crate::control::openapi()).unwrap_or_default()
}

pub(super) fn page() -> String {
    let document = document();
    let Some(types) = document["components"]["schemas"].as_object() else { return String::new() };
    let listed = listed(&document, types);
    let schemas = linked(&document, types, "");

    let mut page = head("Control API", INTRO);
    // Its first sentence says what the intro says.
    let about_all = about(&document["info"]);
    let rules = about_all.split_once(". ").map_or(about_all.as_str(), |(_, rules)| rules);
    let _ = write!(page, "\nThe calls lie below `/__sim/api`. {rules}\n");
    let _ = write!(page, "\n{}\n{}", block("bash", EXAMPLE), block("json", OUTPUT));
    page.push_str("\n`GET /__sim/openapi.json` is this page for programs ([openapi.json](../openapi.json)). `GET /__sim/livez` and `GET /__sim/readyz` are for supervisors.\n");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(page, "\n## {}\n\n{}\n", capital(name), about(tag));
        for (path, verb, call) in calls(&document).filter(|(_, _, call)| call["tags"][0] == name) {
            describe(&schemas, path, verb, call, &mut page);
        }
    }
    problems(&document, &mut page);
    page.push_str("\n## Types\n");
    for (name, schema) in types.iter().filter(|(name, _)| listed.contains(name.as_str())) {
        let _ = write!(page, "\n### {name}\n\n{}", schemas.section(schema));
        if let Some(example) = example_of(&document, name) {
            let _ = write!(page, "\n{}", block("json", &format!("{example:#}")));
        }
    }
    // A call without an example leaves an empty line too many.
    page.replace("\n\n\n", "\n\n")
}

/// The types with the links to their sections; `page` is this page, as another links to it.
pub(super) fn linked<'t>(document: &Value, types: &'t Map<String, Value>, page: &str) -> Schemas<'t> {
    let mut schemas = Schemas::new(types, true);
    for name in listed(document, types) {
        schemas.link(name, format!("{page}#{}", heading_id(name)));
    }
    schemas.link("Event", "events.md".to_owned());
    link_scenario_format(&mut schemas, types);
    schemas
}

/// Every call: its path, its verb, and its description.
fn calls(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, verbs)| {
        let verbs = verbs.as_object().into_iter().flatten();
        verbs.map(move |(verb, call)| (path.as_str(), verb.as_str(), call))
    })
}

fn describe(schemas: &Schemas<'_>, path: &str, verb: &str, call: &Value, page: &mut String) {
    let _ = write!(
        page,
        "\n### {} {path}\n\n{}. {}\n",
        verb.to_uppercase(),
        call["summary"].as_str().unwrap_or_default(),
        about(call)
    );
    let parameters = call["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        page.push_str("\n| Parameter | In | Meaning |\n|---|---|---|\n");
    }
    for one in parameters {
        let (name, place) = (one["name"].as_str().unwrap_or_default(), one["in"].as_str().unwrap_or_default());
        let _ = writeln!(page, "| `{name}` | {place} | {}{} |", meaning(one), limits(&one["schema"]));
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
    let answers = call["responses"].as_object().into_iter().flatten();
    let answers: Vec<_> = answers.filter(|(status, _)| status.starts_with('2')).collect();
    page.push('\n');
    for (status, answer) in &answers {
        let _ = writeln!(page, "{}\n", good(schemas, status, answer));
    }
    let mut examples: Vec<_> = answers.iter().filter_map(|(_, answer)| short_example(answer)).collect();
    examples.dedup();
    for example in examples {
        let _ = writeln!(page, "{}", block("json", &example.to_string()));
    }
    let bad: Vec<_> = own_problems(verb, call).map(|slug| format!("[`{slug}`](#problems)")).collect();
    if !bad.is_empty() {
        let _ = writeln!(page, "Problems: {}.", bad.join(", "));
    }
}

fn good(schemas: &Schemas<'_>, status: &str, answer: &Value) -> String {
    let contents: Vec<_> = answer["content"].as_object().into_iter().flatten().collect();
    let types = contents.iter().map(|(media, content)| match media.as_str() {
        "application/json" => schemas.in_words(&content["schema"]),
        media => format!("`{media}`"),
    });
    let types = types.collect::<Vec<_>>().join(" or ");
    let types = if types.is_empty() { types } else { format!(" ({types})") };
    format!("Answers {status}{types}: {}", meaning(answer))
}

/// The example of an answer, where it is short enough to stand at the call.
fn short_example(answer: &Value) -> Option<&Value> {
    Some(&answer["content"]["application/json"]["example"]).filter(|example| is_short(example))
}

fn is_short(example: &Value) -> bool {
    !example.is_null() && example.to_string().len() <= SHORT
}

/// The problems that are a call's own: not those of every write and of every body.
fn own_problems<'c>(verb: &str, call: &'c Value) -> impl Iterator<Item = &'c str> {
    const EVERYWHERE: [&str; 7] =
        ["bad-json", "broken", "too-slow", "too-large", "parameter", "origin", "content-type"];
    let answers = call["responses"].as_object().into_iter().flatten();
    let examples =
        answers.filter_map(|(_, answer)| answer["content"]["application/problem+json"]["examples"].as_object());
    let is_write = verb != "get";
    examples.flat_map(Map::keys).map(String::as_str).filter(move |slug| !is_write || !EVERYWHERE.contains(slug))
}

fn problems(document: &Value, page: &mut String) {
    page.push_str("\n## Problems\n\nAn error is a problem document (RFC 9457). Its `type` is `urn:nicepay-sim:problem:` and one of these names. `detail` explains it to people.\n\n| Name | HTTP status | Meaning |\n|---|---|---|\n");
    for (name, example) in document["components"]["examples"].as_object().into_iter().flatten() {
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} |",
            example["value"]["status"],
            cell(&capital(example["summary"].as_str().unwrap_or_default()))
        );
    }
}

/// What a parameter is where nothing is sent, and the most that it may be.
fn limits(schema: &Value) -> String {
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

/// The types that have a section: those that answers and other types mention. A body's own type is described at its call.
fn listed<'t>(document: &Value, types: &'t Map<String, Value>) -> BTreeSet<&'t str> {
    let mut answers = document["paths"].clone();
    for (_, verbs) in answers.as_object_mut().into_iter().flatten() {
        for (_, call) in verbs.as_object_mut().into_iter().flatten() {
            call["requestBody"] = Value::Null;
        }
    }
    let mentioned = format!("{answers}{}", document["components"]["schemas"]);
    let scenario_format = crate::scenarios::schema().to_value();
    let elsewhere = scenario_format["$defs"].as_object();
    let is_listed = |name: &str, schema: &Value| {
        name != "Event"
            && elsewhere.is_none_or(|types| !types.contains_key(name))
            && Schemas::has_section(schema)
            && mentioned.contains(&format!("/{name}\""))
    };
    types.iter().filter(|(name, schema)| is_listed(name, schema)).map(|(name, _)| name.as_str()).collect()
}

/// What a rule is made of is described with the scenario format.
fn link_scenario_format<'t>(schemas: &mut Schemas<'t>, types: &'t Map<String, Value>) {
    let root = crate::scenarios::schema().to_value();
    let Some(defined) = root["$defs"].as_object() else { return };
    for place in scenario_format::places(&root, &Schemas::new(defined, false)) {
        if let Some((name, _)) = types.get_key_value(place.name) {
            schemas.link(name, format!("scenario-format.md#{}", place.anchor()));
        }
    }
}

/// The longer example of a call that answers this type, or a list of it.
fn example_of<'d>(document: &'d Value, name: &str) -> Option<&'d Value> {
    let target = format!("#/components/schemas/{name}");
    calls(document).find_map(|(_, _, call)| {
        let answers = call["responses"].as_object()?;
        answers.values().find_map(|answer| {
            let content = &answer["content"]["application/json"];
            let is_it = content["schema"]["$ref"] == target.as_str();
            (is_it && !is_short(&content["example"])).then_some(&content["example"])
        })
    })
}

fn about(value: &Value) -> String {
    with_sections(value["description"].as_str().unwrap_or_default())
}

/// The text with its first letter large.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
