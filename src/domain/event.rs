//! What happened. The log of these is what every report, wait and timeline is computed from.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::amount::Amount;
use super::attempt::Trigger;
use super::ids::{BindingId, ClientUserKey, IMid, NotificationId, Phone, ReferenceNo, TXid, UserToken};
use super::notification::NotificationKind;
use super::notification_plan::Variant;
use super::reason::Reason;
use super::stage::CancelKind;

/// One entry of the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// 1, 2, … without gaps.
    pub id: u64,
    /// When it happened, by the simulator's clock.
    pub at: Timestamp,
    /// The merchant it is about; absent where it is about nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i_mid: Option<IMid>,
    /// The transaction it is about; absent where it is about none.
    #[serde(rename = "tXid", skip_serializing_if = "Option::is_none")]
    pub t_xid: Option<TXid>,
    /// The merchant's number of the order it is about; absent where it is about none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_no: Option<ReferenceNo>,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What can happen, with its own fields. The `type` on the wire is the variant's name here. The comments are the API's
/// documentation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum EventKind {
    /// An order was accepted.
    #[serde(rename = "transaction.registered")]
    Registered {
        /// The order's amount, in rupiah.
        amt: Amount,
        /// The rule that will decide it.
        rule: Arc<str>,
    },
    /// A request to the gateway was refused.
    #[serde(rename = "transaction.refused")]
    Refused {
        /// Which request it was.
        endpoint: &'static str,
        /// The code that was answered.
        result_cd: &'static str,
        /// Why: a fixed slug for programs, then a sentence.
        diagnosis: Box<str>,
    },
    /// The lender paid.
    #[serde(rename = "transaction.approved")]
    Approved {
        /// The tenor, in months.
        instmnt_mon: u8,
        /// The shopper who pays.
        phone: Phone,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The lender takes a closer look.
    #[serde(rename = "transaction.under-review")]
    UnderReview {
        /// The tenor, in months.
        instmnt_mon: u8,
        /// The shopper who pays.
        phone: Phone,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The lender said no.
    #[serde(rename = "transaction.declined")]
    Declined {
        /// Why.
        reason: Reason,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The customer went away.
    #[serde(rename = "transaction.abandoned")]
    Abandoned {
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// Nobody paid in time.
    #[serde(rename = "transaction.expired")]
    Expired {},
    /// Money went back to the customer.
    #[serde(rename = "transaction.cancelled")]
    Cancelled {
        /// What went back this time, in rupiah.
        amt: Amount,
        /// What has gone back in all, in rupiah.
        cancel_amt: Amount,
        /// Whether nothing is left.
        full: bool,
        /// Whether the payment was undone before it was settled, or given back after.
        kind: CancelKind,
        /// Who asked: `merchant` or `control`.
        by: &'static str,
    },
    /// The merchant confirmed that the goods arrived.
    #[serde(rename = "transaction.receipt-confirmed")]
    ReceiptConfirmed {},
    /// The payment was opened.
    #[serde(rename = "payment.opened")]
    PaymentOpened {
        /// By whom: `browser` or `control`.
        by: &'static str,
    },
    /// A shopper signed in at the lender.
    #[serde(rename = "partner.login")]
    Login {
        /// The shopper.
        phone: Phone,
    },
    /// A login was refused.
    #[serde(rename = "partner.login-failed")]
    LoginFailed {
        /// The phone that was entered.
        phone: Phone,
        /// Why, in a word.
        reason: &'static str,
    },
    /// Wrong PINs locked an account.
    #[serde(rename = "partner.locked")]
    Locked {
        /// The shopper.
        phone: Phone,
        /// The end of the lock.
        until: Timestamp,
    },
    /// A shopper chose an instalment plan.
    #[serde(rename = "partner.plan-chosen")]
    PlanChosen {
        /// The tenor, in months.
        instmnt_mon: u8,
        /// What is paid each month, in rupiah.
        monthly: Amount,
        /// What is paid in all, in rupiah.
        total: Amount,
    },
    /// A one-time password was "sent": nothing leaves the simulator.
    #[serde(rename = "partner.otp-sent")]
    OtpSent {
        /// To whom.
        phone: Phone,
        /// The password.
        otp: Box<str>,
        /// Until when it is valid.
        expires_at: Timestamp,
    },
    /// A one-time password was refused.
    #[serde(rename = "partner.otp-failed")]
    OtpFailed {
        /// Why, in a word.
        reason: &'static str,
    },
    /// The right one-time password was entered.
    #[serde(rename = "partner.otp-passed")]
    OtpPassed {},
    /// The browser was sent back to the merchant.
    #[serde(rename = "callback.sent")]
    CallbackSent {
        /// The code that it carries.
        result_cd: &'static str,
        /// How it goes: `GET` or `POST`.
        method: &'static str,
        /// Where it goes.
        url: Box<str>,
    },
    /// A user token was issued.
    #[serde(rename = "token.issued")]
    TokenIssued {
        /// The token.
        user_token: UserToken,
        /// The merchant's customer.
        client_user_key: ClientUserKey,
        /// The account at the lender.
        phone: Phone,
    },
    /// A user token paid.
    #[serde(rename = "token.used")]
    TokenUsed {
        /// The token.
        user_token: UserToken,
    },
    /// The merchant ended a user token.
    #[serde(rename = "token.removed")]
    TokenRemoved {
        /// The token.
        user_token: UserToken,
    },
    /// The customer ended a user token.
    #[serde(rename = "token.revoked")]
    TokenRevoked {
        /// The token.
        user_token: UserToken,
    },
    /// An account binding was accepted.
    #[serde(rename = "binding.registered")]
    BindingRegistered {
        /// Its number.
        binding_id: BindingId,
        /// The rule that will decide it.
        rule: Arc<str>,
    },
    /// An account was bound.
    #[serde(rename = "binding.completed")]
    BindingCompleted {
        /// The binding's number.
        binding_id: BindingId,
        /// The new token.
        user_token: UserToken,
        /// The merchant's customer.
        client_user_key: ClientUserKey,
        /// The account at the lender.
        phone: Phone,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// An account was not bound.
    #[serde(rename = "binding.failed")]
    BindingFailed {
        /// The binding's number.
        binding_id: BindingId,
        /// Why, in a word; also `abandoned` and `expired`.
        reason: &'static str,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The merchant asked for a transaction's status.
    #[serde(rename = "inquiry.answered")]
    InquiryAnswered {
        /// The digit that was answered.
        status: &'static str,
    },
    /// A notification is to be sent.
    #[serde(rename = "notification.scheduled")]
    NotificationScheduled {
        /// Its number.
        notification: NotificationId,
        /// What it tells.
        kind: NotificationKind,
        /// When it is due.
        due: Timestamp,
        /// What is unusual about it; absent where nothing is.
        #[serde(skip_serializing_if = "Option::is_none")]
        variant: Option<Variant>,
        /// The rule that has it so.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<Arc<str>>,
    },
    /// A notification waits for something else than the time.
    #[serde(rename = "notification.held")]
    NotificationHeld {
        /// Its number.
        notification: NotificationId,
        /// What it tells.
        kind: NotificationKind,
        /// What it waits for, by the name of the variant.
        #[serde(skip_serializing_if = "Option::is_none")]
        variant: Option<Variant>,
        /// The rule that has it so.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<Arc<str>>,
    },
    /// A notification was sent, whatever came of it.
    #[serde(rename = "notification.attempted")]
    NotificationAttempted {
        /// Its number.
        notification: NotificationId,
        /// What it tells.
        kind: NotificationKind,
        /// Which attempt it was: 1, 2, …
        attempt: u32,
        /// What caused it.
        trigger: Trigger,
        /// When it was sent; the event itself is as late as the answer.
        sent_at: Timestamp,
        /// The number of the newest event when it was sent: what has a higher one, this one excepted, happened while the
        /// merchant was at it. It is told to nobody: what was written just then by another thread is before or after it
        /// by luck, and the same calls shall give the same bytes.
        #[serde(skip)]
        sent_after: u64,
        /// The HTTP status of the merchant's answer; absent when none came.
        #[serde(skip_serializing_if = "Option::is_none")]
        http_status: Option<u16>,
        /// Why no answer came; absent when one did.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Box<str>>,
    },
    /// The merchant took a notification.
    #[serde(rename = "notification.delivered")]
    NotificationDelivered {
        /// Its number.
        notification: NotificationId,
        /// What it told.
        kind: NotificationKind,
        /// The attempt that succeeded.
        attempt: u32,
    },
    /// A notification was tried as often as it may.
    #[serde(rename = "notification.exhausted")]
    NotificationExhausted {
        /// Its number.
        notification: NotificationId,
        /// What it would have told.
        kind: NotificationKind,
        /// How often it was tried.
        attempts: u32,
    },
    /// A notification was not sent because a rule forbids its address.
    #[serde(rename = "notification.skipped")]
    NotificationSkipped {
        /// Its number.
        notification: NotificationId,
        /// What it would have told.
        kind: NotificationKind,
        /// The rule, and the flag that changes it.
        reason: Box<str>,
    },
    /// One request to the gateway and its answer, as they were. The bytes are absent once the log has forgotten them.
    #[serde(rename = "exchange.recorded")]
    Exchanged(Exchange),
    /// A rule decided something.
    #[serde(rename = "rule.hit")]
    RuleHit {
        /// The rule.
        rule: Arc<str>,
        /// The rules before it, and why they did not decide.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        not_matched: Box<[NotMatched]>,
    },
    /// The clock was moved by somebody.
    #[serde(rename = "clock.moved")]
    ClockMoved {
        /// What time it was.
        from: Timestamp,
        /// What time it is.
        to: Timestamp,
    },
    /// A scenario is in force.
    #[serde(rename = "scenario.loaded")]
    ScenarioLoaded {
        /// Its name.
        scenario: Arc<str>,
        /// Where it stands.
        file: Arc<str>,
    },
    /// Scenario files are not right; what was in force stays.
    #[serde(rename = "scenario.refused")]
    ScenarioRefused {
        /// The file.
        file: Box<str>,
        /// The line, from 1; 0 where the file is wrong as a whole.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// What is wrong, and what is allowed.
        message: Box<str>,
    },
}

/// A rule that was asked, and did not decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotMatched {
    /// The rule.
    pub rule: Arc<str>,
    /// Why it did not.
    pub because: Box<str>,
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
        "notification.held",
        "notification.attempted",
        "notification.delivered",
        "notification.exhausted",
        "notification.skipped",
        "exchange.recorded",
        "rule.hit",
        "clock.moved",
        "scenario.loaded",
        "scenario.refused",
    ];

    /// Its `type`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "transaction.registered",
            Self::Refused { .. } => "transaction.refused",
            Self::Approved { .. } => "transaction.approved",
            Self::UnderReview { .. } => "transaction.under-review",
            Self::Declined { .. } => "transaction.declined",
            Self::Abandoned { .. } => "transaction.abandoned",
            Self::Expired { .. } => "transaction.expired",
            Self::Cancelled { .. } => "transaction.cancelled",
            Self::ReceiptConfirmed { .. } => "transaction.receipt-confirmed",
            Self::PaymentOpened { .. } => "payment.opened",
            Self::Login { .. } => "partner.login",
            Self::LoginFailed { .. } => "partner.login-failed",
            Self::Locked { .. } => "partner.locked",
            Self::PlanChosen { .. } => "partner.plan-chosen",
            Self::OtpSent { .. } => "partner.otp-sent",
            Self::OtpFailed { .. } => "partner.otp-failed",
            Self::OtpPassed { .. } => "partner.otp-passed",
            Self::CallbackSent { .. } => "callback.sent",
            Self::TokenIssued { .. } => "token.issued",
            Self::TokenUsed { .. } => "token.used",
            Self::TokenRemoved { .. } => "token.removed",
            Self::TokenRevoked { .. } => "token.revoked",
            Self::BindingRegistered { .. } => "binding.registered",
            Self::BindingCompleted { .. } => "binding.completed",
            Self::BindingFailed { .. } => "binding.failed",
            Self::InquiryAnswered { .. } => "inquiry.answered",
            Self::NotificationScheduled { .. } => "notification.scheduled",
            Self::NotificationHeld { .. } => "notification.held",
            Self::NotificationAttempted { .. } => "notification.attempted",
            Self::NotificationDelivered { .. } => "notification.delivered",
            Self::NotificationExhausted { .. } => "notification.exhausted",
            Self::NotificationSkipped { .. } => "notification.skipped",
            Self::Exchanged(_) => "exchange.recorded",
            Self::RuleHit { .. } => "rule.hit",
            Self::ClockMoved { .. } => "clock.moved",
            Self::ScenarioLoaded { .. } => "scenario.loaded",
            Self::ScenarioRefused { .. } => "scenario.refused",
        }
    }
}

/// One request to the gateway and its answer. Their bytes lie in the log, which hands them out beside the event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Exchange {
    /// The HTTP status of the answer; none where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The rule that made the answer wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Arc<str>>,
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
    /// Bytes of the request's headers.
    pub request_headers: u32,
    /// Bytes of the request's body.
    pub request: u32,
    /// Bytes of the answer's headers.
    pub response_headers: u32,
    /// Bytes of the answer's body, or of a redirect's `Location`.
    pub response: u32,
}

