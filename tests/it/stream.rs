//! Events as they happen: a stream that is read slowly, comes back, is one too many, or is left.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nicepay_sim::testing::{Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const KEY: &str = "a-merchant-key-that-nobody-may-ever-see";

/// A reader of a stream.
pub(crate) struct Reader {
    stream: BufReader<TcpStream>,
    pub(crate) status: u16,
    pub(crate) headers: String,
    /// What came and was not handed out yet.
    text: String,
}

/// One event as it came.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    id: u64,
    pub(crate) event: String,
    pub(crate) data: Value,
}

impl Reader {
    /// Asks for a stream, and reads the head of the answer.
    pub(crate) fn open(sim: &Simulator, query: &str, header: &str) -> Self {
        Self::at(sim, &format!("{API}/events/stream{query}"), header)
    }

    /// The same of any stream.
    pub(crate) fn at(sim: &Simulator, path: &str, header: &str) -> Self {
        let address = sim.url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        // Only a test that fails comes that far.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{header}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut reader =
            Self { stream: BufReader::new(stream), status: 0, headers: String::new(), text: String::new() };
        reader.status = reader.line().split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            let line = reader.line();
            if line.is_empty() {
                return reader;
            }
            reader.headers.push_str(&line.to_ascii_lowercase());
            reader.headers.push('\n');
        }
    }

    /// One that begins with what comes next. Its greeting says that it has begun.
    fn from_now(sim: &Simulator, query: &str) -> Self {
        let mut reader = Self::open(sim, query, "");
        assert_eq!(reader.status, 200);
        assert!(reader.block().unwrap().starts_with(": begins here\n"));
        reader
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end_matches("\r\n").to_owned()
    }

    /// The next chunk of the body; none at its end.
    fn chunk(&mut self) -> Option<String> {
        let length = usize::from_str_radix(&self.line(), 16).unwrap();
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes).unwrap();
        assert!(bytes.ends_with(b"\r\n"));
        (length > 0).then(|| String::from_utf8(bytes[..length].to_vec()).unwrap())
    }

    /// The next block of lines; none when the stream has ended.
    pub(crate) fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = self.chunk()?;
            self.text.push_str(&chunk);
        }
    }

    /// The next event; none when the stream has ended.
    pub(crate) fn told(&mut self) -> Option<Told> {
        loop {
            let block = self.block()?;
            // Only a test that fails waits that long.
            assert!(!block.contains("keep-alive"), "nothing came");
            if block.starts_with(':') {
                continue;
            }
            let lines: Vec<_> = block.lines().map(|line| line.split_once(": ").unwrap()).collect();
            let [("id", id), ("event", event), ("data", data)] = lines.as_slice() else { panic!("{block}") };
            let data = serde_json::from_str(data).unwrap();
            return Some(Told { id: id.parse().unwrap(), event: (*event).to_owned(), data });
        }
    }

    pub(crate) fn next(&mut self) -> Told {
        self.told().expect("another event")
    }

    /// The numbers of the next events.
    fn ids(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.next().id).collect()
    }
}

fn registered(shop: &Shop, reference_no: &str) -> String {
    shop.register(&shop.order(reference_no, 25_145)).t_xid()
}

/// The number of the newest event.
fn last(sim: &Simulator) -> u64 {
    sim.events("").last().map_or(0, |event| event["id"].as_u64().unwrap())
}

#[test]
fn a_stream_begins_with_what_comes_next_and_tells_it_as_the_log_does() {
    let sim = Simulator::start();
    let shop = sim.shop();
    registered(&shop, "before");
    let before = last(&sim);
    let mut reader = Reader::from_now(&sim, "");
    for header in [
        "content-type: text/event-stream\n",
        "cache-control: no-store\n",
        "x-content-type-options: nosniff\n",
        "transfer-encoding: chunked\n",
    ] {
        assert!(reader.headers.contains(header), "{}", reader.headers);
    }
    let t_xid = registered(&shop, "after");
    let first = reader.next();
    assert_eq!((first.id, first.event.as_str()), (before + 1, "transaction.registered"));
    assert_eq!((&first.data["tXid"], &first.data["id"]), (&json!(t_xid), &json!(before + 1)));
    let told: Vec<_> = [first, reader.next()].into_iter().map(|told| told.data).collect();
    assert_eq!(json!(told), sim.http().get(&format!("{API}/events?after={before}")).json(), "exchanges, too");
}

