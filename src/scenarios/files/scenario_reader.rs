//! Reads and validates scenario files, with the files that they include.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::error::ScenarioError;
use super::library::Library;
use super::scenario_config::ScenarioConfig;
use super::source::{MAX_SCENARIO_BYTES, Source, is_valid_name, too_large};
use crate::scenarios::examples::Example;
use crate::scenarios::rules::{Rule, RuleConfig};
use crate::scenarios::scenario::{Scenario, UnusableToken};

/// Rules of a scenario, at most, with those of included files.
const MAX_RULES: usize = 10_000;
/// Scenarios that include one another in a chain, at most.
const MAX_INCLUDE_DEPTH: usize = 16;
/// The name of a scenario is the first part of its rules' ids. These names mark decisions that no scenario made.
const RESERVED_NAMES: [&str; 4] = ["control", "customer", "partner", "shopper"];

impl Scenario {
    /// The built-in scenario with this name.
    #[cfg(test)]
    pub fn built_in(name: &str) -> Option<Result<Self, ScenarioError>> {
        let library = Library::built_in();
        library.contains(name).then(|| library.scenario(name))
    }

    /// Reads a scenario from TOML; it may include built-in ones.
    ///
    /// # Errors
    /// [`ScenarioError`]
    #[cfg(test)]
    pub fn read(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let source = Source { name: name.into(), file: name.into(), text: text.into() };
        Self::from_source(&source, &Library::built_in())
    }

    /// Reads a scenario; the library contains the scenarios that it may include.
    ///
    /// # Errors
    /// [`ScenarioError`]
    pub fn from_source(source: &Source, library: &Library) -> Result<Self, ScenarioError> {
        read(source, library, &mut vec![Arc::clone(&source.name)])
    }
}

impl Library {
    /// Whether a scenario was read from the text that the library has under its name.
    pub fn is_source_of(&self, scenario: &Scenario) -> bool {
        self.by_name.get(&scenario.name).is_some_and(|source| Some(source) == scenario.sources.first())
    }

    /// Reads one scenario.
    ///
    /// # Errors
    /// [`ScenarioError`], also when the name does not exist.
    pub fn scenario(&self, name: &str) -> Result<Scenario, ScenarioError> {
        let source = self.find(name).map_err(|message| ScenarioError::in_file("scenario", message))?;
        Scenario::from_source(&source, self)
    }

