//! The style sheet and the scripts of the pages. The pages work without the scripts.

use std::future::ready;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};

use crate::page::asset;
use crate::paths;

/// Every script: its path and its content. The pages load them in this order.
pub(super) const SCRIPTS: &[(&str, &str)] = &[
    ("/__sim/assets/dashboard.js", include_str!("../../static/dashboard.js")),
    ("/__sim/assets/list.js", include_str!("../../static/dashboard/list.js")),
    ("/__sim/assets/clock.js", include_str!("../../static/dashboard/clock.js")),
];

/// The routes of the style sheet and of the scripts.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.route(paths::DASHBOARD_CSS, web::get().to(css));
    for (path, content) in SCRIPTS.iter().copied() {
        config.route(path, web::get().to(move || ready(asset("text/javascript; charset=utf-8", content))));
    }
}

async fn css() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("../../static/dashboard.css"))
}
