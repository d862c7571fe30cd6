//! The two published samples as printed, and the flows of `docs/PROTOCOL.md` §1, in detail.

use nicepay_sim::testing::{Buyer, Login, Order, Shop, Simulator};
use serde_json::{Value, json};

/// The published sample requests (`docs/PROTOCOL.md` §2.1.4, §2.1.5).
pub(crate) const SAMPLE_1: &str = include_str!("samples/registration-tokenize.json");
pub(crate) const SAMPLE_2: &str = include_str!("samples/registration-seamless.json");
pub(crate) const ANSWER_1: &str = include_str!("samples/answer-tokenize.json");
pub(crate) const ANSWER_2: &str = include_str!("samples/answer-seamless.json");
const UNPAID: &str = include_str!("samples/inquiry-unpaid.json");
const CALLBACK: &str = "http://shop.test/thanks?order_id=1";

/// Keys and values in order, as text; `tXid` is left out, as it always differs.
pub(crate) fn without_t_xid(json: &str) -> Vec<(String, Value)> {
    let object: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap();
    assert_eq!(object.keys().filter(|key| *key == "tXid").count(), 1);
    object.into_iter().map(|(key, value)| if key == "tXid" { (key, Value::Null) } else { (key, value) }).collect()
}

fn post(sim: &Simulator, path: &str, body: &str) -> nicepay_sim::testing::Reply {
    sim.http().send("POST", path, &[("content-type", "application/json")], body)
}

#[test]
fn sample_1_gives_the_documented_answer_key_for_key() {
    let sim = Simulator::start();
    let answer = post(&sim, "/nicepay/direct/v2/registration", SAMPLE_1);
    assert_eq!(without_t_xid(&answer.body), without_t_xid(ANSWER_1));
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
    assert_eq!(answer.header("x-sim-rule"), Some("approve/default"));
}

#[test]
fn sample_2_pays_with_the_built_in_token() {
    let sim = Simulator::start();
    let answer = post(&sim, "/nicepay/direct/v2/registration", SAMPLE_2);
    assert_eq!(without_t_xid(&answer.body), without_t_xid(ANSWER_2));
    sim.expect("token.used").of(&answer.t_xid()).times(1);
    sim.expect("transaction.approved").of(&answer.t_xid()).times(1);
    sim.advance("1s");
}

#[test]
fn the_t_xid_has_its_form_with_the_date_in_wib() {
    let sim = Simulator::builder().clock("2026-03-31T23:30:00+00:00").start();
    let t_xid = post(&sim, "/nicepay/direct/v2/registration", SAMPLE_1).t_xid();
    assert_eq!(t_xid.len(), 30);
    assert!(t_xid.starts_with("PAYLOANTES0620260401063000"), "{t_xid}: WIB is seven hours ahead");
    assert!(t_xid[26..].bytes().all(|b| b.is_ascii_digit()));
}

#[test]
fn an_unpaid_order_is_inquired_with_the_documented_keys_and_six_newer_ones() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("ORD12345", 10_000).with("instmntType", "1");
    let registered = shop.register(&order);
    let answer = shop.inquire(&order, &registered);
    let mut expected = without_t_xid(UNPAID);
    // The registration's own time.
    for (key, value) in &mut expected {
        match key.as_str() {
            "reqDt" => *value = "20260101".into(),
            "reqTm" => *value = "000000".into(),
            _ => {}
        }
    }
    assert_eq!(expected.len(), 40);
    let newer = ["paymentExpDt", "paymentExpTm", "paymentTrxSn", "cancelTrxSn", "userId", "shopId"];
    expected.extend(newer.map(|key| (key.to_owned(), Value::Null)));
    assert_eq!(without_t_xid(&answer.body), expected);
}

