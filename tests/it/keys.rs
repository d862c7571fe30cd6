//! A merchantKey that somebody sends in the wrong place is shown nowhere: whole, without its first character, encoded, cut,
//! and also after it was replaced.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use nicepay_sim::testing::{Answer, Reply, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const KEY: &str = "Qx/7f+Zt.9w-Lr=4s";
const SHORTEST: &str = "z7/+q=Y.";

/// The key, spelled in each way that is masked.
fn spellings(key: &str) -> Vec<String> {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let base64 = ["", "m:", "me:"].map(|before| {
        let whole = BASE64_STANDARD.encode(format!("{before}{key}"));
        whole[(before.len() * 8).div_ceil(6)..(before.len() + key.len()) * 8 / 6].to_owned()
    });
    let mut all = vec![key.to_owned(), key[1..].to_owned(), encoded(key), encoded(key).to_lowercase()];
    all.extend([key.replace('/', "\\/"), key[1..].replace('/', "\\/"), encoded(&key[1..])]);
    all.extend(base64);
    all
}

/// A merchant whose key is sent in every wrong place, and everything that was answered.
struct Careless {
    sim: Simulator,
    shop: Shop,
    key: String,
    shown: Vec<(String, String)>,
}

impl Careless {
    fn new(key: &str) -> Self {
        let sim = Simulator::builder().scenario("instant").settings("allow-egress = ['shop.test']").start();
        let shop = sim.new_shop("KEYSHOP001", key);
        Self { sim, shop, key: key.to_owned(), shown: Vec::new() }
    }

    fn keep(&mut self, what: &str, reply: &Reply) {
        assert!(reply.status < 500 || reply.status == 503, "{what}: {} {}", reply.status, reply.body);
        // The gateway repeats what was sent in the body, as NICEPAY does.
        let headers = reply.headers.iter().filter(|(name, _)| name.starts_with("x-sim"));
        let mut text = headers.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n");
        if !what.starts_with("gateway") {
            text.push_str(&reply.body);
        }
        self.shown.push((what.to_owned(), text));
    }

    fn get(&mut self, url: &str) -> Reply {
        let reply = self.sim.http().get(url);
        self.keep(url, &reply);
        reply
    }

    fn send(&mut self, method: &str, call: &str, body: &Value) -> Reply {
        let json = &[("content-type", "application/json")];
        let reply = self.sim.http().send(method, &format!("{API}{call}"), json, body.to_string());
        self.keep(&format!("{method} {call}"), &reply);
        reply
    }

