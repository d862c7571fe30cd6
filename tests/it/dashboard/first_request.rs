//! Somebody who has sent nothing yet is offered a request to copy, an order by one click, and the demo shop.

use std::process::Command;

use nicepay_sim::testing::Simulator;
use scraper::Html;
use serde_json::json;

use super::{ACTIONS, API, KEY, Page, select, text};

/// The code in a language on a page, as somebody copies it.
fn code(sim: &Simulator, page: &str, language: &str) -> String {
    let html = Html::parse_document(&sim.http().get(page).body);
    let code = html.select(&select(&format!("#first-code-{language}"))).next().expect("no code");
    text(code)
}

#[test]
fn the_request_to_copy_works_as_it_is() {
    let sim = Simulator::start();
    for page in ["/", "/__sim/"] {
        let script = code(&sim, page, "curl");
        let output = Command::new("bash").args(["-c", &script]).env_remove("NICEPAY_BASE_URL").output().unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        assert!(answer.contains(r#""resultCd":"0000""#), "{page}: {answer}");
        let registered = sim.http().get(&format!("{API}/transactions")).json();
        assert!(registered[0]["referenceNo"].as_str().unwrap().starts_with("curl-"), "{registered}");
        assert!(registered[0]["dbProcessUrl"].as_str().unwrap().starts_with(sim.url()), "{registered}");
        assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    }
}

#[test]
fn a_key_of_ones_own_is_not_in_the_request() {
    let sim = Simulator::start();
    let merchant = json!({ "merchantKey": KEY });
    assert_eq!(sim.http().put_json(&format!("{API}/merchants/IONPAYTEST"), &merchant).status, 200);
    for language in ["curl", "php", "node", "python"] {
        let script = code(&sim, "/__sim/", language);
        assert!(script.contains("YOUR-MERCHANT-KEY") && !script.contains(KEY), "{script}");
    }
}

#[test]
fn an_order_is_registered_by_one_click() {
    let sim = Simulator::start();
    for number in 1..=2 {
        let reply = sim.http().post_form(
            &format!("{ACTIONS}/samples"),
            &[("_back", "/__sim/"), ("_done", "sample")],
            &[("origin", sim.url())],
        );
        assert_eq!((reply.status, reply.location()), (303, "/__sim/?done=sample"), "{}", reply.body);
        assert_eq!(sim.http().get(&format!("{API}/transactions")).json().as_array().unwrap().len(), number);
    }
    let page = Page::open(&sim, "/__sim/");
    assert!(page.tested("first-request").is_empty(), "not for somebody who has sent one");
}

#[test]
fn the_api_says_which_order_it_registered_or_why_not() {
    let sim = Simulator::start();
    let reply = sim.http().post_json(&format!("{API}/samples"), &json!({ "iMid": "PAYLOANTES" }));
    assert_eq!(reply.status, 201, "{}", reply.body);
    let t_xid = reply.json()["tXid"].as_str().unwrap().to_owned();
    let shown = sim.http().get(&format!("{API}/transactions/{t_xid}")).json();
    assert_eq!(shown["referenceNo"], reply.json()["referenceNo"]);
    assert_eq!(sim.http().post_json(&format!("{API}/samples"), &json!({ "iMid": "NOBODY" })).status, 404);
    assert_eq!(sim.http().post_json(&format!("{API}/samples"), &json!({ "iMid": 5 })).status, 400);
    let no_lender = json!({ "partners": [] });
    assert_eq!(sim.http().put_json(&format!("{API}/merchants/PAYLOANTES"), &no_lender).status, 200);
    let refused = sim.http().post_json(&format!("{API}/samples"), &json!({ "iMid": "PAYLOANTES" }));
    assert_eq!(
        (refused.status, &refused.json()["type"]),
        (409, &json!("urn:nicepay-sim:problem:sample")),
        "{}",
        refused.body
    );
    assert!(refused.json()["detail"].as_str().unwrap().starts_with("9108 "), "{}", refused.body);
}
