//! The log: how it is numbered and searched, what it records, and how a test waits for what comes.

use std::thread;

use nicepay_sim::testing::{Shop, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, KEY, buyer, get, kinds, pluck, post, problem, registered, two_merchants};

#[test]
fn the_log_is_numbered_without_gaps() {
    let sim = Simulator::start();
    two_merchants(&sim);
    sim.advance("2s");
    let all = get(&sim, "/events");
    let ids: Vec<u64> = all.as_array().unwrap().iter().map(|event| event["id"].as_u64().unwrap()).collect();
    assert!(ids.len() > 20);
    assert_eq!(ids, (1..).take(ids.len()).collect::<Vec<_>>());
    for event in all.as_array().unwrap() {
        assert!(event["at"].as_str().unwrap().starts_with("2025-12-31T17:00:0"), "{event}");
        assert!(event["type"].as_str().unwrap().contains('.'), "{event}");
    }
}

#[test]
fn events_are_found_by_whatever_they_say() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xid = registered(&shop, "order");
    shop.register(&shop.order("forged", 25_145).with("merchantToken", "0".repeat(64)));
    shop.register(&shop.order("order", 25_145));
    buyer(&sim, &t_xid, &json!({ "instmntMon": 3 }));
    sim.advance("2s");
    let all = get(&sim, "/events");
    let count = |query: &str| get(&sim, &format!("/events?{query}")).as_array().unwrap().len();
    let last = all.as_array().unwrap().len();

    for (query, expected) in [
        ("type=transaction.refused", 2),
        ("type=transaction.refused&resultCd=9010", 1),
        ("resultCd=9010", 1),
        ("resultCd=9010&referenceNo=forged", 1),
        ("resultCd=9010&referenceNo=order", 0),
        ("resultCd=9009&endpoint=registration", 1),
        ("type=transaction.refused,transaction.registered", 3),
        ("type=transaction.approved&iMid=IONPAYTEST", 0),
        ("type=exchange.recorded&referenceNo=order", 2),
        ("type=exchange.recorded&referenceNo=forged", 1),
        ("limit=2", 2),
        ("limit=0", 0),
        ("type=", last),
        ("after=", last),
        ("after=0", last),
        ("after=999999999999", 0),
        ("after=3&limit=1", 1),
    ] {
        assert_eq!(count(query), expected, "{query}");
    }
    assert_eq!(pluck(&get(&sim, "/events?after=3&limit=2"), "id"), ["4", "5"]);
    for wrong in ["after=x", "after=-1", "limit=x"] {
        problem(&sim.http().get(&format!("{API}/events?{wrong}")), 422, "bad-value");
    }
}

#[test]
fn events_are_found_by_a_number_too() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let (one, three) = (registered(&shop, "one"), registered(&shop, "three"));
    buyer(&sim, &one, &json!({ "instmntMon": 1 }));
    buyer(&sim, &three, &json!({ "instmntMon": 3 }));
    let found = get(&sim, "/events?type=transaction.approved&instmntMon=3");
    assert_eq!(pluck(&found, "tXid"), [three]);
    assert_eq!(get(&sim, "/events?type=exchange.recorded&httpStatus=200").as_array().unwrap().len(), 2);
    assert_eq!(get(&sim, "/events?type=exchange.recorded&httpStatus=404"), json!([]));
}

#[test]
fn an_exchange_is_recorded_as_it_was() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let answer = shop.register(&order);
    let recorded = &sim.events("exchange.recorded")[0];
    assert_eq!((&recorded["method"], &recorded["target"]), (&json!("POST"), &json!("/nicepay/direct/v2/registration")));
    assert_eq!(recorded["request"], shop.body(&order).to_string());
    assert_eq!((&recorded["response"], &recorded["httpStatus"]), (&json!(answer.body), &json!(200)));
    assert_eq!(recorded["tXid"], answer.t_xid());
    let headers = |name: &str| recorded[name].as_str().unwrap().to_owned();
    let came = headers("requestHeaders");
    assert!(came.lines().is_sorted(), "by name: {came}");
    assert!(came.contains("\ncontent-type: application/json\n") && came.contains("\nhost: 127.0.0.1:"), "{came}");
    assert_eq!(
        headers("responseHeaders"),
        "content-type: application/json;charset=UTF-8\nx-sim-rule: approve/default\n"
    );
}

