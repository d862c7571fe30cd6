//! A user token without a purchase: `docs/PROTOCOL.md` §1.5, §2.9 and §2.3.1, from the request to the notification.

use nicepay_sim::testing::{Answer, Buyer, Login, Received, Receiver, Reply, Shop, Simulator};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::bodies::without;
use crate::program::Folder;

const API: &str = "/__sim/api";
const BINDING: &str = "/nicepay/v2/userAccountBinding";
const WAY_BACK: &str = "http://shop.test/linked?customer=7";
const PHONE: &str = "+62-81291891818";
const KEYS: [&str; 9] = [
    "resultCd",
    "resultMsg",
    "referenceNo",
    "payMethod",
    "mitraCd",
    "clientUserKey",
    "redirectUrl",
    "requestURL",
    "redirectUrlHttp",
];

/// One binding, and the browser that walks it.
struct Walk<'a> {
    sim: &'a Simulator,
    answer: Reply,
    buyer: Buyer,
    tk: String,
}

impl<'a> Walk<'a> {
    fn begin(sim: &'a Simulator, binding: Value) -> Self {
        Self::of(sim, &sim.shop(), binding)
    }

    fn of(sim: &'a Simulator, shop: &Shop, binding: Value) -> Self {
        let answer = shop.bind(binding);
        assert_eq!(answer.result_cd(), "0000", "{} {:?}", answer.body, answer.header("x-sim-diagnosis"));
        let mut buyer = sim.buyer();
        let tk = buyer.arrive(answer.json()["redirectUrl"].as_str().unwrap());
        Self { sim, answer, buyer, tk }
    }

    fn url(&self, page: &str) -> String {
        format!("/kredivo/v2/{page}?tk={}", self.tk)
    }

    fn get(&mut self, page: &str) -> Reply {
        let url = self.url(page);
        self.buyer.get(&url)
    }

    fn post(&mut self, page: &str, fields: &[(&str, &str)]) -> Reply {
        let url = self.url(page);
        self.buyer.post(&url, fields)
    }

    fn sign_in(&mut self, phone: &str, pin: &str) -> Reply {
        self.post("signin", &[("phone", phone), ("pin", pin)])
    }

    fn otp(&mut self, otp: &str) -> Reply {
        self.post("otp", &[("otp", otp)])
    }

    fn in_english(mut self) -> Self {
        let url = format!("{}&lang=en", self.url("signin"));
        assert_eq!(self.buyer.get(&url).status, 200);
        self
    }

    /// Signs in and enters the OTP.
    fn link(mut self, phone: &str, pin: &str) -> Self {
        let signed_in = self.sign_in(phone, pin);
        self.leads_to(&signed_in, "otp");
        let passed = self.otp("4567");
        self.leads_to(&passed, "result");
        self
    }

    /// The merchant's link out of the lender's last page.
    fn back(&mut self) -> Reply {
        let url = format!("{BINDING}/return?tk={}", self.tk);
        self.buyer.get(&url)
    }

    #[track_caller]
    fn leads_to(&self, reply: &Reply, page: &str) {
        assert_eq!((reply.status, reply.location()), (303, self.url(page).as_str()), "{}", reply.body);
    }

    /// As the control API has it.
    fn shown(&self) -> Value {
        let all = self.sim.http().get(&format!("{API}/bindings")).json();
        let own = all.as_array().unwrap().iter().find(|one| one["partnerUrl"].as_str() == Some(&self.url("signin")));
        own.unwrap().clone()
    }

    fn state(&self) -> String {
        self.shown()["state"].as_str().unwrap().to_owned()
    }

    fn token(&self) -> String {
        self.shown()["userToken"].as_str().expect("a token").to_owned()
    }
}

#[track_caller]
fn attr(reply: &Reply, id: &str, name: &str) -> String {
    let page = Html::parse_document(&reply.body);
    let found = page.select(&Selector::parse(&format!("[data-testid={id}]")).unwrap()).next();
    let found = found.unwrap_or_else(|| panic!("no {id} on {} {}", reply.status, reply.body));
    found.attr(name).unwrap_or_default().to_owned()
}

#[track_caller]
fn text(reply: &Reply, id: &str) -> String {
    let page = Html::parse_document(&reply.body);
    let found = page.select(&Selector::parse(&format!("[data-testid={id}]")).unwrap()).next();
    let found = found.unwrap_or_else(|| panic!("no {id} on {} {}", reply.status, reply.body));
    found.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn headline(reply: &Reply) -> String {
    let page = Html::parse_document(&reply.body);
    page.select(&Selector::parse("h1").unwrap()).flat_map(|h1| h1.text()).collect()
}

/// The events' types but those of exchanges, oldest first.
fn happened(sim: &Simulator) -> Vec<String> {
    let all = sim.events("");
    let kinds = all.iter().map(|event| event["type"].as_str().unwrap().to_owned());
    kinds.filter(|kind| kind != "exchange.recorded" && kind != "scenario.loaded" && kind != "clock.moved").collect()
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// What an event says beside its frame.
fn said(event: &Value) -> Value {
    let mut event = event.clone();
    for frame in ["id", "at", "iMid", "referenceNo", "type"] {
        event.as_object_mut().unwrap().remove(frame);
    }
    event
}

fn to(receiver: &Receiver, reference_no: &str, shop: &Shop) -> Value {
    let mut binding = shop.binding(reference_no, PHONE);
    binding["dbProcessUrl"] = receiver.url().into();
    binding["callBackUrl"] = WAY_BACK.into();
    binding["clientUserKey"] = "customer-7".into();
    binding
}

fn with(mut value: Value, name: &str, to: impl Into<Value>) -> Value {
    value[name] = to.into();
    value
}

/// Nothing came of it: no token, and nobody was told, whatever time passes.
fn nothing_came(sim: &Simulator, receiver: &Receiver, what: &str) {
    sim.advance("48h");
    assert!(receiver.received().is_empty(), "{what}");
    assert!(sim.events("token.issued").is_empty() && sim.events("binding.completed").is_empty(), "{what}");
    assert!(sim.events("notification.scheduled").is_empty(), "{what}");
    let tokens = sim.http().get(&format!("{API}/tokens")).json();
    assert_eq!(tokens.as_array().unwrap().len(), 1, "{what}: the built-in one");
}

// ---------------------------------------------------------------------------------------------------------------------
// The whole way

#[test]
fn from_the_request_to_the_notification() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop));
    let answer = walk.answer.json();
    assert_eq!(keys(&answer), KEYS);
    let url = format!("{}{}", sim.url(), walk.url("signin"));
    assert_eq!(
        answer,
        json!({
            "resultCd": "0000", "resultMsg": "SUCCESS", "referenceNo": "bind-1", "payMethod": "06", "mitraCd": "KDVI",
            "clientUserKey": "customer-7", "redirectUrl": url, "requestURL": url, "redirectUrlHttp": url,
        })
    );
    assert_eq!(walk.answer.header("content-type"), Some("application/json;charset=UTF-8"));
    assert_eq!(walk.answer.header("x-sim-rule"), Some("approve/default"));
    assert_eq!(walk.answer.header("x-sim-note"), None);
    assert_eq!(walk.state(), "registered");

    let first = walk.get("signin");
    assert_eq!((first.status, attr(&first, "login-phone", "value").as_str()), (200, "81291891818"));
    assert!(!first.body.contains("plan-form") && !first.body.contains("Rp "), "nothing is paid");
    let signed_in = walk.sign_in("081291891818", "414141");
    walk.leads_to(&signed_in, "otp");
    assert_eq!(walk.state(), "at-partner");
    assert_eq!(walk.get("otp").status, 200);
    assert!(sim.events("token.issued").is_empty(), "not before the OTP");
    let passed = walk.otp("4567");
    walk.leads_to(&passed, "result");
    assert_eq!(attr(&walk.get("result"), "result-status", "data-outcome"), "linked");
    assert_eq!(attr(&walk.get("result"), "return", "href"), format!("{BINDING}/return?tk={}", walk.tk));
    let back = walk.back();
    let callback = format!("{WAY_BACK}&resultCd=0000&resultMsg=SUCCESS&referenceNo=bind-1");
    assert_eq!((back.status, back.location()), (302, callback.as_str()));

    let shown = walk.shown();
    let token = shown["userToken"].as_str().unwrap();
    assert_eq!((shown["state"].as_str(), token.len()), (Some("bound"), 36));
    sim.advance("1999ms");
    assert!(receiver.received().is_empty(), "two seconds after");
    sim.advance("1ms");
    let told = receiver.only();
    assert_eq!(told.field("userToken"), token);
    assert_eq!(told.field("merchantToken"), shop.sign(&["PAYLOANTES", "bind-1", PHONE]));
    assert_eq!(
        happened(&sim),
        [
            "binding.registered",
            "partner.login",
            "partner.otp-sent",
            "partner.otp-passed",
            "token.issued",
            "binding.completed",
            "notification.scheduled",
            "callback.sent",
            "notification.attempted",
            "notification.delivered",
        ]
    );
    let only = |kind| said(sim.events(kind).first().unwrap());
    assert_eq!(only("binding.registered"), json!({ "bindingId": "1", "rule": "approve/default" }));
    assert_eq!(
        only("binding.completed"),
        json!({
            "bindingId": "1", "userToken": token, "clientUserKey": "customer-7", "phone": "081291891818",
            "rule": "approve/default",
        })
    );
    assert_eq!(
        only("token.issued"),
        json!({ "userToken": token, "clientUserKey": "customer-7", "phone": "081291891818" })
    );
    assert_eq!(only("callback.sent"), json!({ "resultCd": "0000", "method": "GET", "url": callback }));
    for event in sim.events("").iter().filter(|event| event["type"].as_str().unwrap().starts_with("binding")) {
        assert_eq!((event["iMid"].as_str(), event["referenceNo"].as_str()), (Some("PAYLOANTES"), Some("bind-1")));
    }
    let notice = sim.http().get(&format!("{API}/notifications")).json();
    assert_eq!((notice[0]["kind"].as_str(), notice[0]["state"].as_str()), (Some("binding"), Some("delivered")));

    // It pays, for that account.
    let order = shop.order("paid", 10_000).seamless(token);
    let registered = shop.register(&order);
    sim.advance("1s");
    assert_eq!(shop.status(&order, &registered), "0");
    assert_eq!(sim.events("transaction.approved")[0]["phone"], "081291891818");
}

