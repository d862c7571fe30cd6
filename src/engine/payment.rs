//! The merchant sends the customer's browser.

use std::sync::Arc;

use super::Engine;
use crate::clock::later;
use crate::ledger::{EventKind, Otp, Stage, Step, Tokenize, Transaction};

/// Where the browser goes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// To the partner, with this link.
    Partner(Arc<str>),
    /// Straight back: there is nothing left for the customer to do.
    Settled,
    /// It is paid already.
    AlreadyPaid,
    /// Its time is up.
    Expired,
}

impl Engine {
    /// Opens the payment of a transaction. May be done again while it is unpaid (`docs/PROTOCOL.md` §2.2).
    pub fn open(&self, t_xid: &str, callback_url: &str) -> Option<Opened> {
        let (opened, link) = self.store.transactions.update(t_xid, |transaction| {
            self.expire_if_due(transaction);
            let opened = self.open_locked(transaction, callback_url);
            let link = match &opened {
                Opened::Partner(link) => Some((Arc::clone(link), transaction.t_xid.clone())),
                _ => None,
            };
            (opened, link)
        })?;
        if let Some((link, t_xid)) = link {
            self.store.transactions.link(link, t_xid);
        }
        Some(opened)
    }

    fn open_locked(&self, transaction: &mut Transaction, callback_url: &str) -> Opened {
        let seamless = transaction.is_seamless();
        match transaction.stage() {
            Stage::Expired { .. } => return Opened::Expired,
            Stage::Approved { .. } if !seamless => return Opened::AlreadyPaid,
            Stage::Approved { .. } | Stage::Declined { .. } | Stage::UnderReview { .. } => {
                transaction.callback_url = Some(callback_url.into());
                return Opened::Settled;
            }
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => {}
        }
        transaction.callback_url = Some(callback_url.into());
        self.log(transaction, EventKind::PaymentOpened { by: "browser" });
        if seamless && !self.asks_for_otp(transaction) {
            self.settle(transaction);
            return Opened::Settled;
        }
        self.enter_partner(transaction);
        Opened::Partner(self.link_of(transaction))
    }

    /// Whether a seamless payment's account wants an OTP all the same.
    fn asks_for_otp(&self, transaction: &Transaction) -> bool {
        let Tokenize::Pay { phone, .. } = &transaction.tokenize else { return false };
        self.store.accounts.read(&transaction.i_mid, phone, |shopper| shopper.seamless_otp).unwrap_or(false)
    }

    /// The customer arrives at the partner: at its first page, or, with a token, at the OTP.
    pub(super) fn enter_partner(&self, transaction: &mut Transaction) {
        if matches!(transaction.stage(), Stage::AtPartner(_)) || transaction.advance(Stage::open).is_err() {
            return;
        }
        if let Tokenize::Pay { phone, .. } = &transaction.tokenize {
            let (phone, plan) = (phone.clone(), self.plan_for(transaction.order.instmnt_mon, transaction.amount));
            let otp = self.send_otp(transaction, phone, plan, None, 0);
            // The transaction is at the partner, so this step is allowed.
            let _ = transaction.advance(|stage| stage.step(Step::Otp(Box::new(otp))));
        }
    }

    /// The secret of the partner's link: one for the life of a transaction, so that old links stay good.
    fn link_of(&self, transaction: &mut Transaction) -> Arc<str> {
        let entropy = self.entropy;
        let t_xid = &transaction.t_xid;
        Arc::clone(transaction.link.get_or_insert_with(|| entropy.hex(&[t_xid.as_str(), "link"]).into()))
    }

    /// "Sends" a one-time password: nothing leaves the simulator, the event tells what it is.
    pub(super) fn send_otp(
        &self,
        transaction: &Transaction,
        phone: crate::ledger::Phone,
        plan: crate::ledger::Plan,
        session: Option<Arc<str>>,
        resends: u8,
    ) -> Otp {
        let now = self.now();
        let (code, stale) = self
            .store
            .accounts
            .read(&transaction.i_mid, &phone, |shopper| (shopper.otp.clone(), shopper.first_otp_expired))
            .unwrap_or_default();
        // A shopper whose first OTP is stale gets a good one when it is sent again.
        let expires_at = if stale && resends == 0 { now } else { later(now, Otp::LIFE) };
        self.log(transaction, EventKind::OtpSent { phone: phone.clone(), otp: code.clone(), expires_at });
        Otp { phone, plan, session, code, sent_at: now, expires_at, tries: 0, resends }
    }
}
