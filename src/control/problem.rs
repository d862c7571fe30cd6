//! How the API says no: RFC 9457 problem details.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::paths;

/// A problem.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// The last part of the type, which programs may rely on.
    slug: &'static str,
    detail: String,
    more: Map<String, Value>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, slug: &'static str, detail: impl Into<String>) -> Self {
        Self { status, slug, detail: detail.into(), more: Map::new() }
    }

    pub(super) fn not_found(what: &str, name: &str) -> Self {
        let name: String = name.chars().take(64).collect();
        Self::new(StatusCode::NOT_FOUND, "not-found", format!("there is no {what} {name:?}"))
    }

    pub(super) fn bad_value(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-value", detail)
    }

    pub(super) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the simulator is stopping")
    }

    pub(super) fn stage(stage: &'static str, wanted: &str) -> Self {
        let detail = format!("a transaction that is {stage} cannot be asked to {wanted}");
        Self::new(StatusCode::CONFLICT, "stage", detail).with("stage", stage.into())
    }

    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.slug, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut body = json!({
            "type": format!("urn:nicepay-sim:problem:{}", self.slug),
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(fields) = &mut body {
            fields.extend(self.more.clone());
        }
        HttpResponse::build(self.status)
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(body.to_string())
    }
}

/// A path that nobody serves.
pub async fn no_such_path(request: HttpRequest) -> HttpResponse {
    let path: String = request.path().chars().take(200).collect();
    let gateways = GATEWAYS_FOLDERS.iter().any(|folder| path.starts_with(folder));
    if !gateways {
        let detail = format!("{path:?} is not served; the README lists the calls, /__sim/ has links");
        return Problem::new(StatusCode::NOT_FOUND, "path", detail).error_response();
    }
    let detail =
        format!("{path:?} is not served: NICEPAY's paths begin with {}. Is it in your base URL?", paths::GATEWAY);
    let diagnosis = HeaderValue::from_str(&format!("path/without-nicepay: {detail}"));
    let mut response = Problem::new(StatusCode::NOT_FOUND, "path", detail).error_response();
    if let Ok(diagnosis) = diagnosis {
        response.headers_mut().insert(HeaderName::from_static(paths::DIAGNOSIS_HEADER), diagnosis);
    }
    response
}

/// What stands after `/nicepay` in NICEPAY's paths: a client whose base URL lacks it calls these.
const GATEWAYS_FOLDERS: [&str; 4] = ["/direct/v2/", "/redirect/v2/", "/api/direct/v2/", "/v2/user"];

pub(super) fn wrong_verb(verbs: &'static str) -> HttpResponse {
    let mut response =
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "verb", format!("this path answers {verbs}")).error_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(verbs));
    response
}
