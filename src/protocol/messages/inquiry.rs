//! `POST /nicepay/direct/v2/inquiry`: the status of a transaction (`docs/PROTOCOL.md` §2.5).

use serde::Serialize;

use crate::diagnosis::Slug;
use crate::domain::{
    Amount, CancelKind, ExpiredStatus, InquiryKeys, Partner, Stage, Transaction, UndocumentedBehavior,
};
use crate::protocol::code::Code;
use crate::protocol::fields::{Field, RequestFields, ValueType, date, required_amount, required_time_stamp, time};
use crate::protocol::findings::Findings;
use crate::protocol::refusal::{Refusal, quoted};

/// An inquiry.
#[derive(Debug)]
pub struct InquiryRequest<'a> {
    /// NICEPAY's number.
    pub t_xid: &'a str,
    /// The merchant's order number.
    pub reference_no: &'a str,
    /// The amount of the order.
    pub amount: Amount,
}

impl<'a> InquiryRequest<'a> {
    /// Parses the fields. The merchantToken has been verified.
    ///
    /// # Errors
    /// `9031`, `8003`, `9528`, `9014`, `9007`, `9008`
    pub fn read(fields: &'a RequestFields<'_>, findings: &mut Findings) -> Result<Self, Refusal> {
        required_time_stamp(fields, findings, "2.5")?;
        let t_xid = required_t_xid(fields, "2.5")?;
        let reference_no = required(fields, Field::ReferenceNo, Code::REFERENCE_MISSING, "2.5")?;
        Ok(Self { t_xid, reference_no, amount: required_amount(fields)? })
    }

    /// Checks that the transaction with this tXid is the one that was meant (`docs/PROTOCOL.md` A-40); `i_mid` is the
    /// asking merchant.
    ///
    /// # Errors
    /// `9528`
    pub fn check(
        &self,
        i_mid: &str,
        transaction: &Transaction,
        undocumented: &UndocumentedBehavior,
    ) -> Result<(), Refusal> {
        let not_found = |slug, reason: String| Err(Refusal::new(Code::NOT_FOUND, slug, reason));
        if transaction.i_mid.as_str() != i_mid {
            return not_found(
                Slug::T_XID_OTHER_MERCHANT,
                format!("the tXid {} is another merchant's (docs/PROTOCOL.md §2.5)", quoted(self.t_xid)),
            );
        }
        if transaction.reference_no.as_str() != self.reference_no {
            let reason = format!(
                "the tXid {} has another referenceNo than {} (docs/PROTOCOL.md §2.5)",
                quoted(self.t_xid),
                quoted(self.reference_no)
            );
            return not_found(Slug::REFERENCE_NO_MISMATCH, reason);
        }
        if transaction.amount != self.amount && !undocumented.inquiry_amt_ignored {
            let reason = format!(
                "the tXid {} has the amt {}, not {} (docs/PROTOCOL.md A-40)",
                quoted(self.t_xid),
                transaction.amount,
                self.amount
            );
            return not_found(Slug::AMT_MISMATCH, reason);
        }
        Ok(())
    }
}

fn required<'a>(
    fields: &'a RequestFields<'_>,
    field: Field,
    code: Code,
    section: &'static str,
) -> Result<&'a str, Refusal> {
    if fields.value_type(field) == Some(ValueType::Invalid) {
        return Err(Refusal::new(
            code,
            Slug::FIELD_TYPE,
            format!("{} must be a string (docs/PROTOCOL.md §2.0)", field.name()),
        ));
    }
    let reason = || format!("{} (docs/PROTOCOL.md §{section})", fields.missing(field));
    fields.text(field).ok_or_else(|| Refusal::new(code, Slug::FIELD_MISSING, reason()))
}

/// The tXid of a request that is about a transaction.
///
/// # Errors
/// `9528`: a transaction without a tXid is not found *(assumed)*.
pub(super) fn required_t_xid<'a>(fields: &'a RequestFields<'_>, section: &'static str) -> Result<&'a str, Refusal> {
    required(fields, Field::TXid, Code::NOT_FOUND, section)
}

/// There is no such transaction. Seen live on cancel, *(assumed)* elsewhere.
pub fn unknown_t_xid(t_xid: &str, section: &'static str) -> Refusal {
    let reason = format!(
        "no transaction has the tXid {}; was the simulator restarted or reset? (docs/PROTOCOL.md §{section})",
        quoted(t_xid)
    );
    Refusal::new(Code::NOT_FOUND, Slug::T_XID_UNKNOWN, reason)
}

