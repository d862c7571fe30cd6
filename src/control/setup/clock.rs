//! `GET, POST /clock` and `POST /clock/advance`: reads and moves the simulator's clock.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::background::{ClockGuard, ClockMove};
use crate::clock::{self, SignedDuration, Timestamp};
use crate::control::api::{ApiOperation, ApiResponse, Problem, ProblemKind, RequestBody, request, response};
use crate::control::events::entries;
use crate::control::{Control, view};
use crate::domain::{AttemptResult, EventKind, Notification, NotificationId, ReferenceNo, ResponseClass};
use crate::engine::Engine;
use crate::sockets::Client;
use crate::store::Filter;

pub(super) fn operations() -> Vec<ApiOperation> {
    let responses = || {
        let example = json!({
            "now": "2026-01-01T17:00:00Z",
            "mode": "manual",
            "nextDueAt": null,
            "from": "2025-12-31T17:00:00Z",
            "to": "2026-01-01T17:00:00Z",
            "events": [view::Event::example()],
            "timedOut": [],
        });
        vec![ApiResponse::json::<ClockMoved>(StatusCode::OK, "The clock, and the events while it moved.", example)]
    };
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/clock",
            handler: web::to(show),
            id: "getClock",
            tag: "clock",
            summary: "Shows the clock",
            description: "The time, and when the next work is due.",
            parameters: &[],
            body: None,
            responses: vec![ApiResponse::json::<Clock>(StatusCode::OK, "The clock.", Clock::example())],
            problems: &[],
        },
        ApiOperation {
            method: Method::POST,
            path: "/clock",
            handler: web::to(set),
            id: "setClock",
            tag: "clock",
            summary: "Sets, stops or starts the clock",
            description: "Moves the clock forward to a time. The response comes when everything due until then is \
                          done, each at its own time. The clock never moves back.",
            parameters: &[],
            body: Some(RequestBody::json::<SetClock>(json!({ "set": "2026-01-02T00:00:00+07:00", "freeze": true }))),
            responses: responses(),
            problems: &[ProblemKind::CLOCK, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::POST,
            path: "/clock/advance",
            handler: web::to(advance),
            id: "advanceClock",
            tag: "clock",
            summary: "Moves the clock forward",
            description: "The response comes when every expiry, retry, review and notification of that period is done, \
                          each at its own time and with the merchant's response. `PT0S` does what is due now. While it waits \
                          for a response, the log says for whose. If the client closes the connection before, the \
                          clock stays where it is then.",
            parameters: &[],
            body: Some(RequestBody::json::<AdvanceClock>(json!({ "by": "24h" }))),
            responses: responses(),
            problems: &[ProblemKind::CLOCK, ProblemKind::BAD_VALUE],
        },
    ]
}

/// How the clock runs.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ClockMode {
    /// It is stopped; only this API moves it.
    Manual,
    /// It runs with the computer's clock.
    System,
}

/// The clock.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Clock {
    /// The current time.
    now: Timestamp,
    /// How the clock runs.
    mode: ClockMode,
    /// When the next work is due; null if there is none.
    next_due_at: Option<Timestamp>,
}

impl Clock {
    pub(super) fn example() -> Value {
        json!({ "now": "2025-12-31T17:00:00Z", "mode": "manual", "nextDueAt": "2026-01-01T17:00:00Z" })
    }

    pub(super) fn new(engine: &Engine) -> Self {
        Self {
            now: engine.now(),
            mode: if engine.clock().is_manual() { ClockMode::Manual } else { ClockMode::System },
            next_due_at: engine.next_needed(),
        }
    }
}

/// The clock, and the events while it moved.
#[derive(Serialize, JsonSchema)]
struct ClockMoved {
    #[serde(flatten)]
    clock: Clock,
    #[serde(flatten)]
    movement: Option<ClockMovement>,
}

/// A movement of the clock; absent if it did not move.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ClockMovement {
    /// The time before.
    from: Timestamp,
    /// The time after.
    to: Timestamp,
    /// The events of this period, without `exchange.recorded`: those are long, and the event log has them.
    events: Vec<view::Event>,
    /// The attempts of this period to which no answer came before the timeout (`--notification-timeout`). They are why
    /// the call took long.
    timed_out: Vec<TimedOut>,
}

/// An attempt to send a notification that got no answer in time.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TimedOut {
    /// The number of the notification.
    notification: NotificationId,
    /// The number of the attempt.
    attempt: u32,
    /// The address that did not answer.
    url: Arc<str>,
    /// The merchant's number of the order or the account binding.
    reference_no: ReferenceNo,
}

async fn show(control: web::Data<Control>) -> HttpResponse {
    response::ok(&Clock::new(&control.engine))
}

