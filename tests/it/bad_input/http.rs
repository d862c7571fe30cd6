//! Paths, verbs and heads, what is no HTTP, and clients that are slow.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::{Bench, INQUIRY, JSON, PAYMENT, REGISTRATION, SIGN_IN, WAY_BACK, read_answer};

/// Reads until the other side closes.
fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        let hangs = matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
        assert!(!hangs, "the connection stays open after {:?}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

// Paths, verbs, heads

#[test]
fn unknown_paths_are_404_in_the_envelope() {
    let mut bench = Bench::new();
    for path in [
        "/nicepay",
        "/nicepay/",
        "/nicepay/direct/v2",
        "/nicepay/direct/v2/registrations",
        "/nicepay/direct/v2/registration/",
        "/nicepay/direct/v2/REGISTRATION",
        "/nicepay/direct/v2/cancels",
        "/nicepay/api/direct/v2/cancel",
        "/nicepay/v2/userAccountBindings",
        "/nicepay/redirect/v2/inquiry",
        "/nicepay/%00",
        "/nicepay/%ff",
        "/nicepay/%zz",
        "/nicepay/..%2f..%2fetc/passwd",
        "/nicepay/<script>",
        "/nicepay//",
    ] {
        for verb in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = bench.sim.http().send(verb, path, &[JSON], "{}");
            bench.refused(&format!("{verb} {path}"), &answer, 404, "9502", "path/not-simulated");
        }
    }
    let answer = bench.sim.http().get("/nicepay/direct/v2/registratoin");
    assert!(answer.header("x-sim-diagnosis").unwrap().contains(REGISTRATION), "the nearest one is named");
    // Nobody's paths.
    for path in ["/nowhere", "/nicepayx", "/direct/v2/registration", "/__sim/api/nowhere", "/.git/config"] {
        let answer = bench.sim.http().get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["type"], "urn:nicepay-sim:problem:path", "{path}");
        bench.goes_on(path);
    }
}

#[test]
fn wrong_verbs_are_405_in_the_envelope() {
    let mut bench = Bench::new();
    let rows: [(&str, &[&str], &str); 4] = [
        (REGISTRATION, &["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"], "POST"),
        (INQUIRY, &["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"], "POST"),
        (PAYMENT, &["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"], "GET, POST"),
        ("/nicepay/direct/v2/payment/return", &["POST", "PUT", "DELETE", "OPTIONS"], "GET"),
    ];
    for (path, verbs, allow) in rows {
        for verb in verbs {
            let what = format!("{verb} {path}");
            let body = bench.shop.body(&bench.order("verb")).to_string();
            let answer = bench.sim.http().send(verb, path, &[JSON], body);
            assert_eq!(answer.header("allow"), Some(allow), "{what}");
            bench.refused(&what, &answer, 405, "9502", "path/wrong-verb");
        }
        let answer = bench.sim.http().send("HEAD", path, &[], "");
        assert!(answer.status < 500 && answer.body.is_empty(), "HEAD {path}: {}", answer.status);
        bench.goes_on(path);
    }
}

#[test]
fn heads_over_the_limit_are_431() {
    let mut bench = Bench::new();
    let long = "x".repeat(16 * 1024);
    let paths = [REGISTRATION, PAYMENT, SIGN_IN, "/", "/__sim/api/transactions"];
    for path in paths {
        let verb = if path == REGISTRATION { "POST" } else { "GET" };
        let answer = bench.sim.http().send(verb, path, &[("x-long", &long)], "");
        assert_eq!(answer.status, 431, "{path}: a header");
        assert_eq!(answer.json()["type"], "urn:nicepay-sim:problem:headers", "{path}");
        bench.goes_on(path);
        let answer = bench.sim.http().send(verb, &format!("{path}?x={long}"), &[], "");
        assert_eq!(answer.status, 431, "{path}: a query");
        bench.goes_on(path);
        let many: Vec<_> = (0..90).map(|i| (format!("x-{i}"), "x".repeat(200))).collect();
        let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = bench.sim.http().send(verb, path, &many, "");
        assert_eq!(answer.status, 431, "{path}: many headers");
        bench.goes_on(path);
    }
    // Beyond what an HTTP server reads at all.
    let host = bench.address().to_owned();
    let megabyte = "x".repeat(1024 * 1024);
    for head in [
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: {megabyte}\r\n\r\n"),
        format!("GET /?{megabyte} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X: y\r\n".repeat(1_000)),
        megabyte.clone(),
    ] {
        let answer = bench.raw(head.as_bytes());
        assert!(answer.as_ref().is_none_or(|answer| (400..500).contains(&answer.status)), "{answer:?}");
        bench.goes_on("a head of a megabyte");
    }
}

