//! Merchants, tokens and numbers: who is served, and what is used up.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    AMOUNT, BUILT_IN_TOKEN, DUPLICATE, Desk, MID, NOT_ACTIVE, REGISTRATION_KEYS, Says, TOKEN, USER_TOKEN, WAY_BACK,
    ways_to_miss, wrong_types,
};

const BUSY: Says = ("9002", "Server is busy. Please kindly try again in few minutes.");

#[test]
fn only_known_merchants_are_served() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for (what, order) in ways_to_miss(&desk.order("mid"), "iMid") {
            desk.refuses(&what, &order, MID, "iMid/unknown");
        }
        let wrong = wrong_types();
        let others = ["NOSUCHMID1", "payloantes", "PAYLOANTES ", "PAYLOANTES1"].map(Value::from);
        for i_mid in wrong.into_iter().chain(others).chain([json!(5), "x".repeat(300).into()]) {
            let order = desk.order("mid").with("iMid", i_mid.clone());
            desk.refuses(&i_mid.to_string(), &order, MID, "iMid/unknown");
        }
        desk.close();
    }
}

/// The texts that a token is computed over.
struct Parts<'a> {
    stamp: &'a str,
    mid: &'a str,
    reference: &'a str,
    amt: &'a str,
    key: &'a str,
}

fn sha256(parts: &[&str]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(parts.concat().as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A wrong token, the mistake behind it and the slug that names it.
type TokenRow = (&'static str, fn(&Parts<'_>) -> String);

#[rustfmt::skip]
const TOKENS: &[TokenRow] = &[
    ("merchantToken/blank", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key]) + " "),
    ("merchantToken/blank", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key]) + "\n"),
    ("merchantToken/trailing-newline", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key, "\n"])),
    ("merchantToken/trailing-newline", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key, "\r\n"])),
    ("merchantToken/other-hash", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key])[..32].to_owned()),
    ("merchantToken/other-hash", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key]).repeat(2)),
    ("merchantToken/encoding", |_| "qL5G+QjPVUUyXw/2dYAYEDVgwPErEyJHW8RBSrUVq30=".to_owned()),
    ("merchantToken/length", |_| "secret".to_owned()),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25145.00", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25145.0", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25,145", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25.145", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "2514500", p.key])),
    ("merchantToken/timeStamp-differs", |p| sha256(&["20260101120001", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/timeStamp-differs", |p| sha256(&["20260101115958", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/time-zone", |p| sha256(&["20260101050000", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/time-zone", |p| sha256(&["20260101190000", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/missing-key", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt])),
    ("merchantToken/missing-timeStamp", |p| sha256(&[p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/missing-iMid", |p| sha256(&[p.stamp, p.reference, p.amt, p.key])),
    ("merchantToken/missing-referenceNo", |p| sha256(&[p.stamp, p.mid, p.amt, p.key])),
    ("merchantToken/missing-amt", |p| sha256(&[p.stamp, p.mid, p.reference, p.key])),
    ("merchantToken/other-recipe", |p| sha256(&[p.mid, p.reference, "12345678", p.key])),
    ("merchantToken/field-order", |p| sha256(&[p.mid, p.stamp, p.reference, p.amt, p.key])),
    ("merchantToken/field-order", |p| sha256(&[p.amt, p.reference, p.mid, p.stamp, p.key])),
    ("merchantToken/field-order", |p| sha256(&[p.key, p.stamp, p.mid, p.reference, p.amt])),
    ("merchantToken/referenceNo-differs", |p| sha256(&[p.stamp, p.mid, &p.reference.to_uppercase(), p.amt, p.key])),
    ("merchantToken/other-key", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, "another key"])),
    ("merchantToken/escaped-key", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, r"se\/cr+et=="])),
    ("merchantToken/separator", |p| sha256(&[&[p.stamp, p.mid, p.reference, p.amt].join("|"), p.key])),
    ("merchantToken/separator", |p| sha256(&[&[p.stamp, p.mid, p.reference, p.amt, p.key].join("&")])),
    ("merchantToken/unknown", |_| "0".repeat(64)),
    ("merchantToken/unknown", |p| sha256(&[p.stamp, p.mid, "another order", p.amt, p.key])),
];

#[test]
fn a_wrong_merchant_token_is_9010_and_the_mistake_is_named() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        desk.sim.new_shop("OTHER00001", "another key");
        desk.shop = desk.sim.new_shop("SHOP000001", "se/cr+et==");
        let order = desk.order("Order-1");
        let (stamp, amt) = (order.text("timeStamp"), order.text("amt"));
        let parts = Parts { stamp: &stamp, mid: "SHOP000001", reference: "Order-1", amt: &amt, key: "se/cr+et==" };
        for (slug, token) in TOKENS {
            let order = order.clone().with("merchantToken", token(&parts));
            let answer = desk.shop.register(&order);
            desk.refused(slug, &answer, TOKEN, slug, &REGISTRATION_KEYS);
            let everything = format!("{answer:?}");
            assert!(!everything.contains("se/cr") && !everything.contains("another key"), "{everything}");
        }
        // Upper case is as good.
        let good = sha256(&[parts.stamp, parts.mid, parts.reference, parts.amt, parts.key]).to_uppercase();
        desk.take(&order.with("merchantToken", good));
        desk.close();
    }
}

