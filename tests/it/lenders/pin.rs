//! Indodana's own steps: consent on the plan page, and the PIN once more (`docs/PROTOCOL.md` §8.1).

use nicepay_sim::testing::{Login, Reply, Simulator};
use serde_json::json;

use super::{INDODANA, KREDIVO, Payment, attrs, error, html, outcome, texts};

/// A payment of Indodana's whose next page is this one.
fn at(sim: &Simulator, reference_no: &str, page: &str) -> Payment {
    let mut payment = Payment::begin(sim, INDODANA, INDODANA.order(&sim.shop(), reference_no, 1_000_000));
    payment.walk_to(page);
    payment
}

/// The names of a form's fields, in order and each once.
fn names(reply: &Reply, form: &str) -> Vec<String> {
    let mut names = attrs(&html(reply), &format!("[data-testid={form}] [name]"), "name");
    names.dedup();
    names
}

#[test]
fn the_pages_have_their_fields_and_steps_in_both_languages() {
    let sim = Simulator::start();
    let mut payment = at(&sim, "fields", "plan");
    let plan = payment.get("plan");
    assert_eq!(names(&plan, "plan-form"), ["instmntMon", "consent"]);
    assert_eq!(attrs(&html(&plan), "[data-testid=plan-consent]", "type"), ["checkbox"]);
    assert_eq!(texts(&html(&plan), "[data-testid=plan-submit]"), ["Bayar"]);
    assert_eq!(texts(&html(&plan), ".steps .name"), ["Masuk (selesai)", "OTP (selesai)", "Tenor", "PIN"]);
    payment.fill_in("plan");
    let pin = payment.get("pin");
    assert_eq!(names(&pin, "pin-form"), ["pin"], "the PIN alone");
    let forms = attrs(&html(&pin), "form", "action");
    assert_eq!(forms, [INDODANA.page("pin", &payment.tk), INDODANA.page("cancel", &payment.tk)]);
    assert_eq!(attrs(&html(&pin), "[data-testid=pin-input]", "type"), ["password"]);
    assert_eq!(texts(&html(&pin), "h1"), ["Konfirmasi dengan PIN"]);
    assert_eq!(texts(&html(&pin), "[data-testid=pin-submit]"), ["Konfirmasi pembayaran"]);
    assert_eq!(texts(&html(&pin), "[data-testid=pin-tenor]"), ["3 bulan"]);
    let english = payment.buyer.get(&format!("{}&lang=en", INDODANA.page("pin", &payment.tk)));
    assert_eq!(texts(&html(&english), "h1"), ["Confirm with your PIN"]);
    // The others have neither.
    let mut kredivo = Payment::begin(&sim, KREDIVO, KREDIVO.order(&sim.shop(), "kredivo", 1_000_000));
    kredivo.walk_to("plan");
    let plan = kredivo.get("plan");
    assert_eq!(names(&plan, "plan-form"), ["instmntMon"]);
    let stray = kredivo.get("pin");
    kredivo.leads_to(&stray, "plan");
}

#[test]
fn nobody_pays_without_consent() {
    let sim = Simulator::start();
    let mut payment = at(&sim, "consent", "plan");
    let page = INDODANA.page("plan", &payment.tk);
    let refused = payment.buyer.post(&page, &[("instmntMon", "6")]);
    assert_eq!(error(&refused), "Centang kotak persetujuan ketentuan pinjaman terlebih dahulu.");
    assert_eq!(attrs(&html(&refused), "[data-testid=plan-option][checked]", "value"), ["6"], "the choice is kept");
    assert!(payment.events(&sim, "partner.plan-chosen").is_empty());
    assert_eq!(payment.shown(&sim)["step"], "plan");
    let agreed = payment.buyer.post(&page, &[("instmntMon", "6"), ("consent", "1")]);
    payment.leads_to(&agreed, "pin");
    // The Back button: another tenor, which needs consent again.
    assert_eq!(payment.get("plan").status, 200);
    assert_eq!(error(&payment.buyer.post(&page, &[("instmntMon", "12")])).split(' ').next(), Some("Centang"));
    let agreed = payment.buyer.post(&page, &[("instmntMon", "12"), ("consent", "1")]);
    payment.leads_to(&agreed, "pin");
    let paid = payment.fill_in("pin");
    payment.leads_to(&paid, "result");
    assert_eq!(payment.shown(&sim)["plan"]["instmntMon"], "12");
    assert_eq!(payment.status(&sim), "0");
}

#[test]
fn the_pin_is_checked_again() {
    let sim = Simulator::start();
    let mut payment = at(&sim, "wrong", "pin");
    for (pin, says) in [
        ("", "PIN terdiri dari 6 angka."),
        ("12345", "PIN terdiri dari 6 angka."),
        ("000000", "PIN salah. Sisa 2 kali percobaan."),
        ("000000", "PIN salah. Sisa 1 kali percobaan sebelum akun dikunci."),
    ] {
        let tk = payment.tk.clone();
        let refused = payment.buyer.confirm(&tk, pin);
        assert_eq!(error(&refused), says, "{pin:?}");
        assert_eq!(attrs(&html(&refused), "[aria-invalid=true]", "id"), ["pin"], "{pin:?}");
    }
    assert_eq!(payment.status(&sim), "9");
    let tk = payment.tk.clone();
    assert!(error(&payment.buyer.confirm(&tk, "000000")).starts_with("PIN salah terlalu sering. Akun ini dikunci"));
    let failed = payment.events(&sim, "partner.login-failed");
    assert!(failed.len() == 3 && failed.iter().all(|event| event["reason"] == "wrong-pin"), "{failed:?}");
    assert_eq!(payment.events(&sim, "partner.locked").len(), 1);
    assert!(error(&payment.fill_in("pin")).starts_with("Akun ini dikunci sampai"), "even the right one");
    sim.advance("30m");
    let paid = payment.fill_in("pin");
    payment.leads_to(&paid, "result");
    assert_eq!(outcome(&payment.get("result")), "approved");
    assert_eq!(payment.events(&sim, "partner.pin-confirmed").len(), 1);
    // Sent again, it pays nothing twice.
    let again = payment.fill_in("pin");
    payment.leads_to(&again, "result");
    assert_eq!(payment.events(&sim, "transaction.approved").len(), 1);
    // No PIN is recorded.
    assert!(!sim.http().get("/__sim/api/events").body.contains("123654"));
}

