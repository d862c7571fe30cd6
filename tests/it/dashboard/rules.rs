//! The page of the rules: what one presses becomes a rule, and every rule can be read, changed and removed.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{API, KEY, Page, buyer, press, register, text};

const RULES: &str = "/__sim/rules";

fn rules(sim: &Simulator) -> Vec<Value> {
    sim.http().get(&format!("{API}/rules")).json().as_array().unwrap().clone()
}

/// The address of a rule's link.
fn link(page: &Page, testid: &str, id: &str) -> String {
    let found = page.tested(testid).into_iter().find(|link| text(*link).contains(id));
    found.unwrap().attr("href").unwrap().split('#').next().unwrap().to_owned()
}

#[test]
fn every_preset_is_one_rule() {
    let sim = Simulator::start();
    for (name, then) in [
        ("reject", json!({ "outcome": "reject" })),
        ("review", json!({ "outcome": "review" })),
        ("twice", json!({ "notify": { "variant": "duplicate" } })),
        ("forge", json!({ "outcome": "reject", "notify": { "variant": "changed-status", "status": "0" } })),
        ("late", json!({ "notify": { "variant": "late", "after": "20s" } })),
        ("answer", json!({ "answer": { "status": 503 } })),
    ] {
        press(&sim, &Page::open(&sim, RULES).form(&format!("preset-{name}")));
        let rule = rules(&sim).pop().unwrap();
        assert_eq!((&rule["rule"]["then"], &rule["times"]), (&then, &json!(1)), "{name}");
        let form = Page::open(&sim, RULES).form(&format!("preset-{name}"));
        let page = press(&sim, &form.with("when.referenceNo", "mine-*").with("times:json", ""));
        let rule = rules(&sim).pop().unwrap();
        assert_eq!((&rule["rule"]["when"]["referenceNo"], &rule["times"]), (&json!("mine-*"), &Value::Null), "{name}");
        assert!(page.tested("rule-sentence").iter().any(|told| text(*told).contains("mine-*")), "{name}");
        sim.http().send("DELETE", &format!("{API}/rules"), &[], "");
    }
}

#[test]
fn presets_do_what_they_say() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let press_preset = |name: &str| press(&sim, &Page::open(&sim, RULES).form(&format!("preset-{name}")));
    press_preset("forge");
    let order = shop.order("forged", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    buyer(&sim, &registered.t_xid(), &json!({}));
    sim.advance("2s");
    assert_eq!((receiver.only().field("status"), shop.status(&order, &registered).as_str()), ("0", "8"));
    press_preset("answer");
    let answer = shop.register(&shop.order("first", 25_145));
    assert_eq!(answer.status, 503);
    assert_eq!(shop.register(&shop.order("second", 25_145)).result_cd(), "0000");
}

#[test]
fn a_rule_is_edited_in_its_form_and_copied() {
    let sim = Simulator::start();
    let id = sim.rule(&json!({
        "times": 2, "when": { "referenceNo": "next*", "amt": { "from": 1000 }, "mitraCd": "KDVI" },
        "then": { "outcome": "review", "review": { "after": "30s", "verdict": "reject" }, "reason": "limit" },
    }));
    sim.rule(&json!({ "then": { "outcome": "reject" } }));
    let page = Page::open(&sim, RULES);
    let form = Page::open(&sim, &link(&page, "rule-edit", &id)).form("rule-submit");
    for (name, value) in [
        ("times:json", "2"),
        ("when.referenceNo", "next*"),
        ("when.amt.from:json", "1000"),
        ("when.amt.to:json", ""),
        ("when.mitraCd", "KDVI"),
        ("then.outcome", "review"),
        ("then.reason", "limit"),
        ("then.review.after", "30s"),
        ("then.review.verdict", "reject"),
        ("then.notify.variant", ""),
    ] {
        assert_eq!(form.field(name), value, "{name}");
    }
    let page = press(&sim, &form.with("when.referenceNo", "changed*").with("when.amt.to:json", "5000"));
    let all = rules(&sim);
    assert_eq!((all.len(), &all[0]["id"]), (2, &json!(id)));
    let changed = json!({ "referenceNo": "changed*", "amt": { "from": 1000, "to": 5000 }, "mitraCd": "KDVI" });
    assert_eq!(all[0]["rule"]["when"], changed);
    // A copy is another rule.
    let form = Page::open(&sim, &link(&page, "rule-copy", &id)).form("rule-submit");
    assert_eq!((form.field("when.referenceNo"), form.action.as_str()), ("changed*", "/__sim/actions/rules"));
    press(&sim, &form);
    let all = rules(&sim);
    assert_eq!((all.len(), &all[1]["rule"]), (3, &all[0]["rule"]));
    assert_ne!(all[1]["id"], all[0]["id"]);
}

