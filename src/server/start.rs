//! Builds a simulator from its settings and starts it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServiceRequest};
use actix_web::http::KeepAlive;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpServer, web};
use tokio_util::sync::CancellationToken;

use super::allowed_hosts::AllowedHosts;
use super::middleware::{self, InFlightRequests, RequestGuard};
use super::running::Running;
use super::scenario_files::{ScenarioFiles, ScenarioSnapshot, file_path, scenario_name};
use super::scenario_watcher::{self, ScenarioWatcher};
use crate::background::Background;
use crate::body::BodyLimits;
use crate::clock::Clock;
use crate::config::Config;
#[cfg(not(feature = "dashboard"))]
use crate::control::path_not_found;
use crate::control::{self, Control, Slots};
#[cfg(feature = "dashboard")]
use crate::dashboard::{self, Dashboard, path_not_found};
use crate::delivery::{Dispatcher, SenderSetup};
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
    /// The HTTP client cannot be created.
    #[error("cannot create the HTTP client for notifications: {0}")]
    Client(#[from] reqwest::Error),
}

/// Longer than the connection pool of any client keeps an idle connection.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

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
    let setup = SenderSetup {
        engine: Arc::clone(engine),
        egress: config.egress.clone(),
        undocumented: config.undocumented.clone(),
        timeout: config.limits.notification_timeout,
    };
    Ok(Dispatcher::new(setup, config.limits.notifications_in_flight)?)
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

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Bind { address, error },
    })
}

/// Starts a simulator on the current thread's runtime. The caller awaits the returned server there.
///
/// # Errors
/// [`StartError`]; then nothing is left running.
pub fn start(config: &Config, workers: usize) -> Result<(Running, Server), StartError> {
    let watcher = ScenarioWatcher::new(ScenarioFiles::from_config(config));
    let engine = Arc::new(engine(config, watcher.snapshot())?);
    let background = Background::new(Arc::clone(&engine), dispatcher(config, &engine)?);
    let listener = bind(config.listen)?;
    let address = listener.local_addr().map_err(|error| StartError::Bind { address: config.listen, error })?;
    let limits = &config.limits;
    let bodies = BodyLimits { bytes: limits.body_bytes, timeout: limits.slow_client_timeout };
    let stopping = CancellationToken::new();
    let in_flight = Arc::new(InFlightRequests::default());
    let streams = Slots::for_streams(limits.streams);
    let guard = RequestGuard {
        allowed_hosts: Arc::new(AllowedHosts::new(config.listen, config.public_url.as_deref(), &config.allow_host)),
        limits: config.limits,
        in_flight: Arc::clone(&in_flight),
    };
    let gateway = web::Data::new(Gateway {
        engine: Arc::clone(&engine),
        profile: config.profile,
        undocumented: config.undocumented.clone(),
        public_url: config.public_url.clone(),
        limits: bodies,
        notification_timeout: limits.notification_timeout,
        egress: config.egress.clone(),
        has_warned_of_capacity: false.into(),
        stopping: stopping.clone(),
    });
    let partner = web::Data::new(Partner {
        panel: if config.tester_panel { partner::panel(&engine) } else { Vec::new() },
        engine: Arc::clone(&engine),
        limits: bodies,
    });
    let control = web::Data::new(Control {
        engine: Arc::clone(&engine),
        background: background.clone(),
        profile: config.profile,
        undocumented: config.undocumented.clone(),
        public_url: config.public_url.clone(),
        limits: bodies,
        api_limits: config.limits,
        waiters: Slots::for_waiters(limits.waiters),
        streams: streams.clone(),
        stopping: stopping.clone(),
    });
    #[cfg(feature = "dashboard")]
    let dashboard =
        web::Data::new(Dashboard { control: control.clone(), run: Entropy::fresh_seed(), demo: config.demo.is_some() });
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
    let server = HttpServer::new(app)
        .workers(workers)
        .disable_signals()
        .max_connections(limits.connections.div_ceil(workers))
        .client_request_timeout(limits.slow_client_timeout)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .on_connect(gateway::keep_connection)
        .listen(listener)
        .map_err(|error| StartError::Bind { address, error })?
        .run();
    tokio::spawn(background.clone().run(stopping.clone()));
    tokio::spawn(scenario_watcher::run(watcher, Arc::clone(&engine), stopping.clone()));
    let running = Running { address, engine, background, handle: server.handle(), in_flight, streams, stopping };
    Ok((running, server))
}
