//! The merchant sends the customer's browser to the payment page.

use std::sync::Arc;

use crate::domain::{
    Actor, EventKind, IMid, Partner, PartnerStep, Phone, SeamlessChallenge, Stage, Tokenize, Transaction,
};
use crate::engine::Engine;
use crate::engine::transition::advance;

/// Where the browser goes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenedPayment {
    /// To the pages of this lender, with this link.
    Partner(Partner, Arc<str>),
    /// To NICEPAY's own page, where the customer chooses a lender.
    Choose,
    /// Back to the merchant: there is nothing for the customer to do.
    Settled,
    /// It was paid before.
    AlreadyPaid,
    /// It has expired.
    Expired,
}

impl Engine {
    /// Opens the payment page of a transaction. Possible again while it is unpaid (`docs/PROTOCOL.md` §2.2).
    pub fn open_payment(&self, t_xid: &str, callback_url: &str) -> Option<OpenedPayment> {
        let (opened, link) = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let opened = self.open_locked(transaction, callback_url);
            let link = match &opened {
                OpenedPayment::Partner(_, link) => Some((Arc::clone(link), transaction.t_xid.clone())),
                _ => None,
            };
            (opened, link)
        })?;
        if let Some((link, t_xid)) = link {
            self.store.transactions.add_link(link, t_xid);
        }
        Some(opened)
    }

    fn open_locked(&self, transaction: &mut Transaction, callback_url: &str) -> OpenedPayment {
        let seamless = transaction.is_seamless();
        match transaction.stage() {
            Stage::Expired { .. } => return OpenedPayment::Expired,
            Stage::Approved { .. } if !seamless => return OpenedPayment::AlreadyPaid,
            Stage::Cancelled { .. } => return OpenedPayment::AlreadyPaid,
            Stage::Approved { .. } | Stage::Declined { .. } | Stage::UnderReview { .. } => {
                transaction.has_returned = false;
                transaction.callback_url = Some(callback_url.into());
                return OpenedPayment::Settled;
            }
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => {}
        }
        transaction.has_returned = false;
        transaction.callback_url = Some(callback_url.into());
        let Some(partner) = transaction.order.partner else { return OpenedPayment::Choose };
        self.log(&*transaction, EventKind::PaymentOpened { by: Actor::Browser });
        if self.seamless_challenge(transaction) == Some(SeamlessChallenge::Nothing) {
            self.settle(transaction);
            return OpenedPayment::Settled;
        }
        self.enter_partner(transaction);
        OpenedPayment::Partner(partner, self.link_of(transaction))
    }

    /// What the lender asks of a customer whose token pays, by a rule or by the account; none where no token pays.
    /// Where it is a login, the payment needs the lender's pages from now on; the token pays if the customer owns it.
    pub(in crate::engine) fn seamless_challenge(&self, transaction: &mut Transaction) -> Option<SeamlessChallenge> {
        let Tokenize::Pay { user_token, phone, client_user_key } = transaction.tokenize.clone() else { return None };
        let months = transaction.order.instmnt_mon;
        let by_rule = self.decide_payment(transaction, &phone, Some(months)).asks;
        let challenge = by_rule.unwrap_or_else(|| self.account_challenge(&transaction.i_mid, &phone));
        let at_otp = matches!(transaction.stage(), Stage::AtPartner(PartnerStep::Otp { .. }));
        if challenge == SeamlessChallenge::Login && !at_otp {
            let (user_token, client_user_key) = (Some(user_token), Some(client_user_key));
            transaction.tokenize = Tokenize::LogIn { user_token, client_user_key };
        }
        Some(challenge)
    }

    /// What an account asks of a customer who pays with its token.
    pub(super) fn account_challenge(&self, i_mid: &IMid, phone: &Phone) -> SeamlessChallenge {
        self.store.accounts.read(i_mid, phone, |shopper| shopper.seamless).unwrap_or_default()
    }

    /// The customer arrives at the lender: at the login page, or, with a token, at the OTP page.
    pub(super) fn enter_partner(&self, transaction: &mut Transaction) {
        transaction.has_returned = false;
        if matches!(transaction.stage(), Stage::AtPartner(_)) || !advance(transaction, Stage::open) {
            return;
        }
        if let Tokenize::Pay { phone, .. } = &transaction.tokenize {
            let plan = self.plan_for(transaction, transaction.order.instmnt_mon);
            let phone = phone.clone();
            let (_, otp_override) = self.login_overrides(transaction, Some(&phone), Some(plan.months));
            let otp = Box::new(self.send_otp(transaction, phone, None, 0, otp_override));
            advance(transaction, |stage| stage.move_to(PartnerStep::Otp { plan: Some(plan), otp }));
        }
    }

    /// The secret in the link to the lender's pages. It never changes, so that old links stay valid.
    pub(super) fn link_of(&self, transaction: &mut Transaction) -> Arc<str> {
        let entropy = self.entropy;
        let t_xid = &transaction.t_xid;
        Arc::clone(transaction.link.get_or_insert_with(|| entropy.hex(&[t_xid.as_str(), "link"]).into()))
    }
}
