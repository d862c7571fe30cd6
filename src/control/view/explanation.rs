//! Why something was decided so, and what is wrong with a scenario.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::{DecidedBy, NotMatched};
use crate::scenarios;

/// Why a transaction was decided so.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::control) struct Explanation {
    /// The rule that decided last.
    rule: Arc<str>,
    /// Why it was this one.
    because: &'static str,
    /// The rules that were asked before it, in their order, and why they did not decide.
    not_matched: Box<[NotMatched]>,
}

impl Explanation {
    pub(in crate::control) fn new(decided_by: DecidedBy, rule: &Arc<str>, not_matched: Box<[NotMatched]>) -> Self {
        let because = match decided_by {
            DecidedBy::Command => "somebody ordered it through the control API",
            DecidedBy::Customer => "the customer did so on the lender's page",
            DecidedBy::Account => "the account at the lender: its state, its limit, or the end of the token",
            DecidedBy::MagicShopper => "no rule speaks of it, and this is what happens with this shopper",
            DecidedBy::Default => "no rule speaks of it, and nothing is special about the shopper",
            DecidedBy::TransactionRule | DecidedBy::OneShotRule | DecidedBy::AddedRule | DecidedBy::ScenarioRule => {
                "it is the first rule that speaks of it and fits"
            }
        };
        Self { rule: Arc::clone(rule), because, not_matched }
    }

    pub(in crate::control) fn example() -> Value {
        json!({
            "rule": "approve/default",
            "because": "no rule speaks of it, and nothing is special about the shopper",
            "notMatched": [{ "rule": "rule-1", "because": "amt is 25145, not 30000 or more" }],
        })
    }
}

/// What is wrong with a scenario, and where.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::control) struct ScenarioError {
    /// The file, or the scenario's name.
    file: String,
    /// The line, from 1; 0 where the whole of it is wrong.
    line: usize,
    /// The column, from 1, in characters.
    column: usize,
    /// What is wrong, and what is allowed.
    message: String,
    /// The line itself.
    text: String,
}

impl From<scenarios::ScenarioError> for ScenarioError {
    fn from(error: scenarios::ScenarioError) -> Self {
        let scenarios::ScenarioError { file, line, column, message, text } = error;
        Self { file, line, column, message, text }
    }
}
