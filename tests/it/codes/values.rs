//! Values that are out of range, and those that only one profile takes.

use nicepay_sim::testing::Order;
use serde_json::{Value, json};

use super::Profile::{Both, Lenient, Strict};
use super::{
    AMT_FORMAT, BUILT_IN_TOKEN, CART_FORMAT, CART_SUM, CURRENCY, Desk, INSTALMENT_TYPE, MONTHS, NEGATIVE_LINE,
    NOT_ACTIVE, ORDER_DATA, Profile, REFERENCE_LENGTH, REGISTRATION, REGISTRATION_KEYS, Row, SELLERS_FORMAT,
    TIME_STAMP, TOO_LOW, UNREADABLE, cart, line, row,
};

fn run(rows: &[Row]) {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for row in rows.iter().filter(|row| row.profile.has(profile)) {
            let order = (row.change)(desk.order("refused"));
            desk.refuses(&format!("{profile}: {}", row.what), &order, row.says, row.slug);
        }
        desk.close();
    }
}

#[test]
fn values_out_of_range() {
    const ROWS: &[Row] = &[
        row("amt zero", Both, TOO_LOW, "amt/zero", |o| o.with("amt", "0")),
        row("amt zeros", Both, TOO_LOW, "amt/zero", |o| o.with("amt", "000000000000")),
        row("amt zero, a number", Both, TOO_LOW, "amt/zero", |o| o.with("amt", 0)),
        row("amt negative", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "-1")),
        row("amt negative, a number", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", -1)),
        row("amt signed", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "+25145")),
        row("amt with decimals", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "25145.00")),
        row("amt with decimals, a number", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", 1.5)),
        row("amt with a separator", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "25,145")),
        row("amt with an exponent", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "1e3")),
        row("amt in hexadecimal", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "0x10")),
        row("amt after a blank", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", " 25145")),
        row("amt before a blank", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "25145 ")),
        row("amt of a blank", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", " ")),
        row("amt of 13 digits", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "1000000000000")),
        row("amt of 13 digits, zeros first", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "0000000025145")),
        row("amt of 13 digits, a number", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", 1_000_000_000_000_u64)),
        row("amt in other digits", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "٢٥١٤٥")),
        row("amt in wide digits", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "１２")),
        row("currency USD", Both, CURRENCY, "currency/unknown", |o| o.with("currency", "USD")),
        row("currency in lower case", Both, CURRENCY, "currency/unknown", |o| o.with("currency", "idr")),
        row("payMethod 01", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", "01")),
        row("payMethod 00", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", "00")),
        row("payMethod 6", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", 6)),
        row("mitraCd of nobody", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "XXXX")),
        row("mitraCd of another payment method", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "ALMA")),
        row("mitraCd in lower case", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "kdvi")),
        row("referenceNo of 41", Both, REFERENCE_LENGTH, "referenceNo/length", |o| {
            o.with("referenceNo", "x".repeat(41))
        }),
        row("referenceNo of 41, not ASCII", Both, REFERENCE_LENGTH, "referenceNo/length", |o| {
            o.with("referenceNo", "é".repeat(41))
        }),
        row("referenceNo of 5,000", Both, REFERENCE_LENGTH, "referenceNo/length", |o| {
            o.with("referenceNo", "x".repeat(5_000))
        }),
        row("instmntMon 0", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "0")),
        row("instmntMon 25", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", 25)),
        row("instmntMon x", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "x")),
        row("instmntMon -1", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "-1")),
        row("instmntMon of a blank", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", " 1")),
        row("instmntType 0", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", "0")),
        row("instmntType 3", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", 3)),
        row("instmntType x", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", "x")),
        row("timeStamp of 13", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "2026010112000")),
        row("timeStamp of letters", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "2026010112000x")),
        row("tokenizeUser 3", Both, ORDER_DATA, "tokenizeUser/unknown", |o| o.with("tokenizeUser", "3")),
        row("tokenizeUser x", Both, ORDER_DATA, "tokenizeUser/unknown", |o| o.with("tokenizeUser", "x")),
        row("tokenizeUser 1 for nobody", Both, ORDER_DATA, "clientUserKey/missing", |o| o.tokenize("")),
        row("tokenizeUser 1 without clientUserKey", Both, ORDER_DATA, "clientUserKey/missing", |o| {
            o.with("tokenizeUser", 1).with("clientUserKey", Value::Null)
        }),
        row("tokenizeUser 2 with an empty token", Both, ORDER_DATA, "userToken/missing", |o| o.seamless("")),
        row("tokenizeUser 2 without a token", Both, ORDER_DATA, "userToken/missing", |o| {
            o.with("tokenizeUser", "2").with("clientUserKey", "c")
        }),
        row("clientUserKey with a line end", Both, ORDER_DATA, "field/control-character", |o| o.tokenize("a\nb")),
        row("callBackUrl", Strict, ORDER_DATA, "callBackUrl/present", |o| o.with("callBackUrl", "http://shop.test/x")),
        row("callBackUrl, the other spelling", Strict, ORDER_DATA, "callBackUrl/present", |o| {
            o.with("callbackUrl", "http://shop.test/x")
        }),
        row("callBackUrl relative", Lenient, ORDER_DATA, "callBackUrl/format", |o| o.with("callBackUrl", "/thanks")),
        row("dbProcessUrl relative", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("/notify")),
        row("dbProcessUrl of a name", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("shop.test")),
        row("dbProcessUrl without a host", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("http://")),
        row("dbProcessUrl by FTP", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("ftp://shop.test/x")),
    ];
    run(ROWS);
}

