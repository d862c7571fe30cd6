//! The choice of a lender: made, made anew, given up; and what comes of it.

use nicepay_sim::testing::{Buyer, Received};
use serde_json::{Value, json};

use super::{
    FAILED, LEAVE, LENDERS, PAGE, Till, by_the_link, choose, html, narrow, notice, offered, page_of, pay_at, texts,
    wide,
};

fn fields(notification: &Received) -> Vec<(String, String)> {
    notification.fields().into_iter().filter(|(name, _)| name != "merchantToken").collect()
}

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
        assert_eq!(folder, format!("{}/{slug}/v2/signin", till.sim.url()));
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
        let steps: &[&str] = if slug == "indodana" {
            &["partner.otp-sent", "partner.otp-passed", "partner.plan-chosen", "partner.pin-confirmed"]
        } else {
            &["partner.plan-chosen", "partner.otp-sent", "partner.otp-passed"]
        };
        let before = ["transaction.registered", "payment.opened", "partner.login"];
        let after = ["transaction.approved", "notification.scheduled", "callback.sent"];
        assert_eq!(till.story(&registered), [&before, steps, &after].concat(), "{slug}");
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
        assert_eq!(answer.as_object().unwrap().len(), 46);
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
    let sign_in = format!("{}/kredivo/v2/signin?tk={tk}", till.sim.url());
    assert_eq!(choose(&mut buyer, &registered, "KDVI").location(), sign_in);
    assert_eq!(buyer.get(&format!("/kredivo/v2/signin?tk={tk}")).location(), format!("/kredivo/v2/otp?tk={tk}"));

    let other = choose(&mut buyer, &registered, "IDNA");
    let sign_in = format!("{}/indodana/v2/signin?tk={tk}", till.sim.url());
    assert_eq!((other.status, other.location()), (303, sign_in.as_str()));
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
    buyer.walk(&tk, indodana);
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

#[test]
fn an_order_whose_lenders_were_switched_off_says_so() {
    let till = Till::new();
    let registered = till.take(&till.order("late"));
    till.put_partners(&[]);
    let page = till.sim.http().get(&page_of(&registered));
    assert_eq!((page.status, notice(&page).as_str(), page.diagnosis()), (409, "nothing-offered", "mitraCd/inactive"));
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
