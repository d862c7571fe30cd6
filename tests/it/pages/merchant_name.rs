//! What a customer reads about the shop: its name, what linking permits; and the phone number that the shop sent.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{Payment, all, by_id, html, text};

#[test]
fn the_customer_sees_the_name_of_the_shop() {
    let sim = Simulator::start();
    let name = json!({ "name": "Toko <b>Kopi</b> & Teh" });
    assert_eq!(sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &name).status, 200);
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 25_145).tokenize("customer-1"));
    payment.in_english();
    let note = "This payment also links your Kredivo account to Toko <b>Kopi</b> & Teh.";
    let signin = payment.get("signin");
    assert_eq!(text(by_id(&html(&signin), "link-note")), note);
    assert_eq!(
        text(by_id(&html(&signin), "permissions")),
        "The shop can then: charge your orders without another login see your name, your credit limit, and a part of your \
         phone number You can unlink the account at any time."
    );
    payment.sign_in("081291891818", "414141");
    payment.post("plan", &[("instmntMon", "3")]);
    payment.otp("4567");
    let result = payment.get("result");
    assert_eq!(text(by_id(&html(&result), "receipt-linked")), "Toko <b>Kopi</b> & Teh");
    for page in [signin, result] {
        assert!(!page.body.contains(">PAYLOANTES<"), "{}", page.body);
    }
}

#[test]
fn the_phone_number_that_the_shop_sent_is_filled_in() {
    let sim = Simulator::start();
    for (sent, filled_in) in [
        ("+62 812-9189-1818", "81291891818"),
        ("081291891818", "81291891818"),
        ("12345678", ""),
        ("0215550100", ""),
        ("\"><script>", ""),
    ] {
        let order = sim.shop().order(&format!("order-{sent}"), 25_145).with("billingPhone", sent);
        let page = html(&Payment::begin(&sim, order).get("signin"));
        assert_eq!(by_id(&page, "login-phone").attr("value"), Some(filled_in), "{sent}");
    }
}

#[test]
fn the_usual_account_comes_first() {
    let sim = Simulator::start();
    let page = html(&Payment::at(&sim, "order", "signin").get("signin"));
    let first = all(&page, "[data-testid=tester-panel] li")[0];
    assert_eq!(first.attr("data-shopper-phone"), Some("081291891818"));
    assert_eq!(all(&page, "[data-testid=usual-account]").len(), 1);
}
