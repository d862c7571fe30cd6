//! `GET, POST /clock` and `POST /clock/advance`: what time it is, and making it later.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use super::{Control, read, view};
use crate::background::{ClockTaken, Moved};
use crate::clock::{self, SignedDuration, Timestamp};
use crate::engine::Engine;
use crate::store::Filter;

/// The clock as JSON.
pub(super) fn view(engine: &Engine) -> Value {
    json!({
        "now": engine.now(),
        "mode": if engine.clock().is_manual() { "manual" } else { "system" },
        "nextDueAt": engine.store().schedule.next_at(),
    })
}

pub(super) async fn show(control: web::Data<Control>) -> HttpResponse {
    view::ok(&view(&control.engine))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    set: Option<Timestamp>,
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
        taken.stand(true);
    }
    let moved = match wanted.set {
        Some(target) => Some(taken.move_to(target).await),
        None => None,
    };
    if wanted.freeze == Some(false) {
        taken.stand(false);
    }
    Ok(view::ok(&told(&control.engine, moved)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: String,
}

/// Moves the clock ahead; answers when everything that fell due has happened.
pub(super) async fn advance(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Advance { by } = read::json(&control, &request, payload).await?;
    let by = clock::duration(&by).map_err(Problem::bad_value)?;
    if by < SignedDuration::ZERO {
        return Err(Problem::bad_value("by is negative: time goes forward"));
    }
    let taken = take(&control)?;
    let target = control.engine.now().checked_add(by).map_err(|_| too_far())?;
    reachable(target)?;
    let moved = taken.move_to(target).await;
    Ok(view::ok(&told(&control.engine, Some(moved))))
}

fn take(control: &Control) -> Result<ClockTaken<'_>, Problem> {
    control.background.take_clock().ok_or_else(|| {
        let detail = "somebody else is moving the clock, and may be waiting for this very answer";
        Problem::new(StatusCode::CONFLICT, "clock", detail)
    })
}

fn reachable(target: Timestamp) -> Result<(), Problem> {
    if target > clock::END { Err(too_far()) } else { Ok(()) }
}

fn too_far() -> Problem {
    Problem::bad_value(format!("the clock ends at {}", clock::END))
}

/// The clock, and what happened while it moved. Exchanges are left out: they are long, and the log has them.
fn told(engine: &Engine, moved: Option<Moved>) -> Value {
    let mut told = view(engine);
    if let Some(Moved { from, to, after }) = moved {
        let happened = engine.store().log.read(&Filter { after, ..Filter::default() }, usize::MAX);
        let happened = happened.iter().map(|event| json!(event)).filter(|event| event["type"] != "exchange.recorded");
        told["from"] = json!(from);
        told["to"] = json!(to);
        told["events"] = happened.collect();
    }
    told
}
