//! What can be decided.

use std::sync::Arc;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::{DecidedBy, Reason, ReviewOutcome, SeamlessChallenge};

/// What shall happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is paid.
    Approve,
    /// It is looked at; how that ends by itself, if it does.
    Review {
        /// How long it takes, and what is decided then.
        end: Option<(SignedDuration, ReviewOutcome)>,
    },
    /// It is refused.
    Reject(Reason),
    /// The customer goes away.
    Abandon,
}

/// What a scenario says of the token that a seamless payment comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenFate {
    /// It counts as never issued.
    Unknown,
    /// The merchant has removed it.
    Removed,
    /// The customer has revoked it.
    Revoked,
    /// It counts as another merchant's.
    OtherMerchant,
    /// It counts as another customer's.
    OtherCustomer,
}

/// An outcome, and the rule that ordered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What decided.
    pub decided_by: DecidedBy,
    /// `reject#1`, `shopper/089900000004`, `approve/default`, …
    pub rule: Arc<str>,
    /// What shall happen.
    pub outcome: Outcome,
    /// What a seamless payment shall ask for, where it is not what the shopper has.
    pub asks: Option<SeamlessChallenge>,
    /// What has become of a seamless payment's token.
    pub token: Option<TokenFate>,
}

impl Decision {
    /// An outcome that says nothing of tokens.
    pub fn new(decided_by: DecidedBy, rule: Arc<str>, outcome: Outcome) -> Self {
        Self { decided_by, rule, outcome, asks: None, token: None }
    }
}
