//! One merchant must not hurt another: receivers that do not answer, many resends, many rules, many merchants.

use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use nicepay_sim::testing::{Answer, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";

/// Registers a paid order; returns its tXid. Its notification is due at once.
fn pay(sim: &Simulator, shop: &Shop, reference_no: &str, url: &str) -> String {
    let registered = shop.register(&shop.order(reference_no, 25_145).notify(url));
    let t_xid = registered.t_xid();
    assert_eq!(sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({})).status, 200);
    t_xid
}

/// How long after its time the first notification of an order was sent.
fn delay_of(sim: &Simulator, t_xid: &str) -> Duration {
    let event = |name: &str| {
        let url = format!("{API}/events/wait?type={name}&tXid={t_xid}&timeout=20s");
        let reply = sim.http().get(&url);
        assert_eq!(reply.status, 200, "it hangs: {}", reply.body);
        reply.json()
    };
    let instant = |event: &Value, field: &str| event[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let (due, sent) = (event("notification.scheduled"), event("notification.attempted"));
    Duration::try_from(instant(&sent, "sentAt").duration_since(instant(&due, "due"))).unwrap()
}

#[test]
fn a_receiver_that_hangs_holds_up_nobody_else() {
    const MAX_IN_FLIGHT: usize = 128;
    // It takes connections and never answers.
    let hanging = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let hanging_url = format!("http://{}/notify", hanging.local_addr().unwrap());
    let settings = format!("max-notifications-in-flight = {MAX_IN_FLIGHT}");
    let sim = Simulator::builder().clock("system").scenario("instant").settings(&settings).start();
    let (bad, good, receiver) = (sim.shop(), sim.new_shop("GOODSHOP01", "key-of-good-shop"), sim.receiver());
    // More orders than may be in flight, because the first attempts of an order are sent one after another.
    for number in 0..MAX_IN_FLIGHT + 10 {
        let t_xid = pay(&sim, &bad, &format!("hangs-{number}"), &hanging_url);
        sim.notify(&t_xid, &json!({ "times": 10_000 / MAX_IN_FLIGHT }));
    }
    // Another merchant, and another host of the same merchant.
    for (shop, name) in [(&good, "other-merchant"), (&bad, "other-host")] {
        let delay = |number| delay_of(&sim, &pay(&sim, shop, &format!("{name}-{number}"), receiver.url()));
        let mut delays: Vec<_> = (0..21).map(delay).collect();
        delays.sort_unstable();
        // The median, as the tests beside this one hold up some of them.
        assert!(delays[10] < Duration::from_millis(100), "{name}: sent after its time: {delays:?}");
    }
    assert_eq!(receiver.received().len(), 42);
    assert_eq!(sim.events("notification.attempted").len(), 42, "nothing has ended at the other");
}

#[test]
fn with_a_stopped_clock_an_attempt_that_waits_for_its_record_holds_up_nobody() {
    let sim = Simulator::builder().scenario("instant").settings("max-notifications-in-flight = 8").start();
    let (slow, fast) = (sim.new_shop("SLOWSHOP01", "key-of-slow-shop"), sim.new_shop("FASTSHOP01", "key-of-fast-shop"));
    let (slow_receiver, fast_receiver) = (sim.receiver(), sim.receiver());
    let (release, released) = mpsc::channel::<()>();
    let (arrive, arrived) = mpsc::channel();
    slow_receiver.answer_with(move |_| {
        released.recv().unwrap();
        Answer::status(200)
    });
    fast_receiver.answer_with(move |received| {
        arrive.send(received.field("referenceNo").to_owned()).unwrap();
        Answer::status(200)
    });
    pay(&sim, &slow, "slow", slow_receiver.url());
    for number in 0..20 {
        pay(&sim, &fast, &format!("fast-{number}"), fast_receiver.url());
    }
    std::thread::scope(|scope| {
        scope.spawn(|| sim.drain());
        for number in 0..20 {
            let next = arrived.recv_timeout(Duration::from_secs(20)).expect("it waits for the slow receiver");
            assert_eq!(next, format!("fast-{number}"));
        }
        release.send(()).unwrap();
    });
    let order: Vec<_> = sim.events("notification.attempted").iter().map(|event| event["referenceNo"].clone()).collect();
    assert_eq!((order.len(), &order[0]), (21, &json!("slow")), "recorded in the order of the starts");
}

#[test]
fn resends_by_hand_are_limited() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    pay(&sim, &shop, "first", receiver.url());
    pay(&sim, &shop, "second", receiver.url());
    sim.drain();
    let resend = |id: u32| sim.http().post_json(&format!("{API}/notifications/{id}/resend"), &json!({}));
    for _ in 0..100 {
        assert_eq!(resend(1).status, 202);
    }
    let refused = resend(1);
    assert_eq!((refused.status, &refused.json()["type"]), (409, &json!("urn:nicepay-sim:problem:resends")));
    assert_eq!(
        refused.json()["detail"],
        "this notification was resent 100 times, which is the maximum; `notify` sends a new one"
    );
    assert_eq!(resend(2).status, 202, "each has a limit of its own");
    sim.drain();
    let all = sim.http().get(&format!("{API}/notifications")).json();
    let numbers = |index: usize| {
        let attempts = all[index]["attempts"].as_array().unwrap();
        attempts.iter().map(|attempt| attempt["number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(0), (1..=101).collect::<Vec<_>>(), "each attempt once");
    assert_eq!(numbers(1), [1, 2]);
    assert_eq!(receiver.received().len(), 103);
}
