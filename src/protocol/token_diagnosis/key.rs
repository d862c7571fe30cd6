//! Mistakes with the merchantKey: another merchant's, or one that was changed on its way from the settings to the hash.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Digest as _;

use super::TokenCheck;
use super::fields::NO_VALUE;
use crate::diagnosis::Slug;
use crate::domain::MerchantKey;
use crate::protocol::refusal::Diagnosis;

impl TokenCheck<'_> {
    pub(super) fn other_key(&self, others: &[MerchantKey]) -> Option<Diagnosis> {
        // The merchants may be many: the fields are hashed once.
        let hashed = self.hashed_fields();
        let is_found = others.iter().any(|other| self.is(hashed.clone().chain_update(other.expose())));
        is_found.then(|| {
            self.diagnosis(Slug::TOKEN_OTHER_KEY, "the token was computed with another merchant's merchantKey")
        })
    }

    pub(super) fn changed_key(&self) -> Option<Diagnosis> {
        let hashed = self.hashed_fields();
        let is_hashed = |key: &[u8]| self.is(hashed.clone().chain_update(key));
        let key = self.key;
        if let Some((name, _)) = white_space(key).iter().find(|(_, text)| is_hashed(text.as_bytes())) {
            return Some(
                self.diagnosis(Slug::TOKEN_TRAILING_NEWLINE, &format!("{name} was hashed with the merchantKey")),
            );
        }
        if is_hashed(key.replace('/', "\\/").as_bytes()) {
            let mistake = r"the merchantKey was hashed with its slashes escaped as \/";
            return Some(self.diagnosis(Slug::TOKEN_ESCAPED_KEY, mistake));
        }
        if let Some(word) = NO_VALUE.iter().find(|word| is_hashed(word.as_bytes())) {
            let mistake =
                format!("the text {word:?} was hashed in place of the merchantKey: its variable had no value");
            return Some(self.diagnosis(Slug::TOKEN_NO_VALUE, &mistake));
        }
        let how = changed_forms(key)
            .into_iter()
            .find(|(_, form)| is_hashed(form.as_bytes()))
            .map(|(how, _)| how.to_owned())
            .or_else(|| {
                html_forms(key).iter().any(|form| is_hashed(form.as_bytes())).then(|| "HTML-escaped".to_owned())
            })
            .or_else(|| {
                let decoded = BASE64_STANDARD.decode(key).ok()?;
                is_hashed(&decoded).then(|| "decoded from Base64; it is hashed as text".to_owned())
            })
            .or_else(|| {
                let cut = (1..key.len()).filter(|at| key.is_char_boundary(*at));
                let (from_start, from_end): (Vec<_>, Vec<_>) = cut.map(|at| (&key[..at], &key[at..])).unzip();
                let part = from_start.into_iter().chain(from_end).find(|part| is_hashed(part.as_bytes()))?;
                let (length, whole) = (part.chars().count(), key.chars().count());
                let end = if key.starts_with(part) { "first" } else { "last" };
                Some(format!("cut short: only its {end} {length} of {whole} characters were hashed"))
            })?;
        Some(self.diagnosis(Slug::TOKEN_CHANGED_KEY, &format!("the merchantKey was {how}")))
    }
}

/// The key with white space around it.
fn white_space(key: &str) -> [(&'static str, String); 9] {
    [
        ("a line end", format!("{key}\n")),
        ("a line end (CR LF)", format!("{key}\r\n")),
        ("a carriage return", format!("{key}\r")),
        ("a blank", format!("{key} ")),
        ("a blank", format!(" {key}")),
        ("blanks", format!(" {key} ")),
        ("a tab", format!("{key}\t")),
        ("a tab", format!("\t{key}")),
        ("a line end", format!("\n{key}")),
    ]
}

/// The key as it is after a usual step too many.
fn changed_forms(key: &str) -> Vec<(&'static str, String)> {
    let encoded = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
    let lower_hex = key.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d");
    vec![
        ("hashed with quotes around it", format!("\"{key}\"")),
        ("hashed with quotes around it", format!("'{key}'")),
        ("hashed without the = at its end", key.trim_end_matches('=').to_owned()),
        ("decoded as a URL: each + became a blank", key.replace('+', " ")),
        ("percent-encoded", encoded),
        ("percent-encoded", lower_hex),
        ("hashed with a byte order mark before it", format!("\u{feff}{key}")),
        ("changed to lower case", key.to_lowercase()),
        ("changed to upper case", key.to_uppercase()),
        ("changed to the URL form of Base64 (- and _ for + and /)", key.replace('+', "-").replace('/', "_")),
        ("encoded as Base64 once more", BASE64_STANDARD.encode(key)),
        ("hashed twice, one after the other", key.repeat(2)),
        ("hashed without its + signs", key.replace('+', "")),
    ]
}

/// The key as the template languages escape it: each escapes other characters, in one of these ways.
fn html_forms(key: &str) -> Vec<String> {
    let escapes: [(char, &[&str]); 7] = [
        // First, as the others contain it.
        ('&', &["&", "&amp;"]),
        ('+', &["+", "&#43;", "&#x2B;", "&#x2b;"]),
        ('/', &["/", "&#x2F;", "&#47;", "&#x2f;"]),
        ('=', &["=", "&#x3D;", "&#61;", "&#x3d;"]),
        ('"', &["\"", "&quot;"]),
        ('<', &["<", "&lt;"]),
        ('>', &[">", "&gt;"]),
    ];
    let mut forms = vec![key.to_owned()];
    for (sign, written) in escapes.iter().filter(|(sign, _)| key.contains(*sign)) {
        forms = forms.iter().flat_map(|form| written.iter().map(move |escaped| form.replace(*sign, escaped))).collect();
    }
    forms.retain(|form| form != key);
    forms
}
