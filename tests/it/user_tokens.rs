//! A token that exists is looked at and ended: `docs/PROTOCOL.md` §2.10 and §2.11.

use std::sync::Barrier;

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use serde_json::{Value, json};

use crate::bodies::without;
use crate::common::process::Folder;

const API: &str = "/__sim/api";
const REMOVE: &str = "/nicepay/direct/v2/remove-token";
const DETAILS: &str = "/nicepay/direct/v2/user-details";
/// The token that the published samples pay with: of 082155553300, who looks like the published sample of user-details.
const PUBLISHED: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
const REMOVED_KEYS: [&str; 5] = ["resultCd", "resultMsg", "userToken", "tokenStatus", "description"];
const DETAILS_KEYS: [&str; 7] =
    ["resultCd", "resultMsg", "billingNm", "billingPhone", "accountStatus", "accountType", "limitDetails"];

fn issue(sim: &Simulator, customer: &str, phone: &str) -> String {
    let body = json!({ "iMid": "PAYLOANTES", "clientUserKey": customer, "phone": phone });
    let issued = sim.http().post_json(&format!("{API}/tokens"), &body);
    assert_eq!(issued.status, 201, "{}", issued.body);
    issued.json()["userToken"].as_str().unwrap().to_owned()
}

fn revoke(sim: &Simulator, token: &str) {
    assert_eq!(sim.http().send("DELETE", &format!("{API}/tokens/{token}"), &[], "").status, 204);
}

fn is_active(sim: &Simulator, token: &str) -> bool {
    let all = sim.http().get(&format!("{API}/tokens")).json();
    let own = all.as_array().unwrap().iter().find(|one| one["userToken"] == token);
    own.unwrap()["status"] == "active"
}

fn pay(sim: &Simulator, shop: &Shop, order: &Order) -> Reply {
    let registered = shop.register(order);
    assert_eq!(registered.result_cd(), "0000", "{:?}", registered.header("x-sim-diagnosis"));
    sim.advance("1s");
    registered
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// What is left and what there is in all, by tenor.
fn limits(details: &Value) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = details["limitDetails"].as_array().unwrap().iter();
    rows.map(|row| {
        assert_eq!(keys(row), ["paymentType", "remainingUserLimit", "totalUserLimit"]);
        [text(&row["paymentType"]), text(&row["remainingUserLimit"]), text(&row["totalUserLimit"])]
    })
    .collect()
}

fn remaining(shop: &Shop, token: &str) -> Vec<String> {
    limits(&shop.user_details(token).json()).into_iter().map(|[_, left, _]| left).collect()
}

#[track_caller]
fn refused(sim: &Simulator, what: &str, answer: &Reply, code: &str, slug: &str) {
    let why = answer.header("x-sim-diagnosis");
    assert_eq!((answer.status, answer.result_cd().as_str(), answer.diagnosis()), (200, code, slug), "{what}: {why:?}");
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{what}");
    let log = sim.events("transaction.refused");
    let last = log.last().unwrap_or_else(|| panic!("{what}: nothing in the log"));
    let expected: &[&str] = match last["endpoint"].as_str().unwrap() {
        "remove-token" => &REMOVED_KEYS,
        "user-details" => &DETAILS_KEYS,
        other => panic!("{what}: {other}"),
    };
    assert_eq!(keys(&answer.json()), expected, "{what}");
    assert!(answer.json().as_object().unwrap().iter().skip(2).all(|(_, value)| value.is_null()), "{what}");
    assert_eq!(last["diagnosis"].as_str(), why, "{what}");
    assert!(sim.events("token.removed").is_empty(), "{what}: nothing is removed");
}

// ---------------------------------------------------------------------------------------------------------------------
// What is published

