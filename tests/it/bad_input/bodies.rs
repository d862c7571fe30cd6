//! Bodies that cannot be read, have another type or are too large.

use serde_json::{Value, json};

use super::{Bench, INQUIRY, JSON, PAYMENT, REGISTRATION, nested};

/// Bodies that cannot be read: 9001 and why, whichever endpoint takes JSON.
#[test]
fn bodies_that_cannot_be_read() {
    let mut bench = Bench::new();
    let good = bench.shop.body(&bench.order("bad")).to_string();
    let latin1 = [&b"{\"goodsNm\":\"caf"[..], &[0xe9], b"\"}"].concat();
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let overlong = [&b"{\"goodsNm\":\""[..], &[0xc0, 0xaf], b"\"}"].concat();
    let surrogate = [&b"{\"goodsNm\":\""[..], &[0xed, 0xa0, 0x80], b"\"}"].concat();
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", b"".to_vec(), "body/empty"),
        ("words", b"hello".to_vec(), "body/not-json"),
        ("a form", b"iMid=PAYLOANTES&amt=25145".to_vec(), "body/content-type"),
        ("XML", b"<?xml version=\"1.0\"?><order/>".to_vec(), "body/not-json"),
        ("single quotes", good.replace('"', "'").into_bytes(), "body/not-json"),
        ("a comma too many", good.replace('}', ",}").into_bytes(), "body/not-json"),
        ("something after it", format!("{good}x").into_bytes(), "body/not-json"),
        ("two orders", format!("{good}{good}").into_bytes(), "body/not-json"),
        ("a byte-order mark", format!("\u{feff}{good}").into_bytes(), "body/not-json"),
        ("a NUL", b"\0".to_vec(), "body/not-json"),
        ("NaN", b"{\"amt\":NaN}".to_vec(), "body/not-json"),
        ("a line end inside a string", b"{\"goodsNm\":\"a\nb\"}".to_vec(), "body/not-json"),
        ("an unknown escape", b"{\"goodsNm\":\"\\x41\"}".to_vec(), "body/not-json"),
        ("half of it", good.as_bytes()[..good.len() / 2].to_vec(), "body/truncated"),
        ("all but the last brace", good.as_bytes()[..good.len() - 1].to_vec(), "body/truncated"),
        ("one brace", b"{".to_vec(), "body/truncated"),
        ("an array", format!("[{good}]").into_bytes(), "body/not-an-object"),
        ("an empty array", b"[]".to_vec(), "body/not-an-object"),
        ("null", b"null".to_vec(), "body/not-an-object"),
        ("a number", b"25145".to_vec(), "body/not-an-object"),
        ("a string", json!(good).to_string().into_bytes(), "body/not-an-object"),
        (
            "nested objects",
            format!("{{\"x\":{}}}", nested("{\"a\":", 10_000, "}").replace(":}", ":1}")).into(),
            "body/too-deep",
        ),
        ("nested arrays", format!("{{\"x\":{}}}", nested("[", 100_000, "]")).into_bytes(), "body/too-deep"),
        ("nested arrays in a field", format!("{{\"amt\":{}}}", nested("[", 65, "]")).into_bytes(), "body/too-deep"),
        ("nested arrays around it", nested("[", 100_000, "]").into_bytes(), "body/not-an-object"),
        ("nested and truncated", format!("{{\"x\":{}", "[".repeat(100_000)).into_bytes(), "body/truncated"),
        ("Latin-1", latin1, "body/not-utf-8"),
        ("UTF-16", utf16, "body/not-utf-8"),
        ("an overlong slash", overlong, "body/not-utf-8"),
        ("a surrogate in UTF-8", surrogate, "body/not-utf-8"),
        ("bytes", vec![0xff; 1_000], "body/not-utf-8"),
        ("amt twice", good.replacen('{', "{\"amt\":\"25145\",", 1).into_bytes(), "body/duplicate-key"),
        ("amt twice, escaped", good.replacen('{', "{\"\\u0061mt\":\"1\",", 1).into_bytes(), "body/duplicate-key"),
        ("an unknown key twice", good.replacen('{', "{\"x\":1,\"x\":1,", 1).into_bytes(), "body/duplicate-key"),
        ("1,000 unknown keys", unknown_keys(&good, 1_000).into_bytes(), "body/too-many-fields"),
    ];
    for (what, body, slug) in rows {
        for path in [REGISTRATION, INQUIRY] {
            let answer = bench.post(path, body.clone());
            bench.refused(&format!("{path}: {what}"), &answer, 200, "9001", slug);
        }
    }
}

