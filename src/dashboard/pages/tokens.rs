//! `GET /__sim/tokens`: user tokens, active and inactive.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, Time, query};
use crate::paths;

/// The maximum number of tokens on the page.
const MAX_ROWS: usize = 200;

#[derive(Template)]
#[template(path = "dashboard/tokens.html")]
struct TokensPage {
    frame: Frame,
    rows: Vec<Row>,
    all: usize,
    merchants: Vec<String>,
}

struct Row {
    token: String,
    i_mid: String,
    customer: String,
    phone: String,
    is_active: bool,
    at: Time,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Tokens);
    let (tokens, all) = control.engine.store().tokens.newest(MAX_ROWS);
    let tokens = control.engine.shown(tokens);
    let now = control.engine.now();
    let rows = tokens.iter().map(|token| Row {
        token: token.user_token.to_string(),
        i_mid: token.grant.i_mid.to_string(),
        customer: token.grant.client_user_key.to_string(),
        phone: token.grant.phone.local(),
        is_active: token.is_active,
        at: Time::relative(token.grant.issued_at, now, frame.lang()),
    });
    let page = TokensPage { rows: rows.collect(), all, merchants: query::merchants(control), frame };
    page.frame.respond(StatusCode::OK, &page)
}
