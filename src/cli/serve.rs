//! `nicepay-sim serve`

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{Exit, complain, print};
use crate::config::{Config, ConfigError, Settings};
use crate::paths;
use crate::server::{self, StartError};

/// Threads that serve. Two keep up with any merchant's test suite, and leave the machine to it.
const WORKERS: usize = 2;
/// How long the server may take to end once it was told to; then the process ends without it.
const PATIENCE: Duration = Duration::from_millis(900);

pub(super) fn run(settings: Settings) -> Exit {
    run_config(Config::resolve(settings))
}

/// Runs what was resolved, or says why it cannot be.
pub(super) fn run_config(resolved: Result<Config, ConfigError>) -> Exit {
    let config = match resolved {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return Exit::Config;
        }
    };
    if let Err(error) = log(&config) {
        complain(&error);
        return Exit::Config;
    }
    raise_descriptor_limit();
    actix_web::rt::System::new().block_on(serve(&config))
}

async fn serve(config: &Config) -> Exit {
    let (running, server) = match server::start(config, WORKERS) {
        Ok(started) => started,
        Err(error) => {
            complain(&error);
            return match error {
                StartError::Setting { .. } | StartError::Scenarios(_) => Exit::Config,
                StartError::AddressInUse(_) => Exit::AddressInUse,
                StartError::Bind { .. } | StartError::Client(_) => Exit::Failed,
            };
        }
    };
    let (mut interrupt, mut terminate) = match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(interrupt), Ok(terminate)) => (interrupt, terminate),
        (Err(error), _) | (_, Err(error)) => {
            complain(&error);
            return Exit::Failed;
        }
    };
    print(&format!("listening on http://{}", running.address));
    if config.demo.is_some() {
        print(&format!("demo shop: http://{}{}/", running.address, paths::DEMO));
    }
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        address = %running.address,
        profile = %config.profile,
        scenario = %running.engine.rules().scenario(None).0.name,
        seed = running.engine.seed(),
        "nicepay-sim serves; open http://{}/",
        running.address
    );
    if !running.address.ip().is_loopback() {
        tracing::warn!(address = %running.address, "listening beyond loopback: anybody who reaches this address can use the control API");
    }
    let server = tokio::spawn(server);
    tokio::select! {
        _ = interrupt.recv() => tracing::info!("stopping on SIGINT"),
        _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
        ended = server => {
            complain(&format!("the server ended by itself: {ended:?}"));
            return Exit::Failed;
        }
    }
    // A second signal, or a stop that hangs, ends it at once.
    tokio::select! {
        () = running.stop() => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = tokio::time::sleep(PATIENCE) => {}
    }
    Exit::Clean
}

/// What our libraries say about themselves, and about every connection that a port scanner breaks off, is noise.
const QUIET: &str = "actix_server=warn,actix_http=off";

fn log(config: &Config) -> Result<(), String> {
    let targets: Targets =
        format!("{QUIET},{}", config.log_level).parse().map_err(|error| format!("log-level: {error}"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = if config.json_logs {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
    };
    let set = tracing_subscriber::registry().with(targets).with(lines).try_init();
    set.map_err(|error| format!("cannot log: {error}"))
}

/// A merchant's load test opens more connections than a shell allows by default.
fn raise_descriptor_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}
