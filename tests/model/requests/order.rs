//! Registrations.

use serde_json::{Value, json};

use super::draft::Draft;
use super::{Action, MERCHANTS, TIME_STAMP, callback, nth, url};
use crate::commands::{AMOUNTS, MONTHS, PARTNERS, Registration, Spoil, USERS};
use crate::gateway::state::Gateway;
use crate::time::{HOUR, wib};

pub(super) fn registration(gateway: &Gateway, of: &Registration, spoils: &[Spoil]) -> Action {
    let (i_mid, _) = MERCHANTS[of.merchant % 2];
    let amt = AMOUNTS[of.amt % AMOUNTS.len()];
    let order_draft = Draft::new(order(gateway, of, i_mid, amt), &["timeStamp", "iMid", "referenceNo", "amt"]);
    let optional = &["tokenizeUser", "clientUserKey", "userToken", "callBackUrl", "description", "reqDomain"];
    let draft = Draft { optional, ..order_draft };
    draft.request(if of.checkout == 0 { "direct/v2/registration" } else { "redirect/v2/registration" }, spoils)
}

fn order(gateway: &Gateway, of: &Registration, i_mid: &str, amt: u64) -> Value {
    let amt_text = amt.to_string();
    let mut order = json!({
        "timeStamp": TIME_STAMP, "iMid": i_mid, "payMethod": "06", "currency": "IDR", "amt": amt_text,
        "referenceNo": format!("order-{}", of.number), "goodsNm": "Sepatu & kaus kaki", "billingNm": "Siti Rahayu",
        "billingPhone": "12345678", "billingEmail": "siti@merchant.com", "billingAddr": "Jalan Bukit Berbunga 22",
        "billingCity": "Jakarta", "billingState": "DKI Jakarta", "billingPostCd": "12345",
        "billingCountry": "Indonesia", "deliveryNm": "Siti Rahayu", "deliveryPhone": "12345678",
        "deliveryAddr": "Jalan Bukit Berbunga 22", "deliveryCity": "Jakarta", "deliveryState": "DKI Jakarta",
        "deliveryPostCd": "12345", "deliveryCountry": "Indonesia", "dbProcessUrl": url(gateway, of.url),
        "userIP": "127.0.0.1", "userAgent": "model", "cartData": cart(of.cart, amt), "instmntType": "2",
        "instmntMon": MONTHS[of.months % MONTHS.len()], "mitraCd": PARTNERS[of.partner % 3],
    });
    if let Some(sellers) = sellers(of.sellers) {
        order["sellers"] = sellers;
    }
    if of.description {
        order["description"] = "Pesanan #1".into();
    }
    // Without a token to pay with, one is issued; or it is a payment with a token that nobody has.
    let none = gateway.tokens.is_empty() && !of.number.is_multiple_of(4);
    match of.mode % 3 {
        0 => {}
        mode if mode == 1 || none => {
            order["tokenizeUser"] = "1".into();
            order["clientUserKey"] = USERS[of.user % USERS.len()].into();
        }
        _ => {
            let token = nth(gateway.tokens.values().map(|token| token.text.clone()), of.token);
            order["tokenizeUser"] = "2".into();
            order["userToken"] = token.unwrap_or_else(|| "no-such-token".to_owned()).into();
        }
    }
    let (soon, past) = (wib(gateway.now + HOUR), wib(gateway.now - HOUR));
    match of.pay_valid % 5 {
        1 => (order["payValidDt"], order["payValidTm"]) = (soon[..8].into(), soon[8..].into()),
        2 => (order["payValidDt"], order["payValidTm"]) = (past[..8].into(), past[8..].into()),
        3 => order["payValidDt"] = soon[..8].into(),
        4 => (order["payValidDt"], order["payValidTm"]) = ("20269901".into(), "000000".into()),
        _ => {}
    }
    if of.checkout > 0 {
        order["callBackUrl"] = callback(of.number).into();
    }
    if of.checkout == 2 {
        order["payMethod"] = "00".into();
        for name in ["mitraCd", "instmntMon", "instmntType"] {
            if of.number.is_multiple_of(2) {
                order.as_object_mut().unwrap().remove(name);
            }
        }
    }
    order
}

/// `cartData`, right and wrong.
fn cart(which: usize, amt: u64) -> Value {
    let line = |price: Value, quantity: Value| {
        json!({
            "goods_id": "1", "goods_name": "Sepatu", "goods_detail": "Sepatu", "goods_amt": price,
            "goods_quantity": quantity, "goods_url": "http://merchant.com/x", "goods_sellers_id": "S1",
        })
    };
    let text = |number: u64| Value::from(number.to_string());
    let one = |price: Value, quantity: Value| json!({ "count": "1", "item": [line(price, quantity)] });
    let cart = match which % 17 {
        1 if amt > 2 => json!({
            "count": "2", "item": [line(text((amt - 1) / 2), "2".into()), line(text(amt - (amt - 1) / 2 * 2), "1".into())],
        }),
        2 => json!({ "count": 1, "item": [line(amt.into(), 1.into())] }),
        3 => one(text(amt + 1), "1".into()),
        4 => json!({ "count": "2", "item": [line(text(amt + 5), "1".into()), line("-5".into(), "1".into())] }),
        5 => return "{\"count\":".into(),
        6 => return "[]".into(),
        7 => json!({ "count": "0", "item": [] }),
        8 => json!({ "count": "1", "item": [{ "goods_quantity": "1" }] }),
        9 => json!({ "count": "1", "item": [{ "goods_amt": amt.to_string() }] }),
        10 => {
            let mut line = line(text(amt), "1".into());
            line["goods_url"] = "http://localhost/x".into();
            json!({ "count": "1", "item": [line] })
        }
        11 => one("9223372036854775807".into(), "9223372036854775807".into()),
        12 => json!({ "count": "2", "item": [line(text(amt), "1".into()), line("0".into(), "1".into())] }),
        13 => json!({ "item": [line(text(amt), "1".into())] }),
        14 => one(text(amt), "0".into()),
        15 => one("abc".into(), "1".into()),
        16 => one(format!("{amt}.00").into(), "1".into()),
        _ => one(text(amt), "1".into()),
    };
    cart.to_string().into()
}

fn sellers(which: usize) -> Option<Value> {
    let seller = json!({ "sellersId": "S1", "sellersNm": "Toko", "sellersEmail": "toko@test.com" });
    let list = match which % 8 {
        1 => json!({ "count": "1", "item": [seller] }),
        2 => return Some("[{".into()),
        3 => json!({ "a": "b" }),
        4 => return None,
        5 => json!([{ "sellersId": "S1", "sellersUrl": "http://192.168.0.1/x" }]),
        6 => return Some(7.into()),
        7 => json!([]),
        _ => json!([seller]),
    };
    Some(list.to_string().into())
}
