//! What differs between operating systems.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::ExitStatus;

#[cfg(all(unix, feature = "cli"))]
pub use unix::{Signals, TERM, kill_group, send_signal, send_signal_to_group};

/// Creates a folder that is not there yet; only its owner can write to it.
pub fn create_new_folder(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder.create(folder)
}

/// Creates a file, or empties it; only its owner can read it.
pub fn create_private_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a file that is not there yet; only its owner can write to it.
pub fn create_new_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    options.open(path)
}

/// The exit code of a program, as a shell gives it: 128 and the number of the signal where a signal ended it.
pub fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return code_of_signal(signal);
    }
    status.code().and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(1)
}

/// The exit code after a signal.
pub fn code_of_signal(signal: i32) -> u8 {
    u8::try_from(signal).map_or(u8::MAX, |signal| signal.saturating_add(128))
}

#[cfg(all(unix, feature = "cli"))]
mod unix {
    use std::io;
    use std::thread;

    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::backend::Handle;
    use signal_hook::iterator::exfiltrator::WithOrigin;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    /// The signal that asks a program to end.
    pub const TERM: i32 = SIGTERM;

    /// The signals that a program which runs another one passes on. While this exists, they do not end the process.
    #[derive(Debug)]
    pub struct Signals {
        arrived: UnboundedReceiver<Arrived>,
        handle: Handle,
    }

    /// A signal to this process.
    #[derive(Clone, Copy, Debug)]
    pub struct Arrived {
        /// Its number.
        pub number: i32,
        /// Whether the terminal sent it, which sends it to all programs in the foreground.
        pub is_from_terminal: bool,
    }

    impl Signals {
        /// Listens from now on. A signal that this process ignores stays ignored, here and in the programs that it
        /// starts: `nohup` and the background jobs of a script rely on it.
        pub fn listen() -> io::Result<Self> {
            let ignored = ignored();
            let all = [SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM];
            let mut signals =
                SignalsInfo::<WithOrigin>::new(all.into_iter().filter(|one| ignored >> (one - 1) & 1 == 0))?;
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

    fn pid(process: u32) -> io::Result<Pid> {
        i32::try_from(process).ok().and_then(Pid::from_raw).ok_or_else(unknown)
    }

    fn signal(number: i32) -> io::Result<Signal> {
        Signal::from_named_raw(number).ok_or_else(unknown)
    }

    fn unknown() -> io::Error {
        io::ErrorKind::InvalidInput.into()
    }
}
