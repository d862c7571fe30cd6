//! Identifiers. Each has one fallible constructor, so every value is valid. Cloning one copies a pointer.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A text that is not a valid identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct IdError {
    what: &'static str,
    rule: &'static str,
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string" })
            }
        }
    };
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $valid:expr) => {
        text_type! { $(#[$doc])* $name }

        impl $name {
            #[doc = concat!("Accepts ", $rule, ".")]
            ///
            /// # Errors
            /// The rule that `text` breaks.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(IdError { what: stringify!($name), rule: $rule }) }
            }

            pub(in crate::domain) fn text_mut(&mut self) -> &mut Arc<str> {
                &mut self.0
            }
        }
    };
}

/// Up to `max` characters, none of them a control character.
fn is_printable(text: &str, max: usize) -> bool {
    // Most texts are ASCII, where each byte is a character.
    if text.is_ascii() {
        return (1..=max).contains(&text.len()) && !text.bytes().any(|byte| byte.is_ascii_control());
    }
    !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
}

identifier! {
    /// A merchant: NICEPAY's are ten characters (`docs/PROTOCOL.md` §3.1); other lengths work and make other tXids.
    IMid, "1 to 20 ASCII letters or digits",
    |text| (1..=IMid::MAX_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}
impl IMid {
    /// The length of the longest one.
    pub const MAX_CHARS: usize = 20;
}

text_type! {
    /// NICEPAY's transaction number. Only [`TXidSource`](crate::domain::TXidSource) makes them.
    TXid
}
impl TXid {
    /// Not checked: [`TXidSource`](crate::domain::TXidSource) makes valid ones.
    pub(in crate::domain) fn from_source(text: String) -> Self {
        Self(text.into())
    }
}

identifier! {
    /// The name under which customers know a merchant.
    MerchantName, "1 to 60 characters without control characters", |text| !text.trim().is_empty() && is_printable(text, 60)
}
identifier! {
    /// The merchant's order number. Case matters: it is hashed as sent (`docs/PROTOCOL.md` §1.2).
    ReferenceNo, "1 to 40 characters without control characters", |text| is_printable(text, 40)
}
identifier! {
    /// What the partner issues for one customer of one merchant. The live gateway issues other forms than UUIDs, too
    /// (`docs/PROTOCOL.md` §1.2, A-41).
    UserToken, "1 to 255 characters without control characters", |text| is_printable(text, 255)
}
impl UserToken {
    /// Not checked: every UUID is a valid token.
    pub fn from_uuid(uuid: String) -> Self {
        Self(uuid.into())
    }
}

identifier! {
    /// The merchant's own id of a customer (`docs/PROTOCOL.md` §1.2).
    ClientUserKey, "1 to 4,000 characters without control characters", |text| is_printable(text, 4_000)
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        /// Accepts one spelling only: neither `+1` nor `01` is number 1.
        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let number = text.parse().ok().filter(|number: &u64| number.to_string() == text);
                number.map(Self).ok_or(IdError { what: stringify!($name), rule: "a number without sign or leading zeros" })
            }
        }

        /// A string, like every other identifier.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[0-9]+$" })
            }
        }
    };
}

number! {
    /// A notification's number in its simulator.
    NotificationId
}
number! {
    /// A binding's number in its simulator.
    BindingId
}

impl ClientUserKey {
    /// The key of a customer of whom only the telephone number is known.
    pub fn from_phone(phone: &Phone) -> Self {
        Self(phone.local().into())
    }
}

/// A shopper's telephone number in its one normal form: digits, no country code, no leading zero.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Phone(Arc<str>);

impl Phone {
    /// Normalises `081…`, `81…`, `62…`, `+62…`, with blanks, dots, hyphens and brackets (`docs/PROTOCOL.md` A-39).
    ///
    /// # Errors
    /// When fewer than 6 or more than 15 digits remain, or anything but digits does.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let error = IdError { what: "Phone", rule: "a telephone number of 6 to 15 digits, such as 081291891818" };
        let trimmed = text.trim();
        if trimmed.len() > 40 {
            return Err(error);
        }
        let digits: String = trimmed
            .strip_prefix('+')
            .unwrap_or(trimmed)
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')'))
            .collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(error);
        }
        let local = digits.strip_prefix("62").filter(|rest| rest.len() >= 8).unwrap_or(&digits);
        let local = local.trim_start_matches('0');
        if (6..=15).contains(&local.len()) { Ok(Self(local.into())) } else { Err(error) }
    }

    /// Without country code and leading zero: `81291891818`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As written in Indonesia: `081291891818`.
    pub fn local(&self) -> String {
        format!("0{}", self.0)
    }

    /// For a page: `0812••••1818`.
    pub fn masked(&self) -> String {
        let local = self.local();
        let (head, tail) = (local.len().min(4), local.len().saturating_sub(4).max(4));
        format!("{}••••{}", &local[..head], &local[tail.min(local.len())..])
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0{}", self.0)
    }
}

impl Serialize for Phone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Phone {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Phone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^0[0-9]{6,15}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_phone_is_one_phone() {
        for text in
            ["81291891818", "081291891818", "6281291891818", "+6281291891818", "+62 812-9189-1818", " 0812.9189.1818 "]
        {
            assert_eq!(Phone::new(text).unwrap().as_str(), "81291891818", "{text}");
        }
        assert_eq!(Phone::new("081291891818").unwrap().masked(), "0812••••1818");
        for text in ["", "0", "12345", "0812x", "081291891818081291891818", "<script>"] {
            assert!(Phone::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn identifiers_hold_to_their_rules() {
        assert!(IMid::new("PAYLOANTES").is_ok());
        assert!(IMid::new("PAY LOAN").is_err());
        assert!(ReferenceNo::new(&"x".repeat(40)).is_ok());
        assert!(ReferenceNo::new(&"x".repeat(41)).is_err());
        assert!(ReferenceNo::new("a\r\nb").is_err());
        assert_eq!(IMid::new("").unwrap_err().to_string(), "IMid must be 1 to 20 ASCII letters or digits");
    }
}
