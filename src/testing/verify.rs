//! Asserting what has happened.

use std::fmt::Display;

use serde_json::{Map, Value, json};

use super::event::Event;
use super::http::Http;
use crate::paths;

/// An assertion on the log. Nothing is asserted before [`check`](Self::check).
///
/// What is said before the first [`expect`](Self::expect) holds for all expectations that do not say otherwise, what is
/// said after one for that one.
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

    fn say(mut self, name: &str, value: impl Into<Value>) -> Self {
        let said = self.expectations.last_mut().unwrap_or(&mut self.all);
        said.insert(name.to_owned(), value.into());
        self
    }

    /// Of the last expectation, which there must be.
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
        self.say("iMid", i_mid)
    }

    /// Of this transaction.
    pub fn t_xid(self, t_xid: &str) -> Self {
        self.say("tXid", t_xid)
    }

    /// Of this order.
    pub fn reference_no(self, reference_no: &str) -> Self {
        self.say("referenceNo", reference_no)
    }

    /// With this in a field. A number and its text are the same.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn field(mut self, name: &str, value: impl Display) -> Self {
        self.last("where").insert(name.to_owned(), value.to_string().into());
        self
    }

    /// Exactly so often; 0 for never.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn times(self, times: u64) -> Self {
        self.at_least(times).at_most(times)
    }

    /// So often or more.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn at_least(mut self, times: u64) -> Self {
        self.last("times").insert("atLeast".to_owned(), times.into());
        self
    }

    /// So often or less.
    ///
    /// # Panics
    /// Before the first expectation.
    #[track_caller]
    pub fn at_most(mut self, times: u64) -> Self {
        self.last("times").insert("atMost".to_owned(), times.into());
        self
    }

    /// Only what happened after this event.
    pub fn after(mut self, event: &Event) -> Self {
        self.all.insert("after".to_owned(), event.id().into());
        self
    }

    /// The first event of each expectation comes after the first of the one before it.
    pub fn in_order(mut self) -> Self {
        self.all.insert("inOrder".to_owned(), true.into());
        self
    }

    /// Does all that is due now, answers of the merchants included, and looks.
    ///
    /// # Panics
    /// When something is not as expected, saying what.
    #[track_caller]
    pub fn check(mut self) {
        self.all.insert("expect".to_owned(), self.expectations.into_iter().map(Value::Object).collect());
        let answer = self.http.post_json(&format!("{}/verify", paths::API), &Value::Object(self.all));
        assert!(answer.status == 200, "{}", answer.detail());
    }
}
