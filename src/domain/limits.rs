//! The limits of a simulator. `/__sim/api/info` shows them.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// The limits of a simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceLimits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a request's line and headers.
    pub header_bytes: usize,
    /// Connections at the same time.
    pub connections: usize,
    /// Requests that wait for events at the same time.
    pub waiters: usize,
    /// Event streams that are open at the same time.
    pub streams: usize,
    /// Merchants. A further one is refused.
    pub merchants: usize,
    /// Transactions in memory; as many bindings and as many user tokens. Beyond it, the oldest finished ones are
    /// removed.
    pub transactions: usize,
    /// Notifications in memory. Beyond it, the oldest are removed.
    pub notifications: usize,
    /// Notifications in the built-in inbox. Beyond it, the oldest are removed.
    pub inbox: usize,
    /// Notifications that are sent at the same time: an eighth of them by one merchant to one host, a quarter by one
    /// merchant, and half to one host.
    pub notifications_in_flight: usize,
    /// Events in the log. Beyond it, the oldest are removed.
    pub events: usize,
    /// Bytes of the log. Beyond it, the oldest events are removed.
    pub event_bytes: usize,
    /// Bytes of memory for orders, notifications, explanations and events together. Beyond it, the oldest finished ones
    /// are removed.
    pub memory_bytes: usize,
    /// How long a client may take to send its request, in seconds.
    #[serde(rename = "slowClientTimeoutSeconds", serialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub slow_client_timeout: Duration,
    /// How long a merchant may take to answer a notification, in seconds.
    #[serde(rename = "notificationTimeoutSeconds", serialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub notification_timeout: Duration,
}

impl ResourceLimits {
    /// The default limits, for the API's documentation and for tests.
    pub const EXAMPLE: Self = Self {
        body_bytes: 262_144,
        header_bytes: 16_384,
        connections: 4_096,
        waiters: 2_048,
        streams: 64,
        merchants: 10_000,
        transactions: 1_000_000,
        notifications: 100_000,
        inbox: 1_000,
        notifications_in_flight: 1_024,
        events: 100_000,
        event_bytes: 67_108_864,
        memory_bytes: 1_073_741_824,
        slow_client_timeout: Duration::from_secs(10),
        notification_timeout: Duration::from_secs(30),
    };
}

/// Files that are open besides connections and notifications: the log, the listeners, scenario files, lookups of names, and
/// connections that are being refused or closed.
const OTHER_FILES: usize = 96;

impl ResourceLimits {
    /// The limits, and the maximum of tunnels, that need at most so many open files: a notification and a connection need
    /// one each, and a tunnel two.
    #[must_use]
    pub fn within_files(self, files: usize, tunnels: usize) -> (Self, usize) {
        let files = files.saturating_sub(OTHER_FILES).max(8);
        let notifications_in_flight = self.notifications_in_flight.min(files / 4);
        let tunnels = tunnels.min(files / 8);
        let connections = self.connections.min(files - notifications_in_flight - 2 * tunnels);
        (Self { connections, notifications_in_flight, ..self }, tunnels)
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_files_are_fewer_connections() {
        let within = |files, tunnels| {
            let (limits, tunnels) = ResourceLimits::EXAMPLE.within_files(files, tunnels);
            (limits.connections, limits.notifications_in_flight, tunnels)
        };
        assert_eq!(within(1_000_000, 1_000), (4_096, 1_024, 1_000));
        assert_eq!(within(4_096, 0), (3_000, 1_000, 0));
        assert_eq!(within(256, 0), (120, 40, 0));
        assert_eq!(within(256, 1_000), (80, 40, 20));
        assert_eq!(within(0, 1_000), (4, 2, 1), "nothing works with so few, but nothing breaks");
    }
}
