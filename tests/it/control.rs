//! The control API, call by call: what it does, how it says no, and that one merchant never sees another's things.

use std::sync::Barrier;
use std::thread;

use nicepay_sim::testing::{Login, Order, Reply, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const KEY: &str = "a-merchant-key-that-nobody-may-ever-see";
const CALLBACK: &str = "http://shop.test/thanks";
/// The token that the published samples pay with.
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";

fn get(sim: &Simulator, call: &str) -> Value {
    let reply = sim.http().get(&format!("{API}{call}"));
    assert_eq!(reply.status, 200, "{call}: {}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/json"), "{call}");
    reply.json()
}

fn post(sim: &Simulator, call: &str, body: &Value) -> Reply {
    sim.http().post_json(&format!("{API}{call}"), body)
}

fn put(sim: &Simulator, call: &str, body: &Value) -> Reply {
    sim.http().put_json(&format!("{API}{call}"), body)
}

fn delete(sim: &Simulator, call: &str) -> Reply {
    sim.http().send("DELETE", &format!("{API}{call}"), &[], "")
}

/// Checks that an answer is a problem (RFC 9457), and hands it out.
#[track_caller]
fn problem(reply: &Reply, status: u16, slug: &str) -> Value {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.body);
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let problem = reply.json();
    assert_eq!(problem["type"], format!("urn:nicepay-sim:problem:{slug}"), "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    problem
}

fn buyer(sim: &Simulator, t_xid: &str, body: &Value) -> Reply {
    post(sim, &format!("/transactions/{t_xid}/buyer"), body)
}

fn partner(sim: &Simulator, t_xid: &str, act: &str) -> Reply {
    post(sim, &format!("/transactions/{t_xid}/partner"), &json!({ "do": act }))
}

fn transaction(sim: &Simulator, t_xid: &str) -> Value {
    get(sim, &format!("/transactions/{t_xid}"))
}

/// Registers an order of no interest, and answers with its tXid.
fn registered(shop: &Shop, reference_no: &str) -> String {
    shop.register(&shop.order(reference_no, 25_145)).t_xid()
}

/// The values of one field, in order.
fn pluck(list: &Value, field: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list.as_array().unwrap().iter().map(|entry| text(&entry[field])).collect()
}

/// What a list says of one field, without repetitions.
fn kinds(list: &Value, field: &str) -> Vec<String> {
    let mut kinds = pluck(list, field);
    kinds.sort();
    kinds.dedup();
    kinds
}

// ---------------------------------------------------------------------------------------------------------------------
// Paths, verbs, bodies, origins

/// Every call, with the verbs that it has.
const CALLS: &[(&str, &str)] = &[
    ("/info", "GET"),
    ("/reset", "POST"),
    ("/merchants", "GET"),
    ("/merchants/NOBODY", "GET, PUT, DELETE"),
    ("/transactions", "GET"),
    ("/transactions/none", "GET"),
    ("/transactions/none/diagram", "GET"),
    ("/transactions/none/buyer", "POST"),
    ("/transactions/none/partner", "POST"),
    ("/transactions/none/cancel", "POST"),
    ("/transactions/none/notify", "POST"),
    ("/bindings", "GET"),
    ("/bindings/none", "GET"),
    ("/bindings/none/diagram", "GET"),
    ("/bindings/none/buyer", "POST"),
    ("/notifications", "GET"),
    ("/notifications/1/resend", "POST"),
    ("/shoppers", "GET"),
    ("/shoppers/081291891818", "GET, PUT"),
    ("/tokens", "GET, POST"),
    ("/tokens/none", "DELETE"),
    ("/clock", "GET, POST"),
    ("/clock/advance", "POST"),
    ("/events", "GET"),
    ("/events/wait", "GET"),
    ("/events/stream", "GET"),
    ("/verify", "POST"),
];

/// Every call that takes a body, with one that it would take.
const BODIES: &[(&str, &str, &str)] = &[
    ("POST", "/reset", "{}"),
    ("PUT", "/merchants/NEWSHOP", r#"{"merchantKey":"x"}"#),
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
        "/__sim/api/report",
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

// ---------------------------------------------------------------------------------------------------------------------
// Info, index page, probes

#[test]
fn info_says_what_is_running() {
    let sim = Simulator::builder()
        .seed(7)
        .profile("strict")
        .scenario("instant")
        .settings("max-waiters = 9\nmax-streams = 8\nnotification-timeout = '5s'")
        .start();
    let info = get(&sim, "/info");
    assert_eq!((&info["name"], &info["seed"]), (&json!("nicepay-sim"), &json!(7)));
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&info["profile"], &info["scenario"]["name"]), (&json!("strict"), &json!("instant")));
    assert_eq!(info["urls"]["base"], sim.url());
    for (name, path) in [
        ("nicepay", "/nicepay"),
        ("registration", "/nicepay/direct/v2/registration"),
        ("payment", "/nicepay/direct/v2/payment"),
        ("inquiry", "/nicepay/direct/v2/inquiry"),
        ("api", API),
    ] {
        assert_eq!(info["urls"][name], format!("{}{path}", sim.url()));
    }
    assert_eq!((&info["clock"]["now"], &info["clock"]["mode"]), (&json!("2025-12-31T17:00:00Z"), &json!("manual")));
    assert_eq!(info["clock"]["nextDueAt"], Value::Null);
    assert_eq!(info["notifyOn"], json!(["approve"]));
    assert_eq!(info["merchants"], json!(["IONPAYTEST", "PAYLOANTES"]));
    assert_eq!((&info["limits"]["waiters"], &info["limits"]["notificationTimeoutSeconds"]), (&json!(9), &json!(5.0)));
    assert_eq!((&info["limits"]["streams"], &info["streams"], &info["waiting"]), (&json!(8), &json!(0), &json!(0)));
    for limit in ["bodyBytes", "headerBytes", "connections", "transactions", "notifications", "events", "eventBytes"] {
        assert!(info["limits"][limit].as_u64() > Some(0), "{limit}: {info}");
    }
    assert_eq!(info["transactions"], 0);
    registered(&sim.shop(), "order");
    let info = get(&sim, "/info");
    assert_eq!(info["transactions"], 1);
    assert_eq!(info["clock"]["nextDueAt"], "2026-01-01T17:00:00Z", "the order expires");
    assert_eq!(get(&sim, "/clock"), info["clock"]);
}

#[test]
fn the_public_url_is_what_others_are_told() {
    let sim = Simulator::builder().settings("public-url = 'http://pay.test:9'").start();
    assert_eq!(get(&sim, "/info")["urls"]["registration"], "http://pay.test:9/nicepay/direct/v2/registration");
    assert!(sim.http().get("/").body.contains("http://pay.test:9"));
}

#[test]
fn it_is_alive_and_ready() {
    let sim = Simulator::start();
    assert_eq!(sim.http().get("/__sim/livez").json(), json!({ "status": "alive" }));
    assert_eq!(sim.http().get("/__sim/readyz").json(), json!({ "status": "ready" }));
}

