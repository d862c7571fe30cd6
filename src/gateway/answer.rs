//! What an endpoint answers: the same envelope everywhere, every refusal explained.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Gateway;
use super::back::Back;
use super::faulty::Faulty;
use crate::diagnosis::Slug;
use crate::domain::{IMid, NotificationId, Profile, SendMoment, Transaction};
use crate::engine::{Refused, Release, Subject};
use crate::paths;
use crate::protocol::{Code, Diagnosis, Field, Refusal, RequestFields};

/// §2.0: the JSON endpoints always say this.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// An answer that is still to be dressed.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// A page for a browser, in the place of the body.
    pub(super) page: Option<HttpResponse>,
    /// A redirect's target.
    pub(super) location: Option<String>,
    /// Whom it is about.
    pub(super) subject: Subject,
    /// Why it is a refusal.
    pub(super) diagnosis: Option<Diagnosis>,
    /// What was accepted and would be refused elsewhere.
    pub(super) notes: Vec<Diagnosis>,
    pub(super) rule: Option<Arc<str>>,
    /// Dropped when the answer is written.
    pub(super) release: Option<Release>,
    /// What the merchant is told before.
    pub(super) tell_first: Vec<NotificationId>,
    /// The browser that goes back to the merchant with it.
    pub(super) back: Option<Box<Back>>,
    /// Verbs that would be right, on 405.
    pub(super) verbs: Option<&'static str>,
    /// What a rule has wrong with it.
    pub(super) fault: Option<Box<Faulty>>,
}

/// JSON of what serializes without fail: our own structs of strings.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    match serde_json::to_writer(&mut out, value) {
        Ok(()) => out,
        Err(e) => unreachable!("an answer of strings serializes: {e}"),
    }
}

impl Answer {
    pub(super) fn json(value: &impl Serialize) -> Self {
        Self { body: json(value), ..Self::default() }
    }

    pub(super) fn redirect(location: String) -> Self {
        Self { status: StatusCode::FOUND, location: Some(location), ..Self::default() }
    }

    pub(super) fn page(page: HttpResponse) -> Self {
        Self { status: page.status(), page: Some(page), ..Self::default() }
    }

    pub(super) fn about(mut self, transaction: &Transaction) -> Self {
        self.subject = Subject::from(transaction);
        self.rule = Some(Arc::clone(&transaction.rule));
        self
    }

    /// About a merchant, and none of its orders.
    pub(super) fn of_merchant(mut self, i_mid: &IMid) -> Self {
        self.subject = Subject::merchant(i_mid);
        self
    }

    pub(super) fn because(mut self, diagnosis: Diagnosis) -> Self {
        self.diagnosis = Some(diagnosis);
        self
    }

    /// The browser goes back with this answer, after the notifications that a rule wants sent before.
    pub(super) fn back(self, gateway: &Gateway, notices: &[NotificationId], back: Back) -> Self {
        let tell_first = gateway.engine.pending_before(SendMoment::BeforeReturn, notices);
        Self { tell_first, back: Some(Box::new(back)), ..self }
    }
}

/// What an endpoint gets to see.
pub(super) struct Asked<'a> {
    pub(super) request: &'a HttpRequest,
    pub(super) body: &'a [u8],
}

impl Asked<'_> {
    /// Whether the body claims to be JSON (`Application/JSON` counts: the Python client sends it, §2.0).
    pub(super) fn says_json(&self) -> bool {
        let claimed = self.request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = claimed.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    }

    /// The text of a form. What is certainly none is refused for that, and not for the fields that are not found in it.
    pub(super) fn form(&self) -> Result<Cow<'_, str>, Refusal> {
        let claimed = self.request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let multipart =
            claimed.is_some_and(|claimed| claimed.trim_start().to_ascii_lowercase().starts_with("multipart/"));
        if multipart || self.body.trim_ascii_start().starts_with(b"{") {
            let got = if multipart { "multipart/form-data" } else { "JSON" };
            let reason = format!("the body is {got}; application/x-www-form-urlencoded is wanted (2.0)");
            return Err(Refusal::new(Code::UNREADABLE, Slug::BODY_CONTENT_TYPE, reason));
        }
        Ok(String::from_utf8_lossy(self.body))
    }

    /// Reads a JSON body; another content type is a note, or, in the strict profile, a refusal (§6.4.5a).
    pub(super) fn json(&self, profile: Profile) -> Result<(RequestFields<'_>, Option<Diagnosis>), Refusal> {
        if self.says_json() {
            return Ok((RequestFields::json(self.body)?, None));
        }
        let reason = "the Content-Type is not application/json (2.0)";
        if profile == Profile::Strict {
            return Err(Refusal::new(Code::UNREADABLE, Slug::BODY_CONTENT_TYPE, reason));
        }
        Ok((RequestFields::json(self.body)?, Some(Diagnosis::new(Slug::BODY_CONTENT_TYPE, reason))))
    }
}

