//! Whole rupiah.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// Rupiah, without decimals. `amt` on the wire has 1 to 12 digits (`docs/PROTOCOL.md` §3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// An amount of whole rupiah.
    pub const fn from_rupiah(rupiah: u64) -> Self {
        Self(rupiah)
    }

    /// The number of rupiah.
    pub const fn as_rupiah(self) -> u64 {
        self.0
    }

    /// The difference; zero where it would be negative.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The sum; the largest amount where it would overflow.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Formatted for Indonesian readers: `Rp 25.145`.
    pub fn formatted(self) -> String {
        let digits = self.0.to_string();
        let mut out = String::with_capacity(digits.len() * 4 / 3 + 3);
        out.push_str("Rp ");
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push('.');
            }
            out.push(digit);
        }
        out
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A decimal string, as in all messages.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn formatting_keeps_the_number_in_groups_of_three(n in any::<u64>()) {
            let text = Amount::from_rupiah(n).formatted();
            prop_assert_eq!(text.trim_start_matches("Rp ").replace('.', "").parse::<u64>().unwrap(), n);
            prop_assert!(text.trim_start_matches("Rp ").split('.').skip(1).all(|group| group.len() == 3));
        }
    }
}
