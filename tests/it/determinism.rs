//! The same seed, a clock that stands, the same calls one after another: the same bytes, also in another process.

use std::io::{Read, Write};
use std::net::TcpStream;

use nicepay_sim::testing::{Order, Shop, Simulator};
use serde_json::{Value, json};

use crate::common::process::{Folder, Program};

/// Nobody is there: a fixed address needs no fixed port of ours.
const NOBODY: &str = "http://127.0.0.1:9/notify";

/// A run: every call, and every answer.
struct Run<'s> {
    program: Program,
    shop: &'s Shop,
    answers: Vec<String>,
}

impl Run<'_> {
    fn call(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = self.ask(method, path, &body);
        // Whether a move of the clock lists what was sent just before it is a matter of luck; the log has it either way.
        if !path.ends_with("/advance") {
            self.answers.push(format!("{method} {path} {status} {answer}"));
        }
        serde_json::from_str(&answer).unwrap_or_default()
    }

    /// Status and body of an answer, as far as it came: stories break some. HTTP/1.0 has no chunks.
    fn ask(&self, method: &str, path: &str, body: &str) -> (String, String) {
        let head = format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json");
        let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(&self.program.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A connection that breaks is an answer, too.
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        (head.lines().next().unwrap_or("nothing").to_owned(), body.to_owned())
    }

    /// What is due at once is sent beside the calls: whoever wants the log in one order waits for it.
    fn drained(&mut self, t_xid: String) -> String {
        self.advance("PT0S");
        t_xid
    }

    fn api(&mut self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("/__sim/api/{path}"), body)
    }

    fn advance(&mut self, by: &str) {
        let moved = self.api("POST", "clock/advance", &json!({ "by": by }));
        assert!(moved["events"].is_array(), "{moved}");
    }

    fn register(&mut self, order: &Order) -> String {
        let body = self.shop.body(order);
        let answer = self.call("POST", "/nicepay/direct/v2/registration", &body);
        self.drained(answer["tXid"].as_str().unwrap_or_default().to_owned())
    }

    fn buyer(&mut self, of: &str, act: &Value) {
        self.api("POST", &format!("{of}/buyer"), act);
        self.advance("PT0S");
    }

    fn order(&self, story: &str, what: &str) -> Order {
        self.shop.order(&format!("{story}-{what}").chars().take(40).collect::<String>(), 25_145).notify(NOBODY)
    }

    /// One story: a payment without tokens, one that issues a token, one with it, a cancel, a binding.
    fn story(&mut self, story: &str) {
        self.api("PUT", "scenario", &json!({ "name": story }));
        let plain = self.register(&self.order(story, "plain"));
        self.buyer(&format!("transactions/{plain}"), &json!({}));
        self.advance("1m");
        let asked = json!({ "tXid": plain, "referenceNo": format!("{story}-plain"), "amt": "25145" });
        let body = self.shop.signed(&["timeStamp", "iMid", "referenceNo", "amt"], asked);
        self.call("POST", "/nicepay/direct/v2/inquiry", &body);
        // These take real time: the same once is enough.
        if story.starts_with("answer-") || story == "notification-slow" {
            return;
        }
        let tokenize = self.register(&self.order(story, "tokenize").tokenize("customer-7"));
        self.buyer(&format!("transactions/{tokenize}"), &json!({ "phone": "089900000001" }));
        self.advance("PT5M");
        let issued = self.api("GET", &format!("transactions/{tokenize}"), &Value::Null);
        let token = issued["userToken"].as_str().unwrap_or("e0478456-6b50-460c-85e0-627a1e22d2e0").to_owned();
        let seamless = self.register(&self.order(story, "seamless").seamless(&token));
        self.advance("1m");
        self.api("POST", &format!("transactions/{seamless}/cancel"), &json!({ "amt": 145 }));
        let mut binding = self.shop.binding(&format!("bind-{}", &story[..story.len().min(20)]), "081291891818");
        binding["dbProcessUrl"] = NOBODY.into();
        let body = self.shop.signed(&["iMid", "referenceNo", "billingPhone"], binding);
        self.call("POST", "/nicepay/v2/userAccountBinding", &body);
        let bindings = self.api("GET", "bindings?limit=1", &Value::Null);
        let id = bindings[0]["id"].to_string().replace('"', "");
        self.buyer(&format!("bindings/{id}"), &json!({}));
        self.register(&self.order(story, "left"));
        self.advance("1d");
    }
}

/// Tells every story once; answers with all answers, the event log as the last.
fn run(shop: &Shop, seed: &str) -> Vec<String> {
    let folder = Folder::new();
    // Nobody reads its log: one that filled the pipe would stop it.
    let quiet = ["--log-level", "error"];
    let usual = ["--seed", seed, "--clock", "manual", "--public-url", "http://sim.test"];
    let program = folder.serve(&[usual.as_slice(), &quiet].concat());
    let mut run = Run { program, shop, answers: Vec::new() };
    let scenario = run.api("GET", "scenario", &Value::Null);
    let stories: Vec<String> = serde_json::from_value(scenario["available"].clone()).unwrap();
    assert!(stories.len() > 15, "{stories:?}");
    run.api("POST", "rules", &json!({ "chance": 0.3, "then": { "outcome": "review" } }));
    run.api(
        "POST",
        "rules",
        &json!({ "chance": 0.3, "when": { "operation": "inquiry" }, "then": { "answer": { "status": 503 } } }),
    );
    for story in &stories {
        run.story(story);
    }
    let events = run.api("GET", "events?limit=10000", &Value::Null);
    let types: std::collections::BTreeSet<_> =
        events.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    assert!(types.len() > 20, "much has to happen for this to mean anything: {types:?}");
    run.answers
}

#[test]
fn the_same_calls_give_the_same_bytes_in_another_process() {
    // Only its signing is used.
    let sim = Simulator::start();
    let shop = sim.shop();
    let (once, again, other) = std::thread::scope(|scope| {
        let runs = ["1", "1", "2"].map(|seed| scope.spawn(|| run(&shop, seed)));
        let [once, again, other] = runs.map(|run| run.join().unwrap());
        (once, again, other)
    });
    assert_eq!(once.len(), again.len());
    for (one, other) in once.iter().zip(&again) {
        assert_eq!(one, other);
    }
    assert_ne!(once, other, "another seed, other tokens");
}
