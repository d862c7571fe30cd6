//! What merchants are told: the exact bytes, in which order, how often, and when not at all.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use nicepay_sim::testing::{Answer, Order, Receiver, Reply, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
/// The token that the published samples pay with.
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
/// The default schedule: the first attempt, and three more a minute apart.
const ATTEMPTS: usize = 4;

fn play(sim: &Simulator, registered: &Reply, act: &str) {
    let call = format!("{API}/transactions/{}/buyer", registered.t_xid());
    let reply = sim.http().post_json(&call, &json!({ "do": act }));
    assert_eq!(reply.status, 200, "{}", reply.body);
}

fn decide(sim: &Simulator, registered: &Reply, act: &str) {
    let call = format!("{API}/transactions/{}/partner", registered.t_xid());
    let reply = sim.http().post_json(&call, &json!({ "do": act }));
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// Registers an order and has it paid; its notification is due in two seconds.
fn paid(sim: &Simulator, shop: &Shop, order: &Order) -> Reply {
    let registered = shop.register(order);
    play(sim, &registered, "pay");
    registered
}

/// The one notification of a simulator, as the control API shows it.
fn notice(sim: &Simulator) -> Value {
    match sim.http().get(&format!("{API}/notifications")).json().as_array().unwrap().as_slice() {
        [one] => one.clone(),
        all => panic!("{} notifications, not one", all.len()),
    }
}

fn resend(sim: &Simulator) {
    let id = notice(sim)["id"].as_str().unwrap().to_owned();
    let reply = sim.http().post_json(&format!("{API}/notifications/{id}/resend"), &json!({}));
    assert_eq!((reply.status, reply.json()["id"].as_str()), (202, Some(id.as_str())), "{}", reply.body);
    sim.drain();
}

/// The statuses that arrived, in order.
fn statuses(receiver: &Receiver) -> Vec<String> {
    receiver.received().iter().map(|notification| notification.field("status").to_owned()).collect()
}

fn pluck(events: &[Value], field: &str) -> Vec<Value> {
    events.iter().map(|event| event[field].clone()).collect()
}

/// Everything that the schedule could still hold is past after that.
fn let_a_week_pass(sim: &Simulator) {
    sim.advance("168h");
}

#[test]
fn a_notification_byte_for_byte() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop
        .order("order-1", 25_145)
        .with("goodsNm", "Kopi & Teh – 100%")
        .with("instmntMon", "3")
        .tokenize("customer-7")
        .notify(&format!("{}?shop=1", receiver.url()));
    paid(&sim, &shop, &order);
    sim.advance("2s");
    insta::assert_snapshot!(receiver.only().snapshot(&receiver));
}

#[test]
fn what_is_rejected_or_looked_at_is_told_with_its_own_bytes() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    for (reference_no, act) in [("review", "review"), ("reject", "reject")] {
        let registered = shop.register(&shop.order(reference_no, 25_145).notify(receiver.url()));
        play(&sim, &registered, act);
        sim.advance("2s");
    }
    let bodies: Vec<_> = receiver.received().iter().map(|told| told.body.replace('&', "\n&")).collect();
    insta::assert_snapshot!(bodies.join("\n\n"));
}

#[test]
fn first_attempts_of_a_transaction_leave_in_the_order_of_its_events() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    // While the first is being answered, the second has not left.
    let (seen, was_seen) = mpsc::channel();
    let http = sim.http().clone();
    receiver.answer_with(move |told| {
        let list = http.get(&format!("{API}/notifications?tXid={}", told.field("tXid"))).json();
        let attempts: Vec<_> =
            list.as_array().unwrap().iter().map(|n| n["attempts"].as_array().unwrap().len()).collect();
        seen.send((told.field("status").to_owned(), attempts)).unwrap();
        Answer::status(500)
    });
    let registered = shop.register(&shop.order("order", 25_145).notify(receiver.url()));
    play(&sim, &registered, "review");
    decide(&sim, &registered, "approve");
    sim.advance("2s");
    assert_eq!(was_seen.try_iter().collect::<Vec<_>>(), [("3".to_owned(), vec![0, 0]), ("0".to_owned(), vec![1, 0])]);
    receiver.answer(200);
    sim.advance("1m");
    let mut repeated = statuses(&receiver)[2..].to_vec();
    repeated.sort();
    assert_eq!(repeated, ["0", "3"], "a later state withdraws no retry, and retries go side by side");
}

