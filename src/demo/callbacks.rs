//! Where NICEPAY's server, and browsers that come back from it, arrive.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::browser::Browser;
use super::nicepay::Fields;
use super::pages::notice::{self, Notice};
use super::{Demo, merchant};
use crate::body::{self, BodyError};
use crate::paths;

/// `POST` to `dbProcessUrl`, of a payment.
pub(super) async fn notification(demo: web::Data<Demo>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    match form(&demo, &request, payload).await {
        Ok(fields) => plain(merchant::notified(&demo, fields).await),
        Err(reply) => plain(reply),
    }
}

/// `POST` to `dbProcessUrl`, of an account that was linked.
pub(super) async fn binding(demo: web::Data<Demo>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    match form(&demo, &request, payload).await {
        Ok(fields) => plain(merchant::linked(&demo, fields).await),
        Err(reply) => plain(reply),
    }
}

/// A form, whoever sends it: no cookie and no Origin is asked for, the merchantToken is.
async fn form(demo: &Demo, request: &HttpRequest, payload: web::Payload) -> Result<Fields, merchant::Reply> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let bytes = body::read(demo.limits, request, payload).await.map_err(|no| match no {
        BodyError::TooLarge => (413, "too large"),
        BodyError::TooSlow | BodyError::Broken => (400, "incomplete"),
    })?;
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(Fields::of_form(&bytes))
    } else {
        Err((415, "a form is expected"))
    }
}

fn plain((status, body): merchant::Reply) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(body)
}

/// A browser back from paying.
pub(super) async fn returned(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    match back(&demo, &request, payload, &reference_no).await {
        Ok((browser, customer, fields)) => {
            merchant::returned(&demo, &customer, &reference_no, &fields).await;
            browser.see_other(&paths::demo_order(&reference_no))
        }
        Err(no) => no,
    }
}

/// A browser back from linking.
pub(super) async fn linked(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    match back(&demo, &request, payload, &reference_no).await {
        Ok((browser, customer, fields)) => {
            merchant::linking_returned(&demo, &customer, &reference_no, &fields);
            browser.see_other(paths::DEMO_ACCOUNT)
        }
        Err(no) => no,
    }
}

/// Who is back, and with what: in the query, or in a form, as NICEPAY does for some lenders (`docs/PROTOCOL.md` §2.4).
async fn back(
    demo: &Demo,
    request: &HttpRequest,
    payload: web::Payload,
    reference_no: &str,
) -> Result<(Browser, String, Fields), HttpResponse> {
    let fields = match *request.method() {
        Method::POST => form(demo, request, payload).await.ok(),
        _ => Some(Fields::of_form(request.query_string().as_bytes())),
    };
    let browser = Browser::of(demo, request);
    let Some(fields) = fields else { return Err(notice::answer(&browser, Notice::BadForm)) };
    match whose(demo, &browser, reference_no) {
        Some(customer) => Ok((browser, customer, fields)),
        None => Err(notice::answer(&browser, Notice::NoOrder)),
    }
}

/// The customer whose browser this is. A form that comes from NICEPAY's site brings no cookie (`SameSite=Lax`); then the
/// address says whose it is, and the page that follows asks for the cookie.
fn whose(demo: &Demo, browser: &Browser, reference_no: &str) -> Option<String> {
    let owner = demo.customers(|customers| customers.owner(reference_no).map(str::to_owned))?;
    browser.customer.as_ref().is_none_or(|customer| *customer == owner).then_some(owner)
}
