//! A rule: when it applies, and what happens then. Written alike in a scenario's file and in the control API.

use std::sync::Arc;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{AnswerConfig, AnswerFault};
use super::conditions::{When, WhenConfig};
use super::facts::Mode;
use super::notification_plan::{self, NotificationPlanConfig};
use super::outcome::{Outcome, TokenFate};
use super::serde_types::{Named, NamedOrTable, OneOrMore, Scalar, Span, word};
use crate::domain::{
    Amount, DecidedBy, FormEdit, NotificationKind, NotificationPlan, Phone, Reason, ReviewOutcome, SeamlessChallenge,
};

/// A rule, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RuleConfig {
    /// Its name, unique where it stands; a number where absent.
    pub id: Option<String>,
    /// How often it applies: to so many orders, or, where it speaks of answers, calls. Always where absent.
    pub times: Option<u32>,
    /// How likely it applies, 0 to 1. Drawn by the seed: the same order always has the same luck.
    pub chance: Option<f64>,
    /// When it applies; always where absent.
    #[serde(default)]
    pub when: WhenConfig,
    /// What happens then.
    pub then: ThenConfig,
}

/// What a rule orders, as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ThenConfig {
    /// How the payment, or the binding, ends.
    pub outcome: Option<OutcomeConfig>,
    /// Why it is rejected (`risk`).
    pub reason: Option<Reason>,
    /// How a review ends by itself; where absent, it does not.
    pub review: Option<ReviewEnd>,
    /// What a seamless payment asks of the customer.
    pub asks: Option<SeamlessChallenge>,
    /// What has become of a seamless payment's token.
    pub token: Option<TokenFate>,
    /// How fast this goes.
    pub pace: Option<RulePace>,
    /// What becomes of the PIN on the lender's page.
    pub pin: Option<PinFate>,
    /// What becomes of the first one-time password.
    pub otp: Option<OtpFate>,
    /// What the customer does when nobody is at the browser.
    pub customer: Option<Named<CustomerConfig>>,
    /// What the merchant's back office gives back once it is paid.
    pub refund: Option<RefundConfig>,
    /// How a call is answered.
    pub answer: Option<Named<AnswerConfig>>,
    /// How the merchant is told: what is sent in the place of the one notification of an event, in this order.
    pub notify: Option<OneOrMore<Named<NotificationPlanConfig>>>,
}

/// How a payment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeConfig {
    /// It is paid.
    Approve,
    /// It is looked at.
    Review,
    /// It is refused.
    Reject,
    /// The customer goes away.
    Abandon,
}

/// How a review ends by itself.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ReviewEnd {
    /// After how long.
    pub after: Span,
    /// In which way.
    pub verdict: ReviewOutcomeConfig,
}

/// How a review ends.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewOutcomeConfig {
    /// It is paid.
    Approve,
    /// It is refused.
    Reject,
}

/// What becomes of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PinFate {
    /// Whatever is entered is wrong; the third time locks the account.
    Wrong,
}

/// What becomes of a one-time password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OtpFate {
    /// It has expired when it arrives; one that is sent again is good.
    Expired,
}

/// Money that goes back, as it is written: an amount or a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RefundConfig {
    /// How much, in rupiah; never more than was paid.
    pub amt: Option<u64>,
    /// How much, in percent, rounded down to whole rupiah.
    pub percent: Option<u8>,
    /// How long after the payment (0s).
    #[serde(default)]
    pub after: Span,
}

impl RefundConfig {
    /// How much of a payment goes back.
    pub fn of(self, paid: Amount) -> Amount {
        let paid = paid.as_rupiah();
        let percent = u64::from(self.percent.unwrap_or(100));
        // Apart, so that no amount is too large to be multiplied.
        let part = paid / 100 * percent + paid % 100 * percent / 100;
        Amount::from_rupiah(self.amt.unwrap_or(part).min(paid))
    }
}

/// How fast things go for whom a rule applies to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct RulePace {
    /// From the committed state to its notification.
    pub notification: Option<Span>,
    /// From a seamless registration to its settlement.
    pub seamless: Option<Span>,
    /// From the registration to the end of its time, where the merchant does not say; also of a binding.
    pub expires: Option<Span>,
}

