//! How the API says no: RFC 9457 problem details.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use schemars::JsonSchema;
use serde::Serialize;

use super::view::{Miss, NearMiss, ScenarioError};
use crate::diagnosis::Slug;
use crate::paths;

/// A kind of problem. Its slug is what programs may rely on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) status: StatusCode,
    /// The last part of the type.
    pub(super) slug: &'static str,
    /// For the API's description.
    pub(super) meaning: &'static str,
}

impl Kind {
    const fn new(status: StatusCode, slug: &'static str, meaning: &'static str) -> Self {
        Self { status, slug, meaning }
    }

    pub(super) const BAD_JSON: Self =
        Self::new(StatusCode::BAD_REQUEST, "bad-json", "the body is not a JSON object with the fields of this call");
    pub(super) const BROKEN: Self = Self::new(StatusCode::BAD_REQUEST, "broken", "the body ended before its length");
    pub(super) const PARAMETER: Self =
        Self::new(StatusCode::BAD_REQUEST, "parameter", "a query parameter that the call does not take");
    pub(super) const ORIGIN: Self =
        Self::new(StatusCode::FORBIDDEN, "origin", "a page of another site wanted to write");
    pub(super) const PATH: Self = Self::new(StatusCode::NOT_FOUND, "path", "nobody serves this path");
    pub(super) const NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing of that name or number");
    pub(super) const NO_SUCH_EVENT: Self = Self::new(
        StatusCode::NOT_FOUND,
        "no-such-event",
        "nothing of that kind happened in time; `nearestMisses` shows what did",
    );
    pub(super) const VERB: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "verb", "this path answers other verbs; `Allow` names them");
    pub(super) const TOO_SLOW: Self =
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the body did not arrive in time");
    pub(super) const STAGE: Self =
        Self::new(StatusCode::CONFLICT, "stage", "the transaction's `stage` does not allow it");
    pub(super) const STATE: Self =
        Self::new(StatusCode::CONFLICT, "state", "the binding is over; `state` says how it ended");
    pub(super) const CANCEL: Self =
        Self::new(StatusCode::CONFLICT, "cancel", "NICEPAY would refuse this cancel, with `resultCd`");
    pub(super) const TOKEN_EXISTS: Self =
        Self::new(StatusCode::CONFLICT, "token-exists", "this merchant has that token already");
    pub(super) const NOTHING_TO_WITHDRAW: Self = Self::new(
        StatusCode::CONFLICT,
        "nothing-to-withdraw",
        "every notification of the transaction was tried already: none can be `lost`",
    );
    pub(super) const RULE_EXISTS: Self =
        Self::new(StatusCode::CONFLICT, "rule-exists", "another rule has this id already");
    pub(super) const RULES: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "rules", "there are as many rules as may be");
    pub(super) const SCENARIO: Self = Self::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "scenario",
        "the scenario cannot be told; `mistake` says what is wrong, and where",
    );
    pub(super) const CLOCK: Self = Self::new(
        StatusCode::CONFLICT,
        "clock",
        "somebody else is moving the clock, and may be waiting for this very answer",
    );
    pub(super) const NOT_VERIFIED: Self = Self::new(
        StatusCode::CONFLICT,
        "not-verified",
        "something is not as expected; `detail` explains it to people, `misses` to programs",
    );
    pub(super) const TOO_LARGE: Self =
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the body is larger than the limit");
    pub(super) const CONTENT_TYPE: Self =
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", "a write needs Content-Type: application/json");
    pub(super) const BAD_VALUE: Self =
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-value", "a value is not one that this call takes");
    pub(super) const WAITERS: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "waiters", "as many requests wait as may");
    pub(super) const STREAMS: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "streams", "as many streams of events are open as may");
    pub(super) const STOPPING: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the simulator is stopping");

    /// Every kind: the document has an example of each.
    pub(super) const ALL: [Self; 25] = [
        Self::BAD_JSON,
        Self::BROKEN,
        Self::PARAMETER,
        Self::ORIGIN,
        Self::PATH,
        Self::NOT_FOUND,
        Self::NO_SUCH_EVENT,
        Self::VERB,
        Self::TOO_SLOW,
        Self::STAGE,
        Self::STATE,
        Self::CANCEL,
        Self::TOKEN_EXISTS,
        Self::NOTHING_TO_WITHDRAW,
        Self::RULE_EXISTS,
        Self::RULES,
        Self::SCENARIO,
        Self::CLOCK,
        Self::NOT_VERIFIED,
        Self::TOO_LARGE,
        Self::CONTENT_TYPE,
        Self::BAD_VALUE,
        Self::WAITERS,
        Self::STREAMS,
        Self::STOPPING,
    ];

    /// What every call that reads a body can meet.
    pub(super) const OF_BODIES: [Self; 4] = [Self::BAD_JSON, Self::BROKEN, Self::TOO_SLOW, Self::TOO_LARGE];
    /// What every call that is not a GET can meet.
    pub(super) const OF_WRITES: [Self; 3] = [Self::PARAMETER, Self::ORIGIN, Self::CONTENT_TYPE];

    /// The problem's type.
    pub(super) fn urn(&self) -> String {
        format!("urn:nicepay-sim:problem:{}", self.slug)
    }
}

