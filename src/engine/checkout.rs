//! The customer chooses a lender on NICEPAY's own page (`docs/PROTOCOL.md` §2.8).

use std::sync::Arc;

use super::{Engine, PageFlowError};
use crate::domain::{Channel, EventKind, Partner, Stage, Step, Tokenize, Transaction};

/// Why no lender was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerChoiceError {
    /// No such transaction.
    NotFound,
    /// There is nothing to choose any more, or never was.
    Over,
    /// The lender is not among those on offer.
    NotOffered,
}

impl Engine {
    /// The lenders between which the customer of a Checkout can choose.
    pub fn offered(&self, transaction: &Transaction) -> Vec<Partner> {
        let merchant = self.merchant(transaction.i_mid.as_str());
        let active = merchant.as_ref().map_or(&[][..], |merchant| &merchant.partners);
        Partner::ALL
            .into_iter()
            .filter(|partner| active.contains(partner))
            .filter(|partner| transaction.tokenize == Tokenize::No || partner.knows_tokens())
            .filter(|partner| match transaction.channel {
                Channel::Checkout { any_lender: true } => true,
                Channel::Checkout { any_lender: false } | Channel::Direct => {
                    transaction.order.partner.is_none_or(|named| named == *partner)
                }
            })
            .collect()
    }

    /// Takes the choice, and answers with the link to the lender's pages. As long as it is not paid, the customer may
    /// come back and choose another.
    ///
    /// # Errors
    /// [`PartnerChoiceError`]; then nothing has changed.
    pub fn choose_partner(&self, t_xid: &str, partner: Partner) -> Result<Arc<str>, PartnerChoiceError> {
        let chosen = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            if transaction.channel == Channel::Direct || !transaction.stage().is_payable() || transaction.is_seamless()
            {
                return Err(PartnerChoiceError::Over);
            }
            if !self.offered(transaction).contains(&partner) {
                return Err(PartnerChoiceError::NotOffered);
            }
            Self::go_to(transaction, partner);
            self.log(&*transaction, EventKind::PaymentOpened { by: "browser" });
            self.enter_partner(transaction);
            Ok((self.link_of(transaction), transaction.t_xid.clone()))
        });
        let (link, t_xid) = chosen.unwrap_or(Err(PartnerChoiceError::NotFound))?;
        self.store.transactions.link(Arc::clone(&link), t_xid);
        Ok(link)
    }

    /// Puts a lender in the place of another, or of none. Whoever changes lenders signs in there.
    pub(super) fn go_to(transaction: &mut Transaction, partner: Partner) {
        if transaction.order.partner != Some(partner) {
            transaction.order.partner = Some(partner);
            if matches!(transaction.stage(), Stage::AtPartner(_)) {
                let _ = transaction.advance(|stage| stage.step(Step::SignIn));
            }
        }
    }

    /// The customer leaves NICEPAY's page without choosing. Answers with the link of the way back.
    ///
    /// # Errors
    /// [`PageFlowError`]
    pub fn leave_checkout(&self, t_xid: &str) -> Result<Arc<str>, PageFlowError> {
        let left = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            // Whoever has signed in at a lender leaves there.
            let outside = matches!(
                transaction.stage(),
                Stage::Registered | Stage::AtPartner(Step::SignIn) | Stage::Abandoned { .. }
            );
            if transaction.channel == Channel::Direct || !outside {
                return Err(PageFlowError::OtherStep);
            }
            // Leaving twice is leaving once.
            if !matches!(transaction.stage(), Stage::Abandoned { .. }) {
                transaction.rule = super::GIVES_UP.into();
                self.abandon(transaction);
            }
            Ok((self.link_of(transaction), transaction.t_xid.clone()))
        });
        let (link, t_xid) = left.unwrap_or(Err(PageFlowError::UnknownLink))?;
        self.store.transactions.link(Arc::clone(&link), t_xid);
        Ok(link)
    }
}