/// What the customer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerAction {
    /// Goes through the pages; rules and limits decide.
    #[default]
    Pay,
    /// Goes away.
    Abandon,
}

/// What the customer does, as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct CustomerConfig {
    /// What.
    #[serde(rename = "do")]
    pub act: CustomerAction,
    /// How long after the registration (0s).
    pub after: Option<Span>,
    /// As which shopper; the lender's usual one where absent.
    pub phone: Option<Scalar>,
    /// With which tenor; as registered where absent.
    #[serde(rename = "instmntMon")]
    pub months: Option<u8>,
}

impl NamedOrTable for CustomerConfig {
    type Name = CustomerAction;

    fn named(name: &str) -> Result<Self, String> {
        Ok(Self { act: word(name)?, ..Self::default() })
    }
}

/// What the customer does, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// What.
    pub act: CustomerAction,
    /// How long after the registration.
    pub after: SignedDuration,
    /// As whom.
    pub phone: Option<Phone>,
    /// With which tenor.
    pub months: Option<u8>,
}

/// How a payment ends, and what it asks for on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PaymentOrder {
    pub(super) outcome: Outcome,
    pub(super) asks: Option<SeamlessChallenge>,
    pub(super) token: Option<TokenFate>,
}

/// One notification of a plan, and of which events it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotificationRule {
    pub(super) of: Option<Vec<NotificationKind>>,
    pub(super) plan: NotificationPlan,
}

/// A rule that can be asked.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `reject/everything`, `reject#1`, or the id that the control API gave.
    pub id: Arc<str>,
    pub(super) when: When,
    pub(super) times: Option<u32>,
    pub(super) chance: Option<f64>,
    /// Whether its counting is shared by all merchants: it was added at run time, and names none.
    pub(super) shared: bool,
    /// Whether it was added at run time.
    is_added: bool,
    pub(super) payment: Option<PaymentOrder>,
    pub(super) pace: Option<RulePace>,
    pub(super) partner: Option<(Option<PinFate>, Option<OtpFate>)>,
    pub(super) customer: Option<Customer>,
    pub(super) refund: Option<RefundConfig>,
    pub(super) notify: Option<Vec<NotificationRule>>,
    pub(super) answer: Option<AnswerFault>,
}

impl ThenConfig {
    /// How a payment ends, where that is ordered.
    pub(super) fn payment(&self) -> Result<Option<PaymentOrder>, String> {
        let outcome = match self.outcome {
            Some(outcome) => outcome,
            None if self.asks.is_some() || self.token.is_some() => OutcomeConfig::Approve,
            None if self.reason.is_some() => return Err("`reason` needs `outcome`".into()),
            None if self.review.is_some() => return Err("`review` belongs to the outcome `review`".into()),
            None => return Ok(None),
        };
        let reason = self.reason.unwrap_or(Reason::Risk);
        if self.reason.is_some() && !matches!(outcome, OutcomeConfig::Reject | OutcomeConfig::Review) {
            return Err("`reason` belongs to `reject` and to a review that ends in one".into());
        }
        let outcome = match (outcome, &self.review) {
            (OutcomeConfig::Review, None) => Outcome::Review { end: None },
            (OutcomeConfig::Review, Some(end)) => {
                let verdict = match end.verdict {
                    ReviewOutcomeConfig::Approve => ReviewOutcome::Approve,
                    ReviewOutcomeConfig::Reject => ReviewOutcome::Reject(reason),
                };
                Outcome::Review { end: Some((end.after.0, verdict)) }
            }
            (_, Some(_)) => return Err("`review` belongs to the outcome `review`".into()),
            (OutcomeConfig::Approve, None) => Outcome::Approve,
            (OutcomeConfig::Reject, None) => Outcome::Reject(reason),
            (OutcomeConfig::Abandon, None) => Outcome::Abandon,
        };
        Ok(Some(PaymentOrder { outcome, asks: self.asks, token: self.token }))
    }
}

/// `id` as it may be: it stands in a header.
fn fits(id: &str) -> bool {
    !id.is_empty() && id.len() <= 96 && id.bytes().all(|b| b.is_ascii_graphic())
}

