//! `POST /__sim/inbox` and `POST /__sim/inbox/{name}`: receives a notification and answers 200.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{DEFAULT, token_check};
use crate::control::Control;
use crate::control::api::{Problem, guard, request};
use crate::domain::InboxMessage;
use crate::paths;

/// The maximum length of the name of an inbox.
const MAX_NAME: usize = 64;

/// Receives in the inbox without a name.
pub(in crate::control) async fn receive_default(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    keep(&control, DEFAULT, &request, payload).await
}

/// Receives in the inbox with this name.
pub(in crate::control) async fn receive(
    control: web::Data<Control>,
    name: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_name) {
        let detail = format!("the name of an inbox has 1 to {MAX_NAME} of the characters a-z, A-Z, 0-9, - _ and .");
        return Err(Problem::bad_value(detail));
    }
    keep(&control, &name, &request, payload).await
}

async fn keep(
    control: &Control,
    inbox: &str,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    // A page of another site must not fill the memory.
    guard::check_origin(control, request)?;
    let body = request::body(control, request, payload).await?;
    let body = String::from_utf8_lossy(&body);
    let checked = token_check::check(control, &body);
    let diagnosis = checked.diagnosis.map(|diagnosis| diagnosis.header());
    let diagnosis = diagnosis.map(|text| control.engine.masked(&text).into_owned().into_boxed_str());
    let content_type = request.headers().get(header::CONTENT_TYPE).map(header::HeaderValue::as_bytes);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"));
    if let Some(text) = diagnosis.as_deref() {
        response.insert_header((paths::DIAGNOSIS_HEADER, text));
    }
    control.engine.receive(InboxMessage {
        inbox: inbox.into(),
        at: control.engine.now(),
        i_mid: checked.i_mid,
        content_type: String::from_utf8_lossy(content_type.unwrap_or_default()).into(),
        body: body.into(),
        diagnosis,
    });
    Ok(response.body("OK"))
}
