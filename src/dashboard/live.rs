//! `GET /__sim/live`: tells an open page that it is no longer right (Server-Sent Events). The page then asks for itself
//! again: what is shown is made in one place, and a thousand events are one message.
//!
//! It is pulled, like the API's stream: a browser that does not read costs nothing.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header::{self, CacheControl, CacheDirective};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::json;
use tokio::time::Instant;
use url::form_urlencoded;

use super::Dashboard;
use crate::control::Slot;
use crate::domain::{Event, EventKind};
use crate::store::Filter;

/// Between two messages, at least.
const PACE: Duration = Duration::from_millis(250);
/// After so long without news a comment is sent: it finds out who has gone, and makes room for the page they went to.
const KEEP_ALIVE: Duration = Duration::from_secs(1);
/// How long a browser waits before it asks again for a stream that broke.
const RETRY: Duration = Duration::from_millis(500);
/// Events that are looked at while the log is locked.
const BITE: usize = 2_048;

/// What one page is still to be told.
struct Watch {
    dashboard: Data<Dashboard>,
    filter: Filter,
    resets: u64,
    /// What is not told yet.
    change: Change,
    told_at: Option<Instant>,
    _slot: Slot,
}

/// What has happened since a page was told last.
#[derive(Default)]
struct Change {
    matching: u64,
    gone: u64,
    reset: bool,
}

/// What stands at the head of every page, whatever it is about: the clock, and what is wrong with the scenarios.
fn on_every_page(event: &Event) -> bool {
    use EventKind::{ClockMoved, ScenarioLoaded, ScenarioRefused};
    matches!(event.kind, ClockMoved { .. } | ScenarioLoaded { .. } | ScenarioRefused { .. })
}

/// Tells a page when to look again.
pub(super) async fn stream(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let Some(place) = dashboard.control.streams.try_take() else {
        return HttpResponse::ServiceUnavailable().body("as many pages and streams are open as may (--max-streams)");
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
        // The page is another run's.
        filter.after = 0;
    }
    let dashboard = dashboard.clone();
    let resets = log.resets();
    let watch = Watch { filter, resets, change: Change::default(), told_at: None, _slot: place, dashboard };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header(CacheControl(vec![CacheDirective::NoStore]))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(stream::unfold(watch, Watch::next))
}

impl Watch {
    /// The next piece; none when the simulator stops.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let dashboard = self.dashboard.clone();
        let stopping = &dashboard.control.stopping;
        if stopping.is_cancelled() {
            return None;
        }
        if self.told_at.is_none() {
            self.look();
            let hello = format!("retry: {}\n{}", RETRY.as_millis(), self.tell());
            return Some((Ok(hello.into()), self));
        }
        let news = tokio::select! {
            biased;
            () = stopping.cancelled() => return None,
            () = self.news() => true,
            () = tokio::time::sleep(KEEP_ALIVE) => false,
        };
        let piece = if news { self.tell() } else { ": still here\n\n".to_owned() };
        Some((Ok(Bytes::from(piece)), self))
    }

    /// Waits until something has happened that the page wants to know, and until it may be told.
    async fn news(&mut self) {
        let dashboard = self.dashboard.clone();
        let log = dashboard.control.engine.store().log;
        loop {
            let version = log.version();
            self.look();
            if self.change.matching > 0 || self.change.reset {
                if let Some(told_at) = self.told_at {
                    tokio::time::sleep_until(told_at + PACE).await;
                }
                self.look();
                return;
            }
            log.changed_since(version).await;
            tokio::task::yield_now().await;
        }
    }

    /// Adds what has happened since the last look.
    fn look(&mut self) {
        let log = self.dashboard.control.engine.store().log;
        let resets = log.resets();
        self.change.reset |= std::mem::replace(&mut self.resets, resets) != resets;
        let end = log.last();
        while self.filter.after < end {
            let news = log.count_new(&self.filter, BITE, on_every_page);
            self.change.matching += news.matching;
            self.change.gone += news.dropped;
            self.filter.after = news.upto;
        }
    }

    fn tell(&mut self) -> String {
        let change = std::mem::take(&mut self.change);
        self.told_at = Some(Instant::now());
        let upto = self.filter.after;
        let told = json!({
            "run": self.dashboard.run.to_string(),
            "upto": upto,
            "matching": change.matching,
            "gone": change.gone,
            "reset": change.reset,
        });
        format!("id: {upto}\ndata: {told}\n\n")
    }
}