#[test]
fn remove_token_as_printed() {
    const REQUEST: &str = r#"{
  "timeStamp": "20210913100917",
  "iMid": "PAYLOANTES",
  "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
  "merchantToken": "1d5b53fb0fe98f32088efd04fabc93cabb0ea3e75f1f2ef75aaa0917d565abf0"
}"#;
    const ANSWER: &str = r#"{
  "resultCd": "0000",
  "resultMsg": "SUCCESS",
  "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
  "tokenStatus": "0",
  "description": "12345678deactivated by merchant"
}"#;
    for profile in ["lenient", "strict"] {
        for path in [REMOVE, "/nicepay/direct/v2/remove_token"] {
            let sim = Simulator::builder().profile(profile).start();
            let answer = sim.http().send("POST", path, &[("content-type", "application/json")], REQUEST);
            let expected: Value = serde_json::from_str(ANSWER).unwrap();
            assert_eq!((answer.status, answer.json()), (200, expected), "{profile} {path}");
            assert_eq!(keys(&answer.json()), REMOVED_KEYS);
            assert_eq!(answer.header("x-sim-note"), None);
            let removed = sim.events("token.removed");
            assert_eq!((removed.len(), removed[0]["userToken"].as_str()), (1, Some(PUBLISHED)));
            assert_eq!(removed[0]["iMid"], "PAYLOANTES");
            assert!(!is_active(&sim, PUBLISHED));
            let again = sim.http().send("POST", path, &[("content-type", "application/json")], REQUEST);
            assert_eq!((again.result_cd().as_str(), again.diagnosis()), ("9920", "userToken/inactive"));
            assert_eq!(again.json()["resultMsg"], "Invalid user_token");
            assert_eq!(sim.events("token.removed").len(), 1);
        }
    }
}

#[test]
fn user_details_with_the_golden_token() {
    // The page's keys in the page's order; values and token are ours.
    const REQUEST: &str = r#"{
  "timeStamp": "20210913100930",
  "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
  "iMid": "PAYLOANTES",
  "merchantToken": "8f98a637a7b2c90d871f80456f87aada96308756a2cec91a6ae75d5354ec71b9"
}"#;
    const ANSWER: &str = concat!(
        r#"{"resultCd":"0000","resultMsg":"SUCCESS","billingNm":"Non Prod","billingPhone":"+62-821****3300","#,
        r#""accountStatus":"1","accountType":"2","limitDetails":["#,
        r#"{"paymentType":"12_months","remainingUserLimit":"29949710.00","totalUserLimit":"30000000.00"},"#,
        r#"{"paymentType":"30_days","remainingUserLimit":"3449710.00","totalUserLimit":"3500000.00"},"#,
        r#"{"paymentType":"3_months","remainingUserLimit":"9749710.00","totalUserLimit":"9800000.00"},"#,
        r#"{"paymentType":"6_months","remainingUserLimit":"18549710.00","totalUserLimit":"18600000.00"}]}"#
    );
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        for path in [DETAILS, "/nicepay/direct/v2/user_details"] {
            let answer = sim.http().send("POST", path, &[("content-type", "application/json")], REQUEST);
            assert_eq!((answer.status, answer.body.as_str()), (200, ANSWER), "{profile} {path}");
            assert_eq!(answer.header("x-sim-note"), None);
        }
    }
}

#[test]
fn user_details_of_an_account_with_every_tenor() {
    const ANSWER: &str = concat!(
        r#"{"resultCd":"0000","resultMsg":"SUCCESS","billingNm":"Non Prod Installment","#,
        r#""billingPhone":"+62-812****1818","accountStatus":"1","accountType":"2","limitDetails":["#,
        r#"{"paymentType":"12_months","remainingUserLimit":"30000000.00","totalUserLimit":"30000000.00"},"#,
        r#"{"paymentType":"30_days","remainingUserLimit":"3500000.00","totalUserLimit":"3500000.00"},"#,
        r#"{"paymentType":"3_months","remainingUserLimit":"9800000.00","totalUserLimit":"9800000.00"},"#,
        r#"{"paymentType":"6_months","remainingUserLimit":"18600000.00","totalUserLimit":"18600000.00"}]}"#
    );
    let sim = Simulator::start();
    let details = sim.shop().user_details(&issue(&sim, "customer-1", "081291891818"));
    assert_eq!(details.body, ANSWER);
    assert_eq!(keys(&details.json()), DETAILS_KEYS);
}

