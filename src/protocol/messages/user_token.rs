//! `remove-token` and `user-details`: reads and removes a user token (`docs/PROTOCOL.md` §2.10, §2.11).

use serde::Serialize;

use crate::domain::{AccountState, Amount, Product, Shopper, TokenRecord};
use crate::protocol::code::Code;
use crate::protocol::fields::{Field, FieldRules, MAX_LENGTH, RequestFields, Requirement, row};
use crate::protocol::findings::Findings;
use crate::protocol::refusal::Refusal;

#[rustfmt::skip]
const REMOVE: FieldRules = FieldRules { section: "2.10", rows: &[
    row(Field::TimeStamp, Code::TIME_STAMP, Requirement::Always, MAX_LENGTH),
    row(Field::UserToken, Code::ORDER_DATA, Requirement::Always, 255),
] };
#[rustfmt::skip]
const DETAILS: FieldRules = FieldRules { section: "2.11", rows: &[
    row(Field::TimeStamp, Code::TIME_STAMP, Requirement::Always, MAX_LENGTH),
    row(Field::UserToken, Code::ORDER_DATA, Requirement::Always, 255),
] };

/// The `userToken` that `remove-token` is about. The merchantToken has been verified.
///
/// # Errors
/// `9031`, `8003` *(assumed)*
pub fn token_to_remove<'a>(fields: &'a RequestFields<'_>, findings: &mut Findings) -> Result<&'a str, Refusal> {
    token(&REMOVE, fields, findings)
}

/// The `userToken` that `user-details` is about. The merchantToken has been verified.
///
/// # Errors
/// `9031`, `8003` *(assumed)*
pub fn token_to_read<'a>(fields: &'a RequestFields<'_>, findings: &mut Findings) -> Result<&'a str, Refusal> {
    token(&DETAILS, fields, findings)
}

fn token<'a>(table: &FieldRules, fields: &'a RequestFields<'_>, findings: &mut Findings) -> Result<&'a str, Refusal> {
    table.required(fields, findings)?;
    table.value_types(fields)?;
    table.lengths(fields, findings)?;
    table.control_characters(fields, findings)?;
    FieldRules::time_stamp(fields, findings)?;
    Ok(fields.text(Field::UserToken).unwrap_or_default())
}

/// The response of `remove-token` (`docs/PROTOCOL.md` §2.10).
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveTokenResponse {
    pub result_cd: &'static str,
    pub result_msg: &'static str,
    pub user_token: Option<String>,
    /// `0`: inactive (`docs/PROTOCOL.md` §4.8).
    pub token_status: Option<&'static str>,
    /// A telephone number, directly followed by the text, as in the documents.
    pub description: Option<String>,
}

impl RemoveTokenResponse {
    /// The response after the removal.
    pub fn new(token: &TokenRecord) -> Self {
        let local = token.grant.phone.local();
        let phone = if token.grant.billing_phone.is_empty() { &local } else { &*token.grant.billing_phone };
        Self {
            result_cd: Code::SUCCESS.cd,
            result_msg: Code::SUCCESS.msg,
            user_token: Some(token.user_token.to_string()),
            token_status: Some("0"),
            description: Some(format!("{phone}deactivated by merchant")),
        }
    }

    /// A refusal: every other key is null *(assumed, `docs/PROTOCOL.md` §2.0)*.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, ..Self::default() }
    }
}

/// The response of `user-details` (`docs/PROTOCOL.md` §2.11).
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserDetailsResponse {
    pub result_cd: &'static str,
    pub result_msg: &'static str,
    /// The name on the lender's account.
    pub billing_nm: Option<String>,
    /// `+62-821****3300`; the sample's stars are *(assumed)*.
    pub billing_phone: Option<String>,
    /// `1` active, `0` not *(assumed, `docs/PROTOCOL.md` §4.8)*.
    pub account_status: Option<&'static str>,
    /// `2`, or `1` for an account that has 30 days only *(assumed, `docs/PROTOCOL.md` §4.8)*.
    pub account_type: Option<&'static str>,
    pub limit_details: Option<Vec<LimitDetail>>,
}

/// What is left under one tenor, in rupiah with two decimals.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitDetail {
    pub payment_type: String,
    pub remaining_user_limit: String,
    pub total_user_limit: String,
}

impl UserDetailsResponse {
    /// The response about an account.
    pub fn new(account: &Shopper) -> Self {
        let decimals = |amount: Amount| format!("{amount}.00");
        let mut limits: Vec<_> = account
            .limits
            .iter()
            .map(|limit| LimitDetail {
                payment_type: Product::payment_type(limit.months),
                remaining_user_limit: decimals(limit.total.saturating_sub(account.owes)),
                total_user_limit: decimals(limit.total),
            })
            .collect();
        // By their text, as in the sample: 12_months, 30_days, 3_months, 6_months.
        limits.sort_by(|a, b| a.payment_type.cmp(&b.payment_type));
        let active = account.state == AccountState::Active;
        let basic = account.limits.iter().all(|limit| limit.months == 1);
        Self {
            result_cd: Code::SUCCESS.cd,
            result_msg: Code::SUCCESS.msg,
            billing_nm: Some(account.name.to_string()),
            billing_phone: Some(masked(account.phone.as_str())),
            account_status: Some(if active { "1" } else { "0" }),
            account_type: Some(if basic { "1" } else { "2" }),
            limit_details: Some(limits),
        }
    }

    /// A refusal: every other key is null *(assumed, `docs/PROTOCOL.md` §2.0)*.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, ..Self::default() }
    }
}

/// `+62-821****3300`: four stars between the first three digits and the last four.
fn masked(digits: &str) -> String {
    let (head, tail) = (&digits[..3.min(digits.len())], &digits[digits.len().saturating_sub(4)..]);
    format!("+62-{head}****{tail}")
}
