//! What the faces report: exchanges, refusals, answers. Nothing is decided here.

use crate::ledger::{Binding, EventKind, IMid, ReferenceNo, Transaction};
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
    /// The order's number as sent.
    pub reference_no: Option<&'a str>,
}

impl Engine {
    /// Records one request to the gateway and its answer.
    pub fn record_exchange(&self, subject: Subject, exchange: Recorded<'_>) {
        self.store.log.record(self.now(), subject, exchange);
    }

    /// Records a refusal.
    pub fn record_refusal(&self, refused: Refused<'_>) {
        let Refused { endpoint, result_cd, diagnosis, i_mid, reference_no } = refused;
        let reference_no = reference_no.and_then(|text| ReferenceNo::new(text).ok());
        let subject = Subject { i_mid, t_xid: None, reference_no };
        let kind = EventKind::Refused { endpoint, result_cd, diagnosis: diagnosis.into() };
        self.store.log.append(self.now(), subject, kind);
    }

    /// Records that a merchant was told a status.
    pub fn record_inquiry(&self, transaction: &Transaction, status: &'static str) {
        self.log(transaction, EventKind::InquiryAnswered { status });
    }

    /// Records that a browser was sent back to the merchant.
    pub fn record_callback(&self, transaction: &Transaction, result_cd: &'static str, method: &'static str, url: &str) {
        self.log(transaction, EventKind::CallbackSent { result_cd, method, url: url.into() });
        self.browser_returned(&Subject::from(transaction), &transaction.notices);
    }

    /// Records that the browser of a binding was sent back to the merchant.
    pub fn record_binding_callback(&self, binding: &Binding, result_cd: &'static str, url: &str) {
        self.log(binding, EventKind::CallbackSent { result_cd, method: "GET", url: url.into() });
    }
}
