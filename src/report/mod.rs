//! The integration report: what the traffic says about the merchant's integration, check by check.
//!
//! A check judges only what happened. What was not tried is not exercised, and what the simulator cannot see is not
//! visible; neither is a success.

mod baseline;
mod catalog;
mod checks;
mod format;
mod history;
mod html;
mod junit;
mod markdown;
mod summary;
mod texts;
mod verdict;
mod words;

pub use baseline::{Baseline, FailOn};
pub use catalog::every_check;
pub use format::Format;
pub use history::Records;
pub use html::{Drawing, with_code};
pub use summary::{CheckResult, Report, RunFacts};
pub use verdict::State;

/// A report without traffic, for unit tests.
#[cfg(test)]
fn test_report() -> Report {
    let run = RunFacts {
        version: "0.0.0",
        i_mid: None,
        profile: crate::domain::Profile::Lenient,
        scenario: "approve".to_owned(),
        seed: 1,
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    Report::new(Records::default(), run, crate::language::Lang::En)
}
