//! Every shopper's outcome, on the pages and without a browser.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{
    API, Payment, SHOPPERS, attrs, by_id, error_above, html, one, outcome, pay, seamless_with_otp, text, texts,
};

fn check_outcome(sim: &Simulator, payment: &Payment, row: &(&str, &str, &str, &str, Option<&str>)) {
    let (phone, _, stage, end, reason) = *row;
    assert_eq!(payment.stage(sim), stage, "{phone}");
    assert_eq!(payment.shown(sim)["reason"].as_str(), reason, "{phone}");
    sim.advance("29999ms");
    assert_eq!(payment.stage(sim), stage, "{phone}");
    sim.advance("1ms");
    assert_eq!(payment.stage(sim), end, "{phone}");
    let digit = match end {
        "approved" => "0",
        "under-review" => "3",
        _ => "8",
    };
    assert_eq!(payment.status(&sim.shop()), digit, "{phone}");
    sim.advance("100h");
    assert_eq!(payment.stage(sim), end, "{phone}: for good");
}

#[test]
fn every_shopper_has_their_outcome_on_the_pages() {
    for row in SHOPPERS {
        let sim = Simulator::start();
        let (phone, pin, stage, _, reason) = *row;
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        payment.in_english();
        let signed_in = payment.sign_in(phone, pin);
        if reason == Some("limit") {
            payment.leads_to(&signed_in, "result");
        } else {
            payment.leads_to(&signed_in, "plan");
            let months = attrs(&html(&payment.get("plan")), "[data-testid=plan-option]", "value");
            let expected: &[&str] = if phone == "081513114262" { &["1"] } else { &["1", "3", "6", "12"] };
            assert_eq!(months, expected, "{phone}");
            let chosen = payment.post("plan", &[("instmntMon", "1")]);
            payment.leads_to(&chosen, "otp");
            let entered = payment.otp("4567");
            payment.leads_to(&entered, "result");
        }
        let result = payment.get("result");
        assert_eq!(outcome(&result), stage, "{phone}");
        let said = texts(&html(&result), "[data-testid=result-reason]");
        let expected: &[&str] = match reason {
            Some("risk") => &["The payment did not pass the risk check."],
            Some(_) => &["The remaining limit is too low."],
            None => &[],
        };
        assert_eq!(said, expected, "{phone}");
        check_outcome(&sim, &payment, row);
    }
}

#[test]
fn every_shopper_has_their_outcome_without_a_browser() {
    for row in SHOPPERS {
        let sim = Simulator::start();
        let (phone, _, stage, ..) = *row;
        let payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        let played = pay(&sim, &payment, phone).json();
        assert_eq!(played["stage"], stage, "{phone}");
        let code = if stage == "declined" { "9030" } else { "0000" };
        assert!(played["callbackUrl"].as_str().unwrap().contains(&format!("&resultCd={code}&")), "{played}");
        check_outcome(&sim, &payment, row);
    }
}

/// Phone, what the event says, and what the page says.
const SHUT_OUT: &[(&str, &str, &str)] = &[
    ("089900000006", "inactive", "This account is inactive and cannot be used to pay."),
    ("089900000007", "locked", "This account is locked. Contact Kredivo."),
];

#[test]
fn whoever_is_not_let_in_stays_at_the_first_page() {
    let sim = Simulator::start();
    for (phone, reason, message) in SHUT_OUT {
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        payment.in_english();
        assert_eq!(error_above(&payment.sign_in(phone, "123456"), "login-form"), *message);
        assert_eq!(sim.events("partner.login-failed").pop().unwrap()["reason"], *reason);
        assert_eq!((payment.stage(&sim), payment.status(&sim.shop())), ("at-partner".into(), "9".into()));
        let other = payment.sign_in("081291891818", "414141");
        payment.leads_to(&other, "plan");
    }
}

#[test]
fn whoever_is_not_let_in_does_not_pay_without_a_browser_either() {
    let sim = Simulator::start();
    for (phone, reason, _) in SHUT_OUT {
        let payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        let played = pay(&sim, &payment, phone);
        assert_eq!((played.status, played.json()["stage"].as_str()), (200, Some("at-partner")), "{}", played.body);
        assert_eq!(played.json()["reason"], *reason);
        assert_eq!(payment.stage(&sim), "at-partner");
    }
}

#[test]
fn the_shopper_whose_first_otp_has_expired_asks_for_another() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 25_145));
    payment.in_english();
    payment.sign_in("089900000008", "123456");
    payment.post("plan", &[("instmntMon", "1")]);
    assert!(text(one(&html(&payment.get("otp")), "#otp-expires")).contains("The code has expired."));
    assert_eq!(error_above(&payment.otp("4567"), "otp-form"), "The code has expired. Ask for a new one.");
    sim.advance("30s");
    payment.post("otp/resend", &[]);
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
    assert_eq!(payment.stage(&sim), "approved");

    let without_browser = Payment::begin(&sim, sim.shop().order("buyer", 25_145));
    assert_eq!(pay(&sim, &without_browser, "089900000008").json()["stage"], "approved");
    let t_xid = without_browser.registered.t_xid();
    let failed = sim.http().get(&format!("{API}/events?type=partner.otp-failed&tXid={t_xid}")).json();
    assert_eq!(failed[0]["reason"], "expired");
}

#[test]
fn the_shopper_whose_seamless_payments_ask_for_an_otp() {
    let sim = Simulator::start();
    let order = seamless_with_otp(&sim, "browser");
    let mut payment = Payment::begin(&sim, order);
    sim.advance("1h");
    assert_eq!(payment.stage(&sim), "at-partner", "it does not settle by itself");
    let to_otp = payment.get("signin");
    payment.leads_to(&to_otp, "otp");
    let expired = payment.otp("4567");
    assert_eq!(expired.status, 200, "two minutes are over");
    payment.post("otp/resend", &[]);
    let page = html(&payment.get("otp"));
    by_id(&page, "otp-form");
    assert!(text(page.root_element()).contains("0899••••0009"), "the token's owner");
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
    assert_eq!(outcome(&payment.get("result")), "approved");
    assert_eq!(sim.events("partner.login"), [Value::Null; 0], "nobody had to sign in");

    let without_browser = Payment::begin(&sim, seamless_with_otp(&sim, "buyer"));
    let call = format!("{API}/transactions/{}/buyer", without_browser.registered.t_xid());
    assert_eq!(sim.http().post_json(&call, &json!({})).json()["stage"], "approved");
}

#[test]
fn a_seamless_payment_has_no_login_and_no_plan() {
    let sim = Simulator::start();
    let order = seamless_with_otp(&sim, "order");
    let mut payment = Payment::begin(&sim, order);
    let replies = [
        payment.sign_in("081291891818", "414141"),
        payment.post("plan", &[("instmntMon", "1")]),
        payment.get("plan"),
        payment.get("result"),
    ];
    for reply in replies {
        payment.leads_to(&reply, "otp");
    }
    let given_up = payment.post("cancel", &[]);
    payment.leads_to(&given_up, "result");
    assert_eq!(outcome(&payment.get("result")), "abandoned");
}

#[test]
fn every_way_to_write_a_phone_signs_in() {
    let sim = Simulator::start();
    for phone in ["81291891818", "081291891818", "6281291891818", "+6281291891818", " +62 812-9189-1818 "] {
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        let signed_in = payment.sign_in(phone, "414141");
        payment.leads_to(&signed_in, "plan");
    }
}
