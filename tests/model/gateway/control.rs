//! The calls of the control API that change something (`docs/reference/control-api.md`).

use std::rc::Rc;

use serde_json::{Value, json};

use crate::gateway::outcome::No;
use crate::gateway::rules::{Plan, Rule};
use crate::gateway::scenarios::Scenario;
use crate::gateway::state::{Gateway, Key, Merchant, Outcome, Owner, Stage, catalog};
use crate::gateway::{Call, Expected};
use crate::time::{SECOND, rfc3339};
use crate::wire::Answer;

impl Gateway {
    /// What a call does, and what it answers.
    pub(crate) fn control(&mut self, call: &Call, answer: &Answer) -> Expected {
        match call {
            Call::Buyer { order, act, phone, months, reason } => self.buyer(*order, act, *phone, *months, *reason),
            Call::Partner { order, act } => self.partner(*order, act),
            Call::CancelByHand { order, amt } => self.cancel_by_hand(*order, *amt),
            Call::Notify { order, plan } => self.notify_now(*order, plan),
            Call::Resend { notice } => self.resend(*notice),
            Call::BindingBuyer { binding, act, phone } => self.binding_buyer(*binding, act, *phone, answer),
            Call::IssueToken { i_mid, client_user_key, phone } => {
                self.issue_by_hand(i_mid, client_user_key, *phone, answer)
            }
            Call::Revoke { token } => {
                let token = self.tokens.get_mut(token).unwrap();
                token.active = false;
                Expected::control(204, Value::Null)
            }
            Call::Shopper { i_mid, phone, owes, state } => {
                self.change_account(i_mid, phone, |account| {
                    account.owes = owes.unwrap_or(account.owes);
                    account.state = state.unwrap_or(account.state);
                });
                Expected::status(200)
            }
            Call::AddRule(rule) => self.add_rule(rule, answer),
            Call::RemoveRule { which } => {
                self.rules.remove(*which);
                Expected::control(204, Value::Null)
            }
            Call::Scenario { i_mid, name } => {
                let scenario = Rc::new(Scenario::named(name));
                match i_mid {
                    Some(i_mid) => drop(self.own_scenarios.insert(i_mid.clone(), scenario)),
                    None => self.scenario = scenario,
                }
                Expected::status(200)
            }
            Call::Merchant { i_mid, partners, duplicate_check } => {
                let merchant: &mut Merchant = self.merchants.get_mut(i_mid).unwrap();
                merchant.partners = partners.iter().map(|partner| (*partner).to_owned()).collect();
                merchant.duplicate_check = *duplicate_check;
                Expected::control(
                    200,
                    json!({ "iMid": i_mid, "partners": partners, "duplicateCheck": duplicate_check }),
                )
            }
            Call::Advance { seconds } => {
                self.advance(seconds * SECOND);
                Expected::status(200)
            }
            Call::Reset { i_mid } => {
                self.reset(i_mid.as_deref());
                Expected::control(204, Value::Null)
            }
        }
    }

    fn buyer(
        &mut self,
        key: Key,
        act: &str,
        phone: Option<&str>,
        months: Option<u64>,
        reason: Option<&'static str>,
    ) -> Expected {
        let done = if act == "pay" {
            self.pay(key, phone, months)
        } else {
            let outcome = match act {
                "approve" => Outcome::Approve,
                "review" => Outcome::Review(None),
                "reject" => Outcome::Reject(reason.unwrap_or("ordered")),
                _ => Outcome::Abandon,
            };
            self.force(key, outcome, phone, months).map(|()| None)
        };
        match done {
            Err(No::Stage) => Expected::problem(409, "stage"),
            Err(No::BadValue) => Expected::problem(422, "bad-value"),
            Ok(refused) => {
                let order = &self.orders[&key];
                let (url, fields) = self.callback(key);
                let mut body = json!({ "stage": order.stage.name(), "callbackUrl": url, "rule": order.rule });
                if let Some(fields) = fields {
                    body["callbackFields"] = fields;
                }
                let declined = match order.stage {
                    Stage::Declined { reason, .. } => Some(reason),
                    _ => None,
                };
                if let Some(reason) = refused.or(declined) {
                    body["reason"] = reason.into();
                }
                Expected::control(200, body)
            }
        }
    }

