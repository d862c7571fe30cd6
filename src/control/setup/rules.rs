//! `GET, POST, PUT, DELETE /rules[/{id}]`: rules that are added at run time. They come before the scenario's rules.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::Control;
use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, RequestBody, mask_texts, request, response,
};
use crate::domain::IMid;
use crate::engine::{self, AddRuleError};
use crate::scenarios::RuleConfig;

const I_MID: Parameter = Parameter::text("iMid", "Only rules for this merchant.");
const REMOVE: &[Parameter] = &[
    I_MID,
    Parameter::one_of(
        "used",
        "With `true`: only rules that cannot apply any more, because their `times` are used up.",
        &["false", "true"],
    ),
];
const LIST: &[Parameter] = &[
    I_MID,
    Parameter::integer("limit", "The maximum number of rules.", 10_000, Some(10_000)),
    Parameter::text("after", "The id of a rule: only rules that stand after it."),
];
const ONE: &[Parameter] = &[Parameter::path("id", "The id of a rule.")];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/rules",
            handler: web::to(list),
            id: "listRules",
            tag: "rules",
            summary: "Lists the added rules",
            description: "In the order of evaluation: rules for one transaction, rules with `times`, other rules; of \
                          equals the oldest first. The scenario's rules come after them.",
            parameters: LIST,
            body: None,
            responses: vec![ApiResponse::json::<Vec<AddedRule>>(
                StatusCode::OK,
                "The rules.",
                json!([AddedRule::example()]),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::POST,
            path: "/rules",
            handler: web::to(add),
            id: "addRule",
            tag: "rules",
            summary: "Adds a rule",
            description: "With the fields of a rule in a scenario file (docs/guides/scenarios.md). `\"times\": 1` applies \
                          only to the next payment.",
            parameters: &[],
            body: Some(RequestBody::json::<RuleConfig>(json!({ "times": 1, "then": { "outcome": "reject" } }))),
            responses: vec![ApiResponse::json::<AddedRule>(
                StatusCode::CREATED,
                "The rule is in force.",
                AddedRule::example(),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::RULE_EXISTS, ProblemKind::BAD_VALUE, ProblemKind::RULES],
        },
        ApiOperation {
            method: Method::DELETE,
            path: "/rules",
            handler: web::to(remove_all),
            id: "removeRules",
            tag: "rules",
            summary: "Removes added rules",
            description: "The rules for one merchant, or all. The scenario's rules stay. With `used=true`, a rule also stays \
                          while an order that it was counted for is open, because it may still decide it.",
            parameters: REMOVE,
            body: None,
            responses: vec![ApiResponse::json::<Removed>(
                StatusCode::OK,
                "The rules were removed.",
                json!({ "removed": 1 }),
            )],
            problems: &[ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/rules/{id}",
            handler: web::to(show),
            id: "getRule",
            tag: "rules",
            summary: "Shows an added rule",
            description: "With the number of uses that are left, if it is limited.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse::json::<AddedRule>(StatusCode::OK, "The rule.", AddedRule::example())],
            problems: &[ProblemKind::NOT_FOUND],
        },
        ApiOperation {
            method: Method::PUT,
            path: "/rules/{id}",
            handler: web::to(replace),
            id: "replaceRule",
            tag: "rules",
            summary: "Replaces an added rule",
            description: "With the fields of `addRule`. The rule keeps its id and its place among rules of its kind, and is \
                          counted from 0. Earlier decisions stay.",
            parameters: ONE,
            body: Some(RequestBody::json::<RuleConfig>(json!({ "times": 2, "then": { "outcome": "reject" } }))),
            responses: vec![ApiResponse::json::<AddedRule>(
                StatusCode::OK,
                "The new rule is in force.",
                AddedRule::example(),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::DELETE,
            path: "/rules/{id}",
            handler: web::to(remove),
            id: "removeRule",
            tag: "rules",
            summary: "Removes an added rule",
            description: "Its earlier decisions stay.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse::empty("The rule was removed.")],
            problems: &[ProblemKind::NOT_FOUND],
        },
    ]
}

/// A rule that was added at run time.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Rule")]
struct AddedRule {
    /// The id of the rule.
    id: String,
    /// The merchant of the rule; null if it is for all merchants.
    i_mid: Option<IMid>,
    /// How often the rule can be used; null if there is no limit.
    times: Option<u32>,
    /// How often it can still be used; null if there is no limit.
    left: Option<u32>,
    /// The rule as it was sent: the body of `addRule`.
    #[schemars(schema_with = "any_object")]
    rule: Value,
}

/// The rule has only the fields that were sent. The schema of responses would require all fields.
fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// The number of removed rules.
#[derive(Serialize, JsonSchema)]
struct Removed {
    /// The number of removed rules.
    removed: usize,
}

impl AddedRule {
    fn example() -> Value {
        let rule = json!({ "times": 1, "then": { "outcome": "reject" } });
        json!({ "id": "rule-1", "iMid": null, "times": 1, "left": 1, "rule": rule })
    }

    fn new(control: &Control, added: &engine::AddedRule) -> Self {
        let rule = &added.rule;
        let reached = control.engine.rules().match_count(rule, None);
        let mut source = added.source.clone();
        mask_texts(&mut source, &control.engine.key_mask());
        Self {
            id: control.engine.shown(rule.id.to_string()),
            i_mid: rule.i_mid().cloned(),
            times: rule.times(),
            left: rule.times().map(|times| times.saturating_sub(reached)),
            rule: source,
        }
    }
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let added = control.engine.rules().added(query.i_mid()?.as_ref());
    let added = query.page(added, "rule", |added, after| *added.rule.id == *after)?;
    Ok(response::ok(&added.iter().map(|added| AddedRule::new(&control, added)).collect::<Vec<_>>()))
}

async fn show(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let found = control.engine.rules().find_added(&id);
    found.map(|added| response::ok(&AddedRule::new(&control, &added))).ok_or_else(|| Problem::not_found("rule", &id))
}

async fn add(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (config, source) = read(&control, &request, payload).await?;
    let added = control.engine.add_rule(&config, source).map_err(|error| match error {
        AddRuleError::Invalid(why) => Problem::bad_value(why),
        AddRuleError::DuplicateId(id) => {
            Problem::new(ProblemKind::RULE_EXISTS, format!("there is already a rule {id:?}"))
        }
        AddRuleError::Full(most) => {
            Problem::new(ProblemKind::RULES, format!("there are {most} rules; this is the maximum"))
        }
    })?;
    Ok(response::json(StatusCode::CREATED, &AddedRule::new(&control, &added)))
}

async fn replace(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (config, source) = read(&control, &request, payload).await?;
    if config.id.as_ref().is_some_and(|written| *written != *id) {
        return Err(Problem::bad_value("`id` must be the id of the rule, or left out: a rule keeps its id"));
    }
    let replaced = control.engine.replace_rule(&id, &config, source).map_err(Problem::bad_value)?;
    let replaced = replaced.ok_or_else(|| Problem::not_found("rule", &id))?;
    Ok(response::ok(&AddedRule::new(&control, &replaced)))
}

/// The rule of a body, and the body as it was written.
async fn read(
    control: &web::Data<Control>,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(RuleConfig, Value), Problem> {
    let source: Value = request::json(control, request, payload).await?;
    let config =
        RuleConfig::deserialize(&source).map_err(|error| Problem::new(ProblemKind::BAD_JSON, error.to_string()))?;
    let i_mid = config.when.i_mid.as_deref();
    match i_mid.filter(|i_mid| control.engine.merchant(i_mid).is_none()) {
        Some(unknown) => Err(Problem::not_found("merchant", unknown)),
        None => Ok((config, source)),
    }
}

async fn remove(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    if control.engine.remove_rule(&id) {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::not_found("rule", &id))
}

async fn remove_all(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, REMOVE);
    let (i_mid, engine) = (query.i_mid()?, &control.engine);
    let removed = match query.one_of("used")? {
        "true" => engine.remove_used_rules(i_mid.as_ref()),
        _ => engine.remove_rules(i_mid.as_ref()),
    };
    Ok(response::ok(&Removed { removed }))
}
