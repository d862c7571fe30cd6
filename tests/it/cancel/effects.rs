//! What a cancel changes, and what it leaves alone: limits, tokens, notifications, pages.

use nicepay_sim::testing::{Login, Reply, Simulator};
use scraper::{Html, Selector};
use serde_json::json;

use super::{AMT, API, CALLBACK, CANCEL, PHONE, Sale, signed};
use crate::bodies::set;

#[test]
fn the_limit_comes_back() {
    let sim = Simulator::builder().scenario("instant").start();
    let shop = sim.shop();
    let issued = sim.http().post_json(
        "/__sim/api/tokens",
        &json!({ "iMid": "PAYLOANTES", "clientUserKey": "poor", "phone": "081513114262" }),
    );
    let token = issued.json()["userToken"].as_str().unwrap().to_owned();
    let remaining = || {
        let details = shop.user_details(&token).json();
        let limits = details["limitDetails"].as_array().unwrap().clone();
        assert_eq!(limits.len(), 1, "30 days only: {details}");
        let at_control = sim.http().get(&format!("{API}/shoppers/081513114262?iMid=PAYLOANTES")).json();
        let text = limits[0]["remainingUserLimit"].as_str().unwrap().to_owned();
        assert_eq!(format!("{}.00", at_control["limits"]["30_days"]["remaining"].as_str().unwrap()), text);
        text
    };
    let buy = |reference_no: &str, amt: u64| {
        let sale = Sale::of(&sim, &shop, shop.order(reference_no, amt).seamless(&token));
        sim.drain();
        sale
    };
    assert_eq!(remaining(), "3500000.00");
    let first = buy("first", 3_000_000);
    assert_eq!((first.stands().0.as_str(), remaining().as_str()), ("0", "500000.00"));
    assert_eq!(buy("does not fit", 500_001).stands().0, "8");
    first.taken(&first.cancel("2", "1"), "1", "1", "refund");
    assert_eq!(remaining(), "500001.00");
    let second = buy("fits again", 500_001);
    assert_eq!((second.stands().0.as_str(), remaining().as_str()), ("0", "0.00"));
    // A refusal gives nothing back.
    first.refuses_cancel("too much", "2", "3000000", "9319", "cancel/too-much");
    assert_eq!(remaining(), "0.00");
    first.taken(&first.cancel("2", "2999999"), "2999999", "3000000", "refund");
    assert_eq!(remaining(), "2999999.00");
    second.taken(&second.cancel("1", "500001"), "500001", "500001", "refund");
    assert_eq!(remaining(), "3500000.00");
    assert_eq!(buy("all of it", 3_500_000).stands().0, "0");
    // Another merchant's copy of the shopper knows nothing of it.
    let other = sim.http().get(&format!("{API}/shoppers/081513114262?iMid=IONPAYTEST")).json();
    assert_eq!(other["owes"], "0");
}

#[test]
fn an_account_that_somebody_set_to_owe_less_does_not_owe_less_than_nothing() {
    let sim = Simulator::start();
    let sale = Sale::paid(&sim, "set");
    let path = format!("{API}/shoppers/{PHONE}?iMid=PAYLOANTES");
    assert_eq!(sim.http().put_json(&path, &json!({ "owes": 100 })).status, 200);
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(sale.shopper(PHONE)["owes"], "0");
    assert_eq!(sale.shopper(PHONE)["limits"]["30_days"]["remaining"], "3500000");
}

#[test]
fn every_lender_and_checkout_gives_money_back() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for (partner, phone) in [("KDVI", PHONE), ("AKLP", "087700000000"), ("IDNA", "0838499610")] {
        let order = shop.order(partner, AMT).with("mitraCd", partner);
        let sale = Sale::of(&sim, &shop, order);
        sale.pay();
        assert_eq!(sale.shopper(phone)["owes"], "25145", "{partner}");
        sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
        assert_eq!(sale.shopper(phone)["owes"], "25000", "{partner}");
        sale.taken(&sale.cancel("2", "25000"), "25000", "25145", "refund");
        assert_eq!(sale.shopper(phone)["owes"], "0", "{partner}");
        assert_eq!(sale.inquiry()["mitraCd"], partner);
    }
    // A Checkout's tXid has 00 in it, and is cancelled with 06, as in the published sample, or with 00.
    for pay_method in ["06", "00"] {
        let order =
            shop.order(&format!("checkout-{pay_method}"), AMT).with("payMethod", "00").with("callBackUrl", CALLBACK);
        let registered = shop.checkout(&order);
        assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
        let sale = Sale::registered(&sim, &shop, order, registered);
        assert_eq!(&sale.t_xid()[10..12], "00");
        sale.refuses_cancel("no lender is chosen yet", "1", "25145", "9528", "transaction/unpaid");
        sale.pay();
        let body = signed(&shop, set(sale.fields("1", "25145"), "payMethod", pay_method.into()));
        sale.taken(&sim.http().post_json(CANCEL, &body), "25145", "25145", "refund");
        assert_eq!(sale.stands(), ("2".into(), "refund".into(), Some("25145".into())));
    }
}

#[test]
fn a_cancel_does_not_stop_what_was_on_its_way_and_sends_nothing_itself() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let sale = Sale::of(&sim, &shop, shop.order("fast", AMT).notify(receiver.url()));
    sale.pay();
    // Before the merchant hears of the payment.
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    sim.advance("48h");
    assert_eq!(receiver.only().field("status"), "0", "the payment's");
    assert_eq!(sim.http().get(&format!("{API}/notifications")).json().as_array().unwrap().len(), 1);
}