#[test]
fn the_index_page_says_where_to_point_an_application() {
    let sim = Simulator::start();
    let shop = sim.new_shop("MYSHOP0001", KEY);
    let t_xid = registered(&shop, "<b>order");
    let page = sim.http().get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    let html = scraper::Html::parse_document(&page.body);
    let text: String = html.root_element().text().collect();
    for wanted in [sim.url(), "MYSHOP0001", "PAYLOANTES", &t_xid, "<b>order", "089900000004", "rejected (risk)"] {
        assert!(text.contains(wanted), "{wanted}");
    }
    assert!(!page.body.contains("<b>order") && !page.body.contains(KEY));
    let links = scraper::Selector::parse("[href]").unwrap();
    for link in html.select(&links).filter_map(|element| element.attr("href")) {
        assert!(link.starts_with(['/', '#']), "{link} leaves the simulator");
        assert_eq!(sim.http().get(link.split('#').next().unwrap()).status, 200, "{link}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Merchants, reset, isolation

#[test]
fn merchants_come_and_go() {
    let sim = Simulator::start();
    let at = "/merchants/MYSHOP0001";
    problem(&sim.http().get(&format!("{API}{at}")), 404, "not-found");
    problem(&put(&sim, at, &json!({ "duplicateCheck": true })), 422, "bad-value");
    let new = put(&sim, at, &json!({ "merchantKey": KEY }));
    assert_eq!((new.status, new.json()["iMid"].as_str()), (201, Some("MYSHOP0001")));
    assert_eq!(new.json()["duplicateCheck"], true);
    assert_eq!(get(&sim, at), new.json());
    assert_eq!(pluck(&get(&sim, "/merchants"), "iMid"), ["IONPAYTEST", "MYSHOP0001", "PAYLOANTES"]);

    let changed = put(&sim, at, &json!({ "duplicateCheck": false, "partners": ["KDVI"] }));
    assert_eq!(changed.status, 200, "its key stays");
    assert_eq!((&changed.json()["duplicateCheck"], &changed.json()["partners"]), (&json!(false), &json!(["KDVI"])));
    let shop = sim.new_shop("MYSHOP0001", KEY);
    let twice = [(); 2].map(|()| shop.register(&shop.order("same", 25_145)).result_cd());
    assert_eq!(twice, ["0000", "0000"]);

    assert_eq!(put(&sim, at, &json!({ "merchantKey": "another", "partners": [] })).status, 200);
    assert_eq!(shop.register(&shop.order("wrong key", 25_145)).result_cd(), "9010");
    let shop = sim.new_shop("MYSHOP0001", "another");
    assert_eq!(shop.register(&shop.order("no partner", 25_145)).result_cd(), "9108");

    assert_eq!(delete(&sim, at).status, 204);
    problem(&delete(&sim, at), 404, "not-found");
    problem(&sim.http().get(&format!("{API}{at}")), 404, "not-found");
    assert_eq!(get(&sim, "/transactions"), json!([]), "its orders went with it");
    assert_eq!(shop.register(&shop.order("gone", 25_145)).result_cd(), "9011");
}

#[test]
fn a_merchant_that_cannot_be_is_refused() {
    let sim = Simulator::start();
    for (i_mid, body) in [
        ("WITH%20BLANK", json!({ "merchantKey": KEY })),
        ("TOOLONGTOOLONGTOOLONG", json!({ "merchantKey": KEY })),
        ("MYSHOP0001", json!({ "merchantKey": "" })),
    ] {
        problem(&put(&sim, &format!("/merchants/{i_mid}"), &body), 422, "bad-value");
    }
    for body in [json!({ "merchantKey": 5 }), json!({ "merchantKey": KEY, "partners": ["NOPE"] })] {
        problem(&put(&sim, "/merchants/MYSHOP0001", &body), 400, "bad-json");
    }
    assert_eq!(pluck(&get(&sim, "/merchants"), "iMid"), ["IONPAYTEST", "PAYLOANTES"]);
}

#[test]
fn a_key_stands_in_no_answer() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.new_shop("MYSHOP0001", KEY), sim.receiver());
    let order = shop.order("order", 25_145).tokenize("c").notify(receiver.url());
    let t_xid = shop.register(&order).t_xid();
    shop.register(&shop.order("refused", 25_145).with("merchantToken", "0".repeat(64)));
    shop.register(&shop.order("told", 25_145).with("merchantToken", KEY));
    buyer(&sim, &t_xid, &json!({}));
    sim.drain();
    let mut texts = vec![put(&sim, "/merchants/MYSHOP0001", &json!({ "merchantKey": KEY })).body];
    for (call, _) in CALLS.iter().filter(|(call, verbs)| verbs.contains("GET") && !call.starts_with("/events/")) {
        texts
            .push(sim.http().get(&format!("{API}{call}").replace("NOBODY", "MYSHOP0001").replace("none", &t_xid)).body);
    }
    texts.push(sim.http().get("/").body);
    for text in texts {
        assert!(!text.contains(KEY), "{text}");
    }
}

/// Two merchants, each with one order paid with a new token, notified, and one wrong PIN.
fn two_merchants(sim: &Simulator) -> [(Shop, String); 2] {
    ["ALPHA00001", "BETA000001"].map(|i_mid| {
        let shop = sim.new_shop(i_mid, KEY);
        let order = shop.order("order", 25_145).tokenize("customer");
        let registered = shop.register(&order);
        let mut browser = sim.buyer();
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
        assert_eq!(buyer(sim, &registered.t_xid(), &json!({})).json()["stage"], "approved");
        (shop, registered.t_xid())
    })
}

#[test]
fn one_merchant_never_sees_anothers_things() {
    let sim = Simulator::start();
    let merchants = two_merchants(&sim);
    sim.advance("2s");
    for (shop, t_xid) in &merchants {
        let i_mid = shop.i_mid();
        for list in ["/transactions", "/events", "/notifications", "/tokens"] {
            assert_eq!(kinds(&get(&sim, &format!("{list}?iMid={i_mid}")), "iMid"), [i_mid], "{list}");
        }
        for (filter, list) in [
            (format!("/transactions?referenceNo=order&iMid={i_mid}"), "tXid"),
            (format!("/events?tXid={t_xid}"), "tXid"),
            (format!("/notifications?tXid={t_xid}"), "tXid"),
        ] {
            assert_eq!(kinds(&get(&sim, &filter), list), [t_xid.as_str()], "{filter}");
        }
        assert_eq!(get(&sim, &format!("/shoppers/081291891818?iMid={i_mid}"))["owes"], "25145");
    }
    let tokens = pluck(&get(&sim, "/tokens"), "userToken");
    assert_eq!(tokens.len(), 3, "two new ones and the published one: {tokens:?}");
    assert_eq!(get(&sim, "/shoppers/081291891818")["owes"], "0", "nobody's");
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=IONPAYTEST")["owes"], "0");
    for list in ["/transactions", "/events", "/notifications", "/tokens"] {
        assert_eq!(get(&sim, &format!("{list}?iMid=NOBODY")), json!([]), "{list}");
    }
}

#[test]
fn a_merchants_reset_leaves_the_other_alone() {
    let sim = Simulator::start();
    let [(_, first), (beta, second)] = two_merchants(&sim);
    let last = pluck(&get(&sim, "/events"), "id").pop().unwrap();
    let of = |i_mid: &str, list: &str| get(&sim, &format!("{list}?iMid={i_mid}"));
    let lists = ["/transactions", "/events", "/notifications", "/tokens"];
    let betas = lists.map(|list| of(beta.i_mid(), list));

    let reset = post(&sim, "/reset", &json!({ "iMid": "ALPHA00001" }));
    assert_eq!((reset.status, reset.body.as_str()), (204, ""));
    assert_eq!(lists.map(|list| of("ALPHA00001", list)), [(); 4].map(|()| json!([])));
    assert_eq!(lists.map(|list| of(beta.i_mid(), list)), betas);
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=ALPHA00001")["owes"], "0");
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=BETA000001")["owes"], "25145");
    problem(&sim.http().get(&format!("{API}/transactions/{first}")), 404, "not-found");
    assert_eq!(transaction(&sim, &second)["stage"], "approved");
    assert_eq!(kinds(&get(&sim, "/merchants"), "iMid"), ["ALPHA00001", "BETA000001", "IONPAYTEST", "PAYLOANTES"]);

    let alpha = sim.new_shop("ALPHA00001", KEY);
    let again = alpha.register(&alpha.order("order", 25_145));
    assert_eq!(again.result_cd(), "0000", "its numbers are free again, and its key is the same");
    let first_id: u64 = pluck(&of("ALPHA00001", "/events"), "id")[0].parse().unwrap();
    assert!(first_id > last.parse().unwrap(), "the log keeps its numbers");
}

#[test]
fn a_reset_forgets_everything_but_merchants() {
    let sim = Simulator::start();
    two_merchants(&sim);
    put(&sim, "/shoppers/081291891818", &json!({ "pin": "999999" }));
    put(&sim, "/shoppers/081234567890", &json!({}));
    delete(&sim, &format!("/tokens/{PUBLISHED_TOKEN}"));
    let last: u64 = pluck(&get(&sim, "/events"), "id").pop().unwrap().parse().unwrap();
    // An empty body is {}.
    let reset = sim.http().send("POST", &format!("{API}/reset"), &[("content-type", "application/json")], "");
    assert_eq!(reset.status, 204);
    for list in ["/transactions", "/events", "/notifications"] {
        assert_eq!(get(&sim, list), json!([]), "{list}");
    }
    let tokens = get(&sim, "/tokens");
    assert_eq!(
        (pluck(&tokens, "userToken"), pluck(&tokens, "status")),
        (vec![PUBLISHED_TOKEN.into()], vec!["active".into()])
    );
    assert_eq!(get(&sim, "/shoppers/081291891818")["pin"], "414141");
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890")), 404, "not-found");
    assert_eq!(get(&sim, "/merchants").as_array().unwrap().len(), 4);
    registered(&sim.shop(), "after");
    let ids = pluck(&get(&sim, "/events"), "id");
    let expected: Vec<_> = (last + 1..).take(ids.len()).map(|id| id.to_string()).collect();
    assert_eq!(ids, expected, "numbers go on without a gap");
}

#[test]
fn a_reset_of_nobody_is_refused() {
    let sim = Simulator::start();
    problem(&post(&sim, "/reset", &json!({ "iMid": "NOBODY" })), 404, "not-found");
    problem(&post(&sim, "/reset", &json!({ "iMid": "not an iMid" })), 422, "bad-value");
    problem(&post(&sim, "/reset", &json!({ "imid": "PAYLOANTES" })), 400, "bad-json");
}

// ---------------------------------------------------------------------------------------------------------------------
// Transactions

#[test]
fn transactions_are_listed_in_the_order_of_their_registration() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xids: Vec<_> = (0..7).map(|n| registered(&shop, &format!("order-{n}"))).collect();
    assert_eq!(pluck(&get(&sim, "/transactions"), "tXid"), t_xids);
    assert_eq!(pluck(&get(&sim, "/transactions?limit=3"), "tXid"), t_xids[..3]);
    assert_eq!(pluck(&get(&sim, &format!("/transactions?limit=3&after={}", t_xids[2])), "tXid"), t_xids[3..6]);
    assert_eq!(get(&sim, &format!("/transactions?after={}", t_xids[6])), json!([]));
    assert_eq!(pluck(&get(&sim, "/transactions?referenceNo=order-4"), "tXid"), t_xids[4..5]);
    problem(&sim.http().get(&format!("{API}/transactions?after=none")), 404, "not-found");
    for limit in ["x", "-1", "1.5"] {
        problem(&sim.http().get(&format!("{API}/transactions?limit={limit}")), 422, "bad-value");
    }
}

