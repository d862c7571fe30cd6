//! User tokens.

use jiff::Timestamp;

use super::ids::{ClientUserKey, IMid, Phone, UserToken};

/// A token that exists from the start, and after a reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFixture {
    /// Whose namespace.
    pub i_mid: IMid,
    /// The token.
    pub user_token: UserToken,
    /// The merchant's customer.
    pub client_user_key: ClientUserKey,
    /// The account at the partner.
    pub phone: Phone,
    /// `billingPhone` of the order that issued it.
    pub billing_phone: Box<str>,
}

/// Who is granted a token, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The merchant it is issued to; no other can use it.
    pub i_mid: IMid,
    /// The merchant's customer.
    pub client_user_key: ClientUserKey,
    /// The account at the partner.
    pub phone: Phone,
    /// `billingPhone` of the order that issues it: what `remove-token` repeats (`docs/PROTOCOL.md` §2.10).
    pub billing_phone: Box<str>,
    /// When it is issued.
    pub issued_at: Timestamp,
}

/// A token, whom it belongs to and whether it still pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its place in the order of issue.
    pub number: u64,
    /// The token.
    pub user_token: UserToken,
    /// Whose it is.
    pub grant: Grant,
    /// Whether it can pay (`tokenStatus`, `docs/PROTOCOL.md` §4.8).
    pub active: bool,
}
