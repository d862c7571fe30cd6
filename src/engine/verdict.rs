//! Plays the partner: decides a review, or ends an order's time.

use super::Engine;
use super::conclude::LimitRule;
use crate::ledger::{Reason, Stage, Transaction, Verdict};

/// What the partner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerAct {
    /// Ends a review with a yes.
    Approve,
    /// Ends a review with a no.
    Reject,
    /// Ends the time of anything open.
    Expire,
}

/// Why it did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictError {
    /// No such transaction.
    NotFound,
    /// Its stage does not allow it.
    Stage(&'static str),
}

impl Engine {
    /// Plays the partner.
    pub fn decide(&self, t_xid: &str, act: PartnerAct) -> Result<Transaction, VerdictError> {
        let decided = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let reviewed = matches!(transaction.stage(), Stage::UnderReview { .. });
            if transaction.stage().is_final() || (act != PartnerAct::Expire && !reviewed) {
                return Err(VerdictError::Stage(transaction.stage().word()));
            }
            transaction.rule = "control/partner".into();
            match act {
                PartnerAct::Approve => self.end_review(transaction, Verdict::Approve, LimitRule::Ignored),
                PartnerAct::Reject => {
                    self.end_review(transaction, Verdict::Reject(Reason::Ordered), LimitRule::Ignored);
                }
                PartnerAct::Expire => self.expire(transaction, self.now()),
            }
            Ok(transaction.clone())
        });
        decided.unwrap_or(Err(VerdictError::NotFound))
    }
}
