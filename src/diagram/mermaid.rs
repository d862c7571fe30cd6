//! A diagram as Mermaid text.

use std::fmt::Write;

use super::arrow::{Arrow, Lane, Part};
use super::sequence_diagram::Diagram;
use super::single_line::single_line;
use crate::language::Lang;

/// Characters of a label.
const MAX_LABEL_CHARS: usize = 200;

/// The diagram as a Mermaid sequence diagram.
pub fn mermaid(diagram: &Diagram) -> String {
    let mut text = String::from("sequenceDiagram\n");
    for lane in Lane::ALL {
        line(&mut text, format_args!("participant {} as {}", id(lane), escaped(diagram.name(lane))));
    }
    for arrow in &diagram.arrows {
        if let Some(pause) = arrow.pause {
            line(&mut text, format_args!("Note over C,P: +{}", diagram.lang.duration(pause)));
        }
        let label = label(arrow, diagram.lang);
        let (from, to) = (id(arrow.from), id(arrow.to));
        if from == to {
            line(&mut text, format_args!("Note over {from}: {label}"));
        } else {
            let kind = match (arrow.event, arrow.part) {
                (None, _) => "--)",
                (Some(_), Part::Request) => "->>",
                (Some(_), Part::Answer) => "-->>",
            };
            line(&mut text, format_args!("{from}{kind}{to}: {label}"));
        }
    }
    text
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "    {line}");
}

const fn id(lane: Lane) -> &'static str {
    match lane {
        Lane::Customer => "C",
        Lane::Merchant => "M",
        Lane::Nicepay => "N",
        Lane::Partner => "P",
    }
}

fn label(arrow: &Arrow, lang: Lang) -> String {
    let mut label = single_line(&arrow.label, MAX_LABEL_CHARS);
    let notes = arrow.notes(lang);
    if !notes.is_empty() {
        label = format!("{label} ({})", single_line(&notes.join(", "), MAX_LABEL_CHARS));
    }
    escaped(&label)
}

/// Escapes text so that Mermaid finds no syntax in it: everything but letters, digits and harmless signs becomes an
/// entity code (`#59;`), which Mermaid shows as the character. So does the first letter of a word that could end a
/// block.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let harmless = match c {
            ' ' | '.' | ',' | '-' | '/' | '(' | ')' | '+' | '\'' | '→' | '…' => true,
            // `wrap:` and `style:` are syntax.
            ':' => text[at..].starts_with(": ") && !text[..at].ends_with("wrap"),
            _ => c.is_alphanumeric(),
        };
        let begins_end = !before.is_alphanumeric() && is_end(&text[at..]);
        if harmless && !begins_end {
            escaped.push(c);
        } else {
            let _ = write!(escaped, "#{};", u32::from(c));
        }
        before = c;
    }
    // Mermaid drops a message without text.
    if escaped.trim().is_empty() { "#160;".to_owned() } else { escaped }
}

fn is_end(rest: &str) -> bool {
    let word = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("end"));
    word && !rest[3..].starts_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_never_syntax() {
        for (text, expected) in [
            ("POST registration", "POST registration"),
            ("a;b#c", "a#59;b#35;c"),
            ("<img onerror=x>", "#60;img onerror#61;x#62;"),
            ("%%{init}%%", "#37;#37;#123;init#125;#37;#37;"),
            ("the end", "the #101;nd"),
            ("End", "#69;nd"),
            ("pending ends", "pending ends"),
            ("`x`: \"y\" \\", "#96;x#96;: #34;y#34; #92;"),
            ("wrap: x:#1", "wrap#58; x#58;#35;1"),
            ("", "#160;"),
            ("  ", "#160;"),
            ("é漢", "é漢"),
            ("endé éend", "endé éend"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    proptest! {
        #[test]
        fn a_label_stays_a_label(text in any::<String>()) {
            let escaped = escaped(&single_line(&text, MAX_LABEL_CHARS));
            let unescaped = escaped.contains(['\n', '\r', '<', '>', '%', '"', '`', '{', '}', '[', ']', '|', '&']);
            prop_assert!(!unescaped, "{escaped}");
            // Each number sign begins a code, and each semicolon ends one.
            let rest = escaped.split('#').skip(1).map(|code| code.split_once(';'));
            for code in rest {
                let (digits, rest) = code.expect("a code");
                prop_assert!(digits.parse::<u32>().is_ok() && !rest.contains(';'), "{escaped}");
            }
            prop_assert!(!escaped.split('#').next().unwrap_or_default().contains(';'));
        }
    }
}
