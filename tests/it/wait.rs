//! Waiting for events: what it finds, how long it takes, and how many can wait.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::thread;
use std::time::{Duration, Instant};

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const CALLBACK: &str = "http://shop.test/thanks";

/// What a panic says.
fn said(act: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(act)).expect_err("it panics");
    panic.downcast_ref::<String>().expect("it says something").clone()
}

#[test]
fn a_wait_in_vain_says_which_field_differs() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    let order = shop.order("order-1", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    sim.advance("2s");
    let attempted = sim.events("notification.attempted").pop().unwrap();

    let wait = |query: &str| sim.http().get(&format!("{API}/events/wait?timeout=10ms&{query}"));
    let reply = wait("type=notification.attempted&referenceNo=order-1&httpStatus=200&rule=me");
    let problem = reply.json();
    assert_eq!((reply.status, &problem["type"]), (404, &json!("urn:nicepay-sim:problem:no-such-event")));
    let nearest = &problem["nearestMisses"][0];
    assert_eq!(nearest["id"], attempted["id"]);
    assert_eq!(
        nearest["differs"],
        json!([
            { "field": "httpStatus", "expected": "200", "actual": "500" },
            { "field": "rule", "expected": "me", "actual": null },
        ])
    );
    let lines: Vec<_> = problem["detail"].as_str().unwrap().lines().collect();
    let wanted = "notification.attempted with referenceNo=order-1, httpStatus=200, rule=me";
    assert_eq!(lines[0], format!("no {wanted} in 0.01 s"));
    assert_eq!(lines[1], format!("  nearest: event {} has httpStatus=500, no rule", attempted["id"]));

    // What can never match is refused at once, without waiting.
    for (query, said) in [
        (
            "type=notification.deliverd",
            "there is no event type notification.deliverd; the nearest is notification.delivered;",
        ),
        ("type=transaction.approved,nonsense", "there is no event type nonsense; docs/reference/events.md"),
        ("type=notification.attempted&httpstatus=200", "no event has a field httpstatus; the nearest is httpStatus"),
        ("answeredBy=me", "no event has a field answeredBy"),
        ("txid=1", "no event has a field txid; the nearest is tXid"),
    ] {
        for call in ["/wait?timeout=5m&", "?", "/stream?"] {
            refused(&sim.http().get(&format!("{API}/events{call}{query}")), said);
        }
    }
    let never = json!({ "expect": [{ "type": "notification.attempted", "where": { "httpstatus": 200 }, "times": 0 }] });
    refused(&sim.http().post_json(&format!("{API}/verify"), &never), "field httpstatus; the nearest is httpStatus");
}

