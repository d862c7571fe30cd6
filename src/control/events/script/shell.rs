//! Texts inside a bash script. Any text is data there: it runs nothing and hides nothing.

use std::fmt::Write as _;

/// Whether a character is written as an escape: a control character, or one that changes how the others look.
fn is_escaped(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn push_escaped(out: &mut String, c: char) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(out, "\\{byte:03o}");
    }
}

/// A format of `printf` that prints this text, as one word. Unlike a variable it can hold NUL.
pub(super) fn format(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("'\\''"),
            '\\' => out.push_str("\\\\"),
            '%' => out.push_str("%%"),
            c if is_escaped(c) => push_escaped(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// One word with this text, which has no NUL.
pub(super) fn word(text: &str) -> String {
    if !text.contains(is_escaped) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            c if is_escaped(c) => push_escaped(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_word() {
        assert_eq!(format("it's 100% a\\b\r\n\0"), "'it'\\''s 100%% a\\\\b\\015\\012\\000'");
        assert_eq!(format("$(id) `id` \"$KEY\" !!"), "'$(id) `id` \"$KEY\" !!'");
        assert_eq!(format("\u{202e}"), "'\\342\\200\\256'");
        assert_eq!(word("it's $(id)"), "'it'\\''s $(id)'");
        assert_eq!(word("a\nit's\\"), "$'a\\012it\\'s\\\\'");
    }
}
