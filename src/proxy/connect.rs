//! Connecting to the host that a request names, if it may be reached.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;
use url::Host;

use super::refusal::Refusal;
use super::request::{Destination, Kind, Request};
use super::{OutOfReach, ProxySetup};

/// The names that are looked up at the same time.
const MAX_LOOKUPS: usize = 32;

/// Connects to hosts.
pub(super) struct Connector {
    http: SocketAddr,
    https: SocketAddr,
    ports: Vec<u16>,
    timeout: Duration,
    own: SocketAddr,
    out_of_reach: OutOfReach,
    lookups: Arc<Semaphore>,
}

impl Connector {
    /// `own` is the address of the proxy.
    pub(super) fn new(setup: &ProxySetup, own: SocketAddr, out_of_reach: OutOfReach) -> Self {
        Self {
            http: setup.http,
            https: setup.https,
            ports: setup.ports.clone(),
            timeout: setup.connect_timeout,
            own,
            out_of_reach,
            lookups: Arc::new(Semaphore::new(MAX_LOOKUPS)),
        }
    }

    /// A connection to the simulator, which stands in for the host of the request.
    pub(super) async fn simulator(&self, request: &Request) -> Result<TcpStream, Refusal> {
        let to = &request.destination;
        let address = match (request.kind, to.port) {
            (Kind::Connect, 443) => self.https,
            (Kind::Connect, 80) | (Kind::Forward { .. }, 80 | 443) => self.http,
            _ => return Err(Refusal::new(403, format!("{to} is not simulated: NICEPAY serves https on port 443"))),
        };
        self.connect(to, &[address]).await
    }

    /// A connection to a host that is not NICEPAY's.
    pub(super) async fn other_host(&self, request: &Request) -> Result<TcpStream, Refusal> {
        let to = &request.destination;
        if request.kind == (Kind::Forward { https: true }) {
            let host = &to.host;
            return Err(Refusal::new(
                501,
                format!(
                    "{to}: for an https URL the proxy needs CONNECT; if your program cannot, add {host} to NO_PROXY"
                ),
            ));
        }
        if to.port != 443 && !self.ports.contains(&to.port) {
            let port = to.port;
            return Err(Refusal::new(
                403,
                format!("{to} is not reached: port 443 is, and those of --proxy-port; {port} is not among them"),
            ));
        }
        let addresses = self.resolve(to).await?;
        for address in &addresses {
            self.judge(to, *address)?;
        }
        self.connect(to, &addresses).await
    }

    async fn resolve(&self, to: &Destination) -> Result<Vec<SocketAddr>, Refusal> {
        let name = match &to.host {
            Host::Ipv4(ip) => return Ok(vec![(*ip, to.port).into()]),
            Host::Ipv6(ip) => return Ok(vec![(*ip, to.port).into()]),
            Host::Domain(name) => name.clone(),
        };
        // Not every resolver knows that names below localhost are this machine (RFC 6761 §6.3).
        if name.trim_end_matches('.').ends_with(".localhost") {
            return Ok(vec![([127, 0, 0, 1], to.port).into()]);
        }
        match timeout(self.timeout, self.look_up(name, to.port)).await {
            Ok(Ok(found)) if !found.is_empty() => Ok(found),
            Ok(Ok(_)) => Err(Refusal::new(502, format!("{to} is not reached: its name has no address"))),
            Ok(Err(error)) => {
                Err(Refusal::new(502, format!("{to} is not reached: its name cannot be looked up ({error})")))
            }
            Err(_) => Err(Refusal::new(504, format!("{to} is not reached: looking up its name takes too long"))),
        }
    }

    /// Asks the system's resolver in a thread of its own: a runtime that stops would wait for one of its blocking tasks.
    async fn look_up(&self, name: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        let slot = Arc::clone(&self.lookups).acquire_owned().await.map_err(io::Error::other)?;
        let (sender, found) = oneshot::channel();
        thread::Builder::new().name("proxy-lookup".to_owned()).spawn(move || {
            // After the timeout nobody waits for it.
            let _ = sender.send((name.as_str(), port).to_socket_addrs().map(Vec::from_iter));
            drop(slot);
        })?;
        found.await.map_err(io::Error::other)?
    }

    /// Whether an address may be reached.
    fn judge(&self, to: &Destination, address: SocketAddr) -> Result<(), Refusal> {
        let ip = address.ip().to_canonical();
        if let Some(what) = (self.out_of_reach)(ip) {
            let host = &to.host;
            return Err(Refusal::new(
                403,
                format!(
                    "{to} is not reached: {ip} is a {what} address. Your program reaches it directly with NO_PROXY={host}"
                ),
            ));
        }
        if self.is_own(address) {
            return Err(Refusal::new(403, format!("{to} is not reached: it is the proxy itself")));
        }
        Ok(())
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        let (own, ip) = (self.own.ip().to_canonical(), address.ip().to_canonical());
        // Only this machine's addresses can be bound to.
        address.port() == self.own.port() && (ip == own || (own.is_unspecified() && UdpSocket::bind((ip, 0)).is_ok()))
    }

    /// Connects to the first address that answers. All share the time.
    async fn connect(&self, to: &Destination, addresses: &[SocketAddr]) -> Result<TcpStream, Refusal> {
        let each = self.timeout / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut refusal = Refusal::new(504, format!("{to} does not answer"));
        for address in addresses {
            match timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => refusal = Refusal::new(502, format!("{to} cannot be connected to: {error}")),
                Err(_) => {}
            }
        }
        Err(refusal)
    }
}