/// The selections offer what is usual; a rule may have something else.
#[test]
fn saving_an_unchanged_rule_changes_nothing() {
    let sim = Simulator::start();
    for (when, then) in [
        (json!({ "phone": "081234567890" }), json!({ "outcome": "reject", "reason": "ordered" })),
        (json!({ "phone": "+6281291891818" }), json!({ "notify": "plain" })),
    ] {
        let id = sim.rule(&json!({ "when": when, "then": then }));
        press(&sim, &Page::open(&sim, &format!("{RULES}?edit={id}")).form("rule-submit"));
        let saved = rules(&sim).into_iter().find(|rule| rule["id"] == id.as_str()).unwrap();
        assert_eq!(saved["rule"]["when"], when);
        assert_eq!(saved["rule"]["then"]["outcome"], then["outcome"]);
        assert_eq!(saved["rule"]["then"]["reason"], then["reason"]);
    }
}

#[test]
fn a_rule_that_the_form_cannot_show_is_edited_as_json() {
    let sim = Simulator::start();
    let then = json!({ "notify": ["lost", { "variant": "late", "fields": { "amt": null } }] });
    let id = sim.rule(&json!({ "chance": 0.5, "when": { "tenor": [3, 6] }, "then": then }));
    let page = Page::open(&sim, &format!("{RULES}?edit={id}"));
    assert!(page.maybe("rule-submit").is_none());
    let form = page.form("rule-json-submit");
    assert_eq!(form.field("chance:json"), "0.5");
    press(&sim, &form.with("when:json", r#"{"tenor": 3}"#));
    let changed = &rules(&sim)[0];
    assert_eq!(
        (&changed["id"], &changed["rule"]["when"], &changed["rule"]["then"]),
        (&json!(id), &json!({ "tenor": 3 }), &then)
    );
}

#[test]
fn a_rule_that_is_gone_is_told_and_not_made_again() {
    let sim = Simulator::start();
    let id = sim.rule(&json!({ "then": { "outcome": "reject" } }));
    let form = Page::open(&sim, &format!("{RULES}?edit={id}")).form("rule-submit");
    sim.http().send("DELETE", &format!("{API}/rules/{id}"), &[], "");
    let reply = form.send(&sim);
    assert_eq!(reply.status, 404);
    assert!(Page::of(&sim, RULES, &reply).says("problem-detail").contains(&id));
    assert!(rules(&sim).is_empty());
    let page = Page::open(&sim, &format!("{RULES}?edit={id}"));
    assert!(page.says("rule-missing").contains(&id));
    assert!(page.says("rule-submit").contains("Add"), "the form is an empty one");
    // After a reset, too.
    let id = sim.rule(&json!({ "then": { "outcome": "reject" } }));
    let form = Page::open(&sim, &format!("{RULES}?edit={id}")).form("rule-submit");
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    assert_eq!(form.send(&sim).status, 404);
}

#[test]
fn used_rules_are_marked_linked_and_removed() {
    let sim = Simulator::start();
    let id = sim.rule(&json!({ "times": 1, "then": { "outcome": "reject" } }));
    sim.rule(&json!({ "then": { "notify": "lost" } }));
    assert!(Page::open(&sim, RULES).maybe("rules-remove-used").is_none());
    buyer(&sim, &register(&sim, "one"), &json!({}));
    let page = Page::open(&sim, RULES);
    assert_eq!(page.says("rule-used-up"), "used up");
    assert_eq!(link(&page, "rule-touched", &id), format!("/__sim/?rule={id}"));
    assert!(page.tested("rule-touched").iter().any(|link| text(*link).contains("(1)")));
    let page = press(&sim, &page.form("rules-remove-used"));
    assert_eq!((page.tested("rule-added").len(), rules(&sim).len()), (1, 1));
}

#[test]
fn hostile_rules_are_text_and_can_be_changed_and_removed() {
    let sim = Simulator::start();
    sim.new_shop("KEYSHOP001", KEY);
    let patterns = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "\u{202e}evil\u{2066}",
        "`</code></bdi>%*?{{ 1 }}",
        KEY,
    ];
    for (number, id) in ["a/b?c#d", "\"'><b>&amp;", "%2F..%5c", "a//b;@=:+", "..."].iter().enumerate() {
        let when = json!({ "referenceNo": patterns[number], "clientUserKey": "x".repeat(255) });
        sim.rule(&json!({ "id": id, "times": 1, "when": when, "then": { "outcome": "reject" } }));
    }
    for path in
        [RULES.to_owned(), format!("{RULES}?edit={}", "x".repeat(10_000)), format!("{RULES}?copy=%3Cb%3E%00%FF")]
    {
        for language in ["en", "id"] {
            let page = Page::in_language(&sim, &path, language);
            assert!(!page.html.html().contains(KEY) && page.text().contains("<script>alert(1)</script>"), "{path}");
        }
    }
    loop {
        let page = Page::open(&sim, RULES);
        let before = page.tested("rule-added").len();
        let Some(first) = page.tested("rule-edit").first().copied() else { break };
        let edit = Page::open(&sim, first.attr("href").unwrap().split('#').next().unwrap());
        press(&sim, &edit.form("rule-json-submit").with("times:json", "7"));
        assert_eq!(rules(&sim).iter().filter(|rule| rule["times"] == 7).count(), 1);
        let page = press(&sim, &Page::open(&sim, RULES).form("rule-remove"));
        assert_eq!(page.tested("rule-added").len(), before - 1);
    }
    // Ten thousand characters are refused in words, and nothing else happens.
    let form = Page::open(&sim, RULES).form("preset-reject").with("when.referenceNo", &"x".repeat(10_000));
    let reply = form.send(&sim);
    assert_eq!(reply.status, 422);
    assert!(Page::of(&sim, RULES, &reply).says("problem-detail").contains("referenceNo"));
}

#[test]
fn every_scenario_has_its_sentences() {
    let sim = Simulator::start();
    let page = Page::open(&sim, RULES);
    let item = |name: &str| {
        let code = format!("<code class=\"small muted\">{name}</code>");
        text(*page.tested("scenario-item").iter().find(|item| item.html().contains(&code)).unwrap())
    };
    assert!(item("reject").contains("every payment → reject"));
    assert!(item("approve").contains("active") && !item("reject").contains("active"));
    // Names in a description are code.
    assert!(item("instant").contains("the control API's buyer, and reviews for its partner"), "{}", item("instant"));
    let indonesian = Page::in_language(&sim, RULES, "id");
    assert!(indonesian.text().contains("setiap pembayaran → tolak"));
}

#[test]
fn the_clock_says_what_is_next_and_what_a_jump_has_caused() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let page = Page::open(&sim, "/__sim/log");
    assert!(page.says("next-due").contains("Nothing is scheduled."));
    assert!(page.maybe("jump").is_none() && page.maybe("jumped").is_none());
    let t_xid = shop.register(&shop.order("order-7", 25_145).notify(receiver.url())).t_xid();
    buyer(&sim, &t_xid, &json!({}));
    let page = Page::open(&sim, "/__sim/log");
    assert!(page.says("jump").contains("notification of order-7"), "{}", page.says("jump"));
    assert!(page.says("jump").contains("in 2 s"), "{}", page.says("jump"));
    let form = page.form("jump");
    let page = press(&sim, &form);
    assert_eq!(page.tested("jumped").len(), 1);
    assert!(page.says("jumped").contains("order-7: notification delivered (200)"), "{}", page.says("jumped"));
    // Who has the same page open comes too late.
    let reply = form.send(&sim);
    assert_eq!(reply.status, 409);
    assert!(Page::of(&sim, "/__sim/log", &reply).says("problem-detail").contains("nothing is due"));

    for number in 0..12 {
        shop.register(&shop.order(&format!("late-{number}"), 25_145));
    }
    let page = press(&sim, &Page::open(&sim, "/__sim/").form("advance-24h"));
    let jumped = page.says("jumped");
    assert!(jumped.contains("late-0: expired") && jumped.contains("late-9: expired"), "{jumped}");
    assert!(!jumped.contains("late-10") && page.says("jumped-more").contains("and 2 more"), "{jumped}");
    let log = page.tested("jumped-more")[0].attr("href").unwrap().to_owned();
    assert!(Page::open(&sim, &log).text().contains("transaction.expired"));
    for odd in ["advance:", "advance:1-2-3", "advance:0-99999999999999999999", "advance:<b>-1", "advance:9-1"] {
        let odd: String = url::form_urlencoded::byte_serialize(odd.as_bytes()).collect();
        let page = Page::open(&sim, &format!("/__sim/?done={odd}"));
        assert!(page.says("done").starts_with("The clock is advanced."));
        assert!(page.maybe("jumped").is_none());
    }
    let page = Page::open(&sim, "/__sim/?done=advance%3A0-18446744073709551615");
    assert_eq!(page.all("[data-testid=jumped] li").len(), 11);
}
