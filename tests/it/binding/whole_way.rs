//! The whole way: from the request over the pages of the lender to the notification.

use nicepay_sim::testing::{Reply, Simulator};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use super::{API, BINDING, KEYS, PHONE, WAY_BACK, Walk, attr, keys, said, to, with};
use crate::bodies::without;

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
    insta::assert_snapshot!(receiver.only().snapshot(&receiver));
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
    assert!(page.body.contains("Permintaan ini tidak menghubungkan akun Kredivo Anda ke PAYLOANTES."), "{}", page.body);

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
        assert_eq!((back.status, back.location()), (302, format!("{}{}", sim.url(), walk.url("signin")).as_str()));
        walk.sign_in("081291891818", "414141");
    }
    assert!(sim.events("callback.sent").is_empty());
    assert_eq!(walk.state(), "at-partner");
}
