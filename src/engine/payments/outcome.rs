//! Applies a decision about a payment. Everything that follows is written in one step: the stage, the events, the
//! token, the customer's debt, and the notifications.

use std::sync::Arc;

use crate::clock::later;
use crate::domain::{
    ClientUserKey, DecidedBy, EventKind, InstalmentPlan, NotificationKind, Phone, Product, Reason, ReviewOutcome,
    Stage, Tokenize, Transaction, UserToken,
};
use crate::engine::tokens::token_issued;
use crate::engine::transition::advance;
use crate::engine::{ACCOUNT, Engine};
use crate::scenarios::{Decision, Outcome};
use crate::store::{DrawStart, Work};

/// Whether the shopper's account (its limits, and whether it is active) can decline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum CreditCheck {
    /// As on the lender's pages, and with a token.
    Enforced,
    /// A command forces the outcome.
    Ignored,
}

/// The token of a payment.
#[derive(Clone, Copy)]
enum PaymentToken<'a> {
    /// None.
    None,
    /// This one pays.
    Used(&'a UserToken),
    /// The customer has this one already (`docs/PROTOCOL.md` A-10).
    Kept(&'a UserToken),
    /// This one is issued to this customer of the merchant.
    Issued(&'a UserToken, &'a ClientUserKey),
}

impl Engine {
    /// The plan for a tenor. It costs nothing where the lender does not offer the tenor, which only a command can
    /// cause.
    pub(in crate::engine) fn plan_for(&self, transaction: &Transaction, months: u8) -> InstalmentPlan {
        let product = transaction.order.partner.and_then(|partner| self.catalog.product(partner, months));
        product.unwrap_or(&Product::free(months)).plan(transaction.amount)
    }

    /// Settles a seamless payment with the account of its token and the registered tenor.
    pub(in crate::engine) fn settle(&self, transaction: &mut Transaction) {
        let Tokenize::Pay { phone, .. } = &transaction.tokenize else { return };
        let phone = phone.clone();
        let plan = self.plan_for(transaction, transaction.order.instmnt_mon);
        self.complete_payment(transaction, &phone, plan);
    }

    /// Decides a payment: by the account, then by the active rules.
    pub(in crate::engine) fn complete_payment(
        &self,
        transaction: &mut Transaction,
        phone: &Phone,
        plan: InstalmentPlan,
    ) {
        let (months, amount) = (plan.months, transaction.amount);
        let credit =
            self.store.accounts.read(&transaction.i_mid, phone, |shopper| shopper.check_credit(months, amount));
        let is_token_active = self.is_token_active(transaction);
        let decision = match credit.filter(|_| is_token_active).unwrap_or(Err(Reason::Inactive)) {
            Err(reason) => Decision::new(DecidedBy::Account, ACCOUNT.into(), Outcome::Reject(reason)),
            Ok(()) => self.decide_payment(transaction, phone, Some(months)),
        };
        self.apply_decision(transaction, phone, plan, decision, CreditCheck::Enforced);
    }

    /// Applies a decision.
    pub(in crate::engine) fn apply_decision(
        &self,
        transaction: &mut Transaction,
        phone: &Phone,
        plan: InstalmentPlan,
        decision: Decision,
        limits: CreditCheck,
    ) {
        let Decision { decided_by, rule, outcome, .. } = decision;
        let now = self.now();
        let not_matched = self.not_matched_for(transaction, phone, plan.months);
        if rule != transaction.rule || !not_matched.is_empty() {
            tracing::debug!(reference_no = ?self.masked(transaction.reference_no.as_str()), %rule, ?not_matched, "decided");
            transaction.set_decided_by(decided_by, Arc::clone(&rule));
            self.log(&*transaction, EventKind::RuleHit { rule: Arc::clone(&rule), not_matched });
        }
        match outcome {
            Outcome::Approve => self.approve(transaction, phone, plan, limits),
            Outcome::Reject(reason) => self.decline(transaction, phone, plan.months, reason),
            Outcome::Abandon => self.abandon(transaction),
            Outcome::Review { .. } if !self.is_token_active(transaction) => {
                self.decline_by_account(transaction, phone, plan.months, Reason::Inactive);
            }
            Outcome::Review { end } => {
                let ends_in = end.map(|(_, outcome)| outcome);
                if advance(transaction, |stage| stage.review(plan, phone.clone(), now, ends_in)) {
                    let kind = EventKind::UnderReview { instmnt_mon: plan.months, phone: phone.clone(), rule };
                    self.log(&*transaction, kind);
                    self.schedule_notifications(transaction, NotificationKind::Pending);
                    if let Some((after, _)) = end {
                        self.store.schedule.plan(later(now, after), Work::EndReview(transaction.t_xid.clone()));
                    }
                }
            }
        }
    }

    /// Whether the token that pays is active; true where no token pays.
    fn is_token_active(&self, transaction: &Transaction) -> bool {
        match &transaction.tokenize {
            Tokenize::Pay { user_token, .. } => {
                self.store.tokens.while_active(&transaction.i_mid, user_token, |_| ()).is_some()
            }
            Tokenize::No | Tokenize::Issue { .. } | Tokenize::LogIn { .. } => true,
        }
    }

    /// Approves a payment, unless the account does not allow it or its token has ended: such a token never pays,
    /// neither after a review nor by a command. The token cannot end while this happens.
    fn approve(&self, transaction: &mut Transaction, phone: &Phone, plan: InstalmentPlan, limits: CreditCheck) {
        if transaction.stage().is_final() {
            return;
        }
        let lent = match &transaction.tokenize {
            Tokenize::Pay { user_token, .. } => {
                let (i_mid, user_token) = (transaction.i_mid.clone(), user_token.clone());
                let lent = self.store.tokens.while_active(&i_mid, &user_token, |_| {
                    self.add_debt(transaction, phone, plan, limits)?;
                    self.mark_paid(transaction, phone, plan, PaymentToken::Used(&user_token));
                    Ok(())
                });
                lent.unwrap_or(Err(Reason::Inactive))
            }
            _ => {
                self.add_debt(transaction, phone, plan, limits).map(|()| self.pay_after_login(transaction, phone, plan))
            }
        };
        if let Err(reason) = lent {
            self.decline_by_account(transaction, phone, plan.months, reason);
        }
    }

    fn decline_by_account(&self, transaction: &mut Transaction, phone: &Phone, months: u8, reason: Reason) {
        transaction.set_decided_by(DecidedBy::Account, ACCOUNT.into());
        self.decline(transaction, phone, months, reason);
    }

    /// Checks the limit and adds the debt in one step: two concurrent payments must not use the same limit.
    fn add_debt(
        &self,
        transaction: &Transaction,
        phone: &Phone,
        plan: InstalmentPlan,
        limits: CreditCheck,
    ) -> Result<(), Reason> {
        let amount = transaction.amount;
        let lent = self.store.accounts.update(&transaction.i_mid, phone, |shopper| {
            if limits == CreditCheck::Enforced {
                shopper.check_credit(plan.months, amount)?;
            }
            shopper.owes = shopper.owes.saturating_add(amount);
            Ok(())
        });
        lent.unwrap_or(Ok(()))
    }

    /// Pays after a login: with the token that was sent, with a new token, or without any.
    fn pay_after_login(&self, transaction: &mut Transaction, phone: &Phone, plan: InstalmentPlan) {
        let (i_mid, tokens) = (transaction.i_mid.clone(), &self.store.tokens);
        match transaction.tokenize.clone() {
            Tokenize::Issue { client_user_key } => {
                let grant = self.grant(&i_mid, &client_user_key, phone, &transaction.order.billing_phone);
                let reference_no = transaction.reference_no.clone();
                let purpose = [i_mid.as_str(), reference_no.as_str(), "userToken"];
                let texts = self.token_texts(&purpose);
                tokens.with_active_or_new(grant, DrawStart::First, texts, |text, is_new| {
                    let token =
                        if is_new { PaymentToken::Issued(text, &client_user_key) } else { PaymentToken::Kept(text) };
                    self.mark_paid(transaction, phone, plan, token);
                });
            }
            Tokenize::LogIn { user_token: Some(user_token), .. } => {
                // Another customer than the token's owner may have signed in.
                let active = tokens.while_active(&i_mid, &user_token, |token| {
                    let is_owner = token.grant.phone == *phone;
                    let token = if is_owner { PaymentToken::Used(&user_token) } else { PaymentToken::None };
                    self.mark_paid(transaction, phone, plan, token);
                });
                if active.is_none() {
                    self.mark_paid(transaction, phone, plan, PaymentToken::None);
                }
            }
            Tokenize::No | Tokenize::Pay { .. } | Tokenize::LogIn { user_token: None, .. } => {
                self.mark_paid(transaction, phone, plan, PaymentToken::None);
            }
        }
    }

    /// Makes the payment approved, with everything that follows from it.
    fn mark_paid(&self, transaction: &mut Transaction, phone: &Phone, plan: InstalmentPlan, token: PaymentToken<'_>) {
        let now = self.now();
        let user_token = match token {
            PaymentToken::None => None,
            PaymentToken::Used(text) | PaymentToken::Kept(text) | PaymentToken::Issued(text, _) => Some(text.clone()),
        };
        if !advance(transaction, |stage| stage.approve(plan, phone.clone(), now, user_token)) {
            return;
        }
        let rule = Arc::clone(&transaction.rule);
        self.log(&*transaction, EventKind::Approved { instmnt_mon: plan.months, phone: phone.clone(), rule });
        match token {
            PaymentToken::Issued(text, client_user_key) => {
                self.log(&*transaction, token_issued(text, client_user_key, phone));
            }
            PaymentToken::Used(text) => {
                self.log(&*transaction, EventKind::TokenUsed { user_token: text.clone() });
            }
            PaymentToken::None | PaymentToken::Kept(_) => {}
        }
        self.schedule_notifications(transaction, NotificationKind::Approve);
        if let Some((_, refund)) = self.refund_by_rules(transaction) {
            self.store.schedule.plan(later(now, refund.after.0), Work::Refund(transaction.t_xid.clone()));
        }
    }

    /// Declines a payment.
    pub(in crate::engine) fn decline(&self, transaction: &mut Transaction, phone: &Phone, months: u8, reason: Reason) {
        let now = self.now();
        if advance(transaction, |stage| stage.decline(reason, now, phone.clone(), months)) {
            let rule = Arc::clone(&transaction.rule);
            self.log(&*transaction, EventKind::Declined { reason, rule });
            self.schedule_notifications(transaction, NotificationKind::Reject);
        }
    }

    /// The customer leaves. There is no notification about it (`docs/PROTOCOL.md` A-26).
    pub(in crate::engine) fn abandon(&self, transaction: &mut Transaction) {
        let now = self.now();
        if advance(transaction, |stage| stage.abandon(now)) {
            let rule = Arc::clone(&transaction.rule);
            self.log(&*transaction, EventKind::Abandoned { rule });
        }
    }

    /// Ends a review.
    pub(in crate::engine) fn end_review(
        &self,
        transaction: &mut Transaction,
        outcome: ReviewOutcome,
        limits: CreditCheck,
    ) {
        let Stage::UnderReview { plan, phone, .. } = transaction.stage() else { return };
        let (plan, phone) = (*plan, phone.clone());
        match outcome {
            ReviewOutcome::Approve => self.approve(transaction, &phone, plan, limits),
            ReviewOutcome::Reject(reason) => self.decline(transaction, &phone, plan.months, reason),
        }
    }
}
