//! `POST /verify`: an assertion on the log. Its answer explains every miss.

use std::borrow::Cow;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::event_matcher::{EventMatcher, SUBJECT, text};
use super::operation::{Answer, Body, Operation};
use super::problem::{Extras, Kind, Problem};
use super::read::Whole;
use super::verifier::{Expectation, Times, Verdict, Verifier};
use super::view::Event;
use super::{Control, events, read, view};
use crate::store::Filter;

/// Expectations of one call: each is held against every event.
const MOST: usize = 100;

pub(super) fn operations() -> Vec<Operation> {
    let asked = json!({
        "referenceNo": "order-1",
        "inOrder": true,
        "expect": [
            { "type": "transaction.approved", "times": 1 },
            { "type": "notification.attempted", "times": { "atLeast": 1, "atMost": 2 }, "where": { "httpStatus": 200 } },
            { "type": "transaction.cancelled", "times": 0 },
        ],
    });
    vec![Operation {
        method: Method::POST,
        path: "/verify",
        handler: web::to(handle),
        id: "verifyEvents",
        tag: "events",
        summary: "Asserts what happened",
        description: "Which events, how often and in which order. What does not hold is a problem that explains every \
                      miss, with the events that came nearest. A type that no event ever has is refused, as it would \
                      never be seen.",
        parameters: &[],
        body: Some(Body::json::<Verify>(asked)),
        answers: vec![Answer::json::<Verified>(
            StatusCode::OK,
            "All of it holds.",
            json!({ "ok": true, "matched": [[17], [21], []], "last": 25 }),
        )],
        problems: &[Kind::NOT_VERIFIED, Kind::BAD_VALUE, Kind::STOPPING],
    }]
}

/// What should have happened.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Verify {
    /// Only events about this merchant, where an expectation does not say otherwise.
    i_mid: Option<String>,
    /// Only events about this transaction, where an expectation does not say otherwise.
    t_xid: Option<String>,
    /// Only events about this order of the merchant's, where an expectation does not say otherwise.
    reference_no: Option<String>,
    /// Only events after this number; all unless said.
    after: Option<Whole>,
    /// Whether what is due now is done before, the merchants' answers included; true unless said. Inside a notification
    /// handler this would wait for itself.
    drain: Option<bool>,
    /// Whether the first event of each expectation has to come after the first of the one before it; false unless said.
    in_order: Option<bool>,
    /// What is expected.
    // Each becomes an `Expect`: from an object, as a list is no person's way to write one.
    #[schemars(with = "Vec<Expect>", length(min = 1, max = MOST))]
    expect: Vec<Map<String, Value>>,
}

/// Events, and how often they should have happened. It needs `type`, `where`, or whom they are about.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Expectation")]
struct Expect {
    /// Of this type, or of one of these, with commas between them.
    #[serde(rename = "type")]
    event_type: Option<String>,
    /// About this merchant.
    i_mid: Option<String>,
    /// About this transaction.
    t_xid: Option<String>,
    /// About this order of the merchant's.
    reference_no: Option<String>,
    /// How often: a number, or bounds; at least once unless said.
    #[schemars(with = "Option<HowOften>")]
    times: Option<Value>,
    /// With this in these fields, compared as text: `200` and `"200"` are the same.
    #[serde(rename = "where")]
    #[schemars(with = "Option<Fields>")]
    fields: Option<Map<String, Value>>,
}

/// What `times` reads, for its documentation: it says more of what is wrong than a derived reader would.
struct HowOften;

impl JsonSchema for HowOften {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "HowOften".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut bound = |description: &str| {
            let mut bound = generator.subschema_for::<Whole>();
            bound.insert("description".to_owned(), description.into());
            bound
        };
        json_schema!({
            "anyOf": [
                bound("Exactly so often; 0 for never."),
                {
                    "type": "object",
                    "description": "One of the two, or both.",
                    "properties": { "atLeast": bound("So often or more."), "atMost": bound("So often or less.") },
                    "additionalProperties": false,
                    "minProperties": 1,
                },
            ],
        })
    }
}

/// What `field` reads, for its documentation.
struct Fields;

impl JsonSchema for Fields {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fields".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })
    }
}

/// All of it holds.
#[derive(Serialize, JsonSchema)]
struct Verified {
    /// Always true.
    ok: bool,
    /// For each expectation, the numbers of the events that were as wanted.
    matched: Vec<Vec<u64>>,
    /// The number of the last event that was looked at.
    last: u64,
    /// True where the log no longer has all that should have been looked at, otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<bool>,
    /// With `incomplete`: what is no longer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let asked: Verify = read::json(&control, &request, payload).await?;
    let judge = Verifier::new(asked.expectations()?, asked.in_order.unwrap_or(false));
    if asked.drain.unwrap_or(true) {
        tokio::select! {
            () = control.background.drain() => {}
            () = control.stopping.cancelled() => return Err(Problem::stopping()),
        }
    }
    let Judged { verdict, last, gone } = judged(&control, judge, asked.filter()).await;
    let incomplete = gone.map(|(from, to)| {
        format!(
            "the log no longer has all events from {from} to {to} (--max-events, --max-event-bytes): \
             what is not in it may have happened all the same"
        )
    });
    if verdict.misses.is_empty() {
        let Verdict { matched, .. } = verdict;
        let answer =
            Verified { ok: true, matched, last, incomplete: incomplete.as_ref().map(|_| true), detail: incomplete };
        return Ok(view::ok(&answer));
    }
    Err(not_verified(verdict, last, incomplete))
}

