//! "Start over", and a reset of the merchant by somebody else.

use nicepay_sim::testing::Login;
use serde_json::json;

use super::{Scene, attributes, notice, texts};

/// Somebody resets the merchant, or everything, while the shop is in use.
#[test]
fn a_reset_in_the_middle_of_everything_is_met_with_calm_pages() {
    for body in [json!({ "iMid": "TOKODEMO01" }), json!({})] {
        let mut scene = Scene::new();
        scene.link_by_buying();
        let payment = scene.buy(&[("product", "penggiling")]);
        let open = scene.newest();
        let callback = scene.customer.pay_as(&payment, Login::default());
        assert_eq!(scene.sim.http().post_json("/__sim/api/reset", &body).status, 204);

        // Every form and address of an order that is gone.
        let order = ["/demo/orders/", &open.reference_no].concat();
        for form in ["pay", "check", "approve", "reject", "deliver"] {
            let reply = scene.customer.post(&format!("{order}/{form}"), &[("notification", "1")]);
            assert_eq!((reply.status, notice(&reply).as_str()), (410, "reset"), "{form}");
        }
        for address in [order.as_str(), &callback] {
            let reply = scene.customer.get(address);
            assert_eq!((reply.status, notice(&reply).as_str()), (410, "reset"), "{address}");
        }
        for form in ["unlink", "limits"] {
            assert_eq!(scene.customer.post(&["/demo/account/", form].concat(), &[]).status, 303);
        }
        // The pages begin anew, and say why.
        for address in ["/demo/", "/demo/account", "/demo/checkout?product=kopi-gayo"] {
            assert_eq!(texts(&scene.page(address).body, "was-reset").len(), 1, "{address}");
        }
        assert!(!scene.linked());
        assert_eq!(scene.steps(), ["false"; 4]);
        // One click without an account is told so; any other checkout is simply the first order.
        let reply = scene.customer.post("/demo/orders", &[("product", "kopi-gayo"), ("pay", "token")]);
        assert_eq!((reply.status, notice(&reply).as_str()), (410, "reset"));
        let payment = scene.buy(&[("product", "kopi-gayo"), ("link", "1")]);
        let page = scene.pay(&payment);
        scene.sim.advance("2s");
        assert_eq!(scene.again(&page).state, "paid");
        assert!(texts(&scene.page("/demo/").body, "was-reset").is_empty(), "it has begun anew");
        assert_eq!(scene.steps(), ["true", "false", "false", "false"]);
    }
}

#[test]
fn another_merchant_s_reset_changes_nothing() {
    let mut scene = Scene::new();
    scene.link_by_buying();
    assert_eq!(scene.sim.http().post_json("/__sim/api/reset", &json!({ "iMid": "PAYLOANTES" })).status, 204);
    assert!(scene.linked());
}

#[test]
fn start_over_gives_the_limits_back_and_forgets_everybody() {
    let mut scene = Scene::new();
    scene.link_by_buying();
    let mut other = scene.sim.buyer();
    assert_eq!(other.post("/demo/orders", &[("product", "kopi-gayo")]).status, 303);
    // The limit is worn out.
    scene.buy(&[("product", "mesin-sangrai"), ("pay", "token"), ("tenor", "6")]);
    scene.sim.advance("3s");
    let checkout = "/demo/checkout?product=mesin-sangrai";
    let note = scene.page(checkout);
    assert_eq!(attributes(&note.body, "limit-start-over", "href"), ["/demo/start-over"]);
    assert_eq!(texts(&scene.page("/demo/products/mesin-sangrai").body, "limit-note").len(), 1);
    // More than the account could ever pay: starting over would not help.
    let far = scene.page("/demo/checkout?product=mesin-sangrai&quantity=9");
    assert_eq!((texts(&far.body, "limit-note").len(), texts(&far.body, "limit-start-over").len()), (1, 0));

    let asked = scene.page("/demo/start-over");
    assert_eq!(texts(&asked.body, "start-over").len(), 1);
    assert!(scene.linked(), "to be asked is not to do it");
    let done = scene.customer.post("/demo/start-over", &[]);
    assert_eq!((done.status, done.location()), (303, "/demo/"));
    assert!(texts(&scene.page("/demo/").body, "was-reset").is_empty(), "whoever started over knows it");
    assert!(!scene.linked());
    assert_eq!(scene.steps(), ["false"; 4]);
    assert!(texts(&scene.page(checkout).body, "limit-note").is_empty(), "the limit is full again");
    assert!(scene.sim.events("transaction.registered").is_empty(), "the merchant was reset");
    assert_eq!(texts(&other.get("/demo/").body, "was-reset").len(), 1, "somebody else is told");
    // Twice, and by a page of another site.
    assert_eq!(scene.customer.post("/demo/start-over", &[]).status, 303);
    let reply = scene.sim.http().post_form("/demo/start-over", &[], &[("origin", "http://evil.example")]);
    assert_eq!((reply.status, notice(&reply).as_str()), (403, "other-site"));
    // A simulator without the merchant cannot reset it.
    scene.sim.http().send("DELETE", "/__sim/api/merchants/TOKODEMO01", &[], "");
    let reply = scene.customer.post("/demo/start-over", &[]);
    assert_eq!((reply.status, notice(&reply).as_str()), (502, "start-over"));
}
