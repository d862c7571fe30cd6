//! Trying a scenario's examples: whether the rules decide as its author expects.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::ScenarioError;
use super::example::Example;
use super::facts::{Facts, Mode};
use super::lender_catalog::LenderCatalog;
use super::outcome::{Decision, Outcome};
use super::rule::{OutcomeConfig, Rule};
use super::rule_set::{RuleCounters, RuleSet};
use super::scenario::Scenario;
use super::serde_types::Scalar;
use crate::domain::{Amount, NotificationKind, Partner, Reason, Variant};

impl Example {
    fn failure(&self, rule_set: &Arc<RuleSet>, catalog: &LenderCatalog) -> Option<String> {
        let given = &self.words.given;
        let partner = given.mitra_cd.unwrap_or(Partner::Kredivo);
        let facts = Facts {
            operation: given.operation,
            mode: if given.operation.is_none() { Some(given.mode.unwrap_or(Mode::Normal)) } else { None },
            i_mid: Some(given.i_mid.as_deref().unwrap_or("IONPAYTEST")),
            reference_no: Some(given.reference_no.as_deref().unwrap_or("example")),
            t_xid: given.t_xid.as_deref(),
            amount: Some(Amount::from_rupiah(given.amt.unwrap_or(25_145))),
            pay_method: Some(given.pay_method.as_ref().map_or("06", Scalar::as_str)),
            partner: Some(partner),
            customer: given.client_user_key.as_deref(),
            phone: self.phone.as_ref().or_else(|| catalog.usual_phone(partner)),
            months: Some(given.tenor.unwrap_or(1)),
        };
        let mut counters = Counting { luck: given.luck.unwrap_or(0.5), seen: HashMap::new() };
        let mut said = None;
        for _ in 0..given.nth.unwrap_or(1) {
            counters.begin();
            said = self.differs(rule_set, &facts, catalog, &mut counters);
        }
        said
    }

    /// The first thing that is not as expected.
    fn differs(
        &self,
        rule_set: &Arc<RuleSet>,
        facts: &Facts<'_>,
        catalog: &LenderCatalog,
        counters: &mut Counting,
    ) -> Option<String> {
        let expected = &self.words.expect;
        let differ = |what: &str, wanted: String, is: String| {
            (wanted != is).then(|| format!("`{what}` is {is}, expected was {wanted}"))
        };
        if let Some(wanted) = &expected.answer {
            let is = rule_set.answer(facts, counters).map_or_else(|| "none".to_owned(), |(_, fault)| fault.words());
            return differ("answer", wanted.clone(), is);
        }
        let (Decision { rule, outcome, asks, token, .. }, _) = rule_set.decide(facts, catalog, counters);
        let (word, reason) = match outcome {
            Outcome::Approve => (OutcomeConfig::Approve, None),
            Outcome::Review { .. } => (OutcomeConfig::Review, None),
            Outcome::Reject(reason) => (OutcomeConfig::Reject, Some(reason)),
            Outcome::Abandon => (OutcomeConfig::Abandon, None),
        };
        let shown = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        let rule_differs = expected.rule.as_ref().and_then(|wanted| {
            let whole = format!("{}/{wanted}", rule_set.scenario.name);
            (**wanted != *rule && *whole != *rule).then(|| format!("`rule` is {rule}, expected was {wanted}"))
        });
        let notify_differs = || {
            let kind = self.words.given.notification.unwrap_or(NotificationKind::Approve);
            let wanted = expected.notify.as_ref()?;
            let is = rule_set.notify(kind, facts, counters).map_or_else(
                || vec![Variant::Plain.as_str()],
                |(_, all)| all.iter().map(|plan| plan.variant.as_str()).collect(),
            );
            let wanted: Vec<_> = wanted.0.iter().map(|variant| variant.as_str()).collect();
            differ("notify", wanted.join(", "), is.join(", "))
        };
        rule_differs
            .or_else(|| expected.outcome.and_then(|wanted| differ("outcome", shown(&wanted), shown(&word))))
            .or_else(|| {
                let is = reason.map_or("none", Reason::as_str);
                expected.reason.and_then(|wanted| differ("reason", wanted.as_str().to_owned(), is.to_owned()))
            })
            .or_else(|| expected.asks.and_then(|wanted| differ("asks", shown(&Some(wanted)), shown(&asks))))
            .or_else(|| expected.token.and_then(|wanted| differ("token", shown(&Some(wanted)), shown(&token))))
            .or_else(notify_differs)
    }
}

