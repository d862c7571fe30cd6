//! Reading what is asked for: bodies, queries, and numbers that may be strings.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use url::form_urlencoded;

use super::Control;
use super::problem::Problem;
use crate::body::{self, NoBody};
use crate::ledger::{IMid, Phone};

/// A JSON body; an empty one is `{}`.
pub(super) async fn json<T: DeserializeOwned>(
    control: &Control,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, Problem> {
    let body = body::read(control.limits, request, payload).await.map_err(|reason| match reason {
        NoBody::TooLarge => {
            let detail = format!("the body is larger than {} bytes", control.limits.bytes);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
        }
        NoBody::TooSlow => Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the body did not arrive in time"),
        NoBody::Broken => Problem::new(StatusCode::BAD_REQUEST, "broken", "the body ended before its length"),
    })?;
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    // Deserializers take a list for a struct; a person who writes one means something else.
    if body.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad-json", "the body is not a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "bad-json", error.to_string()))
}

/// The parameters of a query, the last of a name winning.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self(form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect())
    }

    /// A parameter; none where it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// All parameters but those named.
    pub(super) fn besides<'q>(&'q self, names: &'q [&str]) -> impl Iterator<Item = (&'q str, &'q str)> {
        self.0.iter().filter(move |(name, _)| !names.contains(&name.as_str())).map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str, default: usize) -> Result<usize, Problem> {
        match self.get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| Problem::bad_value(format!("{name} is not a whole number"))),
        }
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

/// A number that may be written as a string.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a whole number, also as a string")]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Option::<Either>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        Some(Either::Text(text)) => {
            text.parse().map(Some).map_err(|_| D::Error::custom(format!("{text:?} is not a whole number")))
        }
    }
}
