//! The list: what the search finds, what each filter selects, refused requests among the transactions, and the page of one.

use std::collections::BTreeMap;

use nicepay_sim::testing::{Reply, Simulator};
use scraper::Html;
use serde_json::{Value, json};

use super::{API, KEY, NOBODY, Page, buyer, listed, lively, register, select, text};

fn query(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn search(sim: &Simulator, text: &str) -> Page {
    Page::open(sim, &format!("/__sim/?{}", query(&[("q", text)])))
}

/// The page of the newest refused request.
fn last_refused(sim: &Simulator) -> Page {
    let page = Page::open(sim, "/__sim/");
    Page::open(sim, page.tested("last-refused")[0].attr("href").unwrap())
}

/// What is marked in the body or in the request line.
fn marks(page: &Page) -> Vec<String> {
    page.all("pre mark").into_iter().map(text).collect()
}

#[test]
fn each_filter_does_what_it_says_alone_and_with_others() {
    let (sim, _) = lively();
    let other = sim.new_shop("MYSHOP0001", KEY);
    let theirs = other.register(&other.order("approve-too", 25_145)).t_xid();
    buyer(&sim, &theirs, &json!({ "do": "approve" }));
    let all = sim.http().get(&format!("{API}/transactions?limit=100")).json();
    let all: Vec<_> = all.as_array().unwrap().iter().rev().cloned().collect();
    let page = Page::open(&sim, "/__sim/");
    let mut combinations = 0;
    for i_mid in page.options("filter-merchant") {
        for q in ["", "AP", "approve-too", "nothing", " open "] {
            for status in page.options("filter-status") {
                for outcome in page.options("filter-outcome") {
                    let given = [&*i_mid, q, &status, &outcome].iter().filter(|given| !given.is_empty()).count();
                    if given > 2 && !(i_mid == "MYSHOP0001" && status == "0") {
                        continue;
                    }
                    let fit = all.iter().filter(|transaction| {
                        let is = |name: &str, wanted: &str| wanted.is_empty() || transaction[name] == wanted;
                        let has = transaction["referenceNo"].as_str().unwrap().contains(&q.trim().to_lowercase());
                        is("iMid", &i_mid) && has && is("status", &status) && is("stage", &outcome)
                    });
                    let expected: Vec<_> = fit.map(|it| it["referenceNo"].as_str().unwrap()).collect();
                    let query = query(&[("iMid", &i_mid), ("q", q), ("status", &status), ("outcome", &outcome)]);
                    let reply = sim.http().get(&format!("/__sim/?{query}"));
                    let shown = Html::parse_document(&reply.body);
                    let shown: Vec<_> =
                        shown.select(&select("[data-testid=transaction] .what bdi")).map(text).collect();
                    assert_eq!(shown, expected, "{query}");
                    combinations += 1;
                }
            }
        }
    }
    assert!(combinations > 150, "{combinations}");
    // What was looked for stands in the form, and goes on with the buttons. Links of earlier versions say referenceNo.
    for name in ["q", "referenceNo"] {
        let given = format!("iMid=PAYLOANTES&{name}=a%22b&status=0&outcome=approved&rule=r%261");
        let page = Page::open(&sim, &format!("/__sim/?{given}"));
        let form = page.form("filter-submit");
        let filled: BTreeMap<_, _> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [
            ("delivery", ""),
            ("iMid", "PAYLOANTES"),
            ("kind", ""),
            ("outcome", "approved"),
            ("q", "a\"b"),
            ("rule", "r&1"),
            ("status", "0"),
        ];
        assert_eq!(filled, BTreeMap::from(expected));
        assert!(!form.post && form.action == "/__sim/");
        assert_eq!(page.form("advance-2s").field("_back"), format!("/__sim/?{given}"));
    }
}

#[test]
fn the_search_takes_any_text() {
    let sim = Simulator::start();
    sim.new_shop("MYSHOP0001", KEY);
    let shop = sim.shop();
    let order = |reference_no: &str| shop.order(reference_no, 25_145);
    shop.register(&order("Bulk-1"));
    shop.register(&order("bulk-12").with("goodsNm", "50% [a-z]+ (.*) ? grün \u{1f600}"));
    shop.register(&order("bulk-2").with("billingPhone", "+62-812 3456.7890"));
    let own = shop.register(&order("own").tokenize("Customer*7")).t_xid();
    buyer(&sim, &own, &json!({ "do": "approve" }));
    let token = sim.events("token.issued")[0]["userToken"].as_str().unwrap().to_owned();
    buyer(&sim, &register(&sim, "paid"), &json!({ "do": "pay", "phone": "081291891818" }));
    for (q, found) in [
        ("bulk-1", &["bulk-12", "Bulk-1"][..]),
        ("BULK-1*", &["bulk-12", "Bulk-1"]),
        ("*-2", &["bulk-2"]),
        ("%", &["bulk-12"]),
        ("[A-Z]+", &["bulk-12"]),
        ("?", &["bulk-12"]),
        ("GRÜN", &["bulk-12"]),
        ("\u{1f600}", &["bulk-12"]),
        ("customer*", &["own"]),
        (&token[..9], &["own"]),
        (&token.to_uppercase(), &["own"]),
        (&own[10..], &["own"]),
        ("08123456", &["bulk-2"]),
        ("+62812-3456", &["bulk-2"]),
        ("628123456", &["bulk-2"]),
        ("7890", &["bulk-2"]),
        ("0812 3456 7890*", &["bulk-2"]),
        ("*", &["paid", "own", "bulk-2", "bulk-12", "Bulk-1"]),
    ] {
        let page = search(&sim, q);
        assert_eq!(listed(&page), found, "{q}");
    }
    for phone in ["081291891818", "+62 812-9189-1818", "6281291891818", "(0812) 9189.1818"] {
        assert!(listed(&search(&sim, phone)).contains(&"paid".to_owned()), "{phone}");
    }
    let long = "x".repeat(10_000);
    let stars = "*x".repeat(5_000);
    for nothing in [
        ".*",
        "bulk.1",
        "^Bulk",
        "bulk-?",
        "ulk-1*",
        "\u{0}",
        "bulk\u{0}",
        "a\r\nb",
        "\u{202e}",
        "\\d",
        "_ulk-1",
        "' OR 1=1 --",
        "<script>",
        "%42ulk",
        "08129999999",
        &long,
        &stars,
    ] {
        for language in ["en", "id"] {
            let page = Page::in_language(&sim, &format!("/__sim/?{}", query(&[("q", nothing)])), language);
            assert!(listed(&page).is_empty(), "{nothing:?}");
            let says = if language == "en" { "No matches" } else { "Tidak ada yang cocok" };
            assert!(page.says("empty").contains(says), "{nothing:?}");
            assert_eq!(page.tested("show-all").len(), 1);
        }
    }
    // A key that somebody looks for is masked in the box, too.
    assert!(!sim.http().get(&format!("/__sim/?{}", query(&[("q", KEY)]))).body.contains(KEY));
    // Nothing to look for is no search.
    assert_eq!(listed(&search(&sim, " \t\n")).len(), 5);
}

#[test]
fn a_refused_request_is_found_by_each_field_that_it_sent() {
    let sim = Simulator::start();
    let shop = sim.shop();
    shop.register(&shop.order("accepted", 25_145));
    let too_long = format!("Order-{}", "1".repeat(50));
    let goods = format!("Grün {}", "x".repeat(300));
    let order = shop.order(&too_long, 25_145).tokenize("Customer*7");
    let order = order.with("billingPhone", "+62-812 3456.7890").with("goodsNm", goods.as_str());
    assert_ne!(shop.register(&order).result_cd(), "0000");
    let user_token = "00000000-0000-4000-8000-00000000000A";
    assert_ne!(shop.remove_token(user_token).result_cd(), "0000");
    let t_xid = "IONPAYTEST0620991231235959ABCD";
    let inquiry = json!({ "iMid": shop.i_mid(), "tXid": t_xid, "referenceNo": "order-2", "amt": "1" });
    assert_ne!(sim.http().post_json("/nicepay/direct/v2/inquiry", &inquiry).json()["resultCd"], "0000");
    for (q, endpoint) in [
        ("order-1111", "registration"),
        ("GRÜN", "registration"),
        ("customer*", "registration"),
        ("08123456", "registration"),
        ("62 812 3456 7890", "registration"),
        ("-00000000000a", "remove-token"),
        ("1231235959abcd", "inquiry"),
        ("order-2", "inquiry"),
    ] {
        let page = search(&sim, q);
        let refusals: Vec<_> = page.all("[data-testid=refusal] .what").into_iter().map(text).collect();
        assert!(refusals.len() == 1 && refusals[0].matches(endpoint).count() == 1, "{q}: {refusals:?}");
    }
    // So much of a long text is not kept.
    let long = "x".repeat(101);
    for nothing in ["kdvi", "081291891818", &long] {
        assert!(search(&sim, nothing).tested("refusal").is_empty(), "{nothing}");
    }
    // The API has what it had.
    let refused = sim.events("transaction.refused");
    assert!(refused.iter().all(|event| event.get("sent").is_none()), "{refused:?}");
}

#[test]
fn refused_requests_stand_in_the_list_with_why_and_a_way_to_the_bytes() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let page = Page::open(&sim, "/__sim/");
    assert!(page.tested("last-refused").is_empty() && page.tested("nav-refused").is_empty());
    let first = register(&sim, "first");
    for i in 0..60 {
        shop.register(&shop.order(&format!("forged-{i}"), 25_145).with("merchantToken", "0".repeat(64)));
    }
    let last = register(&sim, "last");
    let other = sim.new_shop("MYSHOP0001", KEY);
    other.register(&other.order("theirs", 25_145).with("payMethod", "99"));
    let log = sim.events("transaction.refused");
    let page = Page::open(&sim, "/__sim/");
    assert_eq!(page.says("count").trim(), "newest 50 of 63");
    assert!(page.says("nav-refused").contains("61"));
    assert!(page.says("last-refused").contains("theirs"), "{}", page.says("last-refused"));
    // In the order in which they came, over the pages.
    let mut keys = Vec::new();
    let mut path = "/__sim/".to_owned();
    loop {
        let page = Page::open(&sim, &path);
        keys.extend(page.all("#rows > li").iter().map(|row| row.attr("data-key").unwrap().to_owned()));
        let Some(older) = page.tested("older").first().map(|older| older.attr("href").unwrap().to_owned()) else {
            break;
        };
        path = older;
    }
    let refused = |event: &Value| format!("refused-{}", event["id"]);
    let mut expected = vec![refused(log.last().unwrap()), last];
    expected.extend(log.iter().rev().skip(1).map(refused));
    expected.push(first);
    assert_eq!(keys, expected);
    for (shown, event) in page.tested("refusal").iter().zip(log.iter().rev()) {
        let said = text(*shown);
        let (slug, sentence) = event["diagnosis"].as_str().unwrap().split_once(": ").unwrap();
        for wanted in [slug, sentence, event["resultCd"].as_str().unwrap(), event["referenceNo"].as_str().unwrap()] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert_eq!(shown.attr("data-event").unwrap(), event["id"].to_string());
        let link = shown.select(&select("a")).next().unwrap().attr("href").unwrap();
        assert_eq!(link, format!("/__sim/events/{}", event["id"]));
    }
    for (query, count) in [
        ("iMid=MYSHOP0001", 1),
        ("iMid=PAYLOANTES&kind=refused", 50),
        ("q=FORGED-3", 11),
        ("q=forged-3*&kind=refused", 11),
        ("kind=transactions", 0),
        ("status=3", 0),
        ("outcome=approved", 0),
        ("delivery=none", 0),
        ("rule=approve/default", 0),
        ("iMid=MYSHOP0001&q=forged", 0),
    ] {
        assert_eq!(Page::open(&sim, &format!("/__sim/?{query}")).tested("refusal").len(), count, "{query}");
    }
    assert!(Page::open(&sim, "/__sim/?iMid=PAYLOANTES").says("last-refused").contains("forged-59"));
    // A reset forgets them, and an open page of one says so.
    let event = format!("/__sim/events/{}", log[0]["id"]);
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": "PAYLOANTES" })).status, 204);
    assert!(Page::open(&sim, "/__sim/").says("nav-refused").contains('1'));
    let gone = Page::of(&sim, &event, &sim.http().send("GET", &event, &[("accept-language", "en")], ""));
    assert_eq!(gone.status, 404);
}

