//! Of several faults, which is answered.

use super::Profile::{Both, Strict};
use super::{
    AMT_FORMAT, CART_FORMAT, CART_SUM, CURRENCY, DUPLICATE, Desk, GOODS, INSTALMENT_TYPE, MID, MONTHS, NEGATIVE_LINE,
    NOT_ACTIVE, ORDER_DATA, REFERENCE_LENGTH, REGISTRATION, REGISTRATION_KEYS, Row, SELLERS_FORMAT, TIME_STAMP, TOKEN,
    TOO_LOW, UNREADABLE, USER_TOKEN, cart, line, row,
};

#[test]
fn of_several_faults_the_first_of_the_documented_order_is_answered() {
    // §2.1.7, rows 2 to 9.
    const FAULTS: &[Row] = &[
        row("iMid", Both, MID, "iMid/unknown", |o| o.with("iMid", "NOSUCHMID1")),
        row("merchantToken", Both, TOKEN, "merchantToken/unknown", |o| o.with("merchantToken", "0".repeat(64))),
        row("a missing field", Both, GOODS, "field/missing", |o| o.without("goodsNm")),
        row("a format", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "99")),
        row("payMethod", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", "01")),
        row("mitraCd", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "ALMA")),
        row("a negative line", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("-5", "1")]))
        }),
        row("the cart's sum", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("5", "1")]))),
        row("userToken", Both, USER_TOKEN, "userToken/unknown", |o| o.seamless("nonsense")),
        row("referenceNo", Both, DUPLICATE, "referenceNo/duplicate", |o| o.with("referenceNo", "first")),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        desk.take(&desk.order("first"));
        for i in 0..FAULTS.len() {
            // Backwards, so that an earlier fault is not mended by a later one of the same field.
            let order = FAULTS[i..].iter().rev().fold(desk.order("many"), |order, fault| (fault.change)(order));
            let what = format!("{profile}: {} and all after it", FAULTS[i].what);
            desk.refuses(&what, &order, FAULTS[i].says, FAULTS[i].slug);
            for later in &FAULTS[i + 1..] {
                let order = (FAULTS[i].change)((later.change)(desk.order("two")));
                let what = format!("{profile}: {} and {}", FAULTS[i].what, later.what);
                desk.refuses(&what, &order, FAULTS[i].says, FAULTS[i].slug);
            }
        }
        // Row 1: nothing is looked at in a body that cannot be read.
        let body = desk.shop.body(&desk.order("many").with("iMid", "NOSUCHMID1")).to_string();
        let json = [("content-type", "application/json")];
        let answer = desk.sim.http().send("POST", REGISTRATION, &json, &body.as_bytes()[..body.len() - 1]);
        desk.refused("truncated", &answer, UNREADABLE, "body/truncated", &REGISTRATION_KEYS);
        desk.close();
    }
}

#[test]
fn formats_are_checked_before_what_is_active_and_after_what_is_missing() {
    const FORMATS: &[Row] = &[
        row("9008", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "1.5")),
        row("9115", Both, TOO_LOW, "amt/zero", |o| o.with("amt", "0")),
        row("9109", Both, REFERENCE_LENGTH, "referenceNo/length", |o| o.with("referenceNo", "x".repeat(41))),
        row("9013", Both, CURRENCY, "currency/unknown", |o| o.with("currency", "USD")),
        row("9029", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "99")),
        row("9118", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", "9")),
        row("9031", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "now")),
        row("8003", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("javascript:alert(1)")),
        row("8003, tokens", Both, ORDER_DATA, "tokenizeUser/unknown", |o| o.with("tokenizeUser", "9")),
        row("P380", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "nothing")),
        row("P380, sellers", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "nobody")),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for format in FORMATS.iter().filter(|row| row.profile.has(profile)) {
            let what = format!("{profile}: {}", format.what);
            let order = (format.change)(desk.order("format")).with("payMethod", "01").with("mitraCd", "ALMA");
            desk.refuses(&what, &order, format.says, format.slug);
            // The last that can be missing in both profiles.
            let order = (format.change)(desk.order("format")).without("mitraCd");
            desk.refuses(&what, &order, ORDER_DATA, "field/missing");
        }
        desk.close();
    }
}
