//! What is sent: every client's shape, bodies that cannot be read, and fields that are missing, wrong or too long.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{AMT, CANCEL, JSON, Sale, signed, without_waiting};
use crate::bodies::{set, without};

/// A client's fields, unsigned.
type Shape<'s> = &'s dyn Fn(&Sale<'_>) -> Value;

/// Every SDK's shape of §6.1.
#[test]
fn every_clients_shape_is_accepted() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let woo = |sale: &Sale<'_>, reference_no: Value| {
        json!({
            "timeStamp": "20260101120000", "tXid": sale.t_xid(), "iMid": shop.i_mid(), "payMethod": "06",
            "cancelType": "1", "cancelMsg": "Request Cancel", "preauthToken": "", "amt": "25145",
            "cancelServerIp": "", "cancelUserId": "", "cancelUserIp": "", "cancelUserInfo": "", "cancelRetryCnt": "",
            "worker": "", "referenceNo": reference_no,
        })
    };
    let shapes: [(&str, &str, &str, Shape<'_>); 8] = [
        ("java", "application/json; charset=UTF-8", "", &|sale| {
            let fields = sale.fields("1", "25145");
            set(set(fields, "cancelUserId", "admin".into()), "cancelMsg", "Request Cancel".into())
        }),
        ("python", "Application/JSON", "", &|sale| {
            let fields = set(sale.fields("1", ""), "amt", json!(25_145));
            set(set(fields, "cancelType", json!(1)), "cancelMsg", "Request Cancel".into())
        }),
        ("python-cloud", "Application/JSON", "/", &|sale| set(sale.fields("1", ""), "amt", json!(25_145))),
        ("php", "application/json", "", &|sale| {
            set(sale.fields("1", "25145"), "referenceNo", sale.order.text("referenceNo").into())
        }),
        ("magento", "application/json", "", &|sale| {
            let mut fields = set(sale.fields("1", "25145"), "referenceNo", sale.order.text("referenceNo").into());
            for name in ["cancelMsg", "cancelUserId", "preauthToken", "fee", "vat", "notaxAmt", "cancelServerIp"] {
                fields[name] = Value::Null;
            }
            fields
        }),
        ("4711", "application/json", "", &|sale| woo(sale, json!(4_711))),
        ("documents", "application/json", "", &|sale| {
            json!({
                "timeStamp": "20221213141266", "tXid": sale.t_xid(), "iMid": shop.i_mid(), "payMethod": "06",
                "cancelType": "1", "cancelMsg": "Request Cancel", "preauthToken": "", "amt": "25145",
                "cancelServerIp": "127.0.0.1", "cancelUserId": "admin", "cancelUserIp": "127.0.0.1",
                "cancelUserInfo": "Customer Cancel Transaction", "cancelRetryCnt": "", "worker": "",
            })
        }),
        ("everything", "application/json", "", &|sale| {
            let mut fields = woo(sale, "everything".into());
            for (name, value) in [
                ("fee", json!("0")),
                ("vat", json!(0)),
                ("notaxAmt", json!("0")),
                ("cancelRetryCnt", json!("3")),
                ("unknown", json!({ "a": [1] })),
            ] {
                fields[name] = value;
            }
            fields
        }),
    ];
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        let shop = sim.shop();
        for (client, content_type, slash, shape) in shapes {
            let sale = Sale::paid_at(&sim, &shop, client, AMT);
            let body = signed(&shop, shape(&sale));
            let path = CANCEL.replacen("/direct", &format!("{slash}/direct"), 1);
            let answer = sim.http().send("POST", &path, &[("content-type", content_type)], body.to_string());
            assert_eq!(answer.diagnosis(), "", "{profile} {client}: {:?}", answer.header("x-sim-diagnosis"));
            sale.taken(&answer, "25145", "25145", "refund");
            assert_eq!(answer.header("x-sim-note"), None, "{profile} {client}");
        }
    }
    // The plug-in sends the shop's own order number, which is not what it registered once it has tried twice.
    let sale = Sale::paid(&sim, "4711-1767225600");
    let answer = sim.http().post_json(CANCEL, &signed(&shop, woo(&sale, json!(4_711))));
    sale.taken(&answer, "25145", "25145", "refund");
    assert!(answer.header("x-sim-note").unwrap().starts_with("referenceNo/mismatch: "), "{:?}", answer.headers);
    let strict = without_waiting("strict");
    let sale = Sale::paid(&strict, "4711-1767225600");
    sale.refuses("strict", &signed(&shop, woo(&sale, json!(4_711))), "9528", "referenceNo/mismatch");
}

