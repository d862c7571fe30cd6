//! Checkout (`docs/PROTOCOL.md` §2.8): the customer chooses a lender on NICEPAY's own page, and goes on from there.

use nicepay_sim::testing::{Buyer, Login, Order, Received, Reply, Shop, Simulator};
use scraper::{Html, Selector};
use serde_json::{Value, json};

const CALLBACK: &str = "http://shop.test/thanks?order_id=1";
const REGISTRATION: &str = "/nicepay/redirect/v2/registration";
const PAGE: &str = "/nicepay/redirect/v2/payment";
const LEAVE: &str = "/nicepay/redirect/v2/payment/cancel";
const USER_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
/// The keys of an answer, in the order of the PHP client's class.
const KEYS: [&str; 15] = [
    "resultCd",
    "resultMsg",
    "tXid",
    "referenceNo",
    "payMethod",
    "amt",
    "transDt",
    "transTm",
    "description",
    "currency",
    "goodsNm",
    "billingNm",
    "payValidDt",
    "payValidTm",
    "paymentURL",
];
/// Every lender: its code, its folder, its name, and who can pay there.
const LENDERS: [(&str, &str, &str, Login<'_>); 3] = [
    ("KDVI", "kredivo", "Kredivo", Login { phone: "081291891818", pin: "414141", months: "1", otp: "4567" }),
    ("AKLP", "akulaku", "Akulaku", Login { phone: "087700000000", pin: "123456", months: "3", otp: "123456" }),
    ("IDNA", "indodana", "Indodana", Login { phone: "0838499610", pin: "123654", months: "1", otp: "999999" }),
];
/// What is the same in every failed callback.
const FAILED: &str = "&resultCd=9030&resultMsg=Transaction+Fail.+Please+check+information.";

/// A simulator and a shop that uses Checkout.
struct Till {
    sim: Simulator,
    shop: Shop,
}

impl Till {
    fn new() -> Self {
        Self::of(Simulator::start())
    }

    fn with(scenario: &str) -> Self {
        Self::of(Simulator::builder().scenario(scenario).start())
    }

    fn strict() -> Self {
        Self::of(Simulator::builder().profile("strict").start())
    }

    fn of(sim: Simulator) -> Self {
        let shop = sim.shop();
        Self { sim, shop }
    }

    /// An order that leaves everything to the customer.
    fn order(&self, reference_no: &str) -> Order {
        let order = self.shop.order(reference_no, 25_145).with("payMethod", "00").with("callBackUrl", CALLBACK);
        order.without("mitraCd").without("instmntType").without("instmntMon")
    }

    /// An order for one lender.
    fn order_at(&self, reference_no: &str, mitra_cd: &str) -> Order {
        self.shop.order(reference_no, 25_145).with("callBackUrl", CALLBACK).with("mitraCd", mitra_cd)
    }

    #[track_caller]
    fn take(&self, order: &Order) -> Reply {
        let taken = self.shop.checkout(order);
        assert_eq!(taken.result_cd(), "0000", "{} {:?}", taken.body, taken.header("x-sim-diagnosis"));
        taken
    }

    fn put_partners(&self, partners: &[&str]) {
        let put = self.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &json!({ "partners": partners }));
        assert_eq!(put.status, 200, "{}", put.body);
    }

    fn shown(&self, registered: &Reply) -> Value {
        self.sim.http().get(&format!("/__sim/api/transactions/{}", registered.t_xid())).json()
    }

    #[track_caller]
    fn stage(&self, registered: &Reply, stage: &str) {
        assert_eq!(self.shown(registered)["stage"], stage);
    }

    fn play(&self, registered: &Reply, body: &Value) -> Reply {
        self.sim.http().post_json(&format!("/__sim/api/transactions/{}/buyer", registered.t_xid()), body)
    }

    fn events(&self, event_type: &str, registered: &Reply) -> Vec<Value> {
        self.sim.events(&format!("{event_type}&tXid={}", registered.t_xid()))
    }

    /// The types of everything that happened to an order, but for exchanges.
    fn story(&self, registered: &Reply) -> Vec<String> {
        let events = self.events("", registered).into_iter().map(|event| event["type"].as_str().unwrap().to_owned());
        events.filter(|kind| kind != "exchange.recorded").collect()
    }
}

fn page_of(registered: &Reply) -> String {
    format!("{PAGE}?tXid={}", registered.t_xid())
}

fn choose(buyer: &mut Buyer, registered: &Reply, mitra_cd: &str) -> Reply {
    buyer.post(PAGE, &[("tXid", &registered.t_xid()), ("mitraCd", mitra_cd)])
}

/// Chooses a lender, walks its pages, and answers with where the browser lands.
fn pay_at(buyer: &mut Buyer, registered: &Reply, mitra_cd: &str, login: Login<'_>) -> String {
    let chosen = choose(buyer, registered, mitra_cd);
    let tk = buyer.arrive(chosen.location());
    buyer.sign_in(&tk, login);
    buyer.choose(&tk, login.months);
    buyer.enter_otp(&tk, login.otp);
    buyer.return_to_shop(&tk)
}

/// The callback of something paid or under review, field for field.
fn wide(registered: &Reply, reference_no: &str, mitra_cd: &str, instmnt_type: &str, months: &str) -> String {
    format!(
        "{CALLBACK}&resultCd=0000&resultMsg=SUCCESS&tXid={}&referenceNo={reference_no}&payMethod=06&amt=25145\
         &currency=IDR&goodsNm=Test+Transaction+Nicepay&billingNm=Customer+Name&transDt=20260101&transTm=000000\
         &description=&authNo=&issuBankCd=&acquBankCd=&issuBankNm=&acquBankNm=&cardNo=&recurringToken=&preauthToken=\
         &ccTransType=&mitraCd={mitra_cd}&receiptCode=&mRefNo=&cardExpYymm=&instmntType={instmnt_type}&instmntMon={months}",
        registered.t_xid()
    )
}

/// The callback of something else.
fn narrow(result: &str, registered: &Reply, reference_no: &str, mitra_cd: &str) -> String {
    let t_xid = registered.t_xid();
    format!("{CALLBACK}{result}&tXid={t_xid}&referenceNo={reference_no}&payMethod=06&amt=25145&mitraCd={mitra_cd}")
}

fn html(reply: &Reply) -> Html {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{} {}", reply.status, reply.body);
    Html::parse_document(&reply.body)
}

