//! Bad input, through the socket. Each gets the documented code or a clear page, and a diagnosis; nothing half done stays
//! behind, and the next request of a good shop is served as if nothing had happened.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use nicepay_sim::testing::{Buyer, Login, Order, Reply, Shop, Simulator};
use scraper::{Html, Selector};
use serde_json::{Value, json};

const REGISTRATION: &str = "/nicepay/direct/v2/registration";
const PAYMENT: &str = "/nicepay/direct/v2/payment";
const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
const SIGN_IN: &str = "/kredivo/v2/signin";
const PLAN: &str = "/kredivo/v2/plan";
const OTP: &str = "/kredivo/v2/otp";
const RESEND: &str = "/kredivo/v2/otp/resend";
const GIVE_UP: &str = "/kredivo/v2/cancel";
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

/// Reads until the other side closes.
fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        let hangs = matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
        assert!(!hangs, "the connection stays open after {:?}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn nested(open: &str, depth: usize, close: &str) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

// Bodies

/// Bodies that cannot be read: 9001 and why, whichever endpoint takes JSON.
#[test]
fn bodies_that_cannot_be_read() {
    let mut bench = Bench::new();
    let good = bench.shop.body(&bench.order("bad")).to_string();
    let latin1 = [&b"{\"goodsNm\":\"caf"[..], &[0xe9], b"\"}"].concat();
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let overlong = [&b"{\"goodsNm\":\""[..], &[0xc0, 0xaf], b"\"}"].concat();
    let surrogate = [&b"{\"goodsNm\":\""[..], &[0xed, 0xa0, 0x80], b"\"}"].concat();
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", b"".to_vec(), "body/empty"),
        ("words", b"hello".to_vec(), "body/not-json"),
        ("a form", b"iMid=PAYLOANTES&amt=25145".to_vec(), "body/not-json"),
        ("XML", b"<?xml version=\"1.0\"?><order/>".to_vec(), "body/not-json"),
        ("single quotes", good.replace('"', "'").into_bytes(), "body/not-json"),
        ("a comma too many", good.replace('}', ",}").into_bytes(), "body/not-json"),
        ("something after it", format!("{good}x").into_bytes(), "body/not-json"),
        ("two orders", format!("{good}{good}").into_bytes(), "body/not-json"),
        ("a byte-order mark", format!("\u{feff}{good}").into_bytes(), "body/not-json"),
        ("a NUL", b"\0".to_vec(), "body/not-json"),
        ("NaN", b"{\"amt\":NaN}".to_vec(), "body/not-json"),
        ("a line end inside a string", b"{\"goodsNm\":\"a\nb\"}".to_vec(), "body/not-json"),
        ("an unknown escape", b"{\"goodsNm\":\"\\x41\"}".to_vec(), "body/not-json"),
        ("half of it", good.as_bytes()[..good.len() / 2].to_vec(), "body/truncated"),
        ("all but the last brace", good.as_bytes()[..good.len() - 1].to_vec(), "body/truncated"),
        ("one brace", b"{".to_vec(), "body/truncated"),
        ("an array", format!("[{good}]").into_bytes(), "body/not-an-object"),
        ("an empty array", b"[]".to_vec(), "body/not-an-object"),
        ("null", b"null".to_vec(), "body/not-an-object"),
        ("a number", b"25145".to_vec(), "body/not-an-object"),
        ("a string", json!(good).to_string().into_bytes(), "body/not-an-object"),
        (
            "nested objects",
            format!("{{\"x\":{}}}", nested("{\"a\":", 10_000, "}").replace(":}", ":1}")).into(),
            "body/too-deep",
        ),
        ("nested arrays", format!("{{\"x\":{}}}", nested("[", 100_000, "]")).into_bytes(), "body/too-deep"),
        ("nested arrays in a field", format!("{{\"amt\":{}}}", nested("[", 65, "]")).into_bytes(), "body/too-deep"),
        ("nested arrays around it", nested("[", 100_000, "]").into_bytes(), "body/not-an-object"),
        ("nested and truncated", format!("{{\"x\":{}", "[".repeat(100_000)).into_bytes(), "body/truncated"),
        ("Latin-1", latin1, "body/not-utf-8"),
        ("UTF-16", utf16, "body/not-json"),
        ("an overlong slash", overlong, "body/not-utf-8"),
        ("a surrogate in UTF-8", surrogate, "body/not-utf-8"),
        ("bytes", vec![0xff; 1_000], "body/not-utf-8"),
        ("amt twice", good.replacen('{', "{\"amt\":\"25145\",", 1).into_bytes(), "body/duplicate-key"),
        ("amt twice, escaped", good.replacen('{', "{\"\\u0061mt\":\"1\",", 1).into_bytes(), "body/duplicate-key"),
        ("an unknown key twice", good.replacen('{', "{\"x\":1,\"x\":1,", 1).into_bytes(), "body/duplicate-key"),
        ("1,000 unknown keys", unknown_keys(&good, 1_000).into_bytes(), "body/too-many-fields"),
    ];
    for (what, body, slug) in rows {
        for path in [REGISTRATION, INQUIRY] {
            let answer = bench.post(path, body.clone());
            bench.refused(&format!("{path}: {what}"), &answer, 200, "9001", slug);
        }
    }
}

fn unknown_keys(good: &str, count: usize) -> String {
    let keys: String =
        (0..count).map(|i| i.to_string()).fold(String::new(), |keys, i| keys + "\"k" + i.as_str() + "\":1,");
    good.replacen('{', &format!("{{{keys}"), 1)
}

#[test]
fn half_a_surrogate_pair_is_no_json() {
    // RFC 8259 §8.2 lets a parser refuse it; what is said about it should be true: it is an object.
    let mut bench = Bench::new();
    let body = bench.shop.body(&bench.order("bad")).to_string().replace("Test Transaction", "\\ud800");
    let answer = bench.post(REGISTRATION, body);
    bench.refused("half a surrogate pair", &answer, 200, "9001", "body/not-json");
}

/// What is done to a good body.
type Change = fn(String) -> String;

#[test]
fn bodies_that_look_bad_and_are_not() {
    let mut bench = Bench::new();
    let good = |bench: &Bench| bench.shop.body(&bench.order(&format!("odd-{}", bench.stored.len()))).to_string();
    let rows: [(&str, Change); 6] = [
        ("white space", |body| format!(" \r\n\t{} \n", body.replace("\",\"", "\" ,\n\t\""))),
        ("escapes", |body| body.replace("Test Transaction", "\\u0054est\\tTransaction\\/\\ud83c\\udf5c")),
        ("unknown fields", |body| unknown_keys(&body, 200)),
        ("nesting that is allowed", |body| body.replacen('{', &format!("{{\"x\":{},", nested("[", 64, "]")), 1)),
        ("a long unknown field", |body| body.replacen('{', &format!("{{\"x\":\"{}\",", "y".repeat(100_000)), 1)),
        ("a long unknown name", |body| body.replacen('{', &format!("{{\"{}\":1,", "y".repeat(100_000)), 1)),
    ];
    for (what, change) in rows {
        let answer = bench.post(REGISTRATION, change(good(&bench)));
        assert_eq!(answer.result_cd(), "0000", "{what}: {:?}", answer.header("x-sim-diagnosis"));
        bench.stored.push(answer.t_xid());
        bench.goes_on(what);
    }
}

