//! Step 2: the tenor.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::domain::{Amount, CreditLimit, PartnerStep, Phone, Stage, Transaction};
use crate::engine::PlanChoice;
use crate::page::{Lang, page, tenor};
use crate::partner::browser::{Browser, Form};
use crate::partner::frame::{Frame, Framed, Page, Purpose};
use crate::partner::link_target::LinkTarget;
use crate::partner::respond::{bad_form, find_target, step_error, to_current_page};
use crate::partner::{Partner, frame};
use crate::paths;

#[derive(Debug, Template)]
#[template(path = "partner/plan.html")]
struct PlanPage<'a> {
    frame: Frame<'a>,
    /// The tenors on offer, shortest first.
    options: Vec<PlanOption>,
    /// Why the last choice was not accepted.
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
    is_selected: bool,
    /// Why this tenor cannot be chosen, where it cannot.
    unavailable: Option<Unavailable>,
}

impl PlanOption {
    fn tenor(&self, lang: Lang) -> String {
        tenor(self.months, lang)
    }
}

/// Why a tenor cannot be chosen, with the amount that limits it, formatted.
#[derive(Debug, Clone)]
enum Unavailable {
    /// The remaining limit is below the amount.
    LimitTooLow {
        remaining: String,
    },
    BelowMinimum {
        minimum: String,
    },
    AboveMaximum {
        maximum: String,
    },
}

impl Unavailable {
    fn reason(&self, lang: Lang) -> &'static str {
        match self {
            Self::LimitTooLow { .. } => lang.t("Limit too low", "CreditLimit tidak cukup"),
            Self::BelowMinimum { .. } => lang.t("Order too small", "Pesanan terlalu kecil"),
            Self::AboveMaximum { .. } => lang.t("Order too large", "Pesanan terlalu besar"),
        }
    }

    fn bound_label(&self, lang: Lang) -> &'static str {
        match self {
            Self::LimitTooLow { .. } => lang.t("Remaining limit", "Sisa limit"),
            Self::BelowMinimum { .. } => "Minimum",
            Self::AboveMaximum { .. } => lang.t("Maximum", "Maksimum"),
        }
    }

    fn bound(&self) -> &str {
        match self {
            Self::LimitTooLow { remaining: bound }
            | Self::BelowMinimum { minimum: bound }
            | Self::AboveMaximum { maximum: bound } => bound,
        }
    }
}

impl Framed for PlanPage<'_> {
    const STEP: Option<frame::Step> = Some(frame::Step::Plan);

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Shows the tenors, also to a customer who returns from the page that confirms the choice.
pub(in crate::partner) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    form(&partner, &Browser::from_request(&request), None, None)
}

fn form(partner: &Partner, browser: &Browser, chosen: Option<u8>, error: Option<String>) -> HttpResponse {
    let target = match find_target(partner, browser, paths::PLAN) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    // A binding has no plan.
    let LinkTarget::Payment(transaction) = &target else { return to_current_page(partner, browser) };
    let phone = match (transaction.stage(), target.current_page(browser)) {
        (Stage::AtPartner(PartnerStep::Plan { phone, .. }), paths::PLAN)
        | (Stage::AtPartner(PartnerStep::Pin { phone, .. }), paths::PIN) => phone,
        (Stage::AtPartner(PartnerStep::Otp { plan: Some(_), otp }), paths::OTP) if otp.session.is_some() => &otp.phone,
        _ => return to_current_page(partner, browser),
    };
    let options = options(partner, transaction, phone, chosen.unwrap_or(transaction.order.instmnt_mon));
    let plan_page = PlanPage { frame: target.frame(partner, browser, paths::PLAN), options, error };
    page(StatusCode::OK, &plan_page, browser.cookies())
}

/// Whether this browser sees the tenors, the first time or again.
fn is_shown(target: &LinkTarget, browser: &Browser) -> bool {
    matches!(target.current_page(browser), paths::PLAN | paths::PIN)
}

