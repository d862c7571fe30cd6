//! The demo shop in a real Chromium: the whole story by clicking.

mod guide;
mod moments;
mod notes;
mod start_over;

use nicepay_sim::testing::{Builder, Simulator};
use thirtyfour::prelude::*;

use crate::accessibility::everywhere;
use crate::chromium::{Customer, HEIGHT, OTP, PHONE, PIN};
use crate::pages::usable;

struct Visit {
    sim: Simulator,
    customer: Customer,
}

impl Visit {
    fn new(language: &str, javascript: bool) -> Self {
        Self::of(Simulator::builder().demo(), language, javascript)
    }

    fn of(simulator: Builder, language: &str, javascript: bool) -> Self {
        Self { sim: simulator.start(), customer: Customer::with(language, javascript) }
    }

    fn open(&self, path: &str) {
        self.customer.open(&[self.sim.url(), path].concat());
    }

    /// Buys a product with an outcome, pays at Kredivo, and comes back to the shop.
    #[track_caller]
    fn buy_with(&self, chaos: &str) {
        self.open("/demo/checkout?product=teko-moka");
        self.tick("chaos");
        self.tick(&["chaos-", chaos].concat());
        self.customer.press_id("pay");
        self.customer.pay_as((PHONE, PIN, OTP), 3);
        self.customer.come_back();
    }

    /// The number of the order that is shown.
    fn t_xid(&self) -> String {
        self.customer.attribute("order", "data-txid")
    }

    /// Waits until the page shows an order in a state; the script looks by itself.
    #[track_caller]
    fn shows_state(&self, state: &str) {
        let order = By::Css(format!("[data-testid=order][data-state={state}]"));
        self.customer.wait(self.customer.driver().query(order).first());
    }

    #[track_caller]
    fn shows(&self, css: &str) {
        self.customer.wait(self.customer.driver().query(By::Css(css.to_owned())).first());
    }

    /// Waits until an element has a text. The script may replace the element meanwhile.
    #[track_caller]
    fn reads(&self, test_id: &str, text: &'static str) {
        let contains =
            move |element: WebElement| async move { Ok(element.text().await.is_ok_and(|shown| shown.contains(text))) };
        self.customer.wait(self.customer.driver().query(By::Testid(test_id)).with_filter(contains).first());
    }

    /// Everything that the browser asked for was ours.
    fn stayed_here(&self) {
        let script = "return performance.getEntriesByType('resource').map((entry) => entry.name)";
        for name in self.customer.run(script, vec![]).as_array().unwrap() {
            assert!(name.as_str().unwrap().starts_with(self.sim.url()), "{name}");
        }
    }

    #[track_caller]
    fn tick(&self, test_id: &str) {
        let element = self.customer.element(test_id);
        self.customer.wait(element.click());
    }

    /// Buys and links, then buys in one click, links again, unlinks.
    fn story(&self, refresh: bool) {
        let customer = &self.customer;
        let look = |css: &str| {
            if refresh {
                customer.wait(customer.driver().refresh());
            }
            self.shows(css);
        };
        self.open("/demo/");
        customer.press_id("product-set-seduh");
        customer.press_id("buy");
        self.tick("link-account");
        customer.press_id("pay");
        customer.pay_as((PHONE, PIN, OTP), 3);
        customer.come_back();
        self.shows_state("early");
        self.sim.advance("2s");
        look("[data-testid=order][data-state=paid]");
        look("[data-testid=step-buy-and-link][data-done=true]");
        self.stayed_here();

        customer.press_id("home");
        customer.press_id("product-kopi-gayo");
        customer.press_id("one-click");
        self.shows_state("settling");
        self.sim.advance("3s");
        look("[data-testid=order][data-state=paid]");

        customer.press_id("account");
        customer.press_id("unlink");
        self.shows("[data-testid=not-linked]");
        self.shows("[data-testid=step-unlink][data-done=true]");
        customer.press_id("link");
        customer.fill("login-pin", PIN);
        customer.press_id("login-submit");
        customer.enter_otp(OTP);
        customer.come_back();
        self.shows("[data-linking=back]");
        self.sim.advance("2s");
        look("[data-testid=linked]");
        for step in ["buy-and-link", "one-click", "unlink", "link"] {
            self.shows(&format!("[data-testid=step-{step}][data-done=true]"));
        }
        let script = "return document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth";
        assert_eq!(customer.run(script, vec![]), 0, "nothing hangs over the edge when everything is ticked off");
        self.stayed_here();
        customer.no_complaints();
    }
}

