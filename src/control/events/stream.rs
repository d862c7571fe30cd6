//! `GET /events/stream`: events as they happen (Server-Sent Events).
//!
//! The stream reads the log only when its client has taken what was read before, so a slow client costs no memory. If
//! the log has removed events meanwhile, the client gets an `overrun`.

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header::{self, CacheControl, CacheDirective};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::event_matcher::{self, EventMatcher};
use super::log_query::{self, BATCH_SIZE};
use crate::control::Control;
use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, ParameterKind, Problem, ProblemKind, Query, ResponseContent, Slot,
};
use crate::control::view::Event;
use crate::sockets::Client;
use crate::store::{Filter, LogPart};

/// A comment is sent after this time without an event, in real time. It keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: &str = "Last-Event-ID";
const MEDIA_TYPE: &str = "text/event-stream";

const STREAM: &[Parameter] = &[
    Parameter {
        name: LAST_EVENT_ID,
        description: "The last `id` that the client has read. After a reconnect the stream continues with the next \
                      event. Takes precedence over `after`. A number that this log has not reached comes from another \
                      simulator: the stream then begins with the first event.",
        kind: ParameterKind::Header,
    },
    Parameter {
        name: "after",
        description: "Only events after this number. Default: only new events.",
        kind: ParameterKind::Integer { default: None, maximum: None },
    },
    event_matcher::TYPE,
    event_matcher::I_MID,
    event_matcher::T_XID,
    event_matcher::REFERENCE_NO,
    event_matcher::OTHER_FIELDS,
];

pub(super) fn operations() -> Vec<ApiOperation> {
    let schema = SchemaGenerator::subschema_for::<EventStream>;
    let example = json!(Event::example());
    let example = format!(": begins here\nid: 1\n\n{}", sse_block(2, "transaction.approved", &example.to_string()));
    vec![ApiOperation {
        method: Method::GET,
        path: "/events/stream",
        handler: web::to(handle),
        id: "streamEvents",
        tag: "events",
        summary: "Streams events",
        description: "Server-Sent Events until the simulator stops. The first comment names the number after which the \
                      stream begins. Without events, a comment is sent every 15 seconds. HEAD is not supported.",
        parameters: STREAM,
        body: None,
        responses: vec![ApiResponse {
            status: StatusCode::OK,
            description: "The stream.",
            content: vec![ResponseContent { media_type: MEDIA_TYPE, schema, example: example.into() }],
        }],
        problems: &[ProblemKind::BAD_VALUE, ProblemKind::STREAMS],
    }]
}

/// The schema of the body: OpenAPI 3.1 can describe a stream only as text.
struct EventStream;

impl JsonSchema for EventStream {
    fn schema_name() -> Cow<'static, str> {
        "EventStream".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (event, overrun) = (generator.subschema_for::<Event>(), generator.subschema_for::<Overrun>());
        json_schema!({
            "type": "string",
            "description": "Blocks of lines, each followed by an empty line: `id` is the event's number, `event` its \
                            type, and `data` the event as JSON on one line. If `event` is `overrun`, `data` is an \
                            `Overrun`. A line that begins with a colon is a comment.",
            "contentMediaType": MEDIA_TYPE,
            "contentSchema": { "description": "The JSON in `data`.", "anyOf": [event, overrun] },
        })
    }
}

/// Events that the log removed before the client could read them.
#[derive(Debug, Serialize, JsonSchema)]
struct Overrun {
    /// The number of removed events, whether they match or not.
    missed: u64,
    /// The number of the first removed event.
    from: u64,
    /// The number of the last removed event.
    to: u64,
}

async fn handle(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, STREAM);
    let matcher = EventMatcher::from_query(&query)?;
    let filter = matcher.filter(start_after(&request, &query, control.engine.store().log.last())?);
    let slot = control.streams.take()?;
    let subscription =
        Subscription { control, matcher, filter, has_begun: false, left: Client::left(&request), _slot: slot };
    let response = HttpResponse::Ok()
        .content_type(MEDIA_TYPE)
        .insert_header(CacheControl(vec![CacheDirective::NoStore]))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Without this, proxies such as nginx buffer events.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(subscription, Subscription::next));
    Ok(response)
}

