//! Notifications: their form, their plan, their attempts (`docs/PROTOCOL.md` §2.3;
//! `docs/guides/notifications-and-failures.md`).

use crate::gateway::binding::local_phone;
use crate::gateway::fields::form;
use crate::gateway::rules::{Facts, Plan, Then};
use crate::gateway::state::{Attempt, BindingState, Cell, Gateway, Key, Mode, Notice, Owner, Stage};
use crate::gateway::{Body, Expected, digits};
use crate::requests::inquiry;
use crate::sha256;
use crate::time::{MINUTE, wib};
use crate::wire::Answer;

/// Of these, the merchantToken does not fit.
const FORGED: [&str; 4] = ["wrong-token", "changed-amount", "missing-field", "unknown-txid"];

type Form = Vec<(String, Cell)>;

fn put(fields: &mut Form, name: &str, value: &str) {
    fields.push((name.to_owned(), Cell::Text(value.to_owned())));
}

fn set(fields: &mut Form, name: &str, value: Cell) {
    if let Some((_, cell)) = fields.iter_mut().find(|(known, _)| known == name) {
        *cell = value;
    }
}

impl Gateway {
    /// The body. Of what the simulator drew, the text is that of `actual`, if that can be.
    pub(crate) fn body_of(&self, notice: &Notice, actual: &str) -> String {
        let drawn = |name: &str| {
            let pairs = actual.split('&').filter_map(|pair| pair.split_once('='));
            pairs.clone().find(|(known, _)| *known == name).map_or_else(String::new, |(_, value)| value.to_owned())
        };
        let text = |name: &str, cell: &Cell| match cell {
            Cell::Text(text) => text.clone(),
            Cell::UnknownTXid => {
                let t_xid = drawn(name);
                let tail = t_xid.strip_prefix(&notice.i_mid).unwrap_or_default();
                let of_1999 = digits(tail, 20..=20) && tail[2..].starts_with("1999");
                if of_1999 { t_xid } else { "a tXid of 1999".to_owned() }
            }
            Cell::TokenOfUnknown => {
                let key = &self.merchants[&notice.i_mid].key;
                sha256::hex(&format!("{}{}{}{key}", notice.i_mid, drawn("tXid"), drawn("amt")))
            }
            Cell::UserToken(key) => self.tokens.get(key).map_or_else(String::new, |token| token.text.clone()),
            Cell::OtherToken(right) => {
                let token = drawn(name);
                let hex = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
                if hex && token != *right { token } else { format!("not {right}") }
            }
        };
        let pairs: Vec<_> = notice.form.iter().map(|(name, cell)| (name.clone(), text(name, cell))).collect();
        form(&pairs)
    }

    fn owner_facts(&self, owner: Owner) -> Facts {
        match owner {
            Owner::Order(key) => self.facts(key),
            Owner::Binding(key) => {
                let binding = &self.bindings[&key];
                let phone = binding.phone.clone().unwrap_or_else(|| local_phone(&binding.billing_phone));
                Self::binding_facts(&binding.i_mid, &binding.reference_no, Some(&phone))
            }
            Owner::Call(_) => unreachable!("calls are not notified"),
        }
    }

    /// Something is to be told: as the rules say, or as usual.
    pub(crate) fn announce(&mut self, owner: Owner, kind: &'static str) {
        if self.settings.strict && (kind == "pending" || kind == "reject") {
            return;
        }
        let facts = self.owner_facts(owner);
        let pace = self.rule_for(&facts, owner, Then::pace);
        let usual = self.scenario_of(&facts.i_mid).notification;
        let pace = pace.and_then(|(_, pace)| pace.notification).unwrap_or(usual);
        let planned = self.rule_for(&facts, owner, |then| {
            let plans = then.notify.as_ref()?;
            let plans: Vec<Plan> =
                plans.iter().filter(|plan| plan.of.is_empty() || plan.of.contains(&kind)).cloned().collect();
            (!plans.is_empty()).then_some(plans)
        });
        match planned {
            None => {
                let plain = Plan { variant: "plain", of: Vec::new(), after: None, times: None, every: None };
                self.schedule(owner, kind, &plain, self.now + pace, None, false);
            }
            Some((rule, plans)) => {
                for plan in plans {
                    self.schedule(owner, kind, &plan, self.now + pace, Some(&rule.id), false);
                }
            }
        }
    }

