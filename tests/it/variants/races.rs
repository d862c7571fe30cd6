//! Races with the browser and the registration.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nicepay_sim::testing::{Login, Simulator};

use super::{API, CALLBACK, act, held_receiver, notices, ordered, register, statuses, told, verifies};

/// The token that the published samples pay with.
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
/// How long it is looked whether something that must not happen does.
const A_MOMENT: Duration = Duration::from_millis(200);

/// The names of what happened, in order, of those that are asked for.
fn happened(sim: &Simulator, wanted: &[&str]) -> Vec<String> {
    let kinds = sim.events("").into_iter().map(|event| event["type"].as_str().unwrap().to_owned());
    kinds.filter(|kind| wanted.contains(&kind.as_str())).collect()
}

/// Has something done that must not end before the merchant has answered, and lets the merchant answer.
fn waits_for_the_merchant<T: Send>(sim: &Simulator, go: &mpsc::Sender<()>, act: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        scope.spawn(move || done.send(act()));
        assert_eq!(is_done.recv_timeout(A_MOMENT).map(|_| ()), Err(RecvTimeoutError::Timeout), "it did not wait");
        // Whoever drains waits for the merchant, too.
        let drained = scope.spawn(|| sim.drain());
        go.send(()).unwrap();
        drained.join().unwrap();
        is_done.recv().unwrap()
    })
}

const RACE: [&str; 2] = ["notification.attempted", "callback.sent"];

#[test]
fn the_browser_goes_back_after_the_notification() {
    for method in ["get", "post"] {
        let sim = told("[[rule]]\n[rule.then]\nnotify = 'before-return'\n", &format!("callback-method = '{method}'"));
        let shop = sim.shop();
        let (receiver, arrival, go) = held_receiver(&sim);
        let (order, registered) = register(&shop, &receiver);
        let mut customer = sim.buyer();
        let tk = customer.open(&shop.payment_url(&order, &registered, CALLBACK));
        customer.sign_in(&tk, Login::default());
        customer.choose(&tk, "1");
        customer.enter_otp(&tk, "4567");
        assert_eq!(arrival.recv().unwrap().field("status"), "0", "without waiting for two seconds");
        let back = waits_for_the_merchant(&sim, &go, || customer.return_page(&tk));
        assert_eq!(back.status, if method == "get" { 302 } else { 200 });
        assert_eq!(happened(&sim, &RACE), RACE, "{method}");
        // Whoever comes again does not wait again.
        assert_eq!(sim.buyer().return_page(&tk).status, back.status);
    }
}

#[test]
fn a_seamless_payments_browser_goes_back_after_the_notification() {
    for as_json in [false, true] {
        let sim = ordered("'before-return'");
        let shop = sim.shop();
        let (receiver, arrival, go) = held_receiver(&sim);
        let order = shop.order("order-1", 25_145).seamless(PUBLISHED_TOKEN).notify(receiver.url());
        let registered = shop.register(&order);
        let mut url = shop.payment_url(&order, &registered, CALLBACK);
        if as_json {
            url.push_str("&returnJsonFormat=1");
        }
        let back = waits_for_the_merchant(&sim, &go, || sim.http().get(&url));
        assert_eq!(back.status, if as_json { 200 } else { 302 });
        assert_eq!(arrival.recv().unwrap().field("status"), "0");
        assert_eq!(happened(&sim, &RACE), RACE);
    }
}

/// Far more than anything here takes, and less than it would take to wait for what must not be waited for.
const LONG: Duration = Duration::from_secs(10);

#[test]
fn a_merchant_who_never_answers_holds_the_browser_no_longer_than_an_attempt() {
    // One after another they take 20 seconds.
    let sim = told(
        "[[rule]]\n[rule.then]\nnotify = { variant = 'before-return', times = 200 }\n",
        "notification-timeout = '100ms'\nretries = 0",
    );
    let shop = sim.shop();
    let (receiver, _arrival, go) = held_receiver(&sim);
    let (order, registered) = register(&shop, &receiver);
    let began = Instant::now();
    let back = sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    assert!(began.elapsed() < LONG && back.contains("resultCd=0000"), "{:?} {back}", began.elapsed());
    // Now it answers, and what is left goes quickly.
    drop(go);
}

#[test]
fn nobody_waits_for_what_is_due_later() {
    let sim = ordered("{ variant = 'before-return', after = '10m' }");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (order, registered) = register(&shop, &receiver);
    let began = Instant::now();
    sim.buyer().pay(&shop.payment_url(&order, &registered, CALLBACK));
    assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    assert!(receiver.received().is_empty());
    sim.advance("10m");
    assert_eq!(statuses(&receiver), ["0"]);
}

