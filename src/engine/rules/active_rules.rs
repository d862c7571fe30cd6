//! The active rules of each merchant, and how often each was counted.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use crate::clock::SignedDuration;
use crate::domain::{IMid, RetryPolicy, RuleHits};
use crate::endpoints::Endpoint;
use crate::entropy::Entropy;
use crate::locks::IgnorePoison;
use crate::scenarios::{Library, Rule, RuleConfig, RuleCounters, RuleSet, Scenario, ScenarioError};
use crate::store::RuleCounts;

/// A rule that was added at run time.
#[derive(Clone, Debug)]
pub struct AddedRule {
    /// The rule.
    pub rule: Arc<Rule>,
    /// The rule as the caller wrote it.
    pub source: serde_json::Value,
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

/// An active scenario.
#[derive(Clone, Debug)]
struct ActiveScenario {
    scenario: Arc<Scenario>,
    retries: Arc<RetryPolicy>,
}

/// What is active for a merchant.
#[derive(Clone, Debug)]
pub(in crate::engine) struct ActiveRules {
    pub(in crate::engine) rule_set: Arc<RuleSet>,
    pub(in crate::engine) retries: Arc<RetryPolicy>,
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

#[derive(Debug)]
struct State {
    library: Library,
    /// Active from the start, and after a reset.
    initial: ActiveScenario,
    /// Active for all merchants that have no scenario of their own.
    default: ActiveScenario,
    by_merchant: HashMap<IMid, ActiveScenario>,
    added: Vec<AddedRule>,
    /// Computed whenever one of the above changes.
    default_rules: ActiveRules,
    rules_by_merchant: HashMap<IMid, ActiveRules>,
}

/// The rules.
#[derive(Debug)]
pub struct Rules {
    state: RwLock<State>,
    /// The default retries: how many, and the interval.
    retries: (u32, SignedDuration),
    counts: RuleCounts,
    /// Computed with the active rules: a bit for each operation whose responses a rule could change.
    affected_operations: AtomicU32,
    numbers: AtomicU64,
}

impl Rules {
    pub(in crate::engine) fn new(library: Library, scenario: Arc<Scenario>, retries: (u32, SignedDuration)) -> Self {
        let initial = active_scenario(scenario, retries);
        let default_rules = active_rules(&initial, []);
        let state = State {
            library,
            default: initial.clone(),
            initial,
            by_merchant: HashMap::new(),
            added: Vec::new(),
            default_rules,
            rules_by_merchant: HashMap::new(),
        };
        let rules = Self {
            state: RwLock::new(state),
            retries,
            counts: RuleCounts::default(),
            affected_operations: AtomicU32::new(0),
            numbers: AtomicU64::new(1),
        };
        rules.change(|_| ());
        rules
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().ignore_poison()
    }

    /// Changes the state, and computes the active rules again.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.write().ignore_poison();
        let result = change(&mut state);
        let mut merchants: Vec<IMid> = state.by_merchant.keys().cloned().collect();
        merchants.extend(state.added.iter().filter_map(|added| added.rule.i_mid().cloned()));
        let rules_of = |i_mid: Option<&IMid>| {
            let scenario = i_mid.and_then(|i_mid| state.by_merchant.get(i_mid)).unwrap_or(&state.default);
            active_rules(scenario, added_rules_of(&state.added, i_mid))
        };
        let default_rules = rules_of(None);
        let rules_by_merchant: HashMap<_, _> =
            merchants.into_iter().map(|i_mid| (i_mid.clone(), rules_of(Some(&i_mid)))).collect();
        let all = rules_by_merchant.values().chain([&default_rules]);
        let affected = all.fold(0, |bits, rules| bits | rules.rule_set.operations_with_answers());
        self.affected_operations.store(affected, Ordering::Release);
        (state.default_rules, state.rules_by_merchant) = (default_rules, rules_by_merchant);
        result
    }

    /// What is active for a merchant; for an unknown one, what is active for all.
    pub(in crate::engine) fn active_rules(&self, i_mid: &str) -> ActiveRules {
        let state = self.state();
        state.rules_by_merchant.get(i_mid).unwrap_or(&state.default_rules).clone()
    }

