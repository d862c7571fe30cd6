//! `GET /__sim/merchants`: who may call. Never with a key.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::Dashboard;
use super::frame::{Frame, Place};
use crate::paths;

#[derive(Template)]
#[template(path = "dashboard/merchants.html")]
struct MerchantsPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    i_mid: String,
    lenders: Vec<&'static str>,
    duplicate_check: bool,
    scenario: String,
    own: bool,
}

pub(super) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::of(&dashboard, &request, Place::Merchants);
    let rows = control.engine.merchants().into_iter().map(|merchant| {
        let (story, own) = control.engine.rules().scenario(Some(&merchant.i_mid));
        Row {
            i_mid: merchant.i_mid.to_string(),
            lenders: merchant.partners.iter().map(|partner| partner.name()).collect(),
            duplicate_check: merchant.duplicate_check,
            scenario: story.name.to_string(),
            own,
        }
    });
    let page = MerchantsPage { rows: rows.collect(), frame };
    page.frame.answer(control, StatusCode::OK, &page)
}
