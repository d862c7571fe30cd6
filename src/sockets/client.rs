//! What the stream of a connection, its requests, and the list of open connections know of it together.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::Poll;

use actix_web::HttpRequest;
use futures_util::task::AtomicWaker;
use tokio::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// One connection of a client.
#[derive(Debug)]
pub struct Client {
    pub(super) opened: Instant,
    /// Grows by one when a request begins and when its response is written: odd while one is answered. Only the thread
    /// of the connection changes it.
    changes: AtomicU32,
    /// When the last response was written, in microseconds after `opened`.
    idle_since: AtomicU64,
    /// The request that is answered is the last one of this connection.
    is_last: AtomicBool,
    is_told_to_close: AtomicBool,
    resets: AtomicBool,
    left: CancellationToken,
    /// Of the connection's task, while it waits for a request.
    pub(super) waker: AtomicWaker,
}

impl Client {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            changes: AtomicU32::new(0),
            idle_since: AtomicU64::new(0),
            is_last: AtomicBool::new(false),
            is_told_to_close: AtomicBool::new(false),
            resets: AtomicBool::new(false),
            left: CancellationToken::new(),
            waker: AtomicWaker::new(),
        }
    }

    /// The client that sent a request; none in a unit test.
    pub fn of(request: &HttpRequest) -> Option<&Arc<Self>> {
        request.conn_data()
    }

    /// Cancelled when the client that sent a request has closed its side of the connection.
    pub fn left(request: &HttpRequest) -> CancellationToken {
        Self::of(request).map_or_else(CancellationToken::new, |client| client.left.clone())
    }

    /// Begins to answer a request. None after the last request of the connection: what follows it must not be answered.
    pub fn begin(self: &Arc<Self>, is_last: bool) -> Option<Answering> {
        if self.is_last.load(Ordering::Relaxed) {
            return None;
        }
        self.is_last.store(is_last, Ordering::Relaxed);
        self.changes.store(self.changes() + 1, Ordering::Release);
        Some(Answering(Arc::clone(self)))
    }

    /// The connection is reset when it ends, instead of closed.
    pub fn reset_at_end(&self) {
        self.resets.store(true, Ordering::Relaxed);
    }

    pub(super) fn resets(&self) -> bool {
        self.resets.load(Ordering::Relaxed)
    }

    pub(super) fn changes(&self) -> u32 {
        self.changes.load(Ordering::Acquire)
    }

    pub(super) fn is_answering(&self) -> bool {
        self.changes() % 2 == 1
    }

    pub(super) fn idle_since(&self) -> Instant {
        self.opened + Duration::from_micros(self.idle_since.load(Ordering::Relaxed))
    }

    /// Whether nothing may be read any more.
    pub(super) fn has_ended(&self) -> bool {
        self.is_last.load(Ordering::Relaxed) && !self.is_answering()
    }

    pub(super) fn has_left(&self) {
        self.left.cancel();
    }

    pub(super) fn tell_to_close(&self) {
        self.is_told_to_close.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(super) fn is_told_to_close(&self) -> bool {
        self.is_told_to_close.load(Ordering::Acquire)
    }

    /// Completes when the place of this connection is needed for another one.
    pub async fn told_to_close(&self) {
        poll_fn(|cx| {
            self.waker.register(cx.waker());
            if self.is_told_to_close() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// A request that is answered, until its response is written and this is dropped.
#[derive(Debug)]
pub struct Answering(Arc<Client>);

impl Drop for Answering {
    fn drop(&mut self) {
        let Self(client) = self;
        let idle_since = u64::try_from(client.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        client.idle_since.store(idle_since, Ordering::Relaxed);
        client.changes.store(client.changes() + 1, Ordering::Release);
    }
}
