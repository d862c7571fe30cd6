//! One attempt at delivering one notification.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use super::egress::{Egress, Forbidden};
use crate::clock::{Clock, later};
use crate::ledger::{
    About, AnswerClass, Assumed, Attempt, AttemptResult, Delivery, EventKind, Notice, NoticeId, Trigger,
};
use crate::protocol::{USER_AGENT, binding_notification, notification_body};
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
    pub assumed: Assumed,
    /// How long a merchant may take to answer, by the wall clock.
    pub patience: Duration,
}

/// Bytes of an answer that are kept.
const KEPT: usize = 8 * 1024;

/// What is sent, and where to.
struct Message {
    url: Arc<str>,
    body: Arc<str>,
}

/// Sends notifications.
#[derive(Debug)]
pub(super) struct Sender {
    clock: Arc<Clock>,
    store: Arc<Store>,
    egress: Egress,
    assumed: Assumed,
    client: reqwest::Client,
}

/// Resolves a name once, and lets only addresses through that may be called: what is checked is what is connected to.
struct CheckedResolver {
    egress: Egress,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let egress = self.egress.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                egress.judge_address(address.ip(), Some(name.as_str()))?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
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
        Ok(Self { clock, store, egress, assumed, client })
    }

    /// Whose turn a notification is: its merchant and transaction, and whether it was never tried.
    pub(super) fn look<R>(&self, id: NoticeId, look: impl FnOnce(&Notice) -> R) -> Option<R> {
        self.store.notices.read(id, look)
    }

    /// Whether the clock only moves when somebody moves it.
    pub(super) fn time_stands(&self) -> bool {
        self.clock.is_manual()
    }

    /// Makes one attempt, which is to be recorded; none where there is nothing to do.
    pub(super) async fn attempt(&self, id: NoticeId, trigger: Trigger) -> Option<AttemptResult> {
        // A resend by hand has delivered it meanwhile: the retry that was due has no purpose.
        let delivered = self.look(id, |notice| notice.delivery == Delivery::Delivered);
        if trigger == Trigger::Scheduled && delivered == Some(true) {
            return None;
        }
        // A reset has forgotten it where it cannot be made: nobody waits for it.
        Some(match self.compose(id)? {
            Err(reason) => AttemptResult::Skipped { reason: reason.into() },
            Ok(message) => self.send(&message.url, &message.body).await,
        })
    }

    /// The form: made once, then repeated byte for byte; or why it cannot be made. None where nobody knows of it any more.
    fn compose(&self, id: NoticeId) -> Option<Result<Message, &'static str>> {
        let notice = self.store.notices.read(id, Notice::clone)?;
        if let Some(body) = notice.body {
            return Some(Ok(Message { url: notice.url, body }));
        }
        let merchant = self.store.merchant(notice.i_mid.as_str())?;
        let (store, key, assumed) = (&self.store, &merchant.key, &self.assumed);
        let body = match &notice.about {
            About::Payment { t_xid, .. } => store
                .transactions
                .read(t_xid.as_str(), |transaction| notification_body(transaction, &notice, key, assumed)),
            About::Binding(id) => {
                store.bindings.read(*id, |binding| binding_notification(binding, &notice, key, &assumed.binding))
            }
        };
        let Some(body) = body else {
            return Some(Err("what it speaks of was forgotten to make room (--max-transactions)"));
        };
        let body: Arc<str> = body.into();
        self.store.notices.update(id, |notice| notice.body = Some(Arc::clone(&body)))?;
        Some(Ok(Message { url: notice.url, body }))
    }

    async fn send(&self, url: &str, body: &str) -> AttemptResult {
        let skipped = |reason: String| AttemptResult::Skipped { reason: reason.into() };
        let failed = |class, error: String| AttemptResult::Failed { class, error: error.into() };
        let url = match Url::parse(url) {
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
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.to_owned());
        match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                AttemptResult::Answered { status, body: first_part(answer).await.into() }
            }
            Err(error) => match forbidden_in(&error) {
                Some(forbidden) => skipped(forbidden),
                None => failed(class_of(&error), chain(&error)),
            },
        }
    }

    pub(super) fn record(&self, id: NoticeId, trigger: Trigger, result: AttemptResult) {
        let now = self.clock.now();
        self.store.notices.update(id, |notice| {
            let number = u32::try_from(notice.attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
            let subject = Subject {
                i_mid: Some(notice.i_mid.clone()),
                t_xid: notice.t_xid().cloned(),
                reference_no: Some(notice.reference_no.clone()),
            };
            let kind = notice.kind;
            let log = |event| self.store.log.append(now, subject.clone(), event);
            let delivered = result.delivered();
            match &result {
                AttemptResult::Skipped { reason } => {
                    tracing::info!(reference_no = ?self.store.masked(notice.reference_no.as_str()), url = ?self.store.masked(&notice.url), %reason, "notification skipped");
                    log(EventKind::NoticeSkipped { notification: id, kind, reason: reason.clone() });
                }
                AttemptResult::Answered { status, .. } => {
                    let (http_status, error) = (Some(*status), None);
                    log(EventKind::NoticeAttempted { notification: id, kind, attempt: number, trigger, http_status, error });
                    if !delivered {
                        tracing::info!(reference_no = ?self.store.masked(notice.reference_no.as_str()), url = ?self.store.masked(&notice.url), status, "notification not taken: only 200 counts");
                    }
                }
                AttemptResult::Failed { error, .. } => {
                    tracing::info!(reference_no = ?self.store.masked(notice.reference_no.as_str()), url = ?self.store.masked(&notice.url), %error, "notification failed");
                    let (http_status, error) = (None, Some(error.clone()));
                    log(EventKind::NoticeAttempted { notification: id, kind, attempt: number, trigger, http_status, error });
                }
            }
            let skipped = matches!(result, AttemptResult::Skipped { .. });
            notice.attempts.push(Attempt { number, at: now, trigger, result });
            if delivered {
                notice.delivery = Delivery::Delivered;
                log(EventKind::NoticeDelivered { notification: id, kind, attempt: number });
            } else if trigger == Trigger::Manual {
                // A resend by hand is one try, and changes no schedule.
            } else if skipped {
                notice.delivery = Delivery::Skipped;
            } else {
                let scheduled = notice.attempts.iter().filter(|a| a.trigger == Trigger::Scheduled).count();
                let next = notice.attempts.last().and_then(|last| notice.retries.after(scheduled, &last.result));
                if let Some(wait) = next {
                    let at = later(now, wait);
                    notice.delivery = Delivery::Scheduled { at };
                    self.store.schedule.plan(at, Work::Send(id));
                } else {
                    notice.delivery = Delivery::Exhausted;
                    log(EventKind::NoticeExhausted { notification: id, kind, attempts: number });
                }
            }
        });
    }
}

/// The beginning of an answer; what comes after it is not waited for.
async fn first_part(mut answer: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = KEPT - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == KEPT {
            break;
        }
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    // A character that was cut became a longer one.
    while text.len() > KEPT {
        text.pop();
    }
    text
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
