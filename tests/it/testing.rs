//! The library inside tests of other people: async tests with one thread, failures that name the test's line, and the
//! verbs for what shall happen next.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A merchant's application in the runtime of the test: it answers every notification with 200, and counts them.
async fn application() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    let received = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                let mut request = [0; 16 * 1024];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    counter.fetch_add(1, Ordering::Relaxed);
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK").await.unwrap();
                }
            });
        }
    });
    (url, received)
}

fn pay(sim: &Simulator, reference_no: &str, notify: &str) -> (Shop, Order, Reply) {
    let shop = sim.shop();
    let order = shop.order(reference_no, 25_145).notify(notify);
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, "http://shop.test/thanks"));
    (shop, order, registered)
}

#[tokio::test]
async fn an_application_on_the_only_thread_answers_while_the_test_waits() {
    let sim = Simulator::start();
    let (url, received) = application().await;
    let (_, _, registered) = sim.run(move |sim| pay(sim, "order-1", &url)).await;
    let t_xid = registered.t_xid();
    sim.expect("notification.delivered").of(&t_xid).times(1);
    sim.advance_async("2s").await;
    assert_eq!(received.load(Ordering::Relaxed), 1);
    let delivered = sim.wait_for("notification.delivered").t_xid(&t_xid).within_async("30s").await;
    assert_eq!(delivered.field("attempt"), "1");
    sim.notify(&t_xid, &json!({}));
    sim.drain_async().await;
    assert_eq!(received.load(Ordering::Relaxed), 2);
    sim.notify(&t_xid, &json!({ "variant": "changed-status" }));
    sim.verify().t_xid(&t_xid).expect("notification.attempted").times(3).check_async().await;
    let failed = tokio::spawn(async move { sim.finish().await }).await.unwrap_err().into_panic();
    assert!(message(&*failed).contains("happened 3 times"), "manual ones are delivered, too: {}", message(&*failed));
}

#[tokio::test]
async fn a_call_that_would_block_the_only_thread_panics_with_advice() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("order-1", 25_145);
    let calls: [(&str, &dyn Fn()); 7] = [
        ("advance", &|| sim.advance("2s")),
        ("drain", &|| sim.drain()),
        ("within", &|| drop(sim.wait_for("transaction.approved").within("1s"))),
        ("check", &|| sim.verify().expect("transaction.approved").check()),
        ("a shop", &|| drop(shop.register(&order))),
        ("a buyer", &|| drop(sim.buyer().get("/"))),
        ("http", &|| drop(sim.http().get("/"))),
    ];
    for (name, call) in calls {
        let panic = catch_unwind(AssertUnwindSafe(call)).expect_err(name);
        let message = message(&*panic);
        for advice in ["only thread", "advance_async", "sim.run(", "multi_thread"] {
            assert!(message.contains(advice), "{name}: {message}");
        }
    }
    // What never waits for the application.
    sim.reject_next();
    sim.set_scenario("reject");
    sim.new_shop("OTHERSHOP1", "a-key-of-this-test");
    assert_eq!(sim.events("transaction.registered").len(), 0);
    // A simulator that expects something ends with `finish`.
    sim.expect("transaction.approved").times(0);
    let panic = catch_unwind(AssertUnwindSafe(|| drop(sim))).unwrap_err();
    assert!(message(&*panic).contains("sim.finish().await"), "{}", message(&*panic));
    drop(Simulator::start());
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

thread_local! {
    /// The file and line that the last panic of this thread names.
    static PANICKED_AT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Where the panic of a closure points to.
fn panicked_at(call: impl FnOnce()) -> String {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let at = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
            PANICKED_AT.with_borrow_mut(|last| *last = at);
            default(info);
        }));
    });
    catch_unwind(AssertUnwindSafe(call)).expect_err("the call fails");
    PANICKED_AT.take()
}

