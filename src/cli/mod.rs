//! The command line: commands, arguments and exit codes.

#[cfg(feature = "tls")]
mod audit;
#[cfg(feature = "tls")]
mod ca;
mod check;
mod completions;
#[cfg(feature = "demo")]
mod demo;
#[cfg(feature = "tls")]
mod exec;
mod explain;
mod healthcheck;
mod log_line;
mod man;
mod openapi;
mod recipe;
#[cfg(feature = "tls")]
mod report_file;
mod schema;
mod serve;
mod sign;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::Settings;

/// The exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Exit {
    /// Success, or a clean stop.
    Clean = 0,
    /// An error at run time.
    Failed = 1,
    /// Wrong arguments.
    Usage = 2,
    /// A wrong setting or scenario.
    Config = 3,
    /// The address is in use.
    AddressInUse = 4,
    /// The report has failed checks.
    Report = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A local simulator of NICEPAY's V2 Payloan API and its lenders (Kredivo, Akulaku, Indodana).
#[derive(Debug, Parser)]
#[command(name = "nicepay-sim", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the simulator (the default)
    Serve {
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Run the simulator with a demo shop at /demo/, which acts as the merchant
    #[cfg(feature = "demo")]
    Demo {
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Print the local CA's certificate file, and how each program trusts it
    #[cfg(feature = "tls")]
    Ca(ca::Args),
    /// Run a program with a simulator of its own, to which NICEPAY's real address leads
    #[cfg(feature = "tls")]
    Exec(Box<exec::Args>),
    /// Find out what a merchant's server does wrong: forged, changed, repeated, late and lost notifications, and a report
    #[cfg(feature = "tls")]
    Audit(Box<audit::Args>),
    /// Check whether a simulator is ready (exit code 0), for containers without curl
    Healthcheck(healthcheck::Args),
    /// Check scenario files and run their examples
    Check(check::Args),
    /// Print the JSON Schema of a scenario file, for editors
    Schema,
    /// Compute a merchantToken
    Sign(sign::Args),
    /// Explain why a request's merchantToken is wrong
    Explain(explain::Args),
    /// Print the OpenAPI document of the control API
    Openapi,
    /// Print a script that completes commands and flags in a shell
    Completions(completions::Args),
    /// Print a manual page
    Man(man::Args),
}

/// The command line, for `docs/reference/commands.md`.
#[cfg(test)]
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// The meanings of the exit codes, for `docs/reference/commands.md`.
#[cfg(test)]
pub(crate) const EXIT_CODES: [(u8, &str); 6] = [
    (
        Exit::Clean as u8,
        "Success, or a clean stop on SIGINT or SIGTERM. `healthcheck`: ready. `explain`: the token is right. `exec --check`: \
         all runtimes arrived.",
    ),
    (
        Exit::Failed as u8,
        "An error at run time. `healthcheck`: not ready. `explain`: the token is wrong. `exec --check`: a runtime did not \
         arrive. `audit`: not all drills could be run.",
    ),
    (Exit::Usage as u8, "Wrong arguments."),
    (Exit::Config as u8, "A setting, the settings file or a scenario file is wrong. `check`: also an example."),
    (Exit::AddressInUse as u8, "The address is in use."),
    (Exit::Report as u8, "`audit`: a check failed."),
];

/// Parses a command line without the program's name. Tests use it to check the commands in the documents.
///
/// # Errors
/// The message that the program would print.
pub fn parse(arguments: &[&str]) -> Result<(), String> {
    let all = std::iter::once("nicepay-sim").chain(arguments.iter().copied());
    Cli::try_parse_from(all).map(drop).or_else(|error| if error.use_stderr() { Err(error.to_string()) } else { Ok(()) })
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Clean };
            let _ = error.print();
            return exit.into();
        }
    };
    let exit = match cli.command {
        None => serve::run(cli.settings),
        Some(Command::Serve { settings }) => serve::run(*settings),
        #[cfg(feature = "demo")]
        Some(Command::Demo { settings }) => demo::run(*settings),
        #[cfg(feature = "tls")]
        Some(Command::Ca(args)) => ca::run(&args),
        #[cfg(feature = "tls")]
        Some(Command::Exec(args)) => return exec::run(*args),
        #[cfg(feature = "tls")]
        Some(Command::Audit(args)) => return audit::run(*args),
        Some(Command::Healthcheck(args)) => healthcheck::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Schema) => schema::run(),
        Some(Command::Sign(args)) => sign::run(&args),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Openapi) => openapi::run(),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Man(args)) => man::run(&args),
    };
    exit.into()
}

/// Prints a message on stderr.
fn print_error(message: &dyn std::fmt::Display) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "nicepay-sim: {message}");
}

/// Prints a line on stdout. A closed pipe is not an error.
fn print(line: &str) {
    use std::io::Write as _;
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Prints a text on stdout as it is. A closed pipe is not an error.
fn print_text(text: &[u8]) -> Exit {
    use std::io::Write as _;
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(text).and_then(|()| stdout.flush());
    Exit::Clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
