//! Orders and probes that do not work: each is told, and the audit goes on or ends.

use nicepay_sim::testing::{Answer, Shop, Simulator};
use serde_json::{Value, json};

use super::merchant::{Merchant, events, json_answer};

/// Drills of which none needs another.
const SOME: [&str; 5] = ["genuine", "wrong-token", "changed-amount", "unknown-txid", "duplicate"];
const KEY: &str = "a-key-of-the-audit";

/// The error of a drill.
fn error(audit: &Value, drill: usize) -> &str {
    audit["drills"][drill]["error"].as_str().unwrap_or("no error")
}

/// A registration whose answer nobody reads.
fn register(shop: &Shop, reference_no: &str) -> Answer {
    shop.register(&shop.order(reference_no, 25_145));
    Answer::status(200)
}

#[test]
fn the_first_order_is_repeated_until_the_merchant_is_ready() {
    let sim = Simulator::start();
    let mut left = 3;
    let merchant = Merchant::wrong(&sim, move |_, path| {
        let is_ready = path != "/buy" || left == 0;
        (!is_ready).then(|| {
            left -= 1;
            Answer::status(503)
        })
    });
    let audit = merchant.audit(&sim, &["genuine"]);
    assert_eq!((&audit["state"], error(&audit, 0)), (&json!("complete"), "no error"));
    assert_eq!(merchant.calls("/buy"), 4);
}

#[test]
fn a_later_order_that_goes_wrong_is_the_error_of_its_drill() {
    type Order = fn(&Shop, &Shop) -> Answer;
    let orders: [(Order, &str); 6] = [
        (|_, _| Answer::status(500), "answered HTTP 500"),
        (|_, _| Answer::status(200), "the order registered no payment"),
        (
            |shop, _| {
                register(shop, "x-1");
                register(shop, "x-2")
            },
            "the order registered 2 payments, not one: x-1, x-2",
        ),
        (|_, other| register(other, "x"), "the order was registered for OTHER, and the audit is of AUDITED001"),
        (
            |shop, _| {
                shop.register(&shop.order("x", 25_145).with("merchantToken", "0".repeat(64)));
                Answer::status(200)
            },
            "the order registered no payment: registration → 9010 merchantToken/",
        ),
        (
            |shop, _| {
                register(shop, "x");
                Answer::status(502)
            },
            "the order failed although it registered x",
        ),
    ];
    for (wrong, says) in orders {
        let sim = Simulator::start();
        let (shop, other) = (sim.new_shop("AUDITED001", KEY), sim.new_shop("OTHER", "a-key-of-another"));
        let mut count = 0;
        let merchant = Merchant::wrong(&sim, move |_, path| {
            count += usize::from(path == "/buy");
            (path == "/buy" && count == 2).then(|| wrong(&shop, &other))
        });
        let audit = merchant.audit(&sim, &SOME[..3]);
        assert_eq!(audit["state"], "complete", "{audit:#}");
        assert_eq!((error(&audit, 0), error(&audit, 2)), ("no error", "no error"), "{says}");
        assert!(error(&audit, 1).contains(says), "{}", error(&audit, 1));
        assert_eq!(audit["drills"][1]["referenceNo"], Value::Null);
    }
}

#[test]
fn an_audit_without_orders_ends() {
    // A refusal does not pass: it is not repeated.
    let sim = Simulator::start();
    let shop = sim.new_shop("AUDITED001", KEY);
    let merchant = Merchant::wrong(&sim, move |_, path| {
        (path == "/buy").then(|| {
            shop.register(&shop.order("x", 25_145).with("amt", "1.5"));
            Answer::status(200)
        })
    });
    let audit = merchant.audit(&sim, &SOME);
    assert_eq!((&audit["state"], &audit["reason"]), (&json!("given-up"), &json!("no order was made")));
    assert_eq!((merchant.calls("/buy"), &audit["done"], &audit["total"]), (1, &json!(1), &json!(5)));
    assert!(error(&audit, 0).contains("registration → "), "{audit:#}");
    // The first one worked.
    let sim = Simulator::start();
    let mut count = 0;
    let merchant = Merchant::wrong(&sim, move |_, path| {
        count += usize::from(path == "/buy");
        (path == "/buy" && count > 1).then(|| Answer::status(500))
    });
    let audit = merchant.audit(&sim, &[]);
    assert_eq!((&audit["state"], &audit["done"]), (&json!("given-up"), &json!(4)), "{audit:#}");
    assert_eq!(audit["reason"], "3 orders in a row could not be made");
}

/// As of a merchant whose clock is a day late: its orders have expired when they are made.
#[test]
fn an_order_that_nobody_can_pay_is_the_error_of_its_drill() {
    let sim = Simulator::start();
    let merchant =
        Merchant::with(&sim, &[("payValidDt", json!("20251230")), ("payValidTm", json!("120000"))], |_, _| None);
    let audit = merchant.audit(&sim, &["genuine", "expired"]);
    assert_eq!((&audit["state"], &audit["done"]), (&json!("complete"), &json!(2)), "{audit:#}");
    assert_eq!(error(&audit, 0), "the customer could not pay: the transaction is expired");
    assert!(audit["drills"][0]["notes"][0].as_str().unwrap().starts_with("the browser could not pay"), "{audit:#}");
    assert_eq!(error(&audit, 1), "no error");
}

