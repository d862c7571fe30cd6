//! What an endpoint answers. A refusal keeps NICEPAY's body and is explained beside it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::response_fault::ResponseFault;
use crate::connection;
use crate::domain::{IMid, NotificationId, SendMoment, SentFields, Transaction};
use crate::engine::{AfterResponse, Refused, Subject};
use crate::gateway::Gateway;
use crate::gateway::pages::ReturningBrowser;
use crate::protocol::{Code, Diagnosis, Field, Note, Refusal, RequestFields};

/// The Content-Type of every JSON endpoint (`docs/PROTOCOL.md` §2.0).
pub(in crate::gateway) const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// A response before its headers are set.
#[derive(Debug, Default)]
pub(in crate::gateway) struct GatewayResponse {
    pub(in crate::gateway) status: StatusCode,
    pub(in crate::gateway) body: Vec<u8>,
    /// A page for a browser, in the place of the body.
    pub(in crate::gateway) page: Option<HttpResponse>,
    /// A redirect's target.
    pub(in crate::gateway) location: Option<String>,
    /// The merchant, transaction and order that it is about.
    pub(in crate::gateway) subject: Subject,
    /// Why it is a refusal; none where it is not.
    pub(in crate::gateway) diagnosis: Option<Diagnosis>,
    /// What was accepted here and would be refused by NICEPAY.
    pub(in crate::gateway) notes: Vec<Note>,
    pub(in crate::gateway) rule: Option<Arc<str>>,
    /// Dropped when the response has been written.
    pub(in crate::gateway) after_response: Option<AfterResponse>,
    /// Notifications that are sent before the response.
    pub(in crate::gateway) send_first: Vec<NotificationId>,
    /// The browser that returns to the merchant with it.
    pub(in crate::gateway) returning: Option<Box<ReturningBrowser>>,
    /// The `Allow` header of a 405.
    pub(in crate::gateway) allow: Option<String>,
    /// What a rule changes in the finished response.
    pub(in crate::gateway) fault: Option<Box<ResponseFault>>,
}

/// JSON of a struct that always serializes, because it holds only strings.
pub(in crate::gateway) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1280);
    match serde_json::to_writer(&mut out, value) {
        Ok(()) => out,
        Err(e) => unreachable!("a response of strings serializes: {e}"),
    }
}

/// JSON of a struct, and `more` keys after its last one.
pub(in crate::gateway) fn json_with(value: &impl Serialize, more: &'static str) -> Vec<u8> {
    let mut out = json(value);
    if out.pop().is_some() {
        out.extend_from_slice(more.as_bytes());
        out.push(b'}');
    }
    out
}

impl GatewayResponse {
    pub(in crate::gateway) fn json(value: &impl Serialize) -> Self {
        Self::body(json(value))
    }

    pub(in crate::gateway) fn body(body: Vec<u8>) -> Self {
        Self { body, ..Self::default() }
    }

    pub(in crate::gateway) fn redirect(location: String) -> Self {
        Self { status: StatusCode::FOUND, location: Some(location), ..Self::default() }
    }

    pub(in crate::gateway) fn page(page: HttpResponse) -> Self {
        Self { status: page.status(), page: Some(page), ..Self::default() }
    }

    pub(in crate::gateway) fn about(mut self, transaction: &Transaction) -> Self {
        self.subject = Subject::from(transaction);
        self.rule = Some(Arc::clone(&transaction.rule));
        self
    }

    /// Sets the merchant of a response that is not about one of its orders.
    pub(in crate::gateway) fn of_merchant(mut self, i_mid: &IMid) -> Self {
        self.subject = Subject::merchant(i_mid);
        self
    }

    pub(in crate::gateway) fn because(mut self, diagnosis: Diagnosis) -> Self {
        self.diagnosis = Some(diagnosis);
        self
    }

    /// Adds the browser that returns to the merchant with this response, after the notifications that a rule sends first.
    pub(in crate::gateway) fn returning(
        self,
        gateway: &Gateway,
        notifications: &[NotificationId],
        browser: ReturningBrowser,
    ) -> Self {
        let send_first = gateway.engine.pending_before(SendMoment::BeforeReturn, notifications);
        Self { send_first, returning: Some(Box::new(browser)), ..self }
    }
}