#[test]
fn a_retry_holds_up_nobody() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    let registered = shop.register(&shop.order("order", 25_145).notify(receiver.url()));
    play(&sim, &registered, "review");
    sim.advance("10s");
    receiver.answer(200);
    decide(&sim, &registered, "approve");
    sim.advance("2s");
    assert_eq!(statuses(&receiver), ["3", "0"], "the approval does not wait for the retry");
    let_a_week_pass(&sim);
    assert_eq!(statuses(&receiver), ["3", "0", "3"]);
}

#[test]
fn an_inquiry_inside_the_handler_sees_the_paid_state() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 25_145).notify(receiver.url());
    let registered = shop.register(&order);
    let (tell, told) = mpsc::channel();
    let (asked_shop, asked_order, asked) = (shop.clone(), order.clone(), registered.clone());
    receiver.answer_with(move |_| {
        tell.send(asked_shop.status(&asked_order, &asked)).unwrap();
        Answer::status(200)
    });
    play(&sim, &registered, "pay");
    sim.advance("2s");
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["0"]);
    assert_eq!(notice(&sim)["state"], "delivered");
}

#[test]
fn fifty_at_once_that_inquire_block_nobody() {
    const MANY: usize = 50;
    for settings in ["", "max-notifications-in-flight = 2"] {
        let sim = Simulator::builder().settings(settings).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let orders: Arc<Mutex<Vec<(Order, Reply)>>> = Arc::default();
        let (tell, told) = mpsc::channel();
        let (known, asked_shop) = (Arc::clone(&orders), shop.clone());
        receiver.answer_with(move |notification| {
            let (order, registered) = {
                let known = known.lock().unwrap();
                known.iter().find(|(_, reply)| reply.t_xid() == notification.field("tXid")).unwrap().clone()
            };
            tell.send(asked_shop.status(&order, &registered)).unwrap();
            Answer::status(200)
        });
        for n in 0..MANY {
            let order = shop.order(&format!("order-{n}"), 10_000).notify(receiver.url());
            let registered = paid(&sim, &shop, &order);
            orders.lock().unwrap().push((order, registered));
        }
        sim.advance("2s");
        assert_eq!(told.try_iter().collect::<Vec<_>>(), vec!["0"; MANY]);
        assert_eq!(sim.events("notification.delivered").len(), MANY);
    }
}

#[test]
fn a_slow_receiver_holds_up_nobody_else() {
    let sim = Simulator::start();
    let (shop, slow, quick) = (sim.shop(), sim.receiver(), sim.receiver());
    let (went_on, go_on) = mpsc::channel();
    // The slow one answers when the quick one was told: one after the other would never end.
    slow.answer_with(move |_| {
        go_on.recv().unwrap();
        Answer::status(200)
    });
    quick.answer_with(move |_| {
        went_on.send(()).unwrap();
        Answer::status(200)
    });
    paid(&sim, &shop, &shop.order("slow", 25_145).notify(slow.url()));
    paid(&sim, &shop, &shop.order("quick", 25_145).notify(quick.url()));
    sim.advance("2s");
    assert_eq!(sim.events("notification.delivered").len(), 2);
}

#[test]
fn a_failure_is_repeated_three_times_a_minute_apart() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    paid(&sim, &shop, &shop.order("order", 25_145).tokenize("customer").notify(receiver.url()));
    sim.advance("2s");
    for sent in 1..ATTEMPTS {
        assert_eq!((receiver.received().len(), notice(&sim)["state"].as_str()), (sent, Some("scheduled")));
        sim.advance("59999ms");
        assert_eq!(receiver.received().len(), sent, "a minute later, not before");
        sim.advance("1ms");
    }
    let last = notice(&sim);
    assert_eq!((&last["state"], &last["nextAttemptAt"]), (&json!("exhausted"), &Value::Null));
    let_a_week_pass(&sim);

    let received = receiver.received();
    assert_eq!(received.len(), ATTEMPTS);
    assert!(
        received.iter().all(|one| (&one.head, &one.body) == (&received[0].head, &received[0].body)),
        "byte for byte"
    );
    let attempted = sim.events("notification.attempted");
    assert_eq!(pluck(&attempted, "attempt"), [1, 2, 3, 4]);
    assert_eq!(pluck(&attempted, "httpStatus"), [500; ATTEMPTS]);
    assert_eq!(pluck(&attempted, "trigger"), ["scheduled"; ATTEMPTS]);
    let at = |time| format!("2025-12-31T17:{time}Z");
    assert_eq!(pluck(&attempted, "at"), [at("00:02"), at("01:02"), at("02:02"), at("03:02")]);
    let exhausted = sim.events("notification.exhausted");
    assert_eq!((exhausted.len(), &exhausted[0]["attempts"]), (1, &json!(4)));
    assert!(sim.events("notification.delivered").is_empty());
}

