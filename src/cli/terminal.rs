//! What happens, as lines of the log: one for each event that a person wants to see. They are read from the event log, so
//! no request waits for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing_appender::non_blocking::ErrorCounter;

use crate::domain::{Actor, Event, EventKind, IMid, NotificationId, Partner, ReferenceNo, TXid, Trigger};
use crate::engine::Engine;
use crate::protocol;

/// The target of these lines: the text format shows only their sentence.
pub(super) const TARGET: &str = "nicepay_sim::events";

/// How many lines are written in one second; more are counted.
const MAX_LINES: usize = 40;
/// How long the lines of one second are collected.
const WINDOW: Duration = Duration::from_secs(1);
/// Events that follow each other closely are read together.
const PAUSE: Duration = Duration::from_millis(100);
/// How many events are read before other tasks get a turn.
const BATCH_SIZE: usize = 512;

/// Writes a line for each event after `after`, until `stopping` is cancelled. `dropped` is the number of lines that could
/// not be written so far.
pub(super) async fn follow(engine: Arc<Engine>, after: u64, dropped: ErrorCounter, stopping: CancellationToken) {
    let log = || engine.store().log;
    let (mut position, mut reported) = (after, 0);
    while !stopping.is_cancelled() {
        tokio::select! {
            () = log().grown_since(position) => {}
            () = stopping.cancelled() => {}
        }
        let mut lines = Lines::default();
        let window = tokio::time::sleep(WINDOW);
        tokio::pin!(window);
        loop {
            position = lines.write_new(&engine, position).await;
            tokio::select! {
                () = &mut window => break,
                () = stopping.cancelled() => break,
                () = async { log().grown_since(position).await; tokio::time::sleep(PAUSE).await } => {}
            }
        }
        position = lines.write_new(&engine, position).await;
        lines.write_rest();
        let lost = dropped.dropped_lines();
        if lost > reported {
            tracing::warn!("{} log lines were dropped: they were not read fast enough", lost - reported);
            reported = lost;
        }
    }
}

/// The lines of one second.
#[derive(Default)]
struct Lines {
    written: usize,
    /// The events that were only counted, by the name of their kind.
    more: BTreeMap<&'static str, usize>,
}

impl Lines {
    /// Writes or counts the events after `position`; returns the last one.
    async fn write_new(&mut self, engine: &Engine, mut position: u64) -> u64 {
        loop {
            let mut events = Vec::new();
            let (written, more) = (&mut self.written, &mut self.more);
            let upto = engine.store().log.visit(position, BATCH_SIZE, |event| {
                let Some(name) = counted_name(&event.kind).filter(|_| is_enabled(&event.kind)) else { return };
                if *written < MAX_LINES {
                    *written += 1;
                    events.push(event.clone());
                } else {
                    *more.entry(name).or_default() += 1;
                }
            });
            for event in &events {
                write(engine, event);
            }
            if upto == position || engine.store().log.last() == upto {
                return upto;
            }
            position = upto;
            tokio::task::yield_now().await;
        }
    }

    /// Writes how many events were only counted.
    fn write_rest(&self) {
        if self.more.is_empty() {
            return;
        }
        let counts: Vec<_> = self.more.iter().map(|(name, count)| format!("{} more {name}", grouped(*count))).collect();
        tracing::info!(target: TARGET, "… and {} in this second", counts.join(", "));
    }
}

/// A number with a comma between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether something went wrong, so that also `--log-level warn` shows it.
fn is_warning(kind: &EventKind) -> bool {
    match kind {
        EventKind::Refused { .. }
        | EventKind::NotificationExhausted { .. }
        | EventKind::NotificationSkipped { .. }
        | EventKind::ScenarioRefused { .. } => true,
        EventKind::NotificationAttempted { http_status, .. } => *http_status != Some(200),
        _ => false,
    }
}

fn is_enabled(kind: &EventKind) -> bool {
    if is_warning(kind) {
        tracing::enabled!(target: TARGET, tracing::Level::WARN)
    } else {
        tracing::enabled!(target: TARGET, tracing::Level::INFO)
    }
}

