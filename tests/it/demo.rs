//! The demo shop over sockets: a merchant that is told everything that a merchant can be told, true and false.

use nicepay_sim::testing::{Buyer, Login, Reply, Shop, Simulator};
use scraper::{Html, Selector};
use serde_json::json;

const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
const NOTIFICATION: &str = "/demo/nicepay/notification";

/// A customer of the shop, and somebody who has the shop's key.
struct Scene {
    sim: Simulator,
    customer: Buyer,
    merchant: Shop,
}

/// An order's page.
struct Page {
    body: String,
    state: String,
    reference_no: String,
    t_xid: String,
}

fn attributes(body: &str, test_id: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(&format!("[data-testid='{test_id}']")).unwrap();
    let page = Html::parse_document(body);
    page.select(&selector).filter_map(|it| it.attr(name)).map(str::to_owned).collect()
}

fn texts(body: &str, test_id: &str) -> Vec<String> {
    let selector = Selector::parse(&format!("[data-testid='{test_id}']")).unwrap();
    let page = Html::parse_document(body);
    page.select(&selector).map(|it| it.text().collect::<String>().trim().to_owned()).collect()
}

/// What the shop concluded from its exchanges of one kind, oldest first.
fn findings(body: &str, kind: &str) -> Vec<Vec<String>> {
    let entry = Selector::parse(&format!("[data-testid='wire-{kind}']")).unwrap();
    let finding = Selector::parse("[data-testid=verdict]").unwrap();
    let page = Html::parse_document(body);
    let of = |it: scraper::ElementRef<'_>| it.select(&finding).map(|it| it.text().collect::<String>()).collect();
    let mut all: Vec<Vec<String>> = page.select(&entry).map(of).collect();
    all.reverse();
    all
}

impl Scene {
    fn new() -> Self {
        Self::of(Simulator::builder().demo().start())
    }

    fn of(sim: Simulator) -> Self {
        let merchant = sim.new_shop("TOKODEMO01", KEY);
        let mut customer = sim.buyer();
        // Verdicts are read in English.
        assert_eq!(customer.get("/demo/?lang=en").status, 200);
        Self { sim, customer, merchant }
    }

    /// Buys, and answers with where that leads.
    fn buy(&mut self, fields: &[(&str, &str)]) -> String {
        let bought = self.customer.post("/demo/orders", fields);
        assert_eq!(bought.status, 303, "{}", bought.body);
        bought.location().to_owned()
    }

    /// Pays at Kredivo, and lets the browser come back.
    fn pay(&mut self, payment: &str) -> Page {
        let callback = self.customer.pay_as(payment, Login { months: "12", ..Login::default() });
        let back = self.customer.get(&callback);
        assert_eq!(back.status, 303, "{}", back.body);
        self.page(back.location())
    }

    fn page(&mut self, address: &str) -> Page {
        let reply = self.customer.get(address);
        assert_eq!(reply.status, 200, "{address}: {}", reply.body);
        assert!(!reply.body.contains(KEY), "the key is on the page");
        let one = |name: &str| attributes(&reply.body, "order", name).pop().unwrap_or_default();
        let (state, reference_no, t_xid) = (one("data-state"), one("data-reference"), one("data-txid"));
        Page { body: reply.body, state, reference_no, t_xid }
    }

    fn again(&mut self, page: &Page) -> Page {
        self.page(&["/demo/orders/", &page.reference_no].concat())
    }

    /// The order that was made last, from the account's page.
    fn newest(&mut self) -> Page {
        let account = self.page("/demo/account");
        let address = attributes(&account.body, "order-link", "href").remove(0);
        self.page(&address)
    }

    fn linked(&mut self) -> bool {
        attributes(&self.page("/demo/account").body, "kredivo", "data-linked") == ["true"]
    }

    fn steps(&mut self) -> Vec<String> {
        let body = self.page("/demo/").body;
        ["buy-and-link", "one-click", "unlink", "link"]
            .iter()
            .flat_map(|step| attributes(&body, &["step-", step].concat(), "data-done"))
            .collect()
    }