#[test]
fn the_notification_byte_for_byte() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let binding = with(to(&receiver, "bind-1", &shop), "billingNm", "Siti & Budi – 100%");
    let binding = with(binding, "dbProcessUrl", format!("{}?shop=1", receiver.url()));
    Walk::begin(&sim, binding).link("081291891818", "414141");
    sim.advance("2s");
    let Received { head, body } = receiver.only();
    assert_eq!(head.matches('\n').count(), head.matches("\r\n").count());
    let authority = receiver.url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let head = head.replace(&authority, "127.0.0.1:PORT").replace("\r\n", "\n");
    insta::assert_snapshot!(format!("{head}\n\n{}", body.replace('&', "\n&")));
}

#[test]
fn the_requests_token_is_the_golden_one_and_covers_the_phone_as_sent() {
    let sim = Simulator::builder().profile("strict").start();
    for (phone, token) in [
        ("+62-82112345678", "08d95b56e3bf67943f25111b61c8e2906ca4ea0bc0dcb1908c7cb6e748326dcd"),
        ("+6282112345678", "3f08b26b10bccd8abd064eec6f8503f9373749690678ee1a5d42734b49e935c4"),
    ] {
        let body = json!({
            "timeStamp": "20210913100000", "iMid": "PAYLOANTES", "referenceNo": "MerchantReferenceNumber001",
            "payMethod": "06", "mitraCd": "KDVI", "billingNm": "Jhon Doe", "billingPhone": phone,
            "billingEmail": "buyer@merchant.com", "dbProcessUrl": "http://merchant.com/nicepay/binding",
            "merchantToken": token,
        });
        for path in [
            BINDING,
            "/nicepay/v2/useraccountbinding",
            "/nicepay/v2/USERACCOUNTBINDING",
            "//nicepay//v2/UserAccountBinding",
        ] {
            let answer = sim.http().post_json(path, &body);
            assert_eq!((answer.status, answer.result_cd().as_str()), (200, "0000"), "{path} {}", answer.body);
            assert_eq!(answer.json()["clientUserKey"], Value::Null, "none was sent");
        }
    }
    let refs = sim.http().get(&format!("{API}/bindings?referenceNo=MerchantReferenceNumber001")).json();
    assert_eq!(refs.as_array().unwrap().len(), 8, "the same number may bind again");
    for (method, path) in [("GET", BINDING), ("PUT", BINDING), ("POST", "/nicepay/v2/userAccountBinding/return")] {
        let reply = sim.http().send(method, path, &[], "");
        assert!(reply.status < 500 && !sim.events("").is_empty(), "{method} {path} {}", reply.status);
        assert_ne!(reply.diagnosis(), "", "{method} {path}");
    }
}

#[test]
fn every_way_to_write_the_phone_is_filled_in_alike() {
    let sim = Simulator::start();
    for phone in ["+62-81291891818", "+6281291891818", "+62 8129189181", "081291891818", "81291891818", "6281291891818"]
    {
        let mut walk = Walk::begin(&sim, sim.shop().binding("bind", phone));
        let shown = attr(&walk.get("signin"), "login-phone", "value");
        assert!("81291891818".starts_with(&shown) && shown.len() >= 10, "{phone}: {shown}");
        assert_eq!(walk.shown()["billingPhone"], phone, "as sent");
    }
}

#[test]
fn without_a_way_back_the_browser_waits_at_nicepay() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let binding = without(to(&receiver, "bind-1", &shop), "callBackUrl");
    let mut walk = Walk::begin(&sim, binding.clone()).link("081291891818", "414141");
    let page = walk.back();
    assert_eq!((page.status, attr(&page, "result-status", "data-outcome").as_str()), (200, "linked"));
    assert!(page.body.contains("bind-1") && page.body.contains("PAYLOANTES"), "{}", page.body);
    assert!(sim.events("callback.sent").is_empty(), "nobody was sent anywhere");
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let mut walk = Walk::begin(&sim, binding);
    walk.post("cancel", &[]);
    let page = walk.back();
    assert_eq!((page.status, attr(&page, "result-status", "data-outcome").as_str()), (200, "not-linked"));
    assert_eq!(headline(&page), "Akun batal dihubungkan");
    // The account is linked, from the first time.
    assert!(page.body.contains("Kali ini akun Kredivo Anda tidak jadi dihubungkan ke PAYLOANTES."), "{}", page.body);

    let mut walk = Walk::begin(&sim, without(to(&receiver, "bind-2", &shop), "callBackUrl"));
    sim.advance("24h");
    let page = walk.back();
    assert_eq!(attr(&page, "result-status", "data-outcome"), "not-linked");
    assert_eq!(headline(&page), "Tautan sudah kedaluwarsa");
    let unknown = sim.http().get(&format!("{BINDING}/return?tk=nothing"));
    assert_eq!((unknown.status, unknown.diagnosis()), (404, "tk/unknown"));
    assert_eq!(sim.http().get(&format!("{BINDING}/return")).status, 404);
}

#[test]
fn whoever_is_not_finished_is_sent_back_to_the_lender() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, with(sim.shop().binding("bind", PHONE), "callBackUrl", WAY_BACK));
    for _ in 0..2 {
        let back = walk.back();
        assert_eq!((back.status, back.location()), (302, walk.url("signin").as_str()));
        walk.sign_in("081291891818", "414141");
    }
    assert!(sim.events("callback.sent").is_empty());
    assert_eq!(walk.state(), "at-partner");
}

// ---------------------------------------------------------------------------------------------------------------------
// Settings

#[test]
fn names_in_the_answer_are_a_setting() {
    let sim = Simulator::builder().settings("binding-answer = ['url', 'redirectUrl']").start();
    let shop = sim.shop();
    let answer = shop.bind(shop.binding("bind", PHONE)).json();
    assert_eq!(keys(&answer)[6..], ["url", "redirectUrl"]);
    assert!(answer["url"].as_str().unwrap().starts_with(sim.url()) && answer["url"] == answer["redirectUrl"]);
    let refused = shop.bind(without(shop.binding("bind", PHONE), "billingNm")).json();
    assert_eq!(keys(&refused), keys(&answer), "a refusal has the same keys");
    assert_eq!(refused["url"], Value::Null);
}

