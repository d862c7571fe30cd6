//! Builds a simulator from its settings and starts it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_server::{Server, ServerBuilder};
use actix_web::dev::ServiceRequest;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, web};
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use super::accept::Acceptor;
use super::allowed_hosts::AllowedHosts;
use super::arrivals::Arrivals;
use super::listeners::{Entrance, Listeners};
use super::middleware::{self, InFlightRequests, RequestGuard};
use super::running::Running;
use super::scenario_files::{ScenarioFiles, ScenarioSnapshot, file_path, scenario_name};
use super::scenario_watcher::{self, ScenarioWatcher};
#[cfg(feature = "tls")]
use super::stand_in::StandIn;
use crate::audit::{Auditor, AuditorSetup, Audits};
use crate::background::Background;
use crate::body::BodyLimits;
use crate::clock::Clock;
use crate::config::Config;
use crate::connection::{TrustedProxies, Way};
#[cfg(not(feature = "dashboard"))]
use crate::control::path_not_found;
use crate::control::{self, Control, Slots};
#[cfg(feature = "dashboard")]
use crate::dashboard::{self, Dashboard, path_not_found};
use crate::delivery::{Connector, Dispatcher, SenderSetup};
#[cfg(feature = "demo")]
use crate::demo::{self, Demo};
#[cfg(feature = "dashboard")]
use crate::docs;
use crate::engine::{Engine, EngineSetup};
use crate::entropy::Entropy;
use crate::gateway::{self, Gateway};
use crate::partner::{self, Partner};
use crate::paths;
use crate::scenarios::{Library, Scenario, ScenarioError};
use crate::sockets::{Deadlines, OpenClients};
#[cfg(feature = "tls")]
use crate::tls::{TlsClient, TlsError};

/// Longer than the connection pool of any client keeps an idle connection.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How much the operating system keeps of what a client has not read. Without a limit, it is megabytes for each client.
const SEND_BUFFER: u32 = 128 * 1024;
/// How many connections the operating system accepts before the simulator does.
const BACKLOG: u32 = 1_024;
/// Connections over the limit that are being refused or closed.
const SPARE_CONNECTIONS: usize = 32;

/// The simulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The value of a setting is invalid.
    #[error("{setting}: {detail}")]
    Setting {
        /// The name of the setting.
        setting: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// Scenario files are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Scenarios(Vec<ScenarioError>),
    /// Another program uses the address.
    #[error("{0} is in use; choose another with --listen, or port 0 for a free one")]
    AddressInUse(SocketAddr),
    /// The simulator cannot listen on the address.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        error: io::Error,
    },
    /// Certificates or keys cannot be used.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client cannot be created.
    #[cfg(feature = "demo")]
    #[error("cannot create the HTTP client of the demo shop: {0}")]
    Client(#[from] reqwest::Error),
}

/// All scenarios, and the one of `--scenario`.
fn scenarios(config: &Config, files: &ScenarioSnapshot) -> Result<(Library, Scenario), Vec<ScenarioError>> {
    let library = files.library()?;
    if library.folder().is_some() {
        // Every file of the folder must be right, not only the active scenario's.
        library.scenarios()?;
    }
    let name = file_path(&config.scenario).map_or_else(|| config.scenario.clone(), |path| scenario_name(&path));
    let scenario = library.scenario(&name).map_err(|error| vec![error])?;
    Ok((library, scenario))
}

fn engine(config: &Config, files: &ScenarioSnapshot) -> Result<Engine, StartError> {
    let (library, scenario) = scenarios(config, files).map_err(StartError::Scenarios)?;
    Ok(Engine::new(EngineSetup {
        clock: Clock::from_setting(&config.clock)
            .map_err(|error| StartError::Setting { setting: "clock", detail: error.to_string() })?,
        entropy: Entropy::seeded(config.seed.unwrap_or_else(Entropy::fresh_seed)),
        library,
        scenario,
        notify_on: config.notify_on.clone(),
        profile: config.profile,
        retries: (config.retries, config.retry_interval),
        merchants: config.merchants.clone(),
        tokens: config.tokens.clone(),
        limits: config.limits,
    }))
}

