//! The merchant says that the customer has the goods: Akulaku wants to know (`docs/PROTOCOL.md` §2.7).

use super::Engine;
use crate::domain::{EventKind, Partner, Stage, Transaction};

/// Why it was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptError {
    /// No such transaction.
    NotFound,
    /// Another lender lent the money.
    OtherPartner,
    /// It is not paid; this is its stage.
    NotPaid(&'static str),
}

impl Engine {
    /// Takes the confirmation. Saying it twice changes nothing.
    ///
    /// # Errors
    /// [`ReceiptError`]
    pub fn confirm_receipt(&self, t_xid: &str) -> Result<Transaction, ReceiptError> {
        let confirmed = self.store.transactions.update(t_xid, |transaction| {
            if transaction.order.partner != Some(Partner::Akulaku) {
                return Err(ReceiptError::OtherPartner);
            }
            if !matches!(transaction.stage(), Stage::Approved { .. }) {
                return Err(ReceiptError::NotPaid(transaction.stage().word()));
            }
            if transaction.receipt_confirmed.is_none() {
                transaction.receipt_confirmed = Some(self.now());
                self.log(&*transaction, EventKind::ReceiptConfirmed {});
            }
            Ok(transaction.clone())
        });
        confirmed.unwrap_or(Err(ReceiptError::NotFound))
    }
}
