//! Finds out why a text is not JSON, and says it in the words of its author, not in those of a parser.

use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::field::Field;
use crate::diagnosis::Slug;
use crate::protocol::refusal::excerpt;

/// What is wrong: a slug for a body, and a phrase that continues "the body …" or "cartData …".
pub(super) struct Mistake {
    pub(super) slug: Slug,
    pub(super) phrase: String,
}

impl Mistake {
    pub(super) fn new(slug: Slug, phrase: impl Into<String>) -> Self {
        Self { slug, phrase: phrase.into() }
    }

    fn not_json(phrase: impl Into<String>) -> Self {
        Self::new(Slug::BODY_NOT_JSON, phrase)
    }
}

/// Why `text` is not JSON; none where it is.
pub(super) fn json_mistake(text: &str) -> Option<Mistake> {
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    let whole = || html_or_text_before(text).or_else(|| form(text)).or_else(|| text_after(text));
    if text.starts_with('\u{feff}') {
        return Some(Mistake::not_json("begins with a byte order mark (EF BB BF); write UTF-8 without it"));
    }
    if error.classify() == Category::Eof {
        return Some(whole().unwrap_or_else(|| Mistake::new(Slug::BODY_TRUNCATED, truncated(text))));
    }
    let at = offset(text, &error);
    Some(whole().unwrap_or_else(|| Mistake::not_json(mistake_at(text, at))))
}

/// The byte at which the parser stopped.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // Of a control character inside a text, the parser gives the byte before it.
    let before = usize::from(!error.to_string().starts_with("control character"));
    let mut at = (line_start + error.column()).saturating_sub(before).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Text before the JSON: a warning of PHP, a page of HTML.
fn html_or_text_before(text: &str) -> Option<Mistake> {
    let text = text.trim_start();
    let start = text.find(['{', '[']).unwrap_or(text.len());
    let (before, json) = text.split_at(start);
    let is_markup = before.starts_with('<');
    let is_message = ["warning", "notice", "error", "deprecated"]
        .iter()
        .any(|word| before.to_ascii_lowercase().contains(&format!("{word}:")));
    if !is_markup && !is_message {
        return None;
    }
    Some(Mistake::not_json(if json.starts_with('{') {
        format!("begins with {}, not with the JSON: your program printed a message before it", excerpt(before))
    } else {
        format!("is HTML, XML or an error message, not JSON: {}", excerpt(before))
    }))
}

/// A form, sent where JSON is expected.
fn form(text: &str) -> Option<Mistake> {
    let first = text.trim_start().split(['&', '\r', '\n']).next().unwrap_or_default();
    let is_multipart = first.starts_with("--") && text.contains("form-data");
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-%.+[]".contains(&b));
    let is_form = first.split_once('=').is_some_and(|(name, _)| is_name(name))
        || first.is_empty() && text.contains('=')
        || Field::from_name(first).is_some();
    (is_multipart || is_form)
        .then(|| Mistake::new(Slug::BODY_CONTENT_TYPE, format!("is a form, {}, not JSON", excerpt(first))))
}

/// Text after the end of the JSON.
fn text_after(text: &str) -> Option<Mistake> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let is_complete = text.trim_start().starts_with(['{', '[', '"']) && matches!(values.next(), Some(Ok(_)));
    let after = is_complete.then(|| text[values.byte_offset()..].trim_start()).filter(|after| !after.is_empty())?;
    Some(Mistake::not_json(format!("goes on after the end of the JSON with {}", excerpt(after))))
}

/// What is open at the end.
fn truncated(text: &str) -> String {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' if !in_string => open.push('}'),
            '[' if !in_string => open.push(']'),
            '}' | ']' if !in_string => _ = open.pop(),
            _ => {}
        }
    }
    match (in_string, open.last()) {
        (true, _) => "ends inside a text: its closing quote is missing".to_owned(),
        (false, Some(bracket)) => format!("ends before its last `{bracket}`"),
        (false, None) => "ends too early".to_owned(),
    }
}

