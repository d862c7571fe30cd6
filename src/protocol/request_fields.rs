//! What was sent, as text: tokens are checked over it before anything is parsed (§2.0 "Strings", §6.4.1).

use std::borrow::Cow;
use std::fmt;

use super::code::Code;
use super::field::Field;
use super::json::{JsonError, Scalar, each_field};
use super::refusal::{Refusal, shown};
use crate::diagnosis::Slug;

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string, or a form field.
    Text,
    /// A JSON number; the text is its decimal text as sent.
    Number,
    /// Something that no field can be: `true`, an object, an array.
    Wrong,
}

/// One value.
#[derive(Clone, Debug)]
struct Value<'a> {
    text: Cow<'a, str>,
    shape: Shape,
}

/// The fields of one request. Absent, `null` and empty are the same: missing (§6.4.5a).
#[derive(Debug)]
pub struct RequestFields<'a> {
    values: [Option<Value<'a>>; Field::COUNT],
}

/// Fields that nobody documents are let through, but not without end.
const MOST_UNKNOWN: usize = 256;
/// Objects and arrays inside each other.
const DEEPEST: usize = 64;

impl<'a> RequestFields<'a> {
    fn empty() -> Self {
        Self { values: [const { None }; Field::COUNT] }
    }

    /// The text of a field; none where it is missing.
    pub fn text(&self, field: Field) -> Option<&str> {
        self.values[field as usize].as_ref().map(|value| &*value.text).filter(|text| !text.is_empty())
    }

    /// Whether a field's text is other than its bytes in the body. Only then can a JSON string contain a control
    /// character below blank.
    pub(super) fn was_escaped(&self, field: Field) -> bool {
        matches!(&self.values[field as usize], Some(Value { text: Cow::Owned(_), .. }))
    }

    /// How a field was written; none where it was absent or `null`.
    pub fn shape(&self, field: Field) -> Option<Shape> {
        self.values[field as usize].as_ref().map(|value| value.shape)
    }

    /// Reads a JSON object.
    ///
    /// # Errors
    /// `9001`, with what makes it unreadable (not an object, truncated, too deep, not UTF-8, a key twice).
    pub fn json(body: &'a [u8]) -> Result<Self, Refusal> {
        let no = |slug, reason: &dyn fmt::Display| {
            Refusal::new(Code::UNREADABLE, slug, format!("the body is not a JSON object of fields (2.0): {reason}"))
        };
        if body.is_empty() {
            return Err(no(Slug::BODY_EMPTY, &"there is no body"));
        }
        let text = std::str::from_utf8(body).map_err(|error| no(Slug::BODY_NOT_UTF_8, &error))?;
        let mut sent = Self::empty();
        let mut seen = [false; Field::COUNT];
        let mut unknown = Vec::new();
        each_field(text, |name, value| sent.take(name, value, &mut seen, &mut unknown)).map_err(|why| match why {
            Unfit::JsonError(JsonError::Truncated) => no(Slug::BODY_TRUNCATED, &"it ends too early"),
            Unfit::JsonError(JsonError::NotAnObject) => no(Slug::BODY_NOT_AN_OBJECT, &"it is JSON, but no object"),
            Unfit::JsonError(JsonError::Syntax(at)) => {
                let here: String = text[at..].chars().take(12).collect();
                no(Slug::BODY_NOT_JSON, &format_args!("it is no JSON from byte {at} on, {}", shown(&here)))
            }
            Unfit::Twice(name) => {
                no(Slug::BODY_DUPLICATE_KEY, &format_args!("the key {} is there twice", shown(&name)))
            }
            Unfit::TooMany => {
                no(Slug::BODY_TOO_MANY_FIELDS, &format_args!("more than {MOST_UNKNOWN} fields that are not NICEPAY's"))
            }
            Unfit::TooDeep => no(Slug::BODY_TOO_DEEP, &format_args!("it is nested deeper than {DEEPEST}")),
        })?;
        Ok(sent)
    }

    fn take(
        &mut self,
        name: Cow<'a, str>,
        value: Scalar<'a>,
        seen: &mut [bool; Field::COUNT],
        unknown: &mut Vec<Cow<'a, str>>,
    ) -> Result<(), Unfit> {
        let field = Field::from_name(&name);
        match field {
            // A field and its other spelling are not the same key; the first that says something wins.
            Some(field) if field.name() == name => {
                if std::mem::replace(&mut seen[field as usize], true) {
                    return Err(Unfit::Twice(name.into_owned()));
                }
            }
            _ if unknown.contains(&name) => return Err(Unfit::Twice(name.into_owned())),
            _ if unknown.len() == MOST_UNKNOWN => return Err(Unfit::TooMany),
            _ => unknown.push(name),
        }
        let value = match value {
            Scalar::Null => return Ok(()),
            Scalar::Text(text) => Value { text, shape: Shape::Text },
            Scalar::Number(text) => Value { text: Cow::Borrowed(text), shape: Shape::Number },
            Scalar::Other(json) if depth(json) > DEEPEST => return Err(Unfit::TooDeep),
            Scalar::Other(json) => Value { text: Cow::Borrowed(json), shape: Shape::Wrong },
        };
        if let Some(field) = field {
            self.values[field as usize].get_or_insert(value);
        }
        Ok(())
    }