    /// An outcome whatever limits, rules and the shopper say. A token that has ended does not pay all the same.
    fn force(&mut self, key: Key, outcome: Outcome, phone: Option<&str>, months: Option<u64>) -> Result<(), No> {
        let order = self.orders[&key].clone();
        let reviewed = matches!(order.stage, Stage::UnderReview { .. });
        let ends_review = reviewed && matches!(outcome, Outcome::Approve | Outcome::Reject(_));
        if !order.stage.is_open() && !ends_review {
            return Err(No::Stage);
        }
        if reviewed {
            // Who pays, and in how many months, is known already.
            let (phone, months) = (order.phone.clone().unwrap(), order.chosen.unwrap());
            if self.token_has_ended(key) && matches!(outcome, Outcome::Approve) {
                self.decline(key, "inactive", "partner/account");
            } else {
                self.end_as(key, outcome, &phone, months, "control/buyer");
            }
            return Ok(());
        }
        let account = self.payer(key, phone)?;
        let phone = account.phone;
        self.open(key, account.partner);
        if self.token_has_ended(key) && matches!(outcome, Outcome::Approve | Outcome::Review(_)) {
            self.decline(key, "inactive", "partner/account");
        } else {
            self.end_as(key, outcome, phone, months.unwrap_or(order.months), "control/buyer");
        }
        Ok(())
    }

    fn partner(&mut self, key: Key, act: &str) -> Expected {
        let order = &self.orders[&key];
        let reviewed = matches!(order.stage, Stage::UnderReview { .. });
        let (phone, months) = (order.phone.clone().unwrap_or_default(), order.chosen.unwrap_or(order.months));
        match act {
            "approve" | "reject" if !reviewed => return Expected::problem(409, "stage"),
            "expire" if !reviewed && !order.stage.is_open() => return Expected::problem(409, "stage"),
            "approve" => {
                "control/partner".clone_into(&mut self.orders.get_mut(&key).unwrap().rule);
                if self.token_has_ended(key) {
                    self.decline(key, "inactive", "partner/account");
                } else {
                    self.approve(key, &phone, months);
                }
            }
            "reject" => self.decline(key, "ordered", "control/partner"),
            _ => {
                let order = self.orders.get_mut(&key).unwrap();
                order.stage = Stage::Expired { at: self.now };
                "control/partner".clone_into(&mut order.rule);
            }
        }
        let (url, fields) = self.callback(key);
        let mut body = json!({ "stage": self.orders[&key].stage.name(), "callbackUrl": url });
        if let Some(fields) = fields {
            body["callbackFields"] = fields;
        }
        Expected::control(200, body)
    }

    fn cancel_by_hand(&mut self, key: Key, amt: Option<u64>) -> Expected {
        let order = &self.orders[&key];
        let at = match order.stage {
            Stage::Approved { at } => at,
            Stage::Cancelled { .. } => return Expected::problem(409, "cancel"),
            _ => return Expected::problem(409, "stage"),
        };
        let left = order.amt - order.cancelled;
        let amt = amt.unwrap_or(left);
        if self.now - at > 90 * crate::time::DAY || amt > left {
            return Expected::problem(409, "cancel");
        }
        self.take_back(key, amt);
        let order = &self.orders[&key];
        let body = json!({
            "stage": order.stage.name(), "status": self.status(order).0, "amt": amt.to_string(),
            "cancelAmt": order.cancelled.to_string(),
        });
        Expected::control(200, body)
    }

    fn notify_now(&mut self, key: Key, plan: &Plan) -> Expected {
        if plan.variant == "lost" {
            return self.withdraw(key);
        }
        let forged = matches!(plan.variant, "changed-status" | "wrong-token" | "unknown-txid" | "reversal");
        let kind = match self.orders[&key].stage {
            Stage::Approved { .. } | Stage::Cancelled { .. } => "approve",
            Stage::UnderReview { .. } => "pending",
            Stage::Declined { .. } => "reject",
            _ if forged => "approve",
            _ => return Expected::problem(409, "stage"),
        };
        let before = self.next_key;
        self.schedule(Owner::Order(key), kind, plan, self.now, Some("control/notify"), true);
        let count = self.next_key - before;
        Expected::count(202, "notifications", count)
    }

