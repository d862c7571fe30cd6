//! What is refused: a page that says why, in the reader's language, with a way back; and nothing half done.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

use super::{ACTIONS, API, Page, buyer, post, register};
use crate::bad_input::read_answer;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A simulator with an order to do something with, and all that it knows.
struct Bench {
    sim: Simulator,
    t_xid: String,
}

impl Bench {
    fn new() -> Self {
        Self::of(Simulator::start())
    }

    fn of(sim: Simulator) -> Self {
        let t_xid = register(&sim, "order");
        Self { sim, t_xid }
    }

    fn pay(&self) -> String {
        format!("{ACTIONS}/transactions/{}/buyer", self.t_xid)
    }

    fn all(&self) -> Vec<String> {
        ["transactions", "tokens", "rules", "shoppers", "scenario", "clock", "notifications", "events?limit=10000"]
            .map(|what| self.sim.http().get(&format!("{API}/{what}")).body)
            .into()
    }

    /// The call is refused with a page that says so, and nothing has happened.
    #[track_caller]
    fn refused(&self, what: &str, status: u16, says: &str, send: impl Fn(&str) -> Reply) -> Page {
        let before = self.all();
        let pages = [("id", "Tindakan gagal"), ("en", "Action failed")].map(|(language, heading)| {
            let page = Page::of(&self.sim, what, &send(language));
            assert_eq!((page.status, page.says("problem").as_str()), (status, heading), "{what}");
            assert!(page.says("problem-detail").contains(says), "{what}: {}", page.says("problem-detail"));
            assert!(page.says("problem-detail").chars().count() < 2_100, "{what}");
            let back = page.tested("problem-back")[0].attr("href").unwrap().to_owned();
            Page::in_language(&self.sim, back.split('#').next().unwrap(), language);
            page
        });
        assert_eq!(self.all(), before, "{what}: half done");
        let [_, en] = pages;
        en
    }

    #[track_caller]
    fn form(&self, path: &str, form: &str, status: u16, says: &str) -> Page {
        let what = format!("{path} {}", form.chars().take(100).collect::<String>());
        self.refused(&what, status, says, |language| {
            post(&self.sim, &format!("{ACTIONS}{path}"), &[("accept-language", language)], form)
        })
    }
}

#[test]
fn a_form_comes_from_a_page_of_ours_or_not_at_all() {
    let bench = Bench::new();
    let url = bench.sim.url().to_owned();
    let port = url.rsplit_once(':').unwrap().1;
    let send = |headers: &[(&str, &str)], language: &str| {
        let headers: Vec<_> = headers.iter().copied().chain([FORM, ("accept-language", language)]).collect();
        bench.sim.http().send("POST", &bench.pay(), &headers, "do=pay")
    };
    bench.refused("no Origin", 403, "Origin", |language| send(&[], language));
    for origin in [
        "null".to_owned(),
        "https://evil.test".to_owned(),
        format!("http://evil.test:{port}"),
        format!("http://localhost:{port}"),
        "http://127.0.0.1".to_owned(),
        format!("{url}.evil.test"),
        format!("{url}@evil.test"),
        String::new(),
        "://".to_owned(),
        format!("http://127.0.0.1:{}", port.parse::<u16>().unwrap() ^ 1),
    ] {
        bench.refused(&format!("from {origin:?}"), 403, "", |language| send(&[("origin", &origin)], language));
    }
    assert_eq!(send(&[("origin", &url)], "en").status, 303, "ours");
}

#[test]
fn a_form_is_posted_and_is_a_form() {
    let bench = Bench::new();
    for verb in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        for path in [bench.pay(), format!("{ACTIONS}/reset"), format!("{ACTIONS}/no-such"), format!("{ACTIONS}/")] {
            bench.refused(&format!("{verb} {path}"), 405, "POST", |language| {
                let headers = [FORM, ("origin", bench.sim.url()), ("accept-language", language)];
                let reply = bench.sim.http().send(verb, &path, &headers, if verb == "GET" { "" } else { "do=pay" });
                assert_eq!(reply.header("allow"), Some("POST"));
                reply
            });
        }
    }
    assert_eq!(bench.sim.http().send("HEAD", &bench.pay(), &[], "").status, 405);
    let part = "--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\npay\r\n--b--\r\n";
    for (content_type, body) in [
        (Some("application/json"), r#"{"iMid":"MYSHOP0001"}"#),
        (Some("multipart/form-data; boundary=b"), part),
        (Some("text/plain"), "do=pay"),
        (Some("application/x-www-form-urlencodedx"), "do=pay"),
        (Some(""), "do=pay"),
        (None, "do=pay"),
    ] {
        for path in [bench.pay(), format!("{ACTIONS}/reset")] {
            bench.refused(&format!("{content_type:?} {path}"), 415, "application/x-www-form-urlencoded", |language| {
                let mut headers = vec![("origin", bench.sim.url()), ("accept-language", language)];
                headers.extend(content_type.map(|content_type| ("content-type", content_type)));
                bench.sim.http().send("POST", &path, &headers, body)
            });
        }
    }
    let origin = ("origin", bench.sim.url());
    let spelled = ("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8");
    assert_eq!(bench.sim.http().send("POST", &bench.pay(), &[spelled, origin], "do=pay").status, 303);
}

