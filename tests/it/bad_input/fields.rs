//! Fields that are too long or hostile, and what of them is shown again.

use nicepay_sim::testing::Login;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::{Bench, INQUIRY, OTP, PAYMENT, PLAN, REGISTRATION, RESULT, SIGN_IN, WAY_BACK, harmless, nested};

// Fields

#[test]
fn fields_of_100_000_characters() {
    let rows = [
        ("goodsNm", "8003", "field/length"),
        ("billingEmail", "8003", "field/length"),
        ("userAgent", "8003", "field/length"),
        ("dbProcessUrl", "8003", "field/length"),
        ("cartData", "8003", "field/length"),
        ("sellers", "8003", "field/length"),
        ("mitraCd", "8003", "field/length"),
        ("referenceNo", "9109", "referenceNo/length"),
        ("amt", "9008", "amt/format"),
        ("iMid", "9011", "iMid/unknown"),
        ("merchantToken", "9010", "merchantToken/length"),
        ("clientUserKey", "8003", "field/length"),
        ("userToken", "8003", "field/length"),
        ("tokenizeUser", "8003", "field/length"),
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for (field, code, slug) in rows {
            for text in ["x".repeat(100_000), "9".repeat(100_000), "é".repeat(100_000), "🍜".repeat(25_000)] {
                bench.refuses(field, &bench.order("long").with(field, text), code, slug);
            }
        }
        let long = "x".repeat(100_000);
        let question = json!({ "timeStamp": "20260101120000", "iMid": "PAYLOANTES", "tXid": long, "referenceNo": "r", "amt": "1",
            "merchantToken": bench.shop.sign(&["20260101120000", "PAYLOANTES", "r", "1"]) });
        let answer = bench.post(INQUIRY, question.to_string());
        bench.refused("tXid", &answer, 200, "9528", "tXid/unknown");
        for field in ["tXid", "callBackUrl", "merchantToken"] {
            let answer = bench.sim.http().post_form(PAYMENT, &[(field, &long)], &[]);
            bench.refused(&format!("payment: {field}"), &answer, 200, "9528", "tXid/unknown");
        }
    }
}

#[test]
fn control_characters_and_line_ends() {
    // Short enough for every field: what is longer is refused for its length.
    let attack = "a\r\nX-Evil: 1\r\n";
    for (mut bench, strict) in [(Bench::new(), false), (Bench::strict(), true)] {
        let slug = "field/control-character";
        for field in ["referenceNo", "billingEmail", "billingPhone", "userIP"] {
            for text in [attack, "a\0b", "a\tb", "a\u{7f}b", "a\u{1b}[31mb"] {
                let order = bench.order("r").with(field, text);
                bench.refuses(field, &order, "8003", slug);
            }
        }
        let order = bench.order("r").notify("http://127.0.0.1:9/\r\nX: y");
        bench.refuses("dbProcessUrl", &order, "8003", slug);
        let order = bench.order("r").with("iMid", attack);
        bench.refuses("iMid", &order, "9011", "iMid/unknown");
        let order = bench.order("r").with("merchantToken", attack);
        bench.refuses("merchantToken", &order, "9010", "merchantToken/length");
        let order = bench.order("r").seamless(attack);
        bench.refuses("userToken", &order, "8003", slug);
        let order = bench.order("r").tokenize(attack);
        bench.refuses("clientUserKey", &order, "8003", slug);
        for field in ["goodsNm", "billingNm", "billingAddr", "deliveryNm", "deliveryAddr", "description", "userAgent"] {
            let order = bench.order(field).with(field, attack);
            if strict {
                bench.refuses(field, &order, "8003", slug);
                continue;
            }
            let taken = bench.take(&order);
            assert!(taken.header("x-sim-note").is_some_and(|note| note.starts_with(slug)), "{field}");
            assert_eq!(taken.header("x-evil"), None, "{field}");
            let callback = bench.sim.buyer().pay(&bench.shop.payment_url(&order, &taken, WAY_BACK));
            assert!(callback.starts_with(WAY_BACK) && callback.bytes().all(|b| b.is_ascii_graphic()), "{callback}");
            bench.goes_on(field);
        }
    }
}