    /// Links the account by buying something.
    fn link_by_buying(&mut self) -> Page {
        let payment = self.buy(&[("product", "set-seduh"), ("link", "1")]);
        let page = self.pay(&payment);
        self.sim.advance("2s");
        assert!(self.linked());
        self.again(&page)
    }

    /// Posts a notification with the token that fits it, or another one.
    fn forge(&self, t_xid: &str, amt: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.merchant.sign(&["TOKODEMO01", t_xid, amt]);
        let mut all = vec![("tXid", t_xid), ("amt", amt), ("merchantToken", token.as_str())];
        for field in fields {
            all.retain(|(name, _)| *name != field.0);
            all.push(*field);
        }
        self.sim.http().post_form(NOTIFICATION, &all, &[])
    }
}

/// The integration report on the demo shop has no failed check.
#[track_caller]
fn no_check_fails(sim: &Simulator) {
    let report = sim.http().get("/__sim/api/report?iMid=TOKODEMO01").json();
    let failed: Vec<_> = report["checks"].as_array().unwrap().iter().filter(|check| check["state"] == "fail").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(report["summary"]["pass"].as_u64() > Some(5), "{:#}", report["summary"]);
}

fn notice(reply: &Reply) -> String {
    attributes(&reply.body, "notice", "data-notice").pop().unwrap_or_default()
}

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
fn every_switch_does_what_it_says_and_the_merchant_does_right() {
    let mut scene = Scene::new();
    let fits = "merchantToken valid";
    let packed = ["merchantToken valid", "inquiry status 0: paid", "order is being packed"].map(str::to_owned).to_vec();
    for (chaos, early, after, state) in [
        ("usual", "early", "2s", "paid"),
        ("reject", "rejected", "2s", "rejected"),
        ("review", "under-review", "32s", "paid"),
        ("late", "early", "20s", "paid"),
        ("duplicate", "early", "10s", "paid"),
        ("forged", "rejected", "2s", "rejected"),
    ] {
        let payment = scene.buy(&[("product", "teko-moka"), ("quantity", "2"), ("chaos", chaos)]);
        let page = scene.pay(&payment);
        assert_eq!(page.state, early, "{chaos}");
        if chaos == "late" {
            scene.sim.advance("19s");
            assert_eq!(scene.again(&page).state, "early", "still not packed");
        }
        scene.sim.advance(after);
        let page = scene.again(&page);
        assert_eq!(page.state, state, "{chaos}");
        let told = findings(&page.body, "notification");
        let rejected = [fits, "inquiry status 8: failed", "not fulfilled"].map(str::to_owned).to_vec();
        let again = [fits, "repeat: answered 200, not fulfilled again"].map(str::to_owned).to_vec();
        let forged = [fits, "inquiry status 8: failed", "forged: claims 0, inquiry status 8", "not fulfilled"];
        let review = [fits, "inquiry status 3: under review", "waiting for Kredivo's decision"];
        match chaos {
            "reject" => assert_eq!(told, [rejected]),
            "review" => assert_eq!(told, [review.map(str::to_owned).to_vec(), packed.clone()]),
            "duplicate" => assert_eq!(told, [packed.clone(), again.clone(), again]),
            "forged" => assert_eq!(told, [forged.map(str::to_owned).to_vec()]),
            _ => assert_eq!(told, [packed.as_slice()]),
        }
        let delivered = scene.sim.events(&["notification.delivered&referenceNo=", &page.reference_no].concat());
        assert_eq!(delivered.len(), told.len(), "{chaos}: each was answered with 200");
    }
    no_check_fails(&scene.sim);
    if std::env::var_os("RENEW_DOCS").is_some() {
        let report = scene.sim.http().get("/__sim/api/report?iMid=TOKODEMO01&format=md").body;
        std::fs::write("docs/samples/report-demo.md", report).unwrap();
    }
}

