//! `GET /__sim/openapi.json` and `nicepay-sim openapi`: the OpenAPI document, made from the list of operations.

use actix_web::HttpResponse;
use actix_web::http::{Method, header};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{ApiOperation, ApiResponse, Parameter, ParameterKind, RequestBody};
use super::problem::{ProblemDetails, ProblemExtras, ProblemKind};
use super::schema::{remove_null_from_optional, simplify};
use crate::control::operations;
use crate::paths;

/// The groups of calls in the order of the documentation.
const TAGS: &[(&str, &str)] = &[
    ("simulator", "The simulator itself: its settings, and a reset."),
    ("merchants", "The merchants that may call. Each is a namespace: merchants do not see each other's data."),
    ("transactions", "Payments: read them, and act as the customer, the lender or the merchant's back office."),
    ("bindings", "Account bindings: a customer links an account without a purchase."),
    ("notifications", "The notifications to merchants, with the merchants' answers."),
    ("shoppers", "The test accounts at the lenders, with the data to sign in."),
    ("tokens", "User tokens: a customer pays with one without signing in."),
    ("rules", "What decides payments: the scenario in force, and added rules."),
    ("clock", "The simulator's clock."),
    ("events", "The event log: read it, wait for an event, verify what happened."),
    ("report", "The integration report: what the traffic says about the merchant's integration, check by check."),
    ("audits", "Drills with a merchant, which show what its server does wrong."),
];

const ABOUT: &str = "With this API you inspect nicepay-sim and decide what happens. JSON has names in camelCase. A \
                     write needs the header `Content-Type: application/json`, also with an empty body (a `DELETE` \
                     without a body does not need it). Errors are problem details (RFC 9457).\n\nAmounts are strings: \
                     rupiah without decimals. Times are RFC 3339, by the simulator's clock. Durations are ISO 8601 \
                     (`PT2H`) or short (`2h 30m`). Future versions may add fields to responses. A request with an \
                     unknown field is refused.";

/// The OpenAPI document as text.
pub fn openapi() -> String {
    format!("{:#}\n", document())
}

pub(in crate::control) async fn show() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(openapi())
}

/// Makes the schemas of types. A type of requests and the same type of responses can require different fields.
struct Schemas {
    requests: SchemaGenerator,
    responses: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self { requests: settings().for_deserialize().into(), responses: settings().for_serialize().into() }
    }

    /// All named schemas. A type whose schema differs between requests and responses gets two: the one of requests is
    /// then called `…Input`, also in `paths`.
    fn into_components(mut self, paths: &mut Map<String, Value>) -> Map<String, Value> {
        let mut responses = Value::Object(self.responses.take_definitions(true));
        remove_null_from_optional(&mut responses);
        let mut requests = Value::Object(self.requests.take_definitions(true));
        let differing = differing_names(&requests, &responses);
        rename_references(&mut requests, &differing);
        for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
            if let Some(body) = operation.get_mut("requestBody") {
                rename_references(body, &differing);
            }
        }
        let mut components: Map<String, Value> = Map::new();
        if let (Value::Object(requests), Value::Object(responses)) = (requests, responses) {
            let input = |name: String| if differing.contains(&name) { format!("{name}Input") } else { name };
            components.extend(requests.into_iter().map(|(name, schema)| (input(name), schema)));
            components.extend(responses);
        }
        components.sort_keys();
        components
    }
}

fn reference(name: &str) -> Value {
    format!("#/components/schemas/{name}").into()
}

/// The names of types whose schemas differ between requests and responses, or that contain such a type.
fn differing_names(requests: &Value, responses: &Value) -> Vec<String> {
    let in_both =
        || requests.as_object().into_iter().flatten().filter(|(name, _)| responses.get(name.as_str()).is_some());
    let mut differing: Vec<String> = Vec::new();
    loop {
        let is_new = |name: &String, schema: &Value| {
            let differs =
                responses.get(name.as_str()) != Some(schema) || differing.iter().any(|other| mentions(schema, other));
            differs && !differing.contains(name)
        };
        let more: Vec<_> =
            in_both().filter(|(name, schema)| is_new(name, schema)).map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return differing;
        }
        differing.extend(more);
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

fn rename_references(schema: &mut Value, names: &[String]) {
    match schema {
        Value::Array(values) => values.iter_mut().for_each(|value| rename_references(value, names)),
        Value::Object(fields) => {
            if let Some(target) = fields.get_mut("$ref")
                && let Some(name) = names.iter().find(|name| *target == reference(name))
            {
                *target = reference(&format!("{name}Input"));
            }
            fields.values_mut().for_each(|value| rename_references(value, names));
        }
        _ => {}
    }
}

fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[method] = describe(&operation, &mut schemas);
    }
    let problem = schemas.responses.subschema_for::<ProblemDetails<'_>>();
    let examples: Map<String, Value> = ProblemKind::ALL.iter().map(problem_example).collect();
    let components = schemas.into_components(&mut paths);
    let tag = |(name, description): &(&str, &str)| json!({ "name": name, "description": description });
    let tags: Vec<_> = TAGS.iter().map(tag).collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "nicepay-sim control API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": paths::API, "description": "The simulator that serves this document." }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": components,
            "examples": examples,
            "responses": {
                "Problem": {
                    "description": "Any other problem: the `Host` is not the simulator's (421), the headers are too \
                                    large (431), or the simulator has a bug (500).",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
        },
    });
    simplify(&mut document);
    document
}

