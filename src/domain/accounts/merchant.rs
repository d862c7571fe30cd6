//! Merchants, their keys, and the lenders.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{IMid, MerchantName};
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

/// The shortest merchantKey. A shorter one could not be masked in texts: it would be found everywhere.
const MIN_KEY_CHARS: usize = 8;
/// The longest one.
const MAX_KEY_BYTES: usize = 255;

/// The secret that signs. It never appears in a log, page or response: [`KeyMask`](super::KeyMask) finds it there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MerchantKey {
    text: Arc<str>,
}

/// A text that is not a valid merchant key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MerchantKeyError {
    /// It is too long, or has control characters.
    #[error("a merchantKey is {MIN_KEY_CHARS} to {MAX_KEY_BYTES} characters without control characters")]
    Invalid,
    /// It is too short.
    #[error(
        "this merchantKey has {0} characters, and it needs at least {MIN_KEY_CHARS}: a shorter one could not be masked in \
         logs and answers"
    )]
    Short(usize),
}

impl MerchantKey {
    /// The key that NICEPAY publishes for its sandbox; both published merchants use it (`docs/PROTOCOL.md` §5.1).
    pub const PUBLISHED: &str =
        "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
    /// One of the two published merchants.
    pub const PUBLISHED_I_MID: &str = "IONPAYTEST";

    /// Accepts any printable text of 8 characters to 255 bytes.
    ///
    /// # Errors
    /// [`MerchantKeyError`]
    pub fn new(text: &str) -> Result<Self, MerchantKeyError> {
        if text.len() > MAX_KEY_BYTES || text.chars().any(char::is_control) {
            return Err(MerchantKeyError::Invalid);
        }
        match text.chars().count() {
            short @ ..MIN_KEY_CHARS => Err(MerchantKeyError::Short(short)),
            _ => Ok(Self { text: text.into() }),
        }
    }

    /// The key itself, for hashing only.
    pub fn expose(&self) -> &str {
        &self.text
    }
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
    /// The name that customers see; without one they see the iMid.
    pub name: Option<MerchantName>,
    /// The lenders that are active for it; others are refused with `9108`.
    pub partners: Vec<Partner>,
    /// Whether a second use of a `referenceNo` is refused with `9009` (`docs/PROTOCOL.md` A-32).
    pub duplicate_check: bool,
}

impl Merchant {
    /// A merchant without a name, with every lender and the duplicate check on.
    pub fn new(i_mid: IMid, key: MerchantKey) -> Self {
        Self { i_mid, key, name: None, partners: Partner::ALL.to_vec(), duplicate_check: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_printed() {
        let merchant = Merchant::new(IMid::new("SHOP").unwrap(), MerchantKey::new("s3cret-key").unwrap());
        assert!(!format!("{merchant:?}").contains("s3cret"));
    }

    #[test]
    fn a_key_has_at_least_eight_characters() {
        for (text, expected) in [
            ("", Err(MerchantKeyError::Short(0))),
            ("1234567", Err(MerchantKeyError::Short(7))),
            ("\u{43a}\u{43b}\u{44e}\u{447}", Err(MerchantKeyError::Short(4))),
            ("12345678", Ok(())),
            ("1234567\n", Err(MerchantKeyError::Invalid)),
        ] {
            assert_eq!(MerchantKey::new(text).map(drop), expected, "{text:?}");
        }
        assert!(MerchantKey::new(&"k".repeat(255)).is_ok() && MerchantKey::new(&"k".repeat(256)).is_err());
    }
}
