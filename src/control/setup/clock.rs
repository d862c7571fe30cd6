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
use crate::domain::{AttemptResult, EventKind, IMid, Notification, NotificationId, ReferenceNo, ResponseClass, TXid};
use crate::engine::{Engine, NextWork, Subject, WorkKind};
use crate::sockets::Client;
use crate::store::Filter;

pub(super) fn operations() -> Vec<ApiOperation> {
    let responses = || {
        let example = json!({
            "now": "2026-01-01T17:00:00Z",
            "mode": "manual",
            "nextDueAt": null,
            "next": null,
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
            description: "The time, and what is due next.",
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
                          clock stays where it is then. `{\"to\": \"next\"}` moves it exactly to what is due next; `due` \
                          is the `nextDueAt` that the caller has seen, so that of two callers only one moves the clock.",
            parameters: &[],
            body: Some(RequestBody::json::<AdvanceClock>(json!({ "by": "24h" }))),
            responses: responses(),
            problems: &[ProblemKind::CLOCK, ProblemKind::NEXT, ProblemKind::BAD_VALUE],
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
    /// What is due then; null if there is none.
    next: Option<Next>,
}

/// What is due next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Next {
    /// What it is.
    kind: WorkKind,
    /// The merchant.
    i_mid: Option<IMid>,
    /// The merchant's number of the order or the account binding.
    reference_no: Option<ReferenceNo>,
    /// The transaction; null if it is about an account binding.
    #[serde(rename = "tXid")]
    t_xid: Option<TXid>,
}

impl Clock {
    pub(super) fn example() -> Value {
        let (i_mid, t_xid) = ("PAYLOANTES", "PAYLOANTES06202601010000000000");
        json!({
            "now": "2025-12-31T17:00:00Z",
            "mode": "manual",
            "nextDueAt": "2026-01-01T17:00:00Z",
            "next": { "kind": "expiry", "iMid": i_mid, "referenceNo": "order-1", "tXid": t_xid },
        })
    }

    pub(super) fn new(engine: &Engine) -> Self {
        let work = engine.next_work();
        Self {
            now: engine.now(),
            mode: if engine.clock().is_manual() { ClockMode::Manual } else { ClockMode::System },
            next_due_at: work.as_ref().map(|work| work.at),
            next: work.map(|NextWork { kind, subject: Subject { i_mid, t_xid, reference_no }, .. }| Next {
                kind,
                i_mid,
                reference_no,
                t_xid,
            }),
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

/// How far the clock moves: `by` or `to`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AdvanceClock {
    /// A duration, not negative: `PT24H`, `2h 30m`, `1d`.
    by: Option<String>,
    /// To what is due next.
    to: Option<AdvanceTo>,
    /// With `to`: when that is due (`nextDueAt`). Refused if something else is due next by now.
    due: Option<Timestamp>,
}

/// Where the clock moves to.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum AdvanceTo {
    /// To what is due next.
    Next,
}

async fn advance(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let wish = request::json(&control, &request, payload).await?;
    let by = match &wish {
        AdvanceClock { by: Some(by), to: None, due: None } => {
            Some(clock::parse_duration(by).map_err(|error| Problem::bad_value(error.to_string()))?)
        }
        AdvanceClock { by: None, to: Some(AdvanceTo::Next), due: _ } => None,
        _ => {
            return Err(Problem::bad_value(
                "by or to is missing, or both are there: {\"by\":\"24h\"} or {\"to\":\"next\"}",
            ));
        }
    };
    if by.is_some_and(|by| by < SignedDuration::ZERO) {
        return Err(Problem::bad_value("by is negative: the clock only moves forward"));
    }
    let clock = lock_clock(&control)?;
    let now = control.engine.now();
    let target = match by {
        Some(by) => now.checked_add(by).map_err(|_| too_far())?,
        None => next(&control, wish.due)?,
    };
    check_reachable(now, target)?;
    let moved = clock.move_to(target, Client::left(&request).cancelled_owned()).await;
    Ok(clock_moved(&control, Some(moved)))
}

/// When the next work is due, if that is what the caller has seen.
fn next(control: &Control, seen: Option<Timestamp>) -> Result<Timestamp, Problem> {
    let due = control.engine.next_needed();
    match (due, seen) {
        (Some(due), Some(seen)) if due != seen => {
            Err(Problem::new(ProblemKind::NEXT, format!("what was due at {seen} is done or gone; {due} is next")))
        }
        (Some(due), _) => Ok(due),
        (None, Some(seen)) => {
            Err(Problem::new(ProblemKind::NEXT, format!("what was due at {seen} is done or gone; nothing is due")))
        }
        (None, None) => Err(Problem::new(ProblemKind::NEXT, "nothing is due")),
    }
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
    let (from_event, filter) = (after, Filter { after, ..Filter::default() });
    let entries = entries(control, filter.clone());
    let timed_out = entries.filter_map(|entry| timed_out(engine, &entry.event.kind)).collect();
    let movement = ClockMovement { from, to, events: Vec::new(), timed_out };
    let text = json!(ClockMoved { clock, movement: Some(movement) }).to_string();
    let events = self::entries(control, filter).filter(|entry| !matches!(entry.event.kind, EventKind::Exchanged(_)));
    let mask = engine.key_mask();
    let (before, after) = text.split_once(EMPTY_EVENTS).unwrap_or((&text, ""));
    let upto = engine.store().log.last();
    let mut answer = response::list_within(
        &format!("{before}\"events\":["),
        events.map(move |entry| view::Event::from_entry(&entry).masked(&mask)),
        &format!("]{after}"),
    );
    answer.extensions_mut().insert(ClockJump { after: from_event, upto });
    answer
}

/// The events of a move, which the dashboard shows: it sees the answer before it is written.
#[derive(Clone, Copy, Debug)]
pub struct ClockJump {
    /// The last event before the move.
    pub after: u64,
    /// The last event of the move.
    pub upto: u64,
}

/// The place of the events in the answer.
const EMPTY_EVENTS: &str = "\"events\":[]";
