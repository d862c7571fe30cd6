//! When money can go back: not before it is paid, not too early, not after ninety days; and until when it is a void.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::json;

use super::{AMT, API, PHONE, Sale, ScenarioFile, without_waiting};

#[test]
fn what_is_not_paid_is_not_found_and_stays_as_payable_as_it_was() {
    /// Brings an order to a stage.
    type Way = fn(&Sale<'_>);
    let rows: [(&str, Option<&str>, bool, Way); 10] = [
        ("registered", None, true, |_| ()),
        ("at-partner", Some("sign-in"), true, |sale| {
            sale.sim.buyer().open(&sale.payment_url());
        }),
        ("at-partner", Some("plan"), true, |sale| {
            let mut buyer = sale.sim.buyer();
            let tk = buyer.open(&sale.payment_url());
            buyer.sign_in(&tk, Login::default());
        }),
        ("at-partner", Some("otp"), true, |sale| {
            let mut buyer = sale.sim.buyer();
            let tk = buyer.open(&sale.payment_url());
            buyer.sign_in(&tk, Login::default());
            buyer.choose(&tk, "1");
        }),
        ("abandoned", None, true, |sale| {
            sale.play(&json!({ "do": "abandon" }));
        }),
        ("under-review", None, false, |sale| {
            sale.play(&json!({ "do": "review" }));
        }),
        ("declined", None, false, |sale| {
            sale.play(&json!({ "do": "reject" }));
        }),
        ("expired", None, false, |sale| sale.sim.advance("24h")),
        ("expired", None, false, |sale| {
            let path = format!("{API}/transactions/{}/partner", sale.t_xid());
            assert_eq!(sale.sim.http().post_json(&path, &json!({ "do": "expire" })).status, 200);
        }),
        ("declined", None, false, |sale| {
            sale.play(&json!({ "do": "pay", "phone": "089900000004" }));
        }),
    ];
    for (i, (stage, step, payable, way)) in rows.into_iter().enumerate() {
        for profile in ["lenient", "strict"] {
            let sim = without_waiting(profile);
            let sale = Sale::of(&sim, &sim.shop(), sim.shop().order(&format!("unpaid-{i}"), AMT));
            way(&sale);
            let transaction = sale.transaction();
            assert_eq!((transaction["stage"].as_str(), transaction["step"].as_str()), (Some(stage), step));
            for (cancel_type, amt) in [("1", "25145"), ("2", "100"), ("2", "99999"), ("1", "1")] {
                sale.refuses_cancel(stage, cancel_type, amt, "9528", "transaction/unpaid");
            }
            assert!(sale.cancels().is_empty());
            if payable {
                sale.pay();
                sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
            }
        }
    }
}

#[test]
fn a_seamless_payment_can_be_cancelled_once_it_has_settled() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("seamless", AMT).seamless("e0478456-6b50-460c-85e0-627a1e22d2e0");
    let sale = Sale::of(&sim, &shop, order);
    sim.advance("999ms");
    sale.refuses_cancel("before it settles", "1", "25145", "9528", "transaction/unpaid");
    sim.advance("1ms");
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    sim.advance("1h");
    assert_eq!(sale.stands().0, "2", "nothing settles it again");
    assert_eq!(sim.events("transaction.approved").len(), 1);
}

#[test]
fn a_review_that_ends_well_can_be_cancelled() {
    let sim = Simulator::builder().scenario("review-then-approve").start();
    let shop = sim.shop();
    let sale = Sale::of(&sim, &shop, shop.order("review", AMT));
    sim.buyer().pay(&sale.payment_url());
    sale.refuses_cancel("under review", "1", "25145", "9528", "transaction/unpaid");
    sim.advance("30s");
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
}

/// Too early until that long after the payment, and then not.
fn too_early(sim: &Simulator, until_just_before: &str) {
    let sale = Sale::of(sim, &sim.shop(), sim.shop().order("early", AMT));
    sim.advance("1h");
    sale.refuses_cancel("unpaid", "1", "25145", "9528", "transaction/unpaid");
    sale.pay();
    for (cancel_type, amt) in [("1", "25145"), ("2", "1"), ("2", "99999"), ("1", "1")] {
        sale.refuses_cancel("at once", cancel_type, amt, "9302", "cancel/too-early");
    }
    sim.advance(until_just_before);
    sale.refuses_cancel("a moment too early", "1", "25145", "9302", "cancel/too-early");
    sim.advance("1ms");
    sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
    sale.taken(&sale.cancel("2", "25000"), "25000", "25145", "refund");
    assert_eq!(sale.stands().0, "2");
}

