//! What a merchant is told of an event: planned while the transaction or the binding is locked, sent by `notify`.

use std::sync::Arc;

use super::Engine;
use crate::clock::{SignedDuration, Timestamp, later};
use crate::domain::{
    Binding, Delivery, EventKind, IMid, Notification, NotificationId, NotificationKind, NotificationPlan,
    NotificationSubject, Phone, ReferenceNo, RulePlan, SendMoment, Stage, Tokenize, Transaction, Trigger, UserToken,
    lost_by,
};
use crate::store::{Subject, Work};

/// One event's notifications as they are ordered: the rule, and each of them.
pub(super) type Orders = Option<(Arc<str>, Vec<NotificationPlan>)>;

/// When the notifications of an event go out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    /// How long after it.
    pub(super) delay: SignedDuration,
    /// Whether there will be another event to tell of: only after a review.
    pub(super) more_comes: bool,
    /// Whether the browser has gone back to the merchant already.
    pub(super) returned: bool,
}

impl Engine {
    /// Plans the notifications of what has just become true.
    pub(super) fn schedule_notifications(&self, transaction: &mut Transaction, kind: NotificationKind) {
        let waited = self.held(&transaction.notifications, SendMoment::AfterTheNext);
        let told = self.notify_on.contains(&kind);
        if !told && waited.is_empty() {
            return;
        }
        let delay = self.notification_delay(transaction);
        let mut planned = Vec::new();
        if told {
            let orders = self.plans(transaction, kind);
            let more_comes = matches!(transaction.stage(), Stage::UnderReview { .. });
            let timing = Timing { delay, more_comes, returned: transaction.returned };
            planned = self.plan_notifications(
                &Subject::from(&*transaction),
                &self.notification(transaction, kind),
                timing,
                orders,
            );
        }
        // Behind the first of these, or, where none is sent, when it would have been.
        let next = planned.iter().filter_map(|id| self.store.notifications.read(*id, due).flatten()).min();
        transaction.notifications.extend(planned);
        self.release(&Subject::from(&*transaction), &waited, next.unwrap_or_else(|| later(self.now(), delay)));
    }

    /// Plans the notifications of a bound account.
    pub(super) fn schedule_binding_notifications(&self, binding: &mut Binding, phone: &Phone, user_token: UserToken) {
        let (delay, orders) = self.notification_plans_of_binding(binding, phone);
        let notification = Notification {
            user_token: Some(user_token),
            url: Arc::from(&*binding.request.db_process_url),
            ..self.blank(
                NotificationSubject::Binding(binding.id),
                &binding.i_mid,
                &binding.request.reference_no,
                NotificationKind::Binding,
            )
        };
        let timing = Timing { delay, ..Timing::default() };
        let planned = self.plan_notifications(&Subject::from(&*binding), &notification, timing, orders);
        binding.notifications.extend(planned);
    }

    /// A notification of a transaction as it is now.
    pub(super) fn notification(&self, transaction: &Transaction, kind: NotificationKind) -> Notification {
        let customer = match &transaction.tokenize {
            Tokenize::No => None,
            Tokenize::Issue { client_user_key } => Some((1, Some(client_user_key.clone()))),
            Tokenize::Pay { client_user_key, .. } => Some((2, Some(client_user_key.clone()))),
            Tokenize::LogIn { client_user_key, .. } => Some((2, client_user_key.clone())),
        };
        // Nobody has it before the approval.
        let user_token = match transaction.stage() {
            Stage::Approved { user_token, .. } | Stage::Cancelled { user_token, .. }
                if kind == NotificationKind::Approve =>
            {
                user_token.clone()
            }
            _ => None,
        };
        let about =
            NotificationSubject::Payment { t_xid: transaction.t_xid.clone(), months: transaction.months(), customer };
        Notification {
            user_token,
            url: Arc::from(&*transaction.order.db_process_url),
            ..self.blank(about, &transaction.i_mid, &transaction.reference_no, kind)
        }
    }

    /// What every notification begins as; it gets its number when it is planned.
    fn blank(
        &self,
        about: NotificationSubject,
        i_mid: &IMid,
        reference_no: &ReferenceNo,
        kind: NotificationKind,
    ) -> Notification {
        let now = self.now();
        Notification {
            id: NotificationId(0),
            about,
            i_mid: i_mid.clone(),
            reference_no: reference_no.clone(),
            kind,
            decided_at: now,
            user_token: None,
            url: Arc::from(""),
            rule_plan: None,
            trigger: Trigger::Scheduled,
            retries: self.in_force(i_mid).retries,
            body: None,
            delivery: Delivery::Scheduled { at: now },
            attempts: Vec::new(),
        }
    }

