//! PINs and one-time passwords: how many tries, for how long, and how to begin again.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::json;

use super::{CALLBACK, Payment, all, by_id, error_above, html, notice, one, seamless_with_otp, text};

#[test]
fn what_cannot_be_a_login_is_no_try() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    payment.in_english();
    for (phone, pin, message) in [
        ("", "414141", "Enter your phone number."),
        ("  ", "", "Enter your phone number."),
        ("081291891818", "", "The PIN has 6 digits."),
        ("081291891818", "12345", "The PIN has 6 digits."),
        ("081291891818", "1234567", "The PIN has 6 digits."),
        ("081291891818", "12345a", "The PIN has 6 digits."),
        ("nobody", "414141", "This phone number is not registered."),
        ("081234567890", "414141", "This phone number is not registered."),
    ] {
        let reply = payment.sign_in(phone, pin);
        assert_eq!(error_above(&reply, "login-form"), message, "{phone:?} {pin:?}");
        let page = html(&reply);
        assert_eq!(by_id(&page, "login-phone").attr("value"), Some(phone.trim()), "what was typed stays");
        assert_eq!(by_id(&page, "login-pin").attr("value"), None, "but not the PIN");
    }
    assert_eq!(error_above(&payment.post("signin", &[]), "login-form"), "Enter your phone number.");
    assert!(sim.events("partner.locked").is_empty());
    let signed_in = payment.sign_in("081291891818", "414141");
    payment.leads_to(&signed_in, "plan");
}

#[test]
fn three_wrong_pins_lock_for_half_an_hour() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    payment.in_english();
    for message in [
        "Wrong PIN. 2 tries left.",
        "Wrong PIN. 1 try left before the account is locked.",
        "Too many wrong PINs. This account is now locked until 00:30 WIB. The simulator clock is stopped at 00:00:00 WIB: \
         waiting does not help.",
        "This account is locked until 00:30 WIB. Try again in 30 minutes. The simulator clock is stopped at 00:00:00 WIB: \
         waiting does not help.",
    ] {
        assert_eq!(error_above(&payment.sign_in("081291891818", "000000"), "login-form"), message);
    }
    let locked = sim.events("partner.locked");
    assert_eq!((locked.len(), &locked[0]["until"]), (1, &json!("2025-12-31T17:30:00Z")));
    for (by, in_minutes, now) in [
        ("1s", "30 minutes", "00:00:01"),
        ("28m", "2 minutes", "00:28:01"),
        ("58999ms", "1 minute", "00:28:59"),
        ("59999ms", "1 minute", "00:29:59"),
    ] {
        sim.advance(by);
        let message = format!(
            "This account is locked until 00:30 WIB. Try again in {in_minutes}. The simulator clock is stopped at {now} \
             WIB: waiting does not help."
        );
        assert_eq!(
            error_above(&payment.sign_in("081291891818", "414141"), "login-form"),
            message,
            "even the right one"
        );
    }
    let mut second = Payment::at(&sim, "second", "signin");
    second.in_english();
    assert!(
        error_above(&second.sign_in("081291891818", "414141"), "login-form").contains("locked"),
        "in every payment"
    );
    sim.advance("2s");
    assert_eq!(error_above(&payment.sign_in("081291891818", "000000"), "login-form"), "Wrong PIN. 2 tries left.");
    let signed_in = payment.sign_in("081291891818", "414141");
    payment.leads_to(&signed_in, "plan");
}

#[test]
fn a_right_pin_ends_the_count_of_wrong_ones() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    for _ in 0..3 {
        for _ in 0..2 {
            assert_eq!(payment.sign_in("081291891818", "000000").status, 200);
        }
        let signed_in = payment.sign_in("081291891818", "414141");
        payment.leads_to(&signed_in, "plan");
    }
}

#[test]
fn a_lock_is_one_merchants() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    for _ in 0..3 {
        payment.sign_in("081291891818", "000000");
    }
    let shop = sim.new_shop("OTHER", "key-of-other");
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let mut buyer = sim.buyer();
    let tk = buyer.open(&shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!(buyer.sign_in(&tk, Login::default()).status, 303);
}

#[test]
fn an_otp_lives_two_minutes() {
    let sim = Simulator::start();
    for (age, lives) in [("119999ms", true), ("2m", false)] {
        let mut payment = Payment::at(&sim, age, "otp");
        payment.in_english();
        sim.advance(age);
        let reply = payment.otp("4567");
        if lives {
            payment.leads_to(&reply, "result");
        } else {
            assert_eq!(error_above(&reply, "otp-form"), "The code has expired. Ask for a new one.");
            let resent = payment.post("otp/resend", &[]);
            assert_eq!((resent.status, resent.location()), (303, format!("{}&resent=1", payment.url("otp")).as_str()));
            let shown = payment.buyer.get(resent.location());
            assert_eq!(text(by_id(&html(&shown), "page-notice")), "A new code has been sent.");
            let entered = payment.otp("4567");
            payment.leads_to(&entered, "result");
        }
    }
    let sent = sim.events("partner.otp-sent");
    assert_eq!((sent[0]["otp"].as_str(), sent[0]["expiresAt"].as_str()), (Some("4567"), Some("2025-12-31T17:02:00Z")));
}