#[test]
fn amounts() {
    let rows = [
        ("0", "9115", "amt/zero"),
        ("00", "9115", "amt/zero"),
        ("-1", "9008", "amt/format"),
        ("-0", "9008", "amt/format"),
        ("1.5", "9008", "amt/format"),
        ("25145.00", "9008", "amt/format"),
        ("1e3", "9008", "amt/format"),
        ("1E+3", "9008", "amt/format"),
        ("1000000000000", "9008", "amt/format"),
        ("18446744073709551616", "9008", "amt/format"),
        (" 25145", "9008", "amt/format"),
        ("25145\n", "9008", "amt/format"),
        ("Rp 25.145", "9008", "amt/format"),
        ("", "9007", "field/missing"),
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for (amt, code, slug) in rows {
            bench.refuses(&format!("amt {amt:?}"), &bench.order("amt").with("amt", amt), code, slug);
            // The same without quotes, where that is JSON: signed over the text as it is sent.
            if serde_json::from_str::<Value>(amt).is_ok() && amt.trim() == amt && !amt.starts_with("00") {
                let body = bench.shop.body(&bench.order("amt").with("amt", amt)).to_string();
                let body = body.replace(&format!("\"amt\":\"{amt}\""), &format!("\"amt\":{amt}"));
                let answer = bench.post(REGISTRATION, body);
                bench.refused(&format!("amt {amt} without quotes"), &answer, 200, code, slug);
            }
        }
    }
}

#[test]
fn carts() {
    let cart = |lines: &[(&str, &str)]| {
        let lines: Vec<_> =
            lines.iter().map(|(amt, count)| json!({ "goods_amt": amt, "goods_quantity": count })).collect();
        json!({ "count": "1", "item": lines }).to_string()
    };
    let rows = [
        ("not JSON", "shoes".to_owned(), "P380", "cartData/format"),
        ("truncated", cart(&[("25145", "1")])[..20].to_owned(), "P380", "cartData/format"),
        ("a list", "[]".to_owned(), "P380", "cartData/format"),
        ("null", "null".to_owned(), "P380", "cartData/format"),
        ("nested", format!("{{\"item\":{}}}", nested("[", 1_900, "]")), "P380", "cartData/format"),
        ("nested lines", format!("{{\"item\":[{}]}}", "{\"goods_amt\":".repeat(250)), "P380", "cartData/format"),
        ("item twice", "{\"item\":[],\"item\":[]}".to_owned(), "P380", "cartData/format"),
        ("no lines", cart(&[]), "P380", "cartData/empty"),
        ("decimals", cart(&[("25145.00", "1")]), "P380", "cartData/number"),
        ("an exponent", cart(&[("25145", "1e0")]), "P380", "cartData/number"),
        ("a blank", cart(&[(" 25145", "1")]), "P380", "cartData/number"),
        ("an object for a number", "{\"item\":[{\"goods_amt\":{}}]}".to_owned(), "P380", "cartData/number"),
        ("a sum too low", cart(&[("25144", "1")]), "9907", "cartData/sum"),
        ("a sum too high", cart(&[("25145", "2")]), "9907", "cartData/sum"),
        ("an overflow", cart(&[("18446744073709551615", "18446744073709551615")]), "9907", "cartData/sum"),
        ("an overflow of the sum", cart(&[("18446744073709551615", "1"), ("25146", "1")]), "9907", "cartData/sum"),
        ("a huge number", cart(&[(&"9".repeat(3_000), "1")]), "9907", "cartData/sum"),
        ("a negative price", cart(&[("25146", "1"), ("-1", "1")]), "1002", "cartData/negative"),
        ("a negative quantity", cart(&[("-25145", "-1")]), "1002", "cartData/negative"),
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for (what, cart, code, slug) in &rows {
            bench.refuses(what, &bench.order("cart").with("cartData", cart.as_str()), code, slug);
        }
        let sellers = format!("[{}]", nested("[", 1_900, "]"));
        bench.refuses("nested sellers", &bench.order("s").with("sellers", sellers), "P380", "sellers/format");
    }
}

