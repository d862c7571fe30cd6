//! What a call of the API is: its route and its documentation in one value, so that neither exists without the other.

use actix_web::Route;
use actix_web::http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::Kind;

/// One verb of one path.
pub(super) struct Operation {
    pub(super) method: Method,
    /// Below the API's own path; `{name}` stands for a parameter.
    pub(super) path: &'static str,
    pub(super) handler: Route,
    /// Unique: generated clients name their functions so.
    pub(super) id: &'static str,
    /// Which group of calls it belongs to.
    pub(super) tag: &'static str,
    /// A few words.
    pub(super) summary: &'static str,
    /// Whole sentences.
    pub(super) description: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
    /// How it can say no, beside what every write and every body can meet.
    pub(super) problems: &'static [Kind],
}

/// Something that stands in the path, the query or the header.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) kind: ParameterKind,
}

/// Where a parameter stands, and what is read there.
#[derive(Clone, Copy)]
pub(super) enum ParameterKind {
    /// In the path.
    Path,
    /// In the query; no text is the same as no parameter.
    Text,
    /// In the query, one of some words; the first one unless said.
    Word(&'static [&'static str]),
    /// In the query, a whole number; without a default, what holds is said in words.
    Whole { default: Option<usize>, maximum: Option<usize> },
    /// In the query, a duration.
    Duration { default: &'static str },
    /// In the query: every other name, compared with what is called so.
    Others,
    /// In the header.
    Header,
}

impl Parameter {
    pub(super) const fn path(name: &'static str, description: &'static str) -> Self {
        Self { name, description, kind: ParameterKind::Path }
    }

    pub(super) const fn text(name: &'static str, description: &'static str) -> Self {
        Self { name, description, kind: ParameterKind::Text }
    }

    pub(super) const fn word(name: &'static str, description: &'static str, words: &'static [&'static str]) -> Self {
        Self { name, description, kind: ParameterKind::Word(words) }
    }

    pub(super) const fn whole(
        name: &'static str,
        description: &'static str,
        default: usize,
        maximum: Option<usize>,
    ) -> Self {
        Self { name, description, kind: ParameterKind::Whole { default: Some(default), maximum } }
    }
}

/// How a type describes itself.
pub(super) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What a request brings.
pub(super) struct Body {
    pub(super) schema: Describe,
    pub(super) example: Value,
    /// Whether no body at all, which is `{}`, will not do.
    pub(super) required: bool,
}

impl Body {
    /// What the handler reads as `T`.
    pub(super) fn json<T: JsonSchema + DeserializeOwned>(example: Value) -> Self {
        let required = serde_json::from_str::<T>("{}").is_err();
        Self { schema: SchemaGenerator::subschema_for::<T>, example, required }
    }
}

/// What is answered when all is well.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) description: &'static str,
    /// In the forms that can be had, if any.
    pub(super) content: Vec<Content>,
}

/// The body of an answer.
pub(super) struct Content {
    pub(super) media: &'static str,
    pub(super) schema: Describe,
    pub(super) example: Value,
}

impl Answer {
    /// What the handler answers as `T`.
    pub(super) fn json<T: JsonSchema + Serialize>(
        status: StatusCode,
        description: &'static str,
        example: Value,
    ) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        Self { status, description, content: vec![Content { media: "application/json", schema, example }] }
    }

    /// Done, and nothing to say.
    pub(super) const fn empty(description: &'static str) -> Self {
        Self { status: StatusCode::NO_CONTENT, description, content: Vec::new() }
    }
}
