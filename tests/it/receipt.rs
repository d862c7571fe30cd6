//! The smallest calls: the customer has the goods (`docs/PROTOCOL.md` §2.7), an iMid and its key fit (§2.12). And the
//! paths of all of them.

use std::sync::Barrier;
use std::thread;

use nicepay_sim::testing::{Reply, Shop, Simulator};
use serde_json::{Value, json};

use crate::bodies::{self, set, without};

const API: &str = "/__sim/api";
const RECEIPT: &str = "/nicepay/direct/v2/confirmAkulaku";
const RECEIPT_NEWER: &str = "/nicepay/api/direct/v2/confirmAkulaku";
const CHECK_MID: &str = "/nicepay/direct/v2/checkMid";
const CALLBACK: &str = "http://shop.test/thanks";
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const TIME_STAMP: &str = "20260101120000";
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
/// The text of each code (`docs/PROTOCOL.md` §4.10).
const TEXTS: &[(&str, &str)] = &[
    ("0000", "SUCCESS"),
    ("8003", "Order registration data error."),
    ("9001", "Failed to register your order. Please check your HTTP Message."),
    ("9010", "Invalid Merchant Token. Contact NICEPay for further information."),
    ("9011", "Invalid MID, Merchant is not registered. Contact NICEPay for further information."),
    ("9031", "Date/Time check."),
    ("9502", "Transaction not allowed."),
    ("9528", "Transaction not found."),
];

fn text(code: &str) -> &'static str {
    TEXTS.iter().find(|(known, _)| *known == code).unwrap().1
}

/// An order of that lender's that is paid.
fn paid(sim: &Simulator, shop: &Shop, reference_no: &str, mitra_cd: &str) -> Reply {
    let registered = shop.register(&shop.order(reference_no, 25_145).with("mitraCd", mitra_cd));
    assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
    play(sim, &registered, &json!({}));
    registered
}

fn play(sim: &Simulator, registered: &Reply, body: &Value) {
    let played = sim.http().post_json(&format!("{API}/transactions/{}/buyer", registered.t_xid()), body);
    assert_eq!(played.status, 200, "{}", played.body);
}

fn transaction(sim: &Simulator, registered: &Reply) -> Value {
    let mut all = sim.http().get(&format!("{API}/transactions/{}", registered.t_xid())).json();
    all.as_object_mut().unwrap().shift_remove("timeline");
    all
}

/// A request's fields, signed over what there is.
fn request(shop: &Shop, t_xid: &str) -> Value {
    signed(shop, json!({ "timeStamp": TIME_STAMP, "tXid": t_xid, "iMid": shop.i_mid() }))
}

fn signed(shop: &Shop, body: Value) -> Value {
    bodies::signed(shop, ["timeStamp", "tXid", "iMid"], body)
}

/// The fields as a form. What is no text cannot be in one.
fn form(body: &Value) -> String {
    let fields = body.as_object().unwrap();
    let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or(""))).collect();
    pairs.join("&")
}

/// An answer of `confirmAkulaku`: `ResponseData` has its capital, and is null.
#[track_caller]
fn says(what: &str, answer: &Reply, code: &str, slug: &str) {
    let why = answer.header("x-sim-diagnosis");
    assert_eq!(answer.status, 200, "{what}: {}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{what}");
    let expected = json!({ "resultCd": code, "resultMsg": text(code), "ResponseData": null });
    assert_eq!(answer.body, expected.to_string(), "{what}: {why:?}");
    assert_eq!(answer.diagnosis(), slug, "{what}: {why:?}");
}

/// A refusal, with its line in the log.
#[track_caller]
fn refused(sim: &Simulator, what: &str, answer: &Reply, code: &str, slug: &str) {
    says(what, answer, code, slug);
    let logged = sim.events("transaction.refused").pop().expect("an event");
    assert_eq!(
        (logged["endpoint"].as_str(), logged["resultCd"].as_str()),
        (Some("confirmAkulaku"), Some(code)),
        "{what}"
    );
    assert_eq!(logged["diagnosis"].as_str(), answer.header("x-sim-diagnosis"), "{what}");
}

// ---------------------------------------------------------------------------------------------------------------------
// confirmAkulaku

type Headers<'h> = &'h [(&'h str, &'h str)];

