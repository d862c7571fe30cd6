//! The page of the integration report: what the control API answers, with links to what it is about.

use std::collections::BTreeSet;

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{API, KEY, PAGES, Page, buyer, lively, register, select, text};
use crate::common::scene::Scene;
use crate::stream::Reader;

fn api(sim: &Simulator, query: &str) -> Value {
    sim.http().get(&format!("{API}/report{query}")).json()
}

/// Where an event is shown: at its arrow, where it has one.
fn address(sim: &Simulator, id: &Value) -> String {
    let after = id.as_u64().unwrap() - 1;
    let event = &sim.http().get(&format!("{API}/events?after={after}&limit=1")).json()[0];
    let is_arrow = ["exchange.recorded", "notification.attempted"].iter().any(|kind| event["type"] == *kind);
    match event["tXid"].as_str().filter(|_| is_arrow) {
        Some(t_xid) => format!("/__sim/transactions/{t_xid}?event={id}#arrow-{id}"),
        None => format!("/__sim/events/{id}"),
    }
}

#[test]
fn the_page_says_what_the_api_says() {
    let (sim, _) = lively();
    for (language, path, query) in [
        ("en", "/__sim/report", "?lang=en"),
        ("id", "/__sim/report", "?lang=id"),
        ("en", "/__sim/report?iMid=PAYLOANTES", "?iMid=PAYLOANTES&lang=en"),
    ] {
        let (page, report) = (Page::in_language(&sim, path, language), api(&sim, query));
        let verdict = page.tested("verdict")[0];
        assert_eq!(verdict.attr("data-state"), report["summary"]["state"].as_str());
        for (state, field) in [
            ("fail", "fail"),
            ("warning", "warning"),
            ("pass", "pass"),
            ("not-visible", "notVisible"),
            ("not-exercised", "notExercised"),
        ] {
            assert_eq!(page.says(&format!("count-{state}")), report["summary"][field].to_string(), "{state}");
        }
        let (shown, checks) = (page.tested("check"), report["checks"].as_array().unwrap());
        assert_eq!(shown.len(), checks.len());
        for (shown, check) in shown.into_iter().zip(checks) {
            assert_eq!((shown.attr("id"), shown.attr("data-state")), (check["id"].as_str(), check["state"].as_str()));
            let said = text(shown);
            for field in ["title", "clause"] {
                assert!(
                    language == "id" && field == "clause" || said.contains(check[field].as_str().unwrap()),
                    "{said}"
                );
            }
            let evidence = check["evidence"].as_array().unwrap();
            for shown in shown.select(&select("[data-testid=evidence]")) {
                let said = text(shown);
                let is_said = |evidence: &&Value| said.contains(evidence["text"].as_str().unwrap());
                let evidence = evidence.iter().find(is_said).unwrap_or_else(|| panic!("{said}"));

                let events: Vec<_> = shown
                    .select(&select("[data-testid=evidence-event]"))
                    .map(|link| link.attr("href").unwrap())
                    .collect();
                let expected = evidence["events"].as_array().unwrap().iter().map(|id| address(&sim, id));
                assert_eq!(events, expected.collect::<Vec<_>>());
                let payment = shown.select(&select("[data-testid=evidence-payment]")).next();
                let expected = evidence["tXid"].as_str().map(|t_xid| format!("/__sim/transactions/{t_xid}"));
                assert_eq!(payment.and_then(|link| link.attr("href")), expected.as_deref());
            }
        }
    }
}

#[test]
fn an_audit_can_be_started_here() {
    let scene = Scene::new();
    let page = Page::open(&scene.sim, "/__sim/report?iMid=PAYLOANTES");
    assert!(page.tested("audit-progress").is_empty());
    let form = &page.tested("audit-form")[0];
    let action = form.attr("action").unwrap();
    let fields = [("_back", "/__sim/report#audit"), ("_done", "audit"), ("iMid", "PAYLOANTES")];
    // Nobody listens there.
    let order = [("order", "http://127.0.0.1:9/buy"), ("probe", ""), ("fulfilled", ""), ("poll", "")];
    let public = [("order", "http://shop.example/buy")];
    let origin = [("origin", scene.sim.url())];
    let refused = scene.sim.http().post_form(action, &[&fields[..], &public].concat(), &origin);
    assert_eq!(refused.status, 422, "{}", refused.body);
    let started = scene.sim.http().post_form(action, &[&fields[..], &order].concat(), &origin);
    assert_eq!((started.status, started.location().starts_with("/__sim/report")), (303, true), "{}", started.body);
    let page = Page::open(&scene.sim, "/__sim/report");
    assert!(page.says("audit-progress").contains("PAYLOANTES"));
}

