//! What a registration for Checkout is answered, and which are refused.

use nicepay_sim::testing::{Order, Simulator};
use serde_json::{Value, json};

use super::{CALLBACK, PAGE, REGISTRATION, Till};

/// The keys of an answer, in the order of the PHP client's class.
const KEYS: [&str; 15] = [
    "resultCd",
    "resultMsg",
    "tXid",
    "referenceNo",
    "payMethod",
    "amt",
    "transDt",
    "transTm",
    "description",
    "currency",
    "goodsNm",
    "billingNm",
    "payValidDt",
    "payValidTm",
    "paymentURL",
];

#[test]
fn a_registration_answers_with_the_documented_keys_in_order() {
    let till = Till::new();
    let full = |order: Order| {
        let order = order.with("description", "Two of them").with("payValidDt", "20260102");
        order.with("payValidTm", "235959")
    };
    let rows = [
        ("left-open", "00", till.order("left-open"), Value::Null, Value::Null, Value::Null),
        (
            "full",
            "00",
            full(till.order_at("full", "IDNA").with("payMethod", "00")),
            "Two of them".into(),
            "20260102".into(),
            "235959".into(),
        ),
        ("payloan", "06", till.order_at("payloan", "AKLP"), Value::Null, Value::Null, Value::Null),
    ];
    for (reference_no, pay_method, order, description, day, time) in rows {
        let answer = till.shop.checkout(&order);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json;charset=UTF-8")));
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), KEYS, "{reference_no}");
        let t_xid = answer.t_xid();
        assert_eq!(
            body,
            json!({
                "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": t_xid, "referenceNo": reference_no,
                "payMethod": pay_method, "amt": "25145", "transDt": "20260101", "transTm": "000000",
                "description": description, "currency": "IDR", "goodsNm": "Test Transaction Nicepay",
                "billingNm": "Customer Name", "payValidDt": day, "payValidTm": time,
                "paymentURL": format!("{}{PAGE}", till.sim.url()),
            })
        );
        assert!(t_xid.len() == 30 && t_xid.starts_with(&format!("PAYLOANTES{pay_method}20260101000000")), "{t_xid}");
        assert_eq!((answer.header("x-sim-rule"), answer.header("x-sim-note")), (Some("approve/default"), None));
        assert_eq!(till.story(&answer), ["transaction.registered"]);
        assert_eq!(till.shown(&answer)["payMethod"], pay_method);
    }
}

#[test]
fn the_payment_url_is_the_public_one_where_one_is_set() {
    let settings = "public-url = 'https://pay.example:8443'";
    let till = Till::of(Simulator::builder().settings(settings).start());
    assert_eq!(till.take(&till.order("public")).json()["paymentURL"], format!("https://pay.example:8443{PAGE}"));
}

/// Who refuses it.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Both,
    /// The lenient profile accepts it with a note.
    Strict,
}

type Change = fn(Order) -> Order;

fn at(order: Order) -> Order {
    order.with("payMethod", "06").with("mitraCd", "KDVI").with("instmntType", "2").with("instmntMon", "1")
}

