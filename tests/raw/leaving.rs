//! A client that has left frees its place at once.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::shop::{REGISTRATION, Shop};
use crate::target::{Target, Way, request};
use crate::wire::Wire;

/// Nothing here takes that long.
const SOON: Duration = Duration::from_secs(5);

/// Waits until `info` says so.
#[track_caller]
fn until(target: &Target, what: &str, count: u64) {
    let begin = Instant::now();
    while target.info()[what] != count {
        assert!(begin.elapsed() < SOON, "{what} is {}", target.info()[what]);
    }
}

/// Clients leave in two ways: they close the connection, or only their side of it.
fn leave(wires: Vec<Wire>) -> Vec<Wire> {
    let mut half_open = Vec::new();
    for (number, mut wire) in wires.into_iter().enumerate() {
        if number % 2 == 0 {
            wire.close_write();
            half_open.push(wire);
        }
    }
    half_open
}

#[test]
fn a_stream_ends_with_its_client() {
    let target = Target::any();
    let open = target.info()["streams"].as_u64().unwrap();
    for path in ["/__sim/api/events/stream?type=clock.moved&referenceNo=never", "/__sim/live"] {
        let ways = target.ways().iter().cycle().take(8);
        let wires: Vec<_> = ways
            .map(|way| {
                let mut wire = target.connect(*way);
                wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
                assert_eq!(wire.answer().unwrap().status, 200);
                wire
            })
            .collect();
        let half_open = leave(wires);
        until(&target, "streams", open);
        for mut wire in half_open {
            wire.read_to_end();
        }
    }
}

#[test]
fn a_wait_ends_with_its_client() {
    let target = Target::any();
    let waiting = target.info()["waiting"].as_u64().unwrap();
    let wires: Vec<_> = target
        .ways()
        .iter()
        .cycle()
        .take(8)
        .map(|way| {
            let mut wire = target.connect(*way);
            wire.send(request("GET /__sim/api/events/wait?type=clock.moved&referenceNo=never&timeout=300", ""));
            wire
        })
        .collect();
    until(&target, "waiting", waiting + 8);
    let half_open = leave(wires);
    until(&target, "waiting", waiting);
    for mut wire in half_open {
        assert_eq!(wire.answer().unwrap().json()["type"], "urn:nicepay-sim:problem:unfinished");
    }
}

#[test]
fn a_delayed_answer_ends_with_its_client() {
    // One place for each delayed answer. A busy connection is never closed for another one.
    let Some(target) = Target::with(&["--max-connections", "3"]) else { return };
    let shop = Shop::new(&target);
    let rule = json!({ "when": { "operation": "registration" }, "then": { "answer": { "delay": "5m" } } });
    let added = target.ask("POST /__sim/api/rules", &rule.to_string());
    assert_eq!(added.status, 201, "{added:?}");
    for _ in 0..4 {
        let wires: Vec<_> = [Way::Plain, Way::Tls]
            .into_iter()
            .map(|way| {
                let mut wire = target.connect(way);
                wire.send(request(&format!("POST {REGISTRATION}"), &shop.order("delayed").to_string()));
                wire
            })
            .collect();
        // They have come before this is answered.
        for _ in &wires {
            assert_eq!(target.ask("GET /__sim/livez", "").status, 200);
        }
        drop(wires);
    }
    assert_eq!(target.ask("GET /__sim/livez", "").status, 200);
}

/// Many orders are notified to a receiver that never answers, and who moves the clock has left.
#[test]
fn the_clock_stops_with_its_caller() {
    let args = ["--clock", "manual", "--notification-timeout", "1s", "--max-notifications-in-flight", "4"];
    let Some(target) = Target::with(&args) else { return };
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", hanging.local_addr().unwrap());
    let shop = Shop::new(&target);
    for number in 0..60 {
        let mut order = shop.order(&format!("order-{number}"));
        order["dbProcessUrl"] = url.as_str().into();
        let registered = shop.register(&order).json();
        let t_xid = registered["tXid"].as_str().unwrap();
        assert_eq!(target.ask(&format!("POST /__sim/api/transactions/{t_xid}/buyer"), "{}").status, 200);
    }
    let now = || target.ask("GET /__sim/api/clock", "").json()["now"].clone();
    let start = now();
    let mut caller = target.connect(Way::Plain);
    caller.send(request("POST /__sim/api/clock/advance", &json!({ "by": "1d" }).to_string()));
    let begin = Instant::now();
    while now() == start {
        assert!(begin.elapsed() < SOON, "the clock does not move");
    }
    drop(caller);
    let begin = Instant::now();
    while target.ask("POST /__sim/api/clock", &json!({ "freeze": true }).to_string()).status == 409 {
        assert!(begin.elapsed() < SOON, "the clock is busy");
    }
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(1), "the clock was busy for {took:?}");
    // What the move has done so far is in the log.
    let moved = target.ask("GET /__sim/api/events?type=clock.moved", "").json();
    assert_eq!((moved.as_array().unwrap().len(), &moved[0]["to"]), (1, &now()), "{moved}");

    // A verification that waits for the receiver says so.
    let begin = Instant::now();
    let expect = json!({ "expect": [{ "type": "notification.delivered", "times": 0 }] }).to_string();
    let answer = target.ask("POST /__sim/api/verify", &expect);
    assert_eq!((answer.status, answer.json()["type"].as_str()), (503, Some("urn:nicepay-sim:problem:unfinished")));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(answer.body.contains("\\\"drain\\\": false"), "{}", answer.body);
    drop(hanging);
    let advanced = target.ask("POST /__sim/api/clock/advance", r#"{"by":"0s"}"#);
    assert_eq!(advanced.status, 200, "the receiver is gone, and the clock can be moved");
}
