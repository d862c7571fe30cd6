//! Errors of the API as problem details (RFC 9457).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use schemars::JsonSchema;
use serde::Serialize;

use crate::control::Control;
use crate::control::view::{Miss, NearMiss, ScenarioError};
use crate::diagnosis::Slug;
use crate::endpoints::OtherApi;
use crate::paths;

use super::response;

/// A kind of problem. Its slug never changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProblemKind {
    pub(crate) status: StatusCode,
    /// The last part of the problem's `type`.
    pub(crate) slug: &'static str,
    /// For the documentation.
    pub(crate) meaning: &'static str,
}

impl ProblemKind {
    const fn new(status: StatusCode, slug: &'static str, meaning: &'static str) -> Self {
        Self { status, slug, meaning }
    }

    pub(crate) const BAD_JSON: Self =
        Self::new(StatusCode::BAD_REQUEST, "bad-json", "the body is not a JSON object with the fields of this call");
    pub(crate) const BROKEN: Self =
        Self::new(StatusCode::BAD_REQUEST, "broken", "the body is shorter than its Content-Length");
    pub(crate) const PARAMETER: Self =
        Self::new(StatusCode::BAD_REQUEST, "parameter", "the call does not have this query parameter");
    pub(crate) const ORIGIN: Self =
        Self::new(StatusCode::FORBIDDEN, "origin", "a page of another site tried to change something");
    pub(crate) const PATH: Self = Self::new(StatusCode::NOT_FOUND, "path", "this path does not exist");
    pub(crate) const NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing with this name or number");
    pub(crate) const NO_SUCH_EVENT: Self = Self::new(
        StatusCode::NOT_FOUND,
        "no-such-event",
        "no event matched before the timeout; `nearestMisses` has the most similar events",
    );
    pub(crate) const METHOD: Self = Self::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "verb",
        "the path does not support this HTTP method; `Allow` lists the supported ones",
    );
    pub(crate) const TOO_SLOW: Self =
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "the body did not arrive in time");
    pub(crate) const STAGE: Self =
        Self::new(StatusCode::CONFLICT, "stage", "the call is not possible in the transaction's `stage`");
    pub(crate) const STATE: Self =
        Self::new(StatusCode::CONFLICT, "state", "the account binding has ended; `state` is its result");
    pub(crate) const CANCEL: Self =
        Self::new(StatusCode::CONFLICT, "cancel", "NICEPAY would refuse this cancel with `resultCd`");
    pub(crate) const TOKEN_EXISTS: Self =
        Self::new(StatusCode::CONFLICT, "token-exists", "this merchant already has this token");
    pub(crate) const NOTHING_TO_WITHDRAW: Self = Self::new(
        StatusCode::CONFLICT,
        "nothing-to-withdraw",
        "every notification of the transaction was already attempted: none can be `lost`",
    );
    pub(crate) const NOT_SENT: Self = Self::new(
        StatusCode::CONFLICT,
        "not-sent",
        "the notification was not attempted yet, so it has no form to edit",
    );
    pub(crate) const SUBJECT_REMOVED: Self = Self::new(
        StatusCode::CONFLICT,
        "subject-removed",
        "the payment or the account binding of the notification was removed to make room",
    );
    pub(crate) const RESENDS: Self =
        Self::new(StatusCode::CONFLICT, "resends", "the notification was resent as often as is possible");
    pub(crate) const NOTHING_DUE: Self = Self::new(
        StatusCode::CONFLICT,
        "nothing-due",
        "no attempt of the notification is ahead, it is being sent at this moment, or another attempt is next; `detail` says which",
    );
    pub(crate) const RULE_EXISTS: Self =
        Self::new(StatusCode::CONFLICT, "rule-exists", "another rule already has this id");
    pub(crate) const RULES: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "rules", "the maximum number of rules is reached");
    pub(crate) const MERCHANTS: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "merchants",
        "the maximum number of merchants is reached (`--max-merchants`)",
    );
    pub(crate) const AUDIT: Self =
        Self::new(StatusCode::CONFLICT, "audit", "an audit is running; there is one at a time");
    pub(crate) const SAMPLE: Self =
        Self::new(StatusCode::CONFLICT, "sample", "the gateway refused the sample order; `detail` says why");
    pub(crate) const SCENARIO: Self = Self::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "scenario",
        "the scenario has an error; `mistake` says what is wrong, and where",
    );
    pub(crate) const CLOCK: Self = Self::new(
        StatusCode::CONFLICT,
        "clock",
        "another request is moving the clock, and it may be waiting for your answer",
    );
    pub(crate) const NEXT: Self = Self::new(
        StatusCode::CONFLICT,
        "next",
        "nothing is due, or something else is due next by now; `detail` says which",
    );
    pub(crate) const NOT_VERIFIED: Self = Self::new(
        StatusCode::CONFLICT,
        "not-verified",
        "an expectation is not met; `detail` explains it to people, `misses` to programs",
    );
    pub(crate) const TOO_LARGE: Self =
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the body is larger than the limit");
    pub(crate) const CONTENT_TYPE: Self =
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", "a write needs `Content-Type: application/json`");
    pub(crate) const BAD_VALUE: Self =
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-value", "a value is not valid for this call");
    pub(crate) const WAITERS: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "waiters", "the maximum number of waiting requests is reached");
    pub(crate) const STREAMS: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "streams", "the maximum number of event streams is reached");
    pub(crate) const MEMORY: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "memory", "the memory budget has no room for this (`--max-memory`)");
    pub(crate) const STOPPING: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the simulator is stopping");
    pub(crate) const UNFINISHED: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "unfinished",
        "the call ended before it was finished; `detail` says why",
    );

    /// Every kind. The OpenAPI document has an example of each.
    pub(crate) const ALL: [Self; 35] = [
        Self::BAD_JSON,
        Self::BROKEN,
        Self::PARAMETER,
        Self::ORIGIN,
        Self::PATH,
        Self::NOT_FOUND,
        Self::NO_SUCH_EVENT,
        Self::METHOD,
        Self::TOO_SLOW,
        Self::STAGE,
        Self::STATE,
        Self::CANCEL,
        Self::TOKEN_EXISTS,
        Self::NOT_SENT,
        Self::SUBJECT_REMOVED,
        Self::NOTHING_TO_WITHDRAW,
        Self::RESENDS,
        Self::NOTHING_DUE,
        Self::RULE_EXISTS,
        Self::RULES,
        Self::MERCHANTS,
        Self::AUDIT,
        Self::SAMPLE,
        Self::SCENARIO,
        Self::CLOCK,
        Self::NEXT,
        Self::NOT_VERIFIED,
        Self::TOO_LARGE,
        Self::CONTENT_TYPE,
        Self::BAD_VALUE,
        Self::WAITERS,
        Self::STREAMS,
        Self::MEMORY,
        Self::STOPPING,
        Self::UNFINISHED,
    ];

    /// The problems of every call that reads a body.
    pub(crate) const OF_BODIES: [Self; 4] = [Self::BAD_JSON, Self::BROKEN, Self::TOO_SLOW, Self::TOO_LARGE];
    /// The problems of every call that is not a GET.
    pub(crate) const OF_WRITES: [Self; 3] = [Self::PARAMETER, Self::ORIGIN, Self::CONTENT_TYPE];

    /// The problem's type.
    pub(crate) fn urn(&self) -> String {
        format!("urn:nicepay-sim:problem:{}", self.slug)
    }
}