#[test]
fn a_receipt_is_taken_on_both_paths_as_a_form_and_as_json() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        sim.advance("1h");
        let rows: [(&str, Headers<'_>, bool); 7] = [
            ("a form", &[FORM], true),
            ("a form in UTF-8", &[("content-type", "application/x-www-form-urlencoded; charset=UTF-8")], true),
            ("a form that says nothing", &[], true),
            ("a form that says it is text", &[("content-type", "text/plain")], true),
            ("JSON", &[JSON], false),
            ("JSON in UTF-8", &[("content-type", "application/json; charset=UTF-8")], false),
            ("JSON as Python writes it", &[("content-type", "Application/JSON")], false),
        ];
        for (i, path) in [RECEIPT, RECEIPT_NEWER].into_iter().enumerate() {
            for (j, (what, headers, as_form)) in rows.into_iter().enumerate() {
                let what = format!("{profile} {path}: {what}");
                let registered = paid(&sim, &shop, &format!("order-{i}-{j}"), "AKLP");
                let before = transaction(&sim, &registered);
                assert!(before.get("receiptConfirmedAt").is_none());
                sim.advance("1h");
                let body = request(&shop, &registered.t_xid());
                let body = if as_form { form(&body) } else { body.to_string() };
                let answer = sim.http().send("POST", path, headers, body);
                says(&what, &answer, "0000", "");
                assert_eq!((answer.header("x-sim-note"), answer.header("x-sim-rule")), (None, Some("approve/default")));
                let mut after = transaction(&sim, &registered);
                assert!(after["receiptConfirmedAt"].is_string(), "{what}: {after}");
                after.as_object_mut().unwrap().shift_remove("receiptConfirmedAt");
                let settled = |mut view: Value| {
                    view.as_object_mut().unwrap().shift_remove("notifications");
                    view
                };
                assert_eq!(settled(after), settled(before), "{what}: nothing else changes");
                let event = sim.events("transaction.receipt-confirmed").pop().unwrap();
                assert_eq!((&event["tXid"], &event["iMid"]), (&json!(registered.t_xid()), &json!("PAYLOANTES")));
            }
        }
        assert_eq!(sim.events("transaction.receipt-confirmed").len(), 14, "{profile}");
        // JSON under another name: a note, or, in the strict profile, no.
        let registered = paid(&sim, &shop, "misnamed", "AKLP");
        for headers in [&[][..], &[FORM], &[("content-type", "text/json")]] {
            let body = format!(" {}", request(&shop, &registered.t_xid()));
            let answer = sim.http().send("POST", RECEIPT, headers, body);
            if profile == "strict" {
                refused(&sim, "misnamed", &answer, "9001", "body/content-type");
            } else {
                says("misnamed", &answer, "0000", "");
                assert!(answer.header("x-sim-note").unwrap().starts_with("body/content-type: "));
            }
        }
    }
}

#[test]
fn a_receipt_twice_is_the_first_one() {
    let sim = Simulator::builder().workers(4).start();
    let shop = sim.shop();
    let registered = paid(&sim, &shop, "twice", "AKLP");
    says("once", &shop.confirm_receipt(&registered), "0000", "");
    let at = transaction(&sim, &registered)["receiptConfirmedAt"].clone();
    assert_eq!(at, "2025-12-31T17:00:00Z");
    sim.advance("72h");
    says("twice", &shop.confirm_receipt(&registered), "0000", "");
    assert_eq!(transaction(&sim, &registered)["receiptConfirmedAt"], at);
    sim.expect("transaction.receipt-confirmed").of(&registered.t_xid()).times(1);
    // At once: still once.
    let registered = paid(&sim, &shop, "at once", "AKLP");
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                says("at once", &shop.confirm_receipt(&registered), "0000", "");
            });
        }
    });
    sim.expect("transaction.receipt-confirmed").of(&registered.t_xid()).times(1);
}

#[test]
fn a_receipt_of_what_was_given_back() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let part = paid(&sim, &shop, "part", "AKLP");
    assert_eq!(shop.cancel(&part, "2", "145").result_cd(), "0000");
    says("the customer keeps the rest", &shop.confirm_receipt(&part), "0000", "");
    let whole = paid(&sim, &shop, "whole", "AKLP");
    assert_eq!(shop.cancel(&whole, "1", "25145").result_cd(), "0000");
    refused(&sim, "nothing is kept", &shop.confirm_receipt(&whole), "9502", "transaction/unpaid");
    assert!(transaction(&sim, &whole).get("receiptConfirmedAt").is_none());
    // Goods that arrived can come back.
    assert_eq!(shop.cancel(&part, "2", "25000").result_cd(), "0000");
    refused(&sim, "again, too late", &shop.confirm_receipt(&part), "9502", "transaction/unpaid");
    assert_eq!(transaction(&sim, &part)["receiptConfirmedAt"], "2025-12-31T17:00:00Z", "what was confirmed stays so");
    assert_eq!(sim.events("transaction.receipt-confirmed").len(), 1);
}

