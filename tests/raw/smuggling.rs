//! Bytes behind a request that a lenient parser takes for another request.

use crate::shop::{REGISTRATION, Shop};
use crate::target::Target;

/// How a chunked body ends, and what is hidden behind the end.
fn bodies(smuggled: &str) -> Vec<(&'static str, String)> {
    let length = smuggled.len();
    // A parser that takes the rest of this head for trailers answers what it carries as a request.
    let carrier = format!("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{smuggled}");
    vec![
        ("no CR before the last line", format!("2\r\n{{}}\r\n0\r\n\n{carrier}")),
        ("no body, and no CR before the last line", format!("0\r\n\n{carrier}")),
        ("a line feed after a trailer", format!("2\r\n{{}}\r\n0\r\nX: y\n\n{carrier}")),
        ("a line feed within the trailers", format!("0\r\nX: y\nZ: z\r\n\n{carrier}")),
        ("a line feed after a size", format!("2\n{{}}\r\n0\r\n\r\n{smuggled}")),
        ("a line feed after an extension", format!("2;x=\n{{}}\r\n0\r\n\r\n{smuggled}")),
        ("a line feed after a chunk", format!("2\r\n{{}}\n0\r\n\r\n{smuggled}")),
        ("a line feed after the last size", format!("2\r\n{{}}\r\n0\n\r\n{smuggled}")),
        ("a carriage return for an end", format!("2\r\n{{}}\r\n0\r\n\r{smuggled}")),
        ("a well-formed end", format!("2\r\n{{}}\r\n0\r\n\r\n{smuggled}")),
        ("a well-formed end with trailers", format!("2\r\n{{}}\r\n0\r\nX: y\r\n\r\n{smuggled}")),
    ]
}

/// How many requests were answered. What is no request may be refused as that.
fn answers(said: &str) -> usize {
    said.matches("HTTP/1.1 ").count() - said.matches("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n").count()
}

#[test]
fn nothing_behind_a_chunked_body_is_answered() {
    let target = Target::any();
    let mut shop = Shop::new(&target);
    let order = shop.order("smuggled").to_string();
    let length = order.len();
    let smuggled = format!(
        "POST {REGISTRATION} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{order}"
    );
    for way in target.ways() {
        for path in [REGISTRATION, "/__sim/livez", "/nowhere", "/__sim/api/events/wait?timeout=1ms"] {
            for (what, body) in bodies(&smuggled) {
                let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
                let mut wire = target.connect(*way);
                wire.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n{body}"));
                let said = wire.read_to_end();
                assert!(answers(&said) <= 1, "{way:?}: {path}: {what}: {said}");
                assert!(!said.contains("\"0000\""), "{way:?}: {path}: {what}: {said}");
            }
        }
        // In two writes: the end of the body is known before the rest comes.
        let mut wire = target.connect(*way);
        wire.send(format!(
            "POST {REGISTRATION} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        ));
        wire.send(format!("\n{smuggled}"));
        assert!(answers(&wire.read_to_end()) <= 1, "{way:?}");
        shop.goes_on(&format!("{way:?}"));
    }
}

#[test]
fn nothing_behind_a_request_that_closes_is_answered() {
    let target = Target::any();
    for way in target.ways() {
        for last in [
            "GET /__sim/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "GET /__sim/livez HTTP/1.0\r\n\r\n",
        ] {
            let mut wire = target.connect(*way);
            wire.send(format!("{last}GET /__sim/livez HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            assert_eq!(wire.read_to_end().matches("HTTP/1.").count(), 1, "{way:?}: {last}");
        }
    }
}

/// Java's HTTP client does so in each first request.
#[test]
fn who_offers_http_2_is_told_that_the_connection_ends() {
    let target = Target::any();
    let offer = "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c";
    for way in target.ways() {
        for (path, status) in [("/__sim/livez", 200), ("/__sim/nowhere", 404)] {
            let mut wire = target.connect(*way);
            wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{offer}\r\n\r\n"));
            let answer = wire.answer().unwrap();
            assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{way:?}: {answer:?}");
            assert_eq!(wire.read_to_end(), "");
        }
    }
}
