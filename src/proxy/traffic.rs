//! Counting what goes through the proxy, for the summary of a run.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::request::Kind;
use crate::locks::IgnorePoison as _;

/// How many different refusals are counted each for itself.
const MAX_SENTENCES: usize = 100;

/// What went through the proxy.
#[derive(Debug, Default)]
pub struct Traffic {
    counts: Mutex<TrafficCounts>,
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
