//! The last step of a lender that asks for the PIN once more: it confirms the payment.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::sign_in::{account_locked, account_now_locked, is_pin};
use crate::domain::{PartnerStep, Stage};
use crate::engine::SignInResult;
use crate::page::{page, tenor};
use crate::partner::browser::{Browser, Form};
use crate::partner::frame::{Frame, Framed, Page, Purpose, Step};
use crate::partner::link_target::LinkTarget;
use crate::partner::receipt::PlanSummary;
use crate::partner::respond::{bad_form, find_target, step_error, to_current_page};
use crate::partner::{Partner, text};
use crate::paths;

#[derive(Debug, Template)]
#[template(path = "partner/pin.html")]
struct PinPage<'a> {
    frame: Frame<'a>,
    /// What the PIN confirms.
    plan: PlanSummary,
    /// Why the PIN was not accepted.
    error: Option<String>,
    /// Whether the error is about the PIN that was entered.
    is_wrong: bool,
}

impl Framed for PinPage<'_> {
    const STEP: Option<Step> = Some(Step::Pin);

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Shows the form.
pub(in crate::partner) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    form(&partner, &Browser::from_request(&request), None, false)
}

fn form(partner: &Partner, browser: &Browser, error: Option<String>, is_wrong: bool) -> HttpResponse {
    let target = match find_target(partner, browser, paths::PIN) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    let LinkTarget::Payment(transaction) = &target else { return to_current_page(partner, browser) };
    let (Stage::AtPartner(PartnerStep::Pin { plan, .. }), paths::PIN) =
        (transaction.stage(), target.current_page(browser))
    else {
        return to_current_page(partner, browser);
    };
    let plan = PlanSummary::new(plan, tenor(plan.months, browser.lang()));
    let pin_page = PinPage { frame: target.frame(partner, browser, paths::PIN), plan, error, is_wrong };
    page(StatusCode::OK, &pin_page, browser.cookies())
}

/// Checks the PIN.
pub(in crate::partner) async fn submit(
    partner: web::Data<Partner>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::from_request(&request);
    let fields = match Form::read(&partner, &request, payload).await {
        Ok(fields) => fields,
        Err(reason) => return bad_form(&browser, reason, paths::PIN),
    };
    let target = match find_target(&partner, &browser, paths::PIN) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    let lang = browser.lang();
    let pin = fields.field("pin");
    let again = |error: String, is_wrong| form(&partner, &browser, Some(error), is_wrong);
    // What cannot be a PIN does not count as a try.
    if !is_pin(pin) && target.current_page(&browser) == paths::PIN {
        return again(text::pin_format(lang).to_owned(), true);
    }
    match partner.engine.confirm_with_pin(&browser.tk, browser.session.as_deref(), pin) {
        Err(why) => step_error(&partner, &browser, why),
        Ok(None | Some(SignInResult::Success(_) | SignInResult::NoLimit)) => to_current_page(&partner, &browser),
        Ok(Some(SignInResult::WrongPin { left })) => again(text::wrong_pin(left, lang), true),
        Ok(Some(SignInResult::NowLocked { until })) => again(account_now_locked(&partner, &browser, until), false),
        Ok(Some(SignInResult::Locked { until })) => again(account_locked(&partner, &browser, until), false),
        Ok(Some(SignInResult::Inactive | SignInResult::NoSuchPhone)) => {
            again(text::account_inactive(false, lang).to_owned(), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Amount, Product};
    use crate::page::Lang;
    use crate::partner::frame::sample::{frame, has};
    use crate::partner::lender::Lender;

    #[test]
    fn the_pin_is_asked_for_alone() {
        let plan = Product::free(3).plan(Amount::from_rupiah(30_000));
        let page = |lang| {
            let purpose = Purpose::Pay { goods: "", amount: "Rp 30.000".to_owned(), links_account: false };
            let frame = frame(lang, Lender::Indodana, purpose, paths::PIN);
            let plan = PlanSummary::new(&plan, tenor(3, lang));
            PinPage { frame, plan, error: None, is_wrong: false }.render().unwrap()
        };
        let html = page(Lang::En);
        assert_eq!(html.matches("<input").count(), 1, "{html}");
        assert_eq!(html.matches("class=\"dot\"").count(), 4, "four steps");
        has(&html, &["name=\"pin\"", "Confirm with your PIN", "3 months", "action=\"/indodana/v2/pin?tk=abc\""]);
        has(&page(Lang::Id), &["Konfirmasi dengan PIN", "3 bulan", "Konfirmasi pembayaran</button>"]);
    }
}