#[test]
fn no_merchant_token_is_9010() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("token");
        let mut body = desk.shop.body(&order);
        body.as_object_mut().unwrap().remove("merchantToken");
        desk.refuses_body("absent", &body, TOKEN, "merchantToken/missing");
        desk.refuses("null", &order.clone().with("merchantToken", Value::Null), TOKEN, "merchantToken/missing");
        desk.refuses("empty", &order.clone().with("merchantToken", ""), TOKEN, "merchantToken/missing");
        for value in wrong_types() {
            desk.refuses("type", &order.clone().with("merchantToken", value), TOKEN, "merchantToken/length");
        }
        desk.refuses("a number", &order.with("merchantToken", 5), TOKEN, "merchantToken/length");
        desk.close();
    }
}

#[test]
fn a_used_reference_no_is_9009_unless_the_merchant_allows_it() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("twice");
        let first = desk.take(&order);
        let again = desk.shop.register(&order);
        desk.refused("again", &again, DUPLICATE, "referenceNo/duplicate", &REGISTRATION_KEYS);
        assert!(again.header("x-sim-diagnosis").unwrap().contains(&first.t_xid()), "names the first");
        desk.take(&desk.order("TWICE"));
        // Another merchant has numbers of its own.
        let other = desk.sim.new_shop("SHOP000001", "key-of-the-other");
        let theirs = other.register(&other.order("twice", AMOUNT));
        assert_eq!(theirs.result_cd(), "0000");
        desk.stored.push(theirs.t_xid());
        let off = json!({ "duplicateCheck": false });
        assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &off).status, 200);
        desk.take(&order);
        let on = json!({ "duplicateCheck": true });
        assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &on).status, 200);
        desk.refuses("once more", &order, DUPLICATE, "referenceNo/duplicate");
        desk.close();
    }
}

#[test]
fn a_refused_order_does_not_use_up_its_number() {
    let mut desk = Desk::new("lenient");
    let order = desk.order("again");
    desk.refuses("first", &order.clone().with("payMethod", "01"), NOT_ACTIVE, "payMethod/inactive");
    desk.refuses("second", &order.clone().seamless("nonsense"), USER_TOKEN, "userToken/unknown");
    desk.take(&order);
    desk.close();
}

#[test]
fn no_room_is_9002_until_an_order_is_over() {
    let builder = Simulator::builder().scenario("instant").settings("max-transactions = 1");
    let mut desk = Desk::of(builder.start());
    let first = desk.order("first");
    let registered = desk.take(&first);
    desk.refuses("second", &desk.order("second"), BUSY, "limit/transactions");
    let inquired = desk.shop.inquire(&first, &registered);
    assert_eq!(inquired.json()["status"], "9", "the first is as it was");
    desk.sim.buyer().pay(&desk.shop.payment_url(&first, &registered, WAY_BACK));
    assert_eq!(desk.shop.status(&first, &registered), "0");
    desk.stored.clear();
    desk.take(&desk.order("second"));
    desk.nothing_stored("the first is over and makes room");
    desk.close();
}

#[test]
fn a_lender_that_is_switched_off_is_9108() {
    let mut desk = Desk::new("lenient");
    let off = json!({ "partners": [] });
    assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &off).status, 200);
    desk.refuses("off", &desk.order("off"), NOT_ACTIVE, "mitraCd/inactive");
    let on = json!({ "partners": ["KDVI"] });
    assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &on).status, 200);
    desk.take(&desk.order("off"));
    desk.close();
}

#[test]
fn a_user_token_that_cannot_pay_is_9920() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for unknown in ["nonsense", "e0478456-6b50-460c-85e0-627a1e22d2e1", "E0478456-6B50-460C-85E0-627A1E22D2E0"] {
            desk.refuses(unknown, &desk.order("t").seamless(unknown), USER_TOKEN, "userToken/unknown");
        }
        let other = desk.sim.new_shop("SHOP000001", "key-of-the-other");
        let issue = json!({ "iMid": other.i_mid(), "clientUserKey": "c", "userToken": "theirs" });
        assert_eq!(desk.sim.http().post_json("/__sim/api/tokens", &issue).status, 201);
        desk.refuses("other merchant", &desk.order("t").seamless("theirs"), USER_TOKEN, "userToken/other-merchant");
        let stranger = desk.order("t").seamless(BUILT_IN_TOKEN).with("clientUserKey", "somebody@else.test");
        if profile == "strict" {
            desk.refuses("other customer", &stranger, USER_TOKEN, "userToken/other-customer");
        } else {
            desk.take(&stranger.with("referenceNo", "lenient"));
        }
        let revoke = format!("/__sim/api/tokens/{BUILT_IN_TOKEN}");
        assert_eq!(desk.sim.http().send("DELETE", &revoke, &[], "").status, 204);
        desk.refuses("revoked", &desk.order("t").seamless(BUILT_IN_TOKEN), USER_TOKEN, "userToken/inactive");
        desk.close();
    }
}

#[test]
fn a_strangers_client_user_key_is_noted() {
    // §7 A-08: "optional; note if it is not the owner's".
    let mut desk = Desk::new("lenient");
    let order = desk.order("t").seamless(BUILT_IN_TOKEN).with("clientUserKey", "somebody@else.test");
    let note = desk.take(&order).header("x-sim-note").map(str::to_owned);
    assert!(note.as_ref().is_some_and(|note| note.contains("clientUserKey")), "{note:?}");
}
