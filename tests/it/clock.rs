//! The simulator's time over the control API: what is due happens in its order, at its own instant, before the answer.

use std::sync::mpsc;

use nicepay_sim::testing::{Answer, Login, Reply, Shop, Simulator};
use serde_json::{Value, json};

use crate::common::process::Folder;

const CLOCK: &str = "/__sim/api/clock";
const ADVANCE: &str = "/__sim/api/clock/advance";
const START: &str = "2025-12-31T17:00:00Z";
const CALLBACK: &str = "http://shop.test/thanks";

fn clock(sim: &Simulator) -> Value {
    sim.http().get(CLOCK).json()
}

fn advance(sim: &Simulator, by: &str) -> Value {
    taken(&sim.http().post_json(ADVANCE, &json!({ "by": by })))
}

fn taken(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn refused(reply: &Reply, status: u16, slug: &str, says: &str) {
    let problem = reply.json();
    assert_eq!((reply.status, &problem["type"]), (status, &json!(format!("urn:nicepay-sim:problem:{slug}"))));
    assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
}

/// Type and instant of what an answer lists.
fn happened(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    answer["events"].as_array().unwrap().iter().map(|event| (text(&event["type"]), text(&event["at"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned())).collect()
}

/// An order that nobody pays.
fn unpaid(shop: &Shop, reference_no: &str) -> String {
    shop.register(&shop.order(reference_no, 25_145)).t_xid()
}

#[test]
fn advancing_does_what_is_due_at_its_own_instant_and_lists_it() {
    let sim = Simulator::builder().scenario("review-then-approve").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut answers = [500, 200, 200].into_iter();
    receiver.answer_with(move |_| Answer::status(answers.next().unwrap()));
    unpaid(&shop, "never-paid");
    let order = shop.order("reviewed", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));

    let answer = advance(&sim, "1m 10s");
    // The first attempt fails and is repeated a minute later; meanwhile the review ends.
    assert_eq!(
        happened(&answer),
        pairs(&[
            ("notification.attempted", "2025-12-31T17:00:02Z"),
            ("transaction.approved", "2025-12-31T17:00:30Z"),
            ("notification.scheduled", "2025-12-31T17:00:30Z"),
            ("notification.attempted", "2025-12-31T17:00:32Z"),
            ("notification.delivered", "2025-12-31T17:00:32Z"),
            ("notification.attempted", "2025-12-31T17:01:02Z"),
            ("notification.delivered", "2025-12-31T17:01:02Z"),
            ("clock.moved", "2025-12-31T17:01:10Z"),
        ])
    );
    assert_eq!((&answer["from"], &answer["to"]), (&json!(START), &json!("2025-12-31T17:01:10Z")));
    assert_eq!(answer["now"], answer["to"]);
    assert_eq!(
        receiver.received().iter().map(|one| one.field("status").to_owned()).collect::<Vec<_>>(),
        ["3", "0", "3"]
    );
    assert_eq!(shop.status(&order, &registered), "0");
}

#[test]
fn a_link_expires_by_moving_the_clock() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("too-late", 25_145);
    let registered = shop.register(&order);
    assert!(happened(&advance(&sim, "23h 59m 59s")).iter().all(|(name, _)| name == "clock.moved"));
    assert_eq!(shop.status(&order, &registered), "9");
    let answer = advance(&sim, "PT1H");
    assert_eq!(
        happened(&answer),
        pairs(&[("transaction.expired", "2026-01-01T17:00:00Z"), ("clock.moved", "2026-01-01T17:59:59Z")])
    );
    assert_eq!(answer["events"][0]["referenceNo"], "too-late");
    assert_eq!(shop.status(&order, &registered), "8");
    let back = sim.http().get(&shop.payment_url(&order, &registered, CALLBACK));
    assert!(back.location().starts_with("http://shop.test/thanks?resultCd=9129&"), "{}", back.location());
}

#[test]
fn an_otp_and_a_lock_last_as_long_as_the_clock_says() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("slow-customer", 25_145);
    let registered = shop.register(&order);
    let mut customer = sim.buyer();
    let tk = customer.open(&shop.payment_url(&order, &registered, CALLBACK));
    customer.sign_in(&tk, Login { phone: "081291891818", pin: "414141", ..Login::default() });
    customer.choose(&tk, "1");
    advance(&sim, "2m");
    customer.enter_otp(&tk, "4567");
    assert_eq!(sim.events("partner.otp-failed").pop().unwrap()["reason"], "expired");

    let other = shop.order("clumsy-customer", 25_145);
    let registered = shop.register(&other);
    let mut customer = sim.buyer();
    let tk = customer.open(&shop.payment_url(&other, &registered, CALLBACK));
    for _ in 0..3 {
        customer.sign_in(&tk, Login { phone: "081513114262", pin: "000000", ..Login::default() });
    }
    let locked = sim.events("partner.locked").pop().unwrap();
    assert_eq!(locked["until"], "2025-12-31T17:32:00Z");
    advance(&sim, "30m");
    customer.sign_in(&tk, Login { phone: "081513114262", pin: "663482", ..Login::default() });
    assert_eq!(sim.events("partner.login").len(), 2, "the lock is over");
}

