//! Examples in a scenario file: facts, and the decision that is expected. `nicepay-sim check` runs them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::{NotificationKind, Partner, Phone, Reason, SeamlessChallenge, Variant, object};
use crate::endpoints::Endpoint;
use crate::scenarios::files::{OneOrMore, ScenarioError, TextOrNumber};
use crate::scenarios::rules::{Mode, OutcomeConfig, TokenOverride};

/// An example, as a file writes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExampleConfig {
    /// What the example shows, in a few words.
    #[serde(default)]
    #[serde(rename = "says")]
    pub description: String,
    /// The facts.
    #[serde(default, deserialize_with = "object")]
    pub given: GivenConfig,
    /// The expected decision.
    #[serde(deserialize_with = "object")]
    pub expect: ExpectConfig,
}

/// The facts of an example. Default: a normal payment of 25145 rupiah by Kredivo's default shopper.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct GivenConfig {
    /// The endpoint that is called.
    pub operation: Option<Endpoint>,
    /// The payment mode.
    pub mode: Option<Mode>,
    /// The merchant's iMid.
    pub i_mid: Option<String>,
    /// The merchant's order number.
    pub reference_no: Option<String>,
    /// NICEPAY's transaction number.
    #[serde(rename = "tXid")]
    pub t_xid: Option<String>,
    /// The amount in rupiah.
    pub amt: Option<u64>,
    /// `payMethod`
    pub pay_method: Option<TextOrNumber>,
    /// The lender.
    pub mitra_cd: Option<Partner>,
    /// The merchant's id of the customer.
    pub client_user_key: Option<String>,
    /// The customer's phone number.
    pub phone: Option<TextOrNumber>,
    /// The tenor in months.
    pub tenor: Option<u8>,
    /// The kind of notification that `notify` is expected for (approve).
    pub notification: Option<NotificationKind>,
    /// The position among equal calls or payments: the first is 1.
    pub nth: Option<u32>,
    /// The random draw, 0 to 1: a rule with a `chance` above it applies (0.5).
    #[serde(rename = "luck")]
    pub draw: Option<f64>,
}

/// The expected decision. Anything matches what is left out.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ExpectConfig {
    /// The id of the rule that decides the outcome, with or without the scenario's name.
    pub rule: Option<String>,
    /// How the payment ends.
    pub outcome: Option<OutcomeConfig>,
    /// Why it is rejected.
    pub reason: Option<Reason>,
    /// What a seamless payment asks of the customer.
    pub asks: Option<SeamlessChallenge>,
    /// What is assumed about the token of a seamless payment.
    pub token: Option<TokenOverride>,
    /// The fault of the response in words (`status 503`), or `none`.
    pub answer: Option<String>,
    /// The notification variants that are sent; `plain` is the normal one.
    pub notify: Option<OneOrMore<Variant>>,
}

/// An example, validated.
#[derive(Clone, Debug)]
pub(in crate::scenarios) struct Example {
    pub(in crate::scenarios) config: ExampleConfig,
    pub(in crate::scenarios) phone: Option<Phone>,
    /// Where the example is in its file; the message is filled in when it fails.
    pub(super) location: ScenarioError,
}

impl Example {
    pub(in crate::scenarios) fn compile(config: &ExampleConfig, location: ScenarioError) -> Result<Self, String> {
        let ExpectConfig { rule, outcome, reason, asks, token, answer, notify } = &config.expect;
        let is_empty = rule.is_none()
            && outcome.is_none()
            && reason.is_none()
            && asks.is_none()
            && token.is_none()
            && answer.is_none()
            && notify.is_none();
        if is_empty {
            return Err("`expect` is empty".into());
        }
        if config.given.nth.is_some_and(|nth| !(1..=10_000).contains(&nth)) {
            return Err("`nth` must be 1 to 10000".into());
        }
        if answer.is_some() != config.given.operation.is_some() {
            return Err(
                "`answer` and `operation` belong together: `answer` is the response to a call of `operation`".into()
            );
        }
        let phone = config.given.phone.as_ref().map(TextOrNumber::phone);
        Ok(Self { config: config.clone(), phone: phone.transpose()?, location })
    }
}
