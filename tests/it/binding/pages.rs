//! Every way to go wrong on the pages.

use nicepay_sim::testing::{Login, Reply, Simulator};
use serde_json::json;

use super::{API, BINDING, PHONE, WAY_BACK, Walk, attr, nothing_came, said, text, to, with};
use crate::bodies::without;

#[test]
fn who_is_not_let_in() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).in_english();
    let unknown = "This phone number is not registered.";
    let stands = "The simulator clock is stopped at 00:00:00 WIB: waiting does not help.";
    let now_locked = format!("Too many wrong PINs. This account is now locked until 00:30 WIB. {stands}");
    let locked = format!("This account is locked until 00:30 WIB. Try again in 30 minutes. {stands}");
    for (phone, pin, message, reason) in [
        ("", "414141", "Enter your phone number.", None),
        ("081291891818", "41414", "The PIN has 6 digits.", None),
        ("081291891818", "abcdef", "The PIN has 6 digits.", None),
        ("not a phone", "414141", unknown, None),
        ("089912345678", "414141", unknown, Some("unknown-phone")),
        ("087700000000", "123456", unknown, Some("unknown-phone")),
        ("0838499610", "123654", unknown, Some("unknown-phone")),
        ("089900000006", "123456", "This account is inactive and cannot be linked.", Some("inactive")),
        ("089900000007", "123456", "This account is locked. Contact Kredivo.", Some("locked")),
        ("081291891818", "000000", "Wrong PIN. 2 tries left.", Some("wrong-pin")),
        ("081291891818", "000000", "Wrong PIN. 1 try left before the account is locked.", Some("wrong-pin")),
        ("081291891818", "000000", &now_locked, Some("wrong-pin")),
        ("081291891818", "414141", &locked, Some("locked")),
    ] {
        let before = sim.events("partner.login-failed").len();
        let reply = walk.sign_in(phone, pin);
        assert_eq!((reply.status, text(&reply, "page-error").as_str()), (200, message), "{phone} {pin}");
        assert_eq!(attr(&reply, "login-phone", "value"), phone, "what was typed stays");
        let failed = sim.events("partner.login-failed");
        let new: Vec<_> = failed[before..].iter().map(|event| event["reason"].as_str()).collect();
        assert_eq!(new, reason.map(Some).into_iter().collect::<Vec<_>>(), "{phone} {pin}");
        assert_eq!(walk.state(), "registered");
    }
    assert_eq!(sim.events("partner.locked").len(), 1);
    sim.advance("30m");
    let signed_in = walk.sign_in("081291891818", "414141");
    walk.leads_to(&signed_in, "otp");
    assert!(sim.events("binding.failed").is_empty(), "only tries have failed");
    walk.post("cancel", &[]);
    nothing_came(&sim, &receiver, "nobody got in");
}

#[test]
fn an_account_that_owes_all_of_its_limit_is_linked_all_the_same() {
    let sim = Simulator::start();
    for (phone, outcome) in [
        ("089900000001", "linked"),
        ("089900000003", "linked"),
        ("089900000004", "linked"),
        ("089900000005", "linked"),
        ("089900000009", "linked"),
        ("089900000010", "linked"),
    ] {
        let mut walk = Walk::begin(&sim, sim.shop().binding("bind", phone)).link(phone, "123456");
        assert_eq!(attr(&walk.get("result"), "result-status", "data-outcome"), outcome, "{phone}: no money is lent");
    }
}

#[test]
fn an_account_closed_before_the_otp_is_not_linked() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).in_english();
    walk.sign_in("081291891818", "414141");
    sim.http().put_json(&format!("{API}/shoppers/081291891818?iMid=PAYLOANTES"), &json!({ "state": "inactive" }));
    let passed = walk.otp("4567");
    walk.leads_to(&passed, "result");
    let result = walk.get("result");
    assert_eq!(attr(&result, "result-status", "data-outcome"), "not-linked");
    assert_eq!(text(&result, "result-reason"), "The account is inactive.");
    let failed = said(&sim.events("binding.failed")[0]);
    assert_eq!(failed, json!({ "bindingId": "1", "reason": "inactive", "rule": "partner/account" }));
    assert_eq!(walk.shown()["reason"], "inactive");
    assert!(walk.back().location().starts_with(&format!("{WAY_BACK}&resultCd=9030&resultMsg=Transaction+Fail")));
    nothing_came(&sim, &receiver, "inactive");
}