#[test]
fn a_review_can_be_decided_on_the_order_s_page() {
    let mut scene = Scene::new();
    for (button, state) in [("approve", "paid"), ("reject", "rejected")] {
        let payment = scene.buy(&[("product", "teko-moka"), ("chaos", "review")]);
        let page = scene.pay(&payment);
        scene.sim.advance("2s");
        assert_eq!(texts(&scene.again(&page).body, button).len(), 1);
        let pressed = scene.customer.post(&format!("/demo/orders/{}/{button}", page.reference_no), &[]);
        assert_eq!(pressed.status, 303);
        scene.sim.advance("2s");
        assert_eq!(scene.again(&page).state, state);
    }
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

#[test]
fn what_does_not_come_from_nicepay_is_not_believed() {
    let mut scene = Scene::new();
    scene.buy(&[("product", "penggiling")]);
    let page = scene.newest();
    let (t_xid, reference) = (page.t_xid.as_str(), ("referenceNo", page.reference_no.as_str()));
    let paid = ("status", "0");
    for (t_xid, amt, more, status) in [
        (t_xid, "1450000", ("merchantToken", "0"), 403),
        (t_xid, "1450000", ("merchantToken", ""), 403),
        (t_xid, "1450000", ("iMid", "PAYLOANTES"), 403),
        (t_xid, "1", ("x", ""), 400),
        ("TOKODEMO0106199901010000000000", "1450000", ("x", ""), 404),
        (t_xid, "1450000", ("referenceNo", "TT-nobody"), 404),
        // The token fits, and the status is a lie: the inquiry is asked.
        (t_xid, "1450000", ("x", ""), 200),
    ] {
        let reply = scene.forge(t_xid, amt, &[reference, paid, more]);
        assert_eq!(reply.status, status, "{amt} {more:?}: {}", reply.body);
        assert_eq!(scene.again(&page).state, "waiting", "{amt} {more:?}");
    }
    let told = findings(&scene.again(&page).body, "notification");
    assert!(told.last().unwrap().contains(&"forged: claims 0, inquiry status 9".to_owned()), "{told:?}");
    // And yet the true one still counts.
    let pay = scene.customer.post(&format!("/demo/orders/{}/pay", page.reference_no), &[]);
    scene.pay(pay.location());
    scene.sim.advance("2s");
    assert_eq!(scene.again(&page).state, "paid");
    // A late one of an earlier state changes nothing.
    assert_eq!(scene.forge(t_xid, "1450000", &[reference, ("status", "3")]).status, 200);
    let late = scene.again(&page);
    assert_eq!(late.state, "paid");
    let told = findings(&late.body, "notification").pop().unwrap();
    assert!(told.contains(&"outdated: the order is already paid".to_owned()), "{told:?}");

    let http = scene.sim.http();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for path in [NOTIFICATION, "/demo/nicepay/binding"] {
        assert_eq!(http.get(path).status, 405, "{path}");
        assert_eq!(http.post_json(path, &json!({})).status, 415);
        assert_eq!(http.send("POST", path, &form, vec![b'a'; 200_000]).status, 413);
        for nonsense in ["", "=", "&&&", "%", "referenceNo=%00%ff&tXid=%zz", "\0\u{1}"] {
            assert_eq!(http.send("POST", path, &form, nonsense).status, 404, "{nonsense:?}");
        }
    }
}

#[test]
fn a_token_that_kredivo_does_not_vouch_for_is_not_kept() {
    let mut scene = Scene::new();
    let away = scene.customer.post("/demo/account/link", &[("phone", "081291891818")]);
    assert_eq!(away.status, 303, "{}", away.body);
    let account = scene.page("/demo/account");
    let sent = texts(&account.body, "sent").into_iter().find(|sent| sent.contains("clientUserKey")).unwrap();
    let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
    let (reference_no, key) = (sent["referenceNo"].as_str().unwrap(), sent["clientUserKey"].as_str().unwrap());
    let token = scene.merchant.sign(&["TOKODEMO01", reference_no, "+6281291891818"]);
    for (merchant_token, client_user_key, status) in [("0", key, 403), (&token, "another", 404), (&token, key, 503)] {
        let fields = [
            ("iMid", "TOKODEMO01"),
            ("referenceNo", reference_no),
            ("billingPhone", "+6281291891818"),
            ("clientUserKey", client_user_key),
            ("userToken", "11111111-2222-4333-8444-555555555555"),
            ("merchantToken", merchant_token),
        ];
        assert_eq!(scene.sim.http().post_form("/demo/nicepay/binding", &fields, &[]).status, status);
        assert!(!scene.linked());
    }
}

#[test]
fn without_an_inquiry_nothing_is_packed_and_nicepay_comes_again() {
    let mut scene = Scene::new();
    let payment = scene.buy(&[("product", "kopi-gayo")]);
    let page = scene.pay(&payment);
    let when = json!({ "operation": "inquiry", "iMid": "TOKODEMO01" });
    scene.sim.rule(&json!({ "times": 1, "when": when, "then": { "answer": { "status": 503 } } }));
    scene.sim.advance("2s");
    let waiting = scene.again(&page);
    assert_eq!(waiting.state, "early");
    let told = ["merchantToken valid", "no response (HTTP 503)", "answered 503, so that NICEPAY sends it again"];
    assert_eq!(findings(&waiting.body, "notification"), [told]);
    // An answer about another amount, or another order, is none.
    for (reference_no, amt) in [(page.reference_no.as_str(), "1"), ("another", "185000")] {
        let body = json!({
            "resultCd": "0000", "tXid": page.t_xid, "referenceNo": reference_no, "amt": amt, "status": "0",
        });
        let when = json!({ "operation": "inquiry", "iMid": "TOKODEMO01" });
        scene.sim.rule(&json!({ "times": 1, "when": when, "then": { "answer": { "body": body.to_string() } } }));
        scene.sim.advance("60s");
        let waiting = scene.again(&page);
        assert_eq!(waiting.state, "early", "{reference_no} {amt}");
        let told = findings(&waiting.body, "notification").pop().unwrap();
        assert_eq!(told[1], "inquiry does not match the order");
    }
    scene.sim.advance("60s");
    assert_eq!(scene.again(&page).state, "paid");
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
fn bad_requests_get_a_page_and_change_nothing() {
    let mut scene = Scene::new();
    scene.link_by_buying();
    let page = scene.newest();
    for (path, status, why) in [
        ("/demo/nope", 404, "no-page"),
        ("/demo/assets/nope.css", 404, "no-page"),
        ("/demo/products/nope", 404, "no-product"),
        ("/demo/products/%2e%2e%2f", 404, "no-product"),
        ("/demo/checkout", 404, "no-product"),
        ("/demo/checkout?product=kopi-gayo&quantity=0", 400, "quantity"),
        ("/demo/checkout?product=kopi-gayo&quantity=-1", 400, "quantity"),
        ("/demo/checkout?product=kopi-gayo&quantity=10", 400, "quantity"),
        ("/demo/checkout?product=kopi-gayo&quantity=1e3", 400, "quantity"),
        ("/demo/checkout?product=kopi-gayo&quantity=99999999999999999999", 400, "quantity"),
        ("/demo/orders/TT-nobody", 404, "no-order"),
        ("/demo/nicepay/return/TT-nobody?resultCd=0000", 404, "no-order"),
        ("/demo/nicepay/linked/TT-nobody?resultCd=0000", 404, "no-order"),
        ("/demo/orders", 405, "wrong-verb"),
        ("/demo/account/unlink", 405, "wrong-verb"),
    ] {
        let reply = scene.customer.get(path);
        assert_eq!((reply.status, notice(&reply).as_str()), (status, why), "{path}");
        assert_eq!(status == 405, reply.header("allow") == Some("POST"), "{path}");
    }
    for (path, fields, status, why) in [
        ("/demo/orders", &[("product", "nope")][..], 404, "no-product"),
        ("/demo/orders", &[("product", "kopi-gayo"), ("quantity", "a lot")], 400, "quantity"),
        ("/demo/orders", &[("product", "kopi-gayo"), ("chaos", "total")], 400, "bad-form"),
        ("/demo/orders/TT-nobody/pay", &[], 404, "no-order"),
        ("/demo/orders/TT-nobody/approve", &[], 404, "no-order"),
        ("/demo/account/link", &[("phone", "call me")], 400, "phone"),
        ("/demo/", &[], 405, "wrong-verb"),
    ] {
        let reply = scene.customer.post(path, fields);
        assert_eq!((reply.status, notice(&reply).as_str()), (status, why), "{path} {fields:?}");
    }
    // Somebody else has no orders of mine, and cannot come back from paying one.
    let mut other = scene.sim.buyer();
    assert_eq!(other.post("/demo/orders", &[("product", "kopi-gayo")]).status, 303);
    for path in ["/demo/orders/", "/demo/nicepay/return/"] {
        assert_eq!(notice(&other.get(&[path, &page.reference_no].concat())), "no-order");
    }
    for action in ["pay", "check", "approve", "reject"] {
        assert_eq!(notice(&other.post(&format!("/demo/orders/{}/{action}", page.reference_no), &[])), "no-order");
    }
    // A page on another site presses nobody's buttons.
    let http = scene.sim.http();
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let reply = http.post_form("/demo/orders", &[("product", "kopi-gayo")], &[("origin", origin)]);
        assert_eq!((reply.status, notice(&reply).as_str()), (403, "other-site"), "{origin}");
    }
    let reply = http.post_form("/demo/orders", &[("product", "kopi-gayo")], &[("origin", scene.sim.url())]);
    assert_eq!(reply.status, 303, "our own does");
    let long = "x".repeat(100_000);
    assert_eq!(notice(&http.post_form("/demo/orders", &[("product", &long)], &[])), "too-large");
    // Pressed twice, bought once.
    let form = [("product", "kopi-gayo"), ("pay", "token"), ("once", "the-form")];
    assert_eq!(scene.buy(&form), scene.buy(&form));
}

#[test]
fn hostile_text_stays_text() {
    let mut scene = Scene::new();
    let html = "<script>alert(1)</script>";
    let headers = [("user-agent", html), ("accept-language", "en")];
    let bought = scene.sim.http().post_form("/demo/orders", &[("product", "kopi-gayo"), ("once", html)], &headers);
    let cookie = bought.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert!(bought.header("set-cookie").unwrap().contains("HttpOnly"));
    let get = |path: &str| scene.sim.http().send("GET", path, &[("cookie", &cookie)], "");
    let account = get("/demo/account");
    let order = attributes(&account.body, "order-link", "href").remove(0);
    let reference_no = order.rsplit('/').next().unwrap();
    get(&format!("/demo/nicepay/return/{reference_no}?resultCd={html}&x={html}"));
    let fields = [("referenceNo", reference_no), ("status", html), ("merchantToken", html), (html, html)];
    scene.sim.http().post_form(NOTIFICATION, &fields, &[]);
    for path in [order.as_str(), "/demo/account", &[order.as_str(), "?q=", html].concat()] {
        let page = get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<script>alert"), "{path}: {}", page.body);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"), "{policy}");
        assert!(page.body.contains("alert(1)"), "it is shown all the same");
    }
    scene.customer.get("/demo/");
}

