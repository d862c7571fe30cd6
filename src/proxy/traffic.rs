//! Counting what goes through the proxy, for the summary of a run.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::request::Kind;
use crate::locks::IgnorePoison as _;

/// How many different refusals are counted each for itself.
const MAX_SENTENCES: usize = 100;

/// What went through the proxy.
#[derive(Debug, Default)]
pub struct Traffic {
    counts: Mutex<TrafficCounts>,
    connections: AtomicUsize,
}

/// The time between two looks whether all connections have ended.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A connection, until it is dropped.
pub(super) struct Open<'a>(&'a Traffic);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Numbers of what went through the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrafficCounts {
    /// Tunnels to NICEPAY's hosts. Where no request came through one, the client did not trust the certificate.
    pub tunnels: u64,
    /// Requests for NICEPAY's hosts that were forwarded without a tunnel.
    pub forwarded: u64,
    /// Tunnels to other hosts, and requests for them.
    pub elsewhere: u64,
    /// The refusals that were answered, by their sentence.
    pub refused: BTreeMap<String, u64>,
    /// Refusals with further sentences.
    pub refused_more: u64,
}

impl Traffic {
    /// The numbers so far.
    pub fn counts(&self) -> TrafficCounts {
        self.counts.lock().ignore_poison().clone()
    }

    /// Waits until no connection is open, for `patience` at most: what a program caused that has ended is counted then.
    pub async fn idle(&self, patience: Duration) {
        let all_ended = async {
            while self.connections.load(Ordering::Acquire) > 0 {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        // What it left behind may go on.
        let _ = tokio::time::timeout(patience, all_ended).await;
    }

    /// Counts a connection that has come.
    pub(super) fn connected(&self) -> Open<'_> {
        self.connections.fetch_add(1, Ordering::AcqRel);
        Open(self)
    }

    pub(super) fn opened(&self, kind: Kind, is_nicepay: bool) {
        let mut counts = self.counts.lock().ignore_poison();
        match (is_nicepay, kind) {
            (false, _) => counts.elsewhere += 1,
            (true, Kind::Connect) => counts.tunnels += 1,
            (true, Kind::Forward { .. }) => counts.forwarded += 1,
        }
    }

    pub(super) fn refused(&self, sentence: &str) {
        let mut counts = self.counts.lock().ignore_poison();
        if let Some(count) = counts.refused.get_mut(sentence) {
            *count += 1;
        } else if counts.refused.len() < MAX_SENTENCES {
            counts.refused.insert(sentence.to_owned(), 1);
        } else {
            counts.refused_more += 1;
        }
    }
}