#[test]
fn one_time_passwords_that_do_not_pass() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).in_english();
    walk.sign_in("081291891818", "414141");
    let error = |reply: &Reply| text(reply, "page-error");
    assert_eq!(error(&walk.otp("")), "Enter the OTP code.");
    assert_eq!(error(&walk.otp("0000")), "Wrong code. 2 tries left.");
    assert_eq!(error(&walk.post("otp/resend", &[])), "You can ask for a new code in 30 seconds.");
    sim.advance("30s");
    let resent = walk.post("otp/resend", &[]);
    assert_eq!((resent.status, resent.location()), (303, format!("{}&resent=1", walk.url("otp")).as_str()));
    assert_eq!(error(&walk.otp("0000")), "Wrong code. 2 tries left.", "a new code has new tries");
    assert_eq!(error(&walk.otp("0000")), "Wrong code. 1 try left.");
    assert_eq!(error(&walk.otp("0000")), "Too many wrong codes. Ask for a new one.");
    assert_eq!(error(&walk.otp("4567")), "Too many wrong codes. Ask for a new one.", "even the right one");
    // The second and the third code run out of time, and after the third there is no other.
    sim.advance("30s");
    walk.post("otp/resend", &[]);
    sim.advance("10m");
    assert_eq!(error(&walk.otp("4567")), "The code has expired. Ask for a new one.");
    walk.post("otp/resend", &[]);
    assert_eq!(error(&walk.post("otp/resend", &[])), "No more codes can be sent.");
    sim.advance("10m");
    assert_eq!(attr(&walk.otp("4567"), "notice", "data-notice"), "session-ended");
    let reasons: Vec<_> = sim.events("partner.otp-failed").iter().map(|e| e["reason"].clone()).collect();
    assert_eq!(reasons, ["wrong", "wrong", "wrong", "used-up", "used-up", "expired", "expired"]);
    assert_eq!(sim.events("partner.otp-sent").len(), 4);
    assert_eq!(walk.state(), "registered", "back at the beginning");
    // Whoever signs in again gets a fresh one.
    let signed_in = walk.sign_in("081291891818", "414141");
    walk.leads_to(&signed_in, "otp");
    assert!(receiver.received().is_empty() && sim.events("token.issued").is_empty());
    let passed = walk.otp("4567");
    walk.leads_to(&passed, "result");
    assert_eq!(walk.state(), "bound");
}

#[test]
fn a_code_that_has_expired_for_good_leads_back_to_the_login() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE)).in_english();
    walk.sign_in("081291891818", "414141");
    let early = walk.get("signin");
    walk.leads_to(&early, "otp");
    for _ in 0..3 {
        sim.advance("30s");
        walk.post("otp/resend", &[]);
    }
    sim.advance("2m");
    assert_eq!(attr(&walk.get("otp"), "otp-start-over", "href"), walk.url("signin"));
    let page = walk.get("signin");
    assert_eq!((page.status, attr(&page, "login-phone", "value").as_str()), (200, "81291891818"));
    let walk = walk.link("081291891818", "414141");
    assert_eq!(walk.state(), "bound");
}

#[test]
fn nothing_leads_to_a_shop_that_named_no_page() {
    let sim = Simulator::start();
    for (named, cancel, back) in
        [(true, "Cancel and return to the shop", "Return to the shop"), (false, "Cancel", "Continue")]
    {
        let binding = || {
            let binding = with(sim.shop().binding("bind", PHONE), "callBackUrl", WAY_BACK);
            if named { binding } else { without(binding, "callBackUrl") }
        };
        let mut walk = Walk::begin(&sim, binding()).in_english();
        assert_eq!(text(&walk.get("signin"), "page-abandon"), cancel);
        let mut walk = walk.link("081291891818", "414141");
        let result = walk.get("result");
        assert_eq!(text(&result, "return"), back);
        assert_eq!(attr(&result, "receipt", "data-print"), "Print confirmation");
        let mut late = Walk::begin(&sim, binding()).in_english();
        sim.advance("24h");
        assert_eq!(text(&late.get("signin"), "return"), back);
    }
}

