//! The event log: numbered without gaps, bounded, readable while it grows.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::filter::Filter;
use super::known_keys::KnownKeys;
use super::ring::Ring;
use super::subject::Subject;
use crate::domain::{Entry, Event, EventKind, Exchange, ExchangeBytes, ExchangeText, IMid, KeyMask};
use crate::locks::IgnorePoison;

/// HTTP headers to record. They are written to the log directly, without a copy: thousands of requests are recorded
/// each second.
pub trait Headers {
    /// Calls `visit` with the name and value of each.
    fn for_each(&self, visit: &mut dyn FnMut(&str, &[u8]));
}

/// One request to the gateway and its response, to be recorded.
#[derive(Clone, Copy)]
pub struct RecordedExchange<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
    /// The HTTP status of the response; none where there is none.
    pub http_status: Option<u16>,
    /// The rule that makes the response faulty.
    pub fault: Option<&'a Arc<str>>,
    /// The headers of the request.
    pub request_headers: &'a dyn Headers,
    /// The body of the request.
    pub request: &'a [u8],
    /// The headers of the response; none where there is none.
    pub response_headers: Option<&'a dyn Headers>,
    /// The body of the response, or the `Location` of a redirect.
    pub response: &'a [u8],
}

/// How many events a search visits before it unlocks the log for others.
const BATCH_SIZE: usize = 4_096;
/// How many bytes of each part of an exchange are kept.
pub const MAX_PART_BYTES: usize = 16 * 1024;

/// A part of the log.
#[derive(Debug)]
pub struct LogPart {
    /// The matching events, oldest first.
    pub entries: Vec<Entry>,
    /// The last event that was visited: the next part begins after it.
    pub upto: u64,
    /// The first and last of the events in this part that were dropped before. Whether they matched is unknown.
    pub dropped: Option<(u64, u64)>,
}

/// How far new events were visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEvents {
    /// The last event that was visited.
    pub upto: u64,
    /// How many events were dropped before.
    pub dropped: u64,
}

/// The log.
#[derive(Debug)]
pub struct Log {
    entries: Mutex<Entries>,
    grew: Notify,
    max: usize,
    max_bytes: usize,
    keys: Arc<KnownKeys>,
}

#[derive(Debug)]
struct Entries {
    events: VecDeque<Event>,
    /// The numbers of the visible events that are refusals: pages list and count them without a search.
    refused: VecDeque<u64>,
    /// The size of the events without the bytes of exchanges.
    bytes: usize,
    exchanges: Ring,
    last: u64,
    /// A reset of everything hides the events up to this one.
    hidden_upto: u64,
    /// Resets of one merchant hide its events up to these.
    hidden_upto_of: HashMap<IMid, u64>,
    /// How many resets there were.
    resets: u64,
}

impl Entries {
    fn is_visible(&self, event: &Event) -> bool {
        event.id > self.hidden_upto
            && event
                .i_mid
                .as_ref()
                .is_none_or(|i_mid| self.hidden_upto_of.get(i_mid).is_none_or(|upto| event.id > *upto))
    }

    /// The number of the oldest event that is stored; of the next one where none is.
    fn first(&self) -> u64 {
        self.events.front().map_or(self.last + 1, |event| event.id)
    }

    /// The position of the first event after `id`. Numbers have no gaps, so this needs no search.
    fn position_after(&self, id: u64) -> usize {
        let from_first = (id.saturating_add(1)).saturating_sub(self.first());
        usize::try_from(from_first).unwrap_or(usize::MAX).min(self.events.len())
    }

    /// The first and last event that the filter selects and that were dropped. Events that a reset hides do not count.
    fn dropped(&self, filter: &Filter) -> Option<(u64, u64)> {
        let of_merchant = filter.i_mid.as_deref().and_then(|i_mid| self.hidden_upto_of.get(i_mid));
        let after = filter.after.max(self.hidden_upto).max(of_merchant.copied().unwrap_or(0));
        let (from, to) = (after.saturating_add(1), self.first() - 1);
        (from <= to).then_some((from, to))
    }