#[test]
fn wrong_content_types() {
    let (mut lenient, mut strict) = (Bench::new(), Bench::strict());
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "x",
        "",
    ];
    for content_type in types {
        let send = |bench: &Bench, body: String| {
            bench.sim.http().send("POST", REGISTRATION, &[("content-type", content_type)], body)
        };
        // JSON that calls itself something else.
        let body = |bench: &Bench| bench.shop.body(&bench.order(&format!("t-{}", bench.stored.len()))).to_string();
        let answer = send(&lenient, body(&lenient));
        assert_eq!(answer.result_cd(), "0000", "{content_type}");
        let note = answer.header("x-sim-note").unwrap_or_default();
        assert!(note.starts_with("body/content-type: "), "{content_type}: {note}");
        lenient.stored.push(answer.t_xid());
        lenient.goes_on(content_type);
        let answer = send(&strict, body(&strict));
        strict.refused(content_type, &answer, 200, "9001", "body/content-type");
        // Something else that calls itself so.
        let answer = send(&lenient, "iMid=PAYLOANTES&amt=25145".to_owned());
        lenient.refused(content_type, &answer, 200, "9001", "body/not-json");
    }
    for content_type in
        ["application/json", "Application/JSON", "application/json;charset=UTF-8", "application/json ; x=y"]
    {
        let body = strict.shop.body(&strict.order(content_type)).to_string();
        let answer = strict.sim.http().send("POST", REGISTRATION, &[("content-type", content_type)], body);
        assert_eq!(answer.result_cd(), "0000", "{content_type}");
        strict.stored.push(answer.t_xid());
        strict.goes_on(content_type);
    }
    // Nobody unpacks anything.
    let headers = [JSON, ("content-encoding", "gzip")];
    let answer = lenient.sim.http().send("POST", REGISTRATION, &headers, vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    lenient.refused("gzip", &answer, 200, "9001", "body/not-utf-8");
}

