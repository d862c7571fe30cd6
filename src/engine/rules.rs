//! The rules in force, merchant by merchant, and how often each has applied.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::clock::SignedDuration;
use crate::domain::{IMid, RetryPolicy, RuleHits};
use crate::entropy::Entropy;
use crate::scenarios::{Library, Operation, Rule, RuleConfig, RuleCounters, RuleSet, Scenario, ScenarioError};
use crate::store::Counts;

/// A rule that was added at run time.
#[derive(Clone, Debug)]
pub struct Added {
    /// The rule.
    pub rule: Arc<Rule>,
    /// As it was written.
    pub written: serde_json::Value,
}

/// Rules at run time, at most: each is asked before every answer.
const MOST: usize = 10_000;

/// Why a rule was not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddRuleError {
    /// It makes no sense.
    Wrong(String),
    /// Another has its id.
    Taken(String),
    /// There are as many as may be.
    Full(usize),
}

/// A scenario in force, and what of it is wanted beside its rules.
#[derive(Clone, Debug)]
struct Told {
    scenario: Arc<Scenario>,
    retries: Arc<RetryPolicy>,
}

/// What is in force for a merchant.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    pub(super) rule_set: Arc<RuleSet>,
    pub(super) retries: Arc<RetryPolicy>,
}

/// A scenario in force that was replaced by what its file says now.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    /// Whose it is; none for all that have not their own.
    pub(super) i_mid: Option<IMid>,
    old: Arc<Scenario>,
    pub(super) new: Arc<Scenario>,
}

impl Replaced {
    /// Whether a rule stood in a file that has changed: an included one may be as it was.
    fn changes(&self, rule: &str) -> bool {
        let name = rule.split(['/', '#']).next().unwrap_or_default();
        self.old.sources.iter().any(|source| *source.name == *name && !self.new.sources.contains(source))
    }
}

#[derive(Debug)]
struct State {
    library: Library,
    /// What is told from the start, and after a reset.
    first: Told,
    usual: Told,
    of_merchants: HashMap<IMid, Told>,
    added: Vec<Added>,
    /// Made anew whenever one of the above changes.
    usual_force: InForce,
    force_of_merchants: HashMap<IMid, InForce>,
}

/// The rules.
#[derive(Debug)]
pub struct Rules {
    state: RwLock<State>,
    most: (u32, SignedDuration),
    counts: Counts,
    /// Made anew with the above: a bit for each operation whose answers a rule speaks of.
    operations_spoken_of: AtomicU16,
    numbers: AtomicU64,
}

