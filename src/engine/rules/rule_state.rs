//! What is active: the scenarios, the added rules, and the rule set of each merchant that is made of them. A change concerns
//! one merchant or all; a rule set that it concerns is made again when it is asked next.

use std::collections::HashMap;
use std::sync::Arc;

use super::active_rules::AddedRule;
use crate::clock::SignedDuration;
use crate::domain::{IMid, RetryPolicy};
use crate::scenarios::{Library, RuleSet, Scenario};

/// An active scenario.
#[derive(Clone, Debug)]
pub(super) struct ActiveScenario {
    pub(super) scenario: Arc<Scenario>,
    retries: Arc<RetryPolicy>,
    /// The operations whose responses its rules could change.
    operations: u32,
}

impl ActiveScenario {
    pub(super) fn new(scenario: Arc<Scenario>, (max_retries, interval): (u32, SignedDuration)) -> Self {
        let retries = Arc::new(RetryPolicy { rules: scenario.retries.clone(), max_retries, interval });
        let operations = scenario.rules.iter().fold(0, |bits, rule| bits | rule.operations_with_answer());
        Self { scenario, retries, operations }
    }
}

/// What is active for a merchant.
#[derive(Clone, Debug)]
pub(in crate::engine) struct ActiveRules {
    pub(in crate::engine) rule_set: Arc<RuleSet>,
    pub(in crate::engine) retries: Arc<RetryPolicy>,
}

/// What one merchant has of its own.
#[derive(Debug, Default)]
struct Own {
    scenario: Option<ActiveScenario>,
    added: Vec<AddedRule>,
    /// What is active, and the version of what is shared at that time. None after a change.
    active: Option<(u64, ActiveRules)>,
}

/// The scenarios and the added rules.
#[derive(Debug)]
pub(super) struct State {
    pub(super) library: Library,
    /// Active from the start, and after a reset.
    initial: ActiveScenario,
    /// Active for all merchants that have no scenario of their own.
    default: ActiveScenario,
    /// The added rules that name no merchant.
    shared: Vec<AddedRule>,
    by_merchant: HashMap<IMid, Own>,
    /// The ids of the added rules, each with the merchant that it names.
    ids: HashMap<Arc<str>, Option<IMid>>,
    /// Changes with `default` and `shared`.
    version: u64,
    /// What is active for merchants that have nothing of their own. None after a change.
    default_active: Option<ActiveRules>,
    /// How many scenarios and rules could change the responses of each operation.
    operations: [u32; 32],
}

impl State {
    pub(super) fn new(library: Library, scenario: ActiveScenario) -> Self {
        let mut state = Self {
            library,
            default: scenario.clone(),
            initial: scenario,
            shared: Vec::new(),
            by_merchant: HashMap::new(),
            ids: HashMap::new(),
            version: 0,
            default_active: None,
            operations: [0; 32],
        };
        state.count_operations(state.default.operations, 1);
        state
    }

