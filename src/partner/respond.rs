//! Answers of the pages: a redirect to the customer's current page, or an error page.

use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};

use super::Partner;
use super::browser::Browser;
use super::link_target::LinkTarget;
use super::pages::{ErrorKind, error_page, with_diagnosis};
use crate::body::BodyError;
use crate::diagnosis::Slug;
use crate::endpoints::Endpoint;
use crate::engine::PageFlowError;
use crate::paths;

/// A redirect with status 303.
pub(super) fn see_other(location: &str, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    for cookie in cookies {
        response.cookie(cookie);
    }
    response.insert_header((header::LOCATION, location)).insert_header((header::CACHE_CONTROL, "no-store")).finish()
}

/// The target of the link. Otherwise the answer to the browser: an error page if the link is unknown, or a redirect to
/// the same page of another lender.
pub(super) fn find_target(
    partner: &Partner,
    browser: &Browser,
    page: &'static str,
) -> Result<LinkTarget, Box<HttpResponse>> {
    let Some(target) = LinkTarget::find(&partner.engine, &browser.tk) else {
        return Err(Box::new(error_page(browser, ErrorKind::LinkUnknown, paths::SIGN_IN, None)));
    };
    if let LinkTarget::Payment(transaction) = &target
        && transaction.order.partner.is_none()
    {
        // The customer chooses the lender on the gateway's page.
        let page = format!("{}?tXid={}", Endpoint::CheckoutPage.path(), transaction.t_xid);
        return Err(Box::new(with_diagnosis(
            see_other(&page, Vec::new()),
            Slug::PAGE_NO_LENDER,
            "no lender has been chosen yet",
        )));
    }
    let own = target.lender();
    if own == browser.lender {
        return Ok(target);
    }
    let page = paths::partner_page(own.slug(), page, &browser.tk);
    let location = match browser.language.chosen() {
        Some(lang) => format!("{page}&lang={}", lang.code()),
        None => page,
    };
    let sentence = format!("the link belongs to {}; redirected to its pages", own.name());
    Err(Box::new(with_diagnosis(see_other(&location, Vec::new()), Slug::PAGE_OTHER_LENDER, &sentence)))
}

/// Redirects to the page of the current step.
pub(super) fn to_current_page(partner: &Partner, browser: &Browser) -> HttpResponse {
    match LinkTarget::find(&partner.engine, &browser.tk) {
        None => error_page(browser, ErrorKind::LinkUnknown, paths::SIGN_IN, None),
        Some(target) => see_other(&browser.url(target.current_page(browser)), browser.cookies()),
    }
}

/// The answer to a form that is not for the current step.
pub(super) fn step_error(partner: &Partner, browser: &Browser, why: PageFlowError) -> HttpResponse {
    match (why, LinkTarget::find(&partner.engine, &browser.tk)) {
        (PageFlowError::UnknownLink, _) | (_, None) => {
            error_page(browser, ErrorKind::LinkUnknown, paths::SIGN_IN, None)
        }
        (PageFlowError::WrongSession, _) => error_page(browser, ErrorKind::SessionEnded, paths::SIGN_IN, None),
        (PageFlowError::WrongStep, Some(target)) if target.is_expired() => {
            error_page(browser, ErrorKind::LinkExpired, paths::SIGN_IN, Some(&target))
        }
        (PageFlowError::WrongStep, Some(target)) => with_diagnosis(
            to_current_page(partner, browser),
            Slug::PAGE_OTHER_STEP,
            &format!("the form is not for the current step ({}); redirected to that step", target.stage_name()),
        ),
    }
}

/// The answer to a form that could not be read.
pub(super) fn bad_form(browser: &Browser, reason: BodyError, here: &'static str) -> HttpResponse {
    let mut response = error_page(browser, ErrorKind::BadRequest, here, None);
    if reason == BodyError::TooLarge {
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    }
    response
}
