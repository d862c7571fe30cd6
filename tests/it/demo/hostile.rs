//! What is not believed, bad requests, hostile text, and a gateway that fails.

use serde_json::json;

use super::{KEY, NOTIFICATION, Scene, attributes, findings, notice, texts};

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
    assert!(told.contains(&"outdated: tells an earlier status".to_owned()), "{told:?}");

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
