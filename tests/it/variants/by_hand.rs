//! By hand: what is told, whether it is true or not, and what makes no sense.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{
    API, CALLBACK, act, arrives, by_hand, notices, ordered, paid, pluck, problem, register, statuses, verifies,
};

#[test]
fn by_hand_the_stage_says_what_is_told() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    for (n, (acts, status, kind)) in [
        (&[("buyer", "approve")][..], "0", "approve"),
        (&[("buyer", "review")], "3", "pending"),
        (&[("buyer", "reject")], "8", "reject"),
        (&[("buyer", "review"), ("partner", "approve")], "0", "approve"),
    ]
    .into_iter()
    .enumerate()
    {
        let order = shop.order(&format!("order-{n}"), 25_145).tokenize("customer-7").notify(receiver.url());
        let registered = shop.register(&order);
        for (who, what) in acts {
            act(&sim, &registered, who, what);
        }
        sim.advance("1h");
        let truth = receiver.received().pop().unwrap();
        let told = arrives(&sim, &receiver, &registered, &json!({}));
        assert_eq!((&told.head, &told.body), (&truth.head, &truth.body), "{acts:?}: as it was told");
        assert_eq!(told.field("status"), status);
        let shown = notices(&sim).pop().unwrap();
        assert_eq!((&shown["kind"], &shown["rule"]), (&json!(kind), &json!("control/notify")));
        assert_eq!((&shown["variant"], &shown["state"]), (&json!("plain"), &json!("delivered")));
        assert_eq!(shown["attempts"][0]["trigger"], "manual");
    }
    let order = shop.order("cancelled", 25_145).tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    act(&sim, &registered, "buyer", "approve");
    sim.advance("2s");
    let truth = receiver.received().pop().unwrap();
    assert_eq!(shop.cancel(&registered, "1", "25145").result_cd(), "0000");
    assert_eq!(arrives(&sim, &receiver, &registered, &json!({})).body, truth.body, "there is none of a cancel");
}

#[test]
fn by_hand_it_is_one_try_and_nobody_has_to_be_notified() {
    let sim = Simulator::builder().settings("notify-on = []").start();
    let receiver = sim.receiver();
    receiver.answer(500);
    let registered = paid(&sim, &receiver);
    let ids = sim.notify(&registered.t_xid(), &json!({ "times": 2, "every": "10s", "after": "1m" }));
    assert_eq!(ids, ["1", "2"]);
    sim.advance("59s");
    assert_eq!(receiver.received().len(), 0);
    sim.advance("168h");
    assert_eq!(receiver.received().len(), 2, "never sent again");
    assert_eq!(pluck(&notices(&sim), "state"), ["exhausted"; 2]);
    assert_eq!(pluck(&notices(&sim), "id"), ids);
    let attempted = sim.events("notification.attempted");
    assert_eq!(pluck(&attempted, "at"), ["2025-12-31T17:01:00Z", "2025-12-31T17:01:10Z"]);
    assert_eq!(pluck(&attempted, "trigger"), ["manual"; 2]);
    let scheduled = &sim.events("notification.scheduled")[0];
    assert_eq!((&scheduled["variant"], &scheduled["rule"]), (&json!("plain"), &json!("control/notify")));
}

#[test]
fn by_hand_the_schedule_goes_on_as_it_was() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    receiver.answer(500);
    let registered = paid(&sim, &receiver);
    arrives(&sim, &receiver, &registered, &json!({}));
    sim.advance("168h");
    assert_eq!(receiver.received().len(), 5, "one by hand, four of the schedule");
}

#[test]
fn of_an_open_order_only_lies_are_told() {
    for (acts, stage) in
        [(&[][..], "registered"), (&[("buyer", "abandon")], "abandoned"), (&[("partner", "expire")], "expired")]
    {
        let sim = Simulator::start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let (_, registered) = register(&shop, &receiver);
        for (who, what) in acts {
            act(&sim, &registered, who, what);
        }
        for how in [
            json!({}),
            json!({ "variant": "late" }),
            json!({ "variant": "changed-amount" }),
            json!({ "variant": "out-of-order" }),
            json!({ "variant": "missing-field", "field": "status" }),
            json!({ "fields": { "amt": "1" } }),
        ] {
            let refused = by_hand(&sim, &registered.t_xid(), &how);
            problem(&refused, 409, "stage", &format!("that is {stage} has no notification to send"));
            assert_eq!(refused.json()["stage"], stage);
        }
        assert!(notices(&sim).is_empty());
        for (how, status, kind, valid) in [
            (json!({ "variant": "changed-status" }), "0", "approve", true),
            (json!({ "variant": "changed-status", "status": "8" }), "8", "reject", true),
            (json!({ "fields": { "status": "3" } }), "3", "pending", true),
            (json!({ "variant": "reversal" }), "1", "approve", true),
            (json!({ "variant": "wrong-token" }), "0", "approve", false),
            (json!({ "variant": "unknown-txid" }), "0", "approve", true),
        ] {
            let told = arrives(&sim, &receiver, &registered, &how);
            assert_eq!((told.field("status"), verifies(&shop, &told)), (status, valid), "{how}");
            assert_eq!(notices(&sim).pop().unwrap()["kind"], kind, "{how}");
        }
        let call = format!("{API}/transactions/{}", registered.t_xid());
        assert_eq!(sim.http().get(&call).json()["stage"], stage, "nothing of it is true");
    }
}

