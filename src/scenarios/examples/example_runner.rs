//! Runs the examples of a scenario, and compares the decisions with the expected ones.

use std::collections::HashMap;
use std::sync::Arc;

use super::example::Example;
use crate::domain::{Amount, NotificationKind, Partner, Reason, Variant};
use crate::scenarios::files::{ScenarioError, TextOrNumber};
use crate::scenarios::lender_catalog::LenderCatalog;
use crate::scenarios::rules::{Decision, Facts, Mode, Outcome, OutcomeConfig, Rule, RuleCounters, RuleSet};
use crate::scenarios::scenario::Scenario;

impl Example {
    fn failure(&self, rule_set: &Arc<RuleSet>, catalog: &LenderCatalog) -> Option<String> {
        let given = &self.config.given;
        let partner = given.mitra_cd.unwrap_or(Partner::Kredivo);
        let facts = Facts {
            operation: given.operation,
            mode: if given.operation.is_none() { Some(given.mode.unwrap_or(Mode::Normal)) } else { None },
            i_mid: Some(given.i_mid.as_deref().unwrap_or("IONPAYTEST")),
            reference_no: Some(given.reference_no.as_deref().unwrap_or("example")),
            t_xid: given.t_xid.as_deref(),
            amount: Some(Amount::from_rupiah(given.amt.unwrap_or(25_145))),
            pay_method: Some(given.pay_method.as_ref().map_or("06", TextOrNumber::as_str)),
            partner: Some(partner),
            customer: given.client_user_key.as_deref(),
            phone: self.phone.as_ref().or_else(|| catalog.default_phone(partner)),
            months: Some(given.tenor.unwrap_or(1)),
        };
        let mut counters = ExampleCounters { draw: given.draw.unwrap_or(0.5), seen: HashMap::new() };
        let mut difference = None;
        for _ in 0..given.nth.unwrap_or(1) {
            counters.start_call();
            difference = self.difference(rule_set, &facts, catalog, &mut counters);
        }
        difference
    }

    /// The first difference from what is expected.
    fn difference(
        &self,
        rule_set: &Arc<RuleSet>,
        facts: &Facts<'_>,
        catalog: &LenderCatalog,
        counters: &mut ExampleCounters,
    ) -> Option<String> {
        let expected = &self.config.expect;
        let differ = |key: &str, expected: String, actual: String| {
            (expected != actual).then(|| format!("`{key}` is {actual}, expected {expected}"))
        };
        if let Some(expected) = &expected.answer {
            let actual =
                rule_set.answer_fault(facts, counters).map_or_else(|| "none".to_owned(), |(_, fault)| fault.summary());
            return differ("answer", expected.clone(), actual);
        }
        let (Decision { rule, outcome, asks, token, .. }, _) = rule_set.decide(facts, catalog, counters);
        let (outcome, reason) = match outcome {
            Outcome::Approve => (OutcomeConfig::Approve, None),
            Outcome::Review { .. } => (OutcomeConfig::Review, None),
            Outcome::Reject(reason) => (OutcomeConfig::Reject, Some(reason)),
            Outcome::Abandon => (OutcomeConfig::Abandon, None),
        };
        let lower = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        let rule_differs = expected.rule.as_ref().and_then(|expected| {
            let whole = format!("{}/{expected}", rule_set.scenario.name);
            (**expected != *rule && *whole != *rule).then(|| format!("`rule` is {rule}, expected {expected}"))
        });
        let notify_differs = || {
            let kind = self.config.given.notification.unwrap_or(NotificationKind::Approve);
            let expected = expected.notify.as_ref()?;
            let actual = rule_set.notification_plans(kind, facts, counters).map_or_else(
                || vec![Variant::Plain.as_str()],
                |(_, all)| all.iter().map(|plan| plan.variant.as_str()).collect(),
            );
            let expected: Vec<_> = expected.0.iter().map(|variant| variant.as_str()).collect();
            differ("notify", expected.join(", "), actual.join(", "))
        };
        rule_differs
            .or_else(|| expected.outcome.and_then(|expected| differ("outcome", lower(&expected), lower(&outcome))))
            .or_else(|| {
                let actual = reason.map_or("none", Reason::as_str);
                expected.reason.and_then(|expected| differ("reason", expected.as_str().to_owned(), actual.to_owned()))
            })
            .or_else(|| expected.asks.and_then(|expected| differ("asks", lower(&Some(expected)), lower(&asks))))
            .or_else(|| expected.token.and_then(|expected| differ("token", lower(&Some(expected)), lower(&token))))
            .or_else(notify_differs)
    }
}

