//! `POST /audits` and `GET /audits/current`: the drills, and what is refused.

use std::fmt::Write as _;
use std::sync::mpsc;

use nicepay_sim::testing::{Answer, Simulator};
use serde_json::{Value, json};

use super::merchant::{Merchant, events, run, wait};

const DRILLS: [&str; 17] = [
    "genuine",
    "return-before-notification",
    "return-without-notification",
    "notifications-lost",
    "wrong-token",
    "changed-status",
    "changed-amount",
    "unknown-txid",
    "missing-field",
    "wrong-content-type",
    "duplicate",
    "broken-connection",
    "pending-after-paid",
    "review-then-approve",
    "review-then-reject",
    "declined",
    "expired",
];

fn names(audit: &Value) -> Vec<&str> {
    audit["drills"].as_array().unwrap().iter().map(|drill| drill["name"].as_str().unwrap()).collect()
}

#[track_caller]
fn is_without_errors(audit: &Value) {
    assert_eq!(
        (&audit["state"], &audit["reason"], &audit["probeProblem"]),
        (&json!("complete"), &Value::Null, &Value::Null)
    );
    for drill in audit["drills"].as_array().unwrap() {
        assert_eq!((&drill["error"], &drill["notes"]), (&Value::Null, &json!([])), "{drill}");
    }
}

#[test]
fn every_drill_is_run_with_a_merchant_that_works() {
    let sim = Simulator::start();
    let merchant = Merchant::start(&sim);
    let audit = merchant.audit(&sim, &[]);
    is_without_errors(&audit);
    assert_eq!(names(&audit), DRILLS);
    // What each drill has sent, and what the merchant has answered.
    let mut sent = vec![String::new(); DRILLS.len()];
    let numbers: Vec<_> =
        audit["drills"].as_array().unwrap().iter().map(|drill| drill["referenceNo"].clone()).collect();
    let variants = sim.http().get("/__sim/api/notifications?iMid=AUDITED001&limit=1000").json();
    let variant = |id: &Value| {
        let known = variants.as_array().unwrap().iter().find(|known| known["id"] == *id).unwrap();
        known["variant"].as_str().unwrap_or("plain").to_owned()
    };
    for event in events(&sim, "notification.attempted") {
        let drill = numbers.iter().position(|number| *number == event["referenceNo"]).unwrap();
        let status = event["httpStatus"].as_u64().unwrap_or(0);
        let kind = event["kind"].as_str().unwrap();
        let _ = write!(sent[drill], "{kind} {} {status}, ", variant(&event["notification"]));
    }
    let expected = [
        "approve plain 200, ",
        "approve plain 200, ",
        "",
        "",
        "approve wrong-token 403, approve plain 200, ",
        "pending plain 200, pending changed-status 200, reject plain 200, ",
        "approve changed-amount 400, approve plain 200, ",
        "approve unknown-txid 400, approve plain 200, ",
        "approve missing-field 400, approve missing-field 403, approve plain 200, ",
        "approve wrong-content-type 403, approve plain 200, ",
        "approve duplicate 200, approve duplicate 200, approve duplicate 200, ",
        "approve reset 0, approve no-answer 0, approve plain 200, ",
        "approve plain 200, pending out-of-order 200, ",
        "pending plain 200, approve plain 200, ",
        "pending plain 200, reject plain 200, ",
        "reject plain 200, ",
        "",
    ];
    assert_eq!(sent, expected);
    // The browser was really in the shop.
    assert_eq!((merchant.calls("/return"), events(&sim, "callback.sent").len()), (6, 6));
    // The probe saw each order before and after each message.
    for (drill, number) in DRILLS.iter().zip(&numbers) {
        let probes: Vec<_> =
            events(&sim, "merchant.probed").into_iter().filter(|probe| probe["referenceNo"] == *number).collect();
        assert!(probes.len() >= 3 || *drill == "expired", "{drill}: {probes:#?}");
        assert_eq!((&probes[0]["paid"], &probes[0]["fulfilled"]), (&json!(false), &json!(0)), "{drill}");
        let is_paid = ![
            "return-without-notification",
            "notifications-lost",
            "changed-status",
            "review-then-reject",
            "declined",
            "expired",
        ]
        .contains(drill);
        let last = probes.last().unwrap();
        assert_eq!((&last["paid"], &last["fulfilled"]), (&json!(is_paid), &json!(u64::from(is_paid))), "{drill}");
    }
    assert_eq!(events(&sim, "transaction.expired").len(), 1);
    // Everything is as before.
    let scenario = sim.http().get("/__sim/api/scenario?iMid=AUDITED001").json();
    assert_eq!((&scenario["name"], &scenario["own"]), (&json!("approve"), &json!(false)));
    assert_eq!(sim.http().get("/__sim/api/clock").json()["mode"], "manual");
}

