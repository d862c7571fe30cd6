//! `GET /`: how to connect an application, the settings, the latest transactions, and the shoppers.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::control::{Control, base_url};
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{FirstRequest, first_request, scenario_problems, second, state};
use crate::domain::MaskKeys as _;
use crate::endpoints::Endpoint;
use crate::page::{Lang, Language, asset, live_page};
use crate::paths;

/// The maximum number of transactions on the page.
const MAX_ROWS: usize = 20;

#[derive(Template)]
#[template(path = "dashboard/index.html")]
struct IndexPage {
    lang: Lang,
    /// What an application uses instead of NICEPAY's host.
    base_url: String,
    profile: String,
    scenario: String,
    /// The errors in the scenario files as they are now.
    scenario_problems: Vec<String>,
    clock: String,
    seed: u64,
    merchants: Vec<String>,
    shoppers: Vec<ShopperRow>,
    /// The newest first.
    transactions: Vec<TransactionRow>,
    requests: Vec<FirstRequest>,
    has_demo: bool,
}

struct ShopperRow {
    lender: &'static str,
    phone: String,
    pin: String,
    /// Empty if the account never gets to the OTP.
    otp: String,
    /// The outcome of a payment.
    outcome: String,
}

struct TransactionRow {
    t_xid: String,
    reference_no: String,
    i_mid: String,
    amount: String,
    stage: &'static str,
    href: String,
}

impl IndexPage {
    fn t<T>(&self, en: T, id: T) -> T {
        self.lang.t(en, id)
    }
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let engine = &control.engine;
    let language = Language::from_request(&request);
    let lang = language.lang;
    let mode = if engine.clock().is_manual() { "manual" } else { lang.t("system", "sistem") };
    let page = IndexPage {
        lang,
        base_url: base_url(control, &request),
        profile: control.profile.to_string(),
        scenario: engine.shown(engine.rules().scenario(None).0.name.to_string()),
        scenario_problems: scenario_problems(control),
        clock: format!("{} WIB ({mode})", second(engine.now())),
        seed: engine.seed(),
        merchants: engine.merchants().iter().map(|merchant| merchant.i_mid.to_string()).collect(),
        shoppers: shoppers(control, lang),
        transactions: newest(control),
        requests: first_request::requests(control, &request),
        has_demo: dashboard.demo,
    };
    live_page(StatusCode::OK, &page, language.cookies())
}

fn shoppers(control: &Control, lang: Lang) -> Vec<ShopperRow> {
    let catalog = control.engine.catalog();
    let rows = catalog.shoppers().iter().map(|shopper| ShopperRow {
        lender: shopper.partner.name(),
        phone: shopper.phone.local(),
        pin: shopper.pin.to_string(),
        otp: shopper.listed_otp().to_owned(),
        outcome: catalog.description(&shopper.phone).map_or("", |(id, en)| lang.t(en, id)).to_owned(),
    });
    rows.collect()
}

fn newest(control: &Control) -> Vec<TransactionRow> {
    let mut newest = BTreeMap::new();
    control.engine.store().transactions.for_each(|transaction| {
        let oldest = newest.first_key_value().map(|(sequence, _)| *sequence);
        if newest.len() == MAX_ROWS {
            if oldest.is_some_and(|oldest| transaction.sequence < oldest) {
                return;
            }
            newest.pop_first();
        }
        let row = TransactionRow {
            t_xid: transaction.t_xid.to_string(),
            reference_no: transaction.reference_no.to_string(),
            i_mid: transaction.i_mid.to_string(),
            amount: transaction.amount.formatted(),
            stage: transaction.stage().as_str(),
            href: paths::transaction_page(transaction.t_xid.as_str()),
        };
        newest.insert(transaction.sequence, row);
    });
    let mut rows: Vec<TransactionRow> = newest.into_values().rev().collect();
    let mask = control.engine.key_mask();
    for row in &mut rows {
        row.reference_no.mask_keys(&mask);
    }
    rows
}

pub(in crate::dashboard) async fn css(request: HttpRequest) -> HttpResponse {
    let sheet =
        concat!(include_str!("../../../static/first_request.css"), "\n", include_str!("../../../static/index.css"));
    asset(&request, "text/css; charset=utf-8", sheet)
}
