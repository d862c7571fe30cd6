//! `GET /info`, and whether we are alive and ready.

use std::borrow::Cow;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::clock::Clock;
use super::operation::{Answer, Operation};
use super::{Control, Limits, view};
use crate::domain::{IMid, NotificationKind, Profile};
use crate::endpoints::Endpoint;
use crate::paths;

pub(super) fn operations() -> Vec<Operation> {
    let example = json!({
        "name": "nicepay-sim",
        "version": env!("CARGO_PKG_VERSION"),
        "urls": Urls::below("http://127.0.0.1:8606"),
        "clock": Clock::example(),
        "seed": 7,
        "profile": "lenient",
        "scenario": { "name": "approve", "title": "Every payment is approved", "description": "The usual." },
        "scenarios": { "dir": null, "problems": [] },
        "notifyOn": ["approve", "pending", "reject"],
        "merchants": ["IONPAYTEST", "PAYLOANTES"],
        "transactions": 0,
        "waiting": 0,
        "streams": 0,
        "limits": Limits::EXAMPLE,
    });
    vec![Operation {
        method: Method::GET,
        path: "/info",
        handler: web::to(show),
        id: "getInfo",
        tag: "simulator",
        summary: "Says what is running",
        description: "Version, addresses, clock, seed, profile, scenario and limits.",
        parameters: &[],
        body: None,
        answers: vec![Answer::json::<Info>(StatusCode::OK, "What is running.", example)],
        problems: &[],
    }]
}

/// What is running.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    /// Always `nicepay-sim`.
    name: &'static str,
    /// The version of the program.
    version: &'static str,
    /// Where to call.
    urls: Urls,
    /// What time it is.
    clock: Clock,
    /// The seed that chance is drawn from.
    seed: u64,
    /// How exact the gateway is.
    profile: Profile,
    /// The scenario in force.
    scenario: Scenario<'a>,
    /// Scenario files.
    scenarios: Files,
    /// What merchants are notified of.
    notify_on: &'a [NotificationKind],
    /// Who may call.
    merchants: Vec<IMid>,
    /// How many transactions are remembered.
    transactions: usize,
    /// How many requests wait for an event.
    waiting: usize,
    /// How many streams of events are open.
    streams: usize,
    /// What the simulator takes on.
    limits: &'a Limits,
}

/// Where to call; with scheme and host of the request, or `--public-url`.
#[derive(Serialize)]
struct Urls(Map<String, Value>);

/// The name of an address, its path, and what is there.
type Address = (String, &'static str, &'static str);

impl Urls {
    fn below(base: &str) -> Self {
        Self(Self::addresses().map(|(name, path, _)| (name, format!("{base}{path}").into())).collect())
    }

    fn addresses() -> impl Iterator<Item = Address> {
        let own = |name: &str, path, description| (name.to_owned(), path, description);
        let first = [
            own("base", "", "The simulator: takes the place of NICEPAY's host."),
            own("nicepay", paths::GATEWAY, "What NICEPAY's paths are below."),
        ];
        let endpoints =
            Endpoint::documented().map(|endpoint| (endpoint.key(), endpoint.path(), endpoint.info().purpose.en));
        first.into_iter().chain(endpoints).chain([own("api", paths::API, "This API.")])
    }
}

impl JsonSchema for Urls {
    fn schema_name() -> Cow<'static, str> {
        "Urls".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let property =
            |(name, _, description): Address| (name, json!({ "description": description, "type": "string" }));
        let properties: Map<String, Value> = Self::addresses().map(property).collect();
        let names: Vec<_> = properties.keys().cloned().collect();
        json_schema!({
            "description": "Where to call; with scheme and host of the request, or `--public-url`.",
            "type": "object",
            "properties": properties,
            "required": names
        })
    }
}

/// A scenario.
#[derive(Serialize, JsonSchema)]
struct Scenario<'a> {
    /// Its name.
    name: &'a str,
    /// What it is, in a few words.
    title: &'a str,
    /// What it does.
    description: &'a str,
}

/// Scenario files that are read again when they change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScenarioFiles")]
struct Files {
    /// The folder of --scenarios; null where none is named.
    dir: Option<String>,
    /// What is wrong with them as they are now. What was in force before stays so.
    problems: Vec<view::ScenarioError>,
}

/// Scheme and host under which this request reached us, or `--public-url`.
pub fn base_url(control: &Control, request: &HttpRequest) -> String {
    let host = request.headers().get(actix_web::http::header::HOST).and_then(|host| host.to_str().ok());
    paths::base_url(control.public_url.as_deref(), host)
}

pub(super) async fn show(control: web::Data<Control>, request: HttpRequest) -> HttpResponse {
    let engine = &control.engine;
    let (scenario, _) = engine.rules().scenario(None);
    view::ok(&Info {
        name: "nicepay-sim",
        version: env!("CARGO_PKG_VERSION"),
        urls: Urls::below(&base_url(&control, &request)),
        clock: Clock::of(engine),
        seed: engine.seed(),
        profile: control.profile,
        scenario: Scenario { name: &scenario.name, title: &scenario.title, description: scenario.description.trim() },
        scenarios: Files {
            dir: engine.rules().folder(),
            problems: engine.scenario_problems().into_iter().map(Into::into).collect(),
        },
        notify_on: engine.notify_on(),
        merchants: engine.merchants().iter().map(|merchant| merchant.i_mid.clone()).collect(),
        transactions: engine.store().transactions.len(),
        waiting: control.waiters.taken(),
        streams: control.streams.taken(),
        limits: &control.shown_limits,
    })
}

pub(super) async fn livez() -> HttpResponse {
    view::ok(&json!({ "status": "alive" }))
}

pub(super) async fn readyz(control: web::Data<Control>) -> HttpResponse {
    if control.stopping.is_cancelled() {
        return view::answer(actix_web::http::StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "stopping" }));
    }
    view::ok(&json!({ "status": "ready" }))
}
