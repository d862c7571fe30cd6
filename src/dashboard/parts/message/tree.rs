//! The fields of a body, one by one: of a form, or of JSON, whose objects can be folded. JSON inside a string, such as
//! `cartData`, is decoded.

use serde_json::Value;
use url::form_urlencoded;

use crate::dashboard::parts::fields::is_copied;
use crate::domain::KeyMask;
use crate::protocol::FORM;

/// How many rows a body has at most. The raw body has the rest.
const MAX_ROWS: usize = 400;
/// How deep objects are nested at most; what is deeper is text.
const MAX_DEPTH: usize = 12;
/// How many characters of a value are shown at most.
const MAX_VALUE: usize = 2_000;

/// A row of a body. Rows between `Open` and `Close` are inside that object.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum Row {
    Value {
        name: String,
        value: String,
        /// Whether it has a button to copy it.
        is_copied: bool,
        /// Whether it is what a refusal is about.
        is_marked: bool,
    },
    Open {
        name: String,
        /// How many entries it has.
        count: usize,
        /// Whether it was a string with JSON inside.
        is_decoded: bool,
        /// Its number in the body.
        number: usize,
        /// Whether it is open: what stands in an object is seen when that is opened.
        is_open: bool,
        /// Whether it is what a refusal is about.
        is_marked: bool,
    },
    Close,
}

/// The rows of a body.
#[derive(Debug, Default)]
pub(in crate::dashboard) struct Tree {
    pub(in crate::dashboard) rows: Vec<Row>,
    /// Whether rows are missing because they would be too many.
    pub(in crate::dashboard) is_cut: bool,
}

impl Tree {
    /// Marks these fields of the body, and opens them. What stands in an object is no field of the body.
    pub(super) fn mark(&mut self, names: &[String]) {
        let mut depth = 0_usize;
        for row in &mut self.rows {
            let is_wrong = |name: &String| depth == 0 && names.contains(name);
            match row {
                Row::Value { name, is_marked, .. } => *is_marked = is_wrong(name),
                Row::Open { name, is_open, is_marked, .. } => {
                    *is_marked = is_wrong(name);
                    *is_open |= *is_marked;
                    depth += 1;
                }
                Row::Close => depth = depth.saturating_sub(1),
            }
        }
    }

    /// With the rows of another one before its own. No two have the same number.
    pub(super) fn after(mut self, first: Self) -> Self {
        let shift = first.rows.len();
        for row in &mut self.rows {
            if let Row::Open { number, .. } = row {
                *number += shift;
            }
        }
        self.rows.splice(..0, first.rows);
        self.is_cut |= first.is_cut;
        self
    }
}

/// The rows of a form, or of a JSON object or array; none for another body.
pub(super) fn tree(content_type: &str, body: &str, mask: &KeyMask) -> Tree {
    let mut tree = Builder { tree: Tree::default(), values: 0, mask };
    if content_type.to_ascii_lowercase().contains(FORM) {
        for (name, value) in form_urlencoded::parse(body.as_bytes()) {
            tree.add(&name, &Value::from(value), 0);
        }
    } else {
        match serde_json::from_str(body) {
            Ok(Value::Object(fields)) => fields.iter().for_each(|(name, value)| tree.add(name, value, 0)),
            Ok(Value::Array(items)) => tree.add_items(&items, 0),
            _ => {}
        }
    }
    tree.tree
}

struct Builder<'m> {
    tree: Tree,
    /// How many rows there are.
    values: usize,
    mask: &'m KeyMask,
}

