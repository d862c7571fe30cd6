//! `GET /events`: the log.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::problem::Problem;
use super::read::Query;
use super::wanted::Wanted;
use super::{Control, view};
use crate::store::{Filter, Log};

/// Events of one answer unless `limit` says otherwise.
const LIMIT: usize = 1_000;
/// And at most.
const MOST: usize = 10_000;
/// Events that are looked at in one go: the log is locked for no longer than that takes.
pub(super) const BITE: usize = 64;

pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let wanted = Wanted::of(&query);
    let filter = wanted.filter(after(&query)?);
    let limit = query.number("limit", LIMIT)?.min(MOST);
    Ok(view::ok(&found(&control.engine.store().log, filter, &wanted, limit)))
}

/// The number after which a query begins; the log's beginning where it says nothing.
pub(super) fn after(query: &Query) -> Result<u64, Problem> {
    Ok(u64::try_from(query.number("after", 0)?).unwrap_or(u64::MAX))
}

/// The first events that are as wanted, at most `most` of them.
fn found(log: &Log, filter: Filter, wanted: &Wanted, most: usize) -> Vec<Value> {
    let mut found = Vec::new();
    each(log, filter, |event| {
        if found.len() < most && wanted.takes(&event) {
            found.push(event);
        }
        found.len() < most
    });
    found
}

/// Shows what has happened until now, one event after another, as long as `look` wants to see more.
pub(super) fn each(log: &Log, mut filter: Filter, mut look: impl FnMut(Value) -> bool) {
    let end = log.last();
    while filter.after < end {
        let part = log.part(&filter, BITE);
        filter.after = part.upto;
        if !part.entries.iter().all(|event| look(json!(event))) {
            return;
        }
    }
}
