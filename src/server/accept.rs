//! What happens to a connection before HTTP: the TLS handshake, and a plain answer to who speaks the wrong protocol or
//! comes when all places are taken.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
#[cfg(feature = "tls")]
use {
    super::arrivals::Arrivals,
    rustls::ServerConfig,
    std::{net::SocketAddr, sync::Arc},
    tokio_rustls::{LazyConfigAcceptor, server::TlsStream},
    tokio_util::either::Either,
};

#[cfg(feature = "tls")]
use crate::sockets::Socket;

/// The bytes of a connection, decrypted.
#[cfg(feature = "tls")]
pub(super) type Stream = Either<TcpStream, TlsStream<TcpStream>>;
#[cfg(not(feature = "tls"))]
pub(super) type Stream = TcpStream;

#[cfg(feature = "tls")]
impl Socket for Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Either::Left(stream) => stream,
            Either::Right(stream) => stream.get_ref().0,
        }
    }
}

/// Makes a stream of HTTP out of a connection.
#[derive(Clone)]
pub(super) enum Acceptor {
    /// Plain HTTP, and nothing else is served.
    Http,
    /// Plain HTTP. A client that speaks TLS is told this address.
    #[cfg(feature = "tls")]
    HttpBesideTls { https: SocketAddr, client_timeout: Duration },
    /// TLS.
    #[cfg(feature = "tls")]
    Tls(TlsAcceptor),
}

#[cfg(not(feature = "tls"))]
impl Acceptor {
    #[expect(clippy::unused_async, reason = "with TLS, there is something to wait for")]
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<Stream> {
        match self {
            Self::Http => Ok(stream),
        }
    }
}

#[cfg(feature = "tls")]
impl Acceptor {
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<Stream> {
        match self {
            Self::Http => Ok(Either::Left(stream)),
            Self::HttpBesideTls { https, client_timeout } => {
                if first_byte(&stream, *client_timeout).await? == HANDSHAKE {
                    tracing::warn!("TLS on the port for plain HTTP; https is on {https}");
                    let sentence = format!("This port is for plain HTTP; https is on https://{https}/\n");
                    return Err(refuse(stream, "400 Bad Request", &sentence).await);
                }
                Ok(Either::Left(stream))
            }
            Self::Tls(acceptor) => acceptor.accept(stream).await.map(Either::Right),
        }
    }
}

/// Answers TLS handshakes.
#[cfg(feature = "tls")]
#[derive(Clone)]
pub(super) struct TlsAcceptor {
    pub(super) config: Arc<ServerConfig>,
    /// A client that speaks plain HTTP is told this address.
    pub(super) http: SocketAddr,
    pub(super) client_timeout: Duration,
    pub(super) arrivals: Option<Arc<Arrivals>>,
}

/// The first byte of a TLS handshake.
#[cfg(feature = "tls")]
const HANDSHAKE: u8 = 0x16;

#[cfg(feature = "tls")]
impl TlsAcceptor {
    async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        if first_byte(&stream, self.client_timeout).await? != HANDSHAKE {
            tracing::warn!("plain HTTP on the port for https; plain HTTP is on {}", self.http);
            let sentence = format!("This port is for https; plain HTTP is on http://{}/\n", self.http);
            return Err(refuse(stream, "400 Bad Request", &sentence).await);
        }
        stream.set_nodelay(true)?;
        let mut name = None;
        let mut is_certificate_sent = false;
        let handshake = async {
            let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
            name = start.client_hello().server_name().map(str::to_owned);
            is_certificate_sent = true;
            start.into_stream(Arc::clone(&self.config)).await
        };
        let failed = match timeout(self.client_timeout, handshake).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error,
            Err(_) => io::Error::new(io::ErrorKind::TimedOut, "it was not finished in time"),
        };
        let name = name.as_deref().unwrap_or("an address");
        let reason = reason(&failed, name, is_certificate_sent);
        tracing::warn!("TLS handshake failed: {reason}");
        if let Some(arrivals) = &self.arrivals {
            arrivals.count_failed_handshake(reason);
        }
        Err(failed)
    }
}

/// Why a handshake failed, in words.
#[cfg(feature = "tls")]
fn reason(error: &io::Error, name: &str, is_certificate_sent: bool) -> String {
    use rustls::{AlertDescription, Error};
    if is_certificate_sent && [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset].contains(&error.kind()) {
        return format!(
            "the client that wants {name} left when it saw the certificate. Node and java.net.http do so when they do not \
             trust it (`nicepay-sim ca` says how they can)"
        );
    }
    match error.get_ref().and_then(|cause| cause.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate,
        )) => format!("the client that wants {name} does not trust the certificate (`nicepay-sim ca` says how it can)"),
        Some(Error::General(detail)) if detail.contains("certificate chain") => {
            format!("the certificate does not cover {name:?}")
        }
        Some(Error::PeerIncompatible(detail)) => format!("the client offers nothing that is supported: {detail:?}"),
        _ => format!("{name}: {error}"),
    }
}

/// The first byte that a client sends, which stays to be read.
#[cfg(feature = "tls")]
async fn first_byte(stream: &TcpStream, client_timeout: Duration) -> io::Result<u8> {
    let mut first = [0];
    match timeout(client_timeout, stream.peek(&mut first)).await {
        Ok(Ok(1)) => Ok(first[0]),
        Ok(Ok(_)) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// The answer when a request is answered on every connection. Only a plain one gets it: a handshake costs too much.
pub(super) async fn refuse_for_want_of_room(stream: TcpStream, acceptor: &Acceptor) -> io::Error {
    match acceptor {
        #[cfg(feature = "tls")]
        Acceptor::Tls(_) => io::ErrorKind::ConnectionRefused.into(),
        _ => {
            let sentence = "all connections of the simulator are busy (--max-connections)\n";
            refuse(stream, "503 Service Unavailable", sentence).await
        }
    }
}

/// How much is read of what a client sent that is not served, so that it reads the answer.
const MAX_IGNORED: usize = 16 * 1024;

/// Answers with a sentence, and closes.
async fn refuse(mut stream: TcpStream, status: &str, sentence: &str) -> io::Error {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close");
    let response = format!("{head}\r\nContent-Length: {}\r\n\r\n{sentence}", sentence.len());
    let answer = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await?;
        // A socket that is closed with unread bytes resets the connection, and the client may lose the answer.
        let mut ignored = vec![0; MAX_IGNORED];
        stream.read(&mut ignored).await
    };
    let _ = timeout(Duration::from_millis(500), answer).await;
    io::ErrorKind::InvalidData.into()
}