/// The change of the clock: `set`, `freeze`, or both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetClock {
    /// The time to move to; not in the past.
    set: Option<Timestamp>,
    /// Whether the clock is stopped afterwards.
    freeze: Option<bool>,
}

async fn set(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let change: SetClock = request::json(&control, &request, payload).await?;
    if change.set.is_none() && change.freeze.is_none() {
        return Err(Problem::bad_value(
            "set or freeze is missing: {\"set\":\"2026-01-02T00:00:00+07:00\"} or {\"freeze\":true}",
        ));
    }
    let clock = lock_clock(&control)?;
    let now = control.engine.now();
    let target = change.set.unwrap_or(now);
    if target < now {
        return Err(Problem::bad_value(format!(
            "{target} is in the past, the time is {now}: the clock only moves forward"
        )));
    }
    check_reachable(now, target)?;
    if change.freeze == Some(true) {
        clock.set_stopped(true);
    }
    let moved = match change.set {
        Some(target) => Some(clock.move_to(target, Client::left(&request).cancelled_owned()).await),
        None => None,
    };
    if change.freeze == Some(false) {
        clock.set_stopped(false);
    }
    Ok(clock_moved(&control, moved))
}

/// How far the clock moves.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AdvanceClock {
    /// A duration, not negative: `PT24H`, `2h 30m`, `1d`.
    by: String,
}

async fn advance(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let AdvanceClock { by } = request::json(&control, &request, payload).await?;
    let by = clock::parse_duration(&by).map_err(|error| Problem::bad_value(error.to_string()))?;
    if by < SignedDuration::ZERO {
        return Err(Problem::bad_value("by is negative: the clock only moves forward"));
    }
    let clock = lock_clock(&control)?;
    let now = control.engine.now();
    let target = now.checked_add(by).map_err(|_| too_far())?;
    check_reachable(now, target)?;
    let moved = clock.move_to(target, Client::left(&request).cancelled_owned()).await;
    Ok(clock_moved(&control, Some(moved)))
}

fn lock_clock(control: &Control) -> Result<ClockGuard<'_>, Problem> {
    let locked = control.background.try_lock_clock();
    locked.ok_or_else(|| Problem::new(ProblemKind::CLOCK, ProblemKind::CLOCK.meaning))
}

/// A running clock goes on after the end, where it can be stopped but not moved.
fn check_reachable(now: Timestamp, target: Timestamp) -> Result<(), Problem> {
    if target > clock::END.max(now) { Err(too_far()) } else { Ok(()) }
}

fn too_far() -> Problem {
    Problem::bad_value(format!("the clock ends at {}", clock::END))
}

/// The attempt of an event, if it got no answer in time.
fn timed_out(engine: &Engine, event: &EventKind) -> Option<TimedOut> {
    let EventKind::NotificationAttempted { notification, attempt: number, .. } = *event else { return None };
    let look = |known: &Notification| {
        let attempt = known.attempts.iter().find(|attempt| attempt.number == number)?;
        let AttemptResult::Failed { class: ResponseClass::Timeout, .. } = attempt.result else { return None };
        let (url, reference_no) = (Arc::clone(&known.url), known.reference_no.clone());
        let (url, reference_no) = (engine.shown(url), engine.shown(reference_no));
        Some(TimedOut { notification, attempt: number, url, reference_no })
    };
    engine.store().notifications.read(notification, look).flatten()
}

/// The answer to a move. Its events are read from the log while they are written.
fn clock_moved(control: &web::Data<Control>, moved: Option<ClockMove>) -> HttpResponse {
    let engine = &control.engine;
    let clock = Clock::new(engine);
    let Some(ClockMove { from, to, after }) = moved else {
        return response::ok(&ClockMoved { clock, movement: None });
    };
    let filter = Filter { after, ..Filter::default() };
    let entries = entries(control, filter.clone());
    let timed_out = entries.filter_map(|entry| timed_out(engine, &entry.event.kind)).collect();
    let movement = ClockMovement { from, to, events: Vec::new(), timed_out };
    let text = json!(ClockMoved { clock, movement: Some(movement) }).to_string();
    let events = self::entries(control, filter).filter(|entry| !matches!(entry.event.kind, EventKind::Exchanged(_)));
    let mask = engine.key_mask();
    let (before, after) = text.split_once(EMPTY_EVENTS).unwrap_or((&text, ""));
    response::list_within(
        &format!("{before}\"events\":["),
        events.map(move |entry| view::Event::from_entry(&entry).masked(&mask)),
        &format!("]{after}"),
    )
}

/// The place of the events in the answer.
const EMPTY_EVENTS: &str = "\"events\":[]";
