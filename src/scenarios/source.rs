//! A scenario's text, and where it stands.

use std::sync::Arc;

use serde::Deserialize;

use super::error::ScenarioError;

/// Bytes of a file, at most: a scenario is read by people.
pub const MAX_BYTES: usize = 1024 * 1024;

/// One scenario's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: Arc<str>,
    /// The file, for people.
    pub file: Arc<str>,
    /// What is in it.
    pub text: Arc<str>,
}

impl Source {
    /// A file's text.
    ///
    /// # Errors
    /// [`ScenarioError`], where the bytes are no text, or too many, or the name is none.
    pub fn from_bytes(name: &str, file: &str, bytes: Vec<u8>) -> Result<Self, ScenarioError> {
        if !is_name(name) {
            let said = "a scenario has its file's name, without `.toml`: 1 to 64 letters, digits, `-`, `_` and `.`";
            return Err(ScenarioError::whole(file, said));
        }
        if bytes.len() > MAX_BYTES {
            return Err(ScenarioError::whole(file, too_large(bytes.len())));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            ScenarioError::at(file, &text, at..at, "this is not UTF-8: save the file as UTF-8")
        })?;
        // Some editors begin a file so; a column counts from behind it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(Self { name: name.into(), file: file.into(), text: text.into() })
    }

    /// The names of those that it includes; none where it cannot be read.
    pub fn includes(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Includes {
            #[serde(default)]
            include: Vec<String>,
        }
        toml::from_str(&self.text).map(|Includes { include }| include).unwrap_or_default()
    }
}

/// Names stand in a header, and in ids of rules.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}

/// The sentence for a file of so many bytes.
pub(super) fn too_large(bytes: usize) -> String {
    format!("the file has {bytes} bytes; a scenario has at most {MAX_BYTES}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        let error = Source::from_bytes("x", "x.toml", b"title = 't'\n# \xc3\xa9 \xff".to_vec()).unwrap_err();
        assert_eq!((error.line, error.column), (2, 5), "{error}");
        let error = Source::from_bytes("x", "x.toml", vec![b' '; MAX_BYTES + 1]).unwrap_err();
        assert!(error.message.contains("at most 1048576"), "{error}");
        for name in ["", "a b", "\u{fc}", "a/b", &"x".repeat(65)] {
            assert!(Source::from_bytes(name, "x.toml", Vec::new()).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let source = Source::from_bytes("x", "x.toml", "\u{feff}title = 't'\ninclude = ['y']".into()).unwrap();
        assert!(source.text.starts_with("title"));
        assert_eq!(source.includes(), ["y"]);
    }
}