#[test]
fn other_verbs_are_refused() {
    let sim = Simulator::start();
    for path in [REMOVE, DETAILS, "/nicepay/direct/v2/remove_token", "/nicepay/direct/v2/user_details"] {
        for method in ["GET", "PUT", "DELETE"] {
            let reply = sim.http().send(method, path, &[], "");
            assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")), "{method} {path}");
        }
    }
    assert!(is_active(&sim, PUBLISHED));
}

// ---------------------------------------------------------------------------------------------------------------------
// The account behind a token

#[test]
fn limits_move_with_purchases_and_cancels() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let token = &issue(&sim, "customer-1", "081291891818");
    let full = ["30000000.00", "3500000.00", "9800000.00", "18600000.00"];
    assert_eq!(remaining(&shop, token), full);
    let order = shop.order("first", 50_290).seamless(token);
    let registered = shop.register(&order);
    assert_eq!(remaining(&shop, token), full, "not before it is paid");
    sim.advance("1s");
    let less = ["29949710.00", "3449710.00", "9749710.00", "18549710.00"];
    assert_eq!(remaining(&shop, token), less, "under every tenor");
    // Another token of the account sees the same; another account, nothing of it.
    let second = issue(&sim, "customer-2", "081291891818");
    assert_eq!(remaining(&shop, &second), less);
    assert_eq!(remaining(&shop, &issue(&sim, "customer-2", "081513114262")), ["3500000.00"]);
    assert_eq!(shop.cancel(&registered, "2", "290").result_cd(), "0000");
    assert_eq!(remaining(&shop, token), ["29950000.00", "3450000.00", "9750000.00", "18550000.00"]);
    assert_eq!(shop.cancel(&registered, "2", "60000").result_cd(), "9319", "a refused cancel gives nothing back");
    assert_eq!(remaining(&shop, token)[1], "3450000.00");
    assert_eq!(shop.cancel(&registered, "2", "50000").result_cd(), "0000");
    assert_eq!(remaining(&shop, token), full);
    let refused = pay(&sim, &shop, &shop.order("dear", 3_500_001).seamless(token));
    assert_eq!(shop.status(&shop.order("dear", 3_500_001), &refused), "8");
    assert_eq!(remaining(&shop, token), full, "nor does a refused payment take anything");
    let totals: Vec<_> = limits(&shop.user_details(token).json()).into_iter().map(|[_, _, total]| total).collect();
    assert_eq!(totals, full);
}

#[test]
fn limits_never_go_below_nothing() {
    let sim = Simulator::start();
    let token = issue(&sim, "customer-5", "089900000005");
    assert_eq!(remaining(&sim.shop(), &token), ["0.00"; 4]);
}

#[test]
fn tenors_are_sorted_by_their_text_and_follow_the_account() {
    let sim = Simulator::start();
    let shopper = format!("{API}/shoppers/081291891818");
    sim.http()
        .put_json(&shopper, &json!({ "tenors": ["6", "12", "1"], "limits": { "30_days": 500_000 }, "name": "Siti" }));
    let details = sim.shop().user_details(&issue(&sim, "customer-1", "081291891818")).json();
    let rows: Vec<_> = limits(&details).into_iter().map(|[tenor, left, _]| (tenor, left)).collect();
    let expected = [("12_months", "30000000.00"), ("30_days", "500000.00"), ("6_months", "18600000.00")];
    assert_eq!(rows, expected.map(|(tenor, left)| (tenor.to_owned(), left.to_owned())));
    assert_eq!(details["billingNm"], "Siti");
}

