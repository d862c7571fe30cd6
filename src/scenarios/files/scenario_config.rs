//! The content of a scenario file, as TOML is deserialized.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::serde_types::{DurationText, OneOrMore, TextOrNumber};
use crate::domain::{Object, RetryRule, object};
use crate::scenarios::examples::ExampleConfig;
use crate::scenarios::rules::RuleConfig;
use crate::scenarios::scenario::{CancelWindow, Pace, ReviewMode, UnusableToken};

/// Waits of a `[[retry]]` table, at most.
const MAX_WAITS: usize = 1_000;

/// A scenario file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScenarioConfig {
    /// What happens, in a few words.
    pub(in crate::scenarios) title: String,
    /// What happens, in a few sentences.
    #[serde(default)]
    pub(in crate::scenarios) description: String,
    /// Other scenarios whose rules come after these: the name of a built-in one, or of a file in the same folder.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) include: Vec<Spanned<String>>,
    /// Delays.
    #[serde(default, deserialize_with = "object")]
    pub(in crate::scenarios) pace: PaceConfig,
    /// When a paid order can be cancelled.
    #[serde(default, deserialize_with = "object")]
    pub(in crate::scenarios) cancel: CancelConfig,
    /// Seamless payments.
    #[serde(default, deserialize_with = "object")]
    pub(in crate::scenarios) seamless: SeamlessConfig,
    /// When a failed notification is retried; the first table that names the response decides.
    #[serde(default, rename = "retry")]
    #[schemars(with = "Vec<RetryConfig>")]
    pub(in crate::scenarios) retries: Vec<Spanned<Object<RetryConfig>>>,
    /// The rules. For each effect, the first rule that applies decides.
    #[serde(default, rename = "rule")]
    #[schemars(with = "Vec<RuleConfig>")]
    pub(in crate::scenarios) rules: Vec<Spanned<Object<RuleConfig>>>,
    /// Examples that `nicepay-sim check` runs.
    #[serde(default, rename = "example")]
    #[schemars(with = "Vec<ExampleConfig>")]
    pub(in crate::scenarios) examples: Vec<Spanned<Object<ExampleConfig>>>,
}

/// The delays of a scenario.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct PaceConfig {
    /// From a change of the status to its notification (2s).
    notification: Option<DurationText>,
    /// From a seamless registration to its settlement (1s).
    seamless: Option<DurationText>,
    /// Whether a review ends after the time in its rule, or waits for the control API.
    reviews: ReviewMode,
}

impl PaceConfig {
    pub(in crate::scenarios) fn compile(self) -> Pace {
        let or = |duration: Option<DurationText>, seconds| {
            duration.map_or(SignedDuration::from_secs(seconds), |duration| duration.0)
        };
        Pace {
            notification: or(self.notification, 2),
            seamless: or(self.seamless, 1),
            reviews: self.reviews,
            expires: None,
        }
    }
}

/// When a paid order can be cancelled.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct CancelConfig {
    /// How long after the payment a cancel is refused with 9302 (0s; 5m in the strict profile).
    busy: Option<DurationText>,
    /// How long after the payment a cancel of the whole amount is a void, status 1; after that it is a refund, status 2
    /// (0s, from the lender's catalog).
    void_window: Option<DurationText>,
}

impl CancelConfig {
    pub(in crate::scenarios) fn compile(self) -> CancelWindow {
        CancelWindow { busy: self.busy.map(|busy| busy.0), void_window: self.void_window.map(|window| window.0) }
    }
}

/// Seamless payments.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct SeamlessConfig {
    /// What happens when the user token of a payment cannot be used.
    pub(in crate::scenarios) unusable_token: UnusableToken,
}

/// When a failed notification is retried.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RetryConfig {
    /// The merchant's response: a status (404), a class of statuses (5xx), `timeout`, `unreachable` or `broken`.
    on: OneOrMore<TextOrNumber>,
    /// The wait after the first attempt, after the second, …; empty: no retry.
    after: Vec<DurationText>,
}

impl RetryConfig {
    pub(in crate::scenarios) fn compile(&self) -> Result<RetryRule, String> {
        if self.on.0.is_empty() {
            return Err("`on` is empty".into());
        }
        if self.after.len() > MAX_WAITS {
            return Err(format!("`after` has more than {MAX_WAITS} waits"));
        }
        let on = self.on.0.iter().map(|class| class.as_str().parse().map_err(|e| format!("`on`: {e}")));
        Ok(RetryRule { on: on.collect::<Result<_, _>>()?, delays: self.after.iter().map(|wait| wait.0).collect() })
    }
}
