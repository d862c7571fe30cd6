//! `GET /__sim/bindings`: accounts that are being bound without a payment.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::Dashboard;
use super::frame::{Frame, Place, instant};
use crate::paths;

/// Bindings on the page.
const SHOWN: usize = 100;

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
    at: String,
}

pub(super) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::of(&dashboard, &request, Place::Bindings);
    let ids = control.engine.store().bindings.list(|_| true);
    let newest = ids.iter().rev().take(SHOWN);
    let rows = newest.filter_map(|id| control.engine.binding(*id)).map(|binding| Row {
        id: binding.id.to_string(),
        reference_no: binding.request.reference_no.to_string(),
        i_mid: binding.i_mid.to_string(),
        customer: binding.client_user_key().to_string(),
        state: binding.stage.as_str(),
        at: instant(binding.registered_at),
    });
    let page = BindingsPage { rows: rows.collect(), all: ids.len(), frame };
    page.frame.answer(control, StatusCode::OK, &page)
}
