//! The built-in inbox: a `dbProcessUrl` that answers 200, checks the merchantToken, and shows what came.

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api/inbox";
const KEY: &str = "a-merchant-key-that-nobody-may-ever-see";

fn address(sim: &Simulator, name: &str) -> String {
    format!("{}/__sim/inbox{name}", sim.url())
}

/// What an inbox has received.
fn received(sim: &Simulator, call: &str) -> Vec<Value> {
    let reply = sim.http().get(&format!("{API}{call}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json().as_array().unwrap().clone()
}

/// A payment that is paid, and whose notification has come.
fn pay(sim: &Simulator, reference_no: &str, inbox: &str) -> String {
    let shop = sim.shop();
    let order = shop.order(reference_no, 25_145).notify(&address(sim, inbox));
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, "http://shop.test/thanks"));
    sim.advance("2s");
    registered.t_xid()
}

fn post(sim: &Simulator, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    sim.http().send("POST", path, headers, body)
}

fn delete(sim: &Simulator, call: &str) -> u16 {
    sim.http().send("DELETE", &format!("{API}{call}"), &[], "").status
}

#[test]
fn a_notification_is_answered_with_200_checked_and_shown() {
    let sim = Simulator::start();
    let t_xid = pay(&sim, "order-1", "");
    sim.verify().expect("notification.delivered").t_xid(&t_xid).times(1).check();
    let all = received(&sim, "");
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((&one["id"], &one["inbox"], &one["iMid"]), (&json!(1), &json!("default"), &json!("PAYLOANTES")));
    assert_eq!((&one["merchantToken"], &one["diagnosis"]), (&json!("right"), &Value::Null));
    assert_eq!(one["contentType"], "application/x-www-form-urlencoded");
    assert_eq!((&one["fields"]["tXid"], &one["fields"]["status"]), (&json!(t_xid), &json!("0")));
    assert_eq!(one["at"], "2025-12-31T17:00:02Z");
    let attempt = sim.http().get(&format!("/__sim/api/notifications?tXid={t_xid}")).json();
    assert_eq!(attempt[0]["request"]["body"], one["body"]);
    assert_eq!(attempt[0]["attempts"][0]["answer"], "OK");
}

