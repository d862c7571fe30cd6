//! The documents in a browser: usable on a phone and on a computer, by day and by night.

use nicepay_sim::testing::Simulator;

use crate::chromium::{Customer, HEIGHT, Rules, WIDTH};

#[track_caller]
fn fits(customer: &Customer, width: u32) {
    customer.at_width(width, HEIGHT);
    let overhang = customer.run("return document.scrollingElement.scrollWidth - innerWidth", vec![]);
    assert!(overhang.as_i64().unwrap() <= 0, "{} is {overhang} px wider than {width}", customer.url());
}

#[test]
fn documents_are_accessible_in_the_light_and_in_the_dark() {
    let sim = Simulator::start();
    let customer = Customer::with("en-US", true);
    for path in [
        "docs/",
        "README.html",
        "README.id.html",
        "docs/guides/scenarios.html",
        "docs/reference/diagnoses.html",
        "docs/no",
    ] {
        customer.open(&format!("{}/__sim/{path}", sim.url()));
        customer.no_foreign_requests();
        for (width, dark) in [(1280, true), (WIDTH, false)] {
            customer.in_the_dark(dark);
            customer.at_width(width, HEIGHT);
            customer.accessible(Rules::All);
        }
    }
}

#[test]
fn no_document_is_wider_than_a_small_phone() {
    let sim = Simulator::start();
    let customer = Customer::with("en-US", true);
    let index = sim.http().get("/__sim/llms.txt").body;
    let pages = index.split("](").filter_map(|rest| rest.split_once(".md)")).map(|(page, _)| page);
    for page in pages {
        customer.open(&format!("{}{page}.html", sim.url()));
        fits(&customer, 320);
        fits(&customer, 1280);
    }
}
