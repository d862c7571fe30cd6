//! Faults that rules order, as they look on the wire: a raw TCP client reads every byte, and sees how it ends.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const REGISTRATION: &str = "/nicepay/direct/v2/registration";
const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// The token that the published samples pay with.
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
/// Only a broken simulator lets a test wait that long.
const TOO_LONG: Duration = Duration::from_secs(60);

/// A scenario file that goes with its test.
struct Scenario(PathBuf);

impl Scenario {
    fn of(rules: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("nicepay-sim-faults-{}-{number}.toml", std::process::id()));
        std::fs::write(&file, format!("title = \"Faults\"\n{rules}")).unwrap();
        Self(file)
    }

    fn start(&self) -> Simulator {
        self.seeded(1)
    }

    fn seeded(&self, seed: u64) -> Simulator {
        Simulator::builder().scenario(self.0.to_str().unwrap()).seed(seed).start()
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A simulator with one rule, `fault`.
fn with(when: &str, answer: &str) -> Simulator {
    Scenario::of(&rule("fault", when, answer)).start()
}

fn rule(id: &str, when: &str, answer: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\n[rule.when]\n{when}\n[rule.then]\nanswer = {answer}\n")
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It is complete, and the connection is there for the next request.
    Complete,
    /// The connection was closed before that.
    Closed,
    /// The connection was reset.
    Reset,
}

/// All that came for a request.
#[derive(Debug)]
struct Wire {
    bytes: Vec<u8>,
    end: End,
}

impl Wire {
    fn head(&self) -> Option<&str> {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        Some(std::str::from_utf8(&self.bytes[..end]).unwrap())
    }

    fn status(&self) -> u16 {
        self.head().unwrap().split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head()?.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn announced(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    fn body(&self) -> &str {
        std::str::from_utf8(&self.bytes[self.head().unwrap().len() + 4..]).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap()
    }

    fn is_whole(&self) -> bool {
        self.head().is_some() && self.bytes.len() == self.head().unwrap().len() + 4 + self.announced()
    }
}

/// A connection to a simulator.
struct Client {
    stream: TcpStream,
    host: String,
}

impl Client {
    fn to(sim: &Simulator) -> Self {
        let host = sim.url().trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).unwrap();
        stream.set_read_timeout(Some(TOO_LONG)).unwrap();
        Self { stream, host }
    }

    fn ask(&mut self, call: &Call) -> Wire {
        self.write(call);
        self.read()
    }

    fn write(&mut self, call: &Call) {
        let Call { method, path, content_type, body } = call;
        let length = body.len();
        let host = &self.host;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).unwrap();
    }

    fn read(&mut self) -> Wire {
        let mut wire = Wire { bytes: Vec::new(), end: End::Complete };
        let mut some = [0; 4096];
        while !wire.is_whole() {
            match self.stream.read(&mut some) {
                Ok(0) => return Wire { end: End::Closed, ..wire },
                Ok(read) => wire.bytes.extend_from_slice(&some[..read]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Wire { end: End::Reset, ..wire },
                Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&wire.bytes)),
            }
        }
        wire
    }
}

/// A request.
#[derive(Clone, Debug)]
struct Call {
    method: &'static str,
    path: String,
    content_type: &'static str,
    body: String,
}

impl Call {
    fn post(path: &str, body: &Value) -> Self {
        Self { method: "POST", path: path.to_owned(), content_type: JSON, body: body.to_string() }
    }

    fn get(url: &str, sim: &Simulator) -> Self {
        let path = url.trim_start_matches(sim.url()).to_owned();
        Self { method: "GET", path, content_type: FORM, body: String::new() }
    }

    /// Over a connection of its own.
    fn send(&self, sim: &Simulator) -> Wire {
        Client::to(sim).ask(self)
    }
}

fn registration(shop: &Shop, order: &Order) -> Call {
    Call::post(REGISTRATION, &shop.body(order))
}

fn inquiry(shop: &Shop, order: &Order, t_xid: &str) -> Call {
    let (reference_no, amt) = (order.text("referenceNo"), order.text("amt"));
    let fields = json!({ "tXid": t_xid, "referenceNo": reference_no, "amt": amt });
    Call::post(INQUIRY, &shop.signed(&["timeStamp", "iMid", "referenceNo", "amt"], fields))
}