#[test]
fn the_story_by_clicking_on_a_phone_in_indonesian() {
    let visit = Visit::new("id-ID", true);
    visit.story(false);
    assert_eq!(visit.customer.language(), "id");
    assert_eq!(visit.customer.text("unlink"), "Putuskan akun");
}

#[test]
fn the_story_by_clicking_on_a_desk_in_english() {
    let visit = Visit::new("en-US", true);
    visit.customer.at_width(1280, HEIGHT);
    visit.story(false);
    assert_eq!(visit.customer.language(), "en");
    assert_eq!(visit.customer.text("unlink"), "Unlink");
    visit.customer.press_id("lang-switch");
    assert_eq!(visit.customer.language(), "id");
    assert_eq!(visit.customer.text("unlink"), "Putuskan akun");
}

#[test]
fn the_story_without_javascript() {
    Visit::new("en-US", false).story(true);
}

/// Our own audit, and axe-core's.
#[track_caller]
fn for_everybody(customer: &Customer, language: &str) {
    usable(customer, language);
    everywhere(customer);
}

/// Sees every page of the shop in one language.
fn every_page_in(language: &str) {
    let visit = Visit::new(language, true);
    let customer = &visit.customer;
    for path in ["/demo/", "/demo/products/mesin-sangrai", "/demo/account", "/demo/nope"] {
        visit.open(path);
        for_everybody(customer, language);
    }
    visit.open("/demo/checkout?product=mesin-espreso&quantity=2");
    visit.tick("chaos");
    visit.tick("chaos-forged");
    for_everybody(customer, language);
    visit.tick("link-account");
    customer.press_id("pay");
    customer.pay_as((PHONE, PIN, OTP), 6);
    customer.come_back();
    visit.shows_state("rejected");
    visit.sim.advance("2s");
    visit.shows("[data-testid=wire-notification]");
    visit.tick("wire-notification");
    visit.tick("wire-registration");
    for_everybody(customer, language);
    visit.open("/demo/checkout?product=set-seduh");
    visit.tick("link-account");
    customer.press_id("pay");
    customer.pay_as((PHONE, PIN, OTP), 3);
    customer.come_back();
    visit.shows_state("early");
    for_everybody(customer, language);
    visit.sim.advance("2s");
    visit.shows_state("paid");
    for path in ["/demo/account", "/demo/products/kopi-gayo", "/demo/checkout?product=mesin-espreso"] {
        visit.open(path);
        for_everybody(customer, language);
    }
    visit.stayed_here();
}

#[test]
fn every_page_of_the_shop_can_be_used_by_everybody_in_indonesian() {
    every_page_in("id");
}

#[test]
fn every_page_of_the_shop_can_be_used_by_everybody_in_english() {
    every_page_in("en");
}

/// What is open stays open when the page looks again, and an address of another origin is gone to by a page with a link.
#[test]
fn a_live_page_keeps_what_is_open_and_a_link_leads_to_another_origin() {
    let visit = Visit::new("en-US", true);
    let customer = &visit.customer;
    // NICEPAY's answer names 127.0.0.1; the browser is at localhost.
    let elsewhere = visit.sim.url().replace("127.0.0.1", "localhost");
    customer.open(&[elsewhere.as_str(), "/demo/account"].concat());
    let link = customer.element("link");
    customer.wait(link.click());
    customer.fill("login-pin", PIN);
    assert!(customer.url().starts_with(visit.sim.url()), "{}", customer.url());
    customer.press_id("login-submit");
    customer.enter_otp(OTP);
    customer.come_back();
    assert!(customer.url().starts_with(&elsewhere), "{}", customer.url());
    visit.shows("[data-linking=back]");
    visit.tick("wire-binding");
    visit.sim.advance("2s");
    visit.shows("[data-testid=linked]");
    visit.shows("[data-testid=wire-binding][open]");
    customer.no_complaints();
}
