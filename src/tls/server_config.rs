//! What the TLS server shows to its clients.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::authority::Identity;
use super::error::TlsError;

/// Reads the user's own certificate and key. It is served whatever name the client asks for.
///
/// # Errors
/// [`TlsError`] with the name of the file.
pub fn read_identity(certificate: &Path, key: &Path) -> Result<Identity, TlsError> {
    let content = |path: &Path, detail: String| TlsError::Content { path: path.to_owned(), detail };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| content(certificate, format!("is not a certificate in PEM: {error}")))?;
    if chain.is_empty() {
        return Err(content(certificate, "contains no certificate in PEM".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| content(key, format!("is not a private key in PEM: {error}")))?;
    let identity = Identity { chain, key: private, names: Vec::new() };
    certified_key(&identity)
        .map_err(|error| content(key, format!("does not belong to {}: {error}", certificate.display())))?;
    Ok(identity)
}

/// The configuration of a server with this certificate.
///
/// # Errors
/// [`TlsError::Library`]
pub fn server_config(identity: &Identity) -> Result<ServerConfig, TlsError> {
    let resolver = Resolver { key: Arc::new(certified_key(identity)?), names: identity.names.clone() };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certified_key(identity: &Identity) -> Result<CertifiedKey, rustls::Error> {
    let key = CertifiedKey::from_der(identity.chain.clone(), identity.key.clone_key(), &ring::default_provider())?;
    // Of some keys it is not known whether they fit.
    match key.keys_match() {
        Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) | Ok(()) => Ok(key),
        Err(error) => Err(error),
    }
}

/// Serves the one certificate, but not to a client that asks for a name which it does not cover: the client gets an alert.
#[derive(Debug)]
struct Resolver {
    key: Arc<CertifiedKey>,
    names: Vec<String>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that connects to an address asks for no name.
        let is_covered = hello.server_name().is_none_or(|name| {
            self.names.is_empty() || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
        });
        is_covered.then(|| Arc::clone(&self.key))
    }
}