#[test]
fn inboxes_with_names_are_apart_and_can_be_searched_and_emptied() {
    let sim = Simulator::start();
    let first = pay(&sim, "order-1", "/suite-1");
    pay(&sim, "order-2", "/suite-2");
    pay(&sim, "order-3", "/suite-2");
    let numbers = |call: &str| received(&sim, call).iter().map(|one| one["id"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers(""), [1, 2, 3]);
    assert_eq!(numbers("/suite-1"), [1]);
    assert_eq!(numbers("/suite-2"), [2, 3]);
    assert_eq!(numbers("/nobody"), [0; 0]);
    assert_eq!(numbers("?limit=1"), [3], "the newest");
    assert_eq!(numbers("?referenceNo=order-2"), [2]);
    assert_eq!(numbers("/suite-2?referenceNo=order-3&iMid=PAYLOANTES"), [3]);
    assert_eq!(numbers(&format!("?tXid={first}")), [1]);
    assert_eq!(numbers("?iMid=IONPAYTEST"), [0; 0]);
    assert_eq!(delete(&sim, "/suite-2"), 204);
    assert_eq!(numbers(""), [1]);
    assert_eq!(delete(&sim, ""), 204);
    assert_eq!(numbers(""), [0; 0]);
    pay(&sim, "order-4", "");
    assert_eq!(numbers("/default"), [4], "numbers go on");
}

#[test]
fn a_reset_empties_the_inbox_and_that_of_one_merchant_only_its_own() {
    let sim = Simulator::start();
    let other = sim.new_shop("OTHERSHOP1", KEY);
    let order = other.order("order-1", 1_000).notify(&address(&sim, ""));
    let t_xid = other.register(&order).t_xid();
    sim.notify(&t_xid, &json!({ "variant": "changed-status" }));
    sim.drain();
    pay(&sim, "order-2", "");
    let merchants =
        || received(&sim, "").iter().map(|one| one["iMid"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(merchants(), ["OTHERSHOP1", "PAYLOANTES"]);
    let reset = |body: &Value| sim.http().post_json("/__sim/api/reset", body).status;
    assert_eq!(reset(&json!({ "iMid": "OTHERSHOP1" })), 204);
    assert_eq!(merchants(), ["PAYLOANTES"]);
    assert_eq!(reset(&json!({})), 204);
    assert_eq!(merchants(), [""; 0]);
}

#[test]
fn a_wrong_token_is_explained_and_still_answered_with_200() {
    let sim = Simulator::start();
    let t_xid = pay(&sim, "order-1", "");
    let body = received(&sim, "")[0]["body"].as_str().unwrap().to_owned();
    let token = received(&sim, "")[0]["fields"]["merchantToken"].as_str().unwrap().to_owned();
    let shop = sim.shop();
    for (changed, slug) in [
        (body.replace(&token, &shop.sign(&["PAYLOANTES", &t_xid, "25145.00"])), "merchantToken/amount-format"),
        (body.replace(&token, &shop.sign(&["PAYLOANTES", "25145", &t_xid])), "merchantToken/field-order"),
        (body.replace(&token, &shop.sign(&[&t_xid, "25145"])), "merchantToken/missing-iMid"),
        (body.replace(&token, ""), "merchantToken/missing"),
        (body.replace(&token, &"a".repeat(64)), "merchantToken/unknown"),
        ("tXid=NOBODYKNOWS06&amt=1".to_owned(), "iMid/unknown"),
        ("{\"not\":\"a form\"}".to_owned(), "iMid/unknown"),
        (String::new(), "iMid/unknown"),
    ] {
        let reply = post(&sim, "/__sim/inbox", &[], changed);
        assert_eq!((reply.status, reply.body.as_str()), (200, "OK"));
        assert_eq!(reply.diagnosis(), slug);
        let last = received(&sim, "").pop().unwrap();
        assert_eq!(last["merchantToken"], "wrong");
        assert_eq!(last["diagnosis"].as_str(), reply.header("x-sim-diagnosis"));
    }
    // What the simulator itself forges.
    sim.notify(&t_xid, &json!({ "variant": "wrong-token" }));
    sim.notify(&t_xid, &json!({ "variant": "unknown-txid" }));
    sim.notify(&t_xid, &json!({ "variant": "changed-status" }));
    sim.drain();
    let verdicts: Vec<_> = received(&sim, "?limit=3").iter().map(|one| one["merchantToken"].clone()).collect();
    assert_eq!(verdicts, ["wrong", "right", "right"], "those are signed with the right key");
}

#[test]
fn the_notification_of_a_linked_account_is_checked_with_its_own_token() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let mut binding = shop.binding("bind-1", "+62-81291891818");
    binding["dbProcessUrl"] = address(&sim, "").into();
    let link = shop.bind(binding).json()["redirectUrl"].as_str().unwrap().to_owned();
    let mut buyer = sim.buyer();
    let tk = buyer.arrive(&link);
    buyer.sign_in(&tk, nicepay_sim::testing::Login::default());
    buyer.enter_otp(&tk, "4567");
    sim.advance("2s");
    let all = received(&sim, "?referenceNo=bind-1");
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((&one["merchantToken"], &one["iMid"]), (&json!("right"), &json!("PAYLOANTES")));
    let body = one["body"].as_str().unwrap().replace("bind-1", "bind-2");
    let reply = post(&sim, "/__sim/inbox", &[], body);
    assert_eq!(reply.diagnosis(), "merchantToken/unknown");
    assert!(reply.header("x-sim-diagnosis").unwrap().contains("iMid+referenceNo+billingPhone+merchantKey"));
}

#[test]
fn no_page_of_another_site_can_fill_it_and_it_is_limited() {
    let sim = Simulator::builder().settings("max-inbox = 3\nmax-body-bytes = 1_000").start();
    for origin in ["http://evil.test", "null", "http://127.0.0.1:1"] {
        let reply = post(&sim, "/__sim/inbox", &[("origin", origin)], "a=1");
        assert_eq!((reply.status, reply.json()["type"].as_str()), (403, Some("urn:nicepay-sim:problem:origin")));
    }
    assert_eq!(post(&sim, "/__sim/inbox", &[("host", "evil.test")], "a=1").status, 421);
    assert_eq!(post(&sim, "/__sim/inbox", &[], "x".repeat(1_001)).status, 413);
    for name in ["%20", "a%2Fb", &"x".repeat(65), "%22"] {
        assert_eq!(post(&sim, &format!("/__sim/inbox/{name}"), &[], "a=1").status, 422, "{name}");
    }
    assert_eq!(received(&sim, ""), [Value::Null; 0]);
    assert_eq!(post(&sim, "/__sim/inbox", &[("origin", sim.url())], "a=0").status, 200);
    for n in 1..=4 {
        assert_eq!(post(&sim, "/__sim/inbox", &[], format!("a={n}")).status, 200);
    }
    let kept: Vec<_> = received(&sim, "").iter().map(|one| one["fields"]["a"].clone()).collect();
    assert_eq!(kept, ["2", "3", "4"]);
    assert_eq!(sim.http().get("/__sim/api/info").json()["limits"]["inbox"], 3);
}

#[test]
fn a_key_that_was_sent_by_mistake_is_masked() {
    let sim = Simulator::start();
    sim.new_shop("OTHERSHOP1", KEY);
    let reply = post(&sim, "/__sim/inbox", &[], format!("tXid={KEY}&goodsNm={KEY}"));
    assert!(!reply.headers.iter().any(|(_, value)| value.contains(KEY)), "{reply:?}");
    assert!(!sim.http().get(API).body.contains(KEY));
    assert!(!sim.http().get("/__sim/inbox").body.contains(KEY));
}
