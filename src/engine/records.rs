//! What the HTTP modules report: exchanges, refusals, responses.

use crate::domain::{
    BindingId, EventKind, IMid, InboxMessage, Note, NotificationId, ReferenceNo, SentFields, TXid, Transaction,
};
use crate::store::{RecordedExchange, Subject};

use super::Engine;

/// A refusal, to be recorded.
#[derive(Debug)]
pub struct Refused<'a> {
    /// The operation: `registration`, …
    pub endpoint: &'static str,
    /// The result code.
    pub result_cd: &'static str,
    /// Why: a slug and a sentence.
    pub diagnosis: String,
    /// The merchant, where it is known.
    pub i_mid: Option<IMid>,
    /// The tXid as sent.
    pub t_xid: Option<&'a str>,
    /// The order number as sent.
    pub reference_no: Option<&'a str>,
    /// What the dashboard's search finds it by.
    pub sent: Option<Box<SentFields>>,
}

/// The payment or binding of a browser that returns to the merchant.
#[derive(Clone, Debug)]
pub enum BrowserSubject {
    /// A payment.
    Payment(TXid),
    /// A binding.
    Binding(BindingId),
}

/// The browser's return to the merchant.
#[derive(Debug)]
pub struct CallbackSent {
    /// The result code.
    pub result_cd: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The URL.
    pub url: String,
}

impl Engine {
    /// Records one request to the gateway and its response.
    pub fn record_exchange(&self, subject: Subject, exchange: RecordedExchange<'_>) {
        self.store.log.record(self.now(), subject, exchange);
    }

    /// Keeps what the built-in inbox has received.
    pub fn receive(&self, message: InboxMessage) {
        self.store.inbox.add(message);
    }

    /// Empties the inbox with this name, or all.
    pub fn empty_inbox(&self, inbox: Option<&str>) {
        self.store.inbox.empty(inbox);
    }

    /// Records a refusal. Returns what it is about: the transaction that was sent, where it belongs to the merchant;
    /// otherwise the order number that was sent.
    pub fn record_refusal(&self, refused: Refused<'_>) -> Subject {
        let Refused { endpoint, result_cd, diagnosis, i_mid, t_xid, reference_no, sent } = refused;
        let own = |transaction: &Transaction| {
            (Some(&transaction.i_mid) == i_mid.as_ref()).then(|| Subject::from(transaction))
        };
        let known = t_xid.and_then(|t_xid| self.store.transactions.read(t_xid, own)).flatten();
        let subject = known.unwrap_or_else(|| {
            let reference_no = reference_no.and_then(|text| ReferenceNo::new(text).ok());
            Subject { i_mid, t_xid: None, reference_no }
        });
        let kind = EventKind::Refused { endpoint, result_cd, diagnosis: diagnosis.into(), sent };
        self.log(subject.clone(), kind);
        subject
    }

    /// Keeps the notes about an accepted request, with the transaction that it is about.
    pub fn record_notes(&self, subject: &Subject, notes: Vec<Note>) {
        if let Some(i_mid) = subject.i_mid.as_ref().filter(|_| notes.iter().any(|note| note.result_cd.is_some())) {
            self.store.merchants.count_refused_live(i_mid);
        }
        if let Some(t_xid) = &subject.t_xid {
            self.store.transactions.update(t_xid.as_str(), |transaction| {
                for note in notes {
                    transaction.notes.add(note);
                }
            });
        }
    }

    /// Records the response to an inquiry.
    pub fn record_inquiry(&self, transaction: &Transaction, status: &'static str) {
        self.log(transaction, EventKind::InquiryAnswered { status });
    }

    /// Records what the merchant's own system says about an order.
    pub fn record_probe(&self, transaction: &Transaction, paid: Option<bool>, fulfilled: Option<u64>) {
        self.log(transaction, EventKind::MerchantProbed { paid, fulfilled });
    }

    /// Records that a browser returns to the merchant, and schedules the notifications that waited for it.
    pub fn record_return(&self, browser: &BrowserSubject, callback: Option<CallbackSent>) {
        let event = callback.map(|CallbackSent { result_cd, method, url }| EventKind::CallbackSent {
            result_cd,
            method,
            url: url.into(),
        });
        match browser {
            BrowserSubject::Payment(t_xid) => self.store.transactions.update(t_xid.as_str(), |transaction| {
                transaction.has_returned = true;
                self.log_return(&Subject::from(&*transaction), &transaction.notifications, event);
            }),
            BrowserSubject::Binding(id) => self.store.bindings.update(*id, |binding| {
                self.log_return(&Subject::from(&*binding), &binding.notifications, event);
            }),
        };
    }

    fn log_return(&self, subject: &Subject, notifications: &[NotificationId], event: Option<EventKind>) {
        if let Some(event) = event {
            self.log(subject.clone(), event);
        }
        self.release_after_return(subject, notifications);
    }
}
