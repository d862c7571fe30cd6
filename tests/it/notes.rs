//! What the strict profile refuses, the lenient one refuses too, or accepts with a note about the same mistake.

use std::cell::{Cell, RefCell};

use nicepay_sim::testing::{Reply, Shop, Simulator};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

const REGISTRATION: &str = "/nicepay/direct/v2/registration";
const CHECKOUT: &str = "/nicepay/redirect/v2/registration";
const PAYMENT: &str = "/nicepay/direct/v2/payment";
const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
const CANCEL: &str = "/nicepay/direct/v2/cancel";
const BINDING: &str = "/nicepay/v2/userAccountBinding";
const REMOVE_TOKEN: &str = "/nicepay/direct/v2/remove-token";
const USER_DETAILS: &str = "/nicepay/direct/v2/user-details";
const CONFIRM_AKULAKU: &str = "/nicepay/direct/v2/confirmAkulaku";
const CHECK_MID: &str = "/nicepay/direct/v2/checkMid";

/// A call that both profiles accept, and the fields that its token covers.
struct Call {
    path: &'static str,
    covered: &'static [&'static str],
    fields: Map<String, Value>,
    /// Signed without a body: the token is one of the transaction's fields.
    is_form: bool,
}

/// One simulator, with an order of each kind that the calls are about.
struct Side {
    sim: Simulator,
    shop: Shop,
    paid: Reply,
    open: Reply,
    goods: Reply,
    user_token: String,
    calls: usize,
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

impl Side {
    fn new(profile: &str) -> Self {
        let sim = Simulator::builder().profile(profile).seed(7).start();
        let shop = sim.shop();
        let tokenized = shop.register(&shop.order("token", 25_145).tokenize("customer-1"));
        let play = |reply: &Reply| {
            sim.http().post_json(&format!("/__sim/api/transactions/{}/buyer", reply.t_xid()), &json!({}));
        };
        play(&tokenized);
        let transaction = sim.http().get(&format!("/__sim/api/transactions/{}", tokenized.t_xid())).json();
        let user_token = transaction["userToken"].as_str().expect("a token is issued").to_owned();
        let paid = shop.register(&shop.order("paid", 25_145));
        play(&paid);
        let goods = shop.register(&shop.order("goods", 1_000_000).with("mitraCd", "AKLP"));
        play(&goods);
        let open = shop.register(&shop.order("open", 25_145));
        // A cancel right after the payment is a finding of its own.
        sim.advance("10m");
        Self { sim, shop, paid, open, goods, user_token, calls: 0 }
    }

    fn call(&mut self, path: &'static str) -> Call {
        self.calls += 1;
        let reference_no = format!("order-{}", self.calls);
        let order = |shop: &Shop| map(shop.body(&shop.order(&reference_no, 25_145).with("merchantToken", "")));
        let (covered, fields): (&'static [_], _) = match path {
            REGISTRATION => (&["timeStamp", "iMid", "referenceNo", "amt"], order(&self.shop)),
            CHECKOUT => {
                let mut fields = order(&self.shop);
                fields.insert("payMethod".to_owned(), "00".into());
                fields.insert("callBackUrl".to_owned(), "http://shop.example/thanks".into());
                (&["timeStamp", "iMid", "referenceNo", "amt"], fields)
            }
            PAYMENT => (
                &["timeStamp", "iMid", "referenceNo", "amt"],
                map(json!({ "tXid": self.open.t_xid(), "callBackUrl": "http://shop.example/thanks",
                    "referenceNo": "open", "amt": "25145" })),
            ),
            INQUIRY => (
                &["timeStamp", "iMid", "referenceNo", "amt"],
                map(json!({ "tXid": self.paid.t_xid(), "referenceNo": "paid", "amt": "25145" })),
            ),
            CANCEL => (
                &["timeStamp", "iMid", "tXid", "amt"],
                map(json!({ "tXid": self.paid.t_xid(), "payMethod": "06", "cancelType": "2", "amt": "1",
                    "referenceNo": "paid", "cancelMsg": "changed his mind", "cancelUserId": "admin" })),
            ),
            BINDING => {
                (&["iMid", "referenceNo", "billingPhone"], map(self.shop.binding(&reference_no, "+62-81291891818")))
            }
            REMOVE_TOKEN => (
                &["timeStamp", "iMid", "userToken"],
                map(json!({ "userToken": "00000000-0000-4000-8000-000000000000" })),
            ),
            USER_DETAILS => (&["iMid", "userToken"], map(json!({ "userToken": self.user_token }))),
            CONFIRM_AKULAKU => (&["timeStamp", "tXid", "iMid"], map(json!({ "tXid": self.goods.t_xid() }))),
            CHECK_MID => (&["timeStamp", "iMid", "TEST", "0"], Map::new()),
            other => panic!("no call for {other}"),
        };
        let mut all = map(json!({ "timeStamp": "20260101120000", "iMid": "PAYLOANTES" }));
        all.extend(fields);
        all.remove("merchantToken");
        Call { path, covered, fields: all, is_form: path == PAYMENT }
    }