    fn count_operations(&mut self, bits: u32, change: i32) {
        for (_, count) in self.operations.iter_mut().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0) {
            *count = count.saturating_add_signed(change);
        }
    }

    /// A bit for each operation whose responses a rule could change.
    pub(super) fn affected_operations(&self) -> u32 {
        let counted = self.operations.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.fold(0, |bits, (bit, _)| bits | 1 << bit)
    }

    /// What is active for a merchant; none where that has to be computed first.
    pub(super) fn active_rules(&self, i_mid: &str) -> Option<&ActiveRules> {
        match self.by_merchant.get(i_mid) {
            None => self.default_active.as_ref(),
            Some(own) => own.active.as_ref().filter(|(version, _)| *version == self.version).map(|(_, active)| active),
        }
    }

    /// Computes what is active for a merchant.
    pub(super) fn compute_active_rules(&mut self, i_mid: &str) -> ActiveRules {
        let Some(own) = self.by_merchant.get_mut(i_mid) else {
            let active = active_rules(&self.default, self.shared.iter());
            return self.default_active.insert(active).clone();
        };
        let scenario = own.scenario.as_ref().unwrap_or(&self.default);
        let active = active_rules(scenario, own.added.iter().chain(&self.shared));
        own.active = Some((self.version, active.clone()));
        active
    }

    pub(super) fn default_scenario(&self) -> &ActiveScenario {
        &self.default
    }

    pub(super) fn own_scenario(&self, i_mid: &IMid) -> Option<&ActiveScenario> {
        self.by_merchant.get(i_mid)?.scenario.as_ref()
    }

    /// Every scenario that is active, or will be after a reset.
    pub(super) fn scenarios(&self) -> impl Iterator<Item = &Arc<Scenario>> {
        let own = self.by_merchant.values().filter_map(|own| own.scenario.as_ref());
        [&self.initial, &self.default].into_iter().chain(own).map(|active| &active.scenario)
    }

    /// Sets the scenario of one merchant, or of all that have none of their own: none is the initial one, or none of
    /// its own.
    pub(super) fn set_scenario(&mut self, i_mid: Option<&IMid>, scenario: Option<ActiveScenario>) {
        let operations = |scenario: Option<&ActiveScenario>| scenario.map_or(0, |scenario| scenario.operations);
        if let Some(i_mid) = i_mid {
            self.count_operations(operations(scenario.as_ref()), 1);
            let own = self.by_merchant.entry(i_mid.clone()).or_default();
            own.active = None;
            let old = std::mem::replace(&mut own.scenario, scenario);
            self.forget_empty(i_mid);
            self.count_operations(operations(old.as_ref()), -1);
        } else {
            self.change_shared();
            let new = scenario.unwrap_or_else(|| self.initial.clone());
            self.count_operations(new.operations, 1);
            let old = std::mem::replace(&mut self.default, new);
            self.count_operations(old.operations, -1);
        }
    }

    /// Replaces scenarios by what `replace` makes of them: the initial one, the default one, and those of merchants.
    /// The initial one has no merchant at all, the default one none of its own.
    pub(super) fn replace_scenarios(
        &mut self,
        mut replace: impl FnMut(Option<Option<&IMid>>, &Arc<Scenario>) -> Option<ActiveScenario>,
    ) {
        if let Some(initial) = replace(None, &self.initial.scenario) {
            self.initial = initial;
        }
        let default = replace(Some(None), &self.default.scenario);
        let own: Vec<_> = self
            .by_merchant
            .iter()
            .filter_map(|(i_mid, own)| {
                let new = replace(Some(Some(i_mid)), &own.scenario.as_ref()?.scenario)?;
                Some((i_mid.clone(), new))
            })
            .collect();
        if default.is_some() {
            self.set_scenario(None, default);
        }
        for (i_mid, new) in own {
            self.set_scenario(Some(&i_mid), Some(new));
        }
    }

    pub(super) fn is_added(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    pub(super) fn added_count(&self) -> usize {
        self.ids.len()
    }

    /// The added rules that name this merchant, or none.
    pub(super) fn added_to(&self, i_mid: Option<&IMid>) -> &[AddedRule] {
        match i_mid {
            None => &self.shared,
            Some(i_mid) => self.by_merchant.get(i_mid).map_or(&[], |own| &own.added),
        }
    }

    pub(super) fn all_added(&self) -> impl Iterator<Item = &AddedRule> {
        self.shared.iter().chain(self.by_merchant.values().flat_map(|own| &own.added))
    }

    pub(super) fn find_added(&self, id: &str) -> Option<&AddedRule> {
        let owner = self.ids.get(id)?;
        self.added_to(owner.as_ref()).iter().find(|added| *added.rule.id == *id)
    }

    /// The list of a merchant, or the shared one, which is about to change.
    fn changing(&mut self, i_mid: Option<&IMid>) -> &mut Vec<AddedRule> {
        match i_mid {
            None => {
                self.change_shared();
                &mut self.shared
            }
            Some(i_mid) => {
                let own = self.by_merchant.entry(i_mid.clone()).or_default();
                own.active = None;
                &mut own.added
            }
        }
    }

    fn change_shared(&mut self) {
        self.version += 1;
        self.default_active = None;
    }

    /// A merchant that has nothing of its own is like all others.
    fn forget_empty(&mut self, i_mid: &IMid) {
        if self.by_merchant.get(i_mid).is_some_and(|own| own.scenario.is_none() && own.added.is_empty()) {
            self.by_merchant.remove(i_mid);
        }
    }

    /// Adds a rule whose id is new.
    pub(super) fn add(&mut self, added: AddedRule) {
        let (id, i_mid) = (Arc::clone(&added.rule.id), added.rule.i_mid().cloned());
        self.count_operations(added.rule.operations_with_answer(), 1);
        self.changing(i_mid.as_ref()).push(added);
        self.ids.insert(id, i_mid);
    }

    /// Removes an added rule.
    pub(super) fn remove(&mut self, id: &str) -> Option<AddedRule> {
        let owner = self.ids.remove(id)?;
        let list = self.changing(owner.as_ref());
        let at = list.iter().position(|added| *added.rule.id == *id)?;
        let removed = list.remove(at);
        self.count_operations(removed.rule.operations_with_answer(), -1);
        if let Some(i_mid) = &owner {
            self.forget_empty(i_mid);
        }
        Some(removed)
    }

    /// Removes the added rules that name a merchant, or all.
    pub(super) fn remove_all(&mut self, i_mid: Option<&IMid>) -> Vec<AddedRule> {
        let mut removed = std::mem::take(self.changing(i_mid));
        if i_mid.is_none() {
            for own in self.by_merchant.values_mut().filter(|own| !own.added.is_empty()) {
                own.active = None;
                removed.append(&mut own.added);
            }
            self.by_merchant.retain(|_, own| own.scenario.is_some());
        }
        for added in &removed {
            self.ids.remove(&added.rule.id);
            self.count_operations(added.rule.operations_with_answer(), -1);
        }
        if let Some(i_mid) = i_mid {
            self.forget_empty(i_mid);
        }
        removed
    }

    /// Removes all that was added or loaded.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.library.clone(), self.initial.clone());
    }
}