#[test]
fn the_job_that_finds_lost_payments_is_run() {
    let sim = Simulator::start();
    let merchant = Merchant::wrong(&sim, |_, path| (path == "/job").then(|| Answer::status(500)));
    let mut plan = merchant.plan(&["NP-20"]);
    plan["poll"] = json!(merchant.url("/job"));
    let audit = super::merchant::run(&sim, &plan);
    assert_eq!((error(&audit, 0), merchant.calls("/job")), ("no error", 1));
    assert!(audit["drills"][0]["notes"][0].as_str().unwrap().contains("/job answered HTTP 500"), "{audit:#}");
}

#[test]
fn the_way_to_the_payment_page_may_lead_through_the_shop() {
    let sim = Simulator::start();
    let mut url = None;
    let shop = sim.new_shop("AUDITED001", KEY);
    let receiver = sim.receiver();
    let here = receiver.url().replace("/notify", "");
    let leads_to = |location: String| Answer { headers: vec![format!("Location: {location}")], ..Answer::status(303) };
    receiver.answer_with(move |received| match received.head.split(' ').nth(1).unwrap_or_default() {
        "/buy" => leads_to("/cart".to_owned()),
        "/cart" => {
            let order = shop.order("a-1", 25_145).notify(&format!("{here}/notify"));
            let registered = shop.register(&order);
            // As a merchant has it for whom NICEPAY's own host leads here.
            let payment = shop.payment_url(&order, &registered, &format!("{here}/return"));
            let path = payment.split("/nicepay").nth(1).unwrap().to_owned();
            url = Some(format!("https://dev.nicepay.co.id/nicepay{path}"));
            leads_to(format!("{here}/payment/1"))
        }
        "/payment/1" => leads_to(url.clone().unwrap()),
        target if target.starts_with("/return?") => leads_to("/thanks".to_owned()),
        _ => Answer::status(200),
    });
    let order = receiver.url().replace("/notify", "/buy");
    let audit = super::merchant::run(&sim, &json!({ "iMid": "AUDITED001", "order": order, "only": ["genuine"] }));
    assert_eq!((error(&audit, 0), &audit["drills"][0]["notes"]), ("no error", &json!([])));
    let visited: Vec<_> =
        receiver.received().iter().map(|received| received.head.split(['?', ' ']).nth(1).unwrap().to_owned()).collect();
    assert_eq!(visited, ["/buy", "/cart", "/payment/1", "/notify", "/return", "/thanks"]);
}

#[test]
fn a_shop_that_cannot_be_reached_by_the_browser_is_noted() {
    for (answer, says) in [
        (Answer::status(500), "/return answered HTTP 500"),
        (Answer { headers: vec!["Location: /return".to_owned()], ..Answer::status(302) }, "led to more than 5 others"),
    ] {
        let sim = Simulator::start();
        let merchant = Merchant::wrong(&sim, move |_, path| (path == "/return").then(|| answer.clone()));
        let audit = merchant.audit(&sim, &["genuine"]);
        assert_eq!((&audit["state"], error(&audit, 0)), (&json!("complete"), "no error"));
        assert!(audit["drills"][0]["notes"][0].as_str().unwrap().contains(says), "{audit:#}");
    }
}

#[test]
fn a_probe_that_does_not_work_is_told_once_and_says_nothing() {
    let large = "x".repeat(2 * 1024 * 1024);
    for (answer, says) in [
        (Answer::status(404), "answered HTTP 404"),
        (Answer { body: large, ..Answer::status(200) }, "longer than 1 MiB"),
        (Answer { body: "\0\u{1}".to_owned(), ..Answer::status(200) }, "is no text"),
        (Answer { body: String::new(), ..Answer::status(200) }, "is empty"),
        (Answer { headers: vec!["Location: /login".to_owned()], ..Answer::status(302) }, "it leads to /login"),
    ] {
        let sim = Simulator::start();
        let merchant = Merchant::wrong(&sim, move |_, path| path.starts_with("/orders/").then(|| answer.clone()));
        let audit = merchant.audit(&sim, &["genuine", "duplicate"]);
        assert_eq!((&audit["state"], error(&audit, 0), error(&audit, 1)), (&json!("complete"), "no error", "no error"));
        assert!(audit["probeProblem"].as_str().unwrap().contains(says), "{audit:#}");
        let probes = events(&sim, "merchant.probed");
        assert!(probes.len() > 5 && probes.iter().all(|probe| probe.get("paid").is_none()), "{probes:#?}");
    }
}

#[test]
fn a_probe_without_a_count_still_says_what_is_paid() {
    let sim = Simulator::start();
    let merchant = Merchant::wrong(&sim, |_, path| path.starts_with("/orders/").then(|| json_answer(&json!("LUNAS"))));
    let audit = merchant.audit(&sim, &["genuine"]);
    assert!(audit["probeProblem"].as_str().unwrap().contains("no count at /fulfilled"), "{audit:#}");
    let probes = events(&sim, "merchant.probed");
    assert!(probes.iter().all(|probe| probe["paid"] == true && probe.get("fulfilled").is_none()), "{probes:#?}");
}
