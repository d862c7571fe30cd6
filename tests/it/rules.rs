//! Rules and scenarios over the control API: what is ordered happens, counts as it says, and is explained.

use nicepay_sim::testing::{Login, Reply, Shop, Simulator};
use serde_json::{Value, json};

const RULES: &str = "/__sim/api/rules";
const SCENARIO: &str = "/__sim/api/scenario";
const CALLBACK: &str = "http://shop.test/thanks";

/// Registers an order and has its customer pay without a browser; answers with the order's number and its stage.
fn pay(sim: &Simulator, shop: &Shop, reference_no: &str, amt: u64) -> (String, String) {
    let registered = shop.register(&shop.order(reference_no, amt));
    assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
    let t_xid = registered.t_xid();
    (t_xid.clone(), play(sim, &t_xid, &json!({})))
}

fn play(sim: &Simulator, t_xid: &str, act: &Value) -> String {
    let played = sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), act);
    assert_eq!(played.status, 200, "{}", played.body);
    played.json()["stage"].as_str().unwrap().to_owned()
}

fn stage(sim: &Simulator, shop: &Shop, reference_no: &str) -> String {
    pay(sim, shop, reference_no, 25_145).1
}

fn transaction(sim: &Simulator, t_xid: &str) -> Value {
    sim.http().get(&format!("/__sim/api/transactions/{t_xid}")).json()
}

fn refused(reply: &Reply, status: u16, slug: &str, says: &str) {
    let problem = reply.json();
    let kind = json!(format!("urn:nicepay-sim:problem:{slug}"));
    assert_eq!((reply.status, &problem["type"]), (status, &kind), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
}

fn delete(sim: &Simulator, path: &str) -> Reply {
    sim.http().send("DELETE", path, &[], "")
}

#[test]
fn the_next_payment_is_rejected_and_no_other() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let id = sim.rule(&json!({ "times": 1, "then": { "outcome": "reject", "reason": "risk" } }));
    assert_eq!(id, "rule-1");
    let order = shop.order("first", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    assert_eq!(registered.header("x-sim-rule"), Some("rule-1"));
    let t_xid = registered.t_xid();
    assert_eq!(play(&sim, &t_xid, &json!({})), "declined");
    assert_eq!(stage(&sim, &shop, "second"), "approved");
    sim.advance("2s");
    assert_eq!(receiver.only().field("status"), "8");
    assert_eq!(shop.status(&order, &registered), "8");
    let shown = transaction(&sim, &t_xid);
    assert_eq!((&shown["rule"], &shown["reason"]), (&json!("rule-1"), &json!("risk")));
    let rule = sim.http().get(&format!("{RULES}/rule-1")).json();
    assert_eq!((&rule["times"], &rule["left"], &rule["iMid"]), (&json!(1), &json!(0), &Value::Null));
    assert_eq!(rule["rule"], json!({ "times": 1, "then": { "outcome": "reject", "reason": "risk" } }));
}

#[test]
fn a_rule_that_was_added_later_decides_about_orders_that_are_open() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let registered = shop.register(&shop.order("open", 25_145));
    sim.rule(&json!({ "id": "late", "times": 1, "then": { "outcome": "review" } }));
    assert_eq!(play(&sim, &registered.t_xid(), &json!({})), "under-review");
    assert_eq!(stage(&sim, &shop, "next"), "approved");
}

#[test]
fn a_rule_for_one_transaction_beats_one_for_some_which_beats_the_others_and_the_scenario() {
    let sim = Simulator::builder().scenario("reject").start();
    let shop = sim.shop();
    sim.rule(&json!({ "id": "always", "then": { "outcome": "abandon" } }));
    sim.rule(&json!({ "id": "twice", "times": 2, "then": { "outcome": "review" } }));
    let registered = shop.register(&shop.order("one", 25_145));
    let t_xid = registered.t_xid();
    sim.rule(&json!({ "id": "this", "when": { "tXid": t_xid }, "then": { "outcome": "approve" } }));
    let listed = sim.http().get(RULES).json();
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["this", "twice", "always"]);
    assert_eq!(play(&sim, &t_xid, &json!({})), "approved");
    assert_eq!(transaction(&sim, &t_xid)["rule"], "this");
    // The first was for the order that is paid now: it was registered before there was a better rule for it.
    assert_eq!(stage(&sim, &shop, "two"), "under-review");
    assert_eq!(stage(&sim, &shop, "three"), "abandoned");
    assert_eq!(delete(&sim, &format!("{RULES}/always")).status, 204);
    assert_eq!(stage(&sim, &shop, "four"), "declined", "the scenario");
    assert_eq!(delete(&sim, RULES).json(), json!({ "removed": 2 }));
    assert_eq!(sim.http().get(RULES).json(), json!([]));
}

