//! Many cancels at once give back no more than was paid.

use std::sync::Barrier;
use std::thread;

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::json;

use super::{PHONE, Sale};

/// Many cancels at once: answers of all threads, and never more back than was paid.
fn race(sale: &Sale<'_>, threads: usize, cancel: impl Fn(usize) -> Reply + Sync) -> Vec<Reply> {
    let barrier = Barrier::new(threads);
    let answers: Vec<Reply> = thread::scope(|scope| {
        let racers: Vec<_> = (0..threads)
            .map(|i| {
                let (barrier, cancel) = (&barrier, &cancel);
                scope.spawn(move || {
                    barrier.wait();
                    cancel(i)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    // Money out is what the events say, what the inquiry says, and what the shopper owes no more.
    let events = sale.cancels();
    let out: u64 = events.iter().map(|event| event["amt"].as_str().unwrap().parse::<u64>().unwrap()).sum();
    let paid: u64 = sale.order.text("amt").parse().unwrap();
    assert!(out <= paid, "{out} of {paid}");
    let (status, _, sum) = sale.stands();
    assert_eq!(sum.map_or(0, |sum| sum.parse().unwrap()), out);
    assert_eq!(status, if out == paid { "2" } else { "0" });
    assert_eq!(sale.shopper(PHONE)["owes"], (paid - out).to_string());
    // Each sum is the one before it and its own amount: they came one after another.
    let mut so_far = 0;
    for event in &events {
        so_far += event["amt"].as_str().unwrap().parse::<u64>().unwrap();
        assert_eq!(event["cancelAmt"], so_far.to_string());
        assert_eq!(event["full"], so_far == paid);
    }
    answers
}

fn count(answers: &[Reply], code: &str) -> usize {
    answers.iter().filter(|answer| answer.result_cd() == code).count()
}

/// How often each race is run: two requests meet only sometimes.
const ROUNDS: usize = 25;

/// Orders of one shopper, one after another, on a simulator that answers many at once.
fn rounds(run: impl Fn(&Sale<'_>)) {
    let sim = Simulator::builder().workers(4).start();
    for round in 0..ROUNDS {
        let sale = Sale::paid(&sim, &format!("race-{round}"));
        run(&sale);
        // The next one begins without debts.
        sale.back_office(&json!({}));
        assert_eq!(sale.shopper(PHONE)["owes"], "0");
    }
}

#[test]
fn of_many_full_cancels_at_once_one_is_taken() {
    rounds(|sale| {
        let answers = race(sale, 16, |_| sale.cancel("1", "25145"));
        assert_eq!((count(&answers, "0000"), count(&answers, "9314")), (1, 15));
    });
}

#[test]
fn many_parts_at_once_give_back_no_more_than_was_paid() {
    rounds(|sale| {
        // Sixteen times 2,000 is more than 25,145: twelve fit.
        let answers = race(sale, 16, |_| sale.cancel("2", "2000"));
        assert_eq!((count(&answers, "0000"), count(&answers, "9319")), (12, 4));
        assert_eq!(sale.stands().2.as_deref(), Some("24000"));
        let answers = race(sale, 4, |_| sale.cancel("2", "1145"));
        assert_eq!((count(&answers, "0000"), count(&answers, "9314")), (1, 3));
        sale.refuses_cancel("nothing is left", "2", "1", "9314", "cancel/twice");
    });
}

#[test]
fn parts_and_all_and_the_back_office_at_once() {
    rounds(|sale| {
        let answers = race(sale, 18, |i| match i % 3 {
            0 => sale.cancel("1", "25145"),
            1 => sale.cancel("2", "20000"),
            _ => sale.back_office(&json!({ "amt": 6_000 })),
        });
        let taken = answers
            .iter()
            .filter(|answer| answer.status == 200 && answer.json()["resultCd"].as_str().unwrap_or("0000") == "0000");
        assert_eq!(taken.count(), sale.cancels().len(), "whoever was told yes is in the log");
    });
}

#[test]
fn cancels_of_many_orders_of_one_shopper_at_once() {
    let sim = Simulator::builder().workers(4).start();
    let shop = sim.shop();
    for round in 0..ROUNDS {
        let named = |i| format!("order-{round}-{i}");
        let sales: Vec<_> = (0..12).map(|i| Sale::paid_at(&sim, &shop, &named(i), 1_000)).collect();
        assert_eq!(sales[0].shopper(PHONE)["owes"], "12000");
        let barrier = Barrier::new(sales.len());
        thread::scope(|scope| {
            for (i, sale) in sales.iter().enumerate() {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    let answer = if i % 2 == 0 { sale.cancel("1", "1000") } else { sale.cancel("2", "400") };
                    assert_eq!(answer.result_cd(), "0000");
                });
            }
        });
        assert_eq!(sales[0].shopper(PHONE)["owes"], "3600", "six times 600 are left");
        for sale in &sales {
            sale.back_office(&json!({}));
        }
    }
}
