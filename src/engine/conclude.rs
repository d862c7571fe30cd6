//! The partner decides about a payment, and everything that follows from it is written at once: stage, events, token,
//! what the customer owes, and what the merchant will be told.

use std::sync::Arc;

use super::Engine;
use crate::clock::later;
use crate::ledger::{
    AccountState, ClientUserKey, EventKind, NoticeKind, Phone, Plan, Product, Reason, Stage, TokenRecord, Tokenize,
    Transaction, UserToken, Verdict,
};
use crate::scenario::{Decision, Outcome};
use crate::store::Work;

/// Whether the shopper's limit has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitRule {
    /// As on the pages, and with a token.
    Obeyed,
    /// Somebody ordered the outcome.
    Ignored,
}

impl Engine {
    /// What a tenor costs; one that the lender does not sell costs nothing, which only forced outcomes can reach.
    pub(super) fn plan_for(&self, transaction: &Transaction, months: u8) -> Plan {
        let product = transaction.order.partner.and_then(|partner| self.book.product(partner, months));
        product.unwrap_or(&Product::free(months)).plan(transaction.amount)
    }

    /// Concludes a payment as the story, the shopper and the shopper's limits have it.
    pub(super) fn conclude(&self, transaction: &mut Transaction, phone: &Phone, plan: Plan) {
        let (months, amount) = (plan.months, transaction.amount);
        let account = self.store.accounts.read(&transaction.i_mid, phone, |shopper| {
            (shopper.state == AccountState::Active, shopper.can_pay(months, amount))
        });
        let living = self.token_lives(transaction);
        let refused = |reason| Decision::of("partner/account".into(), Outcome::Reject(reason));
        let decision = match account.filter(|_| living) {
            None | Some((false, _)) => refused(Reason::Inactive),
            Some((true, false)) => refused(Reason::Limit),
            Some((true, true)) => self.decide_for(transaction, phone, Some(months)),
        };
        self.carry_out(transaction, phone, plan, decision, LimitRule::Obeyed);
    }

    /// Makes an outcome true.
    pub(super) fn carry_out(
        &self,
        transaction: &mut Transaction,
        phone: &Phone,
        plan: Plan,
        decision: Decision,
        limits: LimitRule,
    ) {
        let Decision { rule, outcome, .. } = decision;
        let now = self.now();
        let not_matched = self.not_matched_now(transaction, phone, plan.months);
        if rule != transaction.rule || !not_matched.is_empty() {
            tracing::debug!(reference_no = ?self.store.masked(transaction.reference_no.as_str()), %rule, ?not_matched, "decided");
            transaction.rule = Arc::clone(&rule);
            self.log(&*transaction, EventKind::RuleHit { rule: Arc::clone(&rule), not_matched });
        }
        match outcome {
            Outcome::Approve => self.approve(transaction, phone.clone(), plan, limits),
            Outcome::Reject(reason) => self.decline(transaction, reason),
            Outcome::Abandon => self.abandon(transaction),
            Outcome::Review { end } => {
                let ends_in = end.map(|(_, verdict)| verdict);
                if transaction.advance(|stage| stage.review(plan, phone.clone(), now, ends_in)).is_ok() {
                    let kind = EventKind::UnderReview { instmnt_mon: plan.months, phone: phone.clone(), rule };
                    self.log(&*transaction, kind);
                    self.tell(transaction, NoticeKind::Pending);
                    if let Some((after, _)) = end {
                        self.store.schedule.plan(later(now, after), Work::Decide(transaction.t_xid.clone()));
                    }
                }
            }
        }
    }

    /// Whether a payment's token has not ended since the registration; true where it needs none.
    fn token_lives(&self, transaction: &Transaction) -> bool {
        match &transaction.tokenize {
            Tokenize::Pay { user_token, .. } => self.token_is_active(&transaction.i_mid, user_token),
            Tokenize::No | Tokenize::Issue { .. } | Tokenize::LogIn { .. } => true,
        }
    }

    /// The partner lends the money, unless the payment's token has ended: such a one never pays, not after a review, and
    /// not by order either. It cannot end while this happens.
    fn approve(&self, transaction: &mut Transaction, phone: Phone, plan: Plan, limits: LimitRule) {
        if transaction.stage().is_final() {
            return;
        }
        let Tokenize::Pay { user_token, .. } = &transaction.tokenize else {
            return self.lend(transaction, phone, plan, limits);
        };
        let (i_mid, user_token) = (transaction.i_mid.clone(), user_token.clone());
        let lent = self.store.accounts.while_active(&i_mid, &user_token, |_| {
            self.lend(transaction, phone, plan, limits);
        });
        if lent.is_none() {
            transaction.rule = "partner/account".into();
            self.decline(transaction, Reason::Inactive);
        }
    }

