//! Events. Every timeline, wait, stream and verification is computed from the log of them.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::accounts::{BindingId, ClientUserKey, IMid, NotificationId, Phone, ReferenceNo, TXid, UserToken};
use super::notifications::{NotificationKind, SkipReason, Trigger, Variant};
use super::payments::{Amount, CancelKind};
use super::reason::{Actor, BindingFailure, LoginFailure, OtpFailure, Reason};

/// One entry of the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// 1, 2, … without gaps.
    pub id: u64,
    /// When it happened, by the simulator's clock.
    pub at: Timestamp,
    /// The merchant that it is about; absent where it is about none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub i_mid: Option<IMid>,
    /// The transaction that it is about; absent where it is about none.
    #[serde(rename = "tXid", skip_serializing_if = "Option::is_none")]
    pub t_xid: Option<TXid>,
    /// The merchant's order number; absent where it is about no order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_no: Option<ReferenceNo>,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Defines the events: a line `"type" => Variant { fields }` for each. The list of types, the `type` on the wire and
/// [`EventKind::event_type`] are made from these lines.
macro_rules! event_kinds {
    ($($(#[$doc:meta])* $event_type:literal => $variant:ident $fields:tt,)+) => {
        /// What happened, with the fields of each event. The comments are the documentation of the API.
        #[derive(Clone, Debug, Serialize, JsonSchema)]
        #[serde(tag = "type", rename_all_fields = "camelCase")]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $event_type)] $variant $fields,)+
        }

        impl EventKind {
            /// Every `type` that an event can have.
            pub const TYPES: &[&str] = &[$($event_type),+];

            /// The `type` of this event.
            pub const fn event_type(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $event_type,)+
                }
            }
        }
    };
}

