//! A field that can be absent or null.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

/// A value that can be null, in a field that can also be absent.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Nullable<T>(pub(super) Option<T>);

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    /// With `oneOf`: `openapi.rs` removes null from `anyOf` and from lists of types.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "oneOf": [generator.subschema_for::<T>(), { "type": "null" }] })
    }
}