/// Registration 1 → payment → login → plan → OTP → callback, inquiry 9 → 0, notification with the token.
fn tokenize_flow(open: impl Fn(&mut Buyer, &Shop, &Order, &nicepay_sim::testing::Reply) -> String) {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order-1", 25_145).tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    let mut buyer = sim.buyer();
    let tk = open(&mut buyer, &shop, &order, &registered);
    assert_eq!(shop.status(&order, &registered), "9");
    assert_eq!(buyer.get(&format!("/kredivo/v2/signin?tk={tk}")).status, 200);
    assert_eq!(buyer.sign_in(&tk, Login::default()).location(), format!("/kredivo/v2/plan?tk={tk}"));
    assert_eq!(buyer.choose(&tk, "3").location(), format!("/kredivo/v2/otp?tk={tk}"));
    assert_eq!(buyer.enter_otp(&tk, "4567").location(), format!("/kredivo/v2/result?tk={tk}"));
    assert_eq!(shop.status(&order, &registered), "0", "paid before the browser comes back");
    assert_eq!(shop.inquire(&order, &registered).json()["instmntMon"], "3", "the tenor that the customer chose");
    let callback = buyer.return_to_shop(&tk);
    let t_xid = registered.t_xid();
    assert_eq!(
        callback,
        format!(
            "{CALLBACK}&resultCd=0000&resultMsg=SUCCESS&tXid={t_xid}&referenceNo=order-1&payMethod=06&amt=25145\
             &transDt=20260101&transTm=000000&description=&mitraCd=KDVI&currency=IDR&goodsNm=Test+Transaction+Nicepay\
             &billingNm=Customer+Name&instmntMon=3&instmntType=2"
        )
    );
    sim.advance("1999ms");
    assert!(receiver.received().is_empty(), "two seconds after the paid state, not before");
    sim.advance("1ms");
    let notification = receiver.only();
    assert_eq!(notification.field("status"), "0");
    assert_eq!(notification.field("tokenizeUser"), "1");
    assert_eq!(notification.field("clientUserKey"), "customer-7");
    assert_eq!(notification.field("userToken").len(), 36);
    assert_eq!(notification.field("merchantToken"), shop.sign(&["PAYLOANTES", &t_xid, "25145"]));
}

#[test]
fn tokenize_through_an_unencoded_get() {
    tokenize_flow(|buyer, shop, order, registered| {
        // As the Java client builds it: nothing is encoded, callBackUrl has its own `?`.
        let [stamp, t_xid, token, callback] = shop.payment_fields(order, registered, CALLBACK).map(|(_, value)| value);
        let query = format!("timeStamp={stamp}&merchantToken={token}&callBackUrl={callback}&tXid={t_xid}");
        buyer.open(&format!("/nicepay/direct/v2/payment?{query}"))
    });
}

#[test]
fn tokenize_through_a_posted_form() {
    tokenize_flow(|buyer, shop, order, registered| {
        let fields = shop.payment_fields(order, registered, CALLBACK);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let opened = buyer.post("/nicepay/direct/v2/payment", &fields);
        assert_eq!(opened.status, 302);
        opened.location().split_once("tk=").unwrap().1.to_owned()
    });
}

#[test]
fn opening_again_while_unpaid_leads_to_the_same_page() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("again", 25_145);
    let registered = shop.register(&order);
    let url = shop.payment_url(&order, &registered, CALLBACK);
    let mut buyer = sim.buyer();
    let tk = buyer.open(&url);
    buyer.sign_in(&tk, Login::default());
    assert_eq!(sim.buyer().open(&url), tk, "an old link stays good");
    assert_eq!(buyer.get(&format!("/kredivo/v2/signin?tk={tk}")).location(), format!("/kredivo/v2/plan?tk={tk}"));
}

