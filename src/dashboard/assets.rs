//! The style sheet and the scripts of the pages. The pages work without the scripts.

use std::future::ready;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::page::asset;
use crate::paths;

/// A script in `static/dashboard/`: its path and its content.
macro_rules! script {
    ($name:literal) => {
        (concat!("/__sim/assets/dashboard/", $name), include_str!(concat!("../../static/dashboard/", $name)))
    };
}

/// Every script: its path and its content. They are modules: the pages load them in this order, and each names those that
/// it uses.
pub(super) const SCRIPTS: &[(&str, &str)] = &[
    script!("stream.js"),
    script!("update.js"),
    script!("live.js"),
    script!("arrows.js"),
    script!("forms.js"),
    script!("times.js"),
    script!("keys.js"),
    script!("list.js"),
    script!("clock.js"),
    script!("copy.js"),
];

/// The script of the "Copy" buttons, for a page without the others.
pub(super) const COPY_SCRIPT: &str = "/__sim/assets/dashboard/copy.js";

/// The routes of the style sheet and of the scripts.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.route(paths::DASHBOARD_CSS, web::get().to(css));
    for (path, content) in SCRIPTS.iter().copied() {
        let script = move |request: HttpRequest| ready(asset(&request, "text/javascript; charset=utf-8", content));
        config.route(path, web::get().to(script));
    }
}

async fn css(request: HttpRequest) -> HttpResponse {
    let sheet =
        concat!(include_str!("../../static/first_request.css"), "\n", include_str!("../../static/dashboard.css"));
    asset(&request, "text/css; charset=utf-8", sheet)
}
