//! Near misses, and expectations that are not met.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::Event;

/// A field that differs from the expected value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Difference {
    /// The name of the field.
    pub(crate) field: String,
    /// The expected value; several allowed values are separated by commas.
    pub(crate) expected: String,
    /// The actual value as text; null if the event does not have the field.
    pub(crate) actual: Option<String>,
}

/// An event that matches in part, with an additional field `differs`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NearMiss {
    #[serde(flatten)]
    pub(crate) event: Event,
    pub(crate) differs: Vec<Difference>,
}

/// Refers to the schema of an event: it is long, and the document has it only once.
impl JsonSchema for NearMiss {
    fn schema_name() -> Cow<'static, str> {
        "NearMiss".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let event = generator.subschema_for::<Event>();
        let mut differs = generator.subschema_for::<Vec<Difference>>();
        differs.insert("description".to_owned(), "The fields that do not match.".into());
        json_schema!({
            "type": "object",
            "description": "An event that matches in part, with the fields that do not match in `differs`.",
            "allOf": [event],
            "properties": { "differs": differs },
            "required": ["differs"],
        })
    }
}

/// An expectation that is not met.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Miss {
    /// The index in `expect`: 0, 1, …
    pub(crate) index: usize,
    /// What was expected, as text.
    pub(crate) expected: String,
    /// The number of events that match.
    pub(crate) seen: usize,
    /// The numbers of the events that match.
    pub(crate) events: Vec<u64>,
    /// The most similar events, the most similar first; empty if too many events match.
    pub(crate) nearest: Vec<NearMiss>,
}
