//! Shoppers and tokens that a tester makes, changes and revokes.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, PUBLISHED_TOKEN, buyer, delete, get, pluck, post, problem, put, registered, transaction};

#[test]
fn shoppers_are_shown_with_what_a_tester_needs() {
    let sim = Simulator::start();
    let all = get(&sim, "/shoppers");
    assert_eq!(all.as_array().unwrap().len(), 23, "of three lenders");
    assert_eq!(get(&sim, "/shoppers?iMid=PAYLOANTES"), all);
    let shopper = get(&sim, "/shoppers/081513114262");
    assert!(all.as_array().unwrap().contains(&shopper));
    assert_eq!(
        (&shopper["phone"], &shopper["pin"], &shopper["otp"]),
        (&json!("081513114262"), &json!("663482"), &json!("4567"))
    );
    assert_eq!(
        (&shopper["state"], &shopper["tenors"], &shopper["owes"]),
        (&json!("active"), &json!(["1"]), &json!("0"))
    );
    assert_eq!(shopper["limits"], json!({ "30_days": { "total": "3500000", "remaining": "3500000" } }));
    assert_eq!(shopper["lockedUntil"], Value::Null);
    for form in ["81513114262", "6281513114262", "%2B62%20815-1311-4262"] {
        assert_eq!(get(&sim, &format!("/shoppers/{form}")), shopper, "{form}");
    }
    let twelve = get(&sim, "/shoppers/081291891818");
    assert_eq!(twelve["tenors"], json!(["1", "3", "6", "12"]));
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890")), 404, "not-found");
    problem(&sim.http().get(&format!("{API}/shoppers/abc")), 422, "bad-value");
    problem(&sim.http().get(&format!("{API}/shoppers?iMid=not%20one")), 422, "bad-value");
}

#[test]
fn shoppers_of_a_merchant_that_does_not_exist_are_404() {
    let sim = Simulator::start();
    problem(&sim.http().get(&format!("{API}/shoppers?iMid=NOBODY")), 404, "not-found");
    problem(&sim.http().get(&format!("{API}/shoppers/081291891818?iMid=NOBODY")), 404, "not-found");
    problem(&put(&sim, "/shoppers/081291891818?iMid=NOBODY", &json!({})), 404, "not-found");
}

#[test]
fn a_new_shopper_can_pay_at_once() {
    let sim = Simulator::start();
    let new = put(&sim, "/shoppers/081234567890", &json!({ "name": "Siti", "tenors": [6, "3", 3], "owes": "1000" }));
    assert_eq!(new.status, 201);
    assert_eq!(get(&sim, "/shoppers/081234567890"), new.json());
    assert_eq!(
        (&new.json()["name"], &new.json()["tenors"], &new.json()["owes"]),
        (&json!("Siti"), &json!(["3", "6"]), &json!("1000"))
    );
    assert_eq!(new.json()["limits"]["3_months"], json!({ "total": "9800000", "remaining": "9799000" }));
    let t_xid = registered(&sim.shop(), "order");
    assert_eq!(buyer(&sim, &t_xid, &json!({ "phone": "081234567890" })).json()["stage"], "approved");
    assert_eq!(transaction(&sim, &t_xid)["instmntMon"], "3", "one month is not on offer");

    let changed =
        put(&sim, "/shoppers/081234567890", &json!({ "pin": "111111", "otp": "9999", "owes": 5, "state": "locked" }));
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    assert_eq!(
        (&changed["pin"], &changed["otp"], &changed["state"]),
        (&json!("111111"), &json!("9999"), &json!("locked"))
    );
    assert_eq!((&changed["name"], &changed["owes"]), (&json!("Siti"), &json!("5")), "what is not said stays");
}

#[test]
fn a_shopper_of_one_merchant_is_not_the_others() {
    let sim = Simulator::start();
    assert_eq!(put(&sim, "/shoppers/081291891818?iMid=PAYLOANTES", &json!({ "pin": "111111" })).status, 200);
    assert_eq!(put(&sim, "/shoppers/081234567890?iMid=PAYLOANTES", &json!({})).status, 201);
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=PAYLOANTES")["pin"], "111111");
    for call in ["/shoppers/081291891818", "/shoppers/081291891818?iMid=IONPAYTEST"] {
        assert_eq!(get(&sim, call)["pin"], "414141", "{call}");
    }
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890?iMid=IONPAYTEST")), 404, "not-found");
    assert_eq!(get(&sim, "/shoppers?iMid=PAYLOANTES").as_array().unwrap().len(), 24);
    assert_eq!(get(&sim, "/shoppers").as_array().unwrap().len(), 23);
}

