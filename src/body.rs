//! Reading a request's body, within limits of size and time.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;

/// The limits of a request's body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The maximum size in bytes.
    pub bytes: usize,
    /// How long the sender may take, by the wall clock.
    pub timeout: Duration,
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is larger than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The sender disconnected, or the framing is wrong.
    #[error("the body is broken")]
    Broken,
}

/// A body over the limit is read up to this many bytes, because its sender only then reads the response.
const MAX_DRAINED: usize = 16 * 1024 * 1024;

/// Reads a body.
pub async fn read(limits: BodyLimits, request: &HttpRequest, payload: Payload) -> Result<Bytes, BodyError> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()).and_then(|length| length.parse().ok());
    if announced == Some(0_usize) {
        return Ok(Bytes::new());
    }
    if announced.is_some_and(|length| length > MAX_DRAINED) {
        return Err(BodyError::TooLarge);
    }
    tokio::time::timeout(limits.timeout, collect(limits.bytes, announced, payload))
        .await
        .unwrap_or(Err(BodyError::TooSlow))
}

async fn collect(max: usize, announced: Option<usize>, mut payload: Payload) -> Result<Bytes, BodyError> {
    let mut parts = BytesMut::new();
    let mut first: Option<Bytes> = None;
    let mut read = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        read += chunk.len();
        if read > max {
            if read > MAX_DRAINED {
                break;
            }
            continue;
        }
        match (&first, announced) {
            // The usual case: the whole body came in one piece, and is used without a copy.
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
    if read > max {
        return Err(BodyError::TooLarge);
    }
    Ok(first.unwrap_or_else(|| parts.freeze()))
}
