//! Plans the notifications about an event, while the transaction or binding is locked. `delivery` sends them.

use std::sync::Arc;

use crate::clock::{SignedDuration, Timestamp, later};
use crate::domain::{
    Binding, Delivery, EventKind, IMid, Notification, NotificationId, NotificationKind, NotificationSubject,
    ReferenceNo, RulePlan, SendMoment, Stage, Tokenize, Transaction, Trigger, UserToken,
};
use crate::engine::Engine;
use crate::engine::rules::RulePlans;
use crate::store::{Subject, Work};

/// When the notifications about an event are sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    /// How long after the event.
    pub(in crate::engine) delay: SignedDuration,
    /// Whether another event will follow: only after a review.
    pub(super) is_under_review: bool,
    /// Whether the browser has already returned to the merchant.
    pub(in crate::engine) has_returned: bool,
}

impl Engine {
    /// Plans the notifications about what has just happened to a payment.
    pub(in crate::engine) fn schedule_notifications(&self, transaction: &mut Transaction, kind: NotificationKind) {
        let held = self.find_held(&transaction.notifications, SendMoment::AfterNext);
        let is_notified = self.notify_on.contains(&kind);
        if !is_notified && held.is_empty() {
            return;
        }
        let delay = self.notification_delay(transaction);
        let mut planned = Vec::new();
        if is_notified {
            let plans = self.notification_plans(transaction, kind);
            let is_under_review = matches!(transaction.stage(), Stage::UnderReview { .. });
            let timing = Timing { delay, is_under_review, has_returned: transaction.has_returned };
            planned = self.plan_notifications(
                &Subject::from(&*transaction),
                &self.notification(transaction, kind),
                timing,
                plans,
            );
        }
        // Held ones follow the first of these, or the time at which it would have been sent.
        let next = planned.iter().filter_map(|id| self.store.notifications.read(*id, due_at).flatten()).min();
        transaction.notifications.extend(planned);
        self.release(&Subject::from(&*transaction), &held, next.unwrap_or_else(|| later(self.now(), delay)));
    }

    /// Plans the notifications about a bound account.
    pub(in crate::engine) fn schedule_binding_notifications(&self, binding: &mut Binding, user_token: UserToken) {
        let delay = self.notification_delay(binding);
        let plans = self.notification_plans(binding, NotificationKind::Binding);
        let notification = Notification {
            user_token: Some(user_token),
            url: Arc::from(&*binding.request.db_process_url),
            ..self.new_notification(
                NotificationSubject::Binding(binding.id),
                &binding.i_mid,
                &binding.request.reference_no,
                NotificationKind::Binding,
            )
        };
        let timing = Timing { delay, ..Timing::default() };
        let planned = self.plan_notifications(&Subject::from(&*binding), &notification, timing, plans);
        binding.notifications.extend(planned);
    }

    /// A notification about a transaction as it is now.
    pub(in crate::engine) fn notification(&self, transaction: &Transaction, kind: NotificationKind) -> Notification {
        let customer = match &transaction.tokenize {
            Tokenize::No => None,
            Tokenize::Issue { client_user_key } => Some((1, Some(client_user_key.clone()))),
            Tokenize::Pay { client_user_key, .. } => Some((2, Some(client_user_key.clone()))),
            Tokenize::LogIn { client_user_key, .. } => Some((2, client_user_key.clone())),
        };
        // Before the approval there is none.
        let user_token = match transaction.stage() {
            Stage::Approved { user_token, .. } | Stage::Cancelled { user_token, .. }
                if kind == NotificationKind::Approve =>
            {
                user_token.clone()
            }
            _ => None,
        };
        let subject =
            NotificationSubject::Payment { t_xid: transaction.t_xid.clone(), months: transaction.months(), customer };
        Notification {
            user_token,
            url: Arc::from(&*transaction.order.db_process_url),
            ..self.new_notification(subject, &transaction.i_mid, &transaction.reference_no, kind)
        }
    }

    /// A new notification; it gets its number when it is planned.
    fn new_notification(
        &self,
        subject: NotificationSubject,
        i_mid: &IMid,
        reference_no: &ReferenceNo,
        kind: NotificationKind,
    ) -> Notification {
        let now = self.now();
        Notification {
            id: NotificationId(0),
            subject,
            i_mid: i_mid.clone(),
            reference_no: reference_no.clone(),
            kind,
            decided_at: now,
            user_token: None,
            url: Arc::from(""),
            rule_plan: None,
            trigger: Trigger::Scheduled,
            retries: self.active_rules(i_mid).retries,
            body: None,
            delivery: Delivery::Scheduled { at: now },
            attempts: Vec::new(),
            resends: 0,
            plan: 0,
        }
    }

    /// Adds the notifications about one event and plans when they are sent; returns their numbers.
    pub(super) fn plan_notifications(
        &self,
        subject: &Subject,
        notification: &Notification,
        timing: Timing,
        plans: Option<RulePlans>,
    ) -> Vec<NotificationId> {
        let Some((rule, plans)) = plans else {
            let at = later(self.now(), timing.delay);
            return vec![self.plan_notification(subject, notification.clone(), Delivery::Scheduled { at })];
        };
        let mut planned = Vec::new();
        for plan in plans {
            let mut wait = plan.after;
            // Shared: one plan may send a thousand notifications.
            let rule_plan = Arc::new(RulePlan { plan, rule: Arc::clone(&rule) });
            for _ in 0..rule_plan.plan.times {
                let delivery = self.initial_delivery(rule_plan.plan.moment, timing, wait);
                let notification = Notification { rule_plan: Some(Arc::clone(&rule_plan)), ..notification.clone() };
                planned.push(self.plan_notification(subject, notification, delivery));
                wait = wait.saturating_add(rule_plan.plan.every);
            }
        }
        planned
    }

