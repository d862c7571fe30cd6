//! One attempt at delivering one notification.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::answer::{first_part, header_lines};
use super::egress::{Egress, Forbidden};
use super::resolve::CheckedResolver;
use super::wire::{self, Manner};
use crate::clock::{Clock, Timestamp, later};
use crate::domain::{
    AnswerClass, Attempt, AttemptResult, Delivery, EventKind, Notification, NotificationId, NotificationSubject,
    RulePlan, Trigger, UndocumentedBehavior,
};
use crate::protocol::{FORM, USER_AGENT, binding_notification, notification_body};
use crate::store::{Store, Subject, Work};

/// What a sender is made of.
#[derive(Debug)]
pub struct SenderSetup {
    /// Time.
    pub clock: Arc<Clock>,
    /// Where notifications and transactions are.
    pub store: Arc<Store>,
    /// Where they may go.
    pub egress: Egress,
    /// What no document says of their form.
    pub assumed: UndocumentedBehavior,
    /// How long a merchant may take to answer, by the wall clock.
    pub patience: Duration,
}

/// When an attempt began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Began {
    at: Timestamp,
    /// The newest event then.
    after: u64,
}

/// What is sent, where to, and how.
struct Message {
    url: Arc<str>,
    body: Arc<str>,
    rule_plan: Option<Arc<RulePlan>>,
}

impl Message {
    fn content_type(&self) -> &str {
        self.rule_plan.as_ref().and_then(|rule_plan| rule_plan.plan.content_type.as_deref()).unwrap_or(FORM)
    }

    /// None where an HTTP client can send it.
    fn manner(&self) -> Option<Manner> {
        let plan = &self.rule_plan.as_ref()?.plan;
        if plan.breaks { Some(Manner::Breaks) } else { plan.lasts.map(Manner::Lasts) }
    }
}

/// Sends notifications.
#[derive(Debug)]
pub(super) struct Sender {
    clock: Arc<Clock>,
    store: Arc<Store>,
    egress: Egress,
    assumed: UndocumentedBehavior,
    client: reqwest::Client,
    patience: Duration,
}

impl Sender {
    /// # Errors
    /// When the HTTP client cannot be made.
    pub(super) fn new(setup: SenderSetup) -> Result<Self, reqwest::Error> {
        let SenderSetup { clock, store, egress, assumed, patience } = setup;
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            // As Commons HttpClient writes header names.
            .http1_title_case_headers()
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(patience)
            .dns_resolver(CheckedResolver { egress: egress.clone() })
            .build()?;
        Ok(Self { clock, store, egress, assumed, client, patience })
    }

    /// Whose turn a notification is: its merchant and transaction, and whether it was never tried.
    pub(super) fn look<R>(&self, id: NotificationId, look: impl FnOnce(&Notification) -> R) -> Option<R> {
        self.store.notifications.read(id, look)
    }

    /// Whether the clock only moves when somebody moves it.
    pub(super) fn time_stands(&self) -> bool {
        self.clock.is_manual()
    }

    /// An attempt begins now.
    pub(super) fn begin(&self) -> Began {
        Began { at: self.clock.now(), after: self.store.log.last() }
    }

    /// Makes one attempt, which is to be recorded; none where there is nothing to do.
    pub(super) async fn attempt(&self, id: NotificationId, asked: Trigger) -> Option<AttemptResult> {
        // Delivered by a resend meanwhile, or withdrawn: what was due has no purpose.
        let due = self.look(id, |notification| matches!(notification.delivery, Delivery::Scheduled { .. }));
        if asked == Trigger::Scheduled && due == Some(false) {
            return None;
        }
        // A reset has forgotten it where it cannot be made: nobody waits for it.
        Some(match self.compose(id)? {
            Err(reason) => AttemptResult::Skipped { reason: reason.into() },
            Ok(message) => self.send(&message).await,
        })
    }