#[test]
fn transactions_are_found_by_digit_and_by_stage() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xids = ["open", "paid", "looked-at", "refused", "left", "over"].map(|name| registered(&shop, name));
    let [open, paid, looked_at, refused, left, over] = &t_xids;
    for (t_xid, act) in [(paid, "approve"), (looked_at, "review"), (refused, "reject"), (left, "abandon")] {
        assert_eq!(buyer(&sim, t_xid, &json!({ "do": act })).status, 200);
    }
    assert_eq!(partner(&sim, over, "expire").status, 200);
    for (status, expected) in [
        ("9", vec![open, left]),
        ("0", vec![paid]),
        ("3", vec![looked_at]),
        ("8", vec![refused, over]),
        ("registered", vec![open]),
        ("approved", vec![paid]),
        ("under-review", vec![looked_at]),
        ("declined", vec![refused]),
        ("abandoned", vec![left]),
        ("expired", vec![over]),
        ("cancelled", vec![]),
        ("7", vec![]),
    ] {
        let found = get(&sim, &format!("/transactions?status={status}"));
        assert_eq!(pluck(&found, "tXid").iter().collect::<Vec<_>>(), expected, "{status}");
        assert!(pluck(&found, "status").iter().all(|digit| digit.len() == 1), "{found}");
    }
}

#[test]
fn a_transaction_shows_itself_and_its_timeline() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order-1", 25_145).with("instmntMon", "3").tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    let t_xid = registered.t_xid();
    let shown = transaction(&sim, &t_xid);
    for (field, value) in [
        ("tXid", t_xid.as_str()),
        ("referenceNo", "order-1"),
        ("iMid", "PAYLOANTES"),
        ("amt", "25145"),
        ("stage", "registered"),
        ("status", "9"),
        ("rule", "approve/default"),
        ("createdAt", "2025-12-31T17:00:00Z"),
        ("expiresAt", "2026-01-01T17:00:00Z"),
        ("payMethod", "06"),
        ("mitraCd", "KDVI"),
        ("instmntMon", "3"),
        ("tokenizeUser", "1"),
        ("clientUserKey", "customer-7"),
        ("dbProcessUrl", receiver.url()),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert_eq!((&shown["partnerUrl"], &shown["callbackUrl"]), (&Value::Null, &Value::Null));

    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
    let shown = transaction(&sim, &t_xid);
    assert_eq!((&shown["stage"], &shown["step"]), (&json!("at-partner"), &json!("sign-in")));
    assert_eq!(shown["partnerUrl"], format!("/kredivo/v2/signin?tk={tk}"));
    browser.sign_in(&tk, Login::default());
    assert_eq!(transaction(&sim, &t_xid)["step"], "plan");
    browser.choose(&tk, "6");
    assert_eq!(transaction(&sim, &t_xid)["step"], "otp");
    browser.enter_otp(&tk, "4567");
    let callback = browser.return_to_shop(&tk);
    sim.advance("2s");

    let shown = transaction(&sim, &t_xid);
    assert_eq!(
        (&shown["stage"], &shown["status"], &shown["instmntMon"]),
        (&json!("approved"), &json!("0"), &json!("6"))
    );
    assert_eq!((&shown["phone"], &shown["plan"]["instmntMon"]), (&json!("081291891818"), &json!("6")));
    assert_eq!(shown["callbackUrl"], callback.as_str());
    assert_eq!(shown["userToken"], receiver.only().field("userToken"));
    assert_eq!(shown["notifications"], json!([get(&sim, "/notifications")[0]["id"]]));
    let timeline: Vec<_> =
        pluck(&shown["timeline"], "type").into_iter().filter(|kind| kind != "exchange.recorded").collect();
    assert_eq!(
        timeline,
        [
            "transaction.registered",
            "payment.opened",
            "partner.login",
            "partner.plan-chosen",
            "partner.otp-sent",
            "partner.otp-passed",
            "transaction.approved",
            "token.issued",
            "notification.scheduled",
            "callback.sent",
            "notification.attempted",
            "notification.delivered",
        ]
    );
    problem(&sim.http().get(&format!("{API}/transactions/none")), 404, "not-found");
}

