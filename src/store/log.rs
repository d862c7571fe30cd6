//! The one event log: numbered without gaps, bounded, readable while it grows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::ring::Ring;
use crate::domain::{
    Binding, Entry, Event, EventKind, Exchange, ExchangeBytes, ExchangeText, IMid, ReferenceNo, TXid, Transaction,
};

/// Whom an event is about.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The merchant.
    pub i_mid: Option<IMid>,
    /// The transaction.
    pub t_xid: Option<TXid>,
    /// The merchant's number of it.
    pub reference_no: Option<ReferenceNo>,
}

impl Subject {
    /// NotificationSubject nobody in particular.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// NotificationSubject a merchant.
    pub fn merchant(i_mid: &IMid) -> Self {
        Self { i_mid: Some(i_mid.clone()), ..Self::default() }
    }
}

impl From<&Binding> for Subject {
    fn from(binding: &Binding) -> Self {
        let reference_no = Some(binding.request.reference_no.clone());
        Self { i_mid: Some(binding.i_mid.clone()), t_xid: None, reference_no }
    }
}

impl From<&Transaction> for Subject {
    fn from(transaction: &Transaction) -> Self {
        Self {
            i_mid: Some(transaction.i_mid.clone()),
            t_xid: Some(transaction.t_xid.clone()),
            reference_no: Some(transaction.reference_no.clone()),
        }
    }
}

/// What of the log is asked for. Empty fields ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Events after this number.
    pub after: u64,
    /// One merchant's.
    pub i_mid: Option<Box<str>>,
    /// One transaction's.
    pub t_xid: Option<Box<str>>,
    /// One order's.
    pub reference_no: Option<Box<str>>,
}

impl Filter {
    fn takes(&self, event: &Event) -> bool {
        fn same(wanted: Option<&str>, has: Option<&str>) -> bool {
            wanted.is_none_or(|wanted| has == Some(wanted))
        }
        same(self.i_mid.as_deref(), event.i_mid.as_ref().map(IMid::as_str))
            && same(self.t_xid.as_deref(), event.t_xid.as_ref().map(TXid::as_str))
            && same(self.reference_no.as_deref(), event.reference_no.as_ref().map(ReferenceNo::as_str))
    }
}

/// Headers that can be gone through. They are written where they are kept, without being gathered before: thousands of
/// requests a second are recorded.
pub trait Headers {
    /// Hands out each, its name and its value.
    fn each(&self, take: &mut dyn FnMut(&str, &[u8]));
}

/// One request to the gateway and its answer, to be recorded.
#[derive(Clone, Copy)]
pub struct Recorded<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
    /// The HTTP status of the answer; none where none is given.
    pub http_status: Option<u16>,
    /// The rule that makes the answer wrong.
    pub fault: Option<&'a Arc<str>>,
    /// The headers that came.
    pub request_headers: &'a dyn Headers,
    /// The body that came.
    pub request: &'a [u8],
    /// The headers that go; none where no answer is given.
    pub response_headers: Option<&'a dyn Headers>,
    /// The body that went, or the `Location` of a redirect.
    pub response: &'a [u8],
}

/// Events that are looked at while the log is locked, by who looks for a few among many.
const BITE: usize = 4_096;
/// Bytes of one part of an exchange that are kept.
const KEPT: usize = 16 * 1024;

/// A part of the log, as it was when it was read.
#[derive(Debug)]
pub struct Part {
    /// What matches, oldest first.
    pub entries: Vec<Entry>,
    /// The last event that was looked at: what comes next comes after it.
    pub upto: u64,
    /// The first and the last of the events that should have been looked at, and are no longer there. Whether they would
    /// have matched, nobody knows.
    pub gone: Option<(u64, u64)>,
}

/// How much news there is for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// How many events match.
    pub matching: u64,
    /// The last event that was looked at.
    pub upto: u64,
    /// How many events should have been looked at, and are no longer there.
    pub gone: u64,
}

/// The log.
#[derive(Debug)]
pub struct Log {
    entries: Mutex<Entries>,
    grew: Notify,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug)]
