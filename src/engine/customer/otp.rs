//! The one-time password: sending it, sending it again, and checking what the customer enters.

use std::sync::Arc;

use super::lender_session::LenderSession;
use super::page_flow::PageFlowError;
use crate::clock::{Timestamp, later};
use crate::domain::{EventKind, Otp, OtpCheck, OtpFailure, Phone};
use crate::engine::Engine;
use crate::scenarios::OtpOverride;

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

impl Engine {
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
    pub(in crate::engine) fn send_otp(
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
        Otp { phone, session: browser, code, sent_at: now, expires_at, wrong_tries: 0, resends }
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