#[test]
fn other_hosts_are_421() {
    let mut bench = Bench::new();
    let port = bench.address().split_once(':').unwrap().1.to_owned();
    let hosts = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "localhost.evil.example".to_owned(),
        "127.0.0.1.evil.example".to_owned(),
        "127.0.0.1@evil.example".to_owned(),
        "notlocalhost".to_owned(),
        "a.test".to_owned(),
        "x".repeat(1_000),
    ];
    for host in hosts {
        for path in [REGISTRATION, PAYMENT, INQUIRY, SIGN_IN, "/", "/__sim/api/transactions", "/__sim/livez"] {
            let body = bench.shop.body(&bench.order("host")).to_string();
            let answer = bench.sim.http().send("POST", path, &[JSON, ("host", &host)], body);
            assert_eq!(answer.status, 421, "{host}: {path}");
            assert_eq!(answer.json()["type"], "urn:nicepay-sim:problem:host", "{host}: {path}");
            assert!(answer.json()["detail"].as_str().unwrap().contains("--allow-host"), "{host}: {path}");
        }
        bench.goes_on(&host);
    }
    // The name may stand in the request line as well.
    let answer = bench.raw(b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    assert_eq!(answer.status, 421);
    for bytes in [&b"\xff\xfe"[..], b"", b"evil.example, 127.0.0.1"] {
        let head = [b"GET / HTTP/1.1\r\nHost: ", bytes, b"\r\n\r\n"].concat();
        let answer = bench.raw(&head).unwrap();
        assert!((400..500).contains(&answer.status), "{bytes:?}: {}", answer.status);
    }
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "shop.localhost", "dev.nicepay.co.id"] {
        let answer = bench.sim.http().send("GET", "/__sim/livez", &[("host", host)], "");
        assert_eq!(answer.status, 200, "{host}");
    }
    bench.goes_on("hosts");
}

