//! `POST /verify`: checks expectations against the event log. The response explains each one that is not met.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::event_matcher::{EventMatcher, SUBJECT_FIELDS, text};
use super::log_query::BATCH_SIZE;
use super::verifier::{Expectation, Times, VerificationReport, Verifier};
use crate::control::Control;
use crate::control::api::{
    ApiOperation, ApiResponse, Problem, ProblemExtras, ProblemKind, RequestBody, WholeNumber, request, response,
};
use crate::control::view::Event;
use crate::sockets::Client;
use crate::store::Filter;

/// The maximum number of expectations in one call: each is compared with every event.
const MAX_EXPECTATIONS: usize = 100;
/// How much longer than one attempt to send a notification the call waits for what is due. An attempt that gets no answer is
/// finished by then, and is an event.
const SPARE_TIME: Duration = Duration::from_secs(5);

pub(super) fn operations() -> Vec<ApiOperation> {
    let example = json!({
        "referenceNo": "order-1",
        "inOrder": true,
        "expect": [
            { "type": "transaction.approved", "times": 1 },
            { "type": "notification.attempted", "times": { "atLeast": 1, "atMost": 2 }, "where": { "httpStatus": 200 } },
            { "type": "transaction.cancelled", "times": 0 },
        ],
    });
    vec![ApiOperation {
        method: Method::POST,
        path: "/verify",
        handler: web::to(handle),
        id: "verifyEvents",
        tag: "events",
        summary: "Verifies what happened",
        description: "Checks which events happened, how often and in which order. If an expectation is not met, the \
                      response is a problem that explains each miss and shows the most similar events. A type that \
                      does not exist is refused.",
        parameters: &[],
        body: Some(RequestBody::json::<Verify>(example)),
        responses: vec![ApiResponse::json::<Verified>(
            StatusCode::OK,
            "All expectations are met.",
            json!({ "ok": true, "matched": [[17], [21], []], "last": 25 }),
        )],
        problems: &[ProblemKind::NOT_VERIFIED, ProblemKind::BAD_VALUE, ProblemKind::STOPPING, ProblemKind::UNFINISHED],
    }]
}

/// The expectations.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Verify {
    /// Only events of this merchant. An expectation can name another one.
    i_mid: Option<String>,
    /// Only events of this transaction. An expectation can name another one.
    t_xid: Option<String>,
    /// Only events of the order with this number of the merchant. An expectation can name another one.
    reference_no: Option<String>,
    /// Only events after this number. Default: all events.
    after: Option<WholeNumber>,
    /// Whether everything that is due now is done first, including the merchants' responses. Default: true. Use false
    /// inside a notification handler: the call would wait for that handler's own response.
    drain: Option<bool>,
    /// Whether the first event of each expectation must come after the first event of the one before it. Default:
    /// false.
    in_order: Option<bool>,
    /// What is expected.
    // Each becomes an `ExpectationConfig` later: serde would also accept a list for a struct, and the error needs the
    // index.
    #[schemars(with = "Vec<ExpectationConfig>", length(min = 1, max = MAX_EXPECTATIONS))]
    expect: Vec<Map<String, Value>>,
}

/// Which events are expected, and how often. At least one field beside `times` is required.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Expectation")]
struct ExpectationConfig {
    /// The type of the events. Separate several types with commas.
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// Only events of this merchant.
    i_mid: Option<String>,
    /// Only events of this transaction.
    t_xid: Option<String>,
    /// Only events of the order with this number of the merchant.
    reference_no: Option<String>,
    /// How often: a number, or limits. Default: at least once.
    #[schemars(with = "Option<TimesConfig>")]
    times: Option<Value>,
    /// The expected values of fields, compared as text: `200` and `"200"` are equal.
    #[serde(rename = "where")]
    #[schemars(with = "Option<ExpectedFields>")]
    fields: Option<Map<String, Value>>,
}

/// The schema of `times`. Its reader is written by hand because its errors are clearer than serde's.
struct TimesConfig;