    /// Remembers the notifications of one event and plans when they go out; answers with their numbers.
    pub(super) fn plan_notifications(
        &self,
        subject: &Subject,
        notification: &Notification,
        timing: Timing,
        orders: Orders,
    ) -> Vec<NotificationId> {
        let Some((rule, plans)) = orders else {
            let at = later(self.now(), timing.delay);
            return vec![self.plan_notification(subject, notification.clone(), Delivery::Scheduled { at })];
        };
        let mut planned = Vec::new();
        for plan in plans {
            let mut wait = plan.after;
            // Shared: there may be a thousand of them.
            let rule_plan = Arc::new(RulePlan { plan, rule: Arc::clone(&rule) });
            for _ in 0..rule_plan.plan.times {
                let delivery = self.delivery(rule_plan.plan.moment, timing, wait);
                let notification = Notification { rule_plan: Some(Arc::clone(&rule_plan)), ..notification.clone() };
                planned.push(self.plan_notification(subject, notification, delivery));
                wait = wait.saturating_add(rule_plan.plan.every);
            }
        }
        planned
    }

    /// How a notification begins: with a time, or waiting for something else.
    fn delivery(&self, moment: SendMoment, timing: Timing, wait: SignedDuration) -> Delivery {
        let usual = timing.delay.saturating_add(wait);
        match moment {
            SendMoment::AfterTheNext if timing.more_comes => Delivery::Held { then: wait },
            SendMoment::AfterReturn if !timing.returned => Delivery::Held { then: usual },
            SendMoment::Due | SendMoment::AfterTheNext | SendMoment::AfterReturn => {
                Delivery::Scheduled { at: later(self.now(), usual) }
            }
            SendMoment::BeforeAnswer | SendMoment::BeforeReturn => Delivery::Scheduled { at: later(self.now(), wait) },
            SendMoment::Never => Delivery::Skipped,
        }
    }

    /// Remembers one notification under a number of its own.
    pub(super) fn plan_notification(
        &self,
        subject: &Subject,
        notification: Notification,
        delivery: Delivery,
    ) -> NotificationId {
        let (id, kind) = (self.store.notifications.next_id(), notification.kind);
        let (variant, rule) = notification.by().unzip();
        self.store.notifications.insert(Notification { id, delivery, ..notification });
        match delivery {
            Delivery::Scheduled { at } => {
                let event = EventKind::NotificationScheduled { notification: id, kind, due: at, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
                self.store.schedule.plan(at, Work::Send(id));
            }
            Delivery::Held { .. } => {
                let event = EventKind::NotificationHeld { notification: id, kind, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
            }
            Delivery::Skipped => {
                let rule = rule.as_deref().unwrap_or("a rule");
                let event = EventKind::NotificationSkipped { notification: id, kind, reason: lost_by(rule) };
                self.store.log.append(self.now(), subject.clone(), event);
            }
            Delivery::Delivered | Delivery::Exhausted => {}
        }
        id
    }

    /// Those of some notifications that wait for a moment.
    fn held(&self, notifications: &[NotificationId], moment: SendMoment) -> Vec<NotificationId> {
        let waits = |notification: &Notification| {
            matches!(notification.delivery, Delivery::Held { .. }) && notification.moment() == moment
        };
        notifications.iter().copied().filter(|id| self.store.notifications.read(*id, waits) == Some(true)).collect()
    }

    /// Lets notifications go that were held until now.
    fn release(&self, subject: &Subject, held: &[NotificationId], from: Timestamp) {
        for id in held {
            let released = self.store.notifications.update(*id, |notification| {
                let Delivery::Held { then } = notification.delivery else { return None };
                let at = later(from, then);
                notification.delivery = Delivery::Scheduled { at };
                let (variant, rule) = notification.by().unzip();
                Some((at, notification.kind, variant, rule))
            });
            if let Some((at, kind, variant, rule)) = released.flatten() {
                let event = EventKind::NotificationScheduled { notification: *id, kind, due: at, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
                self.store.schedule.plan(at, Work::Send(*id));
            }
        }
    }

    /// Lets those go that waited for the browser's return.
    pub(super) fn browser_returned(&self, subject: &Subject, notifications: &[NotificationId]) {
        let held = self.held(notifications, SendMoment::AfterReturn);
        self.release(subject, &held, self.now());
    }

    /// Those of some notifications that have to be tried before `moment`. One that is due later is not among them: with
    /// a clock that stands still whoever waits for it would wait for ever.
    pub fn pending_before(&self, moment: SendMoment, notifications: &[NotificationId]) -> Vec<NotificationId> {
        let now = self.now();
        let first = |notification: &Notification| notification.moment() == moment && is_untried(notification, now);
        notifications.iter().copied().filter(|id| self.store.notifications.read(*id, first) == Some(true)).collect()
    }

    /// Completes when each of some notifications was tried, or never will be.
    pub async fn tried(&self, mut notifications: Vec<NotificationId>) {
        loop {
            let (seen, now) = (self.store.log.version(), self.now());
            notifications.retain(|id| {
                self.store.notifications.read(*id, |notification| is_untried(notification, now)) == Some(true)
            });
            if notifications.is_empty() {
                return;
            }
            self.store.log.changed_since(seen).await;
        }
    }
}

/// When a notification is due.
fn due(notification: &Notification) -> Option<Timestamp> {
    match notification.delivery {
        Delivery::Scheduled { at } => Some(at),
        _ => None,
    }
}

/// Whether a notification is due, and was never tried.
fn is_untried(notification: &Notification, now: Timestamp) -> bool {
    notification.attempts.is_empty() && due(notification).is_some_and(|at| at <= now)
}
