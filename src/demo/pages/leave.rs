//! Sending the browser to NICEPAY.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::notice::{self, Notice};
use super::{Frame, show as answer};
use crate::demo::browser::Browser;
use crate::demo::{Demo, merchant};

/// A page that goes on by itself.
#[derive(Template)]
#[template(path = "demo/leave.html")]
struct Leave {
    frame: Frame,
    address: String,
}

/// To pay an order that is registered.
pub(super) fn to_pay(
    demo: &Demo,
    browser: &Browser,
    request: &HttpRequest,
    customer: &str,
    reference_no: &str,
) -> HttpResponse {
    match merchant::payment_url(demo, customer, reference_no, &browser.base) {
        Some(address) => to(demo, browser, request, address),
        None => notice::answer(browser, Notice::NoOrder),
    }
}

/// Browsers hold a page's `form-action` against every redirect that follows its form. So only an address of the page's own
/// origin is redirected to; to any other one the browser goes by a page with a link.
pub(super) fn to(demo: &Demo, browser: &Browser, request: &HttpRequest, address: String) -> HttpResponse {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if address
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_prefix(host))
        .is_some_and(|rest| rest.starts_with('/'))
    {
        return browser.see_other(&address);
    }
    let frame = demo.customers(|customers| {
        Frame::of(demo, browser, browser.customer.as_ref().and_then(|name| customers.get(name)))
    });
    answer(browser, &Leave { frame, address })
}
