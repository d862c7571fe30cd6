//! The limits of the simulator, as `GET /info` shows them.

use schemars::JsonSchema;
use serde::Serialize;

/// The limits of the simulator.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiLimits {
    /// The largest request body, in bytes.
    pub body_bytes: usize,
    /// The largest request line with all headers, in bytes.
    pub header_bytes: usize,
    /// The number of connections at the same time.
    pub connections: usize,
    /// The number of requests that wait for events at the same time.
    pub waiters: usize,
    /// The number of open event streams.
    pub streams: usize,
    /// The number of transactions that are kept.
    pub transactions: usize,
    /// The number of notifications that are kept.
    pub notifications: usize,
    /// The number of notifications that are sent at the same time.
    pub notifications_in_flight: usize,
    /// The number of events in the log.
    pub events: usize,
    /// The size of the log, in bytes.
    pub event_bytes: usize,
    /// The time that a client has to send its request, in seconds.
    pub slow_client_timeout_seconds: f64,
    /// The time that a merchant has to answer a notification, in seconds.
    pub notification_timeout_seconds: f64,
}

impl ApiLimits {
    /// The default limits, for the documentation.
    pub(crate) const EXAMPLE: Self = Self {
        body_bytes: 262_144,
        header_bytes: 16_384,
        connections: 4_096,
        waiters: 2_048,
        streams: 64,
        transactions: 1_000_000,
        notifications: 100_000,
        notifications_in_flight: 256,
        events: 100_000,
        event_bytes: 67_108_864,
        slow_client_timeout_seconds: 10.0,
        notification_timeout_seconds: 30.0,
    };
}
