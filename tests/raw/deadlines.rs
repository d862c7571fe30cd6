//! Clients that are slow or silent: every connection has a deadline, and really ends.

use std::thread;
use std::time::Instant;

use crate::shop::{REGISTRATION, Shop};
use crate::target::{Target, request};
use crate::wire::Wire;

const HEAD: &str = "POST /nicepay/direct/v2/registration HTTP/1.1\r\nHost: localhost\r\n";

#[test]
fn a_silent_connection_ends() {
    let target = Target::any();
    let before = Instant::now();
    let mut silent: Vec<_> = target.ways().iter().map(|way| (way, target.connect(*way))).collect();
    // Before the handshake, and before the proxy has read a request.
    let silent_early = target.ways().iter().map(|way| (way, Wire::Plain(target.tcp(*way))));
    silent.extend(silent_early);
    for (way, mut wire) in silent {
        assert_eq!(wire.read_to_end(), "", "{way:?}");
    }
    assert!(before.elapsed() < target.limit(), "{:?}", before.elapsed());
}

#[test]
fn half_a_head_ends_with_408_on_a_new_connection_and_on_a_kept_one() {
    let target = Target::any();
    let before = Instant::now();
    let mut waiting = Vec::new();
    for way in target.ways() {
        for half in ["P", "POST /nicepay", HEAD, "\r\n"] {
            for is_kept in [false, true] {
                let mut wire = target.connect(*way);
                if is_kept {
                    wire.send(request("GET /__sim/livez", ""));
                    assert_eq!(wire.answer().unwrap().status, 200);
                }
                wire.send(half);
                waiting.push((format!("{way:?}, kept: {is_kept}: {half:?}"), wire));
            }
        }
    }
    for (what, mut wire) in waiting {
        let said = wire.read_to_end();
        assert!(said.starts_with("HTTP/1.1 408 ") && said.matches("HTTP/").count() == 1, "{what}: {said}");
    }
    assert!(before.elapsed() < target.limit(), "{:?}", before.elapsed());
}

#[test]
fn a_head_that_drips_has_the_same_deadline() {
    let target = Target::any();
    thread::scope(|threads| {
        for way in target.ways() {
            for is_kept in [false, true] {
                let mut wire = target.connect(*way);
                if is_kept {
                    wire.send(request("GET /__sim/livez", ""));
                    assert_eq!(wire.answer().unwrap().status, 200);
                }
                wire.send("GET /__sim/livez HTTP/1.1\r\nX: ");
                threads.spawn(|| drip(&target, wire, "y"));
            }
        }
    });
}

/// What is left of a chunked body after the response: it was never finished, or it never finishes.
#[test]
fn a_connection_ends_after_the_response_to_a_chunked_body_that_does_not_end() {
    let target = Target::any();
    let mut shop = Shop::new(&target);
    let mut waiting = Vec::new();
    let mut dripping = Vec::new();
    for way in target.ways() {
        for (head, status) in [
            (format!("POST {REGISTRATION} HTTP/1.1\r\nHost: localhost\r\n"), 408),
            ("POST /nowhere HTTP/1.1\r\nHost: localhost\r\n".to_owned(), 404),
            ("POST /nicepay/nowhere HTTP/1.1\r\nHost: localhost\r\n".to_owned(), 408),
            ("POST /__sim/livez HTTP/1.1\r\nHost: evil.example\r\n".to_owned(), 421),
            ("POST /__sim/api/reset HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".to_owned(), 408),
            ("GET /__sim/livez HTTP/1.1\r\nHost: localhost\r\n".to_owned(), 200),
        ] {
            for (body, drip) in
                [("2\r\n{}\r\n", ""), ("2\r\n{}\r\n", "1\r\nx\r\n"), ("0\r\n", "X: y\r\n"), ("0\r\nX: ", "y")]
            {
                let what = format!("{way:?}: {head:?} {body:?} {drip:?}");
                let mut wire = target.connect(*way);
                wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n{body}"));
                if drip.is_empty() {
                    waiting.push((what, status, wire));
                } else {
                    dripping.push((drip, wire));
                }
            }
        }
    }
    shop.goes_on("half a body");
    thread::scope(|threads| {
        for (drops, wire) in dripping {
            threads.spawn(|| drip(&target, wire, drops));
        }
        for (what, status, mut wire) in waiting {
            let answer = wire.answer().unwrap();
            assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{what}");
            assert_eq!(wire.read_to_end(), "", "{what}");
        }
    });
    shop.goes_on("bodies without an end");
}

fn drip(target: &Target, mut wire: Wire, drops: &str) {
    wire.drips_until_closed(drops, target.limit());
}

#[test]
fn a_body_that_drips_has_one_deadline() {
    let target = Target::any();
    thread::scope(|threads| {
        for way in target.ways() {
            let mut wire = target.connect(*way);
            wire.send(format!("{HEAD}Content-Length: 100000\r\n\r\n"));
            threads.spawn(|| drip(&target, wire, " "));
        }
    });
}

#[test]
fn a_kept_connection_may_be_idle_longer_than_a_head_may_take() {
    let target = Target::any();
    for way in target.ways() {
        let mut kept = target.connect(*way);
        // The body comes after the head, in a packet of its own.
        kept.send(format!("{HEAD}Content-Length: 2\r\n\r\n"));
        let mut other = target.connect(*way);
        kept.send("{}");
        assert_eq!(kept.answer().unwrap().status, 200, "{way:?}");
        // Until this one has come to its deadline.
        other.send("GET");
        assert!(other.read_to_end().starts_with("HTTP/1.1 408 "), "{way:?}");
        kept.send(request("GET /__sim/livez", ""));
        assert_eq!(kept.answer().unwrap().status, 200, "{way:?}");
    }
}
