//! The panel "Behind the shop": messages, ready to be shown.

use serde_json::Value;

use super::{Lang, time_of_day};
use crate::demo::nicepay::Fields;
use crate::demo::wire::Entry;
use crate::paths;

/// A message.
pub(super) struct Shown {
    pub(super) no: u64,
    pub(super) time: String,
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) way: &'static str,
    pub(super) why: &'static str,
    pub(super) line: String,
    pub(super) sent: String,
    pub(super) sent_fields: Vec<(String, String)>,
    pub(super) status: String,
    pub(super) answered: String,
    pub(super) answered_fields: Vec<(String, String)>,
    pub(super) diagnosis: String,
    pub(super) verdicts: Vec<(&'static str, String)>,
}

impl Shown {
    pub(super) fn of(entry: &Entry, lang: Lang) -> Self {
        Self {
            no: entry.no,
            time: time_of_day(entry.at),
            slug: entry.kind.slug(),
            name: entry.kind.name(lang),
            way: entry.kind.way(lang),
            why: entry.kind.why(lang),
            line: entry.line.clone(),
            sent_fields: fields(&entry.sent),
            sent: entry.sent.clone(),
            status: entry.status.map(|status| status.to_string()).unwrap_or_default(),
            answered_fields: fields(&entry.answered),
            answered: entry.answered.clone(),
            diagnosis: entry.diagnosis.clone().unwrap_or_default(),
            verdicts: entry.verdicts.iter().map(|verdict| (verdict.tone(), verdict.says(lang))).collect(),
        }
    }

    pub(super) fn all(entries: &[Entry], lang: Lang) -> Vec<Self> {
        entries.iter().map(|entry| Self::of(entry, lang)).collect()
    }
}

/// The panel of a page, with the simulator's own page of the transaction.
pub(super) struct Behind {
    pub(super) entries: Vec<Shown>,
    /// Of the transaction's page; empty where there is none.
    pub(super) transaction: String,
}

impl Behind {
    pub(super) fn new(entries: &[Entry], lang: Lang, t_xid: &str) -> Self {
        let transaction = if t_xid.is_empty() { String::new() } else { paths::transaction_page(t_xid) };
        Self { entries: Shown::all(entries, lang), transaction }
    }
}

/// The fields of a JSON object or a form that hold anything, to be read at a glance. What is neither has none.
fn fields(body: &str) -> Vec<(String, String)> {
    if body.starts_with('{') {
        let Ok(Value::Object(object)) = serde_json::from_str(body) else { return Vec::new() };
        let text = |value: Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        return object
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .filter(|(_, text)| !text.is_empty())
            .collect();
    }
    if !body.contains('=') {
        return Vec::new();
    }
    Fields::of_form(body.as_bytes()).all().iter().filter(|(_, text)| !text.is_empty()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn what_is_empty_is_left_out_and_what_is_no_object_has_no_fields() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(fields(r#"{"a":"1","b":null,"c":[2],"d":""}"#), [pair("a", "1"), pair("c", "[2]")]);
        assert_eq!(fields("a=1&b=&c=%26"), [pair("a", "1"), pair("c", "&")]);
        for none in ["", "OK", "{", "[1]", "<html>"] {
            assert!(fields(none).is_empty(), "{none}");
        }
    }
}
