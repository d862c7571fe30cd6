//! The partner decides about a payment, and everything that follows from it is written at once: stage, events, token,
//! what the customer owes, and what the merchant will be told.

use std::sync::Arc;

use super::tokens::token_issued;
use super::{ACCOUNT, Engine};
use crate::clock::later;
use crate::domain::{
    ClientUserKey, EventKind, NotificationKind, Phone, Plan, Product, Reason, ReviewOutcome, Stage, Tokenize,
    Transaction, UserToken,
};
use crate::scenarios::{Decision, Outcome};
use crate::store::{Draws, Work};

/// Whether the shopper's account, its limits and whether it is open, has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitRule {
    /// As on the pages, and with a token.
    Obeyed,
    /// Somebody ordered the outcome.
    Ignored,
}

/// The token of a payment.
#[derive(Clone, Copy)]
enum Token<'a> {
    /// None.
    No,
    /// It is paid with this one.
    Used(&'a UserToken),
    /// The customer has this one already (`docs/PROTOCOL.md` A-10).
    Kept(&'a UserToken),
    /// This one is issued, to that customer of the merchant.
    Issued(&'a UserToken, &'a ClientUserKey),
}

impl Engine {
    /// What a tenor costs; one that the lender does not sell costs nothing, which only forced outcomes can reach.
    pub(super) fn plan_for(&self, transaction: &Transaction, months: u8) -> Plan {
        let product = transaction.order.partner.and_then(|partner| self.catalog.product(partner, months));
        product.unwrap_or(&Product::free(months)).plan(transaction.amount)
    }

    /// A seamless payment goes through with its token's account and the registered tenor.
    pub(super) fn settle(&self, transaction: &mut Transaction) {
        let Tokenize::Pay { phone, .. } = &transaction.tokenize else { return };
        let phone = phone.clone();
        let plan = self.plan_for(transaction, transaction.order.instmnt_mon);
        self.complete_payment(transaction, &phone, plan);
    }

    /// Concludes a payment as the scenario, the shopper and the shopper's limits have it.
    pub(super) fn complete_payment(&self, transaction: &mut Transaction, phone: &Phone, plan: Plan) {
        let (months, amount) = (plan.months, transaction.amount);
        let account = self.store.accounts.read(&transaction.i_mid, phone, |shopper| shopper.lends(months, amount));
        let living = self.token_lives(transaction);
        let decision = match account.filter(|_| living).unwrap_or(Err(Reason::Inactive)) {
            Err(reason) => Decision::new(ACCOUNT.into(), Outcome::Reject(reason)),
            Ok(()) => self.decide_for(transaction, phone, Some(months)),
        };
        self.apply_decision(transaction, phone, plan, decision, LimitRule::Obeyed);
    }

    /// Makes an outcome true.
    pub(super) fn apply_decision(
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
            Outcome::Approve => self.approve(transaction, phone, plan, limits),
            Outcome::Reject(reason) => self.decline(transaction, reason),
            Outcome::Abandon => self.abandon(transaction),
            Outcome::Review { end } => {
                let ends_in = end.map(|(_, verdict)| verdict);
                if transaction.advance(|stage| stage.review(plan, phone.clone(), now, ends_in)).is_ok() {
                    let kind = EventKind::UnderReview { instmnt_mon: plan.months, phone: phone.clone(), rule };
                    self.log(&*transaction, kind);
                    self.schedule_notifications(transaction, NotificationKind::Pending);
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
            Tokenize::Pay { user_token, .. } => {
                self.store.tokens.while_active(&transaction.i_mid, user_token, |_| ()).is_some()
            }
            Tokenize::No | Tokenize::Issue { .. } | Tokenize::LogIn { .. } => true,
        }
    }

    /// The partner lends the money, unless the account does not allow it, or the payment's token has ended: such a one
    /// never pays, not after a review, and not by order either. No token that is paid with, or that comes of it, can end
    /// while this happens.
    fn approve(&self, transaction: &mut Transaction, phone: &Phone, plan: Plan, limits: LimitRule) {
        if transaction.stage().is_final() {
            return;
        }
        let lent = match &transaction.tokenize {
            Tokenize::Pay { user_token, .. } => {
                let (i_mid, user_token) = (transaction.i_mid.clone(), user_token.clone());
                let lent = self.store.tokens.while_active(&i_mid, &user_token, |_| {
                    self.lend(transaction, phone, plan, limits)?;
                    self.paid(transaction, phone, plan, Token::Used(&user_token));
                    Ok(())
                });
                lent.unwrap_or(Err(Reason::Inactive))
            }
            _ => self.lend(transaction, phone, plan, limits).map(|()| self.pay_after_login(transaction, phone, plan)),
        };
        if let Err(reason) = lent {
            transaction.rule = ACCOUNT.into();
            self.decline(transaction, reason);
        }
    }

    /// Looks at what the customer may owe and lends, in one go: two payments at once must not both find the same money.
    fn lend(&self, transaction: &Transaction, phone: &Phone, plan: Plan, limits: LimitRule) -> Result<(), Reason> {
        let amount = transaction.amount;
        let lent = self.store.accounts.update(&transaction.i_mid, phone, |shopper| {
            if limits == LimitRule::Obeyed {
                shopper.lends(plan.months, amount)?;
            }
            shopper.owes = shopper.owes.plus(amount);
            Ok(())
        });
        lent.unwrap_or(Ok(()))
    }

    /// The customer has logged in: with which token it is paid, and whether one comes of it.
    fn pay_after_login(&self, transaction: &mut Transaction, phone: &Phone, plan: Plan) {
        let (i_mid, tokens) = (transaction.i_mid.clone(), &self.store.tokens);
        match transaction.tokenize.clone() {
            Tokenize::Issue { client_user_key } => {
                let grant = self.grant(&i_mid, &client_user_key, phone, &transaction.order.billing_phone);
                let reference_no = transaction.reference_no.clone();
                let purpose = [i_mid.as_str(), reference_no.as_str(), "userToken"];
                let texts = self.token_texts(&purpose);
                tokens.with_living_or_new(grant, Draws::FromTheFirst, texts, |text, is_new| {
                    let token = if is_new { Token::Issued(text, &client_user_key) } else { Token::Kept(text) };
                    self.paid(transaction, phone, plan, token);
                });
            }
            Tokenize::LogIn { user_token: Some(user_token), .. } => {
                // Whoever logs in may be somebody else than the token's owner.
                let lives = tokens.while_active(&i_mid, &user_token, |token| {
                    let own = token.grant.phone == *phone;
                    let token = if own { Token::Used(&user_token) } else { Token::No };
                    self.paid(transaction, phone, plan, token);
                });
                if lives.is_none() {
                    self.paid(transaction, phone, plan, Token::No);
                }
            }
            Tokenize::No | Tokenize::Pay { .. } | Tokenize::LogIn { user_token: None, .. } => {
                self.paid(transaction, phone, plan, Token::No);
            }
        }
    }

    /// It is paid: what is true from now on, and what follows.
    fn paid(&self, transaction: &mut Transaction, phone: &Phone, plan: Plan, token: Token<'_>) {
        let now = self.now();
        let user_token = match token {
            Token::No => None,
            Token::Used(text) | Token::Kept(text) | Token::Issued(text, _) => Some(text.clone()),
        };
        // What is not final can be approved.
        let _ = transaction.advance(|stage| stage.approve(plan, phone.clone(), now, user_token));
        let rule = Arc::clone(&transaction.rule);
        self.log(&*transaction, EventKind::Approved { instmnt_mon: plan.months, phone: phone.clone(), rule });
        match token {
            Token::Issued(text, client_user_key) => {
                self.log(&*transaction, token_issued(text, client_user_key, phone));
            }
            Token::Used(text) => {
                self.log(&*transaction, EventKind::TokenUsed { user_token: text.clone() });
            }
            Token::No | Token::Kept(_) => {}
        }
        self.schedule_notifications(transaction, NotificationKind::Approve);
        if let Some((_, refund)) = self.refund_of(transaction) {
            self.store.schedule.plan(later(now, refund.after.0), Work::Refund(transaction.t_xid.clone()));
        }
    }

    /// The partner does not.
    pub(super) fn decline(&self, transaction: &mut Transaction, reason: Reason) {
        let now = self.now();
        if transaction.advance(|stage| stage.decline(reason, now)).is_ok() {
            let rule = Arc::clone(&transaction.rule);
            self.log(&*transaction, EventKind::Declined { reason, rule });
            self.schedule_notifications(transaction, NotificationKind::Reject);
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

    /// Ends a review. One that ends by itself obeys the customer's account, as it is then.
    pub(super) fn end_review(&self, transaction: &mut Transaction, verdict: ReviewOutcome, limits: LimitRule) {
        let Stage::UnderReview { plan, phone, .. } = transaction.stage() else { return };
        let (plan, phone) = (*plan, phone.clone());
        match verdict {
            ReviewOutcome::Approve => self.approve(transaction, &phone, plan, limits),
            ReviewOutcome::Reject(reason) => self.decline(transaction, reason),
        }
    }
}