#[test]
fn an_account_that_is_closed_says_so() {
    for (state, status) in [("active", "1"), ("inactive", "0"), ("locked", "0")] {
        let sim = Simulator::start();
        let shop = sim.shop();
        sim.http().put_json(&format!("{API}/shoppers/082155553300"), &json!({ "state": state }));
        let details = shop.user_details(PUBLISHED).json();
        assert_eq!((details["resultCd"].as_str(), details["accountStatus"].as_str()), (Some("0000"), Some(status)));
        assert_eq!(limits(&details).len(), 4, "{state}: the limits are still there");
        let order = shop.order("order", 10_000).seamless(PUBLISHED);
        let registered = pay(&sim, &shop, &order);
        assert_eq!(shop.status(&order, &registered), if status == "1" { "0" } else { "8" }, "{state}");
        assert_eq!(shop.remove_token(PUBLISHED).result_cd(), "0000", "{state}: its token can be removed");
    }
}

#[test]
fn looking_changes_nothing() {
    let sim = Simulator::start();
    let before = sim.http().get(&format!("{API}/tokens")).json();
    for _ in 0..3 {
        assert_eq!(sim.shop().user_details(PUBLISHED).result_cd(), "0000");
    }
    assert_eq!(sim.http().get(&format!("{API}/tokens")).json(), before);
    let kinds: Vec<_> = sim.events("").iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    assert!(kinds.iter().all(|kind| kind == "exchange.recorded" || kind == "scenario.loaded"), "{kinds:?}");
}

// ---------------------------------------------------------------------------------------------------------------------
// The end of a token

#[test]
fn a_token_that_is_gone_never_pays_again() {
    for how in ["removed", "revoked"] {
        let sim = Simulator::start();
        let shop = sim.shop();
        let token = issue(&sim, "customer-1", "081291891818");
        pay(&sim, &shop, &shop.order("before", 10_000).seamless(&token));
        let paid = sim.events("transaction.approved").len();
        match how {
            "removed" => {
                let removed = shop.remove_token(&token);
                assert_eq!(removed.json()["description"], "081291891818deactivated by merchant");
            }
            _ => revoke(&sim, &token),
        }
        let kinds = |kind: &str| sim.events(kind).len();
        assert_eq!((kinds("token.removed") + kinds("token.revoked"), kinds(&format!("token.{how}"))), (1, 1));
        for (n, order) in [shop.order("a", 10_000), shop.order("b", 10_000).with("clientUserKey", "customer-1")]
            .into_iter()
            .enumerate()
        {
            let refused = shop.register(&order.seamless(&token));
            assert_eq!(
                (refused.result_cd().as_str(), refused.diagnosis()),
                ("9920", "userToken/inactive"),
                "{how} {n}"
            );
        }
        for answer in [shop.user_details(&token), shop.remove_token(&token)] {
            assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9920", "userToken/inactive"), "{how}");
            assert_eq!(answer.json()["resultMsg"], "Invalid user_token");
        }
        revoke(&sim, &token);
        assert_eq!(kinds("token.removed") + kinds("token.revoked"), 1, "{how}: it ends once");
        sim.advance("48h");
        assert_eq!(sim.events("transaction.approved").len(), paid, "{how}");
        // The other tokens of the account live on.
        let order = shop.order("other", 10_000).seamless(PUBLISHED);
        let registered = pay(&sim, &shop, &order);
        assert_eq!(shop.status(&order, &registered), "0", "{how}");
    }
}

#[test]
fn a_payment_on_its_way_is_declined() {
    for how in ["removed", "revoked"] {
        for opened in [false, true] {
            let sim = Simulator::start();
            let (shop, receiver) = (sim.shop(), sim.receiver());
            let order = shop.order("order", 10_000).seamless(PUBLISHED).notify(receiver.url());
            let registered = shop.register(&order);
            match how {
                "removed" => assert_eq!(shop.remove_token(PUBLISHED).result_cd(), "0000"),
                _ => revoke(&sim, PUBLISHED),
            }
            if opened {
                let way_back = sim.buyer().get(&shop.payment_url(&order, &registered, "http://shop.test/"));
                assert!(way_back.location().contains("resultCd=9030"), "{}", way_back.location());
            }
            sim.advance("3s");
            assert_eq!(shop.status(&order, &registered), "8", "{how}");
            let declined = sim.events("transaction.declined");
            assert_eq!((declined.len(), declined[0]["reason"].as_str()), (1, Some("inactive")), "{how}");
            assert!(sim.events("token.used").is_empty() && sim.events("transaction.approved").is_empty(), "{how}");
            let told = receiver.only();
            assert_eq!((told.field("status"), told.field("tokenizeUser"), told.field("userToken")), ("8", "2", ""));
            let living = issue(&sim, "x", "081513114262");
            assert_eq!(remaining(&shop, &living), ["3500000.00"], "{how}: nothing is owed");
        }
    }
}

