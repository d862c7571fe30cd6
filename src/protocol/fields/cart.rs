//! `cartData` and `sellers`: JSON inside a string (`docs/PROTOCOL.md` §2.1.2, §2.1.3).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::url::is_local;
use crate::diagnosis::Slug;
use crate::domain::{Amount, Profile};
use crate::protocol::code::Code;
use crate::protocol::refusal::{Refusal, quoted};

#[derive(Deserialize)]
struct Cart<'a> {
    #[serde(borrow)]
    count: Option<&'a RawValue>,
    #[serde(borrow)]
    item: Vec<Line<'a>>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, rename = "goods_amt")]
    price: Option<&'a RawValue>,
    #[serde(borrow, rename = "goods_quantity")]
    quantity: Option<&'a RawValue>,
    #[serde(borrow, rename = "goods_url")]
    url: Option<Cow<'a, str>>,
}

fn malformed(slug: Slug, reason: String) -> Refusal {
    Refusal::new(Code::CART_FORMAT, slug, reason)
}

/// A number as it was sent.
enum Number {
    /// Whole and not negative. None where it does not fit.
    Whole(Option<u64>),
    /// Negative.
    Negative,
    /// Something else.
    Malformed,
}

fn number(raw: &RawValue, profile: Profile) -> Number {
    let quoted = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let text = match (quoted, profile) {
        (Some(text), _) => text,
        (None, Profile::Lenient) => raw.get(),
        (None, Profile::Strict) => return Number::Malformed,
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix('-') {
        Some(rest) if digits(rest) && rest.bytes().any(|b| b != b'0') => Number::Negative,
        _ if digits(text) => Number::Whole(text.parse().ok()),
        _ => Number::Malformed,
    }
}

/// Checks the cart's format. Its sum is compared later, after the activation check (`docs/PROTOCOL.md` §2.1.7).
///
/// # Errors
/// `P380` or `1002`.
pub(in crate::protocol) fn read(text: &str, profile: Profile) -> Result<CartTotal, Refusal> {
    let cart: Cart<'_> = serde_json::from_str(text).map_err(|e| {
        malformed(
            Slug::CART_DATA_FORMAT,
            format!(
                "cartData is not a JSON object with a list `item` (docs/PROTOCOL.md §2.1.2): {e}; got {}",
                quoted(text)
            ),
        )
    })?;
    if cart.item.is_empty() {
        return Err(malformed(
            Slug::CART_DATA_EMPTY,
            "cartData has no line in `item` (docs/PROTOCOL.md §2.1.2)".into(),
        ));
    }
    if profile == Profile::Strict && cart.count.is_some_and(|count| !count.get().starts_with('"')) {
        return Err(malformed(
            Slug::CART_DATA_NUMBER,
            "cartData.count is a number; the strict profile expects strings (docs/PROTOCOL.md A-03)".into(),
        ));
    }
    let mut total = Some(0_u64);
    let mut has_negative_line = false;
    for (i, line) in cart.item.iter().enumerate() {
        let Some(amt) = line.price else {
            return Err(malformed(
                Slug::CART_DATA_GOODS_AMT,
                format!("cartData.item[{i}] has no goods_amt (docs/PROTOCOL.md §2.1.2)"),
            ));
        };
        // A line without a quantity counts as one piece *(assumed)*.
        let quantity = line.quantity.map_or(Number::Whole(Some(1)), |raw| number(raw, profile));
        let values = match (number(amt, profile), quantity) {
            (Number::Malformed, _) | (_, Number::Malformed) => {
                let reason = format!(
                    "cartData.item[{i}]: goods_amt {} and goods_quantity {} must be whole numbers{} (docs/PROTOCOL.md §2.1.2)",
                    quoted(amt.get()),
                    quoted(line.quantity.map_or("", RawValue::get)),
                    if profile == Profile::Strict {
                        " in quotes (a string, as \"25145\"), in the strict profile"
                    } else {
                        ""
                    }
                );
                return Err(malformed(Slug::CART_DATA_NUMBER, reason));
            }
            (Number::Negative, _) | (_, Number::Negative) => {
                has_negative_line = true;
                continue;
            }
            (Number::Whole(amt), Number::Whole(quantity)) => (amt, quantity),
        };
        let sum = |total: u64| total.checked_add(values.0?.checked_mul(values.1?)?);
        total = total.and_then(sum);
        if let (Profile::Strict, Some(url)) = (profile, &line.url)
            && is_local(url)
        {
            let reason = format!(
                "cartData.item[{i}].goods_url {} is local; the live sandbox refuses that (docs/PROTOCOL.md A-04)",
                quoted(url)
            );
            return Err(malformed(Slug::CART_DATA_LOCAL_URL, reason));
        }
    }
    Ok(CartTotal { rupiah: total, has_negative_line })
}

/// The sum of a cart.
#[derive(Debug)]
pub(in crate::protocol) struct CartTotal {
    /// None where it does not fit into a number.
    rupiah: Option<u64>,
    has_negative_line: bool,
}

impl CartTotal {
    /// Refuses a negative line (`1002`), and a sum that is not `amt` (`9907`).
    pub(in crate::protocol) fn check(&self, amt: Amount) -> Result<(), Refusal> {
        if self.has_negative_line {
            return Err(Refusal::new(
                Code::NEGATIVE_LINE,
                Slug::CART_DATA_NEGATIVE,
                "cartData has a line with a negative goods_amt or goods_quantity (docs/PROTOCOL.md §2.1.2)",
            ));
        }
        if self.rupiah == Some(amt.as_rupiah()) {
            return Ok(());
        }
        let sum = self.rupiah.map_or_else(|| "more than fits into a number".to_owned(), |sum| sum.to_string());
        let reason = format!(
            "the lines of cartData (goods_amt x goods_quantity) add up to {sum}, amt is {amt} (docs/PROTOCOL.md §2.1.2)"
        );
        Err(Refusal::new(Code::CART_SUM, Slug::CART_DATA_SUM, reason))
    }
}