    /// The first state of a notification's delivery.
    fn initial_delivery(&self, moment: SendMoment, timing: Timing, wait: SignedDuration) -> Delivery {
        let usual = timing.delay.saturating_add(wait);
        match moment {
            SendMoment::AfterNext if timing.is_under_review => Delivery::Held { delay: wait },
            SendMoment::AfterReturn if !timing.has_returned => Delivery::Held { delay: usual },
            SendMoment::Due | SendMoment::AfterNext | SendMoment::AfterReturn => {
                Delivery::Scheduled { at: later(self.now(), usual) }
            }
            SendMoment::BeforeAnswer | SendMoment::BeforeReturn => Delivery::Scheduled { at: later(self.now(), wait) },
            SendMoment::Never => Delivery::Skipped,
        }
    }

    /// Adds one notification.
    pub(super) fn plan_notification(
        &self,
        subject: &Subject,
        notification: Notification,
        delivery: Delivery,
    ) -> NotificationId {
        let (id, kind) = (self.store.notifications.next_id(), notification.kind);
        let (variant, rule) = notification.variant_and_rule().unzip();
        let plan = notification.plan;
        let notification = Notification { id, delivery, ..notification };
        let skip_reason = notification.skip_reason();
        self.store.notifications.insert(notification);
        if let Some(reason) = skip_reason {
            let event = EventKind::NotificationSkipped { notification: id, kind, reason };
            self.store.log.append(self.now(), subject.clone(), event);
        }
        match delivery {
            Delivery::Scheduled { at } => {
                let event = EventKind::NotificationScheduled { notification: id, kind, due: at, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
                self.store.schedule.plan(at, Work::Send(id, plan));
            }
            Delivery::Held { .. } => {
                let event = EventKind::NotificationHeld { notification: id, kind, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
            }
            Delivery::Skipped | Delivery::Delivered | Delivery::Exhausted => {}
        }
        id
    }

    /// The notifications that wait for `moment`.
    fn find_held(&self, notifications: &[NotificationId], moment: SendMoment) -> Vec<NotificationId> {
        let is_held = |notification: &Notification| {
            matches!(notification.delivery, Delivery::Held { .. }) && notification.moment() == moment
        };
        notifications.iter().copied().filter(|id| self.store.notifications.read(*id, is_held) == Some(true)).collect()
    }

    /// Schedules notifications that were held until now.
    fn release(&self, subject: &Subject, held: &[NotificationId], from: Timestamp) {
        for id in held {
            let released = self.store.notifications.update(*id, |notification| {
                let Delivery::Held { delay } = notification.delivery else { return None };
                let at = later(from, delay);
                notification.delivery = Delivery::Scheduled { at };
                let (variant, rule) = notification.variant_and_rule().unzip();
                self.store.schedule.plan(at, Work::Send(*id, notification.plan));
                Some((at, notification.kind, variant, rule))
            });
            if let Some((at, kind, variant, rule)) = released.flatten() {
                let event = EventKind::NotificationScheduled { notification: *id, kind, due: at, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
            }
        }
    }

    /// Schedules the notifications that waited for the browser's return.
    pub(in crate::engine) fn release_after_return(&self, subject: &Subject, notifications: &[NotificationId]) {
        let held = self.find_held(notifications, SendMoment::AfterReturn);
        self.release(subject, &held, self.now());
    }

    /// The notifications that must be attempted before `moment`. Those that are due later are not among them: with a
    /// stopped clock, waiting for them would never end.
    pub fn pending_before(&self, moment: SendMoment, notifications: &[NotificationId]) -> Vec<NotificationId> {
        let now = self.now();
        let is_awaited =
            |notification: &Notification| notification.moment() == moment && is_unattempted(notification, now);
        notifications
            .iter()
            .copied()
            .filter(|id| self.store.notifications.read(*id, is_awaited) == Some(true))
            .collect()
    }

    /// Completes when each of these notifications was attempted, or never will be.
    pub async fn wait_until_attempted(&self, mut notifications: Vec<NotificationId>) {
        loop {
            let (seen, now) = (self.store.log.version(), self.now());
            notifications.retain(|id| {
                self.store.notifications.read(*id, |notification| is_unattempted(notification, now)) == Some(true)
            });
            if notifications.is_empty() {
                return;
            }
            self.store.log.changed_since(seen).await;
        }
    }
}

/// When a notification is due; none where it is not scheduled.
fn due_at(notification: &Notification) -> Option<Timestamp> {
    match notification.delivery {
        Delivery::Scheduled { at } => Some(at),
        _ => None,
    }
}

/// Whether a notification is due and was never attempted.
fn is_unattempted(notification: &Notification, now: Timestamp) -> bool {
    notification.attempts.is_empty() && due_at(notification).is_some_and(|at| at <= now)
}
