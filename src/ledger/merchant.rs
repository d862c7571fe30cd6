//! A merchant: an `iMid`, its key, and what is switched on for it.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::IMid;

/// How exact the gateway is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Takes what the real client libraries send (`docs/PROTOCOL.md` §6.4).
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
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "lenient" => Ok(Self::Lenient),
            "strict" => Ok(Self::Strict),
            other => Err(format!("{other:?} is neither `lenient` nor `strict`")),
        }
    }
}

/// What stands in the place of a key.
const MASK: &str = "***";
/// So many characters of a key's beginning, or of its letters and digits in a row, are no coincidence.
const TELLING: usize = 12;

/// The secret that signs. It is never printed, in no log, page or answer.
#[derive(Clone)]
pub struct MerchantKey {
    text: Box<str>,
    /// What it is looked for as where it must not be shown: made once, as every answer of the API is looked through.
    spellings: Arc<[String]>,
}

impl PartialEq for MerchantKey {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for MerchantKey {}

/// A text that cannot be a merchant key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a merchantKey is 1 to 255 characters without control characters")]
pub struct BadKey;

impl MerchantKey {
    /// Takes any printable text.
    ///
    /// # Errors
    /// [`BadKey`]
    pub fn new(text: &str) -> Result<Self, BadKey> {
        let fits = !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control);
        if fits { Ok(Self { text: text.into(), spellings: spellings(text).into() }) } else { Err(BadKey) }
    }

    /// A text without the key, however that is spelled in it (as it is, in a URL, in JSON, once or twice over, each of them
    /// also on a page), and without what is left of one that was cut. None where there is nothing of it. Very short keys
    /// are not looked for: they would be found everywhere.
    pub fn mask(&self, text: &str) -> Option<String> {
        let mut masked: Option<String> = None;
        for spelled in self.spellings.iter() {
            let shown = masked.as_deref().unwrap_or(text);
            if shown.contains(spelled) {
                masked = Some(shown.replace(spelled, MASK));
            }
        }
        if let Some(shown) = without_beginnings(masked.as_deref().unwrap_or(text), &self.spellings) {
            masked = Some(shown);
        }
        // However its signs are escaped, its letters and digits stand there as they are.
        for run in self.text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|run| run.len() >= TELLING) {
            while let Some(at) = masked.as_deref().unwrap_or(text).find(&run[..TELLING]) {
                let shown = masked.as_deref().unwrap_or(text);
                let same = shown[at..].bytes().zip(run.bytes()).take_while(|(a, b)| a == b).count();
                masked = Some([&shown[..at], MASK, &shown[at + same..]].concat());
            }
        }
        masked
    }

    /// The key itself, for hashing only.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

/// A text without as much of a key's beginning as tells it, as where the text was cut. None where there is none of it.
fn without_beginnings(text: &str, spellings: &[String]) -> Option<String> {
    let telling = |spelled: &str| spelled.char_indices().nth(TELLING).map_or(spelled.len(), |(at, _)| at);
    let same = |text: &str, spelled: &str| -> usize {
        let same = text.chars().zip(spelled.chars()).take_while(|(a, b)| a == b);
        same.map(|(c, _)| c.len_utf8()).sum()
    };
    let (mut shown, mut rest) = (String::new(), text);
    loop {
        let found = spellings.iter().filter_map(|spelled| {
            let at = rest.find(&spelled[..telling(spelled)])?;
            Some((at, same(&rest[at..], spelled)))
        });
        // Ways of writing that begin alike: the one that goes on longest.
        let Some((at, length)) = found.min_by_key(|(at, length)| (*at, usize::MAX - length)) else { break };
        shown.push_str(&rest[..at]);
        shown.push_str(MASK);
        rest = &rest[at + length..];
    }
    (rest.len() < text.len()).then(|| shown + rest)
}

