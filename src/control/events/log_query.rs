//! What all calls that read the event log share: the parameter `after`, and reading in small batches.

use actix_web::web::Data;

use crate::control::Control;
use crate::control::api::{Parameter, Problem, Query};
use crate::control::view::Event;
use crate::domain::Entry;
use crate::store::{Filter, LogReader};

/// The number of events that are read in one step: the log stays locked only that long.
pub(super) const BATCH_SIZE: usize = 64;

/// The same for a list: what is read of it waits in memory until its client has taken it.
const LIST_BATCH_SIZE: usize = 8;

/// The parameter `after` of a call that reads the log from its beginning.
pub(super) const AFTER: Parameter = Parameter::integer("after", "Only events after this number.", 0, None);

/// The number in the parameter `after`; 0 without it.
pub(super) fn after(query: &Query) -> Result<u64, Problem> {
    Ok(u64::try_from(query.integer("after")?).unwrap_or(u64::MAX))
}

/// The events that are in the log now. Each batch is read when it is needed; what has been removed by then is left out.
pub(in crate::control) fn entries(control: &Data<Control>, mut filter: Filter) -> impl Iterator<Item = Entry> + use<> {
    let control = control.clone();
    let end = control.engine.store().log.last();
    let next_batch = move || {
        (filter.after < end).then(|| {
            let part = control.engine.store().log.part(&filter, LIST_BATCH_SIZE);
            filter.after = part.upto;
            part.entries
        })
    };
    std::iter::from_fn(next_batch).flatten()
}

/// Calls `visit` with the events that are in the log now, until it returns false.
pub(super) fn for_each_event(log: LogReader<'_>, mut filter: Filter, mut visit: impl FnMut(Event) -> bool) {
    let end = log.last();
    while filter.after < end {
        let part = log.part(&filter, BATCH_SIZE);
        filter.after = part.upto;
        if !part.entries.iter().all(|entry| visit(Event::from_entry(entry))) {
            return;
        }
    }
}
