//! What happened. The log of these is what every report, wait and timeline is computed from.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::amount::Amount;
use super::ids::{BindingId, ClientUserKey, IMid, NoticeId, Phone, ReferenceNo, TXid, UserToken};
use super::notice::{NoticeKind, Trigger};
use super::stage::{CancelKind, Reason};

/// One entry of the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// 1, 2, … without gaps.
    pub id: u64,
    /// When, by the simulator's clock.
    pub at: Timestamp,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i_mid: Option<IMid>,
    /// Which transaction's.
    #[serde(rename = "tXid", skip_serializing_if = "Option::is_none")]
    pub t_xid: Option<TXid>,
    /// The merchant's number of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_no: Option<ReferenceNo>,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What can happen, with its own fields. The `type` on the wire is the variant's name here.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum EventKind {
    #[serde(rename = "transaction.registered")]
    Registered { amt: Amount, rule: Arc<str> },
    #[serde(rename = "transaction.refused")]
    Refused { endpoint: &'static str, result_cd: &'static str, diagnosis: Box<str> },
    #[serde(rename = "transaction.approved")]
    Approved { instmnt_mon: u8, phone: Phone, rule: Arc<str> },
    #[serde(rename = "transaction.under-review")]
    UnderReview { instmnt_mon: u8, phone: Phone, rule: Arc<str> },
    #[serde(rename = "transaction.declined")]
    Declined { reason: Reason, rule: Arc<str> },
    #[serde(rename = "transaction.abandoned")]
    Abandoned { rule: Arc<str> },
    #[serde(rename = "transaction.expired")]
    Expired {},
    #[serde(rename = "transaction.cancelled")]
    Cancelled { amt: Amount, cancel_amt: Amount, full: bool, kind: CancelKind, by: &'static str },
    #[serde(rename = "transaction.receipt-confirmed")]
    ReceiptConfirmed {},
    #[serde(rename = "payment.opened")]
    PaymentOpened { by: &'static str },
    #[serde(rename = "partner.login")]
    Login { phone: Phone },
    #[serde(rename = "partner.login-failed")]
    LoginFailed { phone: Phone, reason: &'static str },
    #[serde(rename = "partner.locked")]
    Locked { phone: Phone, until: Timestamp },
    #[serde(rename = "partner.plan-chosen")]
    PlanChosen { instmnt_mon: u8, monthly: Amount, total: Amount },
    #[serde(rename = "partner.otp-sent")]
    OtpSent { phone: Phone, otp: Box<str>, expires_at: Timestamp },
    #[serde(rename = "partner.otp-failed")]
    OtpFailed { reason: &'static str },
    #[serde(rename = "partner.otp-passed")]
    OtpPassed {},
    #[serde(rename = "callback.sent")]
    CallbackSent { result_cd: &'static str, method: &'static str, url: Box<str> },
    #[serde(rename = "token.issued")]
    TokenIssued { user_token: UserToken, client_user_key: ClientUserKey, phone: Phone },
    #[serde(rename = "token.used")]
    TokenUsed { user_token: UserToken },
    #[serde(rename = "token.removed")]
    TokenRemoved { user_token: UserToken },
    #[serde(rename = "token.revoked")]
    TokenRevoked { user_token: UserToken },
    #[serde(rename = "binding.registered")]
    BindingRegistered { binding_id: BindingId, rule: Arc<str> },
    #[serde(rename = "binding.completed")]
    BindingCompleted {
        binding_id: BindingId,
        user_token: UserToken,
        client_user_key: ClientUserKey,
        phone: Phone,
        rule: Arc<str>,
    },
    #[serde(rename = "binding.failed")]
    BindingFailed { binding_id: BindingId, reason: &'static str, rule: Arc<str> },
    #[serde(rename = "inquiry.answered")]
    InquiryAnswered { status: &'static str },
    #[serde(rename = "notification.scheduled")]
    NoticeScheduled { notification: NoticeId, kind: NoticeKind, due: Timestamp },
    #[serde(rename = "notification.attempted")]
    NoticeAttempted {
        notification: NoticeId,
        kind: NoticeKind,
        attempt: u32,
        trigger: Trigger,
        #[serde(skip_serializing_if = "Option::is_none")]
        http_status: Option<u16>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Box<str>>,
    },
    #[serde(rename = "notification.delivered")]
    NoticeDelivered { notification: NoticeId, kind: NoticeKind, attempt: u32 },
    #[serde(rename = "notification.exhausted")]
    NoticeExhausted { notification: NoticeId, kind: NoticeKind, attempts: u32 },
    #[serde(rename = "notification.skipped")]
    NoticeSkipped { notification: NoticeId, kind: NoticeKind, reason: Box<str> },
    #[serde(rename = "exchange.recorded")]
    Exchanged(Exchange),
    #[serde(rename = "rule.hit")]
    RuleHit { rule: Arc<str> },
    #[serde(rename = "clock.moved")]
    ClockMoved { from: Timestamp, to: Timestamp },
    #[serde(rename = "scenario.loaded")]
    ScenarioLoaded { scenario: Arc<str> },
}

impl EventKind {
    /// Every `type` that an event can have. A typing error in one is found out with it.
    pub const TYPES: &[&str] = &[
        "transaction.registered",
        "transaction.refused",
        "transaction.approved",
        "transaction.under-review",
        "transaction.declined",
        "transaction.abandoned",
        "transaction.expired",
        "transaction.cancelled",
        "transaction.receipt-confirmed",
        "payment.opened",
        "partner.login",
        "partner.login-failed",
        "partner.locked",
        "partner.plan-chosen",
        "partner.otp-sent",
        "partner.otp-failed",
        "partner.otp-passed",
        "callback.sent",
        "token.issued",
        "token.used",
        "token.removed",
        "token.revoked",
        "binding.registered",
        "binding.completed",
        "binding.failed",
        "inquiry.answered",
        "notification.scheduled",
        "notification.attempted",
        "notification.delivered",
        "notification.exhausted",
        "notification.skipped",
        "exchange.recorded",
        "rule.hit",
        "clock.moved",
        "scenario.loaded",
    ];
}

/// One request to the gateway and its answer. Their bytes lie in the log, which hands them out beside the event.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// The HTTP status of the answer.
    pub http_status: u16,
    /// Where the bytes lie.
    #[serde(skip)]
    pub bytes: ExchangeBytes,
}

/// Lengths of the parts of an exchange, which lie one after another from `start`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExchangeBytes {
    /// The first byte's number among all that the log ever kept.
    pub start: u64,
    /// Bytes of method, blank, path and query.
    pub target: u32,
    /// Bytes of the request's body.
    pub request: u32,
    /// Bytes of the answer's body, or of a redirect's `Location`.
    pub response: u32,
}

impl Event {
    /// About how many bytes it keeps in memory, beside an exchange's own.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + match &self.kind {
                EventKind::Refused { diagnosis, .. } => diagnosis.len(),
                EventKind::CallbackSent { url, .. } => url.len(),
                EventKind::NoticeAttempted { error, .. } => error.as_ref().map_or(0, |e| e.len()),
                EventKind::NoticeSkipped { reason, .. } => reason.len(),
                _ => 0,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_all_in_the_list() {
        let source = include_str!("event.rs").split("impl EventKind").next().unwrap();
        let named = source.split("#[serde(rename = \"").skip(1).filter_map(|rest| rest.split('"').next());
        let named: Vec<_> = named.filter(|name| name.contains('.')).collect();
        assert_eq!(named, EventKind::TYPES);
    }
}
