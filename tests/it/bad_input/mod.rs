//! Bad input, through the socket. Each gets the documented code or a clear page, and a diagnosis; nothing half done stays
//! behind, and the next request of a good shop is served as if nothing had happened.

mod bodies;
mod browsers;
mod fields;
mod forms;
mod http;
mod urls;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use scraper::{Html, Selector};

const REGISTRATION: &str = "/nicepay/direct/v2/registration";
const PAYMENT: &str = "/nicepay/direct/v2/payment";
const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
const SIGN_IN: &str = "/kredivo/v2/signin";
const PLAN: &str = "/kredivo/v2/plan";
const OTP: &str = "/kredivo/v2/otp";
const RESULT: &str = "/kredivo/v2/result";
const WAY_BACK: &str = "http://shop.test/thanks?order_id=1";
const JSON: (&str, &str) = ("content-type", "application/json");
/// Nothing takes that long: whoever waits longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A simulator, a good shop, and what the simulator is to remember.
struct Bench {
    sim: Simulator,
    shop: Shop,
    stored: Vec<String>,
}

impl Bench {
    fn new() -> Self {
        Self::of(Simulator::start())
    }

    fn strict() -> Self {
        Self::of(Simulator::builder().profile("strict").start())
    }

    /// One that lets slow clients go soon, by the wall clock.
    fn impatient() -> Self {
        Self::of(Simulator::builder().settings("slow-client-timeout = '1s'").start())
    }

    fn of(sim: Simulator) -> Self {
        let shop = sim.shop();
        Self { sim, shop, stored: Vec::new() }
    }

    fn order(&self, reference_no: &str) -> Order {
        self.shop.order(reference_no, 25_145)
    }

    fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.sim.http().send("POST", path, &[JSON], body)
    }

    fn address(&self) -> &str {
        self.sim.url().trim_start_matches("http://")
    }

    /// Registers what must be taken.
    fn take(&mut self, order: &Order) -> Reply {
        let taken = self.shop.register(order);
        assert_eq!(taken.result_cd(), "0000", "{} {:?}", taken.body, taken.header("x-sim-diagnosis"));
        self.stored.push(taken.t_xid());
        taken
    }

    /// The next order of a good shop is taken, and is all that is new.
    fn goes_on(&mut self, after: &str) {
        let registered = self.shop.register(&self.order(&format!("good-{}", self.stored.len())));
        assert_eq!((registered.status, registered.result_cd().as_str()), (200, "0000"), "after {after}");
        self.stored.push(registered.t_xid());
        let stored = self.sim.http().get("/__sim/api/transactions?limit=10000").json();
        let stored: Vec<_> = stored.as_array().unwrap().iter().map(|t| t["tXid"].as_str().unwrap()).collect();
        assert_eq!(stored, self.stored, "stored after {after}");
    }

    /// NICEPAY's no: status, code and slug; nothing but the code and its text is filled.
    fn refused(&mut self, what: &str, answer: &Reply, status: u16, code: &str, slug: &str) {
        let why = answer.header("x-sim-diagnosis");
        assert_eq!(answer.status, status, "{what}: {} {why:?}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{what}");
        let body = answer.json();
        assert_eq!(body["resultCd"], code, "{what}: {why:?}");
        let filled: Vec<_> = body.as_object().unwrap().iter().filter(|(_, v)| !v.is_null()).map(|(k, _)| k).collect();
        assert_eq!(filled, ["resultCd", "resultMsg"], "{what}");
        assert_eq!(answer.diagnosis(), slug, "{what}: {why:?}");
        assert!(why.is_some_and(|why| why.len() <= 1_024 && why.is_ascii()), "{what}: {why:?}");
        let log = self.sim.events("transaction.refused");
        let logged = log.iter().any(|event| event["resultCd"] == code && event["diagnosis"].as_str() == why);
        assert!(logged, "{what}: in the log: {log:?}");
        self.goes_on(what);
    }

    fn refuses(&mut self, what: &str, order: &Order, code: &str, slug: &str) {
        let answer = self.shop.register(order);
        self.refused(what, &answer, 200, code, slug);
    }

    /// A connection that never waits for ever.
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes that no client sends, and reads one answer; none where the connection is closed without one.
    fn raw(&self, bytes: &[u8]) -> Option<Reply> {
        let mut stream = self.connect();
        // Whoever is refused early may close before all is written.
        let _ = stream.write_all(bytes);
        read_answer(&mut stream)
    }
}

/// Reads one answer with `Content-Length`, or none where the connection ends without one.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Option<Reply> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut lines = head.lines();
            let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
            let headers: Vec<(String, String)> = lines
                .map(|line| line.split_once(':').unwrap())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, v)| v.parse().unwrap());
            let length: usize = length.unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8(bytes[end + 4..end + 4 + length].to_vec()).unwrap();
                return Some(Reply { status, headers, body });
            }
        }
        match stream.read(&mut part) {
            Ok(0) => return None,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
            Err(error) => {
                let hangs = matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
                assert!(!hangs, "no answer, and no end either, after {:?}", String::from_utf8_lossy(&bytes));
                return None;
            }
        }
    }
}

fn nested(open: &str, depth: usize, close: &str) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

/// Scripts and images of a page, and attributes that act: ours are one script, and none.
fn harmless(what: &str, page: &str) {
    let html = Html::parse_document(page);
    let select = |selector: &str| html.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!(select("script:not([src='/kredivo/assets/partner.js'])"), 0, "{what}: a foreign script: {page}");
    assert_eq!(select("img, iframe, object, embed, base"), 0, "{what}: a foreign element: {page}");
    assert_eq!(select("[onerror], [onload], [onclick], [onfocus], [onmouseover]"), 0, "{what}: {page}");
}
