//! The forward proxy: NICEPAY's hosts lead to the simulator, other hosts are reached untouched and unread.
//!
//! It takes `CONNECT host:port` and requests with a whole URL (`GET http://host/…`). Each connection carries one of them.

mod connect;
mod refusal;
mod request;
mod traffic;
mod tunnel;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::connect::Connector;
use self::refusal::Refusal;
use self::request::{Kind, Request};
pub use self::traffic::Traffic;
use crate::domain::loopback_or_special;

/// How many clients over the limit get their 503 at the same time. Further ones are disconnected at once.
const MAX_REFUSING: usize = 16;
/// The pause after a connection could not be accepted: without free descriptors the next one fails too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the proxy needs to know.
#[derive(Clone, Debug)]
pub struct ProxySetup {
    /// The simulator's plain listener for requests that came through the proxy.
    pub http: SocketAddr,
    /// The same over TLS.
    pub https: SocketAddr,
    /// Other hosts are reached on 443 and on these ports (`--proxy-port`).
    pub ports: Vec<u16>,
    /// The clients that may be connected at the same time. Further ones get 503.
    pub max_tunnels: usize,
    /// A tunnel in which nothing moves for so long is closed.
    pub idle_timeout: Duration,
    /// How long a client may take for its request head, and to read something.
    pub client_timeout: Duration,
    /// How long looking up and connecting to a host may take each.
    pub connect_timeout: Duration,
    /// Counts what comes and what is refused.
    pub traffic: Arc<Traffic>,
}

/// Serves the clients of the listener until `stopping` is cancelled, and then closes what is open. Cancel it after the
/// simulator has sent its last answers, so that those that go through the proxy arrive.
pub async fn run(listener: TcpListener, setup: ProxySetup, stopping: CancellationToken) {
    serve(listener, setup, loopback_or_special, stopping).await;
}

/// [`run`], with the rule that names the kind of an address that is out of reach.
async fn serve(listener: TcpListener, setup: ProxySetup, out_of_reach: OutOfReach, stopping: CancellationToken) {
    let own = match listener.local_addr() {
        Ok(own) => own,
        Err(error) => return tracing::error!("the proxy cannot start: {error}"),
    };
    let slots = Arc::new(Semaphore::new(setup.max_tunnels.min(Semaphore::MAX_PERMITS)));
    let refusing = Arc::new(Semaphore::new(MAX_REFUSING));
    let connector = Connector::new(&setup, own, out_of_reach);
    let proxy = Arc::new(Proxy { setup, connector, has_warned: AtomicBool::new(false) });
    // Dropping the set ends its tasks.
    let mut tasks = JoinSet::new();
    let mut was_broken = false;
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let client = match accepted {
            Ok((client, _)) => client,
            Err(error) => {
                if !was_broken {
                    tracing::warn!("the proxy cannot accept a connection: {error}");
                }
                was_broken = true;
                // The token ends a pause early.
                let _ = timeout(ACCEPT_PAUSE, stopping.cancelled()).await;
                continue;
            }
        };
        was_broken = false;
        let proxy = Arc::clone(&proxy);
        if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
            tasks.spawn(async move {
                proxy.handle(client).await;
                drop(slot);
            });
        } else {
            let refusal = proxy.over_the_limit();
            if let Ok(slot) = Arc::clone(&refusing).try_acquire_owned() {
                tasks.spawn(async move {
                    refusal.answer(client).await;
                    drop(slot);
                });
            }
        }
    }
    tasks.shutdown().await;
}

/// Names the kind of an address that is out of reach.
type OutOfReach = fn(IpAddr) -> Option<&'static str>;

/// What all connections share.
struct Proxy {
    setup: ProxySetup,
    connector: Connector,
    has_warned: AtomicBool,
}

impl Proxy {
    /// Serves one client.
    async fn handle(&self, mut client: TcpStream) {
        let _open = self.setup.traffic.connected();
        match self.open(&mut client).await {
            Ok(None) => {}
            Ok(Some((request, other))) => {
                let established = request.kind == Kind::Connect;
                let limits = tunnel::Limits { idle: self.setup.idle_timeout, stuck: self.setup.client_timeout };
                tunnel::run(client, other, &request.first, established, limits).await;
            }
            Err(refusal) => {
                self.setup.traffic.refused(refusal.sentence());
                tracing::warn!("proxy: {}", refusal.sentence());
                refusal.answer(client).await;
            }
        }
    }

    /// Reads a request and connects to the host that it names. None when there is no request.
    async fn open(&self, client: &mut TcpStream) -> Result<Option<(Request, TcpStream)>, Refusal> {
        let Some(request) = request::read(client, self.setup.client_timeout).await? else { return Ok(None) };
        let destination = &request.destination;
        let is_nicepay = destination.is_nicepay();
        let other = if is_nicepay {
            self.connector.simulator(&request).await?
        } else {
            self.connector.other_host(&request).await?
        };
        self.setup.traffic.opened(request.kind, is_nicepay);
        tracing::debug!("proxy: {destination} is reached at {:?}", other.peer_addr());
        Ok(Some((request, other)))
    }

    fn over_the_limit(&self) -> Refusal {
        let max = self.setup.max_tunnels;
        let refusal =
            Refusal::new(503, format!("{max} connections go through the proxy; --max-tunnels allows no more"));
        self.setup.traffic.refused(refusal.sentence());
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!("proxy: {}; further ones are refused", refusal.sentence());
        }
        refusal
    }
}