#[test]
fn every_condition_can_be_ordered_over_the_api() {
    let sim = Simulator::start();
    let (shop, other) = (sim.shop(), sim.new_shop("OTHERSHOP1", "its-own-merchantKey-of-32-signs"));
    for (when, reference_no, amt, of_other) in [
        (json!({ "referenceNo": "bill-*" }), "bill-7", 25_145, false),
        (json!({ "amt": 30_000 }), "amt", 30_000, false),
        (json!({ "amt": { "from": 40_000, "to": 50_000 } }), "range", 45_000, false),
        (json!({ "iMid": "OTHERSHOP1" }), "theirs", 25_145, true),
        (json!({ "modes": "tokenize" }), "tokenize", 25_145, false),
        (json!({ "clientUserKey": "customer-9" }), "customer", 25_145, false),
        (json!({ "tenor": [3, 6] }), "tenor", 25_145, false),
        (json!({ "phone": "+62-81513114262" }), "phone", 25_145, false),
        (json!({ "nth": 2 }), "second", 25_145, false),
    ] {
        let rule = sim.rule(&json!({ "when": when, "then": { "outcome": "reject" } }));
        if when["nth"] == 2 {
            assert_eq!(stage(&sim, &shop, "first"), "approved");
        }
        let shop = if of_other { &other } else { &shop };
        let mut order = shop.order(reference_no, amt);
        if when["modes"] == "tokenize" || when["clientUserKey"].is_string() {
            order = order.tokenize("customer-9");
        }
        let mut act = json!({});
        if when["tenor"].is_array() {
            act = json!({ "instmntMon": 3 });
        }
        if when["phone"].is_string() {
            act = json!({ "phone": "081513114262", "instmntMon": 1 });
        }
        let t_xid = shop.register(&order).t_xid();
        assert_eq!(play(&sim, &t_xid, &act), "declined", "{when}");
        assert_eq!(transaction(&sim, &t_xid)["rule"], rule.as_str(), "{when}");
        let plain = shop.register(&shop.order(&format!("{reference_no}-plain").replace("bill-", "x"), 25_145)).t_xid();
        if !of_other {
            assert_eq!(play(&sim, &plain, &json!({})), "approved", "{when}");
        }
        assert_eq!(delete(&sim, &format!("{RULES}/{rule}")).status, 204);
    }
}

#[test]
fn it_is_explained_why_other_rules_did_not_decide() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for rule in [
        json!({ "id": "dear", "when": { "amt": { "from": 1_000_000 } }, "then": { "outcome": "reject" } }),
        json!({ "id": "bills", "when": { "referenceNo": "bill-*" }, "then": { "outcome": "reject" } }),
        json!({ "id": "silent", "then": { "notify": "duplicate" } }),
        json!({ "id": "six", "when": { "tenor": 6 }, "then": { "outcome": "reject" } }),
    ] {
        sim.rule(&rule);
    }
    let registered = shop.register(&shop.order("order-1", 25_145));
    let explain = &transaction(&sim, &registered.t_xid())["explain"];
    assert_eq!(explain["rule"], "approve/default");
    assert_eq!(
        explain["notMatched"],
        json!([
            { "rule": "dear", "because": "amt is 25145, not 1000000 or more" },
            { "rule": "bills", "because": "referenceNo is \"order-1\", which does not match bill-*" },
            { "rule": "six", "because": "tenor is not known yet, not 6" },
        ])
    );
    play(&sim, &registered.t_xid(), &json!({}));
    let shown = transaction(&sim, &registered.t_xid());
    assert_eq!(shown["explain"]["because"], "no rule decides this, and the test account has no special outcome");
    assert_eq!(shown["explain"]["notMatched"][2]["because"], "tenor is 1, not 6");
    // The log has it, too.
    let hits = sim.events("rule.hit");
    assert_eq!((hits.len(), &hits[0]["notMatched"]), (1, &shown["explain"]["notMatched"]));
    // What is counted says how often it was for.
    sim.rule(&json!({ "id": "once", "times": 1, "then": { "outcome": "reject" } }));
    assert_eq!(stage(&sim, &shop, "order-2"), "declined");
    let (t_xid, _) = pay(&sim, &shop, "order-3", 25_145);
    assert_eq!(
        transaction(&sim, &t_xid)["explain"]["notMatched"][0]["because"],
        "the rule has already applied 1 time, which is its limit"
    );
}

