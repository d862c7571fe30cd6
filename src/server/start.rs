//! From settings to a running simulator, and back to nothing.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::http::KeepAlive;
use actix_web::{App, HttpServer, web};
use tokio_util::sync::CancellationToken;

use super::front::{Front, UnderWay};
use super::host::Hosts;
use super::scenarios::{self, Files, Reading};
use super::watch::{self, Watch};
use crate::background::Background;
use crate::body::BodyLimits;
use crate::clock::Clock;
use crate::config::{Config, Limits};
use crate::control::{self, ApiLimits, Control, Slots};
#[cfg(feature = "dashboard")]
use crate::dashboard::{self, Dashboard};
use crate::delivery::{Allow, Dispatcher, Egress, SenderSetup};
#[cfg(feature = "demo")]
use crate::demo::{self, Demo};
#[cfg(feature = "dashboard")]
use crate::docs;
use crate::engine::{self, Engine, EngineSetup};
use crate::entropy::Entropy;
use crate::gateway::{self, Gateway};
use crate::partner::{self, Partner};
use crate::paths;
use crate::scenarios::{Library, Scenario, ScenarioError};

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting cannot be meant.
    #[error("{setting}: {detail}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// The scenario, or another one in the folder, cannot be told.
    #[error("{}", list(.0))]
    Scenarios(Vec<ScenarioError>),
    /// Somebody else has the address.
    #[error("{0} is in use; choose another with --listen, or port 0 for a free one")]
    AddressInUse(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("cannot make the HTTP client that notifies: {0}")]
    Client(#[from] reqwest::Error),
}

/// A simulator that serves.
#[derive(Debug)]
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// Its one door.
    pub engine: Arc<Engine>,
    /// What happens by itself.
    pub background: Background,
    handle: ServerHandle,
    under_way: Arc<UnderWay>,
    streams: Slots,
    stopping: CancellationToken,
}

