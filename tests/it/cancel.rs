//! Money back (`docs/PROTOCOL.md` §2.6): how much, when and how often; what it changes, and that a refusal changes
//! nothing.

use std::fmt::Write as _;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use nicepay_sim::testing::{Login, Order, Reply, Shop, Simulator};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::bodies::{self, set, without};

const CANCEL: &str = "/nicepay/direct/v2/cancel";
const API: &str = "/__sim/api";
const CALLBACK: &str = "http://shop.test/thanks";
const JSON: (&str, &str) = ("content-type", "application/json");
/// The usual customer, who may borrow 3,500,000 for 30 days.
const PHONE: &str = "081291891818";
const AMT: u64 = 25_145;
const KEYS: [&str; 8] = ["tXid", "referenceNo", "resultCd", "resultMsg", "transDt", "transTm", "description", "amt"];
/// The text of each code (`docs/PROTOCOL.md` §4.10).
const TEXTS: &[(&str, &str)] = &[
    ("8003", "Order registration data error."),
    ("8061", "Full canceled error."),
    ("9001", "Failed to register your order. Please check your HTTP Message."),
    ("9010", "Invalid Merchant Token. Contact NICEPay for further information."),
    ("9011", "Invalid MID, Merchant is not registered. Contact NICEPay for further information."),
    ("9012", "This Payment method is currently not activated. Contact Nicepay for further information."),
    ("9014", "Undefined: Reference No. Please check your request parameter and make sure [referenceNo] is defined."),
    ("9031", "Date/Time check."),
    ("9108", "This Payment method is currently not activated. Contact Nicepay for further information."),
    ("9109", "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length."),
    ("9301", "Invalid Cancel Type."),
    ("9302", "Server is busy. Please kindly try again in few minutes."),
    ("9312", "No cancellation amount or cancellation amount includes the letter."),
    ("9314", "Can not cancel your request transaction number."),
    ("9319", "The amount you entered is larger than the amount you want to cancel."),
    ("9320", "Can not cancel the entire data already partially canceled."),
    ("9321", "Please fill in the requested amount greater than zero."),
    ("9334", "Cancellation period exceeds(limit 90 days)."),
    ("9528", "Transaction not found."),
];

/// An order, and everything that a cancel could change.
struct Sale<'a> {
    sim: &'a Simulator,
    shop: Shop,
    order: Order,
    registered: Reply,
    /// The last event that was looked at.
    seen: AtomicU64,
}

impl<'a> Sale<'a> {
    fn of(sim: &'a Simulator, shop: &Shop, order: Order) -> Self {
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{} {:?}", registered.body, registered.header("x-sim-diagnosis"));
        Self::registered(sim, shop, order, registered)
    }

    fn registered(sim: &'a Simulator, shop: &Shop, order: Order, registered: Reply) -> Self {
        Self { sim, shop: shop.clone(), order, registered, seen: AtomicU64::new(0) }
    }

    /// One of the published merchant's that is paid.
    fn paid(sim: &'a Simulator, reference_no: &str) -> Self {
        Self::paid_at(sim, &sim.shop(), reference_no, AMT)
    }

    fn paid_at(sim: &'a Simulator, shop: &Shop, reference_no: &str, amt: u64) -> Self {
        let sale = Self::of(sim, shop, shop.order(reference_no, amt));
        sale.pay();
        sale
    }

    fn t_xid(&self) -> String {
        self.registered.t_xid()
    }

    /// Plays the customer.
    fn play(&self, body: &Value) -> Value {
        let played = self.sim.http().post_json(&format!("{API}/transactions/{}/buyer", self.t_xid()), body);
        assert_eq!(played.status, 200, "{}", played.body);
        played.json()
    }

    fn pay(&self) {
        assert_eq!(self.play(&json!({}))["stage"], "approved");
    }

    fn payment_url(&self) -> String {
        self.shop.payment_url(&self.order, &self.registered, CALLBACK)
    }

    /// The fields of a cancel, unsigned.
    fn fields(&self, cancel_type: &str, amt: &str) -> Value {
        json!({
            "timeStamp": "20260101120000", "tXid": self.t_xid(), "iMid": self.shop.i_mid(), "payMethod": "06",
            "cancelType": cancel_type, "amt": amt,
        })
    }

    fn cancel(&self, cancel_type: &str, amt: &str) -> Reply {
        self.shop.cancel(&self.registered, cancel_type, amt)
    }

    fn back_office(&self, body: &Value) -> Reply {
        self.sim.http().post_json(&format!("{API}/transactions/{}/cancel", self.t_xid()), body)
    }

    fn inquiry(&self) -> Value {
        self.shop.inquire(&self.order, &self.registered).json()
    }

    /// `status`, `resultMsg` and `cancelAmt` of an inquiry.
    fn stands(&self) -> (String, String, Option<String>) {
        let inquiry = self.inquiry();
        assert_eq!(inquiry["resultCd"], "0000");
        let text = |name: &str| inquiry[name].as_str().unwrap().to_owned();
        (text("status"), text("resultMsg"), inquiry["cancelAmt"].as_str().map(str::to_owned))
    }

    fn shopper(&self, phone: &str) -> Value {
        self.sim.http().get(&format!("{API}/shoppers/{phone}?iMid={}", self.shop.i_mid())).json()
    }

    /// As the control API's list has it: without the log of all that was asked about it.
    fn transaction(&self) -> Value {
        let all = self.sim.http().get(&format!("{API}/transactions?iMid={}", self.shop.i_mid())).json();
        let found = all.as_array().unwrap().iter().find(|transaction| transaction["tXid"] == self.t_xid().as_str());
        found.unwrap().clone()
    }

    fn cancels(&self) -> Vec<Value> {
        let all = self.sim.events("transaction.cancelled");
        all.into_iter().filter(|event| event["tXid"] == self.t_xid().as_str()).collect()
    }

    /// Everything that a cancel changes, a line each.
    fn state(&self) -> Vec<String> {
        let shoppers = self.sim.http().get(&format!("{API}/shoppers?iMid={}", self.shop.i_mid())).json();
        let notices = self.sim.http().get(&format!("{API}/notifications")).json();
        let lists = [shoppers, notices];
        let lines = lists.iter().flat_map(|list| list.as_array().unwrap()).map(Value::to_string);
        [self.inquiry().to_string(), self.transaction().to_string()].into_iter().chain(lines).collect()
    }

    /// Nothing has changed since.
    #[track_caller]
    fn is_still(&self, before: &[String], what: &str) {
        let now = self.state();
        let changed = now.iter().find(|line| !before.contains(line));
        assert!(changed.is_none() && now.len() == before.len(), "{what} has changed something: {changed:?}");
    }

    /// A cancel that was taken: answer, event.
    #[track_caller]
    fn taken(&self, answer: &Reply, amt: &str, sum: &str, kind: &str) {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
        assert_eq!(answer.diagnosis(), "", "{}", answer.body);
        let description = Some(self.order.text("description")).filter(|text| !text.is_empty());
        // As in the published sample, the time is the one in the tXid.
        let t_xid = self.t_xid();
        let expected = json!({
            "tXid": t_xid, "referenceNo": self.order.text("referenceNo"), "resultCd": "0000", "resultMsg": "SUCCESS",
            "transDt": t_xid[12..20], "transTm": t_xid[20..26], "description": description,
            "amt": amt,
        });
        assert_eq!(answer.body, expected.to_string(), "every key in its place");
        let event = self.cancels().pop().expect("an event");
        let fields: Vec<_> =
            ["amt", "cancelAmt", "full", "kind", "by", "referenceNo", "iMid"].map(|n| &event[n]).into();
        let full = sum == self.order.text("amt");
        let expected = json!([amt, sum, full, kind, "merchant", self.order.text("referenceNo"), self.shop.i_mid()]);
        assert_eq!(json!(fields), expected, "{event}");
    }