#[test]
fn chance_is_drawn_by_the_seed() {
    let rejected = |seed: u64| {
        let sim = Simulator::builder().seed(seed).start();
        sim.rule(&json!({ "chance": 0.5, "then": { "outcome": "reject" } }));
        let shop = sim.shop();
        (0..40).map(|n| stage(&sim, &shop, &format!("order-{n}")) == "declined").collect::<Vec<_>>()
    };
    let once = rejected(1);
    assert_eq!(once, rejected(1), "the same seed, the same luck");
    assert_ne!(once, rejected(2));
    let times = once.iter().filter(|rejected| **rejected).count();
    assert!((8..=32).contains(&times), "about half of 40, not {times}");
}

#[test]
fn an_order_that_is_refused_uses_up_no_rule() {
    let sim = Simulator::start();
    let shop = sim.shop();
    assert_eq!(stage(&sim, &shop, "taken"), "approved");
    sim.rule(&json!({ "id": "next", "times": 1, "then": { "outcome": "reject" } }));
    assert_eq!(shop.register(&shop.order("taken", 25_145)).result_cd(), "9009");
    assert_eq!(shop.register(&shop.order("wrong", 25_145).with("amt", "x")).result_cd(), "9008");
    assert_eq!(sim.http().get(&format!("{RULES}/next")).json()["left"], 1);
    assert_eq!(stage(&sim, &shop, "fresh"), "declined");
}

#[test]
fn a_customer_comes_by_rule_when_nobody_is_at_the_browser() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    sim.rule(&json!({ "id": "comes", "when": { "modes": ["normal", "tokenize"] }, "then": { "customer": { "after": "5m" } } }));
    let order = shop.order("by-rule", 25_145).tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    sim.advance("4m 59s");
    assert_eq!(transaction(&sim, &registered.t_xid())["stage"], "registered");
    sim.advance("3s");
    assert_eq!(transaction(&sim, &registered.t_xid())["stage"], "approved");
    let user_token = receiver.only().field("userToken").to_owned();
    // A seamless payment has no customer at a page; one that somebody opened is left to them.
    let seamless = shop.register(&shop.order("seamless", 10_000).seamless(&user_token));
    sim.advance("1s");
    assert_eq!(transaction(&sim, &seamless.t_xid())["stage"], "approved");
    let opened = shop.order("opened", 25_145);
    let registered = shop.register(&opened);
    sim.buyer().open(&shop.payment_url(&opened, &registered, CALLBACK));
    sim.advance("10m");
    assert_eq!(transaction(&sim, &registered.t_xid())["stage"], "at-partner");
    sim.rule(&json!({ "id": "leaves", "times": 1, "then": { "customer": "abandon" } }));
    let left = shop.register(&shop.order("left", 25_145));
    sim.advance("1s");
    let shown = transaction(&sim, &left.t_xid());
    assert_eq!((&shown["stage"], &shown["rule"]), (&json!("abandoned"), &json!("leaves")));
}