#[test]
fn a_token_survives_the_cancel_of_what_it_came_with() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let sale = Sale::of(&sim, &shop, shop.order("with a token", AMT).tokenize("customer-7").notify(receiver.url()));
    sale.pay();
    sim.drain();
    let token = receiver.only().field("userToken").to_owned();
    sale.taken(&sale.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(sale.transaction()["userToken"], token);
    assert_eq!(shop.user_details(&token).result_cd(), "0000");
    let next = Sale::of(&sim, &shop, shop.order("next", AMT).seamless(&token));
    sim.drain();
    assert_eq!(next.stands().0, "0");
    next.taken(&next.cancel("1", "25145"), "25145", "25145", "refund");
    // And one that was removed stays so.
    assert_eq!(shop.remove_token(&token).result_cd(), "0000");
    let other = Sale::paid(&sim, "other");
    other.taken(&other.cancel("1", "25145"), "25145", "25145", "refund");
    assert_eq!(shop.user_details(&token).diagnosis(), "userToken/inactive");
    assert!(sim.events("token.revoked").is_empty());
}

#[test]
fn the_pages_of_a_cancelled_order_say_so() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let sale = Sale::of(&sim, &shop, shop.order("pages", AMT));
    let url = sale.payment_url();
    let mut buyer = sim.buyer();
    let tk = buyer.open(&url);
    buyer.sign_in(&tk, Login::default());
    buyer.choose(&tk, "1");
    buyer.enter_otp(&tk, "4567");
    let page =
        |path: &str| sim.http().send("GET", &format!("/kredivo/v2/{path}?tk={tk}"), &[("accept-language", "en")], "");
    let slug = |page: &Reply, name: &str| {
        let html = Html::parse_document(&page.body);
        let found = html
            .select(&Selector::parse(&format!("[{name}]")).unwrap())
            .next()
            .unwrap_or_else(|| panic!("{}", page.body));
        found.attr(name).unwrap().to_owned()
    };
    // Partly cancelled it is still a paid one.
    sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
    assert_eq!(slug(&page("result"), "data-outcome"), "approved");
    assert!(buyer.return_to_shop(&tk).contains("resultCd=0000"));
    sale.taken(&sale.cancel("2", "25000"), "25000", "25145", "refund");

    for path in [&url, &url.replace("http://shop.test", "http://elsewhere.test")] {
        let opened = sim.http().get(path);
        assert_eq!((opened.status, opened.diagnosis()), (302, "transaction/paid"));
        assert!(opened.location().contains("?resultCd=9126&"), "{}", opened.location());
        assert!(opened.location().contains(&format!("tXid={}", sale.t_xid())), "{}", opened.location());
    }
    let fields = shop.payment_fields(&sale.order, &sale.registered, CALLBACK);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let posted = sim.http().post_form("/nicepay/direct/v2/payment", &fields, &[]);
    assert!(posted.location().contains("resultCd=9126"), "{}", posted.location());

    let result = page("result");
    assert_eq!((result.status, slug(&result, "data-outcome").as_str()), (200, "refunded"));
    assert!(result.body.contains("Payment refunded"), "{}", result.body);
    assert_eq!(Html::parse_document(&result.body).select(&Selector::parse("form").unwrap()).count(), 0);
    let sign_in = page("signin");
    assert_eq!((sign_in.status, slug(&sign_in, "data-notice").as_str()), (409, "already-paid"));
    for path in ["plan", "otp"] {
        let sent_on = page(path);
        assert_eq!(
            (sent_on.status, sent_on.location()),
            (303, format!("/kredivo/v2/result?tk={tk}").as_str()),
            "{path}"
        );
    }
    // Forms of open tabs change nothing.
    let before = sale.state();
    buyer.sign_in(&tk, Login::default());
    buyer.choose(&tk, "3");
    buyer.enter_otp(&tk, "4567");
    buyer.post(&format!("/kredivo/v2/cancel?tk={tk}"), &[]);
    buyer.post(&format!("/kredivo/v2/otp/resend?tk={tk}"), &[]);
    let back = buyer.return_to_shop(&tk);
    assert!(!back.contains("resultCd=0000"), "what is given back is not paid: {back}");
    sale.is_still(&before, "this");
    // Nor does whoever plays the customer or the lender.
    for (path, body) in [
        ("buyer", json!({})),
        ("buyer", json!({ "do": "abandon" })),
        ("partner", json!({ "do": "approve" })),
        ("partner", json!({ "do": "expire" })),
    ] {
        let answer = sim.http().post_json(&format!("{API}/transactions/{}/{path}", sale.t_xid()), &body);
        assert_eq!((answer.status, &answer.json()["stage"]), (409, &json!("cancelled")), "{path} {body}");
    }
    sale.is_still(&before, "this");
}

#[test]
fn a_cancelled_seamless_payment_is_paid_no_more() {
    let sim = Simulator::builder().scenario("instant").start();
    let shop = sim.shop();
    let sale = Sale::of(&sim, &shop, shop.order("seamless", AMT).seamless("e0478456-6b50-460c-85e0-627a1e22d2e0"));
    sim.drain();
    sale.taken(&sale.cancel("2", "145"), "145", "145", "refund");
    assert!(sim.http().get(&sale.payment_url()).location().contains("resultCd=0000"), "a part: it is still paid");
    sale.taken(&sale.cancel("2", "25000"), "25000", "25145", "refund");
    let opened = sim.http().get(&sale.payment_url());
    assert!(opened.location().contains("resultCd=9126"), "{}", opened.location());
    assert_eq!(sale.stands().0, "2");
}
