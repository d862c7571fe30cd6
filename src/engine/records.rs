//! What the faces report: exchanges, refusals, answers. Nothing is decided here.

use crate::domain::{BindingId, EventKind, IMid, NotificationId, ReferenceNo, TXid, Transaction};
use crate::store::{Recorded, Subject};

use super::Engine;

/// A refusal, for the log.
#[derive(Debug)]
pub struct Refused<'a> {
    /// What was refused: `registration`, …
    pub endpoint: &'static str,
    /// With which code.
    pub result_cd: &'static str,
    /// Why: slug and sentence.
    pub diagnosis: String,
    /// The merchant, as far as it is known.
    pub i_mid: Option<IMid>,
    /// The transaction's number as sent.
    pub t_xid: Option<&'a str>,
    /// The order's number as sent.
    pub reference_no: Option<&'a str>,
}

/// Whose browser it is.
#[derive(Clone, Debug)]
pub enum BrowserOf {
    /// A payment's.
    Payment(TXid),
    /// A binding's.
    Binding(BindingId),
}

/// The way on which a browser goes back to the merchant.
#[derive(Debug)]
pub struct CallbackSent {
    /// With which result.
    pub result_cd: &'static str,
    /// By which verb.
    pub method: &'static str,
    /// Where to.
    pub url: String,
}

impl Engine {
    /// Records one request to the gateway and its answer.
    pub fn record_exchange(&self, subject: Subject, exchange: Recorded<'_>) {
        self.store.log.record(self.now(), subject, exchange);
    }

    /// Records a refusal, and answers whom it is about: the transaction that was named, where the merchant who says to
    /// ask has it; otherwise the order's number as sent.
    pub fn record_refusal(&self, refused: Refused<'_>) -> Subject {
        let Refused { endpoint, result_cd, diagnosis, i_mid, t_xid, reference_no } = refused;
        let own = |transaction: &Transaction| {
            (Some(&transaction.i_mid) == i_mid.as_ref()).then(|| Subject::from(transaction))
        };
        let known = t_xid.and_then(|t_xid| self.store.transactions.read(t_xid, own)).flatten();
        let subject = known.unwrap_or_else(|| {
            let reference_no = reference_no.and_then(|text| ReferenceNo::new(text).ok());
            Subject { i_mid, t_xid: None, reference_no }
        });
        let kind = EventKind::Refused { endpoint, result_cd, diagnosis: diagnosis.into() };
        self.log(subject.clone(), kind);
        subject
    }

    /// Records that a merchant was told a status.
    pub fn record_inquiry(&self, transaction: &Transaction, status: &'static str) {
        self.log(transaction, EventKind::InquiryAnswered { status });
    }

    /// Records that a browser goes back to the merchant, and lets go what waited for that.
    pub fn record_return(&self, of: &BrowserOf, callback: Option<CallbackSent>) {
        let event = callback.map(|CallbackSent { result_cd, method, url }| EventKind::CallbackSent {
            result_cd,
            method,
            url: url.into(),
        });
        match of {
            BrowserOf::Payment(t_xid) => self.store.transactions.update(t_xid.as_str(), |transaction| {
                transaction.returned = true;
                self.returned(&Subject::from(&*transaction), &transaction.notifications, event);
            }),
            BrowserOf::Binding(id) => self.store.bindings.update(*id, |binding| {
                self.returned(&Subject::from(&*binding), &binding.notifications, event);
            }),
        };
    }

    fn returned(&self, subject: &Subject, notifications: &[NotificationId], event: Option<EventKind>) {
        if let Some(event) = event {
            self.log(subject.clone(), event);
        }
        self.browser_returned(subject, notifications);
    }
}