#[test]
fn bodies_over_the_limit_are_413() {
    let mut bench = Bench::new();
    let megabyte = "x".repeat(1024 * 1024);
    let over = "x".repeat(262_145);
    for path in [REGISTRATION, INQUIRY, PAYMENT, "/nicepay/direct/v2/payment/nowhere"] {
        for body in [&megabyte, &over] {
            let answer = bench.post(path, body.as_str());
            bench.refused(&format!("{path}: {} bytes", body.len()), &answer, 413, "9001", "body/too-large");
        }
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            bench.address()
        );
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let answer = bench.raw(format!("{head}{}0\r\n\r\n", chunk.repeat(16)).as_bytes()).unwrap();
        bench.refused(&format!("{path}: chunked"), &answer, 413, "9001", "body/too-large");
        let tiny_chunks = "1\r\nx\r\n".repeat(262_145);
        let answer = bench.raw(format!("{head}{tiny_chunks}0\r\n\r\n").as_bytes()).unwrap();
        bench.refused(&format!("{path}: tiny chunks"), &answer, 413, "9001", "body/too-large");
    }
    // Exactly the limit is read, and found to be no JSON.
    let answer = bench.post(REGISTRATION, "x".repeat(262_144));
    bench.refused("the limit", &answer, 200, "9001", "body/not-json");
    // The connection goes on.
    let mut stream = bench.connect();
    let inquiry = |body: &str| {
        let (host, length) = (bench.address(), body.len());
        format!(
            "POST {INQUIRY} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    stream.write_all(inquiry(&megabyte).as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 413);
    stream.write_all(inquiry("{}").as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().result_cd(), "9011");
}

// Fields

#[test]
fn fields_of_100_000_characters() {
    let rows = [
        ("goodsNm", "8003", "field/length"),
        ("billingEmail", "8003", "field/length"),
        ("userAgent", "8003", "field/length"),
        ("dbProcessUrl", "8003", "field/length"),
        ("cartData", "8003", "field/length"),
        ("sellers", "8003", "field/length"),
        ("mitraCd", "8003", "field/length"),
        ("referenceNo", "9109", "referenceNo/length"),
        ("amt", "9008", "amt/format"),
        ("iMid", "9011", "iMid/unknown"),
        ("merchantToken", "9010", "merchantToken/length"),
        ("clientUserKey", "8003", "field/length"),
        ("userToken", "8003", "field/length"),
        ("tokenizeUser", "8003", "field/length"),
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for (field, code, slug) in rows {
            for text in ["x".repeat(100_000), "9".repeat(100_000), "é".repeat(100_000), "🍜".repeat(25_000)] {
                bench.refuses(field, &bench.order("long").with(field, text), code, slug);
            }
        }
        let long = "x".repeat(100_000);
        let question = json!({ "timeStamp": "20260101120000", "iMid": "PAYLOANTES", "tXid": long, "referenceNo": "r", "amt": "1",
            "merchantToken": bench.shop.sign(&["20260101120000", "PAYLOANTES", "r", "1"]) });
        let answer = bench.post(INQUIRY, question.to_string());
        bench.refused("tXid", &answer, 200, "9528", "tXid/unknown");
        for field in ["tXid", "callBackUrl", "merchantToken"] {
            let answer = bench.sim.http().post_form(PAYMENT, &[(field, &long)], &[]);
            bench.refused(&format!("payment: {field}"), &answer, 200, "9528", "tXid/unknown");
        }
    }
}

#[test]
fn control_characters_and_line_ends() {
    // Short enough for every field: what is longer is refused for its length.
    let attack = "a\r\nX-Evil: 1\r\n";
    for (mut bench, strict) in [(Bench::new(), false), (Bench::strict(), true)] {
        let slug = "field/control-character";
        for field in ["referenceNo", "billingEmail", "billingPhone", "userIP"] {
            for text in [attack, "a\0b", "a\tb", "a\u{7f}b", "a\u{1b}[31mb"] {
                let order = bench.order("r").with(field, text);
                bench.refuses(field, &order, "8003", slug);
            }
        }
        let order = bench.order("r").notify("http://127.0.0.1:9/\r\nX: y");
        bench.refuses("dbProcessUrl", &order, "8003", slug);
        let order = bench.order("r").with("iMid", attack);
        bench.refuses("iMid", &order, "9011", "iMid/unknown");
        let order = bench.order("r").with("merchantToken", attack);
        bench.refuses("merchantToken", &order, "9010", "merchantToken/length");
        let order = bench.order("r").seamless(attack);
        bench.refuses("userToken", &order, "8003", slug);
        let order = bench.order("r").tokenize(attack);
        bench.refuses("clientUserKey", &order, "8003", slug);
        for field in ["goodsNm", "billingNm", "billingAddr", "deliveryNm", "deliveryAddr", "description", "userAgent"] {
            let order = bench.order(field).with(field, attack);
            if strict {
                bench.refuses(field, &order, "8003", slug);
                continue;
            }
            let taken = bench.take(&order);
            assert!(taken.header("x-sim-note").is_some_and(|note| note.starts_with(slug)), "{field}");
            assert_eq!(taken.header("x-evil"), None, "{field}");
            let callback = bench.sim.buyer().pay(&bench.shop.payment_url(&order, &taken, WAY_BACK));
            assert!(callback.starts_with(WAY_BACK) && callback.bytes().all(|b| b.is_ascii_graphic()), "{callback}");
            bench.goes_on(field);
        }
    }
}

#[test]
fn amounts() {
    let rows = [
        ("0", "9115", "amt/zero"),
        ("00", "9115", "amt/zero"),
        ("-1", "9008", "amt/format"),
        ("-0", "9008", "amt/format"),
        ("1.5", "9008", "amt/format"),
        ("25145.00", "9008", "amt/format"),
        ("1e3", "9008", "amt/format"),
        ("1E+3", "9008", "amt/format"),
        ("1000000000000", "9008", "amt/format"),
        ("18446744073709551616", "9008", "amt/format"),
        (" 25145", "9008", "amt/format"),
        ("25145\n", "9008", "amt/format"),
        ("Rp 25.145", "9008", "amt/format"),
        ("", "9007", "field/missing"),
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for (amt, code, slug) in rows {
            bench.refuses(&format!("amt {amt:?}"), &bench.order("amt").with("amt", amt), code, slug);
            // The same without quotes, where that is JSON: signed over the text as it is sent.
            if serde_json::from_str::<Value>(amt).is_ok() && amt.trim() == amt && !amt.starts_with("00") {
                let body = bench.shop.body(&bench.order("amt").with("amt", amt)).to_string();
                let body = body.replace(&format!("\"amt\":\"{amt}\""), &format!("\"amt\":{amt}"));
                let answer = bench.post(REGISTRATION, body);
                bench.refused(&format!("amt {amt} without quotes"), &answer, 200, code, slug);
            }
        }
    }
}

#[test]
fn carts() {
    let cart = |lines: &[(&str, &str)]| {
        let lines: Vec<_> =
            lines.iter().map(|(amt, count)| json!({ "goods_amt": amt, "goods_quantity": count })).collect();
        json!({ "count": "1", "item": lines }).to_string()
    };
    let rows = [
        ("not JSON", "shoes".to_owned(), "P380", "cartData/format"),
        ("truncated", cart(&[("25145", "1")])[..20].to_owned(), "P380", "cartData/format"),
        ("a list", "[]".to_owned(), "P380", "cartData/format"),
        ("null", "null".to_owned(), "P380", "cartData/format"),
        ("nested", format!("{{\"item\":{}}}", nested("[", 1_900, "]")), "P380", "cartData/format"),
        ("nested lines", format!("{{\"item\":[{}]}}", "{\"goods_amt\":".repeat(250)), "P380", "cartData/format"),
        ("item twice", "{\"item\":[],\"item\":[]}".to_owned(), "P380", "cartData/format"),
        ("no lines", cart(&[]), "P380", "cartData/empty"),
        ("decimals", cart(&[("25145.00", "1")]), "P380", "cartData/number"),
        ("an exponent", cart(&[("25145", "1e0")]), "P380", "cartData/number"),
        ("a blank", cart(&[(" 25145", "1")]), "P380", "cartData/number"),
        ("an object for a number", "{\"item\":[{\"goods_amt\":{}}]}".to_owned(), "P380", "cartData/number"),
        ("a sum too low", cart(&[("25144", "1")]), "9907", "cartData/sum"),
        ("a sum too high", cart(&[("25145", "2")]), "9907", "cartData/sum"),
        ("an overflow", cart(&[("18446744073709551615", "18446744073709551615")]), "9907", "cartData/sum"),
        ("an overflow of the sum", cart(&[("18446744073709551615", "1"), ("25146", "1")]), "9907", "cartData/sum"),
        ("a huge number", cart(&[(&"9".repeat(3_000), "1")]), "9907", "cartData/sum"),
        ("a negative price", cart(&[("25146", "1"), ("-1", "1")]), "1002", "cartData/negative"),
        ("a negative quantity", cart(&[("-25145", "-1")]), "1002", "cartData/negative"),
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for (what, cart, code, slug) in &rows {
            bench.refuses(what, &bench.order("cart").with("cartData", cart.as_str()), code, slug);
        }
        let sellers = format!("[{}]", nested("[", 1_900, "]"));
        bench.refuses("nested sellers", &bench.order("s").with("sellers", sellers), "P380", "sellers/format");
    }
}

#[test]
fn a_user_token_of_another_merchant() {
    for mut bench in [Bench::new(), Bench::strict()] {
        let other = bench.sim.new_shop("SHOP000001", "key");
        let issue = json!({ "iMid": "SHOP000001", "clientUserKey": "c", "userToken": "theirs" }).to_string();
        assert_eq!(bench.post("/__sim/api/tokens", issue).status, 201);
        let order = bench.order("token").seamless("theirs");
        bench.refuses("theirs", &order, "9920", "userToken/other-merchant");
        assert!(bench.sim.events("token.used").is_empty(), "it was not used");
        let theirs = other.register(&other.order("token", 10_000).seamless("theirs"));
        assert_eq!(theirs.result_cd(), "0000", "its owner's shop can use it");
        bench.stored.push(theirs.t_xid());
        let built_in = "e0478456-6b50-460c-85e0-627a1e22d2e0";
        let ours = other.register(&other.order("t", 10_000).seamless(built_in));
        bench.refused("ours", &ours, 200, "9920", "userToken/other-merchant");
    }
}

// What is shown again

/// Every text of a page's `dd`s.
fn facts(page: &str) -> Vec<String> {
    let html = Html::parse_document(page);
    let texts = Selector::parse("dd").unwrap();
    html.select(&texts).map(|dd| dd.text().collect()).collect()
}

/// Scripts and images of a page, and attributes that act: ours are one script, and none.
fn harmless(what: &str, page: &str) {
    let html = Html::parse_document(page);
    let select = |selector: &str| html.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!(select("script:not([src='/kredivo/assets/partner.js'])"), 0, "{what}: a foreign script: {page}");
    assert_eq!(select("img, iframe, object, embed, base"), 0, "{what}: a foreign element: {page}");
    assert_eq!(select("[onerror], [onload], [onclick], [onfocus], [onmouseover]"), 0, "{what}: {page}");
}

#[test]
fn script_and_emoji_are_text_on_every_page() {
    let goods = "<script>alert(\"1\")</script>'&amp; 🍜 é";
    let reference = "\"><img src=x onerror=alert(1)>";
    for (mut bench, lang) in [(Bench::new(), "id"), (Bench::strict(), "en")] {
        let order = bench.order(reference).with("goodsNm", goods).with("billingNm", goods).tokenize("<script>");
        let registered = bench.take(&order);
        assert_eq!(registered.json()["referenceNo"], reference);
        let mut buyer = bench.sim.buyer();
        let tk = buyer.open(&bench.shop.payment_url(&order, &registered, WAY_BACK));
        let page = |path: &str| format!("{path}?tk={tk}&lang={lang}");
        let login = Login::default();
        let mut pages = vec![("sign in", buyer.get(&page(SIGN_IN)))];
        let phone = ("phone", "\"><script>alert(1)</script>");
        pages.push(("a phone of markup", buyer.post(&page(SIGN_IN), &[phone, ("pin", "123456")])));
        buyer.sign_in(&tk, login);
        pages.push(("plan", buyer.get(&page(PLAN))));
        pages.push(("a plan of markup", buyer.post(&page(PLAN), &[("instmntMon", "<script>")])));
        buyer.choose(&tk, "3");
        pages.push(("OTP", buyer.get(&page(OTP))));
        pages.push(("an OTP of markup", buyer.post(&page(OTP), &[("otp", "\"><script>")])));
        buyer.enter_otp(&tk, login.otp);
        pages.push(("result", buyer.get(&page(RESULT))));
        for (what, shown) in &pages {
            assert_eq!(shown.status, 200, "{what}");
            harmless(what, &shown.body);
            let facts = facts(&shown.body);
            assert!(facts.iter().any(|fact| fact == goods), "{what}: goodsNm is text: {facts:?}");
            assert!(facts.iter().any(|fact| fact == reference), "{what}: referenceNo is text: {facts:?}");
            let policy = shown.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{what}: {policy}");
        }
        // Links and languages of markup.
        for url in [
            format!("{SIGN_IN}?tk=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
            format!("{SIGN_IN}?tk={tk}%22%3E%3Cscript%3E&lang=%22%3E%3Cscript%3E"),
            format!("{RESULT}?lang=en&tk=javascript:alert(1)"),
        ] {
            let shown = buyer.get(&url);
            assert_eq!(shown.status, 404, "{url}");
            harmless(&url, &shown.body);
        }
        let index = bench.sim.http().get("/");
        let html = Html::parse_document(&index.body);
        assert_eq!(html.select(&Selector::parse("script, img").unwrap()).count(), 0);
        let cells = Selector::parse("td").unwrap();
        assert!(html.select(&cells).any(|td| td.text().collect::<String>() == reference));
        let callback = buyer.return_to_shop(&tk);
        let (_, query) = callback.split_once('?').unwrap();
        let back: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert!(back.contains(&("goodsNm".to_owned(), goods.to_owned())), "{back:?}");
        assert!(back.contains(&("referenceNo".to_owned(), reference.to_owned())), "{back:?}");
        assert_eq!(bench.shop.inquire(&order, &registered).json()["goodsNm"], goods);
        bench.goes_on("markup");
    }
}

// URLs

#[test]
fn notification_urls_that_are_refused() {
    let urls = [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/plain,x",
        "ftp://shop.test/x",
        "gopher://127.0.0.1:25/x",
        "/notify",
        "//shop.test/notify",
        "notify",
        "shop.test/notify",
        "localhost:3000/notify",
        "http://",
        "http:///notify",
        "http:notify",
        "http://:80/",
        "http://?x",
        "https://#x",
        "http://shop.test:99999/",
        "http://shop test/",
        "http://[::1/",
        "http://256.256.256.256/",
        " http://127.0.0.1:9/",
        "http://127.0.0.1:9/ x",
    ];
    for mut bench in [Bench::new(), Bench::strict()] {
        for url in urls {
            bench.refuses(url, &bench.order("url").notify(url), "8003", "dbProcessUrl/format");
        }
    }
}

#[test]
fn notification_urls_that_are_never_called() {
    let urls = [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.169.254./",
        "http://user:password@169.254.169.254/",
        "http://[fd00:ec2::254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0.0.0.0:9/",
        "http://[::]:9/",
        "http://8.8.8.8/notify",
        "https://8.8.8.8/notify",
        "http://[2606:4700::1111]/notify",
        "http://merchant.com/notify",
        "http://127.0.0.1.merchant.com/notify",
        "http://127.0.0.1:9@merchant.com/notify",
    ];
    let mut bench = Bench::of(Simulator::builder().scenario("instant").start());
    for (i, url) in urls.into_iter().enumerate() {
        let order = bench.order(&format!("egress-{i}")).notify(url);
        let registered = bench.take(&order);
        let t_xid = registered.t_xid();
        bench.sim.expect("notification.skipped").of(&t_xid).times(1);
        bench.sim.expect("notification.attempted").of(&t_xid).times(0);
        let callback = bench.sim.buyer().pay(&bench.shop.payment_url(&order, &registered, WAY_BACK));
        assert!(callback.contains("resultCd=0000"), "{url}: the payment does not suffer: {callback}");
        bench.sim.drain();
        let skipped = bench.sim.events("notification.skipped");
        assert_eq!(skipped.len(), i + 1, "{url}");
        let reason = skipped[i]["reason"].as_str().unwrap();
        assert!(reason.contains("start with --allow-egress "), "{url}: {reason}");
        assert_eq!(skipped[i]["tXid"], t_xid.as_str(), "{url}");
        bench.goes_on(url);
    }
    // Nothing is tried later either.
    bench.sim.advance("1h");
    assert_eq!(bench.sim.events("notification.skipped").len(), urls.len());
    assert!(bench.sim.events("notification.attempted").is_empty());
    let notifications = bench.sim.http().get("/__sim/api/notifications").json();
    for notification in notifications.as_array().unwrap() {
        assert_eq!(notification["state"], "skipped", "{notification}");
    }
    assert_eq!(notifications.as_array().unwrap().len(), urls.len());
}

#[test]
fn ways_back_that_are_refused() {
    let urls = [
        "http://shop.test/\r\nSet-Cookie: stolen=1",
        "http://shop.test/\nX: y",
        "http://shop.test/\tx",
        "http://shop.test/ x",
        "javascript:alert(1)",
        "javascript://shop.test/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "/thanks",
        "//evil.example/",
        "shop.test/thanks",
        "http://",
    ];
    let mut bench = Bench::new();
    let order = bench.order("way back");
    let registered = bench.take(&order);
    for url in urls {
        let fields = bench.shop.payment_fields(&order, &registered, url);
        let raw = fields.clone().map(|(name, value)| format!("{name}={value}")).join("&");
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let mut as_json = fields.clone();
        as_json.push(("returnJsonFormat", "1"));
        let http = bench.sim.http();
        let answers = [
            ("GET", http.get(&bench.shop.payment_url(&order, &registered, url))),
            ("POST", http.post_form(PAYMENT, &fields, &[])),
            ("POST, unencoded", http.send("POST", PAYMENT, &form, raw)),
            ("JSON", http.post_form(PAYMENT, &as_json, &[])),
        ];
        for (how, answer) in answers {
            assert_eq!(answer.header("location"), None, "{how}: {url:?}");
            assert_eq!(answer.header("set-cookie"), None, "{how}: {url:?}");
            bench.refused(&format!("{how}: {url:?}"), &answer, 200, "8003", "callBackUrl/format");
        }
        let order = bench.order("registration").with("callBackUrl", url);
        let answer = bench.shop.register(&order);
        assert_eq!(answer.result_cd(), "8003", "{url:?}");
        let slugs = ["callBackUrl/format", "field/control-character"];
        assert!(slugs.contains(&answer.diagnosis()), "{url:?}: {}", answer.diagnosis());
        bench.goes_on(url);
    }
    assert_eq!(bench.shop.status(&order, &registered), "9");
    assert!(bench.sim.events("payment.opened").is_empty());
}

#[test]
fn a_payment_of_an_odd_time_is_for_the_lenient_profile_only() {
    for (bench, profile) in [(Bench::new(), "lenient"), (Bench::strict(), "strict")] {
        let order = bench.order("odd-time");
        let registered = bench.shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{profile}: {}", registered.body);
        let odd = "2026-01-01 12:00";
        let token = bench.shop.sign(&[odd, bench.shop.i_mid(), "odd-time", "25145"]);
        let t_xid = registered.t_xid();
        let fields = [("timeStamp", odd), ("tXid", &t_xid), ("merchantToken", &token), ("callBackUrl", WAY_BACK)];
        let answer = bench.sim.http().post_form(PAYMENT, &fields, &[]);
        let to = answer.header("location").unwrap();
        if profile == "strict" {
            assert!(to.starts_with(WAY_BACK) && to.contains("resultCd=9031&"), "{to}");
            assert_eq!(answer.diagnosis(), "timeStamp/format");
        } else {
            assert!(to.contains("/kredivo/v2/signin?tk="), "{to}");
        }
    }
}

#[test]
fn ways_back_that_look_bad_and_are_not() {
    let mut bench = Bench::of(Simulator::builder().scenario("instant").start());
    let urls = [
        ("http://shop.test/%0D%0ASet-Cookie:x", "http://shop.test/%0D%0ASet-Cookie:x?resultCd=0000"),
        ("http://shop.test/🍜?q=é#top", "http://shop.test/%F0%9F%8D%9C?q=%C3%A9&resultCd=0000"),
        ("HTTP://shop.test", "HTTP://shop.test?resultCd=0000"),
        ("http://shop.test/<script>", "http://shop.test/<script>?resultCd=0000"),
    ];
    for (i, (url, expected)) in urls.into_iter().enumerate() {
        let order = bench.order(&format!("odd-{i}"));
        let registered = bench.take(&order);
        let fields = bench.shop.payment_fields(&order, &registered, url);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut buyer = bench.sim.buyer();
        let opened = buyer.post(PAYMENT, &fields);
        let tk = opened.location().split_once("tk=").unwrap().1.to_owned();
        buyer.sign_in(&tk, Login::default());
        buyer.choose(&tk, "1");
        buyer.enter_otp(&tk, "4567");
        let back = buyer.get(&format!("/nicepay/direct/v2/payment/return?tk={tk}"));
        assert!(back.location().starts_with(expected), "{url:?}: {}", back.location());
        assert_eq!(back.header("set-cookie"), None, "{url:?}");
        bench.goes_on(url);
    }
}

// The partner's forms

/// A payment on the partner's pages.
struct Payment {
    bench: Bench,
    order: Order,
    registered: Reply,
    buyer: Buyer,
    tk: String,
}

impl Payment {
    fn open() -> Self {
        let mut bench = Bench::new();
        let order = bench.order("pages");
        let registered = bench.take(&order);
        let mut buyer = bench.sim.buyer();
        let tk = buyer.open(&bench.shop.payment_url(&order, &registered, WAY_BACK));
        Self { bench, order, registered, buyer, tk }
    }

    fn url(&self, path: &str) -> String {
        format!("{path}?tk={}", self.tk)
    }

    /// The control API's view of the payment.
    fn seen(&self) -> Value {
        self.bench.sim.http().get(&format!("/__sim/api/transactions/{}", self.registered.t_xid())).json()
    }

    /// Stage, and step at the partner.
    fn at(&self) -> String {
        let seen = self.seen();
        let step = seen["step"].as_str().map_or_else(String::new, |step| format!("/{step}"));
        format!("{}{step}", seen["stage"].as_str().unwrap())
    }

    /// A clear page or a redirect to one, with a reason for programs; the payment stays where it is.
    fn refuses(&mut self, what: &str, answer: &Reply, status: u16, slug: &str, at: &str) {
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        if status == 303 {
            assert!(answer.location().starts_with("/kredivo/v2/"), "{what}: {}", answer.location());
        } else {
            let html = Html::parse_document(&answer.body);
            let notice = Selector::parse("[data-testid=notice] h1").unwrap();
            assert_eq!(html.select(&notice).count(), 1, "{what}: a clear page: {}", answer.body);
        }
        assert_eq!(self.at(), at, "{what}");
        self.bench.goes_on(what);
        let why = answer.header("x-sim-diagnosis").unwrap_or_default();
        assert_eq!(why.split(':').next(), Some(slug), "{what}: X-Sim-Diagnosis {why:?}");
    }

    /// Every form of the pages, filled in well.
    fn forms() -> [(&'static str, Vec<(&'static str, &'static str)>); 5] {
        [
            (SIGN_IN, vec![("phone", "081291891818"), ("pin", "414141")]),
            (PLAN, vec![("instmntMon", "3")]),
            (OTP, vec![("otp", "4567")]),
            (RESEND, vec![]),
            (GIVE_UP, vec![]),
        ]
    }
}

#[test]
fn forms_with_an_unknown_link() {
    let mut payment = Payment::open();
    for (path, fields) in Payment::forms() {
        for url in [path.to_owned(), format!("{path}?tk="), format!("{path}?tk=nonsense"), format!("{path}?tk=%00")] {
            let answer = payment.buyer.post(&url, &fields);
            payment.refuses(&url, &answer, 404, "page/unknown-link", "at-partner/sign-in");
        }
    }
    for path in ["/kredivo", "/kredivo/", "/kredivo/v2/nowhere", "/kredivo/v2/signin/x"] {
        let answer = payment.buyer.get(path);
        assert_eq!(answer.status, 404, "{path}");
        payment.bench.goes_on(path);
    }
}

#[test]
fn forms_out_of_order() {
    let mut payment = Payment::open();
    // Before signing in.
    for path in [PLAN, OTP, RESEND] {
        let (_, fields) = Payment::forms().into_iter().find(|(known, _)| *known == path).unwrap();
        let answer = payment.buyer.post(&payment.url(path), &fields);
        assert_eq!(answer.header("location"), Some(&*payment.url(SIGN_IN)), "{path}");
        payment.refuses(path, &answer, 303, "page/other-step", "at-partner/sign-in");
    }
    // Signed in, before a plan is chosen.
    payment.buyer.sign_in(&payment.tk, Login::default());
    for path in [OTP, RESEND] {
        let answer = payment.buyer.post(&payment.url(path), &[("otp", "4567")]);
        assert_eq!(answer.header("location"), Some(&*payment.url(PLAN)), "{path}");
        payment.refuses(path, &answer, 303, "page/other-step", "at-partner/plan");
    }
    assert!(payment.bench.sim.events("partner.otp-sent").is_empty());
    assert!(payment.bench.sim.events("partner.otp-failed").is_empty(), "an OTP that nobody asked for is no try");
    // The way back before the end.
    let answer = payment.buyer.get(&format!("/nicepay/direct/v2/payment/return?tk={}", payment.tk));
    assert_eq!((answer.status, answer.location()), (302, &*payment.url(SIGN_IN)));
    let answer = payment.buyer.get(&payment.url(RESULT));
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(PLAN)));
    assert_eq!(payment.at(), "at-partner/plan");
    // And then it can be finished.
    payment.buyer.choose(&payment.tk, "3");
    payment.buyer.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.bench.shop.status(&payment.order, &payment.registered), "0");
}