/// Why a tenor cannot be chosen for an amount, where it cannot.
fn unavailable(limit: &CreditLimit, remaining: Amount, amount: Amount) -> Option<Unavailable> {
    if amount < limit.min {
        Some(Unavailable::BelowMinimum { minimum: limit.min.formatted() })
    } else if amount > limit.max {
        Some(Unavailable::AboveMaximum { maximum: limit.max.formatted() })
    } else if amount > remaining {
        Some(Unavailable::LimitTooLow { remaining: remaining.formatted() })
    } else {
        None
    }
}

fn options(partner: &Partner, transaction: &Transaction, phone: &Phone, preferred: u8) -> Vec<PlanOption> {
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
                is_selected: false,
                unavailable: unavailable(limit, limit.total.saturating_sub(account.owes), transaction.amount),
            })
        })
        .collect();
    // The registered tenor is a suggestion (`docs/PROTOCOL.md` A-29); if it is not available, the shortest is chosen.
    let suggested = options.iter().position(|o| o.unavailable.is_none() && o.months == preferred);
    if let Some(at) = suggested.or_else(|| options.iter().position(|o| o.unavailable.is_none())) {
        options[at].is_selected = true;
    }
    options
}

/// Takes the chosen tenor.
pub(in crate::partner) async fn submit(
    partner: web::Data<Partner>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::from_request(&request);
    let fields = match Form::read(&partner, &request, payload).await {
        Ok(fields) => fields,
        Err(reason) => return bad_form(&browser, reason, paths::PLAN),
    };
    let target = match find_target(&partner, &browser, paths::PLAN) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    let lang = browser.lang();
    let months = fields.field("instmntMon").parse().unwrap_or(0);
    let again = |error: &str| form(&partner, &browser, Some(months), Some(error.to_owned()));
    let must_agree = target.frame(&partner, &browser, paths::PLAN).is_pin_last();
    if must_agree && fields.field("consent").is_empty() && is_shown(&target, &browser) {
        return again(lang.t(
            "Tick the box to agree to the loan terms.",
            "Centang kotak persetujuan ketentuan pinjaman terlebih dahulu.",
        ));
    }
    match partner.engine.choose_plan(&browser.tk, browser.session.as_deref(), months) {
        Err(why) => step_error(&partner, &browser, why),
        Ok(PlanChoice::Chosen) => to_current_page(&partner, &browser),
        Ok(PlanChoice::NotOffered) => again(lang.t("Choose a tenor.", "Pilih salah satu tenor.")),
        Ok(PlanChoice::OutOfRange) => again(lang.t(
            "This tenor is not available for this amount. Choose another tenor.",
            "Tenor ini tidak tersedia untuk jumlah ini. Pilih tenor lain.",
        )),
        Ok(PlanChoice::LimitExceeded) => again(lang.t(
            "The remaining limit is too low for this tenor. Choose another tenor.",
            "Sisa limit untuk tenor ini tidak cukup. Pilih tenor lain.",
        )),
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
            is_selected: false,
            unavailable,
        };
        let page = |lang| {
            let purpose = Purpose::Pay { goods: "", amount: "Rp 25.145".to_owned(), links_account: false };
            let options = vec![
                option(1, None),
                option(3, Some(Unavailable::LimitTooLow { remaining: "Rp 10".to_owned() })),
                option(6, Some(Unavailable::BelowMinimum { minimum: "Rp 500.000".to_owned() })),
                option(12, Some(Unavailable::AboveMaximum { maximum: "Rp 2.000.000".to_owned() })),
            ];
            PlanPage { frame: frame(lang, Lender::Indodana, purpose, paths::PLAN), options, error: None }
                .render()
                .unwrap()
        };
        let html = page(Lang::En);
        assert_eq!(html.matches(" disabled").count(), 3, "{html}");
        has(
            &html,
            &["Limit too low", "Remaining limit Rp 10", "Order too small", "Minimum Rp 500.000", "Order too large"],
        );
        has(&html, &["name=\"consent\"", "data-testid=\"plan-submit\">Pay</button>"]);
        has(&page(Lang::Id), &["Pesanan terlalu kecil", "Pesanan terlalu besar", "Maksimum Rp 2.000.000"]);
    }
}
