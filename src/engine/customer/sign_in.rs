//! The login at the lender.

use std::sync::Arc;

use super::lender_session::LenderSession;
use super::page_flow::PageFlowError;
use crate::clock::Timestamp;
use crate::domain::{EventKind, LoginFailure, Partner, PartnerStep, Phone, PinCheck, Stage};
use crate::engine::Engine;
use crate::scenarios::PinOverride;

/// The result of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInResult {
    /// Signed in; the browser keeps this session.
    Success(Arc<str>),
    /// The lender has no customer with this phone.
    NoSuchPhone,
    /// The PIN is wrong.
    WrongPin {
        /// Tries left.
        left: u8,
    },
    /// The PIN is wrong once too often: the account is locked now.
    NowLocked {
        /// The end of the lock.
        until: Timestamp,
    },
    /// The account was locked before.
    Locked {
        /// The end of the lock; none when it has no end.
        until: Option<Timestamp>,
    },
    /// The account is closed.
    Inactive,
    /// No tenor covers the amount: the payment is declined.
    NoLimit,
}

/// A PIN that is always wrong: a right one has digits only.
pub(super) const WRONG_PIN: &str = "\0";

impl Engine {
    /// The customer enters phone and PIN. Possible at every step: it starts over.
    pub fn sign_in(&self, link: &str, phone: &Phone, pin: &str) -> Result<SignInResult, PageFlowError> {
        self.at_lender(link, |session| {
            let partner = session.login_partner().ok_or(PageFlowError::WrongStep)?;
            let (pin_override, otp_override) = self.login_overrides(session, Some(phone), None);
            let pin = if pin_override == Some(PinOverride::Wrong) { WRONG_PIN } else { pin };
            let login = EventKind::Login { phone: phone.clone() };
            Ok(match self.check_pin(session, partner, phone, pin, login) {
                Ok(login) => session.signed_in(self, phone, login, otp_override),
                Err(refused) => refused,
            })
        })
    }

    /// The customer enters the PIN once more, which confirms the payment. Returns why it is refused, where it is.
    pub fn confirm_with_pin(
        &self,
        link: &str,
        browser: Option<&str>,
        pin: &str,
    ) -> Result<Option<SignInResult>, PageFlowError> {
        self.at_payment(link, |transaction| {
            let Stage::AtPartner(PartnerStep::Pin { plan, phone, session }) = transaction.stage() else {
                return Err(PageFlowError::WrongStep);
            };
            if browser != Some(&**session) {
                return Err(PageFlowError::WrongSession);
            }
            let (plan, phone) = (*plan, phone.clone());
            let partner = transaction.order.partner.ok_or(PageFlowError::WrongStep)?;
            let confirmed = self.check_pin(transaction, partner, &phone, pin, EventKind::PinConfirmed {});
            if let Err(refused) = confirmed {
                return Ok(Some(refused));
            }
            self.complete_payment(transaction, &phone, plan);
            Ok(None)
        })
    }

    /// Checks phone and PIN. Returns the number of the event, which is `passed` where they are right, or what to show.
    pub(super) fn check_pin(
        &self,
        session: &dyn LenderSession,
        partner: Partner,
        phone: &Phone,
        pin: &str,
        passed: EventKind,
    ) -> Result<u64, SignInResult> {
        let now = self.now();
        let log = |kind| self.log(session.subject(), kind);
        let failed = |reason| log(EventKind::LoginFailed { phone: phone.clone(), reason });
        let checked = self.store.accounts.update(session.i_mid(), phone, |shopper| {
            // Another lender's customer is unknown here.
            if shopper.partner != partner {
                return None;
            }
            let (reason, result) = match shopper.check_pin(pin, now) {
                PinCheck::Passed => return Some(Ok(log(passed))),
                PinCheck::Inactive => (LoginFailure::Inactive, SignInResult::Inactive),
                PinCheck::Locked { until } => (LoginFailure::Locked, SignInResult::Locked { until }),
                PinCheck::Wrong { left } => (LoginFailure::WrongPin, SignInResult::WrongPin { left }),
                PinCheck::NowLocked { until } => (LoginFailure::WrongPin, SignInResult::NowLocked { until }),
            };
            failed(reason);
            if let SignInResult::NowLocked { until } = result {
                log(EventKind::Locked { phone: phone.clone(), until });
            }
            Some(Err(result))
        });
        checked.flatten().unwrap_or_else(|| {
            failed(LoginFailure::UnknownPhone);
            Err(SignInResult::NoSuchPhone)
        })
    }

    /// A new browser session, for the login with this number.
    pub(super) fn new_browser_session(&self, purpose: &str, login: u64) -> Arc<str> {
        self.entropy.hex(&[purpose, "session", &login.to_string()]).into()
    }
}
