//! URLs that are refused, never called, or only look bad.

use nicepay_sim::testing::{Login, Simulator};

use super::{Bench, PAYMENT, WAY_BACK};

#[test]
fn notification_urls_that_are_refused() {
    let urls = [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/plain,x",
        "ftp://shop.test/x",
        "gopher://127.0.0.1:25/x",
        "/notify",
        "//shop.test/notify",
        "notify",
        "shop.test/notify",
        "localhost:3000/notify",
        "http://",
        "http:///notify",
        "http:notify",
        "http://:80/",
        "http://?x",
        "https://#x",
        "http://shop.test:99999/",
        "http://shop test/",
        "http://[::1/",
        "http://256.256.256.256/",
        " http://127.0.0.1:9/",
        "http://127.0.0.1:9/ x",
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for url in urls {
            bench.refuses(url, &bench.order("url").notify(url), "8003", "dbProcessUrl/format");
        }
    }
}

#[test]
fn notification_urls_that_are_never_called() {
    let urls = [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.169.254./",
        "http://user:password@169.254.169.254/",
        "http://[fd00:ec2::254]/",
        "http://[fd20:ce::254]/",
        "http://[fd00:42::42]/",
        "http://[fd00:c1::a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://[2001:0:4136:e378:8000:63bf:5601:5601]/",
        "http://[fec0::1]/",
        "http://0.0.0.0:9/",
        "http://[::]:9/",
        "http://8.8.8.8/notify",
        "https://8.8.8.8/notify",
        "http://[2606:4700::1111]/notify",
        "http://merchant.com/notify",
        "http://127.0.0.1.merchant.com/notify",
        "http://127.0.0.1:9@merchant.com/notify",
    ];
    let mut bench = Bench::of(Simulator::builder().scenario("instant").start());
    for (i, url) in urls.into_iter().enumerate() {
        let order = bench.order(&format!("egress-{i}")).notify(url);
        let registered = bench.take(&order);
        let t_xid = registered.t_xid();
        bench.sim.expect("notification.skipped").of(&t_xid).times(1);
        bench.sim.expect("notification.attempted").of(&t_xid).times(0);
        let callback = bench.sim.buyer().pay(&bench.shop.payment_url(&order, &registered, WAY_BACK));
        assert!(callback.contains("resultCd=0000"), "{url}: the payment does not suffer: {callback}");
        bench.sim.drain();
        let skipped = bench.sim.events("notification.skipped");
        assert_eq!(skipped.len(), i + 1, "{url}");
        let reason = skipped[i]["reason"].as_str().unwrap();
        assert!(reason.contains("start with --allow-egress "), "{url}: {reason}");
        assert_eq!(skipped[i]["tXid"], t_xid.as_str(), "{url}");
        bench.goes_on(url);
    }
    // Nothing is tried later either.
    bench.sim.advance("1h");
    assert_eq!(bench.sim.events("notification.skipped").len(), urls.len());
    assert!(bench.sim.events("notification.attempted").is_empty());
    let notifications = bench.sim.http().get("/__sim/api/notifications").json();
    for notification in notifications.as_array().unwrap() {
        assert_eq!(notification["state"], "skipped", "{notification}");
    }
    assert_eq!(notifications.as_array().unwrap().len(), urls.len());
}