    /// Reads all scenarios.
    ///
    /// # Errors
    /// The errors of all files that are wrong.
    pub fn scenarios(&self) -> Result<BTreeMap<Arc<str>, Arc<Scenario>>, Vec<ScenarioError>> {
        let (mut scenarios, mut errors) = (BTreeMap::new(), Vec::new());
        for source in self.by_name.values() {
            match Scenario::from_source(source, self) {
                Ok(scenario) => drop(scenarios.insert(Arc::clone(&source.name), Arc::new(scenario))),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(scenarios) } else { Err(errors) }
    }
}

/// `chain` has the names of the scenarios that include this one; none of them may be included again.
fn read(source: &Source, library: &Library, chain: &mut Vec<Arc<str>>) -> Result<Scenario, ScenarioError> {
    let Source { name, file, text } = source;
    check_source(source)?;
    let config: ScenarioConfig = toml::from_str(text)
        .map_err(|error| ScenarioError::at(file, text, error.span().unwrap_or_default(), error.message().to_owned()))?;
    let wrong = |region: Range<usize>, message: String| ScenarioError::in_region(file, text, region, message);
    if config.title.trim().is_empty() {
        return Err(wrong(0..text.len(), "`title` is empty: describe the scenario in a few words".into()));
    }
    let retries = config
        .retries
        .iter()
        .map(|retry| retry.get_ref().compile().map_err(|message| wrong(region(text, retry), message)));
    let retries = retries.collect::<Result<_, _>>()?;
    let mut rules = own_rules(source, &config)?;
    let mut sources = vec![source.clone()];
    for include in &config.include {
        let included = read_included(include.get_ref(), library, chain)
            .map_err(|message| ScenarioError::at(file, text, include.span(), message))?;
        // A scenario that is included twice adds its rules once.
        let known: HashSet<_> = rules.iter().map(|rule| Arc::clone(&rule.id)).collect();
        rules.extend(included.rules.into_iter().filter(|rule| !known.contains(&rule.id)));
        sources.extend(included.sources);
    }
    if rules.len() > MAX_RULES {
        let message = format!("the scenario has {} rules; the maximum is {MAX_RULES}", rules.len());
        return Err(ScenarioError::in_file(file, message));
    }
    let examples = config.examples.iter().map(|example| {
        Example::compile(example.get_ref(), ScenarioError::at(file, text, example.span(), ""))
            .map_err(|message| wrong(region(text, example), message))
    });
    Ok(Scenario {
        name: Arc::clone(name),
        pace: config.pace.compile(),
        cancel: config.cancel.compile(),
        unusable_token: config.seamless.unusable_token,
        retries,
        rules,
        sources,
        examples: examples.collect::<Result<_, _>>()?,
        default_rule: format!("{name}/default").into(),
        title: config.title,
        description: config.description,
    })
}

fn check_source(source: &Source) -> Result<(), ScenarioError> {
    let Source { name, file, text } = source;
    if !is_valid_name(name) || RESERVED_NAMES.contains(&&**name) {
        let message = format!(
            "{name:?} is not a valid scenario name: use 1 to 64 letters, digits, `-`, `_` and `.`, and none of \
             {RESERVED_NAMES:?}"
        );
        return Err(ScenarioError::in_file(file, message));
    }
    if text.len() > MAX_SCENARIO_BYTES {
        return Err(ScenarioError::in_file(file, too_large(text.len())));
    }
    Ok(())
}

/// The rules of the file itself, without those that it includes.
fn own_rules(source: &Source, config: &ScenarioConfig) -> Result<Vec<Arc<Rule>>, ScenarioError> {
    let Source { name, file, text } = source;
    let mut rules: Vec<Arc<Rule>> = Vec::with_capacity(config.rules.len());
    for (rule_config, number) in config.rules.iter().zip(1..) {
        let wrong = |message: String| ScenarioError::in_region(file, text, region(text, rule_config), message);
        let id = |id: Option<&str>| id.map_or_else(|| format!("{name}#{number}"), |id| format!("{name}/{id}"));
        let rule = rule_config.get_ref().compile(id).map_err(wrong)?;
        check_token(&rule, rule_config.get_ref(), config.seamless.unusable_token).map_err(wrong)?;
        if rules.iter().any(|other| other.id == rule.id) {
            return Err(wrong("`id` is used by another rule".into()));
        }
        if let Some(earlier) = rule.shadowed_by(&rules) {
            return Err(wrong(format!("`rule` can never match: the earlier rule {} always applies", earlier.id)));
        }
        rules.push(Arc::new(rule));
    }
    Ok(rules)
}

fn check_token(rule: &Rule, config: &RuleConfig, unusable_token: UnusableToken) -> Result<(), String> {
    let is_refused =
        rule.payment.as_ref().is_some_and(|payment| payment.token.is_some()) && unusable_token == UnusableToken::Refuse;
    if is_refused && (config.then.outcome.is_some() || config.then.asks.is_some()) {
        return Err("`token` refuses the payment with 9920: `outcome` and `asks` would have no effect".into());
    }
    Ok(())
}

fn read_included(name: &str, library: &Library, chain: &mut Vec<Arc<str>>) -> Result<Scenario, String> {
    let source = library.find(name)?;
    if chain.contains(&source.name) {
        let names: Vec<_> = chain.iter().map(|name| &**name).chain([&*source.name]).collect();
        return Err(format!("`{name}` includes itself: {}", names.join(" includes ")));
    }
    if chain.len() >= MAX_INCLUDE_DEPTH {
        return Err(format!(
            "`{name}` cannot be included: a chain of includes has at most {MAX_INCLUDE_DEPTH} scenarios"
        ));
    }
    chain.push(Arc::clone(&source.name));
    let scenario =
        read(&source, library, chain).map_err(|error| format!("`{name}` cannot be included: {}", error.brief()))?;
    chain.pop();
    Ok(scenario)
}

/// The part of a file that belongs to one `[[table]]`: from its header to the next one. TOML's own span ends at the
/// first inner header, such as `[rule.then]`.
fn region<T>(text: &str, table: &Spanned<T>) -> Range<usize> {
    let start = table.span().start;
    let rest = text.get(table.span().end.max(start)..).unwrap_or_default();
    let end = rest.find("\n[[").map_or(text.len(), |at| text.len() - rest.len() + at);
    start..end
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const HEAD: &str = "title = 't'\ndescription = 'd'\n[pace]\nnotification = '2s'\nseamless = 'PT1S'\n";

    fn error(text: &str) -> ScenarioError {
        Scenario::read("mine", text).unwrap_err()
    }

    #[test]
    fn a_title_is_enough() {
        let scenario = Scenario::read("mine", "title = 't'").unwrap();
        assert_eq!(scenario.pace, Scenario::built_in("approve").unwrap().unwrap().pace);
        let scenario =
            Scenario::read("mine", "title = 't'\n[pace]\nseamless = '1m 30s'\n[cancel]\nvoid-window = '1d'").unwrap();
        assert_eq!(scenario.pace.notification, SignedDuration::from_secs(2));
        assert_eq!(scenario.pace.seamless, SignedDuration::from_secs(90));
        assert_eq!(scenario.cancel.void_window, Some(SignedDuration::from_hours(24)));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_position_and_the_known_keys() {
        let error = error(&format!("{HEAD}[[rule]]\n[rule.then]\noutcom = 'approve'\n"));
        assert_eq!((error.line, error.column, error.text.as_str()), (8, 1, "outcom = 'approve'"));
        assert!(error.message.contains("unknown field `outcom`, expected one of `outcome`, `reason`"), "{error}");
        let message = error.to_string();
        assert!(
            message.starts_with("mine, line 8, column 1: ") && message.ends_with("8 | outcom = 'approve'\n  | ^"),
            "{message}"
        );
    }

    #[test]
    fn a_rule_without_effect_is_refused_at_its_line() {
        for (then, line, why) in [
            ("outcome = 'approve'\nreason = 'risk'", 10, "`reason` needs the outcome"),
            ("outcome = 'reject'\nreview = { after = '1s', verdict = 'approve' }", 10, "`review` needs"),
            ("outcome = 'review'\nreview = { after = '-1s', verdict = 'approve' }", 10, "is negative"),
            ("outcome = 'pay'", 9, "unknown variant `pay`, expected one of `approve`, `review`, `reject`, `abandon`"),
            ("reason = 'risk'", 9, "`reason` needs"),
            ("", 8, "`then` has no effect"),
            ("outcome = 'reject'\n[rule.when]\nmodes = []", 11, "`modes` is empty"),
            ("token = 'unknown'\noutcome = 'reject'\n[rule.when]\nmodes = ['seamless']", 9, "would have no effect"),
            ("token = 'unknown'\nasks = 'otp'\n[rule.when]\nmodes = ['seamless']", 9, "would have no effect"),
            (
                "outcome = 'reject'\n[rule.when]\nphone = '081291891818'\n[[rule]]\nid = 'x'\n[rule.then]\noutcome = 'approve'",
                13,
                "used by another rule",
            ),
            (
                "outcome = 'reject'\n[[rule]]\n[rule.when]\namt = 5\n[rule.then]\noutcome = 'approve'",
                10,
                "the earlier rule mine/x always applies",
            ),
            ("token = 'unknown'", 9, "`asks` and `token` need"),
            ("asks = 'otp'", 9, "`asks` and `token` need"),
            (
                "outcome = 'reject'\n[rule.when]\namt = { from = 5, to = 4 }",
                11,
                "`amt` can never match: 5 is more than 4",
            ),
            ("outcome = 'reject'\n[rule.when]\namt = 'much'", 11, "expected an amount in rupiah, or"),
            ("outcome = 'reject'\n[rule.when]\nnth = 0", 11, "`nth` can never match"),
            ("outcome = 'reject'\n[rule.when]\noperation = 'inquiry'", 11, "`operation` needs a rule with `answer`"),
            ("answer = 'reset'\noutcome = 'reject'", 9, "`answer` is about one call"),
            ("answer = 'reset'\n[rule.when]\nphone = '081291891818'", 11, "`phone` is not known"),
            (
                "answer = 'explode'",
                9,
                "unknown variant `explode`, expected one of `reset`, `empty`, `truncated`, `cut`",
            ),
            ("answer = { status = 99 }", 9, "`status` must be 200 to 599"),
            ("answer = { status = 503, broken = 'reset' }", 9, "no response is sent"),
            ("answer = { code = '90' }", 9, "resultCd of four"),
            ("answer = { delay = { from = '5s', to = '1s' } }", 9, "`delay.from` is later"),
            ("answer = { delay = '1h' }", 9, "real time"),
            ("notify = 'twice'", 9, "unknown variant `twice`, expected one of `plain`, `late`, `lost`, `duplicate`"),
            ("notify = []", 9, "`notify` is empty"),
            ("notify = { variant = 'late', status = 0 }", 9, "`status` needs variant = \"changed-status\""),
            ("notify = { variant = 'lost', times = 2 }", 9, "is not sent"),
            ("notify = [{ times = 900 }, { times = 101 }]", 9, "the maximum is 1000"),
            ("refund = { amt = 1, percent = 1 }", 9, "not both"),
            ("refund = { percent = 101 }", 9, "1 to 100"),
            ("pin = 'wrong'\n[rule.when]\nmodes = ['seamless']", 9, "does not log in"),
            ("notify = 'before-answer'", 9, "`before-answer` can never happen"),
            ("customer = 'sleep'", 9, "unknown variant `sleep`, expected `pay` or `abandon`"),
        ] {
            let error = error(&format!("{HEAD}[[rule]]\nid = 'x'\n[rule.then]\n{then}\n"));
            assert!(error.message.contains(why), "{then}: {error}");
            assert_eq!(error.line, line, "{then}: {error}");
        }
        for (head, why) in [
            ("times = 0", "`times` can never match"),
            ("chance = 0.0", "`chance` can never match"),
            ("chance = 1.5", "at most 1"),
            ("id = 'a b'", "without spaces"),
        ] {
            let error = error(&format!("{HEAD}[[rule]]\n{head}\n[rule.then]\noutcome = 'reject'"));
            assert!(error.line == 7 && error.message.contains(why), "{error}");
        }
        for (text, why) in [
            ("title = ''", "`title` is empty"),
            ("", "missing field `title`"),
            ("title = 't'\n[[retry]]\non = 'teapot'\nafter = []", "is not a class of responses"),
            ("title = 't'\n[[retry]]\non = []\nafter = []", "`on` is empty"),
            ("title = 't'\ninclude = ['missing']", "no scenario is called \"missing\""),
            ("title = 't'\n[pace]\nnotification = 5", "invalid type"),
        ] {
            assert!(error(text).message.contains(why), "{}", error(text));
        }
    }

    /// serde would take the values of a table in the order of its keys, or none of them.
    #[test]
    fn a_table_is_not_a_list() {
        let rule = |when: &str, then: &str| format!("[[rule]]\nwhen = {when}\nthen = {then}");
        for rest in [
            "pace = []".to_owned(),
            "cancel = []".into(),
            "seamless = []".into(),
            "seamless = ['refuse']".into(),
            "retry = [['5xx', []]]".into(),
            "rule = [[]]".into(),
            "rule = [['x', 1, 1.0, {}, { outcome = 'reject' }]]".into(),
            "example = [[]]".into(),
            "[[example]]\ngiven = []\nexpect = { outcome = 'approve' }".into(),
            "[[example]]\nexpect = ['x']".into(),
            rule("[]", "{ outcome = 'reject' }"),
            rule("['inquiry']", "{ answer = 'reset' }"),
            rule("{ amt = [1, 2] }", "{ outcome = 'reject' }"),
            rule("{ amt = { from = 1, until = 2 } }", "{ outcome = 'reject' }"),
            rule("{}", "[]"),
            rule("{}", "['reject']"),
            rule("{}", "{ outcome = 'review', review = ['1s', 'approve'] }"),
            rule("{}", "{ outcome = 'reject', pace = ['1s'] }"),
            rule("{}", "{ refund = [5] }"),
            rule("{}", "{ customer = ['pay'] }"),
            rule("{}", "{ answer = [503] }"),
            rule("{}", "{ answer = { delay = ['1s', '2s'] } }"),
            rule("{}", "{ answer = { delay = { from = '1s', to = '2s', by = '1s' } } }"),
            rule("{}", "{ notify = [['late']] }"),
        ] {
            let error = error(&format!("title = 't'\n{rest}\n"));
            assert!(
                ["a table", "expected a", "unknown field"].iter().any(|why| error.message.contains(why)),
                "{rest}: {error}"
            );
            assert!(error.line >= 2, "{rest}: {error}");
        }
    }

    #[test]
    fn included_rules_come_last_and_nothing_includes_itself() {
        let scenario = Scenario::read(
            "mine",
            "title = 't'\ninclude = ['reject']\n[[rule]]\n[rule.when]\namt = 1\n[rule.then]\noutcome = 'approve'",
        );
        let ids: Vec<_> = scenario.unwrap().rules.iter().map(|rule| rule.id.to_string()).collect();
        assert_eq!(ids, ["mine#1", "reject/everything"]);
        let source = |name: &str, include: &str| Source {
            name: name.into(),
            file: format!("{name}.toml").into(),
            text: format!("title = 't'\ninclude = ['{include}']").into(),
        };
        let library = Library::built_in().with_sources([source("a", "b"), source("b", "c"), source("c", "a")]);
        let error = library.scenario("a").unwrap_err();
        assert!(error.message.contains("a includes b includes c includes a"), "{error}");
        assert_eq!((error.file.as_str(), error.line, error.column), ("a.toml", 2, 12));
    }

    #[test]
    fn a_scenario_that_is_included_twice_adds_its_rules_once() {
        let source = |name: &str, rest: &str| Source {
            name: name.into(),
            file: format!("{name}.toml").into(),
            text: format!("title = 't'\ninclude = ['{rest}']").into(),
        };
        let library = Library::built_in().with_sources([source("left", "reject"), source("right", "reject")]);
        let both = source("both", "left', 'right");
        let scenario = Scenario::from_source(&both, &library).unwrap();
        assert_eq!(scenario.rules.len(), 1);
        let files: Vec<_> = scenario.sources.iter().map(|source| &*source.file).collect();
        let reject = "reject.toml (built in)";
        assert_eq!(files, ["both.toml", "left.toml", reject, "right.toml", reject]);
    }

    #[test]
    fn a_long_chain_of_includes_is_refused() {
        let source = |number: usize| Source {
            name: format!("s{number}").into(),
            file: format!("s{number}.toml").into(),
            text: format!("title = 't'\ninclude = ['s{}']", number + 1).into(),
        };
        let library = Library::built_in().with_sources((0..1_000).map(source));
        let error = library.scenario("s0").unwrap_err();
        assert!(error.message.contains("at most 16") && !error.to_string().contains("s17"), "{error}");
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let text = format!("title = 't'\n# {}", "x".repeat(10 * 1024 * 1024));
        assert!(error(&text).message.contains("the maximum is 1048576"));
    }
}
