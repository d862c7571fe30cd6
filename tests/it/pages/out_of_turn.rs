//! The back button, other browsers and old links.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::json;

use super::{API, CALLBACK, Payment, STEPS, all, by_id, html, notice, outcome, text};

#[test]
fn a_form_from_a_page_left_behind_leads_to_where_the_buyer_is() {
    let sim = Simulator::start();
    let plan = ("plan", vec![("instmntMon", "3")]);
    let otp = ("otp", vec![("otp", "4567")]);
    let resend = ("otp/resend", vec![]);
    let cancel = ("cancel", vec![]);
    let sign_in = ("signin", vec![("phone", "081291891818"), ("pin", "414141")]);
    for (at, (page, fields), leads_to) in [
        ("signin", plan.clone(), "signin"),
        ("signin", otp.clone(), "signin"),
        ("signin", resend.clone(), "signin"),
        ("plan", otp.clone(), "plan"),
        ("plan", resend.clone(), "plan"),
        ("plan", sign_in.clone(), "plan"),
        ("otp", plan.clone(), "otp"),
        ("otp", sign_in.clone(), "plan"),
        ("result", sign_in, "result"),
        ("result", ("signin", vec![]), "result"),
        ("result", ("signin", vec![("phone", "081291891818"), ("pin", "000000")]), "result"),
        ("result", plan, "result"),
        ("result", otp, "result"),
        ("result", ("otp", vec![]), "result"),
        ("result", resend, "result"),
        ("result", cancel, "result"),
    ] {
        let mut payment = Payment::at(&sim, &format!("{at}-{page}-{}", fields.len()), at);
        let reply = payment.post(page, &fields);
        payment.leads_to(&reply, leads_to);
        if at == "result" {
            assert_eq!(payment.stage(&sim), "approved");
        }
        sim.http().post_json(&format!("{API}/reset"), &json!({}));
    }
}

#[test]
fn a_page_out_of_turn_leads_to_where_the_buyer_is() {
    let sim = Simulator::start();
    for (at, page, leads_to) in [
        ("signin", "plan", "signin"),
        ("signin", "otp", "signin"),
        ("signin", "result", "signin"),
        ("plan", "signin", "plan"),
        ("plan", "otp", "plan"),
        ("plan", "result", "plan"),
        ("otp", "signin", "otp"),
        ("otp", "result", "otp"),
        ("otp", "otp/resend", "otp"),
        ("otp", "cancel", "otp"),
        ("result", "plan", "result"),
        ("result", "otp", "result"),
    ] {
        let mut payment = Payment::at(&sim, &format!("{at}-{page}"), at);
        let reply = payment.get(page);
        payment.leads_to(&reply, leads_to);
    }
    let mut payment = Payment::at(&sim, "back-to-plan", "otp");
    let page = html(&payment.get("plan"));
    by_id(&page, "plan-form");
}

#[test]
fn a_tenor_chosen_anew_replaces_the_first() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    payment.post("plan", &[("instmntMon", "6")]);
    payment.otp("4567");
    assert_eq!(payment.shown(&sim)["instmntMon"], "6");
}

#[test]
fn a_link_that_was_never_given_is_404() {
    let sim = Simulator::start();
    for query in ["", "?tk=", "?tk=none", "?tk=%00%ff", "?tk=<script>alert(1)</script>"] {
        for page in ["signin", "plan", "otp", "result"] {
            let reply = sim.http().get(&format!("/kredivo/v2/{page}{query}"));
            assert_eq!(notice(&reply), (404, "link-unknown".into()), "{page}{query}");
            assert!(!reply.body.contains("<script>alert"), "{page}{query}");
        }
        for page in ["signin", "plan", "otp", "otp/resend", "cancel"] {
            let reply = sim.http().post_form(&format!("/kredivo/v2/{page}{query}"), &[("phone", "081291891818")], &[]);
            assert_eq!(notice(&reply), (404, "link-unknown".into()), "{page}{query}");
        }
    }
    let mut payment = Payment::at(&sim, "order", "plan");
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    assert_eq!(notice(&payment.get("plan")), (404, "link-unknown".into()), "a reset forgets it");
}

#[test]
fn a_link_whose_time_is_up_is_410() {
    let sim = Simulator::start();
    let mut payments = STEPS.map(|step| Payment::at(&sim, step, step));
    sim.advance("24h");
    for payment in &mut payments {
        let old = payment.get("signin");
        assert_eq!(notice(&old), (410, "link-expired".into()));
        assert_eq!(by_id(&html(&old), "return").attr("href"), Some(payment.return_url().as_str()));
        assert_eq!(notice(&payment.get("result")), (410, "link-expired".into()));
        for page in ["plan", "otp"] {
            let reply = payment.get(page);
            payment.leads_to(&reply, "signin");
        }
        for (page, fields) in [
            ("signin", vec![("phone", "081291891818"), ("pin", "414141")]),
            ("signin", vec![]),
            ("plan", vec![("instmntMon", "1")]),
            ("otp", vec![("otp", "4567")]),
            ("otp", vec![]),
            ("otp/resend", vec![]),
            ("cancel", vec![]),
        ] {
            assert_eq!(notice(&payment.post(page, &fields)), (410, "link-expired".into()), "{page}");
        }
        let returned = payment.back();
        assert!(returned.location().starts_with(&format!("{CALLBACK}&resultCd=9129")), "{}", returned.location());
        assert_eq!(payment.stage(&sim), "expired");
    }
}

