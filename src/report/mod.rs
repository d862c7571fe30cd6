//! The integration report: what the traffic says about the merchant's integration, check by check.
//!
//! A check judges only what happened. What was not tried is not exercised, and what the simulator cannot see is not
//! visible; neither is a success.

mod catalog;
mod checks;
mod history;
mod summary;
mod texts;
mod verdict;

pub use catalog::{CheckInfo, Group, Severity};
pub use history::Records;
pub use summary::{CheckResult, Report, RunFacts, Summary};
pub use verdict::{Evidence, State};
