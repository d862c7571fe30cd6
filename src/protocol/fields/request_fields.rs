//! The fields of a request, as the text that was sent: a token is checked over this text before anything is parsed
//! (`docs/PROTOCOL.md` §2.0 "Strings", `docs/PROTOCOL.md` §6.4.1).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::field::Field;
use super::field_names::{meant_field, wrong_name};
use super::json::{JsonError, Scalar, each_field};
use super::unreadable_body::unreadable_body;
use crate::protocol::refusal::Refusal;

/// How a value was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A string, or a form field.
    Text,
    /// A JSON number; the text is its decimal text as sent.
    Number,
    /// A value that no field can have: `true`, an object, an array.
    Invalid,
}

/// One value.
#[derive(Clone, Debug)]
struct Value<'a> {
    text: Cow<'a, str>,
    value_type: ValueType,
}

/// The fields of one request. Absent, `null` and empty are the same: missing (`docs/PROTOCOL.md` §6.4.5a).
#[derive(Debug)]
pub struct RequestFields<'a> {
    /// In a box, because they are moved several times.
    values: Box<[Option<Value<'a>>; Field::COUNT]>,
    /// Names that no field has.
    unknown: Vec<Cow<'a, str>>,
    /// Whether the control character DEL may be in it as it was sent.
    may_have_del: bool,
    /// Whether a text was escaped, beside `cartData` and `sellers`.
    has_escapes: bool,
}

/// Undocumented fields are accepted up to this number.
pub(super) const MAX_UNKNOWN_FIELDS: usize = 256;
/// Nested objects and arrays.
pub(super) const MAX_DEPTH: usize = 64;

impl<'a> RequestFields<'a> {
    fn empty() -> Self {
        Self {
            values: Box::new([const { None }; Field::COUNT]),
            unknown: Vec::new(),
            may_have_del: true,
            has_escapes: true,
        }
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

    /// Whether a field's text can contain DEL. Most requests have none at all, and one search finds that out.
    pub(super) fn may_have_del(&self, field: Field) -> bool {
        self.may_have_del || self.was_escaped(field)
    }

    /// Whether a text, beside `cartData` and `sellers`, can contain a control character. In most requests none can.
    pub(super) fn may_have_control_characters(&self) -> bool {
        self.may_have_del || self.has_escapes
    }

    /// How a field was sent; none where it was absent or `null`.
    pub fn value_type(&self, field: Field) -> Option<ValueType> {
        self.values[field as usize].as_ref().map(|value| value.value_type)
    }

    /// For a refusal: that `field` is missing, and which other name was sent in its place.
    pub fn missing(&self, field: Field) -> String {
        let name = field.name();
        match self.unknown.iter().find(|sent| meant_field(sent, |other| other == field).is_some()) {
            Some(sent) => format!("{name} is missing: {}", wrong_name(sent, field)),
            None => format!("{name} is missing (absent, null or empty)"),
        }
    }

    /// Names of the request that no field has, each with the field that is meant and missing, as a sentence.
    pub fn wrong_names(&self) -> impl Iterator<Item = String> {
        self.unknown.iter().filter_map(|sent| {
            let field = meant_field(sent, |field| self.text(field).is_none())?;
            Some(wrong_name(sent, field))
        })
    }

    /// Reads a JSON object.
    ///
    /// # Errors
    /// `9001`, with what makes it unreadable (not an object, truncated, too deep, not UTF-8, a key twice).
    pub fn json(body: &'a [u8]) -> Result<Self, Refusal> {
        let mut fields = Self::empty();
        fields.read_json(body).map_err(|error| unreadable_body(body, &error))?;
        Ok(fields)
    }

    fn read_json(&mut self, body: &'a [u8]) -> Result<(), FieldsError> {
        let text = std::str::from_utf8(body).map_err(|error| FieldsError::NotUtf8(error.valid_up_to()))?;
        (self.may_have_del, self.has_escapes) = (body.contains(&0x7f), false);
        let mut seen = [false; Field::COUNT];
        each_field(text, |name, value| self.insert(name, value, &mut seen))
    }

    fn insert(
        &mut self,
        name: Cow<'a, str>,
        value: Scalar<'a>,
        seen: &mut [bool; Field::COUNT],
    ) -> Result<(), FieldsError> {
        let field = Field::from_name(&name);
        match field {
            // A field and its other spelling are different keys; the first with a value wins.
            Some(field) if field.name() == name => {
                if std::mem::replace(&mut seen[field as usize], true) {
                    return Err(FieldsError::Duplicate(name.into_owned()));
                }
            }
            _ if self.unknown.contains(&name) => return Err(FieldsError::Duplicate(name.into_owned())),
            _ if self.unknown.len() == MAX_UNKNOWN_FIELDS => return Err(FieldsError::TooMany),
            _ => self.unknown.push(name),
        }
        let value = match value {
            Scalar::Null => return Ok(()),
            Scalar::Text(text) => Value { text, value_type: ValueType::Text },
            Scalar::Number(text) => Value { text: Cow::Borrowed(text), value_type: ValueType::Number },
            Scalar::Other(json) if depth(json) > MAX_DEPTH => return Err(FieldsError::TooDeep),
            Scalar::Other(json) => Value { text: Cow::Borrowed(json), value_type: ValueType::Invalid },
        };
        if let Some(field) = field {
            self.has_escapes |= matches!(value.text, Cow::Owned(_)) && !field.is_json();
            self.values[field as usize].get_or_insert(value);
        }
        Ok(())
    }

    /// Reads `a=b&c=d`, a query or a form.
    ///
    /// Official clients put `callBackUrl` there without encoding it, with a `?` of its own (`docs/PROTOCOL.md` §2.2):
    /// one that contains a literal `://` is taken as it is.
    pub fn form(text: &'a str) -> Self {
        let mut fields = Self::empty();
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            let Some(field) = Field::from_name(&name) else {
                if fields.unknown.len() < MAX_UNKNOWN_FIELDS {
                    fields.unknown.push(name);
                }
                continue;
            };
            let verbatim = field == Field::CallBackUrl && value.contains("://");
            let text = if verbatim { Cow::Borrowed(value) } else { decode(value) };
            fields.values[field as usize].get_or_insert(Value { text, value_type: ValueType::Text });
        }
        fields
    }

