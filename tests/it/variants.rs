//! Notifications as they are not usually sent: every variant of a rule and by hand, read as raw bytes by a merchant who
//! checks them; and when they are sent again.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nicepay_sim::testing::{Answer, Broken, Login, Order, Received, Receiver, Reply, Shop, Simulator};
use serde_json::{Value, json};

use crate::program::Folder;

const API: &str = "/__sim/api";
const CALLBACK: &str = "http://shop.test/thanks";
/// The token that the published samples pay with.
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
/// How long it is looked whether something that must not happen does.
const A_MOMENT: Duration = Duration::from_millis(200);

/// A simulator with one rule for all payments.
fn ordered(notify: &str) -> Simulator {
    told(&format!("[[rule]]\nid = 'x'\n[rule.then]\nnotify = {notify}\n"), "")
}

/// A simulator with the rest of a story, and settings.
fn told(story: &str, settings: &str) -> Simulator {
    let folder = Folder::new();
    let path = folder.write("mine.toml", &format!("title = 't'\n{story}"));
    Simulator::builder().scenario(&path).settings(settings).start()
}

fn register(shop: &Shop, receiver: &Receiver) -> (Order, Reply) {
    let order = shop.order("order-1", 25_145).tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    (order, registered)
}

fn act(sim: &Simulator, registered: &Reply, who: &str, act: &str) {
    let call = format!("{API}/transactions/{}/{who}", registered.t_xid());
    let reply = sim.http().post_json(&call, &json!({ "do": act }));
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// Registers an order and has it paid.
fn paid(sim: &Simulator, receiver: &Receiver) -> Reply {
    let (_, registered) = register(&sim.shop(), receiver);
    act(sim, &registered, "buyer", "pay");
    registered
}

fn by_hand(sim: &Simulator, t_xid: &str, how: &Value) -> Reply {
    sim.http().post_json(&format!("{API}/transactions/{t_xid}/notify"), how)
}

/// Sends one by hand, and answers with what arrived.
fn arrives(sim: &Simulator, receiver: &Receiver, registered: &Reply, how: &Value) -> Received {
    let before = receiver.received().len();
    assert_eq!(sim.notify(&registered.t_xid(), how).len(), 1);
    sim.drain();
    let received = receiver.received();
    assert_eq!(received.len(), before + 1, "{how}");
    received[before].clone()
}

fn notices(sim: &Simulator) -> Vec<Value> {
    sim.http().get(&format!("{API}/notifications")).json().as_array().unwrap().clone()
}

fn pluck(list: &[Value], field: &str) -> Vec<Value> {
    list.iter().map(|entry| entry[field].clone()).collect()
}

fn statuses(receiver: &Receiver) -> Vec<String> {
    receiver.received().iter().map(|one| one.field("status").to_owned()).collect()
}

/// The names of what happened, in order, of those that are asked for.
fn happened(sim: &Simulator, wanted: &[&str]) -> Vec<String> {
    let kinds = sim.events("").into_iter().map(|event| event["type"].as_str().unwrap().to_owned());
    kinds.filter(|kind| wanted.contains(&kind.as_str())).collect()
}

/// Whether a merchant who checks the token takes a notification for NICEPAY's.
fn verifies(shop: &Shop, told: &Received) -> bool {
    told.field("merchantToken") == shop.sign(&[shop.i_mid(), told.field("tXid"), told.field("amt")])
}

#[track_caller]
fn problem(reply: &Reply, status: u16, slug: &str, says: &str) {
    let problem = reply.json();
    assert_eq!((reply.status, &problem["type"]), (status, &json!(format!("urn:nicepay-sim:problem:{slug}"))));
    assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
}

// ---------------------------------------------------------------------------------------------------------------------
// Changed forms

/// What a merchant who checks the token finds.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    /// It fits what is said.
    Fits,
    /// It is that of the true form, and does not fit what is said.
    True,
    /// It is another.
    Other,
}

type Fields = Vec<(String, String)>;

