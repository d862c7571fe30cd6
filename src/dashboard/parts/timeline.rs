//! One event in a line, as timelines and the log show it.

use super::fields::fields;
use super::time::Time;
use crate::domain::Entry;

pub(in crate::dashboard) struct TimelineEntry {
    pub(in crate::dashboard) id: u64,
    pub(in crate::dashboard) time: Time,
    pub(in crate::dashboard) kind: &'static str,
    pub(in crate::dashboard) summary: String,
}

/// Fields that every event has, or that are too long for a line.
const OMITTED: &[&str] = &[
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

pub(in crate::dashboard) fn timeline_entry(entry: &Entry) -> TimelineEntry {
    let fields = fields(entry, OMITTED);
    let summary: Vec<_> = fields.iter().map(|field| format!("{}: {}", field.name, field.value)).collect();
    TimelineEntry {
        id: entry.event.id,
        time: Time::of_day(entry.event.at),
        kind: entry.event.kind.event_type(),
        summary: summary.join(" · "),
    }
}
