//! The merchant's back office cancels too, and is refused with a problem.

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

use super::{AMT, API, CANCEL, JSON, PHONE, Sale, ScenarioFile, signed};

#[test]
fn the_back_office_cancels_too() {
    let file = ScenarioFile::new("office", "busy = '9m'\nvoid-window = '1h'");
    let sim = file.start();
    let receiver = sim.receiver();
    let sale = Sale::of(&sim, &sim.shop(), sim.shop().order("office", AMT).notify(receiver.url()));
    sale.pay();
    let took = |body: Value, answer: Value| {
        let reply = sale.back_office(&body);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{}", reply.body);
        assert_eq!(reply.body, answer.to_string(), "{body}");
        let event = sale.cancels().pop().unwrap();
        assert_eq!(
            (&event["amt"], &event["cancelAmt"], &event["by"]),
            (&answer["amt"], &answer["cancelAmt"], &json!("control"))
        );
        assert_eq!(event["full"], answer["stage"] == "cancelled");
        event["kind"].as_str().unwrap().to_owned()
    };
    let part = |amt: &str, sum: &str| json!({ "stage": "approved", "status": "0", "amt": amt, "cancelAmt": sum });
    // It does not mind that the gateway is busy.
    assert_eq!(took(json!({ "amt": 145 }), part("145", "145")), "refund", "a part is no void");
    sale.refuses_cancel("too early for the merchant", "2", "1", "9302", "cancel/too-early");
    assert_eq!(took(json!({ "amt": "5000" }), part("5000", "5145")), "refund");
    assert_eq!(sale.shopper(PHONE)["owes"], "20000");
    sim.advance("2h");
    let all = json!({ "stage": "cancelled", "status": "2", "amt": "20000", "cancelAmt": "25145" });
    assert_eq!(took(json!({}), all), "refund");
    assert_eq!(sale.stands(), ("2".into(), "refund".into(), Some("25145".into())));
    assert_eq!(sale.shopper(PHONE)["owes"], "0");
    assert_eq!(sale.cancels().len(), 3);
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 1, "only the payment's notification");

    // No body, null and all of it are all of it.
    for (reference_no, body) in [("none", ""), ("null", r#"{"amt":null}"#), ("sum", r#"{"amt":25145}"#)] {
        let sale = Sale::paid(&sim, reference_no);
        let path = format!("{API}/transactions/{}/cancel", sale.t_xid());
        let reply = sim.http().send("POST", &path, &[JSON], body);
        let all = json!({ "stage": "cancelled", "status": "1", "amt": "25145", "cancelAmt": "25145" });
        assert_eq!(reply.body, all.to_string(), "{body:?}: a void");
    }
}

#[track_caller]
fn problem(reply: &Reply, status: u16, slug: &str) -> Value {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.body);
    let problem = reply.json();
    assert_eq!(problem["type"], format!("urn:nicepay-sim:problem:{slug}"), "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    problem
}

