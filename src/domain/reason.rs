//! The reasons for which the partner says no.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why the partner says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The account's limit does not cover the amount.
    Limit,
    /// The lender's risk check.
    Risk,
    /// The account is inactive or locked.
    Inactive,
    /// Somebody ordered it (control API, scenario).
    Ordered,
}

impl Reason {
    /// `limit`, `risk`, …
    pub const fn word(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Risk => "risk",
            Self::Inactive => "inactive",
            Self::Ordered => "ordered",
        }
    }
}
