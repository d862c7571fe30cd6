//! A story: one file of `scenarios/`, read and checked.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::Deserialize;

use super::decide::{Mode, Outcome};
use crate::ledger::{Phone, Reason, Verdict};

/// The stories that are built in, by name.
const BUILT_IN: [(&str, &str); 5] = [
    ("approve", include_str!("../../scenarios/approve.toml")),
    ("instant", include_str!("../../scenarios/instant.toml")),
    ("review-then-approve", include_str!("../../scenarios/review-then-approve.toml")),
    ("reject", include_str!("../../scenarios/reject.toml")),
    ("customer-abandons", include_str!("../../scenarios/customer-abandons.toml")),
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
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pace {
    /// From the committed state to its notification.
    pub notification: SignedDuration,
    /// From a seamless registration to its settlement.
    pub seamless: SignedDuration,
    /// Whether a review ends when its rule says, or only by hand.
    #[serde(default)]
    pub reviews: Reviews,
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
    outcome: Word,
    reason: Option<Reason>,
    review: Option<ReviewEnd>,
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
        let reason = self.reason.unwrap_or(Reason::Risk);
        if self.reason.is_some() && !matches!(self.outcome, Word::Reject | Word::Review) {
            return Err("`reason` belongs to `reject` and to a review that ends in one");
        }
        match (self.outcome, &self.review) {
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
    description: String,
    pace: Pace,
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
    pub(super) id: Arc<str>,
    pub(super) phone: Option<Phone>,
    pub(super) modes: Option<Vec<Mode>>,
    pub(super) outcome: Outcome,
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
        if file.pace.notification.is_negative() || file.pace.seamless.is_negative() {
            let detail = "a pace must not be negative";
            return Err(StoryError::Meaning { name: name.into(), rule: "pace".into(), detail });
        }
        let mut rules = Vec::with_capacity(file.rules.len());
        for (i, rule) in file.rules.into_iter().enumerate() {
            let id = rule.id.map_or_else(|| format!("{name}#{}", i + 1), |id| format!("{name}/{id}"));
            let wrong = |detail| StoryError::Meaning { name: name.into(), rule: id.clone(), detail };
            let phone = match &rule.when.phone {
                Some(text) => Some(Phone::new(text).map_err(|_| wrong("`when.phone` is not a telephone number"))?),
                None => None,
            };
            let outcome = rule.then.outcome().map_err(wrong)?;
            rules.push(Rule { id: id.into(), phone, modes: rule.when.modes, outcome });
        }
        Ok(Self {
            name: name.into(),
            title: file.title,
            description: file.description,
            pace: file.pace,
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
        ] {
            let text = Story::read("mine", &format!("{HEAD}[[rule]]\nid = 'x'\n[rule.then]\n{then}\n"))
                .unwrap_err()
                .to_string();
            assert!(text.starts_with("scenario mine, rule mine/x: ") && text.contains(why), "{text}");
        }
    }
}
