//! One drill: an order, the customer, the messages of the scenario one after another, and what the merchant makes of each.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::clock::StoppedClock;
use super::customer::Customer;
use super::drills::{Customer as Plays, Drill, End, Return};
use super::order::{self, Placed};
use super::probe::{Health, Seen};
use super::run::{Auditor, Plan};
use super::scenario::Replaced;
use crate::clock::{END, SignedDuration, Timestamp, later};
use crate::domain::{EventKind, Notification, NotificationKind, ReferenceNo, SkipReason, TXid};
use crate::store::Filter;

/// How long a shop may take to make an order paid after it has accepted the notification of that.
const SLOW_PATIENCE: Duration = Duration::from_secs(2);
/// How long a shop may take to react to any other message that it has accepted.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long the job that asks for open payments may take.
const POLL_TIMEOUT: Duration = Duration::from_secs(30);
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// How many events of an order are read.
const MAX_EVENTS: usize = 10_000;
/// How many times the clock moves in a drill, at most.
const MAX_STEPS: usize = 100;

/// What every drill of an audit needs.
pub(super) struct Run<'a> {
    pub(super) auditor: &'a Auditor,
    pub(super) plan: &'a Plan,
    pub(super) clock: &'a StoppedClock<'a>,
    pub(super) health: &'a Health,
}

/// What a drill did.
#[derive(Default)]
pub(super) struct Done {
    pub(super) reference_no: Option<ReferenceNo>,
    /// Why it is not complete.
    pub(super) error: Option<String>,
    /// Whether that is because there was no order.
    pub(super) is_without_order: bool,
    /// Whether the order was made, and nothing of it came to the gateway.
    pub(super) did_nothing_come: bool,
    pub(super) notes: Vec<String>,
    /// The longest time that the merchant took for a notification.
    pub(super) slowest: SignedDuration,
}

/// A drill that is run.
struct Driver<'a> {
    run: &'a Run<'a>,
    drill: &'static Drill,
    t_xid: TXid,
    /// The last event that was looked at.
    position: u64,
    seen: Seen,
    slowest: SignedDuration,
    notes: Vec<String>,
}

/// A message to the merchant, and how it ended.
#[derive(Clone, Copy)]
struct Message {
    is_accepted: bool,
    /// Whether it says truly that the order is paid.
    is_paid: bool,
}

/// Runs a drill. `is_first`: no order was made before.
pub(super) async fn run(run: &Run<'_>, drill: &'static Drill, is_first: bool) -> Done {
    let engine = &run.auditor.engine;
    let replaced = Replaced::by(engine, &run.plan.i_mid, &drill.scenario());
    let _replaced = match replaced {
        Ok(replaced) => replaced,
        Err(error) => return Done { error: Some(error), ..Done::default() },
    };
    let Placed { t_xid, payment_url } = match order::place(engine, &run.auditor.client, run.plan, is_first).await {
        Ok(placed) => placed,
        Err(error) => {
            let did_nothing_come = error.did_nothing_come;
            return Done { error: Some(error.why), is_without_order: true, did_nothing_come, ..Done::default() };
        }
    };
    let position = engine.store().log.last();
    let mut driver =
        Driver { run, drill, t_xid, position, seen: Seen::default(), slowest: SignedDuration::ZERO, notes: Vec::new() };
    driver.go(payment_url).await
}

