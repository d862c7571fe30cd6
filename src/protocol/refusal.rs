//! Refusals and notes, with their diagnoses.

use std::fmt::Write as _;

use super::code::Code;
use crate::diagnosis::Slug;

/// Why something was refused or noted: a fixed slug for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The slug, from the tables of [`crate::diagnosis`].
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
                _ => text.extend(c.escape_default()),
            }
            if text.len() >= 1_000 {
                text.push_str("...");
                break;
            }
        }
        text
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
            c if c.is_control() => text.extend(c.escape_default()),
            c => text.push(c),
        }
    }
    text.push('"');
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
        assert_eq!(header, r#"amt/format: got "x\r\nSet-Cookie: \u{e9}\u{1f600}""#);
        assert!(Diagnosis::new(Slug::AMT_FORMAT, "é".repeat(10_000)).header().len() < 1_024);
        assert!(quoted(&"x".repeat(100_000)).len() < 100);
    }
}