impl RuleConfig {
    /// What is meant; `id` is made of the one that is written, if it is.
    ///
    /// # Errors
    /// A sentence that names the word which makes no sense.
    pub fn compile(&self, id: impl FnOnce(Option<&str>) -> String) -> Result<Rule, String> {
        if self.id.as_deref().is_some_and(|id| !fits(id)) {
            return Err("`id` is 1 to 96 letters, digits and signs, without blanks".into());
        }
        if self.times == Some(0) {
            return Err("`times` can never match: a rule for 0 times does nothing".into());
        }
        if let Some(chance) = self.chance {
            if chance == 0.0 {
                return Err("`chance` can never match: 0 is never".into());
            }
            if !(0.0..=1.0).contains(&chance) {
                return Err(format!("`chance` is more than 0 and at most 1, not {chance}"));
            }
        }
        let when = self.when.compile()?;
        let then = &self.then;
        let payment = then.payment()?;
        let rule = Rule {
            id: id(self.id.as_deref()).into(),
            times: self.times,
            chance: self.chance,
            shared: false,
            is_added: false,
            payment,
            pace: then.pace,
            partner: (then.pin.is_some() || then.otp.is_some()).then_some((then.pin, then.otp)),
            customer: then.customer.as_ref().map(|words| words.0.compile()).transpose()?,
            refund: then.refund.map(refund).transpose()?,
            notify: then.notify.as_ref().map(|all| notify(&all.0)).transpose()?,
            answer: then.answer.as_ref().map(|words| words.0.compile()).transpose()?,
            when,
        };
        rule.makes_sense(then)?;
        Ok(rule)
    }
}

fn refund(words: RefundConfig) -> Result<RefundConfig, String> {
    match (words.amt, words.percent) {
        (Some(_), Some(_)) => Err("`refund` has `amt` or `percent`, not both".into()),
        (None, None) => Err("`refund` needs `amt` or `percent`".into()),
        (Some(0), _) | (_, Some(0)) => Err("`refund` gives nothing back".into()),
        (_, Some(percent)) if percent > 100 => Err(format!("`percent` is 1 to 100, not {percent}")),
        _ => Ok(words),
    }
}

fn notify(all: &[Named<NotificationPlanConfig>]) -> Result<Vec<NotificationRule>, String> {
    if all.is_empty() {
        return Err("`notify` orders nothing: to send none, write notify = \"lost\"".into());
    }
    let all: Vec<NotificationRule> = all
        .iter()
        .map(|words| Ok(NotificationRule { of: words.0.of.clone(), plan: words.0.compile()? }))
        .collect::<Result<_, String>>()?;
    let times: u32 = all.iter().map(|notify| notify.plan.times).fold(0, u32::saturating_add);
    if times > notification_plan::MOST {
        return Err(format!(
            "`notify` sends {times} notifications of one event; the most are {}",
            notification_plan::MOST
        ));
    }
    Ok(all)
}

impl CustomerConfig {
    fn compile(&self) -> Result<Customer, String> {
        let phone = self.phone.as_ref().map(Scalar::phone);
        if self.months.is_some_and(|months| !(1..=24).contains(&months)) {
            return Err("`instmntMon` is 1 to 24 months".into());
        }
        Ok(Customer {
            act: self.act,
            after: self.after.map_or(SignedDuration::ZERO, |span| span.0),
            phone: phone.transpose()?,
            months: self.months,
        })
    }
}

