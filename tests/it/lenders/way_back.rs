//! The way back to the shop: by a form, or as it is set.

use nicepay_sim::testing::{Login, Order, Reply, Simulator};
use serde_json::{Value, json};

use super::{CALLBACK, INDODANA, LENDERS, Payment, attrs, each, html, posted, texts, told};

#[test]
fn indodana_goes_back_by_a_form_whose_target_is_named() {
    let rows = [
        ("http://shop.test/thanks?order_id=1", "http://shop.test"),
        ("http://shop.test:8080/a?b=c&d=e#f", "http://shop.test:8080"),
        ("https://shop.test:443/x", "https://shop.test"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("http://localhost/back", "http://localhost"),
        ("http://[::1]:3000/back", ""),
        ("http://shop.test/?q=\"><script>alert(1)</script>&x='y'", "http://shop.test"),
        ("http://shop.test/';form-action/*;script-src/'unsafe-inline'", "http://shop.test"),
        ("http://user:secret@shop.test/x", "http://shop.test"),
    ];
    let sim = Simulator::start();
    for (i, (callback, origin)) in rows.into_iter().enumerate() {
        let order = INDODANA.order(&sim.shop(), &format!("form-{i}"), 25_145);
        let mut payment = Payment::returning_to(&sim, INDODANA, order, callback);
        payment.pay(Login { months: "1", ..INDODANA.login });
        let back = payment.back();
        let (action, fields) = posted(&back);
        assert_eq!(action, callback);
        assert_eq!((fields.len(), fields[2].1.as_str()), (15, payment.registered.t_xid().as_str()));
        assert_eq!(
            back.header("content-security-policy").unwrap(),
            format!(
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                 form-action 'self' {origin} http: https:; base-uri 'none'; frame-ancestors 'none'"
            )
            .replace("  ", " "),
            "{callback}"
        );
        assert_eq!((back.header("cache-control"), back.header("location")), (Some("no-store"), None));
        assert!(!back.body.contains("<script>alert"), "{}", back.body);
        let page = html(&back);
        assert_eq!(attrs(&page, "script", "src"), ["/nicepay/assets/return.js"]);
        assert_eq!(texts(&page, "form button[type=submit][data-testid=return]:not([name])"), ["Kembali ke toko"]);
        assert_eq!(attrs(&page, "form", "action").len(), 1);
        let sent = payment.events(&sim, "callback.sent").remove(0);
        assert_eq!(
            (&sent["resultCd"], &sent["method"], &sent["url"]),
            (&json!("0000"), &json!("POST"), &json!(callback)),
            "{callback}"
        );
        // The control API says the same.
        let shown = payment.shown(&sim);
        let listed: Vec<_> = shown["callbackFields"].as_object().unwrap().iter().collect();
        let listed: Vec<_> = listed.iter().map(|(k, v)| ((*k).clone(), v.as_str().unwrap().to_owned())).collect();
        assert_eq!((&shown["callbackUrl"], listed), (&json!(callback), fields));
    }
    assert_eq!(sim.http().get("/nicepay/assets/return.js").status, 200);
}

#[test]
fn hostile_text_stays_inside_the_form() {
    let sim = Simulator::start();
    let hostile = [
        "\"><script>alert(1)</script>",
        "'/><img src=x onerror=alert(1)>",
        "</form><form action=http://evil.test>",
        "&quot;&#34;&amp;",
        "a\nb\tc",
        "🍚 é \u{202e}",
    ];
    for (i, text) in hostile.into_iter().enumerate() {
        let reference_no = format!("{i}\"'<b>&amp;");
        let order = INDODANA.order(&sim.shop(), &reference_no, 25_145);
        let order = order.with("goodsNm", text).with("billingNm", text).with("description", text);
        let mut payment = Payment::begin(&sim, INDODANA, order);
        payment.pay(Login { months: "1", ..INDODANA.login });
        let back = payment.back();
        let (_, fields) = posted(&back);
        let field = |name: &str| fields.iter().find(|(known, _)| known == name).unwrap().1.clone();
        for name in ["goodsNm", "billingNm", "description"] {
            assert_eq!(field(name), text, "{name}");
        }
        assert_eq!(field("referenceNo"), reference_no);
        let page = html(&back);
        assert_eq!(each(&page, "form, img, b, script", |el| Some(el.value().name().to_owned())), ["script", "form"]);
    }
}

#[test]
fn indodanas_other_results_come_by_the_form_too() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let first = |reply: &Reply| {
        let fields = told(reply);
        assert_eq!(fields.last().unwrap(), &("mitraCd".to_owned(), "IDNA".to_owned()));
        let keys: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(keys, ["resultCd", "resultMsg", "tXid", "referenceNo", "payMethod", "amt", "mitraCd"]);
        fields[0].1.clone()
    };
    let open = |order: &Order, registered: &Reply| sim.http().get(&shop.payment_url(order, registered, CALLBACK));

    let mut paid = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "paid", 25_145));
    paid.pay(Login { months: "1", ..INDODANA.login });
    let again = open(&paid.order, &paid.registered);
    assert_eq!((first(&again).as_str(), again.diagnosis()), ("9126", "transaction/paid"));

    let mut gone = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "gone", 25_145));
    let left = gone.buyer.post(&INDODANA.page("cancel", &gone.tk), &[]);
    gone.leads_to(&left, "result");
    assert_eq!(first(&gone.back()), "9030");

    let rejected = INDODANA.order(&shop, "rejected", 25_145);
    let registered = shop.register(&rejected);
    let url = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
    let played = sim.http().post_json(&url, &json!({ "do": "reject" }));
    assert_eq!((played.status, &played.json()["callbackUrl"]), (200, &Value::Null), "no browser was ever sent");
    assert_eq!(first(&open(&rejected, &registered)), "9030");

    let forged = INDODANA.order(&shop, "forged", 25_145);
    let registered = shop.register(&forged);
    let bad = open(&forged.clone().with("amt", "1"), &registered);
    assert_eq!((first(&bad).as_str(), bad.diagnosis().split('/').next()), ("9010", Some("merchantToken")));

    let late = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "late", 25_145));
    sim.advance("24h");
    let expired = open(&late.order, &late.registered);
    assert_eq!((first(&expired).as_str(), expired.diagnosis()), ("9129", "transaction/expired"));
    let at_the_lender = sim.http().get(&INDODANA.page("signin", &late.tk));
    assert_eq!((at_the_lender.status, at_the_lender.diagnosis()), (410, "page/expired"));

    let mut looked_at = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "review", 25_145));
    looked_at.pay(Login { phone: "083800000003", pin: "123456", months: "1", otp: "999999" });
    let fields = told(&looked_at.back());
    assert_eq!((fields.len(), fields[0].1.as_str()), (15, "0000"));
}

