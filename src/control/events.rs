//! `GET /events`, `GET /events/wait`: the log, and waiting for it to say something.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::operation::{Answer, Operation, Parameter, ParameterKind};
use super::problem::{Extras, Kind, Problem};
use super::read::Query;
use super::view::Event;
use super::{Control, view};
use crate::clock::{self, SignedDuration};
use crate::store::{Entry, Filter, Log};

/// How long a wait lasts unless `timeout` says otherwise, by the wall clock.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same, as one writes it.
const USUAL: &str = "10s";
/// And at most.
const LONGEST: Duration = Duration::from_secs(300);
/// Near misses that are shown.
const MISSES: usize = 5;

const AFTER: Parameter = Parameter::whole("after", "Only events after this number.", 0, None);
const TYPE: Parameter = Parameter::text(
    "type",
    "Only events of this type, or of these, with commas between them. One that does not exist never matches.",
);
const I_MID: Parameter = Parameter::text("iMid", "Only about this merchant.");
const T_XID: Parameter = Parameter::text("tXid", "Only about this transaction.");
const REFERENCE_NO: Parameter = Parameter::text("referenceNo", "Only about this order of the merchant's.");
const OTHERS: Parameter = Parameter {
    name: "fields",
    description: "Any other parameter is compared with the event's field of that name: `?phone=081291891818`.",
    kind: ParameterKind::Others,
};
const LIST: &[Parameter] = &[
    AFTER,
    TYPE,
    I_MID,
    T_XID,
    REFERENCE_NO,
    Parameter::whole("limit", "So many of the oldest, at most.", 1_000, Some(10_000)),
    OTHERS,
];
const WAIT: &[Parameter] = &[
    AFTER,
    TYPE,
    I_MID,
    T_XID,
    REFERENCE_NO,
    Parameter {
        name: "timeout",
        description: "How long to wait, by the wall clock: `5s`, `PT5S`, or a bare number of seconds; 5 minutes at most.",
        kind: ParameterKind::Duration { default: USUAL },
    },
    OTHERS,
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/events",
            handler: web::to(list),
            id: "listEvents",
            tag: "events",
            summary: "Reads the log",
            description: "The matching events, oldest first. A reset hides what came before it; the numbers go on.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Vec<Event>>(StatusCode::OK, "The events.", json!([Event::example()]))],
            problems: &[Kind::BAD_VALUE],
        },
        Operation {
            method: Method::GET,
            path: "/events/wait",
            handler: web::to(wait),
            id: "waitForEvent",
            tag: "events",
            summary: "Waits for an event",
            description: "Answers with the first event that matches, among what has happened since `after` or what \
                          comes.",
            parameters: WAIT,
            body: None,
            answers: vec![Answer::json::<Event>(StatusCode::OK, "The event.", Event::example())],
            problems: &[Kind::NO_SUCH_EVENT, Kind::BAD_VALUE, Kind::WAITERS, Kind::STOPPING],
        },
    ]
}

/// What is asked for: the log's own filter, types, and equality on any other field.
struct Wanted {
    filter: Filter,
    types: Vec<String>,
    fields: Vec<(String, String)>,
}

impl Wanted {
    fn of(query: &Query) -> Result<Self, Problem> {
        let after = query.number("after")?;
        let text = |name| query.get(name).map(Into::into);
        let filter = Filter {
            after: u64::try_from(after).unwrap_or(u64::MAX),
            i_mid: text("iMid"),
            t_xid: text("tXid"),
            reference_no: text("referenceNo"),
        };
        let types = query.get("type").map(|types| types.split(',').map(str::to_owned).collect()).unwrap_or_default();
        // Either call lets the other's own parameter pass: no event has a field of that name.
        let others = query.others().filter(|(name, _)| !matches!(*name, "limit" | "timeout"));
        let fields = others.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { filter, types, fields })
    }

    fn takes(&self, event: &Event) -> bool {
        let is = |name: &str, wanted: &str| match event.get(name) {
            Value::String(text) => text == wanted,
            Value::Null => false,
            other => {
                let text = other.to_string();
                text == wanted
            }
        };
        (self.types.is_empty() || self.types.iter().any(|wanted| is("type", wanted)))
            && self.fields.iter().all(|(name, wanted)| is(name, wanted))
    }

    fn find(&self, events: &[Entry]) -> Option<Event> {
        events.iter().map(Event::of).find(|event| self.takes(event))
    }
}

pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, LIST);
    let wanted = Wanted::of(&query)?;
    let limit = query.number("limit")?;
    let log = &control.engine.store().log;
    let events = log.read(&wanted.filter, usize::MAX);
    let events = events.iter().map(Event::of).filter(|event| wanted.takes(event)).take(limit);
    Ok(view::ok(&events.collect::<Vec<_>>()))
}

/// Answers with the first event that matches, among what has happened since `after` or what comes.
pub(super) async fn wait(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, WAIT);
    let mut wanted = Wanted::of(&query)?;
    let patience = patience(query.get("timeout"))?;
    let Ok(_place) = control.waiters.try_acquire() else {
        let detail = "as many requests wait as may (--max-waiters)";
        control.warn_once_of_waiters();
        return Err(Problem::new(Kind::WAITERS, detail));
    };
    let log = &control.engine.store().log;
    let first_after = wanted.filter.after;
    let found = tokio::select! {
        found = next(log, &mut wanted) => Some(found),
        () = tokio::time::sleep(patience) => None,
        () = control.stopping.cancelled() => {
            return Err(Problem::new(Kind::STOPPING, Kind::STOPPING.meaning));
        }
    };
    if let Some(event) = found {
        return Ok(view::ok(&event));
    }
    wanted.filter.after = first_after;
    let extras = Extras { nearest_misses: Some(misses(log, &wanted)), ..Extras::default() };
    let detail = format!("no such event in {} s; nearestMisses shows what did happen", patience.as_secs_f64());
    Err(Problem::new(Kind::NO_SUCH_EVENT, detail).with(extras))
}

async fn next(log: &Log, wanted: &mut Wanted) -> Event {
    loop {
        let seen = log.last();
        if let Some(event) = wanted.find(&log.read(&wanted.filter, usize::MAX)) {
            return event;
        }
        wanted.filter.after = wanted.filter.after.max(seen);
        log.grown_since(seen).await;
    }
}

fn patience(text: Option<&str>) -> Result<Duration, Problem> {
    let Some(text) = text else { return Ok(PATIENCE) };
    // A bare number is seconds: curl users write timeout=5.
    let duration = match text.parse::<u32>() {
        Ok(seconds) => Ok(SignedDuration::from_secs(seconds.into())),
        Err(_) => clock::duration(text),
    };
    let duration = duration.ok().and_then(|duration| Duration::try_from(duration).ok());
    let duration = duration.ok_or_else(|| Problem::bad_value("timeout is no duration such as 5s or PT5S"))?;
    Ok(duration.min(LONGEST))
}

/// What came nearest: of the wanted type with other fields, or of the wanted transaction, the newest last.
fn misses(log: &Log, wanted: &Wanted) -> Vec<Event> {
    let everything = log.read(&Filter { after: wanted.filter.after, ..Filter::default() }, usize::MAX);
    let filter = &wanted.filter;
    let mut scored: Vec<(usize, u64, &Entry)> = everything
        .iter()
        .filter_map(|event| {
            let value = Event::of(event);
            let is = |name: &str, text: Option<&str>| text.is_some() && value.get(name).as_str() == text;
            let score = [
                wanted.types.iter().any(|wanted| value.get("type") == wanted.as_str()),
                is("tXid", filter.t_xid.as_deref()),
                is("referenceNo", filter.reference_no.as_deref()),
                is("iMid", filter.i_mid.as_deref()),
            ];
            let score = score.iter().filter(|hit| **hit).count();
            (score > 0).then_some((score, event.event.id, event))
        })
        .collect();
    scored.sort_by_key(|(score, id, _)| (std::cmp::Reverse(*score), std::cmp::Reverse(*id)));
    scored.truncate(MISSES);
    scored.iter().map(|(_, _, event)| Event::of(event)).collect()
}
