//! A scenario: one scenario file, read and checked.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::error::ScenarioError;
use super::example::{Example, ExampleConfig};
use super::library::Library;
use super::rule::{Rule, RuleConfig};
use super::serde_types::{OneOrMore, Scalar, Span};
use super::source::{MAX_BYTES, Source, is_name, too_large};
use crate::domain::RetryRule;

/// Rules of a scenario, at most, those of included files among them.
const MAX_RULES: usize = 10_000;
/// What decides beside scenarios, and stands before the names of its own.
const RESERVED: [&str; 4] = ["control", "customer", "partner", "shopper"];
/// Stories that include one another in a row, at most.
const DEEPEST: usize = 16;

/// How fast things go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From the committed state to its notification.
    pub notification: SignedDuration,
    /// From a seamless registration to its settlement.
    pub seamless: SignedDuration,
    /// Whether a review ends when its rule says, or only by hand.
    pub reviews: Reviews,
    /// From the registration to the end of its time; a day where nobody says.
    pub expires: Option<SignedDuration>,
}

/// How fast things go, as it is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct PaceConfig {
    /// From the committed state to its notification (2s).
    notification: Option<Span>,
    /// From a seamless registration to its settlement (1s).
    seamless: Option<Span>,
    /// Whether a review ends when its rule says, or only by hand.
    reviews: Reviews,
}

/// When a paid order can be cancelled (`docs/PROTOCOL.md` §2.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cancelling {
    /// How long after the payment it answers `9302`.
    pub busy: SignedDuration,
    /// How long after the payment it is a void, status 1; after that a refund, status 2.
    pub void_window: SignedDuration,
}

/// When a paid order can be cancelled, as it is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct CancelConfig {
    /// How long after the payment a cancel answers 9302 (0s).
    busy: Span,
    /// How long after the payment a cancel is a void, status 1; after that a refund, status 2 (0s).
    void_window: Span,
}

/// What becomes of a seamless payment whose token cannot pay (`docs/PROTOCOL.md` A-11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnusableToken {
    /// Its registration is refused with `9920`.
    #[default]
    Refuse,
    /// The customer logs in instead, as at Kredivo.
    Login,
}

/// Seamless payments, as it is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct SeamlessConfig {
    /// What becomes of a payment whose token cannot pay.
    unusable_token: UnusableToken,
}

/// How a review ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reviews {
    /// After the time that its rule gives.
    #[default]
    AsOrdered,
    /// When somebody decides through the control API.
    ByHand,
}

/// When a notification that was not taken is sent again, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RetryConfig {
    /// What came back: a status (404), a class of them (5xx), timeout, unreachable or broken.
    on: OneOrMore<Scalar>,
    /// How long to wait after the first attempt, after the second, …; none where it is not sent again.
    after: Vec<Span>,
}

/// A scenario file, as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScenarioConfig {
    /// In a few words.
    title: String,
    /// In a few sentences.
    #[serde(default)]
    description: String,
    /// Other scenarios whose rules come after these: a built-in one's name, or a file beside this one.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    include: Vec<Spanned<String>>,
    /// How fast things go.
    #[serde(default)]
    pace: PaceConfig,
    /// When a paid order can be cancelled.
    #[serde(default)]
    cancel: CancelConfig,
    /// Seamless payments.
    #[serde(default)]
    seamless: SeamlessConfig,
    /// When a notification that was not taken is sent again; the first that speaks of an answer decides.
    #[serde(default, rename = "retry")]
    #[schemars(with = "Vec<RetryConfig>")]
    retries: Vec<Spanned<RetryConfig>>,
    /// The rules, the first to be asked first.
    #[serde(default, rename = "rule")]
    #[schemars(with = "Vec<RuleConfig>")]
    rules: Vec<Spanned<RuleConfig>>,
    /// What `nicepay-sim check` tries.
    #[serde(default, rename = "example")]
    #[schemars(with = "Vec<ExampleConfig>")]
    examples: Vec<Spanned<ExampleConfig>>,
}

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// `approve`, or the file's name without `.toml`.
    pub name: Arc<str>,
    /// In a few words.
    pub title: String,
    /// In a few sentences.
    pub description: String,
    /// How fast things go.
    pub pace: Pace,
    /// When a paid order can be cancelled.
    pub cancel: Cancelling,
    /// What becomes of a seamless payment whose token cannot pay.
    pub unusable_token: UnusableToken,
    /// When a notification that was not taken is sent again.
    pub retries: Vec<RetryRule>,
    /// The rules, the first to be asked first.
    pub rules: Vec<Arc<Rule>>,
    /// The texts that it was made of: its own, then those that it includes.
    pub sources: Vec<Source>,
    /// What is to be tried.
    pub(super) examples: Vec<Example>,
    /// The id under which the scenario decides when no rule does.
    pub(super) default_rule: Arc<str>,
}