#[test]
fn by_hand_an_earlier_state_is_told_after_the_end() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let (_, registered) = register(&sim.shop(), &receiver);
    act(&sim, &registered, "buyer", "review");
    sim.advance("1m");
    let how = json!({ "variant": "out-of-order" });
    let refused = by_hand(&sim, &registered.t_xid(), &how);
    problem(&refused, 409, "stage", "has no earlier notification");
    act(&sim, &registered, "partner", "approve");
    sim.advance("1m");
    let pending = receiver.received()[0].clone();
    assert_eq!(arrives(&sim, &receiver, &registered, &how).body, pending.body);
    assert_eq!(statuses(&receiver), ["3", "0", "3"]);

    // One that never was under review.
    let straight = sim.shop().register(&sim.shop().order("straight", 25_145).notify(receiver.url()));
    act(&sim, &straight, "buyer", "pay");
    assert_eq!(arrives(&sim, &receiver, &straight, &how).field("status"), "3");
}

#[test]
fn by_hand_what_was_not_tried_is_lost() {
    let sim = ordered("[{ variant = 'out-of-order', of = ['pending'] }, { variant = 'plain', of = ['pending'] }]");
    let receiver = sim.receiver();
    receiver.answer(500);
    let (_, registered) = register(&sim.shop(), &receiver);
    let lost = json!({ "variant": "lost" });
    let nothing = |sim: &Simulator| {
        problem(&by_hand(sim, &registered.t_xid(), &lost), 409, "nothing-to-withdraw", "was already attempted");
    };
    nothing(&sim);
    act(&sim, &registered, "buyer", "review");
    sim.notify(&registered.t_xid(), &json!({ "variant": "late" }));
    sim.advance("2s");
    // Held, tried, by hand and not yet due.
    assert_eq!(pluck(&notices(&sim), "state"), ["held", "scheduled", "scheduled"]);
    assert_eq!(sim.notify(&registered.t_xid(), &lost), ["1", "3"]);
    assert_eq!(pluck(&notices(&sim), "state"), ["skipped", "scheduled", "skipped"]);
    let skipped = sim.events("notification.skipped");
    assert_eq!(pluck(&skipped, "reason"), ["dropped by control/notify"; 2]);
    nothing(&sim);
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 4, "what was tried is tried again");
    assert_eq!(sim.events("notification.skipped").len(), 2);
    // What was withdrawn can still be asked for.
    assert_eq!(sim.http().post_json(&format!("{API}/notifications/1/resend"), &json!({})).status, 202);
    sim.drain();
    assert_eq!(receiver.received().len(), 5);
}

#[test]
fn by_hand_the_browser_is_waited_for_too() {
    let sim = ordered("'lost'");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (order, registered) = register(&shop, &receiver);
    let mut customer = sim.buyer();
    let tk = customer.open(&shop.payment_url(&order, &registered, CALLBACK));
    act(&sim, &registered, "buyer", "pay");
    let how = json!({ "variant": "after-return" });
    sim.notify(&registered.t_xid(), &how);
    sim.advance("1h");
    assert!(receiver.received().is_empty());
    customer.return_to_shop(&tk);
    sim.drain();
    assert_eq!(receiver.received().len(), 1);
    arrives(&sim, &receiver, &registered, &how);
}

#[test]
fn what_makes_no_sense_by_hand_is_refused() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    for (how, status, slug, says) in [
        (json!({ "of": ["approve"] }), 422, "bad-value", "`of` is only for rules"),
        (
            json!({ "variant": "before-answer" }),
            422,
            "bad-value",
            "`before-answer` is not possible: the registration is already answered",
        ),
        (json!({ "variant": "duplicate", "times": 0 }), 422, "bad-value", "1 to 1000"),
        (json!({ "status": "8" }), 422, "bad-value", "`status` needs variant = \"changed-status\""),
        (json!({ "amt": 5 }), 422, "bad-value", "`amt` needs"),
        (json!({ "variant": "lost", "times": 2 }), 422, "bad-value", "is not sent"),
        (json!({ "every": "1s" }), 422, "bad-value", "`every` needs"),
        (json!({ "variant": "slow", "lasts": "61s" }), 422, "bad-value", "at most 60s"),
        (json!({ "fields": { "a b": "x" } }), 422, "bad-value", "not a valid field name"),
        (json!({ "fields": { "a\r\nb": "x" } }), 422, "bad-value", "not a valid field name"),
        (
            json!({ "variant": "wrong-content-type", "contentType": "text/plain\r\nX-Forged: 1" }),
            422,
            "bad-value",
            "printable",
        ),
        (json!({ "variant": "wrong-content-type", "contentType": "x".repeat(129) }), 422, "bad-value", "at most 128"),
        (json!({ "variant": "reset", "contentType": "text/plain" }), 422, "bad-value", "needs variant"),
        (json!({ "variant": "explode" }), 400, "bad-json", "unknown variant `explode`"),
        (json!({ "varient": "lost" }), 400, "bad-json", "unknown field `varient`"),
        (json!({ "times": "twice" }), 400, "bad-json", "expected u32"),
        (json!({ "times": -1 }), 400, "bad-json", "expected u32"),
        (json!({ "after": "-1s" }), 400, "bad-json", "is negative"),
        (json!({ "after": 5 }), 400, "bad-json", "expected a string"),
        (json!({ "fields": { "x": [1] } }), 400, "bad-json", "a text or a whole number"),
        (json!({ "signed": "yes" }), 400, "bad-json", "expected a boolean"),
    ] {
        problem(&by_hand(&sim, &registered.t_xid(), &how), status, slug, says);
    }
    problem(&by_hand(&sim, "none", &json!({})), 404, "not-found", "there is no transaction");
    assert_eq!(notices(&sim).len(), 1, "nothing was planned");
}
