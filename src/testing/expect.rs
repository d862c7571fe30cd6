//! Events that a test expects before its end.

use std::fmt::Write as _;
use std::panic::Location;
use std::sync::Mutex;

use serde_json::Value;

use crate::locks::IgnorePoison;

/// An expected event.
#[derive(Clone, Debug)]
struct ExpectedEvent {
    event_type: String,
    t_xid: Option<String>,
    times: Option<usize>,
    /// Where the test expects it.
    at: &'static Location<'static>,
}

impl ExpectedEvent {
    fn matches(&self, event: &Value) -> bool {
        event["type"] == self.event_type.as_str()
            && self.t_xid.as_ref().is_none_or(|t_xid| event["tXid"] == t_xid.as_str())
    }
}

/// All of a simulator's expectations.
#[derive(Debug, Default)]
pub(super) struct Expectations(Mutex<Vec<ExpectedEvent>>);

impl Expectations {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().ignore_poison().is_empty()
    }

    /// A report of the expectations that `events` do not meet; `None` when all are met.
    pub(super) fn unmet(&self, events: &[Value]) -> Option<String> {
        let mut report = String::new();
        for expected in self.0.lock().ignore_poison().iter() {
            let happened = events.iter().filter(|event| expected.matches(event)).count();
            let met = expected.times.map_or(happened > 0, |times| happened == times);
            if met {
                continue;
            }
            let of = expected.t_xid.as_ref().map_or_else(String::new, |t_xid| format!(" of {t_xid}"));
            let times = expected.times.map_or_else(|| "at least once".to_owned(), |times| format!("{times} times"));
            let _ = writeln!(
                report,
                "{}: expected {}{of} {times}, but it happened {happened} times",
                expected.at, expected.event_type
            );
        }
        if report.is_empty() {
            return None;
        }
        report.push_str("events that happened:\n");
        for event in events.iter().filter(|event| event["type"] != "exchange.recorded") {
            let _ = writeln!(report, "  {event}");
        }
        Some(report)
    }
}

/// Builds an expectation, which is registered when this is dropped.
#[derive(Debug)]
pub struct Expectation<'a> {
    all: &'a Expectations,
    expected: ExpectedEvent,
}

impl<'a> Expectation<'a> {
    #[track_caller]
    pub(super) fn new(all: &'a Expectations, event_type: &str) -> Self {
        let at = Location::caller();
        Self { all, expected: ExpectedEvent { event_type: event_type.to_owned(), t_xid: None, times: None, at } }
    }

    /// Only of this transaction.
    #[must_use = "the expectation is registered when this is dropped"]
    pub fn of(mut self, t_xid: &str) -> Self {
        self.expected.t_xid = Some(t_xid.to_owned());
        self
    }

    /// Exactly so many times.
    pub fn times(mut self, times: usize) {
        self.expected.times = Some(times);
    }
}

impl Drop for Expectation<'_> {
    fn drop(&mut self) {
        self.all.0.lock().ignore_poison().push(self.expected.clone());
    }
}
