//! The plain page at `/`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Control;
use super::index_page::{IndexPage, IndexShopper, IndexTransaction};
use super::info::base_url;
use crate::domain::WIB;
use crate::paths;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Transactions on the page.
const NEWEST: usize = 20;

pub(super) async fn show(control: web::Data<Control>, request: HttpRequest) -> HttpResponse {
    let engine = &control.engine;
    let base_url = base_url(&control, &request);
    let profile = control.profile.to_string();
    let now = WIB.to_datetime(engine.now()).strftime("%Y-%m-%d %H:%M:%S WIB");
    let clock = format!("{now} ({})", if engine.clock().is_manual() { "manual" } else { "system" });
    let merchants: Vec<String> = engine.merchants().iter().map(|merchant| merchant.i_mid.to_string()).collect();
    let shoppers: Vec<_> = engine
        .catalog()
        .shoppers()
        .iter()
        .map(|shopper| IndexShopper {
            lender: shopper.partner.name(),
            phone: shopper.phone.local(),
            pin: shopper.pin.to_string(),
            otp: shopper.otp_asked().to_owned(),
            outcome: engine.catalog().description(&shopper.phone).map_or("", |(_, en)| en).to_owned(),
        })
        .collect();
    let transactions = newest(&control);
    let (story, _) = engine.rules().scenario(None);
    let problems: Vec<String> = engine.scenario_problems().iter().map(ToString::to_string).collect();
    let page = IndexPage {
        version: env!("CARGO_PKG_VERSION"),
        base_url: &base_url,
        profile: &profile,
        scenario: &story.name,
        problems: &problems,
        clock: &clock,
        seed: engine.seed(),
        merchants: &merchants,
        shoppers: &shoppers,
        transactions: &transactions,
    };
    match page.render() {
        Ok(html) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(engine.masked(&html).into_owned()),
        Err(error) => {
            tracing::error!(%error, "the index page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn newest(control: &Control) -> Vec<IndexTransaction> {
    let mut newest = std::collections::BTreeMap::new();
    control.engine.store().transactions.each(|transaction| {
        if newest.len() < NEWEST || newest.first_key_value().is_some_and(|(oldest, _)| transaction.sequence > *oldest) {
            newest.insert(
                transaction.sequence,
                IndexTransaction {
                    t_xid: transaction.t_xid.to_string(),
                    reference_no: transaction.reference_no.to_string(),
                    i_mid: transaction.i_mid.to_string(),
                    amount: transaction.amount.for_people(),
                    stage: transaction.stage().word().to_owned(),
                    href: paths::transaction_page(transaction.t_xid.as_str()),
                },
            );
            if newest.len() > NEWEST {
                newest.pop_first();
            }
        }
    });
    newest.into_values().rev().collect()
}

pub(super) async fn css() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(include_str!("../../static/index.css"))
}
