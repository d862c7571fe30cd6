//! `GET, POST, DELETE /rules[/{id}]`: rules added at run time, which come before the scenario's.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::operation::{Answer, Body, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::read::Query;
use super::{Control, read, view};
use crate::domain::IMid;
use crate::engine::{AddRuleError, AddedRule};
use crate::scenarios::RuleConfig;

const LIST: &[Parameter] = &[Parameter::text("iMid", "Only those that name this merchant.")];
const ONE: &[Parameter] = &[Parameter::path("id", "A rule's id.")];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/rules",
            handler: web::to(list),
            id: "listRules",
            tag: "rules",
            summary: "Lists the rules that were added",
            description: "In the order in which they are asked, before the scenario's: those for one transaction, those \
                          for so many times, the others; among equals the oldest first.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Vec<Shown>>(StatusCode::OK, "The rules.", json!([Shown::example()]))],
            problems: &[Kind::BAD_VALUE],
        },
        Operation {
            method: Method::POST,
            path: "/rules",
            handler: web::to(add),
            id: "addRule",
            tag: "rules",
            summary: "Adds a rule",
            description: "Written as in a scenario file (docs/SCENARIOS.md). `\"times\": 1` is for the next one only.",
            parameters: &[],
            body: Some(Body::json::<RuleConfig>(json!({ "times": 1, "then": { "outcome": "reject" } }))),
            answers: vec![Answer::json::<Shown>(StatusCode::CREATED, "It is in force.", Shown::example())],
            problems: &[Kind::NOT_FOUND, Kind::RULE_EXISTS, Kind::BAD_VALUE, Kind::RULES],
        },
        Operation {
            method: Method::DELETE,
            path: "/rules",
            handler: web::to(remove_all),
            id: "removeRules",
            tag: "rules",
            summary: "Removes the rules that were added",
            description: "Those that name a merchant, or all. A scenario's own rules stay.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Removed>(StatusCode::OK, "They are gone.", json!({ "removed": 1 }))],
            problems: &[Kind::BAD_VALUE],
        },
        Operation {
            method: Method::GET,
            path: "/rules/{id}",
            handler: web::to(show),
            id: "getRule",
            tag: "rules",
            summary: "Shows a rule that was added",
            description: "With how often it may still decide, where it counts.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::json::<Shown>(StatusCode::OK, "The rule.", Shown::example())],
            problems: &[Kind::NOT_FOUND],
        },
        Operation {
            method: Method::DELETE,
            path: "/rules/{id}",
            handler: web::to(remove),
            id: "removeRule",
            tag: "rules",
            summary: "Removes a rule that was added",
            description: "What it decided stays decided.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::empty("It is gone.")],
            problems: &[Kind::NOT_FOUND],
        },
    ]
}

/// A rule that was added.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Rule")]
struct Shown {
    /// Its id.
    id: String,
    /// The merchant that it names; null where it speaks of all.
    i_mid: Option<IMid>,
    /// How often it may decide; null where that is always.
    times: Option<u32>,
    /// How often it still may; null where that is always.
    left: Option<u32>,
    /// The rule as it was written: the body of `addRule`.
    #[schemars(schema_with = "as_written")]
    rule: Value,
}

/// What was left out stays out, so the schema of what is read, in which an answer's fields are all there, does not fit.
fn as_written(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// How many are gone.
#[derive(Serialize, JsonSchema)]
struct Removed {
    /// How many there were.
    removed: usize,
}

impl Shown {
    fn example() -> Value {
        let rule = json!({ "times": 1, "then": { "outcome": "reject" } });
        json!({ "id": "rule-1", "iMid": null, "times": 1, "left": 1, "rule": rule })
    }

    fn of(control: &Control, added: &AddedRule) -> Self {
        let rule = &added.rule;
        let reached = control.engine.rules().match_count(rule, None);
        Self {
            id: rule.id.to_string(),
            i_mid: rule.i_mid().cloned(),
            times: rule.times(),
            left: rule.times().map(|times| times.saturating_sub(reached)),
            rule: added.source.clone(),
        }
    }
}

/// The rules in the order in which they are asked.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = Query::of(&request, LIST).i_mid()?;
    let added = control.engine.rules().added(i_mid.as_ref());
    Ok(view::ok(&added.iter().map(|added| Shown::of(&control, added)).collect::<Vec<_>>()))
}

pub(super) async fn show(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let all = control.engine.rules().added(None);
    let found = all.iter().find(|added| *added.rule.id == **id);
    found.map(|added| view::ok(&Shown::of(&control, added))).ok_or_else(|| Problem::not_found("rule", &id))
}

pub(super) async fn add(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let written: Value = read::json(&control, &request, payload).await?;
    let words = RuleConfig::deserialize(&written).map_err(|error| Problem::new(Kind::BAD_JSON, error.to_string()))?;
    let named = words.when.i_mid.as_deref();
    if let Some(unknown) = named.filter(|i_mid| control.engine.merchant(i_mid).is_none()) {
        return Err(Problem::not_found("merchant", unknown));
    }
    let added = control.engine.add_rule(&words, written).map_err(|error| match error {
        AddRuleError::Invalid(why) => Problem::bad_value(why),
        AddRuleError::DuplicateId(id) => Problem::new(Kind::RULE_EXISTS, format!("there is a rule {id:?} already")),
        AddRuleError::Full(most) => Problem::new(Kind::RULES, format!("there are {most} rules, and may not be more")),
    })?;
    Ok(view::answer(StatusCode::CREATED, &Shown::of(&control, &added)))
}

pub(super) async fn remove(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    if control.engine.remove_rule(&id) {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::not_found("rule", &id))
}

/// Removes those that name a merchant, or all.
pub(super) async fn remove_all(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let removed = control.engine.remove_rules(Query::of(&request, LIST).i_mid()?.as_ref());
    Ok(view::ok(&Removed { removed }))
}
