//! `POST /verify`: an assertion on the log. Its answer explains every miss.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::judge::{Expectation, Judge, Times, Verdict};
use super::problem::Problem;
use super::wanted::{SUBJECT, Wanted, text};
use super::{Control, events, read, view};
use crate::store::Filter;

/// Expectations of one call: each is held against every event.
const MOST: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Verify {
    i_mid: Option<String>,
    t_xid: Option<String>,
    reference_no: Option<String>,
    #[serde(default, deserialize_with = "read::number")]
    after: Option<u64>,
    drain: Option<bool>,
    in_order: Option<bool>,
    // Each becomes an `Expect`: from an object, as a list is no person's way to write one.
    expect: Vec<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Expect {
    #[serde(rename = "type")]
    event_type: Option<String>,
    i_mid: Option<String>,
    t_xid: Option<String>,
    reference_no: Option<String>,
    times: Option<Value>,
    #[serde(rename = "where")]
    fields: Option<Map<String, Value>>,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let asked: Verify = read::json(&control, &request, payload).await?;
    let judge = Judge::new(asked.expectations()?, asked.in_order.unwrap_or(false));
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
        let mut answer = json!({ "ok": true, "matched": verdict.matched, "last": last });
        if let Some(sentence) = incomplete {
            answer["incomplete"] = true.into();
            answer["detail"] = sentence.into();
        }
        return Ok(view::ok(&answer));
    }
    Err(not_verified(verdict, last, incomplete))
}

impl Verify {
    /// What has to be looked at to judge. More is looked at: near misses may be another merchant's.
    fn filter(&self) -> Filter {
        let others = self.expect.iter().any(|one| one.contains_key("iMid"));
        let i_mid = self.i_mid.as_deref().filter(|_| !others).map(Into::into);
        Filter { after: self.after.unwrap_or(0), i_mid, ..Filter::default() }
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
        let here = |slug: Slug, detail: String| slug.problem(format!("expect[{index}]: {detail}"));
        let one: Expect = serde_json::from_value(Value::Object(one.clone()))
            .map_err(|error| here(Slug::BadJson, error.to_string()))?;
        let times = one.times.as_ref().map_or(Ok(Times::ONCE_OR_MORE), times).map_err(|(slug, e)| here(slug, e))?;
        let own = [&one.i_mid, &one.t_xid, &one.reference_no];
        let shared = [&self.i_mid, &self.t_xid, &self.reference_no];
        let mut wanted = Wanted::default().and_type(one.event_type.as_deref().unwrap_or_default());
        for (name, value) in one.fields.iter().flatten() {
            wanted = wanted.and(name, &field(name, value).map_err(|e| here(Slug::BadValue, e))?);
        }
        if wanted.is_empty() && own.iter().all(|value| value.is_none()) {
            return Err(here(Slug::BadValue, "it says neither type nor where: every event would do".to_owned()));
        }
        for (name, (own, shared)) in SUBJECT.into_iter().zip(own.into_iter().zip(shared)) {
            wanted = wanted.and_some(name, own.as_deref().or(shared.as_deref()));
        }
        // A mistyped one would never be seen, and so hold for ever where nothing is expected.
        match wanted.unknown_type() {
            Some(sentence) => Err(here(Slug::BadValue, sentence)),
            None => Ok(Expectation { wanted, times }),
        }
    }
}

/// What kind of mistake it is.
#[derive(Clone, Copy)]
enum Slug {
    /// It cannot be read.
    BadJson,
    /// It can be read, and cannot be meant.
    BadValue,
}

impl Slug {
    fn problem(self, detail: String) -> Problem {
        match self {
            Self::BadJson => Problem::new(StatusCode::BAD_REQUEST, "bad-json", detail),
            Self::BadValue => Problem::bad_value(detail),
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
fn times(value: &Value) -> Result<Times, (Slug, String)> {
    let unreadable = |detail: String| (Slug::BadJson, detail);
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
        (None, None) => Err((Slug::BadValue, "times says neither atLeast nor atMost".to_owned())),
        (Some(least), Some(most)) if least > most => {
            Err((Slug::BadValue, format!("times.atLeast is {least}, which is more than atMost {most}")))
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
async fn judged(control: &Control, mut judge: Judge, needed: Filter) -> Judged {
    let log = &control.engine.store().log;
    let (last, mut gone) = (log.last(), log.part(&needed, 0).gone);
    let begin = needed.after;
    let mut filter = Filter { after: begin, ..Filter::default() };
    while filter.after < last {
        let part = log.part(&filter, events::BITE);
        // Pushed out while we look.
        if let Some((from, to)) = part.gone.filter(|_| filter.after > begin) {
            gone = Some((gone.map_or(from, |(first, _)| first), to));
        }
        filter.after = part.upto;
        for entry in part.entries.iter().filter(|entry| entry.event.id <= last) {
            judge.look(&json!(entry));
        }
        tokio::task::yield_now().await;
    }
    Judged { verdict: judge.verdict(), last, gone }
}

fn not_verified(verdict: Verdict, last: u64, incomplete: Option<String>) -> Problem {
    let Verdict { matched, misses, mut lines } = verdict;
    let unknown = incomplete.is_some();
    lines.extend(incomplete);
    let problem = Problem::new(StatusCode::CONFLICT, "not-verified", lines.join("\n"))
        .with("ok", false.into())
        .with("misses", misses.into())
        .with("matched", json!(matched))
        .with("last", last.into());
    if unknown { problem.with("incomplete", true.into()) } else { problem }
}
