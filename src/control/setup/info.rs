//! `GET /info`, and the health checks `/livez` and `/readyz`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::clock::Clock;
use crate::connection;
use crate::control::api::{ApiOperation, ApiResponse, response};
use crate::control::{Control, view};
use crate::domain::{IMid, NotificationKind, Profile, ResourceLimits};
use crate::endpoints::Endpoint;
use crate::engine::MemoryReport;
use crate::paths;

pub(super) fn operations() -> Vec<ApiOperation> {
    let example = json!({
        "name": "nicepay-sim",
        "version": env!("CARGO_PKG_VERSION"),
        "urls": Urls::new("http://127.0.0.1:8606"),
        "clock": Clock::example(),
        "seed": 7,
        "profile": "lenient",
        "scenario": { "name": "approve", "title": "Every payment is approved", "description": "The usual." },
        "scenarios": { "dir": null, "problems": [] },
        "notifyOn": ["approve", "pending", "reject"],
        "merchants": ["IONPAYTEST", "PAYLOANTES"],
        "refusedLive": { "IONPAYTEST": 0, "PAYLOANTES": 2 },
        "transactions": 0,
        "waiting": 0,
        "streams": 0,
        "memory": { "orders": 0, "notifications": 0, "explanations": 0, "events": 262_144, "used": 262_144, "max": 1_073_741_824 },
        "limits": ResourceLimits::EXAMPLE,
    });
    vec![ApiOperation {
        method: Method::GET,
        path: "/info",
        handler: web::to(show),
        id: "getInfo",
        tag: "simulator",
        summary: "Shows the simulator's settings",
        description: "Version, addresses, clock, seed, profile, scenario and limits.",
        parameters: &[],
        body: None,
        responses: vec![ApiResponse::json::<Info>(StatusCode::OK, "The settings.", example)],
        problems: &[],
    }]
}

/// The settings of the simulator.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    /// Always `nicepay-sim`.
    name: &'static str,
    /// The version of the program.
    version: &'static str,
    /// The addresses.
    urls: Urls,
    /// The clock.
    clock: Clock,
    /// The seed of all random values.
    seed: u64,
    /// How strictly the gateway checks requests.
    profile: Profile,
    /// The scenario in force.
    scenario: Scenario<'a>,
    /// The scenario files.
    scenarios: ScenarioFiles,
    /// The results that merchants are notified of.
    notify_on: &'a [NotificationKind],
    /// The merchants that may call.
    merchants: Vec<IMid>,
    /// For each merchant, how many accepted requests the live gateway would have refused.
    refused_live: BTreeMap<IMid, u64>,
    /// The number of transactions that are kept.
    transactions: usize,
    /// The number of requests that wait for an event.
    waiting: usize,
    /// The number of open event streams.
    streams: usize,
    /// How the memory budget is used, in bytes.
    memory: MemoryReport,
    /// The limits.
    limits: &'a ResourceLimits,
}

/// The addresses, with scheme and host of the request, or with `--public-url`.
#[derive(Serialize)]
struct Urls(Map<String, Value>);

/// The name of an address, its path, and its description.
type Address = (String, &'static str, &'static str);

impl Urls {
    fn new(base: &str) -> Self {
        Self(Self::addresses().map(|(name, path, _)| (name, format!("{base}{path}").into())).collect())
    }

    fn addresses() -> impl Iterator<Item = Address> {
        let own = |name: &str, path, description| (name.to_owned(), path, description);
        let first = [
            own("base", "", "The simulator's address; it replaces NICEPAY's host."),
            own("nicepay", paths::GATEWAY, "The beginning of NICEPAY's paths."),
        ];
        let endpoints =
            Endpoint::documented().map(|endpoint| (endpoint.key(), endpoint.path(), endpoint.info().purpose.en));
        first.into_iter().chain(endpoints).chain([own("api", paths::API, "The control API.")])
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
            "description": "The addresses, with scheme and host of the request, or with `--public-url`.",
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
    /// A short title.
    title: &'a str,
    /// The effect of the scenario.
    description: &'a str,
}

/// The scenario files. They are read again when they change.
#[derive(Serialize, JsonSchema)]
struct ScenarioFiles {
    /// The folder of `--scenarios`; null if none is set.
    dir: Option<String>,
    /// The errors in the files. While there are errors, the previous scenarios stay in force.
    problems: Vec<view::ScenarioError>,
}

/// Scheme and host of the request, or `--public-url`.
pub fn base_url(control: &Control, request: &HttpRequest) -> String {
    connection::base_url(control.public_url.as_deref(), request)
}

async fn show(control: web::Data<Control>, request: HttpRequest) -> HttpResponse {
    let engine = &control.engine;
    let (scenario, _) = engine.rules().scenario(None);
    let (merchants, mask) = (engine.merchants(), engine.key_mask());
    response::ok(&Info {
        name: "nicepay-sim",
        version: env!("CARGO_PKG_VERSION"),
        urls: Urls::new(&base_url(&control, &request)),
        clock: Clock::new(engine),
        seed: engine.seed(),
        profile: control.profile,
        scenario: Scenario {
            name: &mask.masked(&scenario.name),
            title: &mask.masked(&scenario.title),
            description: &mask.masked(scenario.description.trim()),
        },
        scenarios: ScenarioFiles {
            dir: engine.rules().folder(),
            problems: engine
                .scenario_problems()
                .into_iter()
                .map(|problem| view::ScenarioError::from(problem).masked(&mask))
                .collect(),
        },
        notify_on: engine.notify_on(),
        merchants: merchants.iter().map(|merchant| merchant.i_mid.clone()).collect(),
        refused_live: merchants
            .iter()
            .map(|merchant| (merchant.i_mid.clone(), engine.refused_live(&merchant.i_mid)))
            .collect(),
        transactions: engine.store().transactions.len(),
        waiting: control.waiters.in_use(),
        streams: control.streams.in_use(),
        memory: engine.memory(),
        limits: &control.api_limits,
    })
}

pub(in crate::control) async fn livez() -> HttpResponse {
    response::ok(&json!({ "status": "alive" }))
}

pub(in crate::control) async fn readyz(control: web::Data<Control>) -> HttpResponse {
    if control.stopping.is_cancelled() {
        return response::json(actix_web::http::StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "stopping" }));
    }
    response::ok(&json!({ "status": "ready" }))
}