#[test]
fn the_clock_can_be_set_stopped_and_let_go() {
    let sim = Simulator::start();
    let shop = sim.shop();
    unpaid(&shop, "never-paid");
    let set = taken(&sim.http().post_json(CLOCK, &json!({ "set": "2026-01-02T09:30:00+07:00" })));
    assert_eq!((&set["now"], &set["mode"]), (&json!("2026-01-02T02:30:00Z"), &json!("manual")));
    assert_eq!(
        happened(&set),
        pairs(&[("transaction.expired", "2026-01-01T17:00:00Z"), ("clock.moved", "2026-01-02T02:30:00Z")])
    );
    assert_eq!(taken(&sim.http().post_json(CLOCK, &json!({ "set": "2026-01-02T02:30:00Z" })))["now"], set["now"]);

    // Under the machine's clock what is due happens by itself; a clock that was stopped lets nothing happen.
    let sim = Simulator::builder().clock("system").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let stopped = taken(&sim.http().post_json(CLOCK, &json!({ "freeze": true })));
    assert_eq!((&stopped["mode"], stopped.get("events")), (&json!("manual"), None));
    assert_eq!((&clock(&sim)["now"], &clock(&sim)["now"]), (&stopped["now"], &stopped["now"]));
    let order = shop.order("waits", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!(happened(&advance(&sim, "1999ms")).len(), 1, "only the clock has moved");
    assert_eq!(receiver.received().len(), 0);
    let going = taken(&sim.http().post_json(CLOCK, &json!({ "freeze": false })));
    assert_eq!(going["mode"], "system");
    let wait = "/__sim/api/events/wait?type=notification.delivered&timeout=60s";
    assert_eq!(sim.http().get(wait).json()["referenceNo"], "waits");
    assert_eq!(receiver.only().field("status"), "0");
    let now: String = clock(&sim)["now"].as_str().unwrap().to_owned();
    assert!(*now > *going["now"].as_str().unwrap(), "{now}");

    // A day passes there, too.
    let answer = advance(&sim, "1d");
    assert_eq!(answer["mode"], "system");
    assert!(*answer["now"].as_str().unwrap() > *answer["from"].as_str().unwrap());
}

#[test]
fn what_is_due_now_is_drained_by_no_time_at_all() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("instant", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    let answer = advance(&sim, "PT0S");
    assert_eq!((&answer["from"], &answer["to"]), (&json!(START), &json!(START)));
    assert_eq!(receiver.only().field("status"), "0");
}

#[test]
fn a_move_that_is_wrong_is_refused_and_moves_nothing() {
    let sim = Simulator::start();
    #[rustfmt::skip]
    let rows = [
        (ADVANCE, json!({ "by": "-1s" }),                          422, "bad-value", "the clock only moves forward"),
        (ADVANCE, json!({ "by": "tomorrow" }),                     422, "bad-value", "not a duration such as 30s"),
        (ADVANCE, json!({ "by": "" }),                             422, "bad-value", "not a duration"),
        (ADVANCE, json!({ "by": "1y" }),                           422, "bad-value", "not a duration"),
        (ADVANCE, json!({ "by": "400000d" }),                      422, "bad-value", "the clock ends at 2999-12-31T23:59:59Z"),
        (ADVANCE, json!({ "by": "9223372036854775807s" }),         422, "bad-value", "the clock ends"),
        (ADVANCE, json!({ "by": 5 }),                              400, "bad-json",  "expected a string"),
        (ADVANCE, json!({}),                                       422, "bad-value", "by or to is missing"),
        (ADVANCE, json!({ "by": "1s", "to": "x" }),                400, "bad-json",  "unknown variant `x`"),
        (CLOCK,   json!({}),                                       422, "bad-value", "set or freeze is missing"),
        (CLOCK,   json!({ "set": "2025-12-31T16:59:59Z" }),        422, "bad-value", "the clock only moves forward"),
        (CLOCK,   json!({ "set": "3000-01-01T00:00:00Z" }),        422, "bad-value", "the clock ends"),
        (CLOCK,   json!({ "set": "noon" }),                        400, "bad-json",  ""),
        (CLOCK,   json!({ "freeze": "yes" }),                      400, "bad-json",  "expected a boolean"),
        (CLOCK,   json!({ "set": "2025-12-31T16:59:59Z", "freeze": false }), 422, "bad-value", "the clock only moves forward"),
    ];
    for (path, body, status, slug, says) in rows {
        refused(&sim.http().post_json(path, &body), status, slug, says);
        assert_eq!((&clock(&sim)["now"], &clock(&sim)["mode"]), (&json!(START), &json!("manual")), "{path} {body}");
    }
    assert!(sim.events("clock.moved").is_empty());
    assert_eq!(advance(&sim, "8760h")["now"], "2026-12-31T17:00:00Z", "the clock still works");
}

/// A running clock does not stop there.
#[test]
fn a_clock_past_its_end_can_be_stopped_and_started() {
    let sim = Simulator::builder().clock("system").start();
    taken(&sim.http().post_json(CLOCK, &json!({ "set": "2999-12-31T23:59:59Z" })));
    let past = clock(&sim);
    assert!(past["now"].as_str().unwrap().starts_with("2999-12-31T23:59:59."), "{past}");
    let stopped = taken(&sim.http().post_json(CLOCK, &json!({ "freeze": true })));
    assert_eq!(stopped["mode"], "manual");
    assert_eq!(clock(&sim)["now"], stopped["now"]);
    assert_eq!(advance(&sim, "PT0S")["now"], stopped["now"]);
    refused(&sim.http().post_json(ADVANCE, &json!({ "by": "1s" })), 422, "bad-value", "the clock ends");
    let set = json!({ "set": "3000-01-02T00:00:00Z" });
    refused(&sim.http().post_json(CLOCK, &set), 422, "bad-value", "the clock ends");
    assert_eq!(taken(&sim.http().post_json(CLOCK, &json!({ "freeze": false })))["mode"], "system");
    assert_eq!(taken(&sim.http().post_json(CLOCK, &json!({ "freeze": true })))["mode"], "manual");
    unpaid(&sim.shop(), "after-the-end");
}

#[test]
fn a_receiver_cannot_move_the_clock_that_waits_for_it() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (tell, told) = mpsc::channel();
    let inside = sim.http().clone();
    receiver.answer_with(move |_| {
        tell.send(inside.post_json(ADVANCE, &json!({ "by": "1s" }))).unwrap();
        Answer::status(200)
    });
    let order = shop.order("from-inside", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    let answer = advance(&sim, "5s");
    refused(&told.recv().unwrap(), 409, "clock", "another request is moving the clock");
    assert_eq!(answer["now"], "2025-12-31T17:00:05Z");
    assert_eq!(advance(&sim, "1s")["now"], "2025-12-31T17:00:06Z", "and afterwards anybody may");
}

#[test]
fn hundreds_of_orders_expire_in_one_step() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for n in 0..500 {
        unpaid(&shop, &format!("order-{n}"));
    }
    let answer = advance(&sim, "2d");
    let expired: Vec<_> = happened(&answer).into_iter().filter(|(name, _)| name == "transaction.expired").collect();
    assert_eq!(expired.len(), 500);
    assert!(expired.iter().all(|(_, at)| at == "2026-01-01T17:00:00Z"));
}