#[test]
fn the_browser_walks_through_every_lender_and_checkout() {
    for (fields, method) in [
        (vec![("mitraCd", json!("AKLP"))], "GET"),
        (vec![("mitraCd", json!("IDNA"))], "POST"),
        (vec![("mitraCd", json!("KDVI")), ("instmntMon", json!("12"))], "GET"),
        (vec![("payMethod", json!("00"))], "GET"),
    ] {
        let sim = Simulator::start();
        let merchant = Merchant::with(&sim, &fields, |_, _| None);
        let audit = merchant.audit(&sim, &["genuine"]);
        is_without_errors(&audit);
        let callbacks = events(&sim, "callback.sent");
        assert_eq!((callbacks.len(), &callbacks[0]["method"]), (1, &json!(method)), "{fields:?}");
        assert_eq!(merchant.calls("/return"), 1, "{fields:?}");
        assert_eq!(events(&sim, "partner.otp-passed").len(), 1, "{fields:?}");
    }
}

/// The token pays. The browser only passes NICEPAY's page.
#[test]
fn a_payment_by_a_user_token_needs_no_lender() {
    let sim = Simulator::start();
    sim.new_shop("AUDITED001", "a-key-of-the-audit");
    let token = "0b5d9f3e-6d0c-4b8e-9a37-6f1f3c0c8a11";
    let issued = json!({ "iMid": "AUDITED001", "clientUserKey": "siti", "userToken": token });
    assert_eq!(sim.http().post_json("/__sim/api/tokens", &issued).status, 201);
    let fields = [("tokenizeUser", json!("2")), ("userToken", json!(token)), ("clientUserKey", json!("siti"))];
    let merchant = Merchant::with(&sim, &fields, |_, _| None);
    let audit = merchant.audit(&sim, &["genuine", "declined"]);
    is_without_errors(&audit);
    let codes: Vec<_> = events(&sim, "callback.sent").iter().map(|callback| callback["resultCd"].clone()).collect();
    assert_eq!(codes, ["0000", "9030"]);
    assert_eq!((merchant.calls("/return"), events(&sim, "partner.login").len()), (2, 0));
}

#[test]
fn without_a_payment_url_the_customer_is_played() {
    let sim = Simulator::start();
    let shop = sim.new_shop("AUDITED001", "a-key-of-the-audit");
    let receiver = sim.receiver();
    let (notify, mut count) = (receiver.url().to_owned(), 0);
    receiver.answer_with(move |received| {
        if received.head.starts_with("GET /buy") {
            count += 1;
            shop.register(&shop.order(&format!("a-{count}"), 25_145).notify(&notify));
        }
        Answer::status(200)
    });
    let order = receiver.url().replace("/notify", "/buy");
    let audit = run(&sim, &json!({ "iMid": "AUDITED001", "order": order, "only": ["genuine", "wrong-token"] }));
    assert_eq!(audit["state"], "complete", "{audit:#}");
    assert!(audit["drills"][0]["notes"][0].as_str().unwrap().contains("no URL of the payment page"), "{audit:#}");
    assert_eq!((&audit["drills"][1]["error"], &audit["drills"][1]["notes"]), (&Value::Null, &json!([])));
    assert_eq!(events(&sim, "transaction.approved").len(), 2);
    assert_eq!(events(&sim, "notification.attempted").len(), 3);
}

