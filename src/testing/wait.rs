//! Waiting for something to happen.

use std::fmt::Display;

use url::form_urlencoded::Serializer;

use super::event::Event;
use super::http::Http;
use crate::paths;

/// What is waited for: an event of a type, with some fields. Nothing happens before [`within`](Self::within).
#[derive(Debug)]
#[must_use = "nothing is waited for before `within`"]
pub struct WaitFor<'a> {
    http: &'a Http,
    query: Vec<(String, String)>,
}

impl<'a> WaitFor<'a> {
    pub(super) fn new(http: &'a Http, event_type: &str) -> Self {
        Self { http, query: Vec::new() }.field("type", event_type)
    }

    /// Only of this merchant.
    pub fn i_mid(self, i_mid: &str) -> Self {
        self.field("iMid", i_mid)
    }

    /// Only of this transaction.
    pub fn t_xid(self, t_xid: &str) -> Self {
        self.field("tXid", t_xid)
    }

    /// Only of this order.
    pub fn reference_no(self, reference_no: &str) -> Self {
        self.field("referenceNo", reference_no)
    }

    /// Only with this in a field. A number and its text are the same.
    pub fn field(mut self, name: &str, value: impl Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Only after this event. Without it, what has already happened counts, too.
    pub fn after(self, event: &Event) -> Self {
        self.field("after", event.id())
    }

    /// Waits at most so long, by the machine's clock: `5s`, `PT5S`.
    ///
    /// # Panics
    /// When it did not happen in that time, showing what came nearest.
    #[track_caller]
    pub fn within(mut self, timeout: &str) -> Event {
        self.query.push(("timeout".to_owned(), timeout.to_owned()));
        let query = Serializer::new(String::new()).extend_pairs(&self.query).finish();
        let answer = self.http.get(&format!("{}/events/wait?{query}", paths::API));
        match answer.status {
            200 => Event::new(answer.json()),
            _ => panic!("{}", answer.detail()),
        }
    }
}
