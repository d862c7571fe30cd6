//! JSON against a JSON Schema.

use boon::{Compiler, SchemaIndex, Schemas, ValidationError};
use serde_json::Value;

/// A schema of draft 2020-12, formats included.
pub(crate) struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// # Panics
    /// When it is no schema itself.
    pub(crate) fn new(schema: Value) -> Self {
        const NAME: &str = "file:///schema.json";
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource(NAME, schema).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile(NAME, &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
        Self { schemas, index }
    }

    /// What is wrong with a value, a line each.
    pub(crate) fn differences(&self, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if let Err(error) = self.schemas.validate(value, self.index) {
            collect(&error, &mut found);
        }
        found
    }
}

/// The errors at the ends of the tree; those above only sum them up.
fn collect(error: &ValidationError<'_, '_>, found: &mut Vec<String>) {
    if error.causes.is_empty() {
        found.push(error.to_string());
    }
    error.causes.iter().for_each(|cause| collect(cause, found));
}