    /// As often as the plan says, from `due` on.
    pub(crate) fn schedule(
        &mut self,
        owner: Owner,
        kind: &'static str,
        plan: &Plan,
        due: i64,
        rule: Option<&str>,
        once: bool,
    ) {
        let late = if plan.variant == "late" { 10 * MINUTE } else { 0 };
        let due = due + plan.after.unwrap_or(late);
        let times = plan.times.unwrap_or(if plan.variant == "duplicate" { 2 } else { 1 });
        for number in 0..if plan.variant == "lost" { 1 } else { times } {
            let mut fields = self.form_of(owner, kind);
            self.edit(&mut fields, owner, plan);
            if self.settings.empty_fields == "omit" {
                fields.retain(|(_, cell)| *cell != Cell::Text(String::new()));
            }
            let (i_mid, url) = match owner {
                Owner::Order(key) => (self.orders[&key].i_mid.clone(), self.orders[&key].db_process_url.clone()),
                Owner::Binding(key) => (self.bindings[&key].i_mid.clone(), self.bindings[&key].db_process_url.clone()),
                Owner::Call(_) => unreachable!("calls are not notified"),
            };
            let lost = plan.variant == "lost";
            let notice = Notice {
                id: None,
                owner,
                i_mid: i_mid.clone(),
                kind,
                url,
                variant: rule.map(|_| plan.variant),
                rule: rule.map(str::to_owned),
                form: fields,
                state: if lost { "skipped" } else { "scheduled" },
                next: (!lost).then(|| due + i64::try_from(number).unwrap() * plan.every.unwrap_or(0)),
                once,
                scenario: self.scenario_of(&i_mid),
                attempts: Vec::new(),
            };
            self.notices.insert(self.next_key, notice);
            self.next_key += 1;
        }
    }

    fn edit(&self, fields: &mut Form, owner: Owner, plan: &Plan) {
        let text = |value: &str| Cell::Text(value.to_owned());
        match plan.variant {
            "wrong-token" => {
                let right = self.notification_token(owner);
                set(fields, "merchantToken", Cell::OtherToken(right));
            }
            "changed-status" => set(fields, "status", text(if self.is_paid(owner) { "8" } else { "0" })),
            "unknown-txid" => {
                set(fields, "tXid", Cell::UnknownTXid);
                set(fields, "merchantToken", Cell::TokenOfUnknown);
            }
            "changed-amount" => set(fields, "amt", text("1")),
            "missing-field" => fields.retain(|(name, _)| name != "tXid"),
            "reversal" => set(fields, "status", text("1")),
            _ => {}
        }
    }

    fn is_paid(&self, owner: Owner) -> bool {
        matches!(owner, Owner::Order(key) if matches!(self.orders[&key].stage, Stage::Approved { .. } | Stage::Cancelled { .. }))
    }

    fn notification_token(&self, owner: Owner) -> String {
        let (i_mid, values) = match owner {
            Owner::Order(key) => {
                let order = &self.orders[&key];
                (&order.i_mid, format!("{}{}{}", order.i_mid, order.t_xid, order.amt))
            }
            Owner::Binding(key) => {
                let binding = &self.bindings[&key];
                (&binding.i_mid, format!("{}{}{}", binding.i_mid, binding.reference_no, binding.billing_phone))
            }
            Owner::Call(_) => unreachable!("calls are not notified"),
        };
        sha256::hex(&format!("{values}{}", self.merchants[i_mid].key))
    }

    fn form_of(&self, owner: Owner, kind: &str) -> Form {
        match owner {
            Owner::Order(key) => self.order_form(key, kind),
            Owner::Binding(key) => self.binding_form(key),
            Owner::Call(_) => unreachable!("calls are not notified"),
        }
    }

    fn order_form(&self, key: Key, kind: &str) -> Form {
        let order = &self.orders[&key];
        let at = wib(match order.stage {
            Stage::Approved { at } | Stage::Declined { at, .. } | Stage::Cancelled { paid_at: at, .. } => at,
            Stage::UnderReview { since, .. } => since,
            _ => self.now,
        });
        let paid = kind == "approve";
        let status = match kind {
            "approve" => "0",
            "pending" => "3",
            _ => "8",
        };
        let mut fields = Form::new();
        let months = Self::shown_months(order).to_string();
        for (name, value) in [
            ("tXid", order.t_xid.as_str()),
            ("merchantToken", &self.notification_token(Owner::Order(key))),
            ("referenceNo", &order.reference_no),
            ("payMethod", "06"),
            ("amt", &order.amt.to_string()),
            ("transDt", &at[..8]),
            ("transTm", &at[8..]),
            ("currency", "IDR"),
            ("goodsNm", &order.goods_nm),
            ("billingNm", &order.billing_nm),
            ("matchCl", ""),
            ("status", status),
            ("mitraCd", order.partner.as_deref().unwrap_or_default()),
            ("instmntMon", &months),
            ("instmntType", &order.instmnt_type),
            ("payNo", ""),
            ("payValidDt", ""),
            ("payValidTm", ""),
            ("receiptCode", ""),
            ("mRefNo", ""),
            ("depositDt", if paid { &at[..8] } else { "" }),
            ("depositTm", if paid { &at[8..] } else { "" }),
        ] {
            put(&mut fields, name, value);
        }
        match &order.mode {
            Mode::Normal => {}
            Mode::Tokenize { client_user_key } => {
                put(&mut fields, "tokenizeUser", "1");
                put(&mut fields, "clientUserKey", client_user_key);
            }
            Mode::Seamless { owner, .. } => {
                put(&mut fields, "tokenizeUser", "2");
                if let Some(owner) = owner {
                    put(&mut fields, "clientUserKey", owner);
                }
            }
        }
        if let Some(token) = order.token.filter(|_| paid && self.is_paid(Owner::Order(key))) {
            fields.push(("userToken".to_owned(), Cell::UserToken(token)));
        }
        fields
    }

