//! "Deliver now": the next scheduled attempt at once, and never twice.

use std::sync::Barrier;
use std::thread;

use nicepay_sim::testing::{Answer, Reply, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, act, held_receiver, notices, ordered, paid, pluck, problem, register};

fn deliver(sim: &Simulator, id: &str) -> Reply {
    sim.http().post_json(&format!("{API}/notifications/{id}/deliver"), &json!({}))
}

/// Asks for it, and waits until the merchant has answered.
fn delivered_now(sim: &Simulator, id: &str) {
    let reply = deliver(sim, id);
    assert_eq!((reply.status, reply.json()), (202, json!({ "id": id, "state": "sending" })));
    sim.drain();
}

fn next_due(sim: &Simulator) -> Value {
    sim.http().get(&format!("{API}/clock")).json()["nextDueAt"].clone()
}

#[test]
fn what_is_scheduled_arrives_while_the_clock_is_stopped() {
    let sim = ordered("{ variant = 'late', after = '1h' }");
    let (receiver, arrival, go) = held_receiver(&sim);
    paid(&sim, &receiver);
    let reply = deliver(&sim, "1");
    assert_eq!((reply.status, reply.json()), (202, json!({ "id": "1", "state": "sending" })));
    // Nobody moves the clock or drains the work.
    assert_eq!(arrival.recv().unwrap().field("status"), "0");
    go.send(()).unwrap();
    sim.drain();
    assert_eq!(notices(&sim)[0]["state"], "delivered");
    assert_eq!(pluck(&sim.events("notification.scheduled"), "due"), ["2025-12-31T18:00:02Z", "2025-12-31T17:00:00Z"]);
    assert_eq!(pluck(&sim.events("notification.attempted"), "trigger"), ["scheduled"]);
    sim.advance("2h");
    assert_eq!(receiver.received().len(), 1, "its old time sends nothing");
    problem(&deliver(&sim, "1"), 409, "nothing-due", "was delivered");
}

#[test]
fn what_is_held_does_not_come_again_with_the_browser() {
    let sim = ordered("'after-return'");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (order, registered) = register(&shop, &receiver);
    let mut customer = sim.buyer();
    let tk = customer.open(&shop.payment_url(&order, &registered, CALLBACK));
    act(&sim, &registered, "buyer", "pay");
    assert_eq!(notices(&sim)[0]["state"], "held");
    delivered_now(&sim, "1");
    assert_eq!(receiver.only().field("status"), "0");
    customer.return_to_shop(&tk);
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 1);
}

/// The retry after a failure may be due at the very instant of the one that was brought forward.
#[test]
fn the_retry_table_goes_on_from_it() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    receiver.answer(502);
    paid(&sim, &receiver);
    sim.advance("2s");
    delivered_now(&sim, "1");
    assert_eq!(receiver.received().len(), 2, "the second attempt, a minute before its time");
    assert_eq!(notices(&sim)[0]["nextAttemptAt"], "2025-12-31T17:01:02Z");
    sim.advance("30s");
    delivered_now(&sim, "1");
    assert_eq!(next_due(&sim), "2025-12-31T17:01:32Z", "nothing happens at 17:01:02");
    sim.advance("59s");
    assert_eq!(receiver.received().len(), 3);
    sim.advance("168h");
    let last = &notices(&sim)[0];
    assert_eq!(pluck(last["attempts"].as_array().unwrap(), "trigger"), ["scheduled"; 4]);
    assert_eq!((receiver.received().len(), &last["state"]), (4, &json!("exhausted")));
    problem(&deliver(&sim, "1"), 409, "nothing-due", "every attempt of this notification failed");
}

#[test]
fn of_many_who_press_at_once_one_sends_one_request() {
    const MANY: usize = 8;
    let sim = Simulator::start();
    let (receiver, arrival, go) = held_receiver(&sim);
    paid(&sim, &receiver);
    let together = Barrier::new(MANY);
    let mut statuses: Vec<_> = thread::scope(|scope| {
        let press = || {
            together.wait();
            deliver(&sim, "1").status
        };
        let pressed: Vec<_> = (0..MANY).map(|_| scope.spawn(press)).collect();
        pressed.into_iter().map(|one| one.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (202, [409; MANY - 1].as_slice()));
    arrival.recv().unwrap();
    problem(&deliver(&sim, "1"), 409, "nothing-due", "is being sent at this moment");
    drop(go);
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 1);
}

/// Whoever presses sees one attempt, and means that one: the next attempt is somebody else's to ask for.
#[test]
fn of_many_who_ask_for_the_same_attempt_one_makes_it_however_fast_it_fails() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    receiver.answer(500);
    paid(&sim, &receiver);
    let path = format!("{API}/notifications/1/deliver");
    let ask = |attempt: &Value| sim.http().post_json(&path, &json!({ "attempt": attempt }));
    for attempt in [json!(1), json!("2")] {
        let reply = ask(&attempt);
        assert_eq!(reply.status, 202, "{}", reply.body);
        sim.drain();
        problem(&ask(&attempt), 409, "nothing-due", "is next");
    }
    assert_eq!(receiver.received().len(), 2);
    for wrong in [json!(0), json!(4), json!(u64::MAX)] {
        problem(&ask(&wrong), 409, "nothing-due", "and attempt 3 is next");
    }
    for wrong in [json!(-1), json!(1.5), json!("x"), json!({})] {
        assert_eq!(ask(&wrong).status, 400, "{wrong}");
    }
    assert_eq!(receiver.received().len(), 2);
}

/// A manual request to send it again changes no schedule, and this does.
#[test]
fn what_was_resent_by_hand_is_not_due_any_more() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let mut answers = [500, 200].into_iter();
    receiver.answer_with(move |_| Answer::status(answers.next().unwrap()));
    paid(&sim, &receiver);
    sim.advance("2s");
    assert_eq!(sim.http().post_json(&format!("{API}/notifications/1/resend"), &json!({})).status, 202);
    sim.drain();
    problem(&deliver(&sim, "1"), 409, "nothing-due", "was delivered");
}

#[test]
fn only_what_is_still_to_come_is_delivered_now() {
    let sim = ordered("'lost'");
    let receiver = sim.receiver();
    for id in ["1", "0", "none", "-1", "+1", "99999999999999999999999"] {
        problem(&deliver(&sim, id), 404, "not-found", "there is no notification");
    }
    paid(&sim, &receiver);
    problem(&deliver(&sim, "1"), 409, "nothing-due", "was skipped");
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    problem(&deliver(&sim, "1"), 404, "not-found", "there is no notification");
    sim.advance("168h");
    assert!(receiver.received().is_empty());
}
