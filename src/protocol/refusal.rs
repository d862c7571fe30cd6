//! Refusals and notes, with their diagnoses.

use std::fmt::Write as _;

use super::code::Code;
use crate::diagnosis::Slug;

/// Why something was refused or noted: a fixed slug for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The slug, from the tables of `diagnosis`.
    pub slug: Slug,
    /// The field, its value, the rule, and the section of the protocol.
    pub sentence: Box<str>,
}

impl Diagnosis {
    /// A diagnosis.
    pub fn new(slug: Slug, sentence: impl Into<Box<str>>) -> Self {
        Self { slug, sentence: sentence.into() }
    }

    /// For a header: ASCII, one line, at most 1 KiB.
    pub fn header(&self) -> String {
        let mut text = format!("{}: ", self.slug);
        for c in self.sentence.chars() {
            match c {
                ' '..='~' => text.push(c),
                // A header is ASCII: `docs/PROTOCOL.md §2.1` is written with a word.
                '§' => text.push_str("section "),
                _ => push_escaped(&mut text, c),
            }
            if text.len() >= 1_000 {
                text.push_str("...");
                break;
            }
        }
        text
    }
}

/// Adds a character as JSON escapes it.
fn push_escaped(text: &mut String, c: char) {
    match c {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
}

/// Quotes a value of the request: escaped, and truncated to 64 characters.
pub fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len().min(64) + 2);
    text.push('"');
    for (i, c) in value.chars().enumerate() {
        if i == 64 {
            let _ = write!(text, "… ({} characters)", value.chars().count());
            break;
        }
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => push_escaped(&mut text, c),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// The beginning of a text that has quotes of its own, such as JSON: in backticks, and too short to show a key.
pub(super) fn excerpt(value: &str) -> String {
    let mut text = String::from("`");
    for (i, c) in value.trim().chars().enumerate() {
        if i == 12 {
            text.push('…');
            break;
        }
        if c.is_control() { push_escaped(&mut text, c) } else { text.push(c) }
    }
    text.push('`');
    text
}

/// A refusal by NICEPAY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The result code.
    pub code: Code,
    /// Why.
    pub diagnosis: Diagnosis,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: Code, slug: Slug, sentence: impl Into<Box<str>>) -> Self {
        Self { code, diagnosis: Diagnosis::new(slug, sentence) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_break_out_of_a_header() {
        let header =
            Diagnosis::new(Slug::AMT_FORMAT, format!("got {}", quoted("x\r\nSet-Cookie: é\u{1F600}"))).header();
        assert_eq!(header, r#"amt/format: got "x\r\nSet-Cookie: \u00e9\ud83d\ude00""#);
        assert!(Diagnosis::new(Slug::AMT_FORMAT, "é".repeat(10_000)).header().len() < 1_024);
        assert!(quoted(&"x".repeat(100_000)).len() < 100);
    }
}