#[test]
fn bad_registrations_are_refused_and_leave_nothing() {
    use By::{Both, Strict};
    let rows: &[(&str, By, Change, &str, &str)] = &[
        ("no callBackUrl", Both, |o| o.without("callBackUrl"), "9019", "field/missing"),
        ("callBackUrl empty", Both, |o| o.with("callBackUrl", ""), "9019", "field/missing"),
        ("callBackUrl null", Both, |o| o.with("callBackUrl", Value::Null), "9019", "field/missing"),
        ("callBackUrl an array", Both, |o| o.with("callBackUrl", json!([CALLBACK])), "9019", "field/type"),
        ("callBackUrl relative", Both, |o| o.with("callBackUrl", "/thanks"), "8003", "callBackUrl/format"),
        ("callBackUrl a script", Both, |o| o.with("callBackUrl", "javascript:alert(1)"), "8003", "callBackUrl/format"),
        (
            "callBackUrl with a line end",
            Both,
            |o| o.with("callBackUrl", "http://shop.test/\r\nX: y"),
            "8003",
            "field/control-character",
        ),
        (
            "callBackUrl too long",
            Strict,
            |o| o.with("callBackUrl", format!("{CALLBACK}&x={}", "y".repeat(255))),
            "8003",
            "field/length",
        ),
        ("payMethod missing", Both, |o| o.without("payMethod"), "9012", "field/missing"),
        ("payMethod of a card", Both, |o| at(o).with("payMethod", "01"), "9108", "payMethod/inactive"),
        ("06 without mitraCd", Both, |o| at(o).without("mitraCd"), "8003", "field/missing"),
        ("06 without instmntType", Both, |o| at(o).without("instmntType"), "9118", "field/missing"),
        ("06 without instmntMon", Both, |o| at(o).without("instmntMon"), "9029", "field/missing"),
        ("06 with a strange lender", Both, |o| at(o).with("mitraCd", "OVOE"), "9108", "mitraCd/unknown"),
        ("00 with 25 months", Both, |o| o.with("instmntMon", "25"), "9029", "instmntMon/range"),
        ("00 with instmntType 3", Both, |o| o.with("instmntType", "3"), "9118", "instmntType/unknown"),
        (
            "Akulaku without sellers",
            Both,
            |o| at(o).with("mitraCd", "AKLP").without("sellers"),
            "8003",
            "field/missing",
        ),
        ("no sellers", Strict, |o| o.without("sellers"), "8003", "field/missing"),
        ("no userIP", Strict, |o| o.without("userIP"), "9024", "field/missing"),
        ("no billingPhone", Strict, |o| o.without("billingPhone"), "9017", "field/missing"),
        ("no goodsNm", Both, |o| o.without("goodsNm"), "9015", "field/missing"),
        ("no amt", Both, |o| o.with("amt", ""), "9007", "field/missing"),
        ("amt with decimals", Both, |o| o.with("amt", "25145.00"), "9008", "amt/format"),
        ("amt zero", Both, |o| o.with("amt", "0"), "9115", "amt/zero"),
        ("dollars", Both, |o| o.with("currency", "USD"), "9013", "currency/unknown"),
        ("a cart worth less", Both, |o| o.with("amt", "25146"), "9907", "cartData/sum"),
        ("referenceNo too long", Both, |o| o.with("referenceNo", "r".repeat(41)), "9109", "referenceNo/length"),
        ("a timeStamp of a date", Strict, |o| o.with("timeStamp", "2026-01-01"), "9031", "timeStamp/format"),
        ("no timeStamp", Both, |o| o.with("timeStamp", ""), "9031", "field/missing"),
        ("a stranger", Both, |o| o.with("iMid", "NOBODY0000"), "9011", "iMid/unknown"),
        ("another signature", Both, |o| o.with("merchantToken", "0".repeat(64)), "9010", "merchantToken/unknown"),
        ("dbProcessUrl relative", Both, |o| o.with("dbProcessUrl", "/notify"), "8003", "dbProcessUrl/format"),
        ("tokenizeUser 3", Both, |o| o.with("tokenizeUser", "3"), "8003", "tokenizeUser/unknown"),
        ("a token for nobody", Both, |o| o.with("tokenizeUser", "1"), "8003", "clientUserKey/missing"),
        ("an unknown token", Both, |o| o.seamless("nobodys"), "9920", "userToken/unknown"),
    ];
    for (profile, till) in [("lenient", Till::new()), ("strict", Till::strict())] {
        for (i, (what, by, change, code, slug)) in rows.iter().enumerate() {
            let what = format!("{profile}: {what}");
            let answer = till.shop.checkout(&change(till.order(&format!("bad-{i}"))));
            assert_eq!(answer.status, 200, "{what}");
            if profile == "lenient" && *by != Both {
                assert_eq!(answer.result_cd(), "0000", "{what}: {:?}", answer.header("x-sim-diagnosis"));
                let note = answer.header("x-sim-note").and_then(|note| note.split(':').next());
                assert_eq!(note, Some(*slug), "{what}");
                continue;
            }
            let before = till.sim.http().get("/__sim/api/transactions?limit=10000").json();
            let why = answer.header("x-sim-diagnosis");
            assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), (*code, *slug), "{what}: {why:?}");
            let body = answer.json();
            let body = body.as_object().unwrap();
            assert_eq!(body.keys().collect::<Vec<_>>(), KEYS, "{what}");
            let filled: Vec<_> = body.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key).collect();
            assert_eq!(filled, ["resultCd", "resultMsg"], "{what}");
            let logged = till.sim.events("transaction.refused").pop().unwrap();
            assert_eq!(
                (&logged["endpoint"], &logged["resultCd"], logged["diagnosis"].as_str()),
                (&json!("checkout"), &json!(code), why),
                "{what}"
            );
            // The number is free, and nothing is remembered.
            let after = till.sim.http().get("/__sim/api/transactions?limit=10000").json();
            assert_eq!(before, after, "{what}");
            till.take(&till.order(&format!("bad-{i}")));
        }
    }
}