    fn binding_form(&self, key: Key) -> Form {
        let binding = &self.bindings[&key];
        let at = match binding.state {
            BindingState::Bound { at } => wib(at),
            _ => wib(self.now),
        };
        let mut fields = Form::new();
        for (name, value) in [
            ("iMid", binding.i_mid.as_str()),
            ("referenceNo", &binding.reference_no),
            ("payMethod", "06"),
            ("mitraCd", "KDVI"),
            ("billingNm", &binding.billing_nm),
            ("billingPhone", &binding.billing_phone),
            ("billingEmail", &binding.billing_email),
        ] {
            put(&mut fields, name, value);
        }
        if let Some(client_user_key) = &binding.client_user_key {
            put(&mut fields, "clientUserKey", client_user_key);
        }
        if let Some(token) = binding.token {
            fields.push(("userToken".to_owned(), Cell::UserToken(token)));
        }
        for (name, value) in [
            ("tokenStatus", "1"),
            ("accountStatus", "1"),
            ("resultCd", "0000"),
            ("resultMsg", "SUCCESS"),
            ("timeStamp", &at),
            ("merchantToken", &self.notification_token(Owner::Binding(key))),
        ] {
            put(&mut fields, name, value);
        }
        fields
    }

    /// One attempt.
    pub(crate) fn attempt(&mut self, key: Key, resent: bool) {
        let (now, status, receiver) = (self.now, self.receiver_status, self.receiver_url.clone());
        let (retries, interval) = (self.settings.retries, self.settings.retry_interval);
        let inbox = format!("{}/__sim/inbox", self.base);
        let notice = self.notices.get_mut(&key).unwrap();
        let manual = resent || notice.once;
        let status = match notice.url.as_str() {
            url if url.starts_with(&receiver) => Some(status),
            url if url == inbox => Some(200),
            url if url.starts_with(&self.base) => Some(404),
            url if url.starts_with("http://127.0.0.1:") => None,
            // A public address is never called.
            _ => {
                if !resent {
                    (notice.state, notice.next) = ("skipped", None);
                }
                notice.attempts.push(Attempt { at: now, manual, status: None, skipped: true });
                return;
            }
        };
        notice.attempts.push(Attempt { at: now, manual, status, skipped: false });
        let scheduled = notice.attempts.iter().filter(|attempt| !attempt.manual).count();
        if status == Some(200) {
            (notice.state, notice.next) = ("delivered", None);
        } else if !resent {
            let waits = notice.scenario.waits(status, vec![interval; retries]);
            let wait = if notice.once { None } else { waits.get(scheduled - 1).copied() };
            notice.state = if wait.is_some() { "scheduled" } else { "exhausted" };
            notice.next = wait.map(|wait| now + wait);
        }
        if notice.url.starts_with(&receiver) {
            let (owner, variant) = (notice.owner, notice.variant.unwrap_or_default());
            self.received.push(key);
            if let Owner::Order(order) = owner
                && (!FORGED.contains(&variant) || (variant == "changed-amount" && self.orders[&order].amt == 1))
            {
                let order = &self.orders[&order];
                let key = &self.merchants[&order.i_mid].key;
                let request = inquiry(&order.i_mid, key, &order.t_xid, &order.reference_no, &order.amt.to_string());
                let Expected { status, body, .. } = self.handle(&request, &Answer::default());
                let body = match body {
                    Body::Text(text) => text,
                    _ => String::new(),
                };
                self.inquired.push(format!("{status} {body}"));
            }
        }
    }
}
