//! `GET /__sim/live`: says what is new (Server-Sent Events), so that open pages reload themselves. HTML is rendered in one
//! place, and many events need only one message.
//!
//! All pages of a browser share one stream, so a message says which orders changed, and each page decides whether it is
//! out of date. The stream reads the log; writers of the log do nothing for it. It is pulled, like the API's: a browser
//! that does not read uses no memory.

use std::collections::BTreeSet;
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
use super::failed_checks::Changes;
use crate::control::Slot;
use crate::domain::{Event, EventKind, IMid, ReferenceNo};
use crate::sockets::Client;

/// The shortest time between two messages.
const MIN_INTERVAL: Duration = Duration::from_millis(250);
/// A comment is sent after this time without a message. It keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it reconnects.
const RETRY: Duration = Duration::from_millis(500);
/// The number of events that are read in one step: the log stays locked only that long.
const BATCH_SIZE: usize = 2_048;
/// The number of orders and merchants that a message names. With more, any may have changed.
const MAX_TOUCHED: usize = 64;

/// One open stream.
struct Subscription {
    dashboard: Data<Dashboard>,
    /// The last event that was read.
    after: u64,
    /// The number of resets at the last message.
    resets: u64,
    /// What has happened since the last message.
    change: Change,
    sent_at: Option<Instant>,
    /// The number of failed checks at the last message, and what hears of another one.
    failed: usize,
    changes: Changes,
    /// Cancelled when the browser has left.
    left: CancellationToken,
    _slot: Slot,
}

/// What has happened since the last message.
#[derive(Default)]
struct Change {
    events: u64,
    /// Events that were dropped from the log before they were read.
    dropped: u64,
    /// Whether every page is out of date.
    everywhere: bool,
    /// The merchants and orders that changed, at most one more than a message names.
    touched: BTreeSet<(IMid, Option<ReferenceNo>)>,
}

impl Change {
    fn add(&mut self, event: &Event) {
        self.events += 1;
        self.everywhere |= is_on_every_page(event);
        if let Some(i_mid) = &event.i_mid
            && self.touched.len() <= MAX_TOUCHED
        {
            self.touched.insert((i_mid.clone(), event.reference_no.clone()));
        }
    }
}

/// Whether an event changes the frame of every page: the clock, or errors in scenario files.
fn is_on_every_page(event: &Event) -> bool {
    use EventKind::{ClockMoved, ScenarioLoaded, ScenarioRefused};
    matches!(event.kind, ClockMoved { .. } | ScenarioLoaded { .. } | ScenarioRefused { .. })
}

/// Streams a message at once, and whenever something is new.
pub(super) async fn stream(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let Some(slot) = dashboard.control.streams.try_take() else {
        return HttpResponse::ServiceUnavailable().body("too many open pages and streams (--max-streams)");
    };
    let log = dashboard.control.engine.store().log;
    let query = form_urlencoded::parse(request.query_string().as_bytes());
    let asked = query.filter(|(name, _)| name == "after").find_map(|(_, value)| value.parse().ok());
    let last = request.headers().get("Last-Event-ID").and_then(|id| id.to_str().ok()?.parse().ok());
    let newest = log.last();
    let after = last.or(asked).unwrap_or(newest);
    let subscription = Subscription {
        // A later event is one of another run of the simulator.
        after: if after > newest { 0 } else { after },
        resets: log.resets(),
        change: Change::default(),
        sent_at: None,
        failed: 0,
        changes: dashboard.failed_checks.changes(),
        left: Client::left(&request),
        _slot: slot,
        dashboard: dashboard.clone(),
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header(CacheControl(vec![CacheDirective::NoStore]))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(stream::unfold(subscription, Subscription::next))
}

impl Subscription {
    /// The next piece of the stream; none when the simulator stops or the browser has left.
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

    /// Waits until there is something new, and until the next message is allowed.
    async fn wait_for_news(&mut self) {
        let dashboard = self.dashboard.clone();
        let log = dashboard.control.engine.store().log;
        loop {
            let version = log.version();
            self.read_log();
            if self.change.events > 0 || log.resets() != self.resets || dashboard.failed_checks() != self.failed {
                if let Some(sent_at) = self.sent_at {
                    tokio::time::sleep_until(sent_at + MIN_INTERVAL).await;
                }
                self.read_log();
                return;
            }
            tokio::select! {
                () = log.changed_since(version) => {}
                () = self.changes.next() => {}
            }
            tokio::task::yield_now().await;
        }
    }

    /// Adds what has happened since the last call.
    fn read_log(&mut self) {
        let log = self.dashboard.control.engine.store().log;
        let end = log.last();
        while self.after < end {
            let news = log.visit_new(self.after, BATCH_SIZE, |event| self.change.add(event));
            self.change.dropped += news.dropped;
            self.after = news.upto;
        }
    }

    fn message(&mut self) -> String {
        let engine = &self.dashboard.control.engine;
        let change = std::mem::take(&mut self.change);
        self.sent_at = Some(Instant::now());
        self.resets = engine.store().log.resets();
        self.failed = self.dashboard.failed_checks();
        let touched = (change.touched.len() <= MAX_TOUCHED).then(|| {
            let shown = |(i_mid, reference_no)| (engine.shown(i_mid), engine.shown(reference_no));
            change.touched.into_iter().map(shown).collect::<Vec<(IMid, Option<ReferenceNo>)>>()
        });
        let upto = self.after;
        let data = json!({
            "run": self.dashboard.run.to_string(),
            "upto": upto,
            "resets": self.resets,
            "failed": self.failed,
            "events": change.events,
            "everywhere": change.everywhere,
            "touched": touched,
            "gone": change.dropped,
        });
        format!("id: {upto}\ndata: {data}\n\n")
    }
}