/// A refusal, with as much as is known about who is refused.
pub(super) struct No {
    why: Refusal,
    i_mid: Option<IMid>,
    /// The transaction's number as sent, where it may be somebody else's.
    t_xid: Option<Box<str>>,
    /// The order's number as sent.
    order: Option<Box<str>>,
    /// The rule that has it so; in a box, as hardly any refusal has one.
    rule: Option<Box<Arc<str>>>,
}

impl No {
    /// A refusal of what `sent` says.
    pub(super) fn to(refusal: Refusal, sent: &RequestFields<'_>) -> Self {
        Self {
            why: refusal,
            i_mid: sent.text(Field::IMid).and_then(|i_mid| IMid::new(i_mid).ok()),
            t_xid: sent.text(Field::TXid).map(Into::into),
            order: sent.text(Field::ReferenceNo).map(Into::into),
            rule: None,
        }
    }

    /// A refusal of what is wanted of a transaction.
    pub(super) fn about(refusal: Refusal, transaction: &Transaction) -> Self {
        Self {
            why: refusal,
            i_mid: Some(transaction.i_mid.clone()),
            t_xid: Some(transaction.t_xid.as_str().into()),
            order: Some(transaction.reference_no.as_str().into()),
            rule: None,
        }
    }

    /// The same, where a rule has it so.
    pub(super) fn by(self, rule: Option<Arc<str>>) -> Self {
        Self { rule: rule.map(Box::new), ..self }
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self { why: refusal, i_mid: None, t_xid: None, order: None, rule: None }
    }
}

impl Gateway {
    /// Says no: NICEPAY's body, our explanation, a line in the log.
    pub(super) fn refuse(&self, endpoint: &'static str, no: No, body: impl FnOnce(Code) -> Vec<u8>) -> Answer {
        let No { why: Refusal { code, diagnosis }, i_mid, t_xid, order: reference_no, rule } = no;
        let diagnosis = Diagnosis { sentence: self.engine.masked(&diagnosis.sentence).into(), ..diagnosis };
        // Debug formatting escapes what could forge a line.
        let masked = |text: &str| self.engine.masked(text).chars().take(64).collect::<String>();
        tracing::info!(
            result_cd = code.cd,
            i_mid = ?i_mid.as_ref().map(|i_mid| masked(i_mid.as_str())),
            reference_no = ?reference_no.as_deref().map(masked),
            diagnosis = %diagnosis.header(),
            "{endpoint} refused"
        );
        let subject = self.engine.record_refusal(Refused {
            endpoint,
            result_cd: code.cd,
            diagnosis: diagnosis.header(),
            i_mid,
            t_xid: t_xid.as_deref(),
            reference_no: reference_no.as_deref(),
        });
        Answer {
            body: body(code),
            subject,
            diagnosis: Some(diagnosis),
            rule: rule.map(|rule| *rule),
            ..Answer::default()
        }
    }
}

/// The least that every answer of NICEPAY says (§2.0).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope {
    result_cd: &'static str,
    result_msg: &'static str,
}

impl From<Code> for Envelope {
    fn from(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg }
    }
}

/// Scheme and host under which the causing request reached us, or `--public-url`.
pub(super) fn base_url(gateway: &Gateway, request: &HttpRequest) -> String {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    paths::base_url(gateway.public_url.as_deref(), host)
}
