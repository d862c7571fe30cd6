//! The details of one event: the bytes of its request and response, the diagnosis, the rule that decided, and what can be
//! done with it: copy it as a script, or send it again.

mod part;
mod send_form;
mod tree;

pub(in crate::dashboard) use self::part::Part;
pub(in crate::dashboard) use self::send_form::SendForm;
pub(in crate::dashboard) use self::tree::Row;
use super::diagnosis::Diagnosis;
use super::fields::{Field, fields};
use super::time::Time;
use crate::control::{Control, request_script};
use crate::domain::{
    AttemptResult, Entry, Event, EventKind, ExchangeText, KeyMask, Notification, NotificationId, SkipReason,
};
use crate::page::Lang;
use crate::paths;
use crate::protocol::{FORM, USER_AGENT};
use crate::store::Filter;

/// A refusal and its request are at most so many events apart.
const MAX_DISTANCE: usize = 1_000;
/// How many events are read at once: the log stays locked only that long.
const BATCH_SIZE: usize = 100;

/// The details of one event.
pub(in crate::dashboard) struct Message {
    pub(in crate::dashboard) id: u64,
    pub(in crate::dashboard) kind: &'static str,
    pub(in crate::dashboard) at: Time,
    pub(in crate::dashboard) t_xid: Option<String>,
    pub(in crate::dashboard) fields: Vec<Field>,
    pub(in crate::dashboard) parts: Vec<Part>,
    /// Why it was refused.
    pub(in crate::dashboard) diagnosis: Option<Diagnosis>,
    pub(in crate::dashboard) rule: Option<String>,
    /// For a refusal: the event of the request that was refused.
    pub(in crate::dashboard) refused_request: Option<u64>,
    /// Whether its content was deleted to save memory.
    pub(in crate::dashboard) is_deleted: bool,
    /// The request that it can be copied from as a script.
    exchange: Option<(u64, ExchangeText)>,
    /// For a notification: the forms that send it again.
    pub(in crate::dashboard) send: Option<SendForm>,
}

/// The event with this number, if it is one of `entries`. Their texts are masked already.
pub(in crate::dashboard) fn find_in(control: &Control, entries: &[Entry], id: u64, lang: Lang) -> Option<Message> {
    entries.iter().find(|entry| entry.event.id == id).map(|entry| message(control, entry, lang))
}

fn message(control: &Control, entry: &Entry, lang: Lang) -> Message {
    /// The fields that the page shows elsewhere.
    const OMITTED: &[&str] = &["id", "at", "type", "diagnosis", "rule", "fault"];
    let kind = &entry.event.kind;
    let mut message = Message {
        id: entry.event.id,
        kind: kind.event_type(),
        at: Time::full(entry.event.at),
        t_xid: entry.event.t_xid.as_ref().map(ToString::to_string),
        fields: fields(&entry.event, OMITTED),
        parts: Vec::new(),
        diagnosis: diagnosis(kind).map(|text| Diagnosis::parse(text, lang)),
        rule: rule_of(kind).map(str::to_owned),
        refused_request: None,
        is_deleted: false,
        exchange: None,
        send: None,
    };
    let mask = control.engine.key_mask();
    match kind {
        EventKind::Exchanged(exchange) => match &entry.exchange {
            Some(text) => message.add_exchange(entry.event.id, exchange.http_status, text, lang, &mask),
            None => message.is_deleted = true,
        },
        EventKind::Refused { diagnosis, .. } => message.add_refused(control, entry, diagnosis, lang, &mask),
        EventKind::NotificationAttempted { notification, attempt, .. } => {
            message.is_deleted = !message.add_attempt(control, *notification, *attempt, &mask);
        }
        _ => {}
    }
    message
}

fn diagnosis(kind: &EventKind) -> Option<&str> {
    match kind {
        EventKind::Refused { diagnosis, .. } => Some(diagnosis),
        _ => None,
    }
}

/// The rule that decided, that set the variant of a notification, or that made a response wrong.
pub(in crate::dashboard) fn rule_of(kind: &EventKind) -> Option<&str> {
    match kind {
        EventKind::Registered { rule, .. }
        | EventKind::Approved { rule, .. }
        | EventKind::UnderReview { rule, .. }
        | EventKind::Declined { rule, .. }
        | EventKind::Abandoned { rule }
        | EventKind::BindingRegistered { rule, .. }
        | EventKind::BindingCompleted { rule, .. }
        | EventKind::BindingFailed { rule, .. }
        | EventKind::NotificationSkipped { reason: SkipReason::DroppedByRule(rule), .. }
        | EventKind::RuleHit { rule, .. } => Some(rule),
        EventKind::NotificationScheduled { rule, .. } | EventKind::NotificationHeld { rule, .. } => rule.as_deref(),
        EventKind::Exchanged(exchange) => exchange.fault.as_deref(),
        _ => None,
    }
}