fn cancel(shop: &Shop, registered: &Reply, amt: &str) -> Call {
    let fields = json!({ "tXid": registered.t_xid(), "payMethod": "06", "cancelType": "1", "amt": amt });
    Call::post("/nicepay/direct/v2/cancel", &shop.signed(&["timeStamp", "iMid", "tXid", "amt"], fields))
}

/// A right call of every operation: its name, and what to send.
fn every_operation(sim: &Simulator) -> Vec<(&'static str, Call)> {
    let shop = sim.shop();
    let order = shop.order("known", 25_145);
    let registered = shop.register(&order);
    let akulaku = shop.register(&shop.order("akulaku", 25_145).with("mitraCd", "AKLP"));
    for paid in [&registered, &akulaku] {
        let act = format!("{API}/transactions/{}/buyer", paid.t_xid());
        assert_eq!(sim.http().post_json(&act, &json!({ "do": "approve" })).status, 200);
    }
    let open = shop.order("open", 10_000);
    let opened = shop.register(&open);
    let fields = shop.payment_fields(&open, &opened, "http://shop.test/thanks");
    let form: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let form =
        Call { method: "POST", path: "/nicepay/direct/v2/payment".into(), content_type: FORM, body: form.join("&") };
    let checkout = shop.order("checkout", 10_000).with("payMethod", "00").with("callBackUrl", "http://shop.test/back");
    let token = json!({ "userToken": PUBLISHED_TOKEN });
    let receipt = json!({ "tXid": akulaku.t_xid() });
    vec![
        ("registration", registration(&shop, &shop.order("new", 25_145))),
        ("payment", Call::get(&shop.payment_url(&open, &opened, "http://shop.test/thanks"), sim)),
        ("payment", form),
        ("inquiry", inquiry(&shop, &order, &registered.t_xid())),
        ("cancel", cancel(&shop, &registered, "25145")),
        ("checkout", Call::post("/nicepay/redirect/v2/registration", &shop.body(&checkout))),
        (
            "binding",
            Call::post(
                "/nicepay/v2/userAccountBinding",
                &shop.signed(&["iMid", "referenceNo", "billingPhone"], shop.binding("bind", "081291891818")),
            ),
        ),
        (
            "user-details",
            Call::post("/nicepay/direct/v2/user-details", &shop.signed(&["iMid", "userToken"], token.clone())),
        ),
        (
            "remove-token",
            Call::post("/nicepay/direct/v2/remove-token", &shop.signed(&["timeStamp", "iMid", "userToken"], token)),
        ),
        (
            "confirm-akulaku",
            Call::post("/nicepay/direct/v2/confirmAkulaku", &shop.signed(&["timeStamp", "tXid", "iMid"], receipt)),
        ),
        ("check-mid", Call::post("/nicepay/direct/v2/checkMid", &shop.signed(&["timeStamp", "iMid"], json!({})))),
    ]
}

const OPERATIONS: [&str; 10] = [
    "registration",
    "payment",
    "inquiry",
    "cancel",
    "checkout",
    "binding",
    "remove-token",
    "user-details",
    "confirm-akulaku",
    "check-mid",
];

/// One rule for each operation. The first calls, which every test needs before its own, are left in peace.
fn a_rule_for_each(answer: &str) -> Simulator {
    let rules = OPERATIONS.map(|name| {
        let spared = if name == "registration" { "\nreferenceNo = \"new\"" } else { "" };
        rule(name, &format!("operation = \"{name}\"{spared}"), answer)
    });
    Scenario::of(&rules.concat()).start()
}

fn transactions(sim: &Simulator, i_mid: &str) -> usize {
    sim.http().get(&format!("{API}/transactions?iMid={i_mid}&limit=1000")).json().as_array().unwrap().len()
}

fn stage(sim: &Simulator, registered: &Reply) -> Value {
    sim.http().get(&format!("{API}/transactions/{}", registered.t_xid())).json()["stage"].clone()
}

