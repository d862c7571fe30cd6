//! Reading what is asked for: bodies, queries, and numbers that may be strings.

use std::borrow::Cow;

use actix_web::{HttpRequest, web};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use url::form_urlencoded;

use super::Control;
use super::operation::{Parameter, ParameterKind};
use super::problem::{Kind, Problem};
use crate::body::{self, BodyError};
use crate::domain::{IMid, Phone};

/// A JSON body; an empty one is `{}`.
pub(super) async fn json<T: DeserializeOwned>(
    control: &Control,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, Problem> {
    let body = body::read(control.limits, request, payload).await.map_err(|reason| match reason {
        BodyError::TooLarge => {
            let detail = format!("the body is larger than {} bytes", control.limits.bytes);
            Problem::new(Kind::TOO_LARGE, detail)
        }
        BodyError::TooSlow => Problem::new(Kind::TOO_SLOW, Kind::TOO_SLOW.meaning),
        BodyError::Broken => Problem::new(Kind::BROKEN, Kind::BROKEN.meaning),
    })?;
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    // Deserializers take a list for a struct; a person who writes one means something else.
    if body.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
        return Err(Problem::new(Kind::BAD_JSON, "the body is not a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| Problem::new(Kind::BAD_JSON, error.to_string()))
}

/// The parameters of a query, the last of a name winning. Only those can be read that the call declares.
pub(super) struct Query {
    sent: Vec<(String, String)>,
    declared: &'static [Parameter],
}

impl Query {
    pub(super) fn of(request: &HttpRequest, declared: &'static [Parameter]) -> Self {
        let sent = form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
        Self { sent, declared }
    }

    fn declared(&self, name: &str) -> Option<ParameterKind> {
        let declared = self.declared.iter().find(|parameter| parameter.name == name);
        debug_assert!(declared.is_some(), "the parameter {name} is not declared");
        declared.map(|parameter| parameter.kind)
    }

    /// A parameter; none where it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.declared(name)?;
        let last = self.sent.iter().rev().find(|(known, _)| known == name);
        last.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All parameters but those that are declared for a query.
    pub(super) fn others(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_declared = |name: &str| {
            self.declared.iter().any(|known| known.name == name && !matches!(known.kind, ParameterKind::Path))
        };
        let others = self.sent.iter().filter(move |(name, _)| !is_declared(name));
        others.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// One of the words of its declaration.
    pub(super) fn word(&self, name: &str) -> Result<&'static str, Problem> {
        let Some(ParameterKind::Word(words)) = self.declared(name) else { return Ok("") };
        let first = words.first().copied().unwrap_or_default();
        let Some(asked) = self.get(name) else { return Ok(first) };
        let known = words.iter().copied().find(|word| *word == asked);
        known.ok_or_else(|| Problem::bad_value(format!("{name} is one of {}", words.join(", "))))
    }

    /// A whole number, by its declaration.
    pub(super) fn number(&self, name: &str) -> Result<usize, Problem> {
        let (default, maximum) = match self.declared(name) {
            Some(ParameterKind::Whole { default, maximum }) => (default.unwrap_or(0), maximum.unwrap_or(usize::MAX)),
            _ => (0, usize::MAX),
        };
        let number = match self.get(name) {
            None => default,
            Some(text) => text.parse().map_err(|_| Problem::bad_value(format!("{name} is not a whole number")))?,
        };
        Ok(number.min(maximum))
    }

    /// An iMid.
    pub(super) fn i_mid(&self) -> Result<Option<IMid>, Problem> {
        self.get("iMid").map(|text| IMid::new(text).map_err(|e| Problem::bad_value(e.to_string()))).transpose()
    }
}

/// A phone in a path or body.
pub(super) fn phone(text: &str) -> Result<Phone, Problem> {
    Phone::new(text).map_err(|e| Problem::bad_value(e.to_string()))
}

/// A whole number that may be written as a string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole(pub(super) u64);

/// A whole number, also as a string.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a whole number, also as a string")]
#[schemars(inline)]
enum Written {
    Number(u64),
    Text(#[schemars(regex(pattern = "^[0-9]+$"))] String),
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Self(number)),
            Written::Text(text) => {
                text.parse().map(Self).map_err(|_| D::Error::custom(format!("{text:?} is not a whole number")))
            }
        }
    }
}

impl JsonSchema for Whole {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}
