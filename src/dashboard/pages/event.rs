//! `GET /__sim/events/{id}`: one event, with the bytes of its request and response.

use std::slice;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::problem::not_found;
use super::refusal::{self, Refusal};
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Message, Section, message};
use crate::domain::EventKind;
use crate::paths;
use crate::store::Filter;

#[derive(Template)]
#[template(path = "dashboard/event.html")]
struct EventPage {
    frame: Frame,
    message: Option<Message>,
}

pub(in crate::dashboard) async fn show(
    dashboard: Data<Dashboard>,
    id: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let control = &dashboard.control;
    let log = control.engine.store().log;
    let read = |id: u64| log.read(&Filter { after: id.checked_sub(1)?, ..Filter::default() }, 1).into_iter().next();
    let entry = id.parse().ok().and_then(|id| read(id).filter(|entry| entry.event.id == id));
    let entry = entry.map(|entry| control.engine.shown(entry));
    let is_refusal = entry.as_ref().is_some_and(|entry| matches!(entry.event.kind, EventKind::Refused { .. }));
    let frame = Frame::new(&dashboard, &request, if is_refusal { Section::Refused } else { Section::Log });
    let message = entry
        .as_ref()
        .and_then(|entry| message::find_in(control, slice::from_ref(entry), entry.event.id, frame.lang()));
    let Some((entry, message)) = entry.zip(message) else {
        return not_found(control, frame, ("Event", "Event"), &id);
    };
    if let EventKind::Refused { endpoint, result_cd, diagnosis, .. } = &entry.event.kind {
        let refusal = Refusal { endpoint, result_cd, diagnosis };
        return refusal::show(control, frame, &entry.event, refusal, message);
    }
    let page = EventPage { frame, message: Some(message) };
    page.frame.respond(StatusCode::OK, &page)
}
