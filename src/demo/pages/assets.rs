//! Style, script and drawings, compiled in; and the pulse by which the script learns that a page has changed.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::notice::{self, Notice};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::page::asset;

const SVG: &str = "image/svg+xml";

/// A file that pages load.
pub(in crate::demo) async fn file(
    demo: web::Data<Demo>,
    request: HttpRequest,
    file: web::Path<String>,
) -> HttpResponse {
    macro_rules! drawing {
        ($name:literal) => {
            asset(SVG, include_str!(concat!("../../../static/demo/", $name)))
        };
    }
    match file.as_str() {
        "demo.css" => asset(
            "text/css; charset=utf-8",
            concat!(include_str!("../../../static/page.css"), "\n", include_str!("../../../static/demo.css")),
        ),
        "demo.js" => asset("text/javascript; charset=utf-8", include_str!("../../../static/demo.js")),
        "kopi-gayo.svg" => drawing!("kopi-gayo.svg"),
        "set-seduh.svg" => drawing!("set-seduh.svg"),
        "teko-moka.svg" => drawing!("teko-moka.svg"),
        "penggiling.svg" => drawing!("penggiling.svg"),
        "mesin-espreso.svg" => drawing!("mesin-espreso.svg"),
        "mesin-sangrai.svg" => drawing!("mesin-sangrai.svg"),
        _ => notice::answer(&Browser::of(&demo, &request), Notice::NoPage),
    }
}

/// A number that changes whenever anything of this customer's does.
pub(in crate::demo) async fn pulse(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&demo, &request);
    let revision = demo.customers(|customers| {
        browser.customer.and_then(|name| customers.get(&name).map(|customer| customer.wire.revision()))
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(revision.unwrap_or_default().to_string())
}
