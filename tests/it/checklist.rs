//! The acceptance checklist of `docs/PROTOCOL.md` §9: one test a line. The details are in the other files.

use std::sync::mpsc;

use nicepay_sim::testing::{Answer, Login, Order, Reply, Shop, Simulator};
use serde_json::{Value, json};

use crate::flows::{ANSWER_1, ANSWER_2, SAMPLE_1, SAMPLE_2, client_shapes, without_t_xid};

const CALLBACK: &str = "http://shop.test/thanks?order_id=1";
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";

fn post(sim: &Simulator, path: &str, body: &str) -> Reply {
    sim.http().send("POST", path, &[("content-type", "application/json")], body)
}

/// Registers an order, and has its customer pay it on the lender's pages; answers with the browser's way back, too.
fn pays(sim: &Simulator, shop: &Shop, order: &Order) -> (Reply, String) {
    let registered = shop.register(order);
    assert_eq!(registered.result_cd(), "0000", "{:?}", registered.header("x-sim-diagnosis"));
    let callback = sim.buyer().pay(&shop.payment_url(order, &registered, CALLBACK));
    (registered, callback)
}

#[test]
fn line_1_the_published_vectors_verify_and_both_samples_answer_key_for_key() {
    let sim = Simulator::start();
    let shop = sim.shop();
    #[rustfmt::skip]
    let vectors: [(&[&str], &str); 10] = [
        (&["20210913090977", "PAYLOANTES", "ord20210913090977", "25145"], "596129570572f2ce4f6b459a09c8c1aaf36910ed6f3feb5a6da0a7086233714a"),
        (&["20210913090998", "PAYLOANTES", "ord20210913090998", "25145"], "14d2461cb1d5399c82343d0e3a8e12cdcc845625e966d0ed5fb8de6a02b3433d"),
        (&["20221114114338", "PAYLOANTES", "ORD12345", "10000"], "3a04d0c8581ae37727f87130a0b32f2fe9fe39c66b88347352e7b90aeb5cb6e6"),
        (&["20221213141266", "PAYLOANTES", "PAYLOANTES00202212131410560896", "12000"], "9d1835e8bf87b51b44de9b2455fa37e733a87b12644b9cd4546e2ec2de651863"),
        (&["20210913100917", "PAYLOANTES", PUBLISHED_TOKEN], "1d5b53fb0fe98f32088efd04fabc93cabb0ea3e75f1f2ef75aaa0917d565abf0"),
        (&["20200923132509", "IONPAYTEST", "JWB20092188", "529500"], "a571183b8fd6c6051bcfa85b09c2bf2013e055ce313d00494dfb04b17a6a13ab"),
        (&["20170822170942", "IONPAYTEST", "OrdNo2017717942577", "1000"], "b5149659e1a2f1271fb0833f8ea20e174b6fd389db26bc6ad036cc0dae6fa797"),
        (&["20180305115011", "IONPAYTEST", "ORD12345", "10000"], "a1b747ad8ce72461de6194e1fff3ef5b5022b957d9003d14b52f4d52b5b55fe8"),
        (&["20180302112151", "IONPAYTEST", "99997", "10000"], "b4171e8228be7a75d19ad29b509e76d5fc70a4c000ef87bc55cf0cda72767e72"),
        (&["20180305105635", "IONPAYTEST", "ORD12345", "10000"], "58161e87726ecf5cdaed5462a994d9bf05172d786c1cbfe0ad03e133c5797645"),
    ];
    for (parts, token) in vectors {
        assert_eq!(shop.sign(parts), token, "{parts:?}");
    }
    for (sample, answer) in [(SAMPLE_1, ANSWER_1), (SAMPLE_2, ANSWER_2)] {
        let answered = post(&sim, "/nicepay/direct/v2/registration", sample);
        assert_eq!(without_t_xid(&answered.body), without_t_xid(answer));
    }
    let printed = json!({
        "timeStamp": "20210913100917", "iMid": "PAYLOANTES", "userToken": PUBLISHED_TOKEN,
        "merchantToken": "1d5b53fb0fe98f32088efd04fabc93cabb0ea3e75f1f2ef75aaa0917d565abf0",
    });
    let removed = post(&sim, "/nicepay/direct/v2/remove-token", &printed.to_string());
    let expected = format!(
        r#"{{"resultCd":"0000","resultMsg":"SUCCESS","userToken":"{PUBLISHED_TOKEN}","tokenStatus":"0","description":"12345678deactivated by merchant"}}"#
    );
    assert_eq!(removed.body, expected, "the remove-token sample works as printed, too");
}

