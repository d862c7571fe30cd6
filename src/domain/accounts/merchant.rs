//! Merchants, their keys, and the lenders.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::IMid;
use crate::domain::unknown_name::UnknownNameError;

/// How strictly the gateway checks requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Accepts what the real client libraries send (`docs/PROTOCOL.md` §6.4).
    #[default]
    Lenient,
    /// Refuses what the live sandbox was seen to refuse (`docs/PROTOCOL.md` §2.1.7, §6.4).
    Strict,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lenient => "lenient",
            Self::Strict => "strict",
        })
    }
}

impl std::str::FromStr for Profile {
    type Err = UnknownNameError;

    fn from_str(text: &str) -> Result<Self, UnknownNameError> {
        match text {
            "lenient" => Ok(Self::Lenient),
            "strict" => Ok(Self::Strict),
            other => Err(UnknownNameError::new(other, "`lenient` nor `strict`")),
        }
    }
}

/// Replaces a key in texts.
const MASK: &str = "***";
/// A prefix of a key this long is masked too: it is no coincidence. Shorter keys are matched whole.
const MIN_PREFIX_CHARS: usize = 24;
/// A run of a key's letters and digits this long is masked too.
const MIN_RUN_CHARS: usize = 12;

/// One way in which a key, or a part of it, can be written.
#[derive(Debug)]
struct Spelling {
    text: String,
    /// A text that contains this many bytes of it is masked.
    prefix_len: usize,
}

/// The secret that signs. It never appears in a log, page or response.
#[derive(Clone)]
pub struct MerchantKey {
    text: Box<str>,
    /// The spellings to mask. Computed once, because every response of the API is searched for them.
    spellings: Arc<[Spelling]>,
}

impl PartialEq for MerchantKey {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for MerchantKey {}

/// A text that is not a valid merchant key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a merchantKey is 1 to 255 characters without control characters")]
pub struct MerchantKeyError;

impl MerchantKey {
    /// Accepts any printable text of 1 to 255 bytes.
    ///
    /// # Errors
    /// [`MerchantKeyError`]
    pub fn new(text: &str) -> Result<Self, MerchantKeyError> {
        let fits = !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control);
        if fits { Ok(Self { text: text.into(), spellings: spellings(text).into() }) } else { Err(MerchantKeyError) }
    }

    /// Masks the key in a text, in every spelling (plain, in a URL, in JSON, escaped once or twice, each also as HTML),
    /// and also when it was cut. None where the text does not contain it. Keys of fewer than 8 bytes are not masked:
    /// they would match everywhere.
    pub fn mask(&self, text: &str) -> Option<String> {
        let find = |spelling: &Spelling, from: usize| {
            text[from..].find(&spelling.text[..spelling.prefix_len]).map(|at| from + at)
        };
        // The next match of each spelling, so that a long text with many matches is searched once.
        let mut next: Vec<_> = self.spellings.iter().map(|spelling| find(spelling, 0)).collect();
        let (mut masked, mut done) = (String::new(), 0);
        while let Some(at) = next.iter().flatten().min().copied() {
            let here = self.spellings.iter().zip(&next).filter(|(_, next)| **next == Some(at));
            // Of spellings that begin alike, the longest match counts. It never ends inside an escape.
            let end = at + here.map(|(spelling, _)| spelling.match_len(&text[at..])).max().unwrap_or(0);
            let before = &text[done..at];
            // Nor does it begin inside one: remove the backslash before it too.
            let escaped = (before.len() - before.trim_end_matches('\\').len()) % 2;
            masked.push_str(&before[..before.len() - escaped]);
            masked.push_str(MASK);
            done = end;
            for (spelling, next) in self.spellings.iter().zip(&mut next).filter(|(_, next)| **next < Some(end)) {
                *next = next.and_then(|_| find(spelling, end));
            }
        }
        (done > 0).then(|| masked + &text[done..])
    }

    /// The key itself, for hashing only.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl Spelling {
    fn new(text: String) -> Self {
        let prefix_len = text.char_indices().nth(MIN_PREFIX_CHARS).map_or(text.len(), |(at, _)| at);
        Self { text, prefix_len }
    }

    /// The length of the match at the beginning of `text`. A partial match does not end inside an escape.
    fn match_len(&self, text: &str) -> usize {
        let same = text.chars().zip(self.text.chars()).take_while(|(a, b)| a == b);
        let length: usize = same.map(|(c, _)| c.len_utf8()).sum();
        let unescaped = text[..length].trim_end_matches('\\').len();
        if length == self.text.len() || unescaped == 0 { length } else { unescaped }
    }
}

