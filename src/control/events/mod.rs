//! Calls that read the event log: list, wait, stream and verify.

mod event_matcher;
mod list;
mod log_query;
mod near_misses;
mod script;
mod stream;
mod verifier;
mod verify;
mod wait;

#[cfg(any(test, feature = "fuzz"))]
pub use list::read_event_query;

use super::api::ApiOperation;

pub use script::request_script;

pub(super) use log_query::entries;

pub(super) fn operations() -> Vec<ApiOperation> {
    let operations =
        [list::operations(), wait::operations(), stream::operations(), verify::operations(), script::operations()];
    operations.into_iter().flatten().collect()
}