    fn entry(&self, event: &Event) -> Entry {
        let EventKind::Exchanged(exchange) = &event.kind else { return Entry { event: event.clone(), exchange: None } };
        let bytes = exchange.bytes;
        let part = |skip: u32, length: u32| {
            let bytes = self.exchanges.get(bytes.start + u64::from(skip), length);
            bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        let text = || {
            let first = part(0, bytes.target)?;
            let (method, target) = first.split_once(' ')?;
            let request_at = bytes.target + bytes.request_headers;
            let response_headers_at = request_at + bytes.request;
            Some(ExchangeText {
                method: method.to_owned(),
                target: target.to_owned(),
                request_headers: sorted_by_name(&part(bytes.target, bytes.request_headers)?),
                request: part(request_at, bytes.request)?,
                response_headers: sorted_by_name(&part(response_headers_at, bytes.response_headers)?),
                response: part(response_headers_at + bytes.response_headers, bytes.response)?,
            })
        };
        Entry { event: event.clone(), exchange: text() }
    }
}

/// Header lines sorted by name. The HTTP library keeps them in an order that differs between processes.
fn sorted_by_name(lines: &str) -> String {
    let mut lines: Vec<_> = lines.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line.split_once(':').map_or(*line, |(name, _)| name));
    lines.concat()
}

impl Log {
    /// Keeps at most `max` events and `max_bytes` bytes, three quarters of them for exchanges.
    pub(super) fn new(max: usize, max_bytes: usize, keys: Arc<KnownKeys>) -> Self {
        let for_exchanges = max_bytes / 4 * 3;
        let entries = Entries {
            events: VecDeque::new(),
            refused: VecDeque::new(),
            bytes: 0,
            exchanges: Ring::new(for_exchanges),
            last: 0,
            hidden_upto: 0,
            hidden_upto_of: HashMap::new(),
            resets: 0,
        };
        Self { entries: Mutex::new(entries), grew: Notify::new(), max, max_bytes: max_bytes - for_exchanges, keys }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().ignore_poison()
    }

    /// Appends an event; returns its number.
    pub fn append(&self, at: Timestamp, subject: Subject, kind: EventKind) -> u64 {
        self.append_with(at, subject, |_| kind)
    }

    /// Appends an exchange with its bytes.
    pub fn record(&self, at: Timestamp, subject: Subject, recorded: RecordedExchange<'_>) {
        let push_headers = |ring: &mut Ring, headers: &dyn Headers| {
            let length = ring.push_joined(|lines| {
                headers.for_each(&mut |name, value| {
                    // More would be cut anyway.
                    if lines.len() <= MAX_PART_BYTES + KeyMask::LOOKAHEAD {
                        for part in [name.as_bytes(), b": ", value, b"\n"] {
                            lines.extend_from_slice(part);
                        }
                    }
                });
                if let Cow::Owned(cut) = self.cut(lines) {
                    *lines = cut;
                }
            });
            u32::try_from(length).unwrap_or(0)
        };
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(0);
        let RecordedExchange {
            method,
            target,
            http_status,
            fault,
            request_headers,
            request,
            response_headers,
            response,
        } = recorded;
        let [target, request, response] = [target.as_bytes(), request, response].map(|part| self.cut(part));
        self.append_with(at, subject, |ring| {
            let start = ring.end();
            for part in [method.as_bytes(), b" ", &target] {
                ring.push(part);
            }
            let request_headers = push_headers(ring, request_headers);
            ring.push(&request);
            let response_headers = response_headers.map_or(0, |headers| push_headers(ring, headers));
            ring.push(&response);
            let bytes = ExchangeBytes {
                start,
                target: length(method.as_bytes()) + 1 + length(&target),
                request_headers,
                request: length(&request),
                response_headers,
                response: length(&response),
            };
            EventKind::Exchanged(Exchange { http_status, fault: fault.cloned(), bytes })
        });
    }