#[test]
fn three_wrong_codes_after_the_last_resend_begin_again() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE));
    walk.sign_in("081291891818", "414141");
    for _ in 0..3 {
        sim.advance("30s");
        assert_eq!(walk.post("otp/resend", &[]).status, 303);
    }
    walk.otp("0000");
    walk.otp("0000");
    let over = walk.otp("0000");
    assert_eq!((over.status, attr(&over, "notice", "data-notice").as_str()), (403, "session-ended"));
    assert_eq!(walk.state(), "registered");
    assert_eq!(walk.otp("4567").location(), walk.url("signin"), "the code is gone");
    let walk = walk.link("081291891818", "414141");
    assert_eq!(walk.state(), "bound");
}

#[test]
fn a_first_code_that_is_stale_is_sent_again() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", "089900000008")).in_english();
    walk.sign_in("089900000008", "123456");
    assert_eq!(text(&walk.otp("4567"), "page-error"), "The code has expired. Ask for a new one.");
    sim.advance("30s");
    walk.post("otp/resend", &[]);
    let passed = walk.otp("4567");
    walk.leads_to(&passed, "result");
}

#[test]
fn another_browser_does_not_get_into_a_session() {
    let sim = Simulator::start();
    let mut walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE));
    walk.sign_in("081291891818", "414141");
    let mut other = sim.buyer();
    assert_eq!(other.get(&walk.url("signin")).status, 200, "it begins at the beginning");
    assert_eq!(other.get(&walk.url("otp")).location(), walk.url("signin"));
    for page in ["otp", "otp/resend", "cancel"] {
        let refused = other.post(&walk.url(page), &[("otp", "4567")]);
        assert_eq!((refused.status, refused.diagnosis()), (403, "page/other-session"), "{page}");
    }
    assert_eq!(walk.state(), "at-partner");
    assert_eq!(sim.events("partner.otp-sent").len(), 1);
    // It may sign in itself; then the first one is out.
    other.arrive(&walk.url("signin"));
    other.sign_in(&walk.tk, Login { phone: "081513114262", pin: "663482", ..Login::default() });
    assert_eq!(walk.otp("4567").diagnosis(), "page/other-session");
    assert_eq!(other.enter_otp(&walk.tk, "4567").location(), walk.url("result"));
    assert_eq!(walk.shown()["phone"], "081513114262");
}

#[test]
fn the_back_button_and_pages_that_are_not_ones_turn() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop()));
    for (page, place) in [("otp", "signin"), ("plan", "signin"), ("result", "signin")] {
        let reply = walk.get(page);
        walk.leads_to(&reply, place);
    }
    for page in ["otp", "otp/resend", "plan"] {
        let reply = walk.post(page, &[("otp", "4567"), ("instmntMon", "1")]);
        walk.leads_to(&reply, "signin");
        assert_eq!(reply.diagnosis(), "page/other-step", "{page}");
    }
    walk.sign_in("081291891818", "414141");
    for page in ["signin", "plan", "result"] {
        let reply = walk.get(page);
        walk.leads_to(&reply, "otp");
    }
    let reply = walk.post("plan", &[("instmntMon", "1")]);
    walk.leads_to(&reply, "otp");
    // Back to the first page, and in as somebody else.
    let signed_in = walk.sign_in("081513114262", "663482");
    walk.leads_to(&signed_in, "otp");
    let mut walk = {
        let passed = walk.otp("4567");
        walk.leads_to(&passed, "result");
        walk
    };
    let token = walk.token();
    for page in ["signin", "otp", "plan"] {
        let reply = walk.get(page);
        walk.leads_to(&reply, "result");
    }
    for (page, field, value) in
        [("otp", "otp", "4567"), ("otp/resend", "x", ""), ("cancel", "x", ""), ("plan", "instmntMon", "1")]
    {
        let reply = walk.post(page, &[(field, value)]);
        walk.leads_to(&reply, "result");
        assert_eq!(reply.diagnosis(), "page/other-step", "{page}");
    }
    let reply = walk.sign_in("081291891818", "414141");
    walk.leads_to(&reply, "result");
    assert_eq!((walk.state().as_str(), walk.token()), ("bound", token));
    sim.advance("48h");
    assert_eq!(receiver.received().len(), 1, "it is told once");
    assert_eq!(sim.events("binding.completed").len() + sim.events("binding.failed").len(), 1);
}