    fn lend(&self, transaction: &mut Transaction, phone: Phone, plan: Plan, limits: LimitRule) {
        let now = self.now();
        let (amount, months) = (transaction.amount, plan.months);
        // Looked at and lent in one go: two payments at once must not both find the same money.
        let lent = self.store.accounts.update(&transaction.i_mid, &phone, |shopper| {
            let may = limits == LimitRule::Ignored || shopper.can_pay(months, amount);
            if may {
                shopper.owes = shopper.owes.plus(amount);
            }
            may
        });
        if lent == Some(false) {
            transaction.rule = "partner/account".into();
            return self.decline(transaction, Reason::Limit);
        }
        let user_token = match &transaction.tokenize {
            Tokenize::No => None,
            Tokenize::Pay { user_token, .. } => Some((user_token.clone(), false)),
            // Whoever logs in may be somebody else than the token's owner.
            Tokenize::LogIn { user_token, .. } => user_token.clone().and_then(|token| {
                let owns = |record: &TokenRecord| record.phone == phone;
                let used = self.store.accounts.while_active(&transaction.i_mid, &token, owns);
                (used == Some(true)).then_some((token, false))
            }),
            Tokenize::Issue { client_user_key } => self.token_for(transaction, client_user_key, &phone),
        };
        let token = user_token.as_ref().map(|(token, _)| token.clone());
        // What is not final can be approved.
        let _ = transaction.advance(|stage| stage.approve(plan, phone.clone(), now, token));
        let rule = Arc::clone(&transaction.rule);
        self.log(&*transaction, EventKind::Approved { instmnt_mon: plan.months, phone: phone.clone(), rule });
        match (user_token, &transaction.tokenize) {
            (Some((user_token, true)), Tokenize::Issue { client_user_key }) => {
                let client_user_key = client_user_key.clone();
                self.log(&*transaction, EventKind::TokenIssued { user_token, client_user_key, phone });
            }
            (Some((user_token, _)), Tokenize::Pay { .. } | Tokenize::LogIn { .. }) => {
                self.log(&*transaction, EventKind::TokenUsed { user_token });
            }
            _ => {}
        }
        self.tell(transaction, NoticeKind::Approve);
        if let Some((_, refund)) = self.refund_of(transaction) {
            self.store.schedule.plan(later(now, refund.after.0), Work::Refund(transaction.t_xid.clone()));
        }
    }

    /// The customer's living token, or a new one (`docs/PROTOCOL.md` A-10); whether it is new.
    fn token_for(
        &self,
        transaction: &Transaction,
        client_user_key: &ClientUserKey,
        phone: &Phone,
    ) -> Option<(UserToken, bool)> {
        let purpose = [transaction.i_mid.as_str(), transaction.reference_no.as_str(), "userToken"];
        let billing_phone = &transaction.order.billing_phone;
        let issue = || self.new_token(&transaction.i_mid, client_user_key, phone, billing_phone, &purpose);
        self.store.accounts.living_or_new_token(&transaction.i_mid, client_user_key, phone, issue)
    }

    /// The partner does not.
    pub(super) fn decline(&self, transaction: &mut Transaction, reason: Reason) {
        let now = self.now();
        if transaction.advance(|stage| stage.decline(reason, now)).is_ok() {
            let rule = Arc::clone(&transaction.rule);
            self.log(&*transaction, EventKind::Declined { reason, rule });
            self.tell(transaction, NoticeKind::Reject);
        }
    }

    /// The customer goes away. Nobody is told (`docs/PROTOCOL.md` A-26).
    pub(super) fn abandon(&self, transaction: &mut Transaction) {
        let now = self.now();
        if transaction.advance(|stage| stage.abandon(now)).is_ok() {
            let rule = Arc::clone(&transaction.rule);
            self.log(&*transaction, EventKind::Abandoned { rule });
        }
    }

    /// Ends a review.
    pub(super) fn end_review(&self, transaction: &mut Transaction, verdict: Verdict) {
        let Stage::UnderReview { plan, phone, .. } = transaction.stage() else { return };
        let (plan, phone) = (*plan, phone.clone());
        match verdict {
            Verdict::Approve => self.approve(transaction, phone, plan, LimitRule::Ignored),
            Verdict::Reject(reason) => self.decline(transaction, reason),
        }
    }
}
