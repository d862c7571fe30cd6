//! Whose order it is, and whose signature.

use std::fmt::Write as _;

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{AMT, CANCEL, PHONE, Sale, signed};
use crate::bodies::set;

#[test]
fn another_merchants_order_is_not_found() {
    let sim = Simulator::start();
    let other = sim.new_shop("OTHERSHOP1", "the-other-key");
    let (mine, theirs) = (Sale::paid(&sim, "mine"), Sale::paid_at(&sim, &other, "theirs", AMT));
    for (sale, thief) in [(&mine, &other), (&theirs, &sim.shop())] {
        for (cancel_type, amt) in [("1", "25145"), ("2", "1"), ("2", "99999")] {
            let fields = set(sale.fields(cancel_type, amt), "iMid", thief.i_mid().into());
            sale.refuses("another's", &signed(thief, fields), "9528", "tXid/other-merchant");
            // Nor under the owner's name.
            let fields = sale.fields(cancel_type, amt);
            sale.refuses("another's key", &signed(thief, fields), "9010", "merchantToken/other-key");
        }
    }
    // Also when it is unpaid: a stranger does not learn that.
    let unpaid = Sale::of(&sim, &other, other.order("unpaid", AMT));
    let fields = set(unpaid.fields("1", "25145"), "iMid", "PAYLOANTES".into());
    unpaid.refuses("unpaid", &signed(&sim.shop(), fields), "9528", "tXid/other-merchant");
    // The same phone at two merchants: each has its own debts.
    mine.taken(&mine.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(
        (mine.shopper(PHONE)["owes"].as_str(), theirs.shopper(PHONE)["owes"].as_str()),
        (Some("0"), Some("25145"))
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What people hash by mistake, and how they are told.
#[test]
fn wrong_tokens_are_explained() {
    const KEY: &str = "se/cr+et-of-this-shop==";
    let sim = Simulator::start();
    let shop = sim.new_shop("TOKENSHOP1", KEY);
    let sale = Sale::paid_at(&sim, &shop, "Order-1", AMT);
    let (ts, mid, amt) = ("20260101120000", "TOKENSHOP1", "10000");
    let t_xid = sale.t_xid();
    let tx = t_xid.as_str();
    let reference = "Order-1";
    let good = shop.sign(&[ts, mid, tx, amt]);
    let other = sim.shop().sign(&[ts, mid, tx, amt]);
    let plain = |parts: &[&str]| hex(&Sha256::digest(parts.concat().as_bytes()));
    #[rustfmt::skip]
    let rows: Vec<(&str, String, &str)> = vec![
        ("iMid first",            shop.sign(&[mid, ts, tx, amt]),          "merchantToken/field-order"),
        ("amt before tXid",       shop.sign(&[ts, mid, amt, tx]),          "merchantToken/field-order"),
        ("tXid before iMid",      shop.sign(&[ts, tx, mid, amt]),          "merchantToken/field-order"),
        ("the key first",         plain(&[KEY, ts, mid, tx, amt]),         "merchantToken/field-order"),
        ("registration's",        shop.sign(&[ts, mid, reference, amt]),   "merchantToken/other-recipe"),
        ("confirmAkulaku's",      shop.sign(&[ts, tx, mid]),               "merchantToken/other-recipe"),
        ("without timeStamp",     shop.sign(&[mid, tx, amt]),              "merchantToken/missing-timeStamp"),
        ("without iMid",          shop.sign(&[ts, tx, amt]),               "merchantToken/missing-iMid"),
        ("without tXid",          shop.sign(&[ts, mid, amt]),              "merchantToken/missing-tXid"),
        ("without amt",           shop.sign(&[ts, mid, tx]),               "merchantToken/missing-amt"),
        ("without the key",       plain(&[ts, mid, tx, amt]),              "merchantToken/missing-key"),
        ("another's key",         other,                                   "merchantToken/other-key"),
        ("decimals",              shop.sign(&[ts, mid, tx, "10000.00"]),   "merchantToken/amount-format"),
        ("commas",                shop.sign(&[ts, mid, tx, "10,000"]),     "merchantToken/amount-format"),
        ("dots",                  shop.sign(&[ts, mid, tx, "10.000"]),     "merchantToken/amount-format"),
        ("rupiah",                shop.sign(&[ts, mid, tx, "Rp 10.000"]),  "merchantToken/amount-format"),
        ("sen",                   shop.sign(&[ts, mid, tx, "1000000"]),    "merchantToken/amount-format"),
        ("a second later",        shop.sign(&["20260101120001", mid, tx, amt]), "merchantToken/timeStamp-differs"),
        ("UTC",                   shop.sign(&["20260101050000", mid, tx, amt]), "merchantToken/time-zone"),
        ("separators",            plain(&[ts, "|", mid, "|", tx, "|", amt, "|", KEY]), "merchantToken/separator"),
        ("an escaped key",        plain(&[ts, mid, tx, amt, &KEY.replace('/', "\\/")]), "merchantToken/escaped-key"),
        ("a line end",            plain(&[ts, mid, tx, amt, KEY, "\n"]),   "merchantToken/trailing-newline"),
        ("a blank behind",        format!("{good} "),                      "merchantToken/blank"),
        ("a line end behind",     format!("{good}\r\n"),                   "merchantToken/blank"),
        ("MD5",                   good[..32].to_owned(),                   "merchantToken/other-hash"),
        ("SHA-512",               good.repeat(2),                          "merchantToken/other-hash"),
        ("Base64",                "x".repeat(44),                          "merchantToken/encoding"),
        ("a word",                "token".to_owned(),                      "merchantToken/length"),
        ("the key itself",        KEY.to_owned(),                          "merchantToken/length"),
        ("something",             "0".repeat(64),                          "merchantToken/unknown"),
    ];
    let body = |token: &str| {
        let fields = set(sale.fields("2", amt), "referenceNo", reference.into());
        set(fields, "merchantToken", token.into())
    };
    for (what, token, slug) in rows {
        sale.refuses(what, &body(&token), "9010", slug);
        let logged = sim.events("transaction.refused").pop().unwrap()["diagnosis"].as_str().unwrap().to_owned();
        assert!(!logged.contains("se/cr"), "{what}: a key is never shown: {logged}");
        assert!(logged.contains("timeStamp+iMid+tXid+amt+merchantKey"), "{what}: what is wanted: {logged}");
    }
    // The recipe of the old overview table says referenceNo (A-13): the order's, whether it is sent or not.
    for sent in [json!(reference), json!("another"), Value::Null] {
        let body = set(body(&shop.sign(&[ts, mid, reference, amt])), "referenceNo", sent);
        sale.refuses("the old table", &body, "9010", "merchantToken/other-recipe");
        let logged = sim.events("transaction.refused").pop().unwrap();
        assert!(logged["diagnosis"].as_str().unwrap().contains("that of registration"), "{logged}");
    }
    // Digits of either case count.
    sale.taken(&sim.http().post_json(CANCEL, &body(&good.to_uppercase())), "10000", "10000", "refund");
}

#[test]
fn a_published_token_verifies() {
    let sim = Simulator::start();
    let body = json!({
        "timeStamp": "20221213141266", "tXid": "PAYLOANTES00202212131410560896", "iMid": "PAYLOANTES",
        "payMethod": "06", "cancelType": "1", "cancelMsg": "Request Cancel",
        "merchantToken": "9d1835e8bf87b51b44de9b2455fa37e733a87b12644b9cd4546e2ec2de651863", "preauthToken": "",
        "amt": "12000", "cancelServerIp": "127.0.0.1", "cancelUserId": "admin", "cancelUserIp": "127.0.0.1",
        "cancelUserInfo": "Customer Cancel Transaction", "cancelRetryCnt": "", "worker": "",
    });
    let answer = sim.http().post_json(CANCEL, &body);
    assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9528", "tXid/unknown"), "not 9010");
}
