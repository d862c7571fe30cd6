//! What all calls of the control API share: their description, reading requests, writing responses and problems.

pub(super) mod guard;
pub(super) mod key_mask;
pub(super) mod openapi;
mod operation;
pub(super) mod problem;
pub(super) mod request;
pub(super) mod response;
mod schema;
mod slots;

pub(super) use key_mask::mask_texts;
pub(super) use operation::{ApiOperation, ApiResponse, Parameter, ParameterKind, RequestBody, ResponseContent};
pub(super) use problem::{Problem, ProblemExtras, ProblemKind};
pub(super) use request::{Query, WholeNumber};
pub use slots::{Slot, Slots};