#[test]
fn return_json_format_answers_with_the_partners_absolute_url() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("json", 25_145);
    let registered = shop.register(&order);
    let [stamp, t_xid, token, callback] = shop.payment_fields(&order, &registered, CALLBACK).map(|(_, value)| value);
    // As the Laravel sample builds it: callBackUrl unencoded and last.
    let query =
        format!("timeStamp={stamp}&tXid={t_xid}&merchantToken={token}&returnJsonFormat=1&callBackUrl={callback}");
    let answer = sim.http().get(&format!("/nicepay/direct/v2/payment?{query}"));
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!((json["resultCd"].as_str(), json["tXid"].as_str()), (Some("0000"), Some(t_xid.as_str())));
    let page = json["redirectUrlHttp"].as_str().unwrap();
    assert!(page.starts_with(sim.url()) && page.contains("/kredivo/v2/signin?tk="), "{page}");
    assert_eq!(sim.http().get(page).status, 200, "a client without cookies sees the page");
}

#[test]
fn seamless_settles_after_a_second_without_any_page() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let token = "e0478456-6b50-460c-85e0-627a1e22d2e0";
    let order = shop.order("seamless", 25_145).seamless(token).notify(receiver.url());
    let registered = shop.register(&order);
    sim.advance("999ms");
    assert_eq!(shop.status(&order, &registered), "9");
    sim.advance("1ms");
    assert_eq!(shop.status(&order, &registered), "0");
    sim.advance("2s");
    let notification = receiver.only();
    assert_eq!((notification.field("tokenizeUser"), notification.field("userToken")), ("2", token));
    let fields = notification.fields();
    let owner = fields.iter().find(|(name, _)| name == "clientUserKey").map(|(_, value)| value.as_str());
    assert_eq!(owner, Some("gili.heriawan@nicepay.co.id"), "the token owner's");
    let back = sim.http().get(&shop.payment_url(&order, &registered, CALLBACK));
    assert!(back.location().starts_with(&format!("{CALLBACK}&resultCd=0000")), "never 9126: {}", back.location());
}

#[test]
fn seamless_settles_at_once_when_the_browser_is_sent() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("seamless", 25_145).seamless("e0478456-6b50-460c-85e0-627a1e22d2e0");
    let registered = shop.register(&order);
    let back = sim.http().get(&shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!(back.status, 302);
    assert!(back.location().starts_with(&format!("{CALLBACK}&resultCd=0000")), "{}", back.location());
    assert_eq!(shop.status(&order, &registered), "0");
    sim.advance("10s");
    assert_eq!(sim.events("transaction.approved").len(), 1, "the settlement that was due finds it done");
}

#[test]
fn a_revoked_token_never_pays_again() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let token = "e0478456-6b50-460c-85e0-627a1e22d2e0";
    assert_eq!(sim.http().send("DELETE", &format!("/__sim/api/tokens/{token}"), &[], "").status, 204);
    let refused = shop.register(&shop.order("r", 25_145).seamless(token));
    assert_eq!((refused.result_cd().as_str(), refused.diagnosis()), ("9920", "userToken/inactive"));
}

#[test]
fn reject_is_status_8_with_a_failed_callback_and_a_notification() {
    let sim = Simulator::builder().scenario("reject").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("reject", 25_145).tokenize("c").notify(receiver.url());
    let registered = shop.register(&order);
    let callback = sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    let t_xid = registered.t_xid();
    assert_eq!(
        callback,
        format!(
            "{CALLBACK}&resultCd=9030&resultMsg=Transaction+Fail.+Please+check+information.&tXid={t_xid}\
             &referenceNo=reject&payMethod=06&amt=25145&mitraCd=KDVI"
        )
    );
    assert_eq!(shop.status(&order, &registered), "8");
    sim.advance("2s");
    let notification = receiver.only();
    assert_eq!((notification.field("status"), notification.field("depositDt")), ("8", ""));
    assert!(!notification.body.contains("userToken"), "no token without approval");
    let again = sim.http().get(&shop.payment_url(&order, &registered, CALLBACK));
    assert!(again.location().contains("resultCd=9030"), "{}", again.location());
}

