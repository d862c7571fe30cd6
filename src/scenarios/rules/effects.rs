//! The effects of a rule (`then`), as files write them, and what they are compiled to.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer_fault::AnswerConfig;
use super::notification_plan::{MAX_NOTIFICATIONS, NotificationPlanConfig};
use super::outcome::{Outcome, TokenOverride};
use crate::domain::{
    Amount, NotificationKind, NotificationPlan, Phone, Reason, ReviewOutcome, SeamlessChallenge, optional_object,
};
use crate::scenarios::files::{DurationText, NameOr, NameOrTable, OneOrMore, TextOrNumber, parse_keyword};

/// The effects of a rule, as a file writes them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ThenConfig {
    /// How the payment or the binding ends.
    pub outcome: Option<OutcomeConfig>,
    /// The reason of a rejection (`risk`).
    pub reason: Option<Reason>,
    /// How a review ends. Default: it waits for a decision through the control API.
    #[serde(deserialize_with = "optional_object")]
    pub review: Option<ReviewEnd>,
    /// What a seamless payment asks of the customer.
    pub asks: Option<SeamlessChallenge>,
    /// What is assumed about the token of a seamless payment.
    pub token: Option<TokenOverride>,
    /// Delays of this payment or binding.
    #[serde(deserialize_with = "optional_object")]
    pub pace: Option<RulePace>,
    /// Overrides the check of the PIN on the lender's page.
    pub pin: Option<PinOverride>,
    /// Overrides the check of the first one-time password.
    pub otp: Option<OtpOverride>,
    /// What the simulated customer does, without a browser.
    pub customer: Option<NameOr<CustomerConfig>>,
    /// A refund that the merchant's back office makes after the payment.
    #[serde(deserialize_with = "optional_object")]
    pub refund: Option<RefundConfig>,
    /// A fault in the response to a call.
    pub answer: Option<NameOr<AnswerConfig>>,
    /// The notifications that are sent instead of the normal one, in this order.
    pub notify: Option<OneOrMore<NameOr<NotificationPlanConfig>>>,
}

/// How a payment or binding ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeConfig {
    /// The lender approves it.
    Approve,
    /// The lender reviews it.
    Review,
    /// The lender rejects it.
    Reject,
    /// The customer leaves without paying.
    Abandon,
}

/// How a review ends without the control API.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ReviewEnd {
    /// How long the review takes.
    pub after: DurationText,
    /// The result of the review.
    #[serde(rename = "verdict")]
    pub outcome: ReviewOutcomeConfig,
}

/// The result of a review.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewOutcomeConfig {
    /// The lender approves the payment.
    Approve,
    /// The lender rejects the payment.
    Reject,
}

/// Overrides the check of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PinOverride {
    /// Every PIN is wrong; the third attempt locks the account.
    Wrong,
}

/// Overrides the check of a one-time password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OtpOverride {
    /// The first one has expired when the customer enters it; one that is sent again is valid.
    Expired,
}

/// A refund: an amount or a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RefundConfig {
    /// The amount in rupiah; never more than was paid.
    pub amt: Option<u64>,
    /// The percentage of the payment, rounded down to whole rupiah.
    pub percent: Option<u8>,
    /// How long after the payment (0s).
    #[serde(default)]
    pub after: DurationText,
}

impl RefundConfig {
    /// The amount of the refund for a paid amount.
    pub fn refund_amount(self, paid: Amount) -> Amount {
        let paid = paid.as_rupiah();
        let percent = u64::from(self.percent.unwrap_or(100));
        // In two parts, so that the multiplication cannot overflow.
        let part = paid / 100 * percent + paid % 100 * percent / 100;
        Amount::from_rupiah(self.amt.unwrap_or(part).min(paid))
    }

    pub(in crate::scenarios) fn checked(self) -> Result<Self, String> {
        match (self.amt, self.percent) {
            (Some(_), Some(_)) => Err("`refund` takes `amt` or `percent`, not both".into()),
            (None, None) => Err("`refund` needs `amt` or `percent`".into()),
            (Some(0), _) | (_, Some(0)) => Err("`refund` must be more than 0".into()),
            (_, Some(percent)) if percent > 100 => Err(format!("`percent` must be 1 to 100, not {percent}")),
            _ => Ok(self),
        }
    }
}

/// Delays for the payments and bindings that a rule applies to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct RulePace {
    /// From a change of the status to its notification.
    pub notification: Option<DurationText>,
    /// From a seamless registration to its settlement.
    pub seamless: Option<DurationText>,
    /// From the registration of a payment or binding to its expiry, when the merchant does not send one.
    pub expires: Option<DurationText>,
}

/// What the simulated customer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerAction {
    /// Goes through the lender's pages; rules and limits decide the outcome.
    #[default]
    Pay,
    /// Leaves without paying.
    Abandon,
}