    /// What has happened since this was last asked, whoever did it.
    fn news(&self) -> Vec<Value> {
        let after = self.seen.load(Ordering::Relaxed);
        let news = self.sim.http().get(&format!("{API}/events?limit=10000&after={after}")).json();
        let news = news.as_array().unwrap().clone();
        if let Some(last) = news.last() {
            self.seen.store(last["id"].as_u64().unwrap(), Ordering::Relaxed);
        }
        news
    }

    /// NICEPAY's no: every key there, and all but code and text null; explained beside it and in the log.
    #[track_caller]
    fn no(&self, what: &str, code: &str, slug: &str, send: impl FnOnce() -> Reply) {
        self.news();
        let answer = send();
        let why = answer.header("x-sim-diagnosis");
        assert_eq!(answer.status, 200, "{what}: {} {why:?}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{what}");
        let text = TEXTS.iter().find(|(known, _)| *known == code).map(|(_, text)| *text).unwrap();
        let expected = json!({
            "tXid": null, "referenceNo": null, "resultCd": code, "resultMsg": text, "transDt": null, "transTm": null,
            "description": null, "amt": null,
        });
        assert_eq!(answer.body, expected.to_string(), "{what}: {why:?}");
        assert_eq!(answer.diagnosis(), slug, "{what}: {why:?}");
        let news = self.news();
        let types: Vec<_> = news.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["transaction.refused", "exchange.recorded"], "{what}");
        assert_eq!((&news[0]["endpoint"], &news[0]["resultCd"]), (&json!("cancel"), &json!(code)), "{what}");
        assert_eq!(news[0]["diagnosis"].as_str(), why, "{what}");
    }

    /// The same, and nothing has changed.
    #[track_caller]
    fn refuses_sent(&self, what: &str, code: &str, slug: &str, send: impl FnOnce() -> Reply) {
        let before = self.state();
        self.no(what, code, slug, send);
        self.is_still(&before, what);
    }

    #[track_caller]
    fn refuses(&self, what: &str, body: &Value, code: &str, slug: &str) {
        self.refuses_sent(what, code, slug, || self.sim.http().post_json(CANCEL, body));
    }

    #[track_caller]
    fn refuses_cancel(&self, what: &str, cancel_type: &str, amt: &str, code: &str, slug: &str) {
        self.refuses(what, &signed(&self.shop, self.fields(cancel_type, amt)), code, slug);
    }
}

fn signed(shop: &Shop, body: Value) -> Value {
    bodies::signed(shop, ["timeStamp", "iMid", "tXid", "amt"], body)
}

/// A scenario file with that `[cancel]`; it lives in a directory of its own.
struct ScenarioFile(std::path::PathBuf);

impl ScenarioFile {
    fn new(name: &str, cancel: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("nicepay-sim-cancel-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "title = 't'\ndescription = 'd'\n[pace]\nnotification = '2s'\nseamless = '1s'\n[cancel]\n{cancel}\n"
        );
        std::fs::write(folder.join("mine.toml"), text).unwrap();
        Self(folder)
    }

    fn path(&self) -> String {
        self.0.join("mine.toml").to_str().unwrap().to_owned()
    }

    fn start(&self) -> Simulator {
        Simulator::builder().scenario(&self.path()).start()
    }
}

impl Drop for ScenarioFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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

    // The inquiry: 40 keys as before, and only these three are others.
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
// When

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
            let sim = Simulator::builder().profile(profile).start();
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
        sale.taken(&sale.cancel("2", "145"), "145", "145", "void");
        assert_eq!(sale.stands(), ("0".into(), "paid".into(), Some("145".into())), "a part is no void of the order");
    }
    sim.advance("86399999ms");
    inside.taken(&inside.cancel("2", "25000"), "25000", "25145", "void");
    assert_eq!(inside.stands(), ("1".into(), "void".into(), Some("25145".into())));
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

// ---------------------------------------------------------------------------------------------------------------------
// Limits, tokens, notifications, pages

#[test]
fn the_limit_comes_back() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, token) = (sim.shop(), "e0478456-6b50-460c-85e0-627a1e22d2e0");
    let remaining = || {
        let details = shop.user_details(token).json();
        let limits = details["limitDetails"].as_array().unwrap().clone();
        assert_eq!(limits.len(), 1, "30 days only: {details}");
        let at_control = sim.http().get(&format!("{API}/shoppers/081513114262?iMid=PAYLOANTES")).json();
        let text = limits[0]["remainingUserLimit"].as_str().unwrap().to_owned();
        assert_eq!(format!("{}.00", at_control["limits"]["30_days"]["remaining"].as_str().unwrap()), text);
        text
    };
    let buy = |reference_no: &str, amt: u64| {
        let sale = Sale::of(&sim, &shop, shop.order(reference_no, amt).seamless(token));
        sim.drain();
        sale
    };
    assert_eq!(remaining(), "3500000.00");
    let first = buy("first", 3_000_000);
    assert_eq!((first.stands().0.as_str(), remaining().as_str()), ("0", "500000.00"));
    assert_eq!(buy("does not fit", 500_001).stands().0, "8");
    first.taken(&first.cancel("2", "1"), "1", "1", "refund");
    assert_eq!(remaining(), "500001.00");
    let second = buy("fits again", 500_001);
    assert_eq!((second.stands().0.as_str(), remaining().as_str()), ("0", "0.00"));
    // A refusal gives nothing back.
    first.refuses_cancel("too much", "2", "3000000", "9319", "cancel/too-much");
    assert_eq!(remaining(), "0.00");
    first.taken(&first.cancel("2", "2999999"), "2999999", "3000000", "refund");
    assert_eq!(remaining(), "2999999.00");
    second.taken(&second.cancel("1", "500001"), "500001", "500001", "refund");
    assert_eq!(remaining(), "3500000.00");
    assert_eq!(buy("all of it", 3_500_000).stands().0, "0");
    // Another merchant's copy of the shopper knows nothing of it.
    let other = sim.http().get(&format!("{API}/shoppers/081513114262?iMid=IONPAYTEST")).json();
    assert_eq!(other["owes"], "0");
}

#[test]
fn an_account_that_somebody_set_to_owe_less_does_not_owe_less_than_nothing() {
    let sim = Simulator::start();
    let sale = Sale::paid(&sim, "set");
    let path = format!("{API}/shoppers/{PHONE}?iMid=PAYLOANTES");
    assert_eq!(sim.http().put_json(&path, &json!({ "owes": 100 })).status, 200);
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(sale.shopper(PHONE)["owes"], "0");
    assert_eq!(sale.shopper(PHONE)["limits"]["30_days"]["remaining"], "3500000");
}

#[test]
fn every_lender_and_checkout_gives_money_back() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (partner, phone) in [("KDVI", PHONE), ("AKLP", "087700000000"), ("IDNA", "0838499610")] {
        let order = shop.order(partner, AMT).with("mitraCd", partner);
        let sale = Sale::of(&sim, &shop, order);
        sale.pay();
        assert_eq!(sale.shopper(phone)["owes"], "25145", "{partner}");
        sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
        assert_eq!(sale.shopper(phone)["owes"], "25000", "{partner}");
        sale.taken(&sale.cancel("2", "25000"), "25000", "25145", "refund");
        assert_eq!(sale.shopper(phone)["owes"], "0", "{partner}");
        assert_eq!(sale.inquiry()["mitraCd"], partner);
    }
    // A Checkout's tXid has 00 in it, and is cancelled with 06, as in the published sample, or with 00.
    for pay_method in ["06", "00"] {
        let order =
            shop.order(&format!("checkout-{pay_method}"), AMT).with("payMethod", "00").with("callBackUrl", CALLBACK);
        let registered = shop.checkout(&order);
        assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
        let sale = Sale::registered(&sim, &shop, order, registered);
        assert_eq!(&sale.t_xid()[10..12], "00");
        sale.refuses_cancel("no lender is chosen yet", "1", "25145", "9528", "transaction/unpaid");
        sale.pay();
        let body = signed(&shop, set(sale.fields("1", "25145"), "payMethod", pay_method.into()));
        sale.taken(&sim.http().post_json(CANCEL, &body), "25145", "25145", "refund");
        assert_eq!(sale.stands(), ("2".into(), "refund".into(), Some("25145".into())));
    }
}

