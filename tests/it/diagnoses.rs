//! What is said beside an answer: it names what is wrong, and shows nobody's key.

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::json;

const API: &str = "/__sim/api";
const WAY_BACK: &str = "http://shop.test/thanks";

fn why(reply: &Reply) -> &str {
    reply.header("x-sim-diagnosis").unwrap_or_default()
}

#[track_caller]
fn refused(reply: &Reply, code: &str, slug: &str, words: &str) {
    assert_eq!((reply.result_cd().as_str(), reply.diagnosis()), (code, slug), "{}", why(reply));
    assert!(why(reply).contains(words), "{}", why(reply));
}

/// Values are cut before they are shown, and a key that was pasted into a field is cut with them.
#[test]
fn a_key_in_a_wrong_place_is_shown_nowhere_not_even_cut() {
    let sim = Simulator::start();
    let key = "ab/cd+ef/gh.ij-kl/mn+op.qr-st/uv+wx.yz-AB/CD+EF/GH.IJ-KL/MN+OP.QR-ST/UV+WX.YZ-01/23+45/67";
    let shop = sim.new_shop("KEYS000001", key);
    let register = |field: &str| {
        shop.register(&shop.order("order", 25_145).with("tokenizeUser", "2").with("userToken", "x").with(field, key))
    };
    let answers = ["userToken", "mitraCd", "currency", "amt", "payMethod"].map(register);
    for answer in &answers {
        assert_ne!(answer.result_cd(), "0000");
        assert!(!why(answer).contains("ab/cd+ef"), "{}", why(answer));
    }
    // What is noted of an accepted order is masked, too.
    shop.set_scenario("seamless-falls-back-to-login");
    let noted = register("userToken");
    assert_eq!(noted.result_cd(), "0000");
    let note = noted.header("x-sim-note").unwrap();
    assert!(note.starts_with("userToken/unknown: ") && note.contains("***") && !note.contains("ab/cd+ef"), "{note}");
    // A part of a key is masked wherever it stands, and what it stands in stays JSON.
    shop.register(&shop.order("part", 25_145).with("goodsNm", format!("{} \"x\"", &key[..60])));
    let log = sim.http().get(&format!("{API}/events?iMid=KEYS000001&limit=1000"));
    assert!(log.json().as_array().unwrap().len() > answers.len());
    assert!(!log.body.contains("ab/cd+ef") && !log.body.contains("ab\\/cd+ef"), "{}", log.body);
}

#[test]
fn an_amount_with_leading_zeros_is_noted() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145).with("amt", "000025145");
    let registered = shop.register(&order);
    assert_eq!((registered.result_cd().as_str(), &registered.json()["amt"]), ("0000", &json!("000025145")));
    assert!(registered.header("x-sim-note").unwrap().starts_with("amt/leading-zeros: "));
    let plain = shop.order("order", 25_145);
    assert_eq!(shop.status(&plain, &registered), "9", "it is 25145 from there on");
}

#[test]
fn an_end_of_time_that_makes_no_sense_is_noted() {
    let sim = Simulator::start();
    let shop = sim.shop();
    // A manual clock starts at midnight of 1 January 2026 in Jakarta.
    let rows = [
        ("20260102", "120000", "", "2026-01-02T05:00:00Z"),
        ("99991231", "235959", "", "9999-12-30T22:00:00.999999999Z"),
        ("20250101", "000000", "payValidDt/past: ", "2024-12-31T17:00:00Z"),
        ("2026010", "1235959", "payValidDt/format: ", "2026-01-01T17:00:00Z"),
        ("202601", "02120000", "payValidDt/format: ", "2026-01-01T17:00:00Z"),
        ("20260102", "", "payValidDt/format: ", "2026-01-01T17:00:00Z"),
        ("", "120000", "payValidDt/format: ", "2026-01-01T17:00:00Z"),
    ];
    for (n, (day, time, note, expires)) in rows.into_iter().enumerate() {
        let order = shop.order(&format!("order-{n}"), 25_145).with("payValidDt", day).with("payValidTm", time);
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{day} {time}");
        let notes = registered.headers.iter().filter(|(name, _)| name == "x-sim-note");
        // A header line for each thing that is noted.
        let ours: Vec<_> = notes.filter(|(_, said)| said.starts_with("payValidDt/")).collect();
        assert_eq!(ours.len(), usize::from(!note.is_empty()), "{day} {time}");
        assert!(ours.iter().all(|(_, said)| said.starts_with(note)), "{day} {time}");
        let shown = sim.http().get(&format!("{API}/transactions/{}", registered.t_xid())).json();
        assert_eq!(shown["expiresAt"], expires, "{day} {time}");
    }
}