#[test]
fn a_rule_sets_the_pace() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    sim.rule(&json!({ "then": { "pace": { "notification": "1h" } } }));
    let order = shop.order("slow", 25_145).notify(receiver.url());
    play(&sim, &shop.register(&order).t_xid(), &json!({}));
    sim.advance("59m");
    assert!(receiver.received().is_empty());
    sim.advance("2m");
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn a_scenario_is_put_in_force_by_name_or_as_text_and_taken_back_by_a_reset() {
    let sim = Simulator::start();
    let (shop, other) = (sim.shop(), sim.new_shop("OTHERSHOP1", "its-own-merchantKey-of-32-signs"));
    let shown = |query: &str| sim.http().get(&format!("{SCENARIO}{query}")).json();
    assert_eq!((&shown("")["name"], &shown("")["own"]), (&json!("approve"), &json!(false)));
    other.set_scenario("reject");
    assert_eq!(
        (&shown("?iMid=OTHERSHOP1")["name"], &shown("?iMid=OTHERSHOP1")["own"]),
        (&json!("reject"), &json!(true))
    );
    assert_eq!(shown("")["name"], "approve");
    assert_eq!((stage(&sim, &shop, "a").as_str(), stage(&sim, &other, "a").as_str()), ("approved", "declined"));
    sim.set_scenario("title = 'Twice, then never'\n[[rule]]\nid = 'first'\ntimes = 2\nthen = { outcome = 'review' }");
    assert_eq!(shown("")["rules"], json!([{ "id": "inline/first", "times": 2, "reached": 0 }]));
    assert_eq!(["b", "c", "d"].map(|no| stage(&sim, &shop, no)), ["under-review", "under-review", "approved"]);
    assert_eq!(shown("")["rules"][0]["reached"], 3);
    assert_eq!(stage(&sim, &other, "b"), "declined", "it has its own");
    let loaded = sim.events("scenario.loaded");
    assert_eq!(loaded.last().unwrap()["scenario"], "inline");
    // A merchant's reset is about its own things only.
    assert_eq!(sim.http().post_json("/__sim/api/reset", &json!({ "iMid": "OTHERSHOP1" })).status, 204);
    assert_eq!(shown("?iMid=OTHERSHOP1")["name"], "inline");
    assert_eq!(stage(&sim, &other, "c"), "under-review", "and is counted by itself");
    sim.rule(&json!({ "then": { "outcome": "reject" } }));
    assert_eq!(sim.http().post_json("/__sim/api/reset", &json!({})).status, 204);
    assert_eq!((&shown("")["name"], sim.http().get(RULES).json()), (&json!("approve"), json!([])));
    assert_eq!(stage(&sim, &shop, "e"), "approved");
}

#[test]
fn rules_that_make_no_sense_are_refused_and_change_nothing() {
    let sim = Simulator::start();
    for (rule, status, slug, says) in [
        (json!({}), 400, "bad-json", "missing field `then`"),
        (json!({ "then": {} }), 422, "bad-value", "`then` has no effect"),
        (
            json!({ "then": { "outcom": "reject" } }),
            400,
            "bad-json",
            "unknown field `outcom`, expected one of `outcome`",
        ),
        (json!({ "then": { "outcome": "pay" } }), 400, "bad-json", "unknown variant `pay`, expected one of `approve`"),
        (json!({ "when": { "imid": "A" }, "then": { "outcome": "reject" } }), 400, "bad-json", "unknown field `imid`"),
        (json!({ "when": { "iMid": "NOBODY" }, "then": { "outcome": "reject" } }), 404, "not-found", "NOBODY"),
        (json!({ "when": { "amt": "much" }, "then": { "outcome": "reject" } }), 400, "bad-json", "an amount in rupiah"),
        (
            json!({ "when": { "amt": { "from": 2, "to": 1 } }, "then": { "outcome": "reject" } }),
            422,
            "bad-value",
            "never match",
        ),
        (json!({ "times": 0, "then": { "outcome": "reject" } }), 422, "bad-value", "`times` can never match"),
        (json!({ "times": -1, "then": { "outcome": "reject" } }), 400, "bad-json", "u32"),
        (json!({ "chance": 2, "then": { "outcome": "reject" } }), 422, "bad-value", "at most 1"),
        (json!({ "id": "a b", "then": { "outcome": "reject" } }), 422, "bad-value", "without spaces"),
        (json!({ "then": { "notify": "twice" } }), 400, "bad-json", "expected one of `plain`, `late`"),
        (json!({ "then": { "answer": "reset", "outcome": "reject" } }), 422, "bad-value", "write two rules"),
        (json!({ "then": { "pace": { "notification": "-1s" } } }), 400, "bad-json", "is negative"),
    ] {
        refused(&sim.http().post_json(RULES, &rule), status, slug, says);
    }
    let json_type = [("content-type", "application/json")];
    for body in ["", "[]", "{", "null", "\"reject\""] {
        assert_eq!(sim.http().send("POST", RULES, &json_type, body).status, 400, "{body:?}");
    }
    sim.rule(&json!({ "id": "mine", "then": { "outcome": "reject" } }));
    let again = sim.http().post_json(RULES, &json!({ "id": "mine", "then": { "outcome": "approve" } }));
    refused(&again, 409, "rule-exists", "mine");
    refused(&delete(&sim, &format!("{RULES}/nobody")), 404, "not-found", "nobody");
    refused(&sim.http().get(&format!("{RULES}/nobody")), 404, "not-found", "nobody");
    assert_eq!(sim.http().get(RULES).json().as_array().unwrap().len(), 1);
}

