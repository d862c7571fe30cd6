//! Reading a request's body: all of it, but not more than a limit and not for ever.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;

/// How much, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The most bytes that a body may have.
    pub bytes: usize,
    /// How long its sender may take, by the wall clock.
    pub patience: Duration,
}

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is larger than the limit.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The sender went away, or its framing is wrong.
    Broken,
}

/// A body over the limit is read to its end, up to this many bytes, so that its sender gets to see the answer.
const DRAINED: usize = 16 * 1024 * 1024;

/// Reads a body.
pub async fn read(limits: BodyLimits, request: &HttpRequest, payload: Payload) -> Result<Bytes, BodyError> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()).and_then(|length| length.parse().ok());
    if announced == Some(0_usize) {
        return Ok(Bytes::new());
    }
    if announced.is_some_and(|length| length > DRAINED) {
        return Err(BodyError::TooLarge);
    }
    tokio::time::timeout(limits.patience, collect(limits.bytes, announced, payload))
        .await
        .unwrap_or(Err(BodyError::TooSlow))
}

async fn collect(most: usize, announced: Option<usize>, mut payload: Payload) -> Result<Bytes, BodyError> {
    let mut parts = BytesMut::new();
    let mut first: Option<Bytes> = None;
    let mut read = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        read += chunk.len();
        if read > most {
            if read > DRAINED {
                break;
            }
            continue;
        }
        match (&first, announced) {
            // The usual case: the whole body came in one piece, and is used where it lies.
            (None, Some(length)) if chunk.len() == length => return Ok(chunk),
            (None, _) if parts.is_empty() => first = Some(chunk),
            _ => {
                if let Some(first) = first.take() {
                    parts.extend_from_slice(&first);
                }
                parts.extend_from_slice(&chunk);
            }
        }
    }
    if read > most {
        return Err(BodyError::TooLarge);
    }
    Ok(first.unwrap_or_else(|| parts.freeze()))
}