    /// Other fields, with the unknown names of this request.
    pub fn with<'b>(&'b self, pairs: impl IntoIterator<Item = (Field, &'b str)>) -> RequestFields<'b> {
        let unknown = self.unknown.iter().map(|name| Cow::Borrowed(&**name)).collect();
        RequestFields { unknown, ..RequestFields::pairs(pairs) }
    }

    /// From fields and their texts.
    pub fn pairs(pairs: impl IntoIterator<Item = (Field, &'a str)>) -> Self {
        let mut fields = Self::empty();
        for (field, text) in pairs {
            fields.values[field as usize] = Some(Value { text: text.into(), value_type: ValueType::Text });
        }
        fields
    }
}

/// Decodes form encoding once.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
}

/// Why a body has no readable fields.
#[derive(Debug)]
pub(super) enum FieldsError {
    /// From this byte on.
    NotUtf8(usize),
    Json(JsonError),
    Duplicate(String),
    TooMany,
    TooDeep,
}

impl From<JsonError> for FieldsError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// How deep the objects and arrays of valid JSON are nested.
fn depth(json: &str) -> usize {
    let (mut depth, mut max_depth, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                max_depth = max_depth.max(depth);
            }
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    max_depth
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diagnosis::Slug;

    fn slug(body: &[u8]) -> Slug {
        RequestFields::json(body).unwrap_err().diagnosis.slug
    }

    #[test]
    fn it_is_known_where_no_control_character_can_be() {
        for (body, may) in [
            (r#"{"goodsNm":"a","cartData":"{\"a\":\n1}","sellers":"[\t]"}"#, false),
            (r#"{"goodsNm":"a\tb"}"#, true),
            (r#"{"goodsNm":"a\u007fb"}"#, true),
            (r#"{"goodsNm":"a\"b"}"#, true),
            ("{\"goodsNm\":\"a\u{7f}b\"}", true),
        ] {
            assert_eq!(RequestFields::json(body.as_bytes()).unwrap().may_have_control_characters(), may, "{body}");
        }
        assert!(RequestFields::form("goodsNm=a").may_have_control_characters());
    }

    #[test]
    fn scalars_keep_the_text_that_was_sent() {
        let fields = RequestFields::json(
            br#"{"amt":25145.0,"referenceNo":1e3,"goodsNm":"a\u0041\/","billingNm":null,"iMid":""}"#,
        )
        .unwrap();
        assert_eq!(fields.text(Field::Amt), Some("25145.0"));
        assert_eq!(fields.value_type(Field::Amt), Some(ValueType::Number));
        assert_eq!(fields.text(Field::ReferenceNo), Some("1e3"));
        assert_eq!(fields.text(Field::GoodsNm), Some("aA/"));
        assert_eq!(fields.text(Field::BillingNm), None);
        assert_eq!(fields.text(Field::IMid), None);
    }

    #[test]
    fn an_unreadable_body_has_a_slug_that_says_why() {
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
        let fields = RequestFields::form("timeStamp=1&callBackUrl=http://shop/x?order_id=1%20&tXid=T");
        assert_eq!(fields.text(Field::CallBackUrl), Some("http://shop/x?order_id=1%20"));
        assert_eq!(fields.text(Field::TXid), Some("T"));
        let fields = RequestFields::form("callBackUrl=http%3A%2F%2Fshop%2Fx%3Fa%3D1%26b%3D+2");
        assert_eq!(fields.text(Field::CallBackUrl), Some("http://shop/x?a=1&b= 2"));
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
            let fields = RequestFields::json(body.as_bytes()).unwrap();
            prop_assert_eq!(fields.text(Field::GoodsNm), Some(text.as_str()));
        }
    }
}
