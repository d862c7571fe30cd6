//! Account binding (`docs/PROTOCOL.md` §2.9).

use serde_json::{Value, json};

use crate::gateway::fields::{
    Fields, Kind, Need, Refusal, Spec, control_characters, lengths, missing, refusal, refused, text_of, types, urls,
};
use crate::gateway::outcome::No;
use crate::gateway::payment::with_fields;
use crate::gateway::rules::{Facts, Then};
use crate::gateway::state::{Account, Binding, BindingState, Gateway, Key, Outcome, Owner};
use crate::gateway::{Expected, digits};
use crate::time::DAY;
use crate::wire::{Answer, Request};

pub(crate) const KEYS: [&str; 9] = [
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

pub(crate) const SPECS: &[Spec] = &[
    Spec::new("timeStamp", usize::MAX, Need::Always, "9031", Kind::Identifier),
    Spec::new("referenceNo", 40, Need::Always, "9014", Kind::Identifier),
    Spec::new("payMethod", usize::MAX, Need::Always, "9012", Kind::Identifier),
    Spec::new("mitraCd", usize::MAX, Need::Always, "8003", Kind::Identifier),
    Spec::new("billingNm", 100, Need::Always, "9016", Kind::Free),
    Spec::new("billingPhone", 15, Need::Always, "9017", Kind::Identifier),
    Spec::new("dbProcessUrl", 255, Need::Always, "9020", Kind::Url),
    Spec::new("billingEmail", 40, Need::Optional, "9018", Kind::Identifier),
    Spec::new("callBackUrl", 255, Need::Optional, "8003", Kind::Url),
    Spec::new("clientUserKey", 100, Need::Optional, "8003", Kind::Identifier),
    Spec::new("userIP", 15, Need::Optional, "8003", Kind::Identifier),
];

/// A phone in any of its forms, as `081…`; none where the text is no phone.
pub(crate) fn read_phone(text: &str) -> Option<String> {
    let number = text.trim();
    let number = number.strip_prefix('+').unwrap_or(number).replace([' ', '.', '-', '(', ')'], "");
    let number = if number.starts_with("62") && number.len() >= 10 { &number[2..] } else { &number };
    let number = number.trim_start_matches('0');
    digits(number, 6..=15).then(|| format!("0{number}"))
}

/// The phone of a binding that was accepted.
pub(crate) fn local_phone(text: &str) -> String {
    read_phone(text).unwrap()
}

impl Gateway {
    pub(crate) fn bind(&mut self, request: &Request, answer: &Answer) -> Expected {
        let fields = match self.readable(request).and_then(|fields| self.check_binding(&fields).map(|()| fields)) {
            Err(refusal) => return Expected::refused(refused(&KEYS, &refusal)),
            Ok(fields) => fields,
        };
        let said = answer.json()["redirectUrl"].as_str().unwrap_or("?").to_owned();
        let link = if answer.status == 0 { said } else { self.draw_link(&said, "/kredivo/v2/signin?tk=") };
        let key = self.next_key;
        self.next_key += 1;
        let i_mid = fields.text("iMid");
        let facts =
            Self::binding_facts(&i_mid, &fields.text("referenceNo"), Some(&local_phone(&fields.text("billingPhone"))));
        let owner = Owner::Binding(key);
        let pace = self.rule_for(&facts, owner, Then::pace).and_then(|(_, pace)| pace.expires);
        let decides = self.rule_for(&facts, owner, Then::payment);
        let rule =
            decides.map_or_else(|| format!("{}/default", self.scenario_of(&i_mid).name), |(rule, _)| rule.id.clone());
        let binding = Binding {
            id: None,
            i_mid,
            reference_no: fields.text("referenceNo"),
            billing_nm: fields.text("billingNm"),
            billing_phone: fields.text("billingPhone"),
            billing_email: fields.text("billingEmail"),
            client_user_key: fields.given("clientUserKey"),
            db_process_url: fields.text("dbProcessUrl"),
            call_back_url: fields.given("callBackUrl"),
            created_at: self.now,
            expires_at: self.now + pace.unwrap_or(DAY),
            state: BindingState::Registered,
            token: None,
            phone: None,
            rule,
        };
        let body = json!({
            "resultCd": "0000", "resultMsg": "SUCCESS", "referenceNo": binding.reference_no, "payMethod": "06",
            "mitraCd": "KDVI", "clientUserKey": binding.client_user_key, "redirectUrl": link, "requestURL": link,
            "redirectUrlHttp": link,
        });
        self.bindings.insert(key, binding);
        Expected::accepted(body.to_string())
    }

    fn check_binding(&self, fields: &Fields) -> Result<(), Refusal> {
        let strict = self.settings.strict;
        let usual = ["iMid", "referenceNo", "billingPhone"];
        self.authenticate_any(fields, &usual, &["timeStamp", "iMid", "referenceNo", "billingPhone"])?;
        missing(SPECS, fields, strict)?;
        types(SPECS, fields)?;
        lengths(SPECS, fields, strict)?;
        control_characters(SPECS, fields, strict)?;
        self.check_time_stamp(fields)?;
        if read_phone(&fields.text("billingPhone")).is_none() {
            return Err(refusal("8003"));
        }
        urls(SPECS, fields)?;
        if fields.text("payMethod") != "06" {
            return Err(refusal("9108"));
        }
        if !self.merchants[&fields.text("iMid")].partners.contains(&fields.text("mitraCd")) {
            return Err(refusal("9108"));
        }
        if fields.text("mitraCd") != "KDVI" {
            return Err(refusal("8003"));
        }
        Ok(())
    }

    pub(crate) fn binding_facts(i_mid: &str, reference_no: &str, phone: Option<&str>) -> Facts {
        Facts {
            i_mid: i_mid.to_owned(),
            reference_no: reference_no.to_owned(),
            amt: None,
            partner: Some("KDVI".to_owned()),
            mode: "binding",
            phone: phone.map(str::to_owned),
            operation: None,
        }
    }

    /// The customer of a binding, without a browser.
    pub(crate) fn play_binding(
        &mut self,
        key: Key,
        act: &str,
        phone: Option<&str>,
    ) -> Result<Option<&'static str>, No> {
        let binding = self.bindings[&key].clone();
        if !binding.state.is_open() {
            return Err(No::Stage);
        }
        let own = local_phone(&binding.billing_phone);
        let known = |phone: &str| self.account(&binding.i_mid, phone).filter(|account| account.partner == "KDVI");
        let account: Account = match phone {
            Some(phone) => known(phone).ok_or(No::BadValue)?,
            None => known(&own).or_else(|| known("081291891818")).unwrap(),
        };
        let (now, i_mid) = (self.now, binding.i_mid.clone());
        let set = |gateway: &mut Self, state, rule: &str| {
            let binding = gateway.bindings.get_mut(&key).unwrap();
            binding.state = state;
            rule.clone_into(&mut binding.rule);
        };
        match act {
            "reject" => set(self, BindingState::Failed { reason: "ordered" }, "control/buyer"),
            "abandon" => set(self, BindingState::Abandoned, "control/buyer"),
            _ if account.state != "active" => {
                return Ok(Some(account.state));
            }
            _ => {
                let facts = Self::binding_facts(&i_mid, &binding.reference_no, Some(account.phone));
                let decided = self.rule_for(&facts, Owner::Binding(key), |then| then.outcome);
                let default = format!("{}/default", self.scenario_of(&i_mid).name);
                let (rule, outcome) =
                    decided.map_or((default, Outcome::Approve), |(rule, outcome)| (rule.id.clone(), outcome));
                match outcome {
                    Outcome::Reject(reason) => set(self, BindingState::Failed { reason }, &rule),
                    Outcome::Abandon => set(self, BindingState::Abandoned, &rule),
                    Outcome::Approve | Outcome::Review(_) => {
                        let user = binding.client_user_key.clone().unwrap_or(own);
                        let token = self.issue(&i_mid, &user, account.phone, &binding.billing_phone);
                        set(self, BindingState::Bound { at: now }, &rule);
                        let binding = self.bindings.get_mut(&key).unwrap();
                        (binding.token, binding.phone) = (Some(token), Some(account.phone.to_owned()));
                        self.announce(Owner::Binding(key), "binding");
                    }
                }
            }
        }
        Ok(None)
    }

    /// Where the browser goes at the end.
    pub(crate) fn binding_callback(binding: &Binding) -> Value {
        let code = match binding.state {
            BindingState::Registered => return Value::Null,
            BindingState::Bound { .. } => "0000",
            BindingState::Failed { .. } | BindingState::Abandoned => "9030",
            BindingState::Expired => "9129",
        };
        let Some(url) = &binding.call_back_url else { return Value::Null };
        let fields = [("resultCd", code), ("resultMsg", text_of(code)), ("referenceNo", &binding.reference_no)];
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        with_fields(url, &fields).into()
    }
}