#[test]
fn forms_posted_twice() {
    let mut payment = Payment::open();
    let (tk, login) = (payment.tk.clone(), Login::default());
    // Twice the same answer: a double click does no harm.
    for _ in 0..2 {
        let answer = payment.buyer.sign_in(&tk, login);
        assert_eq!((answer.status, answer.location()), (303, &*payment.url(PLAN)));
    }
    for _ in 0..2 {
        let answer = payment.buyer.choose(&tk, "3");
        assert_eq!((answer.status, answer.location()), (303, &*payment.url(OTP)));
    }
    let answer = payment.buyer.enter_otp(&tk, login.otp);
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(RESULT)));
    let paid = payment.seen();
    for (path, fields) in Payment::forms() {
        let answer = payment.buyer.post(&payment.url(path), &fields);
        assert_eq!(answer.header("location"), Some(&*payment.url(RESULT)), "{path}");
        payment.refuses(path, &answer, 303, "page/other-step", "approved");
    }
    let answer = payment.buyer.get(&payment.url(SIGN_IN));
    payment.refuses("the first page again", &answer, 409, "page/decided", "approved");
    let without_timeline = |mut seen: Value| {
        seen.as_object_mut().unwrap().remove("timeline");
        seen
    };
    assert_eq!(without_timeline(payment.seen()), without_timeline(paid), "nothing moved");
    assert_eq!(payment.bench.sim.events("transaction.approved").len(), 1);
    let shopper = payment.bench.sim.http().get("/__sim/api/shoppers/081291891818?iMid=PAYLOANTES").json();
    assert_eq!(shopper["owes"], "25145", "the limit was used once");
}