fn unknown_keys(good: &str, count: usize) -> String {
    let keys: String =
        (0..count).map(|i| i.to_string()).fold(String::new(), |keys, i| keys + "\"k" + i.as_str() + "\":1,");
    good.replacen('{', &format!("{{{keys}"), 1)
}

#[test]
fn half_a_surrogate_pair_is_no_json() {
    // RFC 8259 §8.2 lets a parser refuse it; what is said about it should be true: it is an object.
    let mut bench = Bench::new();
    let body = bench.shop.body(&bench.order("bad")).to_string().replace("Test Transaction", "\\ud800");
    let answer = bench.post(REGISTRATION, body);
    bench.refused("half a surrogate pair", &answer, 200, "9001", "body/not-json");
}

/// What is done to a good body.
type Change = fn(String) -> String;

#[test]
fn bodies_that_look_bad_and_are_not() {
    let mut bench = Bench::new();
    let good = |bench: &Bench| bench.shop.body(&bench.order(&format!("odd-{}", bench.stored.len()))).to_string();
    let rows: [(&str, Change); 6] = [
        ("white space", |body| format!(" \r\n\t{} \n", body.replace("\",\"", "\" ,\n\t\""))),
        ("escapes", |body| body.replace("Test Transaction", "\\u0054est\\tTransaction\\/\\ud83c\\udf5c")),
        ("unknown fields", |body| unknown_keys(&body, 200)),
        ("nesting that is allowed", |body| body.replacen('{', &format!("{{\"x\":{},", nested("[", 64, "]")), 1)),
        ("a long unknown field", |body| body.replacen('{', &format!("{{\"x\":\"{}\",", "y".repeat(100_000)), 1)),
        ("a long unknown name", |body| body.replacen('{', &format!("{{\"{}\":1,", "y".repeat(100_000)), 1)),
    ];
    for (what, change) in rows {
        let answer = bench.post(REGISTRATION, change(good(&bench)));
        assert_eq!(answer.result_cd(), "0000", "{what}: {:?}", answer.header("x-sim-diagnosis"));
        bench.stored.push(answer.t_xid());
        bench.goes_on(what);
    }
}

#[test]
fn wrong_content_types() {
    let (mut lenient, mut strict) = (Bench::new(), Bench::strict());
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "x",
        "",
    ];
    for content_type in types {
        let send = |bench: &Bench, body: String| {
            bench.sim.http().send("POST", REGISTRATION, &[("content-type", content_type)], body)
        };
        // JSON that calls itself something else.
        let body = |bench: &Bench| bench.shop.body(&bench.order(&format!("t-{}", bench.stored.len()))).to_string();
        let answer = send(&lenient, body(&lenient));
        assert_eq!(answer.result_cd(), "0000", "{content_type}");
        let note = answer.header("x-sim-note").unwrap_or_default();
        assert!(note.starts_with("body/content-type: "), "{content_type}: {note}");
        lenient.stored.push(answer.t_xid());
        lenient.goes_on(content_type);
        let answer = send(&strict, body(&strict));
        strict.refused(content_type, &answer, 200, "9001", "body/content-type");
        // Something else that calls itself so.
        let answer = send(&lenient, "iMid=PAYLOANTES&amt=25145".to_owned());
        lenient.refused(content_type, &answer, 200, "9001", "body/content-type");
    }
    for content_type in
        ["application/json", "Application/JSON", "application/json;charset=UTF-8", "application/json ; x=y"]
    {
        let body = strict.shop.body(&strict.order(content_type)).to_string();
        let answer = strict.sim.http().send("POST", REGISTRATION, &[("content-type", content_type)], body);
        assert_eq!(answer.result_cd(), "0000", "{content_type}");
        strict.stored.push(answer.t_xid());
        strict.goes_on(content_type);
    }
}

/// Nothing is decompressed. Only the header tells what `br` and raw `deflate` are.
#[test]
fn compressed_bodies() {
    let mut bench = Bench::new();
    for (encoding, body, says) in [
        ("gzip", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0], "gzip"),
        ("", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0], "compressed with gzip"),
        ("deflate", vec![0x78, 0x9c, 0xab, 0x56], "deflate"),
        ("", vec![0x78, 0x9c, 0xab, 0x56], "compressed with deflate"),
        ("br", vec![0x8b, 0x02, 0x80], "Content-Encoding: \"br\""),
        ("br", vec![0x0b, 0x02, 0x00], "Content-Encoding: \"br\""),
    ] {
        for path in [REGISTRATION, INQUIRY] {
            let headers = if encoding.is_empty() { vec![JSON] } else { vec![JSON, ("content-encoding", encoding)] };
            let answer = bench.sim.http().send("POST", path, &headers, body.clone());
            bench.refused(encoding, &answer, 200, "9001", "body/compressed");
            let why = answer.header("x-sim-diagnosis").unwrap();
            assert!(why.contains(says) && why.contains("uncompressed"), "{why}");
        }
    }
    let plain = [JSON, ("content-encoding", "identity")];
    let answer = bench.sim.http().send("POST", REGISTRATION, &plain, "{");
    bench.refused("identity", &answer, 200, "9001", "body/truncated");
}