#[test]
fn the_scenario_and_the_clock_of_before_come_back() {
    let sim = Simulator::builder().clock("system").start();
    let merchant = Merchant::start(&sim);
    let path = "/__sim/api/scenario?iMid=AUDITED001";
    assert_eq!(sim.http().put_json(path, &json!({ "name": "reject" })).status, 200);
    is_without_errors(&merchant.audit(&sim, &["genuine"]));
    let scenario = sim.http().get(path).json();
    assert_eq!((&scenario["name"], &scenario["own"]), (&json!("reject"), &json!(true)));
    assert_eq!(sim.http().get("/__sim/api/clock").json()["mode"], "system");
}

#[test]
fn there_is_one_audit_at_a_time_and_it_has_the_clock() {
    let sim = Simulator::builder().workers(2).start();
    assert_eq!(sim.http().get("/__sim/api/audits/current").status, 404);
    let (open, closed) = mpsc::channel::<()>();
    let merchant = Merchant::wrong(&sim, move |_, path| {
        if path == "/buy" {
            let _ = closed.recv();
        }
        None
    });
    let started = sim.http().post_json("/__sim/api/audits", &merchant.plan(&["genuine"]));
    assert_eq!((started.status, &started.json()["total"]), (202, &json!(1)));
    wait(&sim, |audit| audit["drill"] == "genuine");
    let again = sim.http().post_json("/__sim/api/audits", &merchant.plan(&["genuine"]));
    assert_eq!((again.status, again.json()["type"].as_str()), (409, Some("urn:nicepay-sim:problem:audit")));
    let clock = sim.http().post_json("/__sim/api/clock/advance", &json!({ "by": "1s" }));
    assert_eq!((clock.status, clock.json()["type"].as_str()), (409, Some("urn:nicepay-sim:problem:clock")));
    open.send(()).unwrap();
    is_without_errors(&wait(&sim, |audit| audit["state"] != "running"));
    assert_eq!(sim.http().post_json("/__sim/api/clock/advance", &json!({ "by": "1s" })).status, 200);
}

#[test]
fn what_cannot_be_audited_is_refused() {
    let sim = Simulator::start();
    let merchant = Merchant::start(&sim);
    for (change, status, says) in [
        (json!({ "iMid": "NOBODY" }), 404, "NOBODY"),
        (json!({ "order": "curl http://127.0.0.1:1/" }), 422, "no http or https URL"),
        (json!({ "order": "http://shop.example.com/buy" }), 422, "--allow-egress shop.example.com"),
        (json!({ "probe": "http://169.254.169.254/{tXid}" }), 422, "--allow-egress"),
        (json!({ "probe": "rm -r /" }), 422, "no http or https URL"),
        (json!({ "only": ["NP-99"] }), 422, "the nearest is NP-"),
        (json!({ "only": ["genuin"] }), 422, "the nearest is genuine"),
        (json!({ "only": ["NP-28"] }), 422, "no drill exercises NP-28"),
        (json!({ "paid": "(" }), 422, "no regular expression"),
        (json!({ "fulfilled": "count" }), 422, "no JSON pointer"),
        (json!({ "probe": null }), 422, "need a probe"),
        (json!({ "command": "true" }), 400, "unknown field"),
    ] {
        let mut plan = merchant.plan(&[]);
        plan.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = sim.http().post_json("/__sim/api/audits", &plan);
        assert_eq!(refused.status, status, "{change}: {}", refused.body);
        assert!(refused.body.contains(says), "{change}: {}", refused.body);
    }
    assert_eq!(sim.http().get("/__sim/api/audits/current").status, 404);
    assert_eq!(merchant.calls("/buy"), 0);
}