    /// Reads `a=b&c=d`, a query or a form.
    ///
    /// Official clients put `callBackUrl` there without encoding it, with a `?` of its own (§2.2): one that contains a
    /// literal `://` is taken as it is.
    pub fn form(text: &'a str) -> Self {
        let mut sent = Self::empty();
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(field) = Field::from_name(&decode(name)) else { continue };
            let verbatim = field == Field::CallBackUrl && value.contains("://");
            let text = if verbatim { Cow::Borrowed(value) } else { decode(value) };
            sent.values[field as usize].get_or_insert(Value { text, shape: Shape::Text });
        }
        sent
    }

    /// From pairs of names and values, for signing by hand.
    pub fn pairs(pairs: impl IntoIterator<Item = (Field, &'a str)>) -> Self {
        let mut sent = Self::empty();
        for (field, text) in pairs {
            sent.values[field as usize] = Some(Value { text: text.into(), shape: Shape::Text });
        }
        sent
    }
}

/// Undoes form encoding once.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |i: usize| bytes.get(i).and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            (b'+', ..) => {
                out.push(b' ');
                at += 1;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

/// Why a body is not a request.
enum Unfit {
    JsonError(JsonError),
    Twice(String),
    TooMany,
    TooDeep,
}

impl From<JsonError> for Unfit {
    fn from(why: JsonError) -> Self {
        Self::JsonError(why)
    }
}

/// How deep the objects and arrays of valid JSON go.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slug(body: &[u8]) -> Slug {
        RequestFields::json(body).unwrap_err().diagnosis.slug
    }

    #[test]
    fn scalars_keep_the_text_that_was_sent() {
        let sent = RequestFields::json(
            br#"{"amt":25145.0,"referenceNo":1e3,"goodsNm":"a\u0041\/","billingNm":null,"iMid":""}"#,
        )
        .unwrap();
        assert_eq!(sent.text(Field::Amt), Some("25145.0"));
        assert_eq!(sent.shape(Field::Amt), Some(Shape::Number));
        assert_eq!(sent.text(Field::ReferenceNo), Some("1e3"));
        assert_eq!(sent.text(Field::GoodsNm), Some("aA/"));
        assert_eq!(sent.text(Field::BillingNm), None);
        assert_eq!(sent.text(Field::IMid), None);
    }

    #[test]
    fn what_is_unreadable_says_why() {
        assert_eq!(slug(b""), Slug::BODY_EMPTY);
        assert_eq!(slug(b"hello"), Slug::BODY_NOT_JSON);
        assert_eq!(slug(b"{\"amt\":\"1"), Slug::BODY_TRUNCATED);
        assert_eq!(slug(b"[]"), Slug::BODY_NOT_AN_OBJECT);
        assert_eq!(slug(b"{\"amt\":\"\xff\"}"), Slug::BODY_NOT_UTF_8);
        assert_eq!(slug(br#"{"amt":1,"amt":1}"#), Slug::BODY_DUPLICATE_KEY);
        assert_eq!(slug(br#"{"x":1,"x":2}"#), Slug::BODY_DUPLICATE_KEY);
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(slug(deep.as_bytes()), Slug::BODY_TOO_DEEP);
        let many: Vec<_> = (0..300).map(|i| format!("\"k{i}\":1")).collect();
        assert_eq!(slug(format!("{{{}}}", many.join(",")).as_bytes()), Slug::BODY_TOO_MANY_FIELDS);
    }

    #[test]
    fn an_unencoded_callback_is_taken_up_to_the_next_ampersand() {
        let sent = RequestFields::form("timeStamp=1&callBackUrl=http://shop/x?order_id=1%20&tXid=T");
        assert_eq!(sent.text(Field::CallBackUrl), Some("http://shop/x?order_id=1%20"));
        assert_eq!(sent.text(Field::TXid), Some("T"));
        let sent = RequestFields::form("callBackUrl=http%3A%2F%2Fshop%2Fx%3Fa%3D1%26b%3D+2");
        assert_eq!(sent.text(Field::CallBackUrl), Some("http://shop/x?a=1&b= 2"));
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200), text in ".*") {
            let _ = RequestFields::json(&body);
            let _ = RequestFields::form(&text);
        }

        #[test]
        fn any_text_survives_json(text in ".+") {
            let body = serde_json::json!({ "goodsNm": text }).to_string();
            let sent = RequestFields::json(body.as_bytes()).unwrap();
            prop_assert_eq!(sent.text(Field::GoodsNm), Some(text.as_str()));
        }
    }
}