impl JsonSchema for TimesConfig {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TimesConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut bound = |description: &str| {
            let mut bound = generator.subschema_for::<WholeNumber>();
            bound.insert("description".to_owned(), description.into());
            bound
        };
        json_schema!({
            "anyOf": [
                bound("Exactly this number; 0 for never."),
                {
                    "type": "object",
                    "description": "A minimum, a maximum, or both.",
                    "properties": { "atLeast": bound("The minimum."), "atMost": bound("The maximum.") },
                    "additionalProperties": false,
                    "minProperties": 1,
                },
            ],
        })
    }
}

/// The schema of `where`.
struct ExpectedFields;

impl JsonSchema for ExpectedFields {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ExpectedFields".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })
    }
}

/// All expectations are met.
#[derive(Serialize, JsonSchema)]
struct Verified {
    /// Always true.
    ok: bool,
    /// For each expectation, the numbers of the events that match it.
    matched: Vec<Vec<u64>>,
    /// The number of the last event that was checked.
    last: u64,
    /// True when the log no longer has all the events that should have been checked; otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<bool>,
    /// With `incomplete`: which events are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

async fn handle(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let verify: Verify = request::json(&control, &request, payload).await?;
    let verifier = Verifier::new(verify.expectations()?, verify.in_order.unwrap_or(false));
    if verify.drain.unwrap_or(true) {
        tokio::select! {
            () = control.background.drain() => {}
            () = tokio::time::sleep(control.api_limits.notification_timeout + SPARE_TIME) => {
                let detail = "what is due was not finished in time, because receivers of notifications do not answer; \
                              `\"drain\": false` verifies without it";
                return Err(Problem::new(ProblemKind::UNFINISHED, detail));
            }
            () = Client::left(&request).cancelled_owned() => return Err(Problem::left()),
            () = control.stopping.cancelled() => return Err(Problem::stopping()),
        }
    }
    let CheckedLog { report, last, missing } = check_log(&control, verifier, verify.filter()).await;
    let incomplete = missing.map(|(from, to)| {
        format!(
            "the log no longer has all events from {from} to {to} (--max-events, --max-event-bytes): \
             an expected event may be among them"
        )
    });
    if !report.misses.is_empty() {
        return Err(not_verified(report, last, incomplete));
    }
    let VerificationReport { matched, .. } = report;
    let incomplete_flag = incomplete.as_ref().map(|_| true);
    Ok(response::ok(&Verified { ok: true, matched, last, incomplete: incomplete_flag, detail: incomplete }))
}

impl Verify {
    /// The events that must be checked. More are read: a near miss can be another merchant's.
    fn filter(&self) -> Filter {
        let has_other_merchants = self.expect.iter().any(|one| one.contains_key("iMid"));
        let i_mid = self.i_mid.as_deref().filter(|_| !has_other_merchants).map(Into::into);
        Filter { after: self.after.map_or(0, |WholeNumber(after)| after), i_mid, ..Filter::default() }
    }

    fn expectations(&self) -> Result<Vec<Expectation>, Problem> {
        match self.expect.len() {
            0 => return Err(Problem::bad_value("expect is empty: it needs at least one expectation")),
            1..=MAX_EXPECTATIONS => {}
            count => {
                let detail = format!("expect has {count} entries; the maximum is {MAX_EXPECTATIONS}");
                return Err(Problem::bad_value(detail));
            }
        }
        self.expect.iter().enumerate().map(|(index, config)| self.expectation(index, config)).collect()
    }

    /// The expectation with the fields of the whole request as defaults.
    fn expectation(&self, index: usize, config: &Map<String, Value>) -> Result<Expectation, Problem> {
        let problem = |kind: ProblemKind, detail: String| Problem::new(kind, format!("expect[{index}]: {detail}"));
        let config: ExpectationConfig = serde_json::from_value(Value::Object(config.clone()))
            .map_err(|error| problem(ProblemKind::BAD_JSON, error.to_string()))?;
        let times = config.times.as_ref().map_or(Ok(Times::ONCE_OR_MORE), parse_times);
        let times = times.map_err(|(kind, error)| problem(kind, error))?;
        let own = [&config.i_mid, &config.t_xid, &config.reference_no];
        let shared = [&self.i_mid, &self.t_xid, &self.reference_no];
        let mut matcher = EventMatcher::default().with_types(config.event_type.as_deref().unwrap_or_default());
        for (name, value) in config.fields.iter().flatten() {
            let text = field_text(name, value).map_err(|error| problem(ProblemKind::BAD_VALUE, error))?;
            matcher = matcher.with_field(name, &text);
        }
        if matcher.is_empty() && own.iter().all(|value| value.is_none()) {
            let detail = "it has neither type nor where: every event would match";
            return Err(problem(ProblemKind::BAD_VALUE, detail.to_owned()));
        }
        for (name, (own, shared)) in SUBJECT_FIELDS.into_iter().zip(own.into_iter().zip(shared)) {
            matcher = matcher.with_optional_field(name, own.as_deref().or(shared.as_deref()));
        }
        // What is mistyped would never match: an expectation with `"times": 0` would always be met.
        match matcher.unknown() {
            Some(sentence) => Err(problem(ProblemKind::BAD_VALUE, sentence)),
            None => Ok(Expectation { matcher, times }),
        }
    }
}

fn field_text(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(text(value).unwrap_or_default().into_owned()),
        _ => Err(format!("where.{name} must be a string, a number or a boolean")),
    }
}

