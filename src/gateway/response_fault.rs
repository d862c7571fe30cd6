//! A fault in a finished response.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;

use crate::engine::Breakage;

/// What a rule changes in a finished response.
#[derive(Debug)]
pub(super) struct ResponseFault {
    pub(super) rule: Arc<str>,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) broken: Option<Breakage>,
    pub(super) delay: Duration,
    pub(super) slow: Option<Duration>,
}

impl ResponseFault {
    /// What the client receives: the status, and the body or the redirect's target.
    pub(super) fn received<'a>(
        &self,
        status: StatusCode,
        location: Option<&'a str>,
        body: &'a [u8],
    ) -> (Option<StatusCode>, &'a [u8]) {
        let content = location.map_or(body, str::as_bytes);
        match self.broken {
            Some(Breakage::Reset | Breakage::Empty) => (None, &[]),
            Some(Breakage::Cut) if body.is_empty() => (None, &[]),
            Some(Breakage::Truncated | Breakage::Cut) if location.is_none() => (Some(status), &body[..body.len() / 2]),
            _ => (Some(status), content),
        }
    }
}
