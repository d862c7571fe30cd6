//! What is untrue in a notification that a rule or a person has changed.

use std::collections::HashMap;

use super::single_line::single_line;
use crate::domain::{Entry, EventKind, FormEdit, Notification, NotificationKind};
use crate::language::Lang;

/// Characters of a value.
const MAX_VALUE_CHARS: usize = 40;

/// What is untrue, one phrase for each changed field: `says 8, true is 0`. `before` are the events before it was sent.
/// Empty where nothing was changed, or nothing was sent yet.
pub fn untrue(notification: &Notification, before: &[Entry], lang: Lang) -> Vec<String> {
    let (Some(rule_plan), Some(body)) = (&notification.rule_plan, &notification.body) else { return Vec::new() };
    let sent: HashMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).collect();
    let said = |name| sent.get(name).map(|value| &**value);
    let (true_status, true_amt) = (status(notification.kind, before), amount(before));
    let mut phrases: Vec<String> = Vec::new();
    if notification.is_sent_by_hand() {
        // Nobody has said which fields were changed: the body has to be compared.
        phrases.extend(says("", said("status"), true_status, lang));
        if true_amt.is_some() {
            phrases.extend(says("amt ", said("amt"), true_amt.as_deref(), lang));
        }
    }
    for edit in &rule_plan.plan.edits {
        let phrase = match edit {
            FormEdit::UnknownTXid => Some(lang.t("unknown tXid", "tXid tidak dikenal").to_owned()),
            FormEdit::WrongToken => Some(wrong_token(lang)),
            FormEdit::Set(name, _) if **name == *"merchantToken" => Some(wrong_token(lang)),
            FormEdit::Remove(name) => {
                let name = single_line(name, MAX_VALUE_CHARS);
                Some(lang.t(format!("{name} is missing"), format!("{name} tidak ada")))
            }
            FormEdit::ChangeStatus => says("", said("status"), true_status, lang),
            FormEdit::Set(name, _) => match &**name {
                "status" => says("", said("status"), true_status, lang),
                "amt" => says("amt ", said("amt"), true_amt.as_deref(), lang),
                name => says(&format!("{} ", single_line(name, MAX_VALUE_CHARS)), said(name), None, lang),
            },
        };
        // A later edit of the same field has replaced the value: the body has the last one.
        if let Some(phrase) = phrase.filter(|phrase| !phrases.contains(phrase)) {
            phrases.push(phrase);
        }
    }
    phrases
}

fn wrong_token(lang: Lang) -> String {
    lang.t("token wrong", "token salah").to_owned()
}

/// None where what is said is true.
fn says(name: &str, said: Option<&str>, truth: Option<&str>, lang: Lang) -> Option<String> {
    let said = said?;
    if Some(said) == truth {
        return None;
    }
    let said = single_line(said, MAX_VALUE_CHARS);
    Some(match truth {
        Some(truth) => {
            lang.t(format!("says {name}{said}, true is {truth}"), format!("tertulis {name}{said}, sebenarnya {truth}"))
        }
        None => lang.t(format!("says {name}{said}"), format!("tertulis {name}{said}")),
    })
}

/// The true `status` of a notification (`docs/PROTOCOL.md` §4.1): what it reports, where that has happened; otherwise the
/// order is still open. None where the log cannot say.
fn status(kind: NotificationKind, before: &[Entry]) -> Option<&'static str> {
    let has_happened = |entry: &Entry| {
        matches!(
            (kind, &entry.event.kind),
            (NotificationKind::Approve, EventKind::Approved { .. })
                | (NotificationKind::Pending, EventKind::UnderReview { .. })
                | (NotificationKind::Reject, EventKind::Declined { .. })
        )
    };
    let (mut is_registered, mut is_expired) = (false, false);
    for entry in before {
        is_registered |= matches!(entry.event.kind, EventKind::Registered { .. });
        is_expired |= matches!(entry.event.kind, EventKind::Expired { .. });
    }
    match kind {
        NotificationKind::Binding => None,
        _ if is_registered && !before.iter().any(has_happened) => (!is_expired).then_some("9"),
        NotificationKind::Approve => Some("0"),
        NotificationKind::Pending => Some("3"),
        NotificationKind::Reject => Some("8"),
    }
}

fn amount(before: &[Entry]) -> Option<String> {
    before.iter().find_map(|entry| match &entry.event.kind {
        EventKind::Registered { amt, .. } => Some(amt.to_string()),
        _ => None,
    })
}

/// The events up to this one.
pub fn until(entries: &[Entry], last: u64) -> &[Entry] {
    &entries[..entries.partition_point(|entry| entry.event.id <= last)]
}
