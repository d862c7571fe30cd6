//! What is running: info, probes and the index page.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{API, KEY, get, registered};

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
    let page = sim.http().get("/?lang=en");
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