#[test]
fn a_gateway_that_refuses_or_forgets_is_met_with_a_friendly_page() {
    let mut scene = Scene::new();
    let page = scene.link_by_buying();
    scene.buy(&[("product", "penggiling")]);
    let open = scene.newest();
    // NICEPAY does not know an order any more, and has removed the token.
    let when = json!({ "operation": "inquiry", "iMid": "TOKODEMO01" });
    scene.sim.rule(&json!({ "times": 1, "when": when, "then": { "answer": { "code": "9528" } } }));
    assert_eq!(scene.customer.post(&format!("/demo/orders/{}/pay", open.reference_no), &[]).status, 303);
    assert_eq!(scene.again(&open).state, "unknown");
    assert_eq!(scene.again(&page).state, "paid", "what was paid stays paid");
    let token = scene.sim.events("token.issued")[0]["userToken"].as_str().unwrap().to_owned();
    assert_eq!(scene.sim.http().send("DELETE", &["/__sim/api/tokens/", &token].concat(), &[], "").status, 204);
    // The shop forgets it when it hears so.
    let order = scene.buy(&[("product", "kopi-gayo"), ("pay", "token")]);
    let refused = scene.page(&order);
    assert_eq!(refused.state, "refused");
    assert!(texts(&refused.body, "gateway-answer")[0].starts_with("9920"), "{}", refused.body);
    assert!(!scene.linked());
    let reply = scene.customer.post("/demo/orders", &[("product", "kopi-gayo"), ("pay", "token")]);
    assert_eq!((reply.status, notice(&reply).as_str()), (409, "not-linked"));

    // Somebody changes the merchant's key, or removes the merchant.
    let merchant = "/__sim/api/merchants/TOKODEMO01";
    scene.link_by_buying();
    assert_eq!(scene.sim.http().put_json(merchant, &json!({ "merchantKey": "another-key" })).status, 200);
    for code in ["9010", "9011"] {
        let order = scene.buy(&[("product", "kopi-gayo")]);
        let refused = scene.page(&order);
        assert_eq!(refused.state, "refused");
        assert!(texts(&refused.body, "gateway-answer")[0].starts_with(code), "{code}: {}", refused.body);
        for (path, fields) in [("/demo/account/link", &[("phone", "081291891818")][..]), ("/demo/account/unlink", &[])]
        {
            let reply = scene.customer.post(path, fields);
            assert_eq!((reply.status, notice(&reply).as_str()), (502, "gateway"), "{code} {path}");
            assert!(texts(&reply.body, "gateway-answer")[0].starts_with(code));
        }
        assert!(scene.linked(), "what could not be ended is not forgotten");
        scene.sim.http().send("DELETE", merchant, &[], "");
    }
    // A gateway that breaks off in the middle, or answers nonsense.
    assert_eq!(scene.sim.http().put_json(merchant, &json!({ "merchantKey": KEY })).status, 201);
    for answer in [json!("reset"), json!("empty"), json!({ "broken": "truncated" }), json!({ "body": "<html>" })] {
        let when = json!({ "operation": ["registration", "binding"] });
        let rule = scene.sim.rule(&json!({ "times": 2, "when": when, "then": { "answer": answer } }));
        let order = scene.buy(&[("product", "kopi-gayo")]);
        assert_eq!(scene.page(&order).state, "unanswered", "{answer}");
        let reply = scene.customer.post("/demo/account/link", &[("phone", "081291891818")]);
        assert_eq!((reply.status, notice(&reply).as_str()), (502, "gateway"), "{answer}");
        scene.sim.http().send("DELETE", &["/__sim/api/rules/", &rule].concat(), &[], "");
    }
}

