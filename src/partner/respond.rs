//! How the pages answer: the same headers on all, and the way to where the customer is.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Partner;
use super::browser::Browser;
use super::pages::{Frame, Notice, NoticePage};
use crate::body::NoBody;
use crate::engine::Elsewhere;
use crate::ledger::{Stage, Step, Transaction};
use crate::paths;

/// Nothing from anywhere else, no inline script or style, forms to ourselves only.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// A page.
pub(super) fn page(status: StatusCode, page: &impl Template, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let mut response = HttpResponse::build(status);
    for cookie in cookies {
        response.cookie(cookie);
    }
    response
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}

/// Says in the log and in the header why a browser does not get what it asked for.
fn because(mut response: HttpResponse, slug: &'static str, sentence: &str) -> HttpResponse {
    tracing::info!(slug, sentence, "partner page refused");
    if let Ok(value) = HeaderValue::from_str(&format!("{slug}: {sentence}")) {
        response.headers_mut().insert(HeaderName::from_static(paths::DIAGNOSIS_HEADER), value);
    }
    response
}

/// 303: look there.
pub(super) fn see_other(location: &str, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    for cookie in cookies {
        response.cookie(cookie);
    }
    response.insert_header((header::LOCATION, location)).insert_header((header::CACHE_CONTROL, "no-store")).finish()
}

/// The page on which the customer is, by the stage of the payment and by who this browser is.
pub(super) fn place(transaction: &Transaction, browser: &Browser) -> &'static str {
    match transaction.stage() {
        Stage::AtPartner(Step::Plan { session, .. }) if browser.session.as_deref() == Some(session) => paths::PLAN,
        Stage::AtPartner(Step::Otp(otp))
            if otp.session.is_none() || otp.session.as_deref() == browser.session.as_deref() =>
        {
            paths::OTP
        }
        // A browser that has not signed in begins at the beginning, wherever another one is.
        Stage::Registered | Stage::AtPartner(_) | Stage::Expired { .. } => paths::SIGN_IN,
        Stage::UnderReview { .. } | Stage::Approved { .. } | Stage::Declined { .. } | Stage::Abandoned { .. } => {
            paths::RESULT
        }
    }
}

/// Sends the browser to where the customer is.
pub(super) fn to_place(partner: &Partner, browser: &Browser) -> HttpResponse {
    match partner.engine.visit(&browser.tk) {
        None => notice(browser, Notice::LinkUnknown, paths::SIGN_IN, false),
        Some(transaction) => see_other(&paths::page(place(&transaction, browser), &browser.tk), browser.cookies()),
    }
}

/// A form came from a page on which the customer no longer is (or never was).
pub(super) fn elsewhere(partner: &Partner, browser: &Browser, why: Elsewhere) -> HttpResponse {
    match why {
        Elsewhere::UnknownLink => notice(browser, Notice::LinkUnknown, paths::SIGN_IN, false),
        Elsewhere::OtherSession => notice(browser, Notice::SessionEnded, paths::SIGN_IN, false),
        Elsewhere::OtherStep => match partner.engine.visit(&browser.tk).map(|t| t.stage().clone()) {
            Some(Stage::Expired { .. }) => notice(browser, Notice::LinkExpired, paths::SIGN_IN, true),
            Some(stage) => because(
                to_place(partner, browser),
                "page/other-step",
                &format!("the form is not that of the step the payment is at ({}); sent to where it is", stage.word()),
            ),
            None => notice(browser, Notice::LinkUnknown, paths::SIGN_IN, false),
        },
    }
}

/// A form that could not be read.
pub(super) fn unreadable(browser: &Browser, reason: NoBody, here: &str) -> HttpResponse {
    let mut response = notice(browser, Notice::BadRequest, here, false);
    if reason == NoBody::TooLarge {
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    }
    response
}

/// A page that says why there is no form.
pub(super) fn notice(browser: &Browser, notice: Notice, here: &str, can_return: bool) -> HttpResponse {
    let status = match notice {
        Notice::LinkUnknown => StatusCode::NOT_FOUND,
        Notice::LinkExpired => StatusCode::GONE,
        Notice::AlreadyPaid => StatusCode::CONFLICT,
        Notice::SessionEnded => StatusCode::FORBIDDEN,
        Notice::BadRequest => StatusCode::BAD_REQUEST,
        Notice::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let return_url = paths::page(paths::PAYMENT_RETURN, &browser.tk);
    let signin_url = paths::page(paths::SIGN_IN, &browser.tk);
    let wants_sign_in = matches!(notice, Notice::SessionEnded | Notice::BadRequest);
    let shown = NoticePage {
        lang: browser.lang,
        notice,
        here,
        tk: (!browser.tk.is_empty()).then_some(browser.tk.as_str()),
        return_url: can_return.then_some(return_url.as_str()),
        signin_url: wants_sign_in.then_some(signin_url.as_str()),
    };
    let (slug, sentence) = match notice {
        Notice::LinkUnknown => ("page/unknown-link", "no payment has this link; was the simulator restarted or reset?"),
        Notice::LinkExpired => ("page/expired", "the payment's time is up"),
        Notice::AlreadyPaid => ("page/decided", "the payment is decided already"),
        Notice::SessionEnded => ("page/other-session", "another browser signed in, or this one never did"),
        Notice::BadRequest => ("page/bad-form", "the form could not be read"),
        Notice::Broken => ("page/bug", "this is a bug in nicepay-sim"),
    };
    because(page(status, &shown, browser.cookies()), slug, sentence)
}

/// What every page of a payment shows.
pub(super) fn frame<'a>(
    partner: &'a Partner,
    browser: &'a Browser,
    transaction: &'a Transaction,
    here: &'a str,
) -> Frame<'a> {
    Frame {
        lang: browser.lang,
        tk: &browser.tk,
        merchant: transaction.i_mid.as_str(),
        goods: &transaction.order.goods_nm,
        amount: transaction.amount.for_people(),
        reference_no: transaction.reference_no.as_str(),
        here,
        panel: &partner.panel,
    }
}

/// What a bug of ours looks like to a customer.
pub fn broken() -> HttpResponse {
    let lang = super::text::Lang::Id;
    let here = paths::SIGN_IN;
    let shown = NoticePage { lang, notice: Notice::Broken, here, tk: None, return_url: None, signin_url: None };
    page(StatusCode::INTERNAL_SERVER_ERROR, &shown, Vec::new())
}

/// An address of the partner's that has no page.
pub(super) async fn no_such_page(request: HttpRequest, _partner: web::Data<Partner>) -> HttpResponse {
    notice(&Browser::of(&request), Notice::LinkUnknown, paths::SIGN_IN, false)
}
