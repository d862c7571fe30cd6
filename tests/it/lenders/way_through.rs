//! Every lender's way through, on pages of its own.

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::Value;

use super::{AKULAKU, CALLBACK, INDODANA, KREDIVO, LENDERS, Lender, Payment, attrs, error, html, outcome, texts, told};

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn every_lender_takes_a_payment_to_its_end_on_its_own_pages() {
    for lender in LENDERS {
        let Lender { slug, name, mitra_cd, .. } = lender;
        let sim = Simulator::start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let mut payment = Payment::begin(&sim, lender, lender.order(&shop, "flow", 1_000_000).notify(receiver.url()));
        let seen = |reply: &Reply, test_id: &str| {
            let page = html(reply);
            assert_eq!(reply.status, 200, "{slug} {test_id}");
            assert_eq!(texts(&page, &format!("[data-testid={test_id}]")).len(), 1, "{slug} {test_id}");
            assert!(texts(&page, "title").concat().contains(name), "{slug}: {:?}", texts(&page, "title"));
            let elsewhere = |url: &String| !url.starts_with(&format!("/{slug}/")) && url != "/favicon.svg";
            let assets = [attrs(&page, "link[href]", "href"), attrs(&page, "script[src]", "src")].concat();
            let actions = attrs(&page, "form", "action");
            let strays: Vec<_> = assets.iter().chain(&actions).filter(|url| elsewhere(url)).collect();
            assert!(strays.is_empty(), "{slug} {test_id}: {strays:?}");
            for other in LENDERS.iter().filter(|other| other.slug != slug) {
                assert!(!reply.body.contains(other.name), "{} on {slug}'s {test_id}", other.name);
            }
        };
        seen(&payment.get("signin"), "login-form");
        let signed_in = payment.sign_in(lender.login.phone, lender.login.pin);
        payment.leads_to(&signed_in, lender.steps[0]);
        let cookie = signed_in.header("set-cookie").unwrap();
        assert!(cookie.starts_with("sim_session_") && cookie.contains(&format!("; Path=/{slug};")), "{cookie}");
        for (step, next) in lender.steps.iter().zip(lender.steps[1..].iter().chain(&["result"])) {
            seen(&payment.get(step), &format!("{step}-form"));
            assert_eq!(payment.status(&sim), "9", "{slug} {step}");
            assert_eq!(payment.shown(&sim)["step"], *step, "{slug}");
            let answer = payment.fill_in(step);
            payment.leads_to(&answer, next);
        }
        let result = payment.get("result");
        seen(&result, "result-status");
        assert_eq!(outcome(&result), "approved");

        let back = payment.back();
        assert_eq!(back.status, if slug == "indodana" { 200 } else { 302 }, "{slug}");
        let t_xid = payment.registered.t_xid();
        assert_eq!(
            told(&back),
            pairs(&[
                ("resultCd", "0000"),
                ("resultMsg", "SUCCESS"),
                ("tXid", &t_xid),
                ("referenceNo", "flow"),
                ("payMethod", "06"),
                ("amt", "1000000"),
                ("transDt", "20260101"),
                ("transTm", "000000"),
                ("description", ""),
                ("mitraCd", mitra_cd),
                ("currency", "IDR"),
                ("goodsNm", "Test Transaction Nicepay"),
                ("billingNm", "Customer Name"),
                ("instmntMon", "3"),
                ("instmntType", "2"),
            ]),
            "{slug}"
        );
        let story: Vec<_> = payment.events(&sim, "").iter().map(|event| event["type"].clone()).collect();
        let story: Vec<_> =
            story.iter().filter(|kind| *kind != "exchange.recorded" && *kind != "inquiry.answered").collect();
        let steps: &[&str] = if slug == "indodana" {
            &["partner.otp-sent", "partner.otp-passed", "partner.plan-chosen", "partner.pin-confirmed"]
        } else {
            &["partner.plan-chosen", "partner.otp-sent", "partner.otp-passed"]
        };
        let before = ["transaction.registered", "payment.opened", "partner.login"];
        let after = ["transaction.approved", "notification.scheduled", "callback.sent"];
        assert_eq!(story, [&before, steps, &after].concat(), "{slug}");
        assert_eq!(payment.events(&sim, "partner.otp-sent")[0]["otp"], lender.login.otp);

        sim.advance("2s");
        let notification = receiver.only();
        for (field, value) in [("status", "0"), ("mitraCd", mitra_cd), ("instmntMon", "3"), ("payMethod", "06")] {
            assert_eq!(notification.field(field), value, "{slug}");
        }
        assert_eq!(notification.fields().len(), 22);
        assert_eq!(notification.field("merchantToken"), shop.sign(&["PAYLOANTES", &t_xid, "1000000"]));
        let answer = shop.inquire(&payment.order, &payment.registered).json();
        for (key, value) in [("status", "0"), ("mitraCd", mitra_cd), ("instmntMon", "3"), ("resultMsg", "paid")] {
            assert_eq!(answer[key], value, "{slug}");
        }
        let cancelled = shop.cancel(&payment.registered, "1", "1000000");
        assert_eq!((cancelled.result_cd().as_str(), payment.status(&sim).as_str()), ("0000", "2"), "{slug}");
        let result = payment.get("result");
        assert_eq!(outcome(&result), "refunded");
    }
}

