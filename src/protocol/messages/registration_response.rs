//! The response to a registration.

use crate::protocol::code::Code;

/// The response (`docs/PROTOCOL.md` §2.1.6). The other keys are always null for Payloan.
#[derive(Debug, Default)]
pub struct RegistrationResponse<'a> {
    /// `resultCd`
    pub result_cd: &'a str,
    /// `resultMsg`
    pub result_msg: &'a str,
    /// `tXid`
    pub t_xid: Option<&'a str>,
    /// `referenceNo`
    pub reference_no: Option<&'a str>,
    /// `payMethod`
    pub pay_method: Option<&'a str>,
    /// `amt`
    pub amt: Option<&'a str>,
    /// `mitraCd`
    pub mitra_cd: Option<&'a str>,
    /// `clientUserKey`: only where the request's was not empty *(assumed from the two samples)*.
    pub client_user_key: Option<&'a str>,
    /// `requestURL`: null in the samples; a switch fills it (`docs/PROTOCOL.md` A-05).
    pub request_url: Option<&'a str>,
    /// `userToken`: only where the request's was not empty *(assumed from the two samples)*.
    pub user_token: Option<&'a str>,
}

impl RegistrationResponse<'_> {
    /// A refusal: every other key is null *(assumed, `docs/PROTOCOL.md` §2.0)*.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, ..Self::default() }
    }

    /// The JSON, with its keys in the documented order. The long runs of nulls are constants, because load tests call
    /// this endpoint most.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(640);
        let mut put = |before: &str, value: Option<&str>| {
            out.extend_from_slice(before.as_bytes());
            // Writing text to memory cannot fail.
            let _ = serde_json::to_writer(&mut out, &value);
        };
        put(r#"{"resultCd":"#, Some(self.result_cd));
        put(r#","resultMsg":"#, Some(self.result_msg));
        put(r#","tXid":"#, self.t_xid);
        put(r#","referenceNo":"#, self.reference_no);
        put(r#","payMethod":"#, self.pay_method);
        put(r#","amt":"#, self.amt);
        put(
            r#","transDt":null,"transTm":null,"description":null,"bankCd":null,"vacctNo":null,"mitraCd":"#,
            self.mitra_cd,
        );
        put(
            concat!(
                r#","payNo":null,"currency":null,"goodsNm":null,"billingNm":null,"vacctValidDt":null,"vacctValidTm":null"#,
                r#","payValidDt":null,"payValidTm":null,"requestURL":"#
            ),
            self.request_url,
        );
        put(r#","paymentExpDt":null,"paymentExpTm":null,"qrContent":null,"qrUrl":"#, None);
        if self.client_user_key.is_some() {
            put(r#","clientUserKey":"#, self.client_user_key);
        }
        if self.user_token.is_some() {
            put(r#","userToken":"#, self.user_token);
        }
        out.push(b'}');
        out
    }
}
