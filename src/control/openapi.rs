//! `GET /__sim/openapi.json` and `nicepay-sim openapi`: the API described by its own table of operations.

use actix_web::HttpResponse;
use actix_web::http::{Method, header};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Answer, Body, Operation, Parameter, ParameterKind};
use super::problem::{Details, Extras, Kind};
use crate::paths;

/// The groups of calls, in the order in which they are shown.
const TAGS: &[(&str, &str)] = &[
    ("simulator", "What is running, and beginning anew."),
    ("merchants", "Namespaces: what is made under one iMid is invisible to the others."),
    ("transactions", "Orders: looking at them, and playing the customer, the lender and the back office."),
    ("bindings", "Accounts that are being bound without a purchase."),
    ("notifications", "What the merchant is told, and what it answered."),
    ("shoppers", "The lenders' accounts, with what a tester needs to sign in."),
    ("tokens", "User tokens."),
    ("rules", "What shall happen: the scenario in force, and rules that were added."),
    ("clock", "The simulator's time, and making it later."),
    ("events", "The log of everything that happened: reading it, waiting for it, asserting what is in it."),
];

const ABOUT: &str = "What a developer uses to look into nicepay-sim and to tell it what happens. JSON in camelCase. \
A write needs `Content-Type: application/json`, also when its body is empty (a `DELETE` without a body needs none). \
Errors are problem details (RFC 9457).\n\nAmounts are rupiah without decimals, as strings. Instants are RFC 3339, by the \
simulator's clock. Durations are ISO 8601 (`PT2H`) or friendly (`2h 30m`). Answers may gain fields; a request with an \
unknown field is refused.";

/// The document as it is served and printed.
pub fn openapi() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) async fn show() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(openapi())
}

/// Describes types. Requests and answers differ in what has to be there.
struct Schemas {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self { asked: settings().for_deserialize().into(), answered: settings().for_serialize().into() }
    }

    /// Every type that has a name, by name. One that is written otherwise than it is read has two: what is asked for is
    /// then an `…Input`, in `paths` too.
    fn named(mut self, paths: &mut Map<String, Value>) -> Map<String, Value> {
        let mut all = Value::Object(self.answered.take_definitions(true));
        take_null_out(&mut all);
        let mut asked = Value::Object(self.asked.take_definitions(true));
        let two = different(&asked, &all);
        rename(&mut asked, &two);
        for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
            if let Some(body) = operation.get_mut("requestBody") {
                rename(body, &two);
            }
        }
        let mut named: Map<String, Value> = Map::new();
        if let (Value::Object(asked), Value::Object(all)) = (asked, all) {
            let input = |name: String| if two.contains(&name) { format!("{name}Input") } else { name };
            named.extend(asked.into_iter().map(|(name, schema)| (input(name), schema)));
            named.extend(all);
        }
        named.sort_keys();
        named
    }
}

fn reference(name: &str) -> Value {
    format!("#/components/schemas/{name}").into()
}

/// The names of types that are described in two ways, or that have such a type inside.
fn different(asked: &Value, answered: &Value) -> Vec<String> {
    let both = || asked.as_object().into_iter().flatten().filter(|(name, _)| answered.get(name.as_str()).is_some());
    let mut two: Vec<String> = Vec::new();
    loop {
        let is_new = |name: &String, schema: &Value| {
            let differs = answered.get(name.as_str()) != Some(schema) || two.iter().any(|one| mentions(schema, one));
            differs && !two.contains(name)
        };
        let more: Vec<_> = both().filter(|(name, schema)| is_new(name, schema)).map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return two;
        }
        two.extend(more);
    }
}

fn mentions(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Array(values) => values.iter().any(|value| mentions(value, name)),
        Value::Object(fields) => {
            fields.get("$ref") == Some(&reference(name)) || fields.values().any(|value| mentions(value, name))
        }
        _ => false,
    }
}

fn rename(schema: &mut Value, names: &[String]) {
    match schema {
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
        Value::Object(fields) => {
            if let Some(known) = fields.get_mut("$ref")
                && let Some(name) = names.iter().find(|name| *known == reference(name))
            {
                *known = reference(&format!("{name}Input"));
            }
            fields.values_mut().for_each(|value| rename(value, names));
        }
        _ => {}
    }
}

fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut described: Map<String, Value> = Map::new();
    for operation in super::operations() {
        let verb = operation.method.as_str().to_ascii_lowercase();
        let path = described.entry(operation.path).or_insert_with(|| json!({}));
        path[verb] = describe(&operation, &mut schemas);
    }
    let problem = schemas.answered.subschema_for::<Details<'_>>();
    let problems: Map<String, Value> = Kind::ALL.iter().map(problem_example).collect();
    let named = schemas.named(&mut described);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "nicepay-sim control API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": paths::API, "description": "The simulator that serves this document." }],
        "tags": TAGS.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect::<Vec<_>>(),
        "paths": described,
        "components": {
            "schemas": named,
            "examples": problems,
            "responses": {
                "Problem": {
                    "description": "Any other problem: a Host that is not ours (421), headers that are too large (431), \
                                    or a bug of the simulator's (500).",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
        },
    });
    tidy(&mut document);
    document
}

fn describe(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = operation.parameters.iter().map(parameter).collect();
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = request_body(body, schemas);
    }
    let mut answers: Map<String, Value> =
        operation.answers.iter().map(|answer| (answer.status.as_str().to_owned(), good(answer, schemas))).collect();
    for (status, kinds) in by_status(operation) {
        answers.insert(status, bad(&kinds, schemas));
    }
    answers.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    described["responses"] = answers.into();
    described
}

fn parameter(parameter: &Parameter) -> Value {
    let mut schema = json!({ "type": "string" });
    let place = match parameter.kind {
        ParameterKind::Path => "path",
        ParameterKind::Text => "query",
        ParameterKind::Word(words) => {
            schema["enum"] = words.into();
            schema["default"] = words.first().copied().into();
            "query"
        }
        ParameterKind::Whole { default, maximum } => {
            schema = json!({ "type": "integer", "minimum": 0 });
            if let Some(default) = default {
                schema["default"] = default.into();
            }
            if let Some(maximum) = maximum {
                schema["maximum"] = maximum.into();
            }
            "query"
        }
        ParameterKind::Duration { default } => {
            schema["default"] = default.into();
            "query"
        }
        ParameterKind::Others => {
            schema = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            "query"
        }
        ParameterKind::Header => "header",
    };
    json!({
        "name": parameter.name,
        "in": place,
        "required": place == "path",
        "description": parameter.description,
        "schema": schema,
    })
}

fn request_body(body: &Body, schemas: &mut Schemas) -> Value {
    let schema = (body.schema)(&mut schemas.asked);
    json!({
        "required": body.required,
        "content": { "application/json": { "schema": schema, "example": body.example } },
    })
}

fn good(answer: &Answer, schemas: &mut Schemas) -> Value {
    let mut described = json!({ "description": answer.description });
    for content in &answer.content {
        let schema = (content.schema)(&mut schemas.answered);
        described["content"][content.media] = json!({ "schema": schema, "example": content.example });
    }
    described
}

/// Every way in which an operation says no, by HTTP status.
fn by_status(operation: &Operation) -> Vec<(String, Vec<Kind>)> {
    let mut all = operation.problems.to_vec();
    if operation.body.is_some() {
        all.extend(Kind::OF_BODIES);
    }
    if operation.method != Method::GET {
        all.extend(Kind::OF_WRITES);
    }
    all.sort_by_key(|kind| kind.status);
    let mut grouped: Vec<(String, Vec<Kind>)> = Vec::new();
    for kind in all {
        match grouped.last_mut() {
            Some((status, kinds)) if *status == kind.status.as_str() => kinds.push(kind),
            _ => grouped.push((kind.status.as_str().to_owned(), vec![kind])),
        }
    }
    grouped
}

