//! Attempts to deliver a notification.

use jiff::Timestamp;

use super::notification::SkipReason;
use crate::domain::wire_enum::wire_enum;

wire_enum! {
    /// What caused an attempt.
    pub enum Trigger {
        /// The schedule.
        Scheduled = "scheduled",
        /// A manual request; never causes a retry.
        Manual = "manual",
    }
}

/// One attempt to deliver a notification.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// 1, 2, …
    pub number: u32,
    /// When it was sent.
    pub at: Timestamp,
    /// What caused it.
    pub trigger: Trigger,
    /// The result.
    pub result: AttemptResult,
}

/// The result of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The merchant responded.
    Responded {
        /// The HTTP status.
        status: u16,
        /// At most 2 KiB of the response headers: a line `name: value` each, names in lower case.
        headers: Box<str>,
        /// At most 8 KiB of the response body.
        body: Box<str>,
    },
    /// No response came.
    Failed {
        /// How it failed.
        class: ResponseClass,
        /// The error, with its causes.
        error: Box<str>,
    },
    /// It was not sent.
    Skipped {
        /// Why not.
        reason: SkipReason,
    },
}

impl Attempt {
    /// About how many bytes it takes in memory.
    pub fn memory_size(&self) -> usize {
        let texts = match &self.result {
            AttemptResult::Responded { headers, body, .. } => headers.len() + body.len(),
            AttemptResult::Failed { error, .. } => error.len(),
            AttemptResult::Skipped { reason } => reason.heap_size(),
        };
        size_of::<Self>() + texts
    }
}

impl AttemptResult {
    /// Whether the merchant accepted it: only status 200 counts (`docs/PROTOCOL.md` A-27).
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Responded { status: 200, .. })
    }
}

/// A class of results, as a retry table names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseClass {
    /// This HTTP status.
    Status(u16),
    /// An HTTP status that begins with this digit: `5xx`.
    StatusFamily(u16),
    /// No response in time.
    Timeout,
    /// No connection.
    Unreachable,
    /// The connection broke.
    Broken,
}

/// A text that is not a class of results.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a class of responses: write a status (404), a family of statuses (5xx), `timeout`, `unreachable` or `broken`"
)]
pub struct ResponseClassError(String);

impl std::str::FromStr for ResponseClass {
    type Err = ResponseClassError;

    fn from_str(text: &str) -> Result<Self, ResponseClassError> {
        let bad = || ResponseClassError(text.to_owned());
        match text {
            "timeout" => Ok(Self::Timeout),
            "unreachable" => Ok(Self::Unreachable),
            "broken" => Ok(Self::Broken),
            _ => match text.strip_suffix("xx") {
                Some(digit) => {
                    digit.parse().ok().filter(|d| (1..=5).contains(d)).map(Self::StatusFamily).ok_or_else(bad)
                }
                None => text.parse().ok().filter(|s| (100..=599).contains(s)).map(Self::Status).ok_or_else(bad),
            },
        }
    }
}

impl ResponseClass {
    /// Whether a result is of this class.
    pub fn matches(self, result: &AttemptResult) -> bool {
        match result {
            AttemptResult::Responded { status, .. } => match self {
                Self::Status(expected) => *status == expected,
                Self::StatusFamily(digit) => status / 100 == digit,
                Self::Timeout | Self::Unreachable | Self::Broken => false,
            },
            AttemptResult::Failed { class, .. } => *class == self,
            AttemptResult::Skipped { .. } => false,
        }
    }
}