/// What is wrong is said in the words of who wrote the body, never in a parser's.
#[test]
fn unreadable_bodies_are_explained_in_the_users_words() {
    let mut bench = Bench::new();
    let good = bench.shop.body(&bench.order("bad")).to_string();
    let typographic = good.replacen("\"iMid\"", "\u{201c}iMid\u{201d}", 1);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(good.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin1 = [&b"{\"goodsNm\":\"caf"[..], &[0xe9], b"\"}"].concat();
    let twice = json!(good).to_string();
    let escaped = good.replace('"', "\\\"");
    #[rustfmt::skip]
    let rows: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("BOM", format!("\u{feff}{good}").into(), "body/not-json", "begins with a byte order mark (EF BB BF)"),
        ("UTF-16", utf16, "body/not-utf-8", "the body is UTF-16; encode it as UTF-8"),
        ("Latin-1", latin1, "body/not-utf-8", "byte 15 is E9, which is \\u00e9 in Latin-1; encode it as UTF-8"),
        ("cut in a character", b"{\"goodsNm\":\"caf\xc3".to_vec(), "body/not-utf-8", "Content-Length must count bytes"),
        ("a form", b"timeStamp=20260101120000&iMid=PAYLOANTES".to_vec(), "body/content-type", "is a form, `timeStamp=20\\u2026`, not JSON") ,
        ("JSON twice", twice.into(), "body/not-an-object", "is a JSON string that contains JSON: it was encoded twice"),
        ("escaped", escaped.into(), "body/not-json", "has a backslash before its quotes, at byte 1"),
        ("typographic quotes", typographic.into(), "body/not-json", "has typographic quotes, at byte"),
        ("single quotes", good.replace('"', "'").into(), "body/not-json", "has single quotes, at byte 1"),
        ("trailing comma", good.replace('}', ",}").into(), "body/not-json", "has a comma before the closing bracket"),
        ("PHP warning", format!("<br />\n<b>Warning</b>:  Undefined array key in /srv/a.php{good}").into(), "body/not-json", "your program printed a message before it"),
        ("missing brace", good[..good.len() - 1].into(), "body/truncated", "ends before its last `}`"),
        ("Python's words", good.replacen("\"PAYLOANTES\"", "None", 1).into(), "body/not-json", "has the value None without quotes"),
        ("no quotes", good.replacen("\"iMid\"", "iMid", 1).into(), "body/not-json", "has the key iMid without quotes"),
        ("HTML", "{&quot;iMid&quot;:1}".into(), "body/not-json", "is HTML-escaped"),
        ("an array", format!("[{good}]").into(), "body/not-an-object", "is a JSON array"),
    ];
    for (what, body, slug, says) in rows {
        let answer = bench.post(REGISTRATION, body);
        bench.refused(what, &answer, 200, "9001", slug);
        let why = answer.header("x-sim-diagnosis").unwrap();
        assert!(why.contains(says), "{what}: {why}");
        assert!(why.contains("it must be one JSON object (docs/PROTOCOL.md section 2.0)"), "{what}: {why}");
        has_no_words_of_a_parser(why);
    }
}

#[track_caller]
fn has_no_words_of_a_parser(why: &str) {
    for word in ["expected", " column ", "utf-8 sequence", "struct ", "EOF", "\\\"", "\\u{"] {
        assert!(!why.contains(word), "{word:?} in {why}");
    }
}

