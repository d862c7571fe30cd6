//! Cancels (`docs/PROTOCOL.md` §2.6) and the confirmation of a receipt (§2.7).

use serde_json::{Value, json};

use crate::gateway::fields::{
    Fields, Kind, Need, Refusal, Sent, Spec, control_characters, lengths, refusal, refused, types,
};
use crate::gateway::state::{Gateway, Key, Stage};
use crate::gateway::{Expected, digits};
use crate::time::{DAY, MINUTE, wib};
use crate::wire::Request;

const KEYS: [&str; 8] = ["tXid", "referenceNo", "resultCd", "resultMsg", "transDt", "transTm", "description", "amt"];
const MORE_KEYS: [&str; 3] = ["cancelTxId", "cancelTrxSn", "cancelReferenceNo"];

/// The keys of an answer: 8, or with those of newer clients 11.
pub(crate) fn keys(count: u8) -> Vec<&'static str> {
    let mut keys = KEYS.to_vec();
    if count == 11 {
        keys.extend(MORE_KEYS);
    }
    keys
}

/// The fields of the table that no other check looks at.
pub(crate) const SPECS: &[Spec] = &[
    Spec::new("referenceNo", 40, Need::Optional, "9014", Kind::Identifier),
    Spec::new("cancelMsg", 255, Need::Optional, "8003", Kind::Free),
    Spec::new("cancelUserId", 30, Need::Optional, "8003", Kind::Identifier),
    Spec::new("cancelUserInfo", 100, Need::Optional, "8003", Kind::Free),
    Spec::new("preauthToken", 100, Need::Optional, "8003", Kind::Identifier),
    Spec::new("cancelServerIp", 15, Need::Optional, "8003", Kind::Identifier),
    Spec::new("cancelUserIp", 15, Need::Optional, "8003", Kind::Identifier),
    Spec::new("cancelRetryCnt", 2, Need::Optional, "8003", Kind::Identifier),
    Spec::new("worker", 10, Need::Optional, "8003", Kind::Identifier),
    Spec::new("fee", 12, Need::Optional, "8003", Kind::Identifier),
];

impl Gateway {
    pub(crate) fn cancel(&mut self, request: &Request) -> Expected {
        let keys = keys(self.settings.cancel_keys);
        match self.readable(request).and_then(|fields| self.check_cancel(&fields)) {
            Err(refusal) => Expected::refused(refused(&keys, &refusal)),
            Ok((key, amt)) => {
                self.take_back(key, amt);
                let order = &self.orders[&key];
                let at = wib(order.created_at);
                let mut body = json!({
                    "tXid": order.t_xid, "referenceNo": order.reference_no, "resultCd": "0000", "resultMsg": "SUCCESS",
                    "transDt": at[..8], "transTm": at[8..], "description": order.description, "amt": amt.to_string(),
                });
                for key in &keys[KEYS.len()..] {
                    body[*key] = Value::Null;
                }
                Expected::accepted(body.to_string())
            }
        }
    }

    /// The checks in the order of the table; the numbers are its rows.
    fn check_cancel(&self, fields: &Fields) -> Result<(Key, u64), Refusal> {
        let no = |code| Err(refusal(code));
        let strict = self.settings.strict;
        self.authenticate(fields, &["timeStamp", "iMid", "tXid", "amt"])?; // 2, 3
        self.check_time_stamp(fields)?; // 4
        let kind = fields.text("cancelType");
        if kind != "1" && kind != "2" {
            return no("9301"); // 5
        }
        let amt = fields.text("amt");
        let whole = amt.strip_prefix('-').unwrap_or(&amt);
        if !digits(whole, 1..=12) {
            return no("9312"); // 6
        }
        let amt = if amt.starts_with('-') { 0 } else { amt.parse::<u64>().unwrap() };
        if amt == 0 {
            return no("9321"); // 7
        }
        let method = match fields.sent("payMethod") {
            Sent::Missing | Sent::Structure => return no("9012"), // 8, 9
            Sent::Text(method) => method,
        };
        types(SPECS, fields)?; // 9
        if method != "06" && method != "00" {
            return no("9108"); // 10
        }
        lengths(SPECS, fields, strict)?; // 11, 12
        control_characters(SPECS, fields, strict)?; // 13
        let i_mid = fields.text("iMid");
        let found = self.orders.iter().find(|(_, order)| order.t_xid == fields.text("tXid") && order.i_mid == i_mid);
        let Some((key, order)) = found else { return no("9528") }; // 14
        if strict && fields.given("referenceNo").is_some_and(|sent| sent != order.reference_no) {
            return no("9528");
        }
        let (paid_at, whole) = match order.stage {
            Stage::Approved { at } => (at, false),
            Stage::Cancelled { paid_at, .. } => (paid_at, true),
            _ => return no("9528"),
        };
        let age = self.now - paid_at;
        let limit = if order.partner.as_deref() == Some("IDNA") { 30 * DAY } else { 90 * DAY };
        if age > limit {
            return no("9334"); // 15
        }
        let busy = self.scenario_of(&i_mid).busy.unwrap_or(if strict { 5 * MINUTE } else { 0 });
        if age < busy {
            return no("9302"); // 16
        }
        if whole {
            return no("9314"); // 17
        }
        if kind == "1" && order.cancelled > 0 {
            return no("9320"); // 18
        }
        if amt > order.amt - order.cancelled {
            return no("9319"); // 19
        }
        if kind == "1" && amt < order.amt {
            return no("8061"); // 20
        }
        Ok((*key, amt))
    }

    /// Money goes back to the customer.
    pub(crate) fn take_back(&mut self, key: Key, amt: u64) {
        let now = self.now;
        let order = self.orders.get_mut(&key).unwrap();
        let Stage::Approved { at } = order.stage else { return };
        let at_once = amt == order.amt;
        order.cancelled += amt;
        let (i_mid, phone) = (order.i_mid.clone(), order.phone.clone().unwrap());
        if order.cancelled == order.amt {
            let window = self.scenario_of(&i_mid).void_window;
            let void = at_once && now - at < window;
            self.orders.get_mut(&key).unwrap().stage = Stage::Cancelled { at: now, paid_at: at, void };
        }
        self.change_account(&i_mid, &phone, |account| account.owes = account.owes.saturating_sub(amt));
    }

    pub(crate) fn confirm(&mut self, request: &Request) -> Expected {
        let keys = ["resultCd", "resultMsg", "ResponseData"];
        match self.readable(request).and_then(|fields| self.check_receipt(&fields)) {
            Err(refusal) => Expected::refused(refused(&keys, &refusal)),
            Ok(key) => {
                let now = self.now;
                self.orders.get_mut(&key).unwrap().receipt.get_or_insert(now);
                Expected::accepted(r#"{"resultCd":"0000","resultMsg":"SUCCESS","ResponseData":null}"#.to_owned())
            }
        }
    }

    fn check_receipt(&self, fields: &Fields) -> Result<Key, Refusal> {
        self.authenticate(fields, &["timeStamp", "tXid", "iMid"])?;
        self.check_time_stamp(fields)?;
        let (t_xid, i_mid) = (fields.text("tXid"), fields.text("iMid"));
        let found = self.orders.iter().find(|(_, order)| order.t_xid == t_xid && order.i_mid == i_mid);
        let (key, order) = found.ok_or_else(|| refusal("9528"))?;
        let paid = matches!(order.stage, Stage::Approved { .. });
        if order.partner.as_deref() == Some("AKLP") && paid { Ok(*key) } else { Err(refusal("9502")) }
    }
}