#[test]
fn an_otp_takes_three_tries() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    payment.in_english();
    for nothing in ["", "  "] {
        assert_eq!(error_above(&payment.otp(nothing), "otp-form"), "Enter the OTP code.", "no try");
    }
    for (otp, message) in [
        ("0000", "Wrong code. 2 tries left."),
        ("45678", "Wrong code. 1 try left."),
        ("abcd", "Too many wrong codes. Ask for a new one."),
        ("4567", "Too many wrong codes. Ask for a new one."),
    ] {
        assert_eq!(error_above(&payment.otp(otp), "otp-form"), message, "{otp}");
    }
    assert_eq!(payment.stage(&sim), "at-partner");
    sim.advance("30s");
    payment.post("otp/resend", &[]);
    assert_eq!(error_above(&payment.otp("0000"), "otp-form"), "Wrong code. 2 tries left.", "a new code, new tries");
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
    let reasons: Vec<_> = sim.events("partner.otp-failed").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons, ["wrong", "wrong", "used-up", "used-up", "wrong"]);
}

#[test]
fn an_otp_is_sent_again_after_half_a_minute_and_three_times() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    payment.in_english();
    let hint = |payment: &mut Payment| text(one(&html(&payment.get("otp")), "#resend-hint"));
    assert_eq!(hint(&mut payment), "You can ask for a new code from 00:00:30 WIB. 3 resends left.");
    for (left, said) in [(2, "2 resends left."), (1, "1 resend left."), (0, "No more codes can be sent.")] {
        let early = error_above(&payment.post("otp/resend", &[]), "otp-form");
        assert_eq!(early, "You can ask for a new code in 30 seconds.");
        sim.advance("29999ms");
        let early = error_above(&payment.post("otp/resend", &[]), "otp-form");
        assert_eq!(early, "You can ask for a new code in 1 second.");
        sim.advance("1ms");
        assert_eq!(payment.post("otp/resend", &[]).status, 303);
        assert!(hint(&mut payment).ends_with(said), "{left}");
    }
    sim.advance("1m");
    assert_eq!(error_above(&payment.post("otp/resend", &[]), "otp-form"), "No more codes can be sent.");
    assert_eq!(sim.events("partner.otp-sent").len(), 4);
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
}

#[test]
fn an_otp_that_has_expired_for_good_leads_back_to_the_login() {
    let sim = Simulator::start();
    for looks in [true, false] {
        let mut payment = Payment::at(&sim, &format!("order-{looks}"), "otp");
        payment.in_english();
        for _ in 0..3 {
            sim.advance("30s");
            payment.post("otp/resend", &[]);
        }
        let page = html(&payment.get("otp"));
        assert!(all(&page, "[data-testid=otp-resend]").is_empty(), "no button that only says no");
        assert!(all(&page, "[data-testid=otp-start-over]").is_empty(), "this code is good");
        sim.advance("2m");
        let page = html(&if looks { payment.get("otp") } else { payment.otp("4567") });
        let link = if looks { "otp-start-over" } else { "signin-again" };
        let again = by_id(&page, link);
        assert_eq!((text(again).as_str(), again.attr("href")), ("Sign in again", Some(&*payment.url("signin"))));
        if !looks {
            assert_eq!(text(one(&page, "h1")), "The code has expired", "the reason, not only the result");
        }
        by_id(&html(&payment.get("signin")), "login-form");
        let signed_in = payment.sign_in("081291891818", "414141");
        payment.leads_to(&signed_in, "plan");
        payment.post("plan", &[("instmntMon", "3")]);
        let entered = payment.otp("4567");
        payment.leads_to(&entered, "result");
        assert_eq!(payment.stage(&sim), "approved");
    }

    // Nobody signed in to a seamless payment, and nobody can; whether the last code was late or wrong is all the same.
    for late in [true, false] {
        let mut payment = Payment::begin(&sim, seamless_with_otp(&sim, &format!("seamless-{late}")));
        payment.in_english();
        for _ in 0..3 {
            sim.advance("30s");
            payment.post("otp/resend", &[]);
        }
        if late {
            sim.advance("2m");
        } else {
            payment.otp("0000");
            payment.otp("0000");
        }
        let reply = payment.otp(if late { "4567" } else { "0000" });
        let message = "The code is no longer valid, and no more can be sent. Cancel, and start again from the shop.";
        assert_eq!(error_above(&reply, "otp-form"), message);
        assert!(all(&html(&reply), "[data-testid=otp-start-over]").is_empty());
    }
}

#[test]
fn whoever_has_used_up_every_otp_signs_in_again() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    for _ in 0..3 {
        sim.advance("30s");
        payment.post("otp/resend", &[]);
    }
    for _ in 0..2 {
        assert_eq!(payment.otp("0000").status, 200);
    }
    let reply = payment.otp("0000");
    assert_eq!(notice(&reply), (403, "session-ended".into()));
    let page = html(&reply);
    assert_eq!(text(one(&page, "h1")), "Terlalu banyak kode salah", "the reason, not only the result");
    assert_eq!(by_id(&page, "signin-again").attr("href"), Some(payment.url("signin").as_str()));
    assert_eq!(payment.shown(&sim)["step"], "sign-in");
    let signed_in = payment.sign_in("081291891818", "414141");
    payment.leads_to(&signed_in, "plan");
}
