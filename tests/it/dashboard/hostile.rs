//! Texts that others wrote stand on pages as text, and keys never. Every page that is opened is held against what holds
//! for every page: no element and no attribute but ours, and no way out of the simulator.

use std::collections::BTreeSet;

use nicepay_sim::testing::{Login, Simulator};
use serde_json::json;

use super::{API, KEY, PAGES, Page, buyer, text};

/// What nobody would send who means well.
const HOSTILE: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "</title></pre></bdi><script>alert(1)</script>",
    "\"><a href=\"https://evil.test\" onclick=\"alert(1)\">",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "\u{202e}evil\u{2066}\u{200f}",
    "a\r\nSet-Cookie: b=c\r\n\r\n<b>",
    "\u{0}\u{1b}[31m\u{feff}\u{ffff}",
    "&lt;img&gt; &#60;b&#62; %3Cb%3E {{ 1 }} ${1}",
    "<!--",
    "]]>",
];
/// `PAYLOANTES`' published key.
const PUBLISHED: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
/// Fields of a registration that can hold what a merchant likes.
const FIELDS: &[&str] = &[
    "goodsNm",
    "billingNm",
    "billingPhone",
    "billingEmail",
    "billingAddr",
    "billingCity",
    "billingState",
    "billingPostCd",
    "billingCountry",
    "deliveryNm",
    "deliveryAddr",
    "dbProcessUrl",
    "description",
    "userAgent",
    "userIP",
    "cartData",
    "sellers",
    "mRefNo",
    "reqDt",
    "merFixAcctId",
    "clientUserKey",
    "mitraCd",
    "instmntMon",
    "instmntType",
    "timeStamp",
    "merchantToken",
    "callBackUrl",
    "currency",
    "payMethod",
    "amt",
];

/// Every page of ours that can be reached, each looked at once.
fn every_page(sim: &Simulator) -> Vec<Page> {
    let mut seen = BTreeSet::new();
    let mut ahead: Vec<String> = PAGES.map(str::to_owned).into();
    let mut pages = Vec::new();
    while let Some(path) = ahead.pop() {
        let pages_of_ours = ["/__sim/transactions/", "/__sim/bindings/", "/__sim/events/"];
        let wanted = PAGES.contains(&path.as_str()) || pages_of_ours.iter().any(|ours| path.starts_with(ours));
        if !wanted || !seen.insert(path.clone()) {
            continue;
        }
        let page = Page::open(sim, &path);
        ahead.extend(page.links());
        pages.push(page);
    }
    pages
}

