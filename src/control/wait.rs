//! `GET /events/wait`: answers with the first event that matches, among what has happened since `after` or what comes.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::nearest::Nearest;
use super::problem::Problem;
use super::read::Query;
use super::wanted::Wanted;
use super::{Control, events, view};
use crate::clock::{self, SignedDuration};
use crate::store::{Filter, Log};

/// How long a wait lasts unless `timeout` says otherwise, by the wall clock.
const PATIENCE: Duration = Duration::from_secs(10);
/// And at most.
const LONGEST: Duration = Duration::from_secs(300);

pub(super) async fn handle(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let wanted = Wanted::of(&query);
    let filter = wanted.filter(events::after(&query)?);
    let patience = patience(query.get("timeout"))?;
    let _place = control.waiters.take()?;
    let log = &control.engine.store().log;
    let after = filter.after;
    tokio::select! {
        event = next(log, filter, &wanted) => Ok(view::ok(&event)),
        () = tokio::time::sleep(patience) => Err(in_vain(log, &wanted, after, patience)),
        () = control.stopping.cancelled() => Err(Problem::stopping()),
    }
}

async fn next(log: &Log, mut filter: Filter, wanted: &Wanted) -> Value {
    loop {
        let part = log.part(&filter, events::BITE);
        if let Some(event) = part.entries.iter().map(|event| json!(event)).find(|event| wanted.takes(event)) {
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
        Err(_) => clock::duration(text),
    };
    let duration = duration.ok().and_then(|duration| Duration::try_from(duration).ok());
    let duration = duration.ok_or_else(|| Problem::bad_value("timeout is no duration such as 5s or PT5S"))?;
    Ok(duration.min(LONGEST))
}

/// Nothing came: what came nearest, with what is different there.
fn in_vain(log: &Log, wanted: &Wanted, after: u64, patience: Duration) -> Problem {
    let mut nearest = Nearest::default();
    let everything = Filter { after, ..Filter::default() };
    events::each(log, everything, |event| {
        nearest.look(wanted, &event);
        true
    });
    let mut lines = vec![format!("no {} in {} s", wanted.in_words(), patience.as_secs_f64())];
    lines.extend(wanted.unknown_type().map(|sentence| format!("  {sentence}")));
    lines.extend(nearest.lines());
    Problem::new(StatusCode::NOT_FOUND, "no-such-event", lines.join("\n")).with("nearestMisses", nearest.views().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_has_an_end() {
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
