//! How the gateway answers: always the same headers, every exchange recorded, every refusal explained.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::Gateway;
use super::back::Back;
use super::fault::Faulty;
use crate::body::{self, NoBody};
use crate::engine::{Operation, Refused, Release};
use crate::ledger::{IMid, NoticeId, Profile, Transaction};
use crate::paths;
use crate::protocol::{Code, Diagnosis, Field, Refusal, Sent};
use crate::store::{Recorded, Subject};

/// §2.0: the JSON endpoints always say this.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const DIAGNOSIS: HeaderName = HeaderName::from_static(paths::DIAGNOSIS_HEADER);
const NOTE: HeaderName = HeaderName::from_static(paths::NOTE_HEADER);
const RULE: HeaderName = HeaderName::from_static(paths::RULE_HEADER);

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
    pub(super) tell_first: Vec<NoticeId>,
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
}

/// A body that lets something go when it has been written.
struct Releasing {
    bytes: Bytes,
    _release: Release,
}

impl MessageBody for Releasing {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.bytes.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready(if bytes.is_empty() { None } else { Some(Ok(bytes)) })
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

    /// Reads a JSON body; another content type is a note, or, in the strict profile, a refusal (§6.4.5a).
    pub(super) fn json(&self, profile: Profile) -> Result<(Sent<'_>, Option<Diagnosis>), Refusal> {
        if self.says_json() {
            return Ok((Sent::json(self.body)?, None));
        }
        let reason = "the Content-Type is not application/json (2.0)";
        if profile == Profile::Strict {
            return Err(Refusal::new(Code::UNREADABLE, "body/content-type", reason));
        }
        Ok((Sent::json(self.body)?, Some(Diagnosis::new("body/content-type", reason))))
    }
}

/// A refusal, with as much as is known about who is refused.
pub(super) struct No {
    pub(super) why: Refusal,
    pub(super) i_mid: Option<IMid>,
    pub(super) order: Option<Box<str>>,
}

impl No {
    /// A refusal of what `sent` says.
    pub(super) fn to(refusal: Refusal, sent: &Sent<'_>) -> Self {
        Self {
            why: refusal,
            i_mid: sent.text(Field::IMid).and_then(|i_mid| IMid::new(i_mid).ok()),
            order: sent.text(Field::ReferenceNo).map(Into::into),
        }
    }

    /// A refusal of what is wanted of a transaction.
    pub(super) fn about(refusal: Refusal, transaction: &Transaction) -> Self {
        Self {
            why: refusal,
            i_mid: Some(transaction.i_mid.clone()),
            order: Some(transaction.reference_no.as_str().into()),
        }
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self { why: refusal, i_mid: None, order: None }
    }
}

