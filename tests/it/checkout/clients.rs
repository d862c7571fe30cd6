//! Registrations for Checkout in the shape that NICEPAY's own clients send (`docs/PROTOCOL.md` §6.5).

use nicepay_sim::testing::{Order, Shop};
use serde_json::{Value, json};

use super::{CALLBACK, Till};

/// An order without the fields that no client shares.
fn base(shop: &Shop, reference_no: &str) -> Order {
    let order = shop.order(reference_no, 25_145).with("payMethod", "00").with("callBackUrl", CALLBACK);
    order.with("description", "test").with("billingPhone", "082111111111").with("shopId", "")
}

fn with_all(order: Order, fields: &[(&str, Value)]) -> Order {
    fields.iter().fold(order, |order, (name, value)| order.with(name, value.clone()))
}

fn without_all(order: Order, names: &[&str]) -> Order {
    names.iter().fold(order, |order, name| order.without(name))
}

const DELIVERY: [&str; 7] = [
    "deliveryNm",
    "deliveryPhone",
    "deliveryAddr",
    "deliveryCity",
    "deliveryState",
    "deliveryPostCd",
    "deliveryCountry",
];

fn cart(lines: &[Value]) -> Value {
    json!({ "count": lines.len().to_string(), "item": lines }).to_string().into()
}

fn java(shop: &Shop) -> Order {
    let order = without_all(base(shop, "java"), &["billingAddr", "deliveryAddr"]);
    order.with("mitraCd", "ALMA").with("bankCd", "BBBA").with("instmntMon", "1").with("instmntType", "1")
}

/// Numbers in the cart, and the last line as text.
fn numbers() -> Value {
    let lines = [
        json!({ "goods_id": 30, "goods_name": "Topi", "goods_amt": 21_145, "goods_quantity": 1 }),
        json!({ "goods_name": "Ongkos kirim", "goods_amt": "4000", "goods_quantity": "1" }),
    ];
    json!({ "count": 2, "item": lines }).to_string().into()
}

fn golang(shop: &Shop) -> Order {
    base(shop, "golang").with("mitraCd", "ALMA").with("bankCd", "BBBA").with("cartData", numbers())
}

fn nodejs(shop: &Shop) -> Order {
    base(shop, "nodejs").with("mitraCd", "OVOE").with("bankCd", "CENA").with("cartData", numbers())
}

/// Its PHP library sends every unset field as `null`, and `amt` as a number.
fn opencart(shop: &Shop) -> Order {
    let line = json!({ "goods_id": "A1", "goods_name": "Topi", "goods_amt": "25145", "goods_quantity": "1" });
    let nulls =
        DELIVERY.iter().chain(&["mitraCd", "sellers", "userAgent", "reqDt", "reqTm", "payValidDt", "recurrOpt"]);
    let order = nulls.fold(base(shop, "INV-1"), |order, name| order.with(name, Value::Null));
    with_all(
        order,
        &[
            ("amt", json!(25_145)),
            ("billingPhone", "00000000000000".into()),
            ("cartData", cart(&[line])),
            ("instmntMon", "1".into()),
            ("instmntType", "1".into()),
        ],
    )
}

/// Fields without a value are empty, also the instalments.
fn ruby(shop: &Shop) -> Order {
    let empty = [
        "bankCd",
        "mitraCd",
        "vat",
        "fee",
        "notaxAmt",
        "reqDt",
        "reqTm",
        "reqDomain",
        "reqServerIP",
        "reqClientVer",
        "userSessionID",
        "userAgent",
        "userLanguage",
        "instmntType",
        "instmntMon",
        "recurrOpt",
        "paymentExpDt",
        "paymentExpTm",
        "payValidDt",
        "payValidTm",
        "merFixAcctId",
    ];
    let order = empty.iter().fold(base(shop, "REF1"), |order, name| order.with(name, ""));
    order.without("sellers").with("vacctValidDt", "20231130").with("vacctValidTm", "235959")
}

/// Its struct has every field as text, so a body has them all.
fn rust(shop: &Shop) -> Order {
    let empty = [
        "recurrOpt",
        "userSessionID",
        "userLanguage",
        "bankCd",
        "vacctValidDt",
        "vacctValidTm",
        "paymentExpDt",
        "paymentExpTm",
        "payValidDt",
        "payValidTm",
        "merFixAcctId",
        "reqDomain",
        "reqServerIP",
        "reqClientVer",
        "reqDt",
        "reqTm",
        "mitraCd",
        "sellers",
        "vat",
        "fee",
        "notaxAmt",
        "msId",
        "msFee",
        "msFeeType",
        "mbFee",
        "mbFeeType",
    ];
    empty.iter().fold(base(shop, "rust"), |order, name| order.with(name, ""))
}

/// Lenient accepts them; a note says what the documents require or what is not simulated. Strict refuses with the first.
#[test]
fn what_nicepays_own_clients_send_is_accepted_with_notes() {
    type Client = (&'static str, fn(&Shop) -> Order, &'static [&'static str]);
    #[rustfmt::skip]
    let clients: [Client; 6] = [
        ("java", java, &["field/missing: billingAddr", "field/missing: deliveryAddr", "mitraCd/unknown"]),
        ("golang", golang, &["cartData/number", "mitraCd/unknown"]),
        ("nodejs", nodejs, &["cartData/number", "mitraCd/unknown"]),
        ("opencart", opencart, &[
            "field/missing: deliveryNm", "field/missing: deliveryPhone", "field/missing: deliveryAddr",
            "field/missing: deliveryCity", "field/missing: deliveryState", "field/missing: deliveryPostCd",
            "field/missing: deliveryCountry", "field/missing: userAgent", "field/missing: sellers",
        ]),
        ("ruby", ruby, &["field/missing: userAgent", "field/missing: sellers"]),
        ("rust", rust, &["field/missing: sellers"]),
    ];
    for (client, order, expected) in clients {
        let till = Till::new();
        let accepted = till.take(&order(&till.shop));
        // More than the eight that an answer has room for.
        let shown = till.shown(&accepted);
        let notes = shown["notes"].as_array().unwrap().iter();
        let notes: Vec<_> = notes
            .map(|note| format!("{}: {}", note["slug"].as_str().unwrap(), note["detail"].as_str().unwrap()))
            .collect();
        assert_eq!(notes.len(), expected.len(), "{client}: {notes:?}");
        for expected in expected {
            assert!(notes.iter().any(|note| note.starts_with(expected)), "{client}: {expected}: {notes:?}");
        }
        assert_eq!(till.sim.http().get(&super::page_of(&accepted)).status, 200, "{client}: the page opens");

        let strict = Till::strict();
        let refused = strict.shop.checkout(&order(&strict.shop));
        assert_ne!(refused.result_cd(), "0000", "{client}");
        let first = refused.header("x-sim-diagnosis").unwrap();
        assert!(expected.iter().any(|note| first.starts_with(note)), "{client}: {first}");
    }
}
