//! The lender's account of a customer.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::ids::Phone;
use super::merchant::Partner;
use super::reason::Reason;

/// Whether the lender lets the customer in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountState {
    /// In good standing.
    #[default]
    Active,
    /// Closed or never opened: login is refused.
    Inactive,
    /// Locked by the lender for good (not by wrong PINs, which pass).
    Locked,
}

/// What a customer may owe under one tenor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The tenor.
    pub months: u8,
    /// In all.
    pub total: Amount,
    /// The smallest order the tenor is sold for.
    pub least: Amount,
    /// The largest.
    pub most: Amount,
}

/// What the lender wants of a customer whose token pays (`docs/PROTOCOL.md` A-06).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SeamlessChallenge {
    /// Nothing: it pays by itself.
    #[default]
    Nothing,
    /// A one-time password.
    Otp,
    /// To log in, as if there were no token.
    Login,
}

/// One account, as one merchant's namespace knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shopper {
    /// Who.
    pub phone: Phone,
    /// Whose customer.
    pub partner: Partner,
    /// The name on the account.
    pub name: Box<str>,
    /// Six digits.
    pub pin: Box<str>,
    /// What the "sent" one-time password is.
    pub otp: Box<str>,
    /// Whether login is possible at all.
    pub state: AccountState,
    /// The tenors on offer, with their limits.
    pub limits: Vec<Limit>,
    /// Open principal: counts against every tenor (`docs/PROTOCOL.md` §2.11).
    pub owes: Amount,
    /// The first OTP of a payment is stale when it arrives.
    pub first_otp_expired: bool,
    /// What seamless payments ask for.
    pub seamless: SeamlessChallenge,
    /// Wrong PINs since the last right one.
    pub wrong_pins: u8,
    /// Until when wrong PINs lock the account.
    pub locked_until: Option<Timestamp>,
}

/// How an entered PIN compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinCheck {
    /// Come in.
    Passed,
    /// Not the PIN; this many tries are left.
    Wrong {
        /// Tries left.
        left: u8,
    },
    /// That was one too many: locked until then.
    NowLocked {
        /// The end of the lock.
        until: Timestamp,
    },
    /// Locked before this try.
    Locked {
        /// The end of the lock; none when it has no end.
        until: Option<Timestamp>,
    },
    /// The account cannot be used.
    Inactive,
}

impl Shopper {
    /// Wrong PINs that lock *(assumed: `docs/PROTOCOL.md` §8.3)*.
    pub const PINS: u8 = 3;
    /// How long they lock *(assumed)*.
    pub const LOCK: SignedDuration = SignedDuration::from_mins(30);

    /// Compares `entered`, counting wrong PINs and locking.
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
        match Self::PINS.saturating_sub(self.wrong_pins) {
            0 => {
                let until = now.checked_add(Self::LOCK).unwrap_or(Timestamp::MAX);
                self.locked_until = Some(until);
                PinCheck::NowLocked { until }
            }
            left => PinCheck::Wrong { left },
        }
    }

    /// Why the lender lets nobody in now, in the words of `partner.login-failed`; none where it does.
    pub fn barred(&self, now: Timestamp) -> Option<&'static str> {
        match self.state {
            AccountState::Inactive => Some("inactive"),
            AccountState::Locked => Some("locked"),
            AccountState::Active => self.locked_until.filter(|until| now < *until).map(|_| "locked"),
        }
    }

    /// The one-time password, for those who list shoppers; empty for one who cannot sign in, and so is never asked for it.
    pub fn otp_asked(&self) -> &str {
        if self.state == AccountState::Active { &self.otp } else { "" }
    }

    /// Whether the lender lends `amount` for that long.
    ///
    /// # Errors
    /// [`Reason::Inactive`], [`Reason::Limit`]
    pub fn lends(&self, months: u8, amount: Amount) -> Result<(), Reason> {
        if self.state != AccountState::Active {
            Err(Reason::Inactive)
        } else if self.can_pay(months, amount) {
            Ok(())
        } else {
            Err(Reason::Limit)
        }
    }

    /// What is left to borrow under a tenor; none where the tenor is not on offer.
    pub fn remaining(&self, months: u8) -> Option<Amount> {
        self.limits.iter().find(|limit| limit.months == months).map(|limit| limit.total.minus(self.owes))
    }

    /// Whether a tenor is on offer, is sold for `amount`, and covers it.
    pub fn can_pay(&self, months: u8, amount: Amount) -> bool {
        let offered = self.limits.iter().find(|limit| limit.months == months);
        offered
            .is_some_and(|limit| (limit.least..=limit.most).contains(&amount) && limit.total.minus(self.owes) >= amount)
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
        let (mut who, now) = (shopper(), Timestamp::UNIX_EPOCH);
        assert_eq!(who.check_pin("0", now), PinCheck::Wrong { left: 2 });
        assert_eq!(who.check_pin("0", now), PinCheck::Wrong { left: 1 });
        let until = now + Shopper::LOCK;
        assert_eq!(who.check_pin("0", now), PinCheck::NowLocked { until });
        assert_eq!(who.check_pin("414141", now), PinCheck::Locked { until: Some(until) }, "even the right one");
        assert_eq!(who.check_pin("0", until), PinCheck::Wrong { left: 2 }, "the count starts again");
        assert_eq!(who.check_pin("414141", until), PinCheck::Passed);
        assert_eq!(who.wrong_pins, 0);
    }

    #[test]
    fn what_is_owed_counts_against_every_tenor() {
        let mut who = shopper();
        assert!(who.can_pay(1, Amount::rupiah(90)));
        assert!(!who.can_pay(1, Amount::rupiah(91)), "not sold for that much");
        assert!(!who.can_pay(3, Amount::rupiah(1)), "not on offer");
        who.owes = Amount::rupiah(99);
        assert!(!who.can_pay(1, Amount::rupiah(2)));
    }
}