impl Event {
    /// NotificationSubject how many bytes it keeps in memory, beside an exchange's own.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + match &self.kind {
                EventKind::Refused { diagnosis, .. } => diagnosis.len(),
                EventKind::CallbackSent { url, .. } => url.len(),
                EventKind::NotificationAttempted { error, .. } => error.as_ref().map_or(0, |e| e.len()),
                EventKind::NotificationSkipped { reason, .. } => reason.len(),
                EventKind::ScenarioRefused { file, message, .. } => file.len() + message.len(),
                EventKind::RuleHit { not_matched, .. } => {
                    not_matched.iter().map(|passed| size_of::<NotMatched>() + passed.because.len()).sum()
                }
                _ => 0,
            }
    }
}

/// An event as it is read: with the bytes of an exchange, where it is one and they are still there.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The event.
    #[serde(flatten)]
    pub event: Event,
    /// The exchange's parts.
    #[serde(flatten)]
    pub exchange: Option<ExchangeText>,
}

/// The parts of an exchange, as text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeText {
    /// The HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The headers that came: a line `name: value` each, by name, names in lower case as HTTP libraries hand them out.
    pub request_headers: String,
    /// The body that came.
    pub request: String,
    /// The headers that went, in the same form, without what the HTTP library adds as it sends (`content-length`,
    /// `date`, `connection`).
    pub response_headers: String,
    /// The body that went, or the `Location` of a redirect.
    pub response: String,
}

impl ExchangeText {
    /// The first of the headers that went with this name, in whatever case it is asked for.
    pub fn response_header(&self, name: &str) -> Option<&str> {
        let mut headers = self.response_headers.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
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
        let words = include_str!("event.rs").split("pub const fn word").nth(1).unwrap();
        let words = words.split(" => \"").skip(1).filter_map(|rest| rest.split('"').next());
        assert_eq!(words.take(EventKind::TYPES.len()).collect::<Vec<_>>(), EventKind::TYPES);
    }
}