#[test]
fn a_cancel_does_not_stop_what_was_on_its_way_and_sends_nothing_itself() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let sale = Sale::of(&sim, &shop, shop.order("fast", AMT).notify(receiver.url()));
    sale.pay();
    // Before the merchant hears of the payment.
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    sim.advance("48h");
    assert_eq!(receiver.only().field("status"), "0", "the payment's");
    assert_eq!(sim.http().get(&format!("{API}/notifications")).json().as_array().unwrap().len(), 1);
}

#[test]
fn a_token_survives_the_cancel_of_what_it_came_with() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let sale = Sale::of(&sim, &shop, shop.order("with a token", AMT).tokenize("customer-7").notify(receiver.url()));
    sale.pay();
    sim.drain();
    let token = receiver.only().field("userToken").to_owned();
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(sale.transaction()["userToken"], token);
    assert_eq!(shop.user_details(&token).result_cd(), "0000");
    let next = Sale::of(&sim, &shop, shop.order("next", AMT).seamless(&token));
    sim.drain();
    assert_eq!(next.stands().0, "0");
    next.taken(&next.cancel("1", "25145"), "25145", "25145", "refund");
    // And one that was removed stays so.
    assert_eq!(shop.remove_token(&token).result_cd(), "0000");
    let other = Sale::paid(&sim, "other");
    other.taken(&other.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(shop.user_details(&token).diagnosis(), "userToken/inactive");
    assert!(sim.events("token.revoked").is_empty());
}

#[test]
fn the_pages_of_a_cancelled_order_say_so() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let sale = Sale::of(&sim, &shop, shop.order("pages", AMT));
    let url = sale.payment_url();
    let mut buyer = sim.buyer();
    let tk = buyer.open(&url);
    buyer.sign_in(&tk, Login::default());
    buyer.choose(&tk, "1");
    buyer.enter_otp(&tk, "4567");
    let page =
        |path: &str| sim.http().send("GET", &format!("/kredivo/v2/{path}?tk={tk}"), &[("accept-language", "en")], "");
    let slug = |page: &Reply, name: &str| {
        let html = Html::parse_document(&page.body);
        let found = html
            .select(&Selector::parse(&format!("[{name}]")).unwrap())
            .next()
            .unwrap_or_else(|| panic!("{}", page.body));
        found.attr(name).unwrap().to_owned()
    };
    // Partly cancelled it is still a paid one.
    sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
    assert_eq!(slug(&page("result"), "data-outcome"), "approved");
    assert!(buyer.return_to_shop(&tk).contains("resultCd=0000"));
    sale.taken(&sale.cancel("2", "25000"), "25000", "25145", "refund");

    for path in [&url, &url.replace("http://shop.test", "http://elsewhere.test")] {
        let opened = sim.http().get(path);
        assert_eq!((opened.status, opened.diagnosis()), (302, "transaction/paid"));
        assert!(opened.location().contains("?resultCd=9126&"), "{}", opened.location());
        assert!(opened.location().contains(&format!("tXid={}", sale.t_xid())), "{}", opened.location());
    }
    let fields = shop.payment_fields(&sale.order, &sale.registered, CALLBACK);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let posted = sim.http().post_form("/nicepay/direct/v2/payment", &fields, &[]);
    assert!(posted.location().contains("resultCd=9126"), "{}", posted.location());

    let result = page("result");
    assert_eq!((result.status, slug(&result, "data-outcome").as_str()), (200, "refunded"));
    assert!(result.body.contains("Payment refunded"), "{}", result.body);
    assert_eq!(Html::parse_document(&result.body).select(&Selector::parse("form").unwrap()).count(), 0);
    let sign_in = page("signin");
    assert_eq!((sign_in.status, slug(&sign_in, "data-notice").as_str()), (409, "already-paid"));
    for path in ["plan", "otp"] {
        let sent_on = page(path);
        assert_eq!(
            (sent_on.status, sent_on.location()),
            (303, format!("/kredivo/v2/result?tk={tk}").as_str()),
            "{path}"
        );
    }
    // Forms of open tabs change nothing.
    let before = sale.state();
    buyer.sign_in(&tk, Login::default());
    buyer.choose(&tk, "3");
    buyer.enter_otp(&tk, "4567");
    buyer.post(&format!("/kredivo/v2/cancel?tk={tk}"), &[]);
    buyer.post(&format!("/kredivo/v2/otp/resend?tk={tk}"), &[]);
    let back = buyer.return_to_shop(&tk);
    assert!(!back.contains("resultCd=0000"), "what is given back is not paid: {back}");
    sale.is_still(&before, "this");
    // Nor does whoever plays the customer or the lender.
    for (path, body) in [
        ("buyer", json!({})),
        ("buyer", json!({ "do": "abandon" })),
        ("partner", json!({ "do": "approve" })),
        ("partner", json!({ "do": "expire" })),
    ] {
        let answer = sim.http().post_json(&format!("{API}/transactions/{}/{path}", sale.t_xid()), &body);
        assert_eq!((answer.status, &answer.json()["stage"]), (409, &json!("cancelled")), "{path} {body}");
    }
    sale.is_still(&before, "this");
}

#[test]
fn a_cancelled_seamless_payment_is_paid_no_more() {
    let sim = Simulator::builder().scenario("instant").start();
    let shop = sim.shop();
    let sale = Sale::of(&sim, &shop, shop.order("seamless", AMT).seamless("e0478456-6b50-460c-85e0-627a1e22d2e0"));
    sim.drain();
    sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
    assert!(sim.http().get(&sale.payment_url()).location().contains("resultCd=0000"), "a part: it is still paid");
    sale.taken(&sale.cancel("2", "25000"), "25000", "25145", "refund");
    let opened = sim.http().get(&sale.payment_url());
    assert!(opened.location().contains("resultCd=9126"), "{}", opened.location());
    assert_eq!(sale.stands().0, "2");
}

// ---------------------------------------------------------------------------------------------------------------------
// The back office

#[test]
fn the_back_office_cancels_too() {
    let file = ScenarioFile::new("office", "busy = '9m'\nvoid-window = '1h'");
    let sim = file.start();
    let receiver = sim.receiver();
    let sale = Sale::of(&sim, &sim.shop(), sim.shop().order("office", AMT).notify(receiver.url()));
    sale.pay();
    let took = |body: Value, answer: Value| {
        let reply = sale.back_office(&body);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{}", reply.body);
        assert_eq!(reply.body, answer.to_string(), "{body}");
        let event = sale.cancels().pop().unwrap();
        assert_eq!(
            (&event["amt"], &event["cancelAmt"], &event["by"]),
            (&answer["amt"], &answer["cancelAmt"], &json!("control"))
        );
        assert_eq!(event["full"], answer["stage"] == "cancelled");
        event["kind"].as_str().unwrap().to_owned()
    };
    let part = |amt: &str, sum: &str| json!({ "stage": "approved", "status": "0", "amt": amt, "cancelAmt": sum });
    // It does not mind that the gateway is busy.
    assert_eq!(took(json!({ "amt": 145 }), part("145", "145")), "void");
    sale.refuses_cancel("too early for the merchant", "2", "1", "9302", "cancel/too-early");
    assert_eq!(took(json!({ "amt": "5000" }), part("5000", "5145")), "void");
    assert_eq!(sale.shopper(PHONE)["owes"], "20000");
    sim.advance("2h");
    let all = json!({ "stage": "cancelled", "status": "2", "amt": "20000", "cancelAmt": "25145" });
    assert_eq!(took(json!({}), all), "refund");
    assert_eq!(sale.stands(), ("2".into(), "refund".into(), Some("25145".into())));
    assert_eq!(sale.shopper(PHONE)["owes"], "0");
    assert_eq!(sale.cancels().len(), 3);
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 1, "only the payment's notification");

    // No body, null and all of it are all of it.
    for (reference_no, body) in [("none", ""), ("null", r#"{"amt":null}"#), ("sum", r#"{"amt":25145}"#)] {
        let sale = Sale::paid(&sim, reference_no);
        let path = format!("{API}/transactions/{}/cancel", sale.t_xid());
        let reply = sim.http().send("POST", &path, &[JSON], body);
        let all = json!({ "stage": "cancelled", "status": "1", "amt": "25145", "cancelAmt": "25145" });
        assert_eq!(reply.body, all.to_string(), "{body:?}: a void");
    }
}

