//! The list of all scenarios, in groups.

use super::{Lang, Phrase, sentence};
use crate::control::Control;
use crate::engine::Scenario;

/// Scenarios that belong together.
pub(super) struct ScenarioGroup {
    /// For the page's `id`.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Whether the active scenario is one of them.
    pub(super) is_active: bool,
    pub(super) scenarios: Vec<ScenarioView>,
}

/// A scenario that can be activated.
pub(super) struct ScenarioView {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) rules: Vec<Vec<Phrase>>,
    pub(super) is_active: bool,
}

/// How the names of a group begin, its name, and its title in both languages. The last group has all others.
const GROUPS: [(&[&str], &str, &str, &str); 5] = [
    (&["answer-"], "answers", "Answers of the gateway", "Jawaban gateway"),
    (&["notification-"], "notifications", "Notifications", "Notifikasi"),
    (&["seamless-", "token-"], "seamless", "Payments by token", "Pembayaran dengan token"),
    (&["audit-"], "audit", "Drills of the audit", "Latihan audit"),
    (
        &[""],
        "payments",
        "Payments, refunds, and your own scenarios",
        "Pembayaran, pengembalian dana, dan skenario sendiri",
    ),
];

pub(super) fn groups(control: &Control, active: &Scenario, lang: Lang) -> Vec<ScenarioGroup> {
    let mut groups = GROUPS.map(|(_, name, en, id)| ScenarioGroup {
        name,
        title: lang.t(en, id),
        is_active: false,
        scenarios: Vec::new(),
    });
    let mask = control.engine.key_mask();
    // The library holds only scenarios that can be read.
    let known = control.engine.rules().library().scenarios().unwrap_or_default();
    for (name, scenario) in &known {
        let at = GROUPS.iter().position(|(begins, ..)| begins.iter().any(|begin| name.starts_with(begin)));
        let Some(group) = at.and_then(|at| groups.get_mut(at)) else { continue };
        let is_active = *name == active.name;
        group.is_active |= is_active;
        group.scenarios.push(ScenarioView {
            name: mask.masked(name).into_owned(),
            title: mask.masked(&scenario.title).into_owned(),
            description: mask.masked(scenario.description.trim()).into_owned(),
            rules: scenario.rules.iter().map(|rule| sentence(rule, lang, &mask)).collect(),
            is_active,
        });
    }
    groups.rotate_right(1);
    groups.into_iter().filter(|group| !group.scenarios.is_empty()).collect()
}