#[test]
fn a_link_of_a_paid_order_is_409_with_the_way_back() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "result");
    let reply = payment.get("signin");
    assert_eq!(notice(&reply), (409, "already-paid".into()));
    let page = html(&reply);
    assert_eq!(by_id(&page, "return").attr("href"), Some(payment.return_url().as_str()));
    let link = by_id(&page, "receipt-show");
    let expected = ("Lihat bukti pembayaran", Some(payment.url("result")));
    assert_eq!((text(link).as_str(), link.attr("href").map(str::to_owned)), expected);
}

#[test]
fn whoever_is_at_a_step_when_it_is_decided_elsewhere_is_led_to_the_result() {
    let sim = Simulator::start();
    for (act, decided) in [("approve", "approved"), ("review", "under-review"), ("reject", "declined")] {
        for step in STEPS {
            let mut payment = Payment::at(&sim, &format!("{act}-{step}"), step);
            let call = format!("{API}/transactions/{}/buyer", payment.registered.t_xid());
            sim.http().post_json(&call, &json!({ "do": act }));
            if (act, step) != ("approve", "signin") {
                let moved = payment.get(step);
                payment.leads_to(&moved, "result");
            }
            assert_eq!(outcome(&payment.get("result")), decided, "{step}");
        }
    }
}

#[test]
fn another_browser_cannot_go_on_where_the_first_one_is() {
    let sim = Simulator::start();
    for (at, page, fields) in [
        ("plan", "plan", vec![("instmntMon", "1")]),
        ("plan", "cancel", vec![]),
        ("otp", "plan", vec![("instmntMon", "1")]),
        ("otp", "otp", vec![("otp", "4567")]),
        ("otp", "otp/resend", vec![]),
        ("otp", "cancel", vec![]),
    ] {
        let payment = Payment::at(&sim, &format!("{at}-{page}"), at);
        let before = payment.shown(&sim);
        for cookie in ["", "sim_session_none=x", &format!("sim_session_{}=x", &payment.tk[..12])] {
            let reply = sim.http().post_form(&payment.url(page), &fields, &[("cookie", cookie)]);
            assert_eq!(notice(&reply), (403, "session-ended".into()), "{at} {page}");
            assert_eq!(by_id(&html(&reply), "signin-again").attr("href"), Some(payment.url("signin").as_str()));
        }
        assert_eq!(payment.shown(&sim), before, "{at} {page}");
    }
}

#[test]
fn another_browser_may_begin_and_then_the_first_one_may_not_go_on() {
    let sim = Simulator::start();
    for step in STEPS {
        let mut payment = Payment::at(&sim, step, step);
        let first_page = sim.http().get(&payment.url("signin"));
        assert_eq!(first_page.status, 200, "a client without cookies sees a page");
        by_id(&html(&first_page), "login-form");
        let warned = !all(&html(&first_page), "[data-testid=signin-taken]").is_empty();
        assert_eq!(warned, step != "signin", "{step}: whoever begins is told that somebody has begun");
        for page in ["plan", "otp"] {
            assert_eq!(sim.http().get(&payment.url(page)).location(), payment.url("signin"), "{step} {page}");
        }
        let mut second = sim.buyer();
        assert_eq!(second.sign_in(&payment.tk, Login::default()).status, 303);
        assert_eq!(notice(&payment.post("plan", &[("instmntMon", "1")])), (403, "session-ended".into()));
        let back_to_start = payment.get("plan");
        payment.leads_to(&back_to_start, "signin");
        assert_eq!(second.choose(&payment.tk, "1").status, 303);
    }
}

#[test]
fn two_tabs_of_one_browser_pay_two_orders() {
    let sim = Simulator::start();
    let (mut one, mut two) = (Payment::at(&sim, "one", "signin"), Payment::at(&sim, "two", "signin"));
    let mut browser = sim.buyer();
    for tk in [&one.tk, &two.tk] {
        assert_eq!(browser.sign_in(tk, Login::default()).status, 303);
    }
    for tk in [&one.tk, &two.tk] {
        assert_eq!(browser.choose(tk, "1").status, 303);
    }
    for payment in [&mut one, &mut two] {
        assert_eq!(browser.enter_otp(&payment.tk, "4567").status, 303);
        assert_eq!(payment.stage(&sim), "approved");
    }
}

#[test]
fn whoever_gives_up_goes_back_to_the_shop_and_may_come_again() {
    let sim = Simulator::start();
    for step in STEPS {
        let mut payment = Payment::at(&sim, step, step);
        let given_up = payment.post("cancel", &[]);
        payment.leads_to(&given_up, "result");
        assert_eq!(outcome(&payment.get("result")), "abandoned");
        assert_eq!(payment.shown(&sim)["rule"], "customer/gives-up");
        let returned = payment.back();
        assert_eq!(returned.status, 302);
        assert!(returned.location().starts_with(&format!("{CALLBACK}&resultCd=9030")), "{}", returned.location());
        by_id(&html(&payment.get("signin")), "login-form");
        let signed_in = payment.sign_in("081291891818", "414141");
        payment.leads_to(&signed_in, "plan");
    }
}

#[test]
fn a_form_that_is_too_large_is_413() {
    let sim = Simulator::start();
    for page in ["signin", "plan", "otp", "otp/resend", "cancel"] {
        let mut payment = Payment::at(&sim, page, "otp");
        let reply = payment.post(page, &[("x", &"x".repeat(17_000))]);
        assert_eq!(notice(&reply), (413, "bad-request".into()), "{page}");
        assert_eq!(payment.shown(&sim)["step"], "otp", "{page}");
    }
}
