//! The settings for what no public document says (`docs/PROTOCOL.md` §7), each against its default.

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use serde_json::{Value, json};

const CALLBACK: &str = "http://shop.test/thanks?order_id=1";

fn with(settings: &str) -> Simulator {
    Simulator::builder().settings(settings).start()
}

/// Registers an order of 25,145.
fn take(shop: &Shop, reference_no: &str) -> (Order, Reply) {
    let order = shop.order(reference_no, 25_145);
    let registered = shop.register(&order);
    assert_eq!(registered.result_cd(), "0000");
    (order, registered)
}

/// The inquiry's status and its word.
fn inquired(shop: &Shop, order: &Order, registered: &Reply) -> (String, String) {
    let answer = shop.inquire(order, registered).json();
    assert_eq!(answer["resultCd"], "0000");
    let text = |key: &str| answer[key].as_str().unwrap().to_owned();
    (text("status"), text("resultMsg"))
}

fn shown(sim: &Simulator, registered: &Reply) -> Value {
    sim.http().get(&format!("/__sim/api/transactions/{}", registered.t_xid())).json()
}

#[test]
fn request_url_fills_the_answer_of_a_registration() {
    for (settings, expected) in [
        ("", None),
        ("request-url = false", None),
        ("request-url = true", Some("")),
        ("request-url = true\npublic-url = 'https://pay.example'", Some("https://pay.example")),
    ] {
        let sim = with(settings);
        let shop = sim.shop();
        let default = Simulator::start();
        let plain = default.shop().register(&default.shop().order("url", 25_145)).json();
        let (order, registered) = take(&shop, "url");
        let answer = registered.json();
        let base = expected.map(|base| if base.is_empty() { sim.url() } else { base });
        let expected = base.map(|base| format!("{base}/nicepay/direct/v2/payment"));
        assert_eq!(answer["requestURL"], json!(expected), "{settings:?}");
        // Nothing else is different, and the payment is opened as ever.
        let others = |answer: &Value| {
            let all = answer.as_object().unwrap().iter();
            all.map(|(k, v)| (k.clone(), if k == "requestURL" { Value::Null } else { v.clone() })).collect::<Vec<_>>()
        };
        assert_eq!(others(&answer), others(&plain), "{settings:?}");
        if let Some(address) = answer["requestURL"].as_str().filter(|_| !settings.contains("public-url")) {
            let fields = shop.payment_fields(&order, &registered, CALLBACK);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let opened = sim.buyer().post(address, &fields);
            let sign_in = format!("{}/kredivo/v2/signin?tk=", sim.url());
            assert!(opened.location().starts_with(&sign_in), "{}", opened.location());
        }
        // A refusal says nothing of it.
        let refused = shop.register(&shop.order("url", 25_145));
        assert_eq!((refused.result_cd().as_str(), &refused.json()["requestURL"]), ("9009", &Value::Null));
    }
}

#[test]
fn empty_fields_are_empty_or_left_out() {
    const FULL: [&str; 22] = [
        "tXid",
        "merchantToken",
        "referenceNo",
        "payMethod",
        "amt",
        "transDt",
        "transTm",
        "currency",
        "goodsNm",
        "billingNm",
        "matchCl",
        "status",
        "mitraCd",
        "instmntMon",
        "instmntType",
        "payNo",
        "payValidDt",
        "payValidTm",
        "receiptCode",
        "mRefNo",
        "depositDt",
        "depositTm",
    ];
    const EMPTY: [&str; 6] = ["matchCl", "payNo", "payValidDt", "payValidTm", "receiptCode", "mRefNo"];
    let tokens = ["tokenizeUser", "clientUserKey", "userToken"];
    for (settings, omitted) in [("", false), ("empty-fields = 'empty'", false), ("empty-fields = 'omit'", true)] {
        for (act, status, more) in [("pay", "0", &tokens[..]), ("reject", "8", &tokens[..2])] {
            let sim = with(settings);
            let (shop, receiver) = (sim.shop(), sim.receiver());
            let order = shop.order("empty", 25_145).tokenize("customer-7").notify(receiver.url());
            let registered = shop.register(&order);
            let url = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
            assert_eq!(sim.http().post_json(&url, &json!({ "do": act })).status, 200);
            sim.advance("2s");
            let notification = receiver.only();
            let unpaid = act == "reject";
            let left_out = |name: &&str| {
                omitted && (EMPTY.contains(name) || (unpaid && ["depositDt", "depositTm"].contains(name)))
            };
            let expected: Vec<_> = FULL.iter().filter(|name| !left_out(name)).chain(more).copied().collect();
            let fields = notification.fields();
            assert_eq!(
                fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
                expected,
                "{settings:?} {act}"
            );
            assert_eq!(fields.iter().any(|(_, value)| value.is_empty()), !omitted, "{settings:?} {act}");
            assert_eq!(notification.field("status"), status);
            let signed = shop.sign(&["PAYLOANTES", &registered.t_xid(), "25145"]);
            assert_eq!(notification.field("merchantToken"), signed, "{settings:?}: the token is as ever");
        }
    }
}

