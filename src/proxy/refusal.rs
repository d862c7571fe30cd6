//! Requests that are refused, and their answer.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take. Until then, what the client still sends is read and thrown away: closing a connection
/// with unread bytes resets it, and the client would lose the answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    sentence: String,
}

impl Refusal {
    pub(super) fn new(status: u16, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    pub(super) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Sends the answer and closes the connection.
    pub(super) async fn answer(self, mut client: TcpStream) {
        let response = self.response();
        // The client may be gone; nobody else wants the answer.
        let _ = timeout(ANSWER_TIMEOUT, async {
            client.write_all(response.as_bytes()).await?;
            client.shutdown().await?;
            let mut rest = [0; 4096];
            while client.read(&mut rest).await? > 0 {}
            std::io::Result::Ok(())
        })
        .await;
    }

    fn response(&self) -> String {
        let Self { status, sentence } = self;
        let reason = match status {
            400 => "Bad Request",
            403 => "Forbidden",
            408 => "Request Timeout",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            _ => "Gateway Timeout",
        };
        let length = sentence.len() + 1;
        format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{sentence}\n"
        )
    }
}