fn pay(sim: &Simulator, registered: &Reply) {
    let act = format!("{API}/transactions/{}/buyer", registered.t_xid());
    assert_eq!(sim.http().post_json(&act, &json!({ "do": "approve" })).status, 200);
}

/// Waits until an order is registered, and then for nothing.
fn wait_for_registration(sim: &Simulator) {
    let wait = sim.http().get(&format!("{API}/events/wait?type=transaction.registered&timeout=60s"));
    assert_eq!(wait.status, 200, "{}", wait.body);
}

/// How often the rules of a test were hit, and not one that decides how an order ends.
fn hits(sim: &Simulator) -> usize {
    sim.events("rule.hit").iter().filter(|hit| hit["rule"].as_str().unwrap().contains("nicepay-sim-faults")).count()
}

fn last_exchange(sim: &Simulator) -> Value {
    sim.events("exchange.recorded").pop().unwrap()
}

#[test]
fn every_operation_answers_its_own_refusal_with_an_ordered_code() {
    let sim = a_rule_for_each("{ code = \"9002\" }");
    for (name, call) in every_operation(&sim) {
        let wire = call.send(&sim);
        let json = wire.json();
        assert_eq!((wire.status(), json["resultCd"].as_str()), (200, Some("9002")), "{name}");
        assert_eq!(json["resultMsg"], "Server is busy. Please kindly try again in few minutes.");
        assert!(wire.header("x-sim-rule").unwrap().ends_with(name), "{:?}", wire.header("x-sim-rule"));
        let said = wire.header("x-sim-diagnosis").unwrap();
        assert_eq!(said, format!("fault/code: a fault of the rule {}", wire.header("x-sim-rule").unwrap()));
        assert_eq!(wire.header("content-type"), Some("application/json;charset=UTF-8"));
        // The same keys as a refusal that nobody ordered.
        let usual = Call { body: "{}".into(), ..call }.send(&Simulator::start()).json();
        let keys = |json: &Value| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        if name != "payment" {
            assert_eq!(keys(&json), keys(&usual), "{name}");
        }
    }
    assert_eq!(hits(&sim), 11);
    assert!(sim.events("transaction.cancelled").is_empty() && sim.events("token.removed").is_empty());
    assert!(sim.events("payment.opened").iter().all(|event| event["by"] != "browser"));
}

#[test]
fn a_code_of_no_table_has_a_text_that_accuses_nobody() {
    let sim = with("operation = \"registration\"", "{ code = \"ZZ99\", status = 500 }");
    let wire = registration(&sim.shop(), &sim.shop().order("order", 25_145)).send(&sim);
    assert_eq!(wire.status(), 500);
    assert_eq!(wire.json()["resultCd"], "ZZ99");
    assert_eq!(wire.json()["resultMsg"], "Simulated failure.");
    assert_eq!(wire.json().as_object().unwrap().keys().nth(2).unwrap(), "tXid", "the keys are where they were");
}

#[test]
fn every_operation_can_be_empty_or_reset_and_is_carried_out_all_the_same() {
    for (answer, end) in [("empty", End::Closed), ("reset", End::Reset)] {
        let sim = a_rule_for_each(&format!("\"{answer}\""));
        for (name, call) in every_operation(&sim) {
            let wire = call.send(&sim);
            assert_eq!((wire.bytes.len(), wire.end), (0, end), "{name} {answer}");
            let recorded = last_exchange(&sim);
            assert_eq!((&recorded["httpStatus"], &recorded["response"]), (&Value::Null, &json!("")), "{name}");
            assert!(recorded["fault"].as_str().unwrap().ends_with(name), "{recorded}");
        }
        for done in ["transaction.cancelled", "token.removed", "binding.registered", "transaction.receipt-confirmed"] {
            assert_eq!(sim.events(done).len(), 1, "{done} with {answer}");
        }
        assert_eq!(transactions(&sim, "PAYLOANTES"), 5);
    }
}