#[test]
fn ways_back_that_are_refused() {
    let urls = [
        "http://shop.test/\r\nSet-Cookie: stolen=1",
        "http://shop.test/\nX: y",
        "http://shop.test/\tx",
        "http://shop.test/ x",
        "javascript:alert(1)",
        "javascript://shop.test/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "/thanks",
        "//evil.example/",
        "shop.test/thanks",
        "http://",
    ];
    let mut bench = Bench::new();
    let order = bench.order("way back");
    let registered = bench.take(&order);
    for url in urls {
        let fields = bench.shop.payment_fields(&order, &registered, url);
        let raw = fields.clone().map(|(name, value)| format!("{name}={value}")).join("&");
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let mut as_json = fields.clone();
        as_json.push(("returnJsonFormat", "1"));
        let http = bench.sim.http();
        let answers = [
            ("GET", http.get(&bench.shop.payment_url(&order, &registered, url))),
            ("POST", http.post_form(PAYMENT, &fields, &[])),
            ("POST, unencoded", http.send("POST", PAYMENT, &form, raw)),
            ("JSON", http.post_form(PAYMENT, &as_json, &[])),
        ];
        for (how, answer) in answers {
            assert_eq!(answer.header("location"), None, "{how}: {url:?}");
            assert_eq!(answer.header("set-cookie"), None, "{how}: {url:?}");
            bench.refused(&format!("{how}: {url:?}"), &answer, 200, "8003", "callBackUrl/format");
        }
        let order = bench.order("registration").with("callBackUrl", url);
        let answer = bench.shop.register(&order);
        assert_eq!(answer.result_cd(), "8003", "{url:?}");
        let slugs = ["callBackUrl/format", "field/control-character"];
        assert!(slugs.contains(&answer.diagnosis()), "{url:?}: {}", answer.diagnosis());
        bench.goes_on(url);
    }
    assert_eq!(bench.shop.status(&order, &registered), "9");
    assert!(bench.sim.events("payment.opened").is_empty());
}

#[test]
fn a_payment_of_an_odd_time_is_for_the_lenient_profile_only() {
    for (bench, profile) in [(Bench::new(), "lenient"), (Bench::strict(), "strict")] {
        let order = bench.order("odd-time");
        let registered = bench.shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{profile}: {}", registered.body);
        let odd = "2026-01-01 12:00";
        let token = bench.shop.sign(&[odd, bench.shop.i_mid(), "odd-time", "25145"]);
        let t_xid = registered.t_xid();
        let fields = [("timeStamp", odd), ("tXid", &t_xid), ("merchantToken", &token), ("callBackUrl", WAY_BACK)];
        let answer = bench.sim.http().post_form(PAYMENT, &fields, &[]);
        let to = answer.header("location").unwrap();
        if profile == "strict" {
            assert!(to.starts_with(WAY_BACK) && to.contains("resultCd=9031&"), "{to}");
            assert_eq!(answer.diagnosis(), "timeStamp/format");
        } else {
            assert!(to.contains("/kredivo/v2/signin?tk="), "{to}");
        }
    }
}

#[test]
fn ways_back_that_look_bad_and_are_not() {
    let mut bench = Bench::of(Simulator::builder().scenario("instant").start());
    let urls = [
        ("http://shop.test/%0D%0ASet-Cookie:x", "http://shop.test/%0D%0ASet-Cookie:x?resultCd=0000"),
        ("http://shop.test/🍜?q=é#top", "http://shop.test/%F0%9F%8D%9C?q=%C3%A9&resultCd=0000"),
        ("HTTP://shop.test", "HTTP://shop.test?resultCd=0000"),
        ("http://shop.test/<script>", "http://shop.test/<script>?resultCd=0000"),
    ];
    for (i, (url, expected)) in urls.into_iter().enumerate() {
        let order = bench.order(&format!("odd-{i}"));
        let registered = bench.take(&order);
        let fields = bench.shop.payment_fields(&order, &registered, url);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut buyer = bench.sim.buyer();
        let opened = buyer.post(PAYMENT, &fields);
        let tk = opened.location().split_once("tk=").unwrap().1.to_owned();
        buyer.sign_in(&tk, Login::default());
        buyer.choose(&tk, "1");
        buyer.enter_otp(&tk, "4567");
        let back = buyer.get(&format!("/nicepay/direct/v2/payment/return?tk={tk}"));
        assert!(back.location().starts_with(expected), "{url:?}: {}", back.location());
        assert_eq!(back.header("set-cookie"), None, "{url:?}");
        bench.goes_on(url);
    }
}
