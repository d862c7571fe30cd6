//! The text of a scenario, and the file it is from.

use std::sync::Arc;

use serde::Deserialize;

use super::error::ScenarioError;

/// Bytes of a scenario file, at most.
pub const MAX_SCENARIO_BYTES: usize = 1024 * 1024;

/// The text of one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The scenario's name.
    pub name: Arc<str>,
    /// The file, as it is shown in messages.
    pub file: Arc<str>,
    /// The content of the file.
    pub text: Arc<str>,
}

impl Source {
    /// Decodes the content of a file.
    ///
    /// # Errors
    /// [`ScenarioError`] when the name is invalid, the file is too large or not UTF-8.
    pub fn from_bytes(name: &str, file: &str, bytes: Vec<u8>) -> Result<Self, ScenarioError> {
        if !is_valid_name(name) {
            let message =
                "a scenario file is named with 1 to 64 letters, digits, `-`, `_` and `.`, and ends in `.toml`";
            return Err(ScenarioError::in_file(file, message));
        }
        if bytes.len() > MAX_SCENARIO_BYTES {
            return Err(ScenarioError::in_file(file, too_large(bytes.len())));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            ScenarioError::at(file, &text, at..at, "the file is not UTF-8: save it as UTF-8")
        })?;
        // Some editors write a byte order mark; columns do not count it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(Self { name: name.into(), file: file.into(), text: text.into() })
    }

    /// The names in `include`; empty when the text is not valid TOML.
    pub fn includes(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Includes {
            #[serde(default)]
            include: Vec<String>,
        }
        toml::from_str(&self.text).map(|Includes { include }| include).unwrap_or_default()
    }
}

/// A scenario's name is part of an HTTP header and of its rules' ids.
pub(super) fn is_valid_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}

/// The error message for a file of so many bytes.
pub(super) fn too_large(bytes: usize) -> String {
    format!("the file has {bytes} bytes; the maximum is {MAX_SCENARIO_BYTES}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_are_refused_with_their_position() {
        let error = Source::from_bytes("x", "x.toml", b"title = 't'\n# \xc3\xa9 \xff".to_vec()).unwrap_err();
        assert_eq!((error.line, error.column), (2, 5), "{error}");
        let error = Source::from_bytes("x", "x.toml", vec![b' '; MAX_SCENARIO_BYTES + 1]).unwrap_err();
        assert!(error.message.contains("the maximum is 1048576"), "{error}");
        for name in ["", "a b", "\u{fc}", "a/b", &"x".repeat(65)] {
            assert!(Source::from_bytes(name, "x.toml", Vec::new()).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_removed() {
        let source = Source::from_bytes("x", "x.toml", "\u{feff}title = 't'\ninclude = ['y']".into()).unwrap();
        assert!(source.text.starts_with("title"));
        assert_eq!(source.includes(), ["y"]);
    }
}