#[test]
fn scenarios_that_cannot_be_told_are_refused_with_their_place_and_the_old_one_stays() {
    let sim = Simulator::start();
    for (body, says) in [
        (json!({ "name": "nobody" }), "no scenario is called \"nobody\"; use one of answer-code,"),
        (
            json!({ "toml": "title = 't'\n[[rule]]\nthen = { outcom = 'x' }" }),
            "line 3, column 10: unknown field `outcom`",
        ),
        (json!({ "toml": "nonsense" }), "line 1"),
        (json!({ "toml": "" }), "missing field `title`"),
        (json!({ "toml": "title = 't'\ninclude = ['/etc/passwd']" }), "no scenario is called \"/etc/passwd\""),
        (json!({ "name": "control", "toml": "title = 't'" }), "is not a valid scenario name"),
        (json!({ "name": "a/b", "toml": "title = 't'" }), "is not a valid scenario name"),
    ] {
        let reply = sim.http().put_json(SCENARIO, &body);
        refused(&reply, 422, "scenario", says);
        assert!(reply.json()["mistake"]["message"].is_string(), "{}", reply.body);
    }
    refused(&sim.http().put_json(SCENARIO, &json!({})), 422, "bad-value", "name or toml is missing");
    refused(&sim.http().put_json(SCENARIO, &json!({ "scenario": "reject" })), 400, "bad-json", "unknown field");
    refused(
        &sim.http().put_json(&format!("{SCENARIO}?iMid=NOBODY"), &json!({ "name": "reject" })),
        404,
        "not-found",
        "NOBODY",
    );
    refused(&sim.http().get(&format!("{SCENARIO}?iMid=NOBODY")), 404, "not-found", "NOBODY");
    assert_eq!(sim.http().get(SCENARIO).json()["name"], "approve");
}

