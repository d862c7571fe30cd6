//! The last page: what became of it, and the way back to the shop.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::Browser;
use super::otp::in_short;
use super::pages::{Notice, Outcome, ResultPage};
use super::respond::{frame, notice, to_place, visit};
use crate::ledger::Stage;
use crate::page::page;
use crate::paths;

/// Shows it, to any browser: it gives nothing away but the order.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&request);
    let transaction = match visit(&partner, &browser, paths::RESULT) {
        Ok(transaction) => transaction,
        Err(instead) => return *instead,
    };
    let (outcome, reason, plan) = match transaction.stage() {
        Stage::Approved { plan, .. } => (Outcome::Approved, None, Some(plan)),
        Stage::UnderReview { plan, .. } => (Outcome::UnderReview, None, Some(plan)),
        Stage::Declined { reason, .. } => (Outcome::Declined, Some(*reason), None),
        Stage::Abandoned { .. } => (Outcome::Abandoned, None, None),
        Stage::Expired { .. } => return notice(&browser, Notice::LinkExpired, paths::RESULT, true),
        Stage::Registered | Stage::AtPartner(_) => return to_place(&partner, &browser),
    };
    let return_url = paths::page(paths::PAYMENT_RETURN, &browser.tk);
    let shown = ResultPage {
        frame: frame(&partner, &browser, &transaction, paths::RESULT),
        outcome,
        reason: reason.map(|reason| browser.text().reason(reason, false).to_owned()),
        plan: plan.map(in_short),
        return_url: &return_url,
        t_xid: Some(transaction.t_xid.as_str()),
    };
    page(StatusCode::OK, &shown, browser.cookies())
}
