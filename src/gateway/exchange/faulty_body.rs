//! How a response with a fault is written: late, slowly, in part, or not at all.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::{Instant, Sleep};

use super::response_fault::ResponseFault;
use crate::engine::{AfterResponse, Breakage};
use crate::gateway::Gateway;
use crate::sockets::Client;

/// The number of pieces in which a slow body is written.
const PIECE_COUNT: usize = 10;

impl Gateway {
    /// Sends a response with its fault.
    pub(in crate::gateway) async fn send_faulty(
        &self,
        request: &HttpRequest,
        fault: ResponseFault,
        head: HttpResponse<()>,
        body: Bytes,
        after_response: Option<AfterResponse>,
    ) -> HttpResponse {
        if !fault.delay.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(fault.delay) => {}
                () = Client::left(request).cancelled_owned() => {}
                () = self.stopping.cancelled() => {}
            }
        }
        if fault.broken == Some(Breakage::Reset)
            && let Some(client) = Client::of(request)
        {
            client.reset_at_end();
        }
        head.set_body(BoxBody::new(FaultyBody::new(&fault, body, after_response)))
    }
}

/// A body that is written slowly or in part.
struct FaultyBody {
    /// The announced length. When less comes, the HTTP library drops the connection at the end of the body at once, and
    /// never writes what it has not written by then, the head included.
    length: usize,
    remaining: Bytes,
    pace: Option<Pace>,
    /// Whether the written part has to be flushed before the end.
    flush: bool,
    /// Dropped with the body, whether it was written or not.
    _after_response: Option<AfterResponse>,
}

/// One piece after each interval.
struct Pace {
    interval: Duration,
    piece: usize,
    next: Pin<Box<Sleep>>,
}

impl FaultyBody {
    fn new(fault: &ResponseFault, body: Bytes, after_response: Option<AfterResponse>) -> Self {
        let half = body.slice(..body.len() / 2);
        let (length, remaining, flush) = match fault.broken {
            None => (body.len(), body, false),
            Some(Breakage::Truncated) => (half.len(), half, false),
            // A redirect has no body to cut: it does not come at all.
            Some(Breakage::Cut) if !body.is_empty() => (body.len(), half, true),
            Some(Breakage::Reset | Breakage::Empty | Breakage::Cut) => (1, Bytes::new(), false),
        };
        let pace = fault.slow.filter(|_| !remaining.is_empty()).map(|slow| Pace::new(slow, remaining.len()));
        Self { length, remaining, pace, flush, _after_response: after_response }
    }
}

impl Pace {
    fn new(slow: Duration, length: usize) -> Self {
        let piece = length.div_ceil(PIECE_COUNT);
        let pieces = u32::try_from(length.div_ceil(piece)).unwrap_or(1);
        let interval = slow / pieces;
        Self { interval, piece, next: Box::pin(tokio::time::sleep(interval)) }
    }
}

impl MessageBody for FaultyBody {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        if !this.remaining.is_empty() {
            let Some(pace) = &mut this.pace else { return Poll::Ready(Some(Ok(std::mem::take(&mut this.remaining)))) };
            ready!(pace.next.as_mut().poll(context));
            pace.next.as_mut().reset(Instant::now() + pace.interval);
            let piece = pace.piece.min(this.remaining.len());
            return Poll::Ready(Some(Ok(this.remaining.split_to(piece))));
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
            let fault =
                ResponseFault { rule: "r".into(), content_type: None, broken: None, delay: Duration::ZERO, slow };
            let mut wire = Box::pin(FaultyBody::new(&fault, vec![b'x'; length].into(), None));
            assert_eq!(wire.size(), BodySize::Sized(length as u64));
            let mut pieces = Vec::new();
            while let Some(piece) = poll_fn(|context| wire.as_mut().poll_next(context)).await {
                pieces.push(piece.unwrap().len());
            }
            assert_eq!((pieces.iter().sum(), pieces.len()), (length, most));
        }
    }
}
