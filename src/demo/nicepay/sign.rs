//! The merchantToken: SHA-256 over some values and the merchantKey, as lower-case hexadecimal digits
//! (`docs/PROTOCOL.md` §2.0, §5.2).

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use sha2::{Digest, Sha256};

/// The merchantKey. It leaves this file only as part of a hash, and never appears in a log.
#[derive(Clone)]
pub(in crate::demo) struct Key(String);

impl Key {
    pub(in crate::demo) fn new(key: String) -> Self {
        Self(key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The token over `parts`, exactly as they are sent, without separators.
pub(super) fn merchant_token(parts: &[&str], key: &Key) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.update(&key.0);
    let mut token = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(token, "{byte:02x}");
    }
    token
}

/// Compares two tokens in constant time.
pub(super) fn is_same_token(expected: &str, received: &str) -> bool {
    expected.len() == received.len() && expected.bytes().zip(received.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// `yyyyMMddHHmmss` in WIB (`docs/PROTOCOL.md` §3.2).
pub(super) fn time_stamp(at: Timestamp) -> String {
    in_jakarta(at).strftime("%Y%m%d%H%M%S").to_string()
}

/// Date and time in WIB (UTC+7).
pub(in crate::demo) fn in_jakarta(at: Timestamp) -> DateTime {
    Offset::constant(7).to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NICEPAY's published sandbox key, and tokens that it publishes (`docs/PROTOCOL.md` §5.1 to §5.3).
    const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";

    #[test]
    fn the_published_tokens_come_out() {
        for (parts, token) in [
            (
                &["20210913090977", "PAYLOANTES", "ord20210913090977", "25145"][..],
                "596129570572f2ce4f6b459a09c8c1aaf36910ed6f3feb5a6da0a7086233714a",
            ),
            (
                &["PAYLOANTES", "PAYLOANTES06202109130937199795", "25145"],
                "733497153c3dd3f2de94a3c619d481f5f9a6eb332c8ea9a03d2d20b284350400",
            ),
            (
                &["PAYLOANTES", "MerchantReferenceNumber001", "+6282112345678"],
                "3f08b26b10bccd8abd064eec6f8503f9373749690678ee1a5d42734b49e935c4",
            ),
        ] {
            assert_eq!(merchant_token(parts, &Key::new(KEY.to_owned())), token);
        }
    }

    #[test]
    fn tokens_are_compared_whole_and_the_key_is_not_shown() {
        assert!(is_same_token("abc", "abc"));
        for other in ["", "ab", "abcd", "abd", "ABC"] {
            assert!(!is_same_token("abc", other), "{other}");
        }
        assert_eq!(format!("{:?}", Key::new("secret".to_owned())), "***");
    }

    #[test]
    fn a_time_is_jakarta_s() {
        assert_eq!(time_stamp("2025-12-31T17:00:00Z".parse().unwrap()), "20260101000000");
    }
}