struct Entries {
    events: VecDeque<Event>,
    /// What events keep beside the exchanges' bytes.
    bytes: usize,
    exchanges: Ring,
    last: u64,
    /// Up to where a reset of everything hides.
    hidden: u64,
    /// Up to where a reset of one merchant hides.
    hidden_of: HashMap<IMid, u64>,
    /// How often something was hidden.
    times_hidden: u64,
}

impl Entries {
    fn shows(&self, event: &Event) -> bool {
        event.id > self.hidden
            && event.i_mid.as_ref().is_none_or(|i_mid| self.hidden_of.get(i_mid).is_none_or(|upto| event.id > *upto))
    }

    /// The oldest event that is still there, or the next one.
    fn first(&self) -> u64 {
        self.events.front().map_or(self.last + 1, |event| event.id)
    }

    /// Where the events after `id` begin. Numbers have no gaps, so this needs no search.
    fn position_after(&self, id: u64) -> usize {
        let from_first = (id.saturating_add(1)).saturating_sub(self.first());
        usize::try_from(from_first).unwrap_or(usize::MAX).min(self.events.len())
    }

    /// What was asked for and has been pushed out. What a reset hides is not missed by anybody.
    fn gone(&self, filter: &Filter) -> Option<(u64, u64)> {
        let hidden_of = filter.i_mid.as_deref().and_then(|i_mid| self.hidden_of.get(i_mid));
        let after = filter.after.max(self.hidden).max(hidden_of.copied().unwrap_or(0));
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
                request_headers: by_name(&part(bytes.target, bytes.request_headers)?),
                request: part(request_at, bytes.request)?,
                response_headers: by_name(&part(response_headers_at, bytes.response_headers)?),
                response: part(response_headers_at + bytes.response_headers, bytes.response)?,
            })
        };
        Entry { event: event.clone(), exchange: text() }
    }
}

/// Lines of headers by name. The HTTP library keeps them in no order, and in another one in every process.
fn by_name(lines: &str) -> String {
    let mut lines: Vec<_> = lines.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line.split_once(':').map_or(*line, |(name, _)| name));
    lines.concat()
}

impl Log {
    /// Keeps at most `most` events, and `most_bytes` bytes: three quarters of them for exchanges.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        let for_exchanges = most_bytes / 4 * 3;
        let entries = Entries {
            events: VecDeque::new(),
            bytes: 0,
            exchanges: Ring::new(for_exchanges),
            last: 0,
            hidden: 0,
            hidden_of: HashMap::new(),
            times_hidden: 0,
        };
        Self { entries: Mutex::new(entries), grew: Notify::new(), most, most_bytes: most_bytes - for_exchanges }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends one event and returns its number.
    pub fn append(&self, at: Timestamp, subject: Subject, kind: EventKind) -> u64 {
        self.append_with(at, subject, |_| kind)
    }

    /// Appends an exchange with its bytes.
    pub fn record(&self, at: Timestamp, subject: Subject, recorded: Recorded<'_>) {
        fn cut(part: &[u8]) -> (&[u8], u32) {
            let part = &part[..part.len().min(KEPT)];
            (part, u32::try_from(part.len()).unwrap_or(0))
        }
        fn lines(ring: &mut Ring, headers: &dyn Headers) -> u32 {
            let length = ring.gather(KEPT, |lines| {
                headers.each(&mut |name, value| {
                    // What will not be kept need not be copied.
                    if lines.len() < KEPT {
                        for part in [name.as_bytes(), b": ", value, b"\n"] {
                            lines.extend_from_slice(part);
                        }
                    }
                });
            });
            u32::try_from(length).unwrap_or(0)
        }
        let Recorded { method, target, http_status, fault, request_headers, request, response_headers, response } =
            recorded;
        let (target, target_length) = cut(target.as_bytes());
        let ((request, request_length), (response, response_length)) = (cut(request), cut(response));
        let method_length = u32::try_from(method.len()).unwrap_or(0);
        self.append_with(at, subject, |ring| {
            let start = ring.end();
            for part in [method.as_bytes(), b" ", target] {
                ring.push(part);
            }
            let request_headers = lines(ring, request_headers);
            ring.push(request);
            let response_headers = response_headers.map_or(0, |headers| lines(ring, headers));
            ring.push(response);
            let bytes = ExchangeBytes {
                start,
                target: method_length + 1 + target_length,
                request_headers,
                request: request_length,
                response_headers,
                response: response_length,
            };
            EventKind::Exchanged(Exchange { http_status, fault: fault.cloned(), bytes })
        });
    }