#[test]
fn what_merchants_and_customers_write_is_text() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let long = "<b>long ".repeat(1_300);
    let mut taken = 0;
    for (i, hostile) in HOSTILE.iter().copied().chain([long.as_str()]).enumerate() {
        let short: String = hostile.chars().take(36).collect();
        for field in FIELDS {
            let order = shop.order(&format!("{i}-{field}"), 25_145).with(field, hostile);
            taken += usize::from(shop.register(&order).result_cd() == "0000");
        }
        // Its number is hostile, and whatever can be besides.
        let mut order = shop.order(&short, 25_145).tokenize(hostile);
        if shop.register(&order).result_cd() != "0000" {
            order = shop.order(&format!("safe-{i}"), 25_145).tokenize(&short);
        }
        for field in ["goodsNm", "billingNm", "description", "billingAddr", "userAgent"] {
            let tried = order.clone().with(field, hostile).with("referenceNo", format!("tried-{i}-{field}"));
            if shop.register(&tried).result_cd() == "0000" {
                order = order.with(field, hostile);
            }
        }
        let order = order.with("referenceNo", format!("{}{i}", short.chars().take(30).collect::<String>()));
        let registered = shop.register(&order);
        if registered.result_cd() == "0000" {
            let t_xid = registered.t_xid();
            let mut browser = sim.buyer();
            let callback = format!("http://shop.test/?a={short}");
            let opened = browser.get(&shop.payment_url(&order, &registered, &callback));
            if opened.status == 302 {
                let tk = browser.arrive(opened.location());
                browser.sign_in(&tk, Login { phone: hostile, pin: hostile, ..Login::default() });
            }
            buyer(&sim, &t_xid, &json!({}));
            taken += 1;
        }
        let mut binding = shop.binding(&format!("b{i}"), "+62-81291891818");
        binding["billingNm"] = hostile.into();
        binding["customerId"] = hostile.into();
        shop.bind(binding);
        let odd = sim.http().send("POST", "/nicepay/direct/v2/registration", &[("content-type", "text/<b>")], hostile);
        assert!(odd.status < 500);
        sim.http()
            .get(&format!("/nicepay/direct/v2/payment?{}", short.replace(|c: char| c.is_control() || c == ' ', "%0A")));
        let rule = json!({ "when": { "referenceNo": hostile }, "then": { "outcome": "reject" } });
        sim.http().post_json(&format!("{API}/rules"), &rule);
        let put = json!({ "name": hostile });
        sim.http().put_json(&format!("{API}/shoppers/0812918918{:02}", i + 20), &put);
        let token = json!({ "iMid": "PAYLOANTES", "clientUserKey": hostile });
        sim.http().post_json(&format!("{API}/tokens"), &token);
    }
    sim.advance("2s");
    assert!(taken > 100, "{taken}");
    let pages = every_page(&sim);
    assert!(pages.len() > 100, "{}", pages.len());
    // It is there, as it was sent.
    let all: String = pages.iter().map(Page::text).collect();
    for hostile in &HOSTILE[..5] {
        assert!(all.contains(hostile), "{hostile}");
    }
    // What turns the direction of writing does so in its own place only.
    for page in &pages {
        for element in page.all("*") {
            let own: String =
                element.children().filter_map(|child| child.value().as_text().map(|text| text.to_string())).collect();
            if own.contains('\u{202e}') {
                let places = ["bdi", "pre", "dd", "dt", "option", "title", "textarea"];
                assert!(places.contains(&element.value().name()), "{}: {}", page.path, element.html());
            }
        }
    }
}

#[test]
fn hostile_queries_are_text() {
    let sim = Simulator::start();
    super::register(&sim, "order");
    let t_xid = sim.http().get(&format!("{API}/transactions")).json()[0]["tXid"].as_str().unwrap().to_owned();
    let long = "x".repeat(10_000);
    let pages =
        PAGES.map(str::to_owned).into_iter().chain([format!("/__sim/transactions/{t_xid}"), "/__sim/events/1".into()]);
    for page in pages {
        for hostile in HOSTILE.iter().copied().chain([long.as_str(), "\u{1f600}"]) {
            for name in [
                "q",
                "kind",
                "delivery",
                "rule",
                "from",
                "iMid",
                "referenceNo",
                "status",
                "outcome",
                "before",
                "lang",
                "done",
                "event",
                "type",
                hostile,
            ] {
                let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, hostile).finish();
                if query.len() > 12_000 {
                    continue;
                }
                let shown = Page::open(&sim, &format!("{page}?{query}"));
                assert_eq!(shown.maybe("done"), None, "{query}");
                let back = shown.form("freeze").field("_back").to_owned();
                assert!(back.starts_with("/__sim/") && back.bytes().all(|byte| byte.is_ascii_graphic()), "{back}");
            }
        }
        for query in
            ["before=abc", "before=-1", "before=0", "before=18446744073709551616", "lang=xx", "&&&=&", "%", "%zz=%zz"]
        {
            Page::open(&sim, &format!("{page}?{query}"));
        }
        // Longer than a request may be.
        let refused = sim.http().get(&format!("{page}?iMid={}", "x".repeat(40_000))).status;
        assert!((400..500).contains(&refused), "{page}: {refused}");
    }
    for nothing in
        ["before=0", "before=1", "iMid=NOBODY0001", "status=7", "outcome=odd", "delivery=odd", "kind=odd", "rule=odd"]
    {
        assert!(Page::open(&sim, &format!("/__sim/?{nothing}")).tested("transaction").is_empty(), "{nothing}");
    }
}