fn describe(operation: &ApiOperation, schemas: &mut Schemas) -> Value {
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
    let mut responses: Map<String, Value> = operation
        .responses
        .iter()
        .map(|response| (response.status.as_str().to_owned(), success_response(response, schemas)))
        .collect();
    for (status, kinds) in problems_by_status(operation) {
        responses.insert(status, problem_response(&kinds, schemas));
    }
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    described["responses"] = responses.into();
    described
}

fn parameter(parameter: &Parameter) -> Value {
    let mut schema = json!({ "type": "string" });
    let location = match parameter.kind {
        ParameterKind::Path => "path",
        ParameterKind::Text => "query",
        ParameterKind::OneOf(words) => {
            schema["enum"] = words.into();
            schema["default"] = words.first().copied().into();
            "query"
        }
        ParameterKind::Integer { default, maximum } => {
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
        ParameterKind::OtherFields => {
            schema = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            "query"
        }
        ParameterKind::Header => "header",
    };
    json!({
        "name": parameter.name,
        "in": location,
        "required": location == "path",
        "description": parameter.description,
        "schema": schema,
    })
}

fn request_body(body: &RequestBody, schemas: &mut Schemas) -> Value {
    let schema = (body.schema)(&mut schemas.requests);
    json!({
        "required": body.required,
        "content": { "application/json": { "schema": schema, "example": body.example } },
    })
}

fn success_response(response: &ApiResponse, schemas: &mut Schemas) -> Value {
    let mut described = json!({ "description": response.description });
    for content in &response.content {
        let schema = (content.schema)(&mut schemas.responses);
        described["content"][content.media_type] = json!({ "schema": schema, "example": content.example });
    }
    described
}

/// All problems of an operation, grouped by HTTP status.
fn problems_by_status(operation: &ApiOperation) -> Vec<(String, Vec<ProblemKind>)> {
    let mut all = operation.problems.to_vec();
    if operation.body.is_some() {
        all.extend(ProblemKind::OF_BODIES);
    }
    if operation.method != Method::GET {
        all.extend(ProblemKind::OF_WRITES);
    }
    all.sort_by_key(|kind| kind.status);
    let mut grouped: Vec<(String, Vec<ProblemKind>)> = Vec::new();
    for kind in all {
        match grouped.last_mut() {
            Some((status, kinds)) if *status == kind.status.as_str() => kinds.push(kind),
            _ => grouped.push((kind.status.as_str().to_owned(), vec![kind])),
        }
    }
    grouped
}

fn problem_response(kinds: &[ProblemKind], schemas: &mut Schemas) -> Value {
    let details = schemas.responses.subschema_for::<ProblemDetails<'_>>();
    let types: Vec<_> = kinds.iter().map(ProblemKind::urn).collect();
    let meanings: Vec<_> = kinds.iter().map(|kind| format!("`{}`: {}.", kind.slug, kind.meaning)).collect();
    let example =
        |kind: &ProblemKind| (kind.slug.to_owned(), json!({ "$ref": format!("#/components/examples/{}", kind.slug) }));
    let examples: Map<String, Value> = kinds.iter().map(example).collect();
    json!({
        "description": meanings.join(" "),
        "content": {
            "application/problem+json": {
                "schema": { "allOf": [details, { "properties": { "type": { "enum": types } } }] },
                "examples": examples,
            },
        },
    })
}

fn problem_example(kind: &ProblemKind) -> (String, Value) {
    let extras = ProblemExtras::default();
    let details = ProblemDetails::new(kind, kind.meaning, &extras);
    (kind.slug.to_owned(), json!({ "summary": kind.meaning, "value": details }))
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;

    /// Its schema differs: the default makes `times` optional in a request.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Rule {
        #[serde(default)]
        times: u8,
    }

    /// Contains such a type.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Rules {
        all: Vec<Rule>,
    }

    #[test]
    fn a_type_that_differs_between_requests_and_responses_has_two_names() {
        let mut schemas = Schemas::new();
        let request = schemas.requests.subschema_for::<Rules>();
        schemas.responses.subschema_for::<Rules>();
        let mut paths = Map::new();
        paths.insert("/rules".to_owned(), json!({ "post": { "requestBody": request, "responses": request } }));
        let components = schemas.into_components(&mut paths);
        assert_eq!(components.keys().collect::<Vec<_>>(), ["Rule", "RuleInput", "Rules", "RulesInput"]);
        assert_eq!(paths["/rules"]["post"]["requestBody"]["$ref"], reference("RulesInput"));
        assert_eq!(paths["/rules"]["post"]["responses"]["$ref"], reference("Rules"));
        assert_eq!(components["RulesInput"]["properties"]["all"]["items"]["$ref"], reference("RuleInput"));
        assert_eq!(
            (&components["Rule"]["required"], &components["RuleInput"]["required"]),
            (&json!(["times"]), &Value::Null)
        );
    }
}
