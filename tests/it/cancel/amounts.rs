//! How much goes back: all of it, a part of it, and as a rule has it.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{AMT, CANCEL, JSON, PHONE, Sale, signed};
use crate::bodies::set;

const KEYS: [&str; 8] = ["tXid", "referenceNo", "resultCd", "resultMsg", "transDt", "transTm", "description", "amt"];

// ---------------------------------------------------------------------------------------------------------------------
// All of it, a part of it

#[test]
fn all_of_it_goes_back() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("all", AMT).notify(receiver.url()).with("description", "Order Description");
    let sale = Sale::of(&sim, &shop, order);
    sim.advance("90s");
    let callback = sim.buyer().pay(&sale.payment_url());
    assert!(callback.contains("resultCd=0000"), "{callback}");
    sim.advance("10m");
    assert_eq!(receiver.only().field("status"), "0");
    let paid = sale.inquiry();
    assert_eq!((&paid["transTm"], &paid["reqTm"]), (&json!("000130"), &json!("000000")));
    assert_eq!(sale.shopper(PHONE)["owes"], "25145");

    let answer = sale.cancel("1", "25145");
    sale.taken(&answer, "25145", "25145", "refund");
    let keys: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, KEYS);
    assert_eq!(answer.json()["transTm"], "000000", "the registration's time, as in the published sample");
    assert_eq!(answer.json()["description"], "Order Description");
    assert_eq!(answer.header("x-sim-rule"), Some("approve/default"));

    // The inquiry: the same keys as before, and only these three are others.
    let mut expected = paid;
    expected["status"] = "2".into();
    expected["resultMsg"] = "refund".into();
    expected["cancelAmt"] = "25145".into();
    assert_eq!(sale.inquiry().to_string(), expected.to_string());
    let transaction = sale.transaction();
    for (name, value) in [
        ("stage", "cancelled"),
        ("status", "2"),
        ("cancelAmt", "25145"),
        ("cancelKind", "refund"),
        ("approvedAt", "2025-12-31T17:01:30Z"),
        ("cancelledAt", "2025-12-31T17:11:30Z"),
        ("phone", PHONE),
    ] {
        assert_eq!(transaction[name], value, "{name}");
    }
    assert_eq!(sale.shopper(PHONE)["owes"], "0");
    assert_eq!(sale.cancels().len(), 1);

    // Nobody is told, not even in three months.
    sim.advance("2400h");
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(sim.events("notification.scheduled").len(), 1);
}

#[test]
fn parts_of_it_go_back_until_nothing_is_left() {
    let sim = Simulator::start();
    let sale = Sale::paid(&sim, "parts");
    assert_eq!(sale.stands(), ("0".into(), "paid".into(), None));
    // Two equal ones are two.
    for (amt, sum, owes) in [("10000", "10000", "15145"), ("5000", "15000", "10145"), ("5000", "20000", "5145")] {
        sim.advance("1h");
        sale.taken(&sale.cancel("2", amt), amt, sum, "refund");
        assert_eq!(sale.stands(), ("0".into(), "paid".into(), Some(sum.into())));
        assert_eq!(sale.inquiry()["amt"], "25145");
        let transaction = sale.transaction();
        assert_eq!((&transaction["stage"], &transaction["cancelAmt"]), (&json!("approved"), &json!(sum)));
        assert_eq!(sale.shopper(PHONE)["owes"], owes);
    }
    sale.taken(&sale.cancel("2", "5145"), "5145", "25145", "refund");
    assert_eq!(sale.stands(), ("2".into(), "refund".into(), Some("25145".into())));
    assert_eq!(sale.transaction()["stage"], "cancelled");
    assert_eq!(sale.shopper(PHONE)["owes"], "0");
    assert_eq!(sale.cancels().len(), 4);
    sale.refuses_cancel("one rupiah more", "2", "1", "9314", "cancel/twice");
}

#[test]
fn a_part_may_be_all_of_it_or_one_rupiah() {
    let sim = Simulator::start();
    let sale = Sale::paid(&sim, "all as a part");
    sale.taken(&sale.cancel("2", "25145"), "25145", "25145", "refund");
    assert_eq!(sale.transaction()["stage"], "cancelled");
    let sale = Sale::paid_at(&sim, &sim.shop(), "one rupiah", 1);
    sale.taken(&sale.cancel("1", "1"), "1", "1", "refund");
    let sale = Sale::paid(&sim, "rupiah by rupiah");
    for (sum, left) in [("1", "25144"), ("2", "25143"), ("3", "25142")] {
        sale.taken(&sale.cancel("2", "1"), "1", sum, "refund");
        assert_eq!(sale.shopper(PHONE)["owes"], left);
    }
}

