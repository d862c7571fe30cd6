//! What happened, sorted by payment: what the checks read.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::verdict::{Evidence, State};
use crate::domain::{
    Amount, Entry, Event, EventKind, Exchange, ExchangeText, IMid, Note, Notification, NotificationId,
    NotificationKind, ReferenceNo, TXid, Variant,
};
use crate::endpoints::Endpoint;
use crate::language::Lang;
use crate::protocol::Code;

use super::texts::{texts_of_body, texts_of_form};

/// How the names of the audit's scenarios begin.
const DRILLS: &str = "audit";

/// What the report is made from. Texts are masked before.
#[derive(Debug, Default)]
pub struct Records {
    /// The events, oldest first.
    pub entries: Vec<Entry>,
    /// The notifications that are still stored, with their forms.
    pub notifications: Vec<Notification>,
    /// The notes on the requests of each payment.
    pub notes: Vec<(TXid, Note)>,
    /// The last event that the log has dropped.
    pub dropped_upto: Option<u64>,
}

/// What happened.
pub(super) struct History {
    pub(super) requests: Vec<Request>,
    pub(super) payments: Vec<Payment>,
    pub(super) notes: Vec<(TXid, Note)>,
    /// Events about tokens, which may belong to no payment.
    pub(super) token_events: Vec<Event>,
    pub(super) extent: Option<(u64, u64)>,
    pub(super) dropped_upto: Option<u64>,
    pub(super) lang: Lang,
}

/// A request to the gateway.
pub(super) struct Request {
    pub(super) event: u64,
    pub(super) at: Timestamp,
    pub(super) endpoint: Endpoint,
    pub(super) t_xid: Option<TXid>,
    pub(super) reference_no: Option<ReferenceNo>,
    /// The fields of its body as texts; empty where the log no longer has it.
    pub(super) fields: BTreeMap<String, String>,
    /// The result code of the response.
    pub(super) result_cd: Option<String>,
    /// Why it was refused: the slug, and the sentence.
    pub(super) diagnosis: Option<(String, String)>,
    /// Whether a rule spoiled the response.
    pub(super) is_faulted: bool,
    /// Whether a drill of the audit was in force.
    pub(super) is_of_drill: bool,
}

/// A payment and its events.
pub(super) struct Payment {
    pub(super) t_xid: TXid,
    pub(super) i_mid: Option<IMid>,
    pub(super) reference_no: Option<ReferenceNo>,
    pub(super) amt: Option<Amount>,
    /// Without exchanges.
    pub(super) events: Vec<Event>,
    /// The notifications that were sent, in the order of the responses.
    pub(super) notices: Vec<Notice>,
}

/// One attempt to notify the merchant.
pub(super) struct Notice {
    /// The number of the event.
    pub(super) event: u64,
    /// The newest event when it was sent.
    pub(super) sent_after: u64,
    pub(super) kind: NotificationKind,
    pub(super) variant: Variant,
    /// The HTTP status of the merchant's response; none where no response came.
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    /// How long the merchant took.
    pub(super) took: SignedDuration,
    /// The fields of its form; empty where it is no longer stored.
    pub(super) fields: BTreeMap<String, String>,
    /// A wrong Content-Type; none for that of a form.
    pub(super) content_type: Option<String>,
}

/// An answered inquiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inquiry {
    pub(super) event: u64,
    pub(super) at: Timestamp,
    pub(super) status: &'static str,
}

/// What the merchant's own system said about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) event: u64,
    pub(super) paid: Option<bool>,
    pub(super) fulfilled: Option<u64>,
}

impl Request {
    fn new(event: &Event, exchange: &Exchange, text: &ExchangeText, is_of_drill: bool) -> Option<Self> {
        let endpoint = Endpoint::from_target(&text.target)?;
        let slug = |name| text.response_header(name)?.split_once(": ");
        let response: Option<serde_json::Value> = serde_json::from_str(&text.response).ok();
        Some(Self {
            event: event.id,
            at: event.at,
            endpoint,
            t_xid: event.t_xid.clone(),
            reference_no: event.reference_no.clone(),
            fields: texts_of_body(&text.request),
            result_cd: response.and_then(|response| Some(response["resultCd"].as_str()?.to_owned())),
            diagnosis: slug(crate::paths::DIAGNOSIS_HEADER).map(|(slug, why)| (slug.to_owned(), why.to_owned())),
            is_faulted: exchange.fault.is_some(),
            is_of_drill,
        })
    }

