//! Merchants come and go, and are reset; one never sees what is another's, and nobody sees a key.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{
    API, CALLS, KEY, PUBLISHED_TOKEN, buyer, delete, get, kinds, pluck, post, problem, put, registered, transaction,
    two_merchants,
};

#[test]
fn merchants_come_and_go() {
    let sim = Simulator::start();
    let at = "/merchants/MYSHOP0001";
    problem(&sim.http().get(&format!("{API}{at}")), 404, "not-found");
    problem(&put(&sim, at, &json!({ "duplicateCheck": true })), 422, "bad-value");
    let new = put(&sim, at, &json!({ "merchantKey": KEY }));
    assert_eq!((new.status, new.json()["iMid"].as_str()), (201, Some("MYSHOP0001")));
    assert_eq!(new.json()["duplicateCheck"], true);
    let mut expected = new.json();
    expected["eventsHiddenUpto"] = json!(0);
    assert_eq!(get(&sim, at), expected);
    assert_eq!(pluck(&get(&sim, "/merchants"), "iMid"), ["IONPAYTEST", "MYSHOP0001", "PAYLOANTES"]);

    let changed = put(&sim, at, &json!({ "duplicateCheck": false, "partners": ["KDVI", "KDVI"] }));
    assert_eq!(changed.status, 200, "its key stays");
    assert_eq!((&changed.json()["duplicateCheck"], &changed.json()["partners"]), (&json!(false), &json!(["KDVI"])));
    let shop = sim.new_shop("MYSHOP0001", KEY);
    let twice = [(); 2].map(|()| shop.register(&shop.order("same", 25_145)).result_cd());
    assert_eq!(twice, ["0000", "0000"]);

    assert_eq!(put(&sim, at, &json!({ "merchantKey": "another-key", "partners": [] })).status, 200);
    assert_eq!(shop.register(&shop.order("wrong key", 25_145)).result_cd(), "9010");
    let shop = sim.new_shop("MYSHOP0001", "another-key");
    assert_eq!(shop.register(&shop.order("no partner", 25_145)).result_cd(), "9108");

    assert_eq!(delete(&sim, at).status, 204);
    problem(&delete(&sim, at), 404, "not-found");
    problem(&sim.http().get(&format!("{API}{at}")), 404, "not-found");
    assert_eq!(get(&sim, "/transactions"), json!([]), "its orders went with it");
    assert_eq!(shop.register(&shop.order("gone", 25_145)).result_cd(), "9011");
}

/// What a client looks at to learn that somebody has reset its merchant.
#[test]
fn events_hidden_upto_grows_with_a_reset_and_never_falls() {
    let sim = Simulator::start();
    let upto = |i_mid: &str| get(&sim, &format!("/merchants/{i_mid}"))["eventsHiddenUpto"].as_u64().unwrap();
    let shop = sim.shop();
    shop.register(&shop.order("before", 25_145));
    assert_eq!((upto("PAYLOANTES"), upto("IONPAYTEST")), (0, 0));
    assert_eq!(post(&sim, "/reset", &json!({ "iMid": "PAYLOANTES" })).status, 204);
    let first = upto("PAYLOANTES");
    assert!(first > 0);
    assert_eq!(upto("IONPAYTEST"), 0, "another's reset is none of its own");
    shop.register(&shop.order("after", 25_145));
    assert_eq!(upto("PAYLOANTES"), first);
    assert_eq!(post(&sim, "/reset", &json!({})).status, 204);
    assert!(upto("PAYLOANTES") > first && upto("IONPAYTEST") == upto("PAYLOANTES"), "everybody's");
    shop.register(&shop.order("last", 25_145));
    let before = upto("PAYLOANTES");
    assert_eq!(delete(&sim, "/merchants/PAYLOANTES").status, 204);
    assert_eq!(put(&sim, "/merchants/PAYLOANTES", &json!({ "merchantKey": KEY })).status, 201);
    assert!(upto("PAYLOANTES") > before, "a merchant that was removed begins anew");
}

