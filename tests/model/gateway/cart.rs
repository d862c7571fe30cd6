//! `cartData` and `sellers`: JSON inside a string (`docs/PROTOCOL.md` §2.1.2, §2.1.3).

use serde_json::Value;

use crate::gateway::fields::{Fields, Refusal, Sent, format_error, refusal};

/// The lines of the cart: price and quantity.
pub(crate) fn check_cart(fields: &Fields, strict: bool) -> Result<Vec<(i128, i128)>, Refusal> {
    let wrong = || format_error("cartData");
    let Sent::Text(text) = fields.sent("cartData") else { return Err(wrong()) };
    let cart: Value = serde_json::from_str(&text).map_err(|_| wrong())?;
    let items = cart["item"].as_array().ok_or_else(wrong)?;
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<i128>().map_err(|_| wrong()),
        Value::Number(number) if !strict => number.as_i64().map(i128::from).ok_or_else(wrong),
        _ => Err(wrong()),
    };
    if strict && cart["count"].is_number() {
        return Err(wrong());
    }
    if items.is_empty() {
        return Err(wrong());
    }
    let mut lines = Vec::new();
    for item in items {
        if strict && is_local(item["goods_url"].as_str().unwrap_or_default()) {
            return Err(wrong());
        }
        let quantity = &item["goods_quantity"];
        lines.push((number(&item["goods_amt"])?, if quantity.is_null() { 1 } else { number(quantity)? }));
    }
    Ok(lines)
}

pub(crate) fn check_sum(lines: &[(i128, i128)], amt: u64) -> Result<(), Refusal> {
    if lines.iter().any(|(price, quantity)| price * quantity < 0) {
        return Err(refusal("1002"));
    }
    let sum: i128 = lines.iter().map(|(price, quantity)| price * quantity).sum();
    if sum == i128::from(amt) { Ok(()) } else { Err(refusal("9907")) }
}

pub(crate) fn check_sellers(fields: &Fields, strict: bool) -> Result<(), Refusal> {
    let wrong = || format_error("sellers");
    let text = match fields.sent("sellers") {
        Sent::Missing if fields.text("mitraCd") == "AKLP" => return Err(refusal("8003")),
        Sent::Missing => return Ok(()),
        Sent::Structure => return Err(wrong()),
        Sent::Text(text) => text,
    };
    let sellers: Value = serde_json::from_str(&text).map_err(|_| wrong())?;
    let list = sellers.as_array().or_else(|| sellers["item"].as_array()).ok_or_else(wrong)?;
    let local = list.iter().any(|seller| is_local(seller["sellersUrl"].as_str().unwrap_or_default()));
    if strict && local { Err(wrong()) } else { Ok(()) }
}

/// Localhost or a private address, as far as the commands send such a URL.
fn is_local(url: &str) -> bool {
    url.contains("//localhost") || url.contains("//127.") || url.contains("//192.168.")
}
