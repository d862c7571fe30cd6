//! Reads one flat JSON object exactly as it was sent.
//!
//! A general parser turns `25145.0` into a number and forgets how it was written, keeps the last of two equal keys, and
//! reads every string twice where its text is needed. Tokens are computed over the text as it was sent, so this reader
//! keeps that text: strings borrow from the body, and numbers keep their text. Objects and arrays inside are skipped;
//! `serde_json` checks them. A property test compares this reader with `serde_json`.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// A value, as far as a flat object has values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    Null,
    Text(Cow<'a, str>),
    /// Its decimal text.
    Number(&'a str),
    /// `true`, `false`, an object or an array: its JSON.
    Other(&'a str),
}

/// Why a body is not a flat object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JsonError {
    Truncated,
    NotAnObject,
    /// At this byte.
    Syntax(usize),
}

type Read<T> = Result<T, JsonError>;

/// Calls `field` with every key and value, in order, until it refuses.
pub(super) fn each_field<'a, E: From<JsonError>>(
    text: &'a str,
    mut field: impl FnMut(Cow<'a, str>, Scalar<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader { text, at: 0 };
    reader.open()?;
    reader.blanks();
    if reader.peek() == Some(b'}') {
        reader.at += 1;
    } else {
        loop {
            reader.blanks();
            let key = reader.string()?;
            reader.blanks();
            reader.expect(b':')?;
            reader.blanks();
            let value = reader.value()?;
            field(key, value)?;
            reader.blanks();
            match reader.next()? {
                b',' => {}
                b'}' => break,
                _ => return Err(reader.syntax_before().into()),
            }
        }
    }
    reader.blanks();
    if reader.at == text.len() { Ok(()) } else { Err(JsonError::Syntax(reader.at).into()) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// Marks the bytes that end the plain part of a string: the closing quote, an escape, or a control character, which must
/// not be there. Of the marks, the lowest is always right, and only that one counts.
fn ends(word: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(word);
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit);
    // With this bit flipped, the quote is 0x20, and only the control characters are below it.
    let quote_or_control = below(word ^ (ONES * 0x02), 0x21);
    let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
    (quote_or_control | backslash) & !word & HIGH
}

/// Where the plain part of a string ends. Most of a request's bytes pass through here, so eight are checked at a time.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let marks = ends(*word);
        if marks != 0 {
            return Some(i * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    rest.iter().position(ends).map(|at| words.len() * 8 + at)
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Read<u8> {
        let byte = self.peek().ok_or(JsonError::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn syntax_before(&self) -> JsonError {
        JsonError::Syntax(self.at.saturating_sub(1))
    }

    fn expect(&mut self, expected: u8) -> Read<()> {
        if self.next()? == expected { Ok(()) } else { Err(self.syntax_before()) }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn open(&mut self) -> Read<()> {
        self.blanks();
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                Ok(())
            }
            None => Err(JsonError::Truncated),
            // Something else that is JSON, or nothing that is.
            Some(_) if serde_json::from_str::<&RawValue>(self.text).is_ok() => Err(JsonError::NotAnObject),
            Some(_) => Err(JsonError::Syntax(self.at)),
        }
    }

    /// A string; it borrows where nothing is escaped in it.
    fn string(&mut self) -> Read<Cow<'a, str>> {
        self.expect(b'"')?;
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let end = start + plain_length(&bytes[start..]).ok_or(JsonError::Truncated)?;
        match bytes[end] {
            b'"' => {
                self.at = end + 1;
                Ok(Cow::Borrowed(&self.text[start..end]))
            }
            b'\\' => {
                self.at = end;
                self.escaped_string(start).map(Cow::Owned)
            }
            _ => Err(JsonError::Syntax(end)),
        }
    }

    /// The rest of a string that began at `start` and has escapes from here on. A string with one escape usually has
    /// many, as JSON inside a string does, so the plain parts between them are short.
    fn escaped_string(&mut self, start: usize) -> Read<String> {
        let bytes = self.text.as_bytes();
        // What is not escaped is never longer than it was escaped.
        let mut text = Vec::with_capacity((bytes.len() - start).min(1_024));
        text.extend_from_slice(&bytes[start..self.at]);
        let mut at = self.at;
        loop {
            while let Some(word) = bytes[at..].first_chunk() {
                let plain = ends(*word).trailing_zeros() as usize / 8;
                // Eight are written with one instruction; those that are not plain are taken back.
                text.extend_from_slice(word);
                text.truncate(text.len() - 8 + plain);
                at += plain;
                if plain < 8 {
                    break;
                }
            }
            let byte = *bytes.get(at).ok_or(JsonError::Truncated)?;
            at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    // JSON inside JSON has many of these; the other escapes are rare.
                    if let Some(escaped @ (b'"' | b'\\' | b'/')) = bytes.get(at) {
                        text.push(*escaped);
                        at += 1;
                        continue;
                    }
                    self.at = at;
                    text.extend_from_slice(self.escape()?.encode_utf8(&mut [0; 4]).as_bytes());
                    at = self.at;
                }
                0..0x20 => return Err(JsonError::Syntax(at - 1)),
                byte => text.push(byte),
            }
        }
        self.at = at;
        // The bytes are those of a valid text, split between whole characters.
        String::from_utf8(text).map_err(|_| JsonError::Syntax(start))
    }

    /// The character that an escape means; the backslash was read before.
    fn escape(&mut self) -> Read<char> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let start = self.at - 2;
                let unit = self.hex()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    // None for the second half of a pair without the first.
                    return char::from_u32(unit).ok_or(JsonError::Syntax(start));
                }
                let pair = (self.next()?, self.next()?);
                if pair != (b'\\', b'u') {
                    return Err(JsonError::Syntax(start));
                }
                let low = self.hex()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(JsonError::Syntax(start));
                }
                char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).ok_or(JsonError::Syntax(start))?
            }
            _ => return Err(self.syntax_before()),
        })
    }

    fn hex(&mut self) -> Read<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or_else(|| self.syntax_before())?;
            unit = unit << 4 | digit;
        }
        Ok(unit)
    }

    fn value(&mut self) -> Read<Scalar<'a>> {
        let start = self.at;
        match self.peek().ok_or(JsonError::Truncated)? {
            b'"' => self.string().map(Scalar::Text),
            b'n' => self.word("null").map(|()| Scalar::Null),
            b't' => self.word("true").map(|()| Scalar::Other("true")),
            b'f' => self.word("false").map(|()| Scalar::Other("false")),
            b'-' | b'0'..=b'9' => self.number(),
            b'{' | b'[' => {
                let mut nested = serde_json::Deserializer::from_str(&self.text[start..]).into_iter::<&RawValue>();
                match nested.next() {
                    Some(Ok(raw)) => {
                        self.at += raw.get().len();
                        Ok(Scalar::Other(raw.get()))
                    }
                    Some(Err(error)) if error.is_eof() => Err(JsonError::Truncated),
                    _ => Err(JsonError::Syntax(start)),
                }
            }
            _ => Err(JsonError::Syntax(start)),
        }
    }

    fn word(&mut self, word: &str) -> Read<()> {
        for expected in word.bytes() {
            self.expect(expected)?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Read<()> {
        if !self.next()?.is_ascii_digit() {
            return Err(self.syntax_before());
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Read<Scalar<'a>> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Scalar::Number(&self.text[start..self.at]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn read(text: &str) -> Result<Vec<(String, Scalar<'_>)>, JsonError> {
        let mut fields = Vec::new();
        each_field::<JsonError>(text, |key, value| {
            fields.push((key.into_owned(), value));
            Ok(())
        })?;
        Ok(fields)
    }

    /// Keys that `serde_json` reads, in order, with equal keys kept apart by making each unique.
    fn agrees(text: &str) -> Result<(), TestCaseError> {
        let ours = read(text);
        let theirs = serde_json::from_str::<serde_json::Map<String, Value>>(text);
        // This reader accepts numbers beyond the range of a double, and lone surrogates inside the parts that it skips.
        let lenient = theirs.as_ref().is_err_and(|e| e.to_string().contains("out of range"))
            || serde_json::from_str::<&RawValue>(text).is_ok() && text.contains("\\u");
        if !lenient {
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?} {:?}", text, ours, theirs);
        }
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            for (key, value) in ours.iter().rev() {
                let expected = &theirs[key];
                match value {
                    Scalar::Text(text) if ours.iter().filter(|(k, _)| k == key).count() == 1 => {
                        prop_assert_eq!(expected.as_str(), Some(&**text));
                    }
                    Scalar::Number(text) if ours.iter().filter(|(k, _)| k == key).count() == 1 => {
                        prop_assert_eq!(expected, &serde_json::from_str::<Value>(text).unwrap());
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    #[test]
    fn reads_what_was_sent_as_it_was_sent() {
        let text =
            "\t{ \"a\" : \"x\\u00e9\\ud83d\\ude00\\/\\n\" ,\"b\":-0.50e+3, \"c\":null,\"d\":[{\"e\":[]}],\"f\":true}\n";
        let fields = read(text).unwrap();
        let expected = [
            ("a", Scalar::Text("xé\u{1F600}/\n".into())),
            ("b", Scalar::Number("-0.50e+3")),
            ("c", Scalar::Null),
            ("d", Scalar::Other("[{\"e\":[]}]")),
            ("f", Scalar::Other("true")),
        ];
        assert_eq!(fields, expected.map(|(key, value)| (key.to_owned(), value)));
        assert_eq!(read("{}"), Ok(vec![]));
    }

    #[test]
    fn an_error_says_why_the_text_cannot_be_read() {
        for text in [
            "",
            " ",
            "{",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":\"",
            "{\"a\":1",
            "{\"a\":[1",
            "{\"a\":\"\\u12",
            "{\"a\":tr",
        ] {
            assert_eq!(read(text), Err(JsonError::Truncated), "{text:?}");
        }
        for text in ["[]", "1", "\"x\"", "null", "true"] {
            assert_eq!(read(text), Err(JsonError::NotAnObject), "{text:?}");
        }
        for (text, at) in [
            ("hello", 0),
            ("{a", 1),
            ("{\"a\" 1}", 5),
            ("{\"a\":01}", 6),
            ("{\"a\":1,}", 7),
            ("{\"a\":1} x", 8),
            ("{\"a\":\"\n\"}", 6),
            ("{\"a\":\"\\x\"}", 7),
            ("{\"a\":\"\\ud800\"}", 6),
            ("{\"a\":\"\\udc00\"}", 6),
            ("{\"a\":+1}", 5),
            ("{\"a\":.5}", 5),
            ("{\"a\":1.}", 7),
            ("{\"a\":nul1}", 8),
        ] {
            assert_eq!(read(text), Err(JsonError::Syntax(at)), "{text:?}");
        }
    }

    fn objects() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just("[1, {\"x\": []}]".to_owned()),
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| serde_json::json!(n).to_string()),
            any::<i64>().prop_map(|n| n.to_string()),
            ".*".prop_map(|s| serde_json::json!(s).to_string()),
            "[a-z\\\\/\"é]{0,12}"
                .prop_map(|s| serde_json::json!(s).to_string().replace('é', "\\u00e9").replace('/', "\\/")),
        ];
        proptest::collection::vec((".{0,6}", scalar, "[ \n\t]{0,2}"), 0..6).prop_map(|fields| {
            let fields: Vec<_> =
                fields.iter().map(|(k, v, ws)| format!("{ws}{}{ws}:{ws}{v}{ws}", serde_json::json!(k))).collect();
            format!("{{{}}}", fields.join(","))
        })
    }

    proptest! {
        #[test]
        fn eight_at_once_find_what_one_by_one_finds(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0x1f), Just(0x20), Just(b'"'), Just(0xa2), Just(0x9f)], 0..40)) {
            let one_by_one = bytes.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'));
            prop_assert_eq!(plain_length(&bytes), one_by_one);
        }

        #[test]
        fn agrees_with_serde_json_on_objects(text in objects()) {
            agrees(&text)?;
        }

        #[test]
        fn agrees_with_serde_json_on_broken_objects(text in objects(), cut in any::<prop::sample::Index>(), put in "[\\x00-\\x7f]{0,2}") {
            let chars: Vec<char> = text.chars().collect();
            let at = cut.index(chars.len());
            let broken: String = chars[..at].iter().copied().chain(put.chars()).chain(chars[at + 1..].iter().copied()).collect();
            agrees(&broken)?;
        }

        #[test]
        fn agrees_with_serde_json_on_anything(text in ".*") {
            agrees(&text)?;
        }
    }
}