fn attrs(page: &Html, css: &str, name: &str) -> Vec<String> {
    page.select(&Selector::parse(css).unwrap()).filter_map(|el| el.attr(name)).map(str::to_owned).collect()
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    let selector = Selector::parse(css).unwrap();
    let found = page.select(&selector).map(|el| el.text().collect::<String>());
    found.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The lenders on a page, and which of them is chosen.
#[track_caller]
fn offered(reply: &Reply) -> (Vec<String>, Vec<String>) {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let page = html(reply);
    let options = "[data-testid=checkout-form] [data-testid=checkout-option][name=mitraCd][type=radio]";
    (attrs(&page, options, "value"), attrs(&page, &format!("{options}[checked]"), "value"))
}

/// The word of a page that has nothing to choose.
#[track_caller]
fn notice(reply: &Reply) -> String {
    let page = html(reply);
    assert_eq!(attrs(&page, "form, [name=mitraCd]", "name"), Vec::<String>::new(), "{}", reply.body);
    attrs(&page, "[data-testid=notice]", "data-notice").concat()
}

fn fields(notification: &Received) -> Vec<(String, String)> {
    notification.fields().into_iter().filter(|(name, _)| name != "merchantToken").collect()
}

// Registration

#[test]
fn a_registration_answers_with_the_documented_keys_in_order() {
    let till = Till::new();
    let full = |order: Order| {
        let order = order.with("description", "Two of them").with("payValidDt", "20260102");
        order.with("payValidTm", "235959")
    };
    let rows = [
        ("left-open", "00", till.order("left-open"), Value::Null, Value::Null, Value::Null),
        (
            "full",
            "00",
            full(till.order_at("full", "IDNA").with("payMethod", "00")),
            "Two of them".into(),
            "20260102".into(),
            "235959".into(),
        ),
        ("payloan", "06", till.order_at("payloan", "AKLP"), Value::Null, Value::Null, Value::Null),
    ];
    for (reference_no, pay_method, order, description, day, time) in rows {
        let answer = till.shop.checkout(&order);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json;charset=UTF-8")));
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), KEYS, "{reference_no}");
        let t_xid = answer.t_xid();
        assert_eq!(
            body,
            json!({
                "resultCd": "0000", "resultMsg": "SUCCESS", "tXid": t_xid, "referenceNo": reference_no,
                "payMethod": pay_method, "amt": "25145", "transDt": "20260101", "transTm": "000000",
                "description": description, "currency": "IDR", "goodsNm": "Test Transaction Nicepay",
                "billingNm": "Customer Name", "payValidDt": day, "payValidTm": time,
                "paymentURL": format!("{}{PAGE}", till.sim.url()),
            })
        );
        assert!(t_xid.len() == 30 && t_xid.starts_with(&format!("PAYLOANTES{pay_method}20260101000000")), "{t_xid}");
        assert_eq!((answer.header("x-sim-rule"), answer.header("x-sim-note")), (Some("approve/default"), None));
        assert_eq!(till.story(&answer), ["transaction.registered"]);
        assert_eq!(till.shown(&answer)["payMethod"], pay_method);
    }
}

#[test]
fn the_payment_url_is_the_public_one_where_one_is_set() {
    let settings = "public-url = 'https://pay.example:8443'";
    let till = Till::of(Simulator::builder().settings(settings).start());
    assert_eq!(till.take(&till.order("public")).json()["paymentURL"], format!("https://pay.example:8443{PAGE}"));
}

/// Who refuses it.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Both,
    /// The lenient profile takes it without remarks…
    Strict,
    /// … or with one, under the same slug.
    StrictOrNote,
}

type Change = fn(Order) -> Order;

fn at(order: Order) -> Order {
    order.with("payMethod", "06").with("mitraCd", "KDVI").with("instmntType", "2").with("instmntMon", "1")
}

#[test]
fn bad_registrations_are_refused_and_leave_nothing() {
    use By::{Both, Strict, StrictOrNote};
    let rows: &[(&str, By, Change, &str, &str)] = &[
        ("no callBackUrl", Both, |o| o.without("callBackUrl"), "9019", "field/missing"),
        ("callBackUrl empty", Both, |o| o.with("callBackUrl", ""), "9019", "field/missing"),
        ("callBackUrl null", Both, |o| o.with("callBackUrl", Value::Null), "9019", "field/missing"),
        ("callBackUrl an array", Both, |o| o.with("callBackUrl", json!([CALLBACK])), "9019", "field/type"),
        ("callBackUrl relative", Both, |o| o.with("callBackUrl", "/thanks"), "8003", "callBackUrl/format"),
        ("callBackUrl a script", Both, |o| o.with("callBackUrl", "javascript:alert(1)"), "8003", "callBackUrl/format"),
        (
            "callBackUrl with a line end",
            Both,
            |o| o.with("callBackUrl", "http://shop.test/\r\nX: y"),
            "8003",
            "field/control-character",
        ),
        (
            "callBackUrl too long",
            StrictOrNote,
            |o| o.with("callBackUrl", format!("{CALLBACK}&x={}", "y".repeat(255))),
            "8003",
            "field/length",
        ),
        ("payMethod missing", Both, |o| o.without("payMethod"), "9012", "field/missing"),
        ("payMethod of a card", Both, |o| at(o).with("payMethod", "01"), "9108", "payMethod/inactive"),
        ("06 without mitraCd", Both, |o| at(o).without("mitraCd"), "8003", "field/missing"),
        ("06 without instmntType", Both, |o| at(o).without("instmntType"), "9118", "field/missing"),
        ("06 without instmntMon", Both, |o| at(o).without("instmntMon"), "9029", "field/missing"),
        ("06 with a strange lender", Both, |o| at(o).with("mitraCd", "OVOE"), "9108", "mitraCd/unknown"),
        ("00 with a strange lender", Both, |o| o.with("mitraCd", "OVOE"), "9108", "mitraCd/unknown"),
        ("00 with 25 months", Both, |o| o.with("instmntMon", "25"), "9029", "instmntMon/range"),
        ("00 with instmntType 3", Both, |o| o.with("instmntType", "3"), "9118", "instmntType/unknown"),
        (
            "Akulaku without sellers",
            Both,
            |o| at(o).with("mitraCd", "AKLP").without("sellers"),
            "8003",
            "field/missing",
        ),
        ("no sellers", Strict, |o| o.without("sellers"), "8003", "field/missing"),
        ("no userIP", Strict, |o| o.without("userIP"), "9024", "field/missing"),
        ("no billingPhone", Strict, |o| o.without("billingPhone"), "9017", "field/missing"),
        ("no goodsNm", Both, |o| o.without("goodsNm"), "9015", "field/missing"),
        ("no amt", Both, |o| o.with("amt", ""), "9007", "field/missing"),
        ("amt with decimals", Both, |o| o.with("amt", "25145.00"), "9008", "amt/format"),
        ("amt zero", Both, |o| o.with("amt", "0"), "9115", "amt/zero"),
        ("dollars", Both, |o| o.with("currency", "USD"), "9013", "currency/unknown"),
        ("a cart worth less", Both, |o| o.with("amt", "25146"), "9907", "cartData/sum"),
        ("referenceNo too long", Both, |o| o.with("referenceNo", "r".repeat(41)), "9109", "referenceNo/length"),
        ("a timeStamp of a date", Strict, |o| o.with("timeStamp", "2026-01-01"), "9031", "timeStamp/format"),
        ("no timeStamp", Both, |o| o.with("timeStamp", ""), "9031", "field/missing"),
        ("a stranger", Both, |o| o.with("iMid", "NOBODY0000"), "9011", "iMid/unknown"),
        ("another signature", Both, |o| o.with("merchantToken", "0".repeat(64)), "9010", "merchantToken/unknown"),
        ("dbProcessUrl relative", Both, |o| o.with("dbProcessUrl", "/notify"), "8003", "dbProcessUrl/format"),
        ("tokenizeUser 3", Both, |o| o.with("tokenizeUser", "3"), "8003", "tokenizeUser/unknown"),
        ("a token for nobody", Both, |o| o.with("tokenizeUser", "1"), "8003", "clientUserKey/missing"),
        ("an unknown token", Both, |o| o.seamless("nobodys"), "9920", "userToken/unknown"),
    ];
    for (profile, till) in [("lenient", Till::new()), ("strict", Till::strict())] {
        for (i, (what, by, change, code, slug)) in rows.iter().enumerate() {
            let what = format!("{profile}: {what}");
            let answer = till.shop.checkout(&change(till.order(&format!("bad-{i}"))));
            assert_eq!(answer.status, 200, "{what}");
            if profile == "lenient" && *by != Both {
                assert_eq!(answer.result_cd(), "0000", "{what}: {:?}", answer.header("x-sim-diagnosis"));
                let note = answer.header("x-sim-note").and_then(|note| note.split(':').next());
                assert_eq!(note, (*by == StrictOrNote).then_some(*slug), "{what}");
                continue;
            }
            let before = till.sim.http().get("/__sim/api/transactions?limit=10000").json();
            let why = answer.header("x-sim-diagnosis");
            assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), (*code, *slug), "{what}: {why:?}");
            let body = answer.json();
            let body = body.as_object().unwrap();
            assert_eq!(body.keys().collect::<Vec<_>>(), KEYS, "{what}");
            let filled: Vec<_> = body.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key).collect();
            assert_eq!(filled, ["resultCd", "resultMsg"], "{what}");
            let logged = till.sim.events("transaction.refused").pop().unwrap();
            assert_eq!(
                (&logged["endpoint"], &logged["resultCd"], logged["diagnosis"].as_str()),
                (&json!("checkout"), &json!(code), why),
                "{what}"
            );
            // The number is free, and nothing is remembered.
            let after = till.sim.http().get("/__sim/api/transactions?limit=10000").json();
            assert_eq!(before, after, "{what}");
            till.take(&till.order(&format!("bad-{i}")));
        }
    }
}