// ---------------------------------------------------------------------------------------------------------------------
// Buyer and partner

/// Brings a new order to a stage; answers with its tXid and whether a browser waits for the way back.
fn bring_to(sim: &Simulator, reference_no: &str, place: &str) -> (String, bool) {
    let shop = sim.shop();
    let order = shop.order(reference_no, 25_145);
    let registered = shop.register(&order);
    let t_xid = registered.t_xid();
    let mut browser = sim.buyer();
    let mut open = || {
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        (tk, true)
    };
    let has_browser = match place {
        "registered" => false,
        "sign-in" => open().1,
        "plan" => {
            let (tk, waits) = open();
            browser.sign_in(&tk, Login::default());
            waits
        }
        "otp" => {
            let (tk, waits) = open();
            browser.sign_in(&tk, Login::default());
            browser.choose(&tk, "1");
            waits
        }
        "expired" => {
            assert_eq!(partner(sim, &t_xid, "expire").status, 200);
            false
        }
        act => {
            assert_eq!(buyer(sim, &t_xid, &json!({ "do": act })).status, 200, "{act}");
            false
        }
    };
    (t_xid, has_browser)
}

#[test]
fn the_buyer_does_everything_from_every_open_stage() {
    let sim = Simulator::start();
    let acts = [
        ("pay", "approved", "0", "approve/default"),
        ("approve", "approved", "0", "control/buyer"),
        ("review", "under-review", "3", "control/buyer"),
        ("reject", "declined", "8", "control/buyer"),
        ("abandon", "abandoned", "9", "control/buyer"),
    ];
    for place in ["registered", "sign-in", "plan", "otp", "abandon"] {
        for (act, stage, status, rule) in acts {
            let (t_xid, has_browser) = bring_to(&sim, &format!("{place}-{act}"), place);
            let reply = buyer(&sim, &t_xid, &json!({ "do": act }));
            assert_eq!(reply.status, 200, "{place} {act}: {}", reply.body);
            let answer = reply.json();
            assert_eq!((&answer["stage"], &answer["rule"]), (&json!(stage), &json!(rule)), "{place} {act}");
            let code = if matches!(status, "0" | "3") { "0000" } else { "9030" };
            let callback =
                answer["callbackUrl"].as_str().map(|url| url.starts_with(&format!("{CALLBACK}?resultCd={code}")));
            assert_eq!(callback, has_browser.then_some(true), "{place} {act}: {answer}");
            let shown = transaction(&sim, &t_xid);
            assert_eq!((&shown["stage"], &shown["status"]), (&json!(stage), &json!(status)), "{place} {act}");
            let opened = sim.http().get(&format!("{API}/events?type=payment.opened&tXid={t_xid}")).json();
            let by: &[&str] = match place {
                "registered" => &["control"],
                "abandon" => &["control", "control"],
                _ => &["browser"],
            };
            assert_eq!(pluck(&opened, "by"), by, "{place} {act}");
        }
    }
}

#[test]
fn the_buyer_cannot_leave_a_review_but_it_can_be_decided() {
    let sim = Simulator::start();
    for (act, stage) in [
        ("approve", Some("approved")),
        ("reject", Some("declined")),
        ("pay", None),
        ("review", None),
        ("abandon", None),
    ] {
        let (t_xid, _) = bring_to(&sim, act, "review");
        let reply = buyer(&sim, &t_xid, &json!({ "do": act }));
        match stage {
            Some(stage) => assert_eq!(reply.json()["stage"], stage, "{act}: {}", reply.body),
            None => assert_eq!(problem(&reply, 409, "stage")["stage"], "under-review", "{act}"),
        }
    }
}

#[test]
fn nothing_moves_what_is_final() {
    let sim = Simulator::start();
    for (place, stage) in [("approve", "approved"), ("reject", "declined"), ("expired", "expired")] {
        let (t_xid, _) = bring_to(&sim, place, place);
        let before = get(&sim, "/events");
        for act in ["pay", "approve", "review", "reject", "abandon"] {
            let problem = problem(&buyer(&sim, &t_xid, &json!({ "do": act })), 409, "stage");
            assert_eq!(problem["stage"], stage, "{act}");
        }
        for act in ["approve", "reject", "expire"] {
            assert_eq!(problem(&partner(&sim, &t_xid, act), 409, "stage")["stage"], stage, "{act}");
        }
        assert_eq!(get(&sim, "/events"), before, "{stage}");
    }
}

#[test]
fn an_order_whose_time_is_up_is_final_too() {
    let sim = Simulator::start();
    let t_xid = registered(&sim.shop(), "old");
    sim.advance("24h");
    assert_eq!(problem(&buyer(&sim, &t_xid, &json!({})), 409, "stage")["stage"], "expired");
}

#[test]
fn the_buyer_pays_as_whom_and_as_told() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let rows = [
        (json!({}), "081291891818", "6"),
        (json!({ "do": "pay" }), "081291891818", "6"),
        (json!({ "instmntMon": 3 }), "081291891818", "3"),
        (json!({ "instmntMon": "12" }), "081291891818", "12"),
        (json!({ "instmntMon": null, "phone": null, "do": null }), "081291891818", "6"),
        (json!({ "phone": "+62 815-1311-4262" }), "081513114262", "1"),
        (json!({ "phone": "81513114262", "instmntMon": "1" }), "081513114262", "1"),
        (json!({ "do": "approve", "instmntMon": "24" }), "081291891818", "24"),
        (json!({ "do": "approve", "phone": "081513114262", "instmntMon": 3 }), "081513114262", "3"),
    ];
    for (n, (body, phone, months)) in rows.iter().enumerate() {
        let order = shop.order(&format!("order-{n}"), 25_145).with("instmntMon", "6");
        let t_xid = shop.register(&order).t_xid();
        let reply = buyer(&sim, &t_xid, body);
        assert_eq!(reply.json()["stage"], "approved", "{body}: {}", reply.body);
        let shown = transaction(&sim, &t_xid);
        assert_eq!((&shown["phone"], &shown["instmntMon"]), (&json!(phone), &json!(months)), "{body}");
    }
}

#[test]
fn the_buyer_says_why_it_is_rejected() {
    let sim = Simulator::start();
    let rows = [
        (None, "ordered"),
        (Some("ordered"), "ordered"),
        (Some("limit"), "limit"),
        (Some("risk"), "risk"),
        (Some("inactive"), "inactive"),
    ];
    for (reason, expected) in rows {
        let t_xid = registered(&sim.shop(), &format!("{reason:?}"));
        assert_eq!(buyer(&sim, &t_xid, &json!({ "do": "reject", "reason": reason })).json()["stage"], "declined");
        assert_eq!(transaction(&sim, &t_xid)["reason"], expected);
        let events = get(&sim, &format!("/events?type=transaction.declined&tXid={t_xid}&reason={expected}"));
        assert_eq!(pluck(&events, "rule"), ["control/buyer"]);
    }
}