#[test]
fn what_is_not_http() {
    let mut bench = Bench::new();
    let host = format!("Host: {}\r\n", bench.address());
    let post = format!("POST {REGISTRATION} HTTP/1.1\r\n{host}Content-Type: application/json\r\n");
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("words", b"hello\r\n\r\n".to_vec()),
        ("bytes", vec![0xff; 300]),
        ("zeros", [&[0; 300][..], b"\r\n\r\n"].concat()),
        ("TLS", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 500], b"\r\n\r\n"].concat()),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("HTTP/9.9", format!("GET / HTTP/9.9\r\n{host}\r\n").into_bytes()),
        ("no version", b"GET /\r\n\r\n".to_vec()),
        ("a blank in the path", format!("GET /a b HTTP/1.1\r\n{host}\r\n").into_bytes()),
        ("a header without a colon", format!("GET / HTTP/1.1\r\n{host}nonsense\r\n\r\n").into_bytes()),
        ("a NUL in a header", format!("GET / HTTP/1.1\r\n{host}X: a\0b\r\n\r\n").into_bytes()),
        ("a negative length", format!("{post}Content-Length: -1\r\n\r\n").into_bytes()),
        ("a length of words", format!("{post}Content-Length: many\r\n\r\n").into_bytes()),
        ("two lengths", format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x").into_bytes()),
        ("an endless length", format!("{post}Content-Length: 99999999999999999999999\r\n\r\n").into_bytes()),
        ("unknown encoding", format!("{post}Transfer-Encoding: nonsense\r\n\r\n{{}}").into_bytes()),
        ("length and chunks", format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").into()),
        ("a chunk of no size", format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n").into()),
        ("a chunk too large", format!("{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{{}}").into()),
    ];
    for (what, bytes) in rows {
        let mut stream = bench.connect();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let answer = read_answer(&mut stream);
        if let Some(answer) = answer {
            // A head that can be read may be followed by a body that cannot.
            let refused = answer.status == 200 && answer.result_cd() == "9001" && answer.diagnosis() == "body/broken";
            assert!(refused || (400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
        }
        bench.goes_on(what);
    }
    // Odd, but HTTP.
    for request in [
        format!("GET http://{}/__sim/livez HTTP/1.1\r\n{host}\r\n", bench.address()),
        "GET /__sim/livez HTTP/1.0\r\n\r\n".to_owned(),
        format!("\r\nGET /__sim/livez HTTP/1.1\r\n{host}\r\n"),
    ] {
        assert_eq!(bench.raw(request.as_bytes()).map(|answer| answer.status), Some(200), "{request:?}");
    }
    let answer = bench.raw(format!("OPTIONS * HTTP/1.1\r\n{host}\r\n").as_bytes());
    assert!(answer.is_none_or(|answer| answer.status < 500));
    bench.goes_on("odd requests");
}

#[test]
fn a_bad_request_leaves_its_connection_good() {
    let bench = Bench::new();
    let mut stream = bench.connect();
    let send = |stream: &mut TcpStream, body: &str| {
        let (host, length) = (bench.address(), body.len());
        let head = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
        stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).unwrap();
    };
    let good = bench.shop.body(&bench.order("good")).to_string();
    for bad in ["", "[", "hello", "{\"iMid\":\"X\"}", &"[".repeat(100_000)] {
        send(&mut stream, bad);
        let answer = read_answer(&mut stream).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_ne!(answer.result_cd(), "0000");
    }
    send(&mut stream, &good);
    assert_eq!(read_answer(&mut stream).unwrap().result_cd(), "0000");
    // Both at once: each gets its own answer.
    let host = bench.address();
    let head = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    let both = format!(
        "{head}Content-Length: 1\r\n\r\n[{head}Content-Length: {}\r\nConnection: close\r\n\r\n{good}",
        good.len()
    );
    stream.write_all(both.as_bytes()).unwrap();
    let answers = read_to_end(&mut stream);
    let (first, second) = (answers.find("\"resultCd\":\"9001\""), answers.find("\"resultCd\":\"9009\""));
    assert!(first.is_some() && first < second, "{answers}");
}

// Slow ones

#[test]
fn clients_that_send_nothing_or_half_a_head_are_let_go() {
    let mut bench = Bench::impatient();
    let host = bench.address().to_owned();
    let whole = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nX: y\r\n");
    let mut waiting: Vec<TcpStream> = (0..whole.len())
        .map(|length| {
            let mut stream = bench.connect();
            stream.write_all(&whole.as_bytes()[..length]).unwrap();
            stream
        })
        .collect();
    // Nobody else waits for them.
    bench.goes_on("slow clients");
    for stream in &mut waiting {
        let said = read_to_end(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said}");
    }
    bench.goes_on("slow clients that are gone");
}

#[test]
fn clients_that_send_half_a_body_get_408() {
    let mut bench = Bench::impatient();
    let host = bench.address().to_owned();
    let good = bench.shop.body(&bench.order("slow")).to_string();
    // Who announces too much need not send it.
    let request = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1073741824\r\n\r\n{good}");
    let answer = bench.raw(request.as_bytes()).unwrap();
    bench.refused("a gigabyte announced", &answer, 413, "9001", "body/too-large");
    let mut waiting = Vec::new();
    for path in [REGISTRATION, INQUIRY, PAYMENT] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
        let half = &good[..good.len() / 2];
        for (what, request) in [
            ("half", format!("{head}Content-Length: {}\r\n\r\n{half}", good.len())),
            ("nothing", format!("{head}Content-Length: {}\r\n\r\n", good.len())),
            ("one byte missing", format!("{head}Content-Length: {}\r\n\r\n{good}", good.len() + 1)),
            ("a megabyte announced", format!("{head}Content-Length: 1048576\r\n\r\n{good}")),
            ("no last chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{good}\r\n", good.len())),
        ] {
            let mut stream = bench.connect();
            stream.write_all(request.as_bytes()).unwrap();
            waiting.push((format!("{path}: {what}"), stream));
        }
    }
    bench.goes_on("slow clients");
    for (what, mut stream) in waiting {
        let answer = read_answer(&mut stream).unwrap();
        bench.refused(&what, &answer, 408, "9001", "body/too-slow");
    }
    // The pages are as patient, and no more.
    let order = bench.order("pages");
    let registered = bench.take(&order);
    let tk = bench.sim.buyer().open(&bench.shop.payment_url(&order, &registered, WAY_BACK));
    let request = format!("POST {SIGN_IN}?tk={tk} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\nphone=0812");
    let answer = bench.raw(request.as_bytes()).unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.diagnosis(), "page/bad-form");
    bench.goes_on("half a form");
    // And so is the control API.
    let request = format!(
        "POST /__sim/api/reset HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    assert_eq!(bench.raw(request.as_bytes()).unwrap().status, 408);
    bench.goes_on("half a reset");
}

#[test]
fn clients_that_go_away_in_the_middle_leave_nothing_behind() {
    let mut bench = Bench::new();
    let host = bench.address().to_owned();
    let good = bench.shop.body(&bench.order("gone")).to_string();
    let head = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{good}", good.len());
    for length in [1, head.len(), head.len() + 30, request.len() - 1] {
        let mut stream = bench.connect();
        stream.write_all(&request.as_bytes()[..length]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let said = read_to_end(&mut stream);
        let refused = said.contains("x-sim-diagnosis: body/broken: ") && said.contains("\"resultCd\":\"9001\"");
        assert!(said.is_empty() || refused || said.starts_with("HTTP/1.1 4"), "{length}: {said}");
        bench.goes_on("a client that went away");
    }
    bench.take(&bench.order("gone"));
}
