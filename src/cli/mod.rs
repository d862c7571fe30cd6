//! The command line: what can be typed, and what it ends with.

mod check;
#[cfg(feature = "demo")]
mod demo;
mod explain;
mod healthcheck;
mod openapi;
mod recipe;
mod schema;
mod serve;
mod sign;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::Settings;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Exit {
    /// A clean stop.
    Clean = 0,
    /// Something failed while it ran.
    Failed = 1,
    /// What was typed is not a command.
    Usage = 2,
    /// A setting or a scenario is wrong.
    Config = 3,
    /// Somebody else has the address.
    AddressInUse = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A local stand-in for NICEPAY's V2 Payloan API and its lenders (Kredivo, Akulaku, Indodana).
#[derive(Debug, Parser)]
#[command(name = "nicepay-sim", version, about, args_conflicts_with_subcommands = true)]
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
    /// Run the simulator with a demo shop at /demo/, which plays the merchant
    #[cfg(feature = "demo")]
    Demo {
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Exit with 0 when a simulator is ready, for containers without curl
    Healthcheck(healthcheck::Args),
    /// Read scenario files, and try their examples
    Check(check::Args),
    /// Print the JSON Schema of a scenario file, for editors
    Schema,
    /// Compute a merchantToken
    Sign(sign::Args),
    /// Say why a request's merchantToken is wrong
    Explain(explain::Args),
    /// Print the OpenAPI document of the control API
    Openapi,
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
        Some(Command::Healthcheck(args)) => healthcheck::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Schema) => schema::run(),
        Some(Command::Sign(args)) => sign::run(&args),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Openapi) => openapi::run(),
    };
    exit.into()
}

/// A message for people, on stderr.
fn complain(message: &dyn std::fmt::Display) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "nicepay-sim: {message}");
}

/// A line for scripts, on stdout. A reader that went away is no error.
fn print(line: &str) {
    use std::io::Write as _;
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
