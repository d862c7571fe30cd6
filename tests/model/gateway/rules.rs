//! Rules: how they are written, and which applies (`docs/concepts/what-decides.md`, `docs/guides/scenarios.md`).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::gateway::scenarios::Scenario;
use crate::gateway::state::{Asks, Gateway, Outcome, Owner};
use crate::time::SECOND;

/// The conditions. What is not given always holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct When {
    pub(crate) reference_no: Option<String>,
    pub(crate) amt: Option<(u64, u64)>,
    pub(crate) partner: Option<&'static str>,
    pub(crate) modes: Option<Vec<&'static str>>,
    pub(crate) phone: Option<&'static str>,
    pub(crate) operation: Option<&'static str>,
}

/// How notifications are sent in place of the usual one.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) variant: &'static str,
    pub(crate) of: Vec<&'static str>,
    pub(crate) after: Option<i64>,
    pub(crate) times: Option<u64>,
    pub(crate) every: Option<i64>,
}

/// How an answer goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Code(&'static str),
    Status(u16),
    Reset,
    Empty,
}

/// The effects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Then {
    pub(crate) outcome: Option<Outcome>,
    pub(crate) notification: Option<i64>,
    pub(crate) seamless: Option<i64>,
    pub(crate) expires: Option<i64>,
    pub(crate) asks: Option<Asks>,
    pub(crate) token: Option<&'static str>,
    pub(crate) customer: Option<(bool, i64)>,
    pub(crate) refund: Option<(u64, i64)>,
    pub(crate) notify: Option<Vec<Plan>>,
    pub(crate) answer: Option<Fault>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) i_mid: Option<String>,
    pub(crate) times: Option<u64>,
    pub(crate) when: When,
    pub(crate) then: Then,
    /// The orders and bindings, or calls, to which it has been applied; with the merchant, for a scenario's rule.
    pub(crate) users: RefCell<BTreeSet<(String, Owner)>>,
}

/// A duration as a rule writes it.
fn text(duration: i64) -> String {
    format!("{}s", duration / SECOND)
}

impl Rule {
    /// The body of `POST /rules`.
    pub(crate) fn json(&self) -> Value {
        let mut when = Map::new();
        let mut condition = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                when.insert(name.to_owned(), value);
            }
        };
        condition("iMid", self.i_mid.clone().map(Value::from));
        condition("referenceNo", self.when.reference_no.clone().map(Value::from));
        condition("amt", self.when.amt.map(|(from, to)| json!({ "from": from, "to": to })));
        condition("mitraCd", self.when.partner.map(Value::from));
        condition("modes", self.when.modes.clone().map(Value::from));
        condition("phone", self.when.phone.map(Value::from));
        condition("operation", self.when.operation.map(Value::from));
        let mut rule = Map::new();
        if let Some(times) = self.times {
            rule.insert("times".to_owned(), times.into());
        }
        if !when.is_empty() {
            rule.insert("when".to_owned(), when.into());
        }
        rule.insert("then".to_owned(), self.then.json());
        Value::Object(rule)
    }

    /// Whether it applies, as far as its counter is concerned.
    fn has_room(&self, merchant: &str, owner: Owner) -> bool {
        let users = self.users.borrow();
        let own = users.iter().filter(|(known, _)| known == merchant || !self.is_of_scenario()).count() as u64;
        self.times.is_none_or(|times| own < times) || users.contains(&(merchant.to_owned(), owner))
    }

    pub(crate) fn is_of_scenario(&self) -> bool {
        self.id.contains('/')
    }

    pub(crate) fn left(&self) -> Option<u64> {
        self.times.map(|times| times.saturating_sub(self.users.borrow().len() as u64))
    }
}

/// What a rule orders for a payment: one effect, however many words it has.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) outcome: Option<Outcome>,
    pub(crate) asks: Option<Asks>,
    pub(crate) token: Option<&'static str>,
}

/// The delays that a rule orders.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    pub(crate) notification: Option<i64>,
    pub(crate) seamless: Option<i64>,
    pub(crate) expires: Option<i64>,
}

impl Then {
    pub(crate) fn payment(&self) -> Option<Payment> {
        let Self { outcome, asks, token, .. } = *self;
        (outcome.is_some() || asks.is_some() || token.is_some()).then_some(Payment { outcome, asks, token })
    }

    /// The delays: one effect, too.
    pub(crate) fn pace(&self) -> Option<Pace> {
        let Self { notification, seamless, expires, .. } = *self;
        let paced = notification.is_some() || seamless.is_some() || expires.is_some();
        paced.then_some(Pace { notification, seamless, expires })
    }