#[test]
fn the_schedule_is_a_setting() {
    for (settings, attempts) in [("retries = 0", 1), ("retries = 1\nretry-interval = '5s'", 2)] {
        let sim = Simulator::builder().settings(settings).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        receiver.answer(500);
        paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
        sim.advance("7s");
        assert_eq!(
            (receiver.received().len(), notice(&sim)["state"].as_str()),
            (attempts, Some("exhausted")),
            "{settings}"
        );
        let_a_week_pass(&sim);
        assert_eq!(receiver.received().len(), attempts, "{settings}");
    }
}

#[test]
fn repeating_ends_with_the_first_200() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut answers = [500, 404, 200].into_iter();
    receiver.answer_with(move |_| Answer::status(answers.next().unwrap()));
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    let_a_week_pass(&sim);
    assert_eq!(receiver.received().len(), 3);
    let told = notice(&sim);
    assert_eq!(told["state"], "delivered");
    assert_eq!(pluck(told["attempts"].as_array().unwrap(), "httpStatus"), [500, 404, 200]);
    assert_eq!(pluck(&sim.events("notification.delivered"), "attempt"), [3]);
    assert!(sim.events("notification.exhausted").is_empty());
}

#[test]
fn nothing_but_200_counts() {
    for status in [201, 202, 204, 301, 302, 303, 307, 308, 400, 503] {
        let sim = Simulator::start();
        let (shop, receiver, elsewhere) = (sim.shop(), sim.receiver(), sim.receiver());
        let location = format!("Location: {}", elsewhere.url());
        receiver.answer_with(move |_| Answer { status, headers: vec![location.clone()], body: String::new() });
        paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
        let_a_week_pass(&sim);
        assert_eq!(receiver.received().len(), ATTEMPTS, "{status}");
        assert_eq!(notice(&sim)["state"], "exhausted", "{status}");
        assert!(elsewhere.received().is_empty(), "{status}: a redirect is not followed");
    }
}

/// An address of this machine on which nobody listens, kept for as long as the socket lives.
fn nobody_there() -> (tokio::net::TcpSocket, SocketAddr) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[test]
fn a_refused_connection_is_recorded_with_its_error() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let (_kept, address) = nobody_there();
    paid(&sim, &shop, &shop.order("order", 25_145).notify(&format!("http://{address}/notify")));
    let_a_week_pass(&sim);
    let attempted = sim.events("notification.attempted");
    assert_eq!(attempted.len(), ATTEMPTS);
    for event in &attempted {
        assert!(event["error"].as_str().unwrap().contains("refused"), "{event}");
        assert_eq!(event["httpStatus"], Value::Null);
    }
    let told = notice(&sim);
    assert_eq!((&told["state"], &told["attempts"][0]["error"]), (&json!("exhausted"), &attempted[0]["error"]));
    assert!(told["attempts"][0].get("answer").is_none(), "{told}");
}

#[test]
fn a_merchant_that_never_answers_counts_as_a_failure() {
    let sim = Simulator::builder().settings("notification-timeout = '50ms'\nretries = 0").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (let_go, held) = mpsc::channel::<()>();
    receiver.answer_with(move |_| {
        let _ = held.recv();
        Answer::status(200)
    });
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    sim.advance("2s");
    assert_eq!(notice(&sim)["state"], "exhausted");
    assert_eq!(notice(&sim)["attempts"][0]["error"], "no response in time");
    drop(let_go);
}

#[test]
fn only_what_is_asked_for_is_told() {
    for (settings, expected) in [
        ("", vec!["3", "0", "8"]),
        ("notify-on = ['approve']", vec!["0"]),
        ("notify-on = ['pending']", vec!["3"]),
        ("notify-on = ['reject']", vec!["8"]),
        ("notify-on = ['approve', 'reject']", vec!["0", "8"]),
        ("notify-on = []", vec![]),
        ("profile = 'strict'", vec!["0"]),
        ("profile = 'strict'\nnotify-on = ['pending']", vec!["3"]),
    ] {
        let sim = Simulator::builder().settings(settings).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let looked_at = shop.register(&shop.order("looked-at", 25_145).notify(receiver.url()));
        play(&sim, &looked_at, "review");
        sim.advance("2s");
        decide(&sim, &looked_at, "approve");
        sim.advance("2s");
        let refused = shop.register(&shop.order("refused", 25_145).notify(receiver.url()));
        play(&sim, &refused, "reject");
        let_a_week_pass(&sim);
        assert_eq!(statuses(&receiver), expected, "{settings}");
        assert_eq!(sim.events("notification.scheduled").len(), expected.len(), "{settings}");
    }
}

