//! A request as a script: bash and curl send it again, with a token that is computed from `$KEY`.

use std::process::{Command, Stdio};

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, KEY, PUBLISHED_TOKEN, buyer, problem};

/// The number of the newest request of an endpoint.
fn newest(sim: &Simulator, path: &str) -> u64 {
    let events = sim.events("exchange.recorded");
    let of_path = events.iter().rev().find(|event| event["target"].as_str() == Some(path));
    of_path.unwrap_or_else(|| panic!("nobody has called {path}"))["id"].as_u64().unwrap()
}

/// The script of the newest request of an endpoint.
fn script(sim: &Simulator, path: &str) -> String {
    let reply = sim.http().get(&format!("{API}/events/{}/script", newest(sim, path)));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("text/x-shellscript; charset=utf-8"));
    assert!(reply.body.starts_with("# First: export KEY="), "{}", reply.body);
    reply.body
}

/// What the gateway answers to a script.
#[track_caller]
fn run(script: &str, key: &str, variables: &[(&str, &str)]) -> Value {
    let mut bash = Command::new("bash");
    bash.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("KEY", key).envs(variables.iter().copied());
    let output = bash.arg("-c").arg(script).stdin(Stdio::null()).output().unwrap();
    let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}\n{said}\n{error}");
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{script}\n{said}\n{error}"))
}

#[track_caller]
fn runs_as(sim: &Simulator, path: &str, key: &str, code: &str) -> Value {
    let script = script(sim, path);
    assert!(!script.contains(key), "{script}");
    let answer = run(&script, key, &[]);
    assert_eq!(answer["resultCd"], code, "{answer}\n{script}");
    answer
}

fn ok(reply: &Reply) {
    assert_eq!(reply.result_cd(), "0000", "{}", reply.body);
}

#[test]
fn every_request_of_a_merchants_server_can_be_sent_again() {
    let sim = Simulator::builder().scenario("instant").start();
    let shop = sim.shop();
    let key = shop.merchant_key().to_owned();
    let order = shop.order("order-1", 25_145).tokenize("customer-1");
    let registered = shop.register(&order);
    let first = "/nicepay/direct/v2/registration";
    // Twice: each has its own referenceNo.
    for _ in 0..2 {
        let answer = runs_as(&sim, first, &key, "0000");
        assert!(answer["referenceNo"].as_str().unwrap().starts_with("order-1-"), "{answer}");
        assert_ne!(answer["tXid"], registered.json()["tXid"]);
    }
    let chosen = run(&script(&sim, first), &key, &[("REFERENCE_NO", "mine_1")]);
    assert_eq!((&chosen["resultCd"], &chosen["referenceNo"]), (&json!("0000"), &json!("mine_1")));
    ok(&shop.inquire(&order, &registered));
    runs_as(&sim, "/nicepay/direct/v2/inquiry", &key, "0000");
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    ok(&shop.cancel(&registered, "2", "145"));
    runs_as(&sim, "/nicepay/direct/v2/cancel", &key, "0000");
    ok(&shop.user_details(PUBLISHED_TOKEN));
    runs_as(&sim, "/nicepay/direct/v2/user-details", &key, "0000");
    ok(&shop.bind(shop.binding("bind-1", "+62-82112345678")));
    runs_as(&sim, "/nicepay/v2/userAccountBinding", &key, "0000");
    let checkout = shop.order("order-2", 25_145).with("callBackUrl", CALLBACK);
    ok(&shop.checkout(&checkout));
    runs_as(&sim, "/nicepay/redirect/v2/registration", &key, "0000");
    let akulaku = shop.order("order-3", 150_000).with("mitraCd", "AKLP");
    let bought = shop.register(&akulaku);
    assert_eq!(buyer(&sim, &bought.t_xid(), &json!({})).status, 200);
    ok(&shop.confirm_receipt(&bought));
    runs_as(&sim, "/nicepay/direct/v2/confirmAkulaku", &key, "0000");
    let probe = shop.signed(&["timeStamp", "iMid"], json!({ "merchantToken": "x" }));
    shop.ask("/nicepay/direct/v2/checkMid", &probe);
    runs_as(&sim, "/nicepay/direct/v2/checkMid", &key, "0000");
    ok(&shop.remove_token(PUBLISHED_TOKEN));
    let before = shop.remove_token(PUBLISHED_TOKEN).result_cd();
    runs_as(&sim, "/nicepay/direct/v2/remove-token", &key, &before);
}

#[test]
fn a_wrong_request_is_refused_again_and_a_wrong_token_is_put_right() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let key = shop.merchant_key().to_owned();
    let path = "/nicepay/direct/v2/registration";
    for (field, value) in [
        ("amt", json!("25,145")),
        ("amt", json!({ "a": [1] })),
        ("currency", json!("USD")),
        ("referenceNo", json!("")),
        ("referenceNo", json!("long-".repeat(1_000))),
        ("mitraCd", json!("XXXX")),
        ("iMid", json!("NOBODY")),
        ("cartData", json!("{}")),
    ] {
        let refused = shop.register(&shop.order("wrong", 25_145).with(field, value)).result_cd();
        assert_ne!(refused, "0000", "{field}");
        runs_as(&sim, path, &key, &refused);
    }
    let order = shop.order("right", 25_145);
    for order in [order.clone().with("merchantToken", "0".repeat(64)), order.with("merchantToken", json!(null))] {
        assert_ne!(shop.register(&order).result_cd(), "0000");
        runs_as(&sim, path, &key, "0000");
    }
    let without = json!({ "iMid": shop.i_mid(), "timeStamp": "20260101000000" });
    shop.ask("/nicepay/direct/v2/checkMid", &without);
    runs_as(&sim, "/nicepay/direct/v2/checkMid", &key, "0000");
    // What cannot be read is sent as it was.
    let json = &[("content-type", "application/json; charset=utf-8")];
    for body in ["", "{\"amt\":", "[1]", "-n %s \\0 'x' $KEY"] {
        let refused = sim.http().send("POST", path, json, body).result_cd();
        runs_as(&sim, path, &key, &refused);
    }
    let form = sim.http().post_form(path, &[("iMid", "a b&c"), ("amt", "1")], &[]).result_cd();
    let script = script(&sim, path);
    assert!(script.contains("'Content-Type: application/x-www-form-urlencoded'"), "{script}");
    assert_eq!(run(&script, &key, &[])["resultCd"], form);
    // A key that is wrong is refused as such.
    ok(&shop.register(&shop.order("last", 25_145)));
    assert_ne!(run(&self::script(&sim, path), "another key", &[])["resultCd"], "0000");
}