#[test]
fn a_command_that_is_refused_changes_nothing() {
    let sim = Simulator::start();
    let t_xid = registered(&sim.shop(), "order");
    let before = get(&sim, "/events");
    for (body, status, slug) in [
        (json!({ "do": "steal" }), 422, "bad-value"),
        (json!({ "do": "" }), 422, "bad-value"),
        (json!({ "do": "reject", "reason": "mood" }), 422, "bad-value"),
        (json!({ "do": "pay", "reason": "risk" }), 422, "bad-value"),
        (json!({ "phone": "abc" }), 422, "bad-value"),
        (json!({ "phone": "081234567890" }), 422, "bad-value"),
        (json!({ "do": "approve", "phone": "081234567890" }), 422, "bad-value"),
        (json!({ "instmntMon": 0 }), 422, "bad-value"),
        (json!({ "instmntMon": 25 }), 422, "bad-value"),
        (json!({ "instmntMon": "300" }), 422, "bad-value"),
        (json!({ "instmntMon": 2 }), 422, "bad-value"),
        (json!({ "phone": "081513114262", "instmntMon": 3 }), 422, "bad-value"),
        (json!({ "instmntMon": "three" }), 400, "bad-json"),
        (json!({ "instmntMon": -1 }), 400, "bad-json"),
        (json!({ "instmntMon": 1.5 }), 400, "bad-json"),
        (json!({ "do": 1 }), 400, "bad-json"),
        (json!({ "what": "pay" }), 400, "bad-json"),
    ] {
        problem(&buyer(&sim, &t_xid, &body), status, slug);
        assert_eq!(transaction(&sim, &t_xid)["stage"], "registered", "{body}");
        assert_eq!(get(&sim, "/events"), before, "{body}");
    }
    problem(&buyer(&sim, "none", &json!({})), 404, "not-found");
}

#[test]
fn a_forced_approval_ignores_limits_and_pay_does_not() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let dear = |reference_no: &str| shop.register(&shop.order(reference_no, 3_500_001)).t_xid();
    let (refused, forced) = (dear("refused"), dear("forced"));
    let reply = buyer(&sim, &refused, &json!({})).json();
    assert_eq!((&reply["stage"], &reply["rule"]), (&json!("declined"), &json!("partner/account")));
    assert_eq!(transaction(&sim, &refused)["reason"], "limit");
    assert_eq!(buyer(&sim, &forced, &json!({ "do": "approve" })).json()["stage"], "approved");
    let shopper = get(&sim, "/shoppers/081291891818?iMid=PAYLOANTES");
    assert_eq!((&shopper["limits"]["30_days"]["remaining"], &shopper["owes"]), (&json!("0"), &json!("3500001")));
}

#[test]
fn pay_of_somebody_who_is_not_let_in_says_why() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (phone, reason) in [("089900000006", "inactive"), ("089900000007", "locked")] {
        let t_xid = registered(&shop, phone);
        let reply = buyer(&sim, &t_xid, &json!({ "phone": phone }));
        assert_eq!(reply.status, 200, "{}", reply.body);
        let answer = reply.json();
        assert_eq!((&answer["stage"], &answer["reason"]), (&json!("at-partner"), &json!(reason)), "{phone}");
        assert_eq!(answer["callbackUrl"], Value::Null);
        let failed = get(&sim, &format!("/events?type=partner.login-failed&tXid={t_xid}"));
        assert_eq!(pluck(&failed, "reason"), [reason]);
        assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "approved", "somebody else may");
    }
}

#[test]
fn the_buyer_is_locked_out_like_anybody_after_three_wrong_pins() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
    for _ in 0..3 {
        browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
    }
    let t_xid = registered.t_xid();
    assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "at-partner");
    sim.advance("30m");
    assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "approved");
}

#[test]
fn the_buyer_settles_a_seamless_payment_before_its_time() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xid = shop.register(&shop.order("seamless", 25_145).seamless(PUBLISHED_TOKEN)).t_xid();
    assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "approved");
    assert_eq!(transaction(&sim, &t_xid)["phone"], "081513114262", "the token's owner");
    sim.advance("1h");
    assert_eq!(sim.events("transaction.approved").len(), 1);
    assert_eq!(sim.events("notification.scheduled").len(), 1);
}

#[test]
fn the_partner_decides_a_review() {
    let sim = Simulator::start();
    for (act, stage, code) in [("approve", "approved", "0000"), ("reject", "declined", "9030")] {
        let shop = sim.shop();
        let order = shop.order(act, 25_145);
        let registered = shop.register(&order);
        sim.buyer().open(&shop.payment_url(&order, &registered, CALLBACK));
        let t_xid = registered.t_xid();
        buyer(&sim, &t_xid, &json!({ "do": "review" }));
        let answer = partner(&sim, &t_xid, act).json();
        assert_eq!(answer["stage"], stage);
        assert!(
            answer["callbackUrl"].as_str().unwrap().starts_with(&format!("{CALLBACK}?resultCd={code}")),
            "{answer}"
        );
        assert_eq!(transaction(&sim, &t_xid)["rule"], "control/partner");
    }
}

#[test]
fn a_review_waits_for_the_partner_for_ever() {
    let sim = Simulator::start();
    let (t_xid, _) = bring_to(&sim, "order", "review");
    sim.advance("100h");
    assert_eq!(transaction(&sim, &t_xid)["stage"], "under-review");
    assert_eq!(partner(&sim, &t_xid, "approve").json()["stage"], "approved");
}

#[test]
fn the_partner_ends_the_time_of_anything_open() {
    let sim = Simulator::start();
    for place in ["registered", "sign-in", "plan", "otp", "abandon", "review"] {
        let (t_xid, _) = bring_to(&sim, place, place);
        assert_eq!(partner(&sim, &t_xid, "expire").json()["stage"], "expired", "{place}");
        assert_eq!(transaction(&sim, &t_xid)["status"], "8");
    }
}

#[test]
fn the_callback_that_is_shown_is_the_one_that_the_browser_gets() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for act in ["approve", "review", "reject", "abandon", "expire"] {
        let order = shop.order(act, 25_145);
        let registered = shop.register(&order);
        let mut browser = sim.buyer();
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        let t_xid = registered.t_xid();
        let played =
            if act == "expire" { partner(&sim, &t_xid, act) } else { buyer(&sim, &t_xid, &json!({ "do": act })) };
        let told = played.json()["callbackUrl"].as_str().unwrap_or_default().to_owned();
        assert_eq!(told, browser.return_to_shop(&tk), "{act}");
    }
}

#[test]
fn the_partner_is_refused_too() {
    let sim = Simulator::start();
    problem(&partner(&sim, "none", "approve"), 404, "not-found");
    for (place, stage) in
        [("registered", "registered"), ("sign-in", "at-partner"), ("otp", "at-partner"), ("abandon", "abandoned")]
    {
        let (t_xid, _) = bring_to(&sim, place, place);
        for act in ["approve", "reject"] {
            assert_eq!(problem(&partner(&sim, &t_xid, act), 409, "stage")["stage"], stage, "{act}");
        }
        problem(&partner(&sim, &t_xid, "pay"), 422, "bad-value");
        problem(&post(&sim, &format!("/transactions/{t_xid}/partner"), &json!({})), 400, "bad-json");
        assert_eq!(transaction(&sim, &t_xid)["stage"], stage);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Notifications

#[test]
fn notifications_are_listed_with_request_and_answers() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let t_xid = shop.register(&shop.order("order", 25_145).notify(receiver.url())).t_xid();
    buyer(&sim, &t_xid, &json!({}));
    let planned = &get(&sim, "/notifications")[0];
    assert_eq!((&planned["state"], &planned["kind"]), (&json!("scheduled"), &json!("approve")));
    assert_eq!(planned["nextAttemptAt"], "2025-12-31T17:00:02Z");
    assert_eq!((&planned["request"], &planned["attempts"]), (&Value::Null, &json!([])));
    sim.advance("2s");
    let told = get(&sim, &format!("/notifications?tXid={t_xid}&iMid=PAYLOANTES"));
    let told = &told[0];
    assert!(told["id"].is_string(), "{told}");
    assert_eq!(
        (&told["tXid"], &told["referenceNo"], &told["url"]),
        (&json!(t_xid), &json!("order"), &json!(receiver.url()))
    );
    assert_eq!((&told["state"], &told["nextAttemptAt"]), (&json!("delivered"), &Value::Null));
    assert_eq!(told["request"]["body"], receiver.only().body);
    assert_eq!(told["request"]["fields"]["status"], "0");
    assert_eq!(
        told["attempts"],
        json!([{
            "number": 1, "at": "2025-12-31T17:00:02Z", "trigger": "scheduled",
            "httpStatus": 200, "answerHeaders": "content-length: 2\n", "answer": "OK",
        }])
    );
    for event in ["scheduled", "attempted", "delivered"] {
        assert_eq!(sim.events(&format!("notification.{event}"))[0]["notification"], told["id"], "{event}");
    }
    let other = registered(&shop, "other");
    assert_eq!(get(&sim, &format!("/notifications?tXid={other}")), json!([]));
}

#[test]
fn the_newest_notifications_are_listed_when_there_are_too_many() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let t_xids = ["one", "two", "three"].map(|name| {
        let t_xid = shop.register(&shop.order(name, 25_145).notify(receiver.url())).t_xid();
        buyer(&sim, &t_xid, &json!({}));
        t_xid
    });
    assert_eq!(pluck(&get(&sim, "/notifications"), "tXid"), t_xids);
    assert_eq!(pluck(&get(&sim, "/notifications?limit=2"), "tXid"), t_xids[1..]);
    problem(&sim.http().get(&format!("{API}/notifications?limit=x")), 422, "bad-value");
}

