//! Notifications as they are not usually sent: every variant of a rule and by hand, read as raw bytes by a merchant who
//! checks them; and when they are sent again.

mod by_hand;
mod forms;
mod manners;
mod now;
mod races;
mod times;

use std::sync::mpsc;

use nicepay_sim::testing::{Answer, Order, Received, Receiver, Reply, Shop, Simulator};
use serde_json::{Value, json};

use crate::common::process::Folder;

const API: &str = "/__sim/api";
const CALLBACK: &str = "http://shop.test/thanks";

/// A simulator with one rule for all payments.
fn ordered(notify: &str) -> Simulator {
    told(&format!("[[rule]]\nid = 'x'\n[rule.then]\nnotify = {notify}\n"), "")
}

/// A simulator with the rest of a story, and settings.
fn told(story: &str, settings: &str) -> Simulator {
    let folder = Folder::new();
    let path = folder.write("mine.toml", &format!("title = 't'\n{story}"));
    Simulator::builder().scenario(&path).settings(settings).start()
}

fn register(shop: &Shop, receiver: &Receiver) -> (Order, Reply) {
    let order = shop.order("order-1", 25_145).tokenize("customer-7").notify(receiver.url());
    let registered = shop.register(&order);
    (order, registered)
}

fn act(sim: &Simulator, registered: &Reply, who: &str, act: &str) {
    let call = format!("{API}/transactions/{}/{who}", registered.t_xid());
    let reply = sim.http().post_json(&call, &json!({ "do": act }));
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// Registers an order and has it paid.
fn paid(sim: &Simulator, receiver: &Receiver) -> Reply {
    let (_, registered) = register(&sim.shop(), receiver);
    act(sim, &registered, "buyer", "pay");
    registered
}

fn by_hand(sim: &Simulator, t_xid: &str, how: &Value) -> Reply {
    sim.http().post_json(&format!("{API}/transactions/{t_xid}/notify"), how)
}

/// Sends one by hand, and answers with what arrived.
fn arrives(sim: &Simulator, receiver: &Receiver, registered: &Reply, how: &Value) -> Received {
    let before = receiver.received().len();
    assert_eq!(sim.notify(&registered.t_xid(), how).len(), 1);
    sim.drain();
    let received = receiver.received();
    assert_eq!(received.len(), before + 1, "{how}");
    received[before].clone()
}

fn notices(sim: &Simulator) -> Vec<Value> {
    sim.http().get(&format!("{API}/notifications")).json().as_array().unwrap().clone()
}

fn pluck(list: &[Value], field: &str) -> Vec<Value> {
    list.iter().map(|entry| entry[field].clone()).collect()
}

fn statuses(receiver: &Receiver) -> Vec<String> {
    receiver.received().iter().map(|one| one.field("status").to_owned()).collect()
}

/// Whether a merchant who checks the token takes a notification for NICEPAY's.
fn verifies(shop: &Shop, told: &Received) -> bool {
    told.field("merchantToken") == shop.sign(&[shop.i_mid(), told.field("tXid"), told.field("amt")])
}

#[track_caller]
fn problem(reply: &Reply, status: u16, slug: &str, says: &str) {
    let problem = reply.json();
    assert_eq!((reply.status, &problem["type"]), (status, &json!(format!("urn:nicepay-sim:problem:{slug}"))));
    assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
}

/// A receiver that says when something has arrived, and answers when it is told to.
fn held_receiver(sim: &Simulator) -> (Receiver, mpsc::Receiver<Received>, mpsc::Sender<()>) {
    let receiver = sim.receiver();
    let (arrived, arrival) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    receiver.answer_with(move |told| {
        arrived.send(told.clone()).unwrap();
        let _ = wait.recv();
        Answer::status(200)
    });
    (receiver, arrival, go)
}