#[test]
fn line_2_a_t_xid_has_its_form_with_the_date_in_wib() {
    // Half past eleven at night in Greenwich is the next morning in Jakarta.
    let sim = Simulator::builder().clock("2026-03-31T23:30:00+00:00").start();
    let t_xid = post(&sim, "/nicepay/direct/v2/registration", SAMPLE_1).t_xid();
    assert_eq!((t_xid.len(), &t_xid[..26]), (30, "PAYLOANTES0620260401063000"));
    assert!(t_xid[26..].bytes().all(|b| b.is_ascii_digit()), "{t_xid}");
}

#[test]
fn line_3_tokenize_from_the_registration_to_the_token() {
    // The browser comes by a link that the client did not encode, or by a form.
    for by_form in [false, true] {
        let sim = Simulator::start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let order = shop.order("order-1", 25_145).tokenize("customer-7").notify(receiver.url());
        let registered = shop.register(&order);
        assert_eq!(shop.status(&order, &registered), "9");
        let fields = shop.payment_fields(&order, &registered, CALLBACK);
        let mut buyer = sim.buyer();
        let opened = if by_form {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            buyer.post("/nicepay/direct/v2/payment", &fields)
        } else {
            let query: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            buyer.get(&format!("/nicepay/direct/v2/payment?{}", query.join("&")))
        };
        assert_eq!(opened.status, 302, "by form: {by_form}");
        let tk = buyer.arrive(opened.location());
        buyer.sign_in(&tk, Login::default());
        buyer.choose(&tk, "3");
        buyer.enter_otp(&tk, "4567");
        let callback = buyer.return_to_shop(&tk);
        assert!(callback.starts_with(&format!("{CALLBACK}&resultCd=0000&resultMsg=SUCCESS&tXid=")), "{callback}");
        assert_eq!(shop.status(&order, &registered), "0");
        sim.advance("2s");
        let told = receiver.only();
        assert_eq!((told.field("status"), told.field("clientUserKey")), ("0", "customer-7"));
        assert_eq!(told.field("userToken").len(), 36);
    }
}

#[test]
fn line_4_seamless_pays_without_a_page_until_the_token_is_removed() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    pays(&sim, &shop, &shop.order("first", 25_145).tokenize("customer-7").notify(receiver.url()));
    sim.advance("2s");
    let token = receiver.only().field("userToken").to_owned();

    let next = shop.order("next", 10_000).seamless(&token);
    let registered = shop.register(&next);
    let logins = sim.events("partner.login").len();
    sim.advance("1s");
    assert_eq!(shop.status(&next, &registered), "0");
    assert_eq!(sim.events("partner.login").len(), logins, "nobody logged in");

    let removed = shop.remove_token(&token).json();
    assert_eq!((&removed["resultCd"], &removed["tokenStatus"]), (&json!("0000"), &json!("0")));
    let refused = shop.register(&shop.order("too-late", 10_000).seamless(&token));
    assert_eq!((refused.result_cd().as_str(), refused.diagnosis()), ("9920", "userToken/inactive"));
}