#[test]
fn a_merchant_has_a_name() {
    let sim = Simulator::start();
    let at = "/merchants/PAYLOANTES";
    assert!(get(&sim, at).get("name").is_none(), "it has none");
    let named = put(&sim, at, &json!({ "name": "Toko <b>Kopi</b> & Teh" }));
    assert_eq!((named.status, &named.json()["name"]), (200, &json!("Toko <b>Kopi</b> & Teh")));
    assert_eq!(put(&sim, at, &json!({ "duplicateCheck": true })).json()["name"], "Toko <b>Kopi</b> & Teh", "it stays");
    assert_eq!(put(&sim, "/merchants/MYSHOP0001", &json!({ "merchantKey": KEY })).status, 201);
    let with_key = put(&sim, at, &json!({ "name": KEY }));
    assert!(!with_key.body.contains(KEY), "a key is shown nowhere: {}", with_key.body);
    for wrong in ["   ", "two\nlines", &"x".repeat(61)] {
        problem(&put(&sim, at, &json!({ "name": wrong })), 422, "bad-value");
    }
    assert!(put(&sim, at, &json!({ "name": "" })).json().get("name").is_none(), "an empty text removes it");
}

#[test]
fn a_merchant_that_cannot_be_is_refused() {
    let sim = Simulator::start();
    for (i_mid, body) in [
        ("WITH%20BLANK", json!({ "merchantKey": KEY })),
        ("TOOLONGTOOLONGTOOLONG", json!({ "merchantKey": KEY })),
        ("MYSHOP0001", json!({ "merchantKey": "" })),
        ("MYSHOP0001", json!({ "merchantKey": "7-chars" })),
        ("PAYLOANTES", json!({ "merchantKey": "7-chars" })),
    ] {
        problem(&put(&sim, &format!("/merchants/{i_mid}"), &body), 422, "bad-value");
    }
    let short = put(&sim, "/merchants/MYSHOP0001", &json!({ "merchantKey": "7-chars" })).json();
    assert_eq!(
        short["detail"],
        "this merchantKey has 7 characters, and it needs at least 8: a shorter one could not be masked in logs and answers"
    );
    for body in [json!({ "merchantKey": 5 }), json!({ "merchantKey": KEY, "partners": ["NOPE"] })] {
        problem(&put(&sim, "/merchants/MYSHOP0001", &body), 400, "bad-json");
    }
    assert_eq!(pluck(&get(&sim, "/merchants"), "iMid"), ["IONPAYTEST", "PAYLOANTES"]);
}

#[test]
fn merchants_are_limited() {
    let sim = Simulator::builder().settings("max-merchants = 4").start();
    let add = |number: u8| put(&sim, &format!("/merchants/SHOP{number}"), &json!({ "merchantKey": KEY }));
    assert_eq!([add(1), add(2), add(2)].map(|reply| reply.status), [201, 201, 200]);
    let full = add(3);
    problem(&full, 503, "merchants");
    assert_eq!(full.json()["detail"], "there are 4 merchants, which is the maximum (--max-merchants)");
    let shop = sim.shop();
    let refused = shop.register(&shop.order("order", 25_145).with("iMid", "SHOP3"));
    assert_eq!(refused.result_cd(), "9011");
    let why = refused.header("x-sim-diagnosis").unwrap();
    assert!(why.ends_with("; none can be added, because there are 4 already (--max-merchants)"), "{why}");
    assert_eq!(delete(&sim, "/merchants/SHOP1").status, 204);
    assert_eq!(add(3).status, 201, "there is room again");
    assert_eq!(get(&sim, "/info")["limits"]["merchants"], 4);
}

