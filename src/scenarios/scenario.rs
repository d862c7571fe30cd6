//! A scenario: a validated scenario file.

use std::sync::Arc;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::examples::Example;
use super::files::Source;
use super::rules::Rule;
use crate::domain::RetryRule;

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// `approve`, or the file's name without `.toml`.
    pub name: Arc<str>,
    /// What happens, in a few words.
    pub title: String,
    /// What happens, in a few sentences.
    pub description: String,
    /// Delays.
    pub pace: Pace,
    /// When a paid order can be cancelled.
    pub cancel: CancelWindow,
    /// What happens when the user token of a seamless payment cannot be used.
    pub unusable_token: UnusableToken,
    /// When a failed notification is retried.
    pub retries: Vec<RetryRule>,
    /// The rules, in the order in which they are asked.
    pub rules: Vec<Arc<Rule>>,
    /// The texts that it was read from: its own, then those that it includes.
    pub sources: Vec<Source>,
    pub(super) examples: Vec<Example>,
    /// The id that a decision has when neither a rule nor a shopper decides.
    pub(super) default_rule: Arc<str>,
}

impl Scenario {
    /// The file that it was read from, as it is shown in messages.
    pub fn file(&self) -> &Arc<str> {
        self.sources.first().map_or(&self.name, |source| &source.file)
    }
}

/// Delays of payments and bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From a change of the status to its notification.
    pub notification: SignedDuration,
    /// From a seamless registration to its settlement.
    pub seamless: SignedDuration,
    /// Whether a review ends after the time in its rule.
    pub reviews: ReviewMode,
    /// From the registration to the expiry. `None`: the merchant's value, or one day.
    pub expires: Option<SignedDuration>,
}

/// How reviews end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ReviewMode {
    /// After the time in the rule.
    #[default]
    #[serde(rename = "as-ordered")]
    Timed,
    /// By a decision through the control API.
    #[serde(rename = "by-hand")]
    Manual,
}

/// When a paid order can be cancelled (`docs/PROTOCOL.md` §2.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CancelWindow {
    /// How long after the payment a cancel is refused with `9302` (`docs/PROTOCOL.md` A-25); none where the profile decides.
    pub busy: Option<SignedDuration>,
    /// How long after the payment a cancel of the whole amount is a void, status 1; after that it is a refund, status 2
    /// (`docs/PROTOCOL.md` A-23); none where the lender's catalog decides.
    pub void_window: Option<SignedDuration>,
}

/// What happens when the user token of a seamless payment cannot be used (`docs/PROTOCOL.md` A-11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnusableToken {
    /// The registration is refused with `9920`.
    #[default]
    Refuse,
    /// The customer logs in instead, as at Kredivo.
    Login,
}
