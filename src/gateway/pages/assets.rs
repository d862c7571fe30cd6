//! The style sheet and the script of the pages, compiled in.

use actix_web::{HttpRequest, HttpResponse};

use crate::page::asset;

pub(in crate::gateway) async fn css(request: HttpRequest) -> HttpResponse {
    let sheet = concat!(include_str!("../../../static/page.css"), "\n", include_str!("../../../static/gateway.css"));
    asset(&request, "text/css; charset=utf-8", sheet)
}

pub(in crate::gateway) async fn return_js(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/javascript; charset=utf-8", include_str!("../../../static/post_back.js"))
}
