//! Many at the same time: one number, one payment, and no debt that is lost.

use std::sync::Barrier;
use std::thread;

use nicepay_sim::testing::{Order, Simulator};
use serde_json::json;

use super::{CALLBACK, PUBLISHED_TOKEN, buyer, get, pluck, put, registered};

const THREADS: usize = 16;

/// Does the same thing from many threads at once.
fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| {
                let (act, barrier) = (&act, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    act(n)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn one_number_is_registered_once_however_many_try() {
    let sim = Simulator::builder().workers(4).start();
    let shop = sim.shop();
    let order: Order = shop.order("same", 25_145);
    let mut codes = at_once(|_| shop.register(&order).result_cd());
    codes.sort();
    let mut expected = vec!["9009"; THREADS];
    expected[0] = "0000";
    assert_eq!(codes, expected);
    assert_eq!(get(&sim, "/transactions").as_array().unwrap().len(), 1);
    assert_eq!((sim.events("transaction.registered").len(), sim.events("transaction.refused").len()), (1, THREADS - 1));
}

#[test]
fn orders_registered_at_once_have_numbers_of_their_own() {
    let sim = Simulator::builder().workers(4).start();
    let shop = sim.shop();
    let mut t_xids = at_once(|n| registered(&shop, &format!("order-{n}")));
    let listed = get(&sim, "/transactions");
    let mut sorted = pluck(&listed, "tXid");
    sorted.sort();
    t_xids.sort();
    assert_eq!(t_xids, sorted);
    t_xids.dedup();
    assert_eq!(t_xids.len(), THREADS);
    let ids: Vec<u64> = sim.events("").iter().map(|event| event["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..).take(ids.len()).collect::<Vec<_>>());
}

#[test]
fn one_otp_pays_once_however_often_it_is_sent() {
    let sim = Simulator::builder().workers(4).start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 25_145).tokenize("customer").notify(receiver.url());
    let registered = shop.register(&order);
    let tk = sim.buyer().open(&shop.payment_url(&order, &registered, CALLBACK));
    let login = [("phone", "081291891818"), ("pin", "414141")];
    let signed_in = sim.http().post_form(&format!("/kredivo/v2/signin?tk={tk}"), &login, &[]);
    let cookie = signed_in.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap();
    let send = |page: &str, field: (&str, &str)| {
        sim.http().post_form(&format!("/kredivo/v2/{page}?tk={tk}"), &[field], &[("cookie", cookie)])
    };
    send("plan", ("instmntMon", "1"));
    let replies = at_once(|_| send("otp", ("otp", "4567")));
    for reply in replies {
        assert_eq!((reply.status, reply.location()), (303, format!("/kredivo/v2/result?tk={tk}").as_str()));
    }
    for event in ["partner.otp-passed", "transaction.approved", "token.issued", "notification.scheduled"] {
        assert_eq!(sim.events(event).len(), 1, "{event}");
    }
    sim.advance("24h");
    assert_eq!(receiver.only().field("status"), "0");
    assert_eq!(get(&sim, "/shoppers/081291891818?iMid=PAYLOANTES")["owes"], "25145");
}

#[test]
fn one_buyer_pays_once_however_many_play() {
    let sim = Simulator::builder().workers(4).start();
    let t_xid = registered(&sim.shop(), "order");
    let mut statuses = at_once(|_| buyer(&sim, &t_xid, &json!({})).status);
    statuses.sort_unstable();
    let mut expected = vec![409; THREADS];
    expected[0] = 200;
    assert_eq!(statuses, expected);
    assert_eq!(sim.events("transaction.approved").len(), 1);
}

/// Debts that are made while a shopper is changed are not lost.
#[test]
fn a_change_of_a_shopper_loses_no_debt() {
    const MANY: u64 = 150;
    let sim = Simulator::builder().workers(4).scenario("instant").start();
    let shop = sim.shop();
    let at = "/shoppers/082155553300?iMid=PAYLOANTES";
    thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..MANY {
                let registered = shop.register(&shop.order(&format!("debt-{i}"), 1_000).seamless(PUBLISHED_TOKEN));
                assert_eq!(registered.result_cd(), "0000");
            }
            // They settle by themselves.
            sim.drain();
        });
        scope.spawn(|| {
            for i in 0..MANY {
                assert_eq!(put(&sim, at, &json!({ "name": format!("Name {i}") })).status, 200);
            }
        });
    });
    assert_eq!(get(&sim, at)["owes"], (50_290 + 1_000 * MANY).to_string(), "with what the shopper owes at the start");
}