#[test]
fn no_page_shows_a_key_however_it_came_there() {
    let sim = Simulator::start();
    for (i, key) in [KEY, PUBLISHED, "ab&cd<ef>gh\"ij'kl/mn+op"].into_iter().enumerate() {
        let i_mid = format!("KEYSHOP{i:03}");
        let shop = sim.new_shop(&i_mid, key);
        let order = |what: &str| shop.order(&format!("{i}-{what}"), 25_145);
        for field in FIELDS.iter().chain(&["referenceNo", "userToken", "unknown"]) {
            shop.register(&order(field).with(field, key));
        }
        let order = order("all").with("goodsNm", key).with("billingNm", key).with("description", key).tokenize(key);
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
        let mut browser = sim.buyer();
        let callback =
            if key == PUBLISHED { format!("http://shop.test/?key={key}") } else { "http://shop.test/".to_owned() };
        let tk = browser.open(&shop.payment_url(&order, &registered, &callback));
        browser.sign_in(&tk, Login { phone: key, ..Login::default() });
        buyer(&sim, &registered.t_xid(), &json!({}));
        let mut binding = shop.binding(&format!("b{i}"), "+62-81291891818");
        binding["customerId"] = key.into();
        shop.bind(binding);
        let mut as_form = url::form_urlencoded::Serializer::new(String::new());
        let as_form = as_form.append_pair("key", key).finish();
        sim.http().send("POST", "/nicepay/direct/v2/registration", &[("x-key", key)], as_form.clone());
        sim.http().get(&format!("/nicepay/direct/v2/payment?{as_form}"));
        let rule = json!({ "when": { "referenceNo": key }, "then": { "outcome": "reject" } });
        sim.http().post_json(&format!("{API}/rules"), &rule);
    }
    sim.advance("2s");
    let mut hidden = 0;
    for page in every_page(&sim) {
        let whole = page.html.root_element().html();
        let shown = page.text();
        let attributes =
            page.all("*").into_iter().flat_map(|element| element.value().attrs().map(|(_, value)| value.to_owned()));
        let attributes: String = attributes.collect::<Vec<_>>().join("\n");
        for part in
            ["a-merchant-key", "33F49GnCMS1mFYlG", "DYAbpGKZYSwtlyyLOtS", "ab&cd<ef>gh", "ab%26cd%3Cef", "ab&amp;cd"]
        {
            for text in [&whole, &shown, &attributes] {
                assert!(!text.contains(part), "{}: {part}: {shown}", page.path);
            }
        }
        hidden += whole.matches("***").count();
    }
    assert!(hidden > 100, "{hidden}");
    // Nor where one asks for it.
    for path in [format!("/__sim/?referenceNo={KEY}"), format!("/__sim/log?referenceNo={KEY}&before={KEY}")] {
        let page = Page::open(&sim, &path);
        assert!(!page.html.root_element().html().contains(KEY), "{path}");
    }
    let unknown = sim.http().get(&format!("/__sim/transactions/{KEY}"));
    assert!(unknown.status == 404 && !unknown.body.contains("a-merchant-key"), "{}", unknown.body);
    let cut = format!("/__sim/transactions/{}{KEY}", "x".repeat(40));
    assert!(!sim.http().get(&cut).body.contains("a-merchant-key"), "cut in the middle");
    let refused = super::post(&sim, "/__sim/actions/rules", &[], format!("times:json={KEY}"));
    assert!(refused.status == 422 && !refused.body.contains("a-merchant-key"), "{}", refused.body);
    let names: Vec<_> = Page::open(&sim, "/__sim/merchants").tested("merchant").into_iter().map(text).collect();
    assert_eq!(names.len(), 5, "{names:?}");
}