/// How a key may be written; none of one that is very short.
fn spellings(key: &str) -> Vec<String> {
    if key.len() < 8 {
        return Vec::new();
    }
    let in_url = key.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = std::fmt::Write::write_fmt(&mut text, format_args!("%{byte:02X}"));
        }
        text
    });
    let plain_json = key.replace('\\', "\\\\").replace('"', "\\\"");
    // Some write a stroke with an escape, too.
    let in_json = plain_json.replace('/', "\\/");
    let mut all = vec![in_url.to_lowercase(), in_url, in_json.replace('\\', "\\\\"), in_json];
    // Without a quote or backslash it is the key itself.
    if plain_json != key {
        all.extend([plain_json.replace('\\', "\\\\"), plain_json]);
    }
    let on_pages: Vec<_> = all.iter().map(String::as_str).chain([key]).map(in_html).collect();
    all.extend(on_pages.into_iter().filter(|text| text.contains("&#")));
    // With a quote in it, it could be found across the borders of JSON's own texts.
    if !key.contains('"') {
        all.push(key.to_owned());
    }
    all
}

/// A text as our pages write it.
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
    /// Kredivo: the only one that knows user tokens (`docs/PROTOCOL.md` §1.2).
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
    /// Every partner that is simulated.
    pub const ALL: [Self; 3] = [Self::Kredivo, Self::Akulaku, Self::Indodana];

    /// `KDVI`
    pub const fn mitra_cd(self) -> &'static str {
        match self {
            Self::Kredivo => "KDVI",
            Self::Akulaku => "AKLP",
            Self::Indodana => "IDNA",
        }
    }

    /// As people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kredivo => "Kredivo",
            Self::Akulaku => "Akulaku",
            Self::Indodana => "Indodana",
        }
    }

    /// As paths and styles write it.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Kredivo => "kredivo",
            Self::Akulaku => "akulaku",
            Self::Indodana => "indodana",
        }
    }

    /// Digits of its one-time passwords: 4 at Kredivo, 6 at Indodana (`docs/PROTOCOL.md` A-38); Akulaku's *(assumed)*.
    pub const fn otp_digits(self) -> u8 {
        match self {
            Self::Kredivo => 4,
            Self::Akulaku | Self::Indodana => 6,
        }
    }

    /// Whether it issues user tokens (`docs/PROTOCOL.md` §1.2).
    pub const fn knows_tokens(self) -> bool {
        matches!(self, Self::Kredivo)
    }

    /// The partner of a `mitraCd`, if it is one that is simulated.
    pub fn from_mitra_cd(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partner| partner.mitra_cd() == code)
    }
}

/// A namespace: everything made under one `iMid` is invisible to every other.
#[derive(Clone, Debug)]
pub struct Merchant {
    /// Who.
    pub i_mid: IMid,
    /// What signs.
    pub key: MerchantKey,
    /// Which lenders are switched on; others answer `9108`.
    pub partners: Vec<Partner>,
    /// Whether a second use of a `referenceNo` answers `9009` (`docs/PROTOCOL.md` A-32).
    pub duplicate_check: bool,
}

impl Merchant {
    /// A merchant with every partner on and the duplicate check on.
    pub fn new(i_mid: IMid, key: MerchantKey) -> Self {
        Self { i_mid, key, partners: Partner::ALL.to_vec(), duplicate_check: true }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(key.mask("33F49GnCMS1 is too little to tell"), None);
        let runs = MerchantKey::new("ab/cd+ef/gh.ij-kl/mn+op").unwrap();
        assert_eq!(
            runs.mask("got \"ab/cd+ef/gh.ij\u{2026}\" and more").as_deref(),
            Some("got \"***\u{2026}\" and more")
        );
        assert_eq!(runs.mask("ab/cd+ef/gh.ab/cd+ef/gh.ij").as_deref(), Some("******"));
        assert_eq!(MerchantKey::new("short").unwrap().mask("short"), None);
        let quoted = MerchantKey::new("\",\"iMid\":\"").unwrap();
        assert_eq!(quoted.mask(r#"{"a":"b","iMid":"c"}"#), None, "JSON stays JSON");
        let odd = MerchantKey::new("ab&cd<\"ij'/kl").unwrap();
        for spelled in ["ab&#38;cd&#60;&#34;ij&#39;/kl", "ab&cd<\\\"ij'/kl", "ab&#38;cd&#60;\\&#34;ij&#39;/kl"] {
            assert_eq!(odd.mask(spelled).as_deref(), Some("***"), "{spelled}");
        }
    }
}
