//! The reference merchants in `examples/`: each sells, links an account, sells with one click, refunds and unlinks, and
//! believes no lie.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

use crate::installed;

const CUSTOMER: &str = "customer=siti&amount=20000";

/// A running merchant, and the simulator that it pays at.
pub(crate) struct Merchant {
    pub(crate) sim: Simulator,
    child: Child,
    pub(crate) url: String,
    lines: Receiver<String>,
}

impl Merchant {
    fn start(program: &str, script: &str) -> Self {
        Self::start_with(Simulator::start(), program, script, "0.2")
    }

    /// `script` is below examples/, or anywhere.
    pub(crate) fn start_with(sim: Simulator, program: &str, script: &str, poll_seconds: &str) -> Self {
        let shop = sim.shop();
        let port = free_port();
        // What it says on both streams arrives in one.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 2>&1", "sh", program, script])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"))
            .env("NICEPAY_BASE_URL", format!("{}/nicepay", sim.url()))
            .env("NICEPAY_IMID", shop.i_mid())
            .env("NICEPAY_MERCHANT_KEY", shop.merchant_key())
            .env("PORT", port.to_string())
            .env("POLL_SECONDS", poll_seconds)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env_remove("SHOP_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
        let url = format!("http://127.0.0.1:{port}");
        let merchant = Self { sim, child, url, lines };
        merchant.says(&merchant.url);
        merchant
    }

    /// Waits until it says this.
    #[track_caller]
    fn says(&self, text: &str) {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(30)) {
                Ok(line) if line.contains(text) => return,
                Ok(line) => before.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("it does not say {text:?}, but {before:#?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended, and said {before:#?}"),
            }
        }
    }

    #[track_caller]
    fn post(&self, path: &str) -> Reply {
        self.sim.http().send("POST", &format!("{}{path}", self.url), &[], "")
    }

    /// Begins a payment; returns what the merchant answers.
    #[track_caller]
    fn begin(&self, path: &str) -> Value {
        let reply = self.post(&format!("{path}?{CUSTOMER}"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    /// An order: its status, how often it was shipped, what was refunded.
    #[track_caller]
    fn order(&self, begun: &Value) -> (String, u64, u64) {
        let url = format!("{}/orders/{}", self.url, text(begun, "referenceNo"));
        let order = self.sim.http().get(&url).json();
        assert_eq!((&order["referenceNo"], &order["amount"]), (&begun["referenceNo"], &json!(20_000)));
        (text(&order, "status").to_owned(), order["fulfilled"].as_u64().unwrap(), order["refunded"].as_u64().unwrap())
    }

    /// The simulator's view of a payment.
    #[track_caller]
    fn transaction(&self, begun: &Value) -> Value {
        let transaction = self.sim.http().get(&format!("/__sim/api/transactions/{}", text(begun, "tXid"))).json();
        assert_eq!(transaction["notes"], json!([]), "NICEPAY would refuse it");
        transaction
    }

    #[track_caller]
    fn control(&self, begun: &Value, path: &str, body: &Value) {
        let reply = self.sim.http().post_json(&format!("/__sim/api/transactions/{}/{path}", text(begun, "tXid")), body);
        assert!(reply.status < 300, "{}", reply.body);
    }

    /// The customer pays and returns to the shop before the notification is sent. Then the notification is sent.
    #[track_caller]
    fn pay(&self, begun: &Value) {
        let back = self.sim.buyer().pay(text(begun, "paymentUrl"));
        assert_eq!(self.sim.http().get(&back).status, 200);
        assert_eq!(self.order(begun), paid());
        self.sim.advance("2s");
        assert_eq!(self.order(begun), paid(), "shipped again at the notification");
    }

    #[track_caller]
    fn refund(&self, begun: &Value, amount: &str) -> u16 {
        self.post(&format!("/refund?referenceNo={}{amount}", text(begun, "referenceNo"))).status
    }
}

impl Drop for Merchant {
    /// A kill would leave the processes of PHP's web server behind.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Below the ports that systems give to who asks for any, so that nobody else gets it meanwhile.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() % 1000).unwrap() * 10;
    let mut ports = std::iter::repeat_with(|| 12_000 + (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_else(|| panic!("no {name} in {object}"))
}

fn state(status: &str, fulfilled: u64, refunded: u64) -> (String, u64, u64) {
    (status.to_owned(), fulfilled, refunded)
}

fn paid() -> (String, u64, u64) {
    state("paid", 1, 0)
}

fn test(program: &str, script: &str) {
    if !installed::has(program) {
        return;
    }
    let merchant = Merchant::start(program, script);
    sells_links_and_refunds(&merchant);
    believes_no_lie(&merchant);
    finds_what_no_notification_told(&merchant);
}

fn sells_links_and_refunds(merchant: &Merchant) {
    let bought = merchant.begin("/buy");
    assert_eq!(merchant.order(&bought), state("pending", 0, 0));
    merchant.pay(&bought);
    assert_eq!(merchant.transaction(&bought)["tokenizeUser"], "1");

    let clicked = merchant.begin("/one-click");
    merchant.sim.advance("3s");
    assert_eq!(merchant.order(&clicked), paid());
    assert_eq!(merchant.transaction(&clicked)["tokenizeUser"], "2");

    assert_eq!(merchant.post("/unlink?customer=siti").status, 200);
    assert_eq!(merchant.sim.events("token.removed").len(), 1);
    // A repeat must not bring back the token.
    let notifications = format!("/__sim/api/notifications?tXid={}", text(&bought, "tXid"));
    let sent = merchant.sim.http().get(&notifications).json();
    let repeat = format!("/__sim/api/notifications/{}/resend", text(&sent[0], "id"));
    assert_eq!(merchant.sim.http().post_json(&repeat, &json!({})).status, 202);
    merchant.sim.drain();
    let linked = merchant.begin("/one-click");
    assert_eq!(merchant.transaction(&linked)["tokenizeUser"], "1");
    merchant.pay(&linked);
    assert_eq!(merchant.sim.events("transaction.refused").len(), 0, "a removed token was used");

    // The customer revokes the new token at Kredivo.
    let tokens = merchant.sim.http().get("/__sim/api/tokens").json();
    let active = tokens.as_array().unwrap().iter().find(|it| it["clientUserKey"] == "siti" && it["status"] == "active");
    let revoked = format!("/__sim/api/tokens/{}", text(active.unwrap(), "userToken"));
    assert_eq!(merchant.sim.http().send("DELETE", &revoked, &[], "").status, 204);
    for refused in [1, 1] {
        let linked = merchant.begin("/one-click");
        assert_eq!(merchant.transaction(&linked)["tokenizeUser"], "1");
        assert_eq!(merchant.sim.events("transaction.refused").len(), refused, "9920 did not end the token's use");
    }

    // Before that, the live sandbox answers 9302.
    merchant.sim.advance("10m");
    assert_eq!(merchant.refund(&bought, "&amount=5000"), 200);
    assert_eq!(merchant.order(&bought), state("paid", 1, 5_000));
    assert_eq!(merchant.refund(&bought, "&amount=15001"), 409, "more than is left");
    assert_eq!(merchant.refund(&bought, ""), 200);
    assert_eq!(merchant.order(&bought), state("refunded", 1, 20_000));
    assert_eq!(merchant.refund(&bought, ""), 409);
    assert_eq!(merchant.refund(&clicked, ""), 200);
    let cancels = merchant.sim.events("transaction.cancelled").len();
    assert_eq!((merchant.order(&clicked), cancels), (state("refunded", 1, 20_000), 3));
}

fn believes_no_lie(merchant: &Merchant) {
    let open = merchant.begin("/buy");
    let back = format!("{}/return?resultCd=0000&referenceNo={}", merchant.url, text(&open, "referenceNo"));
    assert_eq!(merchant.sim.http().get(&back).status, 200);
    for lie in [
        json!({ "variant": "wrong-token" }),
        json!({ "variant": "changed-status", "status": "0" }),
        json!({ "variant": "changed-amount", "signed": true, "fields": { "status": "0" } }),
        json!({ "variant": "unknown-txid" }),
        json!({ "variant": "missing-field", "fields": { "status": "0" } }),
        json!({ "variant": "wrong-content-type", "fields": { "status": "0" } }),
    ] {
        merchant.control(&open, "notify", &lie);
        merchant.sim.drain();
        assert_eq!(merchant.order(&open), state("pending", 0, 0), "{lie}");
    }
    let answers = merchant.sim.events("notification.attempted");
    let answers: Vec<_> =
        answers.iter().rev().take(6).rev().map(|event| event["httpStatus"].as_u64().unwrap()).collect();
    assert_eq!(answers, [403, 200, 409, 404, 400, 415]);

    merchant.control(&open, "buyer", &json!({ "do": "review" }));
    merchant.sim.advance("2s");
    assert_eq!(merchant.order(&open), state("under-review", 0, 0));
    merchant.control(&open, "partner", &json!({ "do": "reject" }));
    merchant.sim.advance("2s");
    assert_eq!(merchant.order(&open), state("failed", 0, 0));

    merchant.sim.notify_next("duplicate");
    let bought = merchant.begin("/buy");
    merchant.pay(&bought);
    merchant.control(&bought, "notify", &json!({ "fields": { "status": "3" } }));
    merchant.sim.drain();
    assert_eq!(merchant.order(&bought), paid());
}

fn finds_what_no_notification_told(merchant: &Merchant) {
    merchant.sim.notify_next("lost");
    let lost = merchant.begin("/buy");
    merchant.control(&lost, "buyer", &json!({ "do": "pay" }));
    merchant.says(&format!("ship {}", text(&lost, "referenceNo")));
    assert_eq!(merchant.order(&lost), paid());

    merchant.sim.set_scenario("cancel-too-early");
    let early = merchant.begin("/buy");
    merchant.pay(&early);
    assert_eq!(merchant.refund(&early, "&amount=5000"), 202);
    assert_eq!(merchant.refund(&early, "&amount=5000"), 409, "the first is on its way");
    merchant.sim.advance("9m");
    merchant.sim.wait_for("transaction.cancelled").t_xid(text(&early, "tXid")).within("30s");
}

#[test]
fn the_shop_in_php_is_right() {
    test("php", "php/shop.php");
}

#[test]
fn the_shop_in_node_is_right() {
    test("node", "node/shop.js");
}

#[test]
fn the_shop_in_python_is_right() {
    test("python3", "python/shop.py");
}
