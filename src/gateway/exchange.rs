//! One request and its answer, whatever the endpoint: read, answered, recorded, dressed.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::Gateway;
use super::answer::{Answer, Asked, Envelope, JSON, No, json};
use crate::body::{self, BodyError};
use crate::engine::{Headers, Operation, Recorded, Release};
use crate::paths;
use crate::protocol::{Code, Refusal};

const DIAGNOSIS: HeaderName = HeaderName::from_static(paths::DIAGNOSIS_HEADER);
const NOTE: HeaderName = HeaderName::from_static(paths::NOTE_HEADER);
const RULE: HeaderName = HeaderName::from_static(paths::RULE_HEADER);

/// Notes that an answer has, at most: clients bound their headers, too.
const MOST_NOTES: usize = 8;

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

/// Headers for the log.
struct Kept<'a>(&'a HeaderMap);

impl Headers for Kept<'_> {
    fn for_each(&self, take: &mut dyn FnMut(&str, &[u8])) {
        self.0.iter().for_each(|(name, value)| take(name.as_str(), value.as_bytes()));
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
        for said in answer.diagnosis.iter_mut().chain(&mut answer.notes) {
            said.sentence = self.engine.masked(&said.sentence).into();
        }
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
        let head = dress(&answer, head);
        self.record(&request, &body, &mut answer, &head, &whole);
        let fault = answer.fault.take();
        match (fault, answer.release) {
            (None, None) => head.set_body(BoxBody::new(whole)),
            (None, Some(release)) => head.set_body(BoxBody::new(Releasing { bytes: whole, _release: release })),
            // In a box: what hardly ever happens takes no room in every other exchange.
            (Some(fault), release) => Box::pin(self.send_faulty(&request, *fault, head, whole, release)).await,
        }
    }

    /// Records a request and what is sent for it, before it is sent: a client that has gone meanwhile changes nothing.
    fn record(&self, request: &HttpRequest, body: &[u8], answer: &mut Answer, head: &HttpResponse<()>, whole: &[u8]) {
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
        let sent = Kept(head.headers());
        let recorded = Recorded {
            method,
            target,
            http_status,
            fault,
            request_headers: &Kept(request.headers()),
            request: body,
            response_headers: http_status.is_some().then_some::<&dyn Headers>(&sent),
            response: shown,
        };
        self.engine.record_exchange(subject, recorded);
    }

    fn no_body(&self, reason: BodyError) -> Answer {
        let limit = self.limits.bytes;
        let (status, slug, sentence) = match reason {
            BodyError::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body/too-large", format!("the body is larger than {limit} bytes"))
            }
            BodyError::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "body/too-slow", "the body did not arrive in time".into())
            }
            BodyError::Broken => (StatusCode::OK, "body/broken", "the body ended before its length".into()),
        };
        let no = No::from(Refusal::new(Code::UNREADABLE, slug, sentence));
        let answer = self.refuse("gateway", no, |code| json(&Envelope::from(code)));
        Answer { status, ..answer }
    }

    /// Does what comes before an answer.
    async fn before(&self, answer: &mut Answer) {
        let tell_first = std::mem::take(&mut answer.tell_first);
        if !tell_first.is_empty() {
            // A merchant who does not answer holds nobody up for longer than one attempt may take.
            let _ = tokio::time::timeout(self.patience, self.engine.wait_until_attempted(tell_first)).await;
        }
        if let Some(back) = answer.back.take() {
            self.engine.record_return(&back.of, back.callback);
        }
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
    if let Some(rule) = &answer.rule {
        header(RULE, rule);
    }
    if let Some(allow) = answer.verbs {
        header(header::ALLOW, allow);
    }
    for note in answer.notes.iter().take(MOST_NOTES) {
        if let Ok(value) = HeaderValue::from_str(&note.header()) {
            headers.append(NOTE, value);
        }
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