#[test]
fn every_operation_can_be_truncated_or_cut() {
    for answer in ["truncated", "cut"] {
        let sim = a_rule_for_each(&format!("\"{answer}\""));
        for (name, call) in every_operation(&sim).into_iter().filter(|(name, _)| *name != "payment") {
            let wire = call.send(&sim);
            assert_eq!(wire.status(), 200);
            assert!(wire.body().starts_with("{\""), "{name}: {}", wire.body());
            assert!(serde_json::from_str::<Value>(wire.body()).is_err(), "{name}");
            let (end, announced) = match answer {
                "truncated" => (End::Complete, wire.body().len()),
                _ => (End::Closed, wire.body().len() * 2),
            };
            assert_eq!(wire.end, end, "{name}");
            assert!(
                wire.announced().abs_diff(announced) <= 1,
                "{name}: {} for {}",
                wire.announced(),
                wire.body().len()
            );
            assert!(wire.header("x-sim-diagnosis").unwrap().starts_with(&format!("fault/{answer}: ")), "{name}");
            assert_eq!(last_exchange(&sim)["response"], wire.body());
        }
    }
}

#[test]
fn a_redirect_has_no_middle() {
    for (answer, end) in [("truncated", End::Complete), ("cut", End::Closed)] {
        let sim = a_rule_for_each(&format!("\"{answer}\""));
        for (_, call) in every_operation(&sim).into_iter().filter(|(name, _)| *name == "payment") {
            let wire = call.send(&sim);
            assert_eq!(wire.end, end);
            assert_eq!(wire.bytes.is_empty(), answer == "cut");
        }
    }
}

#[test]
fn a_page_can_break_too() {
    let sim = with("operation = \"payment\"", "\"cut\"");
    let shop = sim.shop();
    let order = shop.order("order", 25_145).with("mitraCd", "IDNA");
    let registered = shop.register(&order);
    pay(&sim, &registered);
    // It is paid, so that the browser goes straight back, with a page that posts.
    let sim_of_payment = shop.payment_url(&order, &registered, "http://shop.test/thanks");
    let wire = Call::get(&sim_of_payment, &sim).send(&sim);
    assert_eq!((wire.status(), wire.end), (200, End::Closed));
    assert!(wire.body().contains("<html") && !wire.body().contains("</html>"), "{}", wire.body());
}

#[test]
fn a_bare_status_is_a_proxys_page_and_nothing_is_done() {
    let sim = a_rule_for_each("{ status = 503 }");
    for (name, call) in every_operation(&sim) {
        let wire = call.send(&sim);
        assert_eq!((wire.status(), wire.end), (503, End::Complete), "{name}");
        assert!(wire.body().contains("<h1>503 Service Unavailable</h1>"), "{name}: {}", wire.body());
        assert_eq!(wire.header("content-type"), Some("text/html;charset=UTF-8"));
        assert!(wire.header("x-sim-diagnosis").unwrap().starts_with("fault/status: a fault of the rule "));
        assert!(wire.header("location").is_none());
        assert_eq!(last_exchange(&sim)["httpStatus"], 503);
    }
    assert!(sim.events("transaction.cancelled").is_empty() && sim.events("token.removed").is_empty());
    assert_eq!(transactions(&sim, "PAYLOANTES"), 3);
}

#[test]
fn what_is_written_is_sent_as_it_is() {
    let sim = with("", "{ status = 418, contentType = \"text/plain\", body = \"I'm {a} <teapot>\", performed = true }");
    let shop = sim.shop();
    let mut client = Client::to(&sim);
    for number in 1..=2 {
        let order = shop.order(&format!("order-{number}"), 25_145);
        let wire = client.ask(&registration(&shop, &order));
        assert_eq!((wire.status(), wire.body(), wire.end), (418, "I'm {a} <teapot>", End::Complete));
        assert_eq!(wire.header("content-type"), Some("text/plain"));
        assert_eq!(transactions(&sim, "PAYLOANTES"), number, "on the same connection, and done");
    }
}

#[test]
fn a_content_type_alone_changes_nothing_else() {
    let sim = with("operation = \"registration\"", "{ contentType = \"text/html\" }");
    let wire = registration(&sim.shop(), &sim.shop().order("order", 25_145)).send(&sim);
    assert_eq!((wire.header("content-type"), wire.json()["resultCd"].as_str()), (Some("text/html"), Some("0000")));
    assert!(wire.header("x-sim-diagnosis").unwrap().starts_with("fault/content-type: "));
}