/// The simulated customer, as a rule writes it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct CustomerConfig {
    /// What the customer does.
    #[serde(rename = "do")]
    pub action: CustomerAction,
    /// How long after the registration (0s).
    pub after: Option<DurationText>,
    /// The shopper's phone number. Default: the lender's default shopper.
    pub phone: Option<TextOrNumber>,
    /// The tenor in months. Default: the registered one.
    #[serde(rename = "instmntMon")]
    pub months: Option<u8>,
}

impl NameOrTable for CustomerConfig {
    type Name = CustomerAction;

    fn from_name(name: &str) -> Result<Self, String> {
        Ok(Self { action: parse_keyword(name)?, ..Self::default() })
    }
}

impl CustomerConfig {
    pub(in crate::scenarios) fn compile(&self) -> Result<Customer, String> {
        if self.months.is_some_and(|months| !(1..=24).contains(&months)) {
            return Err("`instmntMon` must be 1 to 24 months".into());
        }
        Ok(Customer {
            action: self.action,
            after: self.after.map_or(SignedDuration::ZERO, |after| after.0),
            phone: self.phone.as_ref().map(TextOrNumber::phone).transpose()?,
            months: self.months,
        })
    }
}

/// The simulated customer, validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// What the customer does.
    pub action: CustomerAction,
    /// How long after the registration.
    pub after: SignedDuration,
    /// The shopper's phone number.
    pub phone: Option<Phone>,
    /// The tenor in months.
    pub months: Option<u8>,
}

/// How a payment or binding ends, and what a seamless payment asks for before that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scenarios) struct PaymentEffect {
    pub(in crate::scenarios) outcome: Outcome,
    pub(in crate::scenarios) asks: Option<SeamlessChallenge>,
    pub(in crate::scenarios) token: Option<TokenOverride>,
}

/// A notification plan, and the kinds of notification that it applies to (`None`: all).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scenarios) struct NotifyEffect {
    pub(in crate::scenarios) kinds: Option<Vec<NotificationKind>>,
    pub(in crate::scenarios) plan: NotificationPlan,
}

impl NotifyEffect {
    pub(in crate::scenarios) fn applies_to(&self, kind: NotificationKind) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}

impl ThenConfig {
    /// The outcome, when the rule has one.
    pub(in crate::scenarios) fn payment(&self) -> Result<Option<PaymentEffect>, String> {
        let outcome = match self.outcome {
            Some(outcome) => outcome,
            None if self.asks.is_some() || self.token.is_some() => OutcomeConfig::Approve,
            None if self.reason.is_some() => return Err("`reason` needs `outcome`".into()),
            None if self.review.is_some() => return Err("`review` needs the outcome `review`".into()),
            None => return Ok(None),
        };
        let reason = self.reason.unwrap_or(Reason::Risk);
        if self.reason.is_some() && !matches!(outcome, OutcomeConfig::Reject | OutcomeConfig::Review) {
            return Err("`reason` needs the outcome `reject`, or a `review` that ends in `reject`".into());
        }
        let outcome = match (outcome, &self.review) {
            (OutcomeConfig::Review, None) => Outcome::Review { end: None },
            (OutcomeConfig::Review, Some(end)) => {
                let outcome = match end.outcome {
                    ReviewOutcomeConfig::Approve => ReviewOutcome::Approve,
                    ReviewOutcomeConfig::Reject => ReviewOutcome::Reject(reason),
                };
                Outcome::Review { end: Some((end.after.0, outcome)) }
            }
            (_, Some(_)) => return Err("`review` needs the outcome `review`".into()),
            (OutcomeConfig::Approve, None) => Outcome::Approve,
            (OutcomeConfig::Reject, None) => Outcome::Reject(reason),
            (OutcomeConfig::Abandon, None) => Outcome::Abandon,
        };
        Ok(Some(PaymentEffect { outcome, asks: self.asks, token: self.token }))
    }

    /// The notifications, when the rule sends others than the normal one.
    pub(in crate::scenarios) fn notify(&self) -> Result<Option<Vec<NotifyEffect>>, String> {
        let Some(OneOrMore(configs)) = &self.notify else { return Ok(None) };
        if configs.is_empty() {
            return Err("`notify` is empty: to send none, write notify = \"lost\"".into());
        }
        let effects: Vec<NotifyEffect> = configs
            .iter()
            .map(|config| Ok(NotifyEffect { kinds: config.0.kinds.clone(), plan: config.0.compile()? }))
            .collect::<Result<_, String>>()?;
        let count: u32 = effects.iter().map(|effect| effect.plan.times).fold(0, u32::saturating_add);
        if count > MAX_NOTIFICATIONS {
            return Err(format!(
                "`notify` sends {count} notifications of one event; the maximum is {MAX_NOTIFICATIONS}"
            ));
        }
        Ok(Some(effects))
    }
}
