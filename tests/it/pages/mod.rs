//! The lender's pages as any HTTP client sees them: their contract, every shopper's outcome, every way to go wrong.

mod contract;
mod languages;
mod merchant_name;
mod out_of_turn;
mod panel;
mod pin_and_otp;
mod receipt;
mod shoppers;

use std::ops::{Deref, DerefMut};

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

use crate::visit::Visit;

const API: &str = "/__sim/api";
const CALLBACK: &str = "http://shop.test/thanks?order_id=1";
const STEPS: [&str; 3] = ["signin", "plan", "otp"];

/// One payment, and the browser that makes it.
struct Payment {
    order: Order,
    registered: Reply,
    visit: Visit,
}

impl Payment {
    /// A browser at the first page.
    fn begin(sim: &Simulator, order: Order) -> Self {
        let shop = sim.shop();
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
        let mut buyer = sim.buyer();
        let tk = buyer.open(&shop.payment_url(&order, &registered, CALLBACK));
        Self { order, registered, visit: Visit { buyer, tk } }
    }

    /// A browser at one of the steps, or at the end of a payment that is approved.
    fn at(sim: &Simulator, reference_no: &str, step: &str) -> Self {
        let mut payment = Self::begin(sim, sim.shop().order(reference_no, 25_145));
        let place = STEPS.iter().position(|one| *one == step).unwrap_or(STEPS.len());
        if place >= 1 {
            assert_eq!(payment.sign_in("081291891818", "414141").status, 303);
        }
        if place >= 2 {
            assert_eq!(payment.post("plan", &[("instmntMon", "1")]).status, 303);
        }
        if place >= 3 {
            assert_eq!(payment.otp("4567").status, 303);
        }
        payment
    }

    fn shown(&self, sim: &Simulator) -> Value {
        sim.http().get(&format!("{API}/transactions/{}", self.registered.t_xid())).json()
    }

    fn stage(&self, sim: &Simulator) -> String {
        self.shown(sim)["stage"].as_str().unwrap().to_owned()
    }

    fn status(&self, shop: &Shop) -> String {
        shop.status(&self.order, &self.registered)
    }

    fn return_url(&self) -> String {
        format!("/nicepay/direct/v2/payment/return?tk={}", self.tk)
    }

    /// The merchant's link out of the lender's last page.
    fn back(&mut self) -> Reply {
        let url = self.return_url();
        self.buyer.get(&url)
    }
}

impl Deref for Payment {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl DerefMut for Payment {
    fn deref_mut(&mut self) -> &mut Visit {
        &mut self.visit
    }
}

fn html(reply: &Reply) -> Html {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{} {}", reply.status, reply.body);
    Html::parse_document(&reply.body)
}

fn all<'a>(page: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(css).unwrap()).collect()
}

#[track_caller]
fn one<'a>(page: &'a Html, css: &str) -> ElementRef<'a> {
    match all(page, css).as_slice() {
        [one] => *one,
        found => panic!("{} of {css} on the page, not one:\n{}", found.len(), page.html()),
    }
}

#[track_caller]
fn by_id<'a>(page: &'a Html, id: &str) -> ElementRef<'a> {
    one(page, &format!("[data-testid={id}]"))
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    all(page, css).into_iter().map(text).collect()
}

fn attrs(page: &Html, css: &str, name: &str) -> Vec<String> {
    all(page, css).iter().filter_map(|element| element.attr(name)).map(str::to_owned).collect()
}

/// What the page says went wrong; the form must be there again, below it.
#[track_caller]
fn error_above(reply: &Reply, form: &str) -> String {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let page = html(reply);
    by_id(&page, form);
    let place = |id: &str| reply.body.find(&format!("data-testid=\"{id}\"")).unwrap();
    assert!(place("page-error") < place(form), "the message stands above the form");
    text(by_id(&page, "page-error"))
}

/// A page without a form: its status and its word.
#[track_caller]
fn notice(reply: &Reply) -> (u16, String) {
    let page = html(reply);
    assert!(all(&page, "form").is_empty(), "{}", reply.body);
    (reply.status, by_id(&page, "notice").attr("data-notice").unwrap().to_owned())
}

/// A result page: its word.
#[track_caller]
fn outcome(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.body);
    by_id(&html(reply), "result-status").attr("data-outcome").unwrap().to_owned()
}

/// The table of `docs/PROTOCOL.md` §8.3: who, PIN, what the page says, how it ends, and why where it is refused.
const SHOPPERS: &[(&str, &str, &str, &str, Option<&str>)] = &[
    ("081513114262", "663482", "approved", "approved", None),
    ("081291891818", "414141", "approved", "approved", None),
    ("089900000001", "123456", "under-review", "approved", None),
    ("089900000002", "123456", "under-review", "declined", None),
    ("089900000003", "123456", "under-review", "under-review", None),
    ("089900000004", "123456", "declined", "declined", Some("risk")),
    ("089900000005", "123456", "declined", "declined", Some("limit")),
    ("089900000009", "123456", "approved", "approved", None),
    ("089900000010", "123456", "approved", "approved", None),
];

fn pay(sim: &Simulator, payment: &Payment, phone: &str) -> Reply {
    let call = format!("{API}/transactions/{}/buyer", payment.registered.t_xid());
    sim.http().post_json(&call, &json!({ "phone": phone }))
}

/// A seamless order of the shopper who is asked for an OTP all the same.
fn seamless_with_otp(sim: &Simulator, reference_no: &str) -> Order {
    let token = json!({
        "iMid": "PAYLOANTES", "clientUserKey": reference_no, "phone": "089900000009", "userToken": reference_no,
    });
    assert_eq!(sim.http().post_json(&format!("{API}/tokens"), &token).status, 201);
    sim.shop().order(reference_no, 25_145).seamless(reference_no)
}
