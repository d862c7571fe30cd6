//! Unusual manners: another content type, a slow body, a connection that breaks.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use nicepay_sim::testing::{Answer, Broken, Simulator};
use serde_json::json;

use super::{act, arrives, notices, ordered, paid, pluck, told};

#[test]
fn a_wrong_content_type_is_all_that_is_wrong() {
    let sim =
        ordered("['plain', 'wrong-content-type', { variant = 'wrong-content-type', contentType = 'a/b; c=\"d\"' }]");
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    sim.advance("2s");
    let all = receiver.received();
    for (told, content_type) in all[1..].iter().zip(["text/plain", "a/b; c=\"d\""]) {
        let usual = "Content-Type: application/x-www-form-urlencoded";
        assert_eq!(told.head, all[0].head.replace(usual, &format!("Content-Type: {content_type}")));
        assert_eq!(told.body, all[0].body);
    }
    let shown: Vec<_> = notices(&sim).iter().map(|n| n["request"]["headers"]["Content-Type"].clone()).collect();
    assert_eq!(shown, ["application/x-www-form-urlencoded", "text/plain", "a/b; c=\"d\""]);
    let how = json!({ "variant": "wrong-content-type", "contentType": "application/json" });
    let told = arrives(&sim, &receiver, &registered, &how);
    assert!(told.head.contains("\r\nContent-Type: application/json\r\n"), "{}", told.head);
}

#[test]
fn a_slow_body_is_the_usual_one_and_its_answer_is_kept() {
    const LASTS: Duration = Duration::from_millis(300);
    let sim = ordered("['plain', { variant = 'slow', lasts = '300ms' }]");
    let receiver = sim.receiver();
    let mut answers = [200, 503, 200, 200].into_iter();
    receiver.answer_with(move |_| Answer { body: "x".repeat(9_000), ..Answer::status(answers.next().unwrap()) });
    let registered = paid(&sim, &receiver);
    let began = Instant::now();
    sim.advance("2s");
    assert!(began.elapsed() >= LASTS);
    let slow = notices(&sim).remove(1);
    assert_eq!((&slow["state"], &slow["attempts"][0]["httpStatus"]), (&json!("scheduled"), &json!(503)));
    assert_eq!(slow["attempts"][0]["answer"], "x".repeat(8_192));

    // Sent again, it is as slow.
    let began = Instant::now();
    sim.advance("1m");
    assert!(began.elapsed() >= LASTS);
    let began = Instant::now();
    arrives(&sim, &receiver, &registered, &json!({ "variant": "slow", "lasts": "300ms" }));
    assert!(began.elapsed() >= LASTS);
    let all = receiver.received();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|told| (&told.head, &told.body) == (&all[0].head, &all[0].body)), "{all:#?}");
    assert_eq!(pluck(&notices(&sim), "state"), ["delivered"; 3]);
}

#[test]
fn a_slow_body_goes_where_the_usual_one_goes_and_nowhere_else() {
    let sim = Simulator::builder().settings("notification-timeout = '100ms'").start();
    let shop = sim.shop();
    let slow = json!({ "variant": "slow", "lasts": "1ms" });
    let (held, hold) = mpsc::channel::<()>();
    let (silent, named) = (sim.receiver(), sim.receiver());
    silent.answer_with(move |_| {
        let _ = hold.recv();
        Answer::status(200)
    });
    let gone = {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        socket
    };
    let gone_url = format!("http://{}/x", gone.local_addr().unwrap());
    let named_url = named.url().replace("127.0.0.1", "user:secret@localhost") + "?a=%41&b#fragment";
    for (reference_no, url, field, says) in [
        ("silent", silent.url(), "error", json!("no response in time")),
        ("gone", &gone_url, "error", json!("tcp connect error: Connection refused (os error 111)")),
        ("public", "http://203.0.113.7/x", "skipped", json!("--allow-egress 203.0.113.7")),
        ("metadata", "http://169.254.169.254/x", "skipped", json!("--allow-egress 169.254.169.254")),
        ("https", "https://203.0.113.7/x", "skipped", json!("--allow-egress 203.0.113.7")),
        ("named", &named_url, "httpStatus", json!(200)),
    ] {
        let registered = shop.register(&shop.order(reference_no, 25_145).notify(url));
        act(&sim, &registered, "buyer", "pay");
        sim.notify(&registered.t_xid(), &slow);
        sim.drain();
        let all = notices(&sim);
        let attempt = &all.last().unwrap()["attempts"][0];
        match says.as_str() {
            Some(says) => assert!(attempt[field].as_str().unwrap().contains(says), "{attempt}"),
            None => assert_eq!(attempt[field], says, "{attempt}"),
        }
    }
    sim.advance("2s");
    let [slow, usual] = named.received().try_into().unwrap();
    assert_eq!((&slow.head, &slow.body), (&usual.head, &usual.body), "byte for byte, with a name and a password, too");
    assert!(slow.head.starts_with("POST /notify?a=%41&b HTTP/1.1\r\nAuthorization: Basic "), "{}", slow.head);
    drop(held);
}

#[test]
fn a_reset_breaks_the_connection_in_the_middle_of_the_body() {
    let sim = told(
        "[[retry]]\non = 'broken'\nafter = ['5s']\n[[rule]]\n[rule.then]\nnotify = ['plain', 'reset']\n",
        "retry-interval = '1h'",
    );
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    sim.advance("2s");
    let plain = receiver.only();
    let expected = format!("{}\r\n\r\n{}", plain.head, &plain.body[..plain.body.len() / 2]);
    let Broken { part, reset } = receiver.broken(1).remove(0);
    assert_eq!((part, reset), (expected.clone(), true));
    let broken = notices(&sim).remove(1);
    assert_eq!(broken["state"], "scheduled");
    assert!(broken["attempts"][0]["error"].as_str().unwrap().contains("reset in the middle of the body"), "{broken}");

    // Sent again, it breaks again; and so it does by hand.
    sim.advance("5s");
    assert_eq!(receiver.broken(2)[1].part, expected);
    assert_eq!(notices(&sim)[1]["state"], "exhausted");
    sim.notify(&registered.t_xid(), &json!({ "variant": "reset" }));
    sim.drain();
    assert_eq!(receiver.broken(3)[2].part, expected);
    assert_eq!(receiver.received().len(), 1);
}