#[test]
fn a_user_token_of_another_merchant() {
    for mut bench in [Bench::new(), Bench::strict()] {
        let other = bench.sim.new_shop("SHOP000001", "key-of-the-other");
        let issue = json!({ "iMid": "SHOP000001", "clientUserKey": "c", "userToken": "theirs" }).to_string();
        assert_eq!(bench.post("/__sim/api/tokens", issue).status, 201);
        let order = bench.order("token").seamless("theirs");
        bench.refuses("theirs", &order, "9920", "userToken/other-merchant");
        assert!(bench.sim.events("token.used").is_empty(), "it was not used");
        let theirs = other.register(&other.order("token", 10_000).seamless("theirs"));
        assert_eq!(theirs.result_cd(), "0000", "its owner's shop can use it");
        bench.stored.push(theirs.t_xid());
        let built_in = "e0478456-6b50-460c-85e0-627a1e22d2e0";
        let ours = other.register(&other.order("t", 10_000).seamless(built_in));
        bench.refused("ours", &ours, 200, "9920", "userToken/other-merchant");
    }
}

// What is shown again

/// Every text of a page's `dd`s.
fn facts(page: &str) -> Vec<String> {
    let html = Html::parse_document(page);
    let texts = Selector::parse("dd").unwrap();
    html.select(&texts).map(|dd| dd.text().collect()).collect()
}

#[test]
fn script_and_emoji_are_text_on_every_page() {
    let goods = "<script>alert(\"1\")</script>'&amp; 🍜 é";
    let reference = "\"><img src=x onerror=alert(1)>";
    for (mut bench, lang) in [(Bench::new(), "id"), (Bench::strict(), "en")] {
        let order = bench.order(reference).with("goodsNm", goods).with("billingNm", goods).tokenize("<script>");
        let registered = bench.take(&order);
        assert_eq!(registered.json()["referenceNo"], reference);
        let mut buyer = bench.sim.buyer();
        let tk = buyer.open(&bench.shop.payment_url(&order, &registered, WAY_BACK));
        let page = |path: &str| format!("{path}?tk={tk}&lang={lang}");
        let login = Login::default();
        let mut pages = vec![("sign in", buyer.get(&page(SIGN_IN)))];
        let phone = ("phone", "\"><script>alert(1)</script>");
        pages.push(("a phone of markup", buyer.post(&page(SIGN_IN), &[phone, ("pin", "123456")])));
        buyer.sign_in(&tk, login);
        pages.push(("plan", buyer.get(&page(PLAN))));
        pages.push(("a plan of markup", buyer.post(&page(PLAN), &[("instmntMon", "<script>")])));
        buyer.choose(&tk, "3");
        pages.push(("OTP", buyer.get(&page(OTP))));
        pages.push(("an OTP of markup", buyer.post(&page(OTP), &[("otp", "\"><script>")])));
        buyer.enter_otp(&tk, login.otp);
        pages.push(("result", buyer.get(&page(RESULT))));
        for (what, shown) in &pages {
            assert_eq!(shown.status, 200, "{what}");
            harmless(what, &shown.body);
            let facts = facts(&shown.body);
            assert!(facts.iter().any(|fact| fact == goods), "{what}: goodsNm is text: {facts:?}");
            assert!(facts.iter().any(|fact| fact == reference), "{what}: referenceNo is text: {facts:?}");
            let policy = shown.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{what}: {policy}");
        }
        // Links and languages of markup.
        for url in [
            format!("{SIGN_IN}?tk=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
            format!("{SIGN_IN}?tk={tk}%22%3E%3Cscript%3E&lang=%22%3E%3Cscript%3E"),
            format!("{RESULT}?lang=en&tk=javascript:alert(1)"),
        ] {
            let shown = buyer.get(&url);
            assert_eq!(shown.status, 404, "{url}");
            harmless(&url, &shown.body);
        }
        let index = bench.sim.http().get("/");
        let html = Html::parse_document(&index.body);
        assert_eq!(html.select(&Selector::parse("script:not([src^='/__sim/assets/']), img").unwrap()).count(), 0);
        let cells = Selector::parse("td").unwrap();
        assert!(html.select(&cells).any(|td| td.text().collect::<String>() == reference));
        let callback = buyer.return_to_shop(&tk);
        let (_, query) = callback.split_once('?').unwrap();
        let back: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert!(back.contains(&("goodsNm".to_owned(), goods.to_owned())), "{back:?}");
        assert!(back.contains(&("referenceNo".to_owned(), reference.to_owned())), "{back:?}");
        assert_eq!(bench.shop.inquire(&order, &registered).json()["goodsNm"], goods);
        bench.goes_on("markup");
    }
}
