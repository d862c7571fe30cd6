//! What is wrong with a scenario file, and where: file, line, column, and the line itself.

use std::fmt;
use std::ops::Range;

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ScenarioError {
    /// The file, or the name of a built-in scenario.
    pub file: String,
    /// The line, from 1; 0 where the whole file is wrong.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what is allowed.
    pub message: String,
    /// The line itself.
    pub text: String,
}

impl ScenarioError {
    /// NotificationSubject a file as a whole.
    pub fn whole(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: 0, column: 0, message: message.into(), text: String::new() }
    }

    /// In one line, for a sentence about another file.
    pub(super) fn brief(&self) -> String {
        let Self { file, line, column, message, .. } = self;
        if *line == 0 {
            format!("{file}: {message}")
        } else {
            format!("{file}, line {line}, column {column}: {message}")
        }
    }

    /// NotificationSubject the bytes of a file in `span`.
    pub(super) fn at(file: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = floor(text, span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;
        let whole = text[line_start..].lines().next().unwrap_or_default();
        // A terminal is not to be steered by what is shown on it.
        let plain = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
        let text = whole.chars().take(200).map(plain).collect();
        Self { file: file.into(), line, column, message: message.into(), text }
    }

    /// NotificationSubject something in `region`: the first word in backticks of the message that is found there.
    pub(super) fn about(file: &str, text: &str, region: Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        let lines = &text[floor(text, region.start)..floor(text, region.end)];
        let found = message.split('`').skip(1).step_by(2).find_map(|word| find_word(lines, word));
        let start = found.map_or(region.start, |at| region.start + at);
        Self::at(file, text, start..region.end, message)
    }
}

/// The nearest character's beginning at or before a byte.
fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Where a word stands by itself; the value after `key.` is looked for as `key`.
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
        // A tab before the place is as wide below the line as in it.
        let blank = |c: char| if c == '\t' { c } else { ' ' };
        let caret: String = text.chars().map(blank).chain(std::iter::repeat(' ')).take(column - 1).collect();
        write!(f, "{file}, line {line}, column {column}: {message}\n{margin} |\n{line} | {text}\n{margin} | {caret}^")
    }
}
