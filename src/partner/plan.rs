//! The second page: how to pay it back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::{Browser, Form};
use super::pages::{PlanOption, PlanPage, Unavailable};
use super::respond::{elsewhere, see_other, to_place, unreadable, visit};
use super::visited::Visited;
use crate::engine::PlanChosen;
use crate::ledger::{Amount, Limit, Phone, Stage, Step, Transaction};
use crate::page::page;
use crate::paths;

/// Shows the plans, also to somebody who comes back from the OTP to choose another.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    form(&partner, &Browser::of(&request), None, None)
}

fn form(partner: &Partner, browser: &Browser, chosen: Option<u8>, error: Option<String>) -> HttpResponse {
    let visited = match visit(partner, browser, paths::PLAN) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    // Nobody who binds an account is asked how to pay.
    let Visited::Payment(transaction) = &visited else { return to_place(partner, browser) };
    let phone = match (transaction.stage(), visited.place(browser)) {
        (Stage::AtPartner(Step::Plan { phone, .. }), paths::PLAN) => phone,
        (Stage::AtPartner(Step::Otp { otp, .. }), paths::OTP) if otp.session.is_some() => &otp.phone,
        _ => return to_place(partner, browser),
    };
    let options = options(partner, transaction, phone, chosen.unwrap_or(transaction.order.instmnt_mon));
    let shown = PlanPage { frame: visited.frame(partner, browser, paths::PLAN), options, error };
    page(StatusCode::OK, &shown, browser.cookies())
}

/// Why a tenor cannot be chosen for an amount, where it cannot.
fn unavailable(limit: &Limit, remaining: Amount, amount: Amount) -> Option<Unavailable> {
    if amount < limit.least {
        Some(Unavailable::BelowLeast { least: limit.least.for_people() })
    } else if amount > limit.most {
        Some(Unavailable::AboveMost { most: limit.most.for_people() })
    } else if amount > remaining {
        Some(Unavailable::Limit { remaining: remaining.for_people() })
    } else {
        None
    }
}

fn options(partner: &Partner, transaction: &Transaction, phone: &Phone, wanted: u8) -> Vec<PlanOption> {
    let account = partner.engine.shopper(&transaction.i_mid, phone);
    let Some(account) = account else { return Vec::new() };
    let mut options: Vec<PlanOption> = partner
        .engine
        .book()
        .products(account.partner)
        .iter()
        .filter_map(|product| {
            let limit = account.limits.iter().find(|limit| limit.months == product.months)?;
            let plan = product.plan(transaction.amount);
            Some(PlanOption {
                months: plan.months,
                monthly: plan.monthly().for_people(),
                fee: plan.fee.plus(plan.interest).for_people(),
                total: plan.total().for_people(),
                selected: false,
                unavailable: unavailable(limit, limit.total.minus(account.owes), transaction.amount),
            })
        })
        .collect();
    // The registered tenor is a suggestion (`docs/PROTOCOL.md` A-29); where it is not on offer, the shortest is.
    let suggested = options.iter().position(|o| o.unavailable.is_none() && o.months == wanted);
    if let Some(at) = suggested.or_else(|| options.iter().position(|o| o.unavailable.is_none())) {
        options[at].selected = true;
    }
    options
}

/// Takes the choice.
pub(super) async fn submit(partner: web::Data<Partner>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request);
    let fields = match Form::read(&partner, &request, payload).await {
        Ok(fields) => fields,
        Err(reason) => return unreadable(&browser, reason, paths::PLAN),
    };
    if let Err(instead) = visit(&partner, &browser, paths::PLAN) {
        return *instead;
    }
    let text = browser.text();
    let months = fields.field("instmntMon").parse().unwrap_or(0);
    let again = |error: &str| form(&partner, &browser, Some(months), Some(error.to_owned()));
    match partner.engine.choose_plan(&browser.tk, browser.session.as_deref(), months) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(PlanChosen::OtpSent) => see_other(&browser.url(paths::OTP), browser.cookies()),
        Ok(PlanChosen::NotOffered) => again(text.plan_missing),
        Ok(PlanChosen::OutOfRange) => again(text.plan_out_of_range),
        Ok(PlanChosen::LimitExceeded) => again(text.limit_exceeded),
    }
}