/// The number after which a stream begins: from `Last-Event-ID`, from `after`, or the last event.
fn start_after(request: &HttpRequest, query: &Query, last: u64) -> Result<u64, Problem> {
    let header = request.headers().get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or("\u{fffd}").trim());
    match header.filter(|id| !id.is_empty()) {
        Some(id) => match id.parse::<u64>() {
            // The client has read another simulator, which ran before: all events are new to it.
            Ok(id) if id > last => Ok(0),
            Ok(id) => Ok(id),
            Err(_) => Err(Problem::bad_value("Last-Event-ID must be the number of an event")),
        },
        None if query.get("after").is_none() => Ok(last),
        None => log_query::after(query),
    }
}

/// One client and its position in the log.
struct Subscription {
    control: web::Data<Control>,
    matcher: EventMatcher,
    filter: Filter,
    has_begun: bool,
    /// Cancelled when the client has left.
    left: CancellationToken,
    _slot: Slot,
}

impl Subscription {
    /// The next chunk; none when the simulator stops or the client has left.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if !std::mem::replace(&mut self.has_begun, true) {
            let comment = self.comment("begins here");
            return Some((Ok(comment), self));
        }
        let (stopping, left) = (self.control.stopping.clone(), self.left.clone());
        let ended = async {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = left.cancelled() => {}
            }
        };
        match next_chunk(ended, self.next_events(), KEEP_ALIVE).await {
            Chunk::Events(events) => Some((Ok(events), self)),
            Chunk::KeepAlive => {
                let comment = self.comment("keep-alive");
                Some((Ok(comment), self))
            }
            Chunk::End => None,
        }
    }

    /// Waits for the next events that match.
    async fn next_events(&mut self) -> Bytes {
        let control = self.control.clone();
        let log = control.engine.store().log;
        loop {
            let part = log.part(&self.filter, BATCH_SIZE);
            self.filter.after = part.upto;
            let blocks = self.blocks(&part);
            if !blocks.is_empty() {
                return blocks.into();
            }
            log.grown_since(part.upto).await;
            // The log can grow fast with events that do not match: give other tasks a turn.
            tokio::task::yield_now().await;
        }
    }

    fn blocks(&self, part: &LogPart) -> String {
        let mut blocks = part.dropped.map(overrun_block).unwrap_or_default();
        let mask = self.control.engine.key_mask();
        for entry in &part.entries {
            let event = Event::from_entry(entry);
            if self.matcher.matches(&event) {
                let data = event.masked(&mask).to_string();
                blocks.push_str(&sse_block(entry.event.id, entry.event.kind.event_type(), &data));
            }
        }
        blocks
    }

    /// A comment. Its `id` is the position from which the client continues after a reconnect.
    fn comment(&self, comment: &str) -> Bytes {
        format!(": {comment}\nid: {}\n\n", self.filter.after).into()
    }
}

/// The next part of a stream.
#[derive(Debug, PartialEq, Eq)]
enum Chunk {
    Events(Bytes),
    /// Nothing happened for a while.
    KeepAlive,
    End,
}

async fn next_chunk(
    ended: impl Future<Output = ()>,
    events: impl Future<Output = Bytes>,
    keep_alive: Duration,
) -> Chunk {
    tokio::select! {
        biased;
        () = ended => Chunk::End,
        events = events => Chunk::Events(events),
        () = tokio::time::sleep(keep_alive) => Chunk::KeepAlive,
    }
}

fn sse_block(id: u64, event_type: &str, data: &str) -> String {
    format!("id: {id}\nevent: {event_type}\ndata: {data}\n\n")
}

fn overrun_block((from, to): (u64, u64)) -> String {
    let data = json!(Overrun { missed: to - from + 1, from, to });
    sse_block(to, "overrun", &data.to_string())
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_stream_sends_events_and_keep_alives_and_ends() {
        let events = || ready(Bytes::from("events"));
        assert_eq!(next_chunk(pending(), events(), Duration::ZERO).await, Chunk::Events("events".into()));
        assert_eq!(next_chunk(pending(), pending(), Duration::from_millis(1)).await, Chunk::KeepAlive);
        assert_eq!(next_chunk(ready(()), events(), KEEP_ALIVE).await, Chunk::End, "with or without events");
    }

    #[test]
    fn an_event_is_three_lines_and_an_empty_one() {
        let event = json!({ "id": 7, "type": "clock.moved", "text": "a\nb" });
        let block = sse_block(7, "clock.moved", &event.to_string());
        assert_eq!(
            block,
            "id: 7\nevent: clock.moved\ndata: {\"id\":7,\"type\":\"clock.moved\",\"text\":\"a\\nb\"}\n\n"
        );
        assert_eq!(overrun_block((3, 3)), "id: 3\nevent: overrun\ndata: {\"missed\":1,\"from\":3,\"to\":3}\n\n");
    }
}