#[test]
fn it_begins_with_what_to_do_first() {
    let scene = Scene::new();
    let page = Page::open(&scene.sim, "/__sim/report");
    assert!(page.says("next-step").contains("No request arrived."));
    assert!(page.says("verdict").contains("Nothing was judged"));
    scene.mailbox.answer(500);
    let t_xid = scene.begin("ORD-1").answer.t_xid();
    buyer(&scene.sim, &t_xid, &json!({}));
    scene.sim.advance("1h");
    scene.shop.register(&scene.order("ORD-2").with("merchantToken", "0".repeat(64)));
    let page = Page::open(&scene.sim, "/__sim/report");
    let steps: Vec<_> =
        page.all("[data-testid=first-step] h3 a").iter().map(|link| link.attr("href").unwrap()).collect();
    assert_eq!(steps, ["#NP-01", "#NP-09"], "the failed ones; lost notifications only warn");
    let evidence: Vec<_> = page.all("#NP-09 .proof li").into_iter().map(text).collect();
    assert_eq!(evidence.len(), 2, "what all four attempts say is said once: {evidence:?}");
    assert_eq!(evidence[1], "And 3 more: the JSON report has all.");
}

#[test]
fn the_files_are_those_of_the_api() {
    let sim = Simulator::start();
    register(&sim, "order");
    let page = Page::open(&sim, "/__sim/report?iMid=PAYLOANTES");
    assert_eq!(page.all("[data-testid=filter-merchant] option[selected]").len(), 1);
    let mut endings = BTreeSet::new();
    for format in ["json", "md", "html", "junit"] {
        let link = page.tested(&format!("download-{format}"))[0].attr("href").unwrap().to_owned();
        let file = sim.http().get(&link);
        assert!(file.body.contains("PAYLOANTES"), "{link}");
        endings.insert(file.header("content-disposition").unwrap().rsplit('.').next().unwrap().to_owned());
    }
    assert_eq!(endings.into_iter().collect::<Vec<_>>(), ["html\"", "json\"", "md\"", "xml\""]);
    let unknown = Page::open(&sim, "/__sim/report?iMid=NOBODY");
    assert_eq!(unknown.all("[data-testid=filter-merchant] option[selected]").len(), 0, "all merchants");
}

/// What a stream of news says the number of failed checks is, from the next message on.
fn told(live: &mut Reader) -> u64 {
    let block = live.block().expect("the stream has ended");
    let data = block.lines().find_map(|line| line.strip_prefix("data: ")).expect("no news came");
    serde_json::from_str::<Value>(data).unwrap()["failed"].as_u64().unwrap()
}

#[test]
fn the_navigation_says_how_many_checks_failed() {
    let sim = Simulator::start();
    let shop = sim.shop();
    register(&sim, "right");
    let shown = |path: &str| {
        Page::open(&sim, path)
            .maybe("failed-checks")
            .map_or(0, |text| text.split_whitespace().next().unwrap().parse::<u64>().unwrap())
    };
    let mut live = Reader::at(&sim, "/__sim/live?", "");
    assert_eq!((told(&mut live), shown("/__sim/")), (0, 0));
    shop.register(&shop.order("wrong", 25_145).with("merchantToken", "0".repeat(64)));
    let failed = api(&sim, "")["summary"]["fail"].as_u64().unwrap();
    assert!(failed > 0);
    while told(&mut live) != failed {}
    // On each page, and the page says what it shows to the script that hears of news.
    for path in PAGES {
        let page = Page::open(&sim, path);
        assert!(page.says("nav-report").contains(&failed.to_string()), "{path}");
        assert_eq!(page.all("body")[0].attr("data-failed"), Some(&*failed.to_string()), "{path}");
    }
    // A reset sets it back, at once and for good.
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    assert_eq!(shown("/__sim/"), 0);
    while told(&mut live) != 0 {}
    shop.register(&shop.order("wrong", 25_145).with("merchantToken", "0".repeat(64)));
    while told(&mut live) != failed {}
    // Another merchant's reset changes nothing in the end.
    sim.new_shop("MYSHOP0001", KEY);
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": "MYSHOP0001" })).status, 204);
    while told(&mut live) != failed {}
    assert_eq!(shown("/__sim/tokens"), failed);
}
