//! The pages' style sheet and script, compiled in.

use actix_web::{HttpRequest, HttpResponse};

use crate::page::asset;

pub(super) async fn css(request: HttpRequest) -> HttpResponse {
    let sheet = concat!(include_str!("../../static/page.css"), "\n", include_str!("../../static/partner.css"));
    asset(&request, "text/css; charset=utf-8", sheet)
}

pub(super) async fn js(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/javascript; charset=utf-8", include_str!("../../static/partner.js"))
}
