//! Counts which requests came and by which way, for the summary of `exec`.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::connection::Way;
use crate::locks::IgnorePoison as _;

/// More clients than any summary lists.
const MAX_CLIENTS: usize = 50;
/// More characters than a line has room for.
const MAX_CLIENT_CHARS: usize = 80;

/// What came so far.
#[derive(Debug, Default)]
pub struct Arrivals {
    counts: Mutex<ArrivalCounts>,
}

/// The numbers.
#[derive(Clone, Debug, Default)]
pub struct ArrivalCounts {
    /// Requests by way and client (`User-Agent`).
    pub requests: BTreeMap<(Way, String), u64>,
    /// TLS handshakes that failed, by reason.
    pub failed_handshakes: BTreeMap<String, u64>,
}

impl Arrivals {
    /// Counts a request.
    pub(super) fn count_request(&self, way: Way, user_agent: Option<&str>) {
        let client = user_agent.unwrap_or("no User-Agent").chars().filter(|c| !c.is_control());
        let client: String = client.take(MAX_CLIENT_CHARS).collect();
        let mut counts = self.counts.lock().ignore_poison();
        let is_full = counts.requests.len() >= MAX_CLIENTS && !counts.requests.contains_key(&(way, client.clone()));
        *counts.requests.entry((way, if is_full { "others".to_owned() } else { client })).or_default() += 1;
    }

    /// Counts a handshake that failed.
    pub(super) fn count_failed_handshake(&self, reason: String) {
        let mut counts = self.counts.lock().ignore_poison();
        let is_full = counts.failed_handshakes.len() >= MAX_CLIENTS && !counts.failed_handshakes.contains_key(&reason);
        *counts.failed_handshakes.entry(if is_full { "others".to_owned() } else { reason }).or_default() += 1;
    }

    /// The numbers now.
    pub fn counts(&self) -> ArrivalCounts {
        self.counts.lock().ignore_poison().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_names_do_not_fill_the_memory() {
        let arrivals = Arrivals::default();
        for i in 0..1_000 {
            arrivals.count_request(Way::Http, Some(&i.to_string()));
        }
        let counts = arrivals.counts().requests;
        assert_eq!((counts.len(), counts.values().sum::<u64>()), (MAX_CLIENTS + 1, 1_000));
        arrivals.count_request(Way::ProxyHttps, Some("curl/8\u{1b}[31m"));
        assert!(arrivals.counts().requests.contains_key(&(Way::ProxyHttps, "others".to_owned())));
    }
}
