//! The control API shows a binding, and plays its customer.

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

use super::{API, PHONE, WAY_BACK, Walk, keys, nothing_came, to};

fn play(sim: &Simulator, id: &str, body: &Value) -> Reply {
    sim.http().post_json(&format!("{API}/bindings/{id}/buyer"), body)
}

#[test]
fn the_control_api_shows_a_binding() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop));
    let one = sim.http().get(&format!("{API}/bindings/1"));
    assert_eq!((one.status, one.json()), (200, walk.shown()));
    assert_eq!(
        one.json(),
        json!({
            "id": "1", "iMid": "PAYLOANTES", "referenceNo": "bind-1", "state": "registered", "rule": "approve/default",
            "createdAt": "2025-12-31T17:00:00Z", "expiresAt": "2026-01-01T17:00:00Z", "mitraCd": "KDVI",
            "billingNm": "Jhon Doe", "billingPhone": PHONE, "billingEmail": "buyer@merchant.com",
            "clientUserKey": "customer-7", "dbProcessUrl": receiver.url(), "callBackUrl": WAY_BACK,
            "partnerUrl": walk.url("signin"), "callbackUrl": null, "notifications": [],
        })
    );
    let walk = walk.link("081291891818", "414141");
    let bound = walk.shown();
    assert_eq!(
        (bound["phone"].as_str(), bound["boundAt"].as_str()),
        (Some("081291891818"), Some("2025-12-31T17:00:00Z"))
    );
    assert_eq!(bound["notifications"].as_array().unwrap().len(), 1);
    for n in 2..=5 {
        shop.bind(shop.binding(&format!("bind-{n}"), PHONE));
    }
    let ids = |query: &str| -> Vec<String> {
        let all = sim.http().get(&format!("{API}/bindings{query}")).json();
        all.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(""), ["1", "2", "3", "4", "5"], "oldest first");
    assert_eq!(ids("?limit=2"), ["4", "5"], "of too many the newest");
    assert_eq!(ids("?referenceNo=bind-3"), ["3"]);
    assert_eq!(sim.http().get(&format!("{API}/bindings?limit=x")).status, 422);
    for id in ["0", "6", "-1", "x", "99999999999999999999", "%00"] {
        let missing = sim.http().get(&format!("{API}/bindings/{id}"));
        assert_eq!((missing.status, missing.header("content-type")), (404, Some("application/problem+json")), "{id}");
        assert_eq!(play(&sim, id, &json!({})).status, 404, "{id}");
    }
}

#[test]
fn the_control_api_plays_the_customer() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let callback = |code: &str, id: usize| {
        format!(
            "{WAY_BACK}&resultCd={code}&resultMsg={}&referenceNo=bind-{id}",
            if code == "0000" { "SUCCESS" } else { "Transaction+Fail.+Please+check+information." }
        )
    };
    for (id, body, state, code, phone) in [
        (1, json!({}), "bound", "0000", Some("081291891818")),
        (2, json!({ "do": "bind" }), "bound", "0000", Some("081291891818")),
        (3, json!({ "do": "bind", "phone": "+62 815-1311-4262" }), "bound", "0000", Some("081513114262")),
        (4, json!({ "do": "reject" }), "failed", "9030", None),
        (5, json!({ "do": "abandon" }), "abandoned", "9030", None),
        (6, json!({ "do": "reject", "phone": "081513114262" }), "failed", "9030", None),
    ] {
        shop.bind(to(&receiver, &format!("bind-{id}"), &shop));
        let played = play(&sim, &id.to_string(), &body);
        let answer = played.json();
        assert_eq!(played.status, 200, "{id}: {answer}");
        assert_eq!(keys(&answer), ["state", "userToken", "callbackUrl", "rule"]);
        assert_eq!(answer["state"], state, "{id}");
        assert_eq!(answer["callbackUrl"], callback(code, id), "{id}");
        assert_eq!(answer["userToken"].is_string(), state == "bound", "{id}");
        let shown = sim.http().get(&format!("{API}/bindings/{id}")).json();
        assert_eq!((shown["state"].as_str(), shown["phone"].as_str()), (Some(state), phone), "{id}");
        // It is over: every act is refused, and changes nothing.
        for act in ["bind", "reject", "abandon"] {
            let over = play(&sim, &id.to_string(), &json!({ "do": act }));
            assert_eq!((over.status, over.json()["state"].as_str()), (409, Some(state)), "{id} {act}");
            assert_eq!(over.json()["type"], "urn:nicepay-sim:problem:state");
        }
        assert_eq!(sim.http().get(&format!("{API}/bindings/{id}")).json(), shown, "{id}");
    }
    let reasons: Vec<_> = sim.events("binding.failed").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons, ["ordered", "abandoned", "ordered"]);
    sim.advance("2s");
    assert_eq!(receiver.received().len(), 3, "only who is bound is told");
    assert_eq!(sim.events("token.issued").len(), 2, "the first two are one customer");
}