#[test]
fn giving_up_twice() {
    let mut payment = Payment::open();
    let url = payment.url(GIVE_UP);
    let answer = payment.buyer.post(&url, &[]);
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(RESULT)));
    let answer = payment.buyer.post(&url, &[]);
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(RESULT)));
    assert_eq!(payment.at(), "abandoned");
    assert_eq!(payment.bench.sim.events("transaction.abandoned").len(), 1);
    payment.bench.goes_on("giving up twice");
}

#[test]
fn forms_of_another_session() {
    let mut payment = Payment::open();
    payment.buyer.sign_in(&payment.tk, Login::default());
    let posted = |payment: &Payment, path: &str, cookie: &str| {
        let (_, fields) = Payment::forms().into_iter().find(|(known, _)| *known == path).unwrap();
        payment.bench.sim.http().post_form(&payment.url(path), &fields, &[("cookie", cookie)])
    };
    let forged: String = payment.tk.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    let cookies = [
        String::new(),
        format!("sim_session_{forged}="),
        format!("sim_session_{forged}={}", "0".repeat(64)),
        "x".into(),
    ];
    for (paths, at) in
        [([PLAN, GIVE_UP].as_slice(), "at-partner/plan"), (&[PLAN, OTP, RESEND, GIVE_UP], "at-partner/otp")]
    {
        for path in paths {
            for cookie in &cookies {
                let answer = posted(&payment, path, cookie);
                payment.refuses(&format!("{path} with {cookie:?}"), &answer, 403, "page/other-session", at);
            }
        }
        // A stranger who opens the pages sees the first one, and not whose payment it is.
        let mut stranger = payment.bench.sim.buyer();
        for path in [PLAN, OTP, RESULT] {
            let answer = stranger.get(&payment.url(path));
            assert_eq!((answer.status, answer.location()), (303, &*payment.url(SIGN_IN)), "{path}");
        }
        payment.buyer.choose(&payment.tk, "3");
    }
    assert!(payment.bench.sim.events("partner.otp-failed").is_empty(), "a stranger's OTP is no try");
    // Another payment's session opens nothing.
    let other = payment.bench.order("other");
    let registered = payment.bench.take(&other);
    let mut thief = payment.bench.sim.buyer();
    let theirs = thief.open(&payment.bench.shop.payment_url(&other, &registered, WAY_BACK));
    thief.sign_in(&theirs, Login::default());
    let answer = thief.enter_otp(&payment.tk, "4567");
    payment.refuses("another payment's session", &answer, 403, "page/other-session", "at-partner/otp");
    // The first browser loses nothing by all that.
    payment.buyer.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.bench.shop.status(&payment.order, &payment.registered), "0");
}