#[test]
fn the_fields_of_a_receipt_in_the_usual_order_are_told_so() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145).with("mitraCd", "AKLP");
    let t_xid = shop.register(&order).t_xid();
    let (ts, i_mid) = ("20260101120000", shop.i_mid());
    let body = json!({
        "timeStamp": ts, "tXid": t_xid, "iMid": i_mid, "merchantToken": shop.sign(&[ts, i_mid, &t_xid]),
    });
    let answer = sim.http().post_json("/nicepay/direct/v2/confirmAkulaku", &body);
    refused(&answer, "9010", "merchantToken/field-order", "in the order timeStamp+iMid+tXid");
}

#[test]
fn a_binding_that_is_signed_over_another_form_of_the_phone_is_told_so() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for form in ["081291891818", "6281291891818", "+6281291891818", "81291891818", "%2B62-81291891818"] {
        let mut body = shop.binding("bind-1", "+62-81291891818");
        body["iMid"] = shop.i_mid().into();
        body["timeStamp"] = "20260101120000".into();
        body["merchantToken"] = shop.sign(&[shop.i_mid(), "bind-1", form]).into();
        let answer = sim.http().post_json("/nicepay/v2/userAccountBinding", &body);
        refused(&answer, "9010", "merchantToken/billingPhone-differs", form);
    }
}

#[test]
fn a_token_in_other_letters_is_told_so() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let token = "e0478456-6b50-460c-85e0-627a1e22d2e0";
    for form in [token.to_uppercase(), token.replace('-', "")] {
        let body = json!({
            "timeStamp": "20260101120000", "userToken": token, "iMid": shop.i_mid(),
            "merchantToken": shop.sign(&[shop.i_mid(), &form]),
        });
        let answer = sim.http().post_json("/nicepay/direct/v2/user-details", &body);
        refused(&answer, "9010", "merchantToken/userToken-differs", &form);
    }
}

#[test]
fn a_body_of_another_kind_is_told_so_before_its_fields_are_missed() {
    let sim = Simulator::start();
    let multipart = [("content-type", "multipart/form-data; boundary=x")];
    let part = "--x\r\ncontent-disposition: form-data; name=\"iMid\"\r\n\r\nPAYLOANTES\r\n--x--\r\n";
    for path in ["/nicepay/direct/v2/confirmAkulaku", "/nicepay/direct/v2/payment"] {
        let answer = sim.http().send("POST", path, &multipart, part);
        refused(&answer, "9001", "body/content-type", "multipart/form-data");
    }
    let answer = sim.http().post_json("/nicepay/direct/v2/payment", &json!({ "tXid": "x" }));
    refused(
        &answer,
        "9001",
        "body/content-type",
        "JSON; it must be application/x-www-form-urlencoded (docs/PROTOCOL.md section 2.2)",
    );
}

/// Every endpoint that takes JSON says which field a wrong name means, whether the token covers it or not.
#[test]
fn a_wrong_field_name_is_told_at_every_endpoint() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for endpoint in [
        "/nicepay/direct/v2/registration",
        "/nicepay/redirect/v2/registration",
        "/nicepay/direct/v2/inquiry",
        "/nicepay/direct/v2/cancel",
        "/nicepay/v2/userAccountBinding",
        "/nicepay/direct/v2/remove-token",
        "/nicepay/direct/v2/user-details",
        "/nicepay/direct/v2/confirmAkulaku",
    ] {
        let answer = sim.http().post_json(endpoint, &json!({ "imid": shop.i_mid(), "timeStamp": "20260101120000" }));
        let says = "iMid is missing: you sent \"imid\", but the field is called \"iMid\"";
        assert!(why(&answer).contains(says), "{endpoint}: {}", why(&answer));
        let answer = sim.http().post_json(endpoint, &json!({ "iMid": shop.i_mid(), "timestamp": "20260101120000" }));
        assert!(why(&answer).contains("missing"), "{endpoint}: {}", why(&answer));
    }
}