    /// The form: made once, then repeated byte for byte; or why it cannot be made. None where nobody knows of it any more.
    fn compose(&self, id: NotificationId) -> Option<Result<Message, &'static str>> {
        let notification = self.store.notifications.read(id, Notification::clone)?;
        if let Some(body) = notification.body {
            return Some(Ok(Message { url: notification.url, body, rule_plan: notification.rule_plan }));
        }
        let merchant = self.store.merchants.get(notification.i_mid.as_str())?;
        let (store, key, assumed) = (&self.store, &merchant.key, &self.assumed);
        let body = match &notification.about {
            NotificationSubject::Payment { t_xid, .. } => store
                .transactions
                .read(t_xid.as_str(), |transaction| notification_body(transaction, &notification, key, assumed)),
            NotificationSubject::Binding(id) => {
                store.bindings.read(*id, |binding| binding_notification(binding, &notification, key, &assumed.binding))
            }
        };
        let Some(body) = body else {
            return Some(Err("what it speaks of was forgotten to make room (--max-transactions)"));
        };
        let body: Arc<str> = body.into();
        self.store.notifications.update(id, |notification| notification.body = Some(Arc::clone(&body)))?;
        Some(Ok(Message { url: notification.url, body, rule_plan: notification.rule_plan }))
    }

    async fn send(&self, message: &Message) -> AttemptResult {
        let skipped = |reason: String| AttemptResult::Skipped { reason: reason.into() };
        let failed = |class, error: String| AttemptResult::Failed { class, error: error.into() };
        let url = match Url::parse(&message.url) {
            Ok(url) => url,
            Err(error) => return failed(AnswerClass::Unreachable, error.to_string()),
        };
        if let Err(forbidden) = self.egress.judge(&url) {
            return skipped(forbidden.to_string());
        }
        if url.scheme() == "https" {
            return failed(
                AnswerClass::Unreachable,
                "https is not spoken yet: give an http:// dbProcessUrl".to_owned(),
            );
        }
        let request = self
            .client
            .post(url)
            .header(reqwest::header::CONTENT_TYPE, message.content_type())
            .body(message.body.to_string());
        let answer = match message.manner() {
            None => request.send().await,
            Some(manner) => match request.build() {
                Ok(request) => return wire::send(&request, &self.egress, manner, self.patience).await,
                Err(error) => Err(error),
            },
        };
        match answer {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let headers =
                    header_lines(answer.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
                AttemptResult::Answered { status, headers, body: first_part(answer).await.into() }
            }
            Err(error) => match forbidden_in(&error) {
                Some(forbidden) => skipped(forbidden),
                None => failed(class_of(&error), chain(&error)),
            },
        }
    }

    /// `asked` says whether the schedule has it sent, or a resend.
    pub(super) fn record(&self, id: NotificationId, asked: Trigger, began: Began, result: AttemptResult) {
        let now = self.clock.now();
        self.store.notifications.update(id, |notification| {
            let trigger = if asked == Trigger::Scheduled { notification.trigger } else { asked };
            let number = u32::try_from(notification.attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
            let subject = Subject {
                i_mid: Some(notification.i_mid.clone()),
                t_xid: notification.t_xid().cloned(),
                reference_no: Some(notification.reference_no.clone()),
            };
            let kind = notification.kind;
            let Began { at: sent_at, after: sent_after } = began;
            let log = |event| self.store.log.append(now, subject.clone(), event);
            let delivered = result.delivered();
            match &result {
                AttemptResult::Skipped { reason } => {
                    tracing::info!(reference_no = ?self.store.masked(notification.reference_no.as_str()), url = ?self.store.masked(&notification.url), %reason, "notification skipped");
                    log(EventKind::NotificationSkipped { notification: id, kind, reason: reason.clone() });
                }
                AttemptResult::Answered { status, .. } => {
                    let (http_status, error) = (Some(*status), None);
                    log(EventKind::NotificationAttempted { notification: id, kind, attempt: number, trigger, sent_at, sent_after, http_status, error });
                    if !delivered {
                        tracing::info!(reference_no = ?self.store.masked(notification.reference_no.as_str()), url = ?self.store.masked(&notification.url), status, "notification not taken: only 200 counts");
                    }
                }
                AttemptResult::Failed { error, .. } => {
                    tracing::info!(reference_no = ?self.store.masked(notification.reference_no.as_str()), url = ?self.store.masked(&notification.url), %error, "notification failed");
                    let (http_status, error) = (None, Some(error.clone()));
                    log(EventKind::NotificationAttempted { notification: id, kind, attempt: number, trigger, sent_at, sent_after, http_status, error });
                }
            }
            let skipped = matches!(result, AttemptResult::Skipped { .. });
            notification.attempts.push(Attempt { number, at: sent_at, trigger, result });
            if delivered {
                notification.delivery = Delivery::Delivered;
                log(EventKind::NotificationDelivered { notification: id, kind, attempt: number });
            } else if asked == Trigger::Manual || !matches!(notification.delivery, Delivery::Scheduled { .. }) {
                // A resend by hand is one try, and changes no schedule; what was delivered or withdrawn has none.
            } else if skipped {
                notification.delivery = Delivery::Skipped;
            } else {
                let scheduled = notification.attempts.iter().filter(|a| a.trigger == Trigger::Scheduled).count();
                // What goes out by hand is one try.
                let last = notification.attempts.last().filter(|_| trigger == Trigger::Scheduled);
                let next = last.and_then(|last| notification.retries.after(scheduled, &last.result));
                if let Some(wait) = next {
                    let at = later(now, wait);
                    notification.delivery = Delivery::Scheduled { at };
                    self.store.schedule.plan(at, Work::Send(id));
                } else {
                    notification.delivery = Delivery::Exhausted;
                    log(EventKind::NotificationExhausted { notification: id, kind, attempts: number });
                }
            }
        });
    }
}

/// The egress rule's no, if that is at the bottom of an error.
fn forbidden_in(error: &reqwest::Error) -> Option<String> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(forbidden) = error.downcast_ref::<Forbidden>() {
            return Some(forbidden.to_string());
        }
        cause = error.source();
    }
    None
}

/// In which way no answer came.
fn class_of(error: &reqwest::Error) -> AnswerClass {
    if error.is_timeout() {
        AnswerClass::Timeout
    } else if error.is_connect() {
        AnswerClass::Unreachable
    } else {
        AnswerClass::Broken
    }
}

/// An error with its causes.
fn chain(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    // The first says only that it was this URL.
    let mut texts = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}
