//! Tokens at Checkout: one is issued by Kredivo only, and one that is there pays without a page.

use super::{CALLBACK, LEAVE, LENDERS, Till, by_the_link, choose, notice, offered, page_of, pay_at, wide};

const USER_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";

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
