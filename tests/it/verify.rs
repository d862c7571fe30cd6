//! Assertions on the log: what holds, what does not and why, and what cannot be meant.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc;
use std::thread;

use nicepay_sim::testing::{Answer, Reply, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const KEY: &str = "a-merchant-key-that-nobody-may-ever-see";
const CALLBACK: &str = "http://shop.test/thanks";

fn verify(sim: &Simulator, body: &Value) -> Reply {
    sim.http().post_json(&format!("{API}/verify"), body)
}

#[track_caller]
fn holds(sim: &Simulator, body: &Value) -> Value {
    let reply = verify(sim, body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer = reply.json();
    assert_eq!(answer["ok"], true);
    answer
}

/// The problem of an assertion that does not hold.
#[track_caller]
fn fails(sim: &Simulator, body: &Value) -> Value {
    let reply = verify(sim, body);
    assert_eq!((reply.status, reply.header("content-type")), (409, Some("application/problem+json")), "{}", reply.body);
    let problem = reply.json();
    assert_eq!((&problem["type"], &problem["ok"]), (&json!("urn:nicepay-sim:problem:not-verified"), &json!(false)));
    problem
}

#[track_caller]
fn lines(problem: &Value) -> Vec<&str> {
    problem["detail"].as_str().unwrap().lines().collect()
}

/// A paid order whose first notification was answered 500 and the second 200; the numbers of both attempts.
fn paid(sim: &Simulator, reference_no: &str) -> [u64; 2] {
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut answers = [500, 200].into_iter();
    receiver.answer_with(move |_| Answer::status(answers.next().unwrap()));
    let order = shop.order(reference_no, 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    sim.advance("2m");
    let attempts = sim.events(&format!("notification.attempted&referenceNo={reference_no}"));
    let ids: Vec<_> = attempts.iter().map(|event| event["id"].as_u64().unwrap()).collect();
    ids.try_into().unwrap()
}

#[test]
fn what_happened_holds() {
    let sim = Simulator::start();
    let [failed, delivered] = paid(&sim, "order-1");
    let answer = holds(
        &sim,
        &json!({
            "iMid": "PAYLOANTES",
            "referenceNo": "order-1",
            "expect": [
                { "type": "transaction.approved", "times": 1, "where": { "instmntMon": "1" } },
                { "type": "notification.attempted", "times": { "atLeast": "1", "atMost": 2 } },
                { "type": "notification.attempted", "times": "1", "where": { "httpStatus": 200, "kind": "approve" } },
                { "where": { "httpStatus": "500" } },
                { "type": "transaction.declined,transaction.cancelled", "times": 0 },
                { "referenceNo": "order-2", "times": 0 },
            ],
        }),
    );
    let matched = &answer["matched"];
    assert_eq!(matched.as_array().unwrap().len(), 6);
    assert_eq!((&matched[1], &matched[2]), (&json!([failed, delivered]), &json!([delivered])));
    assert_eq!((&matched[3], &matched[4], &matched[5]), (&json!([failed]), &json!([]), &json!([])));
    assert_eq!(answer["last"], json!(sim.events("").len()), "the numbers go on from there");
    assert_eq!(answer.get("incomplete"), None);
}

#[test]
fn a_miss_is_explained_like_an_assertion() {
    let sim = Simulator::start();
    let [failed, delivered] = paid(&sim, "order-1");
    let body = json!({
        "referenceNo": "order-1",
        "expect": [
            { "type": "transaction.approved", "times": 1 },
            { "type": "notification.attempted", "times": 2, "where": { "httpStatus": 200 } },
            { "type": "notification.delivered", "times": 0 },
            { "type": "transaction.cancelled" },
        ],
    });
    let problem = fails(&sim, &body);
    let lines = lines(&problem);
    assert_eq!(
        &lines[..2],
        [
            format!(
                "expect[1]: expected exactly 2 notification.attempted with httpStatus=200, referenceNo=order-1, \
                 saw 1 (event {delivered})"
            ),
            format!("  nearest: event {failed} has httpStatus=500"),
        ]
    );
    let others: Vec<_> = lines.iter().filter(|line| line.starts_with("expect[")).skip(1).collect();
    assert_eq!(
        others,
        [
            &format!(
                "expect[2]: expected no notification.delivered with referenceNo=order-1, saw 1 (event {})",
                delivered + 1
            ),
            &"expect[3]: expected at least 1 transaction.cancelled with referenceNo=order-1, saw none".to_owned(),
        ]
    );
    let misses = problem["misses"].as_array().unwrap();
    assert_eq!(misses.iter().map(|miss| &miss["index"]).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((&misses[0]["seen"], &misses[0]["events"]), (&json!(1), &json!([delivered])));
    let nearest = &misses[0]["nearest"][0];
    assert_eq!((&nearest["id"], &nearest["type"]), (&json!(failed), &json!("notification.attempted")));
    assert_eq!(nearest["differs"], json!([{ "field": "httpStatus", "expected": "200", "actual": "500" }]));
    assert_eq!(misses[1]["nearest"], json!([]), "there are too many, not too few");
}

#[test]
fn the_first_events_have_to_follow_one_another() {
    let sim = Simulator::start();
    paid(&sim, "order-1");
    let order = |names: [&str; 3]| {
        let expect: Vec<_> = names.iter().map(|name| json!({ "type": name })).collect();
        json!({ "inOrder": true, "expect": expect })
    };
    holds(&sim, &order(["transaction.registered", "transaction.approved", "notification.delivered"]));
    let problem = fails(&sim, &order(["transaction.registered", "notification.delivered", "transaction.approved"]));
    let first = |name: &str| sim.events(name)[0]["id"].clone();
    let (approved, delivered) = (first("transaction.approved"), first("notification.delivered"));
    let expected = format!("the first transaction.approved after event {delivered} of expect[1]");
    assert_eq!(lines(&problem), [format!("expect[2]: expected {expected}, saw it as event {approved}")]);
    assert_eq!((&problem["misses"][0]["index"], &problem["misses"][0]["expected"]), (&json!(2), &json!(expected)));
}

#[test]
fn what_is_due_now_is_done_before_the_judgement() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (let_go, may_go) = mpsc::channel::<()>();
    receiver.answer_with(move |_| {
        may_go.recv().unwrap();
        Answer::status(200)
    });
    let order = shop.order("order-1", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    let expect = json!([{ "type": "notification.delivered", "tXid": registered.t_xid() }]);
    // The merchant has not answered yet: one assertion does not wait for that, the other does.
    fails(&sim, &json!({ "drain": false, "expect": expect }));
    thread::scope(|scope| {
        let waits = scope.spawn(|| holds(&sim, &json!({ "expect": expect })));
        for _ in 0..50 {
            assert_eq!(sim.http().get(&format!("{API}/info")).status, 200);
        }
        assert!(!waits.is_finished());
        let_go.send(()).unwrap();
        assert_eq!(waits.join().unwrap()["matched"][0].as_array().unwrap().len(), 1);
    });
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn only_what_came_after_counts_where_that_is_said() {
    let sim = Simulator::start();
    let shop = sim.shop();
    shop.register(&shop.order("one", 25_145));
    let expect = json!([{ "type": "transaction.registered", "times": 1 }]);
    let last = holds(&sim, &json!({ "expect": expect }))["last"].as_u64().unwrap();
    shop.register(&shop.order("two", 25_145));
    fails(&sim, &json!({ "expect": expect }));
    assert_eq!(holds(&sim, &json!({ "after": last, "expect": expect }))["matched"], json!([[last + 1]]));
    assert_eq!(holds(&sim, &json!({ "after": last.to_string(), "expect": expect }))["matched"], json!([[last + 1]]));
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    holds(&sim, &json!({ "expect": [{ "type": "transaction.registered", "times": 0 }] }));
}

#[test]
fn a_log_that_has_forgotten_something_says_so() {
    let sim = Simulator::builder().settings("max-events = 4").start();
    let shop = sim.shop();
    (0..4).for_each(|i| drop(shop.register(&shop.order(&format!("order-{i}"), 25_145))));
    let none = json!([{ "type": "transaction.refused", "times": 0 }]);
    let answer = holds(&sim, &json!({ "expect": none }));
    assert_eq!(answer["incomplete"], true);
    assert!(answer["detail"].as_str().unwrap().contains("from 1 to 5 (--max-events"), "{answer}");
    assert_eq!(holds(&sim, &json!({ "after": 5, "expect": none })).get("incomplete"), None, "all of that is there");

    let problem = fails(&sim, &json!({ "expect": [{ "referenceNo": "order-0" }] }));
    assert_eq!(problem["incomplete"], true);
    assert!(lines(&problem).last().unwrap().contains("an expected event may be among them"), "{problem}");
    // What a reset hides is not missed: after it, the log is whole again.
    sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": "PAYLOANTES" }));
    assert_eq!(holds(&sim, &json!({ "iMid": "PAYLOANTES", "expect": none })).get("incomplete"), None);
    assert_eq!(holds(&sim, &json!({ "expect": none }))["incomplete"], true, "others may have done something");
}

#[test]
fn an_assertion_that_cannot_be_meant_is_refused() {
    let sim = Simulator::start();
    let one = |expect: Value| json!({ "expect": [expect] });
    let times = |times: Value| one(json!({ "type": "clock.moved", "times": times }));
    let many = vec![json!({ "type": "clock.moved", "times": 0 }); 101];
    #[rustfmt::skip]
    let rows = [
        (json!({}),                                              400, "bad-json",  "missing field `expect`"),
        (json!({ "expect": [] }),                                422, "bad-value", "expect is empty"),
        (json!({ "expect": many }),                              422, "bad-value", "the maximum is 100"),
        (json!({ "expect": {} }),                                400, "bad-json",  "expected a sequence"),
        (json!({ "expect": ["clock.moved"] }),                   400, "bad-json",  "expected a map"),
        (json!({ "expect": [["clock.moved"]] }),                 400, "bad-json",  "expected a map"),
        (json!({ "expect": [{ "type": "clock.moved" }], "x": 1 }), 400, "bad-json", "unknown field `x`"),
        (json!({ "expect": [{ "type": "clock.moved" }], "drain": "no" }), 400, "bad-json", "expected a boolean"),
        (json!({ "expect": [{ "type": "clock.moved" }], "inOrder": 1 }), 400, "bad-json", "expected a boolean"),
        (json!({ "expect": [{ "type": "clock.moved" }], "after": -1 }), 400, "bad-json", "expected a whole number"),
        (json!({ "expect": [{ "type": "clock.moved" }], "after": "x" }), 400, "bad-json", "not a whole number"),
        (json!({ "expect": [{ "type": "clock.moved" }], "iMid": 5 }), 400, "bad-json", "expected a string"),
        (one(json!({})),                                         422, "bad-value", "expect[0]: it has neither type nor where"),
        (one(json!({ "times": 0 })),                             422, "bad-value", "neither type nor where"),
        (one(json!({ "type": "" })),                             422, "bad-value", "neither type nor where"),
        (one(json!({ "type": 5 })),                              400, "bad-json",  "expect[0]: invalid type: integer `5`"),
        (one(json!({ "typ": "clock.moved" })),                   400, "bad-json",  "expect[0]: unknown field `typ`"),
        (one(json!({ "type": "clock.move", "times": 0 })),       422, "bad-value", "there is no event type clock.move; the nearest is clock.moved"),
        (one(json!({ "type": "nothing", "times": 0 })),          422, "bad-value", "docs/reference/events.md lists all types"),
        (one(json!({ "type": "clock.moved", "where": [] })),     400, "bad-json",  "expected a map"),
        (one(json!({ "type": "clock.moved", "where": { "to": null } })), 422, "bad-value", "where.to must be"),
        (one(json!({ "type": "clock.moved", "where": { "to": [1] } })), 422, "bad-value", "where.to must be"),
        (times(json!(-1)),                                       400, "bad-json",  "times is -1"),
        (times(json!(1.5)),                                      400, "bad-json",  "times is 1.5"),
        (times(json!("two")),                                    400, "bad-json",  "times is \"two\""),
        (times(json!([1, 2])),                                   400, "bad-json",  "times is [1,2]"),
        (times(json!({})),                                       422, "bad-value", "neither atLeast nor atMost"),
        (times(json!({ "atleast": 1 })),                         400, "bad-json",  "unknown field `atleast`"),
        (times(json!({ "atLeast": true })),                      400, "bad-json",  "times.atLeast is true"),
        (times(json!({ "atLeast": 3, "atMost": "2" })),          422, "bad-value", "which is more than atMost 2"),
    ];
    for (body, status, slug, says) in rows {
        let reply = verify(&sim, &body);
        let problem = reply.json();
        assert_eq!(
            (reply.status, &problem["type"]),
            (status, &json!(format!("urn:nicepay-sim:problem:{slug}"))),
            "{body}"
        );
        assert!(problem["detail"].as_str().unwrap().contains(says), "{body}: {problem}");
    }
}

#[test]
fn a_key_stands_in_no_explanation() {
    let sim = Simulator::start();
    let shop = sim.new_shop("MYSHOP0001", KEY);
    shop.register(&shop.order(KEY, 25_145).with("merchantToken", KEY));
    let body = json!({ "expect": [{ "type": "transaction.refused", "referenceNo": KEY, "where": { "resultCd": 1 } }] });
    let reply = verify(&sim, &body);
    assert!(reply.status == 409 && reply.body.contains("has resultCd=9010"), "{}", reply.body);
    assert!(!reply.body.contains(KEY), "{}", reply.body);
}

#[test]
fn a_rust_test_verifies_with_types() {
    let sim = Simulator::start();
    let [_, delivered] = paid(&sim, "order-1");
    sim.verify()
        .i_mid("PAYLOANTES")
        .reference_no("order-1")
        .expect("transaction.registered")
        .expect("transaction.approved")
        .times(1)
        .field("instmntMon", 1)
        .expect("notification.attempted")
        .at_least(1)
        .at_most(2)
        .expect("transaction.approved")
        .reference_no("order-2")
        .times(0)
        .in_order()
        .check();
    let approved = sim.wait_for("transaction.approved").within("1s");
    let after = || sim.verify().after(&approved).expect("transaction.approved").t_xid(&approved.field("tXid"));
    after().times(0).check();
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| {
        sim.verify().expect("notification.attempted").times(2).field("httpStatus", 200).check();
    }));
    let said = panic.unwrap_err().downcast_ref::<String>().unwrap().clone();
    let expected = "expect[0]: expected exactly 2 notification.attempted with httpStatus=200";
    assert!(said.starts_with(&format!("{expected}, saw 1 (event {delivered})\n  nearest: event ")), "{said}");
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| sim.verify().times(1).check()));
    assert_eq!(
        *panic.unwrap_err().downcast_ref::<String>().unwrap(),
        "times belongs to an expectation: call expect first"
    );
}
