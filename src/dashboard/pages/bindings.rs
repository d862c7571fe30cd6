//! `GET /__sim/bindings`: the account bindings, the newest first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, Time};
use crate::paths;

/// The maximum number of bindings on the page.
const MAX_ROWS: usize = 100;

#[derive(Template)]
#[template(path = "dashboard/bindings.html")]
struct BindingsPage {
    frame: Frame,
    rows: Vec<Row>,
    all: usize,
}

struct Row {
    id: String,
    reference_no: String,
    i_mid: String,
    customer: String,
    state: &'static str,
    at: Time,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Bindings);
    let ids = control.engine.store().bindings.list(|_| true);
    let now = control.engine.now();
    let newest = ids.iter().rev().take(MAX_ROWS);
    let rows = newest.filter_map(|id| control.engine.binding(*id)).map(|binding| control.engine.shown(binding));
    let rows = rows.map(|binding| Row {
        id: binding.id.to_string(),
        reference_no: binding.request.reference_no.to_string(),
        i_mid: binding.i_mid.to_string(),
        customer: binding.client_user_key().to_string(),
        state: binding.stage.as_str(),
        at: Time::relative(binding.registered_at, now, frame.lang()),
    });
    let page = BindingsPage { rows: rows.collect(), all: ids.len(), frame };
    page.frame.respond(StatusCode::OK, &page)
}
