//! What every call has in common: its paths, verbs, bodies and origins.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{API, CALLS, get, kinds, problem, registered, transaction};

/// Every call that takes a body, with one that it would take.
const BODIES: &[(&str, &str, &str)] = &[
    ("POST", "/reset", "{}"),
    ("PUT", "/merchants/NEWSHOP", r#"{"merchantKey":"key-of-newshop"}"#),
    ("POST", "/transactions/none/buyer", "{}"),
    ("POST", "/transactions/none/partner", r#"{"do":"approve"}"#),
    ("POST", "/transactions/none/cancel", r#"{"amt":"1"}"#),
    ("POST", "/transactions/none/notify", "{}"),
    ("POST", "/bindings/1/buyer", "{}"),
    ("POST", "/clock", r#"{"freeze":true}"#),
    ("POST", "/clock/advance", r#"{"by":"1s"}"#),
    ("PUT", "/shoppers/081234567890", "{}"),
    ("POST", "/tokens", r#"{"iMid":"PAYLOANTES","clientUserKey":"c"}"#),
    ("POST", "/verify", r#"{"expect":[{"type":"clock.moved","times":0}]}"#),
];

#[test]
fn other_verbs_are_405_and_allow_names_the_right_ones() {
    let sim = Simulator::start();
    for (call, allowed) in CALLS {
        for verb in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if allowed.split(", ").any(|one| one == verb) {
                continue;
            }
            let reply = sim.http().send(verb, &format!("{API}{call}"), &[("content-type", "application/json")], "{}");
            problem(&reply, 405, "verb");
            assert_eq!(reply.header("allow"), Some(*allowed), "{verb} {call}");
        }
    }
}

#[test]
fn unknown_paths_are_404() {
    let sim = Simulator::start();
    let paths = [
        "/__sim/api",
        "/__sim/api/",
        "/__sim/api/nope",
        "/__sim/api/merchants/A/B",
        "/__sim/api/nothing",
        "/__sim/nope",
        "/__sim/metrics",
        "/demo/",
        "/nope",
        "/__simulator",
    ];
    for path in paths {
        let problem = problem(&sim.http().get(path), 404, "path");
        assert!(problem["detail"].as_str().unwrap().contains("/__sim/"), "{path}: {problem}");
    }
}

#[test]
fn a_write_that_is_not_json_is_415_and_changes_nothing() {
    let sim = Simulator::start();
    let before = get(&sim, "/events");
    let others = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"];
    for (verb, call, body) in BODIES.iter().chain(&[("POST", "/notifications/1/resend", "")]) {
        for content_type in others {
            let headers: &[_] = if content_type.is_empty() { &[] } else { &[("content-type", content_type)] };
            let reply = sim.http().send(verb, &format!("{API}{call}"), headers, *body);
            problem(&reply, 415, "content-type");
        }
        for content_type in ["application/json", "Application/JSON;charset=UTF-8"] {
            let reply = sim.http().send(verb, &format!("{API}{call}"), &[("content-type", content_type)], "{");
            assert_ne!(reply.status, 415, "{verb} {call} {content_type}");
        }
    }
    assert_eq!(get(&sim, "/events"), before);
    assert_eq!(kinds(&get(&sim, "/merchants"), "iMid"), ["IONPAYTEST", "PAYLOANTES"]);
}

#[test]
fn a_write_from_another_site_is_403_and_a_read_is_not() {
    let sim = Simulator::start();
    let (http, our_own) = (sim.http(), sim.url());
    let port = our_own.rsplit_once(':').unwrap().1;
    let strangers = [
        "http://evil.example".to_owned(),
        "null".to_owned(),
        "http://127.0.0.1:1".to_owned(),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}.evil.example"),
    ];
    let json = ("content-type", "application/json");
    for origin in &strangers {
        for (verb, call, body) in BODIES {
            let reply = http.send(verb, &format!("{API}{call}"), &[json, ("origin", origin)], *body);
            problem(&reply, 403, "origin");
        }
        let reply = http.send("DELETE", &format!("{API}/merchants/IONPAYTEST"), &[("origin", origin)], "");
        problem(&reply, 403, "origin");
        assert_eq!(http.send("GET", &format!("{API}/info"), &[("origin", origin)], "").status, 200);
    }
    assert_eq!(http.send("POST", &format!("{API}/reset"), &[json, ("origin", our_own)], "{}").status, 204);
}

#[test]
fn a_host_that_could_be_rebound_is_421() {
    let sim = Simulator::start();
    let reply = sim.http().send("GET", "/__sim/api/info", &[("host", "evil.example")], "");
    assert_eq!(reply.status, 421);
    assert!(reply.json()["detail"].as_str().unwrap().contains("--allow-host"), "{}", reply.body);
    assert_eq!(sim.http().send("GET", "/__sim/api/info", &[("host", "localhost")], "").status, 200);
}

#[test]
fn a_body_that_cannot_be_read_is_400() {
    let sim = Simulator::start();
    let t_xid = registered(&sim.shop(), "order");
    let nonsense = ["{", "[]", "1", "\"x\"", "null", "{\"nope\":1}", "{}x", "\u{feff}{}"];
    for (verb, call, _) in BODIES {
        for body in nonsense {
            let call = call.replace("none", &t_xid);
            let json = [("content-type", "application/json")];
            problem(&sim.http().send(verb, &format!("{API}{call}"), &json, body), 400, "bad-json");
        }
    }
    assert_eq!(transaction(&sim, &t_xid)["stage"], "registered");
}

#[test]
fn a_body_that_is_an_array_is_400_even_with_the_right_things_in_it() {
    let sim = Simulator::start();
    let t_xid = registered(&sim.shop(), "order");
    let arrays = [
        ("POST", "/reset".to_owned(), json!([null])),
        ("POST", "/reset".to_owned(), json!(["PAYLOANTES"])),
        ("PUT", "/merchants/NEWSHOP".to_owned(), json!(["key", null, null])),
        ("POST", format!("/transactions/{t_xid}/buyer"), json!(["pay", null, null, null])),
        ("POST", format!("/transactions/{t_xid}/partner"), json!(["expire"])),
        ("POST", format!("/transactions/{t_xid}/notify"), json!(["late"])),
        ("PUT", "/shoppers/081234567890".to_owned(), json!([null, null, null, null, null, null])),
        ("POST", "/tokens".to_owned(), json!(["PAYLOANTES", "c", null, null])),
    ];
    for (verb, call, body) in arrays {
        let json = [("content-type", "application/json")];
        problem(&sim.http().send(verb, &format!("{API}{call}"), &json, body.to_string()), 400, "bad-json");
    }
    assert_eq!(transaction(&sim, &t_xid)["stage"], "registered");
}

/// Also inside: a mistyped `[]` would be a rule for everything.
#[test]
fn an_object_in_a_body_is_not_a_list() {
    let sim = Simulator::start();
    let reject = json!({ "outcome": "reject" });
    for (verb, call, body) in [
        ("POST", "/rules", json!({ "when": [], "then": reject })),
        ("POST", "/rules", json!({ "when": ["inquiry"], "then": { "answer": "reset" } })),
        ("POST", "/rules", json!({ "when": { "amt": [1, 2] }, "then": reject })),
        ("POST", "/rules", json!({ "then": [] })),
        ("POST", "/rules", json!({ "then": ["reject"] })),
        ("POST", "/rules", json!({ "then": { "outcome": "review", "review": ["1s", "approve"] } })),
        ("POST", "/rules", json!({ "then": { "refund": [5] } })),
        ("POST", "/rules", json!({ "then": { "outcome": "reject", "pace": [] } })),
        ("POST", "/rules", json!({ "then": { "customer": [] } })),
        ("POST", "/rules", json!({ "then": { "answer": { "delay": ["1s", "2s"] } } })),
        ("POST", "/rules", json!({ "then": { "notify": [[]] } })),
        ("PUT", "/shoppers/081234567890", json!({ "limits": { "30_days": [1000] } })),
        ("PUT", "/shoppers/081234567890", json!({ "limits": [] })),
        ("POST", "/verify", json!({ "expect": [[]] })),
        ("POST", "/verify", json!({ "expect": [{ "type": "rule.hit", "where": [] }] })),
    ] {
        let json = [("content-type", "application/json")];
        let reply = sim.http().send(verb, &format!("{API}{call}"), &json, body.to_string());
        assert!(matches!(reply.status, 400 | 422), "{call} {body}: {} {}", reply.status, reply.body);
    }
    assert_eq!(get(&sim, "/rules"), json!([]));
}

#[test]
fn a_body_over_the_limit_is_413() {
    let sim = Simulator::start();
    let name = "x".repeat(300_000);
    for (verb, call, _) in BODIES {
        let body = json!({ "name": name }).to_string();
        let reply = sim.http().send(verb, &format!("{API}{call}"), &[("content-type", "application/json")], body);
        problem(&reply, 413, "too-large");
    }
}
