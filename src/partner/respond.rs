//! How the pages answer: the way to where the customer is, or a notice.

use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header;

use super::Partner;
use super::browser::Browser;
use super::link_target::LinkTarget;
use super::notice::{Notice, because, notice};
use crate::body::BodyError;
use crate::engine::PageFlowError;
use crate::paths;

/// 303: look there.
pub(super) fn see_other(location: &str, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    for cookie in cookies {
        response.cookie(cookie);
    }
    response.insert_header((header::LOCATION, location)).insert_header((header::CACHE_CONTROL, "no-store")).finish()
}

/// What is behind the link, for one of the pages. Otherwise what the browser gets instead: nothing has the link, or it
/// is another lender's, who has the same page.
pub(super) fn visit(partner: &Partner, browser: &Browser, page: &'static str) -> Result<LinkTarget, Box<HttpResponse>> {
    let Some(visited) = LinkTarget::of(&partner.engine, &browser.tk) else {
        return Err(Box::new(notice(browser, Notice::LinkUnknown, paths::SIGN_IN, None)));
    };
    if let LinkTarget::Payment(transaction) = &visited
        && transaction.order.partner.is_none()
    {
        // No lender has been chosen: that is done on the gateway's page.
        let page = format!("{}?tXid={}", paths::CHECKOUT_PAGE, transaction.t_xid);
        return Err(Box::new(because(see_other(&page, Vec::new()), "page/no-lender", "no lender has been chosen yet")));
    }
    let own = visited.lender();
    if own == browser.lender {
        return Ok(visited);
    }
    let page = paths::partner_page(own.slug(), page, &browser.tk);
    let location = match browser.language.chosen() {
        Some(lang) => format!("{page}&lang={}", lang.code()),
        None => page,
    };
    let sentence = format!("the link is {}'s; sent to its pages", own.name());
    Err(Box::new(because(see_other(&location, Vec::new()), "page/other-lender", &sentence)))
}

/// Sends the browser to where the customer is.
pub(super) fn to_place(partner: &Partner, browser: &Browser) -> HttpResponse {
    match LinkTarget::of(&partner.engine, &browser.tk) {
        None => notice(browser, Notice::LinkUnknown, paths::SIGN_IN, None),
        Some(visited) => see_other(&browser.url(visited.place(browser)), browser.cookies()),
    }
}

/// A form came from a page on which the customer no longer is (or never was).
pub(super) fn elsewhere(partner: &Partner, browser: &Browser, why: PageFlowError) -> HttpResponse {
    match (why, LinkTarget::of(&partner.engine, &browser.tk)) {
        (PageFlowError::UnknownLink, _) | (_, None) => notice(browser, Notice::LinkUnknown, paths::SIGN_IN, None),
        (PageFlowError::WrongSession, _) => notice(browser, Notice::SessionEnded, paths::SIGN_IN, None),
        (PageFlowError::WrongStep, Some(visited)) if visited.is_expired() => {
            notice(browser, Notice::LinkExpired, paths::SIGN_IN, Some(&visited))
        }
        (PageFlowError::WrongStep, Some(visited)) => because(
            to_place(partner, browser),
            "page/other-step",
            &format!("the form is not that of the step this is at ({}); sent to where it is", visited.word()),
        ),
    }
}

/// A form that could not be read.
pub(super) fn unreadable(browser: &Browser, reason: BodyError, here: &'static str) -> HttpResponse {
    let mut response = notice(browser, Notice::BadRequest, here, None);
    if reason == BodyError::TooLarge {
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    }
    response
}
