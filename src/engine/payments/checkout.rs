//! The customer chooses a lender on NICEPAY's own page (`docs/PROTOCOL.md` §2.8).

use std::sync::Arc;

use crate::domain::{Actor, Channel, DecidedBy, EventKind, Partner, PartnerStep, Stage, Tokenize, Transaction};
use crate::engine::transition::advance;
use crate::engine::{Engine, GIVES_UP, PageFlowError};

/// Why no lender was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartnerChoiceError {
    /// There is no such transaction.
    #[error("there is no such transaction")]
    NotFound,
    /// There is nothing to choose, or no longer.
    #[error("there is nothing to choose")]
    Over,
    /// The lender is not offered.
    #[error("the lender is not offered")]
    NotOffered,
}

impl Engine {
    /// The lenders that the customer of a Checkout can choose.
    pub fn offered_partners(&self, transaction: &Transaction) -> Vec<Partner> {
        let merchant = self.merchant(transaction.i_mid.as_str());
        let active = merchant.as_ref().map_or(&[][..], |merchant| &merchant.partners);
        Partner::ALL
            .into_iter()
            .filter(|partner| active.contains(partner))
            .filter(|partner| transaction.tokenize == Tokenize::No || partner.supports_user_tokens())
            .filter(|partner| match transaction.channel {
                Channel::Checkout { any_lender: true } => true,
                Channel::Checkout { any_lender: false } | Channel::Direct => {
                    transaction.order.partner.is_none_or(|named| named == *partner)
                }
            })
            .collect()
    }

    /// Chooses a lender; returns the link to its pages. The customer may come back and choose another while it is
    /// unpaid.
    ///
    /// # Errors
    /// [`PartnerChoiceError`]; nothing has changed then.
    pub fn choose_partner(&self, t_xid: &str, partner: Partner) -> Result<Arc<str>, PartnerChoiceError> {
        let chosen = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            if transaction.channel == Channel::Direct || !transaction.stage().is_payable() || transaction.is_seamless()
            {
                return Err(PartnerChoiceError::Over);
            }
            if !self.offered_partners(transaction).contains(&partner) {
                return Err(PartnerChoiceError::NotOffered);
            }
            Self::set_partner(transaction, partner);
            self.log(&*transaction, EventKind::PaymentOpened { by: Actor::Browser });
            self.enter_partner(transaction);
            Ok((self.link_of(transaction), transaction.t_xid.clone()))
        });
        let (link, t_xid) = chosen.unwrap_or(Err(PartnerChoiceError::NotFound))?;
        self.store.transactions.add_link(Arc::clone(&link), t_xid);
        Ok(link)
    }

    /// Sets the lender. A customer who changes lenders has to sign in at the new one.
    pub(in crate::engine) fn set_partner(transaction: &mut Transaction, partner: Partner) {
        if transaction.order.partner != Some(partner) {
            transaction.order.partner = Some(partner);
            if matches!(transaction.stage(), Stage::AtPartner(_)) {
                advance(transaction, |stage| stage.move_to(PartnerStep::SignIn));
            }
        }
    }

    /// The customer leaves NICEPAY's page without choosing. Returns the link that leads back to the merchant.
    ///
    /// # Errors
    /// [`PageFlowError`]
    pub fn leave_checkout(&self, t_xid: &str) -> Result<Arc<str>, PageFlowError> {
        let left = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            // A customer who has signed in at a lender leaves on the lender's pages.
            let is_outside = matches!(
                transaction.stage(),
                Stage::Registered | Stage::AtPartner(PartnerStep::SignIn) | Stage::Abandoned { .. }
            );
            if transaction.channel == Channel::Direct || !is_outside {
                return Err(PageFlowError::WrongStep);
            }
            // Leaving again changes nothing.
            if !matches!(transaction.stage(), Stage::Abandoned { .. }) {
                transaction.set_decided_by(DecidedBy::Customer, GIVES_UP.into());
                self.abandon(transaction);
            }
            Ok((self.link_of(transaction), transaction.t_xid.clone()))
        });
        let (link, t_xid) = left.unwrap_or(Err(PageFlowError::UnknownLink))?;
        self.store.transactions.add_link(Arc::clone(&link), t_xid);
        Ok(link)
    }
}