#[test]
fn only_what_exists_is_sent_again() {
    let sim = Simulator::start();
    for id in ["1", "0", "none", "-1", "99999999999999999999999"] {
        problem(&post(&sim, &format!("/notifications/{id}/resend"), &json!({})), 404, "not-found");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Shoppers and tokens

#[test]
fn shoppers_are_shown_with_what_a_tester_needs() {
    let sim = Simulator::start();
    let all = get(&sim, "/shoppers");
    assert_eq!(all.as_array().unwrap().len(), 22, "of three lenders");
    assert_eq!(get(&sim, "/shoppers?iMid=PAYLOANTES"), all);
    let shopper = get(&sim, "/shoppers/081513114262");
    assert!(all.as_array().unwrap().contains(&shopper));
    assert_eq!(
        (&shopper["phone"], &shopper["pin"], &shopper["otp"]),
        (&json!("081513114262"), &json!("663482"), &json!("4567"))
    );
    assert_eq!(
        (&shopper["state"], &shopper["tenors"], &shopper["owes"]),
        (&json!("active"), &json!(["1"]), &json!("0"))
    );
    assert_eq!(shopper["limits"], json!({ "30_days": { "total": "3500000", "remaining": "3500000" } }));
    assert_eq!(shopper["lockedUntil"], Value::Null);
    for form in ["81513114262", "6281513114262", "%2B62%20815-1311-4262"] {
        assert_eq!(get(&sim, &format!("/shoppers/{form}")), shopper, "{form}");
    }
    let twelve = get(&sim, "/shoppers/081291891818");
    assert_eq!(twelve["tenors"], json!(["1", "3", "6", "12"]));
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890")), 404, "not-found");
    problem(&sim.http().get(&format!("{API}/shoppers/abc")), 422, "bad-value");
    problem(&sim.http().get(&format!("{API}/shoppers?iMid=not%20one")), 422, "bad-value");
}

#[test]
fn shoppers_of_a_merchant_that_does_not_exist_are_404() {
    let sim = Simulator::start();
    problem(&sim.http().get(&format!("{API}/shoppers?iMid=NOBODY")), 404, "not-found");
    problem(&sim.http().get(&format!("{API}/shoppers/081291891818?iMid=NOBODY")), 404, "not-found");
    problem(&put(&sim, "/shoppers/081291891818?iMid=NOBODY", &json!({})), 404, "not-found");
}

#[test]
fn a_new_shopper_can_pay_at_once() {
    let sim = Simulator::start();
    let new = put(&sim, "/shoppers/081234567890", &json!({ "name": "Siti", "tenors": ["3", 6], "owes": "1000" }));
    assert_eq!(new.status, 201);
    assert_eq!(get(&sim, "/shoppers/081234567890"), new.json());
    assert_eq!(
        (&new.json()["name"], &new.json()["tenors"], &new.json()["owes"]),
        (&json!("Siti"), &json!(["3", "6"]), &json!("1000"))
    );
    assert_eq!(new.json()["limits"]["3_months"], json!({ "total": "9800000", "remaining": "9799000" }));
    let t_xid = registered(&sim.shop(), "order");
    assert_eq!(buyer(&sim, &t_xid, &json!({ "phone": "081234567890" })).json()["stage"], "approved");
    assert_eq!(transaction(&sim, &t_xid)["instmntMon"], "3", "one month is not on offer");

    let changed =
        put(&sim, "/shoppers/081234567890", &json!({ "pin": "111111", "otp": "9999", "owes": 5, "state": "locked" }));
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    assert_eq!(
        (&changed["pin"], &changed["otp"], &changed["state"]),
        (&json!("111111"), &json!("9999"), &json!("locked"))
    );
    assert_eq!((&changed["name"], &changed["owes"]), (&json!("Siti"), &json!("5")), "what is not said stays");
}

#[test]
fn a_shopper_of_one_merchant_is_not_the_others() {
    let sim = Simulator::start();
    assert_eq!(put(&sim, "/shoppers/081291891818?iMid=PAYLOANTES", &json!({ "pin": "111111" })).status, 200);
    assert_eq!(put(&sim, "/shoppers/081234567890?iMid=PAYLOANTES", &json!({})).status, 201);
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=PAYLOANTES")["pin"], "111111");
    for call in ["/shoppers/081291891818", "/shoppers/081291891818?iMid=IONPAYTEST"] {
        assert_eq!(get(&sim, call)["pin"], "414141", "{call}");
    }
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890?iMid=IONPAYTEST")), 404, "not-found");
    assert_eq!(get(&sim, "/shoppers?iMid=PAYLOANTES").as_array().unwrap().len(), 23);
    assert_eq!(get(&sim, "/shoppers").as_array().unwrap().len(), 22);
}

#[test]
fn a_change_of_pin_or_state_ends_a_lock() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (n, change) in [json!({ "pin": "414141" }), json!({ "state": "active" })].into_iter().enumerate() {
        let order = shop.order(&format!("order-{n}"), 25_145);
        let registered = shop.register(&order);
        let mut browser = sim.buyer();
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        for _ in 0..3 {
            browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
        }
        let at = "/shoppers/081291891818?iMid=PAYLOANTES";
        assert_eq!(get(&sim, at)["lockedUntil"], "2025-12-31T17:30:00Z");
        assert_eq!(put(&sim, at, &change).json()["lockedUntil"], Value::Null);
        assert_eq!(browser.sign_in(&tk, Login::default()).status, 303);
    }
}

#[test]
fn limits_and_one_time_passwords_are_a_testers_to_set() {
    let sim = Simulator::start();
    let at = "/shoppers/081291891818?iMid=PAYLOANTES";
    let before = get(&sim, at);
    assert_eq!((&before["seamlessOtp"], &before["firstOtpExpired"]), (&json!(false), &json!(false)));
    assert_eq!(get(&sim, "/shoppers/089900000008")["firstOtpExpired"], true);
    assert_eq!(get(&sim, "/shoppers/089900000009")["seamlessOtp"], true);
    for (limits, total) in [
        (json!({ "30_days": { "total": "1000" } }), "1000"),
        (json!({ "30_days": { "total": 2_000 } }), "2000"),
        (json!({ "30_days": "3000" }), "3000"),
        (json!({ "30_days": 4_000 }), "4000"),
    ] {
        let reply = put(&sim, at, &json!({ "limits": limits }));
        assert_eq!(reply.status, 200, "{limits}: {}", reply.body);
        assert_eq!(reply.json()["limits"]["30_days"], json!({ "total": total, "remaining": total }), "{limits}");
        assert_eq!(get(&sim, at)["limits"]["30_days"]["total"], total);
    }
    let t_xid = registered(&sim.shop(), "dear");
    assert_eq!(buyer(&sim, &t_xid, &json!({ "instmntMon": 1 })).json()["stage"], "declined");
    assert_eq!(transaction(&sim, &t_xid)["reason"], "limit");
    let reply = put(&sim, at, &json!({ "seamlessOtp": true, "firstOtpExpired": true }));
    assert_eq!((&reply.json()["seamlessOtp"], &reply.json()["firstOtpExpired"]), (&json!(true), &json!(true)));
    for limits in
        [json!({ "2_months": "1" }), json!({ "30_days": "much" }), json!({ "30_days": -1 }), json!(["30_days"])]
    {
        let reply = put(&sim, at, &json!({ "limits": limits }));
        assert!(matches!(reply.status, 400 | 422), "{limits}: {} {}", reply.status, reply.body);
    }
}

#[test]
fn a_shopper_that_cannot_be_is_refused() {
    let sim = Simulator::start();
    for (call, body, status, slug) in [
        ("/shoppers/abc", json!({}), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "pin": "12345" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "pin": "12345x" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "otp": "123456" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "name": "" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "name": "a\nb" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "tenors": [2] }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "tenors": ["x"] }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "state": "asleep" }), 400, "bad-json"),
        ("/shoppers/081234567890", json!({ "owes": "much" }), 400, "bad-json"),
        ("/shoppers/081234567890", json!({ "owes": -1 }), 400, "bad-json"),
        ("/shoppers/081234567890?iMid=not%20one", json!({}), 422, "bad-value"),
    ] {
        problem(&put(&sim, call, &body), status, slug);
    }
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890")), 404, "not-found");
}