#[test]
fn an_outcome_that_is_forced_does_not_pay_with_an_ended_token() {
    for forced in ["approve", "review"] {
        let sim = Simulator::start();
        let shop = sim.shop();
        let order = shop.order("order", 10_000).seamless(PUBLISHED);
        let registered = shop.register(&order);
        revoke(&sim, PUBLISHED);
        let buyer = format!("{API}/transactions/{}/buyer", registered.t_xid());
        let played = sim.http().post_json(&buyer, &json!({ "do": forced })).json();
        assert_eq!((&played["stage"], &played["reason"]), (&json!("declined"), &json!("inactive")), "{forced}");
        assert_eq!(shop.status(&order, &registered), "8", "{forced}");
    }
}

#[test]
fn neither_a_review_nor_an_order_makes_an_ended_token_pay() {
    // Under review until somebody decides; and the lender's own yes after half a minute.
    for (phone, decide) in [("089900000003", true), ("089900000001", false)] {
        let sim = Simulator::start();
        let shop = sim.shop();
        let token = issue(&sim, "reviewed", phone);
        let order = shop.order("reviewed", 25_145).seamless(&token);
        let registered = pay(&sim, &shop, &order);
        assert_eq!(shop.status(&order, &registered), "3");
        assert_eq!(shop.remove_token(&token).result_cd(), "0000");
        if decide {
            let call = format!("{API}/transactions/{}/partner", registered.t_xid());
            let decided = sim.http().post_json(&call, &json!({ "do": "approve" }));
            assert_eq!((decided.status, &decided.json()["stage"]), (200, &json!("declined")));
        } else {
            sim.advance("30s");
        }
        assert_eq!(shop.status(&order, &registered), "8");
        assert_eq!(sim.events("transaction.declined")[0]["reason"], "inactive");
        assert!(sim.events("token.used").is_empty());
    }
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("ordered", 25_145).seamless(PUBLISHED);
    let registered = shop.register(&order);
    revoke(&sim, PUBLISHED);
    let call = format!("{API}/transactions/{}/buyer", registered.t_xid());
    let played = sim.http().post_json(&call, &json!({ "do": "approve" }));
    assert_eq!((played.status, &played.json()["stage"]), (200, &json!("declined")), "limits or not, but not tokens");
}

#[test]
fn a_token_removed_after_the_payment_leaves_the_payment_alone() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 10_000).seamless(PUBLISHED).notify(receiver.url());
    let registered = pay(&sim, &shop, &order);
    shop.remove_token(PUBLISHED);
    sim.advance("2s");
    assert_eq!((receiver.only().field("status"), receiver.only().field("userToken")), ("0", PUBLISHED));
    assert_eq!(shop.status(&order, &registered), "0");
    assert_eq!(shop.cancel(&registered, "1", "10000").result_cd(), "0000", "it can still be given back");
}

