//! Why a rule decided, and errors in scenarios.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::{DecidedBy, KeyMask, MaskKeys as _, NotMatched, Transaction};
use crate::scenarios;

/// Why a transaction has its outcome.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    /// The rule that decided last.
    pub(crate) rule: Arc<str>,
    /// Why this rule decided.
    pub(crate) because: &'static str,
    /// The rules before it in the order of evaluation, with the reasons why they did not decide.
    pub(crate) not_matched: Box<[NotMatched]>,
}

impl Explanation {
    pub(crate) fn new(transaction: &Transaction, not_matched: Box<[NotMatched]>) -> Self {
        let because = match transaction.decided_by {
            DecidedBy::Command => "the control API forced it",
            DecidedBy::Customer => "the customer did this on the lender's page",
            DecidedBy::Account => "the account at the lender decided: its state, its limit, or the end of the token",
            DecidedBy::MagicShopper => "no rule decides this, and this is the outcome of this test account",
            DecidedBy::Default => "no rule decides this, and the test account has no special outcome",
            DecidedBy::TransactionRule | DecidedBy::OneShotRule | DecidedBy::AddedRule | DecidedBy::ScenarioRule => {
                "it is the first rule that matches and decides this"
            }
        };
        Self { rule: Arc::clone(&transaction.rule), because, not_matched }
    }

    pub(crate) fn example() -> Value {
        json!({
            "rule": "approve/default",
            "because": "no rule decides this, and the test account has no special outcome",
            "notMatched": [{ "rule": "rule-1", "because": "amt is 25145, not 30000 or more" }],
        })
    }
}

/// An error in a scenario.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ScenarioError {
    /// The file, or the name of the scenario.
    file: String,
    /// The line, from 1; 0 if the error has no line.
    line: usize,
    /// The column, from 1, in characters.
    column: usize,
    /// What is wrong, and what is allowed.
    message: String,
    /// The text of the line.
    text: String,
}

impl ScenarioError {
    pub(crate) fn masked(mut self, mask: &KeyMask) -> Self {
        for text in [&mut self.file, &mut self.message, &mut self.text] {
            text.mask_keys(mask);
        }
        self
    }
}

impl From<scenarios::ScenarioError> for ScenarioError {
    fn from(error: scenarios::ScenarioError) -> Self {
        let scenarios::ScenarioError { file, line, column, message, text } = error;
        Self { file, line, column, message, text }
    }
}
