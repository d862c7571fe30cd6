//! Why certificates or keys cannot be used.

use std::io;
use std::path::PathBuf;

/// Certificates or keys cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// A file does not contain what it should.
    #[error("{}: {detail}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A certificate cannot be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refuses the certificate or the key.
    #[error("cannot use the certificate: {0}")]
    Library(#[from] rustls::Error),
    /// No folder for the CA is known.
    #[error("no folder for the local CA is known: set HOME, XDG_DATA_HOME or --ca-dir")]
    NoFolder,
}