#[test]
fn the_page_of_a_refused_request_marks_the_field() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = || shop.order("order-7", 25_145);
    let refuse = |order: &nicepay_sim::testing::Order| -> Reply { shop.register(order) };
    refuse(&order().with("amt", "25.145"));
    let page = last_refused(&sim);
    assert_eq!(marks(&page), [r#""amt":"25.145""#]);
    assert_eq!(text(page.tested("marked-field")[0]), "amt25.145");
    assert!(page.says("no-order").contains("No transaction") && page.tested("to-order").is_empty());
    assert!(page.tested("explanation")[0].attr("href").unwrap().ends_with("#amt-format"));
    assert!(page.says("answer-body").contains("9008") && page.says("diagnosis").contains("amt/format"));

    let registered = shop.register(&order());
    for (order, wrong, marked) in [
        (order().without("amt"), &["amt"][..], &[][..]),
        (order().without("goodsNm").with("goodsnm", "Rice"), &["goodsNm", "goodsnm"], &[r#""goodsnm":"Rice""#]),
        (order().with("cartData", json!({ "count": "1" })), &["cartData"], &[r#""cartData":{"count":"1"}"#]),
        (order().with("mitraCd", "<b>&\""), &["mitraCd"], &[r#""mitraCd":"<b>&\"""#]),
        (order(), &["referenceNo"], &[r#""referenceNo":"order-7""#]),
    ] {
        refuse(&order);
        let page = last_refused(&sim);
        let named: Vec<_> = page.all("[data-testid=wrong-field] code").into_iter().map(text).collect();
        assert_eq!(
            (named, marks(&page)),
            (
                wrong.iter().map(|name| (*name).to_owned()).collect(),
                marked.iter().map(|mark| (*mark).to_owned()).collect()
            )
        );
        // The first request with this number was accepted.
        let href = page.tested("to-order")[0].attr("href").unwrap();
        assert!(href.starts_with(&format!("/__sim/transactions/{}?event=", registered.t_xid())), "{href}");
        assert!(Page::open(&sim, href.split('#').next().unwrap()).maybe("diagnosis").is_some(), "{href}");
    }
    // A cart is decoded, and open where it is the mistake. What stands in it is not marked.
    let cart = r#"{"count":"1","item":[{"goods_name":"Rice","goods_quantity":"1","goods_amt":"25144","amt":"1"}]}"#;
    refuse(&shop.order("order-9", 25_145).with("cartData", cart));
    let page = last_refused(&sim);
    let fields: Vec<_> = page.tested("marked-field").into_iter().map(text).collect();
    assert_eq!((fields.len(), &*fields[0]), (2, "amt25145"), "{fields:?}");
    for part in ["cartData", "decoded JSON", "goods_amt25144"] {
        assert!(fields[1].contains(part), "{part}: {}", fields[1]);
    }
    assert_eq!(page.all("[data-testid=marked-field] details[open] > summary mark").len(), 1);
    // A key that was sent by mistake is masked, and what is marked stays in its place.
    sim.new_shop("MYSHOP0001", KEY);
    refuse(&order().with("merchantToken", KEY));
    let page = last_refused(&sim);
    assert!(!page.text().contains(KEY) && marks(&page)[0].starts_with(r#""merchantToken":"#), "{:?}", marks(&page));
    // The fields of a browser's request are in its address.
    let payment = shop.payment_url(&order(), &registered, NOBODY).replace("callBackUrl", "callbackurl");
    sim.http().get(&payment);
    let page = last_refused(&sim);
    assert!(page.says("request-line").starts_with("GET /nicepay/direct/v2/payment?"), "{}", page.says("request-line"));
    assert!(text(page.tested("request-fields")[0]).contains(&registered.t_xid()));
    // Bodies that are no object: nothing is marked, everything is shown.
    for body in [&b"{\"amt\":\"1"[..], b"\xff\xfe\x00binary", b"[1]", b"", b"null"] {
        sim.http().send("POST", "/nicepay/direct/v2/registration", &[("content-type", "application/json")], body);
        let page = last_refused(&sim);
        assert_eq!((page.tested("marked-field").len(), marks(&page).len()), (0, 0), "{body:?}");
    }
    let large = format!(r#"{{"amt":"x","goodsNm":"{}"}}"#, "y".repeat(256 * 1024));
    sim.http().send("POST", "/nicepay/direct/v2/registration", &[("content-type", "application/json")], large);
    assert!(last_refused(&sim).tested("why").len() == 1);
}

#[test]
fn the_way_back_keeps_the_filters_and_leads_nowhere_else() {
    let sim = Simulator::start();
    let t_xid = register(&sim, "order-7");
    let shop = sim.shop();
    shop.register(&shop.order("order-8", 25_145).with("amt", "x"));
    let list = "/__sim/?q=order-*&iMid=PAYLOANTES";
    let page = Page::open(&sim, list);
    for row in ["[data-testid=transaction] a", "[data-testid=refusal] a"] {
        let opened = Page::open(&sim, page.all(row)[0].attr("href").unwrap());
        assert_eq!(opened.tested("to-list")[0].attr("href"), Some(list), "{row}");
        // It stays while buttons are pressed.
        assert!(opened.form("advance-2s").field("_back").contains("from="), "{row}");
    }
    // And while arrows are opened and closed.
    let mut opened = Page::open(&sim, page.all("[data-testid=transaction] a")[0].attr("href").unwrap());
    for link in ["#arrows a", "[data-testid=close-message]"] {
        opened = Page::open(&sim, opened.all(link)[0].attr("href").unwrap());
        assert_eq!(opened.tested("to-list")[0].attr("href"), Some(list), "{link}");
    }
    for hostile in
        ["https://evil.test", "//evil.test", "\\\\evil.test", "javascript:alert(1)", "/../..", "a=b&done=reset"]
    {
        for page in [format!("/__sim/transactions/{t_xid}"), "/__sim/events/3".to_owned()] {
            let page = Page::open(&sim, &format!("{page}?{}", query(&[("from", hostile)])));
            let back = page.tested("to-list");
            assert!(back.iter().all(|back| back.attr("href") == Some("/__sim/")), "{hostile}");
        }
    }
}

#[test]
fn what_a_rule_has_touched_is_a_list() {
    let sim = Simulator::start();
    let rules = [
        json!({ "id": "reject-it", "when": { "referenceNo": "a*" }, "then": { "outcome": "reject" } }),
        json!({ "id": "forge-it", "when": { "referenceNo": "b*" }, "then": { "notify": "wrong-token" } }),
    ];
    for rule in &rules {
        sim.rule(rule);
    }
    for reference_no in ["a1", "b1", "a2", "c1"] {
        buyer(&sim, &register(&sim, reference_no), &json!({ "do": "pay" }));
    }
    for (rule, says, found) in [
        ("reject-it", "Rule reject-it touched 2 transactions.", &["a2", "a1"][..]),
        ("forge-it", "Rule forge-it touched 1 transaction.", &["b1"]),
        ("nobody's <b>", "Rule nobody's <b> touched 0 transactions.", &[]),
    ] {
        let page = Page::open(&sim, &format!("/__sim/?{}", query(&[("rule", rule)])));
        assert_eq!(listed(&page), found, "{rule}");
        assert!(page.says("rule-filter").starts_with(says), "{}", page.says("rule-filter"));
        assert_eq!(page.tested("clear-rule")[0].attr("href").unwrap().trim_end_matches('?'), "/__sim/");
    }
}
