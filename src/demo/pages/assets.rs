//! Style, script and images, compiled in; and the revision that tells the script when to refresh a page.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::error_page::{self, ErrorKind};
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
    macro_rules! image {
        ($name:literal) => {
            asset(&request, SVG, include_str!(concat!("../../../static/demo/", $name)))
        };
    }
    match file.as_str() {
        "demo.css" => asset(
            &request,
            "text/css; charset=utf-8",
            concat!(include_str!("../../../static/page.css"), "\n", include_str!("../../../static/demo.css")),
        ),
        "demo.js" => asset(&request, "text/javascript; charset=utf-8", include_str!("../../../static/demo.js")),
        "kopi-gayo.svg" => image!("kopi-gayo.svg"),
        "set-seduh.svg" => image!("set-seduh.svg"),
        "teko-moka.svg" => image!("teko-moka.svg"),
        "penggiling.svg" => image!("penggiling.svg"),
        "mesin-espreso.svg" => image!("mesin-espreso.svg"),
        "mesin-sangrai.svg" => image!("mesin-sangrai.svg"),
        _ => error_page::respond(&Browser::arriving(&demo, &request).await, ErrorKind::NoPage),
    }
}

/// A number that changes with every change of the customer's data.
pub(in crate::demo) async fn pulse(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    let revision = demo.customers(|customers| {
        browser.customer.and_then(|name| customers.get(&name).map(|customer| customer.log.revision()))
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(revision.unwrap_or_default().to_string())
}
