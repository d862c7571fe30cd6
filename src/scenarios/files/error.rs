//! Errors of scenario files, with file, line, column and the text of the line.

use std::fmt;
use std::ops::Range;

/// How much of a line is shown, in characters.
const MAX_TEXT: usize = 200;

/// An error in a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ScenarioError {
    /// The file, or the name of a built-in scenario.
    pub file: String,
    /// The line, from 1; 0 when the error is about the whole file.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what is allowed.
    pub message: String,
    /// The text of the line.
    pub text: String,
}

impl ScenarioError {
    /// An error about the whole file.
    pub fn in_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, column: 0, message: message.into(), text: String::new() }
    }

    /// The error and the text of its line, in one line.
    pub fn one_line(&self) -> String {
        let text = self.text.trim();
        if text.is_empty() { self.brief() } else { format!("{}, in `{text}`", self.brief()) }
    }

    /// The error in one line, to quote it in an error about another file.
    pub(super) fn brief(&self) -> String {
        let Self { file, line, column, message, .. } = self;
        if *line == 0 {
            format!("{file}: {message}")
        } else {
            format!("{file}, line {line}, column {column}: {message}")
        }
    }

    /// An error at a byte range of the file.
    pub(in crate::scenarios) fn at(file: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = floor(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;
        let whole = text[line_start..].lines().next().unwrap_or_default();
        // Control characters in a file must not reach a terminal.
        let plain = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
        let mut text: String = whole.chars().take(MAX_TEXT).map(plain).collect();
        if whole.chars().nth(MAX_TEXT).is_some() {
            text.push('…');
        }
        Self { file: file.into(), line, column, message: message.into(), text }
    }

    /// An error somewhere in `region`: at the first word that the message quotes in backticks and that is found there.
    pub(super) fn in_region(file: &str, text: &str, region: Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        let lines = &text[floor(text, region.start)..floor(text, region.end)];
        let found = message.split('`').skip(1).step_by(2).find_map(|word| find_word(lines, word));
        let start = found.map_or(region.start, |at| region.start + at);
        Self::at(file, text, start..region.end, message)
    }
}

/// The start of the character at or before a byte.
fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Finds a whole word; of `key.part` only `key` is searched.
fn find_word(region: &str, word: &str) -> Option<usize> {
    let word = word.split([' ', '.', '=']).next().filter(|word| !word.is_empty())?;
    let joins = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    region.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = region[..*at].chars().next_back();
        let after = region[at + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        let Self { file, line, column, message, text } = self;
        let margin = " ".repeat(line.to_string().len());
        // Keep tabs, so that the caret is below its column.
        let blank = |c: char| if c == '\t' { c } else { ' ' };
        let caret: String = text.chars().map(blank).chain(std::iter::repeat(' ')).take(column - 1).collect();
        write!(f, "{file}, line {line}, column {column}: {message}\n{margin} |\n{line} | {text}\n{margin} | {caret}^")
    }
}
