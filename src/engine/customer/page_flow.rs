//! Finds the payment or binding behind a link of the lender's pages. The link identifies the payment or binding, the
//! session the browser that signed in.

use super::lender_session::LenderSession;
use crate::domain::Transaction;
use crate::engine::Engine;

/// Why a form of the lender's pages changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageFlowError {
    /// No payment or binding has this link.
    #[error("no payment has this link")]
    UnknownLink,
    /// The customer is at another step, or it is over.
    #[error("the customer is at another step")]
    WrongStep,
    /// Another browser signed in, or this one never did.
    #[error("this browser is not signed in")]
    WrongSession,
}

impl Engine {
    /// The payment behind a link, as it is now.
    pub fn transaction_by_link(&self, link: &str) -> Option<Transaction> {
        self.transaction(self.store.transactions.find_by_link(link)?.as_str())
    }

    /// Changes the payment or binding behind a link, after expiring it where its time is up.
    pub(super) fn at_lender<R>(
        &self,
        link: &str,
        change: impl FnOnce(&mut dyn LenderSession) -> Result<R, PageFlowError>,
    ) -> Result<R, PageFlowError> {
        let Some(binding) = self.store.bindings.find_by_link(link) else {
            return self.at_payment(link, |transaction| change(transaction));
        };
        let changed = self.store.bindings.update(binding, |binding| {
            self.expire_binding_if_due(binding);
            change(binding)
        });
        changed.unwrap_or(Err(PageFlowError::UnknownLink))
    }

    pub(super) fn at_payment<R>(
        &self,
        link: &str,
        change: impl FnOnce(&mut Transaction) -> Result<R, PageFlowError>,
    ) -> Result<R, PageFlowError> {
        let t_xid = self.store.transactions.find_by_link(link).ok_or(PageFlowError::UnknownLink)?;
        let changed = self.store.transactions.update(t_xid.as_str(), |transaction| {
            self.expire_if_due(transaction);
            change(transaction)
        });
        changed.unwrap_or(Err(PageFlowError::UnknownLink))
    }

    /// The customer goes back to the shop without paying.
    pub fn give_up(&self, link: &str, browser: Option<&str>) -> Result<(), PageFlowError> {
        self.at_lender(link, |session| {
            if !session.is_at_partner() {
                return Err(PageFlowError::WrongStep);
            }
            if session.browser_session().is_some_and(|owner| Some(&**owner) != browser) {
                return Err(PageFlowError::WrongSession);
            }
            session.give_up(self);
            Ok(())
        })
    }
}
