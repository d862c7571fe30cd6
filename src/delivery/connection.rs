//! Connections to merchants: to an address that was checked, and with TLS where the URL is https.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tower_service::Service;

use super::resolve::{BoxError, CheckedResolver};
use crate::domain::{AttemptResult, Egress, EgressError, ResponseClass};
#[cfg(feature = "tls")]
use crate::tls::{HandshakeError, TlsClient};

/// A connection, with or without TLS.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {
    /// The TCP connection below it.
    fn tcp(&self) -> &TcpStream;
}

impl Transport for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

#[cfg(feature = "tls")]
impl Transport for tokio_rustls::client::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Any connection.
pub type Stream = Box<dyn Transport>;

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

/// Connects to the host of a URL. A URL with an IP address has to be checked before: no resolver is asked for it.
#[derive(Clone, Debug)]
pub struct Connector {
    tcp: HttpConnector<CheckedResolver>,
    #[cfg(feature = "tls")]
    tls: TlsClient,
}

impl Connector {
    /// Only addresses that `egress` allows are called.
    pub fn new(egress: Egress, #[cfg(feature = "tls")] tls: TlsClient) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(CheckedResolver { egress });
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self {
            tcp,
            #[cfg(feature = "tls")]
            tls,
        }
    }

    pub(super) async fn connect(mut self, uri: Uri) -> Result<Stream, BoxError> {
        let tcp = self.tcp.call(uri.clone()).await?.into_inner();
        #[cfg(feature = "tls")]
        if uri.scheme() == Some(&http::uri::Scheme::HTTPS) {
            return Ok(Box::new(self.tls.connect(tcp, uri.host().unwrap_or_default()).await?));
        }
        Ok(Box::new(tcp))
    }
}

/// The connector of the HTTP client.
impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.clone().connect(uri);
        Box::pin(async { Ok(TokioIo::new(connecting.await?)) })
    }
}

/// The result of an attempt that ended with this error; `class` where the error says no more.
pub(super) fn failure(error: &(dyn std::error::Error + 'static), class: ResponseClass) -> AttemptResult {
    let causes: Vec<_> = std::iter::successors(Some(error), |error| error.source()).collect();
    if let Some(error) = causes.iter().find_map(|cause| cause.downcast_ref::<EgressError>()) {
        return AttemptResult::Skipped { reason: error.clone().into() };
    }
    #[cfg(feature = "tls")]
    if let Some(error) = causes.iter().find_map(|cause| cause.downcast_ref::<HandshakeError>()) {
        return AttemptResult::Failed { class, error: error.to_string().into() };
    }
    AttemptResult::Failed { class, error: error_text(error).into() }
}

/// An error with its causes.
pub fn error_text(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