    /// Whether any rule could make responses to an operation faulty; otherwise calls need not be matched.
    pub(in crate::engine) fn has_faults_for(&self, operation: Endpoint) -> bool {
        self.affected_operations.load(Ordering::Acquire) & operation.bit() != 0
    }

    /// The active scenario, of one merchant or of all that have none of their own; and whether it is the merchant's
    /// own.
    pub fn scenario(&self, i_mid: Option<&IMid>) -> (Arc<Scenario>, bool) {
        let state = self.state();
        let own = i_mid.and_then(|i_mid| state.by_merchant.get(i_mid));
        (Arc::clone(&own.unwrap_or(&state.default).scenario), own.is_some())
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
        let scenario = active_scenario(scenario, self.retries);
        let (added, with_own) = self.change(|state| {
            match i_mid {
                Some(i_mid) => {
                    state.by_merchant.insert(i_mid.clone(), scenario);
                }
                None => state.default = scenario,
            }
            let added: HashSet<_> = state.added.iter().map(|added| Arc::clone(&added.rule.id)).collect();
            (added, state.by_merchant.keys().cloned().collect::<HashSet<_>>())
        });
        self.counts.remove(|owner, rule| {
            // Merchants with a scenario of their own keep their counts, and so do added rules.
            let is_concerned = match i_mid {
                Some(_) => owner == i_mid,
                None => owner.is_some_and(|owner| !with_own.contains(owner)),
            };
            is_concerned && !added.contains(rule)
        });
    }

    /// Takes a library whose files have changed, and replaces the active scenarios that came from its files. Those
    /// that came through the control API stay. Returns what was replaced.
    ///
    /// # Errors
    /// Everything that is wrong; nothing has changed then.
    pub(in crate::engine) fn reload(&self, library: Library) -> Result<Vec<ReplacedScenario>, Vec<ScenarioError>> {
        let scenarios = library.scenarios()?;
        let (replaced, with_own) = self.change(|state| {
            let missing = missing_scenarios(state, &library);
            if !missing.is_empty() {
                return Err(missing);
            }
            let before = std::mem::replace(&mut state.library, library);
            let replace = |old: &mut ActiveScenario, i_mid: Option<&IMid>| {
                let scenario = scenarios.get(&old.scenario.name).filter(|_| before.is_source_of(&old.scenario))?;
                if scenario.sources == old.scenario.sources {
                    return None;
                }
                let old = std::mem::replace(old, active_scenario(Arc::clone(scenario), self.retries)).scenario;
                Some(ReplacedScenario { i_mid: i_mid.cloned(), old, new: Arc::clone(scenario) })
            };
            replace(&mut state.initial, None);
            let mut replaced: Vec<_> = replace(&mut state.default, None).into_iter().collect();
            let own = state.by_merchant.iter_mut().filter_map(|(i_mid, scenario)| replace(scenario, Some(i_mid)));
            replaced.extend(own);
            Ok((replaced, state.by_merchant.keys().cloned().collect::<Vec<_>>()))
        })?;
        for replaced in &replaced {
            self.counts.remove(|owner, rule| {
                let is_concerned = match &replaced.i_mid {
                    Some(i_mid) => owner == Some(i_mid),
                    None => owner.is_some_and(|owner| !with_own.contains(owner)),
                };
                is_concerned && replaced.changes(rule)
            });
        }
        Ok(replaced)
    }

    /// The added rules, in the order in which they are asked.
    pub fn added(&self, i_mid: Option<&IMid>) -> Vec<AddedRule> {
        let state = self.state();
        let mut all: Vec<_> = state
            .added
            .iter()
            .filter(|added| i_mid.is_none_or(|i_mid| added.rule.i_mid() == Some(i_mid)))
            .cloned()
            .collect();
        all.sort_by_key(|added| added.rule.decided_by());
        all
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
        let added = AddedRule { rule: Arc::new(rule), source };
        self.change(|state| {
            if state.added.len() >= MAX_ADDED {
                return Err(AddRuleError::Full(MAX_ADDED));
            }
            if state.added.iter().any(|known| known.rule.id == added.rule.id) {
                return Err(AddRuleError::DuplicateId(added.rule.id.to_string()));
            }
            state.added.push(added.clone());
            Ok(added)
        })
    }

