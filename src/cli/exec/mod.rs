//! `nicepay-sim exec [SETTINGS] -- CMD…`: runs a program with a simulator of its own. The program is not changed:
//! variables of its environment lead NICEPAY's real address here.
//!
//! What the program prints is its own. All that is ours goes to stderr, except the table of `--check`.

mod blind_spots;
mod check;
mod child;
mod environment;
mod folder;
mod summary;
mod tally;

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::check::Check;
use self::environment::{Addresses, Environment, Inherited, Setup};
use self::folder::Folder;
use self::tally::{CountProxy, ProxyCounts, Tally};
use super::serve::{self, LogWriter};
use super::{Exit, print_error, terminal};
use crate::config::{CaSource, Config, Settings};
use crate::domain::Merchant;
use crate::platform::{self, Signals};
use crate::proxy::Traffic;
use crate::server::{Arrivals, CaCertificate, Running};

/// The arguments of `exec`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "NICEPAY's hosts, such as https://dev.nicepay.co.id, lead to the simulator while CMD runs. CMD's streams, \
                  signals and exit code pass through; 127: there is no such program, 126: it cannot be run, 128 + N: \
                  signal N ended it.\n\nExamples:\n  nicepay-sim exec -- php shop.php\n  nicepay-sim exec --scenario reject \
                  -- npm test\n  nicepay-sim exec --check"
)]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// Try a small program for each runtime on the PATH, in each version that is there, and print a table; exit code 1 when
    /// one of them does not arrive
    #[arg(long, conflicts_with = "command")]
    check: bool,
    /// The program, and its arguments
    #[arg(last = true, value_name = "CMD", num_args = 1.., required_unless_present = "check")]
    command: Vec<OsString>,
}

/// What the simulator logs while the program runs, when nothing else is set: what went wrong.
const LOG_LEVEL: &str = "warn";

/// How long connections of a program that has ended may take to end too.
const SETTLING_TIMEOUT: Duration = Duration::from_millis(300);