#[test]
fn the_pin_page_is_for_the_browser_that_signed_in_and_for_its_time() {
    let sim = Simulator::start();
    let mut payment = at(&sim, "other", "pin");
    let form = [("pin", "123654")];
    let other = sim.http().post_form(&INDODANA.page("pin", &payment.tk), &form, &[]);
    assert_eq!((other.status, other.diagnosis()), (403, "page/other-session"));
    assert_eq!(payment.status(&sim), "9");
    // Before it, the form leads to the step that is next.
    for step in ["otp", "plan"] {
        let mut early = at(&sim, step, step);
        let reply = early.fill_in("pin");
        early.leads_to(&reply, step);
        assert_eq!(reply.diagnosis(), "page/other-step");
    }
    // The customer may leave from here, and come back.
    let cancel = INDODANA.page("cancel", &payment.tk);
    let left = payment.buyer.post(&cancel, &[]);
    payment.leads_to(&left, "result");
    assert_eq!(payment.shown(&sim)["stage"], "abandoned");
    payment.pay(INDODANA.login);
    assert_eq!(payment.status(&sim), "0");
    // After its time, nothing is paid.
    let mut late = at(&sim, "late", "pin");
    sim.advance("24h");
    assert_eq!(late.fill_in("pin").status, 410);
    assert_eq!(late.status(&sim), "8");
}

#[test]
fn whoever_plays_the_customer_takes_the_same_steps() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let steps = ["partner.otp-sent", "partner.otp-passed", "partner.plan-chosen", "partner.pin-confirmed"];
    let by_control = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "control", 1_000_000));
    let url = format!("/__sim/api/transactions/{}/buyer", by_control.registered.t_xid());
    assert_eq!(sim.http().post_json(&url, &json!({})).json()["stage"], "approved");
    let mut by_testing = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "testing", 1_000_000));
    let tk = by_testing.tk.clone();
    let last = by_testing.buyer.walk(&tk, Login { months: "1", ..INDODANA.login });
    by_testing.leads_to(&last, "result");
    for payment in [by_control, by_testing] {
        let story: Vec<_> =
            payment.events(&sim, "").iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        let taken: Vec<_> = story.iter().filter(|kind| steps.contains(&kind.as_str())).collect();
        assert_eq!(taken, steps, "{story:?}");
    }
}

/// Refunds online for 30 days; later by hand.
#[test]
fn indodana_refunds_for_thirty_days() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let pay = |lender: super::Lender, reference_no: &str| {
        let mut payment = Payment::begin(&sim, lender, lender.order(&shop, reference_no, 1_000_000));
        payment.pay(lender.login);
        payment
    };
    let [in_time, late] = ["in time", "late"].map(|reference_no| pay(INDODANA, reference_no));
    let kredivo = pay(KREDIVO, "kredivo");
    sim.advance("720h");
    assert_eq!(shop.cancel(&in_time.registered, "1", "1000000").result_cd(), "0000", "the last moment");
    sim.advance("1ms");
    let refused = shop.cancel(&late.registered, "1", "1000000");
    assert_eq!((refused.result_cd().as_str(), refused.diagnosis()), ("9334", "cancel/too-late"));
    assert!(refused.header("x-sim-diagnosis").unwrap().contains("more than 30 days ago: Indodana"), "{refused:?}");
    assert_eq!(late.status(&sim), "0");
    let by_hand = format!("/__sim/api/transactions/{}/cancel", late.registered.t_xid());
    assert_eq!(sim.http().post_json(&by_hand, &json!({})).json()["stage"], "cancelled", "by hand");
    assert_eq!(shop.cancel(&kredivo.registered, "1", "1000000").result_cd(), "0000", "Kredivo has no such limit");
}

#[test]
fn an_order_expires_as_its_lender_has_it() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let [kredivo, akulaku, indodana] =
        super::LENDERS.map(|lender| Payment::begin(&sim, lender, lender.order(&shop, lender.slug, 1_000_000)));
    sim.advance("1h59m59s");
    assert_eq!(akulaku.status(&sim), "9");
    sim.advance("1s");
    assert_eq!((akulaku.status(&sim).as_str(), akulaku.shown(&sim)["stage"].as_str()), ("8", Some("expired")));
    sim.advance("21h59m59s");
    for payment in [&kredivo, &indodana] {
        assert_eq!(payment.status(&sim), "9", "{}", payment.lender.slug);
    }
    sim.advance("1s");
    for payment in [&kredivo, &indodana] {
        assert_eq!(payment.status(&sim), "8", "{}", payment.lender.slug);
    }
}
