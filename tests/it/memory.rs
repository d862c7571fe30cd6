//! The memory budget (`--max-memory`): what it counts, what goes first, and when it refuses. And lists in pages.

#[path = "../common/resident.rs"]
mod resident;

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

use self::resident::resident_bytes;
use crate::common::process::{Folder, exchange};

const API: &str = "/__sim/api";
/// The longest text that the lenient profile takes.
const LONGEST: usize = 4_000;
const WIDE: &str = "\u{1F6D2}";

fn small() -> Simulator {
    Simulator::builder().scenario("instant").settings("max-memory = \"16MiB\"").start()
}

fn get(sim: &Simulator, path: &str) -> Value {
    let reply = sim.http().get(&format!("{API}{path}"));
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

fn memory(sim: &Simulator, what: &str) -> u64 {
    get(sim, "/info")["memory"][what].as_u64().unwrap()
}

/// Registers an order whose texts are as long as they may be.
fn register_large(sim: &Simulator, reference_no: &str) -> Reply {
    let (shop, text) = (sim.shop(), WIDE.repeat(LONGEST));
    let mut order = shop.order(reference_no, 25_145).notify(&format!("{}/__sim/inbox", sim.url()));
    for field in ["goodsNm", "billingNm", "description"] {
        order = order.with(field, text.as_str());
    }
    shop.register(&order.tokenize(&text))
}

fn play_buyer(sim: &Simulator, t_xid: &str) {
    let played = sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({}));
    assert_eq!(played.status, 200, "{}", played.body);
}

#[test]
fn info_shows_what_memory_is_used_for_and_a_reset_gives_it_back() {
    let sim = small();
    assert_eq!(memory(&sim, "max"), 16 * 1024 * 1024);
    let before = memory(&sim, "orders");
    let registered = register_large(&sim, "large");
    let order = memory(&sim, "orders") - before;
    assert!((64_000..90_000).contains(&order), "{order}");
    play_buyer(&sim, &registered.t_xid());
    assert!(memory(&sim, "orders") - before > order + 16_000, "a token and its owner");
    assert!(memory(&sim, "notifications") > 16_000, "the owner is in the notification");
    let sum: u64 = ["orders", "notifications", "explanations", "events"].map(|what| memory(&sim, what)).iter().sum();
    assert_eq!(sum, memory(&sim, "used"));
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    let [orders, notifications, events] = ["orders", "notifications", "events"].map(|what| memory(&sim, what));
    assert_eq!((orders, notifications), (before, 0));
    assert!(events < 512 * 1024, "{events}");
}

#[test]
fn the_oldest_finished_orders_make_room() {
    let sim = small();
    let t_xids: Vec<_> = (0..300)
        .map(|number| {
            let registered = register_large(&sim, &format!("large-{number}"));
            assert_eq!(registered.result_cd(), "0000");
            play_buyer(&sim, &registered.t_xid());
            registered.t_xid()
        })
        .collect();
    assert!(memory(&sim, "used") <= memory(&sim, "max"));
    let kept = get(&sim, "/transactions?limit=1000");
    let kept: Vec<_> = kept.as_array().unwrap().iter().map(|kept| kept["tXid"].as_str().unwrap()).collect();
    assert!((20..250).contains(&kept.len()), "{}", kept.len());
    assert_eq!(kept, t_xids[t_xids.len() - kept.len()..]);
}

#[test]
fn without_anything_finished_registrations_are_refused_until_there_is_room() {
    let sim = small();
    let mut open = Vec::new();
    let refused = loop {
        let registered = register_large(&sim, &format!("large-{}", open.len()));
        if registered.result_cd() != "0000" {
            break registered;
        }
        open.push(registered.t_xid());
    };
    assert_eq!((refused.result_cd().as_str(), refused.diagnosis()), ("9002", "limit/memory"));
    assert!(
        refused.body.contains("--max-memory") || refused.header("x-sim-diagnosis").unwrap().contains("--max-memory")
    );
    assert!((100..200).contains(&open.len()), "{}", open.len());
    assert_eq!(get(&sim, "/transactions?limit=1000").as_array().unwrap().len(), open.len(), "none was removed");
    open.iter().take(3).for_each(|t_xid| play_buyer(&sim, t_xid));
    sim.drain();
    assert_eq!(register_large(&sim, "next").result_cd(), "0000");
    assert_eq!(sim.http().get(&format!("{API}/transactions/{}", open[0])).status, 404);
}

#[test]
fn a_thousand_large_notifications_are_refused_and_none_is_sent() {
    let sim = small();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let text = WIDE.repeat(LONGEST);
    let order = shop.order("large", 25_145).with("goodsNm", text.as_str()).notify(receiver.url());
    let t_xid = shop.register(&order).t_xid();
    let notify = |times: u32| {
        let plan = json!({ "variant": "duplicate", "times": times, "fields": { "status": "0" } });
        sim.http().post_json(&format!("{API}/transactions/{t_xid}/notify"), &plan)
    };
    let refused = notify(1_000);
    assert_eq!((refused.status, &refused.json()["type"]), (503, &json!("urn:nicepay-sim:problem:memory")));
    assert_eq!(get(&sim, "/notifications"), json!([]));
    assert_eq!(notify(10).status, 202);
    sim.drain();
    assert_eq!(receiver.received().len(), 10);
}

