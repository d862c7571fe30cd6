//! `docs/reference/scenarios.md`

use std::fmt::Write as _;

use super::markdown::{block, cell, head};
use crate::scenarios::{Library, Source};

const INTRO: &str = "The scenarios that are built in. Name one with `--scenario NAME`, or put one in force while the \
simulator runs. Each is a file in [`scenarios/`](../../scenarios), and a good start for one of your own: \
[Scenario format](scenario-format.md) describes what can be written in it.";

const EXAMPLE: &str = "curl -sS -X PUT http://127.0.0.1:8606/__sim/api/scenario \\\n  \
-H 'Content-Type: application/json' -d '{\"name\": \"reject\"}'; echo";

const OUTPUT: &str = "{\"iMid\":null,\"own\":false,\"name\":\"reject\",\"title\": … }";

/// The groups: the heading, and the prefixes of the names; the last group has all other names.
const GROUPS: &[(&str, &[&str])] = &[
    ("Seamless payments and linked accounts", &["seamless-", "token-", "binding-"]),
    ("Cancels", &["cancel-", "partial-"]),
    ("Notifications", &["notification-"]),
    ("Answers of the gateway", &["answer-"]),
    ("Drills of the audit", &["audit-"]),
    ("Payments", &[""]),
];

pub(super) fn page() -> String {
    let mut page = head("Built-in scenarios", INTRO);
    let _ = write!(page, "\n{}\n{}", block("bash", EXAMPLE), block("json", OUTPUT));
    let all = described();
    let group_of =
        |name: &str| GROUPS.iter().position(|(_, begins)| begins.iter().any(|begin| name.starts_with(begin)));
    // The most important group comes first.
    for at in [5, 0, 1, 2, 3, 4] {
        let _ = write!(page, "\n## {}\n\n| Name | What happens |\n|---|---|\n", GROUPS[at].0);
        for (name, description) in all.iter().filter(|(name, _)| group_of(name) == Some(at)) {
            let _ = writeln!(page, "| `{name}` | {} |", cell(description));
        }
    }
    page
}

/// Names and descriptions, from the files.
fn described() -> Vec<(String, String)> {
    let described = |source: &Source| {
        let file: toml::Table = toml::from_str(&source.text).unwrap();
        (source.name.to_string(), file["description"].as_str().unwrap().to_owned())
    };
    Library::built_in().sources().map(described).collect()
}
