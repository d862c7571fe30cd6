//! Why a body has no readable fields.

use super::json::JsonError;
use super::json_mistake::{Mistake, json_mistake};
use super::request_fields::{FieldsError, MAX_DEPTH, MAX_UNKNOWN_FIELDS};
use crate::diagnosis::Slug;
use crate::protocol::code::Code;
use crate::protocol::refusal::{Refusal, quoted};

/// The refusal of a body, `9001`.
pub(super) fn unreadable_body(body: &[u8], error: &FieldsError) -> Refusal {
    let mistake = other_format(body).unwrap_or_else(|| match error {
        FieldsError::NotUtf8(at) => not_utf_8(body, *at),
        FieldsError::Json(error) => not_an_object(&String::from_utf8_lossy(body), error),
        FieldsError::Duplicate(name) => {
            Mistake::new(Slug::BODY_DUPLICATE_KEY, format!("has the key {} twice", quoted(name)))
        }
        FieldsError::TooMany => Mistake::new(
            Slug::BODY_TOO_MANY_FIELDS,
            format!("has more than {MAX_UNKNOWN_FIELDS} fields that are not NICEPAY's"),
        ),
        FieldsError::TooDeep => {
            Mistake::new(Slug::BODY_TOO_DEEP, format!("is nested deeper than {MAX_DEPTH} objects and arrays"))
        }
    });
    let sentence = format!("the body {}; it must be one JSON object (docs/PROTOCOL.md §2.0)", mistake.phrase);
    Refusal::new(Code::UNREADABLE, mistake.slug, sentence)
}

/// A body that is no text of UTF-8 at all.
fn other_format(body: &[u8]) -> Option<Mistake> {
    let compressed = match body {
        [] => return Some(Mistake::new(Slug::BODY_EMPTY, "is empty")),
        [0x1f, 0x8b, ..] => "gzip",
        // The header of zlib; a text does not begin with these.
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => "deflate",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0xff, ..] | [1..=0xff, 0, ..] => {
            return Some(Mistake::new(Slug::BODY_NOT_UTF_8, "is UTF-16; encode it as UTF-8"));
        }
        _ => return None,
    };
    Some(Mistake::new(Slug::BODY_COMPRESSED, format!("is compressed with {compressed}; send it uncompressed")))
}

fn not_utf_8(body: &[u8], at: usize) -> Mistake {
    let phrase = match &body[at..] {
        [byte, rest @ ..] if rest.iter().all(|next| matches!(next, 0x80..0xc0)) && *byte >= 0xc0 && rest.len() < 3 => {
            format!("ends inside a character, at byte {at}: Content-Length must count bytes, not characters")
        }
        [byte, ..] => format!(
            "is not UTF-8: byte {at} is {byte:02X}, which is {} in Latin-1; encode it as UTF-8",
            char::from(*byte)
        ),
        [] => "is not UTF-8".to_owned(),
    };
    Mistake::new(Slug::BODY_NOT_UTF_8, phrase)
}

fn not_an_object(text: &str, error: &JsonError) -> Mistake {
    let no_object = |phrase| Mistake::new(Slug::BODY_NOT_AN_OBJECT, phrase);
    let contains_json = || serde_json::from_str::<String>(text).is_ok_and(|inner| inner.trim_start().starts_with('{'));
    json_mistake(text).unwrap_or_else(|| match (error, text.trim_start().as_bytes().first()) {
        (JsonError::Syntax(at), _) => Mistake::new(Slug::BODY_NOT_JSON, format!("is not JSON from byte {at} on")),
        (JsonError::Truncated, _) => Mistake::new(Slug::BODY_TRUNCATED, "ends too early"),
        (JsonError::NotAnObject, Some(b'"')) if contains_json() => {
            no_object("is a JSON string that contains JSON: it was encoded twice")
        }
        (JsonError::NotAnObject, Some(b'[')) => no_object("is a JSON array"),
        (JsonError::NotAnObject, _) => no_object("is JSON, but not an object"),
    })
}
