//! The built-in scenarios that the model knows (`docs/reference/scenarios.md`).

use std::cell::RefCell;
use std::rc::Rc;

use crate::gateway::rules::{Plan, Rule, Then, When};
use crate::gateway::state::{Asks, Outcome};
use crate::time::{DAY, HOUR, MINUTE, SECOND};

pub(crate) const NAMES: [&str; 31] = [
    "approve",
    "instant",
    "reject",
    "reject-limit",
    "reject-inactive",
    "review-forever",
    "review-then-approve",
    "review-then-reject",
    "fails-then-works",
    "customer-abandons",
    "link-expires",
    "binding-rejected",
    "cancel-too-early",
    "cancel-voids",
    "partial-refund",
    "seamless-unknown-token",
    "seamless-removed-token",
    "token-revoked",
    "seamless-other-customer",
    "seamless-limit",
    "seamless-needs-otp",
    "seamless-falls-back-to-login",
    "notification-retries",
    "notification-duplicate",
    "notification-lost",
    "notification-late",
    "notification-changed-status",
    "notification-changed-amount",
    "notification-wrong-token",
    "notification-unknown-txid",
    "notification-reversal",
];

/// A scenario.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) notification: i64,
    pub(crate) seamless: i64,
    pub(crate) by_hand: bool,
    pub(crate) busy: Option<i64>,
    pub(crate) void_window: i64,
    pub(crate) unusable_logs_in: bool,
    /// The waits after a failed attempt depend on the answer.
    pub(crate) retries_by_answer: bool,
    pub(crate) rules: Vec<Rc<Rule>>,
}

fn rule(id: String, times: Option<u64>, when: When, then: Then) -> Rc<Rule> {
    Rc::new(Rule { id, i_mid: None, times, when, then, users: RefCell::default() })
}

fn notify(variant: &'static str) -> Plan {
    Plan { variant, of: Vec::new(), after: None, times: None, every: None }
}

/// The effects of the only rule of a scenario, and the modes that it is for.
fn effects(name: &str) -> (Option<Vec<&'static str>>, Then) {
    let no = Then::default;
    let outcome = |outcome| Then { outcome: Some(outcome), ..no() };
    let review = |approve| outcome(Outcome::Review(Some((30 * SECOND, approve))));
    let token = |token| (Some(vec!["seamless"]), Then { token: Some(token), ..no() });
    let asks = |asks| (Some(vec!["seamless"]), Then { asks: Some(asks), ..no() });
    let first = |variant| {
        let plain = Plan { after: Some(10 * SECOND), ..notify("plain") };
        (None, Then { notify: Some(vec![notify(variant), plain]), ..no() })
    };
    match name {
        "reject" | "fails-then-works" => (None, outcome(Outcome::Reject("risk"))),
        "reject-limit" => (None, outcome(Outcome::Reject("limit"))),
        "reject-inactive" => (None, outcome(Outcome::Reject("inactive"))),
        "review-forever" => (None, outcome(Outcome::Review(None))),
        "review-then-approve" => (None, review(true)),
        "review-then-reject" => (None, review(false)),
        "customer-abandons" => (Some(vec!["normal", "tokenize"]), outcome(Outcome::Abandon)),
        "link-expires" => (None, Then { expires: Some(5 * MINUTE), ..no() }),
        "binding-rejected" => (Some(vec!["binding"]), outcome(Outcome::Reject("risk"))),
        "partial-refund" => (None, Then { refund: Some((40, HOUR)), ..no() }),
        "seamless-unknown-token" => token("unknown"),
        "seamless-removed-token" => token("removed"),
        "token-revoked" => token("revoked"),
        "seamless-other-customer" => token("other-customer"),
        "seamless-limit" => (Some(vec!["seamless"]), outcome(Outcome::Reject("limit"))),
        "seamless-needs-otp" => asks(Asks::Otp),
        "seamless-falls-back-to-login" => asks(Asks::Login),
        "notification-duplicate" => {
            (None, Then { notify: Some(vec![Plan { times: Some(2), ..notify("duplicate") }]), ..no() })
        }
        "notification-lost" => (None, Then { notify: Some(vec![notify("lost")]), ..no() }),
        "notification-late" => {
            (None, Then { notify: Some(vec![Plan { after: Some(10 * MINUTE), ..notify("late") }]), ..no() })
        }
        "notification-changed-status" => first("changed-status"),
        "notification-changed-amount" => first("changed-amount"),
        "notification-wrong-token" => first("wrong-token"),
        "notification-unknown-txid" => first("unknown-txid"),
        "notification-reversal" => {
            let later = Plan { of: vec!["approve"], after: Some(MINUTE), ..notify("reversal") };
            (None, Then { notify: Some(vec![notify("plain"), later]), ..no() })
        }
        other => panic!("the model does not know the scenario {other}"),
    }
}

impl Scenario {
    pub(crate) fn named(name: &'static str) -> Self {
        let plain = Self {
            name,
            notification: 2 * SECOND,
            seamless: SECOND,
            by_hand: false,
            busy: None,
            void_window: 0,
            unusable_logs_in: name == "seamless-falls-back-to-login",
            retries_by_answer: name == "notification-retries",
            rules: Vec::new(),
        };
        match name {
            "approve" | "notification-retries" => plain,
            "instant" => Self { notification: 0, seamless: 0, by_hand: true, ..plain },
            "cancel-too-early" => Self { busy: Some(9 * MINUTE), ..plain },
            "cancel-voids" => Self { void_window: DAY, ..plain },
            _ => {
                let id = match name {
                    "fails-then-works" => "first",
                    "customer-abandons" => "everybody",
                    name => name.strip_prefix("notification-").unwrap_or("everything"),
                };
                let times = (name == "fails-then-works").then_some(1);
                let (modes, then) = effects(name);
                let when = When { modes, ..When::default() };
                Self { rules: vec![rule(format!("{name}/{id}"), times, when, then)], ..plain }
            }
        }
    }

    /// The waits after a failed attempt: after the first, after the second, … (§2.3).
    pub(crate) fn waits(&self, status: Option<u16>, usual: Vec<i64>) -> Vec<i64> {
        match status {
            Some(404) if self.retries_by_answer => Vec::new(),
            None | Some(500..) if self.retries_by_answer => vec![10 * SECOND, MINUTE, HOUR],
            _ => usual,
        }
    }
}
