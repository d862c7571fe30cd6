//! What buyer and partner do, from which stage; and that a command that is refused changes nothing.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, PUBLISHED_TOKEN, buyer, get, partner, pluck, post, problem, registered, transaction};

/// Brings a new order to a stage; answers with its tXid and whether a browser waits for the way back.
fn bring_to(sim: &Simulator, reference_no: &str, place: &str) -> (String, bool) {
    let shop = sim.shop();
    let order = shop.order(reference_no, 25_145);
    let registered = shop.register(&order);
    let t_xid = registered.t_xid();
    let mut browser = sim.buyer();
    let mut open = || {
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        (tk, true)
    };
    let has_browser = match place {
        "registered" => false,
        "sign-in" => open().1,
        "plan" => {
            let (tk, waits) = open();
            browser.sign_in(&tk, Login::default());
            waits
        }
        "otp" => {
            let (tk, waits) = open();
            browser.sign_in(&tk, Login::default());
            browser.choose(&tk, "1");
            waits
        }
        "expired" => {
            assert_eq!(partner(sim, &t_xid, "expire").status, 200);
            false
        }
        act => {
            assert_eq!(buyer(sim, &t_xid, &json!({ "do": act })).status, 200, "{act}");
            false
        }
    };
    (t_xid, has_browser)
}

#[test]
fn the_buyer_does_everything_from_every_open_stage() {
    let sim = Simulator::start();
    let acts = [
        ("pay", "approved", "0", "approve/default"),
        ("approve", "approved", "0", "control/buyer"),
        ("review", "under-review", "3", "control/buyer"),
        ("reject", "declined", "8", "control/buyer"),
        ("abandon", "abandoned", "9", "control/buyer"),
    ];
    for place in ["registered", "sign-in", "plan", "otp", "abandon"] {
        for (act, stage, status, rule) in acts {
            let (t_xid, has_browser) = bring_to(&sim, &format!("{place}-{act}"), place);
            let reply = buyer(&sim, &t_xid, &json!({ "do": act }));
            assert_eq!(reply.status, 200, "{place} {act}: {}", reply.body);
            let answer = reply.json();
            assert_eq!((&answer["stage"], &answer["rule"]), (&json!(stage), &json!(rule)), "{place} {act}");
            let code = if matches!(status, "0" | "3") { "0000" } else { "9030" };
            let callback =
                answer["callbackUrl"].as_str().map(|url| url.starts_with(&format!("{CALLBACK}?resultCd={code}")));
            assert_eq!(callback, has_browser.then_some(true), "{place} {act}: {answer}");
            let shown = transaction(&sim, &t_xid);
            assert_eq!((&shown["stage"], &shown["status"]), (&json!(stage), &json!(status)), "{place} {act}");
            let opened = sim.http().get(&format!("{API}/events?type=payment.opened&tXid={t_xid}")).json();
            let by: &[&str] = match place {
                "registered" => &["control"],
                "abandon" => &["control", "control"],
                _ => &["browser"],
            };
            assert_eq!(pluck(&opened, "by"), by, "{place} {act}");
        }
    }
}

#[test]
fn the_buyer_cannot_leave_a_review_but_it_can_be_decided() {
    let sim = Simulator::start();
    for (act, stage) in [
        ("approve", Some("approved")),
        ("reject", Some("declined")),
        ("pay", None),
        ("review", None),
        ("abandon", None),
    ] {
        let (t_xid, _) = bring_to(&sim, act, "review");
        let reply = buyer(&sim, &t_xid, &json!({ "do": act }));
        match stage {
            Some(stage) => assert_eq!(reply.json()["stage"], stage, "{act}: {}", reply.body),
            None => assert_eq!(problem(&reply, 409, "stage")["stage"], "under-review", "{act}"),
        }
    }
}

#[test]
fn nothing_moves_what_is_final() {
    let sim = Simulator::start();
    for (place, stage) in [("approve", "approved"), ("reject", "declined"), ("expired", "expired")] {
        let (t_xid, _) = bring_to(&sim, place, place);
        let before = get(&sim, "/events");
        for act in ["pay", "approve", "review", "reject", "abandon"] {
            let problem = problem(&buyer(&sim, &t_xid, &json!({ "do": act })), 409, "stage");
            assert_eq!(problem["stage"], stage, "{act}");
        }
        for act in ["approve", "reject", "expire"] {
            assert_eq!(problem(&partner(&sim, &t_xid, act), 409, "stage")["stage"], stage, "{act}");
        }
        assert_eq!(get(&sim, "/events"), before, "{stage}");
    }
}

#[test]
fn an_order_whose_time_is_up_is_final_too() {
    let sim = Simulator::start();
    let t_xid = registered(&sim.shop(), "old");
    sim.advance("24h");
    assert_eq!(problem(&buyer(&sim, &t_xid, &json!({})), 409, "stage")["stage"], "expired");
}

