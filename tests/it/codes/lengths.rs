//! Lengths: the documented size of every field, and more than that.

use serde_json::json;

use super::{Desk, ORDER_DATA, line};

/// Fields with a documented size in which more is only a note. The others are codes with values of their own.
#[rustfmt::skip]
const SIZES: [(&str, usize); 20] = [
    ("goodsNm", 100), ("billingNm", 100), ("billingPhone", 15), ("billingEmail", 40), ("billingAddr", 100),
    ("billingCity", 50), ("billingState", 50), ("billingPostCd", 10), ("billingCountry", 10), ("deliveryNm", 30),
    ("deliveryPhone", 15), ("deliveryAddr", 100), ("deliveryCity", 50), ("deliveryState", 50), ("deliveryPostCd", 10),
    ("deliveryCountry", 10), ("dbProcessUrl", 255), ("userIP", 15), ("callBackUrl", 255), ("description", 100),
];

/// A good value of that many characters.
fn of_length(field: &str, characters: usize) -> String {
    let start = if field.ends_with("Url") { "http://127.0.0.1:9/" } else { "" };
    format!("{start}{}", "x".repeat(characters - start.len()))
}

/// A good cart of that many characters.
fn cart_of_length(characters: usize) -> String {
    let empty = json!({ "count": "1", "item": [line("25145", "1")], "x": "" }).to_string();
    empty.replace("\"x\":\"\"", &format!("\"x\":\"{}\"", "y".repeat(characters - empty.len())))
}

/// A good list of sellers of that many characters.
fn sellers_of_length(characters: usize) -> String {
    let empty = json!([{ "sellersId": "" }]).to_string();
    empty.replace("\"\"", &format!("\"{}\"", "y".repeat(characters - empty.len())))
}

#[test]
fn a_field_of_the_documented_size_is_good_and_a_longer_one_a_note_or_8003() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for (field, size) in SIZES {
            if (profile, field) == ("strict", "callBackUrl") {
                continue;
            }
            let what = format!("{profile}: {field}");
            let fits = desk.take(&desk.order(&format!("{field} fits")).with(field, of_length(field, size)));
            let note = fits.header("x-sim-note").and_then(|note| note.split(':').next());
            assert_eq!(note, (field == "callBackUrl").then_some("callBackUrl/present"), "{what}");
            if !field.ends_with("Url") {
                // Characters count, not bytes.
                desk.take(&desk.order(&format!("{field} é")).with(field, "é".repeat(size)));
            }
            let long = desk.order(&format!("{field} long")).with(field, of_length(field, size + 1));
            if profile == "strict" {
                desk.refuses(&what, &long, ORDER_DATA, "field/length");
            } else {
                let note = desk.take(&long).header("x-sim-note").unwrap_or_default().to_owned();
                let expected =
                    format!("field/length: {field} has {} characters; the documented maximum is {size} ", size + 1);
                assert!(note.starts_with(&expected), "{what}: {note}");
                desk.take(&desk.order(&format!("{field} 4000")).with(field, of_length(field, 4_000)));
            }
        }
        desk.take(&desk.order("cart").with("cartData", cart_of_length(4_000)));
        desk.take(&desk.order("sellers").with("sellers", sellers_of_length(4_000)));
        desk.close();
    }
}

#[test]
fn more_than_4000_characters_are_8003_in_both_profiles() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let codes = ["payMethod", "currency", "userAgent", "instmntType", "instmntMon", "mitraCd"];
        for field in SIZES.map(|(field, _)| field).into_iter().chain(codes) {
            let order = desk.order("long").with(field, of_length(field, 4_001));
            desk.refuses(&format!("{profile}: {field}"), &order, ORDER_DATA, "field/length");
        }
        let order = desk.order("long").with("cartData", cart_of_length(4_001));
        desk.refuses(profile, &order, ORDER_DATA, "field/length");
        let order = desk.order("long").with("sellers", sellers_of_length(4_001));
        desk.refuses(profile, &order, ORDER_DATA, "field/length");
        desk.close();
    }
}

#[test]
fn the_fields_of_tokens_have_sizes_too() {
    // §2.1.1: clientUserKey AN 100, userToken ANS 255; "another field longer than documented" is a note or 8003.
    for (field, size) in [("clientUserKey", 100), ("userToken", 255)] {
        let (mut lenient, mut strict) = (Desk::new("lenient"), Desk::new("strict"));
        let long = |desk: &Desk| desk.order("long").tokenize("c").with(field, "x".repeat(size + 1));
        let note = lenient.take(&long(&lenient)).header("x-sim-note").unwrap_or_default().to_owned();
        assert!(note.starts_with("field/length: "), "{field}: {note}");
        let order = long(&strict);
        strict.refuses(field, &order, ORDER_DATA, "field/length");
    }
}

#[test]
fn control_characters_are_for_free_text_only() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let identifiers = ["referenceNo", "billingEmail", "billingPhone", "userIP", "clientUserKey", "userToken"];
        let free = ["goodsNm", "billingNm", "billingAddr", "deliveryNm", "deliveryAddr", "description", "userAgent"];
        for character in ["\r\n", "\n", "\t", "\0", "\u{7f}", "\u{1b}"] {
            for field in identifiers {
                let order = desk.order("r").with(field, format!("a{character}b"));
                desk.refuses(&format!("{profile}: {field}"), &order, ORDER_DATA, "field/control-character");
            }
            let order = desk.order("r").notify(&format!("http://127.0.0.1:9/{character}x"));
            desk.refuses(&format!("{profile}: dbProcessUrl"), &order, ORDER_DATA, "field/control-character");
            for field in free {
                let reference = format!("{field} {}", character.escape_default());
                let order = desk.order(&reference).with(field, format!("a{character}b"));
                if profile == "strict" {
                    desk.refuses(&format!("{profile}: {field}"), &order, ORDER_DATA, "field/control-character");
                } else {
                    let note = desk.take(&order).header("x-sim-note").unwrap_or_default().to_owned();
                    assert!(note.starts_with("field/control-character: "), "{field}: {note}");
                }
            }
        }
        desk.close();
    }
}