/// How long a stop waits for answers that are being made.
const LAST_ANSWERS: Duration = Duration::from_millis(700);
/// And for streams to say that they end. Whoever does not even read them need not be told.
const LAST_EVENTS: Duration = Duration::from_millis(100);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(5);
/// Idle connections live that long; longer than any client's pool keeps them.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Mistakes, one below the other.
fn list(errors: &[ScenarioError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The scenarios that have a name, and the one that `--scenario` names.
fn scenarios(config: &Config, reading: &Reading) -> Result<(Library, Scenario), Vec<ScenarioError>> {
    let library = reading.library()?;
    if library.folder().is_some() {
        // Also those that nobody asks for yet.
        library.scenarios()?;
    }
    let name = scenarios::path(&config.scenario).map_or_else(|| config.scenario.clone(), |path| scenarios::name(&path));
    let scenario = library.scenario(&name).map_err(|error| vec![error])?;
    Ok((library, scenario))
}

fn engine(config: &Config, reading: &Reading) -> Result<Engine, StartError> {
    let limits = config.limits;
    let (library, scenario) = scenarios(config, reading).map_err(StartError::Scenarios)?;
    Ok(Engine::set_up(EngineSetup {
        clock: Clock::from_setting(&config.clock).map_err(|detail| StartError::Setting { setting: "clock", detail })?,
        entropy: Entropy::seeded(config.seed.unwrap_or_else(Entropy::fresh_seed)),
        library,
        scenario,
        notify_on: config.notify_on.clone(),
        retries: (config.retries, config.retry_interval),
        merchants: config.merchants.clone(),
        tokens: config.tokens.clone(),
        limits: engine::Limits {
            transactions: limits.transactions,
            notifications: limits.notifications,
            events: limits.events,
            event_bytes: limits.event_bytes,
        },
    }))
}

fn dispatcher(config: &Config, engine: &Engine) -> Result<Dispatcher, StartError> {
    let allowed: Result<Vec<Allow>, _> = config.allow_egress.iter().map(|text| text.parse()).collect();
    let allowed =
        allowed.map_err(|error| StartError::Setting { setting: "allow-egress", detail: format!("{error}") })?;
    let setup = SenderSetup {
        clock: engine.shared_clock(),
        store: Arc::clone(engine.store()),
        egress: Egress::new(allowed),
        assumed: config.assumed.clone(),
        patience: config.limits.notification_timeout,
    };
    Ok(Dispatcher::new(setup, config.limits.notifications_in_flight)?)
}

fn api_limits(limits: &Limits) -> ApiLimits {
    ApiLimits {
        body_bytes: limits.body_bytes,
        header_bytes: limits.header_bytes,
        connections: limits.connections,
        waiters: limits.waiters,
        streams: limits.streams,
        transactions: limits.transactions,
        notifications: limits.notifications,
        notifications_in_flight: limits.notifications_in_flight,
        events: limits.events,
        event_bytes: limits.event_bytes,
        slow_client_timeout_seconds: limits.slow_client.as_secs_f64(),
        notification_timeout_seconds: limits.notification_timeout.as_secs_f64(),
    }
}

/// The demo shop, where there is one.
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

/// Starts a simulator on the current thread's runtime. The returned server is to be awaited there.
///
/// # Errors
/// [`StartError`]; nothing is left running then.
pub fn start(config: &Config, workers: usize) -> Result<(Running, Server), StartError> {
    let watch = Watch::new(Files::of(config));
    let engine = Arc::new(engine(config, watch.reading())?);
    let background = Background::new(Arc::clone(&engine), dispatcher(config, &engine)?);
    let listener = bind(config.listen)?;
    let address = listener.local_addr().map_err(|error| StartError::Bind { address: config.listen, error })?;
    let limits = &config.limits;
    let bodies = BodyLimits { bytes: limits.body_bytes, patience: limits.slow_client };
    let stopping = CancellationToken::new();
    let under_way = Arc::new(UnderWay::default());
    let streams = Slots::for_streams(limits.streams);
    let front = Front {
        hosts: Arc::new(Hosts::new(config.listen, config.public_url.as_deref(), &config.allow_host)),
        most_header_bytes: limits.header_bytes,
        under_way: Arc::clone(&under_way),
    };
    let gateway = web::Data::new(Gateway {
        engine: Arc::clone(&engine),
        profile: config.profile,
        undocumented: config.assumed.clone(),
        public_url: config.public_url.clone(),
        limits: bodies,
        notification_timeout: limits.notification_timeout,
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
        assumed: config.assumed.clone(),
        public_url: config.public_url.clone(),
        limits: bodies,
        api_limits: api_limits(limits),
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
            .default_service(web::to(control::path_not_found))
            .wrap(front.clone())
    };
    let server = HttpServer::new(app)
        .workers(workers)
        .disable_signals()
        .max_connections(limits.connections.div_ceil(workers))
        .client_request_timeout(limits.slow_client)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .on_connect(gateway::keep_connection)
        .listen(listener)
        .map_err(|error| StartError::Bind { address, error })?
        .run();
    tokio::spawn(background.clone().run(stopping.clone()));
    tokio::spawn(watch::run(watch, Arc::clone(&engine), stopping.clone()));
    let running = Running { address, engine, background, handle: server.handle(), under_way, streams, stopping };
    Ok((running, server))
}

impl Running {
    /// Stops: nobody waits any longer, answers under way are finished, then every connection is closed.
    pub async fn stop(&self) {
        self.stopping.cancel();
        let finished = async {
            while self.under_way.count() > 0 {
                tokio::time::sleep(LOOK).await;
            }
        };
        let _ = tokio::time::timeout(LAST_ANSWERS, finished).await;
        let _ = tokio::time::timeout(LAST_EVENTS, self.streams.all_free()).await;
        // Answers are written by now; what is left are idle connections.
        self.handle.stop(false).await;
    }
}