#[test]
fn only_what_akulaku_paid_is_confirmed() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for mitra_cd in ["KDVI", "IDNA"] {
        let registered = paid(&sim, &shop, mitra_cd, mitra_cd);
        refused(&sim, mitra_cd, &shop.confirm_receipt(&registered), "9502", "mitraCd/not-akulaku");
        let unpaid = shop.register(&shop.order(&format!("unpaid-{mitra_cd}"), 25_145).with("mitraCd", mitra_cd));
        refused(&sim, "unpaid, too", &shop.confirm_receipt(&unpaid), "9502", "mitraCd/not-akulaku");
    }
    let akulaku = |reference_no: &str| shop.register(&shop.order(reference_no, 25_145).with("mitraCd", "AKLP"));
    let registered = akulaku("registered");
    refused(&sim, "registered", &shop.confirm_receipt(&registered), "9502", "transaction/unpaid");
    for act in ["abandon", "review", "reject"] {
        let registered = akulaku(act);
        play(&sim, &registered, &json!({ "do": act }));
        let before = transaction(&sim, &registered);
        refused(&sim, act, &shop.confirm_receipt(&registered), "9502", "transaction/unpaid");
        assert_eq!(transaction(&sim, &registered), before, "{act}");
    }
    sim.advance("24h");
    refused(&sim, "expired", &shop.confirm_receipt(&registered), "9502", "transaction/unpaid");
    // At Checkout the customer says which lender it is.
    let checkout = |reference_no: &str| {
        let order = shop.order(reference_no, 25_145).with("payMethod", "00").with("callBackUrl", CALLBACK);
        shop.checkout(&order.without("mitraCd"))
    };
    let open = checkout("nobody yet");
    refused(&sim, "nobody yet", &shop.confirm_receipt(&open), "9502", "mitraCd/not-akulaku");
    let chosen = checkout("akulaku");
    let fields = [("tXid", chosen.t_xid()), ("mitraCd", "AKLP".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(sim.http().post_form("/nicepay/redirect/v2/payment", &fields, &[]).status, 303);
    play(&sim, &chosen, &json!({}));
    says("chosen", &shop.confirm_receipt(&chosen), "0000", "");
    assert_eq!(sim.events("transaction.receipt-confirmed").len(), 1);
}

#[test]
fn how_a_receipt_is_refused() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let (shop, other) = (sim.shop(), sim.new_shop("OTHERSHOP1", "the-other-key"));
        let registered = paid(&sim, &shop, "order", "AKLP");
        let t_xid = registered.t_xid();
        let fields = json!({ "timeStamp": TIME_STAMP, "tXid": t_xid, "iMid": "PAYLOANTES" });
        let theirs = set(fields.clone(), "iMid", "OTHERSHOP1".into());
        #[rustfmt::skip]
        let mut rows: Vec<(&str, Value, &str, &str)> = vec![
            ("another iMid",       signed(&shop, set(fields.clone(), "iMid", "NOBODY".into())),  "9011", "iMid/unknown"),
            ("no token",           fields.clone(),                                               "9010", "merchantToken/missing"),
            ("another tXid",       request(&shop, "PAYLOANTES06202601010000009999"),             "9528", "tXid/unknown"),
            ("a long tXid",        request(&shop, &"9".repeat(5_000)),                           "9528", "tXid/unknown"),
            ("another merchant's", signed(&other, theirs),                                       "9528", "tXid/other-merchant"),
            ("another's key",      signed(&other, fields.clone()),                               "9010", "merchantToken/other-key"),
        ];
        for empty in [Value::Null, "".into()] {
            rows.push(("no iMid", signed(&shop, set(fields.clone(), "iMid", empty.clone())), "9011", "iMid/unknown"));
            rows.push((
                "no time",
                signed(&shop, set(fields.clone(), "timeStamp", empty.clone())),
                "9031",
                "field/missing",
            ));
            rows.push(("no tXid", signed(&shop, set(fields.clone(), "tXid", empty.clone())), "9528", "field/missing"));
            rows.push(("an empty token", set(fields.clone(), "merchantToken", empty), "9010", "merchantToken/missing"));
        }
        for name in ["iMid", "timeStamp", "tXid"] {
            let (code, slug) = match name {
                "iMid" => ("9011", "iMid/unknown"),
                "timeStamp" => ("9031", "field/missing"),
                _ => ("9528", "field/missing"),
            };
            rows.push(("absent", signed(&shop, without(fields.clone(), name)), code, slug));
        }
        if profile == "strict" {
            let body = signed(&shop, set(fields.clone(), "timeStamp", "2026".into()));
            rows.push(("a short time", body, "9031", "timeStamp/format"));
        } else {
            let body = signed(&shop, set(fields.clone(), "timeStamp", "1".repeat(4_001).into()));
            rows.push(("a long time", body, "8003", "field/length"));
        }
        // Plausible mistakes with the token; the fields around are right.
        let (ts, tx, mid) = (TIME_STAMP, t_xid.as_str(), "PAYLOANTES");
        #[rustfmt::skip]
        let tokens = [
            ("iMid before tXid",  shop.sign(&[ts, mid, tx]),          "merchantToken/field-order"),
            ("tXid first",        shop.sign(&[tx, ts, mid]),          "merchantToken/field-order"),
            ("without timeStamp", shop.sign(&[tx, mid]),              "merchantToken/missing-timeStamp"),
            ("without tXid",      shop.sign(&[ts, mid]),              "merchantToken/missing-tXid"),
            ("without iMid",      shop.sign(&[ts, tx]),               "merchantToken/missing-iMid"),
            ("cancel's",          shop.sign(&[ts, mid, tx, "25145"]), "merchantToken/other-recipe"),
            ("registration's",    shop.sign(&[ts, mid, "order", "25145"]), "merchantToken/other-recipe"),
            ("a second later",    shop.sign(&["20260101120001", tx, mid]), "merchantToken/timeStamp-differs"),
            ("something",         "0".repeat(64),                     "merchantToken/unknown"),
            ("a word",            "token".to_owned(),                 "merchantToken/length"),
        ];
        for (what, token, slug) in tokens {
            let body = json!({ "referenceNo": "order", "amt": "25145", "timeStamp": ts, "tXid": tx, "iMid": mid, "merchantToken": token });
            rows.push((what, body, "9010", slug));
        }
        let before = transaction(&sim, &registered);
        for (what, body, code, slug) in rows {
            for (path, content_type, text) in
                [(RECEIPT, JSON, body.to_string()), (RECEIPT, FORM, form(&body)), (RECEIPT_NEWER, FORM, form(&body))]
            {
                let answer = sim.http().send("POST", path, &[content_type], text);
                refused(&sim, &format!("{profile} {path} {}: {what}", content_type.1), &answer, code, slug);
            }
        }
        // Only JSON knows other types.
        for value in [json!(true), json!({}), json!(["x"])] {
            for (name, code, slug) in [
                ("iMid", "9011", "iMid/unknown"),
                ("merchantToken", "9010", "merchantToken/length"),
                ("timeStamp", "9031", "field/type"),
                ("tXid", "9528", "field/type"),
            ] {
                let body = signed(&shop, set(fields.clone(), name, value.clone()));
                refused(&sim, name, &sim.http().post_json(RECEIPT, &body), code, slug);
            }
        }
        for (body, slug) in [
            ("", "body/empty"),
            ("iMid=PAYLOANTES", "body/content-type"),
            ("[]", "body/not-an-object"),
            ("{\"tXid\":", "body/truncated"),
            ("{\"tXid\":1,\"tXid\":2}", "body/duplicate-key"),
        ] {
            refused(&sim, body, &sim.http().send("POST", RECEIPT, &[JSON], body), "9001", slug);
        }
        refused(&sim, "an empty form", &sim.http().send("POST", RECEIPT, &[FORM], ""), "9011", "iMid/unknown");
        refused(
            &sim,
            "no form",
            &sim.http().send("POST", RECEIPT, &[FORM], vec![0xff, 0, b'=']),
            "9011",
            "iMid/unknown",
        );
        assert_eq!(transaction(&sim, &registered), before, "{profile}: nothing of this has changed anything");
        assert!(sim.events("transaction.receipt-confirmed").is_empty());
    }
}

