//! A connection of which every byte is seen.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;

/// Nothing takes that long: whoever waits longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// A connection, plain or over TLS.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn diagnosis(&self) -> Option<&str> {
        self.header("x-sim-diagnosis")?.split(':').next()
    }
}

impl Wire {
    /// Sends bytes. A server that has closed the connection meanwhile does not take them: false.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        match self {
            Self::Plain(stream) => stream.write_all(bytes.as_ref()).is_ok(),
            Self::Tls(stream) => stream.write_all(bytes.as_ref()).and_then(|()| stream.flush()).is_ok(),
        }
    }

    /// Says that nothing more comes.
    pub(crate) fn close_write(&mut self) {
        // The server may have closed the connection already.
        let _ = match self {
            Self::Plain(stream) => stream.shutdown(Shutdown::Write),
            Self::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush()
            }
        };
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }

    fn read_some(&mut self, bytes: &mut Vec<u8>) -> Result<usize, ErrorKind> {
        let mut some = [0; 16 * 1024];
        let read = match self {
            Self::Plain(stream) => stream.read(&mut some),
            Self::Tls(stream) => stream.read(&mut some),
        };
        read.inspect(|length| bytes.extend_from_slice(&some[..*length])).map_err(|error| error.kind())
    }

    /// Everything until the server closes the connection.
    #[track_caller]
    pub(crate) fn read_to_end(&mut self) -> String {
        let mut bytes = Vec::new();
        loop {
            match self.read_some(&mut bytes) {
                Ok(0) => break,
                Ok(_) => {}
                Err(kind) if is_late(kind) => {
                    let begin = String::from_utf8_lossy(&bytes[..bytes.len().min(500)]);
                    panic!("it stays open after {} bytes: {begin:?}", bytes.len())
                }
                Err(_) => break,
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The next answer with a `Content-Length`; none where the connection ends without one.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let mut bytes = Vec::new();
        loop {
            if let Some(answer) = parse(&bytes) {
                return Some(answer);
            }
            match self.read_some(&mut bytes) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(kind) if is_late(kind) => {
                    panic!("no answer, and no end, after {:?}", String::from_utf8_lossy(&bytes))
                }
                Err(_) => return None,
            }
        }
    }

    /// Whether something comes in time.
    pub(crate) fn answers_within(&mut self, time: Duration) -> bool {
        self.socket().set_read_timeout(Some(time)).unwrap();
        let is_late = self.socket().peek(&mut [0]).is_err_and(|error| is_late(error.kind()));
        self.socket().set_read_timeout(Some(PATIENCE)).unwrap();
        !is_late
    }

    /// Whether the server has closed the connection. What it sent before is lost.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.socket().set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let is_closed = loop {
            match self.read_some(&mut Vec::new()) {
                Ok(0) => break true,
                Ok(_) => {}
                Err(kind) => break !is_late(kind),
            }
        };
        self.socket().set_read_timeout(Some(PATIENCE)).unwrap();
        is_closed
    }

    /// Sends `drip` again and again, and returns when the server has closed the connection for good: it neither reads nor
    /// waits any more. Panics if that is not within `limit`.
    #[track_caller]
    pub(crate) fn drips_until_closed(&mut self, drip: &str, limit: Duration) {
        let begin = Instant::now();
        let pause = Duration::from_millis(20);
        self.socket().set_read_timeout(Some(pause)).unwrap();
        let mut bytes = Vec::new();
        while self.send(drip) {
            // What comes is an answer or the end of the server's side. A reset shows that it is gone.
            match self.read_some(&mut bytes) {
                Err(kind) if !is_late(kind) => break,
                Ok(0) => self.socket().peek(&mut [0]).map_or((), |_| pause_for(pause)),
                _ => {}
            }
            assert!(begin.elapsed() < limit, "open after {limit:?}, and {:?}", String::from_utf8_lossy(&bytes));
        }
        self.socket().set_read_timeout(Some(PATIENCE)).unwrap();
    }
}

/// Waits without a sleep: for a message that nobody sends.
fn pause_for(pause: Duration) {
    let (_sender, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(pause);
}

fn is_late(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut answer = Answer { status: status.unwrap_or_else(|| panic!("{head}")), head, body: String::new() };
    let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
    let body = bytes.get(end + 4..end + 4 + length)?;
    answer.body = String::from_utf8(body.to_vec()).unwrap();
    Some(answer)
}
