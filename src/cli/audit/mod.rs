//! `nicepay-sim audit --order CMD|URL [-- CMD…]`: drills with a merchant, and the report on it.
//!
//! Stdout has a line for each drill and the summary. What the merchant's program prints goes to stderr.

mod list;
mod program;
mod summary;

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use self::program::Program;
use super::exec::{Surroundings, configure, failed, merchant};
use super::report_file::{ReportArgs, ReportPlan};
use super::serve::LogWriter;
use super::{Exit, print, print_error, terminal};
use crate::audit::{Call, Drill, Ending, Outcome, Plan, Probe, Shell, Update, select};
use crate::config::{Config, Settings};
use crate::control::integration_report;
use crate::engine::Engine;
use crate::platform::{self, Signals};
use crate::report::{FailOn, Report};

/// The arguments of `audit`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without CMD, a merchant that already runs is audited: it has to call the simulator, which is then at \
                  http://127.0.0.1:8606.\n\nExit codes: 0: no check failed; 10: a check failed; 1: the drills could not all be \
                  run; 128 + N: signal N ended the audit.\n\nExamples:\n  nicepay-sim audit --order 'curl -s \
                  http://127.0.0.1:3000/buy' --probe 'http://127.0.0.1:3000/orders/{referenceNo}' --fulfilled /fulfilled \
                  --report report.html -- node examples/node/shop.js\n  nicepay-sim audit --order http://127.0.0.1:3000/buy --only NP-11\n  \
                  nicepay-sim audit --list"
)]
pub(super) struct Args {
    #[command(flatten)]
    settings: Settings,
    /// Makes an order: a URL that is called, or a command that is run in a shell. It has to register one payment; where its
    /// output has the URL of the payment page, the customer's browser goes that way
    #[arg(long, value_name = "CMD|URL", required_unless_present = "list")]
    order: Option<String>,
    /// Asks your system about an order: a URL that is called, or a command that is run in a shell, with {referenceNo} and
    /// {tXid} in it
    #[arg(long, value_name = "CMD|URL")]
    probe: Option<String>,
    /// A regular expression that the probe's answer matches when the order is paid; default: the word paid or lunas
    #[arg(long, value_name = "REGEX", requires = "probe")]
    paid: Option<String>,
    /// Where the probe's JSON says how often the order was fulfilled, such as /fulfilled
    #[arg(long, value_name = "POINTER", requires = "probe")]
    fulfilled: Option<String>,
    /// Runs your job that asks NICEPAY for open payments, as cron does: a URL, or a command. Without it, your system gets two
    /// seconds to find by itself a payment whose notifications are lost
    #[arg(long, value_name = "CMD|URL")]
    poll: Option<String>,
    /// Runs only the drills that exercise this check (repeatable)
    #[arg(long, value_name = "CHECK")]
    only: Vec<String>,
    /// Lists the drills and the checks
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    report: ReportArgs,
    /// Your server, and its arguments
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// What the simulator logs during an audit, when nothing else is set: many refusals are what a drill wants.
const LOG_LEVEL: &str = "error";

/// What is decided before anything runs.
struct Task {
    drills: Vec<&'static Drill>,
    report: ReportPlan,
}

pub(super) fn run(mut args: Args) -> ExitCode {
    if args.list {
        list::print_all();
        return Exit::Clean.into();
    }
    let task = match Task::read(&args) {
        Ok(task) => task,
        Err(error) => {
            print_error(&error);
            return Exit::Usage.into();
        }
    };
    let mut settings = std::mem::take(&mut args.settings);
    if !args.command.is_empty() {
        settings.listen.get_or_insert(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    }
    let (config, log) = match configure(settings, LOG_LEVEL) {
        Ok(configured) => configured,
        Err(exit) => return exit.into(),
    };
    let ended = actix_web::rt::System::new().block_on(with_simulator(&args, &task, &config, &log));
    match ended {
        Ok(code) => code.into(),
        Err(exit) => exit.into(),
    }
}

impl Task {
    fn read(args: &Args) -> Result<Self, String> {
        // Nothing is called yet: this only says what is wrong.
        args.probe(&[])?;
        args.order(&[])?;
        args.poll(&[])?;
        let mut report = args.report.read()?;
        report.fail_on.get_or_insert(FailOn::Fail);
        Ok(Self { drills: select(&args.only)?, report })
    }
}

impl Args {
    fn order(&self, variables: &[(String, OsString)]) -> Result<Call, String> {
        call(self.order.as_deref().unwrap_or_default(), variables)
    }

    fn poll(&self, variables: &[(String, OsString)]) -> Result<Option<Call>, String> {
        self.poll.as_deref().map(|text| call(text, variables)).transpose()
    }

    fn probe(&self, variables: &[(String, OsString)]) -> Result<Option<Probe>, String> {
        let Some(text) = &self.probe else { return Ok(None) };
        Probe::new(call(text, variables)?, self.paid.as_deref(), self.fulfilled.as_deref()).map(Some)
    }
}

fn call(text: &str, variables: &[(String, OsString)]) -> Result<Call, String> {
    if Call::is_url(text) { Call::url(text) } else { Ok(Call::Shell(Shell::new(text, variables.to_vec()))) }
}

/// The exit code.
async fn with_simulator(args: &Args, task: &Task, config: &Config, log: &LogWriter) -> Result<u8, Exit> {
    let mut signals = Signals::listen().map_err(|error| failed(&error))?;
    let name = args.command.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
    let surroundings = Surroundings::start(config, &name, log)?;
    let (engine, variables) = (&surroundings.running.engine, &surroundings.environment.variables);
    let Some(merchant) = merchant(&config.merchants) else { return Err(failed(&"there is no merchant")) };
    let plan = Plan {
        i_mid: merchant.i_mid.clone(),
        order: args.order(variables).map_err(|error| failed(&error))?,
        probe: args.probe(variables).map_err(|error| failed(&error))?,
        poll: args.poll(variables).map_err(|error| failed(&error))?,
        drills: task.drills.clone(),
    };
    let written = CancellationToken::new();
    let after = engine.store().log.last();
    let lines = tokio::spawn(terminal::follow(Arc::clone(engine), after, log.dropped.clone(), written.clone()));
    let mut program = match Program::start(&args.command, variables) {
        Ok(program) => program,
        Err((code, error)) => {
            print_error(&error);
            surroundings.stop().await;
            return Ok(code);
        }
    };
    print(&summary::head(&plan, surroundings.running.address));
    let stop = CancellationToken::new();
    let tell = |update: Update<'_>| {
        if let Update::Ended(result) = update {
            print(&engine.masked(&summary::line(result)));
        }
    };
    let (outcome, end) = {
        let audit = surroundings.running.auditor.run(&plan, &stop, &tell);
        tokio::pin!(audit);
        let mut end = End::Done;
        let outcome = loop {
            tokio::select! {
                outcome = &mut audit => break outcome,
                Some(signal) = signals.next() => {
                    end = End::Signal(signal.number);
                    program.signal(signal.number);
                    stop.cancel();
                }
                code = program.failed() => {
                    end = End::Crashed(code);
                    stop.cancel();
                }
            }
        };
        (outcome.map_err(|error| failed(&error))?, end)
    };
    let report = judge(engine, config, task, &plan, &outcome);
    let code = finish(&report, &outcome, task, &end, engine);
    let did_nothing_come = outcome.drills.iter().any(|drill| drill.did_nothing_come);
    if report.summary.requests == 0
        && !name.is_empty()
        && let Some(why) = surroundings.why_nothing_came(&name, did_nothing_come)
    {
        print_error(&why);
    }
    program.stop().await;
    surroundings.stop().await;
    written.cancel();
    let _ = lines.await;
    Ok(code)
}

/// Why no more drills are run.
enum End {
    /// The audit has ended by itself.
    Done,
    /// This signal came.
    Signal(i32),
    /// The merchant's program ended with this code.
    Crashed(u8),
}

/// The report.
fn judge(engine: &Engine, config: &Config, task: &Task, plan: &Plan, outcome: &Outcome) -> Report {
    let mut report = integration_report(engine, config.profile, Some(&plan.i_mid), task.report.lang);
    report.summary.partial = outcome.ending != Ending::Complete;
    report
}

/// Writes and prints what was found; returns the exit code.
fn finish(report: &Report, outcome: &Outcome, task: &Task, end: &End, engine: &Engine) -> u8 {
    let failures = task.report.failures(report);
    print(&engine.masked(&summary::summary(report, outcome, &failures)));
    let crashed = match end {
        End::Crashed(code) => Some(format!("the program ended during the audit, with {code}")),
        End::Done | End::Signal(_) => None,
    };
    if let Some(crashed) = &crashed {
        print_error(crashed);
    }
    let (lines, is_written) = task.report.write(engine, report);
    for line in &lines {
        print(line);
    }
    let is_complete = outcome.ending == Ending::Complete && outcome.drills.iter().all(|drill| drill.error.is_none());
    match end {
        End::Signal(number) => platform::code_of_signal(*number),
        _ if !failures.is_empty() => Exit::Report as u8,
        _ if is_complete && is_written && report.summary.pass > 0 => Exit::Clean as u8,
        _ => Exit::Failed as u8,
    }
}