/// Somebody resets the merchant, or everything, while the shop is in use.
#[test]
fn a_reset_in_the_middle_of_everything_is_met_with_calm_pages() {
    for body in [json!({ "iMid": "TOKODEMO01" }), json!({})] {
        let mut scene = Scene::new();
        scene.link_by_buying();
        let payment = scene.buy(&[("product", "penggiling")]);
        let open = scene.newest();
        let callback = scene.customer.pay_as(&payment, Login::default());
        assert_eq!(scene.sim.http().post_json("/__sim/api/reset", &body).status, 204);

        // Every form and address of an order that is gone.
        let order = ["/demo/orders/", &open.reference_no].concat();
        for form in ["pay", "check", "approve", "reject", "deliver"] {
            let reply = scene.customer.post(&format!("{order}/{form}"), &[("notification", "1")]);
            assert_eq!((reply.status, notice(&reply).as_str()), (410, "reset"), "{form}");
        }
        for address in [order.as_str(), &callback] {
            let reply = scene.customer.get(address);
            assert_eq!((reply.status, notice(&reply).as_str()), (410, "reset"), "{address}");
        }
        for form in ["unlink", "limits"] {
            assert_eq!(scene.customer.post(&["/demo/account/", form].concat(), &[]).status, 303);
        }
        // The pages begin anew, and say why.
        for address in ["/demo/", "/demo/account", "/demo/checkout?product=kopi-gayo"] {
            assert_eq!(texts(&scene.page(address).body, "was-reset").len(), 1, "{address}");
        }
        assert!(!scene.linked());
        assert_eq!(scene.steps(), ["false"; 4]);
        // One click without an account is told so; any other checkout is simply the first order.
        let reply = scene.customer.post("/demo/orders", &[("product", "kopi-gayo"), ("pay", "token")]);
        assert_eq!((reply.status, notice(&reply).as_str()), (410, "reset"));
        let payment = scene.buy(&[("product", "kopi-gayo"), ("link", "1")]);
        let page = scene.pay(&payment);
        scene.sim.advance("2s");
        assert_eq!(scene.again(&page).state, "paid");
        assert!(texts(&scene.page("/demo/").body, "was-reset").is_empty(), "it has begun anew");
        assert_eq!(scene.steps(), ["true", "false", "false", "false"]);
    }
}