#[test]
fn the_answers_url_is_the_public_one() {
    let sim = Simulator::builder().settings("public-url = 'https://sim.example'").start();
    let answer = sim.shop().bind(sim.shop().binding("bind", PHONE)).json();
    assert!(
        answer["redirectUrl"].as_str().unwrap().starts_with("https://sim.example/kredivo/v2/signin?tk="),
        "{answer}"
    );
}

#[test]
fn fields_of_the_notification_and_their_names_are_settings() {
    let sim = Simulator::builder()
        .settings(
            "binding-notification = ['merchantToken=signature', 'userToken=token', 'iMid', 'referenceNo=ref', 'timeStamp']\n\
             binding-notification-token = ['timeStamp', 'userToken', 'iMid', 'clientUserKey']",
        )
        .start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081291891818", "414141");
    sim.advance("2s");
    let (told, token) = (receiver.only(), walk.token());
    let names: Vec<_> = told.fields().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["signature", "token", "iMid", "ref", "timeStamp"]);
    assert_eq!(told.field("token"), token);
    assert_eq!(told.field("timeStamp"), "20260101000000");
    assert_eq!(told.field("signature"), shop.sign(&["20260101000000", &token, "PAYLOANTES", "customer-7"]));
}

#[test]
fn the_notifications_token_covers_what_the_setting_says() {
    for (setting, parts) in [
        ("['iMid', 'referenceNo', 'billingPhone']", ["PAYLOANTES", "bind-1", PHONE].as_slice()),
        ("['billingPhone', 'iMid']", &[PHONE, "PAYLOANTES"]),
        ("['iMid', 'resultCd', 'mitraCd', 'payMethod', 'tokenStatus']", &["PAYLOANTES", "0000", "KDVI", "06", "1"]),
    ] {
        let sim = Simulator::builder().settings(&format!("binding-notification-token = {setting}")).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081291891818", "414141");
        sim.advance("2s");
        assert_eq!(receiver.only().field("merchantToken"), shop.sign(parts), "{setting}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Whose token

#[test]
fn the_same_customer_has_one_living_token() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let bind = |customer: &str, phone: (&str, &str)| {
        let binding = with(to(&receiver, "bind", &shop), "clientUserKey", customer);
        Walk::begin(&sim, binding).link(phone.0, phone.1).token()
    };
    let all = ("081291891818", "414141");
    let first = bind("customer-7", all);
    assert_eq!(bind("customer-7", all), first);
    assert_eq!(sim.events("token.issued").len(), 1, "it is issued once");
    assert_eq!(sim.events("binding.completed").len(), 2);
    assert_ne!(bind("customer-8", all), first, "another customer of the merchant");
    assert_ne!(bind("customer-7", ("081513114262", "663482")), first, "another account");
    sim.advance("2s");
    let told: Vec<_> = receiver.received().iter().map(|told| told.field("userToken").to_owned()).collect();
    assert_eq!((told.len(), told.iter().filter(|token| **token == first).count()), (4, 2), "each binding is told");

    // Tokenizing with a transaction is the same customer.
    let order = shop.order("tokenize", 10_000).tokenize("customer-7");
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, WAY_BACK));
    let paid = sim.http().get(&format!("{API}/transactions/{}", registered.t_xid())).json();
    assert_eq!(paid["userToken"], first.as_str());

    // Removed or revoked, there is a new one.
    assert_eq!(shop.remove_token(&first).result_cd(), "0000");
    let second = bind("customer-7", all);
    assert_ne!(second, first);
    assert_eq!(sim.http().send("DELETE", &format!("{API}/tokens/{second}"), &[], "").status, 204);
    let third = bind("customer-7", all);
    assert!(third != second && third != first);
    assert_eq!(bind("customer-7", all), third);
    for dead in [&first, &second] {
        assert_eq!(shop.register(&shop.order("dead", 10_000).seamless(dead)).diagnosis(), "userToken/inactive");
    }
}

#[test]
fn an_older_token_that_lives_is_the_customers() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let issue = || {
        let body = json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer-7", "phone": "081291891818" });
        let issued = sim.http().post_json(&format!("{API}/tokens"), &body).json();
        issued["userToken"].as_str().unwrap().to_owned()
    };
    let (older, newer) = (issue(), issue());
    let bind = || {
        let binding = with(shop.binding("bind", PHONE), "clientUserKey", "customer-7");
        Walk::begin(&sim, binding).link("081291891818", "414141").token()
    };
    assert_eq!(bind(), newer, "of two the newest");
    shop.remove_token(&newer);
    assert_eq!(bind(), older);
    shop.remove_token(&older);
    let newest = bind();
    assert!(newest != older && newest != newer);
}

#[test]
fn of_many_at_once_one_issues_the_customers_token() {
    const MANY: usize = 8;
    // The program answers on every core; a simulator inside a test, on one. Here that one only signs and sends.
    let (folder, sim) = (Folder::new(), Simulator::start());
    let program = folder.serve(&["--clock", "manual", "--log-level", "error"]);
    let (base, shop, http) = (format!("http://{}", program.address), sim.shop(), sim.http());
    for round in 0..60_usize {
        let customer = format!("customer-{round}");
        // Half of them bind, half of them pay and tokenize.
        let calls: Vec<String> = (0..MANY)
            .map(|n| {
                let name = format!("{round}-{n}");
                if n % 2 == 0 {
                    let binding = with(shop.binding(&name, PHONE), "clientUserKey", customer.as_str());
                    let body = shop.signed(&["iMid", "referenceNo", "billingPhone"], binding);
                    assert_eq!(http.post_json(&format!("{base}{BINDING}"), &body).result_cd(), "0000");
                    let all = http.get(&format!("{base}{API}/bindings?referenceNo={name}")).json();
                    format!("{base}{API}/bindings/{}/buyer", all[0]["id"].as_str().unwrap())
                } else {
                    let body = shop.body(&shop.order(&name, 1_000).tokenize(&customer));
                    let registered = http.post_json(&format!("{base}/nicepay/direct/v2/registration"), &body);
                    format!("{base}{API}/transactions/{}/buyer", registered.t_xid())
                }
            })
            .collect();
        let start = std::sync::Barrier::new(MANY);
        std::thread::scope(|scope| {
            for call in &calls {
                scope.spawn(|| {
                    start.wait();
                    assert_eq!(http.post_json(call, &json!({ "phone": "081291891818" })).status, 200);
                });
            }
        });
        let tokens = http.get(&format!("{base}{API}/tokens?clientUserKey={customer}")).json();
        assert_eq!(tokens.as_array().unwrap().len(), 1, "{tokens}");
    }
    let issued = http.get(&format!("{base}{API}/events?limit=10000&type=token.issued")).json();
    assert_eq!(issued.as_array().unwrap().len(), 60);
}

#[test]
fn a_token_of_a_transaction_is_that_of_the_next_binding() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("tokenize", 10_000).tokenize("customer-9");
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, WAY_BACK));
    let token = sim.events("token.issued")[0]["userToken"].clone();
    let binding = with(shop.binding("bind", PHONE), "clientUserKey", "customer-9");
    let walk = Walk::begin(&sim, binding).link("081291891818", "414141");
    assert_eq!(Value::from(walk.token()), token);
    assert_eq!(sim.events("token.issued").len(), 1);
    assert_eq!(
        shop.remove_token(&walk.token()).json()["description"],
        "12345678deactivated by merchant",
        "the billingPhone of the order that brought it"
    );
}

#[test]
fn without_a_client_user_key_the_customer_is_the_phone() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let unnamed = || without(to(&receiver, "bind", &shop), "clientUserKey");
    let walk = Walk::begin(&sim, unnamed()).link("081291891818", "414141");
    assert_eq!(walk.answer.json()["clientUserKey"], Value::Null);
    assert_eq!(walk.shown()["clientUserKey"], "081291891818");
    assert_eq!(sim.events("binding.completed")[0]["clientUserKey"], "081291891818");
    let again = with(unnamed(), "billingPhone", "081291891818");
    assert_eq!(Walk::begin(&sim, again).link("081291891818", "414141").token(), walk.token(), "however it is written");
    let named = with(unnamed(), "clientUserKey", "081291891818");
    assert_eq!(Walk::begin(&sim, named).link("081291891818", "414141").token(), walk.token(), "the same name");
    sim.advance("2s");
    let mut named: Vec<bool> = receiver.received().iter().map(|told| told.body.contains("clientUserKey=")).collect();
    named.sort_unstable();
    assert_eq!(named, [false, false, true], "the wire says it only where it was sent");
}