    /// Sends the text in every field of the gateway's endpoints, in headers and in paths.
    fn send_to_the_gateway(&mut self, text: &str, callback: &str) -> String {
        let receiver = self.sim.receiver();
        let (body, header) = (format!("got {text}"), format!("X-Got: {text}"));
        receiver.answer_with(move |_| Answer {
            headers: vec![header.clone()],
            body: body.clone(),
            ..Answer::status(500)
        });
        let url = format!("{}?k={callback}", receiver.url());
        let mut order = self.shop.order(text, 25_145).tokenize(text).notify(&url);
        for field in ["goodsNm", "billingNm", "billingAddr", "deliveryNm", "description", "userAgent", "billingEmail"] {
            order = order.with(field, text);
        }
        let registered = self.shop.register(&order);
        self.keep("gateway registration", &registered);
        assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
        for field in
            ["amt", "currency", "payMethod", "mitraCd", "userToken", "merchantToken", "timeStamp", "iMid", "cartData"]
        {
            let order = self.shop.order("refused", 25_145).with("tokenizeUser", "2").with("userToken", "x");
            let refused = self.shop.register(&order.with(field, text));
            self.keep("gateway refusal", &refused);
        }
        let t_xid = registered.t_xid();
        let http = self.sim.http();
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("me:{text}")));
        let headers = [("authorization", &*authorization), ("x-key", text)];
        let replies = [
            http.send("POST", &format!("/nicepay/{callback}?{callback}"), &headers, text),
            http.send("POST", "/nicepay/direct/v2/checkMid", &headers, text),
            http.get(&self.shop.payment_url(&order, &registered, &format!("http://shop.test/?{callback}"))),
        ];
        let mut binding = self.shop.binding(text, "081291891818");
        for field in ["clientUserKey", "billingNm", "billingEmail"] {
            binding[field] = text.into();
        }
        let bound = self.shop.bind(binding);
        for reply in replies.iter().chain([&bound]) {
            self.keep("gateway", reply);
        }
        let link = self.send("GET", &format!("/transactions/{t_xid}"), &json!({})).json()["partnerUrl"].clone();
        if let Some(link) = link.as_str() {
            self.get(link);
        }
        self.send("POST", &format!("/transactions/{t_xid}/buyer"), &json!({}));
        self.sim.drain();
        t_xid
    }

    /// Sends the text in the fields of the control API and to the inbox.
    fn send_to_the_control_api(&mut self, text: &str, encoded: &str, t_xid: &str) {
        let i_mid = self.shop.i_mid().to_owned();
        self.send("POST", "/tokens", &json!({ "iMid": i_mid, "clientUserKey": text, "userToken": text }));
        self.send("PUT", &format!("/shoppers/081234567890?iMid={i_mid}"), &json!({ "name": text }));
        let rule = json!({
            "id": text, "when": { "iMid": i_mid, "referenceNo": text }, "then": { "outcome": "reject" },
        });
        self.send("POST", "/rules", &rule);
        self.send("POST", "/rules", &rule);
        self.send("POST", "/rules", &json!({ "when": { "iMid": text }, "then": { "outcome": "reject" } }));
        let toml =
            format!("title = {text:?}\ndescription = {text:?}\n[[rule]]\nid = 'a'\nthen = {{ outcome = 'reject' }}");
        self.send("PUT", &format!("/scenario?iMid={i_mid}"), &json!({ "toml": toml }));
        self.send("PUT", "/scenario", &json!({ "toml": format!("title = 't'\nmerchantKey = {text:?}") }));
        self.send("PUT", "/scenario", &json!({ "name": text }));
        self.send(
            "POST",
            &format!("/transactions/{t_xid}/notify"),
            &json!({ "fields": { "goodsNm": text, text: "x" } }),
        );
        self.send("POST", &format!("/transactions/{t_xid}/buyer"), &json!({ "do": text, text: text }));
        self.send("POST", "/verify", &json!({ "expect": [{ "type": "callback.sent", "where": { "url": text } }] }));
        self.send("POST", "/verify", &json!({ "expect": [{ "type": text, "where": { text: text } }] }));
        self.send("PUT", &format!("/merchants/{encoded}"), &json!({ "merchantKey": text }));
        self.send("POST", "/clock/advance", &json!({ "by": text }));
        let letters = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        for body in [format!("tXid={encoded}&goodsNm={letters}&{letters}=1"), text.to_owned()] {
            let reply = self.sim.http().send("POST", "/__sim/inbox", &[("content-type", text)], body);
            self.keep("inbox", &reply);
        }
        for call in
            ["/transactions/", "/bindings/", "/events?type=", "/events?phone=", "/events?referenceNo=", "/rules/"]
        {
            self.send("GET", &format!("{call}{encoded}"), &json!({}));
        }
        self.send("GET", &format!("/events/wait?timeout=0s&type=callback.sent&url={encoded}"), &json!({}));
        self.send("DELETE", &format!("/tokens/{encoded}?{encoded}=1"), &json!({}));
    }

    /// Reads everything that there is to read.
    fn read_all(&mut self, encoded: &str, t_xid: &str) {
        for call in [
            "/info",
            "/merchants",
            "/transactions",
            "/bindings",
            "/bindings/1",
            "/bindings/1/diagram",
            "/notifications",
            "/shoppers?iMid=KEYSHOP001",
            "/tokens",
            "/clock",
            "/events?limit=10000",
            "/rules",
            "/scenario?iMid=KEYSHOP001",
            "/inbox",
            "/report?iMid=KEYSHOP001",
            "/report?format=md",
            "/report?format=html",
            "/report?format=junit",
        ] {
            self.send("GET", call, &json!({}));
        }
        for view in ["", "/diagram", "/diagram?format=mermaid"] {
            self.send("GET", &format!("/transactions/{t_xid}{view}"), &json!({}));
        }
        let events = self.sim.http().get(&format!("{API}/events?limit=10000")).json();
        let ids = events.as_array().unwrap().iter().map(|event| format!("/__sim/events/{}", event["id"]));
        let mut pages: Vec<_> = ids.collect();
        for page in [
            "/",
            "/__sim/",
            "/__sim/log",
            "/__sim/bindings",
            "/__sim/bindings/1",
            "/__sim/tokens",
            "/__sim/inbox",
            "/__sim/report?iMid=KEYSHOP001",
            "/__sim/rules?iMid=KEYSHOP001",
            "/__sim/shoppers?iMid=KEYSHOP001",
            "/__sim/merchants",
        ] {
            let mark = if page.contains('?') { '&' } else { '?' };
            pages.extend([page.to_owned(), format!("{page}{mark}referenceNo={encoded}&{encoded}=1&done={encoded}")]);
        }
        pages.push(format!("/__sim/transactions/{t_xid}"));
        pages.extend(["/", "/__sim/", "/__sim/transactions/", "/__sim/inbox/"].map(|path| format!("{path}{encoded}")));
        for page in pages {
            self.get(&page);
        }
    }

    fn check(&self, sent: &str) {
        let spellings = spellings(&self.key);
        for (what, text) in &self.shown {
            // As HTML and JSON write it.
            let plain = text.replace("&#38;", "&").replace("&#34;", "\"").replace("\\\\", "\\");
            for spelling in &spellings {
                assert!(!plain.contains(spelling), "{sent:?} was sent, and {what} shows {spelling:?}: {text}");
            }
        }
    }
}

