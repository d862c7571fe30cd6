//! Style sheets, scripts and the favicon, compiled in.

use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::http::header;

/// Answers with a file that pages load.
pub fn asset(content_type: &'static str, content: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(content)
}

/// The favicon.
pub async fn favicon() -> HttpResponse {
    asset("image/svg+xml", include_str!("../../static/favicon.svg"))
}