/// Fields that some kinds of problem add.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemExtras {
    /// With `stage`: the stage of the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stage: Option<&'static str>,
    /// With `state`: the state of the account binding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<&'static str>,
    /// With `cancel`: the code that NICEPAY would answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result_cd: Option<&'static str>,
    /// With `no-such-event`: the most similar events, the most similar first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nearest_misses: Option<Vec<NearMiss>>,
    /// With `scenario`: what is wrong, and where.
    #[serde(rename = "mistake", skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ScenarioError>,
    /// With `not-verified`: always false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    /// With `not-verified`: the expectations that are not met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) misses: Option<Vec<Miss>>,
    /// With `not-verified`: for each expectation, the numbers of the events that match it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) matched: Option<Vec<Vec<u64>>>,
    /// With `not-verified`: the number of the last event that was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<u64>,
    /// With `not-verified`: true when the log no longer has all the events that should have been checked; otherwise
    /// absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) incomplete: Option<bool>,
}

/// Problem details (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemDetails<'a> {
    /// The kind of problem: `urn:nicepay-sim:problem:` and a slug. It never changes.
    r#type: String,
    /// The name of the HTTP status.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request, as a sentence.
    detail: &'a str,
    #[serde(flatten)]
    extras: &'a ProblemExtras,
}

