//! `POST /__sim/actions/…`: the control API's calls, for HTML forms. A form becomes the JSON of the call, and the call's
//! response becomes a page. So a button does exactly what the API does.
//!
//! A field `a.b` is the field `b` of the object `a`. The value of a field whose name ends with `:json` is JSON; the fields of
//! `:json` alone are those of the body, so that one button can mean several. An empty field is left out, unless its name ends
//! with `:text`. Three fields are for the page: `_method` is the call's verb, `_back` the page that follows, and
//! `_done` the key of the message on it.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use super::Dashboard;
use super::pages::action_failed;
use super::parts::{Frame, Section, done_with_jump};
use crate::body::{self, BodyError};
use crate::control::{ClockJump, ProblemDetail};
use crate::paths;
use crate::protocol::FORM;

/// The end of the name of a field that can be empty.
const TEXT: &str = ":text";
/// The maximum depth of nested fields; no call needs more.
const MAX_DEPTH: usize = 8;
/// The maximum length of a reason, in characters: it can repeat a value that was sent.
const MAX_DETAIL: usize = 2_000;

/// A form, read.
struct Form {
    method: Method,
    back: String,
    done: String,
    body: Value,
}

/// Why a form cannot become a call.
#[derive(Debug)]
struct FormError {
    status: StatusCode,
    detail: String,
    back: String,
}

impl FormError {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), back: paths::DASHBOARD.to_owned() }
    }
}

/// Turns a form into a call, and the response into a page.
pub(super) async fn form(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(dashboard) = request.app_data::<Data<Dashboard>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError()).map_into_boxed_body());
    };
    let form = match read(&dashboard, &mut request).await {
        Ok(form) => form,
        Err(FormError { status, detail, back }) => {
            let mut page = problem(&dashboard, request.request(), status, &detail, &back);
            if status == StatusCode::METHOD_NOT_ALLOWED {
                page.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            }
            return Ok(request.into_response(page));
        }
    };
    let bytes = Bytes::from(form.body.to_string());
    let (method, headers) = (form.method, request.headers_mut());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    request.head_mut().method = method;
    request.set_payload(Payload::from(bytes));
    // The service takes the request and returns it with the response. A refused call is a response, too.
    let (request, response) = next.call(request).await?.into_parts();
    let status = response.status();
    let page = if status.is_success() {
        let jump = response.extensions().get::<ClockJump>().copied();
        let done = jump.map_or_else(|| form.done.clone(), |jump| done_with_jump(&form.done, jump));
        HttpResponse::SeeOther().insert_header((header::LOCATION, back_to(&form.back, &done))).finish()
    } else {
        let extensions = response.extensions();
        let detail =
            extensions.get::<ProblemDetail>().map_or("the call was refused without a reason", |known| &known.0);
        problem(&dashboard, &request, status, detail, &form.back)
    };
    Ok(ServiceResponse::new(request, page))
}