#[test]
fn what_the_api_refuses_is_refused_in_its_words() {
    let bench = Bench::new();
    let t_xid = &bench.t_xid;
    let says = |method: &str, path: &str, body: Value| {
        let headers = [("content-type", "application/json")];
        let answer = bench.sim.http().send(method, &format!("{API}{path}"), &headers, body.to_string());
        (answer.status, answer.json()["detail"].as_str().unwrap().to_owned())
    };
    let transaction = |what: &str| format!("/transactions/{t_xid}/{what}");
    for (path, form, method, body) in [
        (transaction("partner"), "do=approve", "POST", json!({ "do": "approve" })),
        (transaction("cancel"), "", "POST", json!({})),
        (transaction("buyer"), "do=dance", "POST", json!({ "do": "dance" })),
        (transaction("buyer"), "do=pay&phone=abc", "POST", json!({ "do": "pay", "phone": "abc" })),
        (transaction("notify"), "variant=odd", "POST", json!({ "variant": "odd" })),
        (transaction("buyer"), "do=pay&odd=1", "POST", json!({ "do": "pay", "odd": "1" })),
        ("/transactions/none/buyer".into(), "do=pay", "POST", json!({ "do": "pay" })),
        ("/bindings/7/buyer".into(), "do=bind", "POST", json!({ "do": "bind" })),
        ("/notifications/none/resend".into(), "", "POST", json!({})),
        ("/tokens/none?iMid=PAYLOANTES".into(), "_method=DELETE", "DELETE", json!({})),
        ("/rules/none".into(), "_method=DELETE", "DELETE", json!({})),
        ("/reset".into(), "iMid=NOBODY0001", "POST", json!({ "iMid": "NOBODY0001" })),
        ("/scenario".into(), "_method=PUT&name=none", "PUT", json!({ "name": "none" })),
        ("/clock/advance".into(), "by=soon", "POST", json!({ "by": "soon" })),
        ("/clock/advance".into(), "by=-1h", "POST", json!({ "by": "-1h" })),
        (
            "/rules".into(),
            "times:json=1&then.outcome=dance",
            "POST",
            json!({ "times": 1, "then": { "outcome": "dance" } }),
        ),
        (
            "/rules".into(),
            "times:json=0&then.outcome=reject",
            "POST",
            json!({ "times": 0, "then": { "outcome": "reject" } }),
        ),
        ("/shoppers/081291891818".into(), "_method=PUT&pin=1", "PUT", json!({ "pin": "1" })),
        ("/nothing".into(), "", "POST", json!({})),
    ] {
        let (status, detail) = says(method, &path, body);
        assert!([400, 404, 409, 422].contains(&status), "{path}: {status} {detail}");
        // A path is said as it was called.
        let detail = if path == "/nothing" { "does not exist" } else { &detail };
        bench.form(&path, form, status, detail);
    }
    // A verb that the call does not have.
    for (path, form) in [
        (transaction("buyer"), "_method=DELETE&do=pay"),
        ("/info".to_owned(), ""),
        ("/events".to_owned(), ""),
        ("/events/stream".to_owned(), ""),
        ("/scenario".to_owned(), "name=approve"),
    ] {
        bench.form(&path, form, 405, "this path supports");
    }
    buyer(&bench.sim, t_xid, &json!({ "do": "approve" }));
    bench.sim.drain();
    bench.form(&transaction("buyer"), "do=pay", 409, "approved");
    bench.form(&transaction("cancel"), "amt=25146", 409, "");
}

#[test]
fn forms_that_say_nothing_sensible() {
    let bench = Bench::new();
    for (path, form, says) in [
        ("/rules", "times:json=once&then.outcome=reject", "times"),
        ("/rules", "times:json=1%202&then.outcome=reject", "times"),
        ("/rules", "then:json=%7B%22outcome%22%3A", "then"),
        ("/rules", "then=1&then.outcome=reject", "then.outcome"),
        ("/rules", "then:json=1&then.outcome=reject", "then.outcome"),
        ("/clock", "freeze:json=yes", "freeze"),
    ] {
        bench.form(path, form, 422, says);
    }
    // Deep, long, and many.
    let deep = "a.".repeat(60_000);
    bench.form("/reset", &[&deep, "a=1"].concat(), 422, "nested");
    bench.form("/reset", &["iMid.", &"a.".repeat(5), "a=1"].concat(), 400, "");
    let lists = ["x:json=", &"%5B".repeat(40_000)].concat();
    bench.form("/reset", &lists, 422, "x is not");
    bench.form("/reset", &["iMid=", &"x".repeat(200_000)].concat(), 422, "");
    bench.form("/reset", &["x".repeat(200_000).as_str(), "=1"].concat(), 400, "");
    let many: Vec<_> = (0..20_000).map(|i| format!("f{i}=1")).collect();
    bench.form("/reset", &many.join("&"), 400, "");
    bench.form("/reset", "iMid=%FF%00%0D%0A", 422, "");
    bench.form("/reset", "iMid=%3Cscript%3Ealert(1)%3C%2Fscript%3E", 422, "");
    bench.form("/reset", ".=1", 400, "");
    // What is larger than may be is not read as something smaller.
    bench.form("/reset", &["_back=", &"x".repeat(300_000)].concat(), 413, "262144");
    bench.form("/reset", &"&".repeat(262_145), 413, "262144");
    Page::open(&bench.sim, "/__sim/");
}

