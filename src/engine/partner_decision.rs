//! Plays the partner: decides a review, or ends an order's time.

use super::Engine;
use super::outcome::LimitRule;
use crate::domain::{Reason, ReviewOutcome, Stage, Transaction};

/// What the partner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerAction {
    /// Ends a review with a yes.
    Approve,
    /// Ends a review with a no.
    Reject,
    /// Ends the time of anything open.
    Expire,
}

/// Why it did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerDecisionError {
    /// No such transaction.
    NotFound,
    /// Its stage does not allow it.
    Stage(&'static str),
}

impl Engine {
    /// Plays the partner.
    pub fn decide(&self, t_xid: &str, act: PartnerAction) -> Result<Transaction, PartnerDecisionError> {
        let decided = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let reviewed = matches!(transaction.stage(), Stage::UnderReview { .. });
            if transaction.stage().is_final() || (act != PartnerAction::Expire && !reviewed) {
                return Err(PartnerDecisionError::Stage(transaction.stage().word()));
            }
            transaction.rule = "control/partner".into();
            match act {
                PartnerAction::Approve => self.end_review(transaction, ReviewOutcome::Approve, LimitRule::Ignored),
                PartnerAction::Reject => {
                    self.end_review(transaction, ReviewOutcome::Reject(Reason::Ordered), LimitRule::Ignored);
                }
                PartnerAction::Expire => self.expire(transaction, self.now()),
            }
            Ok(transaction.clone())
        });
        decided.unwrap_or(Err(PartnerDecisionError::NotFound))
    }
}
