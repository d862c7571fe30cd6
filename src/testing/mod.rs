//! The whole simulator inside a Rust test. It takes a free port, works with any test runtime or none, and several can
//! run at the same time.
//!
//! The clock is stopped until [`Simulator::advance`] moves it, so a test never needs to sleep.
//!
//! Your application takes the place of the shop and the receiver below: give it [`Simulator::url`] as NICEPAY's address,
//! [`Shop::i_mid`] and [`Shop::merchant_key`].
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
//!
//! # Async tests
//!
//! In a test with one thread, as `#[tokio::test]` makes it, a call that waits for your application must not block: the
//! application has no other thread to answer on. Such calls panic there, and each has an async form:
//!
//! | Blocks | Async |
//! |---|---|
//! | `advance`, `drain` | `advance_async`, `drain_async` |
//! | `wait_for(…).within(…)`, `verify()….check()` | `within_async`, `check_async` |
//! | any call of a shop, a buyer or [`Http`] | [`sim.run(\|sim\| …).await`](Simulator::run), on a thread of its own |
//! | dropping a simulator that expects events | [`sim.finish().await`](Simulator::finish) |
//!
//! All other calls, such as [`Simulator::reject_next`], never wait for your application, and work everywhere.
//!
//! ```
//! use nicepay_sim::testing::Simulator;
//! # use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let sim = Simulator::start();
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
//! # let your_app = format!("http://{}/notify", listener.local_addr().unwrap());
//! # tokio::spawn(async move {
//! #     let (mut stream, _) = listener.accept().await.unwrap();
//! #     let _ = stream.read(&mut [0; 4096]).await;
//! #     let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
//! # });
//! sim.run(move |sim| {
//!     let shop = sim.shop();
//!     let order = shop.order("order-1", 25_145).notify(&your_app);
//!     let registered = shop.register(&order);
//!     sim.buyer().pay(&shop.payment_url(&order, &registered, "http://shop.test/thanks"));
//! })
//! .await;
//! sim.expect("notification.delivered").times(1);
//! sim.advance_async("2s").await; // your application answers meanwhile
//! sim.finish().await;
//! # });
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

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use serde_json::{Value, json};
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
    running: Arc<Running>,
    runtime: tokio::runtime::Handle,
    http: Http,
    expectations: Arc<expect::Expectations>,
    /// None in a handle for another thread: only the simulator itself checks the expectations and stops.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a simulator with a manual clock and the seed 1.
    ///
    /// # Panics
    /// When it cannot start.
    #[track_caller]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Configures a simulator before it starts.
    pub fn builder() -> Builder {
        Builder::default()
    }

    #[track_caller]
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
                let running = Arc::new(running);
                let server = tokio::spawn(server);
                let _ = started.send(Ok((Arc::clone(&running), tokio::runtime::Handle::current())));
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
        Self { running, runtime, http, expectations: Arc::default(), stop: Some(stop), thread: Some(thread) }
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
    #[track_caller]
    pub fn new_shop(&self, i_mid: &str, merchant_key: &str) -> Shop {
        let put = self.http.call("PUT", &format!("/merchants/{i_mid}"), &json!({ "merchantKey": merchant_key }));
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
    #[track_caller]
    pub fn receiver(&self) -> Receiver {
        Receiver::start()
    }

    /// Adds a rule, written as in a scenario file. It is asked before the rules of the scenario. Returns its id.
    /// `{"times": 1, "then": {"outcome": "reject"}}` rejects the next payment only.
    ///
    /// # Panics
    /// When the rule is refused; the message says what is wrong with it.
    #[track_caller]
    pub fn rule(&self, rule: &Value) -> String {
        let added = self.http.call("POST", "/rules", rule);
        assert_eq!(added.status, 201, "the rule was refused: {}", added.body);
        match &added.json()["id"] {
            Value::String(id) => id.clone(),
            _ => panic!("a rule without an id: {}", added.body),
        }
    }

    /// The next payment is approved, whatever the scenario and the shopper say.
    #[track_caller]
    pub fn approve_next(&self) {
        self.next(&json!({ "outcome": "approve" }));
    }

    /// The next payment is rejected.
    #[track_caller]
    pub fn reject_next(&self) {
        self.next(&json!({ "outcome": "reject" }));
    }

    /// The next payment is under review until a rule, a test or a person decides.
    #[track_caller]
    pub fn review_next(&self) {
        self.next(&json!({ "outcome": "review" }));
    }

    /// The next customer leaves the lender's pages without paying.
    #[track_caller]
    pub fn abandon_next(&self) {
        self.next(&json!({ "outcome": "abandon" }));
    }

    /// The notification of the next payment is sent as this variant: `duplicate`, `lost`, `changed-status`, ….
    ///
    /// # Panics
    /// When there is no such variant.
    #[track_caller]
    pub fn notify_next(&self, variant: &str) {
        self.next(&json!({ "notify": variant }));
    }

    /// The answer to the next call of this operation breaks: `sim.break_next("inquiry", "reset")`. The faults are `reset`,
    /// `empty`, `truncated` and `cut`.
    ///
    /// # Panics
    /// When there is no such operation or fault.
    #[track_caller]
    pub fn break_next(&self, operation: &str, fault: &str) {
        self.rule(&json!({ "times": 1, "when": { "operation": operation }, "then": { "answer": fault } }));
    }

    #[track_caller]
    fn next(&self, then: &Value) {
        self.rule(&json!({ "times": 1, "then": then }));
    }

    /// Sets the scenario for all merchants without their own: a name, or the text of a scenario file.
    ///
    /// # Panics
    /// When the scenario is refused; the message says what is wrong with it, and where.
    #[track_caller]
    pub fn set_scenario(&self, scenario: &str) {
        set_scenario(&self.http, "/scenario", scenario);
    }

    /// The old name of [`set_scenario`](Self::set_scenario).
    #[deprecated(since = "0.2.0", note = "use `set_scenario`")]
    #[track_caller]
    pub fn tell(&self, scenario: &str) {
        self.set_scenario(scenario);
    }

    /// Moves the clock ahead by a duration such as `2s` or `PT24H`. Returns when all work that became due is done and
    /// merchants have answered their notifications.
    ///
    /// # Panics
    /// When the text is not a duration, and on the only thread of a runtime.
    #[track_caller]
    pub fn advance(&self, by: &str) {
        http::check_thread();
        http::wait_on(&self.runtime, self.advancing(by));
    }

    /// The async form of [`advance`](Self::advance).
    ///
    /// # Panics
    /// When the text is not a duration.
    #[track_caller]
    pub fn advance_async(&self, by: &str) -> impl Future<Output = ()> + use<'_> {
        http::run_on(&self.runtime, self.advancing(by))
    }

    #[track_caller]
    fn advancing(&self, by: &str) -> impl Future<Output = ()> + Send + use<> {
        let by = match clock::parse_duration(by) {
            Ok(by) => by,
            Err(error) => panic!("{error}"),
        };
        let background = self.running.background.clone();
        async move { background.advance(by).await }
    }

    /// Does all work that is due now.
    ///
    /// # Panics
    /// On the only thread of a runtime.
    #[track_caller]
    pub fn drain(&self) {
        http::check_thread();
        http::wait_on(&self.runtime, self.draining());
    }

    /// The async form of [`drain`](Self::drain).
    pub fn drain_async(&self) -> impl Future<Output = ()> + use<'_> {
        http::run_on(&self.runtime, self.draining())
    }

    fn draining(&self) -> impl Future<Output = ()> + Send + use<> {
        let background = self.running.background.clone();
        async move { background.drain().await }
    }

    /// Runs blocking calls on a thread of their own. A test whose runtime has one thread needs it for the calls of a shop,
    /// a buyer or [`Http`]: `sim.run(|sim| sim.buyer().pay(&url)).await`.
    ///
    /// # Panics
    /// When the calls do.
    pub async fn run<T: Send + 'static>(&self, calls: impl FnOnce(&Self) -> T + Send + 'static) -> T {
        let sim = Self {
            running: Arc::clone(&self.running),
            runtime: self.runtime.clone(),
            http: self.http.clone(),
            expectations: Arc::clone(&self.expectations),
            stop: None,
            thread: None,
        };
        on_thread(move || calls(&sim)).await
    }

    /// Ends the simulator as dropping it does: does all work that is due, checks the expectations, and stops. The async
    /// form of `drop(sim)`.
    ///
    /// # Panics
    /// When an expectation is not met.
    pub async fn finish(self) {
        on_thread(move || drop(self)).await;
    }

    /// Sends a manual notification of a transaction, as `POST /transactions/{tXid}/notify` does: `{}` sends the normal
    /// one, `{"variant": "changed-status"}` a variant. Returns the ids of the notifications; [`Simulator::drain`] sends
    /// them.
    ///
    /// # Panics
    /// When the call is refused.
    #[track_caller]
    pub fn notify(&self, t_xid: &str, plan: &Value) -> Vec<String> {
        let reply = self.http.call("POST", &format!("/transactions/{t_xid}/notify"), plan);
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
    #[track_caller]
    pub fn events(&self, event_type: &str) -> Vec<Value> {
        match self.http.call("GET", &format!("/events?limit=10000&type={event_type}"), &Value::Null).json() {
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

    /// Expects an event before the simulator is dropped; dropping it panics otherwise, and names the line of this call. In
    /// a test whose runtime has one thread, end with [`finish`](Self::finish).
    #[track_caller]
    pub fn expect(&self, event_type: &str) -> Expectation<'_> {
        Expectation::new(&self.expectations, event_type)
    }
}

/// Runs a closure on a thread of its own; a panic goes on in the caller.
async fn on_thread<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        let _ = done.send(run());
    });
    match wait.await {
        Ok(output) => output,
        Err(error) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("the closure returned without a result: {error}"),
        },
    }
}

/// Sets a scenario. A text with an `=` is the content of a scenario file, any other text is a name.
#[track_caller]
fn set_scenario(http: &Http, path: &str, scenario: &str) {
    let key = if scenario.contains('=') { "toml" } else { "name" };
    let mut body = serde_json::Map::new();
    body.insert(key.to_owned(), scenario.into());
    let response = http.call("PUT", path, &Value::Object(body));
    assert_eq!(response.status, 200, "the scenario was refused: {}", response.body);
}

/// The Rust blocks of the documents are run as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/rust.md")]
struct Documents;

impl Drop for Simulator {
    fn drop(&mut self) {
        if self.thread.is_none() {
            return;
        }
        let unmet = if std::thread::panicking() || self.expectations.is_empty() {
            // The test has already failed, and a second panic would abort the process; or there is nothing to check.
            None
        } else if http::is_only_thread() {
            Some(
                "a simulator that expects events must not be dropped here: end the test with `sim.finish().await`"
                    .into(),
            )
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
