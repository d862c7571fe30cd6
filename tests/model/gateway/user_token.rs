//! `remove-token` and `user-details` (`docs/PROTOCOL.md` §2.10, §2.11).

use serde_json::{Value, json};

use crate::gateway::Expected;
use crate::gateway::fields::{
    Fields, Kind, Need, Refusal, Sent, Spec, control_characters, lengths, missing, refusal, refused, types,
};
use crate::gateway::state::{Gateway, Key, limit_of};
use crate::wire::Request;

pub(crate) const REMOVE_KEYS: [&str; 5] = ["resultCd", "resultMsg", "userToken", "tokenStatus", "description"];
pub(crate) const DETAIL_KEYS: [&str; 7] =
    ["resultCd", "resultMsg", "billingNm", "billingPhone", "accountStatus", "accountType", "limitDetails"];

const SPECS: &[Spec] = &[
    Spec::new("timeStamp", usize::MAX, Need::Always, "9031", Kind::Identifier),
    Spec::new("userToken", 255, Need::Always, "8003", Kind::Identifier),
];

impl Gateway {
    pub(crate) fn usable_token(&self, i_mid: &str, text: &str) -> Option<Key> {
        let found = self.tokens.iter().find(|(_, token)| token.active && token.i_mid == i_mid && token.text == text);
        found.map(|(key, _)| *key)
    }

    fn check_user_token(&self, fields: &Fields) -> Result<Key, Refusal> {
        missing(SPECS, fields, false)?;
        types(SPECS, fields)?;
        lengths(SPECS, fields, self.settings.strict)?;
        control_characters(SPECS, fields, self.settings.strict)?;
        self.check_time_stamp(fields)?;
        match fields.sent("userToken") {
            Sent::Text(text) => self.usable_token(&fields.text("iMid"), &text).ok_or_else(|| refusal("9920")),
            Sent::Missing | Sent::Structure => Err(refusal("8003")),
        }
    }

    pub(crate) fn remove_token(&mut self, request: &Request) -> Expected {
        let checked = self.readable(request).and_then(|fields| {
            self.authenticate(&fields, &["timeStamp", "iMid", "userToken"])?;
            self.check_user_token(&fields)
        });
        match checked {
            Err(refusal) => Expected::refused(refused(&REMOVE_KEYS, &refusal)),
            Ok(key) => {
                let token = self.tokens.get_mut(&key).unwrap();
                token.active = false;
                // Where the order had no billingPhone, it is the shopper's own.
                let id = if token.billing_phone.is_empty() { &token.phone } else { &token.billing_phone };
                let body = json!({
                    "resultCd": "0000", "resultMsg": "SUCCESS", "userToken": token.text, "tokenStatus": "0",
                    "description": format!("{id}deactivated by merchant"),
                });
                Expected::accepted(body.to_string())
            }
        }
    }

    pub(crate) fn user_details(&self, request: &Request) -> Expected {
        let checked = self.readable(request).and_then(|fields| {
            self.authenticate_any(&fields, &["iMid", "userToken"], &["timeStamp", "iMid", "userToken"])?;
            self.check_user_token(&fields)
        });
        match checked {
            Err(refusal) => Expected::refused(refused(&DETAIL_KEYS, &refusal)),
            Ok(key) => {
                let token = &self.tokens[&key];
                let account = self.account(&token.i_mid, &token.phone).unwrap();
                let mut limits: Vec<(String, u64)> = account
                    .months
                    .iter()
                    .map(|months| {
                        let name = if *months == 1 { "30_days".to_owned() } else { format!("{months}_months") };
                        (name, limit_of(account.partner, *months))
                    })
                    .collect();
                limits.sort();
                let limits: Vec<Value> = limits
                    .into_iter()
                    .map(|(name, total)| {
                        let left = total.saturating_sub(account.owes);
                        json!({
                            "paymentType": name, "remainingUserLimit": format!("{left}.00"),
                            "totalUserLimit": format!("{total}.00"),
                        })
                    })
                    .collect();
                let phone = &account.phone[1..];
                let body = json!({
                    "resultCd": "0000", "resultMsg": "SUCCESS", "billingNm": account.name,
                    "billingPhone": format!("+62-{}****{}", &phone[..3], &phone[phone.len() - 4..]),
                    "accountStatus": if account.state == "active" { "1" } else { "0" },
                    "accountType": if account.months == [1] { "1" } else { "2" },
                    "limitDetails": limits,
                });
                Expected::accepted(body.to_string())
            }
        }
    }
}
