//! Requests that are refused for more than a field: a lender that is off, bodies, tokens, the order of the checks;
//! and the limit beyond which the oldest goes.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{API, BINDING, PHONE, WAY_BACK, Walk, both, full, refused, signed, to, with};

#[test]
fn a_lender_that_is_switched_off() {
    let sim = Simulator::start();
    sim.http().put_json(&format!("{API}/merchants/PAYLOANTES"), &json!({ "partners": ["AKLP"] }));
    let shop = sim.shop();
    let answer = shop.bind(shop.binding("bind-1", PHONE));
    refused(&sim, "KDVI", &answer, "9108", "mitraCd/inactive");
    let answer = shop.bind(with(shop.binding("bind-1", PHONE), "mitraCd", "IDNA"));
    refused(&sim, "IDNA", &answer, "9108", "mitraCd/inactive");
    let answer = shop.bind(with(shop.binding("bind-1", PHONE), "mitraCd", "AKLP"));
    refused(&sim, "AKLP", &answer, "8003", "mitraCd/no-tokens");
}

#[test]
fn beyond_the_limit_the_oldest_goes() {
    let sim = Simulator::builder().settings("max-transactions = 2").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let numbers = || {
        let all = sim.http().get(&format!("{API}/bindings")).json();
        all.as_array().unwrap().iter().map(|one| one["referenceNo"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut first = Walk::begin(&sim, to(&receiver, "bind-1", &shop));
    let mut second = Walk::begin(&sim, to(&receiver, "bind-2", &shop));
    let third = Walk::begin(&sim, to(&receiver, "bind-3", &shop));
    assert_eq!(numbers(), ["bind-2", "bind-3"]);
    assert_eq!((first.get("signin").status, first.back().status, second.get("signin").status), (404, 404, 200));
    let third = third.link("081291891818", "414141");
    assert_eq!(shop.register(&shop.order("order", 10_000)).result_cd(), "0000", "orders have their own room");
    sim.advance("24h");
    assert_eq!(receiver.only().field("userToken"), third.token());
    let ended: Vec<_> = sim.events("binding.failed").iter().map(|event| event["referenceNo"].clone()).collect();
    assert_eq!(ended, ["bind-2"], "nothing more happens to the one that is gone");
}

#[test]
fn bodies_that_are_no_request() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let good = signed(&shop, full(&shop)).to_string();
    let json = &[("content-type", "application/json")];
    let mut deep = full(&shop);
    deep["x"] = (0..70).fold(json!(1), |inner, _| json!([inner]));
    for (body, slug) in [
        (Vec::new(), "body/empty"),
        (b"hello".to_vec(), "body/not-json"),
        (good.as_bytes()[..good.len() / 2].to_vec(), "body/truncated"),
        (b"[]".to_vec(), "body/not-an-object"),
        (b"{\"iMid\":\"\xff\"}".to_vec(), "body/not-utf-8"),
        (br#"{"iMid":"a","iMid":"b"}"#.to_vec(), "body/duplicate-key"),
        (deep.to_string().into_bytes(), "body/too-deep"),
        (b"iMid=PAYLOANTES&referenceNo=x".to_vec(), "body/content-type"),
    ] {
        let answer = sim.http().send("POST", BINDING, json, body);
        refused(&sim, slug, &answer, "9001", slug);
    }
    let form = sim.http().send("POST", BINDING, &[("content-type", "text/plain")], good.clone());
    assert_eq!(form.result_cd(), "0000");
    assert!(form.header("x-sim-note").unwrap().starts_with("body/content-type"));
    let strict = Simulator::builder().profile("strict").start();
    let form = strict.http().send("POST", BINDING, &[("content-type", "text/plain")], good);
    refused(&strict, "content type", &form, "9001", "body/content-type");
}

#[test]
fn wrong_tokens_are_explained() {
    let (ts, mid, reference) = ("20260101120000", "PAYLOANTES", "bind-1");
    for (profile, sim) in both() {
        sim.new_shop("ALPHA00001", "another-key");
        let (shop, other) = (sim.shop(), sim.new_shop("ALPHA00001", "another-key"));
        let good = shop.sign(&[mid, reference, PHONE]);
        for (token, slug) in [
            (shop.sign(&[reference, PHONE]), "merchantToken/missing-iMid"),
            (shop.sign(&[mid, PHONE]), "merchantToken/missing-referenceNo"),
            (shop.sign(&[mid, reference]), "merchantToken/missing-field"),
            (shop.sign(&[reference, mid, PHONE]), "merchantToken/field-order"),
            (shop.sign(&[mid, PHONE, reference]), "merchantToken/field-order"),
            (shop.sign(&[mid, "BIND-1", PHONE]), "merchantToken/referenceNo-differs"),
            (shop.sign(&[ts, mid, reference]), "merchantToken/other-recipe"),
            (other.sign(&[mid, reference, PHONE]), "merchantToken/other-key"),
            (shop.sign(&[mid, "|", reference, "|", PHONE, "|"]), "merchantToken/separator"),
            (shop.sign(&[mid, reference, "081291891818"]), "merchantToken/billingPhone-differs"),
            (good[..32].to_owned(), "merchantToken/other-hash"),
            (format!("{good}\n"), "merchantToken/blank"),
            ("nonsense".to_owned(), "merchantToken/length"),
        ] {
            let answer = sim.http().post_json(BINDING, &with(full(&shop), "merchantToken", token));
            refused(&sim, &format!("{profile}: {slug}"), &answer, "9010", slug);
        }
        // A-15: with a timeStamp before it.
        let stamped = shop.sign(&[ts, mid, reference, PHONE]);
        let answer = sim.http().post_json(BINDING, &with(full(&shop), "merchantToken", stamped));
        if profile == "strict" {
            refused(&sim, "A-15", &answer, "9010", "merchantToken/with-timeStamp");
        } else {
            assert_eq!(answer.result_cd(), "0000");
            assert!(answer.header("x-sim-note").unwrap().starts_with("merchantToken/with-timeStamp: "));
        }
        let upper = with(full(&shop), "merchantToken", good.to_uppercase());
        assert_eq!(sim.http().post_json(BINDING, &upper).result_cd(), "0000", "either case counts");
    }
}

#[test]
fn the_checks_come_in_their_order() {
    let sim = Simulator::builder().profile("strict").start();
    let shop = sim.shop();
    // Each repair uncovers the next fault.
    let mut body = json!({
        "iMid": "NOBODY0000", "billingEmail": "e".repeat(41), "userIP": "1\n", "callBackUrl": "nowhere",
    });
    let repairs: [(&str, Value, &str, &str); 15] = [
        ("", Value::Null, "9011", "iMid/unknown"),
        ("iMid", "PAYLOANTES".into(), "9010", "merchantToken/missing"),
        ("merchantToken", Value::Null, "9031", "field/missing"),
        ("timeStamp", "20260101120000".into(), "9014", "field/missing"),
        ("referenceNo", "r".repeat(41).into(), "9012", "field/missing"),
        ("payMethod", "01".into(), "8003", "field/missing"),
        ("mitraCd", "AKLP".into(), "9016", "field/missing"),
        ("billingNm", "Jhon".into(), "9017", "field/missing"),
        ("billingPhone", "nobody".into(), "9020", "field/missing"),
        ("dbProcessUrl", "http://127.0.0.1:9/".into(), "9109", "referenceNo/length"),
        ("referenceNo", "bind-1".into(), "8003", "field/length"),
        ("billingEmail", "a@b.c".into(), "8003", "field/control-character"),
        ("userIP", "127.0.0.1".into(), "8003", "billingPhone/format"),
        ("billingPhone", PHONE.into(), "8003", "callBackUrl/format"),
        ("callBackUrl", WAY_BACK.into(), "9108", "payMethod/inactive"),
    ];
    let mut sign = false;
    for (field, value, code, slug) in repairs {
        if field == "merchantToken" {
            sign = true;
        } else if !field.is_empty() {
            body[field] = value;
        }
        let sent = if sign { signed(&shop, body.clone()) } else { body.clone() };
        refused(&sim, field, &sim.http().post_json(BINDING, &sent), code, slug);
    }
    body["payMethod"] = "06".into();
    refused(
        &sim,
        "payMethod",
        &sim.http().post_json(BINDING, &signed(&shop, body.clone())),
        "8003",
        "mitraCd/no-tokens",
    );
    body["mitraCd"] = "KDVI".into();
    assert_eq!(sim.http().post_json(BINDING, &signed(&shop, body)).result_cd(), "0000");
}
