//! The pictures of the README: the real pages, as a person who plays the story of the demo shop sees them.

use std::path::Path;

use nicepay_sim::testing::Simulator;
use serde_json::json;

use crate::chromium::{Customer, OTP, PHONE, PIN};

/// What the window shows, as a file in `docs/pictures`.
fn picture(customer: &Customer, name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures").join(name);
    // A cursor that blinks makes two pictures of one page.
    customer.run("document.activeElement?.blur()", vec![]);
    let png = customer.wait(customer.driver().screenshot_as_png());
    std::fs::write(file, png).unwrap();
}

#[test]
#[ignore = "scripts/pictures runs it: it writes into docs/pictures"]
fn the_pictures_of_the_readme() {
    let sim = Simulator::builder().demo().start();
    let shop = sim.shop();
    let customer = Customer::with("en-US", true);
    let open = |path: &str| customer.open(&[sim.url(), path].concat());

    customer.at_width(1280, 860);
    open("/demo/");
    picture(&customer, "demo.png");
    customer.press_id("product-mesin-espreso");
    customer.press_id("buy");
    let link = customer.element("link-account");
    customer.wait(link.click());
    customer.press_id("pay");
    customer.at_width(390, 844);
    customer.sign_in(PHONE, PIN);
    picture(&customer, "kredivo.png");
    customer.choose(6);
    customer.enter_otp(OTP);
    customer.at_width(1280, 860);
    customer.return_to_demo();
    sim.advance("2s");
    customer.element("behind");
    customer.wait(customer.driver().refresh());
    picture(&customer, "demo-order.png");

    // What else a merchant meets: a refusal, a review, a rejection, a forged notification, one that the server refuses.
    let mailbox = sim.receiver();
    let forged = json!({ "variant": "changed-status", "of": ["reject"], "status": "0" });
    sim.rule(&json!({
        "id": "forge-paid", "when": { "referenceNo": "INV-2026-0006" }, "then": { "outcome": "reject", "notify": forged },
    }));
    let refused = shop.register(&shop.order("INV-2026-0001", 125_000).with("merchantToken", "0".repeat(64)));
    assert_eq!(refused.result_cd(), "9010");
    for (reference_no, amt, act) in [
        ("INV-2026-0002", 899_000, json!({ "do": "review" })),
        ("INV-2026-0003", 2_400_000, json!({ "do": "reject", "reason": "risk" })),
        ("INV-2026-0004", 310_000, json!({ "do": "abandon" })),
        ("INV-2026-0005", 75_000, json!({ "do": "pay" })),
        ("INV-2026-0006", 425_000, json!({ "do": "pay" })),
        ("INV-2026-0007", 1_250_000, json!({ "do": "pay" })),
    ] {
        mailbox.answer(if reference_no.ends_with('7') { 502 } else { 200 });
        let order = shop.order(reference_no, amt).notify(mailbox.url());
        let t_xid = shop.register(&order).t_xid();
        let played = sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), &act);
        assert_eq!(played.status, 200, "{}", played.body);
        sim.advance("7s");
    }
    customer.at_width(1280, 1000);
    open("/__sim/");
    picture(&customer, "dashboard.png");
    let sold = sim.events("transaction.registered").swap_remove(0);
    let t_xid = sold["tXid"].as_str().unwrap();
    let told = sim.events("notification.attempted").into_iter().find(|event| event["tXid"] == sold["tXid"]).unwrap();
    customer.at_width(1280, 1240);
    open(&format!("/__sim/transactions/{t_xid}?event={}", told["id"]));
    picture(&customer, "diagram.png");
}