/// What events of this kind are called when they are counted; none for those that have no line.
fn counted_name(kind: &EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::Registered { .. } => "registrations",
        EventKind::Refused { .. } => "refusals",
        EventKind::Approved { .. }
        | EventKind::UnderReview { .. }
        | EventKind::Declined { .. }
        | EventKind::Abandoned { .. }
        | EventKind::Expired {} => "decisions",
        EventKind::Cancelled { .. } => "cancels",
        EventKind::ReceiptConfirmed {} => "confirmations",
        EventKind::PaymentOpened { .. } => "payments opened",
        EventKind::Login { .. } | EventKind::LoginFailed { .. } | EventKind::Locked { .. } => "logins",
        EventKind::OtpSent { .. } | EventKind::OtpFailed { .. } => "OTPs",
        EventKind::CallbackSent { .. } => "callbacks",
        EventKind::TokenRemoved { .. } | EventKind::TokenRevoked { .. } => "tokens",
        EventKind::BindingRegistered { .. } | EventKind::BindingCompleted { .. } | EventKind::BindingFailed { .. } => {
            "bindings"
        }
        EventKind::InquiryAnswered { .. } => "inquiries",
        EventKind::NotificationAttempted { .. }
        | EventKind::NotificationExhausted { .. }
        | EventKind::NotificationSkipped { .. } => "notifications",
        EventKind::MerchantProbed { .. } => "probes",
        EventKind::ClockMoved { .. } => "moves of the clock",
        EventKind::ScenarioLoaded { .. } | EventKind::ScenarioRefused { .. } => "scenarios",
        EventKind::PlanChosen { .. }
        | EventKind::OtpPassed {}
        | EventKind::PinConfirmed {}
        | EventKind::TokenIssued { .. }
        | EventKind::TokenUsed { .. }
        | EventKind::NotificationScheduled { .. }
        | EventKind::NotificationHeld { .. }
        | EventKind::NotificationDelivered { .. }
        | EventKind::Exchanged(_)
        | EventKind::RuleHit { .. } => return None,
    })
}

fn write(engine: &Engine, event: &Event) {
    let sentence = sentence(engine, event);
    let (i_mid, t_xid) = (event.i_mid.as_ref().map(IMid::as_str), event.t_xid.as_ref().map(TXid::as_str));
    let (reference_no, kind) = (event.reference_no.as_ref().map(ReferenceNo::as_str), event.kind.event_type());
    if is_warning(&event.kind) {
        tracing::warn!(target: TARGET, event = kind, iMid = i_mid, tXid = t_xid, referenceNo = reference_no, "{sentence}");
    } else {
        tracing::info!(target: TARGET, event = kind, iMid = i_mid, tXid = t_xid, referenceNo = reference_no, "{sentence}");
    }
}

