//! A fault in a finished response.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;

use crate::engine::Breakage;

/// What a rule changes in a finished response.
#[derive(Debug)]
pub(in crate::gateway) struct ResponseFault {
    pub(in crate::gateway) rule: Arc<str>,
    pub(in crate::gateway) content_type: Option<HeaderValue>,
    pub(in crate::gateway) broken: Option<Breakage>,
    pub(in crate::gateway) delay: Duration,
    pub(in crate::gateway) slow: Option<Duration>,
}

impl ResponseFault {
    /// What the client receives: the status, and the body or the redirect's target.
    pub(in crate::gateway) fn received<'a>(
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