async fn read(dashboard: &Dashboard, request: &mut ServiceRequest) -> Result<Form, FormError> {
    if *request.method() != Method::POST {
        let detail = "a form is sent with POST; programs call the control API";
        return Err(FormError::new(StatusCode::METHOD_NOT_ALLOWED, detail));
    }
    // A page of another site can send a form. Browsers always send an Origin with it; other clients call the API.
    if !request.headers().contains_key(header::ORIGIN) {
        let detail = "a form without an Origin comes from no browser: call the control API";
        return Err(FormError::new(StatusCode::FORBIDDEN, detail));
    }
    // A form in another encoding would be read as empty, and an empty form can mean "all".
    if !request.content_type().eq_ignore_ascii_case(FORM) {
        let detail = format!("a form is sent as {FORM}; programs call the control API");
        return Err(FormError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let payload = request.extract::<web::Payload>().await;
    let payload = payload.map_err(|error| FormError::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let limits = dashboard.control.limits;
    let read = body::read(limits, request.request(), payload).await;
    let bytes = read.map_err(|reason| match reason {
        BodyError::TooLarge => {
            let detail = format!("the form is larger than {} bytes", limits.bytes);
            FormError::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        BodyError::TooSlow => FormError::new(StatusCode::REQUEST_TIMEOUT, "the form did not arrive in time"),
        BodyError::Broken => FormError::new(StatusCode::BAD_REQUEST, "the form ended before its length"),
    })?;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Result<Form, FormError> {
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
            _ if value.trim().is_empty() && !name.ends_with(TEXT) => {}
            _ => put(&mut form.body, &name, &value).map_err(|detail| FormError {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                detail,
                back: form.back.clone(),
            })?,
        }
    }
    Ok(form)
}

/// Reads a form, for the fuzz target.
#[cfg(any(test, feature = "fuzz"))]
pub(super) fn read_form(bytes: &[u8]) {
    match parse(bytes) {
        Ok(form) => {
            assert!(form.body.is_object());
            assert!(is_dashboard(&back_to(&form.back, &form.done)), "{:?}", form.back);
        }
        Err(error) => assert!(!error.detail.is_empty()),
    }
}

/// Sets the field with this name, which may be a path.
fn put(body: &mut Value, name: &str, value: &str) -> Result<(), String> {
    let (name, value) = match name.strip_suffix(":json") {
        None => (name.strip_suffix(TEXT).unwrap_or(name), Value::from(value)),
        Some(name) => {
            let read = serde_json::from_str(value);
            (name, read.map_err(|_| format!("{name} is not JSON: {value:?}"))?)
        }
    };
    // Deeply nested JSON is written and dropped recursively.
    if name.split('.').count() > MAX_DEPTH {
        return Err(format!("a field is nested too deeply: {name}"));
    }
    let mut target = body;
    for part in name.split('.').filter(|_| !name.is_empty()) {
        let Some(object) = target.as_object_mut() else {
            return Err(format!("{name} is inside a field that is not an object"));
        };
        target = object.entry(part).or_insert_with(|| Value::Object(Map::new()));
    }
    if name.is_empty() && !value.is_object() {
        return Err("a field without a name is not a JSON object".to_owned());
    }
    merge(target, value, MAX_DEPTH);
    Ok(())
}

/// Sets a value; the fields of an object join those that are there.
fn merge(target: &mut Value, value: Value, depth: usize) {
    match (target, value) {
        (Value::Object(fields), Value::Object(new)) if depth > 0 => {
            for (name, value) in new {
                merge(fields.entry(name).or_insert(Value::Null), value, depth - 1);
            }
        }
        (target, value) => *target = value,
    }
}

/// The page that follows: only a page of the dashboard.
fn back_to(back: &str, done: &str) -> String {
    // Browsers resolve `..` in every spelling.
    let stays = || Url::parse("http://sim").and_then(|base| base.join(back)).is_ok_and(|url| is_dashboard(url.path()));
    let allowed = is_dashboard(back) && back.bytes().all(|byte| byte.is_ascii_graphic()) && stays();
    let back = if allowed { back } else { paths::DASHBOARD };
    let (page, part) = back.split_once('#').map_or((back, String::new()), |(page, part)| (page, format!("#{part}")));
    if done.is_empty() {
        return format!("{page}{part}");
    }
    let mark = if page.contains('?') { '&' } else { '?' };
    let done: String = form_urlencoded::byte_serialize(done.as_bytes()).collect();
    format!("{page}{mark}done={done}{part}")
}

fn is_dashboard(path: &str) -> bool {
    path.starts_with(paths::DASHBOARD)
}

fn problem(dashboard: &Dashboard, request: &HttpRequest, status: StatusCode, detail: &str, back: &str) -> HttpResponse {
    let frame = Frame::new(dashboard, request, Section::Transactions).without_url();
    // A key is masked before the text is cut: half a key would not be recognized.
    let mut detail = dashboard.control.engine.masked(detail).into_owned();
    if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL) {
        detail.truncate(end);
        detail.push('…');
    }
    action_failed(&dashboard.control, frame, status, detail, back_to(back, ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body(form: &str) -> Value {
        parse(form.as_bytes()).unwrap().body
    }

    #[test]
    fn a_form_becomes_the_json_of_the_call() {
        assert_eq!(body("do=pay&phone=&instmntMon=+"), json!({ "do": "pay" }));
        let rule = "times:json=1&when.iMid=SHOP&when.referenceNo=a%26b&then.outcome=reject&_back=%2F__sim%2Frules";
        let expected = json!({
            "times": 1,
            "when": { "iMid": "SHOP", "referenceNo": "a&b" },
            "then": { "outcome": "reject" },
        });
        assert_eq!(body(rule), expected);
        assert_eq!(body("a=1&a=2"), json!({ "a": "2" }));
        assert_eq!(body("f.a:text=&f.b:text=+&f.c="), json!({ "f": { "a": "", "b": " " } }));
        assert!(parse(b"a=1&a.b=2").is_err() && parse(b"times:json=x").is_err());
        assert!(parse("a.".repeat(100_000).as_bytes()).is_ok(), "without a value it was not sent");
        assert!(parse(["a.".repeat(100_000).as_bytes(), b"=1"].concat().as_slice()).is_err());
        assert_eq!(body(""), json!({}));
        let several = "when.referenceNo=a&:json=%7B%22when%22%3A%7B%22amt%22%3A5%7D%2C%22then%22%3A%7B%7D%7D";
        assert_eq!(body(several), json!({ "when": { "referenceNo": "a", "amt": 5 }, "then": {} }));
        assert!(parse(b":json=5").is_err() && parse(b"=5").is_err() && parse(b":json=[]").is_err());
    }

    proptest! {
        #[test]
        fn any_form_is_read_or_refused_and_the_next_page_is_in_the_dashboard(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            names in proptest::collection::vec("[a-c.]{0,6}(:json)?|_back|_done|_method", 0..8),
            values in proptest::collection::vec("/__sim/.{0,20}|\\PC{0,10}|[\\[\\]{}\"0-9]{0,6}|.{0,10}", 8),
        ) {
            let pairs = names.iter().zip(&values);
            let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            for form in [parse(&bytes), parse(form.as_bytes())].into_iter().flatten() {
                prop_assert!(form.body.is_object());
                for to in [back_to(&form.back, &form.done), back_to(&form.back, "")] {
                    prop_assert!(to.starts_with("/__sim/") && HeaderValue::from_str(&to).is_ok(), "{:?}", to);
                    prop_assert!(to.bytes().all(|byte| byte.is_ascii_graphic()), "{:?}", to);
                    let arrived = Url::parse("http://sim").unwrap().join(&to).unwrap();
                    prop_assert!(arrived.as_str().starts_with("http://sim/__sim/"), "{:?}", to);
                }
            }
        }
    }

    #[test]
    fn the_next_page_is_one_of_the_dashboard() {
        for (back, expected) in [
            ("/__sim/rules", "/__sim/rules?done=rule"),
            ("/__sim/transactions/T?event=3#message", "/__sim/transactions/T?event=3&done=rule#message"),
            ("//evil.test/__sim/", "/__sim/?done=rule"),
            ("https://evil.test/", "/__sim/?done=rule"),
            ("/__sim/\r\nSet-Cookie: a=b", "/__sim/?done=rule"),
            ("/__sim/../nicepay/", "/__sim/?done=rule"),
            ("/__sim/.%2E//evil.test/", "/__sim/?done=rule"),
            ("/__sim/\\..\\..\\evil.test", "/__sim/?done=rule"),
            ("/__sim/?a=/../..", "/__sim/?a=/../..&done=rule"),
            ("", "/__sim/?done=rule"),
        ] {
            assert_eq!(back_to(back, "rule"), expected, "{back:?}");
        }
        assert_eq!(back_to("/__sim/", "a&b=c"), "/__sim/?done=a%26b%3Dc");
    }
}
