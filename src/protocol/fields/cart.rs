//! `cartData` and `sellers`: JSON inside a string (`docs/PROTOCOL.md` §2.1.2, §2.1.3).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::json_mistake::json_mistake;
use super::url::is_local;
use crate::diagnosis::Slug;
use crate::domain::{Amount, Evidence, Object};
use crate::protocol::code::Code;
use crate::protocol::findings::Findings;
use crate::protocol::refusal::{Refusal, excerpt, quoted};

#[derive(Deserialize)]
struct Cart<'a> {
    #[serde(borrow)]
    count: Option<&'a RawValue>,
    #[serde(borrow)]
    item: Vec<Object<Line<'a>>>,
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

impl Line<'_> {
    fn local_url(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| is_local(url))
    }
}

/// The first number of a cart that is not in quotes, and its name.
fn unquoted_number<'a>(cart: &Cart<'a>) -> Option<(String, &'a str)> {
    let is_unquoted = |raw: &&RawValue| raw.get().starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if let Some(count) = cart.count.filter(is_unquoted) {
        return Some(("cartData.count".to_owned(), count.get()));
    }
    cart.item.iter().enumerate().find_map(|(i, line)| {
        let numbers = [("goods_amt", line.price), ("goods_quantity", line.quantity)];
        let (name, raw) = numbers.into_iter().find_map(|(name, raw)| Some((name, raw.filter(is_unquoted)?)))?;
        Some((format!("cartData.item[{i}].{name}"), raw.get()))
    })
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

fn number(raw: &RawValue) -> Number {
    let text = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(raw.get());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix('-') {
        Some(rest) if digits(rest) && rest.bytes().any(|b| b != b'0') => Number::Negative,
        _ if digits(text) => Number::Whole(text.parse().ok()),
        _ => Number::Malformed,
    }
}

/// What is wrong with a number; none where it is whole.
fn number_mistake(raw: &RawValue) -> Option<String> {
    if !matches!(number(raw), Number::Malformed) {
        return None;
    }
    let sent = raw.get();
    let text = sent.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(sent);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let decimals = text.split_once('.').filter(|(whole, decimals)| is_number(whole) && matches!(*decimals, "0" | "00"));
    Some(match decimals {
        Some((whole, _)) => format!("{sent} has decimals; send whole rupiah as text: \"{whole}\""),
        None if text.is_empty() => "is empty; send a whole number as text: \"25145\"".to_owned(),
        None => format!("{} is not a whole number; send only its digits, as text: \"25145\"", excerpt(sent)),
    })
}

/// A cart as NICEPAY documents it.
const CART_EXAMPLE: &str = r#"{"count":"1","item":[{"goods_amt":"25145","goods_quantity":"1"}]}"#;

/// What is wrong with JSON that is no cart.
fn cart_mistake(text: &str) -> String {
    let value = serde_json::from_str::<Value>(text).unwrap_or_default();
    let Value::Object(cart) = value else { return other_json(&value) };
    let lines = match cart.get("item") {
        Some(Value::Array(lines)) => lines,
        Some(_) => return "has an `item` that is not a list".to_owned(),
        None => {
            let similar = cart.keys().find(|key| key.to_ascii_lowercase().starts_with("item"));
            let similar = similar.map(|key| format!(": you sent {}, but the list is called \"item\"", quoted(key)));
            return format!("has no `item`{}", similar.unwrap_or_default());
        }
    };
    let mistake = lines.iter().enumerate().find_map(|(i, line)| match line {
        Value::Object(line) => {
            let has_url = line.get("goods_url").is_none_or(|url| url.is_string() || url.is_null());
            (!has_url).then(|| format!("has an item[{i}] whose goods_url is not text"))
        }
        _ => Some(format!("has an item[{i}] that is not an object")),
    });
    mistake.unwrap_or_else(|| "has a key twice".to_owned())
}

/// What JSON is that is not an object.
fn other_json(value: &Value) -> String {
    match value {
        Value::String(inner) if inner.trim_start().starts_with(['{', '[']) => "was encoded as JSON twice",
        Value::String(_) => "is text, not an object",
        Value::Array(_) => "is a list, not an object",
        _ => "is not an object",
    }
    .to_owned()
}

/// What is wrong with JSON that is no list of sellers.
fn sellers_mistake(text: &str) -> String {
    match serde_json::from_str::<Value>(text).unwrap_or_default() {
        Value::Object(fields) if !fields.contains_key("item") => "is one object; put it into a list".to_owned(),
        Value::Object(_) | Value::Array(_) => "is not a list of sellers as documented".to_owned(),
        value => other_json(&value),
    }
}

/// Checks the cart's format. Its sum is compared later, after the activation check (`docs/PROTOCOL.md` §2.1.7).
///
/// # Errors
/// `P380` or `1002`.
pub(in crate::protocol) fn read(text: &str, findings: &mut Findings) -> Result<CartTotal, Refusal> {
    let Object(cart): Object<Cart<'_>> = serde_json::from_str(text).map_err(|_| {
        let mistake = json_mistake(text).map_or_else(|| cart_mistake(text), |mistake| mistake.phrase);
        let reason = format!("cartData {mistake}; it must be JSON such as {CART_EXAMPLE} (docs/PROTOCOL.md §2.1.2)");
        malformed(Slug::CART_DATA_FORMAT, reason)
    })?;
    if cart.item.is_empty() {
        return Err(malformed(
            Slug::CART_DATA_EMPTY,
            "cartData has no line in `item` (docs/PROTOCOL.md §2.1.2)".into(),
        ));
    }
    if let Some((field, value)) = unquoted_number(&cart) {
        let reason =
            format!("{field} {value} is a number; NICEPAY expects it in quotes: \"{value}\" (docs/PROTOCOL.md A-03)");
        findings.add(Code::CART_FORMAT, Slug::CART_DATA_NUMBER, Evidence::SeenLive, reason)?;
    }
    if let Some((i, url)) = cart.item.iter().enumerate().find_map(|(i, line)| Some((i, line.local_url()?))) {
        let reason = format!(
            "cartData.item[{i}].goods_url {} is local; the live sandbox refuses that (docs/PROTOCOL.md A-04)",
            quoted(url)
        );
        findings.add(Code::CART_FORMAT, Slug::CART_DATA_LOCAL_URL, Evidence::SeenLive, reason)?;
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
        let quantity = line.quantity.map_or(Number::Whole(Some(1)), number);
        let values = match (number(amt), quantity) {
            (Number::Malformed, _) | (_, Number::Malformed) => {
                let numbers = [("goods_amt", Some(amt)), ("goods_quantity", line.quantity)];
                let mistakes = numbers.iter().filter_map(|(name, raw)| Some((name, number_mistake((*raw)?)?)));
                let mistakes: Vec<_> = mistakes.map(|(name, mistake)| format!("{name} {mistake}")).collect();
                let reason = format!("cartData.item[{i}].{} (docs/PROTOCOL.md §2.1.2)", mistakes.join(", and "));
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
    item: Vec<Object<Seller<'a>>>,
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
pub(in crate::protocol) fn read_sellers(text: &str, findings: &mut Findings) -> Result<(), Refusal> {
    let list = if text.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<Object<Seller<'_>>>>(text)
    } else {
        serde_json::from_str::<SellersObject<'_>>(text).map(|wrapped| wrapped.item)
    };
    let Ok(list) = list else {
        let mistake = json_mistake(text).map_or_else(|| sellers_mistake(text), |mistake| mistake.phrase);
        let reason = format!(
            "sellers {mistake}; it must be a JSON list of objects such as [{{\"sellersId\":\"S1\"}}] (docs/PROTOCOL.md §2.1.3)"
        );
        return Err(Refusal::new(Code::SELLERS_FORMAT, Slug::SELLERS_FORMAT, reason));
    };
    let Some(url) = list.iter().filter_map(|seller| seller.url.as_deref()).find(|url| is_local(url)) else {
        return Ok(());
    };
    let reason = format!("sellersUrl {} is local; the live sandbox refuses that (docs/PROTOCOL.md A-04)", quoted(url));
    findings.add(Code::SELLERS_FORMAT, Slug::SELLERS_LOCAL_URL, Evidence::SeenLive, reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Profile;

    fn code(cart: &str, profile: Profile, amt: u64) -> &'static str {
        match read(cart, &mut Findings::new(profile)).and_then(|total| total.check(Amount::from_rupiah(amt))) {
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
        let is_accepted = |text, profile| read_sellers(text, &mut Findings::new(profile)).is_ok();
        assert!(is_accepted(r#"[{"sellersId":"S","sellersUrl":"http://localhost"}]"#, Profile::Lenient));
        assert!(is_accepted(r#"{"count":"1","item":[{"sellersId":"S"}]}"#, Profile::Lenient));
        assert!(!is_accepted(r#"[{"sellersUrl":"http://localhost"}]"#, Profile::Strict));
        assert!(!is_accepted("nonsense", Profile::Lenient));
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
            let mut findings = Findings::new(Profile::Lenient);
            let _ = read(&text, &mut findings);
            let _ = read_sellers(&text, &mut findings);
        }
    }
}