/// `cartData` is JSON inside JSON, which goes wrong in more ways.
#[test]
fn unreadable_carts_are_explained_in_the_users_words() {
    let mut bench = Bench::new();
    let cart = r#"{"count":"1","item":[{"goods_amt":"25145","goods_quantity":"1"}]}"#;
    let with_amt = |amt: &str| json!(cart.replace("\"25145\"", amt));
    #[rustfmt::skip]
    let rows: Vec<(&str, Value, &str, &str)> = vec![
        ("an object", serde_json::from_str(cart).unwrap(), "field/type", "cartData is an object; it must be a string that contains the JSON"),
        ("an array", json!([]), "field/type", "cartData is an array; it must be a string"),
        ("escaped twice", json!(json!(cart).to_string()), "cartData/format", "cartData was encoded as JSON twice"),
        ("backslashes", json!(cart.replace('"', "\\\"")), "cartData/format", "cartData has a backslash before its quotes, at byte 1"),
        ("HTML", json!(cart.replace('"', "&quot;")), "cartData/format", "cartData is HTML-escaped"),
        ("typographic quotes", json!(cart.replace("\"count\"", "\u{201c}count\u{201d}")), "cartData/format", "cartData has typographic quotes"),
        ("single quotes", json!(cart.replace('"', "'")), "cartData/format", "cartData has single quotes"),
        ("a comma", json!(cart.replace("}]", "},]")), "cartData/format", "cartData has a comma before the closing bracket"),
        ("a brace", json!(&cart[..cart.len() - 1]), "cartData/format", "cartData ends before its last `}`"),
        ("a list", json!("[]"), "cartData/format", "cartData is a list, not an object"),
        ("a list with a cart's values", json!(r#"["1",[["25145","1",""]]]"#), "cartData/format", "cartData is a list, not an object"),
        ("an item with an item's values", json!(r#"{"count":"1","item":[["25145","1",""]]}"#), "cartData/format", "cartData has an item[0] that is not an object"),
        ("items", json!(cart.replace("item", "items")), "cartData/format", "has no `item`: you sent \"items\", but the list is called \"item\""),
        ("an item that is an object", json!(r#"{"item":{}}"#), "cartData/format", "cartData has an `item` that is not a list"),
        ("a text", json!(r#"{"item":["a"]}"#), "cartData/format", "cartData has an item[0] that is not an object"),
        ("decimals", with_amt("\"25145.00\""), "cartData/number", "goods_amt \"25145.00\" has decimals; send whole rupiah as text: \"25145\""),
        ("decimals in a number", with_amt("25145.00"), "cartData/number", "goods_amt 25145.00 has decimals"),
        ("separators", with_amt("\"25.145\""), "cartData/number", "goods_amt `\"25.145\"` is not a whole number"),
        ("nothing", with_amt("\"\""), "cartData/number", "goods_amt is empty"),
        ("a word", with_amt("\"abc\""), "cartData/number", "goods_amt `\"abc\"` is not a whole number"),
    ];
    for (what, value, slug, says) in rows {
        let answer = bench.shop.register(&bench.order("bad").with("cartData", value));
        bench.refused(what, &answer, 200, "P380", slug);
        let why = answer.header("x-sim-diagnosis").unwrap();
        assert!(why.contains(says), "{what}: {why}");
        has_no_words_of_a_parser(why);
    }
    for (what, value, says) in [
        ("an object", json!(r#"{"sellersId":"S1"}"#), "sellers is one object; put it into a list"),
        ("a list in the list", json!(r#"[["http://shop.test/"]]"#), "sellers is not a list of sellers as documented"),
        (
            "a list in the item",
            json!(r#"{"count":"1","item":[[""]]}"#),
            "sellers is not a list of sellers as documented",
        ),
        ("single quotes", json!("[{'sellersId':'S1'}]"), "sellers has single quotes"),
        ("encoded twice", json!("\"[]\""), "sellers was encoded as JSON twice"),
    ] {
        let answer = bench.shop.register(&bench.order("bad").with("sellers", value));
        bench.refused(what, &answer, 200, "P380", "sellers/format");
        let why = answer.header("x-sim-diagnosis").unwrap();
        assert!(why.contains(says), "{what}: {why}");
        has_no_words_of_a_parser(why);
    }
}

#[test]
fn bodies_over_the_limit_are_413() {
    let mut bench = Bench::new();
    let megabyte = "x".repeat(1024 * 1024);
    let over = "x".repeat(262_145);
    for path in [REGISTRATION, INQUIRY, PAYMENT, "/nicepay/direct/v2/payment/nowhere"] {
        for body in [&megabyte, &over] {
            let answer = bench.post(path, body.as_str());
            bench.refused(&format!("{path}: {} bytes", body.len()), &answer, 413, "9001", "body/too-large");
        }
    }
    // Exactly the limit is read, and found to be no JSON.
    let answer = bench.post(REGISTRATION, "x".repeat(262_144));
    bench.refused("the limit", &answer, 200, "9001", "body/not-json");
}
