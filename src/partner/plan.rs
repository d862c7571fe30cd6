//! The second page: how to pay it back.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Partner;
use super::browser::{Browser, Form};
use super::frame::{self, Frame, Framed, Page, Purpose};
use super::link_target::LinkTarget;
use super::respond::{elsewhere, see_other, to_place, unreadable, visit};
use super::text::Text;
use crate::domain::{Amount, Limit, PartnerStep, Phone, Stage, Transaction};
use crate::engine::PlanChoice;
use crate::page::page;
use crate::paths;

/// Step 2: how to pay it back.
#[derive(Debug, Template)]
#[template(path = "partner/plan.html")]
struct PlanPage<'a> {
    /// What every page of the visit shows.
    frame: Frame<'a>,
    /// The tenors on offer, shortest first.
    options: Vec<PlanOption>,
    /// Why the last choice did not work.
    error: Option<String>,
}

/// One tenor on offer; its amounts are formatted.
#[derive(Debug, Clone)]
struct PlanOption {
    /// The number of monthly payments; 1 means "pay in 30 days".
    months: u8,
    /// What is paid each month.
    monthly: String,
    /// What the loan costs in all, interest included.
    fee: String,
    /// The sum of all payments.
    total: String,
    /// Whether this tenor is chosen when the page opens.
    selected: bool,
    /// Why this tenor cannot be chosen, where it cannot.
    unavailable: Option<Unavailable>,
}

impl PlanOption {
    /// The name of the tenor: `30 days`, `3 months`.
    fn tenor(&self, text: &Text) -> String {
        text.tenor(self.months)
    }
}

/// Why a tenor cannot be chosen, with the bound that stands against it, formatted.
#[derive(Debug, Clone)]
enum Unavailable {
    /// The limit for this tenor does not cover the amount.
    Limit {
        /// What is left of it.
        remaining: String,
    },
    /// The amount is below the least that this tenor is offered for.
    BelowLeast {
        /// The least.
        least: String,
    },
    /// The amount is above the most that this tenor is offered for.
    AboveMost {
        /// The most.
        most: String,
    },
}

impl Unavailable {
    /// The reason, in words.
    fn why(&self, text: &Text) -> &'static str {
        match self {
            Self::Limit { .. } => text.plan_unavailable,
            Self::BelowLeast { .. } => text.plan_below_least,
            Self::AboveMost { .. } => text.plan_above_most,
        }
    }

    /// What the bound is.
    fn bound_label(&self, text: &Text) -> &'static str {
        match self {
            Self::Limit { .. } => text.remaining_limit,
            Self::BelowLeast { .. } => text.plan_least,
            Self::AboveMost { .. } => text.plan_most,
        }
    }

    /// How much it is.
    fn bound(&self) -> &str {
        match self {
            Self::Limit { remaining: bound } | Self::BelowLeast { least: bound } | Self::AboveMost { most: bound } => {
                bound
            }
        }
    }
}

impl Framed for PlanPage<'_> {
    const STEP: Option<frame::Step> = Some(frame::Step::Plan);

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

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
    let LinkTarget::Payment(transaction) = &visited else { return to_place(partner, browser) };
    let phone = match (transaction.stage(), visited.place(browser)) {
        (Stage::AtPartner(PartnerStep::Plan { phone, .. }), paths::PLAN) => phone,
        (Stage::AtPartner(PartnerStep::Otp { otp, .. }), paths::OTP) if otp.session.is_some() => &otp.phone,
        _ => return to_place(partner, browser),
    };
    let options = options(partner, transaction, phone, chosen.unwrap_or(transaction.order.instmnt_mon));
    let shown = PlanPage { frame: visited.frame(partner, browser, paths::PLAN), options, error };
    page(StatusCode::OK, &shown, browser.cookies())
}

/// Why a tenor cannot be chosen for an amount, where it cannot.
fn unavailable(limit: &Limit, remaining: Amount, amount: Amount) -> Option<Unavailable> {
    if amount < limit.min {
        Some(Unavailable::BelowLeast { least: limit.min.formatted() })
    } else if amount > limit.max {
        Some(Unavailable::AboveMost { most: limit.max.formatted() })
    } else if amount > remaining {
        Some(Unavailable::Limit { remaining: remaining.formatted() })
    } else {
        None
    }
}

fn options(partner: &Partner, transaction: &Transaction, phone: &Phone, wanted: u8) -> Vec<PlanOption> {
    let account = partner.engine.shopper(&transaction.i_mid, phone);
    let Some(account) = account else { return Vec::new() };
    let mut options: Vec<PlanOption> = partner
        .engine
        .catalog()
        .products(account.partner)
        .iter()
        .filter_map(|product| {
            let limit = account.limits.iter().find(|limit| limit.months == product.months)?;
            let plan = product.plan(transaction.amount);
            Some(PlanOption {
                months: plan.months,
                monthly: plan.monthly().formatted(),
                fee: plan.fee.saturating_add(plan.interest).formatted(),
                total: plan.total().formatted(),
                selected: false,
                unavailable: unavailable(limit, limit.total.saturating_sub(account.owes), transaction.amount),
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
        Ok(PlanChoice::OtpSent) => see_other(&browser.url(paths::OTP), browser.cookies()),
        Ok(PlanChoice::NotOffered) => again(text.plan_missing),
        Ok(PlanChoice::OutOfRange) => again(text.plan_out_of_range),
        Ok(PlanChoice::LimitExceeded) => again(text.limit_exceeded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Lang;
    use crate::partner::frame::sample::{frame, has};
    use crate::partner::lender::Lender;

    #[test]
    fn a_tenor_says_why_it_cannot_be_chosen() {
        let option = |months, unavailable| PlanOption {
            months,
            monthly: "Rp 1".to_owned(),
            fee: "Rp 2".to_owned(),
            total: "Rp 3".to_owned(),
            selected: false,
            unavailable,
        };
        let page = |lang| {
            let purpose = Purpose::Pay { goods: "", amount: "Rp 25.145".to_owned(), links: false };
            let options = vec![
                option(1, None),
                option(3, Some(Unavailable::Limit { remaining: "Rp 10".to_owned() })),
                option(6, Some(Unavailable::BelowLeast { least: "Rp 500.000".to_owned() })),
                option(12, Some(Unavailable::AboveMost { most: "Rp 2.000.000".to_owned() })),
            ];
            PlanPage { frame: frame(lang, Lender::Indodana, purpose, paths::PLAN), options, error: None }
                .render()
                .unwrap()
        };
        let html = page(Lang::En);
        assert_eq!(html.matches(" disabled").count(), 3, "{html}");
        has(
            &html,
            &["Not enough limit", "Limit left Rp 10", "Order too small", "Minimum Rp 500.000", "Order too large"],
        );
        has(&page(Lang::Id), &["Pesanan terlalu kecil", "Pesanan terlalu besar", "Maksimum Rp 2.000.000"]);
    }
}
