//! `callBackUrl` that opens an app.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::json;

const PAYMENT: &str = "/nicepay/direct/v2/payment";
const INDODANA: Login<'_> = Login { phone: "838499610", pin: "123654", months: "1", otp: "999999" };

fn allowing(schemes: &str) -> Simulator {
    Simulator::builder().settings(&format!("callback-scheme = [{schemes}]")).start()
}

#[test]
fn the_browser_is_redirected_to_the_app() {
    let sim = allowing("'myapp', 'com.toko.app'");
    let shop = sim.shop();
    for (i, (callback, begin, end)) in [
        ("myapp://paid", "myapp://paid?resultCd=0000&", "&instmntType=2"),
        ("MyApp://paid?order=1#top", "MyApp://paid?order=1&resultCd=0000&", "&instmntType=2#top"),
        ("com.toko.app:/paid", "com.toko.app:/paid?resultCd=0000&", "&instmntType=2"),
        (
            "intent://paid#Intent;scheme=myapp;package=com.toko;end",
            "intent://paid?resultCd=0000&",
            "&instmntType=2#Intent;scheme=myapp;package=com.toko;end",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let order = shop.order(&format!("order-{i}"), 25_145);
        let registered = shop.register(&order);
        let back = sim.buyer().pay(&shop.payment_url(&order, &registered, callback));
        assert!(back.starts_with(begin) && back.ends_with(end), "{back}");
        assert!(back.contains(&format!("tXid={}&referenceNo=order-{i}&", registered.t_xid())), "{back}");
    }
}

/// An app receives no form, so Indodana's way back is a redirect, too.
#[test]
fn a_callback_to_an_app_is_never_posted() {
    for method in ["partner", "post"] {
        let settings = format!("callback-scheme = ['myapp']\ncallback-method = '{method}'");
        let sim = Simulator::builder().settings(&settings).start();
        let shop = sim.shop();
        let order = shop.order("order", 25_145).with("mitraCd", "IDNA").with("billingPhone", "838499610");
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{}", registered.diagnosis());
        let back = sim.buyer().pay_as(&shop.payment_url(&order, &registered, "myapp://paid"), INDODANA);
        assert!(back.starts_with("myapp://paid?resultCd=0000&"), "{back}");
        let sent = sim.events("callback.sent").remove(0);
        assert_eq!((&sent["method"], &sent["url"]), (&json!("GET"), &json!(back)));
    }
}

#[test]
fn without_the_setting_it_is_refused_and_the_flag_is_named() {
    for (schemes, callback, says) in [
        ("", "myapp://paid", "start with --callback-scheme myapp"),
        ("'other'", "myapp://paid", "start with --callback-scheme myapp"),
        ("'other'", "intent://paid#Intent;scheme=myapp;end", "start with --callback-scheme myapp"),
        ("'other'", "intent://paid", "must name the scheme of the app"),
        ("'other'", "localhost:3000/back", "must begin with http:// or https://"),
        ("'other'", "javascript:alert(1)", "must begin with http:// or https://"),
        ("'other'", "JAVASCRIPT://x/%0aalert(1)", "must begin with http:// or https://"),
        ("'other'", "data:text/html,x", "must begin with http:// or https://"),
        ("'other'", "vbscript:x", "must begin with http:// or https://"),
        ("'other'", "file:///etc/passwd", "must begin with http:// or https://"),
        ("'other'", "blob:http://x/1", "must begin with http:// or https://"),
        ("'other'", "other://a\tb", "must not contain blanks"),
    ] {
        let sim = allowing(schemes);
        let shop = sim.shop();
        let order = shop.order("direct", 25_145);
        let registered = shop.register(&order);
        let fields = shop.payment_fields(&order, &registered, callback);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let opened = sim.buyer().post(&format!("{}{PAYMENT}", sim.url()), &fields);
        let mut refusals = vec![opened];
        if !callback.contains('\t') {
            refusals.push(shop.checkout(&shop.order("checkout", 25_145).with("callBackUrl", callback)));
            let mut binding = shop.binding("binding", "081291891818");
            binding["callBackUrl"] = callback.into();
            refusals.push(shop.bind(binding));
        }
        for refused in refusals {
            assert_eq!(refused.result_cd(), "8003", "{callback}");
            let diagnosis = refused.header("x-sim-diagnosis").unwrap();
            assert!(diagnosis.starts_with("callBackUrl/format") && diagnosis.contains(says), "{callback}: {diagnosis}");
        }
    }
}

#[test]
fn checkout_and_a_binding_lead_to_the_app_too() {
    let sim = allowing("'myapp'");
    let shop = sim.shop();
    let registered = shop.checkout(&shop.order("checkout", 25_145).with("callBackUrl", "myapp://paid"));
    assert_eq!(registered.result_cd(), "0000", "{}", registered.diagnosis());
    let buyer = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
    let paid = sim.http().post_json(&buyer, &json!({ "do": "approve" })).json();
    assert_eq!(paid["stage"], "approved");
    let returned = sim.buyer().get(&shop.checkout_url(&registered));
    assert!(returned.location().starts_with("myapp://paid?resultCd="), "{}", returned.location());

    let mut binding = shop.binding("binding", "081291891818");
    binding["callBackUrl"] = "myapp://linked".into();
    let bound = shop.bind(binding);
    let login = Login { phone: "081291891818", pin: "414141", months: "", otp: "4567" };
    let tk = bound.json()["redirectUrl"].as_str().unwrap().split_once("tk=").unwrap().1.to_owned();
    let mut buyer = sim.buyer();
    buyer.sign_in(&tk, login);
    buyer.enter_otp(&tk, login.otp);
    let back = buyer.get(&format!("/nicepay/v2/userAccountBinding/return?tk={tk}"));
    assert!(back.location().starts_with("myapp://linked?resultCd=0000&"), "{}", back.location());
}

#[test]
fn a_page_over_https_says_that_its_form_to_http_is_stopped() {
    for (public_url, callback, is_said) in [
        ("https://pay.example", "http://toko.test/back", true),
        ("https://pay.example", "https://toko.test/back", false),
        ("https://pay.example", "http://localhost:3000/back", false),
        ("https://pay.example", "http://127.0.0.1:3000/back", false),
        ("http://pay.example", "http://toko.test/back", false),
    ] {
        let sim =
            Simulator::builder().settings(&format!("public-url = '{public_url}'\ncallback-method = 'post'")).start();
        let shop = sim.shop();
        let order = shop.order("order", 25_145);
        let registered = shop.register(&order);
        let buyer = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
        sim.http().post_json(&buyer, &json!({ "do": "review" }));
        let opened = shop.payment_url(&order, &registered, callback).replace(public_url, sim.url());
        for (language, sentence) in [
            ("en", "Browsers stop such a form and warn that it is not secure."),
            ("id", "Peramban menahan formulir seperti ini"),
        ] {
            let page = sim.http().send("GET", &opened, &[("accept-language", language)], "");
            assert!(page.body.contains("data-auto-submit"), "{}", page.body);
            let found = page.body.contains(sentence) && page.body.contains("--callback-method get");
            assert_eq!(found, is_said, "{public_url} {callback} {language}");
        }
    }
}