impl Builder<'_> {
    fn add(&mut self, name: &str, value: &Value, depth: usize) {
        if self.values >= MAX_ROWS {
            self.tree.is_cut = true;
            return;
        }
        self.values += 1;
        let inside = match value {
            Value::String(text) if text.starts_with(['{', '[']) => serde_json::from_str(text).ok(),
            _ => None,
        };
        let shown = inside.as_ref().unwrap_or(value);
        let count = match shown {
            Value::Object(fields) => fields.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        if count == 0 || depth == MAX_DEPTH {
            let is_copied = is_copied(name) && value.is_string();
            let (name, value) = (self.text(name), self.text(&text(value)));
            self.tree.rows.push(Row::Value {
                is_copied: is_copied && !value.is_empty(),
                is_marked: false,
                name,
                value,
            });
            return;
        }
        let (name, is_decoded) = (self.text(name), inside.is_some());
        self.tree.rows.push(Row::Open {
            name,
            count,
            is_decoded,
            number: self.values,
            is_open: depth > 0,
            is_marked: false,
        });
        match shown {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.add(name, value, depth + 1)),
            Value::Array(items) => self.add_items(items, depth + 1),
            _ => {}
        }
        self.tree.rows.push(Row::Close);
    }

    fn add_items(&mut self, items: &[Value], depth: usize) {
        for (i, item) in items.iter().enumerate() {
            self.add(&format!("[{i}]"), item, depth);
        }
    }

    /// Any letter can be escaped: a text is masked after it was decoded, and before it is cut.
    fn text(&self, text: &str) -> String {
        let masked = self.mask.masked(text);
        match masked.char_indices().nth(MAX_VALUE) {
            Some((end, _)) => format!("{}…", &masked[..end]),
            None => masked.into_owned(),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line for each row.
    fn lines(content_type: &str, body: &str) -> Vec<String> {
        let rows = tree(content_type, body, &KeyMask::default()).rows;
        let line = |row: &Row| match row {
            Row::Value { name, value, is_copied, .. } => {
                format!("{name}={value}{}", if *is_copied { " copy" } else { "" })
            }
            Row::Open { name, count, is_decoded, .. } => {
                format!("{name}: {count}{}", if *is_decoded { "!" } else { "" })
            }
            Row::Close => "/".to_owned(),
        };
        rows.iter().map(line).collect()
    }

    #[test]
    fn objects_are_folded_and_strings_with_json_are_decoded() {
        let body = r#"{"tXid":"T","amt":1.50,"none":null,"cartData":"{\"item\":[{\"qty\":1}]}","bad":"{x","empty":{}}"#;
        let expected =
            ["tXid=T copy", "amt=1.50", "none=null", "cartData: 1!", "item: 1", "[0]: 1", "qty=1", "/", "/", "/"];
        let lines_of = lines("application/json", body);
        assert_eq!(lines_of[..1], expected[..1]);
        assert_eq!(lines_of[2..10], expected[2..]);
        assert_eq!(lines_of[10..], ["bad={x", "empty={}"]);
        assert_eq!(
            lines(FORM, "a=1&a=%2B&sellers=[1]&userToken="),
            ["a=1", "a=+", "sellers: 1!", "[0]=1", "/", "userToken="]
        );
        assert_eq!(lines("", "[true]"), ["[0]=true"]);
        for other in ["", "text", "1", "\"x\"", "{"] {
            assert_eq!(lines("", other), [""; 0], "{other}");
        }
    }

    #[test]
    fn fields_of_the_body_are_marked_and_opened_and_those_of_a_query_come_first() {
        let mask = KeyMask::default();
        let body = r#"{"amt":"1","cartData":"{\"amt\":\"2\",\"item\":[1]}","sellers":[1]}"#;
        let mut all = tree("", body, &mask).after(tree(FORM, "tXid=T&list=[1]", &mask));
        all.mark(&["amt".to_owned(), "cartData".to_owned()]);
        let seen = all.rows.iter().filter_map(|row| match row {
            Row::Value { name, is_marked, .. } => Some((name.as_str(), *is_marked, None)),
            Row::Open { name, is_marked, is_open, number, .. } => Some((name, *is_marked, Some((*is_open, *number)))),
            Row::Close => None,
        });
        let expected = [
            ("tXid", false, None),
            ("list", false, Some((false, 2))),
            ("[0]", false, None),
            ("amt", true, None),
            ("cartData", true, Some((true, 6))),
            ("amt", false, None),
            ("item", false, Some((true, 8))),
            ("[0]", false, None),
            ("sellers", false, Some((false, 10))),
            ("[0]", false, None),
        ];
        assert_eq!(seen.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn rows_depth_and_values_have_limits() {
        let many = format!("[{}1]", "1,".repeat(100_000));
        let tree_of = tree("", &many, &KeyMask::default());
        assert!(tree_of.rows.len() == MAX_ROWS && tree_of.is_cut);
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let opened = tree("", &deep, &KeyMask::default()).rows;
        assert_eq!(opened.len(), 2 * MAX_DEPTH + 1);
        let long = lines(FORM, &format!("a={}", "é".repeat(10_000)));
        assert_eq!(long[0].chars().count(), MAX_VALUE + 3);
    }
}
