//! The home page: all products.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::closing::Closing;
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
    closing: Option<Closing>,
}

/// Redirects `/demo` to `/demo/`.
pub(in crate::demo) async fn add_slash(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    Browser::arriving(&demo, &request).await.see_other(&format!("{}/", paths::DEMO))
}

pub(in crate::demo) async fn show(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    let page = demo.customers(|customers| {
        let customer = browser.customer.as_ref().and_then(|name| customers.get(name));
        Home {
            closing: Closing::new(&demo, customer, browser.language.lang),
            frame: Frame::new(&demo, &browser, customer),
            products: &PRODUCTS,
        }
    });
    respond(&browser, &page)
}
