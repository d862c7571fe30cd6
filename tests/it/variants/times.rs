//! Unusual times: late, lost, repeated, out of order; and when it is sent again.

use std::collections::BTreeSet;

use nicepay_sim::testing::{Answer, Simulator};
use serde_json::{Value, json};

use super::{act, by_hand, held_receiver, notices, ordered, paid, problem, register, statuses, told};

// ---------------------------------------------------------------------------------------------------------------------
// Unusual times

#[test]
fn late_lost_and_repeated() {
    for (notify, times) in [
        ("'late'", &[602][..]),
        ("{ variant = 'late', after = '1h' }", &[3_602]),
        ("'lost'", &[]),
        ("'duplicate'", &[2, 2]),
        ("{ variant = 'duplicate', times = 3, every = '10s' }", &[2, 12, 22]),
        ("{ after = '1s', times = 2, every = '1m' }", &[3, 63]),
        ("['plain', { variant = 'late', after = '5s' }, 'lost']", &[2, 7]),
    ] {
        let sim = ordered(notify);
        let receiver = sim.receiver();
        paid(&sim, &receiver);
        sim.advance("24h");
        let all = receiver.received();
        assert!(all.iter().all(|told| told.body == all[0].body), "{notify}");
        let at = |event: Value| {
            let at: jiff::Timestamp = event["at"].as_str().unwrap().parse().unwrap();
            let start: jiff::Timestamp = "2026-01-01T00:00:00+07:00".parse().unwrap();
            at.duration_since(start).as_secs()
        };
        let attempted: Vec<_> = sim.events("notification.attempted").into_iter().map(at).collect();
        assert_eq!((attempted.as_slice(), all.len()), (times, times.len()), "{notify}");
        let lost = usize::from(notify.contains("lost"));
        assert_eq!(sim.events("notification.skipped").len(), lost, "{notify}");
        assert_eq!(notices(&sim).iter().filter(|n| n["state"] == "skipped").count(), lost, "{notify}");
    }
}

#[test]
fn a_thousand_of_one_event_arrive() {
    let sim = ordered("{ variant = 'duplicate', times = 1000 }");
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    sim.advance("2s");
    assert_eq!(receiver.received().len(), 1_000);
    let ids: BTreeSet<_> =
        sim.notify(&registered.t_xid(), &json!({ "variant": "duplicate", "times": 1000 })).into_iter().collect();
    assert_eq!(ids.len(), 1_000);
    sim.drain();
    assert_eq!(receiver.received().len(), 2_000);
    problem(&by_hand(&sim, &registered.t_xid(), &json!({ "times": 1001 })), 422, "bad-value", "1 to 1000");
}

#[test]
fn what_is_out_of_order_comes_after_the_end() {
    for (notify, settings, expected) in [
        ("'out-of-order'", "", &["0", "3"][..]),
        ("{ variant = 'out-of-order', after = '10s' }", "", &["0", "3"]),
        ("[{ variant = 'out-of-order', of = ['pending'] }, { variant = 'late', of = ['approve'] }]", "", &["0", "3"]),
        ("['out-of-order', 'plain']", "", &["3", "0", "0", "3"]),
        ("'out-of-order'", "notify-on = ['pending']", &["3"]),
        ("[{ variant = 'out-of-order', of = ['pending'] }, { variant = 'lost', of = ['approve'] }]", "", &["3"]),
    ] {
        let sim = told(&format!("[[rule]]\n[rule.then]\nnotify = {notify}\n"), settings);
        let receiver = sim.receiver();
        let (_, registered) = register(&sim.shop(), &receiver);
        act(&sim, &registered, "buyer", "review");
        sim.advance("1h");
        let held = notices(&sim);
        assert_eq!((&held[0]["state"], &held[0]["nextAttemptAt"]), (&json!("held"), &Value::Null), "{notify}");
        assert_eq!(sim.events("notification.held").len(), 1);
        act(&sim, &registered, "partner", "approve");
        sim.advance("1h");
        assert_eq!(statuses(&receiver), expected, "{notify}");
    }
}

#[test]
fn without_a_next_one_nothing_waits_for_it() {
    let sim = ordered("'out-of-order'");
    let receiver = sim.receiver();
    paid(&sim, &receiver);
    sim.advance("2s");
    assert_eq!(statuses(&receiver), ["0"]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Sent again

/// The seconds after the first attempt at which the others are made, when the merchant answers so.
fn attempts(retry: &str, settings: &str, mut answer: impl FnMut() -> u16 + Send + 'static) -> Vec<i64> {
    let sim = told(retry, settings);
    let receiver = sim.receiver();
    receiver.answer_with(move |_| Answer::status(answer()));
    paid(&sim, &receiver);
    sim.advance("168h");
    waits(&sim)
}

fn waits(sim: &Simulator) -> Vec<i64> {
    let at = |event: Value| event["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let all: Vec<_> = sim.events("notification.attempted").into_iter().map(at).collect();
    all.iter().map(|at| at.duration_since(all[0]).as_secs()).collect()
}

#[test]
fn the_first_row_that_speaks_of_an_answer_says_when_it_is_sent_again() {
    const TABLE: &str = "
        [[retry]]
        on = 404
        after = []
        [[retry]]
        on = ['5xx', 'timeout']
        after = ['10s', '30s']
        [[retry]]
        on = '4xx'
        after = ['1m', '5m', '15m']
    ";
    assert_eq!(attempts(TABLE, "", || 404), [0], "never again");
    assert_eq!(attempts(TABLE, "", || 500), [0, 10, 40]);
    assert_eq!(attempts(TABLE, "", || 599), [0, 10, 40]);
    assert_eq!(attempts(TABLE, "", || 403), [0, 60, 360, 1_260]);
    assert_eq!(attempts(TABLE, "", || 302), [0, 60, 120, 180], "no row speaks of it");
    assert_eq!(attempts(TABLE, "retries = 1\nretry-interval = '7s'", || 302), [0, 7]);
    assert_eq!(attempts(TABLE, "retries = 0", || 500), [0, 10, 40], "the table is the story's");
    assert_eq!(attempts("", "", || 404), [0, 60, 120, 180]);
    // Each answer is looked up for itself: the third attempt has no wait in the second row.
    let mut mixed = [500, 403, 500].into_iter();
    assert_eq!(attempts(TABLE, "", move || mixed.next().unwrap()), [0, 10, 310]);
    let mut at_last = [500, 200].into_iter();
    assert_eq!(attempts(TABLE, "", move || at_last.next().unwrap()), [0, 10]);
}

#[test]
fn silence_and_closed_doors_have_rows_of_their_own() {
    const TABLE: &str = "
        [[retry]]
        on = 'timeout'
        after = ['3s']
        [[retry]]
        on = 'unreachable'
        after = ['4s', '5s']
    ";
    let sim = told(TABLE, "notification-timeout = '50ms'");
    let (receiver, _arrival, go) = held_receiver(&sim);
    paid(&sim, &receiver);
    sim.advance("168h");
    assert_eq!(waits(&sim), [0, 3]);
    drop(go);

    let sim = told(TABLE, "");
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}/x", socket.local_addr().unwrap());
    let registered = sim.shop().register(&sim.shop().order("order", 25_145).notify(&url));
    act(&sim, &registered, "buyer", "pay");
    sim.advance("168h");
    assert_eq!(waits(&sim), [0, 4, 9]);
}