#[test]
fn many_payments_at_once_share_a_count_exactly() {
    let sim = Simulator::builder().workers(4).start();
    sim.rule(&json!({ "times": 10, "then": { "outcome": "reject" } }));
    let declined: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let sim = &sim;
                scope.spawn(move || {
                    let shop = sim.shop();
                    (0..10).filter(|n| stage(sim, &shop, &format!("order-{thread}-{n}")) == "declined").count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(declined, 10);
}

#[test]
fn every_pin_is_wrong_and_locks_the_account() {
    let sim = Simulator::builder().scenario("wrong-pin-locks").start();
    let shop = sim.shop();
    let order = shop.order("by-page", 25_145);
    let registered = shop.register(&order);
    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
    for _ in 0..3 {
        browser.sign_in(&tk, Login::default());
    }
    assert_eq!(sim.events("partner.login-failed").len(), 3, "the right PIN is wrong, too");
    assert_eq!(sim.events("partner.locked").len(), 1);
    let other = shop.register(&shop.order("by-api", 25_145)).t_xid();
    let call = format!("/__sim/api/transactions/{other}/buyer");
    let played = sim.http().post_json(&call, &json!({ "phone": "081513114262" })).json();
    assert_eq!((&played["stage"], &played["reason"]), (&json!("at-partner"), &json!("locked")));
    assert_eq!(sim.events("partner.locked").len(), 2, "whoever is played tries until it is locked");
    let bound = shop.bind(shop.binding("bind", "089900000009"));
    assert_eq!(bound.result_cd(), "0000");
    let id = sim.http().get("/__sim/api/bindings").json()[0]["id"].to_string().replace('"', "");
    let played = sim.http().post_json(&format!("/__sim/api/bindings/{id}/buyer"), &json!({})).json();
    assert_eq!(played["reason"], "locked", "{played}");
}

#[test]
fn the_first_otp_has_expired_and_the_second_is_good() {
    let sim = Simulator::builder().scenario("otp-expires").start();
    let shop = sim.shop();
    let order = shop.order("by-page", 25_145);
    let registered = shop.register(&order);
    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
    browser.sign_in(&tk, Login::default());
    browser.choose(&tk, "1");
    browser.enter_otp(&tk, "4567");
    assert_eq!(sim.events("partner.otp-failed")[0]["reason"], "expired");
    sim.advance("30s");
    browser.post(&format!("/kredivo/v2/otp/resend?tk={tk}"), &[]);
    browser.enter_otp(&tk, "4567");
    assert_eq!(transaction(&sim, &registered.t_xid())["stage"], "approved");
    assert_eq!(stage(&sim, &shop, "by-api"), "approved", "whoever is played has another one sent");
    assert_eq!(sim.events("partner.otp-failed").len(), 2);
}

#[test]
fn a_link_expires_as_early_as_a_rule_says_unless_the_merchant_says_when() {
    let sim = Simulator::builder().scenario("link-expires").start();
    let shop = sim.shop();
    let short = shop.register(&shop.order("short", 25_145)).t_xid();
    let own = shop.order("own", 25_145).with("payValidDt", "20260101").with("payValidTm", "235959");
    let own = shop.register(&own).t_xid();
    sim.advance("4m 59s");
    assert_eq!(transaction(&sim, &short)["stage"], "registered");
    sim.advance("1s");
    assert_eq!(
        (&transaction(&sim, &short)["stage"], &transaction(&sim, &own)["stage"]),
        (&json!("expired"), &json!("registered"))
    );
}

#[test]
fn part_of_the_money_goes_back_once_it_is_paid() {
    let sim = Simulator::builder().scenario("partial-refund").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    play(&sim, &registered.t_xid(), &json!({}));
    sim.advance("59m");
    assert_eq!(transaction(&sim, &registered.t_xid())["cancelAmt"], "0");
    sim.advance("1m");
    let shown = transaction(&sim, &registered.t_xid());
    assert_eq!(
        (&shown["stage"], &shown["cancelAmt"]),
        (&json!("approved"), &json!("10058")),
        "40 percent, rounded down"
    );
    assert_eq!(receiver.received().len(), 1, "nobody is told of it");
    // All that is left can go back, and no more.
    sim.set_scenario("title = 't'\n[[rule]]\nthen = { refund = { amt = 999999999 } }");
    let whole = shop.register(&shop.order("whole", 25_145)).t_xid();
    play(&sim, &whole, &json!({}));
    sim.drain();
    assert_eq!(transaction(&sim, &whole)["stage"], "cancelled");
}

/// What was ordered for the next one only is not ordered again by another scenario.
#[test]
fn a_rule_that_is_used_up_stays_so_when_another_scenario_comes_into_force() {
    let sim = Simulator::start();
    let shop = sim.shop();
    sim.rule(&json!({ "times": 1, "when": { "iMid": "PAYLOANTES" }, "then": { "outcome": "reject" } }));
    assert_eq!(stage(&sim, &shop, "first"), "declined");
    for (n, path) in [SCENARIO.to_owned(), format!("{SCENARIO}?iMid=PAYLOANTES")].iter().enumerate() {
        assert_eq!(sim.http().put_json(path, &json!({ "name": "instant" })).status, 200);
        assert_eq!(stage(&sim, &shop, &format!("after-{n}")), "approved", "{path}");
    }
    assert_eq!(sim.http().get("/__sim/api/rules").json()[0]["left"], 0);
}

#[test]
fn a_rule_says_how_long_a_binding_can_be_completed() {
    let sim = Simulator::start();
    let shop = sim.shop();
    sim.rule(&json!({ "when": { "modes": ["binding"] }, "then": { "pace": { "expires": "5m" } } }));
    shop.bind(shop.binding("bind-1", "+62-81291891818"));
    sim.advance("299s");
    assert!(sim.events("binding.failed").is_empty());
    sim.advance("1s");
    assert_eq!(sim.events("binding.failed")[0]["reason"], "expired");
}

#[test]
fn words_that_mean_nothing_for_a_binding_are_refused() {
    let sim = Simulator::start();
    for (then, said) in [
        (json!({ "pace": { "seamless": "5s" } }), "`pace.seamless` is not for bindings"),
        (json!({ "notify": "missing-field" }), "`missing-field` needs `field`"),
    ] {
        let rule = json!({ "when": { "modes": ["binding"] }, "then": then });
        refused(&sim.http().post_json("/__sim/api/rules", &rule), 422, "bad-value", said);
    }
    sim.rule(&json!({ "when": { "modes": ["binding"] }, "then": { "notify": { "variant": "missing-field", "field": "userToken" } } }));
}

#[test]
fn another_scenario_for_all_leaves_the_counts_of_whoever_has_their_own() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let once = "title = \"t\"\n[[rule]]\ntimes = 1\nthen = { outcome = \"reject\" }";
    assert_eq!(sim.http().put_json(&format!("{SCENARIO}?iMid=PAYLOANTES"), &json!({ "toml": once })).status, 200);
    assert_eq!(stage(&sim, &shop, "first"), "declined");
    assert_eq!(sim.http().put_json(SCENARIO, &json!({ "name": "instant" })).status, 200);
    assert_eq!(stage(&sim, &shop, "second"), "approved");
}

#[test]
fn a_notification_rule_counts_a_seamless_order_when_it_is_notified() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let issued = json!({ "iMid": shop.i_mid(), "clientUserKey": "customer-7" });
    let token = sim.http().post_json("/__sim/api/tokens", &issued).json()["userToken"].as_str().unwrap().to_owned();
    sim.rule(&json!({ "times": 1, "then": { "notify": { "variant": "duplicate", "of": ["approve"] } } }));
    let left = || sim.http().get(RULES).json()[0]["left"].clone();
    // The limit does not cover it, so nothing about an approval is ever sent.
    shop.register(&shop.order("declined", 30_000_000).seamless(&token));
    sim.advance("1h");
    assert_eq!(left(), 1);
    shop.register(&shop.order("paid", 25_145).seamless(&token).notify(receiver.url()));
    assert_eq!(left(), 1, "before it settles");
    sim.advance("1h");
    assert_eq!((left(), receiver.received().len()), (json!(0), 2));
}

