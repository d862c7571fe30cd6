//! The ways in which a merchantKey can be written in a text.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// A run of a key's letters and digits this long is masked too: punctuation can be escaped in many ways, letters and digits
/// are never escaped.
const MIN_RUN_CHARS: usize = 12;

/// What to look for: the key, and the key without its first character, each plain, in a URL, in JSON (escaped once or
/// twice), as HTML, and its long runs of letters and digits; and the key as Base64.
pub(super) fn spellings(key: &str) -> Vec<String> {
    let first = key.chars().next().map_or(0, char::len_utf8);
    let mut all = base64_forms(key.as_bytes());
    for text in [key, &key[first..]] {
        all.extend(forms(text));
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn forms(text: &str) -> Vec<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() >= MIN_RUN_CHARS);
    let runs = runs.map(str::to_owned);
    // Most keys of tests have nothing to escape.
    if text.bytes().all(is_plain) {
        return runs.chain([text.to_owned()]).collect();
    }
    let in_url = |hex: fn(u8) -> String| {
        let byte = |byte: u8| {
            if is_plain(byte) { char::from(byte).to_string() } else { hex(byte) }
        };
        text.bytes().map(byte).collect::<String>()
    };
    let mut all = vec![text.to_owned(), in_url(|byte| format!("%{byte:02x}")), in_url(|byte| format!("%{byte:02X}"))];
    // In a form, a blank is a plus.
    for encoded in [all[1].clone(), all[2].clone()] {
        all.push(encoded.replace("%20", "+"));
    }
    let plain_json = text.replace('\\', "\\\\").replace('"', "\\\"");
    // Some libraries escape the slash, too.
    for json in [plain_json.replace('/', "\\/"), plain_json] {
        all.extend([json.replace('\\', "\\\\"), json]);
    }
    all.extend(all.iter().map(|text| in_html(text)).collect::<Vec<_>>());
    all.extend([
        in_html_safe_json(text, |code| format!("\\u{code:04x}")),
        in_html_safe_json(text, |code| format!("\\u{code:04X}")),
    ]);
    all.extend(runs);
    all
}

/// A text in JSON that can stand in HTML, as System.Text.Json writes it.
fn in_html_safe_json(text: &str, escape: fn(u32) -> String) -> String {
    let character = |c: char| match c {
        '+' | '&' | '<' | '>' | '\'' | '"' => escape(u32::from(c)),
        '\\' => "\\\\".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(character).collect()
}

/// A text as the templates escape it.
fn in_html(text: &str) -> String {
    let signs = [("&", "&#38;"), ("<", "&#60;"), (">", "&#62;"), ("\"", "&#34;"), ("'", "&#39;")];
    signs.iter().fold(text.to_owned(), |text, (sign, written)| text.replace(sign, written))
}

/// The letters of Base64 that only the key decides, wherever it stands in what was encoded.
fn base64_forms(key: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    for before in 0..3 {
        let bytes = [&[0; 2][..before], key].concat();
        // Three bytes are four letters. A letter with bits of a neighbour is not part of it.
        let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for encoded in [BASE64_STANDARD_NO_PAD.encode(&bytes), BASE64_URL_SAFE_NO_PAD.encode(&bytes)] {
            all.push(encoded[from..to].to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_of_the_forms_is_in_whatever_is_encoded(before in "\\PC{0,9}", key in "\\PC{8,40}", after in "\\PC{0,9}") {
            let text = format!("{before}{key}{after}");
            for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE.encode(&text)] {
                prop_assert!(base64_forms(key.as_bytes()).iter().any(|form| encoded.contains(form)), "{encoded}");
            }
        }
    }
}
