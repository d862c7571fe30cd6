//! The stand-in for NICEPAY's hosts: https with a certificate for them, and the forward proxy that leads to it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio_util::sync::CancellationToken;

use super::accept::{Acceptor, TlsAcceptor};
use super::arrivals::Arrivals;
use super::listeners::Entrance;
use super::start::{StartError, bind};
use crate::clock;
use crate::config::{CaSource, Config};
use crate::connection::Way;
use crate::endpoints::HOSTS;
use crate::proxy::{self, ProxySetup, Traffic};
use crate::tls::{self, Authority, Identity};

/// How long it may take to find and to reach another host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a tunnel may be silent.
const TUNNEL_IDLE_TIMEOUT: Duration = Duration::from_secs(300);

/// The certificate of the local CA.
#[derive(Clone, Debug)]
pub struct CaCertificate {
    /// As PEM.
    pub pem: String,
    /// As DER.
    pub der: Vec<u8>,
    /// Its file; none where it is only in memory.
    pub path: Option<PathBuf>,
}

/// The listeners besides the plain one, bound but not served yet.
pub(super) struct StandIn {
    pub(super) config: Arc<ServerConfig>,
    pub(super) ca: Option<CaCertificate>,
    pub(super) https: Option<TcpListener>,
    pub(super) proxy: Option<ProxyListeners>,
}

/// The proxy, and the listeners to which it leads: they tell who came through it.
pub(super) struct ProxyListeners {
    pub(super) listener: TcpListener,
    pub(super) http: TcpListener,
    pub(super) https: TcpListener,
}

impl StandIn {
    /// None where the settings ask for neither https nor the proxy.
    pub(super) fn bind(config: &Config) -> Result<Option<Self>, StartError> {
        if config.tls.listen.is_none() && config.proxy.listen.is_none() {
            return Ok(None);
        }
        let (identity, ca) = identity(config)?;
        let loopback = || bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let proxy = |address| {
            Ok::<_, StartError>(ProxyListeners { listener: bind(address)?, http: loopback()?, https: loopback()? })
        };
        Ok(Some(Self {
            config: Arc::new(tls::server_config(&identity)?),
            ca,
            https: config.tls.listen.map(bind).transpose()?,
            proxy: config.proxy.listen.map(proxy).transpose()?,
        }))
    }
}

/// Where the stand-in is reached.
#[derive(Clone, Debug)]
pub struct StandInAddresses {
    /// The https listener.
    pub https: Option<SocketAddr>,
    /// The forward proxy.
    pub proxy: Option<SocketAddr>,
    /// The local CA; none with the user's own certificate.
    pub ca: Option<CaCertificate>,
    /// What the proxy counted.
    pub traffic: Arc<Traffic>,
    /// Ends the proxy, when the last answers are sent.
    pub(super) ended: CancellationToken,
}

impl StandIn {
    /// Says how each listener is served, and runs the proxy.
    pub(super) fn entrances(
        self,
        plain: TcpListener,
        config: &Config,
        arrivals: Option<Arc<Arrivals>>,
    ) -> Result<(Vec<Entrance>, StandInAddresses), StartError> {
        let Self { config: server_config, ca, https, proxy } = self;
        let client_timeout = config.limits.slow_client_timeout;
        let failed = |error| StartError::Bind { address: config.listen, error };
        let http = plain.local_addr().map_err(failed)?;
        let tls = Acceptor::Tls(TlsAcceptor { config: server_config, http, client_timeout, arrivals });
        let https_address = https.as_ref().map(TcpListener::local_addr).transpose().map_err(failed)?;
        let acceptor = match https_address {
            Some(https) => Acceptor::HttpBesideTls { https, client_timeout },
            None => Acceptor::Http,
        };
        let mut entrances = vec![Entrance { listener: plain, way: Way::Http, acceptor }];
        entrances.extend(https.map(|listener| Entrance { listener, way: Way::Https, acceptor: tls.clone() }));
        let mut proxy_address = None;
        let traffic = Arc::new(Traffic::default());
        let ended = CancellationToken::new();
        if let Some(ProxyListeners { listener, http, https }) = proxy {
            proxy_address = Some(listener.local_addr().map_err(failed)?);
            let setup = ProxySetup {
                http: http.local_addr().map_err(failed)?,
                https: https.local_addr().map_err(failed)?,
                ports: config.proxy.ports.clone(),
                max_tunnels: config.proxy.max_tunnels,
                idle_timeout: TUNNEL_IDLE_TIMEOUT,
                client_timeout,
                connect_timeout: CONNECT_TIMEOUT,
                traffic: Arc::clone(&traffic),
            };
            entrances.push(Entrance { listener: http, way: Way::ProxyHttp, acceptor: Acceptor::Http });
            entrances.push(Entrance { listener: https, way: Way::ProxyHttps, acceptor: tls });
            listener.set_nonblocking(true).map_err(failed)?;
            let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
            tokio::spawn(proxy::run(listener, setup, ended.clone()));
        }
        Ok((entrances, StandInAddresses { https: https_address, proxy: proxy_address, ca, traffic, ended }))
    }
}

/// The certificate to serve, and the CA that signed it where that is ours.
fn identity(config: &Config) -> Result<(Identity, Option<CaCertificate>), StartError> {
    if let Some((certificate, key)) = &config.tls.certificate {
        return Ok((tls::read_identity(certificate, key)?, None));
    }
    refuse_other_names(config)?;
    let today = clock::today();
    let (authority, path) = match &config.tls.ca {
        CaSource::Memory => (Authority::new(today)?, None),
        CaSource::Folder(folder) => {
            let folder = folder.clone().map_or_else(tls::default_folder, Ok)?;
            let (authority, path) = tls::load_or_create(&folder, today)?;
            (authority, Some(path))
        }
    };
    let ca = CaCertificate { pem: authority.pem().to_owned(), der: authority.der().to_vec(), path };
    Ok((authority.issue(today)?, Some(ca)))
}

/// The local CA cannot sign for every name: its certificate says so, and clients check it.
fn refuse_other_names(config: &Config) -> Result<(), StartError> {
    let Some(host) = config.public_url.as_deref().and_then(|url| url.strip_prefix("https://")) else { return Ok(()) };
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let is_ours = HOSTS.contains(&host)
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if is_ours {
        return Ok(());
    }
    let detail = format!(
        "the local CA signs for NICEPAY's hosts, localhost and loopback addresses only, not for {host}; use your own \
         certificate: --tls-cert FILE --tls-key FILE"
    );
    Err(StartError::Setting { setting: "public-url", detail })
}