#[test]
fn the_token_belongs_to_whoever_signs_in() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081513114262", "663482");
    assert_eq!(walk.shown()["phone"], "081513114262");
    assert_eq!(shop.user_details(&walk.token()).json()["billingPhone"], "+62-815****4262");
    sim.advance("2s");
    let phone = receiver.only().fields().into_iter().find(|(name, _)| name == "billingPhone").unwrap().1;
    assert_eq!(phone, PHONE, "as sent");
    assert_eq!(shop.remove_token(&walk.token()).json()["description"], format!("{PHONE}deactivated by merchant"));
}

// ---------------------------------------------------------------------------------------------------------------------
// Every way to go wrong on the pages

#[test]
fn who_is_not_let_in() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).in_english();
    let unknown = "This phone number is not registered.";
    let stands = "The simulator's clock stands at 00:00:00 WIB: waiting does not help.";
    let now_locked = format!("Too many wrong PINs. This account is now locked until 00:30 WIB. {stands}");
    let locked = format!("This account is locked until 00:30 WIB. Try again in 30 minutes. {stands}");
    for (phone, pin, message, reason) in [
        ("", "414141", "Enter your phone number.", None),
        ("081291891818", "41414", "The PIN has 6 digits.", None),
        ("081291891818", "abcdef", "The PIN has 6 digits.", None),
        ("not a phone", "414141", unknown, None),
        ("089912345678", "414141", unknown, Some("unknown-phone")),
        ("087700000000", "123456", unknown, Some("unknown-phone")),
        ("0838499610", "123654", unknown, Some("unknown-phone")),
        ("089900000006", "123456", "This account is inactive and cannot be linked.", Some("inactive")),
        ("089900000007", "123456", "This account is locked. Contact Kredivo.", Some("locked")),
        ("081291891818", "000000", "Wrong PIN. 2 tries left.", Some("wrong-pin")),
        ("081291891818", "000000", "Wrong PIN. 1 try left before the account is locked.", Some("wrong-pin")),
        ("081291891818", "000000", &now_locked, Some("wrong-pin")),
        ("081291891818", "414141", &locked, Some("locked")),
    ] {
        let before = sim.events("partner.login-failed").len();
        let reply = walk.sign_in(phone, pin);
        assert_eq!((reply.status, text(&reply, "page-error").as_str()), (200, message), "{phone} {pin}");
        assert_eq!(attr(&reply, "login-phone", "value"), phone, "what was typed stays");
        let failed = sim.events("partner.login-failed");
        let new: Vec<_> = failed[before..].iter().map(|event| event["reason"].as_str()).collect();
        assert_eq!(new, reason.map(Some).into_iter().collect::<Vec<_>>(), "{phone} {pin}");
        assert_eq!(walk.state(), "registered");
    }
    assert_eq!(sim.events("partner.locked").len(), 1);
    sim.advance("30m");
    let signed_in = walk.sign_in("081291891818", "414141");
    walk.leads_to(&signed_in, "otp");
    assert!(sim.events("binding.failed").is_empty(), "only tries have failed");
    walk.post("cancel", &[]);
    nothing_came(&sim, &receiver, "nobody got in");
}

#[test]
fn an_account_that_owes_all_of_its_limit_is_linked_all_the_same() {
    let sim = Simulator::start();
    for (phone, outcome) in [
        ("089900000001", "linked"),
        ("089900000003", "linked"),
        ("089900000004", "linked"),
        ("089900000005", "linked"),
        ("089900000009", "linked"),
        ("089900000010", "linked"),
    ] {
        let mut walk = Walk::begin(&sim, sim.shop().binding("bind", phone)).link(phone, "123456");
        assert_eq!(attr(&walk.get("result"), "result-status", "data-outcome"), outcome, "{phone}: no money is lent");
    }
}

#[test]
fn an_account_closed_before_the_otp_is_not_linked() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).in_english();
    walk.sign_in("081291891818", "414141");
    sim.http().put_json(&format!("{API}/shoppers/081291891818?iMid=PAYLOANTES"), &json!({ "state": "inactive" }));
    let passed = walk.otp("4567");
    walk.leads_to(&passed, "result");
    let result = walk.get("result");
    assert_eq!(attr(&result, "result-status", "data-outcome"), "not-linked");
    assert_eq!(text(&result, "result-reason"), "The account is inactive.");
    let failed = said(&sim.events("binding.failed")[0]);
    assert_eq!(failed, json!({ "bindingId": "1", "reason": "inactive", "rule": "partner/account" }));
    assert_eq!(walk.shown()["reason"], "inactive");
    assert!(walk.back().location().starts_with(&format!("{WAY_BACK}&resultCd=9030&resultMsg=Transaction+Fail")));
    nothing_came(&sim, &receiver, "inactive");
}

#[test]
fn one_time_passwords_that_do_not_pass() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).in_english();
    walk.sign_in("081291891818", "414141");
    let error = |reply: &Reply| text(reply, "page-error");
    assert_eq!(error(&walk.otp("")), "Enter the OTP code.");
    assert_eq!(error(&walk.otp("0000")), "Wrong code. 2 tries left.");
    assert_eq!(error(&walk.post("otp/resend", &[])), "You can ask for a new code in 30 seconds.");
    sim.advance("30s");
    let resent = walk.post("otp/resend", &[]);
    assert_eq!((resent.status, resent.location()), (303, format!("{}&resent=1", walk.url("otp")).as_str()));
    assert_eq!(error(&walk.otp("0000")), "Wrong code. 2 tries left.", "a new code has new tries");
    assert_eq!(error(&walk.otp("0000")), "Wrong code. 1 try left.");
    assert_eq!(error(&walk.otp("0000")), "Too many wrong codes. Ask for a new one.");
    assert_eq!(error(&walk.otp("4567")), "Too many wrong codes. Ask for a new one.", "even the right one");
    // The second and the third code run out of time, and after the third there is no other.
    sim.advance("30s");
    walk.post("otp/resend", &[]);
    sim.advance("10m");
    assert_eq!(error(&walk.otp("4567")), "The code has expired. Ask for a new one.");
    walk.post("otp/resend", &[]);
    assert_eq!(error(&walk.post("otp/resend", &[])), "No more codes can be sent.");
    sim.advance("10m");
    assert_eq!(attr(&walk.otp("4567"), "notice", "data-notice"), "session-ended");
    let reasons: Vec<_> = sim.events("partner.otp-failed").iter().map(|e| e["reason"].clone()).collect();
    assert_eq!(reasons, ["wrong", "wrong", "wrong", "used-up", "used-up", "expired", "expired"]);
    assert_eq!(sim.events("partner.otp-sent").len(), 4);
    assert_eq!(walk.state(), "registered", "back at the beginning");
    // Whoever signs in again gets a fresh one.
    let signed_in = walk.sign_in("081291891818", "414141");
    walk.leads_to(&signed_in, "otp");
    assert!(receiver.received().is_empty() && sim.events("token.issued").is_empty());
    let passed = walk.otp("4567");
    walk.leads_to(&passed, "result");
    assert_eq!(walk.state(), "bound");
}

#[test]
fn a_code_that_has_expired_for_good_leads_back_to_the_login() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE)).in_english();
    walk.sign_in("081291891818", "414141");
    let early = walk.get("signin");
    walk.leads_to(&early, "otp");
    for _ in 0..3 {
        sim.advance("30s");
        walk.post("otp/resend", &[]);
    }
    sim.advance("2m");
    assert_eq!(attr(&walk.get("otp"), "otp-start-over", "href"), walk.url("signin"));
    let page = walk.get("signin");
    assert_eq!((page.status, attr(&page, "login-phone", "value").as_str()), (200, "81291891818"));
    let walk = walk.link("081291891818", "414141");
    assert_eq!(walk.state(), "bound");
}

#[test]
fn nothing_leads_to_a_shop_that_named_no_page() {
    let sim = Simulator::start();
    for (named, cancel, back) in
        [(true, "Cancel and return to the shop", "Return to the shop"), (false, "Cancel", "Continue")]
    {
        let binding = || {
            let binding = with(sim.shop().binding("bind", PHONE), "callBackUrl", WAY_BACK);
            if named { binding } else { without(binding, "callBackUrl") }
        };
        let mut walk = Walk::begin(&sim, binding()).in_english();
        assert_eq!(text(&walk.get("signin"), "page-abandon"), cancel);
        let mut walk = walk.link("081291891818", "414141");
        let result = walk.get("result");
        assert_eq!(text(&result, "return"), back);
        assert_eq!(attr(&result, "receipt", "data-print"), "Print confirmation");
        let mut late = Walk::begin(&sim, binding()).in_english();
        sim.advance("24h");
        assert_eq!(text(&late.get("signin"), "return"), back);
    }
}

