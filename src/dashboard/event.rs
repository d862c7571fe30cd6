//! `GET /__sim/events/{id}`: one event, with its bytes.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::Dashboard;
use super::frame::{Frame, Place, gone};
use super::message::{self, Message};
use crate::paths;

#[derive(Template)]
#[template(path = "dashboard/event.html")]
struct EventPage {
    frame: Frame,
    message: Option<Message>,
}

pub(super) async fn show(dashboard: Data<Dashboard>, id: Path<String>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::of(&dashboard, &request, Place::Log);
    let Some(message) = id.parse().ok().and_then(|id| message::open(control, id)) else {
        return gone(control, frame, ("Tidak ada kejadian nomor", "There is no event number"), &id);
    };
    let page = EventPage { frame, message: Some(message) };
    page.frame.answer(control, StatusCode::OK, &page)
}
