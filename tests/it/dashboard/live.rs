//! News for an open page: few messages, none lost, and nothing that a slow or dead browser could cost.

use std::time::{Duration, Instant};

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use super::{API, KEY, Page, register};
use crate::stream::Reader;

const LIVE: &str = "/__sim/live";

/// What an open page is told.
#[derive(Debug)]
struct Told {
    run: String,
    upto: u64,
    events: u64,
    gone: u64,
    resets: u64,
    everywhere: bool,
    /// Merchants and orders; none where there are too many to name.
    touched: Option<Vec<(String, Option<String>)>>,
}

impl Told {
    /// Whether an order is named.
    fn names(&self, i_mid: &str, reference_no: &str) -> bool {
        let wanted = (i_mid.to_owned(), Some(reference_no.to_owned()));
        self.touched.as_ref().is_some_and(|touched| touched.contains(&wanted))
    }
}

/// A stream as a page has it open.
struct Live(Reader);

impl Live {
    /// Opens a stream; answers with its greeting, too.
    fn open(sim: &Simulator, query: &str, header: &str) -> (Self, Told) {
        let mut live = Self(Reader::at(sim, &format!("{LIVE}?{query}"), header));
        assert_eq!(live.0.status, 200);
        let hello = live.0.block().unwrap();
        let hello = hello.strip_prefix("retry: 500\n").unwrap_or_else(|| panic!("{hello}"));
        let hello = read(hello);
        (live, hello)
    }

    /// The next message; none when the stream has ended.
    fn told(&mut self) -> Option<Told> {
        let block = self.0.block()?;
        // Only a test that fails waits that long.
        assert!(!block.starts_with(':'), "nothing came");
        Some(read(&block))
    }

    fn next(&mut self) -> Told {
        self.told().expect("a message")
    }

    /// Everything up to an event, in one.
    fn all_until(&mut self, event: u64) -> Told {
        let mut all = self.next();
        while all.upto < event {
            let told = self.next();
            let earlier = all.touched.zip(told.touched);
            let touched = earlier.map(|(mut earlier, later)| {
                earlier.extend(later);
                earlier
            });
            let (events, everywhere) = (all.events + told.events, all.everywhere || told.everywhere);
            all = Told { events, everywhere, touched, ..told };
        }
        all
    }

    /// Reads until an event was told of; answers with how many messages that took, and with how many events.
    fn until(&mut self, event: u64) -> (u64, u64) {
        let (mut messages, mut events) = (0, 0);
        loop {
            let told = self.next();
            messages += 1;
            events += told.events;
            if told.upto >= event {
                return (messages, events);
            }
        }
    }
}

fn read(block: &str) -> Told {
    let (id, data) = block.split_once('\n').unwrap();
    let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    let number = |name: &str| data[name].as_u64().unwrap();
    assert_eq!(id, format!("id: {}", number("upto")), "where to come back");
    let run = data["run"].as_str().unwrap().to_owned();
    Told {
        run,
        upto: number("upto"),
        events: number("events"),
        gone: number("gone"),
        resets: number("resets"),
        everywhere: data["everywhere"].as_bool().unwrap(),
        touched: serde_json::from_value(data["touched"].clone()).unwrap(),
    }
}

fn last(sim: &Simulator) -> u64 {
    sim.events("").last().map_or(0, |event| event["id"].as_u64().unwrap())
}

/// What a page says of itself.
fn body(page: &Page, name: &str) -> String {
    page.all("body")[0].attr(name).unwrap().to_owned()
}

#[test]
fn the_greeting_says_which_run_it_is_and_where_it_stands() {
    let sim = Simulator::start();
    register(&sim, "before");
    let page = Page::open(&sim, "/__sim/");
    let (live, hello) = Live::open(&sim, "", "");
    for header in
        ["content-type: text/event-stream\n", "cache-control: no-store\n", "x-content-type-options: nosniff\n"]
    {
        assert!(live.0.headers.contains(header), "{}", live.0.headers);
    }
    assert_eq!((hello.upto, hello.events, hello.gone, hello.resets), (last(&sim), 0, 0, 0));
    assert_eq!((hello.everywhere, hello.touched), (false, Some(Vec::new())));
    assert_eq!(body(&page, "data-resets"), "0");
    assert_eq!((body(&page, "data-run"), body(&page, "data-upto")), (hello.run.clone(), hello.upto.to_string()));
    assert_eq!(body(&page, "data-live"), LIVE);
    let other = Simulator::start();
    assert_ne!(Live::open(&other, "", "").1.run, hello.run, "another run is another");
}

