//! A user token without a purchase: `docs/PROTOCOL.md` §1.5, §2.9 and §2.3.1, from the request to the notification.

mod control_api;
mod fields;
mod pages;
mod refusals;
mod settings;
mod tokens;
mod whole_way;

use std::ops::{Deref, DerefMut};

use nicepay_sim::testing::{Receiver, Reply, Shop, Simulator};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::visit::Visit;

const API: &str = "/__sim/api";
const BINDING: &str = "/nicepay/v2/userAccountBinding";
const WAY_BACK: &str = "http://shop.test/linked?customer=7";
const PHONE: &str = "+62-81291891818";
const KEYS: [&str; 9] = [
    "resultCd",
    "resultMsg",
    "referenceNo",
    "payMethod",
    "mitraCd",
    "clientUserKey",
    "redirectUrl",
    "requestURL",
    "redirectUrlHttp",
];

/// One binding, and the browser that walks it.
struct Walk<'a> {
    sim: &'a Simulator,
    answer: Reply,
    visit: Visit,
}

impl<'a> Walk<'a> {
    fn begin(sim: &'a Simulator, binding: Value) -> Self {
        Self::of(sim, &sim.shop(), binding)
    }

    fn of(sim: &'a Simulator, shop: &Shop, binding: Value) -> Self {
        let answer = shop.bind(binding);
        assert_eq!(answer.result_cd(), "0000", "{} {:?}", answer.body, answer.header("x-sim-diagnosis"));
        let mut buyer = sim.buyer();
        let tk = buyer.arrive(answer.json()["redirectUrl"].as_str().unwrap());
        Self { sim, answer, visit: Visit { buyer, tk } }
    }

    fn in_english(mut self) -> Self {
        self.visit.in_english();
        self
    }

    /// Signs in and enters the OTP.
    fn link(mut self, phone: &str, pin: &str) -> Self {
        let signed_in = self.sign_in(phone, pin);
        self.leads_to(&signed_in, "otp");
        let passed = self.otp("4567");
        self.leads_to(&passed, "result");
        self
    }

    /// The merchant's link out of the lender's last page.
    fn back(&mut self) -> Reply {
        let url = format!("{BINDING}/return?tk={}", self.tk);
        self.buyer.get(&url)
    }

    /// As the control API has it.
    fn shown(&self) -> Value {
        let all = self.sim.http().get(&format!("{API}/bindings")).json();
        let own = all.as_array().unwrap().iter().find(|one| one["partnerUrl"].as_str() == Some(&self.url("signin")));
        own.unwrap().clone()
    }

    fn state(&self) -> String {
        self.shown()["state"].as_str().unwrap().to_owned()
    }

    fn token(&self) -> String {
        self.shown()["userToken"].as_str().expect("a token").to_owned()
    }
}

impl Deref for Walk<'_> {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl DerefMut for Walk<'_> {
    fn deref_mut(&mut self) -> &mut Visit {
        &mut self.visit
    }
}

#[track_caller]
fn attr(reply: &Reply, id: &str, name: &str) -> String {
    let page = Html::parse_document(&reply.body);
    let found = page.select(&Selector::parse(&format!("[data-testid={id}]")).unwrap()).next();
    let found = found.unwrap_or_else(|| panic!("no {id} on {} {}", reply.status, reply.body));
    found.attr(name).unwrap_or_default().to_owned()
}

#[track_caller]
fn text(reply: &Reply, id: &str) -> String {
    let page = Html::parse_document(&reply.body);
    let found = page.select(&Selector::parse(&format!("[data-testid={id}]")).unwrap()).next();
    let found = found.unwrap_or_else(|| panic!("no {id} on {} {}", reply.status, reply.body));
    found.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// What an event says beside its frame.
fn said(event: &Value) -> Value {
    let mut event = event.clone();
    for frame in ["id", "at", "iMid", "referenceNo", "type"] {
        event.as_object_mut().unwrap().remove(frame);
    }
    event
}

fn to(receiver: &Receiver, reference_no: &str, shop: &Shop) -> Value {
    let mut binding = shop.binding(reference_no, PHONE);
    binding["dbProcessUrl"] = receiver.url().into();
    binding["callBackUrl"] = WAY_BACK.into();
    binding["clientUserKey"] = "customer-7".into();
    binding
}

fn with(mut value: Value, name: &str, to: impl Into<Value>) -> Value {
    value[name] = to.into();
    value
}

/// Nothing came of it: no token, and nobody was told, whatever time passes.
fn nothing_came(sim: &Simulator, receiver: &Receiver, what: &str) {
    sim.advance("48h");
    assert!(receiver.received().is_empty(), "{what}");
    assert!(sim.events("token.issued").is_empty() && sim.events("binding.completed").is_empty(), "{what}");
    assert!(sim.events("notification.scheduled").is_empty(), "{what}");
    let tokens = sim.http().get(&format!("{API}/tokens")).json();
    assert_eq!(tokens.as_array().unwrap().len(), 1, "{what}: the built-in one");
}

/// A refusal with every key, nothing but code and text filled, a line in the log, and nothing stored.
#[track_caller]
fn refused(sim: &Simulator, what: &str, answer: &Reply, code: &str, slug: &str) {
    let why = answer.header("x-sim-diagnosis");
    assert_eq!((answer.status, answer.result_cd().as_str(), answer.diagnosis()), (200, code, slug), "{what}: {why:?}");
    let body = answer.json();
    assert_eq!(keys(&body), KEYS, "{what}");
    assert!(body["resultMsg"].is_string(), "{what}");
    assert!(body.as_object().unwrap().iter().skip(2).all(|(_, value)| value.is_null()), "{what}: {body}");
    assert!(why.is_some_and(|why| why.is_ascii() && why.len() <= 1_024), "{what}: {why:?}");
    let log = sim.events("transaction.refused");
    let last = log.last().unwrap_or_else(|| panic!("{what}: nothing in the log"));
    assert_eq!(
        (last["endpoint"].as_str(), last["resultCd"].as_str(), last["diagnosis"].as_str()),
        (Some("userAccountBinding"), Some(code), why),
        "{what}"
    );
    assert!(sim.events("binding.registered").is_empty(), "{what}: stored");
    assert_eq!(sim.http().get(&format!("{API}/bindings")).json(), json!([]), "{what}");
}

fn both() -> [(&'static str, Simulator); 2] {
    ["lenient", "strict"].map(|profile| (profile, Simulator::builder().profile(profile).start()))
}

/// A whole request, signed over what it says; what is missing signs as nothing.
fn signed(shop: &Shop, mut body: Value) -> Value {
    let text = |name: &str| match &body[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let token = shop.sign(&[&text("iMid"), &text("referenceNo"), &text("billingPhone")]);
    body["merchantToken"] = token.into();
    body
}

fn full(shop: &Shop) -> Value {
    let binding = with(shop.binding("bind-1", PHONE), "clientUserKey", "customer-7");
    let binding = with(with(binding, "callBackUrl", WAY_BACK), "userIP", "127.0.0.1");
    with(with(binding, "iMid", "PAYLOANTES"), "timeStamp", "20260101120000")
}
