//! What came near to what was wanted, and what is missing.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::Event;

/// A field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(in crate::control) struct Difference {
    /// The field's name.
    pub(in crate::control) field: String,
    /// What was wanted there; with commas where it may be one of several.
    pub(in crate::control) expected: String,
    /// What is there, as text; null where the event has no such field.
    pub(in crate::control) actual: Option<String>,
}

/// An event that came near, and `differs` beside its own fields.
#[derive(Clone, Debug, Serialize)]
pub(in crate::control) struct NearMiss {
    #[serde(flatten)]
    pub(in crate::control) event: Event,
    pub(in crate::control) differs: Vec<Difference>,
}

/// An event by its name: it is long, and stands in the document once.
impl JsonSchema for NearMiss {
    fn schema_name() -> Cow<'static, str> {
        "NearMiss".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let event = generator.subschema_for::<Event>();
        let mut differs = generator.subschema_for::<Vec<Difference>>();
        differs.insert("description".to_owned(), "The fields that are not as wanted.".into());
        json_schema!({
            "type": "object",
            "description": "An event that came near, and beside its own fields those that are not as wanted.",
            "allOf": [event],
            "properties": { "differs": differs },
            "required": ["differs"],
        })
    }
}

/// An expectation that does not hold.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::control) struct Miss {
    /// Which one of `expect`: 0, 1, …
    pub(in crate::control) index: usize,
    /// What was expected, in words.
    pub(in crate::control) expected: String,
    /// How many events were as wanted.
    pub(in crate::control) seen: usize,
    /// Their numbers.
    pub(in crate::control) events: Vec<u64>,
    /// The events that came nearest, the nearest first; none where too many were as wanted.
    pub(in crate::control) nearest: Vec<NearMiss>,
}