#[test]
fn a_number_is_used_once_whichever_way_it_comes() {
    let till = Till::new();
    let direct = till.shop.register(&till.shop.order("one", 25_145));
    assert_eq!(direct.result_cd(), "0000");
    let twice = till.shop.checkout(&till.order("one"));
    assert_eq!((twice.result_cd().as_str(), twice.diagnosis()), ("9009", "referenceNo/duplicate"));
    till.take(&till.order("two"));
    let twice = till.shop.register(&till.shop.order("two", 25_145));
    assert_eq!((twice.result_cd().as_str(), twice.diagnosis()), ("9009", "referenceNo/duplicate"));
}

#[test]
fn a_body_that_is_no_json_is_9001_and_another_content_type_is_a_note() {
    for (till, strict) in [(Till::new(), false), (Till::strict(), true)] {
        let http = till.sim.http();
        let words = http.send("POST", REGISTRATION, &[("content-type", "application/json")], "hello");
        assert_eq!((words.result_cd().as_str(), words.diagnosis()), ("9001", "body/not-json"));
        assert_eq!(words.json().as_object().unwrap().keys().collect::<Vec<_>>(), KEYS);
        let body = till.shop.body(&till.order("plain")).to_string();
        let plain = http.send("POST", REGISTRATION, &[("content-type", "text/plain")], body);
        if strict {
            assert_eq!((plain.result_cd().as_str(), plain.diagnosis()), ("9001", "body/content-type"));
        } else {
            assert_eq!(plain.result_cd(), "0000");
            assert!(plain.header("x-sim-note").is_some_and(|note| note.starts_with("body/content-type: ")));
        }
    }
}

#[test]
fn what_a_checkout_leaves_out_is_one_month_at_the_customers_charge() {
    let till = Till::new();
    let order = till.order("defaults");
    let registered = till.take(&order);
    let answer = till.shop.inquire(&order, &registered).json();
    assert_eq!((&answer["instmntMon"], &answer["instmntType"]), (&json!("1"), &json!("1")));
    let order = till.order("said").with("instmntMon", "06").with("instmntType", "2");
    let registered = till.take(&order);
    let answer = till.shop.inquire(&order, &registered).json();
    assert_eq!((&answer["instmntMon"], &answer["instmntType"]), (&json!("6"), &json!("2")));
}

#[test]
fn lenders_that_are_switched_off_are_9108() {
    let till = Till::new();
    till.put_partners(&["AKLP"]);
    let refused = |order: Order, slug: &str| {
        let answer = till.shop.checkout(&order);
        assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("9108", slug), "{}", answer.body);
    };
    refused(till.order_at("off", "KDVI"), "mitraCd/inactive");
    refused(till.order("off").with("mitraCd", "IDNA"), "mitraCd/inactive");
    refused(till.order("off").tokenize("customer-7"), "mitraCd/inactive");
    till.take(&till.order("on"));
    till.take(&till.order_at("on-too", "AKLP"));
    till.put_partners(&[]);
    refused(till.order("off"), "mitraCd/inactive");
    assert_eq!(till.sim.events("transaction.registered").len(), 2);
}

// The page

#[test]
fn the_page_shows_the_order_and_every_lender() {
    let till = Till::new();
    let hostile = "<script>alert(1)</script>\"'&amp;";
    let registered = till.take(&till.order("<b>1</b>").with("goodsNm", hostile));
    let reply = till.sim.http().get(&page_of(&registered));
    assert_eq!(offered(&reply), (vec!["KDVI".into(), "AKLP".into(), "IDNA".into()], vec![]));
    // Whoever leaves is redirected to the shop, and browsers count that as the form's.
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value));
    }
    let page = html(&reply);
    assert_eq!(texts(&page, ".lender-name"), ["Kredivo", "Akulaku", "Indodana"]);
    assert_eq!(texts(&page, ".plan-costs"), ["30 hari – 12 bulan", "30 hari – 12 bulan", "30 hari – 24 bulan"]);
    assert_eq!(texts(&page, "dd"), ["PAYLOANTES", hostile, "<b>1</b>"]);
    assert_eq!(texts(&page, ".order-amount strong"), ["Rp 25.145"]);
    assert_eq!(attrs(&page, "form", "action"), [PAGE, LEAVE]);
    assert_eq!(attrs(&page, "form", "method"), ["post", "post"]);
    assert_eq!(attrs(&page, "form input[type=hidden][name=tXid]", "value"), [registered.t_xid(), registered.t_xid()]);
    assert_eq!(texts(&page, "script, b, [data-testid=page-error]"), Vec::<String>::new());
    for id in ["simulator-mark", "lang-switch", "checkout-submit", "page-abandon"] {
        assert_eq!(texts(&page, &format!("[data-testid={id}]")).len(), 1, "{id}");
    }
    for asset in attrs(&page, "link[rel=stylesheet]", "href") {
        assert_eq!(till.sim.http().get(&asset).status, 200, "{asset}");
    }
    // To look is not to do.
    assert_eq!(till.story(&registered), ["transaction.registered"]);
    till.stage(&registered, "registered");
}

