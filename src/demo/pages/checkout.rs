//! The checkout: payment method, tenor and demo option; and `POST /demo/orders`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::error_page::{self, ErrorKind};
use super::{Frame, Lang, redirect, respond};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::catalog::{BUYER, MAX_QUANTITY, Product, rupiah};
use crate::demo::chaos::Chaos;
use crate::demo::customers::Limit;
use crate::demo::merchant::payment;
use crate::demo::nicepay::{Buyer, Fields, Mode};
use crate::demo::orders::Order;
use crate::page::tenor;
use crate::paths;

/// The tenors of Kredivo (`docs/PROTOCOL.md` §4.6).
const TENORS: [u8; 4] = [1, 3, 6, 12];

/// A tenor of the linked account.
struct TenorOption {
    months: u8,
    name: String,
    remaining: String,
    /// Whether the limit covers the order.
    available: bool,
    selected: bool,
}

#[derive(Template)]
#[template(path = "demo/checkout.html")]
struct Checkout {
    frame: Frame,
    product: &'static Product,
    quantity: u64,
    total: String,
    buyer: &'static Buyer,
    /// The phone number and the tenors of the linked account.
    linked: Option<(String, Vec<TenorOption>)>,
    /// Why no account can pay this order.
    limit_note: Option<LimitNote>,
    form_key: String,
    chaos: [Chaos; 6],
}

/// A limit that does not cover the order.
enum LimitNote {
    /// So much is left. "Start over" fills it.
    Spent(String),
    /// It never covers it: this is all of it.
    TooLow(String),
}

impl LimitNote {
    /// None if the limit covers the total.
    fn new((remaining, all): (u64, u64), total: u64) -> Option<Self> {
        match total {
            total if total <= remaining => None,
            total if total <= all => Some(Self::Spent(rupiah(remaining))),
            _ => Some(Self::TooLow(rupiah(all))),
        }
    }
}

impl Checkout {
    fn can_pay_with_token(&self) -> bool {
        self.linked.as_ref().is_some_and(|(_, tenors)| tenors.iter().any(|tenor| tenor.available))
    }
}

/// The quantity in the form: 1 if it is missing, none if it is invalid.
fn quantity(fields: &Fields) -> Option<u64> {
    match fields.text("quantity") {
        "" => Some(1),
        text if text.len() <= 3 => text.parse().ok().filter(|quantity| (1..=MAX_QUANTITY).contains(quantity)),
        _ => None,
    }
}

fn tenors(limits: &[Limit], total: u64, lang: Lang) -> Vec<TenorOption> {
    let first = limits.iter().find(|limit| limit.remaining >= total).map(|limit| limit.months);
    let of = |limit: &Limit| TenorOption {
        months: limit.months,
        name: tenor(limit.months, lang),
        remaining: rupiah(limit.remaining),
        available: limit.remaining >= total,
        selected: first == Some(limit.months),
    };
    limits.iter().map(of).collect()
}

pub(in crate::demo) async fn show(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    let query = Fields::from_form(request.query_string().as_bytes());
    let Some(product) = Product::from_slug(query.text("product")) else {
        return error_page::respond(&browser, ErrorKind::NoProduct);
    };
    let Some(quantity) = quantity(&query) else { return error_page::respond(&browser, ErrorKind::Quantity) };
    let (total, form_key, lang) = (product.price * quantity, demo.draw("form"), browser.language.lang);
    let usual = demo.simulator.limit(demo.nicepay.i_mid(), BUYER.phone).await;
    let page = demo.customers(|customers| {
        let customer = browser.customer.as_ref().and_then(|name| customers.get(name));
        let linked = customer.and_then(|customer| customer.linked.as_ref()).and_then(|linked| linked.details.as_ref());
        Checkout {
            frame: Frame::new(&demo, &browser, customer),
            product,
            quantity,
            total: rupiah(total),
            buyer: &BUYER,
            linked: linked.map(|details| (details.phone.clone(), tenors(&details.limits, total, lang))),
            limit_note: usual.and_then(|limit| LimitNote::new(limit, total)),
            form_key,
            chaos: Chaos::ALL,
        }
    });
    respond(&browser, &page)
}

/// `POST /demo/orders`
pub(in crate::demo) async fn buy(demo: web::Data<Demo>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let mut browser = Browser::arriving(&demo, &request).await;
    let form = match browser.form(&demo, &request, payload).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let Some(product) = Product::from_slug(form.text("product")) else {
        return error_page::respond(&browser, ErrorKind::NoProduct);
    };
    let Some(quantity) = quantity(&form) else { return error_page::respond(&browser, ErrorKind::Quantity) };
    let chaos = match form.text("chaos") {
        "" => Some(Chaos::Normal),
        slug => Chaos::from_slug(slug),
    };
    let Some(chaos) = chaos else { return error_page::respond(&browser, ErrorKind::BadForm) };
    // Before the browser gets a new customer.
    let is_forgotten = browser.lost_its_customer(&demo);
    let customer = browser.customer_or_new(&demo);
    let total = product.price * quantity;
    let kept = demo.customers(|customers| {
        let stored = customers.get(&customer);
        let linked = stored.and_then(|customer| customer.linked.as_ref());
        let (mode, months) = match (form.text("pay"), linked) {
            ("token", Some(linked)) => {
                // One click uses the shortest tenor whose limit covers the amount.
                let shortest = linked.details.as_ref().and_then(|details| details.tenor_for(total)).unwrap_or(1);
                let months = form.text("tenor").parse().ok().filter(|months| TENORS.contains(months));
                (Mode::Token { user_token: linked.user_token.clone() }, months.unwrap_or(shortest))
            }
            // The account was unlinked in another window.
            ("token", None) => {
                let error = if is_forgotten { ErrorKind::Reset } else { ErrorKind::NotLinked };
                return Err(Box::new(error_page::respond(&browser, error)));
            }
            _ if form.text("link") == "1" => {
                let key = stored.map(|customer| customer.client_user_key.clone()).unwrap_or_default();
                (Mode::Link { client_user_key: key }, 1)
            }
            _ => (Mode::Login, 1),
        };
        let form_key = form.text("once").chars().take(64).collect();
        let names = (demo.reference_no(customers), form_key);
        let order = Order::new(names, (product, quantity), (mode, months), chaos, demo.now());
        match customers.add_order(&customer, order.clone()) {
            Ok(()) => Ok(order),
            // The form was submitted twice.
            Err(same) => Err(Box::new(browser.see_other(&paths::demo_order(&same)))),
        }
    });
    let order = match kept {
        Ok(order) => order,
        Err(instead) => return *instead,
    };
    let (reference_no, seamless) = (order.reference_no.clone(), order.is_seamless());
    let (user_ip, user_agent) = client_info(&request);
    let accepted = payment::register(&demo, &customer, order, user_ip, user_agent).await;
    if accepted && !seamless {
        return redirect::to_payment(&demo, &browser, &request, &customer, &reference_no);
    }
    browser.see_other(&paths::demo_order(&reference_no))
}

/// `userIP`, 15 characters, and `userAgent`, 100 (`docs/PROTOCOL.md` §2.1.1).
fn client_info(request: &HttpRequest) -> (String, String) {
    let ip = request.peer_addr().map(|peer| peer.ip().to_string()).filter(|ip| ip.len() <= 15);
    let agent = request.headers().get(actix_web::http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent: String = agent.unwrap_or_default().chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
    let agent = if agent.is_empty() { "unknown" } else { &agent[..agent.len().min(100)] };
    (ip.unwrap_or_else(|| "127.0.0.1".to_owned()), agent.to_owned())
}
