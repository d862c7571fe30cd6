//! Why something was refused, and who asked for something: the short words in events.

use serde::Deserialize;

use super::wire_enum::wire_enum;

wire_enum! {
    listed
    /// Why the lender declines.
    #[derive(Deserialize)]
    pub enum Reason {
        /// The account's limit does not cover the amount.
        Limit = "limit",
        /// The lender's risk check failed.
        Risk = "risk",
        /// The account is inactive or locked.
        Inactive = "inactive",
        /// A test asked for it: through the control API or a scenario.
        Forced = "ordered",
    }
}

wire_enum! {
    /// Why a login was refused.
    pub enum LoginFailure {
        /// The lender has no customer with this phone.
        UnknownPhone = "unknown-phone",
        /// The PIN is wrong.
        WrongPin = "wrong-pin",
        /// The account is locked, by the lender or by wrong PINs.
        Locked = "locked",
        /// The account is closed.
        Inactive = "inactive",
    }
}

wire_enum! {
    /// Why a one-time password was refused.
    pub enum OtpFailure {
        /// It is not the one that was sent.
        Wrong = "wrong",
        /// It is too late.
        Expired = "expired",
        /// There were too many wrong ones.
        UsedUp = "used-up",
    }
}

wire_enum! {
    /// Why an account was not bound.
    pub enum BindingFailure {
        /// The account's limit does not cover the amount.
        Limit = "limit",
        /// The lender's risk check failed.
        Risk = "risk",
        /// The account is inactive or locked.
        Inactive = "inactive",
        /// A test asked for it: through the control API or a scenario.
        Forced = "ordered",
        /// The customer left.
        Abandoned = "abandoned",
        /// The customer did not finish in time.
        Expired = "expired",
    }
}

impl From<Reason> for BindingFailure {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Limit => Self::Limit,
            Reason::Risk => Self::Risk,
            Reason::Inactive => Self::Inactive,
            Reason::Forced => Self::Forced,
        }
    }
}

wire_enum! {
    /// Who caused an event.
    pub enum Actor {
        /// The customer's browser.
        Browser = "browser",
        /// The merchant, through the gateway.
        Merchant = "merchant",
        /// A test, through the control API.
        Control = "control",
    }
}
