//! Which fields of a request a diagnosis is about. Pure: from the slug, and the names in the sentence.

use crate::protocol::Field;

/// The fields that a diagnosis is about, by the names that they have in the request: the first is the one to look at. Empty
/// where it is about something else than a field.
pub(super) fn wrong_fields(slug: &str, sentence: &str) -> Vec<String> {
    let (family, what) = slug.split_once('/').unwrap_or((slug, ""));
    let mut names: Vec<String> = match (family, what) {
        // The token says that a signed field is wrong, which may be the token or that field.
        ("merchantToken", "field-absent") | ("field", _) => named(sentence),
        ("merchantToken", "field-differs" | "missing-field") => with("merchantToken", &named(sentence)),
        ("merchantToken", "amount-format" | "amt-differs") => list(&["merchantToken", "amt"]),
        ("merchantToken", "timeStamp-differs" | "12-hour-clock" | "time-zone") => list(&["merchantToken", "timeStamp"]),
        ("merchantToken", "referenceNo-differs") => list(&["merchantToken", "referenceNo"]),
        ("merchantToken", "userToken-differs") => list(&["merchantToken", "userToken"]),
        ("merchantToken", "billingPhone-differs") => list(&["merchantToken", "billingPhone"]),
        ("body", "duplicate-key") => quoted_after(sentence, "the key ").into_iter().collect(),
        ("cancel", "too-much" | "not-all") => list(&["amt"]),
        ("cancel", "full-after-partial") => list(&["cancelType"]),
        ("cartData", "sum") => list(&["cartData", "amt"]),
        ("tokenizeUser", "partner") => list(&["tokenizeUser", "mitraCd"]),
        ("payValidDt", _) => list(&["payValidDt", "payValidTm"]),
        ("referenceNo", "mismatch") => list(&["referenceNo", "tXid"]),
        ("userToken", "other-customer") => list(&["userToken", "clientUserKey"]),
        ("tk", _) => list(&["tk"]),
        (field, _) => Field::from_name(field).map(|field| field.name().to_owned()).into_iter().collect(),
    };
    // A field that is missing was sent under this name.
    names.extend(quoted_after(sentence, "you sent "));
    names
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn with(first: &str, others: &[String]) -> Vec<String> {
    let others = others.iter().filter(|name| *name != first).cloned();
    std::iter::once(first.to_owned()).chain(others).collect()
}

/// The field that a sentence is about: `amt is missing …`, `the token was computed with amt …`.
fn named(sentence: &str) -> Vec<String> {
    let words = sentence.split([' ', ':', ',', ';']);
    words.filter_map(Field::from_name).map(|field| field.name().to_owned()).take(1).collect()
}

/// The text in quotes after these words.
fn quoted_after(sentence: &str, words: &str) -> Option<String> {
    let (_, rest) = sentence.split_once(words)?;
    let (mut text, mut escaped) = (String::new(), false);
    for c in rest.strip_prefix('"')?.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Some(text),
            c => {
                text.push(c);
                escaped = false;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::FAMILIES;

    /// Families whose diagnoses are about no field of the request.
    const ABOUT_NO_FIELD: &[&str] =
        &["path", "origin", "body", "simulator", "transaction", "limit", "page", "fault", "cancel"];

    #[test]
    fn every_slug_of_the_table_names_its_field_or_belongs_to_a_family_without_fields() {
        for slug in FAMILIES.iter().flat_map(|(_, slugs)| *slugs).map(|slug| slug.as_str()) {
            let (family, what) = slug.split_once('/').unwrap();
            let names = wrong_fields(slug, "");
            let expected: &[&str] = match (family, what) {
                ("merchantToken", "field-absent") | ("field", _) => &[],
                ("merchantToken", "amount-format" | "amt-differs") => &["merchantToken", "amt"],
                ("merchantToken", "timeStamp-differs" | "12-hour-clock" | "time-zone") => {
                    &["merchantToken", "timeStamp"]
                }
                ("merchantToken", "referenceNo-differs") => &["merchantToken", "referenceNo"],
                ("merchantToken", "userToken-differs") => &["merchantToken", "userToken"],
                ("merchantToken", "billingPhone-differs") => &["merchantToken", "billingPhone"],
                ("cancel", "too-much" | "not-all") => &["amt"],
                ("cancel", "full-after-partial") => &["cancelType"],
                ("cartData", "sum") => &["cartData", "amt"],
                ("tokenizeUser", "partner") => &["tokenizeUser", "mitraCd"],
                ("payValidDt", _) => &["payValidDt", "payValidTm"],
                ("referenceNo", "mismatch") => &["referenceNo", "tXid"],
                ("userToken", "other-customer") => &["userToken", "clientUserKey"],
                _ if ABOUT_NO_FIELD.contains(&family) => &[],
                // Every other family has the name of its field.
                _ => &[family],
            };
            assert_eq!(names, expected, "{slug}");
            let is_known = |name: &String| name == "tk" || Field::ALL.iter().any(|field| field.name() == name);
            assert!(names.iter().all(is_known), "{slug}: {names:?}");
        }
    }

    #[test]
    fn the_sentence_names_the_field_where_the_slug_does_not() {
        for (slug, sentence, names) in [
            ("field/missing", "amt is missing (absent, null or empty) (docs/PROTOCOL.md §3.3)", &["amt"][..]),
            (
                "field/missing",
                "referenceNo is missing: you sent \"referenceno\", but the field is called \"referenceNo\"",
                &["referenceNo", "referenceno"],
            ),
            ("field/type", "cartData is an object; it must be a string that contains the JSON", &["cartData"]),
            ("field/length", "goodsNm has 101 characters; the documented maximum is 100", &["goodsNm"]),
            ("field/control-character", "timeStamp \"2026\\n\" contains control characters", &["timeStamp"]),
            ("field/missing", "sellers is required by Akulaku (docs/PROTOCOL.md §2.1.3)", &["sellers"]),
            ("field/name", "you sent \"a\\\"b\\\\\", but the field is called \"amt\"", &["a\"b\\"]),
            ("merchantToken/field-absent", "tXid is missing (absent, null or empty)", &["tXid"]),
            (
                "merchantToken/field-differs",
                "the token was computed with cancelType \"1\" but \"2\" was sent",
                &["merchantToken", "cancelType"],
            ),
            ("body/duplicate-key", "the body has the key \"amt\" twice", &["amt"]),
            ("body/not-json", "the body is not JSON from byte 7 on", &[]),
            ("no/such-slug", "amt is wrong", &[]),
            ("", "", &[]),
        ] {
            assert_eq!(wrong_fields(slug, sentence), names, "{slug}: {sentence}");
        }
    }
}