#[test]
fn another_merchant_s_reset_changes_nothing() {
    let mut scene = Scene::new();
    scene.link_by_buying();
    assert_eq!(scene.sim.http().post_json("/__sim/api/reset", &json!({ "iMid": "PAYLOANTES" })).status, 204);
    assert!(scene.linked());
}

#[test]
fn start_over_gives_the_limits_back_and_forgets_everybody() {
    let mut scene = Scene::new();
    scene.link_by_buying();
    let mut other = scene.sim.buyer();
    assert_eq!(other.post("/demo/orders", &[("product", "kopi-gayo")]).status, 303);
    // The limit is worn out.
    scene.buy(&[("product", "mesin-sangrai"), ("pay", "token"), ("tenor", "6")]);
    scene.sim.advance("3s");
    let checkout = "/demo/checkout?product=mesin-sangrai";
    let note = scene.page(checkout);
    assert_eq!(attributes(&note.body, "limit-start-over", "href"), ["/demo/start-over"]);
    assert_eq!(texts(&scene.page("/demo/products/mesin-sangrai").body, "limit-note").len(), 1);
    // More than the account could ever pay: starting over would not help.
    let far = scene.page("/demo/checkout?product=mesin-sangrai&quantity=9");
    assert_eq!((texts(&far.body, "limit-note").len(), texts(&far.body, "limit-start-over").len()), (1, 0));

    let asked = scene.page("/demo/start-over");
    assert_eq!(texts(&asked.body, "start-over").len(), 1);
    assert!(scene.linked(), "to be asked is not to do it");
    let done = scene.customer.post("/demo/start-over", &[]);
    assert_eq!((done.status, done.location()), (303, "/demo/"));
    assert!(texts(&scene.page("/demo/").body, "was-reset").is_empty(), "whoever started over knows it");
    assert!(!scene.linked());
    assert_eq!(scene.steps(), ["false"; 4]);
    assert!(texts(&scene.page(checkout).body, "limit-note").is_empty(), "the limit is full again");
    assert!(scene.sim.events("transaction.registered").is_empty(), "the merchant was reset");
    assert_eq!(texts(&other.get("/demo/").body, "was-reset").len(), 1, "somebody else is told");
    // Twice, and by a page of another site.
    assert_eq!(scene.customer.post("/demo/start-over", &[]).status, 303);
    let reply = scene.sim.http().post_form("/demo/start-over", &[], &[("origin", "http://evil.example")]);
    assert_eq!((reply.status, notice(&reply).as_str()), (403, "other-site"));
    // A simulator without the merchant cannot reset it.
    scene.sim.http().send("DELETE", "/__sim/api/merchants/TOKODEMO01", &[], "");
    let reply = scene.customer.post("/demo/start-over", &[]);
    assert_eq!((reply.status, notice(&reply).as_str()), (502, "start-over"));
}

