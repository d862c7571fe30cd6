//! `nicepay-sim serve`

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{Exit, print, print_error};
use crate::config::{Config, ConfigError, Settings};
use crate::paths;
use crate::server::{self, StartError};

/// Threads that answer requests. Two are enough for a test suite, and leave the other cores to it.
const WORKERS: usize = 2;
/// How long a clean stop may take; after that the process ends.
const STOP_TIMEOUT: Duration = Duration::from_millis(900);

pub(super) fn run(settings: Settings) -> Exit {
    run_config(Config::resolve(settings))
}

/// Runs the simulator, or prints why the settings are wrong.
pub(super) fn run_config(resolved: Result<Config, ConfigError>) -> Exit {
    let config = match resolved {
        Ok(config) => config,
        Err(error) => {
            print_error(&error);
            return Exit::Config;
        }
    };
    if let Err(error) = init_logging(&config) {
        print_error(&error);
        return Exit::Config;
    }
    raise_descriptor_limit();
    actix_web::rt::System::new().block_on(serve(&config))
}

async fn serve(config: &Config) -> Exit {
    let (running, server) = match server::start(config, WORKERS) {
        Ok(started) => started,
        Err(error) => {
            print_error(&error);
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
            print_error(&error);
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
        "nicepay-sim is ready; open http://{}/",
        running.address
    );
    if !running.address.ip().is_loopback() {
        tracing::warn!(address = %running.address, "listening beyond loopback: anyone who can reach this address can use the control API");
    }
    let server = tokio::spawn(server);
    tokio::select! {
        _ = interrupt.recv() => tracing::info!("stopping on SIGINT"),
        _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
        ended = server => {
            print_error(&format!("the server stopped unexpectedly: {ended:?}"));
            return Exit::Failed;
        }
    }
    // A second signal, or the timeout, ends the process at once.
    tokio::select! {
        () = running.stop() => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = tokio::time::sleep(STOP_TIMEOUT) => {}
    }
    Exit::Clean
}

/// Libraries log their start, and every connection that a client breaks off. That is not useful here.
const LIBRARY_LEVELS: &str = "actix_server=warn,actix_http=off";

fn init_logging(config: &Config) -> Result<(), String> {
    let targets: Targets =
        format!("{LIBRARY_LEVELS},{}", config.log_level).parse().map_err(|error| format!("log-level: {error}"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = if config.json_logs {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
    };
    let set = tracing_subscriber::registry().with(targets).with(lines).try_init();
    set.map_err(|error| format!("cannot start logging: {error}"))
}

/// Load tests open more connections than the default limit of a shell.
fn raise_descriptor_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}
