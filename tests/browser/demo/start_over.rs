//! "Start over", and a reset by somebody else, while the shop's pages are open.

use serde_json::json;
use thirtyfour::prelude::*;

use super::{Visit, for_everybody};
use crate::chromium::{HEIGHT, OTP, PHONE, PIN};

/// The merchant of the demo is reset, as the dashboard's button and a test suite do it.
fn reset(visit: &Visit) {
    let reply = visit.sim.http().post_json("/__sim/api/reset", &json!({ "iMid": "TOKODEMO01" }));
    assert_eq!(reply.status, 204, "{}", reply.body);
}

fn start_over(language: &str, javascript: bool) {
    let visit = Visit::new(language, javascript);
    let customer = &visit.customer;
    customer.at_width(1280, HEIGHT);
    visit.buy_with("usual");
    visit.open("/demo/");
    customer.press_id("start-over-link");
    if javascript {
        for_everybody(customer, &language[..2]);
        customer.at_width(1280, HEIGHT);
    }
    customer.press_id("cancel");
    assert!(!visit.sim.events("transaction.registered").is_empty(), "nothing has happened");
    customer.press_id("start-over-link");
    customer.press_id("start-over");
    assert_eq!(customer.url(), [visit.sim.url(), "/demo/"].concat());
    assert!(visit.sim.events("transaction.registered").is_empty(), "the merchant was reset");
    assert!(!customer.shows("was-reset"), "whoever started over knows it");
    customer.press_id("account");
    assert!(customer.shows("no-orders"));
    customer.no_complaints();
}

#[test]
fn start_over_in_english() {
    start_over("en-US", true);
}

#[test]
fn start_over_without_javascript_in_indonesian() {
    start_over("id-ID", false);
}

/// The page of an order is open when somebody resets the merchant: the page says so by itself.
#[test]
fn a_reset_from_outside_reaches_open_pages() {
    for language in ["en", "id"] {
        let visit = Visit::new(language, true);
        let customer = &visit.customer;
        visit.buy_with("late");
        visit.shows_state("early");
        reset(&visit);
        visit.shows("[data-testid=notice][data-notice=reset]");
        for_everybody(customer, language);
        customer.press_id("to-shop");
        assert!(customer.shows("was-reset"));
        for_everybody(customer, language);
        visit.open("/demo/account");
        assert!(customer.shows("was-reset") && customer.shows("no-orders"));
        for_everybody(customer, language);
    }
}

/// The same by the dashboard's button.
#[test]
fn the_dashboard_s_reset_resets_the_shop() {
    let visit = Visit::new("en-US", true);
    let customer = &visit.customer;
    customer.at_width(1280, HEIGHT);
    visit.buy_with("usual");
    let order = customer.url();
    visit.open("/__sim/merchants");
    let button = By::Css("form:has(input[value=TOKODEMO01]) [data-testid=reset]");
    customer.wait(async { customer.driver().find(button).await?.click().await });
    customer.element("done");
    customer.open(&order);
    assert_eq!(customer.notice(), "reset");
}

/// Forms that were open when the reset came.
#[test]
fn forms_that_are_open_during_a_reset_lead_to_calm_pages() {
    let visit = Visit::new("en-US", false);
    let customer = &visit.customer;
    // A checkout that is sent after the reset is simply the first order.
    visit.buy_with("usual");
    visit.open("/demo/checkout?product=set-seduh");
    visit.tick("link-account");
    reset(&visit);
    customer.press_id("pay");
    customer.pay_as((PHONE, PIN, OTP), 3);
    customer.come_back();
    visit.shows_state("early");
    visit.sim.advance("2s");
    // One click.
    visit.open("/demo/products/kopi-gayo");
    reset(&visit);
    customer.press_id("one-click");
    assert_eq!(customer.notice(), "reset");
    // The buttons of an order.
    for (chaos, button) in [("late", "deliver"), ("review", "approve"), ("review", "reject"), ("late", "check")] {
        visit.buy_with(chaos);
        reset(&visit);
        customer.press_id(button);
        assert_eq!(customer.notice(), "reset", "{button}");
    }
    visit.open("/demo/checkout?product=set-seduh");
    customer.press_id("pay");
    let back = customer.url();
    customer.press_id("page-abandon");
    customer.come_back();
    visit.shows_state("abandoned");
    reset(&visit);
    customer.press_id("pay-again");
    assert_eq!(customer.notice(), "reset");
    // Kredivo's page of an order that is gone is NICEPAY's affair; the shop's own pages stay calm.
    customer.open(&back);
    visit.open("/demo/account");
    assert!(customer.shows("was-reset"));
}
