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
mod surroundings;
mod tally;

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub(super) use self::child::Ended;
pub(super) use self::surroundings::{Surroundings, configure, failed, merchant};

use self::check::Check;
use self::tally::Tally;
use super::report_file::{ReportArgs, ReportPlan};
use super::serve::LogWriter;
use super::{Exit, print_error, terminal};
use crate::config::{Config, Settings};
use crate::control::integration_report;
use crate::engine::Engine;
use crate::platform::{self, Signals};

/// The arguments of `exec`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "NICEPAY's hosts, such as https://dev.nicepay.co.id, lead to the simulator while CMD runs. CMD's streams, \
                  signals and exit code pass through; 127: there is no such program, 126: it cannot be run, 128 + N: \
                  signal N ended it; 10: it ended with 0, and --fail-on found a check.\n\nExamples:\n  nicepay-sim exec -- php shop.php\n  nicepay-sim exec --scenario reject \
                  -- npm test\n  nicepay-sim exec --report report.html --fail-on fail -- npm test\n  nicepay-sim exec --check"
)]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// Try a small program for each runtime on the PATH, in each version that is there, and print a table; exit code 1 when
    /// one of them does not arrive
    #[arg(long, conflicts_with = "command")]
    check: bool,
    #[command(flatten)]
    report: ReportArgs,
    /// The program, and its arguments
    #[arg(last = true, value_name = "CMD", num_args = 1.., required_unless_present = "check")]
    command: Vec<OsString>,
}

/// What the simulator logs while the program runs, when nothing else is set: what went wrong.
const LOG_LEVEL: &str = "warn";

/// How long connections of a program that has ended may take to end too.
const SETTLING_TIMEOUT: Duration = Duration::from_millis(300);

pub(super) fn run(args: Args) -> ExitCode {
    let Args { mut settings, command, check, report } = args;
    let report = match report.read() {
        Ok(report) => report,
        Err(error) => {
            print_error(&error);
            return Exit::Usage.into();
        }
    };
    settings.listen.get_or_insert(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    // The tries of --check are refused on purpose.
    let (config, log) = match surroundings::configure(settings, if check { "error" } else { LOG_LEVEL }) {
        Ok(configured) => configured,
        Err(exit) => return exit.into(),
    };
    let ended = actix_web::rt::System::new().block_on(with_simulator(&config, &command, &report, &log));
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
async fn with_simulator(
    config: &Config,
    command: &[OsString],
    report: &ReportPlan,
    log: &LogWriter,
) -> Result<(u8, String), Exit> {
    let mut signals = Signals::listen().map_err(|error| failed(&error))?;
    let program = command.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
    let surroundings = Surroundings::start(config, &program, log)?;
    let Surroundings { running, environment, addresses, traffic, arrivals, count_proxy, .. } = &surroundings;

    let after = running.engine.store().log.last();
    let (written, counted) = (CancellationToken::new(), CancellationToken::new());
    let dropped = log.dropped.clone();
    let lines = tokio::spawn(terminal::follow(Arc::clone(&running.engine), after, dropped, written.clone()));
    let tally = tokio::spawn(
        Tally::starting_after(after, Arc::clone(arrivals)).follow(Arc::clone(&running.engine), counted.clone()),
    );
    let ended = match command.split_first() {
        Some((program, arguments)) => {
            let ended = child::run(program, arguments, &environment.variables, &mut signals).await;
            if let child::Ended::NotStarted(error) = &ended {
                print_error(&format!("{}: {error}", program.to_string_lossy()));
            }
            (ended.code(), matches!(ended, child::Ended::Ran(_)))
        }
        None => (check(&surroundings, &mut signals).await, false),
    };
    traffic.idle(SETTLING_TIMEOUT).await;
    surroundings.stop().await;
    counted.cancel();
    written.cancel();
    let tally = tally.await.unwrap_or_default();
    if let Err(error) = lines.await {
        print_error(&error);
    }
    let (mut code, is_summed_up) = ended;
    let mut summary =
        if is_summed_up { summary::summary(&program, addresses.plain, &tally, &count_proxy()) } else { String::new() };
    if is_summed_up && report.is_wanted() {
        let (lines, exit) = judge(report, config, &running.engine);
        summary.push_str(&lines);
        // A program that has failed says more than the report.
        if code == Exit::Clean as u8 {
            code = exit as u8;
        }
    }
    Ok((code, running.engine.masked(&summary).into_owned()))
}

/// Writes the report; returns lines about it, and the exit code of a program that ended well.
fn judge(plan: &ReportPlan, config: &Config, engine: &Engine) -> (String, Exit) {
    let report = integration_report(engine, config.profile, None, plan.lang);
    let failures = plan.failures(&report);
    let mut lines = vec![report.verdict()];
    let named = report.checks.iter().filter(|check| failures.contains(&check.id));
    lines.extend(named.map(|check| format!("{:<8} {} {}", check.state.as_str(), check.id, check.title)));
    let (written, is_written) = plan.write(engine, &report);
    lines.extend(written);
    let lines = lines.iter().map(|line| format!("nicepay-sim: {line}\n")).collect::<Vec<_>>().concat();
    // A run in which nothing passed is no success.
    let is_judged = plan.fail_on.is_none() || report.summary.pass > 0;
    match (failures.is_empty(), is_written && is_judged) {
        (false, _) => (lines, Exit::Report),
        (true, false) => (lines, Exit::Failed),
        (true, true) => (lines, Exit::Clean),
    }
}

/// The exit code of `--check`.
async fn check(surroundings: &Surroundings, signals: &mut Signals) -> u8 {
    let Surroundings { running, environment, folder, traffic, arrivals, count_proxy, .. } = surroundings;
    let variables = &environment.variables;
    let check = Check { engine: &running.engine, arrivals, traffic, count_proxy, variables, folder };
    tokio::select! {
        all_arrived = check.run() => if all_arrived { Exit::Clean as u8 } else { Exit::Failed as u8 },
        Some(signal) = signals.next() => platform::code_of_signal(signal.number),
    }
}

/// Prints a text on stderr. A closed pipe is not an error.
fn eprint(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(text.as_bytes());
}