#[test]
fn tokens_are_issued_and_revoked_for_a_test() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let issued = post(&sim, "/tokens", &json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer" }));
    assert_eq!(issued.status, 201);
    let token = issued.json();
    assert_eq!(
        (&token["status"], &token["phone"], &token["iMid"]),
        (&json!("active"), &json!("081291891818"), &json!("PAYLOANTES"))
    );
    let user_token = token["userToken"].as_str().unwrap();
    assert_eq!(user_token.len(), 36, "a UUID");
    let wanted = json!({ "iMid": "PAYLOANTES", "clientUserKey": "c2", "phone": "+6281513114262", "userToken": "mine" });
    let mine = post(&sim, "/tokens", &wanted);
    assert_eq!(
        (mine.status, &mine.json()["userToken"], &mine.json()["phone"]),
        (201, &json!("mine"), &json!("081513114262"))
    );
    problem(&post(&sim, "/tokens", &wanted), 409, "token-exists");
    assert_eq!(get(&sim, "/tokens?iMid=PAYLOANTES&clientUserKey=customer"), json!([token]));
    assert_eq!(get(&sim, "/tokens?iMid=IONPAYTEST"), json!([]));
    assert_eq!(pluck(&json!(sim.events("token.issued")), "userToken"), [user_token, "mine"]);

    let paid = shop.register(&shop.order("with-it", 25_145).seamless(user_token));
    assert_eq!(paid.result_cd(), "0000");
    let revoked = delete(&sim, &format!("/tokens/{user_token}"));
    assert_eq!((revoked.status, revoked.body.as_str()), (204, ""));
    assert_eq!(get(&sim, "/tokens?clientUserKey=customer")[0]["status"], "inactive");
    assert_eq!(delete(&sim, &format!("/tokens/{user_token}")).status, 204, "again is no error");
    assert_eq!(sim.events("token.revoked").len(), 1, "nor an event");
    assert_eq!(shop.register(&shop.order("too-late", 25_145).seamless(user_token)).result_cd(), "9920");
}

#[test]
fn a_token_of_two_merchants_has_to_be_told_apart() {
    let sim = Simulator::start();
    for i_mid in ["PAYLOANTES", "IONPAYTEST"] {
        let wanted = json!({ "iMid": i_mid, "clientUserKey": "c", "userToken": "same" });
        assert_eq!(post(&sim, "/tokens", &wanted).status, 201);
    }
    problem(&delete(&sim, "/tokens/same"), 422, "bad-value");
    assert_eq!(delete(&sim, "/tokens/same?iMid=IONPAYTEST").status, 204);
    let tokens = get(&sim, "/tokens?clientUserKey=c");
    assert_eq!(
        (pluck(&tokens, "iMid"), pluck(&tokens, "status")),
        (vec!["PAYLOANTES".to_owned(), "IONPAYTEST".to_owned()], vec!["active".to_owned(), "inactive".to_owned()],)
    );
}

