//! Any text as one line that is safe to display.

/// Escapes characters that a line cannot show, and cuts it after `max_chars` characters with an ellipsis.
///
/// Control characters, line ends and marks of the writing direction become Rust escapes (`\n`, `\u{202e}`). XML allows
/// every character that is left.
pub fn single_line(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len().min(4 * max_chars));
    let mut length = 0;
    for c in text.chars() {
        let escaped = is_unprintable(c).then(|| c.escape_default().to_string());
        let more = escaped.as_ref().map_or(1, String::len);
        if length + more > max_chars {
            // The ellipsis needs a place.
            while length >= max_chars.max(1) {
                line.pop();
                length -= 1;
            }
            line.push('…');
            break;
        }
        match escaped {
            Some(escaped) => line.push_str(&escaped),
            None => line.push(c),
        }
        length += more;
    }
    line
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Marks, embeddings, overrides and isolates of direction.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // Invisible characters.
            | '\u{200b}' | '\u{2060}' | '\u{feff}'
            // Noncharacters.
            | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_no_line_can_hold_is_written_out() {
        for (text, expected) in [
            ("plain é 漢 →", "plain é 漢 →"),
            ("a\r\nb\tc\0", r"a\r\nb\tc\u{0}"),
            ("x\u{202e}evil\u{2069}", r"x\u{202e}evil\u{2069}"),
            ("\u{feff}\u{ffff}\u{85}\u{2028}", r"\u{feff}\u{ffff}\u{85}\u{2028}"),
        ] {
            assert_eq!(single_line(text, 100), expected);
        }
    }

    #[test]
    fn what_is_too_long_is_cut_by_characters() {
        assert_eq!(single_line("éééé", 4), "éééé");
        assert_eq!(single_line("ééééé", 4), "ééé…");
        assert_eq!(single_line("ab\u{202e}", 4), "ab…", "nothing is written out by half");
        assert_eq!(single_line("abcd\n", 4), "abc…");
        assert_eq!(single_line(&"x".repeat(10_000), 10), "xxxxxxxxx…");
    }

    proptest! {
        #[test]
        fn a_line_is_short_and_has_no_direction_marks(text in any::<String>(), most in 1_usize..50) {
            let line = single_line(&text, most);
            prop_assert!(line.chars().count() <= most, "{line:?}");
            prop_assert!(!line.chars().any(is_unprintable), "{line:?}");
        }
    }
}