#[test]
fn of_many_that_remove_a_token_one_does() {
    const MANY: usize = 8;
    // The program answers on every core; a simulator inside a test, on one. Here that one only signs and sends.
    let (folder, sim) = (Folder::new(), Simulator::start());
    let program = folder.serve(&["--clock", "manual", "--log-level", "error"]);
    let (base, shop, http) = (format!("http://{}", program.address), sim.shop(), sim.http());
    for round in 0..60 {
        let body = json!({ "iMid": "PAYLOANTES", "clientUserKey": format!("customer-{round}") });
        let issued = http.post_json(&format!("{base}{API}/tokens"), &body).json();
        let body = shop.signed(&["timeStamp", "iMid", "userToken"], json!({ "userToken": issued["userToken"] }));
        let start = Barrier::new(MANY);
        let codes: Vec<String> = std::thread::scope(|scope| {
            let remove = || {
                start.wait();
                http.post_json(&format!("{base}{REMOVE}"), &body).result_cd()
            };
            let all: Vec<_> = (0..MANY).map(|_| scope.spawn(remove)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(codes.iter().filter(|code| *code == "0000").count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| *code == "9920").count(), MANY - 1, "{codes:?}");
    }
    let removed = http.get(&format!("{base}{API}/events?limit=10000&type=token.removed")).json();
    assert_eq!(removed.as_array().unwrap().len(), 60);
}

#[test]
fn reset_brings_the_built_in_token_back() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let issued = issue(&sim, "customer-1", "081291891818");
    shop.remove_token(PUBLISHED);
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    assert_eq!(shop.user_details(PUBLISHED).result_cd(), "0000");
    assert_eq!(shop.user_details(&issued).diagnosis(), "userToken/unknown");
    assert_eq!(shop.remove_token(PUBLISHED).result_cd(), "0000");
}

#[test]
fn merchants_do_not_meet() {
    let sim = Simulator::start();
    let other = sim.new_shop("ALPHA00001", "another-key");
    refused(&sim, "details", &other.user_details(PUBLISHED), "9920", "userToken/other-merchant");
    refused(&sim, "remove", &other.remove_token(PUBLISHED), "9920", "userToken/other-merchant");
    assert!(is_active(&sim, PUBLISHED));
    // The same text may be a token of both; each ends its own.
    let body = json!({ "iMid": "ALPHA00001", "clientUserKey": "x", "userToken": PUBLISHED, "phone": "081513114262" });
    assert_eq!(sim.http().post_json(&format!("{API}/tokens"), &body).status, 201);
    pay(&sim, &sim.shop(), &sim.shop().order("order", 10_000).seamless(PUBLISHED));
    assert_eq!(remaining(&other, PUBLISHED), ["3500000.00"], "each merchant's account owes on its own");
    assert_eq!(other.remove_token(PUBLISHED).result_cd(), "0000");
    assert_eq!(other.user_details(PUBLISHED).diagnosis(), "userToken/inactive");
    assert_eq!(sim.shop().user_details(PUBLISHED).result_cd(), "0000");
}

// ---------------------------------------------------------------------------------------------------------------------
// Bad input

fn both() -> [(&'static str, Simulator); 2] {
    ["lenient", "strict"].map(|profile| (profile, Simulator::builder().profile(profile).start()))
}

/// A whole request, signed for its endpoint; what is missing signs as nothing.
fn signed(shop: &Shop, path: &str, mut body: Value) -> Value {
    let text = |name: &str| match &body[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let (stamp, mid, token) = (text("timeStamp"), text("iMid"), text("userToken"));
    let parts = if path == REMOVE { vec![&*stamp, &*mid, &*token] } else { vec![&*mid, &*token] };
    body["merchantToken"] = shop.sign(&parts).into();
    body
}

fn full() -> Value {
    json!({ "timeStamp": "20260101120000", "iMid": "PAYLOANTES", "userToken": PUBLISHED })
}

fn with(mut value: Value, name: &str, to: impl Into<Value>) -> Value {
    value[name] = to.into();
    value
}

#[test]
fn each_field_missing_or_of_the_wrong_type() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for path in [REMOVE, DETAILS] {
            let ask = |body: Value| sim.http().post_json(path, &signed(&shop, path, body));
            for (field, code, slug) in [
                ("timeStamp", "9031", "field/missing"),
                ("userToken", "8003", "field/missing"),
                ("iMid", "9011", "iMid/unknown"),
            ] {
                let bodies = [without(full(), field), with(full(), field, Value::Null), with(full(), field, "")];
                for (n, body) in bodies.into_iter().enumerate() {
                    refused(&sim, &format!("{profile} {path} {field} {n}"), &ask(body), code, slug);
                }
            }
            for token in [Value::Null, "".into()] {
                let answer = sim.http().post_json(path, &with(full(), "merchantToken", token));
                refused(&sim, path, &answer, "9010", "merchantToken/missing");
            }
            for (field, code) in [("timeStamp", "9031"), ("userToken", "8003")] {
                for wrong in [json!(true), json!(["x"]), json!({ "x": 1 })] {
                    let answer = ask(with(full(), field, wrong.clone()));
                    refused(&sim, &format!("{profile} {path} {field} {wrong}"), &answer, code, "field/type");
                }
            }
            refused(&sim, path, &ask(with(full(), "iMid", "NOBODY0000")), "9011", "iMid/unknown");
            refused(&sim, path, &ask(json!({})), "9011", "iMid/unknown");
        }
        assert!(is_active(&sim, PUBLISHED));
    }
}

#[test]
fn tokens_that_nobody_issued() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for path in [REMOVE, DETAILS] {
            let ask = |token: &str| sim.http().post_json(path, &signed(&shop, path, with(full(), "userToken", token)));
            let upper = PUBLISHED.to_uppercase();
            for token in
                ["x", "00000000-0000-0000-0000-000000000000", &upper, " ", "null", "<b>", "é", &"é".repeat(255)]
            {
                refused(&sim, &format!("{profile} {path} {token}"), &ask(token), "9920", "userToken/unknown");
            }
            refused(&sim, path, &ask(&format!("{PUBLISHED} ")), "9920", "userToken/unknown");
            let number = sim.http().post_json(path, &signed(&shop, path, with(full(), "userToken", 12)));
            refused(&sim, path, &number, "9920", "userToken/unknown");
            let (code, slug) =
                if profile == "strict" { ("8003", "field/length") } else { ("9920", "userToken/unknown") };
            refused(&sim, path, &ask(&"x".repeat(256)), code, slug);
            refused(&sim, path, &ask(&"x".repeat(4_001)), "8003", "field/length");
            for token in ["a\nb", "a\u{0}", "\u{7f}"] {
                refused(&sim, path, &ask(token), "8003", "field/control-character");
            }
        }
        assert!(is_active(&sim, PUBLISHED));
    }
}