#[test]
fn a_resend_by_hand_repeats_what_was_delivered() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    sim.advance("2s");
    sim.advance("1h");
    resend(&sim);
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!((&received[0].head, &received[0].body), (&received[1].head, &received[1].body));
    let told = notice(&sim);
    assert_eq!(told["state"], "delivered");
    assert_eq!(pluck(told["attempts"].as_array().unwrap(), "trigger"), ["scheduled", "manual"]);
    assert_eq!(told["attempts"][1]["at"], "2025-12-31T18:00:02Z");
    assert_eq!(pluck(&sim.events("notification.attempted"), "trigger"), ["scheduled", "manual"]);
}

#[test]
fn a_resend_by_hand_is_never_repeated() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    sim.advance("2s");
    receiver.answer(500);
    resend(&sim);
    let_a_week_pass(&sim);
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(notice(&sim)["state"], "delivered", "it was");
}

#[test]
fn a_resend_by_hand_works_when_the_schedule_is_exhausted() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    let_a_week_pass(&sim);
    resend(&sim);
    assert_eq!((receiver.received().len(), notice(&sim)["state"].as_str()), (ATTEMPTS + 1, Some("exhausted")));
    assert_eq!(sim.events("notification.exhausted").len(), 1, "once is enough");
    receiver.answer(200);
    resend(&sim);
    let_a_week_pass(&sim);
    assert_eq!((receiver.received().len(), notice(&sim)["state"].as_str()), (ATTEMPTS + 2, Some("delivered")));
}

#[test]
fn a_resend_by_hand_changes_no_schedule() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    resend(&sim);
    assert_eq!(receiver.received().len(), 1, "before its time, because somebody asked");
    let_a_week_pass(&sim);
    let told = notice(&sim);
    let triggers = pluck(told["attempts"].as_array().unwrap(), "trigger");
    assert_eq!(triggers, ["manual", "scheduled", "scheduled", "scheduled", "scheduled"]);
    assert_eq!(pluck(told["attempts"].as_array().unwrap(), "number"), [1, 2, 3, 4, 5]);
}

#[test]
fn nothing_is_repeated_after_a_200_that_somebody_asked_for() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer(500);
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    sim.advance("2s");
    receiver.answer(200);
    resend(&sim);
    assert_eq!(notice(&sim)["state"], "delivered");
    receiver.answer(500);
    let_a_week_pass(&sim);
    assert_eq!(receiver.received().len(), 2, "it is delivered: the retry that was due has no purpose");
    assert_eq!(notice(&sim)["state"], "delivered");
}

#[test]
fn answers_are_kept_to_8_kib() {
    for (answer, kept) in [
        ("x".repeat(100_000), "x".repeat(8_192)),
        ("x".repeat(8_192), "x".repeat(8_192)),
        ("short".to_owned(), "short".to_owned()),
        (String::new(), String::new()),
    ] {
        let sim = Simulator::start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        receiver.answer_with(move |_| Answer { body: answer.clone(), ..Answer::status(200) });
        paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
        sim.advance("2s");
        assert_eq!(notice(&sim)["attempts"][0]["answer"], kept);
        assert_eq!(notice(&sim)["state"], "delivered");
    }
}

#[test]
fn an_answer_that_is_cut_inside_a_character_is_kept_to_8_kib_too() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer_with(|_| Answer { body: format!("x{}", "é".repeat(50_000)), ..Answer::status(200) });
    paid(&sim, &shop, &shop.order("order", 25_145).notify(receiver.url()));
    sim.advance("2s");
    let told = notice(&sim);
    let kept = told["attempts"][0]["answer"].as_str().unwrap();
    assert!(kept.starts_with("xéé"));
    assert!((8_190..=8_192).contains(&kept.len()), "{}", kept.len());
}

#[test]
fn the_rest_of_the_world_is_not_called_and_the_flag_is_named() {
    for (url, flag) in [
        ("http://203.0.113.7/notify", "--allow-egress 203.0.113.7"),
        ("http://merchant.com/notify", "--allow-egress merchant.com"),
        ("https://merchant.com:8443/notify", "--allow-egress merchant.com"),
        ("http://169.254.169.254/latest/meta-data", "--allow-egress 169.254.169.254"),
        ("http://[::ffff:169.254.169.254]/", "--allow-egress 169.254.169.254"),
        ("http://0.0.0.0/", "--allow-egress 0.0.0.0"),
    ] {
        let sim = Simulator::start();
        let shop = sim.shop();
        paid(&sim, &shop, &shop.order("order", 25_145).notify(url));
        let_a_week_pass(&sim);
        let skipped = sim.events("notification.skipped");
        assert_eq!(skipped.len(), 1, "{url}: not repeated");
        assert!(skipped[0]["reason"].as_str().unwrap().contains(flag), "{}", skipped[0]);
        assert!(sim.events("notification.attempted").is_empty(), "{url}");
        let told = notice(&sim);
        assert_eq!((&told["state"], &told["nextAttemptAt"]), (&json!("skipped"), &Value::Null));
        assert_eq!(told["attempts"][0]["skipped"], skipped[0]["reason"]);
        resend(&sim);
        assert_eq!(sim.events("notification.skipped").len(), 2, "{url}: whoever asks");
    }
}