#[test]
fn whoever_signs_in_last_goes_on() {
    let mut payment = Payment::open();
    payment.buyer.sign_in(&payment.tk, Login::default());
    let mut second = payment.bench.sim.buyer();
    let published = Login { phone: "081513114262", pin: "663482", ..Login::default() };
    assert_eq!(second.sign_in(&payment.tk, published).location(), payment.url(PLAN));
    let answer = payment.buyer.choose(&payment.tk, "3");
    payment.refuses("the first browser", &answer, 403, "page/other-session", "at-partner/plan");
    second.choose(&payment.tk, "1");
    second.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.seen()["phone"], "081513114262");
}

#[test]
fn forms_after_expiry() {
    for steps in 0..3 {
        let mut payment = Payment::open();
        if steps > 0 {
            payment.buyer.sign_in(&payment.tk, Login::default());
        }
        if steps > 1 {
            payment.buyer.choose(&payment.tk, "3");
        }
        payment.bench.sim.advance("24h");
        for (path, fields) in Payment::forms() {
            let answer = payment.buyer.post(&payment.url(path), &fields);
            payment.refuses(&format!("{steps}: {path}"), &answer, 410, "page/expired", "expired");
        }
        for path in [SIGN_IN, RESULT] {
            let answer = payment.buyer.get(&payment.url(path));
            payment.refuses(&format!("{steps}: GET {path}"), &answer, 410, "page/expired", "expired");
        }
        assert_eq!(payment.bench.shop.status(&payment.order, &payment.registered), "8");
        let back = payment.buyer.return_to_shop(&payment.tk);
        assert!(back.starts_with(&format!("{WAY_BACK}&resultCd=9129")), "{back}");
    }
}

#[test]
fn forms_that_are_no_forms() {
    let mut payment = Payment::open();
    payment.buyer.sign_in(&payment.tk, Login::default());
    let seen = payment.seen()["stage"].clone();
    let http = payment.bench.sim.http().clone();
    let long = format!("phone={}", "1".repeat(20_000));
    for path in [SIGN_IN, PLAN, OTP, RESEND, GIVE_UP] {
        let answer = http.send("POST", &payment.url(path), &[], long.as_str());
        payment.refuses(&format!("{path}: 20,000 bytes"), &answer, 413, "page/bad-form", "at-partner/plan");
        let answer = http.send("POST", &payment.url(path), &[], "x".repeat(1024 * 1024));
        payment.refuses(&format!("{path}: a megabyte"), &answer, 413, "page/bad-form", "at-partner/plan");
    }
    assert_eq!(payment.seen()["stage"], seen);
    // What can be read but says nothing asks again.
    let bodies: [&[u8]; 5] = [b"", b"{\"pin\":1}", b"\xff\xfe%zz&&&===", b"phone=%00&pin=%00", &[0; 1_000]];
    for body in bodies {
        let answer = http.send("POST", &payment.url(SIGN_IN), &[], body);
        assert_eq!(answer.status, 200, "{body:?}");
        harmless("sign in", &answer.body);
        payment.bench.goes_on("a form of bytes");
    }
    for months in ["", "0", "-1", "256", "999999999999", "2", "3.0", "<script>", "\0"] {
        let answer = payment.buyer.choose(&payment.tk, months);
        assert_eq!(answer.status, 200, "{months:?}");
        assert_eq!(payment.at(), "at-partner/plan", "{months:?}");
    }
    payment.buyer.choose(&payment.tk, "3");
    for otp in ["", "   ", "456", "45678", "🍜", "４５６７"] {
        // Three wrong ones are too many: another is sent in time.
        let answer = payment.buyer.enter_otp(&payment.tk, otp);
        assert_eq!(answer.status, 200, "{otp:?}");
        assert_eq!(payment.at(), "at-partner/otp", "{otp:?}");
    }
    payment.bench.sim.advance("30s");
    assert_eq!(payment.buyer.post(&payment.url(RESEND), &[]).status, 303);
    payment.buyer.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.at(), "approved");
}

