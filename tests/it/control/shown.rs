//! Transactions and notifications: how they are listed, found and shown.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, buyer, get, partner, pluck, post, problem, registered, transaction};

// ---------------------------------------------------------------------------------------------------------------------
// Transactions

#[test]
fn transactions_are_listed_in_the_order_of_their_registration() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xids: Vec<_> = (0..7).map(|n| registered(&shop, &format!("order-{n}"))).collect();
    assert_eq!(pluck(&get(&sim, "/transactions"), "tXid"), t_xids);
    assert_eq!(pluck(&get(&sim, "/transactions?limit=3"), "tXid"), t_xids[..3]);
    assert_eq!(pluck(&get(&sim, &format!("/transactions?limit=3&after={}", t_xids[2])), "tXid"), t_xids[3..6]);
    assert_eq!(get(&sim, &format!("/transactions?after={}", t_xids[6])), json!([]));
    assert_eq!(pluck(&get(&sim, "/transactions?referenceNo=order-4"), "tXid"), t_xids[4..5]);
    problem(&sim.http().get(&format!("{API}/transactions?after=none")), 404, "not-found");
    for limit in ["x", "-1", "1.5"] {
        problem(&sim.http().get(&format!("{API}/transactions?limit={limit}")), 422, "bad-value");
    }
}

#[test]
fn transactions_are_found_by_digit_and_by_stage() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xids = ["open", "paid", "looked-at", "refused", "left", "over"].map(|name| registered(&shop, name));
    let [open, paid, looked_at, refused, left, over] = &t_xids;
    for (t_xid, act) in [(paid, "approve"), (looked_at, "review"), (refused, "reject"), (left, "abandon")] {
        assert_eq!(buyer(&sim, t_xid, &json!({ "do": act })).status, 200);
    }
    assert_eq!(partner(&sim, over, "expire").status, 200);
    for (status, expected) in [
        ("9", vec![open, left]),
        ("0", vec![paid]),
        ("3", vec![looked_at]),
        ("8", vec![refused, over]),
        ("registered", vec![open]),
        ("approved", vec![paid]),
        ("under-review", vec![looked_at]),
        ("declined", vec![refused]),
        ("abandoned", vec![left]),
        ("expired", vec![over]),
        ("cancelled", vec![]),
        ("7", vec![]),
    ] {
        let found = get(&sim, &format!("/transactions?status={status}"));
        assert_eq!(pluck(&found, "tXid").iter().collect::<Vec<_>>(), expected, "{status}");
        assert!(pluck(&found, "status").iter().all(|digit| digit.len() == 1), "{found}");
    }
}

#[test]
fn a_transaction_shows_itself_and_its_timeline() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order-1", 25_145).with("instmntMon", "3").tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    let t_xid = registered.t_xid();
    let shown = transaction(&sim, &t_xid);
    for (field, value) in [
        ("tXid", t_xid.as_str()),
        ("referenceNo", "order-1"),
        ("iMid", "PAYLOANTES"),
        ("amt", "25145"),
        ("stage", "registered"),
        ("status", "9"),
        ("rule", "approve/default"),
        ("createdAt", "2025-12-31T17:00:00Z"),
        ("expiresAt", "2026-01-01T17:00:00Z"),
        ("payMethod", "06"),
        ("mitraCd", "KDVI"),
        ("instmntMon", "3"),
        ("tokenizeUser", "1"),
        ("clientUserKey", "customer-7"),
        ("dbProcessUrl", receiver.url()),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert_eq!((&shown["partnerUrl"], &shown["callbackUrl"]), (&Value::Null, &Value::Null));

    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
    let shown = transaction(&sim, &t_xid);
    assert_eq!((&shown["stage"], &shown["step"]), (&json!("at-partner"), &json!("sign-in")));
    assert_eq!(shown["partnerUrl"], format!("/kredivo/v2/signin?tk={tk}"));
    browser.sign_in(&tk, Login::default());
    assert_eq!(transaction(&sim, &t_xid)["step"], "plan");
    browser.choose(&tk, "6");
    assert_eq!(transaction(&sim, &t_xid)["step"], "otp");
    browser.enter_otp(&tk, "4567");
    let callback = browser.return_to_shop(&tk);
    sim.advance("2s");

    let shown = transaction(&sim, &t_xid);
    assert_eq!(
        (&shown["stage"], &shown["status"], &shown["instmntMon"]),
        (&json!("approved"), &json!("0"), &json!("6"))
    );
    assert_eq!((&shown["phone"], &shown["plan"]["instmntMon"]), (&json!("081291891818"), &json!("6")));
    assert_eq!(shown["callbackUrl"], callback.as_str());
    assert_eq!(shown["userToken"], receiver.only().field("userToken"));
    assert_eq!(shown["notifications"], json!([get(&sim, "/notifications")[0]["id"]]));
    let timeline: Vec<_> =
        pluck(&shown["timeline"], "type").into_iter().filter(|kind| kind != "exchange.recorded").collect();
    assert_eq!(
        timeline,
        [
            "transaction.registered",
            "payment.opened",
            "partner.login",
            "partner.plan-chosen",
            "partner.otp-sent",
            "partner.otp-passed",
            "transaction.approved",
            "token.issued",
            "notification.scheduled",
            "callback.sent",
            "notification.attempted",
            "notification.delivered",
        ]
    );
    problem(&sim.http().get(&format!("{API}/transactions/none")), 404, "not-found");
}

