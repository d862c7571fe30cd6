//! `GET /__sim/merchants`: the merchants, without their keys.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section};
use crate::paths;

#[derive(Template)]
#[template(path = "dashboard/merchants.html")]
struct MerchantsPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    i_mid: String,
    name: Option<String>,
    lenders: Vec<&'static str>,
    duplicate_check: bool,
    scenario: String,
    has_own_scenario: bool,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Merchants);
    let rows = control.engine.merchants().into_iter().map(|merchant| {
        let (scenario, has_own_scenario) = control.engine.rules().scenario(Some(&merchant.i_mid));
        Row {
            i_mid: merchant.i_mid.to_string(),
            name: control.engine.shown(merchant.name.clone()).map(|name| name.to_string()),
            lenders: merchant.partners.iter().map(|partner| partner.name()).collect(),
            duplicate_check: merchant.duplicate_check,
            scenario: control.engine.shown(scenario.name.to_string()),
            has_own_scenario,
        }
    });
    let page = MerchantsPage { rows: rows.collect(), frame };
    page.frame.respond(StatusCode::OK, &page)
}
