//! A call of the API: its route and its documentation in one value, so that neither exists without the other.

use actix_web::Route;
use actix_web::http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::ProblemKind;

/// One HTTP method of one path.
pub(crate) struct ApiOperation {
    pub(crate) method: Method,
    /// The path below the API's own path; `{name}` is a parameter.
    pub(crate) path: &'static str,
    pub(crate) handler: Route,
    /// Unique: generated clients use it as the name of the function.
    pub(crate) id: &'static str,
    /// The group of calls in the documentation.
    pub(crate) tag: &'static str,
    /// A few words.
    pub(crate) summary: &'static str,
    /// Whole sentences.
    pub(crate) description: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) body: Option<RequestBody>,
    /// The successful responses.
    pub(crate) responses: Vec<ApiResponse>,
    /// Its own problems. Those that every write and every body can have are added to the documentation.
    pub(crate) problems: &'static [ProblemKind],
}

/// A parameter in the path, the query or a header.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) kind: ParameterKind,
}

/// The place of a parameter, and its type.
#[derive(Clone, Copy)]
pub(crate) enum ParameterKind {
    /// In the path.
    Path,
    /// In the query; an empty text counts as absent.
    Text,
    /// In the query: one of these words. The first one is the default.
    OneOf(&'static [&'static str]),
    /// In the query: a whole number. Without a default, the description says what holds.
    Integer { default: Option<usize>, maximum: Option<usize> },
    /// In the query: a duration.
    Duration { default: &'static str },
    /// In the query: all parameters with other names. Each is compared with the event's field of that name.
    OtherFields,
    /// In a header.
    Header,
}

impl Parameter {
    pub(crate) const fn path(name: &'static str, description: &'static str) -> Self {
        Self { name, description, kind: ParameterKind::Path }
    }

    pub(crate) const fn text(name: &'static str, description: &'static str) -> Self {
        Self { name, description, kind: ParameterKind::Text }
    }

    /// A whole number without a default.
    pub(crate) const fn number(name: &'static str, description: &'static str) -> Self {
        Self { name, description, kind: ParameterKind::Integer { default: None, maximum: None } }
    }

    pub(crate) const fn one_of(name: &'static str, description: &'static str, words: &'static [&'static str]) -> Self {
        Self { name, description, kind: ParameterKind::OneOf(words) }
    }

    pub(crate) const fn integer(
        name: &'static str,
        description: &'static str,
        default: usize,
        maximum: Option<usize>,
    ) -> Self {
        Self { name, description, kind: ParameterKind::Integer { default: Some(default), maximum } }
    }
}

/// Makes the JSON schema of a type.
pub(super) type SchemaFn = fn(&mut SchemaGenerator) -> Schema;

/// The body of a request.
pub(crate) struct RequestBody {
    pub(super) schema: SchemaFn,
    pub(super) example: Value,
    /// Whether an empty body, which counts as `{}`, is refused.
    pub(super) required: bool,
}

impl RequestBody {
    /// A body that the handler reads as `T`.
    pub(crate) fn json<T: JsonSchema + DeserializeOwned>(example: Value) -> Self {
        let required = serde_json::from_str::<T>("{}").is_err();
        Self { schema: SchemaGenerator::subschema_for::<T>, example, required }
    }
}

/// A successful response.
pub(crate) struct ApiResponse {
    pub(crate) status: StatusCode,
    pub(crate) description: &'static str,
    /// One entry for each media type; none when the response has no body.
    pub(crate) content: Vec<ResponseContent>,
}

/// The body of a response.
pub(crate) struct ResponseContent {
    pub(crate) media_type: &'static str,
    pub(crate) schema: SchemaFn,
    pub(crate) example: Value,
}

impl ApiResponse {
    /// A body that the handler writes as `T`.
    pub(crate) fn json<T: JsonSchema + Serialize>(
        status: StatusCode,
        description: &'static str,
        example: Value,
    ) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        Self { status, description, content: vec![ResponseContent { media_type: "application/json", schema, example }] }
    }

    /// Status 204.
    pub(crate) const fn empty(description: &'static str) -> Self {
        Self { status: StatusCode::NO_CONTENT, description, content: Vec::new() }
    }
}
