//! The pages' style sheet, script and icon, compiled in.

use actix_web::HttpResponse;
use actix_web::http::header;

fn asset(content_type: &'static str, content: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(content)
}

pub(super) async fn css() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("../../static/partner.css"))
}

pub(super) async fn js() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../static/partner.js"))
}

/// The icon of every page.
pub async fn favicon() -> HttpResponse {
    asset("image/svg+xml", include_str!("../../static/favicon.svg"))
}
