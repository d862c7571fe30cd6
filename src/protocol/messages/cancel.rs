//! `POST /nicepay/direct/v2/cancel`: refunds a payment (`docs/PROTOCOL.md` §2.6).

use serde::Serialize;

use super::activation::check_pay_method;
use super::inquiry::required_t_xid;
use crate::diagnosis::Slug;
use crate::domain::{Amount, Evidence, Transaction};
use crate::protocol::code::Code;
use crate::protocol::fields::{
    Field, FieldRules, MAX_LENGTH, RequestFields, Requirement, ValueType, date, refuse, required_time_stamp, row, time,
};
use crate::protocol::findings::Findings;
use crate::protocol::refusal::{Refusal, quoted};

/// The fields without a check of their own.
#[rustfmt::skip]
const TABLE: FieldRules = FieldRules { section: "2.6", rows: &[
    row(Field::PayMethod,      Code::PAY_METHOD_MISSING, Requirement::Always, MAX_LENGTH),
    row(Field::CancelMsg,      Code::ORDER_DATA,         Requirement::Never,  255),
    row(Field::CancelUserId,   Code::ORDER_DATA,         Requirement::Never,  30),
    row(Field::CancelUserInfo, Code::ORDER_DATA,         Requirement::Never,  100),
    row(Field::CancelUserIp,   Code::ORDER_DATA,         Requirement::Never,  15),
    row(Field::CancelServerIp, Code::ORDER_DATA,         Requirement::Never,  15),
    row(Field::CancelRetryCnt, Code::ORDER_DATA,         Requirement::Never,  2),
    row(Field::ReferenceNo,    Code::REFERENCE_MISSING,  Requirement::Never,  40),
    row(Field::PreauthToken,   Code::ORDER_DATA,         Requirement::Never,  100),
    row(Field::Worker,         Code::ORDER_DATA,         Requirement::Never,  10),
    row(Field::Fee,            Code::ORDER_DATA,         Requirement::Never,  12),
    row(Field::Vat,            Code::ORDER_DATA,         Requirement::Never,  12),
    row(Field::NotaxAmt,       Code::ORDER_DATA,         Requirement::Never,  12),
] };

/// A cancel request.
#[derive(Debug)]
pub struct CancelRequest<'a> {
    /// NICEPAY's number.
    pub t_xid: &'a str,
    /// `cancelType` 1, not 2.
    pub is_full: bool,
    /// The amount to refund.
    pub amount: Amount,
    /// The merchant's order number, where it was sent.
    pub reference_no: Option<&'a str>,
}

impl<'a> CancelRequest<'a> {
    /// Parses the fields. The merchantToken has been verified.
    ///
    /// # Errors
    /// `9031`, `9301`, `9312`, `9321`, `9012`, `9108`, `8003`, `9109`, `9528`, in this order.
    pub fn read(fields: &'a RequestFields<'_>, findings: &mut Findings) -> Result<Self, Refusal> {
        required_time_stamp(fields, findings, "2.6")?;
        let is_full = match fields.text(Field::CancelType) {
            Some("1") => true,
            Some("2") => false,
            other => {
                let got = quoted(other.unwrap_or_default());
                let reason = format!("cancelType {got} is neither 1 (full) nor 2 (partial) (docs/PROTOCOL.md §4.8)");
                return refuse(Code::CANCEL_TYPE, Slug::CANCEL_TYPE_UNKNOWN, reason);
            }
        };
        let amount = amount(fields)?;
        TABLE.required(fields, findings)?;
        TABLE.value_types(fields)?;
        // The published sample cancels a Checkout's payment with 06 (`docs/PROTOCOL.md` §2.8); its own digits are as
        // good *(assumed)*.
        check_pay_method(fields.text(Field::PayMethod).unwrap_or_default(), true)?;
        TABLE.lengths(fields, findings)?;
        TABLE.control_characters(fields, findings)?;
        let t_xid = required_t_xid(fields, "2.6")?;
        Ok(Self { t_xid, is_full, amount, reference_no: fields.text(Field::ReferenceNo) })
    }