#[test]
fn every_switch_has_its_moment() {
    let mut scene = Scene::new();
    let moment = |page: &Page| attributes(&page.body, "moment", "data-moment").pop().unwrap_or_default();
    let buy = |scene: &mut Scene, chaos: &str| {
        let payment = scene.buy(&[("product", "teko-moka"), ("chaos", chaos)]);
        scene.pay(&payment)
    };

    let page = buy(&mut scene, "forged");
    assert!(texts(&page.body, "awaits")[0].contains("A forged notification"), "{}", page.body);
    scene.sim.advance("2s");
    let page = scene.again(&page);
    assert_eq!(moment(&page), "forged");
    let told = &texts(&page.body, "moment")[0];
    let sentence =
        "A forged notification said that this was paid. We asked NICEPAY: it is not. Rp\u{a0}425.000 were not shipped.";
    assert!(told.contains(sentence), "{told}");
    assert_eq!(attributes(&page.body, "wire-notification", "data-forged").len(), 1);
    assert!(page.body.contains("somebody → shop"));
    assert!(scene.page(&format!("/demo/orders/{}?lang=id", page.reference_no)).body.contains("seseorang → toko"));
    scene.page("/demo/?lang=en");

    let page = buy(&mut scene, "duplicate");
    scene.sim.advance("2s");
    let page = scene.again(&page);
    assert!(texts(&page.body, "moment")[0].contains("One notification, packed"), "{}", page.body);
    assert!(texts(&page.body, "awaits")[0].contains("The same notification once more."));
    scene.sim.advance("10s");
    let page = scene.again(&page);
    assert!(texts(&page.body, "moment")[0].contains("Three notifications, packed once"));
    assert!(texts(&page.body, "awaits").is_empty());

    let page = buy(&mut scene, "reject");
    assert_eq!(moment(&page), "reject");
    let page = buy(&mut scene, "review");
    assert!(texts(&page.body, "due")[0].contains("30 s"), "{:?}", texts(&page.body, "due"));
    scene.sim.advance("12s");
    assert!(texts(&scene.again(&page).body, "due")[0].contains("18 s"));
    scene.sim.advance("20s");
    assert_eq!(moment(&scene.again(&page)), "review");
    let page = buy(&mut scene, "usual");
    scene.sim.advance("2s");
    let page = scene.again(&page);
    assert_eq!((page.state.as_str(), moment(&page).as_str()), ("paid", ""));
}

