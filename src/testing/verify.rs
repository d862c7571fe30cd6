//! Verifies which events happened.

use std::fmt::Display;
use std::panic::Location;

use serde_json::{Map, Value, json};

use super::event::Event;
use super::http::{Http, check_thread};

/// A verification of the event log. Nothing is verified before [`check`](Self::check).
///
/// Filters before the first [`expect`](Self::expect) apply to all expectations without a filter of their own; filters
/// after an `expect` apply to that expectation.
#[derive(Debug)]
#[must_use = "nothing is verified before `check`"]
pub struct Verify<'a> {
    http: &'a Http,
    all: Map<String, Value>,
    expectations: Vec<Map<String, Value>>,
}

impl<'a> Verify<'a> {
    pub(super) fn new(http: &'a Http) -> Self {
        Self { http, all: Map::new(), expectations: Vec::new() }
    }

    /// Expects an event of this type, at least once.
    pub fn expect(mut self, event_type: &str) -> Self {
        self.expectations.push(Map::from_iter([("type".to_owned(), event_type.into())]));
        self
    }

    fn filter(mut self, name: &str, value: impl Into<Value>) -> Self {
        let target = self.expectations.last_mut().unwrap_or(&mut self.all);
        target.insert(name.to_owned(), value.into());
        self
    }

    /// An object of the last expectation.
    #[track_caller]
    fn last(&mut self, name: &str) -> &mut Map<String, Value> {
        let Some(last) = self.expectations.last_mut() else {
            panic!("{name} belongs to an expectation: call expect first")
        };
        match last.entry(name).or_insert_with(|| json!({})) {
            Value::Object(object) => object,
            other => unreachable!("{name} is {other}, and not an object"),
        }
    }

    /// Of this merchant.
    pub fn i_mid(self, i_mid: &str) -> Self {
        self.filter("iMid", i_mid)
    }

    /// Of this transaction.
    pub fn t_xid(self, t_xid: &str) -> Self {
        self.filter("tXid", t_xid)
    }

    /// Of this order.
    pub fn reference_no(self, reference_no: &str) -> Self {
        self.filter("referenceNo", reference_no)
    }

    /// With this value in a field. A number equals its text.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn field(mut self, name: &str, value: impl Display) -> Self {
        self.last("where").insert(name.to_owned(), value.to_string().into());
        self
    }

    /// Exactly so many times; 0 for never.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn times(self, times: u64) -> Self {
        self.at_least(times).at_most(times)
    }

    /// At least so many times.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn at_least(mut self, times: u64) -> Self {
        self.last("times").insert("atLeast".to_owned(), times.into());
        self
    }

    /// At most so many times.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn at_most(mut self, times: u64) -> Self {
        self.last("times").insert("atMost".to_owned(), times.into());
        self
    }

    /// Only events after this one.
    pub fn after(mut self, event: &Event) -> Self {
        self.all.insert("after".to_owned(), event.id().into());
        self
    }

    /// The first event of each expectation must come after the first event of the previous one.
    pub fn in_order(mut self) -> Self {
        self.all.insert("inOrder".to_owned(), true.into());
        self
    }

    /// Does all work that is due now, waits for the merchants' responses, and verifies the log.
    ///
    /// # Panics
    /// When an expectation is not met; the message explains which.
    #[track_caller]
    pub fn check(self) {
        check_thread();
        let (http, body) = self.into_call();
        let answer = http.call("POST", "/verify", &body);
        assert!(answer.status == 200, "{}", answer.detail());
    }

    /// The async form of [`check`](Self::check).
    ///
    /// # Panics
    /// When an expectation is not met; the message explains which, and has the line of the test.
    #[track_caller]
    pub fn check_async(self) -> impl Future<Output = ()> + use<'a> {
        let at = Location::caller();
        let (http, body) = self.into_call();
        async move {
            let answer = http.call_async("POST", "/verify", &body).await;
            assert!(answer.status == 200, "{at}: {}", answer.detail());
        }
    }

    fn into_call(mut self) -> (&'a Http, Value) {
        self.all.insert("expect".to_owned(), self.expectations.into_iter().map(Value::Object).collect());
        (self.http, Value::Object(self.all))
    }
}
