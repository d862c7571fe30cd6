//! `confirmAkulaku`: the merchant confirms that the customer has received the goods (`docs/PROTOCOL.md` §2.7).

use serde::Serialize;

use super::inquiry::required_t_xid;
use crate::protocol::code::Code;
use crate::protocol::fields::{RequestFields, required_time_stamp};
use crate::protocol::findings::Findings;
use crate::protocol::refusal::Refusal;

/// A confirmation that the customer has received the goods.
#[derive(Debug)]
pub struct ConfirmAkulakuRequest<'a> {
    /// NICEPAY's number.
    pub t_xid: &'a str,
}

impl<'a> ConfirmAkulakuRequest<'a> {
    /// Parses the fields. The merchantToken has been verified.
    ///
    /// # Errors
    /// `9031`, `9528`
    pub fn read(fields: &'a RequestFields<'_>, findings: &mut Findings) -> Result<Self, Refusal> {
        required_time_stamp(fields, findings, "2.7")?;
        Ok(Self { t_xid: required_t_xid(fields, "2.7")? })
    }
}

/// The response. `ResponseData`, with a capital letter as in the documents, is always null.
#[derive(Debug, Serialize)]
pub struct ConfirmAkulakuResponse {
    #[serde(rename = "resultCd")]
    pub result_cd: &'static str,
    #[serde(rename = "resultMsg")]
    pub result_msg: &'static str,
    #[serde(rename = "ResponseData")]
    pub response_data: (),
}

impl From<Code> for ConfirmAkulakuResponse {
    fn from(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, response_data: () }
    }
}
