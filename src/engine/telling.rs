//! What a merchant is told of an event: planned while the transaction or the binding is locked, sent by `notify`.

use std::sync::Arc;

use super::Engine;
use crate::clock::{SignedDuration, Timestamp, later};
use crate::ledger::{
    About, Binding, Delivery, EventKind, Moment, Notice, NoticeId, NoticeKind, Phone, Sending, Stage, Tokenize,
    Transaction, UserToken,
};
use crate::store::{Subject, Work};

/// One event's notifications as they are ordered: the rule, and each of them.
type Ordered = Option<(Arc<str>, Vec<Sending>)>;

impl Engine {
    /// Plans the notifications of what has just become true.
    pub(super) fn tell(&self, transaction: &mut Transaction, kind: NoticeKind) {
        if !self.notify_on.contains(&kind) {
            return;
        }
        let delay = self.notification_delay(transaction);
        let ordered = self.sendings(transaction, kind);
        let notice = self.notice(transaction, kind);
        // Only a review has a next notification to wait for.
        let more_comes = matches!(transaction.stage(), Stage::UnderReview { .. });
        let planned = self.plan_notices(&Subject::from(&*transaction), &notice, delay, ordered, more_comes);
        let waited: Vec<_> = self.held(&transaction.notices, Moment::AfterTheNext);
        transaction.notices.extend(planned);
        self.release(&Subject::from(&*transaction), &waited, later(self.now(), delay));
    }

    /// Plans the notifications of a bound account.
    pub(super) fn tell_binding(&self, binding: &mut Binding, phone: &Phone, user_token: UserToken) {
        let (delay, ordered) = self.sendings_of_binding(binding, phone);
        let notice = Notice {
            about: About::Binding(binding.id),
            reference_no: binding.request.reference_no.clone(),
            user_token: Some(user_token),
            url: Arc::from(&*binding.request.db_process_url),
            ..self.blank(&binding.i_mid, &binding.request.reference_no, NoticeKind::Binding)
        };
        let planned = self.plan_notices(&Subject::from(&*binding), &notice, delay, ordered, false);
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
        let user_token = match transaction.stage() {
            Stage::Approved { user_token, .. } => user_token.clone(),
            _ => None,
        };
        Notice {
            about: About::Payment { t_xid: transaction.t_xid.clone(), months: transaction.months(), customer },
            user_token,
            url: Arc::from(&*transaction.order.db_process_url),
            ..self.blank(&transaction.i_mid, &transaction.reference_no, kind)
        }
    }

    fn blank(
        &self,
        i_mid: &crate::ledger::IMid,
        reference_no: &crate::ledger::ReferenceNo,
        kind: NoticeKind,
    ) -> Notice {
        let now = self.now();
        Notice {
            id: NoticeId(0),
            about: About::Binding(crate::ledger::BindingId(0)),
            i_mid: i_mid.clone(),
            reference_no: reference_no.clone(),
            kind,
            decided_at: now,
            user_token: None,
            url: Arc::from(""),
            ordered: None,
            retries: self.in_force(i_mid).retries,
            body: None,
            delivery: Delivery::Scheduled { at: now },
            attempts: Vec::new(),
        }
    }

    /// Remembers the notifications of one event and plans when they go out; answers with their numbers.
    fn plan_notices(
        &self,
        subject: &Subject,
        notice: &Notice,
        delay: SignedDuration,
        ordered: Ordered,
        more_comes: bool,
    ) -> Vec<NoticeId> {
        let Some((rule, sendings)) = ordered else {
            let at = later(self.now(), delay);
            return vec![self.plan_notice(subject, notice.clone(), Delivery::Scheduled { at })];
        };
        let mut planned = Vec::new();
        for sending in sendings {
            let mut wait = sending.after;
            for _ in 0..sending.times {
                let delivery = self.delivery(&sending, delay, wait, more_comes);
                let notice = Notice { ordered: Some(Box::new((sending.clone(), Arc::clone(&rule)))), ..notice.clone() };
                planned.push(self.plan_notice(subject, notice, delivery));
                wait = wait.saturating_add(sending.every);
            }
        }
        planned
    }

    /// How a notification begins: with a time, or waiting for something else.
    fn delivery(&self, sending: &Sending, delay: SignedDuration, wait: SignedDuration, more_comes: bool) -> Delivery {
        let usual = delay.saturating_add(wait);
        match sending.moment {
            Moment::AfterTheNext if more_comes => Delivery::Held { then: wait },
            Moment::Due | Moment::AfterTheNext => Delivery::Scheduled { at: later(self.now(), usual) },
            Moment::BeforeAnswer | Moment::BeforeReturn => Delivery::Scheduled { at: later(self.now(), wait) },
            Moment::AfterReturn => Delivery::Held { then: usual },
            Moment::Never => Delivery::Skipped,
        }
    }

    /// Remembers one notification under a number of its own.
    pub(super) fn plan_notice(&self, subject: &Subject, notice: Notice, delivery: Delivery) -> NoticeId {
        let (id, kind) = (self.store.notices.next_id(), notice.kind);
        let by = notice.ordered.as_ref().map(|ordered| (ordered.0.variant, Arc::clone(&ordered.1)));
        self.store.notices.insert(Notice { id, delivery, ..notice });
        let (variant, rule) = by.unzip();
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
                let event =
                    EventKind::NoticeSkipped { notification: id, kind, reason: format!("{rule} has it lost").into() };
                self.store.log.append(self.now(), subject.clone(), event);
            }
            Delivery::Delivered | Delivery::Exhausted => {}
        }
        id
    }

    /// Those of some notifications that wait for a moment.
    fn held(&self, notices: &[NoticeId], moment: Moment) -> Vec<NoticeId> {
        let waits = |notice: &Notice| {
            matches!(notice.delivery, Delivery::Held { .. })
                && notice.ordered.as_ref().is_some_and(|ordered| ordered.0.moment == moment)
        };
        notices.iter().copied().filter(|id| self.store.notices.read(*id, waits) == Some(true)).collect()
    }

    /// Lets notifications go that were held until now.
    fn release(&self, subject: &Subject, held: &[NoticeId], from: Timestamp) {
        for id in held {
            let released = self.store.notices.update(*id, |notice| {
                let Delivery::Held { then } = notice.delivery else { return None };
                let at = later(from, then);
                notice.delivery = Delivery::Scheduled { at };
                let (variant, rule) =
                    notice.ordered.as_ref().map(|ordered| (ordered.0.variant, Arc::clone(&ordered.1))).unzip();
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

    /// Completes when every notification of a transaction that has to go out before `moment` was tried.
    pub async fn told_before(&self, t_xid: &str, moment: Moment) {
        let awaited = |notice: &Notice| {
            matches!(notice.delivery, Delivery::Scheduled { .. })
                && notice.attempts.is_empty()
                && notice.ordered.as_ref().is_some_and(|ordered| ordered.0.moment == moment)
        };
        loop {
            let seen = self.store.log.last();
            let notices = self.store.transactions.read(t_xid, |transaction| transaction.notices.clone());
            let left =
                notices.unwrap_or_default().into_iter().any(|id| self.store.notices.read(id, awaited) == Some(true));
            if !left {
                return;
            }
            self.store.log.grown_since(seen).await;
        }
    }
}