fn set(fields: &mut Fields, name: &str, value: &str) {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some(field) => value.clone_into(&mut field.1),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

fn unset(fields: &mut Fields, name: &str) {
    fields.retain(|(known, _)| known != name);
}

#[test]
fn a_changed_form_is_the_true_one_but_for_what_was_changed() {
    type Change = fn(&mut Fields);
    let rows: [(&str, Value, Change, Token); 15] = [
        ("'plain'", json!({}), |_| {}, Token::Fits),
        ("'wrong-token'", json!({ "variant": "wrong-token" }), |_| {}, Token::Other),
        ("'changed-status'", json!({ "variant": "changed-status" }), |f| set(f, "status", "8"), Token::Fits),
        (
            "{ variant = 'changed-status', status = '3' }",
            json!({ "variant": "changed-status", "status": 3 }),
            |f| set(f, "status", "3"),
            Token::Fits,
        ),
        ("'reversal'", json!({ "variant": "reversal" }), |f| set(f, "status", "1"), Token::Fits),
        ("'changed-amount'", json!({ "variant": "changed-amount" }), |f| set(f, "amt", "1"), Token::True),
        (
            "{ variant = 'changed-amount', amt = 7, signed = true }",
            json!({ "variant": "changed-amount", "amt": "7", "signed": true }),
            |f| set(f, "amt", "7"),
            Token::Fits,
        ),
        (
            "'unknown-txid'",
            json!({ "variant": "unknown-txid" }),
            |f| f[0].1 = f[0].1.replacen("2026", "1999", 1),
            Token::Fits,
        ),
        (
            "{ variant = 'unknown-txid', signed = false }",
            json!({ "variant": "unknown-txid", "signed": false }),
            |f| f[0].1 = f[0].1.replacen("2026", "1999", 1),
            Token::True,
        ),
        ("'missing-field'", json!({ "variant": "missing-field" }), |f| unset(f, "tXid"), Token::True),
        (
            "{ variant = 'missing-field', field = 'referenceNo' }",
            json!({ "variant": "missing-field", "field": "referenceNo" }),
            |f| unset(f, "referenceNo"),
            Token::Fits,
        ),
        (
            "{ fields = { goodsNm = \"a&b\\r\\nX-Forged: 1\", added = '', mRefNo = 7 } }",
            json!({ "fields": { "goodsNm": "a&b\r\nX-Forged: 1", "added": "", "mRefNo": "7" } }),
            |f| {
                set(f, "goodsNm", "a&b\r\nX-Forged: 1");
                set(f, "added", "");
                set(f, "mRefNo", "7");
            },
            Token::Fits,
        ),
        (
            "{ fields = { merchantToken = 'forged' }, signed = true }",
            json!({ "fields": { "merchantToken": "forged" }, "signed": true }),
            |f| set(f, "merchantToken", "forged"),
            Token::Other,
        ),
        (
            "{ variant = 'missing-field', field = 'merchantToken' }",
            json!({ "fields": { "merchantToken": null } }),
            |f| unset(f, "merchantToken"),
            Token::Other,
        ),
        (
            "{ variant = 'changed-amount', fields = { amt = 'x' } }",
            json!({ "variant": "changed-amount", "fields": { "amt": "x" } }),
            |f| set(f, "amt", "x"),
            Token::True,
        ),
    ];
    for (written, how, change, token) in rows {
        // The true one goes first.
        let sim = ordered(&format!("['plain', {written}]"));
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let registered = paid(&sim, &receiver);
        sim.advance("2s");
        let [plain, changed] = receiver.received().try_into().unwrap();
        let mut expected = plain.fields();
        change(&mut expected);
        let mut fields = changed.fields();
        if written == "'wrong-token'" {
            // Another of the same form.
            let wrong = &mut fields[1].1;
            assert!(wrong.len() == 64 && wrong.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
            assert_ne!(wrong, plain.field("merchantToken"));
            wrong.clone_from(&expected[1].1);
        } else if token == Token::Fits {
            fields[1].1.clone_from(&expected[1].1);
        }
        assert_eq!(fields, expected, "{written}: order, values, and the true token where it is not to fit");
        assert!(verifies(&shop, &plain));
        assert_eq!(verifies(&shop, &changed), token == Token::Fits, "{written}");
        let length = |told: &Received| format!("Content-Length: {}", told.body.len());
        // With the header's name: a port can have the same digits.
        let lengthless = |told: &Received| told.head.replace(&length(told), "Content-Length: LENGTH");
        assert_eq!(lengthless(&changed), lengthless(&plain), "{written}");

        // By hand it is the same, byte for byte, although later.
        sim.advance("1h");
        let again = arrives(&sim, &receiver, &registered, &how);
        assert_eq!((again.head, again.body), (changed.head, changed.body), "{how}");
    }
}

#[test]
fn an_unknown_txid_is_nobodys() {
    let sim = ordered("'unknown-txid'");
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    sim.advance("2s");
    let told = receiver.only();
    let unknown = told.field("tXid");
    assert_eq!(unknown.len(), registered.t_xid().len());
    assert_eq!(sim.http().get(&format!("{API}/transactions/{unknown}")).status, 404);
}

#[test]
fn empty_fields_stay_out_unless_somebody_sets_them() {
    let sim = told(
        "[[rule]]\n[rule.then]\nnotify = { fields = { payNo = '', mRefNo = '7', receiptCode = 'R', added = '' } }",
        "empty-fields = 'omit'",
    );
    let receiver = sim.receiver();
    paid(&sim, &receiver);
    sim.advance("2s");
    let names: Vec<_> = receiver.only().fields().into_iter().map(|(name, _)| name).collect();
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    assert!(place("instmntType") < place("payNo") && place("payNo") < place("receiptCode"), "{names:?}");
    assert!(place("receiptCode") < place("mRefNo") && place("mRefNo") < place("depositDt"), "{names:?}");
    assert_eq!((place("payValidDt"), place("added")), (None, Some(names.len() - 1)), "{names:?}");
}

#[test]
fn every_kind_of_notification_can_be_changed() {
    let sim = ordered("{ variant = 'changed-status', of = ['pending', 'reject'] }");
    let receiver = sim.receiver();
    for (reference_no, outcome) in [("a", "review"), ("b", "reject"), ("c", "pay")] {
        let registered = sim.shop().register(&sim.shop().order(reference_no, 25_145).notify(receiver.url()));
        act(&sim, &registered, "buyer", outcome);
        sim.advance("2s");
    }
    assert_eq!(statuses(&receiver), ["0", "0", "0"], "what is not paid is said to be; `of` leaves the approval alone");
    assert_eq!(pluck(&notices(&sim), "variant"), [json!("changed-status"), json!("changed-status"), Value::Null]);
    assert_eq!(pluck(&notices(&sim), "rule"), [json!("mine/x"), json!("mine/x"), Value::Null]);
}

#[test]
fn huge_fields_arrive_whole() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    let fields: serde_json::Map<_, _> = (0..50).map(|n| (format!("field_{n}"), json!("é".repeat(2_000)))).collect();
    let told = arrives(&sim, &receiver, &registered, &json!({ "fields": fields }));
    let huge = told.fields().into_iter().filter(|(name, value)| name.starts_with("field_") && value.len() == 4_000);
    assert_eq!(huge.count(), 50);
    problem(
        &by_hand(&sim, &registered.t_xid(), &json!({ "fields": { "x": "x".repeat(4_001) } })),
        400,
        "bad-json",
        "4,000",
    );
    let body = json!({ "fields": { "x": "x".repeat(300_000) } });
    assert_eq!(by_hand(&sim, &registered.t_xid(), &body).status, 413);
}

// ---------------------------------------------------------------------------------------------------------------------
// Unusual manners

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
        ("silent", silent.url(), "error", json!("no answer in time")),
        ("gone", &gone_url, "error", json!("tcp connect error: Connection refused (os error 111)")),
        ("public", "http://203.0.113.7/x", "skipped", json!("--allow-egress 203.0.113.7")),
        ("metadata", "http://169.254.169.254/x", "skipped", json!("--allow-egress 169.254.169.254")),
        ("https", "https://localhost/x", "error", json!("https is not spoken yet")),
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
// Races with the browser and the registration

/// A receiver that says when something has arrived, and answers when it is told to.
fn held_receiver(sim: &Simulator) -> (Receiver, mpsc::Receiver<Received>, mpsc::Sender<()>) {
    let receiver = sim.receiver();
    let (arrived, arrival) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    receiver.answer_with(move |told| {
        arrived.send(told.clone()).unwrap();
        let _ = wait.recv();
        Answer::status(200)
    });
    (receiver, arrival, go)
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

// ---------------------------------------------------------------------------------------------------------------------
// Bindings

/// Binds an account under a rule for bindings, and goes back to the merchant.
fn bound(notify: &str, callback: bool) -> (Simulator, Receiver) {
    let sim = told(&format!("[[rule]]\n[rule.when]\nmodes = ['binding']\n[rule.then]\nnotify = {notify}\n"), "");
    let receiver = sim.receiver();
    let mut request = sim.shop().binding("bind", "+62-81291891818");
    request["dbProcessUrl"] = receiver.url().into();
    if callback {
        request["callBackUrl"] = CALLBACK.into();
    }
    let answer = sim.shop().bind(request);
    let mut customer = sim.buyer();
    let tk = customer.arrive(answer.json()["redirectUrl"].as_str().unwrap());
    customer.sign_in(&tk, Login::default());
    customer.enter_otp(&tk, "4567");
    let before = receiver.received().len();
    let back = customer.get(&format!("/nicepay/v2/userAccountBinding/return?tk={tk}"));
    assert_eq!(back.status, if callback { 302 } else { 200 });
    if notify.contains("after-return") {
        assert_eq!(before, 0);
    }
    (sim, receiver)
}

#[test]
fn a_bindings_notification_can_be_unusual_too() {
    for callback in [false, true] {
        for (notify, arrive) in [
            ("'lost'", 0),
            ("'duplicate'", 2),
            ("'after-return'", 1),
            ("'before-return'", 1),
            ("['plain', 'wrong-token']", 2),
            ("['plain', { variant = 'missing-field', field = 'userToken' }]", 2),
            ("['plain', { fields = { billingNm = 'X' }, signed = true }]", 2),
        ] {
            let (sim, receiver) = bound(notify, callback);
            if notify.contains("before-return") {
                assert_eq!(receiver.received().len(), 1, "before the browser");
            }
            sim.advance("2s");
            let all = receiver.received();
            assert_eq!(all.len(), arrive, "{notify}");
            let differ = |name: &str| all[0].field(name) != all[1].field(name);
            if notify.contains("wrong-token") {
                assert!(differ("merchantToken") && !differ("userToken"));
            } else if notify.contains("missing-field") {
                assert!(differ("userToken") && !differ("merchantToken"));
            } else if notify.contains("fields") {
                assert!(differ("billingNm") && !differ("merchantToken"), "the token does not cover the name");
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// By hand

#[test]
fn by_hand_the_stage_says_what_is_told() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    for (n, (acts, status, kind)) in [
        (&[("buyer", "approve")][..], "0", "approve"),
        (&[("buyer", "review")], "3", "pending"),
        (&[("buyer", "reject")], "8", "reject"),
        (&[("buyer", "review"), ("partner", "approve")], "0", "approve"),
    ]
    .into_iter()
    .enumerate()
    {
        let order = shop.order(&format!("order-{n}"), 25_145).tokenize("customer-7").notify(receiver.url());
        let registered = shop.register(&order);
        for (who, what) in acts {
            act(&sim, &registered, who, what);
        }
        sim.advance("1h");
        let truth = receiver.received().pop().unwrap();
        let told = arrives(&sim, &receiver, &registered, &json!({}));
        assert_eq!((&told.head, &told.body), (&truth.head, &truth.body), "{acts:?}: as it was told");
        assert_eq!(told.field("status"), status);
        let shown = notices(&sim).pop().unwrap();
        assert_eq!((&shown["kind"], &shown["rule"]), (&json!(kind), &json!("control/notify")));
        assert_eq!((&shown["variant"], &shown["state"]), (&json!("plain"), &json!("delivered")));
        assert_eq!(shown["attempts"][0]["trigger"], "manual");
    }
    let order = shop.order("cancelled", 25_145).tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    act(&sim, &registered, "buyer", "approve");
    sim.advance("2s");
    let truth = receiver.received().pop().unwrap();
    assert_eq!(shop.cancel(&registered, "1", "25145").result_cd(), "0000");
    assert_eq!(arrives(&sim, &receiver, &registered, &json!({})).body, truth.body, "there is none of a cancel");
}

#[test]
fn by_hand_it_is_one_try_and_nobody_has_to_be_notified() {
    let sim = Simulator::builder().settings("notify-on = []").start();
    let receiver = sim.receiver();
    receiver.answer(500);
    let registered = paid(&sim, &receiver);
    let ids = sim.notify(&registered.t_xid(), &json!({ "times": 2, "every": "10s", "after": "1m" }));
    assert_eq!(ids, ["1", "2"]);
    sim.advance("59s");
    assert_eq!(receiver.received().len(), 0);
    sim.advance("168h");
    assert_eq!(receiver.received().len(), 2, "never sent again");
    assert_eq!(pluck(&notices(&sim), "state"), ["exhausted"; 2]);
    assert_eq!(pluck(&notices(&sim), "id"), ids);
    let attempted = sim.events("notification.attempted");
    assert_eq!(pluck(&attempted, "at"), ["2025-12-31T17:01:00Z", "2025-12-31T17:01:10Z"]);
    assert_eq!(pluck(&attempted, "trigger"), ["manual"; 2]);
    let scheduled = &sim.events("notification.scheduled")[0];
    assert_eq!((&scheduled["variant"], &scheduled["rule"]), (&json!("plain"), &json!("control/notify")));
}

#[test]
fn by_hand_the_schedule_goes_on_as_it_was() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    receiver.answer(500);
    let registered = paid(&sim, &receiver);
    arrives(&sim, &receiver, &registered, &json!({}));
    sim.advance("168h");
    assert_eq!(receiver.received().len(), 5, "one by hand, four of the schedule");
}

#[test]
fn of_an_open_order_only_lies_are_told() {
    for (acts, stage) in
        [(&[][..], "registered"), (&[("buyer", "abandon")], "abandoned"), (&[("partner", "expire")], "expired")]
    {
        let sim = Simulator::start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let (_, registered) = register(&shop, &receiver);
        for (who, what) in acts {
            act(&sim, &registered, who, what);
        }
        for how in [
            json!({}),
            json!({ "variant": "late" }),
            json!({ "variant": "changed-amount" }),
            json!({ "variant": "out-of-order" }),
            json!({ "variant": "missing-field", "field": "status" }),
            json!({ "fields": { "amt": "1" } }),
        ] {
            let refused = by_hand(&sim, &registered.t_xid(), &how);
            problem(&refused, 409, "stage", &format!("that is {stage} has nothing to tell"));
            assert_eq!(refused.json()["stage"], stage);
        }
        assert!(notices(&sim).is_empty());
        for (how, status, kind, valid) in [
            (json!({ "variant": "changed-status" }), "0", "approve", true),
            (json!({ "variant": "changed-status", "status": "8" }), "8", "reject", true),
            (json!({ "fields": { "status": "3" } }), "3", "pending", true),
            (json!({ "variant": "reversal" }), "1", "approve", true),
            (json!({ "variant": "wrong-token" }), "0", "approve", false),
            (json!({ "variant": "unknown-txid" }), "0", "approve", true),
        ] {
            let told = arrives(&sim, &receiver, &registered, &how);
            assert_eq!((told.field("status"), verifies(&shop, &told)), (status, valid), "{how}");
            assert_eq!(notices(&sim).pop().unwrap()["kind"], kind, "{how}");
        }
        let call = format!("{API}/transactions/{}", registered.t_xid());
        assert_eq!(sim.http().get(&call).json()["stage"], stage, "nothing of it is true");
    }
}

#[test]
fn by_hand_an_earlier_state_is_told_after_the_end() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let (_, registered) = register(&sim.shop(), &receiver);
    act(&sim, &registered, "buyer", "review");
    sim.advance("1m");
    let how = json!({ "variant": "out-of-order" });
    let refused = by_hand(&sim, &registered.t_xid(), &how);
    problem(&refused, 409, "stage", "had nothing to tell before");
    act(&sim, &registered, "partner", "approve");
    sim.advance("1m");
    let pending = receiver.received()[0].clone();
    assert_eq!(arrives(&sim, &receiver, &registered, &how).body, pending.body);
    assert_eq!(statuses(&receiver), ["3", "0", "3"]);

    // One that never was under review.
    let straight = sim.shop().register(&sim.shop().order("straight", 25_145).notify(receiver.url()));
    act(&sim, &straight, "buyer", "pay");
    assert_eq!(arrives(&sim, &receiver, &straight, &how).field("status"), "3");
}

#[test]
fn by_hand_what_was_not_tried_is_lost() {
    let sim = ordered("[{ variant = 'out-of-order', of = ['pending'] }, { variant = 'plain', of = ['pending'] }]");
    let receiver = sim.receiver();
    receiver.answer(500);
    let (_, registered) = register(&sim.shop(), &receiver);
    let lost = json!({ "variant": "lost" });
    let nothing = |sim: &Simulator| {
        problem(&by_hand(sim, &registered.t_xid(), &lost), 409, "nothing-to-withdraw", "was tried already");
    };
    nothing(&sim);
    act(&sim, &registered, "buyer", "review");
    sim.notify(&registered.t_xid(), &json!({ "variant": "late" }));
    sim.advance("2s");
    // Held, tried, by hand and not yet due.
    assert_eq!(pluck(&notices(&sim), "state"), ["held", "scheduled", "scheduled"]);
    assert_eq!(sim.notify(&registered.t_xid(), &lost), ["1", "3"]);
    assert_eq!(pluck(&notices(&sim), "state"), ["skipped", "scheduled", "skipped"]);
    let skipped = sim.events("notification.skipped");
    assert_eq!(pluck(&skipped, "reason"), ["control/notify has it lost"; 2]);
    nothing(&sim);
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 4, "what was tried is tried again");
    assert_eq!(sim.events("notification.skipped").len(), 2);
    // What was withdrawn can still be asked for.
    assert_eq!(sim.http().post_json(&format!("{API}/notifications/1/resend"), &json!({})).status, 202);
    sim.drain();
    assert_eq!(receiver.received().len(), 5);
}

#[test]
fn by_hand_the_browser_is_waited_for_too() {
    let sim = ordered("'lost'");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (order, registered) = register(&shop, &receiver);
    let mut customer = sim.buyer();
    let tk = customer.open(&shop.payment_url(&order, &registered, CALLBACK));
    act(&sim, &registered, "buyer", "pay");
    let how = json!({ "variant": "after-return" });
    sim.notify(&registered.t_xid(), &how);
    sim.advance("1h");
    assert!(receiver.received().is_empty());
    customer.return_to_shop(&tk);
    sim.drain();
    assert_eq!(receiver.received().len(), 1);
    arrives(&sim, &receiver, &registered, &how);
}

#[test]
fn what_makes_no_sense_by_hand_is_refused() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    for (how, status, slug, says) in [
        (json!({ "of": ["approve"] }), 422, "bad-value", "`of` belongs to rules"),
        (json!({ "variant": "before-answer" }), 422, "bad-value", "too late"),
        (json!({ "variant": "duplicate", "times": 0 }), 422, "bad-value", "1 to 1000"),
        (json!({ "status": "8" }), 422, "bad-value", "`status` belongs to variant = \"changed-status\""),
        (json!({ "amt": 5 }), 422, "bad-value", "`amt` belongs to"),
        (json!({ "variant": "lost", "times": 2 }), 422, "bad-value", "is not sent"),
        (json!({ "every": "1s" }), 422, "bad-value", "`every` needs"),
        (json!({ "variant": "slow", "lasts": "61s" }), 422, "bad-value", "at most 60s"),
        (json!({ "fields": { "a b": "x" } }), 422, "bad-value", "no field's name"),
        (json!({ "fields": { "a\r\nb": "x" } }), 422, "bad-value", "no field's name"),
        (
            json!({ "variant": "wrong-content-type", "contentType": "text/plain\r\nX-Forged: 1" }),
            422,
            "bad-value",
            "printable",
        ),
        (json!({ "variant": "wrong-content-type", "contentType": "x".repeat(129) }), 422, "bad-value", "at most 128"),
        (json!({ "variant": "reset", "contentType": "text/plain" }), 422, "bad-value", "belongs to"),
        (json!({ "variant": "explode" }), 400, "bad-json", "unknown variant `explode`"),
        (json!({ "varient": "lost" }), 400, "bad-json", "unknown field `varient`"),
        (json!({ "times": "twice" }), 400, "bad-json", "expected u32"),
        (json!({ "times": -1 }), 400, "bad-json", "expected u32"),
        (json!({ "after": "-1s" }), 400, "bad-json", "goes forward"),
        (json!({ "after": 5 }), 400, "bad-json", "expected a string"),
        (json!({ "fields": { "x": [1] } }), 400, "bad-json", "a text or a whole number"),
        (json!({ "signed": "yes" }), 400, "bad-json", "expected a boolean"),
    ] {
        problem(&by_hand(&sim, &registered.t_xid(), &how), status, slug, says);
    }
    problem(&by_hand(&sim, "none", &json!({})), 404, "not-found", "there is no transaction");
    assert_eq!(notices(&sim).len(), 1, "nothing was planned");
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
