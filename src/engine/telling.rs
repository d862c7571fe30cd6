//! What a merchant is told of an event: planned while the transaction or the binding is locked, sent by `notify`.

use std::sync::Arc;

use super::Engine;
use crate::clock::{SignedDuration, Timestamp, later};
use crate::ledger::{
    About, Binding, Delivery, EventKind, IMid, Moment, Notice, NoticeId, NoticeKind, Ordered, Phone, ReferenceNo,
    Sending, Stage, Tokenize, Transaction, Trigger, UserToken, lost_by,
};
use crate::store::{Subject, Work};

/// One event's notifications as they are ordered: the rule, and each of them.
pub(super) type Orders = Option<(Arc<str>, Vec<Sending>)>;

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
    pub(super) fn tell(&self, transaction: &mut Transaction, kind: NoticeKind) {
        let waited = self.held(&transaction.notices, Moment::AfterTheNext);
        let told = self.notify_on.contains(&kind);
        if !told && waited.is_empty() {
            return;
        }
        let delay = self.notification_delay(transaction);
        let mut planned = Vec::new();
        if told {
            let orders = self.sendings(transaction, kind);
            let more_comes = matches!(transaction.stage(), Stage::UnderReview { .. });
            let timing = Timing { delay, more_comes, returned: transaction.returned };
            planned = self.plan_notices(&Subject::from(&*transaction), &self.notice(transaction, kind), timing, orders);
        }
        // Behind the first of these, or, where none is sent, when it would have been.
        let next = planned.iter().filter_map(|id| self.store.notices.read(*id, due).flatten()).min();
        transaction.notices.extend(planned);
        self.release(&Subject::from(&*transaction), &waited, next.unwrap_or_else(|| later(self.now(), delay)));
    }

    /// Plans the notifications of a bound account.
    pub(super) fn tell_binding(&self, binding: &mut Binding, phone: &Phone, user_token: UserToken) {
        let (delay, orders) = self.sendings_of_binding(binding, phone);
        let notice = Notice {
            user_token: Some(user_token),
            url: Arc::from(&*binding.request.db_process_url),
            ..self.blank(About::Binding(binding.id), &binding.i_mid, &binding.request.reference_no, NoticeKind::Binding)
        };
        let timing = Timing { delay, ..Timing::default() };
        let planned = self.plan_notices(&Subject::from(&*binding), &notice, timing, orders);
        binding.notices.extend(planned);
    }

    /// A notification of a transaction as it is now.
    pub(super) fn notice(&self, transaction: &Transaction, kind: NoticeKind) -> Notice {
        let customer = match &transaction.tokenize {
            Tokenize::No => None,
            Tokenize::Issue { client_user_key } => Some((1, Some(client_user_key.clone()))),
            Tokenize::Pay { client_user_key, .. } => Some((2, Some(client_user_key.clone()))),
            Tokenize::LogIn { client_user_key, .. } => Some((2, client_user_key.clone())),
        };
        // Nobody has it before the approval.
        let user_token = match transaction.stage() {
            Stage::Approved { user_token, .. } | Stage::Cancelled { user_token, .. } if kind == NoticeKind::Approve => {
                user_token.clone()
            }
            _ => None,
        };
        let about = About::Payment { t_xid: transaction.t_xid.clone(), months: transaction.months(), customer };
        Notice {
            user_token,
            url: Arc::from(&*transaction.order.db_process_url),
            ..self.blank(about, &transaction.i_mid, &transaction.reference_no, kind)
        }
    }

    /// What every notification begins as; it gets its number when it is planned.
    fn blank(&self, about: About, i_mid: &IMid, reference_no: &ReferenceNo, kind: NoticeKind) -> Notice {
        let now = self.now();
        Notice {
            id: NoticeId(0),
            about,
            i_mid: i_mid.clone(),
            reference_no: reference_no.clone(),
            kind,
            decided_at: now,
            user_token: None,
            url: Arc::from(""),
            ordered: None,
            trigger: Trigger::Scheduled,
            retries: self.in_force(i_mid).retries,
            body: None,
            delivery: Delivery::Scheduled { at: now },
            attempts: Vec::new(),
        }
    }

    /// Remembers the notifications of one event and plans when they go out; answers with their numbers.
    pub(super) fn plan_notices(
        &self,
        subject: &Subject,
        notice: &Notice,
        timing: Timing,
        orders: Orders,
    ) -> Vec<NoticeId> {
        let Some((rule, sendings)) = orders else {
            let at = later(self.now(), timing.delay);
            return vec![self.plan_notice(subject, notice.clone(), Delivery::Scheduled { at })];
        };
        let mut planned = Vec::new();
        for sending in sendings {
            let mut wait = sending.after;
            // Shared: there may be a thousand of them.
            let ordered = Arc::new(Ordered { sending, rule: Arc::clone(&rule) });
            for _ in 0..ordered.sending.times {
                let delivery = self.delivery(ordered.sending.moment, timing, wait);
                let notice = Notice { ordered: Some(Arc::clone(&ordered)), ..notice.clone() };
                planned.push(self.plan_notice(subject, notice, delivery));
                wait = wait.saturating_add(ordered.sending.every);
            }
        }
        planned
    }

    /// How a notification begins: with a time, or waiting for something else.
    fn delivery(&self, moment: Moment, timing: Timing, wait: SignedDuration) -> Delivery {
        let usual = timing.delay.saturating_add(wait);
        match moment {
            Moment::AfterTheNext if timing.more_comes => Delivery::Held { then: wait },
            Moment::AfterReturn if !timing.returned => Delivery::Held { then: usual },
            Moment::Due | Moment::AfterTheNext | Moment::AfterReturn => {
                Delivery::Scheduled { at: later(self.now(), usual) }
            }
            Moment::BeforeAnswer | Moment::BeforeReturn => Delivery::Scheduled { at: later(self.now(), wait) },
            Moment::Never => Delivery::Skipped,
        }
    }

    /// Remembers one notification under a number of its own.
    pub(super) fn plan_notice(&self, subject: &Subject, notice: Notice, delivery: Delivery) -> NoticeId {
        let (id, kind) = (self.store.notices.next_id(), notice.kind);
        let (variant, rule) = notice.by().unzip();
        self.store.notices.insert(Notice { id, delivery, ..notice });
        match delivery {
            Delivery::Scheduled { at } => {
                let event = EventKind::NoticeScheduled { notification: id, kind, due: at, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
                self.store.schedule.plan(at, Work::Send(id));
            }
            Delivery::Held { .. } => {
                let event = EventKind::NoticeHeld { notification: id, kind, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
            }
            Delivery::Skipped => {
                let rule = rule.as_deref().unwrap_or("a rule");
                let event = EventKind::NoticeSkipped { notification: id, kind, reason: lost_by(rule) };
                self.store.log.append(self.now(), subject.clone(), event);
            }
            Delivery::Delivered | Delivery::Exhausted => {}
        }
        id
    }

    /// Those of some notifications that wait for a moment.
    fn held(&self, notices: &[NoticeId], moment: Moment) -> Vec<NoticeId> {
        let waits = |notice: &Notice| matches!(notice.delivery, Delivery::Held { .. }) && notice.moment() == moment;
        notices.iter().copied().filter(|id| self.store.notices.read(*id, waits) == Some(true)).collect()
    }

    /// Lets notifications go that were held until now.
    fn release(&self, subject: &Subject, held: &[NoticeId], from: Timestamp) {
        for id in held {
            let released = self.store.notices.update(*id, |notice| {
                let Delivery::Held { then } = notice.delivery else { return None };
                let at = later(from, then);
                notice.delivery = Delivery::Scheduled { at };
                let (variant, rule) = notice.by().unzip();
                Some((at, notice.kind, variant, rule))
            });
            if let Some((at, kind, variant, rule)) = released.flatten() {
                let event = EventKind::NoticeScheduled { notification: *id, kind, due: at, variant, rule };
                self.store.log.append(self.now(), subject.clone(), event);
                self.store.schedule.plan(at, Work::Send(*id));
            }
        }
    }

    /// Lets those go that waited for the browser's return.
    pub(super) fn browser_returned(&self, subject: &Subject, notices: &[NoticeId]) {
        let held = self.held(notices, Moment::AfterReturn);
        self.release(subject, &held, self.now());
    }

    /// Those of some notifications that have to be tried before `moment`. One that is due later is not among them: with
    /// a clock that stands still whoever waits for it would wait for ever.
    pub fn to_tell_before(&self, moment: Moment, notices: &[NoticeId]) -> Vec<NoticeId> {
        let now = self.now();
        let first = |notice: &Notice| notice.moment() == moment && is_untried(notice, now);
        notices.iter().copied().filter(|id| self.store.notices.read(*id, first) == Some(true)).collect()
    }

    /// Completes when each of some notifications was tried, or never will be.
    pub async fn tried(&self, mut notices: Vec<NoticeId>) {
        loop {
            let (seen, now) = (self.store.log.version(), self.now());
            notices.retain(|id| self.store.notices.read(*id, |notice| is_untried(notice, now)) == Some(true));
            if notices.is_empty() {
                return;
            }
            self.store.log.changed_since(seen).await;
        }
    }
}

/// When a notification is due.
fn due(notice: &Notice) -> Option<Timestamp> {
    match notice.delivery {
        Delivery::Scheduled { at } => Some(at),
        _ => None,
    }
}

/// Whether a notification is due, and was never tried.
fn is_untried(notice: &Notice, now: Timestamp) -> bool {
    notice.attempts.is_empty() && due(notice).is_some_and(|at| at <= now)
}