#[test]
fn the_status_of_an_expired_order_is_what_is_set() {
    for (settings, status, word) in [
        ("", "8", "fail"),
        ("expired-status = '8'", "8", "fail"),
        ("expired-status = '9'", "9", "init"),
        ("expired-status = '4'", "4", "expired"),
    ] {
        let sim = with(settings);
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let order = shop.order("late", 25_145).notify(receiver.url());
        let registered = shop.register(&order);
        let (rejected, rejected_registered) = take(&shop, "rejected");
        let url = format!("/__sim/api/transactions/{}/buyer", rejected_registered.t_xid());
        assert_eq!(sim.http().post_json(&url, &json!({ "do": "reject" })).status, 200);
        sim.advance("23h59m59s");
        assert_eq!(inquired(&shop, &order, &registered), ("9".into(), "init".into()), "{settings:?}");
        sim.advance("1s");
        assert_eq!(inquired(&shop, &order, &registered), (status.into(), word.into()), "{settings:?}");
        let shown = shown(&sim, &registered);
        assert_eq!((&shown["stage"], &shown["status"]), (&json!("expired"), &json!(status)), "{settings:?}");
        // Whatever the digit, it cannot be paid any more, and nobody is told.
        let opened = sim.http().get(&shop.payment_url(&order, &registered, CALLBACK));
        assert!(opened.location().starts_with(&format!("{CALLBACK}&resultCd=9129&")), "{}", opened.location());
        sim.advance("1h");
        assert!(receiver.received().is_empty(), "{settings:?}");
        // What was rejected has failed under every setting.
        assert_eq!(inquired(&shop, &rejected, &rejected_registered), ("8".into(), "fail".into()), "{settings:?}");
        let found = sim.http().get(&format!("/__sim/api/transactions?status={status}")).json();
        let found: Vec<_> = found.as_array().unwrap().iter().map(|t| t["tXid"].clone()).collect();
        assert!(found.contains(&json!(registered.t_xid())), "{settings:?}: {found:?}");
    }
}

#[test]
fn an_order_whose_customer_went_away_waits_or_has_failed() {
    for (settings, status, word) in
        [("", "9", "init"), ("abandoned-status = '9'", "9", "init"), ("abandoned-status = '8'", "8", "fail")]
    {
        let sim = with(settings);
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let order = shop.order("away", 25_145).notify(receiver.url());
        let registered = shop.register(&order);
        let url = shop.payment_url(&order, &registered, CALLBACK);
        let mut buyer = sim.buyer();
        let tk = buyer.open(&url);
        buyer.post(&format!("/kredivo/v2/cancel?tk={tk}"), &[]);
        assert!(buyer.return_to_shop(&tk).starts_with(&format!("{CALLBACK}&resultCd=9030&")));
        assert_eq!(inquired(&shop, &order, &registered), (status.into(), word.into()), "{settings:?}");
        assert_eq!(shown(&sim, &registered)["status"], status, "{settings:?}");
        sim.advance("1h");
        assert!(receiver.received().is_empty(), "{settings:?}: nobody is told");
        // It can be paid all the same.
        let back = buyer.pay(&url);
        assert!(back.starts_with(&format!("{CALLBACK}&resultCd=0000&")), "{settings:?}: {back}");
        assert_eq!(inquired(&shop, &order, &registered), ("0".into(), "paid".into()), "{settings:?}");
    }
}

