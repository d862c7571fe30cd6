//! The checks: what each is about, why, and what to do. `checks/` has how they judge.

mod browser;
mod notifications;
mod refunds;
mod requests;
mod tokens;

use schemars::JsonSchema;
use serde::Serialize;

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CheckGroup")]
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

impl Group {
    /// Every group, in the order of the checks.
    pub const ALL: [Self; 5] = [Self::Requests, Self::Notifications, Self::Browser, Self::Tokens, Self::Refunds];

    /// The name in the JSON of the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Notifications => "notifications",
            Self::Browser => "browser",
            Self::Tokens => "tokens",
            Self::Refunds => "refunds",
        }
    }
}

/// How much a failure costs. The most serious comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CheckSeverity")]
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
    /// Where a reference merchant does it: `examples/python/shop.py: sign`, a file and a function.
    pub example: &'static str,
}

/// Every check, in the order of its number.
pub fn every_check() -> impl Iterator<Item = &'static CheckInfo> {
    [requests::CHECKS, notifications::CHECKS, browser::CHECKS, tokens::CHECKS, refunds::CHECKS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::checks::JUDGES;

    #[test]
    fn numbers_have_no_gaps_and_each_check_has_a_judge() {
        // A new check has the next number, wherever it stands.
        let mut ids: Vec<_> = every_check().map(|check| check.id).collect();
        ids.sort_unstable();
        let numbered: Vec<_> = (1..=37).map(|number| format!("NP-{number:02}")).collect();
        assert_eq!(ids, numbered);
        let mut judged: Vec<_> = JUDGES.iter().map(|(id, _)| *id).collect();
        judged.sort_unstable();
        assert_eq!(ids, judged);
    }

    #[test]
    fn checks_of_a_group_stand_together() {
        let mut groups: Vec<_> = every_check().map(|check| check.group).collect();
        groups.dedup();
        assert_eq!(groups, Group::ALL);
    }

    #[test]
    fn texts_are_sentences_in_both_languages() {
        for check in every_check() {
            for (en, id) in
                [(check.title, check.title_id), (check.reason, check.reason_id), (check.advice, check.advice_id)]
            {
                assert_ne!(en, id, "{}", check.id);
                for text in [en, id] {
                    assert!(!text.contains("  ") && !text.contains('\n'), "{}: {text}", check.id);
                }
            }
            for title in [check.title, check.title_id] {
                assert!((10..=100).contains(&title.len()) && !title.ends_with('.'), "{}: {title}", check.id);
            }
            for text in [check.reason, check.reason_id, check.advice, check.advice_id] {
                assert!(text.len() > 60 && text.ends_with('.'), "{}: {text}", check.id);
            }
        }
    }

    #[test]
    fn each_example_is_a_function_of_a_reference_merchant() {
        let shop = include_str!("../../../examples/python/shop.py");
        for check in every_check() {
            let function = check.example.strip_prefix("examples/python/shop.py: ").expect(check.example);
            assert!(shop.contains(&format!("def {function}(")), "{}: {function}", check.id);
        }
    }

    #[test]
    fn clauses_are_sections_of_the_protocol() {
        let protocol = include_str!("../../../docs/PROTOCOL.md");
        let sections: Vec<_> = protocol
            .lines()
            .filter(|line| line.starts_with('#'))
            .filter_map(|line| Some(line.split(' ').nth(1)?.trim_end_matches('.')))
            .collect();
        for check in every_check() {
            let is_known = match check.clause.strip_prefix("PROTOCOL §") {
                Some(section) => sections.contains(&section),
                None => check.clause == "good practice",
            };
            assert!(is_known, "{}: {}", check.id, check.clause);
        }
    }
}