#[track_caller]
fn problem(reply: &Reply, status: u16, slug: &str) -> Value {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.body);
    let problem = reply.json();
    assert_eq!(problem["type"], format!("urn:nicepay-sim:problem:{slug}"), "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    problem
}

#[test]
fn how_the_back_office_is_refused() {
    let sim = Simulator::start();
    problem(&sim.http().post_json(&format!("{API}/transactions/NONE/cancel"), &json!({})), 404, "not-found");
    let sale = Sale::of(&sim, &sim.shop(), sim.shop().order("order", AMT));
    for (act, stage) in
        [("", "registered"), ("abandon", "abandoned"), ("review", "under-review"), ("reject", "declined")]
    {
        if !act.is_empty() && act != "reject" {
            sale.play(&json!({ "do": act }));
        } else if act == "reject" {
            let path = format!("{API}/transactions/{}/partner", sale.t_xid());
            assert_eq!(sim.http().post_json(&path, &json!({ "do": act })).status, 200);
        }
        let before = sale.state();
        for body in [json!({}), json!({ "amt": 1 })] {
            let problem = problem(&sale.back_office(&body), 409, "stage");
            assert_eq!(problem["stage"], stage);
            assert!(problem.get("resultCd").is_none(), "{problem}");
        }
        sale.is_still(&before, stage);
    }

    let sale = Sale::paid(&sim, "paid");
    let conflict = |body: &Value, code: &str| {
        let before = sale.state();
        let problem = problem(&sale.back_office(body), 409, "cancel");
        assert_eq!(problem["resultCd"], code, "{body}");
        sale.is_still(&before, &body.to_string());
    };
    conflict(&json!({ "amt": 25_146 }), "9319");
    conflict(&json!({ "amt": u64::MAX }), "9319");
    let before = sale.state();
    problem(&sale.back_office(&json!({ "amt": 0 })), 422, "bad-value");
    problem(&sale.back_office(&json!({ "amt": "0" })), 422, "bad-value");
    let nonsense = [
        r#"{"amt":-1}"#,
        r#"{"amt":1.5}"#,
        r#"{"amt":"x"}"#,
        r#"{"amt":""}"#,
        r#"{"amt":"-1"}"#,
        r#"{"amt":true}"#,
        r#"{"amt":[1]}"#,
        r#"{"amt":{}}"#,
        r#"{"amt":1e3}"#,
        r#"{"amt":18446744073709551616}"#,
        r#"{"amt":1,"amt":1}"#,
        r#"{"amount":1}"#,
        r#"{"amt":1,"why":"x"}"#,
        "{",
        "[]",
        "[1]",
        "1",
        "null",
        "\"x\"",
        "{}x",
        "\u{feff}{}",
    ];
    let path = format!("{API}/transactions/{}/cancel", sale.t_xid());
    for body in nonsense {
        let reply = sim.http().send("POST", &path, &[JSON], body);
        assert_eq!(reply.status, 400, "{body}: {}", reply.body);
        problem(&reply, 400, "bad-json");
    }
    let large = json!({ "amt": "1".repeat(300_000) }).to_string();
    problem(&sim.http().send("POST", &path, &[JSON], large), 413, "too-large");
    problem(&sim.http().send("POST", &path, &[("content-type", "text/plain")], "{}"), 415, "content-type");
    problem(&sim.http().send("POST", &path, &[JSON, ("origin", "http://evil.test")], "{}"), 403, "origin");
    for verb in ["GET", "PUT", "DELETE", "PATCH"] {
        let reply = sim.http().send(verb, &path, &[JSON], "{}");
        problem(&reply, 405, "verb");
        assert_eq!(reply.header("allow"), Some("POST"), "{verb}");
    }
    sale.is_still(&before, "one of these");

    assert_eq!(sale.back_office(&json!({ "amt": 145 })).status, 200);
    conflict(&json!({ "amt": 25_001 }), "9319");
    sim.advance("2160h");
    assert_eq!(sale.back_office(&json!({ "amt": 5_000 })).status, 200, "exactly 90 days");
    sim.advance("1ms");
    conflict(&json!({}), "9334");
    let done = Sale::paid(&sim, "done");
    assert_eq!(done.back_office(&json!({})).status, 200);
    for body in [json!({}), json!({ "amt": 1 })] {
        let before = done.state();
        assert_eq!(problem(&done.back_office(&body), 409, "cancel")["resultCd"], "9314");
        done.is_still(&before, "this");
    }
    done.refuses_cancel("twice", "1", "25145", "9314", "cancel/twice");
}

#[test]
fn merchant_and_back_office_share_one_order() {
    let sim = Simulator::start();
    let sale = Sale::paid(&sim, "shared");
    sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
    assert_eq!(sale.back_office(&json!({ "amt": 5_000 })).json()["cancelAmt"], "5145");
    sale.refuses_cancel("all", "1", "25145", "9320", "cancel/full-after-partial");
    sale.taken(&sale.cancel("2", "20000"), "20000", "25145", "refund");
    assert_eq!(problem(&sale.back_office(&json!({})), 409, "cancel")["resultCd"], "9314");
    let by: Vec<_> = sale.cancels().iter().map(|event| event["by"].as_str().unwrap().to_owned()).collect();
    assert_eq!(by, ["merchant", "control", "merchant"]);
}

#[test]
fn a_merchant_that_is_gone_still_gives_money_back_through_its_back_office() {
    let sim = Simulator::start();
    let shop = sim.new_shop("GONESHOP01", "gone-key");
    let sale = Sale::paid_at(&sim, &shop, "gone", AMT);
    let body = signed(&shop, sale.fields("1", "25145"));
    assert_eq!(sim.http().send("DELETE", &format!("{API}/merchants/GONESHOP01"), &[], "").status, 204);
    sale.no("gone", "9011", "iMid/unknown", || sim.http().post_json(CANCEL, &body));
    // Either answer would do; a 500 would not.
    let office = sale.back_office(&json!({}));
    assert!(matches!(office.status, 200 | 404), "{} {}", office.status, office.body);
}

// ---------------------------------------------------------------------------------------------------------------------
// What is sent

