//! Signals and processes of Unix.

use std::io;
use std::thread;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::backend::Handle;
use signal_hook::iterator::exfiltrator::WithOrigin;
use tokio::process::Command;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal as stream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::Arrived;

/// The signal that asks a program to end.
pub const TERM: i32 = SIGTERM;

/// The signals that a program which runs another one passes on. While this exists, they do not end the process.
#[derive(Debug)]
pub struct Signals {
    arrived: UnboundedReceiver<Arrived>,
    handle: Handle,
}

impl Signals {
    /// Listens from now on. A signal that this process ignores stays ignored, here and in the programs that it
    /// starts: `nohup` and the background jobs of a script rely on it.
    pub fn listen() -> io::Result<Self> {
        let ignored = ignored();
        let all = [SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM];
        let mut signals = SignalsInfo::<WithOrigin>::new(all.into_iter().filter(|one| ignored >> (one - 1) & 1 == 0))?;
        let handle = signals.handle();
        let (sender, arrived) = unbounded_channel();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for origin in signals.forever() {
                let is_from_terminal = origin.process.is_none() && [SIGINT, SIGQUIT].contains(&origin.signal);
                if sender.send(Arrived { number: origin.signal, is_from_terminal }).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { arrived, handle })
    }

    /// The next signal.
    pub async fn next(&mut self) -> Option<Arrived> {
        self.arrived.recv().await
    }

    /// A signal that is there already.
    pub fn try_next(&mut self) -> Option<Arrived> {
        self.arrived.try_recv().ok()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// The signals that ask a server to stop.
#[derive(Debug)]
pub struct StopSignals {
    interrupt: Stream,
    terminate: Stream,
}

impl StopSignals {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: stream(SignalKind::interrupt())?, terminate: stream(SignalKind::terminate())? })
    }

    /// The name of the next signal.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

/// The signals that are ignored, one bit each. Only Linux tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Sends a signal to a process.
pub fn send_signal(process: u32, number: i32) -> io::Result<()> {
    Ok(kill_process(pid(process)?, signal(number)?)?)
}

/// Sends a signal to a process, and to those of its group. It is the first of the group.
pub fn send_signal_to_group(process: u32, number: i32) -> io::Result<()> {
    Ok(kill_process_group(pid(process)?, signal(number)?)?)
}

/// Ends a process, and those of its group. It is the first of the group.
pub fn kill_group(process: u32) -> io::Result<()> {
    Ok(kill_process_group(pid(process)?, Signal::KILL)?)
}

/// How many files this process can have open. The limit is raised as far as that is allowed.
pub fn open_files() -> io::Result<u64> {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    raised.or_else(|_| rlimit::getrlimit(rlimit::Resource::NOFILE).map(|(soft, _)| soft))
}

/// A command that a shell runs.
pub fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script);
    command
}

/// Lets a command be the first of a process group of its own.
pub fn in_own_group(command: &mut Command) {
    command.process_group(0);
}

fn pid(process: u32) -> io::Result<Pid> {
    i32::try_from(process).ok().and_then(Pid::from_raw).ok_or_else(unknown)
}

fn signal(number: i32) -> io::Result<Signal> {
    Signal::from_named_raw(number).ok_or_else(unknown)
}

fn unknown() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}