#[test]
fn three_wrong_codes_after_the_last_resend_begin_again() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE));
    walk.sign_in("081291891818", "414141");
    for _ in 0..3 {
        sim.advance("30s");
        assert_eq!(walk.post("otp/resend", &[]).status, 303);
    }
    walk.otp("0000");
    walk.otp("0000");
    let over = walk.otp("0000");
    assert_eq!((over.status, attr(&over, "notice", "data-notice").as_str()), (403, "session-ended"));
    assert_eq!(walk.state(), "registered");
    assert_eq!(walk.otp("4567").location(), walk.url("signin"), "the code is gone");
    let walk = walk.link("081291891818", "414141");
    assert_eq!(walk.state(), "bound");
}

#[test]
fn a_first_code_that_is_stale_is_sent_again() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", "089900000008")).in_english();
    walk.sign_in("089900000008", "123456");
    assert_eq!(text(&walk.otp("4567"), "page-error"), "The code has expired. Ask for a new one.");
    sim.advance("30s");
    walk.post("otp/resend", &[]);
    let passed = walk.otp("4567");
    walk.leads_to(&passed, "result");
}

#[test]
fn another_browser_does_not_get_into_a_session() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE));
    walk.sign_in("081291891818", "414141");
    let mut other = sim.buyer();
    assert_eq!(other.get(&walk.url("signin")).status, 200, "it begins at the beginning");
    assert_eq!(other.get(&walk.url("otp")).location(), walk.url("signin"));
    for page in ["otp", "otp/resend", "cancel"] {
        let refused = other.post(&walk.url(page), &[("otp", "4567")]);
        assert_eq!((refused.status, refused.diagnosis()), (403, "page/other-session"), "{page}");
    }
    assert_eq!(walk.state(), "at-partner");
    assert_eq!(sim.events("partner.otp-sent").len(), 1);
    // It may sign in itself; then the first one is out.
    other.arrive(&walk.url("signin"));
    other.sign_in(&walk.tk, Login { phone: "081513114262", pin: "663482", ..Login::default() });
    assert_eq!(walk.otp("4567").diagnosis(), "page/other-session");
    assert_eq!(other.enter_otp(&walk.tk, "4567").location(), walk.url("result"));
    assert_eq!(walk.shown()["phone"], "081513114262");
}

#[test]
fn the_back_button_and_pages_that_are_not_ones_turn() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop()));
    for (page, place) in [("otp", "signin"), ("plan", "signin"), ("result", "signin")] {
        let reply = walk.get(page);
        walk.leads_to(&reply, place);
    }
    for page in ["otp", "otp/resend", "plan"] {
        let reply = walk.post(page, &[("otp", "4567"), ("instmntMon", "1")]);
        walk.leads_to(&reply, "signin");
        assert_eq!(reply.diagnosis(), "page/other-step", "{page}");
    }
    walk.sign_in("081291891818", "414141");
    for page in ["signin", "plan", "result"] {
        let reply = walk.get(page);
        walk.leads_to(&reply, "otp");
    }
    let reply = walk.post("plan", &[("instmntMon", "1")]);
    walk.leads_to(&reply, "otp");
    // Back to the first page, and in as somebody else.
    let signed_in = walk.sign_in("081513114262", "663482");
    walk.leads_to(&signed_in, "otp");
    let mut walk = {
        let passed = walk.otp("4567");
        walk.leads_to(&passed, "result");
        walk
    };
    let token = walk.token();
    for page in ["signin", "otp", "plan"] {
        let reply = walk.get(page);
        walk.leads_to(&reply, "result");
    }
    for (page, field, value) in
        [("otp", "otp", "4567"), ("otp/resend", "x", ""), ("cancel", "x", ""), ("plan", "instmntMon", "1")]
    {
        let reply = walk.post(page, &[(field, value)]);
        walk.leads_to(&reply, "result");
        assert_eq!(reply.diagnosis(), "page/other-step", "{page}");
    }
    let reply = walk.sign_in("081291891818", "414141");
    walk.leads_to(&reply, "result");
    assert_eq!((walk.state().as_str(), walk.token()), ("bound", token));
    sim.advance("48h");
    assert_eq!(receiver.received().len(), 1, "it is told once");
    assert_eq!(sim.events("binding.completed").len() + sim.events("binding.failed").len(), 1);
}

#[test]
fn another_lenders_pages_send_the_link_home() {
    let sim = Simulator::start();
    let walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE));
    for lender in ["akulaku", "indodana"] {
        let reply = sim.http().get(&format!("/{lender}/v2/signin?tk={}", walk.tk));
        assert_eq!((reply.status, reply.diagnosis()), (303, "page/other-lender"), "{lender}");
        assert_eq!(reply.location(), walk.url("signin"));
    }
}

#[test]
fn the_customer_gives_up() {
    for signed_in in [false, true] {
        let sim = Simulator::start();
        let receiver = sim.receiver();
        let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop()));
        if signed_in {
            walk.sign_in("081291891818", "414141");
        }
        let left = walk.post("cancel", &[]);
        walk.leads_to(&left, "result");
        assert_eq!(attr(&walk.get("result"), "result-status", "data-outcome"), "abandoned");
        let back = walk.back();
        assert_eq!(
            back.location(),
            format!(
                "{WAY_BACK}&resultCd=9030&resultMsg=Transaction+Fail.+Please+check+information.&referenceNo=bind-1"
            )
        );
        assert_eq!(walk.state(), "abandoned");
        let failed = said(&sim.events("binding.failed")[0]);
        assert_eq!(failed, json!({ "bindingId": "1", "reason": "abandoned", "rule": "customer/gives-up" }));
        let again = walk.sign_in("081291891818", "414141");
        walk.leads_to(&again, "result");
        nothing_came(&sim, &receiver, "given up");
    }
}

#[test]
fn a_binding_lives_a_day() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut fresh = Walk::begin(&sim, to(&receiver, "fresh", &sim.shop()));
    let mut begun = Walk::begin(&sim, to(&receiver, "begun", &sim.shop()));
    sim.advance("23h59m59s");
    begun.sign_in("081291891818", "414141");
    let shown = fresh.shown();
    assert_eq!((shown["state"].as_str(), shown["callbackUrl"].as_str()), (Some("registered"), None));
    assert_eq!(shown["expiresAt"], "2026-01-01T17:00:00Z");
    assert_eq!(fresh.get("signin").status, 200);
    sim.advance("1s");
    assert_eq!(sim.events("binding.failed").len(), 2, "nobody has to look");
    for walk in [&mut fresh, &mut begun] {
        for page in ["signin", "result"] {
            let gone = walk.get(page);
            assert_eq!((gone.status, gone.diagnosis()), (410, "page/expired"), "{page}");
            assert_eq!(attr(&gone, "notice", "data-notice"), "link-expired");
            assert_eq!(attr(&gone, "return", "href"), format!("{BINDING}/return?tk={}", walk.tk));
        }
        for (page, fields) in [
            ("signin", [("phone", "081291891818"), ("pin", "414141")]),
            ("otp", [("otp", "4567"), ("x", "")]),
            ("otp/resend", [("x", ""), ("y", "")]),
            ("cancel", [("x", ""), ("y", "")]),
        ] {
            assert_eq!(walk.post(page, &fields).status, 410, "{page}");
        }
        assert_eq!(walk.state(), "expired");
        let location = walk.back().location().to_owned();
        assert!(
            location.starts_with(&format!("{WAY_BACK}&resultCd=9129&resultMsg=Transaction+failed%3A+Expired")),
            "{location}"
        );
        assert_eq!(walk.shown()["callbackUrl"], location.as_str());
    }
    let reasons: Vec<_> = sim.events("binding.failed").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons, ["expired", "expired"]);
    nothing_came(&sim, &receiver, "expired");
}

// ---------------------------------------------------------------------------------------------------------------------
// Stories

