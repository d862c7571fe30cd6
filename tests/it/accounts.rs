//! The lenders' accounts and the tokens over time: what adds up, what outlives what, and who sees which change.

use std::collections::HashSet;

use nicepay_sim::testing::{Login, Order, Reply, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const WAY_BACK: &str = "http://shop.test/thanks";
/// The shopper with every tenor.
const SHOPPER: &str = "081291891818";

fn put(sim: &Simulator, path: &str, body: &Value) -> Reply {
    let answer = sim.http().put_json(&format!("{API}{path}"), body);
    assert!(answer.status == 200 || answer.status == 201, "{}", answer.body);
    answer
}

fn owes(sim: &Simulator, phone: &str) -> String {
    sim.http().get(&format!("{API}/shoppers/{phone}?iMid=PAYLOANTES")).json()["owes"].as_str().unwrap().to_owned()
}

fn played(sim: &Simulator, registered: &Reply, how: &Value) -> Value {
    let played = sim.http().post_json(&format!("{API}/transactions/{}/buyer", registered.t_xid()), how);
    assert_eq!(played.status, 200, "{}", played.body);
    played.json()
}

fn taken(shop: &Shop, order: &Order) -> Reply {
    let registered = shop.register(order);
    assert_eq!(registered.result_cd(), "0000", "{:?}", registered.header("x-sim-diagnosis"));
    registered
}

fn issue(sim: &Simulator, phone: &str) -> Reply {
    let body = json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer-7", "phone": phone });
    sim.http().post_json(&format!("{API}/tokens"), &body)
}

fn token(sim: &Simulator, phone: &str) -> String {
    issue(sim, phone).json()["userToken"].as_str().unwrap().to_owned()
}

// ---------------------------------------------------------------------------------------------------------------------
// Limits

#[test]
fn reviews_that_end_by_themselves_lend_no_more_than_the_limit() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let orders = ["first", "second"].map(|name| shop.order(name, 3_000_000).notify(receiver.url()));
    let registered = orders.each_ref().map(|order| taken(&shop, order));
    for one in &registered {
        let review = played(&sim, one, &json!({ "phone": "089900000001", "instmntMon": 1 }));
        assert_eq!(review["stage"], "under-review");
    }
    sim.advance("32s");
    let statuses = [0, 1].map(|n| shop.status(&orders[n], &registered[n]));
    assert_eq!(statuses, ["0", "8"], "of 3,500,000 there is enough for one");
    let declined = &sim.events("transaction.declined")[0];
    assert_eq!((&declined["reason"], &declined["rule"]), (&json!("limit"), &json!("partner/account")));
    assert_eq!(owes(&sim, "089900000001"), "3000000");
    let mut told: Vec<_> = receiver.received().iter().map(|one| one.field("status").to_owned()).collect();
    // Two orders are told of at the same time.
    told.sort();
    assert_eq!(told, ["0", "3", "3", "8"]);
}

#[test]
fn an_account_that_is_closed_during_a_review_gets_nothing_unless_somebody_orders_it() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let review = |name: &str, phone: &str| {
        let order = shop.order(name, 10_000);
        let registered = taken(&shop, &order);
        played(&sim, &registered, &json!({ "phone": phone }));
        (order, registered)
    };
    let (order, registered) = review("by-itself", "089900000001");
    let (by_hand, ordered) = review("by-hand", "089900000003");
    for phone in ["089900000001", "089900000003"] {
        put(&sim, &format!("/shoppers/{phone}?iMid=PAYLOANTES"), &json!({ "state": "inactive" }));
    }
    sim.advance("30s");
    assert_eq!(shop.status(&order, &registered), "8");
    assert_eq!(sim.events("transaction.declined")[0]["reason"], "inactive");
    let decide = format!("{API}/transactions/{}/partner", ordered.t_xid());
    assert_eq!(sim.http().post_json(&decide, &json!({ "do": "approve" })).status, 200);
    assert_eq!(shop.status(&by_hand, &ordered), "0", "what is ordered happens");
}

/// Somebody may have signed in before: what they owe is theirs, and not what the lender thinks of them.
#[test]
fn a_change_for_all_merchants_reaches_those_where_the_shopper_has_been() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let pay = |name: &str| {
        let order = shop.order(name, 10_000);
        let registered = taken(&shop, &order);
        played(&sim, &registered, &json!({ "phone": SHOPPER }))
    };
    assert_eq!(pay("before")["stage"], "approved");
    put(&sim, &format!("/shoppers/{SHOPPER}"), &json!({ "state": "inactive" }));
    let shut_out = pay("after");
    assert_eq!((&shut_out["stage"], &shut_out["reason"]), (&json!("at-partner"), &json!("inactive")));
    assert_eq!(owes(&sim, SHOPPER), "10000", "what is owed stays");

    // Whoever sets a shopper for one merchant keeps them.
    put(&sim, &format!("/shoppers/{SHOPPER}?iMid=PAYLOANTES"), &json!({ "state": "active" }));
    put(&sim, &format!("/shoppers/{SHOPPER}"), &json!({ "state": "locked" }));
    assert_eq!(pay("own")["stage"], "approved");
    let other = sim.http().get(&format!("{API}/shoppers/{SHOPPER}?iMid=IONPAYTEST")).json();
    assert_eq!(other["state"], "locked");
}

