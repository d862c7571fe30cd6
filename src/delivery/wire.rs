//! NotificationPlan as no HTTP client would: a body in small pieces, or a connection that breaks in the middle of it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Request;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use url::{Host, Position, Url};

use super::answer::Incoming;
use super::egress::{Egress, Forbidden};
use super::resolve::checked;
use crate::domain::{AnswerClass, AttemptResult};
use crate::protocol::USER_AGENT;

/// Pieces of a slow body, at most.
const PIECES: usize = 20;

/// What is unusual about the connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Manner {
    /// The body takes that long.
    Lasts(Duration),
    /// The connection is reset in the middle of the body.
    Breaks,
}

/// Sends a request; its merchant has `patience` for the answer.
pub(super) async fn send(request: &Request, egress: &Egress, manner: Manner, patience: Duration) -> AttemptResult {
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    // Our own slowness is not the merchant's.
    let patience = match manner {
        Manner::Lasts(lasts) => patience.saturating_add(lasts),
        Manner::Breaks => patience,
    };
    let mut incoming = Incoming::default();
    let talk = async {
        let mut stream = connect(request.url(), egress).await?;
        let done = match manner {
            Manner::Breaks => break_off(stream, &head(request, body.len()), body).await,
            Manner::Lasts(lasts) => {
                let sent = send_slowly(&mut stream, &head(request, body.len()), body, lasts).await;
                // Who answers before it has read everything has answered.
                let read = incoming.read_from(&mut stream).await;
                sent.and(read)
            }
        };
        done.map_err(|error| failed(AnswerClass::Broken, error.to_string()))
    };
    let talked = tokio::time::timeout(patience, talk).await;
    if let Some(answered) = incoming.answer() {
        return answered;
    }
    match talked {
        Err(_) => failed(AnswerClass::Timeout, "no answer in time".to_owned()),
        Ok(Err(result)) => result,
        Ok(Ok(())) => failed(AnswerClass::Broken, "connection closed before message completed".to_owned()),
    }
}

fn failed(class: AnswerClass, error: String) -> AttemptResult {
    AttemptResult::Failed { class, error: error.into() }
}

/// Connects to where a URL leads, if that may be called. The URL itself was judged before.
async fn connect(url: &Url, egress: &Egress) -> Result<TcpStream, AttemptResult> {
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses = match url.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Domain(name)) => {
            checked(egress, name, port).await.map_err(|error| match error.downcast_ref::<Forbidden>() {
                Some(forbidden) => AttemptResult::Skipped { reason: forbidden.to_string().into() },
                None => failed(AnswerClass::Unreachable, format!("dns error: {error}")),
            })?
        }
        None => Vec::new(),
    };
    let stream = TcpStream::connect(&addresses[..]).await;
    let stream = stream.map_err(|error| failed(AnswerClass::Unreachable, format!("tcp connect error: {error}")))?;
    // Each piece leaves when it is written.
    let _ = stream.set_nodelay(true);
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
    line("Accept", b"*/*");
    line("User-Agent", USER_AGENT.as_bytes());
    // Without a port that goes without saying.
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
    body.chunks(body.len().div_ceil(PIECES).max(1))
}

async fn send_slowly(stream: &mut TcpStream, head: &[u8], body: &[u8], lasts: Duration) -> io::Result<()> {
    stream.write_all(head).await?;
    let pieces = pieces(body);
    let pause = lasts / u32::try_from(pieces.len()).unwrap_or(u32::MAX).max(1);
    for piece in pieces {
        tokio::time::sleep(pause).await;
        stream.write_all(piece).await?;
    }
    Ok(())
}

/// Sends half of the body, and has the other side see a reset instead of the rest.
async fn break_off(mut stream: TcpStream, head: &[u8], body: &[u8]) -> io::Result<()> {
    stream.write_all(&[head, &body[..body.len() / 2]].concat()).await?;
    // Closing with no time to linger is a reset.
    stream.set_zero_linger()?;
    drop(stream);
    Err(io::Error::other("the connection was reset in the middle of the body, as ordered"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_in_small_pieces_and_whole() {
        for length in [0, 1, 19, 20, 21, 497, 100_000] {
            let body = vec![b'x'; length];
            assert_eq!(pieces(&body).collect::<Vec<_>>().concat(), body, "{length}");
            assert!(pieces(&body).len() <= PIECES && (length < PIECES || pieces(&body).len() > PIECES / 2), "{length}");
        }
    }

    #[test]
    fn names_are_written_as_the_real_gateway_does() {
        assert_eq!(title_case("content-type"), "Content-Type");
        assert_eq!(title_case("x"), "X");
    }
}
