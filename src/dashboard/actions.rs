//! `POST /__sim/actions/…`: the control API's calls, for forms. A form is made the JSON that the call takes, and its
//! answer a page: so a button does, refuses and says what the API does, refuses and says.
//!
//! A field `a.b` is the field `b` of the field `a`; one whose name ends with `:json` is written in JSON; an empty one was
//! not sent. `_method`, `_back` and `_done` are ours: the call's verb, the page to go on with, and what to say there.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::Dashboard;
use super::frame::{Frame, Place, ProblemPage};
use crate::body::{self, NoBody};
use crate::page::Lang;
use crate::paths;

/// What a form says beside the call's own fields.
struct Form {
    method: Method,
    back: String,
    done: String,
    body: Value,
}

/// Makes a form a call, and its answer a page.
pub(super) async fn form(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(dashboard) = request.app_data::<Data<Dashboard>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError()).map_into_boxed_body());
    };
    let form = match read(&dashboard, &mut request).await {
        Ok(form) => form,
        Err((status, detail, back)) => {
            let page = problem(&dashboard, request.request(), status, detail, &back);
            return Ok(request.into_response(page));
        }
    };
    let bytes = Bytes::from(form.body.to_string());
    let (method, headers) = (form.method, request.headers_mut());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    request.head_mut().method = method;
    request.set_payload(Payload::from(bytes));
    let (asked, answer) = next.call(request).await?.map_into_boxed_body().into_parts();
    let page = if answer.status().is_success() {
        HttpResponse::SeeOther().insert_header((header::LOCATION, back_to(&form.back, &form.done))).finish()
    } else {
        let status = answer.status();
        let bytes = answer.into_body().try_into_bytes().unwrap_or_default();
        let details: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let detail = details["detail"].as_str().unwrap_or("the call was refused without a reason").to_owned();
        problem(&dashboard, &asked, status, detail, &form.back)
    };
    Ok(ServiceResponse::new(asked, page))
}

/// What a form says, or why not: a status, a sentence, and where to go on.
async fn read(dashboard: &Dashboard, request: &mut ServiceRequest) -> Result<Form, (StatusCode, String, String)> {
    let no = |status, detail: String| (status, detail, paths::DASHBOARD.to_owned());
    if *request.method() != Method::POST {
        let detail = "a form is sent with POST; programs call the control API";
        return Err(no(StatusCode::METHOD_NOT_ALLOWED, detail.to_owned()));
    }
    // A page of another site can send a form, and a browser says so; what says nothing is no browser.
    if !request.headers().contains_key(header::ORIGIN) {
        let detail = "a form without an Origin comes from no browser: call the control API";
        return Err(no(StatusCode::FORBIDDEN, detail.to_owned()));
    }
    let payload = request.extract::<web::Payload>().await;
    let payload = payload.map_err(|error| no(StatusCode::BAD_REQUEST, error.to_string()))?;
    let limits = dashboard.control.limits;
    let read = body::read(limits, request.request(), payload).await;
    let bytes = read.map_err(|reason| match reason {
        NoBody::TooLarge => {
            no(StatusCode::PAYLOAD_TOO_LARGE, format!("the form is larger than {} bytes", limits.bytes))
        }
        NoBody::TooSlow => no(StatusCode::REQUEST_TIMEOUT, "the form did not arrive in time".to_owned()),
        NoBody::Broken => no(StatusCode::BAD_REQUEST, "the form ended before its length".to_owned()),
    })?;
    parse(&bytes).map_err(|(detail, back)| (StatusCode::UNPROCESSABLE_ENTITY, detail, back))
}