#[test]
fn the_buyer_pays_as_whom_and_as_told() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let rows = [
        (json!({}), "081291891818", "6"),
        (json!({ "do": "pay" }), "081291891818", "6"),
        (json!({ "instmntMon": 3 }), "081291891818", "3"),
        (json!({ "instmntMon": "12" }), "081291891818", "12"),
        (json!({ "instmntMon": null, "phone": null, "do": null }), "081291891818", "6"),
        (json!({ "phone": "+62 815-1311-4262" }), "081513114262", "1"),
        (json!({ "phone": "81513114262", "instmntMon": "1" }), "081513114262", "1"),
        (json!({ "do": "approve", "instmntMon": "24" }), "081291891818", "24"),
        (json!({ "do": "approve", "phone": "081513114262", "instmntMon": 3 }), "081513114262", "3"),
    ];
    for (n, (body, phone, months)) in rows.iter().enumerate() {
        let order = shop.order(&format!("order-{n}"), 25_145).with("instmntMon", "6");
        let t_xid = shop.register(&order).t_xid();
        let reply = buyer(&sim, &t_xid, body);
        assert_eq!(reply.json()["stage"], "approved", "{body}: {}", reply.body);
        let shown = transaction(&sim, &t_xid);
        assert_eq!((&shown["phone"], &shown["instmntMon"]), (&json!(phone), &json!(months)), "{body}");
    }
}

#[test]
fn the_buyer_says_why_it_is_rejected() {
    let sim = Simulator::start();
    let rows = [
        (None, "ordered"),
        (Some("ordered"), "ordered"),
        (Some("limit"), "limit"),
        (Some("risk"), "risk"),
        (Some("inactive"), "inactive"),
    ];
    for (reason, expected) in rows {
        let t_xid = registered(&sim.shop(), &format!("{reason:?}"));
        assert_eq!(buyer(&sim, &t_xid, &json!({ "do": "reject", "reason": reason })).json()["stage"], "declined");
        assert_eq!(transaction(&sim, &t_xid)["reason"], expected);
        let events = get(&sim, &format!("/events?type=transaction.declined&tXid={t_xid}&reason={expected}"));
        assert_eq!(pluck(&events, "rule"), ["control/buyer"]);
    }
}

#[test]
fn a_command_that_is_refused_changes_nothing() {
    let sim = Simulator::start();
    let t_xid = registered(&sim.shop(), "order");
    let before = get(&sim, "/events");
    for (body, status, slug) in [
        (json!({ "do": "steal" }), 422, "bad-value"),
        (json!({ "do": "" }), 422, "bad-value"),
        (json!({ "do": "reject", "reason": "mood" }), 422, "bad-value"),
        (json!({ "do": "pay", "reason": "risk" }), 422, "bad-value"),
        (json!({ "phone": "abc" }), 422, "bad-value"),
        (json!({ "phone": "081234567890" }), 422, "bad-value"),
        (json!({ "do": "approve", "phone": "081234567890" }), 422, "bad-value"),
        (json!({ "instmntMon": 0 }), 422, "bad-value"),
        (json!({ "instmntMon": 25 }), 422, "bad-value"),
        (json!({ "instmntMon": "300" }), 422, "bad-value"),
        (json!({ "instmntMon": 2 }), 422, "bad-value"),
        (json!({ "phone": "081513114262", "instmntMon": 3 }), 422, "bad-value"),
        (json!({ "instmntMon": "three" }), 400, "bad-json"),
        (json!({ "instmntMon": -1 }), 400, "bad-json"),
        (json!({ "instmntMon": 1.5 }), 400, "bad-json"),
        (json!({ "do": 1 }), 400, "bad-json"),
        (json!({ "what": "pay" }), 400, "bad-json"),
    ] {
        problem(&buyer(&sim, &t_xid, &body), status, slug);
        assert_eq!(transaction(&sim, &t_xid)["stage"], "registered", "{body}");
        assert_eq!(get(&sim, "/events"), before, "{body}");
    }
    problem(&buyer(&sim, "none", &json!({})), 404, "not-found");
}

#[test]
fn a_forced_approval_ignores_limits_and_pay_does_not() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let dear = |reference_no: &str| shop.register(&shop.order(reference_no, 3_500_001)).t_xid();
    let (refused, forced) = (dear("refused"), dear("forced"));
    let reply = buyer(&sim, &refused, &json!({})).json();
    assert_eq!((&reply["stage"], &reply["rule"]), (&json!("declined"), &json!("partner/account")));
    assert_eq!(transaction(&sim, &refused)["reason"], "limit");
    assert_eq!(buyer(&sim, &forced, &json!({ "do": "approve" })).json()["stage"], "approved");
    let shopper = get(&sim, "/shoppers/081291891818?iMid=PAYLOANTES");
    assert_eq!((&shopper["limits"]["30_days"]["remaining"], &shopper["owes"]), (&json!("0"), &json!("3500001")));
}

