//! Links from what is shown to what belongs to it, by mouse and by keyboard; the failures of the report in the navigation;
//! and the first request, copied.

use std::process::Command;

use serde_json::json;
use thirtyfour::prelude::*;

use super::message::copied;
use super::{API, ROW, call, click, developer, get, go, in_view, page_of, sees, sees_no, until};
use crate::accessibility::everywhere;
use crate::chromium::{Customer, WIDTH};
use crate::common::scene::Scene;

/// Names that would be seen if they were anything but text.
const RULE: &str = "\"><script>100%&a=b#top";
const CUSTOMER: &str = "\"><script>100% & #ü 注文";

/// The referenceNo of every row, as they stand.
#[track_caller]
fn lists(customer: &Customer, expected: &[&str]) {
    let rows = format!("[...document.querySelectorAll('{ROW} .what bdi')].map((row) => row.textContent)");
    until(customer, &format!("JSON.stringify({rows}) === '{}'", json!(expected)));
}

#[test]
fn a_token_a_customer_and_a_rule_lead_to_what_they_touched() {
    let scene = Scene::new();
    scene.begin("somebody-else");
    let when = json!({ "referenceNo": "made" });
    let forge = json!({ "outcome": "approve", "notify": { "variant": "changed-status" } });
    scene.sim.rule(&json!({ "id": RULE, "when": when, "then": forge }));
    let made = scene.register(scene.order("made").tokenize(CUSTOMER));
    call(&scene.sim, &made, "buyer", &json!({ "do": "pay" }));
    scene.sim.advance("2s");
    let shown = scene.sim.http().get(&format!("{API}/transactions/{}", made.answer.t_xid())).json();
    let token = shown["userToken"].as_str().unwrap();
    scene.register(scene.order("used").with("clientUserKey", CUSTOMER).seamless(token));

    let customer = developer(&scene.sim, "tokens");
    click(&customer, "[data-testid=token-payments]");
    lists(&customer, &["used", "made"]);
    go(&customer, &scene.sim, &page_of(&made));
    everywhere(&customer);
    click(&customer, "[data-testid=customer-orders]");
    lists(&customer, &["used", "made"]);
    let search = get(&customer, "document.querySelector('[data-testid=search]').value");
    assert_eq!(search, CUSTOMER);
    everywhere(&customer);
    // A forged notification in the list, in the sentence and at its arrow names its rule.
    click(&customer, "[data-testid=row-rule]");
    lists(&customer, &["made"]);
    click(&customer, "[data-testid=to-rules]");
    sees(&customer, "[data-testid=rule-touched]");
    customer.wait(customer.driver().back());
    for link in ["rule-behind", "arrow-rule"] {
        lists(&customer, &["made"]);
        click(&customer, "[data-testid=open-row]");
        sees(&customer, "[data-testid=summary]");
        // By keyboard.
        let css = format!("[data-testid={link}]");
        sees(&customer, &css);
        customer.run(&format!("document.querySelector('{css}').focus()"), vec![]);
        customer.type_keys(Key::Enter);
        sees(&customer, "[data-testid=rule-filter]");
        assert!(customer.text("rule-filter").contains(RULE), "{}", customer.text("rule-filter"));
    }
    customer.no_complaints();
    customer.no_foreign_requests();
}

#[test]
fn the_navigation_counts_failed_checks_and_they_lead_to_their_arrows() {
    let scene = Scene::new();
    let registered = scene.begin("good");
    let customer = developer(&scene.sim, "");
    customer.run("window.kept = true", vec![]);
    assert!(!customer.shows("failed-checks"));
    // A notification that is answered with 500 until nothing is sent any more, and an inquiry with a wrong amount.
    scene.mailbox.answer(500);
    call(&scene.sim, &registered, "buyer", &json!({ "do": "pay" }));
    scene.sim.advance("1h");
    sees(&customer, "[data-testid=failed-checks]");
    let report = scene.sim.http().get(&format!("{API}/report")).json();
    let failed = report["summary"]["fail"].to_string();
    assert_ne!(failed, "0", "{report:#}");
    until(&customer, &format!("document.querySelector('[data-testid=failed-checks]').firstChild.data === '{failed}'"));
    assert_eq!(get(&customer, "window.kept"), true, "the page was never loaded again");
    everywhere(&customer);
    // The navigation scrolls by itself: the page is no wider than a phone.
    assert_eq!(get(&customer, "[innerWidth, document.documentElement.scrollWidth]"), json!([WIDTH, WIDTH]));

    click(&customer, "[data-testid=nav-report]");
    let link = "[data-testid=check][data-state=fail] [data-testid=evidence-event][href*='#arrow-']";
    sees(&customer, link);
    customer.run(&format!("document.querySelector(\"{link}\").scrollIntoView({{ block: 'center' }})"), vec![]);
    click(&customer, link);
    sees(&customer, "[data-testid=arrow].selected");
    assert_eq!(customer.text("answer-line"), "HTTP 500");
    until(&customer, &in_view("document.querySelector('[data-testid=arrow].selected')"));

    // A reset sets it back. The page of the payment is left before, as it would look for a payment that is gone.
    go(&customer, &scene.sim, "");
    assert_eq!(scene.sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    go(&customer, &scene.sim, "");
    sees_no(&customer, "[data-testid=failed-checks]");
    customer.no_complaints();
}

#[test]
fn the_first_request_is_copied_and_works() {
    let scene = Scene::new();
    let customer = developer(&scene.sim, "");
    for page in ["/", "/__sim/"] {
        customer.open(&format!("{}{page}", scene.sim.url()));
        let script = copied(&customer, "[data-testid=copy-first-curl]");
        let output = Command::new("bash").args(["-c", &script]).env_remove("NICEPAY_BASE_URL").output().unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        assert!(answer.contains(r#""resultCd":"0000""#), "{page}: {answer}");
        assert_eq!(scene.sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    }
    customer.open(scene.sim.url());
    everywhere(&customer);
    customer.no_complaints();
}