#[test]
fn line_5_binding_from_the_request_to_the_token() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut binding = shop.binding("bind-1", "+62-81291891818");
    binding["dbProcessUrl"] = receiver.url().into();
    let answer = shop.bind(binding);
    assert_eq!(answer.result_cd(), "0000");
    let mut buyer = sim.buyer();
    let tk = buyer.arrive(answer.json()["redirectUrl"].as_str().unwrap());
    let otp = buyer.sign_in(&tk, Login::default());
    assert_eq!(otp.location(), format!("/kredivo/v2/otp?tk={tk}"), "no plan is asked for");
    buyer.enter_otp(&tk, "4567");
    sim.advance("2s");
    let told = receiver.only();
    assert_eq!((told.field("resultCd"), told.field("tokenStatus"), told.field("referenceNo")), ("0000", "1", "bind-1"));
    let order = shop.order("with-it", 10_000).seamless(told.field("userToken"));
    let registered = shop.register(&order);
    sim.advance("1s");
    assert_eq!(shop.status(&order, &registered), "0", "the token pays");
}

#[test]
fn line_6_reject_and_review_are_told_apart() {
    for (profile, statuses) in [("lenient", vec!["8"]), ("strict", vec![])] {
        let sim = Simulator::builder().scenario("reject").profile(profile).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let order = shop.order("reject", 25_145).notify(receiver.url());
        let (registered, callback) = pays(&sim, &shop, &order);
        assert_eq!(shop.status(&order, &registered), "8");
        assert!(!callback.contains("resultCd=0000"), "{callback}");
        sim.advance("2s");
        let told: Vec<_> = receiver.received().iter().map(|one| one.field("status").to_owned()).collect();
        assert_eq!(told, statuses, "{profile}");
    }
    let sim = Simulator::builder().scenario("review-then-approve").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("review", 25_145).notify(receiver.url());
    let (registered, _) = pays(&sim, &shop, &order);
    assert_eq!(shop.status(&order, &registered), "3");
    sim.advance("2s");
    assert_eq!(receiver.only().field("status"), "3");
    sim.advance("30s");
    assert_eq!(shop.status(&order, &registered), "0");
    assert_eq!(receiver.received()[1].field("status"), "0");
}

#[test]
fn line_7_cancel_unpaid_paid_and_in_part() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let unpaid = shop.cancel(&registered, "1", "25145");
    assert_eq!((unpaid.result_cd().as_str(), unpaid.diagnosis()), ("9528", "transaction/unpaid"));
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!(shop.cancel(&registered, "3", "25145").result_cd(), "9301");
    let code = |kind, amt| shop.cancel(&registered, kind, amt).result_cd();
    assert_eq!(code("2", "10000"), "0000");
    assert_eq!((shop.status(&order, &registered).as_str(), code("1", "25145").as_str()), ("0", "9320"));
    assert_eq!(shop.inquire(&order, &registered).json()["cancelAmt"], "10000");
    assert_eq!((code("2", "15146").as_str(), code("2", "15145").as_str()), ("9319", "0000"));
    let end = shop.inquire(&order, &registered).json();
    assert_eq!(
        (&end["status"], &end["resultMsg"], &end["cancelAmt"]),
        (&json!("2"), &json!("refund"), &json!("25145"))
    );
    assert_eq!(code("1", "25145"), "9314");

    let whole = shop.order("whole", 25_145);
    let (registered, _) = pays(&sim, &shop, &whole);
    assert_eq!(shop.cancel(&registered, "1", "25145").result_cd(), "0000");
    assert_eq!(shop.status(&whole, &registered), "2");
}

/// Does what the plug-in for Woo does with what it is told: `docs/PROTOCOL.md` §6.1.
fn woo(shop: &Shop, fields: &[(String, String)]) -> (u16, Option<&'static str>) {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let is_notification = !field("merchantToken").is_empty() && !field("referenceNo").is_empty();
    if !is_notification || field("status") != "0" {
        return (400, None);
    }
    let asked = shop.order(field("referenceNo"), field("amt").parse().unwrap());
    let token = shop.sign(&["20260101120000", shop.i_mid(), field("referenceNo"), field("amt")]);
    let body = json!({
        "timeStamp": "20260101120000", "tXid": field("tXid"), "iMid": shop.i_mid(), "merchantToken": token,
        "referenceNo": asked.text("referenceNo"), "amt": field("amt"),
    });
    let answer = shop.ask("/nicepay/direct/v2/inquiry", &body).json();
    match (answer["resultCd"].as_str(), answer["status"].as_str()) {
        (Some("0000"), Some("0")) => (200, Some("processing")),
        _ => (400, None),
    }
}

