//! Text of anybody's, made fit to be shown in one line.

/// `text` without what no line can hold: control characters, line ends and whatever turns the direction of writing are
/// written as Rust writes them (`\n`, `\u{202e}`), and more than `most` characters are cut, with an ellipsis in their
/// place. XML can hold all that is left.
pub fn shown(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(4 * most));
    let mut length = 0;
    for c in text.chars() {
        let escaped = unfit(c).then(|| c.escape_default().to_string());
        let more = escaped.as_ref().map_or(1, String::len);
        if length + more > most {
            // What is cut makes room for the ellipsis.
            while length >= most.max(1) {
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

fn unfit(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Marks, embeddings, overrides and isolates of direction.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // What cannot be seen.
            | '\u{200b}' | '\u{2060}' | '\u{feff}'
            // No characters.
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
            assert_eq!(shown(text, 100), expected);
        }
    }

    #[test]
    fn what_is_too_long_is_cut_by_characters() {
        assert_eq!(shown("éééé", 4), "éééé");
        assert_eq!(shown("ééééé", 4), "ééé…");
        assert_eq!(shown("ab\u{202e}", 4), "ab…", "nothing is written out by half");
        assert_eq!(shown("abcd\n", 4), "abc…");
        assert_eq!(shown(&"x".repeat(10_000), 10), "xxxxxxxxx…");
    }

    proptest! {
        #[test]
        fn no_text_is_longer_or_turns_around(text in any::<String>(), most in 1_usize..50) {
            let line = shown(&text, most);
            prop_assert!(line.chars().count() <= most, "{line:?}");
            prop_assert!(!line.chars().any(unfit), "{line:?}");
        }
    }
}
