//! The body of a request, with places for what a script computes anew. Everything else stays as it was sent.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use url::form_urlencoded;

use crate::protocol::Field;

/// The longest `referenceNo` that NICEPAY documents.
const MAX_REFERENCE_NO: usize = 40;
/// How long a new end of a `referenceNo` is at most.
const NEW_END: usize = 12;

/// A piece of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it was sent.
    Sent(String),
    TimeStamp,
    Token,
    /// A `referenceNo` that can be set.
    ReferenceNo,
    /// A new end of a `referenceNo` that has characters with a meaning.
    NewEnd,
}

/// A `referenceNo` that was not used yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewReferenceNo {
    /// Its beginning, from the one that was sent.
    pub(super) beginning: String,
    /// Whether it stands for itself in JSON, in a form, and in a script, so that it can be a variable.
    pub(super) is_plain: bool,
}

impl NewReferenceNo {
    pub(super) fn new(sent: &str) -> Self {
        // What is too long stays too long: it is refused for the same reason.
        let is_too_long = sent.chars().count() > MAX_REFERENCE_NO;
        let kept = if is_too_long { usize::MAX } else { MAX_REFERENCE_NO - NEW_END };
        let is_plain = sent.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        Self { beginning: sent.chars().take(kept).collect(), is_plain }
    }

    /// It, between `encode`d texts.
    fn pieces(&self, encode: impl Fn(&str) -> String) -> Vec<Piece> {
        if self.is_plain { vec![Piece::ReferenceNo] } else { vec![Piece::Sent(encode(&self.beginning)), Piece::NewEnd] }
    }
}

/// Replaces the values of a JSON object. None where the text is not one.
pub(super) fn json(text: &str, new_reference_no: Option<&NewReferenceNo>) -> Option<Vec<Piece>> {
    let Members(members) = serde_json::from_str(text).ok()?;
    let mut pieces = Pieces::default();
    let (mut from, mut has_token) = (0, false);
    for (name, value) in members {
        let value = value.get();
        // Both are parts of the same text.
        let at = (value.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        let new = match Field::from_name(&name).filter(|field| field.name() == name) {
            Some(Field::TimeStamp) if value.starts_with('"') => in_quotes(vec![Piece::TimeStamp]),
            Some(Field::TimeStamp) if value.starts_with(|c: char| c.is_ascii_digit()) => vec![Piece::TimeStamp],
            Some(Field::MerchantToken) => {
                has_token = true;
                in_quotes(vec![Piece::Token])
            }
            Some(Field::ReferenceNo) if new_reference_no.is_some() => {
                let escaped = |text: &str| {
                    let quoted = serde_json::Value::from(text).to_string();
                    quoted[1..quoted.len() - 1].to_owned()
                };
                in_quotes(new_reference_no?.pieces(escaped))
            }
            _ => continue,
        };
        pieces.sent(&text[from..at]);
        pieces.extend(new);
        from = at + value.len();
    }
    pieces.sent(&text[from..]);
    if !has_token {
        pieces.add_token_to_json();
    }
    Some(pieces.0)
}

/// Replaces the values of a form.
pub(super) fn form(text: &str, new_reference_no: Option<&NewReferenceNo>) -> Vec<Piece> {
    let (mut pieces, mut has_token) = (Pieces::default(), false);
    for (i, pair) in text.split('&').enumerate() {
        if i > 0 {
            pieces.sent("&");
        }
        let (name, _) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = form_urlencoded::parse(name.as_bytes()).next().map_or(Cow::Borrowed(""), |(name, _)| name);
        let new = match Field::from_name(&decoded) {
            Some(Field::TimeStamp) => vec![Piece::TimeStamp],
            Some(Field::MerchantToken) => {
                has_token = true;
                vec![Piece::Token]
            }
            Some(Field::ReferenceNo) if let Some(new) = new_reference_no => {
                new.pieces(|text| form_urlencoded::byte_serialize(text.as_bytes()).collect())
            }
            _ => {
                pieces.sent(pair);
                continue;
            }
        };
        pieces.sent(name);
        pieces.sent("=");
        pieces.extend(new);
    }
    if !has_token {
        pieces.sent(if text.is_empty() { "merchantToken=" } else { "&merchantToken=" });
        pieces.0.push(Piece::Token);
    }
    pieces.0
}

fn in_quotes(inside: Vec<Piece>) -> Vec<Piece> {
    let quote = || std::iter::once(Piece::Sent("\"".to_owned()));
    quote().chain(inside).chain(quote()).collect()
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn sent(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Sent(before)) => before.push_str(text),
            _ => self.0.push(Piece::Sent(text.to_owned())),
        }
    }

    /// Adds these. Texts beside each other are one.
    fn extend(&mut self, new: Vec<Piece>) {
        for piece in new {
            match piece {
                Piece::Sent(text) => self.sent(&text),
                other => self.0.push(other),
            }
        }
    }

    /// Adds the token as the first member: the object begins in the first piece.
    fn add_token_to_json(&mut self) {
        let Some(Piece::Sent(first)) = self.0.first() else { return };
        let Some((before, after)) = first.split_once('{') else { return };
        let comma = if after.trim_start().starts_with('}') { "" } else { "," };
        let new = [
            Piece::Sent(format!("{before}{{\"merchantToken\":\"")),
            Piece::Token,
            Piece::Sent(format!("\"{comma}{after}")),
        ];
        self.0.splice(..1, new);
    }
}