#[test]
fn verbs_that_are_none_of_ours_are_a_post() {
    let bench = Bench::new();
    for verb in ["TRACE", "CONNECT", "delete", "PUT%0D%0A", "GET"] {
        let form = format!("_method={verb}&then.outcome=reject&times:json=1");
        assert_eq!(post(&bench.sim, &format!("{ACTIONS}/rules"), &[], form).status, 303, "{verb}");
    }
    assert_eq!(bench.sim.http().get(&format!("{API}/rules")).json().as_array().unwrap().len(), 5);
}

#[test]
fn one_goes_on_in_the_simulator_and_nowhere_else() {
    let bench = Bench::new();
    let long = ["/__sim/", &"x".repeat(100_000)].concat();
    for back in [
        "https://evil.test/",
        "//evil.test/__sim/",
        "/\\evil.test",
        "/__sim/%0D%0ASet-Cookie:%20a=b",
        "/__sim/\r\nSet-Cookie: a=b",
        "/__sim/../../evil",
        "/__sim/%2e%2e/evil",
        "javascript:alert(1)",
        "/__simulator",
        "/nicepay/direct/v2/payment",
        "/__sim/\u{202e}",
        "",
        "\0",
    ] {
        let form = |done: &str| {
            let pairs = [("_back", back), ("_done", done), ("by", "0s")];
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        };
        let path = format!("{ACTIONS}/clock/advance");
        for done in ["advance", "", "a\r\nb: c", "<b>"] {
            let reply = post(&bench.sim, &path, &[], form(done));
            assert_eq!(reply.status, 303, "{back}");
            let location = reply.location();
            // An escaped line end is part of a name that nothing has.
            assert!(
                location.starts_with("/__sim/?done=") || location == "/__sim/" || back.contains("%0D"),
                "{location}"
            );
            assert!(reply.headers.iter().all(|(name, _)| name != "set-cookie" && name != "b"), "{:?}", reply.headers);
            if !back.contains("%0D") {
                let page = Page::open(&bench.sim, location);
                assert_eq!(page.maybe("done").is_some(), done == "advance", "{done}");
            }
        }
        let refused = form("advance").replace("by=0s", "by=soon");
        let page = Page::of(&bench.sim, back, &post(&bench.sim, &path, &[], refused));
        let to = page.tested("problem-back")[0].attr("href").unwrap();
        assert!(to == "/__sim/" || back.contains("%0D"), "{back}: {to}");
    }
    let reply = post(&bench.sim, &format!("{ACTIONS}/clock/advance"), &[], format!("_back={long}&by=0s"));
    assert_eq!(reply.status, 303);
}

/// Sends bytes that no browser sends, and reads one answer.
fn raw(sim: &Simulator, request: &str) -> Reply {
    let mut stream = TcpStream::connect(sim.url().trim_start_matches("http://")).unwrap();
    // Only a test that fails comes that far.
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    read_answer(&mut stream).expect("an answer")
}

#[test]
fn half_a_form_is_none() {
    let bench = Bench::of(Simulator::builder().settings("slow-client-timeout = '1s'").start());
    let before = bench.all();
    let (url, host) = (bench.sim.url(), bench.sim.url().trim_start_matches("http://"));
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nContent-Type: {}\r\nAccept-Language: en\r\n",
        bench.pay(),
        FORM.1
    );
    for (rest, status) in [
        ("Content-Length: 100\r\n\r\ndo=pay", 408),
        ("Content-Length: 7\r\n\r\ndo=pay", 408),
        ("Transfer-Encoding: chunked\r\n\r\n6\r\ndo=pay\r\n", 408),
        ("Transfer-Encoding: chunked\r\n\r\nZZ\r\ndo=pay\r\n", 400),
        ("Content-Length: 1073741824\r\n\r\ndo=pay", 413),
    ] {
        let page = Page::of(&bench.sim, rest, &raw(&bench.sim, &format!("{head}{rest}")));
        assert_eq!((page.status, page.says("problem").as_str()), (status, "Action failed"), "{rest:?}");
    }
    assert_eq!(bench.all(), before);
    Page::open(&bench.sim, "/__sim/");
}
