//! The one event log: numbered without gaps, bounded, readable while it grows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::ledger::{Event, EventKind, IMid, ReferenceNo, TXid, Transaction};

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
    /// About nobody in particular.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// About a merchant.
    pub fn merchant(i_mid: &IMid) -> Self {
        Self { i_mid: Some(i_mid.clone()), ..Self::default() }
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

/// The log.
#[derive(Debug)]
pub struct Log {
    entries: Mutex<Entries>,
    grew: Notify,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Entries {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    last: u64,
    /// Up to where a reset of everything hides.
    hidden: u64,
    /// Up to where a reset of one merchant hides.
    hidden_of: HashMap<IMid, u64>,
}

impl Entries {
    fn shows(&self, event: &Event) -> bool {
        event.id > self.hidden
            && event.i_mid.as_ref().is_none_or(|i_mid| self.hidden_of.get(i_mid).is_none_or(|upto| event.id > *upto))
    }

    /// Where the events after `id` begin. Numbers have no gaps, so this needs no search.
    fn position_after(&self, id: u64) -> usize {
        let first = self.events.front().map_or(self.last + 1, |event| event.id);
        usize::try_from((id + 1).saturating_sub(first)).unwrap_or(usize::MAX).min(self.events.len())
    }
}

impl Log {
    /// Keeps at most `most` events and `most_bytes` bytes.
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self { entries: Mutex::default(), grew: Notify::new(), most, most_bytes }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends one event and returns its number.
    pub fn append(&self, at: Timestamp, subject: Subject, kind: EventKind) -> u64 {
        let Subject { i_mid, t_xid, reference_no } = subject;
        let mut event = Event { id: 0, at, i_mid, t_xid, reference_no, kind };
        let weight = event.weight();
        let mut entries = self.entries();
        entries.last += 1;
        event.id = entries.last;
        let id = event.id;
        entries.bytes += weight;
        entries.events.push_back(Arc::new(event));
        let mut oldest = Vec::new();
        while entries.events.len() > self.most || entries.bytes > self.most_bytes {
            let Some(gone) = entries.events.pop_front() else { break };
            entries.bytes -= gone.weight();
            oldest.push(gone);
        }
        // Waking and freeing happen outside the lock.
        drop(entries);
        self.grew.notify_waiters();
        id
    }

    /// The number of the newest event.
    pub fn last(&self) -> u64 {
        self.entries().last
    }

    /// The matching events, oldest first, at most `most` of them.
    pub fn read(&self, filter: &Filter, most: usize) -> Vec<Arc<Event>> {
        let entries = self.entries();
        let from = entries.position_after(filter.after);
        entries
            .events
            .range(from..)
            .filter(|event| entries.shows(event) && filter.takes(event))
            .take(most)
            .cloned()
            .collect()
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

    /// Hides what one merchant did so far, or everybody.
    pub fn hide(&self, i_mid: Option<&IMid>) {
        let mut entries = self.entries();
        let upto = entries.last;
        match i_mid {
            Some(i_mid) => {
                entries.hidden_of.insert(i_mid.clone(), upto);
            }
            None => entries.hidden = upto,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happen(log: &Log, i_mid: &str) -> u64 {
        log.append(Timestamp::UNIX_EPOCH, Subject::merchant(&IMid::new(i_mid).unwrap()), EventKind::OtpPassed {})
    }

    fn ids(log: &Log, filter: &Filter) -> Vec<u64> {
        log.read(filter, usize::MAX).iter().map(|event| event.id).collect()
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
    fn bytes_are_bounded_too() {
        let log = Log::new(usize::MAX, 1_000);
        for _ in 0..100 {
            happen(&log, "SHOP");
        }
        assert!(ids(&log, &Filter::default()).len() < 10);
    }
}
