//! The rules in force, merchant by merchant, and how often each has applied.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::entropy::Entropy;
use crate::ledger::{Counted, IMid, Retries};
use crate::scenario::{Deck, Library, Mistake, Rule, RuleWords, Story, Tally};
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
pub enum NotAdded {
    /// It makes no sense.
    Wrong(String),
    /// Another has its id.
    Taken(String),
    /// There are as many as may be.
    Full(usize),
}

/// A story in force, and what of it is wanted beside its rules.
#[derive(Clone, Debug)]
struct Told {
    story: Arc<Story>,
    retries: Arc<Retries>,
}

/// What is in force for a merchant.
#[derive(Clone, Debug)]
pub(super) struct InForce {
    pub(super) deck: Arc<Deck>,
    pub(super) retries: Arc<Retries>,
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
    most: (u32, crate::clock::SignedDuration),
    counts: Counts,
    speaks_of_answers: AtomicBool,
    numbers: AtomicU64,
}

impl Rules {
    pub(super) fn new(library: Library, story: Arc<Story>, most: (u32, crate::clock::SignedDuration)) -> Self {
        let first = told(story, most);
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
            speaks_of_answers: AtomicBool::new(false),
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
        let speaks = force_of_merchants.values().chain([&usual_force]).any(|force| force.deck.speaks_of_answers());
        self.speaks_of_answers.store(speaks, Ordering::Release);
        (state.usual_force, state.force_of_merchants) = (usual_force, force_of_merchants);
        result
    }

    /// What is in force for a merchant; for one that nobody knows, what is for all.
    pub(super) fn in_force(&self, i_mid: &str) -> InForce {
        let state = self.state();
        state.force_of_merchants.get(i_mid).unwrap_or(&state.usual_force).clone()
    }

    /// Whether any rule speaks of answers: where none does, nobody has to look at calls.
    pub(super) fn speak_of_answers(&self) -> bool {
        self.speaks_of_answers.load(Ordering::Acquire)
    }

    /// The scenario in force, for one merchant or for all that have not their own; and whether it is this merchant's own.
    pub fn story(&self, i_mid: Option<&IMid>) -> (Arc<Story>, bool) {
        let state = self.state();
        let own = i_mid.and_then(|i_mid| state.of_merchants.get(i_mid));
        (Arc::clone(&own.unwrap_or(&state.usual).story), own.is_some())
    }

    /// Every scenario that has a name.
    pub fn library(&self) -> Library {
        self.state().library.clone()
    }

    /// Puts a scenario in force; what its rules had counted is forgotten.
    pub(super) fn tell(&self, i_mid: Option<&IMid>, story: Arc<Story>) {
        let told = told(story, self.most);
        self.change(|state| match i_mid {
            Some(i_mid) => {
                state.of_merchants.insert(i_mid.clone(), told);
            }
            None => state.usual = told,
        });
        self.counts.forget(|whose, _| whose.is_some() && (i_mid.is_none() || whose == i_mid));
    }

    /// Takes over a library whose files have changed: scenarios in force that are read anew from it are replaced.
    ///
    /// # Errors
    /// The first mistake; then everything stays as it was.
    pub(super) fn reload(&self, library: Library) -> Result<Vec<Arc<Story>>, Mistake> {
        let (first, usual, own) = {
            let state = self.state();
            let own: Vec<_> = state.of_merchants.iter().map(|(i_mid, told)| (i_mid.clone(), told.clone())).collect();
            (state.first.clone(), state.usual.clone(), own)
        };
        let anew = |told: &Told| match library.has(&told.story.name) {
            true => library.story(&told.story.name).map(Arc::new),
            // It came over the control API, or its file is gone: it stays.
            false => Ok(Arc::clone(&told.story)),
        };
        let (first, usual) = (anew(&first)?, anew(&usual)?);
        let own =
            own.into_iter().map(|(i_mid, told)| Ok((i_mid, anew(&told)?))).collect::<Result<Vec<_>, Mistake>>()?;
        let mut all = vec![Arc::clone(&usual)];
        all.extend(own.iter().map(|(_, story)| Arc::clone(story)));
        self.change(|state| {
            state.library = library;
            state.first = told(first, self.most);
            state.usual = told(usual, self.most);
            for (i_mid, story) in own {
                state.of_merchants.insert(i_mid, told(story, self.most));
            }
        });
        Ok(all)
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
    /// [`NotAdded`]
    pub(super) fn add(&self, words: &RuleWords, written: serde_json::Value) -> Result<Added, NotAdded> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = |id: Option<&str>| id.map_or_else(|| format!("rule-{number}"), str::to_owned);
        let rule = words.compile(id).map_err(NotAdded::Wrong)?.added();
        let added = Added { rule: Arc::new(rule), written };
        self.change(|state| {
            if state.added.len() >= MOST {
                return Err(NotAdded::Full(MOST));
            }
            if state.added.iter().any(|known| known.rule.id == added.rule.id) {
                return Err(NotAdded::Taken(added.rule.id.to_string()));
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
        self.change(|state| match i_mid {
            Some(i_mid) => {
                state.of_merchants.remove(i_mid);
            }
            None => {
                state.of_merchants.clear();
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
    pub(super) fn give_back(&self, i_mid: &IMid, counted: &Counted) {
        for (rule, number) in counted {
            self.counts.give_back(Some(i_mid.clone()), rule, *number);
            self.counts.give_back(None, rule, *number);
        }
    }
}

fn told(story: Arc<Story>, (most, every): (u32, crate::clock::SignedDuration)) -> Told {
    let retries = Arc::new(Retries { rows: story.retries.clone(), most, every });
    Told { story, retries }
}

fn in_force(told: &Told, added: impl IntoIterator<Item = Arc<Rule>>) -> InForce {
    let deck = Arc::new(Deck::new(added, Arc::clone(&told.story)));
    InForce { deck, retries: Arc::clone(&told.retries) }
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
pub(super) struct Tallying<'a> {
    pub(super) rules: &'a Rules,
    pub(super) entropy: Entropy,
    pub(super) i_mid: Option<&'a IMid>,
    pub(super) reference_no: &'a str,
    /// What this order was counted for before. None for a call, which is counted each time.
    pub(super) counted: Option<&'a mut Counted>,
}

impl Tally for Tallying<'_> {
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
