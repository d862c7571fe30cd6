//! What a page of another site can make a browser send, and what only looks like the simulator's own host.

use serde_json::json;

use super::{Bench, INQUIRY, JSON, PAYMENT, REGISTRATION, SIGN_IN, WAY_BACK};

/// Every endpoint that a merchant's server calls, in every spelling.
const CALLS: [&str; 13] = [
    REGISTRATION,
    INQUIRY,
    "/nicepay/direct/v2/cancel",
    "/nicepay/redirect/v2/registration",
    "/nicepay/v2/userAccountBinding",
    "/nicepay/v2/useraccountbinding",
    "/nicepay/direct/v2/remove-token",
    "/nicepay/direct/v2/remove_token",
    "/nicepay/direct/v2/user-details",
    "/nicepay/direct/v2/confirmAkulaku",
    "/nicepay/api/direct/v2/confirmAkulaku",
    "/nicepay/direct/v2/checkMid",
    "/nicepay//direct/v2/%72egistration",
];

#[test]
fn a_page_of_another_site_cannot_call_the_api() {
    let mut bench = Bench::new();
    // Also where a rule would do what the call asks and break its answer.
    let rule = json!({ "when": { "operation": "inquiry" }, "then": { "answer": { "status": 503 } } });
    assert_eq!(bench.sim.http().post_json("/__sim/api/rules", &rule).status, 201);
    let own = bench.sim.url().to_owned();
    let port = own.rsplit_once(':').unwrap().1;
    let strangers = [
        ("origin", "https://evil.example".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", "http://localhost:3000".to_owned()),
        ("origin", format!("http://localhost:{port}")),
        ("origin", format!("{own}.evil.example")),
        ("origin", format!("http://evil.example/{}", bench.address())),
        ("origin", "\u{20ac}".to_owned()),
        ("sec-fetch-site", "cross-site".to_owned()),
    ];
    for path in CALLS {
        for (name, value) in &strangers {
            for content_type in ["text/plain", "application/json"] {
                let body = bench.shop.body(&bench.order("page")).to_string();
                let headers = [("content-type", content_type), (*name, value)];
                let answer = bench.sim.http().send("POST", path, &headers, body);
                bench.refused(&format!("{path} {name}: {value}"), &answer, 403, "9001", "origin/foreign");
                assert_eq!(
                    answer.json()["resultMsg"].as_str().unwrap().split('.').next(),
                    Some("Failed to register your order")
                );
            }
        }
    }
    bench.sim.expect("rule.hit").times(0);
    let said = bench.sim.events("transaction.refused").pop().unwrap();
    assert_eq!(
        said["diagnosis"],
        "origin/foreign: a page of another site sent this request (\"Sec-Fetch-Site: cross-site\"), and only your server \
         may call /nicepay/direct/v2/registration (docs/PROTOCOL.md section 2.13)"
    );
}

#[test]
fn a_server_and_the_simulators_own_pages_can_call_the_api() {
    let mut bench = Bench::new();
    let own = bench.sim.url().to_owned();
    for headers in [
        vec![JSON],
        vec![JSON, ("origin", &own)],
        vec![JSON, ("origin", &own), ("sec-fetch-site", "same-origin")],
        vec![JSON, ("sec-fetch-site", "none")],
    ] {
        let order = bench.order(&format!("own-{}", bench.stored.len()));
        let answer = bench.sim.http().send("POST", REGISTRATION, &headers, bench.shop.body(&order).to_string());
        assert_eq!(answer.result_cd(), "0000", "{headers:?}: {:?}", answer.header("x-sim-diagnosis"));
        bench.stored.push(answer.t_xid());
    }
    let mut public =
        Bench::of(nicepay_sim::testing::Simulator::builder().settings("public-url = 'https://pay.test'").start());
    for (origin, status) in [("https://pay.test", 200), ("http://pay.test", 403), ("https://pay.test:8443", 403)] {
        let body = public.shop.body(&public.order(origin)).to_string();
        let answer = public.sim.http().send("POST", REGISTRATION, &[JSON, ("origin", origin)], body);
        assert_eq!(answer.status, status, "{origin}");
        if status == 200 {
            public.stored.push(answer.t_xid());
        }
    }
    public.goes_on("another site");
    bench.goes_on("the simulator's own pages");
}

/// A merchant's page sends the customer's browser there, by a link or a form.
#[test]
fn pages_are_open_to_every_site() {
    let mut bench = Bench::new();
    let foreign = [("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")];
    let order = bench.order("browser");
    let registered = bench.take(&order);
    let url = bench.shop.payment_url(&order, &registered, WAY_BACK);
    let target = url.strip_prefix(bench.sim.url()).unwrap();
    let (path, query) = target.split_once('?').unwrap();
    assert_eq!(path, PAYMENT);
    let form = [("content-type", "application/x-www-form-urlencoded"), foreign[0], foreign[1]];
    assert_eq!(bench.sim.http().send("POST", PAYMENT, &form, query).status, 302);
    let page = bench.sim.http().send("GET", target, &foreign, "");
    assert_eq!(page.status, 302);
    let page = bench.sim.http().send("GET", page.location(), &foreign, "");
    assert_eq!(page.status, 200);
    bench.goes_on("a browser");
}

/// Whatever a `Host` ends with: what is not just a host and a port is not served, and stands in no URL.
#[test]
fn a_host_that_only_looks_like_ours_is_421() {
    let mut bench = Bench::new();
    let body = bench.shop.body(&bench.order("host")).to_string();
    for host in [
        "evil.com/.localhost",
        "evil.com#.localhost",
        "evil.com?.localhost",
        "evil.com\\.localhost",
        "evil.com/@localhost",
        "localhost@evil.com",
        "evil.com@localhost",
        "evil.com:80@localhost",
        "evil.com\t.localhost",
        "evil.com .localhost",
        "evil.com,.localhost",
        "evil%2ecom%2f.localhost",
        "%6cocalhost",
        "evil.com/127.0.0.1",
        "127.0.0.1/evil.com",
        "127.0.0.1:80/x",
        "localhost:0",
        "localhost:99999",
        "localhost:+80",
        "localhost:80:80",
        "..localhost",
        ".localhost",
        "[::1].localhost",
        "[::1",
        "[::1]x:80",
        "[::1%25lo]",
        "[localhost]",
        "::1",
        "",
    ] {
        let length = body.len();
        let head = format!("Host: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}");
        for target in [REGISTRATION.to_owned(), format!("http://{host}{REGISTRATION}")] {
            let request = format!("POST {target} HTTP/1.1\r\n{head}\r\n\r\n{body}");
            let answer = bench.raw(request.as_bytes()).unwrap();
            // A request line that is none is refused before its headers are looked at.
            let refused = answer.status == 421 && answer.json()["type"] == "urn:nicepay-sim:problem:host";
            assert!(refused || (target.starts_with("http:") && answer.status == 400), "{target}, {host:?}: {answer:?}");
        }
        bench.goes_on(host);
    }
    let served =
        ["localhost", "LOCALHOST.:8606", "a.b.localhost:1", "localhost:", "127.0.0.1:65535", "[::1]:80", "[::1]"];
    for host in served {
        let answer = bench.sim.http().send("GET", "/__sim/livez", &[("host", host)], "");
        assert_eq!(answer.status, 200, "{host}");
    }
}

#[test]
fn two_hosts_are_400() {
    let mut bench = Bench::new();
    for (one, other) in [("localhost", "localhost"), ("localhost", "evil.com"), ("evil.com", "localhost")] {
        let request = format!("GET /__sim/livez HTTP/1.1\r\nHost: {one}\r\nX: y\r\nhost: {other}\r\n\r\n");
        let answer = bench.raw(request.as_bytes()).unwrap();
        assert_eq!(answer.status, 400, "{one}, {other}");
        bench.goes_on("two hosts");
    }
}

/// What a trusted proxy passes on may come from its client.
#[test]
fn a_forwarded_host_is_a_host_or_nothing() {
    let sim = nicepay_sim::testing::Simulator::builder().settings("trusted-proxy = ['127.0.0.1']").start();
    for (header, value, base) in [
        ("x-forwarded-host", "pay.test", "http://pay.test"),
        ("forwarded", "host=\"pay.test:8443\";proto=https", "https://pay.test:8443"),
        ("x-forwarded-host", "evil.com/.localhost", sim.url()),
        ("x-forwarded-host", "evil.com#", sim.url()),
        ("x-forwarded-host", "user@evil.com", sim.url()),
        ("forwarded", "host=\"evil.com?\"", sim.url()),
    ] {
        let info = sim.http().send("GET", "/__sim/api/info", &[(header, value)], "").json();
        assert_eq!(info["urls"]["base"], base, "{header}: {value}");
    }
}

#[test]
fn trace_is_405_before_everything_else() {
    let mut bench = Bench::new();
    for path in ["/", "/nowhere", "/__sim/", "/__sim/livez", "/__sim/inbox", SIGN_IN] {
        for headers in [&[][..], &[("origin", "http://evil.example")], &[("content-type", "text/plain")]] {
            let answer = bench.sim.http().send("TRACE", path, headers, "");
            assert_eq!(
                (answer.status, &answer.json()["type"]),
                (405, &json!("urn:nicepay-sim:problem:verb")),
                "{path}"
            );
            assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"), "{path}");
        }
    }
    for path in [REGISTRATION, PAYMENT] {
        let answer = bench.sim.http().send("TRACE", path, &[("origin", "http://evil.example")], "");
        bench.refused(path, &answer, 405, "9502", "path/wrong-verb");
    }
    // A method that no call has needs no Content-Type to be refused.
    for (path, allow) in [("/__sim/api/info", "GET"), ("/__sim/api/reset", "POST"), ("/__sim/api/clock", "GET, POST")] {
        for verb in ["TRACE", "PATCH", "BREW"] {
            let answer = bench.sim.http().send(verb, path, &[("origin", "http://evil.example")], "");
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{verb} {path}");
        }
    }
}