impl Gateway {
    /// Answers one request: reads its body, lets the endpoint answer, records both. Rules can have the answers of an
    /// operation go wrong; pages, and paths to nowhere, are none.
    pub(super) async fn exchange(
        &self,
        operation: Option<Operation>,
        request: HttpRequest,
        payload: actix_web::web::Payload,
        endpoint: fn(&Self, &Asked<'_>) -> Answer,
    ) -> HttpResponse {
        let (body, mut answer) = match body::read(self.limits, &request, payload).await {
            Ok(body) => {
                let asked = Asked { request: &request, body: &body };
                let answer = match operation.and_then(|operation| self.fault_in(operation, &asked)) {
                    None => endpoint(self, &asked),
                    Some(ordered) => self.go_wrong(ordered, || endpoint(self, &asked)),
                };
                (body, answer)
            }
            Err(reason) => (Bytes::new(), self.no_body(reason)),
        };
        self.before(&mut answer).await;
        let (head, whole) = match answer.page.take() {
            None => (HttpResponse::new(answer.status).drop_body(), Bytes::from(std::mem::take(&mut answer.body))),
            Some(page) => {
                let (mut head, body) = page.into_parts();
                *head.status_mut() = answer.status;
                // Pages are rendered before they are answered, so their bytes are at hand.
                (head, body.try_into_bytes().unwrap_or_default())
            }
        };
        self.record(&request, &body, &mut answer, &whole);
        let head = dress(&answer, head);
        let fault = answer.fault.take();
        match (fault, answer.release) {
            (None, None) => head.set_body(BoxBody::new(whole)),
            (None, Some(release)) => head.set_body(BoxBody::new(Releasing { bytes: whole, _release: release })),
            // In a box: what hardly ever happens takes no room in every other exchange.
            (Some(fault), release) => Box::pin(self.send_faulty(&request, *fault, head, whole, release)).await,
        }
    }

    /// Records a request and what is sent for it, before it is sent: a client that has gone meanwhile changes nothing.
    fn record(&self, request: &HttpRequest, body: &[u8], answer: &mut Answer, whole: &[u8]) {
        let location = answer.location.as_deref();
        let (http_status, shown) = match &answer.fault {
            None => (Some(answer.status), location.map_or(whole, str::as_bytes)),
            Some(fault) => fault.seen(answer.status, location, whole),
        };
        let http_status = http_status.map(|status| status.as_u16());
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        if tracing::enabled!(tracing::Level::DEBUG) {
            let target = self.engine.masked(target);
            tracing::debug!(method = %request.method(), ?target, status = http_status, "gateway.exchange");
        }
        for note in &answer.notes {
            tracing::warn!(note = %note.header(), "accepted with a note");
        }
        let subject = std::mem::take(&mut answer.subject);
        let method = request.method().as_str();
        let fault = answer.fault.as_ref().map(|fault| &fault.rule);
        self.engine
            .record_exchange(subject, Recorded { method, target, http_status, fault, request: body, response: shown });
    }

    fn no_body(&self, reason: NoBody) -> Answer {
        let limit = self.limits.bytes;
        let (status, slug, sentence) = match reason {
            NoBody::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body/too-large", format!("the body is larger than {limit} bytes"))
            }
            NoBody::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body/too-slow", "the body did not arrive in time".into()),
            NoBody::Broken => (StatusCode::OK, "body/broken", "the body ended before its length".into()),
        };
        let no = No::from(Refusal::new(Code::UNREADABLE, slug, sentence));
        let answer = self.refuse("gateway", no, |code| json(&Envelope::from(code)));
        Answer { status, ..answer }
    }

    /// Says no: NICEPAY's body, our explanation, a line in the log.
    pub(super) fn refuse(&self, endpoint: &'static str, no: No, body: impl FnOnce(Code) -> Vec<u8>) -> Answer {
        let No { why: Refusal { code, diagnosis }, i_mid, order: reference_no } = no;
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
        let subject = Subject { i_mid: i_mid.clone(), ..Subject::default() };
        self.engine.record_refusal(Refused {
            endpoint,
            result_cd: code.cd,
            diagnosis: diagnosis.header(),
            i_mid,
            reference_no: reference_no.as_deref(),
        });
        Answer { body: body(code), subject, diagnosis: Some(diagnosis), ..Answer::default() }
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

fn dress(answer: &Answer, head: HttpResponse<()>) -> HttpResponse<()> {
    let mut response = head;
    let is_page = response.headers().contains_key(header::CONTENT_TYPE);
    let headers = response.headers_mut();
    let mut header = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    if let Some(location) = &answer.location {
        header(header::LOCATION, location);
    }
    if let Some(diagnosis) = &answer.diagnosis {
        header(DIAGNOSIS, &diagnosis.header());
    }
    if let Some(note) = answer.notes.first() {
        header(NOTE, &note.header());
    }
    if let Some(rule) = &answer.rule {
        header(RULE, rule);
    }
    if let Some(allow) = answer.verbs {
        header(header::ALLOW, allow);
    }
    if let Some(content_type) = answer.fault.as_ref().and_then(|fault| fault.content_type.clone()) {
        headers.insert(header::CONTENT_TYPE, content_type);
    } else if is_page {
        // It says itself what it is.
    } else if answer.location.is_none() {
        headers.insert(header::CONTENT_TYPE, JSON);
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Scheme and host under which the causing request reached us, or `--public-url`.
pub(super) fn base_url(gateway: &Gateway, request: &HttpRequest) -> String {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    paths::base_url(gateway.public_url.as_deref(), host)
}