event_kinds! {
    /// An order was accepted.
    "transaction.registered" => Registered {
        /// The order's amount, in rupiah.
        amt: Amount,
        /// The rule that will decide it.
        rule: Arc<str>,
    },
    /// A request to the gateway was refused.
    "transaction.refused" => Refused {
        /// The operation.
        endpoint: &'static str,
        /// The result code.
        result_cd: &'static str,
        /// Why: a fixed slug for programs, then a sentence.
        diagnosis: Box<str>,
        /// What the dashboard's search finds it by.
        #[serde(skip)]
        sent: Option<Box<SentFields>>,
    },
    /// The lender paid.
    "transaction.approved" => Approved {
        /// The tenor, in months.
        instmnt_mon: u8,
        /// The shopper who pays.
        phone: Phone,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The lender reviews the payment.
    "transaction.under-review" => UnderReview {
        /// The tenor, in months.
        instmnt_mon: u8,
        /// The shopper who pays.
        phone: Phone,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The lender declined.
    "transaction.declined" => Declined {
        /// Why.
        reason: Reason,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The customer left.
    "transaction.abandoned" => Abandoned {
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// It was not paid in time.
    "transaction.expired" => Expired {},
    /// Money was refunded to the customer.
    "transaction.cancelled" => Cancelled {
        /// What was refunded this time, in rupiah.
        amt: Amount,
        /// What was refunded in all, in rupiah.
        cancel_amt: Amount,
        /// Whether all of it was refunded.
        full: bool,
        /// Whether it was voided before the settlement or refunded after it.
        kind: CancelKind,
        /// Who asked: `merchant` or `control`.
        by: Actor,
    },
    /// The merchant confirmed that the goods arrived.
    "transaction.receipt-confirmed" => ReceiptConfirmed {},
    /// The payment was opened.
    "payment.opened" => PaymentOpened {
        /// By whom: `browser` or `control`.
        by: Actor,
    },
    /// A shopper signed in at the lender.
    "partner.login" => Login {
        /// The shopper.
        phone: Phone,
    },
    /// A login was refused.
    "partner.login-failed" => LoginFailed {
        /// The phone that was entered.
        phone: Phone,
        /// Why, in a word.
        reason: LoginFailure,
    },
    /// Wrong PINs locked an account.
    "partner.locked" => Locked {
        /// The shopper.
        phone: Phone,
        /// The end of the lock.
        until: Timestamp,
    },
    /// A shopper chose an instalment plan.
    "partner.plan-chosen" => PlanChosen {
        /// The tenor, in months.
        instmnt_mon: u8,
        /// What is paid each month, in rupiah.
        monthly: Amount,
        /// What is paid in all, in rupiah.
        total: Amount,
    },
    /// A one-time password was "sent": nothing leaves the simulator.
    "partner.otp-sent" => OtpSent {
        /// The phone that it was sent to.
        phone: Phone,
        /// The password.
        otp: Box<str>,
        /// Until when it is valid.
        expires_at: Timestamp,
    },
    /// A one-time password was refused.
    "partner.otp-failed" => OtpFailed {
        /// Why, in a word.
        reason: OtpFailure,
    },
    /// The right one-time password was entered.
    "partner.otp-passed" => OtpPassed {},
    /// The customer entered the PIN once more, which confirms the payment.
    "partner.pin-confirmed" => PinConfirmed {},
    /// The browser was sent back to the merchant.
    "callback.sent" => CallbackSent {
        /// The code that it carries.
        result_cd: &'static str,
        /// How it goes: `GET` or `POST`.
        method: &'static str,
        /// Where it goes.
        url: Box<str>,
    },
    /// A user token was issued.
    "token.issued" => TokenIssued {
        /// The token.
        user_token: UserToken,
        /// The merchant's customer.
        client_user_key: ClientUserKey,
        /// The account at the lender.
        phone: Phone,
    },
    /// A user token paid.
    "token.used" => TokenUsed {
        /// The token.
        user_token: UserToken,
    },
    /// The merchant ended a user token.
    "token.removed" => TokenRemoved {
        /// The token.
        user_token: UserToken,
    },
    /// The customer ended a user token.
    "token.revoked" => TokenRevoked {
        /// The token.
        user_token: UserToken,
    },
    /// An account binding was accepted.
    "binding.registered" => BindingRegistered {
        /// Its number.
        binding_id: BindingId,
        /// The rule that will decide it.
        rule: Arc<str>,
    },
    /// An account was bound.
    "binding.completed" => BindingCompleted {
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
    "binding.failed" => BindingFailed {
        /// The binding's number.
        binding_id: BindingId,
        /// Why, in a word; also `abandoned` and `expired`.
        reason: BindingFailure,
        /// The rule that decided.
        rule: Arc<str>,
    },
    /// The merchant asked for a transaction's status.
    "inquiry.answered" => InquiryAnswered {
        /// The status in the response.
        status: &'static str,
    },
    /// A notification is to be sent. Again, when it was held until now, or is delivered now on request.
    "notification.scheduled" => NotificationScheduled {
        /// Its number.
        notification: NotificationId,
        /// What it reports.
        kind: NotificationKind,
        /// When it is due.
        due: Timestamp,
        /// What is unusual about it; absent where nothing is.
        #[serde(skip_serializing_if = "Option::is_none")]
        variant: Option<Variant>,
        /// The rule that asks for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<Arc<str>>,
    },
    /// A notification waits for another event.
    "notification.held" => NotificationHeld {
        /// Its number.
        notification: NotificationId,
        /// What it reports.
        kind: NotificationKind,
        /// What it waits for, by the name of the variant.
        #[serde(skip_serializing_if = "Option::is_none")]
        variant: Option<Variant>,
        /// The rule that asks for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<Arc<str>>,
    },
    /// A notification was sent, with whatever result.
    "notification.attempted" => NotificationAttempted {
        /// Its number.
        notification: NotificationId,
        /// What it reports.
        kind: NotificationKind,
        /// Which attempt it was: 1, 2, …
        attempt: u32,
        /// What caused it.
        trigger: Trigger,
        /// When it was sent; the event itself is logged when the response has come.
        sent_at: Timestamp,
        /// The number of the newest event when it was sent: later events, except this one, happened while the merchant
        /// handled it. Not serialised: threads race for this number, and equal calls must give equal bytes.
        #[serde(skip)]
        sent_after: u64,
        /// The HTTP status of the merchant's response; absent when none came.
        #[serde(skip_serializing_if = "Option::is_none")]
        http_status: Option<u16>,
        /// Why no response came; absent when one did.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Box<str>>,
    },
    /// The merchant accepted a notification.
    "notification.delivered" => NotificationDelivered {
        /// Its number.
        notification: NotificationId,
        /// What it reported.
        kind: NotificationKind,
        /// The attempt that succeeded.
        attempt: u32,
    },
    /// A notification has no retries left.
    "notification.exhausted" => NotificationExhausted {
        /// Its number.
        notification: NotificationId,
        /// What it would have reported.
        kind: NotificationKind,
        /// How often it was attempted.
        attempts: u32,
    },
    /// A notification was not sent: a rule drops it, its address must not be called, or its payment or binding was
    /// removed.
    "notification.skipped" => NotificationSkipped {
        /// Its number.
        notification: NotificationId,
        /// What it would have reported.
        kind: NotificationKind,
        /// Why not.
        reason: SkipReason,
    },
    /// The audit asked the merchant's own system about an order (`nicepay-sim audit --probe`).
    "merchant.probed" => MerchantProbed {
        /// Whether the merchant says that it is paid; absent when its answer could not be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        paid: Option<bool>,
        /// How often the merchant says that it was fulfilled; absent when its answer does not say so.
        #[serde(skip_serializing_if = "Option::is_none")]
        fulfilled: Option<u64>,
    },
    /// One request to the gateway and its response. The texts are absent once the log has dropped them.
    "exchange.recorded" => Exchanged (Exchange),
    /// A rule decided something.
    "rule.hit" => RuleHit {
        /// The rule.
        rule: Arc<str>,
        /// The rules before it, and why they did not match.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        not_matched: Box<[NotMatched]>,
    },
    /// The clock was moved.
    "clock.moved" => ClockMoved {
        /// The time before.
        from: Timestamp,
        /// The time after.
        to: Timestamp,
    },
    /// A scenario became active.
    "scenario.loaded" => ScenarioLoaded {
        /// Its name.
        scenario: Arc<str>,
        /// The file that it is from.
        file: Arc<str>,
    },
    /// A scenario file has an error; the active scenarios stay.
    "scenario.refused" => ScenarioRefused {
        /// The file.
        file: Box<str>,
        /// The line, from 1; 0 where the error is about the whole file.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// What is wrong, and what is allowed.
        message: Box<str>,
    },
}

/// What a refused request sent in the fields that the dashboard's search looks in. It is in no API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentFields {
    /// tXid, referenceNo, clientUserKey, userToken and goodsNm as they were sent: the event has no tXid of another merchant
    /// and no referenceNo that is too long.
    pub texts: Vec<Box<str>>,
    /// The billingPhone.
    pub phone: Option<Box<str>>,
}

impl SentFields {
    fn heap_size(&self) -> usize {
        let texts: usize = self.texts.iter().map(|text| size_of::<Box<str>>() + text.len()).sum();
        size_of::<Self>() + texts + self.phone.as_ref().map_or(0, |phone| phone.len())
    }
}

/// A rule that did not match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotMatched {
    /// The rule.
    pub rule: Arc<str>,
    /// Why not.
    pub because: Box<str>,
}

/// One request to the gateway and its response. The log keeps their bytes apart from the event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Exchange {
    /// The HTTP status of the response; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The rule that made the response faulty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Arc<str>>,
    /// Where the log keeps the bytes.
    #[serde(skip)]
    pub bytes: ExchangeBytes,
}

/// The lengths of an exchange's parts, which are stored one after another from `start`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExchangeBytes {
    /// The number of the first byte, among all bytes that the log ever stored.
    pub start: u64,
    /// Bytes of method, space, path and query.
    pub target: u32,
    /// Bytes of the request's headers.
    pub request_headers: u32,
    /// Bytes of the request's body.
    pub request: u32,
    /// Bytes of the response's headers.
    pub response_headers: u32,
    /// Bytes of the response's body, or of a redirect's `Location`.
    pub response: u32,
}

impl Event {
    /// About how many bytes it takes in memory, without the bytes of an exchange.
    pub fn memory_size(&self) -> usize {
        size_of::<Self>()
            + self.reference_no.as_ref().map_or(0, |text| text.as_str().len())
            + match &self.kind {
                EventKind::Refused { diagnosis, sent, .. } => {
                    diagnosis.len() + sent.as_ref().map_or(0, |sent| sent.heap_size())
                }
                EventKind::CallbackSent { url, .. } => url.len(),
                EventKind::NotificationAttempted { error, .. } => error.as_ref().map_or(0, |e| e.len()),
                EventKind::NotificationSkipped { reason, .. } => reason.heap_size(),
                EventKind::ScenarioRefused { file, message, .. } => file.len() + message.len(),
                EventKind::ScenarioLoaded { scenario, file } => scenario.len() + file.len(),
                EventKind::RuleHit { not_matched, .. } => {
                    not_matched.iter().map(|passed| size_of::<NotMatched>() + passed.because.len()).sum()
                }
                EventKind::OtpSent { otp, .. } => otp.len(),
                EventKind::TokenIssued { user_token, client_user_key, .. }
                | EventKind::BindingCompleted { user_token, client_user_key, .. } => {
                    user_token.as_str().len() + client_user_key.as_str().len()
                }
                EventKind::TokenUsed { user_token }
                | EventKind::TokenRemoved { user_token }
                | EventKind::TokenRevoked { user_token } => user_token.as_str().len(),
                // Without texts that a client can make long. A new event belongs into this list or above.
                EventKind::Registered { .. }
                | EventKind::Approved { .. }
                | EventKind::UnderReview { .. }
                | EventKind::Declined { .. }
                | EventKind::Abandoned { .. }
                | EventKind::Expired {}
                | EventKind::Cancelled { .. }
                | EventKind::ReceiptConfirmed {}
                | EventKind::PaymentOpened { .. }
                | EventKind::Login { .. }
                | EventKind::LoginFailed { .. }
                | EventKind::Locked { .. }
                | EventKind::PlanChosen { .. }
                | EventKind::OtpFailed { .. }
                | EventKind::OtpPassed {}
                | EventKind::PinConfirmed {}
                | EventKind::BindingRegistered { .. }
                | EventKind::BindingFailed { .. }
                | EventKind::InquiryAnswered { .. }
                | EventKind::NotificationScheduled { .. }
                | EventKind::NotificationHeld { .. }
                | EventKind::NotificationDelivered { .. }
                | EventKind::NotificationExhausted { .. }
                | EventKind::Exchanged(_)
                | EventKind::MerchantProbed { .. }
                | EventKind::ClockMoved { .. } => 0,
            }
    }
}

/// An event as read from the log: with the texts of an exchange, where the log still has them.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The event.
    #[serde(flatten)]
    pub event: Event,
    /// The texts of the exchange.
    #[serde(flatten)]
    pub exchange: Option<ExchangeText>,
}

/// The texts of an exchange.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeText {
    /// The HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The request's headers: a line `name: value` each, sorted by name, names in lower case.
    pub request_headers: String,
    /// The request's body.
    pub request: String,
    /// The response's headers in the same form, without those that the HTTP library adds (`content-length`, `date`,
    /// `connection`).
    pub response_headers: String,
    /// The response's body, or the `Location` of a redirect.
    pub response: String,
}

impl ExchangeText {
    /// The first request header with this name, in any case.
    pub fn request_header(&self, name: &str) -> Option<&str> {
        header(&self.request_headers, name)
    }

    /// The first response header with this name, in any case.
    pub fn response_header(&self, name: &str) -> Option<&str> {
        header(&self.response_headers, name)
    }
}

fn header<'t>(lines: &'t str, name: &str) -> Option<&'t str> {
    let mut headers = lines.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