impl Rules {
    pub(super) fn new(library: Library, scenario: Arc<Scenario>, most: (u32, SignedDuration)) -> Self {
        let first = told(scenario, most);
        let usual_force = in_force(&first, []);
        let state = State {
            library,
            usual: first.clone(),
            first,
            of_merchants: HashMap::new(),
            added: Vec::new(),
            usual_force,
            force_of_merchants: HashMap::new(),
        };
        let rules = Self {
            state: RwLock::new(state),
            most,
            counts: Counts::default(),
            operations_spoken_of: AtomicU16::new(0),
            numbers: AtomicU64::new(1),
        };
        rules.change(|_| ());
        rules
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and makes what is in force anew.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut state);
        let mut named: Vec<IMid> = state.of_merchants.keys().cloned().collect();
        named.extend(state.added.iter().filter_map(|added| added.rule.i_mid().cloned()));
        let force = |i_mid: Option<&IMid>| {
            let told = i_mid.and_then(|i_mid| state.of_merchants.get(i_mid)).unwrap_or(&state.usual);
            in_force(told, in_order(&state.added, i_mid))
        };
        let usual_force = force(None);
        let force_of_merchants: HashMap<_, _> =
            named.into_iter().map(|i_mid| (i_mid.clone(), force(Some(&i_mid)))).collect();
        let all = force_of_merchants.values().chain([&usual_force]);
        let spoken_of = all.fold(0, |bits, force| bits | force.rule_set.operations_with_answers());
        self.operations_spoken_of.store(spoken_of, Ordering::Release);
        (state.usual_force, state.force_of_merchants) = (usual_force, force_of_merchants);
        result
    }

    /// What is in force for a merchant; for one that nobody knows, what is for all.
    pub(super) fn in_force(&self, i_mid: &str) -> InForce {
        let state = self.state();
        state.force_of_merchants.get(i_mid).unwrap_or(&state.usual_force).clone()
    }

    /// Whether any rule speaks of answers: where none does, nobody has to look at calls.
    pub(super) fn speak_of(&self, operation: Operation) -> bool {
        self.operations_spoken_of.load(Ordering::Acquire) & operation.bit() != 0
    }

    /// The scenario in force, for one merchant or for all that have not their own; and whether it is this merchant's own.
    pub fn scenario(&self, i_mid: Option<&IMid>) -> (Arc<Scenario>, bool) {
        let state = self.state();
        let own = i_mid.and_then(|i_mid| state.of_merchants.get(i_mid));
        (Arc::clone(&own.unwrap_or(&state.usual).scenario), own.is_some())
    }

    /// Every scenario that has a name.
    pub fn library(&self) -> Library {
        self.state().library.clone()
    }

    /// The folder that scenarios come from, beside the built-in ones.
    pub fn folder(&self) -> Option<String> {
        self.state().library.folder().map(str::to_owned)
    }

    /// Puts a scenario in force; what its rules had counted is forgotten.
    pub(super) fn tell(&self, i_mid: Option<&IMid>, scenario: Arc<Scenario>) {
        let told = told(scenario, self.most);
        let (added, with_own) = self.change(|state| {
            match i_mid {
                Some(i_mid) => {
                    state.of_merchants.insert(i_mid.clone(), told);
                }
                None => state.usual = told,
            }
            let added: HashSet<_> = state.added.iter().map(|added| Arc::clone(&added.rule.id)).collect();
            (added, state.of_merchants.keys().cloned().collect::<HashSet<_>>())
        });
        self.counts.forget(|whose, rule| {
            // Whoever has a scenario of their own counts on, and so does a rule that was added.
            let told = match i_mid {
                Some(_) => whose == i_mid,
                None => whose.is_some_and(|whose| !with_own.contains(whose)),
            };
            told && !added.contains(rule)
        });
    }

    /// Takes over a library whose files have changed: scenarios in force that came from the one before are replaced by
    /// what is there now. Those that came over the control API stay. Answers with what was replaced.
    ///
    /// # Errors
    /// Everything that is wrong; then everything stays as it was.
    pub(super) fn reload(&self, library: Library) -> Result<Vec<Replaced>, Vec<ScenarioError>> {
        let scenarios = library.scenarios()?;
        let (replaced, with_own) = self.change(|state| {
            let gone = gone(state, &library);
            if !gone.is_empty() {
                return Err(gone);
            }
            let before = std::mem::replace(&mut state.library, library);
            let replace = |old: &mut Told, i_mid: Option<&IMid>| {
                let scenario = scenarios.get(&old.scenario.name).filter(|_| before.is_source_of(&old.scenario))?;
                if scenario.sources == old.scenario.sources {
                    return None;
                }
                let old = std::mem::replace(old, told(Arc::clone(scenario), self.most)).scenario;
                Some(Replaced { i_mid: i_mid.cloned(), old, new: Arc::clone(scenario) })
            };
            replace(&mut state.first, None);
            let mut replaced: Vec<_> = replace(&mut state.usual, None).into_iter().collect();
            let own = state.of_merchants.iter_mut().filter_map(|(i_mid, told)| replace(told, Some(i_mid)));
            replaced.extend(own);
            Ok((replaced, state.of_merchants.keys().cloned().collect::<Vec<_>>()))
        })?;
        for replaced in &replaced {
            self.counts.forget(|whose, rule| {
                let concerned = match &replaced.i_mid {
                    Some(i_mid) => whose == Some(i_mid),
                    None => whose.is_some_and(|whose| !with_own.contains(whose)),
                };
                concerned && replaced.changes(rule)
            });
        }
        Ok(replaced)
    }

    /// The rules that were added, in the order in which they are asked.
    pub fn added(&self, i_mid: Option<&IMid>) -> Vec<Added> {
        let state = self.state();
        let mut all: Vec<_> = state
            .added
            .iter()
            .filter(|added| i_mid.is_none_or(|wanted| added.rule.i_mid() == Some(wanted)))
            .cloned()
            .collect();
        all.sort_by_key(|added| rank(&added.rule));
        all
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// [`AddRuleError`]
    pub(super) fn add(&self, words: &RuleConfig, written: serde_json::Value) -> Result<Added, AddRuleError> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = |id: Option<&str>| id.map_or_else(|| format!("rule-{number}"), str::to_owned);
        let rule = words.compile(id).map_err(AddRuleError::Wrong)?.added_at_run_time();
        let added = Added { rule: Arc::new(rule), written };
        self.change(|state| {
            if state.added.len() >= MOST {
                return Err(AddRuleError::Full(MOST));
            }
            if state.added.iter().any(|known| known.rule.id == added.rule.id) {
                return Err(AddRuleError::Taken(added.rule.id.to_string()));
            }
            state.added.push(added.clone());
            Ok(added)
        })
    }

    /// Removes a rule; answers whether there was one.
    pub(super) fn remove(&self, id: &str) -> bool {
        let removed = self.change(|state| {
            let before = state.added.len();
            state.added.retain(|added| *added.rule.id != *id);
            state.added.len() < before
        });
        self.counts.forget(|_, rule| rule == id);
        removed
    }

    /// Removes the rules that name a merchant, or all; answers how many there were.
    pub(super) fn remove_all(&self, i_mid: Option<&IMid>) -> usize {
        let goes = |added: &Added| i_mid.is_none_or(|i_mid| added.rule.i_mid() == Some(i_mid));
        let gone: Vec<Arc<str>> = self.change(|state| {
            let gone = state.added.iter().filter(|added| goes(added)).map(|added| Arc::clone(&added.rule.id)).collect();
            state.added.retain(|added| !goes(added));
            gone
        });
        self.counts.forget(|_, rule| gone.iter().any(|gone| **gone == *rule));
        gone.len()
    }

    /// Forgets what was counted, added and put in force, for one merchant or for all.
    pub(super) fn reset(&self, i_mid: Option<&IMid>) {
        self.remove_all(i_mid);
        self.change(|state| {
            state.of_merchants.retain(|whose, _| i_mid.is_some_and(|i_mid| whose != i_mid));
            if i_mid.is_none() {
                state.usual = state.first.clone();
            }
        });
        self.counts.forget(|whose, _| i_mid.is_none() || whose == i_mid);
    }

    /// How often a rule that counts was reached, by one merchant's orders or by all.
    pub fn reached(&self, rule: &Rule, i_mid: Option<&IMid>) -> u32 {
        self.counts.reached(&rule.id, |whose| rule.is_shared() || i_mid.is_none() || whose == i_mid)
    }

    /// Takes back what an order that did not come about was counted for.
    pub(super) fn give_back(&self, i_mid: &IMid, counted: &RuleHits) {
        for (rule, number) in counted {
            self.counts.give_back(Some(i_mid.clone()), rule, *number);
            self.counts.give_back(None, rule, *number);
        }
    }
}

