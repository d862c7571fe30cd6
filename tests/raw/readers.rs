//! Clients that do not read.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::proc;
use crate::resident::resident_bytes;
use crate::shop::{REGISTRATION, Shop};
use crate::target::{Target, Way, request};

/// Answers as large as these are written in small parts.
const LONG_ANSWERS: [&str; 2] = ["/__sim/api/events?limit=10000", "/__sim/api/transactions?limit=10000"];

/// Registers orders with long texts.
fn fill(target: &Target, count: usize) {
    let shop = Shop::new(target);
    let long = "x".repeat(3_500);
    let mut wire = target.connect(Way::Plain);
    for number in 0..count {
        let mut order = shop.order(&format!("order-{number}"));
        order["goodsNm"] = json!(long);
        wire.send(request(&format!("POST {REGISTRATION}"), &order.to_string()));
        assert_eq!(wire.answer().unwrap().json()["resultCd"], "0000");
    }
}

#[test]
fn clients_that_do_not_read_cost_little_memory_and_are_let_go() {
    let Some(target) = Target::with(&[]) else { return };
    // The first request opens sockets that stay. Its own closes meanwhile: a closing one would be counted as open.
    assert_eq!(target.ask("GET /__sim/livez", "").status, 200);
    let open = (0..200).map(|_| proc::open_sockets(target.program())).min().unwrap();
    fill(&target, 2_000);
    let before = resident_bytes(&target.program().child);
    for path in LONG_ANSWERS {
        let length = target.ask_for_all(path).len();
        assert!(length > 5_000_000, "{path}: {length}");
        let mut wires: Vec<_> = target.ways().iter().cycle().take(60).map(|way| target.connect(*way)).collect();
        for wire in &mut wires {
            wire.send(request(&format!("GET {path}"), ""));
        }
        assert_eq!(target.ask("GET /__sim/livez", "").status, 200);
        let more = resident_bytes(&target.program().child).saturating_sub(before);
        assert!(more < 60_000_000, "{path}: {more} bytes more");
        // They have not taken all of it when their time is over.
        let begin = Instant::now();
        while proc::open_sockets(target.program()) > open {
            assert!(begin.elapsed() < Duration::from_secs(60), "{} are open", proc::open_sockets(target.program()));
            target.ask("GET /__sim/livez", "");
        }
        for mut wire in wires {
            assert!(wire.read_to_end().len() < length, "{path}");
        }
    }
}

#[test]
fn a_long_answer_is_the_same_as_many_short_ones() {
    let Some(target) = Target::with(&[]) else { return };
    fill(&target, 100);
    for (path, key) in LONG_ANSWERS.iter().zip(["id", "tXid"]) {
        let all: serde_json::Value = serde_json::from_str(&target.ask_for_all(path)).unwrap();
        let mut after = String::from("0");
        let list = path.split('?').next().unwrap();
        for expected in all.as_array().unwrap() {
            let after_it = if key == "tXid" && after == "0" { String::new() } else { format!("&after={after}") };
            let one = target.ask(&format!("GET {list}?limit=1{after_it}"), "").json();
            assert_eq!(&one[0], expected);
            after = expected[key].as_str().map_or_else(|| expected[key].to_string(), str::to_owned);
        }
    }
    // Whoever reads slowly but reads gets all of it.
    let mut wire = target.connect(Way::Plain);
    wire.send(request("GET /__sim/api/events?limit=10000", "").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    let said = wire.read_to_end();
    assert!(said.ends_with("]\r\n0\r\n\r\n"), "it ends with the last chunk");
}
