//! The active rules of each merchant, and how often each was counted.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::rule_state::{ActiveRules, ActiveScenario, State};
use crate::clock::SignedDuration;
use crate::domain::{IMid, RuleHits};
use crate::endpoints::Endpoint;
use crate::entropy::Entropy;
use crate::locks::IgnorePoison;
use crate::scenarios::{Library, Rule, RuleConfig, RuleCounters, Scenario, ScenarioError};
use crate::store::RuleCounts;

/// A rule that was added at run time.
#[derive(Clone, Debug)]
pub struct AddedRule {
    /// The rule.
    pub rule: Arc<Rule>,
    /// The rule as the caller wrote it.
    pub source: serde_json::Value,
    /// In the order of adding.
    pub(super) number: u64,
}

/// How many rules can be added: each may be asked before every response.
const MAX_ADDED: usize = 10_000;

/// Why a rule was not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddRuleError {
    /// It is not valid.
    #[error("{0}")]
    Invalid(String),
    /// Another rule has its id.
    #[error("another rule has the id {0}")]
    DuplicateId(String),
    /// The limit of added rules is reached.
    #[error("there are {0} added rules already")]
    Full(usize),
}

/// An active scenario that was replaced, because its file has changed.
#[derive(Clone, Debug)]
pub(in crate::engine) struct ReplacedScenario {
    /// The merchant; none for all that have no scenario of their own.
    pub(in crate::engine) i_mid: Option<IMid>,
    old: Arc<Scenario>,
    pub(in crate::engine) new: Arc<Scenario>,
}

impl ReplacedScenario {
    /// Whether a rule is from a file that has changed: an included file may not have.
    fn changes(&self, rule: &str) -> bool {
        let name = rule.split(['/', '#']).next().unwrap_or_default();
        self.old.sources.iter().any(|source| *source.name == *name && !self.new.sources.contains(source))
    }
}

/// The rules.
#[derive(Debug)]
pub struct Rules {
    state: RwLock<State>,
    /// The default retries: how many, and the interval.
    retries: (u32, SignedDuration),
    counts: RuleCounts,
    /// A bit for each operation whose responses a rule could change.
    affected_operations: AtomicU32,
    numbers: AtomicU64,
}

