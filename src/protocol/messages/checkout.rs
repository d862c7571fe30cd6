//! Checkout: NICEPAY's own page comes before the lender's (`docs/PROTOCOL.md` §2.8). Its registration is read like the
//! direct one.

use serde::Serialize;

use super::registration::Registration;
use crate::diagnosis::Slug;
use crate::protocol::code::Code;
use crate::protocol::fields::{Field, RequestFields, date, time};
use crate::protocol::refusal::{Refusal, quoted};

/// The response, with the keys that the PHP client reads, in its order. Their values, apart from the result, are
/// *(assumed)*.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutResponse<'a> {
    pub result_cd: &'a str,
    pub result_msg: &'a str,
    #[serde(rename = "tXid")]
    pub t_xid: Option<&'a str>,
    pub reference_no: Option<&'a str>,
    pub pay_method: Option<&'a str>,
    pub amt: Option<&'a str>,
    pub trans_dt: Option<String>,
    pub trans_tm: Option<String>,
    pub description: Option<&'a str>,
    pub currency: Option<&'a str>,
    pub goods_nm: Option<&'a str>,
    pub billing_nm: Option<&'a str>,
    pub pay_valid_dt: Option<&'a str>,
    pub pay_valid_tm: Option<&'a str>,
    /// Without a query: the merchant appends `?tXid=` (`docs/PROTOCOL.md` §2.8).
    #[serde(rename = "paymentURL")]
    pub payment_url: Option<String>,
}

impl<'a> CheckoutResponse<'a> {
    /// The response to an order that was registered.
    pub fn new(
        fields: &'a RequestFields<'_>,
        order: &Registration<'a>,
        t_xid: &'a str,
        registered_at: jiff::Timestamp,
        payment_url: String,
    ) -> Self {
        Self {
            result_cd: Code::SUCCESS.cd,
            result_msg: Code::SUCCESS.msg,
            t_xid: Some(t_xid),
            reference_no: fields.text(Field::ReferenceNo),
            pay_method: Some(order.pay_method),
            amt: fields.text(Field::Amt),
            trans_dt: Some(date(registered_at)),
            trans_tm: Some(time(registered_at)),
            description: order.description,
            currency: Some("IDR"),
            goods_nm: Some(order.goods_nm),
            billing_nm: Some(order.billing_nm),
            pay_valid_dt: fields.text(Field::PayValidDt),
            pay_valid_tm: fields.text(Field::PayValidTm),
            payment_url: Some(payment_url),
        }
    }

    /// A refusal: every other key is null *(assumed, `docs/PROTOCOL.md` §2.0)*.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, ..Self::default() }
    }
}

/// The tXid in the query of the hosted page, also where a client has appended `?tXid=` twice (`docs/PROTOCOL.md` §2.8).
pub fn checkout_t_xid<'a>(fields: &'a RequestFields<'_>) -> &'a str {
    let text = fields.text(Field::TXid).unwrap_or_default();
    text.split('?').next().unwrap_or_default()
}

/// There is no such order at Checkout.
pub fn unknown_checkout(fields: &RequestFields<'_>) -> Refusal {
    let t_xid = checkout_t_xid(fields);
    let reason = if t_xid.is_empty() {
        format!("{} (docs/PROTOCOL.md §2.8)", fields.missing(Field::TXid))
    } else {
        format!(
            "no order of Checkout has the tXid {}; was the simulator restarted or reset? (docs/PROTOCOL.md §2.8)",
            quoted(t_xid)
        )
    };
    Refusal::new(Code::NOT_FOUND, Slug::T_XID_UNKNOWN, reason)
}
