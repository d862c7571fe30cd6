//! Fields that are missing, of the wrong type, too long or of no possible value.

use serde_json::{Value, json};

use super::{API, BINDING, both, full, refused, signed, with};
use crate::bodies::without;

#[test]
fn each_field_missing() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for (field, code) in [
            ("timeStamp", "9031"),
            ("referenceNo", "9014"),
            ("payMethod", "9012"),
            ("mitraCd", "8003"),
            ("billingNm", "9016"),
            ("billingPhone", "9017"),
            ("dbProcessUrl", "9020"),
        ] {
            for (how, body) in [
                ("absent", without(full(&shop), field)),
                ("null", with(full(&shop), field, Value::Null)),
                ("empty", with(full(&shop), field, "")),
            ] {
                let answer = sim.http().post_json(BINDING, &signed(&shop, body));
                refused(&sim, &format!("{profile}: {field} {how}"), &answer, code, "field/missing");
            }
        }
        for (how, body) in [("absent", without(full(&shop), "iMid")), ("empty", with(full(&shop), "iMid", ""))] {
            let answer = sim.http().post_json(BINDING, &signed(&shop, body));
            refused(&sim, how, &answer, "9011", "iMid/unknown");
        }
        for (how, token) in [("null", Value::Null), ("empty", "".into())] {
            let answer = sim.http().post_json(BINDING, &with(full(&shop), "merchantToken", token));
            refused(&sim, how, &answer, "9010", "merchantToken/missing");
        }
        for field in ["billingEmail", "callBackUrl", "clientUserKey", "userIP"] {
            for body in
                [without(full(&shop), field), with(full(&shop), field, Value::Null), with(full(&shop), field, "")]
            {
                let answer = sim.http().post_json(BINDING, &signed(&shop, body));
                assert_eq!(answer.result_cd(), "0000", "{profile}: {field} is optional: {}", answer.body);
            }
            sim.http().post_json(&format!("{API}/reset"), &json!({}));
        }
    }
}

#[test]
fn each_field_of_the_wrong_type() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for (field, code) in [
            ("timeStamp", "9031"),
            ("referenceNo", "9014"),
            ("payMethod", "9012"),
            ("mitraCd", "8003"),
            ("billingNm", "9016"),
            ("billingPhone", "9017"),
            ("billingEmail", "9018"),
            ("dbProcessUrl", "9020"),
            ("callBackUrl", "8003"),
            ("clientUserKey", "8003"),
            ("userIP", "8003"),
        ] {
            for wrong in [json!(true), json!({ "a": 1 }), json!([1])] {
                let body = signed(&shop, with(full(&shop), field, wrong.clone()));
                let answer = sim.http().post_json(BINDING, &body);
                refused(&sim, &format!("{profile}: {field} {wrong}"), &answer, code, "field/type");
            }
        }
    }
}

#[test]
fn each_field_too_long() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for (field, size) in [
            ("billingNm", 100),
            ("billingEmail", 40),
            ("dbProcessUrl", 255),
            ("callBackUrl", 255),
            ("clientUserKey", 100),
            ("userIP", 15),
        ] {
            let long = |length: usize| {
                let start = if field.ends_with("Url") { "http://127.0.0.1:9/" } else { "" };
                format!("{start}{}", "é".repeat(length - start.len()))
            };
            let send = |length| sim.http().post_json(BINDING, &signed(&shop, with(full(&shop), field, long(length))));
            let answer = send(4_001);
            refused(&sim, &format!("{profile}: {field}"), &answer, "8003", "field/length");
            let answer = send(size + 1);
            if profile == "strict" {
                refused(&sim, field, &answer, "8003", "field/length");
            } else {
                assert_eq!(answer.result_cd(), "0000", "{field}");
                assert!(answer.header("x-sim-note").unwrap().starts_with("field/length: "), "{field}");
                sim.http().post_json(&format!("{API}/reset"), &json!({}));
            }
            let answer = send(size);
            assert_eq!(
                (answer.result_cd().as_str(), answer.header("x-sim-note")),
                ("0000", None),
                "{profile}: {field}"
            );
            sim.http().post_json(&format!("{API}/reset"), &json!({}));
        }
        let answer = sim.http().post_json(BINDING, &signed(&shop, with(full(&shop), "referenceNo", "r".repeat(41))));
        refused(&sim, "referenceNo", &answer, "9109", "referenceNo/length");
        let answer = sim.http().post_json(BINDING, &signed(&shop, with(full(&shop), "referenceNo", "r".repeat(40))));
        assert_eq!(answer.result_cd(), "0000");
    }
}