#[test]
fn a_message_names_what_changed() {
    let sim = Simulator::start();
    let other = sim.new_shop("MYSHOP0001", KEY);
    let t_xid = register(&sim, "a & b");
    let page = Page::open(&sim, &format!("/__sim/transactions/{t_xid}"));
    assert_eq!((body(&page, "data-i-mid"), body(&page, "data-reference-no")), ("PAYLOANTES".into(), "a & b".into()));
    let report = Page::open(&sim, "/__sim/report?iMid=MYSHOP0001");
    assert_eq!((body(&report, "data-i-mid"), report.all("body[data-reference-no]").len()), ("MYSHOP0001".into(), 0));
    assert_eq!(Page::open(&sim, "/__sim/").all("body[data-i-mid]").len(), 0, "all events change the list");
    let upto = body(&page, "data-upto");
    let (mut live, hello) = Live::open(&sim, &format!("after={upto}"), "");
    assert_eq!((hello.events, hello.touched), (0, Some(Vec::new())));
    // Another merchant's order of the same number.
    other.register(&other.order("a & b", 25_145));
    let told = live.all_until(last(&sim));
    assert!(told.names("MYSHOP0001", "a & b") && !told.names("PAYLOANTES", "a & b"), "{told:?}");
    super::buyer(&sim, &t_xid, &json!({ "do": "reject" }));
    let told = live.all_until(last(&sim));
    assert!(told.names("PAYLOANTES", "a & b") && !told.everywhere, "{told:?}");
    // The clock is on every page, and is no order's.
    sim.advance("1m");
    let told = live.all_until(last(&sim));
    assert!(told.everywhere, "{told:?}");
}

#[test]
fn what_is_too_much_to_name_is_not_named() {
    let sim = Simulator::start();
    let start = last(&sim);
    (0..64).for_each(|i| drop(register(&sim, &format!("order-{i}"))));
    let told = Live::open(&sim, &format!("after={start}"), "").1;
    assert_eq!((told.events, told.touched.as_ref().unwrap().len()), (128, 64));
    register(&sim, "order-64");
    let told = Live::open(&sim, &format!("after={start}"), "").1;
    assert_eq!((told.events, told.touched), (130, None));
}

#[test]
fn a_key_in_an_order_number_is_not_told() {
    let sim = Simulator::start();
    let start = last(&sim);
    sim.new_shop("MYSHOP0001", KEY);
    let t_xid = register(&sim, KEY);
    let told = Live::open(&sim, &format!("after={start}"), "").1;
    assert!(!format!("{told:?}").contains(KEY), "{told:?}");
    let page = Page::open(&sim, &format!("/__sim/transactions/{t_xid}"));
    assert!(told.names("PAYLOANTES", &body(&page, "data-reference-no")), "the page knows that it is meant: {told:?}");
}

#[test]
fn a_thousand_events_are_a_few_messages() {
    let sim = Simulator::start();
    let (mut live, hello) = Live::open(&sim, "", "");
    let began = Instant::now();
    (0..1_000).for_each(|i| drop(register(&sim, &format!("order-{i}"))));
    let end = last(&sim);
    let (messages, events) = live.until(end);
    assert_eq!(events, end - hello.upto, "none is lost, none is told twice");
    // One at once, and then one in a quarter of a second, however fast the machine is.
    let most = began.elapsed().as_millis() / 250 + 2;
    assert!(u128::from(messages) <= most, "{messages} messages, more than {most}");
}