#[test]
fn hostile_texts_are_data() {
    let sim = Simulator::start();
    let shop = sim.new_shop("SCRIPTSHOP", "key'with$(touch /tmp/x)`id`\"\\");
    let key = shop.merchant_key().to_owned();
    let path = "/nicepay/direct/v2/registration";
    let folder = std::env::temp_dir().join(format!("nicepay-sim-script-{}", std::process::id()));
    let trap = folder.display().to_string();
    for hostile in [
        "it's".to_owned(),
        format!("'; touch {trap}; '"),
        format!("$(touch {trap})"),
        format!("`touch {trap}`"),
        "\n\r\t\u{0}\u{1b}[31m".to_owned(),
        "%s%n%d \\n \\0 \\' !! ~ * ?".to_owned(),
        "\u{202e}\u{2066}\u{feff}é日本".to_owned(),
        "-n -e --".to_owned(),
        "\"}, {\"".to_owned(),
        "EOF\n}\n".to_owned(),
    ] {
        let order = shop.order("safe", 25_145).with("goodsNm", &*hostile).with("description", &*hostile);
        let order = order.with("referenceNo", hostile.chars().take(27).collect::<String>());
        let first = shop.register(&order).result_cd();
        let answer = runs_as(&sim, path, &key, &first);
        if first == "0000" {
            let stored = sim.http().get(&format!("{API}/transactions/{}", answer["tXid"].as_str().unwrap())).json();
            assert_eq!(stored["goodsNm"], *hostile, "{stored}");
        }
        for field in ["amt", "iMid", "timeStamp", "merchantToken", "cartData"] {
            let refused = shop.register(&shop.order("safe", 25_145).with(field, &*hostile));
            let script = script(&sim, path);
            let answer = run(&script, &key, &[]);
            if !matches!(field, "timeStamp" | "merchantToken") {
                assert_eq!(answer["resultCd"], refused.result_cd(), "{field} {hostile:?}\n{script}");
            }
        }
    }
    let target = format!("{path}?a=$(touch%20x)`id`;&b=\\[1-3]");
    let asked = sim.http().post_json(&target, &json!({}));
    assert_eq!(run(&script(&sim, &target), &key, &[])["resultCd"], asked.result_cd());
    assert!(!folder.exists(), "a text was run");
    ok(&shop.register(&shop.order("plain", 1_000)));
    let of_order = script(&sim, path);
    let bash = |variable: &str, value: &str| {
        let mut bash = Command::new("bash");
        bash.env_remove("KEY").env(variable, value).arg("-c").arg(&of_order).stdin(Stdio::null()).output().unwrap()
    };
    assert!(!bash("REFERENCE_NO", "x").status.success(), "without a key");
    assert!(String::from_utf8_lossy(&bash("X", "").stderr).contains("export KEY"));
    let chosen = of_order.replace("set -euo pipefail", "set -euo pipefail; KEY=k; REFERENCE_NO='a\"b'");
    let refused = Command::new("bash").arg("-c").arg(chosen).stdin(Stdio::null()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
}

#[test]
fn there_is_a_script_only_of_what_a_server_sent_and_is_stored_whole() {
    let sim = Simulator::start();
    let shop = sim.new_shop("KEYSHOP001", KEY);
    let of = |id: u64| sim.http().get(&format!("{API}/events/{id}/script"));
    for id in ["0", "-1", "x", "99999", "1%20"] {
        problem(&sim.http().get(&format!("{API}/events/{id}/script")), 404, "not-found");
    }
    let order = shop.order("order-1", 25_145).with("goodsNm", KEY);
    let registered = shop.register(&order);
    problem(&of(sim.events("transaction.registered")[0]["id"].as_u64().unwrap()), 422, "bad-value");
    let script = script(&sim, "/nicepay/direct/v2/registration");
    assert!(!script.contains(KEY), "{script}");
    sim.http().get(&shop.payment_url(&order, &registered, CALLBACK));
    let opened = sim.events("exchange.recorded").last().unwrap()["id"].as_u64().unwrap();
    problem(&of(opened), 422, "bad-value");
    shop.register(&shop.order("large", 25_145).with("description", "x".repeat(20_000)));
    problem(&of(newest(&sim, "/nicepay/direct/v2/registration")), 422, "bad-value");
    sim.http().send("POST", "/nicepay/direct/v2/inquiry", &[], b"\xff\xfe".to_vec());
    problem(&of(newest(&sim, "/nicepay/direct/v2/inquiry")), 422, "bad-value");
}