/// A client's fields, unsigned.
type Shape<'s> = &'s dyn Fn(&Sale<'_>) -> Value;

/// Every SDK's shape of §6.1.
#[test]
fn every_clients_shape_is_accepted() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let woo = |sale: &Sale<'_>, reference_no: Value| {
        json!({
            "timeStamp": "20260101120000", "tXid": sale.t_xid(), "iMid": shop.i_mid(), "payMethod": "06",
            "cancelType": "1", "cancelMsg": "Request Cancel", "preauthToken": "", "amt": "25145",
            "cancelServerIp": "", "cancelUserId": "", "cancelUserIp": "", "cancelUserInfo": "", "cancelRetryCnt": "",
            "worker": "", "referenceNo": reference_no,
        })
    };
    let shapes: [(&str, &str, &str, Shape<'_>); 8] = [
        ("java", "application/json; charset=UTF-8", "", &|sale| {
            let fields = sale.fields("1", "25145");
            set(set(fields, "cancelUserId", "admin".into()), "cancelMsg", "Request Cancel".into())
        }),
        ("python", "Application/JSON", "", &|sale| {
            let fields = set(sale.fields("1", ""), "amt", json!(25_145));
            set(set(fields, "cancelType", json!(1)), "cancelMsg", "Request Cancel".into())
        }),
        ("python-cloud", "Application/JSON", "/", &|sale| set(sale.fields("1", ""), "amt", json!(25_145))),
        ("php", "application/json", "", &|sale| {
            set(sale.fields("1", "25145"), "referenceNo", sale.order.text("referenceNo").into())
        }),
        ("magento", "application/json", "", &|sale| {
            let mut fields = set(sale.fields("1", "25145"), "referenceNo", sale.order.text("referenceNo").into());
            for name in ["cancelMsg", "cancelUserId", "preauthToken", "fee", "vat", "notaxAmt", "cancelServerIp"] {
                fields[name] = Value::Null;
            }
            fields
        }),
        ("4711", "application/json", "", &|sale| woo(sale, json!(4_711))),
        ("documents", "application/json", "", &|sale| {
            json!({
                "timeStamp": "20221213141266", "tXid": sale.t_xid(), "iMid": shop.i_mid(), "payMethod": "06",
                "cancelType": "1", "cancelMsg": "Request Cancel", "preauthToken": "", "amt": "25145",
                "cancelServerIp": "127.0.0.1", "cancelUserId": "admin", "cancelUserIp": "127.0.0.1",
                "cancelUserInfo": "Customer Cancel Transaction", "cancelRetryCnt": "", "worker": "",
            })
        }),
        ("everything", "application/json", "", &|sale| {
            let mut fields = woo(sale, "everything".into());
            for (name, value) in [
                ("fee", json!("0")),
                ("vat", json!(0)),
                ("notaxAmt", json!("0")),
                ("cancelRetryCnt", json!("3")),
                ("unknown", json!({ "a": [1] })),
            ] {
                fields[name] = value;
            }
            fields
        }),
    ];
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        for (client, content_type, slash, shape) in shapes {
            let sale = Sale::paid_at(&sim, &shop, client, AMT);
            let body = signed(&shop, shape(&sale));
            let path = CANCEL.replacen("/direct", &format!("{slash}/direct"), 1);
            let answer = sim.http().send("POST", &path, &[("content-type", content_type)], body.to_string());
            assert_eq!(answer.diagnosis(), "", "{profile} {client}: {:?}", answer.header("x-sim-diagnosis"));
            sale.taken(&answer, "25145", "25145", "refund");
            assert_eq!(answer.header("x-sim-note"), None, "{profile} {client}");
        }
    }
    // The plug-in sends the shop's own order number, which is not what it registered once it has tried twice.
    let sale = Sale::paid(&sim, "4711-1767225600");
    let answer = sim.http().post_json(CANCEL, &signed(&shop, woo(&sale, json!(4_711))));
    sale.taken(&answer, "25145", "25145", "refund");
    assert!(answer.header("x-sim-note").unwrap().starts_with("referenceNo/mismatch: "), "{:?}", answer.headers);
    let strict = Simulator::builder().profile("strict").start();
    let sale = Sale::paid(&strict, "4711-1767225600");
    sale.refuses("strict", &signed(&shop, woo(&sale, json!(4_711))), "9528", "referenceNo/mismatch");
}

#[test]
fn bodies_that_cannot_be_read() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let sale = Sale::paid(&sim, "body");
        let good = signed(&sale.shop, sale.fields("1", "25145")).to_string();
        let rows: [(&str, String, &str); 7] = [
            ("nothing", String::new(), "body/empty"),
            ("a form", "tXid=1&amt=25145".to_owned(), "body/not-json"),
            ("an array", format!("[{good}]"), "body/not-an-object"),
            ("half of it", good[..good.len() / 2].to_owned(), "body/truncated"),
            ("amt twice", good.replacen('{', "{\"amt\":\"1\",", 1), "body/duplicate-key"),
            ("the other spelling twice", good.replacen('{', "{\"x\":1,\"x\":2,", 1), "body/duplicate-key"),
            ("two of it", format!("{good}{good}"), "body/not-json"),
        ];
        for (what, body, slug) in rows {
            sale.refuses_sent(what, "9001", slug, || sim.http().send("POST", CANCEL, &[JSON], body));
        }
        let as_text = || sim.http().send("POST", CANCEL, &[("content-type", "text/plain")], good.as_str());
        if profile == "strict" {
            sale.refuses_sent("text/plain", "9001", "body/content-type", as_text);
        } else {
            let answer = as_text();
            sale.taken(&answer, "25145", "25145", "refund");
            assert!(answer.header("x-sim-note").unwrap().starts_with("body/content-type: "));
        }
    }
}

/// Fields that must be there, each absent, null and empty.
#[test]
fn what_is_missing() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let sale = Sale::paid(&sim, "missing");
        for (name, code, slug) in [
            ("timeStamp", "9031", "field/missing"),
            ("iMid", "9011", "iMid/unknown"),
            ("merchantToken", "9010", "merchantToken/missing"),
            ("tXid", "9528", "field/missing"),
            ("payMethod", "9012", "field/missing"),
            ("cancelType", "9301", "cancelType/unknown"),
            ("amt", "9312", "field/missing"),
        ] {
            let good = sale.fields("1", "25145");
            let mut bad =
                [without(good.clone(), name), set(good.clone(), name, Value::Null), set(good, name, "".into())];
            if name == "merchantToken" {
                // `signed` would put one there.
                bad[0] = without(signed(&sale.shop, sale.fields("1", "25145")), name);
                sale.refuses(name, &bad[0], code, slug);
                bad[0] = bad[1].clone();
            }
            for body in bad {
                sale.refuses(&format!("{profile} {name}: {body}"), &signed(&sale.shop, body), code, slug);
            }
        }
        sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    }
}

/// Fields that no one has to send, and how long they are.
const OPTIONAL: [(&str, usize); 12] = [
    ("cancelMsg", 255),
    ("cancelUserId", 30),
    ("cancelUserInfo", 100),
    ("cancelUserIp", 15),
    ("cancelServerIp", 15),
    ("cancelRetryCnt", 2),
    ("preauthToken", 100),
    ("worker", 10),
    ("fee", 12),
    ("vat", 12),
    ("notaxAmt", 12),
    ("referenceNo", 40),
];

#[test]
fn what_is_no_text() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let sale = Sale::paid(&sim, "types");
        let needed = [
            ("timeStamp", "9031", "field/type"),
            ("iMid", "9011", "iMid/unknown"),
            ("merchantToken", "9010", "merchantToken/length"),
            ("tXid", "9528", "field/type"),
            ("payMethod", "9012", "field/type"),
            ("cancelType", "9301", "cancelType/unknown"),
            ("amt", "9312", "field/missing"),
        ];
        let optional =
            OPTIONAL.map(|(name, _)| (name, if name == "referenceNo" { "9014" } else { "8003" }, "field/type"));
        for (name, code, slug) in needed.into_iter().chain(optional) {
            for value in [json!(true), json!({ "a": "06" }), json!(["1"])] {
                let body = signed(&sale.shop, set(sale.fields("1", "25145"), name, value));
                sale.refuses(&format!("{profile} {name}: {body}"), &body, code, slug);
            }
        }
        sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    }
}

