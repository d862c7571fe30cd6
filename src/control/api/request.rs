//! Reads requests: bodies, queries, and numbers that may be written as strings.

use std::borrow::Cow;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use url::form_urlencoded;

use super::operation::{Parameter, ParameterKind};
use super::problem::{Problem, ProblemKind};
use crate::body::{self, BodyError};
use crate::control::Control;
use crate::domain::{IMid, Phone};

/// Reads a body.
pub(crate) async fn body(control: &Control, request: &HttpRequest, payload: web::Payload) -> Result<Bytes, Problem> {
    body::read(control.limits, request, payload).await.map_err(|reason| match reason {
        BodyError::TooLarge => {
            let detail = format!("the body is larger than {} bytes", control.limits.bytes);
            Problem::new(ProblemKind::TOO_LARGE, detail)
        }
        BodyError::TooSlow => Problem::new(ProblemKind::TOO_SLOW, ProblemKind::TOO_SLOW.meaning),
        BodyError::Broken => Problem::new(ProblemKind::BROKEN, ProblemKind::BROKEN.meaning),
    })
}

/// Reads a JSON body; an empty one counts as `{}`.
pub(crate) async fn json<T: DeserializeOwned>(
    control: &Control,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, Problem> {
    let body = body(control, request, payload).await?;
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    // serde would also accept a list for a struct; that is always a mistake.
    if body.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
        return Err(Problem::new(ProblemKind::BAD_JSON, "the body is not a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| Problem::new(ProblemKind::BAD_JSON, error.to_string()))
}

/// The parameters of a query; of two with the same name the last one counts. A handler can read only the parameters
/// that its call declares.
pub(crate) struct Query {
    sent: Vec<(String, String)>,
    declared: &'static [Parameter],
}

impl Query {
    pub(crate) fn from_request(request: &HttpRequest, declared: &'static [Parameter]) -> Self {
        Self::from_text(request.query_string(), declared)
    }

    pub(crate) fn from_text(text: &str, declared: &'static [Parameter]) -> Self {
        Self { sent: form_urlencoded::parse(text.as_bytes()).into_owned().collect(), declared }
    }

    fn declared(&self, name: &str) -> Option<ParameterKind> {
        let declared = self.declared.iter().find(|parameter| parameter.name == name);
        debug_assert!(declared.is_some(), "the parameter {name} is not declared");
        declared.map(|parameter| parameter.kind)
    }

    /// The value of a parameter, unless it is missing or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.declared(name)?;
        let last = self.sent.iter().rev().find(|(known, _)| known == name);
        last.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All parameters that the call does not declare.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_declared = |name: &str| {
            self.declared.iter().any(|known| known.name == name && !matches!(known.kind, ParameterKind::Path))
        };
        let others = self.sent.iter().filter(move |(name, _)| !is_declared(name));
        others.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// One of the declared words.
    pub(crate) fn one_of(&self, name: &str) -> Result<&'static str, Problem> {
        let Some(ParameterKind::OneOf(words)) = self.declared(name) else { return Ok("") };
        let first = words.first().copied().unwrap_or_default();
        let Some(text) = self.get(name) else { return Ok(first) };
        let known = words.iter().copied().find(|word| *word == text);
        known.ok_or_else(|| Problem::bad_value(format!("{name} is one of {}", words.join(", "))))
    }

    /// A whole number with the declared default and maximum.
    pub(crate) fn integer(&self, name: &str) -> Result<usize, Problem> {
        let (default, maximum) = match self.declared(name) {
            Some(ParameterKind::Integer { default, maximum }) => (default.unwrap_or(0), maximum.unwrap_or(usize::MAX)),
            _ => (0, usize::MAX),
        };
        let number = match self.get(name) {
            None => default,
            Some(text) => text.parse().map_err(|_| Problem::bad_value(format!("{name} is not a whole number")))?,
        };
        if number > maximum {
            return Err(Problem::bad_value(format!("{name} is at most {maximum}; read the next page with `after`")));
        }
        Ok(number)
    }

    /// The page of a sorted list, as `limit` and `after` ask for it. `position` finds the item that `after` names.
    ///
    /// # Errors
    /// `limit` is too large, or `after` names nothing in the list.
    pub(crate) fn page<T>(
        &self,
        mut items: Vec<T>,
        what: &'static str,
        is_after: impl Fn(&T, &str) -> bool,
    ) -> Result<Vec<T>, Problem> {
        let limit = self.integer("limit")?;
        if let Some(after) = self.get("after") {
            let position = items.iter().position(|item| is_after(item, after));
            let position = position.ok_or_else(|| Problem::not_found(what, after))?;
            items.drain(..=position);
        }
        items.truncate(limit);
        Ok(items)
    }

    /// The page of a list of numbers, oldest first: those after `after`, or the newest where that is not given.
    ///
    /// # Errors
    /// `limit` is too large, or `after` is no number.
    pub(crate) fn page_of_numbers<T>(&self, mut items: Vec<T>, number: impl Fn(&T) -> u64) -> Result<Vec<T>, Problem> {
        let limit = self.integer("limit")?;
        if self.get("after").is_some() {
            let after = self.integer("after")? as u64;
            items.drain(..items.partition_point(|item| number(item) <= after));
            items.truncate(limit);
        } else {
            items.drain(..items.len().saturating_sub(limit));
        }
        Ok(items)
    }

    /// The parameter `iMid`.
    pub(crate) fn i_mid(&self) -> Result<Option<IMid>, Problem> {
        self.get("iMid").map(|text| IMid::new(text).map_err(|e| Problem::bad_value(e.to_string()))).transpose()
    }

    /// The parameter `iMid`, which must name an existing merchant.
    pub(crate) fn existing_merchant(&self, control: &Control) -> Result<Option<IMid>, Problem> {
        self.i_mid()?.map(|i_mid| check_merchant(control, i_mid)).transpose()
    }
}

/// An iMid, if a merchant with it exists.
pub(crate) fn check_merchant(control: &Control, i_mid: IMid) -> Result<IMid, Problem> {
    match control.engine.merchant(i_mid.as_str()) {
        Some(_) => Ok(i_mid),
        None => Err(Problem::not_found("merchant", i_mid.as_str())),
    }
}

/// A phone number in a path or body.
pub(crate) fn phone(text: &str) -> Result<Phone, Problem> {
    Phone::new(text).map_err(|e| Problem::bad_value(e.to_string()))
}

/// A whole number that may be written as a string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeNumber(pub(crate) u64);

/// A whole number, also as a string.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a whole number, also as a string")]
#[schemars(inline)]
enum NumberOrText {
    Number(u64),
    Text(#[schemars(regex(pattern = "^[0-9]+$"))] String),
}

impl<'de> Deserialize<'de> for WholeNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NumberOrText::deserialize(deserializer)? {
            NumberOrText::Number(number) => Ok(Self(number)),
            NumberOrText::Text(text) => {
                text.parse().map(Self).map_err(|_| D::Error::custom(format!("{text:?} is not a whole number")))
            }
        }
    }
}

impl JsonSchema for WholeNumber {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WholeNumber".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        NumberOrText::json_schema(generator)
    }
}
