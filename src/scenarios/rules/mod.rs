//! Rules: conditions, effects, and the decision that a set of them makes.

mod answer_fault;
mod conditions;
mod effects;
mod facts;
mod notification_plan;
mod outcome;
mod rule;
mod rule_checks;
mod rule_set;
mod sentence;

pub use answer_fault::{AnswerFault, Breakage};
pub use effects::{Customer, CustomerAction, OtpOverride, PinOverride, RefundConfig};
pub(super) use effects::{OutcomeConfig, ThenConfig};
pub use facts::{Facts, Mode};
pub use notification_plan::NotificationPlanConfig;
pub use outcome::{Decision, Outcome, TokenOverride};
pub use rule::{Rule, RuleConfig};
pub use rule_set::{RuleCounters, RuleSet, UnmatchedRules};
