//! Waits for an event.

use std::fmt::Display;
use std::panic::Location;

use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::event::Event;
use super::http::{Http, Reply, check_thread};

/// The event to wait for: its type and fields. Nothing happens before [`within`](Self::within).
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

    /// Only with this value in a field. A number equals its text.
    pub fn field(mut self, name: &str, value: impl Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Only events after this one. Without it, events in the past count, too.
    pub fn after(self, event: &Event) -> Self {
        self.field("after", event.id())
    }

    /// Waits for the event, at most for a real time such as `5s` or `PT5S`.
    ///
    /// # Panics
    /// After the timeout; the message shows the most similar events.
    #[track_caller]
    pub fn within(self, timeout: &str) -> Event {
        check_thread();
        let path = self.path(timeout);
        match event(&self.http.call("GET", &path, &Value::Null)) {
            Ok(event) => event,
            Err(detail) => panic!("{detail}"),
        }
    }

    /// The async form of [`within`](Self::within).
    ///
    /// # Panics
    /// After the timeout; the message shows the most similar events, and the line of the test.
    #[track_caller]
    pub fn within_async(self, timeout: &str) -> impl Future<Output = Event> + use<'a> {
        let (at, path) = (Location::caller(), self.path(timeout));
        async move {
            match event(&self.http.call_async("GET", &path, &Value::Null).await) {
                Ok(event) => event,
                Err(detail) => panic!("{at}: {detail}"),
            }
        }
    }

    fn path(&self, timeout: &str) -> String {
        let timeout = [("timeout", timeout)];
        format!(
            "/events/wait?{}",
            Serializer::new(String::new()).extend_pairs(&self.query).extend_pairs(timeout).finish()
        )
    }
}

/// The event of a response, or the reason why there is none.
fn event(answer: &Reply) -> Result<Event, String> {
    if answer.status == 200 { Ok(Event::new(answer.json())) } else { Err(answer.detail()) }
}