#[test]
fn headers_of_every_kind_of_answer_are_recorded_as_they_were_sent() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let last = |name: &str| sim.events("exchange.recorded").pop().unwrap()[name].as_str().unwrap().to_owned();
    let mut browser = sim.buyer();
    browser.open(&shop.payment_url(&order, &registered, CALLBACK));
    let redirect = last("responseHeaders");
    assert!(redirect.contains(&["location: ", sim.url(), &last("response"), "\n"].concat()), "{redirect}");
    assert!(redirect.starts_with("cache-control: no-store\n"), "{redirect}");
    let refused = shop.register(&order.with("merchantToken", KEY));
    let diagnosis = ["x-sim-diagnosis: ", refused.header("x-sim-diagnosis").unwrap(), "\n"].concat();
    assert!(last("responseHeaders").contains(&diagnosis), "{}", last("responseHeaders"));
    sim.http().send("PUT", "/nicepay/direct/v2/inquiry", &[("x-key", "\u{e9}")], "");
    assert!(last("responseHeaders").contains("allow: POST\n") && last("requestHeaders").contains("\nx-key: "));
}

#[test]
fn a_refusal_says_which_transaction_it_is_about() {
    let sim = Simulator::start();
    let (shop, other) = (sim.shop(), sim.new_shop("OTHER00001", KEY));
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let t_xid = registered.t_xid();
    let inquiry = |shop: &Shop, amt: &str| {
        let asked = json!({ "tXid": t_xid, "referenceNo": "order", "amt": amt });
        let body = shop.signed(&["timeStamp", "iMid", "referenceNo", "amt"], asked);
        sim.http().post_json("/nicepay/direct/v2/inquiry", &body)
    };
    let told = |kind: &str| {
        let event = sim.events(kind).pop().unwrap();
        (event["iMid"].clone(), event["tXid"].clone(), event["referenceNo"].clone())
    };
    let about = |i_mid: &str, t_xid: Value, reference_no: &str| (json!(i_mid), t_xid, json!(reference_no));
    for kind in ["transaction.refused", "exchange.recorded"] {
        assert_ne!(inquiry(&shop, "1").result_cd(), "0000");
        assert_eq!(told(kind), about("PAYLOANTES", json!(t_xid), "order"), "its own");
        assert_ne!(inquiry(&other, "25145").result_cd(), "0000");
        assert_eq!(told(kind), about("OTHER00001", Value::Null, "order"), "another merchant's is none of theirs");
        shop.register(&shop.order("again", 25_145).with("amt", "nothing"));
        assert_eq!(told(kind), about("PAYLOANTES", Value::Null, "again"), "there is none yet");
    }
}

#[test]
fn a_wait_finds_what_has_already_happened() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let (first, second) = (registered(&shop, "first"), registered(&shop, "second"));
    let found = get(&sim, "/events/wait?type=transaction.registered");
    assert_eq!(found["tXid"], first, "the first that matches");
    let next = get(&sim, &format!("/events/wait?type=transaction.registered&after={}", found["id"]));
    assert_eq!(next["tXid"], second);
    assert_eq!(get(&sim, "/events/wait?referenceNo=second&type=clock.moved,transaction.registered")["tXid"], second);
}

#[test]
fn a_wait_finds_what_has_already_happened_however_short_it_is() {
    let sim = Simulator::start();
    registered(&sim.shop(), "order");
    for _ in 0..100 {
        assert_eq!(get(&sim, "/events/wait?type=transaction.registered&timeout=0")["referenceNo"], "order");
    }
}