#[test]
fn a_time_stamp_of_fifteen_digits_is_not_one_of_fourteen() {
    // §2.1.1: "strict: 14 digits, else 9031".
    run(&[row("timeStamp of 15", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "202601011200000"))]);
}

#[test]
fn months_are_digits() {
    // §4.6: 1 to 24; the type is N.
    run(&[row("instmntMon with a sign", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "+3"))]);
}

#[test]
fn carts_and_sellers() {
    const LOCAL: &str = "http://localhost:3000/x";
    const ROWS: &[Row] = &[
        row("cartData of words", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "two shoes")),
        row("cartData truncated", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "{\"item\":[")),
        row("cartData of a number", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", 5)),
        row("cartData a list", Both, CART_FORMAT, "cartData/format", |o| {
            o.with("cartData", json!([line("25145", "1")]).to_string())
        }),
        row("cartData without item", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "{}")),
        row("cartData with an item that is no list", Both, CART_FORMAT, "cartData/format", |o| {
            o.with("cartData", "{\"item\":{}}")
        }),
        row("cartData without lines", Both, CART_FORMAT, "cartData/empty", |o| o.with("cartData", cart(&[]))),
        row("cartData without goods_amt", Both, CART_FORMAT, "cartData/goods_amt", |o| {
            o.with("cartData", cart(&[json!({ "goods_quantity": "1" })]))
        }),
        row("cartData with decimals", Both, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line("25145.00", "1")]))
        }),
        row("cartData with words for numbers", Both, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line("25145", "one")]))
        }),
        row("cartData with number amounts", Strict, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line(25_145, "1")]))
        }),
        row("cartData with number quantities", Strict, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line("25145", 1)]))
        }),
        row("cartData with a number count", Strict, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", json!({ "count": 1, "item": [line("25145", "1")] }).to_string())
        }),
        row("cartData with a local goods_url", Strict, CART_FORMAT, "cartData/local-url", |o| {
            let mut line = line("25145", "1");
            line["goods_url"] = LOCAL.into();
            o.with("cartData", cart(&[line]))
        }),
        row("cartData with a private goods_url", Strict, CART_FORMAT, "cartData/local-url", |o| {
            let mut line = line("25145", "1");
            line["goods_url"] = "http://192.168.1.5/x".into();
            o.with("cartData", cart(&[line]))
        }),
        row("cart below amt", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("25144", "1")]))),
        row("cart above amt", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("25145", "2")]))),
        row("cart of nothing", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("25145", "0")]))),
        row("cart of too much", Both, CART_SUM, "cartData/sum", |o| {
            o.with("cartData", cart(&[line("18446744073709551615", "2")]))
        }),
        row("cart that wraps around to amt", Both, CART_SUM, "cartData/sum", |o| {
            o.with("cartData", cart(&[line("18446744073709551615", "1"), line("25146", "1")]))
        }),
        row("cart of no number at all", Both, CART_SUM, "cartData/sum", |o| {
            o.with("cartData", cart(&[line("9".repeat(60), "1")]))
        }),
        row("negative line", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("25146", "1"), line("-1", "1")]))
        }),
        row("negative quantity", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("25146", "1"), line("1", "-1")]))
        }),
        row("negative line, wrong sum", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("-5", "1")]))
        }),
        row("sellers of words", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "me")),
        row("sellers truncated", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "[{")),
        row("sellers of numbers", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "[1]")),
        row("sellers wrapped wrongly", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "{\"item\":1}")),
        row("sellers with a local sellersUrl", Strict, SELLERS_FORMAT, "sellers/local-url", |o| {
            o.with("sellers", json!([{ "sellersId": "S", "sellersUrl": LOCAL }]).to_string())
        }),
    ];
    run(ROWS);
}

