//! What the customer does on the lender's pages, for payments and bindings alike. The link identifies the payment or
//! binding, the session the browser that signed in.

use std::sync::Arc;

use super::Engine;
use super::lender_session::LenderSession;
use super::transition::advance;
use crate::clock::{Timestamp, later};
use crate::domain::{
    EventKind, LoginFailure, Otp, OtpCheck, OtpFailure, Partner, PartnerStep, Phone, PinCheck, Plan, Stage, Transaction,
};
use crate::scenarios::{OtpOverride, PinOverride};

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

/// The result of choosing a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanChoice {
    /// Chosen, and an OTP was sent.
    OtpSent,
    /// The lender does not offer this tenor to this customer.
    NotOffered,
    /// The lender does not offer this tenor for this amount.
    OutOfRange,
    /// The limit does not cover the amount.
    LimitExceeded,
}

/// The result of entering an OTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpResult {
    /// It is right, and the payment or binding is decided: see its stage.
    Passed,
    /// It is wrong.
    Wrong {
        /// Tries left.
        left: u8,
    },
    /// It is too late.
    Expired,
    /// There were too many wrong ones: another must be sent.
    UsedUp,
    /// It is expired or used up, and no other can be sent: the customer has to sign in again.
    StartOver {
        /// Whether it has expired.
        late: bool,
    },
}

/// The result of asking for another OTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResendResult {
    /// It was sent.
    Sent,
    /// It is too early.
    TooEarly,
    /// It was sent too often.
    UsedUp,
}

/// A PIN that is always wrong: a right one has digits only.
pub(super) const WRONG_PIN: &str = "\0";

impl Engine {
    /// The payment behind a link, as it is now.
    pub fn transaction_by_link(&self, link: &str) -> Option<Transaction> {
        self.transaction(self.store.transactions.find_by_link(link)?.as_str())
    }