/// `status` and its word in `resultMsg` (`docs/PROTOCOL.md` §4.1).
pub fn status_digit(stage: &Stage, undocumented: &UndocumentedBehavior) -> (&'static str, &'static str) {
    let digit = match stage {
        Stage::Abandoned { .. } if undocumented.abandoned_fails => "8",
        Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => "9",
        Stage::UnderReview { .. } => "3",
        Stage::Approved { .. } => "0",
        Stage::Declined { .. } => "8",
        Stage::Expired { .. } => match undocumented.expired_status {
            ExpiredStatus::Failed => "8",
            ExpiredStatus::Unchanged => "9",
            ExpiredStatus::Expired => "4",
        },
        Stage::Cancelled { kind: CancelKind::Void, .. } => "1",
        Stage::Cancelled { kind: CancelKind::Refund, .. } => "2",
    };
    (digit, status_word(digit))
}

/// The word for a `status`: `init` is documented, the others are *(assumed)*.
pub fn status_word(digit: &str) -> &'static str {
    match digit {
        "0" => "paid",
        "1" => "void",
        "2" => "refund",
        "3" => "unpaid",
        "4" => "expired",
        "9" => "init",
        _ => "fail",
    }
}

/// The response: the 40 documented keys, in their order (`docs/PROTOCOL.md` §2.5).
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InquiryResponse {
    #[serde(rename = "tXid")]
    pub t_xid: Option<String>,
    pub i_mid: Option<String>,
    pub currency: Option<&'static str>,
    pub amt: Option<Amount>,
    pub instmnt_mon: Option<String>,
    pub instmnt_type: Option<String>,
    pub reference_no: Option<String>,
    pub goods_nm: Option<String>,
    pub pay_method: Option<&'static str>,
    pub billing_nm: Option<String>,
    pub req_dt: Option<String>,
    pub req_tm: Option<String>,
    pub status: Option<&'static str>,
    pub result_cd: &'static str,
    pub result_msg: &'static str,
    pub card_no: (),
    pub preauth_token: (),
    pub acqu_bank_cd: (),
    pub issu_bank_cd: (),
    pub vacct_valid_dt: (),
    pub vacct_valid_tm: (),
    pub vacct_no: (),
    pub bank_cd: (),
    pub pay_no: (),
    pub mitra_cd: Option<&'static str>,
    pub receipt_code: (),
    pub cancel_amt: Option<Amount>,
    pub trans_dt: Option<String>,
    pub trans_tm: Option<String>,
    pub recurring_token: (),
    pub cc_trans_type: (),
    pub pay_valid_dt: (),
    pub pay_valid_tm: (),
    pub m_ref_no: (),
    pub acqu_status: (),
    pub card_exp_yymm: (),
    pub acqu_bank_nm: (),
    pub issu_bank_nm: (),
    pub deposit_dt: Option<String>,
    pub deposit_tm: Option<String>,
}

impl InquiryResponse {
    /// The response about a transaction.
    pub fn new(transaction: &Transaction, undocumented: &UndocumentedBehavior) -> Self {
        let (status, word) = status_digit(transaction.stage(), undocumented);
        let paid = match transaction.stage() {
            Stage::Approved { at, .. } | Stage::Cancelled { paid_at: at, .. } => Some(*at),
            _ => None,
        };
        Self {
            t_xid: Some(transaction.t_xid.to_string()),
            i_mid: Some(transaction.i_mid.to_string()),
            currency: Some("IDR"),
            amt: Some(transaction.amount),
            instmnt_mon: Some(transaction.months().to_string()),
            instmnt_type: Some(transaction.order.instmnt_type.to_string()),
            reference_no: Some(transaction.reference_no.to_string()),
            goods_nm: Some(transaction.order.goods_nm.to_string()),
            pay_method: Some("06"),
            billing_nm: Some(transaction.order.billing_nm.to_string()),
            req_dt: Some(date(transaction.registered_at)),
            req_tm: Some(time(transaction.registered_at)),
            status: Some(status),
            result_cd: Code::SUCCESS.cd,
            result_msg: word,
            mitra_cd: transaction.order.partner.map(Partner::mitra_cd),
            cancel_amt: Some(transaction.stage().refunded()).filter(|refunded| *refunded > Amount::ZERO),
            trans_dt: paid.map(date),
            trans_tm: paid.map(time),
            deposit_dt: paid.map(date),
            deposit_tm: paid.map(time),
            ..Self::default()
        }
    }

    /// The keys of newer clients, as JSON that follows the documented ones. Their values are not known (`docs/PROTOCOL.md`
    /// A-44).
    pub const fn newer_keys(keys: InquiryKeys) -> &'static str {
        match keys {
            InquiryKeys::Documented => "",
            InquiryKeys::Newer => {
                r#","paymentExpDt":null,"paymentExpTm":null,"paymentTrxSn":null,"cancelTrxSn":null,"userId":null,"shopId":null"#
            }
            InquiryKeys::NewerWithAuthNo => {
                r#","paymentExpDt":null,"paymentExpTm":null,"paymentTrxSn":null,"cancelTrxSn":null,"userId":null,"shopId":null,"authNo":null"#
            }
        }
    }

    /// A refusal: every other key is null *(assumed, `docs/PROTOCOL.md` §2.0)*.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, ..Self::default() }
    }
}
