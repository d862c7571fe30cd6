//! A story: one file of `scenarios/`, read and checked.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::Deserialize;

use super::outcome::{Decision, Mode, Outcome, TokenFate};
use crate::clock::deserialize_duration;
use crate::ledger::{Asks, Phone, Reason, Verdict};

/// The stories that are built in, by name.
const BUILT_IN: [(&str, &str); 17] = [
    ("approve", include_str!("../../scenarios/approve.toml")),
    ("instant", include_str!("../../scenarios/instant.toml")),
    ("review-then-approve", include_str!("../../scenarios/review-then-approve.toml")),
    ("reject", include_str!("../../scenarios/reject.toml")),
    ("customer-abandons", include_str!("../../scenarios/customer-abandons.toml")),
    ("seamless-unknown-token", include_str!("../../scenarios/seamless-unknown-token.toml")),
    ("seamless-removed-token", include_str!("../../scenarios/seamless-removed-token.toml")),
    ("token-revoked", include_str!("../../scenarios/token-revoked.toml")),
    ("seamless-other-merchant", include_str!("../../scenarios/seamless-other-merchant.toml")),
    ("seamless-other-customer", include_str!("../../scenarios/seamless-other-customer.toml")),
    ("seamless-limit", include_str!("../../scenarios/seamless-limit.toml")),
    ("seamless-inactive-account", include_str!("../../scenarios/seamless-inactive-account.toml")),
    ("seamless-needs-otp", include_str!("../../scenarios/seamless-needs-otp.toml")),
    ("seamless-falls-back-to-login", include_str!("../../scenarios/seamless-falls-back-to-login.toml")),
    ("binding-rejected", include_str!("../../scenarios/binding-rejected.toml")),
    ("cancel-too-early", include_str!("../../scenarios/cancel-too-early.toml")),
    ("cancel-voids", include_str!("../../scenarios/cancel-voids.toml")),
];

/// Why a story cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// No built-in story and no file has this name.
    #[error("no scenario is called {name:?}; built in are {}, or give the path of a .toml file", built_in_names())]
    Unknown {
        /// The name.
        name: String,
    },
    /// The TOML is wrong: the text says where and what is allowed.
    #[error("scenario {name}: {detail}")]
    Syntax {
        /// The story.
        name: String,
        /// Line, column and reason.
        detail: String,
    },
    /// The TOML is right and says something impossible.
    #[error("scenario {name}, rule {rule}: {detail}")]
    Meaning {
        /// The story.
        name: String,
        /// The rule's id.
        rule: String,
        /// What is wrong with it.
        detail: &'static str,
    },
}

fn built_in_names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}

/// How fast things go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Pace {
    /// From the committed state to its notification.
    #[serde(deserialize_with = "deserialize_duration")]
    pub notification: SignedDuration,
    /// From a seamless registration to its settlement.
    #[serde(deserialize_with = "deserialize_duration")]
    pub seamless: SignedDuration,
    /// Whether a review ends when its rule says, or only by hand.
    pub reviews: Reviews,
}

impl Default for Pace {
    fn default() -> Self {
        let (notification, seamless) = (SignedDuration::from_secs(2), SignedDuration::from_secs(1));
        Self { notification, seamless, reviews: Reviews::AsOrdered }
    }
}

/// When a paid order can be cancelled (`docs/PROTOCOL.md` §2.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Cancelling {
    /// How long after the payment it answers `9302`.
    #[serde(deserialize_with = "deserialize_duration")]
    pub busy: SignedDuration,
    /// How long after the payment it is a void, status 1; after that a refund, status 2.
    #[serde(deserialize_with = "deserialize_duration")]
    pub void_window: SignedDuration,
}

/// What becomes of a seamless payment whose token cannot pay (`docs/PROTOCOL.md` A-11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnusableToken {
    /// Its registration is refused with `9920`.
    #[default]
    Refuse,
    /// The customer logs in instead, as at Kredivo.
    Login,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Seamless {
    unusable_token: UnusableToken,
}

/// How a review ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reviews {
    /// After the time that its rule gives.
    #[default]
    AsOrdered,
    /// When somebody decides through the control API.
    ByHand,
}

/// When a rule applies. Empty means always.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct When {
    phone: Option<String>,
    modes: Option<Vec<Mode>>,
}

