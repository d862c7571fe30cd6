//! What is wanted of an event, and in what another one differs from that. Fields are compared as text, so that `"3"`
//! and `3` are the same.

use std::borrow::Cow;

use serde_json::Value;

use super::operation::{Parameter, ParameterKind};
use super::read::Query;
use super::view::{Difference, Event};
use crate::domain::EventKind;
use crate::store::Filter;

/// What the log itself can look for.
pub(super) const SUBJECT: [&str; 3] = ["iMid", "tXid", "referenceNo"];
/// Parameters of one call or the other that are no fields of an event: all let each other's pass.
const CONTROLS: [&str; 2] = ["limit", "timeout"];
/// Characters of a value that a sentence shows.
const SHOWN: usize = 64;

/// What every call that looks for events can be asked for.
pub(super) const TYPE: Parameter = Parameter::text(
    "type",
    "Only events of this type, or of these, with commas between them. One that does not exist never matches.",
);
pub(super) const I_MID: Parameter = Parameter::text("iMid", "Only about this merchant.");
pub(super) const T_XID: Parameter = Parameter::text("tXid", "Only about this transaction.");
pub(super) const REFERENCE_NO: Parameter = Parameter::text("referenceNo", "Only about this order of the merchant's.");
pub(super) const OTHERS: Parameter = Parameter {
    name: "fields",
    description: "Any other parameter is compared with the event's field of that name: `?phone=081291891818`.",
    kind: ParameterKind::Others,
};

/// Fields, each with the texts one of which it must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EventMatcher(Vec<(String, Vec<String>)>);

impl EventMatcher {
    /// What the parameters of a query ask for: types (several, with commas), the subject, any other field.
    pub(super) fn of(query: &Query) -> Self {
        let mut wanted = Self::default().and_type(query.get("type").unwrap_or_default());
        for name in SUBJECT {
            wanted = wanted.and_some(name, query.get(name));
        }
        let fields = query.others().filter(|(name, _)| !CONTROLS.contains(name));
        fields.fold(wanted, |wanted, (name, value)| wanted.and(name, value))
    }

    /// And of one of these types, with commas between them; of any where there is none.
    pub(super) fn and_type(mut self, types: &str) -> Self {
        if !types.is_empty() {
            self.0.push(("type".to_owned(), types.split(',').map(str::to_owned).collect()));
        }
        self
    }

    /// And with this in a field.
    pub(super) fn and(mut self, name: &str, text: &str) -> Self {
        self.0.push((name.to_owned(), vec![text.to_owned()]));
        self
    }

    /// And with this in a field, where anything is said of it.
    pub(super) fn and_some(self, name: &str, text: Option<&str>) -> Self {
        text.into_iter().fold(self, |wanted, text| wanted.and(name, text))
    }

    /// Whether anything at all is said.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are looked at.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn only(&self, name: &str) -> Option<Box<str>> {
        let (_, texts) = self.0.iter().find(|(known, _)| known == name)?;
        texts.first().map(|text| text.as_str().into())
    }

    /// What of it the log itself can look for.
    pub(super) fn filter(&self, after: u64) -> Filter {
        let [i_mid, t_xid, reference_no] = SUBJECT.map(|name| self.only(name));
        Filter { after, i_mid, t_xid, reference_no }
    }

    /// Whether an event is as it should be.
    pub(super) fn takes(&self, event: &Event) -> bool {
        self.0.iter().all(|(name, texts)| has(event, name, texts))
    }

    /// What of an event is not as it should be.
    pub(super) fn differences(&self, event: &Event) -> Vec<Difference> {
        let wrong = self.0.iter().filter(|(name, texts)| !has(event, name, texts));
        wrong
            .map(|(name, texts)| Difference {
                field: name.clone(),
                expected: texts.join(","),
                actual: text(event.get(name)).map(Cow::into_owned),
            })
            .collect()
    }

    /// `notification.attempted with kind=approve, httpStatus=200`
    pub(super) fn in_words(&self) -> String {
        let types = self.0.iter().find(|(name, _)| name == "type").map(|(_, types)| shown(&types.join(" or ")));
        let fields = self.0.iter().filter(|(name, _)| name != "type");
        let fields: Vec<_> = fields.map(|(name, texts)| shown(&format!("{name}={}", texts.join(",")))).collect();
        let what = types.unwrap_or_else(|| "event".to_owned());
        if fields.is_empty() { what } else { format!("{what} with {}", fields.join(", ")) }
    }

    /// A sentence about the first type that no event ever has: somebody has mistyped it.
    pub(super) fn unknown_type(&self) -> Option<String> {
        let mut types = self.0.iter().filter(|(name, _)| name == "type").flat_map(|(_, types)| types);
        let wrong = types.find(|wanted| !EventKind::TYPES.contains(&wanted.as_str()))?;
        let noun = wrong.split('.').next().unwrap_or_default();
        let same: Vec<_> =
            EventKind::TYPES.iter().copied().filter(|known| known.split('.').next() == Some(noun)).collect();
        let near =
            if same.is_empty() { "the README lists them".to_owned() } else { format!("there is {}", same.join(", ")) };
        Some(format!("no event ever has the type {}; {near}", shown(wrong)))
    }
}

fn has(event: &Event, name: &str, texts: &[String]) -> bool {
    text(event.get(name)).is_some_and(|has| texts.iter().any(|wanted| *wanted == has))
}

/// What is compared of a value; none where there is none.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

/// A text as a sentence shows it: one line, and not too long.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_their_texts_are_the_same() {
        let event = json!({ "id": 1, "type": "a.b", "httpStatus": 200, "full": true, "error": null });
        let event = Event::made_of(event);
        let wanted = |name: &str, text: &str| EventMatcher::default().and_type("x.y,a.b").and(name, text);
        for (name, text, takes) in [
            ("httpStatus", "200", true),
            ("httpStatus", "0200", false),
            ("full", "true", true),
            ("error", "null", false),
            ("nothing", "", false),
        ] {
            assert_eq!(wanted(name, text).takes(&event), takes, "{name}={text}");
        }
        let differences = wanted("httpStatus", "500").differences(&event);
        let actual = Some("200".to_owned());
        assert_eq!(differences, [Difference { field: "httpStatus".into(), expected: "500".into(), actual }]);
    }

    #[test]
    fn it_is_said_in_words() {
        let wanted = EventMatcher::default().and_type("a.b,c.d").and("kind", "approve").and("x", &"y".repeat(99));
        assert_eq!(wanted.in_words(), format!("a.b or c.d with kind=approve, x={}…", "y".repeat(62)));
        assert_eq!(EventMatcher::default().and("kind", "a\nb").in_words(), "event with kind=a b");
        let mistyped = EventMatcher::default().and_type("transaction.approved,clock.move");
        assert_eq!(mistyped.unknown_type().unwrap(), "no event ever has the type clock.move; there is clock.moved");
    }

    proptest! {
        #[test]
        fn it_takes_what_differs_in_nothing(
            event in proptest::collection::btree_map("[a-d]", 0..3_u8, 0..4),
            fields in proptest::collection::vec(("[a-d]", 0..3_u8), 0..4),
        ) {
            let wanted = fields.iter().fold(EventMatcher::default(), |w, (name, n)| w.and(name, &n.to_string()));
            let event = Event::made_of(json!(event));
            let differences = wanted.differences(&event);
            prop_assert_eq!(wanted.takes(&event), differences.is_empty());
            prop_assert!(differences.iter().all(|d| d.actual.as_deref() != Some(d.expected.as_str())));
        }
    }
}