// Paths, verbs, heads

#[test]
fn unknown_paths_are_404_in_the_envelope() {
    let mut bench = Bench::new();
    for path in [
        "/nicepay",
        "/nicepay/",
        "/nicepay/direct/v2",
        "/nicepay/direct/v2/registrations",
        "/nicepay/direct/v2/registration/",
        "/nicepay/direct/v2/REGISTRATION",
        "/nicepay/direct/v2/cancels",
        "/nicepay/api/direct/v2/cancel",
        "/nicepay/v2/userAccountBindings",
        "/nicepay/redirect/v2/inquiry",
        "/nicepay/%00",
        "/nicepay/%ff",
        "/nicepay/%zz",
        "/nicepay/..%2f..%2fetc/passwd",
        "/nicepay/<script>",
        "/nicepay//",
    ] {
        for verb in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = bench.sim.http().send(verb, path, &[JSON], "{}");
            bench.refused(&format!("{verb} {path}"), &answer, 404, "9502", "path/not-simulated");
        }
    }
    let answer = bench.sim.http().get("/nicepay/direct/v2/registratoin");
    assert!(answer.header("x-sim-diagnosis").unwrap().contains(REGISTRATION), "the nearest one is named");
    // Nobody's paths.
    for path in ["/nowhere", "/nicepayx", "/direct/v2/registration", "/__sim/api/nowhere", "/.git/config"] {
        let answer = bench.sim.http().get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["type"], "urn:nicepay-sim:problem:path", "{path}");
        bench.goes_on(path);
    }
}

#[test]
fn wrong_verbs_are_405_in_the_envelope() {
    let mut bench = Bench::new();
    let rows: [(&str, &[&str], &str); 4] = [
        (REGISTRATION, &["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"], "POST"),
        (INQUIRY, &["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"], "POST"),
        (PAYMENT, &["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"], "GET, POST"),
        ("/nicepay/direct/v2/payment/return", &["POST", "PUT", "DELETE", "OPTIONS"], "GET"),
    ];
    for (path, verbs, allow) in rows {
        for verb in verbs {
            let what = format!("{verb} {path}");
            let body = bench.shop.body(&bench.order("verb")).to_string();
            let answer = bench.sim.http().send(verb, path, &[JSON], body);
            assert_eq!(answer.header("allow"), Some(allow), "{what}");
            bench.refused(&what, &answer, 405, "9502", "path/wrong-verb");
        }
        let answer = bench.sim.http().send("HEAD", path, &[], "");
        assert!(answer.status < 500 && answer.body.is_empty(), "HEAD {path}: {}", answer.status);
        bench.goes_on(path);
    }
}

#[test]
fn heads_over_the_limit_are_431() {
    let mut bench = Bench::new();
    let long = "x".repeat(16 * 1024);
    let paths = [REGISTRATION, PAYMENT, SIGN_IN, "/", "/__sim/api/transactions"];
    for path in paths {
        let verb = if path == REGISTRATION { "POST" } else { "GET" };
        let answer = bench.sim.http().send(verb, path, &[("x-long", &long)], "");
        assert_eq!(answer.status, 431, "{path}: a header");
        assert_eq!(answer.json()["type"], "urn:nicepay-sim:problem:headers", "{path}");
        bench.goes_on(path);
        let answer = bench.sim.http().send(verb, &format!("{path}?x={long}"), &[], "");
        assert_eq!(answer.status, 431, "{path}: a query");
        bench.goes_on(path);
        let many: Vec<_> = (0..90).map(|i| (format!("x-{i}"), "x".repeat(200))).collect();
        let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = bench.sim.http().send(verb, path, &many, "");
        assert_eq!(answer.status, 431, "{path}: many headers");
        bench.goes_on(path);
    }
    // Beyond what an HTTP server reads at all.
    let host = bench.address().to_owned();
    let megabyte = "x".repeat(1024 * 1024);
    for head in [
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: {megabyte}\r\n\r\n"),
        format!("GET /?{megabyte} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X: y\r\n".repeat(1_000)),
        megabyte.clone(),
    ] {
        let answer = bench.raw(head.as_bytes());
        assert!(answer.as_ref().is_none_or(|answer| (400..500).contains(&answer.status)), "{answer:?}");
        bench.goes_on("a head of a megabyte");
    }
}

#[test]
fn other_hosts_are_421() {
    let mut bench = Bench::new();
    let port = bench.address().split_once(':').unwrap().1.to_owned();
    let hosts = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "localhost.evil.example".to_owned(),
        "127.0.0.1.evil.example".to_owned(),
        "127.0.0.1@evil.example".to_owned(),
        "notlocalhost".to_owned(),
        "a.test".to_owned(),
        "x".repeat(1_000),
    ];
    for host in hosts {
        for path in [REGISTRATION, PAYMENT, INQUIRY, SIGN_IN, "/", "/__sim/api/transactions", "/__sim/livez"] {
            let body = bench.shop.body(&bench.order("host")).to_string();
            let answer = bench.sim.http().send("POST", path, &[JSON, ("host", &host)], body);
            assert_eq!(answer.status, 421, "{host}: {path}");
            assert_eq!(answer.json()["type"], "urn:nicepay-sim:problem:host", "{host}: {path}");
            assert!(answer.json()["detail"].as_str().unwrap().contains("--allow-host"), "{host}: {path}");
        }
        bench.goes_on(&host);
    }
    // The name may stand in the request line as well.
    let answer = bench.raw(b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    assert_eq!(answer.status, 421);
    for bytes in [&b"\xff\xfe"[..], b"", b"evil.example, 127.0.0.1"] {
        let head = [b"GET / HTTP/1.1\r\nHost: ", bytes, b"\r\n\r\n"].concat();
        let answer = bench.raw(&head).unwrap();
        assert!((400..500).contains(&answer.status), "{bytes:?}: {}", answer.status);
    }
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "shop.localhost", "dev.nicepay.co.id"] {
        let answer = bench.sim.http().send("GET", "/__sim/livez", &[("host", host)], "");
        assert_eq!(answer.status, 200, "{host}");
    }
    bench.goes_on("hosts");
}