impl Scenario {
    /// The built-in scenario of that name.
    #[cfg(test)]
    pub fn built_in(name: &str) -> Option<Result<Self, ScenarioError>> {
        let library = Library::built_in();
        library.has(name).then(|| library.scenario(name))
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

    /// Reads a scenario; what it includes is looked for in a library.
    ///
    /// # Errors
    /// [`ScenarioError`]
    pub fn from_source(source: &Source, library: &Library) -> Result<Self, ScenarioError> {
        Self::told(source, library, &mut vec![Arc::clone(&source.name)])
    }

    /// `notifications` are the scenarios on the way here, which must not be included once more.
    fn told(source: &Source, library: &Library, notifications: &mut Vec<Arc<str>>) -> Result<Self, ScenarioError> {
        let Source { name, file, text } = source;
        if !fits(name) {
            let said = format!(
                "{name:?} is no name for a scenario: 1 to 64 letters, digits, `-`, `_` and `.`, none of {RESERVED:?}"
            );
            return Err(ScenarioError::whole(file, said));
        }
        if text.len() > MAX_BYTES {
            return Err(ScenarioError::whole(file, too_large(text.len())));
        }
        let words: ScenarioConfig = toml::from_str(text).map_err(|error| {
            ScenarioError::at(file, text, error.span().unwrap_or_default(), error.message().to_owned())
        })?;
        let wrong = |region: Range<usize>, message: String| ScenarioError::about(file, text, region, message);
        if words.title.trim().is_empty() {
            return Err(wrong(0..text.len(), "`title` is empty: say in a few words what happens".into()));
        }
        let retries = words.retries.iter().map(|row| retry(row.get_ref()).map_err(|e| wrong(region(text, row), e)));
        let retries = retries.collect::<Result<Vec<_>, _>>()?;
        let mut rules: Vec<Arc<Rule>> = Vec::with_capacity(words.rules.len());
        for (i, written) in words.rules.iter().enumerate() {
            let wrong = |message: String| wrong(region(text, written), message);
            let id = |id: Option<&str>| id.map_or_else(|| format!("{name}#{}", i + 1), |id| format!("{name}/{id}"));
            let rule = written.get_ref().compile(id).map_err(wrong)?;
            let refused = rule.payment.as_ref().is_some_and(|payment| payment.token.is_some())
                && words.seamless.unusable_token == UnusableToken::Refuse;
            let then = &written.get_ref().then;
            if refused && (then.outcome.is_some() || then.asks.is_some()) {
                let said = "`token` refuses the payment with 9920: `outcome` and `asks` would never happen";
                return Err(wrong(said.into()));
            }
            if rules.iter().any(|known| known.id == rule.id) {
                return Err(wrong("`id` is another rule's, too".into()));
            }
            if let Some(hiding) = rule.hidden_by(&rules) {
                let said =
                    format!("`rule` can never match: {} before it takes everything that it would decide", hiding.id);
                return Err(wrong(said));
            }
            rules.push(Arc::new(rule));
        }
        let mut sources = vec![source.clone()];
        for include in &words.include {
            let wrong = |message: String| ScenarioError::at(file, text, include.span(), message);
            let scenario = Self::included(include.get_ref(), library, notifications).map_err(wrong)?;
            // What is included on two ways is asked once.
            let known: HashSet<_> = rules.iter().map(|rule| Arc::clone(&rule.id)).collect();
            rules.extend(scenario.rules.into_iter().filter(|rule| !known.contains(&rule.id)));
            sources.extend(scenario.sources);
        }
        if rules.len() > MAX_RULES {
            return Err(ScenarioError::whole(
                file,
                format!("there are {} rules; a scenario has at most {MAX_RULES}", rules.len()),
            ));
        }
        let (pace, cancel) = (words.pace, words.cancel);
        let or = |span: Option<Span>, seconds| span.map_or(SignedDuration::from_secs(seconds), |span| span.0);
        let examples = words.examples.iter().map(|example| {
            let at = region(text, example);
            Example::compile(example.get_ref(), ScenarioError::at(file, text, example.span(), ""))
                .map_err(|e| wrong(at, e))
        });
        Ok(Self {
            name: Arc::clone(name),
            title: words.title.clone(),
            description: words.description.clone(),
            pace: Pace {
                notification: or(pace.notification, 2),
                seamless: or(pace.seamless, 1),
                reviews: pace.reviews,
                expires: None,
            },
            cancel: Cancelling { busy: cancel.busy.0, void_window: cancel.void_window.0 },
            unusable_token: words.seamless.unusable_token,
            retries,
            rules,
            sources,
            examples: examples.collect::<Result<_, _>>()?,
            default_rule: format!("{name}/default").into(),
        })
    }

    /// Another scenario, for its rules.
    fn included(name: &str, library: &Library, notifications: &mut Vec<Arc<str>>) -> Result<Self, String> {
        let source = library.find(name)?;
        if notifications.contains(&source.name) {
            let way =
                notifications.iter().map(|name| &**name).chain([&*source.name]).collect::<Vec<_>>().join(" includes ");
            return Err(format!("`{name}` leads back to itself: {way}"));
        }
        if notifications.len() >= DEEPEST {
            return Err(format!("`{name}` is one too many: at most {DEEPEST} scenarios include one another in a row"));
        }
        notifications.push(Arc::clone(&source.name));
        let scenario = Self::told(&source, library, notifications)
            .map_err(|error| format!("`{name}` cannot be included: {}", error.brief()))?;
        notifications.pop();
        Ok(scenario)
    }

    /// The file that it was read from, for people.
    pub fn file(&self) -> &Arc<str> {
        self.sources.first().map_or(&self.name, |source| &source.file)
    }
}

/// Whether a scenario can be called that: its name stands before its rules' ids.
fn fits(name: &str) -> bool {
    is_name(name) && !RESERVED.contains(&name)
}

impl Library {
    /// Whether a scenario was read from this very text, and not from another of its name.
    pub fn tells(&self, scenario: &Scenario) -> bool {
        self.by_name.get(&scenario.name).is_some_and(|source| Some(source) == scenario.sources.first())
    }

