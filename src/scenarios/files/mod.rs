//! The files: their format, their JSON Schema, reading and checking them, and the library of scenarios that can be loaded.

mod error;
mod library;
mod scenario_config;
mod scenario_reader;
pub(super) mod schema;
mod serde_types;
mod source;

pub use error::ScenarioError;
pub use library::Library;
pub use schema::schema;
pub(super) use serde_types::{DurationText, NameOr, NameOrTable, OneOrMore, TextOrNumber, parse_keyword};
pub use source::{MAX_SCENARIO_BYTES, Source};
