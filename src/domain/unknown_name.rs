//! The error of reading a name that is none of the known ones.

/// A text that is not one of the known names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither {known}")]
pub struct UnknownNameError {
    text: String,
    known: &'static str,
}

impl UnknownNameError {
    /// `known` are the names, such as "`a` nor `b`".
    pub(super) fn new(text: &str, known: &'static str) -> Self {
        Self { text: text.to_owned(), known }
    }
}
