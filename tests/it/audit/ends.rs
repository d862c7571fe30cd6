//! Merchants that are slow, huge or gone: the audit ends, and says why.

use std::sync::mpsc;

use nicepay_sim::testing::{Answer, Simulator};
use serde_json::json;

use super::merchant::{Merchant, events, run, wait};

const DRILLS: [&str; 4] = ["genuine", "wrong-token", "duplicate", "declined"];

/// A third of the timeout of a notification is slow.
fn impatient(settings: &str) -> Simulator {
    Simulator::builder().clock("system").settings(settings).start()
}

#[test]
fn a_merchant_that_never_answers_ends_the_audit() {
    let sim = impatient("notification-timeout = '300ms'");
    let silent = sim.receiver();
    let (_open, closed) = mpsc::channel::<()>();
    silent.answer_with(move |_| {
        let _ = closed.recv();
        Answer::status(200)
    });
    let merchant = Merchant::with(&sim, &[("dbProcessUrl", json!(silent.url()))], |_, _| None);
    let audit = merchant.audit(&sim, &DRILLS);
    assert_eq!((&audit["state"], &audit["done"], &audit["total"]), (&json!("given-up"), &json!(2), &json!(4)));
    assert!(
        audit["reason"].as_str().unwrap().contains("for a notification; all drills would take too long"),
        "{audit:#}"
    );
    let attempts = events(&sim, "notification.attempted");
    assert_eq!(attempts.len(), 3, "none is repeated: {attempts:#?}");
    assert!(attempts.iter().all(|attempt| attempt["error"] == "no response in time"), "{attempts:#?}");
}

/// As one that takes 29 of 30 seconds.
#[test]
fn a_merchant_that_answers_at_the_last_moment_ends_the_audit() {
    let sim = impatient("notification-timeout = '2s'");
    let slow = sim.receiver();
    let http = sim.http().clone();
    slow.answer_with(move |_| {
        // Waits for an event that does not come.
        http.get("/__sim/api/events/wait?type=scenario.refused&timeout=0.8s");
        Answer::status(200)
    });
    let merchant = Merchant::with(&sim, &[("dbProcessUrl", json!(slow.url()))], |_, _| None);
    let audit = merchant.audit(&sim, &DRILLS);
    assert_eq!((&audit["state"], &audit["done"]), (&json!("given-up"), &json!(2)), "{audit:#}");
    let attempts = events(&sim, "notification.attempted");
    assert_eq!(attempts.len(), 3, "{attempts:#?}");
    for attempt in attempts {
        let at = |name: &str| attempt[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let took = at("at").duration_since(at("sentAt"));
        assert!(attempt["httpStatus"] == 200 && took.as_millis() >= 700, "the report has to see it: {attempt:#}");
    }
}

#[test]
fn answers_of_ten_megabytes_do_no_harm() {
    let sim = Simulator::start();
    let large = "x".repeat(10 * 1024 * 1024);
    let merchant = Merchant::wrong(&sim, move |_, path| {
        ["/notify", "/return"].contains(&path).then(|| Answer { body: large.clone(), ..Answer::status(200) })
    });
    let audit = merchant.audit(&sim, &DRILLS);
    assert_eq!((&audit["state"], &audit["done"]), (&json!("complete"), &json!(4)), "{audit:#}");
    assert!(events(&sim, "notification.attempted").iter().all(|attempt| attempt["httpStatus"] == 200));
}

#[test]
fn a_merchant_that_is_gone_is_the_error_of_the_drills() {
    let sim = Simulator::start();
    let merchant = Merchant::start(&sim);
    let mut plan = merchant.plan(&[]);
    // Orders still work: only notifications and the browser find nobody.
    let gone = sim.receiver();
    let nobody = gone.url().to_owned();
    drop(gone);
    let merchant = Merchant::with(&sim, &[("dbProcessUrl", json!(nobody))], |_, _| None);
    plan["order"] = json!(merchant.url("/buy"));
    plan["probe"] = json!(merchant.url("/orders/{referenceNo}"));
    plan["only"] = json!(["genuine", "duplicate"]);
    let audit = run(&sim, &plan);
    assert_eq!((&audit["state"], &audit["done"]), (&json!("complete"), &json!(2)), "{audit:#}");
    let attempts = events(&sim, "notification.attempted");
    assert!(attempts.len() == 4 && attempts.iter().all(|attempt| attempt.get("httpStatus").is_none()), "{attempts:#?}");
}

#[test]
fn a_simulator_that_stops_ends_its_audit() {
    let sim = Simulator::builder().workers(2).start();
    let (_open, closed) = mpsc::channel::<()>();
    let merchant = Merchant::wrong(&sim, move |_, path| {
        if path == "/buy" {
            let _ = closed.recv();
        }
        None
    });
    assert_eq!(sim.http().post_json("/__sim/api/audits", &merchant.plan(&["genuine"])).status, 202);
    wait(&sim, |audit| audit["drill"] == "genuine");
    // The order is still awaited: dropping the simulator does not wait for it.
    drop(sim);
}

#[test]
fn a_log_that_is_too_short_does_not_disturb_the_drills() {
    let sim = Simulator::builder().settings("max-events = 100").start();
    let merchant = Merchant::start(&sim);
    let audit = merchant.audit(&sim, &[]);
    assert_eq!((&audit["state"], &audit["done"]), (&json!("complete"), &audit["total"]), "{audit:#}");
    for drill in audit["drills"].as_array().unwrap() {
        assert_eq!(drill["error"], json!(null), "{drill}");
    }
    let report = sim.http().get("/__sim/api/report?iMid=AUDITED001").json();
    assert!(report["summary"]["eventsDroppedUpto"].as_u64().unwrap() > 100, "{:#}", report["summary"]);
}
