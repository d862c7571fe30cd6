//! `GET /__sim/events/{id}`: one event, with the bytes of its request and response.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::problem::not_found;
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Message, Section, message};
use crate::paths;

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
    let frame = Frame::new(&dashboard, &request, Section::Log);
    let Some(message) = id.parse().ok().and_then(|id| message::find(control, id, frame.lang())) else {
        return not_found(control, frame, ("Event", "Event"), &id);
    };
    let page = EventPage { frame, message: Some(message) };
    page.frame.respond(StatusCode::OK, &page)
}
