//! How every request is handled: read the body, respond, set the headers, record the exchange, write.

use std::borrow::Cow;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::handler::Handler;
use super::request::GatewayRequest;
use super::response::{EndpointRefusal, Envelope, GatewayResponse, JSON, base_url, json};
use crate::body::BodyError;
use crate::diagnosis::Slug;
use crate::endpoints::Endpoint;
use crate::engine::{AfterResponse, Headers, RecordedExchange, Subject};
use crate::gateway::Gateway;
use crate::protocol::{Code, Diagnosis, Note, Refusal};
use crate::sockets::Client;
use crate::{body, domain, paths};

const DIAGNOSIS: HeaderName = HeaderName::from_static(paths::DIAGNOSIS_HEADER);
const NOTE: HeaderName = HeaderName::from_static(paths::NOTE_HEADER);
const RULE: HeaderName = HeaderName::from_static(paths::RULE_HEADER);

/// The maximum number of notes in one response: clients limit the size of headers.
const MAX_NOTES: usize = 8;

/// A body. When it has been written, the work that waits for the response begins.
struct ReleasingBody {
    bytes: Bytes,
    _after_response: AfterResponse,
}

impl MessageBody for ReleasingBody {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.bytes.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready(if bytes.is_empty() { None } else { Some(Ok(bytes)) })
    }
}

/// Headers as the engine records them.
struct RecordedHeaders<'a>(&'a HeaderMap);

impl Headers for RecordedHeaders<'_> {
    fn for_each(&self, take: &mut dyn FnMut(&str, &[u8])) {
        self.0.iter().for_each(|(name, value)| take(name.as_str(), value.as_bytes()));
    }
}

impl Gateway {
    /// Answers one request. Rules can break the responses of operations, but not those of pages and unknown paths.
    pub(in crate::gateway) async fn exchange(
        &self,
        endpoint: Option<Endpoint>,
        handler: Handler,
        request: HttpRequest,
        payload: actix_web::web::Payload,
    ) -> HttpResponse {
        let (body, mut response) = match body::read(self.limits, &request, payload).await {
            Ok(body) => {
                let request = GatewayRequest { endpoint, http: &request, body: &body };
                let response = match self.foreign_page(&request) {
                    Some(refused) => refused,
                    None => match self.matching_fault(&request) {
                        None => self.respond(handler, &request),
                        Some(fault) => self.apply_fault(fault, handler, &request),
                    },
                };
                (body, response)
            }
            Err(reason) => (Bytes::new(), self.refuse_body(reason)),
        };
        let notes = response.notes.iter_mut().map(|note| &mut note.diagnosis);
        for diagnosis in response.diagnosis.iter_mut().chain(notes) {
            diagnosis.sentence = self.engine.masked(&diagnosis.sentence).into();
        }
        self.prepare(&request, &mut response).await;
        let (head, bytes) = match response.page.take() {
            None => (HttpResponse::new(response.status).drop_body(), Bytes::from(std::mem::take(&mut response.body))),
            Some(page) => {
                let (mut head, body) = page.into_parts();
                *head.status_mut() = response.status;
                // Pages are complete before they are sent, so their bytes are available.
                (head, body.try_into_bytes().unwrap_or_default())
            }
        };
        let location = response.location.as_deref().map(|location| self.absolute(&request, location));
        let head = with_headers(&response, location.as_deref(), head);
        self.record(endpoint, &request, &body, &mut response, &head, &bytes);
        let fault = response.fault.take();
        match (fault, response.after_response) {
            (None, None) => head.set_body(BoxBody::new(bytes)),
            (None, Some(after_response)) => {
                head.set_body(BoxBody::new(ReleasingBody { bytes, _after_response: after_response }))
            }
            // In a box: a rare case must not enlarge the future of every exchange.
            (Some(fault), after_response) => {
                Box::pin(self.send_faulty(&request, *fault, head, bytes, after_response)).await
            }
        }
    }

