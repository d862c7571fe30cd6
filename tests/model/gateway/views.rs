//! What the control API shows of all this, and where it differs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::gateway::state::{Gateway, Key, Mode, Notice, Order, Owner, Stage};
use crate::time::rfc3339;

/// Notes each expected field that is different.
fn differences(what: &str, expected: &Value, actual: &Value, into: &mut Vec<String>) {
    for (name, value) in expected.as_object().unwrap() {
        let shown = actual.get(name).unwrap_or(&Value::Null);
        if shown != value {
            into.push(format!("{what}: {name} is {shown}, expected {value}"));
        }
    }
}

impl Gateway {
    /// Compares what the simulator lists for a merchant: tokens, orders, bindings, notifications and rules.
    pub(crate) fn compare(&mut self, i_mid: &str, shown: &BTreeMap<&'static str, Value>) -> Vec<String> {
        let mut found = Vec::new();
        self.compare_tokens(i_mid, &shown["tokens"], &mut found);
        self.compare_orders(i_mid, &shown["transactions"], &mut found);
        self.compare_bindings(i_mid, &shown["bindings"], &mut found);
        self.compare_notices(i_mid, &shown["notifications"], &mut found);
        found
    }

    fn compare_tokens(&mut self, i_mid: &str, list: &Value, found: &mut Vec<String>) {
        let list = list.as_array().unwrap();
        let own: Vec<Key> = self.tokens.iter().filter(|(_, token)| token.i_mid == i_mid).map(|(key, _)| *key).collect();
        if own.len() != list.len() {
            found.push(format!("{} tokens, expected {}", list.len(), own.len()));
        }
        for (key, token) in own.into_iter().zip(list) {
            self.learn_token(Some(key), &token["userToken"]);
            differences("token", &self.token_view(key), token, found);
        }
    }

    fn compare_orders(&mut self, i_mid: &str, list: &Value, found: &mut Vec<String>) {
        let list = list.as_array().unwrap();
        let own: Vec<Key> = self.orders.iter().filter(|(_, order)| order.i_mid == i_mid).map(|(key, _)| *key).collect();
        if own.len() != list.len() {
            found.push(format!("{} transactions, expected {}", list.len(), own.len()));
        }
        for (key, transaction) in own.into_iter().zip(list) {
            if self.orders[&key].t_xid.is_empty() {
                self.learn_t_xid(key, &transaction["tXid"]);
            }
            let order = &self.orders[&key];
            differences(&format!("order {}", order.reference_no), &self.order_view(key), transaction, found);
        }
    }

    fn order_view(&self, key: Key) -> Value {
        let order = &self.orders[&key];
        let mut view = json!({
            "tXid": order.t_xid, "referenceNo": order.reference_no, "iMid": order.i_mid, "amt": order.amt.to_string(),
            "stage": order.stage.name(), "status": self.status(order).0, "rule": order.rule,
            "createdAt": rfc3339(order.created_at), "expiresAt": rfc3339(order.expires_at),
            "payMethod": order.pay_method, "mitraCd": order.partner, "goodsNm": order.goods_nm,
            "billingNm": order.billing_nm, "billingPhone": order.billing_phone,
            "instmntMon": Self::shown_months(order).to_string(), "instmntType": order.instmnt_type,
            "dbProcessUrl": order.db_process_url,
        });
        let mut put = |name: &str, value: Value| view[name] = value;
        match &order.stage {
            Stage::UnderReview { since, ends } => {
                put("underReviewSince", rfc3339(*since).into());
                let word = |(_, approve)| if approve { "approve" } else { "reject" };
                put("endsIn", ends.map(word).map_or(Value::Null, Value::from));
            }
            Stage::Approved { at } => put("approvedAt", rfc3339(*at).into()),
            Stage::Declined { at, reason } => {
                put("declinedAt", rfc3339(*at).into());
                put("reason", (*reason).into());
            }
            Stage::Abandoned { at } => put("abandonedAt", rfc3339(*at).into()),
            Stage::Expired { at } => put("expiredAt", rfc3339(*at).into()),
            Stage::Cancelled { at, paid_at, void } => {
                put("cancelledAt", rfc3339(*at).into());
                put("approvedAt", rfc3339(*paid_at).into());
                put("cancelKind", if *void { "void" } else { "refund" }.into());
            }
            Stage::Registered | Stage::AtPartner => {}
        }
        if matches!(order.stage, Stage::UnderReview { .. } | Stage::Approved { .. } | Stage::Cancelled { .. }) {
            put("phone", order.phone.clone().into());
        }
        if matches!(order.stage, Stage::Approved { .. } | Stage::Cancelled { .. }) {
            put("cancelAmt", order.cancelled.to_string().into());
        }
        match &order.mode {
            Mode::Normal => {}
            Mode::Tokenize { client_user_key } => {
                put("tokenizeUser", "1".into());
                put("clientUserKey", client_user_key.as_str().into());
                let issued = order.token.and_then(|token| self.tokens.get(&token)).map(|token| token.text.clone());
                put("userToken", issued.into());
            }
            Mode::Seamless { token, owner, .. } => {
                let token = token.map(|token| &self.tokens[&token]);
                put("tokenizeUser", "2".into());
                put("clientUserKey", owner.clone().into());
                put("userToken", token.map(|token| token.text.clone()).into());
            }
        }
        if let Some(at) = order.receipt {
            put("receiptConfirmedAt", rfc3339(at).into());
        }
        let (url, fields) = self.callback(key);
        view["callbackUrl"] = url;
        if let Some(fields) = fields {
            view["callbackFields"] = fields;
        }
        view
    }