    fn json(&self) -> Value {
        let mut then = Map::new();
        let mut put = |name: &str, value: Value| then.insert(name.to_owned(), value);
        match self.outcome {
            None => {}
            Some(Outcome::Approve) => drop(put("outcome", "approve".into())),
            Some(Outcome::Abandon) => drop(put("outcome", "abandon".into())),
            Some(Outcome::Reject(reason)) => {
                put("outcome", "reject".into());
                put("reason", reason.into());
            }
            Some(Outcome::Review(ends)) => {
                put("outcome", "review".into());
                if let Some((after, approve)) = ends {
                    let verdict = if approve { "approve" } else { "reject" };
                    put("review", json!({ "after": text(after), "verdict": verdict }));
                }
            }
        }
        let mut pace = Map::new();
        for (name, value) in
            [("notification", self.notification), ("seamless", self.seamless), ("expires", self.expires)]
        {
            if let Some(value) = value {
                pace.insert(name.to_owned(), text(value).into());
            }
        }
        if !pace.is_empty() {
            put("pace", pace.into());
        }
        if let Some(asks) = self.asks {
            put("asks", format!("{asks:?}").to_lowercase().into());
        }
        if let Some(token) = self.token {
            put("token", token.into());
        }
        if let Some((pays, after)) = self.customer {
            put("customer", json!({ "do": if pays { "pay" } else { "abandon" }, "after": text(after) }));
        }
        if let Some((percent, after)) = self.refund {
            put("refund", json!({ "percent": percent, "after": text(after) }));
        }
        if let Some(plans) = &self.notify {
            put("notify", plans.iter().map(Plan::json).collect());
        }
        match &self.answer {
            None => {}
            Some(Fault::Code(code)) => drop(put("answer", json!({ "code": code }))),
            Some(Fault::Status(status)) => drop(put("answer", json!({ "status": status }))),
            Some(Fault::Reset) => drop(put("answer", "reset".into())),
            Some(Fault::Empty) => drop(put("answer", "empty".into())),
        }
        Value::Object(then)
    }
}

impl Plan {
    pub(crate) fn json(&self) -> Value {
        let mut plan = json!({ "variant": self.variant });
        if !self.of.is_empty() {
            plan["of"] = self.of.clone().into();
        }
        if let Some(after) = self.after {
            plan["after"] = text(after).into();
        }
        if let Some(times) = self.times {
            plan["times"] = times.into();
        }
        if let Some(every) = self.every {
            plan["every"] = text(every).into();
        }
        plan
    }
}

/// What is known of a payment, a binding or a call.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) i_mid: String,
    pub(crate) reference_no: String,
    pub(crate) amt: Option<u64>,
    pub(crate) partner: Option<String>,
    pub(crate) mode: &'static str,
    pub(crate) phone: Option<String>,
    /// The endpoint, for a call.
    pub(crate) operation: Option<&'static str>,
}

impl When {
    fn holds(&self, facts: &Facts) -> bool {
        // Bindings are asked only by rules that name them.
        let mode = match &self.modes {
            Some(modes) => modes.contains(&facts.mode),
            None => facts.mode != "binding",
        };
        mode && self.operation == facts.operation
            && self.reference_no.as_ref().is_none_or(|no| *no == facts.reference_no)
            && self.amt.is_none_or(|(from, to)| facts.amt.is_some_and(|amt| from <= amt && amt <= to))
            && self.partner.is_none_or(|partner| facts.partner.as_deref() == Some(partner))
            && self.phone.is_none_or(|phone| facts.phone.as_deref() == Some(phone))
    }
}

impl Gateway {
    pub(crate) fn scenario_of(&self, i_mid: &str) -> Rc<Scenario> {
        self.own_scenarios.get(i_mid).unwrap_or(&self.scenario).clone()
    }

    /// The rules for payments in their order: with `times`, other added ones, those of the scenario.
    fn candidates(&self, i_mid: &str) -> Vec<Rc<Rule>> {
        let (counted, others): (Vec<_>, Vec<_>) = self.rules.iter().cloned().partition(|rule| rule.times.is_some());
        let scenario = self.scenario_of(i_mid);
        counted.into_iter().chain(others).chain(scenario.rules.iter().cloned()).collect()
    }

    /// The first rule that has an effect and applies.
    pub(crate) fn find_rule<T>(
        &self,
        facts: &Facts,
        owner: Owner,
        effect: impl Fn(&Then) -> Option<T>,
    ) -> Option<(Rc<Rule>, T)> {
        self.candidates(&facts.i_mid).into_iter().find_map(|rule| {
            let found = effect(&rule.then)?;
            let mine = rule.i_mid.as_ref().is_none_or(|i_mid| *i_mid == facts.i_mid);
            (mine && rule.when.holds(facts) && rule.has_room(&facts.i_mid, owner)).then_some((rule, found))
        })
    }

    /// The same; it is then used by this payment.
    pub(crate) fn rule_for<T>(
        &self,
        facts: &Facts,
        owner: Owner,
        effect: impl Fn(&Then) -> Option<T>,
    ) -> Option<(Rc<Rule>, T)> {
        let found = self.find_rule(facts, owner, effect);
        if let Some((rule, _)) = &found {
            rule.users.borrow_mut().insert((facts.i_mid.clone(), owner));
        }
        found
    }
}