    /// Changes the payment or binding behind a link, after expiring it where its time is up.
    fn at_lender<R>(
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

    fn at_payment<R>(
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

    /// The customer enters phone and PIN. Possible at every step: it starts over.
    pub fn sign_in(&self, link: &str, phone: &Phone, pin: &str) -> Result<SignInResult, PageFlowError> {
        self.at_lender(link, |session| {
            let partner = session.login_partner().ok_or(PageFlowError::WrongStep)?;
            let (pin_override, otp_override) = self.login_overrides(session, Some(phone), None);
            let pin = if pin_override == Some(PinOverride::Wrong) { WRONG_PIN } else { pin };
            Ok(match self.check_login(session, partner, phone, pin) {
                Ok(login) => session.signed_in(self, phone, login, otp_override),
                Err(refused) => refused,
            })
        })
    }

    /// Checks phone and PIN. Returns the number of the login's event, or what to show.
    pub(super) fn check_login(
        &self,
        session: &dyn LenderSession,
        partner: Partner,
        phone: &Phone,
        pin: &str,
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
                PinCheck::Passed => return Some(Ok(log(EventKind::Login { phone: phone.clone() }))),
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

    pub(super) fn can_pay_any_tenor(&self, transaction: &Transaction, phone: &Phone) -> bool {
        let amount = transaction.amount;
        let can_pay = self.store.accounts.read(&transaction.i_mid, phone, |shopper| {
            shopper.limits.iter().any(|limit| shopper.can_pay(limit.months, amount))
        });
        can_pay == Some(true)
    }

    /// The customer chooses a tenor. Possible again on the OTP page (Back button).
    pub fn choose_plan(&self, link: &str, session: Option<&str>, months: u8) -> Result<PlanChoice, PageFlowError> {
        if let Some(binding) = self.store.bindings.find_by_link(link) {
            // A binding has no plan. Its time may be up, though.
            self.binding(binding);
            return Err(PageFlowError::WrongStep);
        }
        self.at_payment(link, |transaction| {
            let (phone, owner, sent_otp) = match transaction.stage() {
                Stage::AtPartner(PartnerStep::Plan { phone, session }) => (phone.clone(), Arc::clone(session), None),
                Stage::AtPartner(PartnerStep::Otp { otp, .. }) => match &otp.session {
                    Some(session) => (otp.phone.clone(), Arc::clone(session), Some(otp.clone())),
                    None => return Err(PageFlowError::WrongStep),
                },
                _ => return Err(PageFlowError::WrongStep),
            };
            if session != Some(&*owner) {
                return Err(PageFlowError::WrongSession);
            }
            let amount = transaction.amount;
            let offered = self.store.accounts.read(&transaction.i_mid, &phone, |shopper| {
                let limit = shopper.limits.iter().find(|limit| limit.months == months)?;
                Some(((limit.min..=limit.max).contains(&amount), shopper.can_pay(months, amount)))
            });
            match offered.flatten() {
                None => return Ok(PlanChoice::NotOffered),
                Some((false, _)) => return Ok(PlanChoice::OutOfRange),
                Some((true, false)) => return Ok(PlanChoice::LimitExceeded),
                Some((true, true)) => {}
            }
            let plan = self.plan_for(transaction, months);
            self.log_plan(transaction, plan);
            // A customer who comes back from the OTP page has an OTP already: it confirms the new choice.
            let otp = sent_otp.unwrap_or_else(|| {
                let (_, otp_override) = self.login_overrides(transaction, Some(&phone), Some(months));
                Box::new(self.send_otp(transaction, phone, Some(owner), 0, otp_override))
            });
            advance(transaction, |stage| stage.move_to(PartnerStep::Otp { plan, otp }));
            Ok(PlanChoice::OtpSent)
        })
    }

    pub(super) fn log_plan(&self, transaction: &Transaction, plan: Plan) {
        let (instmnt_mon, monthly, total) = (plan.months, plan.monthly(), plan.total());
        self.log(transaction, EventKind::PlanChosen { instmnt_mon, monthly, total });
    }

    /// The customer enters the OTP.
    pub fn enter_otp(&self, link: &str, browser: Option<&str>, entered: &str) -> Result<OtpResult, PageFlowError> {
        self.at_lender(link, |session| {
            let subject = session.subject();
            let otp = session.otp_mut().ok_or(PageFlowError::WrongStep)?;
            check_browser(otp, browser)?;
            let phone = otp.phone.clone();
            let (event, result) = check_otp(otp, entered, self.now());
            self.log(subject, event);
            match result {
                OtpResult::Passed => session.otp_passed(self, &phone),
                OtpResult::StartOver { .. } => session.restart(),
                OtpResult::Wrong { .. } | OtpResult::Expired | OtpResult::UsedUp => {}
            }
            Ok(result)
        })
    }

    /// The customer asks for another OTP.
    pub fn resend_otp(&self, link: &str, browser: Option<&str>) -> Result<ResendResult, PageFlowError> {
        self.at_lender(link, |session| {
            let now = self.now();
            let otp = session.otp_mut().ok_or(PageFlowError::WrongStep)?;
            check_browser(otp, browser)?;
            if otp.resends >= Otp::MAX_RESENDS {
                return Ok(ResendResult::UsedUp);
            }
            if now < otp.resend_at() {
                return Ok(ResendResult::TooEarly);
            }
            let (phone, owner, resends) = (otp.phone.clone(), otp.session.clone(), otp.resends + 1);
            let new = self.send_otp(session, phone, owner, resends, None);
            if let Some(otp) = session.otp_mut() {
                *otp = new;
            }
            Ok(ResendResult::Sent)
        })
    }

    /// "Sends" a one-time password: nothing leaves the simulator, the event contains it.
    pub(super) fn send_otp(
        &self,
        session: &dyn LenderSession,
        phone: Phone,
        browser: Option<Arc<str>>,
        resends: u8,
        otp_override: Option<OtpOverride>,
    ) -> Otp {
        let now = self.now();
        let (code, first_expired) = self
            .store
            .accounts
            .read(session.i_mid(), &phone, |shopper| (shopper.otp.clone(), shopper.first_otp_expired))
            .unwrap_or_default();
        // Only the first OTP has expired; one that is sent again is valid.
        let expired = resends == 0 && (first_expired || otp_override == Some(OtpOverride::Expired));
        let expires_at = if expired { now } else { later(now, Otp::VALIDITY) };
        self.log(session.subject(), EventKind::OtpSent { phone: phone.clone(), otp: code.clone(), expires_at });
        Otp { phone, session: browser, code, sent_at: now, expires_at, tries: 0, resends }
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

/// Checks that an OTP is entered in the browser that signed in; without a login, any browser will do.
fn check_browser(otp: &Otp, browser: Option<&str>) -> Result<(), PageFlowError> {
    if otp.session.is_some() && otp.session.as_deref() != browser { Err(PageFlowError::WrongSession) } else { Ok(()) }
}

/// Checks an OTP; returns what to log and what to show.
fn check_otp(otp: &mut Otp, entered: &str, now: Timestamp) -> (EventKind, OtpResult) {
    let check = otp.check(entered, now);
    let start_over = otp.resends >= Otp::MAX_RESENDS && otp.session.is_some();
    let (reason, result) = match check {
        OtpCheck::Passed => return (EventKind::OtpPassed {}, OtpResult::Passed),
        OtpCheck::Wrong { left } => (OtpFailure::Wrong, OtpResult::Wrong { left }),
        OtpCheck::Expired if start_over => (OtpFailure::Expired, OtpResult::StartOver { late: true }),
        OtpCheck::Expired => (OtpFailure::Expired, OtpResult::Expired),
        OtpCheck::UsedUp if start_over => (OtpFailure::UsedUp, OtpResult::StartOver { late: false }),
        OtpCheck::UsedUp => (OtpFailure::UsedUp, OtpResult::UsedUp),
    };
    (EventKind::OtpFailed { reason }, result)
}
