//! Paths, verbs and heads. What is no HTTP is in tests/raw.

use nicepay_sim::testing::Simulator;

use super::{Bench, INQUIRY, JSON, PAYMENT, REGISTRATION, SIGN_IN, WAY_BACK};

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
fn an_allowed_host_is_served_at_every_port() {
    let sim = Simulator::builder().settings("allow-host = ['Shop.test:8606', 'toko.test']").start();
    let status = |host| sim.http().send("GET", "/__sim/livez", &[("host", host)], "").status;
    for host in ["shop.test", "shop.test:8606", "SHOP.TEST:1", "toko.test", "toko.test:1"] {
        assert_eq!(status(host), 200, "{host}");
    }
    assert_eq!(status("a.shop.test:8606"), 421);
}

// Slow ones: tests/raw has those that are no browser.

#[test]
fn half_a_form_is_a_bad_form() {
    let mut bench = Bench::impatient();
    let host = bench.address().to_owned();
    let order = bench.order("pages");
    let registered = bench.take(&order);
    let tk = bench.sim.buyer().open(&bench.shop.payment_url(&order, &registered, WAY_BACK));
    let request = format!("POST {SIGN_IN}?tk={tk} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\nphone=0812");
    let answer = bench.raw(request.as_bytes()).unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.diagnosis(), "page/bad-form");
    bench.goes_on("half a form");
}