impl Driver<'_> {
    async fn go(&mut self, payment_url: Option<Url>) -> Done {
        let engine = &self.run.auditor.engine;
        let Some(transaction) = engine.transaction(self.t_xid.as_str()) else {
            return Done {
                error: Some("the payment is gone: something has reset the simulator".to_owned()),
                ..Done::default()
            };
        };
        let reference_no = Some(transaction.reference_no.clone());
        let expires_at = transaction.expires_at;
        self.look(Duration::ZERO).await;
        let mut customer = Customer::new(self.run.auditor, transaction, payment_url);
        let mut error = None;
        if self.drill.customer == Plays::Pays {
            error = customer.pay().await.err();
            self.look(Duration::ZERO).await;
        }
        if error.is_none() {
            if self.drill.returns == Return::AtOnce {
                self.come_back(&mut customer).await;
            }
            self.send_all(&mut customer, expires_at).await;
            if self.drill.waits_for_inquiry {
                self.poll().await;
                self.wait_for_inquiry(SLOW_PATIENCE).await;
            }
            self.look(Duration::ZERO).await;
        }
        let notes = customer.notes.into_iter().chain(self.notes.drain(..)).collect();
        Done { reference_no, error, notes, slowest: self.slowest, ..Done::default() }
    }

    /// Moves the clock from one due work to the next, until the end of the drill.
    async fn send_all(&mut self, customer: &mut Customer<'_>, expires_at: Timestamp) {
        let engine = &self.run.auditor.engine;
        let end = match self.drill.end {
            End::After(span) => later(engine.now(), span),
            End::AtExpiry => later(expires_at, SignedDuration::from_secs(1)),
        };
        let mut waits_for_return = self.drill.returns == Return::AfterNotification;
        for _ in 0..MAX_STEPS {
            let Some(next) = engine.next_needed().filter(|next| *next <= end.min(END)) else { break };
            self.run.clock.move_to(next).await;
            let messages = self.new_messages();
            let Some(last) = messages.last() else { continue };
            let patience = match last {
                Message { is_accepted: false, .. } => Duration::ZERO,
                Message { is_paid: true, .. } if self.seen.paid == Some(false) => SLOW_PATIENCE,
                _ => PATIENCE,
            };
            self.look(patience).await;
            if waits_for_return && messages.iter().any(|message| message.is_paid) {
                waits_for_return = false;
                self.come_back(customer).await;
            }
        }
        if waits_for_return {
            self.come_back(customer).await;
        }
    }

    async fn come_back(&mut self, customer: &mut Customer<'_>) {
        customer.come_back().await;
        self.look(PATIENCE).await;
    }

    /// The notifications since the last look.
    fn new_messages(&mut self) -> Vec<Message> {
        let engine = &self.run.auditor.engine;
        let filter = Filter { after: self.position, t_xid: Some(self.t_xid.as_str().into()), ..Filter::default() };
        let entries = engine.store().log.read(&filter, MAX_EVENTS);
        if let Some(last) = entries.last() {
            self.position = last.event.id;
        }
        let mut messages = Vec::new();
        for entry in &entries {
            if let EventKind::NotificationSkipped { reason: reason @ SkipReason::AddressNotAllowed(_), .. } =
                &entry.event.kind
            {
                self.notes.push(format!("a notification was not sent: {reason}"));
            }
            let EventKind::NotificationAttempted { notification, kind, sent_at, http_status, .. } = &entry.event.kind
            else {
                continue;
            };
            self.slowest = self.slowest.max(entry.event.at.duration_since(*sent_at));
            let variant = engine.store().notifications.read(*notification, Notification::variant_and_rule);
            let is_true = variant.flatten().is_none_or(|(variant, _)| !variant.is_forged() && !variant.is_faulted());
            messages.push(Message {
                is_accepted: http_status.is_some_and(|status| (200..300).contains(&status)),
                is_paid: is_true && *kind == NotificationKind::Approve,
            });
        }
        messages
    }

    /// Asks the merchant about the order, and records what it says. A merchant that works in the background gets some time
    /// to change it.
    async fn look(&mut self, patience: Duration) {
        let auditor = self.run.auditor;
        let Some(probe) = &self.run.plan.probe else {
            // Only inquiries can show a reaction.
            self.wait_for_inquiry(patience).await;
            return;
        };
        let Some(transaction) = auditor.engine.transaction(self.t_xid.as_str()) else { return };
        let end = Instant::now() + patience;
        let mut seen = probe.ask(&auditor.client, &transaction, self.run.health).await;
        while seen == self.seen && seen != Seen::default() && Instant::now() + PAUSE <= end {
            sleep(PAUSE).await;
            seen = probe.ask(&auditor.client, &transaction, self.run.health).await;
        }
        self.seen = seen;
        auditor.engine.record_probe(&transaction, seen.paid, seen.fulfilled);
    }

    /// Runs the merchant's job that asks for open payments, where the plan names it.
    async fn poll(&mut self) {
        let Some(poll) = &self.run.plan.poll else { return };
        if let Err(why) = poll.run(&self.run.auditor.client, &[], POLL_TIMEOUT).await {
            self.notes.push(format!("--poll: {why}"));
        }
    }

    /// Waits until the merchant has asked for the status, which it may have done before.
    async fn wait_for_inquiry(&self, patience: Duration) {
        let log = self.run.auditor.engine.store().log;
        let end = Instant::now() + patience;
        let filter = Filter { t_xid: Some(self.t_xid.as_str().into()), ..Filter::default() };
        loop {
            let last = log.last();
            let entries = log.read(&filter, MAX_EVENTS);
            let is_asked = entries.iter().any(|entry| matches!(entry.event.kind, EventKind::InquiryAnswered { .. }));
            if is_asked || timeout_at(end, log.grown_since(last)).await.is_err() {
                return;
            }
        }
    }
}