#[test]
fn usual_wrong_names_are_told_where_the_field_is_required() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    for (name, sent, code, slug) in [
        ("timeStamp", "timestamp", "9031", "field/missing"),
        ("referenceNo", "refNo", "9014", "field/missing"),
        ("referenceNo", "referenceno", "9014", "field/missing"),
        ("amt", "amount", "9007", "field/missing"),
        ("dbProcessUrl", "dbProcessURL", "9020", "field/missing"),
        ("goodsNm", "goodsName", "9015", "field/missing"),
        ("billingPostCd", "billingPostcode", "9027", "field/missing"),
        ("instmntMon", "installmentMon", "9029", "field/missing"),
    ] {
        let value = shop.body(&order)[name].clone();
        let answer = shop.register(&order.clone().without(name).with(sent, value));
        assert_eq!(answer.diagnosis(), slug, "{name}: {}", why(&answer));
        assert_eq!(answer.result_cd(), code, "{name}: {}", why(&answer));
        let says = format!("{name} is missing: you sent \"{sent}\", but the field is called \"{name}\"");
        assert!(why(&answer).contains(&says), "{name}: {}", why(&answer));
    }
    // An inquiry and a cancel refer to a tXid.
    let registered = shop.register(&order);
    for path in ["/nicepay/direct/v2/inquiry", "/nicepay/direct/v2/cancel"] {
        let body = json!({
            "timeStamp": "20260101120000", "iMid": shop.i_mid(), "TxId": registered.t_xid(), "referenceNo": "order",
            "amt": "25145", "payMethod": "06", "cancelType": "1", "merchantToken": "0".repeat(64),
        });
        let answer = sim.http().post_json(path, &body);
        assert!(
            why(&answer).contains("merchantToken/") || why(&answer).contains("\"TxId\""),
            "{path}: {}",
            why(&answer)
        );
    }
    let payment = shop.payment_url(&order, &registered, WAY_BACK).replace("timeStamp=", "timestamp=");
    let answer = sim.http().get(&payment);
    assert!(why(&answer).contains("you sent \"timestamp\""), "{}", why(&answer));
}

/// A field that may be left out is not refused, but its wrong name is noted.
#[test]
fn a_wrong_name_of_an_optional_field_is_noted() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let registered = shop.register(&shop.order("order", 25_145).with("payValidDate", "20260102"));
    assert_eq!(registered.result_cd(), "0000");
    let note = registered.header("x-sim-note").unwrap();
    let says = "field/name: you sent \"payValidDate\", but the field is called \"payValidDt\" [documented]";
    assert_eq!(note, says);
}

/// NICEPAY's Node client signs the fields of a registration at every endpoint, with `undefined` for those it lacks.
#[test]
fn a_token_over_a_variable_without_a_value_is_told_so() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let (ts, i_mid, token) = ("20260101120000", shop.i_mid(), "e0478456-6b50-460c-85e0-627a1e22d2e0");
    let body = json!({
        "timeStamp": ts, "iMid": i_mid, "userToken": token,
        "merchantToken": shop.sign(&[ts, i_mid, "undefined", "undefined"]),
    });
    let answer = sim.http().post_json("/nicepay/direct/v2/remove-token", &body);
    refused(&answer, "9010", "merchantToken/no-value", "timeStamp+iMid+\"undefined\"+\"undefined\"");
}

#[test]
fn a_token_that_cannot_be_explained_describes_the_key_and_does_not_print_it() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let answer = shop.register(&shop.order("order", 25_145).with("merchantToken", "0".repeat(64)));
    refused(&answer, "9010", "merchantToken/unknown", "ours has 88 characters and ends with `==`");
    assert!(!why(&answer).contains("33F49Gn"), "{}", why(&answer));
}

#[test]
fn a_path_that_was_not_written_to_its_end_is_completed() {
    let sim = Simulator::start();
    for (path, nearest) in [
        ("/nicepay/direct/v2/regist", "POST /nicepay/direct/v2/registration"),
        ("/nicepay/direct/v2/user", "POST /nicepay/direct/v2/user-details"),
        ("/nicepay/v2/userAccount", "POST /nicepay/v2/userAccountBinding"),
    ] {
        let answer = sim.http().post_json(path, &json!({}));
        assert_eq!(answer.status, 404);
        assert!(why(&answer).contains(nearest), "{path}: {}", why(&answer));
    }
}

#[test]
fn a_path_that_could_be_many_is_none_of_them() {
    let sim = Simulator::start();
    let answer = sim.http().post_json("/nicepay/", &json!({}));
    assert_eq!(answer.status, 404);
    assert!(why(&answer).ends_with("docs/reference/endpoints.md lists those that are"), "{}", why(&answer));
}

