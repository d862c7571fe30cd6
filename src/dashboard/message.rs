//! What one message said: its bytes, why it was refused, and the rule behind it.

use serde_json::json;
use url::form_urlencoded;

use super::facts::{Fact, facts};
use super::frame::instant;
use crate::control::Control;
use crate::domain::{AttemptResult, Entry, EventKind, ExchangeText, Notification, NotificationId};
use crate::paths;
use crate::protocol::{FORM, USER_AGENT};
use crate::store::Filter;

/// One event, opened.
pub(super) struct Message {
    pub(super) id: u64,
    pub(super) kind: &'static str,
    pub(super) at: String,
    pub(super) t_xid: Option<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) parts: Vec<Bytes>,
    /// Why it was refused: the slug, and the sentence.
    pub(super) diagnosis: Option<(String, String)>,
    pub(super) rule: Option<String>,
    /// Whether the log had to forget its bytes.
    pub(super) forgotten: bool,
}

/// One half of an exchange, as it was.
pub(super) struct Bytes {
    /// Whether it is an answer.
    pub(super) answer: bool,
    pub(super) first_line: String,
    pub(super) headers: String,
    pub(super) body: String,
    /// The fields of its body, one by one.
    pub(super) fields: Vec<Fact>,
}

/// Opens an event; none where there is none of that number.
pub(super) fn open(control: &Control, id: u64) -> Option<Message> {
    let log = control.engine.store().log;
    let after = id.checked_sub(1)?;
    let entry = log.read(&Filter { after, ..Filter::default() }, 1).into_iter().find(|entry| entry.event.id == id)?;
    Some(of(control, &entry))
}

/// Opens an event of a story; none where it is another's.
pub(super) fn open_one_of(control: &Control, story: &[Entry], id: u64) -> Option<Message> {
    story.iter().find(|entry| entry.event.id == id).map(|entry| of(control, entry))
}

fn of(control: &Control, entry: &Entry) -> Message {
    const SHOWN_APART: &[&str] = &[
        "id",
        "at",
        "type",
        "method",
        "target",
        "request",
        "response",
        "requestHeaders",
        "responseHeaders",
        "diagnosis",
        "rule",
        "fault",
    ];
    let whole = json!(entry);
    let mut message = Message {
        id: entry.event.id,
        kind: entry.event.kind.event_type(),
        at: instant(entry.event.at),
        t_xid: entry.event.t_xid.as_ref().map(ToString::to_string),
        facts: facts(&whole, SHOWN_APART),
        parts: Vec::new(),
        diagnosis: whole["diagnosis"].as_str().map(split),
        rule: whole["rule"].as_str().or(whole["fault"].as_str()).map(str::to_owned),
        forgotten: false,
    };
    match &entry.event.kind {
        EventKind::Exchanged(exchange) => match &entry.exchange {
            Some(text) => message.add_exchange(exchange.http_status, text),
            None => message.forgotten = true,
        },
        EventKind::NotificationAttempted { notification, attempt, .. } => {
            message.forgotten = !message.add_attempt(control, *notification, *attempt);
        }
        _ => {}
    }
    message
}

/// The slug of a diagnosis, and its sentence.
pub(super) fn split(diagnosis: &str) -> (String, String) {
    let (slug, sentence) = diagnosis.split_once(": ").unwrap_or((diagnosis, ""));
    (slug.to_owned(), sentence.to_owned())
}

impl Message {
    fn add_exchange(&mut self, http_status: Option<u16>, text: &ExchangeText) {
        let header = |name| text.response_header(name).filter(|value| !value.is_empty());
        self.diagnosis = header(paths::DIAGNOSIS_HEADER).map(split);
        self.rule = self.rule.take().or_else(|| header(paths::RULE_HEADER).map(str::to_owned));
        self.parts.push(Bytes {
            answer: false,
            first_line: format!("{} {}", text.method, text.target),
            headers: text.request_headers.clone(),
            fields: fields(&text.request_headers, &text.request),
            body: text.request.clone(),
        });
        self.parts.push(Bytes {
            answer: true,
            first_line: http_status.map(|status| format!("HTTP {status}")).unwrap_or_default(),
            headers: text.response_headers.clone(),
            fields: fields(&text.response_headers, &text.response),
            body: text.response.clone(),
        });
    }

    /// Answers whether it is still known what was sent.
    fn add_attempt(&mut self, control: &Control, id: NotificationId, number: u32) -> bool {
        let found = control.engine.store().notifications.read(id, |notice| self.add_sent(notice, number));
        found.unwrap_or(false)
    }

    fn add_sent(&mut self, notice: &Notification, number: u32) -> bool {
        let attempt = notice.attempts.iter().find(|attempt| attempt.number == number);
        let (Some(body), Some(attempt)) = (&notice.body, attempt) else { return false };
        let ordered = notice.rule_plan.as_ref();
        let content_type = ordered.and_then(|rule_plan| rule_plan.plan.content_type.as_deref()).unwrap_or(FORM);
        if let Some((variant, rule)) = notice.variant_and_rule() {
            self.facts.push(Fact { name: "variant".to_owned(), value: variant.as_str().to_owned() });
            self.rule = Some(rule.to_string());
        }
        let length = body.len();
        self.parts.push(Bytes {
            answer: false,
            first_line: format!("POST {}", notice.url),
            headers: format!(
                "Content-Type: {content_type}\nUser-Agent: {USER_AGENT}\nAccept: */*\nContent-Length: {length}\n"
            ),
            fields: fields(FORM, body),
            body: body.to_string(),
        });
        let (first_line, headers, body) = match &attempt.result {
            AttemptResult::Responded { status, headers, body } => {
                (format!("HTTP {status}"), headers.to_string(), body.to_string())
            }
            AttemptResult::Failed { error, .. } => (error.to_string(), String::new(), String::new()),
            AttemptResult::Skipped { reason } => (reason.to_string(), String::new(), String::new()),
        };
        self.parts.push(Bytes { answer: true, first_line, headers, body, fields: Vec::new() });
        true
    }
}

/// The fields of a body that is a form or a JSON object.
fn fields(headers: &str, body: &str) -> Vec<Fact> {
    if !headers.contains(FORM) {
        return serde_json::from_str(body).map(|object| facts(&object, &[])).unwrap_or_default();
    }
    let fields = form_urlencoded::parse(body.as_bytes());
    fields.map(|(name, value)| Fact { name: name.into_owned(), value: value.into_owned() }).collect()
}