fn bad(kinds: &[Kind], schemas: &mut Schemas) -> Value {
    let details = schemas.answered.subschema_for::<Details<'_>>();
    let types: Vec<_> = kinds.iter().map(Kind::urn).collect();
    let said: Vec<_> = kinds.iter().map(|kind| format!("`{}`: {}.", kind.slug, kind.meaning)).collect();
    let example =
        |kind: &Kind| (kind.slug.to_owned(), json!({ "$ref": format!("#/components/examples/{}", kind.slug) }));
    let examples: Map<String, Value> = kinds.iter().map(example).collect();
    json!({
        "description": said.join(" "),
        "content": {
            "application/problem+json": {
                "schema": { "allOf": [details, { "properties": { "type": { "enum": types } } }] },
                "examples": examples,
            },
        },
    })
}

fn problem_example(kind: &Kind) -> (String, Value) {
    let extras = Extras::default();
    let details = Details::of(kind, kind.meaning, &extras);
    (kind.slug.to_owned(), json!({ "summary": kind.meaning, "value": details }))
}

/// What an answer leaves out it does not set to null: types that can be left out need not say that they can be null.
fn take_null_out(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(take_null_out),
        Value::Object(fields) => {
            fields.values_mut().for_each(take_null_out);
            let required = fields.get("required").cloned().unwrap_or_default();
            let is_required = |name: &str| required.as_array().is_some_and(|names| names.iter().any(|one| one == name));
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                properties.iter_mut().filter(|(name, _)| !is_required(name)).for_each(|(_, schema)| not_null(schema));
            }
        }
        _ => {}
    }
}

/// A type without its null, however that is written.
fn not_null(schema: &mut Value) {
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

/// Makes descriptions one line a paragraph, and a plain `enum` of a choice between words, each with its own description,
/// for tools that know no other.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(tidy),
        Value::Object(fields) => {
            fields.values_mut().for_each(tidy);
            if let Some(Value::String(text)) = fields.get_mut("description") {
                let paragraphs: Vec<_> = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
                *text = paragraphs.join("\n\n");
            }
            if let Some((words, said)) = fields.get("oneOf").and_then(words) {
                let about = fields.get("description").and_then(Value::as_str).unwrap_or_default();
                let description = format!("{about}\n\n{said}").trim().to_owned();
                fields.remove("oneOf");
                fields.insert("type".to_owned(), "string".into());
                fields.insert("enum".to_owned(), words);
                fields.insert("description".to_owned(), description.into());
            }
        }
        _ => {}
    }
}

/// The words of a choice, if it is between nothing but words, and a list of what each means.
fn words(choice: &Value) -> Option<(Value, String)> {
    let (mut words, mut said) = (Vec::new(), Vec::new());
    for one in choice.as_array()? {
        if let Some(word) = one.get("const").and_then(Value::as_str) {
            let about = one.get("description").and_then(Value::as_str).unwrap_or_default();
            said.push(format!("- `{word}`: {about}"));
            words.push(Value::from(word));
        } else {
            words.extend(one.get("enum")?.as_array()?.iter().cloned());
        }
    }
    Some((words.into(), said.join("\n")))
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;

    /// Written otherwise than it is read.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Rule {
        #[serde(default)]
        times: u8,
    }

    /// Has one inside.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Rules {
        all: Vec<Rule>,
    }

    #[test]
    fn what_is_written_otherwise_than_it_is_read_has_two_names() {
        let mut schemas = Schemas::new();
        let asked = schemas.asked.subschema_for::<Rules>();
        schemas.answered.subschema_for::<Rules>();
        let mut paths = Map::new();
        paths.insert("/rules".to_owned(), json!({ "post": { "requestBody": asked, "responses": asked } }));
        let named = schemas.named(&mut paths);
        assert_eq!(named.keys().collect::<Vec<_>>(), ["Rule", "RuleInput", "Rules", "RulesInput"]);
        assert_eq!(paths["/rules"]["post"]["requestBody"]["$ref"], reference("RulesInput"));
        assert_eq!(paths["/rules"]["post"]["responses"]["$ref"], reference("Rules"));
        assert_eq!(named["RulesInput"]["properties"]["all"]["items"]["$ref"], reference("RuleInput"));
        assert_eq!((&named["Rule"]["required"], &named["RuleInput"]["required"]), (&json!(["times"]), &Value::Null));
    }
}
