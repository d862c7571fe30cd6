//! Shoppers: the lender's accounts of customers.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::ids::Phone;
use super::merchant::Partner;
use crate::domain::payments::Amount;
use crate::domain::reason::{LoginFailure, Reason};
use crate::domain::wire_enum::wire_enum;

wire_enum! {
    /// The state of a lender's account.
    #[derive(Default, Deserialize)]
    pub enum AccountState {
        /// In good standing.
        #[default]
        Active = "active",
        /// Closed or never opened: login is refused.
        Inactive = "inactive",
        /// Locked by the lender, without an end (wrong PINs lock for a while only).
        Locked = "locked",
    }
}

/// What a customer may owe under one tenor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditLimit {
    /// The tenor, in months.
    pub months: u8,
    /// The limit.
    pub total: Amount,
    /// The smallest order that the tenor is offered for.
    pub min: Amount,
    /// The largest order that the tenor is offered for.
    pub max: Amount,
}

/// What the lender asks of a customer whose token pays (`docs/PROTOCOL.md` A-06).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SeamlessChallenge {
    /// Nothing: it is paid without the customer.
    #[default]
    Nothing,
    /// A one-time password.
    Otp,
    /// A login, as if there were no token.
    Login,
}

/// A test account at a lender, as one merchant sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shopper {
    /// The phone, which identifies it.
    pub phone: Phone,
    /// The lender.
    pub partner: Partner,
    /// The name on the account.
    pub name: Box<str>,
    /// The PIN: six digits.
    pub pin: Box<str>,
    /// The one-time password that is "sent".
    pub otp: Box<str>,
    /// The state of the account.
    pub state: AccountState,
    /// The tenors on offer, with their limits.
    pub limits: Vec<CreditLimit>,
    /// Open principal: counts against every tenor (`docs/PROTOCOL.md` §2.11).
    pub owes: Amount,
    /// Whether the first OTP has expired when it arrives.
    pub first_otp_expired: bool,
    /// What seamless payments ask for.
    pub seamless: SeamlessChallenge,
    /// Wrong PINs since the last right one.
    pub wrong_pins: u8,
    /// Until when wrong PINs lock the account.
    pub locked_until: Option<Timestamp>,
}

/// The result of checking a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinCheck {
    /// The PIN is right.
    Passed,
    /// The PIN is wrong.
    Wrong {
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
}

impl Shopper {
    /// How many wrong PINs lock an account *(assumed: `docs/PROTOCOL.md` §8.3)*.
    pub const MAX_WRONG_PINS: u8 = 3;
    /// How long wrong PINs lock an account *(assumed)*.
    pub const LOCK_DURATION: SignedDuration = SignedDuration::from_mins(30);

    /// Checks a PIN; counts wrong ones and locks the account.
    pub fn check_pin(&mut self, entered: &str, now: Timestamp) -> PinCheck {
        match self.state {
            AccountState::Inactive => return PinCheck::Inactive,
            AccountState::Locked => return PinCheck::Locked { until: None },
            AccountState::Active => {}
        }
        if let Some(until) = self.locked_until {
            if now < until {
                return PinCheck::Locked { until: Some(until) };
            }
            (self.locked_until, self.wrong_pins) = (None, 0);
        }
        if entered == &*self.pin {
            self.wrong_pins = 0;
            return PinCheck::Passed;
        }
        self.wrong_pins += 1;
        match Self::MAX_WRONG_PINS.saturating_sub(self.wrong_pins) {
            0 => {
                let until = now.checked_add(Self::LOCK_DURATION).unwrap_or(Timestamp::MAX);
                self.locked_until = Some(until);
                PinCheck::NowLocked { until }
            }
            left => PinCheck::Wrong { left },
        }
    }

    /// Why no login is possible now, whatever the PIN; none where it is.
    pub fn login_refusal(&self, now: Timestamp) -> Option<LoginFailure> {
        match self.state {
            AccountState::Inactive => Some(LoginFailure::Inactive),
            AccountState::Locked => Some(LoginFailure::Locked),
            AccountState::Active => self.locked_until.filter(|until| now < *until).map(|_| LoginFailure::Locked),
        }
    }

    /// The one-time password for lists of shoppers: empty where the account is not active, because no OTP is sent then.
    pub fn listed_otp(&self) -> &str {
        if self.state == AccountState::Active { &self.otp } else { "" }
    }

    /// Checks that the account can pay `amount` with a tenor of `months`.
    ///
    /// # Errors
    /// [`Reason::Inactive`], [`Reason::Limit`]
    pub fn check_credit(&self, months: u8, amount: Amount) -> Result<(), Reason> {
        if self.state != AccountState::Active {
            Err(Reason::Inactive)
        } else if self.can_pay(months, amount) {
            Ok(())
        } else {
            Err(Reason::Limit)
        }
    }

    /// The limit that is left under a tenor; none where the tenor is not offered.
    pub fn remaining(&self, months: u8) -> Option<Amount> {
        self.limits.iter().find(|limit| limit.months == months).map(|limit| limit.total.saturating_sub(self.owes))
    }

    /// Whether a tenor is offered, fits `amount`, and covers it.
    pub fn can_pay(&self, months: u8, amount: Amount) -> bool {
        let offered = self.limits.iter().find(|limit| limit.months == months);
        offered.is_some_and(|limit| {
            (limit.min..=limit.max).contains(&amount) && limit.total.saturating_sub(self.owes) >= amount
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Product;

    fn shopper() -> Shopper {
        Shopper {
            phone: Phone::new("081291891818").unwrap(),
            partner: Partner::Kredivo,
            name: "Siti".into(),
            pin: "414141".into(),
            otp: "4567".into(),
            state: AccountState::Active,
            limits: vec![Product { limit: 100, max: 90, ..Product::free(1) }.full_limit()],
            owes: Amount::ZERO,
            first_otp_expired: false,
            seamless: SeamlessChallenge::Nothing,
            wrong_pins: 0,
            locked_until: None,
        }
    }

    #[test]
    fn three_wrong_pins_lock_for_thirty_minutes() {
        let (mut shopper, now) = (shopper(), Timestamp::UNIX_EPOCH);
        assert_eq!(shopper.check_pin("0", now), PinCheck::Wrong { left: 2 });
        assert_eq!(shopper.check_pin("0", now), PinCheck::Wrong { left: 1 });
        let until = now + Shopper::LOCK_DURATION;
        assert_eq!(shopper.check_pin("0", now), PinCheck::NowLocked { until });
        assert_eq!(shopper.check_pin("414141", now), PinCheck::Locked { until: Some(until) }, "even the right one");
        assert_eq!(shopper.check_pin("0", until), PinCheck::Wrong { left: 2 }, "the count starts again");
        assert_eq!(shopper.check_pin("414141", until), PinCheck::Passed);
        assert_eq!(shopper.wrong_pins, 0);
    }

    #[test]
    fn what_is_owed_counts_against_every_tenor() {
        let mut shopper = shopper();
        assert!(shopper.can_pay(1, Amount::from_rupiah(90)));
        assert!(!shopper.can_pay(1, Amount::from_rupiah(91)), "above the largest order");
        assert!(!shopper.can_pay(3, Amount::from_rupiah(1)), "not offered");
        shopper.owes = Amount::from_rupiah(99);
        assert!(!shopper.can_pay(1, Amount::from_rupiah(2)));
    }
}
