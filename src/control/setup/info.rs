//! `GET /info`, and the health checks `/livez` and `/readyz`.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::clock::Clock;
use crate::control::api::{ApiLimits, ApiOperation, ApiResponse, response};
use crate::control::{Control, view};
use crate::domain::{IMid, NotificationKind, Profile};
use crate::paths;

pub(super) fn operations() -> Vec<ApiOperation> {
    let example = json!({
        "name": "nicepay-sim",
        "version": env!("CARGO_PKG_VERSION"),
        "urls": Urls::new("http://127.0.0.1:8606".to_owned()),
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
        "limits": ApiLimits::EXAMPLE,
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
    /// The number of transactions that are kept.
    transactions: usize,
    /// The number of requests that wait for an event.
    waiting: usize,
    /// The number of open event streams.
    streams: usize,
    /// The limits.
    limits: &'a ApiLimits,
}

/// The addresses, with scheme and host of the request, or with `--public-url`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Urls {
    /// The simulator's address; it replaces NICEPAY's host.
    base: String,
    /// The beginning of NICEPAY's paths.
    nicepay: String,
    /// Registers a payment.
    registration: String,
    /// The payment page: the customer's browser goes there.
    payment: String,
    /// Inquiry: the status of a transaction.
    inquiry: String,
    /// Cancels or refunds a payment.
    cancel: String,
    /// Registers a payment for NICEPAY's checkout page.
    checkout: String,
    /// Registers an account binding.
    binding: String,
    /// Reads the account of a user token.
    user_details: String,
    /// NICEPAY's checkout page.
    checkout_page: String,
    /// Confirms that the customer received the goods.
    confirm_akulaku: String,
    /// Checks an iMid and its key.
    check_mid: String,
    /// Removes a user token.
    remove_token: String,
    /// The control API.
    api: String,
}

impl Urls {
    fn new(base: String) -> Self {
        let at = |path: &str| format!("{base}{path}");
        Self {
            nicepay: at(paths::GATEWAY),
            registration: at(paths::REGISTRATION),
            payment: at(paths::PAYMENT),
            inquiry: at(paths::INQUIRY),
            cancel: at(paths::CANCEL),
            checkout: at(paths::CHECKOUT),
            binding: at(paths::BINDING),
            user_details: at(paths::USER_DETAILS),
            checkout_page: at(paths::CHECKOUT_PAGE),
            confirm_akulaku: at(paths::CONFIRM_AKULAKU),
            check_mid: at(paths::CHECK_MID),
            remove_token: at(paths::REMOVE_TOKEN),
            api: at(paths::API),
            base,
        }
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
    let host = request.headers().get(actix_web::http::header::HOST).and_then(|host| host.to_str().ok());
    paths::base_url(control.public_url.as_deref(), host)
}

async fn show(control: web::Data<Control>, request: HttpRequest) -> HttpResponse {
    let engine = &control.engine;
    let (scenario, _) = engine.rules().scenario(None);
    response::ok(&Info {
        name: "nicepay-sim",
        version: env!("CARGO_PKG_VERSION"),
        urls: Urls::new(base_url(&control, &request)),
        clock: Clock::new(engine),
        seed: engine.seed(),
        profile: control.profile,
        scenario: Scenario { name: &scenario.name, title: &scenario.title, description: scenario.description.trim() },
        scenarios: ScenarioFiles {
            dir: engine.rules().folder(),
            problems: engine.scenario_problems().into_iter().map(Into::into).collect(),
        },
        notify_on: engine.notify_on(),
        merchants: engine.merchants().iter().map(|merchant| merchant.i_mid.clone()).collect(),
        transactions: engine.store().transactions.len(),
        waiting: control.waiters.in_use(),
        streams: control.streams.in_use(),
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