fn dispatcher(config: &Config, engine: &Arc<Engine>) -> Result<Dispatcher, StartError> {
    let trusts_more = !config.notification_ca.is_empty() || !config.notification_insecure.is_empty();
    if trusts_more && cfg!(not(feature = "tls")) {
        let detail = "needs the cargo feature `tls`, which this build does not have".to_owned();
        return Err(StartError::Setting { setting: "notification-ca, notification-insecure", detail });
    }
    let setup = SenderSetup {
        engine: Arc::clone(engine),
        egress: config.egress.clone(),
        undocumented: config.undocumented.clone(),
        timeout: config.limits.notification_timeout,
        #[cfg(feature = "tls")]
        tls: tls_client(config)?,
    };
    Ok(Dispatcher::new(setup, config.limits.notifications_in_flight))
}

/// What runs audits.
fn auditor(
    config: &Config,
    engine: &Arc<Engine>,
    background: &Background,
    address: SocketAddr,
) -> Result<Auditor, StartError> {
    let setup = AuditorSetup {
        engine: Arc::clone(engine),
        background: background.clone(),
        connector: Connector::new(
            config.egress.clone(),
            #[cfg(feature = "tls")]
            tls_client(config)?,
        ),
        egress: config.egress.clone(),
        undocumented: config.undocumented.clone(),
        address,
        public_url: config.public_url.clone(),
        notification_timeout: config.limits.notification_timeout,
    };
    Auditor::new(setup).map_err(|error| StartError::Setting { setting: "public-url", detail: error.to_string() })
}

#[cfg(feature = "tls")]
fn tls_client(config: &Config) -> Result<TlsClient, StartError> {
    TlsClient::new(&config.notification_ca, config.notification_insecure.clone())
        .map_err(|error| StartError::Setting { setting: "notification-ca", detail: error.to_string() })
}

/// The demo shop, when `nicepay-sim demo` runs.
#[cfg(feature = "demo")]
fn shop(
    config: &Config,
    address: SocketAddr,
    clock: Arc<Clock>,
    limits: BodyLimits,
) -> Result<Option<web::Data<Demo>>, StartError> {
    let Some(merchant) = &config.demo else { return Ok(None) };
    let setup = demo::Setup {
        address,
        public_url: config.public_url.clone(),
        i_mid: merchant.i_mid.to_string(),
        merchant_key: merchant.key.expose().to_owned(),
        clock,
        limits,
    };
    Ok(Some(web::Data::new(Demo::new(setup)?)))
}

fn gateway(config: &Config, engine: &Arc<Engine>, limits: BodyLimits, stopping: &CancellationToken) -> Gateway {
    Gateway {
        engine: Arc::clone(engine),
        profile: config.profile,
        undocumented: config.undocumented.clone(),
        public_url: config.public_url.clone(),
        limits,
        notification_timeout: config.limits.notification_timeout,
        egress: config.egress.clone(),
        has_warned_of_capacity: false.into(),
        stopping: stopping.clone(),
    }
}

fn control(
    config: &Config,
    auditor: &Arc<Auditor>,
    engine: &Arc<Engine>,
    background: &Background,
    limits: BodyLimits,
    streams: Slots,
    stopping: &CancellationToken,
) -> Control {
    Control {
        engine: Arc::clone(engine),
        background: background.clone(),
        auditor: Arc::clone(auditor),
        audits: Audits::default(),
        profile: config.profile,
        undocumented: config.undocumented.clone(),
        public_url: config.public_url.clone(),
        limits,
        api_limits: config.limits,
        waiters: Slots::for_waiters(config.limits.waiters),
        streams,
        stopping: stopping.clone(),
        reporting: Arc::default(),
    }
}

pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        // Its connections inherit it.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    bound().map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Bind { address, error },
    })
}

/// Starts a simulator on the current thread's runtime. The caller awaits the returned server there.
///
/// # Errors
/// [`StartError`]; then nothing is left running.
pub fn start(config: &Config, workers: usize) -> Result<(Running, Server), StartError> {
    start_counting(config, workers, None)
}

