//! The page of one product.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::error_page::{self, ErrorKind};
use super::{Frame, respond};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::catalog::{MAX_QUANTITY, Product};
use crate::page::tenor;

#[derive(Template)]
#[template(path = "demo/product.html")]
struct ProductPage {
    frame: Frame,
    product: &'static Product,
    /// The phone number and the shortest possible tenor of the linked account, if it can pay this product.
    one_click: Option<(String, u8)>,
    /// Whether the limit of the linked account is too low for this product.
    is_limit_too_low: bool,
    /// Prevents a second order from the same form.
    form_key: String,
}

impl ProductPage {
    /// What the one-click button does.
    fn one_click_hint(&self, phone: &str, months: u8) -> String {
        let tenor = tenor(months, self.frame.lang);
        self.frame.t(
            format!("1 piece, paid from the account {phone}. Tenor: {tenor}."),
            format!("1 buah, dibayar dari akun {phone}. Tenor: {tenor}."),
        )
    }
}

pub(in crate::demo) async fn show(
    demo: web::Data<Demo>,
    request: HttpRequest,
    slug: web::Path<String>,
) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    let Some(product) = Product::from_slug(&slug) else { return error_page::respond(&browser, ErrorKind::NoProduct) };
    let form_key = demo.draw("form");
    let page = demo.customers(|customers| {
        let customer = browser.customer.as_ref().and_then(|name| customers.get(name));
        let linked = customer.and_then(|customer| customer.linked.as_ref());
        let details = linked.and_then(|linked| linked.details.as_ref());
        let one_click = details.and_then(|details| Some((details.phone.clone(), details.tenor_for(product.price)?)));
        let is_limit_too_low = details.is_some() && one_click.is_none();
        ProductPage { frame: Frame::new(&demo, &browser, customer), product, one_click, is_limit_too_low, form_key }
    });
    respond(&browser, &page)
}