    /// Records the exchange before the response is written, so that a client that has gone changes nothing.
    fn record(
        &self,
        endpoint: Option<Endpoint>,
        request: &HttpRequest,
        body: &[u8],
        response: &mut GatewayResponse,
        head: &HttpResponse<()>,
        bytes: &[u8],
    ) {
        let location = response.location.as_deref();
        let (http_status, received) = match &response.fault {
            None => (Some(response.status), location.map_or(bytes, str::as_bytes)),
            Some(fault) => fault.received(response.status, location, bytes),
        };
        let http_status = http_status.map(|status| status.as_u16());
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        if tracing::enabled!(tracing::Level::DEBUG) {
            let target = self.engine.masked(target);
            tracing::debug!(method = %request.method(), ?target, status = http_status, "gateway.exchange");
        }
        let subject = std::mem::take(&mut response.subject);
        if !response.notes.is_empty() {
            self.record_notes(endpoint, &subject, &response.notes);
        }
        let method = request.method().as_str();
        let fault = response.fault.as_ref().map(|fault| &fault.rule);
        let response_headers = RecordedHeaders(head.headers());
        let recorded = RecordedExchange {
            method,
            target,
            http_status,
            fault,
            request_headers: &RecordedHeaders(request.headers()),
            request: body,
            response_headers: http_status.is_some().then_some::<&dyn Headers>(&response_headers),
            response: received,
        };
        self.engine.record_exchange(subject, recorded);
    }

    /// The target of a redirect as an absolute URL: a merchant's server that reads it and passes a path on would send the
    /// customer to its own host.
    fn absolute<'l>(&self, request: &HttpRequest, location: &'l str) -> Cow<'l, str> {
        if location.starts_with('/') { (base_url(self, request) + location).into() } else { location.into() }
    }

    /// Logs and keeps the notes about an accepted request.
    fn record_notes(&self, endpoint: Option<Endpoint>, subject: &Subject, notes: &[Note]) {
        let endpoint = endpoint.map_or("gateway", |endpoint| endpoint.info().name);
        for note in notes {
            let about = subject.reference_no.as_ref().map_or("", |reference_no| reference_no.as_str());
            let Note { diagnosis: Diagnosis { slug, sentence }, evidence, .. } = note;
            tracing::warn!("{endpoint} {} accepted, but: {slug}: {sentence} [{evidence}]", self.engine.masked(about));
        }
        let kept = notes.iter().map(|note| domain::Note {
            endpoint,
            slug: note.diagnosis.slug.as_str(),
            detail: note.diagnosis.sentence.clone(),
            evidence: note.evidence,
            result_cd: note.code.map(|code| code.cd),
        });
        self.engine.record_notes(subject, kept.collect());
    }

    fn refuse_body(&self, reason: BodyError) -> GatewayResponse {
        let limit = self.limits.bytes;
        let (status, slug, sentence) = match reason {
            BodyError::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, Slug::BODY_TOO_LARGE, format!("the body is larger than {limit} bytes"))
            }
            BodyError::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, Slug::BODY_TOO_SLOW, "the body did not arrive in time".into())
            }
            BodyError::Broken => (StatusCode::OK, Slug::BODY_BROKEN, "the body ended before its length".into()),
        };
        let refused = EndpointRefusal::from(Refusal::new(Code::UNREADABLE, slug, sentence));
        let response = self.refuse("gateway", refused, |code| json(&Envelope::from(code)));
        GatewayResponse { status, ..response }
    }

    /// Sends the notifications that come before the response, and records the browser that returns with it.
    async fn prepare(&self, request: &HttpRequest, response: &mut GatewayResponse) {
        let send_first = std::mem::take(&mut response.send_first);
        if !send_first.is_empty() {
            // A merchant who does not answer delays the response only as long as one attempt may take.
            tokio::select! {
                () = self.engine.wait_until_attempted(send_first) => {}
                () = tokio::time::sleep(self.notification_timeout) => {}
                () = Client::left(request).cancelled_owned() => {}
            }
        }
        if let Some(browser) = response.returning.take() {
            self.engine.record_return(&browser.origin, browser.callback);
        }
    }
}

fn with_headers(response: &GatewayResponse, location: Option<&str>, mut head: HttpResponse<()>) -> HttpResponse<()> {
    let is_page = head.headers().contains_key(header::CONTENT_TYPE);
    let headers = head.headers_mut();
    let mut header = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    if let Some(location) = location {
        header(header::LOCATION, location);
    }
    if let Some(diagnosis) = &response.diagnosis {
        header(DIAGNOSIS, &diagnosis.header());
    }
    if let Some(rule) = &response.rule {
        header(RULE, rule);
    }
    if let Some(allow) = &response.allow {
        header(header::ALLOW, allow);
    }
    for note in response.notes.iter().take(MAX_NOTES) {
        if let Ok(value) = HeaderValue::from_str(&note.header()) {
            headers.append(NOTE, value);
        }
    }
    if let Some(content_type) = response.fault.as_ref().and_then(|fault| fault.content_type.clone()) {
        headers.insert(header::CONTENT_TYPE, content_type);
    } else if is_page {
        // The page has its own Content-Type.
    } else if location.is_none() {
        headers.insert(header::CONTENT_TYPE, JSON);
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    head
}