#[test]
fn a_key_in_any_place_is_shown_nowhere() {
    for key in [KEY, SHORTEST] {
        for sent in [key.to_owned(), key[1..].to_owned(), BASE64_STANDARD.encode(format!("m:{key}"))] {
            let mut careless = Careless::new(key);
            let encoded: String = url::form_urlencoded::byte_serialize(sent.as_bytes()).collect();
            let t_xid = careless.send_to_the_gateway(&sent, &encoded);
            careless.send_to_the_control_api(&sent, &encoded, &t_xid);
            careless.read_all(&encoded, &t_xid);
            assert!(
                careless.shown.iter().filter(|(_, text)| text.contains("***")).count() > 40,
                "it was shown, masked"
            );
            careless.check(&sent);
        }
    }
}

/// Everything that the log and the notifications show.
fn shown(sim: &Simulator) -> String {
    ["/events?limit=10000", "/transactions", "/notifications"]
        .map(|call| sim.http().get(&format!("{API}{call}")).body)
        .concat()
}

#[test]
fn a_replaced_key_stays_masked_and_a_new_one_is_masked_in_what_is_old() {
    const NEW: &str = "the-key-that-comes-later";
    let sim = Simulator::start();
    let shop = sim.new_shop("KEYSHOP001", KEY);
    let order = shop.order("order", 25_145).with("goodsNm", KEY).with("billingNm", NEW);
    assert_eq!(shop.register(&order).result_cd(), "0000");
    assert!(shown(&sim).contains(NEW), "it is nobody's key yet");
    sim.new_shop("KEYSHOP001", NEW);
    let text = shown(&sim);
    assert!(!text.contains(KEY) && !text.contains(&KEY.replace('/', "\\/")) && !text.contains(NEW), "{text}");
    assert_eq!(sim.http().send("DELETE", &format!("{API}/merchants/KEYSHOP001"), &[], "").status, 204);
    let published = sim.shop();
    published.register(&published.order("other", 25_145).with("goodsNm", KEY).with("billingNm", NEW));
    let text = shown(&sim);
    assert!(text.contains("other") && !text.contains(KEY) && !text.contains(NEW), "{text}");
}

#[test]
fn a_key_is_masked_before_a_text_is_cut() {
    const LONG: &str = "key-number-one";
    let sim = Simulator::builder().scenario("instant").start();
    let (shop, receiver) = (sim.new_shop("KEYSHOP001", LONG), sim.receiver());
    for kept in [1, 5, LONG.len() - 1] {
        // 16 KiB of a request and 8 KiB of an answer are kept, and 64 characters of a value in a sentence.
        let before = |limit: usize| "x".repeat(limit - kept);
        let answer = format!("{}{LONG} and more", before(8 * 1024));
        receiver.answer_with(move |_| Answer { body: answer.clone(), ..Answer::status(200) });
        let order = shop.order(&format!("order-{kept}"), 25_145).notify(receiver.url());
        let t_xid = shop.register(&order).t_xid();
        sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({}));
        sim.drain();
        let request = format!("{}{LONG} and more", before(16 * 1024));
        sim.http().send("POST", "/nicepay/direct/v2/checkMid", &[("content-type", "application/json")], request);
        let token = format!("{}{LONG} and more", before(64));
        shop.register(&shop.order(&format!("cut-{kept}"), 25_145).seamless(&token));
    }
    let text = shown(&sim);
    for length in 8..=LONG.len() {
        assert!(!text.contains(&format!("x{}", &LONG[..length])), "{length} characters are left");
    }
    assert!(text.contains("x***") && text.contains("x***\\\\u2026"), "masked, at the cut and before it: {text}");
}