#[test]
fn the_story_in_which_no_account_can_be_bound() {
    let sim = Simulator::builder().scenario("binding-rejected").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop)).in_english();
    assert_eq!(walk.answer.header("x-sim-rule"), Some("binding-rejected/everything"));
    walk = walk.link("081291891818", "414141");
    let result = walk.get("result");
    assert_eq!(attr(&result, "result-status", "data-outcome"), "not-linked");
    assert_eq!(text(&result, "result-reason"), "The account did not pass the risk check.");
    assert!(walk.back().location().starts_with(&format!("{WAY_BACK}&resultCd=9030&")));
    let failed = said(&sim.events("binding.failed")[0]);
    assert_eq!(failed, json!({ "bindingId": "1", "reason": "risk", "rule": "binding-rejected/everything" }));
    nothing_came(&sim, &receiver, "rejected");
    // Payments go through, tokens too.
    let order = shop.order("order", 10_000).tokenize("customer-7");
    let registered = shop.register(&order);
    assert!(sim.buyer().pay(&shop.payment_url(&order, &registered, WAY_BACK)).contains("resultCd=0000"));
    let token = sim.events("token.issued")[0]["userToken"].as_str().unwrap().to_owned();
    let order = shop.order("seamless", 10_000).seamless(&token);
    let registered = shop.register(&order);
    sim.advance("1s");
    assert_eq!(shop.status(&order, &registered), "0");
}

#[test]
fn stories_about_payments_leave_bindings_alone() {
    for story in [
        "reject",
        "review-then-approve",
        "customer-abandons",
        "seamless-unknown-token",
        "token-revoked",
        "seamless-needs-otp",
    ] {
        let sim = Simulator::builder().scenario(story).start();
        let receiver = sim.receiver();
        let walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
        assert_eq!(walk.state(), "bound", "{story}");
        sim.advance("2s");
        assert_eq!(receiver.only().field("userToken"), walk.token(), "{story}");
    }
}

#[test]
fn the_notification_obeys_the_pace() {
    let sim = Simulator::builder().scenario("instant").start();
    let receiver = sim.receiver();
    Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
    sim.drain();
    receiver.only();
}

#[test]
fn the_notification_is_repeated_until_it_is_taken() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    receiver.answer_with({
        let mut answers = [500, 302, 200].into_iter();
        move |_| Answer::status(answers.next().expect("no fourth attempt"))
    });
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
    sim.advance("2s");
    assert_eq!(receiver.received().len(), 1);
    // What happens to the token meanwhile changes nothing.
    sim.shop().remove_token(&walk.token());
    sim.advance("59s");
    assert_eq!(receiver.received().len(), 1);
    sim.advance("1s");
    assert_eq!(receiver.received().len(), 2);
    sim.advance("24h");
    let bodies: Vec<_> = receiver.received().iter().map(|told| told.body.clone()).collect();
    assert_eq!((bodies.len(), bodies.iter().all(|body| *body == bodies[0])), (3, true), "byte for byte");
    assert_eq!(sim.events("notification.delivered").len(), 1);

    // Nobody ever takes the next: four attempts, then a resend by hand.
    receiver.answer(500);
    Walk::begin(&sim, to(&receiver, "bind-2", &sim.shop())).link("081291891818", "414141");
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 7);
    let exhausted = sim.events("notification.exhausted");
    assert_eq!((exhausted[0]["kind"].as_str(), exhausted[0]["attempts"].as_u64()), (Some("binding"), Some(4)));
    receiver.answer(200);
    let id = exhausted[0]["notification"].as_str().unwrap();
    assert_eq!(sim.http().post_json(&format!("{API}/notifications/{id}/resend"), &json!({})).status, 202);
    sim.drain();
    assert_eq!(receiver.received()[7].body, receiver.received()[6].body);
}

#[test]
fn the_handler_may_use_the_token_at_once() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (tell, told) = std::sync::mpsc::channel();
    let asked = shop.clone();
    receiver.answer_with(move |notification| {
        tell.send(asked.user_details(notification.field("userToken")).result_cd()).unwrap();
        Answer::status(200)
    });
    Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081291891818", "414141");
    sim.advance("2s");
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["0000"]);
}

#[test]
fn who_is_told_success_only_is_told_of_bindings_too() {
    let sim = Simulator::builder().profile("strict").settings("notify-on = ['reject']").start();
    let receiver = sim.receiver();
    Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
    sim.advance("2s");
    receiver.only();
}

// ---------------------------------------------------------------------------------------------------------------------
// Reset and namespaces

#[test]
fn merchants_do_not_meet() {
    let sim = Simulator::start();
    let (one, two) = (sim.new_shop("ALPHA00001", "key-one"), sim.new_shop("BETA000001", "key-two"));
    let receiver = sim.receiver();
    let walk = |shop: &Shop| Walk::of(&sim, shop, to(&receiver, "bind", shop)).link("081291891818", "414141").token();
    let (first, second) = (walk(&one), walk(&two));
    assert_ne!(first, second, "the same customer and account");
    assert_eq!(two.user_details(&first).diagnosis(), "userToken/other-merchant");
    assert_eq!(two.remove_token(&first).diagnosis(), "userToken/other-merchant");
    assert_eq!(two.register(&two.order("x", 10_000).seamless(&first)).diagnosis(), "userToken/other-merchant");
    assert_eq!(one.user_details(&first).result_cd(), "0000");
    let list = |query: &str| sim.http().get(&format!("{API}/bindings{query}")).json().as_array().unwrap().len();
    assert_eq!((list(""), list("?iMid=ALPHA00001"), list("?iMid=BETA000001&referenceNo=bind")), (2, 1, 1));
    assert_eq!((list("?iMid=PAYLOANTES"), list("?referenceNo=other")), (0, 0));

    // One's reset leaves the other's alone, and takes what was on its way.
    let mut open = Walk::of(&sim, &one, to(&receiver, "open", &one));
    sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": "ALPHA00001" }));
    let gone = open.get("signin");
    assert_eq!((gone.status, gone.diagnosis()), (404, "page/unknown-link"));
    assert_eq!(open.back().status, 404);
    assert_eq!(one.user_details(&first).diagnosis(), "userToken/unknown");
    assert_eq!(two.user_details(&second).result_cd(), "0000");
    sim.advance("48h");
    assert_eq!(receiver.only().field("userToken"), second);
    assert_eq!((list("?iMid=ALPHA00001"), list("")), (0, 1));
    sim.http().send("DELETE", &format!("{API}/merchants/BETA000001"), &[], "");
    assert_eq!(list(""), 0, "a merchant who is gone leaves nothing");
    Walk::of(&sim, &one, to(&receiver, "bind", &one)).link("081291891818", "414141");
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    assert_eq!(list(""), 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// The control API

fn play(sim: &Simulator, id: &str, body: &Value) -> Reply {
    sim.http().post_json(&format!("{API}/bindings/{id}/buyer"), body)
}

#[test]
fn the_control_api_shows_a_binding() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop));
    let one = sim.http().get(&format!("{API}/bindings/1"));
    assert_eq!((one.status, one.json()), (200, walk.shown()));
    assert_eq!(
        one.json(),
        json!({
            "id": "1", "iMid": "PAYLOANTES", "referenceNo": "bind-1", "state": "registered", "rule": "approve/default",
            "createdAt": "2025-12-31T17:00:00Z", "expiresAt": "2026-01-01T17:00:00Z", "mitraCd": "KDVI",
            "billingNm": "Jhon Doe", "billingPhone": PHONE, "billingEmail": "buyer@merchant.com",
            "clientUserKey": "customer-7", "dbProcessUrl": receiver.url(), "callBackUrl": WAY_BACK,
            "partnerUrl": walk.url("signin"), "callbackUrl": null, "notifications": [],
        })
    );
    let walk = walk.link("081291891818", "414141");
    let bound = walk.shown();
    assert_eq!(
        (bound["phone"].as_str(), bound["boundAt"].as_str()),
        (Some("081291891818"), Some("2025-12-31T17:00:00Z"))
    );
    assert_eq!(bound["notifications"].as_array().unwrap().len(), 1);
    for n in 2..=5 {
        shop.bind(shop.binding(&format!("bind-{n}"), PHONE));
    }
    let ids = |query: &str| -> Vec<String> {
        let all = sim.http().get(&format!("{API}/bindings{query}")).json();
        all.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(""), ["1", "2", "3", "4", "5"], "oldest first");
    assert_eq!(ids("?limit=2"), ["4", "5"], "of too many the newest");
    assert_eq!(ids("?referenceNo=bind-3"), ["3"]);
    assert_eq!(sim.http().get(&format!("{API}/bindings?limit=x")).status, 422);
    for id in ["0", "6", "-1", "x", "99999999999999999999", "%00"] {
        let missing = sim.http().get(&format!("{API}/bindings/{id}"));
        assert_eq!((missing.status, missing.header("content-type")), (404, Some("application/problem+json")), "{id}");
        assert_eq!(play(&sim, id, &json!({})).status, 404, "{id}");
    }
}