#[test]
fn a_rule_about_a_phone_finds_the_notification_of_a_rejection() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    sim.rule(&json!({ "when": { "phone": "089900000004" }, "then": { "notify": "duplicate" } }));
    let registered = shop.register(&shop.order("rejected", 25_145).notify(receiver.url()));
    assert_eq!(play(&sim, &registered.t_xid(), &json!({ "phone": "089900000004" })), "declined");
    sim.advance("2s");
    assert_eq!(receiver.received().len(), 2);
}

#[test]
fn a_rule_that_was_added_later_is_explained_too() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xid = shop.register(&shop.order("order", 25_145)).t_xid();
    sim.rule(&json!({ "when": { "amt": { "from": 1_000_000 } }, "then": { "outcome": "reject" } }));
    assert_eq!(play(&sim, &t_xid, &json!({})), "approved");
    assert_eq!(
        transaction(&sim, &t_xid)["explain"]["notMatched"],
        json!([{ "rule": "rule-1", "because": "amt is 25145, not 1000000 or more" }])
    );
}

#[test]
fn a_rule_is_replaced_and_keeps_its_id_and_its_place() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for id in ["a", "b", "c"] {
        sim.rule(&json!({ "id": id, "when": { "referenceNo": format!("{id}*") }, "then": { "outcome": "reject" } }));
    }
    sim.rule(&json!({ "id": "once", "times": 1, "when": { "referenceNo": "once*" }, "then": { "outcome": "reject" } }));
    assert_eq!(stage(&sim, &shop, "once-1"), "declined");
    let put = |id: &str, rule: Value| sim.http().put_json(&format!("{RULES}/{id}"), &rule);
    let rule = json!({ "when": { "referenceNo": "*" }, "then": { "outcome": "review" } });
    let replaced = put("b", rule.clone());
    assert_eq!((replaced.status, &replaced.json()["rule"]), (200, &rule), "{}", replaced.body);
    let ids = || -> Vec<String> {
        let listed = sim.http().get(RULES).json();
        listed.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(), ["once", "a", "b", "c"]);
    assert_eq!(stage(&sim, &shop, "a-1"), "declined", "a comes before");
    assert_eq!(stage(&sim, &shop, "c-1"), "under-review", "b comes before c");
    // It is counted from 0 again.
    let once =
        json!({ "id": "once", "times": 1, "when": { "referenceNo": "once*" }, "then": { "outcome": "abandon" } });
    assert_eq!(put("once", once.clone()).json()["left"], 1);
    assert_eq!(stage(&sim, &shop, "once-2"), "abandoned");
    // It may concern another merchant.
    sim.new_shop("OTHERSHOP1", "its-own-merchantKey-of-32-signs");
    put("b", json!({ "when": { "iMid": "OTHERSHOP1" }, "then": { "outcome": "review" } }));
    assert_eq!(stage(&sim, &shop, "c-2"), "declined");
    assert_eq!(ids(), ["once", "a", "b", "c"]);

    refused(&put("gone", rule), 404, "not-found", "gone");
    refused(&put("a", once), 422, "bad-value", "`id`");
    refused(&put("a", json!({ "then": {} })), 422, "bad-value", "`then` has no effect");
    refused(
        &put("a", json!({ "when": { "iMid": "NOBODY" }, "then": { "outcome": "reject" } })),
        404,
        "not-found",
        "NOBODY",
    );
    assert_eq!(put("a", json!({ "then": 1 })).status, 400);
    assert_eq!(stage(&sim, &shop, "a-2"), "declined", "nothing has changed");
}

