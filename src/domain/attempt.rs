//! One try at delivering a notification, and what came of it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// What caused an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// The schedule.
    Scheduled,
    /// Somebody asked for it; never causes a retry.
    Manual,
}

/// One try at delivering.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// 1, 2, …
    pub number: u32,
    /// When it was sent.
    pub at: Timestamp,
    /// Why.
    pub trigger: Trigger,
    /// What came of it.
    pub result: AttemptResult,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The merchant answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// At most 2 KiB of the answer's headers: a line `name: value` each, names in lower case.
        headers: Box<str>,
        /// At most 8 KiB of the answer.
        body: Box<str>,
    },
    /// No answer came.
    Failed {
        /// In which way.
        class: AnswerClass,
        /// Why.
        error: Box<str>,
    },
    /// It was not sent.
    Skipped {
        /// The rule, and the flag that changes it.
        reason: Box<str>,
    },
}

impl AttemptResult {
    /// Exactly 200 counts (`docs/PROTOCOL.md` A-27).
    pub fn delivered(&self) -> bool {
        matches!(self, Self::Answered { status: 200, .. })
    }
}

/// What can come back from a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerClass {
    /// This HTTP status.
    Status(u16),
    /// An HTTP status that begins with this digit.
    Hundred(u16),
    /// No answer in time.
    Timeout,
    /// No connection.
    Unreachable,
    /// A connection that broke.
    Broken,
}

/// A word that is no class of answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no class of answers: write a status (404), a class of them (5xx), `timeout`, `unreachable` or `broken`"
)]
pub struct AnswerClassError(String);

impl std::str::FromStr for AnswerClass {
    type Err = AnswerClassError;

    fn from_str(text: &str) -> Result<Self, AnswerClassError> {
        let bad = || AnswerClassError(text.to_owned());
        match text {
            "timeout" => Ok(Self::Timeout),
            "unreachable" => Ok(Self::Unreachable),
            "broken" => Ok(Self::Broken),
            _ => match text.strip_suffix("xx") {
                Some(digit) => digit.parse().ok().filter(|d| (1..=5).contains(d)).map(Self::Hundred).ok_or_else(bad),
                None => text.parse().ok().filter(|s| (100..=599).contains(s)).map(Self::Status).ok_or_else(bad),
            },
        }
    }
}

impl AnswerClass {
    /// Whether a result is of this class.
    pub fn takes(self, result: &AttemptResult) -> bool {
        match result {
            AttemptResult::Answered { status, .. } => match self {
                Self::Status(wanted) => *status == wanted,
                Self::Hundred(digit) => status / 100 == digit,
                Self::Timeout | Self::Unreachable | Self::Broken => false,
            },
            AttemptResult::Failed { class, .. } => *class == self,
            AttemptResult::Skipped { .. } => false,
        }
    }
}