/// Room is made for orders that stay, not for those that are refused.
#[test]
fn a_refused_duplicate_pushes_nobody_out() {
    let sim = Simulator::builder().scenario("instant").settings("max-transactions = 3").start();
    let shop = sim.shop();
    for i in 0..3 {
        let registered = shop.register(&shop.order(&format!("kept-{i}"), 25_145));
        assert_eq!(buyer(&sim, &registered.t_xid(), &json!({})).status, 200);
    }
    assert_eq!(shop.register(&shop.order("kept-2", 25_145)).result_cd(), "9009");
    assert_eq!(pluck(&get(&sim, "/transactions"), "referenceNo"), ["kept-0", "kept-1", "kept-2"]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Notifications

#[test]
fn notifications_are_listed_with_request_and_answers() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let t_xid = shop.register(&shop.order("order", 25_145).notify(receiver.url())).t_xid();
    buyer(&sim, &t_xid, &json!({}));
    let planned = &get(&sim, "/notifications")[0];
    assert_eq!((&planned["state"], &planned["kind"]), (&json!("scheduled"), &json!("approve")));
    assert_eq!(planned["nextAttemptAt"], "2025-12-31T17:00:02Z");
    assert_eq!((&planned["request"], &planned["attempts"]), (&Value::Null, &json!([])));
    sim.advance("2s");
    let told = get(&sim, &format!("/notifications?tXid={t_xid}&iMid=PAYLOANTES"));
    let told = &told[0];
    assert!(told["id"].is_string(), "{told}");
    assert_eq!(
        (&told["tXid"], &told["referenceNo"], &told["url"]),
        (&json!(t_xid), &json!("order"), &json!(receiver.url()))
    );
    assert_eq!((&told["state"], &told["nextAttemptAt"]), (&json!("delivered"), &Value::Null));
    assert_eq!(told["request"]["body"], receiver.only().body);
    assert_eq!(told["request"]["fields"]["status"], "0");
    assert_eq!(
        told["attempts"],
        json!([{
            "number": 1, "at": "2025-12-31T17:00:02Z", "trigger": "scheduled",
            "httpStatus": 200, "answerHeaders": "content-length: 2\n", "answer": "OK",
        }])
    );
    for event in ["scheduled", "attempted", "delivered"] {
        assert_eq!(sim.events(&format!("notification.{event}"))[0]["notification"], told["id"], "{event}");
    }
    let other = registered(&shop, "other");
    assert_eq!(get(&sim, &format!("/notifications?tXid={other}")), json!([]));
}

#[test]
fn the_newest_notifications_are_listed_when_there_are_too_many() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let t_xids = ["one", "two", "three"].map(|name| {
        let t_xid = shop.register(&shop.order(name, 25_145).notify(receiver.url())).t_xid();
        buyer(&sim, &t_xid, &json!({}));
        t_xid
    });
    assert_eq!(pluck(&get(&sim, "/notifications"), "tXid"), t_xids);
    assert_eq!(pluck(&get(&sim, "/notifications?limit=2"), "tXid"), t_xids[1..]);
    problem(&sim.http().get(&format!("{API}/notifications?limit=x")), 422, "bad-value");
}

#[test]
fn only_what_exists_is_sent_again() {
    let sim = Simulator::start();
    for id in ["1", "0", "none", "-1", "99999999999999999999999"] {
        problem(&post(&sim, &format!("/notifications/{id}/resend"), &json!({})), 404, "not-found");
    }
}

/// What was pushed out before it was told of says so.
#[test]
fn a_notification_of_what_is_forgotten_is_skipped_with_its_reason() {
    let sim = Simulator::builder().settings("max-transactions = 1").start();
    let shop = sim.shop();
    let first = shop.register(&shop.order("first", 25_145)).t_xid();
    assert_eq!(buyer(&sim, &first, &json!({})).status, 200);
    assert_eq!(shop.register(&shop.order("second", 25_145)).result_cd(), "0000");
    sim.advance("2s");
    let skipped = sim.events("notification.skipped");
    assert!(skipped[0]["reason"].as_str().unwrap().contains("--max-transactions"), "{skipped:?}");
    assert_eq!(get(&sim, "/notifications")[0]["state"], "skipped");
}