#[test]
fn how_the_back_office_is_refused() {
    let sim = Simulator::start();
    problem(&sim.http().post_json(&format!("{API}/transactions/NONE/cancel"), &json!({})), 404, "not-found");
    let sale = Sale::of(&sim, &sim.shop(), sim.shop().order("order", AMT));
    for (act, stage) in
        [("", "registered"), ("abandon", "abandoned"), ("review", "under-review"), ("reject", "declined")]
    {
        if !act.is_empty() && act != "reject" {
            sale.play(&json!({ "do": act }));
        } else if act == "reject" {
            let path = format!("{API}/transactions/{}/partner", sale.t_xid());
            assert_eq!(sim.http().post_json(&path, &json!({ "do": act })).status, 200);
        }
        let before = sale.state();
        for body in [json!({}), json!({ "amt": 1 })] {
            let problem = problem(&sale.back_office(&body), 409, "stage");
            assert_eq!(problem["stage"], stage);
            assert!(problem.get("resultCd").is_none(), "{problem}");
        }
        sale.is_still(&before, stage);
    }

    let sale = Sale::paid(&sim, "paid");
    let conflict = |body: &Value, code: &str| {
        let before = sale.state();
        let problem = problem(&sale.back_office(body), 409, "cancel");
        assert_eq!(problem["resultCd"], code, "{body}");
        sale.is_still(&before, &body.to_string());
    };
    conflict(&json!({ "amt": 25_146 }), "9319");
    conflict(&json!({ "amt": u64::MAX }), "9319");
    let before = sale.state();
    problem(&sale.back_office(&json!({ "amt": 0 })), 422, "bad-value");
    problem(&sale.back_office(&json!({ "amt": "0" })), 422, "bad-value");
    let nonsense = [
        r#"{"amt":-1}"#,
        r#"{"amt":1.5}"#,
        r#"{"amt":"x"}"#,
        r#"{"amt":""}"#,
        r#"{"amt":"-1"}"#,
        r#"{"amt":true}"#,
        r#"{"amt":[1]}"#,
        r#"{"amt":{}}"#,
        r#"{"amt":1e3}"#,
        r#"{"amt":18446744073709551616}"#,
        r#"{"amt":1,"amt":1}"#,
        r#"{"amount":1}"#,
        r#"{"amt":1,"why":"x"}"#,
        "{",
        "[]",
        "[1]",
        "1",
        "null",
        "\"x\"",
        "{}x",
        "\u{feff}{}",
    ];
    let path = format!("{API}/transactions/{}/cancel", sale.t_xid());
    for body in nonsense {
        let reply = sim.http().send("POST", &path, &[JSON], body);
        assert_eq!(reply.status, 400, "{body}: {}", reply.body);
        problem(&reply, 400, "bad-json");
    }
    let large = json!({ "amt": "1".repeat(300_000) }).to_string();
    problem(&sim.http().send("POST", &path, &[JSON], large), 413, "too-large");
    problem(&sim.http().send("POST", &path, &[("content-type", "text/plain")], "{}"), 415, "content-type");
    problem(&sim.http().send("POST", &path, &[JSON, ("origin", "http://evil.test")], "{}"), 403, "origin");
    for verb in ["GET", "PUT", "DELETE", "PATCH"] {
        let reply = sim.http().send(verb, &path, &[JSON], "{}");
        problem(&reply, 405, "verb");
        assert_eq!(reply.header("allow"), Some("POST"), "{verb}");
    }
    sale.is_still(&before, "one of these");

    assert_eq!(sale.back_office(&json!({ "amt": 145 })).status, 200);
    conflict(&json!({ "amt": 25_001 }), "9319");
    sim.advance("2160h");
    assert_eq!(sale.back_office(&json!({ "amt": 5_000 })).status, 200, "exactly 90 days");
    sim.advance("1ms");
    conflict(&json!({}), "9334");
    let done = Sale::paid(&sim, "done");
    assert_eq!(done.back_office(&json!({})).status, 200);
    for body in [json!({}), json!({ "amt": 1 })] {
        let before = done.state();
        assert_eq!(problem(&done.back_office(&body), 409, "cancel")["resultCd"], "9314");
        done.is_still(&before, "this");
    }
    done.refuses_cancel("twice", "1", "25145", "9314", "cancel/twice");
}

#[test]
fn merchant_and_back_office_share_one_order() {
    let sim = Simulator::start();
    let sale = Sale::paid(&sim, "shared");
    sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
    assert_eq!(sale.back_office(&json!({ "amt": 5_000 })).json()["cancelAmt"], "5145");
    sale.refuses_cancel("all", "1", "25145", "9320", "cancel/full-after-partial");
    sale.taken(&sale.cancel("2", "20000"), "20000", "25145", "refund");
    assert_eq!(problem(&sale.back_office(&json!({})), 409, "cancel")["resultCd"], "9314");
    let by: Vec<_> = sale.cancels().iter().map(|event| event["by"].as_str().unwrap().to_owned()).collect();
    assert_eq!(by, ["merchant", "control", "merchant"]);
}

#[test]
fn a_merchant_that_is_gone_still_gives_money_back_through_its_back_office() {
    let sim = Simulator::start();
    let shop = sim.new_shop("GONESHOP01", "gone-key");
    let sale = Sale::paid_at(&sim, &shop, "gone", AMT);
    let body = signed(&shop, sale.fields("1", "25145"));
    assert_eq!(sim.http().send("DELETE", &format!("{API}/merchants/GONESHOP01"), &[], "").status, 204);
    sale.no("gone", "9011", "iMid/unknown", || sim.http().post_json(CANCEL, &body));
    // Either answer would do; a 500 would not.
    let office = sale.back_office(&json!({}));
    assert!(matches!(office.status, 200 | 404), "{} {}", office.status, office.body);
}
