//! The last page: what became of it, and the way back to the shop.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::Browser;
use super::pages::{Notice, Outcome, ResultPage};
use super::receipt::{Receipt, in_short};
use super::respond::{notice, to_place, visit};
use super::visited::Visited;
use crate::ledger::{Amount, BindingStage, Stage};
use crate::page::page;
use crate::paths;

/// Shows it, to any browser: it gives nothing away but the order.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&request);
    let visited = match visit(&partner, &browser, paths::RESULT) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    if visited.is_expired() {
        return notice(&browser, Notice::LinkExpired, paths::RESULT, Some(&visited));
    }
    let ended = match &visited {
        Visited::Payment(transaction) => match transaction.stage() {
            Stage::Approved { plan, refunded, .. } if *refunded > Amount::ZERO => {
                Some((Outcome::PartlyRefunded, None, Some(plan)))
            }
            Stage::Approved { plan, .. } => Some((Outcome::Approved, None, Some(plan))),
            Stage::UnderReview { plan, .. } => Some((Outcome::UnderReview, None, Some(plan))),
            Stage::Declined { reason, .. } => Some((Outcome::Declined, Some(*reason), None)),
            Stage::Abandoned { .. } => Some((Outcome::Abandoned, None, None)),
            Stage::Cancelled { .. } => Some((Outcome::Refunded, None, None)),
            Stage::Registered | Stage::AtPartner(_) | Stage::Expired { .. } => None,
        },
        Visited::Binding(binding) => match &binding.stage {
            BindingStage::Bound { .. } => Some((Outcome::Linked, None, None)),
            BindingStage::Failed { reason, .. } => Some((Outcome::NotLinked, Some(*reason), None)),
            BindingStage::Abandoned { .. } => Some((Outcome::Abandoned, None, None)),
            BindingStage::SignIn | BindingStage::Otp(_) | BindingStage::Expired { .. } => None,
        },
    };
    let Some((outcome, reason, plan)) = ended else { return to_place(&partner, &browser) };
    let return_url = visited.return_url(&browser.tk);
    let receipt = match &visited {
        Visited::Payment(transaction) => Receipt::of_payment(transaction, browser.language.lang),
        Visited::Binding(binding) => Receipt::of_binding(binding, browser.language.lang),
    };
    let shown = ResultPage {
        frame: visited.frame(&partner, &browser, paths::RESULT),
        outcome,
        reason: reason.map(|reason| browser.text().reason(reason, visited.is_binding()).to_owned()),
        plan: if receipt.is_none() { plan.map(in_short) } else { None },
        receipt,
        return_url: &return_url,
        t_xid: match &visited {
            Visited::Payment(transaction) => Some(transaction.t_xid.as_str()),
            Visited::Binding(_) => None,
        },
    };
    page(StatusCode::OK, &shown, browser.cookies())
}