/// Counts one order after the other.
struct Counting {
    luck: f64,
    /// How many there were, and whether the present one is among them.
    seen: HashMap<Arc<str>, (u32, bool)>,
}

impl Counting {
    fn begin(&mut self) {
        for (_, counted) in self.seen.values_mut() {
            *counted = false;
        }
    }
}

impl RuleCounters for Counting {
    fn ordinal(&mut self, rule: &Rule) -> u32 {
        let (seen, counted) = self.seen.entry(Arc::clone(&rule.id)).or_default();
        if !*counted {
            (*seen, *counted) = (*seen + 1, true);
        }
        *seen
    }

    fn draw(&mut self, _: &Rule) -> f64 {
        self.luck
    }
}

impl Scenario {
    /// Tries the examples, and answers with those that do not hold.
    pub fn try_examples(&self, catalog: &LenderCatalog) -> Vec<ScenarioError> {
        let rule_set = Arc::new(RuleSet::new([], Arc::new(self.clone())));
        let failed = self.examples.iter().filter_map(|example| {
            let said = example.failure(&rule_set, catalog)?;
            let says = &example.words.says;
            let message = if says.is_empty() { said } else { format!("{says}: {said}") };
            Some(ScenarioError { message, ..example.place.clone() })
        });
        failed.collect()
    }

    /// How many examples there are.
    pub fn examples(&self) -> usize {
        self.examples.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::Library;

    #[test]
    fn every_built_in_scenario_can_be_told_and_its_examples_hold() {
        let library = Library::built_in();
        for name in library.names() {
            let scenario = library.scenario(name).unwrap();
            assert!(!scenario.title.is_empty() && !scenario.description.is_empty(), "{name}");
            let failed: Vec<_> = scenario.try_examples(&LenderCatalog::built_in());
            assert!(failed.is_empty(), "{name}: {}", failed[0]);
        }
    }

    #[test]
    fn an_example_that_does_not_hold_is_told_with_its_place() {
        let text = "title = 't'\n[[rule]]\nid = 'first'\ntimes = 1\n[rule.then]\noutcome = 'reject'\nnotify = 'duplicate'\n\
            [[example]]\nsays = 'the first'\nexpect = { rule = 'first', outcome = 'reject', notify = 'duplicate' }\n\
            [[example]]\nsays = 'the second'\ngiven = { nth = 2 }\nexpect = { outcome = 'reject' }\n\
            [[example]]\nexpect = { notify = ['plain'] }\n\
            [[rule]]\n[rule.when]\noperation = 'inquiry'\n[rule.then]\nanswer = { status = 503 }\n\
            [[example]]\ngiven = { operation = 'inquiry' }\nexpect = { answer = 'status 503' }\n\
            [[example]]\ngiven = { operation = 'cancel' }\nexpect = { answer = 'none' }\n";
        let scenario = Scenario::read("mine", text).unwrap();
        let said: Vec<_> =
            scenario.try_examples(&LenderCatalog::built_in()).iter().map(|m| (m.line, m.message.clone())).collect();
        assert_eq!(
            said,
            [
                (11, "the second: `outcome` is approve, expected was reject".to_owned()),
                (15, "`notify` is duplicate, expected was plain".to_owned()),
            ]
        );
        let nothing = Scenario::read("mine", "title = 't'\n[[example]]\nexpect = {}").unwrap_err();
        assert!(nothing.message.contains("expects nothing"), "{nothing}");
    }
}
