//! A running simulator, and its clean stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio_util::sync::CancellationToken;

use super::middleware::InFlightRequests;
#[cfg(feature = "tls")]
use super::stand_in::StandInAddresses;
use crate::audit::Auditor;
use crate::background::Background;
use crate::control::Slots;
use crate::engine::Engine;

/// How long a stop waits for responses in flight.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(700);
/// How long a stop waits for event streams to send their last event. A client that does not read gets none.
const STREAM_TIMEOUT: Duration = Duration::from_millis(100);
/// The time between two checks whether all responses are sent.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A running simulator.
#[derive(Debug)]
pub struct Running {
    /// The address that it listens on.
    pub address: SocketAddr,
    /// Where it stands in for NICEPAY's hosts, if it does.
    #[cfg(feature = "tls")]
    pub stand_in: Option<StandInAddresses>,
    /// The engine, which makes all changes.
    pub engine: Arc<Engine>,
    /// The background work, which moves the clock.
    pub background: Background,
    /// Runs audits.
    pub auditor: Arc<Auditor>,
    pub(super) handle: ServerHandle,
    pub(super) in_flight: Arc<InFlightRequests>,
    pub(super) streams: Slots,
    pub(super) stopping: CancellationToken,
}

impl Running {
    /// Stops: ends waiting requests, finishes responses in flight, then closes all connections.
    pub async fn stop(&self) {
        self.stopping.cancel();
        let finished = async {
            while self.in_flight.count() > 0 {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        // After the timeouts the connections are closed anyway.
        let _ = tokio::time::timeout(RESPONSE_TIMEOUT, finished).await;
        let _ = tokio::time::timeout(STREAM_TIMEOUT, self.streams.all_free()).await;
        self.handle.stop(false).await;
        #[cfg(feature = "tls")]
        if let Some(stand_in) = &self.stand_in {
            stand_in.ended.cancel();
        }
    }
}