#[test]
fn the_strict_profile_is_silent_about_a_rejection() {
    let sim = Simulator::builder().scenario("reject").profile("strict").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("reject", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    sim.advance("1h");
    assert_eq!(shop.status(&order, &registered), "8");
    assert!(receiver.received().is_empty());
}

#[test]
fn a_review_is_status_3_and_notifies_again_when_it_is_decided() {
    let sim = Simulator::builder().scenario("review-then-approve").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("review", 25_145).tokenize("c").notify(receiver.url());
    let registered = shop.register(&order);
    let callback = sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    assert!(callback.contains("resultCd=0000"), "{callback}");
    assert_eq!(shop.status(&order, &registered), "3");
    sim.advance("2s");
    let pending = receiver.only();
    assert_eq!((pending.field("status"), pending.field("userToken")), ("3", ""));
    sim.advance("28s");
    assert_eq!(shop.status(&order, &registered), "0");
    sim.advance("2s");
    let approved = &receiver.received()[1];
    assert_eq!((approved.field("status"), approved.field("userToken").len()), ("0", 36));
}

#[test]
fn abandon_and_expiry_are_silent() {
    let sim = Simulator::builder().scenario("customer-abandons").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("abandon", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    let url = shop.payment_url(&order, &registered, CALLBACK);
    assert!(sim.buyer().pay(&url).contains("resultCd=9030"));
    assert_eq!(shop.status(&order, &registered), "9", "payable again");
    assert!(sim.http().get(&url).location().starts_with(&format!("{}/kredivo/v2/signin?tk=", sim.url())));
    sim.advance("24h");
    assert_eq!(shop.status(&order, &registered), "8");
    assert!(sim.http().get(&url).location().contains("resultCd=9129"));
    sim.advance("24h");
    assert!(receiver.received().is_empty());
    assert_eq!(sim.events("transaction.expired").len(), 1);
}

#[test]
fn a_paid_order_opened_again_says_so() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("paid", 25_145);
    let registered = shop.register(&order);
    let url = shop.payment_url(&order, &registered, CALLBACK);
    sim.buyer().pay(&url);
    let again = sim.http().get(&url);
    assert!(again.location().starts_with(&format!("{CALLBACK}&resultCd=9126")), "{}", again.location());
    assert_eq!(again.diagnosis(), "transaction/paid");
}

#[test]
fn the_same_customer_keeps_one_living_token() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    for reference in ["one", "two"] {
        let order = shop.order(reference, 25_145).tokenize("customer-7").notify(receiver.url());
        let registered = shop.register(&order);
        sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    }
    sim.drain();
    let tokens: Vec<_> = receiver.received().iter().map(|n| n.field("userToken").to_owned()).collect();
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(sim.events("token.issued").len(), 1);
}

/// What each official client sends as a registration (`docs/PROTOCOL.md` §6.1).
pub(crate) fn client_shapes(shop: &Shop) -> Vec<(&'static str, Order)> {
    let base = |reference: &str| shop.order(reference, 25_145);
    let numbers = r#"{"count":1,"item":[{"goods_id":7,"goods_name":"x","goods_amt":25145,"goods_quantity":1,"goods_url":"http:\/\/localhost\/x"}]}"#;
    let bare = r#"{"count":"2","item":[{"goods_name":"x","goods_amt":"25145","goods_quantity":"1"},{"goods_name":"free","goods_amt":"0","goods_quantity":"1"}]}"#;
    let wrapped = r#"{"count":"1","item":[{"sellersId":"S","sellersUrl":"http://localhost"}]}"#;
    vec![
        ("java", base("java").with("cartData", numbers)),
        ("python", base("python").with("amt", 25_145).without("userIP").with("shopId", "")),
        ("php", base("php").with("payValidDt", Value::Null).with("payValidTm", Value::Null)),
        (
            "woo",
            base("4711")
                .with("referenceNo", 4711)
                .with("vat", "")
                .with("deliveryNm", " ")
                .with("payValidDt", "20260102")
                .with("payValidTm", "235959")
                .with("billingCountry", "ID"),
        ),
        (
            "magento",
            base("magento").with("payValidDt", "").with("reqClientVer", "1.0.0").with("billingCountry", "indonesia"),
        ),
        (
            "laravel",
            base("laravel")
                .with("billingPhone", "")
                .with("recurrOpt", "")
                .with("cartData", bare)
                .with("sellers", wrapped)
                .seamless("e0478456-6b50-460c-85e0-627a1e22d2e0")
                .with("clientUserKey", "gili.heriawan@nicepay.co.id"),
        ),
        ("kotlin", base("kotlin").without("userIP").without("userAgent").with("recurrOpt", "0")),
        ("docs", base("docs").with("callBackUrl", "http://localhost/thanks")),
        ("old spelling", base("old").without("userIP").with("userIp", "127.0.0.1")),
    ]
}

