//! JSON responses.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;

/// Status 200 with `value` as JSON.
pub(crate) fn ok(value: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, value)
}

/// `value` as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    with_media_type(status, "application/json", value)
}

/// `value` as a kind of JSON. A value that cannot be serialized is logged, and answered with 500.
pub(super) fn with_media_type(status: StatusCode, media_type: &str, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, media_type))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(body),
        Err(error) => {
            tracing::error!(%error, "a response could not be serialized");
            HttpResponse::InternalServerError().finish()
        }
    }
}