/// A server that takes connections and never answers.
fn silent() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    (listener, url)
}

#[test]
fn a_move_that_waits_for_a_receiver_says_for_whom_and_lists_who_did_not_answer() {
    let folder = Folder::new();
    let mut program = folder.serve(&["--clock", "manual", "--notification-timeout", "2s", "--retries", "0"]);
    // A merchant that signs; the program has the same merchant.
    let merchant = Simulator::start();
    let shop = merchant.shop();
    let ((_listener, url), receiver) = (silent(), merchant.receiver());
    for (reference_no, notify) in [("never-answered", url.as_str()), ("answered", receiver.url())] {
        let order = shop.body(&shop.order(reference_no, 25_145).notify(notify));
        let (_, registered) = program.ask("POST /nicepay/direct/v2/registration", &order.to_string());
        let registered: Value = serde_json::from_str(&registered).unwrap();
        let buyer = format!("POST /__sim/api/transactions/{}/buyer", registered["tXid"].as_str().unwrap());
        assert_eq!(program.ask(&buyer, "{}").0, 200);
    }
    let (status, answer) = program.ask("POST /__sim/api/clock/advance", r#"{"by":"2s"}"#);
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let expected = json!([{ "notification": "1", "attempt": 1, "url": url, "referenceNo": "never-answered" }]);
    assert_eq!(answer["timedOut"], expected);
    program.wait_for_log(&format!("waiting for \"{url}\" to answer the notification of never-answered, 2 s at most"));
    let ended = program.stop();
    assert!(!ended.stderr.contains("notification of answered,"), "it was not waited for: {}", ended.stderr);
}

#[test]
fn a_move_that_waits_for_nobody_lists_nobody() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    for (reference_no, notify) in [("refused", "http://127.0.0.1:9/notify"), ("500", receiver.url())] {
        let t_xid = shop.register(&shop.order(reference_no, 25_145).notify(notify)).t_xid();
        sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), &json!({}));
    }
    assert_eq!(advance(&sim, "1h")["timedOut"], json!([]));
}