pub(super) fn run(args: Args) -> ExitCode {
    let Args { mut settings, command, check } = args;
    settings.listen.get_or_insert(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    settings.proxy_listen.get_or_insert(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    // The tries of --check are refused on purpose.
    settings.log_level.get_or_insert_with(|| if check { "error" } else { LOG_LEVEL }.to_owned());
    let log_and_config = Config::resolve(settings).map_err(|error| error.to_string()).and_then(|mut config| {
        // The key of this CA is never written.
        config.tls.ca = CaSource::Memory;
        Ok((serve::init_logging(&config)?, config))
    });
    let (log, mut config) = match log_and_config {
        Ok(both) => both,
        Err(error) => {
            print_error(&error);
            return Exit::Config.into();
        }
    };
    serve::fit_open_files(&mut config);
    let ended = actix_web::rt::System::new().block_on(with_simulator(&config, &command, &log));
    // The lines of the log come before the summary.
    drop(log);
    match ended {
        Ok((code, summary)) => {
            eprint(&summary);
            code.into()
        }
        Err(exit) => exit.into(),
    }
}

/// The exit code, and what is to be printed at the end.
async fn with_simulator(config: &Config, command: &[OsString], log: &LogWriter) -> Result<(u8, String), Exit> {
    let failed = |error: &dyn std::fmt::Display| {
        print_error(error);
        Exit::Failed
    };
    let mut signals = Signals::listen().map_err(|error| failed(&error))?;
    let arrivals = Arc::new(Arrivals::default());
    let (running, server) = serve::start_counting(config, Some(Arc::clone(&arrivals)))?;
    log.mask_keys_of(&running.engine);
    tokio::spawn(server);
    let Some((proxy, ca, traffic)) = running
        .stand_in
        .as_ref()
        .and_then(|stand_in| Some((stand_in.proxy?, stand_in.ca.clone()?, Arc::clone(&stand_in.traffic))))
    else {
        return Err(failed(&"exec makes a CA of its own: leave --tls-cert and --tls-key out"));
    };
    let addresses = Addresses { plain: running.address, proxy };
    let count_proxy = counter(Arc::clone(&traffic), Arc::clone(&arrivals));
    // The program may run elsewhere.
    let parent = std::path::absolute(std::env::temp_dir()).map_err(|error| failed(&error))?;
    let folder = Folder::create(&parent).map_err(|error| failed(&format!("{}: {error}", parent.display())))?;
    let program = command.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
    let environment = prepare(config, addresses, &ca, &program, &folder)
        .map_err(|error| failed(&format!("{}: {error}", folder.path().display())))?;
    for note in &environment.notes {
        print_error(note);
    }

    let after = running.engine.store().log.last();
    let (written, counted) = (CancellationToken::new(), CancellationToken::new());
    let dropped = log.dropped.clone();
    let lines = tokio::spawn(terminal::follow(Arc::clone(&running.engine), after, dropped, written.clone()));
    let tally = tokio::spawn(
        Tally::starting_after(after, Arc::clone(&arrivals)).follow(Arc::clone(&running.engine), counted.clone()),
    );
    let ended = match command.split_first() {
        Some((program, arguments)) => {
            let ended = child::run(program, arguments, &environment.variables, &mut signals).await;
            if let child::Ended::NotStarted(error) = &ended {
                print_error(&format!("{}: {error}", program.to_string_lossy()));
            }
            (ended.code(), matches!(ended, child::Ended::Ran(_)))
        }
        None => {
            (check(&running, (&arrivals, &traffic, &count_proxy), &environment, &folder, &mut signals).await, false)
        }
    };
    traffic.idle(SETTLING_TIMEOUT).await;
    stop(&running).await;
    counted.cancel();
    written.cancel();
    let tally = tally.await.unwrap_or_default();
    if let Err(error) = lines.await {
        print_error(&error);
    }
    let (code, is_summed_up) = ended;
    let summary =
        if is_summed_up { summary::summary(&program, addresses.plain, &tally, &count_proxy()) } else { String::new() };
    Ok((code, running.engine.masked(&summary).into_owned()))
}

/// What the proxy and its TLS listener counted.
fn counter(traffic: Arc<Traffic>, arrivals: Arc<Arrivals>) -> CountProxy {
    Box::new(move || {
        let (proxy, failed) = (traffic.counts(), arrivals.counts().failed_handshakes);
        ProxyCounts {
            tunnels: proxy.tunnels,
            failed_handshakes: failed.values().sum(),
            handshake_error: failed.into_iter().max_by_key(|(_, count)| *count).map(|(reason, _)| reason),
            elsewhere: proxy.elsewhere,
            refused: proxy.refused,
        }
    })
}

/// The variables, for the first of the user's own merchants or of those that are built in.
fn prepare(
    config: &Config,
    addresses: Addresses,
    ca: &CaCertificate,
    program: &str,
    folder: &Folder,
) -> std::io::Result<Environment> {
    let merchant = merchant(&config.merchants);
    Environment::prepare(
        &Setup {
            addresses,
            ca_pem: &ca.pem,
            ca_der: &ca.der,
            i_mid: merchant.map_or("", |merchant| merchant.i_mid.as_str()),
            merchant_key: merchant.map_or("", |merchant| merchant.key.expose()),
            inherited: &Inherited::of_this_process(),
            system_roots: &environment::system_roots(),
            program,
        },
        folder,
    )
}

/// The merchant of the program: the user's own comes behind those that are built in.
fn merchant(all: &[Merchant]) -> Option<&Merchant> {
    all.get(crate::config::BUILT_IN_MERCHANTS).or_else(|| all.first())
}

/// The exit code of `--check`.
async fn check(
    running: &Running,
    (arrivals, traffic, count_proxy): (&Arc<Arrivals>, &Traffic, &CountProxy),
    environment: &Environment,
    folder: &Folder,
    signals: &mut Signals,
) -> u8 {
    let check =
        Check { engine: &running.engine, arrivals, traffic, count_proxy, variables: &environment.variables, folder };
    tokio::select! {
        all_arrived = check.run() => if all_arrived { Exit::Clean as u8 } else { Exit::Failed as u8 },
        Some(signal) = signals.next() => platform::code_of_signal(signal.number),
    }
}

/// Stops the simulator. What the program left behind may still wait for an answer; it does not hold us up.
async fn stop(running: &Running) {
    // After the timeout it ends with the process.
    let _ = tokio::time::timeout(serve::STOP_TIMEOUT, running.stop()).await;
}

/// Prints a text on stderr. A closed pipe is not an error.
fn eprint(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(text.as_bytes());
}
