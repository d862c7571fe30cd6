//! The rules in force, and the decisions that they make for a payment, a binding or a call.

mod active_rules;
pub(super) mod decision;
mod rule_state;
mod scenarios;

pub use active_rules::{AddRuleError, AddedRule, Rules};
pub(super) use decision::RulePlans;
pub use decision::{Fault, facts_of_call};
