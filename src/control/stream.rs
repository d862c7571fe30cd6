//! `GET /events/stream`: what happens, as it happens (Server-Sent Events).
//!
//! A stream is pulled: it reads the log when its reader has taken what was read before. So a reader who is slow, or
//! gone, costs no memory; what has been pushed out of the log meanwhile is told as an `overrun`.

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
use super::operation::{Answer, Content, Operation, Parameter, ParameterKind};
use super::problem::{Kind, Problem};
use super::read::Query;
use super::slots::Slot;
use super::view::Event;
use super::{Control, events, mask};
use crate::store::{Filter, Part};

/// After so long without news a comment is sent, by the wall clock: it keeps proxies from hanging up, and finds out who
/// has gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Where a reader who comes back was.
const LAST_EVENT_ID: &str = "Last-Event-ID";
/// What a stream is.
const MEDIA: &str = "text/event-stream";

const STREAM: &[Parameter] = &[
    Parameter {
        name: LAST_EVENT_ID,
        description: "The `id` that was read last: a reader who comes back goes on after it. Wins over `after`. One that \
                      the log has not reached is another simulator's: all is told then.",
        kind: ParameterKind::Header,
    },
    Parameter {
        name: "after",
        description: "Only events after this number. Unless said, what comes next.",
        kind: ParameterKind::Whole { default: None, maximum: None },
    },
    event_matcher::TYPE,
    event_matcher::I_MID,
    event_matcher::T_XID,
    event_matcher::REFERENCE_NO,
    event_matcher::OTHERS,
];

pub(super) fn operations() -> Vec<Operation> {
    let schema = SchemaGenerator::subschema_for::<Blocks>;
    let example = json!(Event::example());
    let example = format!(": begins here\nid: 1\n\n{}", block(2, "transaction.approved", &example.to_string()));
    vec![Operation {
        method: Method::GET,
        path: "/events/stream",
        handler: web::to(handle),
        id: "streamEvents",
        tag: "events",
        summary: "Tells events as they happen",
        description: "Server-Sent Events without end, until the simulator stops. A comment says after which number the \
                      stream begins, and one every 15 seconds that it is still there. HEAD is not answered.",
        parameters: STREAM,
        body: None,
        answers: vec![Answer {
            status: StatusCode::OK,
            description: "The stream.",
            content: vec![Content { media: MEDIA, schema, example: example.into() }],
        }],
        problems: &[Kind::BAD_VALUE, Kind::STREAMS],
    }]
}

/// The lines of a stream, for its documentation: what OpenAPI 3.1 knows of such a body is that it is text.
struct Blocks;

impl JsonSchema for Blocks {
    fn schema_name() -> Cow<'static, str> {
        "EventStream".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (event, overrun) = (generator.subschema_for::<Event>(), generator.subschema_for::<Overrun>());
        json_schema!({
            "type": "string",
            "description": "Blocks of lines, with an empty one after each: `id`, the event's number, `event`, its type, \
                            and `data`, the event on one line. Where `event` is `overrun`, `data` is an `Overrun`. What \
                            begins with a colon is a comment.",
            "contentMediaType": MEDIA,
            "contentSchema": { "description": "What stands in `data`.", "anyOf": [event, overrun] },
        })
    }
}

/// What the log no longer had when the reader came to it.
#[derive(Debug, Serialize, JsonSchema)]
struct Overrun {
    /// How many events, whether they would have matched or not.
    missed: u64,
    /// The number of the first.
    from: u64,
    /// The number of the last.
    to: u64,
}

pub(super) async fn handle(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, STREAM);
    let wanted = EventMatcher::of(&query);
    let filter = wanted.filter(start(&request, &query, control.engine.store().log.last())?);
    let place = control.streams.take()?;
    let feed = Feed { control, wanted, filter, greeted: false, _slot: place };
    let mut response = HttpResponse::Ok()
        .content_type(MEDIA)
        .insert_header(CacheControl(vec![CacheDirective::NoStore]))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Proxies such as nginx would hold events back until they have enough of them.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(feed, Feed::next));
    mask::done_piece_by_piece(&mut response);
    Ok(response)
}

