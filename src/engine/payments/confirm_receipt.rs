//! The merchant confirms that the goods arrived: Akulaku asks for it (`docs/PROTOCOL.md` §2.7).

use crate::domain::{EventKind, Partner, Stage, Transaction};
use crate::engine::Engine;

/// Why a confirmation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmReceiptError {
    /// There is no such transaction.
    #[error("there is no such transaction")]
    NotFound,
    /// The lender is not Akulaku.
    #[error("the lender is not Akulaku")]
    OtherPartner,
    /// It is not paid; this is its stage.
    #[error("it is not paid, but {0}")]
    NotPaid(&'static str),
}

impl Engine {
    /// Confirms that the goods arrived. A second confirmation changes nothing.
    ///
    /// # Errors
    /// [`ConfirmReceiptError`]
    pub fn confirm_receipt(&self, t_xid: &str) -> Result<Transaction, ConfirmReceiptError> {
        let confirmed = self.store.transactions.update(t_xid, |transaction| {
            if transaction.order.partner != Some(Partner::Akulaku) {
                return Err(ConfirmReceiptError::OtherPartner);
            }
            if !matches!(transaction.stage(), Stage::Approved { .. }) {
                return Err(ConfirmReceiptError::NotPaid(transaction.stage().as_str()));
            }
            if transaction.receipt_confirmed.is_none() {
                transaction.receipt_confirmed = Some(self.now());
                self.log(&*transaction, EventKind::ReceiptConfirmed {});
            }
            Ok(transaction.clone())
        });
        confirmed.unwrap_or(Err(ConfirmReceiptError::NotFound))
    }
}
