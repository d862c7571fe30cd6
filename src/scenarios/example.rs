//! Examples in a scenario's file: facts, and what is expected of the rules. `nicepay-sim check` tries them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::error::ScenarioError;
use super::facts::Mode;
use super::outcome::TokenFate;
use super::rule::OutcomeConfig;
use super::serde_types::{OneOrMore, Scalar};
use crate::domain::{NotificationKind, Partner, Phone, Reason, SeamlessChallenge, Variant};
use crate::endpoints::Endpoint;

/// An example, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExampleConfig {
    /// In a few words.
    #[serde(default)]
    pub says: String,
    /// What is so.
    #[serde(default)]
    pub given: Given,
    /// What is expected.
    pub expect: Expected,
}

/// What is so. What is left out is as for a normal payment of 25145 rupiah by Kredivo's usual shopper.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Given {
    /// The endpoint that is called.
    pub operation: Option<Endpoint>,
    /// How it is paid.
    pub mode: Option<Mode>,
    /// The merchant.
    pub i_mid: Option<String>,
    /// The merchant's number.
    pub reference_no: Option<String>,
    /// The transaction.
    #[serde(rename = "tXid")]
    pub t_xid: Option<String>,
    /// The amount in rupiah.
    pub amt: Option<u64>,
    /// `payMethod`
    pub pay_method: Option<Scalar>,
    /// The lender.
    pub mitra_cd: Option<Partner>,
    /// The customer, as the merchant names them.
    pub client_user_key: Option<String>,
    /// Who pays.
    pub phone: Option<Scalar>,
    /// The tenor in months.
    pub tenor: Option<u8>,
    /// Which of the notifications is asked for (approve).
    pub notification: Option<NotificationKind>,
    /// Which of equal ones this is: the first is 1.
    pub nth: Option<u32>,
    /// How lucky it is, 0 to 1: a rule with a chance above it applies (0.5).
    pub luck: Option<f64>,
}

/// What is expected. What is left out may be anything.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Expected {
    /// The rule that decides how the payment ends: its id, with or without the scenario's name.
    pub rule: Option<String>,
    /// How the payment ends.
    pub outcome: Option<OutcomeConfig>,
    /// Why it is rejected.
    pub reason: Option<Reason>,
    /// What it asks of the customer.
    pub asks: Option<SeamlessChallenge>,
    /// What has become of the token.
    pub token: Option<TokenFate>,
    /// The fault of the answer in words (`status 503`), or `none`.
    pub answer: Option<String>,
    /// What is sent, by name; `plain` where nothing is unusual.
    pub notify: Option<OneOrMore<Variant>>,
}

/// An example, checked.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) words: ExampleConfig,
    pub(super) phone: Option<Phone>,
    pub(super) place: ScenarioError,
}

impl Example {
    pub(super) fn compile(words: &ExampleConfig, place: ScenarioError) -> Result<Self, String> {
        let Expected { rule, outcome, reason, asks, token, answer, notify } = &words.expect;
        let silent = rule.is_none()
            && outcome.is_none()
            && reason.is_none()
            && asks.is_none()
            && token.is_none()
            && answer.is_none()
            && notify.is_none();
        if silent {
            return Err("`expect` expects nothing".into());
        }
        if words.given.nth.is_some_and(|nth| !(1..=10_000).contains(&nth)) {
            return Err("`nth` is 1 to 10000".into());
        }
        if answer.is_some() != words.given.operation.is_some() {
            return Err("`answer` and `operation` belong together: one is expected of a call to the other".into());
        }
        let phone = words.given.phone.as_ref().map(Scalar::phone);
        Ok(Self { words: words.clone(), phone: phone.transpose()?, place })
    }
}
