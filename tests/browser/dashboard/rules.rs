//! The page of the rules in a real Chromium: presets, edit, duplicate, used rules, scenarios.

use serde_json::{Value, json};

use super::{API, centre, choose, click, developer, get, go, press_done, says_done, sees, sees_no, until, usable};
use crate::chromium::Customer;
use crate::common::scene::Scene;

fn rules(scene: &Scene) -> Vec<Value> {
    scene.sim.http().get(&format!("{API}/rules")).json().as_array().unwrap().clone()
}

#[test]
fn a_preset_is_one_click() {
    let scene = Scene::new();
    let customer = developer(&scene.sim, "rules");
    customer.fill("preset-reference", "next*");
    press_done(&customer, "preset-reject", "The rule is added.");
    assert_eq!(customer.text("rule-sentence"), "next payment next* → reject");
    assert_eq!(customer.value("preset-reference"), "", "the form is ready for the next one");
    let order = scene.begin("next-1");
    super::call(&scene.sim, &order, "buyer", &json!({}));
    assert_eq!(super::times(&scene.sim, "transaction.declined", &order), 1);
    // It is used up, and the page says so by itself.
    sees(&customer, "[data-testid=rule-used-up]");
    press_done(&customer, "preset-late", "The rule is added.");
    until(&customer, "document.querySelectorAll('[data-testid=rule-added]').length === 2");
    press_done(
        &customer,
        "rules-remove-used",
        "The used rules are removed. A rule that an open order still needs stays.",
    );
    until(&customer, "document.querySelectorAll('[data-testid=rule-added]').length === 1");
    assert_eq!(customer.text("rule-sentence"), "next payment → notification is sent 20 s late");
    press_done(&customer, "rule-remove", "The rule is removed.");
    for preset in ["review", "twice", "forge", "answer"] {
        centre(&customer, &format!("[data-testid=preset-{preset}]"));
        press_done(&customer, &format!("preset-{preset}"), "The rule is added.");
    }
    assert_eq!(rules(&scene).len(), 4);
    usable(&customer);
}

#[test]
fn a_rule_is_edited_and_duplicated() {
    let scene = Scene::new();
    let id = scene.sim.rule(&json!({ "times": 2, "when": { "referenceNo": "a*" }, "then": { "outcome": "reject" } }));
    scene.sim.rule(&json!({ "chance": 0.5, "then": { "notify": ["lost"] } }));
    let customer = developer(&scene.sim, "rules");
    let press = |id: &str, button: &str| click(&customer, &format!("[data-rule='{id}'] [data-testid={button}]"));
    press(&id, "rule-edit");
    sees(&customer, "[data-testid=rule-cancel]");
    assert_eq!((customer.value("rule-reference"), customer.value("rule-outcome")), ("a*".into(), "reject".into()));
    customer.fill("rule-reference", "b*");
    choose(&customer, "rule-outcome", "review");
    usable(&customer);
    click(&customer, "[data-testid=rule-submit]");
    says_done(&customer, "The rule is changed.");
    sees_no(&customer, "[data-testid=rule-cancel]");
    assert_eq!(customer.text("rule-sentence"), "next 2 payments b* → review until decided");
    assert_eq!(rules(&scene)[0]["id"], id.as_str());

    press(&id, "rule-copy");
    sees(&customer, "[data-testid=rule-cancel]");
    customer.fill("rule-reference", "c*");
    click(&customer, "[data-testid=rule-submit]");
    says_done(&customer, "The rule is added.");
    assert_eq!(rules(&scene).len(), 3);
    // What the form cannot show is JSON, which stands open.
    press("rule-2", "rule-edit");
    sees(&customer, "#as-json[open] [data-testid=rule-json]");
    sees_no(&customer, "[data-testid=rule-submit]");
    customer.fill("rule-json-chance", "0.25");
    click(&customer, "[data-testid=rule-json-submit]");
    says_done(&customer, "The rule is changed.");
    sees(&customer, "[data-rule='rule-2']");
    until(&customer, "document.querySelector('#added').textContent.includes('with a chance of 25%')");
    customer.no_foreign_requests();
}

#[test]
fn a_rule_that_is_removed_while_its_form_is_open_is_told_and_the_text_stays() {
    let scene = Scene::new();
    let id = scene.sim.rule(&json!({ "when": { "referenceNo": "a*" }, "then": { "outcome": "reject" } }));
    let customer = developer(&scene.sim, &format!("rules?edit={id}"));
    customer.fill("rule-reference", "typed*");
    scene.sim.http().send("DELETE", &format!("{API}/rules/{id}"), &[], "");
    scene.begin("news");
    sees(&customer, "#added .muted");
    click(&customer, "[data-testid=rule-submit]");
    assert!(customer.text("form-error").contains(&id), "{}", customer.text("form-error"));
    assert_eq!(customer.value("rule-reference"), "typed*");
    assert!(rules(&scene).is_empty());
    // A reset is like that, and a page that is loaded again says so.
    go(&customer, &scene.sim, &format!("rules?edit={id}"));
    assert!(customer.text("rule-missing").contains(&id));
    usable(&customer);
}

#[test]
fn rules_need_no_javascript() {
    let scene = Scene::new();
    let customer = Customer::with("id", false);
    customer.open(&format!("{}/__sim/rules", scene.sim.url()));
    customer.fill("preset-reference", "tanpa-*");
    customer.press_id("preset-reject");
    assert_eq!(customer.text("done"), "Aturan sudah ditambahkan.");
    assert_eq!(customer.text("rule-sentence"), "pembayaran berikutnya tanpa-* → tolak");
    customer.press_id("rule-edit");
    customer.fill("rule-times", "3");
    customer.press_id("rule-submit");
    assert_eq!(customer.text("done"), "Aturan sudah diubah.");
    assert_eq!(customer.text("rule-sentence"), "3 pembayaran berikutnya tanpa-* → tolak");
    customer.press_id("rule-remove");
    assert!(rules(&scene).is_empty());
    customer.no_complaints();
}

#[test]
fn a_scenario_is_activated_for_all_or_for_one() {
    let scene = Scene::new();
    scene.sim.new_shop("OTHER00001", "a-key-of-its-own");
    let customer = developer(&scene.sim, "rules");
    let activate = |name: &str| {
        click(&customer, &format!("[data-testid=scenario-activate][value={name}]"));
        says_done(&customer, "The scenario is active.");
    };
    activate("reject");
    assert!(customer.text("scenario").contains("every payment → reject"));
    sees(&customer, "[data-testid=scenario-item][aria-current] [data-testid=scenario-active]");
    choose(&customer, "scenario-merchant", "OTHER00001");
    click(&customer, "[data-testid=scenario-show]");
    sees(&customer, "[data-testid=scenario-form][action$='iMid=OTHER00001']");
    activate("fails-then-works");
    let of = |query: &str| scene.sim.http().get(&format!("{API}/scenario{query}")).json()["name"].clone();
    assert_eq!((of(""), of("?iMid=OTHER00001")), (json!("reject"), json!("fails-then-works")));
    // Groups that were opened stay open.
    click(&customer, "#group-answers summary");
    scene.begin("news");
    until(&customer, "document.getElementById('group-answers').open");
    assert_eq!(get(&customer, "document.querySelectorAll('[data-testid=scenario-group]').length"), 5);
    usable(&customer);
}