/// An order that is accepted, and the note that says where it would not be.
struct Accepted {
    what: &'static str,
    profile: Profile,
    note: Option<&'static str>,
    change: fn(Order) -> Order,
}

fn run_accepted(rows: &[Accepted]) {
    for profile in ["lenient", "strict"] {
        let desk = Desk::new(profile);
        for (i, row) in rows.iter().enumerate().filter(|(_, row)| row.profile.has(profile)) {
            let answer = desk.shop.register(&(row.change)(desk.order(&format!("accepted-{i}"))));
            let said = (answer.header("x-sim-diagnosis"), &answer.body);
            assert_eq!(answer.result_cd(), "0000", "{profile}: {}: {said:?}", row.what);
            let note = answer.header("x-sim-note").and_then(|note| note.split(':').next());
            assert_eq!(note, row.note, "{profile}: {}", row.what);
        }
        desk.close();
    }
}

#[test]
fn what_is_accepted_says_where_it_would_not_be() {
    const fn accepted(
        what: &'static str,
        profile: Profile,
        note: Option<&'static str>,
        change: fn(Order) -> Order,
    ) -> Accepted {
        Accepted { what, profile, note, change }
    }
    const ROWS: &[Accepted] = &[
        accepted("nothing special", Both, None, |o| o),
        accepted("referenceNo of 40", Both, None, |o| o.with("referenceNo", "x".repeat(40))),
        accepted("referenceNo of 40, not ASCII", Both, None, |o| o.with("referenceNo", "é".repeat(40))),
        accepted("amt of 12 digits", Both, None, |o| {
            o.with("amt", "999999999999").with("cartData", cart(&[line("333333333333", "3")]))
        }),
        accepted("amt with leading zeros", Both, Some("amt/leading-zeros"), |o| o.with("amt", "000000025145")),
        accepted("cart with a free line", Both, None, |o| {
            o.with("cartData", cart(&[line("25145", "1"), line("0", "1")]))
        }),
        accepted("cart of numbers", Lenient, Some("cartData/number"), |o| o.with("cartData", cart(&[line(25_145, 1)]))),
        accepted("instmntMon 24", Both, None, |o| o.with("instmntMon", "24")),
        accepted("instmntMon 01", Both, None, |o| o.with("instmntMon", "01")),
        accepted("tokenizeUser 0", Both, None, |o| o.with("tokenizeUser", "0")),
        accepted("tokenizeUser empty", Both, None, |o| o.with("tokenizeUser", "")),
        accepted("timeStamp of anything", Lenient, Some("timeStamp/format"), |o| o.with("timeStamp", "now")),
        accepted("timeStamp of 77 seconds", Both, None, |o| o.with("timeStamp", "20210913090977")),
        accepted("callBackUrl", Lenient, Some("callBackUrl/present"), |o| o.with("callBackUrl", "http://shop.test/")),
        accepted("payValidDt of no date", Both, Some("payValidDt/format"), |o| {
            o.with("payValidDt", "20261301").with("payValidTm", "000000")
        }),
        accepted("line end in goodsNm", Lenient, Some("field/control-character"), |o| o.with("goodsNm", "a\r\nb")),
        accepted("line end in billingAddr", Lenient, Some("field/control-character"), |o| {
            o.with("billingAddr", "Jalan 1\nJakarta")
        }),
        accepted("line end in description", Lenient, Some("field/control-character"), |o| {
            o.with("description", "a\nb")
        }),
        accepted("the owner's clientUserKey", Both, None, |o| {
            o.seamless(BUILT_IN_TOKEN).with("clientUserKey", "gili.heriawan@nicepay.co.id")
        }),
        accepted("userAgent of 4,000", Both, None, |o| o.with("userAgent", "x".repeat(4_000))),
        accepted("a userToken that nobody asks for", Both, None, |o| o.with("userToken", "nonsense")),
    ];
    run_accepted(ROWS);
}

#[test]
fn another_content_type_is_a_note_or_9001() {
    for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let (mut lenient, mut strict) = (Desk::new("lenient"), Desk::new("strict"));
        let send = |desk: &Desk| {
            let body = desk.shop.body(&desk.order("type")).to_string();
            desk.sim.http().send("POST", REGISTRATION, &[("content-type", content_type)], body)
        };
        let answer = send(&lenient);
        assert_eq!(answer.result_cd(), "0000");
        assert!(answer.header("x-sim-note").is_some_and(|note| note.starts_with("body/content-type: ")));
        lenient.stored.push(answer.t_xid());
        lenient.nothing_stored("lenient");
        let answer = send(&strict);
        strict.refused(content_type, &answer, UNREADABLE, "body/content-type", &REGISTRATION_KEYS);
        strict.close();
    }
}