#[test]
fn nothing_of_a_transaction_is_sent_before_its_registrations_answer() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    for n in 0..50 {
        let order = shop.order(&format!("order-{n}"), 10_000).seamless(PUBLISHED_TOKEN).notify(receiver.url());
        let t_xid = shop.register(&order).t_xid();
        sim.drain();
        let events = sim.http().get(&format!("{API}/events?tXid={t_xid}")).json();
        let kinds: Vec<_> = events.as_array().unwrap().iter().filter_map(|event| event["type"].as_str()).collect();
        let place = |wanted| kinds.iter().position(|kind| *kind == wanted).unwrap();
        assert!(place("exchange.recorded") < place("transaction.approved"), "{kinds:?}");
        assert!(place("exchange.recorded") < place("notification.attempted"), "{kinds:?}");
    }
    assert_eq!(receiver.received().len(), 50);
}

#[test]
fn a_reset_ends_what_was_still_to_be_sent() {
    for reset in [json!({}), json!({ "iMid": "PAYLOANTES" })] {
        let sim = Simulator::start();
        let (shop, receiver, failing) = (sim.shop(), sim.receiver(), sim.receiver());
        failing.answer(500);
        paid(&sim, &shop, &shop.order("repeated", 25_145).notify(failing.url()));
        sim.advance("2s");
        paid(&sim, &shop, &shop.order("never-sent", 25_145).notify(receiver.url()));
        shop.register(&shop.order("seamless", 25_145).seamless(PUBLISHED_TOKEN).notify(receiver.url()));
        play(&sim, &shop.register(&shop.order("review", 25_145).notify(receiver.url())), "review");
        assert_eq!(sim.http().post_json(&format!("{API}/reset"), &reset).status, 204);
        let_a_week_pass(&sim);
        assert_eq!((failing.received().len(), receiver.received().len()), (1, 0), "{reset}");
        assert!(sim.events("notification.attempted").is_empty(), "{reset}");
    }
}

#[test]
fn one_merchants_reset_ends_nothing_of_anothers() {
    let sim = Simulator::start();
    let (one, other, receiver) = (sim.shop(), sim.new_shop("OTHER", "key-of-other"), sim.receiver());
    for shop in [&one, &other] {
        paid(&sim, shop, &shop.order("order", 25_145).notify(receiver.url()));
    }
    sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": one.i_mid() }));
    let_a_week_pass(&sim);
    assert!(receiver.only().field("tXid").starts_with("OTHER"));
}

#[test]
fn nobody_is_told_what_did_not_happen() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let register = |name: &str| shop.register(&shop.order(name, 25_145).notify(receiver.url()));
    register("never-opened");
    play(&sim, &register("abandoned"), "abandon");
    decide(&sim, &register("expired"), "expire");
    shop.register(&shop.order("refused", 25_145).notify(receiver.url()).with("amt", "1.00"));
    let_a_week_pass(&sim);
    assert!(receiver.received().is_empty());
    assert!(sim.events("notification.scheduled").is_empty());
}

#[test]
fn a_rejection_tells_the_months_that_the_customer_chose() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    for (reference_no, phone, statuses) in
        [("at-once", "089900000004", &["8"][..]), ("after-a-review", "089900000002", &["3", "8"])]
    {
        let order = shop.order(reference_no, 25_145).notify(receiver.url());
        let registered = shop.register(&order);
        let before = receiver.received().len();
        let path = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
        sim.http().post_json(&path, &json!({ "phone": phone, "instmntMon": "6" }));
        sim.advance("1m");
        let told: Vec<_> = receiver.received()[before..]
            .iter()
            .map(|told| [told.field("status"), told.field("instmntMon")].map(str::to_owned))
            .collect();
        let expected: Vec<_> = statuses.iter().map(|status| [*status, "6"].map(str::to_owned)).collect();
        assert_eq!(told, expected, "{reference_no}");
        assert_eq!(shop.inquire(&order, &registered).json()["instmntMon"], "6", "{reference_no}");
    }
}