    /// Evidence about it.
    pub(super) fn evidence(&self, state: State, text: String) -> Evidence {
        let (t_xid, reference_no) = (self.t_xid.clone(), self.reference_no.clone());
        Evidence { state, text, events: vec![self.event], t_xid, reference_no }
    }

    /// The text of a field; empty where it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The slug of its diagnosis; empty where it was accepted.
    pub(super) fn slug(&self) -> &str {
        self.diagnosis.as_ref().map_or("", |(slug, _)| slug)
    }

    /// Whether the gateway accepted it.
    pub(super) fn is_accepted(&self) -> bool {
        self.result_cd.as_deref() == Some(Code::SUCCESS.cd)
    }
}

impl Notice {
    /// Whether the merchant accepted it as NICEPAY counts it.
    pub(super) fn is_delivered(&self) -> bool {
        self.status == Some(200)
    }

    /// Whether the merchant answered as if it had accepted it.
    pub(super) fn is_confirmed(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether its content is true and it was sent rightly: its variant is only about when and how often.
    pub(super) fn is_true(&self) -> bool {
        !self.variant.is_forged() && !self.variant.is_faulted()
    }

    /// What is different in another one of the same payment: the names of fields, and `Content-Type`.
    pub(super) fn differences<'n>(&'n self, other: &'n Self) -> Vec<&'n str> {
        let names = self.fields.keys().chain(other.fields.keys().filter(|name| !self.fields.contains_key(*name)));
        let mut different: Vec<_> =
            names.filter(|name| self.fields.get(*name) != other.fields.get(*name)).map(String::as_str).collect();
        if self.content_type != other.content_type {
            different.push("Content-Type");
        }
        different
    }
}

impl Payment {
    fn new(t_xid: TXid) -> Self {
        Self { t_xid, i_mid: None, reference_no: None, amt: None, events: Vec::new(), notices: Vec::new() }
    }

    fn push(&mut self, event: &Event, notifications: &HashMap<NotificationId, Notification>) {
        if self.i_mid.is_none() {
            self.i_mid.clone_from(&event.i_mid);
        }
        if self.reference_no.is_none() {
            self.reference_no.clone_from(&event.reference_no);
        }
        self.events.push(event.clone());
        match &event.kind {
            EventKind::Registered { amt, .. } => self.amt = Some(*amt),
            EventKind::NotificationAttempted {
                notification, kind, sent_at, sent_after, http_status, error, ..
            } => {
                // Without its form nothing can be said about it, and the report says that the log was too short.
                // And what somebody has edited by hand may be true or not.
                let Some(known) = notifications.get(notification).filter(|known| !known.is_sent_by_hand()) else {
                    return;
                };
                let plan = known.rule_plan.as_ref().map(|rule_plan| &rule_plan.plan);
                self.notices.push(Notice {
                    event: event.id,
                    sent_after: *sent_after,
                    kind: *kind,
                    variant: plan.map_or(Variant::Plain, |plan| plan.variant),
                    status: *http_status,
                    error: error.as_deref().map(str::to_owned),
                    took: event.at.duration_since(*sent_at),
                    fields: texts_of_form(known.body.as_deref().unwrap_or_default()),
                    content_type: plan.and_then(|plan| plan.content_type.as_deref()).map(str::to_owned),
                });
            }
            _ => {}
        }
    }

    /// The events that `wanted` selects, oldest first.
    pub(super) fn all<T>(&self, wanted: impl Fn(&EventKind) -> Option<T>) -> impl Iterator<Item = (u64, T)> {
        self.events.iter().filter_map(move |event| Some((event.id, wanted(&event.kind)?)))
    }

