//! A baseline: an earlier report. What failed there already is not new.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::summary::Report;
use super::verdict::State;

/// Which states of a check make a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Failed checks.
    #[default]
    Fail,
    /// Failed checks, and those that warn.
    Warning,
}

/// The states of an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    states: BTreeMap<String, State>,
}

/// Why a text is no baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineError(String);

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is not a JSON report of nicepay-sim: {}", self.0)
    }
}

impl std::error::Error for BaselineError {}

/// What is read of an earlier report. Other versions may have more fields and other checks.
#[derive(Deserialize)]
struct EarlierReport {
    checks: Vec<EarlierCheck>,
}

#[derive(Deserialize)]
struct EarlierCheck {
    id: String,
    state: State,
}

impl FailOn {
    /// The values of `--fail-on`.
    pub const NAMES: [&'static str; 2] = ["fail", "warning"];

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "fail" => Some(Self::Fail),
            "warning" => Some(Self::Warning),
            _ => None,
        }
    }

    fn least(self) -> State {
        match self {
            Self::Fail => State::Fail,
            Self::Warning => State::Warning,
        }
    }
}

impl Baseline {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// The text is not JSON, or has no checks with `id` and `state`, or has a check twice.
    pub fn from_json(text: &str) -> Result<Self, BaselineError> {
        let report: EarlierReport = serde_json::from_str(text).map_err(|error| BaselineError(error.to_string()))?;
        let mut states = BTreeMap::new();
        for EarlierCheck { id, state } in report.checks {
            if states.insert(id.clone(), state).is_some() {
                return Err(BaselineError(format!("the check {id:?} is in it twice")));
            }
        }
        if states.is_empty() {
            return Err(BaselineError("it has no checks".to_owned()));
        }
        Ok(Self { states })
    }

    fn state(&self, id: &str) -> State {
        self.states.get(id).copied().unwrap_or(State::NotExercised)
    }
}

impl Report {
    /// The checks that make a run fail: those in a state of `fail_on`, unless they were as bad in the baseline. A check
    /// that warned there and fails now is new.
    pub fn failures(&self, fail_on: FailOn, baseline: &Baseline) -> Vec<&'static str> {
        let is_new =
            |check: &&super::CheckResult| check.state >= fail_on.least() && check.state > baseline.state(check.id);
        self.checks.iter().filter(is_new).map(|check| check.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_report;

    fn baseline(checks: &[(&str, &str)]) -> Baseline {
        let checks: Vec<_> =
            checks.iter().map(|(id, state)| serde_json::json!({ "id": id, "state": state, "more": 1 })).collect();
        Baseline::from_json(&serde_json::json!({ "checks": checks, "summary": {} }).to_string()).unwrap()
    }

    #[test]
    fn only_what_has_become_worse_is_new() {
        let mut report = test_report();
        for (check, state) in report.checks.iter_mut().zip([State::Fail, State::Warning, State::NotVisible]) {
            check.state = state;
        }
        let failures = |fail_on, checks: &[(&str, &str)]| report.failures(fail_on, &baseline(checks));
        let good = &[("NP-01", "pass"), ("NP-02", "pass")][..];
        assert_eq!(report.failures(FailOn::Fail, &Baseline::default()), ["NP-01"]);
        assert_eq!(report.failures(FailOn::Warning, &Baseline::default()), ["NP-01", "NP-02"]);
        assert_eq!(failures(FailOn::Fail, good), ["NP-01"]);
        assert_eq!(failures(FailOn::Warning, good), ["NP-01", "NP-02"]);
        assert_eq!(failures(FailOn::Warning, &[("NP-01", "warning"), ("NP-02", "fail")]), ["NP-01"]);
        assert_eq!(failures(FailOn::Fail, &[("NP-01", "fail")]), [""; 0]);
        assert_eq!(failures(FailOn::Fail, &[("NP-99", "fail"), ("NP-01", "not-exercised")]), ["NP-01"]);
    }

    #[test]
    fn a_report_is_a_baseline_of_itself() {
        let mut report = test_report();
        report.checks[3].state = State::Fail;
        let baseline = Baseline::from_json(&serde_json::to_string(&report).unwrap()).unwrap();
        assert_eq!(report.failures(FailOn::Warning, &baseline), [""; 0]);
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for (text, why) in [
            ("", "EOF while parsing"),
            ("<html>", "expected value"),
            ("[]", "invalid length 0"),
            ("{}", "missing field `checks`"),
            (r#"{"checks":[]}"#, "it has no checks"),
            (r#"{"checks":[{"id":"NP-01"}]}"#, "missing field `state`"),
            (r#"{"checks":[{"id":"NP-01","state":"good"}]}"#, "unknown variant `good`"),
            (r#"{"checks":[{"id":"A","state":"fail"},{"id":"A","state":"pass"}]}"#, "\"A\" is in it twice"),
        ] {
            let error = Baseline::from_json(text).unwrap_err().to_string();
            assert!(error.starts_with("this is not a JSON report of nicepay-sim: ") && error.contains(why), "{error}");
        }
    }
}