#[test]
fn bodies_that_cannot_be_read() {
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        let sale = Sale::paid(&sim, "body");
        let good = signed(&sale.shop, sale.fields("1", "25145")).to_string();
        let rows: [(&str, String, &str); 7] = [
            ("nothing", String::new(), "body/empty"),
            ("a form", "tXid=1&amt=25145".to_owned(), "body/content-type"),
            ("an array", format!("[{good}]"), "body/not-an-object"),
            ("half of it", good[..good.len() / 2].to_owned(), "body/truncated"),
            ("amt twice", good.replacen('{', "{\"amt\":\"1\",", 1), "body/duplicate-key"),
            ("the other spelling twice", good.replacen('{', "{\"x\":1,\"x\":2,", 1), "body/duplicate-key"),
            ("two of it", format!("{good}{good}"), "body/not-json"),
        ];
        for (what, body, slug) in rows {
            sale.refuses_sent(what, "9001", slug, || sim.http().send("POST", CANCEL, &[JSON], body));
        }
        let as_text = || sim.http().send("POST", CANCEL, &[("content-type", "text/plain")], good.as_str());
        if profile == "strict" {
            sale.refuses_sent("text/plain", "9001", "body/content-type", as_text);
        } else {
            let answer = as_text();
            sale.taken(&answer, "25145", "25145", "refund");
            assert!(answer.header("x-sim-note").unwrap().starts_with("body/content-type: "));
        }
    }
}

/// Fields that must be there, each absent, null and empty.
#[test]
fn what_is_missing() {
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        let sale = Sale::paid(&sim, "missing");
        for (name, code, slug) in [
            ("timeStamp", "9031", "field/missing"),
            ("iMid", "9011", "iMid/unknown"),
            ("merchantToken", "9010", "merchantToken/missing"),
            ("tXid", "9528", "field/missing"),
            ("payMethod", "9012", "field/missing"),
            ("cancelType", "9301", "cancelType/unknown"),
            ("amt", "9312", "field/missing"),
        ] {
            let good = sale.fields("1", "25145");
            let mut bad =
                [without(good.clone(), name), set(good.clone(), name, Value::Null), set(good, name, "".into())];
            if name == "merchantToken" {
                // `signed` would put one there.
                bad[0] = without(signed(&sale.shop, sale.fields("1", "25145")), name);
                sale.refuses(name, &bad[0], code, slug);
                bad[0] = bad[1].clone();
            }
            for body in bad {
                sale.refuses(&format!("{profile} {name}: {body}"), &signed(&sale.shop, body), code, slug);
            }
        }
        sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    }
}

/// Fields that no one has to send, and how long they are.
const OPTIONAL: [(&str, usize); 12] = [
    ("cancelMsg", 255),
    ("cancelUserId", 30),
    ("cancelUserInfo", 100),
    ("cancelUserIp", 15),
    ("cancelServerIp", 15),
    ("cancelRetryCnt", 2),
    ("preauthToken", 100),
    ("worker", 10),
    ("fee", 12),
    ("vat", 12),
    ("notaxAmt", 12),
    ("referenceNo", 40),
];

#[test]
fn what_is_no_text() {
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        let sale = Sale::paid(&sim, "types");
        let needed = [
            ("timeStamp", "9031", "field/type"),
            ("iMid", "9011", "iMid/unknown"),
            ("merchantToken", "9010", "merchantToken/length"),
            ("tXid", "9528", "field/type"),
            ("payMethod", "9012", "field/type"),
            ("cancelType", "9301", "cancelType/unknown"),
            ("amt", "9312", "field/missing"),
        ];
        let optional =
            OPTIONAL.map(|(name, _)| (name, if name == "referenceNo" { "9014" } else { "8003" }, "field/type"));
        for (name, code, slug) in needed.into_iter().chain(optional) {
            for value in [json!(true), json!({ "a": "06" }), json!(["1"])] {
                let body = signed(&sale.shop, set(sale.fields("1", "25145"), name, value));
                sale.refuses(&format!("{profile} {name}: {body}"), &body, code, slug);
            }
        }
        sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    }
}