/// Reads `2`, `"2"`, or `{"atLeast":1,"atMost":2}`.
fn parse_times(value: &Value) -> Result<Times, (ProblemKind, String)> {
    let unreadable = |detail: String| (ProblemKind::BAD_JSON, detail);
    let Value::Object(bounds) = value else {
        let exactly = whole_number(value).ok_or_else(|| {
            unreadable(format!("times is {value}; it must be a whole number or {{\"atLeast\":1,\"atMost\":2}}"))
        })?;
        return Ok(Times { min: exactly, max: Some(exactly) });
    };
    if let Some(unknown) = bounds.keys().find(|name| !matches!(name.as_str(), "atLeast" | "atMost")) {
        return Err(unreadable(format!("times has an unknown field `{unknown}`, expected `atLeast` or `atMost`")));
    }
    let bound = |name: &str| {
        let given = bounds.get(name).map(|value| whole_number(value).ok_or(value));
        given.transpose().map_err(|value| unreadable(format!("times.{name} is {value}; it must be a whole number")))
    };
    match (bound("atLeast")?, bound("atMost")?) {
        (None, None) => Err((ProblemKind::BAD_VALUE, "times has neither atLeast nor atMost".to_owned())),
        (Some(min), Some(max)) if min > max => {
            Err((ProblemKind::BAD_VALUE, format!("times.atLeast is {min}, which is more than atMost {max}")))
        }
        (min, max) => Ok(Times { min: min.unwrap_or(0), max }),
    }
}

fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

/// The result of a verification, and what of the log it covers.
struct CheckedLog {
    report: VerificationReport,
    /// The number of the last event that was checked.
    last: u64,
    /// The first and the last number of the events that should have been checked but were removed from the log.
    missing: Option<(u64, u64)>,
}

/// Checks the events up to now; those that happen meanwhile are left out.
async fn check_log(control: &Control, mut verifier: Verifier, needed: Filter) -> CheckedLog {
    let log = control.engine.store().log;
    let (last, mut missing) = (log.last(), log.part(&needed, 0).dropped);
    let begin = needed.after;
    let mut filter = Filter { after: begin, ..Filter::default() };
    while filter.after < last {
        let part = log.part(&filter, BATCH_SIZE);
        // These events were removed while we read.
        if let Some((from, to)) = part.dropped.filter(|_| filter.after > begin) {
            missing = Some((missing.map_or(from, |(first, _)| first), to));
        }
        filter.after = part.upto;
        for entry in part.entries.iter().filter(|entry| entry.event.id <= last) {
            verifier.add(&Event::from_entry(entry));
        }
        tokio::task::yield_now().await;
    }
    CheckedLog { report: verifier.report(), last, missing }
}

fn not_verified(report: VerificationReport, last: u64, incomplete: Option<String>) -> Problem {
    let VerificationReport { matched, misses, mut lines } = report;
    let extras = ProblemExtras {
        ok: Some(false),
        misses: Some(misses),
        matched: Some(matched),
        last: Some(last),
        incomplete: incomplete.as_ref().map(|_| true),
        ..ProblemExtras::default()
    };
    lines.extend(incomplete);
    Problem::new(ProblemKind::NOT_VERIFIED, lines.join("\n")).with_extras(extras)
}