/// The rules of a scenario after the added ones, in the order of precedence.
fn active_rules<'a>(active: &ActiveScenario, added: impl Iterator<Item = &'a AddedRule>) -> ActiveRules {
    let mut added: Vec<_> = added.collect();
    added.sort_by_key(|added| (added.rule.decided_by(), added.number));
    let rules = added.into_iter().map(|added| Arc::clone(&added.rule));
    let rule_set = Arc::new(RuleSet::new(rules, Arc::clone(&active.scenario)));
    ActiveRules { rule_set, retries: Arc::clone(&active.retries) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::endpoints::Endpoint;
    use crate::scenarios::{Rule, RuleConfig};

    const NO_RETRIES: (u32, SignedDuration) = (0, SignedDuration::ZERO);

    fn i_mid(number: usize) -> IMid {
        IMid::new(&format!("SHOP{number}")).unwrap()
    }

    fn scenario(name: &str, then: &str) -> ActiveScenario {
        let text = format!("title = 't'\n[[rule]]\nid = 'own'\n[rule.then]\n{then}");
        ActiveScenario::new(Arc::new(Scenario::read(name, &text).unwrap()), NO_RETRIES)
    }

    fn state() -> State {
        State::new(Library::built_in(), scenario("initial", "outcome = 'reject'"))
    }

    /// A rule of kind 0 to 3, for a merchant or for all.
    fn added(number: u64, kind: usize, merchant: Option<usize>) -> AddedRule {
        let mut source = [
            json!({ "then": { "outcome": "reject" } }),
            json!({ "times": 1, "then": { "outcome": "reject" } }),
            json!({ "when": { "tXid": "T1" }, "then": { "outcome": "reject" } }),
            json!({ "when": { "operation": "inquiry" }, "then": { "answer": { "status": 500 } } }),
        ][kind]
            .clone();
        if let Some(merchant) = merchant {
            source["when"]["iMid"] = json!(i_mid(merchant).as_str());
        }
        let config = RuleConfig::deserialize(&source).unwrap();
        let rule = config.compile(|_| format!("rule-{number}")).unwrap().added_at_run_time();
        AddedRule { rule: Arc::new(rule), source: Value::Null, number }
    }

    fn ask(state: &mut State, i_mid: &IMid) -> Arc<RuleSet> {
        let known = state.active_rules(i_mid.as_str()).map(|active| Arc::clone(&active.rule_set));
        known.unwrap_or_else(|| state.compute_active_rules(i_mid.as_str()).rule_set)
    }

    #[test]
    fn a_change_concerns_one_merchant_or_all() {
        let mut state = state();
        for number in 0..3 {
            state.add(added(number, 0, usize::try_from(number).ok()));
        }
        let sets = |state: &mut State| [0, 1, 2, 7].map(|number| ask(state, &i_mid(number)));
        let same = |before: &[Arc<RuleSet>; 4], after: &[Arc<RuleSet>; 4]| {
            [0, 1, 2, 3].map(|at| Arc::ptr_eq(&before[at], &after[at]))
        };
        let before = sets(&mut state);
        state.add(added(10, 1, Some(1)));
        assert_eq!(same(&before, &sets(&mut state)), [true, false, true, true]);
        state.remove("rule-10").unwrap();
        state.set_scenario(Some(&i_mid(1)), Some(scenario("mine", "outcome = 'approve'")));
        state.remove_all(Some(&i_mid(1)));
        assert_eq!(same(&before, &sets(&mut state)), [true, false, true, true]);
        state.add(added(11, 1, None));
        assert_eq!(same(&before, &sets(&mut state)), [false; 4]);
    }

    /// The same, naively.
    #[derive(Default)]
    struct Model {
        added: Vec<AddedRule>,
        scenarios: HashMap<Option<usize>, ActiveScenario>,
    }

    impl Model {
        fn scenario_of(&self, merchant: usize) -> ActiveScenario {
            let default = || self.scenarios.get(&None).cloned();
            self.scenarios
                .get(&Some(merchant))
                .cloned()
                .or_else(default)
                .unwrap_or_else(|| scenario("initial", "outcome = 'reject'"))
        }

        fn ids(&self, merchant: usize) -> Vec<String> {
            let applies = |rule: &Rule| rule.i_mid().is_none_or(|own| *own == i_mid(merchant));
            let mut rules: Vec<_> = self.added.iter().filter(|added| applies(&added.rule)).collect();
            rules.sort_by_key(|added| (added.rule.decided_by(), added.number));
            let rules = rules.iter().map(|added| added.rule.id.to_string());
            rules.chain(self.scenario_of(merchant).scenario.rules.iter().map(|rule| rule.id.to_string())).collect()
        }

        fn has_answers(&self) -> bool {
            let initial = (!self.scenarios.contains_key(&None)).then(|| scenario("initial", "outcome = 'reject'"));
            let scenarios = self.scenarios.values().chain(&initial).flat_map(|active| active.scenario.rules.iter());
            let rules = self.added.iter().map(|added| &added.rule).chain(scenarios);
            rules.fold(0, |bits, rule| bits | rule.operations_with_answer()) & Endpoint::Inquiry.bit() != 0
        }
    }

    proptest! {
        #[test]
        fn what_is_active_is_what_a_naive_model_says(
            steps in proptest::collection::vec((0_usize..6, 0_usize..4, proptest::option::of(0_usize..3)), 1..40),
        ) {
            let (mut state, mut model) = (state(), Model::default());
            for (number, (step, kind, merchant)) in steps.into_iter().enumerate() {
                let own = merchant.map(i_mid);
                match step {
                    0 | 1 => {
                        let rule = added(number as u64, kind, merchant);
                        state.add(rule.clone());
                        model.added.push(rule);
                    }
                    2 => {
                        let id = format!("rule-{}", number / 2);
                        let known = model.added.iter().position(|added| *added.rule.id == *id);
                        prop_assert_eq!(state.remove(&id).is_some(), known.is_some());
                        known.map(|at| model.added.remove(at));
                    }
                    3 => {
                        let then = if kind == 0 { "answer = { status = 500 }" } else { "outcome = 'approve'" };
                        let new = scenario(&format!("s{number}"), then);
                        state.set_scenario(own.as_ref(), Some(new.clone()));
                        model.scenarios.insert(merchant, new);
                    }
                    4 => {
                        state.remove_all(own.as_ref());
                        model.added.retain(|added| own.is_some() && added.rule.i_mid() != own.as_ref());
                    }
                    _ if kind == 0 => {
                        state.reset();
                        model = Model::default();
                    }
                    _ => {}
                }
                for merchant in 0..4 {
                    let rules = ask(&mut state, &i_mid(merchant));
                    let ids: Vec<_> = rules.rules().iter().map(|rule| rule.id.to_string()).collect();
                    prop_assert_eq!(ids, model.ids(merchant));
                }
                prop_assert_eq!(state.affected_operations() & Endpoint::Inquiry.bit() != 0, model.has_answers());
                prop_assert_eq!(state.added_count(), model.added.len());
            }
        }
    }
}
