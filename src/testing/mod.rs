//! The whole simulator inside a Rust test. It takes a free port, works with any test runtime or none, and several can
//! run at the same time.
//!
//! The clock is stopped until [`Simulator::advance`] moves it, so a test never needs to sleep.
//!
//! ```
//! use nicepay_sim::testing::Simulator;
//!
//! let sim = Simulator::start();
//! let shop = sim.shop();
//! let receiver = sim.receiver();
//!
//! // The merchant registers an order that also issues a token…
//! let order = shop.order("order-1", 25_145).tokenize("customer-7").notify(receiver.url());
//! let registered = shop.register(&order);
//! assert_eq!(registered.result_cd(), "0000");
//!
//! // …the customer pays on the partner's pages and comes back…
//! let payment = shop.payment_url(&order, &registered, "http://shop.test/thanks?order=1");
//! let callback = sim.buyer().pay(&payment);
//! assert!(callback.starts_with("http://shop.test/thanks?order=1&resultCd=0000"));
//!
//! // …and two seconds later the merchant is notified.
//! sim.advance("2s");
//! let notification = receiver.only();
//! assert_eq!(notification.field("status"), "0");
//!
//! // The token pays the next order without the customer.
//! let next = shop.order("order-2", 10_000).seamless(notification.field("userToken"));
//! let registered = shop.register(&next);
//! sim.advance("1s");
//! assert_eq!(shop.inquire(&next, &registered).json()["status"], "0");
//! ```

mod builder;
mod buyer;
mod event;
mod expect;
mod http;
mod receiver;
mod shop;
mod verify;
mod wait;

use std::sync::mpsc;
use std::thread::JoinHandle;

use serde_json::Value;
use tokio::sync::oneshot;

pub use builder::Builder;
pub use buyer::{Buyer, Login};
pub use event::Event;
pub use expect::Expectation;
pub use http::{Http, Reply};
pub use receiver::{Answer, Broken, Received, Receiver};
pub use shop::{Order, Shop};
pub use verify::Verify;
pub use wait::WaitFor;

use crate::clock;
use crate::config::Config;
use crate::server::{self, Running};