#[test]
fn every_client_shape_of_a_registration_is_accepted() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (client, order) in client_shapes(&shop) {
        let answer = shop.register(&order);
        assert_eq!(answer.result_cd(), "0000", "{client}: {} {:?}", answer.body, answer.header("x-sim-diagnosis"));
        assert_eq!(answer.json()["mitraCd"], "KDVI", "{client}");
    }
    // Python's content type and its cloud address.
    let order = shop.order("python-2", 25_145);
    let body = shop.body(&order).to_string();
    let answer =
        sim.http().send("POST", "/nicepay//direct/v2/registration", &[("content-type", "Application/JSON")], body);
    assert_eq!(answer.result_cd(), "0000");
}

#[test]
fn limits_move_with_seamless_purchases_and_end_them() {
    let sim = Simulator::builder().scenario("instant").start();
    let shop = sim.shop();
    let issued = sim.http().post_json(
        "/__sim/api/tokens",
        &json!({ "iMid": "PAYLOANTES", "clientUserKey": "poor", "phone": "081513114262" }),
    );
    let token = issued.json()["userToken"].as_str().unwrap().to_owned();
    let pay = |reference: &str, amt: u64| {
        let order = shop.order(reference, amt).seamless(&token);
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000");
        sim.drain();
        shop.status(&order, &registered)
    };
    assert_eq!(pay("a", 3_000_000), "0");
    assert_eq!(pay("b", 500_001), "8", "3,500,000 is the limit for 30 days");
    assert_eq!(pay("c", 500_000), "0");
    let shopper = sim.http().get("/__sim/api/shoppers/081513114262?iMid=PAYLOANTES").json();
    assert_eq!(shopper["limits"]["30_days"]["remaining"], "0");
    assert_eq!(sim.http().get("/__sim/api/shoppers/081513114262").json()["limits"]["30_days"]["remaining"], "3500000");
}

#[test]
fn two_simulators_in_one_process_know_nothing_of_each_other() {
    let (one, two) = (Simulator::builder().seed(5).start(), Simulator::builder().seed(5).start());
    let order = one.shop().order("same", 25_145);
    let (first, second) = (one.shop().register(&order), two.shop().register(&order));
    assert_eq!((first.result_cd().as_str(), second.result_cd().as_str()), ("0000", "0000"));
    assert_eq!(first.body, second.body, "the same seed, clock and calls give the same bytes");
    one.advance("24h");
    assert_eq!(one.shop().status(&order, &first), "8");
    assert_eq!(two.shop().status(&order, &second), "9");
}

#[test]
fn another_seed_gives_another_token() {
    let token = |seed| {
        let sim = Simulator::builder().scenario("instant").seed(seed).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let order = shop.order("o", 25_145).tokenize("c").notify(receiver.url());
        let registered = shop.register(&order);
        sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
        sim.drain();
        receiver.only().field("userToken").to_owned()
    };
    assert_eq!(token(1), token(1));
    assert_ne!(token(1), token(2));
}