#[test]
fn the_control_api_plays_on_where_a_browser_is() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", "082112345678"));
    walk.sign_in("081513114262", "663482");
    assert_eq!(play(&sim, "1", &json!({})).json()["state"], "bound");
    assert_eq!(walk.shown()["phone"], "081291891818", "the usual shopper where the billingPhone is nobody's");
    let late = walk.otp("4567");
    walk.leads_to(&late, "result");
    assert_eq!(sim.events("binding.completed").len(), 1);
    // The billingPhone's account, where the lender knows it.
    sim.shop().bind(sim.shop().binding("bind-2", "+62-81513114262"));
    play(&sim, "2", &json!({}));
    assert_eq!(sim.http().get(&format!("{API}/bindings/2")).json()["phone"], "081513114262");
    // Another lender's phone is nobody's here.
    sim.shop().bind(sim.shop().binding("bind-3", "087700000000"));
    play(&sim, "3", &json!({}));
    assert_eq!(sim.http().get(&format!("{API}/bindings/3")).json()["phone"], "081291891818");
}

#[test]
fn who_the_lender_does_not_let_in_cannot_be_played() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    sim.shop().bind(to(&receiver, "bind-1", &sim.shop()));
    let before = sim.http().get(&format!("{API}/bindings/1")).json();
    for (phone, reason) in [("089900000006", "inactive"), ("089900000007", "locked")] {
        let played = play(&sim, "1", &json!({ "phone": phone }));
        let answer = played.json();
        assert_eq!((played.status, answer["state"].as_str()), (200, Some("registered")), "{phone}");
        assert_eq!((answer["reason"].as_str(), answer["userToken"].is_null()), (Some(reason), true), "{phone}");
    }
    for (body, status) in [
        (json!({ "phone": "089912345678" }), 422),
        (json!({ "phone": "087700000000" }), 422),
        (json!({ "phone": "0838499610", "do": "reject" }), 422),
        (json!({ "phone": "abc" }), 422),
        (json!({ "phone": "" }), 422),
        (json!({ "do": "pay" }), 422),
        (json!({ "do": "" }), 422),
        (json!({ "do": 1 }), 400),
        (json!({ "do": "bind", "months": 1 }), 400),
        (json!([]), 400),
    ] {
        let refused = play(&sim, "1", &body);
        assert_eq!(
            (refused.status, refused.header("content-type")),
            (status, Some("application/problem+json")),
            "{body}"
        );
    }
    assert_eq!(sim.http().get(&format!("{API}/bindings/1")).json(), before, "a refused call changes nothing");
    assert_eq!(sim.http().get(&format!("{API}/bindings/1/buyer")).status, 405);
    sim.advance("24h");
    assert_eq!(play(&sim, "1", &json!({})).json()["state"], "expired");
    nothing_came(&sim, &receiver, "nobody was let in");
}

#[test]
fn a_story_decides_about_the_played_customer_too() {
    let sim = Simulator::builder().scenario("binding-rejected").start();
    let receiver = sim.receiver();
    sim.shop().bind(to(&receiver, "bind-1", &sim.shop()));
    let answer = play(&sim, "1", &json!({})).json();
    assert_eq!(
        (answer["state"].as_str(), answer["rule"].as_str()),
        (Some("failed"), Some("binding-rejected/everything"))
    );
    nothing_came(&sim, &receiver, "rejected");
}