/// A refusal, with what is known about the request.
pub(in crate::gateway) struct EndpointRefusal {
    refusal: Refusal,
    i_mid: Option<IMid>,
    /// The tXid as sent; it may be another merchant's.
    t_xid: Option<Box<str>>,
    /// The referenceNo as sent.
    reference_no: Option<Box<str>>,
    /// What a search finds it by.
    sent: Option<Box<SentFields>>,
    /// The rule that decided; in a box, because hardly any refusal has one.
    rule: Option<Box<Arc<str>>>,
}

/// The fields in which a search looks, beside the phone.
const SEARCHED: [Field; 5] = [Field::TXid, Field::ReferenceNo, Field::ClientUserKey, Field::UserToken, Field::GoodsNm];
/// So many characters of a field are kept for a search.
const MAX_SEARCHED_CHARS: usize = 100;

fn sent_fields(fields: &RequestFields<'_>) -> Option<Box<SentFields>> {
    let text = |field| Some(fields.text(field)?.chars().take(MAX_SEARCHED_CHARS).collect::<String>().into_boxed_str());
    let sent = SentFields { texts: SEARCHED.into_iter().filter_map(text).collect(), phone: text(Field::BillingPhone) };
    (sent != SentFields::default()).then(|| Box::new(sent))
}

impl EndpointRefusal {
    /// A refusal of a request with these fields.
    pub(in crate::gateway) fn of_fields(refusal: Refusal, fields: &RequestFields<'_>) -> Self {
        Self {
            refusal,
            i_mid: fields.text(Field::IMid).and_then(|i_mid| IMid::new(i_mid).ok()),
            t_xid: fields.text(Field::TXid).map(Into::into),
            reference_no: fields.text(Field::ReferenceNo).map(Into::into),
            sent: sent_fields(fields),
            rule: None,
        }
    }

    /// A refusal of a request about a transaction.
    pub(in crate::gateway) fn of_transaction(refusal: Refusal, transaction: &Transaction) -> Self {
        Self {
            refusal,
            i_mid: Some(transaction.i_mid.clone()),
            t_xid: Some(transaction.t_xid.as_str().into()),
            reference_no: Some(transaction.reference_no.as_str().into()),
            sent: None,
            rule: None,
        }
    }

    pub(in crate::gateway) fn with_rule(self, rule: Option<Arc<str>>) -> Self {
        Self { rule: rule.map(Box::new), ..self }
    }
}

impl From<Refusal> for EndpointRefusal {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, i_mid: None, t_xid: None, reference_no: None, sent: None, rule: None }
    }
}

impl Gateway {
    /// Makes a refusal's response with its diagnosis, logs it and records its event.
    pub(in crate::gateway) fn refuse(
        &self,
        endpoint: &'static str,
        refused: EndpointRefusal,
        body: impl FnOnce(Code) -> Vec<u8>,
    ) -> GatewayResponse {
        let EndpointRefusal { refusal: Refusal { code, diagnosis }, i_mid, t_xid, reference_no, sent, rule } = refused;
        let diagnosis = Diagnosis { sentence: self.engine.masked(&diagnosis.sentence).into(), ..diagnosis };
        let subject = self.engine.record_refusal(Refused {
            endpoint,
            result_cd: code.cd,
            diagnosis: diagnosis.header(),
            i_mid,
            t_xid: t_xid.as_deref(),
            reference_no: reference_no.as_deref(),
            sent,
        });
        GatewayResponse {
            body: body(code),
            subject,
            diagnosis: Some(diagnosis),
            rule: rule.map(|rule| *rule),
            ..GatewayResponse::default()
        }
    }
}

/// The keys that every response of NICEPAY has (`docs/PROTOCOL.md` §2.0).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::gateway) struct Envelope {
    result_cd: &'static str,
    result_msg: &'static str,
}

impl From<Code> for Envelope {
    fn from(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg }
    }
}

/// Whether the browser sees the page over https.
pub(in crate::gateway) fn is_https(gateway: &Gateway, request: &HttpRequest) -> bool {
    connection::is_https(gateway.public_url.as_deref(), request)
}

/// Scheme and host of the request, or `--public-url`.
pub(in crate::gateway) fn base_url(gateway: &Gateway, request: &HttpRequest) -> String {
    connection::base_url(gateway.public_url.as_deref(), request)
}
