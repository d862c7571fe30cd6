//! One attempt to deliver one notification.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, timeout_at};
use url::{Position, Url};

use super::connection::{Connector, failure};
use super::response::{header_lines, kept, read_body};
use super::wire::{self, WireFault};
use crate::domain::{
    AttemptResult, Delivery, Egress, NO_HTTPS, Notification, NotificationId, NotificationSubject, ResponseClass,
    RulePlan, SkipReason, Trigger, UndocumentedBehavior,
};
use crate::engine::{AttemptStart, Engine};
use crate::protocol::{self, FORM, binding_notification, notification_body, quoted};
#[cfg(feature = "tls")]
use crate::tls::TlsClient;

/// The parts of a sender.
#[derive(Debug)]
pub struct SenderSetup {
    /// The engine: it has the notifications, and records the results.
    pub engine: Arc<Engine>,
    /// Where notifications may be sent.
    pub egress: Egress,
    /// The choices where the documents define nothing.
    pub undocumented: UndocumentedBehavior,
    /// How long a merchant may take to respond, by the wall clock.
    pub timeout: Duration,
    /// Which servers are trusted.
    #[cfg(feature = "tls")]
    pub tls: TlsClient,
}

/// What is sent, where and how.
struct Message {
    url: Arc<str>,
    body: Arc<str>,
    rule_plan: Option<Arc<RulePlan>>,
}

impl Message {
    fn content_type(&self) -> &str {
        self.rule_plan.as_ref().and_then(|rule_plan| rule_plan.plan.content_type.as_deref()).unwrap_or(FORM)
    }

    /// What is unusual about the connection; none where the HTTP client can send it.
    fn wire_fault(&self) -> Option<WireFault> {
        let plan = &self.rule_plan.as_ref()?.plan;
        plan.breaks.map(WireFault::Break).or(plan.body_duration.map(WireFault::Slow))
    }
}

/// Sends notifications.
#[derive(Debug)]
pub(super) struct Sender {
    engine: Arc<Engine>,
    egress: Egress,
    undocumented: UndocumentedBehavior,
    connector: Connector,
    client: Client<Connector, String>,
    timeout: Duration,
}

impl Sender {
    pub(super) fn new(setup: SenderSetup) -> Self {
        let connector = Connector::new(
            setup.egress.clone(),
            #[cfg(feature = "tls")]
            setup.tls,
        );
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // As the real gateway's HTTP client writes header names.
            .http1_title_case_headers(true)
            .build(connector.clone());
        let SenderSetup { engine, egress, undocumented, timeout, .. } = setup;
        Self { engine, egress, undocumented, connector, client, timeout }
    }

    /// Reads a notification.
    pub(super) fn read<R>(&self, id: NotificationId, look: impl FnOnce(&Notification) -> R) -> Option<R> {
        self.engine.store().notifications.read(id, look)
    }

    /// Logs that the answer to a notification is awaited.
    pub(super) fn log_in_flight(&self, id: NotificationId) {
        let named = self.read(id, |notification| (Arc::clone(&notification.url), notification.reference_no.clone()));
        let Some((url, reference_no)) = named else { return };
        let (url, timeout) = (quoted(&self.engine.masked(&url)), self.timeout.as_secs_f64());
        let order = self.engine.masked(reference_no.as_str());
        tracing::warn!("waiting for {url} to answer the notification of {order}, {timeout} s at most");
    }

    /// Whether the clock is stopped.
    pub(super) fn is_clock_stopped(&self) -> bool {
        self.engine.clock().is_manual()
    }

    /// Begins an attempt.
    pub(super) fn start(&self) -> AttemptStart {
        self.engine.start_attempt()
    }

    /// Records the result of an attempt.
    pub(super) fn record(&self, id: NotificationId, requested: Trigger, start: AttemptStart, result: AttemptResult) {
        self.engine.record_attempt(id, requested, start, result);
    }

