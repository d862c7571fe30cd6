//! The addresses for NICEPAY's notifications and for browsers that return from NICEPAY.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Demo;
use super::browser::Browser;
use super::merchant::{Reply, linking, payment};
use super::nicepay::Fields;
use super::pages::error_page::{ErrorKind, no_order, respond};
use crate::body::{self, BodyError};
use crate::paths;

/// The `dbProcessUrl` of payments.
pub(super) async fn payment_notification(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match form(&demo, &request, payload).await {
        Ok(fields) => plain(payment::handle_notification(&demo, fields).await),
        Err(reply) => plain(reply),
    }
}

/// The `dbProcessUrl` of linked accounts.
pub(super) async fn binding_notification(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match form(&demo, &request, payload).await {
        Ok(fields) => plain(linking::handle_notification(&demo, fields).await),
        Err(reply) => plain(reply),
    }
}

/// Reads a form from anyone, without cookie and Origin: the merchantToken is checked later.
async fn form(demo: &Demo, request: &HttpRequest, payload: web::Payload) -> Result<Fields, Reply> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let bytes = body::read(demo.limits, request, payload).await.map_err(|error| match error {
        BodyError::TooLarge => (413, "too large"),
        BodyError::TooSlow | BodyError::Broken => (400, "incomplete"),
    })?;
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(Fields::from_form(&bytes))
    } else {
        Err((415, "a form is expected"))
    }
}

fn plain((status, body): Reply) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(body)
}

/// The `callBackUrl` of payments.
pub(super) async fn payment_return(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    match read_callback(&demo, &request, payload, &reference_no).await {
        Ok((browser, customer, fields)) => {
            payment::handle_callback(&demo, &customer, &reference_no, &fields).await;
            browser.see_other(&paths::demo_order(&reference_no))
        }
        Err(response) => response,
    }
}

/// The `callBackUrl` of linked accounts.
pub(super) async fn binding_return(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    match read_callback(&demo, &request, payload, &reference_no).await {
        Ok((browser, customer, fields)) => {
            linking::handle_callback(&demo, &customer, &reference_no, &fields);
            browser.see_other(paths::DEMO_ACCOUNT)
        }
        Err(response) => response,
    }
}

/// Reads a callback: the fields are in the query, or in a form for some lenders (`docs/PROTOCOL.md` §2.4).
async fn read_callback(
    demo: &Demo,
    request: &HttpRequest,
    payload: web::Payload,
    reference_no: &str,
) -> Result<(Browser, String, Fields), HttpResponse> {
    let fields = match *request.method() {
        Method::POST => form(demo, request, payload).await.ok(),
        _ => Some(Fields::from_form(request.query_string().as_bytes())),
    };
    let browser = Browser::arriving(demo, request).await;
    let Some(fields) = fields else { return Err(respond(&browser, ErrorKind::BadForm)) };
    match owner(demo, &browser, reference_no) {
        Some(customer) => Ok((browser, customer, fields)),
        None => Err(no_order(demo, &browser)),
    }
}

/// The customer of a callback. A form from NICEPAY's site has no cookie (`SameSite=Lax`): then the address decides, and the
/// page that follows needs the cookie.
fn owner(demo: &Demo, browser: &Browser, reference_no: &str) -> Option<String> {
    let owner = demo.customers(|customers| customers.owner(reference_no).map(str::to_owned))?;
    browser.customer.as_ref().is_none_or(|customer| *customer == owner).then_some(owner)
}