#[test]
fn a_reset_lets_the_browser_go() {
    let sim = ordered("'before-return'");
    let shop = sim.shop();
    let (receiver, arrival, go) = held_receiver(&sim);
    let (order, registered) = register(&shop, &receiver);
    let mut customer = sim.buyer();
    let tk = customer.open(&shop.payment_url(&order, &registered, CALLBACK));
    customer.sign_in(&tk, Login::default());
    customer.choose(&tk, "1");
    customer.enter_otp(&tk, "4567");
    arrival.recv().unwrap();
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel();
        scope.spawn(move || done.send(customer.return_page(&tk).status));
        assert_eq!(is_done.recv_timeout(A_MOMENT), Err(RecvTimeoutError::Timeout));
        let reset = sim.http().send("POST", &format!("{API}/reset"), &[("content-type", "application/json")], "");
        assert_eq!(reset.status, 204);
        assert_eq!(is_done.recv_timeout(LONG), Ok(302), "nobody waits for what was forgotten");
    });
    drop(go);
}

#[test]
fn what_comes_after_the_return_waits_for_it() {
    for (after, waits) in [("0s", "2s"), ("10m", "10m 2s")] {
        let sim = ordered(&format!("{{ variant = 'after-return', after = '{after}' }}"));
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let (order, registered) = register(&shop, &receiver);
        let mut customer = sim.buyer();
        let tk = customer.open(&shop.payment_url(&order, &registered, CALLBACK));
        customer.sign_in(&tk, Login::default());
        customer.choose(&tk, "1");
        customer.enter_otp(&tk, "4567");
        sim.advance("24h");
        assert_eq!((receiver.received().len(), notices(&sim)[0]["state"].as_str()), (0, Some("held")));
        customer.return_to_shop(&tk);
        assert_eq!(notices(&sim)[0]["state"], "scheduled");
        sim.advance(waits);
        assert_eq!(statuses(&receiver), ["0"]);
        assert_eq!(happened(&sim, &RACE), ["callback.sent", "notification.attempted"]);
        assert_eq!(happened(&sim, &["notification.held", "notification.scheduled"]).len(), 2);
    }
}

#[test]
fn a_browser_that_has_gone_back_is_not_waited_for() {
    let sim = ordered("'after-return'");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (order, registered) = register(&shop, &receiver);
    let payment = shop.payment_url(&order, &registered, CALLBACK);
    let login = Login { phone: "089900000003", pin: "123456", ..Login::default() };
    sim.buyer().pay_as(&payment, login);
    act(&sim, &registered, "partner", "approve");
    sim.advance("2s");
    assert_eq!(statuses(&receiver), ["3", "0"], "the review's end comes when the customer is long at the shop");
}

#[test]
fn a_browser_that_comes_again_is_waited_for_again() {
    let sim = ordered("'after-return'");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (order, registered) = register(&shop, &receiver);
    let payment = shop.payment_url(&order, &registered, CALLBACK);
    let mut customer = sim.buyer();
    let tk = customer.open(&payment);
    act(&sim, &registered, "buyer", "abandon");
    customer.return_to_shop(&tk);
    let tk = customer.open(&payment);
    customer.sign_in(&tk, Login::default());
    customer.choose(&tk, "1");
    customer.enter_otp(&tk, "4567");
    sim.advance("1h");
    assert!(receiver.received().is_empty(), "it has not gone back with this result");
    customer.return_to_shop(&tk);
    sim.advance("2s");
    assert_eq!(statuses(&receiver), ["0"]);
}

#[test]
fn a_registration_is_answered_after_its_notification() {
    let rule = "[[rule]]\n[rule.when]\nmodes = ['seamless']\n[rule.then]\nnotify = 'before-answer'\n";
    for checkout in [false, true] {
        let sim = told(rule, "");
        let shop = sim.shop();
        let (receiver, arrival, go) = held_receiver(&sim);
        let order = shop.order("order-1", 25_145).seamless(PUBLISHED_TOKEN).notify(receiver.url());
        let order = if checkout { order.with("callBackUrl", CALLBACK) } else { order };
        let answer =
            waits_for_the_merchant(&sim, &go, || if checkout { shop.checkout(&order) } else { shop.register(&order) });
        let told = arrival.recv().unwrap();
        assert_eq!((told.field("status"), told.field("tXid")), ("0", &*answer.t_xid()));
        assert!(verifies(&shop, &told));
        let race = ["notification.attempted", "exchange.recorded"];
        assert_eq!(happened(&sim, &race), race, "checkout: {checkout}");
    }
}

#[test]
fn a_merchant_who_never_answers_gets_its_registration_answered() {
    let sim = told(
        "[[rule]]\n[rule.when]\nmodes = ['seamless']\n[rule.then]\nnotify = 'before-answer'\n",
        "notification-timeout = '50ms'",
    );
    let shop = sim.shop();
    let (receiver, _arrival, go) = held_receiver(&sim);
    let order = shop.order("order-1", 25_145).seamless(PUBLISHED_TOKEN).notify(receiver.url());
    assert_eq!(shop.register(&order).result_cd(), "0000");
    drop(go);
}
