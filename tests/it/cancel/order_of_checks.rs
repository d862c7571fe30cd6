//! Of two faults, which is named.

use serde_json::{Value, json};

use super::{AMT, CANCEL, Sale, ScenarioFile, signed, without_waiting};
use crate::bodies::{set, without};

/// Two faults in one request: the first in this list is named.
#[test]
fn of_two_faults_in_a_request_the_first_is_named() {
    /// A fault's name, code and slug; whether only the strict profile has it; and how to make it.
    type Fault = (&'static str, &'static str, &'static str, bool, fn(Value) -> Value);
    #[rustfmt::skip]
    let faults: [Fault; 15] = [
        ("iMid",              "9011", "iMid/unknown",          false, |body| set(body, "iMid", "NOBODY0000".into())),
        ("token",             "9010", "merchantToken/unknown", false, |body| set(body, "merchantToken", "0".repeat(64).into())),
        ("timeStamp",         "9031", "field/missing",         false, |body| without(body, "timeStamp")),
        ("timeStamp's form",  "9031", "timeStamp/format",      true,  |body| set(body, "timeStamp", "now".into())),
        ("cancelType",        "9301", "cancelType/unknown",    false, |body| set(body, "cancelType", "3".into())),
        ("amt",               "9312", "amt/format",            false, |body| set(body, "amt", "1.5".into())),
        ("amt of nothing",    "9321", "amt/not-positive",      false, |body| set(body, "amt", "0".into())),
        ("payMethod",         "9012", "field/missing",         false, |body| without(body, "payMethod")),
        ("a type",            "8003", "field/type",            false, |body| set(body, "worker", json!([1]))),
        ("another payMethod", "9108", "payMethod/inactive",    false, |body| set(body, "payMethod", "01".into())),
        ("a length",          "8003", "field/length",          false, |body| set(body, "cancelUserId", "x".repeat(4_001).into())),
        ("a strict length",   "8003", "field/length",          true,  |body| set(body, "cancelMsg", "x".repeat(256).into())),
        ("a control character", "8003", "field/control-character", false, |body| set(body, "preauthToken", "\t".into())),
        ("no tXid",           "9528", "field/missing",         false, |body| without(body, "tXid")),
        ("another tXid",      "9528", "tXid/unknown",          false, |body| set(body, "tXid", "X".into())),
    ];
    for profile in ["lenient", "strict"] {
        let sim = without_waiting(profile);
        // What the order's stage says comes after everything that the request says.
        let unpaid = Sale::of(&sim, &sim.shop(), sim.shop().order("unpaid", AMT));
        let paid = Sale::paid(&sim, "paid");
        for (i, (first, code, slug, strict, make)) in faults.iter().enumerate() {
            if *strict && profile == "lenient" {
                continue;
            }
            for (second, _, _, also_strict, make_second) in &faults[i..] {
                // One field cannot be wrong twice.
                let both = [*first, *second];
                let same = |field: &str| first != second && both.iter().all(|name| name.contains(field));
                if (*also_strict && profile == "lenient")
                    || ["timeStamp", "amt", "payMethod", "tXid"].into_iter().any(same)
                {
                    continue;
                }
                // Of a token that is wrong, a field that it covers and that is missing is told first.
                let is_unsigned = *first == "token" && ["timeStamp", "no tXid"].contains(second);
                let slug = if is_unsigned { "merchantToken/field-absent" } else { slug };
                for sale in [&unpaid, &paid] {
                    let body = signed(&sale.shop, make(make_second(sale.fields("1", "25145"))));
                    let what = format!("{profile}: {first}, then {second}");
                    sale.no(&what, code, slug, || sim.http().post_json(CANCEL, &body));
                }
            }
        }
        assert_eq!(unpaid.stands().0, "9");
        assert_eq!(paid.stands(), ("0".into(), "paid".into(), None));
    }
}

/// The same of what is wrong with the order itself.
#[test]
fn of_two_faults_of_an_order_the_first_is_named() {
    let file = ScenarioFile::new("order", "busy = '9m'");
    let sim = file.start();
    let [fresh, fresh_part, fresh_done] = ["fresh", "fresh-part", "fresh-done"].map(|name| Sale::paid(&sim, name));
    assert_eq!(fresh_part.back_office(&json!({ "amt": 145 })).status, 200);
    assert_eq!(fresh_done.back_office(&json!({})).status, 200);
    for (what, sale, cancel_type, amt) in [
        ("too early, too much", &fresh, "2", "99999"),
        ("too early, not all", &fresh, "1", "1"),
        ("too early, full after partial", &fresh_part, "1", "25145"),
        ("too early, twice", &fresh_done, "1", "25145"),
    ] {
        sale.refuses_cancel(what, cancel_type, amt, "9302", "cancel/too-early");
    }
    sim.advance("9m");
    for (what, sale, cancel_type, amt, code, slug) in [
        ("twice, too much", &fresh_done, "2", "99999", "9314", "cancel/twice"),
        ("twice, not all", &fresh_done, "1", "1", "9314", "cancel/twice"),
        ("full after partial, too much", &fresh_part, "1", "99999", "9320", "cancel/full-after-partial"),
        ("full after partial, not all", &fresh_part, "1", "1", "9320", "cancel/full-after-partial"),
        ("too much, all", &fresh, "1", "99999", "9319", "cancel/too-much"),
    ] {
        sale.refuses_cancel(what, cancel_type, amt, code, slug);
    }
    sim.advance("2160h");
    for (what, sale, cancel_type, amt) in [
        ("too late, too much", &fresh, "2", "99999"),
        ("too late, not all", &fresh, "1", "1"),
        ("too late, full after partial", &fresh_part, "1", "25145"),
        ("too late, twice", &fresh_done, "1", "25145"),
    ] {
        sale.refuses_cancel(what, cancel_type, amt, "9334", "cancel/too-late");
    }
    // So busy that it is too late before it is not too early.
    let file = ScenarioFile::new("busy-for-ever", "busy = '9000h'");
    let sim = file.start();
    let sale = Sale::paid(&sim, "busy");
    sim.advance("2160h");
    sale.refuses_cancel("too early", "1", "25145", "9302", "cancel/too-early");
    sim.advance("1ms");
    sale.refuses_cancel("too early and too late", "1", "25145", "9334", "cancel/too-late");
    // Another merchant's comes before another referenceNo, and that before unpaid.
    let sim = without_waiting("strict");
    let other = sim.new_shop("OTHERSHOP1", "the-other-key");
    let unpaid = Sale::of(&sim, &sim.shop(), sim.shop().order("unpaid", AMT));
    let fields = set(unpaid.fields("1", "25145"), "referenceNo", "another".into());
    unpaid.refuses("another referenceNo", &signed(&unpaid.shop, fields.clone()), "9528", "referenceNo/mismatch");
    let fields = set(fields, "iMid", "OTHERSHOP1".into());
    unpaid.refuses("another merchant", &signed(&other, fields), "9528", "tXid/other-merchant");
}
