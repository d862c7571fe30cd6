//! What a rule has left to do with an answer that is there: what happens to it on its way.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;

use crate::engine::Breakage;

/// What is left to be done when an answer is there: what happens to it on its way.
#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) rule: Arc<str>,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) broken: Option<Breakage>,
    pub(super) held_for: Duration,
    pub(super) slow: Option<Duration>,
}

impl Faulty {
    /// What of an answer reaches the wire: its status, and its body, or where it sends a browser.
    pub(super) fn seen<'a>(
        &self,
        status: StatusCode,
        location: Option<&'a str>,
        whole: &'a [u8],
    ) -> (Option<StatusCode>, &'a [u8]) {
        let shown = location.map_or(whole, str::as_bytes);
        match self.broken {
            Some(Breakage::Reset | Breakage::Empty) => (None, &[]),
            Some(Breakage::Cut) if whole.is_empty() => (None, &[]),
            Some(Breakage::Truncated | Breakage::Cut) if location.is_none() => {
                (Some(status), &whole[..whole.len() / 2])
            }
            _ => (Some(status), shown),
        }
    }
}
