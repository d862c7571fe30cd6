//! The story over sockets: linking, one click, unlinking; an expired order, a lost notification, limits.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::json;

use super::{Scene, attributes, findings, no_check_fails, texts};

#[test]
fn the_story_of_linking_one_click_and_unlinking() {
    let mut scene = Scene::new();
    assert_eq!(scene.steps(), ["false"; 4]);
    let payment = scene.buy(&[("product", "mesin-espreso"), ("quantity", "1"), ("link", "1")]);
    let page = scene.pay(&payment);
    assert_eq!(page.state, "early", "the browser is back, and nobody packs because of it");
    assert!(texts(&page.body, "early")[0].contains("0: paid"), "{:?}", texts(&page.body, "early"));
    assert_eq!(findings(&page.body, "callback"), [["not signed, only displayed: resultCd 0000"]]);
    assert!(!scene.linked());

    scene.sim.advance("2s");
    let page = scene.again(&page);
    assert_eq!(page.state, "paid");
    let told = ["merchantToken valid", "inquiry status 0: paid", "order is being packed", "userToken stored"];
    assert_eq!(findings(&page.body, "notification"), [told]);
    assert!(page.body.contains(&["/__sim/transactions/", &page.t_xid].concat()));
    assert!(scene.linked());

    // One click: no page of Kredivo's, and the tenor that the amount fits into.
    let product = scene.page("/demo/products/kopi-gayo");
    assert_eq!(texts(&product.body, "one-click").len(), 1);
    let order = scene.buy(&[("product", "kopi-gayo"), ("pay", "token")]);
    assert!(order.starts_with("/demo/orders/"), "{order}");
    assert_eq!(scene.page(&order).state, "settling");
    scene.sim.advance("3s");
    let page = scene.page(&order);
    assert_eq!(page.state, "paid");
    let sent = texts(&page.body, "sent");
    assert!(sent.iter().any(|sent| sent.contains(r#""tokenizeUser":"2""#)), "{sent:?}");
    assert_eq!(scene.steps(), ["true", "true", "false", "false"]);

    let token = scene.sim.events("token.used")[0]["userToken"].as_str().unwrap().to_owned();
    assert_eq!(scene.customer.post("/demo/account/unlink", &[]).status, 303);
    assert!(!scene.linked());
    assert_eq!(scene.sim.events("token.removed").len(), 1);
    assert_eq!(scene.merchant.user_details(&token).result_cd(), "9920");

    // Linking without buying: the token comes by notification, and Kredivo vouches for it.
    let away = scene.customer.post("/demo/account/link", &[("phone", "0812-9189-1818")]);
    assert_eq!(away.status, 303, "{}", away.body);
    let tk = scene.customer.arrive(away.location());
    scene.customer.sign_in(&tk, Login::default());
    scene.customer.enter_otp(&tk, "4567");
    let back = scene.customer.get(&["/nicepay/v2/userAccountBinding/return?tk=", &tk].concat());
    let landed = scene.customer.get(back.location());
    assert_eq!(landed.location(), "/demo/account");
    let account = scene.page("/demo/account");
    assert_eq!(attributes(&account.body, "linking", "data-linking"), ["back"]);
    assert!(!scene.linked(), "the browser brings no token");
    scene.sim.advance("2s");
    assert!(scene.linked());
    assert_eq!(scene.steps(), ["true"; 4]);

    // No page of the shop shows a user token: whoever has one can pay.
    let tokens = scene.sim.events("token.issued");
    assert_eq!(tokens.len(), 2);
    for path in ["/demo/", "/demo/account", "/demo/checkout?product=kopi-gayo&quantity=1", &order] {
        let body = scene.page(path).body;
        for token in &tokens {
            let token = token["userToken"].as_str().unwrap();
            assert!(!body.contains(token), "{path} shows {token}");
        }
    }
    let shortened = format!("{}\u{2026}", &token[..8]);
    assert!(scene.page(&order).body.contains(&shortened), "what was sent is still there");
    assert_eq!(texts(&scene.page("/demo/account").body, "token-hidden").len(), 1);
    no_check_fails(&scene.sim);
}

#[test]
fn an_address_that_anybody_can_type_packs_nothing() {
    let mut scene = Scene::new();
    scene.buy(&[("product", "penggiling")]);
    let page = scene.newest();
    assert_eq!(page.state, "waiting");
    let typed = format!("/demo/nicepay/return/{}?resultCd=0000&resultMsg=SUCCESS&amt=1450000", page.reference_no);
    assert_eq!(scene.customer.get(&typed).status, 303);
    assert_eq!(scene.again(&page).state, "waiting");
    // Nor does a question of one's own, as long as no notification came.
    let check = format!("/demo/orders/{}/check", page.reference_no);
    assert_eq!(scene.customer.post(&check, &[]).status, 303);
    assert_eq!(scene.again(&page).state, "waiting");
    // Whoever gives up may try again.
    let failed = format!("/demo/nicepay/return/{}?resultCd=9030", page.reference_no);
    scene.customer.get(&failed);
    assert_eq!(scene.again(&page).state, "abandoned");
    let pay = scene.customer.post(&format!("/demo/orders/{}/pay", page.reference_no), &[]);
    let paid = scene.pay(pay.location());
    assert_eq!(paid.state, "early");
    // A day later an order that nobody paid is over.
    scene.buy(&[("product", "penggiling")]);
    let open = scene.newest();
    scene.sim.advance("24h");
    assert_eq!(scene.again(&open).state, "expired");
    assert_eq!(scene.again(&paid).state, "paid");
    scene.customer.post(&format!("/demo/orders/{}/pay", open.reference_no), &[]);
    assert_eq!(scene.again(&open).state, "expired");
}

#[test]
fn a_lost_notification_keeps_nobody_from_what_they_paid_for() {
    let mut scene = Scene::new();
    scene.link_by_buying();
    for fields in [&[("product", "penggiling")][..], &[("product", "kopi-gayo"), ("pay", "token")]] {
        scene.sim.rule(&json!({ "times": 1, "when": { "iMid": "TOKODEMO01" }, "then": { "notify": "lost" } }));
        let payment = scene.buy(fields);
        let page = if fields.len() == 1 { scene.pay(&payment) } else { scene.newest() };
        let waits = if fields.len() == 1 { "early" } else { "settling" };
        let ask = |scene: &mut Scene| {
            let asked = scene.customer.post(&format!("/demo/orders/{}/check", page.reference_no), &[]);
            assert_eq!(asked.status, 303);
            scene.again(&page).state
        };
        // What counts is since when the shop knows: from the browser's return, or from the first question.
        scene.sim.advance(if fields.len() == 1 { "59s" } else { "5m" });
        assert_eq!(ask(&mut scene), waits, "it may still be on its way");
        scene.sim.advance("60s");
        assert_eq!(scene.again(&page).state, waits, "nobody asked");
        assert_eq!(ask(&mut scene), "paid");
        let told = findings(&scene.again(&page).body, "inquiry");
        let packed = told.iter().flatten().filter(|finding| finding.contains("packed")).count();
        assert_eq!(packed, 1, "{told:?}");
        assert_eq!(ask(&mut scene), "paid");
    }
}

#[test]
fn one_click_knows_what_the_last_one_spent() {
    let mut scene = Scene::new();
    scene.link_by_buying();
    let offered = |scene: &mut Scene, product: &str| {
        let page = scene.customer.get(&format!("/demo/products/{product}"));
        attributes(&page.body, "one-click-form", "data-months")
    };
    assert_eq!(offered(&mut scene, "mesin-sangrai"), ["6"]);
    scene.buy(&[("product", "mesin-sangrai"), ("pay", "token"), ("tenor", "6")]);
    let page = scene.newest();
    scene.sim.advance("3s");
    assert_eq!(scene.again(&page).state, "paid");
    // 14.9 of 18.6 million are spent.
    assert_eq!(offered(&mut scene, "mesin-espreso"), ["12"]);
}

/// Some lenders' browsers come back with a form (`docs/PROTOCOL.md` §2.4), which brings no cookie from another site.
#[test]
fn a_browser_may_come_back_with_a_form() {
    let mut scene = Scene::new();
    scene.buy(&[("product", "kopi-gayo")]);
    let page = scene.newest();
    let back = ["/demo/nicepay/return/", &page.reference_no].concat();
    let fields = [("resultCd", "9030"), ("resultMsg", "no")];
    let posted = scene.sim.http().post_form(&back, &fields, &[("origin", "https://dev.nicepay.co.id")]);
    assert_eq!((posted.status, posted.location()), (303, ["/demo/orders/", &page.reference_no].concat().as_str()));
    assert_eq!(scene.again(&page).state, "abandoned");
    let away = scene.customer.post("/demo/account/link", &[("phone", "081291891818")]);
    assert_eq!(away.status, 303);
    let sent = texts(&scene.page("/demo/account").body, "sent").into_iter().find(|sent| sent.contains("callBackUrl"));
    let sent: serde_json::Value = serde_json::from_str(&sent.unwrap()).unwrap();
    let callback = sent["callBackUrl"].as_str().unwrap();
    let posted = scene.sim.http().post_form(callback, &fields, &[]);
    assert_eq!((posted.status, posted.location()), (303, "/demo/account"));
    assert_eq!(attributes(&scene.page("/demo/account").body, "linking", "data-linking"), ["failed"]);
}

#[test]
fn the_strict_gateway_takes_everything_that_the_shop_sends() {
    let mut scene = Scene::of(Simulator::builder().demo().profile("strict").start());
    let page = scene.link_by_buying();
    assert_eq!(page.state, "paid");
    let order = scene.buy(&[("product", "mesin-sangrai"), ("pay", "token"), ("tenor", "6")]);
    scene.sim.advance("3s");
    assert_eq!(scene.page(&order).state, "paid");
    // Rejections are not notified by the live gateway: the shop sees them when it asks.
    let payment = scene.buy(&[("product", "kopi-gayo"), ("chaos", "reject")]);
    assert_eq!(scene.pay(&payment).state, "rejected");
    assert!(scene.sim.events("transaction.refused").is_empty());
    assert_eq!(scene.customer.post("/demo/account/unlink", &[]).status, 303);
    assert!(!scene.linked());
}

#[test]
fn the_part_to_port_uses_nothing_of_this_program() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/nicepay");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| line.trim_start().starts_with("use ")) {
            assert!(!line.contains("crate::"), "{}: {line}", path.display());
        }
    }
}
