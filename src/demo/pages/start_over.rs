//! "Start over": a page that asks, and the button that resets the demo's merchant and the shop.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::error_page::{self, ErrorKind};
use super::{Frame, respond};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::paths;

#[derive(Template)]
#[template(path = "demo/start_over.html")]
struct StartOver {
    frame: Frame,
}

pub(in crate::demo) async fn show(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    let frame = Frame::of_browser(&demo, &browser);
    respond(&browser, &StartOver { frame })
}

/// `POST /demo/start-over`
pub(in crate::demo) async fn start_over(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let mut browser = Browser::arriving(&demo, &request).await;
    if let Err(response) = browser.form(&demo, &request, payload).await {
        return response;
    }
    match demo.start_over().await {
        Ok(()) => {
            // Whoever starts over need not be told that the demo was reset.
            browser.forget_customer();
            browser.see_other(&format!("{}/", paths::DEMO))
        }
        Err(call) => error_page::respond(&browser, ErrorKind::StartOver { message: call.error() }),
    }
}
