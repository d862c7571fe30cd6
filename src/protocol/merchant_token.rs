//! `merchantToken`: lower-case hex SHA-256 of some fields, without separators, and the merchantKey
//! (`docs/PROTOCOL.md` §2.0, §5).

use sha2::{Digest, Sha256};

use super::fields::{Field, RequestFields};
use crate::domain::MerchantKey;

/// Which fields an endpoint hashes, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The endpoint.
    pub name: &'static str,
    /// The fields before the key.
    pub fields: &'static [Field],
    /// Fields that are not sent, and the texts that are hashed instead.
    pub literals: &'static [(Field, &'static str)],
}

macro_rules! recipes {
    ($($(#[$doc:meta])* $konst:ident = $name:literal: $($field:ident)+;)+) => {
        impl Recipe {
            $($(#[$doc])* pub const $konst: Self = Self { name: $name, fields: &[$(Field::$field),+], literals: &[] };)+
            /// Every recipe that is documented.
            pub const ALL: &[Self] = &[$(Self::$konst,)+ Self::CHECK_MID];
        }
    };
}

recipes! {
    /// `docs/PROTOCOL.md` §2.1, verified against published samples.
    REGISTRATION = "registration": TimeStamp IMid ReferenceNo Amt;
    /// `docs/PROTOCOL.md` §2.2, verified against published samples.
    PAYMENT = "payment": TimeStamp IMid ReferenceNo Amt;
    /// `docs/PROTOCOL.md` §2.5, verified against a published sample.
    INQUIRY = "inquiry": TimeStamp IMid ReferenceNo Amt;
    /// `docs/PROTOCOL.md` §2.3: no timeStamp; confirmed live by a public merchant.
    NOTIFICATION = "notification": IMid TXid Amt;
    /// `docs/PROTOCOL.md` §2.6, verified against a published sample.
    CANCEL = "cancel": TimeStamp IMid TXid Amt;
    /// `docs/PROTOCOL.md` §2.7: documents only.
    CONFIRM_AKULAKU = "confirmAkulaku": TimeStamp TXid IMid;
    /// `docs/PROTOCOL.md` §2.9: documents only; no timeStamp.
    BINDING = "userAccountBinding": IMid ReferenceNo BillingPhone;
    /// `docs/PROTOCOL.md` §2.10, verified against a published sample.
    REMOVE_TOKEN = "remove-token": TimeStamp IMid UserToken;
    /// `docs/PROTOCOL.md` §2.11: documents only; no timeStamp.
    USER_DETAILS = "user-details": IMid UserToken;
}

impl Recipe {
    /// `userAccountBinding` with a timeStamp, as one client signs it: accepted by the lenient profile
    /// (`docs/PROTOCOL.md` A-15).
    pub const BINDING_STAMPED: Self = Self {
        name: "userAccountBinding",
        fields: &[Field::TimeStamp, Field::IMid, Field::ReferenceNo, Field::BillingPhone],
        literals: &[],
    };
    /// `user-details` with a timeStamp (`docs/PROTOCOL.md` A-15).
    pub const USER_DETAILS_STAMPED: Self =
        Self { name: "user-details", fields: &[Field::TimeStamp, Field::IMid, Field::UserToken], literals: &[] };
    /// `docs/PROTOCOL.md` §2.12: one plug-in hashes two literals instead of an order's fields.
    pub const CHECK_MID: Self =
        Self { name: "checkMid", literals: &[(Field::ReferenceNo, "TEST"), (Field::Amt, "0")], ..Self::REGISTRATION };

    /// The text that is hashed instead of `field`.
    pub fn literal(self, field: Field) -> Option<&'static str> {
        self.literals.iter().find(|(known, _)| *known == field).map(|(_, literal)| *literal)
    }
}

/// Signs `parts` with the key.
pub fn sign<'a>(parts: impl IntoIterator<Item = &'a str>, key: &MerchantKey) -> String {
    hex(&digest(parts, key.expose()))
}

/// Whether `token` is correct for the fields of a request.
pub fn verifies(recipe: Recipe, fields: &RequestFields<'_>, key: &MerchantKey, token: &str) -> bool {
    verifies_parts(recipe.fields.iter().map(|field| part(recipe, fields, *field)), key, token)
}

/// The text that is hashed for `field`.
pub(super) fn part<'a>(recipe: Recipe, fields: &'a RequestFields<'_>, field: Field) -> &'a str {
    recipe.literal(field).or_else(|| fields.text(field)).unwrap_or_default()
}

/// Whether `token` is correct for `parts`. Hex digits of either case count (`docs/PROTOCOL.md` §2.0).
pub(super) fn verifies_parts<'a>(parts: impl IntoIterator<Item = &'a str>, key: &MerchantKey, token: &str) -> bool {
    let mut expected = [0; 64];
    hex_into(&digest(parts, key.expose()), &mut expected);
    // Compares every byte, so that the time does not depend on the first difference.
    token.len() == 64 && token.bytes().zip(expected).fold(0, |diff, (a, b)| diff | (a.to_ascii_lowercase() ^ b)) == 0
}

/// SHA-256 over `parts` and `key`.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>, key: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    hash.update(key.as_bytes());
    hash.finalize().into()
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn hex_into(bytes: &[u8; 32], out: &mut [u8; 64]) {
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// 64 lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8; 32]) -> String {
    let mut digits = [0; 64];
    hex_into(bytes, &mut digits);
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The published sandbox key (`docs/PROTOCOL.md` §5.1).
    const K: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";

    /// The published vectors of `docs/PROTOCOL.md` §5.2 and the computed ones of `docs/PROTOCOL.md` §5.3.
    #[test]
    fn golden_vectors() {
        let token = "e0478456-6b50-460c-85e0-627a1e22d2e0";
        let t_xid = "PAYLOANTES06202109130937199795";
        #[rustfmt::skip]
        let vectors: [(Recipe, &[&str], &str); 18] = [
            (Recipe::REGISTRATION, &["20210913090977", "PAYLOANTES", "ord20210913090977", "25145"], "596129570572f2ce4f6b459a09c8c1aaf36910ed6f3feb5a6da0a7086233714a"),
            (Recipe::REGISTRATION, &["20210913090998", "PAYLOANTES", "ord20210913090998", "25145"], "14d2461cb1d5399c82343d0e3a8e12cdcc845625e966d0ed5fb8de6a02b3433d"),
            (Recipe::INQUIRY, &["20221114114338", "PAYLOANTES", "ORD12345", "10000"], "3a04d0c8581ae37727f87130a0b32f2fe9fe39c66b88347352e7b90aeb5cb6e6"),
            (Recipe::CANCEL, &["20221213141266", "PAYLOANTES", "PAYLOANTES00202212131410560896", "12000"], "9d1835e8bf87b51b44de9b2455fa37e733a87b12644b9cd4546e2ec2de651863"),
            (Recipe::REMOVE_TOKEN, &["20210913100917", "PAYLOANTES", token], "1d5b53fb0fe98f32088efd04fabc93cabb0ea3e75f1f2ef75aaa0917d565abf0"),
            (Recipe::REGISTRATION, &["20200923132509", "IONPAYTEST", "JWB20092188", "529500"], "a571183b8fd6c6051bcfa85b09c2bf2013e055ce313d00494dfb04b17a6a13ab"),
            (Recipe::REGISTRATION, &["20170822170942", "IONPAYTEST", "OrdNo2017717942577", "1000"], "b5149659e1a2f1271fb0833f8ea20e174b6fd389db26bc6ad036cc0dae6fa797"),
            (Recipe::INQUIRY, &["20180305115011", "IONPAYTEST", "ORD12345", "10000"], "a1b747ad8ce72461de6194e1fff3ef5b5022b957d9003d14b52f4d52b5b55fe8"),
            (Recipe::PAYMENT, &["20180302112151", "IONPAYTEST", "99997", "10000"], "b4171e8228be7a75d19ad29b509e76d5fc70a4c000ef87bc55cf0cda72767e72"),
            (Recipe::PAYMENT, &["20180305105635", "IONPAYTEST", "ORD12345", "10000"], "58161e87726ecf5cdaed5462a994d9bf05172d786c1cbfe0ad03e133c5797645"),
            (Recipe::PAYMENT, &["20210913091500", "PAYLOANTES", "ord20210913090977", "25145"], "5e1595199ba17a5b73fc698a0e1994c2c375316010acb59a835abbc95d4c9c44"),
            (Recipe::INQUIRY, &["20210913092000", "PAYLOANTES", "ord20210913090977", "25145"], "19dc72b397edf9235938f70d21473cfc40685aa4e2f4023803ebb027a815f563"),
            (Recipe::NOTIFICATION, &["PAYLOANTES", t_xid, "25145"], "733497153c3dd3f2de94a3c619d481f5f9a6eb332c8ea9a03d2d20b284350400"),
            (Recipe::CANCEL, &["20210913101500", "PAYLOANTES", t_xid, "25145"], "29cd396601928d011782059c7625a714e9ba66f6f8037230ea6113ec9efc9bd8"),
            (Recipe::CONFIRM_AKULAKU, &["20210913101500", t_xid, "PAYLOANTES"], "cc86b441a47e72a431cc7b2a0b8205d3a484307bedace103aed089ea10176f6e"),
            (Recipe::BINDING, &["PAYLOANTES", "MerchantReferenceNumber001", "+62-82112345678"], "08d95b56e3bf67943f25111b61c8e2906ca4ea0bc0dcb1908c7cb6e748326dcd"),
            (Recipe::BINDING, &["PAYLOANTES", "MerchantReferenceNumber001", "+6282112345678"], "3f08b26b10bccd8abd064eec6f8503f9373749690678ee1a5d42734b49e935c4"),
            (Recipe::USER_DETAILS, &["PAYLOANTES", token], "8f98a637a7b2c90d871f80456f87aada96308756a2cec91a6ae75d5354ec71b9"),
        ];
        let key = MerchantKey::new(K).unwrap();
        for (recipe, parts, expected) in vectors {
            let fields = RequestFields::pairs(recipe.fields.iter().copied().zip(parts.iter().copied()));
            assert_eq!(sign(parts.iter().copied(), &key), expected, "{} {parts:?}", recipe.name);
            assert!(verifies(recipe, &fields, &key, expected));
            assert!(verifies(recipe, &fields, &key, &expected.to_uppercase()), "either case counts");
        }
    }

    proptest! {
        #[test]
        fn a_token_fits_its_own_fields_only(a in "[0-9]{14}", b in "[A-Z]{10}", c in "\\PC{1,40}", amt in 1_u64..999_999_999_999, other in "\\PC{1,40}") {
            let key = MerchantKey::new(K).unwrap();
            let amt = amt.to_string();
            let token = sign([a.as_str(), &b, &c, &amt], &key);
            prop_assert!(verifies_parts([a.as_str(), &b, &c, &amt], &key, &token));
            prop_assert_eq!(verifies_parts([a.as_str(), &b, &other, &amt], &key, &token), other == c);
            prop_assert!(!verifies_parts([a.as_str(), &b, &c, &amt], &MerchantKey::new("another-key").unwrap(), &token));
            prop_assert!(!verifies_parts([a.as_str(), &b, &c, &amt], &key, &token[1..]));
        }
    }
}
