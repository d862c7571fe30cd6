//! The merchant sends the customer's browser.

use std::sync::Arc;

use super::Engine;
use crate::clock::later;
use crate::domain::{EventKind, IMid, Otp, Partner, Phone, SeamlessChallenge, Stage, Step, Tokenize, Transaction};
use crate::scenarios::OtpOverride;
use crate::store::Subject;

/// Where the browser goes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// To this partner, with this link.
    Partner(Partner, Arc<str>),
    /// To NICEPAY's own page, where the partner is chosen.
    Choose,
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
                Opened::Partner(_, link) => Some((Arc::clone(link), transaction.t_xid.clone())),
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
            Stage::Cancelled { .. } => return Opened::AlreadyPaid,
            Stage::Approved { .. } | Stage::Declined { .. } | Stage::UnderReview { .. } => {
                transaction.returned = false;
                transaction.callback_url = Some(callback_url.into());
                return Opened::Settled;
            }
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => {}
        }
        transaction.returned = false;
        transaction.callback_url = Some(callback_url.into());
        let Some(partner) = transaction.order.partner else { return Opened::Choose };
        self.log(&*transaction, EventKind::PaymentOpened { by: "browser" });
        if self.asks(transaction) == Some(SeamlessChallenge::Nothing) {
            self.settle(transaction);
            return Opened::Settled;
        }
        self.enter_partner(transaction);
        Opened::Partner(partner, self.link_of(transaction))
    }

    /// Settles what the lender wants of a customer whose token pays: as a rule has it, or the account. Whoever has to log in
    /// does so on the pages from now on, and pays with the token if it is theirs. None where no token pays.
    pub(super) fn asks(&self, transaction: &mut Transaction) -> Option<SeamlessChallenge> {
        let Tokenize::Pay { user_token, phone, client_user_key } = transaction.tokenize.clone() else { return None };
        let months = transaction.order.instmnt_mon;
        let ordered = self.decide_for(transaction, &phone, Some(months)).asks;
        let asks = ordered.unwrap_or_else(|| self.account_asks(&transaction.i_mid, &phone));
        if asks == SeamlessChallenge::Login && !matches!(transaction.stage(), Stage::AtPartner(Step::Otp { .. })) {
            let (user_token, client_user_key) = (Some(user_token), Some(client_user_key));
            transaction.tokenize = Tokenize::LogIn { user_token, client_user_key };
        }
        Some(asks)
    }

    /// What an account wants of whoever pays with its token.
    pub(super) fn account_asks(&self, i_mid: &IMid, phone: &Phone) -> SeamlessChallenge {
        self.store.accounts.read(i_mid, phone, |shopper| shopper.seamless).unwrap_or_default()
    }

    /// The customer arrives at the partner: at its first page, or, with a token, at the OTP.
    pub(super) fn enter_partner(&self, transaction: &mut Transaction) {
        transaction.returned = false;
        if matches!(transaction.stage(), Stage::AtPartner(_)) || transaction.advance(Stage::open).is_err() {
            return;
        }
        if let Tokenize::Pay { phone, .. } = &transaction.tokenize {
            let plan = self.plan_for(transaction, transaction.order.instmnt_mon);
            let phone = phone.clone();
            let (_, ordered) = self.at_partner(transaction, Some(&phone), Some(plan.months));
            let otp = Box::new(self.send_otp(&*transaction, &transaction.i_mid, phone, None, 0, ordered));
            // The transaction is at the partner, so this step is allowed.
            let _ = transaction.advance(|stage| stage.step(Step::Otp { plan, otp }));
        }
    }

    /// The secret of the partner's link: one for the life of a transaction, so that old links stay good.
    pub(super) fn link_of(&self, transaction: &mut Transaction) -> Arc<str> {
        let entropy = self.entropy;
        let t_xid = &transaction.t_xid;
        Arc::clone(transaction.link.get_or_insert_with(|| entropy.hex(&[t_xid.as_str(), "link"]).into()))
    }

    /// "Sends" a one-time password: nothing leaves the simulator, the event tells what it is.
    pub(super) fn send_otp(
        &self,
        about: impl Into<Subject>,
        i_mid: &IMid,
        phone: Phone,
        session: Option<Arc<str>>,
        resends: u8,
        ordered: Option<OtpOverride>,
    ) -> Otp {
        let now = self.now();
        let (code, stale) = self
            .store
            .accounts
            .read(i_mid, &phone, |shopper| (shopper.otp.clone(), shopper.first_otp_expired))
            .unwrap_or_default();
        // A shopper whose first OTP is stale gets a good one when it is sent again.
        let stale = stale || ordered == Some(OtpOverride::Expired);
        let expires_at = if stale && resends == 0 { now } else { later(now, Otp::LIFE) };
        self.log(about, EventKind::OtpSent { phone: phone.clone(), otp: code.clone(), expires_at });
        Otp { phone, session, code, sent_at: now, expires_at, tries: 0, resends }
    }
}