#[test]
fn a_registration_answers_with_the_lenders_code() {
    let sim = Simulator::start();
    for lender in LENDERS {
        let registered = sim.shop().register(&lender.order(&sim.shop(), lender.slug, 25_145));
        assert_eq!(registered.json()["mitraCd"], lender.mitra_cd);
        assert_eq!(registered.json()["requestURL"], Value::Null);
    }
}

#[test]
fn return_json_format_answers_with_the_lenders_page() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for lender in [AKULAKU, INDODANA] {
        let order = lender.order(&shop, lender.slug, 25_145);
        let registered = shop.register(&order);
        let url = format!("{}&returnJsonFormat=1", shop.payment_url(&order, &registered, CALLBACK));
        let answer = sim.http().get(&url);
        assert_eq!((answer.status, answer.result_cd().as_str()), (200, "0000"));
        let page = answer.json()["redirectUrlHttp"].as_str().unwrap().to_owned();
        let tk = sim.buyer().arrive(&page);
        assert_eq!(page, format!("{}{}", sim.url(), lender.page("signin", &tk)));
        assert_eq!(sim.http().get(&page).status, 200);
    }
}

#[test]
fn every_lender_asks_for_as_many_digits_as_its_otp_has() {
    let sim = Simulator::start();
    for lender in LENDERS {
        let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), lender.slug, 1_000_000));
        payment.walk_to("otp");
        let page = payment.get("otp");
        let input = "[data-testid=otp-input]";
        assert_eq!(attrs(&html(&page), input, "maxlength"), [lender.digits], "{}", lender.slug);
        assert_eq!(attrs(&html(&page), input, "pattern"), [format!("[0-9]{{{}}}", lender.digits)], "{}", lender.slug);
        assert_eq!(lender.login.otp.len().to_string(), lender.digits);
        // The others' codes are wrong here.
        let others = LENDERS.iter().filter(|other| other.slug != lender.slug);
        for (left, other) in [2, 1].into_iter().zip(others) {
            let wrong = payment.buyer.enter_otp(&payment.tk, other.login.otp);
            assert_eq!(error(&wrong), format!("Kode OTP salah. Sisa {left} kali percobaan."), "{}", lender.slug);
        }
        let entered = payment.buyer.enter_otp(&payment.tk, lender.login.otp);
        payment.leads_to(&entered, if lender.slug == "indodana" { "plan" } else { "result" });
    }
}

