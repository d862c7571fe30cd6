//! The stream of a connection. It ends the connection when a deadline has passed, when the last response is written, and
//! when its place is needed.
//!
//! The HTTP library flushes at the end of every step of a connection. There this stream sees what the connection does:
//! it answers a request, or it waits for one, or a part of one has come.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant, Sleep, sleep_until};

use super::client::Client;
use super::open_clients::OpenClient;

/// How long a connection may last in each state.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// From the first byte of a request to the end of its head, and from the connect to the first request.
    pub head: Duration,
    /// From a response to the next request.
    pub idle: Duration,
    /// Without a byte that the client takes, while there is something to write.
    pub write: Duration,
}

/// How long, and up to how many bytes, a connection that is closed is still read: a socket that is closed with unread bytes
/// resets the connection, and the client may lose the response.
const LINGER: Duration = Duration::from_secs(2);
const MAX_LINGER_BYTES: usize = 16 * 1024 * 1024;

const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A stream over TCP.
pub trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// The socket below.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// A stream with deadlines.
#[derive(Debug)]
pub struct GuardedStream<S: Socket> {
    stream: S,
    client: OpenClient,
    deadlines: Deadlines,
    /// Made when the connection first waits, and set again only for an earlier deadline or when it has fired: most
    /// requests never touch it.
    timer: Option<Pin<Box<Sleep>>>,
    /// [`Client::changes`] at the last look.
    seen: u32,
    /// Whether something was read since then.
    has_received: bool,
    /// When a head was first seen in part.
    head_since: Option<Instant>,
    /// Since when the client has not taken a byte.
    stuck_since: Option<Instant>,
    closing: Option<Closing>,
}

#[derive(Debug)]
struct Closing {
    until: Instant,
    is_shut: bool,
    read: usize,
}

impl<S: Socket> GuardedStream<S> {
    /// Guards a stream.
    pub fn new(stream: S, client: OpenClient, deadlines: Deadlines) -> Self {
        Self {
            stream,
            client,
            deadlines,
            timer: None,
            seen: 0,
            has_received: false,
            head_since: None,
            stuck_since: None,
            closing: None,
        }
    }

    /// What the requests of this connection share with it.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The stream that is guarded.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Wakes the task not later than at `due`.
    fn wake_at(&mut self, due: Instant, cx: &mut Context<'_>) {
        let timer = match &mut self.timer {
            Some(timer) if !timer.is_elapsed() && timer.deadline() <= due => return,
            Some(timer) => {
                timer.as_mut().reset(due);
                timer
            }
            none => none.insert(Box::pin(sleep_until(due))),
        };
        if timer.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    fn has_timer_fired(&self) -> bool {
        self.timer.as_ref().is_none_or(|timer| timer.is_elapsed())
    }

    /// Called when the client takes nothing.
    fn poll_stuck<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let due = *self.stuck_since.get_or_insert_with(Instant::now) + self.deadlines.write;
        if self.has_timer_fired() && Instant::now() >= due {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.wake_at(due, cx);
        Poll::Pending
    }

    /// Called when all is written.
    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let changes = self.client.changes();
        if changes != self.seen || self.client.is_answering() {
            self.seen = changes;
            // A body, or the begin of the next head.
            self.has_received = false;
            self.head_since = None;
        }
        if self.client.is_answering() {
            return Poll::Ready(Ok(()));
        }
        if self.client.has_ended() {
            return self.poll_end(cx);
        }
        self.client.waker.register(cx.waker());
        if self.client.is_told_to_close() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if self.has_received && self.head_since.is_none() {
            self.head_since = Some(Instant::now());
        } else if !self.has_timer_fired() {
            return Poll::Ready(Ok(()));
        }
        let due = match self.head_since {
            _ if changes == 0 => self.client.opened + self.deadlines.head,
            Some(since) => since + self.deadlines.head,
            None => self.client.idle_since() + self.deadlines.idle,
        };
        if Instant::now() < due {
            self.wake_at(due, cx);
            return Poll::Ready(Ok(()));
        }
        if self.head_since.is_some() {
            // Whoever does not take these few bytes gets no answer.
            let _ = Pin::new(&mut self.stream).poll_write(cx, TOO_SLOW);
        }
        self.poll_end(cx)
    }

