//! Requests that an HTTP client cannot send: a body in small pieces, or a connection that breaks in the middle of the body
//! or before the answer.

use std::io;
use std::time::Duration;

use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connection::{Connector, Stream, failure};
use super::response::RawResponse;
use crate::domain::{AttemptResult, ConnectionBreak, ResponseClass};

/// How many pieces a slow body has at most.
const MAX_PIECES: usize = 20;

/// What is unusual about the connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum WireFault {
    /// The body takes this long.
    Slow(Duration),
    /// The connection breaks.
    Break(ConnectionBreak),
}

/// Sends a request; the merchant has `timeout` to respond.
pub(super) async fn send(
    request: Request<String>,
    connector: Connector,
    fault: WireFault,
    timeout: Duration,
) -> AttemptResult {
    let (head, body) = (head(&request), request.body().as_bytes());
    // The time of sending slowly does not count.
    let timeout = match fault {
        WireFault::Slow(duration) => timeout.saturating_add(duration),
        WireFault::Break(_) => timeout,
    };
    let mut response = RawResponse::default();
    let exchange = async {
        let connected = connector.connect(request.uri().clone()).await;
        let mut stream = connected.map_err(|error| failure(&*error, ResponseClass::Unreachable))?;
        let done = match fault {
            WireFault::Break(ConnectionBreak::InBody) => break_in_body(stream, &head, body).await,
            WireFault::Break(ConnectionBreak::AtAnswer) => break_at_answer(stream, &head, body).await,
            WireFault::Slow(duration) => {
                let sent = send_slowly(&mut stream, &head, body, duration).await;
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

/// Request line and headers, byte for byte those of the HTTP client that sends the usual ones.
fn head(request: &Request<String>) -> Vec<u8> {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("POST {target} HTTP/1.1\r\n").into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            head.extend_from_slice(part);
        }
    };
    for (name, value) in request.headers() {
        line(&title_case(name.as_str()), value.as_bytes());
    }
    // Without the default port.
    line("Host", uri.authority().map_or("", |authority| authority.as_str()).as_bytes());
    line("Content-Length", request.body().len().to_string().as_bytes());
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

async fn send_slowly(stream: &mut Stream, head: &[u8], body: &[u8], duration: Duration) -> io::Result<()> {
    stream.write_all(head).await?;
    stream.flush().await?;
    let pieces = pieces(body);
    let pause = duration / u32::try_from(pieces.len()).unwrap_or(u32::MAX).max(1);
    for piece in pieces {
        tokio::time::sleep(pause).await;
        stream.write_all(piece).await?;
        // TLS keeps what it has not sent yet.
        stream.flush().await?;
    }
    Ok(())
}

/// Sends half of the body, then resets the connection.
async fn break_in_body(mut stream: Stream, head: &[u8], body: &[u8]) -> io::Result<()> {
    stream.write_all(&[head, &body[..body.len() / 2]].concat()).await?;
    stream.flush().await?;
    reset(&stream)?;
    Err(io::Error::other("the connection was reset in the middle of the body, as the rule asks"))
}

/// Sends all of it, and resets the connection when the merchant begins to answer: it has done its work by then.
async fn break_at_answer(mut stream: Stream, head: &[u8], body: &[u8]) -> io::Result<()> {
    stream.write_all(&[head, body].concat()).await?;
    stream.flush().await?;
    if stream.read(&mut [0]).await? == 0 {
        return Ok(());
    }
    reset(&stream)?;
    Err(io::Error::other("the connection was reset when the answer came, as the rule asks"))
}

/// Resets the connection: closing a socket that does not linger does that.
fn reset(stream: &Stream) -> io::Result<()> {
    stream.tcp().set_zero_linger()
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