    /// Makes one attempt; none where there is nothing to send.
    pub(super) async fn attempt(&self, id: NotificationId, requested: Trigger) -> Option<AttemptResult> {
        // It may have been delivered by a manual request or withdrawn since it was planned.
        let is_due = self.read(id, |notification| matches!(notification.delivery, Delivery::Scheduled { .. }));
        if requested == Trigger::Scheduled && is_due == Some(false) {
            return None;
        }
        let result = match self.compose(id)? {
            Err(reason) => AttemptResult::Skipped { reason },
            Ok(message) => self.send(&message).await,
        };
        Some(kept(result, &self.engine.key_mask()))
    }

    /// The message to send: its form is made once, then repeated byte for byte. None where a reset has removed the
    /// notification.
    fn compose(&self, id: NotificationId) -> Option<Result<Message, SkipReason>> {
        // Without its attempts: they may be many.
        let notification = self.read(id, Notification::without_attempts)?;
        if let Some(body) = notification.body {
            return Some(Ok(Message { url: notification.url, body, rule_plan: notification.rule_plan }));
        }
        let merchant = self.engine.merchant(notification.i_mid.as_str())?;
        let (store, key, undocumented) = (self.engine.store(), &merchant.key, &self.undocumented);
        let body = match &notification.subject {
            NotificationSubject::Payment { t_xid, .. } => store
                .transactions
                .read(t_xid.as_str(), |transaction| notification_body(transaction, &notification, key, undocumented)),
            NotificationSubject::Binding(id) => {
                store.bindings.read(*id, |binding| binding_notification(binding, &notification, key, undocumented))
            }
        };
        let Some(body) = body else {
            return Some(Err(SkipReason::SubjectRemoved));
        };
        let body: Arc<str> = body.into();
        self.engine.keep_notification_body(id, &body).then_some(Ok(Message {
            url: notification.url,
            body,
            rule_plan: notification.rule_plan,
        }))
    }

    async fn send(&self, message: &Message) -> AttemptResult {
        let failed = |class, error: String| AttemptResult::Failed { class, error: error.into() };
        let url = match Url::parse(&message.url) {
            Ok(url) => url,
            Err(error) => return failed(ResponseClass::Unreachable, error.to_string()),
        };
        if let Err(error) = self.egress.check_url(&url) {
            return AttemptResult::Skipped { reason: error.into() };
        }
        if url.scheme() == "https" && !cfg!(feature = "tls") {
            return failed(ResponseClass::Unreachable, NO_HTTPS.to_owned());
        }
        let request = match request(url, message) {
            Ok(request) => request,
            Err(error) => return failed(ResponseClass::Broken, error.to_string()),
        };
        if let Some(fault) = message.wire_fault() {
            return wire::send(request, self.connector.clone(), fault, self.timeout).await;
        }
        let deadline = Instant::now() + self.timeout;
        match timeout_at(deadline, self.client.request(request)).await {
            Ok(Ok(response)) => {
                let status = response.status().as_u16();
                let headers =
                    header_lines(response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
                let body = read_body(response.into_body(), deadline).await.into();
                AttemptResult::Responded { status, headers, body }
            }
            Ok(Err(error)) => {
                let class = if error.is_connect() { ResponseClass::Unreachable } else { ResponseClass::Broken };
                failure(&error, class)
            }
            Err(_) => failed(ResponseClass::Timeout, "no response in time".to_owned()),
        }
    }
}

/// The request. A name and a password in the URL become a header.
fn request(mut url: Url, message: &Message) -> http::Result<Request<String>> {
    let mut request = Request::builder().method(Method::POST);
    if !url.username().is_empty() || url.password().is_some() {
        let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
        let credentials = [decoded(url.username()), decoded(url.password().unwrap_or_default())].join(&b':');
        request = request.header(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(credentials)));
        // A URL with a host takes both.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
    }
    request
        .uri(&url[..Position::AfterQuery])
        .header(CONTENT_TYPE, message.content_type())
        .header(USER_AGENT, protocol::USER_AGENT)
        .body(message.body.to_string())
}