/// Scenarios that are in force, and that a new library has not.
fn gone(state: &State, library: &Library) -> Vec<ScenarioError> {
    let mut files: Vec<_> = [&state.first, &state.usual]
        .into_iter()
        .chain(state.of_merchants.values())
        .filter(|told| state.library.is_source_of(&told.scenario) && !library.contains(&told.scenario.name))
        .map(|told| Arc::clone(told.scenario.file()))
        .collect();
    files.sort();
    files.dedup();
    let said = "the file is gone, and its scenario is in force, or will be after a reset";
    files.iter().map(|file| ScenarioError::in_file(file, said)).collect()
}

fn told(scenario: Arc<Scenario>, (most, every): (u32, SignedDuration)) -> Told {
    let retries = Arc::new(RetryPolicy { rows: scenario.retries.clone(), most, every });
    Told { scenario, retries }
}

fn in_force(told: &Told, added: impl IntoIterator<Item = Arc<Rule>>) -> InForce {
    let rule_set = Arc::new(RuleSet::new(added, Arc::clone(&told.scenario)));
    InForce { rule_set, retries: Arc::clone(&told.retries) }
}

/// Rules for one transaction come first, then those for so many, then the others.
fn rank(rule: &Rule) -> u8 {
    match rule.times() {
        _ if rule.is_of_one_transaction() => 0,
        Some(_) => 1,
        None => 2,
    }
}

/// The added rules that a merchant's orders are shown to: those of no merchant, and its own.
fn in_order(added: &[Added], i_mid: Option<&IMid>) -> Vec<Arc<Rule>> {
    let own = |rule: &Rule| rule.i_mid().is_none() || rule.i_mid() == i_mid;
    let mut rules: Vec<_> = added.iter().map(|added| Arc::clone(&added.rule)).filter(|rule| own(rule)).collect();
    rules.sort_by_key(|rule| rank(rule));
    rules
}

/// Counts for one order, or one call.
pub(super) struct ActiveCounters<'a> {
    pub(super) rules: &'a Rules,
    pub(super) entropy: Entropy,
    pub(super) i_mid: Option<&'a IMid>,
    pub(super) reference_no: &'a str,
    /// What this order was counted for before. None for a call, which is counted each time.
    pub(super) counted: Option<&'a mut RuleHits>,
}

impl RuleCounters for ActiveCounters<'_> {
    fn ordinal(&mut self, rule: &Rule) -> u32 {
        if let Some((_, ordinal)) =
            self.counted.iter().flat_map(|counted| counted.iter()).find(|(id, _)| *id == rule.id)
        {
            return *ordinal;
        }
        let whose = self.i_mid.filter(|_| !rule.is_shared()).cloned();
        let ordinal = self.rules.counts.reach(whose, &rule.id);
        if let Some(counted) = &mut self.counted {
            counted.push((Arc::clone(&rule.id), ordinal));
        }
        ordinal
    }

    fn draw(&mut self, rule: &Rule) -> f64 {
        // An order has the same luck each time it is asked; each call has its own.
        let call = match self.counted {
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
    fn a_reload_replaces_what_came_from_files_and_nothing_else() {
        let before = library("before");
        let told = |name: &str| Arc::new(before.scenario(name).unwrap());
        let rules = Rules::new(before.clone(), told("mine"), (0, SignedDuration::ZERO));
        let [own, inline] = ["OWN0000001", "INLINE0001"].map(|text| IMid::new(text).unwrap());
        rules.tell(Some(&own), told("other"));
        rules.tell(Some(&inline), Arc::new(Scenario::read("mine", "title = 'inline'").unwrap()));
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
