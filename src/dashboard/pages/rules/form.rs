//! The form of a rule: its usual fields, and as JSON what else it has.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Caller, Endpoint, Lang};

/// The fields of the form, by their names in it: paths into the rule. The value of a field with `:json` is JSON.
const FIELDS: &[&str] = &[
    "times:json",
    "when.iMid",
    "when.referenceNo",
    "when.phone",
    "when.mitraCd",
    "when.amt.from:json",
    "when.amt.to:json",
    "when.operation:json",
    "then.outcome",
    "then.reason",
    "then.review.after",
    "then.review.verdict",
    "then.notify.variant",
    "then.notify.after",
    "then.notify.status",
    "then.answer:json",
];

/// What the selections offer.
pub(super) const OUTCOMES: &[&str] = &["approve", "review", "reject", "abandon"];
pub(super) const REASONS: &[&str] = &["limit", "risk", "inactive"];
pub(super) const VERDICTS: &[&str] = &["approve", "reject"];

/// A form, filled in.
pub(super) struct RuleForm {
    /// The rule that is edited; none where one is added.
    pub(super) edited: Option<String>,
    /// Whether it is filled in with a rule.
    pub(super) is_filled: bool,
    /// Whether the fields are the whole rule. Otherwise only the JSON is.
    pub(super) is_whole: bool,
    values: HashMap<&'static str, String>,
    pub(super) when: String,
    pub(super) then: String,
    pub(super) chance: String,
    pub(super) times: String,
}

impl Default for RuleForm {
    fn default() -> Self {
        Self {
            edited: None,
            is_filled: false,
            is_whole: true,
            values: HashMap::from([("times:json", "1".to_owned())]),
            when: String::new(),
            then: String::new(),
            chance: String::new(),
            times: String::new(),
        }
    }
}

impl RuleForm {
    /// The form with the values of a rule.
    pub(super) fn of_rule(edited: Option<String>, rule: Value) -> Self {
        let json = |name: &str| match &rule[name] {
            Value::Null => String::new(),
            value => format!("{value:#}"),
        };
        let (when, then, chance, times) = (json("when"), json("then"), json("chance"), json("times"));
        let (values, is_whole) = read(rule);
        Self { edited, is_filled: true, is_whole, values, when, then, chance, times }
    }

    /// The value of a field.
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    /// The options of a selection, and whether each is selected. A rule may have another value: the form offers it, too, as
    /// saving must not lose it.
    pub(super) fn options<'a, S: AsRef<str>>(&'a self, name: &str, usual: &'a [S]) -> Vec<(&'a str, bool)> {
        let value = self.value(name);
        let usual = usual.iter().map(AsRef::as_ref);
        let other = (!value.is_empty() && usual.clone().all(|option| option != value)).then_some(value);
        usual.chain(other).map(|option| (option, option == value)).collect()
    }
}

/// The fields of a rule, and whether they are all of it.
fn read(mut rule: Value) -> (HashMap<&'static str, String>, bool) {
    rule.as_object_mut().map(|rule| rule.remove("id"));
    // The short forms.
    if let Some(amt) = rule.pointer_mut("/when/amt").filter(|amt| amt.is_number()) {
        *amt = json!({ "from": amt, "to": amt });
    }
    if let Some(variant) = rule.pointer_mut("/then/notify").filter(|notify| notify.is_string()) {
        *variant = json!({ "variant": variant });
    }
    let mut values = HashMap::new();
    for name in FIELDS {
        let path = format!("/{}", name.trim_end_matches(":json").replace('.', "/"));
        let text = match rule.pointer(&path) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) if !name.ends_with(":json") => text.clone(),
            Some(value) if is_choice(name, value) => value.to_string(),
            Some(_) => return (values, false),
        };
        take(&mut rule, &path);
        values.insert(*name, text);
    }
    (values, is_empty(&rule))
}

/// Whether the field can have this JSON.
fn is_choice(name: &str, value: &Value) -> bool {
    let text = value.to_string();
    match name {
        "when.operation:json" => operations(Lang::En).iter().any(|(known, _)| *known == text),
        "then.answer:json" => answers(Lang::En).iter().any(|(known, _)| *known == text),
        _ => name.ends_with(":json") && value.is_u64(),
    }
}

fn take(rule: &mut Value, path: &str) {
    if let Some((parent, name)) = path.rsplit_once('/')
        && let Some(fields) = rule.pointer_mut(parent).and_then(Value::as_object_mut)
    {
        fields.remove(name);
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

/// The operations that a merchant's server calls.
pub(super) fn server_operations() -> Value {
    let of_server = Endpoint::ALL.iter().filter(|endpoint| endpoint.info().caller == Caller::Server);
    of_server.filter_map(|endpoint| endpoint.operation()).collect()
}

/// The choices of a request: JSON and text.
pub(super) fn operations(lang: Lang) -> Vec<(String, String)> {
    let all = lang.t("all that your server sends", "semua yang dikirim server Anda");
    let each = Endpoint::ALL.iter().filter_map(|endpoint| endpoint.operation());
    let each = each.map(|operation| (json!(operation).to_string(), operation.to_owned()));
    [(server_operations().to_string(), all.to_owned())].into_iter().chain(each).collect()
}

/// The choices of a response: JSON and text.
pub(super) fn answers(lang: Lang) -> Vec<(String, String)> {
    [
        (json!({ "status": 503 }), "503"),
        (json!({ "status": 500 }), "500"),
        (json!({ "code": "9002" }), "resultCd 9002"),
        (json!({ "delay": "3s" }), lang.t("after 3 s", "setelah 3 detik")),
        (json!("reset"), "reset"),
        (json!("empty"), "empty"),
        (json!("truncated"), "truncated"),
        (json!("cut"), "cut"),
    ]
    .map(|(value, text)| (value.to_string(), text.to_owned()))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(rule: Value) -> (Vec<(String, String)>, bool) {
        let form = RuleForm::of_rule(None, rule);
        let mut values: Vec<_> = form.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        values.sort();
        (values, form.is_whole)
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_fields_of_a_rule_are_filled_in() {
        let rule = json!({
            "id": "mine", "times": 2, "when": { "amt": 25_145, "referenceNo": "a*", "operation": null },
            "then": { "outcome": "reject", "notify": "duplicate" },
        });
        let expected = [
            ("then.notify.variant", "duplicate"),
            ("then.outcome", "reject"),
            ("times:json", "2"),
            ("when.amt.from:json", "25145"),
            ("when.amt.to:json", "25145"),
            ("when.referenceNo", "a*"),
        ];
        assert_eq!(values(rule), (pairs(&expected), true));
        let answer = json!({ "when": { "operation": server_operations() }, "then": { "answer": { "status": 503 } } });
        assert!(values(answer).1);
    }

    #[test]
    fn what_the_form_cannot_show_is_json() {
        for rule in [
            json!({ "chance": 0.5, "then": { "outcome": "reject" } }),
            json!({ "when": { "tenor": 3 }, "then": { "outcome": "reject" } }),
            json!({ "when": { "phone": 81_291_891_818_u64 }, "then": { "outcome": "reject" } }),
            json!({ "when": { "operation": ["inquiry"] }, "then": { "answer": "cut" } }),
            json!({ "then": { "answer": { "status": 503, "delay": "1s" } } }),
            json!({ "then": { "notify": ["lost"] } }),
            json!({ "then": { "notify": { "variant": "late", "of": ["approve"] } } }),
        ] {
            assert!(!values(rule.clone()).1, "{rule}");
        }
    }
}