#[test]
fn what_is_over_is_not_due() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let due = || clock(&sim)["nextDueAt"].clone();
    let order = shop.order("paid", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    assert_eq!(due(), "2026-01-01T17:00:00Z", "it expires");
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!(due(), "2025-12-31T17:00:02Z", "the notification");
    assert_eq!(advance(&sim, "2s")["nextDueAt"], Value::Null, "a paid order does not expire");

    unpaid(&shop, "forgotten");
    assert_eq!(due(), "2026-01-01T17:00:02Z");
    assert_eq!(sim.http().post_json("/__sim/api/reset", &json!({})).status, 204);
    assert_eq!(due(), Value::Null, "a reset takes it away");
}

#[test]
fn the_clock_jumps_to_what_is_due_next_and_says_what_it_is() {
    let sim = Simulator::builder().scenario("review-then-approve").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let next = || clock(&sim)["next"].clone();
    assert_eq!(next(), Value::Null);
    refused(&sim.http().post_json(ADVANCE, &json!({ "to": "next" })), 409, "next", "nothing is due");
    assert_eq!(clock(&sim)["now"], START, "it has not moved");
    receiver.answer(500);
    let order = shop.order("order-7", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    let due = |kind: &str| json!({ "kind": kind, "iMid": "PAYLOANTES", "referenceNo": "order-7", "tXid": registered.t_xid() });
    assert_eq!(next(), due("expiry"));
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    for (kind, at) in [
        ("first-notification", "2025-12-31T17:00:02Z"),
        ("review-decision", "2025-12-31T17:00:30Z"),
        ("first-notification", "2025-12-31T17:00:32Z"),
        ("retry", "2025-12-31T17:01:02Z"),
    ] {
        let before = clock(&sim);
        assert_eq!((&before["next"], &before["nextDueAt"]), (&due(kind), &json!(at)));
        let answer = taken(&sim.http().post_json(ADVANCE, &json!({ "to": "next", "due": at })));
        assert_eq!((&answer["now"], &answer["to"]), (&json!(at), &json!(at)), "{kind}");
        assert!(happened(&answer).len() > 1, "{kind}");
        // A second one who has seen the same comes too late.
        let again = sim.http().post_json(ADVANCE, &json!({ "to": "next", "due": at }));
        refused(&again, 409, "next", at.trim_end_matches('Z'));
    }
    let resent = sim.http().post_json("/__sim/api/notifications/1/resend", &json!({}));
    assert_eq!(resent.status, 202, "{}", resent.body);
}

#[test]
fn a_jump_names_one_place_to_go_to() {
    let sim = Simulator::start();
    for body in
        [json!({}), json!({ "by": "1s", "to": "next" }), json!({ "by": "1s", "due": START }), json!({ "due": START })]
    {
        refused(&sim.http().post_json(ADVANCE, &body), 422, "bad-value", "by or to");
    }
    for body in [json!({ "to": "yesterday" }), json!({ "to": "next", "due": "soon" }), json!({ "more": 1 })] {
        assert_eq!(sim.http().post_json(ADVANCE, &body).status, 400, "{body}");
    }
    let shop = sim.shop();
    shop.bind(shop.binding("link", "081291891818"));
    assert_eq!(clock(&sim)["next"]["kind"], "binding-expiry");
    assert_eq!(clock(&sim)["next"]["tXid"], Value::Null);
    taken(&sim.http().post_json(ADVANCE, &json!({ "to": "next" })));
    assert_eq!(clock(&sim)["next"], Value::Null);
}