#[test]
fn a_checkout_at_the_direct_endpoint_is_told_where_it_belongs() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145).with("payMethod", "00").without("instmntType").without("mitraCd");
    refused(&shop.register(&order), "9118", "field/missing", "POST /nicepay/redirect/v2/registration");
    let whole = shop.order("order", 25_145).with("payMethod", "00");
    refused(&shop.register(&whole), "9108", "payMethod/inactive", "POST /nicepay/redirect/v2/registration");
}

#[test]
fn a_hosted_page_whose_time_is_up_says_so_whichever_way_it_is_asked() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let registered = shop.checkout(&shop.order("order", 25_145).with("callBackUrl", WAY_BACK));
    let t_xid = registered.t_xid();
    sim.advance("24h");
    let page = format!("/nicepay/redirect/v2/payment?tXid={t_xid}");
    let asked = [
        sim.http().get(&page),
        sim.http().post_form("/nicepay/redirect/v2/payment", &[("tXid", &t_xid), ("mitraCd", "KDVI")], &[]),
        sim.http().post_form("/nicepay/redirect/v2/payment/cancel", &[("tXid", &t_xid)], &[]),
    ];
    assert_eq!(asked.each_ref().map(|answer| answer.status), [302, 409, 409]);
    for answer in &asked {
        assert_eq!(answer.diagnosis(), "transaction/expired");
    }
    assert_eq!(sim.events("transaction.refused").len(), 3);
}

/// Only a browser that is sent somewhere has left the merchant's page again.
#[test]
fn a_refused_payment_does_not_undo_the_browsers_return() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    let url = shop.payment_url(&order, &registered, WAY_BACK);
    sim.buyer().pay(&url);
    sim.advance("2s");
    let again = sim.http().get(&format!("{url}&returnJsonFormat=1"));
    assert_eq!(again.json()["resultCd"], "9126");
    sim.notify(&registered.t_xid(), &json!({ "variant": "after-return" }));
    sim.drain();
    assert_eq!(receiver.received().len(), 2, "the browser has returned");
}

/// A parameter that is misspelt would otherwise change things for everybody.
#[test]
fn a_write_with_a_parameter_that_it_does_not_take_is_refused_and_changes_nothing() {
    let sim = Simulator::start();
    let rule = json!({ "id": "mine", "when": { "iMid": "PAYLOANTES" }, "then": { "outcome": "reject" } });
    sim.rule(&rule);
    let send = |verb: &str, path: &str, body: &str| {
        sim.http().send(verb, &format!("{API}{path}"), &[("content-type", "application/json")], body)
    };
    for (verb, path, body, takes) in [
        ("PUT", "/shoppers/081291891818?imid=PAYLOANTES", r#"{"state":"locked"}"#, "iMid"),
        ("PUT", "/shoppers/081291891818?phone=081513114262", r#"{"state":"locked"}"#, "iMid"),
        ("PUT", "/scenario?imid=PAYLOANTES", r#"{"name":"reject"}"#, "iMid"),
        ("DELETE", "/rules?imid=PAYLOANTES", "", "iMid, used"),
        ("POST", "/rules?iMid=PAYLOANTES", r#"{"then":{"outcome":"reject"}}"#, "none"),
    ] {
        let answer = send(verb, path, body);
        let problem = answer.json();
        assert_eq!(
            (answer.status, problem["type"].as_str()),
            (400, Some("urn:nicepay-sim:problem:parameter")),
            "{path}"
        );
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.ends_with(&format!("it takes {takes}")), "{detail}");
    }
    assert_eq!(sim.http().get(&format!("{API}/shoppers/081291891818")).json()["state"], "active");
    assert_eq!(sim.http().get(&format!("{API}/scenario")).json()["name"], "approve");
    let rules = sim.http().get(&format!("{API}/rules")).json();
    assert_eq!(rules.as_array().unwrap().len(), 1);
}

#[test]
fn a_wait_in_vain_says_that_the_clock_stands() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let wait = || sim.http().get(&format!("{API}/events/wait?type=transaction.approved&timeout=0")).json();
    assert!(wait()["detail"].as_str().unwrap().contains("nothing is due: move it with POST /clock/advance"));
    shop.register(&shop.order("order", 25_145).seamless("e0478456-6b50-460c-85e0-627a1e22d2e0"));
    let detail = wait()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("the clock is stopped at 2025-12-31T17:00:00Z"), "{detail}");
    assert!(detail.contains("the next work is due at 2025-12-31T17:00:01Z"), "{detail}");
}