#[test]
fn a_status_without_a_body_leaves_the_connection_in_step() {
    let sim = with("operation = \"inquiry\"", "{ status = 204, body = \"too much\" }");
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let host = sim.url().trim_start_matches("http://").to_owned();
    let both = [inquiry(&shop, &order, &registered.t_xid()), registration(&shop, &shop.order("next", 1_000))];
    let mut stream = TcpStream::connect(&host).unwrap();
    for (call, close) in both.iter().zip(["keep-alive", "close"]) {
        let Call { method, path, content_type, body } = call;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\n");
        stream
            .write_all(format!("{head}Connection: {close}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes())
            .unwrap();
    }
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    let (first, second) = all.split_once("\r\n\r\n").unwrap();
    assert!(first.starts_with("HTTP/1.1 204 "), "{all}");
    assert!(second.starts_with("HTTP/1.1 200 "), "{all}");
}

#[test]
fn a_refusal_that_is_held_back_still_says_why() {
    let sim = with("operation = \"registration\"", "{ delay = \"10ms\" }");
    let shop = sim.shop();
    let wire = registration(&shop, &shop.order("order", 25_145).with("merchantToken", "x")).send(&sim);
    assert_eq!(wire.json()["resultCd"], "9010");
    let said = wire.header("x-sim-diagnosis").unwrap();
    assert!(
        said.starts_with("fault/delay: a fault of the rule ") && said.contains("; without the rule: merchantToken/"),
        "{said}"
    );
}

#[test]
fn whether_it_is_performed_can_be_said() {
    let cases = [
        ("\"reset\"", true),
        ("{ broken = \"reset\", performed = false }", false),
        ("{ broken = \"truncated\", performed = false }", false),
        ("{ performed = false }", false),
        ("{ status = 500 }", false),
        ("{ status = 500, performed = true }", true),
        ("{ code = \"9002\", performed = true }", true),
        ("{ status = 201 }", true),
        ("{ delay = \"1ms\", performed = false }", false),
    ];
    for (answer, performed) in cases {
        let sim = with("operation = [\"registration\", \"cancel\"]\nreferenceNo = \"wrong*\"", answer);
        let shop = sim.shop();
        let wire = registration(&shop, &shop.order("wrong-1", 25_145)).send(&sim);
        assert_eq!(transactions(&sim, "PAYLOANTES"), usize::from(performed), "{answer}: {wire:?}");
        // The rule names the order, which a cancel does not: it is known by its tXid.
        let right = shop.register(&shop.order("right", 25_145));
        pay(&sim, &right);
        cancel(&shop, &right, "25145").send(&sim);
        assert_eq!(stage(&sim, &right), "cancelled", "another order has nothing to do with it");
        assert_eq!(hits(&sim), 1, "{answer}");
    }
}

#[test]
fn a_call_is_known_by_its_transaction_unless_that_is_somebody_elses() {
    let of_one =
        rule("of-one", "operation = [\"payment\", \"cancel\"]\niMid = \"SHOPA\"\nmitraCd = \"KDVI\"", "\"empty\"");
    let of_all = rule("of-all", "operation = \"cancel\"\nreferenceNo = \"another\"", "\"empty\"");
    let sim = Scenario::of(&[of_one, of_all].concat()).start();
    let (a, b) = (sim.new_shop("SHOPA", &"a".repeat(88)), sim.new_shop("SHOPB", &"b".repeat(88)));
    for (shop, hit) in [(&a, true), (&b, false)] {
        let order = shop.order("order", 25_145);
        let registered = shop.register(&order);
        let payment = Call::get(&shop.payment_url(&order, &registered, "http://shop.test/thanks"), &sim);
        assert_eq!(payment.send(&sim).bytes.is_empty(), hit, "payment of {}", shop.i_mid());
        assert_eq!(cancel(shop, &registered, "25145").send(&sim).bytes.is_empty(), hit, "cancel of {}", shop.i_mid());
    }
    let registered = a.register(&a.order("another", 25_145));
    let foreign = cancel(&b, &registered, "25145").send(&sim);
    assert_eq!(foreign.status(), 200, "b's call stays b's, whatever tXid it names");
    let own = cancel(&b, &b.register(&b.order("another", 25_145)), "25145").send(&sim);
    assert!(own.bytes.is_empty(), "known by its tXid alone: {own:?}");
}

#[test]
fn faults_of_one_merchant_do_not_touch_anothers() {
    let rules = rule("wrong", "operation = \"registration\"\niMid = \"SHOPA\"", "\"reset\"");
    let sim = Scenario::of(&rules.replace("[rule.when]", "times = 2\n[rule.when]")).start();
    let (a, b) = (sim.new_shop("SHOPA", &"a".repeat(88)), sim.new_shop("SHOPB", &"b".repeat(88)));
    let ends: Vec<_> = (0..4)
        .flat_map(|i| [(&a, i), (&b, i)])
        .map(|(shop, i)| registration(shop, &shop.order(&format!("order-{i}"), 25_145)).send(&sim).end)
        .collect();
    let (reset, fine) = (End::Reset, End::Complete);
    assert_eq!(ends, [reset, fine, reset, fine, fine, fine, fine, fine]);
    assert_eq!((transactions(&sim, "SHOPA"), transactions(&sim, "SHOPB")), (4, 4));
}

/// Which of so many inquiries go wrong.
fn pattern(sim: &Simulator, calls: usize) -> String {
    let shop = sim.shop();
    let order = shop.order("order", 25_145);
    let call = inquiry(&shop, &order, &shop.register(&order).t_xid());
    let mut client = Client::to(sim);
    (0..calls).map(|_| if client.ask(&call).status() == 503 { 'x' } else { '.' }).collect()
}

#[test]
fn faults_are_counted() {
    for (count, expected) in [("times = 2", "xx....."), ("when.nth = [2, 5]", ".x..x..")] {
        let story = format!(
            "[[rule]]\nid = \"fault\"\nwhen.operation = \"inquiry\"\n{count}\nthen.answer = {{ status = 503 }}\n"
        );
        assert_eq!(pattern(&Scenario::of(&story).start(), 7), expected, "{count}");
    }
}

#[test]
fn chance_is_the_seeds() {
    const CALLS: usize = 200;
    let story = Scenario::of(
        "[[rule]]\nid = \"fault\"\nchance = 0.5\nwhen.operation = \"inquiry\"\nthen.answer = { status = 503 }\n",
    );
    let [one, again, other] = [7, 7, 8].map(|seed| pattern(&story.seeded(seed), CALLS));
    assert_eq!(one, again);
    assert_ne!(one, other);
    let wrong = one.matches('x').count();
    assert!((CALLS / 4..CALLS * 3 / 4).contains(&wrong), "{wrong} of {CALLS}");
}

#[test]
fn an_answer_takes_as_long_as_it_is_told() {
    for (answer, least) in [
        ("{ delay = \"300ms\" }", 300),
        ("{ delay = { from = \"200ms\", to = \"250ms\" } }", 200),
        ("{ slow = \"300ms\" }", 300),
        ("{ delay = \"200ms\", slow = \"200ms\" }", 400),
        ("{ delay = \"200ms\", status = 503 }", 200),
    ] {
        let sim = with("operation = \"registration\"", answer);
        let call = registration(&sim.shop(), &sim.shop().order("order", 25_145));
        let begun = Instant::now();
        let wire = call.send(&sim);
        assert!(begun.elapsed() >= Duration::from_millis(least), "{answer}: {:?}", begun.elapsed());
        assert_eq!(wire.end, End::Complete, "{answer}");
        assert_eq!(last_exchange(&sim)["response"], wire.body(), "{answer}");
    }
}

#[test]
fn the_simulators_clock_does_not_wait_for_an_answer_nor_an_answer_for_the_clock() {
    let sim = with("operation = \"registration\"", "{ delay = \"1s\" }");
    let before = sim.http().get(&format!("{API}/clock")).json();
    let shop = sim.shop();
    assert_eq!(shop.register(&shop.order("order", 25_145)).result_cd(), "0000");
    assert_eq!(sim.http().get(&format!("{API}/clock")).json()["now"], before["now"]);
}

#[test]
fn nothing_is_told_before_the_answer_however_late_it_is() {
    for answer in ["{ delay = \"5m\" }", "{ slow = \"5m\" }"] {
        let sim = with("operation = \"registration\"", answer);
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let call = registration(&shop, &shop.order("order", 25_145).seamless(PUBLISHED_TOKEN).notify(receiver.url()));
        let mut client = Client::to(&sim);
        client.write(&call);
        wait_for_registration(&sim);
        sim.advance("1h");
        assert!(receiver.received().is_empty(), "{answer}");
        assert!(sim.events("transaction.approved").is_empty(), "{answer}");
    }
}

#[test]
fn what_is_held_back_comes_too_when_the_client_has_gone() {
    for answer in ["{ delay = \"300ms\" }", "{ slow = \"300ms\" }"] {
        let story = Scenario::of(&rule("fault", "operation = \"registration\"", answer));
        let sim = Simulator::builder().scenario(story.0.to_str().unwrap()).clock("system").start();
        let shop = sim.shop();
        let call = registration(&shop, &shop.order("order", 25_145).seamless(PUBLISHED_TOKEN));
        let mut client = Client::to(&sim);
        client.write(&call);
        wait_for_registration(&sim);
        drop(client);
        let wait = sim.http().get(&format!("{API}/events/wait?type=transaction.approved&timeout=60s"));
        assert_eq!(wait.status, 200, "{answer}: {}", wait.body);
    }
}

#[test]
fn what_a_faulty_answer_holds_back_comes_after_it() {
    let late = "{ delay = \"50ms\", slow = \"50ms\" }";
    for answer in ["\"reset\"", "\"empty\"", "\"truncated\"", "\"cut\"", late] {
        let sim = with("operation = \"registration\"", answer);
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let order = shop.order("order", 25_145).seamless(PUBLISHED_TOKEN).notify(receiver.url());
        registration(&shop, &order).send(&sim);
        sim.advance("1h");
        assert_eq!(receiver.only().field("status"), "0", "{answer}");
    }
}

#[test]
fn a_stop_waits_for_no_delayed_answer() {
    let sim = with("operation = \"registration\"", "{ delay = \"5m\" }");
    let call = registration(&sim.shop(), &sim.shop().order("order", 25_145));
    let mut client = Client::to(&sim);
    let waiting = thread::spawn(move || client.ask(&call));
    wait_for_registration(&sim);
    let begun = Instant::now();
    drop(sim);
    assert!(begun.elapsed() < TOO_LONG, "{:?}", begun.elapsed());
    assert_eq!(waiting.join().unwrap().json()["resultCd"], "0000", "it was let go, not thrown away");
}

#[test]
fn fifty_at_once_leave_nothing_behind() {
    const MANY: usize = 50;
    let faults = ["\"reset\"", "\"empty\"", "\"cut\"", "{ delay = \"50ms\", slow = \"50ms\", broken = \"cut\" }"];
    let rules: Vec<_> = (0_u8..)
        .zip(faults)
        .map(|(i, answer)| rule(&format!("fault-{i}"), &format!("referenceNo = \"wrong-{i}-*\""), answer))
        .collect();
    let sim = Scenario::of(&rules.concat()).start();
    let shop = sim.shop();
    // A connection from before, over which nothing goes wrong.
    let mut other = Client::to(&sim);
    assert_eq!(other.ask(&registration(&shop, &shop.order("before", 25_145))).end, End::Complete);
    thread::scope(|scope| {
        for i in 0..MANY {
            let order = shop.order(&format!("wrong-{}-{i}", i % faults.len()), 25_145);
            let call = registration(&shop, &order);
            let sim = &sim;
            scope.spawn(move || assert_ne!(call.send(sim).end, End::Complete));
        }
    });
    for client in [&mut other, &mut Client::to(&sim)] {
        let reference_no = format!("after-{}", client.stream.local_addr().unwrap().port());
        assert_eq!(client.ask(&registration(&shop, &shop.order(&reference_no, 25_145))).json()["resultCd"], "0000");
    }
    assert_eq!(hits(&sim), MANY);
    assert_eq!(transactions(&sim, "PAYLOANTES"), MANY + 3);
}
