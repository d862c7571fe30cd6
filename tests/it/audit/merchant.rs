//! A merchant that does everything right, until a test says otherwise, and the calls of an audit of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nicepay_sim::testing::{Answer, Order, Received, Receiver, Reply, Shop, Simulator};
use serde_json::{Value, json};

/// How long an audit may take in real time.
const LIMIT: Duration = Duration::from_secs(60);

/// What the merchant does instead of the right thing; none where it does that.
type Mistake = Box<dyn FnMut(&Received, &str) -> Option<Answer> + Send>;

/// An order of the merchant.
struct Bought {
    order: Order,
    registered: Reply,
    status: &'static str,
    fulfilled: u64,
}

/// The merchant's shop system.
struct System {
    shop: Shop,
    orders: BTreeMap<String, Bought>,
    /// Fields of each registration beside the usual ones.
    fields: Vec<(&'static str, Value)>,
    /// Where notifications and browsers go to.
    url: String,
    mistake: Mistake,
    paths: Arc<Mutex<Vec<String>>>,
}

/// The merchant.
pub(super) struct Merchant {
    receiver: Receiver,
    pub(super) i_mid: String,
    /// The paths that were called.
    paths: Arc<Mutex<Vec<String>>>,
}

pub(super) fn json_answer(value: &Value) -> Answer {
    Answer { body: value.to_string(), ..Answer::status(200) }
}

impl System {
    fn answer(&mut self, received: &Received) -> Answer {
        let target = received.head.split(' ').nth(1).unwrap_or_default().to_owned();
        let path = target.split('?').next().unwrap_or_default();
        self.paths.lock().unwrap().push(path.to_owned());
        if let Some(answer) = (self.mistake)(received, path) {
            return answer;
        }
        match path {
            "/buy" => self.buy(),
            "/notify" => self.notified(received),
            "/return" => Answer::status(200),
            _ => match self.orders.get(path.trim_start_matches("/orders/")) {
                Some(bought) => json_answer(&json!({ "status": bought.status, "fulfilled": bought.fulfilled })),
                None => Answer::status(404),
            },
        }
    }

    fn buy(&mut self) -> Answer {
        let reference_no = format!("{}-{}", self.shop.i_mid(), self.orders.len() + 1);
        let order = self.shop.order(&reference_no, 425_000).notify(&format!("{}/notify", self.url));
        let order = self.fields.iter().fold(order, |order, (name, value)| order.with(name, value.clone()));
        let back = format!("{}/return?shop=1", self.url);
        let (registered, payment_url) = if order.text("payMethod") == "00" {
            let order = order.clone().with("callBackUrl", back).without("mitraCd");
            let registered = self.shop.checkout(&order);
            let url = self.shop.checkout_url(&registered);
            (registered, url)
        } else {
            let registered = self.shop.register(&order);
            let url = self.shop.payment_url(&order, &registered, &back);
            (registered, url)
        };
        self.orders.insert(reference_no, Bought { order, registered, status: "pending", fulfilled: 0 });
        json_answer(&json!({ "paymentUrl": payment_url }))
    }

    /// Believes nothing that is not signed, and asks for the status.
    fn notified(&mut self, received: &Received) -> Answer {
        let (t_xid, amt) = (received.field("tXid").to_owned(), received.field("amt").to_owned());
        let is_form = received.head.to_ascii_lowercase().contains("content-type: application/x-www-form-urlencoded");
        if !is_form || received.field("merchantToken") != self.shop.sign(&[self.shop.i_mid(), &t_xid, &amt]) {
            return Answer::status(403);
        }
        let shop = self.shop.clone();
        let Some(bought) = self.orders.get_mut(received.field("referenceNo")) else { return Answer::status(404) };
        if received.field("status").is_empty() || bought.registered.t_xid() != t_xid || bought.order.text("amt") != amt
        {
            return Answer::status(400);
        }
        if bought.status != "paid" && shop.status(&bought.order, &bought.registered) == "0" {
            bought.status = "paid";
            bought.fulfilled += 1;
        }
        Answer::status(200)
    }
}

impl Merchant {
    /// One that does everything right.
    pub(super) fn start(sim: &Simulator) -> Self {
        Self::with(sim, &[], |_, _| None)
    }

    /// One that does something else.
    pub(super) fn wrong(
        sim: &Simulator,
        mistake: impl FnMut(&Received, &str) -> Option<Answer> + Send + 'static,
    ) -> Self {
        Self::with(sim, &[], mistake)
    }

    /// One with other orders.
    pub(super) fn with(
        sim: &Simulator,
        fields: &[(&'static str, Value)],
        mistake: impl FnMut(&Received, &str) -> Option<Answer> + Send + 'static,
    ) -> Self {
        let (receiver, shop) = (sim.receiver(), sim.new_shop("AUDITED001", "a-key-of-the-audit"));
        let paths: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut system = System {
            shop,
            orders: BTreeMap::new(),
            fields: fields.to_vec(),
            url: receiver.url().trim_end_matches("/notify").to_owned(),
            mistake: Box::new(mistake),
            paths: Arc::clone(&paths),
        };
        receiver.answer_with(move |received| system.answer(received));
        Self { receiver, i_mid: "AUDITED001".to_owned(), paths }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.receiver.url().trim_end_matches("/notify"))
    }

    /// How often a path was called.
    pub(super) fn calls(&self, path: &str) -> usize {
        self.paths.lock().unwrap().iter().filter(|called| *called == path).count()
    }

    /// What to audit, with a probe.
    pub(super) fn plan(&self, only: &[&str]) -> Value {
        json!({
            "iMid": self.i_mid, "order": self.url("/buy"), "probe": self.url("/orders/{referenceNo}"),
            "fulfilled": "/fulfilled", "only": only,
        })
    }

    /// Runs drills, and returns how the audit ended.
    #[track_caller]
    pub(super) fn audit(&self, sim: &Simulator, only: &[&str]) -> Value {
        run(sim, &self.plan(only))
    }
}

/// Runs an audit, and returns how it ended.
#[track_caller]
pub(super) fn run(sim: &Simulator, plan: &Value) -> Value {
    let started = sim.http().post_json("/__sim/api/audits", plan);
    assert_eq!(started.status, 202, "{}", started.body);
    wait(sim, |audit| audit["state"] != "running")
}

/// Waits until an audit is so far. Each look waits for the log to grow.
#[track_caller]
pub(super) fn wait(sim: &Simulator, is_so_far: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    let mut after = 0;
    loop {
        let audit = sim.http().get("/__sim/api/audits/current").json();
        if is_so_far(&audit) {
            return audit;
        }
        assert!(began.elapsed() < LIMIT, "the audit does not get on: {audit:#}");
        let next = sim.http().get(&format!("/__sim/api/events/wait?after={after}&timeout=0.1s"));
        after = next.json()["id"].as_u64().unwrap_or(after);
    }
}

/// The events of the audited merchant of a type.
pub(super) fn events(sim: &Simulator, event_type: &str) -> Vec<Value> {
    let path = format!("/__sim/api/events?iMid=AUDITED001&limit=10000&type={event_type}");
    sim.http().get(&path).json().as_array().unwrap().clone()
}