#[test]
fn an_inquiry_with_another_amt_is_refused_or_answered() {
    for (settings, ignored) in [("", false), ("inquiry-amt = 'match'", false), ("inquiry-amt = 'ignore'", true)] {
        let sim = with(settings);
        let shop = sim.shop();
        let (order, registered) = take(&shop, "amt");
        let right = shop.inquire(&order, &registered);
        assert_eq!(right.result_cd(), "0000");
        for amt in ["25146", "1", "999999999999"] {
            let answer = shop.inquire(&order.clone().with("amt", amt), &registered);
            let what = format!("{settings:?} {amt}");
            if ignored {
                assert_eq!(answer.body, right.body, "{what}: the registered amount");
                assert_eq!(answer.json()["amt"], "25145", "{what}");
            } else {
                assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9528", "amt/mismatch"), "{what}");
            }
        }
        // Everything else is checked under both settings.
        let other = |order: Order, code: &str, slug: &str| {
            let answer = shop.inquire(&order, &registered);
            assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), (code, slug), "{settings:?}");
        };
        other(order.clone().with("amt", "25145.00"), "9008", "amt/format");
        other(order.clone().with("amt", ""), "9007", "field/missing");
        other(order.clone().with("referenceNo", "another"), "9528", "referenceNo/mismatch");
        // Zeros before it are the same amount.
        let padded = shop.inquire(&order.clone().with("amt", "000000025145"), &registered);
        assert_eq!(padded.result_cd(), "0000", "{settings:?}");
    }
}

/// The keys of a response in their order, and whether all from `first_newer` on are null.
fn keys(answer: &Reply, first_newer: usize) -> (Vec<String>, bool) {
    let answer = answer.json();
    let all = answer.as_object().unwrap();
    (all.keys().cloned().collect(), all.values().skip(first_newer).all(Value::is_null))
}

#[test]
fn an_inquiry_has_the_documented_keys_and_as_many_newer_ones_as_are_set() {
    const NEWER: [&str; 7] =
        ["paymentExpDt", "paymentExpTm", "paymentTrxSn", "cancelTrxSn", "userId", "shopId", "authNo"];
    for (settings, count) in
        [("", 46), ("inquiry-keys = '40'", 40), ("inquiry-keys = '46'", 46), ("inquiry-keys = '47'", 47)]
    {
        let sim = with(settings);
        let shop = sim.shop();
        let (order, registered) = take(&shop, "keys");
        let refused = shop.inquire(&order.clone().with("amt", "1"), &registered);
        assert_eq!(refused.result_cd(), "9528", "{settings:?}");
        for answer in [shop.inquire(&order, &registered), refused] {
            let (keys, newer_are_null) = keys(&answer, 40);
            assert_eq!((keys.len(), keys[39].as_str()), (count, "depositTm"), "{settings:?}");
            assert_eq!(keys[40..], NEWER[..count - 40], "{settings:?}");
            assert!(newer_are_null, "{settings:?}: {}", answer.body);
        }
    }
}

#[test]
fn a_cancel_has_the_documented_keys_or_also_newer_ones() {
    const NEWER: [&str; 3] = ["cancelTxId", "cancelTrxSn", "cancelReferenceNo"];
    for (settings, count) in [("", 8), ("cancel-keys = '8'", 8), ("cancel-keys = '11'", 11)] {
        let sim = with(settings);
        let shop = sim.shop();
        let (_, registered) = take(&shop, "keys");
        let refused = shop.cancel(&registered, "1", "25145");
        assert_eq!(refused.result_cd(), "9528", "{settings:?}");
        let url = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
        assert_eq!(sim.http().post_json(&url, &json!({ "do": "pay" })).status, 200);
        let cancelled = shop.cancel(&registered, "1", "25145");
        assert_eq!(cancelled.result_cd(), "0000", "{settings:?}");
        for answer in [cancelled, refused] {
            let (keys, newer_are_null) = keys(&answer, 8);
            assert_eq!((keys.len(), keys[7].as_str()), (count, "amt"), "{settings:?}");
            assert_eq!(keys[8..], NEWER[..count - 8], "{settings:?}");
            assert!(newer_are_null, "{settings:?}: {}", answer.body);
        }
    }
}
