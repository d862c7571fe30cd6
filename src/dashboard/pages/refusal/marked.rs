//! Marks fields in the text of a request, byte for byte as it was sent.

use std::ops::Range;

use url::form_urlencoded;

/// A piece of a text, and whether it is marked.
pub(super) type Piece = (String, bool);

/// The text of a JSON object or of a form, with these fields marked. What cannot be read is not marked.
pub(super) fn marked(text: &str, is_form: bool, names: &[String]) -> Vec<Piece> {
    let found = if is_form { form_fields(text) } else { json_fields(text) };
    let (mut pieces, mut at) = (Vec::new(), 0);
    for (_, range) in found.into_iter().filter(|(name, _)| names.contains(name)) {
        pieces.push((text[at..range.start].to_owned(), false));
        pieces.push((text[range.clone()].to_owned(), true));
        at = range.end;
    }
    pieces.push((text[at..].to_owned(), false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// The fields of a form or of a query, and where each stands.
fn form_fields(text: &str) -> Vec<(String, Range<usize>)> {
    let mut at = 0;
    let pairs = text.split('&').map(|pair| {
        let range = at..at + pair.len();
        at = range.end + 1;
        (form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default(), range)
    });
    pairs.collect()
}

/// The fields of a JSON object, and where each stands: from the quotes of its name to the end of its value. Ends where the
/// text is no JSON object.
fn json_fields(text: &str) -> Vec<(String, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let Some(mut at) = expect(bytes, 0, b'{') else { return fields };
    loop {
        let start = blanks_end(bytes, at);
        let Some(name_end) = string_end(bytes, start) else { return fields };
        let Ok(name) = serde_json::from_str::<String>(&text[start..name_end]) else { return fields };
        let Some(value) = expect(bytes, name_end, b':') else { return fields };
        let end = value_end(bytes, blanks_end(bytes, value));
        fields.push((name, start..end));
        let Some(next) = expect(bytes, end, b',') else { return fields };
        at = next;
    }
}

fn blanks_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The place after this byte, where it is the next after blanks.
fn expect(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    let at = blanks_end(bytes, at);
    (bytes.get(at) == Some(&byte)).then_some(at + 1)
}

/// The place after a string in quotes.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The place after a value: a string, an object, an array, or a word.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                // A string that does not end is the rest.
                at = string_end(bytes, at).unwrap_or(bytes.len());
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return at + depth,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return at,
            byte if depth == 0 && byte.is_ascii_whitespace() => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text with «marks».
    fn shown(text: &str, is_form: bool, name: &str) -> String {
        let pieces = marked(text, is_form, &[name.to_owned()]);
        pieces.into_iter().map(|(piece, marked)| if marked { format!("«{piece}»") } else { piece }).collect()
    }

    #[test]
    fn a_field_of_an_object_is_marked_where_it_stands() {
        for (body, expected) in [
            (r#"{"amt":"1","x":2}"#, r#"{«"amt":"1"»,"x":2}"#),
            (r#"{ "x" : 2 , "amt" : 1.50 }"#, r#"{ "x" : 2 , «"amt" : 1.50» }"#),
            (r#"{"x":{"amt":1},"amt":[1,{"a":"]}"}],"y":0}"#, r#"{"x":{"amt":1},«"amt":[1,{"a":"]}"}]»,"y":0}"#),
            (r#"{"x":"\"amt\":1","amt":null}"#, r#"{"x":"\"amt\":1",«"amt":null»}"#),
            (r#"{"amt":"1","amt":"2"}"#, r#"{«"amt":"1"»,«"amt":"2"»}"#),
            (r#"{"\u0061mt":true}"#, r#"{«"\u0061mt":true»}"#),
            (r#"{"amt":"it does not end"#, r#"{«"amt":"it does not end»"#),
            (r#"{"amt":"ü\\","x":1}"#, r#"{«"amt":"ü\\"»,"x":1}"#),
            (r#"["amt",1]"#, r#"["amt",1]"#),
            ("amt", "amt"),
            ("", ""),
        ] {
            assert_eq!(shown(body, false, "amt"), expected);
        }
    }

    #[test]
    fn a_field_of_a_form_is_marked_where_it_stands() {
        for (body, expected) in [
            ("a=1&amt=2&b=3", "a=1&«amt=2»&b=3"),
            ("%61mt=2&&amt", "«%61mt=2»&&«amt»"),
            ("xamt=2&b=amt=1", "xamt=2&b=amt=1"),
            ("", ""),
        ] {
            assert_eq!(shown(body, true, "amt"), expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_lost(text in r#"[{}\[\]:,"\\a ü&=%]{0,40}"#, is_form: bool) {
            let pieces = marked(&text, is_form, &["a".to_owned(), String::new()]);
            prop_assert_eq!(pieces.into_iter().map(|(piece, _)| piece).collect::<String>(), text);
        }
    }
}
