//! JSON responses. A long list is written in small parts: each is read from the store when the client has taken the one
//! before, so a client that does not read costs no memory.

use std::convert::Infallible;
use std::iter::Fuse;

use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::stream;
use serde::Serialize;

/// A part of a list has a few more bytes than this. A shorter list is written at once, with its length.
const PART: usize = 32 * 1024;

/// Status 200 with `value` as JSON.
pub(crate) fn ok(value: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, value)
}

/// `value` as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    with_media_type(status, JSON, value)
}

/// Status 200 with `items` as a JSON array.
pub(crate) fn list<T: Serialize>(items: impl Iterator<Item = T> + 'static) -> HttpResponse {
    list_within("[", items, "]")
}

/// Status 200 with an array inside other JSON: `before` ends with its bracket, and `after` begins with the other one.
pub(crate) fn list_within<T: Serialize>(
    before: &str,
    items: impl Iterator<Item = T> + 'static,
    after: &str,
) -> HttpResponse {
    let mut parts = Parts { items: items.fuse(), is_first: true, after: after.to_owned() };
    let (text, is_whole) = parts.read(before.to_owned());
    if is_whole {
        return head(StatusCode::OK, JSON).body(text);
    }
    let rest = stream::unfold((parts, Some(text), false), async |(mut parts, first, has_ended)| {
        if has_ended {
            return None;
        }
        let (text, is_whole) = if let Some(first) = first {
            (first, false)
        } else {
            // A client that reads fast must not keep others waiting.
            tokio::task::yield_now().await;
            parts.read(String::new())
        };
        Some((Ok::<_, Infallible>(Bytes::from(text)), (parts, None, is_whole)))
    });
    head(StatusCode::OK, JSON).streaming(rest)
}

/// `value` as a kind of JSON. A value that cannot be serialized is logged, and answered with 500.
pub(super) fn with_media_type(status: StatusCode, media_type: &str, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => head(status, media_type).body(body),
        Err(error) => {
            tracing::error!(%error, "a response could not be serialized");
            HttpResponse::InternalServerError().finish()
        }
    }
}

const JSON: &str = "application/json";

fn head(status: StatusCode, media_type: &str) -> HttpResponseBuilder {
    let mut head = HttpResponse::build(status);
    head.insert_header((header::CONTENT_TYPE, media_type)).insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    head
}

/// What is left of a list.
struct Parts<I> {
    items: Fuse<I>,
    is_first: bool,
    after: String,
}

impl<T: Serialize, I: Iterator<Item = T>> Parts<I> {
    /// The next part, after `text`, and whether it is the last one.
    fn read(&mut self, mut text: String) -> (String, bool) {
        while text.len() < PART {
            let Some(item) = self.items.next() else {
                text.push_str(&self.after);
                return (text, true);
            };
            let item = match serde_json::to_string(&item) {
                Ok(item) => item,
                Err(error) => {
                    tracing::error!(%error, "an entry of a list could not be serialized, and is left out");
                    continue;
                }
            };
            if !std::mem::replace(&mut self.is_first, false) {
                text.push(',');
            }
            text.push_str(&item);
        }
        (text, false)
    }
}