#[test]
fn what_has_the_wrong_value() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let sale = Sale::paid(&sim, "values");
        let rows: &[(&str, &[&str], &str, &str)] = &[
            (
                "cancelType",
                &["0", "3", "01", "12", " 1", "1 ", "full", "-1", "1.0", "１"],
                "9301",
                "cancelType/unknown",
            ),
            (
                "amt",
                &["abc", "1.5", "25145.00", "1e3", " 1", "1 ", "+1", "--1", "Rp1", "1,000", "٣", "0x1"],
                "9312",
                "amt/format",
            ),
            ("amt", &["1000000000000", "0000000025145", "99999999999999999999999"], "9312", "amt/format"),
            ("amt", &["0", "000", "-0", "-1", "-25145", "0000000000000000"], "9321", "amt/not-positive"),
            ("payMethod", &["01", "02", "6", "006", "06 ", "99", "payloan"], "9108", "payMethod/inactive"),
            ("tXid", &["x", "PAYLOANTES06202601010000009999", "' OR 1=1"], "9528", "tXid/unknown"),
        ];
        for (name, values, code, slug) in rows {
            for value in *values {
                let body = signed(&sale.shop, set(sale.fields("2", "1"), name, (*value).into()));
                sale.refuses(&format!("{profile} {name} {value:?}"), &body, code, slug);
            }
        }
        // The tXid in another case, or with blanks, is another one.
        for t_xid in [sale.t_xid().to_lowercase(), format!(" {}", sale.t_xid()), format!("{}\n", sale.t_xid())] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), "tXid", t_xid.clone().into()));
            sale.refuses(&format!("{profile} tXid {t_xid:?}"), &body, "9528", "tXid/unknown");
        }
        for (amt, number) in [("-1", json!(-1)), ("0", json!(0))] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), "amt", number));
            sale.refuses(&format!("{profile} the number {amt}"), &body, "9321", "amt/not-positive");
        }
        let body = signed(&sale.shop, set(sale.fields("2", "1"), "amt", json!(1.5)));
        sale.refuses("the number 1.5", &body, "9312", "amt/format");
        // A timeStamp that is none.
        for stamp in ["1", "2026010112000", "202601011200000", "2026-01-01 12:00", "yesterday"] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), "timeStamp", stamp.into()));
            if profile == "strict" {
                sale.refuses(&format!("timeStamp {stamp}"), &body, "9031", "timeStamp/format");
            } else {
                assert_eq!(sim.http().post_json(CANCEL, &body).result_cd(), "0000", "{stamp}");
            }
        }
        // Nobody checks it against a clock (A-31).
        let body = signed(&sale.shop, set(sale.fields("2", "1"), "timeStamp", "19990101987766".into()));
        assert_eq!(sim.http().post_json(CANCEL, &body).result_cd(), "0000");
    }
}

#[test]
fn what_is_too_long() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let sale = Sale::paid(&sim, &"r".repeat(40));
        for (name, size) in OPTIONAL {
            let body = |length: usize| {
                let text = if name == "referenceNo" { "r" } else { "é" }.repeat(length);
                signed(&sale.shop, set(sale.fields("2", "1"), name, text.into()))
            };
            let fits = sim.http().post_json(CANCEL, &body(size));
            assert_eq!(fits.result_cd(), "0000", "{profile} {name}: {:?}", fits.header("x-sim-diagnosis"));
            assert_eq!(fits.header("x-sim-note"), None, "{profile} {name}");
            let what = format!("{profile} {name} of more than {size}");
            if name == "referenceNo" {
                sale.refuses(&what, &body(size + 1), "9109", "referenceNo/length");
                sale.refuses(&what, &body(4_001), "9109", "referenceNo/length");
            } else if profile == "strict" {
                sale.refuses(&what, &body(size + 1), "8003", "field/length");
            } else {
                let taken = sim.http().post_json(CANCEL, &body(size + 1));
                assert_eq!(taken.result_cd(), "0000", "{what}");
                assert!(taken.header("x-sim-note").unwrap().starts_with("field/length: "), "{what}");
                assert_eq!(sim.http().post_json(CANCEL, &body(4_000)).result_cd(), "0000", "{what}");
                sale.refuses(&what, &body(4_001), "8003", "field/length");
            }
        }
        let long = "9".repeat(5_000);
        for (name, code, slug) in [
            ("iMid", "9011", "iMid/unknown"),
            ("merchantToken", "9010", "merchantToken/length"),
            ("tXid", "9528", "tXid/unknown"),
            ("payMethod", "9108", "payMethod/inactive"),
            ("cancelType", "9301", "cancelType/unknown"),
            ("amt", "9312", "amt/format"),
            (
                "timeStamp",
                if profile == "strict" { "9031" } else { "8003" },
                if profile == "strict" { "timeStamp/format" } else { "field/length" },
            ),
        ] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), name, long.clone().into()));
            sale.refuses(&format!("{profile} {name}"), &body, code, slug);
        }
    }
}