/// The same; `arrivals` counts what comes.
///
/// # Errors
/// [`StartError`]; then nothing is left running.
pub fn start_counting(
    config: &Config,
    workers: usize,
    arrivals: Option<Arc<Arrivals>>,
) -> Result<(Running, Server), StartError> {
    let watcher = ScenarioWatcher::new(ScenarioFiles::from_config(config));
    let engine = Arc::new(engine(config, watcher.snapshot())?);
    let background = Background::new(Arc::clone(&engine), dispatcher(config, &engine)?);
    let listener = bind(config.listen)?;
    let address = listener.local_addr().map_err(|error| StartError::Bind { address: config.listen, error })?;
    #[cfg(feature = "tls")]
    let stand_in = StandIn::bind(config)?;
    #[cfg(not(feature = "tls"))]
    if config.tls.listen.is_some() || config.proxy.listen.is_some() {
        let detail = "this build has no TLS: build it with the feature `tls`".to_owned();
        return Err(StartError::Setting { setting: "tls-listen", detail });
    }
    let limits = &config.limits;
    let bodies = BodyLimits { bytes: limits.body_bytes, timeout: limits.slow_client_timeout };
    let stopping = CancellationToken::new();
    let in_flight = Arc::new(InFlightRequests::default());
    let streams = Slots::for_streams(limits.streams);
    let guard = RequestGuard {
        allowed_hosts: Arc::new(AllowedHosts::new(config.listen, config.public_url.as_deref(), &config.allow_host)),
        limits: config.limits,
        in_flight: Arc::clone(&in_flight),
        arrivals: arrivals.clone(),
    };
    let gateway = web::Data::new(gateway(config, &engine, bodies, &stopping));
    let partner = web::Data::new(Partner {
        panel: if config.tester_panel { partner::panel(&engine) } else { Vec::new() },
        engine: Arc::clone(&engine),
        limits: bodies,
        demo: config.demo.as_ref().map(|merchant| merchant.i_mid.clone()),
    });
    let auditor = Arc::new(auditor(config, &engine, &background, address)?);
    let control = web::Data::new(control(config, &auditor, &engine, &background, bodies, streams.clone(), &stopping));
    #[cfg(feature = "dashboard")]
    let dashboard = Dashboard::new(control.clone(), Entropy::fresh_seed(), config.demo.is_some());
    #[cfg(feature = "dashboard")]
    let dashboard = web::Data::new(dashboard);
    #[cfg(feature = "demo")]
    let shop = shop(config, address, engine.shared_clock(), bodies)?;
    let app = move || {
        let guard = guard.clone();
        let app = App::new()
            .app_data(gateway.clone())
            .app_data(partner.clone())
            .app_data(control.clone())
            .configure(gateway::routes)
            .configure(partner::routes)
            .configure(control::routes);
        #[cfg(feature = "dashboard")]
        let app = app.app_data(dashboard.clone()).configure(dashboard::routes).configure(docs::routes);
        #[cfg(feature = "demo")]
        let app = app.configure(|routes| {
            if let Some(shop) = shop.clone() {
                demo::routes(shop, routes);
            }
        });
        app.route(paths::FAVICON, web::get().to(partner::favicon))
            .route("/favicon.ico", web::get().to(partner::favicon))
            .default_service(web::to(path_not_found))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
                middleware::handle(guard.clone(), request, next)
            }))
    };
    let listeners = Listeners {
        builder: ServerBuilder::new()
            .workers(workers)
            .disable_signals()
            // The list of open connections makes room for a new one. This is only a brake for what waits for that.
            .max_concurrent_connections(limits.connections.saturating_add(SPARE_CONNECTIONS).div_ceil(workers)),
        app,
        open: OpenClients::new(limits.connections),
        deadlines: Deadlines { head: limits.slow_client_timeout, idle: KEEP_ALIVE, write: limits.slow_client_timeout },
        trusted_proxies: Arc::new(TrustedProxies(config.trusted_proxies.clone())),
    };
    #[cfg(feature = "tls")]
    let (entrances, stand_in) = match stand_in {
        None => (vec![Entrance { listener, way: Way::Http, acceptor: Acceptor::Http }], None),
        Some(stand_in) => {
            let (entrances, addresses) = stand_in.entrances(listener, config, arrivals)?;
            (entrances, Some(addresses))
        }
    };
    #[cfg(not(feature = "tls"))]
    let entrances = [Entrance { listener, way: Way::Http, acceptor: Acceptor::Http }];
    let listeners = entrances.into_iter().try_fold(listeners, Listeners::listen);
    let listeners = listeners.map_err(|error| StartError::Bind { address, error })?;
    let server = listeners.run();
    tokio::spawn(background.clone().run(stopping.clone()));
    tokio::spawn(scenario_watcher::run(watcher, Arc::clone(&engine), stopping.clone()));
    let running = Running {
        address,
        #[cfg(feature = "tls")]
        stand_in,
        engine,
        background,
        auditor,
        handle: server.handle(),
        in_flight,
        streams,
        stopping,
    };
    Ok((running, server))
}