#[test]
fn the_control_api_plays_the_customer() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let callback = |code: &str, id: usize| {
        format!(
            "{WAY_BACK}&resultCd={code}&resultMsg={}&referenceNo=bind-{id}",
            if code == "0000" { "SUCCESS" } else { "Transaction+Fail.+Please+check+information." }
        )
    };
    for (id, body, state, code, phone) in [
        (1, json!({}), "bound", "0000", Some("081291891818")),
        (2, json!({ "do": "bind" }), "bound", "0000", Some("081291891818")),
        (3, json!({ "do": "bind", "phone": "+62 815-1311-4262" }), "bound", "0000", Some("081513114262")),
        (4, json!({ "do": "reject" }), "failed", "9030", None),
        (5, json!({ "do": "abandon" }), "abandoned", "9030", None),
        (6, json!({ "do": "reject", "phone": "081513114262" }), "failed", "9030", None),
    ] {
        shop.bind(to(&receiver, &format!("bind-{id}"), &shop));
        let played = play(&sim, &id.to_string(), &body);
        let answer = played.json();
        assert_eq!(played.status, 200, "{id}: {answer}");
        assert_eq!(keys(&answer), ["state", "userToken", "callbackUrl", "rule"]);
        assert_eq!(answer["state"], state, "{id}");
        assert_eq!(answer["callbackUrl"], callback(code, id), "{id}");
        assert_eq!(answer["userToken"].is_string(), state == "bound", "{id}");
        let shown = sim.http().get(&format!("{API}/bindings/{id}")).json();
        assert_eq!((shown["state"].as_str(), shown["phone"].as_str()), (Some(state), phone), "{id}");
        // It is over: every act is refused, and changes nothing.
        for act in ["bind", "reject", "abandon"] {
            let over = play(&sim, &id.to_string(), &json!({ "do": act }));
            assert_eq!((over.status, over.json()["state"].as_str()), (409, Some(state)), "{id} {act}");
            assert_eq!(over.json()["type"], "urn:nicepay-sim:problem:state");
        }
        assert_eq!(sim.http().get(&format!("{API}/bindings/{id}")).json(), shown, "{id}");
    }
    let reasons: Vec<_> = sim.events("binding.failed").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons, ["ordered", "abandoned", "ordered"]);
    sim.advance("2s");
    assert_eq!(receiver.received().len(), 3, "only who is bound is told");
    assert_eq!(sim.events("token.issued").len(), 2, "the first two are one customer");
}

#[test]
fn the_control_api_plays_on_where_a_browser_is() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", "082112345678"));
    walk.sign_in("081513114262", "663482");
    assert_eq!(play(&sim, "1", &json!({})).json()["state"], "bound");
    assert_eq!(walk.shown()["phone"], "081291891818", "the usual shopper where the billingPhone is nobody's");
    let late = walk.otp("4567");
    walk.leads_to(&late, "result");
    assert_eq!(sim.events("binding.completed").len(), 1);
    // The billingPhone's account, where the lender knows it.
    sim.shop().bind(sim.shop().binding("bind-2", "+62-81513114262"));
    play(&sim, "2", &json!({}));
    assert_eq!(sim.http().get(&format!("{API}/bindings/2")).json()["phone"], "081513114262");
    // Another lender's phone is nobody's here.
    sim.shop().bind(sim.shop().binding("bind-3", "087700000000"));
    play(&sim, "3", &json!({}));
    assert_eq!(sim.http().get(&format!("{API}/bindings/3")).json()["phone"], "081291891818");
}

#[test]
fn who_the_lender_does_not_let_in_cannot_be_played() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    sim.shop().bind(to(&receiver, "bind-1", &sim.shop()));
    let before = sim.http().get(&format!("{API}/bindings/1")).json();
    for (phone, reason) in [("089900000006", "inactive"), ("089900000007", "locked")] {
        let played = play(&sim, "1", &json!({ "phone": phone }));
        let answer = played.json();
        assert_eq!((played.status, answer["state"].as_str()), (200, Some("registered")), "{phone}");
        assert_eq!((answer["reason"].as_str(), answer["userToken"].is_null()), (Some(reason), true), "{phone}");
    }
    for (body, status) in [
        (json!({ "phone": "089912345678" }), 422),
        (json!({ "phone": "087700000000" }), 422),
        (json!({ "phone": "0838499610", "do": "reject" }), 422),
        (json!({ "phone": "abc" }), 422),
        (json!({ "phone": "" }), 422),
        (json!({ "do": "pay" }), 422),
        (json!({ "do": "" }), 422),
        (json!({ "do": 1 }), 400),
        (json!({ "do": "bind", "months": 1 }), 400),
        (json!([]), 400),
    ] {
        let refused = play(&sim, "1", &body);
        assert_eq!(
            (refused.status, refused.header("content-type")),
            (status, Some("application/problem+json")),
            "{body}"
        );
    }
    assert_eq!(sim.http().get(&format!("{API}/bindings/1")).json(), before, "a refused call changes nothing");
    assert_eq!(sim.http().get(&format!("{API}/bindings/1/buyer")).status, 405);
    sim.advance("24h");
    assert_eq!(play(&sim, "1", &json!({})).json()["state"], "expired");
    nothing_came(&sim, &receiver, "nobody was let in");
}

#[test]
fn a_story_decides_about_the_played_customer_too() {
    let sim = Simulator::builder().scenario("binding-rejected").start();
    let receiver = sim.receiver();
    sim.shop().bind(to(&receiver, "bind-1", &sim.shop()));
    let answer = play(&sim, "1", &json!({})).json();
    assert_eq!(
        (answer["state"].as_str(), answer["rule"].as_str()),
        (Some("failed"), Some("binding-rejected/everything"))
    );
    nothing_came(&sim, &receiver, "rejected");
}

// ---------------------------------------------------------------------------------------------------------------------
// Bad input

/// A refusal with every key, nothing but code and text filled, a line in the log, and nothing stored.
#[track_caller]
fn refused(sim: &Simulator, what: &str, answer: &Reply, code: &str, slug: &str) {
    let why = answer.header("x-sim-diagnosis");
    assert_eq!((answer.status, answer.result_cd().as_str(), answer.diagnosis()), (200, code, slug), "{what}: {why:?}");
    let body = answer.json();
    assert_eq!(keys(&body), KEYS, "{what}");
    assert!(body["resultMsg"].is_string(), "{what}");
    assert!(body.as_object().unwrap().iter().skip(2).all(|(_, value)| value.is_null()), "{what}: {body}");
    assert!(why.is_some_and(|why| why.is_ascii() && why.len() <= 1_024), "{what}: {why:?}");
    let log = sim.events("transaction.refused");
    let last = log.last().unwrap_or_else(|| panic!("{what}: nothing in the log"));
    assert_eq!(
        (last["endpoint"].as_str(), last["resultCd"].as_str(), last["diagnosis"].as_str()),
        (Some("userAccountBinding"), Some(code), why),
        "{what}"
    );
    assert!(sim.events("binding.registered").is_empty(), "{what}: stored");
    assert_eq!(sim.http().get(&format!("{API}/bindings")).json(), json!([]), "{what}");
}

