//! What came while the program ran. It is counted at once: a test suite may reset the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::connection::Way;
use crate::domain::EventKind;
use crate::engine::Engine;
use crate::server::Arrivals;
use crate::store::Filter;

/// How many events are read at once.
const BATCH_SIZE: usize = 512;
/// How many clients and refusals are told apart; a program that sends random names would fill the memory.
const MAX_NAMES: usize = 100;
const MAX_NAME_CHARS: usize = 120;

/// What the proxy saw of NICEPAY's hosts.
#[derive(Clone, Debug, Default)]
pub(super) struct ProxyCounts {
    /// Tunnels to NICEPAY's hosts that were opened.
    pub(super) tunnels: u64,
    /// Handshakes in a tunnel that failed.
    pub(super) failed_handshakes: u64,
    /// The most frequent reason.
    pub(super) handshake_error: Option<String>,
    /// Tunnels and requests to other hosts.
    pub(super) elsewhere: u64,
    /// What the proxy refused, by sentence.
    pub(super) refused: BTreeMap<String, u64>,
}

/// Asks the proxy.
pub(super) type CountProxy = Box<dyn Fn() -> ProxyCounts + Send + Sync>;

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The last event that was counted.
    pub(super) position: u64,
    pub(super) arrivals: Arc<Arrivals>,
    /// Whether the program reset the log, which hides what was not counted yet.
    pub(super) was_reset: bool,
    /// Requests to the gateway by way and `User-Agent`.
    pub(super) requests: BTreeMap<(Way, String), u64>,
    /// Refused requests by endpoint and reason.
    pub(super) refused: BTreeMap<String, u64>,
    /// Notifications that the program accepted.
    pub(super) delivered: u64,
    /// Attempts that it did not accept, and notifications that were not sent, by reason.
    pub(super) undelivered: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts the events after this one.
    pub(super) fn starting_after(position: u64, arrivals: Arc<Arrivals>) -> Self {
        Self { position, arrivals, ..Self::default() }
    }

    /// How many requests came.
    pub(super) fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    /// The way by which a client with this name has come since these were the numbers. The plain port does not count: its
    /// address is not NICEPAY's.
    pub(super) fn new_way(&self, name: &str, before: &BTreeMap<(Way, String), u64>) -> Option<Way> {
        let of_client = self.requests.iter().filter(|((way, client), _)| *way != Way::Http && client == name);
        let mut grown = of_client.filter(|(key, count)| before.get(key).is_none_or(|before| before < *count));
        grown.next().map(|((way, _), _)| *way)
    }

    /// Counts what is new.
    pub(super) fn read_new(&mut self, engine: &Engine) {
        self.requests = self.arrivals.counts().requests;
        self.was_reset |= engine.store().log.resets() > 0;
        loop {
            let part = engine.store().log.part(&Filter { after: self.position, ..Filter::default() }, BATCH_SIZE);
            for entry in &part.entries {
                self.count(&entry.event.kind);
            }
            if part.upto == self.position {
                return;
            }
            self.position = part.upto;
        }
    }

    /// Counts until `stopping` is cancelled.
    pub(super) async fn follow(mut self, engine: Arc<Engine>, stopping: CancellationToken) -> Self {
        loop {
            let is_end = tokio::select! {
                () = async { engine.store().log.grown_since(self.position).await } => false,
                () = stopping.cancelled() => true,
            };
            self.read_new(&engine);
            if is_end {
                return self;
            }
        }
    }

    fn count(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Refused { endpoint, result_cd, diagnosis, .. } => {
                let reason = one_line(&format!("{endpoint} → {result_cd} {diagnosis}"));
                add(&mut self.refused, reason, |_| "other refusals".to_owned());
            }
            EventKind::NotificationDelivered { .. } => self.delivered += 1,
            EventKind::NotificationAttempted { http_status, error, .. } if *http_status != Some(200) => {
                let answer = http_status.map(|status| format!("the answer was {status}"));
                let reason =
                    answer.or_else(|| error.as_deref().map(one_line)).unwrap_or_else(|| "no answer".to_owned());
                add(&mut self.undelivered, reason, |_| "other reasons".to_owned());
            }
            EventKind::NotificationSkipped { reason, .. } => {
                add(&mut self.undelivered, one_line(&reason.to_string()), |_| "other reasons".to_owned());
            }
            _ => {}
        }
    }
}

/// Counts one more; under a common name where there are too many.
fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, common: impl FnOnce(&K) -> K) {
    let key = if counts.len() < MAX_NAMES || counts.contains_key(&key) { key } else { common(&key) };
    *counts.entry(key).or_default() += 1;
}

/// A text of the program, short and without what could change the terminal.
fn one_line(text: &str) -> String {
    let mut line: String = text.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    if text.chars().count() > MAX_NAME_CHARS {
        line.push('…');
    }
    line
}