    /// Checks that the transaction belongs to this merchant and has the order number that was sent.
    ///
    /// # Errors
    /// `9528`
    pub fn check(&self, i_mid: &str, transaction: &Transaction, findings: &mut Findings) -> Result<(), Refusal> {
        if transaction.i_mid.as_str() != i_mid {
            let reason = format!("the tXid {} is another merchant's (docs/PROTOCOL.md §2.6)", quoted(self.t_xid));
            return refuse(Code::NOT_FOUND, Slug::T_XID_OTHER_MERCHANT, reason);
        }
        if let Some(reference_no) = self.reference_no.filter(|own| *own != transaction.reference_no.as_str()) {
            let reason = format!(
                "the tXid {} has another referenceNo than {} (docs/PROTOCOL.md §2.6)",
                quoted(self.t_xid),
                quoted(reference_no)
            );
            findings.add(Code::NOT_FOUND, Slug::REFERENCE_NO_MISMATCH, Evidence::Assumed, reason)?;
        }
        Ok(())
    }
}

/// The amount to refund.
fn amount(fields: &RequestFields<'_>) -> Result<Amount, Refusal> {
    let text = fields.text(Field::Amt).filter(|_| fields.value_type(Field::Amt) != Some(ValueType::Invalid));
    let Some(text) = text else {
        return refuse(
            Code::CANCEL_AMT,
            Slug::FIELD_MISSING,
            match fields.text(Field::Amt) {
                None => format!("{} (docs/PROTOCOL.md §2.6)", fields.missing(Field::Amt)),
                Some(_) => "amt is neither a string nor a number (docs/PROTOCOL.md §2.6)".to_owned(),
            },
        );
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let below_zero = text.strip_prefix('-').is_some_and(digits);
    if below_zero || (digits(text) && text.bytes().all(|b| b == b'0')) {
        let reason = format!("amt {} must be greater than 0 (docs/PROTOCOL.md §2.6)", quoted(text));
        return refuse(Code::CANCEL_NOTHING, Slug::AMT_NOT_POSITIVE, reason);
    }
    match text.parse() {
        Ok(rupiah) if digits(text) && text.len() <= 12 => Ok(Amount::from_rupiah(rupiah)),
        _ => {
            let reason = format!("amt {} must be whole rupiah, 1 to 12 digits (docs/PROTOCOL.md §3.3)", quoted(text));
            refuse(Code::CANCEL_AMT, Slug::AMT_FORMAT, reason)
        }
    }
}

/// The response (`docs/PROTOCOL.md` §2.6); `transDt` and `transTm` are those in the tXid, as in the published sample.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelResponse {
    #[serde(rename = "tXid")]
    pub t_xid: Option<String>,
    pub reference_no: Option<String>,
    pub result_cd: &'static str,
    pub result_msg: &'static str,
    pub trans_dt: Option<String>,
    pub trans_tm: Option<String>,
    pub description: Option<String>,
    pub amt: Option<Amount>,
}

impl CancelResponse {
    /// The response after a refund of `amount`.
    pub fn new(transaction: &Transaction, amount: Amount) -> Self {
        Self {
            t_xid: Some(transaction.t_xid.to_string()),
            reference_no: Some(transaction.reference_no.to_string()),
            result_cd: Code::SUCCESS.cd,
            result_msg: Code::SUCCESS.msg,
            trans_dt: Some(date(transaction.registered_at)),
            trans_tm: Some(time(transaction.registered_at)),
            description: transaction.order.description.as_deref().map(str::to_owned),
            amt: Some(amount),
        }
    }

    /// The keys of newer clients, as JSON that follows the documented ones. Their values are not known (`docs/PROTOCOL.md`
    /// A-20).
    pub const fn newer_keys(sent: bool) -> &'static str {
        if sent { r#","cancelTxId":null,"cancelTrxSn":null,"cancelReferenceNo":null"# } else { "" }
    }

    /// A refusal: every other key is null *(assumed, `docs/PROTOCOL.md` §2.0)*.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> &'static str {
        let fields = RequestFields::pairs([(Field::Amt, text)]);
        amount(&fields).map_or_else(|refusal| refusal.code.cd, |_| "0000")
    }

    #[test]
    fn amounts_that_people_try() {
        for (text, expected) in [
            ("1", "0000"),
            ("000000025145", "0000"),
            ("", "9312"),
            ("abc", "9312"),
            ("1.5", "9312"),
            ("1e3", "9312"),
            (" 1", "9312"),
            ("+1", "9312"),
            ("--1", "9312"),
            ("1000000000000", "9312"),
            ("0", "9321"),
            ("000", "9321"),
            ("-1", "9321"),
            ("-0", "9321"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_accepts_only_positive_amounts(text in "\\PC{0,20}") {
            if code(&text) == "0000" {
                prop_assert!(text.parse::<u64>().unwrap() > 0);
            }
        }
    }
}