#[test]
fn a_key_stands_in_no_answer() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.new_shop("MYSHOP0001", KEY), sim.receiver());
    let order = shop.order("order", 25_145).tokenize("c").notify(receiver.url());
    let t_xid = shop.register(&order).t_xid();
    shop.register(&shop.order("refused", 25_145).with("merchantToken", "0".repeat(64)));
    shop.register(&shop.order("told", 25_145).with("merchantToken", KEY));
    buyer(&sim, &t_xid, &json!({}));
    sim.drain();
    let mut texts = vec![put(&sim, "/merchants/MYSHOP0001", &json!({ "merchantKey": KEY })).body];
    for (call, _) in CALLS.iter().filter(|(call, verbs)| verbs.contains("GET") && !call.starts_with("/events/")) {
        texts
            .push(sim.http().get(&format!("{API}{call}").replace("NOBODY", "MYSHOP0001").replace("none", &t_xid)).body);
    }
    texts.push(sim.http().get("/").body);
    for text in texts {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[test]
fn one_merchant_never_sees_anothers_things() {
    let sim = Simulator::start();
    let merchants = two_merchants(&sim);
    sim.advance("2s");
    for (shop, t_xid) in &merchants {
        let i_mid = shop.i_mid();
        for list in ["/transactions", "/events", "/notifications", "/tokens"] {
            assert_eq!(kinds(&get(&sim, &format!("{list}?iMid={i_mid}")), "iMid"), [i_mid], "{list}");
        }
        for (filter, list) in [
            (format!("/transactions?referenceNo=order&iMid={i_mid}"), "tXid"),
            (format!("/events?tXid={t_xid}"), "tXid"),
            (format!("/notifications?tXid={t_xid}"), "tXid"),
        ] {
            assert_eq!(kinds(&get(&sim, &filter), list), [t_xid.as_str()], "{filter}");
        }
        assert_eq!(get(&sim, &format!("/shoppers/081291891818?iMid={i_mid}"))["owes"], "25145");
    }
    let tokens = pluck(&get(&sim, "/tokens"), "userToken");
    assert_eq!(tokens.len(), 3, "two new ones and the published one: {tokens:?}");
    assert_eq!(get(&sim, "/shoppers/081291891818")["owes"], "0", "nobody's");
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=IONPAYTEST")["owes"], "0");
    for list in ["/transactions", "/events", "/notifications", "/tokens"] {
        assert_eq!(get(&sim, &format!("{list}?iMid=NOBODY")), json!([]), "{list}");
    }
}

#[test]
fn a_merchants_reset_leaves_the_other_alone() {
    let sim = Simulator::start();
    let [(_, first), (beta, second)] = two_merchants(&sim);
    let last = pluck(&get(&sim, "/events"), "id").pop().unwrap();
    let of = |i_mid: &str, list: &str| get(&sim, &format!("{list}?iMid={i_mid}"));
    let lists = ["/transactions", "/events", "/notifications", "/tokens"];
    let betas = lists.map(|list| of(beta.i_mid(), list));

    let reset = post(&sim, "/reset", &json!({ "iMid": "ALPHA00001" }));
    assert_eq!((reset.status, reset.body.as_str()), (204, ""));
    assert_eq!(lists.map(|list| of("ALPHA00001", list)), [(); 4].map(|()| json!([])));
    assert_eq!(lists.map(|list| of(beta.i_mid(), list)), betas);
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=ALPHA00001")["owes"], "0");
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=BETA000001")["owes"], "25145");
    problem(&sim.http().get(&format!("{API}/transactions/{first}")), 404, "not-found");
    assert_eq!(transaction(&sim, &second)["stage"], "approved");
    assert_eq!(kinds(&get(&sim, "/merchants"), "iMid"), ["ALPHA00001", "BETA000001", "IONPAYTEST", "PAYLOANTES"]);

    let alpha = sim.new_shop("ALPHA00001", KEY);
    let again = alpha.register(&alpha.order("order", 25_145));
    assert_eq!(again.result_cd(), "0000", "its numbers are free again, and its key is the same");
    let first_id: u64 = pluck(&of("ALPHA00001", "/events"), "id")[0].parse().unwrap();
    assert!(first_id > last.parse().unwrap(), "the log keeps its numbers");
}

#[test]
fn a_reset_forgets_everything_but_merchants() {
    let sim = Simulator::start();
    two_merchants(&sim);
    put(&sim, "/shoppers/081291891818", &json!({ "pin": "999999" }));
    put(&sim, "/shoppers/081234567890", &json!({}));
    delete(&sim, &format!("/tokens/{PUBLISHED_TOKEN}"));
    let last: u64 = pluck(&get(&sim, "/events"), "id").pop().unwrap().parse().unwrap();
    // An empty body is {}.
    let reset = sim.http().send("POST", &format!("{API}/reset"), &[("content-type", "application/json")], "");
    assert_eq!(reset.status, 204);
    for list in ["/transactions", "/events", "/notifications"] {
        assert_eq!(get(&sim, list), json!([]), "{list}");
    }
    let tokens = get(&sim, "/tokens");
    assert_eq!(
        (pluck(&tokens, "userToken"), pluck(&tokens, "status")),
        (vec![PUBLISHED_TOKEN.into()], vec!["active".into()])
    );
    assert_eq!(get(&sim, "/shoppers/081291891818")["pin"], "414141");
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890")), 404, "not-found");
    assert_eq!(get(&sim, "/merchants").as_array().unwrap().len(), 4);
    registered(&sim.shop(), "after");
    let ids = pluck(&get(&sim, "/events"), "id");
    let expected: Vec<_> = (last + 1..).take(ids.len()).map(|id| id.to_string()).collect();
    assert_eq!(ids, expected, "numbers go on without a gap");
}

#[test]
fn a_reset_of_nobody_is_refused() {
    let sim = Simulator::start();
    problem(&post(&sim, "/reset", &json!({ "iMid": "NOBODY" })), 404, "not-found");
    problem(&post(&sim, "/reset", &json!({ "iMid": "not an iMid" })), 422, "bad-value");
    problem(&post(&sim, "/reset", &json!({ "imid": "PAYLOANTES" })), 400, "bad-json");
}

/// A key that a merchant sends by mistake is in no answer, whole, escaped or cut.
#[test]
fn a_key_sent_by_mistake_is_shown_nowhere() {
    const LONG: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
    let sim = Simulator::start();
    let shop = sim.new_shop("KEYSHOP001", KEY);
    let escaped = LONG.replace('+', "\\u002B").replace('=', "\\u003d");
    let body = format!(r#"{{"iMid":"{LONG}","timeStamp":"20260101120000","merchantToken":"{escaped}"}}"#);
    let refused = sim.http().send("POST", "/nicepay/direct/v2/checkMid", &[("content-type", "application/json")], body);
    assert!(!refused.header("x-sim-diagnosis").unwrap().contains("33F49GnCMS1m"), "cut, but not masked");
    shop.register(&shop.order(KEY, 25_145).with("merchantToken", "wrong"));
    let order = shop.order("taken", 25_145).tokenize(KEY).with("goodsNm", KEY).with("billingNm", KEY);
    assert_eq!(shop.register(&order).result_cd(), "0000");
    shop.bind({
        let mut binding = shop.binding("bind", "081291891818");
        binding["clientUserKey"] = KEY.into();
        binding["billingNm"] = KEY.into();
        binding
    });
    let calls =
        ["/events?limit=1000", "/transactions", "/bindings", "/tokens", "/notifications", "/merchants", "/info"];
    for call in calls {
        let shown = sim.http().get(&format!("{API}{call}"));
        assert_eq!(shown.status, 200);
        serde_json::from_str::<Value>(&shown.body).expect("JSON stays JSON");
        for telling in [KEY, "33F49GnCMS1m", "d5hDd3Frmuos"] {
            assert!(!shown.body.contains(telling), "{call} shows {telling}: {}", shown.body);
        }
    }
    let index = sim.http().get("/");
    assert!(index.body.contains("taken") && !index.body.contains(KEY));
    let missing = delete(&sim, &format!("/tokens/{KEY}"));
    assert!(missing.status == 404 && !missing.body.contains(KEY), "{}", missing.body);
}
