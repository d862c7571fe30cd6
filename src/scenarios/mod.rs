//! Scenarios: the file format, the rules and the lender catalog. Pure: facts in, decision out.

mod examples;
mod files;
mod lender_catalog;
mod rules;
mod scenario;

pub use files::{Library, MAX_SCENARIO_BYTES, ScenarioError, Source, schema};
pub use lender_catalog::LenderCatalog;
pub use rules::{
    AnswerFault, Breakage, Customer, CustomerAction, Decision, Facts, Mode, NotificationPlanConfig, OtpOverride,
    Outcome, PinOverride, RefundConfig, Rule, RuleConfig, RuleCounters, RuleSet, TokenOverride, UnmatchedRules,
};
pub use scenario::{Scenario, UnusableToken};
