//! Redirects to NICEPAY.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::error_page;
use super::{Frame, respond};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::merchant::payment;

/// A page that redirects automatically.
#[derive(Template)]
#[template(path = "demo/redirect.html")]
struct RedirectPage {
    frame: Frame,
    address: String,
}

/// Redirects to the payment of a registered order.
pub(super) fn to_payment(
    demo: &Demo,
    browser: &Browser,
    request: &HttpRequest,
    customer: &str,
    reference_no: &str,
) -> HttpResponse {
    match payment::payment_url(demo, customer, reference_no, &browser.base) {
        Some(address) => to(demo, browser, request, address),
        None => error_page::no_order(demo, browser),
    }
}

/// Redirects. Browsers check a page's `form-action` against every redirect after a form, so only an address of the same
/// origin gets a 303. For any other address, the browser gets a page with a link.
pub(super) fn to(demo: &Demo, browser: &Browser, request: &HttpRequest, address: String) -> HttpResponse {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if address
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_prefix(host))
        .is_some_and(|rest| rest.starts_with('/'))
    {
        return browser.see_other(&address);
    }
    respond(browser, &RedirectPage { frame: Frame::of_browser(demo, browser), address })
}
