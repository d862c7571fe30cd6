//! A tunnel: what one side sends, the other gets.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// How long a tunnel may last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Without a byte that moves.
    pub(super) idle: Duration,
    /// Without a byte that the client takes, while there is something for it.
    pub(super) stuck: Duration,
}

/// Carries bytes in both directions until both sides have ended, or until a limit is reached. `first` goes to the other
/// side before what the client sends; `established` tells the client that its tunnel is open.
pub(super) async fn run(client: TcpStream, mut other: TcpStream, first: &[u8], established: bool, limits: Limits) {
    // Each side has decided itself which bytes belong together. Without the option the tunnel is only slower.
    let _ = client.set_nodelay(true).and_then(|()| other.set_nodelay(true));
    let activity = Activity { start: Instant::now(), last: AtomicU64::new(0), stuck: AtomicU64::new(NOT_STUCK) };
    let mut client = Watched { stream: client, activity: &activity };
    let carry = async {
        if established {
            client.write_all(ESTABLISHED).await?;
        }
        other.write_all(first).await?;
        copy_bidirectional(&mut client, &mut other).await
    };
    tokio::select! {
        ended = carry => match ended {
            Ok((sent, received)) => tracing::debug!("proxy: a tunnel ended; {sent} bytes there, {received} back"),
            Err(error) => tracing::debug!("proxy: a tunnel broke: {error}"),
        },
        () = activity.idle_for(limits.idle) => tracing::debug!("proxy: a tunnel is closed, for nothing moves in it"),
        () = activity.stuck_for(limits.stuck) => tracing::debug!("proxy: a tunnel is closed, for its client does not read"),
    }
}

/// When something moved.
struct Activity {
    start: Instant,
    /// Milliseconds after the start.
    last: AtomicU64,
    /// Since when the client takes nothing, in milliseconds after the start.
    stuck: AtomicU64,
}

const NOT_STUCK: u64 = u64::MAX;

impl Activity {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(NOT_STUCK - 1)
    }

    fn note(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
    }

    fn note_written(&self, has_taken: bool) {
        if has_taken {
            self.stuck.store(NOT_STUCK, Ordering::Relaxed);
            self.note();
        } else {
            self.stuck.fetch_min(self.now(), Ordering::Relaxed);
        }
    }

    /// Completes when the client has taken nothing for so long.
    async fn stuck_for(&self, timeout: Duration) {
        loop {
            let since = self.stuck.load(Ordering::Relaxed);
            let passed = if since == NOT_STUCK { 0 } else { self.now().saturating_sub(since) };
            match timeout.checked_sub(Duration::from_millis(passed)) {
                Some(left) if !left.is_zero() => sleep(left).await,
                _ => return,
            }
        }
    }

    /// Completes when nothing has moved for so long.
    async fn idle_for(&self, timeout: Duration) {
        loop {
            let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
            let quiet = self.start.elapsed().saturating_sub(last);
            match timeout.checked_sub(quiet) {
                Some(left) if !left.is_zero() => sleep(left).await,
                _ => return,
            }
        }
    }
}

/// The client's side: whatever moves in a tunnel, in either direction, is read from it or written to it.
struct Watched<'a> {
    stream: TcpStream,
    activity: &'a Activity,
}

impl AsyncRead for Watched<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if result.is_ready() {
            self.activity.note();
        }
        result
    }
}

impl AsyncWrite for Watched<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.activity.note_written(result.is_ready());
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
