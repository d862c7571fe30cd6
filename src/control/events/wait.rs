//! `GET /events/wait`: answers with the first event that matches, whether it has happened already or happens later.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};

use super::event_matcher::{self, EventMatcher};
use super::log_query::{self, BATCH_SIZE, for_each_event};
use super::near_misses::NearMisses;
use crate::clock::{self, SignedDuration};
use crate::control::Control;
use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, ParameterKind, Problem, ProblemExtras, ProblemKind, Query, response,
};
use crate::control::view::Event;
use crate::engine::Engine;
use crate::sockets::Client;
use crate::store::{Filter, LogReader};

/// The timeout of a request that names none, in real time.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The same as text, for the documentation.
const DEFAULT_TIMEOUT_TEXT: &str = "10s";
const MAX_TIMEOUT: Duration = Duration::from_secs(300);

const WAIT: &[Parameter] = &[
    log_query::AFTER,
    event_matcher::TYPE,
    event_matcher::I_MID,
    event_matcher::T_XID,
    event_matcher::REFERENCE_NO,
    Parameter {
        name: "timeout",
        description: "How long to wait, in real time: `5s`, `PT5S`, or a number of seconds. The maximum is 5 minutes.",
        kind: ParameterKind::Duration { default: DEFAULT_TIMEOUT_TEXT },
    },
    event_matcher::OTHER_FIELDS,
];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::GET,
        path: "/events/wait",
        handler: web::to(handle),
        id: "waitForEvent",
        tag: "events",
        summary: "Waits for an event",
        description: "Returns the first event after `after` that matches. If there is none yet, the call waits for it.",
        parameters: WAIT,
        body: None,
        responses: vec![ApiResponse::json::<Event>(StatusCode::OK, "The event.", Event::example())],
        problems: &[
            ProblemKind::NO_SUCH_EVENT,
            ProblemKind::BAD_VALUE,
            ProblemKind::WAITERS,
            ProblemKind::STOPPING,
            ProblemKind::UNFINISHED,
        ],
    }]
}

async fn handle(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, WAIT);
    let matcher = EventMatcher::from_query(&query)?;
    let filter = matcher.filter(log_query::after(&query)?);
    let timeout = parse_timeout(query.get("timeout"))?;
    let _slot = control.waiters.take()?;
    let log = control.engine.store().log;
    let after = filter.after;
    tokio::select! {
        event = next_match(log, filter, &matcher) => Ok(response::ok(&event.masked(&control.engine.key_mask()))),
        () = tokio::time::sleep(timeout) => Err(timed_out(&control.engine, &matcher, after, timeout)),
        () = Client::left(&request).cancelled_owned() => Err(Problem::left()),
        () = control.stopping.cancelled() => Err(Problem::stopping()),
    }
}

async fn next_match(log: LogReader<'_>, mut filter: Filter, matcher: &EventMatcher) -> Event {
    loop {
        let part = log.part(&filter, BATCH_SIZE);
        if let Some(event) = part.entries.iter().map(Event::from_entry).find(|event| matcher.matches(event)) {
            return event;
        }
        filter.after = part.upto;
        log.grown_since(part.upto).await;
    }
}

fn parse_timeout(text: Option<&str>) -> Result<Duration, Problem> {
    let Some(text) = text else { return Ok(DEFAULT_TIMEOUT) };
    // A number is seconds: curl users write timeout=5.
    let duration = match text.parse::<u32>() {
        Ok(seconds) => Ok(SignedDuration::from_secs(seconds.into())),
        Err(_) => clock::parse_duration(text),
    };
    let duration = duration.ok().and_then(|duration| Duration::try_from(duration).ok());
    let duration = duration.ok_or_else(|| Problem::bad_value("timeout must be a duration such as 5s or PT5S"))?;
    Ok(duration.min(MAX_TIMEOUT))
}

/// The problem that no event matched, with near misses. With a manual clock it also says what is due next.
fn timed_out(engine: &Engine, matcher: &EventMatcher, after: u64, timeout: Duration) -> Problem {
    let (log, mut near_misses) = (engine.store().log, NearMisses::default());
    let all_merchants = Filter { after, ..Filter::default() };
    for_each_event(log, all_merchants, |event| {
        near_misses.add(matcher, &event);
        true
    });
    let mut lines = vec![format!("no {} in {} s", matcher.describe(), timeout.as_secs_f64())];
    lines.extend(near_misses.lines());
    if engine.clock().is_manual() {
        let due = engine
            .next_needed()
            .map_or_else(|| "nothing is due".to_owned(), |at| format!("the next work is due at {at}"));
        lines.push(format!("  the clock is stopped at {}, and {due}: move it with POST /clock/advance", engine.now()));
    }
    let extras = ProblemExtras { nearest_misses: Some(near_misses.views()), ..ProblemExtras::default() };
    Problem::new(ProblemKind::NO_SUCH_EVENT, lines.join("\n")).with_extras(extras)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_a_maximum() {
        assert_eq!(parse_timeout(Some(DEFAULT_TIMEOUT_TEXT)).ok(), Some(DEFAULT_TIMEOUT));
        for (text, expected) in [
            (None, Some(DEFAULT_TIMEOUT)),
            (Some("0"), Some(Duration::ZERO)),
            (Some("5"), Some(Duration::from_secs(5))),
            (Some("PT1M"), Some(Duration::from_secs(60))),
            (Some("5m"), Some(MAX_TIMEOUT)),
            (Some("301"), Some(MAX_TIMEOUT)),
            (Some("4294967295"), Some(MAX_TIMEOUT)),
            (Some("100000d"), Some(MAX_TIMEOUT)),
            (Some("-1s"), None),
            (Some("soon"), None),
        ] {
            assert_eq!(parse_timeout(text).ok(), expected, "{text:?}");
        }
    }
}
