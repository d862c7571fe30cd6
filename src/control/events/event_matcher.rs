//! Compares events with expected fields. Fields are compared as text, so `"3"` and `3` are equal.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use schemars::schema_for;
use serde_json::Value;

use crate::control::api::{Parameter, ParameterKind, Problem, Query};
use crate::control::view::{Difference, Event};
use crate::domain::{EventKind, nearest};
use crate::store::Filter;

/// The fields that the log can filter by.
pub(super) const SUBJECT_FIELDS: [&str; 3] = ["iMid", "tXid", "referenceNo"];
/// Parameters that are never fields of an event, although not every call declares them.
const CONTROL_PARAMETERS: [&str; 2] = ["limit", "timeout"];
/// The maximum length of a value in a sentence, in characters.
const MAX_QUOTED_CHARS: usize = 64;

/// The parameters of every call that searches events.
pub(super) const TYPE: Parameter =
    Parameter::text("type", "Only events of this type. Separate several types with commas.");
pub(super) const I_MID: Parameter = Parameter::text("iMid", "Only events of this merchant.");
pub(super) const T_XID: Parameter = Parameter::text("tXid", "Only events of this transaction.");
pub(super) const REFERENCE_NO: Parameter =
    Parameter::text("referenceNo", "Only events of the order with this number of the merchant.");
pub(super) const OTHER_FIELDS: Parameter = Parameter {
    name: "fields",
    description: "Any other parameter is compared with the event's field of the same name: `?phone=081291891818`.",
    kind: ParameterKind::OtherFields,
};

/// The expected fields of an event. Each has one or more allowed texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EventMatcher(Vec<(String, Vec<String>)>);

impl EventMatcher {
    /// From the parameters of a query: `type`, the fields of the subject, and any other field.
    ///
    /// # Errors
    /// `bad-value` for a type or a field that no event has.
    pub(super) fn from_query(query: &Query) -> Result<Self, Problem> {
        let mut matcher = Self::default().with_types(query.get("type").unwrap_or_default());
        for name in SUBJECT_FIELDS {
            matcher = matcher.with_optional_field(name, query.get(name));
        }
        let fields = query.others().filter(|(name, _)| !CONTROL_PARAMETERS.contains(name));
        let matcher = fields.fold(matcher, |matcher, (name, value)| matcher.with_field(name, value));
        match matcher.unknown() {
            Some(sentence) => Err(Problem::bad_value(sentence)),
            None => Ok(matcher),
        }
    }

    /// Adds the allowed types, separated by commas. An empty text allows all types.
    pub(super) fn with_types(mut self, types: &str) -> Self {
        if !types.is_empty() {
            self.0.push(("type".to_owned(), types.split(',').map(str::to_owned).collect()));
        }
        self
    }

    /// Adds an expected field.
    pub(super) fn with_field(mut self, name: &str, text: &str) -> Self {
        self.0.push((name.to_owned(), vec![text.to_owned()]));
        self
    }

    /// Adds an expected field, if there is a text.
    pub(super) fn with_optional_field(self, name: &str, text: Option<&str>) -> Self {
        text.into_iter().fold(self, |matcher, text| matcher.with_field(name, text))
    }