#[test]
fn a_reader_who_comes_back_goes_on_where_it_was() {
    let sim = Simulator::start();
    let shop = sim.shop();
    registered(&shop, "one");
    registered(&shop, "two");
    assert_eq!(last(&sim), 5, "the story's loading, and two for each order");
    assert_eq!(Reader::open(&sim, "?after=0", "").ids(5), [1, 2, 3, 4, 5]);
    assert_eq!(Reader::open(&sim, "?after=3", "").ids(2), [4, 5]);
    assert_eq!(Reader::open(&sim, "", "Last-Event-ID: 2\r\n").ids(3), [3, 4, 5]);
    assert_eq!(Reader::open(&sim, "?after=0", "Last-Event-ID: 4\r\n").ids(1), [5], "the header wins");
    assert_eq!(Reader::open(&sim, "?after=4", "Last-Event-ID: \r\n").ids(1), [5], "an empty one says nothing");
    let restarted = Reader::open(&sim, "?after=4", "Last-Event-ID: 99\r\n").ids(1);
    assert_eq!(restarted, [1], "the simulator it read before is no more: all is news");
}

#[test]
fn the_greeting_says_where_to_come_back() {
    let sim = Simulator::start();
    let shop = sim.shop();
    registered(&shop, "before");
    let mut reader = Reader::open(&sim, "", "");
    assert_eq!(reader.block().unwrap(), format!(": begins here\nid: {}", last(&sim)));
    let header = format!("Last-Event-ID: {}\r\n", last(&sim));
    drop(reader);
    registered(&shop, "meanwhile");
    assert_eq!(Reader::open(&sim, "", &header).next().data["referenceNo"], "meanwhile");
}

#[test]
fn a_stream_takes_the_filters_of_the_log() {
    let sim = Simulator::start();
    let (shop, other) = (sim.shop(), sim.new_shop("MYSHOP0001", KEY));
    let t_xid = registered(&shop, "one");
    shop.register(&shop.order("forged", 25_145).with("merchantToken", "0".repeat(64)));
    registered(&other, "two");
    for query in [
        "iMid=MYSHOP0001".to_owned(),
        format!("tXid={t_xid}"),
        "referenceNo=forged".to_owned(),
        "type=transaction.refused,transaction.registered".to_owned(),
        "resultCd=9010".to_owned(),
        "type=exchange.recorded&httpStatus=200".to_owned(),
    ] {
        let log = sim.http().get(&format!("{API}/events?{query}")).json();
        let log: Vec<u64> = log.as_array().unwrap().iter().map(|event| event["id"].as_u64().unwrap()).collect();
        assert!(!log.is_empty() && log.len() < 6, "{query}");
        let mut reader = Reader::open(&sim, &format!("?after=0&{query}"), "");
        assert_eq!(reader.ids(log.len()), log, "{query}");
    }
    // What is not wanted is passed over, however much of it comes first.
    let mut reader = Reader::from_now(&sim, "?type=transaction.registered&referenceNo=last");
    (0..100).for_each(|i| drop(registered(&shop, &format!("unwanted-{i}"))));
    registered(&shop, "last");
    assert_eq!(reader.next().data["referenceNo"], "last");
}

#[test]
fn a_key_sent_by_mistake_is_masked() {
    let sim = Simulator::start();
    let shop = sim.new_shop("MYSHOP0001", KEY);
    let mut reader = Reader::from_now(&sim, "");
    let order = shop.order(KEY, 25_145).with("goodsNm", KEY).with("merchantToken", KEY);
    assert_ne!(shop.register(&order).result_cd(), "0000");
    let (refused, exchange) = (reader.next(), reader.next());
    assert_eq!((refused.event.as_str(), exchange.event.as_str()), ("transaction.refused", "exchange.recorded"));
    for told in [refused, exchange] {
        assert!(!told.data.to_string().contains(KEY), "{told:?}");
    }
}

#[test]
fn what_was_pushed_out_of_the_log_is_told_as_an_overrun() {
    let sim = Simulator::builder().settings("max-events = 4").start();
    let shop = sim.shop();
    (0..5).for_each(|i| drop(registered(&shop, &format!("order-{i}"))));
    let missed = |id, data| Told { id, event: "overrun".to_owned(), data };
    let mut reader = Reader::open(&sim, "?after=2", "");
    assert_eq!(last(&sim), 11);
    assert_eq!(reader.next(), missed(7, json!({ "missed": 5, "from": 3, "to": 7 })));
    assert_eq!(reader.ids(4), [8, 9, 10, 11], "and it goes on");
    // Coming back after the overrun, it is not told again.
    assert_eq!(Reader::open(&sim, "", "Last-Event-ID: 7\r\n").ids(4), [8, 9, 10, 11]);
    assert_eq!(Reader::open(&sim, "?after=6", "").next(), missed(7, json!({ "missed": 1, "from": 7, "to": 7 })));
}