/// What is wrong at byte `at`.
fn mistake_at(text: &str, at: usize) -> String {
    let (before, rest) = text.split_at(at);
    let previous = before.trim_end().chars().next_back().unwrap_or_default();
    let word = word_at(text, at);
    let near = || format!("at byte {at}, {}", excerpt(rest));
    let expects_key = matches!(previous, '{' | ',');
    match rest.chars().next().unwrap_or_default() {
        c if before.ends_with('\\') => format!("has the escape `\\{c}`, at byte {at}; JSON has no such escape"),
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' | '\u{ab}' | '\u{bb}' => {
            format!("has typographic quotes, {}; JSON needs straight ones: \"", near())
        }
        '\'' => format!("has single quotes, {}; JSON needs double ones: let a JSON library write it", near()),
        '}' | ']' if previous == ',' => format!("has a comma before the closing bracket, {}", near()),
        '\\' if rest.starts_with("\\\"") => {
            format!("has a backslash before its quotes, at byte {at}: it was encoded twice, or escaped by hand")
        }
        '&' if rest.starts_with("&quot;") || rest.starts_with("&#") => {
            format!("is HTML-escaped, {}: send the JSON as it was before htmlspecialchars()", near())
        }
        '"' if !matches!(previous, ',' | '{' | '[' | ':') => format!("lacks a comma or a colon {}", near()),
        '/' | '#' => format!("has a comment, {}; JSON has none", near()),
        '0'..='9' if previous == '0' => {
            format!("has a number that begins with 0, {}; write it in quotes", near())
        }
        c if c.is_control() => {
            format!("has a line end or another control character inside a text, at byte {at}; write it as \\n")
        }
        _ if !word.is_empty() && expects_key && !is_no_value(word) => {
            format!("has the key {word} without quotes, at byte {at}")
        }
        _ if !word.is_empty() => format!("has the value {word} without quotes, at byte {at}; JSON has no such value"),
        _ => format!("is not JSON from byte {at} on: {}", excerpt(rest)),
    }
}

/// Words of programming languages where a variable had no value.
fn is_no_value(word: &str) -> bool {
    ["undefined", "NaN", "None", "True", "False", "nil", "NULL"].contains(&word)
}

/// The word around byte `at`, outside of quotes.
fn word_at(text: &str, at: usize) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text[..at].char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(at, |(i, _)| i);
    let length = text[start..].find(|c| !is_part(c)).unwrap_or(text.len() - start);
    let word = &text[start..start + length];
    if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && word.len() <= 40 { word } else { "" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_mistake_is_named() {
        for (text, slug, phrase) in [
            ("\u{feff}{}", "body/not-json", "byte order mark"),
            ("{\u{201c}amt\u{201d}:1}", "body/not-json", "typographic quotes"),
            ("{\"amt\":\u{201c}1\u{201d}}", "body/not-json", "typographic quotes"),
            ("{'amt':1}", "body/not-json", "single quotes"),
            ("{\"amt\":'1'}", "body/not-json", "single quotes"),
            ("{\"amt\":1,}", "body/not-json", "comma before the closing bracket"),
            ("{\"item\":[1,]}", "body/not-json", "comma before the closing bracket"),
            ("{\"amt\":1 \"iMid\":2}", "body/not-json", "lacks a comma"),
            ("<br />\n<b>Warning</b>: Undefined index\n{\"amt\":1}", "body/not-json", "printed a message before it"),
            ("PHP Warning: x {\"amt\":1}", "body/not-json", "printed a message before it"),
            ("<html></html>", "body/not-json", "HTML"),
            ("amt=1&iMid=2", "body/content-type", "is a form, `amt=1`"),
            ("--x\r\nContent-Disposition: form-data; name=\"amt\"", "body/content-type", "is a form"),
            ("---\namt: 1", "body/not-json", "is not JSON"),
            ("form-data", "body/not-json", "the value form without quotes"),
            ("{\"amt\":1", "body/truncated", "before its last `}`"),
            ("{\"item\":[{\"a\":\"]\"}", "body/truncated", "before its last `]`"),
            ("{\"amt\":\"1", "body/truncated", "inside a text"),
            ("{\"amt\":1}{}", "body/not-json", "goes on after the end of the JSON with `{}`"),
            ("{\\\"amt\\\":1}", "body/not-json", "backslash before its quotes"),
            ("{&quot;amt&quot;:1}", "body/not-json", "HTML-escaped"),
            ("{amt:1}", "body/not-json", "the key amt without quotes"),
            ("{\"amt\":undefined}", "body/not-json", "the value undefined"),
            ("{\"amt\":nil}", "body/not-json", "the value nil"),
            ("{\"amt\":None}", "body/not-json", "the value None"),
            ("{\"amt\":012}", "body/not-json", "begins with 0"),
            ("{\"a\":\"x\ny\"}", "body/not-json", "control character"),
            ("{\"a\":1, // x\n\"b\":2}", "body/not-json", "comment"),
            ("{\"a\":\"\\'\"}", "body/not-json", "escape"),
            ("hello", "body/not-json", "the value hello without quotes"),
        ] {
            let mistake = json_mistake(text).unwrap();
            assert_eq!(mistake.slug.as_str(), slug, "{text}: {}", mistake.phrase);
            assert!(mistake.phrase.contains(phrase), "{text}: {}", mistake.phrase);
        }
        assert!(json_mistake("{}").is_none());
    }

    proptest! {
        #[test]
        fn every_text_that_is_not_json_has_a_mistake(text in "[\\PC\n]{0,40}|[{}\\[\\]\":,a\\\\'0\u{201c} ]{0,20}") {
            let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert!(is_json || json_mistake(&text).is_some() || text.contains(|c: char| c.is_ascii_digit() || c == '\\'));
        }
    }
}