impl Rules {
    pub(in crate::engine) fn new(library: Library, scenario: Arc<Scenario>, retries: (u32, SignedDuration)) -> Self {
        let state = State::new(library, ActiveScenario::new(scenario, retries));
        Self {
            affected_operations: AtomicU32::new(state.affected_operations()),
            state: RwLock::new(state),
            retries,
            counts: RuleCounts::default(),
            numbers: AtomicU64::new(1),
        }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().ignore_poison()
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().ignore_poison()
    }

    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state_mut();
        let result = change(&mut state);
        self.affected_operations.store(state.affected_operations(), Ordering::Release);
        result
    }

    /// What is active for a merchant; for an unknown one, what is active for all.
    pub(in crate::engine) fn active_rules(&self, i_mid: &str) -> ActiveRules {
        if let Some(active) = self.state().active_rules(i_mid) {
            return active.clone();
        }
        self.state_mut().compute_active_rules(i_mid)
    }

    /// Whether any rule could make responses to an operation faulty; otherwise calls need not be matched.
    pub(in crate::engine) fn has_faults_for(&self, operation: Endpoint) -> bool {
        self.affected_operations.load(Ordering::Acquire) & operation.bit() != 0
    }

    /// The active scenario, of one merchant or of all that have none of their own; and whether it is the merchant's
    /// own.
    pub fn scenario(&self, i_mid: Option<&IMid>) -> (Arc<Scenario>, bool) {
        let state = self.state();
        let own = i_mid.and_then(|i_mid| state.own_scenario(i_mid));
        (Arc::clone(&own.unwrap_or(state.default_scenario()).scenario), own.is_some())
    }

    /// The scenarios that can be loaded by name.
    pub fn library(&self) -> Library {
        self.state().library.clone()
    }

    /// The folder of the scenario files, if there is one.
    pub fn folder(&self) -> Option<String> {
        self.state().library.folder().map(str::to_owned)
    }

    /// Activates a scenario; the counts of its rules start again at zero.
    pub(in crate::engine) fn load(&self, i_mid: Option<&IMid>, scenario: Arc<Scenario>) {
        let scenario = ActiveScenario::new(scenario, self.retries);
        self.change(|state| state.set_scenario(i_mid, Some(scenario)));
        // Merchants with a scenario of their own keep their counts, and so do added rules.
        let state = self.state();
        let is_of_scenario = |rule: &str| !state.is_added(rule);
        match i_mid {
            Some(i_mid) => self.counts.remove_of(i_mid, is_of_scenario),
            None => self.counts.remove(|owner| state.own_scenario(owner).is_none(), is_of_scenario),
        }
    }

    /// Takes a merchant's own scenario away: it is then like all others.
    pub(in crate::engine) fn unload(&self, i_mid: &IMid) {
        self.change(|state| state.set_scenario(Some(i_mid), None));
        let state = self.state();
        self.counts.remove_of(i_mid, |rule| !state.is_added(rule));
    }

    /// Takes a library whose files have changed, and replaces the active scenarios that came from its files. Those
    /// that came through the control API stay. Returns what was replaced.
    ///
    /// # Errors
    /// Everything that is wrong; nothing has changed then.
    pub(in crate::engine) fn reload(&self, library: Library) -> Result<Vec<ReplacedScenario>, Vec<ScenarioError>> {
        let scenarios = library.scenarios()?;
        let replaced = self.change(|state| {
            let missing = missing_scenarios(state, &library);
            if !missing.is_empty() {
                return Err(missing);
            }
            let before = std::mem::replace(&mut state.library, library);
            let mut replaced = Vec::new();
            state.replace_scenarios(|i_mid, old| {
                let new = scenarios.get(&old.name).filter(|_| before.is_source_of(old))?;
                if new.sources == old.sources {
                    return None;
                }
                if let Some(i_mid) = i_mid {
                    let (i_mid, old) = (i_mid.cloned(), Arc::clone(old));
                    replaced.push(ReplacedScenario { i_mid, old, new: Arc::clone(new) });
                }
                Some(ActiveScenario::new(Arc::clone(new), self.retries))
            });
            Ok(replaced)
        })?;
        let state = self.state();
        for replaced in &replaced {
            let is_changed = |rule: &str| replaced.changes(rule);
            match &replaced.i_mid {
                Some(i_mid) => self.counts.remove_of(i_mid, is_changed),
                None => self.counts.remove(|owner| state.own_scenario(owner).is_none(), is_changed),
            }
        }
        drop(state);
        Ok(replaced)
    }

    /// The added rules, in the order in which they are asked.
    pub fn added(&self, i_mid: Option<&IMid>) -> Vec<AddedRule> {
        let state = self.state();
        let mut all: Vec<_> = match i_mid {
            Some(_) => state.added_to(i_mid).to_vec(),
            None => state.all_added().cloned().collect(),
        };
        all.sort_by_key(|added| (added.rule.decided_by(), added.number));
        all
    }

    /// The added rule with this id.
    pub fn find_added(&self, id: &str) -> Option<AddedRule> {
        self.state().find_added(id).cloned()
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// [`AddRuleError`]
    pub(in crate::engine) fn add(
        &self,
        config: &RuleConfig,
        source: serde_json::Value,
    ) -> Result<AddedRule, AddRuleError> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = |id: Option<&str>| id.map_or_else(|| format!("rule-{number}"), str::to_owned);
        let rule = config.compile(id).map_err(AddRuleError::Invalid)?.added_at_run_time();
        let added = AddedRule { rule: Arc::new(rule), source, number };
        self.change(|state| {
            if state.added_count() >= MAX_ADDED {
                return Err(AddRuleError::Full(MAX_ADDED));
            }
            if state.is_added(&added.rule.id) {
                return Err(AddRuleError::DuplicateId(added.rule.id.to_string()));
            }
            state.add(added.clone());
            Ok(added)
        })
    }

    /// Replaces an added rule. It keeps its id and its place among the others, and is counted from 0. None where there is
    /// no such rule.
    ///
    /// # Errors
    /// A sentence that says why the new rule is not valid; nothing has changed then.
    pub(in crate::engine) fn replace(
        &self,
        id: &str,
        config: &RuleConfig,
        source: serde_json::Value,
    ) -> Result<Option<AddedRule>, String> {
        let rule = Arc::new(config.compile(|_| id.to_owned())?.added_at_run_time());
        let replaced = self.change(|state| {
            let old = state.remove(id)?;
            let added = AddedRule { rule, source, number: old.number };
            state.add(added.clone());
            Some((old, added))
        });
        Ok(replaced.map(|(old, added)| {
            self.counts.remove_rule(old.rule.i_mid(), id);
            added
        }))
    }

    /// Removes the added rules that are used up, except those that `is_needed` accepts; of those that name a merchant, or
    /// of all. Returns how many.
    pub(in crate::engine) fn remove_used(&self, i_mid: Option<&IMid>, is_needed: impl Fn(&str) -> bool) -> usize {
        let is_used = |added: &AddedRule| self.is_used_up(&added.rule, None) && !is_needed(&added.rule.id);
        let used: Vec<_> = self.added(i_mid).into_iter().filter(is_used).collect();
        // A rule that was replaced or removed meanwhile is another one.
        let is_same = |added: &AddedRule| {
            self.change(|state| {
                let known = state.find_added(&added.rule.id)?;
                Arc::ptr_eq(&known.rule, &added.rule).then(|| state.remove(&added.rule.id)).flatten()
            })
        };
        let removed: Vec<_> = used.iter().filter_map(is_same).collect();
        for added in &removed {
            self.counts.remove_rule(added.rule.i_mid(), &added.rule.id);
        }
        removed.len()
    }

    /// Whether a rule cannot apply any more, for one merchant's orders or for all.
    pub fn is_used_up(&self, rule: &Rule, i_mid: Option<&IMid>) -> bool {
        rule.is_used_up(self.match_count(rule, i_mid))
    }

    /// Removes an added rule; returns whether it existed.
    pub(in crate::engine) fn remove(&self, id: &str) -> bool {
        let Some(removed) = self.change(|state| state.remove(id)) else { return false };
        self.counts.remove_rule(removed.rule.i_mid(), id);
        true
    }

    /// Removes the added rules that name a merchant, or all; returns how many.
    pub(in crate::engine) fn remove_all(&self, i_mid: Option<&IMid>) -> usize {
        let removed = self.change(|state| state.remove_all(i_mid));
        for added in &removed {
            self.counts.remove_rule(added.rule.i_mid(), &added.rule.id);
        }
        removed.len()
    }

    /// Resets counts, added rules and scenarios, of one merchant or of all.
    pub(in crate::engine) fn reset(&self, i_mid: Option<&IMid>) {
        self.change(|state| match i_mid {
            Some(i_mid) => {
                state.remove_all(Some(i_mid));
                state.set_scenario(Some(i_mid), None);
            }
            None => state.reset(),
        });
        self.counts.reset(i_mid);
    }

    /// How often a counting rule matched, for one merchant's orders or for all.
    pub fn match_count(&self, rule: &Rule, i_mid: Option<&IMid>) -> u32 {
        match i_mid.or(rule.i_mid()) {
            _ if rule.is_shared() => self.counts.count(None, &rule.id),
            Some(i_mid) => self.counts.count(Some(i_mid), &rule.id),
            None => self.counts.sum(&rule.id),
        }
    }

    /// Takes back the counts of an order that was not registered.
    pub(in crate::engine) fn undo_hits(&self, i_mid: &IMid, rule_hits: &RuleHits) {
        for (rule, number) in rule_hits {
            self.counts.undo(Some(i_mid), rule, *number);
            self.counts.undo(None, rule, *number);
        }
    }
}

