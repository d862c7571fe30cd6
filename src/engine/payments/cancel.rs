//! Refunds by the merchant or the back office (`docs/PROTOCOL.md` §2.6).

use std::sync::Arc;

use crate::clock::{SignedDuration, Timestamp, later};
use crate::domain::{Actor, Amount, CancelKind, EventKind, Partner, Stage, Transaction};
use crate::engine::Engine;
use crate::engine::transition::advance;

/// What to refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// `cancelType` 1: everything, which must be this amount.
    Full(Amount),
    /// `cancelType` 2: this amount. Two equal requests refund twice.
    Part(Amount),
    /// By the back office: this amount, or everything that is left. It need not wait while the gateway is busy.
    BackOffice(Option<Amount>),
}

/// A refund that was made.
#[derive(Debug)]
pub struct Cancelled {
    /// What was refunded this time.
    pub amount: Amount,
    /// The transaction after it.
    pub transaction: Transaction,
    /// When the live gateway would accept it, where that is later than now.
    pub too_early_live: Option<Timestamp>,
}

/// Why nothing was refunded. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CancelError {
    /// There is no such transaction.
    #[error("there is no such transaction")]
    NotFound,
    /// It is not paid; this is its stage.
    #[error("it is not paid, but {0}")]
    NotPaid(&'static str),
    /// It was paid too long ago.
    #[error("it was paid too long ago")]
    TooLate,
    /// It was paid too long ago for this lender, which takes refunds for so many hours.
    #[error("it was paid too long ago for {}", .0.name())]
    TooLateAt(Partner, i64),
    /// It was paid just now; it can be refunded from this time on.
    #[error("it was paid just now: it can be refunded from {0} on")]
    TooEarly(Timestamp),
    /// Everything was refunded before.
    #[error("everything was refunded before")]
    AlreadyCancelled,
    /// A part was refunded before, so a full refund is not possible.
    #[error("a part was refunded before")]
    AfterPartial,
    /// Only this much is left.
    #[error("only {0} is left")]
    TooMuch(Amount),
    /// The amount is zero.
    #[error("the amount is zero")]
    Nothing,
    /// A full refund would be this amount.
    #[error("everything would be {0}")]
    NotAll(Amount),
}

/// How long a payment can be refunded: 90 days (`9334`).
const REFUND_PERIOD: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long after the payment the live gateway refuses a cancel. It refused one after three minutes, and accepted one after
/// nine (`docs/PROTOCOL.md` A-25).
pub(in crate::engine) const LIVE_CANCEL_BUSY: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// Refunds money to the customer, which restores the limit.
    ///
    /// # Errors
    /// [`CancelError`], in the order of `docs/PROTOCOL.md` §2.6.
    pub fn cancel(&self, t_xid: &str, cancel: Cancel) -> Result<Cancelled, CancelError> {
        let cancelled = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let too_early_live = self.too_early_live(transaction);
            let amount = self.cancel_locked(transaction, cancel, None)?;
            Ok(Cancelled { amount, transaction: transaction.clone(), too_early_live })
        });
        cancelled.unwrap_or(Err(CancelError::NotFound))
    }

    /// When the live gateway accepts a cancel of a payment, where that is later than now and the scenario says nothing else.
    fn too_early_live(&self, transaction: &Transaction) -> Option<Timestamp> {
        let Stage::Approved { at, .. } = transaction.stage() else { return None };
        let free_at = later(*at, LIVE_CANCEL_BUSY);
        let scenario = &self.active_rules(&transaction.i_mid).rule_set.scenario;
        (scenario.cancel.busy.is_none() && self.now() < free_at).then_some(free_at)
    }

    /// Refunds what a rule asks for, or as much of it as is left.
    pub(in crate::engine) fn refund_by_rule(&self, transaction: &mut Transaction) {
        let Some((rule, refund)) = self.refund_by_rules(transaction) else { return };
        let left = transaction.amount.saturating_sub(transaction.stage().refunded());
        let cancel = Cancel::BackOffice(Some(refund.refund_amount(transaction.amount).min(left)));
        if let Err(error) = self.cancel_locked(transaction, cancel, Some(&rule)) {
            tracing::info!(%rule, %error, "the rule could not refund anything");
        }
    }

    fn cancel_locked(
        &self,
        transaction: &mut Transaction,
        cancel: Cancel,
        rule: Option<&Arc<str>>,
    ) -> Result<Amount, CancelError> {
        let now = self.now();
        let (paid_at, phone) = match transaction.stage() {
            Stage::Approved { at, phone, .. } => (*at, phone.clone()),
            Stage::Cancelled { paid_at, phone, .. } => (*paid_at, phone.clone()),
            other => return Err(CancelError::NotPaid(other.as_str())),
        };
        if now > later(paid_at, REFUND_PERIOD) {
            return Err(CancelError::TooLate);
        }
        let terms = self.catalog.terms(transaction.order.partner);
        let by_merchant = !matches!(cancel, Cancel::BackOffice(_));
        // Later, the lender refunds by hand.
        if let (Some(partner), Some(window)) = (transaction.order.partner, terms.refund_window)
            && by_merchant
            && now > later(paid_at, window)
        {
            return Err(CancelError::TooLateAt(partner, window.as_hours()));
        }
        let config = self.active_rules(&transaction.i_mid).rule_set.scenario.cancel;
        let free_at = later(paid_at, config.busy.unwrap_or(self.cancel_busy));
        if now < free_at && by_merchant {
            return Err(CancelError::TooEarly(free_at));
        }
        let (paid, refunded) = (transaction.amount, transaction.stage().refunded());
        let left = paid.saturating_sub(refunded);
        if left == Amount::ZERO {
            return Err(CancelError::AlreadyCancelled);
        }
        let amount = match cancel {
            Cancel::Full(_) if refunded > Amount::ZERO => return Err(CancelError::AfterPartial),
            Cancel::Full(amount) | Cancel::Part(amount) | Cancel::BackOffice(Some(amount)) => amount,
            Cancel::BackOffice(None) => left,
        };
        if amount > left {
            return Err(CancelError::TooMuch(left));
        }
        if amount == Amount::ZERO {
            return Err(CancelError::Nothing);
        }
        if matches!(cancel, Cancel::Full(_)) && amount < left {
            return Err(CancelError::NotAll(left));
        }
        // A part cannot be voided (`docs/PROTOCOL.md` §2.6).
        let voids = amount == paid && now < later(paid_at, config.void_window.unwrap_or(terms.void_window));
        let kind = if voids { CancelKind::Void } else { CancelKind::Refund };
        if let Some(rule) = rule {
            self.log(&*transaction, EventKind::RuleHit { rule: Arc::clone(rule), not_matched: Box::default() });
        }
        if !advance(transaction, |stage| stage.refund(amount, now, kind)) {
            return Err(CancelError::NotPaid(transaction.stage().as_str()));
        }
        self.store
            .accounts
            .update(&transaction.i_mid, &phone, |shopper| shopper.owes = shopper.owes.saturating_sub(amount));
        let by = if by_merchant { Actor::Merchant } else { Actor::Control };
        let cancel_amt = transaction.stage().refunded();
        let full = cancel_amt == paid;
        self.log(&*transaction, EventKind::Cancelled { amt: amount, cancel_amt, full, kind, by });
        Ok(amount)
    }
}
