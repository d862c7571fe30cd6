//! `GET /events/wait`: answers with the first event that matches, among what has happened since `after` or what comes.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};

use super::event_matcher::{self, EventMatcher};
use super::near_misses::NearMisses;
use super::operation::{Answer, Operation, Parameter, ParameterKind};
use super::problem::{Extras, Kind, Problem};
use super::read::Query;
use super::view::Event;
use super::{Control, events, view};
use crate::clock::{self, SignedDuration};
use crate::engine::Engine;
use crate::store::{Filter, LogReader};

/// How long a wait lasts unless `timeout` says otherwise, by the wall clock.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same, as one writes it.
const USUAL: &str = "10s";
/// And at most.
const LONGEST: Duration = Duration::from_secs(300);

const WAIT: &[Parameter] = &[
    events::AFTER,
    event_matcher::TYPE,
    event_matcher::I_MID,
    event_matcher::T_XID,
    event_matcher::REFERENCE_NO,
    Parameter {
        name: "timeout",
        description: "How long to wait, by the wall clock: `5s`, `PT5S`, or a bare number of seconds; 5 minutes at most.",
        kind: ParameterKind::Duration { default: USUAL },
    },
    event_matcher::OTHERS,
];

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: Method::GET,
        path: "/events/wait",
        handler: web::to(handle),
        id: "waitForEvent",
        tag: "events",
        summary: "Waits for an event",
        description: "Answers with the first event that matches, among what has happened since `after` or what comes.",
        parameters: WAIT,
        body: None,
        answers: vec![Answer::json::<Event>(StatusCode::OK, "The event.", Event::example())],
        problems: &[Kind::NO_SUCH_EVENT, Kind::BAD_VALUE, Kind::WAITERS, Kind::STOPPING],
    }]
}

pub(super) async fn handle(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, WAIT);
    let wanted = EventMatcher::of(&query);
    let filter = wanted.filter(events::after(&query)?);
    let patience = patience(query.get("timeout"))?;
    let _slot = control.waiters.take()?;
    let log = control.engine.store().log;
    let after = filter.after;
    tokio::select! {
        event = next(log, filter, &wanted) => Ok(view::ok(&event)),
        () = tokio::time::sleep(patience) => Err(in_vain(&control.engine, &wanted, after, patience)),
        () = control.stopping.cancelled() => Err(Problem::stopping()),
    }
}

async fn next(log: LogReader<'_>, mut filter: Filter, wanted: &EventMatcher) -> Event {
    loop {
        let part = log.part(&filter, events::BITE);
        if let Some(event) = part.entries.iter().map(Event::of).find(|event| wanted.takes(event)) {
            return event;
        }
        filter.after = part.upto;
        log.grown_since(part.upto).await;
    }
}

fn patience(text: Option<&str>) -> Result<Duration, Problem> {
    let Some(text) = text else { return Ok(PATIENCE) };
    // A bare number is seconds: curl users write timeout=5.
    let duration = match text.parse::<u32>() {
        Ok(seconds) => Ok(SignedDuration::from_secs(seconds.into())),
        Err(_) => clock::parse_duration(text),
    };
    let duration = duration.ok().and_then(|duration| Duration::try_from(duration).ok());
    let duration = duration.ok_or_else(|| Problem::bad_value("timeout is no duration such as 5s or PT5S"))?;
    Ok(duration.min(LONGEST))
}

/// Nothing came: what came nearest, with what is different there.
fn in_vain(engine: &Engine, wanted: &EventMatcher, after: u64, patience: Duration) -> Problem {
    let (log, mut nearest) = (engine.store().log, NearMisses::default());
    let everything = Filter { after, ..Filter::default() };
    events::each(log, everything, |event| {
        nearest.look(wanted, &event);
        true
    });
    let mut lines = vec![format!("no {} in {} s", wanted.in_words(), patience.as_secs_f64())];
    lines.extend(wanted.unknown_type().map(|sentence| format!("  {sentence}")));
    lines.extend(nearest.lines());
    if engine.clock().is_manual() {
        let due = engine
            .next_due()
            .map_or_else(|| "nothing is due".to_owned(), |at| format!("the next thing is due at {at}"));
        lines.push(format!("  the clock stands at {}, and {due}: POST /clock/advance moves it", engine.now()));
    }
    let extras = Extras { nearest_misses: Some(nearest.views()), ..Extras::default() };
    Problem::new(Kind::NO_SUCH_EVENT, lines.join("\n")).with(extras)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_has_an_end() {
        assert_eq!(patience(Some(USUAL)).ok(), Some(PATIENCE));
        for (text, expected) in [
            (None, Some(PATIENCE)),
            (Some("0"), Some(Duration::ZERO)),
            (Some("5"), Some(Duration::from_secs(5))),
            (Some("PT1M"), Some(Duration::from_secs(60))),
            (Some("5m"), Some(LONGEST)),
            (Some("301"), Some(LONGEST)),
            (Some("4294967295"), Some(LONGEST)),
            (Some("100000d"), Some(LONGEST)),
            (Some("-1s"), None),
            (Some("soon"), None),
        ] {
            assert_eq!(patience(text).ok(), expected, "{text:?}");
        }
    }
}
