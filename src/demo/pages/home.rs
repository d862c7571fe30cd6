//! The home page: all products.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Frame, respond};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::catalog::{PRODUCTS, Product};
use crate::paths;

#[derive(Template)]
#[template(path = "demo/home.html")]
struct Home {
    frame: Frame,
    products: &'static [Product],
}

/// Redirects `/demo` to `/demo/`.
pub(in crate::demo) async fn add_slash(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    Browser::from_request(&demo, &request).see_other(&format!("{}/", paths::DEMO))
}

pub(in crate::demo) async fn show(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::from_request(&demo, &request);
    let frame = demo.customers(|customers| {
        Frame::new(&demo, &browser, browser.customer.as_ref().and_then(|name| customers.get(name)))
    });
    respond(&browser, &Home { frame, products: &PRODUCTS })
}
