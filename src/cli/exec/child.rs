//! Runs the program: with our streams, our terminal and our process group, as `env` does.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;

use tokio::process::Command;

use crate::platform::{self, Signals};

/// The exit code when the program cannot be started.
const NOT_EXECUTABLE: u8 = 126;
/// The exit code when there is no such program.
const NOT_FOUND: u8 = 127;

/// How the program ended.
#[derive(Debug)]
pub(in crate::cli) enum Ended {
    /// It ran.
    Ran(ExitStatus),
    /// It could not be started.
    NotStarted(io::Error),
    /// A signal came before it was started.
    Interrupted(i32),
}

impl Ended {
    /// The exit code that passes it on.
    pub(in crate::cli) fn code(&self) -> u8 {
        match self {
            Self::Ran(status) => platform::exit_code(*status),
            Self::NotStarted(error) if error.kind() == io::ErrorKind::NotFound => NOT_FOUND,
            Self::NotStarted(_) => NOT_EXECUTABLE,
            Self::Interrupted(signal) => platform::code_of_signal(*signal),
        }
    }
}

/// Runs `program` until it ends. What it leaves behind is not waited for. Signals are passed on to it, but not those of
/// the terminal: it gets them itself.
pub(super) async fn run(
    program: &OsString,
    arguments: &[OsString],
    variables: &[(String, OsString)],
    signals: &mut Signals,
) -> Ended {
    if let Some(signal) = signals.try_next() {
        return Ended::Interrupted(signal.number);
    }
    let mut command = Command::new(program);
    command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ended::NotStarted(error),
    };
    loop {
        tokio::select! {
            status = child.wait() => return status.map_or_else(Ended::NotStarted, Ended::Ran),
            Some(signal) = signals.next() => {
                // It has a number until it was waited for, so no other process can be meant.
                if let (false, Some(process)) = (signal.is_from_terminal, child.id())
                    && let Err(error) = platform::send_signal(process, signal.number)
                {
                    tracing::warn!(%error, signal = signal.number, "the signal could not be passed on");
                }
            }
        }
    }
}