/// The active scenarios that are missing in a new library.
fn missing_scenarios(state: &State, library: &Library) -> Vec<ScenarioError> {
    let is_missing =
        |scenario: &&Arc<Scenario>| state.library.is_source_of(scenario) && !library.contains(&scenario.name);
    let mut files: Vec<_> = state.scenarios().filter(is_missing).map(|scenario| Arc::clone(scenario.file())).collect();
    files.sort();
    files.dedup();
    let message = "the file is gone, but its scenario is active, or will be after a reset";
    files.iter().map(|file| ScenarioError::in_file(file, message)).collect()
}

/// The counters for one order or one call.
pub(in crate::engine) struct ActiveCounters<'a> {
    pub(in crate::engine) rules: &'a Rules,
    pub(in crate::engine) entropy: Entropy,
    pub(in crate::engine) i_mid: Option<&'a IMid>,
    pub(in crate::engine) reference_no: &'a str,
    /// The counting rules that the order matched before. None for a call, which counts each time.
    pub(in crate::engine) rule_hits: Option<&'a mut RuleHits>,
}

impl RuleCounters for ActiveCounters<'_> {
    fn ordinal(&mut self, rule: &Rule) -> u32 {
        let known = self.rule_hits.as_ref().and_then(|hits| hits.iter().find(|(id, _)| *id == rule.id));
        if let Some((_, ordinal)) = known {
            return *ordinal;
        }
        let merchant = self.i_mid.filter(|_| !rule.is_shared()).cloned();
        let ordinal = self.rules.counts.increment(merchant, &rule.id);
        if let Some(rule_hits) = &mut self.rule_hits {
            rule_hits.push((Arc::clone(&rule.id), ordinal));
        }
        ordinal
    }

    fn draw(&mut self, rule: &Rule) -> f64 {
        // The draw of an order is always the same; each call has its own.
        let call = match self.rule_hits {
            Some(_) => 0,
            None => self.rules.counts.next_draw(self.i_mid.cloned(), &rule.id, self.reference_no),
        };
        let i_mid = self.i_mid.map_or("", IMid::as_str);
        let bytes = self.entropy.bytes(&[i_mid, self.reference_no, &rule.id, &call.to_string(), "chance"]);
        // 53 bits are what a number from 0 to 1 has.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let draw = (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64;
        draw
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::Source;

    fn source(name: &str, title: &str) -> Source {
        let text = format!("title = '{title}'").into();
        Source { name: name.into(), file: format!("{name}.toml").into(), text }
    }

    fn library(title: &str) -> Library {
        Library::built_in().with_sources([source("mine", title), source("other", title)])
    }

    #[test]
    fn a_reload_replaces_scenarios_from_files_only() {
        let before = library("before");
        let scenario = |name: &str| Arc::new(before.scenario(name).unwrap());
        let rules = Rules::new(before.clone(), scenario("mine"), (0, SignedDuration::ZERO));
        let [own, inline] = ["OWN0000001", "INLINE0001"].map(|text| IMid::new(text).unwrap());
        rules.load(Some(&own), scenario("other"));
        rules.load(Some(&inline), Arc::new(Scenario::read("mine", "title = 'inline'").unwrap()));
        let title = |i_mid: Option<&IMid>| rules.scenario(i_mid).0.title.clone();

        let replaced = rules.reload(library("after")).unwrap();
        let names: Vec<_> = replaced.iter().map(|replaced| (replaced.i_mid.clone(), &*replaced.new.name)).collect();
        assert_eq!(names, [(None, "mine"), (Some(own.clone()), "other")]);
        assert_eq!([title(None), title(Some(&own)), title(Some(&inline))], ["after", "after", "inline"]);
        assert!(rules.reload(library("after")).unwrap().is_empty(), "nothing has changed");
        rules.reset(None);
        assert_eq!(title(Some(&inline)), "after", "a reset goes back to the file as it is now");

        let wrong = rules.reload(library("after").with_sources([source("mine", ""), source("other", "")])).unwrap_err();
        assert_eq!(wrong.len(), 2, "all that is wrong");
        let gone = rules.reload(Library::built_in().with_sources([source("other", "o")])).unwrap_err();
        assert_eq!((gone.len(), gone[0].file.as_str()), (1, "mine.toml"));
        assert_eq!(title(None), "after");
    }
}
