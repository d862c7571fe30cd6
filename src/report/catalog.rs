//! The checks: what each is about, why, and what to do. `checks/` has how they judge.

use schemars::JsonSchema;
use serde::Serialize;

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The requests that the merchant sends.
    Requests,
    /// The merchant's handling of notifications.
    Notifications,
    /// The return of the customer's browser.
    Browser,
    /// User tokens.
    Tokens,
    /// Cancels and refunds.
    Refunds,
}

/// How much a failure costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Goods or money are lost.
    Critical,
    /// Payments fail or stay open.
    Major,
    /// It works, but not as well as it could.
    Minor,
}

/// The description of a check.
#[derive(Clone, Copy, Debug)]
pub struct CheckInfo {
    /// `NP-01`. It never changes.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// How much a failure costs.
    pub severity: Severity,
    /// `PROTOCOL §2.3`, or `good practice`.
    pub clause: &'static str,
    /// What a right integration does, in English.
    pub title: &'static str,
    /// The same in Indonesian.
    pub title_id: &'static str,
    /// Why it matters, in English.
    pub reason: &'static str,
    /// The same in Indonesian.
    pub reason_id: &'static str,
    /// What to do when it fails, in English.
    pub advice: &'static str,
    /// The same in Indonesian.
    pub advice_id: &'static str,
    /// Where the reference merchants do it: `examples/python/shop.py`, and the name of a function.
    pub example: &'static str,
}

/// Every check.
pub const CHECKS: &[CheckInfo] = &[];