#[test]
fn the_form_back_speaks_the_customers_language() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "words", 25_145));
    payment.pay(Login { months: "1", ..INDODANA.login });
    let title = |reply: &Reply| texts(&html(reply), "h1").concat();
    let back = payment.back();
    assert_eq!(title(&back), "Satu langkah lagi");
    // Without a script nobody is taken anywhere, and nothing says so.
    assert_eq!(texts(&html(&back), ".lead"), ["Tekan tombol di bawah untuk kembali ke shop.test."]);
    let address = format!("/nicepay/direct/v2/payment/return?tk={}", payment.tk);
    let english = sim.http().send("GET", &address, &[("accept-language", "en")], "");
    assert_eq!(title(&english), "One more step");
    assert_eq!(texts(&html(&english), ".host"), ["shop.test"]);
}

#[test]
fn the_callback_method_is_each_lenders_or_the_one_that_is_set() {
    // For each setting: Kredivo, Akulaku, Indodana directly; then at Checkout.
    let rows = [
        ("partner", ["GET", "GET", "POST"], ["GET", "GET", "GET"]),
        ("get", ["GET", "GET", "GET"], ["GET", "GET", "GET"]),
        ("post", ["POST", "POST", "POST"], ["POST", "POST", "POST"]),
    ];
    for (setting, direct, checkout) in rows {
        let sim = Simulator::builder().settings(&format!("callback-method = '{setting}'")).start();
        let shop = sim.shop();
        for (i, lender) in LENDERS.into_iter().enumerate() {
            let what = format!("{setting}, {}", lender.slug);
            let login = Login { months: "1", ..lender.login };
            let mut payment = Payment::begin(&sim, lender, lender.order(&shop, &format!("direct-{i}"), 25_145));
            payment.pay(login);
            let back = payment.back();
            assert_eq!(back.status, if direct[i] == "POST" { 200 } else { 302 }, "{what}");
            let by_direct = told(&back);
            assert_eq!((by_direct.len(), by_direct[0].1.as_str()), (15, "0000"), "{what}");
            assert_eq!(payment.events(&sim, "callback.sent")[0]["method"], direct[i], "{what}");
            assert_eq!(payment.shown(&sim)["callbackFields"].is_object(), direct[i] == "POST", "{what}");

            let order = lender.order(&shop, &format!("checkout-{i}"), 25_145).with("callBackUrl", CALLBACK);
            let registered = shop.checkout(&order);
            assert_eq!(registered.result_cd(), "0000");
            let t_xid = registered.t_xid();
            let mut buyer = sim.buyer();
            let page = "/nicepay/redirect/v2/payment";
            let chosen = buyer.post(page, &[("tXid", &t_xid), ("mitraCd", lender.mitra_cd)]);
            let tk = buyer.arrive(chosen.location());
            // Whoever leaves goes the same way.
            let left = buyer.post(&format!("{page}/cancel"), &[("tXid", &t_xid)]);
            assert_eq!(left.status, 200, "{what}: by the link of a page");
            let link = attrs(&html(&left), "[data-testid=notice] ~ a[data-testid=return]", "href").concat();
            let left = buyer.get(&link);
            assert_eq!(left.status, if checkout[i] == "POST" { 200 } else { 302 }, "{what}");
            assert_eq!(told(&left)[0].1, "9030", "{what}");
            buyer.post(page, &[("tXid", &t_xid), ("mitraCd", lender.mitra_cd)]);
            buyer.walk(&tk, login);
            let back = buyer.return_page(&tk);
            assert_eq!(back.status, if checkout[i] == "POST" { 200 } else { 302 }, "{what}");
            assert_eq!(told(&back).len(), 27, "{what}");
            let sent = sim.events(&format!("callback.sent&tXid={t_xid}"));
            assert!(sent.len() == 2 && sent.iter().all(|event| event["method"] == checkout[i]), "{what}: {sent:?}");
            // The log says what was answered.
            let exchanges = sim.events("exchange.recorded");
            let of_leaving = exchanges.iter().rfind(|e| e["target"] == link.as_str()).unwrap();
            assert_eq!(of_leaving["httpStatus"], left.status, "{what}");
        }
    }
}