#[test]
fn of_two_faults_of_a_receipt_the_first_is_named() {
    /// A fault's name, code and slug; and how to make it.
    type Fault = (&'static str, &'static str, &'static str, fn(Value) -> Value);
    let faults: [Fault; 5] = [
        ("iMid", "9011", "iMid/unknown", |body| set(body, "iMid", "NOBODY".into())),
        ("token", "9010", "merchantToken/unknown", |body| set(body, "merchantToken", "0".repeat(64).into())),
        ("timeStamp", "9031", "field/missing", |body| without(body, "timeStamp")),
        ("tXid", "9528", "tXid/unknown", |body| set(body, "tXid", "X".into())),
        ("lender and stage", "9502", "mitraCd/not-akulaku", |body| body),
    ];
    let sim = Simulator::start();
    let shop = sim.shop();
    // Of another lender and unpaid.
    let registered = shop.register(&shop.order("order", 25_145));
    let fields = json!({ "timeStamp": TIME_STAMP, "tXid": registered.t_xid(), "iMid": "PAYLOANTES" });
    for (i, (first, code, slug, make)) in faults.iter().enumerate() {
        for (second, _, _, make_second) in &faults[i..] {
            let body = signed(&shop, make(make_second(fields.clone())));
            let what = format!("{first}, then {second}");
            // Of a token that is wrong, a field that it covers and that is missing is told first.
            let is_unsigned = *first == "token" && *second == "timeStamp";
            let slug = if is_unsigned { "merchantToken/field-absent" } else { slug };
            refused(&sim, &what, &sim.http().post_json(RECEIPT, &body), code, slug);
            refused(&sim, &what, &sim.http().send("POST", RECEIPT, &[FORM], form(&body)), code, slug);
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// checkMid

#[test]
fn an_i_mid_and_its_key_can_be_checked() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let (shop, other) = (sim.shop(), sim.new_shop("OTHERSHOP1", "the-other-key"));
        let body = |shop: &Shop, i_mid: &str, token: String| {
            assert!(!shop.i_mid().is_empty());
            json!({ "timeStamp": TIME_STAMP, "iMid": i_mid, "merchantToken": token })
        };
        let right = |shop: &Shop| shop.sign(&[TIME_STAMP, shop.i_mid(), "TEST", "0"]);
        for shop in [&shop, &other] {
            let answer = sim.http().post_json(CHECK_MID, &body(shop, shop.i_mid(), right(shop)));
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"resultCd":"0000","resultMsg":"SUCCESS"}"#));
            assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
            // What an order would say does not count.
            let more = set(set(body(shop, shop.i_mid(), right(shop)), "referenceNo", "X".into()), "amt", "5".into());
            assert_eq!(sim.http().post_json(CHECK_MID, &more).result_cd(), "0000");
        }
        let (ts, mid) = (TIME_STAMP, "PAYLOANTES");
        #[rustfmt::skip]
        let rows = [
            ("an unknown iMid",  body(&shop, "NOBODY", right(&shop)),                          "9011", "iMid/unknown"),
            ("no iMid",          body(&shop, "", right(&shop)),                                "9011", "iMid/unknown"),
            ("another's key",    body(&shop, mid, other.sign(&[ts, mid, "TEST", "0"])),        "9010", "merchantToken/other-key"),
            ("no token",         body(&shop, mid, String::new()),                              "9010", "merchantToken/missing"),
            ("a word",           body(&shop, mid, "token".to_owned()),                         "9010", "merchantToken/length"),
            ("without TEST",     body(&shop, mid, shop.sign(&[ts, mid, "0"])),                 "9010", "merchantToken/missing-referenceNo"),
            ("without 0",        body(&shop, mid, shop.sign(&[ts, mid, "TEST"])),              "9010", "merchantToken/missing-amt"),
            ("iMid first",       body(&shop, mid, shop.sign(&[mid, ts, "TEST", "0"])),         "9010", "merchantToken/field-order"),
            ("test",             body(&shop, mid, shop.sign(&[ts, mid, "test", "0"])),         "9010", "merchantToken/referenceNo-differs"),
            ("another time",     body(&shop, mid, shop.sign(&["20260101120001", mid, "TEST", "0"])), "9010", "merchantToken/timeStamp-differs"),
            ("without both",     body(&shop, mid, shop.sign(&[ts, mid])),                      "9010", "merchantToken/missing-field"),
            ("no timeStamp",     set(body(&shop, mid, shop.sign(&[mid, "TEST", "0"])), "timeStamp", "".into()), "9031", "field/missing"),
            ("something",        body(&shop, mid, "0".repeat(64)),                             "9010", "merchantToken/unknown"),
        ];
        for (what, body, code, slug) in rows {
            let answer = sim.http().post_json(CHECK_MID, &body);
            let expected = json!({ "resultCd": code, "resultMsg": text(code) });
            assert_eq!((answer.status, answer.body.as_str()), (200, expected.to_string().as_str()), "{profile} {what}");
            assert_eq!(answer.diagnosis(), slug, "{profile} {what}: {:?}", answer.header("x-sim-diagnosis"));
            let logged = sim.events("transaction.refused").pop().unwrap();
            assert_eq!((logged["endpoint"].as_str(), logged["resultCd"].as_str()), (Some("checkMid"), Some(code)));
        }
        let answer = sim.http().post_json(CHECK_MID, &body(&shop, mid, "0".repeat(64)));
        let why = answer.header("x-sim-diagnosis").unwrap();
        assert!(why.contains(r#"hex(SHA-256(timeStamp+iMid+"TEST"+"0"+merchantKey))"#), "{why}");
        assert!(why.ends_with(r#"fields as received: timeStamp="20260101120000", iMid="PAYLOANTES""#), "{why}");
        let odd = "2026-01-01 12:00:00";
        let token = shop.sign(&[odd, mid, "TEST", "0"]);
        let answer = sim.http().post_json(CHECK_MID, &set(body(&shop, mid, token), "timeStamp", odd.into()));
        assert_eq!(answer.result_cd(), if profile == "strict" { "9031" } else { "0000" }, "A-31");
        for (body, slug) in [("", "body/empty"), ("x", "body/not-json"), ("[]", "body/not-an-object")] {
            let answer = sim.http().send("POST", CHECK_MID, &[JSON], body);
            assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9001", slug), "{profile} {body}");
        }
        let good = body(&shop, mid, right(&shop)).to_string();
        let answer = sim.http().send("POST", CHECK_MID, &[FORM], good);
        if profile == "strict" {
            assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9001", "body/content-type"));
        } else {
            assert_eq!(answer.result_cd(), "0000");
            assert!(answer.header("x-sim-note").unwrap().starts_with("body/content-type: "));
        }
        assert_eq!(sim.http().get(&format!("{API}/transactions")).json(), json!([]), "no order comes of it");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Paths

/// Each path of the newer endpoints, with its verbs.
const PATHS: &[(&str, &str)] = &[
    ("/nicepay/direct/v2/cancel", "POST"),
    (RECEIPT, "POST"),
    (RECEIPT_NEWER, "POST"),
    (CHECK_MID, "POST"),
    ("/nicepay/direct/v2/remove-token", "POST"),
    ("/nicepay/direct/v2/remove_token", "POST"),
    ("/nicepay/direct/v2/user-details", "POST"),
    ("/nicepay/direct/v2/user_details", "POST"),
    ("/nicepay/v2/userAccountBinding", "POST"),
    ("/nicepay/v2/useraccountbinding", "POST"),
    ("/nicepay/v2/USERACCOUNTBINDING", "POST"),
    ("/nicepay/v2/userAccountBinding/return", "GET"),
    ("/nicepay/redirect/v2/registration", "POST"),
    ("/nicepay/redirect/v2/payment", "GET, POST"),
    ("/nicepay/redirect/v2/payment/cancel", "POST"),
];

#[test]
fn other_verbs_are_405_and_allow_names_the_right_ones() {
    let sim = Simulator::start();
    for (path, allow) in PATHS {
        for verb in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
            if allow.split(", ").any(|allowed| allowed == verb) {
                continue;
            }
            let what = format!("{verb} {path}");
            let answer = sim.http().send(verb, path, &[JSON], "{}");
            assert_eq!((answer.status, answer.header("allow")), (405, Some(*allow)), "{what}");
            assert_eq!(answer.body, r#"{"resultCd":"9502","resultMsg":"Transaction not allowed."}"#, "{what}");
            assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{what}");
            let why = answer.header("x-sim-diagnosis").unwrap();
            // The path as it is served, whatever its case was.
            let binding = "/nicepay/v2/userAccountBinding";
            let served = if path.eq_ignore_ascii_case(binding) { binding } else { path };
            assert_eq!(why, format!("path/wrong-verb: {served} answers {allow}, not {verb}"), "{what}");
            let logged = sim.events("transaction.refused").pop().unwrap();
            assert_eq!((&logged["resultCd"], logged["diagnosis"].as_str()), (&json!("9502"), Some(why)), "{what}");
        }
        let answer = sim.http().send("HEAD", path, &[], "");
        assert!(answer.status < 500 && answer.body.is_empty(), "HEAD {path}: {}", answer.status);
    }
}

#[test]
fn an_unknown_path_names_the_nearest() {
    let sim = Simulator::start();
    for (path, nearest) in [
        ("/nicepay/direct/v2/cancle", "POST /nicepay/direct/v2/cancel"),
        ("/nicepay/direct/v2/cancel/", "POST /nicepay/direct/v2/cancel"),
        ("/nicepay/direct/v1/cancel", "POST /nicepay/direct/v2/cancel"),
        ("/nicepay/direct/v2/Cancel", "POST /nicepay/direct/v2/cancel"),
        ("/nicepay/direct/v2/removetoken", "POST /nicepay/direct/v2/remove-token"),
        ("/nicepay/direct/v2/Remove_Token", "POST /nicepay/direct/v2/remove-token"),
        ("/nicepay/direct/v2/user-detail", "POST /nicepay/direct/v2/user-details"),
        ("/nicepay/direct/v2/userDetails", "POST /nicepay/direct/v2/user-details"),
        ("/nicepay/direct/v2/confirmakulaku", "POST /nicepay/direct/v2/confirmAkulaku"),
        ("/nicepay/direct/v2/checkmid", "POST /nicepay/direct/v2/checkMid"),
        ("/nicepay/v2/accountBinding", "POST /nicepay/v2/userAccountBinding"),
        ("/nicepay/v2/user-account-binding", "POST /nicepay/v2/userAccountBinding"),
        ("/nicepay/v2/userAccountBindings", "POST /nicepay/v2/userAccountBinding"),
        ("/nicepay/direct/v2/userAccountBinding", "POST /nicepay/v2/userAccountBinding"),
        ("/nicepay/redirect/v2/registrasi", "POST /nicepay/redirect/v2/registration"),
        ("/nicepay/redirect/v2/pay", "GET, POST /nicepay/redirect/v2/payment"),
        ("/nicepay/redirect/v2/payments/cancel", "POST /nicepay/redirect/v2/payment/cancel"),
        ("/nicepay/direct/v2/inquire", "POST /nicepay/direct/v2/inquiry"),
        ("/nicepay/direct/v2/paymnet", "GET, POST /nicepay/direct/v2/payment"),
    ] {
        for verb in ["GET", "POST"] {
            let answer = sim.http().send(verb, path, &[JSON], "{}");
            assert_eq!((answer.status, answer.diagnosis()), (404, "path/not-simulated"), "{verb} {path}");
            assert_eq!(answer.body, r#"{"resultCd":"9502","resultMsg":"Transaction not allowed."}"#, "{verb} {path}");
            assert_eq!(
                answer.header("x-sim-diagnosis"),
                Some(
                    format!("path/not-simulated: {path:?} is not simulated; the nearest path that is: {nearest}")
                        .as_str()
                )
            );
        }
    }
}

#[test]
fn a_path_that_is_near_to_nothing_says_why() {
    let sim = Simulator::start();
    for (path, status, why) in [
        ("/nicepay/something/else/entirely/and/far/away", 404, "docs/reference/endpoints.md lists those that are"),
        ("/direct/v2/registration", 404, "NICEPAY's paths begin with /nicepay. Is it in your base URL?"),
        ("/v2/userAccountBinding", 404, "NICEPAY's paths begin with /nicepay"),
    ] {
        let answer = sim.http().post_json(path, &json!({}));
        let said = answer.header("x-sim-diagnosis").unwrap_or_default();
        assert!(answer.status == status && said.contains(why), "{path}: {} {said}", answer.status);
    }
    let other = sim.http().get("/favicon.png");
    assert_eq!((other.status, other.header("x-sim-diagnosis")), (404, None));
}

#[test]
fn an_api_that_is_not_simulated_is_named() {
    let sim = Simulator::start();
    for (path, slug, says) in [
        ("/nicepay/api/v1.0/transfer-va/create-va", "path/snap", "POST /nicepay/direct/v2/registration"),
        ("/nicepay/v1.0/access-token/b2b", "path/snap", "SNAP is not simulated"),
        ("/nicepay/api/v1.0/debit/payment-host-to-host", "path/snap", "no SNAP version"),
        ("/nicepay/api/orderRegist.do", "path/v1", "POST /nicepay/redirect/v2/registration"),
        ("/nicepay/api/onePass.do", "path/v1", "POST /nicepay/direct/v2/registration"),
        ("/nicepay/api/onePassStatus.do", "path/v1", "POST /nicepay/direct/v2/inquiry"),
        ("/nicepay/api/onePassAllCancel.do", "path/v1", "POST /nicepay/direct/v2/cancel"),
        ("/nicepay/api/direct/v2/requestPayout", "path/payout", "Payout API is not simulated"),
        ("/nicepay/api/direct/v2/inquiryPayout", "path/payout", "docs/reference/endpoints.md"),
    ] {
        for verb in ["GET", "POST"] {
            let answer = sim.http().send(verb, path, &[JSON], "{}");
            assert_eq!((answer.status, answer.diagnosis()), (404, slug), "{verb} {path}");
            assert_eq!(answer.body, r#"{"resultCd":"9502","resultMsg":"Transaction not allowed."}"#, "{verb} {path}");
            let said = answer.header("x-sim-diagnosis").unwrap();
            assert!(said.contains(says), "{verb} {path}: {said}");
            let logged = sim.events("transaction.refused").pop().unwrap();
            assert_eq!(logged["diagnosis"], *said, "{verb} {path}");
        }
        // The base URL may lack /nicepay as well: what the API is comes first.
        let bare = path.strip_prefix("/nicepay").unwrap();
        let answer = sim.http().post_json(bare, &json!({}));
        assert_eq!((answer.status, answer.diagnosis()), (404, slug), "{bare}");
    }
}

#[test]
fn a_preflight_is_named_and_gets_no_cors_headers() {
    let sim = Simulator::start();
    for (path, status, says) in [
        ("/nicepay/direct/v2/registration", 405, "call this from your server"),
        ("/nicepay/direct/v2/inquiry", 405, "call this from your server"),
        ("/nicepay/direct/v2/payment", 405, "open this page by a link or a form"),
        ("/nicepay/direct/v2/registrasi", 404, "call this from your server"),
    ] {
        let headers = [("origin", "http://localhost:3000"), ("access-control-request-method", "POST")];
        let answer = sim.http().send("OPTIONS", path, &headers, "");
        assert_eq!((answer.status, answer.diagnosis()), (status, "path/cors-preflight"), "{path}");
        assert!(answer.header("x-sim-diagnosis").unwrap().contains(says), "{path}");
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{path}");
        assert_eq!(
            sim.events("transaction.refused").pop().unwrap()["diagnosis"],
            *answer.header("x-sim-diagnosis").unwrap()
        );
    }
    // Without the browser's question it is only a wrong method.
    let answer = sim.http().send("OPTIONS", "/nicepay/direct/v2/registration", &[], "");
    assert_eq!((answer.status, answer.diagnosis()), (405, "path/wrong-verb"));
}

/// Every endpoint under every way to write its path, with duplicate slashes too.
#[test]
fn the_ways_to_write_a_path() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let doubled = |path: &str| {
        let everywhere = path.replace('/', "//");
        let after_the_name = path.replacen("/nicepay/", "/nicepay//", 1);
        let thrice = path.replacen("/v2/", "///v2/", 1);
        [path.to_owned(), after_the_name, thrice, everywhere]
    };
    let post = |path: &str, covered: &[&str], fields: Value| {
        let answer = sim.http().post_json(path, &shop.signed(covered, fields));
        assert_eq!(answer.result_cd(), "0000", "{path}: {} {:?}", answer.body, answer.header("x-sim-diagnosis"));
        answer
    };
    let bought = paid(&sim, &shop, "bought", "AKLP");
    for path in doubled("/nicepay/direct/v2/cancel") {
        let fields = json!({ "tXid": bought.t_xid(), "payMethod": "06", "cancelType": "2", "amt": "1" });
        post(&path, &["timeStamp", "iMid", "tXid", "amt"], fields);
    }
    for path in [RECEIPT, RECEIPT_NEWER].into_iter().flat_map(doubled) {
        post(&path, &["timeStamp", "tXid", "iMid"], json!({ "tXid": bought.t_xid() }));
    }
    for path in ["/nicepay/direct/v2/user-details", "/nicepay/direct/v2/user_details"].into_iter().flat_map(doubled) {
        let details = post(&path, &["iMid", "userToken"], json!({ "userToken": PUBLISHED_TOKEN }));
        assert_eq!(details.json()["billingPhone"], "+62-821****3300");
    }
    for (i, path) in
        ["/nicepay/direct/v2/remove-token", "/nicepay/direct/v2/remove_token"].into_iter().flat_map(doubled).enumerate()
    {
        let issued = sim.http().post_json(
            &format!("{API}/tokens"),
            &json!({ "iMid": "PAYLOANTES", "clientUserKey": format!("customer-{i}") }),
        );
        let token = issued.json()["userToken"].as_str().unwrap().to_owned();
        let removed = post(&path, &["timeStamp", "iMid", "userToken"], json!({ "userToken": token }));
        assert_eq!((&removed.json()["userToken"], &removed.json()["tokenStatus"]), (&json!(token), &json!("0")));
    }
    for name in [
        "nicepay/v2/userAccountBinding",
        "nicepay/v2/useraccountbinding",
        "nicepay/v2/uSeRaCcOuNtBiNdInG",
        "Nicepay/V2/UserAccountBinding",
        "NICEPAY/V2/USERACCOUNTBINDING",
    ] {
        for path in doubled(&format!("/{name}")) {
            let bound = post(&path, &["iMid", "referenceNo", "billingPhone"], shop.binding(name, "081291891818"));
            let page = bound.json()["redirectUrl"].as_str().unwrap().to_owned();
            assert_eq!(sim.http().get(&page).status, 200, "{path}");
        }
    }
    for (i, path) in doubled("/nicepay/redirect/v2/registration").iter().enumerate() {
        let order = shop.order(&format!("checkout-{i}"), 25_145).with("callBackUrl", CALLBACK);
        let answer = sim.http().post_json(path, &shop.body(&order));
        assert_eq!(answer.result_cd(), "0000", "{path}: {}", answer.body);
        for page in doubled("/nicepay/redirect/v2/payment") {
            let page = sim.http().get(&format!("{page}?tXid={}", answer.t_xid()));
            assert_eq!(page.status, 200, "{path}: {}", page.body);
        }
    }
    for path in doubled(CHECK_MID) {
        let token = shop.sign(&[TIME_STAMP, "PAYLOANTES", "TEST", "0"]);
        let answer = sim
            .http()
            .post_json(&path, &json!({ "timeStamp": TIME_STAMP, "iMid": "PAYLOANTES", "merchantToken": token }));
        assert_eq!(answer.result_cd(), "0000", "{path}");
    }
}

#[test]
fn a_probe_with_head_opens_no_payment_however_the_path_is_written() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("probed", 25_145);
    let registered = shop.register(&order);
    let url = shop.payment_url(&order, &registered, CALLBACK);
    for path in ["/nicepay/direct", "//nicepay/direct", "/nicepay//direct", "///nicepay//direct"] {
        let url = url.replacen("/nicepay/direct", path, 1);
        let probed = sim.http().send("HEAD", &url, &[], "");
        assert_eq!((probed.status, probed.body.as_str()), (200, ""), "{path}");
        assert_eq!(transaction(&sim, &registered)["stage"], "registered", "{path}");
    }
    let order = order.with("referenceNo", "probed-too").with("payMethod", "00").with("callBackUrl", CALLBACK);
    let checkout = shop.checkout(&order);
    let probed = sim.http().send("HEAD", &shop.checkout_url(&checkout), &[], "");
    assert_eq!((probed.status, probed.body.as_str()), (200, ""));
    assert_eq!(transaction(&sim, &checkout)["stage"], "registered");
}