fn sentence(engine: &Engine, event: &Event) -> String {
    let order = order(event);
    let order = &order;
    let lender = || lender(engine, event).map_or("lender", Partner::slug);
    match &event.kind {
        EventKind::Registered { amt, .. } => {
            format!("registration {order} {amt} → 0000 {}", event.t_xid.as_ref().map_or("", TXid::as_str))
        }
        EventKind::Refused { endpoint, result_cd, diagnosis, .. } => {
            // The header is ASCII; a terminal is not.
            let diagnosis = diagnosis.replace("PROTOCOL.md section ", "PROTOCOL.md §");
            if order.is_empty() {
                format!("{endpoint} → {result_cd} {diagnosis}")
            } else {
                format!("{endpoint} {order} → {result_cd} {diagnosis}")
            }
        }
        EventKind::Approved { instmnt_mon, .. } => format!("{} {order} approved, {}", lender(), months(*instmnt_mon)),
        EventKind::UnderReview { instmnt_mon, .. } => {
            format!("{} {order} under review, {}", lender(), months(*instmnt_mon))
        }
        EventKind::Declined { reason, .. } => format!("{} {order} declined: {reason}", lender()),
        EventKind::Abandoned { .. } => format!("{} {order} abandoned by the customer", lender()),
        EventKind::Expired {} => format!("expired {order}: it was not paid in time"),
        EventKind::Cancelled { amt, full, .. } => {
            format!("cancel {order} {amt} → refunded{}", if *full { ", nothing is left" } else { " in part" })
        }
        EventKind::ReceiptConfirmed {} => format!("confirmAkulaku {order} → 0000"),
        EventKind::PaymentOpened { by } => {
            let by = if *by == Actor::Control { "control API" } else { by.as_str() };
            format!("payment {order} opened by the {by}")
        }
        EventKind::Login { phone } => format!("{} {order} login of {phone}", lender()),
        EventKind::LoginFailed { phone, reason } => format!("{} {order} login of {phone} refused: {reason}", lender()),
        EventKind::Locked { phone, .. } => format!("{} {order} {phone} is locked: too many wrong PINs", lender()),
        EventKind::OtpSent { phone, otp, .. } => format!("{} {order} OTP {otp} for {phone}", lender()),
        EventKind::OtpFailed { reason } => format!("{} {order} OTP refused: {reason}", lender()),
        EventKind::CallbackSent { result_cd, method, .. } => format!("callback {order} {result_cd} by {method}"),
        EventKind::TokenRemoved { user_token } => format!("remove-token {user_token} → 0000"),
        EventKind::TokenRevoked { user_token } => format!("userToken {user_token} revoked by the customer"),
        EventKind::BindingRegistered { .. } => format!("binding {order} → 0000"),
        EventKind::BindingCompleted { user_token, .. } => format!("binding {order} completed, userToken {user_token}"),
        EventKind::BindingFailed { reason, .. } => format!("binding {order} failed: {reason}"),
        EventKind::InquiryAnswered { status } => {
            format!("inquiry {order} → {status} {}", protocol::status_word(status))
        }
        EventKind::NotificationAttempted { notification, kind, attempt, http_status, error, .. } => {
            let result = http_status
                .map_or_else(|| error.as_deref().unwrap_or("no response").to_owned(), |status| status.to_string());
            let next = if *http_status == Some(200) { String::new() } else { next(engine, *notification, *attempt) };
            format!("notification {order} {kind} → {result}{next}")
        }
        EventKind::NotificationExhausted { kind, attempts, .. } => {
            format!("notification {order} {kind} given up after {attempts} attempts")
        }
        EventKind::NotificationSkipped { kind, reason, .. } => {
            format!("notification {order} {kind} not sent: {reason}")
        }
        EventKind::MerchantProbed { paid, fulfilled } => {
            let paid = paid.map_or("the answer has no status", |paid| if paid { "paid" } else { "not paid" });
            let fulfilled = fulfilled.map_or_else(String::new, |times| format!(", fulfilled {times}×"));
            format!("probe {order} → {paid}{fulfilled}")
        }
        EventKind::ClockMoved { to, .. } => format!("clock moved to {to}"),
        EventKind::ScenarioLoaded { scenario, .. } => format!("scenario {scenario} is active"),
        EventKind::ScenarioRefused { file, line, message, .. } => format!("scenario {file}:{line} refused: {message}"),
        other => other.event_type().to_owned(),
    }
}

/// The order number, short and on one line.
fn order(event: &Event) -> String {
    let text = event.reference_no.as_ref().map_or("", |reference_no| reference_no.as_str());
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The lender of the event's transaction; account binding is Kredivo's.
fn lender(engine: &Engine, event: &Event) -> Option<Partner> {
    match &event.t_xid {
        Some(t_xid) => engine.store().transactions.read(t_xid.as_str(), |transaction| transaction.order.partner)?,
        None => Some(Partner::Kredivo),
    }
}

fn months(instmnt_mon: u8) -> String {
    if instmnt_mon == 1 { "1 month".to_owned() } else { format!("{instmnt_mon} months") }
}

/// When a notification is sent again.
fn next(engine: &Engine, id: NotificationId, attempt: u32) -> String {
    let next = engine.store().notifications.read(id, |notification| {
        let made = notification.attempts.iter().find(|made| made.number == attempt)?;
        if made.trigger == Trigger::Manual {
            return None;
        }
        let earlier = notification.attempts.iter().filter(|other| other.number <= attempt);
        let scheduled = earlier.filter(|other| other.trigger == Trigger::Scheduled).count();
        let delay = notification.retries.delay_after(scheduled, &made.result)?;
        let retries = notification.retries.retries_after(&made.result);
        Some(format!(", again in {} s ({scheduled} of {retries})", delay.as_secs()))
    });
    next.flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (4_120, "4,120"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
