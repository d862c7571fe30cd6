//! `GET /info`, and whether we are alive and ready.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::clock::Clock;
use super::operation::{Answer, Operation};
use super::{Control, Limits, view};
use crate::domain::{IMid, NotificationKind, Profile};
use crate::paths;

pub(super) fn operations() -> Vec<Operation> {
    let example = json!({
        "name": "nicepay-sim",
        "version": env!("CARGO_PKG_VERSION"),
        "urls": Urls::below("http://127.0.0.1:8606".to_owned()),
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
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Urls {
    /// The simulator: takes the place of NICEPAY's host.
    base: String,
    /// What NICEPAY's paths are below.
    nicepay: String,
    /// Registers an order.
    registration: String,
    /// Where the customer's browser goes.
    payment: String,
    /// SeamlessChallenge for a transaction's status.
    inquiry: String,
    /// Gives money back.
    cancel: String,
    /// Registers an order for NICEPAY's own page.
    checkout: String,
    /// Binds an account.
    binding: String,
    /// The account behind a user token.
    user_details: String,
    /// NICEPAY's own page.
    checkout_page: String,
    /// The customer has the goods.
    confirm_akulaku: String,
    /// Whether an iMid and its key fit.
    check_mid: String,
    /// Ends a user token.
    remove_token: String,
    /// This API.
    api: String,
}

impl Urls {
    fn below(base: String) -> Self {
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
        urls: Urls::below(base_url(&control, &request)),
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