#[test]
fn a_wait_hears_of_what_comes() {
    let sim = Simulator::start();
    let shop = sim.shop();
    registered(&shop, "before");
    let last = sim.events("").len();
    thread::scope(|scope| {
        let waits: Vec<_> = ["later", "latest"]
            .into_iter()
            .map(|name| {
                let http = sim.http().clone();
                let url = format!(
                    "{API}/events/wait?after={last}&type=transaction.registered&referenceNo={name}&timeout=60s"
                );
                scope.spawn(move || http.get(&url))
            })
            .collect();
        let t_xids = ["later", "latest"].map(|name| registered(&shop, name));
        for (wait, t_xid) in waits.into_iter().zip(t_xids) {
            let reply = wait.join().unwrap();
            assert_eq!((reply.status, reply.json()["tXid"].as_str()), (200, Some(t_xid.as_str())));
        }
    });
}

#[test]
fn a_wait_that_is_over_shows_the_nearest_misses() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xid = registered(&shop, "order");
    for n in 0..10 {
        registered(&shop, &format!("other-{n}"));
    }
    let wait = |query: &str| sim.http().get(&format!("{API}/events/wait?{query}"));
    let reply = wait(&format!("type=transaction.approved&tXid={t_xid}&timeout=PT0.02S"));
    let misses = &problem(&reply, 404, "no-such-event")["nearestMisses"];
    assert_eq!(kinds(misses, "tXid"), [t_xid.as_str()], "what happened to it instead");
    let reply = wait("type=transaction.registered&referenceNo=nobody&timeout=20ms");
    let misses = &problem(&reply, 404, "no-such-event")["nearestMisses"];
    assert_eq!(kinds(misses, "type"), ["transaction.registered"]);
    assert_eq!(misses.as_array().unwrap().len(), 5, "not all of them");
    problem(&wait("type=transaction.regsitered&timeout=20ms"), 422, "bad-value");
    let last = sim.events("").len();
    let reply = wait(&format!("type=transaction.registered&after={last}&timeout=20ms"));
    assert_eq!(problem(&reply, 404, "no-such-event")["nearestMisses"], json!([]), "nothing since then");
    for wrong in ["timeout=soon", "timeout=-1s", "after=x"] {
        problem(&wait(wrong), 422, "bad-value");
    }
}

#[test]
fn a_reset_hides_the_past_from_waits_too() {
    let sim = Simulator::start();
    registered(&sim.shop(), "order");
    post(&sim, "/reset", &json!({}));
    let reply = sim.http().get(&format!("{API}/events/wait?type=transaction.registered&timeout=20ms"));
    assert_eq!(problem(&reply, 404, "no-such-event")["nearestMisses"], json!([]));
}

#[test]
fn one_waiter_too_many_is_503() {
    let sim = Simulator::builder().settings("max-waiters = 1").start();
    let wait = format!("{API}/events/wait?type=transaction.registered&timeout=60s");
    thread::scope(|scope| {
        let http = sim.http().clone();
        let first = scope.spawn(move || {
            // The other one looks whether the place is taken by trying it, and may be the one who has it.
            loop {
                let reply = http.get(&wait);
                if reply.status != 503 {
                    return reply;
                }
            }
        });
        loop {
            let reply = sim.http().get(&format!("{API}/events/wait?type=token.revoked&timeout=0"));
            if reply.status == 503 {
                problem(&reply, 503, "waiters");
                break;
            }
            problem(&reply, 404, "no-such-event");
        }
        assert_eq!(get(&sim, "/info")["name"], "nicepay-sim", "nothing else suffers");
        registered(&sim.shop(), "order");
        assert_eq!(first.join().unwrap().status, 200);
    });
    assert_eq!(get(&sim, "/events/wait?type=transaction.registered")["referenceNo"], "order", "its place is free");
}