/// What a rule orders, as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Then {
    outcome: Option<Word>,
    reason: Option<Reason>,
    review: Option<ReviewEnd>,
    asks: Option<Asks>,
    token: Option<TokenFate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Approve,
    Review,
    Reject,
    Abandon,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReviewEnd {
    #[serde(deserialize_with = "deserialize_duration")]
    after: SignedDuration,
    verdict: VerdictWord,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum VerdictWord {
    Approve,
    Reject,
}

impl Then {
    /// The outcome that is ordered.
    pub(super) fn outcome(&self) -> Result<Outcome, &'static str> {
        let outcome = match self.outcome {
            Some(outcome) => outcome,
            None if self.asks.is_some() || self.token.is_some() => Word::Approve,
            None => return Err("`outcome` is missing"),
        };
        let reason = self.reason.unwrap_or(Reason::Risk);
        if self.reason.is_some() && !matches!(outcome, Word::Reject | Word::Review) {
            return Err("`reason` belongs to `reject` and to a review that ends in one");
        }
        match (outcome, &self.review) {
            (Word::Review, None) => Ok(Outcome::Review { end: None }),
            (Word::Review, Some(end)) if end.after.is_negative() => Err("`review.after` must not be negative"),
            (Word::Review, Some(end)) => {
                let verdict = match end.verdict {
                    VerdictWord::Approve => Verdict::Approve,
                    VerdictWord::Reject => Verdict::Reject(reason),
                };
                Ok(Outcome::Review { end: Some((end.after, verdict)) })
            }
            (_, Some(_)) => Err("`review` belongs to the outcome `review`"),
            (Word::Approve, None) => Ok(Outcome::Approve),
            (Word::Reject, None) => Ok(Outcome::Reject(reason)),
            (Word::Abandon, None) => Ok(Outcome::Abandon),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    pace: Pace,
    #[serde(default)]
    cancel: Cancelling,
    #[serde(default)]
    seamless: Seamless,
    #[serde(default, rename = "rule")]
    rules: Vec<FileRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileRule {
    id: Option<String>,
    #[serde(default)]
    when: When,
    then: Then,
}

/// A rule that can be asked.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) phone: Option<Phone>,
    pub(super) modes: Option<Vec<Mode>>,
    pub(super) decision: Decision,
}

/// A story.
#[derive(Clone, Debug)]
pub struct Story {
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
    pub(super) rules: Vec<Rule>,
    /// The id under which the story decides when no rule does.
    pub(super) default_rule: Arc<str>,
}

impl Story {
    /// The built-in story of that name.
    pub fn built_in(name: &str) -> Option<Result<Self, StoryError>> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(name, text)| Self::read(name, text))
    }

    /// The error for a name that is neither built in nor a file's.
    pub fn unknown(name: &str) -> StoryError {
        StoryError::Unknown { name: name.into() }
    }

    /// Reads a story from TOML.
    ///
    /// # Errors
    /// [`StoryError::Syntax`] with line and column, or [`StoryError::Meaning`].
    pub fn read(name: &str, text: &str) -> Result<Self, StoryError> {
        let file: File =
            toml::from_str(text).map_err(|e| StoryError::Syntax { name: name.into(), detail: e.to_string() })?;
        for (part, durations) in [
            ("pace", [file.pace.notification, file.pace.seamless]),
            ("cancel", [file.cancel.busy, file.cancel.void_window]),
        ] {
            if durations.iter().any(SignedDuration::is_negative) {
                let detail = "a duration must not be negative";
                return Err(StoryError::Meaning { name: name.into(), rule: part.into(), detail });
            }
        }
        let mut rules = Vec::with_capacity(file.rules.len());
        for (i, rule) in file.rules.into_iter().enumerate() {
            let id = rule.id.map_or_else(|| format!("{name}#{}", i + 1), |id| format!("{name}/{id}"));
            let wrong = |detail| StoryError::Meaning { name: name.into(), rule: id.clone(), detail };
            let phone = match &rule.when.phone {
                Some(text) => Some(Phone::new(text).map_err(|_| wrong("`when.phone` is not a telephone number"))?),
                None => None,
            };
            if !id.bytes().all(|b| b.is_ascii_graphic()) || id.len() > 128 {
                return Err(wrong("`id` is at most 128 letters, digits and signs, without blanks"));
            }
            if rules.iter().any(|known: &Rule| *known.decision.rule == *id) {
                return Err(wrong("two rules have this `id`"));
            }
            let outcome = rule.then.outcome().map_err(wrong)?;
            let (asks, token) = (rule.then.asks, rule.then.token);
            let modes = rule.when.modes;
            if modes.as_ref().is_some_and(Vec::is_empty) {
                return Err(wrong("`when.modes` names none: leave it out for all"));
            }
            let refused = token.is_some() && file.seamless.unusable_token == UnusableToken::Refuse;
            if refused && (rule.then.outcome.is_some() || asks.is_some()) {
                return Err(wrong("`token` refuses the payment with 9920: `outcome` and `asks` would never happen"));
            }
            if (asks.is_some() || token.is_some()) && modes.as_deref() != Some(&[Mode::Seamless]) {
                return Err(wrong("`asks` and `token` belong to rules with `modes = [\"seamless\"]`"));
            }
            if matches!(outcome, Outcome::Review { .. }) && modes.as_ref().is_some_and(|m| m.contains(&Mode::Binding)) {
                return Err(wrong("a binding is not reviewed: it is approved, rejected or abandoned"));
            }
            rules.push(Rule { phone, modes, decision: Decision { rule: id.into(), outcome, asks, token } });
        }
        Ok(Self {
            name: name.into(),
            title: file.title,
            description: file.description,
            pace: file.pace,
            cancel: file.cancel,
            unusable_token: file.seamless.unusable_token,
            rules,
            default_rule: format!("{name}/default").into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "title = 't'\ndescription = 'd'\n[pace]\nnotification = '2s'\nseamless = 'PT1S'\n";

    #[test]
    fn every_built_in_story_can_be_told() {
        for (name, _) in BUILT_IN {
            let story = Story::built_in(name).unwrap().unwrap();
            assert!(!story.title.is_empty() && !story.description.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_title_is_enough() {
        let story = Story::read("mine", "title = 't'").unwrap();
        assert_eq!(story.pace, Story::built_in("approve").unwrap().unwrap().pace);
        let story =
            Story::read("mine", "title = 't'\n[pace]\nseamless = '1m 30s'\n[cancel]\nvoid-window = '1d'").unwrap();
        assert_eq!(story.pace.notification, SignedDuration::from_secs(2));
        assert_eq!(story.pace.seamless, SignedDuration::from_secs(90));
        assert_eq!(story.cancel.void_window, SignedDuration::from_hours(24));
    }

    #[test]
    fn an_unknown_key_is_refused_with_line_and_column() {
        let error = Story::read("mine", &format!("{HEAD}[[rule]]\n[rule.then]\noutcom = 'approve'\n")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 8, column 1") && text.contains("unknown field `outcom`"), "{text}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_rule() {
        for (then, why) in [
            ("outcome = 'approve'\nreason = 'risk'", "`reason` belongs"),
            ("outcome = 'reject'\nreview = { after = '1s', verdict = 'approve' }", "`review` belongs"),
            ("outcome = 'review'\nreview = { after = '-1s', verdict = 'approve' }", "must not be negative"),
            ("", "`outcome` is missing"),
            ("outcome = 'reject'\n[rule.when]\nmodes = []", "names none"),
            ("token = 'unknown'\noutcome = 'reject'\n[rule.when]\nmodes = ['seamless']", "would never happen"),
            ("token = 'unknown'\nasks = 'otp'\n[rule.when]\nmodes = ['seamless']", "would never happen"),
            ("outcome = 'reject'\n[[rule]]\nid = 'x'\n[rule.then]\noutcome = 'approve'", "two rules have this `id`"),
            ("token = 'unknown'", "`asks` and `token` belong"),
            ("asks = 'otp'", "`asks` and `token` belong"),
        ] {
            let text = Story::read("mine", &format!("{HEAD}[[rule]]\nid = 'x'\n[rule.then]\n{then}\n"))
                .unwrap_err()
                .to_string();
            assert!(text.starts_with("scenario mine, rule mine/x: ") && text.contains(why), "{text}");
        }
    }
}
