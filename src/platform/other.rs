//! Windows, where there are no signals. Ctrl-C reaches every program of a console, so nothing is passed on. Nobody has run this
//! so far: what it says of Windows is *(assumed)*.

use std::io;
use std::process::Stdio;
use std::thread;

use tokio::process::Command;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::Arrived;

/// What Ctrl-C counts as: the number of SIGINT.
const INTERRUPT: i32 = 2;
/// What asks a program to end: the number of SIGTERM.
pub const TERM: i32 = 15;

/// Each Ctrl-C. While this exists, it does not end the process.
#[derive(Debug)]
pub struct Signals(UnboundedReceiver<Arrived>);

impl Signals {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (sender, arrived) = unbounded_channel();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                while tokio::signal::ctrl_c().await.is_ok() {
                    if sender.send(Arrived { number: INTERRUPT, is_from_terminal: true }).is_err() {
                        return;
                    }
                }
            });
        })?;
        Ok(Self(arrived))
    }

    /// The next one.
    pub async fn next(&mut self) -> Option<Arrived> {
        self.0.recv().await
    }

    /// One that is there already.
    pub fn try_next(&mut self) -> Option<Arrived> {
        self.0.try_recv().ok()
    }
}

/// What asks a server to stop.
#[derive(Debug)]
pub struct StopSignals(Signals);

impl StopSignals {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Signals::listen().map(Self)
    }

    /// The name of the next one.
    pub async fn next(&mut self) -> &'static str {
        match self.0.next().await {
            Some(_) => "Ctrl-C",
            None => std::future::pending().await,
        }
    }
}

/// Ends a process: nothing else can be asked of it.
pub fn send_signal(process: u32, _number: i32) -> io::Result<()> {
    task_kill(process, &[])
}

/// Ends a process, and those that it has started.
pub fn send_signal_to_group(process: u32, _number: i32) -> io::Result<()> {
    kill_group(process)
}

/// Ends a process, and those that it has started.
pub fn kill_group(process: u32) -> io::Result<()> {
    task_kill(process, &["/T"])
}

fn task_kill(process: u32, more: &[&str]) -> io::Result<()> {
    let mut command = std::process::Command::new("taskkill");
    command.args(["/F", "/PID", &process.to_string()]).args(more);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("taskkill ended with {status}"))) }
}

/// How many files this process can have open: there is no limit on connections.
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
pub fn open_files() -> io::Result<u64> {
    Ok(u64::MAX)
}

/// A command that the command interpreter runs.
pub fn shell(script: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C");
    // It reads quotation marks in a way of its own: the script is passed as it is.
    #[cfg(windows)]
    command.raw_arg(script);
    #[cfg(not(windows))]
    command.arg(script);
    command
}

/// Nothing: `taskkill /T` finds the processes that a command has started.
pub fn in_own_group(_command: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_unix_has() {
        let _: fn() -> io::Result<StopSignals> = StopSignals::listen;
        let _ = (StopSignals::next, Signals::try_next, send_signal, send_signal_to_group, open_files, TERM);
        let mut command = shell("exit 3");
        in_own_group(&mut command);
        let command = command.as_std();
        assert_eq!((command.get_program(), command.get_args().count()), ("cmd".as_ref(), 2));
    }

    #[test]
    fn a_process_that_cannot_be_ended_is_an_error() {
        // This number has no process anywhere; on Unix there is no taskkill.
        assert!(kill_group(u32::MAX).is_err());
    }
}
