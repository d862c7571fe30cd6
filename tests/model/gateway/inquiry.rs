//! The status of an order (`docs/PROTOCOL.md` §2.5, §4.1), and checkMid (§2.12).

use serde_json::{Value, json};

use crate::gateway::fields::{Fields, Refusal, Sent, refusal, refused};
use crate::gateway::state::{Gateway, Key, Order, Stage};
use crate::gateway::{Expected, digits};
use crate::time::wib;
use crate::wire::Request;

pub(crate) const KEYS: [&str; 47] = [
    "tXid",
    "iMid",
    "currency",
    "amt",
    "instmntMon",
    "instmntType",
    "referenceNo",
    "goodsNm",
    "payMethod",
    "billingNm",
    "reqDt",
    "reqTm",
    "status",
    "resultCd",
    "resultMsg",
    "cardNo",
    "preauthToken",
    "acquBankCd",
    "issuBankCd",
    "vacctValidDt",
    "vacctValidTm",
    "vacctNo",
    "bankCd",
    "payNo",
    "mitraCd",
    "receiptCode",
    "cancelAmt",
    "transDt",
    "transTm",
    "recurringToken",
    "ccTransType",
    "payValidDt",
    "payValidTm",
    "mRefNo",
    "acquStatus",
    "cardExpYymm",
    "acquBankNm",
    "issuBankNm",
    "depositDt",
    "depositTm",
    "paymentExpDt",
    "paymentExpTm",
    "paymentTrxSn",
    "cancelTrxSn",
    "userId",
    "shopId",
    "authNo",
];

impl Gateway {
    pub(crate) fn inquiry(&self, request: &Request) -> Expected {
        let keys = &KEYS[..usize::from(self.settings.inquiry_keys)];
        match self.readable(request).and_then(|fields| self.check_inquiry(&fields)) {
            Err(refusal) => Expected::refused(refused(keys, &refusal)),
            Ok(key) => Expected::accepted(self.inquiry_answer(&self.orders[&key])),
        }
    }

    fn check_inquiry(&self, fields: &Fields) -> Result<Key, Refusal> {
        self.authenticate(fields, &["timeStamp", "iMid", "referenceNo", "amt"])?;
        self.check_time_stamp(fields)?;
        for (name, code) in [("tXid", "9528"), ("referenceNo", "9014"), ("amt", "9007")] {
            match fields.sent(name) {
                Sent::Text(text) if name == "amt" && !digits(&text, 1..=12) => return Err(refusal("9008")),
                Sent::Text(text) if name == "amt" && text.parse() == Ok(0_u64) => return Err(refusal("9115")),
                Sent::Text(_) => {}
                Sent::Structure if name == "amt" => return Err(refusal("9008")),
                Sent::Missing | Sent::Structure => return Err(refusal(code)),
            }
        }
        let (t_xid, i_mid, amt) = (fields.text("tXid"), fields.text("iMid"), fields.text("amt"));
        let found = self.orders.iter().find(|(_, order)| {
            order.t_xid == t_xid
                && order.i_mid == i_mid
                && order.reference_no == fields.text("referenceNo")
                && (self.settings.inquiry_amt == "ignore" || amt.parse() == Ok(order.amt))
        });
        found.map(|(key, _)| *key).ok_or_else(|| refusal("9528"))
    }

    /// The status digit and its word.
    pub(crate) fn status(&self, order: &Order) -> (&'static str, &'static str) {
        let word = |digit| match digit {
            "9" => "init",
            "3" => "unpaid",
            "0" => "paid",
            "2" => "refund",
            "1" => "void",
            "4" => "expired",
            _ => "fail",
        };
        let digit = match order.stage {
            Stage::Registered | Stage::AtPartner => "9",
            Stage::Abandoned { .. } => self.settings.abandoned_status,
            Stage::UnderReview { .. } => "3",
            Stage::Approved { .. } => "0",
            Stage::Declined { .. } => "8",
            Stage::Expired { .. } => self.settings.expired_status,
            Stage::Cancelled { void, .. } => {
                if void {
                    "1"
                } else {
                    "2"
                }
            }
        };
        (digit, word(digit))
    }

    pub(crate) fn inquiry_answer(&self, order: &Order) -> String {
        let mut body = json!({});
        for key in &KEYS[..usize::from(self.settings.inquiry_keys)] {
            body[*key] = Value::Null;
        }
        let (status, word) = self.status(order);
        let at = wib(order.created_at);
        let paid = match order.stage {
            Stage::Approved { at } | Stage::Cancelled { paid_at: at, .. } => Some(wib(at)),
            _ => None,
        };
        // §2.5: of a Checkout order the method is 06, and the lender comes once the customer has chosen.
        for (name, value) in [
            ("tXid", order.t_xid.as_str()),
            ("iMid", &order.i_mid),
            ("currency", "IDR"),
            ("amt", &order.amt.to_string()),
            ("instmntMon", &Self::shown_months(order).to_string()),
            ("instmntType", &order.instmnt_type),
            ("referenceNo", &order.reference_no),
            ("goodsNm", &order.goods_nm),
            ("payMethod", "06"),
            ("billingNm", &order.billing_nm),
            ("reqDt", &at[..8]),
            ("reqTm", &at[8..]),
            ("status", status),
            ("resultCd", "0000"),
            ("resultMsg", word),
        ] {
            body[name] = value.into();
        }
        body["mitraCd"] = order.partner.clone().into();
        if let Some(at) = paid {
            for (day, time) in [("transDt", "transTm"), ("depositDt", "depositTm")] {
                body[day] = at[..8].into();
                body[time] = at[8..].into();
            }
        }
        if order.cancelled > 0 {
            body["cancelAmt"] = order.cancelled.to_string().into();
        }
        body.to_string()
    }

    pub(crate) fn check_mid(&self, request: &Request) -> Expected {
        let checked = self.readable(request).and_then(|fields| {
            self.authenticate_with(&fields, &["timeStamp", "iMid"], "TEST0")?;
            self.check_time_stamp(&fields)
        });
        match checked {
            Err(refusal) => Expected::refused(refused(&["resultCd", "resultMsg"], &refusal)),
            Ok(()) => Expected::accepted(r#"{"resultCd":"0000","resultMsg":"SUCCESS"}"#.to_owned()),
        }
    }
}