#[test]
fn time_stamps_that_are_none() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for path in [DETAILS, REMOVE] {
            let ask = |stamp: &str| sim.http().post_json(path, &signed(&shop, path, with(full(), "timeStamp", stamp)));
            for stamp in ["yesterday", "2026010112000", "202601011200000", "2026-01-01"] {
                if profile == "strict" {
                    refused(&sim, stamp, &ask(stamp), "9031", "timeStamp/format");
                } else if path == DETAILS {
                    assert_eq!(ask(stamp).result_cd(), "0000", "{stamp}");
                }
            }
            refused(&sim, path, &ask("2026\n"), "8003", "field/control-character");
        }
    }
}

#[test]
fn bodies_that_are_no_request() {
    for path in [REMOVE, DETAILS] {
        let sim = Simulator::start();
        let good = signed(&sim.shop(), path, full()).to_string();
        let json = &[("content-type", "application/json")];
        for (body, slug) in [
            (Vec::new(), "body/empty"),
            (b"hello".to_vec(), "body/not-json"),
            (good.as_bytes()[..good.len() / 2].to_vec(), "body/truncated"),
            (b"[]".to_vec(), "body/not-an-object"),
            (b"{\"iMid\":\"\xff\"}".to_vec(), "body/not-utf-8"),
            (br#"{"iMid":"a","iMid":"b"}"#.to_vec(), "body/duplicate-key"),
        ] {
            let answer = sim.http().send("POST", path, json, body);
            refused(&sim, &format!("{path} {slug}"), &answer, "9001", slug);
        }
        let strict = Simulator::builder().profile("strict").start();
        let answer = strict.http().send("POST", path, &[("content-type", "text/plain")], good.clone());
        refused(&strict, path, &answer, "9001", "body/content-type");
        let answer = sim.http().send("POST", path, &[("content-type", "text/plain")], good);
        assert_eq!(answer.result_cd(), "0000", "{path}");
        assert!(answer.header("x-sim-note").unwrap().starts_with("body/content-type"), "{path}");
    }
}

#[test]
fn wrong_tokens_are_explained() {
    let (ts, mid) = ("20260101120000", "PAYLOANTES");
    for (profile, sim) in both() {
        let (shop, other) = (sim.shop(), sim.new_shop("ALPHA00001", "another-key"));
        let mistakes: [(&str, Vec<(String, &str)>); 2] = [
            (
                REMOVE,
                vec![
                    (shop.sign(&[mid, PUBLISHED]), "merchantToken/missing-timeStamp"),
                    (shop.sign(&[ts, PUBLISHED]), "merchantToken/missing-iMid"),
                    (shop.sign(&[ts, mid]), "merchantToken/missing-field"),
                    (shop.sign(&[mid, ts, PUBLISHED]), "merchantToken/field-order"),
                    (shop.sign(&["20260101120001", mid, PUBLISHED]), "merchantToken/timeStamp-differs"),
                    (shop.sign(&["20260101050000", mid, PUBLISHED]), "merchantToken/time-zone"),
                    (other.sign(&[ts, mid, PUBLISHED]), "merchantToken/other-key"),
                    (shop.sign(&[ts, "|", mid, "|", PUBLISHED, "|"]), "merchantToken/separator"),
                ],
            ),
            (
                DETAILS,
                vec![
                    (shop.sign(&[PUBLISHED]), "merchantToken/missing-iMid"),
                    (shop.sign(&[mid]), "merchantToken/missing-field"),
                    (shop.sign(&[PUBLISHED, mid]), "merchantToken/field-order"),
                    (other.sign(&[mid, PUBLISHED]), "merchantToken/other-key"),
                    (shop.sign(&[mid, "|", PUBLISHED, "|"]), "merchantToken/separator"),
                ],
            ),
        ];
        for (path, mistakes) in mistakes {
            let right = signed(&shop, path, full())["merchantToken"].as_str().unwrap().to_owned();
            let everywhere = [
                (format!(" {right}"), "merchantToken/blank"),
                (right[..40].to_owned(), "merchantToken/other-hash"),
                ("x".repeat(44), "merchantToken/encoding"),
                ("nonsense".to_owned(), "merchantToken/length"),
                ("0".repeat(64), "merchantToken/unknown"),
            ];
            for (token, slug) in mistakes.into_iter().chain(everywhere) {
                let answer = sim.http().post_json(path, &with(full(), "merchantToken", token));
                refused(&sim, &format!("{profile} {path} {slug}"), &answer, "9010", slug);
            }
        }
        // A-15: user-details signed as remove-token is.
        let stamped = with(full(), "merchantToken", shop.sign(&[ts, mid, PUBLISHED]));
        let answer = sim.http().post_json(DETAILS, &stamped);
        if profile == "strict" {
            refused(&sim, "A-15", &answer, "9010", "merchantToken/with-timeStamp");
        } else {
            assert_eq!(answer.result_cd(), "0000");
            assert!(answer.header("x-sim-note").unwrap().starts_with("merchantToken/with-timeStamp: "));
            let unknown = with(stamped, "userToken", "x");
            let token = shop.sign(&[ts, mid, "x"]);
            refused(
                &sim,
                "A-15",
                &sim.http().post_json(DETAILS, &with(unknown, "merchantToken", token)),
                "9920",
                "userToken/unknown",
            );
        }
        for path in [DETAILS, REMOVE] {
            let mut upper = signed(&shop, path, full());
            upper["merchantToken"] = upper["merchantToken"].as_str().unwrap().to_uppercase().into();
            assert_eq!(sim.http().post_json(path, &upper).result_cd(), "0000", "either case counts");
        }
    }
}