#[test]
fn what_is_not_http() {
    let mut bench = Bench::new();
    let host = format!("Host: {}\r\n", bench.address());
    let post = format!("POST {REGISTRATION} HTTP/1.1\r\n{host}Content-Type: application/json\r\n");
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("words", b"hello\r\n\r\n".to_vec()),
        ("bytes", vec![0xff; 300]),
        ("zeros", [&[0; 300][..], b"\r\n\r\n"].concat()),
        ("TLS", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 500], b"\r\n\r\n"].concat()),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("HTTP/9.9", format!("GET / HTTP/9.9\r\n{host}\r\n").into_bytes()),
        ("no version", b"GET /\r\n\r\n".to_vec()),
        ("a blank in the path", format!("GET /a b HTTP/1.1\r\n{host}\r\n").into_bytes()),
        ("a header without a colon", format!("GET / HTTP/1.1\r\n{host}nonsense\r\n\r\n").into_bytes()),
        ("a NUL in a header", format!("GET / HTTP/1.1\r\n{host}X: a\0b\r\n\r\n").into_bytes()),
        ("a negative length", format!("{post}Content-Length: -1\r\n\r\n").into_bytes()),
        ("a length of words", format!("{post}Content-Length: many\r\n\r\n").into_bytes()),
        ("two lengths", format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x").into_bytes()),
        ("an endless length", format!("{post}Content-Length: 99999999999999999999999\r\n\r\n").into_bytes()),
        ("unknown encoding", format!("{post}Transfer-Encoding: nonsense\r\n\r\n{{}}").into_bytes()),
        ("length and chunks", format!("{post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").into()),
        ("a chunk of no size", format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n").into()),
        ("a chunk too large", format!("{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{{}}").into()),
    ];
    for (what, bytes) in rows {
        let mut stream = bench.connect();
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let answer = read_answer(&mut stream);
        if let Some(answer) = answer {
            // A head that can be read may be followed by a body that cannot.
            let refused = answer.status == 200 && answer.result_cd() == "9001" && answer.diagnosis() == "body/broken";
            assert!(refused || (400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
        }
        bench.goes_on(what);
    }
    // Odd, but HTTP.
    for request in [
        format!("GET http://{}/__sim/livez HTTP/1.1\r\n{host}\r\n", bench.address()),
        "GET /__sim/livez HTTP/1.0\r\n\r\n".to_owned(),
        format!("\r\nGET /__sim/livez HTTP/1.1\r\n{host}\r\n"),
    ] {
        assert_eq!(bench.raw(request.as_bytes()).map(|answer| answer.status), Some(200), "{request:?}");
    }
    let answer = bench.raw(format!("OPTIONS * HTTP/1.1\r\n{host}\r\n").as_bytes());
    assert!(answer.is_none_or(|answer| answer.status < 500));
    bench.goes_on("odd requests");
}

#[test]
fn a_bad_request_leaves_its_connection_good() {
    let bench = Bench::new();
    let mut stream = bench.connect();
    let send = |stream: &mut TcpStream, body: &str| {
        let (host, length) = (bench.address(), body.len());
        let head = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
        stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).unwrap();
    };
    let good = bench.shop.body(&bench.order("good")).to_string();
    for bad in ["", "[", "hello", "{\"iMid\":\"X\"}", &"[".repeat(100_000)] {
        send(&mut stream, bad);
        let answer = read_answer(&mut stream).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_ne!(answer.result_cd(), "0000");
    }
    send(&mut stream, &good);
    assert_eq!(read_answer(&mut stream).unwrap().result_cd(), "0000");
    // Both at once: each gets its own answer.
    let host = bench.address();
    let head = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    let both = format!(
        "{head}Content-Length: 1\r\n\r\n[{head}Content-Length: {}\r\nConnection: close\r\n\r\n{good}",
        good.len()
    );
    stream.write_all(both.as_bytes()).unwrap();
    let answers = read_to_end(&mut stream);
    let (first, second) = (answers.find("\"resultCd\":\"9001\""), answers.find("\"resultCd\":\"9009\""));
    assert!(first.is_some() && first < second, "{answers}");
}

// Slow ones

#[test]
fn clients_that_send_nothing_or_half_a_head_are_let_go() {
    let mut bench = Bench::impatient();
    let host = bench.address().to_owned();
    let whole = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nX: y\r\n");
    let mut waiting: Vec<TcpStream> = (0..whole.len())
        .map(|length| {
            let mut stream = bench.connect();
            stream.write_all(&whole.as_bytes()[..length]).unwrap();
            stream
        })
        .collect();
    // Nobody else waits for them.
    bench.goes_on("slow clients");
    for stream in &mut waiting {
        let said = read_to_end(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said}");
    }
    bench.goes_on("slow clients that are gone");
}

#[test]
fn clients_that_send_half_a_body_get_408() {
    let mut bench = Bench::impatient();
    let host = bench.address().to_owned();
    let good = bench.shop.body(&bench.order("slow")).to_string();
    // Who announces too much need not send it.
    let request = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1073741824\r\n\r\n{good}");
    let answer = bench.raw(request.as_bytes()).unwrap();
    bench.refused("a gigabyte announced", &answer, 413, "9001", "body/too-large");
    let mut waiting = Vec::new();
    for path in [REGISTRATION, INQUIRY, PAYMENT] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
        let half = &good[..good.len() / 2];
        for (what, request) in [
            ("half", format!("{head}Content-Length: {}\r\n\r\n{half}", good.len())),
            ("nothing", format!("{head}Content-Length: {}\r\n\r\n", good.len())),
            ("one byte missing", format!("{head}Content-Length: {}\r\n\r\n{good}", good.len() + 1)),
            ("a megabyte announced", format!("{head}Content-Length: 1048576\r\n\r\n{good}")),
            ("no last chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{good}\r\n", good.len())),
        ] {
            let mut stream = bench.connect();
            stream.write_all(request.as_bytes()).unwrap();
            waiting.push((format!("{path}: {what}"), stream));
        }
    }
    bench.goes_on("slow clients");
    for (what, mut stream) in waiting {
        let answer = read_answer(&mut stream).unwrap();
        bench.refused(&what, &answer, 408, "9001", "body/too-slow");
    }
    // The pages are as patient, and no more.
    let order = bench.order("pages");
    let registered = bench.take(&order);
    let tk = bench.sim.buyer().open(&bench.shop.payment_url(&order, &registered, WAY_BACK));
    let request = format!("POST {SIGN_IN}?tk={tk} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n\r\nphone=0812");
    let answer = bench.raw(request.as_bytes()).unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.diagnosis(), "page/bad-form");
    bench.goes_on("half a form");
    // And so is the control API.
    let request = format!(
        "POST /__sim/api/reset HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    assert_eq!(bench.raw(request.as_bytes()).unwrap().status, 408);
    bench.goes_on("half a reset");
}

#[test]
fn clients_that_go_away_in_the_middle_leave_nothing_behind() {
    let mut bench = Bench::new();
    let host = bench.address().to_owned();
    let good = bench.shop.body(&bench.order("gone")).to_string();
    let head = format!("POST {REGISTRATION} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{good}", good.len());
    for length in [1, head.len(), head.len() + 30, request.len() - 1] {
        let mut stream = bench.connect();
        stream.write_all(&request.as_bytes()[..length]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let said = read_to_end(&mut stream);
        let refused = said.contains("x-sim-diagnosis: body/broken: ") && said.contains("\"resultCd\":\"9001\"");
        assert!(said.is_empty() || refused || said.starts_with("HTTP/1.1 4"), "{length}: {said}");
        bench.goes_on("a client that went away");
    }
    bench.take(&bench.order("gone"));
}
