//! `GET, PUT /scenario`: the scenario in force, for one merchant or for all merchants without their own.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::Control;
use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, Problem, ProblemExtras, ProblemKind, Query, RequestBody, request, response,
};
use crate::domain::IMid;
use crate::scenarios::{Rule, Scenario, ScenarioError, Source};

/// The name of a scenario that is sent as text without a name.
const DEFAULT_NAME: &str = "inline";
const I_MID: &[Parameter] =
    &[Parameter::text("iMid", "The scenario of this merchant. Default: of all merchants without their own.")];

pub(super) fn operations() -> Vec<ApiOperation> {
    let responses =
        || vec![ApiResponse::json::<ScenarioInForce<'_>>(StatusCode::OK, "The scenario.", ScenarioInForce::example())];
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/scenario",
            handler: web::to(show),
            id: "getScenario",
            tag: "rules",
            summary: "Shows the scenario in force",
            description: "With its rules, the number of uses of rules with `times`, and the names of all scenarios.",
            parameters: I_MID,
            body: None,
            responses: responses(),
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::PUT,
            path: "/scenario",
            handler: web::to(put),
            id: "putScenario",
            tag: "rules",
            summary: "Puts a scenario in force",
            description: "By name, or as the text of a scenario file. For one merchant, or for all merchants without \
                          their own. A reset undoes it. The counters of its rules start at 0.",
            parameters: I_MID,
            body: Some(RequestBody::json::<PutScenario>(json!({ "name": "reject" }))),
            responses: responses(),
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE, ProblemKind::SCENARIO],
        },
    ]
}

/// The scenario to put in force.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PutScenario {
    /// The name of a scenario: built in, or from the folder of `--scenarios`. With `toml`: the name of the new
    /// scenario.
    name: Option<String>,
    /// The text of a scenario file.
    toml: Option<String>,
}

/// The scenario in force.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ScenarioInForce<'a> {
    /// The merchant; null for all merchants without their own scenario.
    i_mid: Option<&'a IMid>,
    /// Whether the merchant has its own scenario.
    own: bool,
    /// The name of the scenario.
    name: &'a str,
    /// A short title.
    title: &'a str,
    /// The effect of the scenario.
    description: &'a str,
    /// Its rules in the order of evaluation.
    rules: Vec<RuleOfScenario>,
    /// The names of all scenarios.
    available: Vec<String>,
}

/// A rule of a scenario.
#[derive(Serialize, JsonSchema)]
struct RuleOfScenario {
    /// The id of the rule.
    id: String,
    /// How often the rule can be used; null if there is no limit.
    times: Option<u32>,
    /// How often the rule was used; counted only for rules with `times`.
    reached: u32,
}

impl ScenarioInForce<'_> {
    fn example() -> Value {
        json!({
            "iMid": null,
            "own": false,
            "name": "reject",
            "title": "Reject",
            "description": "The partner's risk check refuses every payment.",
            "rules": [{ "id": "reject/everything", "times": null, "reached": 0 }],
            "available": ["approve", "reject"],
        })
    }
}

async fn show(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = Query::from_request(&request, I_MID).existing_merchant(&control)?;
    Ok(respond(&control, i_mid.as_ref()))
}

async fn put(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let i_mid = Query::from_request(&request, I_MID).existing_merchant(&control)?;
    let scenario = match request::json(&control, &request, payload).await? {
        PutScenario { name: None, toml: None } => {
            return Err(Problem::bad_value(
                "name or toml is missing: {\"name\": \"reject\"}, or {\"toml\": \"title = …\"}",
            ));
        }
        PutScenario { name: Some(name), toml: None } => control.engine.rules().library().scenario(&name),
        PutScenario { name, toml: Some(text) } => {
            let name = name.unwrap_or_else(|| DEFAULT_NAME.to_owned());
            let source = Source { name: name.as_str().into(), file: name.into(), text: text.into() };
            Scenario::from_source(&source, &control.engine.rules().library())
        }
    };
    control.engine.load_scenario(i_mid.as_ref(), scenario.map_err(scenario_problem)?);
    Ok(respond(&control, i_mid.as_ref()))
}

fn scenario_problem(error: ScenarioError) -> Problem {
    let detail = error.to_string();
    Problem::new(ProblemKind::SCENARIO, detail)
        .with_extras(ProblemExtras { error: Some(error.into()), ..ProblemExtras::default() })
}

fn respond(control: &Control, i_mid: Option<&IMid>) -> HttpResponse {
    let rules = control.engine.rules();
    let (scenario, own) = rules.scenario(i_mid);
    let mask = control.engine.key_mask();
    let rule_of_scenario = |rule: &Rule| RuleOfScenario {
        id: mask.masked(&rule.id).into_owned(),
        times: rule.times(),
        reached: rules.match_count(rule, i_mid),
    };
    response::ok(&ScenarioInForce {
        i_mid,
        own,
        name: &mask.masked(&scenario.name),
        title: &mask.masked(&scenario.title),
        description: &mask.masked(scenario.description.trim()),
        rules: scenario.rules.iter().map(|rule| rule_of_scenario(rule)).collect(),
        available: rules.library().names().map(|name| mask.masked(name).into_owned()).collect(),
    })
}
