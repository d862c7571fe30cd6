//! The panel "Behind the scenes": the requests of the shop's server.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Lang, time_of_day};
use crate::demo::exchange_log::Exchange;
use crate::demo::exchange_text::from_somebody_else;
use crate::demo::nicepay::Fields;
use crate::paths;

pub(super) struct PanelEntry {
    pub(super) no: u64,
    pub(super) time: String,
    pub(super) slug: &'static str,
    pub(super) name: String,
    pub(super) direction: String,
    pub(super) explanation: String,
    /// Whether somebody else than NICEPAY sent it.
    pub(super) is_forged: bool,
    pub(super) request_line: String,
    pub(super) request: String,
    pub(super) request_fields: Vec<(String, String)>,
    pub(super) status: String,
    pub(super) response: String,
    pub(super) response_fields: Vec<(String, String)>,
    pub(super) diagnosis: String,
    /// Tone and text.
    pub(super) findings: Vec<(&'static str, String)>,
}

impl PanelEntry {
    fn new(exchange: &Exchange, user_tokens: &BTreeSet<String>, lang: Lang) -> Self {
        let kind = exchange.kind;
        let masked =
            |text: &str| user_tokens.iter().fold(text.to_owned(), |text, token| text.replace(token, &mask(token)));
        let fields = |body: &str| {
            let pairs = fields(body).into_iter();
            pairs.map(|(name, value)| (name, masked(&value))).collect()
        };
        let is_forged = exchange.is_from_somebody_else();
        let [name, direction, explanation] = if is_forged {
            from_somebody_else(exchange, lang)
        } else {
            [kind.name(lang), kind.direction(lang), kind.explanation(lang)].map(str::to_owned)
        };
        Self {
            no: exchange.no,
            time: time_of_day(exchange.at),
            slug: kind.slug(),
            name,
            direction,
            explanation,
            is_forged,
            request_line: masked(&exchange.request_line),
            request_fields: fields(&exchange.request),
            request: masked(&exchange.request),
            status: exchange.status.map(|status| status.to_string()).unwrap_or_default(),
            response_fields: fields(&exchange.response),
            response: masked(&exchange.response),
            diagnosis: masked(exchange.diagnosis.as_deref().unwrap_or_default()),
            findings: exchange.findings.iter().map(|finding| (finding.tone(), finding.text(lang))).collect(),
        }
    }
}

/// The panel of a page.
pub(super) struct ExchangePanel {
    pub(super) entries: Vec<PanelEntry>,
    /// The address of the transaction in the dashboard; empty if there is none.
    pub(super) transaction_url: String,
    /// Whether a user token was shortened.
    pub(super) has_user_token: bool,
}

impl ExchangePanel {
    pub(super) fn new(exchanges: &[Exchange], lang: Lang, t_xid: &str) -> Self {
        let transaction_url = if t_xid.is_empty() { String::new() } else { paths::transaction_page(t_xid) };
        let user_tokens: BTreeSet<String> = exchanges
            .iter()
            .flat_map(|exchange| [&exchange.request, &exchange.response])
            .flat_map(|body| fields(body))
            .filter_map(|(name, value)| (name == "userToken").then_some(value))
            .collect();
        let entries = exchanges.iter().map(|exchange| PanelEntry::new(exchange, &user_tokens, lang)).collect();
        Self { entries, transaction_url, has_user_token: !user_tokens.is_empty() }
    }
}

/// The beginning of a user token. Whoever has all of it can pay, and the panel is part of the customer's page.
fn mask(user_token: &str) -> String {
    let begin: String = user_token.chars().take(user_token.chars().count().min(16) / 2).collect();
    format!("{begin}\u{2026}")
}

/// The fields of a JSON object or a form that are not empty.
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
    Fields::from_form(body.as_bytes()).all().iter().filter(|(_, text)| !text.is_empty()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn empty_fields_are_left_out() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(fields(r#"{"a":"1","b":null,"c":[2],"d":""}"#), [pair("a", "1"), pair("c", "[2]")]);
        assert_eq!(fields("a=1&b=&c=%26"), [pair("a", "1"), pair("c", "&")]);
        for none in ["", "OK", "{", "[1]", "<html>"] {
            assert!(fields(none).is_empty(), "{none}");
        }
    }
}
