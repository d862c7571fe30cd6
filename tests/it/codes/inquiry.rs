//! Inquiries that are refused.

use nicepay_sim::testing::{Order, Shop};
use serde_json::{Value, json};

use super::{
    AMT, AMT_FORMAT, Desk, MID, NOT_FOUND, REFERENCE, Says, TIME_STAMP, TOKEN, TOO_LOW, UNREADABLE, ways_to_miss,
    wrong_types,
};

/// The keys of an inquiry's answer, in order (§2.5).
#[rustfmt::skip]
const INQUIRY_KEYS: [&str; 46] = [
    "tXid", "iMid", "currency", "amt", "instmntMon", "instmntType", "referenceNo", "goodsNm", "payMethod", "billingNm",
    "reqDt", "reqTm", "status", "resultCd", "resultMsg", "cardNo", "preauthToken", "acquBankCd", "issuBankCd",
    "vacctValidDt", "vacctValidTm", "vacctNo", "bankCd", "payNo", "mitraCd", "receiptCode", "cancelAmt", "transDt",
    "transTm", "recurringToken", "ccTransType", "payValidDt", "payValidTm", "mRefNo", "acquStatus", "cardExpYymm",
    "acquBankNm", "issuBankNm", "depositDt", "depositTm", "paymentExpDt", "paymentExpTm", "paymentTrxSn",
    "cancelTrxSn", "userId", "shopId",
];

const INQUIRY: &str = "/nicepay/direct/v2/inquiry";

/// An inquiry that is refused: what is changed in a good one.
type InquiryRow = (&'static str, Says, &'static str, fn(Order) -> Order);

/// A good inquiry, as an order whose fields are sent alone.
fn inquiry(shop: &Shop, question: &Order) -> Value {
    let mut body = shop.body(question);
    let asked = ["timeStamp", "tXid", "iMid", "referenceNo", "amt", "merchantToken"];
    body.as_object_mut().unwrap().retain(|name, _| asked.contains(&name.as_str()));
    body
}

#[test]
fn inquiries_that_are_refused() {
    const ROWS: &[InquiryRow] = &[
        ("iMid unknown", MID, "iMid/unknown", |o| o.with("iMid", "NOSUCHMID1")),
        ("merchantToken wrong", TOKEN, "merchantToken/unknown", |o| o.with("merchantToken", "0".repeat(64))),
        ("merchantToken null", TOKEN, "merchantToken/missing", |o| o.with("merchantToken", Value::Null)),
        ("tXid unknown", NOT_FOUND, "tXid/unknown", |o| o.with("tXid", "PAYLOANTES06202601011200000000")),
        ("tXid of words", NOT_FOUND, "tXid/unknown", |o| o.with("tXid", "where is it")),
        ("tXid {}", NOT_FOUND, "field/type", |o| o.with("tXid", json!({}))),
        ("referenceNo differs", NOT_FOUND, "referenceNo/mismatch", |o| o.with("referenceNo", "another")),
        ("referenceNo's case differs", NOT_FOUND, "referenceNo/mismatch", |o| o.with("referenceNo", "ORDER")),
        ("amt differs", NOT_FOUND, "amt/mismatch", |o| o.with("amt", "25146")),
        ("amt with decimals", AMT_FORMAT, "amt/format", |o| o.with("amt", "25145.00")),
        ("amt of 13 digits", AMT_FORMAT, "amt/format", |o| o.with("amt", "1000000000000")),
        ("amt {}", AMT_FORMAT, "amt/format", |o| o.with("amt", json!({}))),
        ("amt zero", TOO_LOW, "amt/zero", |o| o.with("amt", "0")),
        // Several faults: the first counts.
        ("everything", MID, "iMid/unknown", |o| {
            o.with("iMid", "X").with("merchantToken", "").with("tXid", "X").with("amt", "x")
        }),
        ("all but iMid", TOKEN, "merchantToken/length", |o| {
            o.with("merchantToken", "x").with("tXid", "X").with("amt", "x")
        }),
    ];
    const MISSING: [(&str, Says, &str); 5] = [
        ("timeStamp", TIME_STAMP, "field/missing"),
        ("iMid", MID, "iMid/unknown"),
        ("tXid", NOT_FOUND, "field/missing"),
        ("referenceNo", REFERENCE, "field/missing"),
        ("amt", AMT, "field/missing"),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("order");
        let registered = desk.take(&order);
        let good = order.with("tXid", registered.t_xid());
        let ask = |desk: &mut Desk, what: &str, question: &Order, says: Says, slug: &str| {
            let answer = desk.sim.http().post_json(INQUIRY, &inquiry(&desk.shop, question));
            desk.refused(&format!("{profile}: {what}"), &answer, says, slug, &INQUIRY_KEYS);
        };
        for (what, says, slug, change) in ROWS {
            ask(&mut desk, what, &change(good.clone()), *says, slug);
        }
        for (field, says, slug) in MISSING {
            for (what, question) in ways_to_miss(&good, field) {
                ask(&mut desk, &what, &question, says, slug);
            }
        }
        // Another merchant's transaction, asked for with a good token.
        let other = desk.sim.new_shop("SHOP000001", "key-of-the-other");
        let theirs = good.clone().with("iMid", "SHOP000001");
        let answer = desk.sim.http().post_json(INQUIRY, &inquiry(&other, &theirs));
        desk.refused("other merchant", &answer, NOT_FOUND, "tXid/other-merchant", &INQUIRY_KEYS);
        // A body that cannot be read, and one that does not say what it is.
        let json = [("content-type", "application/json")];
        let answer = desk.sim.http().send("POST", INQUIRY, &json, "{\"tXid\":");
        desk.refused("truncated", &answer, UNREADABLE, "body/truncated", &INQUIRY_KEYS);
        let body = inquiry(&desk.shop, &good).to_string();
        let answer = desk.sim.http().send("POST", INQUIRY, &[("content-type", "text/plain")], body);
        if profile == "strict" {
            desk.refused("content type", &answer, UNREADABLE, "body/content-type", &INQUIRY_KEYS);
        } else {
            assert_eq!(answer.result_cd(), "0000");
        }
        assert_eq!(desk.sim.http().post_json(INQUIRY, &inquiry(&desk.shop, &good)).json()["status"], "9");
        desk.close();
    }
}

#[test]
fn a_wrong_type_in_an_inquiry_has_the_code_of_the_fields_absence() {
    // §4.9, last line.
    let mut desk = Desk::new("lenient");
    let order = desk.order("order");
    let registered = desk.take(&order);
    let good = order.with("tXid", registered.t_xid());
    for (field, says) in
        [("timeStamp", TIME_STAMP), ("tXid", NOT_FOUND), ("referenceNo", REFERENCE), ("amt", AMT_FORMAT)]
    {
        for value in wrong_types() {
            let what = format!("{field} {value}");
            let question = inquiry(&desk.shop, &good.clone().with(field, value));
            let answer = desk.sim.http().post_json(INQUIRY, &question);
            assert_eq!((answer.result_cd().as_str(), answer.status), (says.0, 200), "{what}");
        }
    }
}
