//! Parses `amt` (`docs/PROTOCOL.md` §3.3).

use super::field::Field;
use super::field_rules::refuse;
use super::request_fields::RequestFields;
use crate::diagnosis::Slug;
use crate::domain::Amount;
use crate::protocol::code::Code;
use crate::protocol::refusal::{Refusal, quoted};

/// Rupiah: 1 to 12 digits, not all zeros (`docs/PROTOCOL.md` §3.3).
pub(in crate::protocol) fn parse_amount(text: &str) -> Result<Amount, Refusal> {
    let rule = "whole rupiah, 1 to 12 digits, without sign, blank, separator or decimals (docs/PROTOCOL.md §3.3)";
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return refuse(Code::AMT_FORMAT, Slug::AMT_FORMAT, format!("amt {} must be {rule}", quoted(text)));
    }
    match text.parse() {
        Ok(0) => refuse(Code::AMT_TOO_LOW, Slug::AMT_ZERO, "amt is zero (docs/PROTOCOL.md §3.3)"),
        Ok(rupiah) => Ok(Amount::from_rupiah(rupiah)),
        Err(_) => refuse(Code::AMT_FORMAT, Slug::AMT_FORMAT, format!("amt {} must be {rule}", quoted(text))),
    }
}

/// Parses `amt` of a request that refers to an order, by the same rule (`docs/PROTOCOL.md` §3.3).
pub(in crate::protocol) fn required_amount(fields: &RequestFields<'_>) -> Result<Amount, Refusal> {
    match fields.text(Field::Amt) {
        None => refuse(Code::AMT_MISSING, Slug::FIELD_MISSING, fields.missing(Field::Amt)),
        Some(text) => parse_amount(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> &'static str {
        parse_amount(text).map_or_else(|refusal| refusal.code.cd, |_| "0000")
    }

    #[test]
    fn amounts_that_people_try() {
        for (text, expected) in [
            ("25145", "0000"),
            ("1", "0000"),
            ("999999999999", "0000"),
            ("000000025145", "0000"),
            ("0", "9115"),
            ("000", "9115"),
            ("-1", "9008"),
            ("+1", "9008"),
            ("1.5", "9008"),
            ("1e3", "9008"),
            ("1000000000000", "9008"),
            (" 25145", "9008"),
            ("25,145", "9008"),
            ("\u{661}\u{662}", "9008"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_is_what_its_digits_say(rupiah in 1_u64..=999_999_999_999) {
            prop_assert_eq!(parse_amount(&rupiah.to_string()).unwrap(), Amount::from_rupiah(rupiah));
        }

        #[test]
        fn nothing_but_one_to_twelve_digits_is_an_amount(text in "\\PC{0,14}") {
            let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            prop_assert_eq!(code(&text) != "9008", digits);
        }
    }
}