#[test]
fn control_characters() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for (field, value) in [
            ("referenceNo", "bind\n1"),
            ("billingPhone", "+6281291\t891818"),
            ("billingEmail", "a\r\n@b.c"),
            ("dbProcessUrl", "http://127.0.0.1:9/\r\nx"),
            ("callBackUrl", "http://shop.test/\u{7f}"),
            ("clientUserKey", "customer\u{0}7"),
            ("userIP", "127.0.0.1\n"),
            ("mitraCd", "KDVI\n"),
            ("payMethod", "06\n"),
            ("timeStamp", "2026\n"),
        ] {
            let answer = sim.http().post_json(BINDING, &signed(&shop, with(full(&shop), field, value)));
            refused(&sim, &format!("{profile}: {field}"), &answer, "8003", "field/control-character");
        }
        let answer = sim.http().post_json(BINDING, &signed(&shop, with(full(&shop), "billingNm", "Jhon\nDoe")));
        if profile == "strict" {
            refused(&sim, "billingNm", &answer, "8003", "field/control-character");
        } else {
            assert_eq!(answer.result_cd(), "0000");
            assert!(answer.header("x-sim-note").unwrap().starts_with("field/control-character"));
        }
    }
}

#[test]
fn values_that_cannot_be() {
    for (profile, sim) in both() {
        let shop = sim.shop();
        for (field, value, code, slug) in [
            ("billingPhone", "Jl. Sudirman 1", "8003", "billingPhone/format"),
            ("billingPhone", "12345", "8003", "billingPhone/format"),
            ("billingPhone", "+", "8003", "billingPhone/format"),
            ("billingPhone", "٠٨١٢٩١٨٩١٨١٨", "8003", "billingPhone/format"),
            ("dbProcessUrl", "merchant.com/notify", "8003", "dbProcessUrl/format"),
            ("dbProcessUrl", "javascript:alert(1)", "8003", "dbProcessUrl/format"),
            ("dbProcessUrl", "http://", "8003", "dbProcessUrl/format"),
            ("callBackUrl", "ftp://shop.test/", "8003", "callBackUrl/format"),
            ("callBackUrl", "/thanks", "8003", "callBackUrl/format"),
            ("payMethod", "01", "9108", "payMethod/inactive"),
            ("payMethod", "6", "9108", "payMethod/inactive"),
            ("payMethod", "00", "9108", "payMethod/inactive"),
            ("mitraCd", "OVOE", "9108", "mitraCd/unknown"),
            ("mitraCd", "kdvi", "9108", "mitraCd/unknown"),
            ("mitraCd", "AKLP", "8003", "mitraCd/no-tokens"),
            ("mitraCd", "IDNA", "8003", "mitraCd/no-tokens"),
            ("iMid", "NOBODY0000", "9011", "iMid/unknown"),
        ] {
            let answer = sim.http().post_json(BINDING, &signed(&shop, with(full(&shop), field, value)));
            refused(&sim, &format!("{profile}: {field} {value}"), &answer, code, slug);
        }
        let stamp = sim.http().post_json(BINDING, &signed(&shop, with(full(&shop), "timeStamp", "yesterday")));
        if profile == "strict" {
            refused(&sim, "timeStamp", &stamp, "9031", "timeStamp/format");
        } else {
            assert_eq!(stamp.result_cd(), "0000");
        }
    }
}