    /// The part that is kept. What is shown of it is masked then; but what is cut is masked before, because the rest of a
    /// key could not be found any more.
    fn cut<'p>(&self, part: &'p [u8]) -> Cow<'p, [u8]> {
        if part.len() <= MAX_PART_BYTES {
            return Cow::Borrowed(part);
        }
        let part = &part[..part.len().min(MAX_PART_BYTES + KeyMask::LOOKAHEAD)];
        let text = String::from_utf8_lossy(part);
        Cow::Owned(self.keys.mask().masked_upto(&text, MAX_PART_BYTES).into_owned().into_bytes())
    }

    fn append_with(&self, at: Timestamp, subject: Subject, kind: impl FnOnce(&mut Ring) -> EventKind) -> u64 {
        let Subject { i_mid, t_xid, reference_no } = subject;
        let mut entries = self.entries();
        let kind = kind(&mut entries.exchanges);
        entries.last += 1;
        let id = entries.last;
        let event = Event { id, at, i_mid, t_xid, reference_no, kind };
        entries.bytes += event.memory_size();
        if matches!(event.kind, EventKind::Refused { .. }) {
            entries.refused.push_back(id);
        }
        entries.events.push_back(event);
        while entries.events.len() > self.max || entries.bytes > self.max_bytes {
            let Some(dropped) = entries.events.pop_front() else { break };
            entries.bytes -= dropped.memory_size();
        }
        let first = entries.first();
        while entries.refused.front().is_some_and(|refused| *refused < first) {
            entries.refused.pop_front();
        }
        drop(entries);
        self.grew.notify_waiters();
        id
    }

    /// The number of the newest event.
    pub fn last(&self) -> u64 {
        self.entries().last
    }

    /// The first `max` matching events, oldest first.
    pub fn read(&self, filter: &Filter, max: usize) -> Vec<Entry> {
        let entries = self.entries();
        let from = entries.position_after(filter.after);
        entries
            .events
            .range(from..)
            .filter(|event| entries.is_visible(event) && filter.matches(event))
            .take(max)
            .map(|event| entries.entry(event))
            .collect()
    }

    /// The matching ones among the next `max` events. Callers that read much read it in parts, so that they do not lock
    /// the log for long.
    pub fn part(&self, filter: &Filter, max: usize) -> LogPart {
        let entries = self.entries();
        let from = entries.position_after(filter.after);
        let to = from.saturating_add(max).min(entries.events.len());
        let visited = entries.events.range(from..to);
        LogPart {
            upto: visited.clone().next_back().map_or(filter.after.max(entries.last), |event| event.id),
            dropped: entries.dropped(filter),
            entries: visited
                .filter(|event| entries.is_visible(event) && filter.matches(event))
                .map(|event| entries.entry(event))
                .collect(),
        }
    }

    /// Visits the next `max` events after `after`, and returns the number of the last one. The log is locked meanwhile.
    pub fn visit(&self, after: u64, max: usize, visit: impl FnMut(&Event)) -> u64 {
        self.visit_new(after, max, visit).upto
    }

    /// Visits the next `max` events after `after`, and says how many were dropped before. The log is locked meanwhile.
    pub fn visit_new(&self, after: u64, max: usize, mut visit: impl FnMut(&Event)) -> NewEvents {
        let entries = self.entries();
        let from = entries.position_after(after);
        let to = from.saturating_add(max).min(entries.events.len());
        let mut upto = after.max(if from == to { entries.last } else { 0 });
        for event in entries.events.range(from..to) {
            upto = event.id;
            if entries.is_visible(event) {
                visit(event);
            }
        }
        let dropped = entries.dropped(&Filter { after, ..Filter::default() });
        NewEvents { upto, dropped: dropped.map_or(0, |(from, to)| to - from + 1) }
    }

    /// The newest `max` events before `before` that match the filter and `matches`, newest first. Visits at most
    /// `depth` events, in batches, so that writers never wait long.
    pub fn newest(
        &self,
        filter: &Filter,
        before: u64,
        depth: usize,
        max: usize,
        mut matches: impl FnMut(&Event) -> bool,
    ) -> Vec<Entry> {
        let (mut found, mut end, mut left) = (Vec::new(), before, depth);
        while found.len() < max && left > 0 {
            let entries = self.entries();
            let to = entries.position_after(end.saturating_sub(1));
            let from = to.saturating_sub(left.min(BATCH_SIZE)).max(entries.position_after(filter.after));
            let visited = entries.events.range(from.min(to)..to).rev();
            let Some(oldest) = visited.clone().next_back() else { break };
            (end, left) = (oldest.id, left - (to - from));
            let found_now =
                visited.filter(|event| entries.is_visible(event) && filter.matches(event) && matches(event));
            found.extend(found_now.take(max - found.len()).map(|event| entries.entry(event)));
        }
        found
    }

    /// How many refused requests the log has.
    pub fn refused(&self) -> usize {
        self.entries().refused.len()
    }

    /// Visits the refused requests before `before`, newest first, until `visit` returns false. In batches, so that writers
    /// never wait long.
    pub fn visit_refused(&self, before: u64, mut visit: impl FnMut(&Event) -> bool) {
        let mut end = before;
        loop {
            let entries = self.entries();
            let to = entries.refused.partition_point(|id| *id < end);
            if to == 0 {
                return;
            }
            for id in entries.refused.range(to.saturating_sub(BATCH_SIZE)..to).rev() {
                end = *id;
                let event = entries.events.get(entries.position_after(id.saturating_sub(1)));
                if event.is_some_and(|event| !visit(event)) {
                    return;
                }
            }
        }
    }

    /// The first and the last visible event; none where there are none.
    pub fn extent(&self) -> Option<(u64, u64)> {
        let entries = self.entries();
        let first = entries.first().max(entries.hidden_upto + 1);
        (first <= entries.last).then_some((first, entries.last))
    }

    /// A reset hides a merchant's events up to this one; 0 without a reset. It never falls.
    pub fn hidden_upto(&self, i_mid: &IMid) -> u64 {
        let entries = self.entries();
        entries.hidden_upto_of.get(i_mid).copied().unwrap_or(0).max(entries.hidden_upto)
    }

    /// How many resets there were.
    pub fn resets(&self) -> u64 {
        self.entries().resets
    }

    /// Completes when there is an event after `seen`.
    pub async fn grown_since(&self, seen: u64) {
        loop {
            // Registered before the check, so that no event in between is missed.
            let grew = self.grew.notified();
            if self.last() > seen {
                return;
            }
            grew.await;
        }
    }

    /// A number that changes with every event and every reset.
    pub fn version(&self) -> u64 {
        let entries = self.entries();
        entries.last + entries.resets
    }

    /// Completes when there was an event or a reset since `version`.
    pub async fn changed_since(&self, version: u64) {
        loop {
            let grew = self.grew.notified();
            if self.version() > version {
                return;
            }
            grew.await;
        }
    }

    /// About how many bytes it takes in memory.
    pub fn memory_size(&self) -> usize {
        let entries = self.entries();
        entries.bytes + entries.exchanges.memory_size()
    }

    /// Hides all present events of one merchant, or removes all. The numbers go on.
    pub fn hide(&self, i_mid: Option<&IMid>) {
        let mut entries = self.entries();
        let upto = entries.last;
        entries.resets += 1;
        if let Some(i_mid) = i_mid {
            entries.hidden_upto_of.insert(i_mid.clone(), upto);
            let mut refused = std::mem::take(&mut entries.refused);
            refused.retain(|id| {
                let event = entries.events.get(entries.position_after(id.saturating_sub(1)));
                event.is_some_and(|event| entries.is_visible(event))
            });
            entries.refused = refused;
        } else {
            entries.hidden_upto = upto;
            (entries.events, entries.refused, entries.bytes) = (VecDeque::new(), VecDeque::new(), 0);
            entries.hidden_upto_of.clear();
            entries.exchanges.clear();
        }
        drop(entries);
        self.grew.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
