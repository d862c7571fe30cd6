//! One event in a line, as timelines and the log show it.

use serde_json::json;

use super::facts::facts;
use super::frame::time;
use crate::domain::Entry;

/// One event, in a line.
pub(super) struct Moment {
    pub(super) id: u64,
    pub(super) time: String,
    pub(super) kind: &'static str,
    pub(super) says: String,
}

/// An event, in a line.
pub(super) fn moment(entry: &Entry) -> Moment {
    const OFTEN: &[&str] = &[
        "id",
        "at",
        "type",
        "iMid",
        "tXid",
        "referenceNo",
        "request",
        "response",
        "requestHeaders",
        "responseHeaders",
        "notMatched",
    ];
    let whole = json!(entry);
    let said = facts(&whole, OFTEN);
    let said: Vec<_> = said.iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect();
    Moment {
        id: entry.event.id,
        time: time(entry.event.at),
        kind: entry.event.kind.event_type(),
        says: said.join(" · "),
    }
}