#[test]
fn who_comes_back_learns_at_once_what_happened_meanwhile() {
    let sim = Simulator::start();
    let (live, hello) = Live::open(&sim, "", "");
    drop(live);
    (0..3).for_each(|i| drop(register(&sim, &format!("meanwhile-{i}"))));
    let header = format!("Last-Event-ID: {}\r\n", hello.upto);
    let (_live, back) = Live::open(&sim, "", &header);
    assert_eq!((back.events, back.upto, back.gone), (6, last(&sim), 0));
    assert_eq!(Live::open(&sim, "after=99", &header).1.events, 6, "the header wins");
    assert_eq!(Live::open(&sim, &format!("after={}", hello.upto + 2), "").1.events, 4);
    // What it read before was another run's: all is news.
    for (query, header) in [("", "Last-Event-ID: 99999\r\n"), ("after=99999", ""), ("after=18446744073709551615", "")] {
        assert_eq!(Live::open(&sim, query, header).1.events, last(&sim), "{query} {header}");
    }
    for (query, header) in
        [("after=x", ""), ("", "Last-Event-ID: the last\r\n"), ("", "Last-Event-ID: \r\n"), ("after=-1&odd=%FF", "")]
    {
        let told = Live::open(&sim, query, header).1;
        assert_eq!((told.events, told.upto), (0, last(&sim)), "what is no number begins here: {query} {header}");
    }
}

#[test]
fn a_reset_is_told() {
    let sim = Simulator::start();
    let (mut live, _) = Live::open(&sim, "", "");
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    assert_eq!(live.next().resets, 1, "though nothing was logged");
    register(&sim, "order");
    let told = live.all_until(last(&sim));
    assert!(told.resets == 1 && told.names("PAYLOANTES", "order"), "{told:?}");
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": "PAYLOANTES" })).status, 204);
    while live.next().resets != 2 {}
    register(&sim, "again");
    let page = Page::open(&sim, "/__sim/");
    assert_eq!(page.tested("transaction").len(), 1);
    // Who was away learns of it from the number.
    assert_eq!((body(&page, "data-resets"), Live::open(&sim, "", "").1.resets), ("2".into(), 2));
}

#[test]
fn what_was_pushed_out_is_told_as_gone() {
    let sim = Simulator::builder().settings("max-events = 4").start();
    (0..5).for_each(|i| drop(register(&sim, &format!("order-{i}"))));
    assert_eq!(last(&sim), 11);
    let (mut live, back) = Live::open(&sim, "after=2", "");
    assert_eq!((back.gone, back.events, back.upto), (5, 4, 11));
    register(&sim, "next");
    let (_, events) = live.until(13);
    assert_eq!(events, 2, "and it goes on");
    assert_eq!(Live::open(&sim, "", "Last-Event-ID: 9\r\n").1.gone, 0);
}

#[test]
fn one_page_too_many_is_not_live_and_works() {
    let sim = Simulator::builder().settings("max-streams = 2").start();
    let streams = || sim.http().get(&format!("{API}/info")).json()["streams"].as_u64().unwrap();
    let (mut stays, _) = Live::open(&sim, "", "");
    let (leaves, _) = Live::open(&sim, "", "");
    assert_eq!(streams(), 2, "they count with the API's");
    let refused = sim.http().get(LIVE);
    assert!(refused.status == 503 && refused.body.contains("--max-streams"), "{} {}", refused.status, refused.body);
    for path in super::PAGES {
        Page::open(&sim, path);
    }
    drop(leaves);
    // Also when there is nothing to tell.
    while streams() == 2 {}
    register(&sim, "order");
    let (_third, hello) = Live::open(&sim, "", "");
    assert!(hello.upto > 0);
    let (_, events) = stays.until(last(&sim));
    assert_eq!(events, 2, "the other one never noticed");
}

#[test]
fn a_page_that_does_not_read_holds_nobody_up() {
    let sim = Simulator::builder().settings("max-events = 100").start();
    let (mut sleeps, _) = Live::open(&sim, "", "");
    let (mut reads, hello) = Live::open(&sim, "", "");
    (0..300).for_each(|i| drop(register(&sim, &format!("order-{i}"))));
    let end = last(&sim);
    let (_, events) = reads.until(end);
    assert!(events <= end - hello.upto);
    // It wakes up, and hears the same in as few words.
    let (mut told, mut messages) = (0, 0);
    while told < end {
        let message = sleeps.next();
        told = message.upto;
        messages += 1;
    }
    assert!(messages < 300, "{messages}");
}

#[test]
fn a_stop_ends_the_streams_of_pages_at_once_and_properly() {
    let sim = Simulator::start();
    let mut pages: Vec<_> = (0..10).map(|_| Live::open(&sim, "", "").0).collect();
    let before = Instant::now();
    drop(sim);
    let took = before.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    for page in &mut pages {
        assert!(page.told().is_none(), "ended, and not cut off");
    }
}