#[test]
fn a_payment_that_is_declined_says_why_to_whoever_plays_the_customer() {
    let sim = Simulator::start();
    let shop = sim.shop();
    // Rp 5,000,000 for one month is more than Indodana sells (`docs/PROTOCOL.md` §4.6).
    let order = shop.order("dear", 5_000_000).with("mitraCd", "IDNA");
    let registered = taken(&shop, &order);
    let declined = played(&sim, &registered, &json!({}));
    assert_eq!((&declined["stage"], &declined["reason"]), (&json!("declined"), &json!("limit")));
}

// ---------------------------------------------------------------------------------------------------------------------
// Tokens

#[test]
fn a_customer_can_have_more_than_a_hundred_tokens_one_after_another() {
    let sim = Simulator::start();
    let issued: HashSet<String> = (0..150)
        .map(|n| {
            let answer = issue(&sim, SHOPPER);
            assert_eq!(answer.status, 201, "{n}: {}", answer.body);
            answer.json()["userToken"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(issued.len(), 150, "none is issued twice");
    let shop = sim.shop();
    for n in 0..102 {
        let binding = shop.bind(shop.binding(&format!("bind-{n}"), "+62-81291891818"));
        assert_eq!(binding.result_cd(), "0000");
        let all = sim.http().get(&format!("{API}/bindings?referenceNo=bind-{n}")).json();
        let id = all[0]["id"].as_str().unwrap();
        sim.http().post_json(&format!("{API}/bindings/{id}/buyer"), &json!({}));
        let bound = sim.http().get(&format!("{API}/bindings/{id}")).json();
        let removed = shop.remove_token(bound["userToken"].as_str().unwrap_or_else(|| panic!("{n}: {bound}")));
        assert_eq!(removed.result_cd(), "0000");
    }
}

#[test]
fn beyond_the_limit_tokens_go_that_no_longer_pay() {
    let sim = Simulator::builder().settings("max-transactions = 3").start();
    let shop = sim.shop();
    let [removed, living] = [token(&sim, SHOPPER), token(&sim, SHOPPER)];
    shop.remove_token(&removed);
    assert_eq!(shop.user_details(&removed).diagnosis(), "userToken/inactive");
    token(&sim, SHOPPER);
    let forgotten = shop.user_details(&removed);
    assert_eq!(forgotten.diagnosis(), "userToken/unknown");
    assert!(forgotten.header("x-sim-diagnosis").unwrap().contains("--max-transactions"));
    assert_eq!(shop.user_details(&living).result_cd(), "0000");
    assert_eq!(sim.http().get(&format!("{API}/tokens")).json().as_array().unwrap().len(), 3);
}

#[test]
fn a_merchant_that_comes_back_has_its_built_in_token_and_one_that_is_gone_has_none() {
    let sim = Simulator::start();
    let key = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
    let tokens = || sim.http().get(&format!("{API}/tokens")).json().as_array().unwrap().len();
    assert_eq!(tokens(), 1);
    let gone = sim.http().send("DELETE", &format!("{API}/merchants/PAYLOANTES"), &[], "");
    assert_eq!((gone.status, tokens()), (204, 0));
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    assert_eq!(tokens(), 0, "nobody is there who could use it");
    put(&sim, "/merchants/PAYLOANTES", &json!({ "merchantKey": key }));
    assert_eq!(sim.shop().user_details("e0478456-6b50-460c-85e0-627a1e22d2e0").result_cd(), "0000");
}

// ---------------------------------------------------------------------------------------------------------------------
// Seamless payments that ask for something

/// What a token's owner is asked for can change until the browser comes.
#[test]
fn who_has_to_log_in_by_the_time_the_browser_comes_logs_in() {
    for by_browser in [true, false] {
        let sim = Simulator::start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let token = token(&sim, SHOPPER);
        let order = shop.order("order", 10_000).seamless(&token).notify(receiver.url());
        let registered = taken(&shop, &order);
        put(&sim, &format!("/shoppers/{SHOPPER}?iMid=PAYLOANTES"), &json!({ "seamlessLogin": true }));
        if by_browser {
            let mut buyer = sim.buyer();
            let tk = buyer.open(&shop.payment_url(&order, &registered, WAY_BACK));
            let plan = buyer.sign_in(&tk, Login::default());
            assert_eq!(plan.location(), format!("/kredivo/v2/plan?tk={tk}"));
            buyer.choose(&tk, "3");
            buyer.enter_otp(&tk, "4567");
        } else {
            assert_eq!(played(&sim, &registered, &json!({}))["stage"], "approved");
        }
        assert_eq!(sim.events("partner.login").len(), 1, "by browser: {by_browser}");
        assert_eq!(sim.events("partner.plan-chosen").len(), 1);
        sim.advance("2s");
        let told = receiver.only();
        assert_eq!((told.field("status"), told.field("userToken")), ("0", token.as_str()));
    }
}

#[test]
fn without_a_phone_the_tokens_owner_logs_in() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let token = token(&sim, "089900000010");
    let order = shop.order("order", 10_000).seamless(&token).notify(receiver.url());
    let registered = taken(&shop, &order);
    assert_eq!(played(&sim, &registered, &json!({}))["stage"], "approved");
    assert_eq!(sim.events("partner.login")[0]["phone"], "089900000010");
    assert_eq!((owes(&sim, "089900000010"), owes(&sim, SHOPPER)), ("10000".to_owned(), "0".to_owned()));
    sim.advance("2s");
    assert_eq!(receiver.only().field("userToken"), token);
}

/// Going back from the one-time password and choosing again costs nobody another one.
#[test]
fn whoever_chooses_another_plan_keeps_the_one_time_password() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 900_000);
    let registered = taken(&shop, &order);
    let mut buyer = sim.buyer();
    let tk = buyer.open(&shop.payment_url(&order, &registered, WAY_BACK));
    buyer.sign_in(&tk, Login::default());
    for months in ["1", "3", "12", "6"] {
        assert_eq!(buyer.choose(&tk, months).location(), format!("/kredivo/v2/otp?tk={tk}"), "{months}");
    }
    assert_eq!(sim.events("partner.otp-sent").len(), 1);
    buyer.enter_otp(&tk, "4567");
    assert_eq!(shop.inquire(&order, &registered).json()["instmntMon"], "6");
}