    /// Closes the connection, and then ends it with an error: the HTTP library does nothing more.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_close(cx));
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    /// Closes the side of the server, and reads what the client still sends.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = LINGER.min(self.deadlines.write);
        let closing =
            self.closing.get_or_insert_with(|| Closing { until: Instant::now() + linger, is_shut: false, read: 0 });
        self.client.waker.register(cx.waker());
        if self.client.is_told_to_close() || Instant::now() >= closing.until {
            return Poll::Ready(());
        }
        let until = closing.until;
        if closing.poll(&mut self.stream, cx).is_pending() {
            self.wake_at(until, cx);
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl Closing {
    fn poll(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_shut {
            if ready!(Pin::new(&mut *stream).poll_shutdown(cx)).is_err() {
                return Poll::Ready(());
            }
            self.is_shut = true;
        }
        let mut ignored = [0; 4096];
        while self.read < MAX_LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut ignored);
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
            self.read += buffer.filled().len();
        }
        Poll::Ready(())
    }
}

impl<S: Socket> AsyncRead for GuardedStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_some() {
            // Reading goes on while it is closed; the HTTP library must not get it.
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut this.stream).poll_read(cx, buffer));
        if read.is_ok() && buffer.filled().len() > before {
            this.has_received = true;
        } else {
            this.client.has_left();
        }
        Poll::Ready(read)
    }
}

impl<S: Socket> AsyncWrite for GuardedStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.closing.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        match Pin::new(&mut this.stream).poll_write(cx, bytes) {
            Poll::Pending => this.poll_stuck(cx),
            written @ Poll::Ready(_) => {
                this.stuck_since = None;
                written
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_some() {
            return this.poll_end(cx);
        }
        match Pin::new(&mut this.stream).poll_flush(cx) {
            Poll::Pending => this.poll_stuck(cx),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {
                this.stuck_since = None;
                this.poll_written(cx)
            }
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_close(cx).map(Ok)
    }
}

impl<S: Socket> Drop for GuardedStream<S> {
    fn drop(&mut self) {
        if self.client.resets()
            && let Err(error) = self.stream.tcp().set_zero_linger()
        {
            tracing::warn!(%error, "cannot reset a connection; it is closed instead");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::super::OpenClients;
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);

    async fn connected(deadlines: Deadlines) -> (GuardedStream<TcpStream>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), async {
            listener.accept().await.unwrap()
        });
        let client_of = OpenClients::new(1).enter().unwrap();
        (GuardedStream::new(accepted.0, client_of, deadlines), client.unwrap())
    }

    /// What the HTTP library does in each step, without a request: it reads, and it flushes. Returns the error at the end.
    async fn drive(stream: &mut GuardedStream<TcpStream>) -> io::ErrorKind {
        poll_fn(|cx| {
            let mut bytes = [0; 1024];
            let _ = Pin::new(&mut *stream).poll_read(cx, &mut ReadBuf::new(&mut bytes));
            match Pin::new(&mut *stream).poll_flush(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(error.kind()),
                _ => Poll::Pending,
            }
        })
        .await
    }

    #[tokio::test]
    async fn an_idle_connection_ends() {
        let (mut stream, mut client) = connected(Deadlines { head: LONG, idle: SHORT, write: LONG }).await;
        drop(stream.client().begin(false).unwrap());
        let ended = tokio::spawn(async move { drive(&mut stream).await });
        let mut said = Vec::new();
        client.read_to_end(&mut said).await.unwrap();
        assert!(said.is_empty(), "there is nothing to answer");
        drop(client);
        assert_eq!(ended.await.unwrap(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_request_that_is_answered_has_no_deadline_and_half_a_head_has_one() {
        let (mut stream, mut client) = connected(Deadlines { head: SHORT, idle: LONG, write: LONG }).await;
        let answering = stream.client().begin(false).unwrap();
        client.write_all(b"the rest of a body").await.unwrap();
        let in_time = tokio::time::timeout(SHORT * 4, drive(&mut stream)).await;
        assert!(in_time.is_err(), "{in_time:?}");
        drop(answering);
        client.write_all(b"GET").await.unwrap();
        let ended = tokio::spawn(async move { drive(&mut stream).await });
        let mut said = String::new();
        client.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
        drop(client);
        assert_eq!(ended.await.unwrap(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_let_go() {
        let (mut stream, client) = connected(Deadlines { head: LONG, idle: LONG, write: SHORT }).await;
        let _answering = stream.client().begin(false).unwrap();
        let bytes = vec![b'x'; 64 * 1024];
        let error = loop {
            if let Err(error) = stream.write_all(&bytes).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(client);
    }
}
