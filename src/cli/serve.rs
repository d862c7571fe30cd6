//! `nicepay-sim serve`

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Server;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::log_line::LogLine;
use super::{Exit, print, print_error, terminal};
use crate::config::{Config, ConfigError, Settings};
use crate::domain::KeyMask;
use crate::engine::Engine;
use crate::paths;
use crate::platform::{self, StopSignals};
use crate::server::{self, Arrivals, Running, StartError};

/// Threads that answer requests. Two are enough for a test suite, and leave the other cores to it.
const WORKERS: usize = 2;
/// How long a clean stop may take; after that the process ends.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_millis(900);

pub(super) fn run(settings: Settings) -> Exit {
    run_config(Config::resolve(settings))
}

/// Runs the simulator, or prints why the settings are wrong.
pub(super) fn run_config(resolved: Result<Config, ConfigError>) -> Exit {
    let mut config = match resolved {
        Ok(config) => config,
        Err(error) => {
            print_error(&error);
            return Exit::Config;
        }
    };
    // It writes what is left when it is dropped.
    let log = match init_logging(&config) {
        Ok(log) => log,
        Err(error) => {
            print_error(&error);
            return Exit::Config;
        }
    };
    fit_open_files(&mut config);
    actix_web::rt::System::new().block_on(serve(&config, &log))
}

/// Starts the simulator, or prints why it cannot start.
pub(super) fn start_counting(config: &Config, arrivals: Option<Arc<Arrivals>>) -> Result<(Running, Server), Exit> {
    server::start_counting(config, WORKERS, arrivals).map_err(|error| {
        // A scenario file may have a key in it, and its error quotes the line.
        let mask = KeyMask::of(config.merchants.iter().map(|merchant| &merchant.key));
        print_error(&mask.masked(&error.to_string()));
        match error {
            StartError::Setting { .. } | StartError::Scenarios(_) => Exit::Config,
            #[cfg(feature = "tls")]
            StartError::Tls(_) => Exit::Config,
            StartError::AddressInUse(_) => Exit::AddressInUse,
            StartError::Bind { .. } => Exit::Failed,
            #[cfg(feature = "demo")]
            StartError::Client(_) => Exit::Failed,
        }
    })
}

async fn serve(config: &Config, log: &LogWriter) -> Exit {
    let (running, server) = match start_counting(config, None) {
        Ok(started) => started,
        Err(exit) => return exit,
    };
    log.mask_keys_of(&running.engine);
    let mut signals = match StopSignals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            print_error(&error);
            return Exit::Failed;
        }
    };
    print(&format!("listening on http://{}", running.address));
    #[cfg(feature = "tls")]
    if let Some(stand_in) = &running.stand_in {
        if let Some(https) = stand_in.https {
            print(&format!("https: https://{https}"));
        }
        if let Some(proxy) = stand_in.proxy {
            print(&format!("proxy: http://{proxy}"));
            if !proxy.ip().is_loopback() {
                tracing::warn!(address = %proxy, "the proxy listens beyond loopback: anyone who can reach it can use it");
            }
        }
        if let Some(path) = stand_in.ca.as_ref().and_then(|ca| ca.path.as_ref()) {
            print(&format!("CA certificate: {}", path.display()));
        }
    }
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
    let after = running.engine.store().log.last();
    let written = CancellationToken::new();
    let lines =
        tokio::spawn(terminal::follow(Arc::clone(&running.engine), after, log.dropped.clone(), written.clone()));
    let server = tokio::spawn(server);
    tokio::select! {
        signal = signals.next() => tracing::info!("stopping on {signal}"),
        () = stdin_ended(config.stop_with_stdin) => tracing::info!("stopping: stdin has ended (--stop-with-stdin)"),
        ended = server => {
            print_error(&format!("the server stopped unexpectedly: {ended:?}"));
            return Exit::Failed;
        }
    }
    // A second signal, or the timeout, ends the process at once.
    tokio::select! {
        () = running.stop() => {}
        _ = signals.next() => {}
        () = tokio::time::sleep(STOP_TIMEOUT) => {}
    }
    written.cancel();
    if let Err(error) = lines.await {
        print_error(&error);
    }
    Exit::Clean
}

