//! One product.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::notice::{self, Notice};
use super::{Frame, show as answer};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::catalog::{MOST_PIECES, Product};

#[derive(Template)]
#[template(path = "demo/product.html")]
struct ProductPage {
    frame: Frame,
    product: &'static Product,
    /// The linked account's number and the shortest tenor that it can pay in, where one click is enough.
    one_click: Option<(String, u8)>,
    /// Makes one order of one form.
    once: String,
}

pub(in crate::demo) async fn show(
    demo: web::Data<Demo>,
    request: HttpRequest,
    slug: web::Path<String>,
) -> HttpResponse {
    let browser = Browser::of(&demo, &request);
    let Some(product) = Product::of(&slug) else { return notice::answer(&browser, Notice::NoProduct) };
    let once = demo.draw("form");
    let page = demo.customers(|customers| {
        let customer = browser.customer.as_ref().and_then(|name| customers.get(name));
        let linked = customer.and_then(|customer| customer.linked.as_ref());
        let details = linked.and_then(|linked| linked.details.as_ref());
        let one_click = details.and_then(|details| Some((details.phone.clone(), details.tenor_for(product.price)?)));
        ProductPage { frame: Frame::of(&demo, &browser, customer), product, one_click, once }
    });
    answer(&browser, &page)
}
