//! Scenarios: the file format, the rules and the lender catalog. Pure: facts in, decision out.

mod answer_fault;
mod conditions;
mod effects;
mod error;
mod example;
mod example_runner;
mod facts;
mod lender_catalog;
mod library;
mod notification_plan;
mod outcome;
mod rule;
mod rule_checks;
mod rule_set;
mod scenario;
mod scenario_config;
mod scenario_reader;
mod schema;
mod serde_types;
mod source;

pub use answer_fault::{AnswerFault, Breakage};
pub use effects::{Customer, CustomerAction, OtpOverride, PinOverride, RefundConfig};
pub use error::ScenarioError;
pub use facts::{Facts, Mode};
pub use lender_catalog::LenderCatalog;
pub use library::Library;
pub use notification_plan::NotificationPlanConfig;
pub use outcome::{Decision, Outcome, TokenOverride};
pub use rule::{Rule, RuleConfig};
pub use rule_set::{RuleCounters, RuleSet, UnmatchedRules};
pub use scenario::{Scenario, UnusableToken};
pub use schema::schema;
pub use source::{MAX_SCENARIO_BYTES, Source};