#[test]
fn pay_of_somebody_who_is_not_let_in_says_why() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (phone, reason) in [("089900000006", "inactive"), ("089900000007", "locked")] {
        let t_xid = registered(&shop, phone);
        let reply = buyer(&sim, &t_xid, &json!({ "phone": phone }));
        assert_eq!(reply.status, 200, "{}", reply.body);
        let answer = reply.json();
        assert_eq!((&answer["stage"], &answer["reason"]), (&json!("at-partner"), &json!(reason)), "{phone}");
        assert_eq!(answer["callbackUrl"], Value::Null);
        let failed = get(&sim, &format!("/events?type=partner.login-failed&tXid={t_xid}"));
        assert_eq!(pluck(&failed, "reason"), [reason]);
        assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "approved", "somebody else may");
    }
}

#[test]
fn the_buyer_is_locked_out_like_anybody_after_three_wrong_pins() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
    for _ in 0..3 {
        browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
    }
    let t_xid = registered.t_xid();
    assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "at-partner");
    sim.advance("30m");
    assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "approved");
}

#[test]
fn the_buyer_settles_a_seamless_payment_before_its_time() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xid = shop.register(&shop.order("seamless", 25_145).seamless(PUBLISHED_TOKEN)).t_xid();
    assert_eq!(buyer(&sim, &t_xid, &json!({})).json()["stage"], "approved");
    assert_eq!(transaction(&sim, &t_xid)["phone"], "082155553300", "the token's owner");
    sim.advance("1h");
    assert_eq!(sim.events("transaction.approved").len(), 1);
    assert_eq!(sim.events("notification.scheduled").len(), 1);
}

#[test]
fn the_partner_decides_a_review() {
    let sim = Simulator::start();
    for (act, stage, code) in [("approve", "approved", "0000"), ("reject", "declined", "9030")] {
        let shop = sim.shop();
        let order = shop.order(act, 25_145);
        let registered = shop.register(&order);
        sim.buyer().open(&shop.payment_url(&order, &registered, CALLBACK));
        let t_xid = registered.t_xid();
        buyer(&sim, &t_xid, &json!({ "do": "review" }));
        let answer = partner(&sim, &t_xid, act).json();
        assert_eq!(answer["stage"], stage);
        assert!(
            answer["callbackUrl"].as_str().unwrap().starts_with(&format!("{CALLBACK}?resultCd={code}")),
            "{answer}"
        );
        assert_eq!(transaction(&sim, &t_xid)["rule"], "control/partner");
    }
}

#[test]
fn a_review_waits_for_the_partner_for_ever() {
    let sim = Simulator::start();
    let (t_xid, _) = bring_to(&sim, "order", "review");
    sim.advance("100h");
    assert_eq!(transaction(&sim, &t_xid)["stage"], "under-review");
    assert_eq!(partner(&sim, &t_xid, "approve").json()["stage"], "approved");
}

#[test]
fn the_partner_ends_the_time_of_anything_open() {
    let sim = Simulator::start();
    for place in ["registered", "sign-in", "plan", "otp", "abandon", "review"] {
        let (t_xid, _) = bring_to(&sim, place, place);
        assert_eq!(partner(&sim, &t_xid, "expire").json()["stage"], "expired", "{place}");
        assert_eq!(transaction(&sim, &t_xid)["status"], "8");
    }
}

#[test]
fn the_callback_that_is_shown_is_the_one_that_the_browser_gets() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for act in ["approve", "review", "reject", "abandon", "expire"] {
        let order = shop.order(act, 25_145);
        let registered = shop.register(&order);
        let mut browser = sim.buyer();
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        let t_xid = registered.t_xid();
        let played =
            if act == "expire" { partner(&sim, &t_xid, act) } else { buyer(&sim, &t_xid, &json!({ "do": act })) };
        let told = played.json()["callbackUrl"].as_str().unwrap_or_default().to_owned();
        assert_eq!(told, browser.return_to_shop(&tk), "{act}");
    }
}

#[test]
fn the_partner_is_refused_too() {
    let sim = Simulator::start();
    problem(&partner(&sim, "none", "approve"), 404, "not-found");
    for (place, stage) in
        [("registered", "registered"), ("sign-in", "at-partner"), ("otp", "at-partner"), ("abandon", "abandoned")]
    {
        let (t_xid, _) = bring_to(&sim, place, place);
        for act in ["approve", "reject"] {
            assert_eq!(problem(&partner(&sim, &t_xid, act), 409, "stage")["stage"], stage, "{act}");
        }
        problem(&partner(&sim, &t_xid, "pay"), 422, "bad-value");
        problem(&post(&sim, &format!("/transactions/{t_xid}/partner"), &json!({})), 400, "bad-json");
        assert_eq!(transaction(&sim, &t_xid)["stage"], stage);
    }
}

#[test]
fn an_order_with_a_token_is_paid_by_its_owner_only() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let t_xid = shop.register(&shop.order("owned", 25_145).seamless(PUBLISHED_TOKEN)).t_xid();
    let reply = buyer(&sim, &t_xid, &json!({ "phone": "081291891818" }));
    assert!(problem(&reply, 422, "bad-value")["detail"].as_str().unwrap().contains("082155553300"));
    assert_eq!(buyer(&sim, &t_xid, &json!({ "phone": "082155553300" })).status, 200);
}