#[test]
fn a_number_is_used_once_whichever_way_it_comes() {
    let till = Till::new();
    let direct = till.shop.register(&till.shop.order("one", 25_145));
    assert_eq!(direct.result_cd(), "0000");
    let twice = till.shop.checkout(&till.order("one"));
    assert_eq!((twice.result_cd().as_str(), twice.diagnosis()), ("9009", "referenceNo/duplicate"));
    till.take(&till.order("two"));
    let twice = till.shop.register(&till.shop.order("two", 25_145));
    assert_eq!((twice.result_cd().as_str(), twice.diagnosis()), ("9009", "referenceNo/duplicate"));
}

#[test]
fn a_body_that_is_no_json_is_9001_and_another_content_type_is_a_note() {
    for (till, strict) in [(Till::new(), false), (Till::strict(), true)] {
        let http = till.sim.http();
        let words = http.send("POST", REGISTRATION, &[("content-type", "application/json")], "hello");
        assert_eq!((words.result_cd().as_str(), words.diagnosis()), ("9001", "body/not-json"));
        assert_eq!(words.json().as_object().unwrap().keys().collect::<Vec<_>>(), KEYS);
        let body = till.shop.body(&till.order("plain")).to_string();
        let plain = http.send("POST", REGISTRATION, &[("content-type", "text/plain")], body);
        if strict {
            assert_eq!((plain.result_cd().as_str(), plain.diagnosis()), ("9001", "body/content-type"));
        } else {
            assert_eq!(plain.result_cd(), "0000");
            assert!(plain.header("x-sim-note").is_some_and(|note| note.starts_with("body/content-type: ")));
        }
    }
}

#[test]
fn what_a_checkout_leaves_out_is_one_month_at_the_customers_charge() {
    let till = Till::new();
    let order = till.order("defaults");
    let registered = till.take(&order);
    let answer = till.shop.inquire(&order, &registered).json();
    assert_eq!((&answer["instmntMon"], &answer["instmntType"]), (&json!("1"), &json!("1")));
    let order = till.order("said").with("instmntMon", "06").with("instmntType", "2");
    let registered = till.take(&order);
    let answer = till.shop.inquire(&order, &registered).json();
    assert_eq!((&answer["instmntMon"], &answer["instmntType"]), (&json!("6"), &json!("2")));
}

#[test]
fn lenders_that_are_switched_off_are_9108() {
    let till = Till::new();
    till.put_partners(&["AKLP"]);
    let refused = |order: Order, slug: &str| {
        let answer = till.shop.checkout(&order);
        assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9108", slug), "{}", answer.body);
    };
    refused(till.order_at("off", "KDVI"), "mitraCd/inactive");
    refused(till.order("off").with("mitraCd", "IDNA"), "mitraCd/inactive");
    refused(till.order("off").tokenize("customer-7"), "mitraCd/inactive");
    till.take(&till.order("on"));
    till.take(&till.order_at("on-too", "AKLP"));
    till.put_partners(&[]);
    refused(till.order("off"), "mitraCd/inactive");
    assert_eq!(till.sim.events("transaction.registered").len(), 2);
}

#[test]
fn a_lender_that_is_chosen_in_advance_does_not_shorten_the_order() {
    let till = Till::new();
    let day = json!("2026-01-01T17:00:00Z");
    let chosen = till.take(&till.order("chosen").with("mitraCd", "AKLP"));
    assert_eq!(till.shown(&chosen)["expiresAt"], day, "the customer may choose another");
    let named = till.take(&till.order_at("named", "AKLP"));
    assert_eq!(till.shown(&named)["expiresAt"], "2025-12-31T19:00:00Z", "the lender is fixed");
}
