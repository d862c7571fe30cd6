//! `/nicepay/direct/v2/payment`: the customer's browser opens the payment (`docs/PROTOCOL.md` §2.2).

use serde::Serialize;

use crate::diagnosis::Slug;
use crate::domain::{Evidence, UndocumentedBehavior};
use crate::protocol::code::Code;
use crate::protocol::fields::{Field, RequestFields, callback_url};
use crate::protocol::findings::Findings;
use crate::protocol::refusal::{Refusal, quoted};

/// The request of the customer's browser.
#[derive(Debug)]
pub struct PaymentRequest<'a> {
    /// The tXid as sent; empty where it is missing.
    pub t_xid: &'a str,
    /// `callBackUrl`, or why it is refused.
    pub callback_url: Result<&'a str, Refusal>,
    /// Whether the response must be JSON instead of a redirect.
    pub wants_json: bool,
}

impl<'a> PaymentRequest<'a> {
    /// Parses the fields of a form or query. Refuses nothing yet: a refusal is sent to `callBackUrl` where that is valid.
    pub fn read(
        fields: &'a RequestFields<'_>,
        form: &str,
        undocumented: &UndocumentedBehavior,
        findings: &mut Findings,
    ) -> Self {
        if let Some(lost) = lost_of_callback(form) {
            let reason = format!(
                "callBackUrl was sent without encoding, so it ends before its first &; {lost} {} not part of it (docs/PROTOCOL.md §2.2)",
                if lost.contains(',') { "are" } else { "is" }
            );
            findings.advise(Slug::CALL_BACK_URL_CUT, Evidence::Documented, reason);
        }
        let callback_url = match fields.text(Field::CallBackUrl) {
            None => Err(Refusal::new(
                Code::CALLBACK_MISSING,
                Slug::CALL_BACK_URL_MISSING,
                format!("{} (docs/PROTOCOL.md §2.2)", fields.missing(Field::CallBackUrl)),
            )),
            Some(url) => check_callback(url, undocumented, findings).map(|()| url),
        };
        Self {
            t_xid: fields.text(Field::TXid).unwrap_or_default(),
            callback_url,
            wants_json: fields.text(Field::ReturnJsonFormat) == Some("1"),
        }
    }

    /// There is no such transaction *(the code is assumed: it was seen on cancel)*.
    pub fn unknown(fields: &RequestFields<'_>) -> Refusal {
        let t_xid = fields.text(Field::TXid).unwrap_or_default();
        let reason = if t_xid.is_empty() {
            format!("{} (docs/PROTOCOL.md §2.2)", fields.missing(Field::TXid))
        } else {
            format!(
                "no transaction has the tXid {}; was the simulator restarted or reset? (docs/PROTOCOL.md §2.2)",
                quoted(t_xid)
            )
        };
        Refusal::new(Code::NOT_FOUND, Slug::T_XID_UNKNOWN, reason)
    }
}

/// How many lost parts are named.
const MAX_NAMED: usize = 4;

/// What follows an unencoded `callBackUrl` and was meant as the rest of its query: the names up to the next field of
/// `/payment`.
fn lost_of_callback(form: &str) -> Option<String> {
    let mut pairs = form.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(name, value)| {
        Field::from_name(name) == Some(Field::CallBackUrl) && value.contains("://") && value.contains('?')
    })?;
    let lost: Vec<_> = pairs
        .map(|(name, _)| name)
        .take_while(|name| !is_payment_field(name))
        .filter(|name| !name.is_empty())
        .collect();
    let named: Vec<_> = lost.iter().take(MAX_NAMED).map(|name| quoted(name)).collect();
    match lost.len().saturating_sub(named.len()) {
        _ if lost.is_empty() => None,
        0 => Some(named.join(", ")),
        more => Some(format!("{}, and {more} more", named.join(", "))),
    }
}

/// Whether `/payment` has a field of this name, also for other payment methods.
fn is_payment_field(name: &str) -> bool {
    const OTHERS: [&str; 5] = ["card", "clickpay", "datafield", "recurringtoken", "preauthtoken"];
    let known = [Field::TimeStamp, Field::TXid, Field::MerchantToken, Field::CallBackUrl, Field::ReturnJsonFormat];
    let name_of_others = name.to_ascii_lowercase();
    Field::from_name(name).is_some_and(|field| known.contains(&field))
        || OTHERS.iter().any(|other| name_of_others.starts_with(other))
}

fn check_callback(url: &str, undocumented: &UndocumentedBehavior, findings: &mut Findings) -> Result<(), Refusal> {
    let sentence = |reason: &str| format!("callBackUrl {} {reason} (docs/PROTOCOL.md §2.2)", quoted(url));
    let refuse = |reason: &str| Err(Refusal::new(Code::ORDER_DATA, Slug::CALL_BACK_URL_FORMAT, sentence(reason)));
    if let Err(reason) = callback_url(url, &undocumented.callback_schemes) {
        return refuse(&reason);
    }
    // 255 are documented; what fits into a header is taken (`docs/PROTOCOL.md` §6.4.5a).
    match url.chars().count() {
        4_001.. => refuse("is longer than 4,000 characters"),
        256.. => {
            let reason = sentence("is longer than 255 characters");
            findings.add(Code::ORDER_DATA, Slug::CALL_BACK_URL_FORMAT, Evidence::Documented, reason)
        }
        _ => Ok(()),
    }
}

/// The response where it is JSON: a refusal, or `returnJsonFormat=1` (key known from e-wallets; *(assumed)* for
/// Payloan).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentResponse<'a> {
    pub result_cd: &'a str,
    pub result_msg: &'a str,
    #[serde(rename = "tXid")]
    pub t_xid: Option<&'a str>,
    pub reference_no: Option<&'a str>,
    pub redirect_url_http: Option<&'a str>,
}

impl PaymentResponse<'_> {
    /// A refusal without a valid `callBackUrl`.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, t_xid: None, reference_no: None, redirect_url_http: None }
    }
}
