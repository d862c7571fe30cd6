//! Money back (`docs/PROTOCOL.md` §2.6): how much, when and how often; what it changes, and that a refusal changes
//! nothing.

mod amounts;
mod at_once;
mod back_office;
mod clock;
mod effects;
mod order_of_checks;
mod sent;
mod whose;

use std::sync::atomic::{AtomicU64, Ordering};

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use serde_json::{Value, json};

use crate::bodies;

const CANCEL: &str = "/nicepay/direct/v2/cancel";
const API: &str = "/__sim/api";
const CALLBACK: &str = "http://shop.test/thanks";
const JSON: (&str, &str) = ("content-type", "application/json");
/// The usual customer, who may borrow 3,500,000 for 30 days.
const PHONE: &str = "081291891818";
const AMT: u64 = 25_145;
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

/// A simulator that accepts a cancel right after the payment, whatever the profile.
fn without_waiting(profile: &str) -> Simulator {
    let sim = Simulator::builder().profile(profile).start();
    sim.set_scenario("title = \"A cancel at once\"\n[cancel]\nbusy = \"0s\"\n");
    sim
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
