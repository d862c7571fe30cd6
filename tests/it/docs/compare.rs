//! What a page shows as an output, against what came out.

/// Whether `actual` is what `shown` says: `…` stands for anything, blanks do not count, and what is another one each time
/// (numbers of orders, instants, tokens) is any other of its kind.
pub(super) fn fits(shown: &str, actual: &str) -> bool {
    let (shown, actual) = (normal(shown), normal(actual));
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| actual.strip_prefix(first)) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Templates of what is another one each time: `d` is a digit, `h` a hexadecimal digit.
const KINDS: [&str; 2] = ["dddd-dd-ddTdd:dd:dd", "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"];
/// So many digits are the number of something.
const DIGITS: usize = 6;
/// So many hexadecimal digits are a secret or a hash.
const HEX: usize = 32;

fn normal(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    let mut normal = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = varies(rest);
        if length > 0 {
            normal.push('#');
        } else {
            normal.push(first);
        }
        rest = &rest[length.max(first.len_utf8())..];
    }
    normal
}

/// How much at the beginning is another one each time.
fn varies(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |of: fn(&u8) -> bool| bytes.iter().take_while(|b| of(b)).count();
    for kind in KINDS {
        let is_one = |(byte, of): (&u8, u8)| match of {
            b'd' => byte.is_ascii_digit(),
            b'h' => byte.is_ascii_hexdigit(),
            other => *byte == other,
        };
        if bytes.len() >= kind.len() && bytes.iter().zip(kind.bytes()).all(is_one) {
            // The fraction and the zone of an instant.
            let tail = bytes[kind.len()..].iter().take_while(|b| kind.contains('T') && b".0123456789Z".contains(b));
            return kind.len() + tail.count();
        }
    }
    let (digits, hex) = (run(u8::is_ascii_digit), run(u8::is_ascii_hexdigit));
    if hex >= HEX {
        hex
    } else if digits >= DIGITS {
        digits
    } else {
        0
    }
}

#[test]
fn an_output_fits_what_the_page_shows() {
    for (shown, actual) in [
        ("status: 0", "status: 0\n"),
        ("{\"a\": 1,\n … }", "{\"a\":1,\"b\":2}"),
        ("ord1795415980", "ord1795415999"),
        ("PAYLOANTES06202611231339403702", "PAYLOANTES06202611231339403799"),
        ("2026-11-24T10:45:48.67Z x", "2027-01-01T00:00:00Z x"),
        ("f2cb6589-59c2-48c4-b91e-4035eabff332", "e0478456-6b50-460c-85e0-627a1e22d2e0"),
        ("tk=3d27361892787516a09e1af93cf5d476", "tk=00000000000000000000000000000000"),
        ("tk=cce1…\nb", "tk=cce177\nb"),
        ("a … b … c", "a 1 b 2 b 3 c"),
        ("…", ""),
    ] {
        assert!(fits(shown, actual), "{shown} {actual}");
    }
    for (shown, actual) in [
        ("status: 0", "status: 8"),
        ("status: 0", "status: 0 and more"),
        ("25145", "25146"),
        ("a … c", "a b"),
        ("", "x"),
    ] {
        assert!(!fits(shown, actual), "{shown} {actual}");
    }
}