#[test]
fn too_early_as_in_the_live_sandbox() {
    let sim = Simulator::builder().scenario("cancel-too-early").start();
    too_early(&sim, "539999ms");
}

#[test]
fn too_early_as_a_scenario_file_says() {
    let file = ScenarioFile::new("busy", "busy = '3s'");
    too_early(&file.start(), "2999ms");
    let file = ScenarioFile::new("busy-day", "busy = '26h'");
    too_early(&file.start(), "93599999ms");
}

#[test]
fn a_cancel_works_at_once_where_no_scenario_says_otherwise() {
    for scenario in ["approve", "instant", "cancel-voids"] {
        let sim = Simulator::builder().scenario(scenario).start();
        let sale = Sale::paid(&sim, "at once");
        assert_eq!(sale.cancel("1", "25145").result_cd(), "0000", "{scenario}");
    }
}

#[test]
fn ninety_days_after_the_payment_is_the_last_moment() {
    let sim = Simulator::start();
    let [whole, part, late] = ["whole", "part", "late"].map(|reference_no| {
        let sale = Sale::of(&sim, &sim.shop(), sim.shop().order(reference_no, AMT));
        sim.advance("1h");
        sale.pay();
        sale
    });
    // Each was paid an hour after the one before it.
    part.taken(&part.cancel("2", "145"), "145", "145", "refund");
    sim.advance("2158h");
    whole.taken(&whole.cancel("1", "25145"), "25145", "25145", "refund");
    sim.advance("1h");
    part.taken(&part.cancel("2", "20000"), "20000", "20145", "refund");
    sim.advance("1ms");
    for (cancel_type, amt) in [("2", "5000"), ("1", "5000"), ("2", "99999")] {
        part.refuses_cancel("part", cancel_type, amt, "9334", "cancel/too-late");
    }
    whole.refuses_cancel("cancelled before, and too late", "1", "25145", "9334", "cancel/too-late");
    late.taken(&late.cancel("2", "1"), "1", "1", "refund");
    sim.advance("59m 59s 999ms");
    late.taken(&late.cancel("2", "1"), "1", "2", "refund");
    sim.advance("1ms");
    late.refuses_cancel("late", "2", "1", "9334", "cancel/too-late");
    assert_eq!(late.stands(), ("0".into(), "paid".into(), Some("2".into())));
}

#[test]
fn within_the_void_window_it_is_a_void() {
    let sim = Simulator::builder().scenario("cancel-voids").start();
    let [at_once, inside, across, outside] =
        ["at once", "inside", "across", "outside"].map(|reference_no| Sale::paid(&sim, reference_no));
    at_once.taken(&at_once.cancel("1", "25145"), "25145", "25145", "void");
    assert_eq!(at_once.stands(), ("1".into(), "void".into(), Some("25145".into())));
    assert_eq!((&at_once.transaction()["status"], &at_once.transaction()["cancelKind"]), (&json!("1"), &json!("void")));
    for sale in [&inside, &across] {
        sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
        assert_eq!(sale.stands(), ("0".into(), "paid".into(), Some("145".into())), "a part is no void");
    }
    sim.advance("86399999ms");
    inside.taken(&inside.cancel("2", "25000"), "25000", "25145", "refund");
    assert_eq!(inside.stands(), ("2".into(), "refund".into(), Some("25145".into())), "only the whole amount is a void");
    sim.advance("1ms");
    across.taken(&across.cancel("2", "25000"), "25000", "25145", "refund");
    assert_eq!(across.stands(), ("2".into(), "refund".into(), Some("25145".into())));
    outside.taken(&outside.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(outside.stands(), ("2".into(), "refund".into(), Some("25145".into())));
    assert_eq!(outside.shopper(PHONE)["owes"], "0", "a void gives as much back as a refund");
    // What is over stays what it was.
    sim.advance("48h");
    assert_eq!(at_once.stands().0, "1");
}

#[test]
fn a_scenario_file_has_both_windows() {
    let file = ScenarioFile::new("both", "busy = '10s'\nvoid-window = '20s'");
    let sim = file.start();
    let [early, late] = ["early", "late"].map(|reference_no| Sale::paid(&sim, reference_no));
    early.refuses_cancel("too early", "1", "25145", "9302", "cancel/too-early");
    sim.advance("10s");
    early.taken(&early.cancel("1", "25145"), "25145", "25145", "void");
    sim.advance("10s");
    late.taken(&late.cancel("1", "25145"), "25145", "25145", "refund");
}
