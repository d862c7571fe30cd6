//! `GET /events`: reads the event log.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::event_matcher::{self, EventMatcher};
use super::log_query;
use crate::control::Control;
use crate::control::api::{ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, response};
use crate::control::view::Event;

const LIST: &[Parameter] = &[
    log_query::AFTER,
    event_matcher::TYPE,
    event_matcher::I_MID,
    event_matcher::T_XID,
    event_matcher::REFERENCE_NO,
    Parameter::integer("limit", "The maximum number of events; the oldest ones are returned.", 1_000, Some(10_000)),
    event_matcher::OTHER_FIELDS,
];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::GET,
        path: "/events",
        handler: web::to(list),
        id: "listEvents",
        tag: "events",
        summary: "Lists events",
        description: "The events that match, oldest first. A reset hides all earlier events; the numbering continues.",
        parameters: LIST,
        body: None,
        responses: vec![ApiResponse::json::<Vec<Event>>(StatusCode::OK, "The events.", json!([Event::example()]))],
        problems: &[ProblemKind::BAD_VALUE],
    }]
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let matcher = EventMatcher::from_query(&query)?;
    let filter = matcher.filter(log_query::after(&query)?);
    let limit = query.integer("limit")?;
    let mask = control.engine.key_mask();
    let events = log_query::entries(&control, filter).map(|entry| Event::from_entry(&entry));
    let matching = events.filter(move |event| matcher.matches(event)).take(limit);
    Ok(response::list(matching.map(move |event| event.masked(&mask))))
}

/// Reads the query of [`list`], for the fuzz target.
#[cfg(any(test, feature = "fuzz"))]
pub fn read_event_query(text: &str) {
    let query = Query::from_text(text, LIST);
    let limit = query.integer("limit");
    assert!(limit.is_err() || limit.is_ok_and(|limit| limit <= 10_000));
    let _ = (query.i_mid().is_ok(), log_query::after(&query).is_ok());
    if let Ok(matcher) = EventMatcher::from_query(&query) {
        let event = Event::from_value(json!({ "type": "clock.moved" }));
        assert_eq!(matcher.matches(&event), matcher.differences(&event).is_empty());
        assert!(!matcher.describe().is_empty());
        drop(matcher.filter(0));
    }
}