/// A running simulator. When it is dropped, it checks the expectations and stops.
#[derive(Debug)]
pub struct Simulator {
    running: std::sync::Arc<Running>,
    runtime: tokio::runtime::Handle,
    http: Http,
    expectations: expect::Expectations,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a simulator with a manual clock and the seed 1.
    ///
    /// # Panics
    /// When it cannot start.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Configures a simulator before it starts.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn launch(config: Config, workers: usize) -> Self {
        let (started, wait_for_start) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let (running, server) = match server::start(&config, workers) {
                    Ok(started) => started,
                    Err(error) => {
                        let _ = started.send(Err(error.to_string()));
                        return;
                    }
                };
                let running = std::sync::Arc::new(running);
                let server = tokio::spawn(server);
                let _ = started.send(Ok((std::sync::Arc::clone(&running), tokio::runtime::Handle::current())));
                // An error means that the simulator was dropped, which also means stop.
                let _ = stopped.await;
                running.stop().await;
                let _ = server.await;
            });
        });
        let (running, runtime) = match wait_for_start.recv() {
            Ok(Ok(started)) => started,
            Ok(Err(error)) => panic!("the simulator did not start: {error}"),
            Err(mpsc::RecvError) => panic!("the simulator's thread ended before it started"),
        };
        let http = Http::new(runtime.clone(), format!("http://{}", running.address));
        Self {
            running,
            runtime,
            http,
            expectations: expect::Expectations::default(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        self.http.base()
    }

    /// An HTTP client for the simulator.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// The published merchant `PAYLOANTES`, which signs its requests.
    pub fn shop(&self) -> Shop {
        Shop::published(self.http.clone())
    }

    /// Adds a merchant, with data separate from other merchants'.
    ///
    /// # Panics
    /// When the iMid or the key is refused.
    pub fn new_shop(&self, i_mid: &str, merchant_key: &str) -> Shop {
        let put = self
            .http
            .put_json(&format!("/__sim/api/merchants/{i_mid}"), &serde_json::json!({ "merchantKey": merchant_key }));
        assert!(matches!(put.status, 200 | 201), "the merchant was refused: {}", put.body);
        Shop::new(self.http.clone(), i_mid, merchant_key)
    }

    /// A customer with a browser of their own.
    pub fn buyer(&self) -> Buyer {
        Buyer::new(self.http.clone())
    }

    /// A server that receives notifications for the merchant.
    ///
    /// # Panics
    /// When no port is free.
    pub fn receiver(&self) -> Receiver {
        Receiver::start()
    }

    /// Adds a rule, written as in a scenario file. It is asked before the rules of the scenario. Returns its id.
    /// `{"times": 1, "then": {"outcome": "reject"}}` rejects the next payment only.
    ///
    /// # Panics
    /// When the rule is refused; the message says what is wrong with it.
    pub fn rule(&self, rule: &Value) -> String {
        let added = self.http.post_json("/__sim/api/rules", rule);
        assert_eq!(added.status, 201, "the rule was refused: {}", added.body);
        match &added.json()["id"] {
            Value::String(id) => id.clone(),
            _ => panic!("a rule without an id: {}", added.body),
        }
    }

    /// Sets the scenario for all merchants without their own: a name, or the text of a scenario file.
    ///
    /// # Panics
    /// When the scenario is refused; the message says what is wrong with it, and where.
    pub fn set_scenario(&self, scenario: &str) {
        set_scenario(&self.http, "/__sim/api/scenario", scenario);
    }

    /// The old name of [`set_scenario`](Self::set_scenario).
    #[deprecated(since = "0.2.0", note = "use `set_scenario`")]
    pub fn tell(&self, scenario: &str) {
        self.set_scenario(scenario);
    }

    /// Moves the clock ahead by a duration such as `2s` or `PT24H`. Returns when all work that became due is done and
    /// merchants have answered their notifications.
    ///
    /// # Panics
    /// When the text is not a duration.
    pub fn advance(&self, by: &str) {
        let by = match clock::parse_duration(by) {
            Ok(by) => by,
            Err(error) => panic!("{error}"),
        };
        let background = self.running.background.clone();
        http::wait_on(&self.runtime, async move { background.advance(by).await });
    }

    /// Does all work that is due now.
    pub fn drain(&self) {
        let background = self.running.background.clone();
        http::wait_on(&self.runtime, async move { background.drain().await });
    }

    /// Sends a manual notification of a transaction, as `POST /transactions/{tXid}/notify` does: `{}` sends the normal
    /// one, `{"variant": "changed-status"}` a variant. Returns the ids of the notifications; [`Simulator::drain`] sends
    /// them.
    ///
    /// # Panics
    /// When the call is refused.
    pub fn notify(&self, t_xid: &str, plan: &Value) -> Vec<String> {
        let reply = self.http.post_json(&format!("/__sim/api/transactions/{t_xid}/notify"), plan);
        assert_eq!(reply.status, 202, "{plan} was refused: {}", reply.body);
        match reply.json()["notifications"].as_array() {
            Some(ids) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            None => panic!("the response has no notifications: {}", reply.body),
        }
    }

    /// The events of a type, oldest first; with an empty text, the events of all types.
    ///
    /// # Panics
    /// When the response is not a list of events.
    pub fn events(&self, event_type: &str) -> Vec<Value> {
        match self.http.get(&format!("/__sim/api/events?limit=10000&type={event_type}")).json() {
            Value::Array(events) => events,
            other => panic!("the response is not a list of events: {other}"),
        }
    }

    /// Waits for an event that has already happened or will happen. A manual clock must be moved for events in the
    /// future.
    ///
    /// ```
    /// use nicepay_sim::testing::Simulator;
    ///
    /// let sim = Simulator::start();
    /// let (shop, receiver) = (sim.shop(), sim.receiver());
    /// let order = shop.order("order-1", 25_145).notify(receiver.url());
    /// let registered = shop.register(&order);
    /// sim.buyer().pay(&shop.payment_url(&order, &registered, "http://shop.test/thanks"));
    /// sim.advance("2s");
    ///
    /// let delivered =
    ///     sim.wait_for("notification.delivered").reference_no("order-1").field("kind", "approve").within("5s");
    /// assert_eq!(delivered.event_type(), "notification.delivered");
    /// assert_eq!(delivered.field("attempt"), "1");
    /// ```
    ///
    /// After the timeout it panics and shows the most similar events:
    ///
    /// ```should_panic
    /// # let sim = nicepay_sim::testing::Simulator::start();
    /// # let shop = sim.shop();
    /// # shop.register(&shop.order("order-1", 25_145));
    /// sim.wait_for("transaction.approved").reference_no("order-1").within("10ms");
    /// // no transaction.approved with referenceNo=order-1 in 0.01 s
    /// //   nearest: event 2 is exchange.recorded
    /// //   nearest: event 1 is transaction.registered
    /// ```
    pub fn wait_for(&self, event_type: &str) -> WaitFor<'_> {
        WaitFor::new(&self.http, event_type)
    }

    /// Verifies which events happened, how often, and in which order.
    ///
    /// ```
    /// use nicepay_sim::testing::Simulator;
    ///
    /// let sim = Simulator::start();
    /// let (shop, receiver) = (sim.shop(), sim.receiver());
    /// let order = shop.order("order-1", 25_145).notify(receiver.url());
    /// let registered = shop.register(&order);
    /// sim.buyer().pay(&shop.payment_url(&order, &registered, "http://shop.test/thanks"));
    /// sim.advance("2s");
    ///
    /// sim.verify()
    ///     .reference_no("order-1")
    ///     .expect("transaction.approved").times(1).field("instmntMon", 1)
    ///     .expect("notification.attempted").at_most(2).field("httpStatus", 200)
    ///     .expect("transaction.cancelled").times(0)
    ///     .in_order()
    ///     .check();
    /// ```
    pub fn verify(&self) -> Verify<'_> {
        Verify::new(&self.http)
    }

    /// Expects an event before the simulator is dropped; dropping it panics otherwise.
    pub fn expect(&self, event_type: &str) -> Expectation<'_> {
        Expectation::new(&self.expectations, event_type)
    }
}

/// Sets a scenario. A text with an `=` is the content of a scenario file, any other text is a name.
fn set_scenario(http: &Http, path: &str, scenario: &str) {
    let key = if scenario.contains('=') { "toml" } else { "name" };
    let mut body = serde_json::Map::new();
    body.insert(key.to_owned(), scenario.into());
    let response = http.put_json(path, &Value::Object(body));
    assert_eq!(response.status, 200, "the scenario was refused: {}", response.body);
}

/// The Rust blocks of the documents are run as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/rust.md")]
struct Documents;

impl Drop for Simulator {
    fn drop(&mut self) {
        let unmet = if std::thread::panicking() {
            // The test has already failed; a second panic would abort the process.
            None
        } else {
            self.drain();
            self.expectations.unmet(&self.events(""))
        };
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread is already printed.
            let _ = thread.join();
        }
        if let Some(unmet) = unmet {
            panic!("{unmet}");
        }
    }
}