#[test]
fn a_reader_who_does_not_read_costs_nothing_and_learns_what_it_missed() {
    // A stream that is stuck for longer would be closed.
    let sim = Simulator::builder().settings("max-events = 100\nslow-client-timeout = '5m'").start();
    let shop = sim.shop();
    let mut reader = Reader::from_now(&sim, "");
    // More than the connection and the log can hold: each exchange is kept with 16 KB.
    let goods = "x".repeat(20_000);
    let before = last(&sim);
    for i in 0..1_000 {
        shop.register(&shop.order(&format!("order-{i}"), 25_145).with("goodsNm", goods.as_str()));
    }
    let end = sim.events("").last().unwrap()["id"].as_u64().unwrap();
    let mut heard = before;
    let mut missed = 0;
    while heard < end {
        let told = reader.next();
        if told.event == "overrun" {
            assert_eq!(told.data["from"], heard + 1);
            missed += told.data["missed"].as_u64().unwrap();
            heard = told.data["to"].as_u64().unwrap();
        } else {
            assert_eq!(told.id, heard + 1, "nothing is passed over in silence");
            heard = told.id;
        }
    }
    assert!(missed > 0, "it was slow: {end}");
}

#[test]
fn a_reset_hides_the_past_and_the_stream_goes_on() {
    let sim = Simulator::builder().settings("max-events = 6").start();
    let shop = sim.shop();
    let mut open = Reader::from_now(&sim, "");
    registered(&shop, "one");
    assert_eq!(open.ids(2), [2, 3]);
    registered(&shop, "two");
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    registered(&shop, "three");
    while open.next().data["referenceNo"] != "three" {}
    let mut late = Reader::open(&sim, "?after=0", "");
    assert_eq!(late.ids(2), [6, 7], "what is hidden is not told");
    registered(&shop, "four");
    assert_eq!(late.ids(2), [8, 9]);
    assert_eq!(sim.events("").len(), 4, "two of the hidden ones are gone, two are still there");
    assert_eq!(Reader::open(&sim, "?after=0", "").next().id, 6, "nor missed");
}

#[test]
fn one_stream_too_many_is_503_and_a_place_left_is_free() {
    let sim = Simulator::builder().settings("max-streams = 2").start();
    let shop = sim.shop();
    let info = || sim.http().get(&format!("{API}/info")).json();
    assert_eq!(info()["limits"]["streams"], 2);
    let (mut stays, leaves) = (Reader::from_now(&sim, ""), Reader::from_now(&sim, ""));
    assert_eq!(info()["streams"], 2);
    let refused = sim.http().get(&format!("{API}/events/stream"));
    assert_eq!((refused.status, refused.header("content-type")), (503, Some("application/problem+json")));
    let problem = refused.json();
    assert_eq!(problem["type"], "urn:nicepay-sim:problem:streams");
    assert!(problem["detail"].as_str().unwrap().contains("--max-streams"), "{problem}");
    drop(leaves);
    // Also when there is nothing to tell.
    while info()["streams"] == 2 {}
    drop(Reader::from_now(&sim, ""));
    registered(&shop, "order");
    assert_eq!(stays.ids(2), [2, 3], "the other one never noticed");
}

#[test]
fn a_stop_ends_streams_at_once_and_properly() {
    let sim = Simulator::start();
    let mut readers: Vec<_> = (0..10).map(|_| Reader::from_now(&sim, "")).collect();
    let before = Instant::now();
    drop(sim);
    let took = before.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    for reader in &mut readers {
        assert_eq!(reader.told(), None, "ended, and not cut off");
    }
}

#[test]
fn a_stream_that_cannot_be_is_refused() {
    let sim = Simulator::start();
    for (query, header) in [
        ("?after=x", ""),
        ("?after=-1", ""),
        ("", "Last-Event-ID: the last one\r\n"),
        ("?after=1", "Last-Event-ID: -1\r\n"),
    ] {
        let refused = Reader::open(&sim, query, header);
        assert_eq!(refused.status, 422, "{query} {header}");
        assert!(refused.headers.contains("content-type: application/problem+json\n"), "{}", refused.headers);
    }
    // The router decodes a path before it matches it.
    for path in ["events/stream", "events/%73tream", "events/strea%6D", "%65vents//stream"] {
        let head = sim.http().send("HEAD", &format!("{API}/{path}"), &[], "");
        assert_eq!((head.status, head.header("allow")), (405, Some("GET")), "{path} would have no end");
    }
    let live = |path| sim.http().send("HEAD", path, &[], "").status;
    assert_eq!((live("/__sim/%6cive"), live("/__sim/live")), (404, 404));
    assert_eq!(sim.http().get(&format!("{API}/info")).json()["streams"], 0);
}
