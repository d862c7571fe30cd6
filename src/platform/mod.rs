//! What differs between operating systems.

// Compiled in tests, too: so most of its mistakes are found on Unix.
#[cfg(all(feature = "cli", any(not(unix), test)))]
mod other;
#[cfg(all(feature = "cli", unix))]
mod unix;

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::process::ExitStatus;

#[cfg(all(feature = "cli", not(unix)))]
use other as system;
#[cfg(feature = "cli")]
pub use system::{
    Signals, StopSignals, TERM, in_own_group, kill_group, open_files, send_signal, send_signal_to_group, shell,
};
#[cfg(all(feature = "cli", unix))]
use unix as system;

/// A signal to this process.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// Its number.
    pub number: i32,
    /// Whether the terminal sent it, which sends it to all programs in the foreground.
    pub is_from_terminal: bool,
}

/// What differs when another file has taken the place of one, or when its permissions have changed.
#[cfg(unix)]
pub type FileIdentity = (u64, i64, i64);
/// What differs when another file has taken the place of one.
#[cfg(not(unix))]
pub type FileIdentity = Option<std::time::SystemTime>;

/// The identity of a file.
#[cfg(unix)]
pub fn file_identity(metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

/// The identity of a file.
#[cfg(not(unix))]
pub fn file_identity(metadata: &Metadata) -> FileIdentity {
    metadata.created().ok()
}

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