impl Rule {
    /// Refuses what can be read and cannot happen.
    fn makes_sense(&self, then: &ThenConfig) -> Result<(), String> {
        let seamless = self.when.modes.as_deref() == Some(&[Mode::Seamless]);
        let speaks_of_orders = self.payment.is_some()
            || self.pace.is_some()
            || self.partner.is_some()
            || self.customer.is_some()
            || self.refund.is_some()
            || self.notify.is_some();
        if !speaks_of_orders && self.answer.is_none() {
            return Err("`then` orders nothing: write `outcome`, `notify`, `answer`, `customer`, `pin`, `otp`, `refund` or `pace`".into());
        }
        if speaks_of_orders && self.answer.is_some() {
            return Err("`answer` speaks of one call, the rest of a whole order: make two rules of it".into());
        }
        if self.answer.is_none() && self.when.operations.is_some() {
            return Err("`operation` belongs to rules with `answer`".into());
        }
        if self.answer.is_some() {
            let of_orders = [
                (self.when.modes.is_some(), "modes"),
                (self.when.phone.is_some(), "phone"),
                (self.when.tenors.is_some(), "tenor"),
            ];
            if let Some((_, word)) = of_orders.into_iter().find(|(given, _)| *given) {
                return Err(format!(
                    "`{word}` is not known when a call is answered: leave it out of rules with `answer`"
                ));
            }
        }
        if (then.asks.is_some() || then.token.is_some()) && !seamless {
            return Err("`asks` and `token` belong to rules with `modes = [\"seamless\"]`".into());
        }
        if self.pace.is_some_and(|pace| pace == RulePace::default()) {
            return Err("`pace` orders nothing: write `notification`, `seamless` or `expires`".into());
        }
        let binds = self.when.modes.as_ref().is_some_and(|modes| modes.contains(&Mode::Binding));
        if binds && matches!(&self.payment, Some(PaymentOrder { outcome: Outcome::Review { .. }, .. })) {
            return Err("`review` is not for bindings: they are approved, rejected or abandoned".into());
        }
        if binds && self.refund.is_some() {
            return Err("`refund` is not for bindings: nothing is paid".into());
        }
        if binds && self.pace.is_some_and(|pace| pace.seamless.is_some()) {
            return Err("`pace.seamless` is not for bindings: nothing is paid".into());
        }
        let misses_t_xid = |notify: &NotificationRule| notify.plan.edits.contains(&FormEdit::Remove("tXid".into()));
        if binds && self.notify.iter().flatten().any(misses_t_xid) {
            return Err("`missing-field` needs `field`: a binding's notification has no tXid".into());
        }
        if self.partner.is_some_and(|(pin, _)| pin.is_some()) && seamless {
            return Err("`pin` is not for seamless payments: nobody signs in".into());
        }
        if binds && self.customer.is_some() {
            return Err("`customer` is not for bindings: play the customer through the control API".into());
        }
        if self.customer.is_some() && seamless {
            return Err("`customer` is not for seamless payments: they settle by themselves".into());
        }
        let moments = self.notify.iter().flatten().map(|notify| notify.plan.variant);
        for variant in moments {
            use crate::domain::Variant;
            if variant == Variant::BeforeAnswer && !seamless {
                return Err(
                    "`before-answer` can never happen but to rules with `modes = [\"seamless\"]`: others have \
                            nothing to tell when the registration is answered"
                        .into(),
                );
            }
            if binds
                && matches!(
                    variant,
                    Variant::ChangedStatus
                        | Variant::Reversal
                        | Variant::ChangedAmount
                        | Variant::UnknownTxid
                        | Variant::OutOfOrder
                )
            {
                return Err(format!(
                    "`{}` is not for bindings: their notification has no such field",
                    variant.as_str()
                ));
            }
        }
        Ok(())
    }

    /// Whether it counts: every other rule decides the same as often as it is asked.
    pub(super) fn counts(&self) -> bool {
        self.times.is_some() || self.when.nth.is_some()
    }

    /// Whether it takes everything that it is asked of.
    pub(super) fn takes_all(&self) -> bool {
        self.when.is_empty() && self.times.is_none() && self.chance.is_none()
    }

    /// The same rule, added at run time: where it names no merchant, all share its counting.
    #[must_use]
    pub fn added(self) -> Self {
        Self { is_added: true, shared: self.when.i_mid.is_none(), ..self }
    }

    /// What decides where this rule does.
    pub fn decided_by(&self) -> DecidedBy {
        match (self.is_added, &self.when.t_xid, self.times) {
            (false, ..) => DecidedBy::ScenarioRule,
            (true, Some(_), _) => DecidedBy::TransactionRule,
            (true, None, Some(_)) => DecidedBy::OneShotRule,
            (true, None, None) => DecidedBy::AddedRule,
        }
    }

    /// The merchant that it names.
    pub fn i_mid(&self) -> Option<&crate::domain::IMid> {
        self.when.i_mid.as_ref()
    }

    /// Whether all merchants share its counting.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// How often it may decide.
    pub fn times(&self) -> Option<u32> {
        self.times
    }
}