#[test]
fn line_8_every_clients_requests_are_taken_and_woo_completes_its_order() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (client, order) in client_shapes(&shop) {
        let answer = shop.register(&order);
        assert_eq!(answer.result_cd(), "0000", "{client}: {:?}", answer.header("x-sim-diagnosis"));
    }
    let receiver = sim.receiver();
    let (tell, told) = mpsc::channel();
    let handler = shop.clone();
    receiver.answer_with(move |received| {
        // The inquiry is made from inside, while our notification waits for its answer.
        let (status, order_is) = woo(&handler, &received.fields());
        tell.send(order_is).unwrap();
        Answer::status(status)
    });
    pays(&sim, &shop, &shop.order("woo-4712", 25_145).notify(receiver.url()));
    sim.advance("2s");
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [Some("processing")]);
    assert_eq!(sim.events("notification.delivered").len(), 1);
}

#[test]
fn line_9_a_receiver_that_fails_gets_four_attempts_a_minute_apart_and_200_ends_them() {
    let sim = Simulator::start();
    let (shop, failing, recovering) = (sim.shop(), sim.receiver(), sim.receiver());
    failing.answer(500);
    let mut answers = [500, 200].into_iter();
    recovering.answer_with(move |_| Answer::status(answers.next().expect("nothing is sent after a 200")));
    pays(&sim, &shop, &shop.order("fails", 25_145).notify(failing.url()));
    pays(&sim, &shop, &shop.order("recovers", 25_145).notify(recovering.url()));
    for (at, attempts) in [("1999ms", 0), ("1ms", 1), ("59999ms", 1), ("1ms", 2), ("60s", 3), ("60s", 4), ("24h", 4)] {
        sim.advance(at);
        assert_eq!(failing.received().len(), attempts, "after {at} more");
    }
    assert_eq!(recovering.received().len(), 2);
}

type Change<'a> = Box<dyn Fn(Order) -> Order + 'a>;

#[test]
fn line_10_the_strict_profile_refuses_what_the_live_sandbox_refuses() {
    let cart = |item: Value| json!({ "count": "1", "item": [item] }).to_string();
    let line =
        |amt: &str, url: &str| json!({ "goods_name": "x", "goods_amt": amt, "goods_quantity": "1", "goods_url": url });
    let web = "http://merchant.com/x";

    let rows: [(&str, Change<'_>, &str, &str); 7] = [
        ("callBackUrl", Box::new(|o| o.with("callBackUrl", "http://shop.test/")), "8003", "0000"),
        ("a local URL", Box::new(|o| o.with("cartData", cart(line("25145", "http://localhost/x")))), "P380", "0000"),
        ("userIP", Box::new(|o| o.without("userIP")), "9024", "0000"),
        ("billingPhone", Box::new(|o| o.with("billingPhone", "")), "9017", "0000"),
        ("sellers", Box::new(|o| o.without("sellers")), "8003", "0000"),
        ("the sum", Box::new(|o| o.with("cartData", cart(line("25144", web)))), "9907", "9907"),
        ("a negative line", Box::new(|o| o.with("cartData", cart(line("-25145", web)))), "1002", "1002"),
    ];
    for (profile, strict) in [("strict", true), ("lenient", false)] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        for (i, (what, change, in_strict, in_lenient)) in rows.iter().enumerate() {
            let answer = shop.register(&change(shop.order(&format!("r{i}"), 25_145)));
            let expected = if strict { in_strict } else { in_lenient };
            assert_eq!(answer.result_cd(), *expected, "{profile}: {what}: {:?}", answer.header("x-sim-diagnosis"));
        }
    }
}