    /// Removes an added rule; returns whether it existed.
    pub(in crate::engine) fn remove(&self, id: &str) -> bool {
        let removed = self.change(|state| {
            let before = state.added.len();
            state.added.retain(|added| *added.rule.id != *id);
            state.added.len() < before
        });
        self.counts.remove(|_, rule| rule == id);
        removed
    }

    /// Removes the added rules that name a merchant, or all; returns how many.
    pub(in crate::engine) fn remove_all(&self, i_mid: Option<&IMid>) -> usize {
        let is_removed = |added: &AddedRule| i_mid.is_none_or(|i_mid| added.rule.i_mid() == Some(i_mid));
        let gone: Vec<Arc<str>> = self.change(|state| {
            let gone =
                state.added.iter().filter(|added| is_removed(added)).map(|added| Arc::clone(&added.rule.id)).collect();
            state.added.retain(|added| !is_removed(added));
            gone
        });
        self.counts.remove(|_, rule| gone.iter().any(|gone| **gone == *rule));
        gone.len()
    }

    /// Resets counts, added rules and scenarios, of one merchant or of all.
    pub(in crate::engine) fn reset(&self, i_mid: Option<&IMid>) {
        self.remove_all(i_mid);
        self.change(|state| {
            state.by_merchant.retain(|owner, _| i_mid.is_some_and(|i_mid| owner != i_mid));
            if i_mid.is_none() {
                state.default = state.initial.clone();
            }
        });
        self.counts.remove(|owner, _| i_mid.is_none() || owner == i_mid);
    }

    /// How often a counting rule matched, for one merchant's orders or for all.
    pub fn match_count(&self, rule: &Rule, i_mid: Option<&IMid>) -> u32 {
        self.counts.count(&rule.id, |owner| rule.is_shared() || i_mid.is_none() || owner == i_mid)
    }

    /// Takes back the counts of an order that was not registered.
    pub(in crate::engine) fn undo_hits(&self, i_mid: &IMid, rule_hits: &RuleHits) {
        for (rule, number) in rule_hits {
            self.counts.undo(Some(i_mid.clone()), rule, *number);
            self.counts.undo(None, rule, *number);
        }
    }
}

/// The active scenarios that are missing in a new library.
fn missing_scenarios(state: &State, library: &Library) -> Vec<ScenarioError> {
    let mut files: Vec<_> = [&state.initial, &state.default]
        .into_iter()
        .chain(state.by_merchant.values())
        .filter(|active| state.library.is_source_of(&active.scenario) && !library.contains(&active.scenario.name))
        .map(|active| Arc::clone(active.scenario.file()))
        .collect();
    files.sort();
    files.dedup();
    let message = "the file is gone, but its scenario is active, or will be after a reset";
    files.iter().map(|file| ScenarioError::in_file(file, message)).collect()
}

fn active_scenario(scenario: Arc<Scenario>, (max_retries, interval): (u32, SignedDuration)) -> ActiveScenario {
    let retries = Arc::new(RetryPolicy { rules: scenario.retries.clone(), max_retries, interval });
    ActiveScenario { scenario, retries }
}

fn active_rules(active: &ActiveScenario, added: impl IntoIterator<Item = Arc<Rule>>) -> ActiveRules {
    let rule_set = Arc::new(RuleSet::new(added, Arc::clone(&active.scenario)));
    ActiveRules { rule_set, retries: Arc::clone(&active.retries) }
}

/// The added rules for a merchant, in the order of precedence: its own, and those of no merchant.
fn added_rules_of(added: &[AddedRule], i_mid: Option<&IMid>) -> Vec<Arc<Rule>> {
    let applies = |rule: &Rule| rule.i_mid().is_none() || rule.i_mid() == i_mid;
    let mut rules: Vec<_> = added.iter().map(|added| Arc::clone(&added.rule)).filter(|rule| applies(rule)).collect();
    rules.sort_by_key(|rule| rule.decided_by());
    rules
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
