//! Requests that an HTTP client cannot send: a body in small pieces, or a connection that breaks in the middle of the
//! body.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Request;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use url::{Host, Position, Url};

use super::resolve::resolve;
use super::response::RawResponse;
use crate::domain::{AttemptResult, Egress, EgressError, ResponseClass};

/// How many pieces a slow body has at most.
const MAX_PIECES: usize = 20;

/// What is unusual about the connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum WireFault {
    /// The body takes this long.
    Slow(Duration),
    /// The connection is reset in the middle of the body.
    Reset,
}

/// Sends a request; the merchant has `timeout` to respond.
pub(super) async fn send(request: &Request, egress: &Egress, fault: WireFault, timeout: Duration) -> AttemptResult {
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    // The time of sending slowly does not count.
    let timeout = match fault {
        WireFault::Slow(duration) => timeout.saturating_add(duration),
        WireFault::Reset => timeout,
    };
    let mut response = RawResponse::default();
    let exchange = async {
        let mut stream = connect(request.url(), egress).await?;
        let done = match fault {
            WireFault::Reset => break_off(stream, &head(request, body.len()), body).await,
            WireFault::Slow(duration) => {
                let sent = send_slowly(&mut stream, &head(request, body.len()), body, duration).await;
                // A response may come before the whole body was sent.
                let read = response.read_from(&mut stream).await;
                sent.and(read)
            }
        };
        done.map_err(|error| failed(ResponseClass::Broken, error.to_string()))
    };
    let exchanged = tokio::time::timeout(timeout, exchange).await;
    if let Some(result) = response.result() {
        return result;
    }
    match exchanged {
        Err(_) => failed(ResponseClass::Timeout, "no response in time".to_owned()),
        Ok(Err(result)) => result,
        Ok(Ok(())) => failed(ResponseClass::Broken, "connection closed before message completed".to_owned()),
    }
}

fn failed(class: ResponseClass, error: String) -> AttemptResult {
    AttemptResult::Failed { class, error: error.into() }
}

/// Connects to the host of a URL, where its addresses are allowed. The URL itself was checked before.
async fn connect(url: &Url, egress: &Egress) -> Result<TcpStream, AttemptResult> {
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses = match url.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Domain(name)) => {
            resolve(egress, name, port).await.map_err(|error| match error.downcast_ref::<EgressError>() {
                Some(error) => AttemptResult::Skipped { reason: error.clone().into() },
                None => failed(ResponseClass::Unreachable, format!("dns error: {error}")),
            })?
        }
        None => Vec::new(),
    };
    let stream = TcpStream::connect(&addresses[..]).await;
    let stream = stream.map_err(|error| failed(ResponseClass::Unreachable, format!("tcp connect error: {error}")))?;
    // Without a delay each piece is sent when it is written.
    stream.set_nodelay(true).map_err(|error| failed(ResponseClass::Broken, error.to_string()))?;
    Ok(stream)
}

/// Request line and headers, byte for byte those of the HTTP client that sends the usual ones.
fn head(request: &Request, length: usize) -> Vec<u8> {
    let url = request.url();
    let mut head = format!("POST {} HTTP/1.1\r\n", &url[Position::BeforePath..Position::AfterQuery]).into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            head.extend_from_slice(part);
        }
    };
    for (name, value) in request.headers() {
        line(&title_case(name.as_str()), value.as_bytes());
    }
    // Without the default port.
    line("Host", url[Position::BeforeHost..Position::AfterPort].as_bytes());
    line("Content-Length", length.to_string().as_bytes());
    head.extend_from_slice(b"\r\n");
    head
}

fn title_case(name: &str) -> String {
    let mut begins = true;
    let cased = name.chars().map(|c| {
        let cased = if begins { c.to_ascii_uppercase() } else { c };
        begins = c == '-';
        cased
    });
    cased.collect()
}

fn pieces(body: &[u8]) -> std::slice::Chunks<'_, u8> {
    body.chunks(body.len().div_ceil(MAX_PIECES).max(1))
}

async fn send_slowly(stream: &mut TcpStream, head: &[u8], body: &[u8], duration: Duration) -> io::Result<()> {
    stream.write_all(head).await?;
    let pieces = pieces(body);
    let pause = duration / u32::try_from(pieces.len()).unwrap_or(u32::MAX).max(1);
    for piece in pieces {
        tokio::time::sleep(pause).await;
        stream.write_all(piece).await?;
    }
    Ok(())
}

/// Sends half of the body, then resets the connection.
async fn break_off(mut stream: TcpStream, head: &[u8], body: &[u8]) -> io::Result<()> {
    stream.write_all(&[head, &body[..body.len() / 2]].concat()).await?;
    // Closing a socket that does not linger resets the connection.
    stream.set_zero_linger()?;
    drop(stream);
    Err(io::Error::other("the connection was reset in the middle of the body, as the rule asks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_small_and_make_up_the_body() {
        for length in [0, 1, 19, 20, 21, 497, 100_000] {
            let body = vec![b'x'; length];
            assert_eq!(pieces(&body).collect::<Vec<_>>().concat(), body, "{length}");
            assert!(
                pieces(&body).len() <= MAX_PIECES && (length < MAX_PIECES || pieces(&body).len() > MAX_PIECES / 2),
                "{length}"
            );
        }
    }

    #[test]
    fn header_names_are_title_case() {
        assert_eq!(title_case("content-type"), "Content-Type");
        assert_eq!(title_case("x"), "X");
    }
}
