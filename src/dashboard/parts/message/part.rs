//! A request or a response: its first line, its headers, and its body, raw and field by field.

use serde_json::Value;
use url::form_urlencoded;

use super::tree::{Tree, tree};
use crate::dashboard::parts::{Field, fields};
use crate::domain::{KeyMask, MaskKeys as _};
use crate::protocol::FORM;

/// How many bytes of a body a page shows. A whole recorded body is not longer.
const MAX_SHOWN: usize = 16 * 1024 + 8;

/// A request or a response. Its texts are masked.
pub(in crate::dashboard) struct Part {
    pub(in crate::dashboard) is_response: bool,
    pub(in crate::dashboard) first_line: String,
    pub(in crate::dashboard) headers: String,
    /// The body as text, at most its beginning.
    pub(in crate::dashboard) body: String,
    /// How many bytes the body has.
    pub(in crate::dashboard) size: usize,
    /// Whether it was not UTF-8 text.
    pub(in crate::dashboard) is_binary: bool,
    /// Where the whole body can be loaded; none where all of it is shown.
    pub(in crate::dashboard) whole: Option<String>,
    /// Its fields, where it is a form or JSON.
    pub(in crate::dashboard) tree: Tree,
}

impl Part {
    /// With a body of this Content-Type.
    pub(super) fn new(is_response: bool, first_line: String, headers: &str, body: &str, mask: &KeyMask) -> Self {
        let is_binary = body.chars().any(|c| c == '\u{fffd}' || c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
        // What is no text is no form, either.
        let content_type = if is_binary && is_response { "" } else { header(headers, "content-type").unwrap_or("") };
        Self {
            is_response,
            first_line,
            headers: headers.to_owned(),
            tree: tree(content_type, body, mask),
            size: body.len(),
            is_binary,
            whole: None,
            body: if is_binary { visible(body) } else { body.to_owned() },
        }
    }

    /// Shows only the beginning of a large body; the whole one can be loaded from `address`.
    pub(super) fn cut(mut self, address: String) -> Self {
        if self.size > MAX_SHOWN {
            let end = (0..=MAX_SHOWN).rev().find(|at| self.body.is_char_boundary(*at)).unwrap_or(0);
            self.body.truncate(end);
            self.whole = Some(address);
        }
        self
    }

    /// Shows the fields of a request's query before those of its body, and marks these.
    pub(in crate::dashboard) fn mark(&mut self, names: &[String], mask: &KeyMask) {
        let query = self.first_line.split_once('?').map_or("", |(_, query)| query);
        self.tree = std::mem::take(&mut self.tree).after(tree(FORM, query, mask));
        self.tree.mark(names);
    }

    /// The fields of its body, not decoded any further.
    pub(in crate::dashboard) fn fields(&self, mask: &KeyMask) -> Vec<Field> {
        let mut all: Vec<_> = if self.headers.contains(FORM) {
            let fields = form_urlencoded::parse(self.body.as_bytes());
            fields.map(|(name, value)| Field { name: name.into_owned(), value: value.into_owned() }).collect()
        } else {
            serde_json::from_str::<Value>(&self.body).map(|object| fields(&object, &[])).unwrap_or_default()
        };
        // Any letter can be escaped: fields are masked after they were decoded.
        for Field { name, value } in &mut all {
            name.mask_keys(mask);
            value.mask_keys(mask);
        }
        all
    }

    /// The beginning of the ids of its elements.
    pub(in crate::dashboard) fn name(&self) -> &'static str {
        if self.is_response { "answer" } else { "request" }
    }
}

/// The value of a header in lines `name: value`.
fn header<'t>(headers: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = headers.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// A text whose control characters can be seen.
fn visible(text: &str) -> String {
    let picture = |c: char| match c {
        '\t' | '\n' | '\r' => c,
        '\u{7f}' => '\u{2421}',
        c if c.is_ascii_control() => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(picture).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(body: &str) -> Part {
        Part::new(true, String::new(), "Content-Type: application/json\n", body, &KeyMask::default())
    }

    #[test]
    fn control_characters_can_be_seen() {
        let binary = part("a\0\u{1b}\u{7f}\u{fffd}\n");
        assert_eq!((binary.body.as_str(), binary.is_binary, binary.size), ("a␀␛␡\u{fffd}\n", true, 8));
        assert!(!part("text\r\n\té").is_binary);
    }

    #[test]
    fn a_large_body_is_cut() {
        let large = part(&"é".repeat(100_000)).cut("/body".to_owned());
        assert_eq!((large.size, large.body.len(), large.whole.as_deref()), (200_000, MAX_SHOWN, Some("/body")));
        let small = part("x").cut("/body".to_owned());
        assert_eq!((small.body.as_str(), small.whole), ("x", None));
    }
}