// ---------------------------------------------------------------------------------------------------------------------
// Tokens that a rule has refused

#[test]
fn a_token_that_a_rule_refuses_names_the_rule_and_others_wait_for_the_next_order() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let token = token(&sim, SHOPPER);
    let seamless = json!(["seamless"]);
    // The second order is rejected; the first of all has an unknown token.
    sim.rule(&json!({ "id": "second", "when": { "modes": seamless, "nth": 2 }, "then": { "outcome": "reject" } }));
    sim.rule(&json!({ "id": "once", "times": 1, "when": { "modes": seamless }, "then": { "token": "unknown" } }));
    let refused = shop.register(&shop.order("refused", 1_000).seamless(&token));
    assert_eq!((refused.result_cd().as_str(), refused.diagnosis()), ("9920", "userToken/unknown"));
    assert_eq!(refused.header("x-sim-rule"), Some("once"));
    assert!(refused.header("x-sim-diagnosis").unwrap().contains("(rule once)"));
    assert_eq!(sim.events("rule.hit")[0]["rule"], "once");
    assert_eq!(sim.events("rule.hit")[0]["referenceNo"], "refused");
    let outcome = |name: &str| {
        let order = shop.order(name, 1_000).seamless(&token);
        let registered = taken(&shop, &order);
        sim.advance("1s");
        shop.status(&order, &registered)
    };
    assert_eq!([outcome("first"), outcome("second"), outcome("third")], ["0", "8", "0"]);
}

/// What a rule has become of a token stays so when the order does not come about, and is not done twice.
#[test]
fn a_token_that_a_rule_revokes_is_revoked_once_even_where_the_order_is_refused() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let story = "title = \"t\"\n[seamless]\nunusable-token = \"login\"";
    put(&sim, "/scenario", &json!({ "toml": story }));
    let [first, second] = [token(&sim, SHOPPER), token(&sim, "081513114262")];
    taken(&shop, &shop.order("same", 1_000));
    sim.rule(&json!({ "times": 1, "when": { "modes": ["seamless"] }, "then": { "token": "revoked" } }));
    assert_eq!(shop.register(&shop.order("same", 1_000).seamless(&first)).result_cd(), "9009");
    assert_eq!(shop.user_details(&first).diagnosis(), "userToken/inactive");
    taken(&shop, &shop.order("next", 1_000).seamless(&second));
    assert_eq!(shop.user_details(&second).result_cd(), "0000", "the rule is used up");
}

/// Whoever forgets and whoever decides do not wait for each other.
#[test]
fn resets_beside_orders_under_rules_hold_nobody_up() {
    let sim = Simulator::builder().workers(4).start();
    let [busy, other] = ["BUSY000001", "OTHER00001"].map(|i_mid| sim.new_shop(i_mid, "a-key-of-its-own"));
    sim.rule(&json!({ "when": { "nth": 1_000_000 }, "then": { "outcome": "reject" } }));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..300 {
                sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": other.i_mid() }));
            }
        });
        for thread in 0..3 {
            let (sim, busy) = (&sim, &busy);
            scope.spawn(move || {
                for n in 0..100 {
                    let registered = taken(busy, &busy.order(&format!("order-{thread}-{n}"), 1_000));
                    assert_eq!(played(sim, &registered, &json!({}))["stage"], "approved");
                }
            });
        }
    });
}