    /// Sends a call with mistakes in it, signed like any other.
    fn send(&mut self, path: &'static str, mistakes: &[Mistake], content_type: &str) -> Reply {
        let mut call = self.call(path);
        for mistake in mistakes {
            mistake.make(&mut call.fields);
        }
        let text = |name: &&str| match call.fields.get(*name) {
            // The token of checkMid covers these two texts.
            _ if ["TEST", "0"].contains(name) => (*name).to_owned(),
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let parts: Vec<String> = call.covered.iter().map(text).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let token = self.shop.sign(&parts);
        call.fields.insert("merchantToken".to_owned(), token.into());
        if call.is_form {
            let pairs: Vec<(String, String)> = call
                .fields
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
                .collect();
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
            return self.sim.http().post_form(call.path, &pairs, &[]);
        }
        let body = Value::Object(call.fields).to_string();
        self.sim.http().send("POST", call.path, &[("Content-Type", content_type)], body)
    }
}

/// One mistake of a merchant.
#[derive(Clone, Debug)]
enum Mistake {
    Without(&'static str),
    Empty(&'static str),
    Null(&'static str),
    Text(&'static str, &'static str),
    Longer(&'static str, usize),
    CartNumbers,
    LocalGoods(&'static str),
    LocalSeller(&'static str),
}

impl Mistake {
    fn make(&self, fields: &mut Map<String, Value>) {
        let mut set = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        match self {
            Self::Without(name) => {
                fields.remove(*name);
            }
            Self::Empty(name) => set(name, "".into()),
            Self::Null(name) => set(name, Value::Null),
            Self::Text(name, text) => set(name, (*text).into()),
            Self::Longer(name, length) => set(name, "1".repeat(*length).into()),
            Self::CartNumbers => edit(fields, "cartData", |cart| {
                cart["count"] = 1.into();
                cart["item"][0]["goods_amt"] = 25_145.into();
                cart["item"][0]["goods_quantity"] = 1.into();
            }),
            Self::LocalGoods(url) => edit(fields, "cartData", |cart| cart["item"][0]["goods_url"] = (*url).into()),
            Self::LocalSeller(url) => edit(fields, "sellers", |sellers| sellers[0]["sellersUrl"] = (*url).into()),
        }
    }
}

/// Changes the JSON inside a field, where it is there.
fn edit(fields: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Value)) {
    let first = if name == "cartData" { "/item/0" } else { "/0" };
    let Some(mut inner): Option<Value> =
        fields.get(name).and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok())
    else {
        return;
    };
    if inner.pointer(first).is_none() {
        return;
    }
    change(&mut inner);
    fields.insert(name.to_owned(), inner.to_string().into());
}

const FIELDS: &[&str] = &[
    "timeStamp",
    "payMethod",
    "currency",
    "amt",
    "referenceNo",
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
    "deliveryPhone",
    "deliveryAddr",
    "deliveryCity",
    "deliveryState",
    "deliveryPostCd",
    "deliveryCountry",
    "dbProcessUrl",
    "userIP",
    "userAgent",
    "cartData",
    "sellers",
    "instmntType",
    "instmntMon",
    "mitraCd",
    "callBackUrl",
    "tokenizeUser",
    "clientUserKey",
    "userToken",
    "tXid",
    "cancelType",
    "cancelMsg",
    "cancelUserId",
    "description",
    "payValidDt",
];

fn mistake() -> impl Strategy<Value = Mistake> {
    let field = || select(FIELDS);
    let local =
        || select(vec!["http://localhost/x", "http://127.0.0.1:8000", "http://192.168.1.7/", "http://shop.localhost/"]);
    prop_oneof![
        field().prop_map(Mistake::Without),
        field().prop_map(Mistake::Empty),
        field().prop_map(Mistake::Null),
        (
            field(),
            select(vec![
                "x",
                "a\tb",
                "a\nb",
                "2026-01-01T12:00:00",
                "1767250800",
                "http://shop.example/cb",
                "ORDER-9",
                "0"
            ])
        )
            .prop_map(|(field, text)| Mistake::Text(field, text)),
        (field(), select(vec![16_usize, 41, 101, 256, 3_999]))
            .prop_map(|(field, length)| Mistake::Longer(field, length)),
        Just(Mistake::CartNumbers),
        local().prop_map(Mistake::LocalGoods),
        local().prop_map(Mistake::LocalSeller),
    ]
}

/// Whether an answer accepts the request. A payment is accepted by sending the browser to the lender.
fn is_accepted(reply: &Reply) -> bool {
    reply.diagnosis().is_empty()
}

#[test]
fn what_strict_refuses_is_refused_or_noted_by_lenient() {
    let sides = RefCell::new((Side::new("lenient"), Side::new("strict")));
    let paths = select(vec![
        REGISTRATION,
        REGISTRATION,
        CHECKOUT,
        PAYMENT,
        INQUIRY,
        CANCEL,
        BINDING,
        REMOVE_TOKEN,
        USER_DETAILS,
        CONFIRM_AKULAKU,
        CHECK_MID,
    ]);
    let content_types = select(vec!["application/json", "application/json", "text/plain"]);
    let mistakes = proptest::collection::vec(mistake(), 0..3);
    let mut runner = TestRunner::new(Config { cases: 1_500, failure_persistence: None, ..Config::default() });
    let noted = Cell::new(0);
    let result = runner.run(&(paths, mistakes, content_types), |(path, mistakes, content_type)| {
        let (lenient, strict) = &mut *sides.borrow_mut();
        let strict_reply = strict.send(path, &mistakes, content_type);
        let lenient_reply = lenient.send(path, &mistakes, content_type);
        if is_accepted(&strict_reply) || !is_accepted(&lenient_reply) {
            return Ok(());
        }
        noted.set(noted.get() + 1);
        let (notes, diagnosis) = (notes(&lenient_reply), strict_reply.header("x-sim-diagnosis").unwrap_or_default());
        prop_assert!(
            notes.iter().any(|note| note.starts_with(diagnosis)),
            "{path}: strict says {diagnosis:?}, lenient notes {notes:?}"
        );
        Ok(())
    });
    result.unwrap();
    assert!(noted.get() > 100, "only {} of the requests were noted", noted.get());
}

/// The values of `X-Sim-Note`.
fn notes(reply: &Reply) -> Vec<&str> {
    reply.headers.iter().filter(|(name, _)| name == "x-sim-note").map(|(_, value)| &**value).collect()
}

/// What the live gateway refuses or ignores, and how sure that is.
#[test]
fn a_note_names_the_mistake_and_how_sure_it_is() {
    let mut lenient = Side::new("lenient");
    let iso = Mistake::Text("timeStamp", "2026-01-01T12:00:00");
    let rows: Vec<(&str, Mistake, &str, &str)> = vec![
        (REGISTRATION, Mistake::CartNumbers, "cartData/number: cartData.count 1 ", "[seen live]"),
        (REGISTRATION, Mistake::LocalGoods("http://localhost/x"), "cartData/local-url: ", "[seen live]"),
        (REGISTRATION, Mistake::LocalGoods("http://10.0.0.7/x"), "cartData/local-url: ", "[seen live]"),
        (REGISTRATION, Mistake::LocalSeller("http://127.0.0.1/x"), "sellers/local-url: ", "[seen live]"),
        (REGISTRATION, Mistake::Without("userIP"), "field/missing: userIP ", "[documented]"),
        (REGISTRATION, Mistake::Without("userAgent"), "field/missing: userAgent ", "[documented]"),
        (REGISTRATION, Mistake::Without("sellers"), "field/missing: sellers ", "[documented]"),
        (REGISTRATION, Mistake::Without("billingPhone"), "field/missing: billingPhone ", "[documented]"),
        (REGISTRATION, Mistake::Empty("billingPhone"), "field/missing: billingPhone ", "[documented]"),
        (REGISTRATION, iso.clone(), "timeStamp/format: ", "[documented]"),
        (REGISTRATION, Mistake::Text("timeStamp", "1767250800"), "timeStamp/format: ", "[documented]"),
        (CHECKOUT, iso.clone(), "timeStamp/format: ", "[documented]"),
        (PAYMENT, iso.clone(), "timeStamp/format: ", "[documented]"),
        (INQUIRY, iso.clone(), "timeStamp/format: ", "[documented]"),
        (CANCEL, iso.clone(), "timeStamp/format: ", "[documented]"),
        (BINDING, iso.clone(), "timeStamp/format: ", "[documented]"),
        (USER_DETAILS, iso.clone(), "timeStamp/format: ", "[documented]"),
        (CONFIRM_AKULAKU, iso.clone(), "timeStamp/format: ", "[documented]"),
        (CHECK_MID, iso, "timeStamp/format: ", "[documented]"),
        (REGISTRATION, Mistake::Text("callBackUrl", "http://shop.example/"), "callBackUrl/present: ", "[seen live]"),
        (CANCEL, Mistake::Text("referenceNo", "other"), "referenceNo/mismatch: ", "[assumed]"),
        // NICEPAY's own clients.
        (CHECKOUT, Mistake::Without("billingAddr"), "field/missing: billingAddr ", "[documented]"),
        (CHECKOUT, Mistake::Null("deliveryAddr"), "field/missing: deliveryAddr ", "[documented]"),
        (CHECKOUT, Mistake::Text("mitraCd", "ALMA"), "mitraCd/unknown: mitraCd \"ALMA\"", "[assumed]"),
        (CHECKOUT, Mistake::Text("mitraCd", "OVOE"), "mitraCd/unknown: mitraCd \"OVOE\"", "[assumed]"),
    ];
    for (path, mistake, begin, end) in rows {
        let reply = lenient.send(path, std::slice::from_ref(&mistake), "application/json");
        assert!(is_accepted(&reply), "{path} {mistake:?}: {:?}", reply.header("x-sim-diagnosis"));
        let found = notes(&reply);
        assert!(
            found.iter().any(|note| note.starts_with(begin) && note.ends_with(end)),
            "{path} {mistake:?}: {found:?}"
        );
    }
}

/// The same key of a note in the control API, the page and the counts.
#[test]
fn notes_are_kept_with_their_transaction() {
    let sim = Simulator::builder().seed(7).start();
    let shop = sim.shop();
    let registered = shop.register(&shop.order("noted", 25_145).without("userIP").with("timeStamp", "today"));
    let clean = shop.register(&shop.order("clean", 25_145));
    let get = |path: &str| sim.http().get(&format!("/__sim/api{path}")).json();
    let noted = get(&format!("/transactions/{}", registered.t_xid()));
    assert_eq!(
        noted["notes"],
        json!([
            {
                "endpoint": "registration",
                "slug": "field/missing",
                "detail": "userIP is missing (absent, null or empty); it is required (docs/PROTOCOL.md §2.1.1)",
                "evidence": "documented",
                "resultCd": "9024",
            },
            {
                "endpoint": "registration",
                "slug": "timeStamp/format",
                "detail": "timeStamp \"today\" is not 14 digits (docs/PROTOCOL.md A-31)",
                "evidence": "documented",
                "resultCd": "9031",
            },
        ])
    );
    assert_eq!(get(&format!("/transactions/{}", clean.t_xid()))["notes"], json!([]));
    assert_eq!(get("/info")["refusedLive"], json!({ "IONPAYTEST": 0, "PAYLOANTES": 1 }));
    let page = sim.http().get(&format!("/__sim/transactions/{}?lang=en", registered.t_xid())).body;
    assert!(page.contains("What the live gateway would refuse or ignore") && page.contains("field/missing"), "{page}");
    let list = sim.http().get("/__sim/?lang=en").body;
    assert_eq!(list.matches("data-testid=\"refused-live\"").count(), 1);
    // The filter finds it, and nothing else: no other transaction, no refused request.
    shop.register(&shop.order("refused", 25_145).with("merchantToken", "0".repeat(64)));
    let found = sim.http().get("/__sim/?lang=en&kind=refused-live").body;
    let rows: Vec<_> = found.matches("data-testid=\"open-row\"").collect();
    assert!(rows.len() == 1 && found.contains(&format!("data-txid=\"{}\"", registered.t_xid())), "{found}");
    assert!(found.contains("1 matching, 3 in total"), "{found}");
    sim.http().send("POST", "/__sim/api/reset", &[("Content-Type", "application/json")], "{}");
    assert_eq!(get("/info")["refusedLive"], json!({ "IONPAYTEST": 0, "PAYLOANTES": 0 }));
}

/// The live sandbox refused a cancel one and three minutes after the payment, and accepted it after nine.
#[test]
fn a_cancel_right_after_the_payment_is_refused_or_noted() {
    for (profile, code) in [("lenient", "0000"), ("strict", "9302")] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        let pay = |reference_no: &str| {
            let paid = shop.register(&shop.order(reference_no, 25_145));
            sim.http().post_json(&format!("/__sim/api/transactions/{}/buyer", paid.t_xid()), &json!({}));
            paid
        };
        let early = pay("early");
        let reply = shop.cancel(&early, "2", "1");
        assert_eq!(reply.result_cd(), code, "{profile}");
        let said = if profile == "strict" { vec![reply.header("x-sim-diagnosis").unwrap()] } else { notes(&reply) };
        assert!(said[0].starts_with("cancel/too-early: "), "{said:?}");
        sim.advance("5m");
        let late = shop.cancel(&early, "2", "1");
        assert_eq!((late.result_cd(), notes(&late)), ("0000".to_owned(), vec![]), "{profile}");
        // The scenario's own value wins.
        sim.set_scenario("title = \"No waiting\"\n[cancel]\nbusy = \"0s\"\n");
        let own = pay("own");
        let reply = shop.cancel(&own, "1", "25145");
        assert_eq!((reply.result_cd(), notes(&reply)), ("0000".to_owned(), vec![]), "{profile}");
    }
}

/// NICEPAY's test merchant IONPAYTEST has no Indodana.
#[test]
fn indodana_is_not_active_for_ionpaytest_live() {
    for (profile, code) in [("lenient", "0000"), ("strict", "9108")] {
        let sim = Simulator::builder().profile(profile).start();
        let order = |shop: &Shop| shop.order("indodana", 1_000_000).with("mitraCd", "IDNA").with("iMid", shop.i_mid());
        let ours = sim.shop();
        let theirs = sim.new_shop("IONPAYTEST", "a key of its own");
        assert_eq!(ours.register(&order(&ours)).result_cd(), "0000");
        let reply = theirs.register(&order(&theirs));
        assert_eq!(reply.result_cd(), code, "{profile}");
        if profile == "lenient" {
            assert!(notes(&reply)[0].starts_with("mitraCd/inactive: ") && notes(&reply)[0].ends_with("[seen live]"));
        }
    }
}

/// What follows the first `&` of an unencoded `callBackUrl` is lost, and `/payment` has no such fields.
#[test]
fn what_an_unencoded_callback_loses_is_named() {
    const CUT: &str = "callBackUrl/cut: callBackUrl was sent without encoding, so it ends before its first &; ";
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("cut", 25_145);
    let registered = shop.register(&order);
    let [stamp, t_xid, token, _] = shop.payment_fields(&order, &registered, "").map(|(_, value)| value);
    let others = format!("timeStamp={stamp}&merchantToken={token}&tXid={t_xid}");
    for (query, lost) in [
        (format!("{others}&callBackUrl=http://shop.test/x?a=1&order=7&key=wc_1"), Some("\"order\", \"key\" are")),
        (format!("callBackUrl=http://shop.test/x?a=1&order=7&{others}"), Some("\"order\" is")),
        (format!("callbackUrl=https://shop.test/?a=1&amt=7&{others}&more=1"), Some("\"amt\" is")),
        (
            format!("{others}&callBackUrl=http://shop.test/x?a=1&b=1&c=1&d=1&e=1&f=1&g"),
            Some("\"b\", \"c\", \"d\", \"e\", and 2 more are"),
        ),
        // Nothing is lost.
        (format!("{others}&callBackUrl=http://shop.test/x?a=1"), None),
        (format!("{others}&callBackUrl=http://shop.test/x?a=1&returnJsonFormat=&cardNo="), None),
        (format!("{others}&callBackUrl=http%3A%2F%2Fshop.test%2Fx%3Fa%3D1%26b%3D2&other=1"), None),
        (format!("{others}&callBackUrl=http://shop.test/x&other=1"), None),
    ] {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        for reply in
            [sim.http().get(&format!("{PAYMENT}?{query}")), sim.http().send("POST", PAYMENT, &form, query.clone())]
        {
            assert!(reply.status == 302 && reply.location().contains("/kredivo/v2/signin?tk="), "{query}");
            let expected: Vec<_> = lost.iter().map(|lost| format!("{CUT}{lost} not part of it")).collect();
            let said = notes(&reply);
            assert_eq!(said.len(), expected.len(), "{query}: {said:?}");
            assert!(said.iter().zip(&expected).all(|(said, expected)| said.starts_with(expected)), "{said:?}");
        }
    }
    let kept = sim.http().get(&format!("/__sim/api/transactions/{}", registered.t_xid())).json();
    assert_eq!(kept["notes"][0]["slug"], "callBackUrl/cut");
}

/// What the simulator will never call is said at once, not only when the notification is due.
#[test]
fn an_address_that_is_never_called_is_noted() {
    for (settings, url, says) in [
        ("", "http://merchant.com/notify", Some("--allow-egress merchant.com")),
        ("", "http://203.0.113.7:8080/notify", Some("--allow-egress 203.0.113.7")),
        ("", "http://127.0.0.1:9@merchant.com/notify", Some("--allow-egress merchant.com")),
        ("", "http://169.254.169.254/", Some("cloud-metadata")),
        ("allow-egress = ['public']", "http://169.254.169.254/", Some("cloud-metadata")),
        ("", "https://merchant.com/notify", Some("--allow-egress merchant.com")),
        ("", "https://127.0.0.1:3000/notify", None),
        ("", "http://127.0.0.1:3000/notify", None),
        ("", "http://shop.localhost/notify", None),
        ("", "http://192.168.1.7/notify", None),
        // Only a resolver knows.
        ("", "http://host.docker.internal:3000/notify", None),
        ("allow-egress = ['merchant.com']", "http://merchant.com/notify", None),
        ("allow-egress = ['public']", "http://8.8.8.8:8080/notify", None),
        ("allow-egress = ['public']", "http://203.0.113.7/", Some("a documentation address")),
        ("allow-egress = ['public']", "http://168.63.129.16/", Some("cloud-metadata")),
        ("allow-egress = ['168.63.129.16']", "http://168.63.129.16/", None),
    ] {
        for profile in ["lenient", "strict"] {
            let sim = Simulator::builder().profile(profile).settings(settings).start();
            let shop = sim.shop();
            let direct = shop.register(&shop.order("direct", 25_145).notify(url));
            let checkout = shop.order("checkout", 25_145).notify(url).with("callBackUrl", "http://shop.test/back");
            let checkout = sim.http().post_json("/nicepay/redirect/v2/registration", &shop.body(&checkout));
            let mut binding = shop.binding("binding", "081291891818");
            binding["dbProcessUrl"] = url.into();
            let signed = shop.signed(&["iMid", "referenceNo", "billingPhone"], binding);
            let binding = sim.http().post_json("/nicepay/v2/userAccountBinding", &signed);
            for reply in [direct, checkout, binding] {
                assert_eq!(reply.result_cd(), "0000", "{profile} {url}");
                let said: Vec<_> =
                    notes(&reply).into_iter().filter(|note| note.starts_with("dbProcessUrl/not-called: ")).collect();
                assert_eq!(said.len(), usize::from(says.is_some()), "{profile} {settings} {url}: {said:?}");
                if let Some(says) = says {
                    assert!(said[0].contains(says) && said[0].ends_with("[simulator]"), "{said:?}");
                }
            }
            // It is no mistake that the live gateway would refuse.
            assert_eq!(sim.http().get("/__sim/api/info").json()["refusedLive"]["PAYLOANTES"], 0, "{profile} {url}");
        }
    }
}