#[test]
fn what_has_the_wrong_value() {
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        let sale = Sale::paid(&sim, "values");
        let rows: &[(&str, &[&str], &str, &str)] = &[
            (
                "cancelType",
                &["0", "3", "01", "12", " 1", "1 ", "full", "-1", "1.0", "１"],
                "9301",
                "cancelType/unknown",
            ),
            (
                "amt",
                &["abc", "1.5", "25145.00", "1e3", " 1", "1 ", "+1", "--1", "Rp1", "1,000", "٣", "0x1"],
                "9312",
                "amt/format",
            ),
            ("amt", &["1000000000000", "0000000025145", "99999999999999999999999"], "9312", "amt/format"),
            ("amt", &["0", "000", "-0", "-1", "-25145", "0000000000000000"], "9321", "amt/not-positive"),
            ("payMethod", &["01", "02", "6", "006", "06 ", "99", "payloan"], "9108", "payMethod/inactive"),
            ("tXid", &["x", "PAYLOANTES06202601010000009999", "' OR 1=1"], "9528", "tXid/unknown"),
        ];
        for (name, values, code, slug) in rows {
            for value in *values {
                let body = signed(&sale.shop, set(sale.fields("2", "1"), name, (*value).into()));
                sale.refuses(&format!("{profile} {name} {value:?}"), &body, code, slug);
            }
        }
        // The tXid in another case, or with blanks, is another one.
        for t_xid in [sale.t_xid().to_lowercase(), format!(" {}", sale.t_xid()), format!("{}\n", sale.t_xid())] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), "tXid", t_xid.clone().into()));
            sale.refuses(&format!("{profile} tXid {t_xid:?}"), &body, "9528", "tXid/unknown");
        }
        for (amt, number) in [("-1", json!(-1)), ("0", json!(0))] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), "amt", number));
            sale.refuses(&format!("{profile} the number {amt}"), &body, "9321", "amt/not-positive");
        }
        let body = signed(&sale.shop, set(sale.fields("2", "1"), "amt", json!(1.5)));
        sale.refuses("the number 1.5", &body, "9312", "amt/format");
        // A timeStamp that is none.
        for stamp in ["1", "2026010112000", "202601011200000", "2026-01-01 12:00", "yesterday"] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), "timeStamp", stamp.into()));
            if profile == "strict" {
                sale.refuses(&format!("timeStamp {stamp}"), &body, "9031", "timeStamp/format");
            } else {
                assert_eq!(sim.http().post_json(CANCEL, &body).result_cd(), "0000", "{stamp}");
            }
        }
        // Nobody checks it against a clock (A-31).
        let body = signed(&sale.shop, set(sale.fields("2", "1"), "timeStamp", "19990101987766".into()));
        assert_eq!(sim.http().post_json(CANCEL, &body).result_cd(), "0000");
    }
}

#[test]
fn what_is_too_long() {
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        let sale = Sale::paid(&sim, &"r".repeat(40));
        for (name, size) in OPTIONAL {
            let body = |length: usize| {
                let text = if name == "referenceNo" { "r" } else { "é" }.repeat(length);
                signed(&sale.shop, set(sale.fields("2", "1"), name, text.into()))
            };
            let fits = sim.http().post_json(CANCEL, &body(size));
            assert_eq!(fits.result_cd(), "0000", "{profile} {name}: {:?}", fits.header("x-sim-diagnosis"));
            assert_eq!(fits.header("x-sim-note"), None, "{profile} {name}");
            let what = format!("{profile} {name} of more than {size}");
            if name == "referenceNo" {
                sale.refuses(&what, &body(size + 1), "9109", "referenceNo/length");
                sale.refuses(&what, &body(4_001), "9109", "referenceNo/length");
            } else if profile == "strict" {
                sale.refuses(&what, &body(size + 1), "8003", "field/length");
            } else {
                let taken = sim.http().post_json(CANCEL, &body(size + 1));
                assert_eq!(taken.result_cd(), "0000", "{what}");
                assert!(taken.header("x-sim-note").unwrap().starts_with("field/length: "), "{what}");
                assert_eq!(sim.http().post_json(CANCEL, &body(4_000)).result_cd(), "0000", "{what}");
                sale.refuses(&what, &body(4_001), "8003", "field/length");
            }
        }
        let long = "9".repeat(5_000);
        for (name, code, slug) in [
            ("iMid", "9011", "iMid/unknown"),
            ("merchantToken", "9010", "merchantToken/length"),
            ("tXid", "9528", "tXid/unknown"),
            ("payMethod", "9108", "payMethod/inactive"),
            ("cancelType", "9301", "cancelType/unknown"),
            ("amt", "9312", "amt/format"),
            (
                "timeStamp",
                if profile == "strict" { "9031" } else { "8003" },
                if profile == "strict" { "timeStamp/format" } else { "field/length" },
            ),
        ] {
            let body = signed(&sale.shop, set(sale.fields("2", "1"), name, long.clone().into()));
            sale.refuses(&format!("{profile} {name}"), &body, code, slug);
        }
    }
}

#[test]
fn control_characters() {
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        let sale = Sale::paid(&sim, "control");
        for (name, _) in OPTIONAL.iter().filter(|(name, _)| *name != "referenceNo") {
            for text in ["\n", "a\u{7f}", "\0", "\u{1b}"] {
                let body = signed(&sale.shop, set(sale.fields("2", "1"), name, text.into()));
                let what = format!("{profile} {name} {text:?}");
                if profile == "lenient" && ["cancelMsg", "cancelUserInfo"].contains(name) {
                    let taken = sim.http().post_json(CANCEL, &body);
                    assert_eq!(taken.result_cd(), "0000", "{what}");
                    assert!(taken.header("x-sim-note").unwrap().starts_with("field/control-character: "), "{what}");
                } else {
                    sale.refuses(&what, &body, "8003", "field/control-character");
                }
            }
        }
    }
}
