//! The state of a check, and its evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{ReferenceNo, TXid};

/// The state of a check. The later one decides, where a check finds several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CheckState")]
pub enum State {
    /// The situation did not occur.
    NotExercised,
    /// It occurred, but what the merchant did with it cannot be seen from here.
    NotVisible,
    /// It occurred, and the merchant did the right thing each time that this could be seen.
    Pass,
    /// It occurred, and the merchant took a risk.
    Warning,
    /// It occurred, and the merchant did the wrong thing.
    Fail,
}

impl State {
    /// The name in the JSON of the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotExercised => "not-exercised",
            Self::Pass => "pass",
            Self::NotVisible => "not-visible",
            Self::Warning => "warning",
            Self::Fail => "fail",
        }
    }
}

/// What a check saw, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CheckEvidence")]
pub struct Evidence {
    /// What this says about the merchant.
    pub state: State,
    /// What happened, in a sentence.
    pub text: String,
    /// The numbers of the events that show it.
    pub events: Vec<u64>,
    /// The payment; absent where it is about none.
    #[serde(rename = "tXid", skip_serializing_if = "Option::is_none")]
    pub t_xid: Option<TXid>,
    /// The merchant's order number; absent where it is about none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_no: Option<ReferenceNo>,
}
