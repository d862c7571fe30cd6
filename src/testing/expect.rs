//! What a test expects to have happened by its end.

use std::fmt::Write as _;
use std::sync::Mutex;

use serde_json::Value;

use crate::locks::IgnorePoison;

/// One expectation.
#[derive(Clone, Debug)]
struct Expected {
    event_type: String,
    t_xid: Option<String>,
    times: Option<usize>,
}

impl Expected {
    fn takes(&self, event: &Value) -> bool {
        event["type"] == self.event_type.as_str()
            && self.t_xid.as_ref().is_none_or(|t_xid| event["tXid"] == t_xid.as_str())
    }
}

/// All of a simulator's expectations.
#[derive(Debug, Default)]
pub(super) struct Expectations(Mutex<Vec<Expected>>);

impl Expectations {
    /// A report of those that `events` do not meet; none when all are met.
    pub(super) fn unmet(&self, events: &[Value]) -> Option<String> {
        let mut report = String::new();
        for expected in self.0.lock().ignore_poison().iter() {
            let happened = events.iter().filter(|event| expected.takes(event)).count();
            let met = expected.times.map_or(happened > 0, |times| happened == times);
            if met {
                continue;
            }
            let of = expected.t_xid.as_ref().map_or_else(String::new, |t_xid| format!(" of {t_xid}"));
            let times = expected.times.map_or_else(|| "at least once".to_owned(), |times| format!("{times} times"));
            let _ = writeln!(report, "expected {}{of} {times}, it happened {happened} times", expected.event_type);
        }
        if report.is_empty() {
            return None;
        }
        report.push_str("what did happen:\n");
        for event in events.iter().filter(|event| event["type"] != "exchange.recorded") {
            let _ = writeln!(report, "  {event}");
        }
        Some(report)
    }
}

/// An expectation in the making; dropping it makes it count.
#[derive(Debug)]
pub struct Expectation<'a> {
    all: &'a Expectations,
    expected: Expected,
}

impl<'a> Expectation<'a> {
    pub(super) fn new(all: &'a Expectations, event_type: &str) -> Self {
        Self { all, expected: Expected { event_type: event_type.to_owned(), t_xid: None, times: None } }
    }

    /// Only of this transaction.
    #[must_use = "the expectation counts when this is dropped"]
    pub fn of(mut self, t_xid: &str) -> Self {
        self.expected.t_xid = Some(t_xid.to_owned());
        self
    }

    /// Exactly that often.
    pub fn times(mut self, times: usize) {
        self.expected.times = Some(times);
    }
}

impl Drop for Expectation<'_> {
    fn drop(&mut self) {
        self.all.0.lock().ignore_poison().push(self.expected.clone());
    }
}
