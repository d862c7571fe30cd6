//! How the pages answer: the way to where the customer is, and what is said instead of a form.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::Browser;
use super::lender::Lender;
use super::pages::{Notice, NoticePage};
use super::visited::Visited;
use crate::body::NoBody;
use crate::engine::Elsewhere;
use crate::page::{Lang, page};
use crate::paths;

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

/// What is behind the link, for one of the pages. Otherwise what the browser gets instead: nothing has the link, or it
/// is another lender's, who has the same page.
pub(super) fn visit(partner: &Partner, browser: &Browser, page: &'static str) -> Result<Visited, Box<HttpResponse>> {
    let Some(visited) = Visited::of(&partner.engine, &browser.tk) else {
        return Err(Box::new(notice(browser, Notice::LinkUnknown, paths::SIGN_IN, None)));
    };
    if let Visited::Payment(transaction) = &visited
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
    match Visited::of(&partner.engine, &browser.tk) {
        None => notice(browser, Notice::LinkUnknown, paths::SIGN_IN, None),
        Some(visited) => see_other(&browser.url(visited.place(browser)), browser.cookies()),
    }
}

/// A form came from a page on which the customer no longer is (or never was).
pub(super) fn elsewhere(partner: &Partner, browser: &Browser, why: Elsewhere) -> HttpResponse {
    match (why, Visited::of(&partner.engine, &browser.tk)) {
        (Elsewhere::UnknownLink, _) | (_, None) => notice(browser, Notice::LinkUnknown, paths::SIGN_IN, None),
        (Elsewhere::OtherSession, _) => notice(browser, Notice::SessionEnded, paths::SIGN_IN, None),
        (Elsewhere::OtherStep, Some(visited)) if visited.is_expired() => {
            notice(browser, Notice::LinkExpired, paths::SIGN_IN, Some(&visited))
        }
        (Elsewhere::OtherStep, Some(visited)) => because(
            to_place(partner, browser),
            "page/other-step",
            &format!("the form is not that of the step this is at ({}); sent to where it is", visited.word()),
        ),
    }
}

/// A form that could not be read.
pub(super) fn unreadable(browser: &Browser, reason: NoBody, here: &'static str) -> HttpResponse {
    let mut response = notice(browser, Notice::BadRequest, here, None);
    if reason == NoBody::TooLarge {
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    }
    response
}

/// A page that says why there is no form; with a way back to the merchant where it is over.
pub(super) fn notice(browser: &Browser, notice: Notice, here: &'static str, over: Option<&Visited>) -> HttpResponse {
    let status = match notice {
        Notice::LinkUnknown => StatusCode::NOT_FOUND,
        Notice::LinkExpired => StatusCode::GONE,
        Notice::AlreadyPaid | Notice::Refunded => StatusCode::CONFLICT,
        Notice::SessionEnded | Notice::CodesUsedUp | Notice::CodesExpired => StatusCode::FORBIDDEN,
        Notice::BadRequest => StatusCode::BAD_REQUEST,
        Notice::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let return_url = over.map(|visited| visited.return_url(&browser.tk));
    let (signin_url, receipt_url) = (browser.url(paths::SIGN_IN), browser.url(paths::RESULT));
    let wants_sign_in =
        matches!(notice, Notice::SessionEnded | Notice::CodesUsedUp | Notice::CodesExpired | Notice::BadRequest);
    let shown = NoticePage {
        lang: browser.language.lang,
        lender: browser.lender,
        notice,
        here,
        tk: (!browser.tk.is_empty()).then_some(browser.tk.as_str()),
        way_back: return_url.as_deref().zip(over.map(Visited::way_back)),
        receipt_url: matches!(notice, Notice::AlreadyPaid | Notice::Refunded).then_some(receipt_url.as_str()),
        signin_url: wants_sign_in.then_some(signin_url.as_str()),
    };
    let (slug, sentence) = match notice {
        Notice::LinkUnknown => ("page/unknown-link", "no payment has this link; was the simulator restarted or reset?"),
        Notice::LinkExpired => ("page/expired", "the payment's time is up"),
        Notice::AlreadyPaid | Notice::Refunded => ("page/decided", "the payment is decided already"),
        Notice::SessionEnded => ("page/other-session", "another browser signed in, or this one never did"),
        Notice::CodesUsedUp => {
            ("page/otp-used-up", "every code was entered wrongly too often, and no more can be sent")
        }
        Notice::CodesExpired => ("page/otp-expired", "the last code has expired, and no more can be sent"),
        Notice::BadRequest => ("page/bad-form", "the form could not be read"),
        Notice::Broken => ("page/bug", "this is a bug in nicepay-sim"),
    };
    because(page(status, &shown, browser.cookies()), slug, sentence)
}

/// What a bug of ours looks like to a customer of the lender with this slug.
pub fn broken(slug: &str) -> HttpResponse {
    let shown = NoticePage {
        lang: Lang::Id,
        lender: Lender::of_slug(slug).unwrap_or(Lender::Kredivo),
        notice: Notice::Broken,
        here: paths::SIGN_IN,
        tk: None,
        way_back: None,
        receipt_url: None,
        signin_url: None,
    };
    page(StatusCode::INTERNAL_SERVER_ERROR, &shown, Vec::new())
}

/// An address of the partner's that has no page.
pub(super) async fn no_such_page(request: HttpRequest, _partner: web::Data<Partner>) -> HttpResponse {
    notice(&Browser::of(&request), Notice::LinkUnknown, paths::SIGN_IN, None)
}