#[test]
fn used_rules_are_removed_when_no_open_order_needs_them() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let used = || delete(&sim, &format!("{RULES}?used=true")).json()["removed"].clone();
    sim.rule(&json!({ "id": "always", "then": { "notify": "lost" } }));
    sim.rule(&json!({ "id": "next", "times": 1, "then": { "outcome": "reject" } }));
    sim.rule(&json!({ "id": "second", "when": { "nth": 2 }, "then": { "outcome": "reject" } }));
    assert_eq!(used(), 0);
    let t_xid = shop.register(&shop.order("open", 25_145)).t_xid();
    assert_eq!(sim.http().get(&format!("{RULES}/next")).json()["left"], 0);
    assert_eq!(used(), 0, "the order is open: the rule will decide it");
    assert_eq!(play(&sim, &t_xid, &json!({})), "declined");
    let theirs = delete(&sim, &format!("{RULES}?used=true&iMid=PAYLOANTES")).json();
    assert_eq!(theirs, json!({ "removed": 0 }), "it names no merchant");
    assert_eq!(used(), 1);
    assert_eq!(stage(&sim, &shop, "two"), "approved", "the first that the second rule counts");
    assert_eq!(stage(&sim, &shop, "three"), "declined");
    assert_eq!(used(), 1, "nth is used up, too");
    let left = sim.http().get(RULES).json();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["id"]), (1, &json!("always")));
    refused(&delete(&sim, &format!("{RULES}?used=perhaps")), 422, "bad-value", "used is one of");
    assert_eq!(sim.http().get(RULES).json().as_array().unwrap().len(), 1);
}

#[test]
fn a_rule_with_any_id_can_be_reached() {
    let sim = Simulator::start();
    for id in [".", ".."] {
        let reply = sim.http().post_json(RULES, &json!({ "id": id, "then": { "outcome": "reject" } }));
        refused(&reply, 422, "bad-value", "`id`");
    }
    for id in ["a/b", "a?b#c", "%2e%2E", "a//b", "...", "<script>", "\"'&+", ";=@:"] {
        sim.rule(&json!({ "id": id, "then": { "outcome": "reject" } }));
        let encoded = id.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
        let path = format!("{RULES}/{encoded}");
        assert_eq!(sim.http().get(&path).json()["id"], id);
        assert_eq!(sim.http().put_json(&path, &json!({ "then": { "outcome": "review" } })).status, 200, "{id}");
        assert_eq!(delete(&sim, &path).status, 204, "{id}");
    }
}