#[test]
fn a_change_of_pin_or_state_ends_a_lock() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (n, change) in [json!({ "pin": "414141" }), json!({ "state": "active" })].into_iter().enumerate() {
        let order = shop.order(&format!("order-{n}"), 25_145);
        let registered = shop.register(&order);
        let mut browser = sim.buyer();
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        for _ in 0..3 {
            browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
        }
        let at = "/shoppers/081291891818?iMid=PAYLOANTES";
        assert_eq!(get(&sim, at)["lockedUntil"], "2025-12-31T17:30:00Z");
        assert_eq!(put(&sim, at, &change).json()["lockedUntil"], Value::Null);
        assert_eq!(browser.sign_in(&tk, Login::default()).status, 303);
    }
}

#[test]
fn limits_and_one_time_passwords_are_a_testers_to_set() {
    let sim = Simulator::start();
    let at = "/shoppers/081291891818?iMid=PAYLOANTES";
    let before = get(&sim, at);
    assert_eq!((&before["seamlessOtp"], &before["firstOtpExpired"]), (&json!(false), &json!(false)));
    assert_eq!(get(&sim, "/shoppers/089900000008")["firstOtpExpired"], true);
    assert_eq!(get(&sim, "/shoppers/089900000009")["seamlessOtp"], true);
    for (limits, total) in [
        (json!({ "30_days": { "total": "1000" } }), "1000"),
        (json!({ "30_days": { "total": 2_000 } }), "2000"),
        (json!({ "30_days": "3000" }), "3000"),
        (json!({ "30_days": 4_000 }), "4000"),
    ] {
        let reply = put(&sim, at, &json!({ "limits": limits }));
        assert_eq!(reply.status, 200, "{limits}: {}", reply.body);
        assert_eq!(reply.json()["limits"]["30_days"], json!({ "total": total, "remaining": total }), "{limits}");
        assert_eq!(get(&sim, at)["limits"]["30_days"]["total"], total);
    }
    let t_xid = registered(&sim.shop(), "dear");
    assert_eq!(buyer(&sim, &t_xid, &json!({ "instmntMon": 1 })).json()["stage"], "declined");
    assert_eq!(transaction(&sim, &t_xid)["reason"], "limit");
    let reply = put(&sim, at, &json!({ "seamlessOtp": true, "firstOtpExpired": true }));
    assert_eq!((&reply.json()["seamlessOtp"], &reply.json()["firstOtpExpired"]), (&json!(true), &json!(true)));
    for limits in
        [json!({ "2_months": "1" }), json!({ "30_days": "much" }), json!({ "30_days": -1 }), json!(["30_days"])]
    {
        let reply = put(&sim, at, &json!({ "limits": limits }));
        assert!(matches!(reply.status, 400 | 422), "{limits}: {} {}", reply.status, reply.body);
    }
}

#[test]
fn a_shopper_that_cannot_be_is_refused() {
    let sim = Simulator::start();
    for (call, body, status, slug) in [
        ("/shoppers/abc", json!({}), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "pin": "12345" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "pin": "12345x" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "otp": "123456" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "name": "" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "name": "a\nb" }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "tenors": [2] }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "tenors": ["x"] }), 422, "bad-value"),
        ("/shoppers/081234567890", json!({ "state": "asleep" }), 400, "bad-json"),
        ("/shoppers/081234567890", json!({ "owes": "much" }), 400, "bad-json"),
        ("/shoppers/081234567890", json!({ "owes": -1 }), 400, "bad-json"),
        ("/shoppers/081234567890?iMid=not%20one", json!({}), 422, "bad-value"),
    ] {
        problem(&put(&sim, call, &body), status, slug);
    }
    problem(&sim.http().get(&format!("{API}/shoppers/081234567890")), 404, "not-found");
}