#[derive(Deserialize)]
struct SellersObject<'a> {
    #[serde(borrow)]
    item: Vec<Seller<'a>>,
}

#[derive(Deserialize)]
struct Seller<'a> {
    #[serde(borrow, rename = "sellersUrl")]
    url: Option<Cow<'a, str>>,
}

/// Checks the form of `sellers`: a list, or the list wrapped as `{count, item}` (`docs/PROTOCOL.md` §2.1.3).
///
/// # Errors
/// `P380`
pub(in crate::protocol) fn read_sellers(text: &str, profile: Profile) -> Result<(), Refusal> {
    let refuse = |slug, reason| Err(Refusal::new(Code::SELLERS_FORMAT, slug, reason));
    let list = if text.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<Seller<'_>>>(text)
    } else {
        serde_json::from_str::<SellersObject<'_>>(text).map(|wrapped| wrapped.item)
    };
    let Ok(list) = list else {
        let reason = format!("sellers is not a JSON list of objects (docs/PROTOCOL.md §2.1.3); got {}", quoted(text));
        return refuse(Slug::SELLERS_FORMAT, reason);
    };
    let local = list.iter().filter_map(|seller| seller.url.as_deref()).find(|url| is_local(url));
    match (profile, local) {
        (Profile::Strict, Some(url)) => refuse(
            Slug::SELLERS_LOCAL_URL,
            format!("sellersUrl {} is local; the live sandbox refuses that (docs/PROTOCOL.md A-04)", quoted(url)),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(cart: &str, profile: Profile, amt: u64) -> &'static str {
        match read(cart, profile).and_then(|total| total.check(Amount::from_rupiah(amt))) {
            Ok(()) => "0000",
            Err(refusal) => refusal.code.cd,
        }
    }

    #[test]
    fn carts_of_real_clients_and_malformed_ones() {
        let lenient = |cart, amt| code(cart, Profile::Lenient, amt);
        assert_eq!(lenient(r#"{"count":"1","item":[{"goods_amt":"5","goods_quantity":"2"}]}"#, 10), "0000");
        assert_eq!(
            lenient(
                r#"{"count":1,"item":[{"goods_amt":5,"goods_quantity":2},{"goods_amt":"0","goods_quantity":1}]}"#,
                10
            ),
            "0000"
        );
        assert_eq!(lenient(r#"{"item":[{"goods_amt":"5"}]}"#, 5), "0000");
        assert_eq!(lenient(r#"{"item":[{"goods_amt":"5","goods_quantity":"2"}]}"#, 11), "9907");
        assert_eq!(lenient(r#"{"item":[{"goods_amt":"18446744073709551615","goods_quantity":"2"}]}"#, 11), "9907");
        assert_eq!(lenient(r#"{"item":[{"goods_amt":"99999999999999999999999"}]}"#, 11), "9907");
        assert_eq!(lenient(r#"{"item":[{"goods_amt":"12"},{"goods_amt":"-2"}]}"#, 10), "1002");
        for wrong in [
            "",
            "[]",
            "{",
            "{}",
            r#"{"item":[]}"#,
            r#"{"item":{}}"#,
            r#"{"item":[{}]}"#,
            r#"{"item":[{"goods_amt":"1.5"}]}"#,
        ] {
            assert_eq!(lenient(wrong, 1), "P380", "{wrong}");
        }
        let strict = |cart, amt| code(cart, Profile::Strict, amt);
        assert_eq!(strict(r#"{"count":"1","item":[{"goods_amt":"5","goods_quantity":"2"}]}"#, 10), "0000");
        assert_eq!(strict(r#"{"count":"1","item":[{"goods_amt":5,"goods_quantity":"2"}]}"#, 10), "P380");
        assert_eq!(strict(r#"{"count":1,"item":[{"goods_amt":"5","goods_quantity":"2"}]}"#, 10), "P380");
        assert_eq!(strict(r#"{"item":[{"goods_amt":"5","goods_url":"http://localhost/x"}]}"#, 5), "P380");
    }

    #[test]
    fn sellers_have_two_forms() {
        assert!(read_sellers(r#"[{"sellersId":"S","sellersUrl":"http://localhost"}]"#, Profile::Lenient).is_ok());
        assert!(read_sellers(r#"{"count":"1","item":[{"sellersId":"S"}]}"#, Profile::Lenient).is_ok());
        assert!(read_sellers(r#"[{"sellersUrl":"http://localhost"}]"#, Profile::Strict).is_err());
        assert!(read_sellers("nonsense", Profile::Lenient).is_err());
    }

    proptest! {
        #[test]
        fn a_cart_is_worth_price_times_quantity(lines in proptest::collection::vec((0_u64..1_000_000, 1_u64..100), 1..10)) {
            let item: Vec<_> = lines.iter().map(|(amt, n)| serde_json::json!({ "goods_amt": amt.to_string(), "goods_quantity": n })).collect();
            let cart = serde_json::json!({ "count": item.len(), "item": item }).to_string();
            let sum: u64 = lines.iter().map(|(amt, n)| amt * n).sum();
            prop_assert_eq!(code(&cart, Profile::Lenient, sum), "0000");
            prop_assert_eq!(code(&cart, Profile::Lenient, sum + 1), "9907");
        }

        #[test]
        fn never_panics(text in ".*") {
            let _ = read(&text, Profile::Strict);
            let _ = read_sellers(&text, Profile::Lenient);
        }
    }
}