#[test]
fn how_an_amount_may_be_written() {
    let sim = Simulator::start();
    let rows = [
        ("a number", json!(25_145)),
        ("a string", json!("25145")),
        ("zeros before it", json!("025145")),
        ("twelve digits", json!("000000025145")),
    ];
    for (what, amt) in rows {
        let sale = Sale::paid(&sim, what);
        let body = signed(&sale.shop, set(sale.fields("1", ""), "amt", amt));
        sale.taken(&sim.http().post_json(CANCEL, &body), "25145", "25145", "refund");
        assert_eq!(sale.shopper(PHONE)["owes"], "0", "{what}");
    }
}

#[test]
fn what_does_not_fit_what_is_left() {
    let sim = Simulator::start();
    let whole = Sale::paid(&sim, "whole");
    for (what, cancel_type, amt, code, slug) in [
        ("a rupiah too much", "1", "25146", "9319", "cancel/too-much"),
        ("a part of a rupiah too much", "2", "25146", "9319", "cancel/too-much"),
        ("as much as twelve digits can say", "2", "999999999999", "9319", "cancel/too-much"),
        ("all, a rupiah short", "1", "25144", "8061", "cancel/not-all"),
        ("all, and one rupiah", "1", "1", "8061", "cancel/not-all"),
    ] {
        whole.refuses_cancel(what, cancel_type, amt, code, slug);
    }
    let part = Sale::paid(&sim, "part");
    part.taken(&part.cancel("2", "10000"), "10000", "10000", "refund");
    for (what, cancel_type, amt, code, slug) in [
        ("all of the order", "1", "25145", "9320", "cancel/full-after-partial"),
        ("all that is left", "1", "15145", "9320", "cancel/full-after-partial"),
        ("all, a rupiah", "1", "1", "9320", "cancel/full-after-partial"),
        ("all, far too much", "1", "99999", "9320", "cancel/full-after-partial"),
        ("a rupiah too much", "2", "15146", "9319", "cancel/too-much"),
        ("the whole order", "2", "25145", "9319", "cancel/too-much"),
    ] {
        part.refuses_cancel(what, cancel_type, amt, code, slug);
    }
    let nothing = Sale::paid(&sim, "nothing");
    nothing.taken(&nothing.cancel("1", "25145"), "25145", "25145", "refund");
    for (what, cancel_type, amt) in
        [("again", "1", "25145"), ("a part", "2", "1"), ("too much", "2", "25146"), ("too little", "1", "1")]
    {
        nothing.refuses_cancel(what, cancel_type, amt, "9314", "cancel/twice");
    }
    // A refusal has spoilt nothing.
    whole.taken(&whole.cancel("1", "25145"), "25145", "25145", "refund");
    part.taken(&part.cancel("2", "15145"), "15145", "25145", "refund");
}

// ---------------------------------------------------------------------------------------------------------------------
// As a rule has it

#[test]
fn a_rule_gives_back_what_is_left_and_never_nothing() {
    let sim = Simulator::start();
    sim.rule(
        &json!({ "when": { "referenceNo": "all-of-it" }, "then": { "refund": { "amt": 30_000, "after": "1h" } } }),
    );
    sim.rule(&json!({ "when": { "referenceNo": "small" }, "then": { "refund": { "percent": 1, "after": "1h" } } }));
    let hits = || sim.events("rule.hit").len();

    // More than is left is all that is left.
    let sale = Sale::paid(&sim, "all-of-it");
    assert_eq!(sale.cancel("2", "20000").result_cd(), "0000");
    sim.advance("1h");
    assert_eq!(sale.stands(), ("2".to_owned(), "refund".to_owned(), Some("25145".to_owned())));
    assert_eq!((sale.cancels()[1]["amt"].as_str(), hits()), (Some("5145"), 1));

    // A percentage of little is nothing, and nothing is no cancel.
    let sale = Sale::paid_at(&sim, &sim.shop(), "small", 99);
    sim.advance("1h");
    assert_eq!((sale.stands().2, sale.cancels().len(), hits()), (None, 0, 1));
}

/// People sign the amount of the order, and send the part.
#[test]
fn a_part_that_is_signed_with_the_whole_amount_is_told_so() {
    let sim = Simulator::start();
    let sale = Sale::paid(&sim, "part");
    let mut fields = sale.fields("2", "1000");
    let token = sale.shop.sign(&["20260101120000", sale.shop.i_mid(), &sale.t_xid(), "25145"]);
    fields["merchantToken"] = token.into();
    let answer = sim.http().send("POST", CANCEL, &[JSON], fields.to_string());
    assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9010", "merchantToken/amt-differs"));
    let why = answer.header("x-sim-diagnosis").unwrap();
    assert!(why.contains("amt 25145") && why.contains("\"1000\""), "{why}");
}