/// The number after which a stream begins: where the reader was, or where it says, or now.
fn start(request: &HttpRequest, query: &Query, last: u64) -> Result<u64, Problem> {
    let header = request.headers().get(LAST_EVENT_ID).map(|id| id.to_str().unwrap_or("\u{fffd}").trim());
    match header.filter(|id| !id.is_empty()) {
        Some(id) => match id.parse::<u64>() {
            // It read a simulator that ran before this one: all that this one knows is news.
            Ok(id) if id > last => Ok(0),
            Ok(id) => Ok(id),
            Err(_) => Err(Problem::bad_value("Last-Event-ID is not the number of an event")),
        },
        None if query.get("after").is_none() => Ok(last),
        None => events::after(query),
    }
}

/// What one reader is still to be told.
struct Feed {
    control: web::Data<Control>,
    wanted: EventMatcher,
    filter: Filter,
    greeted: bool,
    _slot: Slot,
}

impl Feed {
    /// The next piece; none when the simulator stops.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if !std::mem::replace(&mut self.greeted, true) {
            let greeting = self.note("begins here");
            return Some((Ok(greeting), self));
        }
        let stopping = self.control.stopping.clone();
        match piece(&stopping, self.news(), KEEP_ALIVE).await {
            Piece::News(news) => Some((Ok(news), self)),
            Piece::Quiet => {
                let comment = self.note("keep-alive");
                Some((Ok(comment), self))
            }
            Piece::Over => None,
        }
    }

    /// Waits until there is something to tell.
    async fn news(&mut self) -> Bytes {
        let control = self.control.clone();
        let log = &control.engine.store().log;
        loop {
            let part = log.part(&self.filter, events::BITE);
            self.filter.after = part.upto;
            let told = self.told(&part);
            if !told.is_empty() {
                return told.into();
            }
            log.grown_since(part.upto).await;
            // A log that grows fast with what nobody here wants to know leaves time for others.
            tokio::task::yield_now().await;
        }
    }

    fn told(&self, part: &Part) -> String {
        let overrun = part.gone.map(overrun).unwrap_or_default();
        part.entries.iter().map(Event::of).filter(|event| self.wanted.takes(event)).fold(overrun, |mut told, event| {
            let kind = event.get("type").as_str().unwrap_or_default();
            told.push_str(&block(event.id(), kind, &self.control.engine.masked(&event.to_string())));
            told
        })
    }

    /// A comment. Its `id` makes no event, but a reader who comes back then begins there.
    fn note(&self, comment: &str) -> Bytes {
        format!(": {comment}\nid: {}\n\n", self.filter.after).into()
    }
}

/// What a stream does next.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// It tells something.
    News(Bytes),
    /// Nothing happened for a while.
    Quiet,
    /// It ends.
    Over,
}

async fn piece(stopping: &CancellationToken, news: impl Future<Output = Bytes>, patience: Duration) -> Piece {
    tokio::select! {
        biased;
        () = stopping.cancelled() => Piece::Over,
        news = news => Piece::News(news),
        () = tokio::time::sleep(patience) => Piece::Quiet,
    }
}

fn block(id: u64, kind: &str, data: &str) -> String {
    format!("id: {id}\nevent: {kind}\ndata: {data}\n\n")
}

fn overrun((from, to): (u64, u64)) -> String {
    let data = json!(Overrun { missed: to - from + 1, from, to });
    block(to, "overrun", &data.to_string())
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_stream_tells_news_says_that_it_is_there_and_ends() {
        let stopping = CancellationToken::new();
        let news = || ready(Bytes::from("news"));
        assert_eq!(piece(&stopping, news(), Duration::ZERO).await, Piece::News("news".into()));
        assert_eq!(piece(&stopping, pending(), Duration::from_millis(1)).await, Piece::Quiet);
        stopping.cancel();
        assert_eq!(piece(&stopping, news(), KEEP_ALIVE).await, Piece::Over, "news or not");
    }

    #[test]
    fn an_event_is_three_lines_and_an_empty_one() {
        let event = json!({ "id": 7, "type": "clock.moved", "text": "a\nb" });
        let told = block(7, "clock.moved", &event.to_string());
        assert_eq!(told, "id: 7\nevent: clock.moved\ndata: {\"id\":7,\"type\":\"clock.moved\",\"text\":\"a\\nb\"}\n\n");
        assert_eq!(overrun((3, 3)), "id: 3\nevent: overrun\ndata: {\"missed\":1,\"from\":3,\"to\":3}\n\n");
    }
}
