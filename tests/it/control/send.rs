//! "Edit and send": a notification with other fields, another body, or to another address.

use std::net::TcpListener;
use std::thread;

use nicepay_sim::testing::{Receiver, Reply, Simulator};
use serde_json::{Value, json};

use super::{API, KEY, buyer, get, post, problem, transaction};

/// A paid order whose notification was delivered to a receiver.
struct Paid {
    sim: Simulator,
    receiver: Receiver,
    t_xid: String,
}

impl Paid {
    fn new() -> Self {
        let sim = Simulator::start();
        let receiver = sim.receiver();
        let shop = sim.shop();
        let t_xid = shop.register(&shop.order("order-1", 25_145).notify(receiver.url())).t_xid();
        assert_eq!(buyer(&sim, &t_xid, &json!({})).status, 200);
        sim.advance("2s");
        assert_eq!(receiver.only().field("status"), "0");
        Self { sim, receiver, t_xid }
    }

    fn send(&self, body: &Value) -> Reply {
        post(&self.sim, "/notifications/1/send", body)
    }

    /// Sends it, and answers with what the receiver got.
    #[track_caller]
    fn received(&self, body: &Value) -> (Value, String) {
        let before = self.receiver.received().len();
        let reply = self.send(body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let all = self.receiver.received();
        assert_eq!(all.len(), before + 1);
        (reply.json(), all[before].body.clone())
    }
}

fn fields(body: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

fn field(body: &str, name: &str) -> String {
    fields(body).into_iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}: {body}")).1
}

#[test]
fn edited_fields_keep_their_place_and_are_signed_again() {
    let paid = Paid::new();
    let first = paid.receiver.only().body;
    let (sent, same) = paid.received(&json!({}));
    assert_eq!(same, first, "byte for byte");
    assert_eq!(
        (&sent["id"], &sent["state"], &sent["rule"]),
        (&json!("2"), &json!("delivered"), &json!("control/send"))
    );
    assert_eq!((&sent["attempts"][0]["httpStatus"], &sent["attempts"][0]["trigger"]), (&json!(200), &json!("manual")));
    let (_, edited) = paid.received(&json!({ "fields": { "amt": 1, "payNo": null, "new": "a&b\r\nX: y" } }));
    let names = |body: &str| fields(body).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let mut expected = names(&first);
    expected.retain(|name| name != "payNo");
    expected.push("new".to_owned());
    assert_eq!(names(&edited), expected);
    assert_eq!((field(&edited, "amt"), field(&edited, "new")), ("1".to_owned(), "a&b\r\nX: y".to_owned()));
    assert_eq!(field(&edited, "merchantToken"), paid.sim.shop().sign(&["PAYLOANTES", &paid.t_xid, "1"]));
    let (_, unsigned) = paid.received(&json!({ "fields": { "amt": "1", "merchantToken": "mine" }, "sign": false }));
    assert_eq!(field(&unsigned, "merchantToken"), "mine");
    let (_, without) = paid.received(&json!({ "fields": { "merchantToken": null } }));
    assert!(!without.contains("merchantToken"), "{without}");
    let (_, raw) = paid.received(&json!({ "body": "tXid=T&amt=%31&merchantToken=x&&=&%", "sign": true }));
    let token = paid.sim.shop().sign(&["PAYLOANTES", "T", "1"]);
    assert_eq!(raw, format!("tXid=T&amt=%31&merchantToken={token}&&=&%"));
    let (_, odd) = paid.received(&json!({ "body": "\r\n\r\nPOST / HTTP/1.1\r\n\u{0}", "sign": false }));
    assert_eq!(odd, "\r\n\r\nPOST / HTTP/1.1\r\n\u{0}");
    // The order is untouched, and knows all of them.
    let stored = transaction(&paid.sim, &paid.t_xid);
    assert_eq!((&stored["stage"], &stored["status"]), (&json!("approved"), &json!("0")));
    assert_eq!(get(&paid.sim, &format!("/notifications?tXid={}", paid.t_xid)).as_array().unwrap().len(), 7);
    let scheduled = paid.sim.events("notification.scheduled");
    assert_eq!(scheduled.iter().filter(|event| event["rule"] == "control/send").count(), 6);
    let diagram = paid.sim.http().get(&format!("{API}/transactions/{}/diagram?format=mermaid", paid.t_xid));
    assert!(diagram.body.matches("manual").count() >= 6, "{}", diagram.body);
}

#[test]
fn it_is_sent_to_another_address_within_the_rules() {
    let paid = Paid::new();
    let other = paid.sim.receiver();
    other.answer(503);
    let sent = paid.send(&json!({ "url": other.url() }));
    assert_eq!(sent.status, 200, "{}", sent.body);
    let sent = sent.json();
    assert_eq!((&sent["state"], &sent["attempts"][0]["httpStatus"]), (&json!("exhausted"), &json!(503)));
    assert_eq!(sent["url"], other.url());
    assert_eq!(other.only().body, paid.receiver.only().body);
    // No retry follows.
    paid.sim.advance("24h");
    assert_eq!(other.received().len(), 1);
    for url in ["http://8.8.8.8/", "http://169.254.169.254/latest", "https://shop.example/notify"] {
        let skipped = paid.send(&json!({ "url": url })).json();
        assert_eq!(skipped["state"], "skipped", "{url}: {skipped}");
        assert!(skipped["skipped"].as_str().unwrap().contains("--allow-egress"), "{skipped}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let failed = paid.send(&json!({ "url": url })).json();
    assert!(failed["attempts"][0]["error"].as_str().is_some_and(|error| !error.is_empty()), "{failed}");
    for url in
        ["", "shop", "javascript:alert(1)", "file:///etc/passwd", "http://a/\r\nX: y", "http://a b/", "http:///x"]
    {
        problem(&paid.send(&json!({ "url": url })), 422, "bad-value");
    }
    problem(&paid.send(&json!({ "url": format!("http://127.0.0.1/{}", "x".repeat(10_000)) })), 422, "bad-value");
    // Nobody is judged for them.
    let report = paid.sim.http().get(&format!("{API}/report?format=json")).body;
    assert!(!report.contains("503"), "{report}");
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let paid = Paid::new();
    for id in ["0", "99", "x", "-1"] {
        problem(&post(&paid.sim, &format!("/notifications/{id}/send"), &json!({})), 404, "not-found");
    }
    for body in
        [json!({ "fields": { "a": [] } }), json!({ "fields": { "a": true } }), json!({ "fields": {}, "body": "" })]
    {
        problem(&paid.send(&body), 422, "bad-value");
    }
    for body in [json!({ "felds": {} }), json!({ "fields": 1 }), json!({ "sign": "yes" }), json!({ "body": 1 })] {
        problem(&paid.send(&body), 400, "bad-json");
    }
    // A large body is sent, a larger one refused.
    let (_, large) = paid.received(&json!({ "body": "x".repeat(250_000), "sign": false }));
    assert_eq!(large.len(), 250_000);
    problem(&paid.send(&json!({ "body": "x".repeat(262_144) })), 413, "too-large");
    assert_eq!(paid.receiver.received().len(), 2);
    // It was not sent yet, so there is nothing to edit.
    let shop = paid.sim.shop();
    let t_xid = shop.register(&shop.order("order-2", 25_145).notify(paid.receiver.url())).t_xid();
    assert_eq!(buyer(&paid.sim, &t_xid, &json!({})).status, 200);
    let waiting = get(&paid.sim, &format!("/notifications?tXid={t_xid}"))[0]["id"].as_str().unwrap().to_owned();
    let call = format!("/notifications/{waiting}/send");
    problem(&post(&paid.sim, &call, &json!({ "fields": { "amt": "1" } })), 409, "not-sent");
    assert_eq!(post(&paid.sim, &call, &json!({ "body": "a=1" })).status, 200);
    paid.sim.advance("2s");
    assert_eq!(paid.receiver.received().len(), 4, "the true one comes, too");
    assert_eq!(post(&paid.sim, "/reset", &json!({})).status, 204);
    problem(&paid.send(&json!({})), 404, "not-found");
}

#[test]
fn two_people_send_at_once_and_a_reset_ends_it() {
    let paid = Paid::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(paid.send(&json!({ "fields": { "status": "8" } })).status, 200));
        }
    });
    assert_eq!(paid.receiver.received().len(), 9);
    // The receiver answers only after everything was reset.
    let http = paid.sim.http().clone();
    paid.receiver.answer_with(move |_| {
        assert_eq!(http.post_json(&format!("{API}/reset"), &json!({})).status, 204);
        nicepay_sim::testing::Answer::status(200)
    });
    problem(&paid.send(&json!({})), 404, "not-found");
}

#[test]
fn a_key_is_not_shown() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.new_shop("KEYSHOP001", KEY), sim.receiver());
    receiver.answer_with(|_| nicepay_sim::testing::Answer {
        body: KEY.into(),
        ..nicepay_sim::testing::Answer::status(200)
    });
    let t_xid = shop.register(&shop.order("order-1", 25_145).notify(receiver.url())).t_xid();
    assert_eq!(buyer(&sim, &t_xid, &json!({})).status, 200);
    sim.advance("2s");
    let url = format!("{}?k={KEY}", receiver.url());
    for body in [json!({ "fields": { "goodsNm": KEY }, "url": url }), json!({ "body": KEY })] {
        let reply = post(&sim, "/notifications/1/send", &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(!reply.body.contains(KEY), "{}", reply.body);
    }
    problem(&post(&sim, "/notifications/1/send", &json!({ "url": KEY })), 422, "bad-value");
    assert!(receiver.received()[1].body.contains(KEY), "it was sent as it was typed");
}