#[track_caller]
fn refused(reply: &Reply, said: &str) {
    let problem = reply.json();
    assert_eq!((reply.status, &problem["type"]), (422, &json!("urn:nicepay-sim:problem:bad-value")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
}

#[test]
fn a_wait_filters_on_whatever_an_event_says() {
    let sim = Simulator::start();
    let (shop, other) = (sim.shop(), sim.new_shop("MYSHOP0001", "a-key-of-its-own"));
    let mine = shop.register(&shop.order("order-1", 25_145)).t_xid();
    let theirs = other.register(&other.order("order-1", 10_000)).t_xid();
    let first = sim.events("transaction.registered")[0]["id"].clone();
    for (query, t_xid) in [
        ("iMid=MYSHOP0001".to_owned(), &theirs),
        (format!("tXid={theirs}"), &theirs),
        ("referenceNo=order-1".to_owned(), &mine),
        ("type=transaction.registered&amt=10000".to_owned(), &theirs),
        (format!("type=transaction.registered&after={first}"), &theirs),
        ("type=token.revoked,transaction.registered".to_owned(), &mine),
    ] {
        let reply = sim.http().get(&format!("{API}/events/wait?{query}"));
        assert_eq!(reply.json()["tXid"], t_xid.as_str(), "{query}");
    }
}

/// Waits for an event through a socket.
fn ask(sim: &Simulator, query: &str) -> BufReader<TcpStream> {
    let address = sim.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    // Only a test that fails comes that far.
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let wait = format!("GET {API}/events/wait?{query} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(wait.as_bytes()).unwrap();
    BufReader::new(stream)
}

/// Reads an answer with a Content-Length.
fn receive(stream: &mut BufReader<TcpStream>) -> (u16, Value) {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.to_ascii_lowercase());
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length:")).unwrap();
    let mut body = vec![0; length.trim().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[test]
fn a_time_out_that_would_never_end_is_capped_and_a_wait_ends_with_the_simulator() {
    for timeout in ["4294967295", "99999999999999d", "9223372036854775807s", "1000000h"] {
        let sim = Simulator::start();
        // Through a socket: the simulator's own client ends with it.
        let mut stream = ask(&sim, &format!("type=never&timeout={timeout}"));
        let waits = thread::spawn(move || receive(&mut stream));
        // Taken, or refused at once.
        while !waits.is_finished() && sim.http().get(&format!("{API}/info")).json()["waiting"] == 0 {}
        drop(sim);
        let (status, problem) = waits.join().unwrap();
        assert!(
            (status == 503 && problem["type"] == "urn:nicepay-sim:problem:stopping") || status == 422,
            "{timeout}: {problem}"
        );
    }
}

#[test]
fn a_thousand_wait_at_once_and_one_event_answers_them_all() {
    const MANY: usize = 1_000;
    // Both ends of each connection are in this process.
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let sim = Simulator::builder().settings(&format!("max-waiters = {MANY}")).start();
    let mut waits: Vec<_> = (0..MANY).map(|_| ask(&sim, "type=transaction.registered&timeout=300")).collect();
    while sim.http().get(&format!("{API}/info")).json()["waiting"] != MANY {}
    let refused = sim.http().get(&format!("{API}/events/wait?type=transaction.registered"));
    assert_eq!((refused.status, refused.header("content-type")), (503, Some("application/problem+json")));
    assert!(refused.json()["detail"].as_str().unwrap().contains("--max-waiters"), "{}", refused.body);

    let shop = sim.shop();
    let before = Instant::now();
    let t_xid = shop.register(&shop.order("order", 25_145)).t_xid();
    for wait in &mut waits {
        let (status, event) = receive(wait);
        assert_eq!((status, event["tXid"].as_str()), (200, Some(t_xid.as_str())));
    }
    let took = before.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(sim.http().get(&format!("{API}/info")).json()["waiting"], 0, "every place is free again");
}

#[test]
fn a_rust_test_waits_with_types() {
    let sim = Simulator::builder().clock("system").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order-1", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    let approved = sim.wait_for("transaction.approved").t_xid(&registered.t_xid()).within("5s");
    assert_eq!((approved.event_type(), approved.field("instmntMon")), ("transaction.approved", "1".to_owned()));
    assert_eq!((approved.field("noSuchField"), &approved.json()["id"]), (String::new(), &json!(approved.id())));
    let delivered = sim
        .wait_for("notification.delivered")
        .i_mid("PAYLOANTES")
        .reference_no("order-1")
        .field("kind", "approve")
        .after(&approved)
        .within("60s");
    assert!(delivered.id() > approved.id());
    let panic = said(|| drop(sim.wait_for("transaction.approved").after(&approved).within("10ms")));
    assert_eq!(panic, "no transaction.approved in 0.01 s");
    let panic = said(|| drop(sim.wait_for("transaction.approved").field("instmntMon", 3).within("PT0.01S")));
    assert_eq!(
        panic,
        format!(
            "no transaction.approved with instmntMon=3 in 0.01 s\n  nearest: event {} has instmntMon=1",
            approved.id()
        )
    );
    assert_eq!(
        said(|| drop(sim.wait_for("clock.moved").within("soon"))),
        "timeout must be a duration such as 5s or PT5S"
    );
}