/// The spellings to mask; none for a very short key.
fn spellings(key: &str) -> Vec<Spelling> {
    if key.len() < 8 {
        return Vec::new();
    }
    let in_url = |hex: fn(u8) -> String| {
        let byte = |byte: u8| {
            let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            if plain { char::from(byte).to_string() } else { hex(byte) }
        };
        key.bytes().map(byte).collect::<String>()
    };
    let plain_json = key.replace('\\', "\\\\").replace('"', "\\\"");
    // Some libraries escape the slash, too.
    let in_json = plain_json.replace('/', "\\/");
    let mut all = vec![in_url(|byte| format!("%{byte:02x}")), in_url(|byte| format!("%{byte:02X}"))];
    for json in [in_json, plain_json] {
        // Without a quote or backslash this is the key itself.
        if json != key {
            all.extend([json.replace('\\', "\\\\"), json]);
        }
    }
    let on_pages: Vec<_> = all.iter().map(String::as_str).chain([key]).map(in_html).collect();
    all.extend(on_pages.into_iter().filter(|text| text.contains("&#")));
    // With a quote in it or a backslash at its end, it could match across the borders of JSON strings.
    if !key.contains('"') && !key.ends_with('\\') {
        all.push(key.to_owned());
    }
    // Punctuation can be escaped in many ways; letters and digits are never escaped.
    let runs = key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() >= MIN_RUN_CHARS);
    all.extend(runs.map(str::to_owned));
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(Spelling::new).collect()
}

/// A text as the templates escape it.
fn in_html(text: &str) -> String {
    let signs = [("&", "&#38;"), ("<", "&#60;"), (">", "&#62;"), ("\"", "&#34;"), ("'", "&#39;")];
    signs.iter().fold(text.to_owned(), |text, (sign, written)| text.replace(sign, written))
}

impl fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MerchantKey(***)")
    }
}

/// A lender behind NICEPAY, by its `mitraCd` (`docs/PROTOCOL.md` §4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Partner {
    /// Kredivo: the only one with user tokens (`docs/PROTOCOL.md` §1.2).
    #[serde(rename = "KDVI")]
    Kredivo,
    /// Akulaku.
    #[serde(rename = "AKLP")]
    Akulaku,
    /// Indodana.
    #[serde(rename = "IDNA")]
    Indodana,
}

impl Partner {
    /// Every lender that is simulated.
    pub const ALL: [Self; 3] = [Self::Kredivo, Self::Akulaku, Self::Indodana];

    /// `KDVI`
    pub const fn mitra_cd(self) -> &'static str {
        match self {
            Self::Kredivo => "KDVI",
            Self::Akulaku => "AKLP",
            Self::Indodana => "IDNA",
        }
    }

    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kredivo => "Kredivo",
            Self::Akulaku => "Akulaku",
            Self::Indodana => "Indodana",
        }
    }

    /// The name in paths and styles.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Kredivo => "kredivo",
            Self::Akulaku => "akulaku",
            Self::Indodana => "indodana",
        }
    }

    /// Digits of its OTPs: 4 at Kredivo, 6 at Indodana (`docs/PROTOCOL.md` A-38); Akulaku's *(assumed)*.
    pub const fn otp_digits(self) -> u8 {
        match self {
            Self::Kredivo => 4,
            Self::Akulaku | Self::Indodana => 6,
        }
    }

    /// Whether it issues user tokens (`docs/PROTOCOL.md` §1.2).
    pub const fn supports_user_tokens(self) -> bool {
        matches!(self, Self::Kredivo)
    }

    /// The lender with this `mitraCd`; none where it is not simulated.
    pub fn from_mitra_cd(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partner| partner.mitra_cd() == code)
    }
}

/// A merchant. Everything made under one `iMid` is invisible to every other.
#[derive(Clone, Debug)]
pub struct Merchant {
    /// Its id.
    pub i_mid: IMid,
    /// Its key.
    pub key: MerchantKey,
    /// The lenders that are active for it; others are refused with `9108`.
    pub partners: Vec<Partner>,
    /// Whether a second use of a `referenceNo` is refused with `9009` (`docs/PROTOCOL.md` A-32).
    pub duplicate_check: bool,
}