    fn append_with(&self, at: Timestamp, subject: Subject, kind: impl FnOnce(&mut Ring) -> EventKind) -> u64 {
        let Subject { i_mid, t_xid, reference_no } = subject;
        let mut entries = self.entries();
        let kind = kind(&mut entries.exchanges);
        entries.last += 1;
        let id = entries.last;
        let event = Event { id, at, i_mid, t_xid, reference_no, kind };
        entries.bytes += event.weight();
        entries.events.push_back(event);
        while entries.events.len() > self.most || entries.bytes > self.most_bytes {
            let Some(gone) = entries.events.pop_front() else { break };
            entries.bytes -= gone.weight();
        }
        drop(entries);
        self.grew.notify_waiters();
        id
    }

    /// The number of the newest event.
    pub fn last(&self) -> u64 {
        self.entries().last
    }

    /// The matching events, oldest first, at most `most` of them.
    pub fn read(&self, filter: &Filter, most: usize) -> Vec<Entry> {
        let entries = self.entries();
        let from = entries.position_after(filter.after);
        entries
            .events
            .range(from..)
            .filter(|event| entries.shows(event) && filter.takes(event))
            .take(most)
            .map(|event| entries.entry(event))
            .collect()
    }

    /// Looks at no more than `most` events, so that whoever reads much does so in small bites, and no lock is held long.
    pub fn part(&self, filter: &Filter, most: usize) -> Part {
        let entries = self.entries();
        let from = entries.position_after(filter.after);
        let to = from.saturating_add(most).min(entries.events.len());
        let looked_at = entries.events.range(from..to);
        Part {
            upto: looked_at.clone().next_back().map_or(filter.after.max(entries.last), |event| event.id),
            gone: entries.gone(filter),
            entries: looked_at
                .filter(|event| entries.shows(event) && filter.takes(event))
                .map(|event| entries.entry(event))
                .collect(),
        }
    }

    /// Counts what matches, or is wanted `also`, among the next `most` events, and copies none of them.
    pub fn news(&self, filter: &Filter, most: usize, also: impl Fn(&Event) -> bool) -> News {
        let entries = self.entries();
        let from = entries.position_after(filter.after);
        let to = from.saturating_add(most).min(entries.events.len());
        let looked_at = entries.events.range(from..to);
        News {
            upto: looked_at.clone().next_back().map_or(filter.after.max(entries.last), |event| event.id),
            gone: entries.gone(filter).map_or(0, |(from, to)| to - from + 1),
            matching: looked_at.filter(|event| entries.shows(event) && (filter.takes(event) || also(event))).count()
                as u64,
        }
    }

    /// The newest events before `before` that match and that `takes` wants, newest first, at most `most` of them. It looks
    /// at no more than `depth` events, in bites, so that whoever writes never waits long.
    pub fn newest(
        &self,
        filter: &Filter,
        before: u64,
        depth: usize,
        most: usize,
        mut takes: impl FnMut(&Event) -> bool,
    ) -> Vec<Entry> {
        let (mut found, mut end, mut left) = (Vec::new(), before, depth);
        while found.len() < most && left > 0 {
            let entries = self.entries();
            let to = entries.position_after(end.saturating_sub(1));
            let from = to.saturating_sub(left.min(BITE)).max(entries.position_after(filter.after));
            let looked_at = entries.events.range(from.min(to)..to).rev();
            let Some(oldest) = looked_at.clone().next_back() else { break };
            (end, left) = (oldest.id, left - (to - from));
            let new = looked_at.filter(|event| entries.shows(event) && filter.takes(event) && takes(event));
            found.extend(new.take(most - found.len()).map(|event| entries.entry(event)));
        }
        found
    }

    /// The first and the last event that are there; none where there are none, or a reset hides them all.
    pub fn extent(&self) -> Option<(u64, u64)> {
        let entries = self.entries();
        let first = entries.first().max(entries.hidden + 1);
        (first <= entries.last).then_some((first, entries.last))
    }

    /// How often somebody was made to forget.
    pub fn resets(&self) -> u64 {
        self.entries().times_hidden
    }