impl Verify {
    /// What has to be looked at to judge. More is looked at: near misses may be another merchant's.
    fn filter(&self) -> Filter {
        let others = self.expect.iter().any(|one| one.contains_key("iMid"));
        let i_mid = self.i_mid.as_deref().filter(|_| !others).map(Into::into);
        Filter { after: self.after.map_or(0, |Whole(after)| after), i_mid, ..Filter::default() }
    }

    fn expectations(&self) -> Result<Vec<Expectation>, Problem> {
        match self.expect.len() {
            0 => return Err(Problem::bad_value("expect is empty: say what should have happened")),
            1..=MOST => {}
            many => return Err(Problem::bad_value(format!("expect has {many} entries, and {MOST} are the most"))),
        }
        self.expect.iter().enumerate().map(|(index, one)| self.expectation(index, one)).collect()
    }

    /// What is said of all holds for each that does not say otherwise.
    fn expectation(&self, index: usize, one: &Map<String, Value>) -> Result<Expectation, Problem> {
        let here = |kind: Kind, detail: String| Problem::new(kind, format!("expect[{index}]: {detail}"));
        let one: Expect = serde_json::from_value(Value::Object(one.clone()))
            .map_err(|error| here(Kind::BAD_JSON, error.to_string()))?;
        let times = one.times.as_ref().map_or(Ok(Times::ONCE_OR_MORE), times).map_err(|(kind, e)| here(kind, e))?;
        let own = [&one.i_mid, &one.t_xid, &one.reference_no];
        let shared = [&self.i_mid, &self.t_xid, &self.reference_no];
        let mut wanted = EventMatcher::default().and_type(one.event_type.as_deref().unwrap_or_default());
        for (name, value) in one.fields.iter().flatten() {
            wanted = wanted.and(name, &field(name, value).map_err(|e| here(Kind::BAD_VALUE, e))?);
        }
        if wanted.is_empty() && own.iter().all(|value| value.is_none()) {
            return Err(here(Kind::BAD_VALUE, "it says neither type nor where: every event would do".to_owned()));
        }
        for (name, (own, shared)) in SUBJECT.into_iter().zip(own.into_iter().zip(shared)) {
            wanted = wanted.and_some(name, own.as_deref().or(shared.as_deref()));
        }
        // A mistyped one would never be seen, and so hold for ever where nothing is expected.
        match wanted.unknown_type() {
            Some(sentence) => Err(here(Kind::BAD_VALUE, sentence)),
            None => Ok(Expectation { wanted, times }),
        }
    }
}

fn field(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(text(value).unwrap_or_default().into_owned()),
        _ => Err(format!("where.{name} is neither a text nor a number")),
    }
}

/// `2`, `"2"`, or `{"atLeast":1,"atMost":2}`.
fn times(value: &Value) -> Result<Times, (Kind, String)> {
    let unreadable = |detail: String| (Kind::BAD_JSON, detail);
    let Value::Object(bounds) = value else {
        let exactly = whole(value).ok_or_else(|| {
            unreadable(format!("times is {value}, and neither a whole number nor {{\"atLeast\":1,\"atMost\":2}}"))
        })?;
        return Ok(Times { least: exactly, most: Some(exactly) });
    };
    if let Some(unknown) = bounds.keys().find(|name| !matches!(name.as_str(), "atLeast" | "atMost")) {
        return Err(unreadable(format!("times has an unknown field `{unknown}`, expected `atLeast` or `atMost`")));
    }
    let bound = |name: &str| {
        let given = bounds.get(name).map(|value| whole(value).ok_or(value));
        given.transpose().map_err(|value| unreadable(format!("times.{name} is {value}, and no whole number")))
    };
    match (bound("atLeast")?, bound("atMost")?) {
        (None, None) => Err((Kind::BAD_VALUE, "times says neither atLeast nor atMost".to_owned())),
        (Some(least), Some(most)) if least > most => {
            Err((Kind::BAD_VALUE, format!("times.atLeast is {least}, which is more than atMost {most}")))
        }
        (least, most) => Ok(Times { least: least.unwrap_or(0), most }),
    }
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

struct Judged {
    verdict: Verdict,
    /// The last event that was looked at.
    last: u64,
    /// The first and last of those that should have been.
    gone: Option<(u64, u64)>,
}

/// Shows the judge all that has happened until now, and not what happens while it looks.
async fn judged(control: &Control, mut judge: Verifier, needed: Filter) -> Judged {
    let log = control.engine.store().log;
    let (last, mut gone) = (log.last(), log.part(&needed, 0).dropped);
    let begin = needed.after;
    let mut filter = Filter { after: begin, ..Filter::default() };
    while filter.after < last {
        let part = log.part(&filter, events::BITE);
        // Pushed out while we look.
        if let Some((from, to)) = part.dropped.filter(|_| filter.after > begin) {
            gone = Some((gone.map_or(from, |(first, _)| first), to));
        }
        filter.after = part.upto;
        for entry in part.entries.iter().filter(|entry| entry.event.id <= last) {
            judge.look(&Event::of(entry));
        }
        tokio::task::yield_now().await;
    }
    Judged { verdict: judge.verdict(), last, gone }
}

fn not_verified(verdict: Verdict, last: u64, incomplete: Option<String>) -> Problem {
    let Verdict { matched, misses, mut lines } = verdict;
    let extras = Extras {
        ok: Some(false),
        misses: Some(misses),
        matched: Some(matched),
        last: Some(last),
        incomplete: incomplete.as_ref().map(|_| true),
        ..Extras::default()
    };
    lines.extend(incomplete);
    Problem::new(Kind::NOT_VERIFIED, lines.join("\n")).with(extras)
}
