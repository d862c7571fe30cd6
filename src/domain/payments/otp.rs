//! One-time passwords: their validity, and the limits of tries and resends.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::accounts::Phone;

/// A one-time password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otp {
    /// The phone that it was sent to.
    pub phone: Phone,
    /// The session of the browser that signed in; none for a seamless payment, which needs no login.
    pub session: Option<Arc<str>>,
    /// The digits.
    pub code: Box<str>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Wrong entries so far.
    pub wrong_tries: u8,
    /// How often it was sent again.
    pub resends: u8,
}

/// The result of checking an OTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpCheck {
    /// It is right.
    Passed,
    /// It is wrong.
    Wrong {
        /// Tries left.
        left: u8,
    },
    /// It is too late, right or wrong.
    Expired,
    /// Too many wrong ones were entered: another must be sent.
    UsedUp,
}

impl Otp {
    /// How long an OTP is valid *(assumed, Kredivo publishes none: `docs/PROTOCOL.md` §8.2)*.
    pub const VALIDITY: SignedDuration = SignedDuration::from_mins(2);
    /// How many wrong entries use up an OTP *(assumed)*.
    pub const MAX_WRONG_TRIES: u8 = 3;
    /// How long until it may be sent again *(assumed)*.
    pub const RESEND_DELAY: SignedDuration = SignedDuration::from_secs(30);
    /// How often it may be sent again *(assumed)*.
    pub const MAX_RESENDS: u8 = 3;

    /// Checks an OTP; counts wrong entries.
    pub fn check(&mut self, entered: &str, now: Timestamp) -> OtpCheck {
        if self.wrong_tries >= Self::MAX_WRONG_TRIES {
            OtpCheck::UsedUp
        } else if now >= self.expires_at {
            OtpCheck::Expired
        } else if entered == &*self.code {
            OtpCheck::Passed
        } else {
            self.wrong_tries += 1;
            match Self::MAX_WRONG_TRIES - self.wrong_tries {
                0 => OtpCheck::UsedUp,
                left => OtpCheck::Wrong { left },
            }
        }
    }

    /// When it may be sent again.
    pub fn resend_at(&self) -> Timestamp {
        self.sent_at.checked_add(Self::RESEND_DELAY).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn otp() -> Otp {
        let now = Timestamp::UNIX_EPOCH;
        let phone = Phone::new("081291891818").unwrap();
        Otp {
            phone,
            session: None,
            code: "4567".into(),
            sent_at: now,
            expires_at: now + Otp::VALIDITY,
            wrong_tries: 0,
            resends: 0,
        }
    }

    #[test]
    fn an_otp_takes_three_tries_and_two_minutes() {
        let now = Timestamp::UNIX_EPOCH;
        let mut once = otp();
        assert_eq!(once.check("0000", now), OtpCheck::Wrong { left: 2 });
        assert_eq!(once.check("0000", now), OtpCheck::Wrong { left: 1 });
        assert_eq!(once.check("0000", now), OtpCheck::UsedUp);
        assert_eq!(once.check("4567", now), OtpCheck::UsedUp, "the right one comes too late");
        assert_eq!(otp().check("4567", now + Otp::VALIDITY), OtpCheck::Expired);
        assert_eq!(otp().check("4567", now), OtpCheck::Passed);
    }
}