fn both() -> [(&'static str, Simulator); 2] {
    ["lenient", "strict"].map(|profile| (profile, Simulator::builder().profile(profile).start()))
}

/// A whole request, signed over what it says; what is missing signs as nothing.
fn signed(shop: &Shop, mut body: Value) -> Value {
    let text = |name: &str| match &body[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let token = shop.sign(&[&text("iMid"), &text("referenceNo"), &text("billingPhone")]);
    body["merchantToken"] = token.into();
    body
}

fn full(shop: &Shop) -> Value {
    let binding = with(shop.binding("bind-1", PHONE), "clientUserKey", "customer-7");
    let binding = with(with(binding, "callBackUrl", WAY_BACK), "userIP", "127.0.0.1");
    with(with(binding, "iMid", "PAYLOANTES"), "timeStamp", "20260101120000")
}

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

#[test]
fn a_lender_that_is_switched_off() {
    let sim = Simulator::start();
    sim.http().put_json(&format!("{API}/merchants/PAYLOANTES"), &json!({ "partners": ["AKLP"] }));
    let shop = sim.shop();
    let answer = shop.bind(shop.binding("bind-1", PHONE));
    refused(&sim, "KDVI", &answer, "9108", "mitraCd/inactive");
    let answer = shop.bind(with(shop.binding("bind-1", PHONE), "mitraCd", "IDNA"));
    refused(&sim, "IDNA", &answer, "9108", "mitraCd/inactive");
    let answer = shop.bind(with(shop.binding("bind-1", PHONE), "mitraCd", "AKLP"));
    refused(&sim, "AKLP", &answer, "8003", "mitraCd/no-tokens");
}

#[test]
fn beyond_the_limit_the_oldest_goes() {
    let sim = Simulator::builder().settings("max-transactions = 2").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let numbers = || {
        let all = sim.http().get(&format!("{API}/bindings")).json();
        all.as_array().unwrap().iter().map(|one| one["referenceNo"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut first = Walk::begin(&sim, to(&receiver, "bind-1", &shop));
    let mut second = Walk::begin(&sim, to(&receiver, "bind-2", &shop));
    let third = Walk::begin(&sim, to(&receiver, "bind-3", &shop));
    assert_eq!(numbers(), ["bind-2", "bind-3"]);
    assert_eq!((first.get("signin").status, first.back().status, second.get("signin").status), (404, 404, 200));
    let third = third.link("081291891818", "414141");
    assert_eq!(shop.register(&shop.order("order", 10_000)).result_cd(), "0000", "orders have their own room");
    sim.advance("24h");
    assert_eq!(receiver.only().field("userToken"), third.token());
    let ended: Vec<_> = sim.events("binding.failed").iter().map(|event| event["referenceNo"].clone()).collect();
    assert_eq!(ended, ["bind-2"], "nothing more happens to the one that is gone");
}

#[test]
fn bodies_that_are_no_request() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let good = signed(&shop, full(&shop)).to_string();
    let json = &[("content-type", "application/json")];
    let mut deep = full(&shop);
    deep["x"] = (0..70).fold(json!(1), |inner, _| json!([inner]));
    for (body, slug) in [
        (Vec::new(), "body/empty"),
        (b"hello".to_vec(), "body/not-json"),
        (good.as_bytes()[..good.len() / 2].to_vec(), "body/truncated"),
        (b"[]".to_vec(), "body/not-an-object"),
        (b"{\"iMid\":\"\xff\"}".to_vec(), "body/not-utf-8"),
        (br#"{"iMid":"a","iMid":"b"}"#.to_vec(), "body/duplicate-key"),
        (deep.to_string().into_bytes(), "body/too-deep"),
        (b"iMid=PAYLOANTES&referenceNo=x".to_vec(), "body/not-json"),
    ] {
        let answer = sim.http().send("POST", BINDING, json, body);
        refused(&sim, slug, &answer, "9001", slug);
    }
    let form = sim.http().send("POST", BINDING, &[("content-type", "text/plain")], good.clone());
    assert_eq!(form.result_cd(), "0000");
    assert!(form.header("x-sim-note").unwrap().starts_with("body/content-type"));
    let strict = Simulator::builder().profile("strict").start();
    let form = strict.http().send("POST", BINDING, &[("content-type", "text/plain")], good);
    refused(&strict, "content type", &form, "9001", "body/content-type");
}

#[test]
fn wrong_tokens_are_explained() {
    let (ts, mid, reference) = ("20260101120000", "PAYLOANTES", "bind-1");
    for (profile, sim) in both() {
        sim.new_shop("ALPHA00001", "another-key");
        let (shop, other) = (sim.shop(), sim.new_shop("ALPHA00001", "another-key"));
        let good = shop.sign(&[mid, reference, PHONE]);
        for (token, slug) in [
            (shop.sign(&[reference, PHONE]), "merchantToken/missing-iMid"),
            (shop.sign(&[mid, PHONE]), "merchantToken/missing-referenceNo"),
            (shop.sign(&[mid, reference]), "merchantToken/missing-field"),
            (shop.sign(&[reference, mid, PHONE]), "merchantToken/field-order"),
            (shop.sign(&[mid, PHONE, reference]), "merchantToken/field-order"),
            (shop.sign(&[mid, "BIND-1", PHONE]), "merchantToken/referenceNo-differs"),
            (shop.sign(&[ts, mid, reference]), "merchantToken/other-recipe"),
            (other.sign(&[mid, reference, PHONE]), "merchantToken/other-key"),
            (shop.sign(&[mid, "|", reference, "|", PHONE, "|"]), "merchantToken/separator"),
            (shop.sign(&[mid, reference, "081291891818"]), "merchantToken/billingPhone-differs"),
            (good[..32].to_owned(), "merchantToken/other-hash"),
            (format!("{good}\n"), "merchantToken/blank"),
            ("nonsense".to_owned(), "merchantToken/length"),
        ] {
            let answer = sim.http().post_json(BINDING, &with(full(&shop), "merchantToken", token));
            refused(&sim, &format!("{profile}: {slug}"), &answer, "9010", slug);
        }
        // A-15: with a timeStamp before it.
        let stamped = shop.sign(&[ts, mid, reference, PHONE]);
        let answer = sim.http().post_json(BINDING, &with(full(&shop), "merchantToken", stamped));
        if profile == "strict" {
            refused(&sim, "A-15", &answer, "9010", "merchantToken/with-timeStamp");
        } else {
            assert_eq!(answer.result_cd(), "0000");
            assert!(answer.header("x-sim-note").unwrap().starts_with("merchantToken/with-timeStamp: "));
        }
        let upper = with(full(&shop), "merchantToken", good.to_uppercase());
        assert_eq!(sim.http().post_json(BINDING, &upper).result_cd(), "0000", "either case counts");
    }
}

#[test]
fn the_checks_come_in_their_order() {
    let sim = Simulator::builder().profile("strict").start();
    let shop = sim.shop();
    // Each repair uncovers the next fault.
    let mut body = json!({
        "iMid": "NOBODY0000", "billingEmail": "e".repeat(41), "userIP": "1\n", "callBackUrl": "nowhere",
    });
    let repairs: [(&str, Value, &str, &str); 15] = [
        ("", Value::Null, "9011", "iMid/unknown"),
        ("iMid", "PAYLOANTES".into(), "9010", "merchantToken/missing"),
        ("merchantToken", Value::Null, "9031", "field/missing"),
        ("timeStamp", "20260101120000".into(), "9014", "field/missing"),
        ("referenceNo", "r".repeat(41).into(), "9012", "field/missing"),
        ("payMethod", "01".into(), "8003", "field/missing"),
        ("mitraCd", "AKLP".into(), "9016", "field/missing"),
        ("billingNm", "Jhon".into(), "9017", "field/missing"),
        ("billingPhone", "nobody".into(), "9020", "field/missing"),
        ("dbProcessUrl", "http://127.0.0.1:9/".into(), "9109", "referenceNo/length"),
        ("referenceNo", "bind-1".into(), "8003", "field/length"),
        ("billingEmail", "a@b.c".into(), "8003", "field/control-character"),
        ("userIP", "127.0.0.1".into(), "8003", "billingPhone/format"),
        ("billingPhone", PHONE.into(), "8003", "callBackUrl/format"),
        ("callBackUrl", WAY_BACK.into(), "9108", "payMethod/inactive"),
    ];
    let mut sign = false;
    for (field, value, code, slug) in repairs {
        if field == "merchantToken" {
            sign = true;
        } else if !field.is_empty() {
            body[field] = value;
        }
        let sent = if sign { signed(&shop, body.clone()) } else { body.clone() };
        refused(&sim, field, &sim.http().post_json(BINDING, &sent), code, slug);
    }
    body["payMethod"] = "06".into();
    refused(
        &sim,
        "payMethod",
        &sim.http().post_json(BINDING, &signed(&shop, body.clone())),
        "8003",
        "mitraCd/no-tokens",
    );
    body["mitraCd"] = "KDVI".into();
    assert_eq!(sim.http().post_json(BINDING, &signed(&shop, body)).result_cd(), "0000");
}
