//! A transaction as one file, and as an HTTP Archive that browsers open.

use nicepay_sim::testing::{Answer, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, KEY, get, post, problem};

/// With every letter escaped.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"))
}

/// Checks what HAR 1.2 requires (<http://www.softwareishard.com/blog/har-12-spec/>).
#[track_caller]
fn is_har(har: &Value) -> &Vec<Value> {
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string(), "{log}");
    let entries = log["entries"].as_array().unwrap();
    let named =
        |list: &Value| list.as_array().unwrap().iter().all(|one| one["name"].is_string() && one["value"].is_string());
    let mut before = String::new();
    for entry in entries {
        let started = entry["startedDateTime"].as_str().unwrap();
        assert!(started.ends_with('Z') && started.contains('T') && before.as_str() <= started, "{started}");
        started.clone_into(&mut before);
        let timings = ["send", "wait", "receive"].map(|name| entry["timings"][name].as_f64().unwrap());
        let all = timings.iter().sum::<f64>();
        assert!((all - entry["time"].as_f64().unwrap()).abs() < 0.001, "{entry}");
        assert!(entry["time"].as_f64().unwrap() >= 0.0 && entry["cache"].is_object());
        let (request, response) = (&entry["request"], &entry["response"]);
        let url = url::Url::parse(request["url"].as_str().unwrap()).unwrap();
        assert_eq!(request["queryString"].as_array().unwrap().len(), url.query_pairs().count());
        assert!(request["method"].is_string() && response["statusText"].is_string());
        assert!(response["status"].is_u64() && response["redirectURL"].is_string());
        for message in [request, response] {
            assert_eq!(message["httpVersion"], "HTTP/1.1");
            assert!(named(&message["headers"]) && named(&message["cookies"]), "{message}");
            assert!(message["headersSize"].is_i64() && message["bodySize"].is_i64());
        }
        assert!(named(&request["queryString"]));
        if let Some(sent) = request.get("postData") {
            assert!(sent["mimeType"].is_string() && !sent["text"].as_str().unwrap().is_empty(), "{sent}");
            assert_eq!(sent["params"], json!([]), "either text or params");
        }
        let content = &response["content"];
        assert_eq!(content["size"].as_u64().unwrap(), content["text"].as_str().unwrap().len() as u64);
        assert!(content["mimeType"].is_string());
    }
    entries
}

#[test]
fn a_transaction_is_one_file_and_an_archive() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut count = 0;
    receiver.answer_with(move |_| {
        count += 1;
        Answer { body: "\u{0}binary".into(), ..Answer::status(if count == 1 { 502 } else { 200 }) }
    });
    let order = shop.order("order-1", 25_145).notify(receiver.url());
    shop.register(&order.clone().with("merchantToken", "0".repeat(64)));
    let registered = shop.register(&order);
    let t_xid = registered.t_xid();
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    sim.advance("24h");
    shop.inquire(&order, &registered);
    assert_eq!(post(&sim, "/notifications/1/send", &json!({ "url": "http://127.0.0.1:1/" })).status, 200);

    let reply = sim.http().get(&format!("{API}/transactions/{t_xid}/har"));
    let disposition = format!("attachment; filename=\"{t_xid}.har\"");
    assert_eq!(reply.header("content-disposition"), Some(disposition.as_str()));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let har = reply.json();
    let entries = is_har(&har);
    let said: Vec<_> = entries
        .iter()
        .map(|entry| {
            let url = entry["request"]["url"].as_str().unwrap().replace(sim.url(), "").replace(receiver.url(), "SHOP");
            format!(
                "{} {} {}",
                entry["request"]["method"].as_str().unwrap(),
                url.split('?').next().unwrap(),
                entry["response"]["status"]
            )
        })
        .collect();
    let expected = [
        "POST /nicepay/direct/v2/registration 200",
        "POST /nicepay/direct/v2/registration 200",
        "GET /nicepay/direct/v2/payment 302",
        "GET /nicepay/direct/v2/payment/return 302",
        "POST SHOP 502",
        "POST SHOP 200",
        "POST /nicepay/direct/v2/inquiry 200",
        "POST http://127.0.0.1:1/ 0",
    ];
    assert_eq!(said, expected);
    let sent: Value = serde_json::from_str(entries[1]["request"]["postData"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(sent["referenceNo"], "order-1");
    assert!(
        entries[2]["response"]["redirectURL"].as_str().unwrap().contains("/kredivo/"),
        "{}",
        entries[2]["response"]
    );
    assert_eq!(entries[4]["request"]["postData"]["mimeType"], "application/x-www-form-urlencoded");
    assert_eq!(entries[4]["response"]["content"]["text"], "\u{0}binary");
    assert!(entries[7]["response"]["comment"].as_str().is_some_and(|error| !error.is_empty()));

    let reply = sim.http().get(&format!("{API}/transactions/{t_xid}/evidence"));
    assert!(reply.header("content-disposition").unwrap().ends_with(&format!("filename=\"{t_xid}.json\"")));
    let evidence = reply.json();
    assert_eq!((&evidence["name"], &evidence["at"]), (&json!("nicepay-sim"), &get(&sim, "/clock")["now"]));
    assert_eq!(evidence["transaction"]["tXid"], t_xid);
    assert!(evidence["explain"]["because"].is_string(), "{}", evidence["explain"]);
    let events = evidence["events"].as_array().unwrap();
    let exchanges: Vec<_> = events.iter().filter(|event| event["type"] == "exchange.recorded").collect();
    assert_eq!(exchanges.len(), 5);
    assert!(exchanges[0]["request"].as_str().unwrap().contains("order-1"));
    assert_eq!(evidence["notifications"][0]["attempts"].as_array().unwrap().len(), 2);
    assert_eq!(evidence["notifications"][1]["rule"], "control/send");
    for call in ["har", "evidence"] {
        problem(&sim.http().get(&format!("{API}/transactions/NONE/{call}")), 404, "not-found");
    }
}

#[test]
fn keys_are_in_neither_file() {
    let sim = Simulator::start();
    let key = "Qx/7f+Zt.9w-Lr=4s";
    let (shop, receiver) = (sim.new_shop("KEYSHOP001", key), sim.receiver());
    receiver.answer_with(move |_| Answer {
        headers: vec![format!("X-Got: {key}")],
        body: key.into(),
        ..Answer::status(500)
    });
    // Any letter can be escaped.
    let hidden = escaped(key);
    let order = shop.order("order-1", 25_145).with("goodsNm", key).notify(&format!("{}?k={hidden}", receiver.url()));
    let registered = shop.register(&order);
    let callback = format!("http://shop.test/?k={hidden}");
    sim.http().get(&format!("{}&x={hidden}", shop.payment_url(&order, &registered, &callback)));
    assert_eq!(post(&sim, &format!("/transactions/{}/buyer", registered.t_xid()), &json!({})).status, 200);
    sim.advance("2s");
    assert_eq!(post(&sim, "/notifications/1/send", &json!({ "fields": { "goodsNm": key } })).status, 200);
    for call in ["har", "evidence"] {
        let file = sim.http().get(&format!("{API}/transactions/{}/{call}", registered.t_xid())).body;
        for spelled in [key, &key[1..], &key.replace('/', "\\/"), KEY] {
            assert!(!file.contains(spelled), "{call}: {spelled}: {file}");
        }
    }
}