    /// A scenario, read.
    ///
    /// # Errors
    /// [`ScenarioError`], also for a name that nobody has.
    pub fn scenario(&self, name: &str) -> Result<Scenario, ScenarioError> {
        let source = self.find(name).map_err(|unknown| ScenarioError::whole("scenario", unknown))?;
        Scenario::from_source(&source, self)
    }

    /// Every scenario, read.
    ///
    /// # Errors
    /// What is wrong, with as many of them as it is wrong with.
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

fn retry(words: &RetryConfig) -> Result<RetryRule, String> {
    if words.on.0.is_empty() {
        return Err("`on` names none".into());
    }
    if words.after.len() > 1_000 {
        return Err("`after` has more than 1000 waits".into());
    }
    let on = words.on.0.iter().map(|class| class.as_str().parse().map_err(|e| format!("`on`: {e}")));
    Ok(RetryRule { on: on.collect::<Result<_, _>>()?, delays: words.after.iter().map(|span| span.0).collect() })
}

/// The part of a file that tells of one rule: from its header to the next of its kind. TOML's own span ends at the first
/// header, and `[rule.then]` is one.
fn region<T>(text: &str, written: &Spanned<T>) -> Range<usize> {
    let start = written.span().start;
    let rest = text.get(written.span().end.max(start)..).unwrap_or_default();
    let end = rest.find("\n[[").map_or(text.len(), |at| text.len() - rest.len() + at);
    start..end
}

#[cfg(test)]
mod tests {
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
        assert_eq!(scenario.cancel.void_window, SignedDuration::from_hours(24));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_what_is_allowed() {
        let error = error(&format!("{HEAD}[[rule]]\n[rule.then]\noutcom = 'approve'\n"));
        assert_eq!((error.line, error.column, error.text.as_str()), (8, 1, "outcom = 'approve'"));
        assert!(error.message.contains("unknown field `outcom`, expected one of `outcome`, `reason`"), "{error}");
        let shown = error.to_string();
        assert!(
            shown.starts_with("mine, line 8, column 1: ") && shown.ends_with("8 | outcom = 'approve'\n  | ^"),
            "{shown}"
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_at_its_place() {
        for (then, line, why) in [
            ("outcome = 'approve'\nreason = 'risk'", 10, "`reason` belongs"),
            ("outcome = 'reject'\nreview = { after = '1s', verdict = 'approve' }", 10, "`review` belongs"),
            ("outcome = 'review'\nreview = { after = '-1s', verdict = 'approve' }", 10, "is negative"),
            ("outcome = 'pay'", 9, "unknown variant `pay`, expected one of `approve`, `review`, `reject`, `abandon`"),
            ("reason = 'risk'", 9, "`reason` needs"),
            ("", 8, "`then` orders nothing"),
            ("outcome = 'reject'\n[rule.when]\nmodes = []", 11, "names none"),
            ("token = 'unknown'\noutcome = 'reject'\n[rule.when]\nmodes = ['seamless']", 9, "would never happen"),
            ("token = 'unknown'\nasks = 'otp'\n[rule.when]\nmodes = ['seamless']", 9, "would never happen"),
            (
                "outcome = 'reject'\n[rule.when]\nphone = '081291891818'\n[[rule]]\nid = 'x'\n[rule.then]\noutcome = 'approve'",
                13,
                "another rule's",
            ),
            (
                "outcome = 'reject'\n[[rule]]\n[rule.when]\namt = 5\n[rule.then]\noutcome = 'approve'",
                10,
                "mine/x before it takes everything",
            ),
            ("token = 'unknown'", 9, "`asks` and `token` belong"),
            ("asks = 'otp'", 9, "`asks` and `token` belong"),
            (
                "outcome = 'reject'\n[rule.when]\namt = { from = 5, to = 4 }",
                11,
                "`amt` can never match: 5 is more than 4",
            ),
            ("outcome = 'reject'\n[rule.when]\namt = 'much'", 11, "expected an amount in rupiah, or"),
            ("outcome = 'reject'\n[rule.when]\nnth = 0", 11, "`nth` can never match"),
            (
                "outcome = 'reject'\n[rule.when]\noperation = 'inquiry'",
                11,
                "`operation` belongs to rules with `answer`",
            ),
            ("answer = 'reset'\noutcome = 'reject'", 9, "`answer` speaks of one call"),
            ("answer = 'reset'\n[rule.when]\nphone = '081291891818'", 11, "`phone` is not known"),
            (
                "answer = 'explode'",
                9,
                "unknown variant `explode`, expected one of `reset`, `empty`, `truncated`, `cut`",
            ),
            ("answer = { status = 99 }", 9, "`status` is 200 to 599"),
            ("answer = { status = 503, broken = 'reset' }", 9, "never comes"),
            ("answer = { code = '90' }", 9, "resultCd of four"),
            ("answer = { delay = { from = '5s', to = '1s' } }", 9, "`delay.from` is later"),
            ("answer = { delay = '1h' }", 9, "real time"),
            ("notify = 'twice'", 9, "unknown variant `twice`, expected one of `plain`, `late`, `lost`, `duplicate`"),
            ("notify = []", 9, "`notify` orders nothing"),
            ("notify = { variant = 'late', status = 0 }", 9, "`status` belongs to variant = \"changed-status\""),
            ("notify = { variant = 'lost', times = 2 }", 9, "is not sent"),
            ("notify = [{ times = 900 }, { times = 101 }]", 9, "the most are 1000"),
            ("refund = { amt = 1, percent = 1 }", 9, "not both"),
            ("refund = { percent = 101 }", 9, "1 to 100"),
            ("pin = 'wrong'\n[rule.when]\nmodes = ['seamless']", 9, "nobody signs in"),
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
            ("id = 'a b'", "without blanks"),
        ] {
            let error = error(&format!("{HEAD}[[rule]]\n{head}\n[rule.then]\noutcome = 'reject'"));
            assert!(error.line == 7 && error.message.contains(why), "{error}");
        }
        for (text, why) in [
            ("title = ''", "`title` is empty"),
            ("", "missing field `title`"),
            ("title = 't'\n[[retry]]\non = 'teapot'\nafter = []", "no class of responses"),
            ("title = 't'\n[[retry]]\non = []\nafter = []", "names none"),
            ("title = 't'\ninclude = ['nobody']", "no scenario is called \"nobody\""),
            ("title = 't'\n[pace]\nnotification = 5", "invalid type"),
        ] {
            assert!(error(text).message.contains(why), "{}", error(text));
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
        let library = Library::built_in().with([source("a", "b"), source("b", "c"), source("c", "a")]);
        let error = library.scenario("a").unwrap_err();
        assert!(error.message.contains("a includes b includes c includes a"), "{error}");
        assert_eq!((error.file.as_str(), error.line, error.column), ("a.toml", 2, 12));
    }

    #[test]
    fn what_is_included_on_two_ways_is_asked_once() {
        let source = |name: &str, rest: &str| Source {
            name: name.into(),
            file: format!("{name}.toml").into(),
            text: format!("title = 't'\ninclude = ['{rest}']").into(),
        };
        let library = Library::built_in().with([source("left", "reject"), source("right", "reject")]);
        let both = source("both", "left', 'right");
        let scenario = Scenario::from_source(&both, &library).unwrap();
        assert_eq!(scenario.rules.len(), 1);
        let files: Vec<_> = scenario.sources.iter().map(|source| &*source.file).collect();
        let reject = "reject.toml (built in)";
        assert_eq!(files, ["both.toml", "left.toml", reject, "right.toml", reject]);
    }

    #[test]
    fn a_long_row_of_includes_is_refused_and_not_a_crash() {
        let source = |number: usize| Source {
            name: format!("s{number}").into(),
            file: format!("s{number}.toml").into(),
            text: format!("title = 't'\ninclude = ['s{}']", number + 1).into(),
        };
        let library = Library::built_in().with((0..1_000).map(source));
        let error = library.scenario("s0").unwrap_err();
        assert!(error.message.contains("at most 16") && !error.to_string().contains("s17"), "{error}");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let text = format!("title = 't'\n# {}", "x".repeat(10 * 1024 * 1024));
        assert!(error(&text).message.contains("a scenario has at most 1048576"));
    }
}
