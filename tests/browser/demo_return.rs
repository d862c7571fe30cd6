//! After an approval in the demo, the browser returns to the shop by itself, unless the customer stops it.

use nicepay_sim::testing::Simulator;
use serde_json::json;
use thirtyfour::prelude::*;

use crate::chromium::{Customer, OTP, PHONE, PIN};

/// A customer whose browser counts a second in `milliseconds`, at the lender's last page.
fn approved(sim: &Simulator, milliseconds: u32) -> Customer {
    let customer = Customer::with("en-US", true);
    let seconds =
        format!("const real = setInterval; setInterval = (act, time) => real(act, time * {milliseconds} / 1000);");
    customer.dev_tools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": seconds }));
    customer.open(&[sim.url(), "/demo/products/kopi-gayo"].concat());
    customer.press_id("buy");
    customer.press_id("pay");
    customer.pay_as((PHONE, PIN, OTP), 3);
    customer
}

#[test]
fn the_browser_returns_by_itself() {
    let sim = Simulator::builder().demo().start();
    let customer = approved(&sim, 20);
    customer.wait(customer.driver().query(By::Css("[data-testid=order][data-state]")).first());
    assert!(customer.url().contains("/demo/orders/"), "{}", customer.url());
}

#[test]
fn the_customer_can_stay() {
    let sim = Simulator::builder().demo().start();
    let customer = approved(&sim, 1_000_000);
    assert_eq!(customer.text("auto-return"), "Back to the shop in 5 s.\nStay on this page");
    let stop = customer.element("auto-return-stop");
    customer.wait(stop.click());
    assert!(!customer.shows("auto-return") && customer.page() == "result", "{}", customer.url());
    customer.press_id("return");
    assert!(customer.url().contains("/demo/orders/"), "{}", customer.url());
}

#[test]
fn another_shop_waits_for_the_customer() {
    let sim = Simulator::builder().demo().start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let customer = Customer::with("en-US", true);
    customer.open(&shop.payment_url(&order, &registered, "http://shop.localhost:1/"));
    customer.pay_as((PHONE, PIN, OTP), 3);
    assert!(customer.shows("return") && !customer.shows("auto-return"));
}
