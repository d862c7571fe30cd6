//! `GET /events`: the log.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::event_matcher::{self, EventMatcher};
use super::operation::{Answer, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::read::Query;
use super::view::Event;
use super::{Control, view};
use crate::store::{Filter, LogReader};

/// Events that are looked at in one go: the log is locked for no longer than that takes.
pub(super) const BITE: usize = 64;

/// Of every call that reads the log from its beginning.
pub(super) const AFTER: Parameter = Parameter::whole("after", "Only events after this number.", 0, None);
const LIST: &[Parameter] = &[
    AFTER,
    event_matcher::TYPE,
    event_matcher::I_MID,
    event_matcher::T_XID,
    event_matcher::REFERENCE_NO,
    Parameter::whole("limit", "So many of the oldest, at most.", 1_000, Some(10_000)),
    event_matcher::OTHERS,
];

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
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
    }]
}

pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, LIST);
    let wanted = EventMatcher::of(&query);
    let filter = wanted.filter(after(&query)?);
    let limit = query.number("limit")?;
    Ok(view::ok(&found(control.engine.store().log, filter, &wanted, limit)))
}

/// The number after which a query begins; the log's beginning where it says nothing.
pub(super) fn after(query: &Query) -> Result<u64, Problem> {
    Ok(u64::try_from(query.number("after")?).unwrap_or(u64::MAX))
}

/// The first events that are as wanted, at most `most` of them.
fn found(log: LogReader<'_>, filter: Filter, wanted: &EventMatcher, most: usize) -> Vec<Event> {
    let mut found = Vec::new();
    each(log, filter, |event| {
        if found.len() < most && wanted.takes(&event) {
            found.push(event);
        }
        found.len() < most
    });
    found
}

/// Shows what has happened until now, one event after another, as long as `look` wants to see more.
pub(super) fn each(log: LogReader<'_>, mut filter: Filter, mut look: impl FnMut(Event) -> bool) {
    let end = log.last();
    while filter.after < end {
        let part = log.part(&filter, BITE);
        filter.after = part.upto;
        if !part.entries.iter().all(|entry| look(Event::of(entry))) {
            return;
        }
    }
}