/// What a problem can say beside its sentence. A new one is documented by being a field here.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Extras {
    /// With `stage`: the stage that the transaction is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<&'static str>,
    /// With `state`: the state that the binding is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    /// With `cancel`: the code that NICEPAY would answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result_cd: Option<&'static str>,
    /// With `no-such-event`: the events that came nearest, the nearest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nearest_misses: Option<Vec<NearMiss>>,
    /// With `scenario`: what is wrong, and where.
    #[serde(rename = "mistake", skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ScenarioError>,
    /// With `not-verified`: always false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ok: Option<bool>,
    /// With `not-verified`: what does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) misses: Option<Vec<Miss>>,
    /// With `not-verified`: for each expectation, the numbers of the events that were as wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) matched: Option<Vec<Vec<u64>>>,
    /// With `not-verified`: the number of the last event that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<u64>,
    /// With `not-verified`: true where the log no longer has all that should have been looked at, otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) incomplete: Option<bool>,
}

/// Problem details (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct Details<'a> {
    /// What kind of problem it is: `urn:nicepay-sim:problem:` and a slug. Programs may rely on it.
    r#type: String,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this very request, for people.
    detail: &'a str,
    #[serde(flatten)]
    extras: &'a Extras,
}

impl<'a> Details<'a> {
    pub(super) fn of(kind: &Kind, detail: &'a str, extras: &'a Extras) -> Self {
        let title = kind.status.canonical_reason().unwrap_or("Problem");
        Self { r#type: kind.urn(), title, status: kind.status.as_u16(), detail, extras }
    }
}

/// A problem.
#[derive(Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: String,
    extras: Box<Extras>,
}

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), extras: Box::default() }
    }

    pub(super) fn not_found(what: &str, name: &str) -> Self {
        let name: String = name.chars().take(64).collect();
        Self::new(Kind::NOT_FOUND, format!("there is no {what} {name:?}"))
    }

    pub(super) fn bad_value(detail: impl Into<String>) -> Self {
        Self::new(Kind::BAD_VALUE, detail)
    }

    pub(super) fn stopping() -> Self {
        Self::new(Kind::STOPPING, Kind::STOPPING.meaning)
    }

    pub(super) fn stage(stage: &'static str, wanted: &str) -> Self {
        let detail = format!("a transaction that is {stage} cannot be asked to {wanted}");
        Self::new(Kind::STAGE, detail).with(Extras { stage: Some(stage), ..Extras::default() })
    }

    pub(super) fn with(self, extras: Extras) -> Self {
        Self { extras: extras.into(), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.slug, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status
    }

    fn error_response(&self) -> HttpResponse {
        let details = Details::of(&self.kind, &self.detail, &self.extras);
        let body = serde_json::to_string(&details).unwrap_or_default();
        HttpResponse::build(self.kind.status)
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(body)
    }
}

/// A path that nobody serves.
pub async fn no_such_path(request: HttpRequest) -> HttpResponse {
    let path: String = request.path().chars().take(200).collect();
    let gateways = GATEWAYS_FOLDERS.iter().any(|folder| path.starts_with(folder));
    if !gateways {
        let detail = format!("{path:?} is not served; the README lists the calls, /__sim/ has links");
        return Problem::new(Kind::PATH, detail).error_response();
    }
    let detail =
        format!("{path:?} is not served: NICEPAY's paths begin with {}. Is it in your base URL?", paths::GATEWAY);
    let diagnosis = HeaderValue::from_str(&format!("{}: {detail}", Slug::PATH_WITHOUT_NICEPAY));
    let mut response = Problem::new(Kind::PATH, detail).error_response();
    if let Ok(diagnosis) = diagnosis {
        response.headers_mut().insert(HeaderName::from_static(paths::DIAGNOSIS_HEADER), diagnosis);
    }
    response
}

/// What stands after `/nicepay` in NICEPAY's paths: a client whose base URL lacks it calls these.
const GATEWAYS_FOLDERS: [&str; 4] = ["/direct/v2/", "/redirect/v2/", "/api/direct/v2/", "/v2/user"];

/// A verb that a path does not answer.
pub(super) fn wrong_verb(verbs: &str) -> HttpResponse {
    let mut response = Problem::new(Kind::VERB, format!("this path answers {verbs}")).error_response();
    if let Ok(verbs) = HeaderValue::from_str(verbs) {
        response.headers_mut().insert(header::ALLOW, verbs);
    }
    response
}
