//! Fifty test suites at once on one simulator, each with an iMid of its own: none of them ever sees another.

use nicepay_sim::testing::{Login, Receiver, Shop, Simulator};
use serde_json::{Value, json};

const SUITES: usize = 50;
const LOCKED: &str = "081291891818";
const POOR: &str = "081513114262";

/// One suite: its merchant, its mailbox, and what it orders.
struct Suite<'s> {
    sim: &'s Simulator,
    number: usize,
    shop: Shop,
    mailbox: Receiver,
}

impl<'s> Suite<'s> {
    fn begin(sim: &'s Simulator, number: usize) -> Self {
        let shop = sim.new_shop(&format!("SUITE{number:05}"), &format!("the-merchantKey-of-suite-{number:05}"));
        Self { sim, number, shop, mailbox: sim.receiver() }
    }

    fn get(&self, path: &str) -> Value {
        self.sim.http().get(&format!("/__sim/api/{path}iMid={}", self.shop.i_mid())).json()
    }

    fn pay(&self, reference_no: &str, act: &Value) -> Value {
        let order = self.shop.order(reference_no, 25_145).notify(self.mailbox.url());
        let t_xid = self.shop.register(&order).t_xid();
        let played = self.sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), act);
        assert_eq!(played.status, 200, "{}", played.body);
        played.json()["stage"].clone()
    }

    /// What the outcome of this suite is: a third each.
    fn outcome(&self) -> (&'static str, &'static str) {
        [("approve", "approved"), ("reject", "declined"), ("review", "under-review")][self.number % 3]
    }

    fn reset(&self) {
        let reset = self.sim.http().post_json("/__sim/api/reset", &json!({ "iMid": self.shop.i_mid() }));
        assert_eq!(reset.status, 204, "{}", reset.body);
        assert_eq!(
            (self.get("transactions?"), self.get("events?"), self.get("rules?")),
            (json!([]), json!([]), json!([]))
        );
    }

    fn run(&self) {
        for round in 0..2 {
            let (outcome, stage) = self.outcome();
            self.shop.set_scenario(&format!(
                "title = 't'\n[[rule]]\nid = 'of-{}'\nthen = {{ outcome = '{outcome}' }}",
                self.number
            ));
            // A shopper of everybody's is locked here, and another is poor: elsewhere they are as ever.
            let i_mid = self.shop.i_mid();
            if self.number.is_multiple_of(2) {
                let call = format!("/__sim/api/shoppers/{POOR}?iMid={i_mid}");
                assert_eq!(self.sim.http().put_json(&call, &json!({ "owes": 3_500_000 })).status, 200);
                let order = self.shop.order("locks", 25_145);
                let registered = self.shop.register(&order);
                let mut browser = self.sim.buyer();
                let tk = browser.open(&self.shop.payment_url(&order, &registered, "http://shop.test/"));
                for _ in 0..3 {
                    browser.sign_in(&tk, Login { phone: LOCKED, pin: "000000", ..Login::default() });
                }
                assert_eq!(self.pay("locked", &json!({ "phone": LOCKED })), "at-partner", "{i_mid}");
                assert_eq!(self.pay("poor", &json!({ "phone": POOR, "instmntMon": 1 })), "declined", "{i_mid}");
            } else {
                assert_eq!(self.pay("free", &json!({ "phone": LOCKED })), stage, "{i_mid}, round {round}");
                assert_eq!(self.pay("rich", &json!({ "phone": POOR, "instmntMon": 1 })), stage, "{i_mid}");
            }
            // A rule for the next one is for this merchant's next one.
            let rule = json!({ "times": 1, "when": { "iMid": i_mid }, "then": { "outcome": "abandon" } });
            self.sim.rule(&rule);
            assert_eq!(self.pay("ordered", &json!({ "phone": "089900000009" })), "abandoned", "{i_mid}");
            assert_eq!(self.pay("after", &json!({ "phone": "089900000009" })), stage, "{i_mid}");
            self.sees_only_itself();
            self.reset();
        }
    }

    fn sees_only_itself(&self) {
        for list in ["transactions?", "events?limit=10000&", "notifications?", "rules?"] {
            for thing in self.get(list).as_array().unwrap() {
                assert_eq!(thing["iMid"], self.shop.i_mid(), "{list}: {thing}");
            }
        }
        for transaction in self.get("transactions?").as_array().unwrap() {
            let shown =
                self.sim.http().get(&format!("/__sim/api/transactions/{}", transaction["tXid"].as_str().unwrap()));
            for passed in shown.json()["explain"]["notMatched"].as_array().unwrap() {
                let rule = passed["rule"].as_str().unwrap();
                let own = rule == format!("inline/of-{}", self.number) || self.get("rules?").to_string().contains(rule);
                assert!(own, "{rule} is another's");
            }
        }
        self.sim.drain();
        for notification in self.mailbox.received() {
            assert_eq!(notification.field("tXid").get(..10), Some(self.shop.i_mid()));
        }
    }
}

#[test]
fn fifty_suites_at_once_do_not_see_each_other() {
    let sim = Simulator::start();
    std::thread::scope(|scope| {
        for number in 0..SUITES {
            let sim = &sim;
            scope.spawn(move || Suite::begin(sim, number).run());
        }
    });
    assert_eq!(sim.http().get("/__sim/api/transactions").json(), json!([]), "each has cleaned up after itself");
    assert_eq!(sim.http().get("/__sim/api/rules").json(), json!([]));
}
