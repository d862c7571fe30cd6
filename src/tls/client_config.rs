//! Which servers the HTTP client for notifications trusts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage, OtherError, RootCertStore,
    SignatureScheme,
};
use tokio::io;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::{CertificateSummary, fingerprint};
use super::error::TlsError;

/// Opens TLS connections. The system's roots are read for the first one: most simulators never need them.
#[derive(Clone, Debug)]
pub struct TlsClient {
    trust: Arc<Trust>,
    config: Arc<OnceCell<Arc<ClientConfig>>>,
}

/// What is trusted in addition to the system's roots.
#[derive(Clone, Debug)]
struct Trust {
    roots: Arc<RootCertStore>,
    /// The certificates of `roots`. A server may show one of them itself: many make a certificate that signs itself.
    given: Vec<CertificateDer<'static>>,
    /// Names and addresses of which any certificate is accepted.
    insecure: Vec<String>,
}

/// The TLS connection could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HandshakeError(String);

impl TlsClient {
    /// Trusts the certificates in these files, and whatever certificate these hosts show.
    ///
    /// # Errors
    /// [`TlsError`] with the name of the file.
    pub fn new(files: &[PathBuf], insecure: Vec<String>) -> Result<Self, TlsError> {
        let (mut roots, mut given) = (RootCertStore::empty(), Vec::new());
        for file in files {
            let certificates = read_certificates(file)?;
            for (index, certificate) in certificates.iter().enumerate() {
                roots.add(certificate.clone()).map_err(|error| TlsError::Content {
                    path: file.clone(),
                    detail: format!("certificate {} cannot be used: {error}", index + 1),
                })?;
            }
            given.extend(certificates);
        }
        let trust = Trust { roots: Arc::new(roots), given, insecure };
        Ok(Self { trust: Arc::new(trust), config: Arc::default() })
    }

    /// Makes the TLS connection to a host over a connection that exists.
    ///
    /// # Errors
    /// [`HandshakeError`] with the refused certificate, where it was refused.
    pub async fn connect(&self, tcp: TcpStream, host: &str) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|_| HandshakeError(format!("TLS needs a host name that DNS allows, and {host:?} is none")))?;
        let config = self.config.get_or_try_init(|| load(&self.trust)).await?;
        TlsConnector::from(Arc::clone(config))
            .connect(name, tcp)
            .await
            .map_err(|error| HandshakeError(describe(&error)))
    }
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = std::fs::read(file).map_err(|error| TlsError::File { path: file.to_owned(), error })?;
    let content = |detail: String| TlsError::Content { path: file.to_owned(), detail };
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| content(format!("is not a certificate in PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(content("contains no certificate in PEM".to_owned()));
    }
    Ok(certificates)
}

async fn load(trust: &Arc<Trust>) -> Result<Arc<ClientConfig>, HandshakeError> {
    let trust = Trust::clone(trust);
    // It reads many files.
    let config = tokio::task::spawn_blocking(move || client_config(trust)).await;
    let config = config.map_err(|error| HandshakeError(error.to_string()))?;
    config.map(Arc::new).map_err(|error| HandshakeError(error.to_string()))
}

fn client_config(mut trust: Trust) -> Result<ClientConfig, Error> {
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!("some root certificates of this system cannot be read: {error}");
    }
    add_roots(Arc::make_mut(&mut trust.roots), system.certs);
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier { trust, algorithms: provider.signature_verification_algorithms };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Adds the system's root certificates. A container image may have none: then those that Mozilla trusts count.
fn add_roots(roots: &mut RootCertStore, system: Vec<CertificateDer<'static>>) {
    if system.is_empty() {
        tracing::info!("this system has no root certificates; the built-in ones of Mozilla are used");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots.add_parsable_certificates(system);
}

/// Why a handshake failed, for people.
fn describe(error: &io::Error) -> String {
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(Error::InvalidCertificate(CertificateError::Other(OtherError(refused)))) => refused.to_string(),
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "the TLS handshake failed: the answer is not TLS; is it an http:// address?".to_owned()
        }
        Some(error) => format!("the TLS handshake failed: {error}"),
        None => format!("the TLS handshake failed: {error}"),
    }
}

/// Checks a server's certificate as usual, and describes it when it is refused.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        // A certificate that signs itself is often marked as a CA, and a CA is no server for the library.
        let is_given = self.trust.given.iter().any(|given| given == certificate)
            && CertificateSummary::read(certificate).is_some_and(|summary| summary.is_valid_at(now.as_secs()));
        if !is_given {
            let (roots, algorithms) = (&self.trust.roots, self.algorithms.all);
            verify_server_cert_signed_by_trust_anchor(&parsed, roots, others, now, algorithms)?;
        }
        verify_server_name(&parsed, name)
    }
}

/// The error with the certificate that was refused, and the setting that would accept it.
fn refused(error: &Error, certificate: &CertificateDer<'_>, host: &str) -> Error {
    let reason = match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => "its issuer is not trusted".to_owned(),
        Error::InvalidCertificate(error) => error.to_string(),
        error => error.to_string(),
    };
    // A trusted CA changes neither the date nor the names.
    let ca = match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_)) => {
            "--notification-ca FILE, the certificate of its CA, or with "
        }
        _ => "",
    };
    let summary =
        CertificateSummary::read(certificate).map_or_else(|| "unreadable".to_owned(), |read| read.to_string());
    let text = format!(
        "the certificate of {host} was refused: {reason}. To accept it, start with {ca}--notification-insecure {host}. \
         The certificate: {summary}, SHA-256 {}",
        fingerprint(certificate)
    );
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(HandshakeError(text)))))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let host = server_name.to_str();
        let host = host.trim_end_matches('.');
        if !self.trust.insecure.iter().any(|accepted| accepted.eq_ignore_ascii_case(host)) {
            self.verify(end_entity, intermediates, server_name, now)
                .map_err(|error| refused(&error, end_entity, host))?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozillas_roots_count_only_where_the_system_has_none() {
        let mut roots = RootCertStore::empty();
        add_roots(&mut roots, Vec::new());
        assert!(roots.len() > 100, "{}", roots.len());
        let own = rcgen::generate_simple_self_signed(["shop.test".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        add_roots(&mut roots, vec![own.cert.der().clone()]);
        assert_eq!(roots.len(), 1);
    }
}
