//! The merchant gives money back (`docs/PROTOCOL.md` §2.6).

use std::sync::Arc;

use super::Engine;
use crate::clock::{SignedDuration, Timestamp, later};
use crate::domain::{Amount, CancelKind, EventKind, Stage, Transaction};

/// How much is to go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// `cancelType` 1: all of it, which has to be that much.
    Full(Amount),
    /// `cancelType` 2: that much. Two equal ones are two.
    Part(Amount),
    /// The back office: that much, or whatever is left. It does not wait until the gateway is no longer busy.
    BackOffice(Option<Amount>),
}

/// What has gone back.
#[derive(Debug)]
pub struct Cancelled {
    /// Now.
    pub amount: Amount,
    /// The transaction, as it is after it.
    pub transaction: Transaction,
}

/// Why nothing has. Neither the amount nor the shopper's limit has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelError {
    /// No such transaction.
    NotFound,
    /// It is not paid; this is its stage.
    NotPaid(&'static str),
    /// It was paid too long ago.
    TooLate,
    /// It was paid just now; this is when it can be tried again.
    TooEarly(Timestamp),
    /// Everything has gone back before.
    AlreadyCancelled,
    /// Some of it has, so that not all of it can.
    AfterPartial,
    /// This much is left.
    TooMuch(Amount),
    /// Nothing is to go back.
    Nothing,
    /// All of it would be this much.
    NotAll(Amount),
}

/// How long a payment can be cancelled: 90 days (`9334`).
const PERIOD: SignedDuration = SignedDuration::from_hours(90 * 24);

impl Engine {
    /// Gives money back to the customer, and their limit with it.
    ///
    /// # Errors
    /// [`CancelError`], in the order of `docs/PROTOCOL.md` §2.6.
    pub fn cancel(&self, t_xid: &str, cancel: Cancel) -> Result<Cancelled, CancelError> {
        let cancelled = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let amount = self.cancel_locked(transaction, cancel, None)?;
            Ok(Cancelled { amount, transaction: transaction.clone() })
        });
        cancelled.unwrap_or(Err(CancelError::NotFound))
    }

    /// Gives back what a rule has go back, or as much of it as is left; where nothing can, nothing happens.
    pub(super) fn refund_by_rule(&self, transaction: &mut Transaction) {
        let Some((rule, refund)) = self.refund_of(transaction) else { return };
        let left = transaction.amount.minus(transaction.stage().refunded());
        let cancel = Cancel::BackOffice(Some(refund.of(transaction.amount).min(left)));
        if let Err(reason) = self.cancel_locked(transaction, cancel, Some(&rule)) {
            tracing::info!(%rule, ?reason, "nothing was given back");
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
            other => return Err(CancelError::NotPaid(other.word())),
        };
        if now > later(paid_at, PERIOD) {
            return Err(CancelError::TooLate);
        }
        let cancelling = self.in_force(&transaction.i_mid).rule_set.scenario.cancel;
        let free_at = later(paid_at, cancelling.busy);
        if now < free_at && !matches!(cancel, Cancel::BackOffice(_)) {
            return Err(CancelError::TooEarly(free_at));
        }
        let (paid, refunded) = (transaction.amount, transaction.stage().refunded());
        let left = paid.minus(refunded);
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
        let kind = if now < later(paid_at, cancelling.void_window) { CancelKind::Void } else { CancelKind::Refund };
        if let Some(rule) = rule {
            self.log(&*transaction, EventKind::RuleHit { rule: Arc::clone(rule), not_matched: Box::default() });
        }
        // Paid, and not more than is left: allowed.
        let _ = transaction.advance(|stage| stage.give_back(amount, now, kind));
        self.store.accounts.update(&transaction.i_mid, &phone, |shopper| shopper.owes = shopper.owes.minus(amount));
        let by = if matches!(cancel, Cancel::BackOffice(_)) { "control" } else { "merchant" };
        let cancel_amt = transaction.stage().refunded();
        let full = cancel_amt == paid;
        self.log(&*transaction, EventKind::Cancelled { amt: amount, cancel_amt, full, kind, by });
        Ok(amount)
    }
}
