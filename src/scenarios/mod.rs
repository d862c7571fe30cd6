//! What shall happen: scenarios read from TOML, the rules that decide, the lenders' accounts and prices.
//! Pure: facts in, decision out.

mod answer;
mod conditions;
mod error;
mod example;
mod example_runner;
mod facts;
mod lender_catalog;
mod library;
mod notification_plan;
mod outcome;
mod rule;
mod rule_set;
mod scenario;
mod schema;
mod serde_types;
mod source;

pub use answer::{AnswerFault, Broken};
pub use error::ScenarioError;
pub use facts::{Facts, Mode};
pub use lender_catalog::LenderCatalog;
pub use library::Library;
pub use notification_plan::NotificationPlanConfig;
pub use outcome::{Decision, Outcome, TokenFate};
pub use rule::{Customer, CustomerAction, OtpFate, PinFate, RefundConfig, Rule, RuleConfig};
pub use rule_set::{Passed, RuleCounters, RuleSet, UnmatchedRules};
pub use scenario::{Scenario, UnusableToken};
pub use schema::schema;
pub use source::{MAX_BYTES, Source};
