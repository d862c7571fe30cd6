//! How an order is paid, and what a sales engineer wants to happen to it; and buying.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::notice::{self, Notice};
use super::{Frame, Lang, leave, show as answer, tenor};
use crate::demo::browser::Browser;
use crate::demo::catalog::{BUYER, MOST_PIECES, Product, rupiah};
use crate::demo::chaos::Chaos;
use crate::demo::customers::Limit;
use crate::demo::nicepay::{Buyer, Fields, Mode};
use crate::demo::orders::Order;
use crate::demo::{Demo, merchant};
use crate::paths;

/// The tenors that Kredivo has (`docs/PROTOCOL.md` §4.6).
const TENORS: [u8; 4] = [1, 3, 6, 12];

/// A tenor of a linked account.
struct Tenor {
    months: u8,
    name: String,
    remaining: String,
    fits: bool,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "demo/checkout.html")]
struct Checkout {
    frame: Frame,
    product: &'static Product,
    quantity: u64,
    total: String,
    buyer: &'static Buyer,
    /// The linked account's number and tenors.
    linked: Option<(String, Vec<Tenor>)>,
    once: String,
    chaos: [Chaos; 6],
}

impl Checkout {
    fn payable(&self) -> bool {
        self.linked.as_ref().is_some_and(|(_, tenors)| tenors.iter().any(|tenor| tenor.fits))
    }
}

/// A quantity as it was sent: one where none was, nothing where it is nonsense.
fn quantity(fields: &Fields) -> Option<u64> {
    match fields.text("quantity") {
        "" => Some(1),
        text if text.len() <= 3 => text.parse().ok().filter(|quantity| (1..=MOST_PIECES).contains(quantity)),
        _ => None,
    }
}

fn tenors(limits: &[Limit], total: u64, lang: Lang) -> Vec<Tenor> {
    let first = limits.iter().find(|limit| limit.remaining >= total).map(|limit| limit.months);
    let of = |limit: &Limit| Tenor {
        months: limit.months,
        name: tenor(limit.months, lang),
        remaining: rupiah(limit.remaining),
        fits: limit.remaining >= total,
        chosen: first == Some(limit.months),
    };
    limits.iter().map(of).collect()
}

pub(in crate::demo) async fn show(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&demo, &request);
    let asked = Fields::of_form(request.query_string().as_bytes());
    let Some(product) = Product::of(asked.text("product")) else { return notice::answer(&browser, Notice::NoProduct) };
    let Some(quantity) = quantity(&asked) else { return notice::answer(&browser, Notice::Quantity) };
    let (total, once, lang) = (product.price * quantity, demo.draw("form"), browser.language.lang);
    let page = demo.customers(|customers| {
        let customer = browser.customer.as_ref().and_then(|name| customers.get(name));
        let linked = customer.and_then(|customer| customer.linked.as_ref()).and_then(|linked| linked.details.as_ref());
        Checkout {
            frame: Frame::of(&demo, &browser, customer),
            product,
            quantity,
            total: rupiah(total),
            buyer: &BUYER,
            linked: linked.map(|details| (details.phone.clone(), tenors(&details.limits, total, lang))),
            once,
            chaos: Chaos::ALL,
        }
    });
    answer(&browser, &page)
}

/// `POST /demo/orders`
pub(in crate::demo) async fn buy(demo: web::Data<Demo>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let mut browser = Browser::of(&demo, &request);
    let form = match browser.form(&demo, &request, payload).await {
        Ok(form) => form,
        Err(no) => return no,
    };
    let Some(product) = Product::of(form.text("product")) else { return notice::answer(&browser, Notice::NoProduct) };
    let Some(quantity) = quantity(&form) else { return notice::answer(&browser, Notice::Quantity) };
    let chaos = match form.text("chaos") {
        "" => Some(Chaos::AsUsual),
        slug => Chaos::of(slug),
    };
    let Some(chaos) = chaos else { return notice::answer(&browser, Notice::BadForm) };
    let customer = browser.known(&demo);
    let total = product.price * quantity;
    let kept = demo.customers(|customers| {
        let known = customers.get(&customer);
        let linked = known.and_then(|customer| customer.linked.as_ref());
        let (mode, months) = match (form.text("pay"), linked) {
            ("token", Some(linked)) => {
                // One click chooses the shortest tenor that the amount fits into.
                let shortest = linked.details.as_ref().and_then(|details| details.tenor_for(total)).unwrap_or(1);
                let months = form.text("tenor").parse().ok().filter(|months| TENORS.contains(months));
                (Mode::With { user_token: linked.user_token.clone() }, months.unwrap_or(shortest))
            }
            // The account was unlinked in another window.
            ("token", None) => return Err(Box::new(notice::answer(&browser, Notice::NotLinked))),
            _ if form.text("link") == "1" => {
                let key = known.map(|customer| customer.client_user_key.clone()).unwrap_or_default();
                (Mode::Link { client_user_key: key }, 1)
            }
            _ => (Mode::Once, 1),
        };
        let once = form.text("once").chars().take(64).collect();
        let names = (demo.reference_no(customers), once);
        let order = Order::new(names, (product, quantity), (mode, months), chaos, demo.now());
        match customers.keep_order(&customer, order.clone()) {
            Ok(()) => Ok(order),
            // The button was pressed twice.
            Err(same) => Err(Box::new(browser.see_other(&paths::demo_order(&same)))),
        }
    });
    let order = match kept {
        Ok(order) => order,
        Err(instead) => return *instead,
    };
    let (reference_no, seamless) = (order.reference_no.clone(), order.is_seamless());
    let (user_ip, user_agent) = where_from(&request);
    let taken = merchant::register(&demo, &customer, order, user_ip, user_agent).await;
    if taken && !seamless {
        return leave::to_pay(&demo, &browser, &request, &customer, &reference_no);
    }
    browser.see_other(&paths::demo_order(&reference_no))
}

/// `userIP`, 15 characters, and `userAgent`, 100 (`docs/PROTOCOL.md` §2.1.1).
fn where_from(request: &HttpRequest) -> (String, String) {
    let ip = request.peer_addr().map(|peer| peer.ip().to_string()).filter(|ip| ip.len() <= 15);
    let agent = request.headers().get(actix_web::http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent: String = agent.unwrap_or_default().chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
    let agent = if agent.is_empty() { "unknown" } else { &agent[..agent.len().min(100)] };
    (ip.unwrap_or_else(|| "127.0.0.1".to_owned()), agent.to_owned())
}
