//! TLS: the local certificate authority (CA), the certificate for NICEPAY's hosts, and what the server and the HTTP client
//! need of both. Nothing is ever added to a trust store.

mod authority;
mod certificate;
mod client_config;
mod error;
mod folder;
mod server_config;

pub use authority::{Authority, Identity};
pub use client_config::{HandshakeError, TlsClient};
pub use error::TlsError;
pub use folder::{default_folder, load_or_create};
pub use server_config::{read_identity, server_config};
