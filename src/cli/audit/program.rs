//! The merchant's program during an audit: in a process group of its own, which ends with the audit.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::cli::exec::Ended;
use crate::platform;

/// How long it may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// The program, if there is one.
pub(super) struct Program(Option<Child>);

impl Program {
    /// Starts it with these variables.
    ///
    /// # Errors
    /// The exit code of a program that cannot be started, and why.
    pub(super) fn start(command: &[OsString], variables: &[(String, OsString)]) -> Result<Self, (u8, String)> {
        let Some((program, arguments)) = command.split_first() else { return Ok(Self(None)) };
        let mut command = Command::new(program);
        command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(io::stderr());
        platform::in_own_group(&mut command);
        let started = command.spawn();
        let started = started.map_err(|error| {
            let why = format!("{}: {error}", program.to_string_lossy());
            (Ended::NotStarted(error).code(), why)
        });
        Ok(Self(Some(started?)))
    }

    /// Passes a signal on.
    pub(super) fn signal(&self, number: i32) {
        // It has a number until it was waited for, so no other process can be meant.
        if let Some(process) = self.0.as_ref().and_then(Child::id) {
            let _ = platform::send_signal_to_group(process, number);
        }
    }

    /// Completes when the program has failed, with its exit code. A program that ends with 0 may have started a server.
    pub(super) async fn failed(&mut self) -> u8 {
        if let Some(child) = &mut self.0
            && child.id().is_some()
        {
            match child.wait().await {
                Ok(status) if status.success() => {}
                Ok(status) => return platform::exit_code(status),
                Err(error) => tracing::warn!(%error, "the program cannot be waited for"),
            }
        }
        std::future::pending().await
    }

    /// Ends it.
    pub(super) async fn stop(&mut self) {
        let Some(child) = &mut self.0 else { return };
        let Some(process) = child.id() else { return };
        let _ = platform::send_signal_to_group(process, platform::TERM);
        if tokio::time::timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
            let _ = platform::kill_group(process);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(process) = self.0.as_ref().and_then(Child::id) {
            let _ = platform::kill_group(process);
        }
    }
}
