//! The decision of the rules: how a payment or binding ends.

use std::sync::Arc;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::{DecidedBy, Reason, ReviewOutcome, SeamlessChallenge};

/// How a payment or binding ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The lender approves it.
    Approve,
    /// The lender reviews it.
    Review {
        /// How long the review takes and how it ends. `None`: it waits for the control API.
        end: Option<(SignedDuration, ReviewOutcome)>,
    },
    /// The lender rejects it.
    Reject(Reason),
    /// The customer leaves without paying.
    Abandon,
}

/// What a rule assumes about the user token of a seamless payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenOverride {
    /// It was never issued.
    Unknown,
    /// The merchant has removed it.
    Removed,
    /// The customer has revoked it.
    Revoked,
    /// It belongs to another merchant.
    OtherMerchant,
    /// It belongs to another customer.
    OtherCustomer,
}

/// An outcome, and the rule that decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What decided: a rule, a shopper, …
    pub decided_by: DecidedBy,
    /// `reject#1`, `shopper/089900000004`, `approve/default`, …
    pub rule: Arc<str>,
    /// How it ends.
    pub outcome: Outcome,
    /// What a seamless payment asks of the customer, instead of what the shopper's account says.
    pub asks: Option<SeamlessChallenge>,
    /// What is assumed about a seamless payment's token.
    pub token: Option<TokenOverride>,
}

impl Decision {
    /// A decision about the outcome alone.
    pub fn new(decided_by: DecidedBy, rule: Arc<str>, outcome: Outcome) -> Self {
        Self { decided_by, rule, outcome, asks: None, token: None }
    }
}