    /// As the customer chose, once that is part of the stage.
    pub(crate) fn shown_months(order: &Order) -> u64 {
        let open = order.stage.is_open() || matches!(order.stage, Stage::Expired { .. });
        order.chosen.filter(|_| !open).unwrap_or(order.months)
    }

    fn compare_bindings(&mut self, i_mid: &str, list: &Value, found: &mut Vec<String>) {
        let list = list.as_array().unwrap();
        let own: Vec<Key> =
            self.bindings.iter().filter(|(_, binding)| binding.i_mid == i_mid).map(|(key, _)| *key).collect();
        if own.len() != list.len() {
            found.push(format!("{} bindings, expected {}", list.len(), own.len()));
        }
        for (key, shown) in own.into_iter().zip(list) {
            if self.bindings[&key].id.is_none() {
                let id = self.draw(&format!("binding {}", shown["id"].as_str().unwrap_or("?")));
                self.bindings.get_mut(&key).unwrap().id = Some(id.replace("binding ", ""));
            }
            let binding = &self.bindings[&key];
            let mut view = json!({
                "id": binding.id, "iMid": binding.i_mid, "referenceNo": binding.reference_no,
                "state": binding.state.name(), "rule": binding.rule, "createdAt": rfc3339(binding.created_at),
                "expiresAt": rfc3339(binding.expires_at), "billingPhone": binding.billing_phone,
                "callbackUrl": Self::binding_callback(binding),
            });
            if let Some(token) = binding.token {
                view["userToken"] = self.tokens[&token].text.as_str().into();
                view["phone"] = binding.phone.clone().into();
            }
            differences(&format!("binding {}", binding.reference_no), &view, shown, found);
        }
    }

    /// Notifications of one order or binding come in their order; between those, there is none.
    fn compare_notices(&mut self, i_mid: &str, list: &Value, found: &mut Vec<String>) {
        let mut own: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        for (key, notice) in self.notices.iter().filter(|(_, notice)| notice.i_mid == i_mid) {
            own.entry(self.name_of(notice.owner)).or_default().push(*key);
        }
        let mut listed: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for shown in list.as_array().unwrap() {
            let name = shown["tXid"].as_str().map(str::to_owned);
            let name = name.unwrap_or_else(|| format!("binding {}", shown["referenceNo"].as_str().unwrap_or("?")));
            listed.entry(name).or_default().push(shown);
        }
        let counts = |keys: usize, name: &str| format!("{name} has {keys} notifications");
        for (name, shown) in &listed {
            let keys = own.remove(name).unwrap_or_default();
            if keys.len() != shown.len() {
                found.push(format!("{}, expected {}", counts(shown.len(), name), keys.len()));
            }
            for (key, shown) in keys.into_iter().zip(shown) {
                if self.notices[&key].id.is_none() {
                    let id = self.draw(&format!("notification {}", shown["id"].as_str().unwrap_or("?")));
                    self.notices.get_mut(&key).unwrap().id = Some(id.replace("notification ", ""));
                }
                self.compare_notice(&self.notices[&key], shown, found);
            }
        }
        for (name, keys) in own {
            found.push(format!("{}, expected {}", counts(0, &name), keys.len()));
        }
    }

    fn name_of(&self, owner: Owner) -> String {
        match owner {
            Owner::Order(key) => self.orders[&key].t_xid.clone(),
            Owner::Binding(key) => format!("binding {}", self.bindings[&key].reference_no),
            Owner::Call(_) => unreachable!("calls are not notified"),
        }
    }

    fn compare_notice(&self, notice: &Notice, shown: &Value, found: &mut Vec<String>) {
        let attempts: Vec<Value> = notice
            .attempts
            .iter()
            .zip(1..)
            .map(|(attempt, number)| {
                let mut view = Map::new();
                view.insert("number".to_owned(), number.into());
                view.insert("at".to_owned(), rfc3339(attempt.at).into());
                view.insert("trigger".to_owned(), if attempt.manual { "manual" } else { "scheduled" }.into());
                if let Some(status) = attempt.status {
                    view.insert("httpStatus".to_owned(), status.into());
                }
                Value::Object(view)
            })
            .collect();
        let what = format!("notification {} of {}", notice.kind, self.name_of(notice.owner));
        let view = json!({
            "id": notice.id, "iMid": notice.i_mid, "kind": notice.kind, "url": notice.url, "state": notice.state,
            "variant": notice.variant, "rule": notice.rule,
            "nextAttemptAt": notice.next.map(rfc3339),
        });
        differences(&what, &view, shown, found);
        let sent = shown["attempts"].as_array().unwrap();
        if sent.len() != attempts.len() {
            found.push(format!("{what}: {} attempts, expected {}", sent.len(), attempts.len()));
        }
        for (attempt, shown) in attempts.iter().zip(sent) {
            differences(&format!("{what}, an attempt"), attempt, shown, found);
        }
        for (attempt, shown) in notice.attempts.iter().zip(sent) {
            let why = if attempt.skipped { &shown["skipped"] } else { &shown["error"] };
            if attempt.status.is_none() && !why.is_string() {
                found.push(format!("{what}: an attempt without an answer does not say why: {shown}"));
            }
        }
        let body = shown["request"]["body"].as_str();
        let expected = (!attempts.is_empty()).then(|| self.body_of(notice, body.unwrap_or_default()));
        if body != expected.as_deref() {
            found.push(format!("{what}: the body is {body:?}, expected {expected:?}"));
        }
    }
}