/// The exchange of the refusal with this number. Its texts are not masked; `diagnosis` is.
fn refused_exchange(control: &Control, refusal: u64, diagnosis: &str, mask: &KeyMask) -> Option<Entry> {
    let log = control.engine.store().log;
    // As it was stored: what is masked is not found.
    let stored = log.read(&Filter { after: refusal.checked_sub(1)?, ..Filter::default() }, 1).pop()?;
    let Event { id: after, i_mid, t_xid, reference_no, .. } = stored.event;
    let mut filter = Filter {
        after,
        i_mid: i_mid.as_ref().map(|i_mid| i_mid.as_str().into()),
        t_xid: t_xid.as_ref().map(|t_xid| t_xid.as_str().into()),
        reference_no: reference_no.as_ref().map(|reference_no| reference_no.as_str().into()),
    };
    let is_it = |Entry { event, exchange }: &Entry| {
        let says = exchange.as_ref().and_then(|text| text.response_header(paths::DIAGNOSIS_HEADER));
        (&event.i_mid, &event.t_xid, &event.reference_no) == (&i_mid, &t_xid, &reference_no)
            && says.is_some_and(|says| mask.masked(says) == diagnosis)
    };
    (0..MAX_DISTANCE / BATCH_SIZE).find_map(|_| {
        let part = log.part(&filter, BATCH_SIZE);
        filter.after = part.upto;
        part.entries.into_iter().find(is_it)
    })
}

impl Message {
    /// Its arrow in the diagram: a refusal is the response to its request.
    pub(in crate::dashboard) fn diagram_key(&self) -> String {
        self.refused_request.map_or_else(|| self.id.to_string(), |request| format!("{request}a"))
    }

    /// The request as a script, with its event's number; none for what no merchant's server sent.
    pub(in crate::dashboard) fn script(&self, base: &str) -> Option<(u64, String)> {
        let (event, text) = self.exchange.as_ref()?;
        request_script(text, base).ok().map(|script| (*event, script))
    }

    fn add_exchange(&mut self, event: u64, http_status: Option<u16>, text: &ExchangeText, lang: Lang, mask: &KeyMask) {
        let header = |name| text.response_header(name).filter(|value| !value.is_empty());
        self.diagnosis = header(paths::DIAGNOSIS_HEADER).map(|text| Diagnosis::parse(text, lang));
        self.rule = self.rule.take().or_else(|| header(paths::RULE_HEADER).map(str::to_owned));
        let first_line = format!("{} {}", text.method, text.target);
        self.parts.push(Part::new(false, first_line, &text.request_headers, &text.request, mask));
        let first_line = http_status.map(|status| format!("HTTP {status}")).unwrap_or_default();
        self.parts.push(Part::new(true, first_line, &text.response_headers, &text.response, mask));
        self.exchange = Some((event, text.clone()));
    }

    /// Adds the request that was refused. It is recorded after the refusal, when its response is known.
    fn add_refused(&mut self, control: &Control, refusal: &Entry, diagnosis: &str, lang: Lang, mask: &KeyMask) {
        let found =
            refused_exchange(control, refusal.event.id, diagnosis, mask).map(|entry| control.engine.shown(entry));
        let Some(Entry { event: Event { id, kind: EventKind::Exchanged(exchange), .. }, exchange: Some(text) }) = found
        else {
            self.is_deleted = true;
            return;
        };
        let (diagnosis, rule) = (self.diagnosis.take(), self.rule.take());
        self.add_exchange(id, exchange.http_status, &text, lang, mask);
        self.diagnosis = diagnosis.or(self.diagnosis.take());
        self.rule = rule.or(self.rule.take());
        self.refused_request = Some(id);
    }

    /// Returns whether the attempt's content is still stored.
    fn add_attempt(&mut self, control: &Control, id: NotificationId, number: u32, mask: &KeyMask) -> bool {
        let notification = control.engine.store().notifications.read(id, Notification::clone);
        notification.is_some_and(|notification| self.add_parts(&control.engine.shown(notification), number, mask))
    }

    fn add_parts(&mut self, notification: &Notification, number: u32, mask: &KeyMask) -> bool {
        let attempt = notification.attempts.iter().find(|attempt| attempt.number == number);
        let (Some(body), Some(attempt)) = (&notification.body, attempt) else { return false };
        let rule_plan = notification.rule_plan.as_ref();
        let content_type = rule_plan.and_then(|rule_plan| rule_plan.plan.content_type.as_deref()).unwrap_or(FORM);
        if let Some((variant, rule)) = notification.variant_and_rule() {
            self.fields.push(Field { name: "variant".to_owned(), value: variant.as_str().to_owned() });
            self.rule = Some(rule.to_string());
        }
        let length = body.len();
        let headers = format!("Content-Type: {content_type}\nUser-Agent: {USER_AGENT}\nContent-Length: {length}\n");
        let address = format!("{}/notifications/{}/body", paths::API, notification.id);
        let sent = Part::new(false, format!("POST {}", notification.url), &headers, body, mask);
        // It is a form, whatever its header says.
        self.parts.push(Part { tree: tree::tree(FORM, body, mask), ..sent }.cut(address));
        self.send = Some(SendForm::new(notification, body, mask));
        let (first_line, headers, body) = match &attempt.result {
            AttemptResult::Responded { status, headers, body } => {
                (format!("HTTP {status}"), headers.to_string(), body.to_string())
            }
            AttemptResult::Failed { error, .. } => (error.to_string(), String::new(), String::new()),
            AttemptResult::Skipped { reason } => (reason.to_string(), String::new(), String::new()),
        };
        self.parts.push(Part::new(true, first_line, &headers, &body, mask));
        true
    }
}