/// What a form says, or why not and where to go on.
fn parse(bytes: &[u8]) -> Result<Form, (String, String)> {
    let mut form =
        Form { method: Method::POST, back: paths::DASHBOARD.to_owned(), done: String::new(), body: json!({}) };
    for (name, value) in form_urlencoded::parse(bytes) {
        match &*name {
            "_method" => {
                form.method = match &*value {
                    "PUT" => Method::PUT,
                    "DELETE" => Method::DELETE,
                    _ => Method::POST,
                }
            }
            "_back" => form.back = value.into_owned(),
            "_done" => form.done = value.into_owned(),
            _ if value.trim().is_empty() => {}
            _ => put(&mut form.body, &name, &value).map_err(|detail| (detail, form.back.clone()))?,
        }
    }
    Ok(form)
}

/// Puts a field where its name says.
fn put(body: &mut Value, name: &str, value: &str) -> Result<(), String> {
    let (name, value) = match name.strip_suffix(":json") {
        None => (name, Value::from(value)),
        Some(name) => (name, serde_json::from_str(value).map_err(|_| format!("{name} cannot be {value:?}"))?),
    };
    let mut place = body;
    for part in name.split('.') {
        let Some(object) = place.as_object_mut() else { return Err(format!("{name} has no place")) };
        place = object.entry(part).or_insert_with(|| Value::Object(Map::new()));
    }
    *place = value;
    Ok(())
}

/// Where to go on: a page of the dashboard, and nowhere else.
fn back_to(back: &str, done: &str) -> String {
    let ours = back.starts_with(paths::DASHBOARD) && back.bytes().all(|byte| byte.is_ascii_graphic());
    let back = if ours { back } else { paths::DASHBOARD };
    let (page, part) = back.split_once('#').map_or((back, String::new()), |(page, part)| (page, format!("#{part}")));
    if done.is_empty() {
        return format!("{page}{part}");
    }
    let mark = if page.contains('?') { '&' } else { '?' };
    let done: String = form_urlencoded::byte_serialize(done.as_bytes()).collect();
    format!("{page}{mark}done={done}{part}")
}

fn problem(
    dashboard: &Dashboard,
    request: &HttpRequest,
    status: StatusCode,
    detail: String,
    back: &str,
) -> HttpResponse {
    let frame = Frame::of(dashboard, request, Place::Transactions).without_a_page();
    let heading = match frame.lang() {
        Lang::Id => "Tidak dilakukan",
        Lang::En => "Not done",
    };
    let page = ProblemPage { frame, heading, detail, back: back_to(back, "") };
    page.frame.answer(&dashboard.control, status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(form: &str) -> Value {
        parse(form.as_bytes()).unwrap().body
    }

    #[test]
    fn a_form_is_the_json_of_the_call() {
        assert_eq!(body("do=pay&phone=&instmntMon=+"), json!({ "do": "pay" }));
        let rule = "times:json=1&when.iMid=SHOP&when.referenceNo=a%26b&then.outcome=reject&_back=%2F__sim%2Frules";
        let expected = json!({
            "times": 1,
            "when": { "iMid": "SHOP", "referenceNo": "a&b" },
            "then": { "outcome": "reject" },
        });
        assert_eq!(body(rule), expected);
        assert_eq!(body("a=1&a=2"), json!({ "a": "2" }));
        assert!(parse(b"a=1&a.b=2").is_err() && parse(b"times:json=x").is_err());
        assert_eq!(body(""), json!({}));
    }

    #[test]
    fn one_goes_on_with_a_page_of_ours() {
        for (back, expected) in [
            ("/__sim/rules", "/__sim/rules?done=rule"),
            ("/__sim/transactions/T?event=3#message", "/__sim/transactions/T?event=3&done=rule#message"),
            ("//evil.test/__sim/", "/__sim/?done=rule"),
            ("https://evil.test/", "/__sim/?done=rule"),
            ("/__sim/\r\nSet-Cookie: a=b", "/__sim/?done=rule"),
            ("", "/__sim/?done=rule"),
        ] {
            assert_eq!(back_to(back, "rule"), expected, "{back:?}");
        }
        assert_eq!(back_to("/__sim/", "a&b=c"), "/__sim/?done=a%26b%3Dc");
    }
}