#[test]
fn another_lenders_pages_send_the_link_home() {
    let sim = Simulator::start();
    let walk = Walk::begin(&sim, sim.shop().binding("bind-1", PHONE));
    for lender in ["akulaku", "indodana"] {
        let reply = sim.http().get(&format!("/{lender}/v2/signin?tk={}", walk.tk));
        assert_eq!((reply.status, reply.diagnosis()), (303, "page/other-lender"), "{lender}");
        assert_eq!(reply.location(), walk.url("signin"));
    }
}

#[test]
fn the_customer_gives_up() {
    for signed_in in [false, true] {
        let sim = Simulator::start();
        let receiver = sim.receiver();
        let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop()));
        if signed_in {
            walk.sign_in("081291891818", "414141");
        }
        let left = walk.post("cancel", &[]);
        walk.leads_to(&left, "result");
        assert_eq!(attr(&walk.get("result"), "result-status", "data-outcome"), "abandoned");
        let back = walk.back();
        assert_eq!(
            back.location(),
            format!(
                "{WAY_BACK}&resultCd=9030&resultMsg=Transaction+Fail.+Please+check+information.&referenceNo=bind-1"
            )
        );
        assert_eq!(walk.state(), "abandoned");
        let failed = said(&sim.events("binding.failed")[0]);
        assert_eq!(failed, json!({ "bindingId": "1", "reason": "abandoned", "rule": "customer/gives-up" }));
        let again = walk.sign_in("081291891818", "414141");
        walk.leads_to(&again, "result");
        nothing_came(&sim, &receiver, "given up");
    }
}

#[test]
fn a_binding_lives_a_day() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut fresh = Walk::begin(&sim, to(&receiver, "fresh", &sim.shop()));
    let mut begun = Walk::begin(&sim, to(&receiver, "begun", &sim.shop()));
    sim.advance("23h59m59s");
    begun.sign_in("081291891818", "414141");
    let shown = fresh.shown();
    assert_eq!((shown["state"].as_str(), shown["callbackUrl"].as_str()), (Some("registered"), None));
    assert_eq!(shown["expiresAt"], "2026-01-01T17:00:00Z");
    assert_eq!(fresh.get("signin").status, 200);
    sim.advance("1s");
    assert_eq!(sim.events("binding.failed").len(), 2, "nobody has to look");
    for walk in [&mut fresh, &mut begun] {
        for page in ["signin", "result"] {
            let gone = walk.get(page);
            assert_eq!((gone.status, gone.diagnosis()), (410, "page/expired"), "{page}");
            assert_eq!(attr(&gone, "notice", "data-notice"), "link-expired");
            assert_eq!(attr(&gone, "return", "href"), format!("{BINDING}/return?tk={}", walk.tk));
        }
        for (page, fields) in [
            ("signin", [("phone", "081291891818"), ("pin", "414141")]),
            ("otp", [("otp", "4567"), ("x", "")]),
            ("otp/resend", [("x", ""), ("y", "")]),
            ("cancel", [("x", ""), ("y", "")]),
        ] {
            assert_eq!(walk.post(page, &fields).status, 410, "{page}");
        }
        assert_eq!(walk.state(), "expired");
        let location = walk.back().location().to_owned();
        assert!(
            location.starts_with(&format!("{WAY_BACK}&resultCd=9129&resultMsg=Transaction+failed%3A+Expired")),
            "{location}"
        );
        assert_eq!(walk.shown()["callbackUrl"], location.as_str());
    }
    let reasons: Vec<_> = sim.events("binding.failed").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons, ["expired", "expired"]);
    nothing_came(&sim, &receiver, "expired");
}