    /// Completes when the log has grown since `seen`, at once when it already has.
    pub async fn grown_since(&self, seen: u64) {
        loop {
            // Registered before the look, so that no growth in between is missed.
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
        entries.last + entries.times_hidden
    }

    /// Completes when something has happened or was forgotten since `version`.
    pub async fn changed_since(&self, version: u64) {
        loop {
            let grew = self.grew.notified();
            if self.version() > version {
                return;
            }
            grew.await;
        }
    }

    /// Hides what one merchant did so far, or everybody.
    pub fn hide(&self, i_mid: Option<&IMid>) {
        let mut entries = self.entries();
        let upto = entries.last;
        entries.times_hidden += 1;
        match i_mid {
            Some(i_mid) => {
                entries.hidden_of.insert(i_mid.clone(), upto);
            }
            None => entries.hidden = upto,
        }
        drop(entries);
        self.grew.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Headers for &[(&str, &str)] {
        fn each(&self, take: &mut dyn FnMut(&str, &[u8])) {
            self.iter().for_each(|(name, value)| take(name, value.as_bytes()));
        }
    }

    fn happen(log: &Log, i_mid: &str) -> u64 {
        log.append(Timestamp::UNIX_EPOCH, Subject::merchant(&IMid::new(i_mid).unwrap()), EventKind::OtpPassed {})
    }

    fn ids(log: &Log, filter: &Filter) -> Vec<u64> {
        log.read(filter, usize::MAX).iter().map(|entry| entry.event.id).collect()
    }

    #[test]
    fn numbers_have_no_gaps_and_the_oldest_go_first() {
        let log = Log::new(3, usize::MAX);
        for _ in 0..5 {
            happen(&log, "SHOP");
        }
        assert_eq!(ids(&log, &Filter::default()), [3, 4, 5]);
        assert_eq!(ids(&log, &Filter { after: 4, ..Filter::default() }), [5]);
        assert_eq!(ids(&log, &Filter { after: 9, ..Filter::default() }), [0; 0]);
        assert_eq!(log.last(), 5);
    }

    #[test]
    fn parts_of_any_size_make_up_the_whole() {
        let log = Log::new(7, usize::MAX);
        for i in 0..10 {
            happen(&log, if i % 3 == 0 { "ONE" } else { "TWO" });
        }
        let whole = Filter { i_mid: Some("TWO".into()), ..Filter::default() };
        for size in 1..9 {
            let (mut read, mut filter) = (Vec::new(), whole.clone());
            while filter.after < log.last() {
                let part = log.part(&filter, size);
                assert_eq!(part.gone, (filter.after == 0).then_some((1, 3)), "told once");
                assert!(part.entries.len() <= size && part.upto > filter.after);
                read.extend(part.entries.iter().map(|entry| entry.event.id));
                filter.after = part.upto;
            }
            assert_eq!(read, ids(&log, &whole));
        }
        let beyond = log.part(&Filter { after: u64::MAX, ..Filter::default() }, 9);
        assert_eq!((beyond.entries.len(), beyond.upto, beyond.gone), (0, u64::MAX, None));
    }

    #[test]
    fn news_are_counted_and_the_newest_come_first() {
        let log = Log::new(4, usize::MAX);
        for i in 0..6 {
            happen(&log, if i % 2 == 0 { "ONE" } else { "TWO" });
        }
        let one = |after| Filter { after, i_mid: Some("ONE".into()), ..Filter::default() };
        assert_eq!(log.news(&one(0), 3, |_| false), News { matching: 2, upto: 5, gone: 2 });
        assert_eq!(log.news(&one(5), 3, |_| false), News { matching: 0, upto: 6, gone: 0 });
        assert_eq!(log.news(&one(5), 3, |event| event.id == 6), News { matching: 1, upto: 6, gone: 0 });
        let newest = |depth, most| {
            let found = log.newest(&one(0), u64::MAX, depth, most, |_| true);
            found.iter().map(|entry| entry.event.id).collect::<Vec<_>>()
        };
        assert_eq!((newest(9, 9), newest(9, 1), newest(1, 9)), (vec![5, 3], vec![5], vec![]));
        let before =
            |id| log.newest(&one(0), id, 9, 9, |_| true).iter().map(|entry| entry.event.id).collect::<Vec<_>>();
        assert_eq!((before(5), before(3), before(0)), (vec![3], vec![], vec![]));
        let many = Log::new(usize::MAX, usize::MAX);
        for _ in 0..2 * BITE + 3 {
            happen(&many, "ONE");
        }
        let all = many.newest(&one(0), u64::MAX, usize::MAX, usize::MAX, |_| true);
        assert!(all.len() == 2 * BITE + 3 && all.windows(2).all(|pair| pair[0].event.id == pair[1].event.id + 1));
        assert_eq!(many.newest(&one(0), u64::MAX, BITE + 1, usize::MAX, |_| true).len(), BITE + 1);
        assert_eq!(many.newest(&one(7), u64::MAX, usize::MAX, usize::MAX, |_| true).len(), 2 * BITE - 4);
        assert_eq!((log.extent(), log.resets()), (Some((3, 6)), 0));
        log.hide(None);
        assert_eq!((log.extent(), log.resets()), (None, 1));
    }

    #[test]
    fn what_a_reset_hides_is_not_gone() {
        let log = Log::new(2, usize::MAX);
        for _ in 0..4 {
            happen(&log, "ONE");
        }
        let one = |i_mid: &str| Filter { i_mid: Some(i_mid.into()), ..Filter::default() };
        assert_eq!(log.part(&one("ONE"), 9).gone, Some((1, 2)));
        log.hide(Some(&IMid::new("ONE").unwrap()));
        assert_eq!((log.part(&one("ONE"), 9).gone, log.part(&one("TWO"), 9).gone), (None, Some((1, 2))));
        log.hide(None);
        assert_eq!(log.part(&Filter::default(), 9).gone, None);
    }

    #[test]
    fn a_reset_hides_one_merchants_past_and_keeps_the_numbers() {
        let log = Log::new(10, usize::MAX);
        happen(&log, "ONE");
        happen(&log, "TWO");
        log.hide(Some(&IMid::new("ONE").unwrap()));
        assert_eq!(ids(&log, &Filter::default()), [2]);
        assert_eq!(happen(&log, "ONE"), 3);
        log.hide(None);
        assert_eq!(ids(&log, &Filter::default()), [0; 0]);
    }

    #[test]
    fn an_exchange_comes_back_as_it_was_until_its_bytes_are_needed() {
        let log = Log::new(usize::MAX, 1_000_000);
        let body = vec![b'x'; 10_000];
        let long = "v".repeat(KEPT);
        let answered = &[("x-long", long.as_str())][..];
        let record = |request: &[u8]| {
            let recorded = Recorded {
                request_headers: &&[("x-b", "2"), ("host", "h"), ("x-b", "1")][..],
                response_headers: (!request.is_empty()).then_some::<&dyn Headers>(&answered),
                method: "POST",
                target: "/a?b",
                http_status: Some(200),
                fault: None,
                request,
                response: b"{}",
            };
            log.record(Timestamp::UNIX_EPOCH, Subject::nobody(), recorded);
        };
        record(b"first");
        let first = log.read(&Filter::default(), 1);
        let text = first[0].exchange.as_ref().unwrap();
        assert_eq!((text.method.as_str(), text.target.as_str()), ("POST", "/a?b"));
        assert_eq!((text.request.as_str(), text.response.as_str()), ("first", "{}"));
        assert_eq!(text.request_headers, "host: h\nx-b: 2\nx-b: 1\n", "by name, and otherwise as they came");
        assert_eq!(text.response_headers.len(), KEPT, "so much, and no more");
        record(b"");
        let second = log.read(&Filter { after: 1, ..Filter::default() }, 1);
        assert_eq!(second[0].exchange.as_ref().unwrap().response_headers, "");
        for _ in 0..100 {
            record(&body);
        }
        let all = log.read(&Filter::default(), usize::MAX);
        assert_eq!(all.len(), 102, "the event stays");
        assert!(all[0].exchange.is_none() && all[101].exchange.is_some(), "the oldest bytes are gone");
    }

    #[test]
    fn bytes_are_bounded_too() {
        let log = Log::new(usize::MAX, 4_000);
        for _ in 0..100 {
            happen(&log, "SHOP");
        }
        assert!(ids(&log, &Filter::default()).len() < 10);
    }
}