#[test]
fn control_characters() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let sale = Sale::paid(&sim, "control");
        for (name, _) in OPTIONAL.iter().filter(|(name, _)| *name != "referenceNo") {
            for text in ["\n", "a\u{7f}", "\0", "\u{1b}"] {
                let body = signed(&sale.shop, set(sale.fields("2", "1"), name, text.into()));
                let what = format!("{profile} {name} {text:?}");
                if profile == "lenient" && ["cancelMsg", "cancelUserInfo"].contains(name) {
                    let taken = sim.http().post_json(CANCEL, &body);
                    assert_eq!(taken.result_cd(), "0000", "{what}");
                    assert!(taken.header("x-sim-note").unwrap().starts_with("field/control-character: "), "{what}");
                } else {
                    sale.refuses(&what, &body, "8003", "field/control-character");
                }
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Whose

#[test]
fn another_merchants_order_is_not_found() {
    let sim = Simulator::start();
    let other = sim.new_shop("OTHERSHOP1", "the-other-key");
    let (mine, theirs) = (Sale::paid(&sim, "mine"), Sale::paid_at(&sim, &other, "theirs", AMT));
    for (sale, thief) in [(&mine, &other), (&theirs, &sim.shop())] {
        for (cancel_type, amt) in [("1", "25145"), ("2", "1"), ("2", "99999")] {
            let fields = set(sale.fields(cancel_type, amt), "iMid", thief.i_mid().into());
            sale.refuses("another's", &signed(thief, fields), "9528", "tXid/other-merchant");
            // Nor under the owner's name.
            let fields = sale.fields(cancel_type, amt);
            sale.refuses("another's key", &signed(thief, fields), "9010", "merchantToken/other-key");
        }
    }
    // Also when it is unpaid: a stranger does not learn that.
    let unpaid = Sale::of(&sim, &other, other.order("unpaid", AMT));
    let fields = set(unpaid.fields("1", "25145"), "iMid", "PAYLOANTES".into());
    unpaid.refuses("unpaid", &signed(&sim.shop(), fields), "9528", "tXid/other-merchant");
    // The same phone at two merchants: each has its own debts.
    mine.taken(&mine.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(
        (mine.shopper(PHONE)["owes"].as_str(), theirs.shopper(PHONE)["owes"].as_str()),
        (Some("0"), Some("25145"))
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What people hash by mistake, and how they are told.
#[test]
fn wrong_tokens_are_explained() {
    const KEY: &str = "se/cr+et-of-this-shop==";
    let sim = Simulator::start();
    let shop = sim.new_shop("TOKENSHOP1", KEY);
    let sale = Sale::paid_at(&sim, &shop, "Order-1", AMT);
    let (ts, mid, amt) = ("20260101120000", "TOKENSHOP1", "10000");
    let t_xid = sale.t_xid();
    let tx = t_xid.as_str();
    let reference = "Order-1";
    let good = shop.sign(&[ts, mid, tx, amt]);
    let other = sim.shop().sign(&[ts, mid, tx, amt]);
    let plain = |parts: &[&str]| hex(&Sha256::digest(parts.concat().as_bytes()));
    #[rustfmt::skip]
    let rows: Vec<(&str, String, &str)> = vec![
        ("iMid first",            shop.sign(&[mid, ts, tx, amt]),          "merchantToken/field-order"),
        ("amt before tXid",       shop.sign(&[ts, mid, amt, tx]),          "merchantToken/field-order"),
        ("tXid before iMid",      shop.sign(&[ts, tx, mid, amt]),          "merchantToken/field-order"),
        ("the key first",         plain(&[KEY, ts, mid, tx, amt]),         "merchantToken/field-order"),
        ("registration's",        shop.sign(&[ts, mid, reference, amt]),   "merchantToken/other-recipe"),
        ("confirmAkulaku's",      shop.sign(&[ts, tx, mid]),               "merchantToken/other-recipe"),
        ("without timeStamp",     shop.sign(&[mid, tx, amt]),              "merchantToken/missing-timeStamp"),
        ("without iMid",          shop.sign(&[ts, tx, amt]),               "merchantToken/missing-iMid"),
        ("without tXid",          shop.sign(&[ts, mid, amt]),              "merchantToken/missing-tXid"),
        ("without amt",           shop.sign(&[ts, mid, tx]),               "merchantToken/missing-amt"),
        ("without the key",       plain(&[ts, mid, tx, amt]),              "merchantToken/missing-key"),
        ("another's key",         other,                                   "merchantToken/other-key"),
        ("decimals",              shop.sign(&[ts, mid, tx, "10000.00"]),   "merchantToken/amount-format"),
        ("commas",                shop.sign(&[ts, mid, tx, "10,000"]),     "merchantToken/amount-format"),
        ("dots",                  shop.sign(&[ts, mid, tx, "10.000"]),     "merchantToken/amount-format"),
        ("rupiah",                shop.sign(&[ts, mid, tx, "Rp 10.000"]),  "merchantToken/amount-format"),
        ("sen",                   shop.sign(&[ts, mid, tx, "1000000"]),    "merchantToken/amount-format"),
        ("a second later",        shop.sign(&["20260101120001", mid, tx, amt]), "merchantToken/timeStamp-differs"),
        ("UTC",                   shop.sign(&["20260101050000", mid, tx, amt]), "merchantToken/time-zone"),
        ("separators",            plain(&[ts, "|", mid, "|", tx, "|", amt, "|", KEY]), "merchantToken/separator"),
        ("an escaped key",        plain(&[ts, mid, tx, amt, &KEY.replace('/', "\\/")]), "merchantToken/escaped-key"),
        ("a line end",            plain(&[ts, mid, tx, amt, KEY, "\n"]),   "merchantToken/trailing-newline"),
        ("a blank behind",        format!("{good} "),                      "merchantToken/blank"),
        ("a line end behind",     format!("{good}\r\n"),                   "merchantToken/blank"),
        ("MD5",                   good[..32].to_owned(),                   "merchantToken/other-hash"),
        ("SHA-512",               good.repeat(2),                          "merchantToken/other-hash"),
        ("Base64",                "x".repeat(44),                          "merchantToken/encoding"),
        ("a word",                "token".to_owned(),                      "merchantToken/length"),
        ("the key itself",        KEY.to_owned(),                          "merchantToken/length"),
        ("something",             "0".repeat(64),                          "merchantToken/unknown"),
    ];
    let body = |token: &str| {
        let fields = set(sale.fields("2", amt), "referenceNo", reference.into());
        set(fields, "merchantToken", token.into())
    };
    for (what, token, slug) in rows {
        sale.refuses(what, &body(&token), "9010", slug);
        let logged = sim.events("transaction.refused").pop().unwrap()["diagnosis"].as_str().unwrap().to_owned();
        assert!(!logged.contains("se/cr"), "{what}: a key is never shown: {logged}");
        assert!(logged.contains("timeStamp+iMid+tXid+amt+merchantKey"), "{what}: what is wanted: {logged}");
    }
    // The recipe of the old overview table says referenceNo (A-13): the order's, whether it is sent or not.
    for sent in [json!(reference), json!("another"), Value::Null] {
        let body = set(body(&shop.sign(&[ts, mid, reference, amt])), "referenceNo", sent);
        sale.refuses("the old table", &body, "9010", "merchantToken/other-recipe");
        let logged = sim.events("transaction.refused").pop().unwrap();
        assert!(logged["diagnosis"].as_str().unwrap().contains("that of registration"), "{logged}");
    }
    // Digits of either case count.
    sale.taken(&sim.http().post_json(CANCEL, &body(&good.to_uppercase())), "10000", "10000", "refund");
}

#[test]
fn a_published_token_verifies() {
    let sim = Simulator::start();
    let body = json!({
        "timeStamp": "20221213141266", "tXid": "PAYLOANTES00202212131410560896", "iMid": "PAYLOANTES",
        "payMethod": "06", "cancelType": "1", "cancelMsg": "Request Cancel",
        "merchantToken": "9d1835e8bf87b51b44de9b2455fa37e733a87b12644b9cd4546e2ec2de651863", "preauthToken": "",
        "amt": "12000", "cancelServerIp": "127.0.0.1", "cancelUserId": "admin", "cancelUserIp": "127.0.0.1",
        "cancelUserInfo": "Customer Cancel Transaction", "cancelRetryCnt": "", "worker": "",
    });
    let answer = sim.http().post_json(CANCEL, &body);
    assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9528", "tXid/unknown"), "not 9010");
}

// ---------------------------------------------------------------------------------------------------------------------
// In which order

/// Two faults in one request: the first in this list is named.
#[test]
fn of_two_faults_in_a_request_the_first_is_named() {
    /// A fault's name, code and slug; whether only the strict profile has it; and how to make it.
    type Fault = (&'static str, &'static str, &'static str, bool, fn(Value) -> Value);
    #[rustfmt::skip]
    let faults: [Fault; 15] = [
        ("iMid",              "9011", "iMid/unknown",          false, |body| set(body, "iMid", "NOBODY0000".into())),
        ("token",             "9010", "merchantToken/unknown", false, |body| set(body, "merchantToken", "0".repeat(64).into())),
        ("timeStamp",         "9031", "field/missing",         false, |body| without(body, "timeStamp")),
        ("timeStamp's form",  "9031", "timeStamp/format",      true,  |body| set(body, "timeStamp", "now".into())),
        ("cancelType",        "9301", "cancelType/unknown",    false, |body| set(body, "cancelType", "3".into())),
        ("amt",               "9312", "amt/format",            false, |body| set(body, "amt", "1.5".into())),
        ("amt of nothing",    "9321", "amt/not-positive",      false, |body| set(body, "amt", "0".into())),
        ("payMethod",         "9012", "field/missing",         false, |body| without(body, "payMethod")),
        ("a type",            "8003", "field/type",            false, |body| set(body, "worker", json!([1]))),
        ("another payMethod", "9108", "payMethod/inactive",    false, |body| set(body, "payMethod", "01".into())),
        ("a length",          "8003", "field/length",          false, |body| set(body, "cancelUserId", "x".repeat(4_001).into())),
        ("a strict length",   "8003", "field/length",          true,  |body| set(body, "cancelMsg", "x".repeat(256).into())),
        ("a control character", "8003", "field/control-character", false, |body| set(body, "preauthToken", "\t".into())),
        ("no tXid",           "9528", "field/missing",         false, |body| without(body, "tXid")),
        ("another tXid",      "9528", "tXid/unknown",          false, |body| set(body, "tXid", "X".into())),
    ];
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        // What the order's stage says comes after everything that the request says.
        let unpaid = Sale::of(&sim, &sim.shop(), sim.shop().order("unpaid", AMT));
        let paid = Sale::paid(&sim, "paid");
        for (i, (first, code, slug, strict, make)) in faults.iter().enumerate() {
            if *strict && profile == "lenient" {
                continue;
            }
            for (second, _, _, also_strict, make_second) in &faults[i..] {
                // One field cannot be wrong twice.
                let both = [*first, *second];
                let same = |field: &str| first != second && both.iter().all(|name| name.contains(field));
                if (*also_strict && profile == "lenient")
                    || ["timeStamp", "amt", "payMethod", "tXid"].into_iter().any(same)
                {
                    continue;
                }
                for sale in [&unpaid, &paid] {
                    let body = signed(&sale.shop, make(make_second(sale.fields("1", "25145"))));
                    let what = format!("{profile}: {first}, then {second}");
                    sale.no(&what, code, slug, || sim.http().post_json(CANCEL, &body));
                }
            }
        }
        assert_eq!(unpaid.stands().0, "9");
        assert_eq!(paid.stands(), ("0".into(), "paid".into(), None));
    }
}

/// The same of what is wrong with the order itself.
#[test]
fn of_two_faults_of_an_order_the_first_is_named() {
    let file = ScenarioFile::new("order", "busy = '9m'");
    let sim = file.start();
    let [fresh, fresh_part, fresh_done] = ["fresh", "fresh-part", "fresh-done"].map(|name| Sale::paid(&sim, name));
    assert_eq!(fresh_part.back_office(&json!({ "amt": 145 })).status, 200);
    assert_eq!(fresh_done.back_office(&json!({})).status, 200);
    for (what, sale, cancel_type, amt) in [
        ("too early, too much", &fresh, "2", "99999"),
        ("too early, not all", &fresh, "1", "1"),
        ("too early, full after partial", &fresh_part, "1", "25145"),
        ("too early, twice", &fresh_done, "1", "25145"),
    ] {
        sale.refuses_cancel(what, cancel_type, amt, "9302", "cancel/too-early");
    }
    sim.advance("9m");
    for (what, sale, cancel_type, amt, code, slug) in [
        ("twice, too much", &fresh_done, "2", "99999", "9314", "cancel/twice"),
        ("twice, not all", &fresh_done, "1", "1", "9314", "cancel/twice"),
        ("full after partial, too much", &fresh_part, "1", "99999", "9320", "cancel/full-after-partial"),
        ("full after partial, not all", &fresh_part, "1", "1", "9320", "cancel/full-after-partial"),
        ("too much, all", &fresh, "1", "99999", "9319", "cancel/too-much"),
    ] {
        sale.refuses_cancel(what, cancel_type, amt, code, slug);
    }
    sim.advance("2160h");
    for (what, sale, cancel_type, amt) in [
        ("too late, too much", &fresh, "2", "99999"),
        ("too late, not all", &fresh, "1", "1"),
        ("too late, full after partial", &fresh_part, "1", "25145"),
        ("too late, twice", &fresh_done, "1", "25145"),
    ] {
        sale.refuses_cancel(what, cancel_type, amt, "9334", "cancel/too-late");
    }
    // So busy that it is too late before it is not too early.
    let file = ScenarioFile::new("busy-for-ever", "busy = '9000h'");
    let sim = file.start();
    let sale = Sale::paid(&sim, "busy");
    sim.advance("2160h");
    sale.refuses_cancel("too early", "1", "25145", "9302", "cancel/too-early");
    sim.advance("1ms");
    sale.refuses_cancel("too early and too late", "1", "25145", "9334", "cancel/too-late");
    // Another merchant's comes before another referenceNo, and that before unpaid.
    let sim = Simulator::builder().profile("strict").start();
    let other = sim.new_shop("OTHERSHOP1", "the-other-key");
    let unpaid = Sale::of(&sim, &sim.shop(), sim.shop().order("unpaid", AMT));
    let fields = set(unpaid.fields("1", "25145"), "referenceNo", "another".into());
    unpaid.refuses("another referenceNo", &signed(&unpaid.shop, fields.clone()), "9528", "referenceNo/mismatch");
    let fields = set(fields, "iMid", "OTHERSHOP1".into());
    unpaid.refuses("another merchant", &signed(&other, fields), "9528", "tXid/other-merchant");
}

// ---------------------------------------------------------------------------------------------------------------------
// At once

/// Many cancels at once: answers of all threads, and never more back than was paid.
fn race(sale: &Sale<'_>, threads: usize, cancel: impl Fn(usize) -> Reply + Sync) -> Vec<Reply> {
    let barrier = Barrier::new(threads);
    let answers: Vec<Reply> = thread::scope(|scope| {
        let racers: Vec<_> = (0..threads)
            .map(|i| {
                let (barrier, cancel) = (&barrier, &cancel);
                scope.spawn(move || {
                    barrier.wait();
                    cancel(i)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    // Money out is what the events say, what the inquiry says, and what the shopper owes no more.
    let events = sale.cancels();
    let out: u64 = events.iter().map(|event| event["amt"].as_str().unwrap().parse::<u64>().unwrap()).sum();
    let paid: u64 = sale.order.text("amt").parse().unwrap();
    assert!(out <= paid, "{out} of {paid}");
    let (status, _, sum) = sale.stands();
    assert_eq!(sum.map_or(0, |sum| sum.parse().unwrap()), out);
    assert_eq!(status, if out == paid { "2" } else { "0" });
    assert_eq!(sale.shopper(PHONE)["owes"], (paid - out).to_string());
    // Each sum is the one before it and its own amount: they came one after another.
    let mut so_far = 0;
    for event in &events {
        so_far += event["amt"].as_str().unwrap().parse::<u64>().unwrap();
        assert_eq!(event["cancelAmt"], so_far.to_string());
        assert_eq!(event["full"], so_far == paid);
    }
    answers
}

fn count(answers: &[Reply], code: &str) -> usize {
    answers.iter().filter(|answer| answer.result_cd() == code).count()
}

/// How often each race is run: two requests meet only sometimes.
const ROUNDS: usize = 25;

/// Orders of one shopper, one after another, on a simulator that answers many at once.
fn rounds(run: impl Fn(&Sale<'_>)) {
    let sim = Simulator::builder().workers(4).start();
    for round in 0..ROUNDS {
        let sale = Sale::paid(&sim, &format!("race-{round}"));
        run(&sale);
        // The next one begins without debts.
        sale.back_office(&json!({}));
        assert_eq!(sale.shopper(PHONE)["owes"], "0");
    }
}

#[test]
fn of_many_full_cancels_at_once_one_is_taken() {
    rounds(|sale| {
        let answers = race(sale, 16, |_| sale.cancel("1", "25145"));
        assert_eq!((count(&answers, "0000"), count(&answers, "9314")), (1, 15));
    });
}

#[test]
fn many_parts_at_once_give_back_no_more_than_was_paid() {
    rounds(|sale| {
        // Sixteen times 2,000 is more than 25,145: twelve fit.
        let answers = race(sale, 16, |_| sale.cancel("2", "2000"));
        assert_eq!((count(&answers, "0000"), count(&answers, "9319")), (12, 4));
        assert_eq!(sale.stands().2.as_deref(), Some("24000"));
        let answers = race(sale, 4, |_| sale.cancel("2", "1145"));
        assert_eq!((count(&answers, "0000"), count(&answers, "9314")), (1, 3));
        sale.refuses_cancel("nothing is left", "2", "1", "9314", "cancel/twice");
    });
}

#[test]
fn parts_and_all_and_the_back_office_at_once() {
    rounds(|sale| {
        let answers = race(sale, 18, |i| match i % 3 {
            0 => sale.cancel("1", "25145"),
            1 => sale.cancel("2", "20000"),
            _ => sale.back_office(&json!({ "amt": 6_000 })),
        });
        let taken = answers
            .iter()
            .filter(|answer| answer.status == 200 && answer.json()["resultCd"].as_str().unwrap_or("0000") == "0000");
        assert_eq!(taken.count(), sale.cancels().len(), "whoever was told yes is in the log");
    });
}

#[test]
fn cancels_of_many_orders_of_one_shopper_at_once() {
    let sim = Simulator::builder().workers(4).start();
    let shop = sim.shop();
    for round in 0..ROUNDS {
        let named = |i| format!("order-{round}-{i}");
        let sales: Vec<_> = (0..12).map(|i| Sale::paid_at(&sim, &shop, &named(i), 1_000)).collect();
        assert_eq!(sales[0].shopper(PHONE)["owes"], "12000");
        let barrier = Barrier::new(sales.len());
        thread::scope(|scope| {
            for (i, sale) in sales.iter().enumerate() {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    let answer = if i % 2 == 0 { sale.cancel("1", "1000") } else { sale.cancel("2", "400") };
                    assert_eq!(answer.result_cd(), "0000");
                });
            }
        });
        assert_eq!(sales[0].shopper(PHONE)["owes"], "3600", "six times 600 are left");
        for sale in &sales {
            sale.back_office(&json!({}));
        }
    }
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
