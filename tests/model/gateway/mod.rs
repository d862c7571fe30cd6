//! The gateway a second time: one thread and plain maps, written from `docs/PROTOCOL.md`, not from `src/`.
//!
//! A request of the merchant or the browser is parsed and checked here, as the simulator does it. What the simulator draws
//! by chance (tXid, userToken, links) is taken from its answer; its form is checked, and that it is new.

mod binding;
mod cancel;
mod cart;
mod control;
mod faults;
pub(crate) mod fields;
mod inquiry;
mod notices;
mod outcome;
mod payment;
pub(crate) mod registration;
pub(crate) mod rules;
pub(crate) mod scenarios;
pub(crate) mod state;
mod user_token;
mod views;

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::gateway::fields::{Fields, Refusal, refusal};
use crate::gateway::rules::{Plan, Rule};
use crate::gateway::state::{Gateway, Key};
use crate::sha256;
use crate::time::wib;
use crate::wire::{Answer, Request};

/// What is known of an answer in advance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// Byte for byte.
    Text(String),
    Json(Value),
    /// Problem details of this kind.
    Problem(&'static str),
    /// A redirect.
    Location(String),
    /// A page whose form leads there, with these fields.
    Form(String, Vec<(String, String)>),
    /// A list of so many elements, under this name.
    Count(&'static str, usize),
    Anything,
}

/// What the model expects as an answer.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    pub(crate) body: Body,
    /// Whether it is a refusal of the gateway: those are explained by a header.
    pub(crate) refused: bool,
}

impl Expected {
    fn of(status: u16, body: Body) -> Self {
        Self { status, body, refused: false }
    }

    pub(crate) fn accepted(body: String) -> Self {
        Self::of(200, Body::Text(body))
    }

    pub(crate) fn refused(body: String) -> Self {
        Self { refused: true, ..Self::accepted(body) }
    }

    fn redirect(url: String) -> Self {
        Self::of(302, Body::Location(url))
    }

    fn form(url: &str, fields: Vec<(String, String)>) -> Self {
        Self::of(200, Body::Form(url.to_owned(), fields))
    }

    fn control(status: u16, body: Value) -> Self {
        Self::of(status, if body.is_null() { Body::Text(String::new()) } else { Body::Json(body) })
    }

    fn problem(status: u16, kind: &'static str) -> Self {
        Self::of(status, Body::Problem(kind))
    }

    fn status(status: u16) -> Self {
        Self::of(status, Body::Anything)
    }

    fn count(status: u16, name: &'static str, count: usize) -> Self {
        Self::of(status, Body::Count(name, count))
    }
}

/// A call of the control API.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Buyer {
        order: Key,
        act: &'static str,
        phone: Option<&'static str>,
        months: Option<u64>,
        reason: Option<&'static str>,
    },
    Partner {
        order: Key,
        act: &'static str,
    },
    CancelByHand {
        order: Key,
        amt: Option<u64>,
    },
    Notify {
        order: Key,
        plan: Plan,
    },
    Resend {
        notice: Key,
    },
    BindingBuyer {
        binding: Key,
        act: &'static str,
        phone: Option<&'static str>,
    },
    IssueToken {
        i_mid: String,
        client_user_key: String,
        phone: Option<&'static str>,
    },
    Revoke {
        token: Key,
    },
    Shopper {
        i_mid: String,
        phone: &'static str,
        owes: Option<u64>,
        state: Option<&'static str>,
    },
    AddRule(Box<Rule>),
    RemoveRule {
        which: usize,
    },
    Scenario {
        i_mid: Option<String>,
        name: &'static str,
    },
    Merchant {
        i_mid: String,
        partners: Vec<&'static str>,
        duplicate_check: bool,
    },
    Advance {
        seconds: i64,
    },
    Reset {
        i_mid: Option<String>,
    },
}