    /// What was not attempted yet is dropped.
    fn withdraw(&mut self, key: Key) -> Expected {
        let mut count = 0;
        for notice in self.notices.values_mut().filter(|notice| notice.owner == Owner::Order(key)) {
            if notice.state == "scheduled" && notice.attempts.is_empty() {
                (notice.state, notice.next) = ("skipped", None);
                count += 1;
            }
        }
        if count == 0 {
            Expected::problem(409, "nothing-to-withdraw")
        } else {
            Expected::count(202, "notifications", count)
        }
    }

    fn resend(&mut self, key: Key) -> Expected {
        let id = self.notices[&key].id.clone();
        self.attempt(key, true);
        Expected::control(202, json!({ "id": id, "state": "sending" }))
    }

    fn binding_buyer(&mut self, key: Key, act: &str, phone: Option<&str>, answer: &Answer) -> Expected {
        match self.play_binding(key, act, phone) {
            Err(No::Stage) => Expected::problem(409, "state"),
            Err(No::BadValue) => Expected::problem(422, "bad-value"),
            Ok(refused) => {
                let token = self.bindings[&key].token;
                self.learn_token(token, &answer.json()["userToken"]);
                let binding = &self.bindings[&key];
                let mut body = json!({
                    "state": binding.state.name(), "userToken": token.map(|token| self.tokens[&token].text.clone()),
                    "callbackUrl": Self::binding_callback(binding), "rule": binding.rule,
                });
                if let Some(reason) = refused {
                    body["reason"] = reason.into();
                }
                Expected::control(200, body)
            }
        }
    }

    fn issue_by_hand(
        &mut self,
        i_mid: &str,
        client_user_key: &str,
        phone: Option<&'static str>,
        answer: &Answer,
    ) -> Expected {
        let phone = phone.unwrap_or("081291891818");
        let kredivo = catalog().iter().any(|account| account.phone == phone && account.partner == "KDVI");
        if !kredivo {
            return Expected::problem(422, "bad-value");
        }
        let key = self.next_key;
        self.next_key += 1;
        let token = crate::gateway::state::Token {
            text: String::new(),
            i_mid: i_mid.to_owned(),
            client_user_key: client_user_key.to_owned(),
            phone: phone.to_owned(),
            active: true,
            issued_at: self.now,
            billing_phone: String::new(),
        };
        self.tokens.insert(key, token);
        self.learn_token(Some(key), &answer.json()["userToken"]);
        Expected::control(201, self.token_view(key))
    }

    pub(crate) fn token_view(&self, key: Key) -> Value {
        let token = &self.tokens[&key];
        json!({
            "userToken": token.text, "iMid": token.i_mid, "clientUserKey": token.client_user_key, "phone": token.phone,
            "status": if token.active { "active" } else { "inactive" }, "issuedAt": rfc3339(token.issued_at),
        })
    }

    fn add_rule(&mut self, rule: &Rule, answer: &Answer) -> Expected {
        let id = answer.json()["id"].as_str().unwrap_or("?").to_owned();
        let mut rule = rule.clone();
        rule.id = self.draw(&id);
        let body = json!({
            "id": rule.id, "iMid": rule.i_mid, "times": rule.times, "left": rule.times, "rule": rule.json(),
        });
        self.rules.push(Rc::new(rule));
        Expected::control(201, body)
    }

    fn reset(&mut self, i_mid: Option<&str>) {
        // Tokens and links depend on the seed and on the order: after a reset they come again.
        self.drawn.retain(|drawn| !drawn.contains('-') && !drawn.contains("tk="));
        let other = |known: &str| i_mid.is_some_and(|i_mid| i_mid != known);
        self.orders.retain(|_, order| other(&order.i_mid));
        self.bindings.retain(|_, binding| other(&binding.i_mid));
        self.tokens.retain(|_, token| other(&token.i_mid));
        self.notices.retain(|_, notice| other(&notice.i_mid));
        self.accounts.retain(|(known, _), _| other(known));
        self.own_scenarios.retain(|known, _| other(known));
        self.rules.retain(|rule| i_mid.is_some() && rule.i_mid.as_deref() != i_mid);
        if i_mid.is_none() {
            self.scenario = Rc::new(Scenario::named("approve"));
        }
    }
}
