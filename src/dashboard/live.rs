//! `GET /__sim/live`: notifies an open page that it is out of date (Server-Sent Events). The page then reloads itself, so
//! HTML is rendered in one place, and many events need only one message.
//!
//! The stream is pulled, like the API's: a browser that does not read uses no memory.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header::{self, CacheControl, CacheDirective};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::Dashboard;
use crate::control::Slot;
use crate::domain::{Event, EventKind};
use crate::sockets::Client;
use crate::store::Filter;

/// The shortest time between two messages.
const MIN_INTERVAL: Duration = Duration::from_millis(250);
/// A comment is sent after this time without a message. It keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it reconnects.
const RETRY: Duration = Duration::from_millis(500);
/// The number of events that are read in one step: the log stays locked only that long.
const BATCH_SIZE: usize = 2_048;

/// One open page.
struct Subscription {
    dashboard: Data<Dashboard>,
    filter: Filter,
    resets: u64,
    /// What has happened since the last message.
    change: Change,
    sent_at: Option<Instant>,
    /// Cancelled when the page is closed.
    left: CancellationToken,
    _slot: Slot,
}

/// What has happened since the last message to a page.
#[derive(Default)]
struct Change {
    matching: u64,
    /// Events that were dropped from the log before they were read.
    missed: u64,
    reset: bool,
}

/// Whether an event changes the frame of every page: the clock, or errors in scenario files.
fn is_on_every_page(event: &Event) -> bool {
    use EventKind::{ClockMoved, ScenarioLoaded, ScenarioRefused};
    matches!(event.kind, ClockMoved { .. } | ScenarioLoaded { .. } | ScenarioRefused { .. })
}

/// Streams a message whenever the page is out of date.
pub(super) async fn stream(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let Some(slot) = dashboard.control.streams.try_take() else {
        return HttpResponse::ServiceUnavailable().body("too many open pages and streams (--max-streams)");
    };
    let log = dashboard.control.engine.store().log;
    let mut filter = Filter::default();
    let mut after = log.last();
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        match &*name {
            "after" => after = value.parse().unwrap_or(after),
            "iMid" => filter.i_mid = Some(value.into()),
            "referenceNo" => filter.reference_no = Some(value.into()),
            _ => {}
        }
    }
    let last = request.headers().get("Last-Event-ID").and_then(|id| id.to_str().ok()?.parse().ok());
    filter.after = last.unwrap_or(after);
    if filter.after > log.last() {
        // The page was rendered by another run of the simulator.
        filter.after = 0;
    }
    let dashboard = dashboard.clone();
    let resets = log.resets();
    let left = Client::left(&request);
    let subscription =
        Subscription { filter, resets, change: Change::default(), sent_at: None, left, _slot: slot, dashboard };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header(CacheControl(vec![CacheDirective::NoStore]))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(stream::unfold(subscription, Subscription::next))
}

impl Subscription {
    /// The next piece of the stream; none when the simulator stops or the page is closed.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let dashboard = self.dashboard.clone();
        let (stopping, left) = (&dashboard.control.stopping, self.left.clone());
        if stopping.is_cancelled() {
            return None;
        }
        if self.sent_at.is_none() {
            self.read_log();
            let first = format!("retry: {}\n{}", RETRY.as_millis(), self.message());
            return Some((Ok(first.into()), self));
        }
        let news = tokio::select! {
            biased;
            () = stopping.cancelled() => return None,
            () = left.cancelled() => return None,
            () = self.wait_for_news() => true,
            () = tokio::time::sleep(KEEP_ALIVE) => false,
        };
        let piece = if news { self.message() } else { ": still here\n\n".to_owned() };
        Some((Ok(Bytes::from(piece)), self))
    }

    /// Waits until the page is out of date, and until the next message is allowed.
    async fn wait_for_news(&mut self) {
        let dashboard = self.dashboard.clone();
        let log = dashboard.control.engine.store().log;
        loop {
            let version = log.version();
            self.read_log();
            if self.change.matching > 0 || self.change.reset {
                if let Some(sent_at) = self.sent_at {
                    tokio::time::sleep_until(sent_at + MIN_INTERVAL).await;
                }
                self.read_log();
                return;
            }
            log.changed_since(version).await;
            tokio::task::yield_now().await;
        }
    }

    /// Adds what has happened since the last call.
    fn read_log(&mut self) {
        let log = self.dashboard.control.engine.store().log;
        let resets = log.resets();
        self.change.reset |= std::mem::replace(&mut self.resets, resets) != resets;
        let end = log.last();
        while self.filter.after < end {
            let news = log.count_new(&self.filter, BATCH_SIZE, is_on_every_page);
            self.change.matching += news.matching;
            self.change.missed += news.dropped;
            self.filter.after = news.upto;
        }
    }

    fn message(&mut self) -> String {
        let change = std::mem::take(&mut self.change);
        self.sent_at = Some(Instant::now());
        let upto = self.filter.after;
        let data = json!({
            "run": self.dashboard.run.to_string(),
            "upto": upto,
            "matching": change.matching,
            "gone": change.missed,
            "reset": change.reset,
        });
        format!("id: {upto}\ndata: {data}\n\n")
    }
}