/// The members of a JSON object as they were sent, also those with the same name.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((Cow::Owned(name), value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let is_text = |piece: &Piece| matches!(piece, Piece::Sent(_));
        assert!(!pieces.windows(2).any(|two| two.iter().all(is_text)), "texts beside each other: {pieces:?}");
        let texts = pieces.iter().map(|piece| match piece {
            Piece::Sent(text) => text.as_str(),
            Piece::TimeStamp => "<T>",
            Piece::Token => "<H>",
            Piece::ReferenceNo => "<R>",
            Piece::NewEnd => "<E>",
        });
        texts.collect()
    }

    #[test]
    fn only_what_is_computed_is_replaced() {
        let json_of = |text: &str, reference_no: Option<&str>| {
            json(text, reference_no.map(NewReferenceNo::new).as_ref()).map(|pieces| shown(&pieces))
        };
        let sent = r#"{ "timeStamp" : "1", "a\"b":{"timeStamp":"2"},"merchantToken":null,"amt":1.0 }"#;
        let new = r#"{ "timeStamp" : "<T>", "a\"b":{"timeStamp":"2"},"merchantToken":"<H>","amt":1.0 }"#;
        assert_eq!(json_of(sent, None).as_deref(), Some(new));
        assert_eq!(json_of("{}", None).as_deref(), Some(r#"{"merchantToken":"<H>"}"#));
        assert_eq!(
            json_of(r#" {"timeStamp":1}"#, None).as_deref(),
            Some(r#" {"merchantToken":"<H>","timeStamp":<T>}"#)
        );
        let plain = json_of(r#"{"referenceNo":"o-1","merchantToken":""}"#, Some("o-1"));
        assert_eq!(plain.as_deref(), Some(r#"{"referenceNo":"<R>","merchantToken":"<H>"}"#));
        let odd = json_of(r#"{"referenceNo":"\"\u0000","merchantToken":""}"#, Some("\"\0"));
        assert_eq!(odd.as_deref(), Some(r#"{"referenceNo":"\"\u0000<E>","merchantToken":"<H>"}"#));
        assert_eq!(json_of("[1]", None), None);
        assert_eq!(json_of("{\"a\":", None), None);
        let form_of = |text: &str, reference_no: &str| shown(&form(text, Some(&NewReferenceNo::new(reference_no))));
        assert_eq!(form_of("a=%20&timeStamp=1&merchantToken&x", ""), "a=%20&timeStamp=<T>&merchantToken=<H>&x");
        assert_eq!(form_of("referenceNo=a%26b", "a&b"), "referenceNo=a%26b<E>&merchantToken=<H>");
    }

    #[test]
    fn a_new_reference_no_is_as_long_as_is_documented() {
        let beginning = |sent: &str| NewReferenceNo::new(sent).beginning.chars().count();
        assert_eq!((beginning("a"), beginning(&"é".repeat(40)), beginning(&"a".repeat(41))), (1, 28, 41));
    }

    proptest! {
        #[test]
        fn any_body_is_taken_apart(
            text in ".*",
            fields in proptest::collection::btree_map("timeStamp|referenceNo|merchantToken|amt|.*", ".*", 0..6),
        ) {
            let _ = (json(&text, None), form(&text, None));
            let new = NewReferenceNo::new(&text);
            let body = serde_json::to_string(&fields).unwrap();
            let pieces = json(&body, Some(&new)).unwrap();
            let filled: serde_json::Value = serde_json::from_str(&shown(&pieces)).unwrap();
            prop_assert_eq!(&filled["merchantToken"], "<H>");
            let others = fields.iter().filter(|(name, _)| !["timeStamp", "referenceNo", "merchantToken"].contains(&name.as_str()));
            for (name, value) in others {
                prop_assert_eq!(&filled[name.as_str()], value.as_str());
            }
        }
    }
}