#[test]
fn a_token_that_cannot_be_is_refused() {
    let sim = Simulator::start();
    let long = "x".repeat(4_001);
    for (body, status, slug) in [
        (json!({ "iMid": "NOBODY", "clientUserKey": "c" }), 404, "not-found"),
        (json!({ "iMid": "not one", "clientUserKey": "c" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": long }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "c", "phone": "081234567890" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "c", "phone": "x" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "c", "userToken": "" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES" }), 400, "bad-json"),
        (json!({}), 400, "bad-json"),
    ] {
        problem(&post(&sim, "/tokens", &body), status, slug);
    }
    problem(&delete(&sim, "/tokens/none"), 404, "not-found");
    problem(&delete(&sim, &format!("/tokens/{PUBLISHED_TOKEN}?iMid=IONPAYTEST")), 404, "not-found");
    problem(&delete(&sim, &format!("/tokens/{PUBLISHED_TOKEN}?iMid=not%20one")), 422, "bad-value");
    assert_eq!(pluck(&get(&sim, "/tokens"), "status"), ["active"]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Events

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
        ("type=transaction.approved,no.such.type", 1),
        ("type=no.such.type", 0),
        ("type=transaction.approved&iMid=IONPAYTEST", 0),
        ("type=exchange.recorded&referenceNo=order", 2),
        ("type=exchange.recorded&referenceNo=forged", 1),
        ("noSuchField=x", 0),
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
    assert!(redirect.contains(&["location: ", &last("response"), "\n"].concat()), "{redirect}");
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
    assert_eq!(get(&sim, "/events/wait?referenceNo=second&type=a,transaction.registered")["tXid"], second);
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
    let reply = wait("type=transaction.regsitered&timeout=20ms");
    assert_eq!(problem(&reply, 404, "no-such-event")["nearestMisses"], json!([]), "an unknown type never matches");
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
            let reply = sim.http().get(&format!("{API}/events/wait?type=none&timeout=0"));
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

// ---------------------------------------------------------------------------------------------------------------------
// At the same time

const THREADS: usize = 16;

/// Does the same thing from many threads at once.
fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let (act, barrier) = (&act, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    act(n)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn one_number_is_registered_once_however_many_try() {
    let sim = Simulator::builder().workers(4).start();
    let shop = sim.shop();
    let order: Order = shop.order("same", 25_145);
    let mut codes = at_once(|_| shop.register(&order).result_cd());
    codes.sort();
    let mut expected = vec!["9009"; THREADS];
    expected[0] = "0000";
    assert_eq!(codes, expected);
    assert_eq!(get(&sim, "/transactions").as_array().unwrap().len(), 1);
    assert_eq!((sim.events("transaction.registered").len(), sim.events("transaction.refused").len()), (1, THREADS - 1));
}

#[test]
fn orders_registered_at_once_have_numbers_of_their_own() {
    let sim = Simulator::builder().workers(4).start();
    let shop = sim.shop();
    let mut t_xids = at_once(|n| registered(&shop, &format!("order-{n}")));
    let listed = get(&sim, "/transactions");
    let mut sorted = pluck(&listed, "tXid");
    sorted.sort();
    t_xids.sort();
    assert_eq!(t_xids, sorted);
    t_xids.dedup();
    assert_eq!(t_xids.len(), THREADS);
    let ids: Vec<u64> = sim.events("").iter().map(|event| event["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..).take(ids.len()).collect::<Vec<_>>());
}

#[test]
fn one_otp_pays_once_however_often_it_is_sent() {
    let sim = Simulator::builder().workers(4).start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 25_145).tokenize("customer").notify(receiver.url());
    let registered = shop.register(&order);
    let tk = sim.buyer().open(&shop.payment_url(&order, &registered, CALLBACK));
    let login = [("phone", "081291891818"), ("pin", "414141")];
    let signed_in = sim.http().post_form(&format!("/kredivo/v2/signin?tk={tk}"), &login, &[]);
    let cookie = signed_in.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap();
    let send = |page: &str, field: (&str, &str)| {
        sim.http().post_form(&format!("/kredivo/v2/{page}?tk={tk}"), &[field], &[("cookie", cookie)])
    };
    send("plan", ("instmntMon", "1"));
    let replies = at_once(|_| send("otp", ("otp", "4567")));
    for reply in replies {
        assert_eq!((reply.status, reply.location()), (303, format!("/kredivo/v2/result?tk={tk}").as_str()));
    }
    for event in ["partner.otp-passed", "transaction.approved", "token.issued", "notification.scheduled"] {
        assert_eq!(sim.events(event).len(), 1, "{event}");
    }
    sim.advance("24h");
    assert_eq!(receiver.only().field("status"), "0");
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=PAYLOANTES")["owes"], "25145");
}

#[test]
fn one_buyer_pays_once_however_many_play() {
    let sim = Simulator::builder().workers(4).start();
    let t_xid = registered(&sim.shop(), "order");
    let mut statuses = at_once(|_| buyer(&sim, &t_xid, &json!({})).status);
    statuses.sort_unstable();
    let mut expected = vec![409; THREADS];
    expected[0] = 200;
    assert_eq!(statuses, expected);
    assert_eq!(sim.events("transaction.approved").len(), 1);
}

/// Debts that are made while a shopper is changed are not lost.
#[test]
fn a_change_of_a_shopper_loses_no_debt() {
    const MANY: u64 = 150;
    let sim = Simulator::builder().workers(4).scenario("instant").start();
    let shop = sim.shop();
    let at = "/shoppers/081513114262?iMid=PAYLOANTES";
    thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..MANY {
                let registered = shop.register(&shop.order(&format!("debt-{i}"), 1_000).seamless(PUBLISHED_TOKEN));
                assert_eq!(registered.result_cd(), "0000");
            }
            // They settle by themselves.
            sim.drain();
        });
        scope.spawn(|| {
            for i in 0..MANY {
                assert_eq!(put(&sim, at, &json!({ "name": format!("Name {i}") })).status, 200);
            }
        });
    });
    assert_eq!(get(&sim, at)["owes"], (1_000 * MANY).to_string());
}

/// A key that a merchant sends by mistake is in no answer, whole, escaped or cut.
#[test]
fn a_key_sent_by_mistake_is_shown_nowhere() {
    const LONG: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
    let sim = Simulator::start();
    let shop = sim.new_shop("KEYSHOP001", KEY);
    let escaped = LONG.replace('+', "\\u002B").replace('=', "\\u003d");
    let body = format!(r#"{{"iMid":"{LONG}","timeStamp":"20260101120000","merchantToken":"{escaped}"}}"#);
    let refused = sim.http().send("POST", "/nicepay/direct/v2/checkMid", &[("content-type", "application/json")], body);
    assert!(!refused.header("x-sim-diagnosis").unwrap().contains("33F49GnCMS1m"), "cut, but not masked");
    shop.register(&shop.order(KEY, 25_145).with("merchantToken", "wrong"));
    let order = shop.order("taken", 25_145).tokenize(KEY).with("goodsNm", KEY).with("billingNm", KEY);
    assert_eq!(shop.register(&order).result_cd(), "0000");
    shop.bind({
        let mut binding = shop.binding("bind", "081291891818");
        binding["clientUserKey"] = KEY.into();
        binding["billingNm"] = KEY.into();
        binding
    });
    let calls =
        ["/events?limit=1000", "/transactions", "/bindings", "/tokens", "/notifications", "/merchants", "/info"];
    for call in calls {
        let shown = sim.http().get(&format!("{API}{call}"));
        assert_eq!(shown.status, 200);
        serde_json::from_str::<Value>(&shown.body).expect("JSON stays JSON");
        for telling in [KEY, "33F49GnCMS1m", "d5hDd3Frmuos"] {
            assert!(!shown.body.contains(telling), "{call} shows {telling}: {}", shown.body);
        }
    }
    let index = sim.http().get("/");
    assert!(index.body.contains("taken") && !index.body.contains(KEY));
    let missing = delete(&sim, &format!("/tokens/{KEY}"));
    assert!(missing.status == 404 && !missing.body.contains(KEY), "{}", missing.body);
}

/// Room is made for orders that stay, not for those that are refused.
#[test]
fn a_refused_duplicate_pushes_nobody_out() {
    let sim = Simulator::builder().scenario("instant").settings("max-transactions = 3").start();
    let shop = sim.shop();
    for i in 0..3 {
        let registered = shop.register(&shop.order(&format!("kept-{i}"), 25_145));
        assert_eq!(buyer(&sim, &registered.t_xid(), &json!({})).status, 200);
    }
    assert_eq!(shop.register(&shop.order("kept-2", 25_145)).result_cd(), "9009");
    assert_eq!(pluck(&get(&sim, "/transactions"), "referenceNo"), ["kept-0", "kept-1", "kept-2"]);
}

/// What was pushed out before it was told of says so.
#[test]
fn a_notification_of_what_is_forgotten_is_skipped_with_its_reason() {
    let sim = Simulator::builder().settings("max-transactions = 1").start();
    let shop = sim.shop();
    let first = shop.register(&shop.order("first", 25_145)).t_xid();
    assert_eq!(buyer(&sim, &first, &json!({})).status, 200);
    assert_eq!(shop.register(&shop.order("second", 25_145)).result_cd(), "0000");
    sim.advance("2s");
    let skipped = sim.events("notification.skipped");
    assert!(skipped[0]["reason"].as_str().unwrap().contains("--max-transactions"), "{skipped:?}");
    assert_eq!(get(&sim, "/notifications")[0]["state"], "skipped");
}

#[test]
fn an_order_with_a_token_is_paid_by_its_owner_only() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xid = shop.register(&shop.order("owned", 25_145).seamless(PUBLISHED_TOKEN)).t_xid();
    let reply = buyer(&sim, &t_xid, &json!({ "phone": "081291891818" }));
    assert!(problem(&reply, 422, "bad-value")["detail"].as_str().unwrap().contains("081513114262"));
    assert_eq!(buyer(&sim, &t_xid, &json!({ "phone": "081513114262" })).status, 200);
}
