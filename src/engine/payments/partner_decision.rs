//! Plays the lender: ends a review, or expires a transaction.

use super::outcome::CreditCheck;
use crate::domain::{DecidedBy, Reason, ReviewOutcome, Stage, Transaction};
use crate::engine::{Engine, PARTNER};

/// What the lender does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerAction {
    /// Ends a review with approval.
    Approve,
    /// Ends a review with a decline.
    Reject,
    /// Expires anything that is not final.
    Expire,
}

/// Why a command to play the lender changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartnerDecisionError {
    /// There is no such transaction.
    #[error("there is no such transaction")]
    NotFound,
    /// Its stage does not allow it.
    #[error("the transaction is {0}")]
    Stage(&'static str),
}

impl Engine {
    /// Plays the lender.
    pub fn play_partner(&self, t_xid: &str, action: PartnerAction) -> Result<Transaction, PartnerDecisionError> {
        let decided = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let reviewed = matches!(transaction.stage(), Stage::UnderReview { .. });
            if transaction.stage().is_final() || (action != PartnerAction::Expire && !reviewed) {
                return Err(PartnerDecisionError::Stage(transaction.stage().as_str()));
            }
            transaction.set_decided_by(DecidedBy::Command, PARTNER.into());
            match action {
                PartnerAction::Approve => self.end_review(transaction, ReviewOutcome::Approve, CreditCheck::Ignored),
                PartnerAction::Reject => {
                    self.end_review(transaction, ReviewOutcome::Reject(Reason::Forced), CreditCheck::Ignored);
                }
                PartnerAction::Expire => self.expire(transaction, self.now()),
            }
            Ok(transaction.clone())
        });
        decided.unwrap_or(Err(PartnerDecisionError::NotFound))
    }
}
