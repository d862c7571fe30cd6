//! `GET, POST /clock` and `POST /clock/advance`: what time it is, and making it later.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::operation::{Answer, Body, Operation};
use super::problem::{Kind, Problem};
use super::{Control, read, view};
use crate::background::{ClockGuard, ClockMove};
use crate::clock::{self, SignedDuration, Timestamp};
use crate::engine::Engine;
use crate::store::Filter;

pub(super) fn operations() -> Vec<Operation> {
    let told = || {
        let example = json!({
            "now": "2026-01-01T17:00:00Z",
            "mode": "manual",
            "nextDueAt": null,
            "from": "2025-12-31T17:00:00Z",
            "to": "2026-01-01T17:00:00Z",
            "events": [view::Event::example()],
        });
        vec![Answer::json::<Told>(StatusCode::OK, "The clock, and what happened while it moved.", example)]
    };
    vec![
        Operation {
            method: Method::GET,
            path: "/clock",
            handler: web::to(show),
            id: "getClock",
            tag: "clock",
            summary: "Says what time it is",
            description: "And when something is due next.",
            parameters: &[],
            body: None,
            answers: vec![Answer::json::<Clock>(StatusCode::OK, "The clock.", Clock::example())],
            problems: &[],
        },
        Operation {
            method: Method::POST,
            path: "/clock",
            handler: web::to(change),
            id: "setClock",
            tag: "clock",
            summary: "Sets, stops or starts the clock",
            description: "Moves time ahead to an instant and answers when everything that fell due on the way has \
                          happened, each thing at its own instant. Never back.",
            parameters: &[],
            body: Some(Body::json::<Change>(json!({ "set": "2026-01-02T00:00:00+07:00", "freeze": true }))),
            answers: told(),
            problems: &[Kind::CLOCK, Kind::BAD_VALUE],
        },
        Operation {
            method: Method::POST,
            path: "/clock/advance",
            handler: web::to(advance),
            id: "advanceClock",
            tag: "clock",
            summary: "Moves time ahead",
            description: "Answers when every expiry, retry, review and notification of that span has happened, each at \
                          its own instant and with the merchant's answers. `PT0S` is for what is due now.",
            parameters: &[],
            body: Some(Body::json::<Advance>(json!({ "by": "24h" }))),
            answers: told(),
            problems: &[Kind::CLOCK, Kind::BAD_VALUE],
        },
    ]
}

/// What makes time pass.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ClockMode")]
enum Mode {
    /// It stands until it is moved.
    Manual,
    /// It goes with the machine's.
    System,
}

/// The clock.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Clock {
    /// What time it is.
    now: Timestamp,
    /// What makes time pass.
    mode: Mode,
    /// When something happens by itself next; null when nothing does.
    next_due_at: Option<Timestamp>,
}

impl Clock {
    pub(super) fn example() -> Value {
        json!({ "now": "2025-12-31T17:00:00Z", "mode": "manual", "nextDueAt": "2026-01-01T17:00:00Z" })
    }

    pub(super) fn of(engine: &Engine) -> Self {
        Self {
            now: engine.now(),
            mode: if engine.clock().is_manual() { Mode::Manual } else { Mode::System },
            next_due_at: engine.next_due(),
        }
    }
}

/// The clock, and what happened while it moved.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ClockMoved")]
struct Told {
    #[serde(flatten)]
    clock: Clock,
    #[serde(flatten)]
    moved: Option<Move>,
}

/// What happened while the clock moved; absent when it did not.
#[derive(Serialize, JsonSchema)]
struct Move {
    /// What time it was.
    from: Timestamp,
    /// What time it is.
    to: Timestamp,
    /// What happened on the way, but for requests to the gateway: they are long, and the log has them.
    events: Vec<view::Event>,
}

pub(super) async fn show(control: web::Data<Control>) -> HttpResponse {
    view::ok(&Clock::of(&control.engine))
}

/// What to do with the clock: one of the two, or both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SetClock")]
struct Change {
    /// The instant to move to; not one that has passed.
    set: Option<Timestamp>,
    /// Whether it stands from then on.
    freeze: Option<bool>,
}

/// Sets the clock to a later instant, stops it, or lets it go on.
pub(super) async fn change(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let wanted: Change = read::json(&control, &request, payload).await?;
    if wanted.set.is_none() && wanted.freeze.is_none() {
        return Err(Problem::bad_value("say what to do: {\"set\":\"2026-01-02T00:00:00+07:00\"} or {\"freeze\":true}"));
    }
    let taken = take(&control)?;
    let now = control.engine.now();
    let target = wanted.set.unwrap_or(now);
    if target < now {
        return Err(Problem::bad_value(format!("{target} has passed, it is {now}: time goes forward")));
    }
    reachable(target)?;
    if wanted.freeze == Some(true) {
        taken.set_stopped(true);
    }
    let moved = match wanted.set {
        Some(target) => Some(taken.move_to(target).await),
        None => None,
    };
    if wanted.freeze == Some(false) {
        taken.set_stopped(false);
    }
    Ok(view::ok(&told(&control.engine, moved)))
}

/// How far to move the clock.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AdvanceClock")]
struct Advance {
    /// A duration, ISO 8601 or friendly, not negative: `PT24H`, `2h 30m`, `1d`.
    by: String,
}

/// Moves the clock ahead; answers when everything that fell due has happened.
pub(super) async fn advance(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Advance { by } = read::json(&control, &request, payload).await?;
    let by = clock::parse_duration(&by).map_err(Problem::bad_value)?;
    if by < SignedDuration::ZERO {
        return Err(Problem::bad_value("by is negative: time goes forward"));
    }
    let taken = take(&control)?;
    let target = control.engine.now().checked_add(by).map_err(|_| too_far())?;
    reachable(target)?;
    let moved = taken.move_to(target).await;
    Ok(view::ok(&told(&control.engine, Some(moved))))
}

fn take(control: &Control) -> Result<ClockGuard<'_>, Problem> {
    control.background.try_lock_clock().ok_or_else(|| {
        let detail = Kind::CLOCK.meaning;
        Problem::new(Kind::CLOCK, detail)
    })
}

fn reachable(target: Timestamp) -> Result<(), Problem> {
    if target > clock::END { Err(too_far()) } else { Ok(()) }
}

fn too_far() -> Problem {
    Problem::bad_value(format!("the clock ends at {}", clock::END))
}

fn told(engine: &Engine, moved: Option<ClockMove>) -> Told {
    let clock = Clock::of(engine);
    let moved = moved.map(|ClockMove { from, to, after }| {
        let happened = engine.store().log.read(&Filter { after, ..Filter::default() }, usize::MAX);
        let events = happened.iter().map(view::Event::of).filter(|event| event.get("type") != "exchange.recorded");
        Move { from, to, events: events.collect() }
    });
    Told { clock, moved }
}
