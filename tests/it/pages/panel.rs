//! Texts of others that are never run, the tester's panel, and what stands in the log.

use nicepay_sim::testing::Simulator;
use scraper::{ElementRef, Selector};

use super::{API, Payment, SHOPPERS, STEPS, all, attrs, by_id, html, one, text, texts};

#[test]
fn what_merchants_and_customers_write_is_shown_and_never_run() {
    const NASTY: &str = "<script>alert('1')</script>\"&amp;";
    let sim = Simulator::start();
    let order = sim.shop().order("<b>\"order\"", 25_145).with("goodsNm", NASTY).with("billingNm", NASTY);
    let mut payment = Payment::begin(&sim, order);
    let mut pages = vec![payment.sign_in("\"><script>alert(2)</script>", "414141"), payment.get("signin")];
    payment.sign_in("081291891818", "414141");
    pages.push(payment.get("plan"));
    payment.post("plan", &[("instmntMon", "1")]);
    pages.push(payment.get("otp"));
    pages.push(payment.otp("<script>alert(3)</script>"));
    payment.otp("4567");
    pages.push(payment.get("result"));
    for reply in &pages {
        assert_eq!(reply.status, 200);
        assert!(!reply.body.contains("<script>alert") && !reply.body.contains("<b>"), "{}", reply.body);
        let page = html(reply);
        let shown = text(page.root_element());
        assert!(shown.contains(NASTY) && shown.contains("<b>\"order\""), "{shown}");
        assert!(attrs(&page, "script", "src").iter().all(|src| src == "/kredivo/assets/partner.js"));
    }
    let typed = by_id(&html(&pages[0]), "login-phone").attr("value").unwrap().to_owned();
    assert_eq!(typed, "\"><script>alert(2)</script>");
    let long = payment.registered.t_xid();
    assert!(pages[5].body.contains(&long));
}

#[test]
fn the_testers_panel_says_who_exists_and_what_happens() {
    let sim = Simulator::start();
    for (step, heading) in [("signin", "h1"), ("plan", "h1"), ("otp", "h1")] {
        let mut payment = Payment::at(&sim, step, step);
        payment.in_english();
        let page = html(&payment.get(step));
        one(&page, heading);
        by_id(&page, "tester-panel");
        let phones = attrs(&page, "[data-testid=tester-panel] li", "data-shopper-phone");
        assert_eq!(phones.len(), 13, "{step}: Kredivo's customers, and nobody else's");
        for (phone, pin, ..) in SHOPPERS {
            let entry = one(&page, &format!("[data-shopper-phone='{phone}']"));
            assert_eq!((entry.attr("data-shopper-pin"), entry.attr("data-shopper-otp")), (Some(*pin), Some("4567")));
        }
        for phone in ["089900000006", "089900000007"] {
            let entry = one(&page, &format!("[data-shopper-phone='{phone}']"));
            assert_eq!(entry.attr("data-shopper-otp"), Some(""), "{phone} is never asked for one");
        }
        let whole =
            all(&page, "[data-testid=tester-panel] .outcome").iter().flat_map(ElementRef::text).collect::<String>();
        assert!(whole.contains("after 30\u{a0}s"), "a number and its unit stay in one line: {whole}");
        let outcomes = texts(&page, "[data-testid=tester-panel] .outcome");
        assert!(outcomes.iter().any(|says| says == "under review, approved after 30 s"), "{outcomes:?}");
    }
    let mut result = Payment::at(&sim, "result", "result");
    assert!(all(&html(&result.get("result")), "[data-testid=tester-panel]").is_empty());
}

#[test]
fn the_testers_panel_can_be_switched_off() {
    let sim = Simulator::builder().settings("tester-panel = false").start();
    for step in STEPS {
        let mut payment = Payment::at(&sim, step, step);
        let reply = payment.get(step);
        assert!(all(&html(&reply), "[data-testid=tester-panel]").is_empty(), "{step}");
        for secret in ["414141", "663482", "4567", "089900000004"] {
            assert!(!reply.body.contains(secret), "{step}: {secret}");
        }
    }
}

#[test]
fn a_pin_stands_in_no_event() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    for pin in ["918273", "546372", "414141"] {
        payment.sign_in("081291891818", pin);
    }
    payment.sign_in("081234567890", "736455");
    payment.sign_in("081291891818", "not-a-pin-918274");
    payment.post("plan", &[("instmntMon", "1"), ("pin", "918275")]);
    payment.otp("4567");
    payment.back();
    sim.advance("2s");
    let log = sim.http().get(&format!("{API}/events?limit=10000")).body;
    assert!(log.contains("partner.login-failed") && log.contains("exchange.recorded"));
    for pin in ["918273", "546372", "414141", "736455", "918274", "918275"] {
        assert!(!log.contains(pin), "{pin}");
    }
}

#[test]
fn the_events_tell_the_whole_story_of_a_payment() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    payment.sign_in("081291891818", "000000");
    payment.sign_in("081291891818", "414141");
    payment.post("plan", &[("instmntMon", "3")]);
    payment.otp("0000");
    payment.otp("4567");
    payment.back();
    let story: Vec<_> = sim
        .events("")
        .iter()
        .filter_map(|event| event["type"].as_str())
        .filter(|kind| *kind != "exchange.recorded")
        .map(str::to_owned)
        .collect();
    assert_eq!(
        story,
        [
            "scenario.loaded",
            "transaction.registered",
            "payment.opened",
            "partner.login-failed",
            "partner.login",
            "partner.plan-chosen",
            "partner.otp-sent",
            "partner.otp-failed",
            "partner.otp-passed",
            "transaction.approved",
            "notification.scheduled",
            "callback.sent",
        ]
    );
}

#[test]
fn the_index_page_has_jakartas_time_and_no_otp_of_whoever_is_never_asked_for_one() {
    let sim = Simulator::start();
    let page = html(&sim.http().get("/?lang=en"));
    assert!(text(page.root_element()).contains("2026-01-01 00:00:00 WIB (manual)"));
    for (outcome, otp) in [("account inactive: login refused", "–"), ("approved, all tenors", "4567")] {
        let row =
            all(&page, "tr").into_iter().find(|row| text(*row).ends_with(outcome) && text(*row).contains("Kredivo"));
        let cells = Selector::parse("td[data-label=OTP]").unwrap();
        assert_eq!(row.unwrap().select(&cells).map(text).collect::<String>(), otp, "{outcome}");
    }
}
