//! `GET /__sim/shoppers`: the test accounts at the lenders.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::control::Control;
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, Time, query};
use crate::domain::{AccountState, Partner, Shopper};
use crate::page::{Lang, tenor};
use crate::paths;

#[derive(Template)]
#[template(path = "dashboard/shoppers.html")]
struct ShoppersPage {
    frame: Frame,
    i_mid: String,
    merchants: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    lender: &'static str,
    name: String,
    phone: String,
    pin: String,
    otp: String,
    state: &'static str,
    locked_until: Option<Time>,
    /// What happens when this account pays.
    outcome: String,
    /// For each tenor: its name, the remaining limit, and the total limit.
    limits: Vec<(String, String, String)>,
    owes: String,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Shoppers);
    let i_mid = query::merchant(control, &request);
    let mut shoppers = control.engine.shown(control.engine.store().accounts.list(i_mid.as_ref()));
    // Kredivo's first: most payments use it.
    shoppers
        .sort_by_key(|shopper| (shopper.partner != Partner::Kredivo, shopper.partner.name(), shopper.phone.local()));
    let page = ShoppersPage {
        merchants: query::merchants(control),
        rows: shoppers.iter().map(|shopper| row(control, shopper, frame.lang())).collect(),
        i_mid: i_mid.map(|i_mid| i_mid.to_string()).unwrap_or_default(),
        frame,
    };
    page.frame.respond(StatusCode::OK, &page)
}

fn row(control: &Control, shopper: &Shopper, lang: Lang) -> Row {
    let outcome = control.engine.catalog().description(&shopper.phone);
    let locked_until = shopper.locked_until.filter(|until| *until > control.engine.now());
    let limits = shopper.limits.iter().map(|limit| {
        let left = shopper.remaining(limit.months).unwrap_or_default();
        (tenor(limit.months, lang), left.formatted(), limit.total.formatted())
    });
    Row {
        lender: shopper.partner.name(),
        name: shopper.name.to_string(),
        phone: shopper.phone.local(),
        pin: shopper.pin.to_string(),
        otp: shopper.otp.to_string(),
        state: match shopper.state {
            AccountState::Active => "active",
            AccountState::Inactive => "inactive",
            AccountState::Locked => "locked",
        },
        locked_until: locked_until.map(Time::full),
        outcome: outcome.map_or("", |(id, en)| lang.t(en, id)).to_owned(),
        limits: limits.collect(),
        owes: shopper.owes.formatted(),
    }
}