#[test]
fn a_lender_knows_its_own_customers_only() {
    let sim = Simulator::start();
    for lender in LENDERS {
        for other in LENDERS.iter().filter(|other| other.slug != lender.slug) {
            let reference_no = format!("{}-{}", lender.slug, other.slug);
            let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), &reference_no, 1_000_000));
            // However often: nobody is locked who is not known.
            for _ in 0..4 {
                let refused = payment.sign_in(other.login.phone, other.login.pin);
                assert_eq!(error(&refused), "Nomor HP ini belum terdaftar.", "{reference_no}");
            }
            let failed = payment.events(&sim, "partner.login-failed");
            assert_eq!(failed.len(), 4);
            assert!(failed.iter().all(|event| event["reason"] == "unknown-phone"), "{failed:?}");
            payment.pay(lender.login);
            assert_eq!(payment.status(&sim), "0", "{reference_no}");
        }
    }
    let locked = sim.http().get("/__sim/api/shoppers?iMid=PAYLOANTES").json();
    assert!(locked.as_array().unwrap().iter().all(|shopper| shopper["lockedUntil"].is_null()), "{locked}");
}

#[test]
fn the_testers_panel_shows_the_lenders_own_shoppers() {
    let sim = Simulator::start();
    let known = [(KREDIVO, 13, "081291891818"), (AKULAKU, 5, "087700000000"), (INDODANA, 5, "0838499610")];
    for (lender, count, usual) in known {
        let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), lender.slug, 25_145));
        let page = payment.get("signin");
        let phones = attrs(&html(&page), "[data-testid=tester-panel] [data-shopper-phone]", "data-shopper-phone");
        assert_eq!(phones.len(), count, "{}: {phones:?}", lender.slug);
        assert!(phones.iter().any(|phone| phone == usual), "{phones:?}");
        for other in known.iter().filter(|other| other.0.slug != lender.slug) {
            assert!(!page.body.contains(other.2), "{} at {}", other.2, lender.slug);
        }
    }
}

#[test]
fn a_link_below_another_lenders_folder_leads_home() {
    let sim = Simulator::start();
    for lender in LENDERS {
        for other in LENDERS.iter().filter(|other| other.slug != lender.slug) {
            let reference_no = format!("{}-{}", lender.slug, other.slug);
            let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), &reference_no, 1_000_000));
            payment.sign_in(lender.login.phone, lender.login.pin);
            payment.buyer.choose(&payment.tk, "3");
            let before = payment.events(&sim, "").len();
            for (verb, page, own) in [
                ("GET", "signin", "signin"),
                ("GET", "plan", "plan"),
                ("GET", "otp", "otp"),
                ("GET", "result", "result"),
                ("GET", "otp/resend", "signin"),
                ("GET", "cancel", "signin"),
                ("POST", "signin", "signin"),
                ("POST", "plan", "plan"),
                ("POST", "otp", "otp"),
                ("POST", "otp/resend", "otp"),
                ("POST", "cancel", "signin"),
            ] {
                let url = other.page(page, &payment.tk);
                let fields = [
                    ("phone", other.login.phone),
                    ("pin", other.login.pin),
                    ("instmntMon", "1"),
                    ("otp", lender.login.otp),
                ];
                let reply = if verb == "GET" { payment.buyer.get(&url) } else { payment.buyer.post(&url, &fields) };
                let what = format!("{verb} {url}");
                assert_eq!((reply.status, reply.diagnosis()), (303, "page/other-lender"), "{what}");
                assert_eq!(reply.location(), lender.page(own, &payment.tk), "{what}");
                // And the language comes along.
                if verb == "GET" {
                    let english = payment.buyer.get(&format!("{url}&lang=en"));
                    assert_eq!(english.location(), format!("{}&lang=en", lender.page(own, &payment.tk)), "{what}");
                }
            }
            assert_eq!(payment.events(&sim, "").len(), before, "nothing has happened");
            assert_eq!(payment.shown(&sim)["step"], "otp");
        }
    }
    // A link of nobody's is unknown below every folder.
    for lender in LENDERS {
        let reply = sim.http().get(&lender.page("signin", "nobodys"));
        assert_eq!((reply.status, reply.diagnosis()), (404, "page/unknown-link"));
        assert!(texts(&html(&reply), "title").concat().contains(lender.name));
    }
}