impl Merchant {
    /// A merchant with every lender and the duplicate check on.
    pub fn new(i_mid: IMid, key: MerchantKey) -> Self {
        Self { i_mid, key, partners: Partner::ALL.to_vec(), duplicate_check: true }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_never_printed() {
        let merchant = Merchant::new(IMid::new("SHOP").unwrap(), MerchantKey::new("s3cret").unwrap());
        assert!(!format!("{merchant:?}").contains("s3cret"));
    }

    #[test]
    fn a_key_is_masked_however_it_is_spelled_and_where_it_was_cut() {
        let key = MerchantKey::new("33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYA==").unwrap();
        for spelled in [
            key.expose().to_owned(),
            key.expose().replace('+', "%2b").replace('/', "%2f").replace('=', "%3d"),
            key.expose().replace('+', "\\u002B").replace('=', "\\u003d"),
            key.expose().replace('+', "%2B"),
            key.expose()[..40].to_owned(),
        ] {
            let masked = key.mask(&format!("before {spelled} after")).unwrap();
            assert!(masked.starts_with("before ***") && masked.ends_with(" after"), "{masked}");
            assert!(!masked.contains("33F49GnCMS1m") && !masked.contains("d5hDd3Frmuos"), "{masked}");
        }
        assert_eq!(key.mask("33F49GnCMS1mFYlGXisbUDz is too short to match"), None);
        let signs = MerchantKey::new("ab/cd+ef/gh.ij-kl/mn+op.qr-st/uv+wx").unwrap();
        let cut = "got \"ab/cd+ef/gh.ij-kl/mn+op.q\u{2026}\" and more";
        assert_eq!(signs.mask(cut).as_deref(), Some("got \"***\u{2026}\" and more"));
        let twice = "ab/cd+ef/gh.ij-kl/mn+op.qab/cd+ef/gh.ij-kl/mn+op.qr-st/uv+wx!";
        assert_eq!(signs.mask(twice).as_deref(), Some("******!"));
        assert_eq!(MerchantKey::new("short").unwrap().mask("short"), None);
        let quoted = MerchantKey::new("\",\"iMid\":\"").unwrap();
        assert_eq!(quoted.mask(r#"{"a":"b","iMid":"c"}"#), None, "JSON stays JSON");
        let odd = MerchantKey::new("ab&cd<\"ij'/kl").unwrap();
        for spelled in ["ab&#38;cd&#60;&#34;ij&#39;/kl", "ab&cd<\\\"ij'/kl", "ab&#38;cd&#60;\\&#34;ij&#39;/kl"] {
            assert_eq!(odd.mask(spelled).as_deref(), Some("***"), "{spelled}");
        }
    }

    #[test]
    fn what_only_looks_like_a_key_is_left_alone() {
        for (key, text) in [
            ("integration-test-key", "integration-test-17"),
            ("RegistrationKey1", "/nicepay/direct/v2/registrationkey"),
            ("\u{43a}\u{43b}\u{44e}\u{447}-1", "%D0%BA%D0%BB%D0%B0%D1%81%D1%81"),
        ] {
            assert_eq!(MerchantKey::new(key).unwrap().mask(text), None, "{key}");
        }
    }

    #[test]
    fn a_long_text_full_of_keys_is_gone_through_once() {
        let key = MerchantKey::new("33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYA==").unwrap();
        let text = format!("{}, ", &key.expose()[..50]).repeat(20_000);
        assert_eq!(key.mask(&text), Some("***, ".repeat(20_000)));
    }

    proptest! {
        /// Whatever is masked in JSON leaves JSON: nothing that belongs to it is taken away.
        #[test]
        fn what_is_masked_in_json_stays_json(
            key in "[a-c\\\\\"/&%+]{8,40}",
            cut in 0_usize..41,
            before in "[a-c\\\\\"/]{0,4}",
            after in "[a-c\\\\\"/]{0,4}",
        ) {
            let beginning: String = key.chars().take(cut).collect();
            let once = json_string(&format!("{before}{beginning}{after}"));
            let twice = json_string(&format!("{{\"x\":{once}}}"));
            for text in [once, twice] {
                let masked = MerchantKey::new(&key).unwrap().mask(&text).unwrap_or(text);
                prop_assert!(is_one_json_string(&masked), "{masked}");
            }
        }
    }

    fn json_string(text: &str) -> String {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    /// Whether quotes and backslashes are where a string of JSON has them.
    fn is_one_json_string(text: &str) -> bool {
        let mut inside = text.strip_prefix('"').unwrap_or_default().chars();
        while let Some(c) = inside.next() {
            match c {
                '"' => return inside.as_str().is_empty(),
                '\\' if !matches!(inside.next(), Some('"' | '\\' | '/')) => return false,
                _ => {}
            }
        }
        false
    }
}