/// Counts the repetitions of an example; every draw has the same value.
struct ExampleCounters {
    draw: f64,
    /// For each rule: how many calls it counted, and whether the current call is one of them.
    seen: HashMap<Arc<str>, (u32, bool)>,
}

impl ExampleCounters {
    fn start_call(&mut self) {
        for (_, counted) in self.seen.values_mut() {
            *counted = false;
        }
    }
}

impl RuleCounters for ExampleCounters {
    fn ordinal(&mut self, rule: &Rule) -> u32 {
        let (seen, counted) = self.seen.entry(Arc::clone(&rule.id)).or_default();
        if !*counted {
            (*seen, *counted) = (*seen + 1, true);
        }
        *seen
    }

    fn draw(&mut self, _: &Rule) -> f64 {
        self.draw
    }
}

impl Scenario {
    /// Runs the examples; returns one error for each that fails.
    pub fn run_examples(&self, catalog: &LenderCatalog) -> Vec<ScenarioError> {
        let rule_set = Arc::new(RuleSet::new([], Arc::new(self.clone())));
        let failed = self.examples.iter().filter_map(|example| {
            let failure = example.failure(&rule_set, catalog)?;
            let description = &example.config.description;
            let message = if description.is_empty() { failure } else { format!("{description}: {failure}") };
            Some(ScenarioError { message, ..example.location.clone() })
        });
        failed.collect()
    }

    /// How many examples there are.
    pub fn example_count(&self) -> usize {
        self.examples.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::Library;

    #[test]
    fn every_built_in_scenario_is_valid_and_its_examples_hold() {
        let library = Library::built_in();
        for name in library.names() {
            let scenario = library.scenario(name).unwrap();
            assert!(!scenario.title.is_empty() && !scenario.description.is_empty(), "{name}");
            let failed: Vec<_> = scenario.run_examples(&LenderCatalog::built_in());
            assert!(failed.is_empty(), "{name}: {}", failed[0]);
        }
    }

    #[test]
    fn a_failed_example_names_its_line() {
        let text = "title = 't'\n[[rule]]\nid = 'first'\ntimes = 1\n[rule.then]\noutcome = 'reject'\nnotify = 'duplicate'\n\
            [[example]]\nsays = 'the first'\nexpect = { rule = 'first', outcome = 'reject', notify = 'duplicate' }\n\
            [[example]]\nsays = 'the second'\ngiven = { nth = 2 }\nexpect = { outcome = 'reject' }\n\
            [[example]]\nexpect = { notify = ['plain'] }\n\
            [[rule]]\n[rule.when]\noperation = 'inquiry'\n[rule.then]\nanswer = { status = 503 }\n\
            [[example]]\ngiven = { operation = 'inquiry' }\nexpect = { answer = 'status 503' }\n\
            [[example]]\ngiven = { operation = 'cancel' }\nexpect = { answer = 'none' }\n";
        let scenario = Scenario::read("mine", text).unwrap();
        let failed: Vec<_> =
            scenario.run_examples(&LenderCatalog::built_in()).iter().map(|m| (m.line, m.message.clone())).collect();
        assert_eq!(
            failed,
            [
                (11, "the second: `outcome` is approve, expected reject".to_owned()),
                (15, "`notify` is duplicate, expected plain".to_owned()),
            ]
        );
        let nothing = Scenario::read("mine", "title = 't'\n[[example]]\nexpect = {}").unwrap_err();
        assert!(nothing.message.contains("`expect` is empty"), "{nothing}");
    }
}