pub(crate) fn digits(text: &str, length: RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Gateway {
    /// A request to NICEPAY.
    pub(crate) fn handle(&mut self, request: &Request, answer: &Answer) -> Expected {
        let path = request.target.split('?').next().unwrap_or_default();
        self.handle_faulty(path.strip_prefix("/nicepay/").unwrap_or(path), request, answer)
    }

    fn handle_path(&mut self, path: &str, request: &Request, answer: &Answer) -> Expected {
        match path {
            "direct/v2/registration" => self.registration(request, answer, false),
            "redirect/v2/registration" => self.registration(request, answer, true),
            "direct/v2/payment" => self.payment(request, answer),
            "direct/v2/inquiry" => self.inquiry(request),
            "direct/v2/cancel" => self.cancel(request),
            "direct/v2/confirmAkulaku" => self.confirm(request),
            "direct/v2/checkMid" => self.check_mid(request),
            "direct/v2/remove-token" => self.remove_token(request),
            "direct/v2/user-details" => self.user_details(request),
            "v2/userAccountBinding" => self.bind(request, answer),
            other => panic!("the model does not know {other}"),
        }
    }

    /// The fields of a JSON body.
    fn readable(&self, request: &Request) -> Result<Fields, Refusal> {
        if self.settings.strict && !request.content_type.to_ascii_lowercase().contains("json") {
            return Err(refusal("9001"));
        }
        Fields::of_json(&request.body)
    }

    /// A known iMid, and the merchantToken over these values.
    fn authenticate(&self, fields: &Fields, recipe: &[&str]) -> Result<(), Refusal> {
        self.authenticate_with(fields, recipe, "")
    }

    fn authenticate_with(&self, fields: &Fields, recipe: &[&str], words: &str) -> Result<(), Refusal> {
        let i_mid = fields.text("iMid");
        if !self.merchants.contains_key(&i_mid) {
            return Err(refusal("9011"));
        }
        let values: String = recipe.iter().map(|name| fields.hashed(name)).collect();
        let right = self.token_is(&i_mid, &fields.text("merchantToken"), &format!("{values}{words}"));
        if right { Ok(()) } else { Err(refusal("9010")) }
    }

    /// Lenient takes a second recipe, too.
    fn authenticate_any(&self, fields: &Fields, recipe: &[&str], also: &[&str]) -> Result<(), Refusal> {
        let usual = self.authenticate(fields, recipe);
        if usual.is_ok() || self.settings.strict { usual } else { self.authenticate(fields, also) }
    }

    fn token_is(&self, i_mid: &str, sent: &str, values: &str) -> bool {
        let key = &self.merchants[i_mid].key;
        sent.to_ascii_lowercase() == sha256::hex(&format!("{values}{key}"))
    }

    fn check_time_stamp(&self, fields: &Fields) -> Result<(), Refusal> {
        let text = fields.text("timeStamp");
        let bad = text.is_empty() || (self.settings.strict && !digits(&text, 14..=14));
        match text.chars().count() {
            _ if bad => Err(refusal("9031")),
            4_001.. => Err(refusal("8003")),
            _ => Ok(()),
        }
    }

    /// Something that the simulator drew: never twice.
    fn draw(&mut self, text: &str) -> String {
        if !self.drawn.insert(text.to_owned()) {
            self.complaints.push(format!("{text} was drawn twice"));
        }
        text.to_owned()
    }

    /// §3.1: iMid, method, 14 digits of the clock in WIB, 4 digits. Where the answer was lost, the list shows it.
    fn learn_t_xid(&mut self, key: Key, text: &Value) {
        let order = &self.orders[&key];
        let begin = format!("{}{}{}", order.i_mid, order.pay_method, wib(order.created_at));
        let text = text.as_str().unwrap_or("?").to_owned();
        let tail = text.strip_prefix(&begin).unwrap_or_default();
        if !digits(tail, 4..=4) {
            self.complaints.push(format!("the tXid {text} is not {begin} and four digits"));
        }
        let text = self.draw(&text);
        self.orders.get_mut(&key).unwrap().t_xid = text;
    }

    /// An absolute URL with a secret.
    fn link(&mut self, text: &str, prefix: &str) -> String {
        let begin = format!("{}{prefix}", self.base);
        let secret = text.strip_prefix(&begin).unwrap_or_default();
        if secret.len() < 16 || !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.complaints.push(format!("the link {text} is not {begin} and a secret"));
        }
        text.to_owned()
    }

    fn draw_link(&mut self, text: &str, prefix: &str) -> String {
        let link = self.link(text, prefix);
        self.draw(&link)
    }

    /// The text of a token, when it is seen for the first time.
    fn learn_token(&mut self, key: Option<Key>, text: &Value) {
        let Some(key) = key.filter(|key| self.tokens[key].text.is_empty()) else { return };
        let text = text.as_str().unwrap_or("?").to_owned();
        let form: Vec<usize> = text.split('-').map(str::len).collect();
        if form != [8, 4, 4, 4, 12] {
            self.complaints.push(format!("the userToken {text} is no UUID"));
        }
        let text = self.draw(&text);
        self.tokens.get_mut(&key).unwrap().text = text;
    }
}
