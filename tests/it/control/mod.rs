//! The control API, call by call: what it does, how it says no, and that one merchant never sees another's things.

mod at_once;
mod commands;
mod events;
mod evidence;
mod info;
mod merchants;
mod requests;
mod script;
mod send;
mod shoppers;
mod shown;

use nicepay_sim::testing::{Login, Reply, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const KEY: &str = "a-merchant-key-that-nobody-may-ever-see";
const CALLBACK: &str = "http://shop.test/thanks";
/// The token that the published samples pay with.
const PUBLISHED_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";

fn get(sim: &Simulator, call: &str) -> Value {
    let reply = sim.http().get(&format!("{API}{call}"));
    assert_eq!(reply.status, 200, "{call}: {}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/json"), "{call}");
    reply.json()
}

fn post(sim: &Simulator, call: &str, body: &Value) -> Reply {
    sim.http().post_json(&format!("{API}{call}"), body)
}

fn put(sim: &Simulator, call: &str, body: &Value) -> Reply {
    sim.http().put_json(&format!("{API}{call}"), body)
}

fn delete(sim: &Simulator, call: &str) -> Reply {
    sim.http().send("DELETE", &format!("{API}{call}"), &[], "")
}

/// Checks that an answer is a problem (RFC 9457), and hands it out.
#[track_caller]
fn problem(reply: &Reply, status: u16, slug: &str) -> Value {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.body);
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let problem = reply.json();
    assert_eq!(problem["type"], format!("urn:nicepay-sim:problem:{slug}"), "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    problem
}

fn buyer(sim: &Simulator, t_xid: &str, body: &Value) -> Reply {
    post(sim, &format!("/transactions/{t_xid}/buyer"), body)
}

fn partner(sim: &Simulator, t_xid: &str, act: &str) -> Reply {
    post(sim, &format!("/transactions/{t_xid}/partner"), &json!({ "do": act }))
}

fn transaction(sim: &Simulator, t_xid: &str) -> Value {
    get(sim, &format!("/transactions/{t_xid}"))
}

/// Registers an order of no interest, and answers with its tXid.
fn registered(shop: &Shop, reference_no: &str) -> String {
    shop.register(&shop.order(reference_no, 25_145)).t_xid()
}

/// The values of one field, in order.
fn pluck(list: &Value, field: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list.as_array().unwrap().iter().map(|entry| text(&entry[field])).collect()
}

/// What a list says of one field, without repetitions.
fn kinds(list: &Value, field: &str) -> Vec<String> {
    let mut kinds = pluck(list, field);
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Every call, with the verbs that it has.
const CALLS: &[(&str, &str)] = &[
    ("/info", "GET"),
    ("/reset", "POST"),
    ("/merchants", "GET"),
    ("/merchants/NOBODY", "GET, PUT, DELETE"),
    ("/transactions", "GET"),
    ("/transactions/none", "GET"),
    ("/transactions/none/diagram", "GET"),
    ("/transactions/none/buyer", "POST"),
    ("/transactions/none/partner", "POST"),
    ("/transactions/none/cancel", "POST"),
    ("/transactions/none/notify", "POST"),
    ("/bindings", "GET"),
    ("/bindings/none", "GET"),
    ("/bindings/none/diagram", "GET"),
    ("/bindings/none/buyer", "POST"),
    ("/notifications", "GET"),
    ("/notifications/1/resend", "POST"),
    ("/notifications/1/deliver", "POST"),
    ("/shoppers", "GET"),
    ("/shoppers/081291891818", "GET, PUT"),
    ("/tokens", "GET, POST"),
    ("/tokens/none", "DELETE"),
    ("/clock", "GET, POST"),
    ("/clock/advance", "POST"),
    ("/events", "GET"),
    ("/events/wait", "GET"),
    ("/events/stream", "GET"),
    ("/verify", "POST"),
];

/// Two merchants, each with one order paid with a new token, notified, and one wrong PIN.
fn two_merchants(sim: &Simulator) -> [(Shop, String); 2] {
    ["ALPHA00001", "BETA000001"].map(|i_mid| {
        let shop = sim.new_shop(i_mid, KEY);
        let order = shop.order("order", 25_145).tokenize("customer");
        let registered = shop.register(&order);
        let mut browser = sim.buyer();
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
        assert_eq!(buyer(sim, &registered.t_xid(), &json!({})).json()["stage"], "approved");
        (shop, registered.t_xid())
    })
}