#[test]
fn tokens_are_issued_and_revoked_for_a_test() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let issued = post(&sim, "/tokens", &json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer" }));
    assert_eq!(issued.status, 201);
    let token = issued.json();
    assert_eq!(
        (&token["status"], &token["phone"], &token["iMid"]),
        (&json!("active"), &json!("081291891818"), &json!("PAYLOANTES"))
    );
    let user_token = token["userToken"].as_str().unwrap();
    assert_eq!(user_token.len(), 36, "a UUID");
    let wanted = json!({ "iMid": "PAYLOANTES", "clientUserKey": "c2", "phone": "+6281513114262", "userToken": "mine" });
    let mine = post(&sim, "/tokens", &wanted);
    assert_eq!(
        (mine.status, &mine.json()["userToken"], &mine.json()["phone"]),
        (201, &json!("mine"), &json!("081513114262"))
    );
    problem(&post(&sim, "/tokens", &wanted), 409, "token-exists");
    assert_eq!(get(&sim, "/tokens?iMid=PAYLOANTES&clientUserKey=customer"), json!([token]));
    assert_eq!(get(&sim, "/tokens?iMid=IONPAYTEST"), json!([]));
    assert_eq!(pluck(&json!(sim.events("token.issued")), "userToken"), [user_token, "mine"]);

    let paid = shop.register(&shop.order("with-it", 25_145).seamless(user_token));
    assert_eq!(paid.result_cd(), "0000");
    let revoked = delete(&sim, &format!("/tokens/{user_token}"));
    assert_eq!((revoked.status, revoked.body.as_str()), (204, ""));
    assert_eq!(get(&sim, "/tokens?clientUserKey=customer")[0]["status"], "inactive");
    assert_eq!(delete(&sim, &format!("/tokens/{user_token}")).status, 204, "again is no error");
    assert_eq!(sim.events("token.revoked").len(), 1, "nor an event");
    assert_eq!(shop.register(&shop.order("too-late", 25_145).seamless(user_token)).result_cd(), "9920");
}

#[test]
fn a_token_of_two_merchants_has_to_be_told_apart() {
    let sim = Simulator::start();
    for i_mid in ["PAYLOANTES", "IONPAYTEST"] {
        let wanted = json!({ "iMid": i_mid, "clientUserKey": "c", "userToken": "same" });
        assert_eq!(post(&sim, "/tokens", &wanted).status, 201);
    }
    problem(&delete(&sim, "/tokens/same"), 422, "bad-value");
    assert_eq!(delete(&sim, "/tokens/same?iMid=IONPAYTEST").status, 204);
    let tokens = get(&sim, "/tokens?clientUserKey=c");
    assert_eq!(
        (pluck(&tokens, "iMid"), pluck(&tokens, "status")),
        (vec!["PAYLOANTES".to_owned(), "IONPAYTEST".to_owned()], vec!["active".to_owned(), "inactive".to_owned()],)
    );
}

#[test]
fn a_token_that_cannot_be_is_refused() {
    let sim = Simulator::start();
    let long = "x".repeat(4_001);
    for (body, status, slug) in [
        (json!({ "iMid": "NOBODY", "clientUserKey": "c" }), 404, "not-found"),
        (json!({ "iMid": "not one", "clientUserKey": "c" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": long }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "c", "phone": "081234567890" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "c", "phone": "x" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES", "clientUserKey": "c", "userToken": "" }), 422, "bad-value"),
        (json!({ "iMid": "PAYLOANTES" }), 400, "bad-json"),
        (json!({}), 400, "bad-json"),
    ] {
        problem(&post(&sim, "/tokens", &body), status, slug);
    }
    problem(&delete(&sim, "/tokens/none"), 404, "not-found");
    problem(&delete(&sim, &format!("/tokens/{PUBLISHED_TOKEN}?iMid=IONPAYTEST")), 404, "not-found");
    problem(&delete(&sim, &format!("/tokens/{PUBLISHED_TOKEN}?iMid=not%20one")), 422, "bad-value");
    assert_eq!(pluck(&get(&sim, "/tokens"), "status"), ["active"]);
}
