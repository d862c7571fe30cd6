//! Mistakes in how the hash was computed and written.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::TokenCheck;
use crate::diagnosis::Slug;
use crate::protocol::merchant_token::hex;
use crate::protocol::refusal::Diagnosis;

/// The bytes of 64 hexadecimal digits.
pub(super) fn read_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = [digits[0], digits[1]].map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? << 4 | low?).ok()?;
    }
    Some(bytes)
}

impl TokenCheck<'_> {
    fn right_digest(&self) -> [u8; 32] {
        self.hashed_fields().chain_update(self.key).finalize().into()
    }

    pub(super) fn whitespace(&self) -> Option<Diagnosis> {
        let trimmed = self.token.trim();
        (trimmed != self.token && read_hex(trimmed) == Some(self.right_digest()))
            .then(|| self.diagnosis(Slug::TOKEN_BLANK, "the token is correct, but has blanks or a line end around it"))
    }

    pub(super) fn not_a_digest(&self) -> Option<Diagnosis> {
        let is_hex = self.token.bytes().all(|b| b.is_ascii_hexdigit());
        let (slug, mistake) = match self.token.len() {
            64 if is_hex => return None,
            32 | 40 | 96 | 128 if is_hex => {
                let name = match self.token.len() {
                    32 => "MD5",
                    40 => "SHA-1",
                    96 => "SHA-384",
                    _ => "SHA-512",
                };
                (Slug::TOKEN_OTHER_HASH, format!("the token has the length of {name}, not of SHA-256"))
            }
            43 | 44 | 88 => (Slug::TOKEN_ENCODING, self.base64().to_owned()),
            length => (Slug::TOKEN_LENGTH, format!("the token has {length} characters, not 64 hexadecimal digits")),
        };
        Some(self.diagnosis(slug, &mistake))
    }

    fn base64(&self) -> &'static str {
        let digest = self.right_digest();
        if self.token.trim_end_matches('=') == BASE64_STANDARD.encode(digest).trim_end_matches('=') {
            "the token is the right hash in Base64, not as 64 hexadecimal digits"
        } else if self.token == BASE64_STANDARD.encode(hex(&digest)) {
            "the token is the right one, but encoded as Base64 once more; send the 64 hexadecimal digits"
        } else {
            "the token looks like Base64, not like 64 hexadecimal digits"
        }
    }

    pub(super) fn other_hash(&self) -> Option<Diagnosis> {
        let right = self.right_digest();
        let key = self.key;
        let fields = self.parts().concat();
        if self.is_hash_of([hex(&right).as_str()]) || self.is(Sha256::new().chain_update(right)) {
            return Some(self.diagnosis(Slug::TOKEN_HASHED_TWICE, "the token was hashed twice"));
        }
        if self.is_hash_of([key, &fields]) {
            return Some(self.diagnosis(Slug::TOKEN_FIELD_ORDER, "the merchantKey was hashed before the fields"));
        }
        if self.is_hash_of([key, &fields, key]) {
            return Some(
                self.diagnosis(Slug::TOKEN_FIELD_ORDER, "the merchantKey was hashed before and after the fields"),
            );
        }
        [(key, fields.as_str()), (key, &[fields.as_str(), key].concat()), (fields.as_str(), key)]
            .iter()
            .any(|(key, text)| self.digest == Some(hmac(key.as_bytes(), text.as_bytes())))
            .then(|| self.diagnosis(Slug::TOKEN_HMAC, "the token is an HMAC-SHA-256; use a plain SHA-256"))
    }

    pub(super) fn separator(&self) -> Option<Diagnosis> {
        let (parts, key) = (self.parts(), self.key);
        ["|", "&", ",", ";", ":", "-", "+", " ", "_", ".", "#", "||", "\n", ", "].into_iter().find_map(|separator| {
            let joined = parts.join(separator);
            (self.is_hash_of([joined.as_str(), separator, key]) || self.is_hash_of([joined.as_str(), key]))
                .then(|| self.diagnosis(Slug::TOKEN_SEPARATOR, &format!("the fields were joined with {separator:?}")))
        })
    }
}

/// RFC 2104 with SHA-256; only to recognise a mistake.
pub(super) fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}