#[test]
fn a_late_notification_can_be_delivered_now_and_only_one_s_own() {
    let mut scene = Scene::new();
    let late = [("product", "teko-moka"), ("chaos", "late")];
    let deliver = |scene: &mut Scene, page: &Page, id: &str| {
        let path = format!("/demo/orders/{}/deliver", page.reference_no);
        let pressed = scene.customer.post(&path, &[("notification", id)]);
        assert_eq!(pressed.status, 303, "{}", pressed.body);
        scene.again(page).state
    };
    let id_of = |scene: &Scene, page: &Page| {
        let sent = scene.sim.http().get(&["/__sim/api/notifications?tXid=", &page.t_xid].concat()).json();
        sent[0]["id"].as_str().unwrap().to_owned()
    };
    let payment = scene.buy(&late);
    let first = scene.pay(&payment);
    let payment = scene.buy(&late);
    let second = scene.pay(&payment);
    assert!(texts(&first.body, "due")[0].contains("22 s"), "{:?}", texts(&first.body, "due"));
    assert_eq!(texts(&first.body, "deliver").len(), 1);
    // Somebody else's, and nonsense.
    let others = id_of(&scene, &second);
    for id in [others.as_str(), "", "0", "99999", "../reset", "<script>", &"9".repeat(300)] {
        assert_eq!(deliver(&mut scene, &first, id), "early", "{id}");
    }
    assert_eq!(scene.again(&second).state, "early");
    let id = id_of(&scene, &first);
    assert_eq!(deliver(&mut scene, &first, &id), "paid");
    // Pressed once more, and after somebody on the dashboard was faster.
    assert_eq!(deliver(&mut scene, &first, &id), "paid");
    let by_hand = format!("/__sim/api/notifications/{others}/deliver");
    assert_eq!(scene.sim.http().post_json(&by_hand, &json!({})).status, 202);
    scene.sim.advance("0s");
    assert_eq!(deliver(&mut scene, &second, &others), "paid");
    assert_eq!(attributes(&scene.again(&first).body, "moment", "data-moment"), ["late"]);
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