#[test]
fn a_failure_points_at_the_line_of_the_test() {
    let sim = Simulator::start();
    let (shop, order, registered) = pay(&sim, "order-1", "http://127.0.0.1:9/notify");
    let receiver = sim.receiver();
    let here = |line: u32| format!("{}:{line}", file!());
    macro_rules! points_here {
        ($($call:expr),+ $(,)?) => {
            $(
                let (at, line) = (panicked_at(|| { let _ = $call; }), line!());
                assert_eq!(at, here(line), "{}", stringify!($call));
            )+
        };
    }
    points_here!(sim.advance("soon"));
    points_here!(sim.wait_for("transaction.declined").within("0s"));
    points_here!(sim.verify().expect("transaction.declined").check());
    points_here!(sim.rule(&json!({ "then": {} })));
    points_here!(sim.notify_next("odd"));
    points_here!(sim.break_next("odd", "reset"));
    points_here!(sim.set_scenario("odd"));
    points_here!(sim.new_shop("", "key-of-nobody"));
    points_here!(sim.notify("none", &json!({})));
    points_here!(receiver.only());
    points_here!(shop.set_scenario("odd"));
    points_here!(shop.signed(&["amt"], json!({})));
    points_here!(shop.status(&order.clone().with("referenceNo", "other"), &registered));
    points_here!(shop.register(&order).t_xid());
    points_here!(sim.buyer().pay("http://127.0.0.1:9/"));
    points_here!(sim.buyer().open("/"));
    points_here!(sim.http().get("/").json());
    points_here!(sim.http().get("/").location());
    points_here!(sim.http().get("http://127.0.0.1:9/"));
    points_here!(Simulator::builder().settings("odd = 1"));
    points_here!(Simulator::builder().scenario("odd").start());
}

#[test]
fn an_expectation_that_is_not_met_names_its_line() {
    let sim = Simulator::start();
    sim.expect("transaction.approved");
    let line = line!() - 1;
    sim.expect("transaction.registered").times(0);
    let panic = catch_unwind(AssertUnwindSafe(|| drop(sim))).unwrap_err();
    let message = message(&*panic);
    assert!(message.starts_with(&format!("{}:{line}:9: expected transaction.approved", file!())), "{message}");
    assert!(!message.contains("transaction.registered 0 times"), "that one is met: {message}");
}

#[tokio::test]
async fn an_async_failure_names_its_line() {
    let sim = Simulator::start();
    let waits = tokio::spawn(async move { sim.wait_for("transaction.approved").within_async("0s").await });
    let line = line!() - 1;
    let message = message(&*waits.await.unwrap_err().into_panic());
    assert!(message.starts_with(&format!("{}:{line}:", file!())), "{message}");
    let sim = Simulator::start();
    let checks = tokio::spawn(async move { sim.verify().expect("transaction.approved").check_async().await });
    let line = line!() - 1;
    let message = self::message(&*checks.await.unwrap_err().into_panic());
    assert!(message.starts_with(&format!("{}:{line}:", file!())), "{message}");
}

#[test]
fn what_happens_next_is_ordered_by_verbs_and_only_once() {
    let sim = Simulator::builder().scenario("reject").start();
    let shop = sim.shop();
    let stage = |reference_no: &str| {
        let t_xid = shop.register(&shop.order(reference_no, 25_145)).t_xid();
        let played = sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), &json!({}));
        played.json()["stage"].as_str().unwrap().to_owned()
    };
    sim.approve_next();
    assert_eq!([stage("approve"), stage("after")], ["approved", "declined"]);
    sim.set_scenario("approve");
    sim.reject_next();
    assert_eq!([stage("reject"), stage("after 2")], ["declined", "approved"]);
    sim.review_next();
    assert_eq!([stage("review"), stage("after 3")], ["under-review", "approved"]);
    sim.abandon_next();
    assert_eq!([stage("abandon"), stage("after 4")], ["abandoned", "approved"]);
    let receiver = sim.receiver();
    sim.notify_next("duplicate");
    let (_, order, registered) = pay(&sim, "twice", receiver.url());
    pay(&sim, "once", receiver.url());
    sim.advance("2s");
    let orders: Vec<_> = receiver.received().iter().map(|received| received.field("referenceNo").to_owned()).collect();
    assert_eq!(orders.iter().filter(|order| *order == "twice").count(), 2, "{orders:?}");
    assert_eq!(orders.iter().filter(|order| *order == "once").count(), 1, "{orders:?}");
    sim.break_next("inquiry", "truncated");
    let broken = shop.inquire(&order, &registered).body;
    assert!(broken.starts_with('{') && !broken.ends_with('}'), "{broken}");
    assert_eq!(shop.status(&order, &registered), "0");
}
