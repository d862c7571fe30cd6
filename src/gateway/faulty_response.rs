//! How a faulty answer goes over the wire: late, slowly, in part, or not at all.

use std::any::Any;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Extensions;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, Sleep};

use super::Gateway;
use super::faulty::Faulty;
use crate::engine::{Breakage, Release};

/// In how many pieces a slow body comes.
const PIECES: usize = 10;

/// A second handle of a connection's socket.
///
/// Whoever answers a request has no way to the socket that it came over, which belongs to the HTTP library; and only a
/// socket whose lingering is switched off is closed with a reset. So each connection gets a handle for that when it is
/// made: a rule can order a reset at any time, also on connections that were there before it. It goes when the
/// connection does, and costs a descriptor and about a microsecond.
struct Connection(TcpSocket);

/// Called for every new connection, with a place to keep things that belong to it.
pub fn keep_connection(io: &dyn Any, kept: &mut Extensions) {
    let stream = io.downcast_ref::<TcpStream>();
    // No handle is left when all descriptors are used up: a reset is then only a close.
    if let Some(Ok(handle)) = stream.map(|stream| stream.as_fd().try_clone_to_owned()) {
        kept.insert(Connection(TcpSocket::from_std_stream(handle.into())));
    }
}

impl Gateway {
    /// Sends an answer as its fault has it.
    pub(super) async fn send_faulty(
        &self,
        request: &HttpRequest,
        fault: Faulty,
        head: HttpResponse<()>,
        whole: Bytes,
        release: Option<Release>,
    ) -> HttpResponse {
        if !fault.held_for.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(fault.held_for) => {}
                () = self.stopping.cancelled() => {}
            }
        }
        if fault.broken == Some(Breakage::Reset)
            && let Some(Connection(socket)) = request.conn_data()
            && let Err(error) = socket.set_zero_linger()
        {
            tracing::warn!(%error, "a connection is closed that was to be reset");
        }
        head.set_body(BoxBody::new(Wire::new(&fault, whole, release)))
    }
}

/// A body on its way.
struct Wire {
    /// As announced. Where less comes, the HTTP library gives the connection up when the body ends: at once, and what
    /// it has not written by then, the head included, is never written.
    length: usize,
    left: Bytes,
    pace: Option<Pace>,
    /// Whether what came before the end has to be written first.
    flush: bool,
    /// Dropped with the body, whether it was written or not.
    _release: Option<Release>,
}

/// A piece every so often.
struct Pace {
    every: Duration,
    piece: usize,
    next: Pin<Box<Sleep>>,
}

impl Wire {
    fn new(fault: &Faulty, whole: Bytes, release: Option<Release>) -> Self {
        let half = whole.slice(..whole.len() / 2);
        let (length, left, flush) = match fault.broken {
            None => (whole.len(), whole, false),
            Some(Breakage::Truncated) => (half.len(), half, false),
            // Of a redirect there is no middle: it does not come at all.
            Some(Breakage::Cut) if !whole.is_empty() => (whole.len(), half, true),
            Some(Breakage::Reset | Breakage::Empty | Breakage::Cut) => (1, Bytes::new(), false),
        };
        let pace = fault.slow.filter(|_| !left.is_empty()).map(|slow| Pace::of(slow, left.len()));
        Self { length, left, pace, flush, _release: release }
    }
}

impl Pace {
    fn of(slow: Duration, length: usize) -> Self {
        let piece = length.div_ceil(PIECES);
        let pieces = u32::try_from(length.div_ceil(piece)).unwrap_or(1);
        let every = slow / pieces;
        Self { every, piece, next: Box::pin(tokio::time::sleep(every)) }
    }
}

impl MessageBody for Wire {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        if !this.left.is_empty() {
            let Some(pace) = &mut this.pace else { return Poll::Ready(Some(Ok(std::mem::take(&mut this.left)))) };
            ready!(pace.next.as_mut().poll(context));
            pace.next.as_mut().reset(Instant::now() + pace.every);
            let piece = pace.piece.min(this.left.len());
            return Poll::Ready(Some(Ok(this.left.split_to(piece))));
        }
        if std::mem::take(&mut this.flush) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn a_slow_body_comes_in_pieces() {
        for (length, most) in [(1, 1), (9, 9), (10, 10), (95, 10), (10_000, 10)] {
            let slow = Some(Duration::from_millis(10));
            let fault = Faulty { rule: "r".into(), content_type: None, broken: None, held_for: Duration::ZERO, slow };
            let mut wire = Box::pin(Wire::new(&fault, vec![b'x'; length].into(), None));
            assert_eq!(wire.size(), BodySize::Sized(length as u64));
            let mut pieces = Vec::new();
            while let Some(piece) = poll_fn(|context| wire.as_mut().poll_next(context)).await {
                pieces.push(piece.unwrap().len());
            }
            assert_eq!((pieces.iter().sum(), pieces.len()), (length, most));
        }
    }
}