    /// Whether every event matches.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of expected fields.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn first_text(&self, name: &str) -> Option<Box<str>> {
        let (_, texts) = self.0.iter().find(|(known, _)| known == name)?;
        texts.first().map(|text| text.as_str().into())
    }

    /// The part that the log can filter by.
    pub(super) fn filter(&self, after: u64) -> Filter {
        let [i_mid, t_xid, reference_no] = SUBJECT_FIELDS.map(|name| self.first_text(name));
        Filter { after, i_mid, t_xid, reference_no }
    }

    /// Whether an event has all expected fields.
    pub(super) fn matches(&self, event: &Event) -> bool {
        self.0.iter().all(|(name, texts)| has(event, name, texts))
    }

    /// The fields of an event that differ from the expected ones.
    pub(super) fn differences(&self, event: &Event) -> Vec<Difference> {
        let differing = self.0.iter().filter(|(name, texts)| !has(event, name, texts));
        differing
            .map(|(name, texts)| Difference {
                field: name.clone(),
                expected: texts.join(","),
                actual: text(event.get(name)).map(Cow::into_owned),
            })
            .collect()
    }

    /// As text: `notification.attempted with kind=approve, httpStatus=200`.
    pub(super) fn describe(&self) -> String {
        let types = self.0.iter().find(|(name, _)| name == "type").map(|(_, types)| quote(&types.join(" or ")));
        let fields = self.0.iter().filter(|(name, _)| name != "type");
        let fields: Vec<_> = fields.map(|(name, texts)| quote(&format!("{name}={}", texts.join(",")))).collect();
        let subject = types.unwrap_or_else(|| "event".to_owned());
        if fields.is_empty() { subject } else { format!("{subject} with {}", fields.join(", ")) }
    }

    /// A sentence about the first type or field that does not exist: it is probably mistyped, and no event would match.
    pub(super) fn unknown(&self) -> Option<String> {
        self.unknown_type().or_else(|| self.unknown_field())
    }

    fn unknown_type(&self) -> Option<String> {
        let mut types = self.0.iter().filter(|(name, _)| name == "type").flat_map(|(_, types)| types);
        let unknown = types.find(|name| !EventKind::TYPES.contains(&name.as_str()))?;
        let nearest = nearest(unknown, EventKind::TYPES.iter().copied());
        let hint = nearest.map_or_else(String::new, |nearest| format!("the nearest is {nearest}; "));
        Some(format!("there is no event type {}; {hint}docs/reference/events.md lists all types", quote(unknown)))
    }

    fn unknown_field(&self) -> Option<String> {
        let (unknown, _) = self.0.iter().find(|(name, _)| !FIELD_NAMES.contains(name))?;
        let nearest = nearest(unknown, FIELD_NAMES.iter().map(String::as_str));
        let hint = nearest.map_or_else(String::new, |nearest| format!("; the nearest is {nearest}"));
        Some(format!("no event has a field {}{hint}", quote(unknown)))
    }
}

/// Every field that an event can have.
static FIELD_NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    fn add(schema: &Value, names: &mut BTreeSet<String>) {
        match schema {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    names.extend(properties.keys().cloned());
                }
                map.values().for_each(|value| add(value, names));
            }
            Value::Array(list) => list.iter().for_each(|value| add(value, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    add(schema_for!(Event).as_value(), &mut names);
    names
});

fn has(event: &Event, name: &str, texts: &[String]) -> bool {
    text(event.get(name)).is_some_and(|actual| texts.iter().any(|expected| *expected == actual))
}

/// A value as the text that is compared; none for null.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

/// A text for a sentence: on one line, and truncated.
pub(super) fn quote(text: &str) -> String {
    let mut quoted: String =
        text.chars().take(MAX_QUOTED_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MAX_QUOTED_CHARS).is_some() {
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_equals_its_text() {
        let event = json!({ "id": 1, "type": "a.b", "httpStatus": 200, "full": true, "error": null });
        let event = Event::from_value(event);
        let matcher = |name: &str, text: &str| EventMatcher::default().with_types("x.y,a.b").with_field(name, text);
        for (name, text, expected) in [
            ("httpStatus", "200", true),
            ("httpStatus", "0200", false),
            ("full", "true", true),
            ("error", "null", false),
            ("nothing", "", false),
        ] {
            assert_eq!(matcher(name, text).matches(&event), expected, "{name}={text}");
        }
        let differences = matcher("httpStatus", "500").differences(&event);
        let actual = Some("200".to_owned());
        assert_eq!(differences, [Difference { field: "httpStatus".into(), expected: "500".into(), actual }]);
    }

    #[test]
    fn a_matcher_has_a_description() {
        let matcher = EventMatcher::default()
            .with_types("a.b,c.d")
            .with_field("kind", "approve")
            .with_field("x", &"y".repeat(99));
        assert_eq!(matcher.describe(), format!("a.b or c.d with kind=approve, x={}…", "y".repeat(62)));
        assert_eq!(EventMatcher::default().with_field("kind", "a\nb").describe(), "event with kind=a b");
        let mistyped = EventMatcher::default().with_types("transaction.approved,clock.move");
        assert_eq!(
            mistyped.unknown_type().unwrap(),
            "there is no event type clock.move; the nearest is clock.moved; docs/reference/events.md lists all types"
        );
    }

    proptest! {
        #[test]
        fn an_event_matches_when_nothing_differs(
            event in proptest::collection::btree_map("[a-d]", 0..3_u8, 0..4),
            fields in proptest::collection::vec(("[a-d]", 0..3_u8), 0..4),
        ) {
            let matcher =
                fields.iter().fold(EventMatcher::default(), |m, (name, n)| m.with_field(name, &n.to_string()));
            let event = Event::from_value(json!(event));
            let differences = matcher.differences(&event);
            prop_assert_eq!(matcher.matches(&event), differences.is_empty());
            prop_assert!(differences.iter().all(|d| d.actual.as_deref() != Some(d.expected.as_str())));
        }
    }
}
