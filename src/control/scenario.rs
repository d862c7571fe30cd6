//! `GET, PUT /scenario[?iMid=]`: the scenario in force, for one merchant or for all that have not their own.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::operation::{Answer, Body, Operation, Parameter};
use super::problem::{Extras, Kind, Problem};
use super::read::Query;
use super::{Control, read, view};
use crate::domain::IMid;
use crate::scenarios::{Scenario, ScenarioError, Source};

/// What a scenario that came as text is called where nobody says.
const UNNAMED: &str = "inline";
const OF: &[Parameter] = &[Parameter::text("iMid", "Of this merchant; else of all that have not their own.")];

pub(super) fn operations() -> Vec<Operation> {
    let told = || vec![Answer::json::<InForce<'_>>(StatusCode::OK, "The scenario.", InForce::example())];
    vec![
        Operation {
            method: Method::GET,
            path: "/scenario",
            handler: web::to(show),
            id: "getScenario",
            tag: "rules",
            summary: "Says which scenario is in force",
            description: "With its rules, how often those that count were reached, and every other scenario that has a \
                          name.",
            parameters: OF,
            body: None,
            answers: told(),
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
        Operation {
            method: Method::PUT,
            path: "/scenario",
            handler: web::to(put),
            id: "putScenario",
            tag: "rules",
            summary: "Puts a scenario in force",
            description: "By its name, or as the text of a scenario file. For one merchant or for all that have not \
                          their own; a reset takes it back. What its rules had counted begins anew.",
            parameters: OF,
            body: Some(Body::json::<Put>(json!({ "name": "reject" }))),
            answers: told(),
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE, Kind::SCENARIO],
        },
    ]
}

/// A scenario to be put in force.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PutScenario")]
struct Put {
    /// A scenario's name: a built-in one, or one of the folder of --scenarios. With `toml`: what it is to be called.
    name: Option<String>,
    /// A scenario file's text.
    toml: Option<String>,
}

/// The scenario in force.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScenarioInForce")]
struct InForce<'a> {
    /// Whose it is; null where it is everybody's who has not their own.
    i_mid: Option<&'a IMid>,
    /// Whether it was put in force for this merchant.
    own: bool,
    /// Its name.
    name: &'a str,
    /// In a few words.
    title: &'a str,
    /// In a few sentences.
    description: &'a str,
    /// Its rules, the first to be asked first.
    rules: Vec<Told>,
    /// Every scenario that has a name.
    available: Vec<String>,
}

/// A rule of a scenario.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RuleOfScenario")]
struct Told {
    /// Its id.
    id: String,
    /// How often it may decide; null where that is always.
    times: Option<u32>,
    /// How often it was reached, where it counts.
    reached: u32,
}

impl InForce<'_> {
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

pub(super) async fn show(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = merchant(&control, &request)?;
    Ok(shown(&control, i_mid.as_ref()))
}

pub(super) async fn put(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let i_mid = merchant(&control, &request)?;
    let scenario = match read::json(&control, &request, payload).await? {
        Put { name: None, toml: None } => {
            return Err(Problem::bad_value("say which: {\"name\": \"reject\"}, or {\"toml\": \"title = …\"}"));
        }
        Put { name: Some(name), toml: None } => control.engine.rules().library().scenario(&name),
        Put { name, toml: Some(text) } => {
            let name = name.unwrap_or_else(|| UNNAMED.to_owned());
            let source = Source { name: name.as_str().into(), file: name.into(), text: text.into() };
            Scenario::from_source(&source, &control.engine.rules().library())
        }
    };
    control.engine.load_scenario(i_mid.as_ref(), scenario.map_err(refused)?);
    Ok(shown(&control, i_mid.as_ref()))
}

/// The merchant of the query, who has to exist.
fn merchant(control: &Control, request: &HttpRequest) -> Result<Option<IMid>, Problem> {
    let i_mid = Query::of(request, OF).i_mid()?;
    if let Some(i_mid) = &i_mid
        && control.engine.merchant(i_mid.as_str()).is_none()
    {
        return Err(Problem::not_found("merchant", i_mid.as_str()));
    }
    Ok(i_mid)
}

fn refused(error: ScenarioError) -> Problem {
    let detail = error.to_string();
    Problem::new(Kind::SCENARIO, detail).with(Extras { error: Some(error.into()), ..Extras::default() })
}

fn shown(control: &Control, i_mid: Option<&IMid>) -> HttpResponse {
    let rules = control.engine.rules();
    let (scenario, own) = rules.scenario(i_mid);
    let told = |rule: &crate::scenarios::Rule| Told {
        id: rule.id.to_string(),
        times: rule.times(),
        reached: rules.match_count(rule, i_mid),
    };
    view::ok(&InForce {
        i_mid,
        own,
        name: &scenario.name,
        title: &scenario.title,
        description: scenario.description.trim(),
        rules: scenario.rules.iter().map(|rule| told(rule)).collect(),
        available: rules.library().names().map(str::to_owned).collect(),
    })
}
