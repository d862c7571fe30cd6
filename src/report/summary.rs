//! The report: all checks with their states, and a summary.

use schemars::JsonSchema;
use serde::Serialize;

use super::catalog::{self, Group, Severity};
use super::checks;
use super::history::{History, Records};
use super::verdict::{Evidence, State};
use crate::domain::{IMid, Profile};
use crate::language::Lang;

/// A report on a merchant's integration.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IntegrationReport")]
pub struct Report {
    /// The result in numbers, and what the report is about.
    pub summary: Summary,
    /// Every check, in the order of its number.
    pub checks: Vec<CheckResult>,
    /// The language of the texts.
    #[serde(skip)]
    pub lang: Lang,
}

/// The result in numbers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReportSummary")]
pub struct Summary {
    /// `fail` if a check failed; else `warning` if one warns; else `pass` if one passed; else `not-exercised`.
    pub state: State,
    /// How many checks failed.
    pub fail: usize,
    /// How many warn.
    pub warning: usize,
    /// How many passed.
    pub pass: usize,
    /// How many could not be seen.
    pub not_visible: usize,
    /// How many were not exercised.
    pub not_exercised: usize,
    /// How many payments the traffic has.
    pub payments: usize,
    /// How many requests to the gateway it has.
    pub requests: usize,
    /// The first and the last event that was read; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<(u64, u64)>,
    /// The log was too short: it dropped events up to this one, and the checks could not read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events_dropped_upto: Option<u64>,
    /// Whether the run was interrupted before its end.
    pub partial: bool,
    /// About the run.
    #[serde(flatten)]
    pub run: RunFacts,
}

/// About the run that the report is of.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReportRun")]
pub struct RunFacts {
    /// The version of nicepay-sim.
    pub version: &'static str,
    /// The merchant; absent for all merchants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i_mid: Option<IMid>,
    /// How strictly the gateway checked requests.
    #[schemars(with = "String")]
    pub profile: Profile,
    /// The scenario in force at the end.
    pub scenario: String,
    /// The seed: with it, the run can be repeated.
    pub seed: u64,
    /// The simulator's time at the end.
    pub at: jiff::Timestamp,
}

/// A check and what it found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckResult {
    /// Its number: `NP-01`, `NP-02`, … A number never changes.
    pub id: &'static str,
    /// The group that it belongs to.
    pub group: Group,
    /// What a right integration does.
    pub title: &'static str,
    /// The state.
    pub state: State,
    /// How much a failure costs.
    pub severity: Severity,
    /// The section of docs/PROTOCOL.md with the rule, such as `PROTOCOL §2.3`, or `good practice`.
    pub clause: &'static str,
    /// Why it matters.
    pub reason: &'static str,
    /// What it saw. The most serious comes first.
    pub evidence: Vec<Evidence>,
    /// What to do about it.
    pub advice: &'static str,
    /// Where the reference merchants do it: a file and the name of a function.
    pub example: &'static str,
}

impl Report {
    /// Judges what happened.
    pub fn new(records: Records, run: RunFacts, lang: Lang) -> Self {
        let history = History::new(records, lang);
        let checks: Vec<_> = catalog::every_check().map(|info| CheckResult::new(info, &history)).collect();
        let count = |state| checks.iter().filter(|check| check.state == state).count();
        let (fail, warning, pass) = (count(State::Fail), count(State::Warning), count(State::Pass));
        let state = match (fail, warning, pass) {
            (0, 0, 0) => State::NotExercised,
            (0, 0, _) => State::Pass,
            (0, _, _) => State::Warning,
            _ => State::Fail,
        };
        let summary = Summary {
            state,
            fail,
            warning,
            pass,
            not_visible: count(State::NotVisible),
            not_exercised: count(State::NotExercised),
            payments: history.payments.len(),
            requests: history.requests.len(),
            events: history.extent,
            events_dropped_upto: history.dropped_upto,
            partial: false,
            run,
        };
        Self { summary, checks, lang }
    }
}

impl CheckResult {
    fn new(info: &catalog::CheckInfo, history: &History) -> Self {
        let mut evidence = checks::judge(info.id, history);
        evidence.sort_by_key(|evidence| std::cmp::Reverse(evidence.state));
        let lang = history.lang;
        Self {
            id: info.id,
            group: info.group,
            title: lang.t(info.title, info.title_id),
            state: evidence.first().map_or(State::NotExercised, |first| first.state),
            severity: info.severity,
            clause: info.clause,
            reason: lang.t(info.reason, info.reason_id),
            evidence,
            advice: lang.t(info.advice, info.advice_id),
            example: info.example,
        }
    }
}