impl<'a> ProblemDetails<'a> {
    pub(crate) fn new(kind: &ProblemKind, detail: &'a str, extras: &'a ProblemExtras) -> Self {
        let title = kind.status.canonical_reason().unwrap_or("Problem");
        Self { r#type: kind.urn(), title, status: kind.status.as_u16(), detail, extras }
    }
}

/// A problem: the error of a handler.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: ProblemKind,
    detail: String,
    extras: Box<ProblemExtras>,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), extras: Box::default() }
    }

    pub(crate) fn not_found(noun: &str, name: &str) -> Self {
        let name = cut(name, 64);
        Self::new(ProblemKind::NOT_FOUND, format!("there is no {noun} {name:?}"))
    }

    pub(crate) fn bad_value(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::BAD_VALUE, detail)
    }

    pub(crate) fn stopping() -> Self {
        Self::new(ProblemKind::STOPPING, ProblemKind::STOPPING.meaning)
    }

    /// The client has closed its side of the connection; hardly anyone reads this.
    pub(crate) fn left() -> Self {
        Self::new(ProblemKind::UNFINISHED, "the client closed its side of the connection, which ends the call")
    }

    pub(crate) fn wrong_stage(stage: &'static str, action: &str) -> Self {
        let detail = format!("a transaction that is {stage} does not allow: {action}");
        Self::new(ProblemKind::STAGE, detail)
            .with_extras(ProblemExtras { stage: Some(stage), ..ProblemExtras::default() })
    }

    pub(crate) fn with_extras(self, extras: ProblemExtras) -> Self {
        Self { extras: extras.into(), ..self }
    }
}

/// The sentence of a problem. It goes with the response as an extension, for the pages of the dashboard.
#[derive(Clone, Debug)]
pub struct ProblemDetail(pub String);

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
        let details = ProblemDetails::new(&self.kind, &self.detail, &self.extras);
        let mut response = response::with_media_type(self.kind.status, "application/problem+json", &details);
        response.extensions_mut().insert(ProblemDetail(self.detail.clone()));
        response
    }
}

/// The beginning of a text. The sign of the cut says where a merchantKey may have been cut.
pub(super) fn cut(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Answers a path that does not exist with 404, and a hint when `/nicepay` is missing in front of it.
pub async fn path_not_found(request: HttpRequest) -> HttpResponse {
    let control = request.app_data::<Data<Control>>();
    let path = control.map_or(request.path().into(), |control| control.engine.masked(request.path()));
    let path = cut(&path, 200);
    let other_api = OtherApi::from_path(&path).filter(|_| !path.starts_with(paths::DEVELOPER));
    let (slug, detail) = if let Some(api) = other_api {
        (api.slug(), format!("{path:?}: {}", api.explanation(&path)))
    } else if GATEWAY_PREFIXES.iter().any(|prefix| path.starts_with(prefix)) {
        let detail =
            format!("{path:?} does not exist: NICEPAY's paths begin with {}. Is it in your base URL?", paths::GATEWAY);
        (Slug::PATH_WITHOUT_NICEPAY, detail)
    } else {
        let detail =
            format!("{path:?} does not exist; docs/reference/control-api.md lists the calls, /__sim/ has links");
        return Problem::new(ProblemKind::PATH, detail).error_response();
    };
    tracing::warn!("request refused: {detail}");
    let diagnosis = HeaderValue::from_str(&format!("{slug}: {detail}"));
    let mut response = Problem::new(ProblemKind::PATH, detail).error_response();
    if let Ok(diagnosis) = diagnosis {
        response.headers_mut().insert(HeaderName::from_static(paths::DIAGNOSIS_HEADER), diagnosis);
    }
    response
}

/// The paths that a client calls when `/nicepay` is missing in its base URL.
const GATEWAY_PREFIXES: [&str; 4] = ["/direct/v2/", "/redirect/v2/", "/api/direct/v2/", "/v2/user"];

/// Answers an HTTP method that the path does not support with 405.
pub(crate) fn wrong_method(methods: &str) -> HttpResponse {
    let mut response = Problem::new(ProblemKind::METHOD, format!("this path supports {methods}")).error_response();
    if let Ok(methods) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}