    /// The number of the first event that `wanted` selects.
    pub(super) fn first(&self, wanted: impl Fn(&EventKind) -> bool) -> Option<u64> {
        self.events.iter().find(|event| wanted(&event.kind)).map(|event| event.id)
    }

    /// Whether the merchant was told something false about it: that has checks of its own.
    pub(super) fn has_lies(&self) -> bool {
        self.notices.iter().any(|notice| notice.variant.is_forged())
    }

    /// Whether a user token pays.
    pub(super) fn is_seamless(&self) -> bool {
        self.first(|kind| matches!(kind, EventKind::TokenUsed { .. })).is_some()
    }

    /// The probes of the order.
    pub(super) fn probes(&self) -> impl Iterator<Item = Probe> {
        self.events.iter().filter_map(|event| match event.kind {
            EventKind::MerchantProbed { paid, fulfilled } => Some(Probe { event: event.id, paid, fulfilled }),
            _ => None,
        })
    }

    /// The last probe before this event.
    pub(super) fn probe_before(&self, event: u64) -> Option<Probe> {
        self.probes().take_while(|probe| probe.event <= event).last()
    }

    /// The first probe after this event.
    pub(super) fn probe_after(&self, event: u64) -> Option<Probe> {
        self.probes().find(|probe| probe.event > event)
    }

    /// The merchant's inquiries between two events.
    pub(super) fn inquiries(&self, after: u64, until: u64) -> Vec<Inquiry> {
        let between = self.events.iter().filter(|event| after < event.id && event.id <= until);
        between
            .filter_map(|event| match event.kind {
                EventKind::InquiryAnswered { status } => Some(Inquiry { event: event.id, at: event.at, status }),
                _ => None,
            })
            .collect()
    }

    /// When an event happened.
    pub(super) fn time_of(&self, event: u64) -> Option<Timestamp> {
        self.events.iter().find(|known| known.id == event).map(|known| known.at)
    }

    /// The merchant's name for it: its order number, or NICEPAY's.
    pub(super) fn name(&self) -> &str {
        self.reference_no.as_ref().map_or(self.t_xid.as_str(), ReferenceNo::as_str)
    }

    /// Evidence about it.
    pub(super) fn evidence(&self, state: State, text: String, events: impl Into<Vec<u64>>) -> Evidence {
        let (t_xid, reference_no) = (Some(self.t_xid.clone()), self.reference_no.clone());
        Evidence { state, text, events: events.into(), t_xid, reference_no }
    }
}

impl History {
    pub(super) fn new(records: Records, lang: Lang) -> Self {
        let Records { entries, notifications, notes, dropped_upto } = records;
        let extent = entries.first().zip(entries.last()).map(|(first, last)| (first.event.id, last.event.id));
        let notifications: HashMap<_, _> = notifications.into_iter().map(|known| (known.id, known)).collect();
        let mut history = Self {
            requests: Vec::new(),
            payments: Vec::new(),
            notes,
            token_events: Vec::new(),
            extent,
            dropped_upto,
            lang,
        };
        let mut is_of_drill = false;
        let mut places: HashMap<TXid, usize> = HashMap::new();
        for Entry { event, exchange: text } in &entries {
            if let EventKind::Exchanged(exchange) = &event.kind {
                history
                    .requests
                    .extend(text.as_ref().and_then(|text| Request::new(event, exchange, text, is_of_drill)));
                continue;
            }
            if let EventKind::ScenarioLoaded { scenario, .. } = &event.kind {
                is_of_drill = scenario.starts_with(DRILLS);
            }
            if matches!(
                event.kind,
                EventKind::TokenIssued { .. } | EventKind::TokenRemoved { .. } | EventKind::TokenRevoked { .. }
            ) {
                history.token_events.push(event.clone());
            }
            if let Some(t_xid) = &event.t_xid {
                let place = *places.entry(t_xid.clone()).or_insert_with(|| {
                    history.payments.push(Payment::new(t_xid.clone()));
                    history.payments.len() - 1
                });
                history.payments[place].push(event, &notifications);
            }
        }
        history
    }

    /// The requests to one endpoint.
    pub(super) fn to(&self, endpoint: Endpoint) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| request.endpoint == endpoint)
    }
}
