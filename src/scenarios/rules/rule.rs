//! A rule: conditions and effects. Scenario files and the control API write rules in the same way.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer_fault::AnswerFault;
use super::conditions::{Conditions, Mismatch, WhenConfig};
use super::effects::{
    Customer, NotifyEffect, OtpOverride, PaymentEffect, PinOverride, RefundConfig, RulePace, ThenConfig,
};
use super::facts::Facts;
use super::rule_set::RuleCounters;
use crate::domain::{DecidedBy, IMid, object};

/// A rule, as a file or a call of the control API writes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RuleConfig {
    /// The id, unique in its file. Default: a number.
    pub id: Option<String>,
    /// How many payments the rule applies to; for rules with `answer`, how many calls. Default: all.
    pub times: Option<u32>,
    /// The probability that the rule applies, 0 to 1. Drawn from the seed: the same order always gets the same draw.
    pub chance: Option<f64>,
    /// The conditions. Default: the rule always applies.
    #[serde(default, deserialize_with = "object")]
    pub when: WhenConfig,
    /// The effects.
    #[serde(deserialize_with = "object")]
    pub then: ThenConfig,
}

/// A rule, validated.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `reject/everything`, `reject#1`, or the id from the control API.
    pub id: Arc<str>,
    /// Whether it was added at run time.
    is_added: bool,
    pub(in crate::scenarios) when: Conditions,
    pub(in crate::scenarios) times: Option<u32>,
    pub(in crate::scenarios) chance: Option<f64>,
    /// Whether all merchants share its counter: it was added at run time and names no merchant.
    is_shared: bool,
    pub(in crate::scenarios) payment: Option<PaymentEffect>,
    pub(in crate::scenarios) pace: Option<RulePace>,
    pub(in crate::scenarios) login: Option<(Option<PinOverride>, Option<OtpOverride>)>,
    pub(in crate::scenarios) customer: Option<Customer>,
    pub(in crate::scenarios) refund: Option<RefundConfig>,
    pub(in crate::scenarios) notify: Option<Vec<NotifyEffect>>,
    pub(in crate::scenarios) answer: Option<AnswerFault>,
}

impl RuleConfig {
    /// Validates the rule; `id` makes its full id from the written one.
    ///
    /// # Errors
    /// A sentence that names the wrong key in backticks.
    pub fn compile(&self, id: impl FnOnce(Option<&str>) -> String) -> Result<Rule, String> {
        self.check_head()?;
        let then = &self.then;
        let rule = Rule {
            id: id(self.id.as_deref()).into(),
            times: self.times,
            chance: self.chance,
            is_added: false,
            is_shared: false,
            when: self.when.compile()?,
            payment: then.payment()?,
            pace: then.pace,
            login: (then.pin.is_some() || then.otp.is_some()).then_some((then.pin, then.otp)),
            customer: then.customer.as_ref().map(|customer| customer.0.compile()).transpose()?,
            refund: then.refund.map(RefundConfig::checked).transpose()?,
            notify: then.notify()?,
            answer: then.answer.as_ref().map(|answer| answer.0.compile()).transpose()?,
        };
        rule.check(then)?;
        Ok(rule)
    }

    fn check_head(&self) -> Result<(), String> {
        // The id is part of an HTTP header.
        let is_valid = |id: &str| (1..=96).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        // A URL cannot name them: clients resolve them.
        if matches!(self.id.as_deref(), Some("." | "..")) {
            return Err("`id` must not be `.` or `..`".into());
        }
        if self.id.as_deref().is_some_and(|id| !is_valid(id)) {
            return Err("`id` must be 1 to 96 ASCII letters, digits and signs, without spaces".into());
        }
        if self.times == Some(0) {
            return Err("`times` can never match: 0 means never".into());
        }
        match self.chance {
            Some(0.0) => Err("`chance` can never match: 0 means never".into()),
            Some(chance) if !(0.0..=1.0).contains(&chance) => {
                Err(format!("`chance` must be more than 0 and at most 1, not {chance}"))
            }
            _ => Ok(()),
        }
    }
}

impl Rule {
    /// The reason why the rule does not apply, if it does not. Draws and counts only when all conditions hold.
    pub(in crate::scenarios) fn mismatch(
        &self,
        facts: &Facts<'_>,
        counters: &mut impl RuleCounters,
    ) -> Option<Mismatch> {
        if let Some(mismatch) = self.when.first_mismatch(facts) {
            return Some(mismatch);
        }
        if self.chance.is_some_and(|chance| counters.draw(self) >= chance) {
            return Some(Mismatch::Chance);
        }
        if self.times.is_none() && self.when.nth.is_none() {
            return None;
        }
        let ordinal = counters.ordinal(self);
        if self.when.nth.as_ref().is_some_and(|nth| !nth.contains(&ordinal)) {
            return Some(Mismatch::Nth);
        }
        self.times.is_some_and(|times| ordinal > times).then_some(Mismatch::UsedUp)
    }

    /// Whether it always applies, apart from bindings.
    pub(in crate::scenarios) fn always_applies(&self) -> bool {
        self.when.is_empty() && self.times.is_none() && self.chance.is_none()
    }

    /// Marks the rule as added at run time: when it names no merchant, all merchants share its counter.
    #[must_use]
    pub fn added_at_run_time(self) -> Self {
        Self { is_added: true, is_shared: self.when.i_mid.is_none(), ..self }
    }

    /// The operations whose responses it could change, one bit each: other calls need not collect facts.
    pub fn operations_with_answer(&self) -> u32 {
        match (&self.answer, &self.when.operations) {
            (None, _) => 0,
            (Some(_), None) => u32::MAX,
            (Some(_), Some(operations)) => operations.iter().fold(0, |bits, operation| bits | operation.bit()),
        }
    }

    /// The merchant that it names.
    pub fn i_mid(&self) -> Option<&IMid> {
        self.when.i_mid.as_ref()
    }

    /// The kind of decider that this rule is.
    pub fn decided_by(&self) -> DecidedBy {
        match (self.is_added, &self.when.t_xid, self.times) {
            (false, ..) => DecidedBy::ScenarioRule,
            (true, Some(_), _) => DecidedBy::TransactionRule,
            (true, None, Some(_)) => DecidedBy::OneShotRule,
            (true, None, None) => DecidedBy::AddedRule,
        }
    }

    /// Whether it was added at run time.
    pub(in crate::scenarios) fn is_added(&self) -> bool {
        self.is_added
    }

    /// Whether it cannot apply any more, after it was counted so often.
    pub fn is_used_up(&self, count: u32) -> bool {
        let last = self.when.nth.as_ref().and_then(|nth| nth.iter().max());
        self.times.is_some_and(|times| times <= count) || last.is_some_and(|last| *last <= count)
    }

    /// Whether all merchants share its counter.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// How often it may apply.
    pub fn times(&self) -> Option<u32> {
        self.times
    }
}