/// Completes when stdin has ended, if that is asked for. Whoever started this program holds the other end, and the system
/// closes it however that program ends.
async fn stdin_ended(is_asked_for: bool) {
    if !is_asked_for {
        return std::future::pending().await;
    }
    let (sender, ended) = oneshot::channel();
    // A thread of its own: nothing can interrupt a read of stdin, and the end of the program must not wait for it.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = sender.send(());
    });
    let _ = ended.await;
}

/// How many lines of the log can wait to be written.
const MAX_WAITING_LINES: usize = 10_000;

/// Libraries log their start, and every connection that a client breaks off. That is not useful here.
const LIBRARY_LEVELS: &str = "actix_server=warn,actix_http=off";

/// The writer of the log.
pub(super) struct LogWriter {
    _worker: WorkerGuard,
    /// How many lines it could not write.
    pub(super) dropped: ErrorCounter,
    engine: Arc<OnceLock<Arc<Engine>>>,
}

impl LogWriter {
    /// Masks the merchantKeys that this engine knows in every line from now on.
    pub(super) fn mask_keys_of(&self, engine: &Arc<Engine>) {
        // Only the first engine counts: a program has one.
        let _ = self.engine.set(Arc::clone(engine));
    }
}

/// Writes a line with merchantKeys masked.
struct MaskedLine {
    lines: NonBlocking,
    engine: Arc<OnceLock<Arc<Engine>>>,
}

impl io::Write for MaskedLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match (self.engine.get(), std::str::from_utf8(line)) {
            (Some(engine), Ok(text)) => self.lines.write_all(engine.masked(text).as_bytes())?,
            _ => self.lines.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()
    }
}

/// Starts logging to stderr. A thread of its own writes the lines, so that no request waits for a terminal or a pipe; lines
/// that nobody reads are dropped.
pub(super) fn init_logging(config: &Config) -> Result<LogWriter, String> {
    let targets: Targets =
        format!("{LIBRARY_LEVELS},{}", config.log_level).parse().map_err(|error| format!("log-level: {error}"))?;
    let (writer, worker) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(MAX_WAITING_LINES)
        .thread_name("log")
        .finish(std::io::stderr());
    let dropped = writer.error_counter();
    let engine = Arc::new(OnceLock::new());
    let masked = Arc::clone(&engine);
    let writer = move || MaskedLine { lines: writer.clone(), engine: Arc::clone(&masked) };
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_target(false);
    let lines = if config.json_logs {
        lines.json().flatten_event(true).boxed()
    } else {
        let colors = std::io::IsTerminal::is_terminal(&std::io::stderr());
        lines.with_ansi(colors).event_format(LogLine).boxed()
    };
    let set = tracing_subscriber::registry().with(targets).with(lines).try_init();
    set.map_err(|error| format!("cannot start logging: {error}"))?;
    Ok(LogWriter { _worker: worker, dropped, engine })
}

/// Load tests open more connections than the default limit of a shell. Where it cannot be raised, fewer are open at the same
/// time: a new client is then served, and does not wait for a file that can be opened.
pub(super) fn fit_open_files(config: &mut Config) {
    let files = match platform::open_files() {
        Ok(files) => usize::try_from(files).unwrap_or(usize::MAX),
        Err(error) => return tracing::warn!(%error, "the limit on open files is not known"),
    };
    let tunnels = if config.proxy.listen.is_some() { config.proxy.max_tunnels } else { 0 };
    let (limits, tunnels) = config.limits.within_files(files, tunnels);
    if limits != config.limits {
        tracing::warn!(
            "only {files} files can be open (ulimit -n): at most {} connections, {} notifications and {tunnels} tunnels at \
             the same time",
            limits.connections,
            limits.notifications_in_flight
        );
    }
    config.limits = limits;
    if config.proxy.listen.is_some() {
        config.proxy.max_tunnels = tunnels;
    }
}