/// Retries to a receiver that refuses keep its answers. The oldest notifications go, with an event each.
#[test]
fn notifications_that_are_still_to_be_sent_go_last() {
    let settings = "max-memory = \"16MiB\"\nretries = 9";
    let sim = Simulator::builder().scenario("instant").settings(settings).start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    receiver.answer_with(|_| nicepay_sim::testing::Answer {
        body: "x".repeat(8 * 1024),
        ..nicepay_sim::testing::Answer::status(500)
    });
    for number in 0..200 {
        let t_xid = shop.register(&shop.order(&format!("order-{number}"), 25_145).notify(receiver.url())).t_xid();
        play_buyer(&sim, &t_xid);
    }
    for _ in 0..9 {
        sim.advance("10m");
    }
    assert!(memory(&sim, "used") <= memory(&sim, "max"));
    let removed = sim.events("notification.skipped");
    assert!(removed.iter().all(|event| event["reason"].as_str().unwrap().contains("--max-memory")), "{removed:?}");
}

#[test]
fn a_budget_is_a_size_that_makes_sense() {
    let folder = Folder::new();
    for (size, reason) in [("lots", "is not a size"), ("15MiB", "at least 16MiB"), ("0", "at least")] {
        let ended = folder.command(&["serve", "--max-memory", size]).output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(3), "{size}: {stderr}");
        assert!(stderr.contains("max-memory") && stderr.contains(reason), "{size}: {stderr}");
    }
}

/// The largest values everywhere: orders, tokens, notifications with long answers, events, explanations.
#[test]
fn resident_memory_stays_below_one_and_a_half_budgets() {
    const BUDGET: usize = 256 * 1024 * 1024;
    let folder = Folder::new();
    let program =
        folder.serve(&["--max-memory", "256MiB", "--scenario", "instant", "--retries", "3", "--log-level", "error"]);
    let mut connection = program.connect();
    let mut ask = |method: &str, path: &str, body: &Value| {
        exchange(&mut connection, &format!("{method} {path}"), &body.to_string())
    };
    let text = WIDE.repeat(LONGEST);
    let shop = Simulator::start().shop();
    let inbox = format!("http://{}/__sim/inbox?{}", program.address, "x".repeat(1_000));
    ask(
        "POST",
        "/__sim/api/rules",
        &json!({ "id": "never", "when": { "referenceNo": "never" }, "then": { "outcome": "reject" } }),
    );
    for number in 0..1_300 {
        let mut order = shop
            .order(&format!("{number}{}", "r".repeat(30)), 25_145)
            .tokenize(&format!("{number:04}{}", WIDE.repeat(LONGEST - 4)));
        for field in ["goodsNm", "billingNm", "description"] {
            order = order.with(field, text.as_str());
        }
        let (status, body) = ask("POST", "/nicepay/direct/v2/registration", &shop.body(&order.notify(&inbox)));
        assert_eq!(status, 200, "{body}");
        let registered: Value = serde_json::from_str(&body).unwrap();
        if registered["resultCd"] == "0000" && number % 4 != 0 {
            let t_xid = registered["tXid"].as_str().unwrap();
            ask("POST", &format!("/__sim/api/transactions/{t_xid}/buyer"), &json!({}));
        }
    }
    let info: Value = serde_json::from_str(&ask("GET", "/__sim/api/info", &json!({})).1).unwrap();
    assert!(info["memory"]["used"].as_u64().unwrap() > BUDGET as u64 / 10 * 9, "it is full: {}", info["memory"]);
    let resident = resident_bytes(&program.child);
    assert!(resident < BUDGET * 3 / 2, "{} MiB", resident / 1024 / 1024);
    program.stop();
}

#[test]
fn every_list_has_pages() {
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    for number in 0..7 {
        let order = shop.order(&format!("order-{number}"), 25_145).notify(&format!("{}/__sim/inbox", sim.url()));
        play_buyer(&sim, &shop.register(&order.tokenize(&format!("customer-{number}"))).t_xid());
        assert_eq!(shop.bind(shop.binding(&format!("binding-{number}"), "081291891818")).status, 200);
        sim.rule(&json!({ "id": format!("rule-{number}"), "when": { "referenceNo": "none" }, "then": { "outcome": "reject" } }));
        let merchant = json!({ "merchantKey": "a-merchant-key-of-a-suite" });
        assert!(sim.http().put_json(&format!("{API}/merchants/SUITE{number}"), &merchant).status < 300);
    }
    sim.drain();
    drop(receiver);
    for (list, key, first) in [
        ("/transactions?limit=3", "tXid", ""),
        ("/notifications?limit=3", "id", "&after=0"),
        ("/bindings?limit=3", "id", "&after=0"),
        ("/inbox?limit=3", "id", "&after=0"),
        ("/tokens?limit=3", "userToken", ""),
        ("/rules?limit=3", "id", ""),
        ("/merchants?limit=3", "iMid", ""),
        ("/shoppers?limit=3", "phone", ""),
        ("/events?limit=20", "id", ""),
    ] {
        let path = list.split('?').next().unwrap();
        let texts = |page: &Value| -> Vec<String> {
            let key = |item: &Value| item[key].as_str().map_or_else(|| item[key].to_string(), str::to_owned);
            page.as_array().unwrap().iter().map(key).collect()
        };
        let (mut paged, mut after) = (Vec::new(), first.to_owned());
        loop {
            let page = texts(&get(&sim, &format!("{list}{after}")));
            let Some(last) = page.last() else { break };
            after = format!("&after={last}");
            paged.extend(page);
        }
        assert_eq!(paged, texts(&get(&sim, path)), "{path}");
        assert!(paged.len() >= 7, "{path}");
        let refused = sim.http().get(&format!("{API}{path}?limit=1000001"));
        assert_eq!(refused.status, 422, "{path}: {}", refused.body);
        assert!(refused.body.contains("limit is at most"), "{path}: {}", refused.body);
        let unknown = sim.http().get(&format!("{API}{path}?after=nonsense"));
        assert!([404, 422].contains(&unknown.status), "{path}: {}", unknown.body);
    }
}
