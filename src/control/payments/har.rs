//! HTTP Archive 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>), for the developer tools of browsers.

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::clock::{SignedDuration, Timestamp};
use crate::domain::{AttemptResult, Entry, EventKind, ExchangeText, Notification};
use crate::protocol::{FORM, USER_AGENT};

/// One request and its response.
struct Message<'a> {
    event: u64,
    started: Timestamp,
    took: SignedDuration,
    method: &'a str,
    url: String,
    /// A line `name: value` each.
    request_headers: String,
    request: &'a str,
    /// 0 where no response came.
    status: u16,
    response_headers: &'a str,
    response: &'a str,
    /// Why no response came.
    error: &'a str,
}

/// The archive of these events, oldest first. The gateway's address begins with `base`.
pub(super) fn har(entries: &[Entry], notifications: &[Notification], base: &str) -> Value {
    let mut messages: Vec<_> = entries.iter().filter_map(|entry| message(entry, notifications, base)).collect();
    // An attempt is recorded when it has ended.
    messages.sort_by_key(|message| message.started);
    archive(&messages.iter().map(Message::entry).collect::<Vec<_>>())
}

fn archive(entries: &[Value]) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({ "log": { "version": "1.2", "creator": { "name": "nicepay-sim", "version": version }, "entries": entries } })
}

pub(super) fn example() -> Value {
    archive(&[])
}

fn message<'a>(entry: &'a Entry, notifications: &'a [Notification], base: &str) -> Option<Message<'a>> {
    match &entry.event.kind {
        EventKind::Exchanged(exchange) => {
            Some(exchanged(entry, exchange.http_status.unwrap_or(0), entry.exchange.as_ref()?, base))
        }
        EventKind::NotificationAttempted { notification, attempt, sent_at, .. } => {
            let notification = notifications.iter().find(|known| known.id == *notification)?;
            attempted(entry, notification, *attempt, *sent_at)
        }
        _ => None,
    }
}

fn exchanged<'a>(entry: &Entry, status: u16, text: &'a ExchangeText, base: &str) -> Message<'a> {
    // The log has the target of a redirect in the place of the body; the headers have it, too.
    let is_redirect = (300..400).contains(&status);
    Message {
        event: entry.event.id,
        started: entry.event.at,
        took: SignedDuration::ZERO,
        method: &text.method,
        url: format!("{base}{}", text.target),
        request_headers: text.request_headers.clone(),
        request: &text.request,
        status,
        response_headers: &text.response_headers,
        response: if is_redirect { "" } else { &text.response },
        error: "",
    }
}

fn attempted<'a>(
    entry: &Entry,
    notification: &'a Notification,
    number: u32,
    sent_at: Timestamp,
) -> Option<Message<'a>> {
    let attempt = notification.attempts.iter().find(|attempt| attempt.number == number)?;
    let (status, response_headers, response, error) = match &attempt.result {
        AttemptResult::Responded { status, headers, body } => (*status, &**headers, &**body, ""),
        AttemptResult::Failed { error, .. } => (0, "", "", &**error),
        AttemptResult::Skipped { .. } => return None,
    };
    let body = notification.body.as_deref().unwrap_or_default();
    let content_type = notification.rule_plan.as_ref().and_then(|known| known.plan.content_type.as_deref());
    Some(Message {
        event: entry.event.id,
        started: sent_at,
        took: entry.event.at.duration_since(sent_at),
        method: "POST",
        url: notification.url.to_string(),
        request_headers: format!("content-type: {}\nuser-agent: {USER_AGENT}\n", content_type.unwrap_or(FORM)),
        request: body,
        status,
        response_headers,
        response,
        error,
    })
}

impl Message<'_> {
    fn entry(&self) -> Value {
        let wait = self.took.as_secs_f64().max(0.0) * 1_000.0;
        let mut entry = json!({
            "startedDateTime": self.started,
            "time": wait,
            "request": self.request(),
            "response": self.response(),
            "cache": {},
            "timings": { "send": 0, "wait": wait, "receive": 0 },
            "comment": format!("event {}", self.event),
        });
        if !self.error.is_empty() {
            entry["response"]["comment"] = self.error.into();
        }
        entry
    }

    fn request(&self) -> Value {
        let query = self.url.split('#').next().unwrap_or_default().split_once('?').map_or("", |(_, query)| query);
        let mut request = json!({
            "method": self.method,
            "url": self.url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers(&self.request_headers),
            "queryString": pairs(query),
            "headersSize": -1,
            "bodySize": self.request.len(),
        });
        if !self.request.is_empty() {
            let media_type = header(&self.request_headers, "content-type").unwrap_or_default();
            // `text` and `params` exclude each other, and browsers show `text`.
            request["postData"] = json!({ "mimeType": media_type, "params": [], "text": self.request });
        }
        request
    }

    fn response(&self) -> Value {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let media_type = header(self.response_headers, "content-type").unwrap_or("x-unknown");
        json!({
            "status": self.status,
            "statusText": reason.unwrap_or_default(),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers(self.response_headers),
            "content": { "size": self.response.len(), "mimeType": media_type, "text": self.response },
            "redirectURL": header(self.response_headers, "location").unwrap_or_default(),
            "headersSize": -1,
            "bodySize": self.response.len(),
        })
    }
}

/// The lines `name: value`.
fn lines(headers: &str) -> impl Iterator<Item = (&str, &str)> {
    headers.lines().filter_map(|line| line.split_once(": "))
}

fn header<'t>(headers: &'t str, name: &str) -> Option<&'t str> {
    lines(headers).find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn headers(headers: &str) -> Vec<Value> {
    lines(headers).map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn pairs(query: &str) -> Vec<Value> {
    form_urlencoded::parse(query.as_bytes()).map(|(name, value)| json!({ "name": name, "value": value })).collect()
}