type Names<'n> = &'n [&'n str];

#[test]
fn the_page_offers_what_can_be_chosen() {
    let till = Till::new();
    let all = ["KDVI", "AKLP", "IDNA"].as_slice();
    let rows: [(&str, Order, Names<'_>, Names<'_>, Names<'_>); 8] = [
        ("nothing said", till.order("1"), all, all, &[]),
        ("one suggested", till.order("2").with("mitraCd", "IDNA"), all, all, &["IDNA"]),
        ("one ordered", till.order_at("3", "AKLP"), all, &["AKLP"], &["AKLP"]),
        ("two switched on", till.order("4"), &["KDVI", "IDNA"], &["KDVI", "IDNA"], &[]),
        ("one switched on", till.order("5"), &["IDNA"], &["IDNA"], &["IDNA"]),
        ("in another order", till.order("6"), &["IDNA", "AKLP"], &["AKLP", "IDNA"], &[]),
        ("a token wanted", till.order("7").tokenize("customer-7"), all, &["KDVI"], &["KDVI"]),
        (
            "a token wanted of Kredivo",
            till.order_at("8", "KDVI").tokenize("customer-8"),
            &["KDVI", "IDNA"],
            &["KDVI"],
            &["KDVI"],
        ),
    ];
    for (what, order, switched_on, expected, chosen) in rows {
        till.put_partners(switched_on);
        let registered = till.take(&order);
        let page = till.sim.http().get(&page_of(&registered));
        let (options, checked) = offered(&page);
        assert_eq!((options.as_slice(), checked.as_slice()), (&strings(expected)[..], &strings(chosen)[..]), "{what}");
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn the_page_speaks_the_customers_language_and_remembers_it() {
    let till = Till::new();
    let registered = till.take(&till.order("words"));
    let address = page_of(&registered);
    let title = |reply: &Reply| {
        let page = html(reply);
        (attrs(&page, "html", "lang").concat(), texts(&page, "h1").concat())
    };
    let indonesian = ("id".to_owned(), "Pilih penyedia cicilan".to_owned());
    let english = ("en".to_owned(), "Choose a lender".to_owned());
    let mut buyer = till.sim.buyer();
    let first = buyer.get(&address);
    assert_eq!((title(&first), first.header("set-cookie")), (indonesian.clone(), None));
    let preferred = till.sim.http().send("GET", &address, &[("accept-language", "en-GB,id;q=0.5")], "");
    assert_eq!(title(&preferred), english);
    assert_eq!(attrs(&html(&first), "[data-testid=lang-switch]", "href"), [format!("{address}&lang=en")]);
    let switched = buyer.get(&format!("{address}&lang=en"));
    assert_eq!(title(&switched), english);
    assert_eq!(switched.header("set-cookie"), Some("sim_lang=en; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"));
    assert_eq!(title(&buyer.get(&address)), english);
    // Also at the lender's, and in what goes wrong.
    assert_eq!(texts(&html(&choose(&mut buyer, &registered, "")), "[data-testid=page-error]"), ["Choose a lender."]);
    let chosen = choose(&mut buyer, &registered, "IDNA");
    assert_eq!(title(&buyer.get(chosen.location())).0, "en");
}

#[test]
fn a_doubled_question_mark_is_no_harm() {
    let till = Till::new();
    let registered = till.take(&till.order("doubled"));
    let t_xid = registered.t_xid();
    for query in [
        format!("tXid={t_xid}?tXid={t_xid}"),
        format!("tXid={t_xid}%3FtXid%3D{t_xid}"),
        format!("x=1&tXid={t_xid}&y=2"),
        format!("tXid={t_xid}?tXid={t_xid}&lang=en"),
    ] {
        let page = till.sim.http().get(&format!("{PAGE}?{query}"));
        assert_eq!(offered(&page).0.len(), 3, "{query}");
        assert_eq!(attrs(&html(&page), "input[type=hidden]", "value"), [t_xid.clone(), t_xid.clone()], "{query}");
    }
}

#[test]
fn other_verbs_are_405() {
    let till = Till::new();
    let registered = till.take(&till.order("verbs"));
    for (address, verbs, allow) in [
        (page_of(&registered), ["PUT", "DELETE", "PATCH", "HEAD"], "GET, POST"),
        (LEAVE.to_owned(), ["GET", "PUT", "DELETE", "HEAD"], "POST"),
        (REGISTRATION.to_owned(), ["GET", "PUT", "DELETE", "HEAD"], "POST"),
    ] {
        for verb in verbs {
            let answer = till.sim.http().send(verb, &address, &[], "");
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{verb} {address}");
            assert_eq!(answer.diagnosis(), "path/wrong-verb");
            assert_eq!(answer.body.is_empty(), verb == "HEAD", "{verb} {address}");
        }
    }
    assert_eq!(till.story(&registered), ["transaction.registered"]);
}

#[test]
fn an_order_that_is_not_one_of_checkout_gets_a_page_that_says_so() {
    let till = Till::new();
    let direct = till.shop.order("direct", 25_145);
    let direct = till.shop.register(&direct).t_xid();
    let gone = till.take(&till.order("gone")).t_xid();
    let cleared = till.sim.http().post_json("/__sim/api/reset", &json!({}));
    assert!(cleared.status < 300, "{}", cleared.body);
    let direct_again = till.shop.register(&till.shop.order("direct", 25_145)).t_xid();
    let unknown = ("transaction-unknown", 404, "9528", "tXid/unknown");
    let rows = [
        ("a direct order", direct_again.as_str(), ("not-checkout", 409, "9502", "tXid/not-checkout")),
        ("forgotten", &gone, unknown),
        ("forgotten, too", &direct, unknown),
        ("nobody's", "PAYLOANTES00209901010000000000", unknown),
        ("empty", "", unknown),
        ("markup", "<script>alert(1)</script>", unknown),
        ("half of one", &gone[..20], unknown),
    ];
    for (what, t_xid, (word, status, code, slug)) in rows {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("tXid", t_xid).finish();
        let mut buyer = till.sim.buyer();
        for (how, reply) in [
            ("GET", buyer.get(&format!("{PAGE}?{query}"))),
            ("POST", buyer.post(PAGE, &[("tXid", t_xid), ("mitraCd", "KDVI")])),
            ("leave", buyer.post(LEAVE, &[("tXid", t_xid)])),
        ] {
            let what = format!("{what}, {how}");
            assert_eq!((reply.status, notice(&reply).as_str(), reply.diagnosis()), (status, word, slug), "{what}");
            assert!(!reply.body.contains("<script>"), "{what}");
            let logged = till.sim.events("transaction.refused").pop().unwrap();
            assert_eq!((&logged["endpoint"], &logged["resultCd"]), (&json!("checkout"), &json!(code)), "{what}");
        }
    }
    // Without a tXid at all.
    let bare = till.sim.http().get(PAGE);
    assert_eq!((bare.status, notice(&bare).as_str(), bare.diagnosis()), (404, "transaction-unknown", "tXid/unknown"));
    let english = till.sim.http().get(&format!("{PAGE}?tXid=x&lang=en"));
    assert_eq!(texts(&html(&english), "h1"), ["Unknown transaction"]);
    // Nobody touched the direct order.
    let stage = till.sim.http().get(&format!("/__sim/api/transactions/{direct_again}")).json()["stage"].clone();
    assert_eq!(stage, "registered");
}

/// Follows the link of a page that says it is over: a browser does not leave for another site by a form's redirect.
fn by_the_link(buyer: &mut Buyer, page: &Reply) -> Reply {
    let page = html(page);
    let link = scraper::Selector::parse("[data-testid=return]").unwrap();
    let href = page.select(&link).next().and_then(|link| link.attr("href")).expect("a way back").to_owned();
    buyer.get(&href)
}

#[test]
fn whoever_comes_when_it_is_over_goes_back_to_the_shop() {
    type Bring = fn(&Till, &Reply);
    let paid: Bring = |till, registered| {
        let (mitra_cd, _, _, login) = LENDERS[0];
        pay_at(&mut till.sim.buyer(), registered, mitra_cd, login);
    };
    let already = "&resultCd=9126&resultMsg=Transaction+already+approved.";
    let rows: [(&str, Bring, Option<&str>, &str, &str); 6] = [
        ("approved", paid, Some(already), "9126", "KDVI"),
        (
            "cancelled",
            |till, registered| {
                assert_eq!(till.play(registered, &json!({})).status, 200);
                assert_eq!(till.shop.cancel(registered, "1", "25145").result_cd(), "0000");
            },
            Some(already),
            "9126",
            "KDVI",
        ),
        (
            "declined",
            |till, registered| assert_eq!(till.play(registered, &json!({ "do": "reject" })).status, 200),
            Some(FAILED),
            "9030",
            "KDVI",
        ),
        (
            "under-review",
            |till, registered| assert_eq!(till.play(registered, &json!({ "do": "review" })).status, 200),
            None,
            "0000",
            "KDVI",
        ),
        ("expired", |till, _| till.sim.advance("24h"), Some("&resultCd=9129&resultMsg="), "9129", ""),
        (
            "expired after the choice",
            |till, registered| {
                choose(&mut till.sim.buyer(), registered, "IDNA");
                till.sim.advance("24h");
            },
            Some("&resultCd=9129&resultMsg="),
            "9129",
            "IDNA",
        ),
    ];
    for (what, bring, result, code, mitra_cd) in rows {
        let till = Till::new();
        let registered = till.take(&till.order("over"));
        bring(&till, &registered);
        let before = till.events("callback.sent", &registered).len();
        let stage = till.shown(&registered)["stage"].clone();
        assert!(what.starts_with(stage.as_str().unwrap()), "{what}: {stage}");
        let mut buyer = till.sim.buyer();
        let chosen = choose(&mut buyer, &registered, "IDNA");
        let left = buyer.post(LEAVE, &[("tXid", &registered.t_xid())]);
        let headline = match stage.as_str().unwrap() {
            "approved" => "Pembayaran sudah selesai",
            "cancelled" => "Pembayaran dikembalikan",
            "under-review" => "Pembayaran sedang ditinjau",
            "declined" => "Pembayaran ditolak",
            _ => "Waktu pembayaran sudah habis",
        };
        for form in [&chosen, &left] {
            assert_eq!((form.status, notice(form).as_str()), (409, "over"), "{what}");
            assert_eq!(texts(&html(form), "h1"), [headline], "{what}");
            assert_eq!(texts(&html(form), ".order-amount strong, dd"), ["Rp 25.145", "PAYLOANTES", "over"], "{what}");
        }
        let ways = [
            ("GET", buyer.get(&page_of(&registered))),
            ("POST", by_the_link(&mut buyer, &chosen)),
            ("leave", by_the_link(&mut buyer, &left)),
        ];
        for (how, reply) in &ways {
            let what = format!("{what}, {how}");
            assert_eq!(reply.status, 302, "{what}: {}", reply.body);
            match result {
                None => assert_eq!(reply.location(), wide(&registered, "over", mitra_cd, "1", "1"), "{what}"),
                Some(result) => {
                    assert!(
                        reply.location().starts_with(&format!("{CALLBACK}{result}")),
                        "{what}: {}",
                        reply.location()
                    );
                    let rest = narrow("", &registered, "over", mitra_cd);
                    let rest = rest.strip_prefix(CALLBACK).unwrap();
                    assert!(reply.location().ends_with(rest), "{what}: {}", reply.location());
                }
            }
        }
        let sent = till.events("callback.sent", &registered);
        assert_eq!(sent.len(), before + ways.len(), "{what}");
        let last = sent.last().unwrap();
        assert_eq!((&last["resultCd"], &last["method"]), (&json!(code), &json!("GET")), "{what}");
        assert_eq!(last["url"], ways[2].1.location());
        assert_eq!(till.shown(&registered)["stage"], stage, "{what}: nothing has changed");
    }
}

// The choice

#[test]
fn the_choice_leads_to_the_lender() {
    let till = Till::new();
    let order = till.order("choice");
    let registered = till.take(&order);
    let mut buyer = till.sim.buyer();
    let mut links = Vec::new();
    let mitra_cd = || till.shop.inquire(&order, &registered).json()["mitraCd"].clone();
    assert_eq!(mitra_cd(), Value::Null, "before the choice");
    for (code, slug, name, _) in LENDERS {
        let reply = choose(&mut buyer, &registered, code);
        assert_eq!(reply.status, 303);
        let (folder, tk) = reply.location().split_once("?tk=").unwrap();
        assert_eq!(folder, format!("/{slug}/v2/signin"));
        links.push(tk.to_owned());
        let login = buyer.get(reply.location());
        assert_eq!(login.status, 200);
        assert!(texts(&html(&login), "title").concat().contains(name), "{name}");
        assert_eq!(mitra_cd(), code);
        assert_eq!(till.shop.status(&order, &registered), "9");
        till.stage(&registered, "at-partner");
        // Whoever comes back finds the choice there.
        assert_eq!(offered(&buyer.get(&page_of(&registered))).1, [code]);
    }
    assert!(links.windows(2).all(|pair| pair[0] == pair[1]), "one link for the life of an order: {links:?}");
    let opened = till.events("payment.opened", &registered);
    assert_eq!(opened.iter().map(|event| &event["by"]).collect::<Vec<_>>(), ["browser"; 3]);
}

#[test]
fn a_choice_that_is_none_shows_the_page_again() {
    let till = Till::new();
    let registered = till.take(&till.order("none"));
    let t_xid = registered.t_xid();
    till.put_partners(&["KDVI", "IDNA"]);
    let only_akulaku_is_off: [(&str, &[(&str, &str)]); 6] = [
        ("none", &[]),
        ("empty", &[("mitraCd", "")]),
        ("unknown", &[("mitraCd", "OVOE")]),
        ("in small letters", &[("mitraCd", "idna")]),
        ("switched off", &[("mitraCd", "AKLP")]),
        ("markup", &[("mitraCd", "\"><script>alert(1)</script>")]),
    ];
    for (what, more) in only_akulaku_is_off {
        let fields = [&[("tXid", t_xid.as_str())], more].concat();
        let reply = till.sim.buyer().post(PAGE, &fields);
        assert_eq!(offered(&reply), (vec!["KDVI".into(), "IDNA".into()], vec![]), "{what}");
        let page = html(&reply);
        assert_eq!(
            texts(&page, "[data-testid=page-error][role=alert]"),
            ["Pilih salah satu penyedia cicilan."],
            "{what}"
        );
        assert!(texts(&page, "title").concat().starts_with("Gagal: "), "{what}: {}", texts(&page, "title").concat());
        assert!(!reply.body.contains("<script"), "{what}");
    }
    // An order for one lender is for no other.
    let one = till.take(&till.order_at("one", "IDNA"));
    let reply = choose(&mut till.sim.buyer(), &one, "KDVI");
    assert_eq!(offered(&reply), (vec!["IDNA".into()], vec!["IDNA".into()]));
    assert_eq!(texts(&html(&reply), "[data-testid=page-error]").len(), 1);
    for registered in [registered, one] {
        assert_eq!(till.story(&registered), ["transaction.registered"]);
        till.stage(&registered, "registered");
    }
}

#[test]
fn every_lender_takes_an_order_of_checkout_to_its_end() {
    for (i, (mitra_cd, slug, _, login)) in LENDERS.into_iter().enumerate() {
        let till = Till::new();
        let receiver = till.sim.receiver();
        let order = till.order("flow").notify(receiver.url());
        let registered = till.take(&order);
        let t_xid = registered.t_xid();
        assert!(till.shop.checkout_url(&registered).ends_with(&page_of(&registered)));
        let mut buyer = till.sim.buyer();
        buyer.get(&till.shop.checkout_url(&registered));
        // The order is too small for any tenor of Indodana's but the first.
        let back = pay_at(&mut buyer, &registered, mitra_cd, login);
        assert_eq!(back, wide(&registered, "flow", mitra_cd, "1", login.months), "{slug}: GET, for Indodana too");
        assert_eq!(
            till.story(&registered),
            [
                "transaction.registered",
                "payment.opened",
                "partner.login",
                "partner.plan-chosen",
                "partner.otp-sent",
                "partner.otp-passed",
                "transaction.approved",
                "notification.scheduled",
                "callback.sent",
            ]
        );
        let sent = till.events("callback.sent", &registered).remove(0);
        assert_eq!((&sent["resultCd"], &sent["method"], &sent["url"]), (&json!("0000"), &json!("GET"), &json!(back)));

        till.sim.advance("2s");
        let notification = receiver.only();
        let expected = [
            ("tXid", t_xid.as_str()),
            ("referenceNo", "flow"),
            ("payMethod", "06"),
            ("amt", "25145"),
            ("transDt", "20260101"),
            ("transTm", "000000"),
            ("currency", "IDR"),
            ("goodsNm", "Test Transaction Nicepay"),
            ("billingNm", "Customer Name"),
            ("matchCl", ""),
            ("status", "0"),
            ("mitraCd", mitra_cd),
            ("instmntMon", login.months),
            ("instmntType", "1"),
            ("payNo", ""),
            ("payValidDt", ""),
            ("payValidTm", ""),
            ("receiptCode", ""),
            ("mRefNo", ""),
            ("depositDt", "20260101"),
            ("depositTm", "000000"),
        ];
        assert_eq!(fields(&notification), expected.map(|(name, value)| (name.to_owned(), value.to_owned())), "{slug}");
        assert_eq!(notification.field("merchantToken"), till.shop.sign(&["PAYLOANTES", &t_xid, "25145"]));

        let answer = till.shop.inquire(&order, &registered).json();
        assert_eq!(answer.as_object().unwrap().len(), 40);
        for (key, value) in [
            ("status", "0"),
            ("resultMsg", "paid"),
            ("payMethod", "06"),
            ("mitraCd", mitra_cd),
            ("instmntMon", login.months),
            ("amt", "25145"),
        ] {
            assert_eq!(answer[key], value, "{slug}: {key}");
        }

        // A cancel may name either payMethod.
        let pay_method = ["06", "00", "06"][i];
        let cancel = json!({ "tXid": t_xid, "payMethod": pay_method, "cancelType": "1", "amt": "25145" });
        let cancel = till.shop.signed(&["timeStamp", "iMid", "tXid", "amt"], cancel);
        let cancelled = till.sim.http().post_json("/nicepay/direct/v2/cancel", &cancel);
        let status = till.shop.status(&order, &registered);
        let why = cancelled.header("x-sim-diagnosis");
        assert_eq!((cancelled.result_cd().as_str(), status.as_str()), ("0000", "2"), "{slug}, {pay_method}: {why:?}");
        assert_eq!(till.events("transaction.cancelled", &registered).len(), 1);
    }
}

#[test]
fn an_order_for_one_lender_is_paid_there() {
    let till = Till::new();
    let (mitra_cd, _, _, login) = LENDERS[1];
    let registered = till.take(&till.order_at("one", mitra_cd));
    let back = pay_at(&mut till.sim.buyer(), &registered, mitra_cd, login);
    assert_eq!(back, wide(&registered, "one", "AKLP", "2", "3"));
    assert_eq!(till.shown(&registered)["payMethod"], "06");
}

#[test]
fn what_is_rejected_or_looked_at_comes_back_so() {
    for (scenario, status, expected) in
        [("reject", "8", Some(FAILED)), ("review-then-approve", "3", None), ("customer-abandons", "9", Some(FAILED))]
    {
        let till = Till::with(scenario);
        let order = till.order("other");
        let registered = till.take(&order);
        let back = pay_at(&mut till.sim.buyer(), &registered, "IDNA", LENDERS[2].3);
        let expected = match expected {
            Some(result) => narrow(result, &registered, "other", "IDNA"),
            None => wide(&registered, "other", "IDNA", "1", "1"),
        };
        assert_eq!((back, till.shop.status(&order, &registered).as_str()), (expected, status), "{scenario}");
    }
}

#[test]
fn whoever_thinks_again_pays_at_another_lender() {
    let till = Till::new();
    let receiver = till.sim.receiver();
    let order = till.order("again").notify(receiver.url());
    let registered = till.take(&order);
    let mut buyer = till.sim.buyer();
    let (kredivo, indodana) = (LENDERS[0].3, LENDERS[2].3);
    let chosen = choose(&mut buyer, &registered, "KDVI");
    let tk = buyer.arrive(chosen.location());
    assert_eq!(buyer.sign_in(&tk, kredivo).location(), format!("/kredivo/v2/plan?tk={tk}"));
    assert_eq!(buyer.choose(&tk, "1").location(), format!("/kredivo/v2/otp?tk={tk}"));
    // The same lender once more: the customer is where they were.
    assert_eq!(choose(&mut buyer, &registered, "KDVI").location(), format!("/kredivo/v2/signin?tk={tk}"));
    assert_eq!(buyer.get(&format!("/kredivo/v2/signin?tk={tk}")).location(), format!("/kredivo/v2/otp?tk={tk}"));

    let other = choose(&mut buyer, &registered, "IDNA");
    assert_eq!((other.status, other.location()), (303, format!("/indodana/v2/signin?tk={tk}").as_str()));
    assert_eq!(buyer.get(other.location()).status, 200, "a login of its own");
    // Whatever is still open at the first lender leads to the second, and does nothing.
    for (page, field) in
        [("signin", ("phone", "081291891818")), ("plan", ("instmntMon", "1")), ("otp", ("otp", "4567"))]
    {
        let stale = buyer.post(&format!("/kredivo/v2/{page}?tk={tk}"), &[field, ("pin", "414141")]);
        assert_eq!(stale.status, 303, "{page}");
        assert_eq!(stale.location(), format!("/indodana/v2/{page}?tk={tk}"));
        assert_eq!(stale.diagnosis(), "page/other-lender");
    }
    assert_eq!(till.shown(&registered)["step"], "sign-in");
    buyer.arrive(other.location());
    let refused = buyer.sign_in(&tk, kredivo);
    assert_eq!(texts(&html(&refused), "[data-testid=page-error]"), ["Nomor HP ini belum terdaftar."]);
    buyer.sign_in(&tk, indodana);
    buyer.choose(&tk, "1");
    buyer.enter_otp(&tk, "999999");
    assert_eq!(buyer.return_to_shop(&tk), wide(&registered, "again", "IDNA", "1", "1"));
    till.sim.advance("2s");
    assert_eq!(receiver.only().field("mitraCd"), "IDNA");
    assert_eq!(till.shop.inquire(&order, &registered).json()["mitraCd"], "IDNA");
    assert_eq!(till.events("transaction.approved", &registered).len(), 1);
    // Nobody at Kredivo owes anything.
    let shopper = till.sim.http().get("/__sim/api/shoppers/081291891818?iMid=PAYLOANTES").json();
    assert_eq!(shopper["owes"], "0");
    // The old link of the first lender leads to the second's notice.
    let old = buyer.get(&format!("/kredivo/v2/signin?tk={tk}"));
    assert_eq!(old.location(), format!("/indodana/v2/signin?tk={tk}"));
    assert_eq!(notice(&buyer.get(old.location())), "already-paid");
}

#[test]
fn whoever_gave_up_at_one_lender_may_pay_at_another() {
    let till = Till::new();
    let order = till.order("gave-up");
    let registered = till.take(&order);
    let mut buyer = till.sim.buyer();
    let chosen = choose(&mut buyer, &registered, "KDVI");
    let tk = buyer.arrive(chosen.location());
    buyer.sign_in(&tk, LENDERS[0].3);
    assert_eq!(
        buyer.post(&format!("/kredivo/v2/cancel?tk={tk}"), &[]).location(),
        format!("/kredivo/v2/result?tk={tk}")
    );
    assert_eq!(buyer.return_to_shop(&tk), narrow(FAILED, &registered, "gave-up", "KDVI"));
    till.stage(&registered, "abandoned");
    assert_eq!(offered(&buyer.get(&page_of(&registered))).0.len(), 3);
    let back = pay_at(&mut buyer, &registered, "AKLP", LENDERS[1].3);
    assert_eq!(back, wide(&registered, "gave-up", "AKLP", "1", "3"));
    assert_eq!(till.shop.status(&order, &registered), "0");
}

#[test]
fn whoever_leaves_the_page_comes_back_with_9030_and_may_pay_later() {
    let till = Till::new();
    let receiver = till.sim.receiver();
    let order = till.order("left").notify(receiver.url());
    let registered = till.take(&order);
    let leave = |buyer: &mut Buyer| buyer.post(LEAVE, &[("tXid", &registered.t_xid())]);
    let leaves = |buyer: &mut Buyer| {
        let left = leave(buyer);
        assert_eq!((left.status, notice(&left).as_str()), (200, "left"));
        assert_eq!(texts(&html(&left), ".order-amount strong, dd"), ["Rp 25.145", "PAYLOANTES", "left"]);
        by_the_link(buyer, &left)
    };
    let mut buyer = till.sim.buyer();
    // Before anybody chose, and a second time.
    for _ in 0..2 {
        let left = leaves(&mut buyer);
        assert_eq!((left.status, left.location()), (302, narrow(FAILED, &registered, "left", "").as_str()));
        till.stage(&registered, "abandoned");
    }
    assert_eq!(
        till.story(&registered),
        ["transaction.registered", "transaction.abandoned", "callback.sent", "callback.sent"],
        "abandoned once"
    );
    assert_eq!(till.shown(&registered)["rule"], "customer/gives-up");
    // After the choice, but without a login.
    let chosen = choose(&mut buyer, &registered, "KDVI");
    till.stage(&registered, "at-partner");
    assert_eq!(leaves(&mut buyer).location(), narrow(FAILED, &registered, "left", "KDVI"));
    till.stage(&registered, "abandoned");
    // Whoever has signed in leaves at the lender's.
    choose(&mut buyer, &registered, "KDVI");
    let tk = buyer.arrive(chosen.location());
    buyer.sign_in(&tk, LENDERS[0].3);
    let stays = leave(&mut buyer);
    assert_eq!((stays.status, buyer.arrive(stays.location())), (303, tk.clone()), "they are sent there");
    assert_eq!(till.shown(&registered)["step"], "plan");
    assert_eq!(till.shop.status(&order, &registered), "9");
    buyer.choose(&tk, "1");
    buyer.enter_otp(&tk, "4567");
    assert_eq!(buyer.return_to_shop(&tk), wide(&registered, "left", "KDVI", "1", "1"));
    till.sim.advance("1h");
    assert_eq!(receiver.only().field("status"), "0", "nobody is told of somebody who leaves");
}

// The direct payment

#[test]
fn a_direct_payment_of_an_order_of_checkout_leads_to_the_page() {
    let till = Till::new();
    let order = till.order("direct");
    let registered = till.take(&order);
    let elsewhere = "http://elsewhere.test/back";
    let fields = till.shop.payment_fields(&order, &registered, elsewhere);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut buyer = till.sim.buyer();
    for opened in [
        buyer.get(&till.shop.payment_url(&order, &registered, elsewhere)),
        buyer.post("/nicepay/direct/v2/payment", &fields),
    ] {
        assert_eq!((opened.status, opened.location()), (302, page_of(&registered).as_str()));
        assert_eq!(offered(&buyer.get(opened.location())).0.len(), 3);
    }
    let json =
        buyer.get(&format!("{}&returnJsonFormat=1", till.shop.payment_url(&order, &registered, elsewhere))).json();
    assert_eq!(json["resultCd"], "0000");
    assert_eq!(json["redirectUrlHttp"], format!("{}{}", till.sim.url(), page_of(&registered)));
    assert_eq!(till.story(&registered), ["transaction.registered"]);
    // Whoever was sent that way goes back where that way leads.
    let back = pay_at(&mut buyer, &registered, "KDVI", LENDERS[0].3);
    assert_eq!(
        back,
        wide(&registered, "direct", "KDVI", "1", "1").replace(CALLBACK, &format!("{elsewhere}?")).replace("?&", "?")
    );
    // A wrong token is refused as ever.
    let bad = buyer.get(&till.shop.payment_url(&order.with("amt", "1"), &registered, elsewhere));
    assert!(bad.location().starts_with(&format!("{elsewhere}?resultCd=9010&")), "{}", bad.location());
}

#[test]
fn once_a_lender_is_chosen_a_direct_payment_leads_there() {
    let till = Till::new();
    let order = till.order("chosen");
    let registered = till.take(&order);
    let mut buyer = till.sim.buyer();
    let chosen = choose(&mut buyer, &registered, "AKLP");
    let opened = buyer.get(&till.shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!((opened.status, opened.location()), (302, chosen.location()));
}

// Tokens

#[test]
fn a_token_is_issued_at_checkout_by_kredivo_only() {
    let till = Till::new();
    let receiver = till.sim.receiver();
    let order = till.order("token").tokenize("customer-7").notify(receiver.url());
    let registered = till.take(&order);
    for mitra_cd in ["AKLP", "IDNA"] {
        let refused = choose(&mut till.sim.buyer(), &registered, mitra_cd);
        assert_eq!(offered(&refused).0, ["KDVI"], "{mitra_cd}");
        till.stage(&registered, "registered");
    }
    let back = pay_at(&mut till.sim.buyer(), &registered, "KDVI", LENDERS[0].3);
    assert_eq!(back, wide(&registered, "token", "KDVI", "1", "1"));
    till.sim.advance("2s");
    let notification = receiver.only();
    assert_eq!((notification.field("tokenizeUser"), notification.field("clientUserKey")), ("1", "customer-7"));
    let user_token = notification.field("userToken").to_owned();
    assert_eq!(user_token.len(), 36);

    for (i, mode) in ["1", "2"].into_iter().enumerate() {
        for mitra_cd in ["AKLP", "IDNA"] {
            for pay_method in ["00", "06"] {
                let order = till.order_at(&format!("no-{i}"), mitra_cd).with("payMethod", pay_method);
                let order = order.with("tokenizeUser", mode).with("clientUserKey", "c").with("userToken", &*user_token);
                let refused = till.shop.checkout(&order);
                let what = format!("{mode} {mitra_cd} {pay_method}");
                assert_eq!(
                    (refused.result_cd().as_str(), refused.diagnosis()),
                    ("8003", "tokenizeUser/partner"),
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn a_seamless_order_of_checkout_settles_without_a_page() {
    let till = Till::new();
    let receiver = till.sim.receiver();
    for (reference_no, visits) in [("alone", false), ("visited", true)] {
        let order = till.order(reference_no).seamless(USER_TOKEN).notify(receiver.url());
        let registered = till.take(&order);
        if !visits {
            till.sim.advance("999ms");
            assert_eq!(till.shop.status(&order, &registered), "9");
            till.sim.advance("1ms");
        }
        let back = till.sim.http().get(&page_of(&registered));
        assert_eq!(back.status, 302);
        // A second has passed in both cases: in the first, for the payment itself.
        let paid_at = wide(&registered, reference_no, "KDVI", "1", "1");
        let expected = paid_at.replace("transTm=000000", "transTm=000001");
        assert_eq!(back.location(), expected, "never 9126");
        assert_eq!(till.shop.status(&order, &registered), "0");
        assert_eq!(till.shop.inquire(&order, &registered).json()["mitraCd"], "KDVI");
        let mut buyer = till.sim.buyer();
        let choice = choose(&mut buyer, &registered, "KDVI");
        assert_eq!(notice(&choice), "over", "there is nothing to choose");
        assert_eq!(by_the_link(&mut buyer, &choice).location(), expected);
        assert_eq!(till.events("token.used", &registered).len(), 1);
        assert!(registered.t_xid().starts_with("PAYLOANTES00"));
    }
    till.sim.advance("2s");
    let told: Vec<_> = receiver.received().iter().map(|n| n.field("userToken").to_owned()).collect();
    assert_eq!(told, [USER_TOKEN, USER_TOKEN]);
}

#[test]
fn a_seamless_order_of_checkout_may_ask_for_more() {
    let till = Till::with("seamless-needs-otp");
    let order = till.order("otp").seamless(USER_TOKEN);
    let registered = till.take(&order);
    till.sim.advance("10s");
    assert_eq!(till.shop.status(&order, &registered), "9", "it waits for the browser");
    let mut buyer = till.sim.buyer();
    let opened = buyer.get(&page_of(&registered));
    assert_eq!(opened.status, 302);
    let tk = buyer.arrive(opened.location());
    let asked = buyer.get(opened.location());
    assert_eq!(asked.location(), format!("/kredivo/v2/otp?tk={tk}"), "no login: the token says who");
    buyer.enter_otp(&tk, "4567");
    assert!(buyer.return_to_shop(&tk).starts_with(&format!("{CALLBACK}&resultCd=0000")));
    assert_eq!(till.shop.status(&order, &registered), "0");

    let till = Till::with("seamless-falls-back-to-login");
    let order = till.order("login").seamless(USER_TOKEN);
    let registered = till.take(&order);
    till.sim.advance("10s");
    assert_eq!(till.shop.status(&order, &registered), "9");
    let mut buyer = till.sim.buyer();
    assert_eq!(offered(&buyer.get(&page_of(&registered))), (vec!["KDVI".into()], vec!["KDVI".into()]));
    let back = pay_at(&mut buyer, &registered, "KDVI", LENDERS[0].3);
    assert!(back.starts_with(&format!("{CALLBACK}&resultCd=0000")), "{back}");
    assert_eq!(till.shop.status(&order, &registered), "0");
}

#[test]
fn leaving_a_seamless_order_of_checkout_pays_nothing() {
    let till = Till::new();
    let order = till.order("hasty").seamless(USER_TOKEN);
    let registered = till.take(&order);
    let left = till.sim.buyer().post(LEAVE, &[("tXid", &registered.t_xid())]);
    assert_eq!((left.status, notice(&left).as_str()), (409, "over"));
    assert_eq!(till.shop.status(&order, &registered), "9", "it settles in its own time");
    till.sim.advance("1s");
    assert_eq!(till.shop.cancel(&registered, "1", "25145").result_cd(), "0000");
    let back = till.sim.http().get(&page_of(&registered));
    assert!(back.location().contains("resultCd=9126"), "cancelled: {}", back.location());
}

#[test]
fn an_order_whose_lenders_were_switched_off_says_so() {
    let till = Till::new();
    let registered = till.take(&till.order("late"));
    till.put_partners(&[]);
    let page = till.sim.http().get(&page_of(&registered));
    assert_eq!((page.status, notice(&page).as_str(), page.diagnosis()), (409, "nothing-offered", "mitraCd/inactive"));
}

#[test]
fn the_language_switch_of_a_notice_works_both_ways() {
    let till = Till::new();
    let mut buyer = till.sim.buyer();
    let switch = scraper::Selector::parse("[data-testid=lang-switch]").unwrap();
    let mut page = buyer.get(&format!("{PAGE}?tXid=nothing"));
    for title in ["Unknown transaction", "Transaksi tidak dikenal", "Unknown transaction"] {
        let href = html(&page).select(&switch).next().and_then(|link| link.attr("href")).unwrap().to_owned();
        page = buyer.get(&href);
        assert_eq!(texts(&html(&page), "h1"), [title], "{href}");
    }
}

#[test]
fn a_link_without_a_lender_leads_to_the_choice() {
    let till = Till::new();
    let registered = till.take(&till.order("nobody"));
    let mut buyer = till.sim.buyer();
    let left = buyer.post(LEAVE, &[("tXid", &registered.t_xid())]);
    let page = html(&left);
    let back = scraper::Selector::parse("[data-testid=return]").unwrap();
    let href = page.select(&back).next().and_then(|link| link.attr("href")).unwrap();
    let tk = href.split_once("tk=").unwrap().1;
    let at_a_lender = buyer.get(&format!("/kredivo/v2/signin?tk={tk}"));
    assert_eq!((at_a_lender.status, at_a_lender.location()), (303, page_of(&registered).as_str()));
}

/// Whoever is not let in at another lender has changed lenders all the same: the first one's OTP pays nothing any more.
#[test]
fn a_buyer_who_is_shut_out_at_another_lender_leaves_no_otp_behind() {
    let till = Till::new();
    let registered = till.take(&till.order("swapped"));
    let mut buyer = till.sim.buyer();
    let tk = buyer.arrive(choose(&mut till.sim.buyer(), &registered, "KDVI").location());
    buyer.sign_in(&tk, LENDERS[0].3);
    buyer.choose(&tk, "3");
    let locked = till.sim.http().put_json("/__sim/api/shoppers/087700000000", &json!({ "state": "locked" }));
    assert_eq!(locked.status, 200);
    let played = till.play(&registered, &json!({ "phone": "087700000000" })).json();
    assert_eq!((&played["stage"], &played["reason"]), (&json!("at-partner"), &json!("locked")));
    for lender in ["kredivo", "akulaku"] {
        buyer.post(&format!("/{lender}/v2/otp?tk={tk}"), &[("otp", "4567")]);
    }
    let shown = till.shown(&registered);
    assert_eq!(
        (&shown["stage"], &shown["step"], &shown["mitraCd"]),
        (&json!("at-partner"), &json!("sign-in"), &json!("AKLP"))
    );
}

// The control API

#[test]
fn the_buyer_pays_before_anybody_chose() {
    let indodana = json!({ "phone": "0838499610" });
    let rows: [(&str, &[&str], Value, &str, &str); 6] = [
        ("nobody said", &["KDVI", "AKLP", "IDNA"], json!({}), "KDVI", "81291891818"),
        ("the first that is on", &["IDNA", "AKLP"], json!({}), "AKLP", "87700000000"),
        ("Indodana's customer", &["KDVI", "AKLP", "IDNA"], indodana, "IDNA", "838499610"),
        ("Akulaku's customer", &["KDVI", "AKLP"], json!({ "phone": "087700000000" }), "AKLP", "87700000000"),
        ("three months", &["KDVI", "AKLP"], json!({ "instmntMon": 3 }), "KDVI", "81291891818"),
        ("approved", &["IDNA"], json!({ "do": "approve" }), "IDNA", "838499610"),
    ];
    for (what, partners, body, mitra_cd, phone) in rows {
        let till = Till::new();
        let receiver = till.sim.receiver();
        till.put_partners(partners);
        let order = till.order("played").notify(receiver.url());
        let registered = till.take(&order);
        let played = till.play(&registered, &body);
        assert_eq!(played.status, 200, "{what}: {}", played.body);
        let months = if body["instmntMon"] == 3 { "3" } else { "1" };
        let played = played.json();
        assert_eq!(played["stage"], "approved", "{what}");
        assert_eq!(played["callbackUrl"], wide(&registered, "played", mitra_cd, "1", months), "{what}");
        assert_eq!(till.shop.inquire(&order, &registered).json()["mitraCd"], mitra_cd, "{what}");
        let approved = till.events("transaction.approved", &registered).remove(0);
        let paid_by = approved["phone"].as_str().unwrap();
        assert!(paid_by.ends_with(phone), "{what}: {paid_by}");
        till.sim.advance("2s");
        assert_eq!(receiver.only().field("mitraCd"), mitra_cd, "{what}");
    }
}

#[test]
fn a_buyer_who_cannot_pay_changes_nothing() {
    let till = Till::new();
    till.put_partners(&["KDVI", "AKLP"]);
    let any = till.take(&till.order("any"));
    let one = till.take(&till.order_at("one", "AKLP"));
    let token = till.take(&till.order("token").tokenize("customer-7"));
    let rows = [
        ("switched off", &any, json!({ "phone": "0838499610" })),
        ("unknown", &any, json!({ "phone": "081200000000" })),
        ("another lender's", &one, json!({ "phone": "081291891818" })),
        ("one without tokens", &token, json!({ "phone": "087700000000" })),
        ("a tenor of nobody's", &any, json!({ "instmntMon": 5 })),
    ];
    for (what, registered, body) in rows {
        let refused = till.play(registered, &body);
        assert_eq!(
            (refused.status, refused.json()["type"].as_str()),
            (422, Some("urn:nicepay-sim:problem:bad-value")),
            "{what}"
        );
        till.stage(registered, "registered");
        assert_eq!(till.story(registered), ["transaction.registered"], "{what}");
        let mitra_cd =
            if registered.t_xid() == one.t_xid() { json!("AKLP") } else { till.shown(registered)["mitraCd"].clone() };
        assert_eq!(till.shown(registered)["mitraCd"], mitra_cd, "{what}");
    }
    assert_eq!(till.shown(&any)["mitraCd"], Value::Null);
}

#[test]
fn the_control_api_shows_the_choice() {
    let till = Till::new();
    let registered = till.take(&till.order("shown"));
    let shown = till.shown(&registered);
    for (key, value) in [("mitraCd", Value::Null), ("partnerUrl", Value::Null), ("payMethod", "00".into())] {
        assert_eq!(shown[key], value, "{key}");
    }
    let chosen = choose(&mut till.sim.buyer(), &registered, "IDNA");
    let shown = till.shown(&registered);
    assert_eq!((&shown["mitraCd"], &shown["partnerUrl"]), (&json!("IDNA"), &json!(chosen.location())));
}
